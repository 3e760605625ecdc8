from __future__ import annotations

import time

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from outcomegap.errors import DataError, ModelError
from outcomegap.frames import wrap
from outcomegap.model import (
    AllOf,
    AppropriateExperience,
    Column,
    DesiredOutcome,
    Expectation,
    Mean,
    Measure,
    OutcomeModel,
    ProductFunction,
    RequiredOutcome,
    SuccessGap,
    column,
    per_cell,
)
from outcomegap.model.declaration import at
from outcomegap.model.gate import steps_of
from outcomegap.scoring.scorer import Scorer
from outcomegap.scoring.simulate import simulate
from outcomegap.testing import models

DELIVERED = ProductFunction("delivered", Measure("delivery_rate", low=0, high=1), floor=0.8, target=0.99)
LIST = SuccessGap("list", Measure("list_size", low=0), floor=0, target=per_cell(500, {"enterprise": 50_000}))
REPLY = Expectation("replies", Measure("reply_hours", low=0), floor=48, target=column("sla_hours"))
TRAINED = Expectation("training", Measure("training_days"), floor=column("was"), target=column("booked"))


def model_of(*needs, expects=(REPLY, TRAINED), **options):
    required = RequiredOutcome("sales", needs=AllOf(*(needs or (DELIVERED, LIST))))
    experience = AppropriateExperience("how", expects=Mean(*expects))
    options = {"segments": ["startup", "enterprise"], "stages": ["new", "grown"], **options}
    return OutcomeModel("mail", desired_outcomes=[DesiredOutcome(required, experience)], **options)


def assert_valid(model, frame):
    """Every rule of data that a frame can break (docs/meaning, clause 2.13)."""
    for measure in model.measures:
        values = frame[measure.name]
        assert not np.isinf(values).any()
        assert measure.low is None or not (values < measure.low).any()
        assert measure.high is None or not (values > measure.high).any()
    for name in model.columns:
        assert np.isfinite(frame[name]).all() or name in {m.name for m in model.measures}
    for cell in model.cells:
        rows = np.ones(len(frame["mrr"]), dtype=bool)
        for axis in ("segment", "stage", "goal"):
            if axis in frame:
                rows &= frame[axis] == getattr(cell, axis)
        outcome = model.outcome(cell)
        for step in steps_of(outcome.required.needs, outcome.experience.expects):
            ends = (at(value, cell.segment, cell.stage) for value in (step.floor, step.target))
            floor, target = (frame[end.name] if isinstance(end, Column) else end for end in ends)
            assert not (rows & (floor == target)).any()


def test_columns_and_their_order():
    frame = simulate(model_of(), 5)
    assert list(frame) == [
        *("customer", "segment", "stage"),
        *("delivery_rate", "list_size", "reply_hours", "training_days"),
        *("sla_hours", "was", "booked", "mrr"),
    ]
    assert frame["customer"].tolist()[-1] == "simulated 0000005"
    assert {len(values) for values in frame.values()} == {5}
    bare = simulate(model_of(DELIVERED, segments=[], stages=[]), 5)
    assert not {"segment", "stage", "goal"} & set(bare)


def test_a_goal_where_the_model_has_several():
    first, second = (
        DesiredOutcome(
            RequiredOutcome(name, needs=DELIVERED), AppropriateExperience("how", expects=REPLY), segments=segments
        )
        for name, segments in (("sell", None), ("learn", ["enterprise"]))
    )
    model = OutcomeModel("two", desired_outcomes=[first, second], segments=["startup", "enterprise"])
    frame = simulate(model, 300)
    seen = set(zip(frame["segment"].tolist(), frame["goal"].tolist(), strict=True))
    assert seen == {("startup", "sell"), ("enterprise", "sell"), ("enterprise", "learn")}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(model=models(columns=True), n=st.integers(0, 40), seed=st.integers(0, 2**70))
def test_never_invalid(model, n, seed):
    assert_valid(model, simulate(model, n, seed=seed))


@pytest.mark.parametrize(
    "step",
    [
        SuccessGap("x", Measure("m", low=0), floor=0, target=column("c")),
        SuccessGap("x", Measure("m", low=0), floor=column("c"), target=0),
        SuccessGap("x", Measure("m", high=0), floor=0, target=column("c")),
        SuccessGap("x", Measure("m", low=-1, high=1), floor=1, target=column("c")),
        SuccessGap("x", Measure("m"), floor=column("m"), target=3),
        SuccessGap("x", Measure("m", low=0, high=1), floor=0, target=column("m")),
        SuccessGap("x", Measure("m", low=0), floor=per_cell(0, {"enterprise": column("c")}), target=column("d")),
        SuccessGap("x", Measure("m", low=-8e307, high=8e307), floor=-8e307, target=8e307),
        SuccessGap("x", Measure("m"), floor=1.7e308, target=column("c")),
        SuccessGap("x", Measure("m", low=5), floor=0, target=column("c")),
        SuccessGap("x", Measure("customer"), floor=0, target=column("mrr")),
    ],
    ids=lambda step: f"{step.measure.low}..{step.measure.high} {step.floor} {step.target}",
)
def test_ends_of_every_sort(step):
    model = model_of(step, expects=(REPLY,))
    frame = simulate(model, 2000, missing=0)
    assert_valid(model, frame)


