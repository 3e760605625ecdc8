"""The rules that gates, joins and curves of one's own are held to on a grid, each a function that yields verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import ModelError
from outcomegap.model.asked import Asked, Verdict
from outcomegap.model.written import unlike

Array = NDArray[Any]
Value = Callable[[Sequence[Array]], Array]

#: About how many points are looked at one by one.
ALONE = 50
#: Slack for rounding; step and slack for slopes against differences.
ROUNDING, STEP, SLACK = 1e-9, 1e-6, 1e-4
#: How near parts and gap must be, and what else exact attributions rest on: they promise the same.
SUM = 1e-12


def within(values: Array) -> Iterator[Verdict]:
    """Values lie in [0, 1]."""
    if values.min() < -ROUNDING or values.max() > 1 + ROUNDING:
        yield "range", f"leaves [0, 1]: values from {values.min():g} to {values.max():g}"


def rises(asked: Asked, value: Value, points: Sequence[Array], values: Array) -> Iterator[Verdict]:
    """Values lie in [0, 1], run from 0 to 1, and never fall."""
    yield from within(values)
    if abs(values[0]) > SUM or abs(values[-1] - 1.0) > SUM:
        yield "ends", f"must be 0 where all are 0 and 1 where all are 1 (got {values[0]:g} and {values[-1]:g})"
    for side, at in enumerate(points):
        for way in (0.1, 1.0):
            higher = value([*points[:side], at + way * (1.0 - at), *points[side + 1 :]])
            if (higher < values - ROUNDING).any():
                place = int(np.argmax(values - higher))
                yield "monotone", f"falls where {asked.side(side)} rises, from {asked.at(points, place)}"
                return


def climbs(points: Array, values: Array) -> Iterator[Verdict]:
    """A curve lies in [0, 1], runs from 0 to 1, and never falls."""
    yield from within(values)
    if abs(values[0]) > ROUNDING or abs(values[-1] - 1.0) > ROUNDING:
        yield "ends", f"must run from 0 to 1 (got {values[0]:g} at 0 and {values[-1]:g} at 1)"
    falls = np.diff(values) < -ROUNDING
    if falls.any():
        yield "monotone", f"falls after z = {points[int(np.argmax(falls))]:g}; a curve never falls"


def row_by_row(asked: Asked, value: Value, points: Sequence[Array], values: Array) -> Iterator[Verdict]:
    """A customer's value does not hang on who else is there."""
    for row in range(0, len(values), max(1, len(values) // ALONE)):
        alone = value([side[row : row + 1] for side in points])
        if abs(float(alone[0] - values[row])) > ROUNDING:
            yield "row-by-row", f"the value at {asked.at(points, row)} changes with who else is in the array"
            return


def straight(asked: Asked, value: Value, points: Sequence[Array], slopes: Sequence[Array]) -> Iterator[Verdict]:
    """A multilinear gate is a straight line in each child, and its gradient says how steep."""
    for side, (at, slope) in enumerate(zip(points, slopes, strict=True)):
        low, middle, high = (value([*points[:side], np.full_like(at, x), *points[side + 1 :]]) for x in (0.0, 0.5, 1.0))
        if np.abs(middle - (low + high) / 2).max() > SUM:
            yield "multilinear", f"says that it is multilinear, and is not linear in {asked.side(side)}"
            return
        if np.abs(slope - (high - low)).max() > SUM:
            yield "gradient", f"gradient: the derivative by {asked.side(side)} is not the slope of that straight line"


def differences(
    asked: Asked, what: str, value: Value, points: Sequence[Array], slopes: Sequence[Array]
) -> Iterator[Verdict]:
    """A slope lies between the difference to the left and that to the right; at a corner the two differ."""
    here = value(points)
    for side, (at, slope) in enumerate(zip(points, slopes, strict=True)):
        rest = points[:side], points[side + 1 :]
        left = (here - value([*rest[0], at - STEP, *rest[1]])) / STEP
        right = (value([*rest[0], at + STEP, *rest[1]]) - here) / STEP
        slack = SLACK * (1.0 + np.minimum(np.abs(left), np.abs(right)))
        wrong = (slope < np.minimum(left, right) - slack) | (slope > np.maximum(left, right) + slack)
        if wrong.any():
            place = int(np.argmax(wrong))
            low, high = sorted((float(left[place]), float(right[place])))
            given = f"{what}: the derivative by {asked.side(side)} is {slope[place]:g} at {asked.at(points, place)}"
            between = f"{low:.4g}" if f"{low:.4g}" == f"{high:.4g}" else f"{low:.4g} to {high:.4g}"
            yield what, f"{given}, where differences give {between}"


def divided(asked: Asked, points: Sequence[Array], values: Array, parts: Sequence[Array]) -> Iterator[Verdict]:
    """The parts of a join are the gap."""
    off = np.abs(parts[0] + parts[1] - (1.0 - values))
    if off.max() > SUM:
        place = int(off.argmax())
        sums = f"the two parts sum to {parts[0][place] + parts[1][place]:g}, not to 1 - D = {1 - values[place]:g}"
        yield "parts", f"{sums}, at {asked.at(points, place)}"
    if min(part.min() for part in parts) < -SUM:
        yield "parts", "a part of the gap is below 0"
    for side, at, part in zip(("R", "E"), points, parts, strict=True):
        if np.abs(part[at == 1.0]).max() > SUM:
            yield "parts", f"where {side} is 1 nothing of the gap can be its part: no step of it lacks anything"


def as_written(asked: Asked, text: Any, points: Sequence[Array], values: Array) -> Iterator[Verdict]:
    """A text, where there is one, says what the arrays say."""
    if text is None:
        return
    rows = list(zip(*(side.tolist() for side in points), strict=True))
    named = {"z": "a"} if asked.kind == "curve" else {}
    try:
        for point, said in unlike(asked.where, text, named, rows, values.tolist()):
            yield "scalar_text", f"scalar_text at {asked.point(point)} {said}"
    except ModelError as error:
        yield "scalar_text", error.findings[0].message
