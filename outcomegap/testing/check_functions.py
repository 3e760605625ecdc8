"""What every function of numbers in [0, 1] is held to: curves, gates and joins are such functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.testing.kit import Checks, near, need

Array = NDArray[Any]
#: A function of numbers in [0, 1]: one array a side, of one number a customer.
Function = Callable[[Sequence[Array]], Any]

#: How many scattered points are looked at, beside the ends and the corners.
POINTS = 400
ROUNDING, STEP, SLACK = 1e-9, 1e-6, 1e-4


def points(count: int) -> list[Array]:
    """Return points in the unit cube, one array a side: all zeros first, all ones last, corners, and scattered ones."""
    rng = np.random.default_rng(count)
    inner = rng.random((POINTS, count))
    corners = rng.integers(0, 2, (POINTS // 4, count)).astype(np.float64)
    return _columns(np.vstack([np.zeros(count), inner, corners, np.full(count, 0.5), np.ones(count)]))


def _columns(rows: Array) -> list[Array]:
    return [np.ascontiguousarray(column) for column in rows.T]


def copies(sides: Sequence[Array]) -> list[Array]:
    """Return arrays of their own."""
    return [side.copy() for side in sides]


def held(checks: Checks, function: Function, count: int, what: str) -> bool:
    """Run the rules that every function of numbers in [0, 1] is held to; tell whether its values can be looked at.

    Parameters
    ----------
    checks
        Where rules are run.
    function
        Takes one array a side.
    count
        How many sides there are.
    what
        What it is called, such as ``"value"``.
    """
    at = points(count)
    size = len(at[0])

    def value(sides: Sequence[Array]) -> Array:
        return np.broadcast_to(np.asarray(quiet(function)(copies(sides)), dtype=np.float64), sides[0].shape)

    with checks.rule("shape"):
        shaped(quiet(function)(copies(at)), size, what)
    if checks.failed("shape"):
        return False
    with checks.rule("finite"):
        need(np.isfinite(value(at)).all(), f"{what} returns values that are not all finite")
    if checks.failed("finite"):
        return False
    here = value(at)
    with checks.rule("range"):
        need(here.min() >= -ROUNDING and here.max() <= 1 + ROUNDING, f"leaves [0, 1]: {here.min():g} to {here.max():g}")
    with checks.rule("ends"):
        ends = f"is {here[0]:g} where all is 0 and {here[-1]:g} where all is 1"
        need(abs(here[0]) < ROUNDING and abs(here[-1] - 1) < ROUNDING, ends)
    with checks.rule("monotone"):
        for side, (left, x, right) in enumerate(_around(at)):
            higher = value([*left, x + 0.1 * (1 - x), *right])
            need((higher >= here - ROUNDING).all(), f"falls where number {side + 1} rises")
    if not checks.failed("monotone"):  # what falls bounds nothing either
        with checks.rule("bounds"):
            low, high = value([x * 0.7 for x in at]), value([x + 0.3 * (1 - x) for x in at])
            need((low <= here + ROUNDING).all(), "is above its value where everything is higher: no lower bound")
            need((here <= high + ROUNDING).all(), "is below its value where everything is lower: no upper bound")
    with checks.rule("order"):
        shuffled = np.random.default_rng(1).permutation(size)
        near(value([x[shuffled] for x in at]), here[shuffled], "rows in another order")
    with checks.rule("splitting"):
        parts = [value([x[rows] for x in at]) for rows in np.array_split(np.arange(size), 7)]
        near(np.concatenate(parts), here, "rows in seven parts")
        near(value([x[5:6] for x in at]), here[5:6], "a row alone")
    with checks.rule("untouched"):
        given = copies(at)
        quiet(function)(given)
        need(all(np.array_equal(a, b) for a, b in zip(given, at, strict=True)), "changes the arrays that it is given")
    return True


def quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that says nothing of divisions by 0 and the like: what comes of them is looked at."""

    def silent(*given: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*given)

    return silent


def shaped(found: Any, size: int, what: str) -> None:
    """Make sure that an array of one number a customer came back, or one number for all."""
    if not isinstance(found, (np.ndarray, np.generic, int, float)):
        need(held=False, message=f"{what} returns a {type(found).__name__}; an array of shape ({size},) is needed")
    array = np.asarray(found)
    need(array.dtype.kind in "biuf", f"{what} returns values of type {array.dtype}; numbers are needed")
    need(array.shape in ((size,), ()), f"{what} returns shape {array.shape}; ({size},) is needed")


def _around(sides: Sequence[Array]) -> Iterator[tuple[Sequence[Array], Array, Sequence[Array]]]:
    for side, x in enumerate(sides):
        yield sides[:side], x, sides[side + 1 :]


def slopes_held(
    checks: Checks, rule: str, function: Function, slopes: Callable[[Sequence[Array]], Any], count: int
) -> None:
    """Run the rule of that name: a slope lies between the difference to the left and that to the right.

    Slopes that are not finite break ``finite``, and those of another shape ``shape``.
    """
    at = [np.clip(side, 0.03, 0.97) for side in points(count)]
    given: list[Array] = []
    with checks.rule(rule):
        returned = list(quiet(slopes)(copies(at)))
        need(len(returned) == count, f"{len(returned)} slopes for {count} sides")
        for side, slope in enumerate(returned):
            try:
                shaped(slope, len(at[0]), f"{rule} by number {side + 1}")
            except AssertionError as error:
                checks.fail("shape", str(error))
                return
            given.append(np.broadcast_to(np.asarray(slope, dtype=np.float64), at[0].shape))
            if not np.isfinite(given[-1]).all():
                checks.fail("finite", f"{rule} by number {side + 1} returns values that are not all finite")
                return
        _differences(function, given, at)


def _differences(function: Function, slopes: Sequence[Array], at: Sequence[Array]) -> None:
    here = np.asarray(function(copies(at)))
    for side, ((before, x, after), slope) in enumerate(zip(_around(at), slopes, strict=True)):
        left = (here - function(copies([*before, x - STEP, *after]))) / STEP
        right = (function(copies([*before, x + STEP, *after])) - here) / STEP
        slack = SLACK * (1 + np.minimum(np.abs(left), np.abs(right)))
        low, high = np.minimum(left, right) - slack, np.maximum(left, right) + slack
        wrong = ~((slope >= low) & (slope <= high))
        place = int(np.argmax(wrong))
        said = f"is {slope[place]:g}, differences give {left[place]:g} to {right[place]:g}"
        need(not wrong.any(), f"by number {side + 1} {said}")


def straight(forward: Function, count: int) -> None:
    """Make sure that a function is a straight line in each side."""
    at = points(count)
    for side, (before, x, after) in enumerate(_around(at)):
        low, middle, high = (forward(copies([*before, np.full_like(x, end), *after])) for end in (0.0, 0.5, 1.0))
        near(middle, (low + high) / 2, f"half way in number {side + 1}", 1e-12)


def divided(join: Any) -> None:
    """Make sure that the parts of R and E make up the gap."""
    r, e = points(2)
    first, second = (np.broadcast_to(part, r.shape) for part in join.parts(r.copy(), e.copy()))
    near(first + second, 1 - join.desired(r.copy(), e.copy()), "the two parts together")
    need(min(first.min(), second.min()) >= -ROUNDING, "a part of the gap is below 0")
    need(np.abs(first[r == 1]).max() <= ROUNDING, "R has a part of the gap where R is 1")
    need(np.abs(second[e == 1]).max() <= ROUNDING, "E has a part of the gap where E is 1")
