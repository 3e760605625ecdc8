"""Scores out of arrays: small ones, worked out by hand, and what of them is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap import one_customer, report
from outcomegap.frames.arrays import plain_values
from outcomegap.scoring import STATES
from tests.scoring.outside import DESIRED, FRAME, GAIN, OWN, PARTS, REACHED, Small, small

# -- by hand ---------------------------------------------------------------------------------------------------------


def test_what_is_read_off_the_frame() -> None:
    scores = small(parts=PARTS, gain=GAIN)
    np.testing.assert_array_equal(scores.attainment().values, REACHED)
    assert scores.coverage.tolist() == [1, 1, 0.5, 1]
    assert scores.met.tolist() == [0, 2, 0, 0]
    assert scores.steps.tolist() == [2] * 4
    assert scores.state.tolist() == ["failing", "successful", "uncertain", "successful"]
    np.testing.assert_array_equal(scores.required_gap, [0.5, 0, np.nan, 0.375])
    np.testing.assert_array_equal(scores.experience_gap, [0.25, 0, np.nan, 0.125])
    np.testing.assert_array_equal(scores.low, [0.25, 1, 0, 0.5])
    np.testing.assert_array_equal(scores.high, [0.25, 1, 1, 0.5])
    assert scores.exact
    assert scores.explains
    first, second, third, lacking = scores.worklist()
    assert [first[n] for n in ("id", "next_gap", "stands_at", "owner")] == ["Acme", "logins", "5 of 20", "customer"]
    assert (first["share"], first["gain"]) == (0.5 / 0.75, 25.0)
    assert (second["id"], second["next_gap"]) == ("Dora", "logins")
    assert (third["id"], third["next_gap"]) == ("Beta", None)
    assert [lacking[n] for n in ("id", "section", "lacking", "lacking_column")] == [
        "Cato",
        "need data",
        "logins",
        "logins",
    ]
    basic = scores.by("plan")["basic"]
    assert (basic.customers, basic.need_data, basic.desired, basic.gaps[0].share) == (2, 1, 0.25, 0.5 / 0.75)


@pytest.mark.parametrize(
    ("said", "states"),
    [
        ({}, ["failing", "successful", "uncertain", "successful"]),
        ({"achieved_at": 0.75}, ["failing", "successful", "uncertain", "failing"]),
        ({"achieved_at": 0}, ["successful", "successful", "uncertain", "successful"]),
        ({"low": [0, 0, 0, 0]}, ["failing", "uncertain", "uncertain", "uncertain"]),
        ({"high": [1, 1, 1, 1]}, ["uncertain", "successful", "uncertain", "successful"]),
        (
            {"required": [0.5, 1, 0.5, 0.4], "experience": [0.5, 0.4, np.nan, 1]},
            ["successful", "tolerating", "uncertain", "failing"],
        ),
        ({"required": [0.5, 1, 0.5, 0.4]}, ["failing", "successful", "uncertain", "successful"]),
        (
            {"required": [0.5, 1, 0.5, 0.4], "experience": [1] * 4, "achieved_at": 0.6},
            ["failing", "successful", "failing", "failing"],
        ),
        (
            {"state": ["failing", None, "tolerating", "successful"]},
            ["failing", "uncertain", "tolerating", "successful"],
        ),
        ({"state": ["failing", math.nan, "", "successful"]}, ["failing", "uncertain", "uncertain", "successful"]),
    ],
)
def test_states(said: dict[str, Any], states: list[str]) -> None:
    scores = small(**said)
    assert scores.state.tolist() == states
    assert scores.by().total.state_counts == {state: states.count(state) for state in STATES}


def test_order_of_need_is_by_state_then_gap_then_value() -> None:
    scores = small(desired=[0.4, 0.6, 0.4, np.nan], state=["successful", "failing", "successful", "failing"])
    assert scores.order().tolist() == [1, 0, 2, 3]
    assert scores.order("mrr").tolist() == [1, 2, 0, 3]


def test_the_side_that_the_state_calls_for_comes_first() -> None:
    one = {"desired": [0.25] * 4, "parts": [[0.25, 0.5]] * 4, "attainment": [[0.5, 0.5]] * 4}
    states = ["failing", "tolerating", "uncertain", "successful"]
    sides = {"required": [0.5] * 4, "experience": [0.5] * 4}
    found = {row["id"]: row["next_gap"] for row in small(**one, **sides, state=states).worklist()}
    assert found == {"Acme": "logins", "Beta": "replies", "Cato": "replies", "Dora": "replies"}
    # R is not known: no side goes first
    assert [row["next_gap"] for row in small(**one, state=states).worklist()] == ["replies"] * 4


def test_without_parts_nobody_says_which() -> None:
    scores = small()
    assert not scores.explains
    for asked in ("attribution", "gain"):
        with pytest.raises(og.EngineError, match=r"scorer 'small' does not give .*; pass .*= to og.OutcomeScores"):
            getattr(scores, asked)()
    assert [row["next_gap"] for row in scores.worklist()] == [None] * 4
    assert "does not say which steps" in str(scores.by("plan"))
    assert "does not say which steps" in report(scores, by="plan")
    assert np.isnan(scores.required_gap).all()
    with pytest.raises(og.EngineError):
        scores.roll_up(["X"] * 4).attribution  # noqa: B018
    assert scores.roll_up(["X"] * 4)["X"]["top_gap"] is None
    assert {gap.share for gap in scores.by().total.gaps} != {0.0}  # not a zero: not said


def test_gain_alone_ranks() -> None:
    rows = list(small(gain=GAIN).worklist())
    assert [(row["id"], row["next_gap"], row["share"]) for row in rows[:2]] == [
        ("Acme", "logins", None),
        ("Dora", "replies", None),
    ]


def test_parts_that_are_not_meant_to_sum() -> None:
    parts = PARTS * 0.8
    with pytest.raises(og.ModelError, match=r"parts 0.6, gap 0.75 in row 0"):
        small(parts=parts)
    scores = small(parts=parts, exact=False)
    assert not scores.exact
    found = scores.attribution()
    np.testing.assert_allclose(found.residual, [0.15, 0, np.nan, 0.1])
    np.testing.assert_allclose(found.values.sum(axis=1) + found.residual, scores.gap)
    assert "20.0 % of the total gap is assigned to no step" in str(scores.by())
    assert small(parts=PARTS, exact=False).exact  # they do sum


def test_columns_of_ones_own() -> None:
    scores = small(columns=OWN | {"segment": list("uvuv")})
    assert [group.name for group in scores.by("band")] == ["high", "low", "mid", "-"]
    assert [group.name for group in scores.by("segment")] == ["u", "v"]
    assert scores.by("plan", weight="mrr")["pro"].weight == 20
    assert [row["band"] for row in scores.worklist(keep=["band"])] == ["low", "mid", "high", None]
    assert "band" not in FRAME


@pytest.mark.parametrize("name", ["desired", "state", "override", "effective_score", "row", "rank"])
def test_columns_of_a_scores_name_are_not_lost(name: str) -> None:
    frame = {column: values for column, values in FRAME.items() if column != "id"}
    scores = small(frame, columns={name: [1, 2, 3, 4]})
    said = og.Override(1, state="failing", reason="r", author="a", until="2026-12-31")
    for each in (scores, scores.with_overrides([said], as_of="2026-01-01")):
        made = each.to_frame()
        assert sum(values.tolist() == [1, 2, 3, 4] for values in made.values()) == 1
        np.testing.assert_array_equal(made["desired"], DESIRED)
        assert made["state"].tolist() == scores.state.tolist()
    assert scores.with_overrides([said], as_of="2026-01-01").to_frame()["override"].tolist() == [
        False,
        True,
        False,
        False,
    ]


def test_names_of_columns_that_stand_in_each_others_way() -> None:
    made = small(columns={"desired": [1] * 4, "desired (column)": [2] * 4}).to_frame()
    assert {name: made[name][0] for name in made if "(column)" in name} == {
        "desired (column)": 1,
        "desired (column) (column)": 2,
    }


def test_segments_that_are_not_ideal_stand_apart() -> None:
    scorer = Small(segments=[og.Segment("a"), og.Segment("b", ideal=False)], stages=["s", "t"])
    frame = FRAME | {"segment": list("abab"), "stage": list("ssts")}
    scores = small(frame, scorer, parts=PARTS)
    by = scores.by("segment")
    assert by.total.customers == 2
    assert [group.name for group in by.apart] == ["b"]
    assert [group.name for group in scores.by("segment", "stage")] == ["a / s", "a / t", "b / s"]
    assert "not ideal" in report(scores)
    assert [row["ideal"] for row in scores.worklist()] == [True, False, False, True]
    assert one_customer(scores, "Beta").facts["segment"] == "b"


def test_parents() -> None:
    rolled = small(parts=PARTS).roll_up(["X", "X", "X", "Y"])
    assert rolled.desired.tolist() == [0.625, 0.5]
    assert rolled.need_data.tolist() == [1, 0]
    np.testing.assert_allclose(rolled.attribution, [[0.25, 0.125], [0.375, 0.125]])
    # Cato may score 0 or 1: the mean lies between 5/12 and 9/12
    assert rolled.state.tolist() == ["uncertain", "successful"]
    np.testing.assert_allclose([rolled.low[0], rolled.high[0]], [1.25 / 3, 2.25 / 3])


def test_a_parent_of_said_states_has_the_state_that_all_below_have() -> None:
    """The rule is the scorer's own: no threshold of D tells what it would say of a mean."""
    said = {"desired": [0.9, 0.9, 0.9, 0.1], "state": ["failing", "failing", "successful", "successful"]}
    rolled = small(**said).roll_up(["X", "X", "Y", "Z"])
    assert rolled.state.tolist() == ["failing", "successful", "successful"]
    assert small(**said).roll_up(["X", "X", "X", "Z"]).state.tolist() == ["uncertain", "successful"]
    assert small(**said).roll_up(["X"] * 4, "worst").state.tolist() == ["failing"]


