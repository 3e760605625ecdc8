"""The Theil-Sen slope against SciPy and a published example, its interval against all orders."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomegap.errors import DataError
from outcomegap.journey.trend import _critical, theil_sen, theil_sen_rows


def test_cloud_seeding():
    """Hollander & Wolfe, Nonparametric Statistical Methods, example 9.1: five years, slope -0.056."""
    found = theil_sen([1, 2, 3, 4, 5], [1.26, 1.27, 1.12, 1.16, 1.03], 0.90)
    assert (round(found.slope, 3), round(found.low, 2), round(found.high, 2)) == (-0.056, -0.13, 0.01)


@pytest.mark.parametrize(
    ("n", "tail", "limit"), [(4, 0.05, 6), (5, 0.05, 8), (5, 0.025, 10), (10, 0.025, 23), (3, 0.05, None)]
)
def test_kendall_s_critical_values(n, tail, limit):
    """Kendall, Rank Correlation Methods, table 1: the least S with at most that tail."""
    assert _critical(n, tail) == limit


@pytest.mark.parametrize("n", [4, 5, 6, 7])
def test_the_tail_by_counting_all_orders(n):
    limit = _critical(n, 0.05)
    pairs = [(i, j) for j in range(n) for i in range(j)]
    scores = [sum(1 if p[i] < p[j] else -1 for i, j in pairs) for p in permutations(range(n))]
    tail = [sum(s >= k for s in scores) / len(scores) for k in (limit, limit - 2)]
    assert tail[0] <= 0.05 < tail[1]


@pytest.mark.parametrize("n", [5, 6, 7])
def test_the_interval_misses_a_flat_line_as_often_as_it_says(n):
    """Over all orders of n noises the slope 0 lies outside in at most 1 - confidence of them, and the next one is more."""
    out = 0
    noise = np.exp(np.arange(n))  # no two pairwise differences alike
    orders = list(permutations(range(n)))
    for order in orders:
        found = theil_sen(range(n), noise[list(order)], 0.90)
        out += not found.low <= 0 <= found.high
    assert 0 < out / len(orders) <= 0.10


@settings(deadline=None)
@given(st.lists(st.floats(-10, 10, allow_subnormal=False), min_size=2, max_size=25), st.integers(0, 99))
def test_slope_is_scipy_s(values, seed):
    stats = pytest.importorskip("scipy.stats")
    times = np.sort(np.random.default_rng(seed).choice(500, len(values), replace=False))
    assert theil_sen(times, values).slope == pytest.approx(stats.theilslopes(values, times).slope, abs=1e-12)


def test_interval_is_near_scipy_s_for_many_points():
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    for n in (30, 41, 60):  # exact, then approximated
        t, y = np.arange(n), rng.normal(size=n).round(1 if n > 40 else 9).cumsum()
        ours, theirs = theil_sen(t, y), stats.theilslopes(y, t, alpha=0.95)
        spread = ours.high - ours.low
        assert ours.low == pytest.approx(theirs.low_slope, abs=0.06 * spread)
        assert ours.high == pytest.approx(theirs.high_slope, abs=0.06 * spread)


@pytest.mark.parametrize("values", [[1, 1, 2, 3, 4, 5, 6], [1, 1, 1, 2, 3, 4], [1, 1, 2, 2, 3, 3, 4]])
def test_the_interval_with_ties_by_counting_all_orders(values):
    """The variance of Kendall's S over all orders of these values, and the slopes that it cuts off."""
    n, pairs = len(values), [(i, j) for j in range(len(values)) for i in range(j)]
    spread = np.mean([sum(np.sign(p[j] - p[i]) for i, j in pairs) ** 2 for p in permutations(values)])
    cut = math.floor((len(pairs) - 1.6448536269514722 * math.sqrt(spread)) / 2)
    order = np.random.default_rng(0).permutation(values).astype(float)
    slopes = sorted((order[j] - order[i]) / (j - i) for i, j in pairs)
    found = theil_sen(range(n), order, 0.90)
    assert (found.low, found.high) == (slopes[cut - 1], slopes[-cut])
    assert found.slope == pytest.approx(np.median(slopes))


@pytest.mark.parametrize("n", [1, 2, 5, 12, 45])
def test_many_series_at_once_are_each_by_itself(n):
    rng = np.random.default_rng(n)
    times = np.sort(rng.choice(1000, n, replace=False)).astype(float)
    values = np.concatenate([rng.integers(0, 5, (40, n)), rng.random((40, n))])
    values[rng.random(values.shape) < 0.15] = np.nan
    rows = np.column_stack(theil_sen_rows(times, values, 0.95))
    alone = [theil_sen(times, each) for each in values]
    np.testing.assert_array_equal(rows, [(one.slope, one.low, one.high, one.points) for one in alone])


def test_one_wild_point_in_four_hardly_matters():
    values = -0.01 * np.arange(12.0)
    values[[2, 7, 9]] = 50, -80, 90
    assert theil_sen(np.arange(12), values).slope == pytest.approx(-0.01, abs=0.01)


def test_few_points_say_little():
    assert np.isnan(theil_sen([], []).slope)
    assert theil_sen([3], [1.0]).points == 1
    two = theil_sen([0, 10], [1.0, 0.5])
    assert (two.slope, np.isnan(two.low), np.isnan(two.high)) == (-0.05, True, True)
    assert np.isnan(theil_sen(range(4), range(4)).low)  # even the largest S of 4 points has a tail of 1 / 24 > 0.025
    assert theil_sen(range(5), range(5)).low == 1.0


def test_nan_is_left_out_and_equal_values_are_flat():
    found = theil_sen([0, 1, 2], [1.0, np.nan, 3.0])
    assert (found.slope, found.points) == (1.0, 2)
    flat = theil_sen(range(8), [0.5] * 8)
    assert (flat.slope, flat.low, flat.high, flat.points) == (0.0, 0.0, 0.0, 8)


@pytest.mark.parametrize(
    ("times", "values", "confidence", "message"),
    [
        ([0, 1], [1.0], 0.95, "one value a time"),
        ([0, 0], [1.0, 2.0], 0.95, "no two of them are equal"),
        ([0, np.nan], [1.0, 2.0], 0.95, "times are finite"),
        (["a", "b"], [1.0, 2.0], 0.95, "times must be numbers"),
        ([[0, 1]], [1.0, 2.0], 0.95, "one number a point"),
        ([0, 1], [1.0, np.inf], 0.95, "a value is infinite"),
        ([0, 1], ["x", "y"], 0.95, "values must be numbers"),
        ([0, 1], [1.0, 2.0], 1.0, "confidence must be"),
    ],
)
def test_bad_arguments(times, values, confidence, message):
    with pytest.raises(DataError, match=message):
        theil_sen(times, values, confidence)
