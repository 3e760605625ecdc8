"""A look ahead against brute force: D from every subset of steps, the line followed in small steps."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.journey import look_ahead

TARGETS = {"calls": (4, 8), "deals": (2, 4), "list": (100, 100), "hours": (24, 4), "training": (2, 5)}
FLOORS = {"calls": 0, "deals": 0, "list": 0, "hours": 48, "training": 0}


def step(kind, name):
    early, late = TARGETS[name]
    return kind(name, og.Measure(name, low=0), floor=FLOORS[name], target=og.per_cell(early, {"*/late": late}))


CALLS, DEALS, LIST = (step(og.SuccessGap, name) for name in ("calls", "deals", "list"))
HOURS, TRAINING = (step(og.Expectation, name) for name in ("hours", "training"))
MODEL = og.OutcomeModel("brute", stages=["early", "late"], desired_outcomes=[og.DesiredOutcome(
    og.RequiredOutcome("sales", needs=og.AllOf(LIST, og.AnyOf(CALLS, DEALS))),
    og.AppropriateExperience("how", expects=og.Mean(HOURS, TRAINING, weights=(1, 3))),
)])  # fmt: skip
NAMES = tuple(step.name for step in MODEL.steps)
RNG = np.random.default_rng(3)
N = 12
ROWS = {"id": np.arange(N), "stage": ["early"] * N, "calls": RNG.uniform(0, 9, N), "deals": RNG.uniform(0, 5, N),
        "list": RNG.uniform(0, 130, N), "hours": RNG.uniform(0, 60, N), "training": RNG.uniform(0, 6, N)}  # fmt: skip


def attained(row, late):
    """Attainment of each step, by the definition."""
    found = {}
    for name in NAMES:
        floor, target = FLOORS[name], TARGETS[name][late]
        found[name] = min(max((ROWS[name][row] - floor) / (target - floor), 0.0), 1.0)
    return found


def required(a):
    return a["list"] * (1 - (1 - a["calls"]) * (1 - a["deals"]))


def experience(a):
    return (a["hours"] + 3 * a["training"]) / 4


def desired(a):
    return required(a) * experience(a)


def shapley(lost, steps):
    """Shares of what is lost, over every subset of steps that are as they are."""
    shares = dict.fromkeys(NAMES, 0.0)
    for name in steps:
        others = [other for other in steps if other != name]
        for size in range(len(others) + 1):
            weight = math.factorial(size) * math.factorial(len(others) - size) / math.factorial(len(steps))
            for some in combinations(others, size):
                shares[name] += weight * (lost({*some, name}) - lost(set(some)))
    return shares


def parts_of_the_gap(a):
    """1 - R over the steps of R; R (1 - E) over those of E."""

    def lost(of, some):
        return 1 - of({name: a[name] if name in some else 1.0 for name in NAMES})

    one = shapley(lambda some: lost(required, some), ("calls", "deals", "list"))
    other = shapley(lambda some: lost(experience, some), ("hours", "training"))
    return np.array([one[name] + required(a) * other[name] for name in NAMES])


def test_by_step_is_the_difference_of_shapley_values_over_all_subsets():
    ahead = look_ahead(og.Scorer(MODEL), ROWS)
    for row in range(N):
        expected = parts_of_the_gap(attained(row, late=1)) - parts_of_the_gap(attained(row, late=0))
        found = ahead.find(row)
        np.testing.assert_allclose([found[f"gap: {name}"] for name in NAMES], expected, rtol=0, atol=1e-12)
        assert found["drop"] == pytest.approx(desired(attained(row, 0)) - desired(attained(row, 1)), abs=1e-12)


def test_parts_follow_the_straight_line_between_both_points():
    """Midpoints of 2,000 small steps: each step moves one step by itself, as far as D is linear in it."""
    ahead, steps = look_ahead(og.Scorer(MODEL), ROWS), 2000
    assert np.abs(ahead.columns["structure"]).max() < 1e-12  # both stages have the same graph
    for row in range(N):
        now, then = attained(row, 0), attained(row, 1)
        found = dict.fromkeys(NAMES, 0.0)
        for step in range(steps):
            part = (step + 0.5) / steps
            here = {name: now[name] + part * (then[name] - now[name]) for name in NAMES}
            for name in NAMES:
                slope = desired(here | {name: 1.0}) - desired(here | {name: 0.0})
                found[name] += slope * (now[name] - then[name]) / steps
        parts = [ahead.find(row)[f"drop: {name}"] for name in NAMES]
        np.testing.assert_allclose(parts, [found[name] for name in NAMES], rtol=0, atol=1e-6)
