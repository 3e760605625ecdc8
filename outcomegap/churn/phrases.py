"""Free text against known phrases: equal but for spelling habits, merely alike, or words for "not known"."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

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
    return frozenset(_ENDING.sub("", word) for word in text.split() if word not in _EMPTY)


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


#: What people write where they do not know, will not say or tick "other", as `plain` writes it.
UNKNOWN_WORDS = frozenset(map(plain, packaged("unknown_words")["words"]))
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
    near = [word for word in _LONG if abs(len(word) - len(said)) <= LONGER]
    return bool(difflib.get_close_matches(said, near, 1, SAME))
