"""What moved D between two points: the gradient integrated along the straight line that joins them.

For a multilinear function the integral is a polynomial, so that Gauss-Legendre is exact. The bound by which
`quadrature` takes fewer nodes holds on any line within [0, 1]: with p(t) = (1 - t) a + t b it is
|p| + |1 - p| <= |t| + |1 - t|, as on the line from all-attained.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import Work
from outcomegap.explanation.quadrature import nodes

Array = NDArray[Any]
Order = Literal["joint", "required_first"]
ORDERS: tuple[Order, ...] = ("joint", "required_first")


@attrs.frozen(eq=False)
class Point:
    """Some customers of one program: the function they are looked at with, and where they stand.

    Parameters
    ----------
    work
        Gives the function: its program, and its parameters over what is present.
    rows
        Attainments, one array a step row; where a step is missing, what stands in for it.
    missing
        For each step row a mask of the customers for whom it is missing, or None where it is for nobody.
    """

    work: Work
    rows: Sequence[Array]
    missing: Sequence[Array | None]

    @classmethod
    def of(cls, work: Work) -> Point:
        """Where the customers are."""
        return cls(work, work.attained.rows, work.attained.missing)

    def attained(self) -> Point:
        """Return the point at which everything is fully attained, looked at with the same function."""
        return Point(self.work, [np.ones_like(row) for row in self.rows], self.missing)


@attrs.frozen(eq=False)
class Move:
    """What moved D from one point to another.

    Parameters
    ----------
    jump
        What the change of the function itself makes: graph, weights, what is missing.
    parts
        Then for each step row of the other point what its attainment makes; rows left out make nothing.
    """

    jump: Array
    parts: dict[int, Array]


def move(start: Point, end: Point, match: Sequence[int | None], order: Order = "joint") -> Move:
    """Split D(end) - D(start): first the function becomes the other one, then the steps go there in a straight line.

    A step goes from where it stood where it is observed at both ends, or at neither. Where it became known or went
    missing, or the first function does not have it, it is put at its new place together with the function: what that
    makes is in `jump`.

    Parameters
    ----------
    start, end
        The same customers at both points.
    match
        For each step row of `end` the row of the same step at `start`, or None.
    order
        ``"joint"``: D along the line. ``"required_first"``: R along the line with E as it was, then E with the new R.

    Returns
    -------
    Move
        Jump and parts add up to D(end) - D(start) but for rounding.
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
    experience = value(work, 1, between)
    parts = _integral(work, (0,), between, change, experience)
    required = value(work, 0, end.rows)
    return Move(jump, parts | _integral(work, (1,), between, change, required))


def value(work: Work, side: int, rows: Sequence[Array]) -> Array:
    """Return R (side 0) or E (side 1) at some attainments."""
    passes = work.passes[side]
    return np.array(passes.forward(rows, work.present, work.room("registers", passes.registers + 1)))


def desired(work: Work, rows: Sequence[Array]) -> Array:
    """Return D at some attainments."""
    found: Array = value(work, 0, rows) * value(work, 1, rows)
    return found


def _carried(start: Point, end: Point, row: int, other: int | None) -> Array:
    """Return where a step row stands once the function is the new one, before the steps move."""
    if other is None:
        return end.rows[row]
    before, after = start.missing[other], end.missing[row]
    if before is None and after is None:
        return start.rows[other]
    changed = _or_none(before) != _or_none(after)
    return np.where(changed, end.rows[row], start.rows[other])


def _or_none(mask: Array | None) -> Any:
    return False if mask is None else mask


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
        found = [_gradient(work, side, between) for side in sides]
        for number, (_, slopes) in enumerate(found):
            factor = weight * found[1 - number][0] if len(found) > 1 else weight
            for step in sums.keys() & slopes.keys():
                sums[step] += slopes[step] * factor
    return {step: total * change[step] * (1.0 if scale is None else scale) for step, total in sums.items()}


def _gradient(work: Work, side: int, rows: Sequence[Array]) -> tuple[Array, dict[int, Any]]:
    """Return the value of a side, and its derivative by each step row."""
    passes = work.passes[side]
    # Both sides are used together, so each has buffers of its own.
    values = passes.values(rows, work.present, work.room(f"line values {side}", len(passes.side.code) + 1))
    adjoints = work.room(f"line adjoints {side}", passes.steps + len(passes.side.code) + 2)
    return values[passes.side.root], passes.reverse(values, adjoints)
