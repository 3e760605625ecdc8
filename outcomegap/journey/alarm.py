"""An alarm for moved expectations: customers leave more often, and the model sees no larger gap."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import among, number_of
from outcomegap.errors import DataError, Problem
from outcomegap.frames import text_table
from outcomegap.frames.arrays import plain_values
from outcomegap.journey.effective import Day, day_of
from outcomegap.journey.events import EventColumns
from outcomegap.journey.rates import Rise, mean_rise, poisson_rise, proportion_rise
from outcomegap.listing import counted, percent
from outcomegap.stats import z_of

if TYPE_CHECKING:
    from outcomegap.journey.history import History
    from outcomegap.scoring import Scores

Array = NDArray[Any]
TESTS = ("poisson", "proportions")
MOVED, SEEN, UNSURE, NO_RISE = "moved expectations", "the gap rose as well", "cannot tell", "churn did not rise"
#: Days in a year, for rates.
YEAR = 365.25
#: Periods for a test of proportions differ by no more than this share of the longer one.
ALIKE = 0.1


@attrs.frozen(eq=False)
class Period:
    """The customers at risk in one period, and who of them left.

    Parameters
    ----------
    start, end
        Its first day, and the first day after it.
    scored_on
        The day of the scoring that tells who was there: the last one up to `start`.
    at_risk
        How many customers of ideal segments were in that scoring and had not left by `start`.
    left
        How many of them left within the period.
    customer_days
        How long they were there, together: to the day of leaving or the end.
    gap
        Mean gap of those at risk whose gap is known, in that scoring.
    need_data
        Of how many it is unknown.
    apart
        How many of that scoring are of segments that are not ideal, or were set aside; they count nowhere else.
    """

    start: Day
    end: Day
    scored_on: Day
    at_risk: int
    left: int
    customer_days: float
    gap: float
    need_data: int
    apart: int

    @property
    def rate(self) -> float:
        """Leavers a customer and year."""
        return self.left / self.customer_days * YEAR if self.customer_days else math.nan

    @property
    def share(self) -> float:
        """Share of those at risk who left."""
        return self.left / self.at_risk if self.at_risk else math.nan


@attrs.frozen(eq=False)
class Alarm:
    """Whether expectations moved: churn rose, and the gap did not; made by `History.alarm`.

    Parameters
    ----------
    verdict
        ``"moved expectations"``: churn rose, and the gap rose by no more than the margin. ``"the gap rose as well"``:
        churn rose, and so did the gap. ``"churn did not rise"``: no rise is shown, and one to `worth_naming` times or
        more is ruled out. ``"cannot tell"``: neither is sure of churn; or churn rose, and of the gap neither is.
    before, after
        The two periods.
    churn
        The test of the rates.
    gap_rise, gap_low, gap_high
        How much the mean gap rose, and its two-sided interval at 2 confidence - 1: its ends are one-sided bounds at
        `confidence`.
    margin
        A rise of the gap up to this counts as none.
    worth_naming
        To how many times the earlier rate churn must rise for the rise to be worth naming.
    confidence
        1 less the probability of an alarm where churn and gap stayed as they were, at most; and of "churn did not rise"
        where it did, to `worth_naming` times or more.
    unmatched
        How many leavers were at risk in neither period.
    notes
        What a reader must know beside the numbers.
    """

    verdict: str
    before: Period
    after: Period
    churn: Rise
    gap_rise: float
    gap_low: float
    gap_high: float
    margin: float
    worth_naming: float
    confidence: float
    unmatched: int
    notes: tuple[str, ...]

    @property
    def raised(self) -> bool:
        """Whether expectations moved."""
        return self.verdict == MOVED

    def __bool__(self) -> bool:
        return self.raised

    def __str__(self) -> str:
        heads = ["period", "at risk", "left", "share", "a year", "mean gap"]
        rows = [
            [f"{p.start} to {p.end}", f"{p.at_risk:,}", f"{p.left:,}", percent(p.share), percent(p.rate), p.gap]
            for p in (self.before, self.after)
        ]
        often = "nobody left earlier" if math.isnan(self.churn.ratio) else f"{self.churn.ratio:.3g} times as often"
        churn = f"Churn: {often}, p = {self.churn.p_value:.3g} ({self.churn.test})"
        needed = "" if self.churn.needed is None else f"; {self.churn.needed:,} leavers or more would count as a rise"
        if self.churn.p_value > 1 - self.confidence:
            ruled = "is" if self.verdict == NO_RISE else "is not"
            most = "without a bound" if math.isinf(self.churn.most) else f"at most {self.churn.most:.3g} times"
            needed += f".\nNo rise is shown; one to {self.worth_naming:g} times or more {ruled} ruled out ({most})"
        gap = (
            f"Gap: {_signed(self.gap_rise)}, at most {_signed(self.gap_high)}; up to {self.margin:+.3g} counts as none."
        )
        table = text_table(heads, rows, align=["l", *["r"] * 5])
        return "\n\n".join([f"Alarm: {self.verdict}", table, "\n".join([f"{churn}{needed}.", gap, *self.notes])])

    def __repr__(self) -> str:
        return f"<Alarm: {self.verdict}>"


def _signed(value: float) -> str:
    return "not known" if math.isnan(value) else f"{value:+.3g}"


def alarm_of(history: History, left: Any, *, periods: Any, customer: str, time: str, **asked: Any) -> Alarm:
    """Compare churn and gap of two periods; what `History.alarm` does."""
    days = _arguments(periods, **asked)
    leaving, problems = _leaving(left, customer, time)
    points = [history._until(day) for day in days[:2]]
    if None in points or points[0] == points[1]:
        message = f"alarm: a scoring up to {days[0]} is needed, and another one after it up to {days[1]}"
        problems.append(Problem("no-scoring", message))
    if not problems:
        problems += _other_type([history.scores(point) for point in points], leaving, customer)
    if problems:
        raise DataError.all("alarm", problems)
    found = [
        _AtRisk(history.scores(point), point, leaving, (start, end))  # type: ignore[arg-type]
        for point, (start, end) in zip(points, pairwise(days), strict=True)
    ]
    return _judged(found, leaving, **asked)


def _other_type(scorings: list[Scores], leaving: dict[Any, list[int]], column: str) -> list[Problem]:
    """Return what is wrong where no leaver is in any scoring, and they are named by another type."""
    names = list(dict.fromkeys(name for scores in scorings for name in plain_values(scores.id)))
    kinds = [
        {float if isinstance(name, (bool, int, float)) else type(name) for name in each} for each in (leaving, names)
    ]
    if not leaving or not names or not leaving.keys().isdisjoint(names) or not kinds[0].isdisjoint(kinds[1]):
        return []
    left = next(iter(leaving))
    said = (
        f"{type(left).__name__} ({left!r:.40}) in left and {type(names[0]).__name__} ({names[0]!r:.40}) in the scorings"
    )
    return [Problem("id-type", f"customers are named by {said}; make both the same type", column, left)]


class _AtRisk:
    """Who was at risk in one period, and what became of them."""

    def __init__(self, scores: Scores, scored_on: Day, leaving: dict[Any, list[int]], span: tuple[Day, Day]) -> None:
        start, end = (int(day.astype(np.int64)) for day in span)
        flags = np.array([*(s.ideal for s in scores.model.segments), True]) if scores.model.segments else None
        ids, day = plain_values(scores.id), int(scored_on.astype(np.int64))
        inside = [flags is None or bool(flags[number]) for number in _segments(scores)]
        there = [cell >= 0 and fine for cell, fine in zip(scores.cell.tolist(), inside, strict=True)]
        gaps = scores.gap.astype(np.float64).tolist()
        self.model = scores.model
        self.gap: dict[Any, float] = {}
        self.left: set[Any] = set()
        self.days, self.at_risk = 0.0, 0
        for name, fine, gap in zip(ids, there, gaps, strict=True):
            went = [when for when in leaving.get(name, ()) if when >= day]
            if not fine or any(when < start for when in went):
                continue
            self.at_risk += 1
            out = min((when for when in went if when < end), default=None)
            self.days += (end if out is None else out) - start
            if out is not None:
                self.left.add(name)
            if not math.isnan(gap):
                self.gap[name] = gap
        values = np.array(list(self.gap.values()))
        self.period = Period(
            *span,
            scored_on=scored_on,
            at_risk=self.at_risk,
            left=len(self.left),
            customer_days=self.days,
            gap=float(values.mean()) if len(values) else math.nan,
            need_data=self.at_risk - len(self.gap),
            apart=len(ids) - sum(there),
        )


def _segments(scores: Scores) -> list[int]:
    """Return the position of each customer's segment; one past the last where it is unknown, or none is declared."""
    names = [segment.name for segment in scores.model.segments]
    of_cell = [names.index(cell.segment) if names else 0 for cell in scores.model.cells]
    return list(np.array([*of_cell, len(names)], dtype=np.int64)[scores.cell].tolist())


