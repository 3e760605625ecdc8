"""Events of customers read from any data frame (who, what, when), up to the moment of looking; courses of steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, TypeVar, overload

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import in_range
from outcomegap.churn.columns import Columns, as_text
from outcomegap.errors import DataError, ModelError, Problem, hint, nearest
from outcomegap.frames import Table
from outcomegap.frames.arrays import Array, Mask, is_null, plain_values
from outcomegap.intake.times import as_moment, shown
from outcomegap.listing import as_column, counted

Codes = NDArray[np.int64]
Moments = NDArray[np.datetime64]
Day = np.datetime64
T = TypeVar("T")

#: Microseconds of a day and of a minute.
DAY, MINUTE = 86_400_000_000, 60_000_000
#: Longer than any two moments are apart, and far from what 64 bits hold.
LONGEST = 2**60
#: No moment.
NO_TIME = np.datetime64("NaT", "us")


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
        For each event when it was, in UTC; ascending for each customer, rows of one moment in their order.
    as_of
        The moment of looking.
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
    as_of: np.datetime64
    excluded: int
    not_yet: Array

    def first(self, *names: str) -> Moments:
        """Return when each customer had an event of one of these names first (of any, without names)."""
        known = [self.names.index(name) for name in names if name in self.names]
        here = np.isin(self.name, known) if names else np.ones(len(self.time), dtype=bool)
        first, _ = first_and_last(self.codes, len(self.customers), here)
        return np.append(self.time, NO_TIME)[first]

    def notes(self, named: Iterable[str], what: str) -> list[str]:
        """Say which of these names of events stand in no row, and what comes after the moment of looking."""
        near = {name: nearest(name, self.names) for name in named if name not in self.names}
        said = [f"{what} {name!r} stands in no row (did you mean {other!r}?)." for name, other in near.items() if other]
        rest = [repr(name) for name, other in near.items() if other is None]
        if rest:
            plural, verb = ("", "stands") if len(rest) == 1 else ("s", "stand")
            said.append(f"{what}{plural} {', '.join(rest)} {verb} in no row.")
        said += later(self.excluded, "event", self.as_of)
        if len(self.not_yet):
            said.append(f"{counted(len(self.not_yet), 'customer has', 'customers have')} only such events.")
        return said


def first_and_last(codes: Codes, count: int, known: Mask) -> tuple[Codes, Codes]:
    """Return the first and the last place of each code at which something is known; one past all where nothing is.

    Examples
    --------
    >>> first_and_last(np.array([0, 1, 0]), 3, np.array([True, True, True]))
    (array([0, 1, 3]), array([2, 1, 3]))
    """
    rows = np.flatnonzero(known)
    first, last = (np.full(count, len(codes), dtype=np.int64) for _ in range(2))
    last[codes[rows]] = rows
    first[codes[rows[::-1]]] = rows[::-1]
    return first, last


class Course(Sequence[T]):
    """Named steps in their order; `step` is what one is called, `key` the attribute that names it."""

    __slots__ = ()
    step: ClassVar[str]
    key: ClassVar[str] = "name"
    items: tuple[T, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(getattr(item, self.key) for item in self.items)

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, place: int | str) -> T: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...

    def __getitem__(self, place: int | str | slice) -> T | Sequence[T]:
        return self.items[self.place(place) if isinstance(place, str) else place]

    def __contains__(self, item: object) -> bool:
        return item in self.items or item in self.names

    def listed(self, mask: Mask) -> Array:
        """Return for each customer the names of the steps that a mask marks, as text; None without any."""
        return as_column([", ".join(np.array(self.names)[row]) or None for row in mask])

    def place(self, name: str | None) -> int:
        """Return the position of a step by name; -1 for None: none reached yet."""
        if name is None:
            return -1
        if name not in self.names:
            message = f"no {self.step} {name!r:.60}{hint(name, self.names)}"
            raise ModelError.of(f"unknown-{self.step}", f"{self.step}s", message)
        return self.names.index(name)

    def after(self, name: str | None) -> T | None:
        """Return the step after one; after None the first; None after the last."""
        place = self.place(name) + 1
        return self.items[place] if place < len(self) else None


class EventColumns(Columns):
    """Reads whole columns of moments and of names; a column that cannot be read is noted, and stands as empty."""

    def moments(self, argument: str, name: str) -> Moments:
        """Read a column of moments, none of them empty, in UTC."""
        column = self.name(argument, name)
        if column is None:
            return np.full(len(self.table), NO_TIME)
        values, bad = self.table.values(column), np.zeros(len(self.table), dtype=bool)
        if values.dtype.kind != "M":
            values, bad = self._each(argument, column, plain_values(values), "time")
        found = values.astype("M8[us]")  # what is bad has been noted
        self.rows("missing-time", f"{argument}: column {column!r} is empty; say when", column, np.isnat(found) & ~bad)
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


def read_events(what: str, frame: object, *, as_of: object, customer: str, event: str, time: str) -> Events:
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
    _, first = np.unique(who, return_index=True)
    present, codes = np.unique(who[kept], return_inverse=True)
    customers, rows = columns.table.values(customer), np.flatnonzero(kept)
    order = np.lexsort((when[rows], codes))
    rows = rows[order]
    return Events(
        table=columns.table,
        customers=customers[first[present]],
        codes=codes[order],
        names=tuple(number),
        name=same[happened[rows]],
        time=when[rows],
        as_of=until,
        excluded=int((~kept).sum()),
        not_yet=customers[np.delete(first, present)],
    )


def moment_of(what: str, as_of: object) -> np.datetime64:
    """Return `as_of`; it is required."""
    try:
        found = None if is_null(as_of) else as_moment(as_of)
    except DataError as error:
        raise DataError.all(what, error.problems) from None
    if found is None:
        message = "as_of: say at which moment to look, such as '2026-01-31'; what comes later is not looked at"
        raise DataError.all(what, [Problem("as-of", message)])
    return np.datetime64(found, "us")


def day_of(what: str, value: object) -> Day:
    """Return a date, a time (its day in UTC) or ISO 8601 text as a day.

    Examples
    --------
    >>> str(day_of("x", "2026-01-31T23:00-02:00"))
    '2026-02-01'
    """
    try:
        day: Day = moment_of(what, value).astype("M8[D]")
    except DataError:
        message = f"{what}: a day is a date, or text such as '2026-01-31' (got {value!r:.60})"
        raise DataError(message, [Problem("not-a-date", message, value=str(value))]) from None
    return day


def span_of(name: str, value: float, unit: int) -> np.timedelta64:
    """Return a positive number of a unit of time as a span, no longer than all of time.

    Examples
    --------
    >>> span_of("minutes", 1.5, MINUTE).item(), int(span_of("days", 1e300, DAY).astype(int)) == LONGEST
    (datetime.timedelta(seconds=90), True)
    """
    return np.timedelta64(round(min(in_range(name, value, 0, above=True) * unit, LONGEST)), "us")


def later(count: int, what: str, as_of: np.datetime64) -> list[str]:
    """Say how many things were put aside because they come after the moment of looking.

    Examples
    --------
    >>> later(1, "event", np.datetime64("1970-01-01", "us")), later(0, "event", NO_TIME)
    (['1 event comes after 1970-01-01 and is in nothing here.'], [])
    """
    comes, are = ("comes", "is") if count == 1 else ("come", "are")
    return [f"{counted(count, what)} {comes} after {moment_text(as_of)} and {are} in nothing here."] if count else []


def moment_text(moment: np.datetime64) -> str:
    """Return a moment as text: a midnight as its day."""
    return shown(int(moment.astype(np.int64)))


def days_between(start: Moments, end: Moments | np.datetime64) -> NDArray[np.float64]:
    """Return days from start to end; NaN where either is missing."""
    return (end - start) / np.timedelta64(1, "D")
