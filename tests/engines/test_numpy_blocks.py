"""The vectorized engine: blocks, registers, forward and reverse passes, against definitions and differences."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st

import outcomegap as og
from outcomegap.engines import numpy_blocks as engines
from outcomegap.engines.numpy_blocks import (
    SET_ASIDE,
    Batch,
    Block,
    ByCell,
    NumpyBlocks,
    Together,
    Work,
    block_size,
    blocks,
    share,
)
from outcomegap.errors import EngineError
from outcomegap.frames import wrap
from outcomegap.model import AllOf, AnyOf, Mean, Measure, OutcomeModel, column, per_cell
from outcomegap.program import compile_model, mean_rows
from outcomegap.scoring.customers import prepare
from outcomegap.testing import random_model, random_rows
from tests.model.make import desired, gap, model_of, wish
from tests.reference import score_rows

FLOAT64, FLOAT32 = np.dtype("float64"), np.dtype("float32")
NAMES = {"segment": "segment", "stage": "stage", "goal": "goal"}
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
finite = st.floats(-1e6, 1e6)


def engine_of(model: OutcomeModel, dtype: Any = FLOAT64, threads: int | None = 1) -> NumpyBlocks:
    return NumpyBlocks(compile_model(model), dtype, threads)


def batch_of(engine: NumpyBlocks, table: Any) -> Batch:
    return prepare(engine.compiled, wrap(table), NAMES, "set_aside")


def plain(steps: dict[str, Any]) -> dict[str, Any]:
    return {name: np.asarray(values, dtype=np.float64) for name, values in steps.items()}


def same(one: Any, other: Any) -> bool:
    """Whether two results are the same bit by bit."""
    fields = ("point", "low", "high", "observed")
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in fields)


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of seven customers."""
    monkeypatch.setattr(engines, "SMALLEST", 7)
    monkeypatch.setattr(engines, "LARGEST", 7)


# --- blocks ----------------------------------------------------------------------------------------------------------


@given(st.integers(1, 10**6), st.sampled_from([4, 8]))
def test_a_block_fits_the_cache_within_bounds(live, itemsize):
    size = block_size(live, itemsize)
    assert 1 <= size <= engines.LARGEST
    assert size >= engines.SMALLEST or size * live * itemsize <= engines.MOST < (size + 1) * live * itemsize
    if engines.SMALLEST < size < engines.LARGEST:
        assert size * live * itemsize <= engines.CACHE < (size + 1) * live * itemsize
    assert block_size(live + 1, itemsize) <= size
    assert block_size(0, 8) == engines.LARGEST


TWO_PROGRAMS = OutcomeModel(
    "m",
    desired_outcomes=[desired(segments=["a"]), desired(AllOf(gap("list"), gap("two")), segments=["b", "c"])],
    segments=["a", "b", "c"],
)
ONE_PROGRAM = model_of(segments=["a", "b", "c"])


@pytest.mark.usefixtures("small_blocks")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from([ONE_PROGRAM, TWO_PROGRAMS]),
    st.lists(st.integers(-1, 2), max_size=40) | st.integers(-1, 2).map(lambda cell: [cell] * 20),
)
def test_every_row_stands_in_exactly_one_block(model, cells):
    compiled = compile_model(model)
    batch = Batch((), (), (), np.array(cells, dtype=np.int32))
    found = list(blocks(compiled, batch, [1] * len(compiled.programs), 8))
    seen: list[int] = []
    for block in found:
        rows = np.arange(len(cells))[block.rows]
        assert len(rows) == block.size > 0
        assert rows.tolist() == sorted(rows.tolist())
        own = np.broadcast_to(block.cells, len(rows))
        assert own.tolist() == [cells[row] for row in rows]
        assert {compiled.program_of[cell] for cell in own} == {block.program}
        assert rows.max() // 7 == rows.min() // 7  # rows that stand together
        seen += rows.tolist()
    assert sorted(seen) == [row for row, cell in enumerate(cells) if cell != SET_ASIDE]


