"""From a model to what engines need: a program for each desired outcome, and the numbers of the model cell by cell.

The expectation of a mean is the mean of its children's, shared or not. Children of a gate that share nothing are
combined directly; only groups that do share become decision diagrams, with every module below them computed apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.model.check import raise_errors
from outcomegap.model.declaration import Cell, Value
from outcomegap.model.gate import cells_alike, parts_in
from outcomegap.model.identity import postorder
from outcomegap.model.model import DesiredOutcome, OutcomeModel
from outcomegap.model.step import SKIP, Step
from outcomegap.program.bounds import Bounds, floors_and_targets
from outcomegap.program.formula import ANYWHERE, FALSE, LEAVES, TRUE, Decision, Formulas, Plan, Variable, plan_of
from outcomegap.program.program import Instruction, Op, Program, Side

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
    draws
        How likely each draw of the program holds, shape (draws, cells).
    """

    stand_in: Floats
    skips: NDArray[np.bool_]
    weights: tuple[Floats, ...]
    draws: Floats


@attrs.frozen(eq=False)
class Compiled:
    """A model ready for engines.

    Parameters
    ----------
    model
        What was compiled.
    programs, tables
        One program, and its numbers, for each desired outcome that some cell uses. Cells that give a weight of 0 to
        different children have different programs: such a child is in neither steps nor coverage.
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
        found = np.zeros((len(self.model.cells), len(self.model.steps)), dtype=bool)
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
    of: dict[DesiredOutcome, list[Cell]] = {}
    for cell in cells:
        of.setdefault(model.outcome(cell), []).append(cell)
    alike = [(outcome, group) for outcome in of for group in cells_alike(outcome.roots.values(), of[outcome])]
    programs = tuple(compile_outcome(outcome, model.steps, group) for outcome, group in alike)
    number = {cell: position for position, (_, group) in enumerate(alike) for cell in group}
    program_of = np.array([number[cell] for cell in cells], dtype=np.int64)
    thresholds = {
        name: _grid([getattr(outcome, name) for outcome, _ in alike], cells)[program_of, range(len(cells))]
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


def _tables(model: OutcomeModel, program: Program) -> Tables:
    steps = [model.steps[position] for position in program.steps]
    cells = model.cells
    draws = _grid([draw.weight for draw in program.draws], cells)
    for number, draw in enumerate(program.draws):
        draws[number] = draw.chance(draws[number])
    return Tables(
        stand_in=_grid([0.5 if step.missing == SKIP else step.missing for step in steps], cells),
        skips=np.array([step.missing == SKIP for step in steps], dtype=bool),
        weights=tuple(_grid(mean.gate.weights, cells) for mean in program.means),
        draws=draws,
    )


def _grid(values: Sequence[Value], cells: Sequence[Cell]) -> Floats:
    """Return numbers by value and cell; NaN where a cell does not use the value."""
    return Bounds.of(values, cells, ()).numbers


def compile_outcome(outcome: DesiredOutcome, steps: Sequence[Step], cells: Sequence[Cell] = ANYWHERE) -> Program:
    """Compile a desired outcome.

    Parameters
    ----------
    outcome
        What to compile.
    steps
        All steps of the model.
    cells
        The cells that it is for. They agree on what has a weight of 0.

    Raises
    ------
    EngineError
        If its steps are shared in too entangled a way to be computed exactly within bounds.
    """
    position = {step: number for number, step in enumerate(steps)}
    below = postorder(outcome.roots.values(), lambda node: parts_in(node, cells[0]))
    own = [node for node in below if isinstance(node, Step)]
    formulas = Formulas(own, cells)
    roots = [formulas.add(outcome.required.needs), formulas.add(outcome.experience.expects)]
    required, experience = (_Compiler(formulas, len(own)).side(root) for root in roots)
    return Program(
        outcome=outcome,
        steps=tuple(position[step] for step in own),
        means=tuple(formulas.means),
        parameters=formulas.rows - len(own),
        required=required,
        experience=experience,
        numerics=tuple(formulas.numerics),
        draws=tuple(formulas.draws),
    )


class _Compiler:
    """Emits one side, each distinct instruction once."""

    def __init__(self, formulas: Formulas, steps: int) -> None:
        self.formulas, self.steps, self.base = formulas, steps, formulas.rows
        self.code: list[Instruction] = []
        self.known: dict[Instruction, int] = {}
        self.value: dict[int, int] = {}

    def side(self, root: int) -> Side:
        plans: dict[int, Plan] = {}
        stack = [root]
        while stack:
            number = stack[-1]
            if number not in plans:
                plans[number] = plan_of(self.formulas, number)
            missing = [need for need in plans[number].needs if need not in self.value]
            stack.extend(missing)
            if not missing:
                self.value[stack.pop()] = self._emit_plan(number, plans[number])
        support = self.formulas.support[root]
        rows = tuple(row for row in range(self.steps) if support >> row & 1)
        return Side(
            steps=rows,
            code=tuple(self.code),
            base=self.base,
            root=self.value[root],
            degree=min(len(rows), self._degree(self.value[root])),
            curved=self._curved(root),
        )

    def _emit_plan(self, number: int, plan: Plan) -> int:
        node = self.formulas.nodes[number]
        if plan.decisions:
            return self._diagram(plan.decisions)
        below = [self.value[need] for need in plan.needs]
        if node.kind in LEAVES:
            return node.number
        if node.kind == "mean":
            return self._emit(Op.MEAN, node.number, *below)
        if node.kind == "numeric":
            return self._emit(Op.NUMERIC, node.number, *below)
        if node.kind == "at_least":
            return self._at_least(node.number, below)
        result = below[0]
        for value in below[1:]:
            result = self._emit(Op.BOTH if node.kind == "and" else Op.EITHER, result, value)
        return result

    def _at_least(self, k: int, below: list[int]) -> int:
        """Poisson-binomial tail of independent children, by Shannon's expansion over (children left, still needed)."""
        reached = {0: TRUE} | dict.fromkeys(range(1, k + 1), FALSE)
        for done, value in enumerate(reversed(below), start=1):
            rest = len(below) - done
            needed = range(max(1, k - rest), k + 1)
            reached_now = {need: self._choose(value, reached[need - 1], reached[need]) for need in needed}
            reached = reached | reached_now
        return reached[k]

    def _diagram(self, decisions: Sequence[Decision]) -> int:
        values: list[int] = []

        def end(part: int) -> int:
            return part if part < 0 else values[part]

        for decision in decisions:
            high, low = end(decision.high), end(decision.low)
            values.append(self._choose(self._variable(decision.variable), high, low))
        return values[-1]

    def _variable(self, variable: Variable) -> int:
        if variable[0] == "node":
            return self.value[variable[1]]
        return self.formulas.means[variable[1]].draw(variable[2])

    def _choose(self, value: int, high: int, low: int) -> int:
        if high == low:
            return high
        if (high, low) == (TRUE, FALSE):
            return value
        if low == FALSE:
            return self._emit(Op.BOTH, value, high)
        if high == TRUE:
            return self._emit(Op.EITHER, value, low)
        return self._emit(Op.CHOOSE, value, high, low)

    def _emit(self, op: Op, *args: int) -> int:
        instruction = Instruction(op, args)
        if instruction not in self.known:
            self.known[instruction] = self.base + len(self.code)
            self.code.append(instruction)
        return self.known[instruction]

    def _degree(self, root: int) -> int:
        """Bound the degree along a line: it adds under BOTH and EITHER, takes the larger branch elsewhere.

        It adds under multilinear gates of the user's own too; of the others `_curved` says that there is none.
        """
        degree = dict.fromkeys(range(self.steps), 1)
        for offset, row in enumerate(self.code):
            below = [degree.get(a, 0) for a in row.reads]
            if row.op is Op.MEAN:
                found = max(below)
            elif row.op is Op.CHOOSE:
                found = below[0] + max(below[1:])
            else:
                found = sum(below)
            degree[self.base + offset] = found
        return degree[root]

    def _curved(self, root: int) -> frozenset[int]:
        """Return the step rows below numeric gates that are not multilinear."""
        found = 0
        for number in self.formulas.below(root):
            node = self.formulas.nodes[number]
            if node.kind == "numeric" and not self.formulas.numerics[node.number].multilinear:
                found |= self.formulas.support[number]
        return frozenset(row for row in range(self.steps) if found >> row & 1)
