"""The reference: one customer scored in exact rational arithmetic, straight from the definitions.

It is slow on purpose. R and E are sums over every state of the steps and every draw of the means and of the weights;
attribution is a sum over every subset of the steps. Nothing here knows the engines; only the model's own objects are read.
Numbers in parentheses are clauses of docs/meaning.

    >>> from outcomegap.model import *
    >>> a, b = (SuccessGap(n, Measure(n), floor=0, target=4) for n in "ab")
    >>> suits = Expectation("c", Measure("c"), floor=0, target=1)
    >>> model = OutcomeModel("m", desired_outcomes=[DesiredOutcome(
    ...     RequiredOutcome("r", needs=AllOf(a, b)), AppropriateExperience("e", expects=suits))])
    >>> answer = score(model, model.cells[0], {"a": 2.0, "b": 1.0, "c": 1.0})
    >>> print(answer.R, answer.E, answer.D, answer.state, answer.attribution["a"])
    1/8 1 1/8 failing 5/16
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import lru_cache
from itertools import combinations, pairwise, product
from typing import Any

import numpy as np

from outcomegap.model import (
    AllOf,
    AnyOf,
    AtLeast,
    Cell,
    Column,
    Knots,
    Linear,
    Mean,
    OutcomeModel,
    Smooth,
    Step,
    Threshold,
)
from outcomegap.model.declaration import at

Row = Mapping[str, float | None]
Node = Any  # Step | Gate
Part = Fraction | None  # None where the side has too little data for a point value

TOLERANCE = Fraction(1, 10**9)  # of states (2.6)
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Answer:
    """Everything that is true of one customer; steps are called by their names."""

    attainment: dict[str, Fraction]  # a missing step's is its stand-in
    observed: dict[str, bool]
    R: Part
    E: Part
    D: Part
    R_low: Fraction
    R_high: Fraction
    E_low: Fraction
    E_high: Fraction
    D_low: Fraction
    D_high: Fraction
    required_gap: Part
    experience_gap: Part
    required_out_of_reach: Part
    experience_out_of_reach: Part
    out_of_reach: Part
    R_coverage: Fraction
    E_coverage: Fraction
    coverage: Fraction
    state: str
    point_state: str
    attribution: dict[str, Part]
    leverage: dict[str, Part]
    gain: dict[str, Part]
    unknown: dict[str, Fraction]  # holds the missing steps only

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, with fractions as text such as ``"5/12"``."""
        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}


def plain(value: Any) -> Any:
    """Write fractions as text, in dicts too."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, Fraction) else value


# --- what the customer's row says of a step (2.2, 2.5) ---------------------------------------------------------------


def attained(step: Step, cell: Cell, row: Row) -> Fraction | None:
    """Attainment of a step, None where it is missing.

    Progress is computed in floats, by division, so that steps and jumps fall where they fall for everyone.
    """
    x, floor, target = row[step.measure.name], bound(step.floor, cell, row), bound(step.target, cell, row)
    if x is None or floor is None or target is None or any(map(math.isnan, (x, floor, target))):
        return None
    gained, own = (
        way(step),
        isinstance(step_end(step.floor, cell), Column) or isinstance(step_end(step.target, cell), Column),
    )
    if own and gained is None and target == floor:
        return None
    if own and gained is not None and (target <= floor if gained else target >= floor):
        return Fraction(int(x >= target if gained else x <= target))
    z = (float(x) - float(floor)) / (float(target) - float(floor))
    return curved(step.curve, min(max(z, 0.0), 1.0))


def way(step: Step) -> bool | None:
    """Whether more is better, whatever a customer's own end is; None where nobody says it."""
    if step.better in ("more", "less"):
        return step.better == "more"
    for end, start, stop in (
        (step.floor, step.measure.low, step.measure.high),
        (step.target, step.measure.high, step.measure.low),
    ):
        numbers = [end] if isinstance(end, (float, Column)) else [*end]
        known = {number for number in numbers if not isinstance(number, Column)}
        if known and start is not None and known == {start}:
            return True
        if known and stop is not None and known == {stop}:
            return False
    return None


def step_end(value: Any, cell: Cell) -> Any:
    return at(value, cell.segment, cell.stage)


