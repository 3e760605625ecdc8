"""Who left for a cause that has since been removed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import among
from outcomegap.churn.columns import as_date, end_of
from outcomegap.errors import DataError, Problem, hint, nearest
from outcomegap.frames.arrays import plain_values
from outcomegap.listing import Listing, as_column, counted, shorten

if TYPE_CHECKING:
    from outcomegap.churn.ledger import Ledger

Array = NDArray[Any]
NAT = np.datetime64("NaT", "us")


def win_back(ledger: Ledger, remedied: Iterable[str] | Mapping[str, Any]) -> Listing:
    """List who left for a removed cause; what `Ledger.win_back` does.

    The columns: ``customer`` (or ``row``), ``entry``, ``stated``, ``found``, ``basis``, ``left``, ``removed``,
    ``value``, ``remedy``, as far as they are known.
    """
    removed = _removed(ledger, remedied)
    readings = ledger._losses.counted
    left = np.array([reading.entry is not None and reading.entry.id in removed for reading in readings], dtype=bool)
    left, again = _not_again(ledger, left)
    undated = 0
    if any(day is not None for day in removed.values()):
        left, undated = _in_time(ledger, removed, left)
    rows = np.flatnonzero(left)
    if ledger._losses.value is not None:
        worth = np.nan_to_num(ledger._losses.value[rows], nan=-1.0)
        rows = rows[np.argsort(-worth, kind="stable")]
    said = ", ".join(removed)
    notes = [f"{name}: {ledger.catalogue[name].remedy}" for name in removed if ledger.catalogue[name].remedy]
    if again:
        earlier = f"{counted(again, 'earlier loss', 'earlier losses')} {'is' if again == 1 else 'are'} not listed"
        notes.append(f"{earlier}: the customer came back since, and left again later.")
    if undated:
        notes.append(f"{undated:,} more left for such a cause on a day that is unknown.")
    title = f"{counted(len(rows), 'lost customer')} left for a cause since removed: {said}"
    show = {"stated": shorten, "found": shorten}
    table = ledger._losses.table
    return Listing(title, _columns(ledger, rows, removed), like=table, notes=notes, hide=("remedy",), formats=show)


def _columns(ledger: Ledger, rows: Array, removed: Mapping[str, int | None]) -> dict[str, Array]:
    every = ledger.columns
    columns = {"customer": every["customer"][rows]} if "customer" in every else {"row": ledger._losses.row[rows]}
    columns |= {name: every[name][rows] for name in ("entry", "stated", "found", "basis") if name in every}
    if "date" in every:
        columns["left"] = every["date"][rows]
    days = [removed[name] for name in columns["entry"].tolist()]
    if any(day is not None for day in removed.values()):
        moments = [NAT if day is None else np.datetime64(day, "us") for day in days]
        columns["removed"] = np.array(moments, dtype="M8[us]")
    if "value" in every:
        columns["value"] = every["value"][rows]
    columns["remedy"] = as_column([ledger.catalogue[name].remedy or None for name in columns["entry"].tolist()])
    return columns


def _removed(ledger: Ledger, remedied: object) -> dict[str, int | None]:
    """Return id -> when the cause was removed, None where no day was given."""
    if isinstance(remedied, str) or not isinstance(remedied, Iterable):
        raise DataError(f"win_back: remedied lists ids of entries, or says id -> the day (got {remedied!r:.60})")
    given = list(remedied.items()) if isinstance(remedied, Mapping) else [(name, None) for name in remedied]
    problems: list[Problem] = []
    found: dict[str, int | None] = {}
    for name, day in given:
        if not among(name, ledger.catalogue.ids):
            message = f"{name!r:.60} is no entry{hint(name, ledger.catalogue.ids)}"
            near = nearest(name, ledger.catalogue.ids)
            problems.append(Problem("unknown-entry", message, value=str(name), suggestion=near))
            continue
        when = as_date(day)
        if when is False or (isinstance(remedied, Mapping) and when is None):
            message = f"{name!r}: the day must be a date, or text such as '2026-01-31' (got {day!r:.60})"
            problems.append(Problem("not-a-date", message, value=str(day)))
            continue
        found[name] = when
    if any(day is not None for day in found.values()) and ledger._losses.date is None:
        message = "the ledger knows no day of leaving; name its column with date= when you make it, or list ids alone"
        problems.append(Problem("missing-column", message, column="date"))
    if not given:
        problems.append(Problem("unknown-entry", "name at least one entry whose cause is removed"))
    if problems:
        raise DataError.all("win_back", problems)
    return found


def _not_again(ledger: Ledger, left: Array) -> tuple[Array, int]:
    """Return who left for a removed cause and did not leave again later, and how many losses that passes over."""
    customer, date = ledger._losses.customer, ledger._losses.date
    if customer is None or date is None:
        return left, 0
    names = plain_values(customer)
    last: dict[Any, Any] = {}
    for name, day in zip(names, date, strict=True):
        if not np.isnat(day) and (name not in last or day > last[name]):
            last[name] = day
    again = np.array([name in last and day < last[name] for name, day in zip(names, date, strict=True)], dtype=bool)
    return left & ~again, int((left & again).sum())


def _in_time(ledger: Ledger, removed: Mapping[str, int | None], left: Array) -> tuple[Array, int]:
    """Return who left no later than the cause was removed, and how many left on a day that is unknown."""
    date = ledger._losses.date
    assert date is not None
    keep, undated = left.copy(), 0
    for row in np.flatnonzero(left).tolist():
        entry = ledger._losses.counted[row].entry
        day = removed[entry.id] if entry is not None else None
        if day is None:
            continue
        if np.isnat(date[row]):
            undated += 1
            keep[row] = False
        else:
            keep[row] = date[row].astype(np.int64) <= end_of(day)  # a day is meant to its end
    return keep, undated
