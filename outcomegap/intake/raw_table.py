"""A raw table while it is read: each column is read once, and what is wrong with it is noted once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import attrs
import numpy as np

from outcomegap.checks import Checks
from outcomegap.frames import Table
from outcomegap.frames.arrays import Distinct, Mask
from outcomegap.intake.moments import NO_TIME, DateReader, Moments, interval, read_moments, shown
from outcomegap.intake.names import Wanted, lacking, texts_of
from outcomegap.intake.notes import Notes
from outcomegap.intake.reader import NOTHING, Numbers, Read, Reader, Rows, read_numbers
from outcomegap.listing import counted
from outcomegap.model.declaration import FrozenMap
from outcomegap.model.inputs import Code, Inputs, Source, parts_of

#: The places of no customer, of a customer who was left out, and of a row on the way that was not known then.
NOBODY, GONE, LATER = -1, -2, -3


@attrs.frozen
class Lines:
    """What the rows of a file are called in messages: by the line on which each begins."""

    lines: Sequence[int] | Rows

    def __getitem__(self, row: int) -> str:
        return f"line {self.lines[row]}"


@attrs.define(eq=False)
class RawTable:
    """A raw table while it is read: each column is read once, and what is wrong with it noted once.

    Parameters
    ----------
    table, name
        The table, and what problems call it; the customers' own has no name.
    inputs
        What the model says of the raw tables.
    as_of
        The moment of scoring, of all rows or of each; NaT if there is none.
    checks
        Takes what is wrong with customers.
    owners
        Gives the customers to whom some rows belong; None where the rows are the customers.
    notes
        What was left out on purpose.
    at
        The row of the table that each row here is; left out, the same.
    gone
        The ids of customers who were left out, and the note that says why: rows of other tables may still name them.
    places
        Where the rows of a table of events stand in its source; None where they are all its rows.
    homes
        The tables of the columns that are looked up.
    lines
        The line of its file on which each row of the source begins, where that is known.
    alone
        Whether a column is only a batch of a larger one, so that its texts may not say how it is written.
    """

    table: Table
    inputs: Inputs
    as_of: np.datetime64 | Moments
    checks: Checks
    name: str | None = None
    owners: Callable[[Rows], Rows] | None = None
    notes: Notes = attrs.field(factory=Notes)
    gone: dict[str, str] = attrs.field(factory=dict)
    at: Rows | slice = slice(None)
    places: Rows | None = None
    homes: Mapping[str, str] = attrs.field(factory=dict)
    lines: Sequence[int] | Rows | None = None
    alone: bool = False
    _known: dict[object, Read] = attrs.field(factory=dict)

    def __len__(self) -> int:
        return len(self.table) if isinstance(self.at, slice) else len(self.at)

    def has(self, column: str, what: str) -> bool:
        """Return whether there is such a column; note a problem if not."""
        return column in self.table or not lacking(self.checks, self.table.names, [column], what, self.name)

    def numbers(self, column: str, read: Reader, what: str) -> Read:
        """Read a column as numbers, NaN where missing; of one that is looked up, what names no row is no empty cell."""
        if column in self.homes and read.values is not None:
            read = attrs.evolve(read, values=FrozenMap({text: read.values[text] for text in read.values if text}))
        return self._once(column, read, what, np.nan, lambda: read_numbers(self.table, column, read, alone=self.alone))

    def moments(self, column: str, what: str, source: Source | None = None) -> Moments:
        """Read a column as moments, as a source or the inputs say, NaT where missing."""
        return self.dates(column, what, source).values

    def dates(self, column: str, what: str, source: Source | None = None) -> Read:
        """Read a column as moments; what means nothing is told once, with what would read it."""
        read = DateReader.of(source, self.inputs, self.home(column))

        def made() -> Read:
            found = read_moments(self.table, column, read)
            if not found.wrong:
                return found
            others = int((~np.isnat(found.values)).sum())
            return attrs.evolve(
                found, together=read.none_of([found.raw.values[place] for place in found.wrong], others)
            )

        return self._once(column, read, what, NO_TIME, made)

    def home(self, column: str) -> str | None:
        """Return the table in which a column stands that may be looked up."""
        return self.homes.get(column, self.name)

    def distinct(self, column: str, what: str) -> Distinct:
        """Return the distinct raw values of a column, and their rows."""
        return self._once(column, "raw", what, None, lambda: Read(NOTHING.codes, self.table.distinct(column))).raw

    def _once(self, column: str, how: object, what: str, nothing: object, make: Callable[[], Read]) -> Read:
        key = column, type(nothing), how
        if key not in self._known:
            if self.has(column, what):
                self._known[key] = found = make()
                where = column if self.name is None else f"{self.name}.{column}"
                found.note(self.problem, where)
                for doubt in found.doubts:
                    self.checks.finding("doubtful-value", f"column {where!r}", doubt, "warning")
            else:
                empty = Distinct([], np.full(len(self.table), -1, dtype=np.int32))
                self._known[key] = Read(np.full(len(self.table), nothing), empty)
        return self._known[key].of(self.at)

    def problem(self, rule: str, message: str, column: str, value: Any, *, rows: Rows, **more: Any) -> None:
        """Note a problem of some rows; it concerns the customers to whom they belong."""
        if self.owners is not None:
            whose = self.owners(rows)
            if len(whose) and (whose < NOBODY).all():
                return
            more["concerns"] = whose[whose >= 0]
        if self.name is not None:
            rows = rows if self.places is None else self.places[rows]
            more["called"] = None if self.lines is None else partial(Lines, self.lines)
        self.checks.problem(rule, message, column, value, rows=rows, **more)

    def value(self, source: Source, column: str, read: Reader, what: str) -> Numbers:
        """Return each row's value: a column, or the time between two dates (left out, the moment of scoring)."""
        if not source.dated:
            return self.numbers(column, read, what).values
        start, end = (
            self.as_of if end is None else self.moments(end, what, source) for end in (source.start, source.end)
        )
        found: Numbers = read.scaled(interval(start, end, source.unit))
        for late in self.ahead(source, what).values():
            found = np.where(late, np.nan, found)
        return found

    def ahead(self, source: Source, what: str) -> dict[str, Mask]:
        """Return by column the rows whose date was not known at the moment of scoring: it is not before it.

        An `end` alone is a date that is waited for; others may be known ahead.
        """
        dates = () if source.start is None or source.known_ahead else filter(None, (source.start, source.end))
        return {column: self.moments(column, what, source) >= self.as_of for column in dates}

    def note_ahead(self, source: Source, what: str, among: Mask | None = None) -> None:
        """Note in how many rows, or of some rows, a date was not known at the moment of scoring."""
        late = {column: rows if among is None else rows & among for column, rows in self.ahead(source, what).items()}
        if dates := [column for column, rows in late.items() if rows.any()]:
            count = int(np.logical_or.reduce([*late.values()]).sum())
            who = counted(count, "customer" if self.name is None else "row")
            missing = f"{' or '.join(dates)} of {who} is at or after {self.day}, not known then: missing"
            self.notes.same(what, f"{missing}; say planned = true for dates known ahead")

    def as_of_of(self, customers: Rows) -> np.datetime64 | Moments:
        """Return the moments of scoring of some customers; that of nobody is the latest."""
        if isinstance(self.as_of, np.datetime64):
            return self.as_of
        found: Moments = np.append(self.as_of, np.fmax.reduce(self.as_of, initial=NO_TIME))[np.maximum(customers, -1)]
        return found

    def count(self, pairs: Mask) -> int:
        """Return how many rows of the table some rows here are."""
        return int(pairs.sum()) if isinstance(self.at, slice) else len(np.unique(self.at[pairs]))

    def known_then(self, time: str, read: Read, notes: Notes) -> Mask:
        """Return which rows were known at the moment of scoring, by their time; count the others in notes."""
        if np.isnat(self.as_of).all():
            return np.ones(len(self), dtype=bool)
        own, sources = self.inputs.table(self.name or "").time, self.inputs.sources.values()
        several = len({source.time or own for source in sources if source.table == self.name}) > 1
        late, lost = read.values >= self.as_of, np.isnat(read.values) & ~read.unread
        notes.rows(self.name, self.count(late), f"{f'with {time} ' if several else ''}at or after {self.day} left out")
        notes.rows(self.name, self.count(lost), f"without a {time} left out")
        known: Mask = read.values < self.as_of
        return known

    @property
    def day(self) -> str:
        """The moment of scoring, for people."""
        if isinstance(self.as_of, np.datetime64):
            return shown(self.as_of, self.inputs.date_format)
        return "their own day of scoring"

    def without(self, why: Mapping[str, Mask]) -> RawTable:
        """Return the customers' table without some rows, each by the note that says why; no column is read yet."""
        keep = ~np.logical_or.reduce([*why.values()])
        places = np.flatnonzero(keep) if self.checks.places is None else self.checks.places[keep]
        lines = None if self.lines is None else np.asarray(self.lines)[keep]
        self.checks.places, self.checks.names = places, lambda: places if lines is None else Lines(lines)
        as_of = self.as_of if isinstance(self.as_of, np.datetime64) else self.as_of[keep]
        who, gone = self.inputs.id, dict(self.gone)
        if who is not None and set(parts_of(who)) <= set(self.table.names):
            for note, out in why.items():
                names = texts_of(self.table.filter(out), who)
                gone |= {name: note for name in names if name is not None and name not in gone}
        return attrs.evolve(self, table=self.table.filter(keep), as_of=as_of, gone=gone, lines=lines, known={})

    def filled(self, column: str, what: str, missing: Sequence[Code]) -> Mask:
        """Return the rows where a column holds something: no empty cell, and no code for missing."""
        raw = self.distinct(column, what)
        none = Wanted(missing)
        holds = [value not in none for value in raw.values]
        found: Mask = np.array([*holds, False])[raw.codes]
        return found

    def fitting(self, where: Mapping[str, Sequence[Code]], what: str) -> Mask:
        """Return the rows that have one of the values wanted in every column; of events, note what is doubtful."""
        fits = np.ones(len(self), dtype=bool)
        for column, codes in where.items():
            raw = self.distinct(column, what)
            wanted = Wanted(codes)
            fits &= wanted.rows(raw)
            if self.name is not None:
                wanted.note(self.checks, f"tables.{self.name}", column, raw)
        return fits
