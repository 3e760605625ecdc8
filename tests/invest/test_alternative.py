"""Alternatives beside other frames, scored and explained by the scorer."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.invest import Action, Alternative, switch_pressure
from outcomegap.model.declaration import at
from tests.invest.brute import World
from tests.invest.worlds import customers, model

SCORER = og.Scorer(model())
FRAME = customers(np.random.default_rng(2), 50)
FRAME["calls"][3] = np.nan
SCORES = SCORER.score(FRAME)
RIVAL = Alternative("rival", "competitor", measures={"calls": 3, "reply_hours": 10})
OWN = Alternative("own team", "in-house", attainments={"calls made": 1, "training": 0.5}, segments=["mid", "big"])


def test_pressure_and_parts_are_those_of_another_frame():
    calls = np.where(np.isnan(FRAME["calls"]), np.nan, 3.0)
    other = SCORER.score(FRAME | {"calls": calls, "reply_hours": np.full(50, 10.0)})
    found = switch_pressure(SCORES, [RIVAL])
    assert np.allclose(found.pressure, other.desired - SCORES.desired, atol=1e-12)
    assert np.allclose(found.by_step, og.explain(SCORER, SCORES, other).values, atol=1e-12)


def test_the_best_is_taken_where_it_can_be_chosen_and_parts_add_up():
    found = switch_pressure(SCORES, [RIVAL, OWN])
    alone = [switch_pressure(SCORES, [one]).pressure for one in (RIVAL, OWN)]
    assert np.array_equal(found.pressure, np.fmax(*alone))
    assert np.isnan(alone[1][np.array(FRAME["segment"]) == "small"]).all()
    assert np.allclose(found.by_step.sum(axis=1), found.pressure, atol=1e-12)
    calls = np.where(np.isnan(FRAME["calls"]), np.nan, 4.0)
    other = SCORER.score(FRAME | {"calls": calls, "days": np.full(50, 1.0)})
    big = np.array(FRAME["segment"]) != "small"
    assert np.allclose(alone[1][big], (other.desired - SCORES.desired)[big], atol=1e-12)


def test_who_stays_only_because_nothing_better_is_known():
    poor = Alternative("nothing", "open source", measures={"calls": 0})
    found = switch_pressure(SCORES, [poor])
    assert np.array_equal(found.held, np.isin(SCORES.state, ["failing", "tolerating"]))
    assert "stay only because" in str(found)
    assert len(found.to_frame()["best"]) == 50


def test_a_rival_that_is_strong_for_one_segment_and_weak_for_another():
    levels = {"small": 4, "big": 1}
    found = switch_pressure(SCORES, [Alternative("rival", "competitor", measures={"calls": levels})])
    calls, segment = np.array(FRAME["calls"]), np.array(FRAME["segment"])
    to = np.array([levels.get(name, np.nan) for name in segment.tolist()])
    other = SCORER.score(FRAME | {"calls": np.where(np.isnan(to) | np.isnan(calls), calls, to)})
    named = segment != "mid"
    assert np.allclose(found.pressure[named], (other.desired - SCORES.desired)[named], atol=1e-12)
    assert np.isnan(found.pressure[~named]).all()  # it is nothing to them
    assert set(found.best[~named].tolist()) == {None}
    assert np.allclose(found.by_step[named].sum(axis=1), found.pressure[named], atol=1e-12)
    same = switch_pressure(SCORES, [Alternative("rival", "competitor", measures={"calls": og.per_cell(None, levels)})])
    assert np.array_equal(same.pressure, found.pressure, equal_nan=True)
    everyone = switch_pressure(
        SCORES, [Alternative("rival", "competitor", measures={"calls": {**levels, "default": 2}})]
    )
    assert not np.isnan(everyone.pressure).any()


def test_attainments_per_segment_go_before_measures():
    rival = Alternative("rival", "competitor", {"calls made": {"big": 1}}, {"calls": 2}, ["big", "mid"])
    found = switch_pressure(SCORES, [rival])
    apart = {
        "big": Alternative("a", "competitor", {"calls made": 1}),
        "mid": Alternative("b", "hired", None, {"calls": 2}),
    }
    for name, one in apart.items():
        here = np.array(FRAME["segment"]) == name
        assert np.allclose(found.pressure[here], switch_pressure(SCORES, [one]).pressure[here], atol=1e-12)


@pytest.mark.parametrize("seed", range(30))
def test_random_worlds_beside_other_frames(seed):
    """Pressure and parts of random alternatives, with goals of their own per segment and stage, by changed frames."""
    world = World(1_000 + seed, 6)
    made = world.actions()
    scores = world.scorer.score(world.frame, id="id")
    steps = {step.name for step in world.model.steps}
    others, rivals = [], []
    for action in made:
        split = [{k: v for k, v in action.raises.items() if (k in steps) == flag} for flag in (True, False)]
        rivals.append(Alternative(action.name, "competitor", *split, action.segments))
        others.append(
            world.scorer.score(
                world.done([Action("x", dict(pair), 0) for pair in split[::-1] if pair], put=True), id="id"
            )
        )
    found = switch_pressure(scores, rivals)
    segment = [world.cell(row)[0] for row in range(6)]
    for row in range(6):
        ahead = {}
        for rival, other in zip(rivals, others, strict=True):
            given = [at(to, *world.cell(row)) for to in (*rival.attainments.values(), *rival.measures.values())]
            may = rival.segments is None or segment[row] in rival.segments
            if may and any(to is not None for to in given) and not np.isnan(scores.desired[row]):
                ahead[rival.name] = other.desired[row] - scores.desired[row]
        if not ahead:
            assert np.isnan(found.pressure[row])
            assert found.best[row] is None
            continue
        assert found.pressure[row] == pytest.approx(max(ahead.values()), abs=1e-12)
        assert ahead[found.best[row]] == pytest.approx(max(ahead.values()), abs=1e-12)
        assert found.by_step[row].sum() == pytest.approx(found.pressure[row], abs=1e-12)


def test_held_is_who_is_not_served_and_knows_nothing_better():
    """Nobody who is content, whose state is uncertain, or who has no score; whoever can choose nothing as well."""
    small = Alternative("for small ones", "hired", measures={"calls": 4}, segments=["small"])
    found = switch_pressure(SCORES, [small])
    for row in range(50):
        unhappy = SCORES.state[row] in ("failing", "tolerating") and not np.isnan(SCORES.desired[row])
        better = found.pressure[row] > 1e-9
        assert found.held[row] == (unhappy and not better)
    assert found.held[np.isnan(found.pressure)].any()


def test_a_switching_cost_keeps_people_and_changes_no_pressure():
    free, dear = (switch_pressure(SCORES, [RIVAL], switching_cost=cost) for cost in (0, 0.2))
    assert np.array_equal(free.pressure, dear.pressure)
    assert np.array_equal(free.held, dear.held)
    assert np.array_equal(dear.moves, dear.pressure > 0.2)
    assert 0 < dear.moves.sum() < free.moves.sum()
    assert f"{dear.moves.sum()} would move, at a switching cost of 20 points." in str(dear)
    assert "would move" not in str(free)
