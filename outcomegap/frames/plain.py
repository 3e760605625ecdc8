"""Dicts of columns and lists of dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from outcomegap.frames.arrays import (
    Array,
    Codes,
    Floats,
    Mask,
    as_array,
    codes_of_array,
    floats_of_array,
    locked,
)
from outcomegap.frames.table import Table, check_names, failure

if TYPE_CHECKING:
    import narwhals as nw

Column: TypeAlias = "Array | nw.Series[Any]"
#: What turns a frame that was made into the kind that came in.
Finish = Callable[[Any], Any]
Kind = Literal["dict", "records", "duckdb"]


class PlainTable(Table):
    """Columns that are arrays, or series of some frame library."""

    kind: Kind

    def __init__(self, columns: Mapping[str, Column], kind: Kind, finish: Finish | None = None) -> None:
        self._columns = dict(columns)
        self._finish = finish
        self.kind = kind
        self.names = tuple(self._columns)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def _column(self, name: str) -> Column:
        self._demand([name])
        return self._columns[name]

    def floats(self, name: str) -> Floats:
        """Read a column as numbers."""
        column = self._column(name)
        if isinstance(column, np.ndarray):
            return floats_of_array(column)
        from outcomegap.frames.series import floats_of_series

        return floats_of_series(column)

    def codes(self, name: str, categories: Sequence[str]) -> Codes:
        """Read a column as categories."""
        column = self._column(name)
        if isinstance(column, np.ndarray):
            return codes_of_array(column, categories)
        from outcomegap.frames.series import codes_of_series

        return codes_of_series(column, categories)

    def values(self, name: str) -> Array:
        """Return a column as a read-only array."""
        column = self._column(name)
        if isinstance(column, np.ndarray):
            return locked(column)
        from outcomegap.frames.series import values_of_series

        return values_of_series(column)

    def series(self, name: str) -> Any:
        """Return a column as an array, or as the series it came as."""
        column = self._column(name)
        return locked(column) if isinstance(column, np.ndarray) else column.to_native()

    def take(self, names: Iterable[str]) -> Table:
        """Return a table of some columns."""
        return PlainTable({name: self._columns[name] for name in self._demand(names)}, self.kind, self._finish)

    def filter(self, mask: Mask) -> Table:
        """Return a table of some rows."""
        keep = self._check_mask(mask)
        rows = np.flatnonzero(keep)
        return PlainTable({name: column[rows] for name, column in self._columns.items()}, self.kind, self._finish)

    def native(self) -> Any:
        """Return a dict of columns, or a list of dicts."""
        return self.build({name: self.series(name) for name in self.names})

    def build(self, columns: Mapping[str, Any], *, index_like: bool = True) -> Any:
        """Make a dict of arrays, or a list of dicts."""
        made = {str(name): column_of(str(name), value) for name, value in columns.items()}
        self._check_lengths({name: len(column) for name, column in made.items()}, index_like=index_like)
        if self.kind == "records":
            lists = [c.tolist() if isinstance(c, np.ndarray) else c.to_list() for c in made.values()]
            return [dict(zip(made, row, strict=True)) for row in zip(*lists, strict=True)]
        columns = {name: c if isinstance(c, np.ndarray) else c.to_native() for name, c in made.items()}
        return self._finish(columns) if self._finish else columns


def table_of_dict(data: Mapping[Any, Any]) -> PlainTable:
    """Wrap a dict of columns."""
    names = check_names(data, "dict")
    columns = {name: column_of(name, value) for name, value in zip(names, data.values(), strict=True)}
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        longest = max(lengths, key=lambda name: lengths[name])
        shortest = min(lengths, key=lambda name: lengths[name])
        message = (
            f"columns differ in length: {longest!r} has {lengths[longest]} rows, {shortest!r} has "
            f"{lengths[shortest]}; give every column one value a row"
        )
        raise failure("ragged-columns", message, shortest)
    return PlainTable(columns, "dict")


def table_of_records(data: Sequence[Mapping[Any, Any]]) -> PlainTable:
    """Wrap a list of dicts, one a row; a key that a row lacks is null there."""
    for row, record in enumerate(data):
        if not isinstance(record, Mapping):
            raise failure("not-a-frame", f"row {row} of the list is {record!r:.60}, not a dict of column and value")
    keys = dict.fromkeys(key for record in data for key in record)
    names = check_names(keys, "records")
    columns = {name: as_array([record.get(key) for record in data]) for name, key in zip(names, keys, strict=True)}
    return PlainTable(columns, "records")


def column_of(name: str, value: Any) -> Column:
    """Return a column as an array or a narwhals series, or say why it is none."""
    if isinstance(value, (np.ndarray, list, tuple, range)):
        return _one_dimensional(name, value)
    import narwhals as nw

    if isinstance(value, nw.Series):
        return value
    if type(value).__module__.partition(".")[0] == "pyarrow":
        value = _chunked(value)
    series = nw.from_native(value, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        return series
    if hasattr(value, "__array__"):
        return _one_dimensional(name, np.asarray(value))
    if _listable(value):
        return _one_dimensional(name, list(value))
    message = f"column {name!r} is {value!r:.60}; give a list or an array with one value a row"
    raise failure("not-a-column", message, name)


def _one_dimensional(name: str, value: Any) -> Array:
    if isinstance(value, np.ma.MaskedArray):
        value = _filled(value)
    array = np.asarray(value) if isinstance(value, np.ndarray) else as_array(value)
    if array.ndim != 1:
        message = f"column {name!r} is an array of shape {array.shape}; give one dimension, a column for each measure"
        raise failure("not-a-column", message, name)
    return array


def _chunked(value: Any) -> Any:
    import pyarrow as pa  # loaded already: the value is of its making

    chunked = pa.chunked_array([value]) if isinstance(value, pa.Array) else value
    if isinstance(chunked, pa.ChunkedArray) and chunked.type == pa.string_view():
        return chunked.cast(pa.large_string())  # Arrow can hardly compute with views
    return chunked


def _listable(value: Any) -> bool:
    if isinstance(value, (str, bytes, Mapping, set, frozenset)):
        return False
    return hasattr(value, "__len__") and hasattr(value, "__iter__")


def _filled(value: np.ma.MaskedArray[Any, Any]) -> Array:
    """Return a masked array with its masked values as NaN, NaT or None."""
    mask = np.ma.getmaskarray(value)
    if not mask.any():
        return np.asarray(value.data)
    kind = value.dtype.kind
    data = np.array(value.data) if kind in "fmM" else value.data.astype(object)
    data[mask] = {"f": np.nan, "m": np.timedelta64("NaT"), "M": np.datetime64("NaT")}.get(kind)
    return data
