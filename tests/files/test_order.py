"""Order and circles, against networkx."""

from __future__ import annotations

import itertools
import re

import networkx as nx
from hypothesis import given, settings, strategies as st

from outcomegap.checks import Checks
from outcomegap.files.model_file import in_order

graphs = st.integers(1, 7).flatmap(
    lambda n: st.fixed_dictionaries({str(i): st.lists(st.integers(0, n - 1).map(str), unique=True) for i in range(n)})
)


@given(graph=graphs)
@settings(max_examples=200, deadline=None)
def test_against_networkx(graph):
    checks = Checks()
    order = in_order(graph, checks, lambda name: f"steps.{name}")
    edges = nx.DiGraph([(a, b) for a, below in graph.items() for b in below])
    assert bool(checks.findings) == (not nx.is_directed_acyclic_graph(edges))
    assert sorted(order) == sorted(graph)
    for finding in checks.findings:
        circle = re.findall(r"'(\d)'", finding.message)
        assert finding.where == f"steps.{circle[0]}"
        assert circle[0] == circle[-1]
        assert len(set(circle)) == len(circle) - 1
        assert all(b in graph[a] for a, b in itertools.pairwise(circle))
    if not checks.findings:
        place = {key: i for i, key in enumerate(order)}
        assert all(place[b] < place[a] for a, below in graph.items() for b in below)


def test_long_circles_are_told_in_short():
    checks = Checks()
    in_order({f"s{i}": [f"s{(i + 1) % 1000}"] for i in range(1000)}, checks, str)
    (finding,) = checks.findings
    assert len(finding.message) < 450
