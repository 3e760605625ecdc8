"""Scores that a scorer from outside makes, out of arrays: checked, and asked like any others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, number_of
from outcomegap.errors import DataError
from outcomegap.frames import Table, wrap
from outcomegap.frames.arrays import floats_of_array
from outcomegap.model.check import Outline
from outcomegap.model.model import PRODUCT, JoinRule
from outcomegap.scoring.columns import FRAMED, At, StepValue, beside, computed, more_columns, one_column
from outcomegap.scoring.customers import NONE, Readings, read_frame
from outcomegap.scoring.outcome_scorer import outline_of
from outcomegap.scoring.scores import CustomerScores
from outcomegap.scoring.states import STATES, TOLERANCE, UNCERTAIN, Codes, state_codes

Array = NDArray[Any]
SIDES = ("required", "experience")
ENDS: tuple[At, At] = ("low", "high")
#: What the parts are called among what scores say of each step.
CALLED = {"parts": "attribution"}
#: How far numbers may be from what they must be.
SLACK = 1e-9


class OutcomeScores(CustomerScores):
    """Scores of a scorer of your own; its `score` makes them out of arrays, and they are asked like `Scores`.

    `by`, `worklist`, `order`, `roll_up`, `with_overrides`, `to_frame` and `outcomegap.report` work on them, as
    far as what was said goes: without `parts` nobody knows which steps make up a gap, and the views say so.

    Parameters
    ----------
    scorer
        The `OutcomeScorer`: its name, steps, segments and stages.
    customers
        The frame that was scored.
    desired
        D, in [0, 1], one number a customer; NaN where too little is known ("need data").
    required, experience
        R and E, in [0, 1], if the scorer knows the two apart.
    low, high
        What D can turn out to be. By default D itself where no step is missing, not known (NaN) where one is, and 0
        and 1 where D is NaN.
    state
        One of ``"failing"``, ``"tolerating"``, ``"uncertain"``, ``"successful"`` a customer. By default it is told
        from R and E (docs/meaning, clause 2.6); without them from D alone: successful from `achieved_at` on, failing
        below, and uncertain where `low` and `high` differ in that. They say nothing of R and E: where it hangs on what
        is missing of these, say so with this argument. Where states are said, that of a parent (`roll_up`) is sure
        only if all its children are in one state.
    attainment
        Shape (customers, steps), in [0, 1], NaN where missing. By default read off the frame (see `attainments`).
    parts
        Shape (customers, steps): how much of the gap each step makes.
    gain
        Shape (customers, steps): what D gains if the step alone is fully attained.
    exact
        Whether the parts sum to the gap. If they are not meant to, say False: what they leave is reported.
    columns
        Columns of your own, such as points or a band: one value a customer. They stand in `to_frame` (as ``"desired
        (column)"`` where a score bears that name), and can be grouped by, weighed by and kept.
    achieved_at, appropriate_at
        Where R (or D) and E count as reached.
    segment, stage, id
        What those columns are called; the id is by default ``"customer"`` or ``"id"`` if there.

    Raises
    ------
    ModelError
        If the scorer lacks a piece, or an array breaks a rule; all at once.
    DataError
        If the frame lacks a column, or holds what cannot be.

    Examples
    --------
    >>> import outcomegap as og
    >>> class Points:
    ...     name, steps = "points", []
    ...     def score(self, customers):
    ...         points = [80.0, 20.0]
    ...         return OutcomeScores(self, customers, desired=[p / 100 for p in points], columns={"points": points})
    >>> scores = Points().score({"customer": ["Acme", "Beta"], "plan": ["pro", "pro"]})
    >>> scores.state.tolist(), scores.by("plan")["pro"].desired, scores.to_frame()["points"].tolist()
    (['successful', 'failing'], 0.5, [80.0, 20.0])
    """

    def __init__(
        self,
        scorer: object,
        customers: object,
        *,
        desired: object,
        required: object = None,
        experience: object = None,
        low: object = None,
        high: object = None,
        state: object = None,
        attainment: object = None,
        parts: object = None,
        gain: object = None,
        exact: bool = True,
        columns: Mapping[str, Any] | None = None,
        achieved_at: float = 0.5,
        appropriate_at: float = 0.5,
        segment: str = "segment",
        stage: str = "stage",
        id: str | None = None,  # noqa: A002 - as in Scorer.score
    ) -> None:
        self.model: Outline = outline_of(scorer)
        self.scorer = scorer
        self.applies = np.ones((len(self.model.cells), len(self.model.steps)), dtype=bool)
        table, checks = wrap(customers), Checks(f"scorer {self.model.name!r} cannot score this frame")
        if id is not None and (lacking := table.require([id])):
            raise DataError.all(checks.what, lacking)
        given = ArrayValidator(self.model, table)
        one, by_step = (len(table),), (len(table), len(self.model.steps))
        maybe = {"required": required, "experience": experience, "low": low, "high": high}
        listed = {"desired": desired} | {name: said for name, said in maybe.items() if said is not None}
        self._columns = {name: given.numbers(name, said, one) for name, said in listed.items()}
        self._desired = self._columns["desired"]
        steps = {"attainment": attainment, "parts": parts, "gain": gain}
        self._steps: dict[str, Array] = {
            CALLED.get(name, name): given.numbers(name, said, by_step, share=name == "attainment")
            for name, said in steps.items()
            if said is not None
        }
        self._said = None if state is None else given.states(state)
        self._at = given.threshold("achieved_at", achieved_at), given.threshold("appropriate_at", appropriate_at)
        self._own = given.columns(columns or {})
        self.exact = not given.checks.findings and given.consistent(self._columns, self._steps, exact=exact)
        given.checks.done()
        strict = attainment is None
        self._customers = read_frame(self.model, table, {"segment": segment, "stage": stage}, checks, strict=strict)
        if strict and not checks.problems:
            self._customers.check_bounds(checks, self.applies)
        checks.done()
        self._steps.setdefault("attainment", self._customers.attainment())
        self.cell, self.says = self._customers.cells, frozenset(self._steps)
        self.table = beside(table, self._own)
        self.id_column = id if id is not None else next((n for n in ("customer", "id") if n in table.names), None)

    def __repr__(self) -> str:
        return f"<OutcomeScores of {len(self)} customers by {self.model.name!r}>"

    # The columns

    @computed
    def desired(self) -> Array:
        """D, as the scorer said."""
        return self._desired

    @computed
    def required_gap(self) -> Array:
        """The parts of functions and gaps; without parts 1 - R, where D is R x E or the weaker one; else NaN."""
        return self._side_gap("required", 1.0 - self.required)

    @computed
    def experience_gap(self) -> Array:
        """The parts of expectations; without parts the rest of the gap, as `required_gap`; else NaN."""
        return self._side_gap("experience", self.gap - (1.0 - self.required))

    @computed
    def low(self) -> Array:
        """The least that D can turn out to be; NaN where steps are missing and the scorer did not say."""
        return self._bound("low", 0.0)

    @computed
    def high(self) -> Array:
        """The most that D can turn out to be; NaN where steps are missing and the scorer did not say."""
        return self._bound("high", 1.0)

    @computed
    def state_codes(self) -> Codes:
        """Position of the state in `STATES`, the order of need."""
        if self._said is not None or self._both:
            return self.point_codes
        low, high = (state_codes(*self._sides_at(at)) for at in ENDS)
        return np.where(low == high, self.point_codes, np.int8(UNCERTAIN))

    @computed
    def point_codes(self) -> Codes:
        """Position in `STATES` of the state of the point values; as the scorer said, where it said states."""
        return state_codes(*self._sides_at("point")) if self._said is None else self._said

    def _sides_at(self, at: At) -> tuple[Array, Array, Any, Any]:
        """Return R and E, and where they count as reached; where only D is said, it stands for R, and all have E."""
        if self._both:
            return self._side(0, at), self._side(1, at), *self._at
        bound = self._desired if at == "point" else getattr(self, at)
        return np.where(np.isnan(bound), self._desired, bound), np.ones(len(self)), self._at[0], 0.0

    def _side(self, side: int, at: At) -> Array:
        found = self._columns.get(SIDES[side], np.full(len(self), np.nan))
        return found if at == "point" else np.where(np.isnan(found), float(at == "high"), found)

    def _observed(self, *sides: int) -> Array:
        of = [number for number, step in enumerate(self.model.steps) if SIDES.index(step.side) in sides]
        if not of:
            return (~np.isnan(self._desired)).astype(np.float64)
        found: Array = self.observed_steps()[:, of].mean(axis=1)
        return found

    def _joined(self, ask: Callable[[JoinRule, Array, Array], Array], required: Array, experience: Array) -> Array:
        return ask(PRODUCT, required, experience)

    def _bound(self, name: str, end: float) -> Array:
        missing = np.isnan(self._steps["attainment"]).any(axis=1)
        found = np.where(np.isnan(self._desired), end, np.where(missing, np.nan, self._desired))
        return self._columns.get(name, found)

    def _side_gap(self, side: str, rest: Array) -> Array:
        parts = self._steps.get("attribution")
        if parts is not None:
            of_side = np.array([step.side == side for step in self.model.steps], dtype=bool)
            return np.where(np.isnan(self._desired), np.nan, parts[:, of_side].sum(axis=1))
        r, e = self.required, self.experience
        rules = (r * e, np.minimum(r, e)) if self._both else ()
        known = any((np.abs(np.nan_to_num(self._desired - rule)) <= SLACK).all() for rule in rules)
        return rest if known else np.full(len(self), np.nan)

    @property
    def _both(self) -> bool:
        """Whether the scorer said R and E."""
        return self._columns.keys() >= set(SIDES)

    def mean_states(self, mean: Callable[[Array], Array]) -> Array:
        """Return state codes of a mean of customers; of states that were said, the one that all are in."""
        if self._said is not None:  # by a rule that only the scorer knows: sure where all are in one state
            each = np.array([mean((self._said == code).astype(np.float64)) for code in range(len(STATES))])
            return np.where(each.max(axis=0) >= 1.0 - TOLERANCE, each.argmax(axis=0), UNCERTAIN)
        sides = (self._sides_at(at) for at in ENDS)
        least, most = (state_codes(mean(required), mean(experience), *at) for required, experience, *at in sides)
        return np.where(least == most, least, np.int8(UNCERTAIN))

    # Step by step, and frames

    def step_values(self, rows: Array | None, *what: StepValue) -> Iterator[Array]:
        """Yield what the scorer said of each step; parts and gains are 0 for customers without a score."""
        some = np.arange(len(self)) if rows is None else rows
        scored, reached = ~np.isnan(self._desired[some])[:, None], self._steps["attainment"][some]
        for each in what:
            if each == "attainment":
                yield reached.copy()
            elif each in self._steps:
                yield np.where(scored, self._steps[each][some], 0.0)
            else:
                yield np.where(np.isnan(reached) | (each != "unknown"), np.nan, 0.0)

    def readings(self, rows: Array, step: Array) -> Readings:
        """Look up what was read of some customers, for one step each, or `NONE`."""
        found = self._customers.readings(rows, step)
        known = step != NONE
        known[known] = ~np.isnan(self._steps["attainment"][rows[known], step[known]])
        absent = found.absent.copy()
        absent[known] = None
        return attrs.evolve(found, absent=absent)

    def to_frame(self) -> Any:
        """Return the scores as the same kind of frame that was scored, a row a customer, and columns of your own."""
        columns = {name: getattr(self, name) for name in FRAMED}
        told = self.override_columns()
        taken = {"row" if self.id_column is None else self.id_column, *columns, *told}
        for name, values in self._own.items():
            called = name
            while called in taken or (called != name and called in self._own):
                called += " (column)"
            columns[called] = values
        return self._frame(columns | told)


@attrs.frozen(eq=False)
class ArrayValidator:
    """Looks at arrays of a scorer from outside one by one; every rule that they break is told at once.

    Its rules are ``numbers``, ``shape``, ``index``, ``range``, ``bounds``, ``states``, ``parts``, ``gain``,
    ``columns``, ``threshold``.

    Parameters
    ----------
    outline
        What the scorer says of itself.
    table
        The customers; where they have an index (pandas), a series of another index is refused.
    """

    outline: Outline
    table: Table
    checks: Checks = attrs.field(init=False)

    @checks.default
    def _checks(self) -> Checks:
        where = f"scorer {self.outline.name!r}"
        return Checks(f"{where} made what cannot be", where)

    def _broken(self, rule: str, message: str, bad: Array, **said: Array) -> None:
        """Note a broken rule: of the values that break it, the first is named, and what is `said` there."""
        if bad.any():
            row, *step = (int(place) for place in np.argwhere(bad)[0])
            of = f", of {self.outline.steps[step[0]].name!r}" if step else ""
            there = ((name, values[row, *step] if values.ndim > 1 else values[row]) for name, values in said.items())
            shown = ": " + ", ".join(f"{name} {value:.9g}".strip() for name, value in there) if said else ""
            self.checks.finding(rule, "", f"{message}{shown} in row {row}{of} ({int(bad.sum())} in all)")

    def numbers(self, name: str, value: object, shape: tuple[int, ...], *, share: bool = True) -> Array:
        """Return a copy of numbers of a shape, NaN where not known; a `share` lies in [0, 1]."""
        wanted = f"one number a customer{' and step' if len(shape) > 1 else ''}"
        self._aligned(name, value)
        masked = np.ma.filled(value.astype(np.float64), np.nan) if isinstance(value, np.ma.MaskedArray) else value
        read, own = None, getattr(value, "shape", None)
        if len(shape) == 1 and (own is None or len(own) == 1):
            table = one_column(name, masked)
            read = None if table is None else table.floats(name)
        else:
            with contextlib.suppress(TypeError, ValueError):  # rows that are not of one length
                array = np.asarray(masked)
                read, own = floats_of_array(array.reshape(-1)), array.shape if array.size or 0 not in shape else shape
        if read is None or read.bad is not None:
            got = value if read is None else read.first_bad
            self.checks.finding("numbers", "", f"{name} must be {wanted}, NaN where it is not known (got {got!r:.60})")
            return np.full(shape, np.nan)
        found: Array = read.values.astype(np.float64).reshape((-1,) if own is None else own)
        if found.shape != shape:
            self.checks.finding("shape", "", f"{name} has shape {found.shape}; {wanted} is {shape}")
            return np.full(shape, np.nan)
        self._broken("numbers", f"{name} holds an infinity", np.isinf(found))
        if share:
            self._broken("range", f"{name} leaves [0, 1]", np.isfinite(found) & _beyond(found), **{"": found})
        return np.clip(found, 0.0, 1.0) if share else found

    def states(self, value: object) -> Codes | None:
        """Return codes of named states; what is blank is uncertain."""
        named, size = one_column("state", value), len(self.table)
        if named is None or len(named) != size:
            got = f"{value!r:.60}" if named is None else f"{len(named)}"
            self.checks.finding("states", "", f"state is one name for each of {size} customers (got {got})")
            return None
        read = named.codes("state", STATES)
        for each, where in read.unknown.items():
            message = f"{each!r:.60} in row {where.rows[0]} is no state{self.checks.hint(each, STATES)}"
            self.checks.finding("states", "", f"{message}: {', '.join(STATES)}")
        return np.where(read.codes < 0, np.int8(UNCERTAIN), read.codes.astype(np.int8))

    def threshold(self, name: str, value: object) -> float:
        """Return a number in [0, 1]."""
        found = number_of(value)
        if found is not None and 0.0 <= found <= 1.0:
            return found
        self.checks.finding("threshold", "", f"{name} is a number in [0, 1] (got {value!r:.60})")
        return 0.5

    def columns(self, given: Mapping[str, Any]) -> dict[str, Array]:
        """Return columns of the scorer's own."""
        for name, value in given.items():
            self._aligned(str(name), value)
        return more_columns(self.table, given, lambda message: self.checks.finding("columns", "", message))

    def consistent(self, columns: Mapping[str, Array], steps: Mapping[str, Array], *, exact: bool) -> bool:
        """Look whether bounds, gains and parts fit D; tell whether the parts sum to the gap."""
        desired = columns["desired"]
        low, high = (columns.get(name, np.full(len(desired), np.nan)) for name in ENDS)
        beyond = (low > high + SLACK) | (desired < low - SLACK) | (desired > high + SLACK)
        message = "low and high do not hold desired between them"
        self._broken("bounds", message, beyond, low=low, desired=desired, high=high)
        known = ~np.isnan(desired)
        for name, rule, said in (("gain", "gain", "gain is"), ("attribution", "parts", "parts are")):
            if name in steps:
                lacking = known & np.isnan(steps[name]).any(axis=1)
                self._broken(rule, f"{said} not known where there is a score; 0 is nothing", lacking)
        if "gain" in steps:
            message = "desired + gain, what D is with a step fully attained, leaves [0, 1]"
            beyond = _beyond(desired[:, None] + steps["gain"])
            self._broken("gain", message, beyond, desired=desired, gain=steps["gain"])
        parts = steps.get("attribution")
        if parts is None:
            return False
        off = known & (np.abs(parts.sum(axis=1) - (1.0 - desired)) > SLACK)
        if exact:
            self._broken("parts", "a part of the gap is below 0", known[:, None] & (parts < -SLACK), **{"": parts})
            message = "parts do not sum to the gap, 1 - desired (say exact=False if they are not meant to)"
            self._broken("parts", message, off, parts=parts.sum(axis=1), gap=1.0 - desired)
        return not off.any()

    def _aligned(self, name: str, value: object) -> None:
        """Refuse a series in another order than the customers: only its own index knows whose values it holds."""
        own = self.table.native().index if self.table.kind == "pandas" else None
        index = getattr(value, "index", None)
        if (
            own is not None
            and index is not None
            and not callable(index)
            and len(index) == len(own)
            and not own.equals(index)
        ):
            message = f"{name} has another index than the customers' frame; reindex it, or hand over an array"
            self.checks.finding("index", "", message)


def _beyond(values: Array) -> NDArray[np.bool_]:
    """Tell which numbers leave [0, 1]."""
    return (values < -SLACK) | (values > 1.0 + SLACK)
