"""Scores over time: models that hold from a day on, trends, what moved; rules, and an alarm for moved expectations."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any, Unpack

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, choice, in_range, join
from outcomegap.churn.catalogue import several
from outcomegap.errors import DataError, ModelError, hint
from outcomegap.files import dumps
from outcomegap.frames import Table as Frame
from outcomegap.frames.arrays import Array, plain_values
from outcomegap.intake.named_columns import Columns
from outcomegap.journey.events import Day, day_of, first_and_last, moments
from outcomegap.listing import Format, Listing, as_column, counted, percent
from outcomegap.model import Curve, CustomGate, Join, OutcomeModel
from outcomegap.model.declaration import FILLED, FrozenMap, Kind, Number, Table, about, declare, settle
from outcomegap.replacing import replacing
from outcomegap.scoring import Scorer, Scores
from outcomegap.scoring.change import CAUSES, Change, ColumnNames, check_called
from outcomegap.scoring.customers import OnBad
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.saved import check_kinds, pairs_by_id, saved_model, undamaged
from outcomegap.scoring.scorer import load_scores
from outcomegap.scoring.states import STATES
from outcomegap.stats import mean_rise, poisson_rise, theil_sen, z_of

#: Scores that are listed by day, and that a trend can be taken of.
SERIES = ("desired", "gap", "required", "experience", "low", "high", "coverage")
SHOWN: Mapping[str, Format] = dict.fromkeys(SERIES, "points") | {"coverage": "percent"}
NO_DAY = np.datetime64("NaT", "D")
#: The file that says what the others in a folder are, and the number of the form that is written.
HEADER, FORM, SUFFIX = "history.json", 1, ".json.gz"
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


# The history


class History:
    """Scorings of the same customers on several days, each by the model that held on that day.

    Parameters
    ----------
    models
        One model, or day -> the model that holds from that day on (up to the day before the next one's); None is from
        ever on. A `Scorer` stands for its model.

    Raises
    ------
    ModelError
        If there is no model, or one cannot be scored.
    DataError
        If something is no day, or a day stands twice.

    Notes
    -----
    Only `add` and `remove` change a history; its days are in order, whatever the order of adding.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> model = og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)])
    >>> history = History(model)
    >>> for day, made in (("2026-01-01", 4), ("2026-01-11", 2), ("2026-01-21", 1), ("2026-01-31", 1)):
    ...     _ = history.add(day, {"id": ["Acme"], "calls": [made], "reply_hours": [24]})
    >>> [row["state"] for row in history.series("Acme")]
    ['successful', 'successful', 'failing', 'failing']
    >>> history.trend(per_days=10)[0]["slope"]
    -0.25
    >>> [(row["rule"], str(row["fired"])) for row in history.fired(Rule("failing 7 days", when={"state": "failing"},
    ...                                                                 for_days=7))]
    [('failing 7 days', '2026-01-31')]
    >>> len(history.remove("2026-01-31"))
    3
    """

    def __init__(self, models: OutcomeModel | Scorer | Mapping[Any, OutcomeModel | Scorer]) -> None:
        given = models if isinstance(models, Mapping) else {None: models}
        if not given:
            raise ModelError.of("models", "History.models", "names no model; give one, or say day -> model")
        since = [None if day is None else day_of("History: models", day) for day in given]
        if len(set(since)) < len(since):
            raise DataError.of("repeated-day", "History: models names a day twice; one model holds from a day on")
        scorers = [model if isinstance(model, Scorer) else Scorer(model) for model in given.values()]
        pairs = sorted(zip(since, scorers, strict=True), key=lambda pair: (pair[0] is not None, pair[0]))
        self._scorers: dict[Day | None, Scorer] = dict(pairs)
        self._points: dict[Day, Scores] = {}

    # What is in it

    def add(self, date: Any, customers: Any, *, on_bad: OnBad = "raise", **called: Unpack[ColumnNames]) -> History:
        """Add the scoring of one day; return the history itself.

        Parameters
        ----------
        date
            The day: a date, a time (its day in UTC), or ISO 8601 text. Each day once.
        customers
            A frame, scored by the model that holds on that day; or `Scores` by that model.
        on_bad
            As in `Scorer.score`, for a frame.
        **called
            ``segment``, ``stage``, ``goal``, ``id``: what those columns of a frame are called, as in `Scorer.score`.
            A column must name the customers.

        Raises
        ------
        DataError
            If no model holds on that day, the day is there already (`remove` it first), the frame cannot be scored,
            the scores are by another model, or customers cannot be found again by id: no column names them, or the
            names are of another type than on another day.
        """
        day = day_of("History.add: date", date)
        if day in self._points:
            message = f"{day} is there already; each day has one scoring; remove({str(day)!r}) takes it out"
            raise DataError.of("repeated-day", message, value=str(day))
        scorer, scores = self._scorers[self._since(day)], customers
        check_called(called, frames=not isinstance(customers, Scores))
        if isinstance(customers, Scores) and on_bad != "raise":
            raise TypeError("on_bad= says how a frame is scored, and no frame is given")
        if not isinstance(customers, Scores):
            scores = scorer.score(customers, on_bad=on_bad, **called)
        elif customers.model != scorer.model:
            message = f"on {day} the model {self._name(day)!r} holds, and these scores are by another one"
            raise DataError.of("other-model", message)
        # Matching checks the ids, and that those of another day are of the same type.
        other = next((point for point, known in self._points.items() if len(known)), day)
        pairs_by_id(self._points.get(other, scores), scores, (f"the scores of {other}", f"the scores of {day}"))
        self._points = dict(sorted([*self._points.items(), (day, scores)], key=lambda point: point[0]))
        return self

    def remove(self, date: object) -> History:
        """Take the scoring of one day out again; return the history itself.

        Raises
        ------
        DataError
            If nothing was scored on that day.
        """
        day = day_of("remove", date)
        self.scores(day)
        del self._points[day]
        return self

    def __len__(self) -> int:
        return len(self._points)

    @property
    def dates(self) -> tuple[Day, ...]:
        """The days that were scored, in order."""
        return tuple(self._points)

    @property
    def models(self) -> dict[Day | None, OutcomeModel]:
        """First day -> the model that holds from then on; None where it has always held."""
        return {since: scorer.model for since, scorer in self._scorers.items()}

    def model_at(self, date: object) -> OutcomeModel:
        """Return the model that holds on a day."""
        return self._scorers[self._since(day_of("model_at", date))].model

    def scores(self, date: Any) -> Scores:
        """Return the scores of one day."""
        day = day_of("scores", date)
        if day not in self._points:
            days = map(str, self._points)
            raise DataError.of("unknown-day", f"nothing was scored on {day}", value=str(day), options=days)
        return self._points[day]

    @property
    def customers(self) -> tuple[Any, ...]:
        """The ids of the customers, in the order in which they are first seen."""
        return tuple(_Rows(self._points).names)

    def _since(self, day: Day) -> Day | None:
        """Return since when the model holds that holds on a day."""
        holding = [since for since in self._scorers if since is None or since <= day]
        if not holding:
            since, scorer = next(iter(self._scorers.items()))
            message = f"no model holds on {day}: the first one, {scorer.model.name!r}, does from {since} on"
            raise DataError.of("no-model", message, value=str(day))
        return holding[-1]

    def _name(self, day: Day) -> str:
        since = self._since(day)
        name = self._scorers[since].model.name
        return name if since is None else f"{name} (since {since})"

    @property
    def _table(self) -> Frame:
        if not self._points:
            raise DataError("nothing has been added to this history yet")
        return next(reversed(self._points.values())).table

    # Over time

    def observations(self) -> Listing:
        """Return a row a customer and day: ``customer``, ``date``, ``model``, ``cell``, ``state`` and the scores.

        The scores are ``desired``, ``gap``, ``required``, ``experience``, ``low``, ``high`` and ``coverage``.
        """
        table, rows = self._table, _Rows(self._points)
        columns = {
            "customer": rows.each(lambda scores: scores.id),
            "date": rows.days[rows.day],
            "model": as_column(list(map(self._name, self._points)))[rows.day],
            "cell": rows.each(lambda scores: as_column([*map(str, scores.model.cells), None])[scores.cell]),
            "state": rows.each(lambda scores: scores.state.astype(object)),
            **{name: rows.score(name) for name in SERIES},
        }
        title = f"{counted(len(rows.names), 'customer')} on {counted(len(self), 'day')}"
        return Listing(title, columns, like=table, formats=SHOWN)

    def series(self, customer: object) -> Listing:
        """Return one customer's scores day by day: the rows of `observations` that are theirs."""
        whole = self.observations()
        here = np.array([name == customer for name in plain_values(whole.columns["customer"])], dtype=bool)
        if not here.any():
            message, known = f"no customer {customer!r:.60} in this history", map(str, self.customers)
            raise DataError.of("unknown-customer", message, value=customer, options=known)
        columns = {name: values[here] for name, values in whole.columns.items() if name != "customer"}
        title = f"{customer} on {int(here.sum())} of {len(self)} days"
        return Listing(title, columns, like=self._table, formats=SHOWN)

    def trend(self, of: str = "desired", *, per_days: float = 30, confidence: float = 0.95) -> Listing:
        """Return each customer's trend: the median of all pairwise slopes (Theil-Sen), the worst first.

        Parameters
        ----------
        of
            ``"desired"``, ``"gap"``, ``"required"``, ``"experience"``, ``"low"``, ``"high"`` or ``"coverage"``.
        per_days
            The slope is per so many days.
        confidence
            Of the interval, that of `scipy.stats.theilslopes`; it is null where the points are too few.

        Returns
        -------
        Listing
            ``customer``, ``points`` (days on which the score is known), ``first`` and ``last`` (those days), ``start``
            and ``now`` (the score then), ``slope``, ``low``, ``high``, ``models`` (how many scored it: where it is
            more than one, a part of the trend is the models').

        References
        ----------
        Theil (1950) and Sen (1968), for the slope; Kendall's test turned round, for its interval.
        """
        choice("of", of, SERIES)
        per = in_range("per_days", per_days, 0, above=True)
        table, rows = self._table, _Rows(self._points)
        flat, days = np.append(rows.score(of), math.nan), np.append(rows.days[rows.day], NO_DAY)
        values, held = rows.by_day(flat[:-1]), np.array(list(map(self._name, rows.points)), dtype=object)
        slope, low, high, known = theil_sen(rows.days.astype(np.float64), values, confidence)
        first_row, last_row = first_and_last(rows.customer, len(rows.names), ~np.isnan(flat[:-1]))
        by_model = [np.asarray((~np.isnan(values[:, held == name])).any(axis=1)) for name in set(held.tolist())]
        columns: dict[str, Array] = {
            "customer": as_column(rows.names),
            "points": known,
            "first": days[first_row],
            "last": days[last_row],
            "start": flat[first_row],
            "now": flat[last_row],
            "slope": slope * per,
            "low": low * per,
            "high": high * per,
            "models": sum(by_model, np.zeros(len(values), dtype=np.int64)),
        }
        order = np.argsort(slope * (-1.0 if of == "gap" else 1.0), kind="stable")  # NaN is last
        title = f"Trend of {of} per {per:g} days: median of all pairwise slopes, {percent(confidence)} interval"
        formats = dict.fromkeys(("start", "now"), SHOWN[of]) | dict.fromkeys(("slope", "low", "high"), "change")
        return Listing(title, {name: each[order] for name, each in columns.items()}, like=table, formats=formats)

    # What moved

    def change(self, date: object = None) -> Change:
        """Return what moved each customer's D from the scoring before to that of one day; by default the last."""
        if date is not None:
            self.scores(date)
        days = [day for day in self._points if date is None or day <= day_of("change", date)]
        if len(days) < 2:
            raise DataError("change: there is no scoring before it; add two days or more")
        return self._points[days[-1]].change_since(self._points[days[-2]])

    def moved(self) -> Listing:
        """Return what moved D between neighbouring days, on average over the customers of ideal segments.

        A row two days: how many are ``compared``, mean D ``before`` and ``after`` and the mean of each part (they add
        up to ``after - before``): ``model``, ``expectations``, ``cell``, ``coverage``, ``data``; who ``came`` and
        ``went``, how many are ``apart`` (of segments that are not ideal) and ``not_split`` (their D is not known).
        """
        table, rows = self._table, []
        for earlier, later in pairwise(self._points):
            change = self.change(later)  # a customer is of the segment that the later scoring says
            known = change.ideal & ~np.isnan(change.total)
            parts = [change.before, change.after, *(change.causes[name] for name in CAUSES)]
            means = [float(part[known].mean()) if known.any() else math.nan for part in parts]
            apart, lacking = int((~change.ideal).sum()), int((change.ideal & ~known).sum())
            rows.append((earlier, later, int(known.sum()), *means, len(change.came), len(change.went), apart, lacking))
        names = ("from", "to", "compared", "before", "after", *CAUSES, "came", "went", "apart", "not_split")
        columns = {name: np.array([row[place] for row in rows]) for place, name in enumerate(names)}
        formats = {"before": "points", "after": "points"} | dict.fromkeys(CAUSES, "change")
        title = "What moved the score between neighbouring days, mean over customers of ideal segments"
        return Listing(title, columns, like=table, formats=formats)

    # Rules, and an alarm

    def fired(self, *rules: Rule) -> Listing:
        """List the rules that fired, for which customer and when, and whether they still hold.

        Parameters
        ----------
        *rules
            What may have fired.

        Returns
        -------
        Listing
            ``rule``, ``customer``; ``ideal`` (of what segment on the day of firing; where a model has segments that
            are not ideal); ``since``, ``fired``, ``last`` (the days on which it first held, fired, last held),
            ``until`` (the first on which it did not; null where there is none), ``days`` it was seen to hold;
            ``observations`` and the ``longest_gap_days`` between two of them; ``status``: ``"holds"`` at the last
            scoring of all, ``"ended"``, ``"not known"`` there, or ``"gap too long"``: nobody looked.

        Raises
        ------
        ModelError
            If no rule is given, two have one name, or a rule asks for a step that no model has.
        """
        check_rules(rules, self.models.values())
        table, rows = self._table, _Rows(self._points)
        when = rows.customer, rows.days[rows.day], rows.days[-1]
        found = [runs(rule, rows.each(rule.answers), *when) for rule in rules]
        columns = {name: np.concatenate([each[name] for each in found]) for name in found[0]}
        whom, notes = columns["customer"], []
        columns["customer"] = as_column(rows.names)[whom]
        if not all(segment.ideal for model in self.models.values() for segment in model.segments):
            ideal = rows.by_day(rows.each(ideal_rows))[whom, np.searchsorted(rows.days, columns["fired"])] == 1
            columns = {"rule": columns.pop("rule"), "customer": columns.pop("customer"), "ideal": ideal} | columns
            apart = int((~ideal).sum())
            notes = [f"For customers of segments that are not ideal: {apart:,}."] if apart else []
        title = f"Rules fired {counted(len(whom), 'time')}"
        return Listing(title, columns, like=table, notes=notes, formats={"ideal": "ideal"})

    def alarm(
        self,
        left: object,
        *,
        periods: tuple[Any, Any, Any],
        customer: str = "customer",
        time: str = "time",
        margin: float = 0.02,
        worth_naming: float = 1.5,
        confidence: float = 0.95,
    ) -> Listing:
        """Test whether customers leave more often although the gap is no larger: then their expectations have moved.

        Where "nothing changed" and customers leave all the same, what they expect has changed, and the model does not
        know it yet. Two tests, each of which can fail: that the rate of leaving, leavers a customer-day, rose (exact,
        one-sided), and that the mean gap of those at risk rose by no more than `margin` (its one-sided upper bound does
        not reach beyond; the samples overlap). The alarm is raised where both say yes, so that it is raised in at most
        1 - confidence of the cases in which either is untrue; how often it is missed hangs on the numbers: the result
        says from how many leavers on it would have been raised. That churn did not rise is said only where the upper
        bound of the ratio of the rates is below `worth_naming`; else the verdict is "cannot tell".

        Parameters
        ----------
        left
            Any data frame, a row a loss.
        periods
            Three days: the start of the earlier period, the day on which the later one begins, and the first day
            after it. For each the last scoring up to its first day says who is at risk; two different ones are needed.
        customer, time
            The columns of `left` that name the customer, as in the scorings, and the day of leaving.
        margin
            A rise of the mean gap up to this counts as none; in [0, 1].
        worth_naming
            To how many times the earlier rate churn must rise for the rise to be worth naming; above 1.
        confidence
            Of both tests and of that bound, each one-sided; above 0.5.

        Returns
        -------
        Listing
            A row a period: ``start``, ``end``, ``scored_on``; ``at_risk`` (customers of ideal segments in that scoring
            who had not left by `start`), ``left``, ``customer_days``, ``share`` and ``rate`` (leavers a customer and
            year), mean ``gap``, of how many it is not known (``need_data``), and who stands ``apart``: of segments that
            are not ideal, or set aside.

            Facts: ``verdict`` (``"moved expectations"``, ``"the gap rose as well"``, ``"churn did not rise"``,
            ``"cannot tell"``) and ``raised``; of the test of rates ``p_value``, ``ratio``, ``low``, ``high``, its
            one-sided upper bound ``most``, and how many leavers would have been ``needed``; ``gap_rise`` with its
            one-sided bounds ``gap_low`` and ``gap_high``; ``unmatched`` leavers, at risk in neither period.

        Raises
        ------
        DataError
            If the columns, the periods or another argument do not serve, or the scorings are lacking.

        References
        ----------
        Przyborowski & Wilenski (1940), for two Poisson means; Derrick, Russ, Toher & White (2017), for means of
        samples that overlap.
        """
        in_range("margin", margin, 0, 1)
        in_range("worth_naming", worth_naming, 1, above=True)
        confidence = in_range("confidence", confidence, 0.5, math.nextafter(1, 0), above=True)
        days = [day_of("alarm: periods", day) for day in periods]
        if len(days) != 3 or not days[0] < days[1] < days[2]:
            message = f"periods are three days in order: start, middle, end (got {', '.join(map(str, days))})"
            raise DataError.of("periods", message)
        columns = Columns(left, "alarm")
        columns.customers(customer, blank=False)
        when = moments(columns, time)
        columns.done()
        scored = [[point for point in self._points if point <= day] for day in days[:2]]  # points are in order
        if not scored[0] or len(scored[0]) == len(scored[1]):
            message = f"a scoring up to {days[0]} is needed, and another one after it up to {days[1]}"
            raise DataError.of("no-scoring", message)
        # Customers are numbered, those who were scored before others.
        ids = [plain_values(self._points[there[-1]].id) for there in scored]
        leavers, number = plain_values(columns.table.values(customer)), dict[Any, int]()
        *rows, gone = (
            np.array([number.setdefault(name, len(number)) for name in some], int) for some in (*ids, leavers)
        )
        if len(gone) and gone.min() >= len({*ids[0], *ids[1]}):
            check_kinds(columns, (leavers, [*ids[0], *ids[1]]), ("left", "the scorings"), None)
            columns.done()
        loss = gone, when.astype("M8[D]").astype(np.int64), len(number)
        before, after = (
            _Period(self._points, there[-1], span, who, loss)
            for there, span, who in zip(scored, pairwise(days), rows, strict=True)
        )
        counts, exposures = ((before.row[name], after.row[name]) for name in ("left", "customer_days"))
        if not before.row["at_risk"] or not after.row["at_risk"]:
            raise DataError("alarm: nobody of an ideal segment was at risk in one of the periods")
        if not all(exposures):
            raise DataError("alarm: all left on the first day of a period; choose longer periods")
        rise, error = mean_rise(before.gaps, after.gaps)
        reach = z_of(2 * confidence - 1) * error
        facts: dict[str, Any] = {"margin": margin, "worth_naming": worth_naming, "confidence": confidence}
        facts |= {"gap_rise": rise, "gap_low": rise - reach, "gap_high": rise + reach}
        facts |= poisson_rise(counts, exposures, confidence)
        facts["verdict"] = verdict = _verdict(facts)
        unmatched = gone[~(before.left | after.left)[gone]]
        facts |= {"raised": verdict == MOVED, "unmatched": len(np.unique(unmatched))}
        table, notes = self._points[scored[1][-1]].table, _notes(facts, before.row, after.row)
        if self._points[scored[0][-1]].model != self._points[scored[1][-1]].model:
            notes.append("The two scorings are by different models: what the model changed is part of the gap's rise.")
        both = {name: np.array([before.row[name], after.row[name]]) for name in before.row}
        return Listing(f"Alarm: {verdict}", both, like=table, formats=FORMATS, hide=HIDDEN, notes=notes, facts=facts)

    def save(self, path: str | PathLike[str]) -> None:
        """Save the history as a folder: a file of scores a day (`Scores.save`), and ``history.json`` with the models.

        Parameters
        ----------
        path
            A folder that is not there, is empty, or holds a saved history, which is replaced.

        Raises
        ------
        DataError
            If the folder holds something else, or cannot be written.
        """
        folder, days = Path(path), list(map(str, self._points))
        models = [[None if since is None else str(since), dumps(model)] for since, model in self.models.items()]
        header = {"form": FORM, "models": models, "days": days}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            there = {file.name for file in folder.iterdir()}
            if there and HEADER not in there:
                message = f"{folder}: holds something else; name one that is new, empty, or holds a saved history"
                raise DataError(message)
            old = _header(folder)["days"] if there else []
            for day, scores in self._points.items():
                scores.save(folder / f"{day}{SUFFIX}")
            with replacing(folder / HEADER) as file:
                file.write(json.dumps(header, ensure_ascii=False, indent=1) + "\n")
            for gone in set(old) - set(days):
                (folder / f"{gone}{SUFFIX}").unlink(missing_ok=True)
        except OSError as error:
            raise DataError(f"{folder}: cannot be written: {error.strerror or error}") from error

    def __repr__(self) -> str:
        return f"<History of {len(self)} days>"


