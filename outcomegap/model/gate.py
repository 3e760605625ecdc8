"""Gates combine steps. None ever falls as a step rises.

Gates on states (docs/meaning, clause 2.3) are multilinear; gates on numbers (2.14) need not be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, number_of, show
from outcomegap.errors import EngineError, ModelError
from outcomegap.model.custom import CustomGate, grid, rounded, sealed, try_out
from outcomegap.model.declaration import Cell, Kind, Number, PerCell, in_cells, why_no_name
from outcomegap.model.identity import ByDigest, Node, children, digest, parts, postorder
from outcomegap.model.step import Step

#: Slopes of power means at 0 are taken at this value, since at 0 they may be infinite.
EDGE = 1e-12
#: What a weight may be, and a weight that is the same in every cell.
WEIGHT = Number(0.0, above=True, per_cell=True, rule="weights")
SAME_WEIGHT = Number(0.0, above=True, rule="weights")
#: How necessary, or how sufficient, a child is.
NECESSITY = Number(0.0, 1.0, per_cell=True, rule="weights")
#: The smallest exponent. Nearer to 0, most of the result would be rounding error.
LEAST = 0.01


@attrs.frozen(eq=False, repr=False, init=False)
class Gate(ByDigest):
    """A way to combine steps; use `AllOf`, `AnyOf`, `AtLeast` or `Mean`, or a gate on numbers such as `Weakest`.

    Gates are equal by value, whatever the order of their children, and equal gates are one gate. A gate's
    ``name`` is only a label.
    """

    kind: ClassVar[str]
    #: The field, if there is one, that comes before the children.
    head: ClassVar[str] = ""

    children: tuple[Node, ...] = attrs.field(init=False)
    name: str | None = attrs.field(init=False)
    _digest: bytes = attrs.field(init=False)

    def __init__(self, *children: Node, name: str | None = None) -> None:
        self.make(children, name)

    def make(self, children: Sequence[Node], name: str | None, **own: Any) -> None:
        """Check the children, and set them and the fields of this kind of gate."""
        why = None if name is None else why_no_name(name)
        if why is not None:
            raise ModelError.of("name", "gate", why)
        check_children(where_of(self.kind, name), children)
        for field, value in {"children": tuple(children), "name": name, **own}.items():
            object.__setattr__(self, field, value)
        object.__setattr__(self, "_digest", digest((self.kind, self.meaning())))

    @property
    def where(self) -> str:
        """Path of the gate in a model file, or the place that error messages name."""
        return where_of(self.kind, self.name)

    def meaning(self, of: Callable[[Node], bytes] = digest, *, weighted: bool = True) -> object:
        """What makes it equal to another gate: its head, and its children in any order, each with its weight."""
        weights = getattr(self, "weights", None) if weighted else None
        if weights is None:
            below = sorted(map(of, self.children))
        else:
            pairs = zip(self.children, weights, strict=True)
            below = sorted(digest((of(child), weight)) for child, weight in pairs)
        return (getattr(self, self.head), below) if self.head else below

    def __repr__(self) -> str:
        said = [f"{getattr(self, self.head):g}"] if self.head else []
        said += map(short, self.children)
        weights = getattr(self, "weights", None)
        if weights is not None:
            each = [f"{weight:g}" if isinstance(weight, float) else "per_cell" for weight in weights]
            said.append(f"weights=({', '.join(each)}{',' if len(each) == 1 else ''})")
        return f"{type(self).__name__}({', '.join(said)})"


@attrs.frozen(eq=False, repr=False, init=False)
class Weighed(Gate):
    """A gate whose children each matter with a probability; use `AllOf` or `AnyOf`.

    Each weight w is the probability that this child matters to this customer: an independent draw, which equal gates
    share (noisy-and and noisy-or: Pearl, Probabilistic Reasoning in Intelligent Systems, 1988; Diez & Druzdzel,
    Canonical Probabilistic Models, 2006). Weights that are all 1 equal none.
    """

    weights: tuple[float | PerCell, ...] | None = attrs.field(init=False)

    def __init__(
        self, *children: Node, weights: Iterable[float | PerCell] | None = None, name: str | None = None
    ) -> None:
        found = tuple(map(in_short, weights_of(where_of(self.kind, name), children, weights, NECESSITY)))
        self.make(children, name, weights=None if {*found} == {1.0} else found)


@attrs.frozen(eq=False, repr=False, init=False)
class AllOf(Weighed):
    """All children must hold: the product of their attainments, where they share no step.

    With weights, each child is as necessary as its weight says: its factor is ``1 - w (1 - a)``. A weight of 1 makes a
    child a condition, 0.2 makes it nice to have, 0 leaves it out of the cell.

    Parameters
    ----------
    *children
        Steps or gates, one or more, all different.
    weights
        For each child how necessary it is: a number from 0 to 1, or `per_cell` numbers. By default all are 1. In no
        cell may all be 0.
    name
        A label for people and files.

    Raises
    ------
    ModelError
        If there is no child, a child appears twice, or a child is neither a step nor a gate; or if a weight is not a
        number from 0 to 1.

    Examples
    --------
    >>> from outcomegap.model import Measure, SuccessGap
    >>> a, b = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "ab")
    >>> AllOf(a, b) == AllOf(b, a) == AllOf(a, b, weights=(1, 1))
    True
    >>> AllOf(a, b, weights=(1, 0.2))
    AllOf('a', 'b', weights=(1, 0.2))
    """

    kind: ClassVar[str] = "all_of"


@attrs.frozen(eq=False, repr=False, init=False)
class AnyOf(Weighed):
    """One child is enough: ``1 - (1 - a)(1 - b)...``, where they share no step.

    With weights, each child is as sufficient as its weight says: it holds with probability ``w a``. What the weights
    keep out of reach even if all children are attained is no step's.

    Parameters
    ----------
    *children
        Steps or gates, one or more, all different.
    weights
        For each child how sufficient it is: a number from 0 to 1, or `per_cell` numbers. By default all are 1. In no
        cell may all be 0.
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
    head: ClassVar[str] = "k"

    k: int = attrs.field(init=False)

    def __init__(self, k: int, *children: Node, name: str | None = None) -> None:
        whole = isinstance(k, int) and not isinstance(k, bool)
        if children and not (whole and 1 <= k <= len(children)):
            message = f"k must be a whole number from 1 to {len(children)} (got {k!r:.60})"
            raise ModelError.of("at-least-range", where_of(self.kind, name), message)
        self.make(children, name, k=k)


