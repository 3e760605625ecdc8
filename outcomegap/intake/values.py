"""What one raw value means: a number, nothing, or a mistake. Everything else reads distinct values through this."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np

from outcomegap.errors import nearest
from outcomegap.frames.arrays import is_missing_type
from outcomegap.intake.numbers import parse_number, plain_pattern
from outcomegap.model.frozenmap import FrozenMap
from outcomegap.model.inputs import Inputs
from outcomegap.model.mapping import MeasureInput
from outcomegap.model.source import Code, Source


class UnreadableError(ValueError):
    """A raw value that stands for nothing known; `suggestion` is the nearest that does."""

    def __init__(self, message: str, suggestion: str | None = None, rule: str = "not-a-number") -> None:
        super().__init__(message)
        self.suggestion = suggestion
        self.rule = rule


def is_blank(value: Any) -> bool:
    """Tell whether a raw value is missing: null, NaN, or text without a letter."""
    if isinstance(value, str):
        return not value or value.isspace()
    return is_missing_type(type(value)) or (isinstance(value, (float, np.floating)) and math.isnan(value))


def text_of(value: Any) -> str:
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


def matches(value: Any, code: Code) -> bool:
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
    if isinstance(code, str):
        return text == code
    try:
        return parse_number(text) == code
    except ValueError:
        return False


def _number_of(code: Code) -> float | None:
    try:
        return parse_number(code) if isinstance(code, str) else float(code)
    except ValueError:
        return None


def listed(value: Any, codes: Iterable[Code]) -> bool:
    """Tell whether a raw value is among codes."""
    return any(matches(value, code) for code in codes)


@attrs.frozen
class Reader:
    """How the values of one column are read.

    Parameters
    ----------
    decimal, thousands, percent, missing, values
        As in `outcomegap.model.source.Source` and `outcomegap.model.mapping.MeasureInput`.
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
        return tuple(number for code in self.missing if (number := _number_of(code)) is not None)

    @property
    def plain(self) -> str | None:
        """A regular expression for texts that an engine may turn into numbers itself; None if there are none."""
        return plain_pattern(self.decimal) if self.values is None else None

    def __call__(self, value: Any) -> float | None:
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
        if is_blank(value) or (self.missing and listed(value, self.missing)):
            return None
        if self.values is not None:
            return float(self.scaled(self._mapped(value, self.values)))
        number = self._parsed(value) if isinstance(value, str) else self._number(value)
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

    def _mapped(self, value: Any, table: FrozenMap[float]) -> float:
        text = text_of(value)
        if text in table:
            return table[text]
        for key, number in table.items():
            if matches(value, key):
                return number
        raise UnreadableError(
            f"is not among the accepted values {_names(table)}", nearest(text, table), "unmapped-value"
        )

    def _parsed(self, text: str) -> float:
        try:
            return parse_number(text, self.decimal, self.thousands, "points" if self.percent else None)
        except ValueError as error:
            raise UnreadableError(f"is no number: {error}") from None

    def _number(self, value: Any) -> float:
        if isinstance(value, (dt.date, dt.time, dt.timedelta, np.datetime64, np.timedelta64)):
            raise UnreadableError("is a date or time, no number: say start and end for the time between two")
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise UnreadableError("is no number") from None
        if math.isinf(number):
            raise UnreadableError("is infinite; leave a missing value empty", rule="infinite")
        return number


def reader(source: Source | None, inputs: Inputs) -> Reader:
    """Return how a source is read; what it does not say, the inputs as a whole do."""
    if source is None:
        return Reader(inputs.decimal or ".", inputs.thousands, None, inputs.missing)
    return Reader(
        decimal=source.decimal or inputs.decimal or ".",
        thousands=source.thousands or inputs.thousands,
        percent=source.percent,
        missing=inputs.missing if source.missing is None else source.missing,
        values=source.values if isinstance(source, MeasureInput) else None,
        scale=(source.times or 1.0, source.divided_by or 1.0),
    )


def _names(table: Iterable[str]) -> str:
    names = [repr(name) for name in table]
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
