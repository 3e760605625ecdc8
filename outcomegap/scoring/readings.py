"""What was read of customers for one step each: the value, and the floor and target that hold for that customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.program import NO_COLUMN
from outcomegap.scoring.next_gaps import NONE
from outcomegap.scoring.wording import stands_at

if TYPE_CHECKING:
    from outcomegap.scoring.scores import Scores

Array = NDArray[Any]


@attrs.frozen(eq=False)
class Readings:
    """One value, floor and target a customer, each for a step of its own; NaN where missing.

    Parameters
    ----------
    step
        Position of the step, or `NONE`.
    value, floor, target
        In the unit of the step's measure.
    units
        By step.
    absent
        For each customer the columns that are empty, for which the step is missing; None where it is observed.
    """

    step: NDArray[np.int64]
    value: Array
    floor: Array
    target: Array
    units: tuple[str | None, ...]
    absent: Array

    def said(self) -> list[str | None]:
        """Say how far each value is from its target; None without a step, or where it is missing."""
        known = (self.step != NONE) & ~np.isnan(self.value + self.floor + self.target)
        units = np.array([*self.units, None], dtype=object)[self.step]
        columns = (known, self.value, self.floor, self.target, units)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return [stands_at(value, floor, target, unit) if there else None for there, value, floor, target, unit in rows]


def readings(scores: Scores, rows: Array, step: Array) -> Readings:
    """Look up what was read of some customers, for one step each that the customer's cell has (or `NONE`)."""
    compiled, batch = scores.scorer.compiled, scores.batch
    value, floor, target = (np.full(len(rows), np.nan) for _ in range(3))
    absent = np.full(len(rows), None, dtype=object)
    for number in np.unique(step[step != NONE]).tolist():
        measure = compiled.measure_of[compiled.model.steps[number]]
        here = np.flatnonzero(step == number)
        value[here] = batch.columns[measure][rows[here]]
        absent[here[np.isnan(value[here])]] = compiled.model.measures[measure].name
        customers = rows[here]
        for bounds, out in ((compiled.floor, floor), (compiled.target, target)):
            out[here] = bounds.at(number, batch.cells[customers], batch.own, customers)
            column = bounds.columns[number, batch.cells[customers]]
            for place, which in zip(here.tolist(), column.tolist(), strict=True):
                if which != NO_COLUMN and np.isnan(out[place]):
                    absent[place] = ", ".join(
                        dict.fromkeys([*filter(None, [absent[place]]), compiled.model.columns[which]])
                    )
    return Readings(step, value, floor, target, tuple(each.measure.unit for each in compiled.model.steps), absent)
