"""Parameters of means for one block: numbers where all customers share them, rows where data are missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.program import MeanRows, Program

Array = NDArray[Any]
Operand = Any


def mean_rows(weights: Sequence[Operand], *, drawn: bool) -> list[Operand]:
    """Return the parameter rows of one mean: its weights, their sum, its draws (see `MeanRows`) where they are read.

    The sum is taken in the order in which the mean adds its children, so that a mean of ones is exactly one.
    """
    total = weights[0]
    for weight in weights[1:]:
        total = total + weight
    if not drawn:
        return [*weights, total, *[None] * (len(weights) - 1)]
    draws: list[Operand] = []
    rest = weights[-1]
    for weight in reversed(weights[:-1]):
        rest = rest + weight
        # Where nothing is left to draw from, the draw is never asked for.
        draws.append(np.divide(weight, rest, out=np.zeros_like(rest), where=rest > 0))
    return [*weights, total, *reversed(draws)]


def cell_parameters(program: Program, weights: Callable[[int], Sequence[Operand]]) -> list[Operand]:
    """Return every parameter row with all children present; `weights` gives those of a mean."""
    rows: list[Operand] = []
    for number in range(len(program.means)):
        rows.extend(mean_rows(weights(number), drawn=number in program.drawn))
    return rows


def present_parameters(
    program: Program, weights: Callable[[int], Sequence[Operand]], absent: dict[int, Array]
) -> list[Operand]:
    """Return every parameter row where the leaf rows of `absent` skip for some customers.

    A child counts as absent where all its leaves are. Absent children are dropped and the others take their
    weight; where all are absent none is dropped (docs/meaning, clause 2.5).
    """
    rows: list[Operand] = []
    for number, mean in enumerate(program.means):
        present = _present_weights(mean, weights(number), absent)
        rows.extend(mean_rows(present, drawn=number in program.drawn))
    return rows


def _present_weights(mean: MeanRows, weights: Sequence[Operand], absent: dict[int, Array]) -> Sequence[Operand]:
    gone = [_all_absent(leaves, absent) for leaves in mean.presence]
    if all(mask is None for mask in gone):
        return weights
    known = [mask for mask in gone if mask is not None]
    if len(known) == len(gone):
        nobody = np.logical_and.reduce(known)
        gone = [mask & ~nobody for mask in known]
    return [
        weight if mask is None else np.where(mask, weight.dtype.type(0), weight)
        for weight, mask in zip(weights, gone, strict=True)
    ]


def _all_absent(leaves: Sequence[int], absent: dict[int, Array]) -> Array | None:
    """Return where all the leaves are absent, or None where some leaf always counts."""
    if any(leaf not in absent for leaf in leaves):
        return None
    found: Array = np.logical_and.reduce([absent[leaf] for leaf in leaves])
    return found
