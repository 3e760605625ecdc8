"""What ought to hold in the raw tables: where it does not, findings with counts. No number is changed."""

from __future__ import annotations

import narwhals as nw
import numpy as np

from outcomegap.intake.columns import Sheet
from outcomegap.intake.events import Events, every, how_many
from outcomegap.intake.links import EXTRA, Links
from outcomegap.intake.times import NOT_A_TIME
from outcomegap.listing import counted
from outcomegap.model.inputs import Expected


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
                frame = frame.with_columns(events.micros(column).alias(name))
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
    return f"{wrong:,} of {counted(among, noun)}{where} ({wrong / among:.1%}) have {late} before {early}"
