"""The columns of a score, each declared once, and what every score of many customers holds and offers to views."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.errors import DataError, EngineError, Problem
from outcomegap.explanation import Explanation
from outcomegap.frames import Table, wrap
from outcomegap.frames.arrays import locked, plain_values
from outcomegap.listing import Show, counted
from outcomegap.model.check import Subject
from outcomegap.model.model import JoinRule
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
#: One value a customer, or one customer's value.
V = TypeVar("V", Array, float)
At = Literal["point", "low", "high"]
#: What is known of each step of a customer; each step's value, of many customers or by name of one.
StepValue = Literal["attribution", "gain", "leverage", "unknown", "attainment"]
E = TypeVar("E")
#: Which score values by step explain: where that is NaN, they are.
EXPLAINED: dict[StepValue, str] = {"attribution": "{side}_gap", "gain": "desired", "leverage": "desired"}
#: How many overrides a note lists.
LISTED = 5


class computed(Generic[T_co]):  # noqa: N801 - a decorator
    """A property that is worked out once; an array that it is cannot be written to.

    Parameters
    ----------
    make
        What works it out; its name is that of the attribute, and of the column in frames.
    form
        How people read it: a name in `outcomegap.listing.FORMATS`.
    framed
        Whether frames of scores hold it.
    averaged
        Whether groups have its mean over customers with a score.
    heading
        What stands above it in tables that people read.
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


#: Every column of a score, in the order in which frames and dicts hold them.
COLUMNS: dict[str, computed[Any]] = {}


def column(form: str = "", heading: str = "", **said: bool) -> Callable[[Callable[[Any], T]], computed[T]]:
    """Declare a column of a score; its docstring says what it means."""

    def declare(make: Callable[[Any], T]) -> computed[T]:
        found = COLUMNS[make.__name__] = computed(make, form, heading, **said)
        return found

    return declare


class ScoreColumns(ABC, Generic[V, E]):
    """The columns of a score: of many customers (arrays), or of one (plain numbers).

    What makes a score says R and E, their bounds and what is observed; all else follows here.
    """

    @abstractmethod
    def _side(self, side: int, at: At) -> V:
        """Return R (0) or E (1) itself (NaN where too little is known), or its lower or upper bound."""

    @abstractmethod
    def _observed(self, *sides: int) -> V:
        """Return the share of the steps of some sides that are observed."""

    @abstractmethod
    def _joined(self, ask: Callable[[JoinRule, V, V], V], required: V, experience: V) -> V:
        """Ask the rule of each customer's cell that joins R and E."""

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
        """``successful``, ``tolerating``, ``failing``, or ``uncertain`` where that hangs on what is missing."""
        return names_of(self.state_codes)

    @column()
    def point_state(self) -> Any:
        """The state that R and E themselves have; ``uncertain`` where they are unknown."""
        return names_of(self.point_codes)

    @column("points", "score", framed=True, averaged=True)
    def desired(self) -> V:
        """D = R x E, or what the desired outcome's own rule joins them to; NaN where too little is known."""
        return self._joined(lambda rule, r, e: rule.desired(r, e), self.required, self.experience)

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
        """The part of the gap that the required outcome makes: 1 - R, where R and E are joined as a product."""
        return self._joined(lambda rule, r, e: rule.parts(r, e)[0], self.required, self.experience)

    @column("points", framed=True, averaged=True)
    def experience_gap(self) -> V:
        """The part of the gap that the experience makes: R (1 - E), where R and E are joined as a product."""
        return self._joined(lambda rule, r, e: rule.parts(r, e)[1], self.required, self.experience)

    @column("points", framed=True, averaged=True)
    def low(self) -> V:
        """D if everything that is missing turned out to be at its floor."""
        return self._joined(lambda rule, r, e: rule.desired(r, e), self._side(0, "low"), self._side(1, "low"))

    @column("points", framed=True, averaged=True)
    def high(self) -> V:
        """D if everything that is missing turned out to be at its target."""
        return self._joined(lambda rule, r, e: rule.desired(r, e), self._side(0, "high"), self._side(1, "high"))

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
        """Share of the cell's steps that are observed."""
        return self._observed(0, 1)

    @column("percent")
    def required_coverage(self) -> V:
        """Share of the required outcome's steps that are observed."""
        return self._observed(0)

    @column("percent")
    def experience_coverage(self) -> V:
        """Share of the experience's steps that are observed."""
        return self._observed(1)

    @column("count", framed=True)
    @abstractmethod
    def met(self) -> Any:
        """How many steps of the cell are fully attained."""

    @column("count", framed=True)
    @abstractmethod
    def steps(self) -> Any:
        """How many steps the cell has: the 9 of "7 of 9 met"."""

    # Step by step

    @abstractmethod
    def _explain(self, name: StepValue) -> E:
        """Return values by step; NaN where the score is that they explain."""

    def attribution(self) -> E:
        """Split the gap over the steps: the parts sum to it. NaN on a side with too little data.

        Where the score is not `exact`, what the parts leave of the gap stands in ``.residual``.

        Raises
        ------
        EngineError
            If a scorer from outside did not say.
        """
        return self._explain("attribution")

    def leverage(self) -> E:
        """How much D moves with each step's attainment; NaN where D is.

        Raises
        ------
        EngineError
            If the scores are those of a scorer from outside.
        """
        return self._explain("leverage")

    def gain(self) -> E:
        """What D gains if a step alone were fully attained: what the model would score, not what an act causes.

        Raises
        ------
        EngineError
            If a scorer from outside did not say.
        """
        return self._explain("gain")

    def unknown(self) -> E:
        """How much hangs on each missing step: D if it is fully attained less D if it is not; what to ask first.

        Raises
        ------
        EngineError
            If the scores are those of a scorer from outside.
        """
        return self._explain("unknown")

    def attainment(self) -> E:
        """Attainment of each step; NaN where it is missing."""
        return self._explain("attainment")


