"""Gates on numbers in both engines: against the plainest Python, and bit by bit against one another."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

import outcomegap as og
from outcomegap.engines.numpy_blocks import NumpyBlocks
from outcomegap.engines.scalar import Kernel
from outcomegap.errors import EngineError
from outcomegap.frames import wrap
from outcomegap.model import AllOf, AnyOf, AtLeast, Mean, Numeric, PowerMean, Weakest
from outcomegap.program import Op, compile_model
from outcomegap.scoring.customers import prepare
from tests.engines.test_scalar import agree
from tests.model.make import gap, model_of, wish
from tests.numeric import Both, Ces, both_gates, value

A, B, C, D = (gap(name) for name in "abcd")
SEEDS = range(120)


def table(model, count, seed, missing=0.2):
    """Values of every measure: within and at the ends of what counts, some of them missing."""
    chance = np.random.default_rng(seed)
    columns = {}
    for measure in model.measures:
        values = np.where(chance.random(count) < 0.15, chance.integers(0, 2, count), chance.random(count))
        columns[measure.name] = np.where(chance.random(count) < missing, np.nan, values)
    return columns


class Side:
    """R or E of one customer, in plain Python."""

    def __init__(self, root, steps, row):
        self.root = root
        self.missing = [step.name for step in steps if math.isnan(row[step.name])]
        self.absent = frozenset(step.name for step in steps if step.name in self.missing and step.missing == "skip")
        stand_in = {step.name: 0.5 if step.missing == "skip" else step.missing for step in steps}
        self.point = {name: stand_in[name] if name in self.missing else row[name] for name in stand_in}
        self.value = self.at()

    def at(self, change=None, absent=None):
        return value(self.root, self.point | (change or {}), self.absent if absent is None else absent)

    def bounds(self):
        low, high = (self.at(dict.fromkeys(self.missing, end), frozenset()) for end in (0.0, 1.0))
        return (min(low, self.value), max(high, self.value)) if self.missing else (self.value, self.value)

    def unknown(self, name):
        if name not in self.missing:
            return 0.0
        low, high = (self.at({name: end}, self.absent - {name}) for end in (0.0, 1.0))
        return high - low


def close(numbers):
    return pytest.approx(numbers, abs=1e-9, nan_ok=True)


def sides(model, row):
    outcome = model.desired_outcomes[0]
    roots = outcome.required.needs, outcome.experience.expects
    steps = [[step for step in model.steps if step.side == side] for side in ("required", "experience")]
    return [Side(root, own, row) for root, own in zip(roots, steps, strict=True)]


@pytest.mark.parametrize("seed", SEEDS)
def test_against_plain_python(seed):
    model = model_of(*both_gates(seed))
    columns = table(model, 4, seed)
    scores = og.Scorer(model).score(columns)
    names = [step.name for step in model.steps]
    gain, unknown = scores.gain().values, scores.unknown().values
    for row in range(4):
        r, e = sides(model, {name: float(columns[name][row]) for name in names})
        assert scores._result.point[:, row] == close([r.value, e.value])
        assert [scores.required_low[row], scores.required_high[row]] == close(r.bounds())
        assert [scores.experience_low[row], scores.experience_high[row]] == close(e.bounds())
        for place, step in enumerate(model.steps):
            own, other = (r, e) if step.side == "required" else (e, r)
            assert unknown[row, place] == close(own.unknown(step.name) * other.value)
            if not math.isnan(scores.desired[row]):
                assert gain[row, place] == close((own.at({step.name: 1.0}) - own.value) * other.value)


@pytest.mark.parametrize("seed", range(40))
def test_leverage_lies_between_differences(seed):
    model = model_of(*both_gates(seed))
    columns = {m.name: np.random.default_rng(seed + i).uniform(0.1, 0.9, 2) for i, m in enumerate(model.measures)}
    leverage = og.Scorer(model).score(columns).leverage()
    nudge = 1e-6
    for row in range(2):
        r, e = sides(model, {name: float(values[row]) for name, values in columns.items()})
        for place, step in enumerate(model.steps):
            own, other = (r, e) if step.side == "required" else (e, r)
            here = own.point[step.name]
            ends = [(own.at({step.name: here + h}) - own.value) / h * other.value for h in (-nudge, nudge)]
            assert min(ends) - 1e-4 <= leverage.values[row, place] <= max(ends) + 1e-4


@pytest.mark.parametrize("seed", range(15))
def test_attribution_is_the_integral_and_says_what_it_steps(seed):
    model = model_of(*both_gates(seed))
    columns = {m.name: np.random.default_rng(seed + i).uniform(0.2, 1, 1) for i, m in enumerate(model.measures)}
    scores = og.Scorer(model).score(columns)
    parts = scores.attribution()
    assert parts.exact == scores.exact
    if scores.exact:
        assert parts.residual is None
        assert parts.values.sum() == pytest.approx(scores.gap[0], abs=1e-12)
    else:
        assert parts.residual[0] == scores.gap[0] - parts.values.sum()
        assert abs(parts.residual[0]) < 0.02
    r, e = sides(model, {name: float(values[0]) for name, values in columns.items()})
    for side, scale, names in ((r, 1.0, "required"), (e, r.value, "experience")):
        found = integral(side, [step.name for step in model.steps if step.side == names])
        for place, step in enumerate(model.steps):
            if step.side == names:
                assert parts.values[0, place] == pytest.approx(found[step.name] * scale, abs=0.02)


def integral(side, names, count=50):
    """Each step's part of what a side lacks: differences along the line from all-attained, added up."""
    parts = dict.fromkeys(names, 0.0)
    for at in (np.arange(count) + 0.5) / count:
        point = {name: 1 - at * (1 - a) for name, a in side.point.items()}
        for name in names:
            low, high = (value(side.root, point | {name: point[name] + h}, side.absent) for h in (-1e-5, 1e-5))
            parts[name] += (high - low) / 2e-5 * (1 - side.point[name]) / count
    return parts


