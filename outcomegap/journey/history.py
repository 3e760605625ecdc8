"""Scores over time: models that hold from a day on, series, trends, what moved, rules, an alarm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import among
from outcomegap.churn.columns import place_of
from outcomegap.errors import DataError, Problem, hint, nearest
from outcomegap.frames.arrays import plain_values
from outcomegap.journey.effective import Day, check_names, day_of, effective_at, effective_models
from outcomegap.journey.rule import Rule
from outcomegap.listing import Listing, as_column, counted
from outcomegap.model import OutcomeModel
from outcomegap.scoring import Scorer, Scores
from outcomegap.scoring.matching import pairs_by_id

if TYPE_CHECKING:
    from os import PathLike

    from outcomegap.journey.alarm import Alarm
    from outcomegap.scoring.change import Change
    from outcomegap.scoring.prepare import OnBad

Array = NDArray[Any]
#: What a series says of each observation.
SERIES = ("desired", "gap", "required", "experience", "low", "high", "coverage")


class History:
    """Scorings of the same customers on several days, each by the model that held on that day.

    Parameters
    ----------
    models
        One model, or day -> the model that holds from that day on (up to the day before the next one's). A `Scorer`
        stands for its model.

    Raises
    ------
    ModelError
        If something is no model, or cannot be scored.
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

    def __init__(self, models: OutcomeModel | Scorer | Mapping[Any, OutcomeModel]) -> None:
        self._models = effective_models(models)
        self._points: dict[Day, Scores] = {}
        self._kinds: dict[Day, set[type]] = {}  # the types of the names of customers

    # What is in it

    def add(
        self,
        date: Any,
        customers: Any,
        *,
        segment: str = "segment",
        stage: str = "stage",
        goal: str = "goal",
        id: str | None = None,  # noqa: A002 - as in Scorer.score
        on_bad: OnBad = "raise",
    ) -> History:
        """Add the scoring of one day; return the history itself.

        Parameters
        ----------
        date
            The day: a date, a time (its day in UTC), or ISO 8601 text. Each day once.
        customers
            A frame, scored by the model that holds on that day; or `Scores` by that model.
        segment, stage, goal, id, on_bad
            As in `Scorer.score`, for a frame. A column must name the customers.

        Raises
        ------
        DataError
            If no model holds on that day, the day is there already (`remove` it first), the frame cannot be scored,
            the scores are by another model, or customers cannot be found again by id: no column names them, or the
            names are of another type than on another day.
        """
        day = day_of("History.add: date", date)
        if day in self._points:
            message = (
                f"History.add: {day} is there already; each day has one scoring; remove({str(day)!r}) takes it out"
            )
            raise DataError(message, [Problem("repeated-day", message, value=str(day))])
        check_names("History.add", segment=segment, stage=stage, goal=goal, id=id)
        if not among(on_bad, ("raise", "set_aside")):
            raise DataError(f"History.add: on_bad must be 'raise' or 'set_aside' (got {on_bad!r:.60})")
        held = effective_at(self._models, day)
        scores = customers
        if not isinstance(customers, Scores):
            scores = held.scorer.score(customers, segment=segment, stage=stage, goal=goal, id=id, on_bad=on_bad)
        elif customers.model != held.model:
            message = f"History.add: on {day} the model {held.name!r} holds, and these scores are by another one"
            raise DataError(message, [Problem("other-model", message)])
        # To match with itself finds what is wrong with its ids; with a day of other types, whether any are the same.
        pairs_by_id(scores, scores, (f"the scores of {day}",) * 2)
        kinds = set(map(type, plain_values(scores.id)))
        for other in (point for point, known in self._kinds.items() if known and kinds.isdisjoint(known)):
            pairs_by_id(self._points[other], scores, (f"the scores of {other}", f"the scores of {day}"))
        self._points = dict(sorted([*self._points.items(), (day, scores)], key=lambda point: point[0]))
        self._kinds[day] = kinds
        return self

    def remove(self, date: Any) -> History:
        """Take the scoring of one day out again; return the history itself.

        Raises
        ------
        DataError
            If nothing was scored on that day.
        """
        day = day_of("remove", date)
        self.scores(day)
        del self._points[day], self._kinds[day]
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
        return {item.since: item.model for item in self._models}

    def model_at(self, date: Any) -> OutcomeModel:
        """Return the model that holds on a day."""
        return effective_at(self._models, day_of("model_at", date)).model

    def scores(self, date: Any) -> Scores:
        """Return the scores of one day."""
        day = day_of("scores", date)
        if day not in self._points:
            known = list(map(str, self._points))
            message = f"nothing was scored on {day}{hint(str(day), known)}"
            raise DataError(message, [Problem("unknown-day", message, suggestion=nearest(str(day), known))])
        return self._points[day]

    @property
    def customers(self) -> tuple[Any, ...]:
        """What names the customers, in the order in which they are first seen."""
        return tuple(dict.fromkeys(name for scores in self._points.values() for name in plain_values(scores.id)))

    # Over time

    def series(self, customer: Any) -> Listing:
        """Return one customer's scores day by day: model, cell, state, D and its parts, bounds, coverage."""
        rows = [(day, scores, plain_values(scores.id)) for day, scores in self._points.items()]
        places = [(day, scores, place_of(customer, ids)) for day, scores, ids in rows]
        seen = [(day, scores, place) for day, scores, place in places if place is not None]
        if not seen:
            known = list(map(str, self.customers))
            raise DataError(f"no customer {customer!r:.60} in this history{hint(customer, known)}")
        columns: dict[str, Any] = {
            "date": np.array([day for day, _, _ in seen], dtype="M8[D]"),
            "model": as_column([effective_at(self._models, day).name for day, _, _ in seen]),
            "cell": as_column([_cell(scores, row) for _, scores, row in seen]),
            "state": as_column([scores.state[row] for _, scores, row in seen]),
        }
        columns |= {
            name: np.array([getattr(scores, name)[row] for _, scores, row in seen], dtype=np.float64) for name in SERIES
        }
        return Listing(f"{customer} on {len(seen)} of {len(self)} days", columns, like=self.table)

    def to_frame(self) -> Any:
        """Return a row a customer and day, the same kind of frame that was scored last.

        Its columns: ``customer``, ``date``, ``model``, ``cell``, ``state``, and the scores of `series`.
        """
        from outcomegap.journey.history_tables import frame_of

        return frame_of(self)

    def trend(
        self, of: str = "desired", *, since: Any = None, per_days: float = 30, confidence: float = 0.95
    ) -> Listing:
        """Return each customer's trend: the Theil-Sen slope with its interval (see `theil_sen`), the worst first.

        Parameters
        ----------
        of
            ``"desired"``, ``"gap"``, ``"required"``, ``"experience"``, ``"low"``, ``"high"`` or ``"coverage"``.
        since
            The first day to look at; None for all.
        per_days
            The slope is per so many days.
        confidence
            Of the interval; it is null where the points are too few (below 5 for 0.95).

        Returns
        -------
        Listing
            ``customer``, ``points`` (days on which the score is known), ``first`` and ``last`` (those days), ``start``
            and ``now`` (the score then), ``slope``, ``low``, ``high``, ``models`` (how many scored it: where it is
            more than one, a part of the trend is the models').
        """
        from outcomegap.journey.history_tables import trend_of

        return trend_of(self, of, since=since, per_days=per_days, confidence=confidence)

    # What moved

    def change(self, date: Any = None) -> Change:
        """Return what moved each customer's D from the scoring before to that of one day; by default the last."""
        days = list(self._points)
        day = self._day("change", date) if days else None
        place = days.index(day) if day in days else -1
        if day not in days or place == 0:
            raise DataError("change: there is no scoring before it; add two days or more")
        return self._points[days[place]].change_since(self._points[days[place - 1]])

    def moved(self) -> Listing:
        """Return what moved D between neighbouring days, on average over the customers of ideal segments.

        A row two days: how many are ``compared``, mean D ``before`` and ``after`` and the mean of each part (they add
        up to ``after - before``): ``model``, ``expectations``, ``cell``, ``coverage``, ``data``; who ``came`` and
        ``went``, how many are ``apart`` (of segments that are not ideal) and ``not_split`` (their D is not known).
        """
        from outcomegap.journey.history_tables import moved_of

        return moved_of(self)

    # Rules, and an alarm

    def fired(self, *rules: Rule | Iterable[Rule]) -> Listing:
        """Say which rules fired, for whom and when, and how they stand now.

        Parameters
        ----------
        *rules
            `Rule` objects, or lists of them.

        Returns
        -------
        Listing
            ``rule``, ``customer``; ``ideal`` (of what segment on the day of firing; where a model has segments that
            are not ideal); ``since``, ``fired``, ``last`` (the days on which it first held, fired, last held),
            ``until`` (the first on which it did not; null where there is none), ``days`` it was seen to hold;
            ``observations`` and the ``longest_gap_days`` between two of them; ``status`` (see `runs.Firing`).
        """
        from outcomegap.journey.history_tables import fired_of

        return fired_of(self, rules)

    def alarm(
        self,
        left: Any,
        *,
        periods: tuple[Any, Any, Any],
        customer: str = "customer",
        time: str = "time",
        margin: float = 0.02,
        worth_naming: float = 1.5,
        confidence: float = 0.95,
        test: str = "poisson",
    ) -> Alarm:
        """Say whether customers leave more often although the gap is no larger: their expectations have moved.

        Where "nothing changed" and customers leave all the same, what they expect has changed, and the model does not
        know it yet. Two tests, each of which can fail: that the rate of leaving rose (one-sided, see `rates.Rise`),
        and that the mean gap of those at risk rose by no more than `margin` (its one-sided upper bound does not reach
        beyond; the samples overlap, see `rates.mean_rise`). The alarm is raised where both say yes, so that it is
        raised in at most 1 - confidence of the cases in which either is untrue; how often it is missed hangs on the
        numbers: the result says from how many leavers on it would have been raised. That churn did not rise is said
        only where the upper bound of the ratio of the rates is below `worth_naming`; else the verdict is "cannot tell".

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
            A rise of the mean gap up to this counts as none.
        worth_naming
            To how many times the earlier rate churn must rise for the rise to be worth naming; above 1.
        confidence
            Of both tests and of that bound, each one-sided; above 0.5.
        test
            ``"poisson"``: leavers a customer-day, exact, for periods of any length. ``"proportions"``: shares of those
            at risk, for periods that are equally long.

        Raises
        ------
        DataError
            If the columns, the periods or another argument do not serve, or the scorings are lacking.
        """
        from outcomegap.journey.alarm import alarm_of

        return alarm_of(
            self,
            left,
            periods=periods,
            customer=customer,
            time=time,
            margin=margin,
            worth_naming=worth_naming,
            confidence=confidence,
            test=test,
        )

    def save(self, path: str | PathLike[str], *, suffix: str = ".json.gz") -> None:
        """Save the history as a folder: a file of scores a day (`Scores.save`), and ``history.json`` with the models.

        Parameters
        ----------
        path
            A folder that is not there, is empty, or holds a saved history, which is replaced.
        suffix
            Of the files of scores: ``".json.gz"``, ``".json"``, or ``".parquet"`` (needs pyarrow).

        Raises
        ------
        DataError
            If the folder holds something else, or cannot be written.
        """
        from outcomegap.journey.history_files import save_history

        save_history(self, path, suffix)

    # Inside

    @property
    def table(self) -> Any:
        if not self._points:
            raise DataError("nothing has been added to this history yet")
        return next(reversed(self._points.values())).table

    def _day(self, what: str, date: Any) -> Day:
        if date is None:
            return next(reversed(self._points))
        day = day_of(what, date)
        self.scores(day)
        return day

    def _until(self, day: Day) -> Day | None:
        """Return the last day scored up to a day."""
        return max((point for point in self._points if point <= day), default=None)

    def __str__(self) -> str:
        if not self._points:
            return "An empty history"
        who = counted(len(self.customers), "customer")
        days = f"{counted(len(self), 'day')}, {self.dates[0]} to {self.dates[-1]}, {who}"
        models = ", ".join(item.name for item in self._models)
        return "\n\n".join([f"{days}; {models}", *([str(self.moved())] if len(self) > 1 else [])])

    def __repr__(self) -> str:
        return f"<History of {len(self)} days>"


def _cell(scores: Scores, row: int) -> str | None:
    number = int(scores.cell[row])
    return None if number < 0 else str(scores.model.cells[number])
