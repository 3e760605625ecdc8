from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from outcomegap.frames import wrap
from outcomegap.frames.arrays import (
    as_array,
    codes_of,
    column_of,
    distinct_of,
    floats_of_array,
    floats_of_objects,
    locked,
)

CATEGORIES = ("startup", "enterprise", "1")


@pytest.mark.parametrize("dtype", ["f8", "f4"])
def test_native_floats_are_views(dtype):
    source = np.array([1.5, np.nan, np.inf], dtype=dtype)
    found = floats_of_array(source)
    assert np.shares_memory(found.values, source)
    assert found.values.dtype == source.dtype
    assert found.bad is None
    assert not found.values.flags.writeable
    assert source.flags.writeable


@pytest.mark.parametrize("dtype", ["i1", "i8", "u8", "?", "f2", ">f8", ">f4", ">i4", "longdouble"])
def test_other_numbers_become_float64(dtype):
    found = floats_of_array(np.array([0, 1, 1], dtype=dtype))
    assert found.values.dtype == np.dtype("f8")
    assert found.values.dtype.isnative
    assert found.values.tolist() == [0.0, 1.0, 1.0]


def test_strided_floats_become_contiguous():
    matrix = np.arange(6.0).reshape(3, 2)
    found = floats_of_array(matrix[:, 1])
    assert found.values.flags.c_contiguous
    assert found.values.tolist() == [1.0, 3.0, 5.0]
    assert floats_of_array(np.arange(4.0)[::-1]).values.tolist() == [3.0, 2.0, 1.0, 0.0]


@pytest.mark.parametrize(
    "array",
    [
        np.array(["12", ""]),
        np.array([b"12", b""]),
        np.array([1j, 2]),
        np.array(["2026-01-01", "2026-01-02"], dtype="M8[D]"),
        np.array([1, 2], dtype="m8[s]"),
    ],
)
def test_what_is_no_number_is_bad(array):
    found = floats_of_array(array)
    assert found.bad.tolist() == [True, True]
    assert np.isnan(found.values).all()
    assert found.first_bad == array[0].item()


def test_a_date_that_is_null_is_missing():
    found = floats_of_array(np.array(["NaT", "2026-01-02"], dtype="M8[D]"))
    assert found.bad.tolist() == [False, True]
    assert found.first_bad == dt.date(2026, 1, 2)
    assert floats_of_array(np.array(["NaT"], dtype="M8[D]")).bad is None


def test_objects_that_are_numbers_or_nothing():
    items = [1, 2.5, None, np.nan, True, Decimal("0.5"), Fraction(1, 4), np.float32(2), np.int8(3), np.bool_(False)]
    found = floats_of_objects(as_array([*items, pd.NA, pd.NaT, np.ma.masked, float("inf")]))
    assert found.bad is None
    nan = np.nan
    expected = [1, 2.5, nan, nan, 1, 0.5, 0.25, 2, 3, 0, nan, nan, nan, np.inf]
    np.testing.assert_array_equal(found.values, expected)


@pytest.mark.parametrize(
    "item",
    [
        *("12", "", "nan", b"1", [1], (1,), {"a": 1}, object, np.array([1.0])),
        *(dt.date(2026, 1, 1), dt.timedelta(1), np.timedelta64(1, "s"), 1j, 10**400, Decimal("sNaN")),
    ],
)
def test_objects_that_are_no_numbers(item):
    source = np.empty(3, dtype=object)
    source[:] = [1.0, None, None]
    source[1] = item
    found = floats_of_objects(source)
    assert found.bad.tolist() == [False, True, False]
    assert found.first_bad is item or found.first_bad == getattr(item, "tolist", lambda: item)()
    np.testing.assert_array_equal(found.values, [1.0, np.nan, np.nan])


def test_lists_keep_the_type_of_their_items():
    assert as_array([1.0, 2.0]).dtype == np.float64
    assert as_array([1, 2]).dtype == np.int64
    assert as_array([True]).dtype == np.bool_
    assert as_array([np.float32(1), np.float32(2)]).dtype == np.float32
    assert as_array([1, "a"]).tolist() == [1, "a"]
    assert as_array([1, None]).tolist() == [1, None]
    assert as_array([2**70, 1]).tolist() == [2**70, 1]
    assert as_array([]).shape == (0,)
    assert as_array([[1], [2]]).shape == (2,)


def test_what_a_value_is_compared_by():
    items = ["startup", "enterprise", None, "", " \t", np.nan, "Startup", 1, 1.0, "1", True, pd.NA, np.str_("startup")]
    assert codes_of(as_array(items), CATEGORIES).codes.tolist() == [0, 1, -1, -1, -1, -1, -2, 2, 2, 2, -2, -1, 0]


