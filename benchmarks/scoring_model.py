"""The model that the scoring benchmark uses: 24 measures, 24 steps, 24 cells, every floor and target by cell."""

from __future__ import annotations

import outcomegap as og

SEGMENTS = tuple(f"segment {i}" for i in range(6))
STAGES = tuple(f"stage {i}" for i in range(4))


def build() -> og.OutcomeModel:
    """Three functions, nine gaps that build on them, twelve expectations."""
    functions = [og.ProductFunction(f"f{i}", _measure(i), floor=_by_cell(1.0), target=_by_cell(10.0)) for i in range(3)]
    gaps = [
        og.SuccessGap(f"g{i}", _measure(i), floor=_by_cell(1.0), target=_by_cell(8.0), after=[functions[i % 3]])
        for i in range(3, 12)
    ]
    wishes = [og.Expectation(f"e{i}", _measure(i), floor=_by_cell(20.0), target=_by_cell(2.0)) for i in range(12, 24)]
    needs = og.AllOf(
        *functions,
        og.AnyOf(gaps[0], og.AllOf(gaps[1], gaps[2])),
        og.Mean(og.AllOf(gaps[3], gaps[4]), og.AnyOf(gaps[5], gaps[6]), weights=(2, 1)),
        og.AnyOf(gaps[7], gaps[8]),
    )
    expects = og.Mean(
        og.Mean(*wishes[:4], weights=(3, 2, 1, 1)),
        og.Mean(*wishes[4:8]),
        og.AllOf(wishes[8], og.AnyOf(wishes[9], wishes[10])),
        wishes[11],
        weights=(3, 2, 2, 1),
    )
    outcome = og.DesiredOutcome(
        og.RequiredOutcome("required", needs=needs), og.AppropriateExperience("experience", expects=expects)
    )
    return og.OutcomeModel("benchmark", desired_outcomes=[outcome], segments=SEGMENTS, stages=STAGES)


def _measure(number: int) -> og.Measure:
    return og.Measure(f"m{number}", low=0)


def _by_cell(base: float) -> object:
    return og.per_cell(
        base,
        {f"{s}/{t}": base * (1 + 0.1 * i + 0.2 * j) for i, s in enumerate(SEGMENTS) for j, t in enumerate(STAGES)},
    )
