"""Attribution, leverage, and what is worth finding out: gradients of the success graph, block by block.

Every function here fills a matrix of shape (steps of the model, customers) and returns it transposed, so that
the values of one step lie together in memory. A step that a customer's cell does not have stays 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import Batch, NumpyBlocks, Work
from outcomegap.explanation.quadrature import nodes_of
from outcomegap.model.model import PRODUCT

Array = NDArray[Any]
Operand = Any


def attribution(engine: NumpyBlocks, batch: Batch) -> Array:
    """Split each customer's gap over the steps; the parts sum to it, where R and E are linear in each step.

    1 - R goes to the steps of R by their Shapley values, R (1 - E) to the steps of E by theirs times R: the
    precedence-constrained Shapley value (Faigle & Kern, International Journal of Game Theory 21, 1992). For a
    multilinear function the Shapley value is the integral of the gradient along the straight line from
    all-attained to the customer (Owen, Management Science 18, 1972). Of another function it is what Aumann & Shapley
    (Values of Non-Atomic Games, 1974) make of it, here but for the error of the integral. Where R and E are not joined
    as a product, each side's parts are scaled to what the rule says that the side makes of the gap.

    Returns
    -------
    array of shape (customers, steps)
    """

    def task(work: Work, out: Array) -> None:
        scales = work.program.outcome.join.scales(work.value(0), work.value(1))
        for side, scale in enumerate(scales):
            _write(work, out, _line(work, side), scale)

    return _each(engine, batch, task)


def leverage(engine: NumpyBlocks, batch: Batch, *, gain: bool = False) -> Array:
    """Derivative of D by each attainment (Birnbaum 1969); with `gain` what closing the step alone would add to D.

    Where D is linear in each step, that is exactly (1 - a) dD/da; else D is computed again with the step at 1. Where a
    gate or a join has a corner, the derivative is one of those between the two sides (a subgradient).

    Returns
    -------
    array of shape (customers, steps)
    """

    def task(work: Work, out: Array) -> None:
        rows = work.attained.rows
        (r, by_required), (e, by_experience) = (work.gradient(side) for side in (0, 1))
        again = gain and not work.program.plain
        for side, (slopes, other) in enumerate(
            zip((by_required, by_experience), work.program.outcome.join.slopes(r, e), strict=True)
        ):
            if again:
                _write(work, out, _gains(work, side, (r, e), slopes), 1.0)
                continue
            scaled = {step: slope * other for step, slope in slopes.items()}
            if gain:
                scaled = {step: slope * (1.0 - rows[step]) for step, slope in scaled.items()}
            _write(work, out, scaled, 1.0)

    return _each(engine, batch, task)


def _gains(work: Work, side: int, sides: tuple[Operand, Operand], slopes: dict[int, Operand]) -> dict[int, Operand]:
    """Return for each step row what D gains if it is fully attained, whatever the gates and the join."""
    desired, rows, passes = work.program.outcome.join.desired, work.attained.rows, work.passes[side]
    sides = (np.array(sides[0]), np.array(sides[1]))
    now, found = desired(*sides), {}
    for step, slope in slopes.items():
        closed = list(sides)
        if step in passes.side.curved:
            with_it = [np.ones_like(row) if number == step else row for number, row in enumerate(rows)]
            closed[side] = work.value(side, with_it)
        else:
            closed[side] = sides[side] + slope * (1.0 - rows[step])
        found[step] = desired(*closed) - now
    return found


def unknown(engine: NumpyBlocks, batch: Batch) -> Array:
    """For each missing step, D if it turned out fully attained less D if nothing of it were; 0 elsewhere.

    The step counts as present in both; what else is missing stays as it is.

    Returns
    -------
    array of shape (customers, steps)
    """

    def task(work: Work, out: Array) -> None:
        registers = work.room("registers", max(p.registers for p in work.passes) + 1)
        rows, join = work.attained.rows, work.program.outcome.join
        point = [work.value(0), work.value(1)]
        for side, passes in enumerate(work.passes):
            for step in passes.side.steps:
                mask = work.attained.missing[step]
                if mask is None:
                    continue
                kept = rows[step].copy()
                parameters = work.present_but(step)
                ends: list[Array] = []
                for value in (0.0, 1.0):
                    np.copyto(rows[step], value, where=mask)
                    ends.append(np.array(passes.forward(rows, parameters, registers)))
                rows[step][:] = kept
                if join == PRODUCT:
                    _write(work, out, {step: np.where(mask, ends[1] - ends[0], 0.0)}, point[1 - side])
                    continue
                low, high = (join.desired(*((end, point[1]) if side == 0 else (point[0], end))) for end in ends)
                _write(work, out, {step: np.where(mask, high - low, 0.0)}, 1.0)

    return _each(engine, batch, task)


def observed(engine: NumpyBlocks, batch: Batch) -> NDArray[np.bool_]:
    """Tell which steps are observed, shape (customers, steps); False where the cell does not have the step."""
    out = np.zeros((len(engine.compiled.model.steps), len(batch)), dtype=bool)

    def task(work: Work) -> None:
        for row, step in enumerate(work.program.steps):
            mask = work.attained.missing[row]
            out[step, work.block.rows] = True if mask is None else ~mask

    engine.each(batch, _live(engine, passes_of=1), task)
    return out.T


def attainment(engine: NumpyBlocks, batch: Batch, *, stand_in: bool = False) -> Array:
    """Return the attainment of each step, shape (customers, steps): NaN where it is not of the cell.

    Where it is missing it is NaN as well, or with `stand_in` what the model puts there.
    """
    out = np.full((len(engine.compiled.model.steps), len(batch)), np.nan, dtype=engine.dtype)

    def task(work: Work) -> None:
        for row, step in enumerate(work.program.steps):
            mask = work.attained.missing[row]
            values = work.attained.rows[row]
            out[step, work.block.rows] = values if mask is None or stand_in else np.where(mask, np.nan, values)

    engine.each(batch, _live(engine, passes_of=1), task)
    return out.T


def side_at(engine: NumpyBlocks, batch: Batch, side: int, attained: Array) -> Array:
    """Return R (side 0) or E (side 1) of each customer at other attainments, shape (customers, steps).

    What is missing stays missing; NaN for who has no cell.
    """
    out = np.full(len(batch), np.nan, dtype=engine.dtype)

    def task(work: Work) -> None:
        rows = work.block.rows
        out[rows] = work.value(side, [attained[rows, step] for step in work.program.steps])

    engine.each(batch, _live(engine, passes_of=2), task)
    return out


def _each(engine: NumpyBlocks, batch: Batch, task: Callable[[Work, Array], None]) -> Array:
    out = np.zeros((len(engine.compiled.model.steps), len(batch)), dtype=engine.dtype)
    engine.each(batch, _live(engine, passes_of=3), lambda work: task(work, out))
    return out.T


def _live(engine: NumpyBlocks, passes_of: int) -> list[int]:
    return [passes_of * len(p.steps) + 2 * p.size + 4 for p in engine.compiled.programs]


def _write(work: Work, out: Array, parts: dict[int, Operand], scale: Operand) -> None:
    rows = work.block.rows
    for row, part in parts.items():
        here = out[work.program.steps[row]]
        if isinstance(rows, slice):
            np.multiply(part, scale, out=here[rows], casting="same_kind")
        else:
            here[rows] = part * scale


def _line(work: Work, side: int) -> dict[int, Operand]:
    """Return each step's part of what a side lacks: the gradient integrated along the line."""
    ends, steps = work.attained.rows, work.passes[side].side.steps
    lack, sums, buffers = (
        dict(zip(steps, work.room(name, len(steps)), strict=True)) for name in ("lack", "sums", "between")
    )
    for step in steps:
        np.subtract(1.0, ends[step], out=lack[step])
    between = [buffers.get(row, end) for row, end in enumerate(ends)]
    parts: dict[int, Operand] = {}
    for t, weight in zip(*nodes_of(work.passes[side].side), strict=True):
        for step, missing in lack.items():
            np.multiply(missing, -t, out=between[step], casting="same_kind")
            np.add(between[step], 1.0, out=between[step])
        for step, slope in work.gradient(side, between)[1].items():
            stretch = between[step] if step in parts else sums[step]
            np.multiply(slope, weight, out=stretch, casting="same_kind")
            parts[step] = np.add(sums[step], stretch, out=sums[step]) if step in parts else stretch
    for step, total in parts.items():
        np.multiply(total, lack[step], out=total)
    return parts
