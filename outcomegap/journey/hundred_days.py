"""Where each customer is in the eight phases, what comes next, and how many reach each phase in a hundred days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.churn.columns import place_of
from outcomegap.errors import DataError, ModelError, hint
from outcomegap.frames.arrays import plain_values
from outcomegap.intake.times import NOT_A_TIME, shown
from outcomegap.journey.events import Events, as_times, days_between, read_events
from outcomegap.journey.phase import Phase, Phases, clock_in
from outcomegap.journey.phase import phases as _phases
from outcomegap.listing import Listing, as_column, counted
from outcomegap.stats import z_of

if TYPE_CHECKING:
    from outcomegap.journey.impression import FirstImpression

Array = NDArray[Any]
#: Stands where a customer is in no phase yet.
NONE = -1
#: The phase that is the first value: the first goal reached.
FIRST_VALUE = "accomplish"


class FirstHundredDays:
    """Each customer's place in the first hundred days; made by `first_hundred_days`.

    Attributes
    ----------
    phases
        The phases, with the events, windows, clock and horizon that were used.
    excluded
        How many events come after the moment of looking; they are in nothing here.
    not_yet
        What names the customers who have only such events.
    confidence
        Of every interval.
    """

    def __init__(self, events: Events, phases: Phases, confidence: float) -> None:
        self._events, self.phases, self.confidence = events, phases, confidence
        self.excluded, self.not_yet = events.excluded, events.not_yet

    def __len__(self) -> int:
        return len(self._events.customers)

    @property
    def as_of(self) -> np.datetime64:
        """The moment of looking, in UTC."""
        return np.datetime64(self._events.as_of, "us")

    # When

    @cached_property
    def _first(self) -> NDArray[np.int64]:
        """When an event that proves each phase was seen first, in microseconds; shape (customers, phases)."""
        return np.stack([self._events.first(*phase.events) for phase in self.phases], axis=1)

    @cached_property
    def _early(self) -> NDArray[np.bool_]:
        """Which phases after the clock's were proved before the clock started; shape (customers, phases)."""
        later = np.arange(len(self.phases)) > self.phases.ids.index(self.phases.clock_starts)
        known = (self._first != NOT_A_TIME) & (self._clock != NOT_A_TIME)[:, None]
        found: NDArray[np.bool_] = known & later & (self._first < self._clock[:, None])
        return found

    @cached_property
    def _seen(self) -> NDArray[np.int64]:
        """From when each phase counts as proved: its first event, what came before the clock's start from there."""
        return np.where(self._early, self._clock[:, None], self._first)

    @cached_property
    def reached(self) -> NDArray[np.datetime64]:
        """When each phase was reached, shape (customers, phases): its event or one of a later phase; NaT where not.

        What was seen of a phase after the clock's before the clock started was reached at its start.
        """
        late = np.where(self._seen == NOT_A_TIME, np.iinfo(np.int64).max, self._seen)
        earliest = np.minimum.accumulate(late[:, ::-1], axis=1)[:, ::-1]
        return as_times(np.where(earliest == np.iinfo(np.int64).max, NOT_A_TIME, earliest))

    @cached_property
    def _place(self) -> NDArray[np.int64]:
        """The furthest phase whose event has been seen; `NONE` for a customer without any."""
        there = self._seen != NOT_A_TIME
        last = len(self.phases) - 1 - there[:, ::-1].argmax(axis=1)
        return np.where(there.any(axis=1), last, NONE)

    @cached_property
    def _clock(self) -> NDArray[np.int64]:
        """When the clock started; `NOT_A_TIME` where the event that starts it was not seen."""
        return self._first[:, self.phases.ids.index(self.phases.clock_starts)]

    @cached_property
    def _first_value(self) -> NDArray[np.float64]:
        """Days from the clock's start to the first goal, negative where that came first; NaN where either is not."""
        if FIRST_VALUE not in self.phases:
            return np.full(len(self), np.nan)
        return days_between(self._clock, self._first[:, self.phases.ids.index(FIRST_VALUE)])

    # What is said of each customer

    @cached_property
    def columns(self) -> dict[str, Array]:
        """What is known of each customer, as columns: see `to_frame`."""
        place, as_of = self._place, self._events.as_of
        now = [None if number == NONE else self.phases.items[number] for number in place.tolist()]
        coming = [self.phases.items[number + 1] if number + 1 < len(self.phases) else None for number in place.tolist()]
        since = np.where(place == NONE, NOT_A_TIME, self._seen[np.arange(len(place)), place])
        stay = days_between(since, as_of)
        limit = [None if phase is None else phase.window_days for phase in now]
        window = np.array([np.nan if days is None else days for days in limit], dtype=np.float64)
        window[[phase is None for phase in coming]] = np.nan  # nothing follows the last phase that could be overdue
        late = stay - window
        over: list[bool | None] = [
            None if phase is None else bool(days > 0) for phase, days in zip(now, late.tolist(), strict=True)
        ]
        return {
            "customer": self._events.customers,
            "phase": _texts(now, "id"),
            "since": as_times(since),
            "days_in_phase": stay,
            "window_days": window,
            "overdue": as_column(over),
            "days_overdue": np.where(late > 0, late, np.nan),
            "next_phase": _texts(coming, "id"),
            "next_event": as_column([None if phase is None else " or ".join(phase.events) for phase in coming]),
            "next_step": as_column([self._step(phase, after) for phase, after in zip(now, coming, strict=True)]),
            "clock_started": as_times(self._clock),
            "day": days_between(self._clock, as_of),
            "days_to_first_value": np.maximum(self._first_value, 0.0),
            "before_start": as_column([", ".join(np.array(self.phases.ids)[early]) or None for early in self._early]),
            "not_seen": as_column([self._not_seen(row, number) for row, number in enumerate(place.tolist())]),
        }

    def _step(self, phase: Phase | None, after: Phase | None) -> str | None:
        """Return what to do: the act of the phase the customer is in; of the first, for one who is in none."""
        here = phase or after
        return here.act if here is not None else None

    def _not_seen(self, row: int, place: int) -> str | None:
        """Return the phases passed over: before the furthest one, and their event not seen."""
        passed = [phase.id for phase, when in zip(self.phases, self._seen[row, : max(place, 0)], strict=False)
                  if when == NOT_A_TIME]  # fmt: skip
        return ", ".join(passed) or None

    def to_frame(self) -> Any:
        """Return a row a customer, in the order of their first rows, the same kind of frame that came in.

        Its columns: ``customer``; ``phase``, ``since`` (when its event was seen; the clock's start where that was
        later), ``days_in_phase``, ``window_days``, ``overdue`` (null for one in no phase yet), ``days_overdue``;
        ``next_phase`` and ``next_event`` (what would prove it), ``next_step`` (what to do); ``clock_started``, ``day``
        (days since), ``days_to_first_value`` (from there to the event of ``accomplish``; 0 where that came first);
        ``before_start`` (phases after the clock's whose event was seen before the start); ``not_seen`` (phases passed
        over: a later one was proved, they were not).
        """
        return self._events.table.build(self.columns, index_like=False)

    def rows(self) -> list[dict[str, Any]]:
        """Return the same as a dict of plain Python values a customer."""
        return Listing("", self.columns, like=self._events.table).rows()

    def __getitem__(self, customer: Any) -> dict[str, Any]:
        """Return what is said of one customer."""
        ids = plain_values(self._events.customers)
        row = place_of(customer, ids)
        if row is None:
            known = hint(customer, map(str, ids))
            raise DataError(f"no customer {customer!r:.60} has events up to {shown(self._events.as_of)}{known}")
        return Listing("", {name: values[[row]] for name, values in self.columns.items()}).rows()[0]

    @cached_property
    def overdue(self) -> Listing:
        """Who has been in a phase for longer than its window, the longest overdue first, and what to do."""
        late = np.nan_to_num(self.columns["days_overdue"], nan=0.0)
        rows = np.argsort(-late, kind="stable")[: int((late > 0).sum())]
        names = ("customer", "phase", "days_in_phase", "window_days", "days_overdue", "next_event", "next_step")
        title = f"Overdue: {len(rows):,} of {counted(len(self), 'customer')}"
        return Listing(
            title, {name: self.columns[name][rows] for name in names}, like=self._events.table, hide=("next_step",)
        )

    # What is said of all of them

    @cached_property
    def cohorts(self) -> Listing:
        """By month in which the clock started, and of all months: who reached each phase by the end of the horizon.

        A row a month and phase. Only customers whose horizon is over count (``complete``); those not yet that old
        stand apart (``too_young``), whatever they have reached so far. ``share`` is ``reached`` / ``complete``, NaN
        where nobody counts, with Wilson's interval ``low`` to ``high``. A phase that was reached before the clock
        started counts as reached. The rows with an empty month are those of all months.
        """
        from outcomegap.journey.cohorts import cohorts_of

        return cohorts_of(self)

    def first_impression(
        self,
        *,
        begins: str | None = None,
        minutes: float = 5,
        session_gap_minutes: float = 30,
        days: float = 7,
        errors: Iterable[str] = (),
    ) -> FirstImpression:
        """Return what happened in the first minutes, session and days; see `outcomegap.journey.first_impression`."""
        from outcomegap.journey.impression import impression_of

        return impression_of(
            self._events,
            begins=begins,
            minutes=minutes,
            session_gap_minutes=session_gap_minutes,
            days=days,
            errors=errors,
            confidence=self.confidence,
        )

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the numbers."""
        from outcomegap.journey.hundred_days_text import hundred_days_notes

        return tuple(hundred_days_notes(self))

    def __str__(self) -> str:
        from outcomegap.journey.hundred_days_text import hundred_days_text

        return hundred_days_text(self)

    def _repr_html_(self) -> str:
        from outcomegap.journey.hundred_days_text import hundred_days_html

        return hundred_days_html(self)

    def __repr__(self) -> str:
        return f"<FirstHundredDays of {len(self)} customers>"


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
) -> FirstHundredDays:
    """Place each customer in the eight phases of the first hundred days.

    A customer is in the furthest phase whose event has been seen, since that event was seen first; a phase is reached
    with its own event or one of a later phase, whichever came first. It is overdue when its window is over: at
    ``days_in_phase > window_days``, not yet at equality; nothing follows the last phase, so it never is.

    Time counts from the clock's start. An event of a phase after the clock's that was seen before the start proves its
    phase, at day 0: nobody is in such a phase for longer than they have been customers, and the first value never came
    after fewer than 0 days. The column ``before_start`` names these phases, and `FirstHundredDays.notes` counts the
    customers. Phases before the clock's (``assess`` before the contract) and customers whose clock has not started keep
    the times of their events.

    Parameters
    ----------
    events
        Any data frame, a row an event. Names of events that prove no phase are counted by `first_impression` alone.
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
    FirstHundredDays
        `to_frame` has a row a customer, `overdue` who is late, `cohorts` the shares by month of starting.

    Raises
    ------
    DataError
        With everything that is wrong with `as_of`, the columns and what they hold.
    ModelError
        If a phase, a window or the horizon is none.

    References
    ----------
    Coleman, Never Lose a Customer Again (2018), for the eight phases; Wilson (1927), see `outcomegap.churn.wilson`.

    Examples
    --------
    >>> log = {"customer": ["A", "A", "B", "A"],
    ...        "event": ["contract_signed", "welcome_call_held", "contract_signed", "first_work_done"],
    ...        "time": ["2026-01-01", "2026-01-04", "2026-01-05", "2026-02-01"]}
    >>> start = first_hundred_days(log, as_of="2026-01-11")
    >>> [(row["customer"], row["phase"], row["days_in_phase"], row["overdue"]) for row in start.rows()]
    [('A', 'affirm', 7.0, True), ('B', 'admit', 6.0, True)]
    >>> start["A"]["next_event"], start["B"]["next_event"]
    ('first_work_done', 'welcome_call_held')
    >>> start.excluded
    1
    """
    own = _own(phases, clock, horizon_days, windows)
    z_of(confidence)
    read = read_events("first_hundred_days", events, as_of=as_of, customer=customer, event=event, time=time)
    return FirstHundredDays(read, own, confidence)


def _own(given: object, clock: object, horizon: object, windows: object) -> Phases:
    """Return the phases with the caller's clock, horizon and windows."""
    base = _phases() if given is None else given
    if not isinstance(base, Phases):
        message = f"is what og.journey.phases() returns (got {given!r:.60})"
        raise ModelError.of("phases", "first_hundred_days.phases", message)
    checks = Checks("these phases cannot be used", "first_hundred_days")
    table: Mapping[str, Any] = windows if isinstance(windows, Mapping) else {}
    if windows is not None and not isinstance(windows, Mapping):
        checks.finding("table", "windows", f"must be a table by phase (got {windows!r:.60})")
    checks.keys("windows", table, base.ids)
    items = tuple(
        attrs.evolve(phase, window_days=checks.days(f"windows.{phase.id}", table.get(phase.id, phase.window_days)))
        for phase in base
    )
    proofs = [(phase.id, phase.events) for phase in base]
    start = base.clock_starts if clock is None else clock_in(checks, "clock", clock, proofs)
    days = base.horizon_days if horizon is None else checks.days("horizon_days", horizon)
    checks.done()
    return Phases(items, start, float(days or 0))


def _texts(found: list[Phase | None], field: str) -> Array:
    return as_column([None if phase is None else getattr(phase, field) for phase in found])