#: The columns of a frame of scores, and those that groups have means of.
FRAMED = tuple(name for name, each in COLUMNS.items() if each.framed)
AVERAGED = tuple(name for name, each in COLUMNS.items() if each.averaged)


class CustomerColumns(ScoreColumns[Array, Explanation]):
    """Scores of many customers, in the order of the rows: all that groups, worklists, parents and reports need.

    `Scores` has it from a model that was compiled, `OutcomeScores` from what a scorer from outside says.
    """

    #: What was wrong with rows set aside.
    problems: tuple[Problem, ...] = ()
    #: Row -> the `Override` that holds there; those that have expired; the day on which they were looked at.
    overrides: Mapping[int, Override] = MappingProxyType({})
    expired: tuple[Override, ...] = ()
    as_of: date | None = None
    table: Table
    id_column: str | None
    #: What is said of each step.
    says: frozenset[str]
    #: What they were scored by: its name, steps, segments, stages, cells.
    model: Subject
    #: Position of each customer's cell in ``model.cells``; -1 for a row set aside.
    cell: NDArray[np.int32]
    #: Which steps each cell has, shape (cells, steps).
    applies: NDArray[np.bool_]
    #: Whether the parts of the gap sum to it. They may not where a numeric gate is not multilinear.
    exact: bool

    def __len__(self) -> int:
        return len(self.table)

    @abstractmethod
    def step_values(self, rows: Array | None, *what: StepValue) -> Iterator[Array]:
        """Yield what is known of each step of some customers (None: of all), arrays of shape (customers, steps).

        ``attainment`` is NaN where missing; parts of the gap and the rest are there for customers without a score too,
        and NaN where nobody says. Whoever asks may work in the array.
        """

    def observed_steps(self) -> NDArray[np.bool_]:
        """Return which steps are observed, shape (customers, steps)."""
        return ~np.isnan(next(self.step_values(None, "attainment")))

    @abstractmethod
    def readings(self, rows: Array, step: Array) -> Readings:
        """Look up what was read of some customers, for one step each that the customer's cell has (or `NONE`)."""

    @abstractmethod
    def _standing(self, at: At) -> tuple[Array, Array, Array, Array]:
        """Return R and E, or their bounds, and where they count as reached."""

    def mean_states(self, mean: Callable[[Array], Array]) -> Array:
        """Return state codes of a mean of customers; `mean` takes one number a customer and returns their means."""
        ends: tuple[At, At] = ("low", "high")
        sides = ([mean(np.broadcast_to(each, len(self))) for each in self._standing(at)] for at in ends)
        low, high = (state_codes(*each) for each in sides)
        return np.where(low == high, low, np.int8(UNCERTAIN))

    @computed
    def id(self) -> Array:
        """What names each customer: the id column, or the row's position."""
        return np.arange(len(self)) if self.id_column is None else self.table.values(self.id_column)

    @computed
    def met(self) -> NDArray[np.int64]:
        """How many steps of the cell are fully attained."""
        reached = next(self.step_values(None, "attainment"))
        return (reached >= MET).sum(axis=1, dtype=np.int64)  # type: ignore[no-any-return]

    @computed
    def steps(self) -> NDArray[np.int64]:
        """How many steps the cell has: the 9 of "7 of 9 met"."""
        sizes = self.applies.sum(axis=1, dtype=np.int64)
        return np.append(sizes, 0)[self.cell]

    @property
    def explains(self) -> bool:
        """Whether it is known which steps make up the gap."""
        return "attribution" in self.says

    def _explain(self, name: StepValue) -> Explanation:
        if name not in self.says:
            handed = {"attribution": "parts", "gain": "gain"}.get(name)
            do = f"hand {handed}= to og.OutcomeScores" if handed else "only a model, which can score again, knows that"
            raise EngineError(f"scorer {self.model.name!r} does not say {handed or name}; {do}")
        (values,), steps = self.step_values(None, name), self.model.steps
        applies = np.vstack([self.applies, np.zeros((1, len(steps)), dtype=bool)])[self.cell]
        for number, step in enumerate(steps if name in EXPLAINED else ()):
            score: Array = getattr(self, EXPLAINED[name].format(side=step.side))
            values[np.isnan(score) & applies[:, number], number] = np.nan
        values[self.cell < 0] = np.nan
        exact, residual = self.exact or name not in ("attribution", "leverage"), None
        if name == "attribution" and not exact:
            residual = locked(self.gap - values.sum(axis=1))
        names, observed = tuple(step.name for step in steps), locked(self.observed_steps())
        frame, values = self._frame, locked(values)
        return Explanation(name, values, names, observed, locked(applies), frame, exact=exact, residual=residual)

    # What holds, where somebody overrides what is computed

    @property
    def effective_score(self) -> Array:
        """D, or what an override says instead."""
        return locked(effective(self.desired, self.overrides, "score"))

    @property
    def effective_state(self) -> Array:
        """The state, or what an override says instead; None for a row set aside without one."""
        return locked(effective(self.state.astype(object), self.overrides, "state"))

    @property
    def effective_gap(self) -> Array:
        """The gap by what holds; 0 where only a state is known, by an override; NaN where nothing is."""
        gap = 1.0 - self.effective_score
        for row, override in self.overrides.items():
            if override.state is not None and np.isnan(gap[row]):
                gap[row] = 0.0
        return gap

    def order(self, value: str | Array | None = None) -> NDArray[np.int64]:
        """Return row positions in order of need: state, then gap, then value; customers who need data come last.

        Where scores are overridden it is the order of what holds.

        Parameters
        ----------
        value
            A column, or one number a customer, that breaks ties: the larger first.
        """
        if self.overrides:
            return order_of_need(place_of(self.effective_state), self.effective_gap, self.numbers(value))
        return order_of_need(self.state_codes, self.gap, self.numbers(value))

    def override_columns(self, rows: Array | None = None) -> dict[str, Array]:
        """Return what holds and who said so, as columns to show beside what is computed; none without overrides."""
        if self.as_of is None:
            return {}
        wanted: list[int] = (np.arange(len(self)) if rows is None else rows).tolist()
        holds = {name: getattr(self, name)[wanted] for name in ("effective_state", "effective_score")}
        said = {at: self.overrides[row] for at, row in enumerate(wanted) if row in self.overrides}
        return override_columns(said, len(wanted), holds)

    # Columns of the frame

    def to_frame(self) -> Any:
        """Return the scores as the same kind of frame that was scored, a row a customer."""
        return self._frame({name: getattr(self, name) for name in FRAMED} | self.override_columns())

    def _frame(self, columns: dict[str, Any]) -> Any:
        name = self.id_column if self.id_column is not None else "row"
        named = {f"{each} (step)" if each == name else each: values for each, values in columns.items()}
        return self.table.build({name: self.id} | named)

    def named_by(self, column: str) -> Self:
        """Return the same scores, with customers named by another column of the frame.

        Parameters
        ----------
        column
            Its name.

        Raises
        ------
        DataError
            If there is no such column.
        """
        found = copy.copy(self)
        found.id_column, vars(found)["id"] = column, self.table.values(column)
        return found

    def with_columns(self, columns: Mapping[str, Any]) -> Self:
        """Return the same scores with more columns beside those that were scored, to group by, weigh by and keep.

        Parameters
        ----------
        columns
            Name -> one value a customer: a cluster, a band, what came in later.

        Raises
        ------
        DataError
            If a name is no text or stands there already, or a column has another length.

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
            If there is no such column, it holds text, or the array has another length.
        """
        if column is None:
            return None
        name, table = (column, self.table) if isinstance(column, str) else ("value", wrap({"value": column}))
        found = table.floats(name)
        if found.bad is not None:
            raise DataError(f"column {name!r} must hold numbers (got {found.first_bad!r:.60})")
        if len(found.values) != len(self):
            raise DataError(f"one number a customer is needed: {len(self)} of them, not {len(found.values)}")
        return found.values.astype(np.float64, copy=False)

    def kept_columns(self, keep: Sequence[str] | None) -> tuple[str, ...]:
        """Return names of columns to keep: those asked for, or those that the model's inputs keep and that are there.

        Raises
        ------
        DataError
            If one that is asked for is not there.
        """
        if keep is None:
            inputs = self.model.inputs
            return tuple(name for name in (inputs.keep if inputs else ()) if name in self.table.names)
        names = tuple(dict.fromkeys([keep] if isinstance(keep, str) else keep))
        for name in names:
            self.table.series(name)  # it is there
        return names


