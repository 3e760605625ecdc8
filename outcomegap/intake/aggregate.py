"""Many events to one number a customer: every measure of a table in one pass of the table's own engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from outcomegap.intake.columns import Numbers, Sheet
from outcomegap.intake.events import Events, Lazy, Series, every, how_many
from outcomegap.intake.expect import columns_needed, examine
from outcomegap.intake.links import ROW, Links, Rows
from outcomegap.intake.loading import Tables
from outcomegap.intake.reader import Reader, note_unreadable
from outcomegap.intake.times import as_datetime, shown
from outcomegap.listing import counted
from outcomegap.model.inputs import OF_TIME, UNITS, Source

DAY = 86_400_000_000
_TIME, _ROWS, _END = "outcomegap_time", "outcomegap_rows", "outcomegap_end"
#: What the engine takes of the values of a customer's events, for each aggregate.
TAKES: dict[str, tuple[str, ...]] = {
    **{how: (how,) for how in ("mean", "median", "min", "max")},
    "distinct": ("count", "n_unique"),
    "sum": ("count", "sum"),
    "only": ("count", "max"),
    "share": ("mean",),
    "time_since": ("max",),
    "time_since_first": ("min",),
    "time_between": ("count", "min", "max"),
}


@attrs.frozen
class Wanted:
    """One measure to take of a table's events: its path in the inputs, its column, and how that is read."""

    path: str
    source: Source
    column: str | None
    read: Reader
    by: str
    time: str | None

    @property
    def columns(self) -> list[str]:
        """The columns that it reads, those of the customer and the time apart."""
        source = self.source
        named = [self.column, source.start, source.end, *source.where, *source.matching]
        return [column for column in named if column is not None]


def gather(tables: Tables, sheet: Sheet, ids: Mapping[str, int]) -> dict[str, Numbers]:
    """Return what each source over events gives, by its path; examine what is expected of the tables."""
    links, inputs = Links(tables, sheet, ids), sheet.inputs
    named = [source.table for source in inputs.sources.values()] + [expected.table for expected in inputs.expect]
    found: dict[str, Numbers] = {}
    for name in dict.fromkeys(named):
        if name is None or name == inputs.customers:
            continue
        wanted = list(_wanted(name, links))
        expect = {number: said for number, said in enumerate(inputs.expect) if said.table == name}
        columns = [column for want in wanted for column in (*want.columns, want.by, want.time) if column is not None]
        for said in expect.values():
            columns += [links.by_of(name), *columns_needed(said, inputs.customers)]
        frame = tables.columns(name, columns, sheet.checks)
        if frame is None:
            continue
        events = Events(name, frame, inputs.date_format, sheet.as_of)
        others = {links.by_of(name), *(column for said in expect.values() for column in said.where)}
        events.settle(_times_alone(wanted, others).items())
        for by, time in dict.fromkeys((want.by, want.time) for want in wanted):
            found |= Aggregation(events, links, by, time).run([w for w in wanted if (w.by, w.time) == (by, time)])
        for number, said in expect.items():
            examine(said, number, sheet, links, events)
        _note_wrong(events, links, wanted[0].by if wanted else links.by_of(name))
    for number, said in enumerate(inputs.expect):
        if said.table in (None, inputs.customers):
            examine(said, number, sheet, links, None)
    return found


def _wanted(table: str, links: Links) -> Iterator[Wanted]:
    inputs = links.sheet.inputs
    for path, source in inputs.sources.items():
        if source.table == table:
            # These read no column unless one is named.
            bare = source.dated or source.aggregate in ("count", "share", *OF_TIME)
            column = source.column or (None if bare else path.removeprefix("measures."))
            by, time = source.by or links.by_of(table), source.time or inputs.table(table).time
            yield Wanted(path, source, column, Reader.of(source, inputs), by, time)


