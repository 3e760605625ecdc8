"""Curves: how much of the way counts as attained.

A curve maps progress z in [0, 1], from floor to target, to attainment in [0, 1]. It never falls, and
curve(0) = 0, curve(1) = 1 (docs/meaning, clause 2.2). Every curve works on an array, in place where ``out``
is given; NaN stays NaN.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import ModelError, hint
from outcomegap.model.identity import digest
from outcomegap.model.own_curve import CustomCurve, OwnCurve, curve
from outcomegap.model.probe import GRID
from outcomegap.model.protocols import Curve, pieces
from outcomegap.model.values import number

__all__ = [
    "GRID",
    "NAMED",
    "SHIPPED",
    "Curve",
    "CustomCurve",
    "Knots",
    "Linear",
    "OwnCurve",
    "Smooth",
    "Threshold",
    "as_curve",
    "curve",
    "curve_digest",
]

Array = NDArray[Any]


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
    if type(value) in SHIPPED or isinstance(value, (CustomCurve, OwnCurve)):
        return value  # type: ignore[return-value]
    if isinstance(value, (type, Curve)):
        return OwnCurve(value, f"{where}.curve")  # type: ignore[arg-type]
    if isinstance(value, Iterable) and not isinstance(value, (dict, bytes)):
        return Knots(tuple(value))
    if any(hasattr(value, piece) for piece in pieces(Curve)):
        return OwnCurve(value, f"{where}.curve")  # type: ignore[arg-type]
    raise ModelError.of("curve", where, f"{value!r:.80} is no curve: name one, list knots, or use og.curve")


def curve_digest(value: Curve) -> bytes:
    """Digest a curve by what it does: its fields, or for one without fields its values on a grid."""
    found = as_curve("curve", value)
    return found.key if isinstance(found, OwnCurve) else digest(found)
