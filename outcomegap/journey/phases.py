"""The eight phases of the first hundred days: what each one is, what proves it, and how long it may last."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, partial
from importlib import resources
from typing import Any

import attrs

from outcomegap.checks import Checks, Pairs
from outcomegap.churn.entry import PHASES, Labelled
from outcomegap.journey.course import Course
from outcomegap.model import Stage
from outcomegap.model.declaration import FILLED, Choice, Kind, Number, declaration, declare, settle


class Evidence(Kind):
    """The name of an event, or several; one alone is text."""

    def take(self, checks: Checks, where: str, value: Any) -> str | tuple[str, ...]:
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

    id: str = attrs.field(metadata=declaration(Choice(PHASES, "unknown-value"), "Which of the eight."))
    number: int = attrs.field(metadata=declaration(Number(1, len(PHASES), whole=True), "Its place, from 1."))
    labels: Pairs
    feels: str = attrs.field(metadata=declaration(FILLED, "How the customer feels in it."))
    act: str = attrs.field(metadata=declaration(FILLED, "What the vendor does in it."))
    evidence: str | tuple[str, ...] = attrs.field(metadata=declaration(Evidence(), "The events that prove it."))
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
    """

    step, key = "phase", "id"

    items: tuple[Phase, ...] = attrs.field(converter=_in_order)
    clock_starts: str
    horizon_days: float

    def __attrs_post_init__(self) -> None:
        checks = Checks("these phases cannot be used", "phases")
        if self.ids != PHASES:
            checks.finding("phases", "items", f"are the eight in their order: {', '.join(PHASES)}")
        first: dict[str, str] = {}
        for name, event in ((phase.id, event) for phase in self for event in phase.events):
            known = first.setdefault(event, name)
            if known != name:
                message = f"{event!r} proves {known!r} already; an event proves one phase"
                checks.finding("duplicate-event", f"{name}.evidence", message)
        if self.clock_starts in first and self.clock_starts not in PHASES:
            message = f"{self.clock_starts!r} is the event of a phase; name the phase: {first[self.clock_starts]!r}"
            checks.finding("unknown-value", "clock_starts", message)
        else:
            checks.one_of("clock_starts", self.clock_starts, PHASES)
        days = checks.number("horizon_days", self.horizon_days, 0, above=True)
        object.__setattr__(self, "horizon_days", days)
        checks.done()

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