@pytest.mark.parametrize("seed", SEEDS)
def test_bitwise_in_both_engines(seed):
    model = model_of(*both_gates(seed))
    agree(compile_model(model), {name: values.tolist() for name, values in table(model, 5, seed).items()})


@pytest.mark.parametrize("seed", range(60))
def test_one_customer_is_explained_as_many_are(seed):
    model = model_of(*both_gates(seed))
    columns = table(model, 3, seed)
    scorer = og.Scorer(model)
    scores = scorer.score(columns)
    for row in range(3):
        one = scorer.score_one({name: values[row] for name, values in columns.items()})
        assert one.exact == scores.exact
        for name in ("attribution", "leverage", "gain", "unknown"):
            many = getattr(scores, name)().values[row]
            assert list(getattr(one, name)().values()) == pytest.approx(list(many), abs=1e-9, rel=1e-9, nan_ok=True)
        told = one.to_dict(explain=True)
        assert ("residual" in told) == (not scores.exact)


@pytest.mark.parametrize("r", [-300.0, -3.0, -2.0, -1.0, -0.5, -0.01, 0.01, 0.5, 1.0, 2.0, 3.5, 300.0])
def test_rows_do_not_hang_on_how_they_are_split(r):
    model = model_of(AllOf(PowerMean(r, A, B, C, weights=(2, 0.3, 1)), Weakest(D, gap("e"))))
    columns = table(model, 257, 3)
    scorer = og.Scorer(model)
    whole = scorer.score(columns)
    for size in (1, 7, 64):
        pieces = [
            scorer.score({name: values[i : i + size] for name, values in columns.items()}) for i in range(0, 257, size)
        ]
        for name in ("required", "low", "high"):
            joined = np.concatenate([getattr(piece, name) for piece in pieces])
            assert joined.tobytes() == getattr(whole, name).tobytes()


@pytest.mark.parametrize("seed", range(20))
def test_single_precision_is_near(seed):
    model = model_of(*both_gates(seed))
    columns = table(model, 50, seed)
    wide, narrow = (og.Scorer(model, dtype=dtype).score(columns) for dtype in ("float64", "float32"))
    assert narrow.desired.dtype == np.float32
    assert narrow.attribution().values.dtype == np.float32
    assert np.allclose(wide.desired, narrow.desired, atol=2e-5, equal_nan=True)
    assert np.allclose(wide.low, narrow.low, atol=2e-5)


def test_a_gate_on_numbers_is_one_step_for_what_shares_it():
    """G stands in two places: G (1 - (1 - c)(1 - d)), and not a product of two G's."""
    gate = PowerMean(-2, A, B)
    model = model_of(AnyOf(AllOf(gate, C), AllOf(gate, D)))
    program = compile_model(model).programs[0]
    assert [row.op for row in program.required.code].count(Op.NUMERIC) == 1
    columns = {"a": [0.5, 0.0], "b": [0.25, 1.0], "c": [0.5, 0.5], "d": [0.5, 0.5], "API": [1.0, 1.0]}
    found = og.Scorer(model).score(columns).required
    g = (2 / (4 + 16)) ** 0.5
    assert found.tolist() == pytest.approx([g * 0.75, 0.0], abs=1e-15)


def test_a_gate_on_numbers_in_a_diagram():
    gates = [Weakest(gap(f"a{i}"), gap(f"b{i}")) for i in range(4)]
    needs = AtLeast(2, AllOf(gates[0], gates[1]), AnyOf(gates[1], gates[2]), Mean(gates[2], gates[3]), C)
    model = model_of(needs, wish("w"))
    columns = table(model, 6, 1, missing=0)
    found = og.Scorer(model).score(columns).required
    for row in range(6):
        point = {name: float(values[row]) for name, values in columns.items()}
        assert found[row] == pytest.approx(value(needs, point), abs=1e-12)


