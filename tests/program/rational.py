"""Programs carried out in exact rational arithmetic, instruction by instruction."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from outcomegap.model import Step
from outcomegap.model.gate import steps_of
from outcomegap.program import Op, Program, Side
from outcomegap.program.compile import compile_outcome
from tests.model.make import desired

Point = Mapping[Step, Fraction]


def program_of(needs: Any, expects: Any = None) -> Program:
    """Compile one desired outcome by itself."""
    outcome = desired(needs, expects)
    return compile_outcome(outcome, steps_of(outcome.required.needs, outcome.experience.expects))


def steps_in(program: Program) -> tuple[Step, ...]:
    every = steps_of(program.outcome.required.needs, program.outcome.experience.expects)
    return tuple(every[position] for position in program.steps)


def parameters(program: Program) -> list[Fraction]:
    """The rows of all means and of the draws of weights, with full weights that are the same in every cell."""
    rows: dict[int, Fraction] = {}
    for mean in program.means:
        weights = [Fraction(w) for w in mean.gate.weights]
        draws = [weights[i] / sum(weights[i:]) for i in range(len(weights) - 1)]
        rows |= enumerate([*weights, sum(weights), *draws], start=mean.first)
    rows |= {draw.row: Fraction(draw.chance(Fraction(draw.weight))) for draw in program.draws}
    first = len(program.steps)
    assert sorted(rows) == [*range(first, first + program.parameters)]
    return [rows[row] for row in sorted(rows)]


def required(program: Program, point: Point) -> Fraction:
    """R at a point."""
    return value(program, program.required, point)


def value(program: Program, side: Side, point: Point) -> Fraction:
    """R or E at a point; steps that the point does not name hold."""
    v: list[Fraction] = [Fraction(point.get(step, 1)) for step in steps_in(program)] + parameters(program)
    v += [Fraction(0)] * (side.base - len(v))

    def at(number: int) -> Fraction:
        return {-1: Fraction(0), -2: Fraction(1)}[number] if number < 0 else v[number]

    for op, args in side.code:
        if op is Op.MEAN:
            mean = program.means[args[0]]
            pairs = zip(range(mean.first, mean.total), args[1:], strict=True)
            v.append(sum((v[w] * at(a) for w, a in pairs), Fraction(0)) / v[mean.total])
            continue
        a, *rest = map(at, args)
        if op is Op.BOTH:
            v.append(a * rest[0])
        elif op is Op.EITHER:
            v.append(a + (1 - a) * rest[0])
        else:
            assert op is Op.CHOOSE
            v.append(rest[1] + a * (rest[0] - rest[1]))
    return at(side.root)


def degree_along(f: Any, bound: int) -> int:
    """The degree of a polynomial, from exact differences of its values at 0, 1, ..., bound + 2."""
    values = [f(Fraction(t)) for t in range(bound + 3)]
    degree = -1
    order = 0
    while values:
        if any(values):
            degree = order
        values = [b - a for a, b in pairwise(values)]
        order += 1
    return degree
