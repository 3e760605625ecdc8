"""Rules for whole models. Each rule is a small function that yields findings; a list names the rules that run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any, ClassVar

import attrs
import numpy as np

from outcomegap.checks import Checks
from outcomegap.errors import Finding, ModelError, hint, written_alike
from outcomegap.model.declaration import ANY, Cell, Column, PerCell, Scalar, Value, in_cells
from outcomegap.model.gate import (
    Mean,
    Numeric,
    NumericGate,
    Weighed,
    cells_alike,
    deciding,
    gates_of,
    parts_in,
    steps_of,
)
from outcomegap.model.identity import Node, parts, postorder
from outcomegap.model.inputs import CellInput, Inputs
from outcomegap.model.model import STEPS, CustomJoin, DesiredOutcome, OutcomeModel, WeightedJoin
from outcomegap.model.step import CustomCurve, Step, SuccessGap

#: What a scorer may declare besides its name and steps.
OPTIONAL = ("segments", "stages", "description", "inputs", "verdict")


@attrs.frozen(repr=False)
class Outline(OutcomeModel):
    """What a scorer of your own declares: its name, steps, segments and stages. It has no desired outcomes.

    Parameters
    ----------
    name
        The name that people use.
    steps
        Its steps, with distinct names.
    segments, stages
        `Segment` and `Stage` objects, or names. Without any, there is one segment or stage ``all``.
    description
        A sentence for readers.
    inputs
        How raw tables become measures and cells (`Inputs`).
    verdict
        What a check of its scores against outcomes found.

    Raises
    ------
    ModelError
        With every problem.

    Examples
    --------
    >>> outline = Outline("health", segments=["small", "large"])
    >>> [str(cell) for cell in outline.cells]
    ['small/all', 'large/all']
    """

    place: ClassVar[str] = "scorer {0.name!r:.60}"

    steps: tuple[Step, ...] = attrs.field(default=(), metadata=STEPS)
    desired_outcomes: tuple[DesiredOutcome, ...] = attrs.field(default=(), init=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        checks = Checks(f"scorer {self.name!r:.60}")
        # These rules need nothing of a model that an outline lacks.
        checks.findings += [finding for rule in SHARED for finding in rule(self)]
        checks.done()

    @classmethod
    def of(cls, scorer: Any) -> Outline:
        """Return the outline of an object with a name and steps.

        Raises
        ------
        ModelError
            With every problem.
        """
        more = {what: getattr(scorer, what) for what in OPTIONAL if hasattr(scorer, what)}
        return cls(scorer.name, scorer.steps, **more)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every segment in every stage."""
        return tuple(Cell(segment, stage) for segment in self.segment_names for stage in self.stage_names)


#: A rule for models. The rules in `SHARED` apply to an `Outline` too.
Rule = Callable[[OutcomeModel], Iterator[Finding]]


def check(model: OutcomeModel) -> tuple[Finding, ...]:
    """Apply every rule for whole models.

    Parameters
    ----------
    model
        The model to check.

    Returns
    -------
    tuple of Finding
        Errors first, then warnings, then infos; empty if there are none. A model with an error cannot be scored.

    Examples
    --------
    >>> import outcomegap as og
    >>> check(og.gallery.load("email-marketing"))
    ()
    """
    order = {"error": 0, "warning": 1, "info": 2}
    found = [finding for rule in RULES for finding in rule(model)]
    return tuple(sorted(found, key=lambda f: order[f.severity]))


def raise_errors(model: OutcomeModel) -> None:
    """Raise one ModelError with every finding that is an error."""
    errors = [f for f in check(model) if f.severity == "error"]
    if errors:
        raise ModelError.all(f"model {model.name!r} cannot be scored", errors)


def unique_names(model: OutcomeModel) -> Iterator[Finding]:
    """Segments, stages, steps, named gates and measures have distinct names."""
    for what in ("segments", "stages", "measures"):
        things = enumerate(getattr(model, what))
        yield from _clashes((what, thing.name, place, f"{what}.{thing.name}") for place, thing in things)
    roots = [root for outcome in model.desired_outcomes for root in outcome.roots.values()]
    nodes: list[Node] = [*_all_steps(model), *gates_of(*roots)]
    named = enumerate(node for node in nodes if node.name is not None)
    yield from _clashes(("steps", node.name, place, node.where) for place, node in named)


