"""Statistics against SciPy, published tables and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, strategies as st

import outcomegap as og
from outcomegap import stats


@given(st.integers(0, 400), st.integers(1, 400), st.floats(0.01, 0.999))
def test_wilson_is_scipys(count, of, confidence):
    count = min(count, of)
    low, high = stats.wilson(count, of, confidence)
    found = scipy.stats.binomtest(count, of).proportion_ci(confidence, method="wilson")
    assert (low, high) == pytest.approx((found.low, found.high), abs=1e-12)
    assert stats.wilson([count, 0], [of, 0], confidence)[0].tolist() == [low, 0.0]


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_newcombe_1998_table_one(count, of, low, high):
    """Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, 857-872."""
    assert stats.wilson(count, of) == pytest.approx((low, high), abs=5e-5)


def test_one_large_customer_counts_as_hardly_more_than_one():
    many = stats.weighted_wilson([True] + [False] * 99, [1e6] + [1] * 99)
    assert many == pytest.approx(stats.wilson(1, 1), abs=1e-3)
    effective = 36 / 14
    found = stats.weighted_wilson([True, False, False], np.array([3.0, 2.0, 1.0]))
    assert found == pytest.approx(stats.wilson(effective / 2, effective))


def test_wilson_at_the_ends():
    assert stats.wilson(0, 0) == (0.0, 1.0)
    assert stats.wilson(0, 10)[0] == 0.0
    assert stats.wilson(10, 10)[1] == 1.0
    with pytest.raises(og.DataError):
        stats.wilson(2, 1)
    with pytest.raises(og.DataError):
        stats.wilson(1, 2, 1.0)


def test_weights_make_customers_fewer():
    assert stats.weighted_wilson([1, 0, 1], [2.0, 2.0, 2.0]) == pytest.approx(stats.wilson(2, 3))
    assert stats.weighted_wilson([1, 0], [0.0, 0.0]) == (0.0, 1.0)
    few = stats.weighted_wilson([1, *[0] * 9], [100.0, *[1.0] * 9])
    assert few[1] - few[0] > 0.6
    with pytest.raises(og.DataError):
        stats.weighted_wilson([1], [-1.0])


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.5, 50), st.floats(0.5, 50))
def test_poisson_rise_is_the_binomial_test(x1, x2, e1, e2):
    rise = stats.poisson_rise((x1, x2), (e1, e2), 0.95)
    n, share = x1 + x2, e2 / (e1 + e2)
    if n:
        test = scipy.stats.binomtest(x2, n, share, alternative="greater")
        assert rise["p_value"] == pytest.approx(test.pvalue, rel=1e-9)
        ends = scipy.stats.binomtest(x2, n).proportion_ci(0.95, method="exact")
        assert rise["low"] == pytest.approx(ends.low / (1 - ends.low) * e1 / e2, rel=1e-9)
        if ends.high < 1:
            assert rise["high"] == pytest.approx(ends.high / (1 - ends.high) * e1 / e2, rel=1e-9)
    fewest = np.array([rise["needed"], rise["needed"] - 1])
    enough = scipy.stats.binom.sf(fewest - 1, x1 + fewest, share) <= 0.05
    assert enough.tolist() == [True, False]


def test_mean_rise_of_the_same_customers_is_the_paired_error():
    rng = np.random.default_rng(3)
    one = rng.normal(size=40)
    two = one + rng.normal(0.2, 0.1, size=40)
    rise, error = stats.mean_rise(one, two)
    assert rise == pytest.approx((two - one).mean())
    assert error == pytest.approx(scipy.stats.sem(two - one), rel=1e-9)
    assert math.isnan(stats.mean_rise(np.append(one[:1], np.full(39, np.nan)), two)[0])


@given(st.lists(st.one_of(st.integers(0, 4).map(float), st.floats(-5, 5), st.just(math.nan)), min_size=2, max_size=12))
def test_theil_sen_is_scipys(values):
    y = np.array(values)
    t = np.arange(len(y), dtype=float)
    known = ~np.isnan(y)
    slope, low, high, points = stats.theil_sen(t, y)
    assert points[0] == known.sum()
    if known.sum() < 2:
        assert math.isnan(slope[0])
        return
    found = scipy.stats.theilslopes(y[known], t[known], 0.95)
    assert slope[0] == pytest.approx(found.slope)
    if not math.isnan(low[0]):
        assert (low[0], high[0]) == pytest.approx((found.low_slope, found.high_slope))


@given(st.lists(st.tuples(st.floats(-9, 9), st.integers(0, 5)), min_size=1, max_size=12), st.floats(0, 1))
def test_a_weight_is_so_many_customers(pairs, q):
    values, weights = (np.array(part, dtype=float) for part in zip(*pairs, strict=True))
    repeated = np.repeat(values, weights.astype(int))
    found = stats.weighted_quantiles(values, weights, [q])[0]
    if not len(repeated):
        assert math.isnan(found)
        return
    assert found in values
    below, upto = (repeated < found).mean(), (repeated <= found).mean()
    assert below <= q + 1e-9
    assert upto >= q - 1e-9


def test_weighted_mean_intervals_are_those_of_scipy_and_of_the_definition():
    from scipy import stats as scipy_stats

    from outcomegap.stats import weighted_mean_interval

    random = np.random.default_rng(4)
    for size in (2, 3, 10, 99):
        x, w = random.random(size), random.random(size) * 5
        low, high = weighted_mean_interval(size, size, x.sum(), (x * x).sum(), 0.9)
        wanted = scipy_stats.t.interval(0.9, size - 1, x.mean(), scipy_stats.sem(x))
        np.testing.assert_allclose((low, high), wanted, rtol=1e-9)
        n = w.sum() ** 2 / (w * w).sum()  # weights that sum to the effective number count as that many customers
        sums = w.sum(), (w * w).sum(), (w * x).sum(), (w * x * x).sum()
        counts = w * n / w.sum()
        mean = (counts * x).sum() / n
        error = np.sqrt((counts * (x - mean) ** 2).sum() / (n - 1) / n)
        wanted = scipy_stats.t.interval(0.95, n - 1, mean, error)
        np.testing.assert_allclose(weighted_mean_interval(*sums), wanted, rtol=1e-9)
    same = weighted_mean_interval([4.0, 0.0, 1.0], [4.0, 0.0, 1.0], [1.2, 0.0, 0.3], [0.36, 0.0, 0.09])
    np.testing.assert_allclose(same, [[0.3, np.nan, np.nan]] * 2)


@pytest.mark.parametrize(
    ("p", "q", "n"), [(0.5, 0.2, 100), (0.0, 0.0, 10), (1.0, 0.0, 5), (1.0, 0.0, 1), (0.1, 0.9, 7)]
)
def test_the_difference_of_two_shares_has_the_normal_interval_of_some_answers_more(p, q, n):
    """Bonett & Price 2012: as the mean of 1, -1 and 0 after about one more of each sign; it holds the difference."""
    z = 1.959963984540054
    signs, counts = np.array([1.0, -1.0, 0.0]), np.array([p * n + z * z / 4, q * n + z * z / 4, (1 - p - q) * n])
    middle = np.average(signs, weights=counts)
    reach = z * np.sqrt(np.average((signs - middle) ** 2, weights=counts) / counts.sum())
    difference, low, high = stats.share_difference(p, q, n)
    assert difference == pytest.approx(p - q)
    assert (low, high) == pytest.approx((max(middle - reach, -1), min(middle + reach, 1)))
    assert low <= difference <= high
    assert np.isnan(stats.share_difference(np.nan, np.nan, 0)[1:]).all()


@pytest.mark.parametrize("n", [5, 20])
@pytest.mark.parametrize(("p", "q"), [(0.5, 0.2), (0.9, 0.02), (0.98, 0.0), (0.1, 0.1), (0.3, 0.7), (1 / 3, 1 / 3)])
def test_the_interval_of_a_difference_of_shares_holds_it(p, q, n):
    """Over all samples: the plain normal interval of 20 answers holds 0.98 - 0 in one sample of three."""
    ones, others = np.array([(one, other) for one in range(n + 1) for other in range(n + 1 - one)]).T
    chance = scipy.stats.multinomial.pmf(np.column_stack([ones, others, n - ones - others]), n, [p, q, 1 - p - q])
    _, low, high = stats.share_difference(ones / n, others / n, n)
    assert chance[(low <= p - q) & (p - q <= high)].sum() > 0.92
