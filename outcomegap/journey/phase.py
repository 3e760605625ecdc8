"""The eight phases of the first hundred days: what each one is, what proves it, and how long it may last."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import attrs

from outcomegap.checks import Checks, Pairs, among, number_of
from outcomegap.churn.entry import PHASES, label_in
from outcomegap.errors import ModelError, hint
from outcomegap.model import Stage


# The converters say what may be given, for type checkers; the objects themselves look closer.
def _labels(value: Mapping[str, str] | Pairs) -> Pairs:
    return value  # type: ignore[return-value]


def _evidence(value: str | Iterable[str]) -> str | tuple[str, ...]:
    """Return one event as text, several as a tuple; what is neither as it is."""
    if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
        return value  # type: ignore[return-value]
    several = tuple(value)
    return several[0] if len(several) == 1 else several


def _listed(value: Iterable[Phase]) -> tuple[Phase, ...]:
    given: Any = value
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, (str, Mapping)) else (given,)


@attrs.frozen(repr=False)
class Phase:
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

    id: str
    number: int
    labels: Pairs = attrs.field(converter=_labels)
    feels: str
    act: str
    evidence: str | tuple[str, ...] = attrs.field(converter=_evidence)
    window_days: float | None = None

    def __attrs_post_init__(self) -> None:
        checks = Checks("this phase cannot be used", f"phases.{self.id}" if isinstance(self.id, str) else "phases")
        checks.one_of("id", self.id, PHASES)
        if number_of(self.number) not in range(1, len(PHASES) + 1):
            checks.finding("number", "number", f"is a whole number from 1 to {len(PHASES)} (got {self.number!r:.60})")
        object.__setattr__(self, "labels", checks.texts_by("labels", self.labels, "language"))
        for field in ("feels", "act"):
            checks.text(field, getattr(self, field))
        _events(checks, "evidence", self.evidence)
        object.__setattr__(self, "window_days", checks.days("window_days", self.window_days))
        checks.done()

    @property
    def name(self) -> str:
        """Its English label."""
        return self.label("en")

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

    def label(self, language: str) -> str:
        """Return what it is called in a language, ``"en"``, ``"fa"`` or ``"he"``."""
        return label_in(f"phases.{self.id}", self.labels, language)

    def __repr__(self) -> str:
        return f"Phase({self.id!r}, evidence={self.evidence!r}, window_days={self.window_days})"


@attrs.frozen
class Phases:
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

    items: tuple[Phase, ...] = attrs.field(converter=_listed)
    clock_starts: str
    horizon_days: float

    def __attrs_post_init__(self) -> None:
        checks = Checks("these phases cannot be used", "phases")
        found = [item for item in self.items if isinstance(item, Phase)]
        if tuple(phase.id for phase in found) != PHASES or len(found) != len(self.items):
            message = f"are og.journey.Phase objects, the eight in their order: {', '.join(PHASES)}"
            checks.finding("phases", "items", f"{message} (got {self.items!r:.120})")
        events = [(phase.id, phase.events) for phase in found]
        _one_phase_each(checks, events)
        clock_in(checks, "clock_starts", self.clock_starts, events)
        days = checks.days("horizon_days", self.horizon_days)
        if self.horizon_days is None:
            checks.finding("days", "horizon_days", "must be a positive number of days (got None)")
        checks.done()
        object.__setattr__(self, "horizon_days", days)

    def __iter__(self) -> Iterator[Phase]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, item: object) -> bool:
        return item in self.ids if isinstance(item, str) else isinstance(item, Phase) and item in self.items

    def __getitem__(self, name: str) -> Phase:
        for phase in self.items:
            if isinstance(name, str) and phase.id == name:
                return phase
        raise ModelError.of("unknown-phase", "phases", f"no phase {name!r:.60}{hint(name, self.ids)}")

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, in order."""
        return tuple(phase.id for phase in self.items)

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

    def after(self, name: str) -> Phase | None:
        """Return the phase that follows, or None after the last.

        Examples
        --------
        >>> phases().after("admit").id
        'affirm'
        """
        number = self[name].number
        return self.items[number] if number < len(self.items) else None

    def proved_by(self, event: str) -> Phase | None:
        """Return the phase that an event proves, or None.

        Raises
        ------
        ModelError
            If the event is no text.

        Examples
        --------
        >>> phases().proved_by("first_goal_reached").id
        'accomplish'
        """
        if not isinstance(event, str):
            raise ModelError.of("text", "phases", f"an event is named by text (got {event!r:.60})")
        return next((phase for phase in self.items if event in phase.events), None)


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
    default = _default()
    checks = Checks("these phases cannot be used", "phases")
    events = _by_phase(checks, "evidence", evidence)
    windows = _by_phase(checks, "window_days", window_days)
    changed = [
        (
            phase,
            _events(checks, f"evidence.{phase.id}", events.get(phase.id, phase.evidence)),
            checks.days(f"window_days.{phase.id}", windows.get(phase.id, phase.window_days)),
        )
        for phase in default
    ]
    proofs = [(phase.id, proved) for phase, proved, _ in changed]
    start = default.clock_starts if clock_starts is None else clock_in(checks, "clock_starts", clock_starts, proofs)
    horizon = default.horizon_days if horizon_days is None else checks.days("horizon_days", horizon_days)
    _one_phase_each(checks, proofs)
    checks.done()
    items = tuple(attrs.evolve(phase, evidence=proved, window_days=days) for phase, proved, days in changed)
    return Phases(items, start, float(horizon or 0))


def _by_phase(checks: Checks, field: str, table: Any) -> Mapping[str, Any]:
    if table is None:
        return {}
    if not isinstance(table, Mapping):
        checks.finding("table", field, f"must be a table by phase (got {table!r:.60})")
        return {}
    checks.keys(field, table, PHASES)
    return table


def clock_in(checks: Checks, field: str, value: object, proofs: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    """Take the phase that starts the clock; for the event of a phase, say whose it is."""
    owner = next((name for name, events in proofs if among(value, events) and value not in PHASES), None)
    if owner is None:
        return checks.one_of(field, value, PHASES)
    checks.finding("unknown-value", field, f"{value!r} is the event of a phase; name the phase: {field}={owner!r}")
    return owner


def _events(checks: Checks, field: str, value: object) -> tuple[str, ...]:
    """Take the events that prove a phase: one text, or a list of one or more."""
    if isinstance(value, str):
        return (checks.text(field, value),)
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        checks.finding("text", field, f"must be text, or a list of texts (got {value!r:.60})")
        return ()
    found = checks.texts(field, value)
    if not found:
        checks.finding("list", field, "names no event; give one or more")
    return found


def _one_phase_each(checks: Checks, found: Iterable[tuple[str, tuple[str, ...]]]) -> None:
    first: dict[str, str] = {}
    for name, event in ((name, event) for name, events in found for event in events):
        known = first.setdefault(event, name)
        if known != name:
            checks.finding(
                "duplicate-event", f"evidence.{name}", f"{event!r} proves {known!r} already; an event proves one phase"
            )


@cache
def _default() -> Phases:
    text = resources.files("outcomegap.journey").joinpath("data", "phases.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return Phases(
        tuple(_phase(number, name, data["phases"][name]) for number, name in enumerate(PHASES, start=1)),
        data["clock_starts"],
        float(data["horizon_days"]),
    )


def _phase(number: int, name: str, data: Mapping[str, Any]) -> Phase:
    window = data.get("window_days")
    labels = tuple(data["labels"].items())
    days = None if window is None else float(window)
    return Phase(name, number, labels, data["feels"], data["act"], data["evidence"], days)
