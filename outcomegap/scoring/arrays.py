"""The arrays of scores: what is known, the score itself, and its state."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SET_ASIDE, Batch, Result
from outcomegap.explanation import gradients
from outcomegap.frames import Table
from outcomegap.model import OutcomeModel
from outcomegap.program import Compiled
from outcomegap.scoring import joining
from outcomegap.scoring.prepare import Prepared
from outcomegap.scoring.scored import sealed
from outcomegap.scoring.states import MET, UNCERTAIN, names_of, state_codes
from outcomegap.scoring.views import ScoreViews

if TYPE_CHECKING:
    from outcomegap.scoring.scorer import Scorer

Array = NDArray[Any]


class ScoreArrays(ScoreViews):
    """What scores consist of: one value a customer in each array, all read-only; `Scores` is asked for the rest."""

    def __init__(self, scorer: Scorer, table: Table, prepared: Prepared, result: Result, id_column: str | None) -> None:
        self._scorer, self.table, self._prepared, self._result = scorer, table, prepared, result
        self.id_column = id_column
        self.problems = prepared.problems

    def __len__(self) -> int:
        return len(self.batch)

    def __repr__(self) -> str:
        return f"<Scores of {len(self)} customers by {self.model.name!r}>"

    @property
    def model(self) -> OutcomeModel:
        """The model they were scored by."""
        return self._scorer.model

    @property
    def scorer(self) -> Scorer:
        """The scorer that made them."""
        return self._scorer

    @property
    def batch(self) -> Batch:
        return self._prepared.batch

    @cached_property
    def id(self) -> Array:
        """What names each customer: the id column, or the row's position."""
        if self.id_column is None:
            return sealed(np.arange(len(self)))
        return self.table.values(self.id_column)

    @cached_property
    def cell(self) -> NDArray[np.int32]:
        """Position of each customer's cell in ``model.cells``; -1 for a row set aside."""
        return sealed(self.batch.cells)

    # What is known

    @cached_property
    def coverage(self) -> Array:
        """Share of the cell's steps that are observed."""
        return sealed(self._share(np.add(*self._result.observed), self._scorer.compiled.sizes.sum(axis=0)))

    @cached_property
    def required_coverage(self) -> Array:
        """Share of the required outcome's steps that are observed."""
        return sealed(self._share(self._result.observed[0], self._scorer.compiled.sizes[0]))

    @cached_property
    def experience_coverage(self) -> Array:
        """Share of the experience's steps that are observed."""
        return sealed(self._share(self._result.observed[1], self._scorer.compiled.sizes[1]))

    def _share(self, seen: Array, of: Array) -> Array:
        """Return what share of each customer's steps is observed; `of` says by cell how many there are."""
        if self.problems or (of != of[0]).any():
            with np.errstate(invalid="ignore"):
                return seen / self._by_cell(of.astype(np.float64))
        shares: Array = np.arange(of[0] + 1) / of[0]
        found: Array = shares.take(seen)
        return found

    @cached_property
    def _point(self) -> Array:
        """R and E, NaN where too little is known; shape (2, n)."""
        if self._result.low is self._result.point:
            return self._result.point
        lacking = self._lacking()
        if not lacking.any():
            return self._result.point
        point = self._result.point.copy()
        np.copyto(point, np.nan, where=lacking)
        return point

    def _lacking(self) -> NDArray[np.bool_]:
        """Tell which sides have too little data for a point value, shape (2, n)."""
        compiled = self._scorer.compiled
        # A table of answers by cell and number of observed steps; looked up, not computed row by row.
        most = int(compiled.sizes.max())
        share = np.arange(most + 1) / compiled.sizes[..., None]
        answers = share < compiled.min_coverage[:, None]
        uniform = (answers == answers[:, :1]).all()
        rows = [
            table[0].take(seen) if uniform else table[np.maximum(self.batch.cells, 0), seen]
            for table, seen in zip(answers, self._result.observed, strict=True)
        ]
        return np.array(rows)

    # The score

    @cached_property
    def required(self) -> Array:
        """R, how far the required outcome is attained, in [0, 1]."""
        return sealed(self._point[0])

    @cached_property
    def experience(self) -> Array:
        """E, how far the appropriate experience is attained, in [0, 1]."""
        return sealed(self._point[1])

    @cached_property
    def desired(self) -> Array:
        """D = R x E, or what the desired outcome's own rule joins them to."""
        return sealed(self._joined(joining.desired, self._point))

    @cached_property
    def gap(self) -> Array:
        """The distance from the desired outcome, 1 - D."""
        return sealed(1.0 - self.desired)

    @cached_property
    def required_gap(self) -> Array:
        """The part of the gap that the required outcome makes: 1 - R, where R and E are joined as a product."""
        return sealed(self._joined(joining.required_gap, self._point))

    @cached_property
    def experience_gap(self) -> Array:
        """The part of the gap that the experience makes: R (1 - E), where R and E are joined as a product."""
        return sealed(self._joined(joining.experience_gap, self._point))

    @cached_property
    def low(self) -> Array:
        """D if everything that is missing turned out to be at its floor."""
        return sealed(self._joined(joining.desired, self._result.low))

    @cached_property
    def high(self) -> Array:
        """D if everything that is missing turned out to be at its target."""
        return sealed(self._joined(joining.desired, self._result.high))

    @property
    def required_low(self) -> Array:
        """R if everything missing were at its floor."""
        return sealed(self._result.low[0])

    @property
    def required_high(self) -> Array:
        """R if everything missing were at its target."""
        return sealed(self._result.high[0])

    @property
    def experience_low(self) -> Array:
        """E if everything missing were at its floor."""
        return sealed(self._result.low[1])

    @property
    def experience_high(self) -> Array:
        """E if everything missing were at its target."""
        return sealed(self._result.high[1])

    @cached_property
    def state_codes(self) -> NDArray[np.int8]:
        """Position of the state in `STATES`, the order of need; -1 for a row set aside."""
        low, high = self._result.low, self._result.high
        codes = self._states(high)
        if low is not high:
            codes[codes != self._states(low)] = UNCERTAIN
        if self.problems:
            codes[self.cell == SET_ASIDE] = -1
        return sealed(codes)

    @cached_property
    def state(self) -> Array:
        """``successful``, ``tolerating``, ``failing``, or ``uncertain``; None for a row set aside."""
        return sealed(names_of(self.state_codes))

    @cached_property
    def point_state(self) -> Array:
        """The state that R and E themselves have; ``uncertain`` where they are unknown."""
        return sealed(names_of(np.where(self.cell == SET_ASIDE, np.int8(-1), self._states(self._point))))

    @cached_property
    def met(self) -> NDArray[np.int64]:
        """How many steps of the cell are fully attained."""
        reached = gradients.attainment(self._scorer.engine, self.batch)
        return sealed((reached >= MET).sum(axis=1))

    @cached_property
    def steps(self) -> NDArray[np.int64]:
        """How many steps the cell has: the 9 of "7 of 9 met"."""
        sizes = self._by_cell(self._scorer.compiled.sizes.sum(axis=0).astype(np.float64))
        return sealed(np.broadcast_to(np.nan_to_num(sizes, nan=0.0).astype(np.int64), len(self)))

    def _joined(self, ask: Callable[[Compiled, NDArray[np.int32], Array, Array], Array], sides: Array) -> Array:
        return ask(self._scorer.compiled, self.cell, sides[0], sides[1])

    def _by_cell(self, table: Array) -> Array:
        """Spread numbers by cell (last axis) over customers; NaN for rows set aside."""
        if not self.problems and (table == table[..., :1]).all():
            return table[..., :1]
        last = np.full((*table.shape[:-1], 1), np.nan)
        return np.concatenate([table, last], axis=-1)[..., self.batch.cells]

    def _states(self, sides: Array) -> NDArray[np.int8]:
        compiled = self._scorer.compiled
        at = [self._by_cell(t) for t in (compiled.achieved_at, compiled.appropriate_at)]
        return state_codes(sides[0], sides[1], at[0], at[1])
