"""Numbers and category codes out of one column: an array, or a series of any library through narwhals."""

from __future__ import annotations

import contextlib
import datetime as dt
import decimal
import itertools
import numbers
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, Problem

if TYPE_CHECKING:
    import narwhals as nw

#: Codes that stand for no category.
MISSING, UNKNOWN = -1, -2
#: Codes of categories beyond the number of rows and this are not looked up in a table.
MANY = 65_536
#: Types of values that are plain as they are.
PLAIN = frozenset({str, int, bool, type(None)})

Array = NDArray[Any]
Mask = NDArray[np.bool_]
Column: TypeAlias = "Array | nw.Series[Any]"


def objects(values: Sequence[object]) -> Array:
    """Return an array that holds each value as it is: text, None, a list.

    Examples
    --------
    >>> objects(["a", None, [1, 2]]).tolist()
    ['a', None, [1, 2]]
    """
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


@attrs.frozen(eq=False)
class Floats:
    """A column read as numbers.

    Parameters
    ----------
    values
        One float64 a row (float32 where the source is), read-only; null and NaN are NaN, infinities stay.
    bad
        True where the source holds something that is not a number (text, a date, any object); None if nowhere.
        `values` is NaN there.
    first_bad
        The first such value, as it came.
    """

    values: Array
    bad: Mask | None = None
    first_bad: object = None


@attrs.frozen(eq=False)
class Codes:
    """A column read as categories.

    Parameters
    ----------
    codes
        One int32 a row, read-only: position in the categories, -1 for null or blank, -2 for an unknown value.
    unknown
        The rows of every unknown value, in the order of the first.
    """

    codes: NDArray[np.int32]
    unknown: dict[object, list[int]]


@attrs.frozen(eq=False)
class Distinct:
    """A column by its distinct values.

    Parameters
    ----------
    values
        Plain Python values in the order of their first rows, none of them null or blank text.
    codes
        One int32 a row: the position of its value; -1 for null or blank.
    """

    values: list[Any]
    codes: NDArray[np.int32]

    def rows(self, place: int) -> NDArray[np.int64]:
        """Return the rows in which a value stands."""
        return np.flatnonzero(self.codes == place)


def joined(arrays: Sequence[Array]) -> Array:
    """Return arrays one after another; those of different kinds as plain values.

    Examples
    --------
    >>> joined([np.array([1.5]), np.array(["a", None], dtype=object)]).tolist()
    [1.5, 'a', None]
    """
    if len({array.dtype.kind for array in arrays}) == 1:
        return np.concatenate(arrays)
    return objects([value for array in arrays for value in plain_values(array)])


