"""Outcomes read beside measures: what is good, what is left out, what stays together, what leaks."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import outcomegap as og
from outcomegap.learn.observed import observe

RNG = np.random.default_rng(0)
N = 200
USE = RNG.random(N)
STAYS = (RNG.random(N) < USE).astype(int)


def frame(**more):
    return {"use": USE, "stays": STAYS, **more}


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_any_frame_is_read_alike(make):
    seen = observe(make(frame(word=np.where(STAYS, "satisfied", "not"))), "word", good="satisfied", measures=["use"])
    assert seen.good.tolist() == STAYS.tolist()
    assert seen.numbers["use"].tolist() == USE.tolist()


@pytest.mark.parametrize(
    ("values", "good", "expected"),
    [
        ([True, False, True, False], True, [1, 0, 1, 0]),
        ([1, 0, 1, 0], True, [1, 0, 1, 0]),
        ([1, 0, 1, 0], 0, [0, 1, 0, 1]),
        ([1.0, 0.0, 1.0, 0.0], "0", [0, 1, 0, 1]),
        ([True, False, True, False], "0", [0, 1, 0, 1]),
        (["1", "0", "true", "FALSE"], True, [1, 0, 1, 0]),
        (["Yes", "No", "Yes", "No"], "No", [0, 1, 0, 1]),
        (["Pass", "Fail", "Distinction", "Withdrawn"], ("Pass", "Distinction"), [1, 0, 1, 0]),
        ([5, 1, 4, 2], (4, 5), [1, 0, 1, 0]),
    ],
)
def test_what_is_good_is_said(values, good, expected):
    assert observe({"x": [0] * 4}, values, good=good).good.tolist() == expected


@pytest.mark.parametrize(
    ("outcome", "more", "rules"),
    [
        ("stay", {}, {"missing-column"}),
        ([1, 0], {}, {"outcome"}),
        (["Yes"] * 100 + ["No"] * 100, {}, {"good"}),
        (["Yes"] * 100 + ["No"] * 100, {"good": "Yess"}, {"good"}),
        ([3] * 100 + [1] * 100, {}, {"good"}),
        ([1] * 200, {}, {"too-few"}),
        ([None] * 200, {}, {"too-few"}),
        ("stays", {"weight": [-1.0] * 200}, {"out-of-range"}),
        ("stays", {"weight": [np.inf] * 200}, {"infinite"}),
        ("stays", {"measures": ["stays"]}, {"leakage"}),
        ("stays", {"horizon": 3}, {"as-of"}),
        ("stays", {"as_of": np.arange(200), "horizon": -3}, {"out-of-range"}),
        ("stays", {"as_of": ["soon"] * 200}, {"not-a-date"}),
        ("stays", {"by": "id", "measures": ["uses"]}, {"missing-column"}),
    ],
)
def test_what_cannot_be_read_is_told_at_once(outcome, more, rules):
    with pytest.raises(og.DataError) as error:
        observe(frame(), outcome, **more)
    assert {problem.rule for problem in error.value.problems} >= rules


def test_customers_without_an_outcome_are_left_out_and_counted():
    stays = STAYS.astype(float)
    stays[:7] = np.nan
    seen = observe(frame(), stays, measures=["use"])
    assert seen.rows.tolist() == list(range(7, N))
    assert "7 customers without an outcome" in seen.notes[0]


def test_duplicates_stand_in_one_fold_and_folds_are_alike():
    twice = np.concatenate([np.arange(N), np.arange(60), [0, 1]])
    seen = observe({"use": USE[twice], "stays": STAYS[twice]}, "stays", measures=["use"])
    fold = seen.folds(5, seed=3)
    assert all(len(set(fold[twice == row])) == 1 for row in range(N))
    assert np.bincount(fold).min() > 45
    rates = [seen.good[fold == each].mean() for each in range(5)]
    assert max(rates) - min(rates) < 0.12
    assert "60 groups" in seen.notes[0]
    assert (fold == seen.folds(5, seed=3)).all()
    assert (fold != seen.folds(5, seed=4)).any()


def test_rows_of_one_customer_stand_in_one_fold():
    who = np.arange(N) // 4
    seen = observe(frame(who=who), "stays", measures=["use"], by="who")
    fold = seen.folds(4)
    assert all(len(set(fold[who == each])) == 1 for each in set(who))


def test_few_patterns_are_no_duplicates():
    seen = observe({"use": np.arange(N) % 3, "stays": STAYS}, "stays", measures=["use"])
    assert np.bincount(seen.folds(5)).tolist() == [40] * 5
    assert "3 patterns" in seen.notes[0]


def test_a_split_in_time_learns_only_what_was_known_then():
    day = np.arange(N)
    seen = observe(frame(day=day), "stays", as_of="day", horizon=dt.timedelta(days=20), measures=["use"])
    ((learnt, tested),) = seen.splits()
    start = day[tested].min()
    assert start == 140
    assert day[learnt].max() + 20 == start
    dates = np.datetime64("2026-01-01") + day
    ((other, _),) = observe(frame(day=dates), "stays", as_of="day", horizon=20).splits()
    assert (other == learnt).all()
    with pytest.raises(og.DataError, match="horizon"):
        observe(frame(day=day), "stays", as_of="day", horizon=500).splits()
    with pytest.raises(og.DataError, match="same for all"):
        observe(frame(day=np.zeros(N)), "stays", as_of="day").splits()


def test_events_that_were_read_without_a_day_may_hold_the_outcome():
    calls = og.SuccessGap("calls", og.Measure("calls"), floor=0, target=2)
    reply = og.Expectation("reply", og.Measure("reply"), floor=0, target=1)
    parts = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    inputs = og.Inputs(
        id="who", measures={"calls": {"table": "calls", "by": "who", "time": "at", "aggregate": "count"}}
    )
    model = og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(*parts)], inputs=inputs)
    who = [f"c{row}" for row in range(8)]
    raw = {"customers": {"who": who, "reply": [1.0] * 8}, "calls": {"who": who[:3], "at": ["2026-02-01"] * 3}}
    days, stays = ["2026-03-01"] * 8, [1, 0] * 4
    for as_of, said in ((None, "events of all times"), ("2026-04-01", "read as of 2026-04-01, after as_of")):
        with pytest.raises(og.DataError, match=said):
            observe(og.read_customers(model, raw, as_of=as_of), stays, as_of=days, measures=model)
    assert len(observe(og.read_customers(model, raw, as_of="2026-03-01"), stays, as_of=days, measures=model)) == 8


def test_a_measure_that_holds_the_outcome_is_found():
    score = np.where(STAYS == 1, 5, 1)
    score[:60] = 3  # decides for 70 %, as a score of satisfaction does that is asked of those who left
    found = observe(frame(score=score), "stays", measures=["use", "score"]).findings
    assert [each.where for each in found] == ["measures.score"]
    near = STAYS + RNG.random(N) * 0.9
    assert [each.where for each in observe(frame(near=near), "stays", measures=["near"]).findings] == ["measures.near"]


def test_a_measure_that_is_missing_where_the_outcome_is_bad_is_found():
    gone = (STAYS == 0) ^ (RNG.random(N) < 0.02)  # nearly always, so that no value decides alone
    asked = np.where(gone, np.nan, RNG.random(N))
    (found,) = observe(frame(asked=asked), "stays", measures=["use", "asked"]).findings
    assert found.where == "measures.asked"
    assert found.message.startswith("tells by being missing who has the good outcome (area 0.9")
    often = np.where((STAYS == 0) & (RNG.random(N) < 0.5), np.nan, RNG.random(N))
    assert not observe(frame(often=often), "stays", measures=["use", "often"]).findings


def test_telcos_satisfaction_score_leaks(shared_data):
    telco = pd.read_csv(shared_data / "telco.csv.gz")
    measures = ["satisfaction_score", "tenure_in_months", "monthly_charge", "number_of_referrals"]
    seen = observe(telco, "churn_value", good=0, measures=measures)
    assert [each.where for each in seen.findings] == ["measures.satisfaction_score"]


def test_iranian_duplicates_stand_in_one_fold(shared_data):
    iran = pd.read_csv(shared_data / "iranian_churn.csv.gz")
    measures = [name for name in iran if name != "churn"]
    fold = observe(iran, "churn", good=0, measures=measures).folds(5)
    each = pd.Series(fold).groupby([iran[name] for name in measures]).nunique()
    assert each.max() == 1
