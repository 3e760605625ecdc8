"""Scores that a scorer of your own makes, out of arrays: checked, and asked like any others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, EngineError
from outcomegap.explanation import Explanation
from outcomegap.frames import wrap
from outcomegap.model.outline import Outline
from outcomegap.scoring.given import SLACK, Given, index_of
from outcomegap.scoring.next_gaps import NONE
from outcomegap.scoring.only_models import OnlyModels
from outcomegap.scoring.outcome_scorer import StepReader, outline_of
from outcomegap.scoring.readings import Readings
from outcomegap.scoring.scored import sealed
from outcomegap.scoring.states import MET, STATES, TOLERANCE, UNCERTAIN, names_of, state_codes
from outcomegap.scoring.step_arrays import GivenSteps
from outcomegap.scoring.views import COLUMNS, ScoreViews

Array = NDArray[Any]
SIDES = ("required", "experience")


class OutcomeScores(OnlyModels, ScoreViews):
    """Scores of a scorer of your own; its `score` makes them out of arrays, and they are asked like `Scores`.

    `by`, `worklist`, `order`, `roll_up`, `with_overrides`, `to_frame` and `outcomegap.present.report` work on them, as
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
        scorer: Any,
        customers: Any,
        *,
        desired: Any,
        required: Any = None,
        experience: Any = None,
        low: Any = None,
        high: Any = None,
        state: Any = None,
        attainment: Any = None,
        parts: Any = None,
        gain: Any = None,
        exact: bool = True,
        columns: Mapping[str, Any] | None = None,
        achieved_at: float = 0.5,
        appropriate_at: float = 0.5,
        segment: str = "segment",
        stage: str = "stage",
        id: str | None = None,  # noqa: A002 - as in Scorer.score
    ) -> None:
        self._outline, self._scorer, self.problems = outline_of(scorer), scorer, ()
        table = wrap(customers)
        if id is not None and not isinstance(id, str):
            raise DataError(f"id= is the name of a column (got {id!r:.60})")
        if id is not None and (lacking := table.require([id])):
            raise DataError.all(f"scorer {self._outline.name!r} cannot score this frame", lacking)
        given = Given(self._outline, len(table), index_of(table))
        self._desired = given.shares("desired", desired)
        self._sides = (given.maybe_shares("required", required), given.maybe_shares("experience", experience))
        self._bounds = (given.maybe_shares("low", low), given.maybe_shares("high", high))
        reached = given.matrix("attainment", attainment, shares=True)
        self._parts, self._gains = given.matrix("parts", parts), given.matrix("gain", gain)
        self._said = given.states(state)
        self._at = (given.threshold("achieved_at", achieved_at), given.threshold("appropriate_at", appropriate_at))
        self._own = given.columns(columns, table.names)
        meant = given.flag("exact", exact)
        if not given.found:
            given.bounds(self._bounds[0], self._desired, self._bounds[1])
            given.gains(self._gains, self._desired)
            self._exact = given.sums(self._parts, 1.0 - self._desired, exact=meant)
        given.done()
        names = {"segment": segment, "stage": stage}
        self._reader = StepReader.of(self._outline, table, names, strict=reached is None).kept()
        self._reached = self._reader.attainment() if reached is None else reached
        series = {name: table.series(name) for name in table.names}
        self.table = wrap(table.build(series | self._own)) if self._own else table
        self.id_column = id if id is not None else next((n for n in ("customer", "id") if n in table.names), None)

    def __len__(self) -> int:
        return len(self._desired)

    def __repr__(self) -> str:
        return f"<OutcomeScores of {len(self)} customers by {self._outline.name!r}>"

    @property
    def scorer(self) -> Any:
        """The scorer that made them."""
        return self._scorer

    @property
    def model(self) -> Outline:
        """What the scorer says of itself: name, steps, segments, stages, cells."""
        return self._outline

    @cached_property
    def id(self) -> Array:
        """What names each customer: the id column, or the row's position."""
        return sealed(np.arange(len(self))) if self.id_column is None else self.table.values(self.id_column)

    @property
    def cell(self) -> NDArray[np.int32]:
        """Position of each customer's cell in ``model.cells``."""
        return sealed(self._reader.cells)

    @property
    def desired(self) -> Array:
        """D, as the scorer said."""
        return sealed(self._desired)

    @cached_property
    def gap(self) -> Array:
        """The distance from the desired outcome, 1 - D."""
        return sealed(1.0 - self._desired)

    @property
    def required(self) -> Array:
        """R, as the scorer said; NaN where it did not."""
        return sealed(self._side(0))

    @property
    def experience(self) -> Array:
        """E, as the scorer said; NaN where it did not."""
        return sealed(self._side(1))

    @cached_property
    def required_gap(self) -> Array:
        """The parts of functions and gaps; without parts 1 - R, where D is R x E or the weaker one; else NaN."""
        return sealed(self._side_gap("required"))

    @cached_property
    def experience_gap(self) -> Array:
        """The parts of expectations; without parts the rest of the gap, as `required_gap`; else NaN."""
        return sealed(self._side_gap("experience"))

    @cached_property
    def low(self) -> Array:
        """The least that D can turn out to be; NaN where steps are missing and the scorer did not say."""
        return sealed(self._bound(self._bounds[0], 0.0))

    @cached_property
    def high(self) -> Array:
        """The most that D can turn out to be; NaN where steps are missing and the scorer did not say."""
        return sealed(self._bound(self._bounds[1], 1.0))

    @cached_property
    def coverage(self) -> Array:
        """Share of the steps that are observed; without steps 1 where there is a score."""
        if not self._outline.steps:
            return sealed((~np.isnan(self._desired)).astype(np.float64))
        return sealed((~np.isnan(self._reached)).mean(axis=1))

    @cached_property
    def state_codes(self) -> NDArray[np.int8]:
        """Position of the state in `STATES`, the order of need."""
        if self._said is not None or self._both is not None:
            return sealed(self._point_codes)
        low, high = (self._by_d(self._or_point(bound)) for bound in (self.low, self.high))
        return sealed(np.where(low == high, self._point_codes, np.int8(UNCERTAIN)))

    @cached_property
    def state(self) -> Array:
        """``successful``, ``tolerating``, ``failing``, or ``uncertain``."""
        return sealed(names_of(self.state_codes))

    @cached_property
    def point_state(self) -> Array:
        """The state of the point values themselves; as the scorer said, where it said states."""
        return sealed(names_of(self._point_codes))

    @cached_property
    def met(self) -> NDArray[np.int64]:
        """How many steps are fully attained."""
        return sealed((self._reached >= MET).sum(axis=1))

    @cached_property
    def steps(self) -> NDArray[np.int64]:
        """How many steps there are."""
        return sealed(np.full(len(self), len(self._outline.steps), dtype=np.int64))

    @property
    def exact(self) -> bool:
        """Whether the parts sum to the gap, within 1e-9."""
        return self._exact

    @property
    def explains(self) -> bool:
        """Whether the scorer says which steps make up the gap."""
        return self._parts is not None

    # Step by step

    def attribution(self) -> Explanation:
        """Return each step's part of the gap, as the scorer said; what they leave stands in ``.residual``.

        Raises
        ------
        EngineError
            If the scorer did not say.
        """
        found = self._explain("attribution", "parts", self._parts)
        rest = None if self._exact else sealed(self.gap - found.values.sum(axis=1))
        return attrs.evolve(found, exact=self._exact, residual=rest)

    def gain(self) -> Explanation:
        """Return what closing each step alone gains, as the scorer said.

        Raises
        ------
        EngineError
            If the scorer did not say.
        """
        return self._explain("gain", "gain", self._gains)

    def attainment(self) -> Explanation:
        """Return how far each step is attained; NaN where it is missing."""
        return self._explain("attainment", "attainment", self._reached, blank=False)

    def to_frame(self) -> Any:
        """Return the scores as the same kind of frame that was scored, a row a customer, and columns of your own."""
        scores = {name: getattr(self, name) for name in COLUMNS}
        beside = self._beside()
        taken = {"row" if self.id_column is None else self.id_column, *scores, *beside}
        own: dict[str, Array] = {}
        for name, values in self._own.items():
            called = name
            while called in taken or (called != name and called in self._own):
                called += " (column)"
            own[called] = values
        return self._frame(scores | own | beside)

    def _explain(self, name: str, asked: str, values: Array | None, *, blank: bool = True) -> Explanation:
        if values is None:
            message = f"scorer {self._outline.name!r} does not say {asked}; hand {asked}= to og.OutcomeScores"
            raise EngineError(message)
        shown = np.where(np.isnan(self._desired)[:, None], np.nan, values) if blank else values
        names = tuple(step.name for step in self._outline.steps)
        there = sealed(np.ones(shown.shape, dtype=bool))
        return Explanation(name, sealed(shown), names, sealed(~np.isnan(self._reached)), there, self._frame)

    def _bound(self, said: Array | None, end: float) -> Array:
        if said is not None:
            return said
        known = np.where(np.isnan(self._reached).any(axis=1), np.nan, self._desired)
        return np.where(np.isnan(self._desired), end, known)

    def _or_point(self, bound: Array) -> Array:
        """Return D itself where its bound is not known."""
        return np.where(np.isnan(bound), self._desired, bound)

    def _side(self, number: int) -> Array:
        found = self._sides[number]
        return np.full(len(self), np.nan) if found is None else found

    def _side_gap(self, side: str) -> Array:
        if self._parts is not None:
            of_side = np.array([step.side == side for step in self._outline.steps], dtype=bool)
            return np.where(np.isnan(self._desired), np.nan, self._parts[:, of_side].sum(axis=1))
        if not self._splits:
            return np.full(len(self), np.nan)
        required: Array = 1.0 - self._side(0)
        return required if side == "required" else self.gap - required

    @cached_property
    def _splits(self) -> bool:
        """Whether R and E make D by a rule whose parts of the gap are known: as a product, or the weaker one."""
        if self._both is None:
            return False
        d, r, e = self._desired, *self._both
        rules = (r * e, np.minimum(r, e))
        return any(bool((np.abs(np.nan_to_num(d - rule)) <= SLACK).all()) for rule in rules)

    @property
    def _both(self) -> tuple[Array, Array] | None:
        """R and E, if the scorer said both."""
        required, experience = self._sides
        return None if required is None or experience is None else (required, experience)

    @cached_property
    def _point_codes(self) -> NDArray[np.int8]:
        if self._said is not None:
            return self._said
        return self._by_d(self._desired) if self._both is None else self._by_sides(*self._both)

    def _by_sides(self, required: Array, experience: Array) -> NDArray[np.int8]:
        return state_codes(required, experience, *(np.full(len(required), limit) for limit in self._at))

    def _by_d(self, desired: Array) -> NDArray[np.int8]:
        """Tell the state from D alone: failing below `achieved_at`, else successful."""
        ones = np.ones(len(desired))
        return state_codes(desired, ones, self._at[0] * ones, 0.0 * ones)

    # What the views need

    @property
    def applies(self) -> NDArray[np.bool_]:
        return np.ones((len(self._outline.cells), len(self._outline.steps)), dtype=bool)

    def step_arrays(self, rows: Array) -> GivenSteps:
        scored = ~np.isnan(self._desired[rows])
        parts, gains = (None if each is None else each[rows] for each in (self._parts, self._gains))
        return GivenSteps(self._reached[rows], scored, parts, gains)

    def readings(self, rows: Array, step: Array) -> Readings:
        found = self._reader.readings(rows, step)
        known = step != NONE
        known[known] = ~np.isnan(self._reached[rows[known], step[known]])
        absent = found.absent.copy()
        absent[known] = None
        return attrs.evolve(found, absent=absent)

    def mean_states(self, mean: Callable[[Array], Array]) -> Array:
        if self._said is not None:  # by a rule that only the scorer knows: sure where all are in one state
            each = np.array([mean((self._said == code).astype(np.float64)) for code in range(len(STATES))])
            return np.where(each.max(axis=0) >= 1.0 - TOLERANCE, each.argmax(axis=0), UNCERTAIN)
        if self._both is not None:
            least, most = (
                self._by_sides(*(mean(np.where(np.isnan(side), end, side)) for side in self._both))
                for end in (0.0, 1.0)
            )
        else:
            least, most = (self._by_d(mean(self._or_point(bound))) for bound in (self.low, self.high))
        return np.where(least == most, least, np.int8(UNCERTAIN))
