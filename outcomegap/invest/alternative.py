"""What customers could do instead, and how far the best of it is ahead of what they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.listing import Listing
from outcomegap.engines.numpy_blocks import Block, Work
from outcomegap.errors import DataError, Problem, hint
from outcomegap.explanation.line import Point, move
from outcomegap.invest.action import check_names, check_text, checked, levels, segment_names
from outcomegap.invest.effect import Effects, check_scores, moved_rows, segments_of
from outcomegap.model import OutcomeModel
from outcomegap.model.frozenmap import FrozenMap
from outcomegap.scoring import Scores
from outcomegap.scoring.states import FAILING, TOLERATING

Array = NDArray[Any]
Kind = Literal["product", "competitor", "open source", "in-house", "outsourced", "hired"]
KINDS: tuple[Kind, ...] = ("product", "competitor", "open source", "in-house", "outsourced", "hired")
#: Smaller differences of D are rounding.
DUST = 1e-9


@attrs.frozen(init=False)
class Alternative:
    """Something else by which customers could get to the desired outcome.

    Parameters
    ----------
    name
        What it is called.
    kind
        One of `KINDS`.
    attainments
        Leaves, with the attainment that it gives them, between 0 and 1: better or worse than today's.
    measures
        Measures, with their values under it. What neither names is as it is today.
    segments
        The segments that could choose it; None for all.

    Raises
    ------
    DataError
        If something is not as said here.

    Examples
    --------
    >>> Alternative("a developer", "hired", measures={"reply_hours": 1}).kind
    'hired'
    """

    name: str
    kind: Kind
    attainments: FrozenMap[float]
    measures: FrozenMap[float]
    segments: tuple[str, ...] | None

    def __init__(
        self,
        name: str,
        kind: Kind,
        attainments: Mapping[str, float] | None = None,
        measures: Mapping[str, float] | None = None,
        segments: Sequence[str] | None = None,
    ) -> None:
        what = f"alternative {check_text('the name of an alternative', name)!r}"
        if kind not in KINDS:
            raise DataError(f"{what}: kind is one of {', '.join(KINDS)} (got {kind!r:.60}){hint(kind, KINDS)}")
        leaves, values = [
            levels(f"{what}: {label}", {} if said is None else said)
            for label, said in (("attainments", attainments), ("measures", measures))
        ]
        if not leaves and not values:
            raise DataError(f"{what} says nothing; give attainments=, measures= or both")
        self.__attrs_init__(name, kind, leaves, values, segment_names(what, segments))

    def problems(self, model: OutcomeModel) -> list[Problem]:
        """List what does not fit a model."""
        where = f"alternative {self.name!r}"
        found = check_names(where, model, {**self.measures, **self.attainments})
        known = {"attainments": {e.name for e in model.leaves}, "measures": {e.name for e in model.measures}}
        for label, given in (("attainments", self.attainments), ("measures", self.measures)):
            wrong = [name for name in given if name not in known[label]]
            text = f"{where}: {label} names no such thing of the model: {', '.join(wrong)}"
            found += [Problem("unknown-name", text)] if wrong and not found else []
        return found


class SwitchPressure:
    """How far the best alternative is ahead of what each customer has; made by `switch_pressure`.

    Attributes
    ----------
    pressure
        D under the best alternative - D now, one number a customer; negative where every alternative is worse; NaN
        where D is unknown, or nothing can be chosen.
    parts
        How much of that each leaf makes, shape (customers, leaves); rows sum to `pressure` within 1e-12.
    best
        Name of the best alternative; None where there is none.
    held
        Who stays only because nothing better is known: failing or tolerating, and no alternative is ahead.
    """

    def __init__(self, scores: Scores, pressure: Array, parts: Array, best: Array) -> None:
        self._scores, self.pressure, self.parts, self.best = scores, pressure, parts, best
        unhappy = (scores.state_codes == FAILING) | (scores.state_codes == TOLERATING)
        self.held: Array = unhappy & ~np.isnan(scores.desired) & ~(np.nan_to_num(pressure, nan=-1.0) > DUST)

    def __len__(self) -> int:
        return len(self.pressure)

    @property
    def leaves(self) -> tuple[str, ...]:
        """Names of the leaves, in the order of the second axis of `parts`."""
        return tuple(leaf.name for leaf in self._scores.model.leaves)

    @cached_property
    def _listing(self) -> Listing:
        top = np.nan_to_num(self.parts)
        names = np.array([*self.leaves, None], dtype=object)
        lead = names[np.where(top.max(axis=1, initial=0.0) > DUST, top.argmax(axis=1), len(self.leaves))]
        columns = {
            self._scores._id_column or "row": self._scores.id,
            "best": self.best,
            "pressure": self.pressure,
            "most by": lead,
            "held": self.held,
        }
        ahead = int((np.nan_to_num(self.pressure, nan=-1.0) > DUST).sum())
        title = f"An alternative is ahead for {ahead:,} of {len(self):,} customers"
        kept = f"{int(self.held.sum()):,} stay only because nothing better is known here."
        return Listing(title, columns, self._scores._table, notes=[kept])

    def to_frame(self) -> Any:
        """Return a row a customer, the same kind of frame that was scored."""
        return self._listing.to_frame()

    def __str__(self) -> str:
        return str(self._listing)

    def _repr_html_(self) -> str:
        return self._listing._repr_html_()


def switch_pressure(scores: Scores, alternatives: Sequence[Alternative]) -> SwitchPressure:
    """Say how far the best alternative is ahead of what each customer has, and by which leaves.

    Each alternative is scored on the customer's own graph, with the customer's own expectations; what it does not
    name, and what is missing, stays as it is. The difference is split over the leaves by the gradient along the
    straight line (docs/meaning, clauses 2.7 and 2.9), exactly. What it costs to switch is not in it.

    Parameters
    ----------
    scores
        The customers.
    alternatives
        What they could do instead.

    Raises
    ------
    DataError
        If an argument is not as said here.
    EngineError
        If the model joins R and E otherwise than by the product, or has gates that are not multilinear.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)]))
    >>> scores = scorer.score({"calls": [2, 1], "reply_hours": [36, 24]})
    >>> rival = Alternative("a rival", "competitor", measures={"calls": 1, "reply_hours": 24})
    >>> found = switch_pressure(scores, [rival])
    >>> found.pressure.tolist(), found.parts.tolist(), found.held.tolist()
    ([0.0, 0.0], [[-0.1875, 0.1875], [0.0, 0.0]], [False, True])
    """
    scores = check_scores("switch_pressure", scores)
    todo = checked("switch_pressure: alternatives", scores.model, alternatives, Alternative)
    effects, segment = Effects(scores), segments_of(scores)
    names = np.array([*scores.model.segment_names, ""], dtype=object)[segment]
    table = np.full((len(todo), len(scores)), -np.inf)
    for number, one in enumerate(todo):
        may = segment >= 0 if one.segments is None else np.isin(names, one.segments)
        moved = effects.desired([one.measures, one.attainments], put=True) - effects.now
        table[number] = np.where(may & ~np.isnan(moved), moved, -np.inf)
    first, top = table.argmax(axis=0), table.max(axis=0)
    known = np.isfinite(top)
    parts = np.full((len(scores), len(scores.model.leaves)), np.nan)
    for number, one in enumerate(todo):
        rows = np.flatnonzero(known & (first == number))
        if len(rows):
            parts[rows] = _parts(effects, one, rows)
    called = np.array([*(one.name for one in todo), None], dtype=object)
    best = called[np.where(known, first, len(todo))]
    return SwitchPressure(scores, np.where(known, top, np.nan), parts, best)


def _parts(effects: Effects, one: Alternative, rows: Array) -> Array:
    """Split what an alternative makes over the leaves."""
    from outcomegap.explanation.change import Stand

    batch, leaves = effects.changed([one.measures, one.attainments], put=True)
    cells, engine = effects.batch.cells[rows], effects.engine
    Stand(engine, batch, rows, cells)  # says so where a line cannot be split exactly
    found = np.zeros((len(rows), len(effects.model.leaves)))
    program_of = engine.compiled.program_of[cells]
    for program in np.unique(program_of).tolist():
        some = np.flatnonzero(program_of == program)
        block = Block(program, rows[some], len(some), cells[some].astype(np.intp))
        here, there = (Work(engine, data, block, {}) for data in (effects.batch, batch))
        end = Point(there, moved_rows(there, leaves, put=True), there.attained.missing)
        moved = move(Point.of(here), end, range(len(end.rows)))
        for row, part in moved.parts.items():
            found[some, there.program.leaves[row]] = part
    return found
