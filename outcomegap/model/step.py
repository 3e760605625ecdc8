"""Steps between what a product does and what the customer wants, each with its own measure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, ClassVar, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import EngineError, ModelError, hint
from outcomegap.model.custom import Curve, answer, try_out
from outcomegap.model.declaration import (
    ABOUT,
    Choice,
    Described,
    Flag,
    Instance,
    Listed,
    Made,
    Name,
    Number,
    PerCell,
    Text,
    Value,
    about,
    declare,
    settle,
)
from outcomegap.model.identity import ByDigest, digest, left_out

Array = NDArray[Any]
#: Names of curves that ship, which none of one's own may have.
TAKEN = ("linear", "threshold", "smooth", "knots")


@attrs.frozen
class Linear:
    """Attained in proportion to progress: curve(z) = z.

    Examples
    --------
    >>> Linear().value(np.array([0.0, 0.25, 1.0])).tolist()
    [0.0, 0.25, 1.0]
    """

    name: str = attrs.field(default="linear", init=False)

    def value(self, z: Array) -> Array:
        """Return `z` as it is."""
        return z

    def slope(self, z: Array) -> Array:
        """Return ones."""
        return np.ones_like(z)


@attrs.frozen
class Threshold(Described):
    """All or nothing: 1 where z >= at, else 0. By default only the full target counts.

    Examples
    --------
    >>> Threshold().value(np.array([0.0, 0.99, 1.0])).tolist()
    [0.0, 0.0, 1.0]
    """

    place: ClassVar[str] = "curve threshold"

    at: float = attrs.field(default=1.0, metadata=about(Number(0.0, 1.0, above=True, rule="curve"), "Where it jumps."))
    name: str = attrs.field(default="threshold", init=False)

    def value(self, z: Array) -> Array:
        """Return 1 from `at` on, 0 before."""
        return np.where(np.isnan(z), z, (z >= self.at).astype(z.dtype))

    def slope(self, z: Array) -> Array:
        """Return zeros: a step has no slope where it has one."""
        return np.zeros_like(z)


@attrs.frozen
class Smooth:
    """Slow at both ends: curve(z) = 3 z^2 - 2 z^3.

    Examples
    --------
    >>> Smooth().value(np.array([0.0, 0.5, 1.0])).tolist()
    [0.0, 0.5, 1.0]
    """

    name: str = attrs.field(default="smooth", init=False)

    def value(self, z: Array) -> Array:
        """Return z * z * (3 - 2 z)."""
        return z * z * (3.0 - 2.0 * z)

    def slope(self, z: Array) -> Array:
        """Return 6 z (1 - z)."""
        return 6.0 * z * (1.0 - z)


@attrs.frozen
class Knots:
    """Straight pieces between knots (z, value); two knots at one z make a jump, right-continuous.

    Parameters
    ----------
    points
        Pairs in order of z, from (0, 0) to (1, 1); neither z nor value may fall.

    Examples
    --------
    >>> Knots([(0, 0), (0.5, 0.2), (0.5, 0.6), (1, 1)]).value(np.array([0.25, 0.5, 0.75])).tolist()
    [0.1, 0.6, 0.8]
    """

    points: tuple[tuple[float, float], ...]
    name: str = attrs.field(default="knots", init=False)

    def __attrs_post_init__(self) -> None:
        try:
            pairs = [(float(z + 0), float(value + 0)) for z, value in self.points]  # a sum, since text is no number
        except (TypeError, ValueError):
            pairs = []
        rising = all(low <= high for a, b in pairwise(pairs) for low, high in zip(a, b, strict=True))
        starts = [0.0, *(z for z, _ in pairs)]  # three at one z are too many, and two at 0
        crowded = any(a == c for a, c in zip(starts, starts[2:], strict=False))
        if not rising or crowded or pairs[:1] != [(0.0, 0.0)] or pairs[-1:] != [(1.0, 1.0)]:
            message = (
                "knots run from (0, 0) to (1, 1), neither z nor value falls, at most two share one z, none jumps at 0 "
                f"(got {self.points!r:.200})"
            )
            raise ModelError.of("curve", "curve knots", message)
        object.__setattr__(self, "points", tuple(pairs))

    def value(self, z: Array) -> Array:
        """Interpolate; at a jump the upper value counts."""
        segment = self._segment(z)
        x, y, rise = self.pieces()
        result = y[segment] + rise[segment] * (z - x[segment])
        # The last knot is met exactly, whatever the rounding of the piece before it.
        return np.where(z >= 1.0, np.ones_like(z), result).astype(z.dtype, copy=False)

    def slope(self, z: Array) -> Array:
        """Return the rise of the piece that `z` lies in."""
        result: Array = self.pieces()[2][self._segment(z)].astype(z.dtype, copy=False)
        return result

    def pieces(self) -> tuple[Array, Array, Array]:
        """Return where each straight piece begins, its value there, and how steeply it rises."""
        table = np.array(self.points)
        width, height = np.diff(table[:, 0]), np.diff(table[:, 1])
        rise = np.divide(height, width, out=np.zeros_like(height), where=width > 0)
        return table[:-1, 0], table[:-1, 1], rise

    def _segment(self, z: Array) -> Array:
        starts = np.array([p[0] for p in self.points])
        found = np.searchsorted(starts, np.nan_to_num(z, nan=0.0), side="right") - 1
        return np.minimum(found, len(starts) - 2)


@attrs.frozen
class CustomCurve:
    """A curve of the user's own, tried out and wrapped: what is missing stays missing, results stay within [0, 1].

    Parameters
    ----------
    curve
        The object, with the pieces of `Curve`.
    where
        What errors call its place.

    Examples
    --------
    >>> class Half:
    ...     name = "half"
    ...     def value(self, z):
    ...         return (z >= 0.5).astype(float)
    ...     def slope(self, z):
    ...         return 0 * z
    >>> CustomCurve(Half()).value(np.array([0.25, 0.75, np.nan]))
    array([ 0.,  1., nan])
    """

    name: str = attrs.field(init=False)
    curve: Curve = attrs.field(eq=False, repr=False)
    where: str = attrs.field(default="curve", eq=False, repr=False)
    _digest: bytes = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        values = try_out("curve", self.curve, self.where, TAKEN)
        object.__setattr__(self, "name", self.curve.name)
        told = (type(self.curve).__name__, self.curve.name, self.sql, values.tobytes())
        object.__setattr__(self, "_digest", digest(told))

    @property
    def sql(self) -> str | None:
        """The same curve as an SQL expression, if it has one."""
        return getattr(self.curve, "sql", None)

    @property
    def scalar_text(self) -> str | None:
        """The same curve as a Python expression, if it has one."""
        return getattr(self.curve, "scalar_text", None)

    def value(self, z: Array) -> Array:
        """Return what the object does, kept within [0, 1]; NaN stays NaN."""
        found = answer(self.curve.value, z)
        wrong = ~np.isfinite(found) & ~np.isnan(z)
        if wrong.any():
            message = f"curve {self.name!r}: its value at z = {z[wrong].flat[0]:.17g} is no finite number"
            raise EngineError(message)
        result = np.where(z >= 1.0, 1.0, np.where(z <= 0.0, 0.0, np.clip(found, 0.0, 1.0)))
        return result.astype(z.dtype, copy=False)

    def slope(self, z: Array) -> Array:
        """Return what the object does; NaN stays NaN."""
        return answer(self.curve.slope, z).astype(z.dtype)


@attrs.frozen
class _Functions:
    """A curve out of functions."""

    name: str
    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    sql: str | None
    scalar_text: str | None


def _difference(fn: Callable[[Array], Array], z: Array) -> Array:
    """Return a central difference: the slope of a curve that says none."""
    high, low = np.minimum(z + 1e-6, 1.0), np.maximum(z - 1e-6, 0.0)
    difference: Array = (fn(high) - fn(low)) / (high - low)
    return difference


def curve(
    name: str,
    fn: Callable[[Array], Array],
    *,
    slope: Callable[[Array], Array] | None = None,
    sql: str | None = None,
    scalar_text: str | None = None,
) -> CustomCurve:
    """Bring a curve of your own.

    Parameters
    ----------
    name
        What model files call it; not a name of a curve that ships.
    fn
        Maps an array of progress in [0, 1] to an array of attainment, element by element, and leaves the first as it
        is. It must be a function that `pickle` can find again if scorers are to be sent to other processes.
    slope
        Its derivative; a central difference when left out.
    sql
        The same curve as an SQL expression of ``{z}``, for an engine of your own; none of this library's reads it yet.
        That it says what `fn` says is looked at by `outcomegap.testing.check_curve` alone.
    scalar_text
        The same curve as a Python expression of ``{z}``, such as ``"{z} * {z}"``: then one customer is scored without
        an array. It may call sqrt, exp, log, log1p, expm1, sin, cos, tanh, pow, min, max, abs.

    Raises
    ------
    ModelError
        If, on a grid of 129 points, it falls, leaves [0, 1] at an end, fails, is not finite, or changes what it is
        given; if `slope` or `scalar_text` says something else. All of them at once.

    Examples
    --------
    >>> late = curve("late", lambda z: z**3)
    >>> late.value(np.array([0.5])).tolist()
    [0.125]
    """
    own = _Functions(name, fn, slope or partial(_difference, fn), sql, scalar_text)
    return CustomCurve(own, f"curve {name!r:.100}")


#: Curves that a model, or a model file, may name.
NAMED: dict[str, Curve] = {"linear": Linear(), "threshold": Threshold(), "smooth": Smooth()}
SHIPPED: tuple[type[Any], ...] = (Linear, Threshold, Smooth, Knots)


def as_curve(where: str, value: object) -> Curve:
    """Return a curve from a name, a list of knots, or a curve; an object of the user's own is looked at and wrapped.

    Raises
    ------
    ModelError
        If there is no curve of that name, or a piece is missing or breaks a rule; all at once.
    """
    if isinstance(value, str):
        if value in NAMED:
            return NAMED[value]
        raise ModelError.of("curve", where, f"no curve {value!r:.100}{hint(value[:100], NAMED)}")
    if type(value) in SHIPPED or isinstance(value, CustomCurve):
        return value  # type: ignore[return-value]
    if isinstance(value, (list, tuple)):
        return Knots(tuple(value))
    return CustomCurve(value, where)  # type: ignore[arg-type]


Side = Literal["required", "experience"]
SKIP: Literal["skip"] = "skip"
Missing = Literal["skip"] | float | PerCell
Status = Literal["open", "being closed", "closed"]
STATUSES: tuple[Status, ...] = ("open", "being closed", "closed")


@attrs.frozen(kw_only=True)
class Measure(Described):
    """A column of numbers observed of each customer.

    Parameters
    ----------
    name
        Name of the column in the customers' data.
    unit
        What a value counts, for people to read: ``"contacts"``, ``"h"``.
    low, high
        Hard limits. A value outside them is an error in the data, never clipped.
    description
        A sentence for readers.

    Raises
    ------
    ModelError
        If the name is blank, a limit is no finite number, or ``low >= high``.

    Examples
    --------
    >>> Measure("list_size", unit="contacts", low=0)
    Measure(name='list_size', unit='contacts', low=0.0, high=None, description='')
    """

    place: ClassVar[str] = "measures.{0.name}"

    name: str = attrs.field(kw_only=False, metadata=about(Name(), "The column of the data that is scored."))
    unit: str | None = declare(Text(), "What a value counts, for people to read: contacts, h.")
    low: float | None = declare(Number(), "Hard limit: a lower value is an error in the data.")
    high: float | None = declare(Number(), "Hard limit: a higher value is an error in the data.")
    description: str = declare(*ABOUT)

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with it as a whole: rule, field, message."""
        if self.low is not None and self.high is not None and self.low >= self.high:
            yield "range", "", f"low {self.low:g} must be below high {self.high:g}"