def _times_alone(wanted: Sequence[Wanted], others: set[str]) -> dict[str, str | None]:
    """Return the columns of a table that are needed as times and as nothing else, each with its form."""
    times: dict[str, str | None] = {}
    used = others | {want.by for want in wanted}
    for want in wanted:
        source = want.source
        ends = {column: source.date_format for column in (source.start, source.end) if column is not None}
        for column, form in (*ends.items(), *([(want.time, None)] if want.time is not None else [])):
            if times.setdefault(column, form) != form:
                used.add(column)  # two forms: each is read on its own
        used |= {*source.where, *source.matching, *([want.column] if want.column else [])}
    return {column: form for column, form in times.items() if column not in used}


def _note_wrong(events: Events, links: Links, by: str) -> None:
    """Note what could not be read or found, with the customers it concerns."""
    checks = links.sheet.checks
    for message in dict.fromkeys(events.unmatched):
        checks.finding("no-row-fits", f"tables.{events.name}", message, "warning")
    for column, wrong in events.wrong.items():

        def places(values: list[Any], column: str = column) -> dict[str, Any]:
            frame, key = links.by_customer(events, events.frame, by)
            rows = links.owners_of(frame.filter(nw.col(column).is_in(values)).select(key).unique().collect()[key])
            return {"rows": events.rows_of(column, values), "concerns": np.unique(rows[rows >= 0])}

        note_unreadable(checks, f"{events.name}.{column}", wrong, places)


