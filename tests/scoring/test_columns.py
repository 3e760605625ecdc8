"""The arrays of scores: coverage looked up or computed, what is sealed, names of states."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.scoring.columns import AVERAGED, COLUMNS, FRAMED
from outcomegap.scoring.groups import nan_to_none
from outcomegap.scoring.states import names_of
from tests.scoring.section_3 import model


@pytest.mark.parametrize("missing", [0.0, 0.3, 1.0])
def test_coverage_is_the_share_of_observed_steps(missing):
    table = og.simulate(model(), 500, seed=3, missing=missing)
    scores = og.Scorer(model()).score(table)
    seen = np.array(
        [[not np.isnan(table[step.measure.name][row]) for step in scores.model.steps] for row in range(500)]
    )
    assert np.allclose(scores.required_coverage, seen[:, :4].mean(axis=1), atol=1e-15)
    assert np.allclose(scores.experience_coverage, seen[:, 4:].mean(axis=1), atol=1e-15)
    assert np.allclose(scores.coverage, seen.mean(axis=1), atol=1e-15)
    assert np.array_equal(np.isnan(scores.required), seen[:, :4].mean(axis=1) < 0.5)


def test_rows_set_aside_have_no_coverage_and_no_state():
    table = og.simulate(model(), 4, seed=3, missing=0)
    table["segment"] = ["startup", "nobody", "startup", "startup"]
    scores = og.Scorer(model()).score(table, on_bad="set_aside")
    assert np.isnan(scores.coverage).tolist() == [False, True, False, False]
    assert scores.state[1] is None
    assert scores.state_codes[1] == -1
    assert scores.steps.tolist() == [6, 0, 6, 6]


def test_names_of_states():
    assert names_of(np.array([3, 0], dtype=np.int8)).tolist() == ["successful", "failing"]
    assert names_of(np.array([-1], dtype=np.int8)).tolist() == [None]
    assert names_of(3) == "successful"


def test_every_column_is_declared_once_and_holds_for_one_customer_as_for_many():
    table = og.simulate(model(), 5, seed=3, missing=0.2)
    scorer = og.Scorer(model())
    many, one = scorer.score(table), scorer.score_one({name: values[0] for name, values in table.items()})
    assert [name for name in many.to_frame() if name in COLUMNS] == many.having(FRAMED)
    assert [name for name in one.to_dict() if name in COLUMNS] == many.having(COLUMNS)
    assert set(AVERAGED) < set(FRAMED) & set(
        vars(many.by().total) if hasattr(many.by().total, "__dict__") else dir(many.by().total)
    )
    for name in COLUMNS:
        assert getattr(type(many), name).__doc__
        assert nan_to_none(getattr(one, name)) == nan_to_none(getattr(many, name)[:1].tolist()[0])
