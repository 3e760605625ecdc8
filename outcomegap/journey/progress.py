"""How far customers have come along their milestones, and how many take the next step in time."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.listing import Listing, as_column, percent
from outcomegap.churn.proportion import quantile_of, wilson
from outcomegap.errors import DataError
from outcomegap.intake.times import NOT_A_TIME
from outcomegap.journey.events import DAY, Events, as_times, not_among, span_of

if TYPE_CHECKING:
    from outcomegap.journey.milestone import Milestones, Shares
    from outcomegap.journey.vector import SuccessVector

Array = NDArray[Any]


class Progress:
    """Which milestones customers have reached; made by `Milestones.progress`.

    A customer stands at the last milestone before the first one that has not been reached: the steps are taken in
    order. What was reached beyond it is out of order, and said so.

    Attributes
    ----------
    milestones
        The steps.
    excluded
        How many events come after the moment of looking; they are in nothing here.
    """

    def __init__(self, milestones: Milestones, events: Events) -> None:
        self.milestones, self._events = milestones, events
        self.excluded = events.excluded

    def __len__(self) -> int:
        return len(self._events.customers)

    @cached_property
    def _when(self) -> NDArray[np.int64]:
        """When each milestone was reached first, in microseconds; shape (customers, milestones)."""
        return np.stack([self._events.first(milestone.event) for milestone in self.milestones], axis=1)

    @cached_property
    def reached(self) -> NDArray[np.int64]:
        """How many milestones each customer has reached in order: 0 to all of them."""
        lacking = self._when == NOT_A_TIME
        return np.where(lacking.any(axis=1), lacking.argmax(axis=1), len(self.milestones))

    @cached_property
    def columns(self) -> dict[str, Array]:
        """What is known of each customer, as columns: see `to_frame`."""
        names, count = self.milestones.names, len(self.milestones)
        values = np.array([milestone.value for milestone in self.milestones])
        place, there = self.reached, self._when != NOT_A_TIME
        since = np.where(place > 0, self._when[np.arange(len(self)), np.maximum(place - 1, 0)], NOT_A_TIME)
        later = there & (np.arange(count) > place[:, None])
        return {
            "customer": self._events.customers,
            "reached": as_column([names[number - 1] if number else None for number in place.tolist()]),
            "steps": place,
            "since": as_times(since),
            "next": as_column([names[number] if number < count else None for number in place.tolist()]),
            "next_value": np.where(place < count, np.append(values, 0.0)[place], 0.0),
            "value_reached": (there * values).sum(axis=1),
            "value_ahead": (~there * values).sum(axis=1),
            "out_of_order": as_column([self._beyond(row) for row in later]),
        }

    def _beyond(self, later: Array) -> str | None:
        names = [name for name, there in zip(self.milestones.names, later.tolist(), strict=True) if there]
        return ", ".join(names) or None

    def to_frame(self) -> Any:
        """Return a row a customer, in the order of their first rows, the same kind of frame that came in.

        Its columns: ``customer``; ``reached`` (the milestone where they stand; null before the first), ``steps`` (how
        many in order), ``since``; ``next`` and ``next_value``; ``value_reached`` and ``value_ahead`` (of all reached,
        in order or not, and of the others); ``out_of_order``.
        """
        return self._events.table.build(self.columns, index_like=False)

    def rows(self) -> list[dict[str, Any]]:
        """Return the same as a dict of plain Python values a customer."""
        return Listing("", self.columns, self._events.table).rows()

    def steps(self, within_days: float = 365, confidence: float = 0.95) -> Listing:
        """Say how many take each step in time: of those who took the one before that long ago.

        A row a milestone: ``at_risk`` (reached the milestone before, for the first one had any event, `within_days` or
        longer ago), ``reached`` it within that time, ``share`` with Wilson's interval, ``too_young`` (the milestone
        before was reached later; they stand apart, whatever they have reached so far).

        Raises
        ------
        DataError
            If an argument is none that serves.
        """
        quantile_of(confidence)
        span = span_of(within_days, DAY)
        if span is None:
            raise DataError(f"steps: within_days is a positive number of days (got {within_days!r:.60})")
        first = np.full(len(self), NOT_A_TIME, dtype=np.int64)
        first[self._events.codes[::-1]] = self._events.time[::-1]
        rows = []
        for place, milestone in enumerate(self.milestones):
            before, after = (first if place == 0 else self._when[:, place - 1]), self._when[:, place]
            started = before != NOT_A_TIME
            old = started & (self._events.as_of - np.where(started, before, 0) >= span)
            limit = np.where(started, before, 0) + span
            made = old & (after != NOT_A_TIME) & (after <= limit)
            count, of = int(made.sum()), int(old.sum())
            low, high = wilson(count, of, confidence)
            share = count / of if of else math.nan
            rows.append((milestone.name, of, int((started & ~old).sum()), count, share, low, high))
        heads = ("milestone", "at_risk", "too_young", "reached", "share", "low", "high")
        columns = {name: as_column([row[number] for row in rows]) for number, name in enumerate(heads)}
        title = f"Steps taken within {within_days:g} days of the one before"
        show = dict.fromkeys(("share", "low", "high"), percent)
        return Listing(title, columns, self._events.table, show=show)

    def vector(
        self, share: Shares | None = None, *, within_days: float = 365, confidence: float = 0.95
    ) -> SuccessVector:
        """Return the success vector of these customers: where they go next, and what that is worth.

        Parameters
        ----------
        share
            Which share of those at a milestone takes the next step: a number, or next milestone -> number. None: as
            many as did so far (`steps`), with the interval of that share.
        within_days, confidence
            For `steps`, where `share` is None.

        Raises
        ------
        DataError
            If a share is not in [0, 1], or another argument is none that serves.
        """
        from outcomegap.journey.vector import success_vector

        names = (None, *self.milestones.names)
        counts = {name: int((self.reached == number).sum()) for number, name in enumerate(names)}
        rows = self.steps(within_days, confidence).rows()
        if share is not None:
            return attrs.evolve(success_vector(self.milestones, counts, share), like=self._events.table)
        shares = {row["milestone"]: row["share"] for row in rows if row["share"] is not None}
        ends = {row["milestone"]: (row["low"], row["high"]) for row in rows}
        made = success_vector(self.milestones, counts, shares, intervals=ends)
        return attrs.evolve(made, like=self._events.table)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the numbers."""
        events = [milestone.event for milestone in self.milestones]
        said = not_among(events, self._events.names, "The event")
        beyond = sum(text is not None for text in self.columns["out_of_order"].tolist())
        if beyond:
            said.append(f"{beyond:,} customers have reached a milestone out of order.")
        if self.excluded:
            said.append(f"{self.excluded:,} events come later and are in nothing here.")
        return tuple(said)

    def __str__(self) -> str:
        return "\n".join([f"{len(self):,} customers on their way", str(self.vector(1.0)), *self.notes])

    def __repr__(self) -> str:
        return f"<Progress of {len(self)} customers along {len(self.milestones)} milestones>"
