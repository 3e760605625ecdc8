"""Probabilities near 1e-12 keep their relative accuracy: they are computed as written, never as 1 - success."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st

import outcomegap as og
from outcomegap.model import AllOf, AnyOf, AtLeast, Mean
from outcomegap.testing import gates
from tests.model.make import gap, model_of
from tests.program.rational import program_of, required, steps_in

STEPS = [gap(name) for name in "abcdefgh"]
RARE = st.sampled_from([1e-3, 3e-4, 1e-4, 7e-6, 1e-6, 2e-9])


def scored(root, point):
    """R in floats, as customers are scored."""
    scorer = og.Scorer(model_of(root))
    columns = {step.measure.name: np.array([point.get(step, 1.0)]) for step in scorer.model.steps}
    return float(scorer.score(columns).required[0])


def relative_error(root, point):
    exact = required(program_of(root), {step: Fraction(p) for step, p in point.items()})
    return float(abs(Fraction(scored(root, point)) - exact) / exact), float(exact)


A, B, C, D, E, F, *_ = STEPS
GRAPHS = {
    "both": AllOf(A, B, C),
    "any of pairs": AnyOf(AllOf(A, B, C), AllOf(D, E, F)),
    "shared": AnyOf(AllOf(A, B, C), AllOf(A, D, E), AllOf(B, D, F)),
    "two of": AllOf(AtLeast(2, A, B, C), D),
    "two of what shares": AtLeast(2, AllOf(A, B), AllOf(B, C), AllOf(C, D, E)),
    "mean": AllOf(A, Mean(B, C, weights=(1, 3)), D),
    "shared mean": AllOf(Mean(A, B), AnyOf(Mean(B, A), C), D, E),
}


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("p", [1e-3, 1e-4, 1e-6])
def test_by_hand(name, p):
    point = {step: p * (1 + number / 10) for number, step in enumerate(STEPS)}
    error, exact = relative_error(GRAPHS[name], point)
    assert exact < 1e-5
    assert error <= 1e-14


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.data())
def test_of_any_graph(data):
    root = data.draw(gates(STEPS, per_cell=False))
    point = {step: data.draw(RARE) for step in steps_in(program_of(root))}
    error, exact = relative_error(root, point)
    assume(exact < 1e-5)
    assert error <= 1e-12


def test_a_rare_event_under_many_alternatives():
    pairs = [AllOf(gap(f"x{i}"), gap(f"y{i}")) for i in range(40)]
    point = {step: 1e-7 * (1 + number) for number, step in enumerate(steps_in(program_of(AnyOf(*pairs))))}
    error, exact = relative_error(AnyOf(*pairs), point)
    assert 1e-12 < exact < 1e-9
    assert error <= 1e-14
