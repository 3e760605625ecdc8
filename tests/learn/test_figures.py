"""Figures of a probability against scikit-learn and brute force."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from outcomegap.learn.figures import brier, calibration, capture, ece, in_order, lift, rates
from outcomegap.stats import auc, weighted_wilson, wilson


def drawn(n, seed, levels=None, weights=True):
    rng = np.random.default_rng(seed)
    score = rng.random(n) if levels is None else rng.integers(0, levels, n) / levels
    return score, (rng.random(n) < score).astype(float), rng.integers(1, 5, n).astype(float) if weights else None


@pytest.mark.parametrize("levels", [None, 3, 40])
@pytest.mark.parametrize("weighted", [False, True])
def test_auc_and_brier_are_those_of_scikit_learn(levels, weighted):
    score, good, weight = drawn(500, 1, levels, weighted)
    assert auc(score, good, weight).value == pytest.approx(roc_auc_score(good, score, sample_weight=weight), abs=1e-12)
    assert brier(score, good, weight) == pytest.approx(brier_score_loss(good, score, sample_weight=weight), abs=1e-12)


@given(st.integers(4, 40), st.integers(0, 10**6), st.sampled_from([2, 5, None]))
@settings(max_examples=60, deadline=None)
def test_intervals_are_delongs(n, seed, levels):
    score, good, _ = drawn(n, seed, levels)
    good[:4] = 0, 0, 1, 1
    a, b = score[good == 1][:, None], score[good == 0][None, :]
    psi = (a > b) + (a == b) / 2  # the kernel over all pairs, as DeLong writes it
    reach = 1.959963984540054 * math.sqrt(
        psi.mean(axis=1).var(ddof=1) / len(psi) + psi.mean(axis=0).var(ddof=1) / len(psi.T)
    )
    ends = np.clip((psi.mean() - reach, psi.mean() + reach), 0, 1)
    assert tuple(auc(score, good)) == pytest.approx((psi.mean(), *ends), abs=1e-9)


def test_a_weight_of_two_is_the_customer_twice_in_every_figure():
    score, good, weight = drawn(120, 3, 20)
    again = np.repeat(np.arange(120), weight.astype(int))
    for figure in (lambda *a: auc(*a).value, brier, ece, capture, lift):
        assert figure(score, good, weight) == pytest.approx(figure(score[again], good[again]), abs=1e-12)


def test_bins_hold_equal_mass_and_all_of_one_score():
    score, good, _ = drawn(1500, 4)
    found = calibration(score, good)
    assert found["customers"].tolist() == [100] * 15
    order = np.argsort(score)
    parts = np.array_split(order, 15)
    assert ece(score, good) == pytest.approx(sum(abs(score[p].mean() - good[p].mean()) / 15 for p in parts), abs=1e-12)
    low, high = wilson(good[parts[0]].sum(), 100)
    assert (found["low"][0], found["high"][0]) == pytest.approx((low, high))
    few = calibration(np.repeat([0.2, 0.7], [10, 90]), np.arange(100) % 2)
    assert few["customers"].tolist() == [10, 90]
    assert few["lowest"].tolist() == few["highest"].tolist() == [0.2, 0.7]


@given(st.integers(2, 8), st.integers(0, 10**6), st.sampled_from([2, 3, None]), st.sampled_from([0.1, 0.25, 0.5]))
@settings(max_examples=40, deadline=None)
def test_capture_is_the_mean_over_all_orders_of_ties(n, seed, levels, share):
    score, good, _ = drawn(n, seed, levels)
    good[0] = 0

    def taken(order):
        room, caught = share * n, 0.0
        for row in order:
            caught += min(room, 1) * (1 - good[row])
            room -= min(room, 1)
        return caught / (1 - good).sum()

    every = [order for order in itertools.permutations(range(n)) if all(np.diff(score[list(order)]) >= 0)][:5000]
    if len(every) < 5000:
        assert capture(score, good, share=share) == pytest.approx(np.mean([taken(order) for order in every]), abs=1e-9)
    assert lift(score, good, share=share) == pytest.approx(capture(score, good, share=share) / share)


def test_figures_without_customers_or_with_one_outcome_are_nan():
    for score, good in (([], []), ([0.5, 0.7], [1, 1])):
        found = auc(score, good)
        assert all(map(math.isnan, found))
        assert math.isnan(capture(score, good))
    assert math.isnan(brier([], []))
    assert math.isnan(ece([], []))
    assert auc([0.1, 0.9, np.nan], [0, 1, 0]).value == 1


def test_rates_of_many_groups_have_the_interval_of_each_alone():
    rng = np.random.default_rng(7)
    group, good, weight = rng.integers(0, 9, 300), rng.random(300) < 0.3, rng.choice([0.0, 0.5, 2.0], 300)
    found = rates(group, 10, good, weight, confidence=0.9)
    ends = [weighted_wilson(good[group == each], weight[group == each], 0.9) for each in range(10)]
    np.testing.assert_allclose(np.column_stack([found["low"], found["high"]]), ends, rtol=1e-12)


def test_rates_and_their_order():
    found = rates(np.array([0, 0, 1, 1]), 3, [0, 0, 1, 0])
    assert found["rate"][:2].tolist() == [0, 0.5]
    assert math.isnan(found["rate"][2])
    assert (found["low"][1], found["high"][1]) == pytest.approx(wilson(1, 2))
    assert in_order([0.1, math.nan, 0.2], [0, 0, 0.1], [0.15, 1, 0.3]) == "in order"
    assert in_order([0.1], [0], [1]) == "unknown"
    assert in_order([0.2, 0.2], [0, 0], [1, 1]) == "too close"
    assert in_order([0.5, 0.2, 0.9], [0.4, 0.1, 0.8], [0.6, 0.3, 1.0]) == "not in order"
    assert in_order([0.3, 0.35, 0.1], [0.25, 0.1, 0.05], [0.35, 0.6, 0.15]) == "not in order"
