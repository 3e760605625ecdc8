"""Custom gates, joins and curves tried out on a small grid: whatever rule they break is told at once, where defined.

A grid proves nothing; it finds what people get wrong: a value beyond [0, 1], a sign, a slope of something else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.model.asked import Asked
from outcomegap.model.probe_rules import as_written, climbs, differences, divided, rises, row_by_row, straight
from outcomegap.model.protocols import CustomGate, Join, require

Array = NDArray[Any]

#: Levels of each child, or of R and E: all combinations are looked at, as long as they are not more than `MOST`.
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
MOST = 700
#: How many scattered points are looked at where they are.
SCATTERED = 256
#: Where a curve is sampled, to look at it and to tell it from another of the same name.
GRID = np.linspace(0.0, 1.0, 129)
#: Slopes are held to differences within these ends.
INNER = (0.02, 0.98)


def probe_gate(gate: CustomGate, count: int, where: str, ships: Collection[str] = ()) -> bytes:
    """Make sure that an object is a gate over `count` children.

    Parameters
    ----------
    gate, count, where
        The object, over how many children, and what errors call its place.
    ships
        Names that it may not have.

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
    asked = Asked("gate", where)
    asked.name(gate.name, ships)
    multilinear = gate.multilinear
    if not isinstance(multilinear, bool):
        asked.note("multilinear", f"multilinear must be true or false (got {multilinear!r:.60})")
    points = grid(count)
    inner = [np.clip(child, *INNER) for child in points]

    def value(children: Sequence[Array]) -> Array:
        return asked.numbers("forward", gate.forward, children)

    def slopes(children: Sequence[Array]) -> list[Array]:
        needs = f"one is needed for each of {count} children"
        out = value(children)
        return asked.several(
            "gradient", lambda given: gate.gradient(given[:-1], given[-1]), children, count, needs, out
        )

    values = asked.attempt(lambda: value(points))
    if values is not None:
        asked.look(rises(asked, value, points, values))
        asked.look(row_by_row(asked, value, points, values))
        asked.look(as_written(asked, getattr(gate, "scalar_text", None), points, values))
        found = asked.attempt(lambda: slopes(points))  # they must be finite at the ends as well
        if found is not None and multilinear is True:
            asked.look(straight(asked, value, points, found))
    found = asked.attempt(lambda: slopes(inner))
    if found is not None:
        asked.look(differences(asked, "gradient", value, inner, found))
    asked.done("this gate cannot be used")
    return _shape(values)


def probe_join(join: Join, where: str, ships: Collection[str] = ()) -> bytes:
    """Make sure that an object is a rule that joins R and E.

    Parameters
    ----------
    join, where, ships
        As in `probe_gate`.

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
    asked = Asked("join", where)
    asked.name(join.name, ships)
    points = grid(2)
    inner = [np.clip(side, *INNER) for side in points]

    def value(sides: Sequence[Array]) -> Array:
        return asked.numbers("desired", lambda given: join.desired(*given), sides)

    def pair(what: str, method: Callable[..., Any], sides: Sequence[Array]) -> list[Array]:
        return asked.several(what, lambda given: method(*given), sides, 2, "one of R and one of E are needed")

    values = asked.attempt(lambda: value(points))
    if values is not None:
        asked.look(rises(asked, value, points, values))
        asked.look(row_by_row(asked, value, points, values))
    asked.attempt(lambda: pair("slopes", join.slopes, points))  # they must be finite at the ends as well
    slopes = asked.attempt(lambda: pair("slopes", join.slopes, inner))
    if slopes is not None:
        asked.look(differences(asked, "slopes", value, inner, slopes))
    parts = asked.attempt(lambda: pair("parts", join.parts, points))
    if parts is not None and values is not None:
        asked.look(divided(asked, points, values, parts))
    asked.done("this rule cannot join R and E")
    return _shape(np.concatenate([values, *parts]))


def probe_curve(
    name: object,
    value: Callable[[Array], Any],
    slope: Callable[[Array], Any] | None,
    text: object,
    where: str,
    ships: Collection[str] = (),
    *,
    alone: bool,
) -> Array:
    """Make sure that two functions of progress are a curve and its slope.

    Parameters
    ----------
    name, where, ships
        What it is called, what errors call its place, and names that it may not have.
    value, slope, text
        Attainment, its derivative, and the same as Python text; None where there is none.
    alone
        Whether to look at points one by one as well.

    Returns
    -------
    array
        Its values on `GRID`.

    Raises
    ------
    ModelError
        With each rule that it breaks.
    """
    asked = Asked("curve", where)
    asked.name(name, ships)

    def values_at(sides: Sequence[Array]) -> Array:
        return asked.numbers("its value", lambda given: value(given[0]), sides, single=False)

    values = asked.attempt(lambda: values_at([GRID]))
    if values is not None:
        asked.look(climbs(GRID, values))
        asked.look(as_written(asked, text, [GRID], values))
        if alone:
            asked.look(row_by_row(asked, values_at, [GRID], values))
    if slope is not None:
        derivative = slope
        inner = [np.clip(GRID, *INNER)]
        found = asked.attempt(lambda: [asked.numbers("its slope", lambda given: derivative(given[0]), inner)])
        if found is not None and values is not None:
            asked.look(differences(asked, "slope", values_at, inner, found))
    asked.done("this curve cannot be used")
    return np.asarray(values)


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


def _shape(values: Array) -> bytes:
    # Rounded, so that a last digit that differs between machines does not make another gate.
    return (np.round(values, 12) + 0.0).tobytes()
