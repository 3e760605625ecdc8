"""Many events to one number a customer: every measure of a table in one pass of the table's own engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from outcomegap.intake.columns import Numbers, Sheet
from outcomegap.intake.events import MICRO, Events, Lazy, Series, every, how_many, micros
from outcomegap.intake.links import ROW, Links, Rows, columns_needed, examine
from outcomegap.intake.loading import Tables
from outcomegap.intake.reader import Reader, note_unreadable
from outcomegap.intake.times import as_datetime, shown
from outcomegap.listing import counted
from outcomegap.model.inputs import OF_TIME, UNITS, Source

DAY = 86_400_000_000
_TIME, _ROWS, _END = "outcomegap_time", "outcomegap_rows", "outcomegap_end"
#: What the engine takes of the values of a customer's events, for each aggregate; the last is the measure itself.
TAKES: dict[str, tuple[str, ...]] = {
    **{how: (how,) for how in ("mean", "median", "min", "max")},
    "distinct": ("count", "n_unique"),
    "sum": ("count", "sum"),
    "only": ("count", "max"),
    "share": ("mean",),
    "time_since": ("min",),  # of the time since each event
    "time_since_first": ("max",),
    "time_between": ("count", "min", "max"),
}


def gather(tables: Tables, sheet: Sheet, ids: Mapping[str, int]) -> dict[str, Numbers]:
    """Return what each source over events gives, by its path; examine what is expected of the tables."""
    links, inputs = Links(tables, sheet, ids), sheet.inputs
    named = [source.table for source in inputs.sources.values()] + [expected.table for expected in inputs.expect]
    found: dict[str, Numbers] = {}
    for name in dict.fromkeys(named):
        if name is not None and name != inputs.customers:
            found |= _of_table(name, links)
    for number, said in enumerate(inputs.expect):
        if said.table in (None, inputs.customers):
            examine(said, number, sheet, links, None)
    return found


def _of_table(name: str, links: Links) -> dict[str, Numbers]:
    sheet, inputs, by = links.sheet, links.sheet.inputs, links.by_of(name)
    sources = dict(_resolved(name, links))
    expect = {number: said for number, said in enumerate(inputs.expect) if said.table == name}
    columns: list[str | None] = []
    for source in sources.values():
        columns += [source.column, source.start, source.end, source.by, source.time, *source.where, *source.matching]
    for said in expect.values():
        columns += [by, *columns_needed(said)]
    frame = links.tables.columns(name, filter(None, columns), sheet.checks)
    if frame is None:
        return {}
    events, found = Events(name, frame, inputs.date_format, sheet.as_of), dict[str, Numbers]()
    for one in dict.fromkeys((source.by or by, source.time) for source in sources.values()):
        some = {path: source for path, source in sources.items() if (source.by, source.time) == one}
        found |= Aggregation(events, links, *one).run(some)
    for number, said in expect.items():
        examine(said, number, sheet, links, events)
    for message in dict.fromkeys(events.unmatched):
        sheet.checks.finding("no-row-fits", f"tables.{name}", message, "warning")
    by = next((source.by or by for source in sources.values()), by)
    for column, wrong in events.wrong.items():  # with the customers it concerns

        def places(values: list[Any], column: str = column) -> dict[str, Any]:
            frame, key = links.by_customer(events, events.frame, by)
            rows = links.owners_of(frame.filter(nw.col(column).is_in(values)).select(key).unique().collect()[key])
            return {"rows": events.rows_of(column, values), "concerns": np.unique(rows[rows >= 0])}

        note_unreadable(sheet.checks, f"{name}.{column}", wrong, places)
    return found


def _resolved(table: str, links: Links) -> Iterator[tuple[str, Source]]:
    """Yield the sources over a table by their paths; each says its column, its customer and its time."""
    inputs = links.sheet.inputs
    for path, source in inputs.sources.items():
        if source.table == table:
            # These read no column unless one is named.
            bare = source.dated or source.aggregate in ("count", "share", *OF_TIME)
            column = source.column or (None if bare else path.removeprefix("measures."))
            by, time = source.by or links.by_of(table), source.time or inputs.table(table).time
            yield path, attrs.evolve(source, column=column, by=by, time=time)


@attrs.define(eq=False)
class Aggregation:
    """Every measure that one table gives by one way of naming the customer and one column of times.

    Parameters
    ----------
    events, links
        The table, and the customers.
    by, time
        Its column that names the customer, and its column of times or None.
    """

    events: Events
    links: Links
    by: str
    time: str | None

    @property
    def sheet(self) -> Sheet:
        """The customers' own table."""
        return self.links.sheet

    def run(self, sources: Mapping[str, Source]) -> dict[str, Numbers]:
        """Return one number a customer for each measure."""
        frame, key = self.links.by_customer(self.events, self.events.frame, self.by)
        if self.time is not None:
            frame = frame.with_columns(self.events.time(self.time).alias(_TIME))
        made: dict[str, nw.Expr] = {}
        takes: dict[str, tuple[str, str]] = {}
        for number, source in enumerate(sources.values()):
            takes |= self._plan(f"m{number}", source, made)
        frame = frame.with_columns(**made) if made else frame
        frame = frame.select(key, *([_TIME] if self.time is not None else []), *made)
        library = frame.implementation
        frame = self._before(frame if library.is_duckdb() else frame.collect().lazy())
        # PyArrow only approximates medians.
        exact = [name for name, (_, how) in takes.items() if how == "median" and library.is_pyarrow()]
        plain = [getattr(nw.col(of), how)().alias(name) for name, (of, how) in takes.items() if name not in exact]
        grouped = frame.group_by(key).agg(nw.len().alias(_ROWS), *plain).collect()
        rows = self.links.owners_of(grouped[key])
        self._note_strangers(grouped[key], rows, _floats(grouped[_ROWS]))
        found = {name: self._spread(rows, grouped[name]) for name in grouped.columns if name != key}
        for name in exact:
            there = frame.filter(~nw.col(takes[name][0]).is_null()).select(key, takes[name][0]).collect()
            owners, values = self.links.owners_of(there[key]), _floats(there[takes[name][0]])
            found[name] = medians(owners[owners >= 0], values[owners >= 0], len(self.sheet))
        for number, source in enumerate(sources.values()):
            if source.aggregate in ("latest", "first"):
                found[f"m{number}_end"] = self._at_the_end(frame, key, f"m{number}", last=source.aggregate == "latest")
        paths = enumerate(sources.items())
        return {path: self._finish(f"m{number}", source, found) for number, (path, source) in paths}

    def _before(self, frame: Lazy) -> Lazy:
        """Leave out events that are not before the moment of scoring, and say how many."""
        table, as_of, notes = f"table {self.events.name!r}", self.sheet.as_of, self.sheet.notes
        if as_of is None:
            return frame
        if self.time is None:
            notes.append(f"{table} has no time column: all its rows count")
            return frame
        time, limit = nw.col(_TIME), nw.lit(as_datetime(as_of), dtype=MICRO)
        counts = frame.select(how_many(time >= limit).alias("late"), how_many(time.is_null()).alias("lost")).collect()
        for column, what in (("late", f"at or after {shown(as_of)}"), ("lost", f"without a {self.time}")):
            if count := int(counts[column].to_list()[0] or 0):
                notes.append(f"{table}: {counted(count, 'row')} {what} left out")
        return frame.filter(time < limit)

    def _plan(self, name: str, source: Source, made: dict[str, nw.Expr]) -> dict[str, tuple[str, str]]:
        """Add the columns to compute; return what to take of which: the aggregate by name."""
        takes: dict[str, tuple[str, str]] = {}
        wanted = [self.events.row_fits(source.where)]
        if source.within_days is not None:
            first = as_datetime((self.sheet.as_of or 0) - round(source.within_days * DAY))
            wanted.append(nw.col(_TIME) >= nw.lit(first, dtype=MICRO))
        if source.aggregate == "count" and source.column is not None:
            wanted.append(self.events.is_there(source.column))
        if (fits := every(wanted)) is not None:
            made[f"{name}_fits"] = nw.when(fits).then(nw.lit(1)).otherwise(nw.lit(0))
            takes[f"{name}_rows"] = f"{name}_fits", "sum"
        if source.aggregate != "count":
            value = self._value(source)
            made[name] = value if fits is None else nw.when(fits).then(value)
            takes |= {f"{name}_{how}": (name, how) for how in TAKES.get(source.aggregate or "", ())}
        return takes

    def _value(self, source: Source) -> nw.Expr:
        """Return what an event gives, null where nothing."""
        events, column, read = self.events, source.column or "", Reader.of(source, self.sheet.inputs)
        if source.aggregate in OF_TIME:
            since = nw.lit(float(self.sheet.as_of or 0)) - micros(nw.col(_TIME))
            return since if source.aggregate == "time_between" else since / (UNITS[source.unit or "days"] * 1e6)
        there: list[nw.Expr | None] = []
        if (hit := events.row_fits(source.matching)) is not None:  # a share
            value = nw.when(hit).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
            if not any("" in codes for codes in source.matching.values()):
                there = [events.is_there(column) for column in source.matching]
        elif source.aggregate == "distinct" and not source.dated and read.values is None:
            value = nw.col(column)
            unnamed = events.row_fits({column: read.missing} if read.missing else {})
            there = [events.is_there(column), None if unnamed is None else ~unnamed]
        else:
            value = events.value(source, column, read)
        fits = every(there)
        return value if fits is None else nw.when(fits).then(value)

    def _note_strangers(self, keys: Series, rows: Rows, counts: Numbers) -> None:
        lost = np.flatnonzero(rows < 0)
        if not len(lost):
            return
        names = [] if keys.name == ROW else keys.to_list()
        strangers = sorted(str(names[place]) for place in lost.tolist() if names and names[place] is not None)
        more = ", ..." if len(strangers) > 3 else ""
        some = f" ({self.by} {', '.join(strangers[:3])}{more})" if strangers else ""
        message = f"{int(counts[lost].sum()):,} of {counted(int(counts.sum()), 'row')} belong to no customer{some}"
        self.sheet.checks.finding("no-customer", f"tables.{self.events.name}", message, "warning")

    def _spread(self, rows: Rows, column: Series) -> Numbers:
        """Return one number a customer."""
        numbers = np.full(len(self.sheet), np.nan)
        numbers[rows[rows >= 0]] = _floats(column)[rows >= 0]
        return numbers

    def _at_the_end(self, frame: Lazy, key: str, name: str, *, last: bool) -> Numbers:
        """Return the value of the last (or first) event with a value; of several at once, the greatest."""
        there = frame.filter(~nw.col(name).is_null() & ~nw.col(_TIME).is_null()).select(key, _TIME, name)
        time = nw.col(_TIME).max() if last else nw.col(_TIME).min()
        at = there.with_columns(time.over(key).alias(_END)).filter(nw.col(_TIME) == nw.col(_END))
        ends = at.group_by(key).agg(nw.col(name).max()).collect()
        return self._spread(self.links.owners_of(ends[key]), ends[name])

    def _finish(self, name: str, source: Source, found: Mapping[str, Numbers]) -> Numbers:
        """Turn what the engine counted into the measure, and say what no event means."""
        how = source.aggregate or ""
        events = np.nan_to_num(found.get(f"{name}_rows", found[_ROWS]))
        there = np.nan_to_num(found.get(f"{name}_count", events))
        value = found[f"{name}_{TAKES[how][-1]}"] if how in TAKES else found.get(f"{name}_end", events)
        if how == "distinct":  # engines count null as a value of its own
            value = np.nan_to_num(value) - (there < np.nan_to_num(found[_ROWS]))
        elif how == "time_between":
            with np.errstate(invalid="ignore", divide="ignore"):
                span = (value - found[f"{name}_min"]) / (UNITS[source.unit or "days"] * 1e6)
                value = np.where(there > 1, span / (there - 1), np.nan)
        elif how == "sum":
            value = np.where(there > 0, value, np.nan)
        elif how == "only":
            where = f"{self.events.name}.{source.column}"
            message = f'{where}: more than one value, where aggregate = "only" expects one'
            self.sheet.checks.problem("more-than-one", message, where, rows=there > 1)
        if how in ("count", "distinct", "share", *OF_TIME):
            value = Reader.of(source, self.sheet.inputs).scaled(value)
        return np.where(events == 0, np.nan if source.of_none is None else source.of_none, value)


def medians(groups: NDArray[np.int64], values: Numbers, size: int) -> Numbers:
    """Return the exact median of the finite values of each group, counted from 0; NaN where it has no value.

    Examples
    --------
    >>> medians(np.array([2, 0, 0, 0, 0]), np.array([7.0, 1.0, 10.0, 2.0, 4.0]), 3)
    array([ 3., nan,  7.])
    """
    ordered = values[np.lexsort((values, groups))]
    counts = np.bincount(groups, minlength=size)
    first = np.cumsum(counts) - counts
    some = counts > 0
    low, high = first + (counts - 1) // 2, first + counts // 2
    result = np.full(size, np.nan)
    result[some] = (ordered[low[some]] + ordered[high[some]]) / 2
    return result


def _floats(column: Series) -> Numbers:
    return column.cast(nw.Float64).to_numpy().astype(np.float64)
