"""Whether more or less of a measure is better, as the words of its whole name tell; if they do not, it is unknown."""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Literal

Direction = Literal["more", "less", "unknown"]
#: What the words of one place in a name tell: roles, the tables of directions.toml.
Roles = frozenset[str]

#: So many words are one at most.
LONGEST = 4
#: A question of more words than this may ask for anything.
SHORT = 5
NUMBER, NOTHING = Roles({"number"}), Roles()
#: What turns the part of a word after it.
_TURNING = ("un", "in", "im", "ir", "il", "dis", "non", "mis", "des")
_ENDINGS = ("s", "es", "n", "en", "e", "i", "d", "ed")
_ACCENT = re.compile("[\u0300-\u036f]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_ALIKE = str.maketrans("\u064a\u0643\u0649\u0131", "\u06cc\u06a9\u06cci")


def words_of(name: str) -> list[str]:
    """Return the words of a column's name, in small letters and without accents.

    Examples
    --------
    >>> words_of("firstReply_hours (h)"), words_of("Rating (1-5)"), words_of("Délai moyen")
    (['first', 'reply', 'hours', 'h'], ['rating', '1', '5'], ['delai', 'moyen'])
    """
    plain = unicodedata.normalize("NFKC", name)
    split = _CAMEL.sub(" ", plain).casefold()
    bare = _ACCENT.sub("", unicodedata.normalize("NFD", split))
    return _WORD.findall(unicodedata.normalize("NFC", bare.translate(_ALIKE)))


@functools.cache
def _known() -> Mapping[str, Roles]:
    """Return the roles of each word."""
    held = tomllib.loads((resources.files("outcomegap.intake") / "directions.toml").read_text(encoding="utf-8"))
    found: dict[str, set[str]] = {}
    for role, text in held.items():
        for word in text.split():
            key = "-" * word.startswith("-") + " ".join(words_of(word))
            found.setdefault(key, set()).add(role)
    return {word: Roles(roles) for word, roles in found.items()}


def _least(piece: str) -> int:
    """Return how many letters a word has at least that is found inside another."""
    if piece[0] > "\u2e7f":  # Chinese, Japanese, Korean: there are no spaces, or endings follow
        return 1
    return 4 if "\u0600" <= piece[0] <= "\u06ff" else 5


def _inside(word: str) -> Iterator[Roles]:
    """Yield what the parts of a compound tell."""
    known, at, found = _known(), 0, False
    while at < len(word):
        dense = _least(word[at]) == 1
        start = at == 0 or dense or (at >= 3 and word[:at] not in _TURNING)
        ends = range(len(word), at + _least(word[at]) - 1, -1) if start else ()
        end = next((end for end in ends if word[at:end] in known), None)
        if end is not None:
            found = True
            yield known[word[at:end]]
        at = end or at + 1
    yield from (known[tail] for size in (3, 4, 5, 6) if (tail := "-" + word[-size:]) in known and len(word) > size)
    if not found:
        yield NOTHING


def _roles(name: str) -> list[Roles]:
    """Return what each part of a name tells, in order."""
    words, known, found, at = words_of(name), _known(), list[Roles](), 0
    while at < len(words):
        if words[at].isdigit():
            found.append(NUMBER)
            at += 1
            continue
        for size in range(min(LONGEST, len(words) - at), 0, -1):
            text = " ".join(words[at : at + size])
            bare = (text.removesuffix(ending) for ending in _ENDINGS if len(text) > len(ending) + 2)
            if (key := next((form for form in (text, *bare) if form in known), None)) is not None:
                found.append(known[key])
                at += size
                break
        else:
            found += _inside(words[at])
            at += 1
    return _without_windows(found)


def _without_windows(found: list[Roles]) -> list[Roles]:
    """Leave out when it was counted: "in the last 30 days", "last week"."""
    kept: list[Roles] = []
    for roles in found:
        window = "times" in roles and kept and (kept[-1] == NUMBER or "last" in kept[-1])
        if not window:
            kept.append(roles)
        while window and kept and (kept[-1] == NUMBER or "last" in kept[-1]):
            kept.pop()
    return kept


def direction_of(name: str, *, asked: bool = False) -> Direction:
    """Guess whether more or less is better; `asked` is what people rated on a scale.

    Examples
    --------
    >>> [direction_of(name) for name in ("first_reply_hours", "usage hours", "failed_logins", "tickets resolved", "x")]
    ['less', 'more', 'less', 'more', 'unknown']
    >>> [direction_of(name) for name in ("DaySinceLastOrder", "sessions in the last 30 days", "days since incident")]
    ['less', 'more', 'more']
    """
    places = _roles(name)
    roles = Roles().union(*places)
    if "judged" in roles and not roles & {"less", "turns", "free", "fewer", "unclear"}:
        return "more"
    if "maybe" in roles:
        return "unknown"
    if roles & {"less", "trouble"}:
        return "unknown" if asked else _of_trouble(places, roles)
    if (found := _of_time(places, roles)) is not None:
        return found
    if "unclear" in roles:
        return "unknown"
    if "things" in roles and roles & {"open", "done"}:
        return "less" if ("open" in roles) != ("turns" in roles) else "more"
    if roles & {"saved"}:
        return "more"
    if roles & {"more", "judged", "score"} or ("share" in roles and roles & {"taking", "done"}):
        turned = ("turns" in roles) + ("fewer" in roles)
        return "unknown" if turned > 1 or roles & {"open", "free"} else "less" if turned else "more"
    words = words_of(name)
    plain = len(words) <= SHORT and any(len(word) > 2 or word[0] > "\u2e7f" for word in words)
    return "more" if asked and plain and not roles & {"turns", "fewer", "open", "free"} else "unknown"


def _long_ago(roles: Roles) -> bool:
    since = "since" in roles and roles & {"times", "last"}
    return bool(since or "recency" in roles or {"last", "days"} <= roles)


def _of_trouble(places: list[Roles], roles: Roles) -> Direction:
    """Return the direction of what names something bad."""
    bad, good = Roles({"less", "trouble"}), "more" in roles
    if roles & {"judged", "score", "ahead"}:
        return "unknown"
    if _long_ago(roles) or ("between" in roles and "times" in roles):
        return "unknown" if good or roles & {"open", "begun", "turns", "fewer", "recency"} else "more"
    if "done" in roles:
        if "less" in roles and "times" not in roles:
            return "unknown"
        return "less" if ("times" in roles) != ("turns" in roles) else "unknown" if "times" in roles else "more"
    if "turns" in roles or "free" in roles or "fewer" in roles:
        turning = Roles({"turns", "free"})
        pairs = [*itertools.pairwise(places), *itertools.pairwise(reversed(places))]
        near = any(one & turning and other & bad for one, other in pairs)
        twice = "fewer" in roles and bool(roles & turning)
        return "more" if not twice and (near or ("fewer" in roles and not good)) else "unknown"
    return "less"


def _of_time(places: list[Roles], roles: Roles) -> Direction | None:
    """Return the direction of a time; None of what is none, or is time well spent."""
    good = any("more" in one and "acts" not in one for one in places)
    if _long_ago(roles):
        doubtful = roles & {"begun", "turns", "fewer", "ahead", "open"} or not roles & {"more", "touch", "recency"}
        return "unknown" if doubtful else "less"
    if "times" not in roles:
        return None
    undone = roles & {"saved", "fewer", "turns"} and roles & {"taking", "done"}
    if "ahead" in roles or undone:
        return "unknown"
    if "between" in roles:
        return "less" if "more" in roles else "unknown"
    if "share" in roles and roles & {"taking", "done"}:
        return None
    if roles & {"taking", "done"}:
        return "unknown" if "more" in roles else "less"
    return None if good or "acts" not in roles else "unknown"
