"""Rows that name rows of another table, by one column or by several together, and the columns looked up there."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import attrs
import numpy as np

from outcomegap.checks import Checks
from outcomegap.errors import Finding, bare
from outcomegap.frames import Table
from outcomegap.frames.arrays import Array, Distinct, Mask
from outcomegap.intake.filters import rows_to_use
from outcomegap.intake.loading import Tables
from outcomegap.intake.moments import NO_TIME, Moments
from outcomegap.intake.names import UnreadableError, Wanted, lacking, named_by
from outcomegap.intake.notes import Notes
from outcomegap.intake.raw_table import RawTable
from outcomegap.intake.reader import Read, Rows
from outcomegap.listing import counted
from outcomegap.model.inputs import Key, key_name, parts_of

#: Table looked up -> the columns of it that are wanted.
Elsewhere = dict[str, list[str]]
#: Up to here the nearest key is told for one that names no row: people choose from such a list.
FEW = 1_000


@attrs.frozen(eq=False)
class Widened:
    """A table with the columns that it looks up.

    Parameters
    ----------
    table
        The table; what names no row, or rows that differ, has no value there.
    doubts
        Each column by which it looks up, where some of its values name rows that differ.
    places
        Where its rows stand in its source; None where they are all its rows.
    homes
        The tables of the columns that it looks up.
    lines
        The line of its file on which each row of its source begins, where that is known.
    """

    table: Table
    doubts: tuple[tuple[str, Read], ...] = ()
    places: Rows | None = None
    homes: Mapping[str, str] = attrs.field(factory=dict)
    lines: Sequence[int] | None = None

    def only(self, used: Mask) -> Widened:
        """Return some of the rows."""
        places = np.flatnonzero(used)
        return Widened(self.table.filter(used), self.doubts_of(places), places, self.homes, self.lines)

    def doubts_of(self, rows: Rows, before: str = "") -> tuple[tuple[str, Read], ...]:
        """Return the doubts of some rows by their positions, -1 for none."""
        found = []
        for column, read in self.doubts:
            codes = np.append(read.raw.codes, np.int32(-1))[rows]
            wrong = {place: error for place, error in read.wrong.items() if (codes == place).any()}
            found.append((before + column, Read(codes, Distinct(read.raw.values, codes), wrong)))
        return tuple(found)

    def note(self, problem: Callable[..., None], before: str, rows: Rows | None = None) -> None:
        """Note the doubts of all rows, or of some, as `Read.note` does."""
        for column, read in self.doubts_of(np.arange(len(self.table)) if rows is None else rows, before):
            read.note(problem, column)


@attrs.frozen(eq=False)
class LookUps:
    """Gives tables with the columns that they look up.

    Parameters
    ----------
    tables
        The raw tables.
    checks
        Takes columns that are not there, and what names no row.
    as_of
        The moment of scoring, if there is one for all: rows of a table with a `time` that are not before it are not
        looked up.
    notes
        What was left out on purpose.
    """

    tables: Tables
    checks: Checks
    as_of: np.datetime64 = NO_TIME
    notes: Notes = attrs.field(factory=Notes)
    _used: dict[str, Mask | None] = attrs.field(factory=dict)

    def columns(self, name: str, wanted: Iterable[Key]) -> Widened | None:
        """Read some columns of the rows to use of a table, its own and those looked up; None where one is missing."""
        said = self.tables.inputs.table(name)
        columns = [column for key in (*wanted, *said.where, *said.leave_out) for column in parts_of(key)]
        names, look_up = self.tables.names(name), said.look_up
        own, elsewhere = self._apart(name, names, columns)
        links = [column for target in elsewhere for column in parts_of(look_up.get(target)) if column in names]
        table = self.tables.columns(name, [*own, *links], self.checks)
        if table is None:
            return None
        wide = self._widened(name, table, elsewhere)
        if name == self.tables.inputs.customers:  # those left out are known by their ids
            return wide
        if name not in self._used:
            self._used[name] = rows_to_use(wide.table, name, said, self.checks, self.notes)
        used = self._used[name]
        return wide if used is None else wide.only(used)

    def widened(self, name: str, table: Table, wanted: Iterable[str]) -> Widened:
        """Return a table that is read already with the columns wanted that it looks up."""
        return self._widened(name, table, self._apart(name, table.names, wanted)[1])

    def rows_of(
        self, name: str, wide: Widened, as_of: np.datetime64 | Moments, checks: Checks | None = None
    ) -> RawTable:
        """Return a table to read the columns of, with what is known of its rows; problems go to `checks`."""
        rows = RawTable(wide.table, self.tables.inputs, as_of, checks or Checks(), name, homes=wide.homes)
        rows.places, rows.lines = wide.places, wide.lines
        return rows

    def home_of(self, name: str, column: str, names: Collection[str]) -> tuple[str, str]:
        """Return the table that a column of a table stands in, and its name there."""
        look_up, (first, dot, _) = self.tables.inputs.table(name).look_up, column.partition(".")
        targets = [target for target in look_up if column.startswith(f"{target}.")]
        if dot and first not in (name, self.tables.inputs.customers) and (look_up or first in self.tables):
            targets.append(first)  # not looked up, which is told
        if column in names or not targets:
            return name, column
        target = max(targets, key=len)
        return target, column.removeprefix(f"{target}.")

    def _apart(self, name: str, names: Sequence[str], wanted: Iterable[str]) -> tuple[list[str], Elsewhere]:
        """Return which columns are the table's own, and which are those of each table that it looks up."""
        own: list[str] = []
        elsewhere: Elsewhere = {}
        known = frozenset(names)
        for column in dict.fromkeys(wanted):
            table, there = self.home_of(name, column, known)
            if table == name:
                own.append(column)
            else:
                elsewhere.setdefault(table, []).append(there)
        return own, elsewhere

    def _widened(self, name: str, table: Table, elsewhere: Elsewhere) -> Widened:
        more: dict[str, Array] = {}
        doubts: list[tuple[str, Read]] = []
        homes: dict[str, str] = {}
        for target, columns in elsewhere.items():
            reached = self._reached(name, table.names, target, columns)
            if reached is None:
                more |= {f"{target}.{column}": np.full(len(table), np.nan) for column in columns}
                continue
            link, keys, there = reached
            homes |= {f"{target}.{column}": there.homes.get(column, target) for column in columns}
            read = _rows_named(named_by(table, link), keys, target, there, columns, self._aggregate(name, target, link))
            self._note_strangers(name, target, link, read.raw, keys.values)
            more |= {f"{target}.{column}": _taken(there.table.values(column), read.values) for column in columns}
            doubts += [(key_name(link), read), *there.doubts_of(read.values, f"{target}.")]
        return Widened(table.widened(more), tuple(doubts), homes=homes, lines=self.tables.lines.get(name))

    def _aggregate(self, name: str, target: str, link: Key) -> str:
        """Return what takes a number of all rows of another table that a row names."""
        key = self.tables.inputs.table(target).key or link
        own = "" if key == link else f" and key = {json.dumps(link)} under [inputs.tables.{name}]"
        under = f"by = {json.dumps(key)} and via = {json.dumps(name)} under [inputs.tables.{target}]{own}"
        return f"an aggregate of table = {json.dumps(target)}, with {under}"

    def _reached(
        self, name: str, names: Sequence[str], target: str, columns: Sequence[str]
    ) -> tuple[Key, Distinct, Widened] | None:
        """Return what names rows of another table, their keys, and that table; None where something is lacking."""
        look_up = self.tables.inputs.table(name).look_up
        if (link := look_up.get(target)) is None:
            say = (
                f"to take it from table {target!r}, say look_up = {{ {target} = COLUMN }} under [inputs.tables.{name}]"
            )
            for column in columns:
                wanted, options = f"{target}.{column}", [*names, *(f"{table}.{column}" for table in look_up)]
                message = f"table {name!r}: there is no column {wanted!r}; {say}"
                self.checks.problem("missing-column", message, wanted, wanted, options=options)
            return None
        lost = lacking(self.checks, names, parts_of(link), f"look_up of table {name!r}", name)
        key, what = self.tables.inputs.table(target).key, f"table {target!r}, which {name!r} looks up (say its key)"
        key = key or (() if lost else link)
        keyless = lacking(self.checks, self.tables.names(target), parts_of(key), what, target)
        time = self.tables.inputs.table(target).time if not np.isnat(self.as_of) else None
        there = self.columns(target, [*([] if keyless else [key]), *columns, *filter(None, [time])])
        if lost or keyless or there is None:
            return None
        keys = named_by(there.table, key)
        return link, keys if time is None else self._known(keys, target, there, time), there

    def _known(self, keys: Distinct, target: str, there: Widened, time: str) -> Distinct:
        """Return the keys of the rows of a table that were known at the moment of scoring, -1 for the others."""
        rows = self.rows_of(target, there, self.as_of)
        read = rows.dates(time, f"table {target!r}")
        self.checks.problems.extend(said for said in rows.checks.problems if said not in self.checks.problems)
        return Distinct(keys.values, np.where(rows.known_then(time, read, self.notes), keys.codes, np.int32(-1)))

    def _note_strangers(self, name: str, target: str, link: Key, raw: Distinct, known: Sequence[str]) -> None:
        """Say how many rows name no row of the table looked up."""
        there, missing = frozenset(known), Wanted(self.tables.inputs.said("missing", table=name)[0])
        strange = {place: text for place, text in enumerate(raw.values) if text not in there}
        lost = {place: text for place, text in strange.items() if text not in missing}
        if lost:
            count, names = int(np.isin(raw.codes, list(lost)).sum()), list(lost.values())
            some, alike = quoted(link, names, known)
            near = self.checks.hint(names[0], known) if not alike and len(known) <= FEW else alike
            message = f"{count:,} of {counted(len(raw.codes), 'row')} name no row of {target!r}{some}{near}"
            message += f", or add rows written so to {target!r}" if alike else ""
            said = Finding("no-row", f"tables.{name}", message, "warning", count)
            self.checks.findings.extend([] if said in self.checks.findings else [said])


