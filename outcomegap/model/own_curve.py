"""Curves of the user's own: a function, or an object with a few pieces. Each is tried out where it is defined.

What is missing stays missing, and results stay within [0, 1], whatever their code does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import EngineError
from outcomegap.model.asked import sealed
from outcomegap.model.identity import digest
from outcomegap.model.probe import probe_curve
from outcomegap.model.protocols import Curve, require

Array = NDArray[Any]

#: Names of curves that ship, which none of one's own may have.
TAKEN = ("linear", "threshold", "smooth", "knots")


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
        where = f"curve {self.name!r:.100}"
        sampled = probe_curve(self.name, self.fn, self.slope_fn, self.scalar_text, where, TAKEN, alone=False)
        object.__setattr__(self, "shape", sampled.tobytes())

    def value(self, z: Array) -> Array:
        """Return the user's curve, kept within [0, 1]; NaN stays NaN."""
        return _value(self.name, self.fn, z)

    def slope(self, z: Array) -> Array:
        """Return the user's slope, or a central difference where none was given."""
        if self.slope_fn is not None:
            return _asked(self.slope_fn, z).astype(z.dtype)
        width = 1e-6
        high, low = np.minimum(z + width, 1.0), np.maximum(z - width, 0.0)
        difference: Array = (self.value(high) - self.value(low)) / (high - low)
        return difference


@attrs.frozen
class OwnCurve:
    """An object of the user's own with the pieces of `Curve`, looked at and wrapped.

    Parameters
    ----------
    curve
        The object.
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
    >>> OwnCurve(Half()).value(np.array([0.25, 0.75, np.nan]))
    array([ 0.,  1., nan])
    """

    name: str = attrs.field(init=False)
    curve: Curve = attrs.field(eq=False, repr=False)
    where: str = attrs.field(default="curve", eq=False, repr=False)
    key: bytes = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        require(Curve, self.curve, self.where)
        own = self.curve
        sampled = probe_curve(own.name, own.value, own.slope, self.scalar_text, self.where, TAKEN, alone=True)
        object.__setattr__(self, "name", own.name)
        object.__setattr__(self, "key", _key(own, sampled))

    @property
    def sql(self) -> str | None:
        """The object's text, if it has one."""
        return getattr(self.curve, "sql", None)

    @property
    def scalar_text(self) -> str | None:
        """The object's text, if it has one."""
        return getattr(self.curve, "scalar_text", None)

    def value(self, z: Array) -> Array:
        """Return what the object does, kept within [0, 1]; NaN stays NaN."""
        return _value(self.name, self.curve.value, z)

    def slope(self, z: Array) -> Array:
        """Return what the object does; NaN stays NaN."""
        return _asked(self.curve.slope, z).astype(z.dtype)


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
    return CustomCurve(name, fn, slope, sql, scalar_text)


def _value(name: str, function: Callable[[Array], Any], z: Array) -> Array:
    found = _asked(function, z)
    if not np.isfinite(found).all():
        at = z[~np.isfinite(found) & ~np.isnan(z)]
        if at.size:
            message = f"curve {name!r}: its value at z = {at.flat[0]:.17g} is no finite number"
            raise EngineError(message)
    result = np.clip(found, 0.0, 1.0)
    result = np.where(z >= 1.0, 1.0, np.where(z <= 0.0, 0.0, result))
    return result.astype(z.dtype, copy=False)


def _asked(function: Callable[[Array], Any], z: Array) -> Array:
    """Ask the user's code, which is given no NaN and nothing that it could change; NaN stays NaN."""
    unknown = np.isnan(z)
    if not unknown.any():
        return np.broadcast_to(function(*sealed([z])), z.shape)
    found = np.broadcast_to(function(*sealed([np.where(unknown, z.dtype.type(0.5), z)])), z.shape)
    return np.where(unknown, np.nan, found)


def _key(own: Curve, sampled: Array) -> bytes:
    """Digest an object by its fields, or where it has none that can be told by its values."""
    if attrs.has(type(own)):
        try:
            return digest(own)
        except TypeError:  # a field that is no plain value, such as a function
            pass
    return digest((type(own).__name__, own.name, sampled.tobytes()))
