"""Which rows of an event table belong to which customer, and what ought to hold between tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.frames import wrap
from outcomegap.intake.columns import Sheet, texts_of
from outcomegap.intake.events import Events, Lazy, Series, every, how_many, micros
from outcomegap.intake.loading import Tables, lacking
from outcomegap.intake.times import NOT_A_TIME
from outcomegap.listing import counted, percent
from outcomegap.model.inputs import Expected

Rows = NDArray[np.int64]
#: Beyond this, floats do not hold every whole number.
_WHOLE = 1e15
KEY, ROW, EXTRA = "outcomegap_key", "outcomegap_row", "outcomegap_extra"


@attrs.define(eq=False)
class Links:
    """The customers' ids, and the tables that lead to them.

    Parameters
    ----------
    tables
        The raw tables.
    sheet
        The customers' own.
    ids
        Id -> row, of the customers who have one of their own.
    """

    tables: Tables
    sheet: Sheet
    ids: Mapping[str, int]
    _owners: dict[tuple[str, str], dict[str, int]] = attrs.field(factory=dict)

    def owners_of(self, keys: Series) -> Rows:
        """Return which customer each group of `by_customer` belongs to; -1 is none."""
        if keys.name == ROW:
            return keys.fill_null(-1).cast(nw.Int64).to_numpy()
        codes = wrap({KEY: keys}).codes(KEY, list(self.ids)).codes
        rows = np.fromiter(self.ids.values(), np.int64, len(self.ids))
        return np.append(rows, -1)[np.maximum(codes, -1)]

    def by_customer(self, events: Events, frame: Lazy, by: str) -> tuple[Lazy, str]:
        """Add the column to group events by: the customer's row where other tables are on the way, else the id."""
        via = self.sheet.inputs.table(events.name).via
        if via is None:
            return frame.with_columns(nw.col(by).alias(KEY)), KEY
        return self.joined(events, frame, by, ROW, self.owners(via, self.key_of(via, by))), ROW

    def joined(self, events: Events, frame: Lazy, by: str, name: str, found: Mapping[str, int]) -> Lazy:
        """Add a column of what is found by the text of an event table's key, in its engine and connection."""
        library = frame.implementation
        if library.is_duckdb():
            plain = {KEY: np.array(list(found), dtype=object), name: np.array(list(found.values()), dtype=np.int64)}
            table: Any = nw.from_native(wrap(frame.to_native().limit(0)).build(plain, index_like=False))
        else:
            keys = nw.new_series(KEY, list(found), nw.String(), backend=library)
            values = nw.new_series(name, list(found.values()), nw.Int64(), backend=library)
            table = keys.to_frame().with_columns(values).lazy()
        return frame.with_columns(_text_key(events, by).alias(KEY)).join(table, on=KEY, how="left")

    def by_of(self, table: str) -> str:
        """Return the column by which a table names its customer."""
        return self.sheet.inputs.table(table).by or self.sheet.inputs.id or ""

    def key_of(self, via: str, by: str) -> str:
        """Return the column by which other tables name rows of a table on the way."""
        return self.sheet.inputs.table(via).key or by

    def owners(self, table: str, key: str) -> Mapping[str, int]:
        """Return which customer each row of a table on the way belongs to, by that row's key."""
        if (table, key) in self._owners:
            return self._owners[table, key]
        found = self._owners[table, key] = {}
        opened, by, checks = self.tables.table(table), self.by_of(table), self.sheet.checks
        if lacking(checks, table, opened.names, (key, by), "; other tables go via it"):
            return found
        above = self.sheet.inputs.table(table).via
        known = self.ids if above is None else self.owners(above, self.key_of(above, by))
        lost = 0
        for place, (text, owner) in enumerate(zip(texts_of(opened, key), texts_of(opened, by), strict=True)):
            row = known.get(owner, -1) if owner is not None else -1
            if text is None or row < 0:
                lost += 1
            elif found.setdefault(text, row) != row:
                message = f"table {table!r}: {key} {text!r} belongs to two customers; each may belong to one"
                column = f"{table}.{key}"
                checks.problem("two-customers", message, column, text, rows=[place], concerns=[found[text], row])
        if lost:
            message = f"{counted(lost, 'row')} of {len(opened):,} belong to no customer"
            checks.finding("no-customer", f"tables.{table}", message, "warning")
        return found

    def dates(self, events: Events, table: str, column: str) -> dict[str, int]:
        """Return a date of another table for each key of an event table: its customer's, or one of a row on the way."""
        inputs, by, checks = self.sheet.inputs, self.by_of(events.name), self.sheet.checks
        via, what = inputs.table(events.name).via, f"expect: table {table!r}"
        found: Iterable[tuple[str | None, int]] = ()
        if table == inputs.customers:
            moments = self.sheet.moments(column, what)
            owners = self.ids if via is None else self.owners(via, self.key_of(via, by))
            found = ((text, int(moments[row])) for text, row in owners.items())
        elif table == via:
            own, key = Sheet(self.tables.table(table), inputs, self.sheet.as_of, Checks()), self.key_of(table, by)
            if own.has(key, what):
                found = zip(own.texts(key), own.moments(column, what).tolist(), strict=True)
            checks.problems.extend(own.checks.problems)
        else:
            message = f"expect: a date of {table!r} cannot be told for rows of {events.name!r}, which do not go via it"
            checks.problem("expect", message, f"{table}.{column}")
        return {text: when for text, when in found if text is not None and when != NOT_A_TIME}


