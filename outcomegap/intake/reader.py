"""What raw values mean: numbers, moments, names, nothing, or mistakes. Every raw column is read here, value by value.

A column comes as its distinct values (`outcomegap.frames.arrays.Distinct`); each is read once. What means nothing is
noted with its rows. Moments are microseconds in UTC; a time without a zone is UTC.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, show, within
from outcomegap.errors import SHOWN, DataError, Finding, folded, hint, nearest
from outcomegap.frames import Table
from outcomegap.frames.arrays import Array, Distinct, Mask, is_blank, objects
from outcomegap.intake.date_formats import formats_that_read
from outcomegap.intake.notes import Notes
from outcomegap.intake.written import (
    Writing,
    answers_in,
    how_written,
    in_utc,
    label_of,
    length_of,
    parse_number,
    parse_time,
)
from outcomegap.listing import counted
from outcomegap.model.declaration import FrozenMap
from outcomegap.model.inputs import (
    MIDNIGHT,
    MOST_DAYS,
    OF_TIME,
    UNITS,
    Code,
    Inputs,
    Key,
    MeasureInput,
    Source,
    parts_of,
)

Numbers = NDArray[np.float64]
Moments = NDArray[np.datetime64]
Rows = NDArray[np.int64]
#: No moment.
NO_TIME = np.datetime64("NaT", "us")
#: The places of no customer, and of a customer who was left out.
NOBODY, GONE = -1, -2
#: The raw values of a column that held numbers or times already.
NOTHING = Distinct([], np.empty(0, dtype=np.int32))
#: What a `MeasureInput` says of answers that are texts.
ANSWERS = ("values", "split", "contains")
#: Microseconds in each unit of the dates that are numbers since 1970, by their `date_format`.
SINCE_1970 = {"milliseconds": 1e3, "seconds": 1e6, "days": UNITS["days"] * 1e6}

#: Stands between the texts of several columns that name something together.
BETWEEN = " / "
#: In such a text: slashes alone, which could be taken for what stands between.
_ALONE = re.compile(r"(?<![^ ])(/+)(?![^ ])")


# Raw values of any type


class UnreadableError(ValueError):
    """Raised for a raw value without a known meaning; `near` is what is close to one of several that have one."""

    def __init__(self, message: str, near: tuple[str, Iterable[str]] | None = None, rule: str = "not-a-number") -> None:
        super().__init__(message)
        self.near = near
        self.rule = rule

    @property
    def suggestion(self) -> str | None:
        """The nearest value that has a meaning: looked for where it is shown."""
        return None if self.near is None else nearest(*self.near)


def text_of(value: object) -> str:
    """Return a raw value as the text it would be in a text file; 3.0 is ``3``, midnight is its day.

    Examples
    --------
    >>> text_of(3.0), text_of(True), text_of("Yes"), text_of(dt.datetime(2026, 1, 31))
    ('3', 'True', 'Yes', '2026-01-31')
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating, Decimal)) and float(value).is_integer() and abs(float(value)) < 1e15:
        return str(int(value))
    return value.isoformat().removesuffix(MIDNIGHT) if isinstance(value, dt.date) else str(value)


def number_of(code: Code) -> float | None:
    """Return the number that a code spells, or None."""
    try:
        return parse_number(code) if isinstance(code, str) else float(code)
    except ValueError:
        return None


