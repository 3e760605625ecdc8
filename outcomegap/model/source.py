"""Where a number comes from in the tables people have: one column, two dates, or many events. Data only."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from outcomegap.errors import Finding, ModelError, hint
from outcomegap.model.frozenmap import FrozenMap

Code = str | float | bool

#: Seconds in each unit of time. A month is a twelfth of a year, a year 365.25 days.
UNITS: dict[str, float] = {
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3600.0,
    "days": 86400.0,
    "weeks": 604800.0,
    "months": 2629800.0,
    "years": 31557600.0,
}
#: What a count of nothing is; every other aggregate of nothing is missing.
ZERO_OF_NONE = ("count", "distinct", "sum")
#: Aggregates over time alone.
OF_TIME = ("time_since", "time_since_first", "time_between")
#: Aggregates that ask for the time of each event.
NEED_TIME = ("latest", "first", *OF_TIME)
AGGREGATES = ("count", "distinct", "sum", "mean", "median", "min", "max", "only", "share", *NEED_TIME)
PERCENT = ("fraction", "points")
MISSING = "missing"


def text_or_none(value: Any) -> Any:
    """Turn a date as TOML and YAML have it into text; leave everything else."""
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else value


def code(value: Any) -> Any:
    """Return a code to compare raw values with: text, a number, or true / false."""
    if isinstance(value, bool):
        return value
    return float(value) if is_number(value) else text_or_none(value)


def codes(value: Any) -> Any:
    """Return a tuple of codes, also for one alone."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple(code(v) for v in value)
    return value if value is None else (code(value),)


def filters(value: Any) -> Any:
    """Return column -> codes."""
    return FrozenMap({str(k): codes(v) for k, v in value.items()}) if isinstance(value, Mapping) else value


def numbers(value: Any) -> Any:
    """Return text -> number."""
    if not isinstance(value, Mapping):
        return value
    return FrozenMap({str(k): float(v) if is_number(v) else v for k, v in value.items()})


@attrs.frozen(kw_only=True)
class Source:
    """A number taken from the tables people have; `MeasureInput` and `CellInput` build on it.

    Three kinds: one ``column``; the time between two dates (``start``, ``end``; one left out is the moment of
    scoring); or an ``aggregate`` over the rows of an event ``table``, where the value of each row is again a
    column or a time between two dates.

    Parameters
    ----------
    column
        The column to read; left out, the one called like the measure.
    decimal, thousands
        Marks in numbers kept as text: ``decimal=","``, ``thousands="."``.
    percent
        ``"fraction"``: the column holds percentages, read 12.5 % as 0.125; ``"points"``: read it as 12.5. (Not for
        cells of a workbook that are only shown as a percentage: they hold 0.125.)
    missing
        Codes that mean "not answered", such as ``[0]`` or ``["n/a"]``. An empty cell is always missing. Left out, those
        of the inputs as a whole hold.
    times, divided_by
        A change of unit, applied last.
    start, end, unit, date_format
        Two columns with dates, the unit of the time between them (default days), and how they are written
        (``"%d.%m.%Y"``; left out, ISO 8601).
    table, by, time
        The event table, its column that names the customer (or the row of the table its table goes ``via``), and
        its column with the time of each event. The last two may be said once, in `TableInput`.
    aggregate
        One of ``count``, ``distinct``, ``sum``, ``mean``, ``median``, ``min``, ``max``, ``only`` (there is one row),
        ``share`` (of the rows that ``matching`` fits), ``latest``, ``first``, ``time_since`` (the last event),
        ``time_since_first``, ``time_between`` (two events, on average).
    where, matching
        Rows to take, and rows to count in a share: column -> value or values, compared as they stand; ``""``
        stands for an empty cell.
    within_days
        Take only events less than or exactly so many days before the moment of scoring.
    empty
        What it means that a customer has no event: a number or ``"missing"``. Left out, 0 for count, distinct and
        sum, and missing for the rest.
    """

    column: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    percent: str | None = None
    missing: tuple[Code, ...] | None = attrs.field(default=None, converter=codes)
    times: float | None = None
    divided_by: float | None = None
    start: str | None = None
    end: str | None = None
    unit: str | None = None
    date_format: str | None = None
    table: str | None = None
    by: str | None = None
    time: str | None = None
    aggregate: str | None = None
    where: FrozenMap[tuple[Code, ...]] = attrs.field(factory=FrozenMap, converter=filters)
    matching: FrozenMap[tuple[Code, ...]] = attrs.field(factory=FrozenMap, converter=filters)
    within_days: float | None = None
    empty: float | str | None = None

    def __attrs_post_init__(self) -> None:
        raise_faults(type(self).__name__, self.faults())

    def faults(self) -> Iterator[Finding]:
        """Yield everything that cannot mean anything; `where` of each is the field."""
        yield from _texts(self, ("column", "start", "end", "table", "by", "time", "date_format"))
        yield from marks(self)
        yield from _choices(self)
        yield from _positive(self)
        yield from _code_lists(self)
        yield from _kinds(self)

    @property
    def dated(self) -> bool:
        """Whether the value of a row is the time between two dates."""
        return self.start is not None or self.end is not None

    @property
    def needs_as_of(self) -> bool:
        """Whether it means nothing without a moment of scoring."""
        one_end = self.dated and (self.start is None or self.end is None)
        return one_end or self.within_days is not None or self.aggregate in ("time_since", "time_since_first")

    @property
    def of_none(self) -> float | None:
        """What a customer without an event has: a number, or None for missing."""
        if self.empty is None:
            return 0.0 if self.aggregate in ZERO_OF_NONE else None
        return None if isinstance(self.empty, str) else float(self.empty)


