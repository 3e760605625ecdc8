"""How raw tables become measures and cells: where each number and each name of a cell comes from.

These classes only describe it; the intake reads the tables.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import attrs

from outcomegap.checks import Checks, join, number_of, show
from outcomegap.model.declaration import (
    Choice,
    Described,
    Flag,
    FrozenMap,
    Kind,
    Listed,
    Number,
    Part,
    Table,
    Text,
    about,
    declare,
    declared,
    given,
)

Code = str | float | bool
Key = str | tuple[str, ...]
Pattern = tuple[str, ...]
Patterns = FrozenMap[tuple[Pattern, ...]]
Filters = FrozenMap[tuple[Code, ...]]
Bands = tuple[tuple[str, float | None, float | None], ...]
Conflict = tuple[bool, str, str]  # whether it applies, field, message

#: Matches any value, also an empty one, in a pattern over several columns.
ANY = "*"
#: Seconds in each unit of time; of a mean month and year, as between two dates those of the calendar count.
UNITS: dict[str, float] = {
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3600.0,
    "days": 86400.0,
    "weeks": 604800.0,
    "months": 2629800.0,
    "years": 31557600.0,
}
#: The result of these aggregates over no events; the result of every other aggregate is then missing.
ZERO_OF_NONE = ("count", "days", "distinct", "sum")
#: Aggregates that use times only.
OF_TIME = ("time_since", "time_since_first", "time_between")
#: Aggregates that need the time of each event.
NEED_TIME = ("days", "latest", "first", *OF_TIME)
AGGREGATES = ("count", "distinct", "sum", "mean", "median", "min", "max", "only", "share", *NEED_TIME)
#: Keys of a measure that is made of two others; they can be used with no key that reads a table, but for the last.
PAIRS = ("ratio", "difference", "change")
WITH_PAIRS = (*PAIRS, "times", "divided_by", "empty", "bands", "otherwise")
PERCENT = ("fraction", "points")
MISSING = "missing"


RULE = "inputs"


@attrs.frozen
class Codes(Kind):
    """Codes to compare raw values with: a text, a number, true or false, or a list of them."""

    some: bool = False

    def take(self, checks: Checks, where: str, value: object) -> Any:
        codes = tuple(map(_code, value if isinstance(value, (list, tuple, set, frozenset)) else [value]))
        if not all(isinstance(item, (str, bool)) or number_of(item) is not None for item in codes):
            checks.finding(RULE, where, f"must be text, a number, true or false, or a list of them (got {show(value)})")
        if self.some and not codes:
            checks.finding(RULE, where, "is empty; name at least one value")
        return codes


@attrs.frozen
class Lines(Kind):
    """Lines of a file: the first ones, so many, or a list of lines, from 1, or from the end below 0."""

    def take(self, checks: Checks, where: str, value: object) -> Any:
        many = isinstance(value, (list, tuple))
        numbers = [number_of(line) for line in (value if isinstance(value, (list, tuple)) else [value])]
        whole = [int(number) for number in numbers if number is not None and number == int(number)]
        if len(whole) < len(numbers) or (0 in whole if many else min(whole) < 0):
            message = f"must be a whole number of lines, or a list of lines from 1, or below 0 (got {show(value)})"
            checks.finding(RULE, where, message)
            return None
        return tuple(whole) if many else whole[0]


@attrs.frozen
class DateColumn(Kind):
    """A column with dates, or ``[table, column]``."""

    def take(self, checks: Checks, where: str, value: object) -> Any:
        pair = tuple(value) if isinstance(value, (list, tuple)) and len(value) == 2 else (value,)
        if not all(isinstance(item, str) for item in pair):
            checks.finding(RULE, where, f"must be a column, or [table, column] (got {show(value)})")
        return pair if len(pair) == 2 else value


@attrs.frozen
class Columns(Kind):
    """A column, or a list of columns that name something together."""

    def take(self, checks: Checks, where: str, value: object) -> Any:
        if isinstance(value, str):
            return TEXT.take(checks, where, value)
        found = tuple(checks.texts(where, value, empty=False))
        return found[0] if len(found) == 1 else found


@attrs.frozen
class Pair(Kind):
    """Two measures of the inputs."""

    def take(self, checks: Checks, where: str, value: object) -> Any:
        names = tuple(value) if isinstance(value, (list, tuple)) else ()
        if len(names) != 2 or not all(isinstance(name, str) and name.strip() for name in names):
            checks.finding(RULE, where, f"must be a list of two measures (got {show(value)})")
        return names


@attrs.frozen
class RawValues(Kind):
    """Raw values that mean one name: a text or a list; each item is a text, or a list of one text for each column."""

    def take(self, checks: Checks, where: str, value: object) -> Any:
        listed = value if isinstance(value, (list, tuple)) else [value]
        patterns = tuple(tuple(item) if isinstance(item, (list, tuple)) else (str(item),) for item in listed)
        if not all(isinstance(text, str) for pattern in patterns for text in pattern):
            checks.finding(RULE, where, f"each raw value must be text (got {show(value)})")
        return patterns


@attrs.frozen
class Limits(Kind):
    """Bands: name -> ``[from, below]``, ``[from]`` or ``{ from = 0, below = 3 }``; the lowest comes first."""

    def take(self, checks: Checks, where: str, value: object) -> Any:
        if isinstance(value, tuple):
            return value
        if not isinstance(value, Mapping) or not value:
            checks.finding(RULE, where, f"must be a table of name = [from, below] (got {show(value)})")
            return ()
        bands = []
        for name, limits in value.items():
            listed = isinstance(limits, (list, tuple)) and len(limits) <= 2
            given = dict(zip(("from", "below"), limits, strict=False)) if listed else limits
            fine = isinstance(given, Mapping) and given and given.keys() <= {"from", "below"}
            numbers = {key: number_of(limit) for key, limit in given.items() if limit is not None} if fine else {}
            if not fine or None in numbers.values():
                message = f"must be [from, below] or [from], all numbers (got {show(limits)})"
                checks.finding(RULE, join(where, str(name)), message)
            bands.append((str(name), numbers.get("from"), numbers.get("below")))
        return tuple(sorted(bands, key=lambda band: -math.inf if band[1] is None else band[1]))


@attrs.frozen
class Moment(Kind):
    """A date or time, as ISO 8601 text or as the type of TOML and YAML; or the number of a day."""

    def take(self, checks: Checks, where: str, value: object) -> Any:
        text = _code(value)
        if isinstance(text, float):
            return Number(-MOST_DAYS, MOST_DAYS, rule=RULE).take(checks, where, text)
        try:
            dt.datetime.fromisoformat(text)
        except (TypeError, ValueError):
            checks.finding(RULE, where, f"must be a date or time in ISO 8601, such as 2026-01-31 (got {show(value)})")
        return text


#: Of a time that stands for its day, as workbooks and databases hold days.
MIDNIGHT = "T00:00:00"
#: More days than any date is away.
MOST_DAYS = 700_000.0
TEXT = Text(blank=False, rule=RULE)
MARK = Text(mark=True, rule=RULE)
FACTOR = Number(nonzero=True, rule=RULE)
DAYS = Number(0.0, MOST_DAYS, above=True, rule=RULE)
DAYS_BEFORE = Number(-MOST_DAYS, MOST_DAYS, rule=RULE)
EMPTY = Number(words=(MISSING,), rule=RULE)
NUMBER = Number(rule=RULE)
COUNT = Number(0.0, whole=True, rule=RULE)
FILTERS = Table(Codes(some=True), rule=RULE)
NAMED = Table(RawValues(), some=True, rule=RULE)


KEY = Columns()
LOOK_UP = Table(KEY, rule=RULE)


def parts_of(key: Key | None) -> tuple[str, ...]:
    """Return the columns of a key."""
    return () if key is None else (key,) if isinstance(key, str) else key


def key_name(key: Key) -> str:
    """Return the name of a column, or of several that name something together.

    Examples
    --------
    >>> key_name("student"), key_name(("module", "student"))
    ('student', 'module + student')
    """
    return " + ".join(parts_of(key))


def _code(value: Any) -> Any:
    """Return a code in the form in which it is compared: dates as text, numbers as floats."""
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat().removesuffix(MIDNIGHT)
    return value if isinstance(value, bool) or number_of(value) is None else float(value)


def same_marks(thing: Any) -> Conflict:
    """Return the conflict of one mark with two meanings."""
    same = thing.thousands is not None and thing.thousands == (thing.decimal or ".")
    return same, "thousands", "is the same as the decimal mark; change one of them"


@attrs.frozen
class InputPart(Described):
    """A part of the inputs. Its fields are checked one by one, then together."""

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with the fields together: rule, field, message."""
        yield from ((RULE, field, message) for holds, field, message in self.conflicts() if holds)

    def conflicts(self) -> Iterator[Conflict]:
        """Yield each conflict: whether it applies, its field, and its message."""
        yield from ()


