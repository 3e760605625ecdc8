"""The steps between a product and what the customer wants. Each step has its own measure."""

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
#: Names of the built-in curves. A user's own curve must have another name.
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
    """All or nothing: 1 where z >= `at`, else 0. By default only the full target counts.

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
        """Return zeros: the curve is flat on both sides of the jump."""
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
            # The sum refuses text, which float() would accept.
            pairs = [(float(z + 0), float(value + 0)) for z, value in self.points]
        except (TypeError, ValueError):
            pairs = []
        rising = all(low <= high for a, b in pairwise(pairs) for low, high in zip(a, b, strict=True))
        starts = [0.0, *(z for z, _ in pairs)]  # finds three knots at one z, or two at 0
        crowded = any(a == c for a, c in zip(starts, starts[2:], strict=False))
        if not rising or crowded or pairs[:1] != [(0.0, 0.0)] or pairs[-1:] != [(1.0, 1.0)]:
            message = (
                "knots must run from (0, 0) to (1, 1); z and value must not fall; at most two knots may share one z, "
                f"and none may jump at 0 (got {self.points!r:.200})"
            )
            raise ModelError.of("curve", "curve knots", message)
        object.__setattr__(self, "points", tuple(pairs))

    def value(self, z: Array) -> Array:
        """Interpolate between the knots; at a jump, take the upper value."""
        segment = self._segment(z)
        x, y, rise = self.pieces()
        result = y[segment] + rise[segment] * (z - x[segment])
        # The last knot gives exactly its own value, whatever the rounding of the piece before it.
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
    """A curve of the user's own. It is tested first; NaN stays NaN, and results are clipped to [0, 1].

    Parameters
    ----------
    curve
        The object, with the members of `Curve`.
    where
        The place that error messages name.

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
        """Return the object's values, clipped to [0, 1]; NaN stays NaN."""
        found = answer(self.curve.value, z)
        wrong = ~np.isfinite(found) & ~np.isnan(z)
        if wrong.any():
            message = f"curve {self.name!r}: its value at z = {z[wrong].flat[0]:.17g} is not a finite number"
            raise EngineError(message)
        result = np.where(z >= 1.0, 1.0, np.where(z <= 0.0, 0.0, np.clip(found, 0.0, 1.0)))
        return result.astype(z.dtype, copy=False)

    def slope(self, z: Array) -> Array:
        """Return the object's slopes; NaN stays NaN."""
        return answer(self.curve.slope, z).astype(z.dtype)


@attrs.frozen
class _Functions:
    """A curve made of functions."""

    name: str
    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    sql: str | None
    scalar_text: str | None


def _difference(fn: Callable[[Array], Array], z: Array) -> Array:
    """Return a central difference, for a curve that gives no slope."""
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
    """Make a curve of your own.

    Parameters
    ----------
    name
        The name of the curve in model files. It must not be the name of a built-in curve.
    fn
        A function that takes an array of progress in [0, 1] and returns an array of attainment, element by element.
        It must not change its argument. If scorers are sent to other processes, `pickle` must be able to find it.
    slope
        The derivative of `fn`. Without it, a central difference is used.
    sql
        The same curve as an SQL expression of ``{z}``, in DuckDB's dialect: `Scorer.to_sql` translates it.
        `outcomegap.testing.check_curve` compares it with `fn`.
    scalar_text
        The same curve as a Python expression of ``{z}``, such as ``"{z} * {z}"``. With it, a single customer is
        scored without arrays. It may call sqrt, exp, log, log1p, expm1, sin, cos, tanh, pow, min, max, abs.
        an array. It may call sqrt, exp, log, log1p, expm1, sin, cos, tanh, pow, min, max, abs.

    Raises
    ------
    ModelError
        If the curve breaks a rule on a grid of 129 points: it falls, does not run from 0 to 1, fails, returns a value
        that is not finite, or changes its argument; or if `slope` or `scalar_text` disagrees with `fn`. The error
        lists every problem.

    Examples
    --------
    >>> late = curve("late", lambda z: z**3)
    >>> late.value(np.array([0.5])).tolist()
    [0.125]
    """
    own = _Functions(name, fn, slope or partial(_difference, fn), sql, scalar_text)
    return CustomCurve(own, f"curve {name!r:.100}")


#: Curves that models and model files can name.
NAMED: dict[str, Curve] = {"linear": Linear(), "threshold": Threshold(), "smooth": Smooth()}
SHIPPED: tuple[type[Any], ...] = (Linear, Threshold, Smooth, Knots)


