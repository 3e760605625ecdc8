"""Invented models and customers: one choice after another, from a seed, or from Hypothesis, which can shrink them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import attrs
import numpy as np

import outcomegap as og
from outcomegap.checks import choice, whole
from outcomegap.model import Knots, Step, Threshold
from outcomegap.model.declaration import Value, at
from outcomegap.model.gate import gates_of, steps_of
from outcomegap.model.identity import Node
from outcomegap.model.step import Side
from outcomegap.scoring.customers import axes_of

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")
Row = dict[str, Any]
#: Returns a whole number from a lowest to a highest, both included; the lowest is the simplest choice.
Choose = Callable[[int, int], int]
#: Where random numbers come from: a NumPy or a standard generator, or a seed.
Source = np.random.Generator | random.Random | int

SEGMENTS = ("startup", "enterprise", "agency")
STAGES = ("onboarding", "adopting", "scaling")
OWNERS = (None, "vendor", "customer", "joint", "partner")
#: Limits of a measure, and numbers within them for floors and targets: exact in binary and not, small and large.
SCALES: dict[tuple[float | None, float | None], tuple[float, ...]] = {
    (None, None): (0.0, 1.0, 2.0, 4.0, 0.5, 0.25, -0.5, -1.0, -3.0),
    (0.0, 1.0): (0.0, 1.0, 0.5, 0.8, 0.99, 0.03, 0.1, 0.3, 0.7),
    (0.0, None): (0.0, 500.0, 24.0, 48.0, 1.0, 2.0, 50_000.0, 0.015, 7.3),
    (0.0, 10.0): (0.0, 10.0, 5.0, 3.0, 8.0, 1.0, 6.5, 9.9, 3.3),
}
WEIGHTS = (1.0, 2.0, 3.0, 0.5, 0.1, 2.7)
#: How necessary, or how sufficient, a child is; those by which all of an AnyOf holds in half of the cases at least.
NECESSITIES = (1.0, 0.5, 0.0, 0.25, 0.875)
SUFFICIENT = (0.5, 0.875)
#: Exponents of power means; the one with 1 is exact.
EXPONENTS = (-1.0, 2.0, 0.5, -3.0, 1.0, 3.5)
REACHED_AT = (0.5, 0.25, 0.75, 1.0, 0.1)
COVERED_AT = (0.5, 0.0, 1.0, 0.6, 2 / 3, 0.1)
JOINS = ("weakest", og.WeightedJoin(required=2, experience=1), og.WeightedJoin(required=1, experience=3), "product")
#: Progress from floor (0) to target (1): both ends first, then between, below and beyond.
PROGRESS = (0.0, 1.0, 0.5, 0.25, 0.75, 0.99, 0.001, 1 / 3, 0.1, 0.6, -0.5, 1.5)
#: How often a value of one customer is missing, in percent.
GAPPY = (0, 0, 0, 15, 15, 30, 50, 100)
#: At most so many joint draws of the means of a side, which keeps a sum over every draw short.
MAX_DRAWS = 48


@attrs.frozen(kw_only=True)
class Recipe:
    """Limits and traits of invented models.

    Parameters
    ----------
    max_steps
        At most so many steps in the whole model, both sides together; 2 or more.
    max_cells
        At most so many cells (segments x stages x goals); 1 or more.
    sharing
        Gates, steps and measures that stand in several places, and gates that stand under one another twice.
    after
        Steps that build on others, some of which stand in no gate themselves.
    means
        Mean gates, under any gate; at most `MAX_DRAWS` joint draws a side, those of weights among them.
    weights
        Weights of AllOf and AnyOf. At most one AnyOf a side keeps something out of reach.
    columns
        Floors and targets that customers bring along.
    curves, jumps
        Other curves than linear; steps and knots with jumps among them.
    per_cell
        Floors, targets, weights, missing numbers and thresholds that differ between cells.
    goals
        Several desired outcomes in one cell.
    thresholds
        Other thresholds than the defaults.
    numeric
        Gates on numbers (`Weakest`, `PowerMean`), over steps that stand nowhere else; off unless asked for, since
        attributions through them are not exact. Nothing is shared between desired outcomes then.
    joins
        Other rules that join R and E than the product; off unless asked for.

    Raises
    ------
    DataError
        If a limit leaves nothing to invent.

    Examples
    --------
    >>> Recipe(max_steps=4).sharing
    True
    """

    max_steps: int = 8
    max_cells: int = 4
    sharing: bool = True
    after: bool = True
    means: bool = True
    weights: bool = True
    columns: bool = False
    curves: bool = True
    jumps: bool = True
    per_cell: bool = True
    goals: bool = True
    thresholds: bool = True
    numeric: bool = False
    joins: bool = False

    def __attrs_post_init__(self) -> None:
        whole("max_steps", self.max_steps, 2)  # one a side
        whole("max_cells", self.max_cells, 1)


class Inventor:
    """Invents models and customers, by one choice after another and within a recipe.

    The first option and the lowest number are the simplest ones.
    """

    def __init__(self, choose: Choose, recipe: Recipe | None = None) -> None:
        self.integer, self.recipe = choose, recipe or Recipe()
        self.segments: tuple[str, ...] = ()
        self.stages: tuple[str, ...] = ()
        self.measures: list[og.Measure] = []
        self.named = 0

    # Choices

    def maybe(self, percent: int) -> bool:
        """Return True in so many of 100 cases; False is the simpler one."""
        return percent > 0 and self.integer(0, 99) >= 100 - percent

    def one_of(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self.integer(0, len(options) - 1)]

    def some(self, options: Sequence[T], low: int, high: int) -> list[T]:
        """Return from `low` to `high` different options, in the order they were chosen."""
        rest = list(options)
        count = self.integer(low, max(low, min(high, len(rest))))
        return [rest.pop(self.integer(0, len(rest) - 1)) for _ in range(count)]

    def split(self, options: Sequence[T]) -> tuple[list[T], list[T]]:
        """Return two lists, neither empty, that make up the options (two or more)."""
        cut = self.integer(1, len(options) - 1)
        return list(options[:cut]), list(options[cut:])

    # Models

    def model(self) -> og.OutcomeModel:
        """Invent a model that `outcomegap.check` has no error for."""
        recipe = self.recipe
        self.segments = SEGMENTS[: self.integer(0, min(3, recipe.max_cells))]
        self.stages = STAGES[: self.integer(0, min(3, recipe.max_cells // max(1, len(self.segments))))]
        count = max(self.integer(2, recipe.max_steps) for _ in range(2))
        least = max(1, count // 4)
        required = self._pool("required", "step", self.integer(least, count - least))
        experience = self._pool("experience", "wish", count - len(required))
        used: tuple[list[Node], list[Node]] = ([], [])
        outcomes: list[og.DesiredOutcome] = []
        for place in self._places():
            name = f"outcome {len(outcomes) + 1}"
            # One required outcome, another experience: what segments differ in.
            same = outcomes and self.maybe(25)
            needed = outcomes[0].required if same else self._required(name, self.root(self._part(required), used[0]))
            root = self.root(self._part(experience), used[1])
            suits = og.AppropriateExperience(f"experience {len(outcomes) + 1}", expects=root)
            joined: dict[str, Any] = {"join": self.one_of(JOINS)} if recipe.joins and self.maybe(70) else {}
            reach = self._thresholds(needed.needs, root)
            outcomes.append(og.DesiredOutcome(needed, suits, name=name, **place, **reach, **joined))
        return og.OutcomeModel(
            "invented",
            desired_outcomes=tuple(outcomes),
            segments=tuple(og.Segment(name, ideal=not self.maybe(15)) for name in self.segments),
            stages=tuple(map(og.Stage, self.stages)),
        )

    def _pool(self, side: Side, word: str, count: int) -> list[Step]:
        pool: list[Step] = []
        for number in range(count):
            pool.append(self.step(side, f"{word} {number + 1}", pool))
        return pool

    def _part(self, pool: list[Step]) -> list[Step]:
        return self.some(pool, 1, len(pool)) if self.maybe(40) else pool

    def _places(self) -> list[dict[str, Any]]:
        """Return where each desired outcome holds; together they cover each cell, and none is called for twice."""
        segments, stages, most = self.segments, self.stages, self.recipe.max_cells
        cells = max(1, len(segments)) * max(1, len(stages))
        places: list[dict[str, Any]] = [{}]
        if len(segments) > 1 and self.maybe(40):
            places = [{"segments": part} for part in self.split(segments)]
        elif len(stages) > 1 and self.maybe(30):
            places = [{"stages": part} for part in self.split(stages)]
        if self.recipe.goals and cells < most and self.maybe(40):
            # A second goal everywhere, or in one cell only.
            one = {"segments": segments[:1] or None, "stages": stages[:1] or None}
            places.append({} if 2 * cells <= most else one)
        return places

    def _required(self, name: str, root: Node) -> og.RequiredOutcome:
        seen = None
        if self.maybe(10):
            seen = og.SuccessGap(f"{name} seen", og.Measure(f"seen of {name}", low=0, high=1), floor=0, target=1)
        return og.RequiredOutcome(f"{name} required", needs=root, promised=self.maybe(20), measured_by=seen)

    def _thresholds(self, needs: Node, expects: Node) -> dict[str, Any]:
        short = [any(map(_keeps_out_of_reach, gates_of(root))) for root in (needs, expects)]
        reached = [[at for at in REACHED_AT if not out or at <= min(SUFFICIENT)] for out in short]
        options = (("achieved_at", reached[0]), ("appropriate_at", reached[1]), ("min_coverage", COVERED_AT))
        wanted = options if self.recipe.thresholds else ()
        return {name: self._varied(numbers) for name, numbers in wanted if self.maybe(40)}

    # Steps

    def step(self, side: Side, name: str, earlier: Sequence[Step] = ()) -> Step:
        """Invent a step of one side; it may build on `earlier` ones."""
        recipe = self.recipe
        kinds: tuple[type[Step], ...] = (og.SuccessGap, og.ProductFunction)
        kind = og.Expectation if side == "experience" else self.one_of(kinds)
        if recipe.sharing and self.measures and self.maybe(15):
            measure = self.one_of(self.measures)
        else:
            low, high = self.one_of(list(SCALES))
            measure = og.Measure(f"m{len(self.measures)}", low=low, high=high)
            self.measures.append(measure)
        # Some numbers for the floor and others for the target, so that they differ in every cell.
        picked = self.some(_numbers_of(measure), 2, 6)
        half = max(1, len(picked) // 2)
        fields: dict[str, Any] = {
            "floor": self._end(picked[:half], f"own floor of {name}"),
            "target": self._end(picked[half:], f"own target of {name}"),
        }
        if recipe.curves and self.maybe(40):
            fields["curve"] = self._curve()
        if self.maybe(30):
            fields["missing"] = "skip" if self.maybe(50) else self._varied((0.5, 0.0, 1.0, 0.25, 0.3))
        if recipe.after and earlier and self.maybe(35):
            fields["after"] = self.some(earlier, 1, 2)
        if self.maybe(20):
            fields |= {"owner": self.one_of(OWNERS), "remedy": f"guide to {name}"}
        if kind is og.SuccessGap and self.maybe(20):
            fields["bridgeable"] = False
        return kind(name, measure, **fields)

    def _end(self, numbers: Sequence[float], own: str) -> Any:
        if self.recipe.columns and self.maybe(25):
            return self._varied([og.Column(own), *numbers]) if self.maybe(40) else og.Column(own)
        return self._varied(numbers)

    def _varied(self, options: Sequence[Any]) -> Any:
        """Return one of the options, or `per_cell` of several."""
        segments, stages = self.segments, self.stages
        keys = [*segments, *(f"{segment}/{stage}" for segment in ("*", *segments) for stage in stages)]
        if not (keys and self.recipe.per_cell) or not self.maybe(30):
            return self.one_of(options)
        if len(segments) > 1 and self.maybe(20):  # every cell has its key, so no default is needed
            return og.per_cell(None, {segment: self.one_of(options) for segment in segments})
        return og.per_cell(self.one_of(options), {key: self.one_of(options) for key in self.some(keys, 1, 3)})

    def _curve(self) -> Any:
        """Invent a curve, or the name of one."""
        jumps = self.recipe.jumps
        kind = self.one_of(("smooth", "knots", "threshold", "step at") if jumps else ("smooth", "knots"))
        if kind == "step at":
            return Threshold(self.one_of((0.5, 0.25, 0.7, 1.0)))
        if kind != "knots":
            return kind
        places = sorted(self.some((0.5, 0.25, 0.3, 0.7, 0.875), 1, 3))
        jumping = [z for z in (*places, 1.0) if jumps and self.maybe(40)]
        inner = [z for z in places for _ in range(2 if z in jumping else 1)] + [z for z in jumping if z == 1.0]
        values = sorted(self.integer(0, 10) / 10 for _ in inner)
        return Knots([(0.0, 0.0), *zip(inner, values, strict=True), (1.0, 1.0)])  # type: ignore[arg-type]

    # Gates

    def root(self, steps: Sequence[Step], used: list[Node]) -> Node:
        """Invent a graph over all `steps`; `used` holds the nodes that may be shared, and all that is made joins it."""
        todo: list[Node] = list(steps)
        if self.recipe.numeric:
            todo, used = self._with_numeric(steps), []
        shares = self.integer(0, 3) if self.recipe.sharing else 0  # how often a node may stand once more
        while len(todo) > 1:
            children = self.some(todo, 2, 4)
            todo = [node for node in todo if node not in children]
            if shares and self.maybe(50):
                children += [node for node in self.some(used, 1, 2) if node not in children] if used else []
                shares -= 1
            if shares and self.maybe(60):
                gates = [node for node in children if not isinstance(node, Step)]
                todo.append(self.one_of(gates or children))
                shares -= 1
            todo.append(self._gate(children, used))
            todo = list(dict.fromkeys(todo))
            used.extend(node for node in (*children, todo[-1]) if node not in used)
        root = self._gate(todo, used) if self.maybe(15) else todo[0]  # a gate may have one child
        if root not in used:
            used.append(root)
        return root

    def _gate(self, children: list[Node], used: Sequence[Node]) -> Node:
        name = None
        if self.maybe(15):
            self.named += 1
            name = f"gate {self.named}"
        draws = math.prod(map(_draws, used))
        averages = self.recipe.means and draws * len(children) <= MAX_DRAWS
        kind: Any = self.one_of((og.AllOf, og.AnyOf, og.AtLeast, *((og.Mean, og.Mean) if averages else ())))
        if kind is og.AtLeast:
            return og.AtLeast(self.integer(1, len(children)), *children, name=name)
        if kind is og.Mean:
            return og.Mean(*children, weights=[self._varied(WEIGHTS) for _ in children], name=name)
        weighed = self.recipe.weights and draws * 2 ** len(children) <= MAX_DRAWS and self.maybe(40)
        return kind(*children, weights=self._necessities(kind, children, used) if weighed else None, name=name)

    def _necessities(self, kind: type[Node], children: Sequence[Node], used: Sequence[Node]) -> list[Any]:
        """Return a weight for each child: not 0 for one of them, and 1 for that where all has to be within reach."""
        weights = [self._varied(NECESSITIES) for _ in children]
        within = kind is og.AnyOf and (self.recipe.numeric or any(map(_keeps_out_of_reach, used)))
        weights[self.integer(0, len(children) - 1)] = 1.0 if within or self.maybe(50) else self._varied(SUFFICIENT)
        return weights

    def _with_numeric(self, steps: Sequence[Step]) -> list[Node]:
        """Put some of the steps under a gate on numbers; return it and the others.

        Steps below such a gate stand nowhere else, neither beside it, nor under two of its children, nor by way of
        ``after``.
        """
        apart = _apart(steps)
        if len(apart) < 2 or self.maybe(15):
            return list(steps)
        below = self.some(apart, 2, 3)
        children = [self.root(group, []) for group in below]
        gate: Node = og.Weakest(*children)
        if self.maybe(50):
            weights = [self.one_of(WEIGHTS) for _ in children]
            gate = og.PowerMean(self.one_of(EXPONENTS), *children, weights=weights)
        taken = [step for group in below for step in group]
        return [gate, *(step for step in steps if step not in taken)]

    # Customers

    def rows(self, model: og.OutcomeModel, n: int, *, missing: bool) -> dict[str, list[Any]]:
        """Invent customers: values at, around and beyond floor and target, or none."""
        rows = [self._row(model, missing=missing) for _ in range(n)]
        names = [*axes_of(model), *model.columns, *(measure.name for measure in model.measures)]
        return {name: [row[name] for row in rows] for name in names}

    def _row(self, model: og.OutcomeModel, *, missing: bool) -> Row:
        """Invent one customer: segment, stage, goal, every column and every measure."""
        cell = self.one_of(model.cells)
        row: Row = {name: getattr(cell, name) for name in axes_of(model)}
        outcome = model.outcome(cell)
        steps = steps_of(outcome.required.needs, outcome.experience.expects)
        gappy = self.one_of(GAPPY) if missing else 0

        def gap() -> float | None:
            return math.nan if self.maybe(30) else None

        for name in model.columns:
            row[name] = gap() if self.maybe(gappy) else self._own(model, name, cell, row)
        for measure in model.measures:
            row[measure.name] = gap() if self.maybe(gappy) else self._observed(measure, steps, cell, row)
        return row

    def _own(self, model: og.OutcomeModel, name: str, cell: og.Cell, row: Row) -> float:
        """Return a customer's own floor or target, different from the other end of every step that uses it."""
        ends = [(step, pair) for step in model.steps for pair in ((step.floor, step.target), (step.target, step.floor))]
        using = [(step, other) for step, (own, other) in ends if at(own, cell.segment, cell.stage) == og.Column(name)]
        taken = {_end_of(other, cell, row) for _, other in using}
        scale = _numbers_of(using[0][0].measure) if using else (0.0, 1.0)
        return self.one_of([number for number in scale if number not in taken])

    def _observed(self, measure: og.Measure, steps: Sequence[Step], cell: og.Cell, row: Row) -> float:
        """Return a value of a measure: at an end of one of its steps, at a jump of its curve, or anywhere."""
        here = [step for step in steps if step.measure == measure]
        step = self.one_of(here) if here else None
        floor, target = (_end_of(value, cell, row) for value in (step.floor, step.target)) if step else (None, None)
        if step is None or floor is None or target is None or math.isnan(floor + target):
            return self.one_of(_numbers_of(measure))
        jumps = [step.curve.at] if isinstance(step.curve, Threshold) else []
        jumps += [z for z, _ in step.curve.points] if isinstance(step.curve, Knots) else []
        z = self.one_of((*PROGRESS, *jumps))
        value = floor if z == 0 else target if z == 1 else floor + z * (target - floor)
        low = -math.inf if measure.low is None else measure.low
        high = math.inf if measure.high is None else measure.high
        return min(max(value, low), high)


