"""What a text stands for, as people write it: a number, a length of time, a moment."""

from __future__ import annotations

import calendar
import contextlib
import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import attrs
import numpy as np

#: Characters that only steer the direction of text.
_DIRECTION = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))
#: Marks that can mean one thing only, whatever the source says of its own marks.
_ARABIC_DECIMAL, _ARABIC_THOUSANDS = "\u066b", "\u066c"
_SPACES, _QUOTES = "\u00a0\u2007\u2009\u202f", "\u2019\u02bc"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"
_BRACKETS = {"\uff08": "(", "\uff09": ")", "\uff1a": ":"}
_SIGNS = {_DASHES: "-", "\u066a\uff05": "%", _SPACES: " ", _QUOTES: "'", **_BRACKETS}
_PLAIN: dict[int, str | None] = {**_DIRECTION, **{ord(char): sign for chars, sign in _SIGNS.items() for char in chars}}
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,3}(?:T[0-9]{2,3})*T[0-9]{3}|[0-9]*)(?:D(?P<fraction>[0-9]*))?"
    r"(?:[eE](?P<power>[+-]?[0-9]{1,4}))?"
)

#: Texts longer than this are no such things: the patterns below are not tried on them.
_LONGEST = 200
#: The signs of money in Unicode, what people write instead, and the codes of ISO 4217 but ALL and TOP, which are words.
_MONEY = (
    r"$\u00a2-\u00a5\u058f\u060b\u09f2\u09f3\u0bf9\u0e3f\u17db\u20a0-\u20c0\ufdfc\ufe69\uff04\uffe0\uffe1\uffe5\uffe6"
)
_MONEY_WORDS = r"""[Kk]r\.? z\u0142 K\u010d Ft lei Rs\.? S?[Ff]r\.? Rp\.? RM TL DM S/\.? \u0440\u0443\u0431\.?
    \u0433\u0440\u043d\.? \u043b\u0432\.? \u5143 \u5186 \uc6d0 [Ee]uros? [Dd]ollars? eur usd gbp chf"""
_CODES = """AED AFN AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLP CNY COP CRC CUP CVE CZK DEM DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK
    HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB
    RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TRY TTD TWD TZS UAH UGX USD UYU UZS
    VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL"""
#: Money that has three decimals.
_OF_THREE = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_CURRENCY = rf"[A-Z]{{0,3}}[{_MONEY}]|[A-Z]{{3}}|{'|'.join(_MONEY_WORDS.split())}"
_DRESSED = re.compile(
    rf"(?P<open>\()?\s*(?P<plus>[+-]?)\s*(?P<before>{_CURRENCY})?\s*(?P<inner>\()?\s*(?P<sign>[+-]?)\s*"
    rf"(?P<body>[^\s()+A-Za-z-](?:[^()+A-Za-z-]*?[^\s()+A-Za-z-])??)"
    rf"(?P<minus>-?)(?:\s*(?P<after>{_CURRENCY})(?P<end>-?))?\s*(?P<close>\))?"
)
#: What stands for no cents: ``4,-``, ``4.--``.
_NO_CENTS = re.compile(r"(?<=[0-9][.,])--?(?![0-9-])")
#: A number and the words that say what it stands for: ``5 - Very satisfied``, ``1 = never``, ``(3) neutral``; and those
#: that may as well be a unit or a name: ``2-bedroom``, ``Basic (5)``.
_RATED, _WORDS = r"(?P<number>[+-]?[0-9]+(?:[.,][0-9]+)?)", r"(?P<label>[^0-9]*[^\W\d_][^0-9]*?)"
_LABELLED = re.compile(rf"(?P<open>\()?{_RATED}(?(open)\)\s*[=:-]?|(?:\s*[=:]|\s+-|-(?=\s)|\)|\s+(?=\()))\s*{_WORDS}")
_LOOSE = [
    re.compile(form) for form in (rf"\[?{_RATED}(?:-|\]|\.\s+|(?=\())\s*{_WORDS}", rf"{_WORDS}\s*[(\[]{_RATED}[)\]]")
]
#: Words beside a number that say no rating: names of months.
_MONTHS = frozenset(name.casefold() for name in (*calendar.month_abbr, *calendar.month_name))
#: Digits that are alike where only the marks between them count.
_ALIKE = str.maketrans("23456789", "11111111")
_EITHER = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")


