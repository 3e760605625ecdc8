"""The compiled reverse pass gives the bits of the vectorized one, apart from layers of counting gates."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import outcomegap as og
from outcomegap.engines.numpy_blocks import SET_ASIDE, Batch, NumpyBlocks
from outcomegap.explanation import gradients
from outcomegap.frames import wrap
from outcomegap.model import AllOf, AnyOf, AtLeast, Mean
from outcomegap.program import Compiled, compile_model
from outcomegap.scoring.customers import prepare
from outcomegap.testing import random_model, random_rows
from tests.model.make import gap, ladder, model_of, wish

pytest.importorskip("numba")

from outcomegap.engines.compiled import CompiledBlocks

NAMES = {"segment": "segment", "stage": "stage", "goal": "goal"}
FUNCTIONS = {
    "attribution": gradients.attribution,
    "leverage": gradients.leverage,
    "gain": lambda engine, batch: gradients.leverage(engine, batch, gain=True),
    "unknown": gradients.unknown,
    "attainment": gradients.attainment,
}


def batch_of(compiled: Compiled, table: Any) -> Batch:
    return prepare(compiled, wrap(table), NAMES, "set_aside")


def counting(monkeypatch):
    """Count how often compiled code is asked."""
    asked: list[int] = []
    explain = gradients.explain
    monkeypatch.setattr(gradients, "explain", lambda *args: asked.append(1) or explain(*args))
    return asked


def assert_same(compiled: Compiled, batch: Batch, *, threads: int = 1, bits: bool = True) -> None:
    for dtype in map(np.dtype, ("float64", "float32")):
        try:
            vectorized = NumpyBlocks(compiled, dtype, 1)
        except og.EngineError:
            continue  # numbers that single precision cannot tell apart
        engine = CompiledBlocks(compiled, dtype, threads)
        for name, function in FUNCTIONS.items():
            one, other = function(vectorized, batch), function(engine, batch)
            assert one.dtype == other.dtype
            assert other.flags.f_contiguous
            if bits:
                assert (one + 0.0).tobytes() == (other + 0.0).tobytes(), name
            else:
                slack = 1e-14 if dtype == np.float64 else 1e-5
                np.testing.assert_allclose(one, other, atol=slack, rtol=10 * slack)


@pytest.mark.parametrize("seed", range(60))
def test_random_models_get_the_same_bits(seed, monkeypatch):
    rng, asked = random.Random(seed), counting(monkeypatch)
    model = random_model(rng)
    compiled = compile_model(model)
    if CompiledBlocks.serves(compiled):
        for count in (0, 1, 40):
            assert_same(compiled, batch_of(compiled, random_rows(rng, model, count)))
        rows = random_rows(rng, model, 30)
        assert_same(compiled, batch_of(compiled, {name: values * 25 for name, values in rows.items()}))
        assert bool(asked) == all(program.plain for program in compiled.programs)


@pytest.mark.parametrize("name", og.gallery.names())
@pytest.mark.parametrize("missing", [0.0, 0.3, 1.0])
def test_gallery_models_get_the_same_bits(name, missing):
    model = og.gallery.load(name)
    compiled = compile_model(model)
    if CompiledBlocks.serves(compiled):
        assert_same(compiled, batch_of(compiled, og.simulate(model, 700, seed=1, missing=missing)), threads=2)


STEPS = [gap(f"s{i}", missing=0.0 if i % 3 else "skip") for i in range(24)]
GRAPHS = {
    "count": AtLeast(11, *STEPS),
    "shared": AnyOf(AllOf(AtLeast(9, *STEPS[:12]), STEPS[20]), AtLeast(10, *STEPS[8:20])),
    "ladder": ladder(6),
    "means": Mean(AtLeast(8, *STEPS), Mean(*STEPS[:5], weights=(1, 2, 3, 4, 0.5)), STEPS[3], weights=(3, 2, 1)),
    "a step": STEPS[0],
    "weights": AllOf(*STEPS[:6], AnyOf(*STEPS[6:9], weights=(0.3, 1, 0.7)), weights=(1, 0.5, 0.2, 1, 1, 0.1, 0.9)),
}


@pytest.mark.parametrize("missing", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("name", GRAPHS)
def test_larger_graphs(name, missing):
    model = model_of(GRAPHS[name], Mean(wish("w1"), AllOf(wish("w2"), wish("w3")), weights=(1, 2)))
    rng = np.random.default_rng(len(name))
    table = {m.name: np.where(rng.random(300) < missing, np.nan, rng.random(300)) for m in model.measures}
    compiled = compile_model(model)
    runs = any(passes.runs for passes in NumpyBlocks(compiled, np.dtype(np.float64), 1).numbers[0].passes)
    assert_same(compiled, batch_of(compiled, table), bits=not runs)


def test_rows_set_aside_have_nothing():
    model = og.gallery.load("email-marketing")
    compiled = compile_model(model)
    batch = batch_of(compiled, og.simulate(model, 600, seed=3, missing=0.1))
    gone = np.random.default_rng(0).random(600) < 0.3
    cells = np.where(gone, SET_ASIDE, batch.cells).astype(np.int32)
    engine = CompiledBlocks(compiled, np.dtype(np.float64), 1)
    for name, function in FUNCTIONS.items():
        whole = function(engine, batch)
        some = function(engine, Batch(batch.columns, batch.own, batch.complete, cells))
        assert (np.isnan(some[gone]) if name == "attainment" else some[gone] == 0).all()
        assert some[~gone].tobytes() == whole[~gone].tobytes()


def test_very_large_graphs_are_left_to_numpy(monkeypatch):
    """Each result keeps 256 numbers; so many do not fit."""
    asked = counting(monkeypatch)
    compiled = compile_model(model_of(GRAPHS["count"]))
    engine = CompiledBlocks(compiled, np.dtype(np.float64), 1)
    few, many = (batch_of(compiled, {m.name: [0.5] * rows for m in compiled.model.measures}) for rows in (3, 100))
    for limit, batch, times in (("LONG", few, 0), ("LONG", many, 1), ("LARGE", many, 0)):
        asked.clear()
        monkeypatch.setattr(gradients, limit, 20)
        gradients.attribution(engine, batch)
        assert len(asked) == times