def _draws(node: Node) -> int:
    """Return how many draws a gate has."""
    if isinstance(node, og.Mean):
        return len(node.children)
    return 2 ** len(node.children) if isinstance(node, (og.AllOf, og.AnyOf)) and node.weights else 1


def _keeps_out_of_reach(node: Node) -> bool:
    """Return whether it may not hold though all its children do."""
    return isinstance(node, og.AnyOf) and node.weights is not None and 1.0 not in node.weights


def _apart(steps: Sequence[Step]) -> list[list[Step]]:
    """Return groups of steps; no step of one needs, by way of ``after``, what a step of another needs or is."""
    groups: list[tuple[list[Step], set[Step]]] = []
    for step in steps:
        needs = set(steps_of(step))
        near = [group for group in groups if group[1] & needs]
        groups = [group for group in groups if not group[1] & needs]
        groups.append(([*(one for group in near for one in group[0]), step], needs.union(*(each for _, each in near))))
    return [members for members, _ in groups]


def _numbers_of(measure: og.Measure) -> tuple[float, ...]:
    """Return numbers within the limits of a measure, the simplest first."""
    low, high = measure.low, measure.high
    if (low, high) in SCALES:
        return SCALES[low, high]
    start = low if low is not None else (high or 0.0) - 3.0
    end = high if high is not None else start + 3.0
    return tuple(start + (end - start) * i / 4 for i in (0, 4, 2, 1, 3))


