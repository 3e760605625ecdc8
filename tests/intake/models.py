"""Small models to read tables for."""

from __future__ import annotations

from typing import Any

from outcomegap.model import (
    AppropriateExperience,
    DesiredOutcome,
    Expectation,
    Inputs,
    Mean,
    Measure,
    OutcomeModel,
    RequiredOutcome,
    SuccessGap,
)


def model_of(*measures: str | Measure, segments: Any = (), stages: Any = (), inputs: Any = None) -> OutcomeModel:
    """A model that needs the given measures."""
    made = [m if isinstance(m, Measure) else Measure(m) for m in measures]
    asks = Mean(*(Expectation(f"asks {m.name}", m, floor=0, target=1) for m in made))
    needs = SuccessGap(f"needs {made[0].name}", made[0], floor=0, target=1)
    outcome = DesiredOutcome(RequiredOutcome("goal", needs=needs), AppropriateExperience("how", expects=asks))
    given = Inputs(**inputs) if isinstance(inputs, dict) else inputs
    return OutcomeModel("test", desired_outcomes=[outcome], segments=segments, stages=stages, inputs=given)