def quoted(key: Key, names: Sequence[str], known: Iterable[str]) -> tuple[str, str]:
    """Return names that name nothing, as text; and which known ones look like them, if any do.

    Examples
    --------
    >>> quoted("customer", ["17", "18", "soon"], ["00017", "00018"])
    (' (customer 17, 18, soon)', "; '17' is not '00017', '18' is not '00018': write both alike in the data")
    """
    like = {bare(text): text for text in known} if names else {}
    alike = [(name, like[text]) for name in names if (text := bare(name)) in like and like[text] != name]
    some = ", ".join(list(dict.fromkeys([*(name for name, _ in alike[:3]), *names]))[:3])
    pairs = ", ".join(f"{name!r} is not {other!r}" for name, other in alike[:3])
    more = ", ..." if len(names) > 3 else ""
    said = f" ({key_name(key)} {some}{more})" if names else f" ({key_name(key)} is empty)"
    return said, f"; {pairs}{', ...' if len(alike) > 3 else ''}: write both alike in the data" if pairs else ""


def _rows_named(link: Distinct, key: Distinct, target: str, there: Widened, columns: Iterable[str], say: str) -> Read:
    """Return which row of another table each row names, -1 for none; values that name rows that differ are wrong."""
    rows = np.flatnonzero(key.codes >= 0)
    first = np.full(len(key.values), -1)
    first[key.codes[rows[::-1]]] = rows[::-1]
    known = dict(zip(key.values, first.tolist(), strict=True))
    places = np.array([*(known.get(text, -1) for text in link.values), -1], dtype=np.int64)
    wrong: dict[int, UnreadableError] = {}
    if len(rows) > (first >= 0).sum():
        used = dict(zip(link.values, range(len(link.values)), strict=True))
        for column in columns:
            codes = there.table.distinct(column).codes
            differ = rows[codes[rows] != codes[first[key.codes[rows]]]]
            for code, place in zip(*np.unique(key.codes[differ], return_index=True), strict=True):
                if (text := key.values[code]) in used:
                    pair = np.array([first[code], differ[place]])
                    pair = pair if there.places is None else there.places[pair]
                    one, other = pair.tolist() if there.lines is None else (there.lines[row] for row in pair)
                    what = "rows" if there.lines is None else "lines"
                    message = f"names {what} {one} and {other} of {target!r}, whose {column!r} differ"
                    message = f"{message}; keep one of them, or say {say}"
                    wrong.setdefault(used[text], UnreadableError(message, rule="two-rows"))
    places[list(wrong)] = -1
    return Read(places[link.codes], link, wrong)


def _taken(values: Array, places: Rows) -> Array:
    """Return the value at each place; none for -1."""
    if (places >= 0).all():
        return values[places]
    if values.dtype.kind in "iu" and not (np.abs(values.astype(np.float64)) >= 2.0**53).any():
        values = values.astype(np.float64)
    nothing = {"f": np.nan, "M": np.datetime64("NaT"), "m": np.timedelta64("NaT")}.get(values.dtype.kind)
    found: Array = np.append(values.astype(object) if nothing is None else values, np.array([nothing]))[places]
    return found
