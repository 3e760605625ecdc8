"""The scalar engine: kernels by cell, each a cell's program and numbers turned into functions of one customer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from math import isnan
from typing import Any

from outcomegap.engines.scalar.interpret import parameters, value
from outcomegap.engines.scalar.source import KernelText, kernel_text
from outcomegap.program import Compiled

#: R and E; both if all that is missing were at its floor; both if at its target; how many steps of each are observed.
Found = tuple[float, float, float, float, float, float, int, int]
Floats = Sequence[float]
Parameters = Sequence["float | None"]
#: From how many instructions on a program is walked instead of written out: compiling takes some 30 us each.
TOO_LONG = 20_000
#: For how many patterns of what is missing a kernel keeps the parameter rows.
PATTERNS = 256


class Kernel:
    """Scores customers of one cell, one at a time.

    The values of a customer are one float for each measure of the model, then one for each of the model's columns
    that floors and targets come from; NaN where missing.

    Attributes
    ----------
    complete
        ``complete(values)`` -> `Found`, or None where a value is missing, infinite or beyond its measure's limits
        (then `score` tells which). Whole numbers may stand for floats.
    attain
        ``attain(values)`` -> the attainment of each step row, NaN where missing; None for a value that is not allowed;
        a ZeroDivisionError if a floor that the customer brings along equals the target.
    """

    complete: Callable[[Floats], Found | None]
    attain: Callable[[Floats], list[float] | None]

    def __init__(self, compiled: Compiled, cell: int, functions: Callable[[KernelText], dict[str, Any]]) -> None:
        number = int(compiled.program_of[cell])
        tables = compiled.tables[number]
        self.program = compiled.programs[number]
        self.stand_in: list[float] = tables.stand_in[:, cell].tolist()
        self.skips: list[bool] = tables.skips.tolist()
        weights: list[list[float]] = [weights[:, cell].tolist() for weights in tables.weights]
        self.patterns = lru_cache(PATTERNS)(partial(parameters, self.program, weights))
        self.full = self.patterns(frozenset())
        self._steps = tuple(frozenset(side.steps) for side in self.program.sides)
        short = self.program.size < TOO_LONG
        made = functions(kernel_text(compiled, cell, self.full, sides=short))
        self.attain = made["attain"]
        self.complete = made.get("complete", never)
        self._sides: tuple[Callable[[Floats, Parameters], float], ...] = (
            (made["required"], made["experience"])
            if short
            else tuple(partial(value, self.program, side) for side in self.program.sides)
        )

    def score(self, values: Floats) -> Found | None:
        """Score a customer of whom something may be missing; None for a value that is not allowed.

        Raises
        ------
        ZeroDivisionError
            If a floor that the customer brings along equals the target.
        """
        attained = self.attain(values)
        if attained is None:
            return None
        missing = [row for row, a in enumerate(attained) if isnan(a)]
        a, p = self.filled(attained, missing), self.patterns(frozenset([row for row in missing if self.skips[row]]))
        low, high = (self.filled(attained, missing, end) for end in (0.0, 1.0))
        points, lows, highs, seen = [], [], [], []
        for side, steps in zip(self._sides, self._steps, strict=True):
            lacking = sum(row in steps for row in missing)
            point = side(a, p)
            points.append(point)
            # A step that is left out, but builds on one that is known, counts in the bounds alone.
            lows.append(min(side(low, self.full), point) if lacking else point)
            highs.append(max(side(high, self.full), point) if lacking else point)
            seen.append(len(steps) - lacking)
        return (*points, *lows, *highs, *seen)  # type: ignore[return-value]

    def filled(self, attained: Floats, missing: Sequence[int], value: float | None = None) -> list[float]:
        """Return attainments with `value` for those that are missing, or with what stands in for them."""
        result = list(attained)
        for row in missing:
            result[row] = self.stand_in[row] if value is None else value
        return result


def never(_values: Sequence[float]) -> None:
    return None


class ScalarEngine:
    """Makes and keeps the kernels of one compiled model; safe to share between threads, never pickled.

    Parameters
    ----------
    compiled
        The model.

    Examples
    --------
    >>> from outcomegap.model import *
    >>> from outcomegap.program import compile_model
    >>> calls = SuccessGap("calls made", Measure("calls"), floor=0, target=4)
    >>> reply = Expectation("support replies", Measure("hours"), floor=48, target=24)
    >>> outcome = DesiredOutcome(RequiredOutcome("sales", needs=calls), AppropriateExperience("how", expects=reply))
    >>> kernel = ScalarEngine(compile_model(OutcomeModel("m", desired_outcomes=[outcome]))).kernel(0)
    >>> kernel.complete((1, 30.0))
    (0.25, 0.75, 0.25, 0.75, 0.25, 0.75, 1, 1)
    >>> kernel.score((1.0, float("nan")))
    (0.25, 0.5, 0.25, 0.0, 0.25, 1.0, 1, 0)
    """

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self._kernels: dict[int, Kernel] = {}
        self._functions: dict[tuple[int, str], dict[str, Any]] = {}
        self._lock = threading.Lock()

    def kernel(self, cell: int) -> Kernel:
        """Return the kernel of a cell, by the cell's position."""
        found = self._kernels.get(cell)
        if found is not None:
            return found
        with self._lock:
            if cell not in self._kernels:
                self._kernels[cell] = Kernel(
                    self.compiled, cell, lambda text: self._run(int(self.compiled.program_of[cell]), text)
                )
            return self._kernels[cell]

    def _run(self, program: int, text: KernelText) -> dict[str, Any]:
        """Run a kernel's text; cells of one program with the same numbers share the functions."""
        key = (program, text.source)
        if key not in self._functions:
            made: dict[str, Any] = {**text.curves, **text.gates}
            # The text holds numbers and positions only; see the module `source`.
            exec(compile(text.source, "<kernel>", "exec"), made)  # noqa: S102
            self._functions[key] = made
        return self._functions[key]

    def __reduce__(self) -> Any:
        message = "a ScalarEngine holds generated code; pickle the Scorer instead"
        raise TypeError(message)
