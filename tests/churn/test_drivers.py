"""What goes together with churn: against a peer library, and planted truths."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.churn import drivers
from outcomegap.churn.patterns import FEWEST, fit
from outcomegap.errors import DataError, EngineError
from outcomegap.stats import area_of
from tests.frames.kinds import KINDS, listed, make

pytest.importorskip("sklearn")


def customers(n=900, seed=0):
    """Tickets drive churn up, logins down; shoe size does nothing."""
    rng = np.random.default_rng(seed)
    tickets, logins, shoe = rng.poisson(2, n).astype(float), rng.poisson(8, n).astype(float), rng.normal(42, 2, n)
    left = rng.random(n) < 1 / (1 + np.exp(1 - 0.9 * (tickets - 2) + 0.3 * (logins - 8)))
    return {"tickets": tickets, "logins": logins, "shoe": shoe, "left": left}


SOME = customers()
NAMES = ["tickets", "logins", "shoe"]


def found(frame=None, measures=NAMES, **more):
    return drivers(SOME if frame is None else frame, measures, **({"churned": "left", "resamples": 40} | more))


# -- right -----------------------------------------------------------------------------------------------------------


def test_planted_truths():
    result = found()
    by = {row["measure"]: row for row in result}
    assert [row["measure"] for row in result][2] == "shoe"
    assert by["tickets"]["low"] > 0
    assert by["logins"]["high"] < 0
    assert by["shoe"]["low"] < 0 < by["shoe"]["high"]
    assert by["shoe"]["importance_low"] <= 0 <= by["shoe"]["importance_high"]
    assert by["tickets"]["odds_ratio"] == pytest.approx(np.exp(by["tickets"]["coefficient"]))
    assert result.facts["auc_interval"][0] < result.facts["auc"] < result.facts["auc_interval"][1]
    assert 0.7 < result.facts["auc"] < 0.95
    assert (result.facts["churned"], result.facts["customers"]) == (int(SOME["left"].sum()), 900)
    assert result.facts["trained"] + result.facts["held_out"] == 900


def test_coefficients_and_importance_as_scikit_learn_says():
    from sklearn.inspection import permutation_importance
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    values = np.column_stack([SOME[name] for name in NAMES])
    train, test = train_test_split(np.arange(900), test_size=0.25, random_state=0, stratify=SOME["left"])
    peer = make_pipeline(StandardScaler(), LogisticRegression()).fit(values[train], SOME["left"][train])
    made, facts = fit(values, SOME["left"], held_out=0.25, resamples=300, seed=0, confidence=0.95)
    np.testing.assert_allclose(made["coefficient"], peer[-1].coef_[0], atol=1e-4)
    assert facts["auc"] == pytest.approx(
        roc_auc_score(SOME["left"][test], peer.decision_function(values[test])), abs=1e-9
    )
    theirs = permutation_importance(
        peer, values[test], SOME["left"][test], scoring="roc_auc", n_repeats=300, random_state=0
    )
    np.testing.assert_allclose(
        made["importance"], theirs.importances_mean, atol=4 * theirs.importances_std.max() / 300**0.5
    )


@given(st.integers(0, 10_000), st.integers(2, 60))
@settings(max_examples=50, deadline=None)
def test_the_area_counts_pairs(seed, n):
    rng = np.random.default_rng(seed)
    score, left = rng.integers(0, 6, n).astype(float), rng.random(n) < 0.5
    left[:2] = True, False
    pairs = [(a > b) + 0.5 * (a == b) for a in score[left] for b in score[~left]]
    assert area_of(score, left) == pytest.approx(np.mean(pairs))


def test_intervals_cover_the_truth():
    """The bootstrap interval of a known slope holds it about as often as it says; 12 of 20 would be far too few."""
    covered = 0
    for seed in range(20):
        frame = customers(700, seed)
        row = next(row for row in found(frame, seed=seed) if row["measure"] == "tickets")
        covered += row["low"] <= 0.9 * frame["tickets"].std() <= row["high"]
    assert covered >= 15


def test_the_same_seed_the_same_answer():
    assert found(seed=3).rows() == found(seed=3).rows()
    assert found(seed=3).rows() != found(seed=4).rows()


def test_missing_is_marked_and_told():
    frame = customers()
    gone = frame["left"] & (np.arange(900) % 2 == 0)
    frame["tickets"] = np.where(gone, np.nan, frame["tickets"])
    result = found(frame)
    row = next(row for row in result if row["measure"] == "tickets")
    assert row["missing_share"] == pytest.approx(gone.mean())
    assert row["missing_coefficient"] > 1
    assert next(row for row in result if row["measure"] == "shoe")["missing_coefficient"] is None
    assert any("1 of 3 measures is missing somewhere" in note for note in result.notes)


def test_what_is_known_only_afterwards_is_named():
    frame = SOME | {"farewell": SOME["left"] * 1.0 + np.random.default_rng(1).normal(0, 0.1, 900)}
    result = found(frame, [*NAMES, "farewell"])
    assert any(note.startswith("farewell alone tells who left") for note in result.notes)
    assert not any(note.startswith("tickets alone") for note in result.notes)


def test_twins_are_named():
    frame = SOME | {"twin": SOME["tickets"] * 2 + 1}
    assert any("tickets and twin go together (r = 1.00)" in note for note in found(frame, [*NAMES, "twin"]).notes)


def test_it_never_speaks_of_causes():
    text = f"{found()}{found()._repr_html_()}".lower()
    assert "cause" not in text
    assert "drives" not in text


def test_text_stands_for_numbers():
    """The same numbers, however they are written."""
    words = SOME | {
        "left": np.where(SOME["left"], "Yes", "No").astype(object),
        "shoe": np.where(SOME["shoe"] > 42, "large ", "small").astype(object),
    }
    values = {"Yes": 1, "No": 0, "large": 1, "small": 0.0}
    one = found(words, values=values)
    two = found(SOME | {"shoe": SOME["shoe"] > 42})
    assert one.rows() == two.rows()


def test_text_that_stands_for_nothing_is_told():
    words = SOME | {"left": ["Yes", "No", "Maybe"] * 300, "shoe": ["a", "b", None] * 300}
    with pytest.raises(DataError) as caught:
        found(words)
    assert {(problem.rule, problem.column) for problem in caught.value.problems} == {
        ("not-a-number", "shoe"), ("not-a-number", "left"),
    }  # fmt: skip
    assert "empty" not in str(caught.value)
    assert "give its meaning in values" in str(caught.value)
    with pytest.raises(DataError, match="column 'left': 'Maybe' is not among the accepted values 'Yes', 'No'"):
        found(words, values={"Yes": 1, "No": 0, "a": 1, "b": 0})
    with pytest.raises(DataError, match=r"column 'left' holds 2\.0, neither 0 nor 1"):
        found(words, values={"Yes": 1, "No": 0, "Maybe": 2, "a": 1, "b": 0})


# -- who can act -----------------------------------------------------------------------------------------------------


def model():
    solved = og.SuccessGap("solved", og.Measure("tickets"), floor=9, target=0, owner="support")
    fit_ = og.SuccessGap("fits", og.Measure("shoe"), floor=0, target=1, bridgeable=False, owner="vendor")
    used = og.Expectation("used", og.Measure("logins"), floor=0, target=9)
    return og.OutcomeModel(
        "m",
        desired_outcomes=[
            og.DesiredOutcome(
                og.RequiredOutcome("r", needs=og.AllOf(solved, fit_)), og.AppropriateExperience("e", expects=used)
            )
        ],
    )


def test_owners_from_the_model():
    by = {row["measure"]: (row["actionable"], row["who"]) for row in found(model=model())}
    assert by == {"tickets": (True, "support"), "logins": (None, None), "shoe": (False, None)}
    whole = {row["measure"]: row["who"] for row in found(measures=model())}
    assert whole == {"tickets": "support", "logins": None, "shoe": None}


def test_what_is_said_wins():
    said = {"tickets": False, "logins": "success team", "shoe": True}
    by = {row["measure"]: (row["actionable"], row["who"]) for row in found(model=model(), actionable=said)}
    assert by == {"tickets": (False, None), "logins": (True, "success team"), "shoe": (True, None)}


# -- frames ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame_in_the_same_kind_out(kind):
    frame = {name: values.tolist() for name, values in customers(200).items()}
    result = found(make(kind, frame), [og.Measure("tickets"), "shoe"], resamples=20)
    back = result.to_frame()
    assert listed(back)["measure"] == ["tickets", "shoe"]
    if kind not in ("lazy", "capsule"):
        assert type(back) is type(make(kind, frame))


# -- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measures", "says"),
    [
        (["tikets"], "did you mean 'tickets'"),
        ([], "lists columns"),
        (["tickets", "tickets"], "twice"),
        (["plan"], "is not a number"),
        (["same"], "is 1 for all"),
        (["empty"], "is empty"),
        (["endless"], "is infinite"),
    ],
)
def test_bad_measures(measures, says):
    more = {"plan": ["pro"] * 900, "same": np.ones(900), "empty": np.full(900, np.nan), "endless": np.full(900, np.inf)}
    with pytest.raises(DataError, match=says):
        found(SOME | more, measures)


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("lefft", "did you mean 'left'"),
        ("text", "is not a number"),
        ("shoe", "neither 0 nor 1"),
        ("gaps", "say of everybody"),
        ("all", "0 stayed"),
        ("few", f"{FEWEST - 1} left"),
    ],
)
def test_bad_churned(column, says):
    more = {"text": ["yes"] * 900, "gaps": np.where(np.arange(900) == 5, np.nan, SOME["left"]), "all": np.ones(900)}
    more["few"] = np.arange(900) < FEWEST - 1
    with pytest.raises(DataError, match=says):
        found(SOME | more, churned=column)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"actionable": {"tikets": True}}, "did you mean 'tickets'"),
        ({"held_out": 0}, "between 0.05 and 0.95"),
        ({"held_out": float("nan")}, "between 0.05 and 0.95"),
        ({"resamples": 5}, "resamples"),
        ({"resamples": 50.5}, "resamples"),
        ({"seed": -1}, "0 or more"),
        ({"confidence": 95}, "above 0, up to 1"),
    ],
)
def test_bad_options(more, says):
    with pytest.raises(DataError, match=says):
        found(**more)


def test_everything_wrong_at_once():
    with pytest.raises(DataError) as caught:
        found(measures=["x"], churned="y", resamples=1, held_out=7, seed=-1)
    assert len(caught.value.problems) == 5


def test_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(EngineError, match=r"outcomegap\[learn\]"):
        found()
