"""The first hundred days: the first impression, eight phases, where customers are in them, and how many reach each."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from importlib import resources
from typing import Any

import attrs
import numpy as np

from outcomegap.checks import Checks, Pairs
from outcomegap.churn.entry import LABELS, PHASES, Labelled
from outcomegap.errors import DataError, Problem, hint, nearest
from outcomegap.frames.arrays import Array, Mask
from outcomegap.journey.events import (
    DAY,
    MINUTE,
    NO_TIME,
    Course,
    Events,
    Moments,
    days_between,
    first_and_last,
    moment_text,
    read_events,
    span_of,
)
from outcomegap.listing import Listing, Show, as_column, counted, span
from outcomegap.model import Stage
from outcomegap.model.declaration import FILLED, Choice, Kind, Number, about, declare, settle
from outcomegap.stats import shares

#: Stands where a customer is in no phase yet.
NONE = -1
#: The phase that is the first value: the first goal reached.
FIRST_VALUE = "accomplish"
#: What is said of those who reached a phase in time.
ENDS = ("reached", "share", "low", "high")
#: Shares of customers in the first impression.
SHARES = ("nothing_more", "nothing_more_low", "nothing_more_high", "with_error", "error_low", "error_high")


class Evidence(Kind):
    """The name of an event, or several; one alone is text."""

    def take(self, checks: Checks, where: str, value: object) -> str | tuple[str, ...]:
        several = checks.texts(where, [value] if isinstance(value, str) else value, empty=False)
        return several[0] if len(several) == 1 else several


@attrs.frozen(repr=False)
class Phase(Labelled):
    """One of the eight phases; a customer is in the furthest one whose evidence has been seen.

    Parameters
    ----------
    id
        ``"assess"``, ``"admit"``, ``"affirm"``, ``"activate"``, ``"acclimate"``, ``"accomplish"``, ``"adopt"`` or
        ``"advocate"``.
    number
        Its place among the eight, from 1.
    labels
        What it is called, by language, as pairs.
    feels
        How the customer feels in it.
    act
        What the vendor does in it.
    evidence
        Name of the event that proves that it has been reached; or several, any one of which does.
    window_days
        How many days a customer may stay in it before the next phase is overdue; None for no limit.

    Raises
    ------
    ModelError
        With everything that is wrong.

    Examples
    --------
    >>> from outcomegap.journey import phases
    >>> phases()["affirm"]
    Phase('affirm', evidence='welcome_call_held', window_days=5.0)
    """

    id: str = attrs.field(metadata=about(Choice(PHASES, "unknown-value"), "Which of the eight."))
    number: int = attrs.field(metadata=about(Number(1, len(PHASES), whole=True), "Its place, from 1."))
    labels: Pairs = attrs.field(metadata=LABELS)
    feels: str = attrs.field(metadata=about(FILLED, "How the customer feels in it."))
    act: str = attrs.field(metadata=about(FILLED, "What the vendor does in it."))
    evidence: str | tuple[str, ...] = attrs.field(metadata=about(Evidence(), "The events that prove it."))
    window_days: float | None = declare(Number(0, above=True), "How long a customer may stay in it.")

    def __attrs_post_init__(self) -> None:
        settle(self, self.where)

    @property
    def where(self) -> str:  # type: ignore[override]
        """Path of the phase."""
        return f"phases.{self.id}"

    @property
    def events(self) -> tuple[str, ...]:
        """The events that prove it, one or more.

        Examples
        --------
        >>> from outcomegap.journey import phases
        >>> phases(evidence={"admit": ["signed", "paid"]})["admit"].events
        ('signed', 'paid')
        """
        return (self.evidence,) if isinstance(self.evidence, str) else self.evidence

    def __repr__(self) -> str:
        return f"Phase({self.id!r}, evidence={self.evidence!r}, window_days={self.window_days})"


def _in_order(phases: Iterable[Phase]) -> tuple[Phase, ...]:
    return tuple(phases)


@attrs.frozen
class Phases(Course[Phase]):
    """The eight phases in order, with the clock they are measured by; made by `phases`.

    Parameters
    ----------
    items
        The phases.
    clock_starts
        The phase whose evidence starts the clock: day 0.
    horizon_days
        How many days a customer gives the vendor to make them believe in the outcome.

    Raises
    ------
    ModelError
        If the phases are not the eight in their order, an event proves two of them, or the clock or the horizon is
        none.

    Examples
    --------
    >>> import outcomegap as og
    >>> eight = og.journey.phases()
    >>> len(eight), eight.clock_starts, eight["advocate"].id
    (8, 'admit', 'advocate')
    """

    step, key = "phase", "id"

    items: tuple[Phase, ...] = attrs.field(converter=_in_order)
    clock_starts: str = attrs.field(metadata=about(Choice(PHASES, "unknown-value"), "The phase that is day 0."))
    horizon_days: float = attrs.field(metadata=about(Number(0, above=True), "How many days a customer gives."))

    def __attrs_post_init__(self) -> None:
        settle(self, "phases")

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with them as a whole: rule, field, message."""
        if self.ids != PHASES:
            yield "phases", "items", f"are the eight in their order: {', '.join(PHASES)}"
        first: dict[str, str] = {}
        for name, event in ((phase.id, event) for phase in self for event in phase.events):
            if first.setdefault(event, name) != name:
                message = f"{event!r} proves {first[event]!r} already; an event proves one phase"
                yield "duplicate-event", f"{name}.evidence", message

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, in order."""
        return self.names

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The phases as stages of a model, in order; each is named by its id, and described by how it feels.

        The frame of `first_hundred_days` is then scored with ``stage="phase"``. Customers who are in no phase yet have
        no stage among these: set them aside, or give them one before.

        Examples
        --------
        >>> [stage.name for stage in phases().stages][:3]
        ['assess', 'admit', 'affirm']
        """
        return tuple(Stage(phase.id, description=phase.feels) for phase in self)

    def proved_by(self, event: str) -> Phase | None:
        """Return the phase that an event proves, or None.

        Examples
        --------
        >>> phases().proved_by("first_goal_reached").id
        'accomplish'
        """
        return next((phase for phase in self.items if event in phase.events), None)

    def change(
        self,
        *,
        evidence: Mapping[str, str | Iterable[str]] | None = None,
        window_days: Mapping[str, float | None] | None = None,
        clock_starts: str | None = None,
        horizon_days: float | None = None,
    ) -> Phases:
        """Return the same phases with other events, windows, clock or horizon; the arguments are those of `phases`."""
        checks = Checks("these phases cannot be used", "phases")
        events, windows = dict(evidence or {}), dict(window_days or {})
        checks.keys("evidence", events, self.ids)
        checks.keys("window_days", windows, self.ids)
        own = []
        for phase in self:
            proved, days = events.get(phase.id, phase.evidence), windows.get(phase.id, phase.window_days)
            made = checks.attempt(partial(attrs.evolve, phase, evidence=proved, window_days=days))
            own.append(made or phase)
        start = self.clock_starts if clock_starts is None else clock_starts
        for phase in own:
            if start in phase.events and start not in PHASES:
                message = f"{start!r} is the event of a phase; name the phase: {phase.id!r}"
                checks.finding("unknown-value", "clock_starts", message)
                start = self.clock_starts
        horizon = self.horizon_days if horizon_days is None else horizon_days
        changed = checks.attempt(lambda: Phases(own, start, horizon))
        checks.done()
        return changed or self


