"""What moved D over several snapshots one after the other: other models, other cells, other data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import Batch, Block, NumpyBlocks, Work
from outcomegap.errors import EngineError
from outcomegap.explanation.line import Move, Order, Point, desired, move
from outcomegap.program import Compiled

Array = NDArray[Any]
Positions = NDArray[np.int64]
#: How many customers are looked at together.
CHUNK = 1 << 14


@attrs.frozen(eq=False)
class Snapshot:
    """Customers at one moment: a model, their data, and the cells in which they are looked at.

    Parameters
    ----------
    engine
        The model.
    batch
        The data.
    rows
        The row of each customer in the batch.
    cells
        Each customer's cell in that model.
    """

    engine: NumpyBlocks
    batch: Batch
    rows: Positions
    cells: NDArray[np.int32]

    def __attrs_post_init__(self) -> None:
        # A line between two points is split exactly only where D is linear in each step.
        if not all(program.plain for program in self.engine.compiled.programs):
            name = self.engine.compiled.model.name
            message = f"explain and change are for the product join and multilinear gates; model {name!r} has others"
            raise EngineError(message)

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, mask: NDArray[np.bool_]) -> Snapshot:
        """Return some of the customers."""
        return Snapshot(self.engine, self.batch, self.rows[mask], self.cells[mask])

    def programs(self, some: Positions) -> NDArray[np.int64]:
        """Return the number of each customer's program."""
        return self.engine.compiled.program_of[self.cells[some]]

    def work(self, some: Positions, rooms: dict[str, Array]) -> Work:
        """Return some customers of one program, ready to be computed."""
        cells = self.cells[some].astype(np.intp)
        program = int(self.engine.compiled.program_of[cells[0]])
        one = int(cells[0]) if (cells == cells[0]).all() else cells
        return Work(self.engine, self.batch, Block(program, self.rows[some], len(some), one), rooms)


@attrs.frozen(eq=False)
class ChangePart:
    """What moved D from one snapshot to the next.

    Parameters
    ----------
    jump
        What the change of the function makes, one number a customer.
    steps
        What the steps make, shape (customers, steps of the model of the next snapshot).
    """

    jump: Array
    steps: Array


@attrs.frozen(eq=False)
class ChangePath:
    """What moved D from snapshot to snapshot.

    Parameters
    ----------
    first, last
        D at the first snapshot and at the last, one number a customer.
    parts
        What moved it between neighbouring snapshots; all jumps and steps add up to `last` - `first`.
    """

    first: Array
    last: Array
    parts: tuple[ChangePart, ...]


def change_path(snapshots: Sequence[Snapshot], order: Order = "joint") -> ChangePath:
    """Follow customers from snapshot to snapshot.

    Parameters
    ----------
    snapshots
        Two or more; all of the same customers.
    order
        How the steps move; see `outcomegap.explanation.line.move`.

    Returns
    -------
    ChangePath
        In double precision, whatever the scores'.
    """
    found = _empty(snapshots)
    rooms: list[dict[str, Array]] = [{} for _ in snapshots]
    for some in _alike(snapshots):
        points = [Point.of(snapshot.work(some, room)) for snapshot, room in zip(snapshots, rooms, strict=True)]
        moves = [move(a, b, _match(a.work, b.work), order) for a, b in pairwise(points)]
        _write(found, some, points, moves)
    return found


def from_or_to_attained(snapshot: Snapshot, attained: Literal["start", "end"], order: Order = "joint") -> ChangePath:
    """Follow customers from the point at which everything is fully attained, or to it.

    What is missing stays so: the function is the customer's own.
    """
    found = _empty([snapshot, snapshot])
    rooms: dict[str, Array] = {}
    for some in _alike([snapshot]):
        here = Point.of(snapshot.work(some, rooms))
        one, other = (here.attained(), here) if attained == "start" else (here, here.attained())
        _write(found, some, (one, other), [move(one, other, range(len(here.rows)), order)])
    return found


def in_double(engine: NumpyBlocks) -> NumpyBlocks:
    """Return an engine for the same model that computes in double precision."""
    wide = np.dtype(np.float64)
    return engine if engine.dtype == wide else NumpyBlocks(engine.compiled, wide, engine.threads)


def read_again(compiled: Compiled, other: Compiled, batch: Batch) -> Batch:
    """Return a batch of another model's data as `compiled` reads them: columns by name, NaN where there is none."""
    known: dict[str, Array] = dict(zip(other.model.columns, batch.own, strict=True))
    known |= {measure.name: column for measure, column in zip(other.model.measures, batch.columns, strict=True)}
    nothing = np.broadcast_to(np.nan, len(batch))
    columns = tuple(known.get(measure.name, nothing) for measure in compiled.model.measures)
    own = tuple(known.get(name, nothing) for name in compiled.model.columns)
    return Batch(columns, own, tuple(not np.isnan(column).any() for column in columns), batch.cells)


def without_span(snapshot: Snapshot) -> NDArray[np.bool_]:
    """Tell for which customers floor and target of some step, brought along in columns, are the same number."""
    compiled = snapshot.engine.compiled
    found = np.zeros(len(snapshot), dtype=bool)
    for step in np.flatnonzero(compiled.floor.own | compiled.target.own).tolist():
        ends = (
            bounds.at(step, snapshot.cells, snapshot.batch.own, snapshot.rows)
            for bounds in (compiled.floor, compiled.target)
        )
        found |= np.equal(*ends) & compiled.applies[snapshot.cells, step]
    return found


def _match(start: Work, end: Work) -> list[int | None]:
    """Return for each step row of `end` the row of the step of that name at `start`."""
    if start.program is end.program:
        return list(range(len(end.program.steps)))
    steps = start.engine.compiled.model.steps
    there = {steps[step].name: row for row, step in enumerate(start.program.steps)}
    steps = end.engine.compiled.model.steps
    return [there.get(steps[step].name) for step in end.program.steps]


def _alike(snapshots: Sequence[Snapshot]) -> Iterator[Positions]:
    """Yield the positions of customers who have the same programs in all snapshots."""
    count = len(snapshots[0])
    for start in range(0, count, CHUNK):
        some = np.arange(start, min(start + CHUNK, count))
        programs = np.stack([snapshot.programs(some) for snapshot in snapshots])
        if (programs == programs[:, :1]).all():
            yield some
            continue
        _, kind = np.unique(programs, axis=1, return_inverse=True)
        kind = kind.reshape(-1)
        for number in range(int(kind.max()) + 1):
            yield some[kind == number]


def _empty(snapshots: Sequence[Snapshot]) -> ChangePath:
    count = len(snapshots[0])
    parts = tuple(
        ChangePart(np.zeros(count), np.zeros((len(snapshot.engine.compiled.model.steps), count)).T)
        for snapshot in snapshots[1:]
    )
    return ChangePath(np.zeros(count), np.zeros(count), parts)


def _write(found: ChangePath, some: Positions, points: Sequence[Point], moves: Sequence[Move]) -> None:
    first, last = points[0], points[-1]
    found.first[some], found.last[some] = desired(first.work, first.rows), desired(last.work, last.rows)
    for point, moved, there in zip(points[1:], moves, found.parts, strict=True):
        there.jump[some] = moved.jump
        for row, part in moved.parts.items():
            there.steps[some, point.work.program.steps[row]] = part
