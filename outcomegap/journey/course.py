"""The course of customers: the eight phases of the first hundred days, and the milestones that are their own."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from importlib import resources
from typing import Any, ClassVar, Generic, TypeVar

import attrs
import numpy as np

from outcomegap.checks import Checks, in_range, whole
from outcomegap.churn.catalogue import LABELS, PHASES, Labelled, several
from outcomegap.errors import ModelError, hint
from outcomegap.frames import Table
from outcomegap.frames.arrays import Array, Mask
from outcomegap.journey.events import DAY, Events, days_between, moment_text, read_events, span_of
from outcomegap.listing import FORMATS, Format, Listing, Show, as_column, counted, number, span
from outcomegap.model import Stage
from outcomegap.model.declaration import FILLED, Choice, FrozenMap, Number, about, declare, settle
from outcomegap.stats import shares

T = TypeVar("T")
Shares = float | Mapping[str, float]
#: Stands where a customer is in no phase yet.
NONE = -1
#: The phase that is the first value: the first goal reached.
FIRST_VALUE = "accomplish"
#: What is said of those who reached a phase in time.
ENDS = ("reached", "share", "low", "high")
#: What is said of the next milestone.
OF_NEXT = ("next", "due", "overdue", "days_late", "owner", "remedy", "value")
#: Stands for a milestone that was never reached.
NEVER = np.timedelta64("NaT", "us")
#: Nothing is due later than this: the last day that Python has.
LATEST = np.datetime64("9999-12-31", "us")


class Course(Generic[T]):
    """Named steps in their order; `step` is what one is called, `key` the attribute that names it."""

    __slots__ = ()
    step: ClassVar[str]
    key: ClassVar[str] = "name"
    items: tuple[T, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(getattr(item, self.key) for item in self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __getitem__(self, name: int | str) -> T:
        return self.items[name if isinstance(name, int) else self.place(name)]

    def listed(self, mask: Mask) -> Array:
        """Return for each customer the names of the steps that a mask marks, as text; None without any."""
        return as_column([", ".join(np.array(self.names)[row]) or None for row in mask])

    def place(self, name: str) -> int:
        """Return the position of a step by name."""
        if name not in self.names:
            message = f"no {self.step} {name!r:.60}{hint(name, self.names)}"
            # unknown-milestone
            raise ModelError.of(f"unknown-{self.step}", f"{self.step}s", message)
        return self.names.index(name)


# The eight phases


@attrs.frozen
class Phase(Labelled):
    """One of the eight phases; a customer is in the furthest one whose evidence has been seen.

    Parameters
    ----------
    id
        ``"assess"``, ``"admit"``, ``"affirm"``, ``"activate"``, ``"acclimate"``, ``"accomplish"``, ``"adopt"`` or
        ``"advocate"``.
    labels
        What it is called, by language.
    feels
        How the customer feels in it.
    act
        What the vendor does in it.
    evidence
        The events any one of which proves that it has been reached; text is one.
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
    Phase(id='affirm', evidence=('welcome_call_held',), window_days=5.0)
    """

    table = "phases"
    id: str = attrs.field(metadata=about(Choice(PHASES, "unknown-value"), "Which of the eight."))
    labels: FrozenMap[str] = attrs.field(repr=False, metadata=LABELS)
    feels: str = attrs.field(repr=False, metadata=about(FILLED, "How the customer feels in it."))
    act: str = attrs.field(repr=False, metadata=about(FILLED, "What the vendor does in it."))
    evidence: tuple[str, ...] = attrs.field(metadata=about(several(), "The events that prove it."))
    window_days: float | None = declare(Number(0, above=True), "How long a customer may stay in it.")

    def __attrs_post_init__(self) -> None:
        settle(self, self.where)


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

    items: tuple[Phase, ...]
    clock_starts: str = declare(Choice(PHASES, "unknown-value"), "The phase that is day 0.", "admit")
    horizon_days: float = declare(Number(0, above=True), "How many days a customer gives.", 100)

    def __attrs_post_init__(self) -> None:
        settle(self, "phases")

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with them as a whole: rule, field, message."""
        if self.names != PHASES:
            yield "phases", "items", f"are the eight in their order: {', '.join(PHASES)}"
        first: dict[str, str] = {}
        for name, event in ((phase.id, event) for phase in self for event in phase.evidence):
            if first.setdefault(event, name) != name:
                message = f"{event!r} proves {first[event]!r} already; an event proves one phase"
                yield "duplicate-event", f"{name}.evidence", message

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


