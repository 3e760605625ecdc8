"""The scorer against the reference, on models that nobody thought of."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from outcomegap import Scorer
from outcomegap.model import (
    AppropriateExperience,
    DesiredOutcome,
    Expectation,
    Measure,
    OutcomeModel,
    RequiredOutcome,
    SuccessGap,
)
from outcomegap.testing import customers, models
from tests.oracles.compare import against_reference, disagreements, sweep
from tests.reference import score_rows


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_seeded_models(start):
    assert list(sweep(range(start, start + 50))) == []


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_drawn_models(data):
    model = data.draw(models(max_steps=7, columns=True))
    assert against_reference(model, data.draw(customers(model, max_rows=2))) == []


def test_a_disagreement_is_seen():
    r, e = SuccessGap("r", Measure("r"), floor=0, target=1), Expectation("e", Measure("e"), floor=0, target=1)
    outcome = DesiredOutcome(RequiredOutcome("what", needs=r), AppropriateExperience("how", expects=e))
    model = OutcomeModel("m", desired_outcomes=[outcome])
    table = {"r": [0.5], "e": [1.0]}
    wrong = score_rows(model, table)[0].to_dict() | {
        "R": "1/3",
        "state": "failing",
        "attribution": {"r": "1/3", "e": "0"},
    }
    found = list(disagreements(Scorer(model).score(table), [wrong]))
    assert len(found) == 3
