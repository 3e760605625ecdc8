"""Numbers and category codes out of one column: an array, or a series of pandas, Polars or PyArrow through narwhals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from outcomegap.errors import DataError, Problem
from outcomegap.frames.arrays import (
    MISSING,
    UNKNOWN,
    Array,
    Codes,
    Floats,
    as_array,
    codes_of_array,
    floats_of_array,
    floats_with,
    locked,
    lookup,
    no_floats,
    with_unknown,
)

if TYPE_CHECKING:
    import narwhals as nw

    Series = nw.Series[Any]
    Column: TypeAlias = Array | Series


def failure(rule: str, message: str, column: str | None = None) -> DataError:
    """Make the error for one problem of a whole frame or column."""
    return DataError.all("data", [Problem(rule, message, column=column)])


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
    if hasattr(value, "__len__") and not isinstance(value, (str, bytes, Mapping, set, frozenset)):
        return _one_dimensional(name, list(value))
    raise failure("not-a-column", f"column {name!r} is {value!r:.60}; give a list or an array, one value a row", name)


def _one_dimensional(name: str, value: Any) -> Array:
    if isinstance(value, np.ma.MaskedArray):
        value = _filled(value)
    array = np.asarray(value) if isinstance(value, np.ndarray) else as_array(value)
    if array.ndim != 1:
        message = f"column {name!r} is an array of shape {array.shape}; give one dimension, a column for each measure"
        raise failure("not-a-column", message, name)
    return array


def _filled(value: np.ma.MaskedArray[Any, Any]) -> Array:
    """Return a masked array with its masked values as NaN, NaT or None."""
    mask = np.ma.getmaskarray(value)
    if not mask.any():
        return np.asarray(value.data)
    kind = value.dtype.kind
    data = np.array(value.data) if kind in "fmM" else value.data.astype(object)
    data[mask] = {"f": np.nan, "m": np.timedelta64("NaT"), "M": np.datetime64("NaT")}.get(kind)
    return data


def _chunked(value: Any) -> Any:
    import pyarrow as pa  # loaded already: the value is of its making

    chunked = pa.chunked_array([value]) if isinstance(value, pa.Array) else value
    if isinstance(chunked, pa.ChunkedArray) and chunked.type == pa.string_view():
        return chunked.cast(pa.large_string())  # Arrow can hardly compute with views
    return chunked


def floats_of(column: Column) -> Floats:
    """Read a column as numbers; float64 and float32 without nulls are not copied."""
    if isinstance(column, np.ndarray):
        return floats_of_array(column)
    import narwhals as nw

    kind = column.dtype
    if kind.is_float() and kind != nw.Float16:
        if column.implementation.is_polars() and column.null_count():
            # many times faster than to let it convert nulls
            return floats_of_array(column.to_native().fill_null(float("nan")).to_numpy())
        return floats_of_array(column.to_numpy())
    if column.null_count() == len(column):
        return floats_with(np.full(len(column), np.nan))
    if kind.is_numeric() or kind == nw.Boolean:
        return floats_of_array(_float64(column))
    if kind in (nw.Categorical, nw.Enum):
        return _floats_of_categories(column)
    if kind in (nw.Object, nw.Unknown):
        return floats_of_array(column.to_numpy())
    return no_floats(column, ~column.is_null().to_numpy())


def _float64(series: Series) -> Array:
    import narwhals as nw

    if not (series.dtype.is_decimal() or series.dtype in (nw.Int128, nw.UInt128)):
        array = series.to_numpy()
        if array.dtype.kind in "fiub":
            return array.astype(np.float64, copy=False)  # Arrow refuses integers beyond 2**53, NumPy rounds them
    return series.cast(nw.Float64).to_numpy()


def _floats_of_categories(series: Series) -> Floats:
    """Read a categorical column as numbers: its categories may be numbers."""
    import narwhals as nw

    native = series.to_native()
    if _has_codes(series):
        found = floats_of_array(np.asarray(native.cat.categories))
        codes = native.cat.codes.to_numpy()  # code -1 is missing: the last of those below
        bad = None if found.bad is None else np.append(found.bad, False)[codes]
        return floats_with(np.append(found.values.astype(np.float64), np.nan)[codes], bad, native.array)
    if series.implementation.is_pyarrow() and "string" not in str(native.type.value_type):
        return floats_of(nw.from_native(native.cast(native.type.value_type), series_only=True))
    return no_floats(series, ~series.is_null().to_numpy())


def codes_of(column: Column, categories: Sequence[str]) -> Codes:
    """Read a column as categories, by the engine's own hash tables where it holds text."""
    if isinstance(column, np.ndarray):
        return codes_of_array(column, categories)
    import narwhals as nw

    kind, native = column.dtype, column.to_native()
    if kind not in (nw.String, nw.Categorical, nw.Enum) or not categories:
        return codes_of_array(values_of(column), categories)
    if _has_codes(column):
        table = np.append(lookup(native.cat.categories.tolist(), categories), np.int32(MISSING))
        return with_unknown(table[native.cat.codes.to_numpy()], _Picker(column))
    if column.implementation.is_polars() and kind != nw.String:
        return _codes_of_polars_categories(column, categories)
    texts = column
    if not (column.implementation.is_polars() or column.implementation.is_pyarrow()):
        if "pyarrow" not in f"{native.dtype} {getattr(native.dtype, 'storage', '')}":
            return codes_of_array(values_of(column), categories)
        texts = nw.from_native(column_of("", column.to_arrow()), series_only=True)
    texts, places = texts.cast(nw.String), list(range(len(categories)))
    found = texts.replace_strict(list(categories), places, default=UNKNOWN, return_dtype=nw.Int32)
    return _text_codes(column, np.array(found.to_numpy(), dtype=np.int32))


