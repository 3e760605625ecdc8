"""The compiled engine gives the bits of the vectorized one."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import polars as pl
import pytest

import outcomegap as og
from outcomegap.engines.numpy_blocks import Batch, NumpyBlocks
from outcomegap.frames import wrap
from outcomegap.program import Compiled, compile_model
from outcomegap.scoring.customers import prepare
from outcomegap.testing import random_model, random_rows
from tests.frames.kinds import make
from tests.scoring import test_customers as bad_data

pytest.importorskip("numba")

from outcomegap.engines import compiled_kernel
from outcomegap.engines.compiled import CompiledBlocks

NAMES = {"segment": "segment", "stage": "stage", "goal": "goal"}
DTYPES = ("float64", "float32")
AXIS_VALUES = {name: bad_data.GOOD[name] for name in ("segment", "stage")}


def batch_of(compiled: Compiled, table: Any) -> Batch:
    return prepare(compiled, wrap(table), NAMES, "set_aside")


def assert_same(compiled: Compiled, batch: Batch, threads: int = 1) -> None:
    """Both engines give the same, bit by bit."""
    for dtype in map(np.dtype, DTYPES):
        try:
            expected = NumpyBlocks(compiled, dtype, 1).score(batch)
        except og.EngineError:
            continue  # numbers that single precision cannot tell apart
        found = CompiledBlocks(compiled, dtype, threads).score(batch)
        for name in ("point", "low", "high", "observed"):
            one, other = getattr(expected, name), getattr(found, name)
            assert one.dtype == other.dtype
            assert one.tobytes() == other.tobytes(), name


@pytest.mark.parametrize("seed", range(60))
def test_random_models_get_the_same_bits(seed):
    rng = random.Random(seed)
    model = random_model(rng)
    compiled = compile_model(model)
    if CompiledBlocks.serves(compiled):
        for count in (0, 1, 40):
            assert_same(compiled, batch_of(compiled, random_rows(rng, model, count)))
        rows = random_rows(rng, model, 30)
        assert_same(compiled, batch_of(compiled, {name: values * 25 for name, values in rows.items()}))


@pytest.mark.parametrize("name", og.gallery.names())
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_gallery_models_get_the_same_bits(name, missing):
    model = og.gallery.load(name)
    compiled = compile_model(model)
    if CompiledBlocks.serves(compiled):
        assert_same(compiled, batch_of(compiled, og.simulate(model, 1_000, seed=1, missing=missing)), threads=2)


# --- data that nobody has looked at before ---------------------------------------------------------------------------


FRAME_KINDS = ("dict", "pandas", "polars", "pyarrow")
COLUMNS = ("required", "experience", "desired", "gap", "low", "high", "coverage", "state_codes", "point_codes")
COMPILED, NUMPY = (og.Scorer(bad_data.MODEL, engine=engine) for engine in ("compiled", "numpy"))


def assert_same_scores(found: og.Scores, expected: og.Scores) -> None:
    for name in COLUMNS:
        one, other = np.asarray(getattr(expected, name)), np.asarray(getattr(found, name))
        assert one.dtype == other.dtype, name
        assert one.tobytes() == other.tobytes(), name
    for name in ("attribution", "unknown"):
        one, other = (getattr(each, name)().values for each in (expected, found))
        assert np.allclose(other, one, rtol=0, atol=1e-12 if one.dtype == np.float64 else 1e-6, equal_nan=True), name


@pytest.mark.parametrize("kind", FRAME_KINDS)
@pytest.mark.parametrize("case", bad_data.BAD)
def test_bad_data_are_told_as_numpy_tells_them(kind, case):
    frame = bad_data.frame(kind, **bad_data.BAD[case][0])
    told = [bad_data.refused(frame, scorer) for scorer in (NUMPY, COMPILED)]
    assert str(told[1]) == str(told[0])
    assert told[1].problems == told[0].problems
    aside = [scorer.score(frame, on_bad="set_aside") for scorer in (COMPILED, NUMPY)]
    assert_same_scores(*aside)
    assert aside[0].problems == aside[1].problems


@pytest.mark.parametrize("kind", FRAME_KINDS)
@pytest.mark.parametrize("number", [10.5, -0.5, math.inf, -math.inf])
@pytest.mark.parametrize("row", [0, 255, 256, 65_535, 65_536, 70_000])
def test_one_number_that_is_not_allowed_is_found_wherever_it_stands(kind, number, row):
    columns = {name: np.resize(np.array(values, dtype=object), 70_001) for name, values in bad_data.GOOD.items()}
    for name in ("list", "two", "API", "own"):
        columns[name] = columns[name].astype(np.float64)
    columns["list"][row] = number
    frame = make(kind, {name: list(values) for name, values in columns.items()} if kind == "dict" else columns)
    (problem,) = bad_data.refused(frame, COMPILED).problems
    assert problem.rows == (row,)
    assert problem.column == "list"


@pytest.mark.parametrize("dtype", [pl.Float64, pl.Float32])
@pytest.mark.parametrize("shape", ["whole", "sliced", "chunked"])
@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_nulls_and_nan_are_missing_wherever_they_lie(dtype, shape, library):
    rng = np.random.default_rng(5)
    frame = pl.DataFrame({name: np.resize(np.array(values, dtype=object), 900) for name, values in AXIS_VALUES.items()})
    for name in ("list", "two", "API", "own"):
        numbers = rng.uniform(0, 10, 900)
        numbers[rng.random(900) < 0.1] = np.nan
        column = pl.Series(name, numbers).set(pl.Series(rng.random(900) < 0.3), None).cast(dtype)
        frame = frame.with_columns(column)
    frame = {"whole": frame, "sliced": frame[13:811], "chunked": pl.concat([frame[:5], frame[5:]], rechunk=False)}[
        shape
    ]
    plain = {name: frame[name].to_list() for name in frame.columns}
    nan = {name: [math.nan if each is None else each for each in values] for name, values in plain.items()}
    given = frame if library == "polars" else frame.to_arrow()
    found, expected = COMPILED.score(given), NUMPY.score(nan)
    if dtype == pl.Float64:
        assert_same_scores(found, expected)
    assert_same_scores(found, NUMPY.score(given))


def test_what_the_user_writes_later_changes_no_scores():
    columns = {name: np.array(values) for name, values in bad_data.GOOD.items() if name not in ("segment", "stage")}
    columns |= {name: np.array(bad_data.GOOD[name]) for name in ("segment", "stage")}
    columns["API"] = np.array([1.0, 0.5, np.nan])
    scores = COMPILED.score(columns)
    before = scores.attribution().values.copy()
    for name in ("list", "two", "API"):
        columns[name][:] = 1e9
    assert scores.attribution().values.tobytes() == before.tobytes()
    assert scores.readings(np.array([0]), np.array([0])).value.tolist() == [1.0]


def test_columns_that_do_not_lie_together():
    table = np.random.default_rng(1).uniform(0, 1, (500, 4))
    columns = {name: table[:, place] for place, name in enumerate(("list", "two", "API", "own"))}
    columns |= {name: np.resize(np.array(values), 500) for name, values in AXIS_VALUES.items()}
    assert_same_scores(COMPILED.score(columns), NUMPY.score(columns))
    backward = {name: values[::-1] for name, values in columns.items()}
    assert_same_scores(COMPILED.score(backward), NUMPY.score(backward))


def test_where_nothing_can_be_kept_on_disk_it_is_compiled_each_time(monkeypatch):
    asked: list[bool] = []

    def without_disk(signatures, *, cache=False, **options):
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(compiled_kernel, "njit", without_disk)
    assert compiled_kernel.compiled(len, []) is len
    assert asked == [True, False]


def test_no_operations_are_fused_or_reordered():
    assert "fastmath" not in compiled_kernel.OPTIONS | compiled_kernel.INLINE
    size = compiled_kernel.BLOCK
    v, places, ints = np.ones((4, size)), np.arange(12).reshape(3, 4), np.zeros((1, 5), dtype=np.int64)
    compiled_kernel.run(ints, ints[0], ints, v, places, 0)
    compiled_kernel.linear(v[0], np.ones((1, size), dtype=complex), v, 1)
    for function in (compiled_kernel.run, compiled_kernel.linear):
        for text in function.inspect_asm().values():
            assert "vfmadd" not in text


def test_a_missing_column_is_told_in_the_same_words():
    model = og.gallery.load("email-marketing")
    frame = og.simulate(model, 5, seed=1, kind="polars")
    lacking = frame.drop(model.measures[0].name)
    told = []
    for engine in ("numpy", "compiled"):
        with pytest.raises(og.DataError) as error:
            og.Scorer(model, engine=engine).score(lacking)
        told.append(str(error.value))
    assert told[0] == told[1]
    assert model.name in told[1]