class Wanted:
    """The raw values that equal one of some codes; an empty value is the code ``""``.

    Examples
    --------
    >>> wanted = Wanted((4.0, "true", "High", ""))
    >>> [wanted.codes_of(value) for value in ("4.0", True, "High", "high", None)]
    [[4.0], ['true'], ['High'], [], ['']]
    """

    def __init__(self, codes: Iterable[Code]) -> None:
        self.codes = tuple(codes)
        self._known: dict[tuple[str, object], list[Code]] = {}
        for code in self.codes:
            kind = "text" if isinstance(code, str) else "word" if isinstance(code, bool) else "number"
            key = None if is_blank(code) else str(code).casefold() if kind == "word" else code
            for known in ((kind, key), ("truth", str(code).casefold())):
                self._known.setdefault(known, []).append(code)
        self._numbers = any(kind == "number" for kind, _ in self._known)

    def codes_of(self, value: object) -> list[Code]:
        """Return the codes that a raw value equals."""
        if is_blank(value) or not self.codes:
            return self._known.get(("text", None), [])
        text = text_of(value)
        keys: list[tuple[str, object]] = [("text", text), ("word", text.casefold())]
        if isinstance(value, (bool, np.bool_)):
            keys = [("truth", text.casefold())]
        elif self._numbers:
            keys.append(("number", number_of(text)))
        return [code for key in keys for code in self._known.get(key, ())]

    def __contains__(self, value: object) -> bool:
        return bool(self.codes_of(value))

    def note(self, checks: Checks, where: str, column: str, raw: Distinct) -> None:
        """Note as findings the codes that no value equals, and values that only look like a code."""
        texts, doubts = list(map(text_of, raw.values)), list[tuple[str, str]]()
        fit = {str(code) for value in (*raw.values, None) for code in self.codes_of(value)}
        for code in [code for code in self.codes if str(code) not in fit][:SHOWN]:
            doubts.append(("no-row-fits", f"{code!r} fits no row{checks.hint(text_of(code), texts)}"))
        like = {folded(code): code for code in self.codes if isinstance(code, str)}
        for value, text in zip(raw.values, texts, strict=True) if like else ():
            if (meant := like.get(folded(text))) is not None and value not in self:
                message = f"{text!r} is not {meant!r}, from which it differs only in case, spaces or width"
                doubts.append(("written-alike", f"{message}; name both if you mean both"))
        for rule, message in doubts:
            said = Finding(rule, where, f"{column} = {message}", "warning")
            checks.findings.extend([] if said in checks.findings else [said])


def matches(value: object, code: Code) -> bool:
    """Return whether a raw value equals a code; an empty one is ``""``."""
    return value in Wanted([code])


