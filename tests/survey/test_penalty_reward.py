"""Penalty and reward: coefficients by least squares, and factors that are known."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import outcomegap as og
from outcomegap.survey import penalty_reward

RNG = np.random.default_rng(5)


def made(n=600):
    clean, gift, speed, colour = RNG.integers(1, 6, (4, n))
    overall = 4 - 2 * (clean <= 2) + 2 * (gift >= 4) + 1.0 * (speed >= 4) - 1.0 * (speed <= 2) + RNG.normal(0, 0.7, n)
    return {"clean": clean, "gift": gift, "speed": speed, "colour": colour}, overall


def test_coefficients_are_those_of_least_squares_on_two_dummies():
    rated, overall = made(150)
    weight = RNG.integers(1, 4, 150).astype(float)
    found = penalty_reward(rated, overall, scale=(1, 5), weight=weight, bootstrap=0)
    values = np.column_stack(list(rated.values()))
    design = np.column_stack([np.ones(150), values <= 2, values >= 4]) * np.sqrt(weight)[:, None]
    beta = np.linalg.lstsq(design, overall * np.sqrt(weight), rcond=None)[0]
    for place, name in enumerate(rated):
        row = found.find(name)
        assert (row["penalty"], row["reward"]) == pytest.approx((beta[1 + place], beta[5 + place]))
        assert row["excess"] == pytest.approx(-beta[1 + place] - beta[5 + place])
    assert found.facts == {"low": pytest.approx(7 / 3), "high": pytest.approx(11 / 3)}


def test_known_factors_are_found():
    rated, overall = made()
    found = penalty_reward(rated, overall, scale=(1, 5), bootstrap=200)
    assert {row["attribute"]: row["factor"] for row in found} == {
        "clean": "basic", "speed": "performance", "colour": "indifferent", "gift": "excitement",
    }  # fmt: skip
    assert found[0]["attribute"] == "clean"
    assert found.find("gift")["leans"] == "excitement"


def test_what_nobody_rates_low_is_unknown():
    rated, overall = made(80)
    rated["clean"] = np.maximum(rated["clean"], 3)
    row = penalty_reward(rated, overall, scale=(1, 5), bootstrap=30).find("clean")
    assert (row["factor"], row["leans"], row["penalty"], row["excess"]) == ("unknown", "unknown", None, None)
    assert row["reward"] is not None


def test_penalty_and_reward_are_unknown_where_nobody_is_in_between():
    rated, overall = made(80)
    rated["clean"] = np.where(rated["clean"] == 3, 4, rated["clean"])
    found = penalty_reward(rated, overall, scale=(1, 5), bootstrap=30)
    row = found.find("clean")
    assert (row["factor"], row["leans"], row["penalty"], row["reward"]) == ("unknown", "unknown", None, None)
    assert found.find("gift")["factor"] == "excitement"


def test_limits_are_stated_and_intervals_cover():
    rated, overall = made(100)
    found = penalty_reward(rated, overall, low=1, high=5, bootstrap=0)
    assert found.facts == {"low": 1.0, "high": 5.0}
    inside = 0
    for _ in range(60):
        rated, overall = made(200)
        row = penalty_reward(rated, overall, scale=(1, 5), bootstrap=100).find("clean")
        inside += row["penalty_low"] <= -2 <= row["penalty_high"]
    assert inside >= 50


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_segments_and_frames(make):
    rated, overall = made(120)
    frame = make({**rated, "overall": overall, "plan": ["a", "b"] * 60})
    found = penalty_reward(frame, "overall", by="plan", bootstrap=0)
    assert len(found) == 8
    assert type(found.to_frame()) is type(frame)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"low": 4, "high": 2}, "out-of-range"),
        ({"outcome": "overal"}, "missing-column"),
        ({"answers": {"clean": [1, 2, 3]}, "outcome": [1, 2, 3]}, "too-few"),
        ({"bootstrap": -1}, "out-of-range"),
    ],
)
def test_what_is_wrong_is_said(change, rule):
    given = {"answers": {"clean": [1, 2, 3, 4, 5, 1]}, "outcome": [1.0, 2, 3, 4, 5, 6], "bootstrap": 0} | change
    with pytest.raises(og.DataError) as caught:
        penalty_reward(**given)
    assert rule in [problem.rule for problem in caught.value.problems]
