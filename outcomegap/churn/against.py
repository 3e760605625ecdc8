"""Did the score name the reason? Lost customers against the gaps they had."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.checks import among, whole_of
from outcomegap.churn.collection import Catalogue
from outcomegap.churn.entry import Entry
from outcomegap.churn.listing import Listing, as_column, percent, span
from outcomegap.churn.proportion import Interval, wilson
from outcomegap.churn.stated import Reading
from outcomegap.errors import DataError, Problem, hint, nearest
from outcomegap.scoring import Scores
from outcomegap.scoring.groups import plain_list
from outcomegap.scoring.leaf_arrays import take

if TYPE_CHECKING:
    from outcomegap.churn.ledger import Ledger

Array = NDArray[Any]

SIDES = {"required_outcome": "required", "appropriate_experience": "experience"}
#: What is said of each lost customer, in the order in which it is asked.
NOT_FOUND, UNKNOWN, EVENT = "not in the scores", "reason unknown", "happened to the customer"
NEED_DATA, NO_GAP, JUDGED = "needs data", "no gap was seen", "judged"
VERDICTS = (NOT_FOUND, UNKNOWN, EVENT, NEED_DATA, NO_GAP, JUDGED)


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

    def __str__(self) -> str:
        return f"{self.held:,} of {self.of:,} ({percent(self.share)}, {span(self.low, self.high)})"


class Against:
    """Whether the score named the reason; made by `Ledger.against`.

    Attributes
    ----------
    counts
        How many lost customers are under each of `VERDICTS`: only those ``"judged"`` and those with ``"no gap was
        seen"`` are asked about, the latter as misses.
    side
        `Agreement`: the side that makes up more of the gap is the side of the first root cause.
    by_chance
        What share would agree if sides and causes were as frequent as they are, but had nothing to do with each
        other: the sum over the sides of the product of both shares. A score that names the reason is well above it.
    measure
        `Agreement`: a measure that would show the entry is under one of the top gaps. Asked only where the model holds
        such a measure for the customer's cell.
    measure_by_chance
        What share would be so if each reason were another lost customer's: the mean, over those asked, of the share of
        all those judged under whose top gaps a measure of that same entry is.
    not_measured
        Of how many the model holds no measure that would show the entry.
    top
        How many of a customer's largest gaps were looked at.
    """

    def __init__(self, ledger: Ledger, columns: dict[str, Array], top: int, measure_by_chance: float) -> None:
        self._ledger, self.columns, self.top = ledger, columns, top
        self.measure_by_chance = measure_by_chance
        verdicts = columns["verdict"].tolist()
        self.counts = {name: verdicts.count(name) for name in VERDICTS}

    @cached_property
    def side(self) -> Agreement:
        """How often the larger side of the gap is that of the root cause."""
        asked, agrees = self._asked, self.columns["side_agrees"]
        return self._agreement(sum(value is True for value in agrees[asked].tolist()), int(asked.sum()))

    @cached_property
    def measure(self) -> Agreement:
        """How often a measure of the entry is under one of the top gaps."""
        named = [value for value in self.columns["measure_in_top"].tolist() if value is not None]
        return self._agreement(sum(named), len(named))

    @property
    def not_measured(self) -> int:
        """Of how many the model holds no measure that would show the entry."""
        return int(self._asked.sum()) - self.measure.of

    @cached_property
    def by_chance(self) -> float:
        """What share of sides would agree by chance."""
        causes, sides = self.columns["cause_side"][self._asked], self.columns["side"][self._asked]
        if not len(causes):
            return float("nan")
        return float(sum((causes == side).mean() * (sides == side).mean() for side in SIDES.values()))

    @property
    def _asked(self) -> Array:
        verdict = self.columns["verdict"]
        asked: Array = (verdict == JUDGED) | (verdict == NO_GAP)
        return asked

    def _agreement(self, held: int, of: int) -> Agreement:
        ends: Interval = wilson(held, of, self._ledger.confidence)
        return Agreement(held, of, held / of if of else float("nan"), *ends)

    @property
    def missed(self) -> Listing:
        """The lost customers whose larger side of the gap was not that of the root cause."""
        rows = np.array([value is False for value in self.columns["side_agrees"].tolist()], dtype=bool)
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Listing(f"{int(rows.sum()):,} whose reason the score did not name", columns, self._table)

    @property
    def _table(self) -> Any:
        return self._ledger._losses.table

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict a lost customer: see `to_frame`."""
        return Listing("", self.columns, self._table).rows()

    def to_frame(self) -> Any:
        """Return a row a lost customer, in the ledger's order, the same kind of frame that came in.

        Its columns: ``customer``, ``entry``, ``root_cause``, ``verdict`` (one of `VERDICTS`), ``cause_side`` and
        ``side`` (the larger side of the gap), ``side_agrees``, ``required_gap``, ``experience_gap``, ``top_gaps`` (leaf
        names, the largest first), ``measure_in_top`` (null where the model has no measure of the entry).
        """
        return self._table.build(self.columns)

    def __str__(self) -> str:
        counts = [f"{count:,} {name}" for name, count in self.counts.items() if count]
        judged = f"Larger side of the gap is that of the root cause: {self.side}; by chance {percent(self.by_chance)}."
        named = f"A measure of the reason is under one of the top {self.top} gaps: {self.measure}"
        named += f"; by chance {percent(self.measure_by_chance)}"
        named += f"; the model measures nothing that would show it for {self.not_measured:,} more."
        return "\n".join([f"{len(self.columns['verdict']):,} lost customers: {', '.join(counts)}.", judged, named])

    def __repr__(self) -> str:
        return f"<Against: side {self.side}, measure {self.measure}>"


