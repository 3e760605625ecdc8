"""Gates: equal by value whatever the order, one gate where equal."""

from __future__ import annotations

import pickle
from itertools import permutations

import attrs
import pytest

from outcomegap.model import AllOf, AnyOf, AtLeast, Mean, per_cell
from tests.model.make import function, gap, wish

A, B, C = gap("a"), gap("b"), gap("c")
MAKE = {
    "all": AllOf,
    "any": AnyOf,
    "one of": lambda *c: AtLeast(1, *c),
    "two of": lambda *c: AtLeast(2, *c),
    "mean": Mean,
}


@pytest.mark.parametrize("kind", MAKE)
def test_the_order_of_children_does_not_matter(kind):
    made = [MAKE[kind](*order) for order in permutations((A, B, AllOf(B, C)))]
    assert len(set(made)) == 1
    assert all(gate == made[0] for gate in made)


def test_the_children_keep_the_order_they_were_given_in():
    assert AllOf(B, A).children == (B, A)


def test_weights_go_with_their_children():
    assert Mean(A, B, weights=(2, 1)) == Mean(B, A, weights=(1, 2))
    assert Mean(A, B, weights=(2, 1)) != Mean(A, B, weights=(1, 2))
    assert Mean(A, B, weights=(2, 2)) != Mean(A, B)
    assert Mean(A, B, weights=(1, per_cell(1, {"s": 2}))) != Mean(A, B, weights=(1, 1))
    assert Mean(A, B, weights=(1, per_cell(1, {"s": 2}))) == Mean(A, B, weights=(1.0, per_cell(1, {"s": 2.0})))


def test_left_out_weights_are_ones():
    assert Mean(A, B) == Mean(A, B, weights=(1, 1))
    assert Mean(A, B, weights=(w for w in (1, 1))) == Mean(A, B)


def test_gates_that_differ_are_different():
    made = [
        AllOf(A),
        AnyOf(A),
        AtLeast(1, A),
        Mean(A),
        AllOf(A, B),
        AnyOf(A, B),
        AtLeast(1, A, B),
        AtLeast(2, A, B),
        Mean(A, B),
        AllOf(A, C),
        AllOf(AllOf(A, B)),
        AllOf(A, AllOf(A, B)),
        AllOf(A, gap("b", target=2)),
        AllOf(A, function("b")),
    ]
    assert len(set(made)) == len(made)
    assert A not in made


def test_a_name_is_only_a_label():
    assert AllOf(A, B, name="one") == AllOf(A, B, name="two") == AllOf(A, B)
    assert AllOf(A, B, name="one").name == "one"
    assert Mean(A, B, name="m") == Mean(A, B)
    assert AtLeast(1, A, B, name="k") == AtLeast(1, A, B)


def test_equal_gates_made_apart_are_one_child():
    outer = AllOf(AnyOf(A, B), AnyOf(gap("c"), AnyOf(gap("b"), gap("a"))))
    assert outer.children[0] == outer.children[1].children[1]


@pytest.mark.parametrize("kind", MAKE)
def test_gates_are_picklable_and_frozen(kind):
    gate = MAKE[kind](A, AllOf(B, C, name="both"))
    copy = pickle.loads(pickle.dumps(gate))
    assert copy == gate
    assert type(copy) is type(gate)
    assert copy.children == gate.children
    assert copy.children[1].name == "both"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        gate.children = ()


def test_pickling_keeps_names_weights_and_what_steps_build_on():
    step = gap("late", after=[gap("early", after=[function("first")])])
    gate = Mean(step, AtLeast(2, A, B, C, name="two"), weights=(1, per_cell(2, {"s": 3})), name="mix")
    copy = pickle.loads(pickle.dumps(gate))
    assert (copy.name, copy.weights, copy.children[1].name, copy.children[1].k) == ("mix", gate.weights, "two", 2)
    assert copy.children[0].after == step.after
    assert copy.children[0].after[0].after == step.after[0].after


def test_shared_nodes_are_shared_again_after_pickling():
    shared = AnyOf(A, B)
    copy = pickle.loads(pickle.dumps(AllOf(shared, Mean(shared, C))))
    assert copy.children[0] is copy.children[1].children[0]


def test_what_people_see_stays_short():
    assert repr(AtLeast(2, A, B, AllOf(A, C))) == "AtLeast(2, 'a', 'b', AllOf('a', 'c'))"
    assert repr(Mean(A)) == "Mean('a', weights=(1,))"
    assert repr(Mean(A, B, weights=(0.5, per_cell(1, {"s": 2})))) == "Mean('a', 'b', weights=(0.5, per_cell))"
    # Two levels are spelled out, and no more than a dozen children.
    assert repr(AllOf(A, AnyOf(B, AllOf(C, AnyOf(A, B))))) == "AllOf('a', AnyOf('b', AllOf('c', AnyOf(...2))))"
    wide = AnyOf(*(wish(f"w{i}") for i in range(100)))
    assert repr(AllOf(A, wide)) == "AllOf('a', AnyOf(...100))"
