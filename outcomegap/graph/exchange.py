"""A success graph for other programs: GraphML and JSON."""

from __future__ import annotations

import json
import re
from os import PathLike
from typing import TYPE_CHECKING, Any

from outcomegap.graph.naming import Names

if TYPE_CHECKING:
    import networkx as nx

#: What XML 1.0 cannot hold, in any spelling.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Characters by which JSON in a page could end its script; as escapes they mean the same.
_IN_HTML = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


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
    data = {
        "directed": True,
        "multigraph": False,
        "graph": dict(graph.graph),
        "nodes": [{**attributes, "id": key} for key, attributes in graph.nodes(data=True)],
        "edges": [{**attributes, "source": a, "target": b} for a, b, attributes in graph.edges(data=True)],
    }
    return _escape(json.dumps(data, ensure_ascii=False))


def _escape(text: str) -> str:
    whole = text.translate(_IN_HTML)
    # Half of a surrogate pair cannot be encoded; JSON has an escape for it.
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", whole)


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _present(data: dict[str, Any]) -> dict[str, Any]:
    return {name: _xml(v) if isinstance(v, str) else v for name, v in data.items() if v is not None}
