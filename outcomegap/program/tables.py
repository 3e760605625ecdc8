"""The numbers of a model, cell by cell, beside its programs: all that engines need."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.model.check import raise_errors
from outcomegap.model.declaration import Cell, Value
from outcomegap.model.gate import steps_of
from outcomegap.model.model import DesiredOutcome, OutcomeModel
from outcomegap.model.step import SKIP, Step
from outcomegap.program.bounds import Bounds, floors_and_targets
from outcomegap.program.compile import compile_outcome
from outcomegap.program.program import Program

Floats = NDArray[np.float64]


@attrs.frozen(eq=False)
class Tables:
    """The numbers of one program; every second axis runs over the model's cells.

    Parameters
    ----------
    stand_in
        What a missing step counts as: its number, or 0.5 where it skips.
    skips
        Which step rows skip when missing.
    weights
        For each mean of the program its weights, shape (children, cells).
    """

    stand_in: Floats
    skips: NDArray[np.bool_]
    weights: tuple[Floats, ...]


@attrs.frozen(eq=False)
class Compiled:
    """A model ready for engines.

    Parameters
    ----------
    model
        What was compiled.
    programs, tables
        One program, and its numbers, for each desired outcome that some cell uses.
    program_of
        For each cell the number of its program.
    floor, target
        `Bounds` of the model's steps: the one place that resolves a customer's floor and target.
    achieved_at, appropriate_at, min_coverage
        Thresholds by cell.
    """

    model: OutcomeModel
    programs: tuple[Program, ...]
    tables: tuple[Tables, ...]
    program_of: NDArray[np.int64]
    floor: Bounds
    target: Bounds
    achieved_at: Floats
    appropriate_at: Floats
    min_coverage: Floats

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The model's cells."""
        return self.model.cells

    @cached_property
    def measure_of(self) -> dict[Step, int]:
        """For each step the position of its measure among the model's measures."""
        position = {measure: number for number, measure in enumerate(self.model.measures)}
        return {step: position[step.measure] for step in self.model.steps}

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """How many steps each cell has on the required and on the experience side, shape (2, cells)."""
        counts = [[len(side.steps) for side in p.sides] for p in self.programs]
        return np.array(counts, dtype=np.int64)[self.program_of].T

    @cached_property
    def applies(self) -> NDArray[np.bool_]:
        """Which steps of the model each cell has, shape (cells, steps)."""
        found = np.zeros((len(self.cells), len(self.model.steps)), dtype=bool)
        for number, program in enumerate(self.programs):
            found[np.ix_(self.program_of == number, program.steps)] = True
        return found


def compile_model(model: OutcomeModel) -> Compiled:
    """Check and compile a model.

    Raises
    ------
    ModelError
        With every finding of `outcomegap.check` that is an error.
    EngineError
        If steps are shared in too entangled a way to be computed exactly.

    Examples
    --------
    >>> import outcomegap as og
    >>> compiled = compile_model(og.gallery.load("email-marketing"))
    >>> len(compiled.programs) >= 1
    True
    """
    raise_errors(model)
    cells = model.cells
    floor, target = floors_and_targets(model)
    outcomes = list(dict.fromkeys(model.outcome(cell) for cell in cells))
    programs = tuple(compile_outcome(outcome, model.steps) for outcome in outcomes)
    number = {outcome: position for position, outcome in enumerate(outcomes)}
    program_of = np.array([number[model.outcome(cell)] for cell in cells], dtype=np.int64)
    thresholds = {
        name: _grid([getattr(outcome, name) for outcome in outcomes], cells)[program_of, range(len(cells))]
        for name in ("achieved_at", "appropriate_at", "min_coverage")
    }
    return Compiled(
        model=model,
        programs=programs,
        tables=tuple(_tables(model, program) for program in programs),
        program_of=program_of,
        floor=floor,
        target=target,
        **thresholds,
    )


def steps_in(outcome: DesiredOutcome) -> tuple[Step, ...]:
    """Return the steps of a desired outcome, the required side first."""
    return steps_of(outcome.required.needs, outcome.experience.expects)


def _tables(model: OutcomeModel, program: Program) -> Tables:
    steps = [model.steps[position] for position in program.steps]
    cells = model.cells
    return Tables(
        stand_in=_grid([0.5 if step.missing == SKIP else step.missing for step in steps], cells),
        skips=np.array([step.missing == SKIP for step in steps], dtype=bool),
        weights=tuple(_grid(mean.gate.weights, cells) for mean in program.means),
    )


def _grid(values: Sequence[Value], cells: Sequence[Cell]) -> Floats:
    """Return numbers by value and cell; NaN where a cell does not use the value."""
    return Bounds.of(values, cells, ()).numbers
