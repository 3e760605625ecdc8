"""Rules for whole models: each a small function that yields findings; a list names the rules that run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from outcomegap.errors import Finding, ModelError, hint
from outcomegap.model.cell import Cell
from outcomegap.model.check_numeric import rules_of_one_name, shared_under_numeric, usage_can_hide_experience
from outcomegap.model.curve import Curve, CustomCurve, OwnCurve
from outcomegap.model.gate import Gate, Mean, Node
from outcomegap.model.inputs import unknown_cells
from outcomegap.model.model import OutcomeModel
from outcomegap.model.numeric import NumericGate
from outcomegap.model.step import Step, SuccessGap
from outcomegap.model.values import ANY, Column, PerCell, at
from outcomegap.model.walk import gates_of, parts, postorder, steps_of

Rule = Callable[[OutcomeModel], Iterator[Finding]]


def check(model: OutcomeModel) -> tuple[Finding, ...]:
    """Apply every whole-model rule.

    Parameters
    ----------
    model
        The model to look at.

    Returns
    -------
    tuple of Finding
        Errors first, then warnings, then infos; empty when there is nothing to say. A model with an error
        cannot be scored.

    Examples
    --------
    >>> import outcomegap as og
    >>> check(og.gallery.load("email-marketing"))
    ()
    """
    if not isinstance(model, OutcomeModel):
        raise ModelError.of("model", "check", f"expects an og.OutcomeModel (got {model!r:.60})")
    order = {"error": 0, "warning": 1, "info": 2}
    found = [finding for rule in RULES for finding in rule(model)]
    return tuple(sorted(found, key=lambda f: order[f.severity]))


def raise_errors(model: OutcomeModel) -> None:
    """Raise one ModelError with every finding that is an error."""
    errors = [f for f in check(model) if f.severity == "error"]
    if errors:
        raise ModelError.all(f"model {model.name!r} cannot be scored", errors)


def unique_names(model: OutcomeModel) -> Iterator[Finding]:
    """Segments, stages, steps, named gates and measures each have a name of their own."""
    for what, names in (
        ("segments", [s.name for s in model.segments]),
        ("stages", [s.name for s in model.stages]),
        ("measures", [m.name for m in model.measures]),
    ):
        for name in _repeated(names):
            yield Finding("duplicate-name", f"{what}.{name}", f"two {what} are called {name!r}; rename one")
    labels: dict[str, list[str]] = {}
    for step in _all_steps(model):
        labels.setdefault(step.name, []).append(step.where)
    for gate in _gates(model):
        if gate.name is not None:
            labels.setdefault(gate.name, []).append(f"gates.{gate.name}")
    for name, places in labels.items():
        if len(places) > 1:
            others = " and ".join(places)
            message = f"{len(places)} different steps are called {name!r} ({others}); rename one"
            yield Finding("duplicate-name", places[0], message)


def one_desired_outcome_per_cell(model: OutcomeModel) -> Iterator[Finding]:
    """Every cell, and goal, has exactly one desired outcome."""
    for segment in model.segment_names:
        for stage in model.stage_names:
            here = [o for o in model.desired_outcomes if o.covers(segment, stage)]
            where = f"cells.{segment}/{stage}"
            if not here:
                yield Finding("no-desired-outcome", where, "no desired outcome covers this cell; add one")
            for name in _repeated([o.name for o in here]):
                message = (
                    f"two desired outcomes called {name!r} cover this cell; narrow their segments or stages, "
                    "or give each goal a name of its own"
                )
                yield Finding("two-desired-outcomes", where, message)


def known_segments_and_stages(model: OutcomeModel) -> Iterator[Finding]:
    """A desired outcome names only segments and stages of the model."""
    for outcome in model.desired_outcomes:
        for what, names, known in (
            ("segment", outcome.segments, model.segment_names),
            ("stage", outcome.stages, model.stage_names),
        ):
            for name in names or ():
                if name not in known:
                    where = f"desired_outcomes.{outcome.name}.{what}s"
                    yield Finding(f"unknown-{what}", where, f"no {what} {name!r}{hint(name, known)}")


def per_cell_keys(model: OutcomeModel) -> Iterator[Finding]:
    """A per-cell key names a segment, a stage or a cell of the model."""
    for where, value in _values(model):
        if not isinstance(value, PerCell):
            continue
        for key, _ in value.values:
            segment, _, stage = key.partition("/")
            if segment != ANY and segment not in model.segment_names:
                message = f"key {key!r} names no segment{hint(segment, model.segment_names)}"
                yield Finding("per-cell-key", where, message)
            if stage and stage not in model.stage_names:
                yield Finding("per-cell-key", where, f"key {key!r} names no stage{hint(stage, model.stage_names)}")


def a_value_in_every_cell(model: OutcomeModel) -> Iterator[Finding]:
    """A per-cell value without a default is given for every cell that uses it."""
    for cell, where, value in _values_by_cell(model):
        if at(value, cell.segment, cell.stage) is None:
            message = f"has no value for {cell.segment}/{cell.stage}; add a default or that key"
            yield Finding("no-value", where, message)


def floor_differs_from_target(model: OutcomeModel) -> Iterator[Finding]:
    """Floor and target differ in every cell."""
    for cell in model.cells:
        for step in _steps_in(model, cell):
            floor, target = (at(v, cell.segment, cell.stage) for v in (step.floor, step.target))
            if floor is not None and floor == target:
                shown = f"column {floor.name!r}" if isinstance(floor, Column) else f"{floor:g}"
                message = f"floor and target are both {shown} in {cell}; they must differ"
                yield Finding("floor-is-target", step.where, message)
            elif isinstance(floor, float) and isinstance(target, float) and not math.isfinite(target - floor):
                message = (
                    f"floor {floor:g} and target {target:g} in {cell} lie too far apart for a difference of floats"
                )
                yield Finding("out-of-range", step.where, message)


def within_hard_limits(model: OutcomeModel) -> Iterator[Finding]:
    """A target within the measure's hard limits; else it can never be met."""
    for cell in model.cells:
        for step in _steps_in(model, cell):
            target = at(step.target, cell.segment, cell.stage)
            low, high = step.measure.low, step.measure.high
            if isinstance(target, float) and (
                (low is not None and target < low) or (high is not None and target > high)
            ):
                message = f"target {target:g} in {cell} lies outside the limits of {step.measure.name!r}: never met"
                yield Finding("target-out-of-range", step.where, message, "warning")