def raise_faults(what: str, faults: Iterable[Finding]) -> None:
    """Raise one ModelError for all faults, if there are any."""
    found = list(faults)
    if found:
        raise ModelError.all(what, found)


def fault(field: str, message: str, rule: str = "inputs") -> Finding:
    """Make a finding of one field."""
    return Finding(rule, field, message)


def is_number(value: Any) -> bool:
    """Tell whether it is a finite number that a float can hold; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _texts(source: Any, fields: Iterable[str]) -> Iterator[Finding]:
    for field in fields:
        value = getattr(source, field)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            yield fault(field, f"must be text that is not blank (got {value!r:.60})")


def marks(source: Any) -> Iterator[Finding]:
    """Yield what is wrong with the marks in numbers."""
    for field in ("decimal", "thousands"):
        value = getattr(source, field)
        if value is not None and (not isinstance(value, str) or len(value) != 1 or value.isalnum()):
            yield fault(field, f"must be one mark such as ',' (got {value!r:.60})")
    if source.thousands is not None and source.thousands == (source.decimal or "."):
        yield fault("thousands", f"{source.thousands!r} is the decimal mark as well; say decimal as another")


def _choices(source: Source) -> Iterator[Finding]:
    choices: tuple[tuple[str, Iterable[str]], ...] = (
        ("unit", UNITS),
        ("aggregate", AGGREGATES),
        ("percent", PERCENT),
    )
    for field, options in choices:
        value = getattr(source, field)
        if value is not None and value not in tuple(options):
            yield fault(field, f"{value!r:.60} is none of {', '.join(options)}{hint(value, options)}")


def _positive(source: Source) -> Iterator[Finding]:
    for field in ("times", "divided_by", "within_days"):
        value = getattr(source, field)
        if value is not None and (not is_number(value) or value == 0 or (field == "within_days" and value < 0)):
            yield fault(
                field, f"must be a number {'above' if field == 'within_days' else 'other than'} 0 (got {value!r:.60})"
            )
    if source.empty is not None and source.empty != MISSING and not is_number(source.empty):
        yield fault("empty", f'must be a number or "missing" (got {source.empty!r:.60})')


def _code_lists(source: Source) -> Iterator[Finding]:
    yield from code_list("missing", () if source.missing is None else source.missing)
    for field in ("where", "matching"):
        table = getattr(source, field)
        if not isinstance(table, FrozenMap):
            yield fault(field, f"must say column = value or values (got {table!r:.60})")
            continue
        for column, allowed in table.items():
            yield from code_list(f"{field}.{column}", allowed)
            if not allowed:
                yield fault(f"{field}.{column}", "names no value")


def code_list(field: str, value: Any) -> Iterator[Finding]:
    """Yield what is wrong with a list of codes."""
    if not isinstance(value, tuple) or not all(isinstance(v, (str, bool)) or is_number(v) for v in value):
        yield fault(field, f"must list texts, numbers or true / false (got {value!r:.60})")


def number_map(field: str, value: Any) -> Iterator[Finding]:
    """Yield what is wrong with a table of numbers."""
    if value is None:
        return
    if not isinstance(value, FrozenMap) or not value:
        yield fault(field, f"must say text = number (got {value!r:.60})")
        return
    for key, number in value.items():
        if not is_number(number):
            yield fault(f"{field}.{key}", f"must be a number (got {number!r:.60})")


Rule = tuple[Callable[[Source], bool], str, str]
_CONFLICTS: tuple[Rule, ...] = (
    (lambda s: s.dated and s.column is not None, "column", "stands beside start or end; leave one kind out"),
    (lambda s: s.unit is not None and not s.dated and s.aggregate not in OF_TIME, "unit", "needs start or end"),
    (lambda s: s.table is not None and s.aggregate is None, "aggregate", "a table needs an aggregate, such as 'mean'"),
    (lambda s: s.aggregate is not None and s.table is None, "table", "an aggregate needs a table of events"),
    (lambda s: s.aggregate == "share" and not s.matching, "matching", "a share needs the rows it counts: matching"),
    (lambda s: bool(s.matching) and s.aggregate != "share", "matching", "belongs to aggregate = 'share'"),
    (lambda s: s.times is not None and s.divided_by is not None, "divided_by", "stands beside times; say one"),
)
_EVENTS_ONLY = ("by", "time", "where", "within_days", "empty")


def _kinds(source: Source) -> Iterator[Finding]:
    for holds, field, message in _CONFLICTS:
        if holds(source):
            yield fault(field, message)
    if source.table is None:
        for field in _EVENTS_ONLY:
            if getattr(source, field) not in (None, FrozenMap()):
                yield fault(field, "needs a table of events")
