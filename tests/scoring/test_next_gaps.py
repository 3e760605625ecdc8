"""Which gap comes first, against a plain loop over the rule."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.scoring import Scores, worklist as module
from outcomegap.scoring.customers import NONE
from outcomegap.scoring.worklist import next_gaps, work_status
from outcomegap.testing import customers, models
from tests.scoring.example import email_customers, email_model, email_scores


def by_the_rule(scores: Scores, row: int) -> list[int]:
    """Return the steps of one customer in the order in which they come."""
    if math.isnan(scores.desired[row]):
        return []
    parts, reached = scores.attribution(), scores.attainment().values[row]
    side = {"failing": "required", "tolerating": "experience"}.get(scores.point_state[row])
    keys = []
    for number, step in enumerate(scores.model.steps):
        part = round(float(parts.values[row, number]), 12)
        if parts.observed[row, number] and reached[number] < 1 - 1e-9 and part > 0:
            other_side = side is not None and step.side != side
            keys.append((other_side, work_status(step) != "open", -part, number))
    return [number for *_, number in sorted(keys)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_order_of_gaps_is_the_rules(data: st.DataObject) -> None:
    model = data.draw(models(max_steps=6, max_cells=3))
    scores = og.Scorer(model).score(data.draw(customers(model, max_rows=6)))
    check(scores)


def test_the_order_of_gaps_in_the_example() -> None:
    check(email_scores(120))


def check(scores: Scores) -> None:
    rows = np.arange(len(scores))[::-1]
    top = len(scores.model.steps)
    found = next_gaps(scores, rows, top)
    parts, gain, unknown = scores.attribution(), scores.gain(), scores.unknown()
    for place, row in enumerate(rows.tolist()):
        expected = by_the_rule(scores, row)
        assert found.step[:, place].tolist() == expected + [NONE] * (top - len(expected))
        for number, step in enumerate(expected):
            assert found.share[number, place] == pytest.approx(parts.values[row, step] / scores.gap[row], rel=1e-9)
            assert found.gain[number, place] == pytest.approx(gain.values[row, step], abs=1e-14)
        assert np.isnan(found.gain[len(expected) :, place]).all()
        blank = [step for step in range(top) if parts.applies[row, step] and not parts.observed[row, step]]
        assert found.missing[place] == len(blank)
        assert found.met[place] == scores.met[row]
        if blank:
            stake = max(unknown.values[row, step] for step in blank)
            assert found.lacking[place] in blank
            assert found.at_stake[place] == pytest.approx(max(stake, 0.0), abs=1e-12)
        else:
            assert found.lacking[place] == NONE
            assert math.isnan(found.at_stake[place])


def test_small_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, rows = email_scores(50), np.arange(50)
    whole = next_gaps(scores, rows, 2)
    monkeypatch.setattr(module, "CHUNK", 8)
    parts = next_gaps(scores, rows, 2)
    np.testing.assert_array_equal(whole.step, parts.step)
    np.testing.assert_array_equal(whole.share, parts.share)
    np.testing.assert_array_equal(whole.lacking, parts.lacking)


def test_no_customers() -> None:
    found = next_gaps(email_scores(5), np.arange(0))
    assert (found.step.shape, found.lacking.shape) == ((1, 0), (0,))


def one(**measures: float) -> tuple[Scores, str | None]:
    """Score one start-up with everything met but what is said, and name the gap that comes first."""
    full: dict[str, Any] = {"delivery_rate": 1, "list_size": 500, "click_rate": 0, "offer_score": 8}
    full |= {"first_reply_hours": 1, "training_days": 2, "sla_hours": 1, "segment": "startup", "stage": "scaling"}
    scores = og.Scorer(email_model()).score({name: [value] for name, value in (full | measures).items()})
    step = int(next_gaps(scores, np.array([0])).step[0, 0])
    return scores, None if step == NONE else scores.model.steps[step].name


def test_the_side_that_the_state_calls_for() -> None:
    scores, first = one(list_size=0, first_reply_hours=48, training_days=0)
    assert (scores.state[0], first) == ("failing", "list built")
    scores, first = one(list_size=300, first_reply_hours=48, training_days=1)
    assert (scores.state[0], first) == ("tolerating", "support replies")
    scores, first = one(list_size=400, first_reply_hours=30)
    assert (scores.state[0], first) == ("successful", "list built")
    scores, first = one()
    assert (scores.state[0], first) == ("successful", None)


def test_what_nobody_can_work_on_comes_after_the_rest_of_its_side() -> None:
    _, first = one(click_rate=0, offer_score=3, list_size=450)
    assert first == "list built"  # a small part of the gap, but open
    scores, first = one(click_rate=0, offer_score=3)
    assert first == "copy persuades"  # alone there, and being closed
    assert work_status(scores.model.steps[[step.name for step in scores.model.steps].index(first)]) == "being closed"


def test_the_worklist_and_groups_are_of_the_data_as_scored() -> None:
    data = email_customers(20, missing=0)
    scores = og.Scorer(email_model()).score(data)
    first, gaps = scores.worklist().to_frame()["stands_at"].tolist(), scores.by("segment").total.gaps
    data["training_days"][:] = 9.0
    assert scores.worklist().to_frame()["stands_at"].tolist() == first
    assert scores.by("segment").total.gaps == gaps