def test_a_parent_whose_sides_hang_on_one_who_lacks_data() -> None:
    said = {"required": [1, 1, np.nan, 1], "experience": [1, 1, np.nan, 0.2]}
    assert small(**said).roll_up(["X", "X", "X", "Y"]).state.tolist() == ["successful", "tolerating"]
    rolled = small(**said, achieved_at=0.6).roll_up(["X", "Y", "Y", "X"])
    assert rolled.state.tolist() == ["successful", "uncertain"]


@pytest.mark.parametrize("how", ["mean", "worst"])
def test_a_parents_bounds_are_not_known_where_a_childs_are_not(how: str) -> None:
    scores = small(desired=[0.25, 1, 0.5, 0.5])  # of Cato a step is missing
    np.testing.assert_array_equal(scores.low, [0.25, 1, np.nan, 0.5])
    rolled = scores.roll_up(["X", "X", "Y", "Y"], how)
    assert np.isnan([rolled.low[1], rolled.high[1]]).all()
    assert not np.isnan([rolled.low[0], rolled.high[0]]).any()
    assert np.isnan(scores.by().total.low)
    assert "nan" not in str(rolled)


def test_customers_named_by_another_column() -> None:
    scores = small(parts=PARTS).named_by("mrr")
    assert next(row["mrr"] for row in scores.worklist()) == 10
    with pytest.raises(og.DataError, match="did you mean 'plan'"):
        scores.named_by("plam")


