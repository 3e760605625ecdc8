"""Curves: how much of the way counts as attained.

A curve maps progress z in [0, 1], from floor to target, to attainment in [0, 1]. It never falls, and
curve(0) = 0, curve(1) = 1 (docs/meaning, clause 2.2). Every curve works on an array, in place where ``out``
is given; NaN stays NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, Protocol, runtime_checkable

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import ModelError, hint
from outcomegap.model.identity import digest
from outcomegap.model.protocols import pieces, require
from outcomegap.model.values import name_of, number

Array = NDArray[Any]

#: Where a user's curve is sampled, to check it and to tell it from another of the same name.
GRID = np.linspace(0.0, 1.0, 129)


@runtime_checkable
class Curve(Protocol):
    """What a curve must offer.

    ``name`` is what a model file calls it, ``value`` maps an array of progress to attainment, ``slope`` is its
    derivative (one-sided where it has a corner). It may also have ``sql`` and ``scalar_text``, as in `curve`.

    Examples
    --------
    >>> class Late:
    ...     name = "late"
    ...     def value(self, z):
    ...         return z**3
    ...     def slope(self, z):
    ...         return 3 * z**2
    >>> isinstance(Late(), Curve)
    True
    """

    @property
    def name(self) -> str:
        """What a model file calls it."""

    def value(self, z: Array) -> Array:
        """Attainment for progress `z` in [0, 1]; NaN stays NaN."""

    def slope(self, z: Array) -> Array:
        """Derivative of the attainment by `z`."""


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
class Step:
    """All or nothing: 1 where z >= at, else 0. By default only the full target counts.

    Examples
    --------
    >>> Step().value(np.array([0.0, 0.99, 1.0])).tolist()
    [0.0, 0.0, 1.0]
    """

    at: float = 1.0
    name: str = attrs.field(default="step", init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "at", number("curve step", "at", self.at))
        if not 0.0 < self.at <= 1.0:
            raise ModelError.of("curve", "curve step", f"at must be above 0 and at most 1 (got {self.at:g})")

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
    def _check(self, _attribute: Any, _value: Any) -> None:
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
        x, y, rise = self._pieces()
        result = y[segment] + rise[segment] * (z - x[segment])
        # The last knot is met exactly, whatever the rounding of the piece before it.
        return np.where(z >= 1.0, np.ones_like(z), result).astype(z.dtype, copy=False)

    def slope(self, z: Array) -> Array:
        """Return the rise of the piece that `z` lies in."""
        result: Array = self._pieces()[2][self._segment(z)].astype(z.dtype, copy=False)
        return result

    def _pieces(self) -> tuple[Array, Array, Array]:
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
    """A curve of the user's own; see `curve`."""

    name: str
    fn: Callable[[Array], Array] = attrs.field(eq=False, repr=False)
    slope_fn: Callable[[Array], Array] | None = attrs.field(default=None, eq=False, repr=False)
    sql: str | None = attrs.field(default=None, repr=False)
    scalar_text: str | None = attrs.field(default=None, eq=False, repr=False)
    shape: bytes = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        name_of("curve", self.name)
        object.__setattr__(self, "shape", _sampled(f"curve {self.name!r}", self.fn).tobytes())

    def value(self, z: Array) -> Array:
        """Return the user's curve, kept within [0, 1]; NaN stays NaN."""
        result = np.clip(np.asarray(self.fn(z)), 0.0, 1.0)
        result = np.where(z >= 1.0, 1.0, np.where(z <= 0.0, 0.0, result))
        kept: Array = np.where(np.isnan(z), z, result).astype(z.dtype, copy=False)
        return kept

    def slope(self, z: Array) -> Array:
        """Return the user's slope, or a central difference where none was given."""
        if self.slope_fn is not None:
            return np.asarray(self.slope_fn(z), dtype=z.dtype)
        step = 1e-6
        high, low = np.minimum(z + step, 1.0), np.maximum(z - step, 0.0)
        difference: Array = (self.value(high) - self.value(low)) / (high - low)
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
        What model files call it.
    fn
        Maps an array of progress in [0, 1] to an array of attainment, element by element. It must be a function
        that `pickle` can find again if scorers are to be sent to other processes.
    slope
        Its derivative; a central difference when left out.
    sql
        The same curve as an SQL expression of ``{z}``, for engines that run in a warehouse.
    scalar_text
        The same curve as a Python expression of ``{z}``, such as ``"{z} * {z}"``: then one customer is scored without
        an array. It may call sqrt, exp, log, log1p, expm1, sin, cos, tanh, pow, min, max, abs. That both say what `fn`
        says is looked at by `outcomegap.testing.check_curve`.

    Raises
    ------
    ModelError
        If, on a grid of 129 points, it falls, leaves [0, 1] at an end, fails, or is not finite.

    Examples
    --------
    >>> late = curve("late", lambda z: z**3)
    >>> late.value(np.array([0.5])).tolist()
    [0.125]
    """
    return CustomCurve(name, fn, slope, sql, scalar_text)


def _sampled(where: str, fn: Callable[[Array], Array]) -> Array:
    """Return a curve's values on the grid, or say which rule they break."""
    try:
        sampled = np.asarray(fn(GRID.copy()), dtype=np.float64)
    except Exception as error:
        raise ModelError.of("curve", where, f"fails on an array of progress: {error}") from error
    if sampled.shape != GRID.shape:
        raise ModelError.of("curve", where, f"returns shape {sampled.shape} for shape {GRID.shape}")
    if not np.all(np.isfinite(sampled)):
        raise ModelError.of("curve", where, "returns values that are not finite within [0, 1]")
    if abs(sampled[0]) > 1e-9 or abs(sampled[-1] - 1.0) > 1e-9:
        message = f"must run from 0 to 1 (got {sampled[0]:g} at 0 and {sampled[-1]:g} at 1)"
        raise ModelError.of("curve", where, message)
    if np.any(np.diff(sampled) < -1e-9):
        place = float(GRID[int(np.argmax(np.diff(sampled) < -1e-9))])
        raise ModelError.of("curve", where, f"falls after z = {place:g}; a curve never falls")
    return sampled


#: Curves that a model, or a model file, may name.
NAMED: dict[str, Curve] = {"linear": Linear(), "step": Step(), "smooth": Smooth()}


def as_curve(where: str, value: object) -> Curve:
    """Return a curve from a name, a list of knots, or a curve."""
    if isinstance(value, str):
        if value in NAMED:
            return NAMED[value]
        raise ModelError.of("curve", where, f"no curve {value!r}{hint(value, NAMED)}")
    if isinstance(value, type) or not isinstance(value, Curve):
        if isinstance(value, Iterable) and not isinstance(value, (dict, bytes, type)):
            return Knots(tuple(value))
        if not isinstance(value, type) and any(hasattr(value, piece) for piece in pieces(Curve)):
            require(Curve, value, where)
        raise ModelError.of("curve", where, f"{value!r:.80} is no curve: name one, list knots, or use og.curve")
    if not isinstance(value, (Linear, Step, Smooth, Knots, CustomCurve)):
        require(Curve, value, where)
        _sampled(where, value.value)
    return value


def curve_digest(value: Curve) -> bytes:
    """Digest a curve by what it does: its fields, or for one without fields its values on a grid."""
    if attrs.has(type(value)):
        return digest(value)
    return digest((type(value).__name__, value.name, np.asarray(value.value(GRID.copy())).tobytes()))