def locked(array: Array) -> Array:
    """Return a read-only view; the flag of the array itself stays as it is."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def sealed(array: Array) -> Array:
    """Return an array that was made here as one that nobody can write to."""
    array.flags.writeable = False
    return array


def plain(value: object) -> Any:
    """Return a NumPy scalar as the Python value it stands for, an array as a list."""
    return value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value


def as_array(values: Sequence[object]) -> Array:
    """Make an array of a list without turning its numbers into text, as NumPy would with ``[1, "a"]``."""
    kinds = set(map(type, values))
    kind = kinds.pop() if len(kinds) == 1 else object
    if kind in (float, int, bool) or issubclass(kind, (np.number, np.bool_)):
        try:
            return np.asarray(values)
        except OverflowError:
            pass  # integers beyond 64 bits stay Python integers
    return objects(list(values))


def floats_of_array(array: Array) -> Floats:
    """Read a one-dimensional array of any dtype as numbers; float64 and float32 are not copied."""
    kind = array.dtype.kind
    if kind == "O":
        return floats_of_objects(array)
    if array.dtype in (np.float64, np.float32):
        whole = np.ascontiguousarray(array)
        return Floats(locked(whole) if whole is array else sealed(whole))
    if kind in "fiub":
        return Floats(sealed(array.astype(np.float64)))
    return floats_with(None, ~np.isnat(array) if kind in "mM" else np.ones(len(array), dtype=bool), array)


def floats_of_objects(array: Array) -> Floats:
    """Read Python objects as numbers: text is bad even where it spells one, None and NaN are NaN."""
    items = array.tolist()
    kinds = {kind: _reads_as(kind) for kind in set(map(type, items))}
    if all(reading == "number" for reading in kinds.values()):
        try:
            return Floats(sealed(array.astype(np.float64)))
        except (TypeError, ValueError, OverflowError):
            pass  # an integer beyond floats, a signalling NaN: find out which below
    values = np.full(len(items), np.nan)
    bad = np.array([kinds[type(item)] == "bad" for item in items], dtype=bool)
    for row, item in enumerate(items):
        if kinds[type(item)] == "number":
            try:
                values[row] = float(item)
            except (TypeError, ValueError, OverflowError):
                bad[row] = True
    return floats_with(values, bad, array)


def floats_with(values: Array | None, bad: Mask, source: Any) -> Floats:
    """Make the answer for a column, of all NaN by default; `source` holds its values, of which some may be `bad`."""
    values = sealed(np.full(len(bad), np.nan) if values is None else values)
    if not bad.any():
        return Floats(values)
    return Floats(values, locked(bad), plain(source[int(bad.argmax())]))


def _reads_as(kind: type) -> str:
    """Tell whether objects of a type are numbers, missing, or bad."""
    times = (np.timedelta64, np.datetime64, dt.timedelta)
    number = issubclass(kind, (numbers.Real, decimal.Decimal, np.bool_)) and not issubclass(kind, times)
    return "missing" if is_missing_type(kind) else "number" if number else "bad"


def is_missing_type(kind: type) -> bool:
    """Tell whether objects of a type stand for nothing: None, NumPy's masked, pandas' NA and NaT."""
    return (
        kind is type(None)
        or kind is type(np.ma.masked)
        or (kind.__name__ in ("NAType", "NaTType") and kind.__module__.startswith("pandas"))
    )


def codes_of(column: Column, categories: Sequence[str]) -> Codes:
    """Read a column as categories; what is no text is compared by ``str(value)``."""
    known = {name: code for code, name in enumerate(categories)}
    if (held := _held_as_codes(column)) is not None:
        named = [MISSING if is_blank(value) else _code_of(value, known) for value in held[0]]
        codes = np.array([*named, MISSING], dtype=np.int32).take(held[1])
        if codes.min(initial=0) != UNKNOWN:
            return Codes(locked(codes), {})
    texts = as_texts(column) if known else None
    if texts is not None and (codes := _places(texts, categories)).min(initial=0) >= 0:
        return Codes(locked(codes), {})
    if isinstance(column, np.ndarray) and column.dtype.kind in "OU":
        # Bytes are made fastest; else something else is there, or more categories than bytes can tell apart.
        with contextlib.suppress(KeyError, TypeError, ValueError):
            places = bytes(map(known.__getitem__, column.tolist()))
            return Codes(locked(np.frombuffer(places, dtype=np.uint8).astype(np.int32)), {})
    found = distinct_of(column)
    table = np.array([*(_code_of(value, known) for value in found.values), MISSING], dtype=np.int32)
    codes = table[found.codes]
    unknown: dict[object, list[int]] = {}
    for row in np.flatnonzero(codes == UNKNOWN).tolist():
        value = found.values[found.codes[row]]
        fine = isinstance(value, Hashable) and not isinstance(value, tuple)  # a tuple may hold a list
        unknown.setdefault(value if fine else str(value), []).append(row)
    return Codes(locked(codes), unknown)


def _code_of(value: object, known: Mapping[str, int]) -> int:
    code = known.get(str(value), UNKNOWN)
    if code == UNKNOWN and isinstance(value, float) and value.is_integer():
        code = known.get(str(int(value)), UNKNOWN)  # integers become floats where a pandas column has gaps
    return code


def distinct_of(column: Column, among: Mask | None = None) -> Distinct:
    """Return the distinct values of a column, or of some of its rows, by the engine's own hash tables for text."""
    if among is not None:
        rows = np.flatnonzero(among)
        some, codes = distinct_of(column[rows]), np.full(len(among), MISSING, dtype=np.int32)
        codes[rows] = some.codes
        return Distinct(some.values, codes)
    values, codes = _as_it_stands(column)
    first = np.full(len(values) + 1, len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    order = np.argsort(first[:-1], kind="stable")
    kept = [place for place in order[first[order] < len(codes)].tolist() if not is_blank(values[place])]
    places = np.full(len(values) + 1, MISSING, dtype=np.int32)
    places[kept] = np.arange(len(kept))
    return Distinct([values[place] for place in kept], places[codes])


def _as_it_stands(column: Column) -> tuple[list[Any], NDArray[np.int32]]:
    """Return distinct values, some blank or in no row, and the place of each row's; -1 is null."""
    held = _held_as_codes(column)
    if held is not None:
        return held
    texts = as_texts(column)
    if texts is not None:
        return _of_texts(texts)
    column = values_of(column)
    if column.dtype.kind in "fiubmM":
        distinct, inverse = np.unique(column, return_inverse=True)
        return plain_values(distinct), inverse.reshape(-1).astype(np.int32)
    array = np.char.decode(column, "utf-8", "replace") if column.dtype.kind == "S" else column
    items: list[Any] = array.tolist()
    try:
        values, codes = _numbered(items)
        if {str, type(None)}.issuperset(map(type, values)):
            return values, codes
    except TypeError:  # something that cannot be hashed, such as a list
        pass
    items = plain_values(array)
    # 1 and 1.0 are one, True is another; so are the two times of the hour that the clock runs through twice.
    keys = [item if type(item) in (str, int, float) else (type(item), repr(item)) for item in items]
    return list(dict(zip(keys, items, strict=True)).values()), _numbered(keys)[1]


def _of_texts(texts: nw.Series[Any]) -> tuple[list[Any], NDArray[np.int32]]:
    """Return the distinct texts in the order of their first rows, None among them, and the place of each row's."""
    if texts.implementation.is_pyarrow():
        encoded = texts.to_native().dictionary_encode().unify_dictionaries()
        places = [chunk.indices.fill_null(MISSING).to_numpy(zero_copy_only=False) for chunk in encoded.chunks]
        listed = encoded.chunk(0).dictionary.to_pylist() if places else []
        return listed, np.concatenate([np.empty(0, dtype=np.int32), *places])
    import narwhals as nw

    rows = texts.alias("text").to_frame().with_row_index("row")
    first = rows.select(nw.col("row").min().over("text"))["row"].to_numpy().astype(np.intp)
    heads = np.flatnonzero(first == np.arange(len(first)))
    codes = np.zeros(len(first), dtype=np.int32)
    codes[heads] = np.arange(len(heads))
    return texts[heads].to_list(), codes[first]


def _numbered(items: list[Any]) -> tuple[list[Any], NDArray[np.int32]]:
    """Return each item once, in order, and the place of every one."""
    table: defaultdict[Any, int] = defaultdict(itertools.count().__next__)
    codes = np.fromiter(map(table.__getitem__, items), dtype=np.int32, count=len(items))
    return list(table), codes


def as_texts(column: Column) -> nw.Series[Any] | None:
    """Return a column as text in an engine that has hash tables of its own for it; None where there is none."""
    if isinstance(column, np.ndarray):
        return None
    import narwhals as nw

    texts, native = column, column.to_native()
    if column.dtype not in (nw.String, nw.Categorical, nw.Enum):
        return None
    if column.implementation.is_pandas_like():
        if "pyarrow" not in f"{native.dtype} {getattr(native.dtype, 'storage', '')}":
            return None
        texts = nw.from_native(_chunked(column.to_arrow()), series_only=True)
    return texts.cast(nw.String)


def _places(texts: nw.Series[Any], values: Sequence[str]) -> NDArray[np.int32]:
    """Return the place of each text among some, or -1."""
    import narwhals as nw

    places = list(range(len(values)))
    found = texts.replace_strict(list(values), places, default=MISSING, return_dtype=nw.Int32)
    return np.array(found.to_numpy(), dtype=np.int32)


def is_blank(value: object) -> bool:
    """Tell whether a value is missing: null, NaN, NaT, or text without a letter."""
    return (not value or value.isspace()) if isinstance(value, str) else is_null(value)


def is_null(value: object) -> bool:
    """Tell whether a value of a column stands for nothing: None, NaN, NaT, pandas' NA."""
    if value is None or is_missing_type(type(value)):
        return True
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(value))
    if isinstance(value, decimal.Decimal):
        return value.is_nan()
    return isinstance(value, (float, np.floating)) and value != value  # noqa: PLR0124 - only NaN differs from itself


