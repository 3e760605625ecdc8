from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from outcomegap.frames import wrap
from tests.frames.kinds import KINDS, make

NAN = np.nan


def floats(column):
    return wrap({"x": column}).floats("x")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_floats_without_nulls_are_not_copied(dtype):
    source = np.arange(5, dtype=dtype)
    for frame in (
        {"x": source},
        pd.DataFrame({"x": source}, copy=False),
        pl.DataFrame({"x": source}),
        pa.table({"x": source}),
    ):
        table = wrap(frame)
        first, second = table.floats("x").values, table.floats("x").values
        assert first.dtype == dtype
        assert np.shares_memory(first, second), table.kind
        assert not first.flags.writeable
    assert np.shares_memory(wrap(pd.DataFrame({"x": source}, copy=False)).floats("x").values, source)
    assert np.shares_memory(wrap(pa.table({"x": pa.array(source)})).floats("x").values, source)
    source[0] = 1  # nobody took the user's right to write


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.Series([1, None], dtype="Int64"), [1, NAN]),
        (pd.Series([1, None], dtype="UInt8"), [1, NAN]),
        (pd.Series([1.5, None, NAN], dtype="Float64"), [1.5, NAN, NAN]),
        (pd.Series([True, None], dtype="boolean"), [1, NAN]),
        (pd.Series([True, False]), [1, 0]),
        (pd.Series([True, None], dtype="bool[pyarrow]"), [1, NAN]),
        (pd.Series([1, None], dtype="int64[pyarrow]"), [1, NAN]),
        (pd.Series([2**60 + 1, None], dtype="int64[pyarrow]"), [2.0**60, NAN]),
        (pd.Series([2**60 + 1], dtype="int64[pyarrow]"), [2.0**60]),
        (pd.Series([1.5, None], dtype="double[pyarrow]"), [1.5, NAN]),
        (pd.Series([Decimal("1.5"), None], dtype=pd.ArrowDtype(pa.decimal128(10, 2))), [1.5, NAN]),
        (pd.Series([Decimal("1.5"), None, 2, True, np.float32(4)], dtype=object), [1.5, NAN, 2, 1, 4]),
        (pd.Series([1, None, pd.NA], dtype=object), [1, NAN, NAN]),
        (pd.Series([None, None], dtype="str"), [NAN, NAN]),
        (pd.Series([pd.NaT, pd.NaT]), [NAN, NAN]),
        (pd.Series([1.0, 0.0], dtype=pd.SparseDtype("float64", 0.0)), [1, 0]),
        (pd.Series([3, 1, None], dtype="category"), [3, 1, NAN]),
        (pd.Series([3, 1], dtype="category"), [3, 1]),
        (pl.Series([1, None], dtype=pl.Int8), [1, NAN]),
        (pl.Series([2**60 + 1, None]), [2.0**60, NAN]),
        (pl.Series([2**100], dtype=pl.Int128), [2.0**100]),
        (pl.Series([Decimal("1.5"), None]), [1.5, NAN]),
        (pl.Series([True, None]), [1, NAN]),
        (pl.Series([1.0, NAN, None, np.inf]), [1, NAN, NAN, np.inf]),
        (pl.Series([None, None]), [NAN, NAN]),
        (pl.Series([1, 2.5, None], dtype=pl.Object), [1, 2.5, NAN]),
        (pl.Series(["b", None], dtype=pl.Categorical)[1:], [NAN]),
        (pa.array([1, None], pa.int8()), [1, NAN]),
        (pa.array([2**60 + 1, None]), [2.0**60, NAN]),
        (pa.array([2**63 + 2**20], pa.uint64()), [2.0**63 + 2**20]),
        (pa.array([1.5, None, NAN]), [1.5, NAN, NAN]),
        (pa.array(np.array([1.5], dtype="f2"), pa.float16()), [1.5]),
        (pa.array([Decimal("1.5"), None]), [1.5, NAN]),
        (pa.array([Decimal("1.5")], pa.decimal256(50, 2)), [1.5]),
        (pa.array([True, None]), [1, NAN]),
        (pa.nulls(2), [NAN, NAN]),
        (pa.array([3, 1, None]).dictionary_encode(), [3, 1, NAN]),
        (pa.chunked_array([[1, 2], [], [None]]), [1, 2, NAN]),
        (pa.chunked_array([[1.0, 2.0], [3.0]]), [1, 2, 3]),
        (pa.array([9.0, 1.0, 2.0]).slice(1), [1, 2]),
        (pa.array([9.0, None, 2.0]).slice(1), [NAN, 2]),
        (pa.chunked_array([[9, 1], [None, 4]]).slice(1, 2), [1, NAN]),
        (pl.Series([9.0, 1.0, 2.0])[1:], [1, 2]),
        (pd.Series([9.0, 1.0, 2.0])[::2], [9, 2]),
    ],
    ids=lambda c: f"{type(c).__module__}:{getattr(c, 'dtype', getattr(c, 'type', ''))}",
)
def test_numbers(column, expected):
    found = floats(column)
    np.testing.assert_array_equal(found.values, expected)
    assert found.bad is None
    assert found.values.dtype == np.float64
    assert found.values.flags.c_contiguous
    assert not found.values.flags.writeable