@attrs.frozen(kw_only=True)
class Source(InputPart):
    """Where a number comes from in the raw tables; `MeasureInput` and `CellInput` extend it.

    There are four kinds: one ``column``; the time between two dates (``start``, ``end``; if one is left out, the
    moment of scoring is used); an ``aggregate`` over the rows of an event ``table``, where the value of each row is
    a column or a time between two dates; or two other measures (``ratio``, ``difference``, ``change``).

    Parameters
    ----------
    column
        The column to read. The default is the column with the name of the measure.
    decimal, thousands
        Marks in numbers kept as text: ``decimal=","``, ``thousands="."``. Where nobody says them, numbers that show
        them by themselves are read by what they show: ``$1,234.50``.
    percent
        Says that the column holds percentages: ``"fraction"`` reads 12.5 % as 0.125, ``"points"`` as 12.5. (Do not use
        it for workbook cells that are only shown as a percentage: they hold 0.125.)
    missing
        Codes that mean "not answered" or no date, such as ``[0]`` or ``["n/a"]``. An empty cell is always missing.
        The default is the codes of the inputs as a whole.
    times, divided_by
        A change of unit, applied last.
    start, end, unit, date_format
        Two columns with dates, the unit of the time between them (default days), and the format of the dates
        (``"%d.%m.%Y"``; default ISO 8601). With a ``column``, the unit says that it holds lengths of time, such as
        ``0:45:10``. The formats ``"seconds"``, ``"milliseconds"`` and ``"days"`` mean numbers since 1970; ``"iso"`` is
        ISO 8601, where the table or the inputs say another.
    planned
        Dates are known ahead, such as the end of a contract. Otherwise a date at or after the moment of scoring was not
        known then: a measure is missing, and a customer whose segment, stage or goal starts then is left out.
    table, by, time
        The event table, its column that names the customer (or the row of the table that it goes ``via``), and
        its column with the time of each event. `TableInput` may give the last two once for all measures. Several
        columns may name the customer together.
    aggregate
        One of ``count``, ``days`` (different days with an event, in UTC), ``distinct``, ``sum``, ``mean``, ``median``,
        ``min``, ``max``, ``only`` (there is one row), ``share`` (of the rows that ``matching`` fits), ``latest``,
        ``first``, ``time_since`` (the last event), ``time_since_first``, ``time_between`` (two events, on average).
    where, matching
        The rows to use, and the rows to count in a share: column -> value or values, compared as written; ``""``
        matches an empty cell.
    within_days, before_days
        Use only events that are at most this many days before the moment of scoring, or more than this many.
    ratio, difference, change
        Two measures: the first / the second, the first - the second, or by how many percent the first exceeds the
        second (first / second x 100 - 100). Where the second is 0 the value is missing.
    empty
        The value of a customer without events, or where both measures of a ratio or a change are 0: a number or
        ``"missing"``. The default is 0 for count, days, distinct and sum, and missing for the others.
    """

    column: str | None = declare(TEXT, "The column to read.")
    decimal: str | None = declare(MARK, "The decimal mark in numbers kept as text.")
    thousands: str | None = declare(MARK, "The mark between thousands in numbers kept as text.")
    percent: str | None = declare(Choice(PERCENT, RULE), "It holds percentages: read 12.5 % as 0.125 or as 12.5.")
    missing: tuple[Code, ...] | None = declare(Codes(), "Codes that mean 'not answered'.")
    times: float | None = declare(FACTOR, "The number to multiply by.")
    divided_by: float | None = declare(FACTOR, "The number to divide by.")
    start: str | None = declare(TEXT, "The column with the earlier date; left out, the moment of scoring.")
    end: str | None = declare(TEXT, "The column with the later date; left out, the moment of scoring.")
    planned: bool = declare(Flag(), "Dates after the moment of scoring are known ahead.", default=False, later=True)
    unit: str | None = declare(Choice(tuple(UNITS), RULE), "Unit of lengths of time, or of the time between moments.")
    date_format: str | None = declare(TEXT, "How dates are written, such as %d.%m.%Y; left out, ISO 8601.")
    table: str | None = declare(TEXT, "The table of events.")
    by: Key | None = declare(KEY, "Its column that names the customer, or several.")
    time: str | None = declare(TEXT, "Its column with the time of each event.")
    aggregate: str | None = declare(Choice(AGGREGATES, RULE), "How a customer's events become one number.")
    where: Filters = declare(FILTERS, "Events to use: column = value or values.", FrozenMap())
    matching: Filters = declare(FILTERS, "Events to count in a share: column = value or values.", FrozenMap())
    within_days: float | None = declare(DAYS, "Use only events of the last so many days.")
    before_days: float | None = declare(DAYS, "Use only events from before the last so many days.", later=True)
    ratio: tuple[str, str] | None = declare(Pair(), "Two measures: the first / the second.", later=True)
    difference: tuple[str, str] | None = declare(Pair(), "Two measures: the first - the second.", later=True)
    change: tuple[str, str] | None = declare(Pair(), "Two measures: the first / the second x 100 - 100.", later=True)
    empty: float | str | None = declare(EMPTY, "The value without events, or of a ratio of 0 to 0.")

    def conflicts(self) -> Iterator[Conflict]:
        """Yield the conflicts of any source."""
        table, aggregate = self.table is not None, self.aggregate is not None
        yield same_marks(self)
        yield self.dated and self.column is not None, "column", "cannot be used with start or end; leave one out"
        yield (
            self.planned and self.start is None,
            "planned",
            "needs start; the time until an end alone looks ahead already",
        )
        timeless = self.unit is not None and not self.dated and self.aggregate in ("count", "days", "distinct", "share")
        yield timeless, "unit", f"cannot be used with aggregate = {self.aggregate!r}, which is no time"
        yield table and not aggregate, "aggregate", "a table needs an aggregate, such as 'mean'"
        yield aggregate and not table, "table", "an aggregate needs a table of events"
        yield self.aggregate == "share" and not self.matching, "matching", "a share needs matching: the rows it counts"
        yield self.aggregate != "share" and bool(self.matching), "matching", "can be used only with aggregate = 'share'"
        yield self.times is not None and self.divided_by is not None, "divided_by", "cannot be used with times"
        none = (self.before_days or 0) >= (self.within_days or math.inf)
        yield none, "before_days", "must be less than within_days: no event is in both"
        for field in ("by", "time", "where", "within_days", "before_days"):
            yield not table and getattr(self, field) not in (None, FrozenMap()), field, "needs a table of events"
        without = not table and (self.pair is None or self.difference is not None)
        yield without and self.empty is not None, "empty", "needs a table of events, a ratio or a change"
        pairs = [field for field in PAIRS if getattr(self, field) is not None]
        for field, one in declared(type(self)).items() if pairs else ():
            both = getattr(self, field) != one.default and (field in pairs[1:] or field not in WITH_PAIRS)
            yield both, field, f"cannot be used with {pairs[0]}, which is made of two measures; leave one out"

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column that it names; all are of its table."""
        named = (self.column, self.start, self.end, self.time, *parts_of(self.by), *self.where, *self.matching)
        return tuple(column for column in named if column is not None)

    @property
    def dated(self) -> bool:
        """Whether the value of a row is the time between two dates."""
        return self.start is not None or self.end is not None

    @property
    def pair(self) -> tuple[str, str] | None:
        """The two measures that it is made of, if it is."""
        return self.ratio or self.difference or self.change

    @property
    def needs_as_of(self) -> bool:
        """Whether it needs a moment of scoring."""
        one_end = self.dated and (self.start is None or self.end is None)
        return one_end or self.windowed or self.aggregate in ("time_since", "time_since_first")

    @property
    def known_ahead(self) -> bool:
        """Whether its dates are known ahead."""
        return self.planned

    @property
    def windowed(self) -> bool:
        """Whether it uses only events of some days."""
        return self.within_days is not None or self.before_days is not None

    @property
    def of_none(self) -> float | None:
        """The value of a customer without events: a number, or None for missing."""
        if self.empty is None:
            return 0.0 if self.aggregate in ZERO_OF_NONE else None
        return None if isinstance(self.empty, str) else float(self.empty)


@attrs.frozen(kw_only=True)
class MeasureInput(Source):
    """Where one measure comes from.

    Parameters
    ----------
    column, start, end, table, aggregate, ...
        As in `Source`. Without a column and dates, the column with the name of the measure is read.
    values
        The number for each text: ``{"Yes": 2, "No": 0}``. Any other text in the column is an error.
    split
        The mark between several answers in one cell. The result is how many there are or, with ``values``, the sum of
        their numbers; an answer that holds the mark itself is known by ``values``, or by brackets around the mark.
    contains
        With ``split``: 1 where this answer is among them, 0 where it is not.

    Examples
    --------
    >>> MeasureInput(column="Reply (h)", decimal=",").column
    'Reply (h)'
    """

    values: FrozenMap[float] | None = declare(Table(NUMBER, some=True, rule=RULE), "The number for each text.")
    split: str | None = declare(MARK, "The mark between several answers in one cell.", later=True)
    contains: str | None = declare(TEXT, "The answer that gives 1; a cell without it gives 0.", later=True)

    def conflicts(self) -> Iterator[Conflict]:
        """Yield the conflicts of a measure."""
        yield from Source.conflicts(self)
        yield self.values is not None and self.dated, "values", "cannot be used for the time between two dates"
        numbers = self.dated or self.unit or self.percent or self.decimal or self.thousands
        yield bool(self.split and numbers), "split", "counts answers; it cannot be used for numbers or times"
        bare = self.aggregate in ("count", "days", "distinct", "share", *OF_TIME)
        yield bool(self.split and bare), "split", f"cannot be used with aggregate = {self.aggregate!r}; 'sum' would do"
        lone = "needs split: the mark between the answers in a cell"
        yield self.contains is not None and self.split is None, "contains", lone


@attrs.frozen(kw_only=True)
class CellInput(Source):
    """Where the segment, stage or goal comes from.

    Parameters
    ----------
    column, start, end, table, aggregate, ...
        As in `Source`. A column alone holds the names themselves.
    columns
        Several columns that together decide the name.
    values
        Name -> the raw values that mean it. With ``columns``, a value is a list with one text for each column, and
        ``"*"`` matches any text. A text wins over a ``"*"``.
    bands
        Name -> ``[from, below]`` or ``[from]``: bands of numbers, or of the time between two dates.
    otherwise
        The name for every other value, empty cells included. By default, another value is an error.

    Examples
    --------
    >>> CellInput(column="tenure_months", bands={"onboarding": [0, 3], "scaling": [3]}).bands
    (('onboarding', 0.0, 3.0), ('scaling', 3.0, None))
    """

    columns: tuple[str, ...] = declare(Listed(TEXT, "columns", RULE), "Columns that decide the name together.", ())
    values: Patterns | None = declare(NAMED, "Name = the raw values that mean it; '*' matches any text.")
    bands: Bands | None = declare(Limits(), "Name = [from, below].")
    otherwise: str | None = declare(Text(rule=RULE), "The name for every other value.")

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column that it names; all are of its table."""
        return (*super().reads, *self.columns)

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield each name that it gives, with its place."""
        yield from ((f"values.{name}", name) for name in self.values or ())
        yield from ((f"bands.{name}", name) for name, _, _ in self.bands or ())
        if self.otherwise is not None:
            yield "otherwise", self.otherwise

    def conflicts(self) -> Iterator[Conflict]:
        """Yield the conflicts of the source of a cell's name."""
        yield from Source.conflicts(self)
        several, values = bool(self.columns), self.values is not None
        number = self.dated or self.table is not None or self.pair is not None
        one = self.column is not None or number
        yield several and one, "columns", "give only one of column, columns, and start or end"
        yield not several and not one, "column", "needs a source: column, columns, start or end, table, or ratio"
        yield several and not values, "values", "several columns need values: the meaning of each combination"
        yield number and self.bands is None, "bands", "a number needs bands to become a name"
        yield values and self.bands is not None, "bands", "cannot be used with values; give one"
        yield from self._patterns_clash()
        yield from self._bands_clash()

    @property
    def known_ahead(self) -> bool:
        """Whether its dates are known ahead: also if a band says what a time below 0 means."""
        return self.planned or any(below is not None and below <= 0 for _, _, below in self.bands or ())

    @property
    def patterns(self) -> list[tuple[str, Pattern]]:
        """Every name with one pattern, those with the fewest ``"*"`` first; the first that fits wins."""
        pairs = [(name, pattern) for name, patterns in (self.values or {}).items() for pattern in patterns]
        return sorted(pairs, key=lambda pair: pair[1].count(ANY))

    def _patterns_clash(self) -> Iterator[Conflict]:
        width = len(self.columns) or 1
        wrong = [(name, pattern) for name, pattern in self.patterns if len(pattern) != width]
        for name, pattern in wrong:
            shown = f"a list of {width} texts, one for each column" if self.columns else "text"
            yield True, f"values.{name}", f"each raw value must be {shown} (got {show(list(pattern))})"
        yield from _ambiguous(self.patterns) if not wrong else ()

    def _bands_clash(self) -> Iterator[Conflict]:
        limits = []
        for name, low, below in self.bands or ():
            least, most = -math.inf if low is None else low, math.inf if below is None else below
            limits.append((least, most, name))
            open_ended = low is None and below is None
            yield open_ended, f"bands.{name}", "has no limit; use otherwise for every other value"
            yield not least < most, f"bands.{name}", f"is empty: from {low} is not below {below}"
        for (_, below, one), (low, _, other) in itertools.pairwise(sorted(limits)):
            yield low < below, f"bands.{other}", f"overlaps with {one!r}; end one band where the next begins"


