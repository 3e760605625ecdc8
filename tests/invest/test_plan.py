"""Plans: what they return, what they cost, whom they are done for, and what is told of bad input."""

from __future__ import annotations

import time

import numpy as np
import pytest

import outcomegap as og
from outcomegap.invest import Action, plan
from tests.invest.worlds import LOWER, customers, model

SCORER = og.Scorer(model())
MEASURES = {"calls": 4, "list_size": 400, "clicks": 0.08, "reply_hours": 6, "days": 2}


def test_effects_do_not_add_up():
    frame = {k: v[:1] for k, v in customers(np.random.default_rng(0), 1).items()}
    frame |= {"segment": ["small"], "calls": [0.0], "list_size": [0.0], "clicks": [0.0], "reply_hours": [1.0]}
    frame |= {"days": [2.0], "mrr": [100.0]}
    actions = [Action("call", {"calls": 4}, 5), Action("list", {"list built": 1}, 5)]
    scores = SCORER.score(frame)
    assert plan(scores, actions, value="mrr", together=1).value == 0
    both = plan(scores, actions, value="mrr", together=2, budget=10)
    assert both.value == pytest.approx(100)
    assert both.chosen == {"small": ("call", "list")}
    assert both.greedy_value == 0


def row(**more):
    """One customer of the segment small, or several, of whom everything is attained but what is said."""
    size = max((len(values) for values in more.values()), default=1)
    whole = {"calls": 4.0, "list_size": 500.0, "clicks": 0.0, "reply_hours": 1.0, "days": 2.0, "mrr": 100.0}
    frame = {name: [value] * size for name, value in whole.items()}
    return frame | {"id": [f"c{i}" for i in range(size)], "segment": ["small"] * size} | more


def test_an_action_is_done_for_those_whom_it_changes_and_costs_nothing_for_others():
    """Of four, one stands better, one was never observed, one is at the target already."""
    scores = SCORER.score(row(reply_hours=[36, 12, np.nan, 24]), id="id")
    found = plan(scores, [Action("desk", {"reply_hours": 24}, cost=5, capacity=1)], value="mrr", budget=5)
    assert found.chosen == {"small": ("desk",)}
    assert (found.cost, found.value) == (5, pytest.approx(25))
    assert found.to_frame()["customers"].tolist() == [1]
    assert found.by_action()[0] == {"action": "desk", "customers": 1, "cost": 5.0, "capacity": 1}
    assert not plan(scores, [Action("desk", {"reply_hours": 24}, 5, capacity=0)], value="mrr").chosen


def test_what_raises_an_attainment_costs_even_if_nothing_comes_of_it():
    """The list is not needed while no calls are made: it is built all the same where it comes with the calls."""
    scores = SCORER.score(row(calls=[0, 4], list_size=[0, 0]), id="id")
    found = plan(scores, [Action("list", {"list built": 1}, cost=3)], value="mrr")
    assert (found.cost, found.value) == (6, pytest.approx(100))
    assert plan(scores, [Action("list", {"list built": 1}, cost=3)], value="mrr", per="customer").cost == 3


def test_customers_reached_by_two_actions_count_once():
    scores = SCORER.score(row(calls=[2, 4, 2], days=[1, 1, 2]), id="id")
    actions = [Action("call", {"calls": 4}, 1), Action("train", {"training": 1}, 1)]
    found = plan(scores, actions, value="mrr")
    assert found.to_frame()["customers"].tolist() == [3]
    assert [one["customers"] for one in found.by_action()] == [2, 2]
    assert found.cost == 4


def test_a_cost_of_each_customers_own():
    scores = SCORER.score(row(calls=[2, 2, 4], price=[7.0, 30.0, np.nan]), id="id")
    action = Action("call", {"calls": 4}, og.column("price"))
    found = plan(scores, [action], value="mrr", budget=10, per="customer")
    assert (found.chosen, found.cost) == ({"c0": ("call",)}, 7)
    assert plan(scores, [action], value="mrr").cost == 37


def test_levels_that_differ_by_segment():
    frame = row(calls=[1, 1, 1]) | {"segment": ["small", "mid", "big"]}
    found = plan(
        SCORER.score(frame, id="id"),
        [Action("call", {"calls": {"small": 2, "mid": 4}}, 1)],
        value="mrr",
        per="customer",
    )
    assert set(found.chosen) == {"c0", "c1"}
    assert found.value == pytest.approx(25 + 75)
    both = Action("call", {"calls made": og.per_cell(1, {"small": 0.5})}, 1)
    assert plan(SCORER.score(frame, id="id"), [both], value="mrr").value == pytest.approx(25 + 75 + 75)


def test_a_name_that_is_both_step_and_measure_asks_which():
    calls = og.SuccessGap("calls", og.Measure("calls"), floor=0, target=4)
    reply = og.Expectation("reply", og.Measure("hours"), floor=48, target=24)
    parts = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(*parts)]))
    scores = scorer.score({"calls": [0], "hours": [1]})
    for given in ({"calls": 1}, {"calls": 1, "reply": 1}, {"calls": {"all": 1}}):
        with pytest.raises(og.DataError) as caught:
            plan(scores, [Action("call", given, 1)], value=[100])
        (problem,) = caught.value.problems
        assert problem.rule == "two-meanings"
        assert all(said in problem.message for said in ("'gaps.calls'", "'measures.calls'"))
    assert plan(scores, [Action("call", {"gaps.calls": 1}, 1)], value=[100]).value == pytest.approx(100)
    assert plan(scores, [Action("call", {"measures.calls": 1}, 1)], value=[100]).value == pytest.approx(25)
    with pytest.raises(og.DataError, match="out-of-range"):
        plan(scores, [Action("call", {"gaps.calls": 2}, 1)], value=[100])
    rival = og.invest.Alternative("rival", "hired", measures={"calls": 1})
    assert og.invest.switch_pressure(scores, [rival]).pressure.tolist() == [0.25]