def against(
    ledger: Ledger, scores: Scores, *, top: int = 3, measures: Mapping[str, Iterable[str]] | None = None
) -> Against:
    """Say whether the score named the reason; what `Ledger.against` does."""
    if not isinstance(scores, Scores):
        raise DataError(f"against: scores is what Scorer.score returned (got {scores!r:.60})")
    most = whole_of(top, 1)
    if most is None:
        raise DataError(f"against: top is how many gaps to look at, 1 or more (got {top!r:.60})")
    shows = _shows(ledger.catalogue, scores, measures)
    place = _places(ledger, scores)
    counted = ledger._losses.counted
    verdict = [_verdict(row, reading, scores) for row, reading in zip(place, counted, strict=True)]
    judged = [number for number, said in enumerate(verdict) if said in (JUDGED, NO_GAP)]
    rows = np.array([place[number] for number in judged], dtype=np.int64)
    parts = _parts(scores, rows)
    none: list[Any] = [None] * len(counted)
    told = {n: list(none) for n in ("cause_side", "side", "side_agrees", "top_gaps", "measure_in_top")}
    asked: list[tuple[frozenset[str], _Measured]] = []
    for number, row, part in zip(judged, rows.tolist(), parts, strict=True):
        entry = counted[number].entry
        assert entry is not None
        measured = _measured(scores, row, part, most)
        asked.append((shows[entry.id], measured))
        for name, value in _said(scores, row, measured, entry=entry, shows=shows[entry.id]).items():
            told[name][number] = value
    return Against(ledger, _columns(ledger, scores, place, verdict, told), most, _by_chance(asked))


@attrs.frozen
class _Measured:
    """Measures of one lost customer: those of the cell, those under the top gaps; and these gaps by name."""

    here: frozenset[str]
    top: frozenset[str]
    gaps: tuple[str, ...]


def _measured(scores: Scores, row: int, part: Array, top: int) -> _Measured:
    leaves, applies = scores.model.leaves, scores.scorer.compiled.applies[scores.cell[row]]
    order = [place for place in np.argsort(-np.round(part, 12), kind="stable").tolist() if part[place] > 0][:top]
    return _Measured(
        frozenset(leaf.measure.name for leaf, there in zip(leaves, applies, strict=True) if there),
        frozenset(leaves[place].measure.name for place in order),
        tuple(leaves[place].name for place in order),
    )


def _by_chance(asked: Sequence[tuple[frozenset[str], _Measured]]) -> float:
    """Return how often a measure of the reason would be under the top gaps if reasons were dealt out anew."""
    share: dict[frozenset[str], float] = {}
    for shows in {shows for shows, _ in asked}:
        named = [bool(each.top & shows) for _, each in asked if each.here & shows]
        share[shows] = sum(named) / len(named) if named else math.nan
    found = [share[shows] for shows, each in asked if each.here & shows]
    return sum(found) / len(found) if found else math.nan


def _said(scores: Scores, row: int, measured: _Measured, *, entry: Entry, shows: frozenset[str]) -> dict[str, Any]:
    """Return what the score said of one lost customer."""
    required, experience = float(scores.required_gap[row]), float(scores.experience_gap[row])
    side = None
    if max(required, experience) > 0:
        side = "required" if required >= experience else "experience"
    cause = SIDES[entry.root_causes[0]]
    return {
        "cause_side": cause,
        "side": side,
        "side_agrees": side == cause,
        "top_gaps": ", ".join(measured.gaps) or None,
        "measure_in_top": bool(measured.top & shows) if measured.here & shows else None,
    }