@attrs.frozen
class Reader:
    """How the values of one column are read.

    Parameters
    ----------
    decimal, thousands, percent, missing, values
        As in `outcomegap.model.inputs.Source` and `outcomegap.model.inputs.MeasureInput`.
    scale
        What the number is multiplied by at the end, and divided by.
    unit
        The unit of lengths of time: the column holds them, such as ``0:45:10``, and no plain numbers.
    open
        Whether nobody said the marks, so that the texts of the column may show them.
    split, contains
        As in `outcomegap.model.inputs.MeasureInput`.
    money
        The one sign or code of money in the column, if there is one.
    brackets, labels
        As in `outcomegap.intake.written.Writing`.
    """

    decimal: str = "."
    thousands: str | None = None
    percent: str | None = None
    missing: tuple[Code, ...] = ()
    values: FrozenMap[float] | None = None
    scale: tuple[float, float] = (1.0, 1.0)
    unit: str | None = None
    open: bool = False
    split: str | None = None
    contains: str | None = None
    money: str | None = None
    brackets: bool = True
    labels: Mapping[str, str] = attrs.field(factory=dict, eq=False)

    @cached_property
    def codes(self) -> Wanted:
        """The codes for missing."""
        return Wanted(self.missing)

    @cached_property
    def accepted(self) -> Wanted:
        """The texts that stand for a number."""
        return Wanted(self.values or ())

    @cached_property
    def missing_numbers(self) -> tuple[float, ...]:
        """What the codes for missing mean as numbers."""
        mean = number_of if self.unit is None else length_of
        return tuple(number for code in self.missing if (number := mean(code)) is not None)

    @classmethod
    def of(cls, source: Source | None, inputs: Inputs, table: str | None = None) -> Reader:
        """Return how a source is read; what it does not say, its table does, or the inputs as a whole."""
        source = source or MeasureInput()
        decimal, thousands, missing = (
            inputs.said(key, source, table)[0] for key in ("decimal", "thousands", "missing")
        )
        return cls(
            decimal=decimal or ".",
            thousands=None if thousands == (decimal or ".") else thousands,  # the nearer one has the mark
            percent=source.percent,
            missing=missing,
            **({key: getattr(source, key) for key in ANSWERS} if isinstance(source, MeasureInput) else {}),
            scale=(source.times or 1.0, source.divided_by or 1.0),
            unit=None if source.dated or source.aggregate in OF_TIME else source.unit,
            open=not (decimal or thousands),
        )

    def as_written(self, found: Writing) -> Reader:
        """Return the reader for a column that is written so."""
        shown = self.open and found.shown
        return attrs.evolve(
            self,
            decimal=found.decimal or "." if shown else self.decimal,
            thousands=found.thousands if shown else self.thousands,
            brackets=found.brackets,
            labels=found.labels,
            money=found.money[0] if len(found.money) == 1 else None,
        )

    def __call__(self, value: object) -> float | None:
        """Return the number that a raw value means; None is missing.

        Raises
        ------
        UnreadableError
            If it stands for none.

        Examples
        --------
        >>> read = Reader(decimal=",", missing=(0.0,))
        >>> read("12,5"), read("0"), read(" "), read(3)
        (12.5, None, None, 3.0)
        """
        if is_blank(value) or self.is_missing(value):
            return None
        if self.split is not None:
            answers = self.answers(value)
            return float(self.scaled(self._chosen(answers))) if answers else None
        if self.values is not None:
            return float(self.scaled(self._mapped(value, self.values)))
        if self.unit is not None:
            length = length_of(value)
            if length is None:
                plain = number_of(text_of(value)) is not None
                help_ = "; a plain number needs no unit here, but times or divided_by" if plain else ""
                raise UnreadableError(f"is not a length of time, such as 0:45:10 or 45 min{help_}")
            return None if length in self.missing_numbers else float(self.scaled(length / UNITS[self.unit]))
        number = self._parsed(value) if isinstance(value, str) else _finite(value)
        return None if number in self.missing_numbers else float(self.scaled(self.of_number(number)))

    def is_missing(self, value: object) -> bool:
        """Return whether a value, or the words beside a number, are a code for missing."""
        if not self.missing or value in self.codes:
            return bool(self.missing)
        label = label_of(value) if isinstance(value, str) else None
        return label is not None and label.words in self.missing

    def scaled(self, number: Any) -> Any:
        """Return a number, or an array or expression of numbers, in its final unit."""
        times, divided_by = self.scale
        if times != 1.0:
            number = number * times
        return number / divided_by if divided_by != 1.0 else number

    def of_number(self, number: Any) -> Any:
        """Return a number, or an array or expression of numbers, as a fraction where it is a percentage."""
        return number / 100.0 if self.percent == "fraction" else number

    def answers(self, value: object) -> list[str]:
        """Return the answers in one cell, but for those that are codes for missing."""
        known = (*(self.values or ()), *filter(None, [self.contains]))
        if isinstance(value, (list, tuple)):  # as JSON and Parquet hold several answers
            found = list(dict.fromkeys(text_of(answer) for answer in value if not is_blank(answer)))
        else:
            found = answers_in(text_of(value), self.split or "", known)
        return [answer for answer in found if answer not in self.codes]

    def doubts(self, values: Iterable[object]) -> Iterator[str]:
        """Yield what is doubtful about the one answer that is looked for, among all values of the column."""
        if self.contains is None:
            return
        others = dict.fromkeys(answer for value in values for answer in self.answers(value))
        like = sorted(answer for answer in others if folded(answer) == folded(self.contains))
        if self.contains not in others:
            yield f"no cell holds the answer {self.contains!r}{hint(self.contains, others)}"
        elif len(like) > 1:
            said = f"the answers {' and '.join(map(repr, like))} differ only in case, spaces or width"
            yield f"{said}; {self.contains!r} alone is looked for"

    def _chosen(self, answers: list[str]) -> float:
        if self.contains is not None or self.values is None:
            return float(len(answers) if self.contains is None else self.contains in answers)
        total = 0.0
        for answer in answers:
            try:
                total += self._mapped(answer, self.values)
            except UnreadableError as error:
                raise UnreadableError(f"holds {answer!r}, which {error}", error.near, error.rule) from None
        return total

    def _mapped(self, value: object, table: Mapping[str, float]) -> float:
        for key in self.accepted.codes_of(value) or self.accepted.codes_of(name_of(value)):
            return table[str(key)]
        names = ", ".join(repr(name) for name in list(table)[:12])
        more = f" and {len(table) - 12} more" if len(table) > 12 else ""
        near = (text_of(value), table)
        raise UnreadableError(f"is not among the accepted values {names}{more}", near, "unmapped-value")

    def _parsed(self, text: str) -> float:
        percent = "points" if self.percent else None
        try:
            number = self.labels.get(text, text)
            return parse_number(number, self.decimal, self.thousands, percent, brackets=self.brackets)
        except ValueError as error:
            raise UnreadableError(f"is not a number: {error}") from None


