"""Names of nodes: readable, unique, steps first."""

from __future__ import annotations

from hypothesis import given, strategies as st

import outcomegap as og
from outcomegap.graph.success_graph import Names, gate_label, name_nodes
from tests.graph.models import gap


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["a", "a #1", "a #2", "a #2 #2", "b"])), max_size=30))
def test_names_are_never_given_twice(asked):
    names = Names()
    given_out = [names.number(name) if numbered else names.take(name) for numbered, name in asked]
    assert len(set(given_out)) == len(given_out)


def test_steps_come_before_gates_and_named_gates_before_others():
    a, b = gap("all of #1"), gap("a")
    named = og.AnyOf(a, b, name="a")
    plain = og.AllOf(a, named)
    assert name_nodes([named, plain, a, b])[0] == {a: "all of #1", b: "a", named: "a #2", plain: "all of #2"}


def test_gates_say_what_they_do():
    a, b = gap("a"), gap("b")
    labels = [gate_label(gate) for gate in (og.AllOf(a, b), og.AnyOf(a, b), og.AtLeast(1, a, b), og.Mean(a, b))]
    assert labels == ["all of", "any of", "at least 1 of", "mean"]