@pytest.mark.usefixtures("small_blocks")
def test_blocks_by_hand():
    compiled = compile_model(TWO_PROGRAMS)
    cells = np.array([0] * 7 + [1, 2] * 3 + [1] + [0, -1, 2] + [-1] * 4 + [1], dtype=np.int32)
    found = list(blocks(compiled, Batch((), (), (), cells), [1, 1], 8))
    shown = [(block.program, np.arange(len(cells))[block.rows].tolist()) for block in found]
    assert shown == [(0, list(range(7))), (1, list(range(7, 14))), (0, [14]), (1, [16]), (1, [21])]
    assert isinstance(found[0].rows, slice)  # no copy where all rows of a block belong together
    assert found[0].cells == 0


# --- attainment ------------------------------------------------------------------------------------------------------


def attainments(step, values, dtype=FLOAT64, **columns):
    """Attainment of one step, with what stands in, and where it is missing."""
    model = model_of(step, segments=["s", "t"]) if "segment" in columns else model_of(step)
    engine = engine_of(model, dtype)
    table = {step.measure.name: values, "API": np.ones(len(values)), **columns}
    batch = batch_of(engine, table)
    (block,) = blocks(engine.compiled, batch, [1], 8)
    attained = Work(engine, batch, block, {}).attained
    row = [step.name for step in model.steps].index(step.name)
    mask = attained.missing[row]
    return attained.rows[row].tolist(), None if mask is None else mask.tolist()


@given(finite, finite)
def test_floor_and_target_are_met_exactly(floor, target):
    """By division: a reciprocal would miss 1 at x = target."""
    assume(floor != target)
    beyond = target + (target - floor)
    found, missing = attainments(gap("a", floor=floor, target=target), np.array([floor, target, beyond]))
    assert found == [0.0, 1.0, 1.0]
    assert missing is None


@given(finite, finite, finite, st.sampled_from([FLOAT64, FLOAT32]))
def test_attainment_is_the_clipped_quotient(floor, target, x, dtype):
    assume(floor != target)
    assume(dtype is FLOAT64 or abs(target - floor) > 1e-30)
    exact = min(max((Fraction(x) - Fraction(floor)) / (Fraction(target) - Fraction(floor)), Fraction(0)), Fraction(1))
    found, _ = attainments(gap("a", floor=floor, target=target), np.array([x]), dtype)
    # The two differences are rounded once each; where they cancel, no more can be had from floats.
    slack = (abs(x) + abs(floor) + abs(target)) / abs(target - floor) * 2**-52 + (
        2**-52 if dtype is FLOAT64 else 2**-22
    )
    assert abs(Fraction(found[0]) - exact) <= slack


def test_a_zero_has_one_sign():
    found, _ = attainments(gap("a", floor=3, target=0), np.array([3.0, 4.0, -0.0, np.nan]))
    assert not np.signbit(found).any()


def test_in_single_precision_the_floor_is_subtracted_in_double():
    found, _ = attainments(gap("a", floor=1e9, target=1e9 + 1), np.array([1e9 + 0.25, 1e9 + 0.5]), FLOAT32)
    assert found == [0.25, 0.5]


@pytest.mark.parametrize(("target", "how"), [(1e-50, "1e-50"), (-1e-39, "-1e-39"), (1e39, "1e+39")])
def test_what_single_precision_cannot_tell_apart_is_said(target, how):
    """Silently, nobody would have any of it, or everybody."""
    model = model_of(gap("a", target=target))
    with pytest.raises(EngineError) as caught:
        engine_of(model, FLOAT32)
    assert str(caught.value) == (
        f"gaps.a: floor 0 and target {how} in all/all are too near, or too far apart, for float32; "
        "score with dtype='float64'"
    )
    assert engine_of(model)
    # Only the cells that use the step matter.
    target = per_cell(1, {"b": target})
    outcomes = [desired(gap("a", target=target), segments=["a"]), desired(segments=["b"])]
    assert engine_of(OutcomeModel("m", desired_outcomes=outcomes, segments=["a", "b"]), FLOAT32)


