"""The reference against answers that it did not make: published fault trees, other formulas for the same number."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import combinations, permutations

import pytest

from outcomegap.model import (
    AllOf,
    AnyOf,
    AppropriateExperience,
    AtLeast,
    Cell,
    DesiredOutcome,
    Expectation,
    Knots,
    Mean,
    Measure,
    OutcomeModel,
    RequiredOutcome,
    Step,
    SuccessGap,
    Threshold,
    check,
)
from outcomegap.model.gate import steps_of
from outcomegap.testing import random_model, random_rows
from tests import reference
from tests.reference import Side, score

SMALL_TREES = ("scram_core_atleast", "scram_theatre", "scram_small_tree", "scram_hipps", "scram_three_motor")
SEEDS = range(60)


def gap(name, **fields):
    return SuccessGap(name, Measure(f"{name} m"), **{"floor": 0, "target": 1} | fields)


def wish(name, **fields):
    return Expectation(name, Measure(f"{name} m"), **{"floor": 0, "target": 1} | fields)


def model_of(needs, expects=None):
    suits = AppropriateExperience("suits", expects=wish("suited") if expects is None else expects)
    model = OutcomeModel("m", desired_outcomes=[DesiredOutcome(RequiredOutcome("r", needs=needs), suits)])
    assert not [finding for finding in check(model) if finding.severity == "error"]
    return model


def answer(model, **values):
    row = {m.name: 1.0 for m in model.measures} | {f"{name} m": x for name, x in values.items()}
    return score(model, model.cells[0], row)


def required(model, **values):
    return answer(model, **values).R


def experience(model, **values):
    return answer(model, **values).E


def sides(seed, **traits):
    """Both sides of invented customers."""
    model = random_model(seed, max_steps=6, max_cells=2, **traits)
    rows = random_rows(seed, model, 2)
    for i in range(2):
        row = {name: values[i] for name, values in rows.items()}
        cell = model.cell(row.get("segment"), row.get("stage"), row.get("goal"))
        outcome = model.outcome(cell)
        yield Side(outcome.required.needs, cell, row)
        yield Side(outcome.experience.expects, cell, row)


# --- published answers -----------------------------------------------------------------------------------------------


def success_graph_of(tree):
    """A coherent fault tree read as a success graph: the same gates, events that "hold" with their probability."""
    gates, made = tree["gates"], {}

    def node(name):
        if name not in made:
            below = [node(arg) for arg in gates[name]["args"]] if name in gates else []
            made[name] = {
                "and": lambda: AllOf(*below),
                "or": lambda: AnyOf(*below),
                "atleast": lambda: AtLeast(gates[name]["k"], *below),
                None: lambda: gap(name),
            }[gates[name]["op"] if name in gates else None]()
        return made[name]

    return node(tree["top"])


@pytest.mark.parametrize("name", SMALL_TREES)
def test_published_fault_trees(shared_oracles, name):
    """SCRAM's test inputs; the source stands in each file."""
    tree = json.loads((shared_oracles / "fault_trees" / f"{name}.json").read_text())
    expected, model = tree["expected"], model_of(success_graph_of(tree))
    tolerance = expected.get("probability_abs_tol") or expected["probability_rel_tol"] * expected["probability"]
    row = {f"{event} m": p for event, p in tree["basic_event_probabilities"].items()}
    side = Side(model.desired_outcomes[0].required.needs, model.cells[0], row)
    assert abs(float(side.f(side.point)) - expected["probability"]) <= tolerance
    if "mcs_count" in expected:
        cuts = minimal_sets(model.desired_outcomes[0].required.needs)
        assert len(cuts) == expected["mcs_count"]
        if "mcs" in expected:
            assert cuts == {frozenset(cut) for cut in expected["mcs"]}


def minimal_sets(root):
    """Names of the steps in each smallest set that makes the root hold."""
    found: list[frozenset[Step]] = []
    steps = reference.below(root, Cell("all", "all"))
    for size in range(len(steps) + 1):
        for some in map(frozenset, combinations(steps, size)):
            if not any(known <= some for known in found) and reference.holds(root, some, {}):
                found.append(some)
    return {frozenset(step.name for step in one) for one in found}


# --- other formulas for the same numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_attribution_is_the_mean_over_all_orders(seed):
    """Shapley's own definition: what each step takes away when it comes, over every order of coming."""
    for side in sides(seed):
        if len(side.steps) > 5:
            continue
        total = dict.fromkeys(side.steps, Fraction(0))
        orders = list(permutations(side.steps))
        known = {}
        for order in orders:
            point = dict.fromkeys(side.steps, Fraction(1))
            before = 1 - side.out_of_reach()
            for step in order:
                point[step] = side.point[step]
                key = tuple(point.items())
                if key not in known:
                    known[key] = side.f(point)
                total[step] += before - known[key]
                before = known[key]
        assert side.shapley() == {step: part / len(orders) for step, part in total.items()}


