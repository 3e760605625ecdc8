"""Frames of pandas, Polars, PyArrow and their like, and DuckDB relations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from outcomegap.errors import DataError, EngineError, hint
from outcomegap.frames.arrays import Array, Codes, Floats, Mask
from outcomegap.frames.plain import Finish, PlainTable, column_of
from outcomegap.frames.series import codes_of_series, floats_of_series, values_of_series
from outcomegap.frames.table import Table, check_names

if TYPE_CHECKING:
    import narwhals as nw


#: Kinds of frame that `make_frame` makes.
MADE = ("dict", "pandas", "polars", "pyarrow")


class FrameTable(Table):
    """A frame that narwhals knows."""

    def __init__(self, frame: nw.DataFrame[Any], *, kind: str | None = None, finish: Finish | None = None) -> None:
        self._frame = frame
        self._finish = finish
        self.kind = kind or frame.implementation.value
        self.names = tuple(frame.columns)

    def __len__(self) -> int:
        return len(self._frame)

    def _column(self, name: str) -> nw.Series[Any]:
        self._demand([name])
        return self._frame[name]

    def floats(self, name: str) -> Floats:
        """Read a column as numbers."""
        return floats_of_series(self._column(name))

    def codes(self, name: str, categories: Sequence[str]) -> Codes:
        """Read a column as categories."""
        return codes_of_series(self._column(name), categories)

    def values(self, name: str) -> Array:
        """Return a column as a read-only array."""
        return values_of_series(self._column(name))

    def series(self, name: str) -> Any:
        """Return a column in the frame's own kind."""
        return self._column(name).to_native()

    def take(self, names: Iterable[str]) -> Table:
        """Return a table of some columns."""
        return self._with(self._frame.select(*self._demand(names)))

    def filter(self, mask: Mask) -> Table:
        """Return a table of some rows."""
        keep = self._check_mask(mask)
        return self._with(self._frame[np.flatnonzero(keep)])

    def native(self) -> Any:
        """Return the frame itself."""
        frame = self._frame.to_native()
        return self._finish(frame) if self._finish else frame

    def build(self, columns: Mapping[str, Any], *, index_like: bool = True) -> Any:
        """Make a new frame of the kind that came in."""
        made = {str(name): column_of(str(name), value) for name, value in columns.items()}
        self._check_lengths({name: len(column) for name, column in made.items()}, index_like=index_like)
        plain = {name: c if isinstance(c, np.ndarray) else c.to_native() for name, c in made.items()}
        if self._frame.implementation.is_polars():
            frame = _polars(plain)
        elif self._frame.implementation.is_pyarrow():
            frame = _pyarrow(plain)
        else:
            index = self._frame.to_native().index if index_like else None
            frame = _pandas(self._frame.implementation.to_native_namespace(), plain, index)
        return self._finish(frame) if self._finish else frame

    def _with(self, frame: nw.DataFrame[Any]) -> FrameTable:
        return FrameTable(frame, kind=self.kind, finish=self._finish)


def table_of_frame(data: nw.DataFrame[Any] | nw.LazyFrame[Any], finish: Finish | None = None) -> FrameTable:
    """Wrap a narwhals frame; a lazy one is collected."""
    import narwhals as nw

    frame = data.collect() if isinstance(data, nw.LazyFrame) else data
    if frame.implementation.is_pyarrow():
        frame = nw.from_native(_without_views(frame.to_native()), eager_only=True)
    return FrameTable(frame, finish=finish)


def _without_views(table: Any) -> Any:
    """Give columns of string views, which Arrow can hardly compute with, the layout it can."""
    import pyarrow as pa  # loaded already: the table is of its making

    for place, field in enumerate(table.schema):
        if field.type == pa.string_view():
            table = table.set_column(place, field.name, table.column(place).cast(pa.large_string()))
    return table


def table_of_relation(relation: Any) -> Table:
    """Wrap a DuckDB relation: run it once, keep the order in which it yields its rows."""
    import narwhals as nw

    check_names(relation.columns, "duckdb")

    def finish(outcomegap_made: Any) -> Any:  # noqa: ARG001
        # DuckDB finds the rows by the name of this variable, once no table is called so; the relation keeps them alive.
        made = relation.query("outcomegap_relation", "select * from outcomegap_made").set_alias("outcomegap_made")
        # DuckDB 1 steps a temporary view behind.
        relation.query("outcomegap_relation", "drop view if exists outcomegap_relation")
        return made

    if find_spec("pyarrow") is None:
        numpy_columns = {name: column_of(name, value) for name, value in relation.fetchnumpy().items()}
        return PlainTable(numpy_columns, "duckdb", finish)
    arrow = (getattr(relation, "to_arrow_table", None) or relation.fetch_arrow_table)()
    return FrameTable(nw.from_native(arrow, eager_only=True), kind="duckdb", finish=finish)


def make_frame(columns: Mapping[str, Any], kind: str) -> Any:
    """Make a frame out of arrays where there is none yet to be like.

    Parameters
    ----------
    columns
        Arrays or lists of one length.
    kind
        One of `MADE`: ``"dict"``, ``"pandas"``, ``"polars"``, ``"pyarrow"``.

    Raises
    ------
    DataError
        If `kind` is none of these.
    EngineError
        If that library is not installed.

    Examples
    --------
    >>> make_frame({"a": [1, 2]}, "dict")
    {'a': array([1, 2])}
    """
    if kind not in MADE:
        raise DataError(f"kind must be one of {', '.join(map(repr, MADE))} (got {kind!r}){hint(kind, MADE)}")
    arrays = {name: column_of(name, values) for name, values in columns.items()}
    if kind == "dict":
        return arrays
    if find_spec(kind) is None:
        raise EngineError(f"kind {kind!r} needs {kind}, which is not installed; install it or choose 'dict'")
    if kind == "pandas":
        return _pandas(import_module("pandas"), arrays, None)
    return _polars(arrays) if kind == "polars" else _pyarrow(arrays)


def _polars(columns: Mapping[str, Any]) -> Any:
    import polars as pl  # loaded already: the user's frame is of its making

    def series(name: str, values: Any) -> Any:
        if not isinstance(values, np.ndarray):
            return pl.Series(name, values)
        if values.dtype.kind == "O":
            listed = values.tolist()
            return pl.Series(name, listed, dtype=pl.String if _blank(listed) else None)
        return pl.Series(name, values, nan_to_null=True)

    return pl.DataFrame([series(name, values) for name, values in columns.items()])


def _pyarrow(columns: Mapping[str, Any]) -> Any:
    import pyarrow as pa  # loaded already: the user's frame is of its making

    def array(values: Any) -> Any:
        if not isinstance(values, np.ndarray):
            return values
        text = values.dtype.kind == "O" and _blank(values.tolist())
        return pa.array(values, type=pa.string() if text else None, from_pandas=True)

    return pa.table([array(values) for values in columns.values()], names=list(columns))


def _blank(values: list[Any]) -> bool:
    """Tell whether a column of objects, which holds text as a rule, holds nothing: it is text even so.

    A column of nulls without a type cannot be put below one of another month that holds some text.
    """
    return all(value is None for value in values)


def _pandas(namespace: Any, columns: Mapping[str, Any], index: Any) -> Any:
    # An array has no index of its own that pandas could align by.
    arrays = {name: getattr(values, "array", values) for name, values in columns.items()}
    return namespace.DataFrame(arrays, index=index)
