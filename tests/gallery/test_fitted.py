"""The fitted models of the gallery, on customers whom the fit had not seen: what their tables [validation] say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import outcomegap as og
from benchmarks.fit_gallery import MADE, kept
from benchmarks.study_proof import Found, by_state

NAMES = tuple(MADE)


def kept_apart(name: str, shared_data: Path) -> tuple[og.OutcomeModel, Any, Any]:
    study, _, test = kept(name, shared_data)
    return og.gallery.load(name), study, test


@pytest.mark.parametrize("name", NAMES)
def test_the_verdict_is_of_this_model(name: str) -> None:
    model = og.gallery.load(name)
    assert model.verdict is not None
    assert model.verdict.fingerprint == model.fingerprint
    assert og.Scorer(model).verdict == model.verdict


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_are_found_again(name: str, shared_data: Path) -> None:
    model, study, test = kept_apart(name, shared_data)
    found = og.learn.validate(model, test, study.outcome, good=study.good, baselines=False)
    assert model.verdict is not None
    assert found.verdict.customers == model.verdict.customers
    assert found.verdict.states == model.verdict.states == "apart"
    for figure in ("auc", "ece", "brier", "lift", "rate_failing", "rate_tolerating", "rate_successful"):
        assert found.verdict.figures[figure] == pytest.approx(model.verdict.figures[figure], abs=1e-6)


def test_the_airline_holds(shared_data: Path) -> None:
    model, study, test = kept_apart("airline-fitted", shared_data)
    scores = og.Scorer(model).score(test)
    good = np.isin(np.asarray(test[study.outcome]), study.good).astype(float)
    segment = np.asarray(test["segment"])
    found = Found(study, 0, good, {"score": scores.desired}, {"score": scores.state}, segment)
    area, error = found.figure("score")
    assert area >= 0.98
    assert error <= 0.02
    orders = [by_state(found, "score", segment == name)[1] for name in model.segment_names]
    assert by_state(found, "score")[1] == "apart"
    assert orders.count("apart") >= 4
    shares = [np.mean(scores.state == state) for state in ("failing", "tolerating", "successful")]
    assert min(shares) >= 0.05


def test_the_households_hold(shared_data: Path) -> None:
    model, study, test = kept_apart("telco-fitted", shared_data)
    scores = og.Scorer(model).score(test)
    good = np.isin(np.asarray(test[study.outcome]), study.good).astype(float)
    found = Found(study, 0, good, {"score": scores.desired}, {"score": scores.state}, None)
    area, _ = found.figure("score")
    assert area >= 0.875
    assert by_state(found, "score")[1] == "apart"
