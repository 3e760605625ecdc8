"""Custom gates and joins tried out on a small grid: whatever rule they break is told at once, where they are defined.

A grid proves nothing; it finds what people get wrong: a value beyond [0, 1], a sign, a slope of something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import Finding, ModelError
from outcomegap.model.protocols import CustomGate, Join, require
from outcomegap.model.values import name_of

Array = NDArray[Any]
Verdict = tuple[str, str]  # rule, message

#: Levels of each child, or of R and E: all combinations are looked at, as long as they are not more than `MOST`.
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
MOST = 700
#: How many scattered points are looked at where they are.
SCATTERED = 256
#: About how many points are looked at one by one.
ALONE = 50
#: Slack for rounding; step and slack for slopes against differences.
ROUNDING, STEP, SLACK = 1e-9, 1e-6, 1e-4
#: How near parts and gap must be, and what else exact attributions rest on: they promise the same.
SUM = 1e-12


def probe_gate(gate: CustomGate, count: int, where: str) -> bytes:
    """Make sure that an object is a gate over `count` children.

    Returns
    -------
    bytes
        Its values on a grid: what tells it from another of its name.

    Raises
    ------
    ModelError
        With each rule that it breaks.
    """
    require(CustomGate, gate, where)
    name_of("gate", gate.name)
    found: list[Finding] = []
    if not isinstance(gate.multilinear, bool):
        found.append(Finding("multilinear", where, f"multilinear must be true or false (got {gate.multilinear!r:.60})"))
    points = grid(count)

    def value(children: Sequence[Array]) -> Array:
        return _array(where, "forward", gate.forward(sealed(children)), len(children[0]))

    values = _tried(where, "forward", lambda: value(points))
    found += _findings(where, _rises(value, points, values), _row_by_row(value, points, values))
    inner = [np.clip(child, 0.02, 0.98) for child in points]
    for at in (points, inner):
        slopes = _gradient(gate, at, _tried(where, "forward", partial(value, at)), where)
        if at is points:
            found += _findings(where, _linear(value, points, slopes)) if gate.multilinear is True else []
        else:
            found += _findings(where, _slopes("gradient", value, inner, slopes))
    if found:
        raise ModelError.all("this gate cannot be used", found)
    return _shape(values)


def probe_join(join: Join, where: str) -> bytes:
    """Make sure that an object is a rule that joins R and E.

    Returns
    -------
    bytes
        Its values on a grid: what tells it from another of its name.

    Raises
    ------
    ModelError
        With each rule that it breaks.
    """
    require(Join, join, where)
    name_of("join", join.name)
    points = grid(2)

    def value(sides: Sequence[Array]) -> Array:
        return _array(where, "desired", join.desired(*sealed(sides)), len(sides[0]))

    values = _tried(where, "desired", lambda: value(points))
    found = _findings(where, _rises(value, points, values), _row_by_row(value, points, values))
    inner = [np.clip(side, 0.02, 0.98) for side in points]
    _pair(where, "slopes", join.slopes, points)  # they must be finite at the ends as well
    found += _findings(where, _slopes("slopes", value, inner, _pair(where, "slopes", join.slopes, inner)))
    parts = _pair(where, "parts", join.parts, points)
    found += _findings(where, _parts(points, values, parts))
    if found:
        raise ModelError.all("this rule cannot join R and E", found)
    return _shape(np.concatenate([values, *parts]))


def grid(count: int) -> list[Array]:
    """Return points in [0, 1] to the power of `count`, one array a child: all combinations of levels, or many of them.

    The first point is all zeros, the last all ones.

    Examples
    --------
    >>> [child.tolist()[:3] for child in grid(2)], len(grid(2)[0]), len(grid(30)[0])
    ([[0.0, 0.0, 0.0], [0.0, 0.25, 0.5]], 25, 256)
    """
    if len(LEVELS) ** count <= MOST:
        points = np.array(list(product(LEVELS, repeat=count)))
    else:
        # Fractions of whole numbers, so that they are the same everywhere.
        turns = np.arange(SCATTERED, dtype=np.uint64)[:, None] * (2 * np.arange(count, dtype=np.uint64) + 3)
        points = (turns * np.uint64(2654435769) % np.uint64(2**32)) / 2.0**32
        points[-1] = 1.0
    return list(np.ascontiguousarray(points.T))


def sealed(arrays: Sequence[Array]) -> list[Array]:
    """Return views that nobody can write to: what is given to the code of others stays as it is."""
    views = [np.asarray(array).view() for array in arrays]
    for view in views:
        view.setflags(write=False)
    return views


def _tried(where: str, what: str, call: Callable[[], Any]) -> Any:
    try:
        return call()
    except ModelError:
        raise
    except Exception as error:
        raise ModelError.of("fails", where, f"{what} fails on a grid of numbers in [0, 1]: {error}") from error


def _array(where: str, what: str, value: Any, size: int) -> Array:
    array = np.asarray(value, dtype=np.float64)
    if array.shape not in ((size,), ()):
        raise ModelError.of("shape", where, f"{what} returns shape {array.shape} for {size} customers")
    if not np.all(np.isfinite(array)):
        raise ModelError.of("finite", where, f"{what} returns values that are not finite")
    return np.broadcast_to(array, (size,))


def _gradient(gate: CustomGate, points: Sequence[Array], out: Array, where: str) -> list[Array]:
    slopes = _tried(where, "gradient", lambda: list(gate.gradient(sealed(points), out)))
    if len(slopes) != len(points):
        raise ModelError.of("shape", where, f"gradient returns {len(slopes)} arrays for {len(points)} children")
    return [_array(where, "gradient", slope, len(out)) for slope in slopes]


def _pair(where: str, what: str, method: Callable[..., Any], sides: Sequence[Array]) -> list[Array]:
    found = _tried(where, what, lambda: tuple(method(*sealed(sides))))
    if len(found) != 2:
        raise ModelError.of("shape", where, f"{what} returns {len(found)} arrays; one of R and one of E are needed")
    return [_array(where, what, side, len(sides[0])) for side in found]


def _findings(where: str, *rules: Iterator[Verdict]) -> list[Finding]:
    return [Finding(rule, where, message) for found in rules for rule, message in found]


def _rises(value: Callable[[Sequence[Array]], Array], points: Sequence[Array], values: Array) -> Iterator[Verdict]:
    """Values lie in [0, 1], run from 0 to 1, and never fall."""
    if values.min() < -ROUNDING or values.max() > 1 + ROUNDING:
        yield "range", f"leaves [0, 1]: values from {values.min():g} to {values.max():g}"
    if abs(values[0]) > SUM or abs(values[-1] - 1.0) > SUM:
        yield "ends", f"must be 0 where all are 0 and 1 where all are 1 (got {values[0]:g} and {values[-1]:g})"
    for child, at in enumerate(points):
        for way in (0.1, 1.0):
            higher = value([*points[:child], at + way * (1.0 - at), *points[child + 1 :]])
            if (higher < values - ROUNDING).any():
                place = int(np.argmax(values - higher))
                yield "monotone", f"falls where number {child + 1} rises, from {_point(points, place)}"
                return


def _row_by_row(value: Callable[[Sequence[Array]], Array], points: Sequence[Array], values: Array) -> Iterator[Verdict]:
    """A customer's value does not hang on who else is there."""
    for row in range(0, len(values), max(1, len(values) // ALONE)):
        alone = value([child[row : row + 1] for child in points])
        if abs(float(alone[0] - values[row])) > ROUNDING:
            yield (
                "row-by-row",
                f"the value at {_point(points, row)} changes with who else is in the array",
            )
            return


def _linear(
    value: Callable[[Sequence[Array]], Array], points: Sequence[Array], slopes: Sequence[Array]
) -> Iterator[Verdict]:
    """A multilinear gate is a straight line in each child, and its gradient says how steep."""
    for child, (at, slope) in enumerate(zip(points, slopes, strict=True)):
        low, middle, high = (
            value([*points[:child], np.full_like(at, x), *points[child + 1 :]]) for x in (0.0, 0.5, 1.0)
        )
        if np.abs(middle - (low + high) / 2).max() > SUM:
            yield "multilinear", f"says that it is multilinear, and is not linear in number {child + 1}"
            return
        if np.abs(slope - (high - low)).max() > SUM:
            yield "gradient", f"by number {child + 1} is not the slope of that straight line"


def _slopes(
    what: str, value: Callable[[Sequence[Array]], Array], points: Sequence[Array], slopes: Sequence[Array]
) -> Iterator[Verdict]:
    """A slope lies between the difference to the left and that to the right; at a corner the two differ."""
    here = value(points)
    for child, (at, slope) in enumerate(zip(points, slopes, strict=True)):
        rest = points[:child], points[child + 1 :]
        left = (here - value([*rest[0], at - STEP, *rest[1]])) / STEP
        right = (value([*rest[0], at + STEP, *rest[1]]) - here) / STEP
        slack = SLACK * (1.0 + np.minimum(np.abs(left), np.abs(right)))
        wrong = (slope < np.minimum(left, right) - slack) | (slope > np.maximum(left, right) + slack)
        if wrong.any():
            place = int(np.argmax(wrong))
            sides = sorted((float(left[place]), float(right[place])))
            given = f"by number {child + 1} is {slope[place]:g} at {_point(points, place)}"
            yield what, f"{given}, where differences give {sides[0]:.4g} to {sides[1]:.4g}"


def _parts(points: Sequence[Array], values: Array, parts: Sequence[Array]) -> Iterator[Verdict]:
    off = np.abs(parts[0] + parts[1] - (1.0 - values))
    if off.max() > SUM:
        place = int(off.argmax())
        sums = f"sum to {parts[0][place] + parts[1][place]:g}, not to 1 - D = {1 - values[place]:g}"
        yield "parts", f"{sums}, at R, E = {_point(points, place)}"
    if min(part.min() for part in parts) < -SUM:
        yield "parts", "a part of the gap is below 0"
    for side, at, part in zip(("R", "E"), points, parts, strict=True):
        if np.abs(part[at == 1.0]).max() > SUM:
            yield "parts", f"where {side} is 1 nothing of the gap can be its part: no step of it lacks anything"


def _shape(values: Array) -> bytes:
    # Rounded, so that a last digit that differs between machines does not make another gate.
    return (np.round(values, 12) + 0.0).tobytes()


def _point(points: Sequence[Array], place: int) -> str:
    return "(" + ", ".join(f"{child[place]:.4g}" for child in points[:6]) + (", ...)" if len(points) > 6 else ")")
