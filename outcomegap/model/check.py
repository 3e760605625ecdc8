"""Rules for whole models: each a small function that yields findings; a list names the rules that run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from outcomegap.errors import Finding, ModelError, hint
from outcomegap.model.cell import Cell
from outcomegap.model.curve import CustomCurve
from outcomegap.model.gate import Mean, gates_of, steps_of
from outcomegap.model.identity import Node, parts, postorder
from outcomegap.model.inputs import unknown_cells
from outcomegap.model.join import CustomJoin, WeightedJoin
from outcomegap.model.model import OutcomeModel
from outcomegap.model.numbers import ANY, Column, PerCell, Scalar, Value, in_cells
from outcomegap.model.numeric import Numeric, NumericGate
from outcomegap.model.outcome import DesiredOutcome
from outcomegap.model.step import Step, SuccessGap

#: A rule for models; those of `SHARED` hold of an `Outline` as well.
Rule = Callable[[OutcomeModel], Iterator[Finding]]
THRESHOLDS = ("achieved_at", "appropriate_at", "min_coverage")


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
    for what in ("segments", "stages", "measures"):
        for name in _repeated([thing.name for thing in getattr(model, what)]):
            yield Finding("duplicate-name", f"{what}.{name}", f"two {what} are called {name!r}; rename one")
    labels: dict[str, list[str]] = {}
    for step in _all_steps(model):
        labels.setdefault(step.name, []).append(step.where)
    for gate in _gates(model):
        if gate.name is not None:
            labels.setdefault(gate.name, []).append(f"gates.{gate.name}")
    for name, places in labels.items():
        if len(places) > 1:
            message = f"{len(places)} different steps are called {name!r} ({' and '.join(places)}); rename one"
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
    segments, stages = set(model.segment_names), set(model.stage_names)
    for where, value, _ in _values(model):
        for key, _ in value.values if isinstance(value, PerCell) else ():
            segment, _, stage = key.partition("/")
            for what, name, known in (("segment", segment, segments), ("stage", stage, stages)):
                if name not in known and name not in (ANY, ""):
                    names = getattr(model, f"{what}_names")
                    yield Finding("per-cell-key", where, f"key {key!r} names no {what}{hint(name, names)}")


def a_value_in_every_cell(model: OutcomeModel) -> Iterator[Finding]:
    """A per-cell value without a default is given for every cell that uses it."""
    for where, value, cells in _values(model):
        if isinstance(value, PerCell) and value.default is None:
            pairs = zip(cells, in_cells(value, cells), strict=True)
            lacking = dict.fromkeys(f"{cell.segment}/{cell.stage}" for cell, found in pairs if found is None)
            if lacking:
                message = f"has no value for {_few(list(lacking))}; add a default or that key"
                yield Finding("no-value", where, message)


def floor_differs_from_target(model: OutcomeModel) -> Iterator[Finding]:
    """Floor and target differ in every cell."""
    for step, cells in _cells_of_steps(model).items():
        for floor, target, here in _ends(step, cells):
            if floor is not None and floor == target:
                shown = f"column {floor.name!r}" if isinstance(floor, Column) else f"{floor:g}"
                message = f"floor and target are both {shown} in {_few(here)}; they must differ"
                yield Finding("floor-is-target", step.where, message)
            elif isinstance(floor, float) and isinstance(target, float) and not math.isfinite(target - floor):
                ends = f"floor {floor:g} and target {target:g} in {_few(here)}"
                message = f"{ends} lie too far apart for a difference of floats"
                yield Finding("out-of-range", step.where, message)


def within_hard_limits(model: OutcomeModel) -> Iterator[Finding]:
    """A target within the measure's hard limits; else it can never be met."""
    for step, cells in _cells_of_steps(model).items():
        low, high = step.measure.low, step.measure.high
        for _, target, here in _ends(step, cells):
            if isinstance(target, float) and (
                (low is not None and target < low) or (high is not None and target > high)
            ):
                limits = f"lies outside the limits of {step.measure.name!r}: never met"
                yield Finding(
                    "target-out-of-range", step.where, f"target {target:g} in {_few(here)} {limits}", "warning"
                )


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
        cells = [f"{cell.segment}/{cell.stage}" for cell in _cells_by_outcome(model)[outcome]]
        blocking = [step.name for step in steps_of(outcome.required.needs) if not _bridgeable(step)]
        message = (
            f"promised, but no path without an unbridgeable gap ({', '.join(map(repr, blocking[:5]))}) reaches it "
            f"in {_few(cells)}"
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
    ways: dict[str, dict[bool, dict[Cell, str]]] = {}
    shared = _repeated([step.measure.name for step in model.steps])
    for step, cells in _cells_of_steps(model).items():
        if step.measure.name not in shared:
            continue
        ways_of_measure = ways.setdefault(step.measure.name, {True: {}, False: {}})
        for floor, target, here in _ends(step, cells):
            if isinstance(floor, float) and isinstance(target, float):
                for cell in here:
                    ways_of_measure[target > floor].setdefault(cell, step.name)
    for measure, way in ways.items():
        both = [cell for cell in way[True] if cell in way[False]]
        if both:
            message = (
                f"higher is better for {way[True][both[0]]!r}, lower for {way[False][both[0]]!r} in {_few(both)}; "
                "where it is missing, low and high are outer bounds"
            )
            yield Finding("opposite-directions", f"measures.{measure}", message, "info")


def curves_of_one_name(model: OutcomeModel) -> Iterator[Finding]:
    """Two curves of the user's own do not share a name."""
    seen: dict[str, CustomCurve] = {}
    for step in _all_steps(model):
        curve = step.curve
        if isinstance(curve, CustomCurve) and seen.setdefault(curve.name, curve) != curve:
            message = f"two different curves are called {curve.name!r}; rename one"
            yield Finding("duplicate-name", f"{step.where}.curve", message)


def shared_under_numeric(model: OutcomeModel) -> Iterator[Finding]:
    """The steps below a numeric gate stand nowhere else: not beside it, not under two children, not by ``after``."""
    for outcome in model.desired_outcomes:
        for side, root in (("required", outcome.required.needs), ("experience", outcome.experience.expects)):
            for gate in gates_of(root):
                if not isinstance(gate, NumericGate):
                    continue
                shared = list(dict.fromkeys([*_under_two(gate), *_beside(root, gate)]))
                if shared:
                    names = ", ".join(repr(step.name) for step in shared[:5]) + (", ..." if len(shared) > 5 else "")
                    where = f"gates.{gate.name}" if gate.name else f"desired_outcomes.{outcome.name}.{side}"
                    message = (
                        f"{gate!r:.80} must have its steps to itself, but under another gate, or under two of its "
                        f"children, or by way of after, there also is {names}; a numeric gate acts on numbers, not on "
                        "states, so a shared step would be counted twice: keep it apart, or use a gate on states"
                    )
                    yield Finding("shared-under-numeric", where, message)


def _under_two(gate: NumericGate) -> Iterator[Step]:
    """Yield the steps that stand under two of its children."""
    seen: set[Step] = set()
    for child in gate.children:
        here = steps_of(child)
        yield from (step for step in here if step in seen)
        seen.update(here)


def _beside(root: Node, gate: NumericGate) -> Iterator[Step]:
    """Yield the steps below it that can be reached from the root without passing it."""

    def without(node: Node) -> tuple[Node, ...]:
        return () if node == gate else parts(node)

    elsewhere = set(postorder([root], without))
    yield from (step for step in steps_of(gate) if step in elsewhere)


def usage_can_hide_experience(model: OutcomeModel) -> Iterator[Finding]:
    """A weighted join lets one side make up for the other."""
    for outcome in model.desired_outcomes:
        if isinstance(outcome.join, WeightedJoin):
            full = float(outcome.join.desired(1.0, 0.0))
            message = (
                f"usage can hide a bad experience: who has all of {outcome.required.name!r} and nothing of "
                f"{outcome.experience.name!r} scores {full:.2g}; 'product' and 'weakest' do not allow it"
            )
            yield Finding("weighted-join", f"desired_outcomes.{outcome.name}.join", message, "warning")


def rules_of_one_name(model: OutcomeModel) -> Iterator[Finding]:
    """Two gates, or two rules that join R and E, of the user's own do not share a name."""
    shapes: dict[Any, bytes] = {}
    for outcome in model.desired_outcomes:
        for gate in gates_of(outcome.required.needs, outcome.experience.expects):
            if isinstance(gate, Numeric):
                key = ("gate", gate.gate.name, len(gate.children))
                if shapes.setdefault(key, gate.shape) != gate.shape:
                    message = f"two different gates of your own are called {gate.gate.name!r}; rename one"
                    yield Finding("duplicate-name", f"desired_outcomes.{outcome.name}", message)
        join = outcome.join
        if isinstance(join, CustomJoin) and shapes.setdefault(("join", join.name), join.shape) != join.shape:
            message = f"two different rules that join R and E are called {join.name!r}; rename one"
            yield Finding("duplicate-name", f"desired_outcomes.{outcome.name}.join", message)


SHARED: tuple[Rule, ...] = (unique_names, per_cell_keys, floor_differs_from_target)
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


def _few(things: Sequence[object]) -> str:
    return ", ".join(map(str, things[:5])) + (", ..." if len(things) > 5 else "")


def _all_steps(model: OutcomeModel) -> list[Step]:
    known = set(model.steps)
    return [*model.steps, *(step for step in steps_of(*model.observed_by) if step not in known)]


def _gates(model: OutcomeModel) -> tuple[Node, ...]:
    return gates_of(*(r for o in model.desired_outcomes for r in (o.required.needs, o.experience.expects)))


def _cells_by_outcome(model: OutcomeModel) -> dict[DesiredOutcome, list[Cell]]:
    found: dict[DesiredOutcome, list[Cell]] = {outcome: [] for outcome in model.desired_outcomes}
    for cell in model.cells if found else ():
        found[model.outcome(cell)].append(cell)
    return found


def _cells_of_steps(model: OutcomeModel) -> Mapping[Step, Sequence[Cell]]:
    """Return for each step the cells that use it; an outline's are used in all."""
    return _cells_below(model) if model.desired_outcomes else dict.fromkeys(model.steps, model.cells)


def _cells_below(model: OutcomeModel, walk: Callable[..., tuple[Node, ...]] = steps_of) -> dict[Node, list[Cell]]:
    found: dict[Node, list[Cell]] = {}
    for outcome, cells in _cells_by_outcome(model).items():
        for node in walk(outcome.required.needs, outcome.experience.expects):
            found.setdefault(node, []).extend(cells)
    return found


def _ends(step: Step, cells: Sequence[Cell]) -> Iterator[tuple[Scalar | None, Scalar | None, Sequence[Cell]]]:
    """Yield each pair of floor and target that a step has, and the cells that have it."""
    if isinstance(step.floor, PerCell) or isinstance(step.target, PerCell):
        found: dict[tuple[Scalar | None, Scalar | None], list[Cell]] = {}
        ends = zip(in_cells(step.floor, cells), in_cells(step.target, cells), strict=True)
        for cell, pair in zip(cells, ends, strict=True):
            found.setdefault(pair, []).append(cell)
        yield from ((*pair, here) for pair, here in found.items())
    elif cells:
        yield step.floor, step.target, cells


def _values(model: OutcomeModel) -> Iterator[tuple[str, Value, Sequence[Cell]]]:
    """Yield every number that may differ from cell to cell: its place, and the cells that use it."""
    used = _cells_of_steps(model)
    for step in _all_steps(model):
        for name in ("floor", "target", "missing"):
            yield f"{step.where}.{name}", getattr(step, name), used.get(step, ())
    for gate, cells in _cells_below(model, gates_of).items():
        if isinstance(gate, Mean):
            where = f"gates.{gate.name}" if gate.name else "mean"
            for child, weight in zip(gate.children, gate.weights, strict=True):
                label = child.name if isinstance(child, Step) else (child.name or child.kind)
                yield f"{where}.weights.{label}", weight, cells
    for outcome, cells in _cells_by_outcome(model).items():
        for name in THRESHOLDS:
            yield f"desired_outcomes.{outcome.name}.{name}", getattr(outcome, name), cells


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
