"""Satisfaction as a spectrum: where customers stand on it, and what each kind of contact moves."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import number_of
from outcomegap.errors import DataError, Problem
from outcomegap.journey.contacts import Contacts, read_contacts
from outcomegap.journey.events import as_times, later, moment_of
from outcomegap.journey.student import t_quantile
from outcomegap.listing import Listing, as_column, counted, percent
from outcomegap.stats import wilson, z_of

Array = NDArray[Any]
#: The parts of the spectrum, from its low end.
ZONES = ("below", "repeat", "advocate")
#: Where repeat purchases and advocacy begin, as shares of the scale, unless the caller says it.
REPEAT, ADVOCATE = 0.7, 0.9
#: Movements smaller than this are none.
NOTHING = 1e-12


class Spectrum:
    """Where customers stand on the spectrum of satisfaction, and what moves them; made by `spectrum`.

    Attributes
    ----------
    scale
        The ends of the spectrum.
    repeat_at, advocate_at
        From where on a customer buys again, and speaks for you.
    """

    def __init__(
        self, contacts: Contacts, scale: tuple[float, float], at: tuple[float, float], confidence: float
    ) -> None:
        self._contacts, self.scale, self._confidence = contacts, scale, confidence
        self.repeat_at, self.advocate_at = at

    def __len__(self) -> int:
        return len(self._contacts.code)

    @cached_property
    def movement(self) -> Array:
        """What each contact moved: after less before; NaN where either is not known."""
        return self._contacts.after - self._contacts.before

    @cached_property
    def columns(self) -> dict[str, Array]:
        """What is known of each contact, as columns: see `to_frame`."""
        contacts = self._contacts
        kinds = np.array(contacts.kinds, dtype=object)
        return {
            "customer": contacts.customers[contacts.code],
            "time": as_times(contacts.time),
            "kind": kinds[contacts.kind] if len(self) else np.zeros(0, dtype=object),
            "before": contacts.before,
            "after": contacts.after,
            "movement": self.movement,
            "zone_before": self._zones(contacts.before),
            "zone_after": self._zones(contacts.after),
        }

    def to_frame(self) -> Any:
        """Return a row a contact, in the order of the rows, the same kind of frame that came in.

        Its columns: ``customer``, ``time``, ``kind``; ``before`` and ``after``, ``movement``; ``zone_before`` and
        ``zone_after``: ``"below"``, ``"repeat"``, ``"advocate"``. What is not known is null.
        """
        return self._contacts.table.build(self.columns, index_like=False)

    @cached_property
    def kinds(self) -> Listing:
        """What each kind of contact moves, the most harmful first; last, with an empty kind, all of them.

        ``contacts``, of them ``known`` (the movement), with so many ``customers``; the ``mean`` movement with its
        interval ``low`` to ``high``; how many moved ``up``, ``down`` and not at all (``same``); how many crossed
        ``into_repeat`` and ``into_advocate``, and ``out_of_repeat`` and ``out_of_advocate``. Contacts of one customer
        are not independent, so that the interval takes customers for clusters: mean -+ t sqrt(v), v = g / (g - 1) x
        sum over the g customers of (sum of their deviations)^2 / n^2, t of g - 1 degrees of freedom; one contact a
        customer makes it Student's. Null for fewer than two customers.
        """
        contacts = np.argsort(self._contacts.kind, kind="stable")
        ends = np.cumsum(np.bincount(self._contacts.kind, minlength=len(self._contacts.kinds)))[:-1]
        each = np.split(contacts, ends) if len(self._contacts.kinds) else []
        rows = [self._kind(name, here) for name, here in zip(self._contacts.kinds, each, strict=True)]
        rows.sort(key=lambda row: (math.isnan(row["mean"]), row["mean"]))
        rows.append(self._kind(None, np.arange(len(self))))
        columns = {name: as_column([row[name] for row in rows]) for name in rows[0]}
        return Listing(
            "Movement along the spectrum, by kind of contact", columns, like=self._contacts.table, notes=self.notes
        )

    def _kind(self, name: str | None, here: Array) -> dict[str, Any]:
        known = here[~np.isnan(self.movement[here])]
        moved, code = self.movement[known], self._contacts.code[known]
        low, high = mean_interval(moved, code, self._confidence)
        before, after = (side[known] for side in (self._contacts.before, self._contacts.after))
        row: dict[str, Any] = {
            "kind": name,
            "contacts": len(here),
            "known": len(moved),
            "customers": len(np.unique(code)),
            "mean": float(moved.mean()) if len(moved) else math.nan,
            "low": low,
            "high": high,
            "up": int((moved > NOTHING).sum()),
            "down": int((moved < -NOTHING).sum()),
        }
        row["same"] = row["known"] - row["up"] - row["down"]
        for zone, edge in (("repeat", self.repeat_at), ("advocate", self.advocate_at)):
            row[f"into_{zone}"] = int(((before < edge) & (after >= edge)).sum())
            row[f"out_of_{zone}"] = int(((before >= edge) & (after < edge)).sum())
        return row

    @cached_property
    def now(self) -> Listing:
        """Where each customer stands: the last known reading and its day, the zone, and how far from the first one."""
        contacts = self._contacts
        count = len(contacts.customers)
        order = np.lexsort((np.arange(len(self)), contacts.time, contacts.code))
        known = order[~np.isnan(contacts.after[order])]
        last, first = (np.full(count, -1, dtype=np.int64) for _ in range(2))
        last[contacts.code[known]] = known
        first[contacts.code[known[::-1]]] = known[::-1]
        seen = last >= 0
        stands = _at(contacts.after, last)
        columns = {
            "customer": contacts.customers,
            "stands": stands,
            "since": np.where(seen, as_times(_at_time(contacts.time, last)), np.datetime64("NaT")),
            "zone": self._zones(stands),
            "contacts": np.bincount(contacts.code, minlength=count),
            "moved": stands - _at(contacts.after, first),
        }
        return Listing(f"Where {counted(count, 'customer stands', 'customers stand')}", columns, like=contacts.table)

    @cached_property
    def zones(self) -> Listing:
        """How many customers stand in each zone now, with Wilson's interval of their share; the unknown apart."""
        names = self.now.columns["zone"].tolist()
        known = len(names) - names.count(None)
        rows = []
        for zone in ZONES:
            count = names.count(zone)
            low, high = wilson(count, known, self._confidence)
            rows.append((zone, count, count / known if known else math.nan, low, high))
        rows.append(("unknown", len(names) - known, math.nan, math.nan, math.nan))
        heads = ("zone", "customers", "share", "low", "high")
        columns = {name: as_column([row[place] for row in rows]) for place, name in enumerate(heads)}
        title = f"Buys again from {self.repeat_at:g}, speaks for you from {self.advocate_at:g}"
        return Listing(
            title, columns, like=self._contacts.table, formats=dict.fromkeys(("share", "low", "high"), percent)
        )

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the numbers."""
        contacts = self._contacts
        said = []
        lacking = int(np.isnan(self.movement).sum())
        if lacking:
            who = f"The movement of {counted(lacking, 'contact')} is not known"
            said.append(f"{who}: no reading at it, or at the one before.")
        if contacts.excluded:
            said.append(later(contacts.excluded, "contact"))
        if contacts.tied:
            verbs = ("is", "it follows") if contacts.tied == 1 else ("are", "they follow")
            who = f"{counted(contacts.tied, 'contact')} {verbs[0]} at the moment of the one before"
            said.append(f"{who}; {verbs[1]} in the order of rows.")
        low, high = self.scale
        read = np.concatenate([contacts.before, contacts.after])
        read = read[~np.isnan(read)]
        if len(read) and read.max() <= (low + high) / 2:
            most = f"No reading is above the middle of the scale, {low:g} to {high:g}; the highest is {read.max():g}"
            said.append(f"{most}. If people answered on another one, from 1 to 5 for instance, say scale=(1, 5).")
        return tuple(said)

    def _zones(self, values: Array) -> Array:
        names = np.array([*ZONES, None], dtype=object)
        place = (values >= self.repeat_at).astype(np.int64) + (values >= self.advocate_at)
        found: Array = names[np.where(np.isnan(values), len(ZONES), place)]
        return found

    def __str__(self) -> str:
        return f"{self.zones}\n\n{self.kinds}"

    def _repr_html_(self) -> str:
        return self.zones._repr_html_() + self.kinds._repr_html_()

    def __repr__(self) -> str:
        return f"<Spectrum of {len(self)} contacts, {len(self._contacts.customers)} customers>"


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
) -> Spectrum:
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

    Raises
    ------
    DataError
        With everything that is wrong with the columns and the other arguments.

    Examples
    --------
    >>> log = {"customer": ["A", "A", "A", "B", "B"], "kind": ["sale", "repair", "call", "sale", "repair"],
    ...        "time": ["2026-01-01", "2026-02-01", "2026-03-01", "2026-01-05", "2026-02-05"],
    ...        "satisfaction": [8, 5, 9, 7, 6]}
    >>> moved = spectrum(log)
    >>> [(row["kind"], row["known"], row["mean"]) for row in moved.kinds]
    [('repair', 2, -2.0), ('call', 1, 4.0), ('sale', 0, None), (None, 3, 0.0)]
    >>> [(row["customer"], row["stands"], row["zone"]) for row in moved.now]
    [('A', 9.0, 'advocate'), ('B', 6.0, 'below')]
    """
    z_of(confidence)
    ends, at = _thresholds(scale, repeat_at, advocate_at)
    until = None if as_of is None else moment_of("spectrum", as_of)
    names = {"customer": customer, "time": time, "kind": kind, "satisfaction": satisfaction, "before": before}
    return Spectrum(read_contacts(contacts, names, ends, until), ends, at, confidence)


