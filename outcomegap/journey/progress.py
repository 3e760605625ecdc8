"""How far customers have come along their milestones, and how many take the next step in time."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError
from outcomegap.intake.times import NOT_A_TIME
from outcomegap.journey.events import DAY, Events, as_times, later, not_among, span_of
from outcomegap.journey.waiting import NEVER, Waiting, expected
from outcomegap.listing import Listing, as_column, counted, percent
from outcomegap.stats import wilson, z_of

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
    def _start(self) -> NDArray[np.int64]:
        """When each customer's first event of any kind was, in microseconds."""
        first = np.full(len(self), NOT_A_TIME, dtype=np.int64)
        first[self._events.codes[::-1]] = self._events.time[::-1]
        return first

    def _before(self, place: int) -> NDArray[np.int64]:
        """When each customer could begin with a milestone: at the one before it; at the start, for the first."""
        return self._start if place == 0 else self._when[:, place - 1]

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
        return Listing("", self.columns, like=self._events.table).rows()

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
        z_of(confidence)
        span = _window("steps", within_days)
        rows = []
        for place, milestone in enumerate(self.milestones):
            taken, young = self._taken(place, span)
            count, of = int((taken <= span).sum()), len(taken)
            low, high = wilson(count, of, confidence)
            rows.append((milestone.name, of, young, count, count / of if of else math.nan, low, high))
        heads = ("milestone", "at_risk", "too_young", "reached", "share", "low", "high")
        columns = {name: as_column([row[number] for row in rows]) for number, name in enumerate(heads)}
        title = f"Steps taken within {within_days:g} days of the one before"
        show = dict.fromkeys(("share", "low", "high"), percent)
        return Listing(title, columns, like=self._events.table, formats=show)

    def _taken(self, place: int, span: int) -> tuple[Array, int]:
        """Return how long those took whose window is over (`NEVER` if not yet), and for how many it is not over."""
        before, after = self._before(place), self._when[:, place]
        started = before != NOT_A_TIME
        old = started & (self._events.as_of - np.where(started, before, 0) >= span)
        before, after = before[old], after[old]
        return np.where(after == NOT_A_TIME, NEVER, after - before), int((started & ~old).sum())

    def vector(
        self, share: Shares | None = None, *, within_days: float = 365, confidence: float = 0.95
    ) -> SuccessVector:
        """Return the success vector of these customers: where they go next, and what that is worth.

        Parameters
        ----------
        share
            Which share of those at a milestone takes the next step: a number, or next milestone -> number. None: what
            others like them did, see the notes.
        within_days
            Where `share` is None: in how many days after the milestone before it a step is taken in time.
        confidence
            Of the intervals.

        Raises
        ------
        DataError
            If a share is not in [0, 1], or another argument is none that serves.

        Notes
        -----
        What is observed is conditional on how long a customer has waited. One who reached the milestone before t days
        ago, t below w = `within_days`, is held against those who reached it w days ago or longer and had not moved by
        day t: p(t) = #(t < T <= w) / #(T > t) of them, T the days they took; that is 1 - S(w) / S(t), with S the
        estimate of Kaplan and Meier (Journal of the American Statistical Association 53, 1958, 457-481). A step's share
        is the mean p over the customers within the window, its interval the means of the ends of Wilson's. Those who
        have waited w days or longer are ``past``: they did not move in time, and nothing is expected of them.
        """
        from outcomegap.journey.vector import success_vector

        z_of(confidence)
        span = _window("vector", within_days)
        names = self.milestones.names
        counts = {name: int((self.reached == number).sum()) for number, name in enumerate((None, *names))}
        if share is not None:
            return attrs.evolve(success_vector(self.milestones, counts, share), like=self._events.table)
        found = [self._waiting(place, span, confidence) for place in range(len(names))]
        known = {name: one for name, one in zip(names, found, strict=True) if one.within}
        within = dict(zip((None, *names), [*(one.within for one in found), counts[names[-1]]], strict=True))
        shares = {name: one.share for name, one in known.items() if not math.isnan(one.share)}
        ends = {name: (one.low, one.high) for name, one in known.items()}
        made = success_vector(self.milestones, within, shares, intervals=ends)
        steps = tuple(
            attrs.evolve(step, customers=one.within + one.past, past=one.past)
            for step, one in zip(made.steps, found, strict=True)
        )
        return attrs.evolve(made, steps=steps, like=self._events.table)

    def _waiting(self, place: int, span: int, confidence: float) -> Waiting:
        here = self.reached == place
        return expected(self._taken(place, span)[0], self._events.as_of - self._before(place)[here], span, confidence)

    def plan(self) -> Listing:
        """Say what each customer's next step is, when it is due, and who sees to it: a success plan.

        A row a customer who has a milestone ahead: ``customer``, ``next`` (the milestone), ``since`` (when they reached
        the one before it; their first event, for the first one), ``due`` (`Milestone.due_days` later), ``overdue``
        (whether that is over; not yet at equality; null where nothing is due), ``days_late`` (negative before it is
        due), ``owner``, ``remedy`` and ``value``. Who is overdue comes first, then by value, the highest first, then by
        days late.

        Examples
        --------
        >>> from outcomegap.journey import Milestone, Milestones
        >>> steps = Milestones([Milestone("list imported", due_days=14, owner="customer"),
        ...                     Milestone("first sale", 1_000, due_days=60, owner="joint")])
        >>> log = {"customer": ["A", "A", "B"], "event": ["signed", "list imported", "signed"],
        ...        "time": ["2026-01-01", "2026-01-10", "2026-01-20"]}
        >>> plan = steps.progress(log, as_of="2026-02-09").plan()
        >>> [(row["customer"], row["next"], str(row["due"]), row["days_late"], row["owner"]) for row in plan]
        [('B', 'list imported', '2026-02-03', 6.0, 'customer'), ('A', 'first sale', '2026-03-11', -30.0, 'joint')]
        """
        from outcomegap.journey.plan import plan_of

        return plan_of(self)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the numbers."""
        events = [milestone.event for milestone in self.milestones]
        said = not_among(events, self._events.names, "The event")
        beyond = sum(text is not None for text in self.columns["out_of_order"].tolist())
        if beyond:
            said.append(f"{counted(beyond, 'customer has', 'customers have')} reached a milestone out of order.")
        if self.excluded:
            said.append(later(self.excluded, "event"))
        return tuple(said)

    def __str__(self) -> str:
        from outcomegap.journey.plan import standing_text

        return "\n".join([f"{counted(len(self), 'customer')} on their way", standing_text(self), *self.notes])

    def __repr__(self) -> str:
        return f"<Progress of {len(self)} customers along {len(self.milestones)} milestones>"


def _window(what: str, within_days: object) -> int:
    """Return a window in microseconds."""
    span = span_of(within_days, DAY)
    if span is None:
        raise DataError(f"{what}: within_days is a positive number of days (got {within_days!r:.60})")
    return span
