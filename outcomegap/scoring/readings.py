"""What was read of customers for one step each: the value, and the floor and target that hold for that customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.program import NO_COLUMN, Bounds
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
        program_of = compiled.program_of[batch.cells[rows[here]]]
        for program in np.unique(program_of).tolist():
            some = here[program_of == program]
            row = compiled.programs[program].steps.index(number)
            for bounds, out in ((compiled.tables[program].floor, floor), (compiled.tables[program].target, target)):
                out[some], column = _bound(scores, bounds, row, rows[some])
                for place in some[np.isnan(out[some]) & (column != NO_COLUMN)].tolist():
                    name = compiled.model.columns[int(column[np.searchsorted(some, place)])]
                    absent[place] = ", ".join(dict.fromkeys([*filter(None, [absent[place]]), name]))
    return Readings(step, value, floor, target, tuple(each.measure.unit for each in compiled.model.steps), absent)


def _bound(scores: Scores, bounds: Bounds, row: int, customers: Array) -> tuple[Array, Array]:
    """Return floors, or targets, and the columns that they come from."""
    batch, cells = scores.batch, scores.batch.cells[customers]
    values, columns = bounds.numbers[row, cells], bounds.columns[row, cells]
    for column in np.unique(columns[columns != NO_COLUMN]).tolist():
        values[columns == column] = batch.own[column][customers[columns == column]]
    return values, columns