def phases(
    *,
    evidence: Mapping[str, str | Iterable[str]] | None = None,
    window_days: Mapping[str, float | None] | None = None,
    clock_starts: str | None = None,
    horizon_days: float | None = None,
) -> Phases:
    """Return the eight phases, with your own events, windows and clock where you say so.

    That there are eight phases, and that a customer gives about a hundred days to be convinced, is the field's. Which
    event proves a phase, when the clock starts and how long a phase may last is not: the defaults are ours, chosen
    so that the windows from ``admit`` to ``accomplish`` (2, 5, 14, 44 and 35 days) add up to the hundred. Change them.

    Parameters
    ----------
    evidence
        Event name by phase, where it differs from the default; or a list of names, any one of which proves it: the
        first that is seen. Each event proves one phase.
    window_days
        Longest stay in days by phase, where it differs; positive, or None for no limit.
    clock_starts
        The phase whose evidence is day 0; ``"admit"`` by default, the yes.
    horizon_days
        Days looked at from the start of the clock; 100 by default.

    Raises
    ------
    ModelError
        If a phase is unknown, an event is blank or proves two phases, or a number of days is none; all at once.

    Examples
    --------
    >>> own = phases(evidence={"admit": "first_payment"}, window_days={"acclimate": 60})
    >>> own["admit"].evidence, own["acclimate"].window_days, own.horizon_days
    ('first_payment', 60.0, 100.0)
    >>> phases(evidence={"admit": ["signed", "paid"]}).proved_by("paid").id
    'admit'
    """
    return _default().change(
        evidence=evidence, window_days=window_days, clock_starts=clock_starts, horizon_days=horizon_days
    )


