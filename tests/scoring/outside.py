"""Scorers from outside: what a model's scorer says, handed over as arrays, and one small enough to do by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

import outcomegap as og
from outcomegap.scoring import Scores

LOGINS = og.SuccessGap("logins", og.Measure("logins", low=0), floor=0, target=20, owner="customer", remedy="training")
REPLIES = og.Expectation("replies", og.Measure("hours", unit="h", low=0), floor=48, target=24, owner="support")


class Small:
    """Two steps; what else it says of itself is handed over."""

    def __init__(self, **said: Any) -> None:
        self.name, self.steps = "small", [LOGINS, REPLIES]
        self.__dict__.update(said)

    def score(self, customers: Any) -> og.OutcomeScores:
        reached = og.attainments(self, customers)
        desired = np.nan_to_num(reached, nan=0.5).prod(axis=1)
        return og.OutcomeScores(self, customers, desired=desired)


FRAME: dict[str, list[Any]] = {
    "id": ["Acme", "Beta", "Cato", "Dora"],
    "plan": ["basic", "pro", "basic", None],
    "logins": [5.0, 20.0, None, 10.0],
    "hours": [36.0, 24.0, 48.0, 30.0],
    "mrr": [10.0, 20.0, 30.0, 40.0],
}
REACHED = np.array([[0.25, 0.5], [1, 1], [np.nan, 0], [0.5, 0.75]])
DESIRED = [0.25, 1.0, np.nan, 0.5]
PARTS = np.array([[0.5, 0.25], [0, 0], [np.nan, np.nan], [0.375, 0.125]])
#: Columns of its own.
OWN = {"points": [25, 100, None, 50], "band": ["low", "high", None, "mid"]}
GAIN = np.array([[0.25, 0.125], [0, 0], [np.nan, np.nan], [0.25, 0.5]])


def small(frame: Any = None, scorer: Any = None, **said: Any) -> og.OutcomeScores:
    """Scores of `FRAME`, as far as something is said of it."""
    said.setdefault("desired", DESIRED)
    return og.OutcomeScores(Small() if scorer is None else scorer, FRAME if frame is None else frame, **said)


class Outside:
    """What a model says of itself, without the model."""

    def __init__(self, model: og.OutcomeModel) -> None:
        self.name, self.steps, self.model = model.name, model.steps, model
        self.segments, self.stages, self.description = model.segments, model.stages, model.description

    def score(self, customers: Any) -> og.OutcomeScores:
        return handed_over(og.Scorer(self.model).score(customers), customers)


def handed_over(scores: Scores, customers: Any, **said: Any) -> og.OutcomeScores:
    """Make outcome scores of all that scores of a model say, `said` apart."""
    arrays = {name: getattr(scores, name) for name in ("desired", "required", "experience", "low", "high", "state")}
    arrays |= {"attainment": scores.attainment().values, "gain": scores.gain().values}
    arrays |= {"parts": scores.attribution().values, "exact": scores.exact}
    arrays |= {"out_of_reach": scores.out_of_reach} if scores.limited else {}
    return og.OutcomeScores(Outside(scores.model), customers, **arrays | said)
