"""How checking and compiling grow with cells: 40 steps, floors and targets of every cell, 200 cells against 1,000.

Run ``python -m benchmarks.bench_cells``. The ratio should be near 5, and at most 6; the larger under a second each.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import outcomegap as og
from outcomegap.model import PerCell, Step
from outcomegap.program import compile_model

STEPS, STAGES = 40, 20


def model_of(segments: int, stages: int = STAGES, steps: int = STEPS) -> og.OutcomeModel:
    """Return a model whose floors and targets differ from cell to cell."""
    cells = [f"s{segment}/t{stage}" for segment in range(segments) for stage in range(stages)]

    def per_cell(start: float) -> PerCell:
        return og.per_cell(start, {cell: start + number for number, cell in enumerate(cells)})

    def step(kind: type[Step], number: int) -> og.Step:
        measure = og.Measure(f"{kind.__name__} {number}", low=-1e6, high=1e6)
        return kind(f"{kind.__name__} {number}", measure, floor=per_cell(-number), target=per_cell(10 + number))

    needs = og.AllOf(*(step(og.SuccessGap, number) for number in range(steps // 2)))
    expects = og.Mean(*(step(og.Expectation, number) for number in range(steps - steps // 2)))
    outcome = og.DesiredOutcome(
        og.RequiredOutcome("outcome", needs=needs), og.AppropriateExperience("experience", expects=expects)
    )
    return og.OutcomeModel(
        "many cells",
        desired_outcomes=[outcome],
        segments=[f"s{number}" for number in range(segments)],
        stages=[f"t{number}" for number in range(stages)],
    )


def least(call: Callable[[og.OutcomeModel], object], model: og.OutcomeModel, times: int = 7) -> float:
    """Return the least of some times, in seconds of the processor."""
    found = []
    for _ in range(times):
        start = time.process_time()
        call(model)
        found.append(time.process_time() - start)
    return min(found)


def main() -> None:
    """Print both times and their ratio."""
    small, large = model_of(10), model_of(50)
    for name, call in (("og.check", og.check), ("og.Scorer", og.Scorer), ("compile_model", compile_model)):
        few, many = least(call, small), least(call, large)
        sizes = f"{len(small.cells)} cells {few:.3f} s, {len(large.cells):,} cells {many:.3f} s"
        print(f"{name:14} {STEPS} steps: {sizes}, ratio {many / few:.1f}")


if __name__ == "__main__":
    main()
