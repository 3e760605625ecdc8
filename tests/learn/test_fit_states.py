"""Thresholds: states in order over all and in each segment, told by what is sure of each customer."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.learn.fit_states import Pairs, thresholds
from outcomegap.scoring.states import FAILING, SUCCESSFUL, TOLERATING, state_codes


def place(found, *pair):
    return int(np.flatnonzero((found.achieved == pair[0]) & (found.appropriate == pair[1]))[0])


def customers(n, seed, *, missing=0.2):
    """Return R and E at least, as they stand, and at most; what customers did; and weights."""
    chance = np.random.default_rng(seed)
    point = chance.random((2, n)).round(2)
    unsure = chance.random((2, n)) < missing
    low, high = np.where(unsure, point * 0.5, point), np.where(unsure, 1.0, point)
    good = (chance.random(n) < 0.05 + 0.9 * point.prod(axis=0)).astype(float)
    return np.array([low, point, high]), good, chance.integers(1, 4, n).astype(float)


@pytest.mark.parametrize("seed", range(5))
def test_pairs_count_what_scores_would_say(seed):
    sides, good, weight = customers(200, seed)
    found = Pairs.of(sides, good, weight)
    for at in [*np.random.default_rng(seed).integers(0, len(found.achieved), 40), place(found, 0.5, 0.98)]:
        ends = found.achieved[at], found.appropriate[at]
        low, high = (state_codes(*side, *ends) for side in (sides[0], sides[2]))
        rows = [(low == code) & (high == code) for code in (FAILING, TOLERATING, SUCCESSFUL)]
        rows.append(low != high)
        assert found.mass[:, at] == pytest.approx([weight[each].sum() for each in rows])
        assert found.good[:, at] == pytest.approx([(weight * good)[each].sum() for each in rows])


def test_levels_rise_with_the_number_of_customers_and_need_a_share_of_each():
    state = np.repeat([0, 1, 2], 100)
    sides = np.array([np.where(state > 0, 0.9, 0.1), np.where(state > 1, 0.9, 0.1)])[None].repeat(3, axis=0)
    good = np.concatenate([np.arange(100) < many for many in (10, 50, 90)]).astype(float)

    def level(times, better=good):
        many = Pairs.of(np.tile(sides, times), np.tile(better, times), np.ones(300 * times))
        return many.level()[place(many, 0.5, 0.5)]

    assert [level(times) for times in (1, 100)] == [1, 4]
    assert level(100, good[::-1]) == 0
    few = np.r_[0:100, 100:105, 200:300]
    lacking = Pairs.of(sides[:, :, few], good[few], np.ones(205))
    assert lacking.level()[place(lacking, 0.5, 0.5)] == 0


def test_given_thresholds_stay_where_the_outcome_hangs_on_nothing():
    sides, _, weight = customers(500, 1)
    given = np.array([[0.31, 0.42], [0.53, 0.64]])
    assert (thresholds(sides, np.ones(500), weight, np.arange(500) % 2, given) == given).all()


def test_unknown_customers_are_in_no_state():
    sides, good, weight = customers(400, 2, missing=0.0)
    sides[:, :, :50] = np.array([-np.inf, np.nan, np.inf])[:, None, None]
    found = Pairs.of(sides, good, weight)
    assert found.mass[3] == pytest.approx(weight[:50].sum())


def test_successful_states_may_be_small_in_a_segment_where_no_large_one_is_apart():
    """In one segment 4 % are good for sure, 16 % now and then, the others never, and nothing else tells."""
    n = 20_000
    at = np.arange(n) / n
    level = np.concatenate([np.digitize(at, [0.8, 0.96]), np.digitize(at, [0.3, 0.6])])
    sides = np.array([np.where(level > 0, 0.8, 0.1), np.where(level > 1, 1.0, 0.7)])[None].repeat(3, axis=0)
    good = np.where(level == 2, 1.0, np.where(level == 1, np.arange(2 * n) % 4 == 0, 0.0))
    found = thresholds(sides, good, np.ones(2 * n), np.repeat([0, 1], n), np.full((2, 2), 0.5))
    assert ((found[0] > 0.1) & (found[0] <= 0.8)).all()
    assert ((found[1] > 0.7) & (found[1] <= 1.0)).all()
    assert Pairs.of(sides[:, :, :n], good[:n], np.ones(n)).level().max() == 0


def test_segments_that_differ_more_than_their_states() -> None:
    """Nearly all of one segment stay, few of the other: its own thresholds would call the most content failing."""
    chance = np.random.default_rng(3)
    bound = chance.random(4_000) < 0.5
    help_, price = chance.random((2, 4_000))
    likely = np.where(bound, 0.9 + 0.1 * help_ * price, (0.1 + 0.6 * help_) * (0.2 + 0.6 * price))
    customers = {
        "segment": np.where(bound, "bound", "free"),
        "help": help_,
        "price": price,
        "stays": chance.random(4_000) < likely,
    }
    model = og.OutcomeModel(
        "line",
        segments=["bound", "free"],
        desired_outcomes=[
            og.DesiredOutcome(
                og.RequiredOutcome("online", needs=og.SuccessGap("help", og.Measure("help"), floor=0, target=1)),
                og.AppropriateExperience(
                    "cheap", expects=og.Expectation("price", og.Measure("price"), floor=0, target=1)
                ),
            )
        ],
    )
    fitted = og.learn.fit(model, customers, "stays", folds=0)
    found = og.learn.validate(fitted.model, customers, "stays", baselines=False)
    assert found.verdict.states in ("in order", "apart")