def times(p, q):
    result = [Fraction(0)] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            result[i + j] += a * b
    return result


def along(side, lines):
    """f as a polynomial in t, where each step moves along a line in t."""
    total = [Fraction(0)] * (len(side.steps) + 1)
    for size in range(len(side.steps) + 1):
        for held in map(frozenset, combinations(side.steps, size)):
            term = [reference.chance(side.root, side.cell, side.skipped, held)]
            for step in side.steps:
                start, slope = lines[step]
                term = times(term, [start, slope] if step in held else [1 - start, -slope])
            total = [a + b for a, b in zip(total, term, strict=True)]
    return total


@pytest.mark.parametrize("seed", SEEDS)
def test_attribution_is_owens_integral(seed):
    """Owen 1972: the gradient, integrated along the straight line from all-attained to the customer."""
    for side in sides(seed):
        lines = {step: (Fraction(1), a - 1) for step, a in side.point.items()}
        parts = {}
        for step, a in side.point.items():
            upper = along(side, lines | {step: (Fraction(1), Fraction(0))})
            lower = along(side, lines | {step: (Fraction(0), Fraction(0))})
            integral = sum((u - v) / (k + 1) for k, (u, v) in enumerate(zip(upper, lower, strict=True)))
            parts[step] = (1 - a) * integral
        assert side.shapley() == parts


@pytest.mark.parametrize("seed", SEEDS)
def test_after_is_a_conjunction_wherever_the_step_stands(seed):
    """A step that builds on others is that step AND the others."""
    for side in sides(seed):
        bare = {}  # each step without what it builds on
        for step in steps_of(side.root):
            bare[step] = SuccessGap(step.name, step.measure, floor=0, target=1)

        def whole(node, bare=bare, side=side):
            if isinstance(node, Step):
                steps = {node: None}
                for one in reference.below(node, side.cell):
                    steps[one] = None
                return bare[node] if len(steps) == 1 else AllOf(*(bare[s] for s in steps))
            # Steps may come to be equal to gates; children stay different, for bare steps have different names.
            kind = type(node)
            below = [whole(child) for child in node.children]
            if kind is AtLeast:
                return AtLeast(node.k, *below)
            return kind(*below, weights=node.weights)

        point = {bare[step]: a for step, a in side.point.items()}
        full = frozenset()
        total = sum(
            p * reference.chance(whole(side.root), side.cell, full, held) for held, p in reference.states(point)
        )
        assert total == side.f(side.point, full)


@pytest.mark.parametrize("seed", SEEDS)
def test_parts_sum_to_the_gap_and_f_is_linear_in_each_step(seed):
    for side in sides(seed, after=False):
        f = side.f(side.point)
        assert sum(side.shapley().values()) + side.out_of_reach() == 1 - f
        assert side.end(0) <= f <= side.end(1)
        for step, a in side.point.items():
            assert side.f(side.point | {step: Fraction(1)}) == f + (1 - a) * side.slope(step)


# --- small cases, answered by hand -----------------------------------------------------------------------------------


def test_separate_steps_multiply_and_add():
    a, b, c = gap("a"), gap("b"), gap("c")
    half = {"a": 0.5, "b": 0.25, "c": 0.75}
    for needs, expected in (
        (AllOf(a, b, c), Fraction(3, 32)),
        (AnyOf(a, b, c), 1 - Fraction(1, 2) * Fraction(3, 4) * Fraction(1, 4)),
        (Mean(a, b, c, weights=(1, 2, 5)), Fraction(1, 16) + Fraction(1, 16) + Fraction(15, 32)),
        (AtLeast(2, a, b, c), Fraction(1, 8) + Fraction(3, 8) + Fraction(3, 16) - 2 * Fraction(3, 32)),
    ):
        assert required(model_of(needs), **half) == expected


def test_a_shared_mean_has_one_draw():
    """M AND (M OR c) is M, whatever M draws; two means that look alike but differ have two draws."""
    a, b, c = gap("a"), gap("b"), gap("c")
    one, alike = Mean(a, b), Mean(a, b, weights=(2, 2))
    values = {"a": 1.0, "b": 0.0, "c": 0.0}
    assert required(model_of(AllOf(one, AnyOf(Mean(b, a), c))), **values) == Fraction(1, 2)
    assert required(model_of(AllOf(one, AnyOf(alike, c))), **values) == Fraction(1, 4)


