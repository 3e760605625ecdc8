"""Numbers of a program for one block: one for all its customers where their cells agree, else one a customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.program import MeanRows, Program, Tables, mean_rows

Array = NDArray[Any]
Operand = Any


class ByCell:
    """One number a cell, read for a block: a scalar where all the cells that are asked for agree."""

    def __init__(self, numbers: Array, cells: Array) -> None:
        here = numbers[cells]
        self.table = np.ascontiguousarray(numbers)
        self.constant = self.table[cells[0]] if len(here) and (here == here[0]).all() else None

    def at(self, cells: int | Array, room: Array | None = None) -> Operand:
        """Return the number of one cell, or of many, into `room` where one is given."""
        if self.constant is not None:
            return self.constant
        if isinstance(cells, int):
            return self.table[cells]
        # "clip" writes straight into the room; the numbers of cells are known to be in range
        return self.table.take(cells, out=room, mode="clip") if room is not None else self.table.take(cells)


class Parameters:
    """The parameter rows of one program (see `MeanRows`).

    Parameters
    ----------
    program, tables
        The program and its numbers.
    cells
        Which cells it computes.
    dtype
        Type of the computation.
    """

    def __init__(self, program: Program, tables: Tables, cells: Array, dtype: np.dtype[Any]) -> None:
        self.program = program
        self.rows: list[ByCell | None] = []
        for number, weights in enumerate(tables.weights):
            rows = mean_rows(list(weights.astype(dtype)), share, drawn=number in program.drawn)
            self.rows.extend(None if row is None else ByCell(row, cells) for row in rows)

    def full(self, cells: int | Array, room: Sequence[Array]) -> list[Operand]:
        """Return every row with all children present; `room` holds one buffer a row."""
        return [None if row is None else row.at(cells, buffer) for row, buffer in zip(self.rows, room, strict=True)]

    def present(self, full: Sequence[Operand], absent: dict[int, Array]) -> list[Operand]:
        """Return every row where the step rows of `absent` skip for some customers.

        A child counts as absent where all its steps are. Absent children are dropped and the others take their
        weight; where all are absent none is dropped (docs/meaning, clause 2.5).
        """
        rows = list(full)
        for number, mean in enumerate(self.program.means):
            first = mean.first - len(self.program.steps)
            weights = full[first : first + mean.size]
            kept = _present_weights(mean, weights, absent)
            if kept is not weights:
                drawn = number in self.program.drawn
                rows[first : first + 2 * mean.size] = mean_rows(kept, share, drawn=drawn)
        return rows


def share(weight: Operand, rest: Operand) -> Operand:
    """Return a draw; where nothing is left to draw from, it is never asked for."""
    return np.divide(weight, rest, out=np.zeros_like(rest), where=rest > 0)


def _present_weights(mean: MeanRows, weights: Sequence[Operand], absent: dict[int, Array]) -> Sequence[Operand]:
    gone = [_all_absent(steps, absent) for steps in mean.presence]
    known = [mask for mask in gone if mask is not None]
    if not known:
        return weights
    if len(known) == len(gone):
        nobody = np.logical_and.reduce(known)
        gone = [mask & ~nobody for mask in known]
    return [
        weight if mask is None else np.where(mask, weight.dtype.type(0), weight)
        for weight, mask in zip(weights, gone, strict=True)
    ]


def _all_absent(steps: Sequence[int], absent: dict[int, Array]) -> Array | None:
    """Return where all the steps are absent, or None where some step always counts."""
    if any(step not in absent for step in steps):
        return None
    found: Array = np.logical_and.reduce([absent[step] for step in steps])
    return found