def names_written_alike(model: OutcomeModel) -> Iterator[Finding]:
    """No two segments, stages or goals, and no raw values with two meanings, differ only in case, spaces or width."""
    for what, names in (("segments", model.segment_names), ("stages", model.stage_names), ("goals", model.goals)):
        for same in written_alike(names):
            message = f"{' and '.join(map(repr, same))} differ only in case, spaces or width; make them one"
            yield Finding("written-alike", what, message, "warning")
        cell: CellInput | None = getattr(model.inputs, what[:-1], None)
        meant = {text: name for name, texts in (cell.patterns if cell is not None else ()) for text in texts[:1]}
        for same in written_alike(meant) if cell is not None and not cell.columns else ():
            if len({meant[text] for text in same}) > 1:
                message = f"{' and '.join(map(repr, same))} differ only in case, spaces or width, but mean two {what}"
                yield Finding("written-alike", f"inputs.{what[:-1]}.values", message, "warning")


def own_names(model: OutcomeModel) -> Iterator[Finding]:
    """Curves, gates and joins of the user's own have distinct names."""
    curves = [(step.curve, f"{step.where}.curve") for step in _all_steps(model)]
    own = [("curves", curve.name, curve, where) for curve, where in curves if isinstance(curve, CustomCurve)]
    things: list[tuple[str, str, object, str]] = [*own]
    for outcome in model.desired_outcomes:
        where, join = f"desired_outcomes.{outcome.name}", outcome.join
        gates = [gate for gate in gates_of(*outcome.roots.values()) if isinstance(gate, Numeric)]
        things += [(f"gates over {len(gate.children)} children", gate.gate.name, gate.shape, where) for gate in gates]
        if isinstance(join, CustomJoin):
            things.append(("rules that join R and E", join.name, join.shape, f"{where}.join"))
    return _clashes(things)


def one_desired_outcome_per_cell(model: OutcomeModel) -> Iterator[Finding]:
    """Every cell has exactly one desired outcome for each goal."""
    for segment, stage in product(model.segment_names, model.stage_names):
        here = [outcome.name for outcome in model.desired_outcomes if outcome.covers(segment, stage)]
        where = f"cells.{segment}/{stage}"
        if not here:
            yield Finding("no-desired-outcome", where, "no desired outcome covers this cell; add one")
        for name in _repeated(here):
            message = f"two desired outcomes called {name!r} cover this cell; narrow one, or give each its own name"
            yield Finding("two-desired-outcomes", where, message)


def known_segments_and_stages(model: OutcomeModel) -> Iterator[Finding]:
    """A desired outcome names only segments and stages of the model."""
    for outcome, what in product(model.desired_outcomes, ("segment", "stage")):
        known = getattr(model, f"{what}_names")
        for name in getattr(outcome, f"{what}s") or ():
            if name not in known:
                where = f"desired_outcomes.{outcome.name}.{what}s"
                # unknown-segment, unknown-stage
                yield Finding(f"unknown-{what}", where, f"the model has no {what} {name!r}{hint(name, known)}")


def per_cell_keys(model: OutcomeModel) -> Iterator[Finding]:
    """A per-cell key names a segment, a stage or a cell of the model."""
    known = {what: dict.fromkeys((*getattr(model, f"{what}_names"), ANY, "")) for what in ("segment", "stage")}
    for where, value, _ in _values(model):
        for key, _ in value.values if isinstance(value, PerCell) else ():
            for what, name in zip(known, (*key.split("/"), ""), strict=False):
                if name not in known[what]:
                    near = hint(name, getattr(model, f"{what}_names"))
                    yield Finding("per-cell-key", where, f"key {key!r} does not name a {what} of the model{near}")


def cells_of_inputs(model: Any) -> Iterator[Finding]:
    """The inputs name only segments, stages and goals of the model."""
    for what in ("segment", "stage", "goal"):
        cell: CellInput | None = getattr(model.inputs, what, None)
        known = model.goals if what == "goal" else [thing.name for thing in getattr(model, f"{what}s")]
        for field, name in cell.names() if cell is not None and known else ():
            if name not in known:
                message = f"the model has no {what} {name!r}{hint(name, known)}"
                # unknown-segment, unknown-stage, unknown-goal
                yield Finding(f"unknown-{what}", f"inputs.{what}.{field}", message)