def test_what_is_missing_has_its_stand_in():
    values = np.array([np.nan, 0.5, np.nan])
    assert attainments(gap("a", missing=0.25), values) == ([0.25, 0.5, 0.25], [True, False, True])
    assert attainments(gap("a", missing="skip"), values) == ([0.5, 0.5, 0.5], [True, False, True])
    assert attainments(gap("a", missing=0.25), np.ones(2)) == ([1.0, 1.0], None)
    found = attainments(gap("a", missing=per_cell(0, {"t": 1})), values, segment=["s", "t", "t"])
    assert found == ([0.0, 0.5, 1.0], [True, False, True])


def test_curves_are_applied_and_leave_missing_alone():
    values = np.array([0.5, np.nan, 2.0, 0.25])
    assert attainments(gap("a", curve="smooth", missing=0.9), values)[0] == [0.5, 0.9, 1.0, 0.15625]
    assert attainments(gap("a", curve="threshold", missing=0.9), values)[0] == [0.0, 0.9, 1.0, 0.0]


def test_floors_and_targets_by_cell_and_of_the_customers_own():
    step = gap("a", floor=per_cell(0, {"t": 1}), target=per_cell(2, {"t": column("own")}))
    found = attainments(
        step,
        np.array([1.0, 1.0, 2.0, 2.0, 3.0]),
        segment=["s", "t", "t", "s", "t"],
        own=np.array([np.nan, 3.0, 3.0, 9.0, np.nan]),
    )
    assert found == ([0.5, 0.0, 0.5, 1.0, 0.5], [False, False, False, False, True])


def test_one_cell_with_a_column():
    found = attainments(gap("a", floor=column("own"), target=10), np.array([5.0, 5.0]), own=np.array([0.0, 4.0]))
    assert found == ([0.5, 1 / 6], None)


# --- numbers by cell -------------------------------------------------------------------------------------------------


def test_by_cell():
    numbers = np.array([1.0, 2.0, 2.0, 3.0])
    some = ByCell(numbers, np.array([0, 1]))
    assert some.constant is None
    assert some.at(3) == 3.0  # one cell: one number
    assert some.at(np.array([0, 1, 1])).tolist() == [1.0, 2.0, 2.0]
    alike = ByCell(numbers, np.array([1, 2]))
    assert alike.constant == 2.0
    assert alike.at(np.array([1, 2])) == 2.0
    assert ByCell(np.array([np.nan, np.nan]), np.array([0, 1])).constant is None


def test_numbers_are_gathered_at_once_and_equal_ones_once():
    cells, alike = np.array([0, 1]), np.array([2.0, 2.0])
    rows = [ByCell(np.array(numbers), cells) for numbers in ([1.0, 3.0], alike, [5.0, 7.0], [1.0, 3.0])]
    together, room = Together([*rows, None]), np.full((5, 3), np.nan)
    found = together.at(np.array([1, 0, 1]), room)
    assert [each.tolist() for each in (found[0], found[2])] == [[3.0, 1.0, 3.0], [7.0, 5.0, 7.0]]
    assert found[3] is found[0]  # the same numbers
    assert (found[1], found[4]) == (2.0, None)
    assert np.isnan(room[2:]).all()  # two tables were read
    assert together.at(0, room)[:3] == [1.0, 2.0, 5.0]


@pytest.mark.parametrize("dtype", [FLOAT64, FLOAT32])
def test_a_curve_beyond_1_by_a_rounding_is_no_gap(dtype, monkeypatch):
    """What stands in is put in by arithmetic, which must leave all others as they are."""
    step = gap("a", curve="smooth", missing=0.25)
    beyond = np.nextafter(dtype.type(1), dtype.type(2))
    monkeypatch.setattr(type(step.curve), "value", lambda _curve, z: np.where(np.isnan(z), z, beyond))
    found, missing = attainments(step, np.array([0.5, np.nan, 0.25]), dtype)
    assert found == [float(beyond), 0.25, float(beyond)]
    assert missing == [False, True, False]


