"""Families of minimal sets, kept as zero-suppressed decision diagrams.

A monotone function is known by the smallest sets of variables that make it true. Such a family is a diagram:
node (x, lo, hi) holds the sets of `lo`, and those of `hi` with x added. Shared parts are stored once, so a family
of millions of sets can be small. After Minato (1993) and, for the minimal sets, Rauzy (1993).

The operations are written as generators that ask for the results they need; `Families` answers them from a stack
of its own and remembers the answers. So depth costs no recursion.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

from outcomegap.errors import EngineError

EMPTY = 0  #: no set at all: the function that is never true
UNIT = 1  #: the empty set alone: the function that is always true

Operation = Callable[..., Any]
Request = tuple[Operation, int, int]
Walk = Generator[Request, int, int]

#: How many answers are remembered at once, about 0.4 GB; then they are forgotten, which costs time alone.
MOST_ANSWERS = 2_000_000
#: Position of the two terminals: behind all variables.
_BELOW = 1 << 60


class Families:
    """A store of families of minimal sets over variables 0, 1, 2, ...

    Parameters
    ----------
    most_nodes, most_steps
        Beyond this many diagram nodes (a million is about 0.3 GB), or steps of work (a million is about 3 s), an
        `EngineError` is raised.

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

    def __init__(self, most_nodes: int = 1_000_000, most_steps: int = 20_000_000) -> None:
        self._most_nodes, self._most_steps = most_nodes, most_steps
        self._steps = 0
        # Node -> (variable, lo, hi); what a node leads to has a smaller number.
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
        """Return the first variable of a family; behind all variables where it has none."""
        return self._nodes[f][0]

    def size(self, f: int) -> int:
        """Return how many diagram nodes a family takes."""
        return len(self._below(f))

    def count(self, f: int) -> int:
        """Return how many sets a family holds, without listing them."""
        counts = {EMPTY: 0, UNIT: 1}
        for node in sorted(self._below(f) - {EMPTY, UNIT}):
            _, lo, hi = self._nodes[node]
            counts[node] = counts[lo] + counts[hi]
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

    def _below(self, f: int) -> set[int]:
        seen, stack = {f}, [f]
        while stack:
            new = set(self._nodes[stack.pop()][1:]) - seen
            seen |= new
            stack.extend(new)
        return seen

    def _node(self, variable: int, lo: int, hi: int) -> int:
        if hi == EMPTY:
            return lo
        key = (variable, lo, hi)
        if key not in self._known:
            self._within(len(self._nodes), self._most_nodes, "diagram nodes")
            self._known[key] = len(self._nodes)
            self._nodes.append(key)
        return self._known[key]

    @staticmethod
    def _within(count: int, most: int, what: str) -> None:
        if count > most:
            message = f"finding the minimal sets takes more than {most:,} {what}; ask for one part of the outcome"
            raise EngineError(f"{message}, or simplify the gates")

    def _run(self, wanted: Request) -> int:
        """Carry out an operation, and all that it asks for, on a stack of our own."""
        stack: list[tuple[Request, Walk]] = []
        while True:
            answer = self._memo.get(wanted)
            if answer is None:
                operation, f, g = wanted
                stack.append((wanted, operation(self, f, g)))
            while stack:
                try:
                    wanted = stack[-1][1].send(answer)  # type: ignore[arg-type]  # a fresh generator takes None
                    break
                except StopIteration as done:
                    answer = done.value
                    self._steps += 1
                    self._within(self._steps, self._most_steps, "steps")
                    if len(self._memo) >= MOST_ANSWERS:
                        self._memo.clear()
                    self._memo[stack.pop()[0]] = done.value
            else:
                assert answer is not None
                return answer

    def _split(self, f: int, x: int) -> tuple[int, int]:
        """Return the sets of `f` without x, and those with x (x taken out); x is not below the top of `f`."""
        variable, lo, hi = self._nodes[f]
        return (lo, hi) if variable == x else (f, EMPTY)

    def either_walk(self, f: int, g: int) -> Walk:
        if f == EMPTY or g in (f, UNIT):
            return g
        if g == EMPTY or f == UNIT:
            return f
        x = min(self.top(f), self.top(g))
        (f_lo, f_hi), (g_lo, g_hi) = self._split(f, x), self._split(g, x)
        lo = yield _ask(Families.either_walk, f_lo, g_lo)
        hi = yield _ask(Families.either_walk, f_hi, g_hi)
        hi = yield (Families.without_walk, hi, lo)
        return self._node(x, lo, hi)

    def both_walk(self, f: int, g: int) -> Walk:
        if f == EMPTY or g in (f, UNIT):
            return f
        if g == EMPTY or f == UNIT:
            return g
        x = min(self.top(f), self.top(g))
        (f_lo, f_hi), (g_lo, g_hi) = self._split(f, x), self._split(g, x)
        lo = yield _ask(Families.both_walk, f_lo, g_lo)
        # With x given, a function is true where it was true without x, or where x was what it lacked.
        f_hi = yield _ask(Families.either_walk, f_lo, f_hi)
        g_hi = yield _ask(Families.either_walk, g_lo, g_hi)
        hi = yield _ask(Families.both_walk, f_hi, g_hi)
        hi = yield (Families.without_walk, hi, lo)
        return self._node(x, lo, hi)

    def without_walk(self, f: int, g: int) -> Walk:
        """Return the sets of `f` that contain no set of `g`."""
        if f in (EMPTY, g) or g == UNIT:
            return EMPTY
        if g == EMPTY or f == UNIT:  # the empty set contains no set but itself, and g, being minimal, is not UNIT
            return f
        x = min(self.top(f), self.top(g))
        (f_lo, f_hi), (g_lo, g_hi) = self._split(f, x), self._split(g, x)
        lo = yield (Families.without_walk, f_lo, g_lo)
        hi = yield (Families.without_walk, f_hi, g_lo)
        hi = yield (Families.without_walk, hi, g_hi)
        return self._node(x, lo, hi)


def _ask(operation: Operation, f: int, g: int) -> Request:
    """Ask for an operation that does not mind the order of its families."""
    return (operation, min(f, g), max(f, g))
