"""Invented customers: values at, around and beyond floor and target, or none."""

from __future__ import annotations

import math
from typing import Any

from outcomegap.model import Cell, Column, Measure, OutcomeModel, Step, Threshold
from outcomegap.model.curve import Knots
from outcomegap.model.values import Value, at
from outcomegap.model.walk import steps_of
from outcomegap.testing.choose import Chooser, maybe, one_of
from outcomegap.testing.make_step import numbers_of

#: Progress from floor (0) to target (1): both ends first, then between, below and beyond.
PROGRESS = (0.0, 1.0, 0.5, 0.25, 0.75, 0.99, 0.001, 1 / 3, 0.1, 0.6, -0.5, 1.5)
#: How often a value of one customer is missing, in percent.
GAPPY = (0, 0, 0, 15, 15, 30, 50, 100)

Row = dict[str, Any]


def make_row(choose: Chooser, model: OutcomeModel, *, missing: bool) -> Row:
    """Invent one customer: segment, stage, goal, every column and every measure."""
    row: Row = _place(choose, model)
    cell = model.cell(row.get("segment"), row.get("stage"), row.get("goal"))
    outcome = model.outcome(cell)
    steps = steps_of(outcome.required.needs, outcome.experience.expects)
    gappy = one_of(choose, GAPPY) if missing else 0
    for name in model.columns:
        row[name] = _gap(choose) if maybe(choose, gappy) else _own(choose, model, name, cell, row)
    for measure in model.measures:
        here = [step for step in steps if step.measure == measure]
        row[measure.name] = _gap(choose) if maybe(choose, gappy) else _observed(choose, measure, here, cell, row)
    return row


def table(model: OutcomeModel, rows: list[Row]) -> dict[str, list[Any]]:
    """Turn customers into columns; all columns are there when there is no customer at all."""
    names = [*_place_names(model), *model.columns, *(m.name for m in model.measures)]
    return {name: [row[name] for row in rows] for name in names}


def _place(choose: Chooser, model: OutcomeModel) -> Row:
    """Invent where a customer belongs: the columns segment, stage and goal, as far as the model declares them."""
    cell = one_of(choose, model.cells)
    place: Row = {"segment": cell.segment} if model.segments else {}
    if model.stages:
        place["stage"] = cell.stage
    if cell.goal is not None:
        place["goal"] = cell.goal
    return place


def _place_names(model: OutcomeModel) -> list[str]:
    declared = (("segment", model.segments), ("stage", model.stages), ("goal", model.goals))
    return [name for name, there in declared if there]


def _gap(choose: Chooser) -> float | None:
    return math.nan if maybe(choose, 30) else None


def _own(choose: Chooser, model: OutcomeModel, name: str, cell: Cell, row: Row) -> float:
    """Return a customer's own floor or target, different from the other end of every step that uses it."""
    ends = [(step, pair) for step in model.steps for pair in ((step.floor, step.target), (step.target, step.floor))]
    using = [(step, other) for step, (own, other) in ends if at(own, cell.segment, cell.stage) == Column(name)]
    taken = {_end(other, cell, row) for _, other in using}
    scale = numbers_of(using[0][0].measure) if using else (0.0, 1.0)
    return one_of(choose, [number for number in scale if number not in taken])


def _end(value: Value, cell: Cell, row: Row) -> float | None:
    here = at(value, cell.segment, cell.stage)
    return row.get(here.name) if isinstance(here, Column) else here


def _observed(choose: Chooser, measure: Measure, steps: list[Step], cell: Cell, row: Row) -> float:
    """Return a value of a measure: at an end of one of its steps, at a jump of its curve, or anywhere."""
    if not steps:
        return one_of(choose, numbers_of(measure))
    step = one_of(choose, steps)
    floor, target = (_end(value, cell, row) for value in (step.floor, step.target))
    if floor is None or target is None or math.isnan(floor) or math.isnan(target):
        return one_of(choose, numbers_of(measure))
    z = one_of(choose, (*PROGRESS, *_places(step.curve)))
    value = floor if z == 0 else target if z == 1 else floor + z * (target - floor)
    low = -math.inf if measure.low is None else measure.low
    high = math.inf if measure.high is None else measure.high
    return min(max(value, low), high)


def _places(curve: object) -> list[float]:
    if isinstance(curve, Threshold):
        return [curve.at]
    return [z for z, _ in curve.points] if isinstance(curve, Knots) else []
