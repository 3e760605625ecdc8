"""What groups, worklists, parents and reports need of scores, whatever made them, and no more."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import Problem
from outcomegap.frames import Table
from outcomegap.model.outline import Subject
from outcomegap.scoring.step_arrays import StepArrays

if TYPE_CHECKING:
    from datetime import date

    from outcomegap.explanation import Explanation
    from outcomegap.scoring.overrides import Override
    from outcomegap.scoring.readings import Readings

Array = NDArray[Any]


class Scored(ABC):
    """Scores of many customers, in the order of the rows: all that groups, worklists, parents and reports need.

    `Scores` has it from a model that was compiled, `OutcomeScores` from what a scorer of your own says.

    Attributes
    ----------
    problems
        What was wrong with rows set aside.
    overrides
        Row -> the `Override` that holds there.
    expired
        Overrides whose last day is past.
    as_of
        The day on which overrides were looked at; None where there are none.
    """

    problems: tuple[Problem, ...]
    overrides: Mapping[int, Override] = MappingProxyType({})
    expired: tuple[Override, ...] = ()
    as_of: date | None = None
    table: Table
    id_column: str | None

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of customers."""

    @property
    @abstractmethod
    def model(self) -> Subject:
        """What they were scored by: its name, steps, segments, stages, cells."""

    @property
    @abstractmethod
    def id(self) -> Array:
        """What names each customer: the id column, or the row's position."""

    @property
    @abstractmethod
    def cell(self) -> NDArray[np.int32]:
        """Position of each customer's cell in ``model.cells``; -1 for a row set aside."""

    @property
    @abstractmethod
    def desired(self) -> Array:
        """D, in [0, 1]; NaN where too little is known."""

    @property
    @abstractmethod
    def gap(self) -> Array:
        """The distance from the desired outcome, 1 - D."""

    @property
    @abstractmethod
    def required(self) -> Array:
        """R, in [0, 1]; NaN where it is not known."""

    @property
    @abstractmethod
    def experience(self) -> Array:
        """E, in [0, 1]; NaN where it is not known."""

    @property
    @abstractmethod
    def required_gap(self) -> Array:
        """The part of the gap that the required outcome makes."""

    @property
    @abstractmethod
    def experience_gap(self) -> Array:
        """The part of the gap that the experience makes."""

    @property
    @abstractmethod
    def low(self) -> Array:
        """The least that D can be."""

    @property
    @abstractmethod
    def high(self) -> Array:
        """The most that D can be."""

    @property
    @abstractmethod
    def coverage(self) -> Array:
        """Share of the cell's steps that are observed."""

    @property
    @abstractmethod
    def state_codes(self) -> NDArray[np.int8]:
        """Position of the state in `STATES`, the order of need; -1 for a row set aside."""

    @property
    @abstractmethod
    def state(self) -> Array:
        """``successful``, ``tolerating``, ``failing``, or ``uncertain``; None for a row set aside."""

    @property
    @abstractmethod
    def point_state(self) -> Array:
        """The state of the point values themselves."""

    @property
    @abstractmethod
    def met(self) -> NDArray[np.int64]:
        """How many steps of the cell are fully attained."""

    @property
    @abstractmethod
    def steps(self) -> NDArray[np.int64]:
        """How many steps the cell has."""

    @property
    @abstractmethod
    def exact(self) -> bool:
        """Whether the parts of the gap sum to it for every customer."""

    @property
    @abstractmethod
    def explains(self) -> bool:
        """Whether it is known which steps make up the gap."""

    @abstractmethod
    def attribution(self) -> Explanation:
        """Split each customer's gap over the steps.

        Raises
        ------
        EngineError
            If it is not known which steps make it up (`explains`).
        """

    @property
    @abstractmethod
    def applies(self) -> NDArray[np.bool_]:
        """Which steps each cell has, shape (cells, steps)."""

    @abstractmethod
    def step_arrays(self, rows: Array) -> StepArrays:
        """Return what is known of the steps of some customers."""

    @abstractmethod
    def readings(self, rows: Array, step: Array) -> Readings:
        """Look up what was read of some customers, for one step each that the customer's cell has (or `NONE`)."""

    @abstractmethod
    def mean_states(self, mean: Any) -> Array:
        """Return state codes of a mean of customers; `mean` takes one number a customer and returns their means."""


def sealed(values: Array) -> Array:
    """Return a view that cannot be written to."""
    view = values.view()
    view.setflags(write=False)
    return view
