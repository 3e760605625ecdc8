"""The success graph: from what the product does, over success gaps, to what the customer wants."""

from outcomegap.graph.build import success_graph as success_graph
from outcomegap.graph.formats import to_dot as to_dot
from outcomegap.graph.formats import to_graphml as to_graphml
from outcomegap.graph.formats import to_json as to_json
from outcomegap.graph.formats import to_mermaid as to_mermaid
from outcomegap.graph.sets import cut_sets as cut_sets
from outcomegap.graph.sets import path_sets as path_sets