def _ambiguous(patterns: list[tuple[str, Pattern]]) -> Iterator[Conflict]:
    """Yield a conflict for two patterns that fit the same row, if neither is more specific."""
    seen: dict[Pattern, str] = {}
    for name, pattern in patterns:
        first = seen.setdefault(pattern, name)
        yield first != name, f"values.{name}", f"{_shown(pattern)} already means {first!r}; list it once"
    loose = [(name, pattern) for name, pattern in patterns if ANY in pattern]
    for (one, a), (other, b) in itertools.combinations(loose, 2):
        same = one == other or a == b or a.count(ANY) != b.count(ANY)
        if not same and all(p == q or ANY in (p, q) for p, q in zip(a, b, strict=True)):
            both = tuple(q if p == ANY else p for p, q in zip(a, b, strict=True))
            message = f"{_shown(a)} of {one!r} and {_shown(b)} fit the same rows; add {_shown(both)} to one name"
            yield both not in seen, f"values.{other}", message


def _shown(pattern: Pattern) -> str:
    return repr(pattern[0]) if len(pattern) == 1 else repr(list(pattern))


@attrs.frozen
class Kept(Kind):
    """Columns to keep: a list, or new name -> column, or new name -> how it is read."""

    def take(self, checks: Checks, where: str, value: object) -> Any:
        named = {str(column): column for column in value} if isinstance(value, (list, tuple)) else value
        return Table(KEPT, rule=RULE).take(checks, where, named)


