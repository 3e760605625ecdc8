"""The scalar engine against the vectorized one, bit by bit; and what its text may hold."""

from __future__ import annotations

import ast
import math
import re
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from outcomegap.engines import scalar
from outcomegap.engines.numpy_blocks import NumpyBlocks
from outcomegap.engines.scalar import Kernel, kernel_text
from outcomegap.errors import EngineError, ModelError
from outcomegap.frames import wrap
from outcomegap.model import (
    AllOf,
    AnyOf,
    AppropriateExperience,
    AtLeast,
    DesiredOutcome,
    Expectation,
    Mean,
    Measure,
    OutcomeModel,
    RequiredOutcome,
    SuccessGap,
    column,
    curve,
    per_cell,
)
from outcomegap.program import compile_model
from outcomegap.scoring import Scorer
from outcomegap.scoring.customers import prepare
from outcomegap.testing import customers, models, random_model, random_rows
from tests.reference import attained

NAN = math.nan
SLOW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def bits(numbers):
    """Bytes of numbers; the two zeros are one (which of them a maximum of both is, NumPy steps open)."""
    return [struct.pack("d", x + 0.0) for x in numbers]


def step(name, **fields):
    return SuccessGap(name, Measure(name), **{"floor": 0, "target": 1} | fields)


def compiled(needs, expects=None, **fields):
    suits = Expectation("suits", Measure("suits"), floor=0, target=1) if expects is None else expects
    outcome = DesiredOutcome(RequiredOutcome("what", needs=needs), AppropriateExperience("how", expects=suits))
    return compile_model(OutcomeModel("m", desired_outcomes=[outcome], **fields))


def both(program, table):
    """Yield for each row the values, what the kernel finds, and what the vectorized engine does."""
    names = {axis: axis for axis in ("segment", "stage", "goal")}
    batch = prepare(program, wrap(table), names, "raise")
    result = NumpyBlocks(program, np.dtype("float64"), 1).score(batch)
    parts = (*result.point, *result.low, *result.high, *result.observed)
    for row, cell in enumerate(batch.cells.tolist()):
        values = tuple(float(values[row]) for values in (*batch.columns, *batch.own))
        yield values, Kernel(program, cell), [float(part[row]) for part in parts]


def agree(program, table):
    for values, kernel, expected in both(program, table):
        assert bits(kernel.score(values)) == bits(expected)
        complete = kernel.complete(values)
        if any(map(math.isnan, values)):
            assert complete is None
        else:
            assert bits(complete) == bits(expected)


@SLOW
@given(st.data())
def test_bitwise_the_vectorized_engine(data):
    model = data.draw(models(columns=True))
    agree(compile_model(model), data.draw(customers(model)))


@pytest.mark.parametrize("start", range(0, 400, 50))
def test_bitwise_on_seeded_models(start):
    for seed in range(start, start + 50):
        model = random_model(seed, max_steps=12, columns=seed % 3 == 0)
        agree(compile_model(model), random_rows(seed, model, 4, missing=seed % 4 > 0))


MANY_KNOTS = [(i / 40, (i / 40) ** 2) for i in range(41)]


@pytest.mark.parametrize(
    "shape",
    [
        "linear",
        "threshold",
        "smooth",
        [(0, 0), (0.5, 0.2), (0.5, 0.6), (1, 1)],
        [(0, 0), (0.4, 0.3), (1, 0.9), (1, 1)],
        [(0, 0), (0.1, 0.0), (0.3, 0.7), (1, 1)],
        MANY_KNOTS,
        curve("late", lambda z: z**3),
        curve("waves", lambda z: z - np.sin(2 * np.pi * z) / 7),
    ],
    ids=lambda shape: str(shape)[:40],
)
@pytest.mark.parametrize(("floor", "target"), [(0, 1), (1, 0), (0.1, 0.7), (48, 24), (-8e307, 8e307), (-3, -2.5)])
def test_every_curve_in_every_direction(shape, floor, target):
    program = compiled(step("a", floor=floor, target=target, curve=shape))
    places = [0, 1, 0.5, 0.1, 0.3, 1 / 3, 0.7, 0.025, 0.9999999999999999, 1e-300, -0.1, 1.1, *np.linspace(0, 1, 23)]
    a = [floor + z * (target - floor) if abs(floor) < 1e300 else floor * (1 - z) + target * z for z in places]
    neighbours = [np.nextafter(x, x + side) for x in (floor, target) for side in (-1, 1)]
    a = [float(x) for x in (*a, *neighbours) if math.isfinite(x)]
    agree(program, {"a": [*a, None], "suits": [1.0] * (len(a) + 1)})