# -- what is not made up ----------------------------------------------------------------------------------------------


def test_parts_below_nothing_are_refused_where_they_must_sum() -> None:
    with pytest.raises(og.ModelError, match=r"a part of the gap is below 0: -0.4 in row 0"):
        small(desired=[0.5] * 4, parts=[[0.9, -0.4]] * 4)
    assert not small(desired=[0.5] * 4, parts=[[0.8, -0.4]] * 4, exact=False).exact


@pytest.mark.parametrize(
    ("required", "experience", "desired", "gaps"),
    [
        (0.8, 0.5, 0.4, (0.2, 0.4)),  # the product
        (0.8, 0.5, 0.5, (0.2, 0.3)),  # the weaker one
        (0.2, 1.0, 0.6, (np.nan, np.nan)),  # some mean: nobody knows how the gap divides
    ],
)
def test_the_gap_divides_between_sides_only_where_the_rule_is_known(required, experience, desired, gaps) -> None:
    scores = small(required=[required] * 4, experience=[experience] * 4, desired=[desired] * 4)
    found = (scores.required_gap[0], scores.experience_gap[0])
    np.testing.assert_allclose(found, gaps)
    said = str(one_customer(scores, plain_values(scores.id)[0]))
    assert (" x appropriate" in said) == (desired == 0.4)


