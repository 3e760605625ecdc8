"""Weighted quantiles, by their definition in whole numbers, and against NumPy's own."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

from outcomegap.errors import DataError
from outcomegap.stats import weighted_quantiles as quantiles_of
from tests.scoring.example import email_customers, email_scores

weighted_values = st.lists(
    st.tuples(st.sampled_from([0.0, 0.25, 0.3, 0.5, 1.0, math.nan]), st.integers(0, 5)), min_size=1, max_size=12
)


@given(weighted_values, st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 0.9, 1.0]), min_size=1, max_size=4))
def test_quantiles_by_their_definition(pairs: list[tuple[float, int]], probabilities: list[float]) -> None:
    pairs = sorted(pairs, key=lambda pair: (math.isnan(pair[0]), pair[0]))
    values, weights = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    known = [(x, w) for x, w in pairs if not math.isnan(x) and w > 0]
    expected = []
    for q in probabilities:
        below, least = 0, math.nan
        for x, w in known:
            below += w
            if below >= Fraction(str(q)) * sum(w for _, w in known):
                least = x
                break
        expected.append(least)
    np.testing.assert_array_equal(quantiles_of(values, weights, probabilities), expected)


def test_quantiles_equal_numpys() -> None:
    scores = email_scores(300, seed=5)
    d, w = scores.desired, email_customers(300, seed=5)["mrr"] + 0.5
    probabilities = (0.0, 0.05, 0.33, 0.5, 0.8, 1.0)
    ideal = np.array([segment != "hobby" for segment in email_customers(300, seed=5)["segment"]])
    keep = ~np.isnan(d) & ideal
    expected = np.quantile(d[keep], probabilities, weights=w[keep], method="inverted_cdf")
    found = scores.by(weight=w, quantiles=probabilities).total.quantiles
    np.testing.assert_array_equal(list(found.values()), expected)
    assert tuple(found) == probabilities


@pytest.mark.parametrize("wrong", [(1.5,), (-0.1,), (math.nan,), ("x",)])
def test_probabilities_lie_between_0_and_1(wrong: object) -> None:
    with pytest.raises(DataError, match="quantiles"):
        email_scores(10).by("segment", quantiles=wrong)  # type: ignore[arg-type]


def test_a_value_without_weight_is_no_quantile() -> None:
    values, weights = np.array([0.1, 0.5, 0.9]), np.array([0.0, 1.0, 0.0])
    assert quantiles_of(values, weights, [0.0, 0.5, 1.0]).tolist() == [0.5, 0.5, 0.5]
    assert np.isnan(quantiles_of(values, np.zeros(3), [0.5])).all()
