"""Did the score name the reason? Losses against the gaps that their customers had."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, whole
from outcomegap.churn.losses import Losses
from outcomegap.frames.arrays import objects, plain_values
from outcomegap.listing import Listing
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.groups import ideal_rows
from outcomegap.stats import shares

Array = NDArray[Any]
Names = frozenset[str]

SIDES = {"required_outcome": "required", "appropriate_experience": "experience"}
#: What is said of each loss, in the order in which it is asked.
NOT_FOUND, UNKNOWN, EVENT = "not in the scores", "reason unknown", "happened to the customer"
NEED_DATA, NO_GAP, JUDGED = "needs data", "no gap was seen", "judged"
#: Those that both questions are asked of.
ASKED = (NO_GAP, JUDGED)
VERDICTS = (NOT_FOUND, UNKNOWN, EVENT, NEED_DATA, NO_GAP, JUDGED)
NOTHING = objects([None])
#: The two questions, and what both ask.
QUESTIONS = {
    "side": "the larger side of the gap is that of the root cause",
    "measure": "a measure of the reason is under one of the top gaps",
}


def against(losses: Losses, scores: CustomerColumns, *, top: int, measures: Mapping[str, Iterable[str]]) -> Listing:
    """Say whether the score named the reason; what `Ledger.against` does."""
    whole("top", top, 1)
    shows, at = _shows(losses, scores, measures), _places(losses, scores)
    columns, by_chance = _sides(losses, scores, at)
    # Both questions are asked where the score saw no gap as well: it named nothing, and that is a miss, no excuse.
    asked = np.flatnonzero(np.isin(columns["verdict"].astype(str), ASKED))
    named, found, other_chance = _top_gaps(losses.columns["entry"][asked], scores, at[asked], shows, top)
    for name, values in (("top_gaps", named), ("measure_in_top", found)):
        columns[name] = objects([None] * len(at))
        columns[name][asked] = values
    answers = {"side": columns["side_agrees"].tolist(), "measure": columns["measure_in_top"].tolist()}
    held, of = np.array([(each.count(True), len(each) - each.count(None)) for each in answers.values()]).T
    table: dict[str, Any] = {"question": list(answers), "asks": list(QUESTIONS.values()), "held": held, "of": of}
    table |= zip(("share", "low", "high"), shares(held, of, losses.confidence), strict=True)
    table["by_chance"] = [by_chance, other_chance]
    counts = {name: int((columns["verdict"] == name).sum()) for name in VERDICTS}
    facts = {"counts": counts, "asked": len(asked), "top": top, "explains": scores.explains}
    facts["not_measured"] = len(asked) - int(of[1]) if scores.explains else 0
    facts["not_ideal"] = int((~ideal_rows(scores)[at[asked]]).sum())
    said = {
        f"Of each the {top} largest gaps are looked at.": True,
        f"Of {len(asked) - of[0]:,} the scorer does not say the sides.": len(asked) > of[0],
        f"Of {facts['not_measured']:,} the model measures nothing that would show the reason.": facts["not_measured"],
        "Measures cannot be judged: the scorer does not say which steps make up a gap.": not scores.explains,
        f"Of those asked about, {facts['not_ideal']:,} are of segments that are not ideal.": facts["not_ideal"],
    }
    told = [f"{count:,} {name}" for name, count in counts.items() if count and name not in ASKED]
    title = f"{losses.said}: {', '.join([*told, f'{len(asked):,} asked about'])}"
    title += f" (of {counts[NO_GAP]:,} no gap was seen, which is a miss)" if counts[NO_GAP] else ""
    wrong = columns["side_agrees"] == False  # noqa: E712 - compared one by one
    missed = {name: values[wrong] for name, values in columns.items()}
    heading = f"{int(wrong.sum()):,} whose reason the score did not name"
    hide, points = ("root_cause", "verdict", "side_agrees", "measure_in_top"), ("required_gap", "experience_gap")
    formats = dict.fromkeys(("share", "low", "high", "by_chance"), "percent") | dict.fromkeys(points, "points")
    parts = {"answers": Listing("", table, like=losses.table, formats=formats)}
    parts["missed"] = Listing(heading, missed, like=losses.table, formats=formats, hide=hide, first=5)
    form: dict[str, Any] = {"like": losses.table, "same_rows": True, "show": (), "facts": facts, "parts": parts}
    return Listing(f"{title}.", columns, notes=[note for note, holds in said.items() if holds], **form)


def _sides(losses: Losses, scores: CustomerColumns, at: Array) -> tuple[dict[str, Array], float]:
    """Say of each loss whether the larger side of its gap is that of its root cause; and what share is so by chance."""
    sides = (scores.gap, scores.required_gap, scores.experience_gap)
    gap, required, experience = (np.append(values, np.nan)[at] for values in sides)
    cause = objects([SIDES.get(name) for name in losses.columns["root_cause"].tolist()])
    untold, event = losses.columns["entry"] == None, cause == None  # noqa: E711 - compared one by one
    tests = [at < 0, untold, event, np.isnan(gap), gap > 0]
    verdict = np.select(tests, [NOT_FOUND, UNKNOWN, EVENT, NEED_DATA, JUDGED], NO_GAP).astype(object)
    asked = np.isin(verdict.astype(str), ASKED)
    known = asked & (~(np.isnan(required) | np.isnan(experience)) | (gap <= 0))
    larger = np.where(required >= experience, "required", "experience").astype(object)
    side = np.where(known & (np.fmax(required, experience) > 0), larger, NOTHING)
    columns = {name: losses.columns[name] for name in ("customer", "entry", "root_cause")} | {"verdict": verdict}
    columns |= {"cause_side": np.where(asked, cause, NOTHING), "side": side}
    columns["side_agrees"] = np.where(known, side == cause, NOTHING)
    columns |= {"required_gap": required, "experience_gap": experience}
    chance = (
        [(cause[known] == one).mean() * (side[known] == one).mean() for one in SIDES.values()] if known.any() else []
    )
    return columns, float(sum(chance)) if chance else math.nan


def _top_gaps(
    entries: Array, scores: CustomerColumns, rows: Array, shows: Mapping[str, Names], top: int
) -> tuple[Array, Array, float]:
    """Return the names of the top gaps of some rows, and whether a measure of the entry is under them, with its chance.

    The second is null where the model has no measure of the entry; the chance is that each reason were another's.
    """
    steps, names = scores.model.steps, [measure.name for measure in scores.model.measures]
    known, code = np.unique(entries.astype(str), return_inverse=True)
    wanted, of = np.zeros((len(known), len(names)), dtype=bool), np.zeros((len(steps), len(names)), dtype=bool)
    for place, name in enumerate(names):
        wanted[:, place] = [name in shows[entry] for entry in known]
        of[:, place] = [step.measure.name == name for step in steps]
    part = next(scores.step_values(rows, "attribution"))
    order = np.argsort(-np.round(part, 12), axis=1, kind="stable")[:, :top]
    gaps = np.zeros(part.shape, dtype=bool)
    np.put_along_axis(gaps, order, np.take_along_axis(part > 0, order, axis=1), axis=1)
    # Of each row and each entry: whether the cell has a measure of it, and whether one is under the top gaps.
    has = (scores.applies[scores.cell[rows]] @ of @ wanted.T) & scores.explains
    hit = gaps @ of @ wanted.T
    own = np.arange(len(rows)), code.reshape(-1)
    share = (hit & has).sum(axis=0) / np.maximum(has.sum(axis=0), 1)
    found = share[own[1][has[own]]].tolist()
    listed = [[steps[place].name for place in line if gap[place]] for line, gap in zip(order, gaps, strict=True)]
    text = objects([", ".join(line) or None for line in listed])
    return text, np.where(has[own], hit[own], NOTHING), sum(found) / len(found) if found else math.nan


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
        message = f"no customer of the ledger is in the scores: {one!r:.40} in the ledger, {other!r:.40} in column"
        same = "are they the same customers?" if type(one) is type(other) else "make both the same type"
        checks.problem("no-common-id", f"{message} {column!r} of the scores; {same}", column, one)
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
