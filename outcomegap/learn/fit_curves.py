"""Curves while they are fitted: one for each step, straight between knots, shared by all cells.

How far a customer has come with a step, z, is told by the floor and target that the model gives the customer's cell:
0 at the floor, 1 at the target, and beyond. So what the modeller said of differences between cells stays. A curve rises
from 0 at its first knot to 1 at its last by increments of 0 or more, divided by their sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.model.custom import Curve
from outcomegap.model.declaration import Cell, Column, PerCell, in_cells, per_cell
from outcomegap.model.model import OutcomeModel
from outcomegap.model.step import NAMED, Knots, Step
from outcomegap.program import ends_of
from outcomegap.scoring.customers import Customers

Array = NDArray[Any]
#: Steps with at most so many different values have a knot at each; others at these quantiles.
FEW = 12
QUANTILES = (0.005, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 0.995)
#: Which part of the first increments is even, so that each piece of a curve can rise from the start.
EVEN = 0.2
#: Below this a fitted curve counts as 0, from one less this it counts as 1; so near to a line it is straight.
ZERO, STRAIGHT = 0.01, 0.05
#: Decimals of what people read: of shares; of the distance between floor and target.
DIGITS = 3


@attrs.frozen(eq=False)
class Places:
    """Where customers stand on the curve of one step.

    Parameters
    ----------
    knots
        The values of z at the knots; one knot alone where the step never varies.
    fixed
        The attainment of all where there is one knot alone.
    first
        The increments that the model's own curve has between the knots; they sum to 1.
    index, part
        For each customer the knot at or before z, and how far z is on the way to the next; who lacks the step is one
        beyond the last knot.
    """

    knots: Array
    fixed: float
    first: Array
    index: NDArray[np.int64]
    part: Array

    @property
    def size(self) -> int:
        """How many increments the curve has."""
        return len(self.knots) - 1

    def values(self, increments: Array) -> Array:
        """Return the curve's values at the knots."""
        if not self.size:
            return np.array([self.fixed])
        rising = np.concatenate([[0.0], np.cumsum(increments)])
        values: Array = rising / rising[-1]
        return values

    def reached(self) -> bool:
        """Return whether most customers have all of the step."""
        return bool(np.median(np.append(self.values(self.first), 0.0)[self.index]) >= 1.0)

    def slopes(self, increments: Array, by_value: Array) -> Array:
        """Return derivatives by the increments, of those by the values at the knots."""
        values = self.values(increments)
        after = np.cumsum(by_value[::-1], axis=0)[::-1][1:]
        found: Array = (after - values @ by_value) / increments.sum()
        return found


def places(customers: Customers, number: int) -> Places:
    """Find where customers stand on the curve of a step."""
    step = customers.subject.steps[number]
    value = customers.read(number, np.arange(len(customers)))[0]
    floor, target = ends_of(customers.floor, customers.target, number, step.way, customers.cells, customers.own)
    with np.errstate(all="ignore"):
        z = (value - floor) / (target - floor) + 0.0
    if own(step):
        z = np.clip(z, 0.0, 1.0)
    known = ~np.isnan(z)
    knots = np.unique(z[known])
    if len(knots) > FEW:
        knots = np.unique(np.quantile(z[known], QUANTILES))
    if len(knots) < 2:
        fixed = float(step.curve.value(np.clip(knots, 0.0, 1.0))[0]) if len(knots) else 0.5
        return Places(np.zeros(1), fixed, np.empty(0), np.where(known, 0, 1), 0.0 * known)
    inside = np.clip(np.where(known, z, knots[0]), knots[0], knots[-1])
    index = np.clip(np.searchsorted(knots, inside, side="right") - 1, 0, len(knots) - 1)
    part = (inside - knots[index]) / np.append(np.diff(knots), 1.0)[index]
    rise = np.diff(step.curve.value(np.clip(knots, 0.0, 1.0)))
    even = np.full(len(rise), 1.0 / len(rise))
    first = even if rise.sum() <= 0 else (1.0 - EVEN) * rise / rise.sum() + EVEN * even
    return Places(knots, 0.0, first, np.where(known, index, len(knots)), part)


