"""The columns of `Scores` that a compiled model computes, for many customers; and `Score`, for one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from typing import Any, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SET_ASIDE, Batch, NumpyBlocks, OneCustomer, Result
from outcomegap.engines.scalar import SIDES, Found, Kernel
from outcomegap.engines.scalar_line import Line, line_of
from outcomegap.explanation import gradients
from outcomegap.explanation.change import in_double
from outcomegap.frames import Table
from outcomegap.frames.arrays import locked
from outcomegap.listing import points
from outcomegap.model import OutcomeModel
from outcomegap.model.model import PRODUCT, JoinRule
from outcomegap.program import Compiled
from outcomegap.scoring.columns import (
    COLUMNS,
    EXPLAINED,
    At,
    CustomerColumns,
    ScoreColumns,
    StepValue,
    computed,
)
from outcomegap.scoring.customers import AXES, Customers, Readings
from outcomegap.scoring.groups import nan_to_none
from outcomegap.scoring.states import FAILING, MET, SUCCESSFUL, TOLERANCE, TOLERATING, UNCERTAIN, Codes, state_codes

Array = NDArray[Any]
Ask = Callable[[JoinRule, Array, Array], Array]
#: Rows of single precision this near to a threshold are computed again in double precision (clause 2.6).
NEAR_THRESHOLD = 1e-5
#: A reverse pass of one customer is written out up to so many instructions, each counted once a node.
LONGEST_LINE = 4_000
#: The engine's method for each value by step.
ANSWERS: dict[StepValue, Callable[[NumpyBlocks, Batch], Array]] = {
    "attribution": gradients.attribution,
    "gain": lambda engine, batch: gradients.leverage(engine, batch, gain=True),
    "leverage": gradients.leverage,
    "unknown": gradients.unknown,
    "attainment": gradients.attainment,
}
#: The columns in `Score.to_dict`, in order.
SHOWN = ("segment", "stage", "goal", *COLUMNS)
#: The positions of R, E and their bounds in the result of a kernel.
PLACES: dict[At, int] = {"point": 0, "low": 2, "high": 4}


class Compiling(Protocol):
    """The parts of a scorer that its scores need."""

    @property
    def model(self) -> OutcomeModel: ...
    @property
    def compiled(self) -> Compiled: ...
    @property
    def engine(self) -> NumpyBlocks: ...


class ModelScores(CustomerColumns):
    """The columns of scores that a compiled model makes, and its values by step; `Scores` adds the views."""

    says = frozenset(ANSWERS)

    def __init__(
        self, scorer: Compiling, table: Table, customers: Customers, result: Result, id_column: str | None
    ) -> None:
        self.scorer, self.table, self.batch, self.id_column = scorer, table, customers, id_column
        self.problems, self.notes, self._result = customers.problems, customers.notes, result
        self.model: OutcomeModel = scorer.model
        self.cell = locked(customers.cells)
        self.applies = scorer.compiled.applies
        self.exact = all(program.exact for program in scorer.compiled.programs)

    # The sides

    @computed
    def _point(self) -> Array:
        """R and E, NaN where too little is known; shape (2, n)."""
        point, least = self._result.point, self._by_cell(self.scorer.compiled.min_coverage)
        if self._whole:
            return point
        lacking = np.array([self._observed(side) < least for side in (0, 1)])
        return np.where(lacking, point.dtype.type(np.nan), point) if lacking.any() else point

    def _side(self, side: int, at: At) -> Array:
        sides: Array = self._point if at == "point" else self._bounds[at]
        return sides[side]  # type: ignore[no-any-return]

    @computed
    def _bounds(self) -> Mapping[At, Array]:
        return {"low": self._result.bound("low"), "high": self._result.bound("high")}

    @property
    def limited(self) -> bool:
        """Whether weights of AnyOf may keep a part of the gap out of reach."""
        return any(any(program.limited) for program in self.scorer.compiled.programs)

    @computed
    def _lacks(self) -> Array:
        """What R and E lack of 1 if every step is attained, shape (2, n)."""
        ones = np.broadcast_to(self._point.dtype.type(1), (len(self), len(self.model.steps)))
        sides = (gradients.side_at(self.scorer.engine, self.batch, side, ones) for side in (0, 1))
        return np.array([1.0 - side for side in sides])

    def _beyond(self, side: int) -> Array:
        nothing = 0.0 * self._side(side, "point")
        return nothing + self._lacks[side] if self.limited else nothing

    @property
    def _whole(self) -> bool:
        """Whether nothing is missing, so that every bound is the score itself."""
        return self._result.low is self._result.point

    @computed
    def low(self) -> Array:
        """D if everything missing were at its floor."""
        return self.desired if self._whole else self._desired_at(self._side(0, "low"), self._side(1, "low"))

    @computed
    def high(self) -> Array:
        """D if everything missing were at its target, or D itself if that is more."""
        if self._whole:
            return self.desired
        return np.maximum(self._desired_at(*self._result.high), self._desired_at(*self._result.point))

    def _observed(self, *sides: int) -> Array:
        sizes, seen = (
            reduce(np.add, [table[side] for side in sides])
            for table in (self.scorer.compiled.sizes, self._result.observed)
        )
        each: Array = seen / self._by_cell(sizes.astype(np.float64))
        return each

    def _joined(self, ask: Ask, required: Array, experience: Array) -> Array:
        return joined(self.scorer.compiled, self.cell, ask, required, experience)

    def _by_cell(self, table: Array) -> Array:
        """Give each customer the number of its cell; NaN for rows set aside."""
        if not self.problems and (table == table[:1]).all():
            return table[:1]
        found: Array = np.append(table, np.nan)[self.batch.cells]
        return found

    # States

    @computed
    def state_codes(self) -> Codes:
        """Position of the state in `STATES`, the order of need; -1 for a row set aside."""
        codes = state_codes(*self._standing("high"))
        if not self._whole:
            codes[codes != state_codes(*self._standing("low"))] = UNCERTAIN
        return self._set_aside(codes)

    @computed
    def point_codes(self) -> Codes:
        """Position in `STATES` of the state that R and E themselves have; -1 for a row set aside."""
        return self._set_aside(state_codes(*self._standing("point")))

    def _standing(self, at: At) -> tuple[Array, Array, Array, Array]:
        compiled = self.scorer.compiled
        limits = self._by_cell(compiled.achieved_at), self._by_cell(compiled.appropriate_at)
        required, experience = self._side(0, at), self._side(1, at)
        if required.dtype == np.float32:
            near = (abs(required - limits[0]) < NEAR_THRESHOLD) | (abs(experience - limits[1]) < NEAR_THRESHOLD)
            if near.any():
                found = in_double(self.scorer.engine).score(take(self.batch, np.flatnonzero(near)))
                exact = found.point if at == "point" else found.bound(at)
                required, experience = (side.astype(np.float64) for side in (required, experience))
                for side, found in zip((required, experience), exact, strict=True):
                    side[near] = np.where(np.isnan(side[near]), np.nan, found)
        return required, experience, *limits

    def set_aside_because(self) -> Array:
        """Return for each row the rules and columns that set it aside, as text; None for all others."""
        found = np.full(len(self), None, dtype=object)
        for row, rules in self.batch.reasons().items():
            found[row] = rules
        return found

    def _set_aside(self, codes: Codes) -> Codes:
        if self.problems:
            codes[self.cell == SET_ASIDE] = -1
        return codes

    # Step by step

    def step_values(self, rows: Array | None, *what: StepValue) -> Iterator[Array]:
        """Yield values by step of some customers (None: of all)."""
        batch = self.batch if rows is None else take(self.batch, rows)
        return (ANSWERS[each](self.scorer.engine, batch) for each in what)

    def readings(self, rows: Array, step: Array) -> Readings:
        """Return the values that were read for some customers, for one step each of the customer's cell (or `NONE`)."""
        return self.batch.readings(rows, step)


