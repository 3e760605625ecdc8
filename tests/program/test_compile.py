"""Programs carried out exactly: equal, as fractions, to the sum over all states of the steps and draws of the means."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from outcomegap.model import AllOf, AnyOf, AtLeast, Cell, Mean
from outcomegap.program import Op
from outcomegap.testing import gates, random_model, steps
from tests import reference
from tests.model.make import gap, ladder, wish
from tests.program.rational import degree_along, program_of, required, steps_in, value

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
A, B, C, D = (gap(name) for name in "abcd")
FREE = [gap(name) for name in "abcdef"]
#: Steps that build on one another, some of which stand in no gate.
FIRST = gap("first")
BUILT = [gap("x", after=[FIRST]), gap("y"), gap("z", after=[FIRST, gap("hidden")]), gap("w")]
LATE = [*BUILT, gap("last", after=[BUILT[0], BUILT[3]])]

fractions = st.fractions(0, 1, max_denominator=12)


def points(program):
    return st.fixed_dictionaries(dict.fromkeys(steps_in(program), fractions))


def by_definition(root, point):
    """The probability that the root holds, over every state of the steps and every draw, all present."""
    cell, nobody = Cell("all", "all"), frozenset()
    here = {step: point[step] for step in reference.below(root, cell)}
    states = reference.states(here)
    return sum((p * reference.chance(root, cell, nobody, held) for held, p in states), Fraction(0))


@SLOW
@given(st.data(), st.sampled_from([FREE, LATE]))
def test_any_graph_of_gates_is_compiled_exactly(data, over):
    root = data.draw(gates(over, per_cell=False))
    program = program_of(root)
    point = data.draw(points(program))
    assert required(program, point) == by_definition(root, point)


@pytest.mark.parametrize("seed", range(150))
def test_both_sides_of_invented_models(seed):
    model = random_model(seed, max_steps=9, max_cells=1, per_cell=False, goals=False)
    outcome = model.desired_outcomes[0]
    needs, expects = outcome.required.needs, outcome.experience.expects
    program = program_of(needs, expects)
    point = {step: Fraction(number + 1, len(model.steps) + 2) for number, step in enumerate(model.steps)}
    assert value(program, program.required, point) == by_definition(needs, point)
    assert value(program, program.experience, point) == by_definition(expects, point)


@pytest.mark.parametrize("n", range(1, 11))
def test_at_least_is_a_binomial_tail(n):
    steps = [gap(f"s{i}") for i in range(n)]
    p = Fraction(2, 7)
    for k in range(1, n + 1):
        program = program_of(AtLeast(k, *steps))
        tail = sum(math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1))
        assert required(program, dict.fromkeys(steps, p)) == tail
        assert len(program.required.code) <= k * (n - k + 1)  # a diagram, no sum over subsets


def test_at_least_of_many_is_as_long_as_its_diagram():
    program = program_of(AtLeast(100, *(gap(f"s{i}") for i in range(200))))
    assert len(program.required.code) <= 100 * 101
    p = Fraction(1, 2)
    tail = sum(math.comb(200, j) for j in range(100, 201)) * p**200
    assert required(program, dict.fromkeys(steps_in(program)[:-1], p)) == tail


@SLOW
@given(st.lists(fractions, min_size=1, max_size=7), st.data())
def test_at_least_of_unlike_steps(probabilities, data):
    """Poisson-binomial, by adding one step after the other to the distribution of the count."""
    k = data.draw(st.integers(1, len(probabilities)))
    steps = [gap(f"s{i}") for i in range(len(probabilities))]
    count = [Fraction(1)]
    for p in probabilities:
        count = [
            (count[j] * (1 - p) if j < len(count) else 0) + (count[j - 1] * p if j else 0)
            for j in range(len(count) + 1)
        ]
    program = program_of(AtLeast(k, *steps))
    assert required(program, dict(zip(steps, probabilities, strict=True))) == sum(count[k:])


def test_at_least_of_steps_that_share():
    """Two of (a and b, a and c, b and c) is a, b and c: never counted as if the three were independent."""
    program = program_of(AtLeast(2, AllOf(A, B), AllOf(A, C), AllOf(B, C)))
    assert required(program, {A: Fraction(1, 2), B: Fraction(1, 3), C: Fraction(1, 5)}) == Fraction(1, 30)


def test_an_absorbed_step_does_not_count():
    program = program_of(AllOf(A, AnyOf(A, B)))
    assert required(program, {A: Fraction(1, 3), B: Fraction(1, 7)}) == Fraction(1, 3)
    assert program.required.code == ()
    assert program.required.root == 0  # the step itself
    assert len(program.required.steps) == 2  # both still count for coverage


def test_each_distinct_part_is_computed_once():
    part = AnyOf(A, B)
    program = program_of(Mean(AllOf(part, C), AllOf(part, D)))
    ops = [op for op, _ in program.required.code]
    assert sorted(ops) == [Op.BOTH, Op.BOTH, Op.EITHER, Op.MEAN]
    assert len(set(program.required.code)) == len(program.required.code)


def test_nothing_is_computed_that_is_not_needed():
    for seed in range(40):
        model = random_model(seed, max_steps=12, max_cells=1)
        outcome = model.desired_outcomes[0]
        program = program_of(outcome.required.needs, outcome.experience.expects)
        for side in program.sides:
            read = {arg for op, args in side.code for arg in (args[1:] if op is Op.MEAN else args)} | {side.root}
            results = range(side.base, side.base + len(side.code))
            # A diagram may leave a module out that it does not depend on; nothing else is left over.
            assert set(results) - read == set() or any(op is Op.CHOOSE for op, _ in side.code)
            assert all(arg < side.base + position for position, (_, args) in enumerate(side.code) for arg in args)


def test_step_rows_are_the_steps_of_both_sides():
    first = gap("first")
    program = program_of(AllOf(gap("second", after=[first]), A), Mean(wish("x"), wish("y")))
    assert [step.name for step in steps_in(program)] == ["first", "second", "a", "x", "y"]
    assert program.steps == (0, 1, 2, 3, 4)
    assert (program.required.steps, program.experience.steps) == ((0, 1, 2), (3, 4))
    assert (program.required.base, program.experience.base) == (5 + program.parameters,) * 2


def test_only_means_whose_draws_are_read_have_them_drawn():
    plain = program_of(AllOf(A, Mean(B, C)))
    assert (plain.drawn, plain.parameters, plain.means[0].size) == (frozenset(), 4, 2)
    # b and c stand nowhere else, so their mean is computed apart; a and d are shared, so theirs is drawn.
    apart, entangled = Mean(B, C), Mean(A, D)
    drawn = program_of(AllOf(AnyOf(A, apart), AnyOf(apart, D), entangled), Mean(wish("x"), wish("y")))
    assert [mean.gate for mean in drawn.means[:2]] == [apart, entangled]
    assert drawn.drawn == {1}
    assert drawn.size == len(drawn.required.code) + 1


def test_rows_of_a_mean():
    program = program_of(Mean(A, B, C, weights=(1, 2, 4)), Mean(wish("x"), wish("y")))
    first, second = program.means
    assert (first.first, first.size, first.total, first.draw(0), first.draw(1)) == (5, 3, 8, 9, 10)
    assert (second.first, second.total, second.draw(0)) == (11, 13, 14)
    assert program.parameters == 10
    assert first.presence == ((0,), (1,), (2,))


def test_a_shared_mean_has_one_draw_and_two_have_two():
    half = dict.fromkeys((A, B), Fraction(0)) | {A: Fraction(1)}
    one = Mean(A, B)
    assert required(program_of(AllOf(one, AnyOf(one, C))), half | {C: Fraction(0)}) == Fraction(1, 2)
    other = Mean(A, B, weights=(2, 2))
    assert required(program_of(AllOf(one, AnyOf(other, C))), half | {C: Fraction(0)}) == Fraction(1, 4)


# --- the bound on the degree -----------------------------------------------------------------------------------------


@SLOW
@given(st.data(), st.sampled_from([FREE, LATE]))
def test_the_degree_along_a_line_is_within_its_bound(data, over):
    program = program_of(data.draw(gates(over, per_cell=False)))
    steps = steps_in(program)
    start, end = (data.draw(st.tuples(*(st.integers(-3, 3) for _ in steps))) for _ in range(2))

    def along(t):
        line = zip(steps, start, end, strict=True)
        return required(program, {step: a + t * (b - a) for step, a, b in line})

    assert degree_along(along, len(steps)) <= program.required.degree <= len(steps)


@pytest.mark.parametrize(
    ("root", "degree"),
    [
        (A, 1),
        (AllOf(A, B, C), 3),
        (AnyOf(A, B, C), 3),
        (AtLeast(2, A, B, C), 3),
        (Mean(A, B, C), 1),
        (Mean(AllOf(A, B), C), 2),
        (AllOf(Mean(A, B), Mean(C, D)), 2),
        (AllOf(AnyOf(A, B), AnyOf(C, D)), 4),
        (AllOf(A, AnyOf(A, B)), 1),
        (gap("x", after=[A, B]), 3),
        (AtLeast(2, *(Mean(*(gap(f"{name}{i}") for i in range(4))) for name in "pqr")), 3),
    ],
)
def test_the_bound_is_the_degree_where_nothing_is_shared(root, degree):
    program = program_of(root)
    assert program.required.degree == degree
    steps = steps_in(program)[:-1]
    assert degree_along(lambda t: required(program, dict.fromkeys(steps, t)), len(steps)) <= degree
    line = {step: number + 2 for number, step in enumerate(steps)}
    assert degree_along(lambda t: required(program, {s: 1 + t * k for s, k in line.items()}), len(steps)) == degree


# --- deep graphs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kinds", [(AllOf, AnyOf, Mean), (AnyOf, Mean)])
def test_a_deep_shared_graph_is_compiled_without_recursion(kinds):
    """Each rung hangs on the one below through two gates; given that it holds or not, the two are independent."""
    depth = 150
    program = program_of(ladder(depth, kinds))
    assert len(program.required.code) < 12 * depth

    def gate(kind, below, own):
        return {AllOf: below * own, AnyOf: 1 - (1 - below) * (1 - own), Mean: (below + own) / 2}[kind]

    own, rung = 0.75, 0.75
    for number in range(depth):
        kind = (kinds[number % len(kinds)], kinds[(number + 1) % len(kinds)])
        high, low = (gate(kind[0], held, own) * gate(kind[1], held, own) for held in (1.0, 0.0))
        rung = rung * high + (1 - rung) * low
    exact = required_in_floats(program, own)
    assert exact == pytest.approx(rung, rel=1e-9)


def required_in_floats(program, attainment):
    v = [attainment] * len(steps_in(program))
    for mean in program.means:
        weights = list(mean.gate.weights)
        v += [*weights, sum(weights), *(weights[i] / sum(weights[i:]) for i in range(mean.size - 1))]
    for op, args in program.required.code:
        a = [{-1: 0.0, -2: 1.0}[n] if n < 0 else v[n] for n in (args[1:] if op is Op.MEAN else args)]
        if op is Op.BOTH:
            v.append(a[0] * a[1])
        elif op is Op.EITHER:
            v.append(a[0] + (1 - a[0]) * a[1])
        elif op is Op.CHOOSE:
            v.append(a[2] + a[0] * (a[1] - a[2]))
        else:
            mean = program.means[args[0]]
            weights = v[mean.first : mean.total]
            v.append(sum(w * x for w, x in zip(weights, a, strict=True)) / v[mean.total])
    return v[program.required.root]


@given(steps("required"))
@settings(max_examples=20, deadline=None)
def test_a_single_step_needs_no_instruction(step):
    program = program_of(step)
    assert program.required.code == ()
    assert program.required.degree == 1
