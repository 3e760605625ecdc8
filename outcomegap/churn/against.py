"""Did the score name the reason? Losses against the gaps that their customers had."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, whole
from outcomegap.churn.losses import Losses
from outcomegap.frames.arrays import objects, plain_values
from outcomegap.listing import Listing, Show, percent, span
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.groups import ideal_rows
from outcomegap.stats import wilson

Array = NDArray[Any]
Names = frozenset[str]

SIDES = {"required_outcome": "required", "appropriate_experience": "experience"}
#: What is said of each loss, in the order in which it is asked.
NOT_FOUND, UNKNOWN, EVENT = "not in the scores", "reason unknown", "happened to the customer"
NEED_DATA, NO_GAP, JUDGED = "needs data", "no gap was seen", "judged"
VERDICTS = (NOT_FOUND, UNKNOWN, EVENT, NEED_DATA, NO_GAP, JUDGED)
NOTHING = objects([None])
#: What is printed of the losses whose reason the score did not name.
SHOWN = [Show(name) for name in ("customer", "entry", "cause_side", "side")]
SHOWN += [Show("required gap", "required_gap", "points"), Show("experience gap", "experience_gap", "points")]
SHOWN += [Show("top gaps", "top_gaps")]


@attrs.frozen
class Agreement:
    """How often something held.

    Parameters
    ----------
    held, of
        How many times, and of how many.
    share
        ``held / of``; NaN of none.
    low, high
        Wilson's interval of the share.
    """

    held: int
    of: int
    share: float
    low: float
    high: float

    @classmethod
    def among(cls, answers: Array, confidence: float) -> Agreement:
        """Count how many answers are yes, of those that are known."""
        known = [answer for answer in answers.tolist() if answer is not None]
        held, of = sum(known), len(known)
        return cls(held, of, held / of if of else math.nan, *wilson(held, of, confidence))

    def __str__(self) -> str:
        return f"{self.held:,} of {self.of:,} ({percent(self.share)}, {span(self.low, self.high)})"


def against(losses: Losses, scores: CustomerColumns, *, top: int, measures: Mapping[str, Iterable[str]]) -> Listing:
    """Say whether the score named the reason; what `Ledger.against` does."""
    whole("top", top, 1)
    shows, at = _shows(losses, scores, measures), _places(losses, scores)
    gap, required, experience = (
        np.where(at < 0, np.nan, values[at] if len(values) else np.nan)
        for values in (scores.gap, scores.required_gap, scores.experience_gap)
    )
    known = (at >= 0) & (~(np.isnan(required) | np.isnan(experience)) | (gap <= 0))
    cause = objects([SIDES.get(name) for name in losses.columns["root_cause"].tolist()])
    untold, event = losses.columns["entry"] == None, cause == None  # noqa: E711 - compared one by one
    tests = [at < 0, untold, event, np.isnan(gap), gap > 0]
    verdict = np.select(tests, [NOT_FOUND, UNKNOWN, EVENT, NEED_DATA, JUDGED], NO_GAP).astype(object)
    # Both questions are asked where the score saw no gap as well: it named nothing, and that is a miss, no excuse.
    asked = np.isin(verdict.astype(str), (NO_GAP, JUDGED))
    side = np.where(required >= experience, "required", "experience").astype(object)
    side[~(asked & known & (np.fmax(required, experience) > 0))] = None
    columns = {name: losses.columns[name] for name in ("customer", "entry", "root_cause")} | {"verdict": verdict}
    columns |= {"cause_side": np.where(asked, cause, NOTHING), "side": side}
    columns["side_agrees"] = np.where(asked & known, side == cause, NOTHING)
    columns |= {"required_gap": required, "experience_gap": experience}
    columns |= {name: objects([None] * len(at)) for name in ("top_gaps", "measure_in_top")}
    rows, deals = at[asked], []
    for loss, row, part in zip(np.flatnonzero(asked), rows, next(scores.step_values(rows, "attribution")), strict=True):
        steps, applies = scores.model.steps, scores.applies[scores.cell[row]]
        order = np.argsort(-np.round(part, 12), kind="stable").tolist()
        gaps = [steps[place] for place in order if part[place] > 0][:top]
        wanted, named = shows[losses.columns["entry"][loss]], frozenset(step.measure.name for step in gaps)
        held = applies & scores.explains  # where nobody knows the parts of the gap, no measure can be judged
        here = frozenset(step.measure.name for step, there in zip(steps, held, strict=True) if there)
        deals.append((wanted, here, named))
        columns["top_gaps"][loss] = ", ".join(step.name for step in gaps) or None
        columns["measure_in_top"][loss] = bool(named & wanted) if here & wanted else None
    causes, sides = columns["cause_side"][asked & known], side[asked & known]
    chance = [(causes == one).mean() * (sides == one).mean() for one in SIDES.values()] if len(causes) else []
    facts: dict[str, Any] = {"counts": {name: int((verdict == name).sum()) for name in VERDICTS}}
    facts |= {"asked": len(rows), "top": top, "explains": scores.explains}
    facts["side"] = Agreement.among(columns["side_agrees"], losses.confidence)
    facts["measure"] = Agreement.among(columns["measure_in_top"], losses.confidence)
    facts["by_chance"] = float(sum(chance)) if chance else math.nan
    facts["measure_by_chance"] = _by_chance(deals)
    facts["not_measured"] = len(rows) - facts["measure"].of if scores.explains else 0
    facts["not_ideal"] = int((~ideal_rows(scores)[rows]).sum())
    told = [f"{count:,} {name}" for name, count in facts["counts"].items() if count and name not in (NO_GAP, JUDGED)]
    title = f"{losses.said}: {', '.join([*told, f'{len(rows):,} asked about'])}"
    if facts["counts"][NO_GAP]:
        title += f" (of {facts['counts'][NO_GAP]:,} no gap was seen, which is a miss)"
    wrong = columns["side_agrees"] == False  # noqa: E712 - compared one by one
    missed = {name: values[wrong] for name, values in columns.items()}
    heading = f"{int(wrong.sum()):,} whose reason the score did not name"
    parts = {"missed": Listing(heading, missed, like=losses.table, show=SHOWN, first=5)}
    form: dict[str, Any] = {"like": losses.table, "same_rows": True, "show": (), "facts": facts, "parts": parts}
    return Listing(f"{title}.", columns, notes=_answers(facts), **form)


def _answers(facts: Mapping[str, Any]) -> list[str]:
    side, named = facts["side"], "A measure of the reason is under one of the top"
    said = f"Larger side of the gap is that of the root cause: {side}; by chance {percent(facts['by_chance'])}"
    lacking = facts["asked"] - side.of
    notes = [said + (f"; of {lacking:,} more the scorer does not say the sides." if lacking else ".")]
    if facts["explains"]:
        named += f" {facts['top']} gaps: {facts['measure']}; by chance {percent(facts['measure_by_chance'])}; the model"
        notes.append(f"{named} measures nothing that would show it for {facts['not_measured']:,} more.")
    else:
        named = "Whether a measure of the reason is under the top gaps cannot be judged: the scorer does not say"
        notes.append(f"{named} which steps make up a gap.")
    if facts["not_ideal"]:
        apart = (
            f"Of those asked about, {facts['not_ideal']:,} are of segments that are not ideal, and in these figures."
        )
        notes.append(apart)
    return notes


def _by_chance(asked: Sequence[tuple[Names, Names, Names]]) -> float:
    """Return how often a measure of the reason would be under the top gaps if reasons were dealt out anew.

    Of each loss: the measures that would show its reason, those of the customer's cell, those of the top gaps.
    """
    share = {}
    for wanted in {wanted for wanted, _, _ in asked}:
        named = [bool(top & wanted) for _, here, top in asked if here & wanted]
        share[wanted] = sum(named) / len(named) if named else math.nan
    found = [share[wanted] for wanted, here, _ in asked if here & wanted]
    return sum(found) / len(found) if found else math.nan


def _places(losses: Losses, scores: CustomerColumns) -> NDArray[np.int64]:
    """Return the row of each lost customer in the scores, -1 where there is none."""
    checks, column = Checks("against"), scores.id_column
    if losses.everybody is None:
        checks.problem("no-id", "the ledger does not know who left; name the column with customer= when you make it")
    if column is None:
        message = "no column names the customers of the scores; score them with id=, so that they can be found again"
        checks.problem("no-id", message)
    checks.done()
    rows: dict[Any, int] = {}
    lost, names = plain_values(losses.columns["customer"]), plain_values(scores.id)
    again = [row for row, name in enumerate(names) if name is not None and rows.setdefault(name, row) != row]
    if again:
        first, row = names[again[0]], again[0]
        message = f"the scores hold customer {first!r:.60} in rows {rows[first]} and {row}; names are unique"
        checks.problem("repeated-id", message, column, first, rows=[rows[first], row])
    elif lost and rows and rows.keys().isdisjoint(lost):
        one, other = lost[0], next(iter(rows))
        if type(one) is not type(other):
            kinds = f"{one!r:.40} ({type(one).__name__}) in the ledger, {other!r:.40} in the scores"
            checks.problem("id-type", f"customers are named by {kinds}; make both the same type", column)
        else:
            message = f"no customer of the ledger is in the scores: {one!r:.40} in the ledger, {other!r:.40} in column"
            message += f" {column!r} of the scores; are they the same customers?"
            checks.problem("no-common-id", message, column, one)
    checks.done()
    return np.array([rows.get(name, -1) for name in lost], dtype=np.int64)


def _shows(losses: Losses, scores: CustomerColumns, given: Mapping[str, Iterable[str]]) -> dict[str, Names]:
    """Return id of an entry -> measures that would show it."""
    shows = {entry.id: frozenset(measure.name for measure in entry.measures) for entry in losses.catalogue}
    known, checks = [measure.name for measure in scores.model.measures], Checks("against")
    for name, listed in given.items():
        named = frozenset([listed] if isinstance(listed, str) else listed)
        if name not in shows:
            checks.problem("unknown-entry", f"measures: {name!r:.60} is no entry", value=name, options=shows)
        for measure in sorted(named.difference(known)):
            message = f"measures: the model has no measure {measure!r:.60}"
            checks.problem("unknown-measure", message, value=measure, options=known)
        shows[name] = shows.get(name, frozenset()) | named
    checks.done()
    return shows
