"""The outcome model: desired outcomes, for segments and stages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any, ClassVar, Self

import attrs
import numpy as np

from outcomegap.errors import ModelError, hint
from outcomegap.model.custom import Join, answer, rounded, try_out
from outcomegap.model.declaration import (
    ABOUT,
    ALL,
    Cell,
    CellNames,
    Column,
    Described,
    Flag,
    Instance,
    Listed,
    Made,
    Name,
    Number,
    Part,
    PerCell,
    about,
    declare,
    declared,
    settle,
)
from outcomegap.model.gate import Gate, again, by_names, gates_of, labels_of, remade, steps_of, weights_by_child
from outcomegap.model.identity import Node, digest
from outcomegap.model.inputs import Inputs
from outcomegap.model.step import OBSERVER, Measure, Side, Step
from outcomegap.model.verdict import Verdict, how_checked

IN_DATA = about(Name(cell=True), "Its name in the customers' data.")


@attrs.frozen(kw_only=True)
class Segment(Described):
    """A kind of customer that shares expectations.

    Parameters
    ----------
    name
        Its name in the customers' data. It must not contain ``/``, and must not be ``*`` or ``default``.
    ideal
        Whether the product is made for these customers. Other segments are left out of totals and listed apart.
    description
        A sentence for readers.

    Examples
    --------
    >>> Segment("enterprise")
    Segment(name='enterprise', ideal=True, description='')
    """

    place: ClassVar[str] = "segments.{0.name}"

    name: str = attrs.field(kw_only=False, metadata=IN_DATA)
    ideal: bool = declare(Flag(), "Whether the product is made for these customers.", default=True)
    description: str = declare(*ABOUT)


@attrs.frozen(kw_only=True)
class Stage(Described):
    """A phase of the customer's evolution. A model lists its stages in order.

    Parameters
    ----------
    name
        Its name in the customers' data. It must not contain ``/``, and must not be ``*`` or ``default``.
    description
        A sentence for readers.

    Examples
    --------
    >>> Stage("onboarding")
    Stage(name='onboarding', description='')
    """

    place: ClassVar[str] = "stages.{0.name}"

    name: str = attrs.field(kw_only=False, metadata=IN_DATA)
    description: str = declare(*ABOUT)


POSITIVE = Number(0.0, 1e100, above=True, rule="weights")
#: Values of R, E, D or parts of the gap: an array with one number for each customer, or one number.
Values = Any


@attrs.frozen
class ProductJoin:
    """D = R E: without the required outcome nothing else matters.

    Examples
    --------
    >>> ProductJoin().desired(0.5, 0.5), ProductJoin().parts(0.5, 0.5)
    (0.25, (0.5, 0.25))
    """

    name: str = attrs.field(default="product", init=False)

    def desired(self, r: Values, e: Values) -> Values:
        """D."""
        return r * e

    def slopes(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Derivatives of D by R and by E."""
        return e, r

    def parts(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return 1 - R and R (1 - E)."""
        return 1.0 - r, r * (1.0 - e)

    def scales(self, r: Values, e: Values) -> tuple[Values, Values]:  # noqa: ARG002 - as every rule
        """Return 1 and R."""
        return 1.0, r


@attrs.frozen
class WeakestJoin:
    """D = min(R, E): the weaker side decides. The required outcome comes first: its part of the gap is 1 - R.

    Where R = E, D has a corner; there the slope is the one by R.

    Examples
    --------
    >>> float(WeakestJoin().desired(0.5, 0.25)), [float(part) for part in WeakestJoin().parts(0.5, 0.25)]
    (0.25, [0.5, 0.25])
    """

    name: str = attrs.field(default="weakest", init=False)

    def desired(self, r: Values, e: Values) -> Values:
        """D."""
        return np.minimum(r, e)

    def slopes(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return 1 for the weaker side, 0 for the other."""
        first, kind = np.asarray(r <= e), np.asarray(r).dtype
        return first.astype(kind), (~first).astype(kind)

    def parts(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return 1 - R and R - min(R, E)."""
        return 1.0 - r, r - np.minimum(r, e)

    def scales(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return 1 and (R - min(R, E)) / (1 - E)."""
        return 1.0, _share(self.parts(r, e)[1], e)


@attrs.frozen
class WeightedJoin(Described):
    """D = w R + (1 - w) E: each side makes up for the other, so high usage can hide a bad experience.

    `outcomegap.check` warns about this join.

    Parameters
    ----------
    required, experience
        Positive weights; only their ratio matters.

    Examples
    --------
    >>> WeightedJoin(required=0.75, experience=0.25).desired(1.0, 0.0)
    0.75
    """

    place: ClassVar[str] = "weighted join"

    required: float = attrs.field(kw_only=True, metadata=about(POSITIVE, "Weight of the required outcome."))
    experience: float = attrs.field(kw_only=True, metadata=about(POSITIVE, "Weight of the experience."))
    name: str = attrs.field(default="weighted", init=False)

    @property
    def _total(self) -> float:
        return self.required + self.experience

    def desired(self, r: Values, e: Values) -> Values:
        """D."""
        # The division comes last, so that 1 and 1 give exactly 1.
        return (self.required * r + self.experience * e) / self._total

    def slopes(self, r: Values, e: Values) -> tuple[Values, Values]:  # noqa: ARG002 - as every rule
        """Return the two weights, as shares."""
        return self.required / self._total, self.experience / self._total

    def parts(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return w (1 - R) and (1 - w) (1 - E)."""
        return self.required * (1.0 - r) / self._total, self.experience * (1.0 - e) / self._total

    def scales(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return the two weights, as shares."""
        return self.slopes(r, e)


@attrs.frozen
class CustomJoin:
    """A join of the user's own, tested and wrapped. Two are equal if they have the same name and values.

    Parameters
    ----------
    rule
        The object, with the members of `Join`.
    where
        The place that error messages name.
    """

    name: str = attrs.field(init=False)
    rule: Join = attrs.field(eq=False, repr=False)
    where: str = attrs.field(default="join", eq=False, repr=False)
    shape: bytes = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        shape = rounded(try_out("join", self.rule, self.where, (*NAMED_JOINS, "weighted")))
        object.__setattr__(self, "name", self.rule.name)
        object.__setattr__(self, "shape", shape)

    def desired(self, r: Values, e: Values) -> Values:
        """Return D, clipped to [0, 1]; NaN where R or E is NaN."""
        return np.clip(self._asked(self.rule.desired, r, e), 0.0, 1.0)

    def slopes(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return the slopes of the object."""
        first, second = (self._asked(lambda r, e, n=n: self.rule.slopes(r, e)[n], r, e) for n in (0, 1))
        return first, second

    def parts(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return the object's part for R, and 1 - D minus that part for E, so that they sum exactly to 1 - D."""
        first = self._asked(lambda r, e: self.rule.parts(r, e)[0], r, e)
        return first, (1.0 - self.desired(r, e)) - first

    def scales(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return each part divided by the distance of its side from 1."""
        first, second = self.parts(r, e)
        return _share(first, r), _share(second, e)

    @staticmethod
    def _asked(method: Any, r: Values, e: Values) -> Values:
        sides = [np.array(side, ndmin=1) for side in np.broadcast_arrays(r, e)]
        return answer(method, *sides).astype(sides[0].dtype, copy=False).reshape(np.shape(r))


JoinRule = ProductJoin | WeakestJoin | WeightedJoin | CustomJoin
#: The joins that have a name.
NAMED_JOINS: dict[str, JoinRule] = {"product": ProductJoin(), "weakest": WeakestJoin()}
PRODUCT = ProductJoin()


def as_join(where: str, value: object) -> JoinRule:
    """Return a join from a name, a join, or an object with the members of `Join`.

    Raises
    ------
    ModelError
        If no join has that name, or the object lacks a member or breaks a rule. The error lists every problem.
    """
    if isinstance(value, (ProductJoin, WeakestJoin, WeightedJoin, CustomJoin)):
        return value
    if isinstance(value, str):
        if value not in NAMED_JOINS:
            message = f"there is no join {value!r:.60}{hint(value[:60], NAMED_JOINS)}"
            raise ModelError.of("join", where, message)
        return NAMED_JOINS[value]
    return CustomJoin(value, where)  # type: ignore[arg-type]


def _share(part: Values, side: Values) -> Values:
    lacking = np.asarray(1.0 - side)
    return np.divide(part, lacking, out=np.zeros_like(lacking), where=lacking > 0)


Threshold = float | PerCell


GATE = Instance(lambda: (Step, Gate), "a gate or a step", "part")
JOIN = Made(as_join)
REACHED = Number(0.0, 1.0, above=True, per_cell=True, rule="threshold")
SHARE = Number(0.0, 1.0, per_cell=True, rule="threshold")
GOAL = about(Name(), "Its name, and the goal in the customers' data (default: the required outcome's name).")
IN_SEGMENTS = about(CellNames("segment"), "The segments that it applies to (default all).")
IN_STAGES = about(CellNames("stage"), "The stages that it applies to (default all).")
JOINED = about(JOIN, "How the two parts become the desired outcome (default product).", later=True)


@attrs.frozen(repr=False, kw_only=True)
class RequiredOutcome(Described):
    """What the customer must achieve. Without it, nothing else counts.

    Parameters
    ----------
    name
        The outcome in the customer's words.
    needs
        A gate (or one step) over product functions and success gaps.
    promised
        Whether the vendor promises this outcome.
    measured_by
        A step that measures the outcome itself, to check the model against (docs/meaning, clause 2.12).
    description
        A sentence for readers.

    Examples
    --------
    >>> from outcomegap.model import Measure, SuccessGap
    >>> RequiredOutcome("sales", needs=SuccessGap("list built", Measure("list_size"), floor=0, target=500))
    RequiredOutcome('sales')
    """

    place: ClassVar[str] = "required outcome {0.name!r}"

    name: str = attrs.field(kw_only=False, metadata=about(Name(), "The outcome in the customer's words."))
    needs: Node = attrs.field(metadata=about(GATE, "A gate, or one step, over product functions and success gaps."))
    promised: bool = declare(Flag(), "Whether the vendor promises this outcome (default false).", default=False)
    measured_by: Step | None = declare(OBSERVER, "The name of a step that measures the outcome itself.")
    description: str = declare(*ABOUT)

    def __repr__(self) -> str:
        return f"RequiredOutcome({self.name!r})"


@attrs.frozen(repr=False, kw_only=True)
class AppropriateExperience(Described):
    """How the customer must get to the outcome: a list of requirements, each of which can be measured.

    Parameters
    ----------
    name
        The experience in the customer's words.
    expects
        A gate (or one step) over expectations.
    description
        A sentence for readers.

    Examples
    --------
    >>> from outcomegap.model import Expectation, Measure
    >>> AppropriateExperience("by API", expects=Expectation("API", Measure("api"), floor=0, target=1))
    AppropriateExperience('by API')
    """

    place: ClassVar[str] = "appropriate experience {0.name!r}"

    name: str = attrs.field(kw_only=False, metadata=about(Name(), "The experience in the customer's words."))
    expects: Node = attrs.field(metadata=about(GATE, "A gate, or one step, over expectations."))
    description: str = declare(*ABOUT)

    def __repr__(self) -> str:
        return f"AppropriateExperience({self.name!r})"


ACHIEVED = about(Part(RequiredOutcome), "What the customer must achieve.")
SUITED = about(Part(AppropriateExperience), "How the customer must get there.")


# The converters tell type checkers what is accepted. The declarations check the values and name their place.
def _name_given(value: str | None) -> str:
    return value  # type: ignore[return-value]


def _names_given(value: Iterable[str | Segment | Stage] | None) -> tuple[str, ...] | None:
    return value  # type: ignore[return-value]


def _join_given(value: str | JoinRule | Join) -> JoinRule:
    return value  # type: ignore[return-value]


@attrs.frozen(repr=False, kw_only=True)
class DesiredOutcome:
    """Desired outcome = required outcome + appropriate experience, for some cells of the model.

    Parameters
    ----------
    required, experience
        The two parts.
    name
        Its name. Where a cell has several desired outcomes, customers name one of them as their goal. The default is
        the name of the required outcome.
    segments, stages
        The segments and stages that it applies to (names or objects); None means all.
    achieved_at, appropriate_at
        The values of R and E from which the required outcome counts as reached, and the experience as appropriate:
        numbers in (0, 1], or `per_cell` numbers.
    min_coverage
        A side with a smaller share of observed steps has no point value (docs/meaning, clause 2.5).
    join
        How R and E become D: ``"product"``; ``"weakest"``, which is min(R, E); a `WeightedJoin`; or an object of your
        own with the members of `Join` (docs/meaning, clause 2.14).

    Examples
    --------
    >>> from outcomegap.model import Expectation, Measure, SuccessGap
    >>> sales = RequiredOutcome("sales", needs=SuccessGap("list", Measure("list_size"), floor=0, target=500))
    >>> suits = AppropriateExperience("how", expects=Expectation("API", Measure("api"), floor=0, target=1))
    >>> DesiredOutcome(sales, suits, segments=["startup"]).name
    'sales'
    """

    required: RequiredOutcome = attrs.field(kw_only=False, metadata=ACHIEVED)
    experience: AppropriateExperience = attrs.field(kw_only=False, metadata=SUITED)
    name: str = attrs.field(default=None, converter=_name_given, metadata=GOAL)
    segments: tuple[str, ...] | None = attrs.field(default=None, converter=_names_given, metadata=IN_SEGMENTS)
    stages: tuple[str, ...] | None = attrs.field(default=None, converter=_names_given, metadata=IN_STAGES)
    achieved_at: Threshold = declare(REACHED, "The required outcome counts as reached from here (default 0.5).", 0.5)
    appropriate_at: Threshold = declare(REACHED, "The experience counts as appropriate from here (default 0.5).", 0.5)
    min_coverage: Threshold = declare(SHARE, "A side with a smaller share observed has no value (default 0.5).", 0.5)
    join: JoinRule = attrs.field(default=PRODUCT, converter=_join_given, metadata=JOINED)

    def __attrs_post_init__(self) -> None:
        if self.name is None:
            object.__setattr__(self, "name", self.required.name)
        settle(self, f"desired outcome {self.name!r}")

    @property
    def roots(self) -> dict[Side, Node]:
        """The top of each part: its gate, or its one step."""
        return {"required": self.required.needs, "experience": self.experience.expects}

    def covers(self, segment: str, stage: str) -> bool:
        """Return whether it applies to a segment and stage."""
        return (self.segments is None or segment in self.segments) and (self.stages is None or stage in self.stages)

    def __repr__(self) -> str:
        return f"DesiredOutcome({self.name!r}, segments={self.segments}, stages={self.stages})"


Asked = str | None
OUTCOMES = about(Listed(Part(DesiredOutcome), some=True), "What customers want, and how they want to get there.")
A_STEP = Instance(lambda: (Step,), "an og.ProductFunction, og.SuccessGap or og.Expectation", "steps")
STEPS = about(Listed(A_STEP, "steps", "steps"), "Its steps.")
SEGMENTS = about(Listed(Part(Segment, "name")), "The kinds of customers.")
STAGES = about(Listed(Part(Stage, "name")), "The phases of a customer's evolution, in order.")


# The converters tell type checkers what is accepted. The declarations check the values and name their place.
def _outcomes(value: Iterable[DesiredOutcome]) -> tuple[DesiredOutcome, ...]:
    return value  # type: ignore[return-value]


def _segments(value: Iterable[Segment | str]) -> tuple[Segment, ...]:
    return value  # type: ignore[return-value]


def _stages(value: Iterable[Stage | str]) -> tuple[Stage, ...]:
    return value  # type: ignore[return-value]


CHECKED = about(Part(Verdict), "What a check against outcomes found; it is no part of the model's fingerprint.")


@attrs.frozen(repr=False, kw_only=True)
class OutcomeModel(Described):
    """What customers want, for each segment and stage.

    Parameters
    ----------
    name
        The name that people use.
    desired_outcomes
        One or more `DesiredOutcome`. Together they must cover each cell exactly once, or once for each goal.
    segments, stages
        `Segment` and `Stage` objects, or names; stages in order. Without any, there is one segment or stage ``all``.
    inputs
        How raw tables become measures and cells (`Inputs`).
    description
        A sentence for readers.
    verdict
        What a check of its scores against outcomes found (`outcomegap.learn.validate`). It counts for neither ``==``
        nor the fingerprint, and holds only for a model with the fingerprint that it names.

    Raises
    ------
    ModelError
        If a part has the wrong kind. `outcomegap.check` applies the rules that need the whole model.

    Examples
    --------
    >>> from outcomegap.model import (AppropriateExperience, DesiredOutcome, Expectation, Measure,
    ...                               RequiredOutcome, SuccessGap)
    >>> sales = RequiredOutcome("sales", needs=SuccessGap("list", Measure("list_size"), floor=0, target=500))
    >>> suits = AppropriateExperience("how", expects=Expectation("API", Measure("api"), floor=0, target=1))
    >>> model = OutcomeModel("mail", desired_outcomes=[DesiredOutcome(sales, suits)], segments=["startup"])
    >>> [str(cell) for cell in model.cells], [step.name for step in model.steps]
    (['startup/all'], ['list', 'API'])
    """

    place: ClassVar[str] = "model {0.name!r}"

    name: str = attrs.field(kw_only=False, metadata=about(Name(), "What people call the model."))
    desired_outcomes: tuple[DesiredOutcome, ...] = attrs.field(converter=_outcomes, metadata=OUTCOMES)
    segments: tuple[Segment, ...] = attrs.field(default=(), converter=_segments, metadata=SEGMENTS)
    stages: tuple[Stage, ...] = attrs.field(default=(), converter=_stages, metadata=STAGES)
    inputs: Inputs | None = declare(Part(Inputs), "How raw tables become measures and cells.")
    description: str = declare(*ABOUT)
    verdict: Verdict | None = attrs.field(default=None, eq=False, metadata=CHECKED)

    def remade(
        self, step_of: Mapping[Step, Step], gate_of: Callable[[Gate, Sequence[Node]], Node] = again
    ) -> OutcomeModel:
        """Return the model with other steps and gates in it.

        Parameters
        ----------
        step_of
            A step -> the one in its place; steps that build on it then build on that one.
        gate_of
            A gate and its new children -> the gate in its place.
        """
        made = []
        for outcome in self.desired_outcomes:
            needs, expects = (remade(root, step_of, gate_of) for root in outcome.roots.values())
            observed: Any = outcome.required.measured_by
            observed = None if observed is None else remade(observed, step_of, gate_of)
            required = attrs.evolve(outcome.required, needs=needs, measured_by=observed)
            experience = attrs.evolve(outcome.experience, expects=expects)
            made.append(attrs.evolve(outcome, required=required, experience=experience))
        return attrs.evolve(self, desired_outcomes=made)

    @cached_property
    def segment_names(self) -> tuple[str, ...]:
        """Names of the segments; a model without segments has one, called ``all``."""
        return tuple(s.name for s in self.segments) or (ALL,)

    @cached_property
    def stage_names(self) -> tuple[str, ...]:
        """Names of the stages in order; a model without stages has one, called ``all``."""
        return tuple(s.name for s in self.stages) or (ALL,)

    @cached_property
    def goals(self) -> tuple[str, ...]:
        """Names of the goals where some cell has several desired outcomes; otherwise empty."""
        cells = product(self.segment_names, self.stage_names)
        several = any(len({o.name for o in self.desired_outcomes if o.covers(*cell)}) > 1 for cell in cells)
        return tuple(dict.fromkeys(o.name for o in self.desired_outcomes)) if several else ()

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell that has a desired outcome, ordered by segment, stage and goal."""
        return tuple(self._outcomes)

    @cached_property
    def _outcomes(self) -> dict[Cell, DesiredOutcome]:
        found: dict[Cell, DesiredOutcome] = {}
        for segment, stage, outcome in product(self.segment_names, self.stage_names, self.desired_outcomes):
            if outcome.covers(segment, stage):
                found.setdefault(Cell(segment, stage, outcome.name if self.goals else None), outcome)
        return found

    def outcome(self, cell: Cell) -> DesiredOutcome:
        """Return the desired outcome of a cell."""
        return self._outcomes[cell]

    def cell(self, segment: Asked = None, stage: Asked = None, goal: Asked = None) -> Cell:
        """Return the one cell that fits the names.

        Raises
        ------
        ModelError
            If a name is unknown, or the names fit several cells.
        """
        asked = {"segment": segment, "stage": stage, "goal": goal}
        fits = self.find_cells(segment, stage, goal)
        if len(fits) == 1:
            return fits[0]
        named = ", ".join(f"{k}={v!r}" for k, v in asked.items() if v is not None) or "no name"
        cells = ", ".join(str(c) for c in (fits or self.cells)[:12])
        trouble = "fit more than one cell" if fits else "fit no cell"
        raise ModelError.of("cell", f"model {self.name!r}", f"{named}: {trouble}; choose one of {cells}")

    def find_cells(self, segment: Asked = None, stage: Asked = None, goal: Asked = None) -> tuple[Cell, ...]:
        """Return every cell that fits the names."""
        asked = {"segment": segment, "stage": stage, "goal": goal}
        given = {axis: name for axis, name in asked.items() if name is not None}
        return tuple(cell for cell in self.cells if attrs.evolve(cell, **given) == cell)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every distinct step: those of each required outcome, then those of its experience."""
        return steps_of(*(root for outcome in self.desired_outcomes for root in outcome.roots.values()))

    @cached_property
    def observed_by(self) -> tuple[Step, ...]:
        """Every distinct step that measures a required outcome itself."""
        found = [o.required.measured_by for o in self.desired_outcomes if o.required.measured_by is not None]
        return tuple(dict.fromkeys(found))

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """Every distinct measure, in the order of the steps."""
        return tuple(dict.fromkeys(step.measure for step in (*self.steps, *self.observed_by)))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that give floors and targets."""
        values = (v for step in (*self.steps, *self.observed_by) for v in (step.floor, step.target))
        flat = (item for v in values for item in (v if isinstance(v, PerCell) else (v,)))
        return tuple(dict.fromkeys(item.name for item in flat if isinstance(item, Column)))

    @cached_property
    def fingerprint(self) -> str:
        """A short text. Equal models have the same one, in any process.

        Examples
        --------
        >>> import outcomegap as og
        >>> len(og.gallery.load("email-marketing").fingerprint)
        32
        """
        return digest(self).hex()

    @property
    def checked(self) -> str:
        """One line: how far its scores were checked against what customers did, or that nobody did."""
        return how_checked(self.verdict, self.fingerprint)

    def with_verdict(self, verdict: Verdict | None) -> Self:
        """Return the same model with what a check found (`outcomegap.learn.validate`), or without.

        Parameters
        ----------
        verdict
            The verdict; None takes away the one that is there.

        Examples
        --------
        >>> import outcomegap as og
        >>> og.gallery.load("email-marketing").with_verdict(None).checked
        'Nobody has checked this score against what customers did.'
        """
        return attrs.evolve(self, verdict=verdict)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}: {len(self.steps)} steps, {len(self.cells)} cells>"


@attrs.frozen
class Difference:
    """One difference: the place, the value before, the value after. The value is None where the model lacks it.

    Examples
    --------
    >>> print(Difference("gaps.list built.target", 500.0, 1000.0))
    gaps.list built.target: 500.0 -> 1000.0
    """

    where: str
    before: Any
    after: Any

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.where}: added {self.after!r}"
        if self.after is None:
            return f"{self.where}: removed {self.before!r}"
        return f"{self.where}: {self.before!r} -> {self.after!r}"


def diff(before: OutcomeModel, after: OutcomeModel) -> tuple[Difference, ...]:
    """List the differences between two models, step by step and field by field.

    Parameters
    ----------
    before, after
        The two models.

    Returns
    -------
    tuple of Difference
        Empty exactly when the models are equal.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> diff(model, model)
    ()
    """
    if before == after:
        return ()
    old, new = _table(before), _table(after)
    weights, others = _weights(before), _weights(after)
    for gate in (gate for gate in weights if gate in others):
        old |= {f"{gate}.weights.{child}": weight for child, weight in weights[gate].items()}
        new |= {f"{gate}.weights.{child}": weight for child, weight in others[gate].items()}
    places = dict.fromkeys([*old, *new])
    found = [Difference(p, old.get(p), new.get(p)) for p in places if _told(old.get(p)) != _told(new.get(p))]
    return tuple(found) or (Difference("model", before, after),)


def _table(model: OutcomeModel) -> dict[str, Any]:
    table: dict[str, Any] = {"name": model.name, "description": model.description or None, "inputs": model.inputs}
    table |= {f"segments.{segment.name}": segment for segment in model.segments}
    table["stages"] = model.stages or None
    for step in dict.fromkeys((*model.steps, *model.observed_by)):
        table |= _fields(step.where, step) | _fields(f"measures.{step.measure.name}", step.measure)
        table[f"{step.where}.measure"] = step.measure.name
        table[f"{step.where}.after"] = tuple(earlier.name for earlier in step.after) or None
    for place, outcome in enumerate(model.desired_outcomes):
        where = f"desired_outcomes.{place}"
        table |= _fields(where, outcome) | {f"{where}.name": outcome.name}
        for part, root in outcome.roots.items():
            table |= {f"{where}.{part}.{gate.name}": gate for gate in gates_of(root) if gate.name}
    return table


def _weights(model: OutcomeModel) -> dict[str, dict[str, Any]]:
    """Return the weights of each gate by its place, and in it by child."""
    found = {}
    for place, outcome in enumerate(model.desired_outcomes):
        for part, root in outcome.roots.items():
            gates = gates_of(root)
            for label, gate in zip(labels_of(gates), gates, strict=True):
                where = f"desired_outcomes.{place}.{part}"
                found[where if gate == root else f"{where}.{label}"] = weights_by_child(gate)
    return found


def _told(value: Any) -> Any:
    """Return what is compared at a place: parts and gates by the names of steps; steps and weights have own places."""
    if isinstance(value, (RequiredOutcome, AppropriateExperience)):
        return [_told(getattr(value, name)) for name in declared(type(value))]
    return by_names(value) if isinstance(value, (Gate, Step)) else value


def _fields(where: str, thing: object) -> dict[str, Any]:
    return {f"{where}.{name}": getattr(thing, name) for name in declared(type(thing)) if name != "name"}
