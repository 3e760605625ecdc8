"""Values out of range, and what does not fit the scores: a DataError with each problem's rule and place."""

from __future__ import annotations

import math

import numpy as np
import pytest

import outcomegap as og
from outcomegap.invest import Action, Alternative, lifetime_value, plan, switch_pressure, triage
from tests.invest.worlds import customers, model

FRAME = customers(np.random.default_rng(5), 5)
SCORES = og.Scorer(model()).score(FRAME, id="id")
DESK = Action("desk", {"reply_hours": 4}, 2)
RIVAL = Alternative("rival", "competitor", measures={"calls": 3})
NO_NUMBERS = [math.nan, math.inf, -math.inf, 10**400]
NEGATIVE = [-1, np.float64(-0.5)]
NO_SHARES = [*NO_NUMBERS, *NEGATIVE, 1.5, 2]
NO_WHOLES = [*NO_NUMBERS, *NEGATIVE, 1.5, np.float64(2.5)]
NO_VALUES = ["", "mr", "id", 3, [], [1.0] * 6, ["a"] * 5, [1, 2, 3, 4, np.nan], [1, 2, 3, 4, -5], [1e300] * 5]


def cases(**bad):
    return [
        pytest.param(name, value, id=f"{name}-{i}") for name, values in bad.items() for i, value in enumerate(values)
    ]


def problems(call):
    with pytest.raises(og.DataError) as told:
        call()
    assert len(str(told.value)) < 2_000
    return told.value.problems


def columns(call):
    return {problem.column for problem in problems(call)}


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        ("name", " ", "name"),
        ("raises", {}, "raises"),
        ("raises", {"calls": "x"}, "raises.calls"),
        ("raises", {"calls": {}}, "raises.calls"),
        ("raises", {"calls": {"a/b/c": 1}}, "raises.calls.a/b/c"),
        ("raises", {"calls": og.per_cell(og.column("x"), {})}, "raises.calls.default"),
        ("segments", ["big", "big"], "segments"),
        ("segments", [], "segments"),
        *(("raises", {"calls": number}, "raises.calls") for number in NO_NUMBERS),
        *(("cost", number, "cost") for number in [*NO_NUMBERS, *NEGATIVE, None, True]),
        *(("capacity", number, "capacity") for number in [*NO_WHOLES, True]),
    ],
)
def test_action(name, value, where):
    given = {"name": "a", "raises": {"calls": 1}, "cost": 1, "capacity": 2, "segments": ["big"]} | {name: value}
    assert where in columns(lambda: Action(**given))


def test_whole_numbers_of_any_kind_are_capacities():
    assert [Action("a", {"calls": 1}, 1, number).capacity for number in (3, 3.0, np.int64(3))] == [3, 3, 3]


def test_everything_wrong_with_an_action_is_told_at_once():
    assert columns(lambda: Action("", {"calls": math.nan}, -1, 1.5, [])) == {
        "name",
        "raises.calls",
        "cost",
        "capacity",
        "segments",
    }


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"name": ""}, "name"),
        ({"kind": "competitors"}, "kind"),
        ({"attainments": {}}, "attainments"),
        ({"attainments": {"training": "x"}}, "attainments.training"),
        ({"measures": {"calls": math.inf}}, "measures.calls"),
        ({"measures": {"calls": {"big": None}}}, "measures.calls.big"),
        ({"segments": []}, "segments"),
    ],
)
def test_alternative(given, where):
    assert columns(
        lambda: Alternative(**({"name": "a", "kind": "product", "attainments": {"training": 1}} | given))
    ) == {where}


@pytest.mark.parametrize(
    ("name", "value"),
    cases(
        actions=[[], [DESK, DESK]],
        value=NO_VALUES,
        budget=[*NO_NUMBERS, *NEGATIVE],
        per=["", "stage", "segments"],
        together=[*NO_WHOLES, 0],
        gap=NO_SHARES,
        time_limit=[*NO_NUMBERS, *NEGATIVE],
    ),
)
def test_plan(name, value):
    given = {"actions": [DESK], "value": "mrr"} | {name: value}
    problems(lambda: plan(SCORES, **given))


@pytest.mark.parametrize(
    ("action", "rule", "where", "near"),
    [
        (Action("a", {"reply_hour": 4}, 2), "unknown-name", "a.raises.reply_hour", "reply_hours"),
        (Action("a", {"list built": 4}, 2), "out-of-range", "a.raises.list built", None),
        (Action("a", {"calls": 101}, 2), "out-of-range", "a.raises.calls", None),
        (Action("a", {"calls": {"big": 101}}, 2), "out-of-range", "a.raises.calls.big", None),
        (Action("a", {"calls": {"bigg": 1}}, 2), "unknown-segment", "a.raises.calls.bigg", "big"),
        (Action("a", {"calls": og.per_cell(1, {"*/early": 1})}, 2), "unknown-stage", "a.raises.calls.*/early", None),
        (Action("a", {"calls": 4}, 2, segments=["bigg"]), "unknown-segment", "a.segments[0]", "big"),
        (Action("a", {"calls": 4}, og.column("mr")), "missing-column", "mr", "mrr"),
    ],
)
def test_actions_that_do_not_fit_the_scores(action, rule, where, near):
    (problem,) = problems(lambda: plan(SCORES, [action], value="mrr"))
    assert (problem.rule, problem.column) == (rule, where)
    assert (f"did you mean {near!r}?" in problem.message) == (near is not None)


