"""The success graph: from what the product does, over success gaps, to what the customer wants."""

from outcomegap.graph.minimal_sets import cut_sets as cut_sets, path_sets as path_sets
from outcomegap.graph.success_graph import (
    success_graph as success_graph,
    to_dot as to_dot,
    to_graphml as to_graphml,
    to_json as to_json,
    to_mermaid as to_mermaid,
)
