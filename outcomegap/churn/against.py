"""Did the score name the reason? Losses against the gaps that their customers had."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, whole
from outcomegap.churn.catalogue import Catalogue
from outcomegap.churn.losses import Losses
from outcomegap.errors import DataError
from outcomegap.frames.arrays import objects, plain_values
from outcomegap.listing import Listing, percent, span
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.groups import ideal_rows
from outcomegap.stats import wilson

Array = NDArray[Any]

SIDES = {"required_outcome": "required", "appropriate_experience": "experience"}
#: What is said of each loss, in the order in which it is asked.
NOT_FOUND, UNKNOWN, EVENT = "not in the scores", "reason unknown", "happened to the customer"
NEED_DATA, NO_GAP, JUDGED = "needs data", "no gap was seen", "judged"
VERDICTS = (NOT_FOUND, UNKNOWN, EVENT, NEED_DATA, NO_GAP, JUDGED)
NOTHING = objects([None])
#: Those that both questions are asked of.
ASKED = (NO_GAP, JUDGED)


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
    def among(cls, answers: Sequence[bool | None], confidence: float) -> Agreement:
        """Count how many answers are yes, of those that are known."""
        known = [answer for answer in answers if answer is not None]
        held, of = sum(known), len(known)
        return cls(held, of, held / of if of else math.nan, *wilson(held, of, confidence))

    def __str__(self) -> str:
        return f"{self.held:,} of {self.of:,} ({percent(self.share)}, {span(self.low, self.high)})"


class Against(Listing):
    """Whether the score named the reason; made by `Ledger.against`.

    A row a loss, in the order of the ledger, without rows set aside; printed are the answers alone.

    Both questions are asked of the losses whose verdict is ``"judged"`` or ``"no gap was seen"``: where the score saw
    no gap it named nothing, and that is a miss, not an excuse. So ``side.of`` is both together, but for losses of which
    the scorer does not know the sides; and ``measure.of + not_measured`` is both together, unless the scorer does not
    say which steps make up a gap.

    Attributes
    ----------
    counts
        How many losses are under each of `VERDICTS`.
    explains
        Whether the scorer says which steps make up a gap; if not, nobody can say whether a measure of the reason is
        under the largest, and `measure` is of none.
    side
        `Agreement`: the side that makes up more of the gap is the side of the first root cause.
    by_chance
        What share would agree if sides and causes were as frequent as they are, but had nothing to do with each
        other: the sum over the sides of the product of both shares. A score that names the reason is well above it.
    measure
        `Agreement`: a measure that would show the entry is under one of the top gaps. Asked only where the model holds
        such a measure for the customer's cell.
    measure_by_chance
        What share would be so if each reason were that of another loss: the mean, over those asked, of the share of
        all those judged under whose top gaps a measure of that same entry is.
    not_measured
        Of how many the model holds no measure that would show the entry.
    not_ideal
        How many of the losses that the questions are asked of are of segments that are not ideal.
    asked
        How many losses the questions are asked of.
    top
        How many of a customer's largest gaps were looked at.

    Notes
    -----
    Its columns: ``customer``, ``entry``, ``root_cause``, ``verdict`` (one of `VERDICTS`), ``cause_side`` and ``side``
    (the larger side of the gap), ``side_agrees`` (null where it is not asked, or not known), ``required_gap``,
    ``experience_gap``, ``top_gaps`` (step names, the largest first), ``measure_in_top`` (null where the model has no
    measure of the entry).
    """

    def __init__(
        self,
        losses: Losses,
        columns: dict[str, Array],
        confidence: float,
        *,
        top: int,
        measure_by_chance: float,
        explains: bool,
        not_ideal: int,
    ) -> None:
        verdicts = columns["verdict"].tolist()
        self.table, self.top, self.explains, self.not_ideal = losses.table, top, explains, not_ideal
        self.counts = {name: verdicts.count(name) for name in VERDICTS}
        self.asked = sum(self.counts[name] for name in ASKED)
        self.side = Agreement.among(columns["side_agrees"].tolist(), confidence)
        self.measure = Agreement.among(columns["measure_in_top"].tolist(), confidence)
        self.measure_by_chance = measure_by_chance
        self.not_measured = self.asked - self.measure.of if explains else 0
        known = columns["side_agrees"] != None  # noqa: E711 - compared one by one
        causes, sides = columns["cause_side"][known], columns["side"][known]
        chance = [(causes == side).mean() * (sides == side).mean() for side in SIDES.values()] if len(causes) else []
        self.by_chance = float(sum(chance)) if chance else math.nan
        others = [f"{count:,} {name}" for name, count in self.counts.items() if count and name not in ASKED]
        others.append(f"{self.asked:,} asked about")
        title = f"{losses.said}: {', '.join(others)}"
        if self.counts[NO_GAP]:
            title += f" (of {self.counts[NO_GAP]:,} no gap was seen, which is a miss)"
        super().__init__(f"{title}.", columns, like=losses.table, notes=self._answers(), show=(), first=len(verdicts))

    def _answers(self) -> list[str]:
        side = f"Larger side of the gap is that of the root cause: {self.side}; by chance {percent(self.by_chance)}"
        lacking = self.asked - self.side.of
        side += f"; of {lacking:,} more the scorer does not say the sides." if lacking else "."
        named = f"A measure of the reason is under one of the top {self.top} gaps: {self.measure}; by chance"
        named += f" {percent(self.measure_by_chance)}; the model measures nothing that would show it for"
        named += f" {self.not_measured:,} more."
        if not self.explains:
            named = "Whether a measure of the reason is under the top gaps cannot be judged: the scorer does not say"
            named += " which steps make up a gap."
        apart = f"Of those asked about, {self.not_ideal:,} are of segments that are not ideal, and in these figures."
        return [side, named, *([apart] if self.not_ideal else [])]

    @property
    def missed(self) -> Listing:
        """The losses where the larger side of the gap was not that of the root cause."""
        rows = np.array([value is False for value in self.columns["side_agrees"].tolist()], dtype=bool)
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Listing(f"{int(rows.sum()):,} whose reason the score did not name", columns, like=self.table)

    def to_frame(self, kind: str | None = None) -> Any:
        """Return a row a loss as the same kind of frame that came in, with its index, or as another kind."""
        return self.table.build(self.columns) if kind is None else super().to_frame(kind)


def against(
    losses: Losses, confidence: float, scores: CustomerColumns, *, top: int, measures: Mapping[str, Iterable[str]]
) -> Against:
    """Say whether the score named the reason; what `Ledger.against` does."""
    if not isinstance(scores, CustomerColumns):
        raise DataError(f"against: scores is what Scorer.score returned, or an og.OutcomeScores (got {scores!r:.60})")
    whole("top", top, 1)
    shows, at = _shows(losses.book, scores, measures), np.array(_places(losses, scores), dtype=np.int64)
    gap, required, experience = (
        np.where(at < 0, np.nan, values[at] if len(values) else np.nan)
        for values in (scores.gap, scores.required_gap, scores.experience_gap)
    )
    known = (at >= 0) & (~(np.isnan(required) | np.isnan(experience)) | (gap <= 0))
    cause = objects([SIDES.get(name) for name in losses.columns["root_cause"].tolist()])
    untold, event = losses.columns["entry"] == None, cause == None  # noqa: E711 - compared one by one
    tests = [at < 0, untold, event, np.isnan(gap), gap > 0]
    verdict = np.select(tests, [NOT_FOUND, UNKNOWN, EVENT, NEED_DATA, JUDGED], NO_GAP).astype(object)
    asked = np.isin(verdict.astype(str), ASKED)
    side = np.where(required >= experience, "required", "experience").astype(object)
    side[~(asked & known & (np.fmax(required, experience) > 0))] = None
    columns = {name: losses.columns[name] for name in ("customer", "entry", "root_cause")} | {"verdict": verdict}
    columns |= {"cause_side": np.where(asked, cause, NOTHING), "side": side}
    columns["side_agrees"] = np.where(asked & known, side == cause, NOTHING)
    columns |= {"required_gap": required, "experience_gap": experience}
    columns |= {name: objects([None] * len(at)) for name in ("top_gaps", "measure_in_top")}
    rows, deals = at[asked], []
    for loss, row, part in zip(np.flatnonzero(asked), rows, scores.step_values("attribution", rows), strict=True):
        wanted = shows[losses.columns["entry"][loss]]
        here, gaps = _measured(scores, row, part, top)
        named = frozenset(step.measure.name for step in gaps)
        deals.append((wanted, here, named))
        columns["top_gaps"][loss] = ", ".join(step.name for step in gaps) or None
        columns["measure_in_top"][loss] = bool(named & wanted) if here & wanted else None
    return Against(
        losses,
        columns,
        confidence,
        top=top,
        measure_by_chance=_by_chance(deals) if scores.explains else math.nan,
        explains=scores.explains,
        not_ideal=int((~ideal_rows(scores)[rows]).sum()),
    )


def _measured(scores: CustomerColumns, row: int, part: Array, top: int) -> tuple[frozenset[str], list[Any]]:
    """Return the measures of a customer's cell, and the steps of the top gaps; none where nobody knows these."""
    steps, applies = scores.model.steps, scores.applies[scores.cell[row]]
    order = [place for place in np.argsort(-np.round(part, 12), kind="stable").tolist() if part[place] > 0][:top]
    here = [step.measure.name for step, there in zip(steps, applies, strict=True) if there] if scores.explains else []
    return frozenset(here), [steps[place] for place in order]


