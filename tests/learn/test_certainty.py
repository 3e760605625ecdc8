"""How sure scores from few answers are, and how often the first gap is really first."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import stats

import outcomegap as og
from outcomegap.errors import DataError, EngineError
from outcomegap.learn import few_answers, first_gap

SHARE, RATING = og.Measure("share", low=0, high=1), og.Measure("rating", low=1, high=5)


def scorer_of(*, needs=None):
    pleased = og.SuccessGap("pleased", SHARE, floor=0, target=1, owner="vendor")
    kind = og.Expectation("kind", RATING, floor=1, target=5)
    wants = og.DesiredOutcome(
        og.RequiredOutcome("r", needs=needs or pleased), og.AppropriateExperience("e", expects=kind)
    )
    return og.Scorer(og.OutcomeModel("m", desired_outcomes=[wants]))


def test_one_share_is_jeffreys_interval():
    """Quantiles of Beta(yes + 1/2, no + 1/2) (Brown, Cai & DasGupta 2001)."""
    yes, n = np.array([0, 1, 2, 3, 0, 1, 2, 3]), np.array([7] * 4 + [10] * 4)
    frame = {"share": yes / n, "n": n, "rating": np.full(8, 5.0)}
    found = few_answers(scorer_of(), frame, {"share": "n"}, draws=4000)
    exact = stats.beta(yes + 0.5, n - yes + 0.5)
    np.testing.assert_allclose(found.columns["low"], exact.ppf(0.025), atol=1e-3)
    np.testing.assert_allclose(found.columns["high"], exact.ppf(0.975), atol=1e-3)
    np.testing.assert_allclose(found.columns["mean"], exact.mean(), atol=1e-4)
    np.testing.assert_allclose(found.columns["sure"], np.where(yes / n < 0.5, exact.cdf(0.5), exact.sf(0.5)), atol=1e-3)


def test_two_measures_multiply():
    """D = a b, with a and b independent: the mean is the product of the means, the interval that of many draws."""
    frame = {"share": [0.6], "n": [5], "rating": [4.0], "m": [8]}
    found = few_answers(scorer_of(), frame, {"share": "n", "rating": "m"}, draws=20_000)
    rng = np.random.default_rng(9)
    product = rng.beta(3.5, 2.5, 400_000) * rng.beta(6.5, 2.5, 400_000)
    assert found[0]["mean"] == pytest.approx(3.5 / 6 * 6.5 / 9, abs=1e-3)
    assert (found[0]["low"], found[0]["high"]) == pytest.approx(tuple(np.quantile(product, [0.025, 0.975])), abs=0.01)


def test_more_answers_are_surer_and_missing_ones_change_nothing():
    frame = {"share": [0.8] * 4 + [None], "n": [2, 20, 2000, None, 3], "rating": [5.0] * 5}
    found = few_answers(scorer_of(), frame, {"share": "n"})
    wide = found.columns["high"] - found.columns["low"]
    assert wide[0] > wide[1] > wide[2] > wide[3] == 0
    assert np.isnan(found.columns["mean"][4])
    flat = few_answers(scorer_of(), frame, {"share": "n"}, prior=(1, 1))
    assert flat.columns["mean"][0] == pytest.approx(2.6 / 4, abs=1e-3)


def test_intervals_cover_what_customers_are():
    """Shares drawn from the prior, then answers: 95 % intervals hold the share in 93 to 97 % of 2,000 customers."""
    rng = np.random.default_rng(0)
    share, n = rng.beta(0.5, 0.5, 2000), rng.integers(1, 12, 2000)
    found = few_answers(
        scorer_of(), {"share": rng.binomial(n, share) / n, "n": n, "rating": [5.0] * 2000}, {"share": "n"}
    )
    held = (found.columns["low"] <= share) & (share <= found.columns["high"])
    assert 0.93 < held.mean() < 0.97


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_few_answers_from_any_frame(make):
    frame = {"customer": ["a", "b"], "share": [0.5, 1.0], "n": [4, 9], "rating": [5.0, 2.0]}
    found = few_answers(scorer_of(), make(frame), {"share": "n"}, draws=50)
    assert found.find("b") == few_answers(scorer_of(), frame, {"share": "n"}, draws=50).find("b")
    assert isinstance(found.to_frame(), type(make(frame)))


@pytest.mark.parametrize(
    ("answers", "more", "said"),
    [
        ({"shares": "n"}, {}, "did you mean 'share'"),
        ({}, {}, "name a measure"),
        ({"share": "m"}, {}, "no column 'm'"),
        ({"share": "n"}, {"prior": (0, 1)}, "prior"),
        ({"share": "n"}, {"prior": None}, "such as (0.5, 0.5)"),
        ({"share": "n"}, {"draws": 3}, "draws"),
        ({"share": "n"}, {"confidence": 1}, "confidence"),
        ({"share": "n"}, {"seed": -1}, "seed"),
        ({"share": "rating"}, {}, "below 0"),
        ({"share": "words"}, {}, "is not a number"),
    ],
)
def test_what_cannot_be_read_is_told(answers, more, said):
    frame = {"share": [0.5], "n": [4], "rating": [-1.0], "words": ["few"]}
    with pytest.raises(DataError) as error:
        few_answers(scorer_of(), frame, answers, **more)
    assert said in str(error.value)


def test_a_measure_without_a_scale_is_told():
    calls = og.SuccessGap("calls", og.Measure("calls", low=0), floor=0, target=4, owner="vendor")
    with pytest.raises(DataError, match="lowest and highest"):
        few_answers(scorer_of(needs=calls), {"calls": [1], "n": [2], "rating": [5]}, {"calls": "n"})


# -- the first gap ---------------------------------------------------------------------------------------------------


def scores_of(a, b, **more):
    steps = [og.SuccessGap(n, og.Measure(n, low=0), floor=0, target=1, owner="vendor") for n in "ab"]
    wants = og.DesiredOutcome(
        og.RequiredOutcome("r", needs=og.Mean(*steps)),
        og.AppropriateExperience("e", expects=og.Expectation("c", og.Measure("c", low=0), floor=0, target=1)),
    )
    model = og.OutcomeModel("m", desired_outcomes=[wants])
    return og.Scorer(model).score({"a": a, "b": b, "c": np.ones(len(a)), **more})


def test_against_every_resample():
    """Three customers have 27 resamples: each is looked at."""
    a, b = np.array([0.0, 0.5, 0.9]), np.array([0.6, 0.4, 0.2])
    found = first_gap(scores_of(a, b), resamples=20_000)
    first = [np.sign((b - a)[list(some)].sum()) for some in itertools.product(range(3), repeat=3)]
    often = np.mean([1.0 if sign > 1e-9 else 0.5 if abs(sign) < 1e-9 else 0.0 for sign in np.round(first, 9)])
    assert (found[0]["first"], found[0]["share"]) == ("b" if a.sum() > b.sum() else "a", pytest.approx(1.8 / 3.4))
    steps = found.parts["steps"]
    assert steps.columns["how_often"][:2].tolist() == pytest.approx([often, 1 - often], abs=0.02)


def test_a_clear_first_and_a_tie():
    rng = np.random.default_rng(0)
    clear = first_gap(scores_of(rng.uniform(0, 0.3, 200), rng.uniform(0.6, 1, 200)))
    assert (clear[0]["first"], clear[0]["how_often"], clear[0]["rivals"]) == ("a", 1, None)
    tie = first_gap(scores_of(np.full(50, 0.5), np.full(50, 0.5)))
    assert tie[0]["how_often"] == 0.5
    assert tie[0]["rivals"] == "b 50.0 %"


def test_groups_weights_and_nothing_to_close():
    scores = scores_of([0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 0.0, 1.0], plan=["x", "x", "y", "z"], mrr=[1.0, 2.0, 3.0, 4.0])
    found = first_gap(scores, "plan", weight="mrr", resamples=50)
    assert found.columns["first"].tolist() == ["a", "b", None]
    assert first_gap(scores, weight="mrr", resamples=50)[0]["share"] == 0.5
    one, none = found.find("y"), found.find("z")  # one customer says nothing of others
    assert [one[name] for name in ("share", "low", "high", "how_often", "rivals")] == [1, None, None, None, None]
    assert [none[name] for name in ("share", "low", "high", "how_often", "rivals")] == [0, None, None, None, None]


def test_what_first_gap_cannot_read():
    scores = scores_of([0.0], [1.0])
    wrong = ({"resamples": 1}, "resamples"), ({"seed": "x"}, "seed"), ({"weight": "w"}, "no column")
    for more, said in (({"by": "plan"}, "no column"), *wrong):
        with pytest.raises(DataError, match=said):
            first_gap(scores, **more)
    with pytest.raises(EngineError):
        first_gap(og.OutcomeScores(og.Scorer(scores.model), {"a": [1], "b": [1], "c": [1]}, desired=[0.5]))