class _Rows:
    """The rows of some scorings, one scoring after the other: of which of `names`, on which of `days` each one is."""

    def __init__(self, points: Mapping[Day, Scores]) -> None:
        self.points, place = points, dict[Any, int]()
        numbers = [place.setdefault(name, len(place)) for scores in points.values() for name in plain_values(scores.id)]
        self.names, self.customer = list(place), np.array(numbers, dtype=np.int64)
        self.days = np.array(list(points), dtype="M8[D]")
        self.day = np.repeat(np.arange(len(points)), np.array([*map(len, points.values())], dtype=np.int64))

    def each(self, read: Callable[[Scores], Array]) -> Array:
        """Return what is read of each scoring, in one column."""
        return np.concatenate([read(scores) for scores in self.points.values()]) if self.points else np.zeros(0)

    def score(self, name: str) -> Array:
        """Return one of `SERIES`."""
        return self.each(lambda scores: getattr(scores, name).astype(np.float64))

    def by_day(self, column: Array) -> Array:
        """Return a column as a table, a row a customer and a column a day; NaN where there is none."""
        found = np.full((len(self.names), len(self.days)), math.nan)
        found[self.customer, self.day] = column
        return found


# The alarm


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


def _verdict(facts: dict[str, Any]) -> str:
    if facts["p_value"] > 1 - facts["confidence"]:
        return UNSURE if facts["most"] >= facts["worth_naming"] else NO_RISE
    if facts["gap_high"] <= facts["margin"]:
        return MOVED
    return SEEN if facts["gap_low"] > 0 else UNSURE


