"""A Spark frame is scored where it is: the same numbers as here, whatever its partitions."""

from __future__ import annotations

import datetime as dt
import decimal
import os
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import outcomegap as og
from outcomegap.frames import is_spark
from outcomegap.testing import random_model, random_rows

pytest.importorskip("pyspark", reason="needs pyspark: the extra outcomegap[spark]")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("needs Java: a headless JRE of 17 or later", allow_module_level=True)
# PySpark leaves sockets to the garbage collector.
# Spark warns of every pandas from 3 on; frames travel as Arrow, and pandas only makes what the tests begin with.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.xdist_group("spark"),
]

GALLERY = ["email-marketing", "email-validation", "airline", "telco", "airline-fitted", "telco-fitted"]


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.log.level": "OFF",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)  # the workers' own
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        session = builder.getOrCreate()
        yield session
        session.stop()


@pytest.fixture(scope="module")
def scorer():
    return og.Scorer(og.gallery.load("email-marketing"))


def table_of(customers):
    """Arrow with NULL and with NaN, as the customers have them, numbered in their order."""
    columns = {name: pa.array(list(values), from_pandas=False) for name, values in customers.items()}
    size = len(next(iter(columns.values())))
    typed = {
        name: values.cast(pa.float64()) if pa.types.is_null(values.type) else values for name, values in columns.items()
    }
    return pa.table(typed | {"place": pa.array(range(size))})


def scored(spark, function, table, partitions):
    """Score on Spark, spread over partitions of which some may be empty; return Arrow in the order of the table."""
    frame = spark.createDataFrame(table).repartition(partitions)
    return function.on_spark(frame).toArrow().sort_by("place")


