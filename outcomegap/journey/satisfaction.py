"""Satisfaction as a spectrum: where customers stand on it, and what each kind of contact moves."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from outcomegap.checks import in_range
from outcomegap.errors import DataError, Problem
from outcomegap.frames import Table
from outcomegap.frames.arrays import Array
from outcomegap.journey.events import NO_TIME, EventColumns, first_and_last, later, moment_of
from outcomegap.listing import Listing, as_column, counted
from outcomegap.stats import shares, t_quantile

#: The parts of the spectrum, from its low end.
ZONES = ("below", "repeat", "advocate")
#: Where repeat purchases and advocacy begin, as shares of the scale, unless the caller says it.
REPEAT, ADVOCATE = 0.7, 0.9
#: Movements smaller than this are none.
NOTHING = 1e-12


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
    as_of: object = None,
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
    as_of
        The moment of looking: later contacts are excluded and counted. None takes all.
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
    low, high = scale
    if not in_range("scale", low) < in_range("scale", high):
        message = f"scale is the two ends of the spectrum, such as (0, 10) (got {scale!r:.60})"
        raise DataError.all("spectrum", [Problem("scale", message)])
    repeat = in_range("repeat_at", low + REPEAT * (high - low) if repeat_at is None else repeat_at, low, high)
    speaks = in_range("advocate_at", low + ADVOCATE * (high - low) if advocate_at is None else advocate_at, low, high)
    if repeat > speaks:
        message = f"repeat_at, {repeat:g}, lies above advocate_at, {speaks:g}; repeat purchases come first"
        raise DataError.all("spectrum", [Problem("threshold", message)])
    until = NO_TIME if as_of is None else moment_of("spectrum", as_of)
    columns = EventColumns(contacts, "spectrum")
    who, _ = columns.coded("customer", customer, "every customer")
    what, kinds = columns.coded("kind", kind, "every kind")
    when, after = columns.moments("time", time), _reading(columns, "satisfaction", satisfaction, scale)
    own = np.full(len(when), np.nan) if before is None else _reading(columns, "before", before, scale)
    columns.done()
    keep, like = np.isnat(until) | (when <= until), columns.table
    customers = like.values(customer)[keep]
    who, what, when, after, own = who[keep], what[keep], when[keep], after[keep], own[keep]

    # The reading before each contact: its own, or else that after the contact before.
    _, first, who = np.unique(who, return_index=True, return_inverse=True)
    order = np.lexsort((when, who))
    later_one, one_before = (order[part] for part in (slice(1, None), slice(-1)))
    same = who[later_one] == who[one_before]
    tied = int((same & (when[later_one] == when[one_before])).sum())
    was = np.full(len(when), np.nan)
    was[later_one[same]] = after[one_before[same]]
    was = np.where(np.isnan(own), was, own)
    movement = after - was

    def zone(values: Array) -> Array:
        place = (values >= repeat).astype(np.int64) + (values >= speaks)
        found: Array = as_column([*ZONES, None])[np.where(np.isnan(values), len(ZONES), place)]
        return found

    # Where each customer stands: at the last contact with a reading; where there is none, one past the contacts.
    first_read, last_read = first_and_last(who[order], len(first), ~np.isnan(after[order]))
    begin, last = (np.append(order, len(order))[place] for place in (first_read, last_read))
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
        "kind": as_column([*map(str, kinds), None])[what],
        "before": was,
        "after": after,
        "movement": movement,
        "zone_before": zone(was),
        "zone_after": zone(after),
    }
    edges = dict(zip(ZONES[1:], (repeat, speaks), strict=True))
    notes = [*_notes(movement, tied, np.append(was, after), scale), *later(int((~keep).sum()), "contact", until)]
    title = f"{counted(len(when), 'contact')} with {counted(len(first), 'customer')}"
    parts = {
        "zones": _zones(now["zone"], edges, confidence, like),
        "kinds": _kinds(who, what, [*map(str, kinds)], each, edges, confidence, like),
        "contacts": Listing("Contact by contact", each, like=like, first=5),
    }
    facts = {"repeat_at": repeat, "advocate_at": speaks}
    return Listing(title, now, like=like, notes=notes, parts=parts, facts=facts, first=10)


def _reading(columns: EventColumns, argument: str, name: str, scale: tuple[float, float]) -> Array:
    values = columns.numbers(argument, name, least=scale[0])
    if values is None:
        return np.full(len(columns.table), np.nan)
    above = (values > scale[1]) & ~np.isinf(values)
    first = float(values[above][0]) if above.any() else None
    message = f"{argument}: column {name!r} holds {first}, more than {scale[1]:g}; say scale=(low, high)"
    columns.rows("out-of-range", message, name, above, first)
    return values


def _zones(found: Array, edges: dict[str, float], confidence: float, like: Table) -> Listing:
    """Return how many customers stand in each part of the spectrum; the last row is those of whom nothing is known."""
    counts = np.array([int((found == zone).sum()) for zone in (*ZONES, None)])
    known = [*shares(counts[:-1], np.full(len(ZONES), counts[:-1].sum()), confidence)]
    columns = {"zone": as_column([*ZONES, "unknown"]), "customers": counts}
    columns |= {name: np.append(part, np.nan) for name, part in zip(("share", "low", "high"), known, strict=True)}
    title = f"Buys again from {edges['repeat']:g}, speaks for you from {edges['advocate']:g}"
    return Listing(title, columns, like=like, formats=dict.fromkeys(("share", "low", "high"), "percent"))


def _kinds(
    who: Array, what: Array, names: list[str], each: dict[str, Array], edges: dict[str, float], sure: float, like: Table
) -> Listing:
    """Return what each kind of contact moves, the most harmful first; the last row is all of them."""
    was, after, movement = (each[name] for name in ("before", "after", "movement"))
    known = ~np.isnan(movement)
    groups = [np.flatnonzero(known & (what == number)) for number in range(len(names))] + [np.flatnonzero(known)]

    def count(here: Array) -> Array:
        return np.array([int(here[rows].sum()) for rows in groups])

    low, high = np.array([mean_interval(movement[rows], who[rows], sure) for rows in groups]).T
    columns = {
        "kind": as_column([*names, None]),
        "contacts": np.append(np.bincount(what, minlength=len(names)), len(what)),
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
    order = np.append(np.argsort(columns["mean"][:-1], kind="stable"), len(names))  # NaN is last
    moved = {name: values[order] for name, values in columns.items()}
    return Listing("Movement along the spectrum, by kind of contact", moved, like=like)


def _notes(movement: Array, tied: int, read: Array, scale: tuple[float, float]) -> Iterator[str]:
    if lacking := int(np.isnan(movement).sum()):
        yield f"The movement of {counted(lacking, 'contact')} is not known: no reading at it, or at the one before."
    if tied:
        verbs = ("is", "it follows") if tied == 1 else ("are", "they follow")
        who = f"{counted(tied, 'contact')} {verbs[0]} at the moment of the one before"
        yield f"{who}; {verbs[1]} in the order of rows."
    most, (low, high) = np.nanmax(read, initial=-math.inf), scale
    if not math.isinf(most) and most <= (low + high) / 2:
        who = f"No reading is above the middle of the scale, {low:g} to {high:g}; the highest is {most:g}"
        yield f"{who}. If people answered on another one, from 1 to 5 for instance, say scale=(1, 5)."


def mean_interval(values: Array, clusters: Array, confidence: float) -> tuple[float, float]:
    """Return an interval of a mean of values that are alike within clusters; NaN for fewer than two clusters."""
    _, codes = np.unique(clusters, return_inverse=True)
    groups = int(codes.max(initial=-1)) + 1
    if groups < 2:
        return math.nan, math.nan
    mean = float(values.mean())
    sums = np.bincount(codes.reshape(-1), weights=values - mean)
    spread = groups / (groups - 1) * float((sums * sums).sum()) / len(values) ** 2
    reach = t_quantile((1 + confidence) / 2, groups - 1) * math.sqrt(spread)
    return mean - reach, mean + reach
