"""The columns of a score, each declared once, and the base class of all scores of many customers."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.errors import DataError, EngineError, Problem
from outcomegap.explanation import Explanation
from outcomegap.frames import Table, wrap
from outcomegap.frames.arrays import locked, plain_values
from outcomegap.intake.reader import Reader, read_numbers
from outcomegap.listing import Listing, Show, counted
from outcomegap.model.inputs import Inputs
from outcomegap.model.model import JoinRule, OutcomeModel
from outcomegap.scoring.customers import Readings
from outcomegap.scoring.states import (
    MET,
    UNCERTAIN,
    Override,
    effective,
    names_of,
    order_of_need,
    override_columns,
    place_of,
    state_codes,
)

if TYPE_CHECKING:
    from datetime import date

Array = NDArray[Any]
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
#: One value for each customer, or one customer's value.
V = TypeVar("V", Array, float)
At = Literal["point", "low", "high"]
#: The values by step of many customers, or of one by name.
StepValue = Literal["attribution", "gain", "leverage", "unknown", "attainment"]
E = TypeVar("E")
#: The score that each kind of values by step explains; where that score is NaN, they are NaN.
EXPLAINED: dict[StepValue, str] = {"attribution": "{side}_gap", "gain": "desired", "leverage": "desired"}
#: The columns that only models have in which weights of AnyOf keep something out of reach.
OUT_OF_REACH = ("required_out_of_reach", "experience_out_of_reach", "out_of_reach")
#: How many overrides a note lists.
LISTED = 5


class computed(Generic[T_co]):  # noqa: N801 - a decorator
    """A property that is computed once; if it is an array, the array is read-only.

    Parameters
    ----------
    make
        The function that computes it. Its name is the name of the attribute, and of the column in frames.
    form
        Its format for people: a name in `outcomegap.listing.FORMATS`.
    framed
        Whether frames of scores have it.
    averaged
        Whether groups have its mean over customers with a score.
    heading
        Its heading in tables for people.
    """

    def __init__(
        self,
        make: Callable[[Any], T_co],
        form: str = "",
        heading: str = "",
        *,
        framed: bool = False,
        averaged: bool = False,
    ) -> None:
        self._make, self.name, self.__doc__ = make, make.__name__, make.__doc__
        self.framed, self.averaged, self.form = framed, averaged, form
        self.show = Show(heading or self.name.replace("_", " "), self.name, form or None)
        self.__isabstractmethod__ = getattr(make, "__isabstractmethod__", False)

    @overload
    def __get__(self, scores: None, owner: type) -> computed[T_co]: ...
    @overload
    def __get__(self, scores: object, owner: type) -> T_co: ...
    def __get__(self, scores: object | None, owner: type) -> computed[T_co] | T_co:
        if scores is None:
            return self
        found: Any = self._make(scores)
        if isinstance(found, np.ndarray):
            found = locked(found)
        scores.__dict__[self.name] = found
        return found  # type: ignore[no-any-return]


#: Every column of a score, in the order of frames and dicts.
COLUMNS: dict[str, computed[Any]] = {}


def column(form: str = "", heading: str = "", **said: bool) -> Callable[[Callable[[Any], T]], computed[T]]:
    """Declare a column of a score; its docstring gives its meaning."""

    def declare(make: Callable[[Any], T]) -> computed[T]:
        found = COLUMNS[make.__name__] = computed(make, form, heading, **said)
        return found

    return declare


class ScoreColumns(ABC, Generic[V, E]):
    """The columns of a score: of many customers (arrays), or of one (plain numbers).

    A subclass gives R and E, their bounds and what is observed; everything else is computed here.
    """

    @abstractmethod
    def _side(self, side: int, at: At) -> V:
        """Return R (0) or E (1) itself (NaN where too little is known), or its lower or upper bound."""

    @abstractmethod
    def _observed(self, *sides: int) -> V:
        """Return the share of steps that are observed, on some sides."""

    @abstractmethod
    def _joined(self, ask: Callable[[JoinRule, V, V], V], required: V, experience: V) -> V:
        """Apply the join of each customer's cell to R and E."""

    @property
    def limited(self) -> bool:
        """Whether weights of AnyOf may keep a part of the gap out of reach."""
        return False

    def _beyond(self, side: int) -> V:
        """Return how much R (0) or E (1) lacks of 1 if every step is attained; NaN where it is unknown."""
        return 0.0 * self._side(side, "point")

    def having(self, names: Iterable[str]) -> list[str]:
        """Return names of columns; those of what is out of reach only where something may be."""
        return [name for name in names if self.limited or name not in OUT_OF_REACH]

    def _desired_at(self, required: V, experience: V) -> V:
        return self._joined(lambda rule, r, e: rule.desired(r, e), required, experience)

    @property
    @abstractmethod
    def state_codes(self) -> Any:
        """Position of the state in `STATES`; -1 for a row set aside."""

    @property
    @abstractmethod
    def point_codes(self) -> Any:
        """Position in `STATES` of the state that R and E themselves have; -1 for a row set aside."""

    @column(framed=True)
    def state(self) -> Any:
        """``successful``, ``tolerating``, ``failing``, or ``uncertain`` if it depends on what is missing."""
        return names_of(self.state_codes)

    @column()
    def point_state(self) -> Any:
        """The state of R and E themselves; ``uncertain`` where they are unknown."""
        return names_of(self.point_codes)

    @column("points", "score", framed=True, averaged=True)
    def desired(self) -> V:
        """D = R x E, or what the desired outcome's own join makes of them; NaN where too little is known."""
        return self._desired_at(self.required, self.experience)

    @column("points", framed=True, averaged=True)
    def gap(self) -> V:
        """The distance from the desired outcome, 1 - D."""
        return 1.0 - self.desired

    @column("points", framed=True, averaged=True)
    def required(self) -> V:
        """R, how far the required outcome is attained, in [0, 1]; NaN where too little is known."""
        return self._side(0, "point")

    @column("points", framed=True, averaged=True)
    def experience(self) -> V:
        """E, how far the appropriate experience is attained, in [0, 1]; NaN where too little is known."""
        return self._side(1, "point")

    @column("points", framed=True, averaged=True)
    def required_gap(self) -> V:
        """The required outcome's part of the gap: 1 - R, if R and E are joined as a product."""
        return self._joined(lambda rule, r, e: rule.parts(r, e)[0], self.required, self.experience)

    @column("points", framed=True, averaged=True)
    def experience_gap(self) -> V:
        """The experience's part of the gap: R (1 - E), if R and E are joined as a product."""
        return self._joined(lambda rule, r, e: rule.parts(r, e)[1], self.required, self.experience)

    @column("points", framed=True)
    def required_out_of_reach(self) -> V:
        """The part of `required_gap` that weights of AnyOf keep out of reach: 1 - R if every step were attained."""
        return self._joined(lambda rule, r, e: rule.scales(r, e)[0], self.required, self.experience) * self._beyond(0)

    @column("points", framed=True)
    def experience_out_of_reach(self) -> V:
        """The part of `experience_gap` that weights of AnyOf keep out of reach: R times that of E, for a product."""
        return self._joined(lambda rule, r, e: rule.scales(r, e)[1], self.required, self.experience) * self._beyond(1)

    @column("points", framed=True, averaged=True)
    def out_of_reach(self) -> V:
        """The part of the gap that is no step's: it and the parts of the steps sum to the gap."""
        return self.required_out_of_reach + self.experience_out_of_reach

    @column("points", framed=True, averaged=True)
    def low(self) -> V:
        """D if everything missing were at its floor."""
        return self._desired_at(self._side(0, "low"), self._side(1, "low"))

    @column("points", framed=True, averaged=True)
    @abstractmethod
    def high(self) -> Any:
        """D if everything missing were at its target, or D itself if that is more."""

    @column("points")
    def required_low(self) -> V:
        """R if everything missing were at its floor."""
        return self._side(0, "low")

    @column("points")
    def required_high(self) -> V:
        """R if everything missing were at its target."""
        return self._side(0, "high")

    @column("points")
    def experience_low(self) -> V:
        """E if everything missing were at its floor."""
        return self._side(1, "low")

    @column("points")
    def experience_high(self) -> V:
        """E if everything missing were at its target."""
        return self._side(1, "high")

    @column("percent", "data present", framed=True)
    def coverage(self) -> V:
        """The share of the cell's steps that are observed."""
        return self._observed(0, 1)

    @column("percent")
    def required_coverage(self) -> V:
        """The share of the required outcome's steps that are observed."""
        return self._observed(0)

    @column("percent")
    def experience_coverage(self) -> V:
        """The share of the experience's steps that are observed."""
        return self._observed(1)

    @column("count", framed=True)
    @abstractmethod
    def met(self) -> Any:
        """The number of steps in the cell that are fully attained."""

    @column("count", framed=True)
    @abstractmethod
    def steps(self) -> Any:
        """The number of steps in the cell: the 9 of "7 of 9 met"."""

    # Step by step

    @abstractmethod
    def _explain(self, name: StepValue) -> E:
        """Return values by step; NaN where the score that they explain is NaN."""

    def attribution(self) -> E:
        """Split the gap over the steps: the parts sum to the gap. They are NaN on a side with too little data.

        Where weights of AnyOf keep something `out_of_reach`, the parts and that sum to the gap. If the score is not
        `exact`, ``.residual`` holds the part of the gap that the steps leave.

        Raises
        ------
        EngineError
            If the scores come from a scorer from outside that gave no parts.
        """
        return self._explain("attribution")

    def leverage(self) -> E:
        """Return how much D moves with each step's attainment; NaN where D is NaN.

        Raises
        ------
        EngineError
            If a scorer from outside made the scores.
        """
        return self._explain("leverage")

    def gain(self) -> E:
        """Return what D gains if a step alone is fully attained: what the model says, not what an act causes.

        Raises
        ------
        EngineError
            If the scores come from a scorer from outside that gave no gains.
        """
        return self._explain("gain")

    def unknown(self) -> E:
        """Return for each missing step D with it fully attained minus D with it not attained: what to find out first.

        Raises
        ------
        EngineError
            If a scorer from outside made the scores.
        """
        return self._explain("unknown")

    def attainment(self) -> E:
        """Return the attainment of each step; NaN where it is missing."""
        return self._explain("attainment")


