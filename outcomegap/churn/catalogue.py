"""The catalogue: every known reason why customers leave, linked, searchable, open to additions in TOML."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache, partial
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import attrs
import numpy as np

from outcomegap.checks import Checks, among, join, number_of, show
from outcomegap.errors import ModelError, hint
from outcomegap.files.formats import FORMATS, read_text
from outcomegap.frames.arrays import is_null
from outcomegap.model import Measure
from outcomegap.model.declaration import (
    FILLED,
    Choice,
    FrozenMap,
    Kind,
    Part,
    Table,
    Text,
    about,
    declare,
    read_fields,
    settle,
)

Avoidable = Literal["yes", "partly", "no"]
Owner = Literal["vendor", "customer", "joint"]
#: Something happened to the customer, or one of the two parts of the desired outcome was missed.
ROOT_CAUSES = ("customer_event", "required_outcome", "appropriate_experience")
AVOIDABLE: tuple[Avoidable, ...] = ("yes", "partly", "no")
OWNERS: tuple[Owner, ...] = ("vendor", "customer", "joint")
#: The eight phases of the first hundred days, in order; `outcomegap.journey.phases` says what each one is.
PHASES = ("assess", "admit", "affirm", "activate", "acclimate", "accomplish", "adopt", "advocate")
OPTIONS: Mapping[str, tuple[str, ...]]
OPTIONS = {"root_causes": ROOT_CAUSES, "phases": PHASES, "owner": OWNERS, "avoidable": AVOIDABLE}

SCHEMA_VERSION = 1
#: The built-in files, in the order in which the catalogue is read.
BUILT_IN = ("reasons", "habits", "missed_outcomes", "customer_events")
#: A suggestion is this share as near as the nearest, or it is none.
BESIDE = 0.7
UNUSABLE = "this catalogue cannot be used"
#: Stands for what an entry lacks while the mistakes of all sources are looked for.
LOST = {"family": "lost", "root_causes": ROOT_CAUSES, "avoidable": "no", "argument": "Lost.", "owner": "joint"}
_TOP = ("schema_version", "family", "source", "entries", "measures")


# What customers write: equal but for spelling habits, merely alike, or words for "not known"

#: One letter, several code points (Arabic and Persian keyboards); a joining mark is a space; nothing is left of an
#: apostrophe (Hebrew has one of its own), of a stretched line and of marks of direction.
_LEVELLED = {
    "\u064a": "\u06cc",  # yeh
    "\u0649": "\u06cc",
    "\u0643": "\u06a9",  # kaf
    "\u06c0": "\u0647",  # heh
    "\u0629": "\u0647",
    "\u200c": " ",
    **dict.fromkeys("'`\u00b4\u2018\u2019\u02bc\u05f3\u0640\u200e\u200f", ""),
}
_SAME_LETTER = str.maketrans(_LEVELLED)
_NO_LETTER = re.compile(r"[\W_]+")
#: What Persian writes with a joining mark, apart, or as one word, each time the same: "mi" before a verb; "ha", "tar",
#: "tarin" and "i" after a word; and compounds that stand in many complaints.
_BEFORE = re.compile(r"(?<![^ ])(ن?می) (?=[\u0600-\u06ff])")
_AFTER = re.compile(r"(?<=[\u0600-\u06ff]) (?=(?:ها|های|هایی|تر|ترین|ای)(?![^ ]))")  # noqa: RUF001 - Persian
_COMPOUNDS = {"کسب و کار": "کسب وکار", "پاسخ گو": "پاسخگو", "صورت حساب": "صورتحساب", "جابه جا": "جابجا"}
_COMPOUND = re.compile(rf"(?<![^ ])(?:{'|'.join(_COMPOUNDS)})")
_ENDING = re.compile(r"(?<=...)(?:ing|ers|er|ed|es|s|e)$")
#: From this share of equal letters on, two texts may be one with a slip of the pen.
SLIP = 0.8
#: What is less alike than this is not near: no suggestion is better than a wrong one.
NEAR = 0.35


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return text without what people write one way or another: case, marks, punctuation, spaces.

    Vowel points, the joining marks of Persian and what is written in their place, and the two spellings of its letters
    are levelled as well.

    Examples
    --------
    >>> plain("  Can't pay -- no_money! ")
    'cant pay no money'
    >>> plain("كسب‌وكار") == plain("کسب وکار")
    True
    >>> plain("نمی‌دانم") == plain("نمي دانم") == plain("نمیدانم")
    True
    """
    folded = unicodedata.normalize("NFKD", text.translate(_SAME_LETTER)).casefold()
    letters = "".join(c for c in folded if not unicodedata.combining(c)).translate(_SAME_LETTER)
    spaced = _NO_LETTER.sub(" ", letters).strip()
    spaced = _COMPOUND.sub(lambda found: _COMPOUNDS[found[0]], spaced)
    return _AFTER.sub("", _BEFORE.sub(r"\1", spaced))