def test_a_span_beyond_all_floats_is_refused():
    with pytest.raises(ModelError, match="too far apart"):
        compiled(step("a", floor=-1e308, target=1e308))


def test_floors_and_targets_that_customers_bring_along():
    program = compiled(AllOf(step("a", floor=column("f")), step("b", target=per_cell(column("t"), {"y": 3.0}))),
                       segments=["x", "y"])  # fmt: skip
    table = {
        "segment": ["x", "y", "x", "y", "x", "x"],
        "a": [0.5, 0.5, 1, None, 0.5, 0.9],
        "b": [2.0, 2, 4, 4, 2, 2],
        "f": [0.25, 2, -1, 0.1, None, 0.1],
        "t": [4.0, 5, None, None, 3, -2],
        "suits": [1.0, 1, 0.2, 0.1, 1, 0.4],
    }
    agree(program, table)
    x = Kernel(program, 0)
    assert x.score((0.5, 2.0, 1.0, 0.0, 0.0)) == x.score((0.5, NAN, 1.0, 0.0, 1.0))  # nobody says what is better
    assert x.complete((0.5, 2.0, 1.0, 0.0, 0.0)) is None


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shape", ["linear", "threshold", "smooth", [(0, 0), (0.5, 0.25), (1, 1)]])
@pytest.mark.parametrize(
    "said",
    [
        {"better": "more", "floor": 0.0},
        {"better": "less", "floor": 0.0},
        {"floor": 0.0, "low": 0.0},
        {"floor": 3.0, "high": 3.0},
        {"floor": 1.0},
        {"floor": column("f"), "better": "more"},
        {"floor": column("f"), "better": "less"},
    ],
    ids=str,
)
def test_own_targets_at_the_floor_and_beyond_it(said, shape, dtype):
    said = dict(said)
    measure = Measure("a", low=said.pop("low", None), high=said.pop("high", None))
    program = compiled(SuccessGap("a", measure, target=column("t"), curve=shape, **said))
    ends = [0.0, 1.0, 3.0, -2.0, 1e-9, 0.1 + 0.2, 2.5, 1e6, None]
    low, high = (-np.inf if measure.low is None else measure.low), (np.inf if measure.high is None else measure.high)
    values = [
        x
        for x in (0.0, 1.0, 2.5, 3.0, -2.0, 0.3, 0.1 + 0.2, np.nextafter(1.0, 0.0), None)
        if x is None or low <= x <= high
    ]
    each = [(x, t, f) for x in values for t in ends for f in (0.0, 1.0, -2.0, None)]
    table = dict(zip("atf", map(list, zip(*each, strict=True)), strict=True)) | {"suits": [1.0] * len(each)}
    table = table if "f" in program.model.columns else {name: table[name] for name in ("a", "t", "suits")}
    scorer = Scorer(program.model, dtype=dtype)
    scores = scorer.score(table)
    if dtype == "float64" and said != {"floor": 1.0}:
        agree(program, table)
    elif dtype == "float64":  # where nobody says what is better, the step may be missing though all values are there
        alone = [scorer.score_one({name: table[name][at] for name in table}).desired for at in range(len(each))]
        np.testing.assert_array_equal(scores.desired, np.array(alone, dtype=float))
    assert scores.problems == ()
    cell = program.model.cells[0]
    (step,) = (one for one in program.model.steps if one.name == "a")
    rows = [{name: table[name][at] for name in table} for at in range(len(each))]
    wanted = [None if a is None else float(a) for a in (attained(step, cell, row) for row in rows)]
    found = scores.attainment().values[:, program.model.steps.index(step)]
    np.testing.assert_allclose(found, np.array(wanted, dtype=float), rtol=1e-6 if dtype == "float32" else 1e-12)


def test_whole_numbers_may_stand_for_floats():
    kernel = Kernel(compiled(step("a", target=3)), 0)
    assert kernel.complete((2, 1)) == kernel.complete((2.0, 1.0))
    big = Kernel(compiled(step("a", floor=2**53, target=2**53 + 4)), 0)
    for x in range(2**53 - 3, 2**53 + 8):
        assert big.complete((x, 1)) == big.complete((float(x), 1.0))