def _text_key(events: Events, by: str) -> nw.Expr:
    """Return an event table's key as text."""
    kind, number = events.schema[by], nw.col(by)
    if kind == nw.String:
        return number
    if not kind.is_float():
        return number.cast(nw.String)
    # Whole numbers become floats where a pandas column has gaps; what is no whole number is no key.
    fits = (number == number.floor()) & (number.abs() < _WHOLE)
    whole = nw.when(fits).then(number).otherwise(nw.lit(0.0)).cast(nw.Int64).cast(nw.String)
    return nw.when(fits).then(whole)


# What ought to hold: where it does not, findings with counts. No number is changed.


def columns_needed(expected: Expected) -> list[str]:
    """Return the columns that an expectation reads of its own table of events."""
    own = [column for table, column in _ends(expected) if table == expected.table]
    return own + (list(expected.where) if own else [])


def _ends(expected: Expected) -> list[tuple[str, str]]:
    """Return the table and the column of the earlier date and of the later, if it is about dates."""
    ends = [end for end in (expected.earlier, expected.later) if end is not None]
    return [(expected.table or "", end) if isinstance(end, str) else end for end in ends]


def examine(expected: Expected, number: int, sheet: Sheet, links: Links, events: Events | None) -> None:
    """Compare one expectation with the data, and note where it does not hold.

    Parameters
    ----------
    expected, number
        The expectation and its place in the list.
    sheet
        The customers' own table.
    links
        The ways to the customers.
    events
        The expectation's table; None where it is the customers' own.
    """
    if events is not None and not _ends(expected):
        found = _counts(expected, sheet, links, events)
    else:
        found = _order(expected, sheet, links, events)
    if found:
        because = f" ({expected.because})" if expected.because else ""
        sheet.checks.finding("contradiction", f"expect.{number}", found + because, "warning")


def _counts(expected: Expected, sheet: Sheet, links: Links, events: Events) -> str | None:
    """Compare how many rows each customer has in a table."""
    frame, key = links.by_customer(events, events.frame, links.by_of(events.name))
    grouped = frame.group_by(key).agg(nw.len().alias(EXTRA)).collect()
    rows = links.owners_of(grouped[key])
    known = rows >= 0
    counts = np.zeros(len(sheet), dtype=np.int64)
    np.add.at(counts, rows[known], np.array(grouped[EXTRA].to_list(), dtype=np.int64)[known])
    chosen = sheet.fitting(expected.where, "expect")
    said = " and ".join(f"{column} = {' or '.join(map(str, codes))}" for column, codes in expected.where.items())
    who = counted(int(chosen.sum()), "customer") + (f" with {said}" if said else "")
    trouble = []
    for limit, sign, word in ((expected.at_least, 1, "fewer"), (expected.at_most, -1, "more")):
        if limit is not None and (wrong := int((chosen & (sign * counts < sign * limit)).sum())):
            trouble.append(f"{wrong:,} of {who} have {word} than {counted(limit, 'row')}")
    return f"{' and '.join(trouble)} in {events.name!r}" if trouble else None


def _order(expected: Expected, sheet: Sheet, links: Links, events: Events | None) -> str | None:
    """Compare two dates of customers, or of the rows of an event table, where one may stand on the way to customers."""
    ends = _ends(expected)
    if events is None:
        earlier, later = (sheet.moments(column, "expect") for _, column in ends)
        known = (earlier != NOT_A_TIME) & (later != NOT_A_TIME) & sheet.fitting(expected.where, "expect")
        wrong, among, noun = int((known & (earlier > later)).sum()), int(known.sum()), "customer"
    else:
        frame, noun, dates = events.frame, "row", ("outcomegap_earlier", "outcomegap_later")
        for name, (table, column) in zip(dates, ends, strict=True):
            if table == events.name:
                frame = frame.with_columns(micros(events.time(column)).alias(name))
            else:
                found = links.dates(events, table, column)
                frame = links.joined(events, frame, links.by_of(events.name), name, found)
        first, last = (nw.col(name).cast(nw.Float64) for name in dates)
        both = every([~first.is_null(), ~last.is_null(), events.row_fits(expected.where)])
        assert both is not None
        counts = frame.select(how_many(both & (first > last)).alias("wrong"), how_many(both).alias("all")).collect()
        wrong, among = (int(counts[name].to_list()[0] or 0) for name in ("wrong", "all"))
    if not wrong:
        return None
    said = (expected.earlier or "", expected.later or "")
    early, late = (end if isinstance(end, str) else ".".join(end) for end in said)
    where = f" of {expected.table!r}" if expected.table else ""
    return f"{wrong:,} of {counted(among, noun)}{where} ({percent(wrong / among)}) have {late} before {early}"
