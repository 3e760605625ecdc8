"""Dates and times of raw tables: moments in microseconds in UTC; a time without a zone is UTC."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import show, within
from outcomegap.errors import DataError
from outcomegap.frames import Table
from outcomegap.frames.arrays import Mask, is_blank
from outcomegap.intake.date_formats import formats_that_read
from outcomegap.intake.names import UnreadableError, Wanted, number_of, text_of
from outcomegap.intake.reader import Numbers, Read, Reader, beside, usual_numbers
from outcomegap.intake.written import in_utc, parse_time
from outcomegap.model.inputs import MOST_DAYS, UNITS, Code, Inputs, Source

Moments = NDArray[np.datetime64]
#: No moment.
NO_TIME = np.datetime64("NaT", "us")
#: Microseconds in each unit of the dates that are numbers since 1970, by their `date_format`.
SINCE_1970 = {"milliseconds": 1e3, "seconds": 1e6, "days": UNITS["days"] * 1e6}


def read_moment(value: object, date_format: str | None = None) -> dt.datetime | None:
    """Return the time that a raw value means; None is missing.

    Raises
    ------
    UnreadableError
        If it stands for none.

    Examples
    --------
    >>> print(read_moment(np.datetime64("1970-01-02")), read_moment(60, "seconds"), read_moment(" "))
    1970-01-02 00:00:00 1970-01-01 00:01:00 None
    """
    if is_blank(value):
        return None
    if isinstance(value, np.datetime64):
        value = value.astype("M8[us]").item()
    if isinstance(value, dt.date):
        return in_utc(value)
    if (size := SINCE_1970.get(date_format or "")) is not None:
        number = number_of(text_of(value))
        if number is None or not _is_near(number * size):
            raise UnreadableError(f"is not a number of {date_format} since 1970", rule="not-a-date")
        return dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=round(number * size))  # noqa: DTZ001
    try:
        if isinstance(value, str) or date_format is not None:
            return parse_time(text_of(value), date_format)
    except (ValueError, OverflowError, re.error):  # the last from a date_format that names a part twice
        pass
    raise UnreadableError(f"is not a date in {date_format!r}" if date_format else "is not a date", rule="not-a-date")


def _is_near(microseconds: Any) -> Any:
    return np.abs(microseconds) <= MOST_DAYS * UNITS["days"] * 1e6


@attrs.frozen
class DateReader:
    """How the dates of one column are read.

    Parameters
    ----------
    date_format, missing
        As in `outcomegap.model.inputs.Source`.
    said
        Where the format is said.

    Examples
    --------
    >>> read = DateReader("%m/%d/%Y", ("never", "1900-01-01"))
    >>> print(read("02/15/2026"), read("never"), read("01/01/1900"))
    2026-02-15 00:00:00 None None
    """

    date_format: str | None = None
    missing: tuple[Code, ...] = ()
    said: str = attrs.field(default="", eq=False)

    @cached_property
    def codes(self) -> Wanted:
        """The codes for missing."""
        return Wanted(self.missing)

    @cached_property
    def missing_moments(self) -> tuple[dt.datetime, ...]:
        """What the codes for missing mean as moments."""
        found = []
        for code, form in itertools.product(self.missing, {None, self.date_format}):
            with contextlib.suppress(UnreadableError):
                found.append(read_moment(code, form))
        return tuple(moment for moment in found if moment is not None)

    @classmethod
    def of(cls, source: Source | None, inputs: Inputs, table: str | None = None) -> DateReader:
        """Return how the dates of a source are read; what it does not say, its table does, or the inputs as a whole."""
        form, said = inputs.said("date_format", source, table)
        return cls(None if form == "iso" else form, inputs.said("missing", source, table)[0], said)

    def none_of(self, values: Sequence[object], others: int) -> str:
        """Return why values are no dates and what would read them, in a sentence; `others` rows of the column are."""
        some = ", ".join(show(value) for value in values[:3])
        more = f" and {len(values) - 3:,} more" if len(values) > 3 else ""
        form = "ISO 8601" if self.date_format is None else f"{self.date_format!r} (said in {self.said})"
        them = "it" if len(values) == 1 else "them"
        if fits := formats_that_read(values):
            first = "; which comes first, day or month?" if len(fits) > 1 else ""
            say = " or ".join(f'date_format = "{each}"' for each in fits) + f" reads {them}{first}"
            say += f"; {others:,} other rows are in {form}, so write all alike" if others else ""
        else:
            numbers = all(number_of(text_of(value)) is not None for value in values)
            counts = (
                '; if it counts from 1970, say date_format = "seconds", "milliseconds" or "days"' if numbers else ""
            )
            say = f"say date_format, or list {them} in missing{counts}"
        return f"{some}{more} {'is not a date' if len(values) == 1 else 'are not dates'} in {form}; {say}"

    def __call__(self, value: object) -> dt.datetime | None:
        """Return the time that a raw value means; None is missing.

        Raises
        ------
        UnreadableError
            If it stands for none.
        """
        if value in self.codes:
            return None
        found = read_moment(value, self.date_format)
        return None if found in self.missing_moments else found


def as_moment(as_of: object, date_format: str | None = None) -> np.datetime64:
    """Return the moment of scoring; NaT for None. Where dates are numbers of days, it may be one too.

    Examples
    --------
    >>> str(as_moment("1970-01-02")), str(as_moment(60, "days"))
    ('1970-01-02T00:00:00.000000', '1970-03-02T00:00:00.000000')
    """
    if as_of is None:
        return NO_TIME
    number = number_of(as_of) if isinstance(as_of, str) else as_of
    if (number := within(number, -MOST_DAYS, MOST_DAYS)) is not None:
        if date_format == "days":
            return np.datetime64(0, "us") + days(number)
        message = f'as_of = {number:g} is the number of a day; say date_format = "days" in [inputs], or give a date'
        raise DataError.of("as-of", message, value=str(as_of))
    try:
        if (found := read_moment(as_of)) is not None:
            return np.datetime64(found, "us")
    except UnreadableError:
        pass
    message = f"as_of must be a date or time, or ISO 8601 text such as '2026-01-31' (got {as_of!r:.60})"
    raise DataError.of("as-of", message, value=str(as_of))


def days(number: float) -> np.timedelta64:
    """Return a number of days as a span of time."""
    return np.timedelta64(round(number * UNITS["days"] * 1e6), "us")


def shown(moment: np.datetime64, date_format: str | None = None) -> str:
    """Return a moment as text: only the date where it is midnight; the number of the day where dates are numbers.

    Examples
    --------
    >>> shown(np.datetime64("1970-01-02")), shown(np.datetime64("1970-01-01T01:00"))
    ('1970-01-02', '1970-01-01 01:00:00')
    >>> shown(np.datetime64("1970-03-02"), "days")
    'day 60'
    """
    if date_format == "days":
        return f"day {text_of(float(interval(np.datetime64(0, 'us'), moment)))}"
    text = str(moment.astype("M8[us]")).replace("T", " ")
    return text.removesuffix(".000000").removesuffix(" 00:00:00")


def interval(start: Any, end: Any, unit: str | None = None) -> Any:
    """Return the time from start to end, NaN where either is missing; `unit` is a key of `UNITS`, by default days.

    Months and years are those of the calendar: whole ones, and the part of the next one that has gone by. A month after
    January 31 is the last day of February.

    Examples
    --------
    >>> interval(np.array(["1970-01-01", "NaT"], dtype="M8[us]"), np.datetime64("1970-01-01T12:00"), "days")
    array([0.5, nan])
    >>> interval(np.datetime64("2026-01-31", "us"), np.array(["2026-02-28", "2026-03-15"], dtype="M8[us]"), "months")
    array([1.        , 1.48387097])
    """
    if unit in ("months", "years"):
        starts, ends = np.broadcast_arrays(start, end)
        return _by_calendar(starts, ends, 12 if unit == "years" else 1)
    return (end - start) / np.timedelta64(1, "us") / (UNITS[unit or "days"] * 1e6)


def _by_calendar(start: Moments, end: Moments, size: int) -> Numbers:
    """Return how many times so many months lie between."""
    known = ~np.isnat(start) & ~np.isnat(end)
    start, end = start[known].astype("M8[us]"), end[known].astype("M8[us]")
    first = start.astype("M8[M]")
    since = start - first.astype("M8[us]")

    def after(count: NDArray[np.int64]) -> Moments:
        month = first + count * size
        last = (month + 1).astype("M8[us]") - month.astype("M8[us]") - np.timedelta64(1, "D")
        clock = since % np.timedelta64(1, "D")
        moments: Moments = month.astype("M8[us]") + np.minimum(since - clock, last) + clock
        return moments

    whole = (end.astype("M8[M]") - first).astype(np.int64) // size
    whole -= after(whole) > end
    found = np.full(known.shape, np.nan)
    found[known] = whole + (end - after(whole)) / (after(whole + 1) - after(whole))
    return found


def read_moments(table: Table, name: str, read: DateReader | None = None) -> Read:
    """Read a column as moments: times as they are, usual texts all at once, what is left one by one."""
    read = read or DateReader()
    usual, left = _usual_moments(table, name, read.date_format)
    if read.missing_moments:
        usual = np.where(np.isin(usual, np.array(read.missing_moments, dtype="M8[us]")), NO_TIME, usual)
    return beside(table, name, read, usual, left)


def _usual_moments(table: Table, name: str, form: str | None) -> tuple[Moments, Mask | None]:
    """Return the moments of a column that need no closer look, and the rows that do, if any can."""
    usual: Moments | None = table.moments_at_once(name, form)
    if usual is None and (values := table.values(name)).dtype.kind == "M":
        return values.astype("M8[us]"), None
    if (size := SINCE_1970.get(form or "")) is not None:
        numbers, left = usual_numbers(table, name, Reader())
        near = _is_near(numbers * size)
        since = np.where(near, np.round(np.where(near, numbers, 0.0) * size), 0.0).astype(np.int64).astype("M8[us]")
        return np.where(near, since, NO_TIME), ~near & (~np.isnan(numbers) if left is None else True)
    usual = np.full(len(table), NO_TIME) if usual is None else usual
    return usual, np.isnat(usual)
