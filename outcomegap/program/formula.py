"""Gates in normal form, and decision diagrams over them, which give exact probabilities where steps are shared.

The normal form is one interned node a distinct formula, ``after`` written out, nested gates flattened. Nodes are
numbered; children have smaller numbers than their parents. Two kinds of variable occur below a node: steps, and draws
of means and of weighted gates. Which ones is kept as a bit set, so that two nodes share no variable exactly when the
bitwise *and* of their sets is zero.

Shannon's expansion f = x f1 + (1 - x) f0, applied variable by variable with equal parts stored once (Bryant,
IEEE Transactions on Computers C-35, 1986), makes the probability of a formula linear in the diagram's size.
Size hangs on the order of the variables, so several orders are tried and the smallest diagram is kept. No other file
knows oxidd.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any, Literal, NamedTuple

from outcomegap.errors import EngineError
from outcomegap.model.declaration import Cell, in_cells
from outcomegap.model.gate import AllOf, AnyOf, AtLeast, Gate, Mean, Numeric, NumericGate, Weighed, parts_in
from outcomegap.model.identity import Node, postorder
from outcomegap.model.step import Step
from outcomegap.program.program import Draw, MeanRows

Kind = Literal["step", "draw", "and", "or", "at_least", "mean", "numeric"]
#: Kinds without children; their number is a row.
LEAVES = ("step", "draw")
#: Kinds whose children stand in an order that means something.
ORDERED = ("mean", "numeric")
#: Capacities tried one after the other, in diagram nodes (about 16 bytes each).
CAPACITIES = (1 << 12, 1 << 16, 1 << 19, 1 << 22)
#: The largest diagram that is turned into a program.
LARGEST = 1 << 18

#: A variable: ("node", formula number) for a step, module or draw of a weight, ("draw", mean number, position) for a
#: mean's draw.
Variable = tuple[Any, ...]
FALSE, TRUE = -1, -2
#: Where no cell is named.
ANYWHERE = (Cell("all", "all"),)


class Formula(NamedTuple):
    """One node: its kind, its children, and a number (row of a leaf, mean or numeric gate index, or k of at_least)."""

    kind: Kind
    children: tuple[int, ...]
    number: int = 0


class Formulas:
    """The normal form of one or more gates over a common list of steps; `rows` are those of steps and parameters.

    It holds in all of some cells, which agree on what has a weight of 0.
    """

    def __init__(self, steps: Sequence[Step], cells: Sequence[Cell] = ANYWHERE) -> None:
        self.nodes: list[Formula] = []
        self.support: list[int] = []
        self.cells = cells
        self.means: list[MeanRows] = []
        self.draws: list[Draw] = []
        #: Draw -> the child of which it says whether it matters, both by number.
        self.drawn: dict[int, int] = {}
        self.rows = len(steps)
        self.numerics: list[NumericGate] = []
        self._step = {step: number for number, step in enumerate(steps)}
        self._known: dict[tuple[object, ...], int] = {}
        self._made: dict[Node, int] = {}

    def add(self, root: Node) -> int:
        """Bring a step or gate of the model into normal form and return its number."""
        for node in postorder([root], self._parts):
            if node not in self._made:
                self._made[node] = self._with_earlier(node) if isinstance(node, Step) else self._gate(node)
        return self._made[root]

    def _parts(self, node: Node) -> tuple[Node, ...]:
        return parts_in(node, self.cells[0])

    def below(self, root: int) -> list[int]:
        """Return the numbers of a formula and of all below it, each once."""
        found, stack = {root: None}, [root]
        while stack:
            new = [child for child in self.nodes[stack.pop()].children if child not in found]
            found.update(dict.fromkeys(new))
            stack.extend(new)
        return list(found)

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
        below = [self._made[child] for child in self._parts(gate)]
        if isinstance(gate, Weighed) and gate.weights is not None:
            below = self._weighed(gate, gate.weights)
        if len(below) == 1 and not isinstance(gate, Numeric):
            return below[0]
        if isinstance(gate, Mean):
            return self._mean(gate, below)
        if isinstance(gate, NumericGate):
            self.numerics.append(gate)
            return self.intern("numeric", below, len(self.numerics) - 1)
        if isinstance(gate, AllOf) or (isinstance(gate, AtLeast) and gate.k == len(below)):
            return self.combine("and", below)
        if isinstance(gate, AnyOf) or (isinstance(gate, AtLeast) and gate.k == 1):
            return self.combine("or", below)
        assert isinstance(gate, AtLeast)
        return self.intern("at_least", below, gate.k)

    def _weighed(self, gate: Weighed, weights: Sequence[Any]) -> list[int]:
        """Return the children that count, each together with the draw of whether it matters."""
        found: list[int] = []
        for place, (child, weight) in enumerate(zip(gate.children, weights, strict=True)):
            here = {*in_cells(weight, self.cells)}
            if 0.0 in here:
                continue
            number = self._made[child]
            if here != {1.0}:
                draw = self.intern("draw", (), self.rows)
                self.draws.append(Draw(gate, place, self.rows))
                self.rows += 1
                self.drawn[draw] = number
                number = self.combine("or" if isinstance(gate, AllOf) else "and", [draw, number])
            found.append(number)
        return found

    def _mean(self, gate: Mean, below: list[int]) -> int:
        presence = tuple(
            tuple(self._step[node] for node in postorder([child], self._children) if isinstance(node, Step))
            for child in gate.children
        )
        self.means.append(MeanRows(gate, self.rows, presence))
        self.rows += 2 * len(presence)
        return self.intern("mean", below, len(self.means) - 1)

    def _children(self, node: Node) -> tuple[Node, ...]:
        return () if isinstance(node, Step) else self._parts(node)

    def _support(self, kind: Kind, below: Sequence[int], number: int) -> int:
        if kind in LEAVES:
            return 1 << number
        found = 1 << self.means[number].first if kind == "mean" else 0
        for child in below:
            found |= self.support[child]
        return found


def independent_groups(supports: Sequence[int]) -> list[list[int]]:
    """Split positions into groups such that different groups share no variable."""
    groups: list[tuple[int, list[int]]] = []
    for position, support in enumerate(supports):
        met = [group for group in groups if group[0] & support]
        merged = reduce(or_, (other for other, _ in met), support)
        groups = [group for group in groups if not group[0] & support]
        groups.append((merged, [position, *(member for _, members in met for member in members)]))
    return sorted(sorted(members) for _, members in groups)


def modules_below(formulas: Formulas, root: int) -> set[int]:
    """Find the nodes below `root` that share nothing with the other nodes.

    A node is a module when none of its descendants is met, in one depth-first walk, before the walk first enters
    the node or after it first steps it (Dutuit & Rauzy, IEEE Transactions on Reliability 45, 1996).
    """
    first, last, left, earliest, latest = (dict[int, int]() for _ in range(5))
    order, clock, stack = list[int](), 0, [(root, False)]
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
    for node in order:
        below = formulas.nodes[node].children
        earliest[node] = min((min(first[c], earliest[c]) for c in below), default=clock + 1)
        latest[node] = max((max(last[c], latest[c]) for c in below), default=0)
    return {node for node in order if earliest[node] > first[node] and latest[node] < left[node]}


# Decision diagrams


class Decision(NamedTuple):
    """One node of a diagram: where `variable` holds go to `high`, else to `low`; FALSE and TRUE end."""

    variable: Variable
    high: int
    low: int


def decide(formulas: Formulas, root: int, variables: set[int]) -> list[Decision]:
    """Return the smallest diagram found for `root`, children first; the last entry is the root.

    Every order is tried at a small capacity before any is at a larger one, so that a good order is found before
    bad ones have cost much.

    Parameters
    ----------
    formulas
        The normal form.
    root
        The formula.
    variables
        Numbers of the nodes at which to stop: steps, and modules to be computed apart.

    Raises
    ------
    EngineError
        If every order tried gives more than `LARGEST` decisions.
    """
    orders = orders_of(formulas, root, variables)
    for capacity in CAPACITIES:
        best: tuple[int, Any, list[Variable]] | None = None
        for order in orders:
            top = grow(formulas, root, variables, order, capacity)
            size = LARGEST + 1 if top is None else top.node_count() - 2
            if size <= (LARGEST if best is None else best[0] - 1):
                best = (size, top, order)
            if size <= len(order):
                break
        if best is not None:
            return read(best[1], best[2])
    msg = (
        f"this graph shares too many steps to be computed exactly: more than {LARGEST:,} decisions for "
        f"{len(formulas.nodes)} gates and steps; split it into outcomes of their own, or let fewer gates share steps"
    )
    raise EngineError(msg)


def orders_of(formulas: Formulas, root: int, variables: set[int]) -> list[list[Variable]]:
    """Return the distinct orders that the ways of arranging children give."""
    parents, depth = parents_of(formulas, root), depths_of(formulas)
    size = [support.bit_count() for support in formulas.support]
    ways: list[Callable[[int], float] | None] = [
        None,
        lambda c: size[c],
        lambda c: depth[c],
        lambda c: -parents[c],
        lambda c: -size[c],
        lambda c: -depth[c],
    ]
    found = [tuple(_variables(formulas, root, variables, way)) for way in ways]
    found.append(tuple(_variables(formulas, root, variables, None, backward=True)))
    return [draws_late(formulas, order) for order in dict.fromkeys(found)]


def draws_late(formulas: Formulas, order: Sequence[Variable]) -> list[Variable]:
    """Move the draw of each weight to just behind its child: no draw has to be kept in mind until the child is met.

    So what has to be kept in mind of several ways that share steps is which of them may still hold.
    """
    draws = [variable for variable in order if variable[0] == "node" and variable[1] in formulas.drawn]
    others = [variable for variable in order if variable not in draws]
    met = [formulas.support[variable[1]] if variable[0] == "node" else 0 for variable in others]
    behind: list[list[Variable]] = [[] for _ in others]
    for draw in draws:
        child = formulas.support[formulas.drawn[draw[1]]]
        behind[max(place for place, support in enumerate(met) if support & child)].append(draw)
    return [each for variable, late in zip(others, behind, strict=True) for each in (variable, *late)]


def parents_of(formulas: Formulas, root: int) -> Counter[int]:
    """Count for each node below `root` the gates directly above it."""
    return Counter(child for number in formulas.below(root) for child in formulas.nodes[number].children)


def depths_of(formulas: Formulas) -> list[int]:
    depth: list[int] = []
    for node in formulas.nodes:
        depth.append(1 + max((depth[child] for child in node.children), default=0))
    return depth


def _variables(
    formulas: Formulas, root: int, stop: set[int], way: Callable[[int], float] | None, *, backward: bool = False
) -> Iterator[Variable]:
    """Yield the variables in the order a depth-first walk meets them; a mean's draw comes before its children."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        number = stack.pop()
        if number in seen:
            continue
        seen.add(number)
        node = formulas.nodes[number]
        if number in stop or node.kind in LEAVES:
            yield ("node", number)
            continue
        if node.kind == "mean":
            yield from (("draw", node.number, position) for position in range(len(node.children) - 1))
        below = list(node.children) if way is None else sorted(node.children, key=way)
        stack.extend(below if backward else reversed(below))


