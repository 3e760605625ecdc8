"""Decision diagrams: exact probabilities where steps are shared. The only file that knows oxidd.

Shannon's expansion f = x f1 + (1 - x) f0, applied variable by variable with equal parts stored once (Bryant,
IEEE Transactions on Computers C-35, 1986), makes the probability of a formula linear in the diagram's size.
Size hangs on the order of the variables, so several orders are tried and the smallest diagram is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from outcomegap.errors import EngineError
from outcomegap.program.formula import Formulas

#: Capacities tried one after the other, in diagram nodes (about 16 bytes each).
CAPACITIES = (1 << 12, 1 << 16, 1 << 19, 1 << 22)
#: The largest diagram that is turned into a program.
LARGEST = 1 << 18

#: A variable: ("node", formula number) for a step or module, ("draw", mean number, position) for a mean's draw.
Variable = tuple[Any, ...]
FALSE, TRUE = -1, -2


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
            if top is None:
                continue
            size = top.node_count() - 2
            if best is None or size < best[0]:
                best = (size, top, order)
            if size <= len(order):
                break
        if best is not None and best[0] <= LARGEST:
            return read(best[1], best[2])
    msg = (
        f"this graph shares too many steps to be computed exactly: more than {LARGEST:,} decisions for "
        f"{len(formulas.nodes)} gates and steps; split it into outcomes of their own, or let fewer gates share steps"
    )
    raise EngineError(msg)


def orders_of(formulas: Formulas, root: int, variables: set[int]) -> list[list[Variable]]:
    """Return the distinct orders that the ways of arranging children give."""
    parents = parents_of(formulas, root)
    depth = depths_of(formulas)
    size = [support.bit_count() for support in formulas.support]
    ways: list[Callable[[int], float] | None] = [
        None,
        lambda c: size[c],
        lambda c: depth[c],
        lambda c: -parents.get(c, 0),
        lambda c: -size[c],
        lambda c: -depth[c],
    ]
    found: dict[tuple[Variable, ...], None] = {}
    for way in ways:
        found[tuple(_variables(formulas, root, variables, way))] = None
    found[tuple(_variables(formulas, root, variables, None, backward=True))] = None
    return [list(order) for order in found]


def parents_of(formulas: Formulas, root: int) -> dict[int, int]:
    """Count for each node below `root` how many gates it stands under."""
    count: dict[int, int] = {}
    seen, stack = {root}, [root]
    while stack:
        for child in formulas.nodes[stack.pop()].children:
            count[child] = count.get(child, 0) + 1
            if child not in seen:
                seen.add(child)
                stack.append(child)
    return count


def depths_of(formulas: Formulas) -> list[int]:
    depth: list[int] = []
    for node in formulas.nodes:
        depth.append(1 + max((depth[child] for child in node.children), default=0))
    return depth


def _variables(
    formulas: Formulas,
    root: int,
    stop: set[int],
    way: Callable[[int], float] | None,
    *,
    backward: bool = False,
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
        if number in stop or node.kind == "step":
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
        if number in stop or node.kind == "step":
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
