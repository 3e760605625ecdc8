"""Gaps in words, and in their own units: "12 of 500 contacts", "12 h, target 1 h"."""

from __future__ import annotations

import math
from functools import lru_cache

from outcomegap.model import Step, SuccessGap

#: Significant digits of a number that is not whole.
DIGITS = 3


def stands_at(value: float, floor: float, target: float, unit: str | None = None) -> str:
    """Say how far a measure is from its target, in its own unit.

    Where more is better it is the value out of the target; where less is better (``floor > target``), or one of
    them is negative, value and target are named one after the other. Both numbers get as many digits as it takes
    to tell them apart.

    Examples
    --------
    >>> stands_at(12, 0, 500, "contacts"), stands_at(12, 48, 1, "h"), stands_at(49_999.9, 0, 50_000, "contacts")
    ('12 of 500 contacts', '12 h, target 1 h', '49,999.9 of 50,000 contacts')
    """
    here, there = tell_apart(value, target)
    after = f" {unit}" if unit else ""
    if floor < target and value >= 0 < target:
        return f"{here} of {there}{after}"
    return f"{here}{after}, target {there}{after}"


def tell_apart(value: float, target: float) -> tuple[str, str]:
    """Return two numbers as text, with as many digits as it takes to tell them apart.

    Examples
    --------
    >>> tell_apart(0.02999, 0.03), tell_apart(2.0, 2.0)
    (('0.02999', '0.03'), ('2', '2'))
    """
    if value == target:
        return number_text(value), number_text(target)
    for digits in range(DIGITS, 17):
        pair = number_text(value, digits), number_text(target, digits)
        if pair[0] != pair[1]:
            return pair
    return repr(value), repr(target)


@lru_cache(maxsize=8192)
def number_text(number: float, digits: int = DIGITS) -> str:
    """Return a number for people: whole numbers in full, others with some significant digits.

    Examples
    --------
    >>> [number_text(x) for x in (50_000, 1234.56, 0.0295, 12.0, 1e20, 0.00000123)]
    ['50,000', '1,235', '0.0295', '12', '1e+20', '1.23e-06']
    """
    size = abs(number)
    if number == 0:
        return "0"
    if not 1e-4 <= size < 1e15:
        return f"{number:.{digits}g}"
    if size == math.floor(size):
        return f"{number:,.0f}"
    decimals = max(0, digits - 1 - math.floor(math.log10(size)))
    text = f"{number:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def work_status(step: Step) -> str:
    """Say whether work on a step is of use: ``open``, ``being closed``, ``closed``, ``cannot be bridged``."""
    if not isinstance(step, SuccessGap):
        return "open"
    return step.status if step.bridgeable else "cannot be bridged"
