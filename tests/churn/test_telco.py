"""Real stated reasons: all of them under a root cause, and no measure that knows who left."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

import outcomegap as og
from outcomegap.churn import Ledger, catalogue
from outcomegap.stats import wilson

#: What is known only once somebody has left, or was made from it.
LEAKS = {"satisfaction_score", "churn_score", "churn_value", "churn_label", "customer_status", "cltv", "churn_reason"}
OURS = {
    "Extra data charges": "budget",
    "Long distance charges": "budget",
    "Lack of affordable download/upload speed": "budget",
    "Product dissatisfaction": "failure",
    "Service dissatisfaction": "failure",
}


REASONS = (
    *("Attitude of support person", "Attitude of service provider", "Competitor made better offer"),
    *("Competitor had better devices", "Competitor offered more data", "Competitor offered higher download speeds"),
    *("Don't know", "Price too high", "Product dissatisfaction", "Service dissatisfaction", "Network reliability"),
    *("Lack of self-service on Website", "Limited range of services", "Lack of affordable download/upload speed"),
    *("Long distance charges", "Extra data charges", "Moved", "Deceased"),
    *("Poor expertise of online support", "Poor expertise of phone support"),
)


@pytest.fixture(scope="module")
def raw(shared_data):
    return pd.read_csv(shared_data / "telco.csv.gz", keep_default_na=False)


@pytest.fixture(scope="module")
def lost(raw):
    return raw[raw["churn_value"] == 1]


def test_what_fits_no_entry_is_listed_and_nothing_else(lost):
    ledger = Ledger(lost, customer="customer_id", stated="churn_reason")
    assert {row["text"] for row in ledger.unmatched} == set(OURS)
    assert {row["told"] for row in ledger.rows() if row["stated"] == "Don't know"} == {"unknown"}


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_the_form_is_told(reason):
    """All that such a table offers to tick, however it is typed, whether or not this file holds it."""
    for text in (reason, reason.upper(), f"  {reason.lower()} "):
        (row,) = Ledger({"why": [text]}, stated="why", mapping=OURS).rows()
        assert row["told"] == ("unknown" if reason == "Don't know" else "entry")


def test_nothing_near_is_lost_nothing_far_is_suggested(lost):
    near = {row["text"]: row["nearest"] for row in Ledger(lost, stated="churn_reason").unmatched}
    assert near["Lack of affordable download/upload speed"] == near["Extra data charges"] == "budget"
    assert near["Long distance charges"].split(", ")[0] == "budget"


def test_all_stated_reasons_are_mapped(lost):
    ledger = Ledger(lost, customer="customer_id", stated="churn_reason", mapping=OURS, segment="contract")
    assert len(ledger.unmatched) == 0
    assert ledger.unused == ()
    book = catalogue()
    entry = {
        reason: book[OURS[reason]] if reason in OURS else book.find(reason) for reason in set(lost["churn_reason"])
    }
    assert [reason for reason, found in entry.items() if found is None] == ["Don't know"]
    known = [entry[reason] for reason in lost["churn_reason"]]
    causes = Counter(found.root_causes[0] if found else "unknown" for found in known)
    assert {row["root_cause"]: row["count"] for row in ledger.causes} == dict(causes)
    verdicts = Counter(found.avoidable if found else "unknown" for found in known)
    avoidable = ledger.avoidable.facts
    assert avoidable["low"] == pytest.approx(verdicts["yes"] / 1414)
    assert avoidable["high"] == pytest.approx(1 - verdicts["no"] / 1414)
    assert avoidable["interval"] == (wilson(verdicts["yes"], 1414)[0], wilson(1414 - verdicts["no"], 1414)[1])
    assert {row["segment"]: row["customers"] for row in ledger.by("segment")} == lost[
        "contract"
    ].value_counts().to_dict()


def test_the_model_measures_nothing_that_knows_who_left(raw):
    model = og.gallery.load("telco")
    columns = {source.column or name for name, source in model.inputs.measures.items()}
    assert not (columns | {measure.name for measure in model.measures}) & LEAKS
    customers = og.read_customers(model, raw)
    assert customers.report.rows_out == len(raw)
    scores = og.Scorer(model).score(customers.frame)
    assert (scores.coverage == 1).all()


def test_a_leak_is_named(raw):
    pytest.importorskip("sklearn")
    found = og.churn.drivers(raw, ["satisfaction_score", "age"], churned="churn_value", resamples=20)
    assert any(note.startswith("satisfaction_score alone tells who left") for note in found.notes)


def test_plans_under_three_budgets_are_what_the_changed_households_score(raw):
    pytest.importorskip("scipy")
    model = og.gallery.load("telco")
    frame = og.read_customers(model, raw[::4].reset_index(drop=True)).frame
    frame = frame.assign(cut=(frame["monthly_charge"] - 85).clip(lower=0))
    scorer = og.Scorer(model)
    scores = scorer.score(frame)
    late = {"*/settling": 1, "*/established": 1}
    actions = [
        og.invest.Action("support", {"help from somebody who knows": late}, 4, capacity=125),
        og.invest.Action("security", {"online_security": 1, "online_backup": 1}, 3),
        og.invest.Action("card", {"pays_by_itself": 1}, 0.5),
        og.invest.Action("bill", {"monthly_charge": 85}, og.column("cut"), segments=["month to month", "one year"]),
    ]
    online, later = frame["goal"] == "online", frame["stage"] != "first half-year"
    reached = {
        "support": online & later & (frame["premium_tech_support"] < 1),
        "security": online & ((frame["online_security"] < 1) | (frame["online_backup"] < 1)),
        "card": frame["pays_by_itself"] < 1,
        "bill": online & (frame["monthly_charge"] > 85) & (frame["segment"] != "two years"),
    }
    price = {"support": 4, "security": 3, "card": 0.5, "bill": frame["cut"]}
    before = {"segment": 0.0, "customer": 0.0}
    for budget in (500, 1_500, 3_000):
        found = {per: og.invest.plan(scores, actions, value="monthly_charge", budget=budget, per=per) for per in before}
        for per, one in found.items():
            after, paid = frame.copy(), 0.0
            for name, here in reached.items():
                given = frame["segment" if per == "segment" else "id"].map(lambda who: one.chosen.get(who, ()))  # noqa: B023
                done = here & given.map(lambda names: name in names)  # noqa: B023
                paid += float((done * price[name]).sum())
                columns = {
                    "support": ["premium_tech_support"],
                    "security": ["online_security", "online_backup"],
                    "card": ["pays_by_itself"],
                    "bill": ["monthly_charge"],
                }[name]
                after.loc[done, columns] = 85.0 if name == "bill" else 1.0
                assert one.by_action().rows()[list(reached).index(name)]["customers"] == done.sum()
            returned = ((scorer.score(after).desired - scores.desired) * frame["monthly_charge"]).sum()
            assert one.value == pytest.approx(returned)
            assert one.cost == pytest.approx(paid)
            assert paid <= budget * (1 + 1e-9)
            assert 0 <= one.gap < 1e-4
            assert one.bound >= one.value >= max(one.greedy_value, before[per]) - 1e-6
            before[per] = one.value
        assert found["customer"].value > found["segment"].value