def test_a_gate_of_ones_own_that_is_multilinear_is_exact():
    """`Both` is the product: all that is said of it is what is said of AllOf."""
    shared = AnyOf(C, AllOf(C, D))
    own, built_in = (
        og.Scorer(model_of(gate(AnyOf(A, B), shared, gap("e")))) for gate in (lambda *c: Numeric(Both(), *c), AllOf)
    )
    columns = table(own.model, 50, 2)
    scores, expected = own.score(columns), built_in.score(columns)
    assert scores.exact
    for name in ("attribution", "leverage", "gain", "unknown"):
        found = getattr(scores, name)()
        assert found.exact
        assert found.values == pytest.approx(getattr(expected, name)().values, abs=1e-12, nan_ok=True)


def test_a_power_mean_of_1_is_the_mean():
    own, built_in = (
        og.Scorer(model_of(gate)) for gate in (PowerMean(1, A, B, weights=(2, 1)), Mean(A, B, weights=(2, 1)))
    )
    columns = table(own.model, 50, 4, missing=0)
    scores, expected = own.score(columns), built_in.score(columns)
    assert scores.exact
    assert scores.required == pytest.approx(expected.required, abs=1e-15)
    assert scores.attribution().values == pytest.approx(expected.attribution().values, abs=1e-14)


def test_one_child_is_that_child_but_for_ones_own():
    assert compile_model(model_of(Weakest(A))).programs[0].numerics == ()
    assert compile_model(model_of(PowerMean(-3, A))).programs[0].exact
    assert not compile_model(model_of(Numeric(Ces(), A))).programs[0].exact


def test_which_steps_are_curved():
    program = compile_model(
        model_of(AllOf(C, PowerMean(2, A, AllOf(B, D))), Numeric(Both(), wish("v"), wish("w")))
    ).programs[0]
    assert {("c", "a", "b", "d")[row] for row in program.required.curved} == {"a", "b", "d"}
    assert program.experience.curved == frozenset()
    assert (program.exact, program.plain) == (False, False)


def test_views_say_that_it_is_not_exact():
    scores = og.Scorer(model_of(PowerMean(0.5, A, B))).score({"a": [0.0, 0.5], "b": [0.3, 0.5], "API": [1.0, 0.5]})
    attribution = scores.attribution()
    assert not attribution.exact
    assert "not exact: up to" in repr(attribution)
    assert "not exact" in repr(scores.leverage())
    assert "exact" not in repr(scores.gain())
    assert "not exact here" in str(scores.by())
    assert "assigned to no step" in str(scores.by())
    exact = og.Scorer(model_of(AllOf(A, B))).score({"a": [0.0], "b": [0.3], "API": [1.0]})
    assert "exact" not in repr(exact.attribution()) + str(exact.by())


def test_explain_and_change_refuse():
    scorer = og.Scorer(model_of(Weakest(A, B)))
    columns = {"id": ["x"], "a": [0.5], "b": [0.25], "API": [1.0]}
    scores = scorer.score(columns)
    from outcomegap.scoring.change import explain

    with pytest.raises(EngineError, match="product join and multilinear gates"):
        explain(scorer, columns, columns)
    with pytest.raises(EngineError, match="product join and multilinear gates"):
        scores.change_since(scores)
    multilinear = og.Scorer(model_of(Numeric(Both(), A, B)))
    moved = explain(multilinear, columns, columns | {"a": [1.0]})
    assert moved.values[0].tolist() == pytest.approx([0.125, 0, 0])


def test_scorers_pickle_and_run_in_threads():
    scorer = og.Scorer(model_of(AllOf(Numeric(Ces(), A, B), PowerMean(-2, C, D))), threads=2)
    columns = table(scorer.model, 70_000, 5)
    scores = scorer.score(columns)
    again = pickle.loads(pickle.dumps(scorer)).score(columns)
    one = og.Scorer(scorer.model, threads=1).score(columns)
    assert scores.desired.tobytes() == again.desired.tobytes() == one.desired.tobytes()
    assert scores.attribution().values.tobytes() == one.attribution().values.tobytes()


def test_a_gate_that_fails_on_a_customer_says_so():
    class Fails(Ces):
        def forward(self, children):
            return np.where(children[0] == 0.123, np.nan, super().forward(children))

    compiled = compile_model(model_of(Numeric(Fails(), A, B)))
    batch = prepare(compiled, wrap({"a": [0.123], "b": [0.5], "API": [1.0]}), {}, "raise")
    with pytest.raises(EngineError, match="gate 'ces': forward must return one finite number"):
        NumpyBlocks(compiled, np.dtype("float64"), 1).score(batch)
    with pytest.raises(EngineError, match="gate 'ces'"):
        Kernel(compiled, 0).complete((0.123, 0.5, 1.0))