def test_a_measure_that_is_lowered_may_be_named_by_its_path():
    open_ones = og.SuccessGap("complaints", og.Measure("complaints", low=0), floor=4, target=0)
    reply = og.Expectation("hours", og.Measure("hours"), floor=48, target=24)
    parts = og.RequiredOutcome("sales", needs=open_ones), og.AppropriateExperience("how", expects=reply)
    scorer = og.Scorer(og.OutcomeModel("desk", desired_outcomes=[og.DesiredOutcome(*parts)]))
    scores = scorer.score({"complaints": [4, 0, 2], "hours": [24, 24, 36]})
    best = plan(scores, [Action("desk", {"measures.complaints": 0}, 1)], value=[1, 2, 4], budget=9, per="customer")
    assert best.value == pytest.approx(1 + 4 * 0.25)
    best = plan(scores, [Action("desk", {"measures.hours": {"all": 24}}, 1)], value=[1, 2, 4], budget=9)
    assert best.value == pytest.approx(4 * 0.25)


def test_a_measure_that_feeds_steps_of_both_directions_is_told():
    hours = og.Measure("hours")
    some = og.SuccessGap("some", hours, floor=0, target=10), og.Expectation("few", hours, floor=20, target=5)
    parts = og.RequiredOutcome("r", needs=some[0]), og.AppropriateExperience("e", expects=some[1])
    scores = og.Scorer(og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(*parts)])).score({"hours": [8]})
    with pytest.raises(og.DataError, match="name the steps"):
        plan(scores, [Action("a", {"hours": 9}, 1)], value=[1])
    assert plan(scores, [Action("a", {"few": 1}, 1)], value=[1]).value > 0


def test_what_is_missing_stays_missing_and_who_has_no_score_gets_nothing():
    frame = customers(np.random.default_rng(1), 4)
    frame["calls"][0] = np.nan
    for name in ("calls", "list_size", "clicks"):
        frame[name][1] = np.nan
    scores = SCORER.score(frame, id="id")
    found = plan(scores, [Action("call", {"calls": 4}, 1)], value="mrr", per="customer")
    assert not {"c0", "c1"} & set(found.chosen)
    assert found.unscored == 1
    assert "and so without actions: 1." in str(found)


def test_ten_thousand_customers_and_twenty_actions_take_seconds():
    rng = np.random.default_rng(7)
    scores = SCORER.score(customers(rng, 10_000), id="id")
    names = [*MEASURES]
    actions = []
    for number in range(20):
        name = names[number % 5]
        start = 30.0 if name in LOWER else 0.0
        to = start + (MEASURES[name] - start) * (0.4 + 0.15 * (number // 5))
        actions.append(Action(f"a{number}", {name: to}, 5 + number, 3_000 if number % 7 == 0 else None))
    for per, gap, least in (("segment", 1e-6, 0.0), ("customer", 1e-4, 1.0)):
        began = time.perf_counter()
        found = plan(scores, actions, value="mrr", budget=60_000, per=per, gap=gap, time_limit=30)
        took = time.perf_counter() - began
        assert took < 60
        assert found.gap < 1e-3
        assert found.value >= max(least, found.greedy_value - 1e-6)
        assert found.cost <= 60_000 * (1 + 1e-9)


def test_a_plan_is_read_as_text_and_as_a_frame():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(customers(np.random.default_rng(3), 30))
    found = plan(SCORER.score(frame, id="id"), [Action("desk", {"reply_hours": 4}, 2)], value="mrr", budget=1_000)
    table = found.to_frame()
    assert isinstance(table, pandas.DataFrame)
    assert table["value"].sum() == pytest.approx(found.value)
    assert table["cost"].sum() == pytest.approx(found.cost)
    assert "This plan returns at most" in str(found)
    assert "<table" in found._repr_html_()
    assert len(found) == len(table)


@pytest.mark.parametrize("values", [[0.0] * 4, [1e-300] * 4, [1e150] * 4])
@pytest.mark.parametrize("budget", [None, 0, 1e-300, 1e150])
def test_the_gap_is_a_share_whatever_the_numbers(values, budget):
    scores = SCORER.score(customers(np.random.default_rng(4), 4), id="id")
    actions = [Action("free", {"calls": 4}, 0), Action("dear", {"reply_hours": 1}, 1e100, capacity=2)]
    for per in ("segment", "customer"):
        for seconds in (0, 60):
            found = plan(scores, actions, value=values, budget=budget, per=per, time_limit=seconds)
            assert 0 <= found.gap <= 1
            assert found.greedy_value <= found.value <= found.bound
            assert budget is None or found.cost <= budget


def test_without_customers_there_is_an_empty_plan():
    nobody = {name: [] for name in customers(np.random.default_rng(4), 1)}
    for per in ("segment", "customer"):
        found = plan(SCORER.score(nobody, id="id"), [Action("call", {"calls": 4}, 1)], value="mrr", per=per)
        assert (len(found), found.value, found.bound, found.gap, found.chosen) == (0, 0, 0, 0, {})
        assert len(found.to_frame()["actions"]) == 0
