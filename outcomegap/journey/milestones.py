"""Success milestones: the customer's own steps, each with its value; who stands where, what is due, and the vector."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from outcomegap.checks import Checks, in_range, whole
from outcomegap.frames import Table
from outcomegap.frames.arrays import Array
from outcomegap.journey.events import DAY, Course, Events, days_between, read_events, span_of
from outcomegap.listing import FORMATS, Format, Listing, Show, as_column, counted, number
from outcomegap.model.declaration import FILLED, Number, about, declare, settle
from outcomegap.stats import shares

Shares = float | Mapping[str, float]
Ends = Mapping[str, tuple[float, float]]
#: Stands for a milestone that was never reached.
NEVER = np.timedelta64("NaT", "us")
#: Nothing is due later than this: the last day that Python has.
LATEST = np.datetime64("9999-12-31", "us")


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
    >>> len(steps), steps["first sale"].value, steps.after("first campaign").name, steps.after(None).name
    (2, 5000.0, 'first sale', 'first campaign')
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
        return _Along(self, read, span, confidence).listing(own)


class _Along:
    """Customers on their way along milestones; arrays are of shape (customers, milestones).

    `when` is when each milestone was reached first, `before` when each customer could begin with it (at the one before,
    or at their first event of any), `taken` how long that took, and `over` whether the window since then is over.
    `reached` is how many milestones each customer has reached in order.
    """

    def __init__(self, steps: Milestones, events: Events, span: np.timedelta64, confidence: float) -> None:
        self.steps, self.events, self.span, self.confidence = steps, events, span, confidence
        self.when = np.stack([events.first(milestone.event) for milestone in steps], axis=1)
        self.before = np.concatenate([events.first()[:, None], self.when[:, :-1]], axis=1)
        self.taken, self.over = self.when - self.before, np.asarray(events.as_of - self.before >= span)
        lacking = np.isnat(self.when)
        self.reached = np.where(lacking.any(axis=1), lacking.argmax(axis=1), len(steps))

    def listing(self, share: Array | None) -> Listing:
        columns, table, ahead = self.columns(), self.events.table, self.reached < len(self.steps)
        early, late = int((columns["out_of_order"] != None).sum()), columns["days_late"]  # noqa: E711 - by element
        done, free = int((~ahead).sum()), int((np.isnan(late) & ahead).sum())
        said = [f"{counted(done, 'customer has', 'customers have')} reached the last milestone."] if done else []
        if free:
            said.append(f"Nothing is due of {counted(free, 'customer')}: the next milestone has no due_days.")
        order = np.lexsort((-np.nan_to_num(late, nan=-np.inf), -columns["value"], ~(late > 0)))
        order = order[ahead[order]]
        formats: dict[str, Format] = {"value": "count", "days_late": number, "overdue": "yes"}
        said_of_next = ("next", "due", "overdue", "days_late", "owner", "remedy", "value")
        of_plan, of_all = (
            [Show(name, form=formats.get(name)) for name in ("customer", *names)]
            for names in (said_of_next, ("reached", "since", "next", "value"))
        )
        title = f"Next steps of {counted(len(order), 'customer')}: {int((late > 0).sum()):,} overdue"
        plan = {name: values[order] for name, values in columns.items()}
        parts = {
            "plan": Listing(title, plan, like=table, show=of_plan, notes=said),
            "in_time": self.in_time(),
            "vector": self.vector(share),
        }
        who = f"{counted(early, 'customer has', 'customers have')} reached a milestone out of order."
        notes = [who] if early else []
        notes += self.events.notes([milestone.event for milestone in self.steps], "The event")
        facts, title = {"excluded": self.events.excluded}, f"{counted(len(ahead), 'customer')} on their way"
        return Listing(title, columns, like=table, show=of_all, notes=notes, parts=parts, facts=facts, first=10)

    def columns(self) -> dict[str, Array]:
        """Return what is said of each customer."""
        names, place, every = self.steps.names, self.reached, np.arange(len(self.reached))
        values, there = np.array([milestone.value for milestone in self.steps]), ~np.isnat(self.when)
        began = np.concatenate([self.before, self.when[:, -1:]], axis=1)
        since = began[every, place]
        limits = [NEVER if step.due_days is None else span_of("due_days", step.due_days, DAY) for step in self.steps]
        due = np.minimum(since + np.array([*limits, NEVER])[place], np.maximum(LATEST, since))
        late = days_between(due, self.events.as_of)
        beyond = there & (np.arange(len(names)) > place[:, None])
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
            "out_of_order": self.steps.listed(beyond),
        }

    def in_time(self) -> Listing:
        count, of = (self.over & (self.taken <= self.span)).sum(axis=0), self.over.sum(axis=0)
        young = (~np.isnat(self.before) & ~self.over).sum(axis=0)
        columns = {"milestone": as_column(self.steps.names), "at_risk": of, "too_young": young, "reached": count}
        columns |= dict(zip(("share", "low", "high"), shares(count, of, self.confidence), strict=True))
        title = f"Steps taken within {self.span / np.timedelta64(1, 'D'):g} days of the one before"
        formats = dict.fromkeys(("share", "low", "high"), "percent")
        return Listing(title, columns, like=self.events.table, formats=formats)

    def vector(self, own: Array | None) -> Listing:
        counts, past = np.bincount(self.reached, minlength=len(self.steps) + 1), [0] * len(self.steps)
        if own is None:
            own = np.full((len(self.steps), 3), math.nan)
            for place, (taken, over) in enumerate(zip(self.taken.T, self.over.T, strict=True)):
                still = (self.events.as_of - self.before[:, place])[(self.reached == place) & ~over]
                past[place] = int(counts[place]) - len(still)
                if len(still):
                    own[place] = expected(taken[over], still, self.span, self.confidence)
        return _vector(self.steps, counts, own, self.events.table, past)


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
    moved = ahead - never
    share, low, high = (float(each.mean()) for each in shares(moved, ahead, confidence))
    return share, low, high


# The success vector


def success_vector(
    milestones: Milestones,
    customers: int | Mapping[str | None, int],
    share: Shares = 1.0,
    *,
    intervals: Ends | None = None,
) -> Listing:
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
    intervals
        Next milestone -> lower and upper end of its share.

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
        counts[milestones.place(name) + 1] = whole(f"customers at {name!r}", count)
    found = _shares(milestones, share)
    for name, (low, high) in (intervals or {}).items():
        least = in_range(f"intervals: {name!r}", low, 0, 1)
        found[milestones.place(name), 1:] = least, in_range(f"intervals: {name!r}", high, least, 1)
    return _vector(milestones, counts, found, None)


def _shares(milestones: Milestones, share: Shares) -> Array:
    """Return by milestone the share that takes it, and the ends of its interval; NaN where they are not known."""
    found = np.full((len(milestones), 3), math.nan)
    table = share if isinstance(share, Mapping) else dict.fromkeys(milestones.names, share)
    for name, part in table.items():
        found[milestones.place(name), 0] = in_range(f"share of {name!r}", part, 0, 1)
    return found


def _vector(
    milestones: Milestones, counts: Array, shares: Array, like: Table | None, past: Sequence[int] | None = None
) -> Listing:
    customers, done, waited = counts[:-1], int(counts[-1]), np.array(past or [0] * len(milestones))
    value = np.array([milestone.value for milestone in milestones])
    worth = (customers - waited) * value
    parts = zip(("size", "low", "high"), shares.T, strict=True)
    sizes = {name: np.where(worth == 0, 0.0, worth * part) for name, part in parts}
    columns = {"milestone": as_column(milestones.names), "customers": customers, "value": value, "share": shares[:, 0]}
    facts: dict[str, Any] = {name: math.fsum(part[customers > 0].tolist()) for name, part in sizes.items()}
    most = np.nan_to_num(sizes["size"])
    facts["direction"] = milestones.names[int(most.argmax())] if most.max() > 0 else None
    facts |= {"done": done, "per": milestones.per, "past": int(waited.sum())}
    money = FORMATS["count"]
    period = "size" if milestones.per is None else f"size a {milestones.per}"
    total = f"Together {money(facts['size'])}{f' a {milestones.per}' if milestones.per else ''}"
    if not math.isnan(facts["low"]):
        total += f", {money(facts['low'])} to {money(facts['high'])}"
    said = [f"{total}. Direction: {facts['direction'] or '-'}."]
    if facts["past"]:
        said.append(f"Past the window: {counted(facts['past'], 'customer')}, of whom nothing is expected.")
    if done:
        said.append(f"{counted(done, 'customer has', 'customers have')} reached the last milestone.")
    show = [Show("next milestone", "milestone"), Show("customers"), *([Show("past")] if facts["past"] else [])]
    show += [Show("value each", "value", "count"), Show("share", form="percent"), Show(period, "size", "count")]
    show += [Show("from", "low", "count"), Show("to", "high", "count")]
    title = f"Success vector of {counted(int(counts.sum()), 'customer')}"
    return Listing(title, columns | sizes | {"past": waited}, like=like, show=show, notes=said, facts=facts)