def phases(
    *,
    evidence: Mapping[str, str | Iterable[str]] | None = None,
    window_days: Mapping[str, float | None] | None = None,
    clock_starts: str = "admit",
    horizon_days: float = 100,
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
    (('first_payment',), 60.0, 100.0)
    """
    checks, own = Checks("these phases cannot be used", "phases"), []
    events, windows = dict(evidence or {}), dict(window_days or {})
    checks.keys("evidence", events, PHASES)
    checks.keys("window_days", windows, PHASES)
    for phase in _default():
        proved, days = events.get(phase.id, phase.evidence), windows.get(phase.id, phase.window_days)
        own.append(checks.attempt(partial(attrs.evolve, phase, evidence=proved, window_days=days)) or phase)
    made = checks.attempt(lambda: Phases(tuple(own), clock_starts=clock_starts, horizon_days=horizon_days))
    checks.done()
    assert made is not None  # else its findings have been raised
    return made


@cache
def _default() -> tuple[Phase, ...]:
    text = resources.files("outcomegap.journey").joinpath("data", "phases.toml").read_text(encoding="utf-8")
    said = tomllib.loads(text)["phases"]
    return tuple(Phase(name, **said[name]) for name in said)


# Where customers are


def first_hundred_days(
    events: object,
    *,
    as_of: object,
    customer: str = "customer",
    event: str = "event",
    time: str = "time",
    phases: Phases | None = None,
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
        What `outcomegap.journey.phases` returns: which event proves which phase, when the clock starts, how long a
        phase may last. None takes its defaults.
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
    own = Phases(_default()) if phases is None else phases
    read = read_events("first_hundred_days", events, as_of=as_of, customer=customer, event=event, time=time)
    reached = _Reached(read, own)
    columns, cohorts = reached.columns(), reached.cohorts(confidence)
    late = np.nan_to_num(columns["days_overdue"], nan=0.0)
    rows = np.argsort(-late, kind="stable")[: int((late > 0).sum())]
    overdue = {name: values[rows] for name, values in columns.items()}
    who, table = counted(len(late), "customer"), read.table
    late_shown = ("customer", "phase", "days_in_phase", "window_days", "days_overdue", "next_event")
    show = ("customer", "phase", "days_in_phase", Show("overdue", form="yes"), "next_event")
    parts = {
        "overdue": Listing(f"Overdue: {len(rows):,} of {who}", overdue, like=table, show=late_shown),
        "phases": reached.phases(late > 0, cohorts),
        "cohorts": cohorts,
    }
    title = f"{who} at {moment_text(read.as_of)}: {len(rows):,} overdue"
    facts = {"phases": own, "excluded": read.excluded, "not_yet": read.not_yet.tolist()}
    return Listing(title, columns, like=table, show=show, notes=reached.notes(), parts=parts, facts=facts, first=10)


class _Reached:
    """When which customer reached which phase: all of shape (customers, phases), or one a customer."""

    def __init__(self, events: Events, own: Phases) -> None:
        self.events, self.own = events, own
        start = own.names.index(own.clock_starts)
        #: When an event that proves each phase was seen first, and when the clock started.
        first = np.stack([events.first(*phase.evidence) for phase in own], axis=1)
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
        self.first_value = days_between(self.clock, first[:, own.names.index(FIRST_VALUE)])
        # By phase, last for those in none: how long it may last (nothing follows the last one), what proves the next.
        limits = [math.nan if phase.window_days is None else phase.window_days for phase in own]
        self.windows = np.array([*limits[:-1], math.nan, math.nan])
        self.proofs = as_column([*(" or ".join(phase.evidence) for phase in own), None])

    def columns(self) -> dict[str, Array]:
        """Return the columns of each customer."""
        place, ids, as_of = self.place, as_column([*self.own.names, None]), self.events.as_of
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
            **{f"reached_{name}": self.when[:, number] for number, name in enumerate(self.own.names)},
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
        reached = (masks & complete).astype(np.int64) @ in_time
        found = dict(zip(ENDS, (reached, *shares(reached, whole[:, None], confidence)), strict=True))
        for place, name in enumerate(self.own.names):
            columns |= {f"{name}_{end}": each[:, place] for end, each in found.items()}
        days = f"{self.own.horizon_days:g} days"
        show = [Show("month", ("month", "customers"), lambda month, _: month or "all"), Show("started", "customers")]
        show += [Show(f"not yet {days}", "too_young")]
        show += [Show(name, f"{name}_share", "percent") for name in self.own.names]
        title = f"Reached within {days} of the clock's start, of those who started in a month"
        return Listing(title, columns, like=self.events.table, show=show)

    def phases(self, late: Mask, cohorts: Listing) -> Listing:
        """Return a row a phase, and one for those in none: who is in it, and the share that reached it in time."""
        size = len(self.own) + 1
        counts, over = (np.bincount(part + 1, minlength=size) for part in (self.place, self.place[late]))
        columns: dict[str, Any] = {"phase": as_column([None, *self.own.names]), "customers": counts, "overdue": over}
        columns |= {"window_days": np.roll(self.windows, 1), "next_event": self.proofs}
        for end in ENDS:
            of_all = [cohorts.columns[f"{name}_{end}"][-1] for name in self.own.names]
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
        """Return notes for readers of the numbers."""
        said = self.events.notes([event for phase in self.own for event in phase.evidence], "Events")
        start = " or ".join(map(repr, self.own[self.own.clock_starts].evidence))
        lacking, early = int((~self.started).sum()), int(self.early.any(axis=1).sum())
        if lacking:
            who = f"The clock of {counted(lacking, 'customer')} has not started: no {start} was seen"
            said.append(f"{who}. No cohort counts them.")
        if early:
            who = f"{counted(early, 'customer')} had events of later phases before {start}, which starts the clock"
            said.append(f"{who}: they count from there. If they had started earlier, say so in phases().")
        if valued := int((self.first_value < 0).sum()):
            said.append(f"{counted(valued, 'customer')} reached the first goal before the start: 0 days to it.")
        return said


# Milestones


@attrs.frozen
class Milestone:
    """A step of the customer's own on the way to the desired outcome.

    Parameters
    ----------
    name
        The step in the customer's words.
    value
        What a customer who reaches it spends more, in any one currency and period; 0 or more.
    event
        The event that proves it; by default its name.
    due_days
        In how many days after the milestone before it (after the customer's first event for the first one) it is due;
        None for no limit.
    owner
        Who sees to it: ``"vendor"``, ``"customer"``, ``"joint"``, or any name.
    remedy
        What to do where it is late.

    Raises
    ------
    ModelError
        With everything that is wrong.

    Examples
    --------
    >>> Milestone("first campaign sent", 1_000).event
    'first campaign sent'
    >>> Milestone("list imported", event="import", due_days=14, owner="customer", remedy="import it with them").due_days
    14.0
    """

    name: str = attrs.field(metadata=about(FILLED, "The step in the customer's words."))
    value: float = attrs.field(default=0.0, metadata=about(Number(0), "What who reaches it spends more."))
    event: str = declare(FILLED, "The event that proves it; by default its name.", default="")
    due_days: float | None = declare(Number(0, above=True), "In how many days after the one before it is due.")
    owner: str | None = declare(FILLED, "Who sees to it.")
    remedy: str | None = declare(FILLED, "What to do where it is late.")

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "event", self.event or self.name)
        settle(self, f"milestones.{self.name}")


def _milestones(items: Iterable[Milestone | str]) -> tuple[Milestone, ...]:
    return tuple(Milestone(item) if isinstance(item, str) else item for item in items)


@attrs.frozen
class Milestones(Course[Milestone]):
    """Milestones in their order.

    Parameters
    ----------
    items
        `Milestone` objects, or names, one or more, each with its own name and event.
    per
        The period of their values, such as ``"year"``, for people to read; None where nothing is said of it.

    Raises
    ------
    ModelError
        With everything that is wrong.

    Examples
    --------
    >>> steps = Milestones([Milestone("first campaign", 1_000), Milestone("first sale", 5_000)])
    >>> len(steps), steps["first sale"].value, steps.names
    (2, 5000.0, ('first campaign', 'first sale'))
    """

    step = "milestone"

    items: tuple[Milestone, ...] = attrs.field(converter=_milestones)
    per: str | None = declare(FILLED, "The period of their values.")

    def __attrs_post_init__(self) -> None:
        settle(self, "milestones")
        checks = Checks("these milestones cannot be used", "milestones")
        checks.texts("name", self.names, empty=False)
        checks.texts("event", [item.event for item in self.items])
        checks.done()

    def progress(
        self,
        events: object,
        share: Shares | None = None,
        *,
        as_of: object,
        customer: str = "customer",
        event: str = "event",
        time: str = "time",
        within_days: float = 365,
        confidence: float = 0.95,
    ) -> Listing:
        """Say which milestones each customer has reached, what comes next and when it is due, and what that is worth.

        A customer stands at the last milestone before the first one that has not been reached: the steps are taken in
        order. What was reached beyond it is out of order, and said so.

        Parameters
        ----------
        events
            Any data frame, a row an event; customers are all who have one.
        share
            Which share of those at a milestone takes the next step, for the success vector: a number, or next milestone
            -> number. None: what others like them did, see the notes.
        as_of
            The moment of looking; later events are excluded and counted.
        customer, event, time
            What the columns are called.
        within_days
            In how many days after the milestone before it a step is taken in time.
        confidence
            Of the intervals.

        Returns
        -------
        Listing
            A row a customer, in the order of their first rows: ``customer``; ``reached`` (the milestone where they
            stand; null before the first), ``steps`` (how many in order), ``since`` (when they reached it; their first
            event, before the first); ``next``, ``due`` (`Milestone.due_days` later), ``overdue`` (whether that is over;
            not yet at equality; null where nothing is due), ``days_late`` (negative before it is due), ``owner``,
            ``remedy`` and ``value`` of the next one; ``value_reached`` and ``value_ahead`` (of all reached, in order or
            not, and of the others); ``out_of_order``.

            Parts: ``"plan"``, the success plan: those who have a milestone ahead, the overdue first, then by value,
            then by days late. ``"in_time"``, a row a milestone: who was ``at_risk`` (reached the milestone before, for
            the first one had any event, `within_days` or longer ago), how many of them ``reached`` it within that time,
            the ``share`` with Wilson's interval, and who is ``too_young``: the milestone before was reached later.
            ``"vector"``: what `success_vector` returns. Fact: ``excluded``.

        Raises
        ------
        DataError
            With everything that is wrong with the columns, or if an argument is out of range.
        ModelError
            If a share is of an unknown milestone.

        Notes
        -----
        What is observed is conditional on how long a customer has waited. One who reached the milestone before t days
        ago, t below w = `within_days`, is held against those who reached it w days ago or longer and had not moved by
        day t: p(t) = #(t < T <= w) / #(T > t) of them, T the days they took; that is 1 - S(w) / S(t), with S the
        estimate of Kaplan and Meier (Journal of the American Statistical Association 53, 1958, 457-481). A step's share
        is the mean p over the customers within the window, its interval the means of the ends of Wilson's. Those who
        have waited w days or longer are ``past``: they did not move in time, and nothing is expected of them.

        Examples
        --------
        >>> steps = Milestones([Milestone("list imported", due_days=14, owner="customer"),
        ...                     Milestone("first sale", 1_000, due_days=60, owner="joint")])
        >>> log = {"customer": ["A", "A", "B"], "event": ["signed", "list imported", "signed"],
        ...        "time": ["2026-01-01", "2026-01-10", "2026-01-20"]}
        >>> plan = steps.progress(log, as_of="2026-02-09").parts["plan"]
        >>> [(row["customer"], row["next"], str(row["due"]), row["days_late"], row["owner"]) for row in plan]
        [('B', 'list imported', '2026-02-03', 6.0, 'customer'), ('A', 'first sale', '2026-03-11', -30.0, 'joint')]
        """
        span = span_of("within_days", within_days, DAY)
        own = None if share is None else _shares(self, share)
        read = read_events("progress", events, as_of=as_of, customer=customer, event=event, time=time)
        along = _Along(self, read, span)
        columns, table, ahead = along.columns(), read.table, along.reached < len(self)
        formats: dict[str, Format] = {"value": "count", "days_late": number, "overdue": "yes"}
        late, early = columns["days_late"], int((columns["out_of_order"] != None).sum())  # noqa: E711 - by element
        free, said = int((np.isnan(late) & ahead).sum()), _done(int((~ahead).sum()))
        if free:
            said.append(f"Nothing is due of {counted(free, 'customer')}: the next milestone has no due_days.")
        order = np.lexsort((-np.nan_to_num(late, nan=-np.inf), -columns["value"], ~(late > 0)))
        order = order[ahead[order]]
        title = f"Next steps of {counted(len(order), 'customer')}: {int((late > 0).sum()):,} overdue"
        plan, shown = {name: values[order] for name, values in columns.items()}, ("customer", *OF_NEXT)
        parts = {
            "plan": Listing(title, plan, like=table, show=shown, formats=formats, notes=said),
            "in_time": along.in_time(confidence),
            "vector": along.vector(own, confidence),
        }
        who = f"{counted(early, 'customer has', 'customers have')} reached a milestone out of order."
        notes = [*([who] if early else []), *read.notes([milestone.event for milestone in self], "Events")]
        facts, title = {"excluded": read.excluded}, f"{counted(len(ahead), 'customer')} on their way"
        show: Any = ("customer", "reached", "since", "next", Show("value", form="count"))
        return Listing(title, columns, like=table, show=show, notes=notes, parts=parts, facts=facts, first=10)


class _Along:
    """Customers on their way along milestones; arrays are of shape (customers, milestones).

    `when` is when each milestone was reached first, `before` when each customer could begin with it (at the one before,
    or at their first event of any), `taken` how long that took, and `over` whether the window since then is over.
    `reached` is how many milestones each customer has reached in order.
    """

    def __init__(self, steps: Milestones, events: Events, window: np.timedelta64) -> None:
        self.steps, self.events, self.window = steps, events, window
        self.when = np.stack([events.first(milestone.event) for milestone in steps], axis=1)
        self.before = np.concatenate([events.first()[:, None], self.when[:, :-1]], axis=1)
        self.taken, self.over = self.when - self.before, np.asarray(events.as_of - self.before >= window)
        lacking = np.isnat(self.when)
        self.reached = np.where(lacking.any(axis=1), lacking.argmax(axis=1), len(steps))

    def columns(self) -> dict[str, Array]:
        """Return the columns of each customer."""
        names, place, there = self.steps.names, self.reached, ~np.isnat(self.when)
        values = np.array([milestone.value for milestone in self.steps])
        since = np.concatenate([self.before, self.when[:, -1:]], axis=1)[np.arange(len(place)), place]
        limits = [NEVER if step.due_days is None else span_of("due_days", step.due_days, DAY) for step in self.steps]
        due = np.minimum(since + np.array([*limits, NEVER])[place], np.maximum(LATEST, since))
        late = days_between(due, self.events.as_of)
        return {
            "customer": self.events.customers,
            "reached": as_column([None, *names])[place],
            "steps": place,
            "since": since,
            "next": as_column([*names, None])[place],
            "due": due,
            "overdue": as_column(np.where(np.isnan(late), np.array(None), late > 0).tolist()),
            "days_late": late,
            "owner": as_column([*(step.owner for step in self.steps), None])[place],
            "remedy": as_column([*(step.remedy for step in self.steps), None])[place],
            "value": np.append(values, 0.0)[place],
            "value_reached": (there * values).sum(axis=1),
            "value_ahead": (~there * values).sum(axis=1),
            "out_of_order": self.steps.listed(there & (np.arange(len(names)) > place[:, None])),
        }

    def in_time(self, confidence: float) -> Listing:
        count, of = (self.over & (self.taken <= self.window)).sum(axis=0), self.over.sum(axis=0)
        young = (~np.isnat(self.before) & ~self.over).sum(axis=0)
        columns = {"milestone": as_column(self.steps.names), "at_risk": of, "too_young": young, "reached": count}
        columns |= dict(zip(ENDS[1:], shares(count, of, confidence), strict=True))
        title = f"Steps taken within {self.window / np.timedelta64(1, 'D'):g} days of the one before"
        return Listing(title, columns, like=self.events.table, formats=dict.fromkeys(ENDS[1:], "percent"))

    def vector(self, own: Array | None, confidence: float) -> Listing:
        size = len(self.steps)
        counts, past = np.bincount(self.reached, minlength=size + 1), np.zeros(size, dtype=np.int64)
        if own is None:
            own = np.full((size, 3), math.nan)
            for place, (taken, over) in enumerate(zip(self.taken.T, self.over.T, strict=True)):
                still = (self.events.as_of - self.before[:, place])[(self.reached == place) & ~over]
                past[place] = int(counts[place]) - len(still)
                if len(still):
                    own[place] = expected(taken[over], still, self.window, confidence)
        return _vector(self.steps, counts, own, past, self.events.table)


def expected(taken: Array, waited: Array, window: np.timedelta64, confidence: float) -> tuple[float, float, float]:
    """Return which share of those who wait take a step in time, given how long they have waited, and its ends.

    For a customer who has waited for t, the share is that of the others who had not moved by t and did so by the end of
    the window w: #(t < T <= w) / #(T > t), with Wilson's interval. What is returned is the mean over the customers who
    wait. Where nobody had still to move at t, nothing is known of that customer, nor of the mean; such an interval goes
    from 0 to 1. `taken` holds how long others took whose window is over, `NEVER` for those who did not move.

    Examples
    --------
    Of four customers two moved, after 10 and 40 days. One who has waited for 20 days is like the three who had not
    moved by then, of whom one did:

    >>> took = np.array([10, 40, NEVER, NEVER], dtype="m8[D]")
    >>> share, low, high = expected(took, np.array([20], dtype="m8[D]"), np.timedelta64(90, "D"), 0.95)
    >>> round(share, 4)
    0.3333
    """
    order = np.sort(taken)
    ahead = len(order) - np.searchsorted(order, waited, side="right")  # had not moved by then
    never = len(order) - int(np.searchsorted(order, window, side="right"))  # nor by the end of the window
    share, low, high = (float(each.mean()) for each in shares(ahead - never, ahead, confidence))
    return share, low, high


# The success vector


def success_vector(milestones: Milestones, customers: int | Mapping[str | None, int], share: Shares = 1.0) -> Listing:
    """Return where customers are going, and what it is worth: customers x value x share, step by step.

    Parameters
    ----------
    milestones
        The steps, in order, each with its expansion value.
    customers
        How many stand where: the milestone they have reached (None: none yet) -> how many; or one number, all of whom
        have reached none.
    share
        Which share takes the next step: one number in [0, 1] for all, or next milestone -> number. A milestone that is
        left out has a share that is not known.

    Returns
    -------
    Listing
        A row a ``milestone``: the ``customers`` who have it before them, its ``value``, the ``share`` of them who reach
        it (null where that is not known), the ``size`` = (customers - past) x value x share, the size at the ends of
        the share's interval (``low``, ``high``), and how many have waited for as long as the window of the share
        (``past``), of whom nothing is expected.

        Facts: ``direction``, the milestone on which most value hangs (None where none does); ``size``, what all steps
        are worth together a period (NaN where a share that matters is not known), with ``low`` and ``high`` where all
        shares are at their ends together; how many are ``done``; ``per``, the period of the values.

    Raises
    ------
    ModelError
        If a milestone is none of these.
    DataError
        If a count is no whole number of 0 or more, or a share is not in [0, 1].

    Examples
    --------
    A hundred customers whose next step is worth 1,000 a year each, of whom 90 % take it:

    >>> vector = success_vector(Milestones([Milestone("first goal", 1_000)]), 100, share=0.9)
    >>> vector.facts["size"], vector.facts["direction"]
    (90000.0, 'first goal')
    """
    counts = np.zeros(len(milestones) + 1, dtype=np.int64)
    for name, count in (customers if isinstance(customers, Mapping) else {None: customers}).items():
        counts[0 if name is None else milestones.place(name) + 1] = whole(f"customers at {name!r}", count)
    return _vector(milestones, counts, _shares(milestones, share), np.zeros(len(milestones), dtype=np.int64))


def _done(count: int) -> list[str]:
    return [f"{counted(count, 'customer has', 'customers have')} reached the last milestone."] if count else []


def _shares(milestones: Milestones, share: Shares) -> Array:
    """Return by milestone the share that takes it, and the ends of its interval; NaN where they are not known."""
    found = np.full((len(milestones), 3), math.nan)
    table = share if isinstance(share, Mapping) else dict.fromkeys(milestones.names, share)
    for name, part in table.items():
        found[milestones.place(name), 0] = in_range(f"share of {name!r}", part, 0, 1)
    return found


def _vector(milestones: Milestones, counts: Array, shares: Array, past: Array, like: Table | None = None) -> Listing:
    customers, done, period = counts[:-1], int(counts[-1]), f" a {milestones.per}" if milestones.per else ""
    value = np.array([milestone.value for milestone in milestones])
    worth = (customers - past) * value
    parts = zip(("size", "low", "high"), shares.T, strict=True)
    sizes = {name: np.where(worth == 0, 0.0, worth * part) for name, part in parts}
    columns = {"milestone": as_column(milestones.names), "customers": customers, "value": value, "share": shares[:, 0]}
    facts: dict[str, Any] = {name: math.fsum(part[customers > 0].tolist()) for name, part in sizes.items()}
    most, money = np.nan_to_num(sizes["size"]), FORMATS["count"]
    facts["direction"] = milestones.names[int(most.argmax())] if most.max() > 0 else None
    facts |= {"done": done, "per": milestones.per, "past": int(past.sum())}
    total = f"Together {money(facts['size'])}{period}"
    if not math.isnan(facts["low"]):
        total += f", {money(facts['low'])} to {money(facts['high'])}"
    said = [f"{total}. Direction: {facts['direction'] or '-'}."]
    if facts["past"]:
        said.append(f"Past the window: {counted(facts['past'], 'customer')}, of whom nothing is expected.")
    said += _done(done)
    sums = {f"size{period}": "size", "from": "low", "to": "high"}
    show = [Show("next milestone", "milestone"), Show("customers"), *([Show("past")] if facts["past"] else [])]
    show += [Show("value each", "value", "count"), Show("share", form="percent")]
    show += [Show(heading, name, "count") for heading, name in sums.items()]
    title, columns = f"Success vector of {counted(int(counts.sum()), 'customer')}", columns | sizes | {"past": past}
    return Listing(title, columns, like=like, show=show, notes=said, facts=facts)
