"""The compiled engine gives the bits of the vectorized one."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import outcomegap as og
from outcomegap.engines.numpy_blocks import Batch, NumpyBlocks
from outcomegap.frames import wrap
from outcomegap.program import Compiled, compile_model
from outcomegap.scoring.customers import prepare
from outcomegap.testing import random_model, random_rows

pytest.importorskip("numba")

from outcomegap.engines.compiled import CompiledBlocks

NAMES = {"segment": "segment", "stage": "stage", "goal": "goal"}
DTYPES = ("float64", "float32")


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
