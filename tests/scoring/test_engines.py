"""Which engine a scorer uses: asked for, or chosen by what is installed and how many customers there are."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

import outcomegap as og
from outcomegap.engines import compiled
from outcomegap.engines.compiled import CompiledBlocks
from outcomegap.engines.numpy_blocks import NumpyBlocks
from outcomegap.frames import wrap
from outcomegap.model import Weakest
from outcomegap.scoring.customers import prepare
from tests.model.make import gap, model_of

MODEL = og.gallery.load("email-marketing")
NUMERIC = model_of(Weakest(gap("a"), gap("b")))
numba = pytest.mark.skipif(compiled.find_spec("numba") is None, reason="numba is not installed")


@numba
@pytest.mark.parametrize("engine", ["numpy", "compiled", "auto"])
def test_a_scorer_says_which_engine_it_uses_and_keeps_it(engine):
    scorer = og.Scorer(MODEL, engine=engine, threads=1)
    assert scorer.engine_name == ("numpy" if engine == "numpy" else "compiled")
    again = pickle.loads(pickle.dumps(scorer))
    assert again.engine_name == scorer.engine_name
    assert again.engine.threads == 1
    assert pickle.dumps(again) == pickle.dumps(scorer)


def test_there_is_no_other_engine():
    with pytest.raises(og.ModelError) as caught:
        og.Scorer(MODEL, engine="fortran")
    assert "engine must be one of ('auto', 'numpy', 'compiled') (got 'fortran')" in str(caught.value)


def test_without_numba_auto_is_numpy_and_compiled_names_the_extra(monkeypatch):
    monkeypatch.setattr(compiled, "find_spec", lambda _name: None)
    assert og.Scorer(MODEL).engine_name == "numpy"
    with pytest.raises(og.EngineError) as caught:
        og.Scorer(MODEL, engine="compiled")
    assert str(caught.value) == "engine 'compiled' needs numba: install the extra outcomegap[fast]"


@numba
@pytest.mark.parametrize("engine", ["auto", "compiled"])
def test_gates_of_numbers_go_through_numpy(engine):
    scorer = og.Scorer(NUMERIC, engine=engine)
    assert scorer.engine_name == "numpy"
    assert type(scorer.engine) is NumpyBlocks


@numba
def test_auto_loads_compiled_code_when_it_is_worth_it(monkeypatch):
    monkeypatch.setattr(compiled, "KERNEL", "no.such.module")
    monkeypatch.setattr(compiled, "WORTH_LOADING", 250)
    customers = og.simulate(MODEL, 100, seed=1)
    engine = og.Scorer(MODEL).engine
    assert isinstance(engine, CompiledBlocks)
    batch = prepare(engine.compiled, wrap(customers), {"segment": "segment", "stage": "stage"}, "raise")
    assert [engine.worth(count) for count in (100, 249, 250)] == [False, False, True]
    engine.score(batch)
    engine.score(batch)
    assert [engine.worth(count) for count in (49, 50)] == [False, True]  # 200 were scored before
    asked = og.Scorer(MODEL, engine="compiled").engine
    assert isinstance(asked, CompiledBlocks)
    assert asked.worth(1)


@numba
def test_small_batches_do_not_load_numba():
    code = (
        "import sys, outcomegap as og; m = og.gallery.load('email-marketing'); s = og.Scorer(m);"
        "s.score(og.simulate(m, 500, seed=1)).desired; assert s.engine_name == 'compiled'; assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@numba
def test_every_column_is_the_same_bit_by_bit():
    customers = og.simulate(MODEL, 2_000, seed=3, missing=0.2)
    one, other = (og.Scorer(MODEL, engine=engine).score(customers) for engine in ("numpy", "compiled"))
    for name in ("required", "experience", "desired", "gap", "low", "high", "coverage", "state_codes", "point_codes"):
        found, expected = getattr(other, name), getattr(one, name)
        assert found.dtype == expected.dtype
        assert np.asarray(found).tobytes() == np.asarray(expected).tobytes(), name
