from __future__ import annotations

import array
import subprocess
import sys

import duckdb
import narwhals as nw
import narwhals.stable.v1 as nw_v1
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from outcomegap.errors import DataError, EngineError
from outcomegap.frames import MADE, Table, make_frame, table as table_room, wrap
from tests.frames.kinds import KINDS, Capsule, listed, make

COLUMNS = {
    "id": ["a", "b", "c", "d"],
    "seats": [3, None, 0, 12],
    "rate": [0.5, 1.0, None, -2.25],
    "plan": ["pro", None, "", "prp"],
    "live": [True, False, None, True],
}
KIND_SAID = {"lazy": "polars", "batch": "pyarrow", "narwhals": "polars", "capsule": "pyarrow"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_reads_the_same(kind):
    table = wrap(make(kind, COLUMNS))
    assert table.kind == KIND_SAID.get(kind, kind)
    assert table.names == tuple(COLUMNS)
    assert len(table) == 4
    np.testing.assert_array_equal(table.floats("seats").values, [3, np.nan, 0, 12])
    np.testing.assert_array_equal(table.floats("rate").values, [0.5, 1, np.nan, -2.25])
    np.testing.assert_array_equal(table.floats("live").values, [1, 0, np.nan, 1])
    for name in ("seats", "rate", "live"):
        found = table.floats(name)
        assert found.bad is None
        assert found.values.dtype == np.float64
        assert found.values.flags.c_contiguous
        assert not found.values.flags.writeable
    text = table.floats("plan")
    assert text.bad.tolist() == [True, False, True, True]
    assert text.first_bad == "pro"
    plans = table.codes("plan", ["basic", "pro"])
    assert plans.codes.tolist() == [1, -1, -1, -2]
    assert plans.unknown == {"prp": [3]}
    assert table.values("id").tolist() == ["a", "b", "c", "d"]
    assert table.values("plan").tolist() == ["pro", None, "", "prp"]


@pytest.mark.parametrize("kind", KINDS)
def test_round_trip_keeps_the_kind(kind):
    data = make(kind, COLUMNS)
    table = wrap(data)
    made = table.build(
        {"id": table.series("id"), "gap": np.array([0.5, np.nan, 0.25, 1.0]), "state": ["x", None, "y", "z"]}
    )
    expected = {"lazy": pl.DataFrame, "capsule": pa.Table, "batch": pa.RecordBatch, "narwhals": nw.DataFrame}
    assert isinstance(made, expected.get(kind, type(data)))
    found = listed(made)
    assert list(found) == ["id", "gap", "state"]
    assert found["id"] == ["a", "b", "c", "d"]
    assert [None if v is None or v != v else v for v in found["gap"]] == [0.5, None, 0.25, 1.0]
    assert [None if v is None or v != v else v for v in found["state"]] == ["x", None, "y", "z"]
    again = wrap(made)
    np.testing.assert_array_equal(again.floats("gap").values, [0.5, np.nan, 0.25, 1.0])


@pytest.mark.parametrize("kind", KINDS)
def test_other_rows(kind):
    made = wrap(make(kind, COLUMNS)).build({"segment": ["all"], "n": np.array([4])}, index_like=False)
    assert listed(made) == {"segment": ["all"], "n": [4]}


@pytest.mark.parametrize("kind", KINDS)
def test_filter(kind):
    table = wrap(make(kind, COLUMNS))
    some = table.filter(np.array([True, False, False, True]))
    assert some.kind == table.kind
    assert some.names == table.names
    assert len(some) == 2
    assert some.floats("rate").values.tolist() == [0.5, -2.25]
    kept = listed(some.native())
    assert (kept["rate"], kept["id"]) == ([0.5, -2.25], ["a", "d"])
    none = table.filter(np.zeros(4, dtype=bool))
    assert len(none) == 0
    assert none.floats("seats").values.shape == (0,)
    assert none.codes("plan", ["pro"]).codes.shape == (0,)


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "records"])
def test_no_rows(kind):
    table = wrap(make(kind, {"x": [], "s": []}))
    assert len(table) == 0
    assert table.floats("x").values.dtype == np.float64
    assert table.floats("x").bad is None
    assert table.codes("s", ["a"]).codes.dtype == np.int32
    assert len(table.values("s")) == 0
    assert listed(table.build({"gap": np.array([])}))["gap"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_one_row(kind):
    table = wrap(make(kind, {"x": [2.5], "s": ["b"]}))
    assert table.floats("x").values.tolist() == [2.5]
    assert table.codes("s", ["a", "b"]).codes.tolist() == [1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_of_nulls_is_missing(kind):
    table = wrap(make(kind, {"x": [None, None], "y": [1, 2]}))
    np.testing.assert_array_equal(table.floats("x").values, [np.nan, np.nan])
    assert table.floats("x").values.dtype == np.float64
    assert table.floats("x").bad is None
    assert table.codes("x", ["a"]).codes.tolist() == [-1, -1]


@pytest.mark.parametrize("kind", KINDS)
def test_no_categories(kind):
    assert wrap(make(kind, {"s": ["a", None, ""]})).codes("s", []).codes.tolist() == [-2, -1, -1]


@pytest.mark.parametrize("kind", KINDS)
def test_integers_as_categories(kind):
    table = wrap(make(kind, {"s": [1, 2, None, 3]}))
    found = table.codes("s", ["2", "1"])
    assert found.codes.tolist() == [1, 0, -1, -2]
    assert list(found.unknown) == [3]


@pytest.mark.parametrize("kind", KINDS)
def test_missing_columns_come_with_the_nearest_name(kind):
    table = wrap(make(kind, COLUMNS))
    problems = table.require(["rates", "id", "zzz"])
    assert [(p.rule, p.column, p.suggestion) for p in problems] == [
        ("missing-column", "rates", "rate"),
        ("missing-column", "zzz", None),
    ]
    for read in (table.floats, table.values, table.series, lambda name: table.codes(name, ["a"])):
        with pytest.raises(DataError, match="did you mean 'rate'"):
            read("rates")


@pytest.mark.parametrize("kind", KINDS)
def test_lengths_and_masks_are_checked(kind):
    table = wrap(make(kind, COLUMNS))
    with pytest.raises(DataError, match="'gap' has 3 rows, 4 are needed"):
        table.build({"gap": [1, 2, 3]})
    with pytest.raises(DataError, match="'b' has 1 rows, 2 are needed"):
        table.build({"a": [1, 2], "b": [1]}, index_like=False)
    with pytest.raises(DataError, match="one truth value for each of the 4 rows"):
        table.filter(np.array([True]))
    with pytest.raises(DataError, match="one truth value"):
        table.filter(np.array([0, 1, 2, 3]))
    with pytest.raises(DataError, match=r"shape \(4, 2\)"):
        table.build({"gap": np.zeros((4, 2))})


@pytest.mark.parametrize(
    "data",
    [
        None,
        7,
        "customers.csv",
        np.zeros((3, 2)),
        pd.Series([1.0]),
        pl.Series([1.0]),
        pa.chunked_array([[1.0]]),
        pa.array([1.0]),
        [1, 2],
        ["a"],
        {1, 2},
        object(),
    ],
    ids=lambda d: type(d).__name__,
)
def test_what_is_no_frame(data):
    with pytest.raises(DataError) as caught:
        wrap(data)
    assert caught.value.problems[0].rule == "not-a-frame"


@pytest.mark.parametrize(
    "data",
    [{}, [], [{}], pd.DataFrame(), pd.DataFrame(index=[1, 2]), pl.DataFrame(), pa.table({})],
    ids=lambda d: type(d).__name__,
)
def test_no_columns(data):
    with pytest.raises(DataError) as caught:
        wrap(data)
    assert caught.value.problems[0].rule == "no-columns"


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame([[1, 2]], columns=[1, "1"]),
        pa.table([[1], [2]], names=["a", "a"]),
        pa.RecordBatch.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]),
        duckdb.connect().sql("select 1 as a, 2 as a"),
        {1: [1], "1": [2]},
    ],
    ids=lambda d: type(d).__name__,
)
def test_duplicate_names(data):
    with pytest.raises(DataError) as caught:
        wrap(data)
    assert caught.value.problems[0].rule == "duplicate-column"


