"""Normal form of a gate: one interned node a distinct formula, ``after`` written out, nested gates flattened.

Nodes are numbered; children have smaller numbers than their parents. Two kinds of variable occur below a node:
steps, and the draws of its means. Which ones is kept as a bit set, so that two nodes share no variable exactly
when the bitwise *and* of their sets is zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from outcomegap.model.gate import AllOf, AnyOf, AtLeast, Gate, Mean, Numeric, NumericGate
from outcomegap.model.identity import Node, children, parts, postorder
from outcomegap.model.step import Step

Kind = Literal["step", "and", "or", "at_least", "mean", "numeric"]
#: Kinds whose children stand in an order that means something.
ORDERED = ("mean", "numeric")


class Formula(NamedTuple):
    """One node: its kind, its children, and a number (step, mean or numeric gate index, or k of at_least)."""

    kind: Kind
    children: tuple[int, ...]
    number: int = 0


class MeanGate(NamedTuple):
    """A mean of the model, and for each child which steps make it present (docs/meaning, clause 2.5)."""

    gate: Mean
    presence: tuple[tuple[int, ...], ...]


class Formulas:
    """The normal form of one or more gates over a common list of steps."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.nodes: list[Formula] = []
        self.support: list[int] = []
        self.means: list[MeanGate] = []
        self.numerics: list[NumericGate] = []
        self._step = {step: number for number, step in enumerate(steps)}
        self._known: dict[tuple[object, ...], int] = {}
        self._made: dict[Node, int] = {}

    def add(self, root: Node) -> int:
        """Bring a step or gate of the model into normal form and return its number."""
        for node in postorder([root], parts):
            if node not in self._made:
                self._made[node] = self._with_earlier(node) if isinstance(node, Step) else self._gate(node)
        return self._made[root]

    def intern(self, kind: Kind, below: Sequence[int], number: int = 0) -> int:
        """Return the number of a formula, made where it is new."""
        key = (kind, number, tuple(below) if kind in ORDERED else tuple(sorted(below)))
        if key not in self._known:
            self._known[key] = len(self.nodes)
            self.nodes.append(Formula(kind, tuple(below), number))
            self.support.append(self._support(kind, below, number))
        return self._known[key]

    def combine(self, kind: Kind, below: Sequence[int]) -> int:
        """Return *and* or *or* of nodes: flattened, each child once, no gate for a single child."""
        flat: dict[int, None] = {}
        for child in below:
            node = self.nodes[child]
            flat.update(dict.fromkeys(node.children if node.kind == kind else (child,)))
        return next(iter(flat)) if len(flat) == 1 else self.intern(kind, tuple(flat))

    def _with_earlier(self, step: Step) -> int:
        own = self.intern("step", (), self._step[step])
        return self.combine("and", [own, *(self._made[earlier] for earlier in step.after)])

    def _gate(self, gate: Gate) -> int:
        below = [self._made[child] for child in gate.children]
        if isinstance(gate, Mean):
            return self._mean(gate, below)
        if len(below) == 1 and not isinstance(gate, Numeric):
            return below[0]
        if isinstance(gate, NumericGate):
            self.numerics.append(gate)
            return self.intern("numeric", below, len(self.numerics) - 1)
        if isinstance(gate, AllOf) or (isinstance(gate, AtLeast) and gate.k == len(below)):
            return self.combine("and", below)
        if isinstance(gate, AnyOf) or (isinstance(gate, AtLeast) and gate.k == 1):
            return self.combine("or", below)
        assert isinstance(gate, AtLeast)
        return self.intern("at_least", below, gate.k)

    def _mean(self, gate: Mean, below: list[int]) -> int:
        if len(below) == 1:
            return below[0]
        presence = tuple(
            tuple(self._step[node] for node in postorder([child], children) if isinstance(node, Step))
            for child in gate.children
        )
        self.means.append(MeanGate(gate, presence))
        return self.intern("mean", below, len(self.means) - 1)

    def _support(self, kind: Kind, below: Sequence[int], number: int) -> int:
        if kind == "step":
            return 1 << number
        found = 1 << (len(self._step) + number) if kind == "mean" else 0
        for child in below:
            found |= self.support[child]
        return found


def independent_groups(supports: Sequence[int]) -> list[list[int]]:
    """Split positions into groups such that different groups share no variable."""
    groups: list[tuple[int, list[int]]] = []
    for position, support in enumerate(supports):
        merged, members, apart = support, [position], []
        for other, its_members in groups:
            if other & merged:
                merged |= other
                members = its_members + members
            else:
                apart.append((other, its_members))
        groups = [*apart, (merged, members)]
    return [sorted(members) for _, members in sorted(groups, key=lambda group: min(group[1]))]


def modules_below(formulas: Formulas, root: int) -> set[int]:
    """Find the nodes below `root` that share nothing with the rest of it.

    A node is a module when none of its descendants is met, in one depth-first walk, before the walk first enters
    the node or after it first steps it (Dutuit & Rauzy, IEEE Transactions on Reliability 45, 1996).
    """
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    left: dict[int, int] = {}
    earliest: dict[int, int] = {}
    order: list[int] = []
    clock = 0
    stack: list[tuple[int, bool]] = [(root, False)]
    while stack:
        node, leaving = stack.pop()
        clock += 1
        if leaving:
            left[node] = clock
            order.append(node)
            continue
        last[node] = clock
        if node not in first:
            first[node] = clock
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(formulas.nodes[node].children))
    modules: set[int] = set()
    latest: dict[int, int] = {}
    for node in order:
        below = formulas.nodes[node].children
        low = min((min(first[c], earliest[c]) for c in below), default=clock + 1)
        high = max((max(last[c], latest[c]) for c in below), default=0)
        earliest[node], latest[node] = low, high
        if low > first[node] and high < left[node]:
            modules.add(node)
    return modules
