"""From measures to attainments, for one block: curve(clip((x - floor) / (target - floor), 0, 1))."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks.batch import Batch, Block
from outcomegap.engines.numpy_blocks.parameters import ByCell
from outcomegap.errors import EngineError
from outcomegap.model import Step
from outcomegap.model.step import Linear
from outcomegap.program import Compiled

Array = NDArray[Any]
Operand = Any


@attrs.frozen(eq=False)
class Attained:
    """The step rows of one block.

    Parameters
    ----------
    rows
        Attainments; where a step is missing, what stands in for it.
    missing
        For each step row a mask of the customers for whom it is missing, or None where it is for nobody.
    """

    rows: list[Array]
    missing: list[Array | None]


class Attainment:
    """Computes the step rows of one program, in the type it is told."""

    def __init__(self, compiled: Compiled, number: int, dtype: np.dtype[Any]) -> None:
        self.program = compiled.programs[number]
        self.tables = compiled.tables[number]
        self.dtype = dtype
        self.cells = compiled.cells
        cells = np.flatnonzero(compiled.program_of == number)
        steps = [compiled.model.steps[position] for position in self.program.steps]
        self.measures = [compiled.measure_of[step] for step in steps]
        self.curves = [None if isinstance(step.curve, Linear) else step.curve for step in steps]
        self.floor, self.target = compiled.floor, compiled.target
        numbers = self.floor.numbers[list(self.program.steps)]
        # Floors stay in double precision: x - floor is taken in it, whatever the type of the result.
        self.floors = [ByCell(row, cells) for row in numbers]
        self.spans = [ByCell(row, cells) for row in self._spans(steps, cells)]
        self.stand_ins = [ByCell(row, cells) for row in self.tables.stand_in.astype(dtype)]
        own = self.floor.own | self.target.own
        self.own = [bool(own[step]) for step in self.program.steps]
        self.zero, self.one = dtype.type(0), dtype.type(1)

    def __call__(
        self,
        batch: Batch,
        block: Block,
        rows: list[Array],
        masks: Sequence[Array],
        chunk: Array,
        rooms: tuple[Array, Array],
    ) -> Attained:
        """Fill `rows`, one a step row.

        `masks` holds one boolean row a step row, `chunk` has room for one column, `rooms` for floors in double
        precision and for spans.
        """
        floors, spans = rooms
        missing: list[Array | None] = []
        for row, measure in enumerate(self.measures):
            a = rows[row]
            x = _take(batch.columns[measure], block, chunk)
            floor, span = self._bounds(row, batch, block, floors, spans)
            np.subtract(x, floor, out=a, casting="same_kind")
            np.divide(a, span, out=a)
            a.clip(self.zero, self.one, out=a)
            np.add(a, self.zero, out=a)  # a zero has one sign, wherever it came from
            curve = self.curves[row]
            if curve is not None:
                a[...] = curve.value(a)
            sure = batch.complete[measure] and not self.own[row]
            missing.append(None if sure else self._fill(row, block, a, masks[row]))
        return Attained(rows, missing)

    def _spans(self, steps: Sequence[Step], cells: Array) -> Array:
        """Return target - floor, rounded once; a narrow type must not make zero or infinity of it."""
        floor, target = (bounds.numbers[list(self.program.steps)] for bounds in (self.floor, self.target))
        exact = target - floor
        if self.dtype == exact.dtype:
            return exact
        limits = np.finfo(self.dtype)
        lost = (np.abs(exact) < limits.tiny) | (np.abs(exact) > limits.max)
        for row, number in np.argwhere(lost[:, cells]).tolist():
            cell = cells[number]
            message = (
                f"{steps[row].where}: floor {floor[row, cell]:g} and target {target[row, cell]:g} in "
                f"{self.cells[cell]} are too near, or too far apart, for {self.dtype}; score with dtype='float64'"
            )
            raise EngineError(message)
        # Where no customer looks, it does not matter.
        return np.where(lost, 1.0, exact).astype(self.dtype)

    def _bounds(self, row: int, batch: Batch, block: Block, floors: Array, spans: Array) -> tuple[Operand, Operand]:
        """Return floor and span of a step row: one number each, or one a customer."""
        if not self.own[row]:
            return self.floors[row].at(block.cells, floors), self.spans[row].at(block.cells, spans)
        step = self.program.steps[row]
        floor, target = (b.at(step, block.cells, batch.own, block.rows) for b in (self.floor, self.target))
        return floor, (target - floor).astype(self.dtype)

    def _fill(self, row: int, block: Block, a: Array, mask: Array) -> Array | None:
        np.isnan(a, out=mask)
        if not mask.any():
            return None
        np.copyto(a, self.stand_ins[row].at(block.cells), where=mask)
        return mask


def _take(column: Array, block: Block, chunk: Array) -> Array:
    if isinstance(block.rows, slice):
        return column[block.rows]
    if column.dtype == chunk.dtype:
        return column.take(block.rows, out=chunk, mode="clip")
    return column.take(block.rows)
