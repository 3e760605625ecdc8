"""What happened to customers: events and contacts read from any data frame, first impressions, satisfaction."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import in_range
from outcomegap.errors import DataError, nearest
from outcomegap.frames import Table
from outcomegap.frames.arrays import Array, Mask
from outcomegap.intake.moments import shown
from outcomegap.intake.named_columns import Columns, as_date
from outcomegap.listing import Listing, as_column, by_column, counted
from outcomegap.stats import mean_interval, shares

Codes = NDArray[np.int64]
Moments = NDArray[np.datetime64]
Day = np.datetime64

#: Microseconds of a day and of a minute.
DAY, MINUTE = 86_400_000_000, 60_000_000
#: Longer than any two moments are apart, and far from what 64 bits hold.
LONGEST = 2**60
#: No moment.
NO_TIME = np.datetime64("NaT", "us")
#: Means of events, and shares of customers with their intervals, in the first impression.
MIDDLES = ("mean_events", "median_events")
NOTHING_MORE = ("nothing_more", "nothing_more_low", "nothing_more_high")
WITH_ERROR = ("with_error", "error_low", "error_high")
#: The parts of the spectrum of satisfaction, from its low end.
ZONES = ("below", "repeat", "advocate")
#: Where repeat purchases and advocacy begin, as shares of the scale, unless the caller says it.
REPEAT, ADVOCATE = 0.7, 0.9
#: Movements smaller than this are none.
NOTHING = 1e-12


@attrs.frozen(eq=False)
class Events:
    """Events up to the moment of looking, customer by customer, in the order of time; made by `read_events`.

    Parameters
    ----------
    table
        The frame.
    customers
        What names each customer, in the order of the first row.
    codes
        For each event the position of its customer; ascending.
    names
        The distinct names of events.
    name
        For each event the position of its name.
    time
        For each event when it was, in UTC; ascending for each customer, rows of one moment in their order.
    as_of
        The moment of looking.
    excluded
        How many events come after it.
    not_yet
        What names the customers who have no other events.
    """

    table: Table
    customers: Array
    codes: Codes
    names: tuple[str, ...]
    name: Codes
    time: Moments
    as_of: np.datetime64
    excluded: int
    not_yet: Array

    def first(self, *names: str) -> Moments:
        """Return when each customer had an event of one of these names first (of any, without names)."""
        here = self.named(*names) if names else np.ones(len(self.time), dtype=bool)
        first, _ = first_and_last(self.codes, len(self.customers), here)
        return np.append(self.time, NO_TIME)[first]

    def named(self, *names: str) -> Mask:
        """Return which events have one of these names."""
        return np.isin(self.name, [number for number, name in enumerate(self.names) if name in names])

    def notes(self, named: Iterable[str], what: str) -> list[str]:
        """Say which of these names of events stand in no row, and what comes after the moment of looking."""
        near = {name: nearest(name, self.names) for name in named if name not in self.names}
        lacking = [f"{name!r} (did you mean {other!r}?)" if other else repr(name) for name, other in near.items()]
        said = [f"{what} that are in no row: {', '.join(lacking)}."] if lacking else []
        if self.excluded:
            said.append(f"{counted(self.excluded, 'event')} later than {moment_text(self.as_of)}: in nothing here.")
        if len(self.not_yet):
            said.append(f"{counted(len(self.not_yet), 'customer has', 'customers have')} only such events.")
        return said


def first_and_last(codes: Codes, count: int, known: Mask) -> tuple[Codes, Codes]:
    """Return the first and the last place of each code at which something is known; one past all where nothing is.

    Examples
    --------
    >>> first_and_last(np.array([0, 1, 0]), 3, np.array([True, True, True]))
    (array([0, 1, 3]), array([2, 1, 3]))
    """
    rows = np.flatnonzero(known)
    first, last = (np.full(count, len(codes), dtype=np.int64) for _ in range(2))
    last[codes[rows]] = rows
    first[codes[rows[::-1]]] = rows[::-1]
    return first, last


def named(columns: Columns, argument: str, name: str) -> tuple[Codes, tuple[str, ...]]:
    """Read a column of names, none of them empty: the place of each among the distinct ones, and these as text."""
    texts = columns.as_texts(argument, name) or []
    empty = np.array([text is None for text in texts], dtype=bool)
    message = f"{argument}: column {name!r} is empty; name every {argument}"
    # missing-event, missing-kind
    columns.problem(f"missing-{argument}", message, name, rows=empty)
    place = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    return np.array([place[text] for text in texts], dtype=np.int64), tuple(map(str, place))


def moments(columns: Columns, name: str) -> Moments:
    """Read the column of times, none of them empty, in UTC."""
    found = columns.dates("time", name, empty="say when")
    return np.full(len(columns.table), NO_TIME) if found is None else found


def read_events(what: str, frame: object, *, as_of: object, customer: str, event: str, time: str) -> Events:
    """Read a frame of events; later ones than `as_of` are counted and put aside.

    Raises
    ------
    DataError
        With everything that is wrong: columns that are not there, rows without a customer, an event or a time.
    """
    until, columns = moment_of(f"{what}: as_of", as_of), Columns(frame, what)
    _, who = columns.customers(customer, blank=False)
    (happened, names), when = named(columns, "event", event), moments(columns, time)
    columns.done()
    kept, customers = when <= until, columns.table.values(customer)
    _, first = np.unique(who, return_index=True)
    present, codes = np.unique(who[kept], return_inverse=True)
    order = np.lexsort((when[kept], codes))
    rows = np.flatnonzero(kept)[order]
    return Events(
        table=columns.table,
        customers=customers[first[present]],
        codes=codes[order],
        names=names,
        name=happened[rows],
        time=when[rows],
        as_of=until,
        excluded=int((~kept).sum()),
        not_yet=customers[np.delete(first, present)],
    )


def moment_of(argument: str, value: object) -> np.datetime64:
    """Return a date (its first instant), a time or ISO 8601 text as a moment in UTC.

    Examples
    --------
    >>> str(moment_of("as_of", "2026-01-31T23:00-02:00"))
    '2026-02-01T01:00:00.000000'
    """
    found = as_date(value)
    if found is None or found is False:
        message = f"{argument} is a date, a time, or text such as '2026-01-31' (got {value!r:.60})"
        raise DataError.of("not-a-date", message, value=str(value))
    return np.datetime64(found, "us")


def day_of(argument: str, value: object) -> Day:
    """Return a date, a time (its day in UTC) or ISO 8601 text as a day."""
    day: Day = moment_of(argument, value).astype("M8[D]")
    return day


def span_of(name: str, value: float, unit: int) -> np.timedelta64:
    """Return a positive number of a unit of time as a span, no longer than all of time.

    Examples
    --------
    >>> span_of("minutes", 1.5, MINUTE).item(), int(span_of("days", 1e300, DAY).astype(int)) == LONGEST
    (datetime.timedelta(seconds=90), True)
    """
    return np.timedelta64(round(min(in_range(name, value, 0, above=True) * unit, LONGEST)), "us")


def moment_text(moment: np.datetime64) -> str:
    """Return a moment as text: a midnight as its day."""
    return shown(moment)


def days_between(start: Moments, end: Moments | np.datetime64) -> NDArray[np.float64]:
    """Return days from start to end; NaN where either is missing."""
    return (end - start) / np.timedelta64(1, "D")


# The first impression


def first_impression(
    events: object,
    *,
    as_of: object,
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
        message = f"begins: no event {begins!r:.60} up to the moment of looking"
        raise DataError.of("unknown-event", message, value=begins, options=read.names)
    began = read.first() if begins is None else read.first(begins)
    lengths = span_of("minutes", minutes, MINUTE), span_of("days", days, DAY)
    windows = _windows(read, began, *lengths, span_of("session_gap_minutes", session_gap_minutes, MINUTE))
    bad, here = read.named(*wrong), ~np.isnat(began)
    columns = {"customer": read.customers[here], "began": began[here]}
    says = {"minutes": f"first {minutes:g} minutes", "session": "first session", "days": f"first {days:g} days"}
    rows: list[dict[str, Any]] = []
    for name, (within, over) in windows.items():
        made, failed = (np.bincount(read.codes[mask], minlength=len(began)) for mask in (within, within & bad))
        columns |= {f"{name}_over": over[here], f"{name}_events": made[here]}
        done = over & here
        count, of = int(done.sum()), made[done]
        row = {"window": says[name], "customers": count, "still_open": int((here & ~done).sum())}
        row |= {"mean_events": of.mean(), "median_events": np.median(of)} if count else dict.fromkeys(MIDDLES, math.nan)
        row |= zip(NOTHING_MORE, map(float, shares((of <= 1).sum(), count, confidence)), strict=True)
        if wrong:
            columns[f"{name}_errors"] = failed[here]
            row |= zip(WITH_ERROR, map(float, shares((failed[done] > 0).sum(), count, confidence)), strict=True)
        rows.append(row)
    summary = by_column(rows)
    not_begun = read.customers[~here]
    notes = read.notes(sorted(wrong), "Errors")
    if len(windows) == 1:
        notes.append("All times are midnights: what happens within a day cannot be told.")
    if len(not_begun):
        notes.append(f"{counted(len(not_begun), 'customer has', 'customers have')} not begun.")
    formats = dict.fromkeys((*NOTHING_MORE, *WITH_ERROR), "percent")
    parts = {"summary": Listing("By window", summary, like=read.table, formats=formats)}
    facts = {"not_begun": not_begun.tolist(), "excluded": read.excluded}
    title = f"First impression of {counted(int(here.sum()), 'customer')}"
    return Listing(title, columns, like=read.table, notes=notes, parts=parts, facts=facts, first=10)


def _windows(
    events: Events, began: Moments, minutes: np.timedelta64, days: np.timedelta64, pause: np.timedelta64
) -> dict[str, tuple[Mask, Mask]]:
    """Return for each window of time which events are in it, and for which customers it has ended."""
    passed = events.time - began[events.codes]
    after = passed >= np.timedelta64(0, "us")
    timed, dated = ((after & (passed <= span), events.as_of - began >= span) for span in (minutes, days))
    count = len(events.time)
    if count and (events.time == events.time.astype("M8[D]")).all():  # the frame knows days, and no hours
        return {"days": dated}
    # The first session: until the first pause between two events of a customer who has begun.
    same = np.append(False, events.codes[1:] == events.codes[:-1])[:count]
    before = np.append(False, after[:-1])[:count] & same
    pauses = np.cumsum(before & (np.diff(events.time, prepend=events.time[:1]) > pause))
    first, _ = first_and_last(events.codes, len(began), after)
    within = after & (pauses == np.append(pauses, -1)[first][events.codes])
    _, last = first_and_last(events.codes, len(began), within)
    over = events.as_of - np.append(events.time, NO_TIME)[last] > pause
    return {"minutes": timed, "session": (within, over), "days": dated}


# Satisfaction


def spectrum(
    contacts: object,
    *,
    customer: str = "customer",
    time: str = "time",
    kind: str = "kind",
    satisfaction: str = "satisfaction",
    before: str | None = None,
    scale: tuple[float, float] = (0, 10),
    repeat_at: float | None = None,
    advocate_at: float | None = None,
    confidence: float = 0.95,
) -> Listing:
    """Read satisfaction as a spectrum that every contact moves a customer along.

    The movement of a contact is the reading after it less the one before it: the customer's reading after the contact
    just before. Where that one has none, the movement is not known; it is never laid to a contact in between.

    Parameters
    ----------
    contacts
        Any data frame, a row a contact.
    customer, time, kind
        The columns that name the customer, say when it was (contacts at one moment follow in the order of rows), and
        what kind of contact it was: a call, an invoice, a repair.
    satisfaction
        The column with the reading after the contact, within `scale`; empty where nobody asked.
    before
        A column with a reading before the contact, which goes before the one of the contact before; None for none.
    scale
        The ends of the spectrum: (1, 5) where people answer from 1 to 5. Where no reading is above its middle, a note
        says so.
    repeat_at, advocate_at
        From which reading on (equality counts) a customer buys again, and speaks for you. By default at 70 % and 90 %
        of the scale: 7 and 9 of 10, where passives and promoters begin in Reichheld's question (Harvard Business
        Review, December 2003). No law: find yours where repeat purchases begin.
    confidence
        Of every interval.

    Returns
    -------
    Listing
        A row a customer: ``customer``, where they ``stands`` (the last known reading) and ``since`` when, the ``zone``
        (``"below"``, ``"repeat"``, ``"advocate"``), the number of ``contacts``, and how far they ``moved`` from the
        first reading.

        Parts: ``"zones"``, how many customers stand in each, with Wilson's interval of their share, the unknown apart.
        ``"kinds"``, what each kind of contact moves, the most harmful first; last, with an empty kind, all of them:
        ``contacts``, of them ``known`` (the movement), with so many ``customers``; the ``mean`` movement with its
        interval ``low`` to ``high``; how many moved ``up``, ``down`` and not at all (``same``); how many crossed
        ``into_repeat`` and ``into_advocate``, and ``out_of_repeat`` and ``out_of_advocate``. ``"contacts"``, a row a
        contact, in the order of the rows: ``customer``, ``time``, ``kind``, ``before``, ``after``, ``movement``,
        ``zone_before``, ``zone_after``.
        Facts: ``repeat_at``, ``advocate_at``.

    Raises
    ------
    DataError
        With everything that is wrong with the columns and the other arguments.

    Notes
    -----
    Contacts of one customer are not independent, so that the interval of a mean takes customers for clusters:
    mean -+ t sqrt(v), v = g / (g - 1) x sum over the g customers of (sum of their deviations)^2 / n^2, t of g - 1
    degrees of freedom (Cochran, Sampling Techniques, 1977, chapter 9A); one contact a customer makes it Student's. Null
    for fewer than two customers.

    Examples
    --------
    >>> log = {"customer": ["A", "A", "A", "B", "B"], "kind": ["sale", "repair", "call", "sale", "repair"],
    ...        "time": ["2026-01-01", "2026-02-01", "2026-03-01", "2026-01-05", "2026-02-05"],
    ...        "satisfaction": [8, 5, 9, 7, 6]}
    >>> moved = spectrum(log)
    >>> [(row["customer"], row["stands"], row["zone"]) for row in moved]
    [('A', 9.0, 'advocate'), ('B', 6.0, 'below')]
    >>> [(row["kind"], row["known"], row["mean"]) for row in moved.parts["kinds"]]
    [('repair', 2, -2.0), ('call', 1, 4.0), ('sale', 0, None), (None, 3, 0.0)]
    """
    low, high = (in_range("scale", end) for end in scale)
    if low >= high:
        message = f"scale is the two ends of the spectrum, such as (0, 10) (got {scale!r:.60})"
        raise DataError.of("scale", message)
    repeat = in_range("repeat_at", low + REPEAT * (high - low) if repeat_at is None else repeat_at, low, high)
    speaks = low + ADVOCATE * (high - low) if advocate_at is None else advocate_at
    speaks = in_range("advocate_at", speaks, repeat, high)  # repeat purchases come first
    columns = Columns(contacts, "spectrum")
    _, who = columns.customers(customer, blank=False)
    (what, kinds), when = named(columns, "kind", kind), moments(columns, time)
    after, own = (_reading(columns, *each, scale) for each in (("satisfaction", satisfaction), ("before", before)))
    columns.done()
    customers, like = columns.table.values(customer), columns.table

    # The reading before each contact: its own, or else that after the contact before.
    _, first = np.unique(who, return_index=True)
    order = np.lexsort((when, who))
    later_one, one_before = (order[part] for part in (slice(1, None), slice(-1)))
    same = who[later_one] == who[one_before]
    was = np.full(len(when), np.nan)
    was[later_one[same]] = after[one_before[same]]
    was = np.where(np.isnan(own), was, own)
    movement = after - was

    def zone(values: Array) -> Array:
        found = np.where(np.isnan(values), len(ZONES), np.digitize(values, (repeat, speaks)))
        return np.array([*ZONES, None], dtype=object)[found]

    # Where each customer stands: at the last contact with a reading; where there is none, one past the contacts.
    ends = first_and_last(who[order], len(first), ~np.isnan(after[order]))
    begin, last = (np.append(order, len(order))[place] for place in ends)
    stands, since = np.append(after, np.nan), np.append(when, NO_TIME)
    now = {
        "customer": customers[first],
        "stands": stands[last],
        "since": since[last],
        "zone": zone(stands[last]),
        "contacts": np.bincount(who, minlength=len(first)),
        "moved": stands[last] - stands[begin],
    }
    each = {
        "customer": customers,
        "time": when,
        "kind": as_column([*kinds, None])[what],
        "before": was,
        "after": after,
        "movement": movement,
        "zone_before": zone(was),
        "zone_after": zone(after),
    }
    edges = dict(zip(ZONES[1:], (repeat, speaks), strict=True))
    notes = [*_notes(movement, np.append(was, after), scale)]
    title = f"{counted(len(when), 'contact')} with {counted(len(first), 'customer')}"
    parts = {
        "zones": _zones(now["zone"], edges, confidence, like),
        "kinds": _kinds(each, who, edges, confidence, like),
        "contacts": Listing("Contact by contact", each, like=like, first=5),
    }
    facts = {"repeat_at": repeat, "advocate_at": speaks}
    return Listing(title, now, like=like, notes=notes, parts=parts, facts=facts, first=10)


def _reading(columns: Columns, argument: str, name: str | None, scale: tuple[float, float]) -> Array:
    values, (low, high) = columns.numbers(argument, name), scale
    if values is None:
        return np.full(len(columns.table), np.nan)
    beyond = ((values < low) | (values > high)) & ~np.isinf(values)
    message = f"{argument}: column {name!r} goes beyond the scale, {low:g} to {high:g}; say scale=(low, high)"
    columns.problem("out-of-range", message, name, rows=beyond)
    return values


def _zones(found: Array, edges: dict[str, float], confidence: float, like: Table) -> Listing:
    """Return how many customers are in each part of the spectrum; the last row counts those with nothing known."""
    counts = np.array([int((found == zone).sum()) for zone in (*ZONES, None)])
    known = [*shares(counts[:-1], np.full(len(ZONES), counts[:-1].sum()), confidence)]
    columns = {"zone": as_column([*ZONES, "unknown"]), "customers": counts}
    columns |= {name: np.append(part, np.nan) for name, part in zip(("share", "low", "high"), known, strict=True)}
    title = f"Buys again from {edges['repeat']:g}, speaks for you from {edges['advocate']:g}"
    return Listing(title, columns, like=like, formats=dict.fromkeys(("share", "low", "high"), "percent"))


def _kinds(each: dict[str, Array], who: Array, edges: dict[str, float], sure: float, like: Table) -> Listing:
    """Return what each kind of contact moves, the most harmful first; the last row is all of them."""
    was, after, movement = (each[name] for name in ("before", "after", "movement"))
    known, kinds = ~np.isnan(movement), list(dict.fromkeys(each["kind"].tolist()))
    masks = [*(each["kind"] == kind for kind in kinds), np.ones(len(known), dtype=bool)]
    groups = [np.flatnonzero(known & mask) for mask in masks]

    def count(here: Array) -> Array:
        return np.array([int(here[rows].sum()) for rows in groups])

    low, high = np.array([mean_interval(movement[rows], who[rows], sure) for rows in groups]).T
    columns = {
        "kind": as_column([*kinds, None]),
        "contacts": np.array([int(mask.sum()) for mask in masks]),
        "known": count(known),
        "customers": np.array([len(np.unique(who[rows])) for rows in groups]),
        "mean": np.array([float(movement[rows].mean()) if len(rows) else math.nan for rows in groups]),
        "low": low,
        "high": high,
        "up": count(movement > NOTHING),
        "down": count(movement < -NOTHING),
        "same": count(np.abs(movement) <= NOTHING),
    }
    for zone, edge in edges.items():
        columns[f"into_{zone}"] = count((was < edge) & (after >= edge))
        columns[f"out_of_{zone}"] = count((was >= edge) & (after < edge))
    order = np.append(np.argsort(columns["mean"][:-1], kind="stable"), len(kinds))  # NaN is last
    moved = {name: values[order] for name, values in columns.items()}
    return Listing("Movement along the spectrum, by kind of contact", moved, like=like)


def _notes(movement: Array, read: Array, scale: tuple[float, float]) -> Iterator[str]:
    if lacking := int(np.isnan(movement).sum()):
        yield f"The movement of {counted(lacking, 'contact')} is not known: no reading at it, or at the one before."
    most, (low, high) = np.nanmax(read, initial=-math.inf), scale
    if not math.isinf(most) and most <= (low + high) / 2:
        who = f"No reading is above the middle of the scale, {low:g} to {high:g}; the highest is {most:g}"
        yield f"{who}. If people answered on another one, from 1 to 5 for instance, say scale=(1, 5)."