def as_curve(where: str, value: object) -> Curve:
    """Return a curve for a name, a list of knots, or a curve; an object of the user's own is tested and wrapped.

    Raises
    ------
    ModelError
        If no curve has that name, or the object lacks a member or breaks a rule. The error lists every problem.
    """
    if isinstance(value, str):
        if value in NAMED:
            return NAMED[value]
        raise ModelError.of("curve", where, f"there is no curve {value!r:.100}{hint(value[:100], NAMED)}")
    if type(value) in SHIPPED or isinstance(value, CustomCurve):
        return value  # type: ignore[return-value]
    if isinstance(value, (list, tuple)):
        return Knots(tuple(value))
    return CustomCurve(value, where)  # type: ignore[arg-type]


Side = Literal["required", "experience"]
SKIP: Literal["skip"] = "skip"
Missing = Literal["skip"] | float | PerCell
Better = Literal["more", "less", "unknown"]
Status = Literal["open", "being closed", "closed"]
STATUSES: tuple[Status, ...] = ("open", "being closed", "closed")


@attrs.frozen(kw_only=True)
class Measure(Described):
    """A column of numbers, one number for each customer.

    Parameters
    ----------
    name
        Name of the column in the customers' data.
    unit
        What a value counts, for people to read: ``"contacts"``, ``"h"``.
    low, high
        Hard limits. A value outside them is an error in the data; it is never clipped.
    description
        A sentence for readers.

    Raises
    ------
    ModelError
        If the name is blank, a limit is not a finite number, or ``low >= high``.

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
        """Yield what is wrong with the measure as a whole: rule, field, message."""
        if self.low is not None and self.high is not None and self.low >= self.high:
            yield "range", "", f"low {self.low:g} must be below high {self.high:g}"


#: What is said of the direction of a step besides its floor and target.
BETTER: tuple[Better, ...] = ("more", "less", "unknown")
MISSING = Number(0.0, 1.0, per_cell=True, words=(SKIP,), rule="missing")
VALUE = Number(per_cell=True, column=True)


CURVE = Made(as_curve)
MEASURE = Instance(lambda: (Measure,), "an og.Measure", "measure")
AFTER = Listed(Instance(lambda: (Step,), "a step", "after"), "steps", "after")
OBSERVER = Instance(lambda: (Step,), "a step", "measured-by")
ITS_MEASURE = about(MEASURE, "The name of the measure that the step is read from.")
ITS_CURVE = about(CURVE, "How progress from floor to target becomes attainment (default linear).")
BUILT_ON = about(AFTER, "Steps that this step builds on: it counts only together with them.")


# The converters tell type checkers what is accepted. The declarations check the values and name their place.
def _curve_given(value: str | Curve | Sequence[tuple[float, float]]) -> Curve:
    return value  # type: ignore[return-value]


def _steps_given(value: Iterable[Step]) -> tuple[Step, ...]:
    return value  # type: ignore[return-value]


@attrs.frozen(eq=False, repr=False, kw_only=True)
class Step(ByDigest):
    """One step with its own measure; use `ProductFunction`, `SuccessGap` or `Expectation`.

    Its attainment is ``curve(clip((x - floor) / (target - floor), 0, 1))`` for the measured value x
    (docs/meaning, clause 2.2). Read it as the probability that this step holds for this customer.
    """

    kind: ClassVar[str]
    side: ClassVar[Side]

    name: str = attrs.field(kw_only=False, metadata=about(Name(), "What people call it."))
    measure: Measure = attrs.field(kw_only=False, metadata=ITS_MEASURE)
    floor: Value = attrs.field(metadata=about(VALUE, "The value at which nothing is attained."))
    target: Value = attrs.field(metadata=about(VALUE, "The value that fully meets it; below floor: lower is better."))
    curve: Curve = attrs.field(default=NAMED["linear"], converter=_curve_given, metadata=ITS_CURVE)
    missing: Missing = declare(MISSING, "What a missing value counts as: a number in [0, 1], or skip.", default=0.5)
    after: tuple[Step, ...] = attrs.field(default=(), converter=_steps_given, metadata=BUILT_ON)
    better: Better | None = declare(
        Choice(BETTER), "Which is better, more or less, if said apart; unknown asks you to say it.", later=True
    )
    owner: str | None = declare(Text(), "Who can act: vendor, customer, joint, or any name you use.")
    remedy: str | None = declare(Text(), "What to do about it.")
    description: str = declare(*ABOUT)
    _digest: bytes = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        settle(self, self.where)
        # The digest covers everything that has meaning; the order of ``after`` has none.
        plain = [field for field in attrs.fields(type(self)) if field.name not in ("_digest", "curve", "after")]
        values = [(field, getattr(self, field.name)) for field in plain]
        parts = [type(self).__name__, *(value for field, value in values if not left_out(field, value))]
        parts += [digest(self.curve), sorted(map(digest, self.after))]
        object.__setattr__(self, "_digest", digest(parts))

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with the step as a whole: rule, field, message."""
        if isinstance(self.floor, float) and self.floor == self.target:
            yield "floor-is-target", "", f"floor and target are both {self.floor:g}; they must differ"
        if isinstance(self.floor, float) and isinstance(self.target, float) and self.better in ("more", "less"):
            says = "more" if self.floor < self.target else "less"
            if self.better != says:
                ends = f"floor {self.floor:g} and target {self.target:g}"
                yield "direction", "better", f"is {self.better!r}, but {ends} say {says!r}; swap them"
        for earlier in self.after:
            if earlier.side != self.side:
                message = f"builds on {earlier.name!r}, which is on the other side ({earlier.side})"
                yield "wrong-side", "after", message
        for again in {earlier for earlier in self.after if self.after.count(earlier) > 1}:
            yield "repeated-children", "after", f"names a step twice ({again.name!r})"

    @property
    def where(self) -> str:
        """Path of the step in a model file."""
        return f"{self.kind}s.{self.name}"

    @property
    def way(self) -> int:
        """1 where more is better, whatever floor or target a customer brings along, -1 where less is, 0 if unknown.

        `better` says it; else a floor at a hard limit of the measure, or a target at one, does.
        """
        if self.better in ("more", "less"):
            return 1 if self.better == "more" else -1
        low, high = self.measure.low, self.measure.high
        for end, start, stop in ((self.floor, low, high), (self.target, high, low)):
            numbers = {each for each in (end if isinstance(end, PerCell) else [end]) if isinstance(each, float)}
            if len(numbers) == 1 and low != high:
                (number,) = numbers
                if number in (start, stop):
                    return 1 if number == start else -1
        return 0

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, measure={self.measure.name!r})"