@cache
def _default() -> Phases:
    text = resources.files("outcomegap.journey").joinpath("data", "phases.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    items = [
        Phase(id=name, number=number, labels=tuple(said.pop("labels").items()), **said)
        for number, (name, said) in enumerate(data["phases"].items(), start=1)
    ]
    return Phases(items, data["clock_starts"], data["horizon_days"])


# Where customers are


def first_hundred_days(
    events: object,
    *,
    as_of: object,
    customer: str = "customer",
    event: str = "event",
    time: str = "time",
    phases: Phases | None = None,
    clock: str | None = None,
    horizon_days: float | None = None,
    windows: Mapping[str, float | None] | None = None,
    confidence: float = 0.95,
) -> Listing:
    """Place each customer in the eight phases of the first hundred days.

    A customer is in the furthest phase whose event has been seen, since that event was seen first; a phase is reached
    with its own event or one of a later phase, whichever came first. It is overdue when its window is over: at
    ``days_in_phase > window_days``, not yet at equality; nothing follows the last phase, so it never is.

    Time counts from the clock's start. An event of a phase after the clock's that was seen before the start proves its
    phase, at day 0: nobody is in such a phase for longer than they have been customers, and the first value never came
    after fewer than 0 days. The column ``before_start`` names these phases, and the notes count the customers. Phases
    before the clock's (``assess`` before the contract) and customers whose clock has not started keep the times of
    their events.

    Parameters
    ----------
    events
        Any data frame, a row an event. Events that prove no phase are not counted; `first_impression` counts them.
    as_of
        The moment of looking: a date (its first instant), a time, or ISO 8601 text. Later events are excluded and
        counted.
    customer, event, time
        What the columns are called.
    phases
        What `outcomegap.journey.phases` returns: which event proves which phase. None takes its defaults.
    clock
        The phase whose event is day 0; by default that of `phases`: ``"admit"``, the yes.
    horizon_days
        Days that a customer gives you to make them believe; by default that of `phases`: 100.
    windows
        Longest stay in days by phase, where it differs from that of `phases`; None for no limit.
    confidence
        Of every interval.

    Returns
    -------
    Listing
        A row a customer, in the order of their first rows: ``customer``; ``phase``, ``since`` (when its event was seen;
        the clock's start where that was later), ``days_in_phase``, ``window_days``, ``overdue`` (null for one in no
        phase yet), ``days_overdue``; ``next_phase`` and ``next_event`` (what would prove it), ``next_step`` (what to
        do); ``clock_started``, ``day`` (days since), ``days_to_first_value`` (from there to the event of
        ``accomplish``; 0 where that came first); ``before_start`` (phases after the clock's whose event was seen before
        the start); ``not_seen`` (phases passed over: a later one was proved, they were not); and when each phase was
        reached (``reached_assess`` and so on).

        Parts: ``"overdue"``, the longest overdue first. ``"phases"``: how many customers are in each; of the
        ``complete`` ones, whose horizon is over, how many ``reached`` it in time and their ``share``, with Wilson's
        interval.
        ``"cohorts"``: the same by month of starting, in columns of each phase (``assess_share`` and so on), with all
        months last; ``too_young`` are those whose horizon is not over, who are in no share.
        Facts: ``phases`` (as used), ``excluded`` (events after `as_of`) and ``not_yet`` (customers who have no others).

    Raises
    ------
    DataError
        With everything that is wrong with `as_of`, the columns and what they hold.
    ModelError
        If a phase, a window or the horizon is none.

    References
    ----------
    Coleman, Never Lose a Customer Again (2018), for the eight phases; Wilson (1927), for the intervals.

    Examples
    --------
    >>> log = {"customer": ["A", "A", "B", "A"],
    ...        "event": ["contract_signed", "welcome_call_held", "contract_signed", "first_work_done"],
    ...        "time": ["2026-01-01", "2026-01-04", "2026-01-05", "2026-02-01"]}
    >>> days = first_hundred_days(log, as_of="2026-01-11")
    >>> [(row["customer"], row["phase"], row["days_in_phase"], row["overdue"]) for row in days]
    [('A', 'affirm', 7.0, True), ('B', 'admit', 6.0, True)]
    >>> days.find("A")["next_event"], days.find("B")["next_event"], days.facts["excluded"]
    ('first_work_done', 'welcome_call_held', 1)
    """
    own = (phases or _default()).change(window_days=windows, clock_starts=clock, horizon_days=horizon_days)
    read = read_events("first_hundred_days", events, as_of=as_of, customer=customer, event=event, time=time)
    reached = _Reached(read, own)
    columns, cohorts = reached.columns(), reached.cohorts(confidence)
    late = np.nan_to_num(columns["days_overdue"], nan=0.0)
    rows = np.argsort(-late, kind="stable")[: int((late > 0).sum())]
    overdue = {name: values[rows] for name, values in columns.items()}
    who, table = counted(len(late), "customer"), read.table
    shown_late = ("customer", "phase", "days_in_phase", "window_days", "days_overdue", "next_event")
    shown_all = ("customer", "phase", "days_in_phase", "overdue", "next_event")
    parts = {
        "overdue": Listing(f"Overdue: {len(rows):,} of {who}", overdue, like=table, show=[*map(Show, shown_late)]),
        "phases": reached.phases(late > 0, cohorts),
        "cohorts": cohorts,
    }
    title, show = f"{who} at {moment_text(read.as_of)}: {len(rows):,} overdue", [*map(Show, shown_all)]
    show[3] = Show("overdue", form="yes")
    facts = {"phases": own, "excluded": read.excluded, "not_yet": read.not_yet.tolist()}
    return Listing(title, columns, like=table, show=show, notes=reached.notes(), parts=parts, facts=facts, first=10)


