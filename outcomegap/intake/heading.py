"""What the heading of a column suggests. Only suggestions: whatever follows from them is marked as a guess."""

from __future__ import annotations

import re
from typing import Literal

Part = Literal["functions", "gaps", "expectations"]

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_SCALE = re.compile(r"(?<!\d)([01])\s*(?:-|\u2013|to|bis)\s*(5|7|10|100)(?!\d)")

_AGED = re.compile(r"\b(under|over|above|below) \d+$")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: The answer itself, or something made from it.
LABEL = _set(
    "churn churned attrition cancelled canceled cancellation retained retention label target predicted prediction "
    "probability outcome satisfied satisfaction dissatisfied csat nps status health risk"
)
#: Who or where a customer is, which is no distance from anything.
WHO = _set(
    "age gender sex married marital partner dependent child children senior birth birthday zip postal postcode plz "
    "latitude longitude lat lon lng distance population city country region address year"
)
#: Names of things, which are no amounts.
NAMING = _set("id ids uuid guid key code sku phone fax mobile")
#: What a customer is worth to the vendor.
WORTH = _set("mrr arr acv tcv revenue cltv clv ltv turnover")
#: What people want to see beside a customer.
SHOWN = _set("csm manager owner rep renewal renews company name")
#: Lower is better, whatever else the name says.
LOWER = _set(
    "delay late lateness wait waiting queue latency ticket error bug defect incident outage downtime complaint "
    "escalation escalated cost price fee charge refund penalty overdue unpaid debt dispute bounce bounced unsubscribed "
    "spam fail failed failure crash rejected missed abandoned unresolved backlog inactive inactivity idle effort pain"
)
#: Higher is better.
HIGHER = _set(
    "usage used use active login session training trained adoption adopted feature engagement uptime availability "
    "available delivered delivery score rating conversion growth referral purchase order frequency contact list seat "
    "user completed completion convenient ease easy comfort quality unlimited"
)
#: Lower is better where nothing says otherwise.
TIMES = _set("hour hr minute min second sec day week time h since duration recency age resolution reply response")
#: How it is done: the experience.
MANNER = _set(
    "reply response support service help training trained onboarding price cost fee charge refund discount ease easy "
    "comfort comfortable friendly clean cleanliness speed wait waiting queue ticket complaint escalation escalated "
    "meeting review documentation docs quality rating billing resolution effort"
)
#: What the product itself does.
DOES = _set(
    "delivered delivery uptime downtime availability available sync import export error fail failed failure crash "
    "latency bug defect incident outage accuracy backup security protection streaming internet line data download "
    "delay late api integration"
)
#: What people were asked.
ASKED = _set("rating rated score survey star stars grade question answer ease quality comfort convenient friendliness")
#: How many of something; no scale.
COUNTED = _set("number count num total amount quantity n tickets calls logins users seats visits orders referrals")
#: How long somebody has been a customer.
TENURE = _set("tenure seniority membership")
#: A part of a whole.
SHARE = _set("rate share ratio percent percentage fraction pct")
TENURE_OF = _set("customer account subscription client member contract")
STAGE = _set("stage phase lifecycle maturity milestone")
ID = _set("id customer account client kunde user company subscriber member uuid guid")
#: What segments are often called, the likeliest first.
SEGMENT: tuple[str, ...] = (
    *("segment", "plan", "tier", "edition", "contract", "package", "subscription", "product", "class", "type"),
    *("category", "industry", "sector", "size", "channel", "offer", "internet", "region", "country"),
)

_THINGS = _set("ticket call login user seat contact referral order visit session error complaint")
UNITS: dict[str, str] = {
    **dict.fromkeys(("hour", "hours", "h", "hr", "hrs", "stunden"), "h"),
    **dict.fromkeys(("minute", "minutes", "min", "mins", "minuten"), "min"),
    **dict.fromkeys(("second", "seconds", "sec", "secs"), "s"),
    **dict.fromkeys(("day", "days", "tage"), "d"),
    **dict.fromkeys(("week", "weeks"), "weeks"),
    **dict.fromkeys(("month", "months"), "months"),
    **dict.fromkeys(("year", "years"), "years"),
    **{word: word.upper() for word in ("gb", "mb", "kb", "tb", "usd", "eur", "gbp", "km")},
    **{f"{word}s": f"{word}s" for word in _THINGS},
}


def words_of(name: str) -> list[str]:
    """Return the words of a column's name, in small letters.

    Examples
    --------
    >>> words_of("firstReply_hours (h)"), words_of("Rating (1-5)")
    (['first', 'reply', 'hours', 'h'], ['rating', '1', '5'])
    """
    return [word.casefold() for word in _WORD.findall(_CAMEL.sub(" ", name))]


def has(name: str, words: frozenset[str]) -> bool:
    """Tell whether a name has one of the words, in the singular or the plural.

    Examples
    --------
    >>> has("open_tickets", LOWER), has("seats", LOWER)
    (True, False)
    """
    found = words_of(name)
    return any(word in words or word.removesuffix("s") in words for word in found)


def tells_who(name: str) -> bool:
    """Tell whether a name speaks of who or where a customer is.

    Examples
    --------
    >>> tells_who("under_30"), tells_who("zip_code"), tells_who("seats")
    (True, True, False)
    """
    return has(name, WHO) or bool(_AGED.search(" ".join(words_of(name))))


def tells_tenure(name: str) -> bool:
    """Tell whether a name speaks of how long somebody has been a customer.

    Examples
    --------
    >>> tells_tenure("tenure_months"), tells_tenure("account age"), tells_tenure("age")
    (True, True, False)
    """
    since = "since" in words_of(name) and has(name, frozenset(("signup", "start")))
    return has(name, TENURE) or since or (has(name, frozenset(("age", "lifetime"))) and has(name, TENURE_OF))


def lower_is_better(name: str, *, asked: bool = False) -> bool:
    """Guess the direction of a measure from its name; `asked` is what people rated.

    Examples
    --------
    >>> lower_is_better("first_reply_hours"), lower_is_better("usage_hours"), lower_is_better("failed_logins")
    (True, False, True)
    """
    if has(name, LOWER):
        return True
    return not asked and not has(name, HIGHER) and has(name, TIMES)


def unit_of(name: str) -> str | None:
    """Guess what a measure counts.

    Examples
    --------
    >>> unit_of("Reply (h)"), unit_of("number_of_referrals"), unit_of("cleanliness")
    ('h', 'referrals', None)
    """
    return next((UNITS[word] for word in reversed(words_of(name)) if word in UNITS), None)


def part_of(name: str, *, asked: bool = False) -> Part:
    """Guess where a step belongs: what the product does, what lies between, or how it is done.

    Examples
    --------
    >>> part_of("uptime"), part_of("list_size"), part_of("first_reply_hours")
    ('functions', 'gaps', 'expectations')
    """
    if has(name, MANNER):
        return "expectations"
    if has(name, DOES):
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
