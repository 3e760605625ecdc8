"""Dates and times as people write them, as microseconds since 1970 in UTC; a time without a zone is UTC."""

from __future__ import annotations

import datetime as dt
import unicodedata

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, Problem
from outcomegap.model.inputs import UNITS

#: What a missing time is among whole numbers.
NOT_A_TIME = np.iinfo(np.int64).min
EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - everything is brought to UTC first
_MICROSECOND = dt.timedelta(microseconds=1)
Moments = NDArray[np.int64]
_DAY = (
    r"[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_MINUTE = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
#: Forms of a time that any engine reads alike, once the pattern has let through only times that exist.
FORMS = tuple(
    (f"^{_DAY}{pattern}$", f"%Y-%m-%d{form}")
    for pattern, form in (
        ("", ""),
        (f" {_MINUTE}:[0-5][0-9]", " %H:%M:%S"),
        (f"T{_MINUTE}:[0-5][0-9]", "T%H:%M:%S"),
        (f" {_MINUTE}", " %H:%M"),
        (f"T{_MINUTE}", "T%H:%M"),
    )
)


def parse_time(text: str, date_format: str | None = None) -> int:
    """Read a date or time.

    Parameters
    ----------
    text
        ISO 8601, or in `date_format`; digits of any script.
    date_format
        As in `datetime.strptime`: ``"%d.%m.%Y"``.

    Returns
    -------
    int
        Microseconds since 1970 in UTC.

    Raises
    ------
    ValueError
        If it is no such date.

    Examples
    --------
    >>> parse_time("1970-01-02"), parse_time("02.01.1970", "%d.%m.%Y"), parse_time("1970-01-01T01:00+01:00")
    (86400000000, 86400000000, 0)
    """
    plain = text.strip()
    if not plain.isascii():
        plain = "".join(str(unicodedata.decimal(char, char)) for char in plain)
    if date_format is not None:
        return moment(dt.datetime.strptime(plain, date_format))  # noqa: DTZ007 - a time without a zone is UTC
    return moment(dt.datetime.fromisoformat(plain))


def moment(value: dt.datetime | dt.date) -> int:
    """Return microseconds since 1970 in UTC."""
    if not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001
    if value.tzinfo is not None:
        value = value.astimezone(dt.UTC).replace(tzinfo=None)
    return (value - EPOCH) // _MICROSECOND


def as_moment(as_of: object) -> int | None:
    """Read the moment of scoring: a date (its first instant), a time, or ISO 8601 text.

    Examples
    --------
    >>> as_moment("1970-01-02"), as_moment(None)
    (86400000000, None)
    """
    if as_of is None:
        return None
    try:
        if isinstance(as_of, str):
            return parse_time(as_of)
        if isinstance(as_of, dt.date):
            return moment(as_of)
        if isinstance(as_of, np.datetime64) and not np.isnat(as_of):
            return int(as_of.astype("datetime64[us]").astype(np.int64))
    except ValueError:
        pass
    message = f"as_of must be a date or time, or ISO 8601 text such as '2026-01-31' (got {as_of!r:.60})"
    raise DataError.all("as_of", [Problem("as-of", message, value=str(as_of))])


def shown(microseconds: int) -> str:
    """Return a moment as text: only the date where it is midnight.

    Examples
    --------
    >>> shown(86400000000), shown(3600000000)
    ('1970-01-02', '1970-01-01 01:00:00')
    """
    when = EPOCH + microseconds * _MICROSECOND
    return when.isoformat(sep=" ") if microseconds % 86_400_000_000 else when.date().isoformat()


def as_datetime(microseconds: int) -> dt.datetime:
    """Return a moment as a datetime without zone, in UTC."""
    return EPOCH + microseconds * _MICROSECOND


def interval(start: Moments | int, end: Moments | int, unit: str | None) -> NDArray[np.float64]:
    """Return the time from start to end; NaN where either is missing.

    Parameters
    ----------
    start, end
        Microseconds; arrays, or one for all.
    unit
        A key of `outcomegap.model.inputs.UNITS`; None is days.

    Examples
    --------
    >>> interval(np.array([0, NOT_A_TIME]), 43_200_000_000, "days")
    array([0.5, nan])
    """
    gone = np.equal(start, NOT_A_TIME) | np.equal(end, NOT_A_TIME)
    taken = np.where(gone, 0, np.subtract(end, start, dtype=np.int64, where=~gone, out=np.zeros(gone.shape, np.int64)))
    return np.where(gone, np.nan, taken / (UNITS[unit or "days"] * 1e6))