def test_each_column_of_a_block_is_read_once(monkeypatch):
    """Whether something is missing or not: scoring takes every value from memory once."""
    read: list[int] = []
    column = Work._column
    monkeypatch.setattr(
        Work, "_column", lambda work, measure, chunk: read.append(measure) or column(work, measure, chunk)
    )
    for missing in (0.0, 0.5, 1.0):
        read.clear()
        model = og.gallery.load("email-marketing")
        engine = engine_of(model)
        engine.score(batch_of(engine, og.simulate(model, 50, seed=1, missing=missing)))
        steps = sum(len(program.steps) for program in engine.compiled.programs)
        assert len(read) <= steps
        assert len(read) >= len(set(read)) > 0


def test_customers_who_lack_nothing_are_computed_once(monkeypatch):
    """Bounds are computed for those who lack something, and for nobody else."""
    sizes: list[int] = []
    ends = Work._ends
    monkeypatch.setattr(
        Work, "_ends", lambda work, side, steps, here: sizes.append(len(here)) or ends(work, side, steps, here)
    )
    engine = engine_of(model_of())
    table = plain({"list": [1.0] * 20 + [np.nan] * 3, "w": [1.0] * 23})
    names = [measure.name for measure in engine.compiled.model.measures]
    batch = batch_of(engine, {name: table["list" if name == names[0] else "w"] for name in names})
    engine.score(batch)
    assert sizes == [3]


def test_rows_of_a_mean():
    rows = mean_rows([1.0, 2.0, 5.0], share, drawn=True)
    assert [float(row) for row in rows] == [1, 2, 5, 8, 1 / 8, 2 / 7]
    assert mean_rows([1.0, 2.0, 5.0], share, drawn=False) == [1.0, 2.0, 5.0, 8.0, None, None]
    some = np.array([0.0, 1.0])
    rows = mean_rows([some, some * 0, some * 0], share, drawn=True)
    assert [row.tolist() for row in rows[3:]] == [[0, 1], [0, 1], [0, 0]]


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=9), st.data())
def test_a_mean_of_ones_is_one(weights, data):
    """Exactly, whatever the weights and whatever is left out: full attainment is 1, never 1 - 1e-16."""
    known = data.draw(st.lists(st.booleans(), min_size=len(weights), max_size=len(weights)).filter(any))
    wishes = [wish(f"w{i}") for i in range(len(weights))]
    table = {f"w{i}": [1.0 if there else np.nan] for i, there in enumerate(known)} | {"list": [1.0]}
    for dtype in (FLOAT64, FLOAT32):
        engine = engine_of(model_of(expects=Mean(*wishes, weights=weights)), dtype)
        result = engine.score(batch_of(engine, plain(table)))
        assert result.point[1, 0] == 1.0
        assert result.high[1, 0] == 1.0


@pytest.mark.parametrize(
    "weights", [(0.1, 0.2, 0.7), (0.1,) * 10, (1 / 3, 1 / 3, 1 / 3), (1e-9, 1, 1e9), (0.3, 0.6, 0.1)]
)
def test_awkward_weights(weights):
    parts = [gap(f"g{i}") for i in range(len(weights))]
    both = Mean(*parts, weights=weights)
    for needs in (both, AllOf(AnyOf(both, parts[0]), both), Mean(both, AllOf(*parts), weights=(0.1, 0.2))):
        engine = engine_of(model_of(needs))
        ones = {step.measure.name: [1.0, 0.0] for step in engine.compiled.model.steps}
        assert engine.score(batch_of(engine, plain(ones))).point[0].tolist() == [1.0, 0.0]


# --- passes ----------------------------------------------------------------------------------------------------------


def works(seed, rows=6, **traits):
    """Blocks at work on invented customers."""
    model = random_model(seed, max_steps=10, columns=seed % 2 == 0, **traits)
    engine = engine_of(model)
    batch = batch_of(engine, random_rows(seed, model, rows))
    for block in blocks(engine.compiled, batch, [1] * len(engine.compiled.programs), 8):
        yield Work(engine, batch, block, {})


