"""The success graph: from what the product does, over success gaps, to what the customer wants."""

from outcomegap.graph.build import success_graph
from outcomegap.graph.draw import to_dot, to_mermaid
from outcomegap.graph.exchange import to_graphml, to_json
from outcomegap.graph.sets import cut_sets, path_sets

__all__ = ["cut_sets", "path_sets", "success_graph", "to_dot", "to_graphml", "to_json", "to_mermaid"]