def _codes_of_polars_categories(series: Series, categories: Sequence[str]) -> Codes:
    import polars as pl  # loaded already: the column is of its making

    native = series.to_native()
    distinct = native.unique().drop_nulls()
    places = distinct.to_physical().to_numpy()
    table = np.full(int(places.max(initial=0)) + 2, MISSING, dtype=np.int32)
    table[places] = lookup(distinct.cast(pl.String).to_list(), categories)
    physical = native.to_physical().cast(pl.UInt32).fill_null(len(table) - 1).to_numpy()
    return with_unknown(table[physical], _Picker(series))


def _text_codes(series: Series, codes: Array) -> Codes:
    """Tell null and blank from unknown among texts; the engine found neither among the categories."""
    if series.null_count():
        codes[series.is_null().to_numpy().astype(bool)] = MISSING
    rows = np.flatnonzero(codes == UNKNOWN)
    texts = _Picker(series)[rows].tolist()
    codes[rows[np.fromiter((not str(text).strip() for text in texts), dtype=bool, count=len(rows))]] = MISSING
    return with_unknown(codes, _Picker(series))


class _Picker:
    """The values of a column by position, as an array."""

    def __init__(self, series: Series) -> None:
        self.series = series

    def __getitem__(self, rows: Array) -> Array:
        return values_of(self.series[rows])


def values_of(column: Column) -> Array:
    """Return a column as an array: text as objects, whole numbers and truth values with gaps as objects with None."""
    if isinstance(column, np.ndarray):
        return locked(column)
    import narwhals as nw

    kind = column.dtype
    textual = kind in (nw.String, nw.Categorical, nw.Enum)
    gaps = not kind.is_float() and column.null_count() > 0
    if not textual and not (gaps and (kind.is_integer() or kind == nw.Boolean or kind.is_decimal())):
        return locked(column.to_numpy())
    array = np.empty(len(column), dtype=object)
    array[:] = column.to_list()
    if gaps:
        array[column.is_null().to_numpy().astype(bool)] = None
    return locked(array)


def _has_codes(series: Series) -> bool:
    """Tell a categorical of pandas itself from Arrow's dictionary inside pandas."""
    return series.implementation.is_pandas_like() and hasattr(series.to_native(), "cat")