class _Reached:
    """When which customer reached which phase: all of shape (customers, phases), or one a customer."""

    def __init__(self, events: Events, own: Phases) -> None:
        self.events, self.own = events, own
        start = own.ids.index(own.clock_starts)
        #: When an event that proves each phase was seen first, and when the clock started.
        first = np.stack([events.first(*phase.events) for phase in own], axis=1)
        self.clock = first[:, start]
        self.started = ~np.isnat(self.clock)
        #: Which phases after the clock's were proved before it started; these count from its start.
        self.early = (np.arange(len(own)) > start) & (first < self.clock[:, None])
        self.seen = np.where(self.early, self.clock[:, None], first)
        #: When each phase was reached: with its own event or one of a later phase.
        self.when = np.fmin.accumulate(self.seen[:, ::-1], axis=1)[:, ::-1]
        #: The furthest phase whose event has been seen, or `NONE`.
        there = ~np.isnat(self.seen)
        self.place = np.where(there.any(axis=1), len(own) - 1 - there[:, ::-1].argmax(axis=1), NONE)
        #: Days from the clock's start to the first goal, negative where that came first; NaN where either is not.
        self.first_value = days_between(self.clock, first[:, own.ids.index(FIRST_VALUE)])
        # By phase, last for those in none: how long it may last (nothing follows the last one), what proves the next.
        limits = [math.nan if phase.window_days is None else phase.window_days for phase in own]
        self.windows = np.array([*limits[:-1], math.nan, math.nan])
        self.proofs = as_column([*(" or ".join(phase.events) for phase in own), None])

    def columns(self) -> dict[str, Array]:
        """Return what is said of each customer."""
        place, ids, as_of = self.place, as_column([*self.own.ids, None]), self.events.as_of
        since = self.seen[np.arange(len(place)), place]  # who is in no phase has not been seen in the last one either
        stay = days_between(since, as_of)
        late = stay - self.windows[place]
        passed = np.isnat(self.seen) & (np.arange(len(self.own)) < place[:, None])
        return {
            "customer": self.events.customers,
            "phase": ids[place],
            "since": since,
            "days_in_phase": stay,
            "window_days": self.windows[place],
            "overdue": as_column(np.where(place == NONE, np.array(None), late > 0).tolist()),
            "days_overdue": np.where(late > 0, late, np.nan),
            "next_phase": ids[place + 1],
            "next_event": self.proofs[place + 1],
            "next_step": as_column([*(phase.act for phase in self.own), self.own.items[0].act])[place],
            "clock_started": self.clock,
            "day": days_between(self.clock, as_of),
            "days_to_first_value": np.maximum(self.first_value, 0.0),
            "before_start": self.own.listed(self.early),
            "not_seen": self.own.listed(passed),
            **{f"reached_{name}": self.when[:, number] for number, name in enumerate(self.own.ids)},
        }

    def cohorts(self, confidence: float) -> Listing:
        """Return a row a month of starting, and one of all months: who reached each phase by the end of the horizon."""
        horizon = span_of("horizon_days", self.own.horizon_days, DAY)
        complete = self.events.as_of - self.clock >= horizon
        in_time = self.when <= (self.clock + horizon)[:, None]
        months = self.clock.astype("M8[M]")
        known = np.unique(months[self.started])
        masks = np.array([*(months == month for month in known), self.started])
        count, whole = masks.sum(axis=1), (masks & complete).sum(axis=1)
        columns: dict[str, Any] = {"month": as_column([*map(str, known), None]), "customers": count}
        columns |= {"too_young": count - whole, "complete": whole}
        for place, name in enumerate(self.own.ids):
            reached = (masks & complete & in_time[:, place]).sum(axis=1)
            found = (reached, *shares(reached, whole, confidence))
            columns |= {f"{name}_{end}": each for end, each in zip(ENDS, found, strict=True)}
        days = f"{self.own.horizon_days:g} days"
        show = [Show("month", ("month", "customers"), lambda month, _: month or "all"), Show("started", "customers")]
        show += [Show(f"not yet {days}", "too_young")]
        show += [Show(name, f"{name}_share", "percent") for name in self.own.ids]
        title = f"Reached within {days} of the clock's start, of those who started in a month"
        return Listing(title, columns, like=self.events.table, show=show)

    def phases(self, late: Mask, cohorts: Listing) -> Listing:
        """Return a row a phase, and one for those in none: who is in it, and the share that reached it in time."""
        size = len(self.own) + 1
        counts, over = (np.bincount(part + 1, minlength=size) for part in (self.place, self.place[late]))
        columns: dict[str, Any] = {"phase": as_column([None, *self.own.ids]), "customers": counts, "overdue": over}
        columns |= {"window_days": np.roll(self.windows, 1), "next_event": self.proofs}
        for end in ENDS:
            of_all = [cohorts.columns[f"{name}_{end}"][-1] for name in self.own.ids]
            columns[end] = np.array([math.nan, *of_all])
        show = [
            Show("phase", ("phase", "customers"), lambda phase, _: phase or "none yet"),
            *map(Show, ("customers", "overdue", "window_days", "next_event")),
            Show(f"reached in {self.own.horizon_days:g} days", "share", "percent"),
            Show("interval", ("low", "high"), span, right=True),
        ]
        held = {name: values if counts[0] else values[1:] for name, values in columns.items()}
        return Listing("Where they are, and how many reach it in time", held, like=self.events.table, show=show)

    def notes(self) -> list[str]:
        """Say what a reader must know beside the numbers."""
        said = self.events.notes([event for phase in self.own for event in phase.events], "The event")
        start = " or ".join(map(repr, self.own[self.own.clock_starts].events))
        lacking, early = int((~self.started).sum()), int(self.early.any(axis=1).sum())
        if lacking:
            who = f"The clock of {counted(lacking, 'customer')} has not started: no {start} was seen"
            said.append(f"{who}; {'it is' if lacking == 1 else 'they are'} in no cohort.")
        if early:
            who = f"{counted(early, 'customer')} had events of later phases before {start}, which starts the clock"
            said.append(f"{who}: they count from there. If they had started earlier, say so with clock= or evidence=.")
        if valued := int((self.first_value < 0).sum()):
            said.append(f"{counted(valued, 'customer')} reached the first goal before the start: 0 days to it.")
        return said