def signs_apart(text: str) -> str:
    """Return the text with ASCII digits, one kind of minus, percent sign, space and quote."""
    if text.isascii():
        return text.strip()
    digits = ((char, unicodedata.decimal(char, None)) for char in text.translate(_PLAIN))
    return "".join(char if digit is None else str(digit) for char, digit in digits).strip()


def parse_number(
    text: str, decimal: str = ".", thousands: str | None = None, percent: str | None = None, *, brackets: bool = True
) -> float:
    r"""Read a number as it is written.

    Parameters
    ----------
    text
        What stands in the table; digits of any script, Arabic marks and the true minus sign need no word. Signs of
        money around the number are read past.
    decimal, thousands
        The marks. A thousands mark stands between groups of three (or, as in India, two and a last three).
    percent
        None: a percent sign is an error. ``"fraction"``: the text is a percentage, with or without its sign, and
        12.5 % is 0.125. ``"points"``: it is 12.5.
    brackets
        Whether brackets around a number are a minus.

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
    >>> parse_number("($12.00)"), parse_number("1 234 kr", thousands=" ")
    (-12.0, 1234.0)
    """
    plain = signs_apart(text)
    bare = plain.strip("()+- ")
    if bare.startswith("%") or bare.endswith("%"):
        if percent is None:
            raise ValueError('say percent = "fraction" (12 % is 0.12) or "points" (12 % is 12)')
        plain = plain.replace("%", "").strip() if plain.count("%") == 1 else plain
    match = _NUMBER.fullmatch(_with_marks(plain, decimal, thousands))
    if match is None:
        inner = _undressed(plain, brackets=brackets)[0]
        match = _NUMBER.fullmatch(_with_marks(inner, decimal, thousands))
    if match is None or not (match["whole"] or match["fraction"]):
        raise ValueError(_what_would_help(plain, decimal, thousands))
    whole = match["whole"].replace("T", "") or "0"
    value = float(f"{match['sign']}{whole}.{match['fraction'] or 0}e{match['power'] or 0}")
    if math.isinf(value):
        raise ValueError("too large for a number")
    return value / 100.0 if percent == "fraction" else value


def _undressed(plain: str, *, brackets: bool = True) -> tuple[str, str | None]:
    """Return a number without its money and its brackets, a minus first, and the money; ``?`` if it is none."""
    found = _DRESSED.fullmatch(_NO_CENTS.sub("00", plain)) if len(plain) <= _LONGEST else None
    if found is None:
        return "?", None
    part = {name: text or "" for name, text in found.groupdict().items()}
    opened = part["open"] + part["inner"]
    signs = part["plus"] + part["sign"] + part["minus"] + part["end"] + ("-" if opened and brackets else "")
    twice = part["before"] and part["after"] and "$" not in part["before"] + part["after"]
    codes = (word for word in (part["before"], part["after"]) if re.fullmatch("[A-Z]{3}", word))
    unknown = any(code not in _CODES for code in codes)
    other = unknown or twice or any(map(str.isalpha, part["body"]))
    if other or len(signs) > 1 or len(opened) != len(part["close"]):
        return "?", None
    return signs + part["body"], part["before"] or part["after"] or None


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
        return "give its meaning in values, or list it in missing"
    if length_of(plain) is not None:
        return 'it is a length of time: say unit = "hours", or another unit'
    inner = _undressed(plain)[0]
    point, group = _marks_in(inner.lstrip("+-"))
    say = [f'decimal = "{point}"'] if decimal == "." and point == "," else []
    say += [f'thousands = "{group}"'] if group is not None and thousands is None else []
    if say:
        return f"say {(' or ' if point == group else ' and ').join(say)}"
    if inner == "?" and label_of(plain) is not None:
        return "the words beside it may be a unit or a name; give its meaning in values"
    return "give its meaning in values, or list it in missing; or give its marks (decimal, thousands, percent)"


class Label(NamedTuple):
    """A number and the words beside it; loosely, they may as well be its unit or a name."""

    number: str
    words: str
    bracketed: bool
    loosely: bool


def label_of(text: str) -> Label | None:
    """Return a number and the words that say what it stands for; None where it is no such text.

    Examples
    --------
    >>> label_of("5 - Very satisfied")[:2], label_of("Neutral (3)")[:2], label_of("5 - 10 seats"), label_of("3 - days")
    (('5', 'Very satisfied'), ('3', 'Neutral'), None, None)
    """
    plain = signs_apart(text)
    surely = _LABELLED.fullmatch(plain) if len(plain) <= _LONGEST else None
    found = surely or next(filter(None, (form.fullmatch(plain) for form in _LOOSE if len(plain) <= _LONGEST)), None)
    if found is None:
        return None
    words = found["label"].strip("()[] ")
    unit = words.rstrip(".").casefold()
    if (unit in _LENGTHS and len(unit) > 1) or (surely is None and unit in _MONTHS):
        return None
    return Label(found["number"], words, bool(surely and surely["open"]), surely is None)


