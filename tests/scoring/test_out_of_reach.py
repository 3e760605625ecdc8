"""Weights by cell, and what weights of AnyOf keep out of reach, against the reference (docs/meaning, clauses 2.3-2.7)."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import outcomegap as og
from outcomegap.model import AllOf, AnyOf, AtLeast, Mean, per_cell
from outcomegap.present.report import one_customer
from outcomegap.testing import check_scorer
from tests.model.make import desired, gap, model_of, wish
from tests.oracles.compare import against_reference
from tests.reference import score_rows

SEEDS = range(60)
WEIGHTS = (0.25, 0.5, 0.8, 1.0, 0.0)
A, B, C = (gap(name) for name in "abc")


def invented(seed: int) -> og.OutcomeModel:
    """Two segments whose weights differ: some children count in one of them only."""
    rng = random.Random(seed)

    def weights(count: int) -> list[Any]:
        x, y = ([rng.choice(WEIGHTS) for _ in range(count)] for _ in "xy")
        first = rng.randrange(count)
        x[first], y[first] = x[first] or 0.5, y[first] or 1.0
        return [a if a == b else per_cell(a, {"y": b}) for a, b in zip(x, y, strict=True)]

    def root(steps: list[Any]) -> Any:
        nodes = list(steps)
        for _ in range(rng.randint(1, 2)):
            below = rng.sample(nodes, rng.randint(1, min(3, len(nodes))))
            nodes.append(rng.choice([AllOf, AnyOf])(*below, weights=weights(len(below))))
        kind = rng.choice([AllOf, AnyOf, Mean, None])
        others = [node for node in nodes if node != nodes[-1]][:2]
        if kind is None:
            return AtLeast(1, nodes[-1], *others) if others else nodes[-1]
        return kind(nodes[-1], *others, weights=[2, 1, 1][: 1 + len(others)] if kind is Mean else None)

    fields = [{}, {"missing": "skip"}, {"missing": 0.25}]
    needs = [gap(name, **rng.choice(fields)) for name in "abc"[: rng.randint(2, 3)]]
    if rng.random() < 0.3:
        needs[0] = gap("a", after=[needs[1]])
    expects = [wish(name, **rng.choice(fields)) for name in ("API", "calls")]
    ends = {"achieved_at": 0.01, "appropriate_at": 0.01, "min_coverage": 0.0}
    return og.OutcomeModel("m", desired_outcomes=[desired(root(needs), root(expects), **ends)], segments=["x", "y"])


def rows_of(model: og.OutcomeModel, seed: int, count: int = 4) -> dict[str, list[Any]]:
    rng = random.Random(seed)
    values = {
        m.name: [rng.choice([None, 0.0, 1.0, rng.random(), rng.random()]) for _ in range(count)] for m in model.measures
    }
    return values | {"segment": [rng.choice("xy") for _ in range(count)]}


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_is_as_the_reference_says(seed):
    model = invented(seed)
    assert against_reference(model, rows_of(model, seed)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_one_customer_as_many_and_in_single_precision(seed):
    model = invented(seed)
    rows, scorer = rows_of(model, seed), og.Scorer(model)
    many, narrow = scorer.score(rows), og.Scorer(model, dtype="float32").score(rows)
    names = [name for name in og.scoring.columns.COLUMNS if "state" not in name]
    for row, answer in enumerate(score_rows(model, rows)):
        one = scorer.score_one({name: values[row] for name, values in rows.items()})
        for name in ("required_out_of_reach", "experience_out_of_reach", "out_of_reach"):
            exact = getattr(answer, name)
            assert abs(Fraction(getattr(one, name)) - exact) < 1e-14
        for name in names:
            was = getattr(many, name)[row]
            assert getattr(one, name) == pytest.approx(was, abs=1e-14, nan_ok=True), name
            assert getattr(narrow, name)[row] == pytest.approx(was, abs=2e-6, nan_ok=True), name
        parts = sum(one.attribution().values())
        assert parts + one.out_of_reach == pytest.approx(one.gap, abs=1e-12)
        here = many.attribution()
        assert here.values[row].sum() + many.out_of_reach[row] == pytest.approx(many.gap[row], abs=1e-12)
        told = dict(zip(here.steps, here.applies[row], strict=True))
        assert {name for name, there in told.items() if there} == set(one.attribution())
        assert all(part == 0 for name, part in zip(here.steps, here.values[row], strict=True) if not told[name])


# --- out of reach ----------------------------------------------------------------------------------------------------

LIMITED = model_of(AllOf(AnyOf(A, B, weights=(0.8, 0.5)), C), AnyOf(wish("API"), weights=(0.75,)))
FRAME = {"a": [1.0, 0.5], "b": [1.0, 0.0], "c": [1.0, 1.0], "API": [1.0, 1.0]}


def test_by_hand():
    scores = og.Scorer(LIMITED).score(FRAME)
    assert scores.required.tolist() == pytest.approx([0.9, 0.4])
    assert scores.required_out_of_reach.tolist() == pytest.approx([0.1, 0.1])
    assert scores.experience_out_of_reach.tolist() == pytest.approx([0.9 * 0.25, 0.4 * 0.25])
    assert (scores.attribution().values[0] == 0).all()
    assert scores.gap[0] == pytest.approx(scores.out_of_reach[0])


def test_it_is_shown_where_a_model_has_any_and_only_there():
    limited, plain = (
        og.Scorer(LIMITED).score(FRAME),
        og.Scorer(model_of(AllOf(A, B, C, weights=(1, 0.5, 0.2)))).score(FRAME),
    )
    names = ["required_out_of_reach", "experience_out_of_reach", "out_of_reach"]
    assert [name for name in limited.to_frame() if "reach" in name] == names
    assert [name for name in plain.to_frame() if "reach" in name] == []
    assert plain.out_of_reach.tolist() == [0, 0]
    assert not any("reach" in name for name in og.Scorer(plain.model).score_one({"a": 1}).to_dict())
    assert "out of reach" in str(limited.by())
    assert "reach" not in str(plain.by())


def test_of_a_group():
    scores = og.Scorer(LIMITED).score(FRAME | {"mrr": [1.0, 3.0]})
    total = scores.by(weight="mrr").total
    assert total.out_of_reach == pytest.approx((scores.out_of_reach * [1, 3]).sum() / 4)
    assert total.out_of_reach_share + sum(each.share for each in total.gaps) == pytest.approx(1)
    assert f"{100 * total.out_of_reach_share:.1f} % of the total gap out of reach" in str(scores.by(weight="mrr"))
    assert total.to_dict()["out_of_reach"] == total.out_of_reach
    assert scores.by().to_frame()["out_of_reach"].tolist() == pytest.approx([scores.out_of_reach.mean()])


def test_with_other_joins():
    for join in ("weakest", og.WeightedJoin(required=0.7, experience=0.3)):
        outcome = LIMITED.desired_outcomes[0]
        outcome = og.DesiredOutcome(outcome.required, outcome.experience, join=join)
        scorer = og.Scorer(og.OutcomeModel("m", desired_outcomes=[outcome]))
        scores = scorer.score(FRAME)
        parts = scores.attribution().values.sum(axis=1)
        assert parts + scores.out_of_reach == pytest.approx(scores.gap, abs=1e-12)


def test_explain_splits_what_the_steps_can_reach():
    scores = og.Scorer(LIMITED).score(FRAME)
    line = og.explain(scores.scorer, "attained", FRAME)
    assert line.start == pytest.approx([0.675, 0.675])
    assert line.values.sum(axis=1) == pytest.approx(line.end - line.start, abs=1e-12)


def test_a_change_of_weights_is_a_change_of_the_model():
    less = model_of(AllOf(AnyOf(A, B, weights=(0.8, per_cell(0, {"all": 0}))), C), AnyOf(wish("API"), weights=(0.75,)))
    frame = FRAME | {"id": ["u", "v"]}
    before, after = og.Scorer(LIMITED).score(frame), og.Scorer(less).score(frame)
    change = after.change_since(before)
    assert change.model.tolist() == pytest.approx((after.desired - before.desired).tolist(), abs=1e-12)


def test_a_threshold_that_nobody_reaches_is_an_error():
    root = AnyOf(A, B, weights=(per_cell(0.9, {"x": 0.3}), 0.2))
    outcome = desired(root, AnyOf(wish("API"), weights=(0.4,)), achieved_at=0.6, appropriate_at=0.5)
    with pytest.raises(og.ModelError) as caught:
        og.Scorer(og.OutcomeModel("m", desired_outcomes=[outcome], segments=["x", "y"]))
    said = [(finding.rule, finding.where, finding.message) for finding in caught.value.findings]
    assert [rule for rule, *_ in said] == ["out-of-reach"] * 3
    message = (
        "0.6 in x/all is out of reach: with every step attained the required outcome is 0.44, as the weights of any_of "
        "say; lower it, or raise a weight"
    )
    assert said[0][1:] == ("desired_outcomes.sales.achieved_at", message)
    assert [where.rsplit(".", 1)[1] for _, where, _ in said] == ["achieved_at", "appropriate_at", "appropriate_at"]
    reached = desired(root, achieved_at=0.44)
    for dtype in ("float64", "float32"):
        og.Scorer(og.OutcomeModel("m", desired_outcomes=[reached], segments=["x", "y"]), dtype=dtype)


def test_scores_with_weights_are_saved_and_loaded(tmp_path):
    scores = og.Scorer(LIMITED).score(FRAME | {"id": ["u", "v"]})
    scores.save(tmp_path / "june.json")
    assert og.load_scores(tmp_path / "june.json").out_of_reach.tolist() == scores.out_of_reach.tolist()


def test_parents_have_it_too():
    scores = og.Scorer(LIMITED).score(FRAME | {"id": ["u", "v"], "group": ["g", "g"]})
    assert scores.roll_up("group").to_frame()["out_of_reach"].tolist() == pytest.approx([scores.out_of_reach.mean()])


def test_rows_set_aside_have_none():
    frame = FRAME | {"segment": ["x", "nowhere"]}
    model = og.OutcomeModel("m", desired_outcomes=LIMITED.desired_outcomes, segments=["x"])
    found = og.Scorer(model).score(frame, on_bad="set_aside").out_of_reach
    assert np.isnan(found).tolist() == [False, True]


def test_people_are_told():
    scores = og.Scorer(LIMITED).score(FRAME | {"id": ["u", "v"]})
    told = one_customer(scores, "u")
    assert told.facts["out_of_reach"] == scores.out_of_reach[0]
    assert "Weights keep 32.5 points of the gap out of reach of any step." in str(told)
    plain = one_customer(og.Scorer(model_of(A)).score({"id": ["u"], "a": [0.5], "API": [1]}), "u")
    assert "out_of_reach" not in plain.facts
    assert "reach" not in str(plain)
    page = og.report(scores)
    assert "with what weights keep out of reach" in page


def test_a_step_that_counts_only_where_the_customer_went_is_a_change_of_cell():
    needs = AllOf(A, B, weights=(1, per_cell(1, {"x": 0})))
    scorer = og.Scorer(model_of(needs, segments=["x", "y"]))
    frame = {"id": ["u"], "a": [0.5], "b": [0.5], "API": [1.0]}
    before, after = scorer.score(frame | {"segment": ["x"]}), scorer.score(frame | {"segment": ["y"], "a": [1.0]})
    for change, cell, data in (
        (after.change_since(before), -0.25, 0.25),
        (before.change_since(after), 0.5, -0.5),
    ):
        assert change.cell.sum() == pytest.approx(cell, abs=1e-15)
        assert dict(zip(change.steps, change.data[0], strict=True)) == pytest.approx({"a": data, "b": 0, "API": 0})


class Capped:
    """A scorer of one's own: 0.8 is the most that anyone reaches."""

    name, steps = "capped", [gap("a"), gap("b")]

    def score(self, customers: object) -> og.OutcomeScores:
        reached = og.attainments(self, customers)
        missing, parts = np.isnan(reached), 0.4 * (1 - np.nan_to_num(reached, nan=0.5))
        desired, half = 0.8 - parts.sum(axis=1), 0.2 * missing.sum(axis=1)
        beyond = np.full(len(desired), 0.2)
        bounds = {"low": desired - half, "high": desired + half}
        return og.OutcomeScores(
            self, customers, desired=desired, parts=parts, gain=parts, out_of_reach=beyond, **bounds
        )