@attrs.frozen(eq=False, repr=False, init=False)
class Mean(Gate):
    """The weighted mean of the children: a high child makes up for a low one.

    A mean is exactly a mixture: it draws one child, with the weights as probabilities, and only that child counts.
    So a mean may be under any other gate. A mean that is used in several places shares its draw.

    Parameters
    ----------
    *children
        Steps or gates, one or more, all different.
    weights
        One positive finite number, or `per_cell` numbers, for each child. By default all weights are equal.
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
        self.make(children, name, weights=weights_of(where_of(self.kind, name), children, weights, WEIGHT))


def where_of(kind: str, name: str | None) -> str:
    """Return the place of a gate that error messages name."""
    return f"{kind} gate" if name is None else f"gates.{name}"


def weights_of(where: str, children: Sequence[Node], given: Iterable[object] | None, kind: Kind) -> tuple[Any, ...]:
    """Return one weight for each child; equal weights by default."""
    weights = [1.0] * len(children) if given is None else list(given)
    if len(weights) != len(children):
        message = f"{len(weights)} weights for {len(children)} children; give one weight for each child"
        raise ModelError.of("weights", where, message)
    checks = Checks("weights", where)
    found = tuple(kind.take(checks, "", weight) for weight in weights)
    checks.done()
    return found


def in_short(weight: float | PerCell) -> float | PerCell:
    """Return a weight as one number, if it is the same in every cell."""
    same = isinstance(weight, PerCell) and weight.default is not None and len({*weight}) == 1
    return weight.default if same else weight  # type: ignore[union-attr, return-value]


def weights_by_child(gate: Gate) -> dict[str, float | PerCell]:
    """Return the weight of each child of a gate, by what people call the child; empty if it cannot have any."""
    if not hasattr(gate, "weights"):
        return {}
    weights = gate.weights or (1.0,) * len(gate.children)
    return dict(zip(labels_of(gate.children), weights, strict=True))


def labels_of(nodes: Iterable[Node]) -> list[str]:
    """Return what people call nodes: their names, or what they combine; those that look alike are numbered."""
    told = [node.name or short(node) for node in nodes]
    return [f"{name} #{n}" if (n := told[: i + 1].count(name)) > 1 else name for i, name in enumerate(told)]


def check_children(where: str, children: Sequence[Node]) -> None:
    """Raise a ModelError unless there is at least one child, each is a step or a gate, and all are different."""
    if not children:
        raise ModelError.of("no-children", where, "a gate needs at least one child")
    seen: set[Node] = set()
    for child in children:
        if not isinstance(child, (Step, Gate)):
            raise ModelError.of("child", where, f"a child must be a step or a gate, not {child!r:.60}")
        if child in seen:
            raise ModelError.of("repeated-children", where, f"{short(child)} is a child twice; name it once")
        seen.add(child)


def short(node: Node, depth: int = 2) -> str:
    """Return a step's name, or a short form of a gate with its children."""
    if isinstance(node, Step):
        return repr(node.name)
    if depth == 0 or len(node.children) > 12:
        return f"{type(node).__name__}(...{len(node.children)})"
    return f"{type(node).__name__}({', '.join(short(child, depth - 1) for child in node.children)})"


