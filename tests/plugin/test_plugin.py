"""A package as others write it: installed by pip, found by its entry points, held to the kit."""

from __future__ import annotations

import pickle
import subprocess
import sys
from itertools import permutations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.model import Numeric
from outcomegap.testing import check_curve, check_gate, check_join, check_model, check_scorer

pytest.importorskip("outcomegap_health", reason="needs the plug-in: pip install -e tests/plugin")
from outcomegap_health import Ces, ImportanceScorer, PointsScorer
from outcomegap_health.points import ANSWERS, HealthOnly, band, health_model, worst

WEIGHTS = {"usage": 2, "support": 1, "relationship": 1}


def answers(*rows):
    columns = zip(*rows, strict=True)
    return {name: np.array(column, dtype=object) for name, column in zip(("segment", *WEIGHTS), columns, strict=True)}


def test_points_and_band():
    scorer = PointsScorer(WEIGHTS, segments=["small", "large"])
    scores = scorer.score(
        answers(
            ("small", "good", "average", "poor"),
            ("large", "good", "good", "good"),
            ("large", "poor", None, "poor"),
            ("small", "good", None, "poor"),
        )
    )
    frame = scores.to_frame()
    np.testing.assert_allclose(frame["points"], [65, 100, 0, 200 / 3])
    assert list(frame["band"]) == ["51-75", "76-100", "0-50", "51-75"]
    np.testing.assert_allclose(scores.low, [0.65, 1, 0, 0.5])
    np.testing.assert_allclose(scores.high, [0.65, 1, 0.25, 0.75])
    assert scores.state.tolist() == ["successful", "successful", "failing", "successful"]
    by = scores.by("segment")
    assert [100 * group.desired for group in by] == pytest.approx([(65 + 200 / 3) / 2, 50])
    assert by["small"].gaps[0].name == "relationship"
    assert [(group.name, group.customers) for group in scores.by("band")] == [("0-50", 1), ("51-75", 2), ("76-100", 1)]
    listed = list(scores.worklist(keep=["band"]))
    assert (listed[0]["score"], listed[0]["band"], listed[0]["next_gap"]) == (0, "0-50", "usage")


def test_a_parent_is_the_mean_of_its_children_without_its_own_row():
    rows = answers(
        ("small", "poor", "poor", "poor"),
        ("small", "good", "average", "poor"),
        ("large", "good", "good", "good"),
    ) | {"id": ["Acme", "North", "South"], "parent": [None, "Acme", "Acme"]}
    rolled = PointsScorer(WEIGHTS, segments=["small", "large"]).score(rows).roll_up("parent")
    assert rolled["Acme"]["desired"] == pytest.approx((0.65 + 1) / 2)
    assert rolled["Acme"]["own"] == 0


def test_nulls_and_the_worst_answer():
    rows = answers(("small", "good", None, "poor"), ("small", "good", "average", "good"))
    neutral = PointsScorer(WEIGHTS, segments=["small"], nulls="neutral").score(rows)
    np.testing.assert_allclose(neutral.to_frame()["points"], [65, 90])
    scores = PointsScorer(WEIGHTS, segments=["small"], worst=True, nulls="neutral").score(rows)
    np.testing.assert_allclose(scores.to_frame()["points"], [0, 60])
    np.testing.assert_allclose(scores.attribution().values, [[0, 0.2, 0.8], [0, 0.4, 0]])
    np.testing.assert_allclose(scores.gain().values, [[0, 0, 0.6], [0, 0.4, 0]])
    assert [row["next_gap"] for row in scores.worklist()] == ["relationship", "support"]


def test_parts_of_the_worst_are_shapley_values():
    """Averaged over all orders in which the answers fall from full marks."""
    points = np.random.default_rng(3).choice([0.0, 0.6, 1.0, 0.25], (40, 4))
    _, parts, _ = worst(points, np.ones_like(points))
    wanted = np.zeros_like(points)
    orders = list(permutations(range(4)))
    for order in orders:
        here = np.ones_like(points)
        for step in order:
            before = here.min(axis=1)
            here[:, step] = points[:, step]
            wanted[:, step] += (before - here.min(axis=1)) / len(orders)
    np.testing.assert_allclose(parts, wanted, atol=1e-12)


