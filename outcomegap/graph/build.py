"""The success graph of a model as a plain `networkx.DiGraph`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from outcomegap.graph.naming import Names, gate_label, name_nodes, outcome_label
from outcomegap.model.cell import Cell
from outcomegap.model.gate import AtLeast, Gate, Mean, Node
from outcomegap.model.identity import parts, postorder
from outcomegap.model.model import OutcomeModel, must_be_model
from outcomegap.model.outcome import AppropriateExperience, DesiredOutcome, RequiredOutcome
from outcomegap.model.step import Step
from outcomegap.model.values import Column, PerCell

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
        If no cell fits, or it is no model.

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
    must_be_model("success_graph", model)
    import networkx as nx

    chosen = choose(model, segment, stage, goal)
    graph: nx.DiGraph[str] = nx.DiGraph(name=model.name)
    roots = [root for outcome in chosen for _, _, root in _parts(outcome)]
    order = tuple(postorder(roots))
    keys = name_nodes(order)
    cells = _cells_of_nodes(chosen)
    sides = _sides(chosen)
    for node in order:
        graph.add_node(keys[node], **_attributes(node, cells[node], sides[node]))
        for part in parts(node):
            graph.add_edge(keys[part], keys[node])
        if isinstance(node, Mean):
            for child, weight in zip(node.children, node.weights, strict=True):
                graph.edges[keys[child], keys[node]]["weight"] = _everywhere(weight, cells[node])
    _add_outcomes(graph, keys, chosen)
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


def _add_outcomes(graph: nx.DiGraph[str], keys: dict[Node, str], chosen: Chosen) -> None:
    names = Names()
    for key in keys.values():
        names.take(key)
    known: dict[Any, str] = {}
    for outcome in chosen:
        for part, side, root in _parts(outcome):
            if part not in known:
                known[part] = names.take(part.name)
                graph.add_node(known[part], kind=side, label=part.name, side=side)
                graph.add_edge(keys[root], known[part])
        label = outcome_label(outcome, chosen)
        key = names.take(f"desired outcome: {label}")
        graph.add_node(key, kind="desired", label=label, side="both")
        graph.add_edge(known[outcome.required], key)
        graph.add_edge(known[outcome.experience], key)


def _attributes(node: Node, cells: Sequence[Cell], side: str) -> dict[str, Any]:
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


def _everywhere(value: Any, cells: Sequence[Cell]) -> float | str | None:
    """Return what `value` is in all of the cells; None where they differ."""
    if isinstance(value, PerCell):
        found = {value.at(cell.segment, cell.stage) for cell in cells}
        value = found.pop() if len(found) == 1 else None
    return f"column {value.name}" if isinstance(value, Column) else value


def _parts(outcome: DesiredOutcome) -> Iterator[tuple[RequiredOutcome | AppropriateExperience, str, Node]]:
    yield outcome.required, "required", outcome.required.needs
    yield outcome.experience, "experience", outcome.experience.expects


def _cells_of_nodes(chosen: Chosen) -> dict[Node, list[Cell]]:
    found: dict[Node, list[Cell]] = {}
    for outcome, cells in chosen.items():
        for node in postorder([root for _, _, root in _parts(outcome)]):
            found.setdefault(node, []).extend(cells)
    return found


def _sides(chosen: Chosen) -> dict[Node, str]:
    found: dict[Node, str] = {}
    for outcome in chosen:
        for _, side, root in _parts(outcome):
            for node in postorder([root]):
                found[node] = side if found.get(node, side) == side else "both"
    return found
