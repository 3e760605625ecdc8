"""Segments, stages and goals, the cells they make, desired outcomes, and what differs between two models."""

from __future__ import annotations

import pickle

import attrs
import pytest
from hypothesis import HealthCheck, given, settings

from outcomegap.errors import ModelError
from outcomegap.model import (
    AllOf,
    AnyOf,
    Cell,
    Inputs,
    Mean,
    Measure,
    OutcomeModel,
    PerCell,
    Segment,
    Stage,
    column,
    diff,
    per_cell,
)
from outcomegap.testing import models
from tests.model.make import desired, function, gap, model_of, wish


def cells(*outcomes, **fields):
    return [str(cell) for cell in OutcomeModel("m", desired_outcomes=outcomes, **fields).cells]


def test_names_become_objects():
    model = model_of(segments=["a", Segment("b", ideal=False)], stages=("x", Stage("y")))
    assert model.segments == (Segment("a"), Segment("b", ideal=False))
    assert model.stages == (Stage("x"), Stage("y"))


def test_what_is_left_out():
    assert Segment("a") == Segment("a", ideal=True, description="")
    assert Stage("x") == Stage("x", description="")
    assert Cell("a", "x").goal is None


def test_none_declared_is_one_implicit_one():
    assert cells(desired()) == ["all/all"]
    assert cells(desired(), segments=["a", "b"]) == ["a/all", "b/all"]
    assert cells(desired(), stages=["x", "y"]) == ["all/x", "all/y"]


def test_cells_come_segment_by_segment_then_stage_by_stage():
    assert cells(desired(), segments=["b", "a"], stages=["y", "x"]) == ["b/y", "b/x", "a/y", "a/x"]


def test_a_cell_has_the_outcome_that_covers_it():
    one, other = desired(segments=["a"]), desired(expects=wish("w"), segments=["b"], stages=["x"])
    model = OutcomeModel("m", desired_outcomes=[one, other], segments=["a", "b"], stages=["x", "y"])
    assert {str(cell): model.outcome(cell) for cell in model.cells} == {"a/x": one, "a/y": one, "b/x": other}
    assert model.goals == ()


def test_segments_and_stages_may_be_given_as_objects():
    outcome = desired(segments=[Segment("a")], stages=[Stage("x")])
    assert (outcome.segments, outcome.stages) == (("a",), ("x",))
    assert outcome.covers("a", "x")
    assert not outcome.covers("b", "x")
    assert not outcome.covers("a", "y")
    assert desired().covers("anything", "at all")


def test_two_outcomes_in_one_cell_make_goals_everywhere():
    outcomes = desired(name="sell"), desired(name="learn", segments=["a"])
    model = OutcomeModel("m", desired_outcomes=outcomes, segments=["a", "b"])
    assert model.goals == ("sell", "learn")
    assert model.cells == (Cell("a", "all", "sell"), Cell("a", "all", "learn"), Cell("b", "all", "sell"))
    assert model.outcome(Cell("b", "all", "sell")) is outcomes[0]
    assert str(Cell("a", "x", "sell")) == "a/x/sell"


def test_two_outcomes_of_one_name_are_no_goals():
    model = OutcomeModel("m", desired_outcomes=[desired(), desired(expects=wish("w"))])
    assert model.goals == ()
    assert len(model.cells) == 1


GOALS = OutcomeModel(
    "m",
    desired_outcomes=[desired(name="sell"), desired(name="learn", segments=["a"])],
    segments=["a", "b"],
    stages=["x", "y"],
)


def test_the_one_cell_that_names_fit():
    assert GOALS.cell("b", "x") == Cell("b", "x", "sell")
    assert GOALS.cell("a", "y", "learn") == Cell("a", "y", "learn")
    assert model_of().cell() == Cell("all", "all")
    assert model_of(segments=["a"]).cell() == Cell("a", "all")


