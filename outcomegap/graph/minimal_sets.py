"""Minimal path sets and cut sets: the smallest sets of steps that reach an outcome, or keep it out of reach.

A monotone function is known by the smallest sets of variables that make it true. Such a family is kept as a
zero-suppressed decision diagram: node (x, lo, hi) holds the sets of `lo`, and those of `hi` with x added. Shared parts
are stored once, so a family of millions of sets can be small. After Minato (1993) and, for the minimal sets, Rauzy
(1993).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import reduce
from typing import Any, Literal

from outcomegap.errors import EngineError, ModelError
from outcomegap.graph.success_graph import choose, name_nodes
from outcomegap.model.declaration import Cell
from outcomegap.model.gate import AtLeast, Numeric, PowerMean, Weakest, deciding
from outcomegap.model.identity import Node, parts, postorder
from outcomegap.model.model import OutcomeModel
from outcomegap.model.step import Step

Part = Literal["desired", "required", "experience"]
Reached = Literal["fully", "at_all"]
Sets = tuple[frozenset[str], ...]
Operation = Callable[..., Any]
Request = tuple[Operation, int, int]
Walk = Generator[Request, int, int]

EMPTY = 0  #: no set at all: the function that is never true
UNIT = 1  #: only the empty set: the function that is always true
#: How many answers are kept, about 0.6 GB and 6 s of work; a family that needs more is refused.
MOST_ANSWERS = 2_000_000
#: Position of the two terminals: after all variables.
_BELOW = 1 << 60


def path_sets(
    model: OutcomeModel,
    *,
    segment: str | None = None,
    stage: str | None = None,
    goal: str | None = None,
    part: Part = "desired",
    reached: Reached = "fully",
    limit: int = 100_000,
) -> Sets:
    """Return the smallest sets of steps that are enough to reach the outcome.

    A path set is a set of steps with which the outcome is reached if each of them is fully attained and every other
    step is at 0. It is minimal if it needs each of its steps.

    Parameters
    ----------
    model
        The model.
    segment, stage, goal
        The cell. A name that is left out fits all, as long as one desired outcome remains.
    part
        The outcome: ``"desired"`` (both parts), ``"required"`` or ``"experience"``.
    reached
        ``"fully"``: attained in full (1), so a mean needs all of its children, and of an AnyOf only children with a
        weight of 1 are enough. ``"at_all"``: attained in part (above 0), so a mean needs any one of its children, and
        an AllOf only those with a weight of 1. Without means and weights both are the same. Children with a weight of
        0 are left out.
    limit
        The most sets to return. If there are more, an error is raised before any is listed.

    Returns
    -------
    tuple of frozenset of str
        Names of steps, smallest sets first, ties in the order of the model's steps. There is none if weights keep the
        outcome out of reach, and only the empty set if it is reached without any step.

    Raises
    ------
    ModelError
        If no cell fits, several desired outcomes fit, the cells that fit have different sets, or an argument is
        invalid.
    EngineError
        If there are more sets than `limit`, or finding them takes too much memory.

    Examples
    --------
    >>> from outcomegap.model import *
    >>> a, b, c = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "abc")
    >>> e = Expectation("e", Measure("e"), floor=0, target=1)
    >>> needs, expects = RequiredOutcome("R", needs=AllOf(a, AnyOf(b, c))), AppropriateExperience("E", expects=e)
    >>> model = OutcomeModel("m", desired_outcomes=[DesiredOutcome(needs, expects)])
    >>> [sorted(s) for s in path_sets(model)]
    [['a', 'b', 'e'], ['a', 'c', 'e']]
    """
    return _sets("path", *_chosen(model, (segment, stage, goal), part), reached, limit)


def cut_sets(
    model: OutcomeModel,
    *,
    segment: str | None = None,
    stage: str | None = None,
    goal: str | None = None,
    part: Part = "desired",
    reached: Reached = "fully",
    limit: int = 100_000,
) -> Sets:
    """Return the smallest sets of steps that keep the outcome out of reach while all others are attained.

    Path sets and cut sets with the same `part` and `reached` are each other's duals: every path set shares a step
    with every cut set. With ``reached="at_all"`` a cut set brings the outcome to 0. With ``"fully"`` it only has to
    keep it below 1, so each child of a mean is a cut set by itself.

    Parameters
    ----------
    model, segment, stage, goal, part, reached, limit
        As in `path_sets`.

    Returns
    -------
    tuple of frozenset of str
        Names of steps, smallest sets first, ties in the order of the model's steps.

    Raises
    ------
    ModelError, EngineError
        As in `path_sets`.

    Examples
    --------
    >>> from outcomegap.model import *
    >>> a, b, c = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "abc")
    >>> e = Expectation("e", Measure("e"), floor=0, target=1)
    >>> needs, expects = RequiredOutcome("R", needs=AllOf(a, AnyOf(b, c))), AppropriateExperience("E", expects=e)
    >>> model = OutcomeModel("m", desired_outcomes=[DesiredOutcome(needs, expects)])
    >>> [sorted(s) for s in cut_sets(model, part="required")]
    [['a'], ['b', 'c']]
    """
    return _sets("cut", *_chosen(model, (segment, stage, goal), part), reached, limit)


def _sets(what: Literal["path", "cut"], roots: Sequence[Node], cells: Sequence[Cell], reached: str, limit: int) -> Sets:
    if reached not in ("fully", "at_all"):
        raise ModelError.of("reached", f"{what}_sets", f"reached is 'fully' or 'at_all' (got {reached!r})")
    order = tuple(postorder(roots))
    steps = [node for node in order if isinstance(node, Step)]
    store = Families()
    # Diagrams stay small if the steps that are used most are near the top.
    places = Counter(part for node in order for part in parts(node))
    variables = [
        node
        for node in postorder(roots, lambda node: sorted(parts(node), key=lambda part: -places[part]))
        if isinstance(node, Step)
    ]
    single = {step: store.single(number) for number, step in enumerate(variables)}
    both, either = (store.both, UNIT), (store.either, EMPTY)
    series, parallel = (both, either) if what == "path" else (either, both)
    found: dict[Node, int] = {}
    for node in order:
        below = [found[part] for part in _deciding(node, cells, reached)]
        if isinstance(node, Step):
            found[node] = _joined(store, series, [single[node], *below])
        elif isinstance(node, AtLeast):
            found[node] = _at_least(store, node.k if what == "path" else len(below) - node.k + 1, below)
        else:
            found[node] = _joined(store, series if _asks_for_all(node, reached) else parallel, below)
    top = _joined(store, series, [found[root] for root in roots])
    count = store.count(top)
    if count > limit:
        message = f"{count:,} minimal {what} sets, more than limit={limit:,}; raise the limit or ask for one part"
        raise EngineError(message)
    keys, place = name_nodes(steps)[0], {step: number for number, step in enumerate(steps)}
    found_sets = (sorted(place[variables[i]] for i in chosen) for chosen in store.sets(top))
    smallest_first = sorted(found_sets, key=lambda chosen: (len(chosen), chosen))
    return tuple(frozenset(keys[steps[i]] for i in chosen) for chosen in smallest_first)


def _asks_for_all(node: Node, reached: str) -> bool:
    """Return whether a gate is reached only with all of its children."""
    if isinstance(node, Numeric):
        message = f"minimal sets are of steps that hold or do not; {node!r:.80} is a gate of your own, on numbers"
        raise EngineError(message)
    if isinstance(node, (Weakest, PowerMean)):
        # With an exponent below 0, one child at 0 makes the mean 0.
        return reached == "fully" or isinstance(node, Weakest) or node.r < 0
    return bool(node.kind == "all_of" or (node.kind == "mean" and reached == "fully"))


def _deciding(node: Node, cells: Sequence[Cell], reached: str) -> tuple[Node, ...]:
    """Return the parts of a node that decide whether it is reached, the same in all of the cells."""
    found = {deciding(node, cell, surely=reached == "fully") for cell in cells}
    if len(found) > 1:
        message = f"weights of {node!r:.80} differ between the cells; name segment, stage or goal: {cells[0]}"
        raise ModelError.of("cell", node.where, message)
    return found.pop()


def _joined(store: Families, join: tuple[Callable[[int, int], int], int], families: Iterable[int]) -> int:
    """Join families; those with the first variables come last, since they go on top of the others."""
    return reduce(join[0], sorted(families, key=store.top, reverse=True), join[1])


def _chosen(
    model: OutcomeModel, names: tuple[str | None, str | None, str | None], part: str
) -> tuple[tuple[Node, ...], tuple[Cell, ...]]:
    """Return the tops of the parts that are asked for, and the cells."""
    chosen = choose(model, *names)
    if len(chosen) > 1:
        known = ", ".join(str(cells[0]) for cells in chosen.values())
        message = f"{len(chosen)} desired outcomes fit; name segment, stage or goal: {known}"
        raise ModelError.of("cell", f"model {model.name!r}", message)
    ((outcome, cells),) = chosen.items()
    if part not in ("desired", *outcome.roots):
        raise ModelError.of("part", "part", f"is 'desired', 'required' or 'experience' (got {part!r})")
    return tuple(root for side, root in outcome.roots.items() if part in ("desired", side)), cells


def _at_least(store: Families, k: int, below: Sequence[int]) -> int:
    """Return the minimal sets of "at least k of these": one child after another."""
    reached = [UNIT] + [EMPTY] * k  # reached[j]: at least j of the children seen so far
    # Those with the first variables come last, since they go on top of the others.
    for seen, family in enumerate(sorted(below, key=store.top, reverse=True), start=1):
        still_to_come = len(below) - seen
        for j in range(min(k, seen), max(0, k - still_to_come - 1), -1):
            reached[j] = store.either(reached[j], store.both(reached[j - 1], family))
    return reached[k]


# Families


class Families:
    """A store of families of minimal sets over variables 0, 1, 2, ...

    The operations are generators that ask for the results they need. A stack answers them, and the answers are kept, so
    deep diagrams need no recursion.

    Examples
    --------
    >>> store = Families()
    >>> a, b, c = (store.single(i) for i in range(3))
    >>> family = store.either(a, store.both(b, c))
    >>> store.count(family), sorted(map(sorted, store.sets(family)))
    (2, [[0], [1, 2]])
    >>> store.both(family, a) == a
    True
    """

    def __init__(self) -> None:
        # Node -> (variable, lo, hi); lo and hi are nodes with smaller numbers.
        self._nodes: list[tuple[int, int, int]] = [(_BELOW, EMPTY, EMPTY), (_BELOW, UNIT, UNIT)]
        self._known: dict[tuple[int, int, int], int] = {}
        self._memo: dict[Request, int] = {}

    def single(self, variable: int) -> int:
        """Return the family of the one set ``{variable}``."""
        return self._node(variable, EMPTY, UNIT)

    def either(self, f: int, g: int) -> int:
        """Return the minimal sets of "f or g"."""
        return self._run(_ask(Families.either_walk, f, g))

    def both(self, f: int, g: int) -> int:
        """Return the minimal sets of "f and g"."""
        return self._run(_ask(Families.both_walk, f, g))

    def top(self, f: int) -> int:
        """Return the first variable of a family; after all variables if it has none."""
        return self._nodes[f][0]

    def count(self, f: int) -> int:
        """Return how many sets a family holds, without listing them."""
        counts = [0, 1]
        for _, lo, hi in self._nodes[2 : f + 1]:
            counts.append(counts[lo] + counts[hi])
        return counts[f]

    def sets(self, f: int) -> Iterator[tuple[int, ...]]:
        """Yield the sets of a family."""
        stack: list[tuple[int, tuple[int, ...]]] = [(f, ())]
        while stack:
            node, chosen = stack.pop()
            if node == UNIT:
                yield chosen
            elif node != EMPTY:
                variable, lo, hi = self._nodes[node]
                stack += [(hi, (*chosen, variable)), (lo, chosen)]

    def _node(self, variable: int, lo: int, hi: int) -> int:
        if hi == EMPTY:
            return lo
        key = (variable, lo, hi)
        if key not in self._known:
            self._known[key] = len(self._nodes)
            self._nodes.append(key)
        return self._known[key]

    def _run(self, wanted: Request) -> int:
        """Carry out an operation, and all operations that it needs, on a stack."""
        stack: list[tuple[Request, Walk]] = []
        while True:
            answer = self._memo.get(wanted)
            if answer is None:
                stack.append((wanted, wanted[0](self, *wanted[1:])))
            while stack:
                try:
                    wanted = stack[-1][1].send(answer)  # type: ignore[arg-type]  # a fresh generator takes None
                    break
                except StopIteration as done:
                    answer = self._memo[stack.pop()[0]] = done.value
            else:
                assert answer is not None
                return answer
            if len(self._memo) > MOST_ANSWERS:
                message = "finding the minimal sets takes too much memory; ask for one part of the outcome"
                raise EngineError(f"{message}, or simplify the gates")

    def _split(self, f: int, g: int) -> tuple[int, tuple[int, int], tuple[int, int]]:
        """Return the first variable x of two families, and of each the sets without x, and those with x, x removed."""
        x = min(self.top(f), self.top(g))
        f_parts, g_parts = (self._nodes[n][1:] if self.top(n) == x else (n, EMPTY) for n in (f, g))
        return x, f_parts, g_parts

    def either_walk(self, f: int, g: int) -> Walk:
        if f == EMPTY or g in (f, UNIT):
            return g
        if g == EMPTY or f == UNIT:
            return f
        x, (f_lo, f_hi), (g_lo, g_hi) = self._split(f, g)
        lo = yield _ask(Families.either_walk, f_lo, g_lo)
        hi = yield _ask(Families.either_walk, f_hi, g_hi)
        hi = yield (Families.without_walk, hi, lo)
        return self._node(x, lo, hi)

    def both_walk(self, f: int, g: int) -> Walk:
        if f == EMPTY or g in (f, UNIT):
            return f
        if g == EMPTY or f == UNIT:
            return g
        x, (f_lo, f_hi), (g_lo, g_hi) = self._split(f, g)
        lo = yield _ask(Families.both_walk, f_lo, g_lo)
        # If x is true, a function is true if it was true without x, or if it needed only x.
        f_hi = yield _ask(Families.either_walk, f_lo, f_hi)
        g_hi = yield _ask(Families.either_walk, g_lo, g_hi)
        hi = yield _ask(Families.both_walk, f_hi, g_hi)
        hi = yield (Families.without_walk, hi, lo)
        return self._node(x, lo, hi)

    def without_walk(self, f: int, g: int) -> Walk:
        """Return the sets of `f` that contain no set of `g`."""
        if f in (EMPTY, g) or g == UNIT:
            return EMPTY
        if g == EMPTY or f == UNIT:  # the empty set contains only itself, and g is minimal and not UNIT
            return f
        x, (f_lo, f_hi), (g_lo, g_hi) = self._split(f, g)
        lo = yield (Families.without_walk, f_lo, g_lo)
        hi = yield (Families.without_walk, f_hi, g_lo)
        hi = yield (Families.without_walk, hi, g_hi)
        return self._node(x, lo, hi)


def _ask(operation: Operation, f: int, g: int) -> Request:
    """Ask for an operation that does not depend on the order of its families."""
    return (operation, min(f, g), max(f, g))
