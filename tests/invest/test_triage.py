"""The rule of triage, and how its stability is counted."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.invest.plan import ASK, triage
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


def test_what_customers_have_been_worth_stands_beside_it_and_decides_nothing():
    rng = np.random.default_rng(3)
    past = np.where(rng.random(60) < 0.2, np.nan, rng.uniform(-50, 500, 60))
    plain, told = triage(SCORES, value="mrr"), triage(SCORES, value="mrr", so_far=past)
    assert "mean so far" not in plain.columns
    for before, row in zip(plain, told, strict=True):
        here = (np.array(FRAME["segment"]) == row["segment"]) & ~np.isnan(past)
        assert row.pop("mean so far") == pytest.approx(past[here].mean())
        assert row == before
    assert "look at what this customer has been worth so far" in str(told)
    assert triage(SCORER.score(FRAME | {"past": past}), value="mrr", so_far="past").rows() == told.rows()


def test_nobody_knows_what_they_have_been_worth():
    assert {row["mean so far"] for row in triage(SCORES, value="mrr", so_far=[np.nan] * 60)} == {None}


@pytest.mark.parametrize("seed", range(40))
def test_the_share_of_variants_is_counted_by_hand(seed):
    """Round numbers, so that groups stand at the thresholds as well; groups by a column of their own."""
    rng = np.random.default_rng(seed)
    frame = customers(rng, 30) | {"csm": rng.choice(["Ann", "Bob", "Cy"], 30).tolist()}
    frame["mrr"] = rng.choice([0.0, 100.0, 200.0], 30)
    if seed % 2:
        frame["mrr"][:] = 100.0
    scores = SCORER.score(frame)
    near = float(rng.choice([0.0, 0.05, 0.1, 0.9, 1.0]))
    worth = None if seed % 3 else float(rng.choice([0.0, 80.0, 100.0, 120.0]))
    least = frame["mrr"].mean() / 2 if worth is None else worth
    found = triage(scores, value="mrr", by=["csm", "segment"], worth=worth, near=near)
    for row in found:
        here = (np.array(frame["csm"]) == row["csm"]) & (np.array(frame["segment"]) == row["segment"])
        value, desired = frame["mrr"][here].mean(), scores.desired[here].mean()

        def advice(a, b, c, value=value, desired=desired):
            if value * a < least * b * (1 - 1e-9):
                return "let go"
            return "maintain" if desired >= min(near * c, 1.0) - 1e-9 else "invest"

        moves = [(a, b, c) for a in (0.8, 1, 1.2) for b in (0.8, 1, 1.2) for c in (0.8, 1, 1.2)]
        others = [advice(*move) for move in moves if move != (1, 1, 1)]
        assert row["advice"] == advice(1, 1, 1)
        assert row["stable"] == pytest.approx(others.count(row["advice"]) / 26)


def test_a_column_that_is_called_like_one_of_ours_is_not_hidden():
    scores = SCORER.score(FRAME | {"advice": ["x", "y"] * 30})
    (first, second) = triage(scores, value="mrr", by="advice")
    assert (first["advice"], second["advice"]) == ("x", "y")
    assert {first["advice (triage)"], second["advice (triage)"]} <= {"invest", "maintain", "let go"}
