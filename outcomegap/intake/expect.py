"""What ought to hold in the raw tables: where it does not, findings with counts. No number is changed."""

from __future__ import annotations

import narwhals as nw
import numpy as np

from outcomegap.intake.columns import Sheet
from outcomegap.intake.events import Events, how_many
from outcomegap.intake.links import EXTRA, Links
from outcomegap.intake.times import NOT_A_TIME
from outcomegap.listing import counted
from outcomegap.model.inputs import Expected


def columns_needed(expected: Expected, customers: str) -> list[str]:
    """Return the columns that an expectation reads of its own table."""
    if expected.table in (None, customers):
        return []
    ends = [end for end in (expected.earlier, expected.later) if end is not None]
    own = [end if isinstance(end, str) else end[1] for end in ends if isinstance(end, str) or end[0] == expected.table]
    return own + (list(expected.where) if own else [])


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
    if events is None:
        found = _own_dates(expected, sheet)
    elif expected.earlier is None:
        found = _counts(expected, sheet, links, events)
    else:
        found = _event_dates(expected, links, events)
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


def _own_dates(expected: Expected, sheet: Sheet) -> str | None:
    ends = (end if isinstance(end, str) else end[1] for end in (expected.earlier, expected.later) if end is not None)
    earlier, later = (sheet.moments(column, "expect") for column in ends)
    both = (earlier != NOT_A_TIME) & (later != NOT_A_TIME) & sheet.fitting(expected.where, "expect")
    return _said(expected, int((both & (earlier > later)).sum()), int(both.sum()), "customer")


def _event_dates(expected: Expected, links: Links, events: Events) -> str | None:
    """Compare two dates on the rows of an event table; one may stand on its customer or on the way there."""
    frame, ends = events.frame, []
    for name, end in (("outcomegap_earlier", expected.earlier), ("outcomegap_later", expected.later)):
        if isinstance(end, tuple) and end[0] != events.name:
            found = links.dates(events, *end)
            frame = links.joined(events, frame, links.by_of(events.name), name, found)
        else:
            column = end[1] if isinstance(end, tuple) else end or ""
            frame = frame.with_columns(events.micros(column).alias(name))
        ends.append(nw.col(name).cast(nw.Float64))
    both = ~ends[0].is_null() & ~ends[1].is_null()
    if (fits := events.row_fits(expected.where.items())) is not None:
        both = both & fits
    wrong = how_many(both & (ends[0] > ends[1]))
    counts = frame.select(wrong.alias("wrong"), how_many(both).alias("all")).collect()
    return _said(expected, int(counts["wrong"].to_list()[0] or 0), int(counts["all"].to_list()[0] or 0), "row")


def _said(expected: Expected, wrong: int, all_of: int, noun: str) -> str | None:
    if not wrong:
        return None
    ends = (end if isinstance(end, str) else ".".join(end or ()) for end in (expected.earlier, expected.later))
    earlier, later = ends
    where = f" of {expected.table!r}" if expected.table else ""
    return f"{wrong:,} of {counted(all_of, noun)}{where} ({wrong / all_of:.1%}) have {later} before {earlier}"
