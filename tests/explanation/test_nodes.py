"""As many nodes as exactness asks for, or fewer where the remainder is bounded by 1e-12."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

import outcomegap as og
from outcomegap.explanation import gradients
from outcomegap.explanation.gradients import node_count, nodes
from outcomegap.model import AllOf, AnyOf, AtLeast, Mean
from tests.model.make import gap, model_of


@pytest.mark.parametrize("degree", range(1, 41))
def test_every_polynomial_of_the_degree_is_integrated_exactly(degree):
    """The gradient of a function of degree d has degree d - 1."""
    t, w = nodes(degree)
    rng = np.random.default_rng(degree)
    for _ in range(20):
        coefficients = [int(c) for c in rng.integers(-9, 10, degree)]
        exact = sum((Fraction(c, power + 1) for power, c in enumerate(coefficients)), Fraction(0))
        found = float(np.dot(w, np.polynomial.polynomial.polyval(t, coefficients)))
        assert abs(found - exact) <= 1e-13 * sum(map(abs, coefficients))


@pytest.mark.parametrize("degree", range(1, 17))
def test_one_node_less_would_not_be_exact(degree):
    count = node_count(degree)
    assert count == math.ceil(degree / 2)
    if count == 1:
        return
    x, w = np.polynomial.legendre.leggauss(count - 1)
    t, w = (x + 1) / 2, w / 2
    powers = range(degree)
    worst = max(abs(float(np.dot(w, t**power)) - 1 / (power + 1)) for power in powers)
    assert worst > 1e-12


@given(st.integers(0, 5000))
def test_never_more_than_exactness_asks_for_and_never_fewer_for_more(degree):
    assert 1 <= node_count(degree) <= max(1, math.ceil(degree / 2))
    assert node_count(degree) <= node_count(degree + 1)


def test_how_many_there_are():
    assert [node_count(degree) for degree in (0, 1, 2, 3, 40, 100, 300, 1000)] == [1, 1, 1, 2, 20, 39, 71, 134]


@pytest.mark.parametrize("degree", [1, 2, 7, 40, 300])
def test_nodes_and_weights(degree):
    t, w = nodes(degree)
    assert len(t) == len(w) == node_count(degree)
    assert ((t > 0) & (t < 1)).all()
    assert (w > 0).all()
    assert w.sum() == pytest.approx(1, abs=1e-14)
    np.testing.assert_allclose(t + t[::-1], 1, atol=1e-14)
    assert nodes(degree)[0] is t  # made once


@pytest.mark.parametrize("degree", [60, 100, 300, 1000])
def test_the_remainder_is_within_its_bound(degree):
    """Products of degree - 1 factors between 1 and an attainment, the gradients of AllOf: against all nodes."""
    exact_count = math.ceil(degree / 2)
    assert node_count(degree) < exact_count or degree == 60
    t, w = nodes(degree)
    x, v = np.polynomial.legendre.leggauss(exact_count)
    s, v = (x + 1) / 2, v / 2
    rng = np.random.default_rng(degree)
    for low, high in ((0, 1), (0, 0), (0.9, 1), (0.99, 1), (0, 1e-3)):
        a = rng.uniform(low, high, degree - 1)
        some, every = (np.prod(1 - np.outer(at, 1 - a), axis=1) for at in (t, s))
        assert abs(np.dot(w, some) - np.dot(v, every)) <= 1e-12
        # Of AnyOf, whose gradients are products of what the others lack.
        some, every = (np.prod(np.outer(at, 1 - a), axis=1) for at in (t, s))
        assert abs(np.dot(w, some) - np.dot(v, every)) <= 1e-12


@pytest.mark.parametrize("degree", [46, 49, 52, 60, 70, 92, 100, 134])
def test_the_sum_of_the_parts_is_within_the_bound_too(degree):
    """k of n steps of which nobody has any, so the parts sum to 1.

    The slope along the line is n C(n-1, k-1) (1-t)^(k-1) t^(n-k); that of any monotone function along any line is a
    mixture of these.
    """
    t, w = nodes(degree)
    for k in range(1, degree + 1):
        scale = math.exp(math.log(degree) + math.log(math.comb(degree - 1, k - 1)))
        total = math.fsum(w * np.exp(np.log1p(-t) * (k - 1) + np.log(t) * (degree - k)) * scale)
        assert abs(total - 1) <= 1e-12


def test_a_sum_of_many_parts_where_nothing_is_attained():
    """Forty-six steps of which twenty are enough: with a remainder of 1e-12 a part the sum would miss by 2e-12."""
    steps = [gap(f"s{i}") for i in range(46)]
    scores = og.Scorer(model_of(AtLeast(20, *steps))).score({f"s{i}": [0.0] for i in range(46)} | {"API": [1.0]})
    assert scores.attribution().values.sum() == pytest.approx(1, abs=1e-13)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 36, 121, 134, 250])
def test_nodes_and_weights_are_right_to_their_last_digits(count):
    """Against Newton's method with fifty digits."""
    t, w = gradients._legendre(count)
    for place in {0, 1, count // 3, count // 2, count - 1} & set(range(count)):
        node, weight = in_decimals(count, t[place])
        assert abs(Decimal(float(t[place])) / node - 1) <= Decimal("3e-15")
        assert abs(Decimal(float(w[place])) / weight - 1) <= Decimal("2e-14")


def in_decimals(count, near):
    with localcontext() as context:
        context.prec = 50
        x = 2 * Decimal(float(near)) - 1
        for _ in range(5):
            before, value = Decimal(1), x
            for k in range(2, count + 1):
                before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
            slope = count * (before - x * value) / (1 - x * x) if count > 1 else Decimal(1)
            x -= value / slope
        return (x + 1) / 2, 1 / ((1 - x * x) * slope * slope)


def test_with_far_fewer_nodes_the_remainder_would_show():
    x, w = np.polynomial.legendre.leggauss(node_count(100) // 2)
    assert abs(np.dot(w / 2, (1 - (x + 1) / 2) ** 99) - 0.01) > 1e-12


@pytest.mark.parametrize(("n", "rows"), [(5, 20), (40, 10), (100, 5), (300, 3), (1000, 1)])
@pytest.mark.parametrize("low", [0.0, 0.99])
def test_parts_sum_to_the_gap(n, rows, low):
    scorer = og.Scorer(model_of(AllOf(*(gap(f"s{i}") for i in range(n)))))
    assert scorer.compiled.programs[0].required.degree == n
    rng = np.random.default_rng(n)
    table = {f"s{i}": rng.uniform(low, 1, rows) for i in range(n)} | {"API": rng.uniform(0, 1, rows)}
    scores = scorer.score(table)
    assert np.abs(scores.attribution().values.sum(axis=1) - scores.gap).max() <= 1e-12


@pytest.mark.parametrize("n", range(1, 41))
def test_parts_sum_to_the_gap_at_every_degree(n):
    steps = [gap(f"s{i}") for i in range(n)]
    roots = [AllOf(*steps), AnyOf(*steps), AtLeast((n + 1) // 2, *steps)]
    if n > 2:
        roots.append(AllOf(Mean(*steps[: n // 2]), AnyOf(*steps[1:])))
    rng = np.random.default_rng(n)
    for root in roots:
        scores = og.Scorer(model_of(root)).score(
            {f"s{i}": rng.uniform(0, 1, 4) for i in range(n)} | {"API": rng.uniform(0, 1, 4)}
        )
        assert np.abs(scores.attribution().values.sum(axis=1) - scores.gap).max() <= 1e-13


def test_too_few_nodes_would_be_noticed(monkeypatch):
    """The checks above can fail."""
    monkeypatch.setattr(gradients, "node_count", lambda degree: max(1, degree // 2 - 1))
    gradients.nodes.cache_clear()
    try:
        scores = og.Scorer(model_of(AllOf(*(gap(f"s{i}") for i in range(8))))).score(
            {f"s{i}": [0.1 * i] for i in range(8)} | {"API": [1.0]}
        )
        assert abs(scores.attribution().values.sum() - scores.gap[0]) > 1e-6
    finally:
        gradients.nodes.cache_clear()