def _finite(value: Any) -> float:
    if isinstance(value, (dt.time, dt.timedelta, np.timedelta64)):
        raise UnreadableError('is a length of time: say unit = "hours", or another unit')
    if isinstance(value, (dt.date, np.datetime64)):
        raise UnreadableError("is a date or time, no number: say start and end for the time between two")
    if isinstance(value, (list, tuple)):
        raise UnreadableError('is not a number, but several answers: say split = ","')
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise UnreadableError("is not a number") from None
    if math.isinf(number):
        raise UnreadableError("is infinite; leave a missing value empty", rule="infinite")
    return number


# Dates and times


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


# Columns


@attrs.frozen(eq=False)
class Read:
    """A raw column, read.

    Parameters
    ----------
    values
        What stands in each row: numbers, moments or names; NaN, NaT or None where nothing does.
    raw
        The distinct raw values.
    wrong
        What is wrong with those that mean nothing, by their places among the distinct; -1 is an empty cell.
    coded
        In how many rows an explicit mapping, or a code for missing, said what the value means.
    doubts
        What may mean something else than what was read.
    together
        What is wrong with all of them, where that is told in one sentence.
    """

    values: Array
    raw: Distinct
    wrong: Mapping[int, UnreadableError] = attrs.field(factory=dict)
    coded: int = 0
    doubts: tuple[str, ...] = ()
    together: str | None = None

    @property
    def unread(self) -> Mask:
        """The rows whose value means nothing."""
        found: Mask = (
            np.isin(self.raw.codes, list(self.wrong)) if self.wrong else np.zeros(len(self.values), dtype=bool)
        )
        return found

    def of(self, rows: Rows | slice) -> Read:
        """Return what was read in some rows; a slice means all."""
        if isinstance(rows, slice):
            return self
        codes = self.raw.codes[rows] if len(self.raw.codes) else self.raw.codes
        values = self.values[rows] if len(self.values) else self.values
        return attrs.evolve(self, values=values, raw=Distinct(self.raw.values, codes))

    def note(self, problem: Callable[..., None], column: str, said: str | None = None) -> None:
        """Note with `Checks.problem`, or what works like it, values that mean nothing: the first ones one by one."""
        said, places = said or f"column {column!r}", list(self.wrong)
        if self.together is not None:
            first, rows = self.wrong[places[0]], np.flatnonzero(self.unread)
            problem(first.rule, f"{said}: {self.together}", column, self.raw.values[places[0]], rows=rows)
            return
        values = {place: None if place < 0 else self.raw.values[place] for place in places[: SHOWN + 1]}
        for place in places[:SHOWN]:
            error, value = self.wrong[place], values[place]
            what = "an empty cell" if is_blank(value) else show(value)
            near = error.suggestion
            rows = self.raw.rows(place)
            problem(error.rule, f"{said}: {what} {error}", column, value, rows=rows, options=near and [near])
        if rest := places[SHOWN:]:
            value = values[rest[0]]
            message = f"{said}: {len(rest):,} further values mean nothing, such as {show(value)}"
            rows = np.flatnonzero(np.isin(self.raw.codes, rest))
            problem(self.wrong[rest[0]].rule, message, column, value, rows=rows)


def read_each(raw: Distinct, read: Callable[[Any], object], dtype: str = "f8") -> Read:
    """Read a column, each distinct value once.

    Examples
    --------
    >>> found = read_each(Distinct(["3", "soon"], np.array([0, 1, -1, 0])), Reader())
    >>> found.values, {place: str(error) for place, error in found.wrong.items()}
    (array([ 3., nan, nan,  3.]), {1: 'is not a number: give its meaning in values, or list it in missing'})
    """
    made: list[object] = []
    wrong: dict[int, UnreadableError] = {}
    for place, value in enumerate(raw.values):
        try:
            made.append(read(value))
        except UnreadableError as error:
            made.append(None)
            wrong[place] = error
    made.append(None)  # of an empty cell, whose code is -1
    return Read(np.array(made, dtype=dtype)[raw.codes], raw, wrong)


