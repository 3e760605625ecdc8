"""Curves and gates of the user's own, for one customer: by the text they offer, else by an array of one.

A text was held to the arrays on a grid where it was defined. Where it fails between, or gives no finite number, the
arrays decide; and what it gives is kept within [0, 1], as theirs is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from outcomegap.engines.scalar.interpret import forward
from outcomegap.model.custom import Curve, kept, written
from outcomegap.model.numeric import Numeric, NumericGate

__all__ = ["curve_function", "gate_function", "written"]


def curve_function(curve: Curve) -> Callable[[float], float]:
    """Return a curve as a function of one number; NaN stays NaN.

    Raises
    ------
    ModelError
        If its ``scalar_text`` is no expression of ``{z}``.
    """
    text = getattr(curve, "scalar_text", None)

    def arrays(z: float) -> float:
        return float(curve.value(np.array([z]))[0])

    if text is None:
        return arrays
    guarded = _guarded(written(f"curve {curve.name!r}", text, {"z": "a"}, 1), arrays)
    # Both ends are exact, as they are by arrays.
    return lambda z: guarded(z) if 0.0 < z < 1.0 else kept(z)


def gate_function(gate: NumericGate) -> Callable[..., float]:
    """Return a gate on numbers as a function of its children's values; NaN stays NaN.

    Raises
    ------
    ModelError
        If its ``scalar_text`` is no expression of ``{0}``, ``{1}``, ...
    """
    text = getattr(gate.gate, "scalar_text", None) if isinstance(gate, Numeric) else None
    arrays = partial(forward, gate)
    if text is None:
        return arrays
    return _guarded(written(f"gate {gate.gate.name!r}", text, {}, len(gate.children)), arrays)  # type: ignore[attr-defined]


def _guarded(text: Callable[..., float], arrays: Callable[..., float]) -> Callable[..., float]:
    def value(*given: float) -> float:
        try:
            found = float(text(*given))
        except (ArithmeticError, TypeError, ValueError):
            found = math.nan
        if 0.0 <= found <= 1.0:
            return found
        if math.isfinite(found):
            return kept(found)
        return math.nan if any(map(math.isnan, given)) else arrays(*given)

    return value
