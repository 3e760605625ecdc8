"""Steps: kinds, defaults, equality by value."""

from __future__ import annotations

import pickle

import attrs
import pytest

from outcomegap.model import (
    Expectation,
    Linear,
    Measure,
    ProductFunction,
    SuccessGap,
    column,
    curve,
    per_cell,
)
from outcomegap.model.declaration import Choice, Flag, Name, Number, Text, declared
from outcomegap.model.identity import digest
from outcomegap.model.step import AFTER, CURVE, MEASURE, STEP_KINDS
from tests.model.make import function, gap, wish


def late(z):
    return z**3


def test_sides_and_defaults():
    assert [kind.side for kind in (ProductFunction, SuccessGap, Expectation)] == ["required", "required", "experience"]
    assert [step.missing for step in (function("f"), gap("g"), wish("w"))] == [0.5, 0.5, "skip"]
    assert gap("g").curve == Linear()
    assert (gap("g").bridgeable, gap("g").status, gap("g").after, gap("g").owner) == (True, "open", (), None)
    assert [step.where for step in (function("f"), gap("g"), wish("w"))] == ["functions.f", "gaps.g", "expectations.w"]


CHANGES = {
    "kind": lambda: function("a"),
    "name": lambda: gap("b", measure=Measure("a")),
    "measure": lambda: gap("a", measure=Measure("b")),
    "unit": lambda: gap("a", measure=Measure("a", unit="h")),
    "limit": lambda: gap("a", measure=Measure("a", low=0)),
    "measure text": lambda: gap("a", measure=Measure("a", description="x")),
    "floor": lambda: gap("a", floor=0.5),
    "own floor": lambda: gap("a", floor=column("x")),
    "target": lambda: gap("a", target=per_cell(1, {"s": 2})),
    "turned": lambda: gap("a", floor=1, target=0),
    "curve": lambda: gap("a", curve="smooth"),
    "knots": lambda: gap("a", curve=[(0, 0), (1, 1)]),
    "own curve": lambda: gap("a", curve=curve("late", late)),
    "missing": lambda: gap("a", missing=0),
    "skip": lambda: gap("a", missing="skip"),
    "after": lambda: gap("a", after=[gap("b")]),
    "after another": lambda: gap("a", after=[gap("b", target=2)]),
    "owner": lambda: gap("a", owner="vendor"),
    "remedy": lambda: gap("a", remedy="guide"),
    "description": lambda: gap("a", description="x"),
    "bridgeable": lambda: gap("a", bridgeable=False),
    "status": lambda: gap("a", status="closed"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_step_that_differs_anywhere_is_another(change):
    one, other = gap("a"), CHANGES[change]()
    assert one != other
    assert other == CHANGES[change]()
    assert hash(other) == hash(CHANGES[change]())
    assert digest(one) != digest(other)
    assert pickle.loads(pickle.dumps(other)) == other


def test_every_change_makes_a_step_of_its_own():
    made = [gap("a"), *(change() for change in CHANGES.values())]
    assert len(set(made)) == len(made)


def another(field):
    """Return a value that a field of gap("a") does not have."""
    by_kind = {
        Name: "another",
        Text: "text",
        Flag: False,
        Choice: next(iter(getattr(field.kind, "options", [None]))),
        Number: 0.25,
        MEASURE: Measure("another"),
        CURVE: "smooth",
        AFTER: [gap("b")],
    }
    return by_kind[field.kind if field.kind in by_kind else type(field.kind)]


@pytest.mark.parametrize("kind", STEP_KINDS)
def test_every_field_counts_for_equality(kind):
    fields = {"name": "a", "measure": Measure("a"), "floor": 0, "target": 1}
    fields |= {"status": "closed"} if kind is SuccessGap else {}
    for name, field in declared(kind).items():
        value = another(field) if kind is not Expectation or name != "after" else [wish("b")]
        step, other = kind(**fields), kind(**{**fields, name: value})
        assert step != other, name
        assert pickle.loads(pickle.dumps(other)) == other


def test_a_whole_number_and_a_float_are_one():
    assert gap("a", floor=0, target=2) == gap("a", floor=0.0, target=2.0)


def test_the_order_of_after_does_not_matter():
    b, c = gap("b"), gap("c")
    assert gap("a", after=[b, c]) == gap("a", after=[c, b])
    assert gap("a", after=[b, c]) != gap("a", after=[b])


def test_after_takes_any_iterable():
    assert gap("a", after=(step for step in (gap("b"), gap("c")))) == gap("a", after=[gap("b"), gap("c")])


def test_a_step_never_changes():
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        gap("a").floor = 3


def test_a_step_is_not_a_gate_nor_anything_else():
    assert gap("a") != "a"
    assert gap("a") != 5


def test_what_people_see():
    assert repr(gap("list built", measure=Measure("list_size"))) == "SuccessGap('list built', measure='list_size')"


def test_floor_and_target_may_be_equal_where_a_cell_says_otherwise():
    # Only the cells tell; outcomegap.check looks at them.
    assert gap("a", floor=1, target=per_cell(1, {"s": 2})).floor == 1.0