def buffers(work, count):
    return list(np.full((count, work.block.size), np.nan))


@pytest.mark.parametrize("seed", range(80))
def test_registers_used_again_change_nothing(seed):
    for work in works(seed):
        for passes in work.passes:
            side = passes.side
            few = passes.forward(work.attained.rows, work.present, buffers(work, passes.registers + 1))
            every = passes.values(work.attained.rows, work.present, buffers(work, len(side.code) + 1))
            assert np.array_equal(few, every[side.root])
            assert passes.registers <= len(side.code)
            assert set(passes.assigned) == set(range(passes.registers))


def test_a_long_chain_needs_few_registers():
    engine = engine_of(model_of(AllOf(*(gap(f"s{i}") for i in range(50)))))
    (required, _) = engine.numbers[0].passes
    assert len(required.side.code) == 49
    assert required.registers <= 2


@pytest.mark.parametrize("seed", range(40))
def test_there_are_no_more_registers_than_results_alive_at_once(seed):
    """An instruction may not write where it reads, for it may read one argument after having written."""
    for work in works(seed):
        for passes in work.passes:
            side, alive = passes.side, 0
            results = [side.base + position for position in range(len(side.code))]
            last = {number: position for position, row in enumerate(side.code) for number in row.reads}
            last[side.root] = len(side.code)
            for position in range(len(side.code)):
                now = sum(done <= position and last[number] >= position for done, number in enumerate(results))
                alive = max(alive, now)
            assert passes.registers == alive


@pytest.mark.parametrize("seed", range(80))
def test_slopes_are_differences(seed):
    """R and E are linear in each step, so the difference between its ends is the derivative, exactly."""
    for work in works(seed):
        for passes in work.passes:
            side, rows, registers = passes.side, work.attained.rows, buffers(work, passes.registers + 1)
            values = passes.values(rows, work.present, buffers(work, len(side.code) + 1))
            adjoints = buffers(work, passes.steps + len(side.code) + 2)
            slopes = passes.reverse(values, adjoints)
            assert set(slopes) <= set(side.steps)
            for step in range(passes.steps):
                ends = []
                for end in (0.0, 1.0):
                    moved = [np.full_like(row, end) if number == step else row for number, row in enumerate(rows)]
                    ends.append(np.array(passes.forward(moved, work.present, registers)))
                difference = np.broadcast_to(ends[1] - ends[0], work.block.size)
                np.testing.assert_allclose(
                    np.broadcast_to(slopes.get(step, 0.0), work.block.size), difference, atol=1e-13
                )


@pytest.mark.parametrize("seed", range(20))
def test_slopes_are_small_differences_too(seed):
    for work in works(seed, rows=3):
        for passes in work.passes:
            side, rows, h = passes.side, work.attained.rows, 1e-6
            values = passes.values(rows, work.present, buffers(work, len(side.code) + 1))
            slopes = passes.reverse(values, buffers(work, passes.steps + len(side.code) + 2))
            for step in side.steps:
                up, down = (
                    np.array(
                        passes.forward(
                            [row + by if number == step else row for number, row in enumerate(rows)],
                            work.present,
                            buffers(work, passes.registers + 1),
                        )
                    )
                    for by in (h, -h)
                )
                assert np.abs((up - down) / (2 * h) - slopes.get(step, 0.0)).max() <= 1e-8


# --- whole engines ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_against_the_reference(seed):
    """R, E, their bounds and how many steps are observed, of invented customers with gaps in their data."""
    model = random_model(seed, max_steps=7, columns=seed % 2 == 0)
    table = random_rows(seed, model, 4)
    engine = engine_of(model)
    result = engine.score(batch_of(engine, table))
    for row, answer in enumerate(score_rows(model, table)):
        sides = (("R", answer.R, answer.R_coverage, answer.R_low, answer.R_high, 0),)
        sides += (("E", answer.E, answer.E_coverage, answer.E_low, answer.E_high, 1),)
        cell = model.cell(*(table[axis][row] if axis in table else None for axis in ("segment", "stage", "goal")))
        sizes = engine.compiled.sizes[:, model.cells.index(cell)]
        for name, point, coverage, low, high, side in sides:
            if point is not None:  # with too little data there is a number, which the scores hide
                assert abs(Fraction(float(result.point[side, row])) - point) <= 1e-13, name
            assert abs(Fraction(float(result.bound("low")[side, row])) - low) <= 1e-13, name
            assert abs(Fraction(float(result.bound("high")[side, row])) - high) <= 1e-13, name
            assert result.observed[side, row] == coverage * int(sizes[side])


