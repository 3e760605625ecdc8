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

_TOO_MUCH = "finding the minimal sets takes more than {:,} {}; ask for one part of the outcome, or simplify the gates"

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
        self._var, self._lo, self._hi = [_BELOW, _BELOW], [EMPTY, UNIT], [EMPTY, UNIT]
        self._known: dict[tuple[int, int, int], int] = {}
        self._memo: dict[Request, int] = {}

    def single(self, variable: int) -> int:
        """Return the family of the one set ``{variable}``."""
        return self._node(variable, EMPTY, UNIT)

    def either(self, f: int, g: int) -> int:
        """Return the minimal sets of "f or g"."""
        return self._run(Families._either, *_ordered(f, g))

    def both(self, f: int, g: int) -> int:
        """Return the minimal sets of "f and g"."""
        return self._run(Families._both, *_ordered(f, g))

    def top(self, f: int) -> int:
        """Return the first variable of a family; behind all variables where it has none."""
        return self._var[f]

    def size(self, f: int) -> int:
        """Return how many diagram nodes a family takes."""
        seen, stack = {f}, [f]
        while stack:
            node = stack.pop()
            below = {self._lo[node], self._hi[node]} - seen if node > UNIT else set()
            seen |= below
            stack.extend(below)
        return len(seen)

    def count(self, f: int) -> int:
        """Return how many sets a family holds, without listing them."""
        counts = {EMPTY: 0, UNIT: 1}
        stack = [f]
        while stack:
            node = stack[-1]
            below = [n for n in (self._lo[node], self._hi[node]) if n not in counts]
            if node in counts or not below:
                stack.pop()
                counts.setdefault(node, counts.get(self._lo[node], 0) + counts.get(self._hi[node], 0))
            else:
                stack.extend(below)
        return counts[f]

    def sets(self, f: int) -> Iterator[tuple[int, ...]]:
        """Yield the sets of a family."""
        stack: list[tuple[int, tuple[int, ...]]] = [(f, ())]
        while stack:
            node, chosen = stack.pop()
            if node == UNIT:
                yield chosen
            elif node != EMPTY:
                stack.append((self._hi[node], (*chosen, self._var[node])))
                stack.append((self._lo[node], chosen))

    def _node(self, variable: int, lo: int, hi: int) -> int:
        if hi == EMPTY:
            return lo
        key = (variable, lo, hi)
        found = self._known.get(key)
        if found is None:
            found = len(self._var)
            if found > self._most_nodes:
                raise EngineError(_TOO_MUCH.format(self._most_nodes, "diagram nodes"))
            self._var.append(variable)
            self._lo.append(lo)
            self._hi.append(hi)
            self._known[key] = found
        return found

    def _run(self, operation: Operation, f: int, g: int) -> int:
        """Carry out an operation, and all that it asks for, on a stack of our own."""
        memo = self._memo
        stack: list[tuple[Request, Walk]] = []
        wanted: Request = (operation, f, g)
        while True:
            answer = memo.get(wanted)
            if answer is None:
                operation, f, g = wanted
                stack.append((wanted, operation(self, f, g)))
            while stack:
                try:
                    wanted = stack[-1][1].send(answer)  # type: ignore[arg-type]  # a fresh generator takes None
                    break
                except StopIteration as done:
                    answer = done.value
                    self._remember(stack.pop()[0], done.value)
            else:
                assert answer is not None
                return answer

    def _remember(self, request: Request, answer: int) -> None:
        self._steps += 1
        if self._steps > self._most_steps:
            raise EngineError(_TOO_MUCH.format(self._most_steps, "steps"))
        if len(self._memo) >= MOST_ANSWERS:
            self._memo.clear()
        self._memo[request] = answer

    def _split(self, f: int, x: int) -> tuple[int, int]:
        """Return the sets of `f` without x, and those with x (x taken out); x is not below the top of `f`."""
        return (self._lo[f], self._hi[f]) if self._var[f] == x else (f, EMPTY)

    def _either(self, f: int, g: int) -> Walk:
        if f == EMPTY or g in (f, UNIT):
            return g
        if g == EMPTY or f == UNIT:
            return f
        x = min(self._var[f], self._var[g])
        f_lo, f_hi = self._split(f, x)
        g_lo, g_hi = self._split(g, x)
        lo = yield (Families._either, *_ordered(f_lo, g_lo))
        hi = yield (Families._either, *_ordered(f_hi, g_hi))
        hi = yield (Families._without, hi, lo)
        return self._node(x, lo, hi)

    def _both(self, f: int, g: int) -> Walk:
        if f == EMPTY or g in (f, UNIT):
            return f
        if g == EMPTY or f == UNIT:
            return g
        x = min(self._var[f], self._var[g])
        f_lo, f_hi = self._split(f, x)
        g_lo, g_hi = self._split(g, x)
        lo = yield (Families._both, *_ordered(f_lo, g_lo))
        # With x given, a function is true where it was true without x, or where x was what it lacked.
        f_hi = yield (Families._either, *_ordered(f_lo, f_hi))
        g_hi = yield (Families._either, *_ordered(g_lo, g_hi))
        hi = yield (Families._both, *_ordered(f_hi, g_hi))
        hi = yield (Families._without, hi, lo)
        return self._node(x, lo, hi)

    def _without(self, f: int, g: int) -> Walk:
        """Return the sets of `f` that contain no set of `g`."""
        if f in (EMPTY, g) or g == UNIT:
            return EMPTY
        if g == EMPTY:
            return f
        if f == UNIT:  # the empty set contains no set but itself, and g, being minimal, is not UNIT
            return f
        x = min(self._var[f], self._var[g])
        f_lo, f_hi = self._split(f, x)
        g_lo, g_hi = self._split(g, x)
        lo = yield (Families._without, f_lo, g_lo)
        hi = yield (Families._without, f_hi, g_lo)
        hi = yield (Families._without, hi, g_hi)
        return self._node(x, lo, hi)


def _ordered(f: int, g: int) -> tuple[int, int]:
    return (f, g) if f <= g else (g, f)
