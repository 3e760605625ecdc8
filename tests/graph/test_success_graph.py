"""The success graph: its shape on any model, and what its nodes say."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.graph import success_graph, to_dot, to_mermaid
from outcomegap.model import Gate, Step
from outcomegap.model.gate import parts_in
from outcomegap.model.identity import postorder
from outcomegap.testing import models
from tests.graph.models import expectation, gap, model_of

GATES = ("all_of", "any_of", "at_least", "mean")
STEPS = ("function", "gap", "expectation")


def of_kind(graph, *kinds):
    return [key for key, kind in graph.nodes(data="kind") if kind in kinds]


def roots(outcome):
    return outcome.required.needs, outcome.experience.expects


def counting(outcome, cell):
    """What counts in a cell: all but what has a weight of 0 there."""
    return tuple(postorder(roots(outcome), lambda node: parts_in(node, cell)))


@settings(max_examples=60, deadline=None)
@given(models(max_steps=9, max_cells=4), st.data())
def test_shape_on_any_model(model, data):
    cell = data.draw(st.sampled_from(model.cells))
    outcome = model.outcome(cell)
    graph = success_graph(model, segment=cell.segment, stage=cell.stage, goal=cell.goal)
    assert nx.is_directed_acyclic_graph(graph)
    assert type(graph) is nx.DiGraph
    (desired,) = of_kind(graph, "desired")
    assert nx.ancestors(graph, desired) | {desired} == set(graph)
    nodes = counting(outcome, cell)
    steps, gates = ([node for node in nodes if isinstance(node, kind)] for kind in (Step, Gate))
    assert sorted(of_kind(graph, *STEPS)) == sorted(step.name for step in steps)
    keys = of_kind(graph, *GATES)
    assert len(keys) == len(gates)
    for key, gate in zip(keys, gates, strict=True):  # both children first
        assert graph.nodes[key]["kind"] == gate.kind
        children = parts_in(gate, cell)
        inside = {child.name for child in children if child in steps}
        into = set(graph.predecessors(key))
        assert len(into) == len(children)
        assert inside <= into
    for step in steps:
        assert set(graph.predecessors(step.name)) == {edge.name for edge in step.after}
    place = {key: number for number, key in enumerate(graph)}
    assert all(place[start] < place[end] for start, end in graph.edges)


@settings(max_examples=30, deadline=None)
@given(models(max_steps=6, max_cells=6))
def test_all_desired_outcomes_at_once(model):
    graph = success_graph(model)
    desired = of_kind(graph, "desired")
    assert len(desired) == len({model.outcome(cell) for cell in model.cells})
    assert all(any(nx.has_path(graph, key, end) for end in desired) for key in graph)
    for cell in model.cells:
        for node in counting(model.outcome(cell), cell):
            assert not isinstance(node, Step) or node.name in graph


@pytest.fixture
def model():
    sent = og.ProductFunction("sent", og.Measure("sent"), floor=0, target=1, owner="vendor")
    listed = og.SuccessGap(
        "list built",
        og.Measure("list_size", unit="contacts"),
        floor=0,
        target=og.per_cell(500, {"enterprise": 50_000, "enterprise/scaling": 200_000}),
        owner="customer",
        remedy="guide",
        bridgeable=False,
        after=[sent],
    )
    reply = og.Expectation("reply", og.Measure("hours", unit="h"), floor=48, target=og.column("sla_hours"))
    training = og.Expectation("training", og.Measure("days"), floor=0, target=2)
    weights = (og.per_cell(2, {"enterprise": 3}), 1)
    required = og.RequiredOutcome("sales", needs=og.AllOf(sent, listed))
    suits = og.AppropriateExperience("how", expects=og.Mean(reply, training, weights=weights))
    return og.OutcomeModel(
        "mail",
        desired_outcomes=[og.DesiredOutcome(required, suits)],
        segments=["startup", "enterprise"],
        stages=["early", "scaling"],
    )


def test_what_nodes_and_edges_say_in_one_cell(model):
    graph = success_graph(model, segment="enterprise", stage="scaling")
    assert graph.nodes["list built"] == {
        "kind": "gap",
        "label": "list built",
        "side": "required",
        "owner": "customer",
        "remedy": "guide",
        "bridgeable": False,
        "measure": "list_size",
        "unit": "contacts",
        "floor": 0.0,
        "target": 200_000.0,
    }
    assert graph.nodes["reply"]["target"] == "column sla_hours"
    assert graph.edges["reply", "mean #1"] == {"weight": 3.0}
    assert graph.edges["sent", "list built"] == {}
    assert set(graph.edges) == {
        ("sent", "list built"),
        ("sent", "all of #1"),
        ("list built", "all of #1"),
        ("reply", "mean #1"),
        ("training", "mean #1"),
        ("all of #1", "sales"),
        ("mean #1", "how"),
        ("sales", "desired outcome: sales"),
        ("how", "desired outcome: sales"),
    }


def test_what_differs_between_cells_is_left_open(model):
    whole = success_graph(model)
    assert whole.nodes["list built"]["target"] is None
    assert whole.nodes["list built"]["floor"] == 0.0
    assert whole.edges["reply", "mean #1"]["weight"] is None
    assert whole.edges["training", "mean #1"]["weight"] == 1.0
    segment = success_graph(model, segment="startup")
    assert segment.nodes["list built"]["target"] == 500.0
    assert segment.edges["reply", "mean #1"]["weight"] == 2.0


def test_weights_are_on_their_edges_and_a_weight_of_0_leaves_out():
    a, b, c = (gap(name) for name in "abc")
    ways = og.AnyOf(b, og.AllOf(a, c), weights=(og.per_cell(0.5, {"big": 0}), 1), name="ways")
    model = model_of(og.AllOf(a, ways, weights=(1, 0.2)), segments=["small", "big"])
    small, big, both = (success_graph(model, segment=segment) for segment in ("small", "big", None))
    assert small.edges["ways", "all of #2"] == {"weight": 0.2}
    assert small.edges["b", "ways"] == {"weight": 0.5}
    assert small.edges["a", "all of #1"] == {}
    assert "b" not in big
    assert set(big.predecessors("ways")) == {"all of #1"}
    assert both.edges["b", "ways"] == {"weight": None}
    assert '|"0.5"|' in to_mermaid(small)
    assert "0.2" in to_dot(small)


def test_an_unknown_cell(model):
    with pytest.raises(og.ModelError, match="segment='enterprize': fit no cell; choose one of startup/early"):
        success_graph(model, segment="enterprize")


def test_one_required_outcome_and_two_experiences():
    graph = success_graph(og.gallery.load("email-validation"))
    assert of_kind(graph, "required") == ["addresses that can be mailed"]
    assert of_kind(graph, "experience") == ["do it ourselves, today", "be looked after"]
    assert of_kind(graph, "desired") == [
        "desired outcome: addresses that can be mailed (startup)",
        "desired outcome: addresses that can be mailed (enterprise)",
    ]
    assert graph.in_degree("mean #2") == 6


def test_equal_gates_are_one_node_and_names_stay_unique():
    a, b, c = gap("a"), gap("all of #1"), gap("outcome")
    needs = og.AllOf(og.AnyOf(og.AllOf(a, b), c), og.AllOf(og.AllOf(b, a), c), og.AtLeast(2, a, b, c))
    graph = success_graph(model_of(needs))
    assert of_kind(graph, *GATES) == ["all of #2", "any of #1", "all of #3", "at least 2 of #1", "all of #4"]
    assert list(graph.successors("all of #2")) == ["any of #1", "all of #3"]
    assert graph.nodes["at least 2 of #1"]["k"] == 2
    assert graph.nodes["outcome #2"]["kind"] == "required"


def test_a_named_gate_bears_its_name():
    graph = success_graph(model_of(og.AllOf(gap("a"), gap("b"), name="both")))
    assert graph.nodes["both"]["label"] == "both"
    assert graph.nodes["both"]["kind"] == "all_of"


def test_a_deep_and_shared_graph_is_built():
    node, steps = gap("start"), [gap(f"s{i}") for i in range(500)]
    for i, step in enumerate(steps):
        node = og.AllOf(node, og.AnyOf(node, step)) if i % 2 else og.AnyOf(node, step)
    graph = success_graph(model_of(node))
    assert nx.dag_longest_path_length(graph) > 500


def test_two_goals_in_one_cell():
    goals = [
        og.DesiredOutcome(
            og.RequiredOutcome(name, needs=gap(f"{name} gap")),
            og.AppropriateExperience("how", expects=expectation("e")),
        )
        for name in ("sales", "event")
    ]
    model = og.OutcomeModel("mail", desired_outcomes=goals)
    assert set(of_kind(success_graph(model), "desired")) == {"desired outcome: sales", "desired outcome: event"}
    assert "sales gap" not in success_graph(model, goal="event")