def test_column_levels():
    with pytest.raises(DataError, match="several levels"):
        wrap(pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])))


def test_ragged_columns_name_both():
    with pytest.raises(DataError, match=r"'a' has 3 rows, 'b' has 2"):
        wrap({"a": [1, 2, 3], "b": [1, 2]})


@pytest.mark.parametrize("value", ["startup", 3, None, {"a": 1}, {1, 2}, np.zeros((2, 2)), np.float64(3), b"ab"])
def test_what_is_no_column(value):
    with pytest.raises(DataError) as caught:
        wrap({"x": value})
    assert caught.value.problems[0].rule == "not-a-column"
    assert caught.value.problems[0].column == "x"


@pytest.mark.parametrize(
    "column",
    [
        (1.0, 2.0),
        range(1, 3),
        array.array("d", [1.0, 2.0]),
        pd.Series([1, 2], index=[7, 7]),
        pd.Index([1, 2]),
        pd.array([1, 2], dtype="Int64"),
        pl.Series([1, 2]),
        pa.array([1, 2]),
        pa.chunked_array([[1], [2]]),
        nw.from_native(pl.Series([1, 2]), series_only=True),
        np.ma.array([1, 2]),
    ],
    ids=lambda c: f"{type(c).__module__}.{type(c).__name__}",
)
def test_columns_of_a_dict(column):
    table = wrap({"x": column, "id": ["a", "b"]})
    assert table.floats("x").values.tolist() == [1.0, 2.0]
    assert table.codes("x", ["2", "1"]).codes.tolist()[1] in (0, -2)
    assert list(table.values("x")) == [1, 2]
    assert table.filter(np.array([False, True])).floats("x").values.tolist() == [2.0]
    assert len(table.build({"x": table.series("x"), "g": [1, 2]})["x"]) == 2


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (np.ma.array([1.0, 2.0], mask=[True, False]), [np.nan, 2.0]),
        (np.ma.array([1, 2], mask=[True, False]), [np.nan, 2.0]),
        (np.ma.array([1.0, np.inf]), [1.0, np.inf]),
    ],
)
def test_masked_arrays(column, expected):
    before = column.copy()
    np.testing.assert_array_equal(wrap({"x": column}).floats("x").values, expected)
    np.testing.assert_array_equal(column.data, before.data)


