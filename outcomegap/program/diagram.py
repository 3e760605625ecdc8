"""Decision diagrams: exact probabilities where steps are shared. The only file that knows oxidd.

Shannon's expansion f = x f1 + (1 - x) f0, applied variable by variable with equal parts stored once (Bryant,
IEEE Transactions on Computers C-35, 1986), makes the probability of a formula linear in the diagram's size.
Size hangs on the order of the variables, so several orders are tried and the smallest diagram is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from outcomegap.errors import EngineError
from outcomegap.program.formula import Formulas

#: Capacities tried one after the other, in diagram nodes (about 16 bytes each).
CAPACITIES = (1 << 16, 1 << 19, 1 << 22, 1 << 24)
#: The largest diagram that is turned into a program.
LARGEST = 1 << 18

#: A variable: ("node", formula number) for a leaf or module, ("draw", mean number, position) for a mean's draw.
Variable = tuple[Any, ...]
FALSE, TRUE = -1, -2


class Decision(NamedTuple):
    """One node of a diagram: where `variable` holds go to `high`, else to `low`; FALSE and TRUE end."""

    variable: Variable
    high: int
    low: int


class _TooLargeError(Exception):
    pass


def decide(formulas: Formulas, root: int, variables: set[int]) -> list[Decision]:
    """Return the smallest diagram found for `root`, children first; the last entry is the root.

    Parameters
    ----------
    formulas
        The normal form.
    root
        The formula.
    variables
        Numbers of the nodes at which to stop: leaves, and modules to be computed apart.

    Raises
    ------
    EngineError
        If every order tried gives more than `LARGEST` nodes.
    """
    best: list[Decision] | None = None
    for arrange in ORDERS:
        order = list(_variables(formulas, root, variables, arrange))
        limit = LARGEST if best is None else len(best)
        try:
            found = _grow(formulas, root, variables, order, limit)
        except _TooLargeError:
            continue
        if best is None or len(found) < len(best):
            best = found
        if len(order) < 4 or len(best) <= len(order):
            break
    if best is None:
        names = f"{len(formulas.nodes)} gates and leaves"
        msg = (
            f"this graph shares too many steps to be computed exactly: more than {LARGEST:,} decisions for {names}; "
            "split it into outcomes of their own, or let fewer gates share steps"
        )
        raise EngineError(msg)
    return best


def _variables(formulas: Formulas, root: int, stop: set[int], arrange: Arrange) -> Iterator[Variable]:
    """Yield the variables in the order a depth-first walk meets them; a mean's draw comes before its children."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        number = stack.pop()
        if number in seen:
            continue
        seen.add(number)
        node = formulas.nodes[number]
        if number in stop or node.kind == "leaf":
            yield ("node", number)
            continue
        if node.kind == "mean":
            yield from (("draw", node.number, position) for position in range(len(node.children) - 1))
        stack.extend(reversed(arrange(formulas, node.children)))


Arrange = Callable[[Formulas, Sequence[int]], list[int]]


def _as_written(_formulas: Formulas, children: Sequence[int]) -> list[int]:
    return list(children)


def _large_first(formulas: Formulas, children: Sequence[int]) -> list[int]:
    return sorted(children, key=lambda c: -formulas.support[c].bit_count())


def _small_first(formulas: Formulas, children: Sequence[int]) -> list[int]:
    return sorted(children, key=lambda c: formulas.support[c].bit_count())


def _shared_first(formulas: Formulas, children: Sequence[int]) -> list[int]:
    supports = [formulas.support[c] for c in children]
    overlap = {c: sum((formulas.support[c] & s).bit_count() for s in supports) for c in children}
    return sorted(children, key=lambda c: -overlap[c])


ORDERS: tuple[Arrange, ...] = (_as_written, _large_first, _small_first, _shared_first)


def _grow(formulas: Formulas, root: int, stop: set[int], order: list[Variable], limit: int) -> list[Decision]:
    from oxidd.bdd import BDDManager
    from oxidd.util import DDMemoryError

    for capacity in CAPACITIES:
        manager = BDDManager(capacity, capacity // 2, 1)
        try:
            return _read(_build(manager, formulas, root, stop, order), order, limit)
        except DDMemoryError:
            if capacity >= 64 * limit:
                break
    raise _TooLargeError


def _build(manager: Any, formulas: Formulas, root: int, stop: set[int], order: list[Variable]) -> Any:
    number_of = dict(zip(order, manager.add_vars(len(order)), strict=True))
    made: dict[int, Any] = {}
    stack: list[tuple[int, bool]] = [(root, False)]
    while stack:
        number, ready = stack.pop()
        if number in made:
            continue
        node = formulas.nodes[number]
        if number in stop or node.kind == "leaf":
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


def _read(top: Any, order: list[Variable], limit: int) -> list[Decision]:
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
            if len(decisions) >= limit:
                raise _TooLargeError
            decisions.append(Decision(order[node.node_var()], position[parts[0]], position[parts[1]]))
            position[node] = len(decisions) - 1
    return decisions
