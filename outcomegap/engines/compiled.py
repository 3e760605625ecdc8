"""The compiled engine: one function, compiled once per machine, that interprets the table of any program.

Numba compiles the function (extra ``fast``) and keeps the code on disk, so that no model waits for a compiler. This
file lays a program out as arrays, `Flat`; `outcomegap.engines.compiled_kernel` holds what is compiled. It does the
same operations as `NumpyBlocks` in the same order, so that both give the same bits.

What else runs over blocks builds on the same arrays: take a `Flat` of each program, the addresses of the columns
(`CompiledBlocks.columns`), and in a compiled function of one's own, for each block: `load` a column, `attain` the step
rows that read it, `fill` in where they are missing, `gather` the parameters, `drop_absent` children of means, and `run`
a side. Values have the numbers of `Program`, except that results stand where `Flat` says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import Batch, Block, Numbers, NumpyBlocks, Progress, Result, Work, blocks
from outcomegap.model.step import Knots, Linear, Smooth, Threshold
from outcomegap.program import Compiled, Op, Side

Array = NDArray[Any]
Ints = NDArray[np.int64]
#: The numbers of curves in the compiled function; other curves are computed by NumPy first.
CURVES: dict[type, int] = {Linear: 0, Threshold: 1, Smooth: 2, Knots: 3}
GIVEN = 4
NO_ROWS: Ints = np.zeros(0, dtype=np.int64)


@attrs.frozen(eq=False)
class Flat:
    """One program as arrays that a compiled function reads.

    Parameters
    ----------
    steps
        For each step row, in the order of the columns that they read: row, column, side, whether it skips, number of
        the curve, where its pieces begin in `knots` and how many they are, whether floor and span are those of all
        cells.
    floors, spans
        By step row and cell, in double precision.
    knots
        The pieces of curves: where each begins, its value there, how steeply it rises.
    stand_ins, parameters
        By row and cell, in the type of the results.
    alike
        For each parameter row whether it is the same in all cells.
    codes
        For each side its instructions: op, number of the result, then the arguments; for a mean its number, and where
        its arguments begin in `reads`.
    roots
        The number of R, and of E.
    reads
        What the means read, one behind the other.
    means
        For each mean its first parameter row, how many children it has, where they begin in `present`, whether its
        draws are read.
    present
        For each child of each mean how many steps make it present, and these.
    registers
        How many rows results need. Zero and one stand behind them.
    sizes
        How many steps each side has.
    """

    steps: Ints
    floors: Array
    spans: Array
    knots: Array
    stand_ins: Array
    parameters: Array
    alike: NDArray[np.bool_]
    codes: tuple[Ints, Ints]
    roots: Ints
    reads: Ints
    means: Ints
    present: Ints
    registers: int
    sizes: Ints

    @classmethod
    def of(cls, numbers: Numbers, given: Mapping[int, int], dtype: np.dtype[Any], *, keep: bool = False) -> Flat:
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
            Whether each result of a side has a register of its own; otherwise they share them.
        """
        program, cells = numbers.program, numbers.floor.numbers.shape[1]
        base = len(program.steps) + program.parameters
        registers = max(len(p.side.code) if keep else p.registers for p in numbers.passes)
        assigned = [range(len(p.side.code)) if keep else p.assigned for p in numbers.passes]
        results = [[base + register for register in own] for own in assigned]
        reads: list[int] = []
        laid = list(zip(program.sides, results, strict=True))
        required, experience = (_code(side, own, registers, reads) for side, own in laid)
        present: list[int] = []
        means = np.zeros((len(program.means), 4), dtype=np.int64)
        for place, mean in enumerate(program.means):
            means[place] = mean.first, mean.size, len(present), place in program.drawn
            for steps in mean.presence:
                present += [len(steps), *steps]
        rows, knots = _steps(numbers, given)
        return cls(
            steps=rows,
            floors=_table([each.table for each in numbers.floors], cells, np.float64),
            spans=_table([each.table for each in numbers.spans], cells, np.float64),
            knots=knots,
            stand_ins=_table([each.table for each in numbers.stand_ins], cells, dtype),
            parameters=_table([None if each is None else each.table for each in numbers.rows], cells, dtype),
            alike=np.array([each is None or each.constant is not None for each in numbers.rows], dtype=bool),
            codes=(required, experience),
            roots=np.array([_placed(side.root, side.base, own, registers) for side, own in laid]),
            reads=np.array(reads, dtype=np.int64),
            means=means,
            present=np.array(present, dtype=np.int64),
            registers=registers,
            sizes=np.array([len(side.steps) for side in program.sides]),
        )


def _table(rows: Sequence[Array | None], cells: int, dtype: Any) -> Array:
    """Put rows below each other; zeros for a row that nobody reads."""
    found = np.zeros((len(rows), cells), dtype=dtype)
    for row, numbers in enumerate(rows):
        if numbers is not None:
            found[row] = numbers
    return found


def _placed(value: int, base: int, results: Sequence[int], registers: int) -> int:
    """Return the row of a value: zero and one stand behind the registers, each result where it is said."""
    if value < 0:
        return base + registers + (value == -2)
    return value if value < base else results[value - base]


