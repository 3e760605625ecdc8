"""Any data frame in."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from outcomegap.errors import DataError
from outcomegap.frames.table import Table, check_names, failure

KNOWN = (
    "a dict of arrays or lists, a list of dicts, a pandas or Polars frame, a PyArrow table, a DuckDB relation, "
    "or anything that exports Arrow data"
)


def wrap(data: Any) -> Table:
    """Look at any kind of data frame as a `Table`; nothing is copied yet.

    Parameters
    ----------
    data
        A dict of one-dimensional arrays, lists or series; a list of dicts; a pandas, Polars (a lazy one is
        collected), PyArrow or narwhals frame; a DuckDB relation (run once, in the order it yields its rows);
        anything that narwhals knows, or that exports Arrow data (``__arrow_c_stream__``).

    Returns
    -------
    Table
        The columns by name. A `Table` is returned as it is.

    Raises
    ------
    DataError
        If it is no frame, has no columns, two of one name, or columns that differ in length or are no columns.

    Examples
    --------
    >>> table = wrap({"customer": ["a", "b"], "seats": [3, None]})
    >>> table.names, len(table), table.kind, table.floats("seats").values
    (('customer', 'seats'), 2, 'dict', array([ 3., nan]))
    """
    if isinstance(data, Table):
        return data
    if isinstance(data, Mapping):
        from outcomegap.frames.plain import table_of_dict

        return table_of_dict(data)
    if isinstance(data, (list, tuple)):
        from outcomegap.frames.plain import table_of_records

        return table_of_records(data)
    return _frame(data)


def _frame(data: Any) -> Table:
    import narwhals as nw
    from narwhals import dependencies as known

    from outcomegap.frames.native import table_of_frame, table_of_relation

    if isinstance(data, (nw.DataFrame, nw.LazyFrame)):
        return table_of_frame(data, finish=nw.from_native)
    if known.is_narwhals_dataframe(data) or known.is_narwhals_lazyframe(data):  # one of narwhals' stable versions
        return _frame(data.to_native())
    if known.is_duckdb_relation(data):
        return table_of_relation(data)
    if known.is_pandas_like_dataframe(data):
        names = check_names(data.columns, "pandas")
        data = data if list(data.columns) == list(names) else data.set_axis(list(names), axis=1)
    elif known.is_pyarrow_table(data):
        check_names(data.column_names, "pyarrow")
    elif _is_record_batch(data):
        return _record_batch(data)
    frame = nw.from_native(data, pass_through=True)
    if isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        table = table_of_frame(frame)
        check_names(table.names, table.kind)
        return table
    if hasattr(data, "__arrow_c_stream__"):
        return _capsule(data)
    raise _no_frame(data)


def _no_frame(data: Any) -> DataError:
    return failure("not-a-frame", f"{type(data).__name__} ({data!r:.60}) is no data frame; give {KNOWN}")


def _is_record_batch(data: Any) -> bool:
    return type(data).__module__.partition(".")[0] == "pyarrow" and type(data).__name__ == "RecordBatch"


def _record_batch(data: Any) -> Table:
    """Wrap a batch, as Spark hands them over; what is built is a batch again."""
    import narwhals as nw
    import pyarrow as pa

    from outcomegap.frames.native import table_of_frame

    check_names(data.schema.names, "pyarrow")

    def finish(table: Any) -> Any:
        arrays = [column.combine_chunks() for column in table.columns]
        return pa.RecordBatch.from_arrays(arrays, schema=table.schema)

    return table_of_frame(nw.from_native(pa.Table.from_batches([data]), eager_only=True), finish=finish)


def _capsule(data: Any) -> Table:
    """Read Arrow data from an object of a library unknown here, with PyArrow or else Polars."""
    for module, kind in (("pyarrow", "Table"), ("polars", "DataFrame")):
        if find_spec(module) is None:
            continue
        reader = import_module(module)
        try:
            return _frame(reader.table(data) if kind == "Table" else reader.DataFrame(data))
        except (TypeError, ValueError) as error:  # a stream of values, not of rows
            raise _no_frame(data) from error
    message = f"reading Arrow data from {type(data).__name__} needs pyarrow; install outcomegap[parquet]"
    raise failure("needs-pyarrow", message)
