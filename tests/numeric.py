"""Gates on numbers, in the plainest Python: gates and rules of one's own, invented models, and an independent answer.

A gate on numbers has its steps to itself, so for all that stands above it it is one more step, that holds with the
probability that its value is; what it is made of is computed apart. Every state of the steps is looked at.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from outcomegap.model import AllOf, AnyOf, AtLeast, Mean, Numeric, PowerMean, Step, Weakest
from outcomegap.model.gate import NumericGate
from tests.model.make import gap, wish

Point = Mapping[str, float]


class Ces:
    """A gate of one's own: a geometric mean that is lifted off 0, so that its slope is finite."""

    name = "ces"
    multilinear = False
    lift = 0.1

    def forward(self, children):
        logs = sum(np.log(child + self.lift) for child in children) / len(children)
        return (np.exp(logs) - self.lift) / 1.0

    def gradient(self, children, out):
        return [(out + self.lift) / (child + self.lift) / len(children) for child in children]

    def plain(self, values: Sequence[float]) -> float:
        return math.prod(value + self.lift for value in values) ** (1 / len(values)) - self.lift


class Both:
    """The product, as a gate of one's own that says that it is multilinear."""

    name = "both"
    multilinear = True

    def forward(self, children):
        return np.multiply.reduce(children)

    def gradient(self, children, out):
        return [
            np.multiply.reduce([np.ones_like(out), *children[:i], *children[i + 1 :]]) for i in range(len(children))
        ]

    def plain(self, values: Sequence[float]) -> float:
        return math.prod(values)


def plainly(gate: NumericGate, values: Sequence[float]) -> float:
    """The value of a gate on numbers, by its formula."""
    if isinstance(gate, Weakest):
        return min(values)
    if isinstance(gate, PowerMean):
        if gate.r < 0 and 0.0 in values:
            return 0.0
        whole = sum(gate.weights)
        return sum(w / whole * value**gate.r for value, w in zip(values, gate.weights, strict=True)) ** (1 / gate.r)
    assert isinstance(gate, Numeric)
    return gate.gate.plain(values)  # type: ignore[attr-defined]


def value(root: Any, point: Point, absent: frozenset[str] = frozenset()) -> float:
    """The value of a node: `point` holds attainments by the steps' names, `absent` the names of those that skip."""
    names_used, means = _steps(root), _means(root)
    chances = {}
    for step in names_used:
        here = isinstance(step, NumericGate)
        chances[step] = plainly(step, [value(c, point, absent) for c in step.children]) if here else point[step.name]
    total = 0.0
    for held in product((False, True), repeat=len(names_used)):
        state = {step for step, holds in zip(names_used, held, strict=True) if holds}
        chance = math.prod(chances[step] if step in state else 1 - chances[step] for step in names_used)
        if chance == 0.0:
            continue
        for draw in product(*(_odds(mean, absent).items() for mean in means)):
            drawn = {mean: child for mean, (child, _) in zip(means, draw, strict=True)}
            if _holds(root, state, drawn):
                total += chance * math.prod(p for _, p in draw)
    return total


def _steps(node: Any) -> list[Any]:
    """Steps, and gates on numbers that stand below no other, each once."""
    if isinstance(node, NumericGate):
        return [node]
    own = [node] if isinstance(node, Step) else []
    below = node.after if isinstance(node, Step) else node.children
    return list(dict.fromkeys([*own, *(step for part in below for step in _steps(part))]))


def _means(node: Any) -> list[Mean]:
    if isinstance(node, (Step, NumericGate)):
        return []
    own = [node] if isinstance(node, Mean) else []
    return list(dict.fromkeys([*own, *(mean for child in node.children for mean in _means(child))]))


def _odds(mean: Mean, absent: frozenset[str]) -> dict[Any, float]:
    here = {c: w for c, w in zip(mean.children, mean.weights, strict=True) if not set(_names(c)) <= absent}
    here = here or dict(zip(mean.children, mean.weights, strict=True))
    return {child: weight / sum(here.values()) for child, weight in here.items()}


def _names(node: Any) -> list[str]:
    """Names of the steps that stand below a node in the gates."""
    return [node.name] if isinstance(node, Step) else [name for child in node.children for name in _names(child)]


def _holds(node: Any, state: set[Any], drawn: Mapping[Mean, Any]) -> bool:
    if isinstance(node, NumericGate):
        return node in state
    if isinstance(node, Step):
        return node in state and all(_holds(step, state, drawn) for step in node.after)
    if isinstance(node, Mean):
        return _holds(drawn[node], state, drawn)
    count = sum(_holds(child, state, drawn) for child in node.children)
    needed = {AllOf: len(node.children), AnyOf: 1}.get(type(node)) or node.k
    return count >= needed


def random_gate(seed: int, make: Any = gap, steps: int = 6) -> Any:
    """Invent a graph with gates on numbers in it; what stands above them is shared here and there."""
    chance = random.Random(seed)
    names_used = [make(f"{make.__name__[0]}{i}", missing=chance.choice([0.5, 0.2, "skip"])) for i in range(steps)]
    if chance.random() < 0.4:  # a step that builds on another, and has it to itself
        first = names_used.pop()
        last = names_used.pop()
        names_used.append(make(f"{last.name} after", after=[first], missing="skip"))
    cut = chance.randint(1, len(names_used) - 2)
    parts = [_tree(chance, names_used[:cut]), _tree(chance, names_used[cut:])]
    if chance.random() < 0.5:
        return chance.choice([AllOf, AnyOf, Mean])(*parts)
    alone = make(f"{make.__name__[0]} more")
    return AnyOf(AllOf(parts[0], alone), AllOf(parts[0], parts[1]))


def _tree(chance: random.Random, names_used: list[Step]) -> Any:
    if len(names_used) == 1:
        return names_used[0]
    cuts = sorted(chance.sample(range(1, len(names_used)), min(len(names_used) - 1, chance.randint(1, 2))))
    parts = [_tree(chance, names_used[a:b]) for a, b in zip([0, *cuts], [*cuts, len(names_used)], strict=True)]
    weights = [chance.choice([1.0, 2.0, 0.3]) for _ in parts]
    kind = chance.randrange(8)
    if kind < 3:
        return (AllOf, AnyOf, Weakest)[kind](*parts)
    if kind == 3:
        return AtLeast(chance.randint(1, len(parts)), *parts)
    if kind == 4:
        return Mean(*parts, weights=weights)
    if kind == 5:
        return Numeric(chance.choice([Ces(), Both()]), *parts)
    return PowerMean(chance.choice([-3.0, -1, -0.5, 0.5, 1, 2, 3.5]), *parts, weights=weights)


def both_gates(seed: int) -> tuple[Any, Any]:
    """A gate for R and one for E, one of them at least with a gate on numbers."""
    while True:
        found = random_gate(seed), random_gate(seed + 1, wish, 4)
        if any(isinstance(step, NumericGate) for root in found for step in _steps(root)):
            return found
        seed += 10_000