def bound(value: Any, cell: Cell, row: Row) -> float | None:
    """A floor or target: a number of the cell, or the customer's own."""
    here = at(value, cell.segment, cell.stage)
    return row[here.name] if isinstance(here, Column) else here


def curved(curve: Any, progress: float) -> Fraction:
    """curve(z), exact in the float z."""
    z = Fraction(progress)
    if isinstance(curve, Linear):
        return z
    if isinstance(curve, Threshold):
        return Fraction(int(progress >= curve.at))
    if isinstance(curve, Smooth):
        return 3 * z**2 - 2 * z**3
    if isinstance(curve, Knots):
        if progress == 1.0:
            return Fraction(1)
        points = [(Fraction(x), Fraction(y)) for x, y in curve.points]
        left, right = next(  # the last piece that begins at or before z: right-continuous at a jump
            (p, q) for p, q in reversed(list(pairwise(points))) if p[0] <= z and p[0] < q[0]
        )
        return left[1] + (right[1] - left[1]) * (z - left[0]) / (right[0] - left[0])
    return Fraction(float(curve.value(np.array([progress]))[0]))


def stand_in(step: Step, cell: Cell) -> Fraction:
    """What a missing step counts as where it is needed: its number, or 1/2 for skip."""
    return HALF if step.missing == "skip" else Fraction(number(step.missing, cell))


def number(value: Any, cell: Cell) -> float:
    """A number that may differ from cell to cell (2.1)."""
    here = at(value, cell.segment, cell.stage)
    assert isinstance(here, float)
    return here


# --- the graph (2.3) -------------------------------------------------------------------------------------------------


def counted(gate: Node, cell: Cell) -> dict[Node, Fraction]:
    """The children that count in a cell, with their weights: where a weight is 0, the child does not (2.3)."""
    weights = getattr(gate, "weights", None) or (1.0,) * len(gate.children)
    known = {child: Fraction(number(weight, cell)) for child, weight in zip(gate.children, weights, strict=True)}
    return {child: weight for child, weight in known.items() if weight}


def below(node: Node, cell: Cell, *, through_after: bool = True) -> list[Step]:
    """Distinct steps below a node, with those they build on (or only those that stand in the gates)."""
    if isinstance(node, Step):
        parts, found = node.after if through_after else (), {node: None}
    else:
        parts, found = counted(node, cell), {}
    for part in parts:
        found |= dict.fromkeys(below(part, cell, through_after=through_after))
    return list(found)


def drawing(node: Node) -> list[Node]:
    """Distinct gates below a node that draw among their children: equal ones are one gate, and have one draw."""
    found = dict.fromkeys([node] if getattr(node, "weights", None) else [])
    for child in () if isinstance(node, Step) else node.children:
        found |= dict.fromkeys(drawing(child))
    return list(found)


def holds(node: Node, held: frozenset[Step], drawn: Mapping[Node, tuple[Node, ...]]) -> bool:
    """Whether a node holds, for one state of the steps and the children that each gate has drawn."""
    if isinstance(node, Step):
        return node in held and all(holds(step, held, drawn) for step in node.after)
    children = [holds(child, held, drawn) for child in drawn.get(node, node.children)]
    if isinstance(node, (AllOf, Mean)):  # a mean has drawn one
        return all(children)
    if isinstance(node, AnyOf):
        return any(children)
    assert isinstance(node, AtLeast)
    return sum(children) >= node.k


def odds(gate: Node, cell: Cell, skipped: frozenset[Step]) -> dict[tuple[Node, ...], Fraction]:
    """Probability of the children that a gate draws.

    AllOf and AnyOf draw each child by itself, with its weight as the probability. A mean draws one child: its weights,
    over the children that are not absent (2.5). A child is absent when all steps that stand below it in the gates are
    skipped; if all are, none is dropped.
    """
    weights = counted(gate, cell)
    if not isinstance(gate, Mean):
        return {tuple(child for child in weights if child in some): p for some, p in states(weights)}
    present = [child for child in weights if not set(below(child, cell, through_after=False)) <= skipped]
    kept = present or list(weights)
    return {(child,): weights[child] / sum(weights[c] for c in kept) for child in kept}