def _end_of(value: Value, cell: og.Cell, row: Row) -> float | None:
    here = at(value, cell.segment, cell.stage)
    return row.get(here.name) if isinstance(here, og.Column) else here


# From a seed, and out of Hypothesis, which is loaded when a strategy is asked for


def random_model(rng: Source, max_steps: int = 8, max_cells: int = 4, **traits: Any) -> og.OutcomeModel:
    """Invent a model.

    Parameters
    ----------
    rng
        A NumPy generator, a `random.Random`, or a seed. The same state gives the same model.
    max_steps, max_cells, **traits
        Limits and traits, as in `Recipe`.

    Returns
    -------
    OutcomeModel
        One that `outcomegap.check` has no error for.

    Raises
    ------
    DataError
        If a limit leaves nothing to invent.

    Examples
    --------
    >>> model = random_model(3, max_steps=6, max_cells=2)
    >>> model == random_model(3, max_steps=6, max_cells=2), len(model.steps) <= 6, len(model.cells) <= 2
    (True, True, True)
    """
    recipe = Recipe(max_steps=max_steps, max_cells=max_cells, **traits)
    return Inventor(_seeded(rng), recipe).model()


def random_rows(rng: Source, model: og.OutcomeModel, n: int, *, missing: bool = True) -> dict[str, list[Any]]:
    """Invent customers of a model.

    Parameters
    ----------
    rng
        A NumPy generator, a `random.Random`, or a seed.
    model
        The model they are scored with.
    n
        How many.
    missing
        Whether values may be missing (None, now and then NaN).

    Returns
    -------
    dict of lists
        ``segment``, ``stage`` and ``goal`` as far as the model declares them, every measure, and every column that
        floors and targets are taken from. All values are valid: within hard limits, floor never the target.

    Examples
    --------
    >>> model = random_model(3)
    >>> customers = random_rows(4, model, 5)
    >>> {len(values) for values in customers.values()}
    {5}
    """
    return Inventor(_seeded(rng)).rows(model, n, missing=missing)


