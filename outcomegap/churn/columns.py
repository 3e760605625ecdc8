"""Columns that a caller names, read with every mistake noted, and raised all at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import number_of
from outcomegap.errors import SHOWN, DataError, Problem, hint
from outcomegap.frames import Table, wrap
from outcomegap.frames.arrays import is_null, plain_values
from outcomegap.intake.times import NOT_A_TIME, moment, parse_time

Array = NDArray[Any]
Mask = NDArray[np.bool_]
#: So many seeds there are.
SEEDS = 2**32
#: Nobody left before the first of these years, or has left in the second or later: such a date is a slip, or stands for
#: "never".
FIRST_YEAR, NO_YEAR = 1900, 2200
#: Microseconds of a day.
DAY = 86_400_000_000


class Columns:
    """Reads columns of one frame by the names that a caller gives, and notes what is wrong with them.

    Parameters
    ----------
    frame
        Any data frame.
    what
        Who asks, for the message: ``"Ledger"``.

    Attributes
    ----------
    bad
        Which rows something is wrong with.

    Examples
    --------
    >>> columns = Columns({"mrr": [100, "n/a"]}, "Ledger")
    >>> columns.numbers("value", "mrr")
    array([100.,  nan])
    >>> columns.done()
    Traceback (most recent call last):
    ...
    outcomegap.errors.DataError: Ledger: value: column 'mrr' must hold numbers (got 'n/a') (1 row: 1) [not-a-number]
    """

    def __init__(self, frame: Any, what: str) -> None:
        self.table: Table = wrap(frame)
        self.what = what
        self.problems: list[Problem] = []
        self.bad: Mask = np.zeros(len(self.table), dtype=bool)
        self._of_rows: list[Problem] = []

    def note(self, rule: str, message: str, column: str | None = None, value: Any = None) -> None:
        """Note one thing that is wrong."""
        self.problems.append(Problem(rule, message, column, value))

    def rows(self, rule: str, message: str, column: str | None, mask: Mask, value: Any = None) -> None:
        """Note what is wrong with some rows; nothing where there are none."""
        places = np.flatnonzero(mask)
        if not len(places):
            return
        shown = ", ".join(map(str, places[:5].tolist())) + (", ..." if len(places) > 5 else "")
        said = f"{message} ({len(places)} row{'s' if len(places) != 1 else ''}: {shown})"
        rows = tuple(places[:SHOWN].tolist())
        self._of_rows.append(Problem(rule, said, column, value, rows, len(places)))
        self.problems.append(self._of_rows[-1])
        self.bad |= mask

    def name(self, argument: str, name: object) -> str | None:
        """Take the name of a column; None where it is none, or None was given."""
        if name is None:
            return None
        if not isinstance(name, str):
            self.note("column-name", f"{argument} names a column (got {name!r:.60})")
            return None
        lacking = self.table.require([name])
        for problem in lacking:
            message = f"{argument}: {problem.message}"
            self.problems.append(Problem(problem.rule, message, name, suggestion=problem.suggestion))
        return None if lacking else name

    def texts(self, argument: str, name: object) -> list[str | None] | None:
        """Read a column as text, None where it is empty or blank; whole numbers are the text of that number."""
        items = self.items(argument, name)
        return None if items is None else [as_text(item) for item in items]

    def items(self, argument: str, name: object) -> list[Any] | None:
        """Read a column as plain Python values, None for null."""
        column = self.name(argument, name)
        return None if column is None else plain_values(self.table.values(column))

    def numbers(
        self, argument: str, name: object, *, least: float | None = None, texts: Mapping[str, float] | None = None
    ) -> NDArray[np.float64] | None:
        """Read a column as finite numbers; null is NaN, `least` the smallest that may be.

        `texts` says what a text stands for, in columns that hold any; None where the caller cannot say.
        """
        column = self.name(argument, name)
        if column is None:
            return None
        if texts and any(isinstance(item, str) for item in self.table.values(column).tolist()):
            return self._of_texts(argument, column, texts)
        found = self.table.floats(column)
        if found.bad is not None:
            message = f"{argument}: column {column!r} must hold numbers (got {found.first_bad!r:.60})"
            if texts is not None and isinstance(found.first_bad, str):
                message += f"; or say what each text stands for: values={{{found.first_bad[:30]!r}: 1, ...}}"
            self.rows("not-a-number", message, column, found.bad, found.first_bad)
        values = found.values.astype(np.float64, copy=False)
        infinite = np.isinf(values)
        self.rows("infinite", f"{argument}: column {column!r} holds an infinity", column, infinite)
        if least is not None:
            below = (values < least) & ~infinite
            first = float(values[below][0]) if below.any() else None
            message = f"{argument}: column {column!r} holds {first}, less than {least:g}"
            self.rows("out-of-range", message, column, below, first)
        return values

    def _of_texts(self, argument: str, column: str, known: Mapping[str, float]) -> NDArray[np.float64]:
        texts = self.texts(argument, column) or []
        other = np.array([text is not None and text not in known for text in texts], dtype=bool)
        first = texts[int(other.argmax())] if other.any() else None
        message = f"{argument}: column {column!r} holds {first!r:.60}, of which values says nothing{hint(first, known)}"
        self.rows("unknown-value", message, column, other, first)
        return np.array([known.get(text, np.nan) if text is not None else np.nan for text in texts], dtype=np.float64)

    def stands_for(self, values: object, fits: Callable[[object], bool], what: str) -> dict[str, float]:
        """Take what texts stand for, text -> a number that fits; none where nothing is given, or is wrong."""
        if values is None:
            return {}
        if not isinstance(values, Mapping) or not all(map(fits, values.values())):
            self.note("values", f"values says text -> {what} (got {values!r:.60})")
            return {}
        return {str(text).strip(): float(number) for text, number in values.items()}

    def once(self, argument: str, name: object) -> Array | None:
        """Read a column in which no name may stand twice; null stands for none."""
        items = self.items(argument, name)
        if items is None:
            return None
        first: dict[Any, int] = {}
        again = np.zeros(len(items), dtype=bool)
        try:
            for row, item in enumerate(items):
                again[row] = item is not None and first.setdefault(item, row) != row
        except TypeError:
            self.note(argument, f"{argument}: column {name!r} holds lists or the like; a name is text or a number")
            return None
        if again.any():
            row = int(again.argmax())
            message = f"{argument}: column {name!r} holds {items[row]!r:.60} in rows {first[items[row]]} and {row};"
            self.rows(f"repeated-{argument}", f"{message} keep one row a {argument}", str(name), again, items[row])
        return self.table.values(str(name))

    def dates(self, argument: str, name: object) -> NDArray[np.datetime64] | None:
        """Read a column as moments (microseconds, UTC): dates, times, or ISO 8601 text; NaT where it is empty."""
        column = self.name(argument, name)
        if column is None:
            return None
        values = self.table.values(column)
        if values.dtype.kind == "M":
            return values.astype("M8[us]")
        return self._each(argument, column, plain_values(values), "date")[0].astype("M8[us]")

    def _each(self, argument: str, column: str, items: list[Any], what: str) -> tuple[NDArray[np.int64], Mask]:
        read = by_distinct(items, as_date)
        bad = np.array([when is False for when in read], dtype=bool)
        if bad.any():
            first = items[int(bad.argmax())]
            want = f"must hold {what}s, or text such as '2026-01-31' (got {first!r:.60})"
            advice = "; parse other forms first (pandas.to_datetime(..., format=...))" if isinstance(first, str) else ""
            self.rows(f"not-a-{what}", f"{argument}: column {column!r} {want}{advice}", column, bad, first)
        micro = [NOT_A_TIME if when is None or when is False else when for when in read]
        return np.array(micro, dtype=np.int64), bad

    def plausible(self, argument: str, name: object, dates: NDArray[np.datetime64], last: int | None) -> None:
        """Note dates on which nobody left: before 1900, from 2200 on, or after a moment in microseconds."""
        years = dates.astype("M8[Y]").astype(np.int64) + 1970
        known = ~np.isnat(dates)
        odd = known & ((years < FIRST_YEAR) | (years >= NO_YEAR))
        first = _iso(dates[odd])
        message = f"{argument}: column {name!r} holds {first}, which is no day on which anybody left; leave it empty"
        self.rows("implausible-date", f"{message} where the day is unknown", str(name), odd, first)
        if last is not None:
            late = known & ~odd & (dates.astype(np.int64) > last)
            first, day = _iso(dates[late]), _iso(np.array([last], dtype="M8[us]"))
            message = f"{argument}: column {name!r} holds {first}, later than as_of, {day}"
            self.rows("later-than-as-of", message, str(name), late, first)

    def moment(self, argument: str, given: object) -> int | None:
        """Take a moment as microseconds, a day meant to its end; None where none is given, or it is none."""
        if given is None:
            return None
        when = as_date(given)
        if when is None or isinstance(when, bool):
            self.note("not-a-date", f"{argument} is a date, or text such as '2026-01-31' (got {given!r:.60})")
            return None
        return end_of(when)

    def seed(self, seed: object) -> None:
        """Note a seed that is none."""
        if whole_of(seed) is None or whole_of(seed, SEEDS) is not None:
            self.note("seed", f"seed is a whole number of 0 or more, below {SEEDS} (got {seed!r:.60})")

    def done(self) -> None:
        """Raise everything noted as one DataError."""
        if self.problems:
            raise DataError.all(self.what, self.problems)

    def set_aside(self) -> tuple[Problem, ...]:
        """Return what is wrong with rows, which `bad` tells; raise everything if anything else is wrong."""
        if len(self.problems) > len(self._of_rows):
            self.done()
        return tuple(self._of_rows)


def end_of(moment: int) -> int:
    """Return a moment in microseconds; of a midnight, which stands for its day, the last of that day.

    Examples
    --------
    >>> end_of(0), end_of(1)
    (86399999999, 1)
    """
    return moment if moment % DAY else moment + DAY - 1


def _iso(dates: NDArray[np.datetime64]) -> str | None:
    """Return the day of the first of some dates as text."""
    return str(dates[0].astype("M8[D]")) if len(dates) else None


def as_text(item: Any) -> str | None:
    """Return a plain value as text without blanks around it; None for null and blank text.

    Examples
    --------
    >>> as_text("  too expensive "), as_text(3.0), as_text(" "), as_text(None)
    ('too expensive', '3', None, None)
    """
    if item is None:
        return None
    if isinstance(item, float) and item.is_integer():
        item = int(item)
    return str(item).strip() or None


def by_distinct(items: Sequence[Any], read: Callable[[Any], Any]) -> list[Any]:
    """Read each distinct text once, and whatever is no text as often as it comes.

    Times that are equal need not be the same: of the hour that the clock runs through twice, Python takes both for one.
    """
    known = {text: read(text) for text in dict.fromkeys(item for item in items if isinstance(item, str))}
    return [known[item] if isinstance(item, str) else read(item) for item in items]


def place_of(item: Hashable, items: Sequence[Any]) -> int | None:
    """Return where an item stands first among plain values; None where it does not, whatever it is.

    Examples
    --------
    >>> place_of("B", ["A", "B"]), place_of("C", ["A", "B"]), place_of(["A"], ["A", "B"])
    (1, None, None)
    """
    try:
        hash(item)
    except TypeError:
        return None
    return items.index(item) if not is_null(item) and item in items else None


def as_date(item: Any) -> int | bool | None:
    """Return microseconds since 1970 of a date, a time or ISO 8601 text; None if empty, False if it is none.

    Examples
    --------
    >>> as_date("1970-01-02"), as_date(dt.date(1970, 1, 2)), as_date(""), as_date("soon")
    (86400000000, 86400000000, None, False)
    """
    if is_null(item) or (isinstance(item, str) and not item.strip()):
        return None
    if isinstance(item, np.datetime64):
        return int(item.astype("M8[us]").astype(np.int64))
    try:
        if isinstance(item, dt.date):  # a datetime is one as well
            return moment(item)
        return parse_time(item) if isinstance(item, str) else False
    except (ValueError, OverflowError):
        return False


def whole_of(value: object, least: int = 0) -> int | None:
    """Return a whole number that is `least` or more; None for all else."""
    number = number_of(value)
    return None if number is None or not isinstance(value, (int, np.integer)) or number < least else int(value)