@attrs.frozen(eq=False, repr=False, kw_only=True)
class ProductFunction(Step):
    """Something that the product itself does: a means to the outcome, not the outcome.

    Parameters
    ----------
    name
        The name that people use.
    measure
        The `Measure` that shows how well the product does it.
    floor, target
        The value at which nothing is attained, and the value at which the step is fully met. Each is a number,
        `per_cell` numbers or a `column`. ``floor > target`` means that lower is better.
    curve
        ``"linear"``, ``"threshold"``, ``"smooth"``, a list of knots, or a curve of your own (`outcomegap.curve`).
    missing
        What a missing value counts as: a number in [0, 1] (default 0.5), `per_cell` numbers, or ``"skip"``.
    after
        Steps that this step builds on: it counts only together with them.
    better
        ``"more"`` or ``"less"``, if you say it apart from floor and target, which must agree; ``"unknown"`` if nobody
        has said it yet: the step counts as floor and target stand, and `outcomegap.check` warns. Where floor or target
        is the customer's own `column`, it also says what holds for a target at the floor or beyond it.
    owner, remedy, description
        Text for people: who can act, what to do, what the step means.

    Raises
    ------
    ModelError
        If a value makes no sense; the message names the step and the field.

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
    name, measure, floor, target, curve, missing, after, better, owner, remedy, description
        As in `ProductFunction`. ``owner`` is ``"vendor"``, ``"customer"``, ``"joint"`` or any name you use.
    bridgeable
        Whether anybody can close the gap at all.
    status
        The state of the work on it: ``"open"``, ``"being closed"`` or ``"closed"``.

    Examples
    --------
    >>> SuccessGap("list built", Measure("list_size", unit="contacts", low=0), floor=0, target=500,
    ...            owner="customer", remedy="list-building guide")
    SuccessGap('list built', measure='list_size')
    """

    kind: ClassVar[str] = "gap"
    side: ClassVar[Side] = "required"

    bridgeable: bool = declare(Flag(), "Whether anybody can close the gap at all (default true).", default=True)
    status: Status = declare(Choice(STATUSES), "The state of the work on it (default open).", default="open")


@attrs.frozen(eq=False, repr=False, kw_only=True)
class Expectation(Step):
    """One requirement on *how* the customer gets to the outcome: a part of the appropriate experience.

    Parameters
    ----------
    name, measure, floor, target, curve, after, better, owner, remedy, description
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