def joined(compiled: Compiled, cells: NDArray[np.int32], ask: Ask, required: Array, experience: Array) -> Array:
    """Apply the join of each customer's cell to R and E; NaN for rows set aside."""
    rules = [program.outcome.join for program in compiled.programs]
    if all(rule == rules[0] for rule in rules):
        return ask(rules[0], required, experience)
    found = np.full_like(required, np.nan)
    numbers = np.where(cells < 0, -1, compiled.program_of[cells])
    for number, rule in enumerate(rules):
        here = numbers == number
        found[here] = ask(rule, required[here], experience[here])
    return found


def take(batch: Batch, rows: Array) -> Batch:
    """Return some rows of a batch, in the given order."""
    columns, own = (tuple(column.take(rows) for column in listed) for listed in (batch.held, batch.own))
    return Batch(columns, own, batch.complete, batch.cells.take(rows))


# One customer


class Place(Kernel):
    """The functions, steps and thresholds of one cell, for single customers."""

    def __init__(self, scorer: Compiling, number: int) -> None:
        compiled = scorer.compiled
        super().__init__(compiled, number)
        self.scorer, self.number, self.cell = scorer, number, compiled.model.cells[number]
        self.steps = tuple(compiled.model.steps[position] for position in self.program.steps)
        self.join = self.program.outcome.join
        self.names = tuple(step.name for step in self.steps)
        self.sizes: tuple[int, int] = tuple(compiled.sizes[:, number].tolist())
        limits = (compiled.achieved_at, compiled.appropriate_at, compiled.min_coverage)
        self.achieved_at, self.appropriate_at, self.min_coverage = (float(limit[number]) for limit in limits)

    @cached_property
    def _double(self) -> NumpyBlocks:
        return in_double(self.scorer.engine)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """What splits 1 - R and 1 - E over the steps; nothing where that would be too long a text, or a gate's own."""
        nodes = [
            list(zip(*map(np.ndarray.tolist, gradients.nodes_of(side)), strict=True)) for side in self.program.sides
        ]
        length = sum(len(side.code) * len(at) for side, at in zip(self.program.sides, nodes, strict=True))
        if self.program.numerics or not self.sides or length > LONGEST_LINE:
            return ()
        return tuple(line_of(self.program, side, at) for side, at in zip(self.program.sides, nodes, strict=True))

    def ask(self, name: StepValue, values: Sequence[float]) -> list[float]:
        """Return values by step of one customer, in the order of the cell's steps."""
        attained = self.attain(values) if name == "attribution" and self.lines else None
        if attained is not None:
            a, _, p = self.present(attained)
            scales = self.program.outcome.join.scales(*(side(a, p) for side in self.sides))
            for side, line, scale in zip(self.program.sides, self.lines, scales, strict=True):
                for row, part in zip(side.steps, line(a, p), strict=True):
                    attained[row] = part * float(scale)
            return attained
        found: list[float] = ANSWERS[name](*self._alone(values))[0, list(self.program.steps)].tolist()
        return found

    def lacks(self, side: int, values: Sequence[float]) -> float:
        """Return what R or E of one customer lacks of 1 if every step is attained."""
        engine, batch = self._alone(values)
        ones = np.ones((1, len(self.scorer.model.steps)))
        return 1.0 - float(gradients.side_at(engine, batch, side, ones)[0])

    def _alone(self, values: Sequence[float]) -> tuple[NumpyBlocks, Batch]:
        """Return an engine and a batch for one customer; it computes in plain numbers if gates allow."""
        engine, cells = self._double, np.array([self.number], dtype=np.int32)
        attained = None if self.program.numerics else self.attain(values)
        if attained is None:
            columns = tuple(np.array([value], dtype=np.float64) for value in values)
            count = len(self.scorer.model.measures)
            complete = tuple(not math.isnan(value) for value in values[:count])
            batch = Batch(columns[:count], columns[count:], complete, cells)
        else:
            rows, missing, _ = self.present(attained)
            engine, batch = OneCustomer(engine, rows, missing, self.patterns), Batch((), (), (), cells)
        return engine, batch

    def state(self, required: float, experience: float) -> int:
        """Return the position in `STATES` of the state at (R, E)."""
        if math.isnan(required) or math.isnan(experience):
            return UNCERTAIN
        if required < self.achieved_at - TOLERANCE:
            return FAILING
        return TOLERATING if experience < self.appropriate_at - TOLERANCE else SUCCESSFUL

    def __reduce__(self) -> Any:
        return Place, (self.scorer, self.number)  # generated code is not pickled; it is made again