def steps_of(*roots: Node) -> tuple[Step, ...]:
    """Return the distinct steps below `roots`, and the steps that they build on, in order."""
    return tuple(node for node in postorder(roots) if isinstance(node, Step))


def parts_in(node: Node, cell: Cell) -> tuple[Node, ...]:
    """Return the parts of a node that count in a cell: a child whose weight is 0 there does not."""
    if not isinstance(node, Weighed) or node.weights is None:
        return parts(node)
    weights = (in_cells(weight, [cell]) for weight in node.weights)
    return tuple(child for child, (weight,) in zip(node.children, weights, strict=True) if weight != 0)


def deciding(node: Node, cell: Cell, *, surely: bool) -> tuple[Node, ...]:
    """Return the parts of a node that decide whether it holds surely in a cell, or with any probability at all.

    A child of AllOf with a weight below 1 is no condition for more than 0; one of AnyOf never makes the gate sure.
    """
    if not isinstance(node, Weighed) or node.weights is None:
        return parts(node)
    only_1 = isinstance(node, AllOf) != surely
    weights = (in_cells(weight, [cell])[0] for weight in node.weights)
    return tuple(child for child, w in zip(node.children, weights, strict=True) if (w == 1 if only_1 else w != 0))


def cells_alike(roots: Iterable[Node], cells: Sequence[Cell]) -> list[list[Cell]]:
    """Group the cells that have the same weights of 0 below `roots`."""
    weights = [weight for gate in gates_of(*roots) if isinstance(gate, Weighed) for weight in gate.weights or ()]
    by_cell = [in_cells(weight, cells) for weight in weights if not isinstance(weight, float)]
    found: dict[tuple[bool, ...], list[Cell]] = {}
    for number, cell in enumerate(cells):
        found.setdefault(tuple(here[number] == 0 for here in by_cell), []).append(cell)
    return list(found.values())


def gates_of(*roots: Node) -> tuple[Gate, ...]:
    """Return the distinct gates below `roots`, children first."""
    return tuple(node for node in postorder(roots, children) if isinstance(node, Gate))


def again(gate: Gate, below: Sequence[Node], weights: Sequence[Any] | None = None, name: str | None = None) -> Gate:
    """Return the same gate with other children, and with other weights or another name if they are given."""
    head = [getattr(gate, gate.head)] if gate.head else []
    given = getattr(gate, "weights", None) if weights is None else weights
    kind: Any = type(gate)
    made: Gate = kind(*head, *below, name=name or gate.name, **({} if given is None else {"weights": given}))
    return made


def remade(root: Node, step_of: Mapping[Step, Step], gate_of: Callable[[Gate, Sequence[Node]], Node]) -> Node:
    """Return a gate, or a step, with other steps and gates in it; `gate_of` takes a gate and its new children."""
    made: dict[Node, Node] = {}
    for node in postorder([root]):
        if isinstance(node, Gate):
            made[node] = gate_of(node, [made[child] for child in node.children])
        else:
            made[node] = attrs.evolve(step_of.get(node, node), after=tuple(made[each] for each in node.after))
    return made[root]


def by_names(root: Node) -> bytes:
    """Digest a gate or a step by the names of its steps only: neither fields of steps nor weights count."""
    found: dict[Node, bytes] = {}
    for node in postorder([root], children):
        told = (node.kind, node.meaning(found.__getitem__, weighted=False)) if isinstance(node, Gate) else node.name
        found[node] = digest(told)
    return found[root]


def depth_of(root: Node) -> int:
    """Return the largest number of gates on a path from `root` to a step."""
    depth: dict[Node, int] = {}
    for node in postorder([root], children):
        depth[node] = max((1 + depth[child] for child in children(node)), default=0)
    return depth[root]


Array = NDArray[Any]


@attrs.frozen(eq=False, repr=False, init=False)
class NumericGate(Gate):
    """A gate on numbers; use `Weakest`, `PowerMean` or `Numeric`."""

    @property
    def multilinear(self) -> bool:
        """Whether its value is linear in each child while the others are fixed."""
        return False

    def forward(self, values: Sequence[Array]) -> Array:
        """Return the value in [0, 1] of each customer; `values` holds one array for each child."""
        raise NotImplementedError

    def gradient(self, values: Sequence[Array], out: Array) -> Sequence[Array]:
        """Return the derivative by each child; `out` is the gate's value."""
        raise NotImplementedError


