"""load(dump(m)) == m, in every form: the models the library draws, and awkward ones."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import outcomegap as og
import outcomegap.files as files
from outcomegap.model.gate import gates_of
from outcomegap.testing import models
from tests.files.awkward import LATE, awkward_models
from tests.files.texts import MAIL

FORMATS = ["toml", "json", "yaml"]
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@given(model=models(), form=st.sampled_from(FORMATS))
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
def test_models_that_can_be_scored(model, form):
    assert files.loads(files.dumps(model, form), form) == model


@given(model=awkward_models(), form=st.sampled_from(FORMATS))
@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
def test_awkward_models(model, form):
    text = files.dumps(model, form)
    again = files.loads(text, form, curves={"late": LATE})
    assert again == model
    assert again.fingerprint == model.fingerprint
    # What equality does not look at is kept as well: the order of steps, and so of every table people read.
    assert [step.name for step in again.steps] == [step.name for step in model.steps]
    assert files.dumps(again, form) == text


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_as_people_write_it(form):
    model = files.loads(MAIL)
    assert files.loads(files.dumps(model, form), form) == model
    assert not [finding for finding in og.check(model) if finding.severity == "error"]


def ladder(rungs: int) -> og.OutcomeModel:
    """Return a model whose gates all have two parents: as a tree it would have 2 ** rungs gates."""
    a, b = (og.SuccessGap(name, og.Measure(name), floor=0, target=1) for name in "ab")
    left, right = og.AllOf(a, b), og.AnyOf(a, b)
    for _ in range(rungs):
        left, right = og.AllOf(left, right), og.AnyOf(left, right)
    api = og.Expectation("API", og.Measure("api"), floor=0, target=1)
    return og.OutcomeModel(
        "ladder",
        desired_outcomes=[
            og.DesiredOutcome(
                og.RequiredOutcome("r", needs=og.AllOf(left, right)), og.AppropriateExperience("e", expects=api)
            )
        ],
    )


@pytest.mark.parametrize("form", FORMATS)
def test_shared_gates_stay_shared(form):
    model = ladder(200)
    started = time.perf_counter()
    text = files.dumps(model, form)
    again = files.loads(text, form)
    assert time.perf_counter() - started < 10
    assert again == model
    assert len(gates_of(again.desired_outcomes[0].required.needs)) == 403
    # Twice the rungs is twice the text, and a little for longer names.
    assert len(files.dumps(ladder(400), form)) < 2.2 * len(text)
