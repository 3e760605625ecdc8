"""What is invented is valid, varied, and quickly made."""

from __future__ import annotations

import math
import pickle
import pydoc
import re
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import outcomegap.testing
from outcomegap.errors import DataError
from outcomegap.model import AllOf, AnyOf, Column, Knots, Mean, PerCell, Smooth, Step, Threshold, check
from outcomegap.model.declaration import at
from outcomegap.model.gate import gates_of, steps_of
from outcomegap.testing import Recipe, customers, gates, models, random_model, random_rows, steps

SWEEP = 600


def errors(model):
    return [finding for finding in check(model) if finding.severity == "error"]


def roots(model):
    return [r for o in model.desired_outcomes for r in (o.required.needs, o.experience.expects)]


def assert_valid(model, rows):
    """Every rule for data of design clause 2.13 that a row can break."""
    for i in range(len(next(iter(rows.values())))):
        row = {name: values[i] for name, values in rows.items()}
        cell = model.cell(row.get("segment"), row.get("stage"), row.get("goal"))
        for measure in model.measures:
            x = row[measure.name]
            if x is not None and not math.isnan(x):
                assert math.isfinite(x)
                assert measure.low is None or x >= measure.low
                assert measure.high is None or x <= measure.high
        outcome = model.outcome(cell)
        for step in steps_of(outcome.required.needs, outcome.experience.expects):
            ends = (at(v, cell.segment, cell.stage) for v in (step.floor, step.target))
            floor, target = (row[v.name] if isinstance(v, Column) else v for v in ends)
            assert floor != target or floor is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_models_and_customers_are_valid(data):
    model = data.draw(models(columns=True))
    assert not errors(model)
    assert len(model.steps) <= 8
    assert len(model.cells) <= 4
    assert_valid(model, data.draw(customers(model, max_rows=3)))


@given(st.sampled_from(["required", "experience"]).flatmap(steps))
def test_steps_are_steps(step):
    assert isinstance(step, Step)


@given(st.data())
def test_gates_hold_every_step(data):
    some = [data.draw(steps("required", name)) for name in "abc"]
    assert set(steps_of(data.draw(gates(some, means=False)))) == set(some)


def test_traits_can_be_left_out():
    traits = ("sharing", "after", "means", "weights", "curves", "per_cell", "goals")
    plain = dict.fromkeys(traits, False)
    for seed in range(200):
        model = random_model(seed, max_steps=8, max_cells=4, **plain)
        assert not model.goals
        assert not any(step.after or step.curve.name != "linear" for step in model.steps)
        assert not any(isinstance(step.floor, PerCell) for step in model.steps)
        for gate in gates_of(*roots(model)):
            assert getattr(gate, "weights", None) is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: steps("need"), "'required', 'experience'"),
        (lambda: steps("requird"), "did you mean 'required'"),
        (lambda: gates([]), "one step or more"),
        (lambda: gates([random_model(1).steps[0]] * 2), "each once"),
        (
            lambda: customers(random_model(1), max_rows=1, min_rows=2),
            "max_rows must be a whole number of 2 or more .got 1.",
        ),
    ],
    ids=["side", "misspelt", "none", "twice", "rows"],
)
def test_what_cannot_be_invented(call, message):
    with pytest.raises(DataError, match=message):
        call()


def test_help_tells_of_all_that_there_is():
    found = pydoc.render_doc(outcomegap.testing, renderer=pydoc.plaintext)
    for name in outcomegap.testing.__all__:
        assert re.search(rf"^    (class )?{name}\(", found, re.MULTILINE), name
    assert "Return a strategy for models" in found


def test_a_recipe_says_what_is_wrong():
    with pytest.raises(DataError, match="max_steps must be a whole number of 2 or more"):
        Recipe(max_steps=1)


def test_a_seed_gives_the_same_again():
    for seed in range(50):
        model = random_model(seed, columns=True)
        assert model == random_model(np.random.default_rng(seed), columns=True) or model == random_model(
            seed, columns=True
        )
        assert repr(random_rows(seed, model, 3)) == repr(random_rows(seed, model, 3))
        assert pickle.loads(pickle.dumps(model)) == model


@pytest.fixture(scope="module")
def sweep():
    return [random_model(seed, columns=seed % 2 == 0) for seed in range(SWEEP)]


