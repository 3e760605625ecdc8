"""The catalogue: every known reason why customers leave, linked, searchable, open to additions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType

import attrs

from outcomegap.checks import among
from outcomegap.churn.columns import whole_of
from outcomegap.churn.entry import AVOIDABLE, OWNERS, PHASES, ROOT_CAUSES, Entry, RootCause
from outcomegap.churn.linking import linked, phrases_of
from outcomegap.churn.reading import Part, Source, built_in, is_path, read, root_causes
from outcomegap.churn.table import markdown, rows_of
from outcomegap.churn.unknown import like_unknown
from outcomegap.churn.words import Likeness, plain
from outcomegap.errors import Finding, ModelError, hint
from outcomegap.model import Measure

#: A suggestion is this share as near as the nearest, or it is none.
BESIDE = 0.7
UNUSABLE = "this catalogue cannot be used"


def _all(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Take entries; what is none of them is told all at once."""
    if isinstance(entries, (str, Mapping, Entry)) or not isinstance(entries, Iterable):
        message = f"lists og.churn.Entry objects (got {entries!r:.60})"
        raise ModelError.of("entries", "catalogue.entries", message)
    found = tuple(entries)
    wrong = [Finding("entries", f"catalogue.entries[{place}]", f"is no og.churn.Entry (got {item!r:.60})")
             for place, item in enumerate(found) if not isinstance(item, Entry)]  # fmt: skip
    if wrong:
        raise ModelError.all(UNUSABLE, wrong)
    return found


@attrs.frozen(repr=False)
class Catalogue:
    """Entries in order, with links at both ends; made by `catalogue`.

    Parameters
    ----------
    entries
        Entries whose ids, labels and phrases name one entry each.

    Raises
    ------
    ModelError
        If two entries share an id, a label or a phrase, or a link leads nowhere.

    Examples
    --------
    >>> book = catalogue()
    >>> len(book), book.families
    (50, ('reasons', 'habits', 'missed_outcomes', 'customer_events'))
    >>> book["failed-payments"].avoidable
    'yes'
    >>> [entry.id for entry in book.select(phase="activate", root_cause="required_outcome", family="missed_outcomes")]
    ['function-missing', 'poor-onboarding', 'bad-set-up', 'unreliable']
    """

    entries: tuple[Entry, ...] = attrs.field(converter=_all)

    def __attrs_post_init__(self) -> None:
        entries, findings = linked(self.entries)
        if findings:
            raise ModelError.all(UNUSABLE, findings)
        object.__setattr__(self, "entries", entries)

    @cached_property
    def _by_id(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.entries}

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, item: object) -> bool:
        return item in self._by_id if isinstance(item, str) else isinstance(item, Entry) and item in self.entries

    def __getitem__(self, name: str) -> Entry:
        if not isinstance(name, str) or name not in self._by_id:
            raise ModelError.of("unknown-entry", "catalogue", f"no entry {name!r:.60}{hint(name, self._by_id)}")
        return self._by_id[name]

    def __repr__(self) -> str:
        return f"Catalogue({len(self)} entries in {', '.join(self.families)})"

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all entries, in order."""
        return tuple(self._by_id)

    @property
    def families(self) -> tuple[str, ...]:
        """The lists it is made of, in order."""
        return tuple(dict.fromkeys(entry.family for entry in self))

    @property
    def phases(self) -> tuple[str, ...]:
        """The ids of the eight phases, in order."""
        return PHASES

    @property
    def root_causes(self) -> Mapping[str, RootCause]:
        """The three root causes, by id."""
        return MappingProxyType(_root_causes())

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Every measure that an entry names, once, by name."""
        found = {measure.name: measure for entry in self for measure in entry.measures}
        return tuple(found[name] for name in sorted(found))

    def family(self, name: str) -> tuple[Entry, ...]:
        """Return the entries of one list, in its order.

        Raises
        ------
        ModelError
            If there is no such list.
        """
        return self.select(family=name)

    def select(
        self,
        *,
        family: str | None = None,
        root_cause: str | None = None,
        phase: str | None = None,
        owner: str | None = None,
        avoidable: str | None = None,
    ) -> tuple[Entry, ...]:
        """Return the entries that agree with all that is asked for, in order.

        Parameters
        ----------
        family, root_cause, phase, owner, avoidable
            What an entry must belong to, have, or be; None asks nothing.

        Raises
        ------
        ModelError
            If a name is none of those there are.
        """
        _ask("family", family, self.families)
        _ask("root_cause", root_cause, ROOT_CAUSES)
        _ask("phase", phase, PHASES)
        _ask("owner", owner, OWNERS)
        _ask("avoidable", avoidable, AVOIDABLE)
        return tuple(
            entry
            for entry in self
            if family in (None, entry.family)
            and (root_cause is None or root_cause in entry.root_causes)
            and (phase is None or phase in entry.phases)
            and owner in (None, entry.owner)
            and avoidable in (None, entry.avoidable)
        )

    def find(self, text: str) -> Entry | None:
        """Return the entry that a text names, or None; never a guess.

        A text names an entry when it is its id, a label of it in any language, or one of the phrases under ``also``,
        but for case, punctuation and spaces.

        Examples
        --------
        >>> catalogue().find("Too expensive!").id
        'budget'
        >>> catalogue().find("مشتری درگذشت").id
        'died'
        >>> catalogue().find("moved on") is None
        True
        """
        name = self._phrases.get(plain(_text(text)))
        return None if name is None else self._by_id[name]

    def suggest(self, text: str, n: int = 3) -> tuple[Entry, ...]:
        """Return the entries nearest to a text, the nearest first; a person decides.

        Parameters
        ----------
        text
            What a customer, or a colleague, wrote.
        n
            How many at most, 1 or more; fewer, or none, where nothing is near, and none for what says that nobody knows
            ("other", "unkown").

        Examples
        --------
        >>> [entry.id for entry in catalogue().suggest("support was awfully slow")]
        ['wasting-time']
        >>> catalogue().suggest("qqq")
        ()
        """
        most = whole_of(n, 1)
        if most is None:
            raise ModelError.of("count", "suggest", f"n must be a whole number of 1 or more (got {n!r:.60})")
        said = _text(text)
        found = [] if like_unknown(said) else self._likeness.best(said, most)
        return tuple(self._by_id[name] for name, alike in found if alike >= BESIDE * found[0][1])

    @cached_property
    def _phrases(self) -> dict[str, str]:
        return {phrase: entry.id for entry in self for phrase in phrases_of(entry)}

    @cached_property
    def _likeness(self) -> Likeness:
        return Likeness(self._phrases)

    def rows(self, *, language: str = "en") -> list[dict[str, str]]:
        """Return a plain row per entry, ready for a data frame of any kind; lists are joined by commas.

        Parameters
        ----------
        language
            The language of the labels; an entry without one in it keeps its name.

        Examples
        --------
        >>> catalogue().rows(language="he")[0]["label"]
        'היעדר תקציב להמשך'
        """
        return rows_of(self, language)

    def to_markdown(self, *, language: str = "en") -> str:
        """Return the whole catalogue as Markdown, as ``python -m outcomegap.churn`` prints it."""
        return markdown(self, language)


