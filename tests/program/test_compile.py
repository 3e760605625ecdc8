"""Programs, run in exact fractions, against the sum over all states of the leaves; and how long they are."""

from __future__ import annotations

from fractions import Fraction

import pytest

import outcomegap as og
from outcomegap.program import Op, compile_model
from outcomegap.testing import random_model, random_rows
from tests.reference import Side as Reference
from tests.reference import number

ZERO, ONE = -1, -2


def step(name, **more):
    return og.SuccessGap(name, og.Measure(name), floor=0, target=1, **more)


def compiled(needs, expects=None):
    expects = expects or og.Expectation("wish", og.Measure("wish"), floor=0, target=1)
    parts = og.RequiredOutcome("R", needs=needs), og.AppropriateExperience("E", expects=expects)
    return compile_model(og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(*parts)]))


def run(program, side, attained, weights):
    """Carry out a side's instructions, as their table says, in fractions."""
    values = dict(enumerate(attained)) | {ZERO: Fraction(0), ONE: Fraction(1)}
    for mean in program.means:
        given = weights(mean.gate)
        values |= {mean.first + i: w for i, w in enumerate(given)}
        values[mean.total] = sum(given, Fraction(0))
        values |= {mean.draw(i): given[i] / sum(given[i:], Fraction(0)) for i in range(mean.size - 1)}
    for offset, (op, args) in enumerate(side.code):
        if op is Op.MEAN:
            mean = program.means[args[0]]
            total = sum((values[mean.first + i] * values[arg] for i, arg in enumerate(args[1:])), Fraction(0))
            result = total / values[mean.total]
        else:
            a, b, *c = (values[arg] for arg in args)
            result = {Op.BOTH: a * b, Op.EITHER: a + (1 - a) * b}.get(op)
            result = c[0] + a * (b - c[0]) if result is None else result
        values[side.base + offset] = result
    return values[side.root]


@pytest.mark.parametrize("seed", range(150))
def test_programs_are_exact(seed):
    model = random_model(seed, max_leaves=6, max_cells=2)
    rows = random_rows(seed, model, 1, missing=False)
    row = {name: values[0] for name, values in rows.items()}
    cell = model.cell(row.get("segment"), row.get("stage"), row.get("goal"))
    made = compile_model(model)
    program = made.programs[made.program_of[model.cells.index(cell)]]
    outcome = model.outcome(cell)
    for root, side in zip((outcome.required.needs, outcome.experience.expects), program.sides, strict=True):
        right = Reference(root, cell, row)
        assert not right.missing
        own = [model.leaves[position] for position in program.leaves]
        attained = [right.point.get(leaf, Fraction(0)) for leaf in own]

        def weights(gate):
            return [Fraction(number(weight, cell)) for weight in gate.weights]

        assert run(program, side, attained, weights) == right.f(right.point)
        assert {own[row] for row in side.leaves} == set(right.leaves)


@pytest.mark.parametrize("gate", [og.AllOf, og.AnyOf])
@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_what_shares_nothing_takes_one_instruction_less_than_it_has_leaves(gate, n):
    side = compiled(gate(*(step(f"s{i}") for i in range(n)))).programs[0].required
    assert len(side.code) == n - 1
    assert {row.op for row in side.code} <= {Op.BOTH if gate is og.AllOf else Op.EITHER}
    assert side.degree == n


def test_equal_gates_are_computed_once():
    a, b, c, d = (step(name) for name in "abcd")
    both, again = og.AllOf(a, b), og.AllOf(b, a, name="again")
    shared = compiled(og.AllOf(og.AnyOf(both, c), og.AnyOf(again, d))).programs[0].required
    # a b is a module of its own: one instruction, then (a b, or c and d): two more.
    assert len(shared.code) == 3


def test_at_least_is_a_table_of_k_by_n():
    side = compiled(og.AtLeast(10, *(step(f"s{i}") for i in range(20)))).programs[0].required
    assert len(side.code) <= 10 * 11
    half = [Fraction(1, 2)] * 21
    tail = Fraction(616_666, 1_048_576)  # 2^-20 times the binomial coefficients of 20 from 10 on
    assert run(compiled(og.AllOf(step("x"))).programs[0], side, half, None) == tail


def test_a_shared_mean_shares_its_draw():
    mean = og.Mean(step("a"), step("b"), weights=(1, 3))
    program = compiled(og.AllOf(og.AnyOf(mean, step("c")), og.AnyOf(mean, step("d")))).programs[0]
    found = run(program, program.required, [Fraction(1, 2)] * 5, lambda gate: [Fraction(w) for w in gate.weights])
    # The mean holds with 1/2, in both places at once; else c and d must.
    assert found == Fraction(1, 2) + Fraction(1, 2) * Fraction(1, 4)
    assert len(program.means) == 1


def test_cells_share_programs():
    made = compile_model(og.gallery.load("email-marketing"))
    assert len(made.programs) <= len(og.gallery.load("email-marketing").desired_outcomes)
    assert len(made.program_of) == len(made.cells)
