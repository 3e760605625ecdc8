"""The rule of triage, and how its stability is counted."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.invest.triage import ASK, triage
from tests.invest.worlds import customers, model

SCORER = og.Scorer(model())
FRAME = customers(np.random.default_rng(11), 60)
SCORES = SCORER.score(FRAME)


def test_each_group_is_judged_by_its_means():
    found = {row["segment"]: row for row in triage(SCORES, value="mrr", worth=200, near=0.2)}
    for name, row in found.items():
        here = np.array(FRAME["segment"]) == name
        value, desired = FRAME["mrr"][here].mean(), SCORES.desired[here].mean()
        assert row["mean value"] == pytest.approx(value)
        assert row["mean desired"] == pytest.approx(desired)
        judged = [
            "let go" if value * a < 200 * b else "maintain" if desired >= 0.2 * c else "invest"
            for a in (1, 0.8, 1.2)
            for b in (1, 0.8, 1.2)
            for c in (1, 0.8, 1.2)
        ]
        assert row["advice"] == judged[0]
        assert row["stable"] == pytest.approx(sum(other == judged[0] for other in judged[1:]) / 26)


def test_it_asks_what_the_customer_has_been_worth():
    assert ASK in str(triage(SCORES, value="mrr", by=["segment"]))


def test_without_a_score_data_are_needed():
    blind = dict(FRAME, calls=np.full(60, np.nan), list_size=np.full(60, np.nan), clicks=np.full(60, np.nan))
    assert {row["advice"] for row in triage(SCORER.score(blind), value="mrr")} == {"need data"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"value": "mr"}, "did you mean 'mrr'"),
        ({"value": None}, "value is"),
        ({"by": 3}, "by is"),
        ({"by": "segmnt"}, "segment"),
        ({"worth": -1}, "worth"),
        ({"near": 2}, "near"),
    ],
)
def test_bad_input_is_told(change, says):
    with pytest.raises(og.DataError, match=says):
        triage(SCORES, **({"value": "mrr"} | change))


def test_scores_are_needed():
    with pytest.raises(og.DataError, match="scores is what"):
        triage("x", value="mrr")
