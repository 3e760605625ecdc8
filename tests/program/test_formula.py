"""The normal form: after written out, gates flattened, equal parts one; what is independent of what."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from hypothesis import HealthCheck, given, settings, strategies as st

from outcomegap.model import AllOf, AnyOf, AtLeast, Mean
from outcomegap.model.gate import steps_of
from outcomegap.program.formula import Formula, Formulas, independent_groups, modules_below
from outcomegap.testing import gates
from tests.model.make import gap, ladder

A, B, C, D = (gap(name) for name in "abcd")
STEPS = (A, B, C, D)


def shape(root, steps=STEPS):
    """The normal form as nested tuples, steps by name."""
    formulas = Formulas(steps)
    return spelled(formulas, formulas.add(root), steps)


def spelled(formulas, number, steps=STEPS):
    node = formulas.nodes[number]
    if node.kind == "step":
        return steps[node.number].name
    below = [spelled(formulas, child, steps) for child in node.children]
    return (node.kind, *([node.number] if node.kind == "at_least" else []), *below)


def test_steps_and_gates_by_hand():
    assert shape(A) == "a"
    assert shape(AllOf(A, B)) == ("and", "a", "b")
    assert shape(AnyOf(B, A)) == ("or", "b", "a")
    assert shape(AtLeast(2, A, B, C)) == ("at_least", 2, "a", "b", "c")
    assert shape(Mean(A, AnyOf(B, C))) == ("mean", "a", ("or", "b", "c"))


def test_nested_gates_of_one_kind_are_flattened():
    assert shape(AllOf(A, AllOf(B, AllOf(C, D)))) == ("and", "a", "b", "c", "d")
    assert shape(AnyOf(AnyOf(A, B), AnyOf(C, D))) == ("or", "a", "b", "c", "d")
    assert shape(AllOf(A, AnyOf(B, AllOf(C, D)))) == ("and", "a", ("or", "b", ("and", "c", "d")))


def test_a_child_stands_once_after_flattening():
    assert shape(AllOf(A, AllOf(A, B), AllOf(B, C))) == ("and", "a", "b", "c")
    assert shape(AnyOf(AllOf(A, B), AnyOf(AllOf(B, A), C))) == ("or", ("and", "a", "b"), "c")


def test_a_gate_over_one_child_is_the_child():
    for gate in (AllOf(A), AnyOf(A), AtLeast(1, A), Mean(A), AllOf(AnyOf(Mean(AtLeast(1, A))))):
        assert shape(gate) == "a"
    assert shape(AllOf(A, AllOf(A))) == "a"


def test_at_least_one_and_at_least_all():
    assert shape(AtLeast(1, A, B, C)) == ("or", "a", "b", "c")
    assert shape(AtLeast(3, A, B, C)) == ("and", "a", "b", "c")
    assert shape(AllOf(D, AtLeast(2, A, B))) == ("and", "d", "a", "b")
    assert shape(AtLeast(2, AllOf(A, B), C, D)) == ("at_least", 2, ("and", "a", "b"), "c", "d")


def test_what_a_step_builds_on_counts_wherever_it_stands():
    first = gap("first")
    second = gap("second", after=[first])
    third = gap("third", after=[second, A])
    known = (first, second, third, A, B)
    assert shape(second, known) == ("and", "second", "first")
    assert shape(third, known) == ("and", "third", "second", "first", "a")
    assert shape(AllOf(third, first, B), known) == ("and", "third", "second", "first", "a", "b")
    assert shape(AnyOf(second, B), known) == ("or", ("and", "second", "first"), "b")
    assert shape(AtLeast(2, second, A, B), known) == ("at_least", 2, ("and", "second", "first"), "a", "b")


def test_equal_parts_are_one_node():
    formulas = Formulas(STEPS)
    one = formulas.add(AnyOf(AllOf(A, B), C))
    assert formulas.add(AnyOf(C, AllOf(B, A))) == one
    assert formulas.add(AnyOf(AtLeast(1, C), AtLeast(2, gap("b"), gap("a")))) == one
    assert len(formulas.nodes) == len(set(formulas.nodes)) == 5


def test_children_come_before_their_parents():
    formulas = Formulas(steps_of(ladder(40)))
    root = formulas.add(ladder(40))
    assert root == len(formulas.nodes) - 1
    assert all(child < number for number, node in enumerate(formulas.nodes) for child in node.children)


def test_each_mean_has_a_draw_of_its_own():
    formulas = Formulas(STEPS)
    one = formulas.add(Mean(A, B))
    assert formulas.add(Mean(B, A)) == one  # equal gates are one gate
    other = formulas.add(Mean(A, B, weights=(2, 2)))
    assert other != one
    assert formulas.nodes[one] == Formula("mean", formulas.nodes[other].children, 0)
    assert formulas.nodes[other].number == 1
    assert formulas.support[one] & formulas.support[other] == 0b11  # the steps, and no draw


def test_support_holds_the_steps_and_the_draws():
    formulas = Formulas(STEPS)
    assert formulas.support[formulas.add(AllOf(A, C))] == 0b101
    assert formulas.support[formulas.add(AllOf(B, Mean(A, C)))] == 0b1_0111
    assert (
        formulas.support[formulas.add(AnyOf(Mean(C, D), A))] == 0b1_0000_1101
    )  # a mean's bit is that of its first row: the rows of the other come first


def test_presence_is_told_by_the_steps_that_stand_in_the_gates():
    """What a step builds on does not make it present (docs/meaning, clause 2.5)."""
    late = gap("late", after=[A])
    formulas = Formulas((A, late, B, C))
    formulas.add(Mean(late, AnyOf(B, AllOf(C, B))))
    (mean,) = formulas.means
    assert mean.presence == ((1,), (2, 3))


# --- what is independent of what -------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 63), max_size=7))
def test_groups_are_the_connected_parts(supports):
    """Brute force: two positions belong together when a chain of overlaps leads from one to the other."""
    groups = independent_groups(supports)
    assert sorted(position for group in groups for position in group) == list(range(len(supports)))
    reached = {i: {i} for i in range(len(supports))}
    for _ in supports:
        for i, j in combinations(range(len(supports)), 2):
            if supports[i] & supports[j]:
                both = reached[i] | reached[j]
                for k in both:
                    reached[k] = both
    expected = {frozenset(group) for group in reached.values()}
    assert {frozenset(group) for group in groups} == expected
    assert groups == sorted(sorted(group) for group in groups)


def below(formulas, number):
    found, stack = set(), list(formulas.nodes[number].children)
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack.extend(formulas.nodes[node].children)
    return found


def modules_by_definition(formulas, root):
    """A node is a module when every way from the root to what is below it leads through it."""
    whole = below(formulas, root) | {root}
    found = set()
    for node in whole:
        inside = below(formulas, node)
        outside = whole - inside - {node}
        if not any(child in inside for other in outside for child in formulas.nodes[other].children):
            found.add(node)
    return found


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(gates([gap(name) for name in "abcdefgh"]))
def test_modules_are_what_shares_nothing_with_the_rest(gate):
    formulas = Formulas(steps_of(gate))
    root = formulas.add(gate)
    for node in {root, *below(formulas, root)}:
        assert modules_below(formulas, node) == modules_by_definition(formulas, node)


def test_modules_by_hand():
    formulas = Formulas(STEPS)
    shared, own = AnyOf(A, B), AnyOf(C, D)
    root = formulas.add(AllOf(AnyOf(shared, C), AnyOf(AllOf(shared, D), A)))
    apart = {spelled(formulas, number) for number in modules_below(formulas, root)}
    assert {name for name in apart if not isinstance(name, str)} == {spelled(formulas, root)}
    root = formulas.add(AllOf(AnyOf(A, AllOf(B, own)), AnyOf(B, AllOf(A, own))))
    apart = {spelled(formulas, number) for number in modules_below(formulas, root)}
    assert {name for name in apart if not isinstance(name, str)} == {("or", "c", "d"), spelled(formulas, root)}


def test_modules_of_a_deep_graph_are_found_without_recursion():
    gate = ladder(600, (AnyOf,))
    formulas = Formulas(steps_of(gate))
    root = formulas.add(gate)
    found = modules_below(formulas, root)
    kinds = Counter(formulas.nodes[number].kind for number in found)
    assert kinds == {"step": 1201, "and": 600}  # every rung, and neither of the two gates on it