def _judged(
    found: list[_AtRisk],
    leaving: dict[Any, list[int]],
    *,
    margin: float,
    worth_naming: float,
    confidence: float,
    test: str,
) -> Alarm:
    before, after = (one.period for one in found)
    if not before.at_risk or not after.at_risk:
        raise DataError("alarm: nobody of an ideal segment was at risk in one of the periods")
    counts = before.left, after.left
    if test == "poisson":
        if not before.customer_days or not after.customer_days:
            raise DataError("alarm: all left on the first day of a period; choose longer periods")
        churn = poisson_rise(counts, (before.customer_days, after.customer_days), confidence)
    else:
        churn = proportion_rise(counts, (before.at_risk, after.at_risk), confidence)
    gaps = [np.array(list(one.gap.values())) for one in found]
    both = [name for name in found[0].gap if name in found[1].gap]
    pairs = tuple(np.array([one.gap[name] for name in both]) for one in found)
    rise, error = mean_rise(gaps[0], gaps[1], (pairs[0], pairs[1]))
    reach = z_of(2 * confidence - 1) * error
    low, high = rise - reach, rise + reach
    rose = True if churn.p_value <= 1 - confidence else None if churn.most >= worth_naming else False
    return Alarm(
        verdict=_verdict(rose=rose, low=low, high=high, margin=margin),
        before=before,
        after=after,
        churn=churn,
        gap_rise=rise,
        gap_low=low,
        gap_high=high,
        margin=margin,
        worth_naming=worth_naming,
        confidence=confidence,
        unmatched=len(leaving.keys() - found[0].left - found[1].left),
        notes=_notes(found, leaving),
    )


