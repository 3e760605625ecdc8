"""What a conformance case is made of, and short words to write one with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from outcomegap.model import (
    AppropriateExperience,
    DesiredOutcome,
    Expectation,
    Measure,
    OutcomeModel,
    RequiredOutcome,
    SuccessGap,
)


@dataclass(frozen=True)
class Case:
    """One model, some customers, and what was worked out by hand for them.

    ``by_hand`` has one dict a row, with any parts of the answer: fractions as text, None where there is no value;
    dicts by step need not name every step.
    """

    name: str
    description: str
    model: OutcomeModel
    rows: list[dict[str, Any]]
    by_hand: list[dict[str, Any]] = field(default_factory=list)


def step(name: str, **fields: Any) -> SuccessGap:
    """A step of the required outcome, by default from 0 to 1, measured in a column of its own name."""
    return SuccessGap(name, Measure(name), **{"floor": 0, "target": 1} | fields)


def wish(name: str, **fields: Any) -> Expectation:
    """An expectation, by default from 0 to 1, measured in a column of its own name."""
    return Expectation(name, Measure(name), **{"floor": 0, "target": 1} | fields)


def outcome(needs: Any, expects: Any = None, name: str = "outcome", **fields: Any) -> DesiredOutcome:
    """A desired outcome; its experience is the one wish ``suits`` unless another is given."""
    suits = AppropriateExperience(f"{name}: how", expects=wish("suits") if expects is None else expects)
    return DesiredOutcome(RequiredOutcome(f"{name}: what", needs=needs), suits, name=name, **fields)


def model(needs: Any, expects: Any = None, **fields: Any) -> OutcomeModel:
    """A model of one cell."""
    return OutcomeModel("vector", desired_outcomes=(outcome(needs, expects, **fields),))


def rows(names: str, *values: tuple[float | None, ...], **same: Any) -> list[dict[str, Any]]:
    """Rows from the names of their columns and their values; ``suits`` is 1 unless it is named."""
    columns = names.split()
    given = {} if "suits" in columns else {"suits": 1.0}
    return [given | same | dict(zip(columns, row, strict=True)) for row in values]
