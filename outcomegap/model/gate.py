"""Gates on states: how steps combine. All are monotone and multilinear (docs/meaning, clause 2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import attrs

from outcomegap.errors import ModelError
from outcomegap.model.identity import ByDigest, digest
from outcomegap.model.step import Step
from outcomegap.model.values import PerCell, name_of, numeric

Node = Any  # Step | Gate; a union here would need a forward reference in every signature


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
        self._make(children, name, ())

    def _make(self, children: Sequence[Node], name: str | None, extra: object) -> None:
        where = f"{self.kind} gate" if name is None else f"gates.{name}"
        if name is not None:
            name_of("gate", name)
        _check_children(where, children)
        object.__setattr__(self, "children", tuple(children))
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "_digest", digest((self.kind, extra or sorted(c._digest for c in children))))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(_short(child) for child in self.children)})"

    def __reduce__(self) -> tuple[Any, ...]:
        from outcomegap.model.walk import pack, unpack

        return (unpack, (pack(self),))


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
        where = "at_least gate" if name is None else f"gates.{name}"
        if isinstance(k, bool) or not isinstance(k, int):
            raise ModelError.of("at-least-range", where, f"k must be a whole number (got {k!r:.60})")
        if children and not 1 <= k <= len(children):
            raise ModelError.of("at-least-range", where, f"k must lie between 1 and {len(children)} (got {k})")
        object.__setattr__(self, "k", k)
        self._make(children, name, (k, sorted(getattr(c, "_digest", b"") for c in children)))

    def __repr__(self) -> str:
        return f"AtLeast({self.k}, {', '.join(_short(child) for child in self.children)})"


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
        where = "mean gate" if name is None else f"gates.{name}"
        given = [1.0] * len(children) if weights is None else _listed(where, weights)
        if len(given) != len(children):
            message = f"{len(given)} weights for {len(children)} children"
            raise ModelError.of("weights", where, message)
        clean = tuple(_weight(where, w) for w in given)
        object.__setattr__(self, "weights", clean)
        pairs = [digest((getattr(c, "_digest", b""), w)) for c, w in zip(children, clean, strict=True)]
        self._make(children, name, sorted(pairs))

    def __repr__(self) -> str:
        shown = ", ".join(f"{w:g}" if isinstance(w, float) else "per_cell" for w in self.weights)
        trail = "," if len(self.weights) == 1 else ""
        return f"Mean({', '.join(_short(child) for child in self.children)}, weights=({shown}{trail}))"


GATE_KINDS: tuple[type[Gate], ...] = (AllOf, AnyOf, AtLeast, Mean)


def _listed(where: str, weights: object) -> list[Any]:
    if isinstance(weights, (str, bytes)) or not isinstance(weights, Iterable):
        raise ModelError.of("weights", where, f"weights is a list, one a child (got {weights!r:.60})")
    return list(weights)


def _weight(where: str, value: object) -> float | PerCell:
    result = numeric(where, "weight", value)
    if any(not v > 0 for v in (result if isinstance(result, PerCell) else (result,))):  # type: ignore[operator]
        raise ModelError.of("weights", where, f"a weight must be positive (got {value!r})")
    return result


def _check_children(where: str, children: Sequence[Any]) -> None:
    if not children:
        raise ModelError.of("no-children", where, "a gate needs at least one child")
    for child in children:
        if not isinstance(child, (Step, Gate)):
            raise ModelError.of("child", where, f"a child is a step or a gate, not {child!r:.60}")
    seen: set[Any] = set()
    for child in children:
        if child in seen:
            raise ModelError.of("repeated-children", where, f"{_short(child)} stands there twice")
        seen.add(child)


def _short(node: Any, depth: int = 2) -> str:
    if isinstance(node, Step):
        return repr(node.name)
    if depth == 0 or len(node.children) > 12:
        return f"{type(node).__name__}(...{len(node.children)})"
    return f"{type(node).__name__}({', '.join(_short(child, depth - 1) for child in node.children)})"
