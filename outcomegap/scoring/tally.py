"""Totals of scores that come in batches: groups and the top of the worklist, in one pass and from any parts."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import whole
from outcomegap.errors import DataError, Problem, library
from outcomegap.frames import make_frame, wrap
from outcomegap.frames.arrays import joined
from outcomegap.frames.table import MADE
from outcomegap.listing import as_column
from outcomegap.model.model import OutcomeModel
from outcomegap.program import Compiled
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.customers import AXES, OnBad
from outcomegap.scoring.exact_sums import ExactSums
from outcomegap.scoring.groups import (
    QUANTILES,
    About,
    Groups,
    SegmentScores,
    flat_names,
    groups_of,
    probabilities_of,
    sums_of,
    together,
    weights_or_none,
    with_total,
)
from outcomegap.scoring.record_batches import BatchFunction
from outcomegap.scoring.scores import outline_of
from outcomegap.scoring.states import keys_of_need
from outcomegap.scoring.worklist import SECTIONS, Entries, Scored, Worklist

Array = NDArray[Any]
#: D is counted in so many equal steps of [0, 1]; a quantile is right to half a step.
BINS = 1000
#: The name of these counts among the sums.
COUNTS = "bins"
#: What tallies that are merged must have in common.
SETTINGS = ("model", "names", "weight", "quantiles", "gaps", "listed", "value", "keep", "top")
#: More groups than these would not fit into memory: each takes about 40 KB for 24 steps.
MOST_GROUPS = 10_000


class Tally:
    """Totals of scores that come in batches, by group, and the customers who come first in the worklist.

    Means, shares and counts are exact sums (`outcomegap.scoring.exact_sums`), rounded once: they are the same bits
    whatever the order of the customers and however they were split into batches and tallies. Tallies of parts can be
    pickled, sent, and merged.

    Parameters
    ----------
    scorer
        The `Scorer`, or scorer of your own, whose scores are added.
    by
        The names that customers are grouped by, as in `Scores.by`; an empty tuple for the total alone.
    weight
        The column of the customers' weights. None gives all the same weight.
    worklist
        How many customers to keep for the worklist.
    value, keep, top
        As in `Scores.worklist`.
    quantiles
        Probabilities in [0, 1]. D is counted in a thousand equal steps, so a quantile is right to 0.0005.
    gaps
        Whether to add up the steps of each group too, which takes most of the time.
    start
        The row of the whole input that is added first. Equal customers of the worklist keep the order of the input, so
        a tally of a later part must know where it begins.

    Examples
    --------
    >>> import outcomegap as og
    >>> scorer = og.Scorer(og.gallery.load("email-marketing"))
    >>> tally = og.Tally(scorer, by=("segment", "stage"), worklist=10)
    >>> for seed in range(3):
    ...     scores = scorer.score(og.simulate(scorer.model, 100, seed=seed))
    ...     _ = tally.add(scores)
    >>> tally.by().total.customers, len(tally.worklist()), tally.worklist().total
    (300, 10, 300)
    """

    def __init__(
        self,
        scorer: Any,
        by: str | Sequence[str] = ("segment",),
        weight: str | None = None,
        worklist: int = 0,
        *,
        value: str | None = None,
        keep: Sequence[str] | None = None,
        top: int = 1,
        quantiles: Sequence[float] = QUANTILES,
        gaps: bool = True,
        start: int = 0,
    ) -> None:
        for name, column in (("weight", weight), ("value", value)):
            if not isinstance(column, (str, type(None))):
                raise DataError(
                    f"Tally: {name} must be the name of a column, which every batch has (got {column!r:.60})"
                )
        own = isinstance(getattr(scorer, "compiled", None), Compiled)
        self.model: OutcomeModel = scorer.model if own else outline_of(scorer)
        self.names = tuple(flat_names([by]))
        self.weight, self.quantiles, self.gaps = weight, probabilities_of(quantiles), gaps
        self.listed, self.value, self.top = whole("worklist", worklist), value, top
        self.keep = None if keep is None else tuple([keep] if isinstance(keep, str) else keep)
        self.rows, self.next_row = 0, whole("start", start)
        #: What was added so far.
        self.part: Part | None = None

    def add(self, scores: CustomerColumns) -> Self:
        """Add the scores of a batch.

        Parameters
        ----------
        scores
            What the scorer returned; a batch may have no rows.

        Returns
        -------
        Tally
            This one.

        Raises
        ------
        DataError
            If another model made the scores, they have overrides, lack a column, or there are too many groups.
        """
        made_by = scores.model
        if made_by is not self.model and made_by != self.model:
            raise DataError(
                f"this tally is of scores by {self.model.name!r}, not by {made_by.name!r} or another version"
            )
        if scores.as_of is not None:
            raise DataError("a tally takes no overrides: they are of single customers; score those together")
        part = Part.of(scores, self)
        self.part = part if self.part is None else self.part.and_of(part)
        self.rows, self.next_row = self.rows + len(scores), self.next_row + len(scores)
        return self

    def merge(self, other: Tally) -> Self:
        """Add a tally of other customers.

        Parameters
        ----------
        other
            A tally with the same settings; it stays as it is.

        Returns
        -------
        Tally
            This one.

        Raises
        ------
        DataError
            If the settings differ, or there are too many groups.
        """
        if differ := [name for name in SETTINGS if getattr(self, name) != getattr(other, name)]:
            raise DataError(f"tallies can be merged if they are made alike; these differ in {', '.join(differ)}")
        parts = [tally.part for tally in (self, other) if tally.part is not None]
        self.part = parts[0].and_of(parts[1]) if len(parts) > 1 else next(iter(parts), None)
        self.rows, self.next_row = self.rows + other.rows, max(self.next_row, other.next_row)
        return self

    def __add__(self, other: Tally) -> Tally:
        """Return a tally of the customers of both."""
        return copy.copy(self).merge(other)

    @classmethod
    def from_spark(
        cls, scorer: Any, frame: Any, by: str | Sequence[str] = ("segment",), *, on_bad: OnBad = "raise", **more: Any
    ) -> Tally:
        """Tally a Spark frame where it is: each partition is scored and tallied, and the tallies are merged here.

        Parameters
        ----------
        scorer
            A `Scorer`.
        frame
            A Spark ``DataFrame``.
        by
            As for `Tally`.
        on_bad
            As in `Scorer.score`.
        **more
            ``weight``, ``worklist``, ``value``, ``keep``, ``top``, ``quantiles``, ``gaps``, as for `Tally`; and
            ``segment``, ``stage``, ``goal``, ``id``, the names of columns, as in `Scorer.score`.

        Returns
        -------
        Tally
            The same bits, however the customers are spread over partitions. Where the frame has no id, customers are
            named by ``monotonically_increasing_id()``; it also decides which of equal customers comes first.

        Raises
        ------
        DataError
            If the frame lacks columns.
        EngineError
            If pyspark or pyarrow is not installed.
        """
        names = {name: more.pop(name) for name in ("segment", "stage", "goal", "id") if name in more}
        tally, make = cls(scorer, by, **more), partial(cls, by=by, **more)
        inputs = tally.model.inputs
        kept = tally.keep if tally.keep is not None else inputs.keep if inputs is not None else ()
        asked = {*tally.names, tally.weight, tally.value, *kept}
        keep = [name for name in frame.columns if name in asked]
        function = scorer.batch_function(keep=keep, columns=(), on_bad=on_bad, **names)
        for row in function.spread(frame, partial(_tallied, make), "tally binary").collect():
            tally.merge(pickle.loads(row["tally"]))  # noqa: S301 - made by the workers of this session
        return tally

    def by(self) -> SegmentScores:
        """Return the scores of the groups, as `Scores.by` would of all customers together.

        Raises
        ------
        DataError
            If nothing was added.
        """
        part = self._added()
        sums = {name: of for name, of in part.sums.items() if name != COUNTS}
        quantiles = ByCounts(part.sums[COUNTS], part.groups.ideal)
        return SegmentScores(part.about, part.groups, sums, quantiles, self.quantiles, self.weight, 0.5 / BINS)

    def worklist(self) -> Worklist:
        """Return the customers who come first, as `Scores.worklist` would of all customers together.

        Raises
        ------
        DataError
            If nothing was added, or none were kept.
        """
        if not self.listed:
            raise DataError("this tally keeps nobody for a worklist; make it with worklist= the number to list")
        part = self._added()
        kept = attrs.evolve(part.kept, about=part.about)
        return Worklist(kept, np.arange(len(kept.places)), kept.counts, limit=self.listed)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the customers that it needs."""
        named = (*self.names, self.weight, self.value, *(self.keep or ()))
        return tuple(dict.fromkeys(name for name in named if name is not None and name not in AXES))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems of rows that were set aside: the first of each kind, with the number of all such rows."""
        return () if self.part is None else self.part.about.problems

    @property
    def set_aside(self) -> int:
        """The number of rows that were set aside for their problems."""
        return 0 if self.part is None else self.part.about.of_rows - self.part.about.read

    def _added(self) -> Part:
        if self.part is None:
            raise DataError("no scores were added to this tally, not even of a batch without rows")
        return self.part

    def __repr__(self) -> str:
        return f"<Tally of {self.rows:,} customers by {', '.join(self.names) or 'nothing'}>"


def _tallied(make: Callable[..., Tally], function: BatchFunction, batches: Iterator[Any]) -> Iterator[Any]:
    """Score and tally the batches of one partition of a Spark frame."""
    spark, pa = library("pyspark", "a tally of a Spark frame", "spark"), library("pyarrow", "a tally", "spark")
    # Rows are numbered as Spark's monotonically_increasing_id numbers them.
    tally = make(function.scorer, start=spark.TaskContext.get().partitionId() << 33)
    for batch in batches:
        tally.add(function.scores(batch))
    yield pa.RecordBatch.from_pydict({"tally": [pickle.dumps(tally)]})


@attrs.frozen(eq=False)
class Part:
    """All that a tally holds of some customers."""

    about: About
    groups: Groups
    sums: dict[str, ExactSums]
    kept: Kept

    @classmethod
    def of(cls, scores: CustomerColumns, asked: Tally) -> Part:
        """Add up some scores."""
        groups = groups_of(scores, asked.names)
        _check_number(groups)
        weights, unweighted = weights_or_none(scores, asked.weight)
        sums = sums_of(scores, groups, weights, gaps=asked.gaps)
        sums[COUNTS] = _counts(scores, groups, weights)
        kind = scores.table.kind if scores.table.kind in MADE else "dict"
        about = attrs.evolve(About.of(scores, unweighted), table=wrap(make_frame({"customer": np.empty(0)}, kind)))
        entries = Scored.of(scores, asked.value, asked.keep, asked.top)
        groups = attrs.evolve(groups, codes=np.arange(len(groups)))  # nothing by customer is held
        before = None if asked.part is None else asked.part.kept
        return cls(about, groups, sums, Kept.of(entries, about, asked.listed, asked.next_row, before))

    def and_of(self, other: Part) -> Part:
        """Return what is held of these customers and others."""
        groups, size = together(self.about.model, (self.groups, other.groups)), len(self.groups)
        _check_number(groups)
        sums = {}
        for name, of in self.sums.items():
            found = sums[name] = ExactSums((*of.shape[:-1], len(groups)), whole=of.whole)
            found.merge(of, groups.codes[:size])
            found.merge(other.sums[name], groups.codes[size:])
        return Part(self.about.and_of(other.about), groups, sums, self.kept.and_of(other.kept))


def _check_number(groups: Groups) -> None:
    if len(groups) > MOST_GROUPS:
        names = ", ".join(groups.columns)
        raise DataError(f"there are more than {MOST_GROUPS:,} groups by {names}; a tally is for fewer: group by less")


def _counts(scores: CustomerColumns, groups: Groups, weights: Array | None) -> ExactSums:
    """Count customers with a score, or add up their weights, by step of D and group."""
    found = ExactSums((BINS + 1, len(groups)), whole=weights is None)
    scored = np.flatnonzero(~np.isnan(scores.desired))
    places = np.rint(scores.desired[scored].astype(np.float64) * BINS).astype(np.int64)
    at = places * len(groups) + groups.codes[scored]
    if weights is None:
        found.count(np.bincount(at, minlength=(BINS + 1) * len(groups)).reshape(found.shape))
    else:
        found.add_at(weights[scored], at)
    return found


@attrs.frozen(eq=False)
class ByCounts:
    """Quantiles of D of groups, from counts by step: right to half a step."""

    counts: ExactSums
    ideal: NDArray[np.bool_]

    def __call__(self, wanted: Array) -> Array:
        up_to = np.cumsum(with_total(self.counts, self.ideal), axis=0, dtype=np.float64)
        enough = (up_to >= wanted[:, None, None] * up_to[-1]) & (up_to > 0)
        return np.where(up_to[-1] > 0, enough.argmax(axis=1) / BINS, np.nan)


# The worklist


@attrs.frozen(eq=False)
class Kept(Entries):
    """The first customers of each section of a worklist, as they were told when they were scored, in order of need."""

    most: int
    counts: NDArray[np.int64]
    keys: Array
    own_columns: dict[str, Array]
    told_columns: dict[str, Array]

    @classmethod
    def of(cls, entries: Scored, about: About, most: int, start: int, before: Kept | None) -> Kept:
        """Keep the first customers of some scores, whose first row is `start`, as far as they go before others."""
        sections, scores = entries.sections, entries.scores
        counts, rows = np.bincount(sections, minlength=len(SECTIONS)), np.empty(0, dtype=np.int64)
        keys = np.array(keys_of_need(*scores.need, entries.value), dtype=np.float64) if most else np.empty((4, 0))
        if most:
            ends = [None if before is None else before.end(each) for each in range(len(counts))]
            each = (_first(np.flatnonzero(sections == at), keys, most, end) for at, end in enumerate(ends))
            rows = np.concatenate([*each])
        own, told = (entries.own(rows), entries.told(rows)) if most else ({}, {})
        if most and scores.id_column is None:
            own["row"] = rows + start
        common = about, entries.value_column, entries.top, sections[rows], rows + start
        return cls(*common, most, counts, keys[:, rows], own, told)

    def and_of(self, other: Kept) -> Kept:
        """Return the first of these customers and others."""
        sections, places, keys = (
            np.concatenate(both, axis=-1)
            for both in ((self.sections, other.sections), (self.places, other.places), (self.keys, other.keys))
        )
        order = np.lexsort((places, *keys[::-1], sections))
        starts = np.searchsorted(sections[order], np.arange(len(SECTIONS)))
        rows = order[np.arange(len(order)) - starts[sections[order]] < self.most]
        columns = (
            {name: joined((values, theirs[name]))[rows] for name, values in ours.items()}
            for ours, theirs in ((self.own_columns, other.own_columns), (self.told_columns, other.told_columns))
        )
        counts = self.counts + other.counts
        found = {"counts": counts, "sections": sections[rows], "places": places[rows], "keys": keys[:, rows]}
        return attrs.evolve(self, **found, own_columns=next(columns), told_columns=next(columns))

    def end(self, section: int) -> Array | None:
        """Return the keys of the last customer kept of a section; None if there is room for more."""
        here = np.flatnonzero(self.sections == section)
        return self.keys[:, here[-1]] if len(here) == self.most else None

    def own(self, rows: Array) -> dict[str, Array]:
        return {name: values[rows] for name, values in self.own_columns.items()}

    def told(self, rows: Array) -> dict[str, Array]:
        found = {name: values[rows] for name, values in self.told_columns.items()}
        if "ideal" in found:  # nobody listed may be without a segment, though others were
            found["ideal"] = as_column(found["ideal"].tolist())
        return found


def _first(rows: Array, keys: Array, most: int, end: Array | None) -> Array:
    """Return the first of some rows in order of need, of which `most` are wanted, and those that go before `end`."""
    if end is not None:  # rows that are equal come later in the input
        ahead, equal = np.zeros(len(rows), dtype=bool), np.ones(len(rows), dtype=bool)
        for key, last in zip(keys[:, rows], end, strict=True):
            ahead |= equal & (key < last)
            equal &= key == last
        rows = rows[ahead]
    if len(rows) > most:
        _, state, less_gap, _ = keys[:, rows]
        rank = 2.0 * state + less_gap  # rounded, it keeps the order
        rows = rows[rank <= np.partition(rank, most - 1)[most - 1]]
    return rows[np.lexsort(keys[::-1, rows])][:most]