#: The columns of a frame of scores, and those that groups average.
FRAMED = tuple(name for name, each in COLUMNS.items() if each.framed)
AVERAGED = tuple(name for name, each in COLUMNS.items() if each.averaged)


class CustomerColumns(ScoreColumns[Array, Explanation]):
    """Scores of many customers, in the order of the rows: all that groups, worklists, parents and reports need.

    `Scores` fills it from a compiled model, `OutcomeScores` from the arrays of a scorer from outside.
    """

    #: The problems of rows that were set aside.
    problems: tuple[Problem, ...] = ()
    #: What is told of the data and sets nobody aside.
    notes: tuple[str, ...] = ()
    #: Row -> the `Override` in effect there; the expired ones; the day on which they were applied.
    overrides: Mapping[int, Override] = MappingProxyType({})
    expired: tuple[Override, ...] = ()
    as_of: date | None = None
    #: What was said of the customers' tables when they were read; None if a frame was scored.
    reading: Listing | None = None
    table: Table
    id_column: str | None
    #: The values by step that exist.
    says: frozenset[str]
    #: The model or outline: its name, steps, segments, stages, cells.
    model: OutcomeModel
    #: Position of each customer's cell in ``model.cells``; -1 for a row set aside.
    cell: NDArray[np.int32]
    #: The steps of each cell, shape (cells, steps).
    applies: NDArray[np.bool_]
    #: Whether the parts sum to the gap. A numeric gate that is not multilinear can prevent that.
    exact: bool

    def __len__(self) -> int:
        return len(self.table)

    @abstractmethod
    def step_values(self, rows: Array | None, *what: StepValue) -> Iterator[Array]:
        """Yield values by step of some customers (None: of all), as arrays of shape (customers, steps).

        ``attainment`` is NaN where missing. Parts of the gap and the other values exist for customers without a score
        too; they are NaN if nobody gives them. The caller may overwrite the arrays.
        """

    def observed_steps(self) -> NDArray[np.bool_]:
        """Return which steps are observed, shape (customers, steps)."""
        return ~np.isnan(next(self.step_values(None, "attainment")))

    @abstractmethod
    def readings(self, rows: Array, step: Array) -> Readings:
        """Return the values that were read for some customers, for one step each of the customer's cell (or `NONE`)."""

    @abstractmethod
    def _standing(self, at: At) -> tuple[Array, Array, Array, Array]:
        """Return R and E, or their bounds, and the thresholds from which they count as reached."""

    def mean_states(self, mean: Callable[[Array], Array]) -> Array:
        """Return state codes of a mean of customers; `mean` takes one number for each customer and returns means."""
        ends: tuple[At, At] = ("low", "high")
        sides = ([mean(np.broadcast_to(each, len(self))) for each in self._standing(at)] for at in ends)
        low, high = (state_codes(*each) for each in sides)
        return np.where(low == high, low, np.int8(UNCERTAIN))

    @computed
    def id(self) -> Array:
        """The id of each customer: the id column, or the row's position."""
        return np.arange(len(self)) if self.id_column is None else self.table.values(self.id_column)

    @computed
    def met(self) -> NDArray[np.int64]:
        """The number of steps in the cell that are fully attained."""
        reached = next(self.step_values(None, "attainment"))
        return (reached >= MET).sum(axis=1, dtype=np.int64)  # type: ignore[no-any-return]

    @computed
    def steps(self) -> NDArray[np.int64]:
        """The number of steps in the cell: the 9 of "7 of 9 met"."""
        sizes = self.applies.sum(axis=1, dtype=np.int64)
        return np.append(sizes, 0)[self.cell]

    @property
    def explains(self) -> bool:
        """Whether it is known which steps make up the gap."""
        return "attribution" in self.says

    def _explain(self, name: StepValue) -> Explanation:
        if name not in self.says:
            handed = {"attribution": "parts", "gain": "gain"}.get(name)
            do = f"pass {handed}= to og.OutcomeScores" if handed else "score with an og.Scorer, whose model knows it"
            raise EngineError(f"scorer {self.model.name!r} does not give {handed or name}; {do}")
        (values,), steps = self.step_values(None, name), self.model.steps
        scores = {step.side: EXPLAINED[name].format(side=step.side) for step in steps if name in EXPLAINED}
        unknown = {side: np.flatnonzero(np.isnan(getattr(self, score))) for side, score in scores.items()}
        for number, step in enumerate(steps if name in EXPLAINED else ()):
            rows = unknown[step.side]
            values[rows[self._applying[self.cell[rows], number]], number] = np.nan
        values[np.flatnonzero(self.cell < 0)] = np.nan
        exact, residual = self.exact or name not in ("attribution", "leverage"), None
        if name == "attribution" and not exact:
            residual = locked(self.gap - (self.out_of_reach if self.limited else 0.0) - values.sum(axis=1))
        names = tuple(step.name for step in steps)
        return Explanation(
            name,
            locked(values),
            names,
            lambda: locked(self.observed_steps()),
            lambda: locked(self._applying[self.cell]),
            self._frame,
            exact=exact,
            residual=residual,
        )

    @computed
    def _applying(self) -> NDArray[np.bool_]:
        """Which steps each cell has, and last that a row without a cell has none."""
        return np.vstack([self.applies, np.zeros((1, self.applies.shape[1]), dtype=bool)])

    # Values in effect, where an override replaces the computed ones

    @property
    def effective_score(self) -> Array:
        """D, or the override's score instead."""
        return locked(effective(self.desired, self.overrides, "score"))

    @property
    def effective_state(self) -> Array:
        """The state, or the override's state instead; None for a row set aside without an override."""
        return locked(effective(self.state.astype(object), self.overrides, "state"))

    @property
    def effective_gap(self) -> Array:
        """The gap in effect; 0 where only a state is known, by an override; NaN where nothing is known."""
        gap = 1.0 - self.effective_score
        for row, override in self.overrides.items():
            if override.state is not None and np.isnan(gap[row]):
                gap[row] = 0.0
        return gap

    def order(self, value: str | Array | None = None) -> NDArray[np.int64]:
        """Return row positions in order of need: state, then gap, then value; customers who need data come last.

        Overridden values count instead of computed ones.

        Parameters
        ----------
        value
            A column, or one number for each customer. It breaks ties: the larger comes first.
        """
        return order_of_need(*self.need, self.numbers(value))

    @property
    def need(self) -> tuple[Array, Array]:
        """The states and gaps, those in effect, that the order of need goes by."""
        if self.overrides:
            return place_of(self.effective_state), self.effective_gap
        return self.state_codes, self.gap

    def override_columns(self, rows: Array | None = None) -> dict[str, Array]:
        """Return the values in effect and their overrides as columns for people; none without overrides."""
        if self.as_of is None:
            return {}
        wanted: list[int] = (np.arange(len(self)) if rows is None else rows).tolist()
        holds = {name: getattr(self, name)[wanted] for name in ("effective_state", "effective_score")}
        said = {at: self.overrides[row] for at, row in enumerate(wanted) if row in self.overrides}
        return override_columns(said, len(wanted), holds)

    # Columns of the frame

    def to_frame(self) -> Any:
        """Return the scores as the same kind of frame that was scored, one row for each customer."""
        return self.table.build(self.framed())

    def framed(self) -> dict[str, Array]:
        """Return the columns of `to_frame`; the first names the customers."""
        return self._named({name: getattr(self, name) for name in self.having(FRAMED)} | self.override_columns())

    def _frame(self, columns: dict[str, Any]) -> Any:
        return self.table.build(self._named(columns))

    def _named(self, columns: dict[str, Any]) -> dict[str, Any]:
        name = self.id_column if self.id_column is not None else "row"
        return {name: self.id} | {f"{each} (step)" if each == name else each: of for each, of in columns.items()}

    def named_by(self, column: str) -> Self:
        """Return the same scores, with customers named by another column of the frame.

        Parameters
        ----------
        column
            The name of that column.

        Raises
        ------
        DataError
            If there is no such column.
        """
        found = copy.copy(self)
        found.id_column, vars(found)["id"] = column, self.table.values(column)
        return found

    def with_reading(self, reading: Listing | None) -> Self:
        """Return the same scores with the report of how the customers were read, for the page to show.

        Parameters
        ----------
        reading
            The ``report`` of `outcomegap.read_customers`.
        """
        found = copy.copy(self)
        found.reading = reading
        return found

    def with_columns(self, columns: Mapping[str, Any]) -> Self:
        """Return the same scores with more columns, to group by, weigh by and keep.

        Parameters
        ----------
        columns
            Name -> one value for each customer: a cluster, a band, later data.

        Raises
        ------
        DataError
            If a name is not text or is already used, or a column has another length.

        Examples
        --------
        >>> import outcomegap as og
        >>> model = og.gallery.load("email-marketing")
        >>> scores = og.Scorer(model).score(og.simulate(model, 60, seed=1, missing=0))
        >>> band = ["0-50" if points <= 50 else "51-100" for points in 100 * scores.desired]
        >>> [group.name for group in scores.with_columns({"band": band}).by("band")]
        ['0-50', '51-100']
        """
        checks, more = Checks("with_columns"), copy.copy(self)
        found = more_columns(self.table, columns, lambda message: checks.problem("columns", message))
        checks.done()
        more.table = with_more(self.table, found)
        return more

    def numbers(self, column: str | Any | None) -> NDArray[np.float64] | None:
        """Return a column of the scored frame, or an array, as numbers; None stays None.

        Raises
        ------
        DataError
            If there is no such column, it holds what is no number, or the array has another length. Text is read with
            the marks and the missing codes of the model's inputs, if it has any.
        """
        if column is None:
            return None
        name, table = (column, self.table) if isinstance(column, str) else ("value", wrap({"value": column}))
        found = table.floats(name)
        values = found.values
        if found.bad is not None:
            inputs = self.model.inputs
            read = read_numbers(table, name, Reader.of(None, inputs or Inputs()))
            checks = Checks("value or weight", names=lambda: plain_values(self.id))
            said = f"column {name!r} must hold numbers, or keep must say how it is read"
            read.note(checks.problem, name, said if inputs else f"column {name!r} must hold numbers")
            if inputs is None and not checks.problems:
                message = f"column {name!r} holds text: {found.first_bad!r:.60}"
                checks.problem("not-a-number", message, name, found.first_bad, rows=found.bad)
            checks.done()
            values = read.values
        if len(values) != len(self):
            raise DataError(f"give one number for each customer: {len(self)} numbers, not {len(values)}")
        return values.astype(np.float64, copy=False)

    def kept_columns(self, keep: Sequence[str] | None) -> tuple[str, ...]:
        """Return the columns to keep: `keep`, or by default those that the model's inputs keep and the frame has.

        Raises
        ------
        DataError
            If a column in `keep` does not exist.
        """
        if keep is None:
            inputs = self.model.inputs
            return tuple(name for name in (inputs.keep if inputs else ()) if name in self.table.names)
        names = tuple(dict.fromkeys([keep] if isinstance(keep, str) else keep))
        for name in names:
            self.table.series(name)  # raises if it does not exist
        return names


