"""A verdict: in files, in no comparison, and what is said of it."""

from __future__ import annotations

import pickle

import attrs
import pytest

import outcomegap as og

MODEL = og.gallery.load("email-marketing")
FOUND = og.Verdict(
    fingerprint=MODEL.fingerprint,
    data="2026.csv",
    outcome="stays = yes",
    customers=20_000,
    date="2026-06-30",
    figures={"auc": 0.626, "plain_mean": 0.81},
    states="not in order",
)
CHECKED = MODEL.with_verdict(FOUND)


def test_it_counts_for_no_comparison():
    assert CHECKED == MODEL
    assert hash(CHECKED) == hash(MODEL)
    assert CHECKED.fingerprint == MODEL.fingerprint
    assert og.diff(MODEL, CHECKED) == ()


@pytest.mark.parametrize("form", ["toml", "json", "yaml"])
def test_files_keep_it_under_validation(form):
    text = og.dumps(CHECKED, form)
    assert "validation" in text
    assert og.loads(text, form).verdict == FOUND
    assert "validation" not in og.dumps(MODEL, form)
    assert pickle.loads(pickle.dumps(CHECKED)).verdict == FOUND


def test_sheets_hold_none(tmp_path):
    og.dump(CHECKED, tmp_path / "model.csv")
    assert og.load(tmp_path / "model.csv") == MODEL
    assert og.load(tmp_path / "model.csv").verdict is None


def test_mistakes_in_a_file_name_their_place():
    text = og.dumps(CHECKED).replace("customers = 20000", "customers = 0").replace('"not in order"', '"in ordr"')
    with pytest.raises(og.ModelError) as error:
        og.loads(text)
    assert {finding.where for finding in error.value.findings} == {"validation.customers", "validation.states"}


def test_a_scorer_ignores_the_verdict_of_another_version():
    assert og.Scorer(CHECKED).verdict == FOUND
    edited = attrs.evolve(CHECKED, description="edited")
    assert og.Scorer(edited).verdict is None
    assert "another version" in edited.checked
    assert og.Scorer(MODEL).verdict is None


def test_groups_worklist_report_and_saved_scores_say_it_in_one_line(tmp_path):
    customers = og.simulate(MODEL, 60, seed=1)
    for model, line in ((MODEL, "Nobody has checked this score against"), (CHECKED, "states are not in order.")):
        scores = og.Scorer(model).score(customers)
        assert line in str(scores.by("segment"))
        assert line in scores.worklist().text()
        assert line in og.report(scores)
        scores.save(tmp_path / "scores.json")
        assert line in str(og.load_scores(tmp_path / "scores.json").by())
    assert "Checked on 20,000 customers of 2026.csv on 2026-06-30: AUC 0.626, a plain mean" in CHECKED.checked


def test_a_model_that_observes_its_outcome_itself_is_not_said_to_be_unchecked():
    seen = og.SuccessGap("revenue", og.Measure("revenue"), floor=0, target=1)
    gap, wish = (kind("g", og.Measure("g"), floor=0, target=1) for kind in (og.SuccessGap, og.Expectation))
    wish = attrs.evolve(wish, name="w")
    parts = og.RequiredOutcome("sales", needs=gap, measured_by=seen), og.AppropriateExperience("how", expects=wish)
    model = og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(*parts)])
    assert "checked" not in str(og.Scorer(model).score({"g": [1.0], "revenue": [1.0]}).by())


class Own:
    name, segments = "own", ("small",)
    steps = (og.Expectation("e", og.Measure("e"), floor=0, target=1),)
    verdict = FOUND

    def score(self, customers):
        return og.OutcomeScores(self, customers, desired=[0.5])


def test_a_scorer_from_outside_may_carry_one():
    assert "another version" in str(Own().score({"segment": ["small"], "e": [1.0]}).by())


def test_a_score_that_is_no_probability_says_so():
    said = {ece: str(attrs.evolve(FOUND, figures={"auc": 0.9, "ece": ece})) for ece in (0.05, 0.43)}
    assert "ECE" not in said[0.05]
    assert "ECE 0.430" in said[0.43]
