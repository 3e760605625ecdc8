"""The steps of whatever scored customers, as they are read off the frame: value, floor and target of each customer."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.frames import wrap
from outcomegap.model import Column, PerCell, Step
from outcomegap.scoring.outcome_scorer import StepReader, outline_of
from outcomegap.scoring.views import ScoreViews

Array = NDArray[Any]
AXES = {"segment": "segment", "stage": "stage"}


@attrs.frozen(eq=False)
class StepsRead:
    """What is read of each customer and step; arrays of shape (customers, steps).

    Parameters
    ----------
    steps
        The steps, in the order of the second axis.
    value, floor, target
        In the unit of the step's measure; NaN where missing.
    applies
        Whether the customer's cell has the step.
    """

    steps: tuple[Step, ...]
    value: Array
    floor: Array
    target: Array
    applies: NDArray[np.bool_]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether value, floor and target are there."""
        found: NDArray[np.bool_] = ~np.isnan(self.value + self.floor + self.target) & self.applies
        return found

    @property
    def met(self) -> NDArray[np.bool_]:
        """Whether a step is observed, and at its target or beyond."""
        with np.errstate(invalid="ignore"):
            up = np.where(self.target > self.floor, self.value >= self.target, self.value <= self.target)
        return np.asarray(self.known & up, dtype=np.bool_)

    @property
    def whole(self) -> Array:
        """Whether nothing of a customer is missing."""
        return np.asarray((self.known | ~self.applies).all(axis=1), dtype=np.bool_)

    @property
    def bounds(self) -> set[str]:
        """Names of the columns that floors and targets are taken from."""
        return {item.name for step in self.steps for value in (step.floor, step.target) for item in _columns(value)}


def steps_of(scorer: Any, scores: Any, frame: Any) -> StepsRead:
    """Read the steps of a scorer off a frame.

    Raises
    ------
    DataError
        If the frame holds what cannot be, such as an unknown segment.
    ModelError
        If the scorer does not say what its steps are.
    """
    if not isinstance(scores, ScoreViews):
        reader = StepReader.of(outline_of(scorer), wrap(frame), AXES, strict=False)
        rows = np.arange(len(reader.cells))
        every = [reader.read(number, rows) for number in range(len(reader.outline.steps))]
        return _steps(tuple(reader.outline.steps), every, np.ones((len(rows), len(every)), dtype=bool))
    steps, read = tuple(scores.model.steps), []
    applies = np.vstack([scores.applies, np.zeros((1, len(steps)), dtype=bool)])[scores.cell]
    for number in range(len(steps)):
        rows = np.flatnonzero(applies[:, number])
        found = scores.readings(rows, np.full(len(rows), number))
        columns: list[Array] = [np.full(len(scores), np.nan) for _ in range(3)]
        for column, values in zip(columns, (found.value, found.floor, found.target), strict=True):
            column[rows] = values
        read.append(columns)
    return _steps(steps, read, applies)


def _steps(steps: tuple[Step, ...], read: list[Any], applies: NDArray[np.bool_]) -> StepsRead:
    """Stack value, floor and target of each step."""
    parts = [np.full(applies.shape, np.nan) for _ in range(3)]
    for number, columns in enumerate(read):
        for part, column in zip(parts, columns, strict=True):
            part[:, number] = column
    return StepsRead(steps, parts[0], parts[1], parts[2], applies)


def _columns(value: Any) -> list[Column]:
    """Return the columns that a floor or target is taken from."""
    return [item for item in (value if isinstance(value, PerCell) else (value,)) if isinstance(item, Column)]
