"""Gates on states: how steps combine. All are monotone and multilinear (docs/meaning, clause 2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import attrs

from outcomegap.errors import ModelError
from outcomegap.model.identity import ByDigest, Node, children, digest, postorder
from outcomegap.model.numbers import PerCell, name_of, numeric
from outcomegap.model.step import Step


@attrs.frozen(eq=False, repr=False, init=False)
class Gate(ByDigest):
    """A way to combine steps; use `AllOf`, `AnyOf`, `AtLeast` or `Mean`, or a gate on numbers such as `Weakest`.

    Gates are equal by value, whatever the order of their children, and equal gates are one gate. A gate's
    ``name`` is only a label.
    """

    kind: ClassVar[str]

    children: tuple[Node, ...] = attrs.field(init=False)
    name: str | None = attrs.field(init=False)
    _digest: bytes = attrs.field(init=False)

    def __init__(self, *children: Node, name: str | None = None) -> None:
        self.make(children, name)

    def make(self, children: Sequence[Node], name: str | None, **own: Any) -> None:
        """Look at the children, and set these and the fields of its own."""
        if name is not None:
            name_of("gate", name)
        check_children(where_of(self.kind, name), children)
        for field, value in {"children": tuple(children), "name": name, **own}.items():
            object.__setattr__(self, field, value)
        object.__setattr__(self, "_digest", digest((self.kind, self.meaning())))

    @property
    def where(self) -> str:
        """Path of the gate in a model file, or what errors call its place."""
        return where_of(self.kind, self.name)

    def meaning(self) -> object:
        """What tells it from other gates of its kind."""
        return sorted(map(digest, self.children))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(short, self.children))})"


@attrs.frozen(eq=False, repr=False, init=False)
class AllOf(Gate):
    """All children must hold: the product of their attainments, where they share no step.

    Parameters
    ----------
    *children
        Steps or gates, one or more, all different.
    name
        A label for people and files.

    Raises
    ------
    ModelError
        If there is no child, a child stands twice, or something else than a step or gate stands there.

    Examples
    --------
    >>> from outcomegap.model import Measure, SuccessGap
    >>> a, b = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "ab")
    >>> AllOf(a, b) == AllOf(b, a)
    True
    """

    kind: ClassVar[str] = "all_of"


@attrs.frozen(eq=False, repr=False, init=False)
class AnyOf(Gate):
    """One child is enough: ``1 - (1 - a)(1 - b)...``, where they share no step.

    Parameters
    ----------
    *children
        Steps or gates, one or more, all different.
    name
        A label for people and files.

    Examples
    --------
    >>> from outcomegap.model import Measure, SuccessGap
    >>> a, b = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "ab")
    >>> AnyOf(a, AllOf(a, b))
    AnyOf('a', AllOf('a', 'b'))
    """

    kind: ClassVar[str] = "any_of"


@attrs.frozen(eq=False, repr=False, init=False)
class AtLeast(Gate):
    """At least `k` of the children must hold.

    Parameters
    ----------
    k
        How many, from 1 to the number of children.
    *children
        Steps or gates, all different.
    name
        A label for people and files.

    Examples
    --------
    >>> from outcomegap.model import Measure, SuccessGap
    >>> AtLeast(2, *(SuccessGap(n, Measure(n), floor=0, target=1) for n in "abc"))
    AtLeast(2, 'a', 'b', 'c')
    """

    kind: ClassVar[str] = "at_least"

    k: int = attrs.field(init=False)

    def __init__(self, k: int, *children: Node, name: str | None = None) -> None:
        where = where_of(self.kind, name)
        if isinstance(k, bool) or not isinstance(k, int):
            raise ModelError.of("at-least-range", where, f"k must be a whole number (got {k!r:.60})")
        if children and not 1 <= k <= len(children):
            raise ModelError.of("at-least-range", where, f"k must lie between 1 and {len(children)} (got {k})")
        self.make(children, name, k=k)

    def meaning(self) -> object:
        """As of other gates, and `k`."""
        return self.k, sorted(map(digest, self.children))

    def __repr__(self) -> str:
        return f"AtLeast({self.k}, {', '.join(map(short, self.children))})"


@attrs.frozen(eq=False, repr=False, init=False)
class Mean(Gate):
    """The weighted mean of the children: one makes up for another.

    Exactly a mixture: one child is drawn, with the weights as probabilities, and counts alone; so a mean may
    stand under any other gate. A mean that is used in several places shares its draw.

    Parameters
    ----------
    *children
        Steps or gates, one or more, all different.
    weights
        One positive finite number, or `per_cell` of such, a child; equal weights when left out.
    name
        A label for people and files.

    Examples
    --------
    >>> from outcomegap.model import Expectation, Measure
    >>> reply, training = (Expectation(n, Measure(n), floor=0, target=1) for n in ("reply", "training"))
    >>> Mean(reply, training, weights=(2, 1))
    Mean('reply', 'training', weights=(2, 1))
    """

    kind: ClassVar[str] = "mean"

    weights: tuple[float | PerCell, ...] = attrs.field(init=False)

    def __init__(
        self, *children: Node, weights: Iterable[float | PerCell] | None = None, name: str | None = None
    ) -> None:
        self.make(children, name, weights=weights_of(where_of(self.kind, name), children, weights))

    def meaning(self) -> object:
        """Its children, each with its weight."""
        return weighted(self.children, self.weights)

    def __repr__(self) -> str:
        return f"Mean({', '.join(map(short, self.children))}, {shown(self.weights)})"


GATE_KINDS: tuple[type[Gate], ...] = (AllOf, AnyOf, AtLeast, Mean)


def where_of(kind: str, name: str | None) -> str:
    """Return what errors call the place of a gate."""
    return f"{kind} gate" if name is None else f"gates.{name}"


def weights_of(where: str, children: Sequence[Node], given: Iterable[object] | None) -> tuple[float | PerCell, ...]:
    """Return one positive number a child, or `PerCell` of such; equal weights where none are given."""
    weights = [1.0] * len(children) if given is None else list(given)
    if len(weights) != len(children):
        raise ModelError.of("weights", where, f"{len(weights)} weights for {len(children)} children")
    return tuple(weight_of(where, weight) for weight in weights)


def weight_of(where: str, value: object) -> float | PerCell:
    """Return a positive number, or `PerCell` of such."""
    found = numeric(where, "weight", value)
    if any(not number > 0 for number in (found if isinstance(found, PerCell) else (found,))):  # type: ignore[operator]
        raise ModelError.of("weights", where, f"a weight must be positive (got {value!r})")
    return found


def weighted(children: Sequence[Node], weights: Sequence[float | PerCell]) -> list[bytes]:
    """Digest children with their weights, in any order."""
    return sorted(digest((digest(child), weight)) for child, weight in zip(children, weights, strict=True))


def shown(weights: Sequence[float | PerCell]) -> str:
    """Return weights as they are written."""
    each = ", ".join(f"{weight:g}" if isinstance(weight, float) else "per_cell" for weight in weights)
    return f"weights=({each}{',' if len(weights) == 1 else ''})"


def check_children(where: str, children: Sequence[Node]) -> None:
    """Make sure that children are steps or gates, one or more, all different."""
    if not children:
        raise ModelError.of("no-children", where, "a gate needs at least one child")
    seen: set[Node] = set()
    for child in children:
        if not isinstance(child, (Step, Gate)):
            raise ModelError.of("child", where, f"a child is a step or a gate, not {child!r:.60}")
        if child in seen:
            raise ModelError.of("repeated-children", where, f"{short(child)} stands there twice")
        seen.add(child)


def short(node: Node, depth: int = 2) -> str:
    """Return a step's name, or a gate with what stands below it, not too long."""
    if isinstance(node, Step):
        return repr(node.name)
    if depth == 0 or len(node.children) > 12:
        return f"{type(node).__name__}(...{len(node.children)})"
    return f"{type(node).__name__}({', '.join(short(child, depth - 1) for child in node.children)})"


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
