"""What cannot be written is refused, with its reason; what is default is left out."""

from __future__ import annotations

import pytest

import outcomegap as og
import outcomegap.files as files
from outcomegap.errors import ModelError
from outcomegap.files.model_file import write_model
from outcomegap.model.step import Step
from tests.files.texts import MAIL


def model_of(*steps: Step, **more: object) -> og.OutcomeModel:
    api = og.Expectation("API", og.Measure("api"), floor=0, target=1)
    required = og.RequiredOutcome("r", needs=og.AllOf(*steps))
    return og.OutcomeModel(
        "m", desired_outcomes=[og.DesiredOutcome(required, og.AppropriateExperience("e", expects=api))], **more
    )


def gap(name: str, measure: og.Measure | None = None, **more: object) -> og.SuccessGap:
    return og.SuccessGap(name, measure or og.Measure("m"), **{"floor": 0, "target": 1, **more})


def test_only_what_differs_from_the_defaults():
    assert write_model(model_of(gap("a"))) == {
        "schema_version": 1,
        "name": "m",
        "measures": {"m": {}, "api": {}},
        "gaps": {"a": {"measure": "m", "floor": 0, "target": 1}},
        "expectations": {"API": {"measure": "api", "floor": 0, "target": 1}},
        "desired_outcomes": [{"required": {"name": "r", "all_of": ["a"]}, "experience": {"name": "e", "of": "API"}}],
    }


def test_the_order_of_a_file():
    assert list(write_model(files.loads(MAIL))) == [
        "schema_version",
        "name",
        "segments",
        "stages",
        "measures",
        "functions",
        "gaps",
        "expectations",
        "desired_outcomes",
    ]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (model_of(gap("a"), gap("a", target=2)), "are called 'a'"),
        (model_of(gap("API")), "are called 'API'"),
        (model_of(gap("a"), gap("b", og.Measure("m", low=0))), "two measures are called 'm'"),
        (
            model_of(gap("a", curve=og.curve("own", lambda z: z**2)), gap("b", curve=og.curve("own", lambda z: z**3))),
            "two curves are called 'own'",
        ),
        (model_of(gap("a", target=og.per_cell(1, {"startup": 2}))), "no segment 'startup'"),
        (model_of(gap("a"), segments=["x", "x"]), "two segments are called 'x'"),
    ],
)
def test_refused(model, said):
    for form in ("toml", "json", "yaml"):
        with pytest.raises(ModelError) as caught:
            files.dumps(model, form)
        assert said in str(caught.value)
        assert "cannot be written" in str(caught.value)


def test_all_refusals_at_once():
    model = model_of(gap("a"), gap("a", target=2), gap("b", og.Measure("m", low=0)))
    with pytest.raises(ModelError) as caught:
        files.dumps(model)
    assert len(caught.value.findings) == 2


def test_a_step_of_a_class_of_your_own():
    class Wish(og.SuccessGap):
        pass

    with pytest.raises(ModelError, match="cannot be written"):
        files.dumps(model_of(Wish("a", og.Measure("m"), floor=0, target=1)))


def test_a_curve_of_ones_own_below_what_observes():
    late = og.curve("late", lambda z: z**3)
    below = og.SuccessGap("below", og.Measure("below"), floor=0, target=1, curve=late)
    seen = og.SuccessGap("seen", og.Measure("seen"), floor=0, target=1, after=[below])
    wish = og.AppropriateExperience("e", expects=og.Expectation("w", og.Measure("w"), floor=0, target=1))
    needs = og.RequiredOutcome("r", needs=gap("a"), measured_by=seen)
    model = og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(needs, wish)])
    assert files.loads(files.dumps(model), curves={"late": late}) == model