def with_more(table: Table, columns: Mapping[str, Array]) -> Table:
    """Return a table with more columns."""
    return wrap(table.build({name: table.series(name) for name in table.names} | dict(columns))) if columns else table


def more_columns(table: Table, given: Mapping[str, Any], say: Callable[[str], object]) -> dict[str, Array]:
    """Return copies of columns that can be added to a table; `say` receives a message for each one that cannot."""
    found: dict[str, Array] = {}
    for name, values in given.items():
        if not isinstance(name, str) or not name.strip():
            say(f"the name of a column must be text (got {name!r:.60})")
        elif name in table.names:
            say(f"the frame already has a column {name!r}; give yours another name")
        elif (one := one_column(name, values)) is None or len(one) != len(table):
            got = f"{values!r:.60}" if one is None else f"{len(one)}"
            say(f"column {name!r} must have one value for each of {len(table)} customers (got {got})")
        else:
            found[name] = one.values(name).copy()
    return found


def one_column(name: str, value: object) -> Table | None:
    """Read a list, an array or a series as a table of one column; None for anything else."""
    try:
        return wrap({name: value})
    except DataError:
        return None


def override_notes(scores: CustomerColumns, rows: Any = None) -> list[str]:
    """Return notes: which of some customers (None: of all) are overridden, and how many overrides expired."""
    among = {row: said for row, said in scores.overrides.items() if rows is None or rows[row]}
    notes = []
    if among:
        who = counted(len(among), "customer is", "customers are")
        notes.append(f"{who} overridden at {scores.as_of}; means, states and gaps above are as computed.")
        names = plain_values(scores.id[list(among)[:LISTED]])
        notes += [
            f"  {name} (computed: {scores.state[row] or 'set aside'}): {override}"
            for name, (row, override) in zip(names, among.items(), strict=False)
        ]
        notes += [f"  ... and {len(among) - LISTED:,} more."] if len(among) > LISTED else []
    if scores.expired and rows is None:
        notes.append(f"Expired and ignored: {counted(len(scores.expired), 'override')}.")
    return notes
