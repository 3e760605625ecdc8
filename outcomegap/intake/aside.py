"""Why a column of a raw table is no step: what it names, counts, dates, or says of somebody."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from outcomegap.files.formats import inline
from outcomegap.intake import guesses
from outcomegap.intake.directions import direction_of
from outcomegap.intake.guesses import Profile, has
from outcomegap.intake.lexicon import Lexicon

#: A column of so many rows that counts them is no measure, whatever it is called.
CLEARLY = 20
#: So many whole numbers of so many digits, each its own, are ids.
OWN, DIGITS = 10, 6
#: This share of a column's texts look alike.
MOST = 0.9
#: This share of the cells hold several answers, of so few different ones in all.
SEVERAL, ANSWERS = 0.2, 30
NAMES = "names something, as ids, addresses and codes do; no amount"
SEPARATORS = (";", "|", ",")
_NAMED = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[^\s@]+@[^\s@]+\.\w+|(https?://|www\.)\S+"
    r"|[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,}.*|\+\d[\d ()/.-]{6,}|\(?0\d[\d ()/.-]{5,}|[A-Z]+[-_/#]\d+([-_/]\w+)*",
    re.IGNORECASE,
)
_CODE = re.compile(r"0\d[\d ]*")


def why_no_step(one: Profile, table: Mapping[str, Any] | None = None) -> str | None:
    """Return why a column is not measured; None where it can be. `table` is how measures name a further table."""
    if one.kind == "empty":
        return "empty in every row"
    if has(one.name, "label"):
        return "looks like the answer itself; left out, so that you can compare the score with it"
    if one.kind == "date":
        return _of_date(one, table or {})
    if one.kind == "infinite":
        return "holds infinities, or numbers near them"
    if one.kind == "text":
        return _of_text(one)
    if guesses.tells_who(one.name):
        return "says who or where a customer is, not how far from an outcome"
    return _of_name(one)


def is_identifier(one: Profile) -> bool:
    """Return whether a column holds ids of any form: a number of its own in each row, 0 in front, addresses, codes."""
    if one.kind == "text" or one.texts:
        named = sum(count for text, count in one.texts.items() if _NAMED.fullmatch(text.strip()))
        if named >= MOST * one.texts_held:
            return True
    if one.kind != "numbers" or not (one.values == one.values.round()).all():
        return False
    coded = any(_CODE.fullmatch(text.strip()) for text in one.texts)
    least, most = (len(str(abs(int(value)))) for value in (one.values[0], one.values[-1]))
    own = OWN <= len(one.values) == one.rows - one.blank
    return coded or (own and least >= DIGITS and abs(most - least) <= 1 and says_nothing(one.name))


def several_answers(one: Profile) -> str | None:
    """Return the mark between several answers in one cell, if there are any."""
    for mark in SEPARATORS if one.kind == "text" else ():
        held = Counter[str]()
        for text, count in one.texts.items():
            held.update({answer.strip(): count for answer in text.split(mark)})
        shared = sum(count for text, count in one.texts.items() if mark in text)
        again = sum(held.values()) > 2 * len(held)
        if shared >= SEVERAL * one.texts_held and len(held) <= ANSWERS and again and len(held) < 2 * len(one.texts):
            return mark
    return None


def scale_in_words(one: Profile) -> dict[str, int]:
    """Return the point of each answer of a scale in words, such as Very hard to Very easy; else nothing."""
    texts = [text for text in one.texts if guesses.meaning_of(text) != "unanswered"] if one.kind == "text" else []
    for scale in guesses.vocabulary()["scales"] if 1 < len(texts) <= ANSWERS else ():
        points = {word: point for point, words in enumerate(scale, 1) for word in words.split("/")}
        found = {text: points.get(" ".join(text.casefold().replace("\u2019", "'").split())) for text in texts}
        if (known := {text: point for text, point in found.items() if point is not None}) and len(known) == len(found):
            return dict(sorted(known.items(), key=lambda pair: pair[1]))
    return {}


def gone_by(one: Profile, *why: str) -> list[str]:
    """Return the values by which a column tells who left ("gone"), or is there for a test ("trial")."""
    if one.kind == "flag" and has(one.name, *why):
        return [text for text, number in one.source["values"].items() if number == 1]
    few = one.texts if one.kind == "text" and len(one.texts) <= ANSWERS else ()
    return [text for text in few if has(text, *why)]


def says_nothing(name: str) -> bool:
    """Return whether a name tells no amount: no direction, unit or worth."""
    tells = direction_of(name) != "unknown" or guesses.unit_of(name) is not None
    return not (tells or guesses.tells_tenure(name) or has(name, "worth"))


def _of_date(one: Profile, table: Mapping[str, Any]) -> str:
    forms = [form for form in one.forms if form is not None]
    read = {**table, "start": one.name, "unit": "days"} | ({"aggregate": "latest"} if table else {})
    read |= {"date_format": forms[0]} if forms else {}
    advice = f"a date; its age is a measure with as_of and {inline(read)}"
    either = f"; day and month may be the other way round: {inline(forms[1])}" if len(forms) > 1 else ""
    unsure = "" if one.forms or not one.texts else "; say how they are written with date_format"
    return f"{advice} in [inputs.measures]{either}{unsure}"


def _of_text(one: Profile) -> str:
    if scale := scale_in_words(one):
        silent = [text for text in one.texts if text not in scale]
        read = {"column": one.name, "values": scale} | ({"missing": silent} if silent else {})
        return f"a scale in words; a measure with {inline(read)} in [inputs.measures], where the order is right"
    if len(one.texts) == 2 and not one.source and not is_identifier(one):
        first, second = map(inline, sorted(one.texts))
        values = f"values = {{ {first} = 1, {second} = 0 }}"
        return f"text of two values; say which is good with {values} in [inputs.measures]"
    if (mark := several_answers(one)) is not None:
        number = f"{{ column = {inline(one.name)}, split = {inline(mark)} }}"
        return f"several answers in one cell; how many were chosen is a measure with {number} in [inputs.measures]"
    if is_identifier(one):
        return NAMES
    return f"text ({len(one.texts):,} different values)"


def _of_name(one: Profile) -> str | None:
    """Return why a column of numbers is a name, or counts the rows."""
    if is_identifier(one):
        return NAMES
    by_ones = one.rows >= CLEARLY and one.values[-1] - one.values[0] == one.rows - 1
    if one.serial and (by_ones or says_nothing(one.name)):
        return "counts the rows; no amount"
    places = Lexicon.of("words.toml").places(one.name)
    if places and "naming" in places[-1]:
        return "a name, no amount"
    years, months = one.values // 100, one.values % 100
    if ((years >= 1900) & (years < 2100) & (months >= 1) & (months <= 12)).all() and says_nothing(one.name):
        return "names a month, no amount"
    return None


def rare(one: Profile, better: str, share: float) -> str | None:
    """Return why few could ever reach a target: fewer than this share have more than the rest."""
    worst = one.values[-1] if better == "less" else one.values[0]
    beyond = int(one.counts[one.values != worst].sum())
    if beyond >= share * one.counts.sum() - 1e-9:
        return None
    held = f"{guesses.plain(worst)!r} in {one.counts.sum() - beyond:,} of {one.counts.sum():,} rows with a value"
    return f"{held}: whatever the target, so few reach it that it would be everybody's gap"
