"""The first impression: what happens in a customer's first minutes, first session and first days."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import among
from outcomegap.errors import DataError, Problem, hint, nearest
from outcomegap.intake.times import NOT_A_TIME
from outcomegap.journey.events import DAY, MINUTE, Events, as_times, later, not_among, read_events, span_of
from outcomegap.listing import Listing, as_column, counted, percent
from outcomegap.stats import wilson, z_of

Array = NDArray[Any]
Mask = NDArray[np.bool_]


@attrs.frozen(eq=False)
class Window:
    """What happened in one window of time that begins with each customer's first moment.

    Parameters
    ----------
    name
        ``"minutes"``, ``"session"`` or ``"days"``.
    says
        What it is, for people.
    over
        For each customer whether it has ended; what is counted before is not all.
    events, errors
        How many events, and how many of them are errors; the first moment's own are among them.
    """

    name: str
    says: str
    over: Mask
    events: NDArray[np.int64]
    errors: NDArray[np.int64]


class FirstImpression:
    """What happened in each customer's first minutes, first session, first days; made by `first_impression`.

    Attributes
    ----------
    windows
        The windows that the times allow to tell: only the last one where the frame knows days and no hours.
    not_begun
        What names the customers without the event that begins; empty where any event does.
    """

    def __init__(
        self,
        events: Events,
        began: Array,
        windows: tuple[Window, ...],
        errors: frozenset[str] | None,
        confidence: float,
    ) -> None:
        self._events, self._began, self.windows = events, began, windows
        self._errors, self._confidence = errors, confidence
        self._here = began != NOT_A_TIME
        self.not_begun: Array = events.customers[~self._here]

    def __len__(self) -> int:
        return int(self._here.sum())

    @cached_property
    def columns(self) -> dict[str, Array]:
        """What is known of each customer who has begun, as columns: see `to_frame`."""
        here = self._here
        columns = {"customer": self._events.customers[here], "began": as_times(self._began[here])}
        for window in self.windows:
            columns[f"{window.name}_over"] = window.over[here]
            columns[f"{window.name}_events"] = window.events[here]
            if self._errors is not None:
                columns[f"{window.name}_errors"] = window.errors[here]
        return columns

    def to_frame(self) -> Any:
        """Return a row a customer who has begun, the same kind of frame that came in.

        Its columns: ``customer``, ``began``, and for each window (``minutes``, ``session``, ``days``)
        ``minutes_over`` (whether it has ended; if not, the counts may still grow), ``minutes_events``, and
        ``minutes_errors`` where errors were named.
        """
        return self._events.table.build(self.columns, index_like=False)

    def rows(self) -> list[dict[str, Any]]:
        """Return the same as a dict of plain Python values a customer."""
        return Listing("", self.columns, like=self._events.table).rows()

    @cached_property
    def summary(self) -> Listing:
        """A row a window: how much happens in it, over the customers for whom it has ended.

        ``customers`` for whom it is over, ``still_open`` for how many it is not; ``mean_events`` and
        ``median_events``; ``nothing_more``: share of customers for whom nothing followed the first moment;
        ``with_error``: share with an error; each share with Wilson's interval.
        """
        columns: dict[str, list[Any]] = {}
        for window in self.windows:
            for name, value in self._said(window).items():
                columns.setdefault(name, []).append(value)
        shares = ("nothing_more", "nothing_more_low", "nothing_more_high", "with_error", "error_low", "error_high")
        title = f"First impression of {counted(len(self), 'customer')}"
        made = {name: as_column(values) for name, values in columns.items()}
        return Listing(title, made, like=self._events.table, notes=self.notes, formats=dict.fromkeys(shares, percent))

    def _said(self, window: Window) -> dict[str, Any]:
        over = window.over & self._here
        count = int(over.sum())
        events = window.events[over]
        said: dict[str, Any] = {
            "window": window.says,
            "customers": count,
            "still_open": len(self) - count,
            "mean_events": float(events.mean()) if count else math.nan,
            "median_events": float(np.median(events)) if count else math.nan,
        }
        counted = [("nothing_more", "nothing_more", int((events <= 1).sum()))]
        if self._errors is not None:
            counted.append(("with_error", "error", int((window.errors[over] > 0).sum())))
        for name, ends, number in counted:
            said[name] = number / count if count else math.nan
            said[f"{ends}_low"], said[f"{ends}_high"] = wilson(number, count, self._confidence)
        return said

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the numbers."""
        said = [] if self._errors is None else not_among(sorted(self._errors), self._events.names, "The error")
        if len(self.windows) == 1:
            said.append("All times are midnights: what happens within a day cannot be told.")
        if len(self.not_begun):
            said.append(f"{counted(len(self.not_begun), 'customer has', 'customers have')} not begun.")
        if self._events.excluded:
            said.append(later(self._events.excluded, "event"))
        if len(self._events.not_yet):
            said.append(f"{counted(len(self._events.not_yet), 'customer has', 'customers have')} only such events.")
        return tuple(said)

    def __str__(self) -> str:
        return str(self.summary)

    def _repr_html_(self) -> str:
        return self.summary._repr_html_()

    def __repr__(self) -> str:
        return f"<FirstImpression of {len(self)} customers>"


