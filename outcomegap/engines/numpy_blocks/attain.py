"""From measures to attainments, for one block: curve(clip((x - floor) / (target - floor), 0, 1))."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks.batch import Batch, Block
from outcomegap.model.curve import Linear
from outcomegap.program import NO_COLUMN, Bounds, Compiled

Array = NDArray[Any]
Operand = Any


@attrs.frozen(eq=False)
class Attained:
    """The leaf rows of one block.

    Parameters
    ----------
    rows
        Attainments; where a leaf is missing, what stands in for it.
    missing
        For each leaf row a mask of the customers for whom it is missing, or None where it is for nobody.
    """

    rows: list[Array]
    missing: list[Array | None]


class Attainment:
    """Computes the leaf rows of one program, in the type it is told."""

    def __init__(self, compiled: Compiled, number: int, dtype: np.dtype[Any]) -> None:
        self.program = compiled.programs[number]
        self.tables = compiled.tables[number]
        leaves = [compiled.model.leaves[position] for position in self.program.leaves]
        self.measures = [compiled.measure_of[leaf] for leaf in leaves]
        self.curves = [None if isinstance(leaf.curve, Linear) else leaf.curve for leaf in leaves]
        self.dtype = dtype

    def __call__(
        self, batch: Batch, block: Block, buffers: Sequence[Array], masks: Sequence[Array], chunk: Array
    ) -> Attained:
        """Fill one buffer a leaf row; `masks` holds one boolean row a leaf, `chunk` room for one column."""
        missing: list[Array | None] = []
        loaded: int | None = None
        x: Array = chunk
        for row, measure in enumerate(self.measures):
            if measure != loaded:
                x = _take(batch.columns[measure], block, chunk)
                loaded = measure
            a = buffers[row]
            self._progress(row, x, batch, block, a)
            curve = self.curves[row]
            if curve is not None:
                a[...] = curve.value(a)
            sure = batch.complete[measure] and not (self.tables.floor.own[row] or self.tables.target.own[row])
            missing.append(None if sure else self._fill(row, block, a, masks[row]))
        return Attained(list(buffers[: len(self.measures)]), missing)

    def _progress(self, row: int, x: Array, batch: Batch, block: Block, out: Array) -> None:
        floor = _bound(self.tables.floor, row, batch, block)
        target = _bound(self.tables.target, row, batch, block)
        # Both differences are taken in double precision, whatever the type of the result.
        np.subtract(x, floor, out=out, casting="same_kind")
        np.divide(out, self.dtype.type(1) * (target - floor).astype(self.dtype), out=out)
        np.maximum(out, 0.0, out=out)
        np.minimum(out, 1.0, out=out)

    def _fill(self, row: int, block: Block, a: Array, mask: Array) -> Array | None:
        np.isnan(a, out=mask)
        if not mask.any():
            return None
        stand_in = self.tables.stand_in[row, block.cells]
        np.copyto(a, stand_in, where=mask, casting="same_kind")
        return mask


def _take(column: Array, block: Block, chunk: Array) -> Array:
    if isinstance(block.rows, slice):
        return column[block.rows]
    if column.dtype == chunk.dtype:
        # mode="clip" writes straight into the buffer; the rows are known to be in range
        return np.take(column, block.rows, out=chunk, mode="clip")
    return column.take(block.rows)


def _bound(bounds: Bounds, row: int, batch: Batch, block: Block) -> Operand:
    """Return a floor or target: one number, or one a customer."""
    numbers = bounds.numbers[row, block.cells]
    if not bounds.own[row]:
        return numbers
    columns = bounds.columns[row, block.cells]
    result = np.broadcast_to(numbers, (block.size,)).astype(np.float64)
    for column in np.unique(columns):
        if column != NO_COLUMN:
            where = np.broadcast_to(columns == column, (block.size,))
            np.copyto(result, batch.own[column][block.rows], where=where)
    return result
