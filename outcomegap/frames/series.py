"""Numbers and category codes out of the columns of pandas, Polars and PyArrow, through narwhals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from outcomegap.frames.arrays import (
    MISSING,
    UNKNOWN,
    Array,
    Codes,
    Floats,
    all_bad,
    codes_of_array,
    floats_of_array,
    locked,
    lookup,
    plain,
    with_unknown,
)

if TYPE_CHECKING:
    import narwhals as nw

    Series = nw.Series[Any]


def floats_of_series(series: Series) -> Floats:
    """Read a column as numbers; float64 and float32 without nulls are not copied."""
    import narwhals as nw

    kind = series.dtype
    if kind.is_float() and kind != nw.Float16:
        if series.implementation.is_polars() and series.null_count():
            # many times faster than to let it convert nulls
            return floats_of_array(series.to_native().fill_null(float("nan")).to_numpy())
        return floats_of_array(series.to_numpy())
    if series.null_count() == len(series):
        return Floats(locked(np.full(len(series), np.nan)))
    if kind.is_numeric() or kind == nw.Boolean:
        return floats_of_array(_float64(series))
    if kind in (nw.Categorical, nw.Enum):
        return _floats_of_categories(series)
    if kind in (nw.Object, nw.Unknown):
        return floats_of_array(series.to_numpy())
    return all_bad(series, ~series.is_null().to_numpy())


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
        codes = native.cat.codes.to_numpy()
        values = np.append(found.values.astype(np.float64), np.nan)[codes]  # code -1 is missing: the last
        bad = None if found.bad is None else np.append(found.bad, False)[codes]
        if bad is None or not bad.any():
            return Floats(locked(values))
        return Floats(locked(values), locked(bad), plain(native.iloc[int(bad.argmax())]))
    if series.implementation.is_pyarrow() and not _is_text(native.type.value_type):
        decoded = nw.from_native(native.cast(native.type.value_type), series_only=True)
        return floats_of_series(decoded)
    return all_bad(series, ~series.is_null().to_numpy())


def codes_of_series(series: Series, categories: Sequence[str]) -> Codes:
    """Read a column as categories, by the engine's own hash tables where it holds text."""
    import narwhals as nw

    if series.dtype in (nw.Categorical, nw.Enum) and _has_codes(series):
        native = series.to_native()
        table = np.append(lookup(native.cat.categories.tolist(), categories), np.int32(MISSING))
        return with_unknown(table[native.cat.codes.to_numpy()], _Picker(series))
    if series.dtype not in (nw.String, nw.Categorical, nw.Enum):
        return codes_of_array(values_of_series(series), categories)
    if series.implementation.is_polars():
        if series.dtype != nw.String:
            return _codes_of_polars_categories(series, categories)
        found = series.replace_strict(
            list(categories), list(range(len(categories))), default=UNKNOWN, return_dtype=nw.Int32
        )
        return _text_codes(series, np.array(found.to_numpy(), dtype=np.int32))
    arrow = _arrow_of(series)
    if arrow is None:
        return codes_of_array(values_of_series(series), categories)
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.index_in(arrow.cast(pa.large_string()), value_set=pa.array(categories, type=pa.large_string()))
    return _text_codes(series, pc.fill_null(found, UNKNOWN).to_numpy().astype(np.int32))


def _codes_of_polars_categories(series: Series, categories: Sequence[str]) -> Codes:
    import polars as pl  # loaded already: the column is of its making

    native = series.to_native()
    distinct = native.unique().drop_nulls()
    places = distinct.to_physical().to_numpy()
    table = np.full(int(places.max(initial=0)) + 2, MISSING, dtype=np.int32)
    table[places] = lookup(distinct.cast(pl.String).to_list(), categories)
    physical = native.to_physical().cast(pl.UInt32).fill_null(len(table) - 1).to_numpy()
    return with_unknown(table[physical], _Picker(series))


def _arrow_of(series: Series) -> Any:
    """Return a column of text as Arrow data where it is Arrow data already, else None."""
    native = series.to_native()
    if series.implementation.is_pyarrow():
        return native
    if getattr(native.dtype, "storage", None) == "pyarrow" or "pyarrow" in str(native.dtype):
        return series.to_arrow()
    return None


def _text_codes(series: Series, codes: Array) -> Codes:
    """Tell null and blank from unknown among texts; the engine found neither among the categories."""
    if series.null_count():
        codes[series.is_null().to_numpy().astype(bool)] = MISSING
    rows = np.flatnonzero(codes == UNKNOWN)
    if len(rows):
        texts = _Picker(series)[rows]
        blank = np.fromiter((not str(text).strip() for text in texts.tolist()), dtype=bool, count=len(rows))
        codes[rows[blank]] = MISSING
    return with_unknown(codes, _Picker(series))


class _Picker:
    """The values of a column by position, as an array."""

    def __init__(self, series: Series) -> None:
        self._series = series

    def __getitem__(self, rows: Array) -> Array:
        return values_of_series(self._series[rows])


def values_of_series(series: Series) -> Array:
    """Return a column as an array: text as objects, whole numbers and truth values with gaps as objects with None."""
    import narwhals as nw

    kind = series.dtype
    if kind.is_float():
        return locked(series.to_numpy())
    textual = kind in (nw.String, nw.Categorical, nw.Enum)
    gaps = series.null_count()
    if not gaps and not textual:
        return locked(series.to_numpy())
    if textual or kind.is_integer() or kind == nw.Boolean or kind.is_decimal():
        array = np.empty(len(series), dtype=object)
        array[:] = series.to_list()
        if gaps:
            array[series.is_null().to_numpy().astype(bool)] = None
        return locked(array)
    return locked(series.to_numpy())


def _has_codes(series: Series) -> bool:
    """Tell a categorical of pandas itself from Arrow's dictionary inside pandas."""
    return series.implementation.is_pandas_like() and hasattr(series.to_native(), "cat")


def _is_text(kind: Any) -> bool:
    return str(kind) in ("string", "large_string", "string_view")
