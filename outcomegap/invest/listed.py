"""Columns of a list beside columns that are named after the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outcomegap.listing import Format


def beside(own: Mapping[str, Any], columns: Mapping[str, Any], word: str) -> dict[str, Any]:
    """Return the user's own columns, then the others; one of these that would hide an own one is called otherwise.

    Examples
    --------
    >>> list(beside({"value": []}, {"value": [], "cost": []}, "plan"))
    ['value', 'value (plan)', 'cost']
    """
    return {**own, **{f"{name} ({word})" if name in own else name: values for name, values in columns.items()}}


def shown_beside(own: Mapping[str, Any], show: Mapping[str, Format], word: str) -> dict[str, Any]:
    """Return how columns are shown, by what they are called beside the user's own.

    Examples
    --------
    >>> list(shown_beside({"value": []}, {"value": str, "cost": str}, "plan"))
    ['value (plan)', 'cost']
    """
    return {f"{name} ({word})" if name in own else name: how for name, how in show.items()}
