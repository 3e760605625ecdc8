"""Events of customers read from any data frame: who, what, when; sorted, and cut off at the moment of looking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import number_of
from outcomegap.churn.columns import Columns, as_text
from outcomegap.errors import DataError, Problem, nearest
from outcomegap.frames import Table
from outcomegap.frames.arrays import is_null, plain_values
from outcomegap.intake.times import NOT_A_TIME, as_moment, interval
from outcomegap.listing import counted

Array = NDArray[Any]
Codes = NDArray[np.int64]
Moments = NDArray[np.int64]

#: Microseconds of a day, of an hour and of a minute.
DAY, HOUR, MINUTE = 86_400_000_000, 3_600_000_000, 60_000_000
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
    rows
        For each event its row in the frame.
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
    rows: Codes
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
        """Return when each customer had an event of one of these names first; `NOT_A_TIME` where never."""
        found = np.full(len(self.customers), NOT_A_TIME, dtype=np.int64)
        known = [self.names.index(name) for name in names if name in self.names]
        here = np.flatnonzero(np.isin(self.name, known))[::-1]
        found[self.codes[here]] = self.time[here]  # the earliest is written last
        return found


class EventColumns(Columns):
    """Reads the columns of an event table: whole columns of moments and of names at once."""

    def name(self, argument: str, name: object) -> str | None:
        """Take the name of a column, which must be given; None where it is none."""
        if name is None:
            self.note("column-name", f"{argument} must name a column (got None)")
        return super().name(argument, name)

    def moments(self, argument: str, name: object) -> Moments | None:
        """Read a column of moments, none of them empty, as microseconds since 1970 in UTC."""
        column = self.name(argument, name)
        if column is None:
            return None
        values = self.table.values(column)
        if values.dtype.kind == "M":
            micro = values.astype("M8[us]").astype(np.int64)
            found, bad = np.where(np.isnat(values), NOT_A_TIME, micro), np.zeros(len(values), dtype=bool)
        else:
            found, bad = self._each(argument, column, plain_values(values), "time")
        # What is bad has been noted; it is no missing time on top.
        missing = (found == NOT_A_TIME) & ~bad
        self.rows("missing-time", f"{argument}: column {column!r} is empty; say when", column, missing)
        return found

    def coded(self, argument: str, name: object, what: str) -> tuple[Codes, list[Any]] | None:
        """Read a column of names, none of them empty: the position of each among the distinct ones, and these."""
        column = self.name(argument, name)
        if column is None:
            return None
        items = plain_values(self.table.values(column))
        try:
            distinct = {item: None for item in dict.fromkeys(items) if as_text(item) is not None}
        except TypeError:
            self.note("name", f"{argument}: column {column!r} holds lists or the like; a name is text or a number")
            return None
        place = {item: number for number, item in enumerate(distinct)}
        codes = np.fromiter((place.get(item, -1) for item in items), dtype=np.int64, count=len(items))
        self.rows(f"missing-{argument}", f"{argument}: column {column!r} is empty; name {what}", column, codes < 0)
        return codes, list(distinct)


def read_events(what: str, frame: Any, *, as_of: Any, customer: object, event: object, time: object) -> Events:
    """Read a frame of events.

    Parameters
    ----------
    what
        Who asks, for messages.
    frame
        Any data frame, a row an event.
    as_of
        The moment of looking: a date (its first instant), a time, or ISO 8601 text. Later events are counted and put
        aside.
    customer, event, time
        The columns that name the customer, the event, and say when it was.

    Raises
    ------
    DataError
        With everything that is wrong: columns that are not there, rows without a customer, an event or a time.
    """
    until = moment_of(what, as_of)
    columns = EventColumns(frame, what)
    who = columns.coded("customer", customer, "every customer")
    happened = columns.coded("event", event, "every event")
    when = columns.moments("time", time)
    columns.done()
    assert who is not None
    assert happened is not None
    assert when is not None
    kept = when <= until
    names = tuple(str(as_text(item)) for item in happened[1])
    number: dict[str, int] = {}
    same = np.array([number.setdefault(name, len(number)) for name in names], dtype=np.int64)  # 3 and 3.0 are one name
    codes, customers, not_yet = _seen(columns.table.values(str(customer)), who[0], kept)
    rows = np.flatnonzero(kept)
    order = np.lexsort((when[rows], codes))
    rows = rows[order]
    return Events(
        table=columns.table,
        customers=customers,
        codes=codes[order],
        names=tuple(number),
        name=same[happened[0][rows]] if len(rows) else np.zeros(0, dtype=np.int64),
        time=when[rows],
        rows=rows,
        as_of=until,
        excluded=int((~kept).sum()),
        not_yet=not_yet,
    )


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


def span_of(value: object, unit: int) -> int | None:
    """Return a positive number of a unit of time in microseconds, no more than all of time; None for what is none.

    Examples
    --------
    >>> span_of(1.5, MINUTE), span_of(0, DAY), span_of("7", DAY), span_of(1e300, DAY) == LONGEST
    (90000000, None, None, True)
    """
    number = number_of(value)
    return None if number is None or number <= 0 else round(min(number * unit, LONGEST))


def not_among(given: Iterable[str], names: tuple[str, ...], what: str) -> list[str]:
    """Say which names of events stand in no row, with the nearest that does where one is near."""
    near = {name: nearest(name, names) for name in given if name not in names}
    said = [f"{what} {name!r} stands in no row (did you mean {other!r}?)." for name, other in near.items() if other]
    rest = [repr(name) for name, other in near.items() if other is None]
    if rest:
        said.append(f"{what}{'s' if len(rest) > 1 else ''} {', '.join(rest)} stand{'s' * (len(rest) == 1)} in no row.")
    return said


def later(count: int, what: str) -> str:
    """Say how many things were put aside because they come after the moment of looking.

    Examples
    --------
    >>> later(1, "event"), later(2, "contact")
    ('1 event comes later and is in nothing here.', '2 contacts come later and are in nothing here.')
    """
    verbs = ("comes", "is") if count == 1 else ("come", "are")
    return f"{counted(count, what)} {verbs[0]} later and {verbs[1]} in nothing here."


def as_times(moments: Moments) -> NDArray[np.datetime64]:
    """Return microseconds as datetimes, `NOT_A_TIME` as NaT."""
    return moments.astype("M8[us]")  # NOT_A_TIME is what NumPy takes for NaT


def days_between(start: Moments | int, end: Moments | int) -> NDArray[np.float64]:
    """Return days from start to end; NaN where either is missing."""
    return interval(start, end, "days")


def _seen(values: Array, codes: Codes, kept: NDArray[np.bool_]) -> tuple[Codes, Array, Array]:
    """Return the kept events' customers numbered anew, what names them, and what names those without kept events."""
    count = int(codes.max(initial=-1)) + 1
    first = np.zeros(count, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    there = np.bincount(codes[kept], minlength=count) > 0
    number = np.cumsum(there) - 1
    return number[codes[kept]], values[first[there]], values[first[~there]]
