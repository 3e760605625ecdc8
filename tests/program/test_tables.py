"""The numbers of a model by cell, beside the programs that its cells share."""

from __future__ import annotations

import numpy as np
import pytest

from outcomegap.errors import ModelError
from outcomegap.model import AllOf, Mean, OutcomeModel, PerCell, column, per_cell
from outcomegap.model.check import Outline
from outcomegap.model.gate import steps_of
from outcomegap.program import NO_COLUMN, compile_model, floors_and_targets
from outcomegap.testing import random_model
from tests import reference
from tests.model.make import desired, gap, model_of, wish

CELLS = {"segments": ["a", "b"], "stages": ["x", "y"]}
NAN = np.nan


def test_floors_and_targets_by_cell():
    target = per_cell(5, {"b": 6, "*/y": 7, "b/y": 8})
    compiled = compile_model(model_of(AllOf(gap("list", target=target), gap("two", floor=3)), **CELLS))
    assert compiled.target.numbers.tolist() == [[5, 7, 6, 8], [1] * 4, [1] * 4]
    assert compiled.floor.numbers.tolist() == [[0] * 4, [3] * 4, [0] * 4]
    assert (compiled.target.columns == NO_COLUMN).all()
    assert not compiled.target.own.any()


def test_columns_that_customers_bring_along():
    needs = AllOf(gap("list", floor=column("from"), target=per_cell(1, {"b": column("to")})), gap("two"))
    compiled = compile_model(model_of(needs, segments=["a", "b"]))
    assert compiled.model.columns == ("from", "to")
    np.testing.assert_array_equal(compiled.floor.numbers, [[NAN, NAN], [0, 0], [0, 0]])
    assert compiled.floor.columns.tolist() == [[0, 0], [NO_COLUMN] * 2, [NO_COLUMN] * 2]
    np.testing.assert_array_equal(compiled.target.numbers, [[1, NAN], [1, 1], [1, 1]])
    assert compiled.target.columns.tolist() == [[NO_COLUMN, 1], [NO_COLUMN] * 2, [NO_COLUMN] * 2]
    assert compiled.floor.own.tolist() == [True, False, False]
    assert compiled.target.own.tolist() == [True, False, False]


def test_floors_and_targets_of_customers():
    needs = AllOf(gap("list", floor=column("from"), target=per_cell(1, {"b": column("to")})), gap("two"))
    compiled = compile_model(model_of(needs, segments=["a", "b"]))
    own, cells = [np.array([0.1, 0.2, NAN]), np.array([5.0, 6.0, 7.0])], np.array([0, 1, 1])
    np.testing.assert_array_equal(compiled.floor.at(0, cells, own), [0.1, 0.2, NAN])
    np.testing.assert_array_equal(compiled.target.at(0, cells, own), [1, 6, 7])
    np.testing.assert_array_equal(compiled.target.at(0, 1, own, slice(1, 3)), [6, 7])
    np.testing.assert_array_equal(compiled.target.at(0, cells[1:2], [own[0], None], np.array([1])), [NAN])
    assert compiled.target.at(1, 1, own) == 1


def test_the_same_of_an_outline():
    steps = [wish("reply", floor=column("from"), target=PerCell(None, (("a", 24.0),)))]
    floor, target = floors_and_targets(Outline("speed", steps, segments=["a", "b"]))
    np.testing.assert_array_equal(floor.at(0, np.array([0, 1]), [np.array([48.0, 36.0])]), [48, 36])
    np.testing.assert_array_equal(target.at(0, np.array([0, 1]), [None]), [24, NAN])
    assert target.lacking.tolist() == [[False, True]]
    assert floor.lacking.tolist() == [[False, False]]


def test_what_a_missing_step_counts_as():
    steps = (
        gap("one"),
        gap("two", missing=0.25),
        gap("three", missing="skip"),
        gap("four", missing=per_cell(0, {"b": 1})),
    )
    compiled = compile_model(model_of(AllOf(*steps), segments=["a", "b"]))
    (tables,) = compiled.tables
    assert tables.stand_in.tolist() == [[0.5, 0.5], [0.25, 0.25], [0.5, 0.5], [0, 1], [0.5, 0.5]]
    assert tables.skips.tolist() == [False, False, True, False, True]


def test_weights_and_thresholds_by_cell():
    expects = Mean(wish("x"), wish("y"), weights=(2, per_cell(1, {"b": 3})))
    outcome = desired(
        expects=expects,
        achieved_at=per_cell(0.5, {"b": 0.8}),
        appropriate_at=per_cell(0.6, {"*/y": 1}),
        min_coverage=per_cell(0, {"a/y": 0.25}),
    )
    compiled = compile_model(OutcomeModel("m", desired_outcomes=[outcome], **CELLS))
    (weights,) = compiled.tables[0].weights
    assert weights.tolist() == [[2, 2, 2, 2], [1, 1, 3, 3]]
    assert compiled.achieved_at.tolist() == [0.5, 0.5, 0.8, 0.8]
    assert compiled.appropriate_at.tolist() == [0.6, 1, 0.6, 1]
    assert compiled.min_coverage.tolist() == [0, 0.25, 0, 0]