def read_moments(table: Table, name: str, read: DateReader | None = None) -> Read:
    """Read a column as moments: times as they are, usual texts all at once, what is left one by one."""
    read = read or DateReader()
    usual, left = _usual_moments(table, name, read.date_format)
    if read.missing_moments:
        usual = np.where(np.isin(usual, np.array(read.missing_moments, dtype="M8[us]")), NO_TIME, usual)
    return _beside(table, name, read, usual, left)


def _usual_moments(table: Table, name: str, form: str | None) -> tuple[Moments, Mask | None]:
    """Return the moments of a column that need no closer look, and the rows that do, if any can."""
    usual: Moments | None = table.moments_at_once(name, form)
    if usual is None and (values := table.values(name)).dtype.kind == "M":
        return values.astype("M8[us]"), None
    if (size := SINCE_1970.get(form or "")) is not None:
        numbers, left = _usual_numbers(table, name, Reader())
        near = _is_near(numbers * size)
        since = np.where(near, np.round(np.where(near, numbers, 0.0) * size), 0.0).astype(np.int64).astype("M8[us]")
        return np.where(near, since, NO_TIME), ~near & (~np.isnan(numbers) if left is None else True)
    usual = np.full(len(table), NO_TIME) if usual is None else usual
    return usual, np.isnat(usual)


def _beside(table: Table, name: str, read: Callable[[Any], object], usual: Array, left: Mask | None) -> Read:
    """Read what is left of a column, each value by itself, beside its usual values."""
    if left is None or not left.any():
        return Read(usual, NOTHING)
    found = read_each(table.distinct(name, None if left.all() else left), read, usual.dtype.str)
    return attrs.evolve(found, values=np.where(left, found.values, usual))


def read_numbers(table: Table, name: str, read: Reader) -> Read:
    """Read a column as numbers: numbers as they are, usual texts all at once, what is left one by one."""
    if read.values is not None or read.unit is not None or read.split is not None:
        found = read_each(table.distinct(name), read)
        coded = (found.raw.codes >= 0) & (np.isnan(found.values) | (read.values is not None))
        return attrs.evolve(found, coded=int(coded.sum()), doubts=tuple(read.doubts(found.raw.values)))
    (usual, left), doubts = _usual_numbers(table, name, read), tuple[str, ...]()
    if left is not None:
        fit, doubts = _as_written(table, name, read, left)
        if (fit.decimal, fit.thousands, fit.money) != (read.decimal, read.thousands, None):
            usual, left = _usual_numbers(table, name, fit)
        read = fit
    with np.errstate(over="ignore"):  # a number too large is infinite here as it is alone
        values: Numbers = read.scaled(read.of_number(usual))
    missing = np.isin(usual, read.missing_numbers) if read.missing else np.zeros(len(usual), dtype=bool)
    if left is not None and read.missing and (read.decimal, read.thousands) != (".", None):
        codes = [float(code) for code in read.missing if not isinstance(code, (str, bool))]
        if codes and (as_code := table.numbers_at_once(name)) is not None:  # a code has marks of its own
            missing |= ~left & np.isin(as_code[0], codes)
    found = _beside(table, name, read, np.where(missing, np.nan, values) if missing.any() else values, left)
    there = found.raw.codes >= 0
    silent = int(missing.sum()) + int((there & np.isnan(found.values[: len(there)])).sum())
    return attrs.evolve(found, coded=silent, doubts=doubts)


def _as_written(table: Table, name: str, read: Reader, left: Mask) -> tuple[Reader, tuple[str, ...]]:
    """Return the reader that fits how the texts of a column are written, and what is doubtful about them."""

    def judged(among: Mask | None) -> Writing:
        texts = (text for text in table.distinct(name, among).values if isinstance(text, str))
        return how_written(text for text in texts if not read.is_missing(text))

    found, doubts = judged(left) if left.any() else Writing(), []
    unlike = found.doubtful is not None or (found.decimal != "." and {found.decimal, found.thousands} != {None})
    if read.open and not left.all() and (unlike or table.grouped(name)):
        found = judged(None)
    if len({word.rstrip(".").casefold() for word in found.money}) > 1:
        doubts.append(
            f"holds money in {', '.join(found.money)}, and no amount is converted; give one currency a column"
        )
    fit = read.as_written(found)
    if read.open and found.doubtful is not None:
        with contextlib.suppress(UnreadableError):  # which says the same
            said = f"{found.doubtful!r} is read as {fit(found.doubtful):.10g}"
            mark = fit.thousands or "."
            doubts.append(f"{said}; say thousands = {mark!r} or decimal = {mark!r}")
    return fit, tuple(doubts)


