"""The one place that resolves floors and targets: by cell, and for customers who bring theirs along."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.model.declaration import Cell, Column, Value, in_cells
from outcomegap.model.model import OutcomeModel
from outcomegap.model.step import Step

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]
#: Each customer's cell, or the one cell of all of them; where customers stand in the arrays of a batch.
Cells = NDArray[Any] | int
Rows = NDArray[Any] | slice
#: Stands where a floor or target comes from no column.
NO_COLUMN = -1
#: How far before a target of about zero nothing is attained, where all is attained at it: single precision holds it.
JUMP = 1e-30
LARGEST = np.finfo(np.float64).max


@attrs.frozen(eq=False)
class Bounds:
    """Floors, or targets, of some steps: what they are in each cell, and for each customer.

    A model has them as ``compiled.floor`` and ``compiled.target`` (over ``model.steps``). For a scorer from outside,
    or for steps that stand in no program, `floors_and_targets` makes them.

    Parameters
    ----------
    numbers
        By step and cell; NaN where the customer brings the value along, and where nothing is said.
    columns
        By step and cell the position of the customer's column among the ``columns`` of the model; else `NO_COLUMN`.

    Examples
    --------
    >>> import outcomegap as og
    >>> from outcomegap.program import compile_model
    >>> compiled = compile_model(og.gallery.load("email-marketing"))
    >>> step = [step.name for step in compiled.model.steps].index("support replies")
    >>> cells = np.array([0, 0, 3])  # each customer's cell
    >>> compiled.floor.at(step, cells, own=()), compiled.target.at(step, cells, own=())
    (array([48., 48., 48.]), array([24., 24.,  1.]))
    """

    numbers: Floats
    columns: Positions

    @classmethod
    def of(cls, values: Sequence[Value], cells: Sequence[Cell], columns: Sequence[str]) -> Bounds:
        """Look up each value in each cell; `columns` are the names of the columns that customers may bring along."""
        position: dict[str | None, int] = {name: number for number, name in enumerate(columns)}
        numbers = np.full((len(values), len(cells)), np.nan)
        positions = np.full((len(values), len(cells)), NO_COLUMN, dtype=np.int64)
        for row, value in enumerate(values):
            if isinstance(value, float):
                numbers[row] = value
                continue
            found = in_cells(value, cells)
            numbers[row] = [each if isinstance(each, float) else np.nan for each in found]
            if columns:
                named = (each.name if isinstance(each, Column) else None for each in found)
                positions[row] = [position.get(name, NO_COLUMN) for name in named]
        return cls(numbers, positions)

    @cached_property
    def own(self) -> NDArray[np.bool_]:
        """For each step, whether some cell takes the value from a column."""
        found: NDArray[np.bool_] = (self.columns != NO_COLUMN).any(axis=1)
        return found

    @cached_property
    def lacking(self) -> NDArray[np.bool_]:
        """By step and cell, whether there is neither a number nor a column."""
        found: NDArray[np.bool_] = np.isnan(self.numbers) & (self.columns == NO_COLUMN)
        return found

    def at(self, step: int, cells: Cells, own: Sequence[Floats | None], rows: Rows = slice(None)) -> Floats:
        """Return the floors, or targets, of customers for one step, in double precision.

        Parameters
        ----------
        step
            Position of the step.
        cells
            Position of each customer's cell, or the one cell of all of them.
        own
            What customers bring along: an array for each of the model's ``columns``, None for one that is not there.
        rows
            Where these customers stand in the arrays of `own`.

        Returns
        -------
        array, or float
            One number a customer, NaN where it is missing; one number where it is that of the one cell.
        """
        found: Floats = self.numbers[step, cells]
        if self.own[step]:
            columns = self.columns[step, cells]
            for position in np.unique(columns).tolist():
                if position != NO_COLUMN and (column := own[position]) is not None:
                    found = np.where(columns == position, column[rows], found)
        return found


def ends_of(
    floor: Bounds,
    target: Bounds,
    step: int,
    way: int,
    cells: Cells,
    own: Sequence[Floats | None],
    rows: Rows = slice(None),
) -> tuple[Floats, Floats]:
    """Return the floors and the targets that attainments of one step are computed from.

    They are those of `Bounds.at`, except where a customer's own end makes the target equal the floor, or lie beyond
    it. There the step is attained if the target is reached, else not at all: the floor is just before the target. If
    nobody says which way is better, and floor and target are equal, the floor is missing (docs/meaning, clause 2.2).

    Parameters
    ----------
    floor, target, step, cells, own, rows
        As in `Bounds.at`.
    way
        1 where more is better, -1 where less is, 0 if nobody says it: `Step.way`.

    Examples
    --------
    >>> floor, target = Bounds(np.array([[0.0]]), np.array([[-1]])), Bounds(np.array([[np.nan]]), np.array([[0]]))
    >>> low, high = ends_of(floor, target, 0, 1, np.zeros(3, dtype=int), [np.array([4.0, 0.0, -2.0])])
    >>> x = np.array([1.0, 0.0, -3.0])
    >>> np.clip((x - low) / (high - low), 0, 1)
    array([0.25, 1.  , 0.  ])
    """
    low, high = (bounds.at(step, cells, own, rows) for bounds in (floor, target))
    beyond = beyond_floor(floor, target, step, way, cells, low, high)
    if beyond is None or not beyond.any():
        return low, high
    if way == 0:
        return np.where(beyond, np.nan, low), high
    before = np.maximum(way * (high - np.nextafter(high, -way * np.inf)), JUMP)
    low = np.clip(np.where(beyond, high - way * before, low), -LARGEST, LARGEST)
    return low, np.where(low == high, np.nextafter(high, way * np.inf), high)  # no float is before the last one


def beyond_floor(
    floor: Bounds, target: Bounds, step: int, way: int, cells: Cells, low: Floats, high: Floats
) -> NDArray[np.bool_] | None:
    """Return where a customer's own end makes the target equal the floor, or lie beyond it; None if no end is own."""
    if not (floor.own[step] or target.own[step]):
        return None
    own = (floor.columns[step, cells] != NO_COLUMN) | (target.columns[step, cells] != NO_COLUMN)
    found: NDArray[np.bool_] = own & ((way * (high - low) <= 0) if way else (high == low))
    return found


def floors_and_targets(subject: OutcomeModel, steps: Sequence[Step] | None = None) -> tuple[Bounds, Bounds]:
    """Return the floors and the targets of steps, over the cells and columns of a model or of an `Outline`.

    Parameters
    ----------
    subject
        The model, or what a scorer from outside says of itself.
    steps
        Other steps than its own, such as ``model.observed_by``.

    Examples
    --------
    >>> import outcomegap as og
    >>> from outcomegap.model.check import Outline
    >>> wait = og.Expectation("replies", og.Measure("hours"), floor=48, target=og.column("sla"))
    >>> floor, target = floors_and_targets(Outline("speed", steps=[wait]))
    >>> floor.at(0, 0, own=()), target.at(0, np.array([0, 0]), [np.array([24.0, 4.0])])
    (np.float64(48.0), array([24.,  4.]))
    """
    chosen = subject.steps if steps is None else steps
    floors, targets = [step.floor for step in chosen], [step.target for step in chosen]
    cells, columns = subject.cells, subject.columns
    return Bounds.of(floors, cells, columns), Bounds.of(targets, cells, columns)