def with_more(table: Table, columns: Mapping[str, Array]) -> Table:
    """Return a table with more columns."""
    return wrap(table.build({name: table.series(name) for name in table.names} | dict(columns))) if columns else table


def more_columns(table: Table, given: Mapping[str, Any], say: Callable[[str], object]) -> dict[str, Array]:
    """Return columns that can stand beside those of a table, copied; `say` is told what is wrong with others."""
    found: dict[str, Array] = {}
    for name, values in given.items():
        if not isinstance(name, str) or not name.strip():
            say(f"the name of a column is text (got {name!r:.60})")
        elif name in table.names:
            say(f"column {name!r} stands in the frame already; call yours otherwise")
        elif (one := one_column(name, values)) is None or len(one) != len(table):
            got = f"{values!r:.60}" if one is None else f"{len(one)}"
            say(f"column {name!r} is one value for each of {len(table)} customers (got {got})")
        else:
            found[name] = one.values(name).copy()
    return found


def one_column(name: str, value: object) -> Table | None:
    """Read a list, an array or a series as a table of one column; None if it is none."""
    try:
        return wrap({name: value})
    except DataError:
        return None


def override_notes(scores: CustomerColumns, rows: Any = None) -> list[str]:
    """Return lines that say which of some customers (None: of all) are overridden, and which overrides expired."""
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
