"""Nodes of shared graphs: equal by value, walked and pickled without recursion.

A shared graph that is read as a tree grows exponentially, and a deep one overflows the stack. A digest made from the
children's digests costs one step for each node, so ``==`` and ``hash`` take constant time at any depth.
Walks meet each node once, children before parents.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

#: A step or a gate. A union of the two classes would need an import of modules that import this one.
Node = Any
DIGEST_SIZE = 16
#: The field that holds what a node is built on: of a gate, and of a step.
BUILT_ON = frozenset({"children", "after"})
#: The metadata key of a field that digests omit while it has its default.
LATER = "later"


def digest(value: object) -> bytes:
    """Digest a value made of model objects, text, numbers, None, tuples and mappings.

    Equal values have equal digests in any process and on any platform; 2 and 2.0 are equal.

    Examples
    --------
    >>> digest(("a", 2)) == digest(("a", 2.0))
    True
    >>> digest(("a", "b")) == digest(("ab",))
    False
    """
    own = getattr(value, "_digest", None)
    if isinstance(own, bytes):
        return own
    return hashlib.blake2b(_plain(value), digest_size=DIGEST_SIZE).digest()


def _plain(value: Any) -> bytes:
    if value is None:
        return b"n"
    if isinstance(value, bool):
        return b"b1" if value else b"b0"
    if isinstance(value, (int, float)):
        return b"f" + struct.pack(">d", float(value) + 0.0)  # -0.0 equals 0.0
    if isinstance(value, str):
        return b"s" + value.encode("utf-8", "surrogatepass")
    if isinstance(value, bytes):
        return b"y" + value
    if isinstance(value, Mapping):
        return b"m" + b"".join(sorted(digest(k) + digest(v) for k, v in value.items()))
    if attrs.has(type(value)):
        names = [a.name for a in attrs.fields(type(value)) if a.eq and not left_out(a, getattr(value, a.name))]
        return b"o" + digest(type(value).__name__) + b"".join(digest(getattr(value, name)) for name in names)
    return b"t" + b"".join(digest(item) for item in value)


def left_out(field: attrs.Attribute[Any], value: object) -> bool:
    """Return whether a newer field has its default: then digests of models stay as they were before the field."""
    return bool(field.metadata.get(LATER)) and value == field.default


class ByDigest:
    """Mix-in of nodes: equality and hash use ``_digest``, which each class sets in its constructor."""

    __slots__ = ()
    _digest: bytes

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ByDigest):
            return NotImplemented
        return type(self) is type(other) and self._digest == digest(other)

    def __hash__(self) -> int:
        return hash(self._digest)

    def __reduce__(self) -> tuple[Callable[[Packed], Node], tuple[Packed]]:
        return (unpack, (pack(self),))


def children(node: Node) -> tuple[Node, ...]:
    """Return a gate's children; a step has none."""
    return getattr(node, "children", ())


def parts(node: Node) -> tuple[Node, ...]:
    """Return what a node is built on: a gate's children, a step's ``after``."""
    return getattr(node, "children", None) or node.after  # type: ignore[no-any-return]


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


#: Class and fields of each node, parts first; a part is given by its position.
Packed = list[tuple[type[Any], dict[str, Any]]]


def pack(root: Node) -> Packed:
    """Flatten a graph for pickling."""
    position: dict[Node, int] = {}
    packed: Packed = []
    for node in postorder([root]):
        fields = {field.name: getattr(node, field.name) for field in attrs.fields(type(node))}
        below = {name: tuple(position[part] for part in fields[name]) for name in BUILT_ON & fields.keys()}
        packed.append((type(node), fields | below))
        position[node] = len(position)
    return packed


def unpack(packed: Packed) -> Node:
    """Build the graph that `pack` flattened."""
    made: list[Node] = []
    for kind, fields in packed:
        node = object.__new__(kind)
        for name, value in fields.items():
            object.__setattr__(node, name, tuple(made[place] for place in value) if name in BUILT_ON else value)
        made.append(node)
    return made[-1]
