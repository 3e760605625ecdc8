"""GraphML and JSON: the same graph comes back, by the readers of networkx."""

from __future__ import annotations

import json

import networkx as nx
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.graph import success_graph, to_graphml, to_json
from outcomegap.testing import models
from tests.graph.models import gap, model_of
from tests.graph.test_draw import NASTY


def present(graph):
    """Return nodes and edges without what has no value."""
    nodes = {key: {k: v for k, v in data.items() if v is not None} for key, data in graph.nodes(data=True)}
    edges = {(a, b): {k: v for k, v in data.items() if v is not None} for a, b, data in graph.edges(data=True)}
    return nodes, edges


@pytest.mark.parametrize("name", og.gallery.names())
def test_graphml_comes_back(name, tmp_path):
    graph = success_graph(og.gallery.load(name))
    to_graphml(graph, tmp_path / "graph.graphml")
    back = nx.read_graphml(tmp_path / "graph.graphml")
    assert type(back) is nx.DiGraph
    assert present(back) == present(graph)
    assert back.graph["name"] == graph.graph["name"]


@settings(max_examples=25, deadline=None)
@given(models(max_steps=6, columns=True))
def test_json_comes_back(model):
    graph = success_graph(model)
    back = nx.node_link_graph(json.loads(to_json(graph)), edges="edges")
    assert nx.utils.graphs_equal(back, graph)


@pytest.mark.parametrize("name", [*NASTY, "</script><!--", "two\nlines\r\nand\ta tab", "half \ud800 pair", "nul \x00"])
def test_any_name_survives(name, tmp_path):
    graph = success_graph(model_of(og.AnyOf(gap(name), gap("other"))))
    text = to_json(graph)
    assert text.encode()
    assert not set("<>&\u2028\n") & set(text)
    assert list(nx.node_link_graph(json.loads(text), edges="edges")) == list(graph)
    to_graphml(graph, tmp_path / "graph.graphml")
    legal = name.replace("\ud800", "\ufffd").replace("\x00", "\ufffd")
    assert legal in nx.read_graphml(tmp_path / "graph.graphml")


@given(st.text())
def test_json_is_safe_in_a_page(label):
    graph = nx.DiGraph()
    graph.add_node(label)
    text = to_json(graph)
    assert "<" not in text
    assert json.loads(text)["nodes"] == [{"id": label}]


def test_names_that_become_one_stay_two(tmp_path):
    graph = nx.DiGraph()
    graph.add_edge("a\x00", "a\x01")
    to_graphml(graph, tmp_path / "graph.graphml")
    assert set(nx.read_graphml(tmp_path / "graph.graphml").edges) == {("a\ufffd", "a\ufffd #2")}
