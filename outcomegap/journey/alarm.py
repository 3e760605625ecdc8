"""An alarm for moved expectations: customers leave more often, and the model sees no larger gap."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import compress, pairwise
from typing import Any

import attrs
import numpy as np

from outcomegap.checks import choice, in_range
from outcomegap.errors import DataError, Problem
from outcomegap.frames.arrays import Array, plain_values
from outcomegap.journey.events import Day, EventColumns, day_of
from outcomegap.listing import Format, Listing, counted
from outcomegap.scoring import Scores
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.matching import check_kinds
from outcomegap.stats import Rise, mean_rise, poisson_rise, proportion_rise, z_of

FORMATS: dict[str, Format] = {"share": "percent", "rate": "percent", "gap": "points"}
HIDDEN = ("scored_on", "customer_days", "need_data", "apart")
TESTS = ("poisson", "proportions")
MOVED, SEEN, UNSURE, NO_RISE = "moved expectations", "the gap rose as well", "cannot tell", "churn did not rise"
#: Days in a year, for rates.
YEAR = 365.25
#: Periods for a test of proportions differ by no more than this share of the longer one.
ALIKE = 0.1
#: Later than any day.
NEVER = np.iinfo(np.int64).max


def alarm_of(
    points: Mapping[Day, Scores], left: object, periods: Sequence[Any], names: tuple[str, str], bounds: dict[str, Any]
) -> Listing:
    """Compare churn and gap of two periods, each with its scoring; what `History.alarm` does.

    `names` are those of the columns of `left`; `bounds` say from where on a rise counts, how sure it must be, and which
    test says so.
    """
    in_range("margin", bounds["margin"], 0, 1)
    in_range("worth_naming", bounds["worth_naming"], 1, above=True)
    confidence = in_range("confidence", bounds["confidence"], 0.5, math.nextafter(1, 0), above=True)
    choice("test", bounds["test"], TESTS)
    days = _days(periods, bounds["test"])
    columns = EventColumns(left, "alarm")
    (codes, leavers), when = columns.coded("customer", names[0], "every customer"), columns.moments("time", names[1])
    columns.done()
    scored = [[point for point in points if point <= day] for day in days[:2]]  # points are in order
    if not scored[0] or len(scored[0]) == len(scored[1]):
        message = f"a scoring up to {days[0]} is needed, and another one after it up to {days[1]}"
        raise DataError.all("alarm", [Problem("no-scoring", message)])
    left_on = when.astype("M8[D]").astype(np.int64)
    before, after = (
        _Period(points[there[-1]], there[-1], span, leavers, codes, left_on)
        for there, span in zip(scored, pairwise(days), strict=True)
    )
    if not (before.found | after.found).any():
        check_kinds(columns, (leavers, [*before.ids, *after.ids]), ("left", "the scorings"), None)
        columns.done()
    counts = before.row["left"], after.row["left"]
    if not before.row["at_risk"] or not after.row["at_risk"]:
        raise DataError("alarm: nobody of an ideal segment was at risk in one of the periods")
    if bounds["test"] == "poisson":
        exposures = before.row["customer_days"], after.row["customer_days"]
        if not all(exposures):
            raise DataError("alarm: all left on the first day of a period; choose longer periods")
        churn = poisson_rise(counts, exposures, confidence)
    else:
        churn = proportion_rise(counts, (before.row["at_risk"], after.row["at_risk"]), confidence)
    both = [name for name in before.gap if name in after.gap]
    one, other = (np.array([period.gap[name] for name in both]) for period in (before, after))
    rise, error = mean_rise(before.gaps, after.gaps, (one, other))
    reach = z_of(2 * confidence - 1) * error
    gap = {"gap_rise": rise, "gap_low": rise - reach, "gap_high": rise + reach}
    verdict, unmatched = _verdict(churn, gap, bounds), int((~before.left & ~after.left).sum())
    facts = {"verdict": verdict, "unmatched": unmatched, "raised": verdict == MOVED}
    facts |= gap | attrs.asdict(churn) | bounds
    rows = {name: np.array([before.row[name], after.row[name]]) for name in before.row}
    table, notes = after.scores.table, _notes(facts, before, after)
    return Listing(f"Alarm: {verdict}", rows, like=table, formats=FORMATS, hide=HIDDEN, notes=notes, facts=facts)


def _days(periods: Sequence[Any], test: str) -> list[Day]:
    """Return the start of the earlier period, the day on which the later one begins, and the first day after it."""
    days = [day_of("alarm: periods", day) for day in periods]
    if len(days) != 3 or not days[0] < days[1] < days[2]:
        message = f"periods are three days in order: start, middle, end (got {', '.join(map(str, days))})"
        raise DataError.all("alarm", [Problem("periods", message)])
    one, other = (int((b - a).astype(np.int64)) for a, b in pairwise(days))
    if test == "proportions" and abs(one - other) > ALIKE * max(one, other):
        message = f"periods of {one} and {other} days; shares compare where they are alike: use 'poisson'"
        raise DataError.all("alarm", [Problem("periods", message)])
    return days


class _Period:
    """Who was at risk in one period, by the last scoring up to its start, and what became of them.

    Of the leavers `found` tells who are in that scoring, `left` who left in the period.
    """

    def __init__(
        self, scores: Scores, scored_on: Day, span: tuple[Day, Day], leavers: list[Any], codes: Array, days: Array
    ) -> None:
        self.scores, self.ids = scores, plain_values(scores.id)
        scored, start, end = (int(day.astype(np.int64)) for day in (scored_on, *span))
        place = {name: row for row, name in enumerate(self.ids)}
        rows = np.array([place.get(name, -1) for name in leavers], dtype=np.int64)
        out = np.full(len(self.ids) + 1, NEVER)  # the day on which each customer left; last stands nobody
        went = days >= scored
        np.minimum.at(out, rows[codes[went]], days[went])
        there, gaps = (scores.cell >= 0) & ideal_rows(scores), scores.gap.astype(np.float64)
        risk = there & (out[:-1] >= start)
        left = risk & (out[:-1] < end)
        known = risk & ~np.isnan(gaps)
        self.gaps = gaps[known]
        self.gap = dict(zip(compress(self.ids, known.tolist()), self.gaps.tolist(), strict=True))
        self.found, self.left = rows >= 0, np.append(left, False)[rows]
        count, at_risk = int(left.sum()), int(risk.sum())
        customer_days = float((np.minimum(out[:-1], end) - start)[risk].sum())
        self.row: dict[str, Any] = {
            "start": span[0],
            "end": span[1],
            "scored_on": scored_on,
            "at_risk": at_risk,
            "left": count,
            "customer_days": customer_days,
            "share": count / at_risk if at_risk else math.nan,
            "rate": count / customer_days * YEAR if customer_days else math.nan,
            "gap": float(self.gaps.mean()) if len(self.gaps) else math.nan,
            "need_data": at_risk - len(self.gaps),
            "apart": int((~there).sum()),
        }


def _verdict(churn: Rise, gap: dict[str, float], bounds: dict[str, Any]) -> str:
    if churn.p_value > 1 - bounds["confidence"]:
        return UNSURE if churn.most >= bounds["worth_naming"] else NO_RISE
    if gap["gap_high"] <= bounds["margin"]:
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
    if before.scores.model != after.scores.model:
        said.append("The two scorings are by different models: what the model changed is part of the gap's rise.")
    if facts["unmatched"]:
        said.append(f"{counted(facts['unmatched'], 'leaver was', 'leavers were')} at risk in neither period.")
    for row in (before.row, after.row):
        if row["need_data"]:
            said.append(f"{row['need_data']:,} at risk from {row['start']} on have no score; they are in no mean gap.")
        if row["apart"]:
            said.append(f"{row['apart']:,} on {row['scored_on']} are of no ideal segment or were set aside.")
    return said
