"""From model values to plain data: what TOML, JSON and YAML can hold."""

from __future__ import annotations

import math
from typing import Any

from outcomegap.model.values import Column, PerCell

#: Up to here every whole float is written without a point; beyond, the exponent reads better.
_WHOLE = 1e16


def plain_number(value: float) -> float | int:
    """Return a float as people write it: 500 for 500.0.

    Examples
    --------
    >>> plain_number(500.0), plain_number(0.5), plain_number(-0.0)
    (500, 0.5, -0.0)
    """
    # -0.0 has no whole number of its own.
    whole = value.is_integer() and abs(value) < _WHOLE and math.copysign(1.0, value) == (1.0 if value >= 0 else -1.0)
    return int(value) if whole else value


def plain_value(value: float | Column | PerCell) -> Any:
    """Return the written form of a number, a column or a value per cell.

    Examples
    --------
    >>> from outcomegap.model import column, per_cell
    >>> plain_value(per_cell(24, {"enterprise": column("sla_hours")}))
    {'default': 24, 'enterprise': {'column': 'sla_hours'}}
    """
    if isinstance(value, Column):
        return {"column": value.name}
    if isinstance(value, PerCell):
        default = {} if value.default is None else {"default": plain_value(value.default)}
        return default | {key: plain_value(item) for key, item in value.values}
    return plain_number(value)
