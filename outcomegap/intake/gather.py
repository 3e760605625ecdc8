"""Everything that comes from event tables: which columns are needed of which, and what each measure gives."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import SHOWN, Problem
from outcomegap.intake.aggregate import Aggregation, Wanted
from outcomegap.intake.columns import Sheet
from outcomegap.intake.events import Events
from outcomegap.intake.expect import columns_needed, examine
from outcomegap.intake.ledger import Ledger
from outcomegap.intake.links import KEY, ROW, Links
from outcomegap.intake.opening import open_events
from outcomegap.intake.tables import Tables
from outcomegap.intake.values import reader
from outcomegap.model.inputs import Inputs
from outcomegap.model.source import OF_TIME, Source

Numbers = NDArray[np.float64]
#: Aggregates that read no column unless one is named.
_NO_COLUMN = ("count", "share", *OF_TIME)


def tables_needed(inputs: Inputs) -> list[str]:
    """Return the tables that the inputs read, the customers' own first."""
    found = [inputs.customers]
    found += [source.table for source in inputs.sources.values() if source.table is not None]
    found += [expected.table for expected in inputs.expect if expected.table is not None]
    for name in found:
        via = inputs.table(name).via
        if via is not None and via not in found:
            found.append(via)  # and what that goes via, in its turn
    return list(dict.fromkeys(found))


class Gathering:
    """The event tables of one intake."""

    def __init__(self, inputs: Inputs, tables: Tables, sheet: Sheet, links: Links, ledger: Ledger) -> None:
        self.inputs = inputs
        self.tables = tables
        self.sheet = sheet
        self.links = links
        self.ledger = ledger

    def run(self) -> dict[str, Numbers]:
        """Return what each source over events gives, by its path; examine what is expected."""
        found: dict[str, Numbers] = {}
        for name in self._tables():
            columns = [column for want in self._wanted(name) for column in _columns(want)]
            ways = dict.fromkeys((self._by(want.source), self._time(want.source)) for want in self._wanted(name))
            columns += [column for way in ways for column in way if column is not None]
            for expected in self.inputs.expect:
                if expected.table == name:
                    columns += [self.links.by_of(name), *columns_needed(expected, self.inputs.customers)]
            events = self._open(name, columns)
            if events is None:
                continue
            events.settle(self._times_alone(name, [by for by, _ in ways]).items())
            for by, time in ways:
                here = [w for w in self._wanted(name) if (self._by(w.source), self._time(w.source)) == (by, time)]
                found |= Aggregation(events, self.links, self.ledger, by, time).run(here)
            self._examine(name, events)
            self._report(events, next(iter(ways), (self.links.by_of(name), None))[0])
        self._examine(None, None)
        return found

    def _tables(self) -> list[str]:
        named = [source.table for source in self.inputs.sources.values()]
        named += [expected.table for expected in self.inputs.expect]
        return [name for name in dict.fromkeys(named) if name not in (None, self.inputs.customers)]

    def _open(self, name: str, columns: list[str]) -> Events | None:
        form, as_of = self.inputs.date_format, self.sheet.as_of
        with self.tables.reading(name):
            return open_events(name, self.tables[name], columns, self.ledger, date_format=form, as_of=as_of)

    def _times_alone(self, table: str, keys: list[str]) -> dict[str, str | None]:
        """Return the columns of a table that are needed as times and as nothing else, each with its form."""
        times: dict[str, str | None] = {}
        others = {*keys, self.links.by_of(table)}
        for want in self._wanted(table):
            source = want.source
            ends = {column: source.date_format for column in (source.start, source.end) if column is not None}
            time = self._time(source)
            for column, form in (*ends.items(), *([(time, None)] if time is not None else [])):
                if times.setdefault(column, form) != form:
                    others.add(column)  # two forms: each is read on its own
            others |= {*source.where, *source.matching} | ({want.column} if want.column else set())
        for expected in self.inputs.expect:
            others |= set(expected.where) if expected.table == table else set()
        return {column: form for column, form in times.items() if column not in others}

    def _wanted(self, table: str) -> Iterator[Wanted]:
        for path, source in self.inputs.sources.items():
            if source.table == table:
                own = None if source.dated or source.aggregate in _NO_COLUMN else path.removeprefix("measures.")
                yield Wanted(path, source, source.column or own, reader(source, self.inputs))

    def _by(self, source: Source) -> str:
        assert source.table is not None
        return source.by or self.links.by_of(source.table)

    def _time(self, source: Source) -> str | None:
        assert source.table is not None
        return source.time or self.inputs.table(source.table).time

    def _examine(self, table: str | None, events: Events | None) -> None:
        for number, expected in enumerate(self.inputs.expect):
            own = expected.table in (None, self.inputs.customers)
            if expected.table == table or (table is None and own):
                examine(expected, number, self.sheet, self.links, events)

    def _report(self, events: Events, by: str) -> None:
        """Note what could not be read or found, with the customers it concerns."""
        for message in dict.fromkeys(events.unmatched_filters):
            self.ledger.finding("no-row-fits", f"tables.{events.name}", message)
        for column, wrong in events.wrong.items():
            where = f"{events.name}.{column}"
            for place, (value, (error, count)) in enumerate(wrong.values.items()):
                values = [value] if place < SHOWN else list(wrong.values)[SHOWN:]
                rows = events.rows_of(column, values)
                message = f"column {where!r}: {value!r:.60} ({count} x) {error}"
                if error.suggestion is not None:
                    message += f" (did you mean {error.suggestion!r}?)"
                if place == SHOWN:
                    message = f"column {where!r}: {len(values)} further values mean nothing, such as {value!r:.60}"
                    count = len(rows)  # noqa: PLW2901
                first = tuple(rows[:SHOWN])
                problem = Problem(error.rule, message, where, value, first, count, error.suggestion)
                self.ledger.events(problem, self._customers_with(events, by, column, values))
                if place == SHOWN:
                    break

    def _customers_with(self, events: Events, by: str, column: str, values: list[object]) -> NDArray[np.int64]:
        import narwhals as nw

        frame, key = self.links.by_customer(events, events.frame, by)
        keys = frame.filter(nw.col(column).is_in(values)).group_by(key).agg(nw.len()).collect()[key]
        assert key in (KEY, ROW)
        rows = self.links.owners_of(keys)
        return np.unique(rows[rows >= 0])


def _columns(want: Wanted) -> list[str]:
    """Return the columns of an event table that a measure reads."""
    source = want.source
    named = [want.column, source.start, source.end, *source.where, *source.matching]
    return [column for column in named if column is not None]