def test_one_column_shared_by_steps_that_leave_it_little_room():
    measure = Measure("m", low=0, high=1)
    model = model_of(
        SuccessGap("a", measure, floor=0, target=column("c")),
        SuccessGap("b", Measure("c", low=0, high=1), floor=column("c"), target=1),
        expects=(Expectation("e", measure, floor=column("c"), target=column("d")),),
    )
    assert_valid(model, simulate(model, 5000))


def test_a_column_is_drawn_within_its_own_limits():
    limited = Measure("m", low=0, high=1)
    model = model_of(
        SuccessGap("a", Measure("z", low=-10, high=-1), floor=-10, target=column("m")),  # draws m below its limit
        SuccessGap("b", limited, floor=0, target=column("m")),  # where it would be cut to the floor here
        expects=(Expectation("e", limited, floor=0.001, target=column("m")),),  # and is in the way again
    )
    frame = simulate(model, 100, missing=0)
    assert_valid(model, frame)
    assert ((frame["m"] > 0.1) & (frame["m"] < 1)).all()


def test_the_scorer_takes_them():
    model = model_of()
    for kind in ("dict", "pandas", "polars", "pyarrow"):
        scores = Scorer(model).score(simulate(model, 500, missing=0.2, kind=kind))
        assert len(scores) == 500
        assert 0.2 < np.nanmean(scores.desired) < 0.8
        assert len(set(scores.state.tolist())) > 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(model=models(columns=True), dtype=st.sampled_from(["float64", "float32"]))
def test_the_scorer_takes_them_of_any_model(model, dtype):
    assert len(Scorer(model, dtype=dtype).score(simulate(model, 30))) == 30


def test_the_same_seed_gives_the_same_customers():
    model = model_of()
    one, two, other = simulate(model, 50, seed=3), simulate(model, 50, seed=3), simulate(model, 50, seed=4)
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])
    assert not np.array_equal(one["list_size"], other["list_size"], equal_nan=True)


def test_a_longer_run_begins_with_the_shorter():
    model = model_of()
    short, long = simulate(model, 40, seed=3), simulate(model, 4000, seed=3)
    for name in short:
        np.testing.assert_array_equal(short[name], long[name][:40])


def test_gaps_do_not_change_the_values():
    model = model_of()
    full, gappy = simulate(model, 4000, missing=0), simulate(model, 4000, missing=0.3)
    for measure in model.measures:
        gaps = np.isnan(gappy[measure.name])
        assert not np.isnan(full[measure.name]).any()
        assert 0.25 < gaps.mean() < 0.35
        np.testing.assert_array_equal(gappy[measure.name][~gaps], full[measure.name][~gaps])
    assert np.isnan(simulate(model, 9, missing=1)["list_size"]).all()


def test_measures_spread_around_floor_and_target_with_a_common_maturity():
    model = model_of(segments=["enterprise"], stages=[])
    frame = simulate(model, 20_000, missing=0)
    size = frame["list_size"] / 50_000
    reply = (frame["reply_hours"] - 48) / (frame["sla_hours"] - 48)
    trained = (frame["training_days"] - frame["was"]) / (frame["booked"] - frame["was"])
    for progress in (size, reply, trained):
        assert 0.7 < np.median(progress) < 1.4
        assert (progress < 0.5).any()
        assert (progress > 1).any()
    assert 0.5 < np.corrcoef(trained, size)[0, 1] < 0.7  # one factor carries 60 % of the variance
    assert (frame["sla_hours"] < 48).all()  # towards the farther limit: a shorter reply
    assert (frame["mrr"] > 0).all()
    assert 130 < np.median(frame["mrr"]) < 170


@pytest.mark.parametrize(("kind", "made"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("pyarrow", pa.Table)])
def test_kinds(kind, made):
    model = model_of()
    expected, frame = simulate(model, 30), simulate(model, 30, kind=kind)
    assert isinstance(frame, made)
    table = wrap(frame)
    assert table.names == tuple(expected)
    for measure in model.measures:
        np.testing.assert_array_equal(table.floats(measure.name).values, expected[measure.name])
    assert table.values("segment").tolist() == expected["segment"].tolist()


def test_no_customers():
    frame = simulate(model_of(), 0)
    assert {len(values) for values in frame.values()} == {0}


@pytest.mark.parametrize(
    "options",
    [
        {"n": -1},
        {"n": 1.5},
        {"n": True},
        {"seed": -1},
        {"seed": "x"},
        {"missing": 1.1},
        {"missing": "5%"},
        {"missing": np.nan},
        {"kind": "excel"},
    ],
)
def test_arguments_out_of_range(options):
    with pytest.raises(DataError, match=str(next(iter(options)))):
        simulate(model_of(), **{"n": 1, **options})


def test_a_model_with_errors():
    broken = model_of(SuccessGap("x", Measure("m"), floor=0, target=per_cell(1, {"nobody": 2})))
    with pytest.raises(ModelError, match="nobody"):
        simulate(broken, 1)


def test_a_million_customers_take_seconds():
    steps = [SuccessGap(f"g{i}", Measure(f"m{i}", low=0), floor=0, target=i + 1) for i in range(23)]
    model = model_of(*steps, expects=(REPLY,))
    start = time.perf_counter()
    simulate(model, 200_000)
    assert time.perf_counter() - start < 5  # measured: 0.5 s; 1M take 2.8 s