def plain_values(values: Array) -> list[object]:
    """Return a column as a list of plain Python values, None for null.

    Examples
    --------
    >>> plain_values(np.array([1.5, np.nan])), plain_values(np.array(["2026-01-31"], dtype="M8[D]"))
    ([1.5, None], [datetime.date(2026, 1, 31)])
    """
    kind = values.dtype.kind
    if kind in "mM":
        fine = np.datetime_data(values.dtype)[0] in ("ns", "ps", "fs", "as")
        return list((values.astype(f"{kind}8[us]") if fine else values).tolist())
    if kind == "f":
        items = values.astype(object)
        items[np.isnan(values)] = None
        return list(items.tolist())
    listed: list[object] = values.tolist()
    if PLAIN.issuperset(map(type, listed)):
        return listed
    return [None if is_null(item) else plain(item) for item in listed]


# A column: an array, or a series of pandas, Polars or PyArrow through narwhals


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
    if isinstance(value, np.ma.MaskedArray):  # masked values are NaN, NaT or None
        masked: Any = value
        fill = {"f": np.nan, "m": "NaT", "M": "NaT"}.get(value.dtype.kind)
        value = masked.filled(fill) if fill or not np.ma.is_masked(value) else masked.tolist()
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


def floats_of(column: Column) -> Floats:
    """Read a column as numbers; float64 and float32 without nulls are not copied."""
    if isinstance(column, np.ndarray):
        return floats_of_array(column)
    import narwhals as nw

    kind = column.dtype
    if kind.is_float() and kind != nw.Float16:
        native, library = column.to_native(), column.implementation
        # Both libraries' own ways from nulls to NumPy are several times slower.
        filled = column.null_count() and (library.is_polars() or library.is_pyarrow())
        return floats_of_array((native.fill_null(np.nan) if filled else column).to_numpy())
    if (kind.is_integer() and kind not in (nw.Int128, nw.UInt128)) or kind == nw.Boolean:
        array = column.to_numpy()  # Arrow refuses to cast integers beyond 2**53
        if array.dtype.kind in "fiub":
            return floats_of_array(array.astype(np.float64))
    if kind.is_numeric() or kind == nw.Boolean:
        return floats_of_array(column.cast(nw.Float64).to_numpy().astype(np.float64))
    if kind in (nw.Categorical, nw.Enum, nw.Object, nw.Unknown):  # categories may be numbers
        return floats_of_array(as_array(column.to_list()))
    return floats_with(None, ~column.is_null().to_numpy(), column)


