"""Real stated reasons: all of them under a root cause, and no measure that knows who left."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

import outcomegap as og
from outcomegap.churn import Ledger, catalogue, wilson

#: What is known only once somebody has left, or was made from it.
LEAKS = {"satisfaction_score", "churn_score", "churn_value", "churn_label", "customer_status", "cltv", "churn_reason"}
OURS = {
    "Extra data charges": "budget",
    "Long distance charges": "budget",
    "Lack of affordable download/upload speed": "budget",
    "Product dissatisfaction": "failure",
    "Service dissatisfaction": "failure",
}


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
    assert {part.name: part.count for part in ledger.causes} == dict(causes)
    verdicts = Counter(found.avoidable if found else "unknown" for found in known)
    avoidable = ledger.avoidable
    assert avoidable.low == pytest.approx(verdicts["yes"] / 1414)
    assert avoidable.high == pytest.approx(1 - verdicts["no"] / 1414)
    assert avoidable.interval == (wilson(verdicts["yes"], 1414)[0], wilson(1414 - verdicts["no"], 1414)[1])
    assert {group.name: group.customers for group in ledger.by("segment")} == lost["contract"].value_counts().to_dict()


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