# How the numbers of a whole column are written


@attrs.frozen
class Writing:
    """How the numbers of one column are written, as far as its texts tell.

    Parameters
    ----------
    decimal, thousands
        The marks; None where nothing tells.
    shown
        Whether a text shows them by itself: two marks in one number, repeated groups of three, money.
    doubtful
        A text that may mean another number, such as ``1.234`` where nothing tells what the mark is.
    brackets
        Whether brackets around a number are a minus: not where others stand before words, as in ``(5) very good``.
    money
        The signs and codes of money, in order.
    labels
        Text -> the number in it, of ratings with the words for it: not where the same words stand beside several
        numbers.
    """

    decimal: str | None = None
    thousands: str | None = None
    shown: bool = False
    doubtful: str | None = None
    brackets: bool = True
    money: tuple[str, ...] = ()
    labels: Mapping[str, str] = attrs.field(factory=dict)


def how_written(texts: Iterable[str], first: str = ".") -> Writing:
    """Judge how numbers are written by all texts of a column; `first` is the decimal mark to think of first.

    A point or comma before three digits may be either mark. It stands between thousands if whole numbers of three
    digits stand beside it, or shorter ones beside a group that ends in 0: nobody writes such decimals.

    Examples
    --------
    >>> how_written(["563", "3.566", "36.532"]).thousands, how_written(["$80", "$1,234.50"]).thousands
    ('.', ',')
    >>> how_written(["1.234", "5.678"]).doubtful, how_written(["0.125", "1.500"]).doubtful
    ('1.234', None)
    """
    decimals, groups, either, wholes = set[str](), set[str](), dict[str, str](), set[str]()
    money, labels, shown, rounded = dict[str, None](), dict[str, Label](), False, False
    shapes, amounts = set[str](), False
    for text in texts:
        plain = signs_apart(text).replace("%", "").strip()
        shape = plain.translate(_ALIKE)
        if shape in shapes:
            continue
        body, currency = (plain, None) if plain.isdigit() or _EITHER.fullmatch(plain) else _undressed(plain)
        if body == "?":
            if (label := label_of(plain)) is not None:
                labels[text] = label
            continue
        shapes.add(shape)
        body = body.lstrip("+-")
        if currency is not None:
            money[currency] = None
        if body.isdigit() and body[0] != "0":
            wholes.add(body)
        decimal, group = _marks_in(body)
        if decimal is not None and decimal == group:
            amount = currency is not None and currency not in _OF_THREE
            if not amount or group == ".":
                either.setdefault(group, text.strip())
                rounded |= body.endswith("0")
                amounts |= amount
                continue
            decimal = None
        shown |= group is not None or (decimal is not None and currency is not None)
        decimals.update(decimal or ())
        groups.update(group or ())
    longest = max(map(len, wholes), default=0)
    grouped = amounts or longest == 3 or (0 < longest < 3 and rounded)
    decimal, group, doubtful = _resolved(decimals, groups, either, first, grouped=grouped)
    shown |= grouped if doubtful is not None else None not in (decimal, group)
    brackets = not any(label.bracketed for label in labels.values())
    return Writing(decimal, group, shown, doubtful, brackets, tuple(money), _ratings(labels))


def _ratings(labels: Mapping[str, Label]) -> dict[str, str]:
    """Return the number of each text, where the words beside the numbers tell them apart."""
    pairs = {(label.number, label.words.casefold()) for label in labels.values()}
    numbers, words = map(set, zip(*pairs, strict=True)) if pairs else (set(), set())
    apart = len(words) == len(pairs)
    sure = apart and len(numbers) == len(pairs) > 1
    return {text: label.number for text, label in labels.items() if sure or (apart and not label.loosely)}


def _marks_in(body: str) -> tuple[str | None, str | None]:
    """Return the decimal mark and the mark between thousands of a number; the same twice if it may be either."""
    marks = [char for char in body if char in ".,' "]
    if not marks or not any(map(str.isdigit, body)):
        return None, None
    head, last, tail = body.rpartition(marks[-1])
    decimal, group = (None, last) if last in {*marks[:-1], "'", " "} else (last, marks[0] if len(marks) > 1 else None)
    if _NUMBER.fullmatch(_with_marks(body, decimal or "D", group)) is None:
        return None, None
    either = group is None and len(tail) == 3 and 1 <= len(head) <= 3 and head[0] != "0"
    return decimal, last if either else group


