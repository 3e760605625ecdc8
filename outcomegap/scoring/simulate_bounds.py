"""Simulated floors and targets that customers bring along themselves: never equal to the other end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.model import Cell, Column, Measure, OutcomeModel, Step
from outcomegap.model.values import Scalar, at
from outcomegap.model.walk import steps_of

Array = NDArray[np.float64]
Bound = Scalar
#: Where between its ends a customer's own bound may lie: apart from both.
INSIDE = (0.2, 0.9)
#: How often ends that fell together are moved apart at most: a move may meet the end of another step.
PASSES = 8


@attrs.frozen
class _Use:
    """One step in one cell that takes its floor or target from a column."""

    cell: int
    step: Step
    floor: Scalar
    target: Scalar


def own_columns(model: OutcomeModel, place: NDArray[np.int64], draw: Callable[[str], Array]) -> dict[str, Array]:
    """Draw every column that floors and targets are taken from.

    Parameters
    ----------
    model
        The model.
    place
        Position of each customer's cell.
    draw
        Gives a column's uniform numbers in [0, 1), one a customer.

    Returns
    -------
    dict
        A finite value a customer and column, within the hard limits where a measure has the column's name.
    """
    uses = list(_uses(model))
    limits = {measure.name: measure for measure in model.measures}
    own: dict[str, Array] = {}
    for name in model.columns:
        spans = _spans(name, uses, len(model.cells))
        low, high = spans[:, 0][place], spans[:, 1][place]
        inside = draw(name)
        own[name] = _within(limits.get(name), low * (1 - inside) + high * inside)
    for _ in range(PASSES):
        moved = [_separate(use, place == use.cell, own, limits) for use in uses]
        if not any(moved):
            break
    return own


def _uses(model: OutcomeModel) -> Iterator[_Use]:
    for number, cell in enumerate(model.cells):
        for step in (*_steps(model, cell), *model.observed_by):
            floor, target = (at(value, cell.segment, cell.stage) for value in (step.floor, step.target))
            if floor is not None and target is not None and (isinstance(floor, Column) or isinstance(target, Column)):
                yield _Use(number, step, floor, target)


def _steps(model: OutcomeModel, cell: Cell) -> tuple[Step, ...]:
    outcome = model.outcome(cell)
    return steps_of(outcome.required.needs, outcome.experience.expects)


def _spans(name: str, uses: list[_Use], cells: int) -> Array:
    """Return between what a column lies in each cell; where no step takes it, as in another cell."""
    found = {use.cell: _span(name, use) for use in reversed(uses) if Column(name) in (use.floor, use.target)}
    other = next(iter(found.values()), (0.0, 1.0))
    return np.array([found.get(cell, other) for cell in range(cells)])


def _span(name: str, use: _Use) -> tuple[float, float]:
    low, high = use.step.measure.low, use.step.measure.high
    ends = [end for end in (use.floor, use.target) if end != Column(name)]
    if ends and not isinstance(ends[0], Column):
        anchor, far = ends[0], _far(ends[0], low, high)
        start, stop = INSIDE
    else:  # both ends are columns: floors in the lower part, targets in the upper
        anchor = low if low is not None else 0.0 if high is None else high - max(abs(high), 1.0)
        far = high if high is not None else anchor + max(abs(anchor), 1.0)
        start, stop = (0.0, 0.4) if use.floor == Column(name) else (0.5, 0.9)
    return anchor * (1 - start) + far * start, anchor * (1 - stop) + far * stop


def _far(anchor: float, low: float | None, high: float | None) -> float:
    """Return a number on the side of `anchor` where there is more room: a hard limit, or as far as itself."""
    if low is not None and anchor > low and (high is None or anchor - low >= high - anchor):
        return low
    if high is not None and anchor < high:
        return high
    room = max(abs(anchor), 1.0)
    far = anchor - room if high is not None else anchor + room
    return far if math.isfinite(far) else anchor / 2


def _within(measure: Measure | None, values: Array) -> Array:
    return values if measure is None else np.clip(values, measure.low, measure.high)


def _separate(use: _Use, here: NDArray[np.bool_], own: dict[str, Array], limits: dict[str, Measure]) -> bool:
    """Move a column away from the other end where both fell together; tell whether any did."""
    floor, target = (own[end.name] if isinstance(end, Column) else end for end in (use.floor, use.target))
    rows = np.flatnonzero(here & (floor == target))
    if not len(rows):
        return False
    name = next(end.name for end in (use.target, use.floor) if isinstance(end, Column))
    values = own[name][rows]
    nudge = 1e-3 * np.maximum(1.0, np.abs(values))
    measure = limits.get(name)
    if measure is not None and measure.high is not None:
        if measure.low is not None:
            nudge = np.minimum(nudge, (measure.high - measure.low) / 4)
        nudge = np.where(values + nudge > measure.high, -nudge, nudge)
    own[name][rows] = values + nudge
    return True
