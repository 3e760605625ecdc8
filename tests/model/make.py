"""Short ways to make steps, outcomes and models, and to catch what a constructor says."""

from __future__ import annotations

from typing import Any

from outcomegap.model import (
    AllOf,
    AnyOf,
    AppropriateExperience,
    DesiredOutcome,
    Expectation,
    Mean,
    Measure,
    OutcomeModel,
    ProductFunction,
    RequiredOutcome,
    SuccessGap,
)


def _step(kind: type[Any], name: str, fields: dict[str, Any]) -> Any:
    measure = fields.pop("measure", None) or Measure(name)
    return kind(name, measure, **{"floor": 0, "target": 1} | fields)


def gap(name: str, **fields: Any) -> SuccessGap:
    return _step(SuccessGap, name, fields)


def function(name: str, **fields: Any) -> ProductFunction:
    return _step(ProductFunction, name, fields)


def wish(name: str, **fields: Any) -> Expectation:
    return _step(Expectation, name, fields)


def desired(needs: Any = None, expects: Any = None, what: str = "sales", **fields: Any) -> DesiredOutcome:
    promise = {name: fields.pop(name) for name in ("promised", "measured_by") if name in fields}
    required = RequiredOutcome(what, needs=gap("list") if needs is None else needs, **promise)
    suits = AppropriateExperience("how", expects=wish("API") if expects is None else expects)
    return DesiredOutcome(required, suits, **fields)


def model_of(needs: Any = None, expects: Any = None, **fields: Any) -> OutcomeModel:
    """Make a model of one desired outcome."""
    return OutcomeModel("m", desired_outcomes=[desired(needs, expects)], **fields)


def ladder(depth: int, kinds: tuple[Any, ...] = (AllOf, AnyOf, Mean)) -> Any:
    """Return a graph in which each rung stands under two gates of the next: 2^depth paths, 3 x depth nodes."""
    rung: Any = gap("bottom")
    for number in range(depth):
        left = kinds[number % len(kinds)](rung, gap(f"left {number}"))
        right = kinds[(number + 1) % len(kinds)](rung, gap(f"right {number}"))
        rung = AllOf(left, right)
    return rung