def _resolved(
    decimals: set[str], groups: set[str], either: Mapping[str, str], first: str, *, grouped: bool
) -> tuple[str | None, str | None, str | None]:
    """Return both marks, and a text that leaves a doubt; marks that clash say nothing."""
    if len(decimals) > 1 or len(groups) > 1 or decimals & groups:
        return None, None, next(iter(either.values()), None)
    decimal, group, doubtful = next(iter(decimals), None), next(iter(groups), None), None
    for mark, text in either.items():
        if mark in (decimal, group):
            continue
        if decimal is None and group is not None:
            decimal = mark
        elif decimal is not None and group is None:
            group = mark
        else:
            doubtful = text
            group = mark if group is None and (grouped or first != mark) else group
    if decimal is None and group in (".", ","):
        decimal = "," if group == "." else "."
    return decimal, group, doubtful


# Several answers in one cell


def answers_in(text: str, mark: str, known: Iterable[str] = ()) -> list[str]:
    """Return the answers in a text, each once: known ones, the longest first, else what stands between two marks.

    A mark in brackets parts nothing.

    Examples
    --------
    >>> answers_in("Import, Charts (new, beta),", ","), answers_in("Yes, often, No", ",", ["Yes", "Yes, often"])
    (['Import', 'Charts (new, beta)'], ['Yes, often', 'No'])
    """
    part, blank = re.compile(rf"(?:\((?:[^()]|\([^()]*\))*\)|[^{re.escape(mark)}])*"), " \t\r\n".replace(mark, "")
    longest, found, rest = sorted(known, key=len, reverse=True), dict[str, None](), text.strip(blank)
    while rest:
        ends = (
            len(one) for one in longest if rest.startswith(one) and rest[len(one) :].lstrip(blank)[:1] in ("", mark)
        )
        match = part.match(rest)
        end = next(ends, match.end() if match else 0)
        found[rest[:end].strip(blank)] = None
        rest = rest[end:].lstrip(blank).removeprefix(mark).lstrip(blank)
    return [answer for answer in found if answer]


# Lengths of time

#: The words that people write for units, by their seconds; a month is a twelfth of 365.25 days.
_SECONDS = {
    31557600.0: "y yr yrs year years jahr jahre jahren an ans a\u00f1o a\u00f1os",
    2629800.0: "mo mos month months monat monate monaten mois mes meses",
    604800.0: "w week weeks wk wks woche wochen semaine semaines semana semanas",
    86400.0: "d day days tag tage tagen jour jours j d\u00eda d\u00edas dia dias",
    3600.0: "h hr hrs hour hours std stunde stunden heure heures hora horas",
    60.0: "m min mins minute minutes minuten minuto minutos",
    1.0: "s sec secs second seconds sek sekunde sekunden seconde secondes segundo segundos",
    0.001: "ms millisecond milliseconds",
}
_LENGTHS = {word: size for size, words in _SECONDS.items() for word in words.split()}
_CLOCK = re.compile(
    r"(?:([0-9]+)\s*(?:days?|d)\b,?\s*)?([0-9]+)[:h]([0-5][0-9])(?::([0-5][0-9](?:[.,][0-9]+)?))?"
    r"(?:\s*(?:h|hrs?|hours?|[Ss]td\.?))?"
)
_PIECE = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*([^\W\d_]+)\.?[\s,]*(?:and\s|und\s|et\s|y\s)?\s*")
_ISO = re.compile(
    r"P(?=.)(?:([0-9.]+)Y)?(?:([0-9.]+)M)?(?:([0-9.]+)W)?(?:([0-9.]+)D)?(?:T(?=.)(?:([0-9.]+)H)?(?:([0-9.]+)M)?(?:([0-9.]+)S)?)?"
)


