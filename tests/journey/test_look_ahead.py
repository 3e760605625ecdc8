"""A look ahead: the drop adds up, equals what a real move to the later stage makes, and a hand calculation."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.errors import DataError, EngineError, ModelError
from outcomegap.journey import look_ahead
from tests.frames.kinds import KINDS, listed, make
from tests.journey.errors import rules_of
from tests.scoring.example import email_customers, email_model

STAGES = ("onboarding", "adopting", "scaling")
NAMES = ("startup", "enterprise")


def split(ahead, what):
    """What each step takes, a column a step: of the drop, or of the gap."""
    return np.stack([v for name, v in ahead.columns.items() if name.startswith(f"{what}: ")], axis=1)


def two_outcomes():
    """A model whose later stage has steps of its own, other weights and another gate."""
    calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=og.per_cell(4, {"*/late": 8}))
    won = og.SuccessGap("deals won", og.Measure("deals", low=0), floor=0, target=2, owner="customer", remedy="coach")
    reply = og.Expectation("replies", og.Measure("hours", low=0), floor=48, target=og.per_cell(24, {"*/late": 2}))
    sso = og.Expectation("single sign-on", og.Measure("sso", low=0, high=1), floor=0, target=1)
    early = og.DesiredOutcome(
        og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply), stages=["early"]
    )
    late = og.DesiredOutcome(
        og.RequiredOutcome("more sales", needs=og.AllOf(calls, won)),
        og.AppropriateExperience("how, grown up", expects=og.Mean(reply, sso, weights=(1, 3))),
        stages=["late"],
    )
    return og.OutcomeModel("two", desired_outcomes=[early, late], stages=["early", "late"])


def test_by_hand():
    """calls 4, deals 1, 24 h, no sso: early 1 x 1; late (4/8 x 1/2) x (1/4 x 24/46)."""
    row = {"id": ["A"], "stage": ["early"], "calls": [4], "deals": [1], "hours": [24], "sso": [0.0]}
    ahead = look_ahead(og.Scorer(two_outcomes()), row)
    reply = 24 / 46
    assert ahead[0]["desired_now"] == 1.0
    assert ahead[0]["desired_then"] == pytest.approx(0.25 * 0.25 * reply, abs=1e-15)
    # the new graph with calls and replies still met: R = 1/2, E = 1/4
    assert ahead.columns["structure"] == pytest.approx([1 - 1 / 8], abs=1e-12)
    # then R goes 1/2 -> 1/4 and E 1/4 -> reply/4 together, each by its own step: the product's line integral
    required, experience = (0.5, 0.25), (0.25, reply / 4)
    mean = sum(required) / 2, sum(experience) / 2
    parts = {name.removeprefix("drop: "): value for name, value in ahead[0].items()}
    assert parts["calls made"] == pytest.approx((required[0] - required[1]) * mean[1], abs=1e-12)
    assert parts["replies"] == pytest.approx((experience[0] - experience[1]) * mean[0], abs=1e-12)
    assert parts["deals won"] == parts["single sign-on"] == 0.0
    assert ahead[0]["structure"] + split(ahead, "drop")[0].sum() == pytest.approx(ahead[0]["drop"], abs=1e-12)
    assert split(ahead, "gap")[0].sum() == pytest.approx(ahead[0]["drop"], abs=1e-12)
    assert min(ahead[0]["gap: deals won"], ahead[0]["gap: single sign-on"]) > 0
    assert ahead[0]["first_missing"] == "calls made"  # the first of two equal parts of R
    assert ahead[0]["stands"] == "4 of 8"
    assert (ahead[0]["state_now"], ahead[0]["state_then"]) == ("successful", "failing")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_parts_add_up(dtype):
    for model, rows in ((email_model(), email_customers(500, seed=3)), (two_outcomes(), two_rows(200))):
        ahead = look_ahead(og.Scorer(model, dtype=dtype), rows)
        columns, parts, drop = ahead.columns, split(ahead, "drop"), ahead.columns["drop"]
        known = ~np.isnan(drop)
        assert known.sum() > 20
        assert np.abs(columns["structure"] + parts.sum(axis=1) - drop)[known].max() < 1e-12
        assert np.abs(split(ahead, "gap").sum(axis=1) - drop)[known].max() < 1e-12
        assert np.abs(columns["desired_now"] - columns["desired_then"] - drop)[known].max() < 1e-12
        assert np.isnan(parts[~known]).all()


def two_rows(n, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "id": np.arange(n), "stage": ["early"] * n, "calls": rng.uniform(0, 9, n), "deals": rng.uniform(0, 3, n),
        "hours": np.where(rng.random(n) < 0.1, np.nan, rng.uniform(0, 50, n)), "sso": rng.integers(0, 2, n).astype(float),
    }  # fmt: skip


@pytest.mark.parametrize(
    "make_rows", [lambda: (email_model(), email_customers(300, seed=5)), lambda: (two_outcomes(), two_rows(80))]
)
def test_equals_what_a_real_move_makes(make_rows):
    """Scored again with the stage really changed: the same D, states, and parts of the cell's change."""
    model, rows = make_rows()
    scorer = og.Scorer(model)
    ahead = look_ahead(scorer, rows)
    names = list(model.stage_names)
    moved = rows | {"stage": [names[min(names.index(s) + 1, len(names) - 1)] for s in rows["stage"]]}
    later = scorer.score(moved)
    change = later.change_since(scorer.score(rows))
    place = {name: number for number, name in enumerate(later.id.tolist())}
    here = np.array([place[name] for name in ahead.columns["id"].tolist()])
    np.testing.assert_array_equal(ahead.columns["desired_then"], later.desired[here])
    assert ahead.columns["state_then"].tolist() == later.state[here].tolist()
    known = ~np.isnan(ahead.columns["drop"])
    np.testing.assert_allclose(-ahead.columns["structure"][known], change.cell[here][known], rtol=0, atol=1e-12)
    np.testing.assert_allclose(-split(ahead, "drop")[known], change.cell_expectations[here][known], rtol=0, atol=1e-12)
    worklist = {row["id"]: row for row in later.worklist()}
    for row in (row for row in ahead if row["drop"] is not None):
        theirs = worklist[row["id"]]
        assert (row["first_missing"], row["stands"]) == (theirs["next_gap"], theirs["stands_at"])
    order = [name for name in later.id[later.order()].tolist() if name in set(ahead.columns["id"].tolist())]
    ideal = set(ahead.columns["id"][ahead.columns["ideal"]].tolist())
    assert ahead.columns["id"].tolist() == sorted(order, key=lambda name: name not in ideal)