def _by_chance(asked: Sequence[tuple[frozenset[str], frozenset[str], frozenset[str]]]) -> float:
    """Return how often a measure of the reason would be under the top gaps if reasons were dealt out anew."""
    share = {}
    for wanted in {wanted for wanted, _, _ in asked}:
        named = [bool(top & wanted) for _, here, top in asked if here & wanted]
        share[wanted] = sum(named) / len(named) if named else math.nan
    found = [share[wanted] for wanted, here, _ in asked if here & wanted]
    return sum(found) / len(found) if found else math.nan


def _places(losses: Losses, scores: CustomerColumns) -> list[int]:
    """Return the row of each lost customer in the scores, -1 where there is none."""
    checks, column = Checks("against"), scores.id_column
    if losses.customer is None:
        checks.problem("no-id", "the ledger does not know who left; name the column with customer= when you make it")
    if column is None:
        message = "no column names the customers of the scores; score them with id=, so that they can be found again"
        checks.problem("no-id", message)
    checks.done()
    rows: dict[Any, int] = {}
    for row, name in enumerate(plain_values(scores.id)):
        if name is not None and rows.setdefault(name, row) != row:
            message = f"the scores hold customer {name!r:.60} in rows {rows[name]} and {row}; names are unique"
            checks.problem("repeated-id", message, column, name, rows=[rows[name], row])
            checks.done()
    lost = plain_values(losses.customer) if losses.customer is not None else []
    if lost and rows and not set(lost) & set(rows):
        one, other = lost[0], next(iter(rows))
        if type(one) is not type(other):
            kinds = f"{one!r:.40} ({type(one).__name__}) in the ledger, {other!r:.40} in the scores"
            checks.problem("id-type", f"customers are named by {kinds}; make both the same type", column)
        else:
            message = f"no customer of the ledger is in the scores: {one!r:.40} in the ledger, {other!r:.40} in column"
            message += f" {column!r} of the scores; are they the same customers?"
            checks.problem("no-common-id", message, column, one)
    checks.done()
    return [rows.get(name, -1) for name in lost]


def _shows(book: Catalogue, scores: CustomerColumns, given: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    """Return id of an entry -> measures that would show it."""
    shows = {entry.id: {measure.name for measure in entry.measures} for entry in book}
    known, checks = [measure.name for measure in scores.model.measures], Checks("against")
    for name, listed in given.items():
        if name not in shows:
            checks.problem("unknown-entry", f"measures: {name!r:.60} is no entry", value=name, options=book.ids)
            continue
        for measure in [listed] if isinstance(listed, str) else listed:
            if measure not in known:
                message = f"measures: the model has no measure {measure!r:.60}"
                checks.problem("unknown-measure", message, value=measure, options=known)
            shows[name].add(measure)
    checks.done()
    return {name: frozenset(found) for name, found in shows.items()}
