"""Parameter rows of means for one customer, as plain numbers (see `MeanRows`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from outcomegap.program import MeanRows, Program

Weights = Callable[[int], Sequence[float]]


def parameters(program: Program, weights: Weights, absent: Collection[int] = ()) -> list[float | None]:
    """Return every parameter row; None for draws that no instruction reads.

    Parameters
    ----------
    program
        The program.
    weights
        Gives the full weights of a mean, by its number.
    absent
        Step rows that are missing and skip. A child whose steps are all absent is dropped and the others take its
        weight; where all children are absent none is dropped (docs/meaning, clause 2.5).
    """
    rows: list[float | None] = []
    for number, mean in enumerate(program.means):
        present = _present(mean, weights(number), absent) if absent else weights(number)
        rows.extend(_mean_rows(present, drawn=number in program.drawn))
    return rows


def _present(mean: MeanRows, weights: Sequence[float], absent: Collection[int]) -> Sequence[float]:
    gone = [all(step in absent for step in steps) for steps in mean.presence]
    if all(gone):
        return weights
    return [0.0 if dropped else weight for weight, dropped in zip(weights, gone, strict=True)]


def _mean_rows(weights: Sequence[float], *, drawn: bool) -> list[float | None]:
    total = weights[0]
    for weight in weights[1:]:
        total += weight
    if not drawn:
        return [*weights, total, *[None] * (len(weights) - 1)]
    draws: list[float] = []
    rest = weights[-1]
    for weight in reversed(weights[:-1]):
        rest += weight
        # Where nothing is left to draw from, the draw is never asked for.
        draws.append(weight / rest if rest > 0 else 0.0)
    return [*weights, total, *reversed(draws)]