def measures_used(model: OutcomeModel) -> Iterator[Finding]:
    """Every measure that the inputs prepare is used by some step, is kept, or is a part of another."""
    inputs = model.inputs or Inputs()
    used = {*(measure.name for measure in model.measures), *model.columns}
    parts = {name for source in inputs.sources.values() for name in source.pair or ()}
    for name in inputs.measures:
        if name not in {*used, *parts, *inputs.keep}:
            message = f"no step uses it{hint(name, used)}"
            yield Finding("unused-measure", f"inputs.measures.{name}", message, "warning")


def tables_used(model: OutcomeModel) -> Iterator[Finding]:
    """Every table that the inputs describe is read."""
    read = model.inputs.tables_read if model.inputs is not None else []
    for name in model.inputs.tables if model.inputs is not None else ():
        if name not in read:
            own = f"the customers' own table is {read[0]!r}"
            message = f"nothing reads this table{hint(name, read)}; {own}, and a measure reads another with table = ..."
            yield Finding("unused-table", f"inputs.tables.{name}", message, "warning")


def parts_of_inputs(model: Any) -> Iterator[Finding]:
    """What the inputs make of two measures names measures that there are."""
    inputs = model.inputs or Inputs()
    known = dict.fromkeys([*inputs.measures, *(measure.name for measure in model.measures), *model.columns])
    for path, source in inputs.sources.items():
        for name in source.pair or ():
            if name not in known:
                message = (
                    f"there is no measure {name!r}{hint(name, known)}; say in [inputs.measures] where it comes from"
                )
                yield Finding("unknown-measure", f"inputs.{path}", message)


def a_value_in_every_cell(model: OutcomeModel) -> Iterator[Finding]:
    """A per-cell value without a default has a number for every cell that uses it."""
    for where, value, cells in _values(model):
        if isinstance(value, PerCell) and value.default is None:
            pairs = zip(cells, in_cells(value, cells), strict=True)
            lacking = dict.fromkeys(f"{cell.segment}/{cell.stage}" for cell, found in pairs if found is None)
            if lacking:
                message = f"has no value for {_few(list(lacking))}; add a default or a key for it"
                yield Finding("no-value", where, message)


def floors_and_targets(model: OutcomeModel) -> Iterator[Finding]:
    """Floor and target differ in every cell, and the target lies within the measure's hard limits."""
    for step, floor, target, here in _ends(model):
        if floor is not None and floor == target:
            shown = f"column {floor.name!r}" if isinstance(floor, Column) else f"{floor:g}"
            message = f"floor and target are both {shown} in {_few(here)}; they must differ"
            yield Finding("floor-is-target", step.where, message)
        elif isinstance(floor, float) and isinstance(target, float) and not math.isfinite(target - floor):
            ends = f"floor {floor:g} and target {target:g} in {_few(here)}"
            yield Finding("out-of-range", step.where, f"{ends} are too far apart for floating-point numbers")
        low, high = step.measure.low, step.measure.high
        if isinstance(target, float) and ((low is not None and target < low) or (high is not None and target > high)):
            limits = f"the limits of {step.measure.name!r}"
            message = f"target {target:g} in {_few(here)} is outside {limits}, so it is never met"
            yield Finding("target-out-of-range", step.where, message, "warning")


def opposite_directions(model: OutcomeModel) -> Iterator[Finding]:
    """A measure with both directions gives only outer bounds for a customer without it."""
    ways: dict[str, dict[bool, dict[Cell, str]]] = {}
    shared = _repeated([step.measure.name for step in model.steps])
    for step, floor, target, here in _ends(model):
        if step.measure.name in shared and isinstance(floor, float) and isinstance(target, float):
            way = ways.setdefault(step.measure.name, {True: {}, False: {}})[target > floor]
            for cell in here:
                way.setdefault(cell, step.name)
    for measure, way_of in ways.items():
        both = [cell for cell in way_of[True] if cell in way_of[False]]
        if both:
            message = (
                f"higher is better for {way_of[True][both[0]]!r}, lower is better for {way_of[False][both[0]]!r} in "
                f"{_few(both)}; where it is missing, low and high are outer bounds"
            )
            yield Finding("opposite-directions", f"measures.{measure}", message, "info")