@attrs.frozen(eq=False, repr=False, init=False)
class Weakest(NumericGate):
    """The smallest value of the children: min(a, b, ...). The weakest child decides; no other makes up for it.

    `AllOf` gives the probability that all children hold, so several weak children lower it more than one. Here only
    the weakest counts. Where children tie for the weakest, they share the slope evenly (a subgradient).

    Parameters
    ----------
    *children
        Steps or gates, one or more, all different. Their steps must not appear anywhere else in the outcome.
    name
        A label for people and files.

    Examples
    --------
    >>> from outcomegap.model import Measure, SuccessGap
    >>> a, b = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "ab")
    >>> Weakest(a, b) == Weakest(b, a), Weakest(a, b).forward([np.array([0.5]), np.array([0.25])]).tolist()
    (True, [0.25])
    """

    kind: ClassVar[str] = "weakest"

    def forward(self, values: Sequence[Array]) -> Array:
        """Return the smallest value."""
        return reduce(np.minimum, values)

    def gradient(self, values: Sequence[Array], out: Array) -> Sequence[Array]:
        """Return 1 for the weakest child; children that tie share it evenly."""
        least = [(value == out).astype(out.dtype) for value in values]
        ties = reduce(np.add, least)
        return [share / ties for share in least]


@attrs.frozen(eq=False, repr=False, init=False)
class PowerMean(NumericGate):
    r"""The weighted power mean of the children: M = (sum(w a^r) / sum(w))^(1/r).

    The smaller r is, the more the weak children decide: r = 1 is the arithmetic mean, r = -1 the harmonic mean, and
    towards minus infinity M is the smallest child. For r below 0, one child at 0 makes M = 0. As r approaches 0, M
    approaches the geometric mean, which is not included. M rises with r, and lies between the smallest and the largest
    child (Hardy, Littlewood & Polya, Inequalities, 1934, chapter II). Economists call it CES, with elasticity
    1 / (1 - r).

    For 0 < r < 1 the slopes at 0 are infinite, so they are taken at 1e-12.

    Parameters
    ----------
    r
        The exponent: a finite number that is at least 0.01 away from 0.
    *children
        Steps or gates, one or more, all different. Their steps must not appear anywhere else in the outcome.
    weights
        One positive number for each child, the same in every cell. By default all weights are equal.
    name
        A label for people and files.

    Raises
    ------
    ModelError
        As for other gates, and if `r` is too near to 0.

    Examples
    --------
    >>> from outcomegap.model import Measure, SuccessGap
    >>> a, b = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "ab")
    >>> harmonic = PowerMean(-1, a, b)
    >>> harmonic
    PowerMean(-1, 'a', 'b', weights=(1, 1))
    >>> harmonic.forward([np.array([1.0, 1.0]), np.array([0.25, 0.0])]).tolist()
    [0.4, 0.0]
    """

    kind: ClassVar[str] = "power_mean"
    head: ClassVar[str] = "r"

    r: float = attrs.field(init=False)
    weights: tuple[float, ...] = attrs.field(init=False)

    def __init__(
        self, r: float, *children: Node, weights: Iterable[float] | None = None, name: str | None = None
    ) -> None:
        where = where_of(self.kind, name)
        exponent = number_of(r)
        if exponent is None or abs(exponent) < LEAST:
            message = f"r must be a finite number, not nearer to 0 than {LEAST:g} (got {show(r)})"
            raise ModelError.of("power-mean-range", where, message)
        self.make(children, name, r=exponent, weights=weights_of(where, children, weights, SAME_WEIGHT))

    @property
    def multilinear(self) -> bool:
        """Whether it is the arithmetic mean."""
        return self.r == 1.0

    def forward(self, values: Sequence[Array]) -> Array:
        """Return the mean. Each child is divided by the one that counts most, so that no power overflows."""
        most: Array = reduce(np.maximum if self.r > 0 else np.minimum, values)
        none, one = most <= 0, most.dtype.type(1)
        # The sum keeps the order of the children, so that a mean of ones is exactly one.
        whole = reduce(lambda a, b: a + b, self.weights)
        if self.r > 0:
            found = self._sum([value / np.where(none, one, most) for value in values])
            return most * power(found / whole, 1.0 / self.r)
        found = self._sum([most / np.where(value > 0, value, one) for value in values])
        mean = most * power(whole / np.where(none, one * whole, found), -1.0 / self.r)
        return np.asarray(np.minimum(mean, one))

    def _sum(self, ratios: Sequence[Array]) -> Array:
        terms = [power(ratio, abs(self.r)) * weight for ratio, weight in zip(ratios, self.weights, strict=True)]
        found: Array = reduce(np.add, terms)
        return found

    def gradient(self, values: Sequence[Array], out: Array) -> Sequence[Array]:
        """Return w / sum(w) (a / M)^(r - 1) for each child."""
        kept = [np.maximum(value, out.dtype.type(EDGE)) for value in values]
        mean, whole = self.forward(kept), sum(self.weights)
        return [(w / whole) * np.power(a / mean, self.r - 1.0) for a, w in zip(kept, self.weights, strict=True)]


