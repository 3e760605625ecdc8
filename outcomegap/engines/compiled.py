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

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.compiled_back import Back, back
from outcomegap.engines.compiled_flat import CURVES, Flat, Ints, flat
from outcomegap.engines.numpy_blocks import Batch, Block, NumpyBlocks, Progress, Result, Work, blocks
from outcomegap.errors import EngineError, ModelError
from outcomegap.frames.arrays import Gapped
from outcomegap.program import Compiled

Array = NDArray[Any]
#: The largest number.
MOST = float(np.finfo(np.float64).max)
ENGINES = ("auto", "numpy", "compiled")
#: The module of compiled code, and how many customers are worth loading it: NumPy scores about as many meanwhile.
KERNEL, WORTH_LOADING = "outcomegap.engines.compiled_kernel", 1_000_000
NO_ROWS: Ints = np.zeros(0, dtype=np.int64)


class Looked(NamedTuple):
    """A result, for each measure whether it is complete, and whether all numbers are finite and within the limits."""

    result: Result
    complete: tuple[bool, ...]
    allowed: bool


class CompiledBlocks(NumpyBlocks):
    """Scores batches for one compiled model by compiled code; what that cannot do, NumPy does.

    Parameters
    ----------
    compiled, dtype, threads
        As `NumpyBlocks` has them. No program may have gates of numbers, see `serves`.
    eager
        Whether to use compiled code for few customers, too: loading it takes longer than NumPy would for many.
    """

    name = "compiled"

    def __init__(
        self, compiled: Compiled, dtype: np.dtype[Any], threads: int | None = None, *, eager: bool = True
    ) -> None:
        super().__init__(compiled, dtype, threads)
        steps = compiled.model.steps
        own = compiled.floor.own | compiled.target.own
        apart = [number for number, step in enumerate(steps) if own[number] or type(step.curve) not in CURVES]
        self.given = {step: len(compiled.model.measures) + place for place, step in enumerate(apart)}
        self._eager, self._seen = eager, 0

    @cached_property
    def flats(self) -> list[Flat]:
        """Each program as arrays."""
        return [flat(numbers, self.given, self.dtype) for numbers in self.numbers]

    @cached_property
    def backs(self) -> list[tuple[Flat, Back]]:
        """Each program as arrays in which every result has a register of its own, and its reverse passes."""
        kept = [flat(numbers, self.given, self.dtype, keep=True) for numbers in self.numbers]
        return [(each, back(numbers, each)) for numbers, each in zip(self.numbers, kept, strict=True)]

    @staticmethod
    def serves(compiled: Compiled) -> bool:
        """Whether a model has no gates of numbers, which only NumPy computes."""
        return not any(program.numerics for program in compiled.programs)

    def worth(self, count: int, kernel: str | None = None) -> bool:
        """Whether a module of compiled code is loaded, or is to be loaded for so many customers more."""
        return self._eager or self._seen + count >= WORTH_LOADING or (kernel or KERNEL) in sys.modules

    def columns(self, batch: Batch) -> tuple[Ints, list[Array]]:
        """Say where columns lie: address, whether narrow, address of the bits of what is there (or 0), the first bit.

        Attainments that NumPy computes stand behind the measures. The arrays must live as long as they are read.
        """
        held = [*batch.held, *self._given(batch)]
        arrays = [np.ascontiguousarray(each.numbers if isinstance(each, Gapped) else each) for each in held]
        found = np.zeros((len(arrays), 4), dtype=np.int64)
        for place, (each, array) in enumerate(zip(held, arrays, strict=True)):
            found[place, :2] = array.ctypes.data, array.dtype == np.float32
            if isinstance(each, Gapped):
                found[place, 2:] = each.bits.ctypes.data, each.first
        return found, arrays

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
        if not self.worth(len(batch)):
            self._seen += len(batch)
            return super().score(batch, progress)
        return self.look(batch, progress).result

    def look(self, batch: Batch, progress: Progress = None) -> Looked:
        """Score a batch whose numbers nobody has looked at, and look at them on the way."""
        from outcomegap.engines.compiled_kernel import compiled_score

        n, measures = len(batch), self.compiled.model.measures
        point, low, high = (np.empty((2, n), dtype=self.dtype) for _ in range(3))
        observed, todo = np.empty((2, n), dtype=np.int16), list(blocks(self.compiled, batch, [0] * len(self.flats), 1))
        if sum(block.size for block in todo) < n:  # some are set aside
            point[...], low[...], high[...], observed[...] = np.nan, np.nan, np.nan, 0
        columns, kept = self.columns(batch)
        limits = np.tile([-np.inf, np.inf], (len(columns), 1))
        for place, measure in enumerate(measures):
            limits[place] = (
                -MOST if measure.low is None else measure.low,
                MOST if measure.high is None else measure.high,
            )

        def run(block: Block) -> tuple[Block, bool, Ints]:
            rows, start = (NO_ROWS, block.rows.start) if isinstance(block.rows, slice) else (block.rows, 0)
            counts, program = np.zeros((2, len(columns)), dtype=np.int64), self.flats[block.program]
            where = (rows, start, start + block.size, batch.cells, columns, limits)
            lacking = compiled_score(*where, program, point, low, high, observed, counts[0], counts[1])
            if progress is not None:
                progress(block.size)
            return block, lacking, counts

        if self.threads > 1 and len(todo) > 1:
            with ThreadPoolExecutor(self.threads) as pool:
                done = list(pool.map(run, todo))
        else:
            done = [run(block) for block in todo]
        del kept
        gaps, beyond = sum((counts for *_, counts in done), np.zeros((2, len(columns)), dtype=np.int64))
        complete, allowed = tuple((gaps[: len(measures)] == 0).tolist()), not beyond.any()
        if not any(lacking for _, lacking, _ in done):
            return Looked(Result(point, point, point, observed), complete, allowed)
        for block, lacking, _ in done:
            if not lacking:
                low[:, block.rows] = high[:, block.rows] = point[:, block.rows]
        return Looked(Result(point, low, high, observed), complete, allowed)


def engine_for(compiled: Compiled, dtype: np.dtype[Any], threads: int | None, name: str) -> NumpyBlocks:
    """Return the engine that is asked for: ``"auto"``, ``"numpy"`` or ``"compiled"``.

    Raises
    ------
    ModelError
        If there is no such engine.
    EngineError
        If compiled code is asked for, and Numba is not installed.
    """
    if name not in ENGINES:
        raise ModelError.of("engine", "Scorer", f"engine must be one of {ENGINES} (got {name!r:.60})")
    there = name != "numpy" and find_spec("numba") is not None
    if name == "compiled" and not there:
        raise EngineError("engine 'compiled' needs numba: install the extra outcomegap[fast]")
    if there and CompiledBlocks.serves(compiled):
        return CompiledBlocks(compiled, dtype, threads, eager=name == "compiled")
    return NumpyBlocks(compiled, dtype, threads)