def test_rows_set_aside_have_no_score_and_leave_the_others_alone():
    for seed in range(20):
        model = random_model(seed, max_steps=8, max_cells=9)
        engine = engine_of(model)
        batch = batch_of(engine, random_rows(seed, model, 30))
        gone = np.random.default_rng(seed).random(30) < 0.3
        cells = np.where(gone, SET_ASIDE, batch.cells).astype(np.int32)
        whole, some = engine.score(batch), engine.score(Batch(batch.columns, batch.own, batch.complete, cells))
        for name in ("point", "low", "high"):
            assert np.isnan(getattr(some, name)[:, gone]).all()
            assert getattr(some, name)[:, ~gone].tobytes() == getattr(whole, name)[:, ~gone].tobytes()
        assert not some.observed[:, gone].any()
        assert (some.observed[:, ~gone] == whole.observed[:, ~gone]).all()


def test_all_rows_set_aside_and_no_row_at_all():
    engine = engine_of(TWO_PROGRAMS)
    for n in (0, 3):
        columns = tuple(np.zeros(n) for _ in engine.compiled.model.measures)
        batch = Batch(columns, (), (True,) * len(columns), np.full(n, SET_ASIDE, dtype=np.int32))
        result = engine.score(batch)
        assert result.point.shape == (2, n)
        assert np.isnan(result.point).all()


@pytest.mark.parametrize("seed", range(12))
def test_rows_do_not_hang_on_blocks_threads_or_neighbours(seed, monkeypatch):
    model = random_model(seed, max_steps=10, max_cells=9, columns=seed % 2 == 0)
    engine = engine_of(model)
    batch = batch_of(engine, random_rows(seed, model, 60))
    whole = engine.score(batch)
    for size in (1, 7, 59):
        monkeypatch.setattr(engines, "SMALLEST", size)
        monkeypatch.setattr(engines, "LARGEST", size)
        assert same(engine.score(batch), whole)
    monkeypatch.setattr(engines, "SMALLEST", 7)
    monkeypatch.setattr(engines, "LARGEST", 7)
    monkeypatch.setattr(engines, "WORTH_THREADS", 1)
    assert same(engine_of(model, threads=4).score(batch), whole)
    order = np.random.default_rng(seed).permutation(60)
    moved = Batch(
        tuple(c[order] for c in batch.columns), tuple(c[order] for c in batch.own), batch.complete, batch.cells[order]
    )
    turned = engine.score(moved)
    for name in ("point", "low", "high", "observed"):
        assert getattr(turned, name).tobytes() == getattr(whole, name)[:, order].tobytes()


def test_without_gaps_the_bounds_are_the_point_itself():
    engine = engine_of(ONE_PROGRAM)
    table = {"segment": ["a", "b"], "list": [0.5, 1.0], "API": [1.0, 0.25]}
    result = engine.score(batch_of(engine, table))
    assert result.low is result.point
    assert result.high is result.point
    result = engine.score(batch_of(engine, table | {"list": [None, 1.0]}))
    assert result.low.tolist() == [[0.0, 1.0], [1.0, 0.25]]
    assert result.high.tolist() == [[1.0, 1.0], [1.0, 0.25]]


@pytest.mark.parametrize("steps", [3, 255, 256, 300])
def test_missing_steps_are_counted_whatever_their_number(steps):
    """A count of so many missing steps would overflow a byte."""
    engine = engine_of(model_of(AllOf(*(gap(f"s{i}") for i in range(steps)))))
    table = {f"s{i}": [np.nan, 1.0 if i else np.nan] for i in range(steps)} | {"API": [1.0, np.nan]}
    result = engine.score(batch_of(engine, plain(table)))
    assert result.observed.tolist() == [[0, steps - 1], [1, 0]]


