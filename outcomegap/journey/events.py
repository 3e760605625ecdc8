"""Events of customers read from any data frame (who, what, when), with one clock; cut off at the moment of looking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import in_range
from outcomegap.churn.columns import Columns, as_text
from outcomegap.errors import DataError, Problem, nearest
from outcomegap.frames import Table
from outcomegap.frames.arrays import is_null, plain_values
from outcomegap.intake.times import NOT_A_TIME, as_moment, interval, shown
from outcomegap.listing import counted

Array = NDArray[Any]
Codes = NDArray[np.int64]
Moments = NDArray[np.int64]
Day = np.datetime64

#: Microseconds of a day and of a minute.
DAY, MINUTE = 86_400_000_000, 60_000_000
#: Longer than any two moments are apart, and far from what 64 bits hold.
LONGEST = 2**60


@attrs.frozen(eq=False)
class Events:
    """Events up to the moment of looking, customer by customer, in the order of time; made by `read_events`.

    Parameters
    ----------
    table
        The frame.
    customers
        What names each customer, in the order of the first row.
    codes
        For each event the position of its customer; ascending.
    names
        The distinct names of events.
    name
        For each event the position of its name.
    time
        For each event microseconds since 1970 in UTC; ascending for each customer, rows of one moment in their order.
    as_of
        The moment of looking, in microseconds.
    excluded
        How many events come after it.
    not_yet
        What names the customers who have no other events.
    """

    table: Table
    customers: Array
    codes: Codes
    names: tuple[str, ...]
    name: Codes
    time: Moments
    as_of: int
    excluded: int
    not_yet: Array

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def daily(self) -> bool:
        """Whether all times are midnights: the frame knows days, and no hours."""
        return len(self) > 0 and bool((self.time % DAY == 0).all())

    def first(self, *names: str) -> Moments:
        """Return when each customer had an event of one of these names first (of any, without names)."""
        found = np.full(len(self.customers), NOT_A_TIME, dtype=np.int64)
        known = [self.names.index(name) for name in names if name in self.names]
        here = np.flatnonzero(np.isin(self.name, known) if names else np.ones(len(self), dtype=bool))[::-1]
        found[self.codes[here]] = self.time[here]  # the earliest is written last
        return found

    def notes(self, named: Iterable[str], what: str) -> list[str]:
        """Say which of these names of events stand in no row, and what comes after the moment of looking."""
        near = {name: nearest(name, self.names) for name in named if name not in self.names}
        said = [f"{what} {name!r} stands in no row (did you mean {other!r}?)." for name, other in near.items() if other]
        rest = [repr(name) for name, other in near.items() if other is None]
        if rest:
            said.append(
                f"{what}{'s' if len(rest) > 1 else ''} {', '.join(rest)} stand{'s' * (len(rest) == 1)} in no row."
            )
        said += later(self.excluded, "event", self.as_of)
        if len(self.not_yet):
            said.append(f"{counted(len(self.not_yet), 'customer has', 'customers have')} only such events.")
        return said


class EventColumns(Columns):
    """Reads whole columns of moments and of names; a column that cannot be read is noted, and stands as empty."""

    def moments(self, argument: str, name: str) -> Moments:
        """Read a column of moments, none of them empty, as microseconds since 1970 in UTC."""
        column = self.name(argument, name)
        if column is None:
            return np.full(len(self.table), NOT_A_TIME, dtype=np.int64)
        values = self.table.values(column)
        if values.dtype.kind == "M":
            found, bad = values.astype("M8[us]").astype(np.int64), np.zeros(len(values), dtype=bool)
        else:
            found, bad = self._each(argument, column, plain_values(values), "time")
        missing = (found == NOT_A_TIME) & ~bad  # what is bad has been noted
        self.rows("missing-time", f"{argument}: column {column!r} is empty; say when", column, missing)
        return found

    def coded(self, argument: str, name: str, what: str) -> tuple[Codes, list[Any]]:
        """Read a column of names, none of them empty: the position of each among the distinct ones, and these."""
        items = self.who(argument, name) or []
        distinct = {item: None for item in dict.fromkeys(items) if as_text(item) is not None}
        place = {item: number for number, item in enumerate(distinct)}
        codes = np.fromiter((place.get(item, -1) for item in items), dtype=np.int64, count=len(items))
        if len(codes):
            self.rows(f"missing-{argument}", f"{argument}: column {name!r} is empty; name {what}", name, codes < 0)
        return codes, list(distinct)


def read_events(what: str, frame: Any, *, as_of: Any, customer: str, event: str, time: str) -> Events:
    """Read a frame of events; later ones than `as_of` are counted and put aside.

    Raises
    ------
    DataError
        With everything that is wrong: columns that are not there, rows without a customer, an event or a time.
    """
    until = moment_of(what, as_of)
    columns = EventColumns(frame, what)
    who, _ = columns.coded("customer", customer, "every customer")
    happened, events = columns.coded("event", event, "every event")
    when = columns.moments("time", time)
    columns.done()
    kept = when <= until
    names = tuple(str(as_text(item)) for item in events)
    number: dict[str, int] = {}
    same = np.array([number.setdefault(name, len(number)) for name in names], dtype=np.int64)  # 3 and 3.0 are one name
    codes, customers, not_yet = _seen(columns.table.values(customer), who, kept)
    rows = np.flatnonzero(kept)
    order = np.lexsort((when[rows], codes))
    rows = rows[order]
    return Events(
        table=columns.table,
        customers=customers,
        codes=codes[order],
        names=tuple(number),
        name=same[happened[rows]] if len(rows) else np.zeros(0, dtype=np.int64),
        time=when[rows],
        as_of=until,
        excluded=int((~kept).sum()),
        not_yet=not_yet,
    )


def _seen(values: Array, codes: Codes, kept: NDArray[np.bool_]) -> tuple[Codes, Array, Array]:
    """Return the kept events' customers numbered anew, what names them, and what names those without kept events."""
    count = int(codes.max(initial=-1)) + 1
    first = np.zeros(count, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    there = np.bincount(codes[kept], minlength=count) > 0
    number = np.cumsum(there) - 1
    return number[codes[kept]], values[first[there]], values[first[~there]]


def moment_of(what: str, as_of: Any) -> int:
    """Return a moment of looking, which must be there, in microseconds."""
    try:
        found = None if is_null(as_of) else as_moment(as_of)
    except DataError as error:
        raise DataError.all(what, error.problems) from None
    if found is None:
        message = "as_of: say at which moment to look, such as '2026-01-31'; what comes later is not looked at"
        raise DataError.all(what, [Problem("as-of", message)])
    return found


def day_of(what: str, value: Any) -> Day:
    """Return a date, a time (its day in UTC) or ISO 8601 text as a day.

    Examples
    --------
    >>> str(day_of("x", "2026-01-31T23:00-02:00"))
    '2026-02-01'
    """
    try:
        moment = None if is_null(value) else as_moment(value)
    except DataError:
        moment = None
    if moment is None:
        message = f"{what}: a day is a date, or text such as '2026-01-31' (got {value!r:.60})"
        raise DataError(message, [Problem("not-a-date", message, value=str(value))])
    return np.datetime64(moment // DAY, "D")


def span_of(name: str, value: float, unit: int) -> int:
    """Return a positive number of a unit of time in microseconds, no more than all of time.

    Examples
    --------
    >>> span_of("minutes", 1.5, MINUTE), span_of("days", 1e300, DAY) == LONGEST
    (90000000, True)
    """
    return round(min(in_range(name, value, 0, above=True) * unit, LONGEST))


def later(count: int, what: str, as_of: int) -> list[str]:
    """Say how many things were put aside because they come after the moment of looking.

    Examples
    --------
    >>> later(1, "event", 0), later(0, "event", 0)
    (['1 event comes after 1970-01-01 and is in nothing here.'], [])
    """
    comes, are = ("comes", "is") if count == 1 else ("come", "are")
    return [f"{counted(count, what)} {comes} after {shown(as_of)} and {are} in nothing here."] if count else []


def as_times(moments: Moments) -> NDArray[np.datetime64]:
    """Return microseconds as datetimes, `NOT_A_TIME` as NaT."""
    return moments.astype("M8[us]")  # NOT_A_TIME is what NumPy takes for NaT


def days_between(start: Moments | int, end: Moments | int) -> NDArray[np.float64]:
    """Return days from start to end; NaN where either is missing."""
    return interval(start, end, "days")
