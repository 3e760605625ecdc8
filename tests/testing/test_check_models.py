"""Models and engines: what ships passes, and for each rule a broken one fails."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.model import Weakest, curve
from outcomegap.testing import CheckFailed, check_engine, check_model, check_scorer, random_model
from tests.model.make import gap, wish
from tests.testing.own import OwnCurve, squared

A, B = gap("a"), gap("b")


@pytest.mark.parametrize("name", og.gallery.names())
def test_gallery(name):
    assert check_model(og.gallery.load(name)) == 23


@pytest.mark.parametrize("seed", range(8))
def test_invented_models(seed):
    check_model(random_model(seed), n=40)


@pytest.mark.parametrize("settings", [{}, {"threads": 1}], ids=str)
def test_engines(settings):
    def engine(model, frame):
        scores = og.Scorer(model, **settings).score(frame)
        return {"desired": scores.desired, "low": scores.low, "high": scores.high, "coverage": scores.coverage}

    assert check_engine(engine) == 5 * len(og.gallery.names())


def test_the_scalar_engine():
    def engine(model, frame):
        scorer = og.Scorer(model)
        size = len(next(iter(frame.values())))
        rows = ({name: values[i] for name, values in frame.items()} for i in range(size))
        ones = [scorer.score_one(row).desired for row in rows]
        return {"desired": np.array([np.nan if d is None else d for d in ones])}

    check_engine(engine, n=40)


@pytest.mark.parametrize("name", og.gallery.names())
def test_scores_of_single_precision(name):
    model = og.gallery.load(name)
    assert check_scorer(og.Scorer(model, dtype="float32"), og.simulate(model, 60, seed=1, missing=0.1)) == 19


# --- models ------------------------------------------------------------------------------------------------------------


def of_curve(broken):
    steps = [og.SuccessGap(n, og.Measure(n), floor=0, target=1, curve=broken) for n in "ab"]
    required = og.RequiredOutcome("required", needs=og.AllOf(*steps))
    suits = og.AppropriateExperience("suits", expects=wish("w"))
    return og.OutcomeModel("broken", desired_outcomes=[og.DesiredOutcome(required, suits)])


class Lonely(OwnCurve):
    """Says something else of one customer alone, once it stands in a model."""

    name, alone = "lonely", False

    def value(self, z):
        return z * z * z if self.alone and np.size(z) == 1 else z * z


class Odd(og.OutcomeModel):
    """A model that is equal to none."""

    def __eq__(self, other):
        return False

    __hash__ = og.OutcomeModel.__hash__


def lonely():
    Lonely.alone = False
    model = of_curve(Lonely())
    Lonely.alone = True
    return model


def odd():
    model = og.gallery.load("airline")
    return Odd(model.name, desired_outcomes=model.desired_outcomes, segments=model.segments, stages=model.stages)


def named_like_another():
    """A curve that took a name of ours after it was looked at."""
    broken = curve("late", squared)
    object.__setattr__(broken, "name", "smooth")
    return of_curve(broken)


MODELS = {
    "pickles": lambda: of_curve(curve("late", lambda z: z * z)),
    "equal": odd,
    "file": named_like_another,
    "one": lonely,
}


@pytest.mark.parametrize("rule", MODELS)
def test_broken_models(rule):
    with pytest.raises(CheckFailed) as failed:
        check_model(MODELS[rule](), n=30)
    assert rule in failed.value.rules
    assert f"\n  {rule}: " in str(failed.value)


# --- engines -----------------------------------------------------------------------------------------------------------


def with_desired(change):
    def engine(model, frame):
        return {"desired": change(og.Scorer(model).score(frame).desired)}

    return engine


ENGINES = {
    "pieces": lambda model, frame: {},
    "agrees": with_desired(lambda d: d * 0.99),
    "order": with_desired(lambda d: d * (1 + np.arange(len(d)) / 1e6)),
    "splitting": with_desired(lambda d: d - np.nanmean(d)),
    "nulls": with_desired(lambda d: np.nan_to_num(d) if np.isnan(d).mean() > 0.9 else d),
}


def with_low(change):
    def engine(model, frame):
        scores = og.Scorer(model).score(frame)
        return {"desired": scores.desired, "low": change(scores.low), "colour": ["red"] * len(scores)}

    return engine


@pytest.mark.parametrize(
    ("rule", "change"),
    [("order", lambda low: low * (1 - np.arange(len(low)) / 1e6)), ("splitting", lambda low: low - low.mean() / 1e6)],
    ids=["order", "splitting"],
)
def test_engines_are_held_to_all_that_they_say(rule, change):
    with pytest.raises(CheckFailed) as failed:
        check_engine(with_low(change), og.gallery.load("telco"))
    assert rule in failed.value.rules


def test_an_engine_that_says_more(capsys):
    assert check_engine(with_low(lambda low: low), og.gallery.load("telco")) == 5
    assert "not looked at: 'colour': no array that is compared" in capsys.readouterr().out


def test_which_model_an_engine_fails_on():
    with pytest.raises(CheckFailed, match=r"pieces: returns no 'desired' .model 'Commercial airline'."):
        check_engine(ENGINES["pieces"])


@pytest.mark.parametrize("rule", ENGINES)
def test_broken_engines(rule):
    with pytest.raises(CheckFailed) as failed:
        check_engine(ENGINES[rule], og.gallery.load("telco"))
    assert rule in failed.value.rules


def test_a_model_with_an_error():
    required = og.RequiredOutcome("required", needs=og.AllOf(Weakest(A, B), A))
    suits = og.AppropriateExperience("suits", expects=wish("w"))
    model = og.OutcomeModel("shared", desired_outcomes=[og.DesiredOutcome(required, suits)])
    with pytest.raises(CheckFailed) as failed:
        check_model(model)
    assert failed.value.rules == ("check",)
