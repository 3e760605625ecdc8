"""A success graph for people and other programs: Mermaid for pages, DOT for Graphviz, GraphML and JSON."""

from __future__ import annotations

import json
import re
from os import PathLike
from typing import TYPE_CHECKING, Any

from outcomegap.graph.build import Names

if TYPE_CHECKING:
    import networkx as nx

#: What opens and closes a node of each kind in Mermaid; gates, the rest, are hexagons.
_MERMAID = {
    "function": ("[[", "]]"),
    "gap": ("[", "]"),
    "expectation": ("(", ")"),
    "required": ("([", "])"),
    "experience": ("([", "])"),
    "desired": ("(((", ")))"),
}
_DOT = {
    "function": "component",
    "gap": "box",
    "expectation": "note",
    "required": "ellipse",
    "experience": "ellipse",
    "desired": "doublecircle",
}
#: Fill colours by side; all text on them is black.
_FILL = {"required": "#dbeafe", "experience": "#dcfce7", "both": "#fef9c3"}

#: ASCII characters that mean nothing to Mermaid, Markdown or HTML wherever they stand.
_PLAIN = re.compile(r"[A-Za-z0-9 ,.?!()'/+=-]|[^\x00-\x7f]")


#: What XML 1.0 cannot hold, in any spelling.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Characters by which JSON in a page could end its script; as escapes they mean the same.
_IN_HTML = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def to_mermaid(graph: nx.DiGraph[str], *, direction: str = "LR") -> str:
    """Write a success graph as a Mermaid flowchart.

    Functions are framed boxes, gaps boxes, expectations rounded, gates hexagons, outcomes round. A step says its
    floor and target where they are the same in all cells of the graph; an edge into a mean says its weight.

    Parameters
    ----------
    graph
        What `success_graph` returned.
    direction
        ``"LR"``, ``"RL"``, ``"TB"`` or ``"BT"``.

    Returns
    -------
    str
        The text of the picture, to stand in a ``mermaid`` block; no line break at the end.

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
        opening, closing = _MERMAID.get(data["kind"], ("{{", "}}"))
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
    lines = [
        f"digraph {_dot_text([graph.name])} {{",
        f"  rankdir={direction};",
        '  node [style=filled, fontname="sans-serif"];',
    ]
    for key, data in graph.nodes(data=True):
        shape = _DOT.get(data["kind"], "hexagon")
        fill = _FILL[data["side"]]
        lines.append(f'  {ids[key]} [label={_dot_text(_lines(data))}, shape={shape}, fillcolor="{fill}"];')
    for start, end, data in graph.edges(data=True):
        weight = f" [label={_dot_text([_number(data['weight'])])}]" if data.get("weight") is not None else ""
        lines.append(f"  {ids[start]} -> {ids[end]}{weight};")
    return "\n".join([*lines, "}"])


def to_graphml(graph: nx.DiGraph[str], path: str | PathLike[str]) -> None:
    """Write a success graph to a GraphML file, as Gephi, yEd, Cytoscape and `networkx.read_graphml` read it.

    Attributes without a value are left out. Characters that XML cannot hold become U+FFFD.

    Parameters
    ----------
    graph
        What `success_graph` returned.
    path
        The file; one that exists is replaced.

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
    ``networkx.node_link_graph(data, edges="edges")`` the same graph comes back.

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
    whole = json.dumps(data, ensure_ascii=False).translate(_IN_HTML)
    # Half of a surrogate pair cannot be encoded; JSON has an escape for it.
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", whole)


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _present(data: dict[str, Any]) -> dict[str, Any]:
    return {name: _xml(v) if isinstance(v, str) else v for name, v in data.items() if v is not None}


def _lines(data: dict[str, Any]) -> list[str]:
    """Return what stands in a node, line by line."""
    lines: list[str] = data["label"].splitlines() or [""]
    if data.get("floor") is not None and data.get("target") is not None:
        unit = f" {data['unit']}" if data["unit"] else ""
        lines = [*lines, f"{_number(data['floor'])} to {_number(data['target'])}{unit}"]
    return lines


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.10g}"


def _visible(text: str) -> str:
    """Replace control characters by blanks; the joiners, which Persian and Hindi are written with, stay."""
    return "".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in text)


def _mermaid_text(text: str) -> str:
    """Write every other character as an entity of Mermaid, ``#34;``: quotes, brackets, ``#``, ``<`` and all."""
    return "".join(c if _PLAIN.match(c) else f"#{ord(c)};" for c in _visible(text))


def _dot_text(lines: list[str]) -> str:
    """Quote for DOT; Graphviz reads HTML entities in a label, so ``&`` is written as one."""
    quoted = (_visible(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in lines)
    return '"' + "\\n".join(quoted) + '"'
