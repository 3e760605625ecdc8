"""Wilson's interval: published values, a peer library, and the test that it inverts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomegap.churn import weighted_wilson, wilson
from outcomegap.errors import DataError


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_newcombe_1998_table_one(count, of, low, high):
    """Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, 857-872."""
    assert wilson(count, of) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.95, 0.999])
@pytest.mark.parametrize(("count", "of"), [(0, 1), (1, 1), (3, 7), (50, 1000), (999, 1000)])
def test_as_scipy_says(count, of, confidence):
    stats = pytest.importorskip("scipy.stats")
    found = stats.binomtest(count, of).proportion_ci(confidence, method="wilson")
    assert wilson(count, of, confidence) == pytest.approx((found.low, found.high), abs=1e-12)


def ends_by_search(count, of, z):
    """Every share that the score test does not reject, by bisection from the observed share outwards."""

    def accepted(share):
        return abs(count / of - share) <= z * math.sqrt(share * (1 - share) / of)

    def search(inside, outside):
        for _ in range(200):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if accepted(middle) else (inside, middle)
        return inside

    return search(count / of, 0.0), search(count / of, 1.0)


@given(st.integers(1, 5000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), st.floats(0.5, 4))
@settings(max_examples=100, deadline=None)
def test_it_inverts_the_score_test(pair, z):
    confidence = math.erf(z / math.sqrt(2))
    low, high = wilson(*pair, confidence)
    assert (low, high) == pytest.approx(ends_by_search(*pair, z), abs=1e-7)
    assert 0 <= low <= pair[0] / pair[1] <= high <= 1


def test_nothing_is_known_of_nobody():
    assert wilson(0, 0) == (0.0, 1.0)
    assert weighted_wilson([], []) == (0.0, 1.0)
    assert weighted_wilson([True, False], [0, 0]) == (0.0, 1.0)


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.floats(1e-200, 1e200))
def test_equal_weights_are_counts(part, weight):
    assert weighted_wilson(part, [weight] * len(part)) == pytest.approx(wilson(sum(part), len(part)), abs=1e-9)


def test_one_large_customer_counts_as_hardly_more_than_one():
    many = weighted_wilson([True] + [False] * 99, [1e6] + [1] * 99)
    assert many == pytest.approx(wilson(1, 1), abs=1e-3)
    weights = np.array([3.0, 2.0, 1.0])
    effective = 36 / 14
    assert weighted_wilson([True, False, False], weights) == pytest.approx(wilson(effective / 2, effective))


@pytest.mark.parametrize("count", [-1, 3, float("nan"), float("inf"), "1", None, True])
def test_bad_count(count):
    with pytest.raises(DataError, match="0 <= count <= of"):
        wilson(count, 2)


@pytest.mark.parametrize("of", [-1, float("nan"), float("inf"), "2", None])
def test_bad_of(of):
    with pytest.raises(DataError, match="0 <= count <= of"):
        wilson(0, of)


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, float("nan"), "0.95", None, True])
def test_bad_confidence(confidence):
    with pytest.raises(DataError, match=r"between 0 and 1, such as 0\.95"):
        wilson(1, 2, confidence)
    with pytest.raises(DataError, match=r"between 0 and 1, such as 0\.95"):
        weighted_wilson([True], [1], confidence)


@pytest.mark.parametrize(
    "weights", [[1, None], ["1", "2"], [[1, 2]], 3, None, [1, 10**400], [1, -1], [1, float("nan")], [1, float("inf")]]
)
def test_bad_weights(weights):
    with pytest.raises(DataError, match="one finite weight of 0 or more"):
        weighted_wilson([True, False], weights)


@pytest.mark.parametrize("part", [[True], ["no", "yes"], [float("nan"), 1], [None, True], [0.5, 1], [2, 0], 3, None])
def test_bad_part(part):
    """Text is no truth value, however it is meant: NumPy takes every text for true."""
    with pytest.raises(DataError, match="part: a weighted interval needs one truth value for each weight"):
        weighted_wilson(part, [1, 2])


def test_zero_and_one_are_truth_values_and_numpy_numbers_are_numbers():
    assert weighted_wilson([1, 0], [1, 2]) == weighted_wilson(np.array([True, False]), np.array([1, 2], dtype=object))
    assert wilson(np.int64(1), np.float32(2)) == wilson(1, 2)