def test_a_named_stage_and_who_stands_apart():
    rows = {"id": list("ABC"), "segment": ["startup"] * 3, "stage": STAGES} | {
        name: [1.0] * 3 for name in ("delivery_rate", "list_size", "click_rate", "offer_score", "first_reply_hours",
                                     "training_days", "sla_hours")
    }  # fmt: skip
    scorer = og.Scorer(email_model())
    ahead = look_ahead(scorer, rows, "adopting")
    assert ahead.columns["id"].tolist() == ["A"]
    assert [(row["id"], row["why"]) for row in ahead.parts["apart"]] == [
        ("B", "at 'adopting' already, or past it"),
        ("C", "at 'adopting' already, or past it"),
    ]
    assert look_ahead(scorer, rows, "scaling").columns["cell_then"].tolist() == ["startup/scaling"] * 2
    assert "Apart: 1 at the last stage." in str(look_ahead(scorer, rows))


def test_where_the_model_has_no_desired_outcome():
    calls = og.SuccessGap("calls", og.Measure("calls"), floor=0, target=4)
    reply = og.Expectation("reply", og.Measure("hours"), floor=48, target=24)
    sales = og.DesiredOutcome(og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply))
    growth = og.DesiredOutcome(
        og.RequiredOutcome("growth", needs=calls), og.AppropriateExperience("so", expects=reply), stages=["early"]
    )
    model = og.OutcomeModel("goals", desired_outcomes=[sales, growth], stages=["early", "late"])
    rows = {"id": ["A", "B"], "stage": ["early"] * 2, "goal": ["sales", "growth"], "calls": [4, 4], "hours": [24, 24]}
    ahead = look_ahead(og.Scorer(model), rows)
    assert ahead.columns["cell_then"].tolist() == ["all/late/sales"]
    assert ahead.parts["apart"][0]["why"] == "the model has no desired outcome there"


def test_rows_set_aside_stand_apart_and_where_floor_and_target_are_one_data_are_needed():
    reply = og.Expectation(
        "reply", og.Measure("hours"), floor=og.column("worst"), target=og.per_cell(24, {"*/late": 2})
    )
    calls = og.SuccessGap("calls", og.Measure("calls", low=0), floor=0, target=4)
    model = og.OutcomeModel("own", stages=["early", "late"], desired_outcomes=[
        og.DesiredOutcome(og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply))
    ])  # fmt: skip
    rows = {"id": list("ABC"), "stage": ["early"] * 3, "calls": [4, -1, 4], "hours": [24] * 3, "worst": [2, 48, 48]}
    scores = og.Scorer(model).score(rows, on_bad="set_aside")
    ahead = look_ahead(scores.scorer, scores)
    assert dict(zip(ahead.columns["id"].tolist(), ahead.columns["state_then"].tolist(), strict=True)) == {
        "A": "uncertain", "C": "successful"
    }  # fmt: skip
    assert {row["id"]: row["why"] for row in ahead.parts["apart"]} == {"B": "set aside"}


