"""Batches of customers in, batches of scores out: the same numbers as a whole frame, in a schema known before."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.frames import make_frame
from outcomegap.scoring.columns import COLUMNS
from outcomegap.testing import random_model, random_rows
from tests.scoring.section_3 import model as email_model

GALLERY = ["email-marketing", "email-validation", "airline", "telco", "airline-fitted", "telco-fitted"]


def customers_of(model, count, seed=1, **more):
    return pa.table(make_frame(og.simulate(model, count, seed=seed, **more), "pyarrow"))


@pytest.fixture(scope="module")
def scorer():
    return og.Scorer(og.gallery.load("email-marketing"))


@pytest.fixture(scope="module")
def customers(scorer):
    return customers_of(scorer.model, 60, missing=0.1)


def whole(scorer, table, **options):
    frame = scorer.score(table, **options).to_frame()
    return frame.cast(
        pa.schema([(field.name, pa.string() if field.name == "state" else field.type) for field in frame.schema])
    )


@pytest.mark.parametrize("name", GALLERY)
def test_every_partition_gives_what_the_whole_frame_gives(name):
    scorer = og.Scorer(og.gallery.load(name))
    table = customers_of(scorer.model, 50, missing=0.2)
    function = scorer.batch_function(input_schema=table.schema)
    expected = whole(scorer, table)
    assert function.schema.names == expected.schema.names
    for size in (1, 7, 50):
        made = pa.Table.from_batches(function.each(table.to_batches(max_chunksize=size)), function.schema)
        for column in made.schema.names:
            assert made[column].to_pylist() == expected[column].to_pylist(), column


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), numeric=st.booleans())
def test_random_models_in_random_partitions(seed, numeric):
    model = random_model(seed, columns=True, numeric=numeric, joins=True)
    scorer, dice = og.Scorer(model), np.random.default_rng(seed)
    table = pa.table(random_rows(seed, model, 30))  # with None and with NaN
    function = scorer.batch_function(input_schema=table.schema, attribution=True, on_bad="set_aside")
    cuts = sorted(dice.integers(0, 31, 4).tolist())
    pieces = [
        table.slice(start, stop - start).combine_chunks() for start, stop in zip([0, *cuts], [*cuts, 30], strict=True)
    ]
    batches = [(piece.to_batches() or [pa.RecordBatch.from_pylist([], schema=table.schema)])[0] for piece in pieces]
    made = pa.Table.from_batches(function.each(batches), function.schema)
    scores = scorer.score(table, on_bad="set_aside")
    for column in ("desired", "low", "high", "required_gap", "coverage"):
        found = made[column].to_numpy()
        np.testing.assert_array_equal(found, np.asarray(getattr(scores, column), dtype=np.float64), err_msg=column)
    parts = scores.attribution().values
    for place, name in enumerate(made.schema.names[-1 - len(model.steps) : -1]):
        np.testing.assert_array_equal(made[name].to_numpy(), parts[:, place])


def test_types_are_declared_and_hold_whatever_comes(scorer, customers):
    function = scorer.batch_function(
        input_schema=customers.schema, columns=[*COLUMNS], attribution=True, on_bad="set_aside"
    )
    kinds = {field.name: field.type for field in function.schema}
    assert kinds["customer"] == customers.schema.field("customer").type
    assert kinds["state"] == kinds["point_state"] == kinds["problem"] == pa.string()
    assert kinds["met"] == kinds["steps"] == pa.int64()
    assert {kinds[step.name] for step in scorer.steps} == {kinds["coverage"], kinds["desired"]} == {pa.float64()}
    nulls = pa.RecordBatch.from_arrays(
        [
            customers[field.name][:3].combine_chunks()
            if field.name in ("customer", "segment", "stage")
            else pa.nulls(3, field.type)
            for field in customers.schema
        ],
        schema=customers.schema,
    )
    nothing = pa.RecordBatch.from_arrays(
        [pa.nulls(2, field.type) for field in customers.schema], schema=customers.schema
    )
    for batch in (customers.to_batches()[0], nulls, nothing):
        assert function(batch).schema == function.schema
    empty = pa.RecordBatch.from_arrays(
        [pa.array([], field.type) for field in customers.schema], schema=customers.schema
    )
    assert function(empty).schema == function.schema
    assert function(empty).num_rows == 0
    made = function(nulls).to_pydict()
    assert made["desired"] == [None] * 3
    assert made["coverage"] == [0.0] * 3
    assert made["problem"] == [None] * 3
    assert set(function(nothing).to_pydict()["problem"]) == {"missing-segment: segment; missing-stage: stage"}
    assert list(function.each([])) == []


def test_single_precision_comes_out_in_the_declared_types(scorer, customers):
    function = og.Scorer(scorer.model, dtype="float32").batch_function(input_schema=customers.schema, attribution=True)
    made, double = function(customers.to_batches()[0]), scorer.score(customers)
    assert made.schema == function.schema
    np.testing.assert_allclose(made["desired"].to_numpy(zero_copy_only=False), double.desired, atol=1e-5)


def bad_customers(customers):
    columns = {name: customers[name].to_pylist() for name in customers.schema.names}
    columns["segment"][1], columns["stage"][2], columns["stage"][4] = "nobody", None, "x"
    columns["segment"][4], columns["list_size"][3] = "y", -1.0
    columns["list_size"][5] = float("inf")
    return pa.RecordBatch.from_pydict(columns)


def test_bad_rows_are_set_aside_and_say_by_which_rule(scorer, customers):
    batch = bad_customers(customers)
    function = scorer.batch_function(input_schema=batch.schema, on_bad="set_aside", attribution=True)
    made = function(batch).to_pydict()
    assert made["problem"][:7] == [
        None,
        "unknown-segment: segment",
        "missing-stage: stage",
        "out-of-range: list_size",
        "unknown-segment: segment; unknown-stage: stage",
        "infinite: list_size",
        None,
    ]
    for name in ("desired", "low", "high", "state", "coverage", "met", "steps", *(step.name for step in scorer.steps)):
        assert made[name][1:6] == [None] * 5, name
    assert made["state"] == scorer.score(batch, on_bad="set_aside").state.tolist()
    # why a row is set aside does not depend on the rows that it comes with
    apart = pa.Table.from_batches(function.each([batch.slice(row, 1) for row in range(len(batch))]), function.schema)
    assert apart.to_pydict() == made


def test_bad_rows_raise_with_every_problem(scorer, customers):
    batch = bad_customers(customers)
    with pytest.raises(og.DataError) as caught:
        scorer.batch_function(input_schema=batch.schema)(batch)
    assert {problem.rule for problem in caught.value.problems} == {
        "unknown-segment",
        "unknown-stage",
        "missing-stage",
        "out-of-range",
        "infinite",
    }


def test_a_column_of_text_is_set_aside_row_by_row(scorer, customers):
    texts = ["12", *[None] * (len(customers) - 1)]
    batch = customers.set_column(
        customers.schema.get_field_index("list_size"), "list_size", pa.array(texts)
    ).to_batches()[0]
    made = scorer.batch_function(on_bad="set_aside")(batch).to_pydict()
    assert made["problem"][:2] == ["not-a-number: list_size", None]
    assert made["desired"][0] is None


def test_what_is_missing_is_told_before_any_data(scorer, customers):
    function = scorer.batch_function(keep=["plan"])
    with pytest.raises(og.DataError, match="list_size"):
        scorer.batch_function(input_schema=customers.schema.remove(customers.schema.get_field_index("list_size")))
    for call in (
        lambda: function.on(customers.schema),
        lambda: scorer.batch_function(id="account", input_schema=customers.schema),
    ):
        with pytest.raises(og.DataError, match=r"plan|account"):
            call()
    with pytest.raises(og.DataError, match="input_schema"):
        _ = function.schema
    with pytest.raises(og.DataError, match="did you mean 'desired'"):
        scorer.batch_function(columns=["desire"])
    with pytest.raises(og.DataError, match="on_bad"):
        scorer.batch_function(on_bad="drop", input_schema=customers.schema)


def test_it_reads_what_it_names(scorer, customers):
    function = scorer.batch_function(
        keep="segment", input_schema=customers.schema.append(pa.field("note", pa.string()))
    )
    assert set(function.reads) == set(customers.schema.names) - {"mrr"}
    made = function(customers.select(function.reads).to_batches()[0])
    assert made.schema.names[:2] == ["customer", "segment"]
    assert made["segment"].to_pylist() == customers["segment"].to_pylist()


def test_without_an_id_nothing_names_the_customer(scorer, customers):
    batch = customers.drop_columns(["customer"]).to_batches()[0]
    assert scorer.batch_function()(batch).schema.names[0] == "state"


def test_names_in_use_stay_with_the_users_columns(scorer, customers):
    step = scorer.steps[0].name
    table = customers.append_column("state", pa.array(["Texas"] * 60)).append_column(step, pa.array(range(60)))
    function = scorer.batch_function(keep=["state", step], attribution=True, input_schema=table.schema)
    made = function(table.to_batches()[0]).to_pydict()
    assert made["state"] == ["Texas"] * 60
    assert made[step] == list(range(60))
    assert made["state (score)"] == scorer.score(customers).state.tolist()
    assert made[f"{step} (step)"] == pytest.approx(scorer.score(customers).attribution().values[:, 0].tolist())


def test_other_names_of_the_columns():
    scorer = og.Scorer(email_model())
    table = customers_of(scorer.model, 20).rename_columns({"segment": "plan", "stage": "phase", "customer": "account"})
    function = scorer.batch_function(segment="plan", stage="phase", id="account", input_schema=table.schema)
    made = function(table.to_batches()[0])
    assert made.schema.names[0] == "account"
    assert {"plan", "phase"} <= set(function.reads)
    assert made["desired"].null_count == 0


@pytest.mark.parametrize("kind", ["dictionary", "sliced", "large", "int", "decimal", "nan"])
def test_the_same_customers_in_other_arrow_types(scorer, customers, kind):
    table = customers
    place = table.schema.get_field_index
    if kind == "dictionary":
        for name in ("segment", "stage"):
            encoded = table[name].combine_chunks().dictionary_encode()
            more = pa.array([*encoded.dictionary.to_pylist(), "never used"])
            table = table.set_column(place(name), name, pa.DictionaryArray.from_arrays(encoded.indices, more))
    elif kind == "sliced":
        table = pa.concat_tables([table.slice(5), table.slice(0, 5)]).combine_chunks().slice(55).combine_chunks()
    elif kind == "large":
        table = table.set_column(place("segment"), "segment", table["segment"].cast(pa.large_string()))
    elif kind in ("int", "decimal"):
        whole_numbers = [None if value is None else round(value) for value in table["list_size"].to_pylist()]
        kinds = {"int": pa.int32(), "decimal": pa.decimal128(12, 2)}
        table = table.set_column(place("list_size"), "list_size", pa.array(whole_numbers, pa.float64()))
        other = table.set_column(place("list_size"), "list_size", pa.array(whole_numbers, kinds[kind]))
        customers, table = table, other
    else:
        numbers = table["list_size"].to_numpy()
        assert np.isnan(numbers).any()
        table = table.set_column(place("list_size"), "list_size", pa.array(numbers, from_pandas=False))
    expected = customers.slice(0, 5) if kind == "sliced" else customers
    made = scorer.batch_function()(table.to_batches()[0])
    assert made["desired"].to_pylist() == whole(scorer, expected)["desired"].to_pylist()
    assert made["low"].to_pylist() == whole(scorer, expected)["low"].to_pylist()


def test_a_batch_of_other_types_is_cast_to_the_declared_ones(scorer, customers):
    function = scorer.batch_function(keep=["segment"], input_schema=customers.schema)
    place = customers.schema.get_field_index("segment")
    encoded = customers.set_column(place, "segment", customers["segment"].combine_chunks().dictionary_encode())
    assert function(encoded.to_batches()[0]).schema == function.schema


@pytest.mark.parametrize("library", ["pickle", "cloudpickle", "pyspark.cloudpickle"])
def test_a_worker_makes_its_scorer_again_on_one_thread(scorer, customers, library):
    pickler = pytest.importorskip(library, reason=f"needs {library}")
    function = og.Scorer(scorer.model, threads=2).batch_function(input_schema=customers.schema, attribution=True)
    sent = pickler.dumps(function)
    here, again = pickle.loads(sent), pickle.loads(sent)
    assert here.scorer is again.scorer
    assert here.scorer.engine.threads == 1
    assert function.scorer.engine.threads == 2
    batch = customers.to_batches()[0]
    assert here.schema == function.schema
    assert here(batch).equals(function(batch))


def test_curves_of_ones_own_travel():
    cloudpickle = pytest.importorskip("pyspark.cloudpickle", reason="needs pyspark")
    step = og.SuccessGap("calls", og.Measure("n", low=0), floor=0, target=4, curve=og.curve("square", lambda z: z * z))
    suits = og.Expectation("replies", og.Measure("hours", low=0), floor=48, target=24)
    outcome = og.DesiredOutcome(og.RequiredOutcome("sales", needs=step), og.AppropriateExperience("how", expects=suits))
    function = og.Scorer(og.OutcomeModel("own", desired_outcomes=[outcome])).batch_function(columns="required")
    batch = pa.RecordBatch.from_pydict({"n": [2.0], "hours": [24.0]})
    assert pickle.loads(cloudpickle.dumps(function))(batch).to_pydict() == {"required": [0.25]}


def test_without_pyarrow_the_extra_is_named():
    code = """
import sys; sys.modules["pyarrow"] = None
import outcomegap as og
try: og.Scorer(og.gallery.load("airline")).batch_function().on(object())
except og.EngineError as error: print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "outcomegap[parquet]" in said
