"""Minimal sets through gates on numbers: against every set of steps."""

from __future__ import annotations

from itertools import combinations

import pytest

from outcomegap.errors import EngineError
from outcomegap.graph import success_graph
from outcomegap.graph.minimal_sets import cut_sets, path_sets
from outcomegap.model import AllOf, AnyOf, Mean, Numeric, PowerMean, Weakest
from tests.model.make import gap, model_of
from tests.numeric import Ces, value

A, B, C, D = (gap(name) for name in "abcd")
NAMES = "abcd"
GATES = [
    AnyOf(Weakest(A, B), AllOf(C, D)),
    AllOf(PowerMean(2, A, B), AnyOf(C, D)),
    AllOf(PowerMean(-2, A, B), Mean(C, D)),
    PowerMean(0.5, Weakest(A, B), PowerMean(-1, C, D)),
]


@pytest.mark.parametrize("reached", ["fully", "at_all"])
@pytest.mark.parametrize("needs", GATES, ids=repr)
def test_minimal_sets(needs, reached):
    model = model_of(needs)
    every = [frozenset(some) for size in range(5) for some in combinations(NAMES, size)]

    def holds(some):
        found = value(needs, {name: float(name in some) for name in NAMES})
        return found > 1 - 1e-9 if reached == "fully" else found > 1e-9

    paths = {s for s in every if holds(s) and not any(holds(s - {name}) for name in s)}
    cuts = {s for s in every if not holds(set(NAMES) - s) and all(holds(set(NAMES) - s | {name}) for name in s)}
    assert set(path_sets(model, part="required", reached=reached)) == paths
    assert set(cut_sets(model, part="required", reached=reached)) == cuts


def test_a_gate_of_ones_own_has_none():
    with pytest.raises(EngineError, match="a gate of your own, on numbers"):
        path_sets(model_of(Numeric(Ces(), A, B)))


def test_the_graph_names_them():
    graph = success_graph(model_of(AllOf(Numeric(Ces(), A, B), Weakest(C, D))))
    assert {"ces #1", "weakest #1"} <= set(graph)
