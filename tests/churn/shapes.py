"""One set of columns as many kinds of frame and of column, and what comes back as plain rows."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from outcomegap.frames import wrap
from outcomegap.frames.arrays import plain_values
from tests.frames.kinds import KINDS, make

Columns = dict[str, list[Any]]


def shapes(columns: Columns) -> dict[str, Any]:
    """Return the columns, lists with None, as every kind of frame and of column; text as categories where it may be."""
    frame = pd.DataFrame(columns)
    arrow, lazy = pa.table(columns), pl.LazyFrame(columns, strict=False)
    text = [name for name, values in columns.items() if any(isinstance(value, str) for value in values)]
    coded = pa.table({name: arrow[name].dictionary_encode() if name in text else arrow[name] for name in columns})
    return {kind: make(kind, columns) for kind in KINDS} | {
        "dict of arrays": {name: arrays(values) for name, values in columns.items()},
        "dict of series": {
            name: pd.Series(values, index=range(9, 9 + len(values))) for name, values in columns.items()
        },
        "dict of polars": {name: pl.Series(values, strict=False) for name, values in columns.items()},
        "pandas, other index": frame.set_axis([f"row {n}" for n in range(len(frame))][::-1], axis=0),
        "pandas, one index for all": frame.set_axis([7] * len(frame), axis=0),
        "pandas, nullable": frame.convert_dtypes(),
        "pandas, arrow": frame.convert_dtypes(dtype_backend="pyarrow"),
        "pandas, categories": frame.astype(dict.fromkeys(text, "category")),
        "pandas, objects": frame.astype(object).where(frame.notna(), None),
        "polars, categories": lazy.with_columns(pl.col(text).cast(pl.Categorical)).collect(),
        "pyarrow, dictionaries": coded,
        "pyarrow, chunks": pa.concat_tables([arrow.slice(0, 1), arrow.slice(1)]),
    }


def arrays(values: list[Any]) -> np.ndarray:
    """An array of the type that a list of one type has; text and what has gaps but is not a number are objects."""
    if all(value is None or isinstance(value, float) for value in values):
        return np.array([np.nan if value is None else value for value in values])
    if all(isinstance(value, (bool, int)) for value in values):
        return np.array(values)
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


#: Their names.
SHAPES = tuple(shapes({"a": ["x", None], "b": [1.0, None]}))


def rows_of(frame: Any) -> list[dict[str, Any]]:
    """Return any frame as rows of plain values: None for all that is missing, midnights as times."""
    table = wrap(frame) if not isinstance(frame, list) or frame else None
    if table is None:
        return []
    lists = [[_plain(value) for value in plain_values(table.values(name))] for name in table.names]
    return [dict(zip(table.names, row, strict=True)) for row in zip(*lists, strict=True)]


def _plain(value: Any) -> Any:
    if isinstance(value, (pd.Timestamp, dt.datetime)):
        value = value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
        return value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    return None if isinstance(value, float) and math.isnan(value) else value


def same(found: Any, expected: Any) -> None:
    """The frame holds the rows that are expected, numbers within rounding."""
    one, other = rows_of(found), rows_of(expected)
    assert [list(row) for row in one] == [list(row) for row in other]
    for left, right in zip(one, other, strict=True):
        for name, value in right.items():
            if isinstance(value, float) and not isinstance(value, bool):
                assert left[name] == pytest.approx(value, rel=1e-12, abs=1e-12), name
            else:
                assert left[name] == value, name


def same_kind(kind: str, found: Any, given: Any) -> None:
    """What comes back is of the kind that came in; a lazy frame is collected, and an unknown library's is Arrow's."""
    if kind == "lazy":
        assert isinstance(found, pl.DataFrame)
    elif kind == "capsule":
        assert isinstance(found, pa.Table)
    else:
        assert type(found) is type(given)
