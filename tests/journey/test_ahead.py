"""A look ahead: the drop adds up, equals what a real move to the later stage makes, and a hand calculation."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.errors import DataError, EngineError, ModelError
from outcomegap.journey.ahead import look_ahead
from tests.frames.kinds import KINDS, listed, make
from tests.scoring.example import email_customers, email_model

STAGES = ("onboarding", "adopting", "scaling")
NAMES = ("startup", "enterprise")


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
    assert ahead.now.desired.tolist() == [1.0]
    assert ahead.then.desired == pytest.approx(0.25 * 0.25 * reply, abs=1e-15)
    # the new graph with calls and replies still met: R = 1/2, E = 1/4
    assert ahead.structure == pytest.approx([1 - 1 / 8], abs=1e-12)
    # then R goes 1/2 -> 1/4 and E 1/4 -> reply/4 together, each by its own step: the product's line integral
    required, experience = (0.5, 0.25), (0.25, reply / 4)
    mean = sum(required) / 2, sum(experience) / 2
    parts = dict(zip(ahead.steps, ahead.parts[0].tolist(), strict=True))
    assert parts["calls made"] == pytest.approx((required[0] - required[1]) * mean[1], abs=1e-12)
    assert parts["replies"] == pytest.approx((experience[0] - experience[1]) * mean[0], abs=1e-12)
    assert parts["deals won"] == parts["single sign-on"] == 0.0
    assert ahead.structure[0] + ahead.parts[0].sum() == pytest.approx(ahead.drop[0], abs=1e-12)
    assert ahead.by_step[0].sum() == pytest.approx(ahead.drop[0], abs=1e-12)
    assert (ahead.by_step[0][[list(ahead.steps).index(n) for n in ("deals won", "single sign-on")]] > 0).all()
    assert ahead.first_missing.tolist() == ["calls made"]  # the first of two equal parts of R
    assert ahead.stands.tolist() == ["4 of 8"]
    assert (ahead.now.state.tolist(), ahead.then.state.tolist()) == (["successful"], ["failing"])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_parts_add_up(dtype):
    for model, rows in ((email_model(), email_customers(500, seed=3)), (two_outcomes(), two_rows(200))):
        ahead = look_ahead(og.Scorer(model, dtype=dtype), rows)
        known = ~np.isnan(ahead.drop)
        assert known.sum() > 20
        assert np.abs(ahead.structure + ahead.parts.sum(axis=1) - ahead.drop)[known].max() < 1e-12
        assert np.abs(ahead.by_step.sum(axis=1) - ahead.drop)[known].max() < 1e-12
        slack = 1e-12 if dtype == "float64" else 1e-5
        assert np.abs(ahead.now.desired - ahead.then.desired - ahead.drop)[known].max() < slack
        assert np.isnan(ahead.parts[~known]).all()


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
    here = ahead.positions
    np.testing.assert_array_equal(ahead.then.desired, later.desired[here])
    assert ahead.then.state.tolist() == later.state[here].tolist()
    known = ~np.isnan(ahead.drop)
    np.testing.assert_allclose(-ahead.structure[known], change.cell[here][known], rtol=0, atol=1e-12)
    np.testing.assert_allclose(-ahead.parts[known], change.cell_expectations[here][known], rtol=0, atol=1e-12)
    worklist = {row["id"]: row for row in later.worklist()}
    for number, name in enumerate(ahead.id.tolist()):
        if known[number]:
            assert (ahead.first_missing[number], ahead.stands[number]) == (
                worklist[name]["next_gap"],
                worklist[name]["stands_at"],
            )


def test_a_named_stage_and_who_stands_apart():
    rows = {"id": list("ABC"), "segment": ["startup"] * 3, "stage": STAGES} | {
        name: [1.0] * 3 for name in ("delivery_rate", "list_size", "click_rate", "offer_score", "first_reply_hours",
                                     "training_days", "sla_hours")
    }  # fmt: skip
    scorer = og.Scorer(email_model())
    ahead = look_ahead(scorer, rows, "adopting")
    assert ahead.id.tolist() == ["A"]
    assert [(row["id"], row["why"]) for row in ahead.apart] == [("B", "there already"), ("C", "past 'adopting'")]
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
    assert ahead.apart[0]["why"] == "the model has no desired outcome there"


def test_rows_set_aside_and_a_span_that_is_none_stand_apart():
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
    assert ahead.id.tolist() == ["C"]
    why = {row["id"]: row["why"] for row in ahead.apart}
    assert why == {"A": "floor and target are one number at that stage", "B": "set aside"}


def test_need_data_then():
    """Known enough now, too little for the later stage."""
    row = {"id": ["A"], "stage": ["early"], "calls": [4.0], "deals": [np.nan], "hours": [np.nan], "sso": [np.nan]}
    ahead = look_ahead(og.Scorer(two_outcomes()), row)
    assert np.isnan(ahead.drop).all()
    assert np.isnan(ahead.parts).all()
    assert (ahead.most_raised[0], ahead.first_missing[0]) == (None, None)
    assert ahead.unknown_first[0] is not None
    assert ahead.moves[0].need_data == 1


def test_ideal_segments_stand_first_and_the_others_are_in_no_total():
    ahead = look_ahead(og.Scorer(email_model()), email_customers(300))
    assert [move.ideal for move in ahead.moves] == [True] * 4 + [False] * 2
    total = ahead.moves.total
    good = [s in NAMES for s in np.array(email_customers(300)["segment"])[ahead.positions]]
    assert total.customers == sum(good)
    known = np.array(good) & ~np.isnan(ahead.drop)
    assert total.drop == pytest.approx(ahead.drop[known].mean())
    scaling = next(m for m in ahead.moves if (m.segment, m.stage) == ("enterprise", "adopting"))
    assert (scaling.raised, scaling.structure) == ("list built", 0.0)
    assert sum(scaling.states_then.values()) == scaling.customers
    assert "hobby (not ideal)" in str(ahead)
    assert len(ahead.moves[1:3]) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame(kind):
    columns = {
        name: np.asarray(values).tolist()
        for name, values in email_customers(20, missing=0).items()
        if name != "renewal"
    }
    ahead = look_ahead(og.Scorer(email_model()), make(kind, columns))
    found = listed(ahead.to_frame(steps=True))
    assert found["id"] == ahead.id.tolist()
    assert "drop: list built" in found
    for frame in (ahead.moves.to_frame(), ahead.apart.to_frame()):
        assert type(frame) is type(ahead.to_frame())


def test_without_ids_rows_are_named_by_position():
    rows = {name: values for name, values in email_customers(12).items() if name != "id"}
    ahead = look_ahead(og.Scorer(email_model()), rows)
    assert ahead.id.tolist() == ahead.positions.tolist()
    assert next(iter(ahead.to_frame())) == "row"
    assert [row["row"] for row in ahead.rows()] == ahead.positions.tolist()


def test_nobody():
    ahead = look_ahead(og.Scorer(email_model()), {name: values[:0] for name, values in email_customers(3).items()})
    assert (len(ahead), len(ahead.moves), len(ahead.apart)) == (0, 0, 0)
    assert np.isnan(ahead.moves.total.drop)
    assert "0 customers" in str(ahead)
    assert "<table>" in ahead._repr_html_()


ROW = {"id": ["A"], "stage": ["early"], "calls": [4], "deals": [1], "hours": [24], "sso": [0.0]}


@pytest.mark.parametrize(
    ("argument", "value", "error", "message"),
    [
        ("scorer", two_outcomes(), DataError, "scorer is an og.Scorer"),
        ("customers", 3, DataError, "no data frame"),
        ("customers", {"stage": ["early"]}, DataError, "cannot score this frame"),
        ("to", "lte", DataError, "to is 'next' or a stage .got 'lte'. .did you mean 'late'"),
        ("to", 3, DataError, "to is 'next' or a stage"),
        ("segment", 3, DataError, "look_ahead: segment names a column .got 3"),
        ("stage", "stge", DataError, "there is no column 'stge' .did you mean 'stage'"),
        ("goal", "g", None, ""),
        ("goal", None, DataError, "goal names a column"),
        ("id", 3, DataError, "id names a column"),
        ("id", "di", DataError, "there is no column 'di'"),
    ],
)
def test_bad_arguments(argument, value, error, message):
    arguments = {"scorer": og.Scorer(two_outcomes()), "customers": ROW} | {argument: value}
    if error is None:  # the model has no segments and no goals, so that nobody looks for the column
        assert len(look_ahead(arguments.pop("scorer"), arguments.pop("customers"), **arguments)) == 1
        return
    with pytest.raises(error, match=message):
        look_ahead(arguments.pop("scorer"), arguments.pop("customers"), **arguments)


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
