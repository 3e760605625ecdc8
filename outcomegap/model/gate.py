"""Gates on states: how steps combine. All are monotone and multilinear (docs/meaning, clause 2.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, number_of, show
from outcomegap.errors import EngineError, ModelError
from outcomegap.model.custom import CustomGate, grid, rounded, sealed, try_out
from outcomegap.model.declaration import Kind, Number, PerCell, why_no_name
from outcomegap.model.identity import ByDigest, Node, children, digest, postorder
from outcomegap.model.step import Step

#: Slopes of power means at 0 are those here: there they may be infinite.
EDGE = 1e-12
#: What a weight may be, and one that is the same in every cell.
WEIGHT = Number(0.0, above=True, per_cell=True, rule="weights")
SAME_WEIGHT = Number(0.0, above=True, rule="weights")
#: The nearer an exponent is to 0, the more of the result is rounding; nearer than this none is taken.
LEAST = 0.01


@attrs.frozen(eq=False, repr=False, init=False)
class Gate(ByDigest):
    """A way to combine steps; use `AllOf`, `AnyOf`, `AtLeast` or `Mean`, or a gate on numbers such as `Weakest`.

    Gates are equal by value, whatever the order of their children, and equal gates are one gate. A gate's
    ``name`` is only a label.
    """

    kind: ClassVar[str]
    #: The field, if there is one, that stands before the children.
    head: ClassVar[str] = ""

    children: tuple[Node, ...] = attrs.field(init=False)
    name: str | None = attrs.field(init=False)
    _digest: bytes = attrs.field(init=False)

    def __init__(self, *children: Node, name: str | None = None) -> None:
        self.make(children, name)

    def make(self, children: Sequence[Node], name: str | None, **own: Any) -> None:
        """Look at the children, and set these and the fields of its own."""
        why = None if name is None else why_no_name(name)
        if why is not None:
            raise ModelError.of("name", "gate", why)
        check_children(where_of(self.kind, name), children)
        for field, value in {"children": tuple(children), "name": name, **own}.items():
            object.__setattr__(self, field, value)
        object.__setattr__(self, "_digest", digest((self.kind, self.meaning())))

    @property
    def where(self) -> str:
        """Path of the gate in a model file, or what errors call its place."""
        return where_of(self.kind, self.name)

    def meaning(self, of: Callable[[Node], bytes] = digest) -> object:
        """What tells it from other gates of its kind: its head, and its children in any order, each with its weight."""
        weights = getattr(self, "weights", None)
        if weights is None:
            below = sorted(map(of, self.children))
        else:
            pairs = zip(self.children, weights, strict=True)
            below = sorted(digest((of(child), weight)) for child, weight in pairs)
        return (getattr(self, self.head), below) if self.head else below

    def __repr__(self) -> str:
        said = [f"{getattr(self, self.head):g}"] if self.head else []
        said += map(short, self.children)
        if hasattr(self, "weights"):
            each = [f"{weight:g}" if isinstance(weight, float) else "per_cell" for weight in self.weights]
            said.append(f"weights=({', '.join(each)}{',' if len(each) == 1 else ''})")
        return f"{type(self).__name__}({', '.join(said)})"


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
        self.make(children, name, weights=weights_of(where_of(self.kind, name), children, weights, WEIGHT))


def where_of(kind: str, name: str | None) -> str:
    """Return what errors call the place of a gate."""
    return f"{kind} gate" if name is None else f"gates.{name}"


def weights_of(where: str, children: Sequence[Node], given: Iterable[object] | None, kind: Kind) -> tuple[Any, ...]:
    """Return one weight a child; equal weights where none are given."""
    weights = [1.0] * len(children) if given is None else list(given)
    if len(weights) != len(children):
        raise ModelError.of("weights", where, f"{len(weights)} weights for {len(children)} children")
    checks = Checks("weights", where)
    found = tuple(kind.take(checks, "", weight) for weight in weights)
    checks.done()
    return found


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


def by_names(root: Node) -> bytes:
    """Digest a gate, or a step, with the steps by their names alone: equal where only what they hold differs."""
    found: dict[Node, bytes] = {}
    for node in postorder([root], children):
        told = (node.kind, node.meaning(found.__getitem__)) if isinstance(node, Gate) else node.name
        found[node] = digest(told)
    return found[root]


def depth_of(root: Node) -> int:
    """Return how many gates stand above one another at most."""
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
        """Whether its value is linear in each child, all others held fixed."""
        return False

    def forward(self, values: Sequence[Array]) -> Array:
        """Value in [0, 1] of each customer, from one array a child."""
        raise NotImplementedError

    def gradient(self, values: Sequence[Array], out: Array) -> Sequence[Array]:
        """Derivative by each child; `out` is the value."""
        raise NotImplementedError


@attrs.frozen(eq=False, repr=False, init=False)
class Weakest(NumericGate):
    """The smallest value of the children: min(a, b, ...). The weakest link decides, and nothing makes up for it.

    `AllOf` asks how probable it is that all hold, so several weak children weigh more than one; here only the weakest
    counts. Where children tie for the weakest, the slope is divided evenly between them (a subgradient).

    Parameters
    ----------
    *children
        Steps or gates, one or more, all different; their steps stand nowhere else.
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
        """Return the least."""
        return reduce(np.minimum, values)

    def gradient(self, values: Sequence[Array], out: Array) -> Sequence[Array]:
        """Return 1 by the weakest child, divided evenly where several tie."""
        least = [(value == out).astype(out.dtype) for value in values]
        ties = reduce(np.add, least)
        return [share / ties for share in least]


