"""Free text against known phrases: equal but for spelling habits, or merely alike."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

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
#: Words that stand in any complaint.
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "a an and are at be but did didnt do dont for had has have i in is it its not of on or our so that the their "
        "they this to us was we were with you your",
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
        self._stems = {phrase: stems(phrase) for phrase in phrases}
        held = Counter(stem for found in self._stems.values() for stem in found)
        self._weight = {stem: math.log(1 + len(phrases) / count) for stem, count in held.items()}
        self._rare = math.log(1 + len(phrases))

    def best(self, text: str, n: int, *, least: float = 0.35) -> list[tuple[str, float]]:
        """Return at most `n` of what the phrases stand for, the most alike first, each with its likeness in [0, 1].

        What is less alike than `least` is left out, so the list may be empty.
        """
        wanted = plain(text)
        if not wanted:
            return []
        own = stems(wanted)
        spelling = difflib.SequenceMatcher(None, "", wanted, autojunk=False)
        found: dict[str, float] = {}
        for phrase, means in self.phrases.items():
            spelling.set_seq1(phrase)
            found[means] = max(found.get(means, 0.0), self._alike(spelling, own, self._stems[phrase]))
        ranked = sorted(found.items(), key=lambda item: -item[1])
        return [(means, round(score, 2)) for means, score in ranked[:n] if score >= least]

    def _alike(self, spelling: difflib.SequenceMatcher[str], own: frozenset[str], other: frozenset[str]) -> float:
        both = own & other
        if not both:  # no word in common: a slip of the pen at most, and the quick bounds rule most of them out
            quick = spelling.real_quick_ratio() >= SLIP and spelling.quick_ratio() >= SLIP
            ratio = spelling.ratio() if quick else 0.0
            return ratio if ratio >= SLIP else 0.0
        shared = 2 * self._weigh(both) / (self._weigh(own) + self._weigh(other))
        ratio = spelling.ratio()
        return max(0.7 * shared + 0.3 * ratio, ratio if ratio >= SLIP else 0.0)

    def _weigh(self, found: Iterable[str]) -> float:
        return sum(self._weight.get(stem, self._rare) for stem in found)
