"""Decision diagrams: every order gives the same probability, the smallest is kept, what is too large is said."""

from __future__ import annotations

import pickle
import random
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import outcomegap as og
from outcomegap.errors import EngineError
from outcomegap.model import AllOf, AnyOf, AtLeast, Cell, Mean
from outcomegap.model.gate import steps_of
from outcomegap.program import formula as diagram
from outcomegap.program.formula import FALSE, LEAVES, TRUE, Decision, Formulas, decide
from outcomegap.testing import gates
from tests import reference
from tests.model.make import gap, ladder, model_of
from tests.program.rational import program_of, required

STEPS = [gap(name) for name in "abcdef"]
fractions = st.fractions(0, 1, max_denominator=9)


def formulas_of(root):
    formulas = Formulas(steps_of(root))
    return formulas, formulas.add(root)


def probability(formulas, decisions, point):
    """Shannon's expansion, from the bottom up."""
    variables = list(point)
    values = {FALSE: Fraction(0), TRUE: Fraction(1)}
    draws = {draw.row: Fraction(draw.chance(Fraction(draw.weight))) for draw in formulas.draws}
    for number, (variable, high, low) in enumerate(decisions):
        if variable[0] == "node":
            node = formulas.nodes[variable[1]]
            p = draws[node.number] if node.kind == "draw" else point[variables[node.number]]
        else:
            weights = [Fraction(w) for w in formulas.means[variable[1]].gate.weights]
            p = weights[variable[2]] / sum(weights[variable[2] :])
        assert high < number
        assert low < number
        values[number] = p * values[high] + (1 - p) * values[low]
    return values[len(decisions) - 1]


def step_numbers(formulas):
    return {number for number, node in enumerate(formulas.nodes) if node.kind in LEAVES}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_order_gives_the_same_probability(data):
    """The orders that are tried, and others that nobody would try; draws may come after what they choose."""
    root = data.draw(gates(STEPS, per_cell=False))
    formulas, top = formulas_of(root)
    stop = step_numbers(formulas)
    point = {step: data.draw(fractions) for step in steps_of(root)}
    cell, nobody = Cell("all", "all"), frozenset()
    exact = sum(p * reference.chance(root, cell, nobody, held) for held, p in reference.states(point))
    orders = diagram.orders_of(formulas, top, stop)
    shuffled = random.Random(data.draw(st.integers(0, 999))).sample(orders[0], len(orders[0]))
    for order in [*orders, shuffled, shuffled[::-1]]:
        assert sorted(order) == sorted(orders[0])
        grown = diagram.grow(formulas, top, stop, order, 1 << 12)
        decisions = diagram.read(grown, order)
        assert len(decisions) == grown.node_count() - 2  # all but the two ends
        assert probability(formulas, decisions, point) == exact


def test_a_decision_reads_only_earlier_ones_and_each_stands_once():
    root = AtLeast(3, AllOf(*STEPS[:3]), *(AnyOf(a, b) for a, b in pairwise(STEPS)))
    formulas, top = formulas_of(root)
    decisions = decide(formulas, top, step_numbers(formulas))
    assert len(set(decisions)) == len(decisions)
    assert all(max(d.high, d.low) < number for number, d in enumerate(decisions))
    assert all(isinstance(d, Decision) for d in decisions)


def pairs(n):
    """(x1 and y1) or (x2 and y2) ...: 2n decisions in a good order, about 2^(n+1) when all x come before all y."""
    return AnyOf(*(AllOf(gap(f"x{i}"), gap(f"y{i}")) for i in range(n)))


def test_the_smallest_diagram_is_kept():
    formulas, top = formulas_of(pairs(8))
    stop = step_numbers(formulas)
    assert len(decide(formulas, top, stop)) == 16
    nodes = sorted(stop, key=lambda number: formulas.nodes[number].number % 2)
    bad = diagram.grow(formulas, top, stop, [("node", n) for n in nodes], 1 << 12)
    assert bad.node_count() > 500


def test_orders_cover_all_variables_draws_before_what_they_choose():
    mean = Mean(*STEPS[:3])
    formulas, top = formulas_of(AllOf(AnyOf(mean, STEPS[3]), AnyOf(mean, STEPS[0])))
    for order in diagram.orders_of(formulas, top, step_numbers(formulas)):
        assert len(order) == len(set(order)) == 4 + 2
        first = {variable: place for place, variable in enumerate(order)}
        assert first["draw", 0, 0] < first["draw", 0, 1]


def test_different_ways_of_arranging_give_different_orders():
    a, b, c, d, e, f = STEPS
    root = AllOf(AnyOf(a, AllOf(b, AnyOf(c, d))), AnyOf(e, d), AnyOf(AllOf(a, f, e), c, d), AnyOf(f, b))
    formulas, top = formulas_of(root)
    orders = diagram.orders_of(formulas, top, step_numbers(formulas))
    assert len(orders) >= 4
    assert len({tuple(order) for order in orders}) == len(orders)


