"""How R and E of many customers become D, and what each side makes of the gap: by the rule of each customer's cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.model.join import JoinRule
from outcomegap.program import Compiled

Array = NDArray[Any]


def desired(compiled: Compiled, cells: NDArray[np.int32], r: Array, e: Array) -> Array:
    """Return D of each customer; NaN where R or E is.

    Parameters
    ----------
    compiled
        The model.
    cells
        The number of each customer's cell; below 0 for rows set aside.
    r, e
        R and E.
    """
    return _each(compiled, cells, r, e, lambda rule, r, e: rule.desired(r, e))


def required_gap(compiled: Compiled, cells: NDArray[np.int32], r: Array, e: Array) -> Array:
    """Return what R makes of each customer's gap; NaN where the rule needs what is not known."""
    return _each(compiled, cells, r, e, lambda rule, r, e: rule.parts(r, e)[0])


def experience_gap(compiled: Compiled, cells: NDArray[np.int32], r: Array, e: Array) -> Array:
    """Return what E makes of each customer's gap; NaN where the rule needs what is not known."""
    return _each(compiled, cells, r, e, lambda rule, r, e: rule.parts(r, e)[1])


def _each(
    compiled: Compiled, cells: NDArray[np.int32], r: Array, e: Array, ask: Callable[[JoinRule, Array, Array], Array]
) -> Array:
    rules = [program.outcome.join for program in compiled.programs]
    if all(rule == rules[0] for rule in rules):
        return ask(rules[0], r, e)
    found = np.full_like(r, np.nan)
    numbers = np.where(cells < 0, -1, compiled.program_of[cells])
    for number, rule in enumerate(rules):
        here = numbers == number
        found[here] = ask(rule, r[here], e[here])
    return found
