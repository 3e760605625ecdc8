"""The house in one picture: which room imports which, out of the code; ``python -m tests.docs.house`` draws it anew."""

from __future__ import annotations

import re

import grimp
import networkx as nx

from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "architecture.md"
BLOCK = re.compile(r"^```mermaid\n.*?^```$", re.MULTILINE | re.DOTALL)


def rooms() -> nx.DiGraph:
    """Return which room imports which, without arrows that follow from others."""
    graph = grimp.build_graph("outcomegap", exclude_type_checking_imports=False)
    found = nx.DiGraph()
    for module in sorted(graph.modules - {"outcomegap", "outcomegap.__main__"}):
        room = module.split(".")[1]
        found.add_node(room)
        for other in graph.find_modules_directly_imported_by(module):
            if other.count(".") and other.split(".")[1] != room:
                found.add_edge(room, other.split(".")[1])
    return nx.transitive_reduction(found)


def picture() -> str:
    """Return the picture as a Mermaid block."""
    arrows = sorted(rooms().edges)
    return "\n".join(["```mermaid", "flowchart TD", *(f"    {above} --> {below}" for above, below in arrows), "```"])


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(BLOCK.sub(picture(), text), encoding="utf-8")
