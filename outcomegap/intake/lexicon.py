"""Words in the headings of columns, in many languages, and what each suggests: its roles."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from importlib import resources

import attrs

#: What one place in a name suggests.
Roles = frozenset[str]

#: So many words are one entry at most.
LONGEST = 4
#: So many letters of a heading are looked at, and so many has a word inside a longer one at most.
LONG, LETTERS = 400, 24
NUMBER, NOTHING = Roles({"number"}), Roles()
#: A word that nobody listed and that says what became of something: deprecated, devuelto, zurückgesetzt.
BECAME, _BECAME = Roles({"became"}), re.compile(r"\w{3,}([^e]ed|[ai]d[oa]s?)|(\w{2,4})?ge\w{3,}te[nrs]?")
#: What turns the part of a word after it.
_TURNING = ("un", "in", "im", "ir", "il", "dis", "non", "mis", "des", "nie")
#: Endings of words, and how many letters must be left before them.
_ENDINGS = {
    **dict.fromkeys(("s", "\u0647\u0627", "\u0647\u0627\u06cc"), 3),
    **dict.fromkeys(("es", "n", "en", "e", "i", "d", "ed", "ler", "lar", "leri", "lari"), 4),
}
_ELIDED = re.compile(r"\b(?:[cdjlmnst]|dell|all|dall|nell|un|qu)['\u2019](?=\w{2})", re.IGNORECASE)
#: Also the vowels and hamzas of Arabic, which some write and others do not.
_ACCENT = re.compile("[\u0300-\u036f\u0640\u064b-\u0655]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
#: Letters, with the vowels that Indian scripts write as signs, or digits.
_WORD = re.compile(r"(?:[^\W\d_][\u0900-\u0903\u093a-\u094f]*)+|\d+")
_ALIKE = str.maketrans("\u064a\u0643\u0649\u0131\u0142\u00f8\u0111", "\u06cc\u06a9\u06ccilod")


def words_of(name: str) -> list[str]:
    """Return the words of a column's name, in small letters and without accents.

    Examples
    --------
    >>> words_of("firstReply_hours (h)"), words_of("Rating (1-5)"), words_of("Délai moyen")
    (['first', 'reply', 'hours', 'h'], ['rating', '1', '5'], ['delai', 'moyen'])
    """
    plain = _ELIDED.sub(" ", unicodedata.normalize("NFKC", name))
    split = _CAMEL.sub(" ", plain).casefold()
    bare = _ACCENT.sub("", unicodedata.normalize("NFD", split))
    return _WORD.findall(unicodedata.normalize("NFC", bare.translate(_ALIKE)))


@attrs.frozen(eq=False)
class Lexicon:
    """The words of one file, each with its roles.

    In the file, ``_`` stands for a space. A word of five letters and more is also found inside a longer one, as
    compounds have it, but not one whose roles are all among those of the entry ``whole``; a ``-`` before a word finds
    it at the end of a longer one. Accents do not count.
    """

    known: Mapping[str, Roles]
    whole: Roles

    @classmethod
    @functools.cache
    def of(cls, file: str) -> Lexicon:
        """Read a file beside this one: its entries of text are roles, with their words."""
        held = tomllib.loads((resources.files("outcomegap.intake") / file).read_text(encoding="utf-8"))
        found: dict[str, set[str]] = {}
        for role, text in held.items():
            for word in text.split() if isinstance(text, str) and role != "whole" else ():
                key = "-" * word.startswith("-") + " ".join(words_of(word))
                found.setdefault(key, set()).add(role)
        return cls({word: Roles(roles) for word, roles in found.items()}, Roles(held.get("whole", "").split()))

    def places(self, name: str) -> list[Roles]:
        """Return what each part of a name suggests, in order.

        Examples
        --------
        >>> [sorted(roles) for roles in Lexicon.of("words.toml").places("Clientschlüssel 7")]
        [['customer'], ['naming'], ['number']]
        """
        return list(_placed(self, name[:LONG]))

    def roles(self, name: str) -> Roles:
        """Return what a name suggests as a whole."""
        return Roles().union(*self.places(name))

    def entry(self, words: list[str]) -> tuple[int, Roles] | None:
        """Return how many of the first words are one entry, the most there are, and its roles."""
        for size in range(len(words), 0, -1):
            text = " ".join(words[:size])
            bare = (text.removesuffix(ending) for ending, least in _ENDINGS.items() if len(text) >= len(ending) + least)
            if (key := next((form for form in (text, *bare) if form in self.known), None)) is not None:
                return size, self.known[key]
        return None

    def inside(self, word: str) -> list[Roles]:
        """Return what the parts of a compound suggest."""
        at, found = 0, list[Roles]()
        while at < len(word):
            least = _least(word[at])
            start = at == 0 or least == 1 or (at >= least - 2 and word[:at] not in _TURNING)
            ends = range(min(len(word), at + LETTERS), at + least - 1, -1) if start else ()
            end = next((end for end in ends if self._inner(word[at:end], least)), None)
            if end is not None:
                found.append(self.known[word[at:end]])
            at = end or at + 1
        stems = {word, *(word.removesuffix(ending) for ending in ("e", "er", "en", "es", "em"))}
        tails = {"-" + stem[-size:] for stem in stems for size in range(3, min(7, len(stem)))}
        return found + [self.known[tail] for tail in sorted(tails) if tail in self.known]

    def _inner(self, piece: str, least: int) -> bool:
        roles = self.known.get(piece)
        return roles is not None and (least == 1 or not roles <= self.whole)


@functools.lru_cache(1024)
def _placed(lexicon: Lexicon, name: str) -> list[Roles]:
    words, found, at = words_of(name), list[Roles](), 0
    while at < len(words):
        if words[at].isdigit():
            found.append(NUMBER)
            at += 1
        elif (entry := lexicon.entry(words[at : at + LONGEST])) is not None:
            size, roles = entry
            found.append(roles)
            at += size
        else:
            found += lexicon.inside(words[at]) or [BECAME if _BECAME.fullmatch(words[at]) else NOTHING]
            at += 1
    return found


def _least(letter: str) -> int:
    """Return how many letters a word has at least that is found inside another; it begins with this one."""
    if letter > "\u2e7f":  # Chinese, Japanese, Korean: there are no spaces, or endings follow
        return 1
    return 4 if "\u0600" <= letter <= "\u06ff" else 5