@pytest.mark.parametrize("seed", range(15))
def test_in_single_precision(seed):
    model = random_model(seed, max_steps=8, jumps=False)
    table = random_rows(seed, model, 20)
    double, single = (engine_of(model, dtype) for dtype in (FLOAT64, FLOAT32))
    one, other = double.score(batch_of(double, table)), single.score(batch_of(single, table))
    assert (other.point.dtype, other.low.dtype) == (FLOAT32, FLOAT32)
    np.testing.assert_allclose(other.point, one.point, atol=2e-6)
    np.testing.assert_allclose(other.low, one.low, atol=2e-6)
    assert (one.observed == other.observed).all()


@pytest.mark.usefixtures("small_blocks")
def test_progress_and_errors_reach_the_caller(monkeypatch):
    monkeypatch.setattr(engines, "WORTH_THREADS", 1)
    for threads in (1, 3):
        engine = engine_of(TWO_PROGRAMS, threads=threads)
        cells = np.array([0, 1, 2, SET_ASIDE] * 10, dtype=np.int32)
        batch = Batch(tuple(np.zeros(40) for _ in engine.compiled.model.measures), (), (True,) * 3, cells)
        sizes: list[int] = []
        engine.score(batch, sizes.append)
        assert sum(sizes) == 30
        assert max(sizes) <= 7

        def broken(work: Work) -> None:
            message = "no"
            raise RuntimeError(message)

        with pytest.raises(RuntimeError, match="no"):
            engine.each(batch, [1, 1], broken)


def test_one_thread_for_each_processor_that_may_be_used_unless_said(monkeypatch):
    import os

    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {5, 7, 9}, raising=False)
    assert engine_of(ONE_PROGRAM, threads=None).threads == 3
    assert engine_of(ONE_PROGRAM, threads=1).threads == 1
    monkeypatch.delattr(os, "sched_getaffinity")  # as on some systems
    assert engine_of(ONE_PROGRAM, threads=None).threads == os.cpu_count()


def test_buffers_are_used_again():
    engine = engine_of(ONE_PROGRAM)
    batch = Batch((np.zeros(9), np.zeros(9)), (), (True, True), np.zeros(9, dtype=np.int32))
    rooms: dict[str, Any] = {}
    one, other = (Work(engine, batch, Block(0, slice(0, n), n, 0), rooms) for n in (9, 4))
    first, again = one.room("x", 3), other.room("x", 2)
    assert [len(row) for row in first] == [9] * 3
    assert [len(row) for row in again] == [4] * 2
    assert np.shares_memory(first[0], again[0])
    assert one.room("x", 1, np.bool_)[0].dtype == np.bool_
    assert not np.shares_memory(one.room("y", 1)[0], one.room("x", 1)[0])
    assert len(one.room("x", 100)) == 100


def test_a_measure_may_feed_both_sides():
    shared = Measure("hours")
    engine = engine_of(model_of(gap("a", measure=shared), wish("b", measure=shared, floor=2, target=0)))
    result = engine.score(batch_of(engine, {"hours": [0.5]}))
    assert result.point.tolist() == [[0.5], [0.75]]


def test_integers_and_single_precision_columns_are_read():
    engine = engine_of(model_of(gap("a", target=4), wish("b", target=4)))
    table = {"a": np.array([1, 2], dtype=np.int8), "b": np.array([3, np.nan], dtype=np.float32)}
    result = engine.score(batch_of(engine, table))
    assert result.point.tolist() == [[0.25, 0.5], [0.75, 0.5]]


def test_scorers_hand_out_their_engine():
    scorer = og.Scorer(ONE_PROGRAM, dtype="float32", threads=2)
    assert (scorer.engine.dtype, scorer.engine.threads) == (FLOAT32, 2)
