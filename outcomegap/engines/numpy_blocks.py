"""The vectorized engine: scores customers in cache-sized blocks, forward and backward, on one thread or several."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, reduce
from typing import Any, Literal, NamedTuple, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import EngineError
from outcomegap.frames.arrays import Gapped
from outcomegap.model.step import Linear
from outcomegap.program import Compiled, MeanRows, Op, Program, Side, ends_of, mean_rows

Array = NDArray[Any]
#: What an instruction reads: rows of customers, or one number for all of them.
Operand = Any
Operands = Sequence[Operand]
Progress = Callable[[int], object] | None
#: Parameters if some step rows are absent.
Over = Callable[[frozenset[int]], Operands]
#: Bytes of live rows that a block may take: what a third-level cache holds easily; and how long blocks are.
CACHE = 1 << 22
SMALLEST, LARGEST = 8_192, 65_536
#: Bytes of live rows that a block may take at most, however many rows a large program keeps.
MOST = 1 << 27
#: From how many instructions on a run is computed as one; see `Run`.
SHORTEST_RUN = 8
#: From how many points on one customer is computed in arrays of all points, instead of in plain numbers.
MANY_POINTS = 8
#: Batches smaller than this are not worth a second thread.
WORTH_THREADS = 65_536
#: Cell number of a row that is not to be scored.
SET_ASIDE = -1
#: If more of a block than this lack something, all its customers are treated as if they did.
MOST_LACK = 0.8
#: Where nobody stands in a block; and what stands for a step row of the other side.
NOBODY = np.zeros(0, dtype=np.intp)
#: The constants that value numbers -2 and -1 stand for.
ONE_AND_ZERO = (1.0, 0.0)
#: Multiply, add, subtract and divide: rows of customers into a room that is given, and one customer's plain numbers.
ARRAYS: tuple[Callable[[Operand, Operand, Any], Operand], ...] = (np.multiply, np.add, np.subtract, np.divide)
NUMBERS: tuple[Callable[[Operand, Operand, Any], Operand], ...] = (
    lambda x, y, _room: x * y,
    lambda x, y, _room: x + y,
    lambda x, y, _room: x - y,
    lambda x, y, _room: x / y,
)


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

    columns: Sequence[Array]
    own: tuple[Array, ...]
    complete: tuple[bool, ...]
    cells: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def held(self) -> Sequence[Array | Gapped]:
        """The columns as they lie in memory."""
        return self.columns


@attrs.frozen(eq=False)
class Block:
    """Some rows of a batch that one program computes: where they stand in it, and their one cell or one a row."""

    program: int
    rows: Array | slice
    size: int
    cells: int | Array


def blocks(compiled: Compiled, batch: Batch, live: Sequence[int], itemsize: int) -> Iterator[Block]:
    """Divide a batch into blocks of adjacent rows, and these by program.

    `live` says for each program how many rows a block keeps in use. Rows are not sorted by cell: gathering a few
    parameters from a table that fits the first-level cache costs less than gathering every measure from memory.
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
    row = max(live, 1) * itemsize
    return int(min(max(CACHE // row, SMALLEST), LARGEST, max(MOST // row, 1)))


# The numbers of a program


class ByCell:
    """One number a cell, read for a block: a scalar where all the cells that are asked for agree."""

    def __init__(self, numbers: Array, cells: Array) -> None:
        here = numbers[cells]
        self.table = np.ascontiguousarray(numbers)
        self.constant = self.table[cells[0]] if len(here) and (here == here[0]).all() else None

    def at(self, cells: int | Array) -> Operand:
        """Return the number of one cell, or of many."""
        return self.table.take(cells) if self.constant is None else self.constant


class Together:
    """Several numbers a cell (None where one is never asked for), read for a block at once, and equal ones once."""

    def __init__(self, rows: Sequence[ByCell | None]) -> None:
        self.constants = [None if row is None else row.constant for row in rows]
        varying = {place: row.table for place, row in enumerate(rows) if row is not None and row.constant is None}
        tables = {table.tobytes(): table for table in varying.values()}
        self.distinct, position = np.array([*tables.values()]), {key: at for at, key in enumerate(tables)}
        self.places = {place: position[table.tobytes()] for place, table in varying.items()}

    def at(self, cells: int | Array, room: Array) -> list[Operand]:
        """Return the numbers of one cell, or of many; `room` has a row for each."""
        found = list(self.constants)
        if self.places:
            # "wrap" writes straight into the room; the numbers of cells are known to be in range
            out = room[: len(self.distinct)] if isinstance(cells, np.ndarray) else None
            read = list(self.distinct.take(cells, axis=1, out=out, mode="wrap"))
            for place, at in self.places.items():
                found[place] = read[at]
        return found


class Numbers:
    """What one program reads, by cell: floors and spans, what stands in, and the parameter rows (see `MeanRows`)."""

    def __init__(self, compiled: Compiled, number: int, dtype: np.dtype[Any]) -> None:
        self.program, tables = compiled.programs[number], compiled.tables[number]
        self.passes = tuple(SidePasses(self.program, side) for side in self.program.sides)
        self.floor, self.target = compiled.floor, compiled.target
        cells, positions = np.flatnonzero(compiled.program_of == number), list(self.program.steps)
        steps = [compiled.model.steps[position] for position in positions]
        self.measures = [compiled.measure_of[step] for step in steps]
        self.curves = [None if isinstance(step.curve, Linear) else step.curve for step in steps]
        self.ways = [step.way for step in steps]
        self.own: list[bool] = (self.floor.own | self.target.own)[positions].tolist()
        self.skips = tables.skips
        floors, targets = self.floor.numbers[positions], self.target.numbers[positions]
        spans = wide = targets - floors  # rounded once; a narrow type must not make zero or infinity of it
        if spans.dtype != dtype:
            limits = np.finfo(dtype)
            lost = (np.abs(spans) < limits.tiny) | (np.abs(spans) > limits.max)
            for row, cell in ((row, cells[place]) for row, place in np.argwhere(lost[:, cells]).tolist()):
                ends = f"floor {floors[row, cell]:g} and target {targets[row, cell]:g} in {compiled.model.cells[cell]}"
                message = f"{ends} are too near, or too far apart, for {dtype}; score with dtype='float64'"
                raise EngineError(f"{steps[row].where}: {message}")
            spans = np.where(lost, 1.0, spans).astype(dtype)  # where no customer looks, it does not matter
        #: For each step row 1 where it is a straight line up in all cells, -1 where it is one down, else 0.
        signs = zip(np.sign(wide[:, cells]), self.own, self.curves, strict=True)
        self.turns = [0 if own or curve or (row != row[0]).any() else int(row[0]) for row, own, curve in signs]
        # Floors stay in double precision: x - floor is taken in it, whatever the type of the result. A floor of zero
        # has the sign by which no difference is a negative zero: x - (-0.0), or 0.0 - x.
        zeros = [-0.0 if turn > 0 else 0.0 for turn in self.turns]
        self.floors = [ByCell(np.where(row == 0.0, zero, row), cells) for row, zero in zip(floors, zeros, strict=True)]
        # A curve may jump: how far customers have come is computed in double precision for it.
        each = zip(self.curves, spans, wide, strict=True)
        self.spans = [ByCell(narrow if curve is None else exact, cells) for curve, narrow, exact in each]
        # Where a line leads down, floor - x is divided by its fall.
        falls = zip(self.spans, self.turns, strict=True)
        distances = [ByCell(-span.table, cells) if turn < 0 else span for span, turn in falls]

        def lines(numbers: list[ByCell], side: Side) -> Together:
            return Together([numbers[row] if self.turns[row] else None for row in side.steps])

        self.lines = [(lines(self.floors, side), lines(distances, side)) for side in self.program.sides]
        self.stand_ins = [ByCell(row, cells) for row in tables.stand_in.astype(dtype)]
        first, rows = len(positions), list[Array | None]([None] * self.program.parameters)
        for place, (mean, weights) in enumerate(zip(self.program.means, tables.weights, strict=True)):
            found = mean_rows(list(weights.astype(dtype)), share, drawn=place in self.program.drawn)
            rows[mean.first - first : mean.first - first + len(found)] = found
        for draw, chances in zip(self.program.draws, tables.draws.astype(dtype), strict=True):
            rows[draw.row - first] = chances
        self.rows = [None if row is None else ByCell(row, cells) for row in rows]
        self.parameters = Together(self.rows)

    def present(self, full: Operands, absent: dict[int, Array]) -> list[Operand]:
        """Return every parameter row where the step rows of `absent` skip for some customers; `full` with none absent.

        A child counts as absent where all its steps are. Absent children are dropped and the others take their
        weight; where all are absent none is dropped (docs/meaning, clause 2.5).
        """
        rows = list(full)
        for number, mean in enumerate(self.program.means):
            first = mean.first - len(self.program.steps)
            weights = full[first : first + mean.size]
            kept = _present_weights(mean, weights, absent)
            if kept is not weights:
                rows[first : first + 2 * mean.size] = mean_rows(kept, share, drawn=number in self.program.drawn)
        return rows


def share(weight: Operand, rest: Operand) -> Operand:
    """Return a draw; where nothing is left to draw from, it is never asked for."""
    return np.divide(weight, rest, out=np.zeros_like(rest), where=rest > 0)


def _present_weights(mean: MeanRows, weights: Operands, absent: dict[int, Array]) -> Operands:
    kept = [
        _any_of([~absent[step] for step in steps]) if absent.keys() >= set(steps) else None for steps in mean.presence
    ]
    known = [mask for mask in kept if mask is not None]
    if not known:
        return weights
    if len(known) == len(kept):
        nobody = ~_any_of(known)
        kept = [mask | nobody for mask in known]
    return [
        weight if mask is None else np.multiply(weight, mask, dtype=weight.dtype)
        for weight, mask in zip(weights, kept, strict=True)
    ]


def _any_of(masks: Sequence[Array]) -> Array:
    return reduce(np.logical_or, masks)


# Passes over a block


class Run(NamedTuple):
    """Adjacent instructions that choose by one value, each between the next two results: a layer of a counting gate.

    Results `start` to `stop` choose by value `by`, between results from `high` on and results from `low` on.
    """

    start: int
    stop: int
    by: int
    high: int
    low: int

    @classmethod
    def all_of(cls, side: Side) -> list[Run]:
        """Find the runs of a side."""
        found, start, base = list[Run](), 0, side.base
        while start < len(side.code):
            (op, args), stop = side.code[start], start + 1
            if op is Op.CHOOSE and min(args[1:]) >= base:
                by, high, low = args
                while stop < len(side.code) and side.code[stop] == (op, (by, high + stop - start, low + stop - start)):
                    stop += 1
                if SHORTEST_RUN <= stop - start <= base + start - max(high, low):
                    found.append(cls(start, stop, by, high - base, low - base))
            start = stop
        return found

    def of(self, rows: Array) -> tuple[Array, Array, Array]:
        """Return its results, and the results between which it chooses."""
        size = self.stop - self.start
        return rows[self.start : self.stop], rows[self.high : self.high + size], rows[self.low : self.low + size]

    def forward(self, results: Array, by: Operand) -> None:
        """Compute the results."""
        found, high, low = self.of(results)
        np.subtract(high, low, out=found)
        np.multiply(found, by, out=found)
        np.add(found, low, out=found)

    def back(self, results: Array, adjoints: Array, by: Operand) -> Array:
        """Let the adjoints flow to what it chooses between; return the adjoint of what it chooses by."""
        (_, high, low), (given, to_high, to_low) = self.of(results), self.of(adjoints)
        flow = given * by
        to_high += flow
        to_low += np.multiply(given, 1.0 - by, out=flow)
        np.multiply(np.subtract(high, low, out=flow), given, out=flow)
        # One after the other: a sum would add in another order for other numbers of customers.
        found: Array = np.add.accumulate(flow, axis=0, out=flow)[-1]
        return found


class SidePasses:
    """One side of a program, with its registers laid out.

    The forward pass alone needs few registers, since most results are read once; the reverse pass reads all of
    them again, so then each result keeps a register of its own.
    """

    def __init__(self, program: Program, side: Side) -> None:
        self.side, self.numerics = side, program.numerics
        self.steps = len(program.steps)
        self.means = [(mean.first, mean.size) for mean in program.means]
        self.registers, self.assigned = _allocate(side)

    @cached_property
    def runs(self) -> list[Run]:
        """Its instructions that are computed as one."""
        return Run.all_of(self.side)

    def forward(self, steps: Operands, parameters: Operands, buffers: Sequence[Array]) -> Operand:
        """Return R, or E; `buffers` needs `registers` + 1 rows."""
        v = self._values(steps, parameters)
        self._run(v, buffers, self.assigned, 0, len(self.side.code))
        return v[self.side.root]

    def values(self, steps: Operands, parameters: Operands, buffers: Operand) -> list[Operand]:
        """Return every value, for `reverse`; `buffers` needs one row more than there are instructions."""
        v, rows, start = self._values(steps, parameters), list(buffers), 0
        for run in self.runs if isinstance(buffers, np.ndarray) else ():
            self._run(v, rows, range(len(rows)), start, run.start)
            run.forward(buffers, v[run.by])
            v[self.side.base + run.start : self.side.base + run.stop] = rows[run.start : run.stop]
            start = run.stop
        self._run(v, rows, range(len(rows)), start, len(self.side.code))
        return v

    def _values(self, steps: Operands, parameters: Operands) -> list[Operand]:
        v: list[Operand] = [*steps, *parameters]
        v.extend([None] * (self.side.base + len(self.side.code) - len(v)))
        v.extend(ONE_AND_ZERO)
        return v

    def _run(self, v: list[Operand], buffers: Sequence[Array], assigned: Sequence[int], start: int, stop: int) -> None:
        """Compute the instructions from `start` to `stop` into `v`."""
        spare = buffers[-1]
        multiply, add, subtract, divide = NUMBERS if spare is None else ARRAYS
        for position in range(start, stop):
            op, args = self.side.code[position]
            out = room = buffers[assigned[position]]
            if op == Op.BOTH:
                out = multiply(v[args[0]], v[args[1]], room)
            elif op == Op.EITHER:
                a = v[args[0]]
                out = add(multiply(subtract(1.0, a, room), v[args[1]], room), a, room)
            elif op == Op.CHOOSE:
                low = v[args[2]]
                out = add(multiply(subtract(v[args[1]], low, room), v[args[0]], room), low, room)
            elif op == Op.MEAN:
                first, size = self.means[args[0]]
                out = multiply(v[args[1]], v[first], room)
                for child in range(1, size):
                    out = add(out, multiply(v[args[child + 1]], v[first + child], spare), room)
                out = divide(out, v[first + size], room)
            else:
                gate, below = self.numerics[args[0]], [v[arg] for arg in args[1:]]
                for at in np.ndindex(room.shape[:-1]):  # a user's own gate takes rows of customers
                    room[at] = gate.forward([row[at] if np.ndim(row) == room.ndim else row for row in below])
            v[self.side.base + position] = out

    def reverse(
        self, v: list[Operand], adjoints: Operand, *, parameters: bool = False, results: Array | None = None
    ) -> dict[int, Operand]:
        """Return for each step row the derivative of the root by it (rows that it does not hang on are left out).

        With `parameters`, also by each parameter row: draws, and the weights of means, whose sum moves with them. `v`
        is what `values` returned; `adjoints` are buffers: one row for each step row, one for each parameter row if
        they are asked for, one for each instruction, and two to spare. Runs are computed as one if `adjoints` is an
        array and `results` the one that `values` was given.
        """
        base, root, stop = self.side.base, self.side.root, len(self.side.code)
        rows = base if parameters else self.steps
        if root < base:
            return {root: 1.0} if root < rows else {}
        buffers, adjoint = list(adjoints), dict[int, Operand]()
        runs: Sequence[Run] = () if results is None else self.runs
        spare = buffers[-1]
        multiply, add, *_ = NUMBERS if spare is None else ARRAYS

        def flow(target: int, x: Operand, y: Operand) -> None:
            """Add x * y to the adjoint of a value that is asked for, or hangs on one."""
            if target < 0 or rows <= target < base:
                return
            row = buffers[target if target < rows else rows + target - base]
            known = adjoint.get(target)
            adjoint[target] = multiply(x, y, row) if known is None else add(known, multiply(x, y, spare), row)

        if runs:
            flows = adjoints[rows : rows + stop]
            flows[...] = 0.0
            adjoint.update(zip(range(base, base + stop), flows, strict=True))
        adjoint[root] = 1.0
        for run in reversed(runs):
            self._reverse(v, adjoint, flow, buffers[-2], range(stop - 1, run.stop - 1, -1), parameters=parameters)
            flow(run.by, 1.0, run.back(cast("Array", results), flows, v[run.by]))
            stop = run.start
        self._reverse(v, adjoint, flow, buffers[-2], range(stop - 1, -1, -1), parameters=parameters)
        return {target: found for target, found in adjoint.items() if target < rows} if runs else adjoint

    def _reverse(
        self,
        v: list[Operand],
        adjoint: dict[int, Operand],
        flow: Callable[[int, Operand, Operand], None],
        divided: Any,
        positions: range,
        *,
        parameters: bool,
    ) -> None:
        """Let the adjoints of some instructions flow to what they read."""
        base = self.side.base
        _, _, subtract, divide = NUMBERS if divided is None else ARRAYS
        for position in positions:
            if base + position not in adjoint:
                continue
            g = adjoint.pop(base + position)
            op, args = self.side.code[position]
            if op == Op.BOTH:
                flow(args[0], g, v[args[1]])
                flow(args[1], g, v[args[0]])
            elif op == Op.EITHER:
                for target, other in (args, args[::-1]):
                    flow(target, g, subtract(1.0, v[other], divided))
            elif op == Op.CHOOSE:
                flow(args[0], g, subtract(v[args[1]], v[args[2]], divided))
                flow(args[1], g, v[args[0]])
                flow(args[2], g, subtract(1.0, v[args[0]], divided))
            elif op == Op.MEAN:
                first, size = self.means[args[0]]
                each = divide(g, v[first + size], divided)
                for child in range(size):
                    flow(args[child + 1], each, v[first + child])
                    if parameters:
                        flow(first + child, each, v[args[child + 1]] - v[base + position])
            else:
                slopes = self.numerics[args[0]].gradient([v[arg] for arg in args[1:]], v[base + position])
                for target, slope in zip(args[1:], slopes, strict=True):
                    flow(target, g, slope)


def _allocate(side: Side) -> tuple[int, list[int]]:
    """Give each instruction a register; one is free again after its last reader."""
    last: dict[int, int] = {}
    for position, row in enumerate(side.code):
        last.update(dict.fromkeys(row.reads, position))
    last[side.root] = len(side.code)
    free: list[int] = []
    registers: list[int] = []
    count = 0
    for position, row in enumerate(side.code):
        if not free:
            free.append(count)
            count += 1
        registers.append(free.pop())
        free += [registers[arg - side.base] for arg in set(row.reads) if arg >= side.base and last[arg] == position]
    return count, registers


# The engine


@attrs.frozen(eq=False)
class Result:
    """The result of scoring: arrays over customers; NaN or 0 for rows set aside.

    Parameters
    ----------
    point, low, high
        R and E as rows of shape (2, n): as they are, and with everything missing at its floor, and at its target;
        ``low`` and ``high`` are ``point`` itself where nothing is missing.
    observed
        How many steps of each side are observed, shape (2, n).
    """

    point: Array
    low: Array
    high: Array
    observed: Array

    def bound(self, at: Literal["low", "high"]) -> Array:
        """Return a bound of R and E: a step left out that builds on one that is known may move them beyond an end."""
        if self.low is self.point:
            return self.point
        return np.minimum(self.low, self.point) if at == "low" else np.maximum(self.high, self.point)


class NumpyBlocks:
    """Scores batches for one compiled model.

    Parameters
    ----------
    compiled
        The model.
    dtype
        ``float64`` or ``float32``: type of the computation and of its results.
    threads
        How many threads; None means as many as there are processors that the process may use.
    """

    name = "numpy"

    def __init__(self, compiled: Compiled, dtype: np.dtype[Any], threads: int | None = None) -> None:
        self.compiled, self.dtype = compiled, dtype
        affinity = getattr(os, "sched_getaffinity", None)  # in a container often fewer than there are processors
        self.threads = threads or (len(affinity(0)) if affinity else os.cpu_count() or 1)
        #: Rows of zeros and of ones, which NumPy takes faster than a number.
        self.ends = np.repeat(np.array([[0.0], [1.0]], dtype=dtype), LARGEST, axis=1)
        self.numbers = [Numbers(compiled, number, dtype) for number in range(len(compiled.programs))]
        #: How many rows of customers each program keeps in use while it scores.
        self.live = [len(each.measures) + max(side.registers for side in each.passes) + 2 for each in self.numbers]

    def score(self, batch: Batch, progress: Progress = None) -> Result:
        """Compute R and E, their bounds, and how many steps are observed."""
        n, whole = len(batch), all(batch.complete) and not batch.own
        point = np.full((2, n), np.nan, dtype=self.dtype)
        low, high = (point, point) if whole else (np.full_like(point, np.nan), np.full_like(point, np.nan))
        observed = np.zeros((2, n), dtype=np.int16 if len(self.compiled.model.steps) < 32_767 else np.int32)
        result = Result(point, low, high, observed)
        self.each(batch, self.live, lambda work: work.score(result), progress)
        return result

    def reach(self) -> Array:
        """Return R and E of each cell where everything is there and attained, shape (2, cells)."""
        found = np.ones((2, len(self.compiled.model.cells)))
        for number, numbers in enumerate(self.numbers):
            cells = np.flatnonzero(self.compiled.program_of == number)
            ones = [np.ones(len(cells), dtype=self.dtype)] * len(numbers.measures)
            rows = [None if row is None else row.at(cells) for row in numbers.rows]
            for side, passes in enumerate(numbers.passes):
                if numbers.program.limited[side]:
                    room = np.empty((passes.registers + 1, len(cells)), dtype=self.dtype)
                    found[side, cells] = passes.forward(ones, rows, list(room))
        return found

    def each(self, batch: Batch, live: Sequence[int], task: Callable[[Work], None], progress: Progress = None) -> None:
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


class Work:
    """One block at work: its step rows, its parameters, and passes over either side."""

    arithmetic = ARRAYS

    def __init__(self, engine: NumpyBlocks, batch: Batch, block: Block, rooms: dict[str, Any]) -> None:
        self.engine, self.batch, self.block, self.rooms = engine, batch, block, rooms
        self.numbers = engine.numbers[block.program]
        self.program, self.passes = self.numbers.program, self.numbers.passes

    def room(self, name: str, count: int, dtype: Any = None, ends: tuple[int, ...] = ()) -> list[Array]:
        """Return `count` buffers of the block's length. The next block on this thread gets the same memory again."""
        return list(self.stack(name, count, dtype, ends))

    def stack(self, name: str, count: int, dtype: Any = None, ends: tuple[int, ...] = ()) -> Any:
        """Return the buffers of a `room` as one array."""
        shape = (count, *ends, self.block.size)
        size, kind = math.prod(shape), self.engine.dtype if dtype is None else np.dtype(dtype)
        kept = self.rooms.get(name)
        if kept is None or len(kept) < size or kept.dtype != kind:
            kept = self.rooms[name] = np.empty(size, dtype=kind)
        return kept[:size].reshape(shape)

    def observed(self, side: int) -> tuple[Array, Array | None]:
        """Return a side's steps, curve(clip((x - floor) / (target - floor), 0, 1)), NaN where missing, and masks."""
        numbers, steps, (zero, one) = self.numbers, self.passes[side].side.steps, self.engine.ends[:, : self.block.size]
        found, (chunk,), dtype = self.stack(f"steps {side}", len(steps)), self.room("chunk", 1), self.engine.dtype
        floors = numbers.lines[side][0].at(self.block.cells, self.stack("floors", len(steps), np.float64))
        spans = numbers.lines[side][1].at(self.block.cells, self.stack("spans", len(steps)))
        for row, a, floor, span in zip(steps, found, floors, spans, strict=True):
            x, turn = self._column(numbers.measures[row], chunk), numbers.turns[row]
            if turn == 0:
                self._write(row, x, a)
                continue
            more, less = (floor, x) if turn < 0 else (x, floor)
            np.subtract(more, less, out=a, casting="same_kind")
            np.maximum(a, zero, out=a)  # no difference is a negative zero, so no quotient is
            np.divide(a, span, out=a)
            np.minimum(a, one, out=a)
            if dtype != np.float64:  # but a narrow type may make one
                np.add(a, 0.0, out=a)
        if all(self.batch.complete[numbers.measures[row]] and not numbers.own[row] for row in steps):
            return found, None
        # NaN alone differs from itself
        masks = np.not_equal(found, found, out=self.stack(f"masks {side}", len(steps), np.bool_))
        return found, masks if masks.any() else None

    def _write(self, row: int, x: Array, a: Array) -> None:
        """Write a step row that is no straight line, or that goes either way."""
        numbers, cells, curve = self.numbers, self.block.cells, self.numbers.curves[row]
        floor, span = numbers.floors[row].at(cells), numbers.spans[row].at(cells)
        z = a if curve is None else self.room("wide", 1, np.float64)[0]
        if numbers.own[row]:
            step, own, rows = self.program.steps[row], self.batch.own, self.block.rows
            floor, target = ends_of(numbers.floor, numbers.target, step, numbers.ways[row], cells, own, rows)
            span = (target - floor).astype(z.dtype)
        np.subtract(x, floor, out=z, casting="same_kind")
        np.divide(z, span, out=z)
        z.clip(0.0, 1.0, out=z)
        np.add(z, 0.0, out=z)  # a zero has one sign, wherever it came from
        if curve is not None:
            a[...] = curve.value(z)

    @cached_property
    def attained(self) -> Attained:
        """The step rows, with stand-ins for what is missing."""
        sides = [self.observed(side) for side in (0, 1)]
        for side, (rows, masks) in enumerate(sides):
            if masks is not None:
                self.stand_in(side, rows, masks)
        return self._attained(dict(enumerate(sides)))

    def _attained(self, sides: dict[int, tuple[Array, Array | None]]) -> Attained:
        count = len(self.program.steps)
        found = Attained([NOBODY] * count, [None] * count)
        for side, (rows, masks) in sides.items():
            for place, row in enumerate(self.passes[side].side.steps):
                found.rows[row] = rows[place]
                if masks is not None and (mask := masks[place]).any():
                    found.missing[row] = mask
        return found

    def stand_in(self, side: int, rows: Array, masks: Array) -> None:
        """Put in what stands in where a step is missing; `ends` has all steps with 0 there, and with 1."""
        (zero, one), ends = self.engine.ends[:, : self.block.size], self.stack("ends", len(rows), ends=(2,))
        for step, a, mask, (low, high) in zip(self.passes[side].side.steps, rows, masks, ends, strict=True):
            np.fmax(a, zero, out=low)
            # A curve may go beyond 1 by a rounding.
            np.fmin(a, one, out=high) if self.numbers.turns[step] else np.add(low, mask, out=high)
            # Masks would be branches that are often mistaken: the difference is 1 where the step is missing, else 0.
            np.subtract(high, low, out=a)
            np.multiply(a, self.numbers.stand_ins[step].at(self.block.cells), out=a)
            np.add(a, low, out=a)

    def _column(self, measure: int, chunk: Array) -> Array:
        """Return the values of a measure; `chunk` has room for them."""
        column, rows = self.batch.columns[measure], self.block.rows
        if isinstance(rows, slice):
            return column[rows]
        return column.take(rows, out=chunk, mode="clip") if column.dtype == chunk.dtype else column.take(rows)

    @cached_property
    def full(self) -> list[Operand]:
        """Parameters with full weights."""
        return self.numbers.parameters.at(self.block.cells, self.stack("parameters", self.program.parameters))

    @cached_property
    def present(self) -> list[Operand]:
        """Parameters over what is present."""
        return self.present_but(None)

    def present_but(self, step: int | None) -> list[Operand]:
        """Parameters over what would be present if one step row were known for everybody."""
        absent = {
            row: mask
            for row, mask in enumerate(self.attained.missing)
            if mask is not None and self.numbers.skips[row] and row != step
        }
        return self.numbers.present(self.full, absent) if absent else self.full

    @property
    def registers(self) -> list[Array]:
        """Buffers for a forward pass over either side."""
        return self.room("registers", max(p.registers for p in self.passes) + 1)

    def value(self, side: int, rows: Operands | None = None) -> Array:
        """Return R (side 0) or E (side 1): where the customers are, or at other attainments."""
        attained = self.attained.rows if rows is None else rows
        return np.array(self.passes[side].forward(attained, self.present, self.registers))

    def points(self, side: int, count: int) -> int:
        """Return at how many of `count` points one `gradient` is worth computing."""
        most = block_size(2 * len(self.passes[side].side.code), self.engine.dtype.itemsize) // self.block.size
        return 1 if self.program.numerics else min(count, max(most, 1))

    def gradient(
        self, side: int, rows: Operands | None = None, *, parameters: bool = False, points: int = 1
    ) -> tuple[Operand, dict[int, Operand]]:
        """Return R or E, and its derivative by each step row, see `SidePasses.reverse`.

        Where `rows` are attainments at several points, shape (points, customers), so are the results. Both sides may
        be in use, so each has its own buffers.
        """
        passes, ends = self.passes[side], (points,) if points > 1 else ()
        room = self.stack(f"values {side}", len(passes.side.code) + 1, ends=ends)
        values = passes.values(self.attained.rows if rows is None else rows, self.present, room)
        adjoints = self.stack(f"adjoints {side}", passes.side.base + len(passes.side.code) + 2, ends=ends)
        results = room if isinstance(room, np.ndarray) else None
        return values[passes.side.root], passes.reverse(values, adjoints, parameters=parameters, results=results)

    def score(self, result: Result) -> None:
        """Write R, E, their bounds and the number of observed steps."""
        rows, size = self.block.rows, self.block.size
        results = (result.point,) if result.low is result.point else (result.point, result.low, result.high)
        for side, passes in enumerate(self.passes):
            steps, masks = self.observed(side)
            lacking = self._count(side, masks, result.observed[side])
            # Of customers who lack nothing, bounds and weights need no second look; a user's own gate takes no NaN.
            if len(lacking) and (self.program.numerics or len(lacking) > MOST_LACK * size):
                lacking = np.arange(size)
            if len(lacking) < size:
                value = passes.forward(self._attained({side: (steps, None)}).rows, self.full, self.registers)
                for found in results:
                    found[side, rows] = value
            if len(lacking):
                places = lacking + rows.start if isinstance(rows, slice) else rows[lacking]
                for found, values in zip(results, self._ends(side, steps, lacking), strict=True):
                    found[side][places] = values

    def _count(self, side: int, masks: Array | None, observed: Array) -> Array:
        """Write how many steps of a side are observed; return where one is missing."""
        steps = len(self.passes[side].side.steps)
        if masks is None:
            observed[self.block.rows] = steps
            return NOBODY
        gone = np.add.reduce(masks.view(np.uint8), axis=0, dtype=np.uint8 if steps < 256 else np.int32)
        observed[self.block.rows] = np.subtract(steps, gone, dtype=observed.dtype)
        return np.flatnonzero(gone != 0)

    def _ends(self, side: int, steps: Array, here: Array) -> tuple[Array, Array, Array]:
        """Return R or E of some customers: as it is, with all that is missing at its floor, and at its target."""
        block, passes, rooms = self.block, self.passes[side], self.rooms.setdefault("some", {})
        cells = block.cells if isinstance(block.cells, int) else block.cells[here]
        some = Work(self.engine, self.batch, Block(block.program, here, len(here), cells), rooms)
        rows = steps.take(here, axis=1, out=some.stack("steps", len(steps)), mode="wrap")
        masks = np.not_equal(rows, rows, out=some.stack("masks", len(steps), np.bool_))
        some.stand_in(side, rows, masks)
        ends = self._attained({side: (some.stack("ends", len(rows), ends=(2,)), None)}).rows
        pairs = passes.forward(ends, some.full, some.room("pairs", passes.registers + 1, ends=(2,)))
        low, high = np.broadcast_to(pairs, (2, len(here)))
        some.attained = self._attained({side: (rows, masks)})
        return some.value(side), low, high


class OneWork(Work):
    """One customer at work, in plain numbers: rows of one would take ten times as long.

    `rows` are the attainments, or what stands in where they are `missing`; `over` says the parameters if some step
    rows are absent.
    """

    arithmetic = NUMBERS

    def __init__(
        self, engine: NumpyBlocks, batch: Batch, rows: list[Any], missing: Collection[int], over: Over
    ) -> None:
        cell = int(batch.cells[0])
        super().__init__(engine, batch, Block(int(engine.compiled.program_of[cell]), slice(0, 1), 1, cell), {})
        masks: list[Any] = [True if row in missing else None for row in range(len(rows))]
        self.attained = Attained(rows, masks)
        self._over = over

    def stack(self, name: str, count: int, dtype: Any = None, ends: tuple[int, ...] = ()) -> Any:
        """Return no rooms: plain numbers need none; the numbers of several points are arrays."""
        return super().stack(name, count, dtype, ends) if ends else [None] * count

    def points(self, side: int, count: int) -> int:
        """Return 1 for few points, that is plain numbers."""
        return 1 if count < MANY_POINTS else super().points(side, count)

    @cached_property
    def full(self) -> list[Operand]:
        """Parameters with full weights."""
        return list(self._over(frozenset()))

    def present_but(self, step: int | None) -> list[Operand]:
        """Parameters over what would be present if one step row were known."""
        absent = [row for row, mask in enumerate(self.attained.missing) if mask and self.numbers.skips[row]]
        return list(self._over(frozenset(row for row in absent if row != step)))

    def value(self, side: int, rows: Operands | None = None) -> Any:
        """Return R (side 0) or E (side 1)."""
        passes = self.passes[side]
        attained = self.attained.rows if rows is None else rows
        return passes.forward(attained, self.present, self.registers)


class OneCustomer(NumpyBlocks):
    """The engine at work on one customer alone."""

    def __init__(self, engine: NumpyBlocks, rows: list[Any], missing: Collection[int], over: Over) -> None:
        self.compiled, self.dtype, self._engine = engine.compiled, engine.dtype, engine
        self._rows, self._missing, self._over = rows, missing, over

    def each(self, batch: Batch, live: Sequence[int], task: Callable[[Work], None], progress: Progress = None) -> None:  # noqa: ARG002
        """Run a task on the customer."""
        task(OneWork(self._engine, batch, self._rows, self._missing, self._over))
