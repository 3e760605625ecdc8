"""One entry of the catalogue: why a customer leaves, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import attrs

from outcomegap.checks import Checks, Pairs, among, show
from outcomegap.errors import ModelError, hint
from outcomegap.model import Measure
from outcomegap.model.declaration import FILLED, Choice, Kind, Text, about, declare, settle

Avoidable = Literal["yes", "partly", "no"]
Owner = Literal["vendor", "customer", "joint"]

#: Something happened to the customer, or one of the two parts of the desired outcome was missed.
ROOT_CAUSES = ("customer_event", "required_outcome", "appropriate_experience")
AVOIDABLE: tuple[Avoidable, ...] = ("yes", "partly", "no")
OWNERS: tuple[Owner, ...] = ("vendor", "customer", "joint")
#: The eight phases of the first hundred days, in order; `outcomegap.journey.phases` says what each one is.
PHASES = ("assess", "admit", "affirm", "activate", "acclimate", "accomplish", "adopt", "advocate")


@attrs.frozen
class Checked(Kind):
    """What a function takes, which notes what is wrong with it."""

    by: Callable[[Checks, str, Any], Any]

    def take(self, checks: Checks, where: str, value: object) -> Any:
        return self.by(checks, where, value)


def _identifier(checks: Checks, where: str, value: object) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", value):
        message = f"must be lower-case words joined by '-' or '_', such as 'cash-squeeze' (got {show(value)})"
        checks.finding("identifier", where, message)
    return value


def _links(checks: Checks, where: str, value: object) -> tuple[str, ...]:
    return tuple(_identifier(checks, where, item) for item in checks.texts(where, value))


def _measures(checks: Checks, where: str, value: Any) -> tuple[Measure, ...]:
    checks.texts(where, [measure.name for measure in value])
    return tuple(value)


ID = Checked(_identifier)
TEXT = Text(rule="text")
TEXTS = Checked(lambda checks, where, value: checks.texts(where, value))
CAUSES = Checked(lambda checks, where, value: checks.texts(where, value, ROOT_CAUSES, empty=False))
IN_PHASES = Checked(lambda checks, where, value: checks.texts(where, value, PHASES))
LABELLED = Checked(lambda checks, where, value: checks.texts_by(where, value, "language"))
LABELS = about(LABELLED, "What it is called, by language.")


class Labelled:
    """What has a name in several languages."""

    __slots__ = ()
    labels: Pairs
    where: str

    @property
    def name(self) -> str:
        """Its English label, or its first one where it has none in English."""
        return dict(self.labels).get("en", self.labels[0][1])

    def label(self, language: str) -> str:
        """Return what it is called in a language, such as ``"en"``, ``"fa"`` or ``"he"``.

        Raises
        ------
        ModelError
            If it has no label in that language; the message names those it has.
        """
        table = dict(self.labels)
        if not among(language, table):
            message = f"has no label in {language!r:.60}{hint(language, table)}"
            raise ModelError.of("language", self.where, message)
        return table[language]


@attrs.frozen
class RootCause(Labelled):
    """One of the three root causes that every entry comes down to.

    Parameters
    ----------
    id
        ``"customer_event"``, ``"required_outcome"`` or ``"appropriate_experience"``.
    labels
        What it is called, by language, as pairs.
    meaning
        A sentence for readers.
    side
        The side of a model that shows it (docs/meaning, clause 2.4): ``"required"`` or ``"experience"``; None for
        what happens to the customer, which no model of an outcome holds.

    Examples
    --------
    >>> from outcomegap import churn
    >>> churn.catalogue().root_causes["required_outcome"].side
    'required'
    """

    id: str
    labels: Pairs
    meaning: str
    side: Literal["required", "experience"] | None = None

    @property
    def where(self) -> str:  # type: ignore[override]
        """Path of the root cause in a file."""
        return f"root_causes.{self.id}"


@attrs.frozen(repr=False)
class Entry(Labelled):
    """Why a customer leaves: one entry of the catalogue.

    Parameters
    ----------
    id
        Short lower-case name, such as ``"cash-squeeze"``; one in the whole catalogue.
    family
        The list it belongs to: ``"reasons"``, ``"habits"``, ``"missed_outcomes"``, ``"customer_events"``, or your own.
    labels
        What it is called, by language (``{"en": ..., "fa": ..., "he": ...}``); one or more, kept as pairs.
    root_causes
        One or more of `ROOT_CAUSES`; the first is the one to count where only one may be.
    avoidable
        ``"yes"``, ``"partly"`` or ``"no"``.
    argument
        Why it counts as avoidable or not.
    owner
        Who can act: ``"vendor"``, ``"customer"`` or ``"joint"``.
    meaning
        What it looks like from where the customer stands.
    phases
        Where in the journey it bites; ids of the eight phases. Empty means that nothing is known of it.
    remedy
        What to do.
    measures
        What would show it: `Measure` objects, whose names are columns of a table of customers.
    source
        Where it comes from.
    see_also
        Ids of entries close to it; in a catalogue a link stands at both ends.
    also
        What customers write when they mean it; `Catalogue.find` knows these phrases.

    Raises
    ------
    ModelError
        If anything cannot mean anything; ``findings`` holds all of it.

    Examples
    --------
    >>> entry = Entry("tired-of-us", "agency", labels={"en": "Tired of our ideas"}, avoidable="yes",
    ...               root_causes=["appropriate_experience"], argument="Fresh eyes can be brought in.", owner="vendor")
    >>> entry.name, entry.languages
    ('Tired of our ideas', ('en',))
    """

    id: str = attrs.field(metadata=about(ID, "One in the whole catalogue."))
    family: str = attrs.field(metadata=about(ID, "The list it belongs to."))
    labels: Pairs = attrs.field(kw_only=True, metadata=LABELS)
    root_causes: tuple[str, ...] = attrs.field(kw_only=True, metadata=about(CAUSES, "The first is the one to count."))
    avoidable: Avoidable = attrs.field(
        kw_only=True, metadata=about(Choice(AVOIDABLE, "unknown-value"), "Whether it can be avoided.")
    )
    argument: str = attrs.field(kw_only=True, metadata=about(FILLED, "Why it counts as avoidable or not."))
    owner: Owner = attrs.field(kw_only=True, metadata=about(Choice(OWNERS, "unknown-value"), "Who can act."))
    meaning: str = declare(TEXT, "What it looks like from where the customer stands.", "")
    phases: tuple[str, ...] = declare(IN_PHASES, "Where in the journey it bites.", ())
    remedy: str = declare(TEXT, "What to do.", "")
    measures: tuple[Measure, ...] = declare(Checked(_measures), "What would show it.", ())
    source: str = declare(TEXT, "Where it comes from.", "")
    see_also: tuple[str, ...] = declare(Checked(_links), "Entries close to it.", ())
    also: tuple[str, ...] = declare(TEXTS, "What customers write when they mean it.", ())

    def __attrs_post_init__(self) -> None:
        settle(self, self.where)
        object.__setattr__(self, "phases", tuple(phase for phase in PHASES if phase in self.phases))

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with it as a whole: rule, field, message."""
        if self.id in self.see_also:
            yield "link", "see_also", "an entry needs no link to itself"

    @property
    def where(self) -> str:  # type: ignore[override]
        """Path of the entry in a file."""
        return f"entries.{self.id}"

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it has a label in."""
        return tuple(language for language, _ in self.labels)

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as plain data, ready for JSON; measures by name."""
        data = {field.name: getattr(self, field.name) for field in attrs.fields(type(self))}
        data |= {"labels": dict(self.labels), "measures": [measure.name for measure in self.measures]}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in data.items()}

    def __repr__(self) -> str:
        return f"Entry({self.id!r}, {self.family!r}, {self.name!r})"