def _verdict(row: int, reading: Reading, scores: Scores) -> str:
    if row < 0:
        return NOT_FOUND
    if reading.entry is None:
        return UNKNOWN
    if reading.entry.root_causes[0] not in SIDES:
        return EVENT
    gap = float(scores.gap[row])
    if np.isnan(gap):
        return NEED_DATA
    return JUDGED if gap > 0 else NO_GAP


def _parts(scores: Scores, rows: Array) -> Array:
    """Return the parts of the gap of some customers only; shape (rows, leaves)."""
    from outcomegap.explanation import gradients

    return gradients.attribution(scores.scorer.engine, take(scores._checked(), rows))


def _columns(
    ledger: Ledger, scores: Scores, place: Sequence[int], verdict: Sequence[str], told: Mapping[str, Sequence[Any]]
) -> dict[str, Array]:
    rows = np.array(place, dtype=np.int64)
    found = rows >= 0
    columns = {name: ledger.columns[name] for name in ("customer", "entry", "root_cause")}
    columns["verdict"] = as_column(verdict)
    columns |= {name: _objects(told[name]) for name in ("cause_side", "side", "side_agrees")}
    for name in ("required_gap", "experience_gap"):
        values = np.full(len(rows), np.nan)
        values[found] = getattr(scores, name)[rows[found]]
        columns[name] = values
    return columns | {name: _objects(told[name]) for name in ("top_gaps", "measure_in_top")}


def _objects(values: Sequence[Any]) -> Array:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _places(ledger: Ledger, scores: Scores) -> list[int]:
    """Return the row of each lost customer in the scores, -1 where there is none."""
    problems: list[Problem] = []
    if ledger._losses.customer is None:
        message = "the ledger does not know who left; name the column with customer= when you make it"
        problems.append(Problem("no-id", message))
    if scores._id_column is None:
        message = "no column names the customers of the scores; score them with id=, so that they can be found again"
        problems.append(Problem("no-id", message))
    if problems:
        raise DataError.all("against", problems)
    ids = plain_list(scores.id)
    rows: dict[Any, int] = {}
    for row, name in enumerate(ids):
        if name is not None and rows.setdefault(name, row) != row:
            message = f"the scores hold customer {name!r:.60} in rows {rows[name]} and {row}; names are unique"
            problem = Problem("repeated-id", message, scores._id_column, name, (rows[name], row), 2)
            raise DataError.all("against", [problem])
    lost = plain_list(ledger._losses.customer)  # type: ignore[arg-type]
    if lost and rows and not set(lost) & set(rows) and not {type(n) for n in lost} & {type(n) for n in rows}:
        kinds = f"{lost[0]!r:.40} ({type(lost[0]).__name__}) in the ledger, {next(iter(rows))!r:.40} in the scores"
        message = f"customers are named by {kinds}; make both the same type"
        raise DataError.all("against", [Problem("id-type", message, scores._id_column)])
    return [rows.get(name, -1) for name in lost]


def _shows(book: Catalogue, scores: Scores, given: object) -> dict[str, frozenset[str]]:
    """Return id of an entry -> measures that would show it."""
    if given is not None and not isinstance(given, Mapping):
        raise DataError(f"against: measures says id of an entry -> names of measures (got {given!r:.60})")
    shows = {entry.id: {measure.name for measure in entry.measures} for entry in book}
    known = [measure.name for measure in scores.model.measures]
    problems: list[Problem] = []
    for name, listed in (given or {}).items():
        if not among(name, book.ids):
            message = f"measures: {name!r:.60} is no entry{hint(name, book.ids)}"
            problems.append(Problem("unknown-entry", message, value=str(name), suggestion=nearest(name, book.ids)))
            continue
        if not isinstance(listed, Iterable):
            message = f"measures: {name!r} needs names of measures (got {listed!r:.60})"
            problems.append(Problem("unknown-measure", message, value=str(listed)))
            continue
        for measure in [listed] if isinstance(listed, str) else listed:
            if among(measure, known):
                shows[name].add(measure)
                continue
            message = f"measures: the model has no measure {measure!r:.60}{hint(measure, known)}"
            near = nearest(measure, known)
            problems.append(Problem("unknown-measure", message, value=str(measure), suggestion=near))
    if problems:
        raise DataError.all("against", problems)
    return {name: frozenset(found) for name, found in shows.items()}
