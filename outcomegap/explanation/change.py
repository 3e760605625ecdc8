"""What moved D over several points one after the other: other models, other cells, other data."""

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
class Stand:
    """Customers at one point of a way: a model, their data, and the cells in which they are looked at.

    Parameters
    ----------
    engine
        The model.
    batch
        The data.
    rows
        Where each customer stands in the batch.
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

    def only(self, mask: NDArray[np.bool_]) -> Stand:
        """Return some of the customers."""
        return Stand(self.engine, self.batch, self.rows[mask], self.cells[mask])

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
class Leg:
    """What moved D from one point of a way to the next.

    Parameters
    ----------
    jump
        What the change of the function makes, one number a customer.
    parts
        What the steps make, shape (customers, steps of the model of the next point).
    """

    jump: Array
    parts: Array


@attrs.frozen(eq=False)
class Way:
    """What moved D along a way.

    Parameters
    ----------
    first, last
        D at the first point and at the last, one number a customer.
    legs
        What moved it between neighbouring points; all jumps and parts add up to `last` - `first`.
    """

    first: Array
    last: Array
    legs: tuple[Leg, ...]


def way(stands: Sequence[Stand], order: Order = "joint") -> Way:
    """Follow customers from point to point.

    Parameters
    ----------
    stands
        The points, two or more; all of the same customers.
    order
        How the steps move; see `outcomegap.explanation.line.move`.

    Returns
    -------
    Way
        In double precision, whatever the scores'.
    """
    found = _empty(stands)
    rooms: list[dict[str, Array]] = [{} for _ in stands]
    for some in _alike(stands):
        points = [Point.of(stand.work(some, room)) for stand, room in zip(stands, rooms, strict=True)]
        moves = [move(a, b, _match(a.work, b.work), order) for a, b in pairwise(points)]
        _write(found, some, points, moves)
    return found


def from_or_to_attained(stand: Stand, attained: Literal["start", "end"], order: Order = "joint") -> Way:
    """Follow customers from the point at which everything is fully attained, or to it.

    What is missing stays so: the function is the customer's own.
    """
    found = _empty([stand, stand])
    rooms: dict[str, Array] = {}
    for some in _alike([stand]):
        here = Point.of(stand.work(some, rooms))
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


def without_span(stand: Stand) -> NDArray[np.bool_]:
    """Tell for which customers floor and target of some step, brought along in columns, are the same number."""
    compiled = stand.engine.compiled
    found = np.zeros(len(stand), dtype=bool)
    for step in np.flatnonzero(compiled.floor.own | compiled.target.own).tolist():
        ends = (
            bounds.at(step, stand.cells, stand.batch.own, stand.rows) for bounds in (compiled.floor, compiled.target)
        )
        found |= np.equal(*ends) & compiled.applies[stand.cells, step]
    return found


def _match(start: Work, end: Work) -> list[int | None]:
    """Return for each step row of `end` the row of the step of that name at `start`."""
    if start.program is end.program:
        return list(range(len(end.program.steps)))
    steps = start.engine.compiled.model.steps
    there = {steps[step].name: row for row, step in enumerate(start.program.steps)}
    steps = end.engine.compiled.model.steps
    return [there.get(steps[step].name) for step in end.program.steps]


def _alike(stands: Sequence[Stand]) -> Iterator[Positions]:
    """Yield the positions of customers who have the same programs all along the way."""
    count = len(stands[0])
    for start in range(0, count, CHUNK):
        some = np.arange(start, min(start + CHUNK, count))
        programs = np.stack([stand.programs(some) for stand in stands])
        if (programs == programs[:, :1]).all():
            yield some
            continue
        _, kind = np.unique(programs, axis=1, return_inverse=True)
        kind = kind.reshape(-1)
        for number in range(int(kind.max()) + 1):
            yield some[kind == number]


def _empty(stands: Sequence[Stand]) -> Way:
    count = len(stands[0])
    legs = tuple(
        Leg(np.zeros(count), np.zeros((len(stand.engine.compiled.model.steps), count)).T) for stand in stands[1:]
    )
    return Way(np.zeros(count), np.zeros(count), legs)


def _write(found: Way, some: Positions, points: Sequence[Point], moves: Sequence[Move]) -> None:
    first, last = points[0], points[-1]
    found.first[some], found.last[some] = desired(first.work, first.rows), desired(last.work, last.rows)
    for point, moved, there in zip(points[1:], moves, found.legs, strict=True):
        there.jump[some] = moved.jump
        for row, part in moved.parts.items():
            there.parts[some, point.work.program.steps[row]] = part