def catalogue(*, extra: Source | Iterable[Source] | None = None) -> Catalogue:
    """Return why customers leave: ten reasons, twenty-three habits, five missed outcomes, twelve customer events.

    Parameters
    ----------
    extra
        Catalogues of your own, added after these: paths of TOML files, TOML texts, parsed tables, or `Entry` objects;
        one or a list. They are read as data, never imported or run. Links between your entries and the others are
        made at both ends. Their form is in docs/churn-catalogue.md.

    Raises
    ------
    ModelError
        If anything in them cannot be used; ``findings`` names every place.

    Examples
    --------
    >>> own = catalogue(extra='''
    ... schema_version = 1
    ... family = "agency"
    ... [entries.tired-of-us]
    ... labels = { en = "Tired of our ideas" }
    ... root_causes = ["appropriate_experience"]
    ... avoidable = "yes"
    ... argument = "Fresh eyes can be brought in."
    ... owner = "vendor"
    ... see_also = ["indifference"]
    ... ''')
    >>> own.families[-1], own["indifference"].see_also[-1]
    ('agency', 'tired-of-us')
    """
    if extra is None:
        return _built_in()
    base = built_in()
    parts = [base]
    for position, source in enumerate(_sources(extra)):
        name = Path(source).name if is_path(source) else f"extra[{position}]"
        parts.append(read(source, name, base.measures))
    return _joined(parts)


@cache
def _built_in() -> Catalogue:
    return _joined([built_in()])


def _joined(parts: Sequence[Part]) -> Catalogue:
    lost = tuple(name for part in parts for name in part.lost)
    entries, together = linked(tuple(entry for part in parts for entry in part.entries), lost)
    findings = [*(finding for part in parts for finding in part.findings), *together]
    if findings:
        raise ModelError.all(UNUSABLE, findings)
    return Catalogue(entries)


@cache
def _root_causes() -> dict[str, RootCause]:
    return root_causes()


def _sources(extra: Source | Iterable[Source]) -> tuple[Source, ...]:
    if isinstance(extra, (str, Path, Mapping, Entry)):
        return (extra,)
    if not isinstance(extra, Iterable):
        raise ModelError.of(
            "source", "extra", f"must be a path, TOML text, a table, an Entry or a list (got {extra!r:.60})"
        )
    return tuple(extra)


def _ask(what: str, value: str | None, options: Iterable[str]) -> None:
    known = tuple(options)
    if value is not None and not among(value, known):
        raise ModelError.of("unknown-value", f"catalogue.{what}", f"{value!r:.60} is none of them{hint(value, known)}")


def _text(value: object) -> str:
    """Take what may stand in a column of reasons: text, or nothing at all."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if not isinstance(value, str):
        raise ModelError.of("text", "catalogue", f"a reason is text (got {value!r:.60})")
    return value