def _verdict(*, rose: bool | None, low: float, high: float, margin: float) -> str:
    if not rose:
        return UNSURE if rose is None else NO_RISE
    if high <= margin:
        return MOVED
    return SEEN if low > 0 else UNSURE


def _notes(found: list[_AtRisk], leaving: dict[Any, list[int]]) -> tuple[str, ...]:
    said = []
    if found[0].model != found[1].model:
        said.append("The two scorings are by different models: what the model changed is part of the gap's rise.")
    unmatched = len(leaving.keys() - found[0].left - found[1].left)
    if unmatched:
        said.append(f"{counted(unmatched, 'leaver was', 'leavers were')} at risk in neither period.")
    for one in found:
        period = one.period
        if period.need_data:
            said.append(f"{period.need_data:,} at risk from {period.start} on have no score; they are in no mean gap.")
        if period.apart:
            said.append(f"{period.apart:,} on {period.scored_on} are of no ideal segment or were set aside.")
    return tuple(said)


def _arguments(periods: Any, *, margin: Any, worth_naming: Any, confidence: Any, test: Any) -> list[Day]:
    problems: list[Problem] = []
    if isinstance(periods, str) or not hasattr(periods, "__len__") or len(periods) != 3:
        message = (
            f"alarm: periods are three days: the start, where one ends and the next begins, the end ({periods!r:.60})"
        )
        raise DataError(message, [Problem("periods", message)])
    days = [day_of("alarm: periods", day) for day in periods]
    if not days[0] < days[1] < days[2]:
        problems.append(Problem("periods", f"periods are three days in order (got {', '.join(map(str, days))})"))
    number = number_of(margin)
    if number is None or not 0 <= number <= 1:
        problems.append(Problem("margin", f"margin is a number in [0, 1] (got {margin!r:.60})"))
    least = number_of(worth_naming)
    if least is None or not 1 < least < math.inf:
        message = f"worth_naming is a number of times, above 1 (got {worth_naming!r:.60})"
        problems.append(Problem("worth_naming", message))
    sure = number_of(confidence)
    if sure is None or not 0.5 < sure < 1:
        problems.append(Problem("confidence", f"confidence is a number above 0.5, below 1 (got {confidence!r:.60})"))
    if not among(test, TESTS):
        problems.append(Problem("test", f"test is {' or '.join(map(repr, TESTS))} (got {test!r:.60})"))
    elif test == "proportions" and not problems:
        lengths = [(b - a).astype(np.int64) for a, b in pairwise(days)]
        if abs(lengths[0] - lengths[1]) > ALIKE * max(lengths):
            message = (
                f"periods of {lengths[0]} and {lengths[1]} days; shares compare where they are alike: use 'poisson'"
            )
            problems.append(Problem("periods", message))
    if problems:
        raise DataError.all("alarm", problems)
    return days


def _leaving(left: Any, customer: str, time: str) -> tuple[dict[Any, list[int]], list[Problem]]:
    """Return customer -> days on which they left."""
    columns = EventColumns(left, "alarm")
    who, when = columns.coded("customer", customer, "every customer"), columns.moments("time", time)
    found: dict[Any, list[int]] = {}
    if who is not None and when is not None and not columns.problems:
        for code, micro in zip(who[0].tolist(), (when // (86_400 * 10**6)).tolist(), strict=True):
            found.setdefault(who[1][code], []).append(micro)
    return found, columns.problems
