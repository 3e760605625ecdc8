"""A side of a program run instruction by instruction, for programs too long to write out; its parameter rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from outcomegap.model.gate import NumericGate
from outcomegap.program import Op, Program, Side, mean_rows


def value(program: Program, side: Side, a: Sequence[float], p: Sequence[float | None]) -> float:
    """Return R, or E.

    Parameters
    ----------
    program, side
        What to run.
    a
        Attainments, one a step row.
    p
        Parameter rows.
    """
    code = side.code
    v: list[float] = [*a, *p, *[0.0] * len(code), 1.0, 0.0]  # type: ignore[list-item]  # one and zero stand last
    for number, (op, args) in enumerate(code, start=side.base):
        if op is Op.BOTH:
            v[number] = v[args[0]] * v[args[1]]
        elif op is Op.EITHER:
            v[number] = (1.0 - v[args[0]]) * v[args[1]] + v[args[0]]
        elif op is Op.CHOOSE:
            v[number] = (v[args[1]] - v[args[2]]) * v[args[0]] + v[args[2]]
        elif op is Op.NUMERIC:
            v[number] = forward(program.numerics[args[0]], *[v[arg] for arg in args[1:]])
        else:
            rows = program.means[args[0]]
            found = v[args[1]] * v[rows.first]
            for child in range(1, rows.size):
                found += v[args[child + 1]] * v[rows.first + child]
            v[number] = found / v[rows.total]
    return v[side.root]


def forward(gate: NumericGate, *values: float) -> float:
    """Return the value of a numeric gate, as it is for a customer in a crowd."""
    return float(gate.forward([np.array([value]) for value in values])[0])


def parameters(
    program: Program, weights: Sequence[Sequence[float]], absent: Collection[int] = ()
) -> list[float | None]:
    """Return every parameter row; None for draws that no instruction reads.

    Parameters
    ----------
    program
        The program.
    weights
        The full weights of each mean.
    absent
        Step rows that are missing and skip. A child whose steps are all absent is dropped and the others take its
        weight; where all children are absent none is dropped (docs/meaning, clause 2.5).
    """
    rows: list[float | None] = []
    for number, mean in enumerate(program.means):
        gone = [all(step in absent for step in steps) for steps in mean.presence]
        present = [w * (all(gone) or not dropped) for w, dropped in zip(weights[number], gone, strict=True)]
        # Where nothing is left to draw from, the draw is never asked for.
        rows += mean_rows(present, lambda w, rest: w / rest if rest > 0 else 0.0, drawn=number in program.drawn)
    return rows
