"""Columns handed on as they are, and words for where a column came from."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from outcomegap.intake.values import is_blank
from outcomegap.model.mapping import CellInput
from outcomegap.model.source import OF_TIME, Source

#: A number as a machine writes it: nothing is lost by reading it, unlike ``007`` or ``1e5``.
_MACHINE = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")


def plain_numbers(values: Any) -> Any:
    """Return texts as numbers where every one is written as a machine writes numbers; else None.

    Examples
    --------
    >>> plain_numbers(np.array(["12", "-0.5", None], dtype=object)), plain_numbers(np.array(["007"], dtype=object))
    (array([12. , -0.5,  nan]), None)
    """
    items = values.tolist()
    there = [item for item in items if not is_blank(item)]
    if not there or not all(isinstance(item, str) and _MACHINE.fullmatch(item) for item in there):
        return None
    if len(there) == len(items) and not any("." in item for item in there):
        return np.array([int(item) for item in items], dtype=np.int64)
    return np.array([np.nan if is_blank(item) else float(item) for item in items])


def words(source: Source | None, name: str) -> str:
    """Say where a column of the result comes from.

    Examples
    --------
    >>> words(Source(table="tickets", aggregate="median", column="hours"), "reply")
    'median of tickets.hours'
    """
    if source is None:
        return f"column {name!r}"
    if isinstance(source, CellInput) and source.columns:
        return "columns " + ", ".join(map(repr, source.columns))
    if source.dated:
        value = f"{source.unit or 'days'} from {source.start or 'as_of'} to {source.end or 'as_of'}"
    else:
        value = source.column or name
    if source.table is None:
        return value if source.dated else f"column {value!r}"
    aggregate = source.aggregate or ""
    if aggregate in OF_TIME:
        which = {"time_since": "since the last", "time_since_first": "since the first", "time_between": "between each"}
        return f"{source.unit or 'days'} {which[aggregate]} of {source.table}"
    if source.dated:
        return f"{aggregate} of {value} in {source.table}"
    return f"{aggregate} of {source.table}.{source.column}" if source.column else f"{aggregate} of {source.table}"