def test_seeded_models_and_rows_are_valid(sweep):
    for seed, model in enumerate(sweep):
        assert not errors(model)
        assert_valid(model, random_rows(seed, model, 3))


def test_everything_that_a_model_can_hold_occurs(sweep):
    every = [step for model in sweep for step in model.steps]
    graphs = [root for model in sweep for root in roots(model)]
    inner = [gate for root in graphs for gate in gates_of(root)]
    parents = [[child for gate in gates_of(root) for child in gate.children] for root in graphs]
    twice = [node for children in parents for node in set(children) if children.count(node) > 1]

    assert {type(gate).__name__ for gate in inner} == {"AllOf", "AnyOf", "AtLeast", "Mean"}
    assert any(isinstance(node, Mean) for node in twice), "shared means"
    assert any(isinstance(node, AllOf) for node in twice), "shared gates"
    assert any(isinstance(node, Step) for node in twice), "shared steps"
    for kind in ("AllOf", "AnyOf", "AtLeast", "Mean"):
        nested = [g for g in inner if type(g).__name__ == kind and any(isinstance(c, Mean) for c in g.children)]
        assert nested, f"a mean under {kind}"
    assert any(len(step.after) == 2 for step in every)
    assert any(one.after for step in every for one in step.after), "chains"
    assert any(set(steps_of(root)) - set(c) for root, c in zip(graphs, parents, strict=True) if c), "only after"
    for field in ("floor", "target", "missing"):
        assert any(isinstance(getattr(step, field), PerCell) for step in every), field
    assert any(isinstance(v, Column) for step in every if isinstance(step.floor, PerCell) for v in step.floor)
    assert any(isinstance(weight, PerCell) for gate in inner if isinstance(gate, Mean) for weight in gate.weights)
    for kind in (AllOf, AnyOf):
        weights = [gate.weights for gate in inner if isinstance(gate, kind) and gate.weights]
        assert any(0.0 in each for each in weights), f"a child of {kind.kind} is left out everywhere"
        assert any(isinstance(w, PerCell) and 0.0 in w for each in weights for w in each), f"{kind.kind} per cell"
        assert any(1.0 not in each for each in weights), f"no child of {kind.kind} is sure"
    assert any(
        isinstance(step.floor, float) and isinstance(step.target, float) and step.floor > step.target for step in every
    )
    assert {type(step.curve) for step in every} >= {Threshold, Smooth, Knots}
    assert any(
        a[0] == b[0]
        for step in every
        if isinstance(step.curve, Knots)
        for a, b in zip(step.curve.points, step.curve.points[1:], strict=False)
    )
    assert any(model.goals for model in sweep)
    assert any(len(model.segments) > 1 and len(model.desired_outcomes) > 1 for model in sweep)
    assert any(not model.segments and not model.stages for model in sweep)
    assert any(isinstance(o.achieved_at, PerCell) for model in sweep for o in model.desired_outcomes)
    assert any(len(model.measures) < len(model.steps) for model in sweep), "one measure feeds several steps"


def test_values_occur_at_around_and_beyond_both_ends(sweep):
    seen = set()
    for seed, model in enumerate(sweep[:200]):
        rows = random_rows(seed, model, 4)
        for step in model.steps:
            if isinstance(step.floor, float) and isinstance(step.target, float):
                for x in rows[step.measure.name]:
                    seen.add("none" if x is None else "nan" if math.isnan(x) else _place(step, x))
    assert seen == {"none", "nan", "floor", "target", "within", "below", "beyond"}


def _place(step, x):
    z = (x - step.floor) / (step.target - step.floor)
    return {0.0: "floor", 1.0: "target"}.get(z) or ("below" if z < 0 else "beyond" if z > 1 else "within")


def test_a_model_costs_a_few_milliseconds():
    start = time.perf_counter()
    for seed in range(100):
        random_rows(seed, random_model(seed), 3)
    assert time.perf_counter() - start < 2.0


def test_without_hypothesis_the_extra_is_named():
    code = "import sys; sys.modules['hypothesis'] = None\nimport outcomegap.testing\nfrom outcomegap.testing import check_curve, models, random_model\nrandom_model(1)\nmodels()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "EngineError" in done.stderr
    assert "outcomegap[dev]" in done.stderr
