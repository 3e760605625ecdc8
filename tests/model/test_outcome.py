"""Desired outcomes and the model around them."""

from __future__ import annotations

import pickle

import attrs
import pytest

from outcomegap.model import AllOf, Mean, Measure, OutcomeModel, PerCell, column, per_cell
from tests.model.make import desired, function, gap, model_of, wish


def test_its_name_is_the_required_outcomes_unless_it_has_its_own():
    assert desired(what="sales").name == "sales"
    assert desired(what="sales", name="sell").name == "sell"


def test_thresholds_are_half_unless_said():
    assert (desired().achieved_at, desired().appropriate_at, desired().min_coverage) == (0.5, 0.5, 0.5)
    outcome = desired(achieved_at=1, appropriate_at=per_cell(0.5, {"a": 5e-324}), min_coverage=0)
    assert (outcome.achieved_at, outcome.min_coverage) == (1.0, 0.0)
    assert isinstance(outcome.appropriate_at, PerCell)


def test_a_single_step_may_be_a_whole_side():
    model = model_of(gap("list"), wish("API"))
    assert [step.name for step in model.steps] == ["list", "API"]


def test_steps_come_side_by_side_with_what_they_build_on_each_once():
    first = function("first")
    second, shared = gap("second", after=[first]), wish("shared")
    one = desired(AllOf(second, gap("third")), shared, segments=["a"])
    other = desired(AllOf(gap("third"), gap("fourth")), Mean(shared, wish("last")), segments=["b"])
    model = OutcomeModel("m", desired_outcomes=[one, other], segments=["a", "b"])
    assert [step.name for step in model.steps] == ["first", "second", "third", "shared", "fourth", "last"]


def test_measures_are_distinct_and_in_order_observed_ones_last():
    both, seen = Measure("hours", unit="h"), gap("seen", measure=Measure("sold"))
    needs = AllOf(gap("a", measure=both), gap("b"))
    outcome = desired(needs, wish("w", measure=Measure("hours", unit="h")), measured_by=seen)
    model = OutcomeModel("m", desired_outcomes=[outcome])
    assert [measure.name for measure in model.measures] == ["hours", "b", "sold"]
    assert model.observed_by == (seen,)
    assert seen not in model.steps


def test_columns_that_floors_and_targets_are_taken_from():
    needs = gap("a", floor=column("own floor"), target=per_cell(column("own"), {"s": column("sla"), "t": 3}))
    seen = gap("seen", target=column("goal"))
    expects = wish("w", floor=1, target=column("own"))
    model = OutcomeModel("m", desired_outcomes=[desired(needs, expects, measured_by=seen)])
    assert model.columns == ("own floor", "own", "sla", "goal")


def test_models_are_equal_by_value_hashable_picklable_and_frozen():
    one, two = (
        model_of(AllOf(gap("a"), gap("b", after=[function("f")])), segments=["s"], stages=["t"]) for _ in range(2)
    )
    assert one == two
    assert hash(one) == hash(two)
    assert one.fingerprint == two.fingerprint
    copy = pickle.loads(pickle.dumps(one))
    assert copy == one
    assert copy.fingerprint == one.fingerprint
    assert copy.cells == one.cells
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        one.name = "other"


CHANGES = {
    "name": {"name": "other"},
    "segments": {"segments": ["b", "a"]},
    "ideal": {"segments": [*model_of(segments=["a"]).segments, "c"]},
    "stages": {"stages": ["x", "y"]},
    "description": {"description": "for readers"},
    "outcomes": {"desired_outcomes": [desired(gap("list", target=2))]},
    "threshold": {"desired_outcomes": [desired(achieved_at=0.6)]},
    "promise": {"desired_outcomes": [desired(promised=True)]},
    "observed": {"desired_outcomes": [desired(measured_by=gap("seen"))]},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_model_that_differs_anywhere_is_another(change):
    whole = {"name": "m", "desired_outcomes": [desired()], "segments": ["a", "b"]}
    one, other = OutcomeModel(**whole), OutcomeModel(**whole | CHANGES[change])
    assert one != other
    assert one.fingerprint != other.fingerprint


def test_what_people_see():
    assert repr(model_of(segments=["a", "b"])) == "<OutcomeModel 'm': 2 steps, 2 cells>"
    assert repr(desired(segments=["a"])) == "DesiredOutcome('sales', segments=('a',), stages=None)"
    assert repr(desired().required) == "RequiredOutcome('sales')"
    assert repr(desired().experience) == "AppropriateExperience('how')"