def _code(side: Side, results: Sequence[int], registers: int, reads: list[int]) -> Ints:
    """Lay out the instructions of a side; what means read is added to `reads`."""
    found = np.zeros((len(side.code), 5), dtype=np.int64)
    for position, row in enumerate(side.code):
        values = [_placed(value, side.base, results, registers) for value in row.reads]
        found[position, :2] = row.op, results[position]
        if row.op == Op.MEAN:
            found[position, 2:4] = row.args[0], len(reads)
            reads += values
        else:
            found[position, 2 : 2 + len(values)] = values
    return found


def _steps(numbers: Numbers, given: Mapping[int, int]) -> tuple[Ints, Array]:
    """Return what the compiled function must know of each step row, and the pieces of curves."""
    sides = {row: place for place, side in enumerate(numbers.program.sides) for row in side.steps}
    found, knots = np.zeros((len(sides), 8), dtype=np.int64), [np.zeros((0, 3))]
    for row, step in enumerate(numbers.program.steps):
        curve, first = numbers.curves[row], sum(map(len, knots))
        if isinstance(curve, Threshold):
            knots.append(np.array([[curve.at, 0.0, 0.0]]))
        elif isinstance(curve, Knots):
            knots.append(np.column_stack(curve.pieces()))
        column = given.get(step, numbers.measures[row])
        kind = GIVEN if step in given else CURVES[Linear if curve is None else type(curve)]
        alike = numbers.floors[row].constant is not None and numbers.spans[row].constant is not None
        pieces = sum(map(len, knots)) - first
        found[row] = row, column, sides[row], numbers.skips[row], kind, first, pieces, alike
    return found[np.argsort(found[:, 1], kind="stable")], np.ascontiguousarray(np.vstack(knots))


class CompiledBlocks(NumpyBlocks):
    """Scores batches for one compiled model by compiled code; what that cannot do, NumPy does."""

    def __init__(self, compiled: Compiled, dtype: np.dtype[Any], threads: int | None = None) -> None:
        super().__init__(compiled, dtype, threads)
        steps = compiled.model.steps
        own = compiled.floor.own | compiled.target.own
        apart = [number for number, step in enumerate(steps) if own[number] or type(step.curve) not in CURVES]
        self.given = {step: len(compiled.model.measures) + place for place, step in enumerate(apart)}
        self.flat = [Flat.of(numbers, self.given, dtype) for numbers in self.numbers]

    @staticmethod
    def serves(compiled: Compiled) -> bool:
        """Whether a model has no gates of numbers, which only NumPy computes."""
        return not any(program.numerics for program in compiled.programs)

    def columns(self, batch: Batch) -> tuple[Ints, list[Array]]:
        """Say where each column lies: address, kind, address of the bits that say what is there, where they begin.

        Attainments that NumPy computes stand behind the measures. The arrays must live as long as they are read.
        """
        arrays = [*batch.columns, *self._given(batch)]
        arrays = [np.ascontiguousarray(array) for array in arrays]
        kinds = [int(array.dtype == np.float32) for array in arrays]
        found = [(array.ctypes.data, kind, 0, 0) for array, kind in zip(arrays, kinds, strict=True)]
        return np.array(found, dtype=np.int64).reshape(len(arrays), 4), arrays

    def _given(self, batch: Batch) -> Array:
        """Return the attainments that NumPy computes, NaN where missing."""
        found = np.full((len(self.given), len(batch)), np.nan, dtype=self.dtype)

        def task(work: Work) -> None:
            for row, step in enumerate(work.program.steps):
                if step in self.given:
                    mask, values = work.attained.missing[row], work.attained.rows[row]
                    place = self.given[step] - len(self.compiled.model.measures)
                    found[place, work.block.rows] = values if mask is None else np.where(mask, np.nan, values)

        if self.given:
            self.each(batch, self.live, task)
        return found

    def score(self, batch: Batch, progress: Progress = None) -> Result:
        """Compute R and E, their bounds, and how many steps are observed."""
        from outcomegap.engines.compiled_kernel import compiled_score

        n = len(batch)
        point, low, high = (np.full((2, n), np.nan, dtype=self.dtype) for _ in range(3))
        observed = np.zeros((2, n), dtype=np.int16)
        columns, kept = self.columns(batch)
        limits = np.tile([-np.inf, np.inf], (len(columns), 1))

        def run(block: Block) -> tuple[Block, bool]:
            flat = self.flat[block.program]
            rows, start = (NO_ROWS, block.rows.start) if isinstance(block.rows, slice) else (block.rows, 0)
            gaps, beyond = np.zeros((2, len(columns)), dtype=np.int64)
            lacking = compiled_score(
                rows, start, start + block.size, batch.cells, columns, limits, flat.steps, flat.floors, flat.spans,
                flat.knots, flat.stand_ins, flat.parameters, flat.alike, *flat.codes, flat.roots, flat.reads,
                flat.means, flat.present, flat.registers, flat.sizes, point, low, high, observed, gaps, beyond,
            )  # fmt: skip
            if progress is not None:
                progress(block.size)
            return block, lacking

        todo = list(blocks(self.compiled, batch, [0] * len(self.flat), 1))
        with ThreadPoolExecutor(self.threads) as pool:
            done = list(pool.map(run, todo)) if self.threads > 1 else [run(block) for block in todo]
        del kept
        if not any(lacking for _, lacking in done):
            return Result(point, point, point, observed)
        for block, lacking in done:
            if not lacking:
                low[:, block.rows] = high[:, block.rows] = point[:, block.rows]
        return Result(point, low, high, observed)