def test_orders_by_hand():
    """As written; small, shallow, often used, large and deep children first; backward."""
    a, b, c, d, e, f = STEPS
    h, i = gap("h"), gap("i")
    root = AllOf(AnyOf(e, AllOf(f, d, c)), AnyOf(a, b, c, h, i), d)
    formulas, top = formulas_of(root)
    names = {formulas.add(step): step.name for step in steps_of(root)}
    orders = diagram.orders_of(formulas, top, step_numbers(formulas))
    assert ["".join(names[number] for _, number in order) for order in orders] == [
        "efdcabhi",
        "defcabhi",
        "dabchief",
        "decfabhi",
        "abchifde",
        "fdceabhi",
        "dihcbafe",
    ]


def test_what_orders_look_at():
    a, b, c, *_ = STEPS
    formulas, top = formulas_of(AllOf(AnyOf(a, AllOf(b, c)), AnyOf(b, c), AnyOf(AllOf(b, c), b)))
    parents, depths = diagram.parents_of(formulas, top), diagram.depths_of(formulas)
    numbers = {step.name: formulas.add(step) for step in (a, b, c)} | {"bc": formulas.add(AllOf(b, c))}
    assert {name: parents[number] for name, number in numbers.items()} == {"a": 1, "b": 3, "c": 2, "bc": 2}
    assert {name: depths[number] for name, number in numbers.items()} == {"a": 1, "b": 1, "c": 1, "bc": 2}
    assert depths[top] == 4


def test_a_shared_graph_is_walked_once():
    """As a tree it has 2^60 paths."""
    formulas, top = formulas_of(ladder(60))
    assert max(diagram.parents_of(formulas, top).values()) <= 4
    assert len(diagram.orders_of(formulas, top, step_numbers(formulas))) >= 1


# --- too large -------------------------------------------------------------------------------------------------------


def entangled(steps, clauses, seed):
    """Steps that share without any order to it: all of many alternatives among three."""
    rng = random.Random(seed)
    variables = [gap(f"s{i}") for i in range(steps)]
    return AllOf(*dict.fromkeys(AnyOf(*rng.sample(variables, 3)) for _ in range(clauses)))


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(diagram, "LARGEST", 200)
    monkeypatch.setattr(diagram, "CAPACITIES", (1 << 6, 1 << 9, 1 << 12))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("compile_it", [program_of, lambda root: og.Scorer(model_of(root))])
def test_a_graph_that_is_too_entangled_is_said(compile_it):
    with pytest.raises(EngineError) as caught:
        compile_it(entangled(24, 40, seed=3))
    assert str(caught.value).startswith(
        "this graph shares too many steps to be computed exactly: more than 200 decisions for "
    )
    assert str(caught.value).endswith("split it into outcomes of their own, or let fewer gates share steps")
    assert pickle.loads(pickle.dumps(caught.value)).args == caught.value.args


@pytest.mark.usefixtures("small")
def test_what_stays_below_the_limit_is_compiled_by_a_larger_capacity(monkeypatch):
    tried = []
    grow = diagram.grow

    def recording(formulas, root, stop, order, capacity):
        found = grow(formulas, root, stop, order, capacity)
        tried.append((capacity, found is not None))
        return found

    monkeypatch.setattr(diagram, "grow", recording)
    root = entangled(10, 12, seed=5)
    program = program_of(root)
    assert tried[0] == (1 << 6, False)
    assert tried[-1] == (1 << 9, True)
    capacities = [capacity for capacity, _ in tried]
    assert capacities == sorted(capacities)  # every order at a small capacity before any at a larger one
    point = {step: Fraction(number + 1, 12) for number, step in enumerate(steps_of(root))}
    monkeypatch.undo()
    assert required(program, point) == required(program_of(root), point)


@pytest.mark.usefixtures("small")
def test_a_good_order_is_enough():
    """Some order fits; that others do not is no error."""
    program = program_of(pairs(40))
    assert program.required.code
    shared = gap("shared")
    root = AnyOf(*(AllOf(gap(f"x{i}"), AnyOf(gap(f"y{i}"), shared)) for i in range(40)))
    assert len(program_of(root).required.code) <= 200


def test_the_real_limits_end_quickly(monkeypatch):
    """A capacity that is used up ends the attempt; nothing grows beyond it."""
    monkeypatch.setattr(diagram, "CAPACITIES", diagram.CAPACITIES[:2])
    with pytest.raises(EngineError, match=f"more than {1 << 18:,} decisions for"):
        program_of(entangled(90, 150, seed=2))
