"""Thresholds: states in order over all, not only in each segment."""

from __future__ import annotations

import numpy as np

import outcomegap as og
from outcomegap.learn.fit_states import ORDERS, ordered, states


def test_states_by_hand() -> None:
    sides = np.array([[0.1, 0.9, 0.9], [0.9, 0.1, 0.9]])
    assert states(sides, 0.5, 0.5).tolist() == [0, 1, 2]
    assert states(sides, np.array([0.0, 0.5, 0.95]), 0.5).tolist() == [2, 1, 0]


def test_rates_that_rise() -> None:
    state, weight = np.repeat([0, 1, 2], 1_000), np.ones(3_000)
    good = np.concatenate([np.arange(1_000) < many for many in (100, 500, 900)]).astype(float)
    assert ORDERS[ordered(state, good, weight)] == "apart"
    assert ORDERS[ordered(2 - state, good, weight)] == "not in order"


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
