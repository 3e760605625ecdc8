"""A batch of customers as columns, and its division into blocks that fit the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.program import Compiled

Array = NDArray[Any]

#: Bytes of live rows that a block may take: about twice a common second-level cache.
CACHE = 1 << 21
SMALLEST, LARGEST = 8_192, 65_536
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
    """Divide a batch into blocks of rows that stand together, and these by program.

    Rows are not sorted by cell: gathering a few parameters from a table that fits the first-level cache costs less
    than gathering every measure from memory.

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
    size = block_size(max(live), itemsize)
    for start in range(0, len(batch), size):
        stop = min(start + size, len(batch))
        cells = batch.cells[start:stop]
        first, last = int(cells.min()), int(cells.max())
        if first == last:
            if first != SET_ASIDE:
                yield Block(int(compiled.program_of[first]), slice(start, stop), stop - start, first)
            continue
        if len(compiled.programs) == 1 and first != SET_ASIDE:
            yield Block(0, slice(start, stop), stop - start, cells.astype(np.intp))
            continue
        programs = np.where(cells == SET_ASIDE, -1, compiled.program_of[cells])
        for program in np.unique(programs[programs >= 0]).tolist():
            rows = np.flatnonzero(programs == program) + start
            yield Block(program, rows, len(rows), batch.cells[rows].astype(np.intp))


def block_size(live: int, itemsize: int) -> int:
    """Return how many customers a block holds when `live` rows are in use at once."""
    return int(min(max(CACHE // (max(live, 1) * itemsize), SMALLEST), LARGEST))