def _seeded(source: Source) -> Choose:
    """Choose by a pseudo-random generator."""
    if isinstance(source, np.random.Generator):
        source = int(source.integers(2**63))
    # Not used for security.
    rng = source if isinstance(source, random.Random) else random.Random(source)  # noqa: S311
    return lambda low, high: low + int(rng.random() * (high - low + 1))


def steps(side: Side, name: str | None = None, **traits: Any) -> SearchStrategy[Step]:
    """Return a strategy for one step.

    Parameters
    ----------
    side
        ``"required"`` (product functions and success gaps) or ``"experience"`` (expectations).
    name
        Its name; one of a few when left out.
    **traits
        As in `Recipe`.

    Raises
    ------
    DataError
        If there is no such side.
    EngineError
        If Hypothesis is not installed.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(steps("experience"))
    ... def test(step):
    ...     assert step.side == "experience"
    >>> test()
    """
    choice("side", side, get_args(Side))
    return _strategy("steps", lambda inventor: inventor.step(side, name or f"step {inventor.integer(1, 9)}"), traits)


def gates(over: Sequence[Step], **traits: Any) -> SearchStrategy[Node]:
    """Return a strategy for a graph of gates in which every given step stands; over one step it may be the step.

    Parameters
    ----------
    over
        The steps, all different, one or more.
    **traits
        As in `Recipe`; ``sharing``, ``means`` and ``numeric`` matter here.

    Raises
    ------
    DataError
        If there are no steps, or one stands twice.
    EngineError
        If Hypothesis is not installed.

    Examples
    --------
    >>> from hypothesis import given
    >>> from outcomegap.model import Measure, SuccessGap
    >>> from outcomegap.model.gate import gates_of, steps_of
    >>> steps = [SuccessGap(n, Measure(n), floor=0, target=1) for n in "abc"]
    >>> @given(gates(steps))
    ... def test(gate):
    ...     assert set(steps_of(gate)) == set(steps)
    >>> test()
    """
    listed = list(over)
    if not listed or len(set(listed)) < len(listed):
        raise og.DataError(f"gates stand over one step or more, each once (got {[s.name for s in listed]!r:.100})")
    return _strategy("gates", lambda inventor: inventor.root(listed, []), traits)


