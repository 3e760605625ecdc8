"""Columns of Python objects, each brought to one type."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

from outcomegap.intake.values import is_blank, text_of


def of_one_kind(values: list[Any]) -> list[Any]:
    """Return values as numbers, times or texts, all of one type; None is missing.

    Examples
    --------
    >>> of_one_kind([1, None, 2.5]), of_one_kind([True, None]), of_one_kind(["a", 3.0])
    ([1.0, None, 2.5], ['True', None], ['a', '3'])
    """
    there = [None if is_blank(value) or value != value else value for value in values]  # noqa: PLR0124 - NaT
    kinds = {type(value) for value in there if value is not None}
    if kinds <= {int}:
        return there if None not in there else [None if value is None else float(value) for value in there]
    if kinds <= {int, float, decimal.Decimal}:
        return [None if value is None else float(value) for value in there]
    if kinds == {dt.date}:
        return [None if value is None else dt.datetime(value.year, value.month, value.day) for value in there]  # noqa: DTZ001
    if len(kinds) == 1 and kinds != {bool}:
        return there
    return [None if value is None else text_of(value) for value in there]