def _notes(facts: dict[str, Any], *periods: dict[str, Any]) -> list[str]:
    """Return notes on both tests, for readers."""
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
    if facts["verdict"] == MOVED:
        said.append("og.learn.drift says which target or weight moved, if outcomes were observed in both periods.")
    if facts["unmatched"]:
        said.append(f"{counted(facts['unmatched'], 'leaver was', 'leavers were')} at risk in neither period.")
    for row in periods:
        if row["need_data"]:
            said.append(f"{row['need_data']:,} at risk from {row['start']} on have no score; they are in no mean gap.")
        if row["apart"]:
            said.append(f"{row['apart']:,} on {row['scored_on']} are of no ideal segment or were set aside.")
    return said


# Saved


def load_history(
    path: str | PathLike[str],
    *,
    curves: Mapping[str, Curve] | None = None,
    gates: Mapping[str, CustomGate] | None = None,
    joins: Mapping[str, Join] | None = None,
) -> History:
    """Load a history that `History.save` saved; nothing in it is ever run.

    Parameters
    ----------
    path
        The folder.
    curves, gates, joins
        Curves, gates and join rules of your own that its models use, by name, as in `outcomegap.load`.

    Raises
    ------
    DataError
        If it is not there or damaged, or a day's scores are by another model than the one that held.

    Examples
    --------
    >>> import outcomegap as og, pathlib, tempfile
    >>> model = og.gallery.load("email-marketing")
    >>> customers = og.simulate(model, 5, seed=1) | {"id": list("ABCDE")}
    >>> folder = pathlib.Path(tempfile.mkdtemp()) / "history"
    >>> History(model).add("2026-01-31", customers).save(folder)
    >>> load_history(folder)
    <History of 1 days>
    """
    folder, own = Path(path), {"curves": curves, "gates": gates, "joins": joins}
    header = _header(folder)
    models = {since: saved_model(folder / HEADER, text, own, "load_history") for since, text in header["models"]}
    history = History(models)
    for day in header["days"]:
        history.add(day, load_scores(folder / f"{day}{SUFFIX}", curves=curves, gates=gates, joins=joins))
    return history


def _header(folder: Path) -> dict[str, Any]:
    try:
        with undamaged(folder / HEADER):
            header: dict[str, Any] = json.loads((folder / HEADER).read_text(encoding="utf-8"))
            header["days"] = [str(day_of("days", day)) for day in header["days"]]
            if header["form"] != FORM or not dict(header["models"]):
                raise ValueError(f"it is of form {header['form']!r:.40}, or holds no model")
    except OSError as error:
        message = f"{folder}: holds no saved history that can be read: {HEADER}: {error.strerror or error}"
        raise DataError(message) from error
    return header
