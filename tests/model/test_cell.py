"""Segments, stages, goals and the cells they make."""

from __future__ import annotations

import pytest

from outcomegap.errors import ModelError
from outcomegap.model import Cell, OutcomeModel, Segment, Stage
from tests.model.make import desired, model_of, wish


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