def test_cells_of_one_outcome_share_a_program():
    one, other = desired(segments=["a"]), desired(AllOf(gap("list"), gap("two")), segments=["b"])
    compiled = compile_model(OutcomeModel("m", desired_outcomes=[one, other], **CELLS))
    assert compiled.program_of.tolist() == [0, 0, 1, 1]
    assert [program.outcome for program in compiled.programs] == [one, other]
    assert [program.steps for program in compiled.programs] == [(0, 1), (0, 2, 1)]
    assert compiled.applies.tolist() == [[True, True, False]] * 2 + [[True, True, True]] * 2
    assert compiled.sizes.tolist() == [[1, 1, 2, 2], [1, 1, 1, 1]]


def test_equal_outcomes_of_different_cells_that_differ_in_threshold_have_programs_of_their_own():
    one, other = desired(segments=["a"]), desired(segments=["b"], achieved_at=0.9)
    compiled = compile_model(OutcomeModel("m", desired_outcomes=[one, other], **CELLS))
    assert len(compiled.programs) == 2
    assert compiled.achieved_at.tolist() == [0.5, 0.5, 0.9, 0.9]


def test_each_goal_of_a_cell_has_its_program():
    rest = desired(AllOf(gap("list"), gap("two")), name="second", segments=["b"])
    model = OutcomeModel("m", desired_outcomes=[desired(), rest], segments=["a", "b"])
    compiled = compile_model(model)
    assert len(compiled.programs) == 2
    assert [str(cell) for cell in compiled.model.cells] == ["a/all/sales", "b/all/sales", "b/all/second"]
    assert compiled.program_of.tolist() == [0, 0, 1]


def test_measures_are_found_by_step():
    shared = gap("two", measure=gap("list").measure)
    compiled = compile_model(model_of(AllOf(gap("list"), shared), wish("API")))
    assert {step.name: number for step, number in compiled.measure_of.items()} == {"list": 0, "two": 0, "API": 1}


def test_the_steps_of_an_outcome_the_required_side_first():
    outcome = desired(gap("late", after=[gap("early")]))
    assert [step.name for step in steps_of(outcome.required.needs, outcome.experience.expects)] == [
        "early",
        "late",
        "API",
    ]


def test_a_model_with_errors_is_not_compiled():
    with pytest.raises(ModelError, match="model 'm' cannot be scored: 2 problems") as caught:
        compile_model(model_of(gap("list", target=per_cell(1, {"nobody": 2, "*/never": 2}))))
    assert [finding.rule for finding in caught.value.findings] == ["per-cell-key"] * 2
    # A warning stops nobody.
    assert compile_model(OutcomeModel("m", desired_outcomes=[desired(gap("stuck", bridgeable=False), promised=True)]))


@pytest.mark.parametrize("seed", range(40))
def test_every_number_of_every_cell(seed):
    """A plain look at each step in each cell that uses it."""
    from outcomegap.model import Column
    from outcomegap.model.declaration import at

    model = random_model(seed, max_steps=7, max_cells=9, columns=seed % 2 == 0)
    compiled = compile_model(model)
    for number, cell in enumerate(model.cells):
        program, tables = (part[compiled.program_of[number]] for part in (compiled.programs, compiled.tables))
        assert program.outcome == model.outcome(cell)
        for row, position in enumerate(program.steps):
            step = model.steps[position]
            for value, bounds in ((step.floor, compiled.floor), (step.target, compiled.target)):
                here = at(value, cell.segment, cell.stage)
                if isinstance(here, Column):
                    assert model.columns[bounds.columns[position, number]] == here.name
                    assert np.isnan(bounds.numbers[position, number])
                else:
                    assert bounds.columns[position, number] == NO_COLUMN
                    assert bounds.numbers[position, number] == here
            stand_in = 0.5 if step.missing == "skip" else at(step.missing, cell.segment, cell.stage)
            assert tables.stand_in[row, number] == stand_in
            assert tables.skips[row] == (step.missing == "skip")
        for mean, weights in zip(program.means, tables.weights, strict=True):
            assert weights[:, number].tolist() == [at(w, cell.segment, cell.stage) for w in mean.gate.weights]
        counted = {step for root in model.outcome(cell).roots.values() for step in reference.below(root, cell)}
        assert {step for step, applies in zip(model.steps, compiled.applies[number], strict=True) if applies} == counted
