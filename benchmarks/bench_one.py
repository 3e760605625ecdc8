"""How long one customer takes: `Scorer.score_one` beside the vectorized engine with one row.

Run with ``python -m benchmarks.bench_one``. The model has 24 steps (16 required, 8 experience) in 24 cells, with
shared steps, a step that builds on others, alternatives, k of n, a mean, and every built-in curve.
"""

from __future__ import annotations

import time
import timeit
from typing import Any

import outcomegap as og
from outcomegap.frames import wrap
from outcomegap.scoring.customers import prepare
from outcomegap.scoring.model_scores import Place

#: What is asked of a customer, beside the parts.
OUTPUTS = ("required", "experience", "desired", "low", "high", "state", "coverage")
SEGMENTS, STAGES = ("solo", "startup", "mid", "enterprise"), ("s1", "s2", "s3", "s4", "s5", "s6")


def model_of_24() -> og.OutcomeModel:
    """Return the model."""
    curves: tuple[Any, ...] = ("linear", "linear", "linear", "smooth", "linear", [(0, 0), (0.5, 0.2), (1, 1)])
    steps: list[Any] = []
    for i in range(16):
        target = og.per_cell(10.0 + i, {segment: 11.0 + i + n for n, segment in enumerate(SEGMENTS)})
        after = [steps[0]] if i in (5, 9) else []
        measure = og.Measure(f"measure_{i}", low=0, high=1000)
        steps.append(og.SuccessGap(f"gap {i}", measure, floor=i / 4, target=target, curve=curves[i % 6], after=after))
    wishes = [
        og.Expectation(f"wish {i}", og.Measure(f"wish_{i}", low=0), floor=48.0 + i, target=2.0 + i) for i in range(8)
    ]
    needs = og.AllOf(
        *steps[:6], og.AnyOf(*steps[6:9]), og.AnyOf(steps[9], steps[10]), og.AtLeast(2, *steps[11:14]), *steps[14:]
    )
    outcome = og.DesiredOutcome(
        og.RequiredOutcome("outcome", needs=needs),
        og.AppropriateExperience("experience", expects=og.Mean(*wishes, weights=(2, 1, 1, 3, 1, 1, 2, 1))),
    )
    return og.OutcomeModel("24 steps", segments=SEGMENTS, stages=STAGES, desired_outcomes=[outcome])


def customer() -> dict[str, Any]:
    """Return a customer of whom everything is known: a third met, a third on the way, a third not begun."""
    row: dict[str, Any] = {"segment": "startup", "stage": "s3"}
    row |= {f"measure_{i}": (40.0, 6.5, 5)[i % 3] + i / 4 for i in range(16)}
    return row | {f"wish_{i}": (1.0, 24.0, 60)[i % 3] for i in range(8)}


def best(run: Any, number: int) -> float:
    """Return microseconds of the processor for one run: the best of 15 rounds."""
    return min(timeit.repeat(run, number=number, repeat=15, timer=time.thread_time)) / number * 1e6


def main() -> None:
    """Measure and print."""
    model, row = model_of_24(), customer()
    scorer = og.Scorer(model)
    gappy = {name: value for name, value in row.items() if name not in ("measure_3", "wish_1", "wish_4")}
    frame = {name: [value] for name, value in row.items()}
    names = {axis: axis for axis in ("segment", "stage", "goal")}
    batch = prepare(scorer.compiled, wrap(frame), names, "raise")
    place = Place(scorer, int(batch.cells[0]))
    values = tuple(float(column[0]) for column in batch.columns)
    score = scorer.score_one(row)
    cells = iter([(s, t) for s in SEGMENTS for t in STAGES] * 15)

    def first() -> None:
        segment, stage = next(cells)
        fresh.score_one(row | {"segment": segment, "stage": stage})

    def asked(of: dict[str, Any], *, explained: bool = False) -> list[Any]:
        found = scorer.score_one(of)
        return [found.attribution() if explained else None, *(getattr(found, name) for name in OUTPUTS)]

    fresh = og.Scorer(model)
    lines = [
        ("a new cell's first customer", timeit.timeit(first, number=24) / 24 * 1e6),
        ("score_one, all known", best(lambda: scorer.score_one(row), 5000)),
        ("  of which the kernel alone", best(lambda: place.complete(values), 5000)),
        ("score_one, three values missing", best(lambda: scorer.score_one(gappy), 2000)),
        ("score_one and seven columns, all known", best(lambda: asked(row), 2000)),
        ("score_one and seven columns, three missing", best(lambda: asked(gappy), 2000)),
        ("  with attribution, all known", best(lambda: asked(row, explained=True), 500)),
        ("  with attribution, three missing", best(lambda: asked(gappy, explained=True), 500)),
        ("score_one(...).to_dict()", best(lambda: scorer.score_one(row).to_dict(), 2000)),
        ("Score.attribution()", best(score.attribution, 200)),
        ("Score.gain()", best(score.gain, 500)),
        ("vectorized engine, one row, checked already", best(lambda: scorer.engine.score(batch), 200)),
        ("Scorer.score, a frame of one row", best(lambda: scorer.score(frame), 100)),
    ]
    for what, microseconds in lines:
        print(f"{what:45s} {microseconds:10.2f} us")


if __name__ == "__main__":
    main()
