"""The same list seen by the vendor and by the customers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap.scoring.perception import perception_gap
from outcomegap.scoring.states import MET
from outcomegap.testing import random_model, random_rows
from tests.reference import attained
from tests.scoring.example import email_customers, email_model

SCORER = og.Scorer(email_model())


def views(n: int = 120, missing: float = 0.2) -> tuple[dict[str, Any], dict[str, Any]]:
    vendor, customer = email_customers(n, 1, missing), email_customers(n, 2, missing)
    return vendor, customer | {name: vendor[name] for name in ("segment", "stage")}


def everybody(found: og.Listing) -> int:
    """How many customers are compared in all segments."""
    return sum(part.facts["customers"] for name, part in found.parts.items() if name != "total")


def test_step_by_step_over_those_whom_both_observe() -> None:
    vendor, customer = views()
    found = perception_gap(SCORER, vendor, customer)
    ours, theirs = (pd.DataFrame(SCORER.score(v).attainment().to_frame()) for v in (vendor, customer))
    segment = np.array(vendor["segment"])
    for name in ("startup", "enterprise", "hobby"):
        for step in found.parts[name]:
            here = (segment == name) & ours[step["step"]].notna() & theirs[step["step"]].notna()
            a, b = ours[step["step"]][here], theirs[step["step"]][here]
            assert step["compared"] == here.sum()
            assert (step["vendor"], step["customer"]) == (pytest.approx(a.mean()), pytest.approx(b.mean()))
            assert step["difference"] == pytest.approx((a - b).mean())
            assert step["disagree"] == pytest.approx(((a >= MET) != (b >= MET)).mean())
            assert step["vendor_higher"] == pytest.approx((a > b).mean())
            assert step["customer_higher"] == pytest.approx((b > a).mean())
        sizes = [abs(step["difference"]) for step in found.parts[name]]
        assert sizes == sorted(sizes, reverse=True)


def test_who_sees_them_as_successful() -> None:
    vendor, customer = views()
    found = perception_gap(SCORER, SCORER.score(vendor), SCORER.score(customer))
    ours, theirs = SCORER.score(vendor), SCORER.score(customer)
    ideal = np.array(vendor["segment"]) != "hobby"
    assert found.facts["customers"] == ideal.sum()
    assert found.facts["vendor_successful"] == pytest.approx((ours.state[ideal] == "successful").mean())
    assert found.facts["customer_successful"] == pytest.approx((theirs.state[ideal] == "successful").mean())
    both = ideal & ~np.isnan(ours.desired) & ~np.isnan(theirs.desired)
    assert found.facts["vendor_desired"] == pytest.approx(ours.desired[both].mean())
    assert found.facts["customer_desired"] == pytest.approx(theirs.desired[both].mean())
    assert list(found.parts) == ["total", "startup", "enterprise", "hobby"]
    assert dict.fromkeys(zip(found.columns["segment"], found.columns["ideal"].tolist(), strict=True)) == dict.fromkeys(
        [("startup", True), ("enterprise", True), ("hobby", False)]
    )


def test_only_some_customers_answered() -> None:
    vendor, customer = views()
    answered = {name: values[10:40] for name, values in customer.items()}
    answered["id"] = [*answered["id"][:-1], "stranger"]
    found = perception_gap(SCORER, vendor, answered)
    assert found.facts["only_customer"].tolist() == ["stranger"]
    assert len(found.facts["only_vendor"]) == 91
    assert everybody(found) == 29


def test_rows_set_aside_are_not_compared() -> None:
    vendor, customer = views(30, 0)
    customer["delivery_rate"][:4] = 7
    found = perception_gap(SCORER, vendor, SCORER.score(customer, on_bad="set_aside"))
    assert everybody(found) == 26


def test_row_by_row_where_nobody_is_named() -> None:
    vendor, customer = ({k: v for k, v in view.items() if k != "id"} for view in views(40))
    assert everybody(perception_gap(SCORER, vendor, customer)) == 40
    with pytest.raises(og.DataError, match="the vendor's view has 40 rows"):
        perception_gap(SCORER, vendor, {name: values[:5] for name, values in customer.items()})


@pytest.mark.parametrize("kind", [dict, pd.DataFrame])
def test_a_frame_with_a_row_a_segment_and_step(kind: Any) -> None:
    vendor, customer = views()
    frame = perception_gap(SCORER, kind(vendor), customer).to_frame()
    assert isinstance(frame, kind)
    assert len(frame["step"]) == 18
    assert list(frame)[:6] == ["segment", "ideal", "step", "compared", "vendor", "customer"]


def test_words() -> None:
    vendor, customer = views()
    found = perception_gap(SCORER, vendor, customer)
    assert "The vendor sees " in str(found)
    assert "hobby (not ideal)" in str(found)
    assert len(found) == 18


def test_nobody_is_in_both() -> None:
    vendor, customer = views(5)
    found = perception_gap(SCORER, vendor, customer | {"id": list("vwxyz")})
    assert found.facts["customers"] == 0
    assert np.isnan(found.facts["vendor_successful"])
    assert "0 customers seen by both" in str(found)


def test_what_cannot_be_compared() -> None:
    vendor, customer = views(10)
    with pytest.raises(og.DataError, match="two different cells"):
        perception_gap(SCORER, vendor, customer | {"segment": ["startup"] * 10, "stage": ["scaling"] * 10})
    with pytest.raises(og.DataError, match="holds 'C1' 2 times"):
        perception_gap(SCORER, vendor, customer | {"id": ["C1", "C1", *customer["id"][2:]]})


# The model and the observed outcome


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


def test_rows_set_aside_are_not_held_against_the_observation() -> None:
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


def test_what_columns_are_called_is_asked_of_frames_alone() -> None:
    scorer, customers = og.Scorer(email_model()), email_customers(5)
    scores = scorer.score(customers)
    asked: list[Callable[..., Any]] = [
        lambda view, **called: og.explain(scorer, view, view, **called),
        lambda view, **called: perception_gap(scorer, view, view, **called),
        lambda view, **called: og.journey.look_ahead(scorer, view, **called),
        lambda view, **called: og.journey.promises(scorer, view, **called),
    ]
    for ask in asked:
        ask(customers, segment="segment")
        with pytest.raises(TypeError, match="segment= says what a column of a frame is called"):
            ask(scores, segment="segment")
        with pytest.raises(TypeError, match="there is no segmant="):
            ask(scores, segmant="segment")
        with pytest.raises(TypeError, match="there is no on_bad="):
            ask(customers, on_bad="set_aside")
    assert len(og.explain(scorer, scores, customers, segment="segment")) == 5
    with pytest.raises(TypeError, match="no frame is given"):
        og.journey.promises(scorer, segment="segment")