def grow(formulas: Formulas, root: int, stop: set[int], order: list[Variable], capacity: int) -> Any | None:
    """Return the diagram, or None where it does not fit."""
    from oxidd.bdd import BDDManager
    from oxidd.util import DDMemoryError

    manager = BDDManager(capacity, max(capacity // 2, 1 << 12), 1)
    try:
        return _build(manager, formulas, root, stop, order)
    except DDMemoryError:
        return None


def _build(manager: Any, formulas: Formulas, root: int, stop: set[int], order: list[Variable]) -> Any:
    number_of = dict(zip(order, manager.add_vars(len(order)), strict=True))
    made: dict[int, Any] = {}
    stack: list[tuple[int, bool]] = [(root, False)]
    while stack:
        number, ready = stack.pop()
        if number in made:
            continue
        node = formulas.nodes[number]
        if number in stop or node.kind in LEAVES:
            made[number] = manager.var(number_of["node", number])
        elif not ready:
            stack.append((number, True))
            stack.extend((child, False) for child in reversed(node.children))
        else:
            below = [made[child] for child in node.children]
            if node.kind == "mean":
                draws = [manager.var(number_of["draw", node.number, i]) for i in range(len(below) - 1)]
                made[number] = _mixture(draws, below)
            else:
                made[number] = _gate(manager, node.kind, below, node.number)
    return made[root]


def _gate(manager: Any, kind: str, below: list[Any], k: int) -> Any:
    if kind == "at_least":
        # reached[j]: at least j of the children seen so far hold
        reached = [manager.true()] + [manager.false()] * k
        for child in below:
            for j in range(k, 0, -1):
                reached[j] = reached[j] | (child & reached[j - 1])
        return reached[k]
    result = below[0]
    for child in below[1:]:
        result = result & child if kind == "and" else result | child
    return result


def _mixture(draws: list[Any], below: list[Any]) -> Any:
    """Child i counts where draw i is the first that holds; the last child where none does."""
    result = below[-1]
    for draw, child in zip(reversed(draws), reversed(below[:-1]), strict=True):
        result = draw.ite(child, result)
    return result


def read(top: object, order: list[Variable]) -> list[Decision]:
    """List the diagram's nodes, children first."""
    position: dict[Any, int] = {}
    decisions: list[Decision] = []
    stack: list[tuple[Any, bool]] = [(top, False)]
    while stack:
        node, ready = stack.pop()
        if node in position:
            continue
        parts = node.cofactors()
        if parts is None:
            position[node] = TRUE if node.valid() else FALSE
        elif not ready:
            stack.append((node, True))
            stack.extend((part, False) for part in parts)
        else:
            decisions.append(Decision(order[node.node_var()], position[parts[0]], position[parts[1]]))
            position[node] = len(decisions) - 1
    return decisions


class Plan(NamedTuple):
    """How a formula is computed: directly from others, or by a diagram over others."""

    needs: tuple[int, ...]
    decisions: tuple[Decision, ...] = ()


def plan_of(formulas: Formulas, number: int) -> Plan:
    """Say how a formula is computed: directly where its children share nothing, by a diagram where they do."""
    node = formulas.nodes[number]
    if node.kind in (*LEAVES, "mean", "numeric"):
        return Plan(node.children)
    groups = independent_groups([formulas.support[c] for c in node.children])
    if len(groups) == len(node.children):
        return Plan(node.children)
    if len(groups) > 1 and node.kind != "at_least":
        parts = [[node.children[i] for i in group] for group in groups]
        return Plan(tuple(formulas.combine(node.kind, part) for part in parts))
    apart = modules_below(formulas, number) - {number}
    decisions = tuple(decide(formulas, number, apart))
    needs = dict.fromkeys(d.variable[1] for d in decisions if d.variable[0] == "node")
    return Plan(tuple(needs), decisions)
