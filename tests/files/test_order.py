"""Order and circles, against networkx."""

from __future__ import annotations

import networkx as nx
from hypothesis import given, settings, strategies as st

from outcomegap.files.model_file import circle_text, in_order

graphs = st.integers(1, 7).flatmap(
    lambda n: st.fixed_dictionaries({str(i): st.lists(st.integers(0, n - 1).map(str), unique=True) for i in range(n)})
)


@given(graph=graphs)
@settings(max_examples=200, deadline=None)
def test_against_networkx(graph):
    order, circle = in_order(graph)
    edges = nx.DiGraph([(a, b) for a, below in graph.items() for b in below])
    assert bool(circle) == (not nx.is_directed_acyclic_graph(edges))
    assert sorted(order) == sorted(graph)
    assert len(set(circle)) == len(circle)
    assert all(b in graph[a] for a, b in zip(circle, [*circle[1:], *circle[:1]], strict=True))
    if not circle:
        place = {key: i for i, key in enumerate(order)}
        assert all(place[b] < place[a] for a, below in graph.items() for b in below)


def test_long_circles_are_told_in_short():
    assert circle_text(["a", "b", "c"]) == "'a' -> 'b' -> 'c' -> 'a'"
    text = circle_text([f"s{i}" for i in range(1000)])
    assert text.startswith("'s0' -> 's1'")
    assert len(text) == 400
