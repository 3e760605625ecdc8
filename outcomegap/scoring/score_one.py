"""The score of one customer, in plain Python numbers: a mapping is read fast, and examined with care where need be."""

from __future__ import annotations

import contextlib
import decimal
import difflib
import functools
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from operator import itemgetter
from types import NoneType
from typing import Any, Literal, NoReturn

import attrs
import numpy as np

from outcomegap.checks import Checks, choice
from outcomegap.engines.numpy_blocks import Batch, NumpyBlocks
from outcomegap.engines.scalar import Found, Kernel
from outcomegap.errors import Problem, nearest
from outcomegap.explanation.gradients import attribution, leverage, unknown
from outcomegap.frames import wrap
from outcomegap.frames.arrays import objects
from outcomegap.listing import points
from outcomegap.model import OutcomeModel
from outcomegap.model.model import JoinRule
from outcomegap.program import Compiled, compile_model
from outcomegap.scoring.columns import COLUMNS, At, ScoreColumns, computed
from outcomegap.scoring.customers import AXES, prepare
from outcomegap.scoring.groups import nan_to_none
from outcomegap.scoring.states import FAILING, MET, SUCCESSFUL, TOLERANCE, TOLERATING, UNCERTAIN

Absent = Literal["missing", "error"]
#: What the columns of segment, stage and goal are called.
Names = tuple[str, str, str]
#: What is asked of each step of a customer.
Ask = Callable[[NumpyBlocks, Batch], Any]
#: What `Score.to_dict` holds, in order.
SHOWN = ("segment", "stage", "goal", *COLUMNS)
#: Where R and E, and their bounds, stand in what a kernel found.
PLACES: dict[At, int] = {"point": 0, "low": 2, "high": 4}
#: Keys of a row that name or place the customer, and hence are no slip for a measure.
NAMING = frozenset({*AXES, "id", "customer"})
#: From this likeness (of 1) on, a key that the model does not know is a slip for one that it lacks.
SLIP = 0.8
#: What the kernels take as it comes.
NUMBERS = frozenset({float, int})
#: What becomes a float without loss of meaning; all else is left to `prepare`, which knows every rule.
KNOWN = NUMBERS | {
    *(NoneType, bool, decimal.Decimal, np.bool_, np.float64, np.float32, np.float16),
    *(np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64),
}


class Place:
    """What all the customers of one cell have in common: its functions, its steps, its thresholds."""

    def __init__(self, scorer: RowScorer, number: int) -> None:
        self.scorer, self.number, self.kernel = scorer, number, Kernel(scorer.compiled, number)
        compiled, program = scorer.compiled, self.kernel.program
        self.cell, self.join = compiled.model.cells[number], program.outcome.join
        self.steps = tuple(compiled.model.steps[position] for position in program.steps)
        self.sizes = len(program.required.steps), len(program.experience.steps)
        limits = (compiled.achieved_at, compiled.appropriate_at, compiled.min_coverage)
        self.achieved_at, self.appropriate_at, self.min_coverage = (float(limit[number]) for limit in limits)

    def state(self, required: float, experience: float) -> int:
        """Return the position in `STATES` of the state at (R, E)."""
        if math.isnan(required) or math.isnan(experience):
            return UNCERTAIN
        if required < self.achieved_at - TOLERANCE:
            return FAILING
        return TOLERATING if experience < self.appropriate_at - TOLERANCE else SUCCESSFUL

    def __reduce__(self) -> Any:
        return Place, (self.scorer, self.number)  # generated code is made again, not pickled


