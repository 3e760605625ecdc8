"""Pictures of a success graph: Mermaid for pages, DOT for Graphviz."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

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