def _usual_numbers(table: Table, name: str, read: Reader) -> tuple[Numbers, Mask | None]:
    """Return the numbers of a column that need no closer look, and the rows that do, if any can."""
    texts = [code for code in read.missing if isinstance(code, str)]
    usual = table.numbers_at_once(name, read.decimal, read.thousands, texts, read.money)
    if usual is not None:
        return usual
    floats = table.floats(name)
    numbers = floats.values.astype(np.float64)
    plain = floats.bad is None and not np.isinf(numbers).any()
    return numbers, None if plain else np.ones(len(numbers), dtype=bool)


def name_of(value: object) -> str:
    """Return the text by which a raw value names something, without blanks; text files hold 3.0 where rows have none.

    Examples
    --------
    >>> name_of("3.0 "), name_of(3.0), name_of("3.1"), name_of("v3.0")
    ('3', '3', '3.1', 'v3.0')
    """
    text = text_of(value).strip()
    return text[:-2] if text.endswith(".0") and text[:-2].isdecimal() else text


def _are_names(values: list[Any]) -> bool:
    """Return whether each value is the text by which it names something; quickly, there may be millions."""
    texts = set(map(type, values)) <= {str} and list(map(str.strip, values)) == values
    return texts and not any(value.endswith(".0") for value in values)


def named_by(table: Table, key: Key) -> Distinct:
    """Return the text by which each row names something, without blanks around it; -1 where a part is empty.

    Several columns are joined by " / ". Where a value itself holds slashes alone, it gets one more of them, so that
    different values never become one text.

    Examples
    --------
    >>> from outcomegap.frames import wrap
    >>> table = wrap({"module": ["A", "A / B", None], "student": [7.0, 8.0, 9.0]})
    >>> named_by(table, ("module", "student"))
    Distinct(values=['A / 7', 'A // B / 8'], codes=array([ 0,  1, -1], dtype=int32))
    """
    raws = [table.distinct(column) for column in parts_of(key)]
    if len(raws) == 1 and _are_names(raws[0].values):
        return raws[0]
    texts, codes = list(map(name_of, raws[0].values)), raws[0].codes
    if len(raws) > 1:
        there = np.flatnonzero(np.all([raw.codes >= 0 for raw in raws], axis=0))
        together = np.zeros(len(there), dtype=np.int64)
        for raw in raws:
            pairs = together * len(raw.values) + raw.codes[there]
            _, first, together = np.unique(pairs, return_index=True, return_inverse=True)
        parts = [[_ALONE.sub(r"/\1", name_of(value)) for value in raw.values] for raw in raws]
        places = [raw.codes[there[first]].tolist() for raw in raws]
        each = [[part[code] for code in codes] for part, codes in zip(parts, places, strict=True)]
        texts = list(map(BETWEEN.join, zip(*each, strict=True)))
        codes = np.full(len(table), -1, dtype=np.int32)
        codes[there] = together
    numbers: dict[str, int] = {}  # 1 and "1" are one
    places = [numbers.setdefault(text, len(numbers)) for text in texts]
    return Distinct(list(numbers), np.array([*places, -1], dtype=np.int32)[codes])


def texts_of(table: Table, key: Key) -> list[str | None]:
    """Return what names something in each row, such as a column, as texts; None where empty."""
    named = named_by(table, key)
    texts: list[str | None] = objects([*named.values, None])[named.codes].tolist()
    return texts


def lacking(checks: Checks, names: Sequence[str], wanted: Iterable[str], what: str, table: str | None = None) -> bool:
    """Note the columns that a table does not have; tell whether there are any."""
    known = frozenset(names)
    lacks = [column for column in wanted if column not in known]
    for column in lacks:
        place = column if table is None else f"{table}.{column}"
        checks.problem("missing-column", f"{what}: there is no column {column!r}", place, column, options=names)
    return bool(lacks)


