"""What a compiled model says of many customers: the source of the columns of `Scores`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SET_ASIDE, Batch, NumpyBlocks, Result
from outcomegap.explanation import gradients
from outcomegap.frames import Table
from outcomegap.frames.arrays import locked
from outcomegap.model import OutcomeModel
from outcomegap.model.model import JoinRule
from outcomegap.program import Compiled
from outcomegap.scoring.columns import At, CustomerColumns, StepValue, computed
from outcomegap.scoring.customers import Customers, Prepared, Readings
from outcomegap.scoring.states import UNCERTAIN, Codes, state_codes

Array = NDArray[Any]
Ask = Callable[[JoinRule, Array, Array], Array]
#: How the engine answers for each step.
ANSWERS: dict[StepValue, Callable[[NumpyBlocks, Batch], Array]] = {
    "attainment": gradients.attainment,
    "attribution": gradients.attribution,
    "gain": lambda engine, batch: gradients.leverage(engine, batch, gain=True),
    "leverage": gradients.leverage,
    "unknown": gradients.unknown,
}


class Compiling(Protocol):
    """What scores need of the scorer that made them."""

    @property
    def model(self) -> OutcomeModel: ...
    @property
    def compiled(self) -> Compiled: ...
    @property
    def engine(self) -> NumpyBlocks: ...


class ModelScores(CustomerColumns):
    """The columns of scores that a compiled model makes, and what it says of each step; `Scores` adds the views."""

    says = frozenset(ANSWERS)

    def __init__(
        self, scorer: Compiling, table: Table, prepared: Prepared, result: Result, id_column: str | None
    ) -> None:
        self.scorer, self.table, self.batch, self.id_column = scorer, table, prepared.batch, id_column
        self.problems, self._result = prepared.problems, result
        self.model: OutcomeModel = scorer.model
        self.cell = locked(prepared.batch.cells)
        self.applies = scorer.compiled.applies
        self.exact = all(program.exact for program in scorer.compiled.programs)

    # The sides

    @computed
    def _point(self) -> Array:
        """R and E, NaN where too little is known; shape (2, n)."""
        point = self._result.point
        if self._result.low is point or not (lacking := self._lacking()).any():
            return point
        point = point.copy()
        np.copyto(point, np.nan, where=lacking)
        return point

    def _lacking(self) -> NDArray[np.bool_]:
        """Tell which sides have too little data for a point value, shape (2, n)."""
        compiled = self.scorer.compiled
        # A table of answers by cell and number of observed steps; looked up, not computed row by row.
        share = np.arange(int(compiled.sizes.max()) + 1) / compiled.sizes[..., None]
        answers = share < compiled.min_coverage[:, None]
        uniform = (answers == answers[:, :1]).all()
        cells = self.batch.cells
        sides = zip(answers, self._result.observed, strict=True)
        return np.array([table[0].take(seen) if uniform else table[cells, seen] for table, seen in sides])

    def _side(self, side: int, at: At) -> Array:
        sides: Array = self._point if at == "point" else getattr(self._result, at)
        return sides[side]  # type: ignore[no-any-return]

    def _observed(self, *sides: int) -> Array:
        tables = self.scorer.compiled.sizes, self._result.observed
        sizes, seen = (t[sides[0]] if len(sides) == 1 else np.add(t[0], t[1]) for t in tables)
        if self.problems or (sizes != sizes[0]).any():
            with np.errstate(invalid="ignore"):
                each: Array = seen / self._by_cell(sizes.astype(np.float64))
                return each
        shares: Array = np.arange(sizes[0] + 1) / sizes[0]
        found: Array = shares.take(seen)
        return found

    def _joined(self, ask: Ask, required: Array, experience: Array) -> Array:
        return joined(self.scorer.compiled, self.cell, ask, required, experience)

    def _by_cell(self, table: Array) -> Array:
        """Spread numbers by cell over customers; NaN for rows set aside."""
        if not self.problems and (table == table[:1]).all():
            return table[:1]
        found: Array = np.append(table, np.nan)[self.batch.cells]
        return found

    # States

    @computed
    def state_codes(self) -> Codes:
        """Position of the state in `STATES`, the order of need; -1 for a row set aside."""
        codes = self._states("high")
        if self._result.low is not self._result.high:
            codes[codes != self._states("low")] = UNCERTAIN
        return self._set_aside(codes)

    @computed
    def point_codes(self) -> Codes:
        """Position in `STATES` of the state that R and E themselves have; -1 for a row set aside."""
        return self._set_aside(self._states("point"))

    def _states(self, at: At) -> Codes:
        compiled = self.scorer.compiled
        limits = [self._by_cell(limit) for limit in (compiled.achieved_at, compiled.appropriate_at)]
        return state_codes(self._side(0, at), self._side(1, at), *limits)

    def _set_aside(self, codes: Codes) -> Codes:
        if self.problems:
            codes[self.cell == SET_ASIDE] = -1
        return codes

    def mean_states(self, mean: Callable[[Array], Array]) -> Array:
        """Return state codes of a mean of customers; `mean` takes one number a customer and returns their means."""
        compiled = self.scorer.compiled
        tables = compiled.achieved_at, compiled.appropriate_at
        limits = [mean(np.append(table, np.nan)[self.cell]) for table in tables]
        bounds: tuple[At, At] = ("low", "high")
        low, high = (state_codes(*(mean(self._side(side, at)) for side in (0, 1)), *limits) for at in bounds)
        return np.where(low == high, low, UNCERTAIN)

    # Step by step

    def step_values(self, rows: Array | None, *what: StepValue) -> Iterator[Array]:
        """Yield what is known of each step of some customers (None: of all)."""
        batch = self.batch if rows is None else take(self.batch, rows)
        return (ANSWERS[each](self.scorer.engine, batch) for each in what)

    def readings(self, rows: Array, step: Array) -> Readings:
        """Look up what was read of some customers, for one step each that the customer's cell has (or `NONE`)."""
        compiled, batch = self.scorer.compiled, self.batch
        of = Customers(self.model, batch.cells, batch.columns, batch.own, compiled.floor, compiled.target)
        return of.readings(rows, step)


def joined(compiled: Compiled, cells: NDArray[np.int32], ask: Ask, required: Array, experience: Array) -> Array:
    """Ask the rule of each customer's cell that joins R and E; NaN for rows set aside."""
    rules = [program.outcome.join for program in compiled.programs]
    if all(rule == rules[0] for rule in rules):
        return ask(rules[0], required, experience)
    found = np.full_like(required, np.nan)
    numbers = np.where(cells < 0, -1, compiled.program_of[cells])
    for number, rule in enumerate(rules):
        here = numbers == number
        found[here] = ask(rule, required[here], experience[here])
    return found


def take(batch: Batch, rows: Array) -> Batch:
    """Return some rows of a batch, in the order asked for."""
    columns, own = (tuple(column.take(rows) for column in listed) for listed in (batch.columns, batch.own))
    return Batch(columns, own, batch.complete, batch.cells.take(rows))
