"""A batch of customers as columns, and its division into blocks that fit the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.program import Compiled

Array = NDArray[Any]

#: Bytes of live rows that a block may take: about half of a common second-level cache.
CACHE = 1 << 19
SMALLEST, LARGEST = 2_048, 65_536
#: Cells with fewer rows than this are computed together, with their parameters gathered row by row.
FEW = 1_024
#: Cell number of a row that is not to be scored.
SET_ASIDE = -1


@attrs.frozen(eq=False)
class Batch:
    """Customers to be scored, checked already.

    Parameters
    ----------
    columns
        For each measure of the model its values, NaN where missing; all of one length.
    own
        For each of the model's ``columns`` its values.
    complete
        For each measure whether no value is missing.
    cells
        For each customer the number of the cell, or `SET_ASIDE`.
    """

    columns: tuple[Array, ...]
    own: tuple[Array, ...]
    complete: tuple[bool, ...]
    cells: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.cells)

    @cached_property
    def groups(self) -> tuple[tuple[int, Array | slice], ...]:
        """Pairs (cell, rows in their order), for every cell that has rows."""
        if len(self) == 0:
            return ()
        first = int(self.cells[0])
        if not (self.cells != first).any():
            return ((first, slice(0, len(self))),) if first != SET_ASIDE else ()
        # numpy sorts 16-bit numbers by radix, in linear time
        small = self.cells.max() < np.iinfo(np.int16).max
        order = np.argsort(self.cells.astype(np.int16) if small else self.cells, kind="stable")
        counts = np.bincount(self.cells + 1)
        ends = np.cumsum(counts)
        return tuple(
            (cell - 1, _as_slice(order[end - count : end]))
            for cell, (count, end) in enumerate(zip(counts.tolist(), ends.tolist(), strict=True))
            if count and cell - 1 != SET_ASIDE
        )


@attrs.frozen(eq=False)
class Block:
    """Some rows of a batch that one program computes.

    Parameters
    ----------
    program
        Number of the program.
    rows
        Where they stand in the batch.
    size
        How many there are.
    cells
        The number of their one cell, or one number a row.
    """

    program: int
    rows: Array | slice
    size: int
    cells: int | Array


def blocks(compiled: Compiled, batch: Batch, live: Sequence[int], itemsize: int) -> Iterator[Block]:
    """Divide a batch into blocks.

    Parameters
    ----------
    compiled
        The model.
    batch
        The customers.
    live
        For each program how many rows a block keeps in use.
    itemsize
        Bytes of a number.
    """
    few: dict[int, list[Array]] = {}
    for cell, rows in batch.groups:
        program = int(compiled.program_of[cell])
        if _length(rows) < FEW and len(batch) > 1:
            few.setdefault(program, []).append(_positions(rows))
            continue
        for part in _parts(rows, block_size(live[program], itemsize)):
            yield Block(program, part, _length(part), cell)
    for program, pieces in few.items():
        rows = np.concatenate(pieces)
        for part in _parts(rows, block_size(live[program], itemsize)):
            assert not isinstance(part, slice)
            yield Block(program, part, len(part), batch.cells[part])


def block_size(live: int, itemsize: int) -> int:
    """Return how many customers a block holds when `live` rows are in use at once."""
    return int(min(max(CACHE // (max(live, 1) * itemsize), SMALLEST), LARGEST))


def _length(rows: Array | slice) -> int:
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def _positions(rows: Array | slice) -> Array:
    return np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows


def _parts(rows: Array | slice, size: int) -> Iterator[Array | slice]:
    for start in range(0, _length(rows), size):
        if isinstance(rows, slice):
            yield slice(rows.start + start, min(rows.start + start + size, rows.stop))
        else:
            yield rows[start : start + size]


def _as_slice(rows: Array) -> Array | slice:
    """Return a slice where the rows stand together."""
    first, last = int(rows[0]), int(rows[-1])
    return slice(first, last + 1) if last - first + 1 == len(rows) else rows