@attrs.frozen
class Lines:
    """What the rows of a file are called in messages: by the line on which each begins."""

    lines: Sequence[int] | Rows

    def __getitem__(self, row: int) -> str:
        return f"line {self.lines[row]}"


@attrs.define(eq=False)
class RawTable:
    """A raw table while it is read: each column is read once, and what is wrong with it noted once.

    Parameters
    ----------
    table, name
        The table, and what problems call it; the customers' own has no name.
    inputs
        What the model says of the raw tables.
    as_of
        The moment of scoring, of all rows or of each; NaT if there is none.
    checks
        Takes what is wrong with customers.
    owners
        Gives the customers to whom some rows belong; None where the rows are the customers.
    notes
        What was left out on purpose.
    at
        The row of the table that each row here is; left out, the same.
    gone
        The ids of customers who were left out, and the note that says why: rows of other tables may still name them.
    places
        Where the rows of a table of events stand in its source; None where they are all its rows.
    homes
        The tables of the columns that are looked up.
    lines
        The line of its file on which each row of the source begins, where that is known.
    """

    table: Table
    inputs: Inputs
    as_of: np.datetime64 | Moments
    checks: Checks
    name: str | None = None
    owners: Callable[[Rows], Rows] | None = None
    notes: Notes = attrs.field(factory=Notes)
    gone: dict[str, str] = attrs.field(factory=dict)
    at: Rows | slice = slice(None)
    places: Rows | None = None
    homes: Mapping[str, str] = attrs.field(factory=dict)
    lines: Sequence[int] | Rows | None = None
    _known: dict[object, Read] = attrs.field(factory=dict)

    def __len__(self) -> int:
        return len(self.table) if isinstance(self.at, slice) else len(self.at)

    def has(self, column: str, what: str) -> bool:
        """Return whether there is such a column; note a problem if not."""
        return column in self.table or not lacking(self.checks, self.table.names, [column], what, self.name)

    def numbers(self, column: str, read: Reader, what: str) -> Read:
        """Read a column as numbers, NaN where missing."""
        return self._once(column, read, what, np.nan, lambda: read_numbers(self.table, column, read))

    def moments(self, column: str, what: str, source: Source | None = None) -> Moments:
        """Read a column as moments, as a source or the inputs say, NaT where missing."""
        return self.dates(column, what, source).values

    def dates(self, column: str, what: str, source: Source | None = None) -> Read:
        """Read a column as moments; what means nothing is told once, with what would read it."""
        read = DateReader.of(source, self.inputs, self.home(column))

        def made() -> Read:
            found = read_moments(self.table, column, read)
            if not found.wrong:
                return found
            others = int((~np.isnat(found.values)).sum())
            return attrs.evolve(
                found, together=read.none_of([found.raw.values[place] for place in found.wrong], others)
            )

        return self._once(column, read, what, NO_TIME, made)

    def home(self, column: str) -> str | None:
        """Return the table in which a column stands that may be looked up."""
        return self.homes.get(column, self.name)

    def distinct(self, column: str, what: str) -> Distinct:
        """Return the distinct raw values of a column, and their rows."""
        return self._once(column, "raw", what, None, lambda: Read(NOTHING.codes, self.table.distinct(column))).raw

    def _once(self, column: str, how: object, what: str, nothing: object, make: Callable[[], Read]) -> Read:
        key = column, type(nothing), how
        if key not in self._known:
            if self.has(column, what):
                self._known[key] = found = make()
                where = column if self.name is None else f"{self.name}.{column}"
                found.note(self.problem, where)
                for doubt in found.doubts:
                    self.checks.finding("doubtful-value", f"column {where!r}", doubt, "warning")
            else:
                empty = Distinct([], np.full(len(self.table), -1, dtype=np.int32))
                self._known[key] = Read(np.full(len(self.table), nothing), empty)
        return self._known[key].of(self.at)

    def problem(self, rule: str, message: str, column: str, value: Any, *, rows: Rows, **more: Any) -> None:
        """Note a problem of some rows; it concerns the customers to whom they belong."""
        if self.owners is not None:
            whose = self.owners(rows)
            if len(whose) and (whose == GONE).all():
                return
            more["concerns"] = whose[whose >= 0]
        if self.name is not None:
            rows = rows if self.places is None else self.places[rows]
            more["called"] = None if self.lines is None else partial(Lines, self.lines)
        self.checks.problem(rule, message, column, value, rows=rows, **more)

    def value(self, source: Source, column: str, read: Reader, what: str) -> Numbers:
        """Return each row's value: a column, or the time between two dates (left out, the moment of scoring)."""
        if not source.dated:
            return self.numbers(column, read, what).values
        start, end = (
            self.as_of if end is None else self.moments(end, what, source) for end in (source.start, source.end)
        )
        found: Numbers = read.scaled(interval(start, end, source.unit))
        for late in self.ahead(source, what).values():
            found = np.where(late, np.nan, found)
        return found

    def ahead(self, source: Source, what: str) -> dict[str, Mask]:
        """Return by column the rows whose date was not known at the moment of scoring: it is not before it.

        An `end` alone is a date that is waited for; others may be known ahead.
        """
        dates = () if source.start is None or source.known_ahead else filter(None, (source.start, source.end))
        return {column: self.moments(column, what, source) >= self.as_of for column in dates}

    def note_ahead(self, source: Source, what: str, among: Mask | None = None) -> None:
        """Note in how many rows, or of some rows, a date was not known at the moment of scoring."""
        late = {column: rows if among is None else rows & among for column, rows in self.ahead(source, what).items()}
        if dates := [column for column, rows in late.items() if rows.any()]:
            count = int(np.logical_or.reduce([*late.values()]).sum())
            who = counted(count, "customer" if self.name is None else "row")
            missing = f"{' or '.join(dates)} of {who} is at or after {self.day}, not known then: missing"
            self.notes.same(what, f"{missing}; say planned = true for dates known ahead")

    def as_of_of(self, customers: Rows) -> np.datetime64 | Moments:
        """Return the moments of scoring of some customers; that of nobody is the latest."""
        if isinstance(self.as_of, np.datetime64):
            return self.as_of
        found: Moments = np.append(self.as_of, np.fmax.reduce(self.as_of, initial=NO_TIME))[np.maximum(customers, -1)]
        return found

    @property
    def day(self) -> str:
        """The moment of scoring, for people."""
        if isinstance(self.as_of, np.datetime64):
            return shown(self.as_of, self.inputs.date_format)
        return "their own day of scoring"

    def without(self, why: Mapping[str, Mask]) -> RawTable:
        """Return the customers' table without some rows, each by the note that says why; no column is read yet."""
        keep = ~np.logical_or.reduce([*why.values()])
        places = np.flatnonzero(keep) if self.checks.places is None else self.checks.places[keep]
        lines = None if self.lines is None else np.asarray(self.lines)[keep]
        self.checks.places, self.checks.names = places, lambda: places if lines is None else Lines(lines)
        as_of = self.as_of if isinstance(self.as_of, np.datetime64) else self.as_of[keep]
        who, gone = self.inputs.id, dict(self.gone)
        if who is not None and set(parts_of(who)) <= set(self.table.names):
            for note, out in why.items():
                names = texts_of(self.table.filter(out), who)
                gone |= {name: note for name in names if name is not None and name not in gone}
        return attrs.evolve(self, table=self.table.filter(keep), as_of=as_of, gone=gone, lines=lines, known={})

    def filled(self, column: str, what: str, missing: Sequence[Code]) -> Mask:
        """Return the rows where a column holds something: no empty cell, and no code for missing."""
        raw = self.distinct(column, what)
        none = Wanted(missing)
        holds = [value not in none for value in raw.values]
        found: Mask = np.array([*holds, False])[raw.codes]
        return found

    def fitting(self, where: Mapping[str, Sequence[Code]], what: str) -> Mask:
        """Return the rows that have one of the values wanted in every column; of events, note what is doubtful."""
        fits = np.ones(len(self), dtype=bool)
        for column, codes in where.items():
            raw = self.distinct(column, what)
            wanted = Wanted(codes)
            fits &= np.array([value in wanted for value in (*raw.values, None)])[raw.codes]
            if self.name is not None:
                wanted.note(self.checks, f"tables.{self.name}", column, raw)
        return fits