def sides(model: OutcomeModel) -> Iterator[Finding]:
    """Functions and gaps stand under the required outcome, expectations under the experience."""
    for outcome in model.desired_outcomes:
        for side, root in (("required", outcome.required.needs), ("experience", outcome.experience.expects)):
            for step in steps_of(root):
                if step.side != side:
                    part = "required outcome" if side == "required" else "appropriate experience"
                    message = f"{type(step).__name__} cannot stand under the {part} of {outcome.name!r}"
                    yield Finding("wrong-side", step.where, message)


def promises(model: OutcomeModel) -> Iterator[Finding]:
    """A promised outcome can be reached over bridgeable gaps alone, in every cell."""
    for outcome in model.desired_outcomes:
        if not outcome.required.promised or _reachable(outcome.required.needs):
            continue
        cells = [f"{c.segment}/{c.stage}" for c in model.cells if model.outcome(c) is outcome]
        blocking = [step.name for step in steps_of(outcome.required.needs) if not _bridgeable(step)]
        message = (
            f"promised, but no path without an unbridgeable gap ({', '.join(map(repr, blocking[:5]))}) reaches it "
            f"in {', '.join(cells[:5])}{' ...' if len(cells) > 5 else ''}"
        )
        yield Finding("unreachable-promise", f"desired_outcomes.{outcome.name}.required", message, "warning")


def measures_used(model: OutcomeModel) -> Iterator[Finding]:
    """Measures that the inputs prepare are used by some step."""
    if model.inputs is None:
        return
    used = {m.name for m in model.measures} | set(model.columns)
    for name in model.inputs.measures:
        if name not in used and name not in model.inputs.keep:
            near = hint(name, used)
            yield Finding("unused-measure", f"inputs.measures.{name}", f"no step uses it{near}", "warning")


def known_cells_of_inputs(model: OutcomeModel) -> Iterator[Finding]:
    """The inputs name only segments, stages and goals of the model."""
    if model.inputs is not None:
        yield from unknown_cells(model.inputs, model)


