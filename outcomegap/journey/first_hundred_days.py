"""Where each customer is in the eight phases, what comes next, and how many reach each phase in a hundred days."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.intake.times import NOT_A_TIME, shown
from outcomegap.journey.events import DAY, Events, Moments, as_times, days_between, read_events, span_of
from outcomegap.journey.phases import Phase, Phases
from outcomegap.journey.phases import phases as default_phases
from outcomegap.listing import Listing, Show, as_column, counted, number, span
from outcomegap.stats import wilson

Array = NDArray[Any]
Mask = NDArray[np.bool_]
#: Stands where a customer is in no phase yet.
NONE = -1
#: The phase that is the first value: the first goal reached.
FIRST_VALUE = "accomplish"


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
    columns = reached.columns()
    late = np.nan_to_num(columns["days_overdue"], nan=0.0)
    rows = np.argsort(-late, kind="stable")[: int((late > 0).sum())]
    show = ("customer", "phase", "days_in_phase", "window_days", "days_overdue")
    show_overdue = tuple(Show(name, form="days" if name == "days_overdue" else None) for name in (*show, "next_event"))
    title = f"Overdue: {len(rows):,} of {counted(len(late), 'customer')}"
    overdue = Listing(title, {n: v[rows] for n, v in columns.items()}, like=read.table, show=show_overdue)
    cohorts = reached.cohorts(confidence)
    return Listing(
        f"{counted(len(late), 'customer')} at {shown(read.as_of)}: {len(rows):,} overdue",
        columns,
        like=read.table,
        show=[*map(Show, show[:3]), Show("overdue", form="yes"), Show("next_event")],
        notes=reached.notes(),
        parts={"overdue": overdue, "phases": reached.phases(columns, cohorts), "cohorts": cohorts},
        facts={"phases": own, "excluded": read.excluded, "not_yet": read.not_yet.tolist()},
        first=10,
    )


@attrs.define(slots=False)
class _Reached:
    """When which customer reached which phase."""

    events: Events
    own: Phases

    @cached_property
    def first(self) -> Moments:
        """When an event that proves each phase was seen first; shape (customers, phases)."""
        return np.stack([self.events.first(*phase.events) for phase in self.own], axis=1)

    @cached_property
    def clock(self) -> Moments:
        """When the clock started; `NOT_A_TIME` where the event that starts it was not seen."""
        return self.first[:, self.own.ids.index(self.own.clock_starts)]

    @cached_property
    def early(self) -> Mask:
        """Which phases after the clock's were proved before the clock started; shape (customers, phases)."""
        after = np.arange(len(self.own)) > self.own.ids.index(self.own.clock_starts)
        known = (self.first != NOT_A_TIME) & (self.clock != NOT_A_TIME)[:, None]
        found: Mask = known & after & (self.first < self.clock[:, None])
        return found

    @cached_property
    def seen(self) -> Moments:
        """From when each phase counts as proved: its first event, what came before the clock's start from there."""
        return np.where(self.early, self.clock[:, None], self.first)

    @cached_property
    def when(self) -> Moments:
        """When each phase was reached: with its own event or one of a later phase; `NOT_A_TIME` where not."""
        never = np.iinfo(np.int64).max
        late = np.where(self.seen == NOT_A_TIME, never, self.seen)
        earliest = np.minimum.accumulate(late[:, ::-1], axis=1)[:, ::-1]
        return np.where(earliest == never, NOT_A_TIME, earliest)

    @cached_property
    def place(self) -> NDArray[np.int64]:
        """The furthest phase whose event has been seen; `NONE` for a customer without any."""
        there = self.seen != NOT_A_TIME
        last = len(self.own) - 1 - there[:, ::-1].argmax(axis=1)
        return np.where(there.any(axis=1), last, NONE)

    @cached_property
    def first_value(self) -> NDArray[np.float64]:
        """Days from the clock's start to the first goal, negative where that came first; NaN where either is not."""
        return days_between(self.clock, self.first[:, self.own.ids.index(FIRST_VALUE)])

    def columns(self) -> dict[str, Array]:
        """Return what is said of each customer."""
        place, as_of, ids = self.place, self.events.as_of, self.own.ids
        now = [None if number == NONE else self.own.items[number] for number in place.tolist()]
        coming = [self.own.items[number + 1] if number + 1 < len(ids) else None for number in place.tolist()]
        since = np.where(place == NONE, NOT_A_TIME, self.seen[np.arange(len(place)), place])
        stay = days_between(since, as_of)
        window = np.array([_window(phase, after) for phase, after in zip(now, coming, strict=True)], dtype=np.float64)
        late = stay - window
        over = [None if phase is None else bool(days > 0) for phase, days in zip(now, late.tolist(), strict=True)]
        steps = [(phase or self.own.items[0]).act for phase in now]
        passed = (self.seen == NOT_A_TIME) & (np.arange(len(ids)) < place[:, None])
        return {
            "customer": self.events.customers,
            "phase": as_column([phase and phase.id for phase in now]),
            "since": as_times(since),
            "days_in_phase": stay,
            "window_days": window,
            "overdue": as_column(over),
            "days_overdue": np.where(late > 0, late, np.nan),
            "next_phase": as_column([phase and phase.id for phase in coming]),
            "next_event": as_column([phase and " or ".join(phase.events) for phase in coming]),
            "next_step": as_column(steps),
            "clock_started": as_times(self.clock),
            "day": days_between(self.clock, as_of),
            "days_to_first_value": np.maximum(self.first_value, 0.0),
            "before_start": self._named(self.early),
            "not_seen": self._named(passed),
            **{f"reached_{name}": as_times(self.when[:, number]) for number, name in enumerate(ids)},
        }

    def _named(self, mask: Mask) -> Array:
        """Return for each customer the ids of the phases that a mask marks, as text; None without any."""
        return as_column([", ".join(np.array(self.own.ids)[row]) or None for row in mask])

    def cohorts(self, confidence: float) -> Listing:
        """Return a row a month of starting, and one of all months: who reached each phase by the end of the horizon."""
        started = self.clock != NOT_A_TIME
        horizon, clock = span_of("horizon_days", self.own.horizon_days, DAY), np.where(started, self.clock, 0)
        complete = started & (np.where(started, self.events.as_of - clock, 0) >= horizon)
        in_time = (self.when != NOT_A_TIME) & (self.when <= (clock + horizon)[:, None]) & complete[:, None]
        months = as_times(self.clock).astype("M8[M]")
        known = np.unique(months[started])
        masks = [*(started & (months == month) for month in known), started]
        count, whole = (np.array([int((mask & part).sum()) for mask in masks]) for part in (started, complete))
        columns: dict[str, Any] = {
            "month": as_column([*map(str, known), None]),
            "customers": count,
            "too_young": count - whole,
            "complete": whole,
        }
        for place, name in enumerate(self.own.ids):
            reached = np.array([int((mask & in_time[:, place]).sum()) for mask in masks])
            share = np.where(whole > 0, reached / np.maximum(whole, 1), math.nan)
            low, high = wilson(reached, whole, confidence)
            columns |= {f"{name}_reached": reached, f"{name}_share": share, f"{name}_low": low, f"{name}_high": high}
        days = f"{self.own.horizon_days:g} days"
        show = [Show("month", ("month", "customers"), lambda month, _: month or "all"), Show("started", "customers")]
        show += [
            Show(f"not yet {days}", "too_young"),
            *(Show(name, f"{name}_share", "percent") for name in self.own.ids),
        ]
        title = f"Reached within {days} of the clock's start, of those who started in a month"
        return Listing(title, columns, like=self.events.table, show=show)

    def phases(self, said: Mapping[str, Array], cohorts: Listing) -> Listing:
        """Return a row a phase: who is in it now, and the share that reached it in time."""
        heads = ("phase", "customers", "overdue", "window_days", "next_event", "reached", "share", "low", "high")
        rows: list[tuple[Any, ...]] = []
        of_all = cohorts[-1]
        for phase in (None, *self.own):
            after = self.own.items[0] if phase is None else self.own.after(phase.id)
            here = said["phase"] == (phase and phase.id)
            late = int((here & (said["days_overdue"] > 0)).sum())
            shares = [math.nan if phase is None else _known(of_all[f"{phase.id}_{name}"]) for name in heads[5:]]
            window, events = _window(phase, after), after and " or ".join(after.events)
            if phase or here.any():
                rows.append((phase and phase.id, int(here.sum()), late, window, events, *shares))
        columns = {name: as_column([row[place] for row in rows]) for place, name in enumerate(heads)}
        show = [
            Show("phase", ("phase", "customers"), lambda phase, _: phase or "none yet"),
            Show("customers"),
            Show("overdue"),
            Show("window in days", "window_days", number),
            Show("next comes with", "next_event"),
            Show(f"reached in {self.own.horizon_days:g} days", "share", "percent"),
            Show("interval", ("low", "high"), span, right=True),
        ]
        return Listing("Where they are, and how many reach it in time", columns, like=self.events.table, show=show)

    def notes(self) -> list[str]:
        """Say what a reader must know beside the numbers."""
        said = self.events.notes([event for phase in self.own for event in phase.events], "The event")
        start = " or ".join(map(repr, self.own[self.own.clock_starts].events))
        lacking = int((self.clock == NOT_A_TIME).sum())
        if lacking:
            who = f"The clock of {counted(lacking, 'customer')} has not started: no {start} was seen"
            said.append(f"{who}; {'it is' if lacking == 1 else 'they are'} in no cohort.")
        early, valued = int(self.early.any(axis=1).sum()), int((self.first_value < 0).sum())
        if early:
            who = f"{counted(early, 'customer')} had events of later phases before {start}, which starts the clock"
            said.append(f"{who}: they count from there. If they had started earlier, say so with clock= or evidence=.")
        if valued:
            said.append(f"{counted(valued, 'customer')} reached the first goal before the start: 0 days to it.")
        return said


def _window(phase: Phase | None, after: Phase | None) -> float:
    """Return how long a phase may last, NaN for no limit; nothing follows the last phase that could be overdue."""
    return math.nan if phase is None or after is None or phase.window_days is None else phase.window_days


def _known(value: float | None) -> float:
    return math.nan if value is None else value