class Score(ScoreColumns[float]):
    """How far one customer is from the desired outcome; made by `Scorer.score_one`.

    All numbers are plain Python floats and whole numbers. Point values are NaN where too little is known
    (``min_coverage``); ``low`` and ``high`` bound what D can be, whatever the missing values turn out to be.

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
        """The model they were scored by."""
        return self._place.scorer.compiled.model

    @property
    def row(self) -> dict[str, Any]:
        """What they were scored by: a number for each measure and column, and the cell."""
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
        """How many steps the cell has: the 9 of "7 of 9 met"."""
        return sum(self._place.sizes)

    @computed
    def met(self) -> int:
        """How many steps of the cell are fully attained."""
        return sum(a >= MET for a in self._reached)

    @computed
    def state_codes(self) -> int:
        """Position of the state in `STATES`."""
        _, _, r_low, e_low, r_high, e_high, *_ = self._found
        low, high = self._place.state(r_low, e_low), self._place.state(r_high, e_high)
        return high if low == high else UNCERTAIN

    @computed
    def point_codes(self) -> int:
        """Position in `STATES` of the state that R and E themselves have."""
        return self._place.state(self.required, self.experience)

    def _side(self, side: int, at: At) -> float:
        if at == "point" and self._found[6 + side] / self._place.sizes[side] < self._place.min_coverage:
            return math.nan
        return self._found[PLACES[at] + side]

    def _observed(self, *sides: int) -> float:
        found, sizes = self._found, self._place.sizes
        if len(sides) == 1:
            return found[6 + sides[0]] / sizes[sides[0]]
        return (found[6] + found[7]) / (sizes[0] + sizes[1])

    def _joined(self, ask: Callable[[JoinRule, float, float], float], required: float, experience: float) -> float:
        return float(ask(self._place.join, required, experience))

    # Which gaps make it up

    @property
    def exact(self) -> bool:
        """Whether the attribution is exact. Numeric gates that are not multilinear make it a numerical integral."""
        return self._place.kernel.program.exact

    @property
    def residual(self) -> float:
        """What the parts of the attribution leave of the gap: 0 where the score is `exact`; NaN without a score."""
        return 0.0 if self.exact else self.gap - sum(self.attribution().values())

    def attribution(self) -> dict[str, float]:
        """Split the gap over the steps, exactly: the parts sum to it. NaN on a side with too little data.

        Where the score is not `exact`, the parts leave something of the gap: see `residual`.
        """
        return self._by_step(attribution, self.required_gap, self.experience_gap)

    def leverage(self) -> dict[str, float]:
        """How much D moves with each step's attainment; NaN where D is."""
        return self._by_step(leverage, self.desired, self.desired)

    def gain(self) -> dict[str, float]:
        """What D gains if a step alone were fully attained: what the model would score, not what an act causes."""
        return self._by_step(partial(leverage, gain=True), self.desired, self.desired)

    def unknown(self) -> dict[str, float]:
        """How much hangs on each missing step: D if it is fully attained less D if it is not; what to ask first."""
        return self._by_step(unknown)

    def attainment(self) -> dict[str, float]:
        """Attainment of each step; NaN where it is missing."""
        return self._by_step(None)

    @property
    def _reached(self) -> list[float]:
        found = self._place.kernel.attain(self._values)
        assert found is not None
        return found

    def _by_step(self, ask: Ask | None, required: float = 0.0, experience: float = 0.0) -> dict[str, float]:
        """Name values by step, attainments themselves if nothing is asked; NaN where the score of the side is NaN."""
        place, blank = self._place, {"required": required, "experience": experience}
        values = self._reached if ask is None else place.scorer.ask(ask, place.number, self._values)
        by_step = zip(place.steps, values, strict=True)
        return {step.name: math.nan if math.isnan(blank[step.side]) else value for step, value in by_step}

    def to_dict(self, explain: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - read as a word at the call
        """Return the score as plain data, ready for JSON: None stands for NaN.

        Parameters
        ----------
        explain
            Whether to add ``attribution``, ``gain``, ``leverage``, ``unknown`` and ``attainment``, each by step; and
            where the attribution is not exact ``residual``, what it leaves of the gap.

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
        data: dict[str, Any] = {name: nan_to_none(getattr(self, name)) for name in SHOWN}
        if explain:
            for name in ("attribution", "gain", "leverage", "unknown", "attainment"):
                data[name] = nan_to_none(getattr(self, name)())
            if not self.exact:
                data["residual"] = nan_to_none(self.residual)
        return data

    def __repr__(self) -> str:
        shown = (self.low, self.high) if math.isnan(self.desired) else (self.desired,)
        known = f"score {' to '.join(map(points, shown))}"
        return f"<Score {self._place.cell}: {self.state}, {known}, {self.met} of {self.steps} met>"


class RowScorer:
    """Scores customers given as mappings; safe to share between threads, picklable.

    Parameters
    ----------
    compiled
        The model.
    """

    def __init__(self, compiled: Compiled) -> None:
        model, inputs = compiled.model, compiled.model.inputs
        self.compiled = compiled
        declared = (model.segments, model.stages, model.goals)
        self._axes = tuple(axis for axis, there in zip(AXES, declared, strict=True) if there)
        self._names = (*(measure.name for measure in model.measures), *model.columns)
        names = self._names
        self._pick = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
        self._naming = NAMING if inputs is None else NAMING | {inputs.id, *inputs.keep}
        self._doubles = struct.Struct(f"{len(self._names)}d")
        self._cells = {_key([getattr(cell, axis) for axis in self._axes]): n for n, cell in enumerate(model.cells)}
        self._places: dict[Any, Place] = {}
        #: How columns may be called -> those of the axes that there are, and how to find a customer's cell by them.
        self._readers: dict[Names, tuple[tuple[str, ...], Callable[[Mapping[str, Any]], Any]]] = {}

    def score(self, row: Mapping[str, Any], absent: Absent, segment: str, stage: str, goal: str) -> Score:
        """Score one customer; see `Scorer.score_one`."""
        if type(row) is dict and (absent == "missing" or absent == "error"):  # noqa: PLR1714 - the fastest way to say it
            try:
                values = self._pick(row)
                if NUMBERS.issuperset(map(type, values)):
                    place = self._places[self._readers[segment, stage, goal][1](row)]
                    found = place.kernel.complete(values)
                    if found is not None:
                        return Score(place, values, found)
            except (LookupError, TypeError, ArithmeticError):
                pass  # something is absent or no number, or asked for the first time
        return self._carefully(row, absent, (segment, stage, goal))

    @cached_property
    def _blocks(self) -> NumpyBlocks:
        return NumpyBlocks(self.compiled, np.dtype(np.float64), 1)

    def ask(self, ask: Ask, cell: int, values: Sequence[float]) -> list[float]:
        """Explain one customer of a cell: a batch of one; the answers in the order of the cell's steps."""
        columns = tuple(np.array([value], dtype=np.float64) for value in values)
        count = len(self.compiled.model.measures)
        complete = tuple(not math.isnan(value) for value in values[:count])
        batch = Batch(columns[:count], columns[count:], complete, np.array([cell], dtype=np.int32))
        program = self.compiled.programs[self.compiled.program_of[cell]]
        found: list[float] = ask(self._blocks, batch)[0, list(program.steps)].tolist()
        return found

    def _carefully(self, row: Mapping[str, Any], absent: Absent, names: Names) -> Score:
        """Score a customer of whom something is missing, or say all that is wrong."""
        choice("absent", absent, ("missing", "error"))
        if not isinstance(row, Mapping):
            kind, checks = type(row).__name__, Checks("score_one")
            message = f"takes one customer as a mapping, column to value (got {kind})"
            checks.problem("not-a-mapping", message, value=kind)
            checks.done()
        if names not in self._readers:
            columns = tuple(name for axis, name in zip(AXES, names, strict=True) if axis in self._axes)
            self._readers[names] = columns, itemgetter(*columns) if columns else lambda _row: ()
        columns, _ = self._readers[names]
        checks = Checks(f"model {self.compiled.model.name!r} cannot score this customer")
        if absent == "missing":
            self._slips(row, columns, checks)
        strict = absent == "error" and not all(name in row for name in (*columns, *self._names))
        place, values = self._find(row, columns), self._floats(row)
        if place is not None and values is not None and not checks.problems and not strict:
            with contextlib.suppress(ZeroDivisionError):  # a floor of the customer's own is the target
                if (found := place.kernel.score(values)) is not None:
                    return Score(place, values, found)
        return self._examined(row, names, checks, strict=strict)

    def _examined(self, row: Mapping[str, Any], names: Names, checks: Checks, *, strict: bool) -> Score:
        """Treat the customer as a frame of one row, whose rules have the last word."""
        wanted = dict.fromkeys((*self._readers[names][0], *self._names))
        lacking, spare = [name for name in wanted if name not in row], [str(name) for name in row if name not in wanted]
        table = wrap({name: objects([row.get(name)]) for name in wanted})
        prepared = prepare(self.compiled, table, dict(zip(AXES, names, strict=True)), "set_aside")
        for name in lacking if strict else ():
            problem = Problem("missing-column", f"there is no column {name!r}", name, count=1)
            checks.problems.append(_near(problem, spare))
        said = {problem.column for problem in checks.problems}
        for problem in prepared.problems:
            if problem.column not in said:
                here = attrs.evolve(problem, message=problem.message.removesuffix(" (1 row: 0)"), rows=(), count=1)
                checks.problems.append(_near(here, spare) if problem.column in lacking else here)
        checks.done()
        batch = prepared.batch
        place, values = Place(self, int(batch.cells[0])), tuple(float(each[0]) for each in (*batch.columns, *batch.own))
        result = self._blocks.score(batch)
        ends = [part[side, 0].item() for part in (result.point, result.low, result.high) for side in (0, 1)]
        return Score(place, values, (*ends, *result.observed[:, 0].tolist()))

    def _slips(self, row: Mapping[str, Any], columns: tuple[str, ...], checks: Checks) -> None:
        """Note each key that looks like a misspelt measure: read as missing, it would be lost."""
        lacking = tuple(name for name in self._names if name not in row)
        known = {*self._names, *columns, *self._naming} if lacking else ()
        spare = tuple(key for key in row if isinstance(key, str) and key not in known) if lacking else ()
        for key, meant in _meaning(spare, lacking, self._names) if spare else ():
            message = f"there is a column {key!r}, which the model does not know, and no {meant!r}"
            checks.problems.append(_near(Problem("unknown-column", message, key, count=1), [meant]))

    def _find(self, row: Mapping[str, Any], columns: tuple[str, ...]) -> Place | None:
        """Return the place of a customer whose names are given plainly; None where that is for `prepare` to judge."""
        key = _key([row.get(column) for column in columns])
        try:
            cell = self._cells.get(key)
        except TypeError:
            return None
        if cell is not None and key not in self._places:
            self._places[key] = Place(self, cell)
        return None if cell is None else self._places[key]

    def _floats(self, row: Mapping[str, Any]) -> tuple[float, ...] | None:
        """Return the customer's values, NaN where missing; None where that is for `prepare` to judge."""
        values = [row.get(name) for name in self._names]
        if not KNOWN.issuperset(map(type, values)):
            return None
        try:
            return self._doubles.unpack(self._doubles.pack(*[math.nan if v is None else v for v in values]))
        except (struct.error, ValueError, OverflowError):
            return None

    def __reduce__(self) -> Any:
        return _again, (self.compiled.model,)


def _again(model: OutcomeModel) -> RowScorer:
    return RowScorer(compile_model(model))


def _key(parts: list[Any]) -> Any:
    """Return what an itemgetter makes of these parts."""
    return parts[0] if len(parts) == 1 else tuple(parts)


def _near(problem: Problem, names: Sequence[str]) -> Problem:
    """Name the column that may be meant."""
    near = nearest(problem.column, names)
    said = "" if near is None else f" (did you mean {near!r}?)"
    return attrs.evolve(problem, message=problem.message + said, suggestion=near or problem.suggestion)


@functools.lru_cache(maxsize=256)  # rows of one source lack and add the same keys, and comparing text is slow
def _meaning(spare: tuple[str, ...], lacking: tuple[str, ...], names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return each spare key that can hardly mean anything but a name that is lacking, with that name."""

    def slip(key: str, name: str | None) -> bool:
        if not name or nearest(key, names) != name:
            return False
        return difflib.SequenceMatcher(None, key.casefold(), name.casefold()).ratio() >= SLIP

    near = ((key, nearest(key, lacking)) for key in spare)
    return tuple((key, str(name)) for key, name in near if slip(key, name))