@pytest.mark.parametrize(
    ("names", "trouble"),
    [
        (("c", "x"), "segment='c', stage='x': fit no cell; choose one of a/x/sell, a/x/learn, a/y/sell, a/y/learn, b"),
        (("b", "z"), "segment='b', stage='z': fit no cell"),
        (("b", "x", "learn"), "segment='b', stage='x', goal='learn': fit no cell"),
        (("a", "x"), "segment='a', stage='x': fit more than one cell; choose one of a/x/sell, a/x/learn"),
        ((None, "y"), "stage='y': fit more than one cell; choose one of a/y/sell, a/y/learn, b/y/sell"),
        ((), "no name: fit more than one cell"),
    ],
)
def test_names_that_fit_no_cell_or_several(names, trouble):
    with pytest.raises(ModelError) as caught:
        GOALS.cell(*names)
    assert str(caught.value).startswith(f"model 'm': {trouble}")
    assert caught.value.findings[0].rule == "cell"


def test_all_cells_that_names_fit():
    assert [str(cell) for cell in GOALS.find_cells(segment="a", goal="learn")] == ["a/x/learn", "a/y/learn"]
    assert GOALS.find_cells("nobody") == ()
    assert GOALS.find_cells() == GOALS.cells


def test_a_message_lists_a_dozen_cells_at_most():
    model = model_of(segments=[f"s{i}" for i in range(40)])
    with pytest.raises(ModelError, match=r"s11/all$"):
        model.cell()


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


def of(*outcomes, **fields):
    return OutcomeModel("m", desired_outcomes=outcomes, **fields)


CASES = {
    "gaps.list.target: 1.0 -> 2.0": (model_of(gap("list")), model_of(gap("list", target=2))),
    "gaps.list.floor: 0.0 -> Column(name='own')": (model_of(gap("list")), model_of(gap("list", floor=column("own")))),
    "gaps.list.owner: added 'vendor'": (model_of(gap("list")), model_of(gap("list", owner="vendor"))),
    "gaps.list.owner: removed 'vendor'": (model_of(gap("list", owner="vendor")), model_of(gap("list"))),
    "gaps.list.status: 'open' -> 'closed'": (model_of(), model_of(gap("list", status="closed"))),
    "gaps.list.bridgeable: True -> False": (model_of(), model_of(gap("list", bridgeable=False))),
    "gaps.list.missing: 0.5 -> 'skip'": (model_of(), model_of(gap("list", missing="skip"))),
    "measures.list.low: added 0.0": (model_of(), model_of(gap("list", measure=Measure("list", low=0)))),
    "measures.list.unit: 'h' -> 'd'": (
        model_of(gap("list", measure=Measure("list", unit="h"))),
        model_of(gap("list", measure=Measure("list", unit="d"))),
    ),
    "name: 'm' -> 'n'": (of(desired()), OutcomeModel("n", desired_outcomes=[desired()])),
    "description: added 'why'": (of(desired()), of(desired(), description="why")),
    "segments.b: added Segment(name='b', ideal=True, description='')": (
        model_of(segments=["a"]),
        model_of(segments=["a", "b"]),
    ),
    "segments.a: Segment(name='a', ideal=True, description='') -> Segment(name='a', ideal=False, description='')": (
        model_of(segments=["a"]),
        model_of(segments=[Segment("a", ideal=False)]),
    ),
    "desired_outcomes.0.achieved_at: 0.5 -> 0.9": (of(desired()), of(desired(achieved_at=0.9))),
    "desired_outcomes.0.segments: added ('a',)": (
        of(desired(), segments=["a"]),
        of(desired(segments=["a"]), segments=["a"]),
    ),
}


@pytest.mark.parametrize("text", CASES)
def test_one_difference(text):
    one, other = CASES[text]
    assert [str(difference) for difference in diff(one, other)] == [text]


def test_a_step_that_came():
    found = {
        d.where: (d.before, d.after)
        for d in diff(model_of(gap("a")), model_of(AllOf(gap("a"), gap("b", after=[gap("a")]))))
    }
    assert found["gaps.b.target"] == (None, 1.0)
    assert found["gaps.b.after"] == (None, ("a",))
    assert found["gaps.b.measure"] == (None, "b")
    assert "gaps.a.target" not in found


def test_named_gates_are_told_apart():
    one, other = (model_of(AllOf(gap("a"), AnyOf(*map(gap, names), name="way"))) for names in ("bc", "bd"))
    found = {d.where: d for d in diff(one, other)}
    assert found["desired_outcomes.0.required.way"].before == AnyOf(gap("b"), gap("c"))
    one, other = (model_of(expects=Mean(*map(wish, names), name="mix")) for names in ("bc", "bd"))
    found = {d.where: d for d in diff(one, other)}
    assert found["desired_outcomes.0.experience.mix"].after == Mean(wish("b"), wish("d"))


