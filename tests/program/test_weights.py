"""Weighted AllOf and AnyOf against the definition: the sum over all draws and all states (docs/meaning, clause 2.3)."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

import outcomegap as og
from outcomegap.engines.numpy_blocks import Block, NumpyBlocks, Work
from outcomegap.errors import ModelError
from outcomegap.frames import wrap
from outcomegap.model import AllOf, AnyOf, AtLeast, Cell, Mean, Step, per_cell
from outcomegap.model.declaration import at
from outcomegap.model.gate import gates_of, steps_of
from outcomegap.program import compile_model
from outcomegap.scoring.customers import prepare
from tests.model.make import desired, gap, model_of, wish
from tests.program.rational import program_of

ALL = Cell("all", "all")
A, B, C = (gap(name) for name in "abc")
NAMES = {"segment": "segment", "stage": "stage", "goal": "goal"}
SEEDS = range(60)


# --- the definition --------------------------------------------------------------------------------------------------


def chance(root: Any, point: dict[Step, float], cell: Cell = ALL) -> Fraction:
    """The probability that the root holds: every step is a coin, every weight a coin, every mean a die."""
    steps, gates = steps_of(root), gates_of(root)
    coins: list[tuple[Any, list[tuple[Any, Fraction]]]] = []
    for step in steps:
        a = Fraction(point[step])
        coins.append((step, [(True, a), (False, 1 - a)]))
    for gate in gates:
        weights = [Fraction(at(w, cell.segment, cell.stage)) for w in getattr(gate, "weights", None) or ()]
        if isinstance(gate, Mean):
            coins.append((gate, [(n, w / sum(weights)) for n, w in enumerate(weights)]))
        else:
            coins += [((gate, n), [(True, w), (False, 1 - w)]) for n, w in enumerate(weights)]
    total = Fraction(0)
    for state in product(*([side for side in sides if side[1]] for _, sides in coins)):
        p = Fraction(1)
        for _, each in state:
            p *= each
        fallen = {name: side for (name, _), (side, _) in zip(coins, state, strict=True)}
        total += p if holds(root, fallen) else 0
    return total


def holds(node: Any, fallen: dict[Any, Any]) -> bool:
    if isinstance(node, Step):
        return bool(fallen[node]) and all(holds(step, fallen) for step in node.after)
    if isinstance(node, Mean):
        return holds(node.children[fallen[node]], fallen)
    below = [(holds(child, fallen), fallen.get((node, n), True)) for n, child in enumerate(node.children)]
    if isinstance(node, AllOf):
        return all(held or not matters for held, matters in below)
    if isinstance(node, AnyOf):
        return any(held and matters for held, matters in below)
    return sum(held for held, _ in below) >= node.k


def random_root(seed: int, weights: int = 5) -> Any:
    """A small graph with shared steps; at most `weights` children carry one that is neither 0 nor 1."""
    rng = random.Random(seed)
    nodes: list[Any] = [gap(name) for name in "abcd"[: rng.randint(1, 4)]]
    if len(nodes) > 2 and rng.random() < 0.3:
        nodes[0] = gap("a", after=[nodes[1]])
    left = weights
    for _ in range(rng.randint(1, 4)):
        below = rng.sample(nodes, rng.randint(1, min(3, len(nodes))))
        kind = rng.choice([AllOf, AnyOf, AllOf, AnyOf, Mean, AtLeast])
        if kind is AtLeast:
            made: Any = AtLeast(rng.randint(1, len(below)), *below)
        elif kind is Mean:
            made = Mean(*below, weights=[rng.choice([1, 2, 0.5]) for _ in below])
        else:
            given = [rng.choice([0.25, 0.5, 0.75, 0.2, 1, 0, 0.9]) for _ in below]
            for number, weight in enumerate(given):
                left -= 0 < weight < 1
                given[number] = weight if left >= 0 else 1
            made = kind(*below, weights=given if any(given) else None)
        nodes.append(made)
    return nodes[-1]


def points_of(root: Any, seed: int, count: int = 3) -> list[dict[Step, float]]:
    rng = random.Random(seed)
    return [{step: rng.choice([0.0, 0.5, 1.0, rng.random()]) for step in steps_of(root)} for _ in range(count)]


def model_with(root: Any, **fields: Any) -> og.OutcomeModel:
    """A model in which no threshold is out of reach."""
    return og.OutcomeModel("m", desired_outcomes=[desired(root, achieved_at=0.01)], **fields)


def scored(model: Any, rows: list[dict[str, float]]) -> tuple[np.ndarray, np.ndarray]:
    """R of customers by both engines."""
    scorer = og.Scorer(model)
    frame = {name: [row[name] for row in rows] for name in rows[0]}
    return scorer.score(frame).required, np.array([scorer.score_one(row).required for row in rows])


# --- both engines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_both_engines_give_the_sum_over_all_draws_and_states(seed):
    root = random_root(seed)
    points = points_of(root, seed)
    rows = [{step.name: a for step, a in point.items()} | {"API": 1.0} for point in points]
    many, one = scored(model_with(root), rows)
    assert many.tobytes() == one.tobytes()
    assert many == pytest.approx([float(chance(root, point)) for point in points], abs=1e-14)


def test_by_hand():
    point = {A: 0.5, B: 0.25}
    for root, r in (
        (AllOf(A, B, weights=(1, 0.2)), 0.5 * (1 - 0.2 * 0.75)),
        (AnyOf(A, B, weights=(0.4, 0.2)), 1 - (1 - 0.4 * 0.5) * (1 - 0.2 * 0.25)),
        (AllOf(A, weights=(0.5,)), 0.75),
        (AnyOf(A, weights=(0.5,)), 0.25),
    ):
        many, one = scored(model_with(root), [{step.name: point[step] for step in steps_of(root)} | {"API": 1.0}])
        assert many.tolist() == one.tolist() == pytest.approx([r], abs=1e-15)


@pytest.mark.parametrize("kind", [AllOf, AnyOf])
def test_weights_of_1_are_no_weights_bit_by_bit(kind):
    inner = AnyOf(A, C)
    plain, weighed = kind(inner, B), kind(inner, B, weights=(per_cell(1, {"x": 1}), 1))
    one, other = program_of(plain), program_of(weighed)
    assert (one.required.code, one.parameters) == (other.required.code, other.parameters)
    assert one.draws == other.draws == ()


@pytest.mark.parametrize("kind", [AllOf, AnyOf])
def test_a_weight_of_1_in_one_cell_is_no_weight_there(kind):
    rng = np.random.default_rng(1)
    frame = {name: rng.random(50) for name in ("a", "b", "c", "API")} | {"segment": ["x"] * 50}
    weighed = kind(A, B, C, weights=(0.5, per_cell(0.25, {"x": 1}), 1))
    plain = kind(A, B, C, weights=(0.5, 1, 1))
    ends = [og.Scorer(model_with(root, segments=["x", "y"])).score(frame).required for root in (weighed, plain)]
    assert ends[0].tobytes() == ends[1].tobytes()


def test_the_value_moves_with_the_weight_as_it_should():
    frame = {"a": [0.5, 0.1], "b": [0.3, 0.9], "API": [1.0, 1.0]}
    all_of, any_of = [
        np.array(
            [og.Scorer(model_with(kind(A, B, weights=(w, 0.5)))).score(frame).required for w in np.arange(0, 1.1, 0.1)]
        )
        for kind in (AllOf, AnyOf)
    ]
    assert (np.diff(all_of, axis=0) < 0).all()
    assert (np.diff(any_of, axis=0) > 0).all()


# --- what has a weight of 0 in a cell is not there ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", [AllOf, AnyOf])
def test_a_weight_of_0_leaves_the_child_out_of_the_cell(kind):
    root = kind(A, B, weights=(0.5, per_cell(0.5, {"x": 0})))
    expects = AllOf(wish("API"), wish("calls"), weights=(1, per_cell(1, {"y": 0})))
    model = model_of(root, expects, segments=["x", "y"])
    rows = {"a": [0.5, 0.5], "b": [None, None], "API": [1, 1], "calls": [None, None], "segment": ["x", "y"]}
    scorer = og.Scorer(model)
    scores = scorer.score(rows)
    assert scores.coverage.tolist() == [2 / 3, 2 / 3]
    assert scores.steps.tolist() == [3, 3]
    assert np.isnan(scores.unknown().values).sum() == 0
    assert scores.required_low[0] == scores.required_high[0] == scores.required[0]
    assert scores.required_low[1] < scores.required_high[1]
    assert scores.unknown().values[0, 1] == 0 != scores.unknown().values[1, 1]
    assert scores.attribution().applies.tolist() == [[True, False, True, True], [True, True, True, False]]
    one = [scorer.score_one({name: values[i] for name, values in rows.items()}) for i in (0, 1)]
    assert [score.coverage for score in one] == scores.coverage.tolist()
    assert list(one[0].attribution()) == ["a", "API", "calls"]
    left_out = og.Scorer(model_with(kind(A, weights=(0.5,)))).score_one({"a": 0.5, "API": 1})
    assert one[0].required == left_out.required


def test_only_steps_that_count_make_a_child_of_a_mean_present():
    reply, calls, visits = (wish(name) for name in ("reply", "calls", "visits"))
    expects = Mean(AllOf(reply, calls, weights=(1, per_cell(1, {"x": 0}))), visits)
    model = model_of(A, expects, segments=["x", "y"])
    rows = {"a": [1, 1], "reply": [None] * 2, "calls": [0.5] * 2, "visits": [0.8] * 2, "segment": ["x", "y"]}
    found = og.Scorer(model).score(rows)
    # in x nothing below the gate that counts is there, so the mean is that of the visits
    assert found.experience.tolist() == pytest.approx([0.8, (0.5 * 0.5 + 0.8) / 2])


def test_a_step_needs_no_numbers_where_it_does_not_count():
    part = gap("part", floor=0, target=per_cell(None, {"y": 2}))
    root = AllOf(A, part, weights=(1, per_cell(1, {"x": 0})))
    model = model_with(root, segments=["x", "y"])
    found = og.Scorer(model).score({"a": [1, 1], "part": [1, 1], "API": [1, 1], "segment": ["x", "y"]})
    assert found.required.tolist() == [1, 0.5]


def test_in_no_cell_may_all_weights_be_0():
    root = AllOf(A, AnyOf(B, C, weights=(0, per_cell(1, {"x": 0})), name="help"))
    with pytest.raises(ModelError) as caught:
        og.Scorer(model_with(root, segments=["x", "y"]))
    assert "gates.help: all weights of AnyOf('b', 'c', weights=(0, per_cell)) are 0 in x/all" in str(caught.value)
    # where the gate itself does not count it does not matter
    around = AllOf(A, AnyOf(B, C, weights=(0, per_cell(1, {"x": 0}))), weights=(1, per_cell(1, {"x": 0})))
    og.Scorer(model_of(around, segments=["x", "y"]))


# --- sharing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ways", "most"), [(3, 1_000), (6, 10_000)])
def test_ways_that_share_all_their_steps_stay_small(ways, most):
    steps, rng = [gap(f"s{n}") for n in range(24)], np.random.default_rng(ways)
    weights = rng.uniform(0.1, 0.9, (ways, 24))
    root = AnyOf(*(AllOf(*steps, weights=each) for each in weights))
    program = program_of(root)
    assert program.size < most
    a = rng.random((20, 24))
    rows = [dict(zip((step.name for step in steps), each, strict=True)) | {"API": 1.0} for each in a]
    many, one = scored(model_with(root), rows)
    expected = np.zeros(20)
    for some in product([False, True], repeat=ways):  # inclusion and exclusion over the ways
        if any(some):
            needed = 1 - np.prod(1 - weights[list(some)], axis=0)
            expected -= (-1) ** sum(some) * np.prod(1 - needed * (1 - a), axis=1)
    assert many == pytest.approx(expected, abs=1e-13)
    assert one.tobytes() == many.tobytes()


def test_equal_gates_share_their_draws():
    one = AllOf(A, B, weights=(1, 0.5))
    other = AllOf(B, A, weights=(0.5, 1))
    assert len(program_of(AnyOf(AllOf(one, C), AllOf(other, gap("d")))).draws) == 1
    # a gate and itself again is one gate: the draw is not made twice
    point = {A: 0.5, B: 0.5, C: 0.5}
    root = AllOf(AnyOf(one, C), AnyOf(other, AllOf(C, A)))
    many, _ = scored(model_with(root), [{"a": 0.5, "b": 0.5, "c": 0.5, "API": 1.0}])
    assert many[0] == pytest.approx(float(chance(root, point)), abs=1e-15)


# --- derivatives by parameters ---------------------------------------------------------------------------------------


def work_of(model: Any, frame: dict[str, Any]) -> Work:
    engine = NumpyBlocks(compile_model(model), np.dtype("float64"), 1)
    batch = prepare(engine.compiled, wrap(frame), NAMES, "raise")
    return Work(engine, batch, Block(0, slice(0, len(batch)), len(batch), batch.cells.astype(np.intp)), {})


def value_at(work: Work, row: int, step: float) -> np.ndarray:
    """R with one parameter row moved; the sum of a mean's weights moves with it."""
    parameters, first = list(work.present), len(work.program.steps)
    parameters[row - first] = parameters[row - first] + step
    for mean in work.program.means:
        if mean.first <= row < mean.total:
            parameters[mean.total - first] = parameters[mean.total - first] + step
    return np.array(work.passes[0].forward(work.attained.rows, parameters, work.registers))