def test_weights_say_how_necessary_and_how_sufficient():
    a, b, c = gap("a"), gap("b"), gap("c")
    half = {"a": 0.5, "b": 0.25, "c": 0.75}
    needed = answer(model_of(AllOf(a, b, c, weights=(1, 0.5, 0.25))), **half)
    assert (needed.R, needed.out_of_reach) == (Fraction(75, 256), 0)  # 1/2 x 5/8 x 15/16
    assert sum(needed.attribution.values()) == 1 - needed.R
    enough = answer(model_of(AnyOf(a, b, c, weights=(0.5, 0.5, 0.25))), **half)
    # 1 - 3/4 x 7/8 x 13/16, and 1/2 x 1/2 x 3/4
    assert (enough.R, enough.required_out_of_reach) == (Fraction(239, 512), Fraction(3, 16))
    assert sum(enough.attribution.values()) + enough.out_of_reach == 1 - enough.R


def test_equal_weighted_gates_share_their_draws():
    a, b, c = gap("a"), gap("b"), gap("c")
    one, twin, other = (
        AllOf(*pair, weights=w) for pair, w in (((a, b), (1, 0.5)), ((b, a), (0.5, 1)), ((a, b), (1, 0.25)))
    )
    values = {"a": 1.0, "b": 0.0, "c": 0.0}
    assert required(model_of(AllOf(one, AnyOf(twin, c))), **values) == Fraction(1, 2)
    assert required(model_of(AllOf(one, AnyOf(other, c))), **values) == Fraction(3, 8)


def test_a_weight_of_0_leaves_the_child_out_of_the_cell():
    a, b, c = gap("a"), gap("b"), gap("c", missing=0)
    model = model_of(AnyOf(AllOf(a, b), c, weights=(1, 0)))
    found = answer(model, a=0.5, b=0.5, c=None)
    assert (found.R, found.coverage, found.R_low, found.R_high) == (Fraction(1, 4), 1, Fraction(1, 4), Fraction(1, 4))
    assert set(found.attribution) == {"a", "b", "suited"}


def test_a_mean_drops_what_is_absent():
    e = [wish(name) for name in "abc"]
    suits = Mean(e[0], AllOf(e[1], e[2]), weights=(3, 1))
    model = model_of(gap("x"), suits)
    assert experience(model, a=None, b=0.5, c=0.5) == Fraction(1, 4)
    # One step of a gate is enough for it to be present; the other takes 1/2.
    assert experience(model, a=1.0, b=None, c=1.0) == Fraction(3, 4) + Fraction(1, 4) * Fraction(1, 2)
    only = answer(model, a=0.5, b=None, c=None)
    assert (only.E, only.coverage, only.E_coverage, only.state) == (None, Fraction(1, 2), Fraction(1, 3), "uncertain")
    assert (only.E_low, only.E_high) == (Fraction(3, 8), Fraction(5, 8))
    assert only.attribution == {"x": 0, "a": None, "b": None, "c": None}


def test_what_to_find_out_first_looks_at_the_step_as_observed():
    model = model_of(gap("x"), Mean(wish("a"), wish("b"), weights=(2, 1)))
    found = answer(model, x=0.5, a=None, b=1.0)
    assert found.E == 1
    assert found.leverage["a"] == found.gain["a"] == found.attribution["a"] == 0
    assert found.unknown == {"a": Fraction(1, 2) * Fraction(2, 3)}


def test_curves_step_and_jump_at_the_knot():
    jump = Knots([(0, 0), (0.5, 0.25), (0.5, 0.75), (1, 1)])
    model = model_of(AllOf(gap("a", curve=Threshold(0.7)), gap("b", curve=jump), gap("c", curve="smooth")))
    found = answer(model, a=0.7, b=0.5, c=0.5)
    assert found.attainment | {"suited": None} == {"a": 1, "b": Fraction(3, 4), "c": Fraction(1, 2), "suited": None}
    assert answer(model, a=0.6999999999999999, b=0.25).attainment["a"] == 0
    assert answer(model, b=0.25).attainment["b"] == Fraction(1, 8)


def test_a_threshold_is_met_within_the_tolerance():
    a = gap("a")
    for value, state in ((0.5, "tolerating"), (0.5 - 1e-10, "tolerating"), (0.5 - 1e-8, "failing")):
        assert answer(model_of(a), a=value, suited=0.0).state == state
    assert answer(model_of(a), a=1.0, suited=0.5).state == "successful"
