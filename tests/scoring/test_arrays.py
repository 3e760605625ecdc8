"""The arrays of scores: coverage looked up or computed, what is sealed, names of states."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.scoring.scored import sealed
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


def test_names_and_seals():
    assert names_of(np.array([3, 0], dtype=np.int8)).tolist() == ["successful", "failing"]
    assert names_of(np.array([-1], dtype=np.int8)).tolist() == [None]
    own = np.zeros(2)
    with pytest.raises(ValueError, match="read-only"):
        sealed(own)[0] = 1
    own[0] = 1  # the owner's own array stays writable
