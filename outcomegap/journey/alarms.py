"""Two watches over scores in time: rules that must hold for some days, and an alarm for moved expectations.

The alarm goes off where customers leave more often, and the model sees no larger gap.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, in_range, join
from outcomegap.churn.catalogue import several
from outcomegap.churn.columns import Columns
from outcomegap.errors import DataError, hint
from outcomegap.frames.arrays import Array, plain_values
from outcomegap.journey.events import Day, day_of, moments
from outcomegap.listing import Format, Listing, counted
from outcomegap.model import OutcomeModel
from outcomegap.model.declaration import FILLED, FrozenMap, Kind, Number, Table, about, declare, settle
from outcomegap.scoring import Scores
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.matching import check_kinds
from outcomegap.scoring.states import STATES
from outcomegap.stats import Rise, mean_rise, poisson_rise, z_of

FORMATS: dict[str, Format] = {"share": "percent", "rate": "percent", "gap": "points"}
HIDDEN = ("scored_on", "customer_days", "need_data", "apart")
MOVED, SEEN, UNSURE, NO_RISE = "moved expectations", "the gap rose as well", "cannot tell", "churn did not rise"
#: Days in a year, for rates.
YEAR = 365.25
#: Later than any day.
NEVER = np.iinfo(np.int64).max
#: What one observation says of a rule; the least of several settles what all of them say together.
HOLDS, UNKNOWN, HOLDS_NOT = 1, 0, -1
#: How a run that fired stands at the last observation of all.
OPEN, ENDED, UNSEEN, TOO_LONG = "holds", "ended", "not known", "gap too long"
#: Scores that a rule may ask to be below a number.
SCORES = ("desired", "required", "experience", "low", "high", "coverage")
LIMITS = Table(Number(), some=True, rule="table")
#: What may be asked.
WHEN: Mapping[str, Kind] = {"state": several(STATES), "below": LIMITS, "step_below": LIMITS}
Answers = NDArray[np.int64]


# Rules


class Condition(Kind):
    """What must hold, by `WHEN`: states, and names with the numbers that they are below."""

    def take(self, checks: Checks, where: str, value: Any) -> FrozenMap[Any]:
        checks.keys(where, value, WHEN)
        if not value:
            checks.finding("table", where, f"must hold one of {', '.join(map(repr, WHEN))} or more")
        checks.keys(join(where, "below"), value.get("below", {}), SCORES)
        asked = {key: kind for key, kind in WHEN.items() if key in value}
        return FrozenMap({key: kind.take(checks, join(where, key), value[key]) for key, kind in asked.items()})


@attrs.frozen
class Rule:
    """A condition that must hold for some days before it fires.

    Parameters
    ----------
    name
        What to call it.
    when
        What must hold, as plain data; several keys must hold together:

        - ``"state"``: a state, or a list of states, one of which the customer is in. Uncertain is no answer, unless
          ``"uncertain"`` is in the list.
        - ``"below"``: score -> number; the score (``desired``, ``required``, ``experience``, ``low``, ``high``,
          ``coverage``) is below it, not equal to it.
        - ``"step_below"``: step -> number; its attainment is below it. A customer whose cell lacks the step is not.

    for_days
        How long it must hold, from the first observation at which it does to the last: it fires at the first
        observation at which this many days have passed; 0 fires at once.
    max_gap_days
        The longest time between two observations over which it counts as having held; None for any. A longer one ends
        it, since nobody looked.

    Raises
    ------
    ModelError
        With everything that is wrong.

    Notes
    -----
    An observation that cannot tell (a score is unknown, the customer is not in that scoring) neither holds nor breaks:
    it is passed over, and counts into the gap between the observations beside it.

    Examples
    --------
    >>> Rule("failing 14 days", when={"state": "failing"}, for_days=14).to_dict()
    {'name': 'failing 14 days', 'when': {'state': ['failing']}, 'for_days': 14.0}
    >>> dry = Rule("list dries up", when={"below": {"required": 0.5}, "step_below": {"list built": 0.2}}, for_days=30)
    >>> dry.to_dict()["when"], Rule(**dry.to_dict()) == dry
    ({'below': {'required': 0.5}, 'step_below': {'list built': 0.2}}, True)
    """

    name: str = attrs.field(metadata=about(FILLED, "What to call it."))
    when: Mapping[str, Any] = attrs.field(kw_only=True, metadata=about(Condition(), "What must hold."))
    for_days: float = declare(Number(0), "How long it must hold.", default=14)
    max_gap_days: float | None = declare(Number(0, above=True), "The longest time between two observations.")

    def __attrs_post_init__(self) -> None:
        settle(self, f"rules.{self.name}")

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as plain data: ``Rule(**data)`` is the same rule again."""
        when = {key: list(said) if key == "state" else dict(said) for key, said in self.when.items()}
        data = {"name": self.name, "when": when, "for_days": self.for_days}
        return data if self.max_gap_days is None else data | {"max_gap_days": self.max_gap_days}

    def answers(self, scores: Scores) -> Answers:
        """Return for each customer of one scoring 1 where it holds, -1 where it does not, 0 where it cannot tell."""
        found = [_below(getattr(scores, name), limit) for name, limit in self.when.get("below", {}).items()]
        if states := self.when.get("state"):
            otherwise = {"uncertain": UNKNOWN}
            of_state = [HOLDS if state in states else otherwise.get(state, HOLDS_NOT) for state in STATES]
            found.append(np.array([*of_state, UNKNOWN])[scores.state_codes])
        for name, limit in self.when.get("step_below", {}).items():
            attained, here = scores.attainment(), [step.name for step in scores.model.steps]
            if name not in here:
                found.append(np.full(len(scores), UNKNOWN))
                continue
            below = _below(attained.values[:, here.index(name)], limit)
            found.append(np.where(attained.applies[:, here.index(name)], below, HOLDS_NOT))
        answers: Answers = np.where(scores.cell < 0, UNKNOWN, np.min(found, axis=0))
        return answers