#: Names of the built-in gates. A user's own gate must have another name.
TAKEN = tuple(kind.kind for kind in (AllOf, AnyOf, AtLeast, Mean, Weakest, PowerMean))


@attrs.frozen(eq=False, repr=False, init=False)
class Numeric(NumericGate):
    """A gate of your own: an object with the members of `CustomGate`, over some children.

    The object is tested on a small grid. Two of these gates are equal if they have the same name, the same values on
    that grid, and the same children in the same order.

    Parameters
    ----------
    gate
        The object.
    *children
        Steps or gates, one or more, all different, in the order in which the object takes them. Their steps must not
        appear anywhere else in the outcome.
    name
        A label for people and files; the rule itself is identified by ``gate.name``.

    Raises
    ------
    ModelError
        If the object lacks a member, or breaks a rule on the grid: a value outside [0, 1], a value that falls, values
        that do not run from 0 to 1, a gradient that disagrees with differences, a value that depends on other
        customers, or a ``scalar_text`` that disagrees with the arrays. The error lists every problem.

    Examples
    --------
    >>> from outcomegap.model import Measure, SuccessGap
    >>> class Cheapest:
    ...     name = "cheapest"
    ...     multilinear = False
    ...     def forward(self, children):
    ...         return 1.5 * children[0]
    >>> a, b = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "ab")
    >>> Numeric(Cheapest(), a, b)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    outcomegap.errors.ModelError: this is not an og.CustomGate: ...: has no method gradient: an og.CustomGate needs ...
    """

    kind: ClassVar[str] = "numeric"

    gate: CustomGate = attrs.field(init=False)
    shape: bytes = attrs.field(init=False)

    def __init__(self, gate: CustomGate, *children: Node, name: str | None = None) -> None:
        rule = getattr(gate, "name", None)
        where = f"gates.{name}" if name is not None else f"gate {rule!r}" if isinstance(rule, str) else "Numeric"
        check_children(where, children)
        self.make(children, name, gate=gate, shape=rounded(try_out("gate", gate, where, TAKEN, grid(len(children)))))

    def meaning(self, of: Callable[[Node], bytes] = digest, *, weighted: bool = True) -> object:  # noqa: ARG002
        """Its name, its values on a grid, and its children in their order."""
        return self.gate.name, self.shape, [of(child) for child in self.children]

    @property
    def multilinear(self) -> bool:
        """What the object says about itself."""
        return self.gate.multilinear

    def forward(self, values: Sequence[Array]) -> Array:
        """Return the object's values, clipped to [0, 1]."""
        found = self._array("forward", self.gate.forward(sealed(values)), values[0])
        return np.clip(found, 0.0, 1.0)

    def gradient(self, values: Sequence[Array], out: Array) -> Sequence[Array]:
        """Return the object's gradient."""
        slopes = self.gate.gradient(sealed(values), *sealed([out]))
        return [self._array("gradient", slope, values[0]) for slope in slopes]

    def _array(self, what: str, value: object, like: Array) -> Array:
        array = np.asarray(value)
        if array.shape not in (like.shape, ()) or not np.isfinite(array).all():
            told = f"{what} must return one finite number for each customer (got {show(value)})"
            raise EngineError(f"gate {self.gate.name!r}: {told}")
        return np.broadcast_to(array, like.shape).astype(like.dtype, copy=False)

    def __repr__(self) -> str:
        return f"Numeric({self.gate.name!r}, {', '.join(map(short, self.children))})"


def power(x: Array, exponent: float) -> Array:
    """Return x to a power. The commonest powers are written as multiplications, so that every engine rounds alike."""
    if exponent == 1.0:
        return x
    if exponent == 2.0:
        return x * x
    if exponent == 0.5:
        return np.sqrt(x)
    return np.power(x, exponent)
