"""The first impression: what happens in a customer's first minutes, first session and first days."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, Problem, hint, nearest
from outcomegap.journey.events import DAY, MINUTE, Events, Moments, first_and_last, read_events, span_of
from outcomegap.listing import Listing, as_column, counted
from outcomegap.stats import shares

Mask = NDArray[np.bool_]
SHARES = ("nothing_more", "nothing_more_low", "nothing_more_high", "with_error", "error_low", "error_high")


def first_impression(
    events: Any,
    *,
    as_of: Any,
    customer: str = "customer",
    event: str = "event",
    time: str = "time",
    begins: str | None = None,
    minutes: float = 5,
    session_gap_minutes: float = 30,
    days: float = 7,
    errors: Iterable[str] = (),
    confidence: float = 0.95,
) -> Listing:
    """Count what happens in each customer's first minutes, first session and first days.

    The first five minutes decide, it is said. That is a claim to be tested: what is counted here is a measure of its
    own, which can stand in a model beside others, or be held against who stayed.

    Parameters
    ----------
    events
        Any data frame, a row an event.
    as_of
        The moment of looking; later events are excluded and counted.
    customer, event, time
        What the columns are called.
    begins
        The event with which a customer begins, such as ``"first_login"``: its first time counts. None: any event.
    minutes, days
        How long the first minutes and the first days last; an event at their very end is in them.
    session_gap_minutes
        The first session lasts until the first pause longer than this. 30 is common in web statistics, no more.
    errors
        Names of the events that are errors; none means that errors are not counted.
    confidence
        Of every interval.

    Returns
    -------
    Listing
        A row a customer who has begun: ``customer``, ``began``, and for each window (``minutes``, ``session``,
        ``days``; only the last where the frame knows days and no hours) ``minutes_over`` (whether it has ended; if not,
        the counts may still grow), ``minutes_events``, and ``minutes_errors`` where errors were named.

        Part ``"summary"``, a row a window: ``customers`` for whom it is over, ``still_open`` for how many it is not;
        ``mean_events`` and ``median_events``; ``nothing_more``, the share of customers for whom nothing followed the
        first moment, and ``with_error``, the share with an error, each with Wilson's interval.
        Facts: ``not_begun`` (customers without the event that begins), ``excluded``.

    Raises
    ------
    DataError
        With everything that is wrong with the columns, or if an argument is out of range.

    Examples
    --------
    >>> log = {"customer": ["A", "A", "A", "B"], "event": ["login", "crash", "login", "login"],
    ...        "time": ["2026-01-01T09:00", "2026-01-01T09:02", "2026-01-03T09:00", "2026-01-02T10:00"]}
    >>> first = first_impression(log, as_of="2026-02-01", errors=["crash"])
    >>> [(row["customer"], row["minutes_events"], row["minutes_errors"], row["days_events"]) for row in first]
    [('A', 2, 1, 3), ('B', 1, 0, 1)]
    >>> first.parts["summary"][0]["nothing_more"], first.parts["summary"][0]["with_error"]
    (0.5, 0.5)
    """
    read = read_events("first_impression", events, as_of=as_of, customer=customer, event=event, time=time)
    wrong = frozenset(errors)
    if begins is not None and begins not in read.names:
        message = f"begins: no event {begins!r:.60} up to the moment of looking{hint(begins, read.names)}"
        problem = Problem("unknown-event", message, value=begins, suggestion=nearest(begins, read.names))
        raise DataError.all("first_impression", [problem])
    began = read.first() if begins is None else read.first(begins)
    lengths = span_of("minutes", minutes, MINUTE), span_of("days", days, DAY)
    windows = _windows(read, began, *lengths, span_of("session_gap_minutes", session_gap_minutes, MINUTE))
    bad = np.isin(read.name, [number for number, name in enumerate(read.names) if name in wrong])
    here = ~np.isnat(began)
    columns = {"customer": read.customers[here], "began": began[here]}
    says = {"minutes": f"first {minutes:g} minutes", "session": "first session", "days": f"first {days:g} days"}
    rows = []
    for name, (within, over) in windows.items():
        made, failed = (np.bincount(read.codes[mask], minlength=len(began)) for mask in (within, within & bad))
        columns |= {f"{name}_over": over[here], f"{name}_events": made[here]}
        columns |= {f"{name}_errors": failed[here]} if wrong else {}
        done = over & here
        rows.append((says[name], int(done.sum()), int((here & ~done).sum()), made[done], failed[done]))
    named, count, still, made_, failed_ = zip(*rows, strict=True)
    summary = {
        "window": as_column(named),
        "customers": np.array(count),
        "still_open": np.array(still),
        "mean_events": np.array([each.mean() if len(each) else math.nan for each in made_]),
        "median_events": np.array([np.median(each) if len(each) else math.nan for each in made_]),
    }
    said = [("nothing_more", "nothing_more", [int((each <= 1).sum()) for each in made_])]
    said += [("with_error", "error", [int((each > 0).sum()) for each in failed_])] if wrong else []
    for name, ends, counts in said:
        names = (name, f"{ends}_low", f"{ends}_high")
        summary |= dict(zip(names, shares(counts, count, confidence), strict=True))
    not_begun = read.customers[~here]
    notes = ["All times are midnights: what happens within a day cannot be told."] if len(windows) == 1 else []
    if len(not_begun):
        notes.append(f"{counted(len(not_begun), 'customer has', 'customers have')} not begun.")
    return Listing(
        f"First impression of {counted(int(here.sum()), 'customer')}",
        columns,
        like=read.table,
        notes=[*read.notes(sorted(wrong), "The error"), *notes],
        parts={"summary": Listing("By window", summary, like=read.table, formats=dict.fromkeys(SHARES, "percent"))},
        facts={"not_begun": not_begun.tolist(), "excluded": read.excluded},
        first=10,
    )


def _windows(
    events: Events, began: Moments, minutes: np.timedelta64, days: np.timedelta64, pause: np.timedelta64
) -> dict[str, tuple[Mask, Mask]]:
    """Return for each window of time which events are in it, and for which customers it has ended."""
    passed = events.time - began[events.codes]
    after = passed >= np.timedelta64(0)
    timed, dated = ((after & (passed <= span), events.as_of - began >= span) for span in (minutes, days))
    if events.daily:
        return {"days": dated}
    # The first session: until the first pause between two events of a customer who has begun.
    same = np.append(False, events.codes[1:] == events.codes[:-1])[: len(events)]
    before = np.append(False, after[:-1])[: len(events)] & same
    pauses = np.cumsum(before & (np.diff(events.time, prepend=events.time[:1]) > pause))
    first, _ = first_and_last(events.codes, len(began), after)
    within = after & (pauses == np.append(pauses, -1)[first][events.codes])
    _, last = first_and_last(events.codes, len(began), within)
    over = events.as_of - np.append(events.time, np.datetime64("NaT"))[last] > pause
    return {"minutes": timed, "session": (within, over), "days": dated}
