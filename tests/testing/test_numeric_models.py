"""Invented models with gates on numbers and other joins: valid, varied, and scored as any others."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import outcomegap as og
from outcomegap.model import Step
from outcomegap.model.gate import NumericGate, gates_of
from outcomegap.testing import check_model, customers, gates, models, random_model, steps
from outcomegap.testing.scorers import answers_of

TRAITS: dict[str, Any] = {"numeric": True, "joins": True, "max_steps": 6}
ALONE = ("desired", "required", "experience", "low", "high", "coverage")


def graphs(model: og.OutcomeModel) -> list[Any]:
    return [root for o in model.desired_outcomes for root in (o.required.needs, o.experience.expects)]


def test_they_are_valid_and_varied() -> None:
    kinds: Counter[str] = Counter()
    for seed in range(400):
        model = random_model(seed, numeric=True, joins=True, columns=seed % 3 == 0)
        assert not [finding for finding in og.check(model) if finding.severity == "error"]
        inner = [gate for root in graphs(model) for gate in gates_of(root)]
        numeric = [gate for gate in inner if isinstance(gate, NumericGate)]
        kinds.update(type(gate).__name__ for gate in inner)
        kinds.update(f"under {type(gate).__name__}" for gate in inner for each in gate.children if each in numeric)
        kinds.update(f"join {outcome.join.name}" for outcome in model.desired_outcomes)
        kinds.update("over gates" for gate in numeric if any(not isinstance(c, Step) for c in gate.children))
        kinds.update("shared" for each in numeric if sum(each in gate.children for gate in inner) > 1)
    wanted = {"Weakest", "PowerMean", "join product", "join weakest", "join weighted", "over gates", "shared"}
    assert wanted | {"under AllOf", "under AnyOf", "under AtLeast", "under Mean"} <= set(kinds)


def test_they_come_when_asked_for_only() -> None:
    for seed in range(100):
        model = random_model(seed)
        assert all(outcome.join.name == "product" for outcome in model.desired_outcomes)
        assert not any(isinstance(gate, NumericGate) for root in graphs(model) for gate in gates_of(root))


@pytest.mark.parametrize("seed", range(12))
def test_the_kit(seed: int) -> None:
    assert check_model(random_model(seed, **TRAITS), n=30) == 23


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_bounds_order_splitting_and_one_by_one(data: st.DataObject) -> None:
    model = data.draw(models(**TRAITS))
    frame = data.draw(customers(model, max_rows=4))
    scorer = og.Scorer(model)
    scores = scorer.score(frame)
    whole, size = answers_of(scores), len(scores)
    known = ~np.isnan(scores.desired)
    assert (scores.low[known] <= scores.desired[known] + 1e-9).all()
    assert (scores.desired[known] <= scores.high[known] + 1e-9).all()
    back = answers_of(scorer.score({name: values[::-1] for name, values in frame.items()}))
    for name, values in whole.items():
        np.testing.assert_array_equal(back[name][::-1], values, name)
    for row in range(size):
        alone = answers_of(scorer.score({name: values[row : row + 1] for name, values in frame.items()}))
        for name, values in whole.items():
            np.testing.assert_array_equal(alone[name], values[row : row + 1], name)
        one = scorer.score_one({name: values[row] for name, values in frame.items()})
        for name in ALONE:
            np.testing.assert_allclose(getattr(one, name), getattr(scores, name)[row], atol=1e-12, err_msg=name)
        assert one.state == scores.state[row]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_gates_on_numbers_over_given_steps(data: st.DataObject) -> None:
    given_steps = [data.draw(steps("required", name)) for name in "abcd"]
    root = data.draw(gates(given_steps, numeric=True))
    suits = og.AppropriateExperience("e", expects=og.Expectation("w", og.Measure("w"), floor=0, target=1))
    goal = og.DesiredOutcome(og.RequiredOutcome("r", needs=root), suits)
    model = og.OutcomeModel("invented", desired_outcomes=[goal])
    assert "shared-under-numeric" not in {finding.rule for finding in og.check(model)}
