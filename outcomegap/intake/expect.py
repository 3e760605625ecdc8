"""What ought to hold in the raw tables: where it does not, findings with counts. No number is changed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.intake.columns import Sheet
from outcomegap.intake.events import Events
from outcomegap.intake.ledger import counted
from outcomegap.intake.links import EXTRA, KEY, Links, lookup_frame
from outcomegap.intake.times import EPOCH, NOT_A_TIME
from outcomegap.intake.values import matches
from outcomegap.model.inputs import Expected

Mask = NDArray[np.bool_]
End = str | tuple[str, str]


def columns_needed(expected: Expected, customers: str) -> list[str]:
    """Return the columns that an expectation reads of its own table."""
    if expected.table in (None, customers):
        return []
    own = [end for end in (expected.earlier, expected.later) if isinstance(end, str)]
    own += [end[1] for end in (expected.earlier, expected.later) if isinstance(end, tuple) and end[0] == expected.table]
    return own + (list(expected.where) if own else [])


def examine(expected: Expected, number: int, sheet: Sheet, links: Links, events: Events | None) -> None:
    """Compare one expectation with the data; the ledger takes what is found.

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
    if expected.earlier is None:
        assert events is not None
        found = _counts(expected, sheet, links, events)
    elif events is None:
        found = _own_dates(expected, sheet)
    else:
        found = _event_dates(expected, sheet, links, events)
    if found:
        because = f" ({expected.because})" if expected.because else ""
        sheet.ledger.finding("contradiction", f"expect.{number}", found + because)


def _chosen(expected: Expected, sheet: Sheet) -> Mask:
    """Return the customers that an expectation is said of."""
    fits = np.ones(len(sheet.table), dtype=bool)
    for column, codes in expected.where.items():
        if not sheet.has(column, "expect"):
            continue
        items = sheet.table.values(column).tolist()
        table = {item: any(matches(item, code) for code in codes) for item in set(items)}
        fits &= np.fromiter((table[item] for item in items), dtype=bool, count=len(items))
    return fits


def _counts(expected: Expected, sheet: Sheet, links: Links, events: Events) -> str | None:
    """Compare how many rows each customer has in a table."""
    import narwhals as nw

    frame, key = links.by_customer(events, events.frame, links.by_of(events.name))
    grouped = frame.group_by(key).agg(nw.len().alias(EXTRA)).collect()
    rows = links.owners_of(grouped[key])
    counts = np.zeros(len(sheet.table), dtype=np.int64)
    known = rows >= 0
    np.add.at(counts, rows[known], np.array(grouped[EXTRA].to_list(), dtype=np.int64)[known])
    chosen = _chosen(expected, sheet)
    few = chosen & (counts < expected.at_least) if expected.at_least is not None else np.zeros_like(chosen)
    many = chosen & (counts > expected.at_most) if expected.at_most is not None else np.zeros_like(chosen)
    said = " and ".join(f"{column} = {' or '.join(map(str, codes))}" for column, codes in expected.where.items())
    who = counted(int(chosen.sum()), "customer") + (f" with {said}" if said else "")
    trouble = []
    if few.any():
        trouble.append(f"{few.sum():,} of {who} have fewer than {counted(expected.at_least or 0, 'row')}")
    if many.any():
        trouble.append(f"{many.sum():,} of {who} have more than {counted(expected.at_most or 0, 'row')}")
    return f"{' and '.join(trouble)} in {events.name!r}" if trouble else None


def _own_dates(expected: Expected, sheet: Sheet) -> str | None:
    ends = []
    for end in (expected.earlier, expected.later):
        assert end is not None
        ends.append(sheet.moments(end if isinstance(end, str) else end[1], None, "expect"))
    both = (ends[0] != NOT_A_TIME) & (ends[1] != NOT_A_TIME) & _chosen(expected, sheet)
    return _said(expected, int((both & (ends[0] > ends[1])).sum()), int(both.sum()), "customer")


def _event_dates(expected: Expected, sheet: Sheet, links: Links, events: Events) -> str | None:
    """Compare two dates on the rows of an event table; one may stand on its customer or on the way there."""
    import narwhals as nw

    by = links.by_of(events.name)
    frame = events.frame
    ends = []
    for name, end in (("outcomegap_earlier", expected.earlier), ("outcomegap_later", expected.later)):
        assert end is not None
        if isinstance(end, str) or end[0] == events.name:
            column = end if isinstance(end, str) else end[1]
            since = events.time(column) - nw.lit(EPOCH, dtype=nw.Datetime("us"))
            frame = frame.with_columns(since.dt.total_microseconds().cast(nw.Float64).alias(name))
        else:
            table = lookup_frame(frame, _dates_elsewhere(end, by, sheet, links, events))
            keyed = frame.with_columns(links.text_key(events, by).alias(KEY))
            frame = keyed.join(table, on=KEY, how="left").with_columns(nw.col(EXTRA).cast(nw.Float64).alias(name))
            frame = frame.drop(EXTRA)
        ends.append(nw.col(name))
    both = ~ends[0].is_null() & ~ends[1].is_null()
    if (fits := events.row_fits(expected.where.items())) is not None:
        both = both & fits
    one, none = nw.lit(1), nw.lit(0)
    wrong = nw.when(both & (ends[0] > ends[1])).then(one).otherwise(none).sum().alias("wrong")
    counts = frame.select(wrong, nw.when(both).then(one).otherwise(none).sum().alias("all")).collect()
    return _said(expected, int(counts["wrong"].to_list()[0] or 0), int(counts["all"].to_list()[0] or 0), "row")


def _dates_elsewhere(end: tuple[str, str], by: str, sheet: Sheet, links: Links, events: Events) -> dict[str, list[Any]]:
    """Return the date of another table for each value of an event table's key."""
    table, column = end
    via = links.inputs.table(events.name).via
    if table == links.inputs.customers:
        moments = sheet.moments(column, None, "expect")
        owners = (
            {text: row for row, text in enumerate(links.texts()) if text is not None}
            if via is None
            else links.owners(via, links.key_of(via, by))
        )
        found = {text: int(moments[row]) for text, row in owners.items() if moments[row] != NOT_A_TIME}
    elif table == via:
        found = links.dates_by_key(table, column, links.key_of(table, by), sheet)
    else:
        message = f"expect: a date of {table!r} cannot be told for rows of {events.name!r}, which do not go via it"
        sheet.ledger.whole("expect", message, f"{table}.{column}")
        found = {}
    return {KEY: list(found), EXTRA: list(found.values())}


def _said(expected: Expected, wrong: int, all_of: int, noun: str) -> str | None:
    if not wrong:
        return None
    earlier, later = (
        end if isinstance(end, str) else ".".join(end or ()) for end in (expected.earlier, expected.later)
    )
    where = f" of {expected.table!r}" if expected.table else ""
    share = wrong / all_of
    return f"{wrong:,} of {counted(all_of, noun)}{where} ({share:.1%}) have {later} before {earlier}"
