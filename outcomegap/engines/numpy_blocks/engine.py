"""The vectorized engine: scores customers block by block, on one thread or several."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks.attain import Attained, Attainment
from outcomegap.engines.numpy_blocks.batch import Batch, Block, blocks
from outcomegap.engines.numpy_blocks.parameters import Parameters
from outcomegap.engines.numpy_blocks.passes import SidePasses
from outcomegap.program import Compiled

Array = NDArray[Any]
Operand = Any
#: Batches smaller than this are not worth a second thread.
WORTH_THREADS = 65_536


@attrs.frozen(eq=False)
class Result:
    """What scoring yields: arrays over customers; NaN or 0 for rows set aside.

    Parameters
    ----------
    point, low, high
        R and E as rows of shape (2, n); ``low`` and ``high`` are ``point`` itself where nothing is missing.
    observed
        How many steps of each side are observed, shape (2, n).
    """

    point: Array
    low: Array
    high: Array
    observed: Array


class NumpyBlocks:
    """Scores batches for one compiled model.

    Parameters
    ----------
    compiled
        The model.
    dtype
        ``float64`` or ``float32``: type of the computation and of its results.
    threads
        How many threads; None means as many as there are processors.
    """

    def __init__(self, compiled: Compiled, dtype: np.dtype[Any], threads: int | None = None) -> None:
        self.compiled = compiled
        self.dtype = dtype
        self.threads = threads if threads is not None else os.cpu_count() or 1
        self.attainments = [Attainment(compiled, number, dtype) for number in range(len(compiled.programs))]
        self.parameters = [
            Parameters(program, tables, np.flatnonzero(compiled.program_of == number), dtype)
            for number, (program, tables) in enumerate(zip(compiled.programs, compiled.tables, strict=True))
        ]
        self.passes = [tuple(SidePasses(program, side) for side in program.sides) for program in compiled.programs]

    def score(self, batch: Batch, progress: Callable[[int], object] | None = None) -> Result:
        """Compute R and E, their bounds, and how many steps are observed."""
        n, whole = len(batch), all(batch.complete) and not batch.own
        point = np.full((2, n), np.nan, dtype=self.dtype)
        low, high = (point, point) if whole else (np.full_like(point, np.nan), np.full_like(point, np.nan))
        observed = np.zeros((2, n), dtype=np.int16 if len(self.compiled.model.steps) < 32_767 else np.int32)
        result = Result(point, low, high, observed)
        pairs = zip(self.compiled.programs, self.passes, strict=True)
        live = [len(program.steps) + max(side.registers for side in sides) + 2 for program, sides in pairs]
        self.each(batch, live, lambda work: work.score(result), progress)
        return result

    def each(
        self,
        batch: Batch,
        live: list[int],
        task: Callable[[Work], None],
        progress: Callable[[int], object] | None = None,
    ) -> None:
        """Run a task on every block; `live` says how many rows each program keeps in use."""
        todo = list(blocks(self.compiled, batch, live, self.dtype.itemsize))

        rooms = threading.local()

        def run(block: Block) -> None:
            # A quotient beyond all floats is infinite, and then cut to 1: nothing to warn of.
            with np.errstate(over="ignore", under="ignore"):
                task(Work(self, batch, block, rooms.__dict__))
            if progress is not None:
                progress(block.size)

        if self.threads == 1 or len(batch) < WORTH_THREADS or len(todo) < 2:
            for block in todo:
                run(block)
            return
        with ThreadPoolExecutor(self.threads) as pool:
            for _ in pool.map(run, todo):
                pass


class Work:
    """One block at work: its step rows, its parameters, and passes over either side."""

    def __init__(self, engine: NumpyBlocks, batch: Batch, block: Block, rooms: dict[str, Array]) -> None:
        self.rooms = rooms
        self.engine = engine
        self.batch = batch
        self.block = block
        self.program = engine.compiled.programs[block.program]
        self.tables = engine.compiled.tables[block.program]
        self.passes = engine.passes[block.program]

    def room(self, name: str, count: int, dtype: Any = None) -> list[Array]:
        """Return `count` buffers of the block's length. The next block on this thread gets the same memory again."""
        size, kind = count * self.block.size, self.engine.dtype if dtype is None else np.dtype(dtype)
        kept = self.rooms.get(name)
        if kept is None or len(kept) < size or kept.dtype != kind:
            kept = self.rooms[name] = np.empty(size, dtype=kind)
        return list(kept[:size].reshape(count, self.block.size))

    @cached_property
    def attained(self) -> Attained:
        """The step rows; what stands in for a missing step is filled in."""
        count = len(self.program.steps)
        rows, masks = self.room("steps", count), self.room("masks", count, np.bool_)
        attain = self.engine.attainments[self.block.program]
        rooms = self.room("floors", 1, np.float64)[0], self.room("spans", 1)[0]
        return attain(self.batch, self.block, rows, masks, self.room("chunk", 1)[0], rooms)

    @cached_property
    def full(self) -> list[Operand]:
        """Parameters with full weights."""
        room = self.room("parameters", self.program.parameters)
        return self.engine.parameters[self.block.program].full(self.block.cells, room)

    @cached_property
    def present(self) -> list[Operand]:
        """Parameters over what is present."""
        return self._over(self._absent)

    def present_but(self, step: int) -> list[Operand]:
        """Parameters over what would be present if one step row were known for everybody."""
        return self._over({row: mask for row, mask in self._absent.items() if row != step})

    @cached_property
    def _absent(self) -> dict[int, Array]:
        missing = enumerate(self.attained.missing)
        return {row: mask for row, mask in missing if mask is not None and self.tables.skips[row]}

    def _over(self, absent: dict[int, Array]) -> list[Operand]:
        return self.engine.parameters[self.block.program].present(self.full, absent) if absent else self.full

    def value(self, side: int, rows: Sequence[Operand] | None = None) -> Array:
        """Return R (side 0) or E (side 1): where the customers are, or at other attainments."""
        passes = self.passes[side]
        registers = self.room("registers", max(p.registers for p in self.passes) + 1)
        return np.array(passes.forward(self.attained.rows if rows is None else rows, self.present, registers))

    def gradient(self, side: int, rows: Sequence[Operand] | None = None) -> tuple[Operand, dict[int, Operand]]:
        """Return R or E, and its derivative by each step row; both sides may be in use, so each has its own buffers."""
        passes = self.passes[side]
        room = self.room(f"values {side}", len(passes.side.code) + 1)
        values = passes.values(self.attained.rows if rows is None else rows, self.present, room)
        adjoints = self.room(f"adjoints {side}", passes.steps + len(passes.side.code) + 2)
        return values[passes.side.root], passes.reverse(values, adjoints)

    def score(self, result: Result) -> None:
        """Write R, E, their bounds and the number of observed steps."""
        rows = self.block.rows
        registers = self.room("registers", max(p.registers for p in self.passes) + 1)
        lacking: list[bool] = []
        for side, passes in enumerate(self.passes):
            result.point[side, rows] = passes.forward(self.attained.rows, self.present, registers)
            masks = [mask for step in passes.side.steps if (mask := self.attained.missing[step]) is not None]
            lacking.append(bool(masks))
            self._count(masks, len(passes.side.steps), result.observed[side])
            if result.low is not result.point and not lacking[-1]:
                result.low[side, rows] = result.high[side, rows] = result.point[side, rows]
        for bound, extreme in ((result.low, 0.0), (result.high, 1.0)):
            if any(lacking):
                self._stand_in(extreme)
            for side, passes in enumerate(self.passes):
                if lacking[side]:
                    found = passes.forward(self.attained.rows, self.full, registers)
                    # A step that is left out, but builds on one that is known, counts in the bounds alone.
                    keep = np.minimum if extreme == 0.0 else np.maximum
                    bound[side, rows] = keep(found, result.point[side, rows])

    def _count(self, masks: list[Array], steps: int, observed: Array) -> None:
        """Write how many of the steps are observed."""
        if not masks:
            observed[self.block.rows] = steps
            return
        gone = self.room("count", 1, np.uint8 if steps < 256 else np.int32)[0]
        np.copyto(gone, masks[0])
        for mask in masks[1:]:
            np.add(gone, mask.view(np.uint8), out=gone)
        observed[self.block.rows] = np.subtract(steps, gone, dtype=observed.dtype)

    def _stand_in(self, value: float) -> None:
        for row, mask in zip(self.attained.rows, self.attained.missing, strict=True):
            if mask is not None:
                np.copyto(row, value, where=mask)
