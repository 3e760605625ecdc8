"""Net promoter score, satisfaction, effort and the index of satisfaction: published values, formulas, mistakes."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.stats import share_difference, wilson
from outcomegap.survey import acsi_index, csat, effort, net_promoter


def test_the_score_of_six_ratings():
    assert round(net_promoter([1, 10, 2, 3, 5, 2])[0]["score"], 2) == -66.67


def test_the_score_its_error_and_its_interval():
    found = net_promoter([10] * 50 + [8] * 30 + [3] * 20)[0]
    assert [found["score"], found["standard_error"]] == pytest.approx([30, 100 * np.sqrt((0.5 + 0.2 - 0.3**2) / 100)])
    assert [found["low"], found["high"]] == pytest.approx([100 * end for end in share_difference(0.5, 0.2, 100)[1:]])
    assert [found["promoters"], found["passives"], found["detractors"]] == pytest.approx([0.5, 0.3, 0.2])


def test_a_published_variance():
    """Cross Validated, the margin of error of a net promoter score: of half promoters, a third passives, a sixth
    detractors it is 1/3, and the variance 5/9."""
    found = net_promoter([10] * 162 + [7] * 108 + [0] * 54)[0]
    assert found["score"] == pytest.approx(100 / 3)
    assert found["standard_error"] == pytest.approx(100 * np.sqrt(5 / 9 / 324))


def test_customers_who_are_all_alike_do_not_make_the_score_certain():
    one, thirty = net_promoter([10])[0], net_promoter([9] * 30)[0]
    assert (one["score"], one["high"], thirty["score"], thirty["high"]) == (100, 100, 100, 100)
    assert one["low"] < 0 < 80 < thirty["low"] < 100


@pytest.mark.parametrize(("rating", "score"), [(0, -100), (6, -100), (7, 0), (8, 0), (9, 100), (10, 100)])
def test_each_kind_of_rating(rating, score):
    assert net_promoter([rating])[0]["score"] == score


def test_several_questions_and_segments():
    frame = {"brand": [10, 9, 0], "shop": [7, 7, 7], "plan": ["a", "b", "b"], "w": [1, 3, 1]}
    found = net_promoter(["brand", "shop"], frame=frame, by="plan", weight="w")
    assert found.columns["score"].tolist() == [100, 0, 50, 0]


def test_satisfied_customers():
    found = csat([5, 4, 4, 3, 1])[0]
    assert (found["satisfied"], found["low"], found["high"]) == pytest.approx((0.6, *wilson(3, 5)))
    assert found["mean"] == 3.4
    assert csat([10, 9, 8], scale=(0, 10), top=1)[0]["satisfied"] == pytest.approx(1 / 3)


def test_effort():
    found = effort([7, 6, 5, 4, 1])[0]
    assert (found["mean"], found["easy"]) == pytest.approx((4.6, 0.6))
    assert effort([5, 4, 3, 2, 1], easy="low", scale=(1, 5))[0]["easy"] == 0.4


def test_the_index_of_three_items():
    """((x1 - 1) w1 + (x2 - 1) w2 + (x3 - 1) w3) / 9 x 100 with weights that sum to 1, from means as from answers."""
    means = {"overall": 8.4, "expected": 7.6, "ideal": 7.1}
    weights = {"overall": 0.4, "expected": 0.35, "ideal": 0.25}
    value = (7.4 * 0.4 + 6.6 * 0.35 + 6.1 * 0.25) / 9 * 100
    assert acsi_index(means, weights=weights)[0]["index"] == pytest.approx(value)
    assert acsi_index(means, weights={name: 5 * each for name, each in weights.items()})[0]["index"] == pytest.approx(
        value
    )
    assert acsi_index(means)[0]["index"] == pytest.approx((7.4 + 6.6 + 6.1) / 27 * 100)
    assert acsi_index({"a": 3, "b": 5}, scale=(1, 5))[0]["index"] == 75


def test_the_index_with_published_weights():
    """The State of Ohio: ((satisfaction - 1) .3885 + (expectancy - 1) .3190 + (performance - 1) .2925) / 9 x 100."""
    weights = {"satisfaction": 0.3885, "expectancy": 0.3190, "performance": 0.2925}
    means = {"satisfaction": 8.2, "expectancy": 7.5, "performance": 7.1}
    assert round(acsi_index(means, weights=weights)[0]["index"], 2) == 73.94


def test_the_index_rests_on_whole_answers():
    found = acsi_index({"a": [1, 10, 5], "b": [1, 10, None]}, by=["x", "x", "x"])
    assert found.columns["index"].tolist() == [50]
    assert found[0]["answers"] == 2
    assert found[0]["deviation"] == pytest.approx(np.std([0, 100], ddof=1))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: net_promoter([11]), "above 10"),
        (lambda: net_promoter(["ten"]), "'ten'"),
        (lambda: net_promoter([]), "respondent"),
        (lambda: net_promoter([None]), "no answer"),
        (lambda: csat([1, 2], top=0), "top"),
        (lambda: csat([1, 2], top=9), "top"),
        (lambda: csat([0]), "below 1"),
        (lambda: effort([1], easy="lo"), "easy"),
        (lambda: acsi_index({"a": 3}, weights={"b": 1}), "'a'"),
        (lambda: acsi_index({"a": 3, "b": 2}, weights={"a": 1}), "weights: there is no 'b'"),
    ],
)
def test_mistakes(call, said):
    with pytest.raises(og.DataError, match=said):
        call()