def first_impression(
    events: Any,
    *,
    as_of: Any,
    customer: str = "customer",
    event: str = "event",
    time: str = "time",
    begins: str | None = None,
    minutes: float = 5,
    session_gap_minutes: float = 30,
    days: float = 7,
    errors: Iterable[str] = (),
    confidence: float = 0.95,
) -> FirstImpression:
    """Count what happens in each customer's first minutes, first session and first days.

    The first five minutes decide, it is said. That is a claim to be tested: what is counted here is a measure of its
    own, which can stand in a model beside others, or be held against who stayed.

    Parameters
    ----------
    events
        Any data frame, a row an event.
    as_of
        The moment of looking; later events are excluded and counted.
    customer, event, time
        What the columns are called.
    begins
        The event with which a customer begins, such as ``"first_login"``: its first time counts. None: any event.
    minutes, days
        How long the first minutes and the first days last; an event at their very end is in them.
    session_gap_minutes
        The first session lasts until the first pause longer than this. 30 is common in web statistics, no more.
    errors
        Names of the events that are errors; none means that errors are not counted.
    confidence
        Of every interval.

    Raises
    ------
    DataError
        With everything that is wrong with the columns, or if an argument is none that serves.

    Examples
    --------
    >>> log = {"customer": ["A", "A", "A", "B"], "event": ["login", "crash", "login", "login"],
    ...        "time": ["2026-01-01T09:00", "2026-01-01T09:02", "2026-01-03T09:00", "2026-01-02T10:00"]}
    >>> first = first_impression(log, as_of="2026-02-01", errors=["crash"])
    >>> [(row["customer"], row["minutes_events"], row["minutes_errors"], row["days_events"]) for row in first.rows()]
    [('A', 2, 1, 3), ('B', 1, 0, 1)]
    >>> first.summary[0]["nothing_more"], first.summary[0]["with_error"]
    (0.5, 0.5)
    """
    read = read_events("first_impression", events, as_of=as_of, customer=customer, event=event, time=time)
    return impression_of(
        read,
        begins=begins,
        minutes=minutes,
        session_gap_minutes=session_gap_minutes,
        days=days,
        errors=errors,
        confidence=confidence,
    )