@attrs.frozen
class KeptColumn(Kind):
    """A column to keep as it is, or a table that says how it is read."""

    def take(self, checks: Checks, where: str, value: object) -> Any:
        return (TEXT if isinstance(value, str) else READ).take(checks, where, value)


#: A number that is read; a column that is kept as it is, or read.
READ = Part(MeasureInput, "column")
KEPT = KeptColumn()


@attrs.frozen(kw_only=True)
class TableInput(InputPart):
    """One raw table.

    Parameters
    ----------
    file
        Its file, in the folder of the model file or in the folder given to the intake.
    by
        Its column that names the customer, or a list of columns that do together. The default is ``id``.
    via
        Another table, if ``by`` names a row of that table (an account, a subscription) instead of a customer.
    key
        The column, or columns, by which other tables name rows of this one. The default is the name of their ``by``,
        or of their column that looks it up.
    look_up
        Table -> the column, or columns, of this table that name a row of it. Wherever a column of this table may be
        named, ``"plans.seats"`` is then the column ``seats`` of that row.
    time, until
        Its column with the time of each event. Of the customers' own table, the columns with the times from which and
        until which each is a customer.
    where, leave_out
        The rows to use, and the rows to leave out: column -> value or values, compared as written; ``""`` matches an
        empty cell. A note counts the rows left out.
    separator, encoding
        For a text file. By default the first lines show the separator, and the encoding is UTF-8.
    sheet
        For a workbook. The default is the only sheet with a table.
    skip_rows
        For a text file or a workbook: so many lines stand above the heading (``3``), or these lines are no data
        (``[2, 3, -1]``: from 1, and from the end below 0). By default they are found by their form.
    decimal, thousands, date_format, missing
        As in `Source`, for its columns without their own, instead of what the inputs say for all tables.

    Examples
    --------
    >>> TableInput(file="usage.csv", by="subscription_id", via="subscriptions", time="used_at").via
    'subscriptions'
    """

    file: str | None = declare(TEXT, "Its file.")
    by: Key | None = declare(KEY, "Its column, or columns, naming the customer, or the row of the table it goes via.")
    via: str | None = declare(TEXT, "The table whose rows `by` names, if it does not name customers.")
    key: Key | None = declare(KEY, "The column, or columns, by which other tables name its rows.")
    look_up: FrozenMap[Key] = declare(
        LOOK_UP, "Table = the column, or columns, naming its row.", FrozenMap(), later=True
    )
    time: str | None = declare(TEXT, "Its column with the time of each event.")
    until: str | None = declare(TEXT, "Of the customers' own table: its column with the time of leaving.", later=True)
    where: Filters = declare(FILTERS, "Rows to use: column = value or values.", FrozenMap(), later=True)
    leave_out: Filters = declare(FILTERS, "Rows to leave out: column = value or values.", FrozenMap(), later=True)
    separator: str | None = declare(Text(mark=True, rule=RULE), "The separator of the columns of a text file.")
    encoding: str | None = declare(TEXT, "The encoding of a text file; left out, UTF-8.")
    sheet: str | None = declare(TEXT, "The sheet of a workbook; left out, the only one with a table.")
    skip_rows: int | tuple[int, ...] | None = declare(Lines(), "The first lines, so many, or these: they are no data.")
    decimal: str | None = declare(MARK, "The decimal mark of its columns without their own.", later=True)
    thousands: str | None = declare(MARK, "The mark between thousands of its columns without their own.", later=True)
    date_format: str | None = declare(TEXT, "The format of dates in its columns without their own.", later=True)
    missing: tuple[Code, ...] | None = declare(
        Codes(), "Codes for missing in its columns without their own.", later=True
    )

    def conflicts(self) -> Iterator[Conflict]:
        """Yield the conflicts of the table."""
        yield same_marks(self)


