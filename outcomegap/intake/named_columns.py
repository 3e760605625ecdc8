"""Columns that a caller names, read with every mistake noted, and raised all at once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, in_range, whole
from outcomegap.frames import Table, wrap
from outcomegap.frames.arrays import Array, Mask, is_blank, plain, plain_values
from outcomegap.intake.moments import read_moment, read_moments
from outcomegap.intake.names import UnreadableError, lacking, text_of, texts_of
from outcomegap.intake.reader import Reader, read_each, read_numbers
from outcomegap.model.declaration import FrozenMap

Numbers = NDArray[np.int64]
#: So many seeds there are.
SEEDS = 2**32
#: The last moment of a day, after its first.
LAST = np.timedelta64(86_400_000_000 - 1, "us")


class Columns(Checks):
    """Reads columns of one frame by the names that a caller gives; what is wrong is noted, and raised all at once.

    Parameters
    ----------
    frame
        Any data frame.
    what
        Who asks, for the message: ``"Ledger"``.

    Examples
    --------
    >>> columns = Columns({"mrr": [100, -5]}, "Ledger")
    >>> columns.numbers("value", "mrr", least=0)
    array([100.,  -5.])
    >>> columns.problems[0].message
    "value: column 'mrr' holds -5, below 0, the least that 'mrr' can be (1 row: 1)"
    """

    def __init__(self, frame: object, what: str) -> None:
        super().__init__(what)
        self.table: Table = wrap(frame)
        self.bad: Mask = np.zeros(len(self.table), dtype=bool)

    @property
    def fine(self) -> Mask:
        """Which rows nothing is wrong with."""
        return ~self.bad

    def name(self, argument: str, name: str | None) -> str | None:
        """Take the name of a column; None where it is none, or None was given."""
        return None if name is None or lacking(self, self.table.names, [name], argument) else name

    def items(self, argument: str, name: str | None) -> list[Any] | None:
        """Read a column as plain Python values, None for null."""
        column = self.name(argument, name)
        return None if column is None else plain_values(self.table.values(column))

    def as_texts(self, argument: str, name: str | None) -> list[str | None] | None:
        """Read a column as text, None where it is empty or blank; whole numbers are the text of that number."""
        column = self.name(argument, name)
        if column is None:
            return None
        self._no_lists(argument, column)
        return [text and text.strip() for text in texts_of(self.table, column)]

    def _no_lists(self, argument: str, column: str) -> None:
        """Note what is no name."""
        items = self.table.values(column).tolist()
        odd = [kind for kind in set(map(type, items)) if not issubclass(kind, Hashable)]
        if odd:
            rows = np.array([type(item) in odd for item in items])
            message = f"{argument}: column {column!r} holds lists or the like; a name is text or a number"
            self.problem("name", message, column, rows=rows)

    def numbers(
        self, argument: str, name: str | None, *, least: float | None = None, texts: Mapping[str, float] | None = None
    ) -> NDArray[np.float64] | None:
        """Read a column as finite numbers; null is NaN, `least` the smallest that may be.

        `texts` says what a text stands for, in columns that hold any.
        """
        column = self.name(argument, name)
        if column is None:
            return None
        said = f"{argument}: column {column!r}"
        if texts and any(isinstance(item, str) for item in self.table.values(column).tolist()):
            read = Reader(values=FrozenMap(texts))
            found = read_each(self.table.distinct(column), lambda value: read(as_text(value)))
        else:
            found = read_numbers(self.table, column, Reader())
        found.note(self.problem, column, said)
        values: NDArray[np.float64] = found.values
        self.within(said, column, values, least, None)
        return values

    def several(
        self, argument: str, names: Sequence[str], *, least: float | None = None, texts: Mapping[str, float]
    ) -> dict[str, Array]:
        """Read columns of numbers, one or more, none named twice; return those that nothing is wrong with, by name."""
        listed, found = [] if isinstance(names, str) else list(names), {}
        if not listed:
            self.problem(argument, f"{argument} lists columns, one or more (got {names!r:.60})")
        for name in dict.fromkeys(listed):
            told = len(self.problems)
            values = self.numbers(argument, name, least=least, texts=texts)
            if listed.count(name) > 1:
                self.problem(argument, f"{argument} names {name!r} twice", name)
            if values is not None and len(self.problems) == told:
                found[name] = values
        return found

    def customers(
        self, name: str | None, *, blank: bool = True, once: str = "", days: Array | None = None
    ) -> tuple[Array | None, Numbers]:
        """Read who each row is of, and number them; who has no name, if names may be blank, stands alone.

        With `once`, the advice to people, no two rows may be of one customer, or with `days` of one on the same day.
        """
        column = self.name("customer", name)
        if column is None:
            return None, np.arange(len(self.table))
        distinct, items = self.table.distinct(column), self.table.values(column)
        self._no_lists("customer", column)
        numbers = number_customers(distinct.codes)
        if not blank:
            self.problem(
                "missing-customer",
                f"customer: column {name!r} is empty; name every customer",
                name,
                rows=distinct.codes < 0,
            )
        if once and len(items):
            rows, before = np.flatnonzero(self.fine), np.arange(len(items))
            keys = numbers if days is None else numbers * len(items) + np.unique(days, return_inverse=True)[1]
            _, first, place = np.unique(keys[rows], return_index=True, return_inverse=True)
            before[rows] = rows[first[place]]
            again = before != np.arange(len(items))
            row = int(again.argmax()) if again.any() else 0
            item = plain(items[row]) if again.any() else None
            message = f"customer: column {name!r} holds {item!r:.60} in rows {before[row]} and {row}, {once}"
            self.problem("repeated-customer", message, name, item, rows=again)
        return items, numbers

    def dates(self, argument: str, name: str | None, *, empty: str = "") -> Array | None:
        """Read a column as moments (microseconds, UTC): dates, times, or ISO 8601 text; NaT where it is empty.

        With `empty`, the advice to people, it may not be.
        """
        column = self.name(argument, name)
        if column is None:
            return None
        found = read_moments(self.table, column)
        found.note(self.problem, column, f"{argument}: column {column!r}")
        if empty:
            blank = np.isnat(found.values)
            if found.wrong:  # what is no date is told already
                blank &= ~np.isin(found.raw.codes, list(found.wrong))
            self.problem("missing-time", f"{argument}: column {column!r} is empty; {empty}", column, rows=blank)
        return found.values

    def seed(self, seed: int) -> None:
        """Note an invalid seed."""
        self.attempt(lambda: in_range("seed", whole("seed", seed), 0, SEEDS - 1))


def number_customers(codes: NDArray[np.integer[Any]]) -> Numbers:
    """Number customers in the order in which they come first; who has no name, a code below 0, stands alone.

    Examples
    --------
    >>> number_customers(np.array([4, 0, 4, -1, -1])).tolist()
    [0, 1, 0, 2, 3]
    """
    keys = np.where(codes < 0, len(codes) + codes.max(initial=0) + np.arange(len(codes)), codes)
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[place]


def stand_for(values: Mapping[str, Any] | None) -> dict[str, float]:
    """Return what texts stand for: text, without blanks around it -> a number."""
    return {str(text).strip(): float(number) for text, number in (values or {}).items()}


def end_of(moments: Array) -> Array:
    """Return moments; of a midnight, which stands for its day, the last of that day.

    Examples
    --------
    >>> end_of(np.array(["2026-01-31", "2026-01-31T10:00"], dtype="M8[us]")).astype("M8[m]").astype(str).tolist()
    ['2026-01-31T23:59', '2026-01-31T10:00']
    """
    ends: Array = np.where(moments == moments.astype("M8[D]"), moments + LAST, moments)
    return ends


def as_text(item: object) -> str | None:
    """Return a plain value as text without blanks around it; None for null and blank text.

    Examples
    --------
    >>> as_text("  too expensive "), as_text(3.0), as_text(" "), as_text(None)
    ('too expensive', '3', None, None)
    """
    return None if is_blank(item) else text_of(item).strip()


def as_date(item: object) -> int | bool | None:
    """Return microseconds since 1970 of a date, a time or ISO 8601 text; None if empty, False if it is none.

    Examples
    --------
    >>> as_date("1970-01-02"), as_date(np.datetime64("1970-01-02")), as_date(""), as_date("soon")
    (86400000000, 86400000000, None, False)
    """
    try:
        found = read_moment(item)
    except UnreadableError:
        return False
    return None if found is None else int(np.datetime64(found, "us").astype(np.int64))