def test_what_cannot_be_hashed():
    assert codes_of(as_array(["startup", ["x"], None]), CATEGORIES).codes.tolist() == [0, -2, -1]


def test_a_number_is_found_by_its_own_spelling_first():
    assert codes_of(as_array([1.0, 2.0, 1.5]), ("1", "1.0", "1.5")).codes.tolist() == [1, -2, 2]


def test_unknown_values_and_their_rows():
    array = as_array(["x", "startup", "y", "x", " ", None] + ["x"] * 30)
    found = codes_of(array, CATEGORIES)
    assert found.codes.tolist() == [-2, 0, -2, -2, -1, -1] + [-2] * 30
    assert found.unknown == {"x": [0, 3, *range(6, 36)], "y": [2]}
    assert found.codes.dtype == np.int32
    assert not found.codes.flags.writeable


@pytest.mark.parametrize(
    ("array", "codes", "unknown"),
    [
        (np.array([1, 7]), [2, -2], {7: [1]}),
        (np.array([1.0, np.nan]), [2, -1], {}),
        (np.array([True, False]), [-2, -2], {True: [0], False: [1]}),
        (np.array(["startup", ""]), [0, -1], {}),
        (np.array([b"startup", b" "]), [0, -1], {}),
        (
            np.array(["NaT", "2026-01-02"], dtype="M8[ns]"),
            [-1, -2],
            {dt.datetime(2026, 1, 2): [1]},
        ),
        (np.array([], dtype=object), [], {}),
        (np.array([], dtype=float), [], {}),
    ],
)
def test_codes_of_every_dtype(array, codes, unknown):
    found = codes_of(array, CATEGORIES)
    assert found.codes.tolist() == codes
    assert found.unknown == unknown


def test_dates_are_compared_by_their_text():
    assert codes_of(np.array(["2026-01-02"], dtype="M8[D]"), ["2026-01-02"]).codes.tolist() == [0]


def test_locked_leaves_the_source_as_it_is():
    source = np.arange(3)
    view = locked(source)
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1
    source[0] = 9
    assert view[0] == 9


def test_distinct_values_and_where_they_stand():
    found = distinct_of(as_array(["b", None, " ", 1, 1.0, True, "b", [1], [1], float("nan")]))
    assert found.values == ["b", 1, True, [1]]
    assert list(map(type, found.values))[2:] == [bool, list]
    assert found.codes.tolist() == [0, -1, -1, 1, 1, 2, 0, 3, 3, -1]
    unused = distinct_of(column_of("c", pd.Series(pd.Categorical(["x", None], categories=["y", "x"]))))
    assert (unused.values, unused.codes.tolist(), unused.rows(0).tolist()) == (["x"], [0, -1], [0])
    twice = [dt.datetime(2026, 10, 25, 2, fold=fold) for fold in (0, 1)]
    assert distinct_of(as_array(twice)).codes.tolist() == [0, 1]


@pytest.mark.parametrize("make", [pd.Series, pl.Series, pa.array, as_array])
def test_distinct_values_come_in_the_order_of_their_first_rows(make):
    names = [f"n{number % 97}" for number in range(500, 0, -1)]
    found = distinct_of(column_of("n", make(names)))
    assert found.values == list(dict.fromkeys(names))
    assert [found.values[code] for code in found.codes.tolist()] == names


# --- columns with nulls, as Arrow holds them -------------------------------------------------------------------------


@given(
    st.lists(st.none() | st.floats(-1e6, 1e6) | st.just(math.nan), min_size=1, max_size=70),
    st.integers(0, 20),
    st.sampled_from([pl.Float64, pl.Float32]),
    st.sampled_from(["polars", "pyarrow"]),
)
def test_columns_with_nulls_are_read_where_they_lie(values, cut, dtype, library):
    series = pl.Series("a", [*[None, 1.0] * 10, *values], dtype=dtype)[cut:]
    frame = series.to_frame() if library == "polars" else series.to_frame().to_arrow()
    table = wrap(frame)
    found, expected = table.gapped("a"), table.floats("a").values
    if series.null_count() == 0:
        assert found is None
        return
    assert found is not None
    assert found.numbers.dtype == expected.dtype
    assert not found.numbers.flags.writeable
    assert np.array_equal(found.filled(), expected, equal_nan=True)
    rows = np.arange(len(series))[::-2]
    assert np.array_equal(found.take(rows), expected[rows], equal_nan=True)


@pytest.mark.parametrize(
    "frame", [{"a": [1.0, None]}, pl.DataFrame({"a": [1, None]}), pl.DataFrame({"a": ["x", None]})]
)
def test_other_columns_do_not_lie_as_arrow_holds_floats(frame):
    assert wrap(frame).gapped("a") is None
