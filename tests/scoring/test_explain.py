"""og.explain: what may stand for a point, and what it answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap.scoring.change import LineExplanation, explain
from outcomegap.testing import random_model, random_rows
from tests.scoring.example import email_customers, email_model

MODEL = email_model()
SCORER = og.Scorer(MODEL)


def two(n: int = 60, missing: float = 0.15) -> tuple[dict[str, Any], dict[str, Any]]:
    start, end = email_customers(n, 1, missing), email_customers(n, 2, missing)
    end |= {name: start[name] for name in ("segment", "stage")}
    return start, end


def check(found: LineExplanation) -> None:
    """Parts and coverage add up wherever both scores are known."""
    known = ~np.isnan(found.total)
    added = np.where(found.applies, found.values, 0).sum(axis=1) + found.coverage
    assert known.any()
    assert np.abs(added - found.total)[known].max() <= 1e-12


@pytest.mark.parametrize("order", ["joint", "required_first"])
def test_frames_scores_and_rows_in_another_order(order: Any) -> None:
    start, end = two()
    found = explain(SCORER, start, end, order)
    check(found)
    scores = explain(SCORER, SCORER.score(start), SCORER.score(end), order)
    np.testing.assert_array_equal(found.values, scores.values)
    turned = explain(SCORER, {name: np.roll(values, 7) for name, values in start.items()}, end, order)
    np.testing.assert_array_equal(found.values, turned.values)
    np.testing.assert_array_equal(found.end, SCORER.score(end).desired)
    np.testing.assert_array_equal(found.start, SCORER.score(start).desired)
    assert found.order == order
    assert found.steps == tuple(step.name for step in MODEL.steps)


def test_one_customer_as_a_mapping_and_as_a_score() -> None:
    start, end = two(1, missing=0)
    one, other = ({name: values[0] for name, values in rows.items()} for rows in (start, end))
    found = explain(SCORER, one, other)
    np.testing.assert_array_equal(found.values, explain(SCORER, start, end).values)
    singles = SCORER.score_one(one), SCORER.score_one(other)
    np.testing.assert_array_equal(found.values, explain(SCORER, *singles).values)
    del other["click_rate"]
    assert explain(SCORER, one, other).observed[0].sum() == 5


def test_what_is_missing_at_one_point_only_is_coverage() -> None:
    start, _ = two(1, missing=0)
    found = explain(SCORER, start | {"click_rate": [None]}, start)
    assert found.coverage[0] == found.total[0] != 0
    assert not found.values.any()


@pytest.mark.parametrize("kind", [dict, pd.DataFrame])
def test_from_attained_it_is_the_attribution(kind: Any) -> None:
    scores = SCORER.score(kind(two(200, missing=0.4)[0]))
    found = explain(SCORER, "attained", scores, "required_first")
    np.testing.assert_allclose(found.values, -scores.attribution().values, atol=1e-12)
    assert (found.start == 1).all()
    back = explain(SCORER, scores, "attained")
    check(back)
    assert (back.end == 1).all()
    assert not found.coverage[~np.isnan(found.coverage)].any()
    assert list(found.to_frame())[:4] == ["id", "start", "end", "coverage"]


@pytest.mark.parametrize("seed", range(20))
def test_nan_where_the_attribution_is(seed: int) -> None:
    model = random_model(seed, max_steps=8)
    scorer = og.Scorer(model)
    scores = scorer.score(random_rows(seed, model, 6))
    found = explain(scorer, "attained", scores, "required_first")
    np.testing.assert_array_equal(np.isnan(found.values), np.isnan(scores.attribution().values))
    np.testing.assert_array_equal(np.isnan(found.end), np.isnan(scores.desired))


def test_a_step_called_like_a_column_of_the_frame() -> None:
    start = og.SuccessGap("start", og.Measure("x"), floor=0, target=1)
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    outcome = og.DesiredOutcome(og.RequiredOutcome("r", needs=start), og.AppropriateExperience("e", expects=wish))
    scorer = og.Scorer(og.OutcomeModel("m", desired_outcomes=[outcome]))
    frame = explain(scorer, {"x": [0.0], "w": [1.0]}, {"x": [1.0], "w": [1.0]}).to_frame()
    assert {name: values.tolist() for name, values in frame.items()} == {
        "row": [0],
        "start": [0.0],
        "end": [1.0],
        "coverage": [0.0],
        "start (step)": [1.0],
        "w": [0.0],
    }


def test_rows_set_aside() -> None:
    start, end = two(20, missing=0)
    end["delivery_rate"][3] = 1.5
    found = explain(SCORER, SCORER.score(start), SCORER.score(end, on_bad="set_aside"))
    assert np.isnan([found.end[3], found.total[3], found.coverage[3]]).all()
    assert not found.applies[3].any()
    check(found)


def test_columns_under_other_names() -> None:
    start, end = (
        {"plan" if name == "segment" else name: values for name, values in rows.items()} for rows in two(20, missing=0)
    )
    check(explain(SCORER, start, end, segment="plan", id="id"))


def test_results_cannot_be_changed() -> None:
    found = explain(SCORER, *two(5, missing=0))
    for values in (found.values, found.coverage, found.start):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0


def test_points_that_cannot_be() -> None:
    start, end = two(6)
    with pytest.raises(og.DataError, match="did you mean 'joint'"):
        explain(SCORER, start, end, "jiont")  # type: ignore[arg-type]
    with pytest.raises(og.DataError, match="is no data frame"):
        explain(SCORER, "attaint", end)
    with pytest.raises(og.DataError, match="cannot both be 'attained'"):
        explain(SCORER, "attained", "attained")
    with pytest.raises(og.DataError, match="another model"):
        explain(og.Scorer(random_model(1)), SCORER.score(start), SCORER.score(end))
    one = SCORER.score_one({name: values[0] for name, values in two(1, 0)[0].items()})
    with pytest.raises(og.DataError, match="another model"):
        explain(og.Scorer(random_model(1)), one, one)
    with pytest.raises(og.DataError, match="click_rate"):
        explain(SCORER, {name: values for name, values in start.items() if name != "click_rate"}, end)
    moved = end | {"stage": [{"onboarding": "adopting"}.get(stage, "onboarding") for stage in end["stage"]]}
    with pytest.raises(og.DataError, match="6 customers are in two different cells") as caught:
        explain(SCORER, start, moved)
    assert caught.value.problems[0].rule == "moved-cell"
    assert caught.value.problems[0].rows == (0, 1, 2, 3, 4, 5)
