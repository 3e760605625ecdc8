"""Curves and gates of the user's own, for one customer: by the text they offer, else by an array of one."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from outcomegap.engines.scalar.interpret import forward
from outcomegap.errors import ModelError
from outcomegap.model.curve import Curve
from outcomegap.model.numeric import Numeric, NumericGate

#: What a ``scalar_text`` may call, and no more.
CALLED = {name: getattr(math, name) for name in ("sqrt", "exp", "log", "log1p", "expm1", "sin", "cos", "tanh", "pow")}
CALLED |= {"min": min, "max": max, "abs": abs}


def curve_function(curve: Curve) -> Callable[[float], float]:
    """Return a curve as a function of one number; NaN stays NaN.

    Raises
    ------
    ModelError
        If its ``scalar_text`` is no expression of ``{z}``.
    """
    text = getattr(curve, "scalar_text", None)
    if text is not None:
        return _guarded(written(f"curve {curve.name!r}", text, {"z": "a"}, 1))

    def value(z: float) -> float:
        return float(curve.value(np.array([z]))[0])

    return value


def gate_function(gate: NumericGate) -> Callable[..., float]:
    """Return a gate on numbers as a function of its children's values.

    Raises
    ------
    ModelError
        If its ``scalar_text`` is no expression of ``{0}``, ``{1}``, ...
    """
    text = getattr(gate.gate, "scalar_text", None) if isinstance(gate, Numeric) else None
    if text is None:
        return partial(forward, gate)
    return written(f"gate {gate.gate.name!r}", text, {}, len(gate.children))  # type: ignore[attr-defined]


def written(where: str, text: Any, named: dict[str, str], count: int) -> Callable[..., float]:
    """Compile an expression of ``{0}``, ``{1}``, ... (or of names); it may call `CALLED`.

    It comes from an object in the user's program, never from a file.

    Raises
    ------
    ModelError
        If it is no expression.

    Examples
    --------
    >>> written("gate 'mean'", "({0} + {1}) / 2", {}, 2)(0.25, 0.75)
    0.5
    """
    variables = [chr(ord("a") + number) if count <= 26 else f"x{number}" for number in range(count)]
    try:
        expression = text.format(*variables, **named)
        code = compile(f"lambda {', '.join(variables)}: ({expression})", f"<scalar_text of {where}>", "eval")
    except (AttributeError, IndexError, KeyError, SyntaxError, ValueError) as error:
        message = f"scalar_text must be a Python expression of its placeholders (got {text!r:.80}: {error})"
        raise ModelError.of("scalar_text", where, message) from error
    found: Callable[..., float] = eval(code, {"__builtins__": {}, **CALLED})  # noqa: S307 - see the docstring
    return found


def _guarded(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda z: function(z) if z == z else z  # noqa: PLR0124 - only NaN differs from itself
