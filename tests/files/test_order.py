"""Order and circles, against networkx."""

from __future__ import annotations

import networkx as nx
from hypothesis import given, settings, strategies as st

from outcomegap.files.gates import MOST, MOST_NAMES, circle_text, in_order

graphs = st.integers(1, 7).flatmap(
    lambda n: st.fixed_dictionaries({i: st.lists(st.integers(0, n - 1), unique=True) for i in range(n)})
)


@given(graph=graphs)
@settings(max_examples=200, deadline=None)
def test_against_networkx(graph):
    order, circles = in_order(graph)
    edges = nx.DiGraph([(a, b) for a, below in graph.items() for b in below])
    assert bool(circles) == (not nx.is_directed_acyclic_graph(edges))
    for circle in circles:
        assert len(set(circle)) == len(circle)
        assert all(b in graph[a] for a, b in zip(circle, [*circle[1:], circle[0]], strict=True))
        assert circle[0] == next(key for key in graph if key in circle)
    if not circles:
        assert sorted(order) == sorted(graph)
        place = {key: i for i, key in enumerate(order)}
        assert all(place[b] < place[a] for a, below in graph.items() for b in below)


def test_each_circle_is_told_but_not_without_end():
    assert len(in_order({i: [i] for i in range(5)})[1]) == 5
    order, circles = in_order({i: [i] for i in range(1000)})
    assert order == []
    assert len(circles) == MOST


def test_the_graph_is_left_as_it_was():
    graph = {"a": ["a"]}
    in_order(graph)
    assert graph == {"a": ["a"]}


def test_long_circles_are_told_in_short():
    assert circle_text(["a", "b", "c"]) == "'a' -> 'b' -> 'c' -> 'a'"
    text = circle_text([f"s{i}" for i in range(100)])
    assert text.startswith("'s0' -> 's1'")
    assert text.endswith("'s99' -> 's0'")
    assert f"... {101 - MOST_NAMES} more ..." in text