def own(step: Step) -> bool:
    """Return whether customers bring the floor or the target of a step along."""
    values = (each for end in (step.floor, step.target) for each in (end if isinstance(end, PerCell) else [end]))
    return any(isinstance(each, Column) for each in values)


def alike(model: OutcomeModel) -> OutcomeModel:
    """Return a model whose steps have the floor and target in all cells that most cells have.

    Where they differ, what is fitted to some cells might lie beyond what the measure can be in others.
    """
    step_of = {}
    for step in model.steps:
        ends = Counter(zip(*(in_cells(end, model.cells) for end in (step.floor, step.target)), strict=True))
        if len(ends) > 1 and not own(step):
            floor, target = ends.most_common(1)[0][0]
            step_of[step] = attrs.evolve(step, floor=floor, target=target)
    return model.remade(step_of)


def fitted_step(step: Step, at: Places, increments: Array, missing: float | None, cells: Sequence[Cell]) -> Step:
    """Return a step with the fitted floor, target, curve and number for a missing value.

    The floor is the last knot at which the curve is about 0, the target the first at which it is about 1; between them
    it is a line where it is near one.
    """
    values, knots = at.values(increments), at.knots
    stands: dict[str, Any] = {} if missing is None else {"missing": round(missing, DIGITS)}
    if not at.size:
        return attrs.evolve(step, **stands)
    low = int(np.flatnonzero(values <= ZERO)[-1])
    high = int(np.flatnonzero(values >= 1.0 - ZERO)[0])
    if own(step):
        inside = [(0.0, 0.0), *zip(knots[low : high + 1], values[low : high + 1], strict=True), (1.0, 1.0)]
        return attrs.evolve(step, curve=curve_of(*np.array(inside).T), **stands)
    ends = [in_cells(end, cells) for end in (step.floor, step.target)]
    floors, targets = np.array(ends, dtype=np.float64)
    floor, target = (floors + knots[at_knot] * (targets - floors) for at_knot in (low, high))
    digits = DIGITS - np.floor(np.log10(np.abs(target - floor))).astype(int)
    rounded = [
        by_cell(cells, [round(float(each), int(d)) for each, d in zip(end, digits, strict=True)])
        for end in (floor, target)
    ]
    curve = curve_of(knots[low : high + 1], values[low : high + 1])
    return attrs.evolve(step, floor=rounded[0], target=rounded[1], curve=curve, **stands)


def curve_of(z: Array, values: Array) -> Curve:
    """Return the curve through points, from the first to the last."""
    far, rise = (each - each[0] for each in (z, values))
    far, rise = far / far[-1], rise / rise[-1]
    if np.abs(far - rise).max() <= STRAIGHT:
        return NAMED["linear"]
    points = {round(x, DIGITS + 1): round(y, DIGITS) for x, y in zip(far.tolist(), rise.tolist(), strict=True)}
    return Knots(tuple(points.items()))


def by_cell(cells: Sequence[Cell], values: Sequence[float]) -> float | PerCell:
    """Return one number, or numbers per cell with the most frequent as default, a segment at a time where it can be."""
    default = Counter(values).most_common(1)[0][0]
    of = {(cell.segment, cell.stage): value for cell, value in zip(cells, values, strict=True)}
    keys: dict[str, float] = {}
    for segment in dict.fromkeys(segment for segment, _ in of):
        here = {stage: value for (name, stage), value in of.items() if name == segment}
        if len({*here.values()}) == 1:
            keys[segment] = next(iter(here.values()))
        else:
            keys |= {f"{segment}/{stage}": value for stage, value in here.items()}
    if len({segment for segment, _ in of}) == 1:
        keys = {f"*/{stage}": value for (_, stage), value in of.items()}
    different = {key: value for key, value in keys.items() if value != default}
    return per_cell(default, different) if different else default