# The first impression


def first_impression(
    events: object,
    *,
    as_of: object,
    customer: str = "customer",
    event: str = "event",
    time: str = "time",
    begins: str | None = None,
    minutes: float = 5,
    session_gap_minutes: float = 30,
    days: float = 7,
    errors: Iterable[str] = (),
    confidence: float = 0.95,
) -> Listing:
    """Count what happens in each customer's first minutes, first session and first days.

    The first five minutes decide, it is said. That is a claim to be tested: what is counted here is a measure of its
    own, which can stand in a model beside others, or be held against who stayed.

    Parameters
    ----------
    events
        Any data frame, a row an event.
    as_of
        The moment of looking; later events are excluded and counted.
    customer, event, time
        What the columns are called.
    begins
        The event with which a customer begins, such as ``"first_login"``: its first time counts. None: any event.
    minutes, days
        How long the first minutes and the first days last; an event at their very end is in them.
    session_gap_minutes
        The first session lasts until the first pause longer than this. 30 is common in web statistics, no more.
    errors
        Names of the events that are errors; none means that errors are not counted.
    confidence
        Of every interval.

    Returns
    -------
    Listing
        A row a customer who has begun: ``customer``, ``began``, and for each window (``minutes``, ``session``,
        ``days``; only the last where the frame knows days and no hours) ``minutes_over`` (whether it has ended; if not,
        the counts may still grow), ``minutes_events``, and ``minutes_errors`` where errors were named.

        Part ``"summary"``, a row a window: ``customers`` for whom it is over, ``still_open`` for how many it is not;
        ``mean_events`` and ``median_events``; ``nothing_more``, the share of customers for whom nothing followed the
        first moment, and ``with_error``, the share with an error, each with Wilson's interval.
        Facts: ``not_begun`` (customers without the event that begins), ``excluded``.

    Raises
    ------
    DataError
        With everything that is wrong with the columns, or if an argument is out of range.

    Examples
    --------
    >>> log = {"customer": ["A", "A", "A", "B"], "event": ["login", "crash", "login", "login"],
    ...        "time": ["2026-01-01T09:00", "2026-01-01T09:02", "2026-01-03T09:00", "2026-01-02T10:00"]}
    >>> first = first_impression(log, as_of="2026-02-01", errors=["crash"])
    >>> [(row["customer"], row["minutes_events"], row["minutes_errors"], row["days_events"]) for row in first]
    [('A', 2, 1, 3), ('B', 1, 0, 1)]
    >>> first.parts["summary"][0]["nothing_more"], first.parts["summary"][0]["with_error"]
    (0.5, 0.5)
    """
    read = read_events("first_impression", events, as_of=as_of, customer=customer, event=event, time=time)
    wrong = frozenset(errors)
    if begins is not None and begins not in read.names:
        message = f"begins: no event {begins!r:.60} up to the moment of looking{hint(begins, read.names)}"
        problem = Problem("unknown-event", message, value=begins, suggestion=nearest(begins, read.names))
        raise DataError.all("first_impression", [problem])
    began = read.first() if begins is None else read.first(begins)
    lengths = span_of("minutes", minutes, MINUTE), span_of("days", days, DAY)
    windows = _windows(read, began, *lengths, span_of("session_gap_minutes", session_gap_minutes, MINUTE))
    bad = np.isin(read.name, [number for number, name in enumerate(read.names) if name in wrong])
    here = ~np.isnat(began)
    columns = {"customer": read.customers[here], "began": began[here]}
    says = {"minutes": f"first {minutes:g} minutes", "session": "first session", "days": f"first {days:g} days"}
    rows = []
    for name, (within, over) in windows.items():
        made, failed = (np.bincount(read.codes[mask], minlength=len(began)) for mask in (within, within & bad))
        columns |= {f"{name}_over": over[here], f"{name}_events": made[here]}
        columns |= {f"{name}_errors": failed[here]} if wrong else {}
        done = over & here
        count, of = int(done.sum()), made[done]
        mean, median = (of.mean(), np.median(of)) if count else (math.nan, math.nan)
        alone, failing = int((of <= 1).sum()), int((failed[done] > 0).sum())
        rows.append((says[name], count, int((here & ~done).sum()), mean, median, alone, failing))
    names = ("window", "customers", "still_open", "mean_events", "median_events", "nothing_more", "with_error")
    summary = dict(zip(names, map(as_column, zip(*rows, strict=True)), strict=True))
    for name, ends in (("nothing_more", "nothing_more"), ("with_error", "error")):
        found = shares(summary.pop(name), summary["customers"], confidence)
        if name == "nothing_more" or wrong:
            summary |= dict(zip((name, f"{ends}_low", f"{ends}_high"), found, strict=True))
    not_begun = read.customers[~here]
    notes = ["All times are midnights: what happens within a day cannot be told."] if len(windows) == 1 else []
    if len(not_begun):
        notes.append(f"{counted(len(not_begun), 'customer has', 'customers have')} not begun.")
    parts = {"summary": Listing("By window", summary, like=read.table, formats=dict.fromkeys(SHARES, "percent"))}
    notes = [*read.notes(sorted(wrong), "The error"), *notes]
    facts = {"not_begun": not_begun.tolist(), "excluded": read.excluded}
    title = f"First impression of {counted(int(here.sum()), 'customer')}"
    return Listing(title, columns, like=read.table, notes=notes, parts=parts, facts=facts, first=10)


def _windows(
    events: Events, began: Moments, minutes: np.timedelta64, days: np.timedelta64, pause: np.timedelta64
) -> dict[str, tuple[Mask, Mask]]:
    """Return for each window of time which events are in it, and for which customers it has ended."""
    passed = events.time - began[events.codes]
    after = passed >= np.timedelta64(0)
    timed, dated = ((after & (passed <= span), events.as_of - began >= span) for span in (minutes, days))
    count = len(events.time)
    if count and (events.time == events.time.astype("M8[D]")).all():  # the frame knows days, and no hours
        return {"days": dated}
    # The first session: until the first pause between two events of a customer who has begun.
    same = np.append(False, events.codes[1:] == events.codes[:-1])[:count]
    before = np.append(False, after[:-1])[:count] & same
    pauses = np.cumsum(before & (np.diff(events.time, prepend=events.time[:1]) > pause))
    first, _ = first_and_last(events.codes, len(began), after)
    within = after & (pauses == np.append(pauses, -1)[first][events.codes])
    _, last = first_and_last(events.codes, len(began), within)
    over = events.as_of - np.append(events.time, NO_TIME)[last] > pause
    return {"minutes": timed, "session": (within, over), "days": dated}
