"""An alarm for moved expectations: customers leave more often, and the model sees no larger gap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import choice, in_range
from outcomegap.errors import DataError, Problem
from outcomegap.frames.arrays import plain_values
from outcomegap.journey.events import DAY, Day, EventColumns, day_of
from outcomegap.listing import Listing, counted
from outcomegap.scoring import Scores
from outcomegap.scoring.groups import ideal_rows
from outcomegap.stats import Rise, mean_rise, poisson_rise, proportion_rise, z_of

TESTS = ("poisson", "proportions")
MOVED, SEEN, UNSURE, NO_RISE = "moved expectations", "the gap rose as well", "cannot tell", "churn did not rise"
#: Days in a year, for rates.
YEAR = 365.25
#: Periods for a test of proportions differ by no more than this share of the longer one.
ALIKE = 0.1
#: Customer -> days on which they left.
Leaving = dict[Any, list[int]]


@attrs.frozen
class Bounds:
    """From where on a rise counts, how sure it must be, and which test says so: the arguments of `History.alarm`."""

    margin: float
    worth_naming: float
    confidence: float
    test: str

    def __attrs_post_init__(self) -> None:
        in_range("margin", self.margin, 0, 1)
        in_range("worth_naming", self.worth_naming, 1, above=True)
        in_range("confidence", self.confidence, 0.5, math.nextafter(1, 0), above=True)
        choice("test", self.test, TESTS)

    def days(self, periods: Sequence[Any]) -> list[Day]:
        """Return the start of the earlier period, the day on which the later one begins, and the first day after it."""
        days = [day_of("alarm: periods", day) for day in periods]
        if len(days) != 3 or not days[0] < days[1] < days[2]:
            message = f"periods are three days in order: start, middle, end (got {', '.join(map(str, days))})"
            raise DataError.all("alarm", [Problem("periods", message)])
        one, other = (int((b - a).astype(np.int64)) for a, b in pairwise(days))
        if self.test == "proportions" and abs(one - other) > ALIKE * max(one, other):
            message = f"periods of {one} and {other} days; shares compare where they are alike: use 'poisson'"
            raise DataError.all("alarm", [Problem("periods", message)])
        return days


def leaving_of(left: Any, customer: str, time: str) -> Leaving:
    """Read a frame of losses."""
    columns = EventColumns(left, "alarm")
    (codes, names), when = columns.coded("customer", customer, "every customer"), columns.moments("time", time)
    columns.done()
    found: Leaving = {}
    for code, day in zip(codes.tolist(), (when // DAY).tolist(), strict=True):
        found.setdefault(names[code], []).append(day)
    return found


def alarm_of(scorings: Sequence[tuple[Day, Scores]], leaving: Leaving, days: Sequence[Day], bounds: Bounds) -> Listing:
    """Compare churn and gap of two periods, each with its scoring; what `History.alarm` does."""
    _same_type([scores for _, scores in scorings], leaving)
    before, after = (
        _Period(scores, day, leaving, span) for (day, scores), span in zip(scorings, pairwise(days), strict=True)
    )
    counts = len(before.left), len(after.left)
    if not before.at_risk or not after.at_risk:
        raise DataError("alarm: nobody of an ideal segment was at risk in one of the periods")
    if bounds.test == "poisson":
        if not before.customer_days or not after.customer_days:
            raise DataError("alarm: all left on the first day of a period; choose longer periods")
        churn = poisson_rise(counts, (before.customer_days, after.customer_days), bounds.confidence)
    else:
        churn = proportion_rise(counts, (before.at_risk, after.at_risk), bounds.confidence)
    both = [name for name in before.gap if name in after.gap]
    one, other = (np.array([period.gap[name] for name in both]) for period in (before, after))
    rise, error = mean_rise(before.gaps, after.gaps, (one, other))
    reach = z_of(2 * bounds.confidence - 1) * error
    gap = {"gap_rise": rise, "gap_low": rise - reach, "gap_high": rise + reach}
    facts: dict[str, Any] = {
        "verdict": _verdict(churn, gap, bounds),
        "unmatched": len(leaving.keys() - before.left - after.left),
    }
    facts |= {"raised": facts["verdict"] == MOVED} | gap | attrs.asdict(churn) | attrs.asdict(bounds)
    rows = [before.row(), after.row()]
    return Listing(
        f"Alarm: {facts['verdict']}",
        {name: np.array([row[name] for row in rows]) for name in rows[0]},
        like=scorings[-1][1].table,
        formats={"share": "percent", "rate": "percent", "gap": "points"},
        hide=("scored_on", "customer_days", "need_data", "apart"),
        notes=_notes(facts, before, after),
        facts=facts,
    )


class _Period:
    """Who was at risk in one period, by the last scoring up to its start, and what became of them."""

    def __init__(self, scores: Scores, scored_on: Day, leaving: Leaving, span: tuple[Day, Day]) -> None:
        self.scored_on, (self.start, self.end) = scored_on, span
        scored, start, end = (int(day.astype(np.int64)) for day in (scored_on, *span))
        there = (scores.cell >= 0) & ideal_rows(scores)
        self.model, self.apart = scores.model, int((~there).sum())
        self.gap: dict[Any, float] = {}
        self.left: set[Any] = set()
        self.customer_days, self.at_risk = 0.0, 0
        gaps = scores.gap.astype(np.float64).tolist()
        for name, fine, gap in zip(plain_values(scores.id), there.tolist(), gaps, strict=True):
            went = [when for when in leaving.get(name, ()) if when >= scored]
            if not fine or any(when < start for when in went):
                continue
            self.at_risk += 1
            out = min((when for when in went if when < end), default=None)
            self.customer_days += (end if out is None else out) - start
            if out is not None:
                self.left.add(name)
            if not math.isnan(gap):
                self.gap[name] = gap

    @property
    def gaps(self) -> NDArray[np.float64]:
        return np.array(list(self.gap.values()))

    def row(self) -> dict[str, Any]:
        """Return its row of the listing."""
        left, days = len(self.left), self.customer_days
        return {
            "start": self.start,
            "end": self.end,
            "scored_on": self.scored_on,
            "at_risk": self.at_risk,
            "left": left,
            "customer_days": days,
            "share": left / self.at_risk if self.at_risk else math.nan,
            "rate": left / days * YEAR if days else math.nan,
            "gap": float(self.gaps.mean()) if self.gap else math.nan,
            "need_data": self.at_risk - len(self.gap),
            "apart": self.apart,
        }


def _same_type(scorings: Sequence[Scores], leaving: Leaving) -> None:
    """Make sure that leavers are named by the type that the scorings name customers by, where nobody is found."""
    names = list(dict.fromkeys(name for scores in scorings for name in plain_values(scores.id)))
    kinds = [{float if isinstance(n, (bool, int, float)) else type(n) for n in each} for each in (leaving, names)]
    if leaving and names and leaving.keys().isdisjoint(names) and kinds[0].isdisjoint(kinds[1]):
        left, there = next(iter(leaving)), names[0]
        said = (
            f"{type(left).__name__} ({left!r:.40}) in left and {type(there).__name__} ({there!r:.40}) in the scorings"
        )
        message = f"customers are named by {said}; make both the same type"
        raise DataError.all("alarm", [Problem("id-type", message, None, left)])


def _verdict(churn: Rise, gap: dict[str, float], bounds: Bounds) -> str:
    if churn.p_value > 1 - bounds.confidence:
        return UNSURE if churn.most >= bounds.worth_naming else NO_RISE
    if gap["gap_high"] <= bounds.margin:
        return MOVED
    return SEEN if gap["gap_low"] > 0 else UNSURE


def _notes(facts: dict[str, Any], before: _Period, after: _Period) -> list[str]:
    """Say what both tests found, and what else a reader must know."""
    often = "nobody left earlier" if math.isnan(facts["ratio"]) else f"{facts['ratio']:.3g} times as often"
    needed = "" if facts["needed"] is None else f"; {facts['needed']:,} leavers or more would count as a rise"
    said = [f"Churn: {often}, p = {facts['p_value']:.3g} ({facts['test']}){needed}."]
    if facts["p_value"] > 1 - facts["confidence"]:
        ruled = "is" if facts["verdict"] == NO_RISE else "is not"
        most = "without a bound" if math.isinf(facts["most"]) else f"at most {facts['most']:.3g} times"
        said.append(f"No rise is shown; one to {facts['worth_naming']:g} times or more {ruled} ruled out ({most}).")
    rise, high, margin = (
        "not known" if math.isnan(facts[name]) else f"{100 * facts[name]:+.3g} points"
        for name in ("gap_rise", "gap_high", "margin")
    )
    said.append(f"Gap: {rise}, at most {high}; up to {margin} counts as none.")
    if before.model != after.model:
        said.append("The two scorings are by different models: what the model changed is part of the gap's rise.")
    if facts["unmatched"]:
        said.append(f"{counted(facts['unmatched'], 'leaver was', 'leavers were')} at risk in neither period.")
    for period in (before, after):
        if blank := period.at_risk - len(period.gap):
            said.append(f"{blank:,} at risk from {period.start} on have no score; they are in no mean gap.")
        if period.apart:
            said.append(f"{period.apart:,} on {period.scored_on} are of no ideal segment or were set aside.")
    return said