def test_a_series_of_another_index_is_refused() -> None:
    frame = pd.DataFrame({"id": ["A", "B"], "segment": ["small", "large"], "m1": [1.0, 0.0], "m2": [1.0, 0.0]})
    turned = frame.iloc[::-1]["m1"]
    with pytest.raises(og.ModelError, match="desired has another index than the customers' frame"):
        og.OutcomeScores(Small(steps=[]), frame, desired=turned)
    assert og.OutcomeScores(Small(steps=[]), frame, desired=frame["m1"]).desired.tolist() == [1.0, 0.0]
    assert og.OutcomeScores(Small(steps=[]), frame, desired=turned.to_numpy()).desired.tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    "ask",
    [
        lambda scores: scores.save("x.json"),
        lambda scores: scores.change_since(scores),
        lambda scores: scores.disagreement(),
        lambda scores: scores.leverage(),
        lambda scores: scores.unknown(),
    ],
)
def test_what_only_a_model_can_answer_says_so(ask) -> None:
    with pytest.raises(og.EngineError, match=r"score .*with an og\.Scorer"):
        ask(small(parts=PARTS))


def test_what_needs_a_model_says_so() -> None:
    scorer = Small()
    for ask in (
        lambda: og.explain(scorer, {"x": [1]}, {"x": [1]}),
        lambda: og.perception_gap(scorer, {"x": [1]}, {"x": [1]}),
    ):
        with pytest.raises(og.OutcomeGapError, match=r"og\.(Scorer|OutcomeModel)"):
            ask()


@pytest.mark.parametrize("name", og.gallery.names())
def test_the_scorer_of_a_model_is_a_scorer(name) -> None:
    from outcomegap.model.check import Outline

    model = og.gallery.load(name)
    outline = Outline.of(og.Scorer(model))
    assert (outline.name, outline.steps, outline.segment_names) == (model.name, model.steps, model.segment_names)
    assert isinstance(og.Scorer(model), og.OutcomeScorer)


def test_tables_are_read_as_a_scorer_says() -> None:
    class Words:
        name = "words"
        steps = (og.SuccessGap("usage", og.Measure("usage", low=0, high=2), floor=0, target=2),)
        inputs = og.Inputs(id="who", measures={"usage": {"values": {"good": 2, "poor": 0}}})

        def score(self, customers):
            reached = og.attainments(self, customers)
            return og.OutcomeScores(self, customers, desired=reached[:, 0], attainment=reached)

    read = og.read_customers(Words(), {"who": ["A", "B"], "usage": ["good", "poor"]})
    assert Words().score(read.frame).desired.tolist() == [1.0, 0.0]
