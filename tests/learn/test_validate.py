"""A check of a score: its figures, what it says first, baselines, splits, and the verdict that it leaves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

import outcomegap as og
from outcomegap.learn import validate

MODEL = og.gallery.load("email-marketing")
N = 600
CUSTOMERS = og.simulate(MODEL, N, seed=4, missing=0)
SCORES = og.Scorer(MODEL).score(CUSTOMERS)
STAYS = (np.random.default_rng(4).random(N) < SCORES.desired).astype(int)
FOUND = validate(MODEL, CUSTOMERS, STAYS, data="simulated")


def test_the_figures_of_the_score_are_those_of_scikit_learn():
    figures = FOUND.facts["figures"]
    assert figures["auc"] == pytest.approx(roc_auc_score(STAYS, SCORES.desired), abs=1e-6)
    assert figures["brier"] == pytest.approx(brier_score_loss(STAYS, SCORES.desired), abs=1e-6)
    assert FOUND.find("the score")["auc"] == pytest.approx(figures["auc"], abs=1e-6)
    for state in set(SCORES.state):
        rate = STAYS[SCORES.state == state].mean()
        assert figures[f"rate_{state}"] == pytest.approx(rate, abs=1e-6)
        assert FOUND.parts["by state"].find(state)["rate"] == pytest.approx(rate)


def test_a_score_that_is_the_probability_has_nothing_against_it():
    assert FOUND.facts["states"] in ("apart", "in order")
    assert FOUND.facts["figures"]["ece"] < 0.07
    assert FOUND.find("always the mean")["auc"] == 0.5
    assert FOUND.find("the score")["brier"] < FOUND.find("always the mean")["brier"]
    names = ["the score", "the score, calibrated", "plain mean of attainments", "always the mean"]
    assert [row["score"] for row in FOUND] == [*names, "logistic regression", "gradient boosting"]
    assert FOUND.verdict.fingerprint == MODEL.fingerprint
    assert FOUND.verdict.customers == N


def test_the_first_line_says_what_speaks_against_a_score():
    title = validate(MODEL, CUSTOMERS, 1 - STAYS, baselines=False).title
    assert "states are not in order" in title
    assert "it is no probability of the outcome" in title
    attained = np.nanmean(SCORES.attainment().values, axis=1)
    flattered = validate(MODEL, CUSTOMERS, attained > np.median(attained), folds=2)
    assert flattered.facts["figures"]["plain_mean"] > flattered.facts["figures"]["auc"]
    assert "a plain mean of attainments ranks better" in flattered.title


def test_every_segment_and_stage_has_its_figures():
    cells = FOUND.parts["by segment and stage"]
    assert {row["name"] for row in cells} == {*MODEL.segment_names, *MODEL.stage_names}
    row = cells.find("segment")
    here = np.array(CUSTOMERS["segment"]) == row["name"]
    assert row["customers"] == here.sum()
    assert row["auc"] == pytest.approx(roc_auc_score(STAYS[here], SCORES.desired[here]))
    assert row["rate"] == pytest.approx(STAYS[here].mean())


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_any_frame_gives_the_same_figures(make):
    frame = make({**CUSTOMERS, "stays": STAYS})
    found = validate(og.Scorer(MODEL), frame, "stays", baselines=False)
    assert found.facts["figures"] == FOUND.facts["figures"]
    assert all(type(each.to_frame()) is type(frame) for each in (found, *found.parts.values()))


def test_weights_count_as_so_many_customers():
    weight = np.random.default_rng(1).integers(1, 4, N)
    again = np.repeat(np.arange(N), weight)
    twice = {name: np.asarray(values)[again] for name, values in CUSTOMERS.items()}
    weighed = validate(MODEL, CUSTOMERS, STAYS, weight=weight, baselines=False).facts["figures"]
    repeated = validate(MODEL, twice, STAYS[again], baselines=False).facts["figures"]
    for name in ("auc", "brier", "ece", "lift", "capture", "rate_failing"):
        assert weighed[name] == pytest.approx(repeated[name], abs=1e-6)


def test_customers_without_an_outcome_or_a_score_are_counted():
    stays = STAYS.astype(float)
    stays[:9] = np.nan
    lacking = {name: np.array(values, dtype=object) for name, values in CUSTOMERS.items()}
    for measure in MODEL.measures:
        lacking[measure.name][9:14] = None
    frame = {name: values.tolist() for name, values in lacking.items()}
    found = validate(MODEL, frame, stays, baselines=False)
    assert found.verdict.customers == N - 14
    assert "9 customers without an outcome are left out." in found.notes
    assert "5 customers without a score: in no figure." in found.notes


def test_a_split_in_time_tests_the_later_ones():
    day = np.random.default_rng(2).permutation(N)
    found = validate(MODEL, CUSTOMERS, STAYS, as_of=day, horizon=30)
    later = day >= np.sort(day)[int(0.7 * N)]
    assert found.verdict.customers == later.sum()
    assert found.facts["figures"]["auc"] == pytest.approx(roc_auc_score(STAYS[later], SCORES.desired[later]), abs=1e-6)
    assert any("customers of the later days" in note for note in found.notes)


def test_measures_read_after_as_of_are_refused():
    read = og.read_customers(MODEL, CUSTOMERS, as_of="2026-03-01")
    days = np.full(N, np.datetime64("2026-02-01"))
    days[::2] = np.datetime64("2026-01-01")
    with pytest.raises(og.DataError, match="after as_of") as error:
        validate(MODEL, read, STAYS, as_of=days)
    assert [problem.rule for problem in error.value.problems] == ["leakage"]
    validate(MODEL, read, STAYS, as_of=days + 90, baselines=False)


def test_the_outcome_among_the_measures_is_refused_and_what_tells_too_much_is_found():
    measure = MODEL.measures[0].name
    with pytest.raises(og.DataError, match="the outcome itself"):
        validate(MODEL, {**CUSTOMERS, measure: STAYS}, measure)
    named = next(m for m in MODEL.measures if (m.low, m.high) == (0, 1)).name
    found = validate(MODEL, {**CUSTOMERS, named: STAYS.astype(float)}, STAYS, baselines=False)
    assert [each.where for each in found.facts["findings"]] == [f"measures.{named}"]
    assert any(named in note for note in found.notes)
    assert f"measures.{named} may be known only afterwards" in found.title
    assert "1 measure may be known only afterwards" in MODEL.with_verdict(found.verdict).checked


def test_a_measure_that_is_missing_for_all_with_one_outcome_is_found():
    named = MODEL.measures[0].name
    for flip in (STAYS, 1 - STAYS):
        held = np.where(flip, np.array(CUSTOMERS[named], dtype=float), np.nan)
        found = validate(MODEL, {**CUSTOMERS, named: held}, STAYS, baselines=False)
        assert [each.where for each in found.facts["findings"]] == [f"measures.{named}"]
    seldom = np.where(np.arange(N) % 50, np.nan, np.array(CUSTOMERS[named], dtype=float))
    assert not validate(MODEL, {**CUSTOMERS, named: seldom}, STAYS, baselines=False).facts["findings"]


def test_a_score_that_may_rank_by_chance_is_told():
    """Outcomes that have nothing to do with the score: its calibration may be good, its states may be one."""
    same = {**CUSTOMERS, **{each.name: np.repeat(CUSTOMERS[each.name][:1], N) for each in MODEL.measures}}
    found = validate(MODEL, same, np.arange(N) % 2, baselines=False)
    assert "it is not shown to rank better than chance; " in found.title
    assert "; it is not shown to rank better than chance; " in str(found.verdict)
    assert "chance" not in FOUND.title + str(FOUND.verdict)


def test_without_scikit_learn_the_plain_baselines_stand_and_the_rest_is_told(monkeypatch):
    import sys

    monkeypatch.setattr(sys.modules["outcomegap.learn.validate"], "find_spec", lambda name: None)
    found = validate(MODEL, CUSTOMERS, STAYS)
    assert [row["score"] for row in found][-1] == "always the mean"
    assert any("outcomegap[learn]" in note for note in found.notes)


class Fitted:
    model, out_of_fold = MODEL, np.clip(STAYS * 0.9 + 0.05, 0, 1)


def test_a_fitted_model_is_checked_by_its_predictions_out_of_fold():
    assert validate(Fitted(), CUSTOMERS, STAYS, baselines=False).facts["figures"]["auc"] == 1
    some = {name: values[:300] for name, values in CUSTOMERS.items()}
    assert validate(Fitted(), some, STAYS[:300], baselines=False).facts["figures"]["auc"] < 1


def test_nobody_with_a_score_is_told():
    lacking = {name: values if name in ("segment", "stage") else [None] * N for name, values in CUSTOMERS.items()}
    with pytest.raises(og.DataError, match="no customer who is tested has a score"):
        validate(MODEL, lacking, STAYS)


def test_a_fold_whose_others_have_one_outcome():
    who = np.where(STAYS == 1, "one", "other")
    assert validate(MODEL, {**CUSTOMERS, "who": who}, STAYS, by="who", folds=2).find("gradient boosting")["auc"] == 0


class Own:
    name, segments = "own", ("small",)
    steps = (og.Expectation("e", og.Measure("e"), floor=0, target=1),)

    def score(self, customers):
        return og.OutcomeScores(self, customers, desired=np.asarray(customers["e"]))


def test_every_interval_has_the_confidence_asked_for_and_says_so():
    found = validate(MODEL, CUSTOMERS, STAYS, confidence=0.8, baselines=False)
    for part in ("calibration", "by state"):
        for name, wider in (("low", np.less), ("high", np.greater)):
            ends = [each.parts[part].columns[name] for each in (FOUND, found)]
            assert wider(*ends)[found.parts[part].columns["customers"] > 0].any()
    assert "80 %" in [each.heading for each in found.show]
    assert "80 %" in [each.heading for each in found.parts["by segment and stage"].show]


def test_a_scorer_from_outside_is_checked_too():
    e = np.random.default_rng(0).random(200)
    came = np.random.default_rng(1).random(200) < e
    found = validate(Own(), pd.DataFrame({"segment": "small", "e": e}), came)
    assert found.facts["figures"]["auc"] == pytest.approx(roc_auc_score(came, e), abs=1e-6)


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (None, "outcome"),
        (3, "outcome"),
        ([[1, 2]] * N, "outcome"),
        (np.full(N, np.nan), "2 of each are needed"),
        (np.full(N, np.inf), "say which value counts"),
        (["text"] * N, "say which value counts"),
        ("", "no column ''"),
    ],
)
def test_hostile_outcomes_are_told(outcome, said):
    with pytest.raises(og.DataError, match=said):
        validate(MODEL, CUSTOMERS, outcome)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("folds", each) for each in (1, 10_000, 2.5, "two")),
        *(("seed", each) for each in (-1, "x")),
        *(("weight", "text"), ("confidence", 2), ("horizon", "soon"), ("good", None), ("good", ()), ("good", "yes")),
    ],
)
def test_hostile_arguments_are_told(name, value):
    with pytest.raises(og.DataError, match=name):
        validate(MODEL, CUSTOMERS, STAYS, baselines=False, **{name: value})


def test_constant_and_missing_measures_are_no_trouble():
    same = {name: values if name in ("segment", "stage") else np.full(N, 1.0) for name, values in CUSTOMERS.items()}
    found = validate(MODEL, same, STAYS)
    assert found.verdict.customers == N
    assert any("fold" in note or "pattern" in note for note in found.notes)


@pytest.mark.parametrize("size", [0, 1, 3])
def test_too_few_customers_are_told(size):
    some = {name: values[:size] for name, values in CUSTOMERS.items()}
    with pytest.raises(og.DataError, match="are needed"):
        validate(MODEL, some, [1] * size)


def test_two_of_each_are_enough():
    rows = np.r_[np.flatnonzero(STAYS == 1)[:2], np.flatnonzero(STAYS == 0)[:2]]
    some = {name: np.asarray(values)[rows] for name, values in CUSTOMERS.items()}
    assert validate(MODEL, some, STAYS[rows]).verdict.customers == 4


def test_every_problem_is_told_at_once():
    with pytest.raises(og.DataError) as error:
        validate(MODEL, CUSTOMERS, "stay", weight="mmr", by="acount", horizon=3)
    assert len(error.value.problems) == 4
    assert {p.column for p in error.value.problems} == {"stay", "mmr", "acount", "horizon"}


def test_the_verdict_goes_with_the_model_and_its_listing_is_drawn():
    pytest.importorskip("matplotlib").use("Agg")
    checked = MODEL.with_verdict(FOUND.verdict)
    assert og.Scorer(checked).verdict == FOUND.verdict
    assert og.loads(og.dumps(checked)).verdict == FOUND.verdict
    assert FOUND.plot().get_xlabel() == "the score said"


# Real data


def test_airline_as_a_guess_is_refuted(shared_data):
    model = og.gallery.load("airline")
    raw = pd.read_csv(shared_data / "airline.csv.gz")
    found = validate(model, og.read_customers(model, raw), raw["satisfaction"].to_numpy(), good="satisfied", folds=2)
    assert found.facts["states"] == "not in order"
    assert found.title.index("states are not in order") < found.title.index("AUC 0.626")
    assert found.facts["figures"]["auc"] == pytest.approx(0.6257, abs=5e-5)
    rates = {row["state"]: round(100 * row["rate"], 1) for row in found.parts["by state"]}
    assert (rates["failing"], rates["tolerating"], rates["successful"]) == (46.4, 5.7, 48.2)
    assert found.find("gradient boosting")["auc"] > 0.99
    assert "not in order" in {row["order"] for row in found.parts["by segment and stage"]}


def test_telco_as_a_guess(shared_data):
    model = og.gallery.load("telco")
    raw = pd.read_csv(shared_data / "telco.csv.gz", keep_default_na=False)
    read = og.read_customers(model, raw)
    found = validate(model, read, raw["churn_value"].astype(int).to_numpy(), good=0)
    assert found.facts["figures"]["auc"] == pytest.approx(0.695, abs=5e-4)
    assert found.find("logistic regression")["auc"] > 0.85
    assert found.facts["findings"] == ()  # its measures do not follow the outcome
    assert "a plain mean of attainments ranks better (AUC 0.708)" in found.title


def test_rows_of_one_name_do_not_pass_for_so_many_customers():
    """Each customer three times: the interval is narrower by the root of 3, and a note says why that flatters."""
    thrice = {name: np.tile(np.array(held), 3) for name, held in CUSTOMERS.items()} | {"who": np.tile(np.arange(N), 3)}
    found = validate(MODEL, thrice, np.tile(STAYS, 3), by="who", baselines=False)
    assert "1,800 rows are of 600 names: intervals take rows as independent of one another." in found.notes
    once = validate(MODEL, CUSTOMERS | {"who": np.arange(N)}, STAYS, by="who", baselines=False)
    assert not any("independent" in note for note in once.notes)


def test_a_fitted_model_on_its_own_customers_is_told_to_flatter():
    model = og.gallery.load("email-validation")
    customers = og.simulate(model, 300, seed=1)
    stays = np.random.default_rng(1).random(300) < og.Scorer(model).score(customers).desired
    fitted = og.learn.fit(model, customers, stays, folds=0)
    again = og.loads(og.dumps(fitted.model))
    assert "flatter" in og.learn.validate(again, customers, stays, baselines=False).title
    assert "flatter" not in og.learn.validate(model, customers, stays, baselines=False).title
    some = og.simulate(model, 299, seed=2)
    assert "flatter" not in og.learn.validate(again, some, stays[:299], baselines=False).title
