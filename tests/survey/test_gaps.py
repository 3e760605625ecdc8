"""SERVQUAL, SERVPERF and the zone of tolerance: published tables, paired tests, dimensions by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as scipy_stats

import outcomegap as og
from outcomegap.survey import servperf, servqual, zone_of_tolerance
from tests.survey.published import needs_shared, rows


@needs_shared
def test_published_gaps_of_five_dimensions():
    published = rows("servqual_five_dimensions.csv")
    gaps = {row["dimension"]: float(row["gap_p_minus_e"]) for row in published}
    found = servqual(dict.fromkeys(gaps, 5.0), {name: 5 + gap for name, gap in gaps.items()})
    assert found.columns["gap"].round(2).tolist() == list(gaps.values())
    assert round(found.parts["overall"][0]["gap"], 2) == float(published[0]["unweighted_average_published"])


@needs_shared
def test_published_means_of_a_hospital():
    """PMC6131925, table 2; from the means as printed."""
    published = rows("servqual_malaysia_2018.csv")
    asked, have = (
        {row["dimension"]: float(row[f"{name}_mean"]) for row in published} for name in ("expectation", "perception")
    )
    found = servqual(asked, have)
    assert found.columns["gap"].round(2).tolist() == [float(row["gap_published"]) for row in published]


ITEMS = {"a": ([7, 6, 7, 5], [5, 6, 4, 5]), "b": ([6, 7, 5, None], [6, 4, 5, 4]), "c": ([7, 7, 6, 6], [7, 3, 6, 5])}
E, P = ({name: both[place] for name, both in ITEMS.items()} for place in (0, 1))
DIMENSIONS = {"reliability": ["a", "b"], "empathy": ["c"]}


def test_gap_and_t_are_those_of_pairs():
    found = servqual(E, P, confidence=0.9)
    for name, (expected, perceived) in ITEMS.items():
        known = [(p, e) for p, e in zip(perceived, expected, strict=True) if e is not None]
        told = scipy_stats.ttest_rel(*zip(*known, strict=True))
        row = found.find(name)
        assert [row["t"], row["low"], row["high"]] == pytest.approx([told.statistic, *told.confidence_interval(0.9)])
        assert row["answers"] == len(known)
        assert row["expectation_deviation"] == pytest.approx(np.std([e for _, e in known], ddof=1))


def test_dimensions_and_overall_by_hand():
    found = servqual(E, P, dimensions=DIMENSIONS, weights={"reliability": 3, "empathy": 1})
    dimensions, overall = found.parts["dimensions"], found.parts["overall"]
    reliability = np.mean([np.mean([-2, 0]), np.mean([0, -3]), np.mean([-3, 0]), 0])
    empathy = np.mean([0, -4, 0, -1])
    assert dimensions.columns["gap"] == pytest.approx([reliability, empathy])
    assert overall.columns["attribute"].tolist() == ["unweighted", "weighted"]
    assert overall.columns["gap"] == pytest.approx([(reliability + empathy) / 2, (3 * reliability + empathy) / 4])
    own = np.array([-1, -1.5, -1.5, 0]) + np.array([0, -4, 0, -1])
    told = scipy_stats.ttest_1samp(own / 2, 0).confidence_interval(0.95)
    assert [overall[0]["low"], overall[0]["high"]] == pytest.approx([told.low, told.high])


def test_over_all_is_the_mean_of_dimensions_also_where_answers_are_missing():
    found = servqual({"a": [1, 1, None], "b": [1, None, 1]}, {"a": [5, 3, 1], "b": [1, 1, 4]})
    assert found.columns["gap"].tolist() == [3, 1.5]
    assert found.parts["overall"][0]["gap"] == 2.25
    assert found.parts["overall"][0]["low"] < 2.25 < found.parts["overall"][0]["high"]


def test_servperf_is_perception_alone():
    found = servperf(P, dimensions=DIMENSIONS)
    assert found.columns["performance"].tolist() == [5, 4.75, 5.25]
    assert found.parts["overall"].columns["performance"].tolist() == [(4.875 + 5.25) / 2]


def test_the_zone_of_tolerance():
    levels = ({"a": 4, "b": 4, "c": 4}, {"a": 8, "b": 8, "c": 8}, {"a": 3, "b": 8, "c": 9})
    found = zone_of_tolerance(*levels)
    assert found.columns["place"].tolist() == ["below", "within", "above"]
    assert found.columns["adequacy"].tolist() == [-1, 4, 5]
    assert found.columns["superiority"].tolist() == [-5, 0, 1]
    assert found.columns["width"].tolist() == [4, 4, 4]
    assert found.parts["overall"][0]["adequacy"] == pytest.approx(8 / 3)


def test_where_more_is_adequate_than_desired_there_is_no_zone():
    found = zone_of_tolerance({"a": [7, 7], "b": [4, 5]}, {"a": [5, 5], "b": [6, 6]}, {"a": [6, 6], "b": [5, 5]})
    assert found.columns["place"].tolist() == [None, "within"]
    assert found.notes == ("Where more is called adequate than desired, there is no zone to be in.",)


def test_an_item_in_no_dimension_is_told():
    found = servqual(E, P, dimensions={"reliability": ["a", "b"]})
    assert found.notes[0] == "In no dimension, and so not in the whole: c."
    assert not any("In no dimension" in note for note in servqual(E, P, dimensions=DIMENSIONS).notes)


def test_a_dimension_of_one_item():
    found = servperf({"aa": [1, 3], "a": [5, 5]}, dimensions={"x": "aa", "y": ["a"]})
    assert found.parts["dimensions"].columns["performance"].tolist() == [2, 5]


def test_gaps_that_are_all_alike_have_no_t():
    assert np.isnan(servqual({"a": [7, 6]}, {"a": [5, 4]}).columns["t"]).all()


def test_segments_and_weights():
    weighed = servqual({"a": [1, 1, 1]}, {"a": [1, 2, 5]}, by=["x", "x", "y"], weight=[1, 3, 1])
    assert weighed.columns["gap"].tolist() == [0.75, 4]
    assert weighed.parts["overall"].columns["segment"].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"dimensions": {"x": ["a", "bb"]}}, "'bb'"),
        ({"dimensions": {"x": ["a"], "y": ["a"]}}, "named twice"),
        ({"dimensions": {}}, "map each dimension to its items"),
        ({"dimensions": {"x": ["a"], "y": []}}, "map each dimension to its items"),
        ({"dimensions": DIMENSIONS, "weights": {"reliabilty": 1, "empathy": 1}}, "did you mean 'reliability'"),
        ({"dimensions": ["a"]}, "map each dimension to its items"),
        ({"weights": [1, 2]}, "maps each name"),
        ({"wieghts": {"a": 1}}, "keywords: there is no 'wieghts'"),
        ({"weights": {"a": 1, "b": -1, "c": 1}}, "weights"),
        ({"weights": {"a": 0, "b": 0, "c": 0}}, "sum of weights"),
    ],
)
def test_mistakes(more, said):
    with pytest.raises(og.DataError, match=said):
        servqual(E, P, **more)
