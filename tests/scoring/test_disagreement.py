"""Where the model and the observed outcome disagree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap.testing import random_model, random_rows
from tests.reference import attained


def model_of(seen: Any, *, ideal: bool = True, achieved_at: float = 0.5) -> og.OutcomeModel:
    calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    list_built = og.SuccessGap("list built", og.Measure("list", low=0), floor=0, target=10)
    sales = og.RequiredOutcome("sales", needs=og.AnyOf(calls, list_built), measured_by=seen)
    suits = og.AppropriateExperience(
        "how", expects=og.Expectation("reply", og.Measure("hours", low=0), floor=48, target=24)
    )
    return og.OutcomeModel(
        "phone",
        desired_outcomes=[og.DesiredOutcome(sales, suits, achieved_at=achieved_at)],
        segments=[og.Segment("big"), og.Segment("small", ideal=ideal)],
    )


REVENUE = og.SuccessGap("revenue came in", og.Measure("revenue"), floor=0, target=og.per_cell(100, {"big": 1000}))
ROWS = {
    "id": ["a", "b", "c", "d", "e", "f", "g"],
    "segment": ["big", "big", "big", "small", "small", "small", "big"],
    "calls": [4, 4, 0, 4, 1, 0, None],
    "list": [10, 0, 0, 0, 0, 0, None],
    "hours": [24, 48, 24, 48, 24, 24, 24],
    "revenue": [500, 499, 0, 10, 50, None, 900],
}


def test_who_disagrees_and_how() -> None:
    found = og.Scorer(model_of(REVENUE)).score(ROWS).disagreement()
    assert found.says.tolist() == ["both", "model only", "neither", "model only", "observation only", None, None]
    np.testing.assert_array_equal(found.observation, [0.5, 0.499, 0, 0.1, 0.5, np.nan, 0.9])
    assert found.ids() == ["b", "d", "e"]
    assert found.ids("model only") == ["b", "d"]
    assert found.ids("neither") == ["c"]
    assert len(found) == 3


def test_by_segment_and_in_total() -> None:
    found = og.Scorer(model_of(REVENUE, ideal=False)).score(ROWS).disagreement()
    assert [tuple(row.values()) for row in found.segments] == [
        ("big", True, 4, 3, 1, 0, 1 / 3),
        ("small", False, 3, 2, 1, 1, 1.0),
    ]
    assert (found.total["customers"], found.total["compared"], found.total["model_only"]) == (4, 3, 1)
    assert found.total["share"] == 1 / 3


def test_what_they_have_in_common() -> None:
    found = og.Scorer(model_of(REVENUE)).score(ROWS).disagreement()
    # of b and d both lack the list and quick replies, a lacks neither; none lacks calls
    assert [tuple(row.values()) for row in found.in_common()] == [
        ("list built", 2, 1.0, 0.0, 1.0),
        ("reply", 2, 1.0, 0.0, 1.0),
    ]
    (calls, lists) = found.in_common("observation only")
    assert (calls["step"], calls["share_agreeing"], calls["difference"]) == ("calls made", 1.0, 0.0)
    assert lists["step"] == "list built"
    for ask, wrong in ((found.in_common, "both"), (found.ids, "model onyl")):
        with pytest.raises(og.DataError) as caught:
            ask(wrong)
        assert (caught.value.problems[0].rule, caught.value.problems[0].value) == ("unknown-value", wrong)


def test_what_is_printed() -> None:
    found = og.Scorer(model_of(REVENUE)).score(ROWS).disagreement()
    assert list(found.parts) == ["by segment", "model only", "observation only"]
    text = str(found)
    assert text.startswith("sales: model and observation compared for 5 of 7 customers")
    assert "2 (40.0 %); the model lacks a gap" in text
    assert "b, d" in text
    assert not (found.parts["observation only"].columns["difference"] > 0).any()
    agreeing = {name: values[:1] for name, values in ROWS.items()}
    assert list(og.Scorer(model_of(REVENUE)).score(agreeing).disagreement().parts) == ["by segment"]


@pytest.mark.parametrize("kind", [dict, pd.DataFrame])
def test_a_frame_of_those_who_disagree(kind: Any) -> None:
    frame = og.Scorer(model_of(REVENUE)).score(kind(ROWS)).disagreement().to_frame()
    assert isinstance(frame, kind)
    assert list(frame["id"]) == ["b", "d", "e"]
    assert list(frame["says"]) == ["model only", "model only", "observation only"]
    assert list(frame["cell"]) == ["big/all", "small/all", "small/all"]


def test_the_threshold_has_its_tolerance() -> None:
    scorer = og.Scorer(model_of(og.SuccessGap("seen", og.Measure("revenue"), floor=0, target=1), achieved_at=0.3))
    rows = {"segment": ["big"] * 2, "calls": [0.1 * 3 * 4, 4], "list": [0, 0], "hours": [24, 24]}
    assert scorer.score(rows | {"revenue": [0.1 * 3, 0.3 - 1e-10]}).disagreement().says.tolist() == ["both", "both"]
    assert scorer.score(rows | {"revenue": [0.1 * 3, 0.3 - 1e-8]}).disagreement().says[1] == "model only"


def test_a_curve_and_a_customers_own_target() -> None:
    seen = og.SuccessGap("seen", og.Measure("revenue"), floor=0, target=og.column("quota"), curve="smooth")
    rows = {"segment": ["big"] * 3, "calls": [4] * 3, "list": [0] * 3, "hours": [24] * 3}
    found = og.Scorer(model_of(seen)).score(rows | {"revenue": [1, 1, 1], "quota": [4, None, 0]}).disagreement()
    np.testing.assert_array_equal(found.observation, [3 / 16 - 2 / 64, np.nan, np.nan])


@pytest.mark.parametrize("seed", range(120))
def test_observations_are_attainments_of_the_definition(seed: int) -> None:
    model = random_model(seed, max_cells=6)
    if not model.observed_by:
        return
    rows = random_rows(seed, model, 6)
    scores = og.Scorer(model).score(rows)
    found = scores.disagreement()
    for row in range(6):
        cell = model.cells[scores.cell[row]]
        seen = model.outcome(cell).required.measured_by
        value = None if seen is None else attained(seen, cell, {name: values[row] for name, values in rows.items()})
        assert found.observation[row] == pytest.approx(float("nan") if value is None else float(value), nan_ok=True)
        assert (found.says[row] is None) == (value is None or np.isnan(scores.required[row]))


def test_rows_set_aside_are_not_compared() -> None:
    rows = ROWS | {"calls": [-1, *ROWS["calls"][1:]]}
    found = og.Scorer(model_of(REVENUE)).score(rows, on_bad="set_aside").disagreement()
    assert found.says[0] is None
    assert np.isnan(found.observation[0])


def test_models_that_do_not_say_it() -> None:
    with pytest.raises(og.ModelError, match="measured_by=step"):
        og.Scorer(model_of(None)).score(ROWS).disagreement()
    for target, rule in (
        (og.per_cell(None, {"big": 5}), "no-value"),
        (og.per_cell(0, {"big": 5}), "floor-is-target"),
    ):
        seen = og.SuccessGap("seen", og.Measure("revenue"), floor=0, target=target)
        with pytest.raises(og.ModelError) as caught:
            og.Scorer(model_of(seen)).score(ROWS).disagreement()
        assert caught.value.findings[0].rule == rule


def test_what_is_observed_is_read_as_it_was_scored() -> None:
    rows = ROWS | {"calls": np.array([4.0, 4, 0, 4, 1, 0, 0])}
    scores = og.Scorer(model_of(REVENUE)).score(rows)
    says = scores.disagreement().says.tolist()
    rows["calls"][:] = 0
    assert scores.disagreement().says.tolist() == says
