"""Gates while they are fitted: how necessary, how sufficient or how heavy each child is, in each cell.

A model is opened: each `AllOf` gets weights, and a part that is no `AllOf` becomes one of it, to say how far it is
needed. Then every weight of its program is a number of the fit, a slot, and what the program's parameter rows hold
follows from the slots.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain, count
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SidePasses, share
from outcomegap.learn.fit_curves import DIGITS, by_cell
from outcomegap.learn.fit_products import Products
from outcomegap.model.declaration import Cell, per_cell
from outcomegap.model.gate import AllOf, AnyOf, AtLeast, Gate, Mean, again, remade, steps_of
from outcomegap.model.identity import Node
from outcomegap.model.model import DesiredOutcome, OutcomeModel
from outcomegap.model.step import Expectation, Step, SuccessGap
from outcomegap.program import Compiled, Program, mean_rows

Array = NDArray[Any]
#: A weight w starts at `SPREAD` w + `FROM`: inside, and different where weights differ.
FROM, SPREAD = 0.2, 0.6
#: The least share of a child in a mean; the largest weight below 1, at which a derivative still shows.
LEAST = 1e-3
#: Below this a fitted necessity is 0.
NOTHING = 5e-3
#: How sufficient a way is at the start, and between which weights its steps start.
SUFFICES, WITHIN = 0.95, (0.05, 0.8)
#: What is added to the name of a step for another of its measure on the other side.
AS_EXPERIENCED, AS_REQUIRED = ", as experienced", ", as a condition"
#: How necessary an expectation may become a condition at the start, and from where on it is one.
CONDITION, CONDITION_FROM = 0.3, 0.8


def with_roots(outcome: DesiredOutcome, needs: Node, expects: Node, **more: Any) -> DesiredOutcome:
    """Return a desired outcome with other gates at its top."""
    required = attrs.evolve(outcome.required, needs=needs)
    return attrs.evolve(
        outcome, required=required, experience=attrs.evolve(outcome.experience, expects=expects), **more
    )


def opened(model: OutcomeModel, *, ways: bool = False) -> OutcomeModel:
    """Return a model in which each part is an `AllOf`, and each `AllOf` has weights, inside (0, 1)."""

    def gate_of(gate: Gate, below: Sequence[Node]) -> Node:
        if isinstance(gate, AllOf) or (isinstance(gate, AnyOf) and gate.weights):
            given = gate.weights or [1.0] * len(below)
            return again(gate, below, [_mapped(each, lambda w: FROM + SPREAD * w) for each in given])
        return again(gate, below)

    def part(root: Node) -> Node:
        return remade(root if type(root) is AllOf else AllOf(root), {}, gate_of)

    outcomes = []
    for each in model.desired_outcomes:
        needs, expects = each.roots.values()
        outcomes.append(with_roots(each, part(softened(needs) if ways else needs), part(expects)))
    return attrs.evolve(model, desired_outcomes=outcomes)


def _mapped(weight: Any, change: Callable[[float], float]) -> Any:
    if isinstance(weight, float):
        return change(weight)
    values = {key: change(value) for key, value in weight.values}
    return per_cell(None if weight.default is None else change(weight.default), values)


def softened(root: Node) -> Node:
    """Return a gate with `AllOf` in place of `AtLeast`, and nested ones as one: fitted weights say what may fail."""

    def gate_of(gate: Gate, below: Sequence[Node]) -> Node:
        if not isinstance(gate, AllOf | AtLeast) or getattr(gate, "weights", None):
            return again(gate, below)
        flat = (each.children if type(each) is AllOf and not each.weights else [each] for each in below)
        return AllOf(*dict.fromkeys(chain.from_iterable(flat)))

    return remade(root, {}, gate_of)


def with_ways(model: OutcomeModel, ways: int, seed: int) -> OutcomeModel:
    """Return a model whose experience is `ways` ways, each an `AllOf` of all that may matter.

    What may matter are the expectations, and one expectation for the measure of each required step that has none. What
    is expected may be a condition too, so it may be required.
    """
    chance, number = np.random.default_rng(seed), count(1)

    def outcome_of(outcome: DesiredOutcome) -> DesiredOutcome:
        needs, expects = outcome.roots.values()
        required, expected = (list(steps_of(root)) for root in (needs, expects))
        wishes = [*expected, *_copies(required, expected, Expectation, AS_EXPERIENCED)]
        conditions = _copies(expected, required, SuccessGap, AS_REQUIRED)
        above = (needs.children, needs.weights) if type(needs) is AllOf else ((needs,), None)
        given = above[1] or [1.0] * len(above[0])
        weights = [*given, *[CONDITION] * len(conditions)]
        each = [
            AllOf(*wishes, weights=chance.uniform(*WITHIN, len(wishes)), name=f"way {next(number)}")
            for _ in range(ways)
        ]
        return with_roots(
            outcome, AllOf(*above[0], *conditions, weights=weights), AnyOf(*each, weights=[SUFFICES] * ways)
        )

    return attrs.evolve(model, desired_outcomes=[outcome_of(each) for each in model.desired_outcomes])


def _copies(steps: Sequence[Step], others: Sequence[Step], kind: type[Step], more: str) -> list[Step]:
    """Return steps of another kind for the measures that others do not have."""
    measured = {(step.measure, step.way) for step in others}
    fields = [field.name for field in attrs.fields(Step) if field.init]
    return [
        kind(**{name: getattr(step, name) for name in fields} | {"name": step.name + more, "after": ()})
        for step in steps
        if (step.measure, step.way) not in measured
    ]


@attrs.frozen(eq=False)
class Instructions:
    """One side of a program by its instructions, as the engine runs them."""

    program: Program
    passes: SidePasses

    @property
    def live(self) -> int:
        """How many rows a block keeps in use."""
        return 2 * len(self.passes.side.code) + self.passes.side.base + 3

    def table(self, weights: Array) -> Array:
        """Return the parameter rows of the program, each with one number a cell."""
        first, slot = len(self.program.steps), 0
        found = np.zeros((self.program.parameters, weights.shape[1]))
        for number, mean in enumerate(self.program.means):
            held = mean_rows(list(weights[slot : slot + mean.size]), share, drawn=number in self.program.drawn)
            for row, each in enumerate(held, mean.first - first):
                found[row] = 0.0 if each is None else each  # None where nobody reads it
            slot += mean.size
        for draw in self.program.draws:
            found[draw.row - first] = draw.chance(weights[slot])
            slot += 1
        return found

    def slopes(self, weights: Array, by_table: Array) -> Array:
        """Return derivatives by the weights, of those by the parameter rows, the last axes alike."""
        first, slot = len(self.program.steps), 0
        found = np.zeros((len(weights), *by_table.shape[1:]))
        for number, mean in enumerate(self.program.means):
            here = slice(slot, slot + mean.size)
            start = mean.first - first
            found[here] += by_table[start : start + mean.size]
            left = np.cumsum(weights[here][::-1], axis=0)[::-1]
            for at in range(mean.size - 1) if number in self.program.drawn else ():
                slope, drawn = by_table[mean.draw(at) - first] / left[at], weights[slot + at] / left[at]
                found[slot + at] += slope
                found[slot + at : slot + mean.size] -= slope * drawn
            slot += mean.size
        for draw in self.program.draws:
            found[slot] = -by_table[draw.row - first] if isinstance(draw.gate, AllOf) else by_table[draw.row - first]
            slot += 1
        return found

    def value(self, table: Array, attained: Array, at: Any) -> tuple[Array, Any]:
        """Return R or E of a block, and its derivative by each row; `at` is its cell, or one a customer."""
        code, buffers = len(self.passes.side.code), list(np.empty((self.live, attained.shape[1])))
        values = self.passes.values(list(attained), list(table[:, at]), buffers[: code + 1])
        return values[self.passes.side.root], self.passes.reverse(values, buffers[code + 1 :], parameters=True)

    def reverse(self, slope: Array, kept: Any, by_step: Array, by_table: Array, at: Any) -> None:
        """Add derivatives by each step's attainment and by the table, of the slope by R or E."""
        for row, each in kept.items():
            if row < len(by_step):
                by_step[row] += slope * each
            else:
                found = slope * each
                cells = by_table.shape[1]
                by_table[row - len(by_step)] += np.bincount(np.broadcast_to(at, len(found)), found, cells)