@lru_cache(maxsize=2**14)
def chance(root: Node, cell: Cell, skipped: frozenset[Step], held: frozenset[Step]) -> Fraction:
    """Probability that the root holds in one state of the steps: the sum over all draws of its gates."""
    gates = drawing(root)
    total = Fraction(0)
    for draws in product(*(odds(gate, cell, skipped).items() for gate in gates)):
        if holds(root, held, {gate: children for gate, (children, _) in zip(gates, draws, strict=True)}):
            total += math.prod((p for _, p in draws), start=Fraction(1))
    return total


def states(probability: Mapping[Node, Fraction]) -> Iterator[tuple[frozenset[Node], Fraction]]:
    """Every state of independent steps (or draws) that can occur: those that hold, and its probability."""
    sides = [[(step, a), (None, 1 - a)] for step, a in probability.items()]
    for state in product(*([(who, p) for who, p in side if p] for side in sides)):
        yield (
            frozenset(step for step, _ in state if step is not None),
            math.prod((p for _, p in state), start=Fraction(1)),
        )


# --- one side of one customer ----------------------------------------------------------------------------------------


class Side:
    """R or E of one customer: a multilinear function f of the steps, and the point where the customer stands."""

    def __init__(self, root: Node, cell: Cell, row: Row) -> None:
        self.root, self.cell = root, cell
        self.steps = below(root, cell)
        seen = {step: attained(step, cell, row) for step in self.steps}
        self.missing = [step for step, a in seen.items() if a is None]
        self.skipped = frozenset(step for step in self.missing if step.missing == "skip")
        self.point = {step: stand_in(step, cell) if a is None else a for step, a in seen.items()}

    def f(self, point: Mapping[Step, Fraction], skipped: frozenset[Step] | None = None) -> Fraction:
        """Probability that the root holds; the customer's presence pattern stays unless another is given."""
        pattern = self.skipped if skipped is None else skipped
        return sum((p * chance(self.root, self.cell, pattern, held) for held, p in states(point)), Fraction(0))

    @property
    def coverage(self) -> Fraction:
        return Fraction(len(self.steps) - len(self.missing), len(self.steps))

    def known(self, min_coverage: float) -> bool:
        """Whether there is data enough for a point value; compared as floats, so that 1/10 is not below 0.1 (2.5)."""
        return not (len(self.steps) - len(self.missing)) / len(self.steps) < min_coverage

    def completed(self, value: int) -> Fraction:
        """Full weights, every missing step at 0 or at 1 (2.5)."""
        return self.f(self.point | {step: Fraction(value) for step in self.missing}, frozenset())

    def end(self, value: int) -> Fraction:
        """low or high: never within the point value (2.5)."""
        return (max if value else min)(self.completed(value), self.f(self.point))

    def out_of_reach(self) -> Fraction:
        """What stays away when every step is attained: the weights of AnyOf may keep it (2.3)."""
        return 1 - self.f(dict.fromkeys(self.steps, Fraction(1)))

    def slope(self, step: Step) -> Fraction:
        """df/da of a step: f is linear in each (2.8)."""
        return self.f(self.point | {step: Fraction(1)}) - self.f(self.point | {step: Fraction(0)})

    def found_out(self, step: Step) -> Fraction:
        """What f would be at most, less what it would be at least, were this missing step observed (2.5)."""
        pattern = self.skipped - {step}
        best, worst = (self.f(self.point | {step: Fraction(v)}, pattern) for v in (1, 0))
        return best - worst

    def shapley(self) -> dict[Step, Fraction]:
        """Parts of f(all attained) - f: what each step takes away, averaged over all orders in which they can do so (2.7)."""
        reached = {  # v(S): the steps of S as the customer has them, the others fully attained
            frozenset(some): self.f({step: a if step in some else Fraction(1) for step, a in self.point.items()})
            for size in range(len(self.steps) + 1)
            for some in combinations(self.steps, size)
        }
        n = len(self.steps)
        weight = [Fraction(math.factorial(s) * math.factorial(n - s - 1), math.factorial(n)) for s in range(n)]
        return {
            step: sum(
                (weight[len(some)] * (v - reached[some | {step}]) for some, v in reached.items() if step not in some),
                Fraction(0),
            )
            for step in self.steps
        }


