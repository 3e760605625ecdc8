"""The success graph of a model as a plain `networkx.DiGraph`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from outcomegap.model.declaration import Cell, Column, PerCell
from outcomegap.model.gate import AtLeast, Gate, Mean, Numeric
from outcomegap.model.identity import Node, parts, postorder
from outcomegap.model.model import AppropriateExperience, DesiredOutcome, OutcomeModel, RequiredOutcome
from outcomegap.model.step import Step

if TYPE_CHECKING:
    import networkx as nx

#: Which cells each desired outcome stands for.
Chosen = dict[DesiredOutcome, tuple[Cell, ...]]


def success_graph(
    model: OutcomeModel, *, segment: str | None = None, stage: str | None = None, goal: str | None = None
) -> nx.DiGraph[str]:
    """Return the graph from product functions through success gaps and gates to the desired outcome.

    An edge leads from a step to what is built on it: to the steps that name it in ``after``, to the gates it
    stands under, from there to the required outcome or the appropriate experience, and on to the desired
    outcome. Equal gates are one node. Nodes come in an order in which each stands behind all it is built on.

    Parameters
    ----------
    model
        The model.
    segment, stage, goal
        The cell; what is left out fits all, and every desired outcome that fits is in the graph.

    Returns
    -------
    networkx.DiGraph
        Acyclic; every node leads to a desired outcome. A node's key is the name of the step, the gate or the
        outcome (gates without a name: ``"all of #1"``). All nodes have ``kind`` (``"function"``, ``"gap"``,
        ``"expectation"``, ``"all_of"``, ``"any_of"``, ``"at_least"``, ``"mean"``, ``"required"``,
        ``"experience"``, ``"desired"``), ``label`` and ``side`` (``"required"``, ``"experience"`` or
        ``"both"``). Steps have ``owner``, ``remedy``, ``bridgeable``, ``measure``, ``unit``, ``floor`` and
        ``target`` as well (in the units of the measure; None where it differs between the cells that fit,
        ``"column x"`` where each customer brings it along), at_least gates ``k``. Edges into a mean have its
        ``weight`` (None where it differs).

    Raises
    ------
    ModelError
        If no cell fits.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-validation")
    >>> graph = success_graph(model, segment="enterprise", stage="early")
    >>> graph.nodes["phone support round the clock"]["target"]
    24.0
    >>> [node for node in graph if graph.out_degree(node) == 0]
    ['desired outcome: addresses that can be mailed']
    """
    import networkx as nx

    chosen = choose(model, segment, stage, goal)
    graph: nx.DiGraph[str] = nx.DiGraph(name=model.name)
    cells: dict[Node, dict[Cell, None]] = {}
    sides: dict[Node, set[str]] = {}
    for outcome, its_cells in chosen.items():
        for side, root in outcome.roots.items():
            for node in postorder([root]):
                cells.setdefault(node, {}).update(dict.fromkeys(its_cells))
                sides.setdefault(node, set()).add(side)
    order = tuple(postorder(root for outcome in chosen for root in outcome.roots.values()))
    keys, names = name_nodes(order)
    for node in order:
        stands = sides[node].pop() if len(sides[node]) == 1 else "both"
        graph.add_node(keys[node], **_attributes(node, cells[node], stands))
        graph.add_edges_from((keys[part], keys[node]) for part in parts(node))
        if isinstance(node, Mean):
            for child, weight in zip(node.children, node.weights, strict=True):
                graph.edges[keys[child], keys[node]]["weight"] = _everywhere(weight, cells[node])
    known: dict[Any, str] = {}
    for outcome in chosen:
        label = _outcome_label(outcome, chosen)
        both: tuple[RequiredOutcome | AppropriateExperience, ...] = (outcome.required, outcome.experience)
        for part, (side, root) in zip(both, outcome.roots.items(), strict=True):
            if part not in known:
                known[part] = names.take(part.name)
                graph.add_node(known[part], kind=side, label=part.name, side=side)
                graph.add_edge(keys[root], known[part])
        key = names.take(f"desired outcome: {label}")
        graph.add_node(key, kind="desired", label=label, side="both")
        graph.add_edges_from((known[part], key) for part in both)
    return graph


def choose(model: OutcomeModel, segment: str | None, stage: str | None, goal: str | None) -> Chosen:
    """Return the desired outcomes that fit, each with its cells that fit.

    Examples
    --------
    >>> import outcomegap as og
    >>> [len(cells) for cells in choose(og.gallery.load("email-validation"), "startup", None, None).values()]
    [3]
    """
    found: dict[DesiredOutcome, list[Cell]] = {}
    # Where nothing fits, model.cell says so and lists what there is.
    for cell in model.find_cells(segment, stage, goal) or (model.cell(segment, stage, goal),):
        found.setdefault(model.outcome(cell), []).append(cell)
    return {outcome: tuple(cells) for outcome, cells in found.items()}


def _attributes(node: Node, cells: Collection[Cell], side: str) -> dict[str, Any]:
    if isinstance(node, Gate):
        own = {"kind": node.kind, "label": node.name or gate_label(node), "side": side}
        return own | ({"k": node.k} if isinstance(node, AtLeast) else {})
    assert isinstance(node, Step)
    return {
        "kind": node.kind,
        "label": node.name,
        "side": node.side,
        "owner": node.owner,
        "remedy": node.remedy,
        "bridgeable": getattr(node, "bridgeable", True),  # what is no gap stands in nobody's way
        "measure": node.measure.name,
        "unit": node.measure.unit,
        "floor": _everywhere(node.floor, cells),
        "target": _everywhere(node.target, cells),
    }


def _everywhere(value: Any, cells: Collection[Cell]) -> float | str | None:
    """Return what `value` is in all of the cells; None where they differ."""
    if isinstance(value, PerCell):
        found = {value.at(cell.segment, cell.stage) for cell in cells}
        value = found.pop() if len(found) == 1 else None
    return f"column {value.name}" if isinstance(value, Column) else value


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
        if name in self._taken:
            return self.number(name)
        self._taken.add(name)
        self._count[name] = max(self._count[name], 1)
        return name

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


def name_nodes(nodes: Iterable[Node]) -> tuple[dict[Node, str], Names]:
    """Name steps and gates, those with names of their own first; return the names that are taken as well.

    Examples
    --------
    >>> from outcomegap.model import AllOf, Measure, SuccessGap
    >>> a, b = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "ab")
    >>> list(name_nodes([a, b, AllOf(a, b)])[0].values())
    ['a', 'b', 'all of #1']
    """
    order = tuple(nodes)
    names = Names()
    named: list[Node] = [node for node in order if isinstance(node, Step)]
    named += [node for node in order if isinstance(node, Gate) and node.name]
    found = {node: names.take(node.name) for node in named}
    for node in order:
        if node not in found:
            found[node] = names.number(gate_label(node))
    return found, names


def _outcome_label(outcome: DesiredOutcome, among: Iterable[DesiredOutcome]) -> str:
    """Name a desired outcome, with its segments and stages where another of the same name stands beside it."""
    alike = [other for other in among if other.name == outcome.name]
    cells = [", ".join(names) for names in (outcome.segments, outcome.stages) if names]
    return f"{outcome.name} ({'; '.join(cells)})" if len(alike) > 1 and cells else outcome.name
