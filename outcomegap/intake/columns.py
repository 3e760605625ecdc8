"""Columns of the customers' own table, as numbers and as moments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import SHOWN, hint
from outcomegap.frames import Table
from outcomegap.intake.ledger import Ledger
from outcomegap.intake.times import NOT_A_TIME, Moments, interval, moment, parse_time
from outcomegap.intake.values import Reader, UnreadableError, is_blank
from outcomegap.model.source import Source

Numbers = NDArray[np.float64]


@attrs.frozen(eq=False)
class Column:
    """A column as numbers: NaN is missing; `mapped` values were read by an explicit mapping or a code."""

    values: Numbers
    mapped: int = 0


class Sheet:
    """The customers' own table while it is read.

    Parameters
    ----------
    table
        The table.
    ledger
        Takes what is wrong.
    date_format
        How dates are written, where a source does not say it.
    as_of
        The moment of scoring in microseconds, or None.
    """

    def __init__(self, table: Table, ledger: Ledger, date_format: str | None, as_of: int | None) -> None:
        self.table = table
        self.ledger = ledger
        self.date_format = date_format
        self.as_of = as_of
        self._moments: dict[tuple[str, str | None], Moments] = {}

    def has(self, name: str, what: str) -> bool:
        """Tell whether there is such a column; note it as a problem if not."""
        if name in self.table.names:
            return True
        message = f"{what} needs column {name!r}, which is not there{hint(name, self.table.names)}"
        suggestion = self.table.require([name])[0].suggestion
        self.ledger.whole("missing-column", message, name, suggestion)
        return False

    def numbers(self, name: str, read: Reader, what: str) -> Column:
        """Read a column as numbers."""
        if not self.has(name, what):
            return self._nothing()
        if read.values is None:
            found = self.table.floats(name)
            if found.bad is None:
                return self._typed(name, found.values, read)
        return self._raw(name, read)

    def source(self, source: Source, name: str, read: Reader, what: str) -> Column:
        """Read what a source says: a column, or the time between two dates."""
        if not source.dated:
            return self.numbers(source.column or name, read, what)
        ends = [self.end(column, source.date_format, what) for column in (source.start, source.end)]
        return Column(read.scaled(interval(ends[0], ends[1], source.unit)))

    def end(self, column: str | None, date_format: str | None, what: str) -> Moments:
        """Read one end of an interval; None is the moment of scoring."""
        if column is None:
            return np.full(len(self.table), NOT_A_TIME if self.as_of is None else self.as_of, dtype=np.int64)
        return self.moments(column, date_format, what)

    def moments(self, name: str, date_format: str | None, what: str) -> Moments:
        """Read a column as moments."""
        date_format = date_format or self.date_format
        if (name, date_format) not in self._moments:
            there = self.has(name, what)
            nothing = np.full(len(self.table), NOT_A_TIME, dtype=np.int64)
            self._moments[name, date_format] = self._times(name, date_format) if there else nothing
        return self._moments[name, date_format]

    def _nothing(self) -> Column:
        return Column(np.full(len(self.table), np.nan))

    def _typed(self, name: str, numbers: Numbers, read: Reader) -> Column:
        values = numbers.astype(np.float64)
        coded = np.isin(values, read.missing_numbers) if read.missing_numbers else np.zeros(len(values), dtype=bool)
        values[coded] = np.nan
        infinite = np.isinf(values)
        if infinite.any():
            message = f"column {name!r} holds an infinity; leave a missing value empty"
            self.ledger.rows("infinite", message, name, infinite, value=float(values[infinite][0]))
            values[infinite] = np.nan
        return Column(read.scaled(read.of_number(values)), int(coded.sum()))

    def _raw(self, name: str, read: Reader) -> Column:
        items, table = self._each(name, read)
        values = np.fromiter((_float(table[item]) for item in items), dtype=np.float64, count=len(items))
        mapped = {item for item, number in table.items() if number is None and not is_blank(item)}
        if read.values is not None:
            mapped |= {item for item, number in table.items() if number is not None}
        return Column(values, sum(item in mapped for item in items) if mapped else 0)

    def _times(self, name: str, date_format: str | None) -> Moments:
        array = self.table.values(name)
        if array.dtype.kind == "M":
            micro = array.astype("datetime64[us]").astype(np.int64)
            return np.where(np.isnat(array), NOT_A_TIME, micro)
        items, table = self._each(name, lambda value: as_moment_of(value, date_format))
        moments = (NOT_A_TIME if table[item] is None else table[item] for item in items)
        return np.fromiter(moments, dtype=np.int64, count=len(items))

    def _each(self, name: str, read: Callable[[Any], Any]) -> tuple[list[Any], dict[Any, Any]]:
        """Return the raw values, and what each distinct one means; those that mean nothing are problems."""
        items = self.table.values(name).tolist()
        try:
            distinct = set(items)
        except TypeError:  # a list or a dict in a cell
            items = [item if is_blank(item) or isinstance(item, (str, float, int)) else repr(item) for item in items]
            distinct = set(items)
        table: dict[Any, Any] = {}
        wrong: dict[Any, UnreadableError] = {}
        for item in distinct:
            try:
                table[item] = read(item)
            except UnreadableError as error:
                table[item] = None
                wrong[item] = error
        if wrong:
            self._report(name, items, wrong)
        return items, table

    def _report(self, name: str, items: list[Any], wrong: dict[Any, UnreadableError]) -> None:
        places: dict[Any, list[int]] = {}
        for row, item in enumerate(items):
            if item in wrong:
                places.setdefault(item, []).append(row)
        for item, rows in list(places.items())[:SHOWN]:
            error = wrong[item]
            message = f"column {name!r}: {item!r:.60} ({len(rows)} x) {error}"
            if error.suggestion is not None:
                message += f" (did you mean {error.suggestion!r}?)"
            where = np.array(rows, dtype=np.int64)
            self.ledger.rows(error.rule, message, name, where, value=item, suggestion=error.suggestion)
        rest = list(places.items())[SHOWN:]
        if rest:
            where = np.array([row for _, rows in rest for row in rows], dtype=np.int64)
            message = f"column {name!r}: {len(rest):,} further values mean nothing, such as {rest[0][0]!r:.60}"
            self.ledger.rows(wrong[rest[0][0]].rule, message, name, where, value=rest[0][0])


def as_moment_of(value: Any, date_format: str | None) -> int | None:
    """Return the moment that a raw value stands for; None is missing."""
    if is_blank(value) or value != value:  # noqa: PLR0124 - NaT differs from itself
        return None
    if isinstance(value, dt.date):
        return moment(value)
    if isinstance(value, str):
        try:
            return parse_time(value, date_format)
        except ValueError:
            form = repr(date_format) if date_format else "ISO 8601; say date_format if it is written otherwise"
            raise UnreadableError(f"is no date in {form}", rule="not-a-date") from None
    raise UnreadableError("is no date", rule="not-a-date")


def _float(value: float | None) -> float:
    return np.nan if value is None else value
