"""Structures for four sets of real customers: sound, and their inputs read the raw tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import outcomegap as og

MODELS = Path(__file__).parent / "models"
SETS = {
    "oulad": (".", 10_980, "final_result"),
    "iranian-churn": ("iranian_churn.csv.gz", 2_338, "churn"),
    "telco": ("telco.csv.gz", 5_287, "churn_value"),
}
#: What was known only when a household had left, or was made from it.
LEAKS = {
    "satisfaction_score",
    "churn_score",
    "churn_category",
    "churn_reason",
    "customer_status",
    "churn_label",
    "cltv",
}


@pytest.mark.parametrize("name", SETS)
def test_a_structure_reads_its_raw_tables(name: str, shared_data: Path) -> None:
    source, rows, outcome = SETS[name]
    model = og.load(MODELS / f"{name}.toml")
    assert {finding.severity for finding in og.check(model)} <= {"info"}
    frame = og.read_customers(model, shared_data / source).frame
    assert len(frame) == rows
    assert outcome in list(frame.columns)
    for measure in model.measures:
        values = np.asarray(frame[measure.name], dtype=float)
        assert np.isfinite(values).mean() > 0.8, measure.name


def test_no_measure_of_telco_leaks() -> None:
    model = og.load(MODELS / "telco.toml")
    assert not LEAKS & {measure.name for measure in model.measures}


def test_a_fit_holds_for_the_courses_that_follow(shared_data: Path) -> None:
    """Learnt from the courses of February, tested on those of October, three of which nobody was learnt from."""
    model = og.load(MODELS / "oulad.toml")
    frame = og.read_customers(model, shared_data).frame
    later = np.asarray(frame["code_presentation"]) == "2013J"
    learn, test = frame.filter(~later), frame.filter(later)
    fitted = og.learn.fit(model, learn, "final_result", good=["Pass", "Distinction"], folds=0)
    found = og.learn.validate(fitted.model, test, "final_result", good=["Pass", "Distinction"])
    assert found.verdict.figures["auc"] >= 0.79
    assert found.verdict.states == "apart"
    area = {row["score"]: row["auc"] for row in found}
    assert area["the score"] > area["plain mean of attainments"]
