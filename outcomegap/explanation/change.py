"""What moved D between two points, or along several points (other models, other cells, other data).

The gradient is integrated along the straight line between two points. For a multilinear function the integral is a
polynomial, so Gauss-Legendre is exact. `node_count` may use fewer nodes by a bound that holds on any line within
[0, 1]: with p(t) = (1 - t) a + t b, |p| + |1 - p| <= |t| + |1 - t|, as on the line from all-attained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import Batch, Block, NumpyBlocks, Work
from outcomegap.errors import EngineError
from outcomegap.explanation.gradients import nodes
from outcomegap.program import Compiled

Array = NDArray[Any]
Order = Literal["joint", "required_first"]
ORDERS: tuple[Order, ...] = ("joint", "required_first")
Positions = NDArray[np.int64]
#: How many customers are processed together.
CHUNK = 1 << 14


@attrs.frozen(eq=False)
class Point:
    """Some customers of one program: the function, and their attainments.

    Parameters
    ----------
    work
        The function: its program, and its parameters over the measures that are present.
    rows
        Attainments, one array for each step row; where a step is missing, the number that replaces it.
    missing
        For each step row a mask of the customers for whom it is missing, or None if there are none.
    """

    work: Work
    rows: Sequence[Array]
    missing: Sequence[Array | None]

    @classmethod
    def of(cls, work: Work) -> Point:
        """Return the point of the customers as they are."""
        return cls(work, work.attained.rows, work.attained.missing)

    def attained(self) -> Point:
        """Return the point at which everything is fully attained, with the same function."""
        return Point(self.work, [np.ones_like(row) for row in self.rows], self.missing)


@attrs.frozen(eq=False)
class Move:
    """What moved D from one point to another.

    Parameters
    ----------
    jump
        The effect of the change of the function: graph, weights, missing values.
    parts
        The effect of the attainment of each step row of the other point; rows that are left out have none.
    """

    jump: Array
    parts: dict[int, Array]


def move(start: Point, end: Point, match: Sequence[int | None], order: Order = "joint") -> Move:
    """Split D(end) - D(start): first the function changes, then the attainments move in a straight line.

    A step moves from its old attainment if it is observed at both points, or at neither. If it became known or went
    missing, or the first function does not have it, its attainment changes together with the function; that effect is
    in `jump`.

    Parameters
    ----------
    start, end
        The same customers at both points.
    match
        For each step row of `end` the row of the same step at `start`, or None.
    order
        ``"joint"``: D along the line. ``"required_first"``: R along the line with the old E, then E with the new R.

    Returns
    -------
    Move
        Jump and parts add up to D(end) - D(start) within rounding.
    """
    between = [_carried(start, end, row, other) for row, other in enumerate(match)]
    work = end.work
    jump = np.array(desired(work, between) - desired(start.work, start.rows))
    if all(here is there for here, there in zip(between, end.rows, strict=True)):
        return Move(jump, {})
    change = work.room("line change", len(between))
    for row, (here, there) in enumerate(zip(between, end.rows, strict=True)):
        np.subtract(there, here, out=change[row])
    if order == "joint":
        return Move(jump, _integral(work, (0, 1), between, change, None))
    experience = work.value(1, between)
    parts = _integral(work, (0,), between, change, experience)
    required = work.value(0, end.rows)
    return Move(jump, parts | _integral(work, (1,), between, change, required))


def desired(work: Work, rows: Sequence[Array]) -> Array:
    """Return D at some attainments."""
    found: Array = work.value(0, rows) * work.value(1, rows)
    return found


def _carried(start: Point, end: Point, row: int, other: int | None) -> Array:
    """Return the attainments of a step row after the function has changed and before the steps move."""
    if other is None:
        return end.rows[row]
    before, after = start.missing[other], end.missing[row]
    if before is None and after is None:
        return start.rows[other]
    changed = (False if before is None else before) != (False if after is None else after)
    return np.where(changed, end.rows[row], start.rows[other])


def _integral(
    work: Work, sides: tuple[int, ...], start: Sequence[Array], change: Sequence[Array], scale: Array | None
) -> dict[int, Array]:
    """Integrate the gradient of the product of some sides from `start` to `start` + `change`; `scale` it."""
    steps = [step for side in sides for step in work.passes[side].side.steps]
    sums = {step: np.zeros_like(change[step]) for step in steps if change[step].any()}
    if not sums:
        return {}
    between = list(start)
    for step, buffer in zip(steps, work.room("line between", len(steps)), strict=True):
        between[step] = buffer
    for t, weight in zip(*nodes(sum(work.passes[side].side.degree for side in sides)), strict=True):
        for step in steps:
            np.multiply(change[step], t, out=between[step])
            np.add(between[step], start[step], out=between[step])
        found = [work.gradient(side, between) for side in sides]
        for number, (_, slopes) in enumerate(found):
            factor = weight * found[1 - number][0] if len(found) > 1 else weight
            for step in sums.keys() & slopes.keys():
                sums[step] += slopes[step] * factor
    return {step: total * change[step] * (1.0 if scale is None else scale) for step, total in sums.items()}


@attrs.frozen(eq=False)
class Snapshot:
    """Customers at one moment: a model, their data, and their cells.

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
        # A change between two points can be split exactly only if D is linear in each step.
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
        The effect of the change of the function, one number for each customer.
    steps
        The effect of each step, shape (customers, steps of the model of the next snapshot).
    """

    jump: Array
    steps: Array


@attrs.frozen(eq=False)
class ChangePath:
    """What moved D from snapshot to snapshot.

    Parameters
    ----------
    first, last
        D at the first snapshot and at the last, one number for each customer.
    parts
        The changes between neighbouring snapshots; all jumps and steps add up to `last` - `first`.
    """

    first: Array
    last: Array
    parts: tuple[ChangePart, ...]


def change_path(snapshots: Sequence[Snapshot], order: Order = "joint", attained: str | None = None) -> ChangePath:
    """Follow customers from snapshot to snapshot, always in double precision.

    Parameters
    ----------
    snapshots
        Two or more, all of the same customers; or one, with `attained`.
    order
        How the steps move; see `move`.
    attained
        ``"start"`` or ``"end"``: the point at which everything is fully attained. Missing values stay missing: the
        function is the customer's own.
    """
    count = len(snapshots[0])
    models = [snapshot.engine.compiled.model for snapshot in (snapshots if attained else snapshots[1:])]
    parts = tuple(ChangePart(np.zeros(count), np.zeros((len(model.steps), count)).T) for model in models)
    found, rooms = ChangePath(np.zeros(count), np.zeros(count), parts), [dict[str, Array]() for _ in snapshots]
    for some in _alike(snapshots):
        points = [Point.of(snapshot.work(some, room)) for snapshot, room in zip(snapshots, rooms, strict=True)]
        if attained:
            points.insert(0 if attained == "start" else 1, points[0].attained())
        for (start, end), part in zip(pairwise(points), parts, strict=True):
            moved = move(start, end, _match(start.work, end.work), order)
            part.jump[some] = moved.jump
            for row, made in moved.parts.items():
                part.steps[some, end.work.program.steps[row]] = made
        ends = (points[0], points[-1])
        found.first[some], found.last[some] = (desired(point.work, point.rows) for point in ends)
    return found


def in_double(engine: NumpyBlocks) -> NumpyBlocks:
    """Return an engine for the same model that computes in double precision."""
    wide = np.dtype(np.float64)
    return engine if engine.dtype == wide else NumpyBlocks(engine.compiled, wide, engine.threads)


def read_again(compiled: Compiled, other: Compiled, batch: Batch) -> Batch:
    """Return a batch of another model's data in the form of `compiled`: columns by name, NaN if there is none."""
    known: dict[str, Array] = dict(zip(other.model.columns, batch.own, strict=True))
    known |= {measure.name: column for measure, column in zip(other.model.measures, batch.columns, strict=True)}
    nothing = np.broadcast_to(np.nan, len(batch))
    columns = tuple(known.get(measure.name, nothing) for measure in compiled.model.measures)
    own = tuple(known.get(name, nothing) for name in compiled.model.columns)
    return Batch(columns, own, tuple(not np.isnan(column).any() for column in columns), batch.cells)


def without_span(snapshot: Snapshot) -> NDArray[np.bool_]:
    """Return the customers for whom the floor and target of some step, given by columns, are the same number."""
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