@attrs.frozen(kw_only=True)
class Expected(InputPart):
    """A rule that the raw tables ought to follow. The intake reports how often they break it.

    A rule is either two dates in order (``earlier``, ``later``), or a number of rows for each customer in a table
    (``at_least``, ``at_most``).

    Parameters
    ----------
    table
        The table to check. The default is the customers' own.
    earlier, later
        Two columns with dates. A column of the customers' table, or of the table that ``table`` goes ``via``, may be
        given as ``["customers", "signup_date"]``.
    where
        The customers (or, for two dates, the rows) that the rule applies to: column -> values.
    at_least, at_most
        The number of rows of ``table`` that such a customer has.
    because
        The reason, for readers.

    Examples
    --------
    >>> Expected(table="tickets", earlier=["customers", "signup_date"], later="submitted_at").earlier
    ('customers', 'signup_date')
    """

    table: str | None = declare(TEXT, "The table to check.")
    earlier: str | tuple[str, str] | None = declare(DateColumn(), "A column with dates, or [table, column].")
    later: str | tuple[str, str] | None = declare(DateColumn(), "A column with dates, or [table, column].")
    where: Filters = declare(FILTERS, "What the rule applies to: column = value or values.", FrozenMap())
    at_least: int | None = declare(COUNT, "The fewest rows of such a customer.")
    at_most: int | None = declare(COUNT, "The most rows of such a customer.")
    because: str | None = declare(Text(rule=RULE), "The reason, for readers.")

    @property
    def ends(self) -> list[tuple[str, str]]:
        """The table and the column of the earlier date and of the later, if it is about dates."""
        ends = [end for end in (self.earlier, self.later) if end is not None]
        return [(self.table or "", end) if isinstance(end, str) else end for end in ends]

    def conflicts(self) -> Iterator[Conflict]:
        """Yield the conflicts of the rule."""
        dates, counts = self.earlier is not None, self.at_least is not None or self.at_most is not None
        two = "give two columns, earlier and later, or at_least / at_most rows of a table"
        yield counts == dates or dates != (self.later is not None), "earlier", two
        yield counts and self.table is None, "table", "at_least and at_most count the rows of a table; name it"


