from __future__ import annotations

import gc

import duckdb
import numpy as np
import pytest

from outcomegap.frames import table as table_room, wrap

QUERY = """
select i as id, case when i % 3 = 0 then null else i * 1.5 end as x, 'segment ' || (i % 2) as s,
       i::decimal(10, 2) as m, date '2026-01-01' as d from range(6) t(i)
"""


@pytest.fixture(params=["pyarrow", "numpy"])
def relation(request, monkeypatch):
    if request.param == "numpy":
        monkeypatch.setattr(table_room, "find_spec", lambda _: None)
    with duckdb.connect() as connection:
        yield connection.sql(QUERY)


def test_reads(relation):
    table = wrap(relation)
    assert table.kind == "duckdb"
    assert table.values("id").tolist() == list(range(6))
    np.testing.assert_array_equal(table.floats("x").values, [np.nan, 1.5, 3, np.nan, 6, 7.5])
    assert table.floats("m").values.tolist() == [0, 1, 2, 3, 4, 5]
    assert table.codes("s", ["segment 0", "segment 1"]).codes.tolist() == [0, 1] * 3
    assert table.floats("d").bad.all()


def test_what_is_made_lives_on_the_same_connection(relation):
    table = wrap(relation)
    made = table.filter(np.array([True, True] + [False] * 4)).build(
        {"id": np.array([5, 1]), "gap": np.array([np.nan, 0.5]), "s": ["x", None]}
    )
    gc.collect()
    assert isinstance(made, duckdb.DuckDBPyRelation)
    assert made.fetchall() == [(5, None, "x"), (1, 0.5, None)]
    assert relation.join(made, "id").aggregate("count(*)").fetchall() == [(2,)]


def test_two_frames_made_of_one_relation_stay_apart(relation):
    table = wrap(relation)
    first = table.build({"g": np.arange(6.0)})
    second = table.build({"g": np.arange(6.0) + 10})
    assert first.fetchall() == [(float(i),) for i in range(6)]
    assert second.fetchall() == [(float(i + 10),) for i in range(6)]


def test_rows_keep_the_order_the_relation_yields():
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    table = wrap(connection.sql("select i, i * 0.5 as x from range(300000) t(i) where i % 7 <> 0 order by i desc"))
    ids = table.values("i")
    assert (np.diff(ids) < 0).all()
    np.testing.assert_array_equal(table.floats("x").values, ids * 0.5)


def test_nan_of_arrow_is_missing_too():
    connection = duckdb.connect()
    table = wrap(connection.sql("select 'nan'::double as x union all select 'inf'::double"))
    values = table.floats("x").values
    assert np.isnan(values).sum() == 1
    assert np.isinf(values).sum() == 1


def test_tables_of_the_user_are_neither_read_nor_hidden():
    connection = duckdb.connect()
    connection.execute("create table made as select 99 as g; create table relation as select 98 as g")
    table = wrap(connection.sql("select 1 as id"))
    assert table.build({"g": np.array([0.5])}).fetchall() == [(0.5,)]
    assert connection.sql("select * from made").fetchall() == [(99,)]
    names = connection.sql("select table_name from information_schema.tables order by all").fetchall()
    assert names == [("made",), ("relation",)]