def directions_known(model: OutcomeModel) -> Iterator[Finding]:
    """Somebody has said of every step whether more or less is better."""
    for step in model.steps:
        if step.better == "unknown":
            message = (
                "nobody has said whether more or less is better; it counts as floor and target stand. "
                'If they stand right, delete better = "unknown"; if not, swap floor and target, and delete it'
            )
            yield Finding("direction-unknown", step.where, message, "warning")


def sides(model: OutcomeModel) -> Iterator[Finding]:
    """Functions and success gaps are under the required outcome, expectations under the experience."""
    for outcome in model.desired_outcomes:
        for side, root in outcome.roots.items():
            part = "required outcome" if side == "required" else "appropriate experience"
            for step in steps_of(root):
                if step.side != side:
                    message = f"{type(step).__name__} cannot be under the {part} of {outcome.name!r}"
                    yield Finding("wrong-side", step.where, message)


def promises(model: OutcomeModel) -> Iterator[Finding]:
    """Every cell can reach a promised outcome over bridgeable success gaps alone."""
    for outcome, cells in _cells_by_outcome(model).items():
        needs = outcome.required.needs
        stuck = [step for step in steps_of(needs) if not _bridgeable(step)] if outcome.required.promised else []
        blocked = [cell for cell in cells if not _reachable(needs, cell)] if stuck else []
        if blocked:
            blocking = ", ".join(repr(step.name) for step in stuck[:5])
            here = _few([f"{cell.segment}/{cell.stage}" for cell in blocked])
            message = f"promised, but an unbridgeable gap ({blocking}) blocks every path to it in {here}"
            yield Finding("unreachable-promise", f"desired_outcomes.{outcome.name}.required", message, "warning")


def shared_under_numeric(model: OutcomeModel) -> Iterator[Finding]:
    """The steps below a numeric gate appear nowhere else: not beside it, under two children, or by ``after``."""
    for outcome in model.desired_outcomes:
        for side, root in outcome.roots.items():
            for gate in [gate for gate in gates_of(root) if isinstance(gate, NumericGate)]:
                below = Counter(step for child in gate.children for step in steps_of(child))
                # What is below the root without passing through the gate.
                beside = set(postorder([root], lambda node, gate=gate: () if node == gate else parts(node)))  # type: ignore[misc]
                shared = [step for step, count in below.items() if count > 1 or step in beside]
                if shared:
                    where = gate.where if gate.name else f"desired_outcomes.{outcome.name}.{side}"
                    message = (
                        f"{gate!r:.80} must be the only user of its steps, but these also appear elsewhere or through "
                        f"after: {_few([repr(step.name) for step in shared])}; they would be counted twice"
                    )
                    yield Finding("shared-under-numeric", where, message)


def something_matters(model: OutcomeModel) -> Iterator[Finding]:
    """In no cell are all weights of a gate 0."""
    for gate, cells in _cells_below(model).items():
        if isinstance(gate, Weighed) and gate.weights:
            by_cell = zip(*(in_cells(weight, cells) for weight in gate.weights), strict=True)
            nothing = [cell for cell, weights in zip(cells, by_cell, strict=True) if not any(weights)]
            if nothing:
                message = f"all weights of {gate!r:.80} are 0 in {_few(nothing)}; one child at least must matter there"
                yield Finding("all-weights-0", gate.where, message)


def usage_can_hide_experience(model: OutcomeModel) -> Iterator[Finding]:
    """A weighted join lets each side make up for the other."""
    for outcome in model.desired_outcomes:
        if isinstance(outcome.join, WeightedJoin):
            full = float(outcome.join.desired(1.0, 0.0))
            message = (
                f"usage can hide a bad experience: a customer with all of {outcome.required.name!r} and nothing of "
                f"{outcome.experience.name!r} scores {full:.2g}; use 'product' or 'weakest' to prevent that"
            )
            yield Finding("weighted-join", f"desired_outcomes.{outcome.name}.join", message, "warning")


SHARED: tuple[Rule, ...] = (unique_names, per_cell_keys, floors_and_targets)
RULES: tuple[Rule, ...] = (
    *SHARED,
    one_desired_outcome_per_cell,
    known_segments_and_stages,
    a_value_in_every_cell,
    sides,
    promises,
    measures_used,
    tables_used,
    cells_of_inputs,
    parts_of_inputs,
    names_written_alike,
    opposite_directions,
    own_names,
    directions_known,
    shared_under_numeric,
    something_matters,
    usage_can_hide_experience,
)


