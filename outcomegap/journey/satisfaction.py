"""Satisfaction as a spectrum: where customers stand on it, and what each kind of contact moves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import in_range
from outcomegap.errors import DataError, Problem
from outcomegap.frames import Table
from outcomegap.journey.events import EventColumns, as_times, later, moment_of
from outcomegap.listing import Listing, as_column, counted
from outcomegap.stats import shares, t_quantile

Array = NDArray[Any]
#: The parts of the spectrum, from its low end.
ZONES = ("below", "repeat", "advocate")
#: Where repeat purchases and advocacy begin, as shares of the scale, unless the caller says it.
REPEAT, ADVOCATE = 0.7, 0.9
#: Movements smaller than this are none.
NOTHING = 1e-12


def spectrum(
    contacts: Any,
    *,
    customer: str = "customer",
    time: str = "time",
    kind: str = "kind",
    satisfaction: str = "satisfaction",
    before: str | None = None,
    scale: tuple[float, float] = (0, 10),
    repeat_at: float | None = None,
    advocate_at: float | None = None,
    as_of: Any = None,
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
    until = None if as_of is None else moment_of("spectrum", as_of)
    columns, ends = EventColumns(contacts, "spectrum"), (low, high)
    who, _ = columns.coded("customer", customer, "every customer")
    what, kinds = columns.coded("kind", kind, "every kind")
    when, after = columns.moments("time", time), _reading(columns, "satisfaction", satisfaction, ends)
    own = None if before is None else _reading(columns, "before", before, ends)
    columns.done()
    keep = np.ones(len(when), dtype=bool) if until is None else when <= until
    found = _Contacts(columns.table, (repeat, speaks), who[keep], what[keep], when[keep], after[keep])
    if own is not None:
        found.before = np.where(np.isnan(own[keep]), found.before, own[keep])
    each = found.columns(columns.table.values(customer)[keep], as_column([*map(str, kinds), None])[what[keep]])
    now, like = found.now(each["customer"]), columns.table
    notes = found.notes(ends)
    return Listing(
        f"{counted(len(when[keep]), 'contact')} with {counted(len(now['customer']), 'customer')}",
        now,
        like=like,
        notes=[*notes, *(later(int((~keep).sum()), "contact", until) if until is not None else [])],
        parts={
            "zones": found.zones(now["zone"].tolist(), confidence),
            "kinds": found.kinds([*map(str, kinds)], confidence),
            "contacts": Listing("Contact by contact", each, like=like, first=5),
        },
        facts={"repeat_at": repeat, "advocate_at": speaks},
        first=10,
    )


def _reading(columns: EventColumns, argument: str, name: str, scale: tuple[float, float]) -> Array:
    values = columns.numbers(argument, name, least=scale[0])
    if values is None:
        return np.full(len(columns.table), np.nan)
    above = (values > scale[1]) & ~np.isinf(values)
    first = float(values[above][0]) if above.any() else None
    message = f"{argument}: column {name!r} holds {first}, more than {scale[1]:g}; say scale=(low, high)"
    columns.rows("out-of-range", message, name, above, first)
    return values


class _Contacts:
    """Contacts up to the moment of looking, in the order of the rows, each with the reading before and after it.

    `code` and `kind` are positions of its customer and its kind; `at` is where buying again and advocacy begin.
    """

    def __init__(
        self, like: Table, at: tuple[float, float], who: Array, kind: Array, time: Array, after: Array
    ) -> None:
        self.like, self.at, self.kind, self.time, self.after = like, at, kind, time, after
        _, self.first, code = np.unique(who, return_index=True, return_inverse=True)
        self.code = code.reshape(-1)
        self.order = np.lexsort((np.arange(len(time)), time, self.code))
        later_one, one_before = self.order[1:], self.order[:-1]
        same = self.code[later_one] == self.code[one_before]
        self.before = np.full(len(time), np.nan)
        self.before[later_one[same]] = after[one_before[same]]
        self.tied = int((same & (time[later_one] == time[one_before])).sum())

    @property
    def movement(self) -> NDArray[np.float64]:
        return np.asarray(self.after - self.before)

    def columns(self, customers: Array, kinds: Array) -> dict[str, Array]:
        return {
            "customer": customers,
            "time": as_times(self.time),
            "kind": kinds,
            "before": self.before,
            "after": self.after,
            "movement": self.movement,
            "zone_before": self._zones(self.before),
            "zone_after": self._zones(self.after),
        }

    def _zones(self, values: Array) -> Array:
        place = (values >= self.at[0]).astype(np.int64) + (values >= self.at[1])
        found: Array = as_column([*ZONES, None])[np.where(np.isnan(values), len(ZONES), place)]
        return found

    def now(self, customers: Array) -> dict[str, Array]:
        """Return where each customer stands; where nothing is known, by a place one past the contacts."""
        known = self.order[~np.isnan(self.after[self.order])]
        last, first = (np.full(len(self.first), len(self.code)) for _ in range(2))
        last[self.code[known]] = known
        first[self.code[known[::-1]]] = known[::-1]
        after, time = np.append(self.after, np.nan), np.append(as_times(self.time), np.datetime64("NaT", "us"))
        return {
            "customer": customers[self.first],
            "stands": after[last],
            "since": time[last],
            "zone": self._zones(after[last]),
            "contacts": np.bincount(self.code, minlength=len(self.first)),
            "moved": after[last] - after[first],
        }

    def zones(self, names: list[str | None], confidence: float) -> Listing:
        counts, unknown = np.array([names.count(zone) for zone in ZONES]), names.count(None)
        found = shares(counts, np.full(len(ZONES), len(names) - unknown), confidence)
        columns = {"zone": as_column([*ZONES, "unknown"]), "customers": np.append(counts, unknown)}
        columns |= {n: np.append(v, np.nan) for n, v in zip(("share", "low", "high"), found, strict=True)}
        title = f"Buys again from {self.at[0]:g}, speaks for you from {self.at[1]:g}"
        return Listing(title, columns, like=self.like, formats=dict.fromkeys(("share", "low", "high"), "percent"))

    def kinds(self, names: list[str], confidence: float) -> Listing:
        rows = [self._kind(name, self.kind == number, confidence) for number, name in enumerate(names)]
        rows.sort(key=lambda row: (math.isnan(row["mean"]), row["mean"]))
        rows.append(self._kind(None, np.ones(len(self.kind), dtype=bool), confidence))
        columns = {name: as_column([row[name] for row in rows]) for name in rows[0]}
        return Listing("Movement along the spectrum, by kind of contact", columns, like=self.like)

    def _kind(self, name: str | None, here: NDArray[np.bool_], confidence: float) -> dict[str, Any]:
        known = here & ~np.isnan(self.movement)
        moved, code, before, after = (v[known] for v in (self.movement, self.code, self.before, self.after))
        low, high = mean_interval(moved, code, confidence)
        up, down = int((moved > NOTHING).sum()), int((moved < -NOTHING).sum())
        row: dict[str, Any] = {"kind": name, "contacts": int(here.sum()), "known": len(moved)}
        row |= {"customers": len(np.unique(code)), "mean": float(moved.mean()) if len(moved) else math.nan}
        row |= {"low": low, "high": high, "up": up, "down": down, "same": len(moved) - up - down}
        for zone, edge in zip(ZONES[1:], self.at, strict=True):
            row[f"into_{zone}"] = int(((before < edge) & (after >= edge)).sum())
            row[f"out_of_{zone}"] = int(((before >= edge) & (after < edge)).sum())
        return row

    def notes(self, scale: tuple[float, float]) -> list[str]:
        said = []
        lacking = int(np.isnan(self.movement).sum())
        if lacking:
            who = f"The movement of {counted(lacking, 'contact')} is not known"
            said.append(f"{who}: no reading at it, or at the one before.")
        if self.tied:
            verbs = ("is", "it follows") if self.tied == 1 else ("are", "they follow")
            who = f"{counted(self.tied, 'contact')} {verbs[0]} at the moment of the one before"
            said.append(f"{who}; {verbs[1]} in the order of rows.")
        read = np.concatenate([self.before, self.after])
        most, (low, high) = np.nanmax(read, initial=-math.inf), scale
        if not math.isinf(most) and most <= (low + high) / 2:
            who = f"No reading is above the middle of the scale, {low:g} to {high:g}; the highest is {most:g}"
            said.append(f"{who}. If people answered on another one, from 1 to 5 for instance, say scale=(1, 5).")
        return said


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