@attrs.frozen(eq=False)
class Slots:
    """The weights of one program, each in each of its cells: those of means first, then those of draws.

    Parameters
    ----------
    passes, sides
        R and E by instructions, and as they are searched: as products where they can be.
    cells
        Positions of its cells among the model's.
    first, prior
        Where they start, and what the model says, shape (slots, cells).
    low, high
        Between which numbers they may be, by slot.
    below
        The step rows below the child of each slot.
    place
        The slot of a gate's child.
    needs
        Which slots are necessities, those of `AllOf`.
    free
        Which slots belong to ways, or to new conditions, of which the model says nothing.
    conditions
        Which are necessities of new conditions.
    """

    program: Program
    passes: tuple[Instructions, ...]
    sides: tuple[Instructions | Products, ...]
    cells: NDArray[np.int64]
    first: Array
    prior: Array
    low: Array
    high: Array
    below: tuple[tuple[int, ...], ...]
    place: Mapping[tuple[Gate, int], int]
    needs: NDArray[np.bool_]
    free: NDArray[np.bool_]
    conditions: NDArray[np.bool_]

    @classmethod
    def of(cls, compiled: Compiled, number: int, *, ways: bool = False) -> Slots:
        """Find the slots of one program of an opened model, whose experience may be `ways`."""
        program, tables = compiled.programs[number], compiled.tables[number]
        cells = np.flatnonzero(compiled.program_of == number)
        row_of = {compiled.model.steps[step]: row for row, step in enumerate(program.steps)}
        first: list[Array] = []
        children: list[tuple[Gate, int]] = []
        for mean, weights in zip(program.means, tables.weights, strict=True):
            here = weights[:, cells]
            first += list(here / here.sum(axis=0))
            children += [(mean.gate, child) for child in range(mean.size)]
        for draw, chances in zip(program.draws, tables.draws, strict=True):
            first.append(draw.chance(chances[cells]))  # 1 - (1 - w), or w itself
            children.append((draw.gate, draw.child))
        place = {child: slot for slot, child in enumerate(children)}
        passes = tuple(Instructions(program, SidePasses(program, side)) for side in program.sides)
        means = np.array([isinstance(gate, Mean) for gate, _ in children], dtype=bool)
        start = np.array(first).reshape(len(children), len(cells))
        expects = program.outcome.experience.expects
        above = {expects, *getattr(expects, "children", ())} if ways else set()
        needs = program.outcome.required.needs
        added = [gate == needs and str(gate.children[at].name).endswith(AS_REQUIRED) for gate, at in children]
        conditions = np.array(added, dtype=bool) & ways
        free = np.array([gate in above for gate, _ in children], dtype=bool)
        said = np.where((free | conditions)[:, None], start == SUFFICES, np.clip((start - FROM) / SPREAD, 0.0, 1.0))
        return cls(
            program=program,
            passes=passes,
            sides=tuple(
                Products.of(root, place, row_of) or each
                for root, each in zip(program.outcome.roots.values(), passes, strict=True)
            ),
            cells=cells,
            first=start,
            prior=np.where(means[:, None], start, said),
            low=np.where(means, LEAST, 0.0),
            high=np.ones(len(children)),
            below=tuple(tuple(row_of[step] for step in steps_of(gate.children[child])) for gate, child in children),
            place=place,
            needs=np.array([isinstance(gate, AllOf) for gate, _ in children], dtype=bool),
            free=free | conditions,
            conditions=conditions,
        )

    def drawn_anew(self, seed: int) -> Array:
        """Return other weights to start from: those of ways drawn at random."""
        chance = np.random.default_rng(seed).uniform(*WITHIN, (len(self.first), 1))
        return np.where((self.free & self.needs & ~self.conditions)[:, None], chance, self.first)

    def counts(self, step: int, weights: Array) -> bool:
        """Return whether a step of the model makes a difference somewhere."""
        if step not in self.program.steps:
            return False
        row = self.program.steps.index(step)
        own = [weights[slot].max() for slot, below in enumerate(self.below) if below == (row,)]
        return not own or max(own) >= NOTHING

    def closed(
        self, weights: Array, step_of: Mapping[Step, Step], cells: Sequence[Cell], taken: dict[str, Gate]
    ) -> list[Node]:
        """Return the two gates of a desired outcome with fitted weights; ways lose what never matters.

        `taken` are the gates with a name so far: where a gate has become several, the others are numbered.
        """
        named = [cells[cell] for cell in self.cells]
        rounded = np.round(weights, DIGITS)
        rounded[weights < np.where(self.needs, NOTHING, 0.0)[:, None]] = 0.0

        def closed_gate(gate: Gate, below: Sequence[Node]) -> Node:
            slots = [self.place[gate, child] for child in range(len(below)) if (gate, child) in self.place]
            if not slots:
                return told_apart(again(gate, [*dict.fromkeys(below)]))
            here = rounded[slots]
            nothing = ~here.any(axis=0)
            here[weights[slots].argmax(axis=0)[nothing], nothing] = LEAST
            counted: dict[Node, Array] = {}
            for at, child in enumerate(below):  # children that have become one child count as often as either does
                if not self.free[slots[at]] or here[at].any():
                    before = counted.get(child, np.zeros(len(named)))
                    both = before + here[at] if isinstance(gate, Mean) else 1.0 - (1.0 - before) * (1.0 - here[at])
                    counted[child] = np.round(both, DIGITS)
            given = [by_cell(named, each.tolist()) for each in counted.values()]
            return told_apart(again(gate, [*counted], given))

        def told_apart(gate: Gate) -> Gate:
            for name in () if gate.name is None else chain([gate.name], (f"{gate.name} #{n}" for n in count(2))):
                if taken.setdefault(name, gate) == gate:
                    return again(gate, gate.children, name=name)
            return gate

        return [remade(root, step_of, closed_gate) for root in self.program.outcome.roots.values()]
