"""A program laid out as arrays, which compiled functions read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import ByCell, Numbers
from outcomegap.model.step import Knots, Linear, Smooth, Threshold
from outcomegap.program import Op, Side

Array = NDArray[Any]
Ints = NDArray[np.int64]
#: The curves that compiled functions know. The attainments of others are GIVEN: they stand in a column.
LINEAR, THRESHOLD, SMOOTH, KNOTS, GIVEN = range(5)
CURVES: dict[type, int] = {Linear: LINEAR, Threshold: THRESHOLD, Smooth: SMOOTH, Knots: KNOTS}


class Flat(NamedTuple):
    """One program as arrays.

    Values have the numbers of `Program`, except that the results of instructions stand in registers behind the
    parameters, and zero and one behind these.

    Parameters
    ----------
    steps
        For each step row, in the order of the columns that they read: row, column, side, whether it skips, number of
        the curve, where its pieces begin in `knots` and how many they are, whether all cells agree on floor and
        target, and on what stands in.
    ends
        By step row and cell the floor, and as imaginary part the span: one load brings both.
    knots
        The pieces of curves: where each begins, its value there, how steeply it rises.
    stand_ins, parameters
        By row and cell, in the type of the results.
    alike
        For each parameter row whether all cells agree.
    required, experience
        The instructions of each side: op, where the result stands, then the arguments; for a mean its number, and
        where its arguments begin in `reads`.
    roots
        Where R stands, and E.
    reads
        What the means read, one behind the other.
    means
        For each mean its first parameter row, how many children it has, where they begin in `present`, whether its
        draws are read.
    present
        For each child of each mean how many steps make it present, and these.
    sizes
        How many steps each side has.
    registers
        How many registers there are.
    """

    steps: Ints
    ends: Array
    knots: Array
    stand_ins: Array
    parameters: Array
    alike: Ints
    required: Ints
    experience: Ints
    roots: Ints
    reads: Ints
    means: Ints
    present: Ints
    sizes: Ints
    registers: int


def flat(numbers: Numbers, given: Mapping[int, int], dtype: np.dtype[Any], *, keep: bool = False) -> Flat:
    """Lay a program out.

    Parameters
    ----------
    numbers
        The numbers of the program.
    given
        Step of the model -> column, for the steps whose attainments are given.
    dtype
        The type of the results.
    keep
        Whether each result of a side has a register of its own, as a reverse pass needs; otherwise they share them.
    """
    program, cells = numbers.program, numbers.floor.numbers.shape[1]
    base = len(program.steps) + program.parameters
    registers = max(len(p.side.code) if keep else p.registers for p in numbers.passes)
    assigned = [range(len(p.side.code)) if keep else p.assigned for p in numbers.passes]
    reads: list[int] = []
    results = [[base + register for register in own] for own in assigned]
    sides = list(zip(program.sides, results, strict=True))
    required, experience = (_code(side, own, base + registers, reads) for side, own in sides)
    present: list[int] = []
    means = np.zeros((len(program.means), 4), dtype=np.int64)
    for place, mean in enumerate(program.means):
        means[place] = mean.first, mean.size, len(present), place in program.drawn
        for steps in mean.presence:
            present += [len(steps), *steps]
    ends = np.empty((len(program.steps), cells), dtype=np.complex128)
    ends.real, ends.imag = (_table(each, cells, np.dtype(np.float64)) for each in (numbers.floors, numbers.spans))
    return Flat(
        *_steps(numbers, given, ends),
        stand_ins=_table(numbers.stand_ins, cells, dtype),
        parameters=_table(numbers.rows, cells, dtype),
        alike=np.array([row is None or row.constant is not None for row in numbers.rows], dtype=np.int64),
        required=required,
        experience=experience,
        roots=np.array([_placed(side.root, side.base, own, base + registers) for side, own in sides]),
        reads=np.array(reads, dtype=np.int64),
        means=means,
        present=np.array(present, dtype=np.int64),
        sizes=np.array([len(side.steps) for side in program.sides]),
        registers=registers,
    )


def _table(rows: Sequence[ByCell | None], cells: int, dtype: np.dtype[Any]) -> Array:
    """Put rows below each other; zeros for one that nobody reads."""
    found = np.zeros((len(rows), cells), dtype=dtype)
    for row, numbers in enumerate(rows):
        if numbers is not None:
            found[row] = numbers.table
    return found


def _placed(value: int, base: int, results: Sequence[int], behind: int) -> int:
    """Return where a value stands; zero and one stand `behind` the registers."""
    if value < 0:
        return behind - 1 - value
    return value if value < base else results[value - base]


def _code(side: Side, results: Sequence[int], behind: int, reads: list[int]) -> Ints:
    """Lay out the instructions of a side; what means read is added to `reads`."""
    found = np.zeros((len(side.code), 5), dtype=np.int64)
    for position, row in enumerate(side.code):
        values = [_placed(value, side.base, results, behind) for value in row.reads]
        found[position, :2] = row.op, results[position]
        if row.op == Op.MEAN:
            found[position, 2:4] = row.args[0], len(reads)
            reads += values
        else:
            found[position, 2 : 2 + len(values)] = values
    return found


def _steps(numbers: Numbers, given: Mapping[int, int], ends: Array) -> tuple[Ints, Array, Array]:
    """Return what is to be known of each step row, the ends again, and the pieces of curves."""
    sides = {row: place for place, side in enumerate(numbers.program.sides) for row in side.steps}
    found, knots = np.zeros((len(sides), 9), dtype=np.int64), np.zeros((0, 3))
    for row, step in enumerate(numbers.program.steps):
        curve, first = numbers.curves[row], len(knots)
        if isinstance(curve, Threshold):
            knots = np.vstack([knots, [curve.at, 0.0, 0.0]])
        elif isinstance(curve, Knots):
            knots = np.vstack([knots, np.column_stack(curve.pieces())])
        kind = GIVEN if step in given else CURVES[Linear if curve is None else type(curve)]
        tables = (numbers.floors[row], numbers.spans[row], numbers.stand_ins[row])
        same = [table.constant is not None for table in tables]
        column = given.get(step, numbers.measures[row])
        pieces = len(knots) - first
        found[row] = row, column, sides[row], numbers.skips[row], kind, first, pieces, same[0] and same[1], same[2]
    return found[np.argsort(found[:, 1], kind="stable")], ends, knots
