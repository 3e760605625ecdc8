"""Alternatives beside other frames, scored and explained by the scorer."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.invest.alternative import Alternative, switch_pressure
from tests.invest.worlds import customers, model

SCORER = og.Scorer(model())
FRAME = customers(np.random.default_rng(2), 50)
FRAME["calls"][3] = np.nan
SCORES = SCORER.score(FRAME)
RIVAL = Alternative("rival", "competitor", measures={"calls": 3, "reply_hours": 10})
OWN = Alternative("own team", "in-house", attainments={"calls made": 1, "training": 0.5}, segments=["mid", "big"])


def test_pressure_and_parts_are_those_of_another_frame():
    calls = np.where(np.isnan(FRAME["calls"]), np.nan, 3.0)
    other = SCORER.score(FRAME | {"calls": calls, "reply_hours": np.full(50, 10.0)})
    found = switch_pressure(SCORES, [RIVAL])
    assert np.allclose(found.pressure, other.desired - SCORES.desired, atol=1e-12)
    assert np.allclose(found.parts, og.explain(SCORER, SCORES, other).values, atol=1e-12)


def test_the_best_is_taken_where_it_can_be_chosen_and_parts_add_up():
    found = switch_pressure(SCORES, [RIVAL, OWN])
    alone = [switch_pressure(SCORES, [one]).pressure for one in (RIVAL, OWN)]
    assert np.array_equal(found.pressure, np.fmax(*alone))
    assert np.isnan(alone[1][np.array(FRAME["segment"]) == "small"]).all()
    assert np.allclose(found.parts.sum(axis=1), found.pressure, atol=1e-12)
    calls = np.where(np.isnan(FRAME["calls"]), np.nan, 4.0)
    other = SCORER.score(FRAME | {"calls": calls, "days": np.full(50, 1.0)})
    big = np.array(FRAME["segment"]) != "small"
    assert np.allclose(alone[1][big], (other.desired - SCORES.desired)[big], atol=1e-12)


def test_who_stays_only_because_nothing_better_is_known():
    poor = Alternative("nothing", "open source", measures={"calls": 0})
    found = switch_pressure(SCORES, [poor])
    assert np.array_equal(found.held, np.isin(SCORES.state, ["failing", "tolerating"]))
    assert "stay only because" in str(found)
    assert len(found.to_frame()["best"]) == 50


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("", "product", {"training": 1}), "the name"),
        (("a", "rival", {"training": 1}), "kind is one of"),
        (("a", "product"), "says nothing"),
        (("a", "product", [1]), "attainments"),
        (("a", "product", None, {"calls": "x"}), "measures"),
        (("a", "product", None, {"calls": 1}, "big"), "segments"),
    ],
)
def test_an_alternative_that_means_nothing_is_told(given, says):
    with pytest.raises(og.DataError, match=says):
        Alternative(*given)


@pytest.mark.parametrize(
    ("scores", "alternatives", "says"),
    [
        ("x", [RIVAL], "scores is what"),
        (SCORES, [], "one or more"),
        (SCORES, [Alternative("a", "product", {"trainin": 1})], "did you mean 'training'"),
        (SCORES, [Alternative("a", "product", {"calls": 1})], "names no such thing"),
        (SCORES, [Alternative("a", "product", {"training": 2})], "between 0 and 1"),
        (SCORES, [Alternative("a", "product", {"training": 1}, None, ["bog"])], "did you mean 'big'"),
    ],
)
def test_bad_input_is_told(scores, alternatives, says):
    with pytest.raises(og.DataError, match=says):
        switch_pressure(scores, alternatives)