def test_costs_that_cannot_be():
    with pytest.raises(og.DataError):
        plan(SCORES, [Action("a", {"calls": 4}, og.column("segment"))], value="mrr")
    assert columns(lambda: plan(SCORES, [Action("a", {"calls": 4}, 1e250)], value="mrr")) == {None}
    scores = og.Scorer(model()).score(FRAME | {"price": [1, 2, -3, np.nan, 5]}, id="id")
    action = Action("a", {"days": 2, "calls": 4}, og.column("price"))
    (problem,) = problems(lambda: plan(scores, [action], value="mrr"))
    assert (problem.rule, problem.rows, problem.count) == ("out-of-range", (2, 3), 2)


def test_everything_wrong_with_actions_is_told_at_once():
    actions = [DESK, DESK, Action("a", {"calls": 101, "cals": 1}, 2, segments=["bigg", "mid"])]
    found = problems(lambda: plan(SCORES, actions, value="mrr"))
    assert [problem.rule for problem in found] == ["repeated", "out-of-range", "unknown-segment", "unknown-name"]
    assert ["'big'" in found[2].message, found[3].suggestion] == [True, "calls"]


def test_too_many_combinations():
    actions = [Action(f"a{i}", {"calls": 4}, 2) for i in range(30)]
    with pytest.raises(og.DataError, match="lower together="):
        plan(SCORES, actions, value="mrr", together=20)


@pytest.mark.parametrize("ids", [["x"] * 5, ["a", "b", None, "d", "e"]])
def test_ids_that_do_not_name_customers(ids):
    scores = og.Scorer(model()).score(FRAME | {"id": ids}, id="id")
    assert columns(lambda: plan(scores, [DESK], value="mrr", per="customer")) == {"id"}


@pytest.mark.parametrize(
    ("name", "value"),
    cases(
        value=NO_VALUES,
        by=["segmnt", ["segment", "pln"]],
        worth=[*NO_NUMBERS, *NEGATIVE],
        near=NO_SHARES,
        so_far=["mr", "id", [1, 2, 3, 4, np.inf]],
    ),
)
def test_triage(name, value):
    with pytest.raises(og.DataError):
        triage(SCORES, **({"value": "mrr"} | {name: value}))


@pytest.mark.parametrize(("name", "value"), cases(alternatives=[[], [RIVAL, RIVAL]], switching_cost=NO_SHARES))
def test_switch_pressure(name, value):
    problems(lambda: switch_pressure(SCORES, **({"alternatives": [RIVAL]} | {name: value})))


@pytest.mark.parametrize(
    ("given", "rule", "where", "near"),
    [
        ({"attainments": {"trainin": 1}}, "unknown-name", "a.attainments.trainin", "training"),
        ({"attainments": {"calls": 1}}, "unknown-name", "a.attainments.calls", "calls made"),
        ({"measures": {"calls made": 1}}, "unknown-name", "a.measures.calls made", "calls"),
        ({"attainments": {"training": 2}}, "out-of-range", "a.attainments.training", None),
        ({"measures": {"calls": {"default": 1, "big": -1}}}, "out-of-range", "a.measures.calls.big", None),
        ({"measures": {"calls": {"bog": 1}}}, "unknown-segment", "a.measures.calls.bog", "big"),
        ({"attainments": {"training": 1}, "segments": ["bog"]}, "unknown-segment", "a.segments[0]", "big"),
    ],
)
def test_alternatives_that_do_not_fit_the_scores(given, rule, where, near):
    (problem,) = problems(lambda: switch_pressure(SCORES, [Alternative("a", "product", **given)]))
    assert (problem.rule, problem.column) == (rule, where)
    assert (f"did you mean {near!r}?" in problem.message) == (near is not None)


@pytest.mark.parametrize(
    ("name", "value"),
    cases(
        margin=[math.inf, [1, -math.inf]],
        retention=[math.nan, math.inf, -0.1, 1.1, [0.5, 2]],
        discount=[math.nan, math.inf, -0.1, [0.1, -1]],
    ),
)
def test_lifetime_value(name, value):
    given = {"margin": 1.0, "retention": 0.5, "discount": 0.1} | {name: value}
    assert columns(lambda: lifetime_value(**given)) == {name}


def test_a_value_without_an_end():
    assert columns(lambda: lifetime_value(1, 1, 0)) == {"discount"}
