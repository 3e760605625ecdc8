"""Customers who started in one month, and how many of them reached each phase by the end of the horizon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.intake.times import NOT_A_TIME
from outcomegap.journey.events import DAY, span_of
from outcomegap.listing import Listing, as_column, percent
from outcomegap.stats import wilson

if TYPE_CHECKING:
    from outcomegap.journey.hundred_days import FirstHundredDays

Array = NDArray[Any]
Mask = NDArray[np.bool_]


def cohorts_of(days: FirstHundredDays) -> Listing:
    """Return a row a month of starting and phase, then those of all months; what `FirstHundredDays.cohorts` is."""
    horizon = span_of(days.phases.horizon_days, DAY) or 0
    clock = days._clock
    started = clock != NOT_A_TIME
    complete = started & (np.where(started, days._events.as_of - np.where(started, clock, 0), 0) >= horizon)
    in_time = _in_time(days, clock, horizon)
    months = np.where(started, clock, NOT_A_TIME).astype("M8[us]").astype("M8[M]")
    known = np.unique(months[started])
    blocks = [(str(month), started & (months == month)) for month in known]
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for name, here in [*blocks, (None, started)]:
        _add(columns, name, here, complete, in_time, days)
    title = f"Share that reached each phase within {days.phases.horizon_days:g} days of the clock's start"
    notes = [f"Intervals: Wilson, {100 * days.confidence:g} %. Customers not yet that old are in no share."]
    shown = dict.fromkeys(("share", "low", "high"), percent)
    return Listing(
        title, {n: as_column(v) for n, v in columns.items()}, like=days._events.table, notes=notes, formats=shown
    )


#: The columns of the table, in order.
COLUMNS = ("month", "phase", "customers", "too_young", "complete", "reached", "share", "low", "high")


def _in_time(days: FirstHundredDays, clock: Array, horizon: int) -> Mask:
    """Tell who reached which phase no later than the horizon after the start; shape (customers, phases)."""
    when = days.reached.astype(np.int64)
    reached = when != NOT_A_TIME
    limit = np.where(clock == NOT_A_TIME, NOT_A_TIME, clock + horizon)
    found: Mask = reached & (when <= limit[:, None])
    return found


def _add(
    columns: dict[str, list[Any]], month: str | None, here: Mask, complete: Mask, in_time: Mask, days: FirstHundredDays
) -> None:
    count, whole = int(here.sum()), int((here & complete).sum())
    for number, phase in enumerate(days.phases):
        reached = int((here & complete & in_time[:, number]).sum())
        low, high = wilson(reached, whole, days.confidence)
        share = reached / whole if whole else float("nan")
        row = (month, phase.id, count, count - whole, whole, reached, share, low, high)
        for name, value in zip(COLUMNS, row, strict=True):
            columns[name].append(value)
