"""Frames handed to the code of others: copies, some of the rows, blanks, and whether they came back as they were."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.frames import wrap

Array = NDArray[Any]


def handed(frame: Any) -> Any:
    """Return a copy of a frame, for code that may change it; a frame that nobody can copy nobody can change."""
    try:
        return copy.deepcopy(frame)
    except Exception:  # noqa: BLE001 - whatever the kind of frame raises, such as a relation of DuckDB
        return frame


def size_of(frame: Any) -> int:
    """Return the number of rows."""
    return len(wrap(frame))


def columns_of(frame: Any) -> dict[str, Array]:
    """Return all columns as arrays of their own."""
    table = wrap(frame)
    return {name: table.values(name).copy() for name in table.names}


def rows_of(frame: Any, rows: Any) -> Any:
    """Return some rows of a frame, as the same kind of frame."""
    return wrap(frame).build({name: values[rows] for name, values in columns_of(frame).items()}, index_like=False)


def with_columns(frame: Any, changed: Mapping[str, Array]) -> Any:
    """Return a frame with other values in some of its columns, as the same kind of frame."""
    own = {name: np.array(values) for name, values in changed.items()}
    return wrap(frame).build(columns_of(frame) | own, index_like=False)


def numbers_of(frame: Any, name: str) -> Array | None:
    """Return a column as numbers, NaN where there is none; None if it is not there, or holds something else."""
    table = wrap(frame)
    found = table.floats(name) if name in table.names else None
    return None if found is None or found.bad is not None else np.array(found.values, dtype=np.float64)


def fractional(frame: Any) -> list[str]:
    """Name the columns of fractional numbers; whole ones may be ids and codes, and stay as they are."""
    return [
        name
        for name, values in columns_of(frame).items()
        if _fractional(values) and numbers_of(frame, name) is not None
    ]


def _fractional(values: Array) -> bool:
    """Tell whether a column holds fractional numbers; among whole ones it came as objects."""
    return values.dtype.kind == "f" or (
        values.dtype.kind == "O" and any(isinstance(v, float) and math.isfinite(v) for v in values)
    )


def filled(frame: Any) -> Any:
    """Return the same frame without missing numbers: each becomes the first of its column; None if none is missing."""
    found = {}
    for name in fractional(frame):
        values = numbers_of(frame, name)
        if values is not None and np.isnan(values).any() and not np.isnan(values).all():
            values[np.isnan(values)] = values[~np.isnan(values)][0]
            found[name] = values
    return with_columns(frame, found) if found else None


def seen(frame: Any) -> dict[str, tuple[str, str, list[str]]]:
    """Return what can be seen of a frame, column by column: what holds it, the type of its values, and each value."""
    table = wrap(frame)
    found = {}
    for name in table.names:
        values = table.values(name)
        holder = type(frame[name]).__name__ if isinstance(frame, Mapping) else ""
        found[name] = (holder, str(values.dtype), [repr(value) for value in values.tolist()])
    if table.kind == "pandas":
        found["(index)"] = ("", "", [repr(value) for value in frame.index.tolist()])
    return found


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Say what was done to a frame; empty where nothing was."""
    done = [f"adds {name!r}" for name in after if name not in before]
    done += [f"drops {name!r}" for name in before if name not in after]
    done += [f"changes {name!r}" for name in before if name in after and before[name] != after[name]]
    if not done and list(before) != list(after):
        done.append("puts the columns in another order")
    return ", ".join(done)
