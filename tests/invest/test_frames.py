"""Any kind of frame comes back as it came, with the same rows; and scores of every kind can be asked."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.invest import Action, Alternative, plan, switch_pressure, triage
from outcomegap.model import PowerMean, Weakest, WeightedJoin
from tests.frames.kinds import KINDS, listed, make
from tests.invest.worlds import customers, model

SCORER = og.Scorer(model())
FRAME = {
    name: [None if value != value else value for value in np.asarray(values, dtype=object).tolist()]
    for name, values in customers(np.random.default_rng(8), 12).items()
}
FRAME["calls"][2] = None
PRICE = {"price": [float(i) for i in range(12)]}
ACTIONS = [
    Action("desk", {"reply_hours": 4}, 2),
    Action("call", {"calls": {"big": 4, "default": 3}}, og.column("price"), capacity=5),
]
RIVAL = Alternative("rival", "competitor", measures={"calls": {"big": 4, "small": 1}})


def tables(scores):
    """Return every frame that can be had, by what makes it."""
    return {
        "segments": plan(scores, ACTIONS, value="mrr", budget=30).to_frame(),
        "customers": plan(scores, ACTIONS, value="mrr", budget=30, per="customer").to_frame(),
        "actions": plan(scores, ACTIONS, value="mrr", budget=30).by_action().to_frame(),
        "triage": triage(scores, value="mrr", so_far="price").to_frame(),
        "switch": switch_pressure(scores, [RIVAL]).to_frame(),
    }


WANTED = {name: listed(table) for name, table in tables(SCORER.score(FRAME | PRICE, id="id")).items()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_kind_comes_back(kind):
    frame = make(kind, FRAME | PRICE)
    for name, table in tables(SCORER.score(frame, id="id")).items():
        back = listed(table)
        assert list(back) == list(WANTED[name])
        for column, values in WANTED[name].items():
            wanted = [None if v is None or v != v else v for v in values]
            assert [None if v is None or v != v else v for v in back[column]] == pytest.approx(wanted), (name, column)
        alike = make(kind, {"a": [1.0]})
        if kind not in ("lazy", "capsule"):
            assert type(table) is type(alike)


def test_text_and_html():
    scores = SCORER.score(FRAME | PRICE, id="id")
    for shown in (plan(scores, ACTIONS, value="mrr"), switch_pressure(scores, [RIVAL]), triage(scores, value="mrr")):
        assert "<table" in shown._repr_html_()
        assert str(shown)
        assert len(repr(shown)) < 200


def test_an_id_called_like_one_of_our_columns():
    frame = FRAME | PRICE | {"cost": FRAME["id"], "best": FRAME["id"]}
    found = plan(SCORER.score(frame, id="cost"), ACTIONS, value="mrr", per="customer").to_frame()
    assert set(found["cost"]) <= set(FRAME["id"])
    assert (found["cost (plan)"] > 0).any()
    found = switch_pressure(SCORER.score(frame, id="best"), [RIVAL]).to_frame()
    assert list(found["best"]) == FRAME["id"]
    assert set(found["best (switch)"]) == {"rival", None}


# Scores of every kind


def plain(scorer=SCORER, frame=FRAME, **more):
    return scorer.score(frame | PRICE, id="id", **more)


def worth(scores):
    return plan(scores, ACTIONS, value=FRAME["mrr"], budget=30, per="customer").value


def test_of_lower_precision():
    narrow = og.Scorer(model(), dtype="float32")
    assert worth(plain(narrow)) == pytest.approx(worth(plain()), rel=1e-9)
    found, wanted = (switch_pressure(scores, [RIVAL]).pressure for scores in (plain(narrow), plain()))
    assert np.allclose(found, wanted, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("name", ["scores.json", "scores.parquet"])
def test_that_were_saved(tmp_path, name):
    plain().save(tmp_path / name)
    scores = og.load_scores(tmp_path / name)
    actions = [ACTIONS[0], Action("call", {"calls": 4}, 3)]  # columns that are no measure are not kept
    found, wanted = (plan(s, actions, value=FRAME["mrr"], budget=30, per="customer") for s in (scores, plain()))
    assert (found.chosen, found.value) == (wanted.chosen, wanted.value)
    assert triage(scores, value=FRAME["mrr"]).rows() == triage(plain(), value="mrr").rows()
    assert np.array_equal(
        switch_pressure(scores, [RIVAL]).pressure, switch_pressure(plain(), [RIVAL]).pressure, equal_nan=True
    )


def test_that_are_overridden_are_planned_by_what_is_computed():
    said = og.Override("c0", state="failing", score=0.1, reason="their sponsor left", author="Sara", until="2030-01-01")
    scores = plain().with_overrides([said], as_of="2026-01-01")
    assert worth(scores) == worth(plain())
    assert np.array_equal(switch_pressure(scores, [RIVAL]).held, switch_pressure(plain(), [RIVAL]).held)


def test_with_rows_set_aside():
    """Whoever is set aside has no value either, and nothing is planned for them."""
    frame = FRAME | {"segment": ["nowhere", *FRAME["segment"][1:]], "mrr": [None, *FRAME["mrr"][1:]]}
    scores = plain(frame=frame, on_bad="set_aside")
    for per in ("segment", "customer"):
        found = plan(scores, ACTIONS, value="mrr", per=per)
        assert found.unscored == 1 + int(np.isnan(plain().desired).sum())
        assert "c0" not in found.chosen
    rest = {name: values[1:] for name, values in (FRAME | PRICE).items()}
    assert plan(scores, ACTIONS, value="mrr").value == pytest.approx(
        plan(SCORER.score(rest, id="id"), ACTIONS, value="mrr").value
    )
    assert switch_pressure(scores, [RIVAL]).best[0] is None
    assert {row["advice"] for row in triage(scores, value="mrr") if row["segment"] is None} == {"need data"}


def one(needs, expects, **more):
    parts = og.RequiredOutcome("r", needs=needs), og.AppropriateExperience("e", expects=expects)
    return og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(*parts, **more)])


A, B = (og.SuccessGap(name, og.Measure(name), floor=0, target=1) for name in "ab")
W = og.Expectation("w", og.Measure("w"), floor=0, target=1)


@pytest.mark.parametrize(
    "joined",
    [
        one(Weakest(A, B), W),
        one(PowerMean(-1, A, B), W),
        one(og.AllOf(A, B), W, join="weakest"),
        one(og.AnyOf(A, B), W, join=WeightedJoin(required=3, experience=1)),
    ],
)
def test_of_numeric_gates_and_other_joins(joined):
    rng = np.random.default_rng(1)
    frame = {name: rng.random(9) for name in "abw"} | {"v": rng.integers(1, 9, 9)}
    scorer = og.Scorer(joined)
    scores = scorer.score(frame)
    found = plan(
        scores, [Action("a", {"gaps.a": 0.8}, 1), Action("w", {"expectations.w": 0.9}, 1)], value="v", per="customer"
    )
    after = scorer.score(frame | {"a": np.maximum(frame["a"], 0.8), "w": np.maximum(frame["w"], 0.9)})
    assert found.value == pytest.approx(((after.desired - scores.desired) * frame["v"]).sum())
    assert len(triage(scores, value="v")) == 1
    with pytest.raises(og.EngineError, match="product join and multilinear gates"):
        switch_pressure(scores, [Alternative("x", "hired", {"a": 1})])


def test_of_a_model_with_goals():
    """What the goal of a customer does not know is not done, and costs nothing."""
    outcomes = [
        og.DesiredOutcome(
            og.RequiredOutcome(name, needs=step), og.AppropriateExperience(f"how {name}", expects=W), name=name
        )
        for name, step in (("grow", A), ("save", B))
    ]
    scores = og.Scorer(og.OutcomeModel("m", desired_outcomes=outcomes)).score(
        {"goal": ["grow", "save"], "a": [0.5, 0.5], "b": [0.5, 0.5], "w": [1, 1], "v": [100, 100]}
    )
    found = plan(scores, [Action("a", {"gaps.a": 1}, 7)], value="v")
    assert (found.chosen, found.cost, found.value) == ({"all": ("a",)}, 7, pytest.approx(50))
    assert [row["goal"] for row in triage(scores, value="v", by="goal")] == ["grow", "save"]
    assert switch_pressure(scores, [Alternative("x", "hired", {"a": 1})]).pressure.tolist() == [0.5, 0]


def test_of_a_scorer_of_ones_own():
    """Groups can be judged; what a model's graph is needed for says so."""

    class Points:
        name, steps, segments = "points", [], ["a", "b"]

        def score(self, frame):
            return og.OutcomeScores(self, frame, desired=[0.2, 0.9, np.nan])

    scores = Points().score({"id": ["x", "y", "z"], "segment": ["a", "b", "b"], "mrr": [10.0, 20.0, np.nan]})
    assert [row["advice"] for row in triage(scores, value="mrr")] == ["invest", "maintain"]
    with pytest.raises(og.DataError, match=r"of an og\.Scorer"):
        plan(scores, ACTIONS, value="mrr")
    with pytest.raises(og.DataError, match=r"of an og\.Scorer"):
        switch_pressure(scores, [RIVAL])