@attrs.frozen(eq=False)
class Gapped:
    """A column of numbers as Arrow holds it: where none is there, any number may stand.

    Parameters
    ----------
    numbers
        One float64 or float32 a row, read-only.
    bits
        The bytes of Arrow's bitmap: a bit for each row, set where a number is there.
    first
        The bit of the first row.
    """

    numbers: Array
    bits: NDArray[np.uint8]
    first: int

    def filled(self) -> Array:
        """Return the numbers, NaN where none is there."""
        there = np.unpackbits(self.bits, bitorder="little")[self.first : self.first + len(self.numbers)]
        return sealed(np.where(there, self.numbers, self.numbers.dtype.type(np.nan)))

    def take(self, rows: Array) -> Array:
        """Return the numbers of some rows, NaN where none is there."""
        at = self.first + rows
        there = self.bits.take(at >> 3) >> (at & 7) & 1
        return np.where(there, self.numbers.take(rows), self.numbers.dtype.type(np.nan))


def gapped(column: Column) -> Gapped | None:
    """Return a column of floats with nulls as it lies in memory; None if it does not lie so."""
    if isinstance(column, np.ndarray) or not (column.implementation.is_polars() or column.implementation.is_pyarrow()):
        return None
    import narwhals as nw

    if column.dtype not in (nw.Float64, nw.Float32) or not column.null_count() or find_spec("pyarrow") is None:
        return None
    arrow: Any = column.to_arrow()
    chunks = arrow.chunks if hasattr(arrow, "chunks") else [arrow]
    if len(chunks) != 1:
        return None
    bits, numbers = chunks[0].buffers()
    first, kind = chunks[0].offset, np.float64 if column.dtype == nw.Float64 else np.float32
    held = np.frombuffer(numbers, dtype=kind)[first : first + len(column)]
    return Gapped(locked(held), locked(np.frombuffer(bits, dtype=np.uint8)), first)


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


def _all_among(codes: Array, numbers: Sequence[int]) -> bool:
    """Tell whether all codes are among some."""
    known = np.zeros(max(numbers, default=-1) + 2, dtype=bool)
    known[list(numbers)] = True
    return bool(known.take(codes, mode="clip").all())


def _held_as_codes(column: Column) -> tuple[list[Any], Array] | None:
    """Return the categories of a column that is held as codes, and the place of each row's, -1 for null; else None."""
    if isinstance(column, np.ndarray):
        return None
    native, library = column.to_native(), column.implementation
    if library.is_pandas_like() and hasattr(native, "cat"):  # not Arrow's dictionary inside pandas
        return native.cat.categories.tolist(), native.cat.codes.to_numpy()
    import narwhals as nw

    if column.dtype not in (nw.Categorical, nw.Enum):
        return None
    if library.is_pyarrow():
        shared = native.unify_dictionaries()
        places = [chunk.indices.cast("int64").fill_null(MISSING).to_numpy() for chunk in shared.chunks]
        listed = shared.chunk(0).dictionary.to_pylist() if places else []
        return listed, np.concatenate([np.empty(0, dtype=np.int64), *places])
    if not library.is_polars():
        return None
    codes, gaps = native.to_physical(), native.null_count() > 0
    there = native.head(MANY).unique().drop_nulls()
    numbers = there.to_physical().to_list()
    if gaps or (not codes.is_empty() and not _all_among(codes.to_numpy(), numbers)):  # the first rows lack some
        there = native.unique().drop_nulls()
        numbers = there.to_physical().to_list()
    if (most := max(numbers, default=0)) > len(native) + MANY:
        return None  # the codes of a library's whole process
    listed = [None] * (most + 1)
    for number, value in zip(numbers, there.to_list(), strict=True):
        listed[number] = value
    return listed, (codes.cast(int).fill_null(MISSING) if gaps else codes).to_numpy()
