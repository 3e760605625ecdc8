"""Whether more or less of a measure is better, as the words of its whole name tell; if they do not, it is unknown."""

from __future__ import annotations

import itertools
from typing import Literal

from outcomegap.intake.lexicon import NUMBER, Lexicon, Roles, words_of

Direction = Literal["more", "less", "unknown"]
#: A question of more words than this may ask for anything.
SHORT = 5


def _without_windows(found: list[Roles]) -> list[Roles]:
    """Leave out when it was counted: "in the last 30 days", "last week"."""
    kept: list[Roles] = []
    for roles in found:
        window = "times" in roles and kept and (kept[-1] == NUMBER or kept[-1] & {"last", "each"})
        if not window:
            kept.append(roles)
        while window and kept and (kept[-1] == NUMBER or kept[-1] & {"last", "each"}):
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
    places = _without_windows(Lexicon.of("directions.toml").places(name))
    roles = Roles().union(*places)
    if "judged" in roles and not roles & {"less", "turns", "free", "fewer", "unclear"}:
        first = next(one for one in places if one & {"judged", "trouble"})
        about = "judged" in first or "side" in roles  # trouble with what is judged
        return "unknown" if about and "trouble" in roles else "more"
    if any("maybe" in one for one in places[:1]):
        return "unknown"
    if any("maybe" in one and "done" in other for one, other in itertools.pairwise(places)):
        roles |= {"turns"}
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
        return "unknown" if turned > 1 or roles & {"open", "free", "became", "ahead"} else "less" if turned else "more"
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
        return "unknown" if good or roles & {"open", "begun", "turns", "fewer", "recency", "asks"} else "more"
    if "done" in roles:
        if "less" in roles and "times" not in roles:
            return "unknown"
        return "less" if ("times" in roles) != ("turns" in roles) else "unknown" if "times" in roles else "more"
    if "turns" in roles or "free" in roles or "fewer" in roles:
        pairs = list(itertools.pairwise(places))
        near = any((one & {"turns", "free"} and other & bad) or (one & bad and "free" in other) for one, other in pairs)
        lacking = any(one & bad and "turns" in other for one, other in pairs)  # tickets without an answer
        twice = ("fewer" in roles and roles & {"turns", "free"}) or sum(bool(one & bad) for one in places) > 1
        if twice or lacking:
            return "less" if "taking" in roles and not twice else "unknown"
        return "more" if near or ("fewer" in roles and not good) else "unknown"
    return "less"


def _of_time(places: list[Roles], roles: Roles) -> Direction | None:
    """Return the direction of a time; None of what is none, or is time well spent."""
    good = any("more" in one and ("acts" not in one or "turns" in roles) for one in places)
    if _long_ago(roles):
        doubtful = roles & {"begun", "turns", "fewer", "ahead", "open", "score"}
        return "less" if roles & {"more", "touch", "recency"} and not doubtful else "unknown"
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
    return None if good or "turns" in roles or "acts" not in roles else "unknown"
