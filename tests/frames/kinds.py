"""The same columns as every kind of frame."""

from __future__ import annotations

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa

KINDS = ("dict", "records", "pandas", "polars", "lazy", "pyarrow", "batch", "duckdb", "narwhals", "capsule")

#: Kept open: DuckDB 1 closes a connection nobody holds, and its relations with it.
CONNECTION = duckdb.connect()


class Capsule:
    """An object of a library nobody knows, that exports Arrow data."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


def make(kind: str, columns: dict[str, list]):
    """Make a frame of a kind; the columns are lists of one type each, with None."""
    if kind == "dict":
        return columns
    if kind == "records":
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if kind == "pandas":
        return pd.DataFrame(columns)
    if kind == "polars":
        return pl.DataFrame(columns, strict=False)
    if kind == "lazy":
        return pl.LazyFrame(columns, strict=False)
    table = pa.table(columns)
    if kind == "pyarrow":
        return table
    if kind == "batch":
        return pa.RecordBatch.from_pydict(columns)
    if kind == "duckdb":
        return _relation(table)
    if kind == "narwhals":
        return nw.from_native(pl.DataFrame(columns, strict=False))
    return Capsule(table)


def _relation(rows: pa.Table):
    return CONNECTION.sql("select * from rows")


def listed(frame) -> dict[str, list]:
    """Turn a frame of any kind back into lists."""
    if isinstance(frame, list):
        return {name: [row[name] for row in frame] for name in frame[0]}
    if isinstance(frame, dict):
        return {name: values.tolist() for name, values in frame.items()}
    if isinstance(frame, pd.DataFrame):
        return frame.to_dict("list")
    if isinstance(frame, pl.DataFrame):
        return frame.to_dict(as_series=False)
    if isinstance(frame, (pa.Table, pa.RecordBatch)):
        return frame.to_pydict()
    if isinstance(frame, nw.DataFrame):
        return frame.to_dict(as_series=False)
    return frame.to_arrow_table().to_pydict()