def opposite_directions(model: OutcomeModel) -> Iterator[Finding]:
    """One measure, once higher and once lower is better: the bounds of a customer without it are outer bounds."""
    for cell in model.cells:
        directions: dict[str, dict[bool, str]] = {}
        for step in _steps_in(model, cell):
            floor, target = (at(v, cell.segment, cell.stage) for v in (step.floor, step.target))
            if isinstance(floor, float) and isinstance(target, float):
                directions.setdefault(step.measure.name, {}).setdefault(target > floor, step.name)
        for measure, seen in directions.items():
            if len(seen) > 1:
                message = (
                    f"higher is better for {seen[True]!r}, lower for {seen[False]!r} in {cell}; where it is missing, "
                    "low and high are outer bounds"
                )
                yield Finding("opposite-directions", f"measures.{measure}", message, "info")


def curves_of_one_name(model: OutcomeModel) -> Iterator[Finding]:
    """Two curves of the user's own do not share a name."""
    seen: dict[str, Curve] = {}
    for step in _all_steps(model):
        own = isinstance(step.curve, (CustomCurve, OwnCurve))
        if own and seen.setdefault(step.curve.name, step.curve) != step.curve:
            message = f"two different curves are called {step.curve.name!r}; rename one"
            yield Finding("duplicate-name", f"{step.where}.curve", message)


RULES: tuple[Rule, ...] = (
    unique_names,
    one_desired_outcome_per_cell,
    known_segments_and_stages,
    per_cell_keys,
    a_value_in_every_cell,
    floor_differs_from_target,
    within_hard_limits,
    sides,
    promises,
    measures_used,
    known_cells_of_inputs,
    opposite_directions,
    curves_of_one_name,
    rules_of_one_name,
    shared_under_numeric,
    usage_can_hide_experience,
)


def _repeated(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _all_steps(model: OutcomeModel) -> tuple[Step, ...]:
    return tuple(dict.fromkeys((*model.steps, *steps_of(*model.observed_by))))


def _gates(model: OutcomeModel) -> tuple[Gate, ...]:
    return gates_of(*(r for o in model.desired_outcomes for r in (o.required.needs, o.experience.expects)))


def _steps_in(model: OutcomeModel, cell: Cell) -> tuple[Step, ...]:
    outcome = model.outcome(cell)
    return steps_of(outcome.required.needs, outcome.experience.expects)


def _step_values(step: Step) -> Iterator[tuple[str, Any]]:
    for name in ("floor", "target", "missing"):
        yield f"{step.where}.{name}", getattr(step, name)


def _gate_values(gate: Gate) -> Iterator[tuple[str, Any]]:
    if isinstance(gate, Mean):
        where = f"gates.{gate.name}" if gate.name else "mean"
        for child, weight in zip(gate.children, gate.weights, strict=True):
            label = child.name if isinstance(child, Step) else (child.name or child.kind)
            yield f"{where}.weights.{label}", weight


def _values(model: OutcomeModel) -> Iterator[tuple[str, Any]]:
    for step in _all_steps(model):
        yield from _step_values(step)
    for gate in _gates(model):
        yield from _gate_values(gate)
    for outcome in model.desired_outcomes:
        for name in ("achieved_at", "appropriate_at", "min_coverage"):
            yield f"desired_outcomes.{outcome.name}.{name}", getattr(outcome, name)


def _values_by_cell(model: OutcomeModel) -> Iterator[tuple[Cell, str, Any]]:
    for cell in model.cells:
        outcome = model.outcome(cell)
        for step in _steps_in(model, cell):
            for where, value in _step_values(step):
                if value != "skip":
                    yield cell, where, value
        for gate in gates_of(outcome.required.needs, outcome.experience.expects):
            for where, value in _gate_values(gate):
                yield cell, where, value
        for name in ("achieved_at", "appropriate_at", "min_coverage"):
            yield cell, f"desired_outcomes.{outcome.name}.{name}", getattr(outcome, name)


def _bridgeable(step: Step) -> bool:
    return not isinstance(step, SuccessGap) or step.bridgeable


def _reachable(root: Node) -> bool:
    """Tell whether the gate can hold with every unbridgeable gap failed."""
    holds: dict[Node, bool] = {}
    for node in postorder([root]):
        below = [holds[part] for part in parts(node)]
        if isinstance(node, Step):
            holds[node] = _bridgeable(node) and all(below)
        elif node.kind == "all_of":
            holds[node] = all(below)
        elif node.kind == "at_least":
            holds[node] = sum(below) >= node.k
        elif isinstance(node, NumericGate):  # as a mean: whether anything is reached at all
            holds[node] = bool(node.forward([np.array([float(held)]) for held in below])[0] > 0)
        else:  # any_of; a mean is reached in part where one child is
            holds[node] = any(below)
    return holds[root]
