"""What a vendor can do for customers: what it raises, what it costs, and how many customers it can reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from outcomegap.errors import DataError, Problem
from outcomegap.invest.checks import (
    Level,
    check_names,
    check_number,
    check_segments,
    check_text,
    check_whole,
    levels,
    segment_names,
)
from outcomegap.model import Column, OutcomeModel
from outcomegap.model.frozenmap import FrozenMap

__all__ = ["Action"]


@attrs.frozen(init=False)
class Action:
    """Something that can be done for customers.

    It is done for those whom it changes: where the customer stands better already, where a value was never observed,
    or where the customer's cell has no such step, it is not done, costs nothing, and takes none of its capacity.

    Parameters
    ----------
    name
        What it is called.
    raises
        What it brings about: the name of a step with the attainment that it is raised to, between 0 and 1; or the
        name of a measure with the value that it is raised to, in its own unit, for every step that it feeds (where
        less is better, it is lowered). A name that is both means the step. Instead of a number, a mapping from
        segments (or cells) to numbers, or `og.per_cell`; where that names nothing, nothing is raised.
    cost
        What it costs for each customer for whom it is done, 0 or more, in the unit of the budget; or
        ``og.column(...)``: each customer's own, from a column of the scored frame.
    capacity
        For how many customers it can be done in all; None for any number.
    segments
        The segments for which it can be done; None for all.

    Raises
    ------
    DataError
        If something is not as said here.

    Examples
    --------
    >>> Action("list workshop", {"list built": 0.8}, cost=400, capacity=30).cost
    400.0
    """

    name: str
    raises: FrozenMap[Level]
    cost: float | Column
    capacity: int | None
    segments: tuple[str, ...] | None

    def __init__(
        self,
        name: str,
        raises: Mapping[str, Any],
        cost: float | Column,
        capacity: int | None = None,
        segments: Sequence[str] | None = None,
    ) -> None:
        what = f"action {check_text('the name of an action', name)!r}"
        found = levels(f"{what}: raises", raises)
        if not found:
            raise DataError(f"{what} raises nothing; name a step or a measure and what it is raised to")
        most = None if capacity is None else check_whole(f"{what}: capacity, None or else", capacity, 0)
        paid = cost if isinstance(cost, Column) else check_number(f"{what}: cost", cost)
        self.__attrs_init__(name, found, paid, most, segment_names(what, segments))

    def problems(self, model: OutcomeModel) -> list[Problem]:
        """List what does not fit a model."""
        where = f"action {self.name!r}"
        return check_names(where, model, self.raises) + check_segments(where, model, self.segments)