MISSING = Number(0.0, 1.0, per_cell=True, words=(SKIP,), rule="missing")
VALUE = Number(per_cell=True, column=True)


CURVE = Made(as_curve)
MEASURE = Instance(lambda: (Measure,), "an og.Measure", "measure")
AFTER = Listed(Instance(lambda: (Step,), "a step", "after"), "steps", "after")
OBSERVER = Instance(lambda: (Step,), "a step", "measured-by")
ITS_MEASURE = about(MEASURE, "The measure that tells how far it is, by name.")
ITS_CURVE = about(CURVE, "How much of the way counts as attained (default linear).")
BUILT_ON = about(AFTER, "Steps that this one builds on: it counts only together with them.")


# The converters say what may be given, for type checkers; the declarations look closer, and say where.
def _curve_given(value: str | Curve | Sequence[tuple[float, float]]) -> Curve:
    return value  # type: ignore[return-value]


def _steps_given(value: Iterable[Step]) -> tuple[Step, ...]:
    return value  # type: ignore[return-value]


@attrs.frozen(eq=False, repr=False, kw_only=True)
class Step(ByDigest):
    """One step with its own measure; use `ProductFunction`, `SuccessGap` or `Expectation`.

    Its attainment is ``curve(clip((x - floor) / (target - floor), 0, 1))`` for the measured value x
    (docs/meaning, clause 2.2): read it as the probability that this step holds for this customer.
    """

    kind: ClassVar[str]
    side: ClassVar[Side]

    name: str = attrs.field(kw_only=False, metadata=about(Name(), "What people call it."))
    measure: Measure = attrs.field(kw_only=False, metadata=ITS_MEASURE)
    floor: Value = attrs.field(metadata=about(VALUE, "Where nothing is attained."))
    target: Value = attrs.field(metadata=about(VALUE, "Where it is fully met; below the floor: lower is better."))
    curve: Curve = attrs.field(default=NAMED["linear"], converter=_curve_given, metadata=ITS_CURVE)
    missing: Missing = declare(MISSING, "What a missing value counts as: a number in [0, 1], or skip.", default=0.5)
    after: tuple[Step, ...] = attrs.field(default=(), converter=_steps_given, metadata=BUILT_ON)
    owner: str | None = declare(Text(), "Who can act: vendor, customer, joint, or any name you use.")
    remedy: str | None = declare(Text(), "What to do about it.")
    description: str = declare(*ABOUT)
    _digest: bytes = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        settle(self, self.where)
        # The digest is of all that it means; the order of ``after`` means nothing.
        plain = [field for field in attrs.fields(type(self)) if field.name not in ("_digest", "curve", "after")]
        values = [(field, getattr(self, field.name)) for field in plain]
        parts = [type(self).__name__, *(value for field, value in values if not left_out(field, value))]
        parts += [digest(self.curve), sorted(map(digest, self.after))]
        object.__setattr__(self, "_digest", digest(parts))

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with it as a whole: rule, field, message."""
        if isinstance(self.floor, float) and self.floor == self.target:
            yield "floor-is-target", "", f"floor and target are both {self.floor:g}; they must differ"
        for earlier in self.after:
            if earlier.side != self.side:
                message = f"builds on {earlier.name!r}, which stands on the other side ({earlier.side})"
                yield "wrong-side", "after", message
        for again in {earlier for earlier in self.after if self.after.count(earlier) > 1}:
            yield "repeated-children", "after", f"names a step twice ({again.name!r})"

    @property
    def where(self) -> str:
        """Path of the step in a model file."""
        return f"{self.kind}s.{self.name}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, measure={self.measure.name!r})"


@attrs.frozen(eq=False, repr=False, kw_only=True)
class ProductFunction(Step):
    """What the product itself does: the means, not yet the outcome.

    Parameters
    ----------
    name
        What people call it.
    measure
        The `Measure` that shows how well it is done.
    floor, target
        Nothing attained, fully met: numbers, `per_cell` or `column`; ``floor > target`` means lower is better.
    curve
        ``"linear"``, ``"threshold"``, ``"smooth"``, a list of knots, or a curve of your own (`outcomegap.curve`).
    missing
        What a missing value counts as: a number in [0, 1] (default 0.5), `per_cell` numbers, or ``"skip"``.
    after
        Steps that this one builds on: it counts only together with them.
    owner, remedy, description
        For people: who can act, what to do, what it means.

    Raises
    ------
    ModelError
        If a value cannot mean anything; the message names step and field.

    Examples
    --------
    >>> ProductFunction("e-mails delivered", Measure("delivery_rate", low=0, high=1), floor=0.8, target=0.99)
    ProductFunction('e-mails delivered', measure='delivery_rate')
    """

    kind: ClassVar[str] = "function"
    side: ClassVar[Side] = "required"


@attrs.frozen(eq=False, repr=False, kw_only=True)
class SuccessGap(Step):
    """A gap between what the product does and the outcome; its attainment is how far it is *bridged*.

    Parameters
    ----------
    name, measure, floor, target, curve, missing, after, owner, remedy, description
        As in `ProductFunction`. ``owner`` is ``"vendor"``, ``"customer"``, ``"joint"`` or any name you use.
    bridgeable
        Whether anything can be done about it at all.
    status
        ``"open"``, ``"being closed"`` or ``"closed"``: where the work on it stands.

    Examples
    --------
    >>> SuccessGap("list built", Measure("list_size", unit="contacts", low=0), floor=0, target=500,
    ...            owner="customer", remedy="list-building guide")
    SuccessGap('list built', measure='list_size')
    """

    kind: ClassVar[str] = "gap"
    side: ClassVar[Side] = "required"

    bridgeable: bool = declare(Flag(), "Whether anything can be done about it at all (default true).", default=True)
    status: Status = declare(Choice(STATUSES), "Where the work on it stands (default open).", default="open")


@attrs.frozen(eq=False, repr=False, kw_only=True)
class Expectation(Step):
    """One requirement on *how* the customer gets there: a part of the appropriate experience.

    Parameters
    ----------
    name, measure, floor, target, curve, after, owner, remedy, description
        As in `ProductFunction`.
    missing
        By default ``"skip"``: a mean of expectations is taken over those that are known.

    Examples
    --------
    >>> Expectation("support replies", Measure("first_reply_hours", unit="h", low=0), floor=48, target=24)
    Expectation('support replies', measure='first_reply_hours')
    """

    kind: ClassVar[str] = "expectation"
    side: ClassVar[Side] = "experience"

    missing: Missing = declare(MISSING, "What a missing value counts as: a number in [0, 1], or skip.", default=SKIP)


STEP_KINDS: tuple[type[Step], ...] = (ProductFunction, SuccessGap, Expectation)
