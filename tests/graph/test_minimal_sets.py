"""Minimal path and cut sets: against every state of every step, against one another, against published counts."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.graph import cut_sets, path_sets
from outcomegap.testing import gates
from tests.graph.models import expectation, fault_tree, gap, is_coherent, model_of, tree_model

STEPS = [gap("a"), gap("b"), gap("c", after=[gap("d")]), gap("e", after=[gap("a")])]
WISHES = [expectation(name) for name in "xyz"]


def small(sets):
    return {s for s in sets if not any(other < s for other in sets)}


def scored(model):
    """Return (steps at 1, D) for every state of the steps, by the scorer."""
    names = [step.name for step in model.steps]
    states = np.array(list(itertools.product((0.0, 1.0), repeat=len(names))))
    desired = og.Scorer(model).score(dict(zip(names, states.T, strict=True))).desired
    on = [frozenset(name for name, value in zip(names, row, strict=True) if value) for row in states]
    return frozenset(names), list(zip(on, np.asarray(desired), strict=True))


def check_every_state(model):
    names, states = scored(model)
    for reached, is_reached in (("fully", lambda d: d > 1 - 1e-9), ("at_all", lambda d: d > 1e-12)):
        paths = path_sets(model, reached=reached)
        assert set(paths) == small({on for on, d in states if is_reached(d)})
        cuts = cut_sets(model, reached=reached)
        assert set(cuts) == small({names - on for on, d in states if not is_reached(d)})
        assert list(map(len, paths)) == sorted(map(len, paths))
        assert all(path & cut for path, cut in itertools.product(paths, cuts))


@settings(max_examples=60, deadline=None)
@given(gates(STEPS).map(model_of) | gates(WISHES).map(lambda expects: model_of(gap("a"), expects)))
def test_against_every_state(model):
    check_every_state(model)


WEIGHTS = st.sampled_from([1, 1, 0.5, 0.2, 0])


@st.composite
def weighted(draw):
    """A gate over shared ways, all of them with weights."""
    ways = []
    for _ in range(draw(st.integers(1, 3))):
        steps = draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=3, unique=True))
        weights = [draw(WEIGHTS) for _ in steps]
        way = draw(st.sampled_from([og.AllOf, og.AnyOf]))(*steps, weights=weights if any(weights) else None)
        ways += [way] if way not in ways else []
    weights = [1, *(draw(WEIGHTS) for _ in ways[1:])]
    kind = draw(st.sampled_from([og.AllOf, og.AnyOf, og.AtLeast, og.Mean]))
    if kind is og.AtLeast:
        return og.AtLeast(draw(st.integers(1, len(ways))), *ways)
    return kind(*ways, weights=[w or 1 for w in weights] if kind is og.Mean else weights)


@settings(max_examples=150, deadline=None)
@given(weighted())
def test_weights_against_every_state(needs):
    parts = og.RequiredOutcome("outcome", needs=needs), og.AppropriateExperience("how", expects=expectation("suits"))
    low = og.DesiredOutcome(*parts, achieved_at=1e-6)  # a threshold that nobody reaches would be an error
    check_every_state(og.OutcomeModel("model", desired_outcomes=[low]))


def test_a_weight_says_what_is_a_condition():
    a, b, c, d = (gap(name) for name in "abcd")
    nice = model_of(og.AllOf(a, b, weights=(1, 0.2)))
    assert path_sets(nice, part="required") == ({"a", "b"},)
    assert path_sets(nice, part="required", reached="at_all") == ({"a"},)
    assert cut_sets(nice, part="required", reached="at_all") == ({"a"},)
    ways = model_of(og.AnyOf(og.AllOf(a, b), og.AllOf(c, d), weights=(1, 0.5)))
    assert path_sets(ways, part="required") == ({"a", "b"},)
    assert path_sets(ways, part="required", reached="at_all") == ({"a", "b"}, {"c", "d"})
    out_of_reach = model_of(og.AnyOf(a, b, weights=(0.5, 0.5)))
    assert (path_sets(out_of_reach), cut_sets(out_of_reach, part="required")) == ((), (set(),))
    wishes = model_of(og.AllOf(a, b, weights=(0.5, 0.5)))
    assert path_sets(wishes, part="required", reached="at_all") == (set(),)
    assert cut_sets(wishes, part="required", reached="at_all") == ()


def test_weights_go_by_cell():
    needs = og.AllOf(gap("a"), gap("b"), weights=(1, og.per_cell(1, {"small": 0, "big/new": 0.5})))
    model = model_of(needs, segments=["small", "big"], stages=["new", "old"])
    assert path_sets(model, segment="small", part="required") == ({"a"},)
    assert path_sets(model, segment="big", part="required") == ({"a", "b"},)
    with pytest.raises(og.ModelError, match=r"weights of AllOf\('a', 'b', .* differ between the cells; name segment"):
        path_sets(model)
    with pytest.raises(og.ModelError, match="differ between the cells"):
        cut_sets(model, segment="big", reached="at_all")


def trees(shared_oracles, limit):
    for path in sorted((shared_oracles / "fault_trees").glob("*.json")):
        tree = fault_tree(path)
        if is_coherent(tree) and (tree["expected"].get("mcs_count") or limit) < limit:
            yield tree


def test_published_counts_of_minimal_cut_sets(shared_oracles):
    """Counts of the Aralia set and of the SCRAM inputs, as ../shared/oracles/README.md names them."""
    seen = 0
    for tree in trees(shared_oracles, 25_000):
        expected = tree["expected"]
        failing = path_sets(tree_model(tree, dual=False), part="required")
        working = cut_sets(tree_model(tree, dual=True), part="required")
        assert len(failing) == expected["mcs_count"], tree["name"]
        assert set(failing) == set(working), tree["name"]
        if "mcs_by_order" in expected:
            sizes = Counter(map(len, failing))
            assert [sizes[i + 1] for i in range(len(expected["mcs_by_order"]))] == expected["mcs_by_order"]
        if "mcs" in expected:
            assert set(failing) == {frozenset(names) for names in expected["mcs"]}
        seen += 1
    assert seen >= 8


def test_smallest_first_then_in_the_order_of_the_model():
    z, a, m = gap("z"), gap("a"), gap("m")
    found = path_sets(model_of(og.AnyOf(og.AllOf(a, m), z, m)), part="required")
    assert [sorted(s) for s in found] == [["m"], ["z"]]
    assert path_sets(model_of(og.AnyOf(z, a, m)), part="required") == ({"z"}, {"a"}, {"m"})


def test_a_step_counts_only_with_what_it_builds_on():
    sent = gap("sent")
    model = model_of(og.AnyOf(gap("opened", after=[sent]), gap("called")))
    assert set(path_sets(model, part="required")) == {frozenset({"called"}), frozenset({"opened", "sent"})}
    assert set(cut_sets(model, part="required")) == {frozenset({"called", "opened"}), frozenset({"called", "sent"})}


def test_means():
    model = model_of(gap("a"), og.Mean(*WISHES))
    assert path_sets(model, part="experience") == ({"x", "y", "z"},)
    assert path_sets(model, part="experience", reached="at_all") == ({"x"}, {"y"}, {"z"})
    assert cut_sets(model, part="experience") == ({"x"}, {"y"}, {"z"})
    assert cut_sets(model, part="experience", reached="at_all") == ({"x", "y", "z"},)


def test_too_many_sets_are_counted_and_not_listed():
    pairs = og.AllOf(*(og.AnyOf(gap(f"a{i}"), gap(f"b{i}")) for i in range(40)))
    with pytest.raises(og.EngineError, match=r"1,099,511,627,776 minimal path sets, more than limit=1,000; raise"):
        path_sets(model_of(pairs), limit=1000)
    assert len(cut_sets(model_of(pairs))) == 41


def test_wide_gates_take_no_time():
    wide = [gap(f"s{i}") for i in range(2000)]
    assert len(path_sets(model_of(og.AnyOf(*wide)))) == 2000
    assert len(cut_sets(model_of(og.AtLeast(2, *wide[:200])), part="required")) == 200


def test_what_is_asked_has_to_be_one_desired_outcome():
    model = og.gallery.load("email-validation")
    with pytest.raises(
        og.ModelError, match="2 desired outcomes fit; name segment, stage or goal: startup/early, enter"
    ):
        path_sets(model)
    with pytest.raises(og.ModelError, match="segment='startups': fit no cell"):
        cut_sets(model, segment="startups")
    with pytest.raises(og.ModelError, match="is 'desired', 'required' or 'experience'"):
        path_sets(model, segment="startup", part="all")
    with pytest.raises(og.ModelError, match="reached is 'fully' or 'at_all'"):
        path_sets(model, segment="startup", reached="half")


@settings(max_examples=30, deadline=None)
@given(gates(STEPS), st.booleans())
def test_parts_join_to_the_whole(needs, fully):
    model = model_of(needs, og.AllOf(*WISHES))
    reached = "fully" if fully else "at_all"
    required, experience = (path_sets(model, part=p, reached=reached) for p in ("required", "experience"))
    assert set(path_sets(model, reached=reached)) == {r | e for r in required for e in experience}
