"""Free text against known phrases: equal but for spelling habits, merely alike, or words for "not known"."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
_ENDINGS = ("ing", "ers", "er", "ed", "es", "s", "e")
#: From this share of equal letters on, two texts may be one with a slip of the pen.
SLIP = 0.8
#: What is less alike than this is not near: no suggestion is better than a wrong one.
NEAR = 0.35
#: Words that stand in any complaint.
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "a an and are at be but did didnt do dont for had has have he her him his i in is it its just me my not of on "
        "or our really she so that the their they this to us very was we were with you your",
    )
)


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
    return frozenset(_stem(word) for word in text.split() if word not in _EMPTY)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


class Likeness:
    """How alike a text is to each of some phrases: rare words that both hold, then plain spelling.

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
        self._texts = tuple(self.phrases)
        found = [sorted(stems(phrase)) for phrase in self._texts]
        held = Counter(stem for listed in found for stem in listed)
        self._rare = math.log(1 + len(self._texts))
        self._weight = {stem: math.log(1 + len(self._texts) / count) for stem, count in held.items()}
        self._with: dict[str, list[int]] = {stem: [] for stem in held}
        for place, listed in enumerate(found):
            for stem in listed:
                self._with[stem].append(place)
        self._weights = np.array([self._weigh(listed) for listed in found])
        self._letters = {letter: place for place, letter in enumerate(sorted(set("".join(self._texts))))}
        self._counts = np.array([[phrase.count(letter) for phrase in self._texts] for letter in self._letters])
        self._lengths = np.array([len(phrase) for phrase in self._texts], dtype=np.int64)
        self._rank = {means: place for place, means in enumerate(dict.fromkeys(self.phrases.values()))}

    def best(self, text: str, n: int, *, least: float = NEAR) -> list[tuple[str, float]]:
        """Return at most `n` of what the phrases stand for, the most alike first, each with its likeness in [0, 1].

        What is less alike than `least` is left out, so the list may be empty; nothing is alike to mere figures.
        """
        wanted = plain(text)
        if not any(map(str.isalpha, wanted)):
            return []
        shared = self._shared(wanted)
        bound = self._bound(wanted, shared)
        spelling = difflib.SequenceMatcher(None, "", wanted, autojunk=False)
        found: dict[str, float] = {}
        for place in np.argsort(-bound, kind="stable").tolist():
            # No phrase after this one can be more alike than its bound: enough are, or none will be alike at all.
            if bound[place] < least or sum(score > bound[place] for score in found.values()) >= n:
                break
            phrase = self._texts[place]
            spelling.set_seq1(phrase)
            score = round(float(_alike(shared[place], spelling.ratio())), 12)
            means = self.phrases[phrase]
            if score >= least:
                found[means] = max(found.get(means, 0.0), score)
        ranked = sorted(found.items(), key=lambda item: (-item[1], self._rank[item[0]]))
        return [(means, round(score, 2)) for means, score in ranked[:n]]

    def _shared(self, wanted: str) -> NDArray[np.float64]:
        """Return for each phrase the share of words in common, by their weight."""
        own = sorted(stems(wanted))
        both = np.zeros(len(self._texts))
        for stem in own:
            both[self._with.get(stem, [])] += self._weight.get(stem, 0.0)
        whole = self._weigh(own) + self._weights
        shared: NDArray[np.float64] = np.divide(2 * both, whole, out=np.zeros(len(both)), where=whole > 0)
        return shared

    def _bound(self, wanted: str, shared: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return for each phrase how alike it can be at most: its letters might all be in the right order."""
        same = np.zeros(len(self._texts), dtype=np.int64)
        for letter, count in Counter(wanted).items():
            if letter in self._letters:
                same += np.minimum(self._counts[self._letters[letter]], count)
        bound: NDArray[np.float64] = _alike(shared, 2.0 * same / (self._lengths + len(wanted))) + 1e-9
        return bound

    def _weigh(self, found: Iterable[str]) -> float:
        return sum(self._weight.get(stem, self._rare) for stem in found)


def _alike(shared: Any, ratio: Any) -> Any:
    """Return the likeness: words in common count most; without any, a slip of the pen at most."""
    slip = np.where(ratio >= SLIP, ratio, 0.0)
    return np.where(shared > 0, np.maximum(0.7 * shared + 0.3 * ratio, slip), slip)


def _unknown_words() -> frozenset[str]:
    text = resources.files("outcomegap.churn").joinpath("data", "unknown_words.toml").read_text(encoding="utf-8")
    return frozenset(map(plain, tomllib.loads(text)["words"]))


#: What people write where they do not know, will not say or tick "other", as `plain` writes it.
UNKNOWN_WORDS = _unknown_words()
#: Words for "not known" that are shorter than this are like too many others: "other" like "bother".
SHORTEST = 6
#: A slip of the pen leaves this share of the letters where they were, and adds or drops no more than one.
SAME, LONGER = 0.85, 1
_LONG = tuple(sorted(word for word in UNKNOWN_WORDS if len(word) >= SHORTEST))


@lru_cache(maxsize=4096)
def like_unknown(text: str) -> bool:
    """Tell whether a text is a word for "not known", or is one but for a slip of the pen.

    Examples
    --------
    >>> [like_unknown(text) for text in ("Unknown", "unkown", "i dont knwo", "?", "unknown to them", "no response")]
    [True, True, True, True, False, False]
    """
    said = plain(text)
    if not said or said in UNKNOWN_WORDS:
        return True
    spelling = difflib.SequenceMatcher(None, "", said, autojunk=False)
    for word in _LONG:
        if abs(len(word) - len(said)) <= LONGER:
            spelling.set_seq1(word)
            if spelling.quick_ratio() >= SAME and spelling.ratio() >= SAME:
                return True
    return False