@attrs.frozen(eq=False, repr=False, init=False)
class PowerMean(NumericGate):
    r"""The weighted power mean of the children: M = (sum(w a^r) / sum(w))^(1/r).

    The smaller r, the more the weak children decide: r = 1 is the arithmetic mean, r = -1 the harmonic, towards minus
    infinity the smallest; below 0 a child at 0 brings all to 0. As r nears 0 it nears the geometric mean, which is
    not included. It rises with r, and lies between the smallest and the largest child (Hardy, Littlewood & Polya,
    Inequalities, 1934, chapter II). Economists call it CES, with elasticity 1 / (1 - r).

    Slopes at 0 are taken at 1e-12, since for 0 < r < 1 they are infinite at 0.

    Parameters
    ----------
    r
        The exponent: a finite number, not nearer to 0 than 0.01.
    *children
        Steps or gates, one or more, all different; their steps stand nowhere else.
    weights
        One positive number a child, the same in every cell; equal weights when left out.
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
            message = f"r must be a finite number, not nearer to 0 than {LEAST:g} (got {show(r)}): no geometric mean"
            raise ModelError.of("power-mean-range", where, message)
        self.make(children, name, r=exponent, weights=weights_of(where, children, weights, SAME_WEIGHT))

    @property
    def multilinear(self) -> bool:
        """Whether it is the arithmetic mean."""
        return self.r == 1.0

    def forward(self, values: Sequence[Array]) -> Array:
        """Return the mean; no power overflows, since each child is taken relative to the one that counts most."""
        most: Array = reduce(np.maximum if self.r > 0 else np.minimum, values)
        none, one = most <= 0, most.dtype.type(1)
        # Summed in the order in which the children are, so that a mean of ones is exactly one.
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
        """Return w / sum(w) (a / M)^(r - 1) by each child."""
        kept = [np.maximum(value, out.dtype.type(EDGE)) for value in values]
        mean, whole = self.forward(kept), sum(self.weights)
        return [(w / whole) * np.power(a / mean, self.r - 1.0) for a, w in zip(kept, self.weights, strict=True)]


#: Names of gates that ship, which none of one's own may have.
TAKEN = tuple(kind.kind for kind in (AllOf, AnyOf, AtLeast, Mean, Weakest, PowerMean))


@attrs.frozen(eq=False, repr=False, init=False)
class Numeric(NumericGate):
    """A gate of your own: an object with the pieces of `CustomGate`, over some children.

    It is tried out on a small grid, and equal to another that has its name, its values there, and the same children in
    the same order.

    Parameters
    ----------
    gate
        The object.
    *children
        Steps or gates, one or more, all different, in the order in which the object takes them; their steps stand
        nowhere else.
    name
        A label for people and files; the rule itself goes by ``gate.name``.

    Raises
    ------
    ModelError
        If a piece is missing, or breaks a rule: beyond [0, 1], falling, not from 0 to 1, a gradient that differences
        do not bear out, a value that hangs on other customers, a ``scalar_text`` that says something else. All of them
        at once.

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
    outcomegap.errors.ModelError: this is no og.CustomGate: ...: has no method gradient: an og.CustomGate needs ...
    """

    kind: ClassVar[str] = "numeric"

    gate: CustomGate = attrs.field(init=False)
    shape: bytes = attrs.field(init=False)

    def __init__(self, gate: CustomGate, *children: Node, name: str | None = None) -> None:
        rule = getattr(gate, "name", None)
        where = f"gates.{name}" if name is not None else f"gate {rule!r}" if isinstance(rule, str) else "Numeric"
        check_children(where, children)
        self.make(children, name, gate=gate, shape=rounded(try_out("gate", gate, where, TAKEN, grid(len(children)))))

    def meaning(self, of: Callable[[Node], bytes] = digest) -> object:
        """Its name, its values on a grid, and its children in their order."""
        return self.gate.name, self.shape, [of(child) for child in self.children]

    @property
    def multilinear(self) -> bool:
        """What the object says of itself."""
        return self.gate.multilinear

    def forward(self, values: Sequence[Array]) -> Array:
        """Return what the object does, kept within [0, 1]."""
        found = self._array("forward", self.gate.forward(sealed(values)), values[0])
        return np.clip(found, 0.0, 1.0)

    def gradient(self, values: Sequence[Array], out: Array) -> Sequence[Array]:
        """Return what the object does."""
        slopes = self.gate.gradient(sealed(values), *sealed([out]))
        return [self._array("gradient", slope, values[0]) for slope in slopes]

    def _array(self, what: str, value: object, like: Array) -> Array:
        array = np.asarray(value)
        if array.shape not in (like.shape, ()) or not np.isfinite(array).all():
            told = f"{what} must return a finite number a customer (got {show(value)})"
            raise EngineError(f"gate {self.gate.name!r}: {told}")
        return np.broadcast_to(array, like.shape).astype(like.dtype, copy=False)

    def __repr__(self) -> str:
        return f"Numeric({self.gate.name!r}, {', '.join(map(short, self.children))})"


def power(x: Array, exponent: float) -> Array:
    """Return x to a power; the commonest exactly as any engine rounds them."""
    if exponent == 1.0:
        return x
    if exponent == 2.0:
        return x * x
    if exponent == 0.5:
        return np.sqrt(x)
    return np.power(x, exponent)