def _repeated(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _clashes(things: Iterable[tuple[str, str, object, str]]) -> Iterator[Finding]:
    """Yield a finding for two different things of one sort with one name; `things` are sort, name, thing, place."""
    seen: dict[tuple[str, str], tuple[object, str]] = {}
    for sort, name, thing, where in things:
        first, place = seen.setdefault((sort, name), (thing, where))
        if first != thing:
            message = f"two {sort} are called {name!r} ({place} and {where}); rename one"
            yield Finding("duplicate-name", place, message)


def _few(things: Sequence[object]) -> str:
    return ", ".join(map(str, things[:5])) + (", ..." if len(things) > 5 else "")


def _all_steps(model: OutcomeModel) -> list[Step]:
    known = set(model.steps)
    return [*model.steps, *(step for step in steps_of(*model.observed_by) if step not in known)]


def _cells_by_outcome(model: OutcomeModel) -> dict[DesiredOutcome, list[Cell]]:
    of = {cell: model.outcome(cell) for cell in model.cells} if model.desired_outcomes else {}
    return {outcome: [cell for cell in of if of[cell] is outcome] for outcome in model.desired_outcomes}


def _cells_below(model: OutcomeModel) -> Mapping[Node, Sequence[Cell]]:
    """Return for each step and gate the cells in which it counts; in every cell the steps of an outline do."""
    if not model.desired_outcomes:
        return dict.fromkeys(model.steps, model.cells)
    found: dict[Node, list[Cell]] = {}
    for outcome, cells in _cells_by_outcome(model).items():
        for alike in cells_alike(outcome.roots.values(), cells):
            for node in postorder(outcome.roots.values(), lambda node, cell=alike[0]: parts_in(node, cell)):  # type: ignore[misc]
                found.setdefault(node, []).extend(alike)
    return found


def _ends(model: OutcomeModel) -> Iterator[tuple[Step, Scalar | None, Scalar | None, Sequence[Cell]]]:
    """Yield each pair of floor and target that a step has, and the cells that have it."""
    for step, cells in _cells_below(model).items():
        if not isinstance(step, Step):
            continue
        found: dict[tuple[Scalar | None, Scalar | None], list[Cell]] = {}
        ends = zip(in_cells(step.floor, cells), in_cells(step.target, cells), strict=True)
        for cell, pair in zip(cells, ends, strict=True):
            found.setdefault(pair, []).append(cell)
        yield from ((step, *pair, here) for pair, here in found.items())


def _values(model: OutcomeModel) -> Iterator[tuple[str, Value, Sequence[Cell]]]:
    """Yield every number that may differ between cells: its place, its value, and the cells that use it."""
    used = _cells_below(model)
    for step in _all_steps(model):
        for name in ("floor", "target", "missing"):
            yield f"{step.where}.{name}", getattr(step, name), used.get(step, ())
    for gate, cells in used.items():
        if isinstance(gate, (Mean, Weighed)):
            for child, weight in zip(gate.children, gate.weights or (), strict=False):
                yield f"{gate.where if gate.name else gate.kind}.weights.{child.name or child.kind}", weight, cells
    for outcome, cells in _cells_by_outcome(model).items():
        for name in ("achieved_at", "appropriate_at", "min_coverage"):
            yield f"desired_outcomes.{outcome.name}.{name}", getattr(outcome, name), cells


def _bridgeable(step: Step) -> bool:
    return not isinstance(step, SuccessGap) or step.bridgeable


def _reachable(root: Node, cell: Cell) -> bool:
    """Return whether the gate can hold in a cell while every unbridgeable gap is open."""
    holds: dict[Node, bool] = {}
    for node in postorder([root]):
        below = [holds[part] for part in deciding(node, cell, surely=False)]
        if isinstance(node, Step):
            holds[node] = _bridgeable(node) and all(below)
        elif node.kind == "all_of":
            holds[node] = all(below)
        elif node.kind == "at_least":
            holds[node] = sum(below) >= node.k
        elif isinstance(node, NumericGate):  # as for a mean: whether it can be above 0
            holds[node] = bool(node.forward([np.array([float(held)]) for held in below])[0] > 0)
        else:  # any_of, or a mean: it is above 0 where one child is
            holds[node] = any(below)
    return holds[root]