@attrs.frozen(kw_only=True)
class ScoringDay(InputPart):
    """The moment of scoring of each customer.

    Parameters
    ----------
    column
        The column of the customers' table with a date of each.
    days_before
        How many days before that date each is scored; below 0, after it.
    otherwise
        The moment of scoring of customers without such a date: ISO 8601, or the number of a day.

    Examples
    --------
    >>> ScoringDay(column="left", days_before=30, otherwise="2026-01-01").days_before
    30.0
    """

    column: str = attrs.field(metadata=about(TEXT, "The column with a date of each customer."))
    days_before: float = declare(DAYS_BEFORE, "How many days before that date; below 0, after it.", 0.0)
    otherwise: str | float | None = declare(Moment(), "The moment of customers without such a date.")


@attrs.frozen
class AsOf(Kind):
    """The moment of scoring of all customers, or where that of each comes from."""

    def take(self, checks: Checks, where: str, value: object) -> Any:
        kind = Part(ScoringDay) if isinstance(value, (Mapping, ScoringDay)) else Moment()
        return kind.take(checks, where, value)


# `Inputs` also accepts plain tables, as in a file.
KEEP = about(Kept(), "Columns to keep: a list, or new name = column, or new name = a table that says how it is read.")
CELL = about(Part(CellInput, "column"), "Where it comes from.")
MEASURES = about(Table(READ), "Where measures come from.")
TABLES = about(Table(Part(TableInput)), "The raw tables.")
EXPECT = about(Listed(Part(Expected)), "Rules that the raw tables ought to follow.")
AS_OF = about(AsOf(), "The moment of scoring, if the call does not give one.")
CODES = about(Codes(), "Codes that mean 'not answered' in every column without its own.")


