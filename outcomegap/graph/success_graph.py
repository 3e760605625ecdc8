"""The success graph of a model as a plain `networkx.DiGraph`, and as Mermaid, DOT, GraphML and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from itertools import count, repeat
from os import PathLike
from typing import TYPE_CHECKING, Any

from outcomegap.model.declaration import Cell, Column, PerCell, in_cells
from outcomegap.model.gate import AtLeast, Gate, Mean, Numeric, Weighed, cells_alike, parts_in
from outcomegap.model.identity import Node, parts, postorder
from outcomegap.model.model import DesiredOutcome, OutcomeModel
from outcomegap.model.step import Step

if TYPE_CHECKING:
    import networkx as nx

#: The cells of each desired outcome.
Chosen = dict[DesiredOutcome, tuple[Cell, ...]]


def success_graph(
    model: OutcomeModel, *, segment: str | None = None, stage: str | None = None, goal: str | None = None
) -> nx.DiGraph[str]:
    """Return the graph from product functions through success gaps and gates to the desired outcome.

    An edge leads from a step to the nodes built on it: to the steps that name it in ``after``, to the gates above it,
    from there to the required outcome or the appropriate experience, and on to the desired outcome. Equal gates are
    one node. Each node comes after the nodes that it is built on. A child that has a weight of 0 in all of the cells is
    left out there.

    Parameters
    ----------
    model
        The model.
    segment, stage, goal
        The cell. A name that is left out fits all, and every desired outcome that fits is in the graph.

    Returns
    -------
    networkx.DiGraph
        An acyclic graph; every node leads to a desired outcome. A node's key is the name of the step, the gate or the
        outcome (gates without a name: ``"all of #1"``). All nodes have ``kind`` (``"function"``, ``"gap"``,
        ``"expectation"``, ``"all_of"``, ``"any_of"``, ``"at_least"``, ``"mean"``, ``"required"``,
        ``"experience"``, ``"desired"``), ``label`` and ``side`` (``"required"``, ``"experience"`` or
        ``"both"``). Steps also have ``owner``, ``remedy``, ``bridgeable``, ``measure``, ``unit``, ``floor`` and
        ``target`` (in the units of the measure; None if the cells differ, ``"column x"`` if each customer has its own
        value); at_least gates have ``k``. Edges into a mean, and into an all_of or any_of with weights, have their
        ``weight`` (None if the cells differ).

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
            for alike in cells_alike([root], its_cells):
                for node in postorder([root], partial(parts_in, cell=alike[0])):
                    cells.setdefault(node, {}).update(dict.fromkeys(alike))
                    sides.setdefault(node, set()).add(side)
    every = postorder(root for outcome in chosen for root in outcome.roots.values())
    order = tuple(node for node in every if node in cells)
    keys, names = name_nodes(order)
    for node in order:
        stands = sides[node].pop() if len(sides[node]) == 1 else "both"
        graph.add_node(keys[node], **_attributes(node, cells[node], stands))
        weights = node.weights if isinstance(node, (Mean, Weighed)) else None
        for part, weight in zip(parts(node), weights or repeat(1.0), strict=False):
            if any(in_cells(weight, cells[node])):
                said = {} if weights is None else {"weight": _everywhere(weight, cells[node])}
                graph.add_edge(keys[part], keys[node], **said)
    known: dict[Any, str] = {}
    for outcome in chosen:
        label = _outcome_label(outcome, chosen)
        both = [getattr(outcome, side) for side in outcome.roots]
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
    # If nothing fits, model.cell raises an error that lists the cells.
    for cell in model.find_cells(segment, stage, goal) or (model.cell(segment, stage, goal),):
        found.setdefault(model.outcome(cell), []).append(cell)
    return {outcome: tuple(cells) for outcome, cells in found.items()}


def _attributes(node: Node, cells: Collection[Cell], side: str) -> dict[str, Any]:
    if isinstance(node, Gate):
        own = {"kind": node.kind, "label": node.name or gate_label(node), "side": side}
        return own | ({"k": node.k} if isinstance(node, AtLeast) else {})
    assert isinstance(node, Step)
    said = {key: getattr(node, key) for key in ("side", "owner", "remedy")}
    # Other steps than success gaps can always be worked on.
    said |= {"bridgeable": getattr(node, "bridgeable", True), "measure": node.measure.name, "unit": node.measure.unit}
    levels = {key: _everywhere(getattr(node, key), cells) for key in ("floor", "target")}
    return {"kind": node.kind, "label": node.name, **said, **levels}


