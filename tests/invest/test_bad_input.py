"""Every argument with what it cannot be: always a DataError that names the argument, never a traceback from inside."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.invest import Action, Alternative, lifetime_value, plan, switch_pressure, triage
from tests.invest.worlds import customers, model

FRAME = customers(np.random.default_rng(5), 5)
SCORES = og.Scorer(model()).score(FRAME, id="id")
DESK = Action("desk", {"reply_hours": 4}, 2)
RIVAL = Alternative("rival", "competitor", measures={"calls": 3})

TEXT = ["", "much", b"1", "1"]
LISTS = [[], [1], (1, 2), {}, {"a": 1}, np.array([1.0, 2.0])]
#: To NumPy a span of time is a whole number.
SPANS = [np.timedelta64(1, "D"), np.timedelta64("NaT")]
THINGS = [object(), 1j, True, *SPANS]
#: Beyond any float; Python does not even write the second one out.
HUGE = [10**400, -(10**400), [1.0, 10**400], 10**5000]
NO_NUMBERS = [*TEXT, *LISTS, *THINGS, float("nan"), float("inf"), -float("inf"), 10**400, 10**5000]
NEGATIVE = [-1, -0.5, np.float64(-1)]
NO_SHARES = [*NO_NUMBERS, *NEGATIVE, 1.5, 2]
NO_WHOLES = [*TEXT, *LISTS, *THINGS, float("nan"), float("inf"), *NEGATIVE, 1.5, np.float64(2.5)]
NO_TEXT = [None, "", "  ", b"a", 3, ["a"], float("nan"), object()]
NO_SCORES = [None, "scores", FRAME, 3, [], SCORES.desired, og.Scorer(model())]
#: One number a customer is wanted.
NO_VALUES = [
    None,
    "",
    "mr",
    "id",
    "segment",
    3,
    [],
    [1.0],
    [1.0] * 6,
    [[1.0]] * 5,
    ["a"] * 5,
    [None] * 5,
    [1, 2, 3, 4, np.nan],
    [1, 2, 3, 4, np.inf],
    [1, 2, 3, 4, -5],
    {"a": 1},
    object(),
    [1e300] * 5,
]


def cases(**bad):
    return [
        pytest.param(name, value, id=f"{name}-{i}") for name, values in bad.items() for i, value in enumerate(values)
    ]


def told(call, name):
    """Make the call; return what is told, which names the argument."""
    with pytest.raises(og.DataError) as told:
        call()
    assert name in str(told.value)
    assert len(str(told.value)) < 2_000
    return str(told.value)


@pytest.mark.parametrize(
    ("name", "value"),
    cases(
        name=NO_TEXT,
        raises=[None, "calls", 3, [], ["calls"], {}, {"calls": "x"}, {"calls": None}, {3: 1}, {"": 1}, {"calls": {}}]
        + [{"calls": number} for number in NO_NUMBERS if not isinstance(number, dict)]
        + [{"calls": {"big": "x"}}, {"calls": {"a/b/c": 1}}, {"calls": og.per_cell(og.column("x"), {})}],
        cost=[*NO_NUMBERS, *NEGATIVE, None],
        capacity=NO_WHOLES,
        segments=["big", b"big", [], {}, 3, [3], [""], [None], ["big", "big"], object(), True],
    ),
)
def test_action(name, value):
    given = {"name": "a", "raises": {"calls": 1}, "cost": 1, "capacity": 2, "segments": ["big"]} | {name: value}
    told(lambda: Action(**given), "name" if name == "name" else name)


@pytest.mark.parametrize(
    ("name", "value"),
    cases(
        name=NO_TEXT,
        kind=[None, "", "rival", "competitors", 3, ["product"], object()],
        attainments=["training", 3, [1], {"training": "x"}, {"training": float("nan")}, {3: 1}],
        measures=["calls", 3, [1], {"calls": "x"}, {"calls": float("inf")}, {"": 1}, {"calls": {"big": None}}],
        segments=["big", [], {}, 3, [3], [""], ["big", "big"]],
    ),
)
def test_alternative(name, value):
    given = {"name": "a", "kind": "product", "attainments": {"training": 1}, "measures": None, "segments": None}
    told(lambda: Alternative(**(given | {name: value})), name)


def test_an_alternative_that_says_nothing():
    told(lambda: Alternative("a", "product"), "attainments=")
    told(lambda: Alternative("a", "product", {}, {}), "measures=")


def test_kinds_are_suggested():
    assert "did you mean 'competitor'" in told(lambda: Alternative("a", "competitors", {"training": 1}), "kind")


@pytest.mark.parametrize(
    ("name", "value"),
    cases(
        scores=NO_SCORES,
        actions=[None, "desk", 3, [], {}, DESK, ["desk"], [DESK, DESK], [RIVAL], {DESK}],
        value=NO_VALUES,
        budget=[*NO_NUMBERS, *NEGATIVE],
        per=[None, "", "stage", "segments", 3, ["segment"], object()],
        together=[*NO_WHOLES, 0, None],
        gap=[*NO_SHARES, None],
        time_limit=[*NO_NUMBERS, *NEGATIVE, None],
    ),
)
def test_plan(name, value):
    given = {"scores": SCORES, "actions": [DESK], "value": "mrr"} | {name: value}
    said = {"value": "", "scores": "scores"}.get(name, name)
    told(lambda: plan(given.pop("scores"), given.pop("actions"), **given), said)


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (Action("a", {"reply_hour": 4}, 2), "did you mean 'reply_hours'"),
        (Action("a", {"list built": 4}, 2), "between 0 and 1"),
        (Action("a", {"calls": 101}, 2), "between 0 and 100"),
        (Action("a", {"calls": {"big": 101}}, 2), "between 0 and 100"),
        (Action("a", {"calls": {"bigg": 1}}, 2), "did you mean 'big'"),
        (Action("a", {"calls": og.per_cell(1, {"*/early": 1})}, 2), "no stage 'early'"),
        (Action("a", {"calls": 4}, 2, segments=["bigg"]), "did you mean 'big'"),
        (Action("a", {"calls": 4}, og.column("mr")), "did you mean 'mrr'"),
        (Action("a", {"calls": 4}, og.column("segment")), "must hold numbers"),
        (Action("a", {"calls": 4}, 1e250), "count in a larger unit"),
    ],
)
def test_actions_that_do_not_fit_the_scores(action, says):
    assert "'a'" in told(lambda: plan(SCORES, [action], value="mrr"), says)


def test_a_cost_that_is_not_known():
    scores = og.Scorer(model()).score(FRAME | {"price": [1, 2, -3, np.nan, 5]}, id="id")
    said = told(lambda: plan(scores, [Action("a", {"days": 2, "calls": 4}, og.column("price"))], value="mrr"), "price")
    assert "2 rows in all" in said


def test_everything_wrong_with_actions_is_told_at_once():
    actions = [DESK, DESK, "x", Action("a", {"calls": 101, "cals": 1}, 2, segments=["bigg", "mid"])]
    with pytest.raises(og.DataError) as told:
        plan(SCORES, actions, value="mrr")
    assert [problem.rule for problem in told.value.problems] == [
        "duplicate",
        "kind",
        "out-of-range",
        "unknown-name",
        "unknown-segment",
    ]
    assert [problem.suggestion for problem in told.value.problems[3:]] == ["calls", "big"]


def test_too_many_combinations():
    actions = [Action(f"a{i}", {"calls": 4}, 2) for i in range(30)]
    told(lambda: plan(SCORES, actions, value="mrr", together=20), "lower together=")


@pytest.mark.parametrize("ids", [["x"] * 5, ["a", "b", None, "d", "e"]])
def test_ids_that_do_not_name_customers(ids):
    scores = og.Scorer(model()).score(FRAME | {"id": ids}, id="id")
    told(lambda: plan(scores, [DESK], value="mrr", per="customer"), "an id of its own")


@pytest.mark.parametrize(
    ("name", "value"),
    cases(
        scores=NO_SCORES,
        value=NO_VALUES,
        by=[None, 3, [], [3], "segmnt", ["segment", "pln"], {}, object()],
        worth=[*NO_NUMBERS, *NEGATIVE],
        near=[*NO_SHARES, None],
        so_far=["mr", "id", 3, [1.0], ["a"] * 5, [1, 2, 3, 4, np.inf], {"a": 1}, object()],
    ),
)
def test_triage(name, value):
    given = {"scores": SCORES, "value": "mrr"} | {name: value}
    said = {"value": "", "so_far": ""}.get(name, name)
    told(lambda: triage(given.pop("scores"), **given), said)


@pytest.mark.parametrize(
    ("name", "value"),
    cases(
        scores=NO_SCORES,
        alternatives=[None, "rival", 3, [], {}, RIVAL, ["rival"], [RIVAL, RIVAL], [DESK]],
        switching_cost=[*NO_SHARES, None],
    ),
)
def test_switch_pressure(name, value):
    given = {"scores": SCORES, "alternatives": [RIVAL]} | {name: value}
    told(lambda: switch_pressure(given.pop("scores"), given.pop("alternatives"), **given), name)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"attainments": {"trainin": 1}}, "did you mean 'training'"),
        ({"attainments": {"calls": 1}}, "no step 'calls' (did you mean 'calls made'"),
        ({"measures": {"calls made": 1}}, "no measure 'calls made' (did you mean 'calls'"),
        ({"attainments": {"training": 2}}, "between 0 and 1"),
        ({"measures": {"calls": {"default": 1, "big": -1}}}, "between 0 and 100"),
        ({"measures": {"calls": {"bog": 1}}}, "did you mean 'big'"),
        ({"attainments": {"training": 1}, "segments": ["bog"]}, "did you mean 'big'"),
    ],
)
def test_alternatives_that_do_not_fit_the_scores(given, says):
    told(lambda: switch_pressure(SCORES, [Alternative("a", "product", **given)]), says)


@pytest.mark.parametrize(
    ("name", "value"),
    cases(
        margin=[None, "x", "", float("inf"), [1, "x"], {}, {"a": 1}, object(), [1j], *SPANS, SPANS, *HUGE],
        retention=[
            *(None, "x", float("nan"), float("inf"), -0.1, 1.1, [0.5, 2], {}, object(), [[0.5], [0.5, 1]]),
            *(*SPANS, SPANS, *HUGE),
        ],
        discount=[None, "x", float("nan"), float("inf"), -0.1, [0.1, -1], {}, object(), *SPANS, SPANS, *HUGE],
    ),
)
def test_lifetime_value(name, value):
    given = {"margin": 1.0, "retention": 0.5, "discount": 0.1} | {name: value}
    told(lambda: lifetime_value(**given), name)


def test_lifetime_value_of_columns_that_do_not_belong_together():
    told(lambda: lifetime_value([1, 2], [0.5, 0.5, 0.5], 0.1), "one length")
    told(lambda: lifetime_value(1, 1, 0), "no end")