@pytest.mark.parametrize("value", [math.inf, -math.inf, -0.1, 10.5, 10**400])
def test_values_that_are_not_allowed(value):
    limited = SuccessGap("a", Measure("a", low=0, high=10), floor=0, target=1)
    kernel = Kernel(compiled(limited), 0)
    assert kernel.complete((value, 1.0)) is None
    assert kernel.score((value, NAN)) is None
    assert kernel.score((NAN, 0.5)) == (0.5, 0.5, 0.0, 0.5, 1.0, 0.5, 0, 1)
    assert kernel.complete((0.0, 1.0)) is not None
    assert kernel.complete((10.0, 1.0)) is not None


def test_a_curve_that_is_not_finite_says_so():
    shape = curve("gap", lambda z: z)
    object.__setattr__(shape.curve, "value", lambda z: np.where(z > 0.5, np.nan, z))
    program = compiled(step("a", curve=shape))
    kernel = Kernel(program, 0)
    assert kernel.complete((0.25, 1.0)) is not None
    for ask in (kernel.complete, kernel.score):
        with pytest.raises(EngineError, match=r"curve 'gap': its value at z = 0.75 is not a finite number"):
            ask((0.75, 1.0))
    assert kernel.complete((NAN, 1.0)) is None
    assert kernel.score((NAN, 1.0)) == (0.5, 1.0, 0.0, 1.0, 1.0, 1.0, 0, 1)


def test_tiny_probabilities_stay_exact():
    steps = [step(f"s{i}") for i in range(5)]
    kernel = Kernel(compiled(AnyOf(*steps)), 0)
    found = kernel.complete((1e-13, 0, 0, 0, 1e-13, 1))
    assert found[0] == pytest.approx(2e-13, rel=1e-12)


@pytest.mark.parametrize("count", [500, 501, 3000])
def test_a_mean_of_many_is_that_of_the_arrays(count):
    """Python compiles no sum of some thousand terms in one line."""
    rng = np.random.default_rng(count)
    steps = [step(f"s{i}") for i in range(count)]
    program = compiled(Mean(*steps, weights=(rng.random(count) + 0.1).tolist()))
    table = {f"s{i}": [value] for i, value in enumerate(rng.random(count))} | {"suits": [1.0]}
    agree(program, table)


# The text


NASTY = "x'); import os; os.system('true') #\n\"\"\" {0} \\"


def test_nothing_that_a_user_wrote_stands_in_the_text():
    a = step(NASTY, target=column(NASTY + "t"), curve=curve(NASTY, lambda z: z**2))
    b = step("b" + NASTY, curve=[(0, 0), (0.5, 0.25), (1, 1)])
    expects = Mean(*(Expectation(NASTY + n, Measure(NASTY + n), floor=0, target=1) for n in "cde"))
    program = compiled(AtLeast(1, a, AllOf(a, b)), expects, segments=["os"], stages=["import"])
    source, _ = kernel_text(program, 0, Kernel(program, 0).patterns(frozenset()))
    tree = ast.parse(source)
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    constants = {type(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert functions == {"attain", "required", "experience", "complete"}
    assert all(re.fullmatch(r"nan|[vapz]|([xaptre]|curve)\d+", name) for name in named)
    assert constants <= {int, float, type(None)}
    assert not any(isinstance(node, (ast.Import, ast.ImportFrom, ast.Attribute)) for node in ast.walk(tree))
    assert {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call)} == {"curve0"}


# Kernels


def test_cells_with_the_same_numbers_share_their_code():
    program = compiled(step("a", target=per_cell(2, {"x": 3})), segments=["x", "y", "z"])
    x, y, z = (Kernel(program, cell).complete.__code__ for cell in range(3))
    assert y is z
    assert x is not y


def test_parameters_are_kept_for_a_limited_number_of_patterns(monkeypatch):
    monkeypatch.setattr(scalar, "PATTERNS", 3)
    wishes = [Expectation(n, Measure(n), floor=0, target=1) for n in "abcd"]
    kernel = Kernel(compiled(step("r"), Mean(*wishes, weights=(1, 2, 3, 4))), 0)
    for gone in (1, 2, 3, 4, 1, 4):
        values = [1.0, *(NAN if n < gone else 1.0 for n in range(4))]
        assert kernel.score(tuple(values))[1] == (1.0 if gone < 4 else 0.5)
    assert kernel.patterns.cache_info().currsize <= 3
