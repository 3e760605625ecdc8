"""Customers in groups: every kind of column, every kind of frame, rows set aside."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import outcomegap as og
from outcomegap.errors import DataError
from outcomegap.frames.arrays import plain_values
from outcomegap.scoring.groups import _dense, factor, groups_of
from tests.scoring.example import STAGES, email_customers, email_model

PLANS = ["b", None, "a", "b", "", "a"]


def scores_with(column: Any, frame: Any = dict) -> og.Scores:
    customers = email_customers(len(column), missing=0) | {"plan": column}
    return og.Scorer(email_model()).score(frame(customers))


@pytest.mark.parametrize("frame", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_text_with_nulls_in_every_kind_of_frame(frame: Any) -> None:
    groups = groups_of(scores_with(PLANS, frame), ["plan"])
    keys = groups.keys()
    assert [keys[code][0] for code in groups.codes] == PLANS
    ideal = [key[0] for key, good in zip(keys, groups.ideal, strict=True) if good]
    assert ideal == sorted(k for k in ideal if k is not None) + [None] * (None in ideal)


@pytest.mark.parametrize(
    ("column", "distinct"),
    [
        (np.array([3, 1, 3, 2]), [1, 2, 3]),
        (np.array([3.5, np.nan, 1.0, np.nan]), [1.0, 3.5, None]),
        (np.array([True, False, True, True]), [False, True]),
        (np.array(["b", "a", "b", "c"]), ["a", "b", "c"]),
        (
            np.array(["2026-02-01", "NaT", "2026-01-01", "2026-02-01"], dtype="M8[D]"),
            [dt.date(2026, 1, 1), dt.date(2026, 2, 1), None],
        ),
        (
            np.array(["2026-02-01T06", "2026-01-01", "NaT", "NaT"], dtype="M8[ns]"),
            [dt.datetime(2026, 1, 1), dt.datetime(2026, 2, 1, 6), None],
        ),
        (np.array(["b", None, 3, 3], dtype=object), [3, "b", None]),
        (np.array([pd.NA, "x", float("nan"), None], dtype=object), ["x", None]),
    ],
)
def test_factor_numbers_values_in_order_with_nulls_last(column: Any, distinct: list[Any]) -> None:
    codes, values = factor(column, "plan")
    assert plain_values(values) == distinct
    assert [plain_values(values)[code] for code in codes] == plain_values(column)


def test_lists_cannot_be_grouped_by() -> None:
    column = np.empty(2, dtype=object)
    column[:] = [[1], [2]]
    with pytest.raises(DataError, match=r"'plan'.*lists or the like"):
        factor(column, "plan")


def test_groups_follow_the_models_order_and_hold_every_row_once() -> None:
    scores = scores_with(["x"] * 200)
    groups = groups_of(scores, ["stage", "segment", "stage"])
    keys = groups.keys()
    assert keys == list(itertools.product(STAGES, ("startup", "enterprise"))) + [(stage, "hobby") for stage in STAGES]
    data = email_customers(200, missing=0)
    assert [keys[code] for code in groups.codes] == list(zip(data["stage"], data["segment"], strict=True))
    assert groups.ideal.tolist() == [True] * 6 + [False] * 3


def test_renamed_axes_are_the_models_own() -> None:
    customers = email_customers(60)
    customers["plan"] = customers.pop("segment")
    scores = og.Scorer(email_model()).score(customers, segment="plan")
    assert [group.name for group in scores.by("segment")] == ["startup", "enterprise", "hobby"]
    assert [group.name for group in scores.by("plan")] == ["enterprise", "startup", "hobby"]


def test_axes_that_the_model_does_not_declare() -> None:
    step = og.SuccessGap("list", og.Measure("size"), floor=0, target=10)
    wish = og.Expectation("API", og.Measure("api"), floor=0, target=1)
    outcome = og.DesiredOutcome(og.RequiredOutcome("sales", needs=step), og.AppropriateExperience("how", expects=wish))
    scorer = og.Scorer(og.OutcomeModel("small", desired_outcomes=[outcome]))
    data: dict[str, Any] = {"size": [1.0, 2.0], "api": [1.0, 0.0]}
    assert [group.key for group in scorer.score(data).by("segment", "goal")] == [{"segment": "all", "goal": None}]
    scores = scorer.score(data | {"segment": ["north", "south"]})
    assert [group.name for group in scores.by("segment")] == ["north", "south"]


def test_rows_set_aside_keep_their_segment_where_it_can_be_read() -> None:
    customers = email_customers(30, missing=0)
    customers["segment"][:4] = ["startup", "enterprise", "hobby", "nonsense"]
    customers["delivery_rate"][:3] = 2.0
    scores = og.Scorer(email_model()).score(customers, on_bad="set_aside")
    found = {(group.key["segment"], group.set_aside, group.ideal) for group in scores.by("segment")}
    assert found == {("startup", 1, True), ("enterprise", 1, True), ("hobby", 1, False), (None, 1, True)}
    last = [group for group in scores.by("segment") if group.key["segment"] is None]
    assert (last[0].customers, last[0].weight, last[0].gaps) == (1, 0.0, ())


def test_a_column_that_only_bears_the_name_is_not_believed() -> None:
    customers = email_customers(30, missing=0)
    customers["delivery_rate"][0] = 2.0
    customers["plan"], customers["segment"] = customers["segment"], ["startup"] * 30
    scores = og.Scorer(email_model()).score(customers, segment="plan", on_bad="set_aside")
    lost = [group for group in scores.by("segment") if group.set_aside]
    assert [group.key["segment"] for group in lost] == [None]


def test_goals() -> None:
    step = og.SuccessGap("list", og.Measure("size"), floor=0, target=10)
    wish = og.Expectation("API", og.Measure("api"), floor=0, target=1)
    how = og.AppropriateExperience("how", expects=wish)
    outcomes = [og.DesiredOutcome(og.RequiredOutcome(name, needs=step), how) for name in ("sales", "guests")]
    scores = og.Scorer(og.OutcomeModel("two", desired_outcomes=outcomes)).score(
        {"goal": ["guests", "sales", "guests"], "size": [1.0, 2.0, 3.0], "api": [1.0, 0.0, 1.0]}
    )
    assert [(group.name, group.customers) for group in scores.by("goal")] == [("sales", 1), ("guests", 2)]


def test_sparse_numbers_are_made_dense_in_order() -> None:
    codes = np.array([9_000_000, 5, 9_000_000, 70_000])
    dense, size = _dense(codes, 10_000_000)
    assert (dense.tolist(), size) == ([2, 0, 2, 1], 3)
    dense, size = _dense(np.array([4, 1, 4]), 6)
    assert (dense.tolist(), size) == ([1, 0, 1], 2)