def test_float32_stays_float32_where_it_has_nulls():
    for column in (
        pd.Series([1.5, None], dtype="Float32"),
        pl.Series([1.5, None], dtype=pl.Float32),
        pa.array([1.5, None], pa.float32()),
    ):
        found = floats(column).values
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, [1.5, NAN])


DATE = dt.date(2026, 1, 2)


@pytest.mark.parametrize(
    ("column", "first_bad"),
    [
        (pd.Series([None, "12"]), "12"),
        (pd.Series([None, "12"], dtype="string[python]"), "12"),
        (pd.Series([None, "12"], dtype=object), "12"),
        (pd.Series([None, ""], dtype="string[pyarrow]"), ""),
        (pd.Series([None, "a"], dtype="category"), "a"),
        (pd.Series([None, "a"], dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))), "a"),
        (pd.Series([pd.NaT, pd.Timestamp(DATE)]), pd.Timestamp(DATE)),
        (pd.Series([pd.NaT, pd.Timestamp(DATE, tz="UTC")]), pd.Timestamp(DATE, tz="UTC")),
        (pd.Series([pd.NaT, pd.Timedelta(1, "s")]), pd.Timedelta(1, "s")),
        (pd.Series([pd.NaT, pd.Period("2026-01", "M")]), pd.Period("2026-01", "M")),
        (pl.Series([None, "12"]), "12"),
        (pl.Series([None, DATE]), DATE),
        (pl.Series([None, "a"], dtype=pl.Categorical), "a"),
        (pl.Series([None, "a"], dtype=pl.Enum(["a"])), "a"),
        (pl.Series([None, [1]]), None),
        (pa.array([None, "12"]), "12"),
        (pa.array([None, "12"], pa.string_view()), "12"),
        (pa.array([None, b"12"]), b"12"),
        (pa.array([None, DATE]), DATE),
        (pa.array([None, "a"]).dictionary_encode(), "a"),
        (pa.array([None, {"a": 1}]), {"a": 1}),
    ],
    ids=lambda c: f"{type(c).__module__}:{getattr(c, 'dtype', getattr(c, 'type', ''))}",
)
def test_what_is_no_number(column, first_bad):
    found = floats(column)
    assert found.bad.tolist() == [False, True]
    assert np.isnan(found.values).all()
    if first_bad is not None:
        assert found.first_bad == first_bad


def test_a_category_that_is_text_among_numbers():
    found = floats(pd.Series(pd.Categorical([2, "x", None, 2])))
    assert found.bad.tolist() == [False, True, False, False]
    assert found.first_bad == "x"
    np.testing.assert_array_equal(found.values, [2, NAN, NAN, 2])
    unused = pd.Series(pd.Categorical([2], categories=[2, "x"]))
    assert floats(unused).bad is None


TEXTS = ["b", None, " ", "x", "a", "", "b", "x"]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(TEXTS),
        pd.Series(TEXTS, dtype=object),
        pd.Series(TEXTS, dtype="string[python]"),
        pd.Series(TEXTS, dtype="string[pyarrow]"),
        pd.Series(TEXTS, dtype=pd.ArrowDtype(pa.string())),
        pd.Series(TEXTS, dtype="category"),
        pd.Series(TEXTS, dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))),
        pl.Series(TEXTS),
        pl.Series(TEXTS, dtype=pl.Categorical),
        pl.Series(TEXTS, dtype=pl.Enum(["z", "x", "b", " ", "", "a"])),
        pl.Series(TEXTS, dtype=pl.Object),
        pa.array(TEXTS),
        pa.array(TEXTS, pa.large_string()),
        pa.array(TEXTS, pa.string_view()),
        pa.array(TEXTS).dictionary_encode(),
        pa.chunked_array([pa.array(TEXTS[:3]).dictionary_encode(), pa.array(TEXTS[3:]).dictionary_encode()]),
        pa.chunked_array([["zz", *TEXTS[:2]], TEXTS[2:]]).slice(1),
        TEXTS,
        np.array(TEXTS, dtype=object),
    ],
    ids=lambda c: f"{type(c).__module__}:{getattr(c, 'dtype', getattr(c, 'type', ''))}",
)
def test_codes(column):
    table = wrap({"s": column})
    found = table.codes("s", ["a", "b", "c"])
    assert found.codes.tolist() == [1, -1, -1, -2, 0, -1, 1, -2]
    assert found.codes.dtype == np.int32
    assert not found.codes.flags.writeable
    assert found.unknown == {"x": [3, 7]}
    assert table.values("s").tolist() == TEXTS
    clean = table.filter(table.codes("s", ["a", "b"]).codes >= 0).codes("s", ["a", "b"])
    assert clean.codes.tolist() == [1, 0, 1]
    assert clean.unknown == {}


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, 2, None], dtype="Int64"),
        pd.Series([1, 2, None]),
        pd.Series([1, 2, None], dtype="category"),
        pl.Series([1, 2, None]),
        pa.array([1, 2, None]),
        pa.array([1, 2, None]).dictionary_encode(),
        [1, 2, None],
    ],
    ids=lambda c: f"{type(c).__module__}:{getattr(c, 'dtype', getattr(c, 'type', ''))}",
)
def test_whole_numbers_as_categories(column):
    assert wrap({"s": column}).codes("s", ["2", "1"]).codes.tolist() == [1, 0, -1]


