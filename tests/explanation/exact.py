"""What moved D, in exact rational arithmetic, straight from the definitions of clauses 2.7 and 2.9.

The gradient along a line is a polynomial, so its integral is exact from as many points as it has coefficients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from attrs import frozen

from outcomegap.model import Cell, OutcomeModel, Step
from tests.reference import Side


@frozen
class Stand:
    """One customer at one point: R and E as functions, and where the customer is."""

    required: Side
    experience: Side

    @classmethod
    def of(cls, model: OutcomeModel, cell: Cell, row: Mapping[str, Any]) -> Stand:
        needed = [m.name for m in model.measures] + list(model.columns)
        row = {name: row.get(name) for name in needed}
        outcome = model.outcome(cell)
        return cls(Side(outcome.required.needs, cell, row), Side(outcome.experience.expects, cell, row))

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.required, self.experience

    @property
    def point(self) -> dict[Step, Fraction]:
        return self.required.point | self.experience.point

    @property
    def missing(self) -> set[Step]:
        return {*self.required.missing, *self.experience.missing}

    def value(self, side: int, point: Mapping[Step, Fraction]) -> Fraction:
        here = self.sides[side]
        return here.f({step: point[step] for step in here.steps})

    def desired(self, point: Mapping[Step, Fraction] | None = None) -> Fraction:
        at = self.point if point is None else point
        return self.value(0, at) * self.value(1, at)


@frozen
class Move:
    jump: Fraction
    parts: dict[str, Fraction]


def move(start: Stand, end: Stand, order: str = "joint") -> Move:
    """From one point to another: first the function, with what became known or went missing; then the steps."""
    there = {step.name: step for step in start.point}
    middle = dict(end.point)
    for step in middle:
        other = there.get(step.name)
        if other is not None and (other in start.missing) == (step in end.missing):
            middle[step] = start.point[other]
    jump = end.desired(middle) - start.desired()
    return Move(jump, line(end, middle, end.point, order))


def line(stand: Stand, start: Mapping[Step, Fraction], end: Mapping[Step, Fraction], order: str) -> dict[str, Fraction]:
    """Parts of D(end) - D(start), presence held fixed."""
    change = {step: end[step] - start[step] for step in start}
    degree = len(change)

    def at(t: Fraction) -> dict[Step, Fraction]:
        return {step: a + t * change[step] for step, a in start.items()}

    def slope(side: int, step: Step, t: Fraction) -> Fraction:
        point = at(t)
        return stand.value(side, point | {step: Fraction(1)}) - stand.value(side, point | {step: Fraction(0)})

    parts: dict[str, Fraction] = {}
    for side, here in enumerate(stand.sides):
        for step in here.steps:
            if not change[step]:
                parts[step.name] = Fraction(0)
                continue
            if order == "joint":
                found = integral(lambda t, i=side, a=step: slope(i, a, t) * stand.value(1 - i, at(t)), degree)
            else:
                other = stand.value(1, start) if side == 0 else stand.value(0, end)
                found = integral(lambda t, i=side, a=step: slope(i, a, t), degree) * other
            parts[step.name] = found * change[step]
    return parts


def integral(f: Callable[[Fraction], Fraction], degree: int) -> Fraction:
    """The integral over [0, 1] of a polynomial of at most that degree."""
    return sum((w * f(t) for t, w in weights(degree)), Fraction(0))


@lru_cache
def weights(degree: int) -> list[tuple[Fraction, Fraction]]:
    """Points in [0, 1], and the integrals of Lagrange's polynomials on them."""
    points = [Fraction(i, max(degree, 1)) for i in range(degree + 1)]
    found = []
    for here in points:
        polynomial = [Fraction(1)]  # coefficients, the constant first
        for other in points:
            if other != here:
                by = [-other / (here - other), 1 / (here - other)]
                polynomial = [
                    sum((polynomial[i] * by[k - i] for i in range(len(polynomial)) if 0 <= k - i < 2), Fraction(0))
                    for k in range(len(polynomial) + 1)
                ]
        found.append((here, sum((c / (k + 1) for k, c in enumerate(polynomial)), Fraction(0))))
    return found


def near(value: float, exact: Fraction, tolerance: float = 1e-12) -> bool:
    return abs(Fraction(float(value)) - exact) <= tolerance