def mean_interval(values: Array, clusters: Array, confidence: float) -> tuple[float, float]:
    """Return an interval of a mean of values that are alike within clusters; NaN for fewer than two clusters.

    References
    ----------
    Cochran, Sampling Techniques (1977), chapter 9A, for means over clusters of unequal size.
    """
    _, codes = np.unique(clusters, return_inverse=True)
    groups = int(codes.max(initial=-1)) + 1
    if groups < 2:
        return math.nan, math.nan
    mean = float(values.mean())
    sums = np.bincount(codes.reshape(-1), weights=values - mean)
    spread = groups / (groups - 1) * float((sums * sums).sum()) / len(values) ** 2
    reach = t_quantile((1 + confidence) / 2, groups - 1) * math.sqrt(spread)
    return mean - reach, mean + reach


def _thresholds(scale: Any, repeat_at: Any, advocate_at: Any) -> tuple[tuple[float, float], tuple[float, float]]:
    problems: list[Problem] = []
    pair = isinstance(scale, (tuple, list)) and len(scale) == 2 and all(number_of(end) is not None for end in scale)
    if not pair or not scale[0] < scale[1]:
        message = f"scale is the two ends of the spectrum, such as (0, 10) (got {scale!r:.60})"
        raise DataError.all("spectrum", [Problem("scale", message)])
    low, high = float(scale[0]), float(scale[1])
    found = []
    for name, value, share in (("repeat_at", repeat_at, REPEAT), ("advocate_at", advocate_at, ADVOCATE)):
        if value is None:
            value = low + share * (high - low)  # noqa: PLW2901
        number = number_of(value)
        if number is None or not low <= number <= high:
            message = f"{name} is a number on the scale (got {value!r:.60}), which goes from {low:g} to {high:g}"
            problems.append(Problem("threshold", message))
        found.append(number or 0.0)
    if not problems and found[0] > found[1]:
        message = f"repeat_at, {found[0]:g}, lies above advocate_at, {found[1]:g}; repeat purchases come first"
        problems.append(Problem("threshold", message))
    if problems:
        raise DataError.all("spectrum", problems)
    return (low, high), (found[0], found[1])


def _at(values: Array, rows: Array) -> Array:
    return np.where(rows >= 0, values[np.maximum(rows, 0)] if len(values) else np.nan, np.nan)


def _at_time(values: Array, rows: Array) -> Array:
    return values[np.maximum(rows, 0)] if len(values) else np.zeros(len(rows), dtype=np.int64)