def assert_same(made, scores):
    for name in scores.framed():
        if name not in ("state", scores.id_column, "row"):
            # record batches and queries have no counts where a row is set aside; a frame has 0 there
            rows = scores.cell >= (0 if name in ("met", "steps") else -1)
            here = np.asarray(getattr(scores, name), dtype=np.float64)[rows]
            there = made[name].to_numpy().astype(np.float64)[rows]
            np.testing.assert_array_equal(np.isnan(there), np.isnan(here), err_msg=name)
            np.testing.assert_allclose(there, here, rtol=0, atol=1e-12, err_msg=name)
    assert made["state"].to_pylist() == scores.state.tolist()
    parts, steps = scores.attribution().values, [step.name for step in scores.model.steps]
    there = np.column_stack(
        [made[name].to_numpy() for name in made.schema.names if name.removesuffix(" (step)") in steps]
    )
    np.testing.assert_array_equal(np.isnan(there), np.isnan(parts))
    np.testing.assert_allclose(there, parts, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", GALLERY)
def test_the_same_as_here(spark, name):
    scorer = og.Scorer(og.gallery.load(name))
    customers = og.simulate(scorer.model, 300, seed=3, missing=0.15)  # NaN where missing
    table = table_of(customers)
    function = scorer.batch_function(keep=["place"], attribution=True)
    assert_same(scored(spark, function, table, 3), scorer.score(table))


@pytest.mark.parametrize("seed", range(6))
def test_random_models(spark, seed):
    model = random_model(seed, max_steps=12, columns=True, numeric=seed % 2 == 1, joins=True)
    scorer, table = og.Scorer(model), table_of(random_rows(seed, model, 40))
    function = scorer.batch_function(keep=["place"], attribution=True)
    assert_same(scored(spark, function, table, 2), scorer.score(table))


@pytest.mark.parametrize("case", ["email-marketing", "telco", 0, 1])
def test_the_query_for_spark_gives_the_same(spark, case):
    pytest.importorskip("sqlglot", reason="needs sqlglot: the extra outcomegap[warehouse]")
    model = og.gallery.load(case) if isinstance(case, str) else random_model(case, max_steps=10, columns=True)
    scorer = og.Scorer(model)
    customers = og.simulate(model, 100, seed=3, missing=0.15) if isinstance(case, str) else random_rows(case, model, 40)
    table = with_bad_rows(model, table_of(customers))
    spark.createDataFrame(table).createOrReplaceTempView("customers")
    query = scorer.to_sql("customers", dialect="spark", id="place", attribution=True)
    made = spark.sql(query).toArrow().sort_by("place")
    assert_same(made, scorer.score(table, id="place", on_bad="set_aside"))
    function = scorer.batch_function(id="place", on_bad="set_aside", columns=())
    assert made["problem"].to_pylist() == scored(spark, function, table, 1)["problem"].to_pylist()


def with_bad_rows(model, table):
    """Three rows that break rules: a measure that is infinite, and segments that the model does not have."""
    columns = table.to_pydict()
    columns[model.measures[0].name][0] = float("inf")
    if model.segments:
        columns["segment"][1:3] = "nobody", None
    return pa.table(columns, schema=table.schema)


def test_what_the_page_says_runs(spark, scorer):
    page = (Path(__file__).parents[2] / "docs" / "scale.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```py\n(scores = scorer.score\(customers.*?)```", page, re.DOTALL)
    customers = spark.createDataFrame(pa.table(og.simulate(scorer.model, 100, seed=1)))
    namespace = {"og": og, "scorer": scorer, "customers": customers}
    exec(code, namespace)
    assert namespace["scores"].count() == namespace["by_step"].count() == namespace["tally"].by().total.customers == 100


def test_one_row_none_and_none_known(spark, scorer):
    table = table_of(og.simulate(scorer.model, 4, seed=1))
    function = scorer.batch_function(keep=["place"])
    assert scored(spark, function, table.slice(0, 1), 3).num_rows == 1  # the other two partitions are empty
    nobody = function.on_spark(spark.createDataFrame(table).where("place < 0"))
    assert nobody.toArrow().num_rows == 0
    measures = [measure.name for measure in scorer.model.measures]
    unknown = table.drop_columns(measures)
    for name in measures:
        unknown = unknown.append_column(name, pa.nulls(4, pa.float64()))
    made = scored(spark, function, unknown, 2)
    assert made["desired"].to_pylist() == [None] * 4
    assert made["low"].to_pylist() == [0.0] * 4
    assert made["high"].to_pylist() == [1.0] * 4
    assert made["state"].to_pylist() == ["uncertain"] * 4


def test_a_scorer_takes_a_spark_frame(spark, scorer, monkeypatch):
    customers = og.simulate(scorer.model, 200, seed=5, missing=0.1)
    frame = spark.createDataFrame(table_of(customers)).withColumnRenamed("segment", "a.b`c")
    assert is_spark(frame)
    for name in ("toArrow", "toPandas", "collect", "toLocalIterator", "take", "head", "first"):  # nothing is fetched
        monkeypatch.setattr(type(frame), name, lambda *_: pytest.fail("pulled to the driver"))
    scores = scorer.score(frame, segment="a.b`c")
    monkeypatch.undo()
    assert is_spark(scores)
    here = scorer.score(customers).to_frame()
    assert scores.columns == list(here)
    there = {row["customer"]: row for row in scores.collect()}
    assert [there[name]["desired"] for name in here["customer"]] == [
        None if value != value else value for value in here["desired"]
    ]


def test_bad_rows_make_a_column_or_an_error(spark, scorer):
    table = table_of(og.simulate(scorer.model, 6, seed=1))
    names = table["segment"].to_pylist()
    table = table.set_column(table.schema.get_field_index("segment"), "segment", pa.array(["nobody", None, *names[2:]]))
    frame = spark.createDataFrame(table).repartition(3)
    made = scorer.batch_function(keep=["place"], on_bad="set_aside").on_spark(frame).toArrow().sort_by("place")
    assert made["problem"].to_pylist() == ["unknown-segment: segment", "missing-segment: segment", *[None] * 4]
    assert made["desired"].to_pylist()[:2] == [None, None]
    assert made["desired"].slice(2).null_count == 0
    assert scorer.score(frame, on_bad="set_aside").columns[-1] == "problem"
    with pytest.raises(Exception, match="column 'segment' holds segment 'nobody', which the model does not have"):
        scorer.score(frame.where("place = 0")).collect()


@pytest.mark.parametrize("partitions", [1, 5])
def test_tallies_of_partitions_are_the_whole(spark, scorer, partitions):
    customers = og.simulate(scorer.model, 3_000, seed=7, missing=0.1)
    table = table_of(customers).append_column("plan.name", pa.array(["basic", "pro", None] * 1_000))
    frame = spark.createDataFrame(table).repartition(partitions)
    tally = og.Tally.from_spark(scorer, frame, ["segment", "plan.name"], weight="mrr", worklist=5, value="place")
    here = og.Tally(scorer, ["segment", "plan.name"], weight="mrr", worklist=5, value="place").add(scorer.score(table))
    assert tally.by().to_frame() == here.by().to_frame()
    assert tally.by().gaps_frame() == here.by().gaps_frame()
    assert tally.worklist().to_frame() == here.worklist().to_frame()
    empty = og.Tally.from_spark(scorer, frame.where("place < 3"), ())  # other partitions are empty
    assert empty.by().total.customers == 3


def test_missing_columns_are_told_before_a_job_starts(spark, scorer):
    frame = spark.createDataFrame(table_of(og.simulate(scorer.model, 2, seed=1)))
    with pytest.raises(og.DataError, match="list_size"):
        scorer.score(frame.drop("list_size"))
    with pytest.raises(og.DataError, match="account"):
        scorer.score(frame, id="account")


def test_kept_columns_keep_their_types(spark, scorer):
    table = table_of(og.simulate(scorer.model, 3, seed=1))
    day, moment = dt.date(2026, 1, 31), dt.datetime(2026, 1, 31, 12, 30)
    kept = {
        "day": pa.array([day, None, day]),
        "utc": pa.array([moment, None, moment], pa.timestamp("us", "UTC")),
        "local": pa.array([moment, None, moment], pa.timestamp("us")),
        "price": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("2.00")], pa.decimal128(10, 2)),
        "tags": pa.array([["a"], None, []], pa.list_(pa.string())),
        "short": pa.array([1, None, 2], pa.int16()),
    }
    for name, values in kept.items():
        table = table.append_column(name, values)
    frame = spark.createDataFrame(table).repartition(2)
    scores = scorer.batch_function(keep=["place", *kept]).on_spark(frame)
    for name in kept:
        assert scores.schema[name].dataType == frame.schema[name].dataType
    made, wanted = scores.toArrow().sort_by("place"), frame.toArrow().sort_by("place")
    for name in kept:
        assert made[name].to_pylist() == wanted[name].to_pylist()


def test_other_readers_say_where_the_frame_is(spark):
    with pytest.raises(og.DataError, match="stays on its cluster"):
        og.attainments(og.Scorer(og.gallery.load("airline")), spark.range(3))
