"""What makes up one customer's gap; the same as `outcomegap.explanation.gradients`, in plain numbers.

Every function takes a kernel and the customer's values, and returns one number for each step row of the kernel's
program.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from outcomegap.engines.scalar import Kernel
from outcomegap.explanation.quadrature import nodes_of
from outcomegap.model.join import PRODUCT


def attained(kernel: Kernel, values: Sequence[float]) -> list[float]:
    """Return the attainment of each step row; NaN where missing."""
    found = kernel.attain(values)
    assert found is not None
    return found


def attribution(kernel: Kernel, values: Sequence[float]) -> list[float]:
    """Split the gap over the steps: the gradient integrated from all-attained to the customer (Owen 1972).

    1 - R goes to the steps of R, R (1 - E) to the steps of E (docs/meaning, clause 2.7), or what the rule that joins
    them says that each side makes of the gap.
    """
    a, missing = _filled(kernel, values)
    p = kernel.present(missing)
    parts = [0.0] * len(a)
    scales = kernel.program.outcome.join.scales(kernel.side(0, a, p), kernel.side(1, a, p))
    for number, (side, scale) in enumerate(zip(kernel.program.sides, map(float, scales), strict=True)):
        for t, weight in zip(*(axis.tolist() for axis in nodes_of(side)), strict=True):
            between = [1.0 - t * (1.0 - value) for value in a]
            _, slopes = kernel.gradient(number, between, p)
            for row in side.steps:
                parts[row] += (1.0 - a[row]) * slopes[row] * weight * scale
    return parts


def leverage(kernel: Kernel, values: Sequence[float]) -> list[float]:
    """Derivative of D by each attainment (Birnbaum 1969)."""
    a, missing = _filled(kernel, values)
    p = kernel.present(missing)
    (r, by_required), (e, by_experience) = (kernel.gradient(number, a, p) for number in (0, 1))
    by_r, by_e = map(float, kernel.program.outcome.join.slopes(r, e))
    required = set(kernel.program.required.steps)
    return [by_required[row] * by_r if row in required else by_experience[row] * by_e for row in range(len(a))]


def gain(kernel: Kernel, values: Sequence[float]) -> list[float]:
    """What closing each step alone would add to D: (1 - a) times its leverage, where D is linear in it."""
    a, missing = _filled(kernel, values)
    if kernel.program.plain:
        return [slope * (1.0 - reached) for slope, reached in zip(leverage(kernel, values), a, strict=True)]
    p = kernel.present(missing)
    points = [kernel.gradient(number, a, p) for number in (0, 1)]
    desired = kernel.program.outcome.join.desired
    sides = [value for value, _ in points]
    found = [0.0] * len(a)
    for number, side in enumerate(kernel.program.sides):
        for row in side.steps:
            closed = list(sides)
            if row in side.curved:
                closed[number] = kernel.side(number, [*a[:row], 1.0, *a[row + 1 :]], p)
            else:
                closed[number] = sides[number] + points[number][1][row] * (1.0 - a[row])
            found[row] = float(desired(*closed)) - float(desired(*sides))
    return found


def unknown(kernel: Kernel, values: Sequence[float]) -> list[float]:
    """For each missing step, D if it turned out fully attained less D if nothing of it were; 0 elsewhere."""
    a, missing = _filled(kernel, values)
    p = kernel.present(missing)
    points = [kernel.side(number, a, p) for number in (0, 1)]
    found, join = [0.0] * len(a), kernel.program.outcome.join
    for number, side in enumerate(kernel.program.sides):
        for row in set(missing).intersection(side.steps):
            p = kernel.present([other for other in missing if other != row])
            low, high = (kernel.side(number, [*a[:row], end, *a[row + 1 :]], p) for end in (0.0, 1.0))
            if join == PRODUCT:
                found[row] = (high - low) * points[1 - number]
            else:
                ends = ((end, points[1]) if number == 0 else (points[0], end) for end in (low, high))
                worst, best = (float(join.desired(*end)) for end in ends)
                found[row] = best - worst
    return found


def _filled(kernel: Kernel, values: Sequence[float]) -> tuple[list[float], list[int]]:
    """Return attainments, with what stands in where they are missing, and the step rows that are."""
    found = attained(kernel, values)
    missing = [row for row, value in enumerate(found) if math.isnan(value)]
    return kernel.filled(found, missing), missing