def _below(values: Array, limit: float) -> Array:
    return np.where(np.isnan(values), UNKNOWN, np.where(values < limit, HOLDS, HOLDS_NOT))


def check_rules(rules: Sequence[Rule], models: Iterable[OutcomeModel]) -> None:
    """Make sure that there are rules, and that these models can be asked them."""
    checks = Checks("these rules cannot be used", "rules")
    known = dict.fromkeys(step.name for model in models for step in model.steps)
    for name in (name for rule in rules for name in rule.when.get("step_below", ()) if name not in known):
        checks.finding("unknown-step", f"step_below.{name}", f"no step {name!r}{hint(name, known)}")
    checks.texts("", [rule.name for rule in rules], empty=False)
    checks.done()


def runs(rule: Rule, answers: Answers, customers: Array, days: Array, today: Day) -> dict[str, Array]:
    """Return the runs of one rule that fired: observations of a customer, one after the other, at which it held.

    A row a run, by the day it fired, then by customer (by number). `answers` are those to every observation;
    `customers` and `days` say whose it is, and of when. `today` is the last day on which anybody looked.
    """
    order = np.lexsort((days, customers))
    order = order[answers[order] != UNKNOWN]
    who, day, holds = customers[order], days[order].astype(np.int64), answers[order] == HOLDS
    gap = np.diff(day, append=0)
    same, held_next = (np.append(each, False) for each in (who[1:] == who[:-1], holds[1:]))
    goes_on = holds & same & held_next & (gap <= (NEVER if rule.max_gap_days is None else rule.max_gap_days))
    starts = np.flatnonzero(holds & ~np.insert(goes_on, 0, False)[:-1])
    ends = np.flatnonzero(holds & ~goes_on)
    since = np.repeat(day[starts], ends - starts + 1)
    long_enough = np.full(len(day), NEVER)
    long_enough[holds] = np.where(day[holds] - since >= rule.for_days, day[holds], NEVER)
    fired = np.minimum.reduceat(long_enough, starts)
    longest = np.maximum.reduceat(np.where(goes_on, gap, 0), starts)
    ended = same[ends] & ~held_next[ends]
    until = np.where(ended, day[np.minimum(ends + 1, len(day) - 1)].astype("M8[D]"), np.datetime64("NaT", "D"))
    now = np.where(day[ends] == today.astype(np.int64), OPEN, UNSEEN)
    columns = {
        "rule": np.full(len(starts), rule.name, dtype=object),
        "customer": who[starts],
        "since": day[starts].astype("M8[D]"),
        "fired": fired.astype("M8[D]"),
        "last": day[ends].astype("M8[D]"),
        "until": until,
        "days": day[ends] - day[starts],
        "observations": ends - starts + 1,
        "longest_gap_days": longest,
        "status": np.select([ended, same[ends]], [ENDED, TOO_LONG], now).astype(object),
    }
    rows = np.lexsort((who[starts], fired))
    rows = rows[fired[rows] != NEVER]
    return {name: values[rows] for name, values in columns.items()}


