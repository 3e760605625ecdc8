"""The one reader of answers: every form of them, missing answers, mistakes told at once; means and shares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats as scipy_stats

import outcomegap as og
from outcomegap.checks import Checks
from outcomegap.stats import weighted_wilson
from outcomegap.survey.answers import read

COLUMNS = {"speed": [5, 4, None, 9], "price": [3, 9, 3, 1]}


def reading(given, **asked):
    return read(Checks("test"), given, **asked)


@pytest.mark.parametrize(
    "made", [dict, pd.DataFrame, pl.DataFrame, pa.table, lambda c: pd.DataFrame(c).to_dict("records")]
)
def test_any_frame_with_a_column_an_attribute(made):
    answers = reading({"importance": made(COLUMNS)}, missing=9)
    assert answers.attributes == ("speed", "price")
    assert answers["importance"].tolist()[0] == [5, 3]
    assert np.isnan(answers["importance"]).tolist() == [[False, False], [False, True], [True, False], [True, False]]


@pytest.mark.parametrize("made", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_columns_of_a_frame_by_name(made):
    frame = made(COLUMNS | {"who": ["a", "b", "a", None], "w": [1, 2, 3, 4]})
    answers = reading({"x": {"fast": "speed", "cheap": "price"}}, frame=frame, by="who", weight="w", missing=[9])
    assert (answers.attributes, answers.segments, answers.weight.tolist()) == (("fast", "cheap"), ("a", "b"), [1, 2, 3])
    assert "1 respondent in no segment" in answers.notes[0]
    assert reading({"x": ["speed", "price"]}, frame=frame).attributes == ("speed", "price")
    assert reading({"x": "speed"}, frame=frame).attributes == ("speed",)


def test_a_frame_of_answers_may_hold_segment_and_weight():
    answers = reading({"x": COLUMNS | {"plan": list("aabb"), "w": [1, 1, 1, 2]}}, by="plan", weight="w")
    assert (answers.attributes, answers.segments) == (("speed", "price"), ("a", "b"))
    other = reading({"x": COLUMNS}, by=list("aabb"), weight=np.array([1, 1, 1, 2]))
    assert np.array_equal(other["x"], answers["x"], equal_nan=True)
    assert other.codes.tolist() == answers.codes.tolist() == [0, 0, 1, 1]


def test_a_single_list_is_one_attribute_and_numbers_are_one_respondent():
    for made in (list, np.array, pd.Series, pl.Series, pa.array):
        assert reading({"ratings": made([1, 10, 2])})["ratings"].tolist() == [[1], [10], [2]]
    assert reading({"x": {"a": 9.5, "b": 3}})["x"].tolist() == [[9.5, 3]]


def test_words_stand_for_numbers():
    answers = reading({"x": {"a": ["often ", "never", "-", None]}}, values={"often": 5, "never": 1}, missing="-")
    assert np.array_equal(answers["x"][:, 0], [5, 1, np.nan, np.nan], equal_nan=True)
    assert reading({"x": {"a": [True, False, None]}})["x"][:2, 0].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("given", "asked", "said"),
    [
        ({"x": {"a": [1, "good"]}}, {}, "'good'"),
        ({"x": {"a": [1, np.inf]}}, {}, "inf"),
        ({"x": {"a": [1, 12]}}, {"scale": (1, 10)}, "above 10"),
        ({"x": {"a": [0, 1]}}, {"scale": (1, 5)}, "below 1"),
        ({"x": {"a": [1]}}, {"scale": (5, 1)}, "scale"),
        ({"x": {"a": [1]}}, {"scale": 5}, "scale"),
        ({"x": {"a": [1, 2]}}, {"weight": [1, -1]}, "below 0"),
        ({"x": {"a": [1, 2]}}, {"weight": [1, None]}, "weigh every respondent"),
        ({"x": {"a": [1, 2]}}, {"weight": [1]}, "weight 1"),
        ({"x": {"a": [1, 2]}}, {"weight": [0, 0]}, "nobody weighs more than 0"),
        ({"x": {"a": [1, 2]}}, {"by": [1, 2, 3]}, "by 3"),
        ({"x": {"a": [1, 2]}, "y": {"a": [1]}}, {}, "x 2, y 1"),
        ({"x": {"speed": [1]}, "y": {"sped": [1]}}, {}, "did you mean 'sped'"),
        ({"x": {"a": [None, None]}}, {}, "no answer at all"),
        ({"x": {"a": []}}, {}, "x 0"),
        ({"x": {"by": [1]}}, {"by": "by"}, "one respondent or more"),
        ({"x": {}}, {}, "no columns"),
        ({"x": pd.DataFrame()}, {}, "no columns"),
        ({"x": {"a": "speeed"}}, {"frame": COLUMNS}, "did you mean 'speed'"),
        ({"x": "speeed"}, {"frame": COLUMNS}, "did you mean 'speed'"),
        ({"x": {"a": "speed"}}, {"frame": COLUMNS, "by": "prise"}, "did you mean 'price'"),
        ({"x": 5}, {}, "x"),
        ({"x": {"a": [[1], [2]]}}, {}, "a"),
    ],
)
def test_mistakes_are_data_errors(given, asked, said):
    with pytest.raises(og.DataError, match="(?s)" + said) as caught:
        reading(given, **asked)
    assert caught.value.problems


def test_all_mistakes_at_once():
    with pytest.raises(og.DataError) as caught:
        reading({"x": {"a": ["?", 1], "b": [1, 9]}, "y": {"a": [1, 1], "b": ["!", 1]}}, scale=(1, 5), weight=[-1, 1])
    assert len(caught.value.problems) == 4


numbers = st.lists(
    st.tuples(st.integers(1, 7) | st.none(), st.integers(0, 2), st.sampled_from([0.5, 1, 2])), min_size=1
)


@settings(max_examples=60, deadline=None)
@given(numbers)
def test_means_and_shares_are_those_of_each_segment(rows):
    frame = {name: list(column) for name, column in zip(("a", "by", "w"), zip(*rows, strict=True), strict=True)}
    if all(value is None for value in frame["a"]):
        return
    answers = reading({"x": {"a": "a"}}, frame=frame, by="by", weight="w")
    mean, share = answers.mean(answers["x"]), answers.share(answers["x"] >= 4)
    for place, segment in enumerate(answers.segments):
        held = [(value, weight) for value, by, weight in rows if by == segment and value is not None]
        assert mean.answers[place, 0] == share.answers[place, 0] == len(held)
        if not held:
            ends = [getattr(each, name)[place, 0] for each in (mean, share) for name in ("value", "low", "high")]
            assert np.isnan(ends).all()
            continue
        values, weights = np.array(held).T
        assert mean.value[place, 0] == pytest.approx(np.average(values, weights=weights))
        assert share.value[place, 0] == pytest.approx(np.average(values >= 4, weights=weights))
        assert (share.low[place, 0], share.high[place, 0]) == pytest.approx(weighted_wilson(values >= 4, weights))


@pytest.mark.filterwarnings("ignore:.*precision:RuntimeWarning")
def test_the_interval_of_a_mean_is_students():
    values = np.random.default_rng(0).integers(1, 6, (200, 3)).astype(float)
    found = reading({"x": dict(zip("abc", values.T, strict=True))}, confidence=0.9).mean
    mean = found(values)
    for place in range(3):
        said = scipy_stats.ttest_1samp(values[:, place], 0).confidence_interval(0.9)
        assert (mean.low[0, place], mean.high[0, place]) == pytest.approx((said.low, said.high))
        assert mean.deviation[0, place] == pytest.approx(values[:, place].std(ddof=1))


def test_answers_that_are_all_alike_have_no_interval_of_their_mean():
    answers = reading({"x": {"a": [0.1, 0.1, 0.1], "b": [1, 2, 3]}})
    mean = answers.mean(answers["x"])
    assert mean.value[0].tolist() == pytest.approx([0.1, 2])
    assert np.isnan([mean.low, mean.high])[:, 0].tolist() == [[True, False]] * 2
    assert mean.deviation[0].tolist() == pytest.approx([0, 1])
    many = reading({"x": {"a": np.repeat([0.1, 0.7], 2000)}}, by=np.repeat(["low", "high"], 2000))
    assert np.isnan(many.mean(many["x"]).low).all()


@pytest.mark.parametrize("unit", [1e300, 1.0, 1e-300])
def test_weights_know_no_unit(unit):
    answers = reading({"x": {"a": [5, 4, 1]}}, weight=[unit, unit, unit / 2])
    mean, same = answers.mean(answers["x"]), scipy_stats.t.ppf(0.975, 2.5**2 / 2.25 - 1)
    assert mean.number[0, 0] == pytest.approx(2.5**2 / 2.25)
    assert (mean.high - mean.low)[0, 0] == pytest.approx(2 * same * (mean.deviation / np.sqrt(mean.number))[0, 0])


def test_one_answer_has_no_interval_of_its_mean():
    answers = reading({"x": {"a": [5]}})
    mean = answers.mean(answers["x"])
    assert mean.value == 5
    assert np.isnan([mean.low, mean.high, mean.deviation]).all()
