"""Readable names for the nodes of a success graph, each of them unique."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from outcomegap.model.gate import AtLeast, Gate, Node
from outcomegap.model.numeric import Numeric
from outcomegap.model.outcome import DesiredOutcome
from outcomegap.model.step import Step


class Names:
    """Hands out unique names: a name that is taken gets `` #2``, `` #3`` and so on.

    Examples
    --------
    >>> names = Names()
    >>> names.take("sales"), names.take("sales"), names.number("all of"), names.number("all of")
    ('sales', 'sales #2', 'all of #1', 'all of #2')
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._count: Counter[str] = Counter()

    def take(self, name: str) -> str:
        """Return `name`, or `name` with the first free number from 2 on."""
        if name not in self._taken:
            self._taken.add(name)
            self._count[name] = max(self._count[name], 1)
            return name
        return self.number(name)

    def number(self, name: str) -> str:
        """Return `name` with its next free number."""
        while True:
            self._count[name] += 1
            numbered = f"{name} #{self._count[name]}"
            if numbered not in self._taken:
                self._taken.add(numbered)
                return numbered


def gate_label(gate: Gate) -> str:
    """Say what a gate does, in words.

    Examples
    --------
    >>> from outcomegap.model import AtLeast, Measure, SuccessGap
    >>> gate_label(AtLeast(2, *(SuccessGap(n, Measure(n), floor=0, target=1) for n in "abc")))
    'at least 2 of'
    """
    if isinstance(gate, AtLeast):
        return f"at least {gate.k} of"
    if isinstance(gate, Numeric):
        return gate.gate.name
    return gate.kind.replace("_", " ")


def name_nodes(nodes: Iterable[Node]) -> dict[Node, str]:
    """Name steps and gates: steps and named gates by their own names, which they get before any other.

    Examples
    --------
    >>> from outcomegap.model import AllOf, Measure, SuccessGap
    >>> a, b = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "ab")
    >>> list(name_nodes([a, b, AllOf(a, b)]).values())
    ['a', 'b', 'all of #1']
    """
    order = tuple(nodes)
    names = Names()
    found: dict[Node, str] = {}
    own: list[tuple[Node, str]] = [(node, node.name) for node in order if isinstance(node, Step)]
    own += [(node, node.name) for node in order if isinstance(node, Gate) and node.name]
    for node, name in own:
        found[node] = names.take(name)
    for node in order:
        if node not in found:
            found[node] = names.number(gate_label(node))
    return found


def outcome_label(outcome: DesiredOutcome, among: Iterable[DesiredOutcome]) -> str:
    """Name a desired outcome, with its segments and stages where another of the same name stands beside it."""
    alike = [other for other in among if other.name == outcome.name]
    cells = [", ".join(names) for names in (outcome.segments, outcome.stages) if names]
    return f"{outcome.name} ({'; '.join(cells)})" if len(alike) > 1 and cells else outcome.name