# The alarm


def alarm_of(
    points: Mapping[Day, Scores], left: object, periods: Sequence[Any], names: tuple[str, str], bounds: dict[str, Any]
) -> Listing:
    """Compare churn and gap of two periods, each with its scoring; what `History.alarm` does.

    `names` are those of the columns of `left`; `bounds` say from where on a rise counts, and how sure it must be.
    """
    in_range("margin", bounds["margin"], 0, 1)
    in_range("worth_naming", bounds["worth_naming"], 1, above=True)
    confidence = in_range("confidence", bounds["confidence"], 0.5, math.nextafter(1, 0), above=True)
    days = [day_of("alarm: periods", day) for day in periods]
    if len(days) != 3 or not days[0] < days[1] < days[2]:
        message = f"periods are three days in order: start, middle, end (got {', '.join(map(str, days))})"
        raise DataError.of("periods", message)
    columns = Columns(left, "alarm")
    columns.customers(names[0], blank=False)
    when = moments(columns, names[1])
    columns.done()
    scored = [[point for point in points if point <= day] for day in days[:2]]  # points are in order
    if not scored[0] or len(scored[0]) == len(scored[1]):
        message = f"a scoring up to {days[0]} is needed, and another one after it up to {days[1]}"
        raise DataError.of("no-scoring", message)
    # Customers are numbered, those who were scored before others.
    ids = [plain_values(points[there[-1]].id) for there in scored]
    leavers, number = plain_values(columns.table.values(names[0])), dict[Any, int]()
    *rows, gone = (np.array([number.setdefault(name, len(number)) for name in some], int) for some in (*ids, leavers))
    if len(gone) and gone.min() >= len({*ids[0], *ids[1]}):
        check_kinds(columns, (leavers, [*ids[0], *ids[1]]), ("left", "the scorings"), None)
        columns.done()
    loss = gone, when.astype("M8[D]").astype(np.int64), len(number)
    before, after = (
        _Period(points, there[-1], span, who, loss)
        for there, span, who in zip(scored, pairwise(days), rows, strict=True)
    )
    counts, exposures = ((before.row[name], after.row[name]) for name in ("left", "customer_days"))
    if not before.row["at_risk"] or not after.row["at_risk"]:
        raise DataError("alarm: nobody of an ideal segment was at risk in one of the periods")
    if not all(exposures):
        raise DataError("alarm: all left on the first day of a period; choose longer periods")
    churn = poisson_rise(counts, exposures, confidence)
    rise, error = mean_rise(before.gaps, after.gaps)
    reach = z_of(2 * confidence - 1) * error
    gap = {"gap_rise": rise, "gap_low": rise - reach, "gap_high": rise + reach}
    verdict, unmatched = _verdict(churn, gap, bounds), len(np.unique(gone[~(before.left | after.left)[gone]]))
    facts = {"verdict": verdict, "unmatched": unmatched, "raised": verdict == MOVED}
    facts |= gap | attrs.asdict(churn) | bounds
    table, notes = points[scored[1][-1]].table, _notes(facts, before.row, after.row)
    if points[scored[0][-1]].model != points[scored[1][-1]].model:
        notes.append("The two scorings are by different models: what the model changed is part of the gap's rise.")
    both = {name: np.array([before.row[name], after.row[name]]) for name in before.row}
    return Listing(f"Alarm: {verdict}", both, like=table, formats=FORMATS, hide=HIDDEN, notes=notes, facts=facts)