def stems(text: str) -> frozenset[str]:
    """Return the words of a plain text that mean something, without their endings.

    Examples
    --------
    >>> sorted(stems("the prices of the others"))
    ['oth', 'pric']
    """
    return frozenset(_ENDING.sub("", word) for word in text.split() if word not in _EMPTY)


class Likeness:
    """How similar a text is to each of some phrases: by rare words in common, then by spelling.

    Parameters
    ----------
    phrases
        Phrase to whatever it stands for; phrases are `plain`.

    Examples
    --------
    >>> Likeness({"slow support": "time", "too expensive": "budget"}).best("expensive!", 1)
    [('budget', 0.82)]
    """

    def __init__(self, phrases: Mapping[str, str]) -> None:
        self.phrases = dict(phrases)
        found = [sorted(stems(phrase)) for phrase in self.phrases]
        self._with: dict[str, list[int]] = {}
        for place, listed in enumerate(found):
            for stem in listed:
                self._with.setdefault(stem, []).append(place)
        self._weights = np.array([self._weigh(listed) for listed in found])
        self._letters = sorted(set("".join(self.phrases)))
        counts = [[phrase.count(letter) for letter in self._letters] for phrase in self.phrases]
        self._counts = np.array(counts, dtype=np.int64).reshape(len(found), len(self._letters))
        self._lengths = np.array([len(phrase) for phrase in self.phrases], dtype=np.int64)

    def best(self, text: str, n: int, *, least: float = NEAR) -> list[tuple[str, float]]:
        """Return at most `n` of what the phrases stand for, the most alike first, each with its likeness in [0, 1].

        What is less alike than `least` is left out, so the list may be empty; nothing is alike to mere figures.
        """
        wanted = plain(text)
        if not any(map(str.isalpha, wanted)):
            return []
        own, both = sorted(stems(wanted)), np.zeros(len(self.phrases))
        for stem in own:
            both[self._with.get(stem, [])] += self._weigh([stem])
        whole = self._weigh(own) + self._weights
        shared = np.divide(2 * both, whole, out=np.zeros(len(both)), where=whole > 0)
        # How alike each phrase can be at most: its letters might all be in the right order.
        letters = np.array([wanted.count(letter) for letter in self._letters], dtype=np.int64)
        same = np.minimum(self._counts, letters).sum(axis=1)
        bound = _alike(shared, 2.0 * same / (self._lengths + len(wanted))) + 1e-9
        spelling, phrases = difflib.SequenceMatcher(None, "", wanted, autojunk=False), list(self.phrases.items())
        found: dict[str, float] = {}
        for place in np.argsort(-bound, kind="stable").tolist():
            # No phrase after this one can be more alike than its bound: enough are, or none will be alike at all.
            if bound[place] < least or sum(score > bound[place] for score in found.values()) >= n:
                break
            phrase, means = phrases[place]
            spelling.set_seq1(phrase)
            score = round(float(_alike(shared[place], spelling.ratio())), 12)
            if score >= least:
                found[means] = max(found.get(means, 0.0), score)
        first = list(dict.fromkeys(self.phrases.values()))
        ranked = sorted(found.items(), key=lambda item: (-item[1], first.index(item[0])))
        return [(means, round(score, 2)) for means, score in ranked[:n]]

    def _weigh(self, found: Iterable[str]) -> float:
        """Return the weight of stems: the rarer, the more; the most for those that no phrase holds."""
        return sum(math.log(1 + len(self.phrases) / max(len(self._with.get(stem, ())), 1)) for stem in found)


