"""Success plans: each customer's next step, when it is due, who sees to it; and where customers stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.frames import text_table
from outcomegap.intake.times import NOT_A_TIME, as_moment
from outcomegap.journey.events import DAY, as_times, days_between, span_of
from outcomegap.journey.vector import money
from outcomegap.listing import Listing, as_column, counted

if TYPE_CHECKING:
    from outcomegap.journey.progress import Progress

Array = NDArray[Any]
#: Nothing is due later than this: the last day that Python has.
LATEST = as_moment("9999-12-31") or 0


def plan_of(progress: Progress) -> Listing:
    """Return a row a customer with a step ahead, the overdue first; what `Progress.plan` is."""
    steps, as_of, place = progress.milestones, progress._events.as_of, progress.reached
    ahead = np.flatnonzero(place < len(steps))
    coming = [steps[number] for number in place[ahead].tolist()]
    began = np.stack([progress._before(number) for number in range(len(steps))], axis=1)
    since = began[ahead, place[ahead]]
    spans = np.array([_span(step.due_days) for step in coming], dtype=np.int64)
    due = np.where(spans == NOT_A_TIME, NOT_A_TIME, since + np.minimum(spans, np.maximum(LATEST - since, 0)))
    late = days_between(due, as_of)
    value = np.array([step.value for step in coming], dtype=np.float64)
    order = np.lexsort((-np.nan_to_num(late, nan=-np.inf), -value, ~(late > 0)))
    over = [None if np.isnan(days) else bool(days > 0) for days in late.tolist()]
    columns = {
        "customer": progress._events.customers[ahead],
        "next": as_column([step.name for step in coming]),
        "since": as_times(since),
        "due": as_times(due),
        "overdue": as_column(over),
        "days_late": late,
        "owner": as_column([step.owner for step in coming]),
        "remedy": as_column([step.remedy for step in coming]),
        "value": value,
    }
    title = f"Next steps of {counted(len(ahead), 'customer')}: {int((late > 0).sum()):,} overdue"
    columns = {name: values[order] for name, values in columns.items()}
    show = {"value": money, "days_late": lambda days: f"{days:g}"}
    return Listing(
        title, columns, like=progress._events.table, notes=_notes(progress, late), formats=show, hide=("since",)
    )


def _span(days: float | None) -> int:
    return NOT_A_TIME if days is None else span_of(days, DAY) or NOT_A_TIME


def _notes(progress: Progress, late: Array) -> list[str]:
    said, done = [], int((progress.reached == len(progress.milestones)).sum())
    if done:
        said.append(f"{counted(done, 'customer has', 'customers have')} reached the last milestone.")
    free = int(np.isnan(late).sum())
    if free:
        said.append(f"Nothing is due of {counted(free, 'customer')}: the next milestone has no due_days.")
    return said


def standing_text(progress: Progress) -> str:
    """Return where customers stand: how many have which milestone ahead, and what it is worth to one of them."""
    counts = np.bincount(progress.reached, minlength=len(progress.milestones) + 1).tolist()
    heads = ["next milestone", "customers", "value each"]
    rows = [
        [step.name, f"{count:,}", money(step.value)] for step, count in zip(progress.milestones, counts, strict=False)
    ]
    rows.append(["none: all are reached", f"{counts[-1]:,}", ""])
    return text_table(heads, rows, align=["l", "r", "r"])
