"""Numbers and category codes out of NumPy arrays, those that hold Python objects included."""

from __future__ import annotations

import datetime as dt
import decimal
import itertools
import numbers
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import SHOWN

#: Codes that stand for no category.
MISSING, UNKNOWN = -1, -2
#: Types of values that are plain as they are.
PLAIN = frozenset({str, int, bool, type(None)})

Array = NDArray[Any]
Mask = NDArray[np.bool_]


def objects(values: Sequence[Any]) -> Array:
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
        True where the source holds something that is no number (text, a date, any object); None if nowhere.
        `values` is NaN there.
    first_bad
        The first such value, as it came.
    """

    values: Array
    bad: Mask | None = None
    first_bad: Any = None


@attrs.frozen
class Unknown:
    """Where a value stands that is no known category: its first rows (from 0), and how many there are."""

    rows: tuple[int, ...]
    count: int


@attrs.frozen(eq=False)
class Codes:
    """A column read as categories.

    Parameters
    ----------
    codes
        One int32 a row, read-only: position in the categories, -1 for null or blank, -2 for an unknown value.
    unknown
        Every unknown value, in the order of its first row.
    """

    codes: NDArray[np.int32]
    unknown: dict[Any, Unknown]


def locked(array: Array) -> Array:
    """Return a read-only view; the flag of the array itself stays as it is."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def plain(value: Any) -> Any:
    """Return a NumPy scalar as the Python value it stands for."""
    return value.item() if isinstance(value, np.generic) else value


def as_array(values: Sequence[Any]) -> Array:
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
        return Floats(locked(np.ascontiguousarray(array)))
    if kind in "fiub":
        return Floats(locked(array.astype(np.float64)))
    return no_floats(array, ~np.isnat(array) if kind in "mM" else np.ones(len(array), dtype=bool))


def floats_of_objects(array: Array) -> Floats:
    """Read Python objects as numbers: text is bad even where it spells one, None and NaN are NaN."""
    items = array.tolist()
    kinds = {kind: _reads_as(kind) for kind in set(map(type, items))}
    if all(reading == "number" for reading in kinds.values()):
        try:
            return floats_with(array.astype(np.float64))
        except (TypeError, ValueError, OverflowError):
            pass  # an integer beyond floats, a signalling NaN: find out which below
    values = np.full(len(items), np.nan)
    bad = np.zeros(len(items), dtype=bool)
    for row, item in enumerate(items):
        reading = kinds[type(item)]
        if reading == "number":
            try:
                values[row] = float(item)
            except (TypeError, ValueError, OverflowError):
                bad[row] = True
        elif reading == "bad":
            bad[row] = True
    return floats_with(values, bad, array)


def no_floats(source: Any, bad: Mask) -> Floats:
    """Make the answer for a column that holds no number at all; `bad` is True where it is not null."""
    return floats_with(np.full(len(bad), np.nan), bad, source)


def floats_with(values: Array, bad: Mask | None = None, source: Any = None) -> Floats:
    """Make the answer for a column; `source` holds its values by position, of which some may be `bad`."""
    if bad is None or not bad.any():
        return Floats(locked(values))
    return Floats(locked(values), locked(bad), plain(source[int(bad.argmax())]))


def _reads_as(kind: type) -> str:
    """Tell whether objects of a type are numbers, missing, or bad."""
    if is_missing_type(kind):
        return "missing"
    if issubclass(kind, (np.timedelta64, np.datetime64, dt.timedelta)):
        return "bad"
    return "number" if issubclass(kind, (numbers.Real, decimal.Decimal, np.bool_)) else "bad"


def is_missing_type(kind: type) -> bool:
    """Tell whether objects of a type stand for nothing: None, NumPy's masked, pandas' NA and NaT."""
    return (
        kind is type(None)
        or kind is type(np.ma.masked)
        or (kind.__name__ in ("NAType", "NaTType") and kind.__module__.startswith("pandas"))
    )


def codes_of_array(array: Array, categories: Sequence[str]) -> Codes:
    """Read a one-dimensional array of any dtype as categories; what is no text is compared by ``str(value)``."""
    if array.dtype.kind == "S":
        return codes_of_array(np.char.decode(array, "utf-8", "replace"), categories)
    if array.dtype.kind in "mM":
        texts = [None if np.isnat(item) else str(item) for item in array]
        return codes_of_array(as_array(texts), categories)
    if array.dtype.kind in "fiub":
        distinct, inverse = np.unique(array, return_inverse=True)
        codes = lookup(distinct.tolist(), categories)[inverse.reshape(-1)]
    else:
        codes = lookup(array.tolist(), categories)
    return with_unknown(codes, array)


def lookup(items: list[Any], categories: Sequence[str]) -> NDArray[np.int32]:
    """Find each item among the categories; see `Codes` for what has no place there."""
    table: dict[Any, int] = {None: MISSING, "": MISSING}
    table.update((name, code) for code, name in enumerate(categories))
    try:
        found = map(table.get, items, itertools.repeat(UNKNOWN))
        codes = np.fromiter(found, dtype=np.int32, count=len(items))
    except TypeError:  # something that cannot be hashed, such as a list
        codes = np.full(len(items), UNKNOWN, dtype=np.int32)
    for row in np.flatnonzero(codes == UNKNOWN).tolist():
        codes[row] = _code_of(items[row], table)
    return codes


def _code_of(item: Any, table: dict[Any, int]) -> int:
    if isinstance(item, str):
        return table.get(str(item), UNKNOWN) if item.strip() else MISSING
    if is_null(item):
        return MISSING
    code = table.get(str(item), UNKNOWN)
    if code == UNKNOWN and isinstance(item, (float, np.floating)) and float(item).is_integer():
        code = table.get(str(int(item)), UNKNOWN)  # integers become floats where a pandas column has gaps
    return code


def with_unknown(codes: NDArray[np.int32], source: Any) -> Codes:
    """List the unknown values behind the codes -2; `source` holds the column's values by position."""
    rows = np.flatnonzero(codes == UNKNOWN)
    found: dict[Any, list[int]] = {}
    for row, item in zip(rows.tolist(), source[rows].tolist(), strict=True):
        found.setdefault(_key(item), []).append(row)
    return Codes(locked(codes), {key: Unknown(tuple(seen[:SHOWN]), len(seen)) for key, seen in found.items()})


def _key(item: Any) -> Any:
    value = plain(item)
    try:
        hash(value)
    except TypeError:
        return str(value)
    return value


def is_null(value: Any) -> bool:
    """Tell whether a value of a column stands for nothing: None, NaN, NaT, pandas' NA."""
    if value is None or is_missing_type(type(value)):
        return True
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(value))
    if isinstance(value, decimal.Decimal):
        return value.is_nan()
    return isinstance(value, (float, np.floating)) and value != value  # noqa: PLR0124 - only NaN differs from itself


def plain_values(values: Array) -> list[Any]:
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
    listed: list[Any] = values.tolist()
    if PLAIN.issuperset(map(type, listed)):
        return listed
    return [None if is_null(item) else plain(item) for item in listed]