def _alike(shared: Any, ratio: Any) -> Any:
    """Return the likeness: words in common count most; without any, a slip of the pen at most."""
    slip = np.where(ratio >= SLIP, ratio, 0.0)
    return np.where(shared > 0, np.maximum(0.7 * shared + 0.3 * ratio, slip), slip)


def packaged(name: str) -> dict[str, Any]:
    """Return what a file of this package's data says."""
    text = resources.files("outcomegap.churn").joinpath("data", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


#: Words that stand in any complaint.
_EMPTY = frozenset(packaged("unknown_words")["empty"])
#: What people write where they do not know, will not say or tick "other", as `plain` writes it.
UNKNOWN_WORDS = frozenset(map(plain, packaged("unknown_words")["words"]))
#: Words for "not known" that are shorter than this are like too many others: "other" like "bother".
SHORTEST = 6
#: A slip of the pen leaves this share of the letters where they were, and adds or drops no more than one.
SAME, LONGER = 0.85, 1
_LONG = tuple(sorted(word for word in UNKNOWN_WORDS if len(word) >= SHORTEST))


@lru_cache(maxsize=4096)
def like_unknown(text: str) -> bool:
    """Return whether a text is a word for "not known", or a misspelling of one.

    Examples
    --------
    >>> [like_unknown(text) for text in ("Unknown", "unkown", "i dont knwo", "?", "unknown to them", "no response")]
    [True, True, True, True, False, False]
    """
    said = plain(text)
    if not said or said in UNKNOWN_WORDS:
        return True
    near = [word for word in _LONG if abs(len(word) - len(said)) <= LONGER]
    return bool(difflib.get_close_matches(said, near, 1, SAME))


# Entries


@attrs.frozen
class Checked(Kind):
    """What a function takes, which notes what is wrong with it."""

    by: Callable[[Checks, str, Any], Any]

    def take(self, checks: Checks, where: str, value: object) -> Any:
        return self.by(checks, where, value)


def _identifier(checks: Checks, where: str, value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", value):
        message = f"must be lower-case words joined by '-' or '_', such as 'cash-squeeze' (got {show(value)})"
        checks.finding("identifier", where, message)
    return value


def _measures(checks: Checks, where: str, value: Iterable[Measure]) -> tuple[Measure, ...]:
    found = tuple(value)
    checks.texts(where, [measure.name for measure in found])
    return found


def texts_of(options: tuple[str, ...] | None = None, *, empty: bool = True) -> Checked:
    """Return the kind of a list of texts, each one of some options."""
    return Checked(lambda checks, where, value: checks.texts(where, value, options, empty=empty))


def several(options: tuple[str, ...] | None = None) -> Checked:
    """Return the kind of one text or of several."""

    def take(checks: Checks, where: str, value: object) -> tuple[str, ...]:
        return checks.texts(where, [value] if isinstance(value, str) else value, options, empty=False)

    return Checked(take)


ID, TEXT, TEXTS = Checked(_identifier), Text(rule="text"), texts_of()
MEASURES = Checked(_measures)
LABELS = about(Table(FILLED, some=True, rule="table"), "What it is called, by language.")


class Labelled:
    """An item with an id, and a name in several languages; `table` is its place in a file."""

    __slots__ = ()
    table: ClassVar[str]
    id: str
    labels: FrozenMap[str]

    @property
    def where(self) -> str:
        """Its path in a file."""
        return f"{self.table}.{self.id}"

    @property
    def name(self) -> str:
        """Its English label, or its first one where it has none in English."""
        return self.labels.get("en", next(iter(self.labels.values())))

    def label(self, language: str) -> str:
        """Return its name in a language, such as ``"en"``, ``"fa"`` or ``"he"``.

        Raises
        ------
        ModelError
            If it has no label in that language; the message names those it has.
        """
        if not among(language, self.labels):
            message = f"has no label in {language!r:.60}{hint(language, self.labels)}"
            raise ModelError.of("language", self.where, message)
        return self.labels[language]


@attrs.frozen
class RootCause(Labelled):
    """One of the three root causes that every entry comes down to.

    Parameters
    ----------
    id
        ``"customer_event"``, ``"required_outcome"`` or ``"appropriate_experience"``.
    labels
        What it is called, by language.
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

    table = "root_causes"
    id: str
    labels: FrozenMap[str]
    meaning: str
    side: Literal["required", "experience"] | None = None


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
        What it is called, by language (``{"en": ..., "fa": ..., "he": ...}``); one or more.
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

    table = "entries"
    id: str = attrs.field(metadata=about(ID, "One in the whole catalogue."))
    family: str = attrs.field(metadata=about(ID, "The list it belongs to."))
    labels: FrozenMap[str] = attrs.field(kw_only=True, metadata=LABELS)
    root_causes: tuple[str, ...] = declare(texts_of(ROOT_CAUSES, empty=False), "The first is to count.", attrs.NOTHING)
    avoidable: Avoidable = declare(Choice(AVOIDABLE, "unknown-value"), "Whether it can be avoided.", attrs.NOTHING)
    argument: str = declare(FILLED, "Why it counts as avoidable or not.", attrs.NOTHING)
    owner: Owner = declare(Choice(OWNERS, "unknown-value"), "Who can act.", attrs.NOTHING)
    meaning: str = declare(TEXT, "What it looks like from where the customer stands.", "")
    phases: tuple[str, ...] = declare(texts_of(PHASES), "Where in the journey it bites.", ())
    remedy: str = declare(TEXT, "What to do.", "")
    measures: tuple[Measure, ...] = declare(MEASURES, "What would show it.", ())
    source: str = declare(TEXT, "Where it comes from.", "")
    see_also: tuple[str, ...] = declare(TEXTS, "Entries close to it.", ())
    also: tuple[str, ...] = declare(TEXTS, "What customers write when they mean it.", ())

    def __attrs_post_init__(self) -> None:
        settle(self, self.where)
        object.__setattr__(self, "phases", tuple(phase for phase in PHASES if phase in self.phases))

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with it as a whole: rule, field, message."""
        if self.id in self.see_also:
            yield "link", "see_also", "an entry needs no link to itself"

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it has a label in."""
        return tuple(self.labels)

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as plain data, ready for JSON; measures by name."""
        data = {field.name: getattr(self, field.name) for field in attrs.fields(type(self))}
        data |= {"labels": dict(self.labels), "measures": [measure.name for measure in self.measures]}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in data.items()}

    def __repr__(self) -> str:
        return f"Entry({self.id!r}, {self.family!r}, {self.name!r})"


Source = Path | str | Mapping[str, Any] | Entry


def _entries(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(entries)


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

    entries: tuple[Entry, ...] = attrs.field(converter=_entries)

    def __attrs_post_init__(self) -> None:
        checks = Checks(UNUSABLE)
        _agree([(entry.where, entry) for entry in self.entries], checks)
        checks.done()
        links = {entry.id: dict.fromkeys(entry.see_also) for entry in self.entries}
        for entry in self.entries:
            for name in entry.see_also:
                links[name][entry.id] = None
        linked = (attrs.evolve(entry, see_also=tuple(links[entry.id])) for entry in self.entries)
        object.__setattr__(self, "entries", tuple(linked))

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
    def languages(self) -> tuple[str, ...]:
        """The languages that some entry has a label in."""
        return tuple(dict.fromkeys(known for entry in self for known in entry.languages))

    @property
    def root_causes(self) -> Mapping[str, RootCause]:
        """The three root causes, by id."""
        return _root_causes()

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Every measure that an entry names, once, by name."""
        found = {measure.name: measure for entry in self for measure in entry.measures}
        return tuple(found[name] for name in sorted(found))

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
        checks, found = Checks("select", "catalogue"), self.entries
        asked = {"family": family, "root_causes": root_cause, "phases": phase, "owner": owner, "avoidable": avoidable}
        for name, value in asked.items():
            if value is not None:
                checks.one_of(name.removesuffix("s"), value, OPTIONS.get(name, self.families))
                found = tuple(entry for entry in found if value in _several(getattr(entry, name)))
        checks.done()
        return found

    @cached_property
    def phrases(self) -> Mapping[str, str]:
        """Every plain phrase that names an entry -> the id of that entry."""
        return {phrase: entry.id for entry in self for phrase in phrases_of(entry)}

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
        name = None if is_null(text) else self.phrases.get(plain(text))
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
        if number_of(n) is None or n < 1:
            raise ModelError.of("count", "suggest", f"n must be 1 or more (got {n!r:.60})")
        found = [] if is_null(text) or like_unknown(text) else self._likeness.best(text, n)
        return tuple(self._by_id[name] for name, alike in found if alike >= BESIDE * found[0][1])

    @cached_property
    def _likeness(self) -> Likeness:
        return Likeness(self.phrases)

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
        if language not in self.languages:
            message = f"no entry has a label in {language!r:.60}{hint(language, self.languages)}"
            raise ModelError.of("language", "catalogue", message)
        rows = []
        for entry in self:
            label = entry.labels.get(language, entry.name)
            data = {"id": entry.id, "family": entry.family, "label": label} | entry.to_dict()
            told = {name: ", ".join(held) if isinstance(held, list) else held for name, held in data.items()}
            rows.append({name: held for name, held in told.items() if name not in ("labels", "also")})
        return rows

    def to_markdown(self, *, language: str = "en") -> str:
        """Return the whole catalogue as Markdown, as ``python -m outcomegap.churn`` prints it."""
        rows, texts = self.rows(language=language), ["# The catalogue of reasons for churn"]
        texts.append("Written by `python -m outcomegap.churn`.")
        for family in self.families:
            own = [(entry, row) for entry, row in zip(self, rows, strict=True) if entry.family == family]
            texts += [f"## {family} ({len(own)})", _table([_in_short(entry, row) for entry, row in own])]
            texts += [_in_full(entry, row) for entry, row in own]
        labels = [{"id": f"`{e.id}`"} | dict.fromkeys(self.languages, "") | dict(e.labels) for e in self]
        measures = [
            {"measure": f"`{m.name}`", "unit": m.unit or "", "what it counts": m.description} for m in self.measures
        ]
        return "\n\n".join([*texts, "## Labels", _table(labels), "## Measures", _table(measures)]) + "\n"


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _in_short(entry: Entry, row: Mapping[str, str]) -> dict[str, str]:
    shown = {"entry": f"[{row['label']}](#{entry.id})", "root causes": row["root_causes"], "avoidable": entry.avoidable}
    shown |= {"who can act": entry.owner, "bites in": row["phases"]}
    return shown | {"shown by": ", ".join(f"`{measure.name}`" for measure in entry.measures)}


def _in_full(entry: Entry, row: Mapping[str, str]) -> str:
    links = ", ".join(f"[{name}](#{name})" for name in entry.see_also)
    lines = [f'<a id="{entry.id}"></a>**{row["label"]}** (`{entry.id}`). {entry.meaning}', ""]
    lines.append(f"- avoidable, {entry.avoidable}: {entry.argument}")
    said = (("remedy", entry.remedy), ("see also", links), ("source", entry.source))
    return "\n".join([*lines, *(f"- {head}: {text}" for head, text in said if text)])


def _table(rows: Sequence[Mapping[str, str]]) -> str:
    cells = [[" ".join(text.replace("|", "\\|").split()) for text in row.values()] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in [list(rows[0]), ["---"] * len(rows[0]), *cells])


# Entries together: ids, labels and phrases name one entry each, and links lead to one


def phrases_of(entry: Entry) -> tuple[str, ...]:
    """Return every plain phrase that names the entry: its id, its labels, and what customers write."""
    texts = (entry.id, *entry.labels.values(), *entry.also)
    return tuple(dict.fromkeys(phrase for phrase in map(plain, texts) if phrase))


def _agree(entries: Sequence[tuple[str, Entry]], checks: Checks) -> None:
    """Note what is wrong with entries together, each with its place."""
    first: dict[str, Entry] = {}
    meant: dict[str, str] = {}
    measures: dict[str, Measure] = {}
    for where, entry in entries:
        known = first.setdefault(entry.id, entry)
        if known is not entry:
            message = f"stands in {known.family!r} and again in {entry.family!r}; give one of them another id"
            checks.finding("duplicate-id", where, message)
        for phrase in phrases_of(entry):
            if meant.setdefault(phrase, entry.id) != entry.id:
                checks.finding("ambiguous", where, f"the phrase {phrase!r} names {meant[phrase]!r} already")
        for measure in entry.measures:
            if measures.setdefault(measure.name, measure) != measure:
                message = f"{measure.name!r} is declared differently elsewhere; give it another name"
                checks.finding("measure", f"{where}.measures", message)
    for where, entry in entries:
        for name in entry.see_also:
            if name not in first:
                checks.finding("link", f"{where}.see_also", f"no entry {name!r:.60}{hint(name, first)}")


# Catalogues written as TOML: read as data, nothing in them is imported or run


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
    reader = _Reader(_built_in())
    for position, source in enumerate([extra] if isinstance(extra, (str, Path, Mapping, Entry)) else extra):
        named = isinstance(source, (str, Path)) and not _is_text(source)
        reader.read(source, Path(source).name if named else f"extra[{position}]")  # type: ignore[arg-type]
    _agree(reader.entries, reader.checks)
    reader.checks.done()
    return Catalogue(entry for _, entry in reader.entries)


@cache
def _built_in() -> Catalogue:
    reader = _Reader()
    for name in ("measures", *BUILT_IN):
        reader.read(packaged(name))
    reader.checks.done()
    return Catalogue(entry for _, entry in reader.entries)


@cache
def _root_causes() -> Mapping[str, RootCause]:
    table = packaged("root_causes")["root_causes"]
    found = {name: RootCause(name, FrozenMap(fields.pop("labels")), **fields) for name, fields in table.items()}
    return MappingProxyType(found)


def _is_text(source: str | Path) -> bool:
    """Return whether text is TOML and not a path: TOML has a line break or an equals sign."""
    return isinstance(source, str) and (any(mark in source for mark in "\n=\0") or not source.strip())


class _Reader:
    """Reads sources one after the other: their measures, and their entries, each with its place."""

    def __init__(self, base: Iterable[Entry] = ()) -> None:
        self.checks, self.entries = Checks(UNUSABLE), [(entry.where, entry) for entry in base]
        self.measures = {measure.name: measure for _, entry in self.entries for measure in entry.measures}

    def read(self, source: Source, where: str = "") -> None:
        """Read one source: a path, TOML text, parsed data or an entry."""
        checks = self.checks.at(where)
        if isinstance(source, Entry):
            self.entries.append((source.where, source))
            self.measures |= {measure.name: measure for measure in source.measures}
            return
        data = source if isinstance(source, Mapping) else checks.attempt(partial(_parsed, source), "")
        if data is None:
            return
        checks.keys("", data, _TOP, ("schema_version", "family") if "entries" in data else ("schema_version",))
        version = data.get("schema_version", SCHEMA_VERSION)
        if version != SCHEMA_VERSION:
            checks.finding("schema-version", "schema_version", f"must be {SCHEMA_VERSION} (got {version!r:.60})")
        for name, fields in _tables(data, "measures", checks):
            made = Part(Measure).take(checks, f"measures.{name}", {**fields, "name": name})
            self.measures |= {} if made is None else {name: made}
        for name, fields in _tables(data, "entries", checks):
            here = checks.at(f"entries.{name}")
            table = {"source": data.get("source", ""), **fields, "id": name, "family": data.get("family", "lost")}
            found = read_fields(Entry, here, table, take=self._take) or {}
            # What cannot be read has a stand-in: a link to the entry is no second mistake.
            entry = here.attempt(partial(Entry, **{**LOST, "labels": {"en": name}, **found})) if "id" in found else None
            self.entries += [] if entry is None else [(here.where, entry)]

    def _take(self, kind: Kind, checks: Checks, where: str, value: object) -> Any:
        """Read one field of an entry; measures stand in it by name."""
        if where != "measures":
            return kind.take(checks, where, value)
        named = checks.texts(where, value)
        for name in named:
            if name not in self.measures:
                near = hint(name, self.measures)
                message = f"{name!r} is declared nowhere{near}; declare it under [measures.{name}]"
                checks.finding("unknown-measure", where, message)
        return tuple(self.measures[name] for name in named if name in self.measures)


def _parsed(source: str | Path) -> Any:
    return FORMATS["toml"].parse(str(source) if _is_text(source) else read_text(Path(source)))


def _tables(data: Mapping[str, Any], key: str, checks: Checks) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the tables below a key, by name; a value that is not a table is noted."""
    whole = data.get(key, {})
    for name, fields in whole.items() if isinstance(whole, Mapping) else [("", whole)]:
        if isinstance(fields, Mapping):
            yield name, fields
        else:
            checks.finding("table", join(key, name), f"must be a table (got {show(fields)})")
