"""What one raw value means: a number, a moment, nothing, or a mistake. Every raw column is read by this."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import attrs
import numpy as np

from outcomegap.checks import Checks
from outcomegap.errors import SHOWN, nearest
from outcomegap.frames.arrays import is_null
from outcomegap.intake.times import moment, parse_time
from outcomegap.model.declaration import FrozenMap
from outcomegap.model.inputs import Code, Inputs, MeasureInput, Source

#: Characters that only steer the direction of text.
_DIRECTION = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))
#: Marks that can mean one thing only, whatever the source says of its own marks.
_ARABIC_DECIMAL, _ARABIC_THOUSANDS = "\u066b", "\u066c"
_SPACES, _QUOTES = "\u00a0\u2007\u2009\u202f", "\u2019\u02bc"
_SIGNS = {"\u2212\ufe63\uff0d": "-", "\u066a\uff05": "%", _SPACES: " ", _QUOTES: "'"}
_PLAIN: dict[int, str | None] = {**_DIRECTION, **{ord(char): sign for chars, sign in _SIGNS.items() for char in chars}}
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
    digits = ((char, unicodedata.decimal(char, None)) for char in text.translate(_PLAIN))
    return "".join(char if digit is None else str(digit) for char, digit in digits).strip()


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


# Raw values of any type


Value = TypeVar("Value")


class UnreadableError(ValueError):
    """A raw value that stands for nothing known; `suggestion` is the nearest that does."""

    def __init__(self, message: str, suggestion: str | None = None, rule: str = "not-a-number") -> None:
        super().__init__(message)
        self.suggestion = suggestion
        self.rule = rule


def is_blank(value: object) -> bool:
    """Tell whether a raw value is missing: null, NaN, NaT, or text without a letter."""
    return (not value or value.isspace()) if isinstance(value, str) else is_null(value)


def text_of(value: object) -> str:
    """Return a raw value as the text it would be in a text file; 3.0 is ``3``.

    Examples
    --------
    >>> text_of(3.0), text_of(True), text_of("Yes")
    ('3', 'True', 'Yes')
    """
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer() and abs(float(value)) < 1e15:
        return str(int(value))
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def number_of(code: Code) -> float | None:
    """Return the number that a code spells, or None."""
    try:
        return parse_number(code) if isinstance(code, str) else float(code)
    except ValueError:
        return None


def matches(value: object, code: Code) -> bool:
    """Tell whether a raw value is what a code says; an empty one is ``""``.

    Examples
    --------
    >>> matches("4.0", 4.0), matches(True, "true"), matches("High", "high"), matches(None, "")
    (True, True, False, True)
    """
    if is_blank(value):
        return isinstance(code, str) and is_blank(code)
    text = text_of(value)
    if isinstance(code, bool) or isinstance(value, (bool, np.bool_)):
        return text.casefold() == str(code).casefold()
    return text == code if isinstance(code, str) else number_of(text) == code


def of_one_kind(values: Sequence[Any]) -> list[Any]:
    """Return Python objects as numbers, times or texts, all of one type; None is missing.

    Examples
    --------
    >>> of_one_kind([1, None, 2.5]), of_one_kind([True, None]), of_one_kind(["a", 3.0])
    ([1.0, None, 2.5], ['True', None], ['a', '3'])
    """
    there = [None if is_blank(value) else value for value in values]
    kinds = {type(value) for value in there if value is not None}
    if len(kinds) <= 1 and not kinds & {int, bool, decimal.Decimal, dt.date}:
        return there
    if kinds == {int} and None not in there:
        return there
    if kinds == {dt.date}:
        return [None if value is None else dt.datetime(value.year, value.month, value.day) for value in there]  # noqa: DTZ001
    turned: Callable[[Any], Any] = float if kinds <= {int, float, decimal.Decimal} else text_of
    return [None if value is None else turned(value) for value in there]


@attrs.frozen
class Reader:
    """How the values of one column are read.

    Parameters
    ----------
    decimal, thousands, percent, missing, values
        As in `outcomegap.model.inputs.Source` and `outcomegap.model.inputs.MeasureInput`.
    scale
        What the number is multiplied by at the end, and divided by.
    """

    decimal: str = "."
    thousands: str | None = None
    percent: str | None = None
    missing: tuple[Code, ...] = ()
    values: FrozenMap[float] | None = None
    scale: tuple[float, float] = (1.0, 1.0)
    missing_numbers: tuple[float, ...] = attrs.field(init=False)

    @missing_numbers.default
    def _missing_numbers(self) -> tuple[float, ...]:
        return tuple(number for code in self.missing if (number := number_of(code)) is not None)

    @classmethod
    def of(cls, source: Source | None, inputs: Inputs) -> Reader:
        """Return how a source is read; what it does not say, the inputs as a whole do."""
        source = source or MeasureInput()
        return cls(
            decimal=source.decimal or inputs.decimal or ".",
            thousands=source.thousands or inputs.thousands,
            percent=source.percent,
            missing=inputs.missing if source.missing is None else source.missing,
            values=source.values if isinstance(source, MeasureInput) else None,
            scale=(source.times or 1.0, source.divided_by or 1.0),
        )

    @property
    def plain(self) -> str:
        """A regular expression for texts that an engine may turn into numbers itself."""
        return plain_pattern(self.decimal)

    def __call__(self, value: object) -> float | None:
        """Return the number that a raw value stands for; None is missing.

        Raises
        ------
        UnreadableError
            If it stands for none.

        Examples
        --------
        >>> read = Reader(decimal=",", missing=(0.0,))
        >>> read("12,5"), read("0"), read(" "), read(3)
        (12.5, None, None, 3.0)
        """
        if is_blank(value) or any(matches(value, code) for code in self.missing):
            return None
        if self.values is not None:
            return float(self.scaled(self._mapped(value, self.values)))
        number = self._parsed(value) if isinstance(value, str) else _finite(value)
        return None if number in self.missing_numbers else float(self.scaled(self.of_number(number)))

    def scaled(self, number: Any) -> Any:
        """Return a number, or an array or expression of numbers, in its final unit."""
        times, divided_by = self.scale
        if times != 1.0:
            number = number * times
        return number / divided_by if divided_by != 1.0 else number

    def of_number(self, number: Any) -> Any:
        """Return a number, or an array or expression of numbers, as a fraction where it is a percentage."""
        return number / 100.0 if self.percent == "fraction" else number

    def _mapped(self, value: object, table: Mapping[str, float]) -> float:
        text = text_of(value)
        for key in [text] if text in table else table:
            if matches(value, key) or key == text:
                return table[key]
        names = ", ".join(repr(name) for name in list(table)[:12])
        more = f" and {len(table) - 12} more" if len(table) > 12 else ""
        raise UnreadableError(f"is not among the accepted values {names}{more}", nearest(text, table), "unmapped-value")

    def _parsed(self, text: str) -> float:
        try:
            return parse_number(text, self.decimal, self.thousands, "points" if self.percent else None)
        except ValueError as error:
            raise UnreadableError(f"is no number: {error}") from None


def _finite(value: Any) -> float:
    if isinstance(value, (dt.date, dt.time, dt.timedelta, np.datetime64, np.timedelta64)):
        raise UnreadableError("is a date or time, no number: say start and end for the time between two")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise UnreadableError("is no number") from None
    if math.isinf(number):
        raise UnreadableError("is infinite; leave a missing value empty", rule="infinite")
    return number


def read_moment(value: object, date_format: str | None) -> int | None:
    """Return the moment that a raw value stands for, in microseconds; None is missing.

    Raises
    ------
    UnreadableError
        If it stands for none.
    """
    if is_blank(value):
        return None
    if isinstance(value, dt.date):
        return moment(value)
    if isinstance(value, str):
        try:
            return parse_time(value, date_format)
        except ValueError:
            form = repr(date_format) if date_format else "ISO 8601; say date_format if it is written otherwise"
            raise UnreadableError(f"is no date in {form}", rule="not-a-date") from None
    raise UnreadableError("is no date", rule="not-a-date")


def meant(items: Iterable[Any], read: Callable[[Any], Value]) -> tuple[dict[Any, Value], dict[Any, UnreadableError]]:
    """Return what each value means, and what is wrong with those that mean nothing."""
    found: dict[Any, Value] = {}
    wrong: dict[Any, UnreadableError] = {}
    for item in items:
        try:
            found[item] = read(item)
        except UnreadableError as error:
            wrong[item] = error
    return found, wrong


def note_unreadable(
    checks: Checks, column: str, wrong: Mapping[object, UnreadableError], places: Callable[[list[Any]], dict[str, Any]]
) -> None:
    """Note the values of a column that mean nothing: the first one by one, the rest together.

    `places` says where some values stand: what `Checks.problem` calls rows, and concerns.
    """
    values = list(wrong)
    for value in values[:SHOWN]:
        error = wrong[value]
        options = None if error.suggestion is None else [error.suggestion]
        message = f"column {column!r}: {value!r:.60} {error}"
        checks.problem(error.rule, message, column, value, options=options, **places([value]))
    if rest := values[SHOWN:]:
        message = f"column {column!r}: {len(rest):,} further values mean nothing, such as {rest[0]!r:.60}"
        checks.problem(wrong[rest[0]].rule, message, column, rest[0], **places(rest))