def models(max_steps: int = 8, max_cells: int = 4, **traits: Any) -> SearchStrategy[og.OutcomeModel]:
    """Return a strategy for models that `outcomegap.check` has no error for.

    Parameters
    ----------
    max_steps, max_cells, **traits
        Limits and traits, as in `Recipe`: ``sharing``, ``after``, ``means``, ``columns`` and others. Gates on numbers
        and other joins than the product come with ``numeric=True`` and ``joins=True``.

    Raises
    ------
    DataError
        If a limit leaves nothing to invent.
    EngineError
        If Hypothesis is not installed.

    Examples
    --------
    >>> from hypothesis import given
    >>> import outcomegap as og
    >>> @given(models(max_steps=4))
    ... def test(model):
    ...     assert not [f for f in og.check(model) if f.severity == "error"]
    >>> test()
    """
    return _strategy("models", Inventor.model, {"max_steps": max_steps, "max_cells": max_cells} | traits)


def customers(
    model: og.OutcomeModel, max_rows: int = 5, *, min_rows: int = 1, missing: bool = True
) -> SearchStrategy[dict[str, list[Any]]]:
    """Return a strategy for customers of a model, as a dict of lists.

    Parameters
    ----------
    model
        The model they are scored with.
    max_rows, min_rows
        How many customers.
    missing
        Whether values may be missing (None, now and then NaN).

    Raises
    ------
    DataError
        If `min_rows` is below 0 or above `max_rows`.
    EngineError
        If Hypothesis is not installed.

    Examples
    --------
    >>> from hypothesis import given
    >>> from hypothesis import strategies as st
    >>> @given(st.data())
    ... def test(data):
    ...     model = data.draw(models(max_steps=4))
    ...     rows = data.draw(customers(model, max_rows=2))
    ...     assert {m.name for m in model.measures} <= set(rows)
    >>> test()
    """
    low, high = whole("min_rows", min_rows), whole("max_rows", max_rows, min_rows)
    return _strategy("customers", lambda inventor: inventor.rows(model, inventor.integer(low, high), missing=missing))


def _strategy(name: str, make: Callable[[Inventor], T], traits: Mapping[str, Any] | None = None) -> SearchStrategy[T]:
    """Return a strategy that makes something by what Hypothesis chooses."""
    try:
        from hypothesis import strategies as st
    except ModuleNotFoundError as error:
        message = f"outcomegap.testing.{name} needs Hypothesis: install the extra outcomegap[dev], or hypothesis itself"
        raise og.EngineError(message) from error
    recipe = Recipe(**(traits or {}))

    @st.composite
    def strategy(draw: Callable[[SearchStrategy[int]], int]) -> T:
        return make(Inventor(lambda low, high: low if low == high else draw(st.integers(low, high)), recipe))

    return strategy()
