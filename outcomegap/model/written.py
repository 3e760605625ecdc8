"""A formula as Python text, by which one customer is scored without arrays: compiled, and held to the arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from outcomegap.errors import ModelError

#: What a ``scalar_text`` may call, and no more.
CALLED = {name: getattr(math, name) for name in ("sqrt", "exp", "log", "log1p", "expm1", "sin", "cos", "tanh", "pow")}
CALLED |= {"min": min, "max": max, "abs": abs}
#: How near a text must be to the arrays.
NEAR = 1e-12


def written(where: str, text: Any, named: Mapping[str, str], count: int) -> Callable[..., float]:
    """Compile an expression of ``{0}``, ``{1}``, ... (or of names); it may call `CALLED`.

    It comes from an object in the user's program, never from a file.

    Parameters
    ----------
    where
        What errors call its place.
    text
        The expression.
    named
        Names of placeholders, and the variables that they stand for: ``a``, ``b``, ...
    count
        How many variables there are.

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


def unlike(
    where: str, text: Any, named: Mapping[str, str], rows: list[tuple[float, ...]], values: list[float]
) -> Iterator[tuple[tuple[float, ...], str]]:
    """Yield the first point where a text fails, or says something else than `values`, and what is wrong with it.

    Examples
    --------
    >>> list(unlike("curve 'late'", "{z} * {z}", {"z": "a"}, [(0.0,), (0.5,)], [0.0, 0.125]))
    [((0.5,), 'says 0.25, where the arrays give 0.125')]
    """
    function = written(where, text, named, len(rows[0]))
    for row, value in zip(rows, values, strict=True):
        try:
            found = kept(float(function(*row)))
        except Exception as error:  # noqa: BLE001 - it is the text of others
            calls = f" (it may call {', '.join(CALLED)})" if isinstance(error, NameError) else ""
            yield row, f"fails: {error}{calls}"
            return
        if not abs(found - kept(value)) <= NEAR:
            yield row, f"says {found:.9g}, where the arrays give {value:.9g}"
            return


def kept(value: float) -> float:
    """Return a number within [0, 1]; NaN stays NaN.

    Examples
    --------
    >>> kept(1.5), kept(-1), kept(float("nan"))
    (1.0, 0.0, nan)
    """
    return 1.0 if value > 1.0 else 0.0 if value < 0.0 else value