def test_need_data_then():
    """Known enough now, too little for the later stage."""
    row = {"id": ["A"], "stage": ["early"], "calls": [4.0], "deals": [np.nan], "hours": [np.nan], "sso": [np.nan]}
    ahead = look_ahead(og.Scorer(two_outcomes()), row)
    assert np.isnan(ahead.columns["drop"]).all()
    assert np.isnan(split(ahead, "drop")).all()
    assert (ahead[0]["most_raised"], ahead[0]["first_missing"]) == (None, None)
    assert ahead[0]["find_out"] is not None
    assert ahead.parts["moves"][0]["need_data"] == 1


def test_ideal_segments_stand_first_and_the_others_are_in_no_total():
    ahead = look_ahead(og.Scorer(email_model()), email_customers(300))
    *moves, total = ahead.parts["moves"]
    assert [move["ideal"] for move in moves] == [True] * 4 + [False] * 2
    good = np.array([cell.startswith(NAMES) for cell in ahead.columns["cell_now"].tolist()])
    assert total["customers"] == sum(good)
    known = good & ~np.isnan(ahead.columns["drop"])
    assert total["drop"] == pytest.approx(ahead.columns["drop"][known].mean())
    scaling = next(move for move in moves if (move["segment"], move["stage"]) == ("enterprise", "adopting"))
    assert (scaling["raised"], scaling["structure"]) == ("list built", 0.0)
    assert (
        sum(scaling[f"{state}_then"] for state in ("failing", "tolerating", "successful", "uncertain"))
        == scaling["customers"]
    )
    assert "hobby (not ideal)" in str(ahead)


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame(kind):
    columns = {
        name: np.asarray(values).tolist()
        for name, values in email_customers(20, missing=0).items()
        if name != "renewal"
    }
    ahead = look_ahead(og.Scorer(email_model()), make(kind, columns))
    found = listed(ahead.to_frame())
    assert found["id"] == ahead.columns["id"].tolist()
    assert "drop: list built" in found
    for frame in (ahead.parts["moves"].to_frame(), ahead.parts["apart"].to_frame()):
        assert type(frame) is type(ahead.to_frame())


def test_without_ids_rows_are_named_by_position():
    rows = {name: values for name, values in email_customers(12).items() if name != "id"}
    ahead = look_ahead(og.Scorer(email_model()), rows)
    assert next(iter(ahead.to_frame())) == "row"
    stage = np.array(rows["stage"], dtype=object)[ahead.columns["row"]]
    assert [cell.split("/")[1] for cell in ahead.columns["cell_now"].tolist()] == stage.tolist()


def test_nobody():
    ahead = look_ahead(og.Scorer(email_model()), {name: values[:0] for name, values in email_customers(3).items()})
    assert (len(ahead), len(ahead.parts["moves"]), len(ahead.parts["apart"])) == (0, 1, 0)
    assert ahead.parts["moves"][-1]["drop"] is None
    assert "0 customers" in str(ahead)
    assert "<table" in ahead.html()


ROW = {"id": ["A"], "stage": ["early"], "calls": [4], "deals": [1], "hours": [24], "sso": [0.0]}


def test_segment_column_is_looked_for_where_the_model_has_segments():
    with pytest.raises(DataError, match="there is no column 'sgment'"):
        look_ahead(og.Scorer(email_model()), email_customers(3), segment="sgment")


def test_a_model_without_stages():
    calls = og.SuccessGap("calls", og.Measure("calls"), floor=0, target=4)
    reply = og.Expectation("reply", og.Measure("hours"), floor=48, target=24)
    outcome = og.DesiredOutcome(og.RequiredOutcome("s", needs=calls), og.AppropriateExperience("h", expects=reply))
    scorer = og.Scorer(og.OutcomeModel("flat", desired_outcomes=[outcome]))
    with pytest.raises(ModelError, match="has no stages to go through"):
        look_ahead(scorer, {"calls": [1], "hours": [2]})


def test_scores_of_another_model():
    with pytest.raises(DataError, match="scored by another model"):
        look_ahead(og.Scorer(two_outcomes()), og.Scorer(email_model()).score(email_customers(3)))


def test_a_join_that_no_line_splits():
    import attrs

    model = two_outcomes()
    outcomes = [attrs.evolve(outcome, join="weakest") for outcome in model.desired_outcomes]
    with pytest.raises(EngineError, match="product join"):
        look_ahead(og.Scorer(attrs.evolve(model, desired_outcomes=outcomes)), ROW)


@pytest.mark.parametrize(("arguments", "rule"), [
    ({"to": "lte"}, "unknown-value"), ({"stage": "stge"}, "missing-column"), ({"id": "di"}, "missing-column"),
])  # fmt: skip
def test_bad_arguments(arguments, rule):
    assert rules_of(lambda: look_ahead(og.Scorer(two_outcomes()), **{"customers": ROW} | arguments)) == [rule]
