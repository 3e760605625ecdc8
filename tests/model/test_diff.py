"""What differs between two models: step by step, field by field, and nothing exactly where they are equal."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from outcomegap.model import (
    AllOf,
    AnyOf,
    Inputs,
    Mean,
    Measure,
    OutcomeModel,
    Segment,
    column,
    diff,
    per_cell,
)
from outcomegap.testing import models
from tests.model.make import desired, gap, model_of, wish


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
    found = [str(difference) for difference in diff(one, other)]
    # A step that differs makes the part it stands in differ as well.
    parts = ("desired_outcomes.0.required:", "desired_outcomes.0.experience:")
    assert [line for line in found if not line.startswith(parts)] == [text]


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