def test_values_keep_whole_numbers_that_have_gaps():
    big = 2**60 + 1
    for column in (pd.Series([big, None], dtype="Int64"), pl.Series([big, None]), pa.array([big, None]), [big, None]):
        assert wrap({"id": column}).values("id").tolist() == [big, None]


def test_pandas_keeps_its_index():
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "c": pd.Categorical(["a", "b", "a"])}, index=[7, 7, 3])
    table = wrap(frame)
    made = table.build({"c": table.series("c"), "gap": np.array([0.1, 0.2, 0.3])})
    assert made.index.tolist() == [7, 7, 3]
    assert isinstance(made["c"].dtype, pd.CategoricalDtype)
    assert made["gap"].tolist() == [0.1, 0.2, 0.3]
    some = table.filter(np.array([True, False, True]))
    assert some.build({"g": [1, 2], "x": some.series("x")}).to_dict("list") == {"g": [1, 2], "x": [1.0, 3.0]}
    assert some.native().index.tolist() == [7, 3]
    assert table.build({"s": ["a"]}, index_like=False).index.tolist() == [0]
    assert frame.columns.tolist() == ["x", "c"]


def test_native_columns_pass_through_untouched():
    polars = wrap(pl.DataFrame({"d": [DATE, None], "l": [[1], None]}))
    made = polars.build({name: polars.series(name) for name in polars.names})
    assert made.equals(polars.native())
    arrow = wrap(pa.table({"d": pa.array([DATE, None]), "n": pa.array([1.0, None])}))
    assert arrow.build({name: arrow.series(name) for name in arrow.names}).equals(arrow.native())
    gaps = wrap(pa.table({"n": pa.array([NAN, None])}))
    assert gaps.build({"n": gaps.series("n")})["n"].null_count == 1  # the user's own NaN stays one


NUMBERS = st.lists(st.one_of(st.none(), st.floats(width=64)), max_size=20)


@settings(deadline=None, max_examples=60)
@given(items=NUMBERS)
def test_every_kind_reads_the_same_floats(items):
    expected = np.array([NAN if item is None else item for item in items], dtype=np.float64)
    for kind in KINDS:
        if kind == "records" and not items:
            continue
        columns = {"x": items, "row": list(range(len(items)))}
        if kind == "pandas" or (not items or all(item is None for item in items)):
            columns["x"] = np.array(expected)
        if kind == "batch":
            columns["x"] = columns["x"] if isinstance(columns["x"], np.ndarray) else items
        found = wrap(make(kind, columns)).floats("x")
        np.testing.assert_array_equal(found.values, expected, err_msg=kind)
        assert found.bad is None
        assert found.values.dtype == np.float64


@settings(deadline=None, max_examples=60)
@given(
    items=st.lists(
        st.one_of(st.none(), st.sampled_from(["a", "b", "", "é", "x\u0301"]), st.text(max_size=3)), max_size=20
    )
)
def test_every_kind_reads_the_same_codes(items):
    categories = ["b", "é", "a"]
    items = [None if item is None else item.encode("utf-8", "replace").decode() for item in items]
    expected = [
        -1 if item is None or not item.strip() else categories.index(item) if item in categories else -2
        for item in items
    ]
    for kind in KINDS:
        if (kind == "records" and not items) or (kind == "duckdb" and any("\0" in item for item in items if item)):
            continue
        table = wrap(make(kind, {"s": items, "row": list(range(len(items)))}))
        assert table.codes("s", categories).codes.tolist() == expected, kind
        assert sum(len(rows) for rows in table.codes("s", categories).unknown.values()) == expected.count(-2)
