"""One event table in the engine it came in: its columns as expressions for numbers, moments and filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import attrs

from outcomegap.errors import DataError, Problem, hint
from outcomegap.intake.columns import as_moment_of
from outcomegap.intake.numbers import parse_number
from outcomegap.intake.times import FORMS, as_datetime
from outcomegap.intake.values import Reader, UnreadableError, is_blank, matches, text_of
from outcomegap.model.source import UNITS, Code, Source

if TYPE_CHECKING:
    import narwhals as nw

    Expr = nw.Expr
    Lazy = nw.LazyFrame[Any]


@attrs.frozen(eq=False)
class Wrong:
    """Values of one column that mean nothing: each with the reason and how often it stands there."""

    column: str
    values: dict[Any, tuple[UnreadableError, int]]


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
    """

    def __init__(self, name: str, frame: Lazy, date_format: str | None, as_of: int | None) -> None:
        self.name = name
        self.frame = frame
        self.schema = dict(frame.collect_schema())
        self.date_format = date_format
        self.as_of = as_of
        self.wrong: dict[str, Wrong] = {}
        self.unmatched_filters: list[str] = []
        self._made: dict[Any, Expr] = {}

    def settle(self, times: Iterable[tuple[str, str | None]]) -> None:
        """Turn columns of text that are needed as times alone into times, once: that takes less memory than text."""
        if self.frame.implementation.is_duckdb():
            return  # it works from the table itself, time and again
        made = {column: self.time(column, form) for column, form in times if self._is_text(column)}
        made = {column: time for column, time in made.items() if column not in self.wrong}
        if made:
            self.frame = self.frame.with_columns(**made).collect().lazy()
            self.schema = dict(self.frame.collect_schema())
            self._made.clear()

    def value(self, source: Source, column: str, read: Reader) -> Expr:
        """Return each row's value: a column, or the time between two dates."""
        import narwhals as nw

        if not source.dated:
            return self.number(column, read)
        start, end = (self.end(name, source.date_format) for name in (source.start, source.end))
        seconds = (end - start).dt.total_microseconds().cast(nw.Float64) / 1e6
        value: Expr = read.scaled(seconds / UNITS[source.unit or "days"] + 0.0)
        return value

    def end(self, column: str | None, date_format: str | None) -> Expr:
        """Return one end of an interval; None is the moment of scoring."""
        import narwhals as nw

        if column is not None:
            return self.time(column, date_format)
        assert self.as_of is not None
        return nw.lit(as_datetime(self.as_of), dtype=nw.Datetime("us"))

    def number(self, column: str, read: Reader) -> Expr:
        """Return a column as numbers, null where missing."""
        return self._once(("number", column, read), lambda: self._number(column, read))

    def time(self, column: str, date_format: str | None = None) -> Expr:
        """Return a column as times without zone, in UTC; null where missing."""
        return self._once(("time", column, date_format), lambda: self._time(column, date_format))

    def _once(self, key: Any, make: Callable[[], Expr]) -> Expr:
        """Make an expression once: to make it, the engine looks at the whole column."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def _number(self, column: str, read: Reader) -> Expr:
        import narwhals as nw

        kind = self.schema[column]
        if read.values is not None or not (kind.is_numeric() or self._is_text(column) or kind == nw.Boolean):
            return self._looked_up(column, read, self._distinct(column), nw.Float64())
        if self._is_text(column):
            return self._number_of_text(column, read)
        number = nw.col(column).cast(nw.Float64)
        if kind.is_float():
            strange = ~(number.is_finite() | number.is_nan())
            if self._count(strange):
                self._read_each(column, read, self._distinct(column, strange))
            number = nw.when(number.is_finite()).then(number)
        return self._scaled(number, read)

    def _time(self, column: str, date_format: str | None) -> Expr:
        import narwhals as nw

        date_format = date_format or self.date_format
        kind, micro = self.schema[column], nw.Datetime("us")
        if isinstance(kind, nw.Datetime):
            return self._without_zone(column, kind).cast(micro)
        if kind == nw.Date:
            return nw.col(column).cast(micro)

        def read(value: Any) -> Any:
            found = as_moment_of(value, date_format)
            return None if found is None else as_datetime(found)

        if date_format is not None or not self._is_text(column):
            return self._looked_up(column, read, self._distinct(column), micro)
        text = self._text(column)
        pattern, form = self._form(column)
        plain = text.str.contains(pattern)
        fast = nw.when(plain).then(text).str.to_datetime(format=form).cast(micro)
        rest = self._distinct(column, ~plain)
        return nw.coalesce(fast, self._looked_up(column, read, rest, micro)) if rest else fast

    def row_fits(self, where: Iterable[tuple[str, tuple[Code, ...]]]) -> Expr | None:
        """Return whether a row has one of the values wanted in every column; None where nothing is wanted."""
        import narwhals as nw

        found = None
        for column, codes in where:
            fits = nw.when(self._is_one_of(column, codes)).then(nw.lit(value=True)).otherwise(nw.lit(value=False))
            found = fits if found is None else found & fits
        return found

    def is_there(self, column: str) -> Expr:
        """Return whether a row has a value in a column."""
        import narwhals as nw

        there = ~nw.col(column).is_null()
        if self.schema[column].is_float():
            return there & ~nw.col(column).is_nan()
        return there & (self._text(column).str.strip_chars() != "") if self._is_text(column) else there

    def _is_one_of(self, column: str, codes: tuple[Code, ...]) -> Expr:
        import narwhals as nw

        there = [code for code in codes if not (isinstance(code, str) and is_blank(code))]
        fits = self._is_among(column, there) if there else None
        if len(there) < len(codes):
            blank = ~self.is_there(column)
            fits = blank if fits is None else fits | blank
        assert fits is not None
        if there and not self._count(fits):
            seen = [text_of(value) for value in self._distinct(column)]
            wanted = " or ".join(repr(code) for code in codes)
            message = f"{column} = {wanted} fits no row of {self.name!r}{hint(text_of(there[0]), seen)}"
            self.unmatched_filters.append(message)
        return nw.when(fits).then(nw.lit(value=True)).otherwise(nw.lit(value=False))

    def _is_among(self, column: str, codes: list[Code]) -> Expr:
        import narwhals as nw

        kind = self.schema[column]
        if self._is_text(column) and all(isinstance(code, str) for code in codes):
            return self._text(column).is_in(codes)
        if kind.is_numeric():
            return nw.col(column).cast(nw.Float64).is_in([n for code in codes if (n := _as_number(code)) is not None])
        values = [value for value in self._distinct(column) if any(matches(value, code) for code in codes)]
        there = nw.col(column).is_null()
        return nw.col(column).is_in(values) if values else there & ~there

    def _number_of_text(self, column: str, read: Reader) -> Expr:
        import narwhals as nw

        text, pattern = self._text(column), read.plain
        assert pattern is not None
        plain = text.str.contains(pattern)
        fast = self._scaled(nw.when(plain).then(text).cast(nw.Float64), read)
        rest = self._distinct(column, ~plain)
        return nw.coalesce(fast, self._looked_up(column, read, rest, nw.Float64())) if rest else fast

    def _scaled(self, number: Expr, read: Reader) -> Expr:
        import narwhals as nw

        if read.missing_numbers:
            number = nw.when(~number.is_in(list(read.missing_numbers))).then(number)
        scaled: Expr = read.scaled(read.of_number(number))
        return scaled

    def _looked_up(self, column: str, read: Any, distinct: dict[Any, int], kind: Any) -> Expr:
        import narwhals as nw

        table = self._read_each(column, read, distinct)
        if not table:
            return nw.lit(None, dtype=kind)
        expr = self._text(column) if self._is_text(column) else nw.col(column)
        return expr.replace_strict(list(table), list(table.values()), default=None, return_dtype=kind)

    def _read_each(self, column: str, read: Any, distinct: dict[Any, int]) -> dict[Any, Any]:
        """Return what each distinct value means, missing ones left out; note those that mean nothing."""
        table: dict[Any, Any] = {}
        for value, count in distinct.items():
            try:
                found = read(value)
            except UnreadableError as error:
                self.wrong.setdefault(column, Wrong(column, {})).values[value] = (error, count)
                continue
            if found is not None:
                table[value] = found
        return table

    def _distinct(self, column: str, fits: Expr | None = None) -> dict[Any, int]:
        """Return each distinct value that is there, and how often."""
        import narwhals as nw

        expr = self._text(column) if self._is_text(column) else nw.col(column)
        wanted = ~nw.col(column).is_null()
        frame = self.frame.filter(wanted if fits is None else wanted & fits).select(expr.alias(column))
        found = frame.group_by(column).agg(nw.len().alias("outcomegap_n")).collect()
        pairs = zip(found[column].to_list(), found["outcomegap_n"].to_list(), strict=True)
        return {value: int(count) for value, count in pairs if not is_blank(value)}

    def _count(self, fits: Expr) -> int:
        import narwhals as nw

        one = nw.when(fits).then(nw.lit(1)).otherwise(nw.lit(0)).sum().alias("n")
        return int(self.frame.select(one).collect()["n"].to_list()[0] or 0)

    def _form(self, column: str) -> tuple[str, str]:
        """Return the form of the first times there are; the rest is read one distinct text at a time."""
        import re

        first = self.frame.filter(self.is_there(column)).select(column).head(20).collect()[column].to_list()
        for pattern, form in FORMS:
            if any(re.match(pattern, str(text)) for text in first):
                return pattern, form
        return FORMS[0]

    def _without_zone(self, column: str, kind: Any) -> Expr:
        import narwhals as nw

        if kind.time_zone is None:
            return nw.col(column)
        if kind.time_zone in ("UTC", "Etc/UTC"):
            return nw.col(column).dt.replace_time_zone(None)
        if self.frame.implementation.is_duckdb():
            message = f"times with a zone ({self.name}.{column}) need a connection in UTC: run SET TimeZone = 'UTC'"
            raise DataError.all(self.name, [Problem("time-zone", message, column=column)])
        return nw.col(column).dt.convert_time_zone("UTC").dt.replace_time_zone(None)

    def _is_text(self, column: str) -> bool:
        import narwhals as nw

        return self.schema[column] in (nw.String, nw.Categorical, nw.Enum)

    def _text(self, column: str) -> Expr:
        import narwhals as nw

        return nw.col(column) if self.schema[column] == nw.String else nw.col(column).cast(nw.String)

    def rows_of(self, column: str, values: Iterable[Any]) -> list[int]:
        """Return the positions of the rows that hold one of some values (for a message: the column is read)."""
        wanted = set(values)
        column_values = self.frame.select(column).collect()[column].to_list()
        return [row for row, value in enumerate(column_values) if value in wanted]


def _as_number(code: Code) -> float | None:
    try:
        return parse_number(code) if isinstance(code, str) else float(code)
    except ValueError:
        return None