@attrs.frozen(kw_only=True)
class Inputs(InputPart):
    """Where measures, segment and stage come from in raw tables.

    Each part may also be given in the plain form that it has in a model file.

    Parameters
    ----------
    id
        The column that names the customer, or a list of columns that do together.
    keep
        Columns to keep as they are: a list, or new name -> column. A `MeasureInput` in place of the column says how
        it is read as numbers (a value such as revenue, with its marks, or taken from invoices).
    segment, stage, goal
        `CellInput`, or the name of a column that holds the names.
    measures
        Measure -> `MeasureInput`, or the name of its column. Any other measure is read from the column of its own
        name.
    tables
        Name -> `TableInput`.
    expect
        A list of `Expected`.
    customers
        The name of the customers' own table.
    as_of
        The moment of scoring, if the call does not give one: ISO 8601, the number of a day (with
        ``date_format="days"``), or a `ScoringDay`, where each customer has one. What is at or after it was not known.
    decimal, thousands, date_format, missing
        As in `Source`, for every column without its own.

    Raises
    ------
    ModelError
        With every problem; `where` of each finding is its path below ``[inputs]``.

    Examples
    --------
    >>> inputs = Inputs(id="Kunde", keep=["CSM"], measures={
    ...     "reply_hours": {"column": "Reply (h)", "decimal": ","},
    ...     "trained": {"column": "Trained?", "values": {"Yes": 1, "No": 0}}})
    >>> list(inputs.measures), inputs.measures["trained"].values["Yes"]
    (['reply_hours', 'trained'], 1.0)
    """

    id: Key | None = declare(KEY, "The column that names the customer, or several that do together.")
    keep: FrozenMap[str | MeasureInput] = attrs.field(default=FrozenMap(), converter=given, metadata=KEEP)
    segment: CellInput | None = attrs.field(default=None, converter=given, metadata=CELL)
    stage: CellInput | None = attrs.field(default=None, converter=given, metadata=CELL)
    goal: CellInput | None = attrs.field(default=None, converter=given, metadata=CELL)
    measures: FrozenMap[MeasureInput] = attrs.field(default=FrozenMap(), converter=given, metadata=MEASURES)
    tables: FrozenMap[TableInput] = attrs.field(default=FrozenMap(), converter=given, metadata=TABLES)
    expect: tuple[Expected, ...] = attrs.field(default=(), converter=given, metadata=EXPECT)
    customers: str = declare(TEXT, "The name of the customers' own table.", "customers")
    as_of: str | float | ScoringDay | None = attrs.field(default=None, converter=given, metadata=AS_OF)
    decimal: str | None = declare(MARK, "The decimal mark of columns without their own.")
    thousands: str | None = declare(MARK, "The mark between thousands of columns without their own.")
    date_format: str | None = declare(TEXT, "The format of dates in columns without their own.")
    missing: tuple[Code, ...] = attrs.field(default=(), converter=given, metadata=CODES)

    @property
    def sources(self) -> dict[str, Source]:
        """Every source by its path: ``segment``, ``measures.reply_hours``, ..."""
        cells = {what: getattr(self, what) for what in ("segment", "stage", "goal") if getattr(self, what) is not None}
        kept = {f"keep.{name}": source for name, source in self.keep.items() if not isinstance(source, str)}
        return cells | {f"measures.{name}": source for name, source in self.measures.items()} | kept

    @property
    def pairs(self) -> dict[str, tuple[str, str]]:
        """The measures that are made of two others, with those two."""
        return {name: source.pair for name, source in self.measures.items() if source.pair is not None}

    @property
    def id_column(self) -> str | None:
        """The name of the column of ids, also where several make it."""
        return None if self.id is None else key_name(self.id)

    @property
    def tables_read(self) -> list[str]:
        """Every table that is read, the customers' own first."""
        found = [self.customers]
        found += [source.table for source in self.sources.values() if source.table is not None]
        found += [expected.table for expected in self.expect if expected.table is not None]
        for name in found:
            said = self.table(name)  # and the tables that those lead to in their turn
            found += [other for other in (said.via, *said.look_up) if other is not None and other not in found]
        return list(dict.fromkeys(found))

    def table(self, name: str) -> TableInput:
        """Return the description of a table."""
        return self.tables.get(name) or TableInput()

    def said(self, key: str, source: Source | None = None, table: str | None = None) -> tuple[Any, str]:
        """Return what is said under a key nearest to a column, and where: by its source, its table, or for all tables.

        Without a table it is the customers' own.

        Examples
        --------
        >>> inputs = Inputs(id="id", decimal=",", tables={"logins": {"date_format": "seconds"}})
        >>> inputs.said("date_format", table="logins"), inputs.said("decimal", table="logins"), inputs.said("thousands")
        (('seconds', '[inputs.tables.logins]'), (',', '[inputs]'), (None, ''))
        """
        name = self.customers if table is None else table
        places = ((source, "its own"), (self.tables.get(name), f"[inputs.tables.{name}]"), (self, "[inputs]"))
        found = ((getattr(thing, key), place) for thing, place in places if thing is not None)
        return next(((value, place) for value, place in found if value is not None), (None, ""))

    def conflicts(self) -> Iterator[Conflict]:
        """Yield the conflicts of the tables."""
        yield same_marks(self)
        moment = self.as_of.otherwise if isinstance(self.as_of, ScoringDay) else self.as_of
        numbered = isinstance(moment, float) and self.date_format != "days"
        yield numbered, "as_of", f'{moment} is the number of a day; say date_format = "days", or as_of = a date'
        for where, source in self.sources.items():
            if source.table is None:
                continue
            own = source.table == self.customers
            yield own, f"{where}.table", "is the customers' own table, with one row each; name only the column"
            joined = "events are joined to customers by their id; set id to the column that names them"
            yield self.id is None, where, joined
            needs = source.aggregate in NEED_TIME or source.windowed
            lacks = needs and source.time is None and self.table(source.table).time is None
            yield lacks, f"{where}.time", f"needs the time of each event; name its column in {source.table!r}"
            yield self._uneven(f"{where}.by", source.by, self.table(source.table).via)
        for name, table in self.tables.items():
            yield self._uneven(f"tables.{name}.by", table.by, table.via)
            yield from self._links_clash(f"tables.{name}", name, table)
        links = {name: filter(None, [table.via]) for name, table in self.tables.items()}
        look_ups = {name: table.look_up for name, table in self.tables.items() if name != self.customers}
        yield from itertools.chain(
            _circle("measures.{}", self.pairs), _circle("tables.{}.via", links), _circle("tables.{}.look_up", look_ups)
        )

    def _uneven(self, where: str, link: Key | None, to: str | None) -> Conflict:
        """Return the conflict of a link by fewer or more columns than name a customer, or a row of another table."""
        named = self.id if to is None else self.table(to).key
        uneven = link is not None and named is not None and len(parts_of(link)) != len(parts_of(named))
        what = "a customer is" if to is None else f"a row of {to!r} is"
        return uneven, where, f"is {key_name(link or '')}, but {what} named by {key_name(named or '')}"

    def _links_clash(self, where: str, name: str, table: TableInput) -> Iterator[Conflict]:
        """Yield the conflicts of the look-ups of a table, and of what only a look-up can do."""
        if name == self.customers:
            say = f'look_up = {{ {table.via or "TABLE"} = "{key_name(table.by or "COLUMN")}" }}'
            yield table.via is not None, f"{where}.via", f"customers go via no other table; say {say}"
            other = table.via is None and table.by not in (None, self.id)
            yield other, f"{where}.by", f"id names the customers; where it names a row of another table, say {say}"
        here = "applies to the customers' own table; for events, say within_days"
        yield table.until is not None and name != self.customers, f"{where}.until", here
        for target, link in table.look_up.items():
            message = "is the customers' own table; give its file a second name under tables, and look that up"
            yield target == self.customers, f"{where}.look_up.{target}", message
            yield self._uneven(f"{where}.look_up.{target}", link, target)


def _circle(where: str, links: Mapping[str, Iterable[str]]) -> Iterator[Conflict]:
    """Yield the conflict of what leads back to itself."""
    try:
        TopologicalSorter(links).prepare()
    except CycleError as error:
        circle = error.args[1][::-1]
        yield True, where.format(circle[0]), f"goes in a circle: {' -> '.join(circle)}"