def impression_of(
    events: Events,
    *,
    begins: object,
    minutes: object,
    session_gap_minutes: object,
    days: object,
    errors: object,
    confidence: float,
) -> FirstImpression:
    """Count what `first_impression` counts, of events that have been read."""
    z_of(confidence)
    problems: list[Problem] = []
    sizes = {"minutes": (minutes, MINUTE), "session_gap_minutes": (session_gap_minutes, MINUTE), "days": (days, DAY)}
    length = {name: _length(name, value, unit, problems) for name, (value, unit) in sizes.items()}
    wrong = _errors(errors, problems)
    if begins is not None and not among(begins, events.names):
        message = f"begins: no event {begins!r:.60} up to the moment of looking{hint(begins, events.names)}"
        near = nearest(begins, events.names)
        problems.append(Problem("unknown-event", message, value=str(begins), suggestion=near))
    if problems:
        raise DataError.all("first_impression", problems)
    began = _first(events) if begins is None else events.first(str(begins))
    windows = _windows(events, began, length, wrong or frozenset(), (minutes, days))
    return FirstImpression(events, began, windows, wrong, confidence)


def _windows(
    events: Events, began: Array, length: dict[str, int], errors: frozenset[str], said: tuple[Any, Any]
) -> tuple[Window, ...]:
    start = began[events.codes]
    after = (start != NOT_A_TIME) & (events.time >= start)
    passed = np.where(after, events.time - np.where(after, start, 0), -1)
    age = np.where(began == NOT_A_TIME, -1, events.as_of - np.where(began == NOT_A_TIME, 0, began))
    bad = np.isin(events.name, [number for number, name in enumerate(events.names) if name in errors])

    def window(name: str, says: str, within: Mask, over: Mask) -> Window:
        size = len(began)
        counts = [np.bincount(events.codes[mask], minlength=size) for mask in (within, within & bad)]
        return Window(name, says, over, counts[0], counts[1])

    of_days = window("days", f"first {said[1]:g} days", after & (passed <= length["days"]), age >= length["days"])
    if events.daily:
        return (of_days,)
    of_minutes = window(
        "minutes", f"first {said[0]:g} minutes", after & (passed <= length["minutes"]), age >= length["minutes"]
    )
    within, last = _session(events, after, length["session_gap_minutes"])
    ended = (began != NOT_A_TIME) & (events.as_of - last > length["session_gap_minutes"])
    return (of_minutes, window("session", "first session", within, ended), of_days)


def _session(events: Events, after: Mask, pause: int) -> tuple[Mask, Array]:
    """Tell which events are in the first session, and when each customer's last one in it was."""
    new = np.concatenate([[True], events.codes[1:] != events.codes[:-1]])[: len(events)]
    before = np.concatenate([[False], after[:-1]])[: len(events)] & ~new  # the event before is the customer's own
    gap = np.diff(events.time, prepend=0)[: len(events)]
    pauses = np.cumsum(before & (gap > pause))
    first = np.full(len(events.customers), 0, dtype=np.int64)
    rows = np.flatnonzero(after)[::-1]
    first[events.codes[rows]] = pauses[rows]  # the earliest is written last
    within: Mask = after & (pauses == first[events.codes])
    last = np.zeros(len(events.customers), dtype=np.int64)
    last[events.codes[within]] = events.time[within]
    return within, last


def _first(events: Events) -> Array:
    """Return when each customer's first event was."""
    found = np.full(len(events.customers), NOT_A_TIME, dtype=np.int64)
    found[events.codes[::-1]] = events.time[::-1]
    return found


def _length(name: str, value: object, unit: int, problems: list[Problem]) -> int:
    span = span_of(value, unit)
    if span is None:
        problems.append(Problem("length", f"{name} must be a positive number (got {value!r:.60})", value=str(value)))
    return span or 0


def _errors(value: object, problems: list[Problem]) -> frozenset[str] | None:
    """Return the names of events that are errors; None where none was named."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        problems.append(Problem("errors", f"errors lists names of events (got {value!r:.60})", value=str(value)))
        return None
    names = list(value)
    problems.extend(
        Problem("errors", f"errors lists names of events, not {name!r:.60}", value=str(name))
        for name in names
        if not isinstance(name, str)
    )
    return frozenset(str(name) for name in names) or None
