"""Walks over shared graphs, without recursion: each node once, children before parents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from outcomegap.model.gate import AtLeast, Gate, Mean, Node
from outcomegap.model.numeric import Numeric, PowerMean
from outcomegap.model.step import Step


def parts(node: Node) -> tuple[Node, ...]:
    """Return what a node is built on: a gate's children, a step's ``after``."""
    return node.after if isinstance(node, Step) else node.children


def children(node: Node) -> tuple[Node, ...]:
    """Return a gate's children; a step has none."""
    return () if isinstance(node, Step) else node.children


def postorder(roots: Iterable[Node], below: Callable[[Node], Iterable[Node]] = parts) -> Iterator[Node]:
    """Yield every distinct node below `roots` once, children first, left to right."""
    seen: set[Node] = set()
    for root in roots:
        stack: list[tuple[Node, bool]] = [(root, False)]
        while stack:
            node, entered = stack.pop()
            if entered:
                yield node
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(tuple(below(node))) if child not in seen)


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
        depth[node] = 0 if isinstance(node, Step) else 1 + max(depth[c] for c in node.children)
    return depth[root]


Packed = list[tuple[type[Any], dict[str, Any], tuple[int, ...]]]


def pack(root: Node) -> Packed:
    """Flatten a graph for pickling: (class, own fields, positions of the parts), parts first."""
    position: dict[Node, int] = {}
    packed: Packed = []
    for node in postorder([root]):
        fields = {
            field.name: getattr(node, field.name)
            for field in attrs.fields(type(node))
            if field.name not in ("_digest", "after", "children", "shape")
        }
        packed.append((type(node), fields, tuple(position[part] for part in parts(node))))
        position[node] = len(position)
    return packed


def unpack(packed: Packed) -> Node:
    """Build the graph again that `pack` flattened."""
    made: list[Node] = []
    for kind, fields, below in packed:
        nodes = [made[i] for i in below]
        made.append(rebuild(kind, fields, nodes))
    return made[-1]


def rebuild(kind: type[Any], fields: dict[str, Any], nodes: list[Node]) -> Node:
    """Make a step or gate from its own fields and its parts."""
    if issubclass(kind, Step):
        return kind(**fields, after=tuple(nodes))
    if issubclass(kind, AtLeast):
        return kind(fields["k"], *nodes, name=fields["name"])
    if issubclass(kind, Mean):
        return kind(*nodes, weights=fields["weights"], name=fields["name"])
    if issubclass(kind, PowerMean):
        return kind(fields["r"], *nodes, weights=fields["weights"], name=fields["name"])
    if issubclass(kind, Numeric):
        return kind(fields["gate"], *nodes, name=fields["name"])
    return kind(*nodes, name=fields["name"])
