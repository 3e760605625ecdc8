"""Invented gates: trees, graphs that share steps and gates, and gates on numbers over steps of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from outcomegap.model import AllOf, AnyOf, AtLeast, Mean, PowerMean, Step, Weakest
from outcomegap.model.gate import Node
from outcomegap.model.walk import steps_of
from outcomegap.testing.choose import Chooser, maybe, one_of, some
from outcomegap.testing.make_step import Bench, varied

WEIGHTS = (1.0, 2.0, 3.0, 0.5, 0.1, 2.7)
#: Exponents of power means; the one with 1 is exact.
EXPONENTS = (-1.0, 2.0, 0.5, -3.0, 1.0, 3.5)


def make_root(choose: Chooser, bench: Bench, steps: Sequence[Step], used: list[Node]) -> Node:
    """Invent a graph over all `steps`.

    `used` holds the nodes that may be shared; all that is made joins it.
    """
    todo: list[Node] = list(steps)
    if bench.recipe.numeric:
        todo, used = _with_numeric(choose, bench, steps), []
    shares = choose.integer(0, 3) if bench.recipe.sharing else 0  # how often a node may stand once more
    while len(todo) > 1:
        children = some(choose, todo, 2, 4)
        todo = [node for node in todo if node not in children]
        if shares and maybe(choose, 50):
            children += [node for node in some(choose, used, 1, 2) if node not in children] if used else []
            shares -= 1
        if shares and maybe(choose, 60):
            gates = [node for node in children if not isinstance(node, Step)]
            todo.append(one_of(choose, gates or children))
            shares -= 1
        todo.append(_gate(choose, bench, children, used))
        todo = list(dict.fromkeys(todo))
        used.extend(node for node in (*children, todo[-1]) if node not in used)
    root = todo[0]
    if maybe(choose, 15):  # a gate may have one child
        root = _gate(choose, bench, [root], used)
    if root not in used:
        used.append(root)
    return root


def _gate(choose: Chooser, bench: Bench, children: list[Node], used: Sequence[Node]) -> Node:
    name = None
    if maybe(choose, 15):
        bench.gate_names += 1
        name = f"gate {bench.gate_names}"
    draws = math.prod(len(node.children) for node in used if isinstance(node, Mean))
    averages = bench.recipe.means and draws * len(children) <= bench.recipe.max_draws
    kind: Any = one_of(choose, (AllOf, AnyOf, AtLeast, Mean, Mean) if averages else (AllOf, AnyOf, AtLeast))
    if kind is AtLeast:
        return AtLeast(choose.integer(1, len(children)), *children, name=name)
    if kind is Mean:
        return Mean(*children, weights=[varied(choose, bench, WEIGHTS) for _ in children], name=name)
    return kind(*children, name=name)


def _with_numeric(choose: Chooser, bench: Bench, steps: Sequence[Step]) -> list[Node]:
    """Put some of the steps under a gate on numbers; return it and the others.

    Steps below such a gate stand nowhere else, neither beside it, nor under two of its children, nor by way of
    ``after``.
    """
    apart = _apart(steps)
    if len(apart) < 2 or maybe(choose, 15):
        return list(steps)
    below = some(choose, apart, 2, 3)
    children = [make_root(choose, bench, group, []) for group in below]
    gate: Node
    if maybe(choose, 50):
        weights = [one_of(choose, WEIGHTS) for _ in children]
        gate = PowerMean(one_of(choose, EXPONENTS), *children, weights=weights)
    else:
        gate = Weakest(*children)
    taken = [step for group in below for step in group]
    return [gate, *(step for step in steps if step not in taken)]


def _apart(steps: Sequence[Step]) -> list[list[Step]]:
    """Return groups of steps; no step of one needs, by way of ``after``, what a step of another needs or is."""
    groups: list[tuple[list[Step], set[Step]]] = []
    for step in steps:
        needs = set(steps_of(step))
        near = [group for group in groups if group[1] & needs]
        groups = [group for group in groups if not group[1] & needs]
        groups.append(([*(one for group in near for one in group[0]), step], needs.union(*(each for _, each in near))))
    return [members for members, _ in groups]
