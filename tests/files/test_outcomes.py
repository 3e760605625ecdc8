"""Desired outcomes: their two parts, cells, thresholds."""

from __future__ import annotations

import pytest

import outcomegap.files as files
from outcomegap.files.model_file import read_model
from tests.files.texts import MAIL, changed, data, rules

WHERE = "desired_outcomes[0]"


@pytest.mark.parametrize("raw", [None, [], {}, "x"])
def test_at_least_one_is_needed(raw):
    whole = data()
    whole["desired_outcomes"] = raw
    found = [f for f in read_model(whole)[1] if f.where == "desired_outcomes"]
    assert found[0].rule == "desired-outcomes"


@pytest.mark.parametrize(
    ("old", "new", "where", "rule"),
    [
        ('name = "sales from e-mail"', "", "required.name", "missing-key"),
        ('name = "sales from e-mail"', 'name = ""', "required.name", "name"),
        ('name = "how they want to get there"', "name = 5", "experience.name", "type"),
        ("promised = true", 'promised = "yes"', "required.promised", "type"),
        ("promised = true", "promissed = true", "required.promissed", "unknown-key"),
        ("promised = true", 'measured_by = "list bilt"', "required.measured_by", "unknown-name"),
        ("promised = true", "measured_by = 5", "required.measured_by", "type"),
        ("promised = true", "description = 5", "required.description", "type"),
        ("achieved_at = {", 'segments = "startup"\nachieved_at = {', "segments", "list"),
        ("achieved_at = {", "segments = []\nachieved_at = {", "segments", "list"),
        ("achieved_at = {", 'segments = ["startupp"]\nachieved_at = {', "segments[0]", "unknown-segment"),
        ("achieved_at = {", 'stages = ["scale"]\nachieved_at = {', "stages[0]", "unknown-stage"),
        ("achieved_at = {", 'stages = ["scaling", "scaling"]\nachieved_at = {', "stages", "repeated"),
        ("achieved_at = {", "achieved = {", "achieved", "unknown-key"),
        ("achieved_at = {", 'name = "x "\nachieved_at = {', "name", "name"),
    ],
)
def test_one_mistake(old, new, where, rule):
    assert rules(changed(old, new)) == {f"{WHERE}.{where}": rule}


@pytest.mark.parametrize("part", ["required", "experience"])
def test_both_parts_are_needed(part):
    whole = data()
    del whole["desired_outcomes"][0][part]
    assert ("missing-key", f"{WHERE}.{part}") in {(f.rule, f.where) for f in read_model(whole)[1]}
    whole["desired_outcomes"][0][part] = "sales"
    assert ("type", f"{WHERE}.{part}") in {(f.rule, f.where) for f in read_model(whole)[1]}
    whole["desired_outcomes"][0] = 5
    assert ("type", WHERE) in {(f.rule, f.where) for f in read_model(whole)[1]}


def test_observed_by_a_step_that_stands_nowhere_else():
    text = changed("promised = true", 'measured_by = "sales made"').replace(
        "[expectations.", '[gaps."sales made"]\nmeasure = "list_size"\nfloor = 0\ntarget = 9\n[expectations.', 1
    )
    model = files.loads(text)
    assert [step.name for step in model.observed_by] == ["sales made"]
    assert "sales made" not in {step.name for step in model.steps}
    assert files.loads(files.dumps(model)) == model


def test_several_desired_outcomes():
    text = changed("[[desired_outcomes]]", '[[desired_outcomes]]\nsegments = ["startup"]')
    text += """
    [[desired_outcomes]]
    name = "grow"
    segments = ["enterprise"]
    stages = ["scaling"]
    min_coverage = 0.25
    required = { name = "sales", of = "list built" }
    experience = { name = "how", of = "formal training" }
    """
    model = files.loads(text)
    assert [o.name for o in model.desired_outcomes] == ["sales from e-mail", "grow"]
    assert model.desired_outcomes[1].segments == ("enterprise",)
    assert files.loads(files.dumps(model)) == model


def test_the_short_way_with_inline_tables():
    start = MAIL.index("[[desired_outcomes]]")
    short = """
    [[desired_outcomes]]
    achieved_at = { default = 0.5, "*/scaling" = 0.75 }
    required = { name = "sales from e-mail", promised = true, all_of = ["e-mails delivered", "list built", { any_of = ["copy persuades", "offer is irresistible"] }] }
    experience = { name = "how they want to get there", mean = { "support replies" = 2, "formal training" = 1 } }
    """
    assert files.loads(MAIL[:start] + short) == files.loads(MAIL)