def parse_length(text: str) -> float:
    """Read a length of time in seconds: ``h:mm``, ``h:mm:ss``, ``2d 3h``, ``45 min``, ISO 8601.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> parse_length("0:45:10"), parse_length("1 day, 2:03:04"), parse_length("1h 30m"), parse_length("PT2H30M")
    (2710.0, 93784.0, 5400.0, 9000.0)
    """
    plain = signs_apart(text)
    if len(plain) > _LONGEST:
        raise ValueError("is no length of time")
    minus = plain.startswith("-")
    plain = plain.removeprefix("-").strip()
    if (clock := _CLOCK.fullmatch(plain)) is not None:
        days, *rest = (float((part or "0").replace(",", ".")) for part in clock.groups())
        seconds = sum(part * size for part, size in zip(rest, (3600.0, 60.0, 1.0), strict=True))
        return -86400.0 * days + seconds if minus and days else (-1 if minus else 1) * (86400.0 * days + seconds)
    if (iso := _ISO.fullmatch(plain)) is not None:
        parts = zip(iso.groups(), _SECONDS, strict=False)
        return (-1 if minus else 1) * sum(float(part) * size for part, size in parts if part)
    pieces = [(float(number.replace(",", ".")), _LENGTHS.get(word.lower())) for number, word in _PIECE.findall(plain)]
    total = sum(number * size for number, size in pieces if size is not None)
    if not pieces or _PIECE.sub("", plain) or any(size is None for _, size in pieces):
        raise ValueError("is no length of time")
    return -total if minus else total


def length_of(value: object) -> float | None:
    """Return a length of time in seconds; None where it is none.

    Examples
    --------
    >>> length_of("45 min"), length_of(dt.timedelta(hours=1)), length_of("0"), length_of("45"), length_of("3 seats")
    (2700.0, 3600.0, 0.0, None, None)
    """
    if isinstance(value, (dt.timedelta, np.timedelta64)):
        return float(np.timedelta64(value) / np.timedelta64(1, "us")) / 1e6
    with contextlib.suppress(ValueError):
        return 0.0 if value in (0, "0") else parse_length(str(value))
    return None


# Moments

#: A time of the day, and what may stand behind it: a fraction, morning or afternoon, the distance from UTC, its name.
_CLOCKED = re.compile(
    r"(?P<time>.*?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)(?P<fraction>[.,][0-9]+)?(?P<noon>\s*[AaPp]\.?\s?[Mm]\.?)?\s*"
    r"(?:\(?(?:GMT|UTC|Z|(?=[+-]))\s*(?:(?P<sign>[+-])(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-5][0-9]))?)?\)?"
    r"\s*(?:\([^()]*\)|\[[^\[\]]*\])?)?"
)


def parse_time(text: str, date_format: str | None = None) -> dt.datetime:
    """Read a date or time.

    Parameters
    ----------
    text
        ISO 8601, or in `date_format`; digits of any script. Behind a time of the day may stand fractions of a second
        and the distance from UTC, which `date_format` need not name: ``GMT+2``, ``UTC``, ``+02:00``.
    date_format
        As in `datetime.strptime`: ``"%d.%m.%Y"``.

    Returns
    -------
    datetime
        Without a zone, in UTC.

    Raises
    ------
    ValueError
        If it is no such date.

    Examples
    --------
    >>> str(parse_time("02.01.1970", "%d.%m.%Y")), str(parse_time("1970-01-01T01:00+01:00"))
    ('1970-01-02 00:00:00', '1970-01-01 00:00:00')
    >>> str(parse_time("1970/01/02 11:07 AM GMT+2", "%Y/%m/%d %I:%M %p"))
    '1970-01-02 09:07:00'
    """
    plain = signs_apart(text)
    try:
        return in_utc(_written(plain, date_format))
    except ValueError:
        clocked = _CLOCKED.fullmatch(plain) if len(plain) <= _LONGEST else None
        if clocked is None:
            raise
    noon = (clocked["noon"] or "").replace(".", "")
    found = _written(clocked["time"] + noon, date_format)
    away = dt.timedelta(hours=int(clocked["hours"] or 0), minutes=int(clocked["minutes"] or 0))
    if found.tzinfo is not None or away > dt.timedelta(hours=14):
        raise ValueError("names two zones, or one that is not")
    fraction = dt.timedelta(seconds=float("0." + (clocked["fraction"] or ".0")[1:]))
    return found + fraction + (away if clocked["sign"] == "-" else -away)


def _written(plain: str, date_format: str | None) -> dt.datetime:
    if date_format is None:
        return dt.datetime.fromisoformat(plain)
    return dt.datetime.strptime(plain, date_format)  # noqa: DTZ007 - a time without a zone is UTC


def in_utc(value: dt.datetime | dt.date) -> dt.datetime:
    """Return a date or time as a time without a zone, in UTC."""
    if not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)
