"""Where each customer is in the eight phases, what comes next, and how many reach each phase in a hundred days."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.intake.times import NOT_A_TIME, shown
from outcomegap.journey.events import DAY, Events, as_times, days_between, read_events, span_of
from outcomegap.journey.phases import Phases
from outcomegap.journey.phases import phases as default_phases
from outcomegap.listing import Listing, Show, as_column, counted, span
from outcomegap.stats import shares

Array = NDArray[Any]
Mask = NDArray[np.bool_]
#: Stands where a customer is in no phase yet.
NONE = -1
#: The phase that is the first value: the first goal reached.
FIRST_VALUE = "accomplish"
#: What is said of those who reached a phase in time.
ENDS = ("reached", "share", "low", "high")


def first_hundred_days(
    events: Any,
    *,
    as_of: Any,
    customer: str = "customer",
    event: str = "event",
    time: str = "time",
    phases: Phases | None = None,
    clock: str | None = None,
    horizon_days: float | None = None,
    windows: Mapping[str, float | None] | None = None,
    confidence: float = 0.95,
) -> Listing:
    """Place each customer in the eight phases of the first hundred days.

    A customer is in the furthest phase whose event has been seen, since that event was seen first; a phase is reached
    with its own event or one of a later phase, whichever came first. It is overdue when its window is over: at
    ``days_in_phase > window_days``, not yet at equality; nothing follows the last phase, so it never is.

    Time counts from the clock's start. An event of a phase after the clock's that was seen before the start proves its
    phase, at day 0: nobody is in such a phase for longer than they have been customers, and the first value never came
    after fewer than 0 days. The column ``before_start`` names these phases, and the notes count the customers. Phases
    before the clock's (``assess`` before the contract) and customers whose clock has not started keep the times of
    their events.

    Parameters
    ----------
    events
        Any data frame, a row an event. Events that prove no phase are in nothing here; `first_impression` counts them.
    as_of
        The moment of looking: a date (its first instant), a time, or ISO 8601 text. Later events are excluded and
        counted.
    customer, event, time
        What the columns are called.
    phases
        What `outcomegap.journey.phases` returns: which event proves which phase. None takes its defaults.
    clock
        The phase whose event is day 0; by default that of `phases`: ``"admit"``, the yes.
    horizon_days
        Days that a customer gives you to make them believe; by default that of `phases`: 100.
    windows
        Longest stay in days by phase, where it differs from that of `phases`; None for no limit.
    confidence
        Of every interval.

    Returns
    -------
    Listing
        A row a customer, in the order of their first rows: ``customer``; ``phase``, ``since`` (when its event was seen;
        the clock's start where that was later), ``days_in_phase``, ``window_days``, ``overdue`` (null for one in no
        phase yet), ``days_overdue``; ``next_phase`` and ``next_event`` (what would prove it), ``next_step`` (what to
        do); ``clock_started``, ``day`` (days since), ``days_to_first_value`` (from there to the event of
        ``accomplish``; 0 where that came first); ``before_start`` (phases after the clock's whose event was seen before
        the start); ``not_seen`` (phases passed over: a later one was proved, they were not); and when each phase was
        reached (``reached_assess`` and so on).

        Parts: ``"overdue"``, the longest overdue first. ``"phases"``: how many customers are in each; of the
        ``complete`` ones, whose horizon is over, how many ``reached`` it in time and their ``share``, with Wilson's
        interval.
        ``"cohorts"``: the same by month of starting, in columns of each phase (``assess_share`` and so on), with all
        months last; ``too_young`` are those whose horizon is not over, who are in no share.
        Facts: ``phases`` (as used), ``excluded`` (events after `as_of`) and ``not_yet`` (customers who have no others).

    Raises
    ------
    DataError
        With everything that is wrong with `as_of`, the columns and what they hold.
    ModelError
        If a phase, a window or the horizon is none.

    References
    ----------
    Coleman, Never Lose a Customer Again (2018), for the eight phases; Wilson (1927), for the intervals.

    Examples
    --------
    >>> log = {"customer": ["A", "A", "B", "A"],
    ...        "event": ["contract_signed", "welcome_call_held", "contract_signed", "first_work_done"],
    ...        "time": ["2026-01-01", "2026-01-04", "2026-01-05", "2026-02-01"]}
    >>> days = first_hundred_days(log, as_of="2026-01-11")
    >>> [(row["customer"], row["phase"], row["days_in_phase"], row["overdue"]) for row in days]
    [('A', 'affirm', 7.0, True), ('B', 'admit', 6.0, True)]
    >>> days.find("A")["next_event"], days.find("B")["next_event"], days.facts["excluded"]
    ('first_work_done', 'welcome_call_held', 1)
    """
    own = (phases or default_phases()).change(window_days=windows, clock_starts=clock, horizon_days=horizon_days)
    read = read_events("first_hundred_days", events, as_of=as_of, customer=customer, event=event, time=time)
    reached = _Reached(read, own)
    columns, cohorts = reached.columns(), reached.cohorts(confidence)
    late = np.nan_to_num(columns["days_overdue"], nan=0.0)
    rows = np.argsort(-late, kind="stable")[: int((late > 0).sum())]
    overdue = {name: values[rows] for name, values in columns.items()}
    who = counted(len(late), "customer")
    shown_late = ("customer", "phase", "days_in_phase", "window_days", "days_overdue", "next_event")
    shown_all = ("customer", "phase", "days_in_phase", "overdue", "next_event")
    return Listing(
        f"{who} at {shown(read.as_of)}: {len(rows):,} overdue",
        columns,
        like=read.table,
        show=[Show(name, form="yes" if name == "overdue" else None) for name in shown_all],
        notes=reached.notes(),
        parts={
            "overdue": Listing(
                f"Overdue: {len(rows):,} of {who}", overdue, like=read.table, show=[*map(Show, shown_late)]
            ),
            "phases": reached.phases(late > 0, cohorts),
            "cohorts": cohorts,
        },
        facts={"phases": own, "excluded": read.excluded, "not_yet": read.not_yet.tolist()},
        first=10,
    )


class _Reached:
    """When which customer reached which phase: all of shape (customers, phases), or one a customer."""

    def __init__(self, events: Events, own: Phases) -> None:
        self.events, self.own = events, own
        start = own.ids.index(own.clock_starts)
        #: When an event that proves each phase was seen first, and when the clock started, or `NOT_A_TIME`.
        first = np.stack([events.first(*phase.events) for phase in own], axis=1)
        self.clock = first[:, start]
        self.started = self.clock != NOT_A_TIME
        #: Which phases after the clock's were proved before it started; these count from its start.
        after = self.started[:, None] & (np.arange(len(own)) > start)
        self.early = (first != NOT_A_TIME) & after & (first < self.clock[:, None])
        self.seen = np.where(self.early, self.clock[:, None], first)
        #: When each phase was reached: with its own event or one of a later phase.
        never = np.iinfo(np.int64).max
        late = np.where(self.seen == NOT_A_TIME, never, self.seen)
        earliest = np.minimum.accumulate(late[:, ::-1], axis=1)[:, ::-1]
        self.when = np.where(earliest == never, NOT_A_TIME, earliest)
        #: The furthest phase whose event has been seen, or `NONE`.
        there = self.seen != NOT_A_TIME
        self.place = np.where(there.any(axis=1), len(own) - 1 - there[:, ::-1].argmax(axis=1), NONE)
        #: Days from the clock's start to the first goal, negative where that came first; NaN where either is not.
        self.first_value = days_between(self.clock, first[:, own.ids.index(FIRST_VALUE)])
        # By phase, last for those in none: how long it may last (nothing follows the last one), what proves the next.
        limits = [math.nan if phase.window_days is None else phase.window_days for phase in own]
        self.windows = np.array([*limits[:-1], math.nan, math.nan])
        self.proofs = as_column([*(" or ".join(phase.events) for phase in own), None])

    def columns(self) -> dict[str, Array]:
        """Return what is said of each customer."""
        place, ids, as_of = self.place, as_column([*self.own.ids, None]), self.events.as_of
        since = np.where(place == NONE, NOT_A_TIME, self.seen[np.arange(len(place)), place])
        stay = days_between(since, as_of)
        late = stay - self.windows[place]
        over = zip((place == NONE).tolist(), (late > 0).tolist(), strict=True)
        passed = (self.seen == NOT_A_TIME) & (np.arange(len(self.own)) < place[:, None])
        return {
            "customer": self.events.customers,
            "phase": ids[place],
            "since": as_times(since),
            "days_in_phase": stay,
            "window_days": self.windows[place],
            "overdue": as_column([None if nowhere else past for nowhere, past in over]),
            "days_overdue": np.where(late > 0, late, np.nan),
            "next_phase": ids[place + 1],
            "next_event": self.proofs[place + 1],
            "next_step": as_column([*(phase.act for phase in self.own), self.own.items[0].act])[place],
            "clock_started": as_times(self.clock),
            "day": days_between(self.clock, as_of),
            "days_to_first_value": np.maximum(self.first_value, 0.0),
            "before_start": self._named(self.early),
            "not_seen": self._named(passed),
            **{f"reached_{name}": as_times(self.when[:, number]) for number, name in enumerate(self.own.ids)},
        }

    def _named(self, mask: Mask) -> Array:
        """Return for each customer the ids of the phases that a mask marks, as text; None without any."""
        return as_column([", ".join(np.array(self.own.ids)[row]) or None for row in mask])

    def cohorts(self, confidence: float) -> Listing:
        """Return a row a month of starting, and one of all months: who reached each phase by the end of the horizon."""
        horizon, clock = span_of("horizon_days", self.own.horizon_days, DAY), np.where(self.started, self.clock, 0)
        complete = self.started & (np.where(self.started, self.events.as_of - clock, 0) >= horizon)
        in_time = (self.when != NOT_A_TIME) & (self.when <= (clock + horizon)[:, None])
        months = as_times(self.clock).astype("M8[M]")
        known = np.unique(months[self.started])
        masks = np.array([*(self.started & (months == month) for month in known), self.started])
        count, whole = masks.sum(axis=1), (masks & complete).sum(axis=1)
        columns: dict[str, Any] = {"month": as_column([*map(str, known), None]), "customers": count}
        columns |= {"too_young": count - whole, "complete": whole}
        for place, name in enumerate(self.own.ids):
            reached = (masks & complete & in_time[:, place]).sum(axis=1)
            found = (reached, *shares(reached, whole, confidence))
            columns |= {f"{name}_{end}": each for end, each in zip(ENDS, found, strict=True)}
        days = f"{self.own.horizon_days:g} days"
        show = [Show("month", ("month", "customers"), lambda month, _: month or "all"), Show("started", "customers")]
        show += [Show(f"not yet {days}", "too_young")]
        show += [Show(name, f"{name}_share", "percent") for name in self.own.ids]
        title = f"Reached within {days} of the clock's start, of those who started in a month"
        return Listing(title, columns, like=self.events.table, show=show)

    def phases(self, late: Mask, cohorts: Listing) -> Listing:
        """Return a row a phase, and one for those in none: who is in it, and the share that reached it in time."""
        size = len(self.own) + 1
        counts, over = (np.bincount(part + 1, minlength=size) for part in (self.place, self.place[late]))
        columns: dict[str, Any] = {"phase": as_column([None, *self.own.ids]), "customers": counts, "overdue": over}
        columns |= {"window_days": np.roll(self.windows, 1), "next_event": self.proofs}
        for end in ENDS:
            of_all = [cohorts.columns[f"{name}_{end}"][-1] for name in self.own.ids]
            columns[end] = np.array([math.nan, *of_all])
        show = [
            Show("phase", ("phase", "customers"), lambda phase, _: phase or "none yet"),
            *map(Show, ("customers", "overdue", "window_days", "next_event")),
            Show(f"reached in {self.own.horizon_days:g} days", "share", "percent"),
            Show("interval", ("low", "high"), span, right=True),
        ]
        held = {name: values if counts[0] else values[1:] for name, values in columns.items()}
        return Listing("Where they are, and how many reach it in time", held, like=self.events.table, show=show)

    def notes(self) -> list[str]:
        """Say what a reader must know beside the numbers."""
        said = self.events.notes([event for phase in self.own for event in phase.events], "The event")
        start = " or ".join(map(repr, self.own[self.own.clock_starts].events))
        lacking, early = int((~self.started).sum()), int(self.early.any(axis=1).sum())
        if lacking:
            who = f"The clock of {counted(lacking, 'customer')} has not started: no {start} was seen"
            said.append(f"{who}; {'it is' if lacking == 1 else 'they are'} in no cohort.")
        if early:
            who = f"{counted(early, 'customer')} had events of later phases before {start}, which starts the clock"
            said.append(f"{who}: they count from there. If they had started earlier, say so with clock= or evidence=.")
        if valued := int((self.first_value < 0).sum()):
            said.append(f"{counted(valued, 'customer')} reached the first goal before the start: 0 days to it.")
        return said