class Aggregation:
    """Every measure that one table gives by one way of naming the customer and one column of times.

    Parameters
    ----------
    events, links
        The table, and the customers.
    by, time
        Its column that names the customer, and its column of times or None.
    """

    def __init__(self, events: Events, links: Links, by: str, time: str | None) -> None:
        self.events = events
        self.links = links
        self.sheet: Sheet = links.sheet
        self.by = by
        self.time = time

    def run(self, wanted: Sequence[Wanted]) -> dict[str, Numbers]:
        """Return one number a customer for each measure."""
        frame = self.events.frame
        if self.time is not None:
            frame = self._before(frame.with_columns(self.events.time(self.time).alias(_TIME)))
        elif self.sheet.as_of is not None:
            self.sheet.notes.append(f"table {self.events.name!r} has no time column: all its rows count")
        made: dict[str, nw.Expr] = {}
        takes: dict[str, nw.Expr] = {_ROWS: nw.len()}
        for number, want in enumerate(wanted):
            self._plan(f"m{number}", want, made, takes)
        frame, key = self.links.by_customer(self.events, frame, self.by)
        frame = frame.with_columns(**made) if made else frame
        # PyArrow only approximates medians.
        exact = [name for name in takes if name.endswith("_median") and frame.implementation.is_pyarrow()]
        plain = [expr.alias(name) for name, expr in takes.items() if name not in exact]
        grouped = frame.group_by(key).agg(*plain).collect()
        rows = self.links.owners_of(grouped[key])
        self._note_strangers(grouped[key], rows, _floats(grouped[_ROWS]))
        found = {name: self._spread(rows, grouped[name]) for name in grouped.columns if name != key}
        for name in exact:
            there = frame.filter(~nw.col(name.removesuffix("_median")).is_null()).select(key, name[:-7]).collect()
            owners, values = self.links.owners_of(there[key]), _floats(there[name[:-7]])
            found[name] = medians(owners[owners >= 0], values[owners >= 0], len(self.sheet))
        for number, want in enumerate(wanted):
            if want.source.aggregate in ("latest", "first"):
                name = f"m{number}"
                found[f"{name}_end"] = self._at_the_end(frame, key, name, last=want.source.aggregate == "latest")
        return {want.path: self._finish(f"m{number}", want, found) for number, want in enumerate(wanted)}

    def _before(self, frame: Lazy) -> Lazy:
        """Leave out events that are not before the moment of scoring, and say how many."""
        if self.sheet.as_of is None:
            return frame
        time, limit = nw.col(_TIME), nw.lit(as_datetime(self.sheet.as_of), dtype=nw.Datetime("us"))
        counts = frame.select(how_many(time >= limit).alias("late"), how_many(time.is_null()).alias("lost")).collect()
        for column, what in (("late", f"at or after {shown(self.sheet.as_of)}"), ("lost", f"without a {self.time}")):
            if count := int(counts[column].to_list()[0] or 0):
                self.sheet.notes.append(f"table {self.events.name!r}: {counted(count, 'row')} {what} left out")
        return frame.filter(time < limit)

    def _plan(self, name: str, want: Wanted, made: dict[str, nw.Expr], takes: dict[str, nw.Expr]) -> None:
        """Add the columns to compute, and what to take of each."""
        source, fits = want.source, self._fits(want)
        if fits is not None:
            made[f"{name}_fits"] = nw.when(fits).then(nw.lit(1)).otherwise(nw.lit(0))
            takes[f"{name}_rows"] = nw.col(f"{name}_fits").sum()
        if source.aggregate == "count":
            return
        value = self._value(want)
        made[name] = value if fits is None else nw.when(fits).then(value)
        for how in TAKES.get(source.aggregate or "", ()):
            takes[f"{name}_{how}"] = getattr(nw.col(name), how)()

    def _fits(self, want: Wanted) -> nw.Expr | None:
        """Return whether an event counts; None where all do."""
        source = want.source
        fits = [self.events.row_fits(source.where.items())]
        if source.within_days is not None:
            first = as_datetime((self.sheet.as_of or 0) - round(source.within_days * DAY))
            fits.append(nw.col(_TIME) >= nw.lit(first, dtype=nw.Datetime("us")))
        if source.aggregate == "count" and want.column is not None:
            fits.append(self.events.is_there(want.column))
        return every(fits)

    def _value(self, want: Wanted) -> nw.Expr:
        source, events = want.source, self.events
        if source.aggregate in OF_TIME:
            return events.micros(self.time or "")
        there: list[nw.Expr | None] = []
        if source.aggregate == "share":
            hit = events.row_fits(source.matching.items())
            assert hit is not None
            value = nw.when(hit).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
            if not any("" in codes for codes in source.matching.values()):
                there = [events.is_there(column) for column in source.matching]
        elif source.aggregate == "distinct" and not source.dated and want.read.values is None:
            value = nw.col(want.column or "")
            unnamed = events.row_fits([(want.column or "", want.read.missing)] if want.read.missing else [])
            there = [events.is_there(want.column or ""), None if unnamed is None else ~unnamed]
        else:
            value = events.value(source, want.column or "", want.read)
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

    def _finish(self, name: str, want: Wanted, found: dict[str, Any]) -> Numbers:
        """Turn what the engine counted into the measure, and say what no event means."""
        source, how = want.source, want.source.aggregate or ""
        events = np.nan_to_num(found.get(f"{name}_rows", found[_ROWS]))
        there = np.nan_to_num(found.get(f"{name}_count", events))
        value: Numbers
        if how == "count":
            value = events
        elif how == "distinct":  # engines count null as a value of its own
            value = np.nan_to_num(found[f"{name}_n_unique"]) - (there < np.nan_to_num(found[_ROWS]))
        elif how in ("latest", "first"):
            value = found[f"{name}_end"]
        elif how in OF_TIME:
            value = self._of_time(source, found.get(f"{name}_min", events), found.get(f"{name}_max", events), there)
        else:
            value = found[f"{name}_{TAKES[how][-1]}"]
        if how == "only" and (there > 1).any():
            where = f"{self.events.name}.{want.column}"
            message = f'{where}: more than one value, where aggregate = "only" expects one'
            self.sheet.checks.problem("more-than-one", message, where, rows=there > 1)
        if how == "sum":
            value = np.where(there > 0, value, np.nan)
        if how in ("count", "distinct", "share", *OF_TIME):
            value = want.read.scaled(value)
        return np.where(events == 0, np.nan if source.of_none is None else source.of_none, value)

    def _of_time(self, source: Source, first: Numbers, last: Numbers, there: Numbers) -> Numbers:
        unit = UNITS[source.unit or "days"] * 1e6
        if source.aggregate == "time_between":
            with np.errstate(invalid="ignore", divide="ignore"):
                return np.where(there > 1, (last - first) / unit / (there - 1), np.nan)
        return ((self.sheet.as_of or 0) - (last if source.aggregate == "time_since" else first)) / unit


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
