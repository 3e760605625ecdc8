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
from outcomegap.engines.numpy_blocks.passes import SidePasses
from outcomegap.explanation.quadrature import nodes_of
from outcomegap.model.join import PRODUCT

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
        scales = work.program.outcome.join.scales(*_points(work))
        for passes, scale in zip(work.passes, scales, strict=True):
            _write(work, out, _line(work, passes), scale)

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
        (r, by_required), (e, by_experience) = (_gradient(work, side) for side in (0, 1))
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
    registers = work.room("registers", passes.registers + 1)
    for step, slope in slopes.items():
        closed = list(sides)
        if step in passes.side.curved:
            with_it = [np.ones_like(row) if number == step else row for number, row in enumerate(rows)]
            closed[side] = np.array(passes.forward(with_it, work.present, registers))
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
        point = _points(work)
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


def attainment(engine: NumpyBlocks, batch: Batch) -> Array:
    """Return the attainment of each step, shape (customers, steps): NaN where missing or not of the cell."""
    out = np.full((len(engine.compiled.model.steps), len(batch)), np.nan, dtype=engine.dtype)

    def task(work: Work) -> None:
        for row, step in enumerate(work.program.steps):
            mask = work.attained.missing[row]
            values = work.attained.rows[row]
            out[step, work.block.rows] = values if mask is None else np.where(mask, np.nan, values)

    engine.each(batch, _live(engine, passes_of=1), task)
    return out.T


def _each(engine: NumpyBlocks, batch: Batch, task: Callable[[Work, Array], None]) -> Array:
    out = np.zeros((len(engine.compiled.model.steps), len(batch)), dtype=engine.dtype)
    engine.each(batch, _live(engine, passes_of=3), lambda work: task(work, out))
    return out.T


def _live(engine: NumpyBlocks, passes_of: int) -> list[int]:
    return [passes_of * len(p.steps) + 2 * p.size + 4 for p in engine.compiled.programs]


def _write(work: Work, out: Array, parts: dict[int, Operand], scale: Operand) -> None:
    for row, part in parts.items():
        out[work.program.steps[row], work.block.rows] = part * scale


def _gradient(work: Work, side: int) -> tuple[Operand, dict[int, Operand]]:
    """Return the value of a side and its derivative by each step row."""
    passes = work.passes[side]
    # Both sides are used together, so each has buffers of its own.
    values = passes.values(work.attained.rows, work.present, work.room(f"values {side}", len(passes.side.code) + 1))
    adjoints = work.room(f"adjoints {side}", passes.steps + len(passes.side.code) + 2)
    return values[passes.side.root], passes.reverse(values, adjoints)


def _points(work: Work) -> list[Array]:
    """Return R and E."""
    registers = work.room("registers", max(p.registers for p in work.passes) + 1)
    return [np.array(p.forward(work.attained.rows, work.present, registers)) for p in work.passes]


def _line(work: Work, passes: SidePasses) -> dict[int, Operand]:
    """Return each step's part of what a side lacks: the gradient integrated along the line."""
    ends = work.attained.rows
    count = len(passes.side.steps)
    lack = dict(zip(passes.side.steps, work.room("lack", count), strict=True))
    sums = dict(zip(passes.side.steps, work.room("sums", count), strict=True))
    between = list(ends)
    for step, buffer in zip(passes.side.steps, work.room("between", count), strict=True):
        np.subtract(1.0, ends[step], out=lack[step])
        between[step] = buffer
    parts: dict[int, Operand] = {}
    registers = work.room("values", len(passes.side.code) + 1)
    adjoints = work.room("adjoints", passes.steps + len(passes.side.code) + 2)
    for t, weight in zip(*nodes_of(passes.side), strict=True):
        for step, missing in lack.items():
            np.multiply(missing, -t, out=between[step], casting="same_kind")
            np.add(between[step], 1.0, out=between[step])
        values = passes.values(between, work.present, registers)
        for step, slope in passes.reverse(values, adjoints).items():
            stretch = between[step] if step in parts else sums[step]
            np.multiply(slope, weight, out=stretch, casting="same_kind")
            parts[step] = np.add(sums[step], stretch, out=sums[step]) if step in parts else stretch
    for step, total in parts.items():
        np.multiply(total, lack[step], out=total)
    return parts