def test_what_stands_around_a_step_is_told_only_where_it_differs_itself():
    def model(target, weight):
        way = Mean(gap("a", target=target), AnyOf(gap("b"), gap("c"), name="any"), weights=(weight, 1), name="way")
        return model_of(AllOf(way, gap("d")))

    assert [d.where for d in diff(model(1, 1), model(2, 1))] == ["gaps.a.target"]
    weight = "desired_outcomes.0.required.way.weights.a"
    assert [str(d) for d in diff(model(1, 1), model(1, 2))] == [f"{weight}: 1.0 -> 2.0"]
    assert [d.where for d in diff(model(1, 1), model(2, 2))] == ["gaps.a.target", weight]


def test_a_weight_is_told_by_gate_and_child():
    def model(inner=None, outer=None, name=None):
        ways = AnyOf(AllOf(gap("a"), gap("b"), weights=inner, name=name), AllOf(gap("a"), gap("c")), weights=outer)
        return model_of(AllOf(ways, gap("d")))

    where = "desired_outcomes.0.required"
    assert [str(d) for d in diff(model(), model((1, 0.2)))] == [f"{where}.AllOf('a', 'b').weights.b: 1.0 -> 0.2"]
    found = diff(model((1, 0.5), name="way"), model((per_cell(1, {"all": 0}), 0.2), name="way"))
    assert {d.where: d.after for d in found} == {
        f"{where}.way.weights.a": per_cell(1.0, {"all": 0.0}),
        f"{where}.way.weights.b": 0.2,
    }
    (found,) = diff(model(), model(outer=(1, 0.5)))
    assert (found.before, found.after, found.where[-24:]) == (1.0, 0.5, ".weights.AllOf('a', 'c')")
    one, other = (model_of(AllOf(gap("a"), gap("b"), weights=(1, w))) for w in (1, 0.5))
    assert [str(d) for d in diff(one, other)] == [f"{where}.weights.b: 1.0 -> 0.5"]
    # Gates that differ in weights only are numbered; where one of two is gone, the model differs as a whole.
    a, b = gap("a"), gap("b")
    same, apart = (AnyOf(AllOf(a, b), Mean(AllOf(a, b, weights=(1, w)), gap("c"))) for w in (1, 0.5))
    assert [d.where for d in diff(model_of(same), model_of(apart))] == ["model"]


def test_the_order_of_stages_and_of_outcomes_counts():
    assert [d.where for d in diff(model_of(stages=["x", "y"]), model_of(stages=["y", "x"]))] == ["stages"]
    a, b = desired(segments=["a"]), desired(expects=wish("w"), segments=["b"])
    assert diff(of(a, b, segments=["a", "b"]), of(b, a, segments=["a", "b"]))


def test_what_differs_in_order_alone_is_still_a_difference():
    found = diff(model_of(segments=["a", "b"]), model_of(segments=["b", "a"]))
    assert [difference.where for difference in found] == ["model"]


def test_inputs_count():
    assert [d.where for d in diff(model_of(), model_of(inputs=Inputs(id="Kunde")))] == ["inputs"]


def test_equal_models_do_not_differ_whatever_the_order_and_names_of_gates():
    one = model_of(AllOf(gap("a"), AnyOf(gap("b"), gap("c"), name="way")), Mean(wish("x"), wish("y"), weights=(2, 1)))
    other = model_of(AllOf(AnyOf(gap("c"), gap("b")), gap("a")), Mean(wish("y"), wish("x"), weights=(1, 2)))
    assert one == other
    assert diff(one, other) == ()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models(max_steps=5), models(max_steps=5))
def test_empty_exactly_where_models_are_equal(one, other):
    assert (diff(one, other) == ()) == (one == other)
    assert diff(one, one) == ()
    there, back = diff(one, other), diff(other, one)
    assert {(d.where, d.before, d.after) for d in there} == {(d.where, d.after, d.before) for d in back}


def test_per_cell_values_are_shown_whole():
    (difference,) = (
        d
        for d in diff(model_of(), model_of(gap("list", target=per_cell(1, {"a": 2}))))
        if d.where == "gaps.list.target"
    )
    assert difference.after == per_cell(1, {"a": 2})