@pytest.mark.parametrize("seed", SEEDS)
def test_derivatives_by_parameter_rows_are_those_of_differences(seed):
    root, rng = random_root(seed), np.random.default_rng(seed)
    names = [step.name for step in steps_of(root)]
    frame = {name: rng.random(5) for name in names} | {"API": np.ones(5)}
    work = work_of(model_with(root), frame)
    program, first = work.program, len(work.program.steps)
    _, slopes = work.gradient(0, parameters=True)
    slopes = {row: np.array(slope) + np.zeros(5) for row, slope in slopes.items()}
    plain = work.gradient(0)[1]
    assert set(plain) == {row for row in slopes if row < first}
    assert all((np.asarray(plain[row]) == slopes[row]).all() for row in plain)
    totals = {mean.total for mean in program.means}
    here = [row for row in range(first, first + program.parameters) if row not in totals]
    for row in [row for row in here if work.full[row - first] is not None]:
        difference = (value_at(work, row, 1e-5) - value_at(work, row, -1e-5)) / 2e-5
        assert slopes.get(row, np.zeros(5)) == pytest.approx(difference, abs=1e-8)


def test_a_draw_says_whose_it_is():
    gate = AllOf(A, B, C, weights=(1, 0.25, 0))
    program = program_of(AnyOf(gate, gap("d"), weights=(0.5, 1)), wish("API"))
    assert [(draw.gate.kind, draw.child, draw.weight) for draw in program.draws] == [
        ("all_of", 1, 0.25),
        ("any_of", 0, 0.5),
    ]
    compiled = compile_model(og.OutcomeModel("m", desired_outcomes=[desired(AnyOf(gate, gap("d"), weights=(0.5, 1)))]))
    assert compiled.tables[0].draws.tolist() == [[0.75], [0.5]]