class _Period:
    """Who was at risk in one period, by the last scoring up to its start: their gaps (else NaN), and who of them left.

    `who` are the numbers of the customers in that scoring; `loss` says who left, on which day, and how many numbers
    there are.
    """

    def __init__(
        self, points: Mapping[Day, Scores], scored_on: Day, span: tuple[Day, Day], who: Array, loss: tuple[Any, ...]
    ) -> None:
        scores, (gone, days, count) = points[scored_on], loss
        scored, start, end = (int(day.astype(np.int64)) for day in (scored_on, *span))
        out, gaps, there = np.full(count, NEVER), np.full(count, np.nan), np.zeros(count, dtype=bool)
        np.minimum.at(out, gone[days >= scored], days[days >= scored])  # the day on which each customer left
        there[who], gaps[who] = (scores.cell >= 0) & ideal_rows(scores), scores.gap
        risk = there & (out >= start)
        self.left, self.gaps = risk & (out < end), np.where(risk, gaps, np.nan)
        left, at_risk, known = int(self.left.sum()), int(risk.sum()), ~np.isnan(self.gaps)
        customer_days = float((np.minimum(out, end) - start)[risk].sum())
        self.row: dict[str, Any] = {
            "start": span[0],
            "end": span[1],
            "scored_on": scored_on,
            "at_risk": at_risk,
            "left": left,
            "customer_days": customer_days,
            "share": left / at_risk if at_risk else math.nan,
            "rate": left / customer_days * YEAR if customer_days else math.nan,
            "gap": float(self.gaps[known].mean()) if known.any() else math.nan,
            "need_data": at_risk - int(known.sum()),
            "apart": len(who) - int(there.sum()),
        }


def _verdict(churn: Rise, gap: dict[str, float], bounds: dict[str, Any]) -> str:
    if churn.p_value > 1 - bounds["confidence"]:
        return UNSURE if churn.most >= bounds["worth_naming"] else NO_RISE
    if gap["gap_high"] <= bounds["margin"]:
        return MOVED
    return SEEN if gap["gap_low"] > 0 else UNSURE


def _notes(facts: dict[str, Any], *periods: dict[str, Any]) -> list[str]:
    """Say what both tests found, and what else a reader must know."""
    often = "nobody left earlier" if math.isnan(facts["ratio"]) else f"{facts['ratio']:.3g} times as often"
    needed = f"{facts['needed']:,} leavers or more would count as a rise"
    said = [f"Churn: {often}, p = {facts['p_value']:.3g}; {needed}."]
    if facts["p_value"] > 1 - facts["confidence"]:
        ruled = "is" if facts["verdict"] == NO_RISE else "is not"
        most = "without a bound" if math.isinf(facts["most"]) else f"at most {facts['most']:.3g} times"
        said.append(f"No rise is shown; one to {facts['worth_naming']:g} times or more {ruled} ruled out ({most}).")
    rise, high, margin = (
        "not known" if math.isnan(facts[name]) else f"{100 * facts[name]:+.3g} points"
        for name in ("gap_rise", "gap_high", "margin")
    )
    said.append(f"Gap: {rise}, at most {high}; up to {margin} counts as none.")
    if facts["unmatched"]:
        said.append(f"{counted(facts['unmatched'], 'leaver was', 'leavers were')} at risk in neither period.")
    for row in periods:
        if row["need_data"]:
            said.append(f"{row['need_data']:,} at risk from {row['start']} on have no score; they are in no mean gap.")
        if row["apart"]:
            said.append(f"{row['apart']:,} on {row['scored_on']} are of no ideal segment or were set aside.")
    return said
