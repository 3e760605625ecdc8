"""How long customers stay: Kaplan-Meier curves by state and segment, their means up to a day, the log-rank test."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import attrs
import numpy as np

from outcomegap.checks import in_range
from outcomegap.errors import DataError
from outcomegap.frames.arrays import Array
from outcomegap.learn.grouping import ORDER, By, grouped, table_of
from outcomegap.learn.observed import Observing
from outcomegap.listing import Listing, counted, number
from outcomegap.scoring.groups import Groups
from outcomegap.stats import z_of

#: At how many times it is listed how many are watched.
AT_RISK = 6
#: Below this a difference of two sums is rounding.
ROUNDING = 1e-12


@attrs.frozen(eq=False)
class Spells:
    """Times under watch, an array value a customer: from when on, until when, and whether the customer left then."""

    entry: Array
    duration: Array
    event: Array

    def some(self, rows: Array) -> Spells:
        """Return some of them."""
        return Spells(self.entry[rows], self.duration[rows], self.event[rows])

    def at_risk(self, times: Any) -> Any:
        """Return how many are watched at each time: came before it, and did not go before it."""
        return np.searchsorted(np.sort(self.entry), times) - np.searchsorted(np.sort(self.duration), times)

    def left(self, times: Array) -> Array:
        """Return how many left at each of the times, which are in order."""
        return np.bincount(np.searchsorted(times, self.duration[self.event]), minlength=len(times))


class Curve:
    """The product-limit estimate of some spells, as `survival` says; `reach` says up to when it is known.

    Examples
    --------
    >>> curve = Curve(Spells(np.full(3, -1.0), np.array([1.0, 2.0, 2.0]), np.array([True, True, False])), 0.95)
    >>> curve.columns["survival"].round(3).tolist(), curve.first("survival"), round(curve.mean(2.0)[0], 3)
    ([0.667, 0.333], 2.0, 1.667)
    """

    def __init__(self, spells: Spells, confidence: float) -> None:
        self.times = times = np.unique(spells.duration[spells.event])
        self.at_risk, self.events = at_risk, events = spells.at_risk(times), spells.left(times)
        with np.errstate(all="ignore"):
            share = np.cumprod(1 - events / at_risk)
            spread = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events))))
            reach = np.exp(z_of(confidence) * spread / np.log(share))  # the logarithm is below 0
            error = np.where(share > 0, share * spread, 0.0)
            low, high = (np.where(share > 0, share**power, np.nan) for power in (1 / reach, reach))
        self.columns = {"time": times, "at_risk": at_risk, "events": events, "survival": share}
        self.columns |= {"error": error, "low": low, "high": high}
        gone = np.flatnonzero(share <= 0)
        self.reach = math.inf if len(gone) else float(spells.duration.max())
        self.dips = bool(len(gone) and spells.duration.max() > times[gone[0]])

    def first(self, column: str) -> float:
        """Return the first time at which half are gone, by the curve or an end of its interval; NaN if never."""
        below = np.flatnonzero(self.columns[column] <= 0.5 + ROUNDING)
        return float(self.times[below[0]]) if len(below) else math.nan

    def mean(self, until: float) -> tuple[float, float]:
        """Return the area under the curve up to a time, and its standard error; NaN beyond its reach."""
        if until > self.reach:
            return math.nan, math.nan
        inside = self.times <= until
        areas = np.append(1.0, self.columns["survival"][inside]) * np.diff([0.0, *self.times[inside], until])
        after = np.cumsum(areas[::-1])[::-1][1:]  # the area from each time on; none where nobody is left
        at_risk, events = self.at_risk[inside], self.events[inside]
        return float(areas.sum()), math.sqrt((after**2 * events / (at_risk * np.maximum(at_risk - events, 1))).sum())


def log_rank(spells: Spells, group: Array, stratum: Array) -> tuple[Array, Array]:
    """Return by group how many more left than would have, if all groups were alike, and the covariance of that."""
    groups = int(group.max()) + 1
    more, spread = np.zeros(groups), np.zeros((groups, groups))
    for layer in np.unique(stratum):
        inside = stratum == layer
        times = np.unique(spells.duration[inside & spells.event])
        each = [spells.some(inside & (group == number)) for number in range(groups)]
        at_risk = np.array([one.at_risk(times) for one in each])
        left = np.array([one.left(times) for one in each])
        n, d = at_risk.sum(axis=0), left.sum(axis=0)
        share, tied = at_risk / n, d * (n - d) / np.maximum(n - 1, 1)
        more += left.sum(axis=1) - share @ d
        spread += np.diag(share @ tied) - (share * tied) @ share.T
    return more, spread


def survival(
    customers: object,
    duration: str | None = None,
    event: str | None = None,
    *,
    left: object = True,
    start: str | None = None,
    end: str | None = None,
    as_of: date | str | None = None,
    entry: str | None = None,
    by: By = (),
    strata: By = (),
    until: float | None = None,
    confidence: float = 0.95,
) -> Listing:
    """Return how long customers stay, by state, segment or any column.

    The share that is still there is the product-limit estimate: S(t) is the product of 1 - d / n over all times up to
    t, with d who left then and n who were watched just before. Its variance is Greenwood's, S^2 times the sum of
    d / (n (n - d)); its interval S^exp(+-z sqrt(that sum) / log S) stays between 0 and 1. The median is the first time
    at which S is 1/2 or less, and its interval the times at which the ends of the interval of S are (Brookmeyer &
    Crowley). The restricted mean is the area under S up to `until`: how long a customer stays in that time on average.
    Its variance is the sum of A^2 d / (n (n - d)), with A the area from each time on (Klein & Moeschberger, 4.5).
    The log-rank test compares how many left with how many would have, if all groups were alike; ties as in the
    hypergeometric distribution. Where groups are states, or numbers in one column, it also tests for a trend.

    Parameters
    ----------
    customers
        Any data frame, a row a customer; or scores, which have a ``state``, ``segment`` and ``stage`` to group by.
    duration, event
        The columns that hold how long each was watched, and whether the customer left at the end of it.
    left
        The value, or values, of `event` that say so.
    start, end, as_of
        Instead of `duration` and `event`: the columns of the first day and of the day of leaving, empty for who is
        still there; and the last day for which that is known. Durations are in days.
    entry
        The column that says from when on a customer was watched, where that was not from the start: a duration, or
        with `start` a day. Who left earlier than that is not among them, and this corrects for it.
    by
        Columns whose values make the groups; customers without a value make one of their own.
    strata
        Columns: customers are compared only with those alike in them (stratified log-rank test).
    until
        Up to when the restricted mean reaches. By default as far as every group was watched.
    confidence
        Of the intervals, each alone.

    Returns
    -------
    Listing
        A row a group: ``customers``, ``left``, ``expected`` (to leave, if all groups were alike; not for one group),
        ``median`` with ``median_low`` and ``median_high`` (NaN where it is not reached), ``longest`` that anybody was
        watched, ``mean`` up to `until` with ``mean_error``, ``mean_low``, ``mean_high`` (NaN where all did
        alike). ``parts``: ``"curve"``, a row for each time at which somebody left (``time``, ``at_risk``, ``events``,
        ``survival``, ``error``, ``low``, ``high``), and ``"at risk"``, how many are watched at some times. ``.plot()``
        draws the curves with intervals.

        Facts: ``until``; of the test ``chi_square``, ``degrees``, ``p_value``, and of a trend ``trend`` (a z-value,
        above 0 where higher groups leave more often) and ``trend_p``; ``left_out``, how many rows lack a value.

    Raises
    ------
    DataError
        If a column is missing or holds what it should not, or an argument does not serve.

    References
    ----------
    Kaplan & Meier, Journal of the American Statistical Association 53 (1958) 457-481; Greenwood (1926); Brookmeyer &
    Crowley, Biometrics 38 (1982) 29-41; Mantel, Cancer Chemotherapy Reports 50 (1966) 163-170; Tarone, Biometrika 62
    (1975) 679-682, for the trend; Klein & Moeschberger, Survival Analysis (2003).

    Examples
    --------
    >>> stays = {"months": [1, 2, 3, 4, 5, 6], "left": [1, 1, 1, 0, 1, 0], "plan": ["a", "a", "a", "b", "b", "b"]}
    >>> found = survival(stays, "months", "left", by="plan")
    >>> found.find("a")["median"], found.facts["until"], round(found.facts["p_value"], 3)
    (2.0, 6.0, 0.025)
    """
    reader = Observing("survival", table_of(customers))
    z = reader.attempt(lambda: z_of(confidence)) or 0.0
    reader.attempt(lambda: None if until is None else in_range("until", until, 0, above=True))
    groups, layers = grouped(reader, "by", by), grouped(reader, "strata", strata)
    spells = _spells(reader, (duration, event, left), (start, end, as_of), entry)
    reader.done()
    known = ~np.isnan(spells.entry + spells.duration)
    if not known.any():
        raise DataError("survival: no customer has a known duration and is known to have left or not")
    spells, groups, layers = spells.some(known), groups.some(known), layers.some(known)
    each = [spells.some(rows) for rows in groups.rows]
    curves = [Curve(one, confidence) for one in each]
    most = float(spells.duration.max())
    reach = min(most, *(curve.reach for curve in curves)) if until is None else float(until)
    mean, error = np.array([curve.mean(reach) for curve in curves]).T
    error = np.where(error > 0, error, np.nan)  # where all did alike, nothing says how sure
    rows = {"customers": np.bincount(groups.codes)}
    rows["left"] = np.bincount(groups.codes[spells.event], minlength=len(each))
    facts: dict[str, Any] = {"until": reach, "left_out": int((~known).sum())}
    notes = [f"mean: how long a customer stays of the first {number(reach)}, on average."]
    if len(each) > 1:
        more, spread = log_rank(spells, groups.codes, layers.codes)
        rows["expected"] = rows["left"] - more
        facts |= _tested(more, spread) | _trend(spells, groups, layers)
        notes.append("Log-rank test: chi square {chi_square:.4g} ({degrees} df), p = {p_value:.2g}.".format(**facts))
    if "trend" in facts:
        notes.append("Trend from group to group: z = {trend:.3g}, p = {trend_p:.2g}.".format(**facts))
    ends = {"median": "survival", "median_low": "low", "median_high": "high"}
    rows |= {name: np.array([curve.first(column) for curve in curves]) for name, column in ends.items()}
    rows["longest"] = np.array([one.duration.max() for one in each])
    rows |= {"mean": mean, "mean_error": error, "mean_low": mean - z * error, "mean_high": mean + z * error}
    if dips := [groups.label(at) for at, curve in enumerate(curves) if curve.dips]:
        notes.append(f"{', '.join(dips)}: all who were watched had left before others came; nothing is known of later.")
    if facts["left_out"]:
        notes.append(f"{counted(facts['left_out'], 'row')} without a duration or an event left out.")
    watched = {number(at): [one.at_risk(at) for one in each] for at in np.linspace(0, most, AT_RISK).tolist()}
    sizes = [len(curve.times) for curve in curves]
    whole = {name: np.repeat(held, sizes) for name, held in groups.columns.items()}
    whole |= {name: np.concatenate([curve.columns[name] for curve in curves]) for name in curves[0].columns}
    parts = {
        "at risk": Listing("How many are watched, by time", groups.columns | watched, like=reader.table),
        "curve": Listing("The share that is still there", whole, like=reader.table, first=10),
    }
    title = f"How long they stay: {int(spells.event.sum()):,} of {counted(len(groups.codes), 'customer')} left"
    form: dict[str, Any] = {"formats": dict.fromkeys(rows, "number"), "drawing": "survival"}
    return Listing(title, groups.columns | rows, like=reader.table, notes=notes, parts=parts, facts=facts, **form)


def _spells(
    reader: Observing,
    lasted: tuple[str | None, str | None, object],
    days: tuple[str | None, str | None, object],
    entry: str | None,
) -> Spells:
    """Read when each came under watch, until when, and who left then; a duration is NaN where one is not known."""
    (duration, event, left), (start, end, as_of) = lasted, days
    size = len(reader.table)
    came = np.full(size, -1.0) if entry is None else reader.days("entry", entry)
    if duration is not None and event is not None and start is None:
        length = reader.numbers("duration", duration, least=0)
        left_then, _, _ = reader.outcome(event, left, "event", "left")
    elif start is not None and end is not None and as_of is not None and duration is None:
        first, last, final = reader.days("start", start), reader.days("end", end), reader.days("as_of", [as_of] * size)
        left_then = (last <= final).astype(float)
        length, came = np.where(left_then > 0, last, final) - first, came if entry is None else came - first
        reader.problem("order", f"start: column {start!r} lies after the end, or as_of", start, rows=length < 0)
    else:
        reader.problem("durations", "name duration= and event=, or start=, end= and as_of=")
        return Spells(came, came, came > 0)
    came = np.where(came <= 0, -1.0, came)  # who is watched from the start is so at time 0 too
    rows = (came > 0) & (came >= length)
    reader.problem("order", f"entry: column {entry!r} is not before the end of the duration", entry, rows=rows)
    return Spells(came, length + 0 * left_then, left_then > 0)


def _tested(more: Array, spread: Array) -> dict[str, Any]:
    """Return the test that all groups are alike."""
    from scipy.special import chdtrc

    degrees = int(np.linalg.matrix_rank(spread, hermitian=True))
    value = float(more @ np.linalg.pinv(spread, hermitian=True) @ more)
    return {"chi_square": value, "degrees": degrees, "p_value": float(chdtrc(degrees, value)) if degrees else 1.0}


def _trend(spells: Spells, groups: Groups, layers: Groups) -> dict[str, float]:
    """Return the test for a trend over the states, or over the numbers of one column; of other groups nothing."""
    from scipy.special import ndtr

    held = [values.tolist() for values in groups.columns.values()]
    if len(held) > 1 or not all(each is None or each in ORDER or isinstance(each, (int, float)) for each in held[0]):
        return {}
    place = [ORDER.index(each) if each in ORDER[:3] else each for each in held[0]]
    weights = np.array([math.nan if isinstance(each, str) else each for each in place], dtype=np.float64)
    inside = ~np.isnan(weights)[groups.codes]
    if len(np.unique(groups.codes[inside])) < 2:
        return {}
    more, spread = log_rank(spells.some(inside), groups.codes[inside], layers.codes[inside])
    weights = np.nan_to_num(weights)[: len(more)]
    error = math.sqrt(weights @ spread @ weights)
    z = float(weights @ more / error) if error > 0 else 0.0
    return {"trend": z, "trend_p": float(2 * ndtr(-abs(z)))}