@pytest.mark.parametrize("nulls", ["excluded", "neutral"])
def test_it_says_what_the_same_mean_says_as_a_model(nulls):
    rows = {name: values.copy() for name, values in frame().items()}
    rows["usage"][::3] = np.nan
    own = PointsScorer(WEIGHTS, segments=["small", "large"], nulls=nulls).score(rows)
    model = og.Scorer(health_model("health", WEIGHTS, segments=["small", "large"], nulls=nulls)).score(rows)
    np.testing.assert_allclose(own.desired, model.desired, atol=1e-12)
    np.testing.assert_allclose(own.attribution().values, model.attribution().values[:, :3], atol=1e-12)
    np.testing.assert_allclose(own.low, model.low, atol=1e-12)
    np.testing.assert_allclose(own.high, model.high, atol=1e-12)


def test_an_answer_that_is_none():
    with pytest.raises(og.DataError, match="splendid"):
        PointsScorer(WEIGHTS, segments=["small"]).score(answers(("small", "splendid", "good", "good")))


@pytest.mark.parametrize(
    ("points", "name"), [(0, "0-50"), (50.4, "0-50"), (50.5, "51-75"), (75, "51-75"), (76, "76-100")]
)
def test_bands(points, name):
    assert band(points) == name


def frame(n=60):
    rng = np.random.default_rng(1)
    return {
        "segment": rng.choice(np.array(["small", "large"], dtype=object), n),
        **{name: rng.integers(0, 3, n).astype(float) for name in WEIGHTS},
    }


@pytest.mark.parametrize("nulls", ["excluded", "neutral"])
def test_the_kit(nulls):
    for more in ({}, {"worst": True}):
        scorer = PointsScorer(WEIGHTS, segments=["small", "large"], nulls=nulls, **more)
        assert isinstance(scorer, og.OutcomeScorer)
        assert check_scorer(scorer, frame()) == 19
    assert check_scorer(ImportanceScorer(WEIGHTS, top=2.0, segments=["small", "large"]), frame()) == 18  # no bounds
    check_curve(ANSWERS)
    check_join(HealthOnly())
    for gate in (Ces(), Ces(r=0.5), Ces(r=-3, lift=0.5)):
        check_gate(gate)
    check_model(health_model("health", WEIGHTS, segments=["small", "large"], nulls=nulls))


def test_out_of_a_pickle():
    scorer = PointsScorer(WEIGHTS, segments=["small", "large"])
    again = pickle.loads(pickle.dumps(scorer)).score(frame())
    np.testing.assert_array_equal(again.desired, scorer.score(frame()).desired)


def test_a_file_names_what_is_installed(tmp_path):
    gate = Numeric(Ces(), *(og.SuccessGap(n, og.Measure(n), floor=0, target=1, curve=ANSWERS) for n in "ab"))
    suits = og.AppropriateExperience("suits", expects=og.Expectation("e", og.Measure("e"), floor=0, target=1))
    goal = og.DesiredOutcome(og.RequiredOutcome("r", needs=gate), suits, join=HealthOnly())
    model = og.OutcomeModel("named", desired_outcomes=[goal])
    og.dump(model, tmp_path / "model.toml")
    assert og.load(tmp_path / "model.toml") == model


def test_a_file_runs_no_code(tmp_path):
    """What it names is looked up by name alone: a module path leads nowhere, a plain model loads no plug-in."""
    path = tmp_path / "model.toml"
    og.dump(health_model("health", WEIGHTS), path)
    path.write_text(path.read_text().replace('"answers"', '"outcomegap_health.points:ANSWERS"'))
    with pytest.raises(og.ModelError):
        og.load(path)
    code = "import outcomegap as og, sys; og.gallery.load('telco'); print('outcomegap_health' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"


def test_importance_and_performance():
    scorer = ImportanceScorer({"speed": 4, "price": 3.5, "wait room": 1, "magazines": 1.5}, top=4.0)
    scores = scorer.score({"speed": [1.0, 1], "price": [4.0, 3], "wait room": [1.0, 1], "magazines": [4.0, 4]})
    assert scorer.quadrants(scores) == {
        "speed": "concentrate here",
        "price": "keep up the good work",
        "wait room": "low priority",
        "magazines": "possible overkill",
    }
    np.testing.assert_allclose(scores.desired, [(4 * 0.25 + 3.5 + 0.25 + 1.5) / 10, (1 + 3.5 * 0.75 + 0.25 + 1.5) / 10])
