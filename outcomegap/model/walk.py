"""What stands in a success graph: its steps, its gates, how deep it is."""

from __future__ import annotations

from outcomegap.model.gate import Gate
from outcomegap.model.identity import Node, children, postorder
from outcomegap.model.step import Step


def steps_of(*roots: Node) -> tuple[Step, ...]:
    """Return the distinct steps below `roots`, with all that they build on, in order."""
    return tuple(node for node in postorder(roots) if isinstance(node, Step))


def gates_of(*roots: Node) -> tuple[Gate, ...]:
    """Return the distinct gates below `roots`, children first."""
    return tuple(node for node in postorder(roots, children) if isinstance(node, Gate))


def depth_of(root: Node) -> int:
    """Return how many gates stand above one another at most."""
    depth: dict[Node, int] = {}
    for node in postorder([root], children):
        depth[node] = max((1 + depth[child] for child in children(node)), default=0)
    return depth[root]