def test_masked_text():
    column = np.ma.array(["a", "b"], mask=[True, False])
    assert wrap({"s": column}).codes("s", ["b"]).codes.tolist() == [-1, 0]


def test_records_may_lack_keys():
    table = wrap([{"a": 1}, {"b": "x"}])
    assert table.names == ("a", "b")
    np.testing.assert_array_equal(table.floats("a").values, [1, np.nan])
    assert table.native() == [{"a": 1, "b": None}, {"a": None, "b": "x"}]


def test_a_table_is_returned_as_it_is():
    table = wrap({"a": [1]})
    assert wrap(table) is table
    assert isinstance(table, Table)
    assert repr(table) == "<Table of 1 rows, 1 columns, from dict>"


def test_names_that_are_numbers_become_text():
    table = wrap(pd.DataFrame({0: [1.0], "b": [2.0]}))
    assert table.names == ("0", "b")
    assert table.floats("0").values.tolist() == [1.0]


def test_stable_narwhals_frames():
    assert wrap(nw_v1.from_native(pl.DataFrame({"a": [1]}))).floats("a").values.tolist() == [1.0]


def test_a_stream_of_batches():
    batches = pa.RecordBatchReader.from_batches(
        pa.schema([("x", pa.float64())]), iter([pa.record_batch({"x": [1.0]}), pa.record_batch({"x": [2.0]})])
    )
    assert wrap(batches).floats("x").values.tolist() == [1.0, 2.0]


def test_an_arrow_stream_without_pyarrow(monkeypatch):
    import outcomegap.frames.table as room

    real = room.find_spec
    monkeypatch.setattr(room, "find_spec", lambda name: None if name == "pyarrow" else real(name))
    assert wrap(Capsule(pa.table({"x": [1.0, None]}))).kind == "polars"
    monkeypatch.setattr(room, "find_spec", lambda _: None)
    with pytest.raises(DataError, match="install outcomegap"):
        wrap(Capsule(pa.table({"x": [1.0]})))


def test_nothing_heavy_is_loaded_for_plain_data():
    code = (
        "import sys; from outcomegap.frames import wrap; t = wrap({'a': [1, None], 'b': ['x', 'y']});"
        "t.floats('a'); t.codes('b', ['x']); t.build({'c': [1, 2]});"
        "print([m for m in ('narwhals', 'pandas', 'polars', 'pyarrow', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_string_views_as_polars_exports_them():
    frame = pl.DataFrame({"s": ["a", None, "b"], "x": [1.0, 2.0, 3.0]})
    table = wrap(Capsule(pa.table({"s": pa.array(["a", None, "b"], pa.string_view()), "x": frame["x"].to_arrow()})))
    some = table.filter(np.array([True, False, True]))
    assert some.codes("s", ["b"]).codes.tolist() == [-2, 0]
    assert some.build({"s": some.series("s")}).to_pydict() == {"s": ["a", "b"]}


def test_frames_made_from_nothing(monkeypatch):
    for kind in MADE:
        table = wrap(make_frame({"x": np.array([1.0, np.nan]), "s": ["a", None]}, kind))
        assert table.kind == kind
        np.testing.assert_array_equal(table.floats("x").values, [1.0, np.nan])
        assert table.values("s").tolist() == ["a", None]
    with pytest.raises(DataError, match="did you mean 'pandas'"):
        make_frame({"x": [1]}, "panda")
    monkeypatch.setattr(table_room, "find_spec", lambda _: None)
    with pytest.raises(EngineError, match="needs polars"):
        make_frame({"x": [1]}, "polars")


# Frames made of arrays, in each library


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_a_column_of_nothing_is_text(kind):
    """So that months stack, whether or not somebody said something in one of them."""
    package = pytest.importorskip(kind)
    nothing, something = (make_frame({"why": np.array([text], dtype=object)}, kind) for text in (None, "price"))
    whole = package.concat([nothing, something]) if kind == "polars" else package.concat_tables([nothing, something])
    found = whole["why"].to_list() if kind == "polars" else whole["why"].to_pylist()
    assert found == [None, "price"]