class Score(ScoreColumns[float, "dict[str, float]"]):
    """How far one customer is from the desired outcome; made by `Scorer.score_one`.

    All numbers are plain Python floats and integers. Point values are NaN where too little is known
    (``min_coverage``); ``low`` and ``high`` bound D for any values of the missing measures.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> model = og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)])
    >>> score = og.Scorer(model).score_one({"calls": 3, "reply_hours": 30})
    >>> score
    <Score all/all: successful, score 56.2, 0 of 2 met>
    >>> score.required, score.experience, score.gap
    (0.75, 0.75, 0.4375)
    >>> score.attribution()
    {'calls made': 0.25, 'support replies': 0.1875}
    """

    def __init__(self, place: Place, values: tuple[float, ...], found: Found) -> None:
        own = self.__dict__
        own["_place"], own["_values"], own["_found"] = place, values, found

    _place: Place
    _values: tuple[float, ...]
    _found: Found

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a score cannot be changed: {name}")

    # Where the customer belongs

    @property
    def model(self) -> OutcomeModel:
        """The model that scored the customer."""
        return self._place.scorer.model

    @property
    def row(self) -> dict[str, Any]:
        """The values that were scored: a number for each measure and column, and the cell."""
        names = (*(measure.name for measure in self.model.measures), *self.model.columns)
        return dict(zip(names, self._values, strict=True)) | {axis: getattr(self, axis) for axis in AXES}

    @property
    def segment(self) -> str:
        """The customer's segment; ``all`` where the model declares none."""
        return self._place.cell.segment

    @property
    def stage(self) -> str:
        """The customer's stage; ``all`` where the model declares none."""
        return self._place.cell.stage

    @property
    def goal(self) -> str | None:
        """The customer's goal, where the model has several desired outcomes for one cell."""
        return self._place.cell.goal

    # The columns

    @computed
    def steps(self) -> int:
        """The number of steps in the cell: the 9 of "7 of 9 met"."""
        return sum(self._place.sizes)

    @computed
    def met(self) -> int:
        """The number of steps in the cell that are fully attained."""
        return sum(a >= MET for a in self._reached)

    @computed
    def state_codes(self) -> int:
        """Position of the state in `STATES`."""
        r, e, r_low, e_low, r_high, e_high, *_ = self._found
        state = self._place.state
        low, high = state(min(r_low, r), min(e_low, e)), state(max(r_high, r), max(e_high, e))
        return high if low == high else UNCERTAIN

    @computed
    def point_codes(self) -> int:
        """Position in `STATES` of the state that R and E themselves have."""
        return self._place.state(self.required, self.experience)

    def _side(self, side: int, at: At) -> float:
        found, place = self._found, self._place
        if at == "point":
            return math.nan if found[6 + side] / place.sizes[side] < place.min_coverage else found[side]
        value, point = found[PLACES[at] + side], found[side]
        return max(value, point) if at == "high" else min(value, point)

    def _desired_at(self, required: float, experience: float) -> float:
        join = self._place.join
        return required * experience if join is PRODUCT else float(join.desired(required, experience))

    @property
    def limited(self) -> bool:
        """Whether weights of AnyOf may keep a part of the gap out of reach."""
        return any(self._place.program.limited)

    def _beyond(self, side: int) -> float:
        nothing = 0.0 * self._side(side, "point")
        return nothing + self._place.lacks(side, self._values) if self._place.program.limited[side] else nothing

    @computed
    def high(self) -> float:
        """D if everything missing were at its target, or D itself if that is more."""
        r, e, _, _, r_high, e_high, *_ = self._found
        return max(self._desired_at(r_high, e_high), self._desired_at(r, e))

    def _observed(self, *sides: int) -> float:
        found, sizes = self._found, self._place.sizes
        if len(sides) == 1:
            return found[6 + sides[0]] / sizes[sides[0]]
        return (found[6] + found[7]) / (sizes[0] + sizes[1])

    def _joined(self, ask: Callable[[JoinRule, float, float], float], required: float, experience: float) -> float:
        return float(ask(self._place.program.outcome.join, required, experience))

    # Which gaps make it up

    @property
    def exact(self) -> bool:
        """Whether the attribution is exact. A numeric gate that is not multilinear makes it a numerical integral."""
        return self._place.program.exact

    @property
    def residual(self) -> float:
        """The part of the gap that the attribution leaves: 0 where the score is `exact`; NaN without a score."""
        return 0.0 if self.exact else self.gap - self.out_of_reach - sum(self.attribution().values())

    @property
    def _reached(self) -> list[float]:
        found = self._place.attain(self._values)
        assert found is not None
        return found

    def _explain(self, name: StepValue) -> dict[str, float]:
        place, score = self._place, EXPLAINED.get(name)
        values = self._reached if name == "attainment" else place.ask(name, self._values)
        found = dict(zip(place.names, values, strict=True))
        if score is None or not (math.isnan(self.required) or math.isnan(self.experience)):
            return found
        for side in SIDES:
            if math.isnan(getattr(self, score.format(side=side))):
                found |= {step.name: math.nan for step in place.steps if step.side == side}
        return found

    def to_dict(self, explain: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - read as a word at the call
        """Return the score as plain data, ready for JSON: None stands for NaN.

        Parameters
        ----------
        explain
            Whether to add ``attribution``, ``gain``, ``leverage``, ``unknown`` and ``attainment``, each by step. If the
            attribution is not exact, ``residual`` is added too: the part of the gap that it leaves.

        Examples
        --------
        >>> import outcomegap as og
        >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
        >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
        >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
        >>> model = og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)])
        >>> data = og.Scorer(model).score_one({"calls": 3}).to_dict(explain=True)
        >>> data["state"], data["desired"], data["low"], data["high"], data["unknown"]
        ('uncertain', None, 0.0, 0.75, {'calls made': 0.0, 'support replies': 0.75})
        """
        data: dict[str, Any] = {name: nan_to_none(getattr(self, name)) for name in self.having(SHOWN)}
        if explain:
            for name in ANSWERS:
                data[name] = nan_to_none(getattr(self, name)())
            if not self.exact:
                data["residual"] = nan_to_none(self.residual)
        return data

    def __repr__(self) -> str:
        shown = (self.low, self.high) if math.isnan(self.desired) else (self.desired,)
        known = f"score {' to '.join(map(points, shown))}"
        return f"<Score {self._place.cell}: {self.state}, {known}, {self.met} of {self.steps} met>"
