"""Numbers as people write them: any script's digits, decimal commas, thousands separators, percent signs."""

from __future__ import annotations

import math
import re
import unicodedata

#: Characters that only steer the direction of text.
_DIRECTION = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))
#: Marks that can mean one thing only, whatever the source says of its own marks.
_ARABIC_DECIMAL, _ARABIC_THOUSANDS, _ARABIC_PERCENT = "\u066b", "\u066c", "\u066a"
_MINUS = "\u2212\ufe63\uff0d"
_SPACES = "\u00a0\u2007\u2009\u202f"
_QUOTES = "\u2019\u02bc"
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,3}(?:T[0-9]{2,3})*T[0-9]{3}|[0-9]*)(?:D(?P<fraction>[0-9]*))?"
    r"(?:[eE](?P<power>[+-]?[0-9]{1,4}))?"
)


def parse_number(text: str, decimal: str = ".", thousands: str | None = None, percent: str | None = None) -> float:
    r"""Read a number as it is written.

    Parameters
    ----------
    text
        What stands in the table; digits of any script, Arabic marks and the true minus sign need no word.
    decimal, thousands
        The marks. A thousands mark stands between groups of three (or, as in India, two and a last three).
    percent
        None: a percent sign is an error. ``"fraction"``: the text is a percentage, with or without its sign, and
        12.5 % is 0.125. ``"points"``: it is 12.5.

    Raises
    ------
    ValueError
        If it is no such number; the message says what would help.

    Examples
    --------
    >>> parse_number("12,5", decimal=","), parse_number("1.234.567", decimal=",", thousands=".")
    (12.5, 1234567.0)
    >>> parse_number("\u06f1\u06f2\u066b\u06f5"), parse_number("12.5 %", percent="fraction")
    (12.5, 0.125)
    """
    plain = _signs_apart(text)
    if plain.endswith("%") or plain.startswith("%"):
        if percent is None:
            raise ValueError('say percent = "fraction" (12 % is 0.12) or "points" (12 % is 12)')
        plain = plain.strip("% ") if plain.count("%") == 1 else plain
    match = _NUMBER.fullmatch(_with_marks(plain, decimal, thousands))
    if match is None or not (match["whole"] or match["fraction"]):
        raise ValueError(_what_would_help(plain, decimal, thousands))
    whole = match["whole"].replace("T", "") or "0"
    value = float(f"{match['sign']}{whole}.{match['fraction'] or 0}e{match['power'] or 0}")
    if math.isinf(value):
        raise ValueError("too large for a number")
    return value / 100.0 if percent == "fraction" else value


def plain_pattern(decimal: str) -> str:
    """Return a regular expression for texts that any engine reads as `parse_number` does, with these marks."""
    fraction = r"(?:\.[0-9]{1,17})?" if decimal == "." else ""
    return rf"^-?[0-9]{{1,15}}{fraction}$"


def _signs_apart(text: str) -> str:
    """Return the text with ASCII digits, one kind of minus, percent sign, space and quote."""
    if text.isascii():
        return text.strip()
    plain = text.translate(_DIRECTION)
    return "".join(map(_ascii, plain)).strip()


def _ascii(char: str) -> str:
    if char in _MINUS:
        return "-"
    if char in (_ARABIC_PERCENT, "\uff05"):
        return "%"
    if char in _SPACES:
        return " "
    if char in _QUOTES:
        return "'"
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)


def _with_marks(plain: str, decimal: str, thousands: str | None) -> str:
    """Return the text with its marks as D and T; a mark that means neither stays, and so does not match."""
    if not plain.isascii() or "D" in plain or "T" in plain:
        plain = plain.replace("D", "?").replace("T", "?")
        plain = plain.replace(_ARABIC_DECIMAL, "D").replace(_ARABIC_THOUSANDS, "T")
    if thousands is not None:
        plain = plain.replace("'" if thousands in _QUOTES else " " if thousands in _SPACES else thousands, "T")
    return plain.replace(decimal, "D")


def _what_would_help(plain: str, decimal: str, thousands: str | None) -> str:
    if not any(char.isdigit() for char in plain):
        return "say what it stands for in values, or list it in missing"
    if decimal == "." and re.fullmatch(r"-?[0-9.]*,[0-9]+", plain):
        other = re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+", plain)
        return 'say decimal = ","' + (' or thousands = ","' if other else "")
    if thousands is None and re.fullmatch(r"[-+]?[0-9]{1,3}([ '.,][0-9]{3})+(.[0-9]+)?", plain):
        return "say which mark stands between thousands: thousands = ..."
    return "give its marks (decimal, thousands, percent), say what it stands for in values, or list it in missing"
