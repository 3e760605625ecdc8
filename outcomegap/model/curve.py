"""Curves: how much of the way counts as attained.

A curve maps progress z in [0, 1], from floor to target, to attainment in [0, 1]. It never falls, and
curve(0) = 0, curve(1) = 1 (docs/meaning, clause 2.2). Every curve works on an array, in place where ``out``
is given; NaN stays NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import EngineError, ModelError, hint
from outcomegap.model.custom import Curve, answer, pieces, try_curve
from outcomegap.model.identity import digest
from outcomegap.model.numbers import number

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
class Threshold:
    """All or nothing: 1 where z >= at, else 0. By default only the full target counts.

    Examples
    --------
    >>> Threshold().value(np.array([0.0, 0.99, 1.0])).tolist()
    [0.0, 0.0, 1.0]
    """

    at: float = 1.0
    name: str = attrs.field(default="threshold", init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "at", number("curve threshold", "at", self.at))
        if not 0.0 < self.at <= 1.0:
            raise ModelError.of("curve", "curve threshold", f"at must be above 0 and at most 1 (got {self.at:g})")

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

    points: tuple[tuple[float, float], ...] = attrs.field()
    name: str = attrs.field(default="knots", init=False)

    @points.validator
    def _check(self, _attribute: object, _value: object) -> None:
        try:
            pairs = tuple((number("knots", "z", z), number("knots", "value", v)) for z, v in self.points)
        except (TypeError, ValueError) as error:
            if isinstance(error, ModelError):
                raise
            raise ModelError.of("curve", "curve knots", "each knot is a pair (z, value)") from error
        rising = all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(pairs))
        ends = len(pairs) >= 2 and pairs[0] == (0.0, 0.0) and pairs[-1] == (1.0, 1.0)
        crowded = any(a[0] == b[0] == c[0] for a, b, c in zip(pairs, pairs[1:], pairs[2:], strict=False))
        jumps_at_once = len(pairs) > 1 and pairs[1][0] == 0.0
        if not (rising and ends) or crowded or jumps_at_once:
            raise ModelError.of(
                "curve",
                "curve knots",
                "knots run from (0, 0) to (1, 1), neither z nor value falls, at most two share one z, none jumps at 0 "
                f"(got {[list(p) for p in pairs]!r:.200})",
            )
        object.__setattr__(self, "points", pairs)

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
    key: bytes = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        values = try_curve(self.curve, self.where, TAKEN)
        object.__setattr__(self, "name", self.curve.name)
        object.__setattr__(self, "key", _key(self.curve, values))

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
    fn: Callable[[Array], Array]
    slope_fn: Callable[[Array], Array] | None
    sql: str | None
    scalar_text: str | None

    def value(self, z: Array) -> Array:
        return self.fn(z)

    def slope(self, z: Array) -> Array:
        """Return the user's slope, or a central difference where none was given."""
        if self.slope_fn is not None:
            return self.slope_fn(z)
        high, low = np.minimum(z + 1e-6, 1.0), np.maximum(z - 1e-6, 0.0)
        difference: Array = (self.fn(high) - self.fn(low)) / (high - low)
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
    return CustomCurve(_Functions(name, fn, slope, sql, scalar_text), f"curve {name!r:.100}")


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
    if isinstance(value, type) or any(hasattr(value, piece) for piece in pieces(Curve)):
        return CustomCurve(value, where)  # type: ignore[arg-type]
    if isinstance(value, Iterable) and not isinstance(value, (dict, bytes)):
        return Knots(tuple(value))
    raise ModelError.of("curve", where, f"{value!r:.80} is no curve: name one, list knots, or use og.curve")


def curve_digest(value: Curve) -> bytes:
    """Digest a curve by what it does: its fields, or for one without fields its values on a grid."""
    found = as_curve("curve", value)
    return found.key if isinstance(found, CustomCurve) else digest(found)


def _key(own: Curve, values: Array) -> bytes:
    """Digest an object by its fields, or where it has none that can be told by its values."""
    if attrs.has(type(own)):
        try:
            return digest(own)
        except TypeError:  # a field that is no plain value, such as a function
            pass
    sql = getattr(own, "sql", None)
    return digest((type(own).__name__, own.name, *([] if sql is None else [sql]), values.tobytes()))