# --- one customer ----------------------------------------------------------------------------------------------------


def state_of(r: Part, e: Part, achieved_at: float, appropriate_at: float) -> str:
    """Clause 2.6 at one point; uncertain where a point value is missing."""
    if r is None or e is None:
        return "uncertain"
    if r < Fraction(achieved_at) - TOLERANCE:
        return "failing"
    return "successful" if e >= Fraction(appropriate_at) - TOLERANCE else "tolerating"


def times(*parts: Part) -> Part:
    """The product; nothing where a part is unknown."""
    result = Fraction(1)
    for part in parts:
        if part is None:
            return None
        result *= part
    return result


def score(model: OutcomeModel, cell: Cell, row: Row) -> Answer:
    """Score one customer of one cell.

    Parameters
    ----------
    model
        The model; a few steps a side, for every subset is looked at.
    cell
        One of ``model.cells``.
    row
        The value of every measure and of every column that floors and targets are taken from; None or NaN is missing.
    """
    outcome = model.outcome(cell)
    required, experience = Side(outcome.required.needs, cell, row), Side(outcome.experience.expects, cell, row)
    enough, achieved, appropriate = (
        number(value, cell) for value in (outcome.min_coverage, outcome.achieved_at, outcome.appropriate_at)
    )

    r_known, e_known = required.known(enough), experience.known(enough)
    r, e = required.f(required.point) if r_known else None, experience.f(experience.point) if e_known else None
    d = times(r, e)
    low, high = [(required.end(v), experience.end(v)) for v in (0, 1)]
    worst, best = state_of(*low, achieved, appropriate), state_of(*high, achieved, appropriate)

    attribution = {step.name: part if r_known else None for step, part in required.shapley().items()}
    attribution |= {step.name: times(part, r) if e_known else None for step, part in experience.shapley().items()}
    leverage: dict[str, Part] = {}
    unknown: dict[str, Fraction] = {}
    for side, other, value in ((required, experience, e), (experience, required, r)):
        known = None if d is None else value  # the step's own side and the other must both have a point value
        leverage |= {step.name: times(side.slope(step), known) for step in side.steps}
        # Asked of those above all who lack data, so it does not wait for enough data to be there.
        unknown |= {step.name: side.found_out(step) * other.f(other.point) for step in side.missing}
    lost = required.out_of_reach() if r_known else None, times(experience.out_of_reach(), r) if e_known else None
    point = {step.name: a for side in (required, experience) for step, a in side.point.items()}
    everyone = len(required.steps) + len(experience.steps)
    missing = [*required.missing, *experience.missing]
    return Answer(
        attainment=point,
        observed={step.name: step not in missing for step in (*required.steps, *experience.steps)},
        R=r,
        E=e,
        D=d,
        R_low=low[0],
        R_high=high[0],
        E_low=low[1],
        E_high=high[1],
        D_low=low[0] * low[1],
        D_high=max(
            required.completed(1) * experience.completed(1),
            required.f(required.point) * experience.f(experience.point),
        ),
        required_gap=None if r is None else 1 - r,
        experience_gap=None if r is None or e is None else r * (1 - e),
        required_out_of_reach=lost[0],
        experience_out_of_reach=lost[1],
        out_of_reach=None if lost[0] is None or lost[1] is None else lost[0] + lost[1],
        R_coverage=required.coverage,
        E_coverage=experience.coverage,
        coverage=Fraction(everyone - len(missing), everyone),
        state=worst if worst == best else "uncertain",
        point_state=state_of(r, e, achieved, appropriate),
        attribution=attribution,
        leverage=leverage,
        gain={name: times(1 - point[name], value) for name, value in leverage.items()},
        unknown=unknown,
    )


def score_rows(model: OutcomeModel, customers: Mapping[str, list[Any]]) -> list[Answer]:
    """Score a table given as a dict of lists, with its segment, stage and goal columns."""
    count = len(next(iter(customers.values())))
    rows = [{name: values[i] for name, values in customers.items()} for i in range(count)]
    return [score(model, model.cell(row.get("segment"), row.get("stage"), row.get("goal")), row) for row in rows]
