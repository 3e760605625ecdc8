"""The scalar engine: kernels by cell, made when first asked for."""

from __future__ import annotations

import threading
from typing import Any

from outcomegap.engines.scalar.kernel import Kernel
from outcomegap.engines.scalar.text import KernelText
from outcomegap.program import Compiled


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
            # The text holds numbers and positions only; see the module `text`.
            exec(compile(text.source, "<kernel>", "exec"), made)  # noqa: S102
            self._functions[key] = made
        return self._functions[key]

    def __reduce__(self) -> Any:
        message = "a ScalarEngine holds generated code; pickle the Scorer instead"
        raise TypeError(message)
