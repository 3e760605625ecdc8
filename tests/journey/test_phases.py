"""The eight phases: whole, in order, in three languages, and open to the user's own events and windows."""

from __future__ import annotations

import pickle
import re
import tomllib
from importlib import resources

import attrs
import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap.churn.catalogue import PHASES
from outcomegap.errors import DataError, ModelError
from outcomegap.journey import first_hundred_days, phases
from tests.journey.errors import rules_of

EIGHT = phases()
SCRIPT = {"en": r"[A-Za-z]", "fa": r"[\u0600-\u06ff]", "he": r"[\u0590-\u05ff]"}


def test_there_are_eight_in_order():
    assert EIGHT.names == PHASES
    assert EIGHT.names == ("assess", "admit", "affirm", "activate", "acclimate", "accomplish", "adopt", "advocate")
    text = resources.files("outcomegap.journey").joinpath("data", "phases.toml").read_text(encoding="utf-8")
    assert tuple(tomllib.loads(text)["phases"]) == PHASES


@pytest.mark.parametrize("phase", EIGHT.items, ids=lambda phase: phase.id)
def test_every_phase_says_everything(phase):
    for text in (phase.feels, phase.act):
        assert len(text) > 30
        assert text == " ".join(text.split())
    assert re.fullmatch(r"[a-z_]+", *phase.evidence)
    assert phase.window_days is None or phase.window_days > 0
    assert phase.name == phase.label("en")


@pytest.mark.parametrize("language", SCRIPT)
def test_labels_are_unique_and_in_their_script(language):
    labels = [phase.label(language) for phase in EIGHT]
    assert len(set(labels)) == 8
    assert all(re.search(SCRIPT[language], label) for label in labels)


def test_admit_and_adopt_have_different_names_in_persian():
    assert EIGHT["admit"].label("fa") != EIGHT["adopt"].label("fa")


@pytest.mark.parametrize("language", SCRIPT)
def test_no_two_phases_share_a_word(language):
    words = [word for phase in EIGHT for word in set(phase.label(language).split())]
    assert len(set(words)) == len(words)


def test_the_default_windows_add_up_to_the_horizon():
    """Our own choice: from the yes until the first goal, then the customer should be adopting."""
    inside = EIGHT.names[EIGHT.names.index("admit") : EIGHT.names.index("adopt")]
    assert sum(EIGHT[name].window_days for name in inside) == EIGHT.horizon_days == 100
    assert EIGHT.clock_starts == "admit"
    assert EIGHT["advocate"].window_days is None


def test_what_proves():
    assert [EIGHT[name].id for name in PHASES] == list(PHASES)
    assert phases(evidence={"admit": "paid"})["admit"].evidence == ("paid",)
    assert phases(evidence={"admit": ["signed", "paid"]})["admit"].evidence == ("signed", "paid")


def test_events_windows_and_clock_are_the_user_s_to_change():
    own = phases(
        evidence={"admit": "first_payment"},
        window_days={"acclimate": 60, "adopt": None},
        clock_starts="activate",
        horizon_days=90,
    )
    assert own["admit"].evidence == ("first_payment",)
    assert (own["acclimate"].window_days, own["adopt"].window_days) == (60.0, None)
    assert (own.clock_starts, own.horizon_days) == ("activate", 90.0)
    assert own["affirm"] == EIGHT["affirm"]
    assert phases() == EIGHT  # the defaults are left as they are


def test_two_events_may_change_places():
    swapped = {"adopt": EIGHT["advocate"].evidence, "advocate": EIGHT["adopt"].evidence}
    assert phases(evidence=swapped)["adopt"].evidence == ("referral_made",)


def test_frozen_equal_and_picklable():
    assert pickle.loads(pickle.dumps(EIGHT)) == EIGHT
    assert hash(phases()) == hash(EIGHT)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        EIGHT.horizon_days = 3


def test_all_bad_arguments_are_named_at_once():
    with pytest.raises(ModelError) as caught:
        phases(evidence={"x": "y"}, window_days={"admit": -1}, clock_starts="z", horizon_days=0)
    assert len(caught.value.findings) == 4


def test_unknown_names():
    with pytest.raises(ModelError, match=r"no phase 'adapt' \(did you mean 'adopt'"):
        EIGHT["adapt"]
    with pytest.raises(ModelError, match="no phase '3'"):
        EIGHT["3"]
    with pytest.raises(ModelError, match="no label in 'xx'"):
        EIGHT["admit"].label("xx")


# As stages of a model

SEEN = pd.DataFrame(
    {
        "customer": ["A", "B", "C", "B", "D"],
        "event": ["contract_signed", "contract_signed", "login", "welcome_call_held", "referral_made"],
        "time": ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"],
    }
)
NOW = first_hundred_days(SEEN, as_of="2026-02-01").to_frame().assign(calls=[2, 2, 2, 2], reply_hours=24)


def of_stages(stages):
    calls = og.SuccessGap(
        "calls made", og.Measure("calls"), floor=0, target=og.per_cell(8, {"*/admit": 2, "*/affirm": 4})
    )
    reply = og.Expectation("support replies", og.Measure("reply_hours"), floor=48, target=24)
    sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    return og.OutcomeModel("phone", stages=stages, desired_outcomes=[og.DesiredOutcome(sales, suits)])


def test_phases_are_stages_of_a_model():
    stages = phases(evidence={"admit": "paid"}).stages
    assert tuple(stage.name for stage in stages) == PHASES
    assert [stage.description for stage in stages] == [phase.feels for phase in EIGHT]
    model = of_stages(stages)
    assert og.loads(og.dumps(model)) == model
    assert model == of_stages(EIGHT.stages)


def test_customers_are_scored_in_their_phase_and_those_in_none_are_set_aside_or_have_a_stage_of_their_own():
    scorer = og.Scorer(of_stages(EIGHT.stages))
    with pytest.raises(DataError, match="missing-stage"):
        scorer.score(NOW, id="customer", stage="phase")
    scores = scorer.score(NOW, id="customer", stage="phase", on_bad="set_aside")
    assert np.array_equal(scores.desired, [1, 0.5, np.nan, 0.25], equal_nan=True)
    assert [problem.rule for problem in scores.problems] == ["missing-stage"]
    named = NOW.assign(phase=NOW["phase"].fillna("none yet"))
    every = og.Scorer(of_stages(["none yet", *EIGHT.stages])).score(named, id="customer", stage="phase")
    assert every.desired.tolist() == [1, 0.5, 0.25, 0.25]


@pytest.mark.parametrize(("arguments", "rule"), [
    ({"evidence": {"admitt": "x"}}, "unknown-key"), ({"evidence": {"admit": " "}}, "list"), ({"evidence": {"admit": []}}, "list"),
    ({"evidence": {"admit": "trial_started"}}, "duplicate-event"), ({"window_days": {"accept": 3}}, "unknown-key"),
    ({"window_days": {"admit": 0}}, "number"), ({"window_days": {"admit": float("nan")}}, "number"),
    ({"window_days": {"admit": float("inf")}}, "number"), ({"clock_starts": "yes"}, "unknown-value"), ({"horizon_days": -1}, "number"),
])  # fmt: skip
def test_bad_arguments(arguments, rule):
    assert rules_of(lambda: phases(**arguments)) == [rule]
