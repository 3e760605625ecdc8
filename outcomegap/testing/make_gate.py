"""Invented gates: trees, and graphs that share leaves and gates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from outcomegap.model import AllOf, AnyOf, AtLeast, Leaf, Mean
from outcomegap.model.gate import Node
from outcomegap.testing.choose import Chooser, maybe, one_of, some
from outcomegap.testing.make_leaf import Bench, varied

WEIGHTS = (1.0, 2.0, 3.0, 0.5, 0.1, 2.7)


def make_root(choose: Chooser, bench: Bench, leaves: Sequence[Leaf], used: list[Node]) -> Node:
    """Invent a graph over all `leaves`.

    `used` holds the nodes that may be shared; all that is made joins it.
    """
    todo: list[Node] = list(leaves)
    shares = choose.integer(0, 3) if bench.recipe.sharing else 0  # how often a node may stand once more
    while len(todo) > 1:
        children = some(choose, todo, 2, 4)
        todo = [node for node in todo if node not in children]
        if shares and maybe(choose, 50):
            children += [node for node in some(choose, used, 1, 2) if node not in children] if used else []
            shares -= 1
        if shares and maybe(choose, 60):
            gates = [node for node in children if not isinstance(node, Leaf)]
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