def test_a_scorer_of_ones_own_says_what_is_out_of_reach():
    frame = {"id": ["u", "v"], "a": [1.0, 0.5], "b": [0.5, None]}
    scores = Capped().score(frame)
    assert scores.exact
    assert scores.limited
    assert scores.to_frame()["out_of_reach"].tolist() == [0.2, 0.2]
    np.testing.assert_allclose(scores.attribution().values.sum(axis=1) + scores.out_of_reach, scores.gap, atol=1e-12)
    total = scores.by().total
    assert total.out_of_reach == pytest.approx(0.2)
    assert total.out_of_reach_share + sum(each.share for each in total.gaps) == pytest.approx(1)
    assert "of the total gap out of reach" in str(scores.by())
    check_scorer(Capped(), frame)


@pytest.mark.parametrize(
    ("beyond", "says"),
    [
        ([0.1, 0.1], "parts and out_of_reach do not sum to the gap"),
        ([0.2, np.nan], "out_of_reach must not be NaN where there is a score"),
        ([0.2, 1.2], "out_of_reach"),
        ([0.2], "out_of_reach"),
        (["x", "y"], "out_of_reach"),
    ],
)
def test_what_a_scorer_of_ones_own_cannot_say_is_out_of_reach(beyond: list[object], says: str):
    parts = np.array([[0.5, 0.0], [0.25, 0.25]])
    with pytest.raises(og.ModelError, match=says):
        og.OutcomeScores(Capped(), {"a": [1, 2], "b": [1, 2]}, desired=[0.3, 0.3], parts=parts, out_of_reach=beyond)