def _everywhere(value: Any, cells: Collection[Cell]) -> float | str | None:
    """Return the value in all of the cells; None if the cells differ."""
    if isinstance(value, PerCell):
        found = {value.at(cell.segment, cell.stage) for cell in cells}
        value = found.pop() if len(found) == 1 else None
    return f"column {value.name}" if isinstance(value, Column) else value


class Names:
    """Gives unique names: a name in use gets `` #2``, `` #3`` and so on.

    Examples
    --------
    >>> names = Names()
    >>> names.take("sales"), names.take("sales"), names.number("all of"), names.number("all of")
    ('sales', 'sales #2', 'all of #1', 'all of #2')
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._numbers: dict[str, Iterator[int]] = {}

    def take(self, name: str) -> str:
        """Return `name`, or `name` with the first free number from 2 on."""
        if name in self._taken:
            return self.number(name)
        self._taken.add(name)
        return name

    def number(self, name: str) -> str:
        """Return `name` with its next free number."""
        numbers = self._numbers.setdefault(name, count(2 if name in self._taken else 1))
        found = next(numbered for i in numbers if (numbered := f"{name} #{i}") not in self._taken)
        self._taken.add(found)
        return found


def gate_label(gate: Gate) -> str:
    """Return what a gate does, in words.

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
    """Name steps and gates, those with names of their own first; also return the names in use.

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
    """Name a desired outcome, with its segments and stages if another has the same name."""
    alike = [other for other in among if other.name == outcome.name]
    cells = [", ".join(names) for names in (outcome.segments, outcome.stages) if names]
    return f"{outcome.name} ({'; '.join(cells)})" if len(alike) > 1 and cells else outcome.name


# For people and other programs

#: How each kind of node is drawn: its brackets in Mermaid, its shape in DOT; gates are hexagons.
_SHAPES = {
    "function": ("[[", "]]", "component"),
    "gap": ("[", "]", "box"),
    "expectation": ("(", ")", "note"),
    "required": ("([", "])", "ellipse"),
    "experience": ("([", "])", "ellipse"),
    "desired": ("(((", ")))", "doublecircle"),
}
_GATE = ("{{", "}}", "hexagon")
#: Fill colours by side; all text on them is black.
_FILL = {"required": "#dbeafe", "experience": "#dcfce7", "both": "#fef9c3"}

#: ASCII characters without a special meaning in Mermaid, Markdown and HTML.
_PLAIN = re.compile(r"[A-Za-z0-9 ,.?!()'/+=-]|[^\x00-\x7f]")


#: Characters that XML 1.0 cannot hold in any form.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Characters by which JSON in a page could end its script; they are written as escapes.
_IN_HTML = {ord(c): f"\\u{ord(c):04x}" for c in "<>&"}


def to_mermaid(graph: nx.DiGraph[str], *, direction: str = "LR") -> str:
    """Write a success graph as a Mermaid flowchart.

    Functions are framed boxes, gaps boxes, expectations rounded boxes, gates hexagons, outcomes round. A step shows its
    floor and target if they are the same in all cells of the graph; an edge with a weight shows it.

    Parameters
    ----------
    graph
        What `success_graph` returned.
    direction
        ``"LR"``, ``"RL"``, ``"TB"`` or ``"BT"``.

    Returns
    -------
    str
        The text of the picture, for a ``mermaid`` block; without a line break at the end.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.DiGraph()
    >>> graph.add_node('a "list"', kind="gap", label='a "list"', side="required")
    >>> print(to_mermaid(graph).splitlines()[1].strip())
    n0["a #34;list#34;"]:::required
    """
    ids = {key: f"n{number}" for number, key in enumerate(graph)}
    lines = [f"flowchart {direction}"]
    for key, data in graph.nodes(data=True):
        opening, closing, _ = _SHAPES.get(data["kind"], _GATE)
        text = "<br/>".join(_mermaid_text(line) for line in _lines(data))
        lines.append(f'  {ids[key]}{opening}"{text}"{closing}:::{data["side"]}')
    for start, end, data in graph.edges(data=True):
        weight = f'|"{_number(data["weight"])}"|' if data.get("weight") is not None else ""
        lines.append(f"  {ids[start]} -->{weight} {ids[end]}")
    lines += [f"  classDef {side} fill:{fill},stroke:#64748b,color:#000" for side, fill in _FILL.items()]
    return "\n".join(lines)


def to_dot(graph: nx.DiGraph[str], *, direction: str = "LR") -> str:
    r"""Write a success graph in the DOT language of Graphviz.

    Parameters
    ----------
    graph
        What `success_graph` returned.
    direction
        ``"LR"``, ``"RL"``, ``"TB"`` or ``"BT"``.

    Returns
    -------
    str
        The text of the graph.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.DiGraph(name="mail")
    >>> graph.add_node('a "list"', kind="gap", label='a "list"', side="required")
    >>> print(to_dot(graph).splitlines()[3].strip())
    n0 [label="a \"list\"", shape=box, fillcolor="#dbeafe"];
    """
    ids = {key: f"n{number}" for number, key in enumerate(graph)}
    lines = [f"digraph {_dot_text([graph.name])} {{", f"  rankdir={direction};"]
    lines.append('  node [style=filled, fontname="sans-serif"];')
    for key, data in graph.nodes(data=True):
        shape, fill = _SHAPES.get(data["kind"], _GATE)[-1], _FILL[data["side"]]
        lines.append(f'  {ids[key]} [label={_dot_text(_lines(data))}, shape={shape}, fillcolor="{fill}"];')
    for start, end, data in graph.edges(data=True):
        weight = f" [label={_dot_text([_number(data['weight'])])}]" if data.get("weight") is not None else ""
        lines.append(f"  {ids[start]} -> {ids[end]}{weight};")
    return "\n".join([*lines, "}"])


def to_graphml(graph: nx.DiGraph[str], path: str | PathLike[str]) -> None:
    """Write a success graph to a GraphML file for Gephi, yEd, Cytoscape and `networkx.read_graphml`.

    Attributes without a value are left out. Characters that XML cannot hold become U+FFFD.

    Parameters
    ----------
    graph
        What `success_graph` returned.
    path
        The file; an existing one is replaced.

    Examples
    --------
    >>> import networkx as nx, pathlib, tempfile
    >>> graph = nx.DiGraph()
    >>> graph.add_node("a <b>", kind="gap", owner=None)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "graph.graphml"
    >>> to_graphml(graph, path)
    >>> dict(nx.read_graphml(path).nodes)
    {'a <b>': {'kind': 'gap'}}
    """
    import networkx as nx

    names = Names()
    keys = {key: names.take(_xml(key)) for key in graph}
    plain: nx.DiGraph[str] = nx.DiGraph(**_present(graph.graph))
    for key, data in graph.nodes(data=True):
        plain.add_node(keys[key], **_present(data))
    for start, end, data in graph.edges(data=True):
        plain.add_edge(keys[start], keys[end], **_present(data))
    nx.write_graphml(plain, path)


def to_json(graph: nx.DiGraph[str]) -> str:
    """Write a success graph as JSON: ``nodes`` and ``edges``, each with its attributes.

    The text is safe inside a page: ``<``, ``>`` and ``&`` are written as escapes. With `json.loads` and
    ``networkx.node_link_graph(data, edges="edges")`` you get the same graph back.

    Parameters
    ----------
    graph
        What `success_graph` returned.

    Returns
    -------
    str
        JSON with ``directed``, ``multigraph``, ``graph``, ``nodes`` (``id`` and attributes) and ``edges``
        (``source``, ``target`` and attributes).

    Examples
    --------
    >>> import json, networkx as nx
    >>> graph = nx.DiGraph()
    >>> graph.add_node("<list>", kind="gap")
    >>> json.loads(to_json(graph))["nodes"]
    [{'kind': 'gap', 'id': '<list>'}]
    """
    nodes = [{**attributes, "id": key} for key, attributes in graph.nodes(data=True)]
    edges = [{**attributes, "source": a, "target": b} for a, b, attributes in graph.edges(data=True)]
    data = {"directed": True, "multigraph": False, "graph": dict(graph.graph), "nodes": nodes, "edges": edges}
    return json.dumps(data).translate(_IN_HTML)


def _present(data: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes that have a value, with only characters that XML can hold."""
    return {name: _xml(v) if isinstance(v, str) else v for name, v in data.items() if v is not None}


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _lines(data: dict[str, Any]) -> list[str]:
    """Return the text of a node, line by line."""
    lines: list[str] = data["label"].splitlines() or [""]
    if data.get("floor") is not None and data.get("target") is not None:
        unit = f" {data['unit']}" if data["unit"] else ""
        lines = [*lines, f"{_number(data['floor'])} to {_number(data['target'])}{unit}"]
    return lines


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.10g}"


def _visible(text: str) -> str:
    """Replace control characters by blanks; joiners, which Persian and Hindi need, stay."""
    return "".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in text)


def _mermaid_text(text: str) -> str:
    """Write every special character as an entity of Mermaid, ``#34;``: quotes, brackets, ``#``, ``<`` and others."""
    return "".join(c if _PLAIN.match(c) else f"#{ord(c)};" for c in _visible(text))


def _dot_text(lines: list[str]) -> str:
    """Quote for DOT; Graphviz reads HTML entities in a label, so ``&`` is written as one."""
    quoted = (_visible(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in lines)
    return '"' + "\\n".join(quoted) + '"'
