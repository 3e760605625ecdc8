"""One event table in the engine it came in: its columns as expressions for numbers, moments and filters."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import narwhals as nw

from outcomegap.errors import DataError, Problem, hint
from outcomegap.intake.reader import Reader, UnreadableError, is_blank, matches, meant, number_of, read_moment, text_of
from outcomegap.intake.times import EPOCH, FORMS, as_datetime
from outcomegap.model.inputs import UNITS, Code, Source

Lazy = nw.LazyFrame[Any]
Series = nw.Series[Any]
MICRO = nw.Datetime("us")


class Events:
    """An event table.

    Parameters
    ----------
    name
        What it is called.
    frame
        The columns that are needed, lazily.
    date_format
        How dates are written, where a source does not say it.
    as_of
        The moment of scoring in microseconds, or None.

    Attributes
    ----------
    wrong
        Column -> values that mean nothing.
    unmatched
        Filters that fit no row, in words.
    """

    def __init__(self, name: str, frame: Lazy, date_format: str | None, as_of: int | None) -> None:
        self.name = name
        self.frame = frame
        self.schema = dict(frame.collect_schema())
        self.date_format = date_format
        self.as_of = as_of
        self.wrong: dict[str, dict[Any, UnreadableError]] = {}
        self.unmatched: list[str] = []
        # To make an expression, the engine looks at the whole column: it is made once.
        self.number = functools.cache(self._number)
        self.time = functools.cache(self._time)

    # What a row says

    def value(self, source: Source, column: str, read: Reader) -> nw.Expr:
        """Return each row's value: a column, or the time between two dates (left out, the moment of scoring)."""
        if not source.dated:
            return self.number(column, read)
        now = nw.lit(as_datetime(self.as_of or 0), dtype=MICRO)
        ends = [now if end is None else self.time(end, source.date_format) for end in (source.start, source.end)]
        seconds = (ends[1] - ends[0]).dt.total_microseconds().cast(nw.Float64) / 1e6
        value: nw.Expr = read.scaled(seconds / UNITS[source.unit or "days"] + 0.0)
        return value

    def is_there(self, column: str) -> nw.Expr:
        """Return whether a row has a value in a column."""
        there = ~nw.col(column).is_null()
        if self.schema[column].is_float():
            return there & ~nw.col(column).is_nan()
        return there & (self._text(column).str.strip_chars() != "") if self._is_text(column) else there

    def row_fits(self, where: Mapping[str, Sequence[Code]]) -> nw.Expr | None:
        """Return whether a row has one of the values wanted in every column; None where nothing is wanted."""
        return every(self._is_one_of(column, codes) for column, codes in where.items())

    def _is_one_of(self, column: str, codes: Sequence[Code]) -> nw.Expr:
        fits, there = ~self.is_there(column), [code for code in codes if not is_blank(code)]
        if there:
            among = self._is_among(column, there)
            fits = among | fits if len(there) < len(codes) else among
            if not self._count(fits):
                seen = [text_of(value) for value in self._distinct(column)]
                wanted = " or ".join(repr(code) for code in codes)
                near = hint(text_of(there[0]), seen)
                self.unmatched.append(f"{column} = {wanted} fits no row of {self.name!r}{near}")
        return nw.when(fits).then(nw.lit(value=True)).otherwise(nw.lit(value=False))  # not where it is null

    def _is_among(self, column: str, codes: list[Code]) -> nw.Expr:
        if self._is_text(column) and all(isinstance(code, str) for code in codes):
            return self._text(column).is_in(codes)
        if self.schema[column].is_numeric():
            return nw.col(column).cast(nw.Float64).is_in([n for code in codes if (n := number_of(code)) is not None])
        values = [value for value in self._distinct(column) if any(matches(value, code) for code in codes)]
        there = nw.col(column).is_null()
        return nw.col(column).is_in(values) if values else there & ~there

    # How columns are read

    def _number(self, column: str, read: Reader) -> nw.Expr:
        """Return a column as numbers, null where missing."""
        kind = self.schema[column]
        if read.values is None and self._is_text(column):
            number, plain = self._text(column), self._text(column).str.contains(read.plain)
            fast = self._scaled(_where(plain, number).cast(nw.Float64), read)
            return self._looked_up(column, read, nw.Float64(), ~plain, fast)
        if read.values is not None or not (kind.is_numeric() or kind == nw.Boolean):
            return self._looked_up(column, read, nw.Float64())
        number = nw.col(column).cast(nw.Float64)
        if kind.is_float():
            strange = ~(number.is_finite() | number.is_nan())
            if self._count(strange):
                self._looked_up(column, read, nw.Float64(), strange)  # to note them
            number = _where(number.is_finite(), number)
        return self._scaled(number, read)

    def _scaled(self, number: nw.Expr, read: Reader) -> nw.Expr:
        if read.missing_numbers:
            number = _where(~number.is_in(list(read.missing_numbers)), number)
        scaled: nw.Expr = read.scaled(read.of_number(number))
        return scaled

    def _time(self, column: str, date_format: str | None = None) -> nw.Expr:
        """Return a column as times without zone, in UTC; null where missing."""
        kind, date_format = self.schema[column], date_format or self.date_format
        if isinstance(kind, nw.Datetime):
            return self._without_zone(column, kind).cast(MICRO)
        if kind == nw.Date:
            return nw.col(column).cast(MICRO)

        def read(value: Any) -> Any:
            found = read_moment(value, date_format)
            return None if found is None else as_datetime(found)

        if date_format is not None or not self._is_text(column):
            return self._looked_up(column, read, MICRO)
        first = self.frame.filter(self.is_there(column)).select(column).head(20).collect()[column].to_list()
        fitting = (form for form in FORMS if any(re.match(form[0], str(text)) for text in first))
        pattern, form = next(fitting, FORMS[0])  # the rest is read one distinct text at a time
        plain = self._text(column).str.contains(pattern)
        fast = _where(plain, self._text(column)).str.to_datetime(format=form).cast(MICRO)
        return self._looked_up(column, read, MICRO, ~plain, fast)

    def _without_zone(self, column: str, kind: nw.Datetime) -> nw.Expr:
        if kind.time_zone is None:
            return nw.col(column)
        if kind.time_zone in ("UTC", "Etc/UTC"):
            return nw.col(column).dt.replace_time_zone(None)
        if self.frame.implementation.is_duckdb():
            message = f"times with a zone ({self.name}.{column}) need a connection in UTC: run SET TimeZone = 'UTC'"
            raise DataError.all(self.name, [Problem("time-zone", message, column=column)])
        return nw.col(column).dt.convert_time_zone("UTC").dt.replace_time_zone(None)

    def _looked_up(
        self,
        column: str,
        read: Callable[[Any], Any],
        kind: nw.Float64 | nw.Datetime,
        rest: nw.Expr | None = None,
        fast: nw.Expr | None = None,
    ) -> nw.Expr:
        """Return what each distinct value means; of `rest` alone, where the engine itself read the others, `fast`."""
        known, wrong = meant(self._distinct(column, rest), read)
        if wrong:
            self.wrong.setdefault(column, {}).update(wrong)
        table = {value: meaning for value, meaning in known.items() if meaning is not None}
        if not table:
            return nw.lit(None, dtype=kind) if fast is None else fast
        slow = self._text(column).replace_strict(list(table), list(table.values()), default=None, return_dtype=kind)
        return slow if fast is None else nw.coalesce(fast, slow)

    def _distinct(self, column: str, fits: nw.Expr | None = None) -> list[Any]:
        """Return each distinct value that is there."""
        wanted = ~nw.col(column).is_null()
        frame = self.frame.filter(wanted if fits is None else wanted & fits).select(self._text(column).alias(column))
        return [value for value in frame.unique().collect()[column].to_list() if not is_blank(value)]

    def _count(self, fits: nw.Expr) -> int:
        return int(self.frame.select(how_many(fits).alias("n")).collect()["n"].to_list()[0] or 0)

    def _is_text(self, column: str) -> bool:
        return self.schema[column] in (nw.String, nw.Categorical, nw.Enum)

    def _text(self, column: str) -> nw.Expr:
        """Return a column, categories as their texts."""
        return nw.col(column).cast(nw.String) if self.schema[column] in (nw.Categorical, nw.Enum) else nw.col(column)

    def rows_of(self, column: str, values: Iterable[object]) -> list[int]:
        """Return the positions of the rows that hold one of some values (for a message: the column is read)."""
        wanted = set(values)
        column_values = self.frame.select(column).collect()[column].to_list()
        return [row for row, value in enumerate(column_values) if value in wanted]


def every(conditions: Iterable[nw.Expr | None]) -> nw.Expr | None:
    """Return whether every condition holds that there is; None where there is none."""
    there = [condition for condition in conditions if condition is not None]
    return nw.all_horizontal(*there, ignore_nulls=False) if there else None


def micros(time: nw.Expr) -> nw.Expr:
    """Return times as microseconds since 1970."""
    return (time - nw.lit(EPOCH, dtype=MICRO)).dt.total_microseconds().cast(nw.Float64)


def how_many(fits: nw.Expr) -> nw.Expr:
    """Return how many rows fit."""
    return nw.when(fits).then(nw.lit(1)).otherwise(nw.lit(0)).sum()


def _where(fits: nw.Expr, value: nw.Expr) -> nw.Expr:
    """Return a value where a row fits, else null."""
    return nw.when(fits).then(value)
