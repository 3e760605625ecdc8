"""What the heading of a column suggests. Only suggestions: whatever follows from them is marked as a guess."""

from __future__ import annotations

import functools
import re
import tomllib
from importlib import resources
from typing import Any, Literal

Part = Literal["functions", "gaps", "expectations"]

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_SCALE = re.compile(r"(?<!\d)([01])\s*(?:-|\u2013|to|bis)\s*(5|7|10|100)(?!\d)")
_AGED = re.compile(r"\b(under|over|above|below) \d+$")


@functools.cache
def vocabulary() -> dict[str, Any]:
    """Return the words that suggest something, by what they suggest: lists, and tables of them."""
    held = tomllib.loads((resources.files("outcomegap.intake") / "words.toml").read_text(encoding="utf-8"))
    held["units"] = {word: unit for unit, words in held["units"].items() for word in words.split()}
    return {key: value.split() if isinstance(value, str) else value for key, value in held.items()}


def words_of(name: str) -> list[str]:
    """Return the words of a column's name, in small letters.

    Examples
    --------
    >>> words_of("firstReply_hours (h)"), words_of("Rating (1-5)")
    (['first', 'reply', 'hours', 'h'], ['rating', '1', '5'])
    """
    return [word.casefold() for word in _WORD.findall(_CAMEL.sub(" ", name))]


def has(name: str, *suggest: str) -> bool:
    """Tell whether a name has a word, in the singular or the plural, that suggests one of some things.

    Examples
    --------
    >>> has("open_tickets", "lower"), has("seats", "lower")
    (True, False)
    """
    known = {word for key in suggest for word in vocabulary()[key]}
    return any(word in known or word.removesuffix("s") in known for word in words_of(name))


def tells_who(name: str) -> bool:
    """Tell whether a name speaks of who or where a customer is.

    Examples
    --------
    >>> tells_who("under_30"), tells_who("zip_code"), tells_who("seats")
    (True, True, False)
    """
    return has(name, "who") or bool(_AGED.search(" ".join(words_of(name))))


def tells_tenure(name: str) -> bool:
    """Tell whether a name speaks of how long somebody has been a customer.

    Examples
    --------
    >>> tells_tenure("tenure_months"), tells_tenure("account age"), tells_tenure("age")
    (True, True, False)
    """
    since = "since" in words_of(name) and has(name, "begun")
    return has(name, "tenure") or since or (has(name, "age") and has(name, "aged"))


def lower_is_better(name: str, *, asked: bool = False) -> bool:
    """Guess the direction of a measure from its name; `asked` is what people rated.

    Examples
    --------
    >>> lower_is_better("first_reply_hours"), lower_is_better("usage_hours"), lower_is_better("failed_logins")
    (True, False, True)
    """
    if has(name, "lower"):
        return True
    return not asked and not has(name, "higher") and has(name, "times")


def unit_of(name: str) -> str | None:
    """Guess what a measure counts.

    Examples
    --------
    >>> unit_of("Reply (h)"), unit_of("number_of_referrals"), unit_of("cleanliness")
    ('h', 'referrals', None)
    """
    units = vocabulary()["units"]
    return next((units[word] for word in reversed(words_of(name)) if word in units), None)


def part_of(name: str, *, asked: bool = False) -> Part:
    """Guess where a step belongs: what the product does, what lies between, or how it is done.

    Examples
    --------
    >>> part_of("uptime"), part_of("list_size"), part_of("first_reply_hours")
    ('functions', 'gaps', 'expectations')
    """
    if has(name, "manner"):
        return "expectations"
    if has(name, "does"):
        return "functions"
    return "expectations" if asked else "gaps"


def scale_of(name: str) -> tuple[float, float] | None:
    """Return the scale that a name spells out.

    Examples
    --------
    >>> scale_of("Rating (1-5)"), scale_of("NPS 0 to 10"), scale_of("seats")
    ((1.0, 5.0), (0.0, 10.0), None)
    """
    found = _SCALE.search(name)
    return (float(found[1]), float(found[2])) if found else None
