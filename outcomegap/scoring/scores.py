"""Scores of many customers and their views, from a model or from a scorer of the user's own.

A scorer of the user's own is any object that scores a frame and declares its steps.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.errors import DataError, EngineError, ModelError
from outcomegap.files.kinds import Plugins
from outcomegap.frames import Table, wrap
from outcomegap.frames.arrays import floats_of_array, plain_values
from outcomegap.listing import beside
from outcomegap.model import Step
from outcomegap.model.check import Outline
from outcomegap.model.custom import require
from outcomegap.model.model import PRODUCT, JoinRule
from outcomegap.scoring.columns import (
    FRAMED,
    At,
    CustomerColumns,
    StepValue,
    computed,
    more_columns,
    one_column,
    with_more,
)
from outcomegap.scoring.customers import NONE, Readings, read_frame
from outcomegap.scoring.groups import QUANTILES, SegmentScores, by_groups
from outcomegap.scoring.model_scores import ModelScores
from outcomegap.scoring.states import STATES, TOLERANCE, UNCERTAIN, Codes, resolved, state_codes
from outcomegap.scoring.worklist import Worklist, worklist_of

if TYPE_CHECKING:
    from datetime import date
    from os import PathLike

    from outcomegap.scoring.change import Change
    from outcomegap.scoring.parents import How, RollUp
    from outcomegap.scoring.perception import Disagreement

Array = NDArray[Any]
SIDES = ("required", "experience")
#: The name of the parts of the gap among the values by step.
CALLED = {"parts": "attribution"}
#: Tolerance for numbers that must agree.
SLACK = 1e-9


class CustomerScores(CustomerColumns):
    """The views of scores, whatever made them; `of_model` refuses what only a model can answer."""

    def of_model(self, what: str) -> ModelScores:
        """Return the same scores if a model made them; otherwise raise an EngineError that names what is impossible."""
        message = f"scores that a scorer from outside ({self.model.name!r}) made cannot be {what}"
        raise EngineError(f"{message}; score the customers with an og.Scorer, whose model can score them again")

    # For people

    def by(
        self,
        *names: str | Sequence[str],
        weight: str | Any | None = None,
        quantiles: Sequence[float] = QUANTILES,
    ) -> SegmentScores:
        """Score groups of customers: their means, states, and ranked gaps.

        A group's part of the gap for a step is the weighted mean of its customers' parts (see `attribution`). The
        step's share is the weighted sum of parts divided by the weighted sum of gaps (docs/meaning, clause 2.11).
        Customers without a score are counted as needing data and are left out of every mean. Segments that are not
        ideal are listed apart and left out of totals. A quantile is the inverse of the weighted distribution function
        of D: the smallest value at which it and all smaller values together have that share of the weight (Hyndman &
        Fan, The American Statistician 50, 1996, definition 1, with weights for counts).

        Parameters
        ----------
        *names
            ``"segment"``, ``"stage"``, ``"goal"``, or columns of the scored frame. Without names, only the total is
            computed.
        weight
            A column, or one number for each customer: the customer's weight. None gives all the same weight. A customer
            without one is in no mean and no share; a note says so.
        quantiles
            Probabilities in [0, 1].

        Raises
        ------
        DataError
            If there is no column of a name, or a weight is negative or infinite.

        Examples
        --------
        >>> import outcomegap as og
        >>> model = og.gallery.load("email-marketing")
        >>> by = og.Scorer(model).score(og.simulate(model, 500, seed=1)).by("segment")
        >>> by.total.customers
        500
        """
        return by_groups(self, names, weight, quantiles)

    def worklist(
        self,
        value: str | Any | None = None,
        keep: Sequence[str] | None = None,
        limit: int | None = None,
        top: int = 1,
    ) -> Worklist:
        """List customers in order of need, each with the gap to close first, in its own units, and its owner.

        The order is that of `order`. Customers who need data before they can be scored come last, in a part of their
        own. The gap to close first is an observed step that is not fully attained: the one with the largest part of
        the customer's gap on the side that matters for the state. That is the required outcome for a failing customer,
        the experience for a tolerating one, and either for a successful one. A gap that cannot be bridged, is being
        closed or is closed comes after the others of its side; the list shows its status.

        Parameters
        ----------
        value
            A column, or one number for each customer. It is shown, and it breaks ties: the larger comes first.
        keep
            Columns of the scored frame to show. The default is the columns that the model's inputs keep.
        limit
            How many customers to list; None lists all.
        top
            How many gaps to show for each customer.

        Raises
        ------
        DataError
            If there is no such column, or `limit` or `top` is out of range.

        Examples
        --------
        >>> import outcomegap as og
        >>> model = og.gallery.load("email-marketing")
        >>> worklist = og.Scorer(model).score(og.simulate(model, 500, seed=1)).worklist(limit=10)
        >>> len(worklist), worklist.total
        (10, 500)
        """
        return worklist_of(self, value, keep, limit, top)

    def roll_up(
        self,
        parent: str | Any,
        how: How = "mean",
        weight: str | Any | None = None,
        *,
        include_parent: bool = False,
    ) -> RollUp:
        """Roll children up to their parents: subsidiaries to a group, teams to an account, sites to a chain.

        Parameters
        ----------
        parent
            A column, or one value for each customer: the name of the parent, null or blank for a customer without one.
            The parent's own row, if there is one, is the row with that id. A parent may have a parent.
        how
            ``"mean"`` of the children; ``"weighted"`` mean by `weight`; ``"worst"``: of all customers below, the first
            in order of need. A child that is itself a parent counts with its own roll-up; in a weighted mean, its
            weight is that of all customers below it.
        weight
            For ``"weighted"``: a column, or one number for each customer, 0 or more.
        include_parent
            Whether the parent's own row counts as one more child.

        Raises
        ------
        DataError
            If there is no such column, a weight is not a number of 0 or more, or a customer is below itself.

        Examples
        --------
        >>> import outcomegap as og
        >>> model = og.gallery.load("email-marketing")
        >>> customers = og.simulate(model, 6, seed=1, missing=0) | {"group": ["X", "X", "X", "Y", "Y", None]}
        >>> rolled = og.Scorer(model).score(customers).roll_up("group")
        >>> rolled.parent.tolist(), rolled.customers.tolist()
        (['X', 'Y'], [3, 2])
        """
        from outcomegap.scoring.parents import roll_up

        return roll_up(self, parent, how, weight, include_parent=include_parent)

    # Overrides

    def with_overrides(self, overrides: object, *, as_of: date | str) -> Self:
        """Return the same scores with overrides. The computed values stay, and the values in effect are added.

        `desired`, `state`, `gap` and all other computed values do not change. `effective_state` and `effective_score`
        are the values in effect. Frames, groups, the worklist, reports and saved scores show both, and the order of
        need uses the values in effect. A customer without a score whose state is overridden has that state and no gap.
        An override of the score alone leaves the state as computed.

        Parameters
        ----------
        overrides
            A list of `outcomegap.Override`, or any data frame with the columns ``customer``, ``reason``, ``author``,
            ``until``, and ``state`` or ``score`` or both.
        as_of
            The day on which to apply them. An override applies up to and including its last day.

        Raises
        ------
        DataError
            If an override is invalid, one names an unknown customer, or two apply to one customer.
        """
        found = copy.copy(self)  # the computed arrays stay the same
        found.overrides, found.expired, found.as_of = resolved(
            overrides, plain_values(self.id), as_of, "with_overrides"
        )
        return found

    # Over time, and against what is observed

    def save(self, path: str | PathLike[str], *, keep: Sequence[str] | None = None) -> None:
        """Save the scores with everything needed to score again: measures, cells, ids, the model, its fingerprint.

        `outcomegap.load_scores` reads them in any process, so that `change_since` can compare them with later scores.

        Parameters
        ----------
        path
            A file that ends in ``.parquet`` (needs pyarrow), ``.json`` or ``.json.gz``. An existing file is replaced.
        keep
            Other columns of the scored frame to save. The default is the columns that the model's inputs keep.

        Raises
        ------
        EngineError
            If a scorer from outside made the scores.
        DataError
            If the suffix is unknown, a column is missing or cannot be saved, or the file cannot be written.
        ModelError
            If a file cannot hold the model.

        Warns
        -----
        UserWarning
            If ids are null or repeated: the file is complete, but `change_since` will refuse it.
        """
        from outcomegap.scoring.saved import save_scores

        save_scores(self.of_model("saved"), path, keep=keep)

    def change_since(self, earlier: CustomerScores) -> Change:
        """Split what moved each customer's D since an earlier scoring, by the same model or an older one.

        The parts add up, in this order (docs/meaning, clause 2.9): the model's new graph and weights, then its new
        expectations; the same two where the customer moved to another cell; values that became known or went
        missing; the customer's own data. Customers are matched by id.

        Parameters
        ----------
        earlier
            Earlier scores, from this process or loaded from a file.

        Raises
        ------
        EngineError
            If a scorer from outside made the scores.
        DataError
            If customers cannot be matched: there is no id column, or ids are null, repeated, or of another type.
        """
        from outcomegap.scoring.change import Change

        return Change(earlier.of_model("compared with later ones"), self.of_model("compared with earlier ones"))

    def disagreement(self) -> Disagreement:
        """Compare the model with the observed outcome (`RequiredOutcome.measured_by`).

        Where the model says attained and the observation says not, the model lacks a gap (docs/meaning, clause 2.12).

        Raises
        ------
        EngineError
            If a scorer from outside made the scores.
        ModelError
            If the model measures no required outcome.
        """
        from outcomegap.scoring.perception import Disagreement

        return Disagreement(self.of_model("held against an observed outcome"))


class Scores(ModelScores, CustomerScores):
    """Scores of many customers, in the order of the rows; made by `Scorer.score`.

    All arrays have one value for each customer and are read-only. Point values are NaN where too little is known
    (``min_coverage``); ``low`` and ``high`` bound D for any values of the missing measures. The scores keep the data as
    they were scored: measures in writeable arrays of yours are copied.

    Attributes
    ----------
    problems
        The problems of rows that were set aside.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> scores = og.Scorer(model).score(og.simulate(model, 100, seed=1, missing=0))
    >>> parts = scores.attribution().values
    >>> len(scores), bool(abs(parts.sum(axis=1) - scores.gap).max() < 1e-12)
    (100, True)
    """

    def __repr__(self) -> str:
        return f"<Scores of {len(self)} customers by {self.model.name!r}>"

    def of_model(self, what: str) -> ModelScores:  # noqa: ARG002 - a model can answer everything
        return self


# Scorers from outside


@runtime_checkable
class OutcomeScorer(Protocol):
    """The members that a scorer of your own must have. Groups, worklist, parents and report need no more.

    It may also have ``segments`` and ``stages`` (names, or `Segment` and `Stage` objects; the columns of that name say
    which customer is in which), a ``description``, and ``inputs`` (`Inputs`), which say how raw tables become its
    measures. Without segments, customers can still be grouped by any column of the frame. If it is sent to other
    processes, `pickle` must be able to store it.

    Examples
    --------
    >>> import outcomegap as og
    >>> class Usage:
    ...     name = "usage"
    ...     steps = [og.SuccessGap("logins", og.Measure("logins", low=0), floor=0, target=20, owner="customer")]
    ...     def score(self, customers):
    ...         reached = og.attainments(self, customers)
    ...         return og.OutcomeScores(self, customers, desired=reached[:, 0], attainment=reached, parts=1 - reached)
    >>> isinstance(Usage(), OutcomeScorer)
    True
    >>> scores = Usage().score({"id": ["Acme", "Beta"], "logins": [5, 20], "plan": ["basic", "pro"]})
    >>> [(row["id"], row["state"], row["stands_at"]) for row in scores.worklist()]
    [('Acme', 'failing', '5 of 20'), ('Beta', 'successful', None)]
    >>> [(group.name, group.desired) for group in scores.by("plan")]
    [('basic', 0.25), ('pro', 1.0)]
    """

    @property
    def name(self) -> str:
        """The name that people use."""

    @property
    def steps(self) -> Sequence[Step]:
        """Its steps, if any: `ProductFunction`, `SuccessGap` and `Expectation` objects with distinct names."""

    def score(self, customers: Any) -> Any:
        """Score a frame of any kind; `OutcomeScores` makes the result from arrays."""


def outline_of(scorer: object) -> Outline:
    """Return what a scorer declares.

    Raises
    ------
    ModelError
        If a member is missing or invalid. The error lists every problem.
    """
    require(OutcomeScorer, scorer, f"scorer {getattr(scorer, 'name', type(scorer).__name__)!r:.60}")
    if isinstance(getattr(scorer, "steps", None), Iterator):  # it could be read only once
        raise ModelError.of("steps", f"scorer {getattr(scorer, 'name', '')!r:.60}", "steps must be a list")
    return Outline.of(scorer)


def load_scorer(name: str) -> Any:
    """Return a scorer that an installed package offers, by its name (entry point ``outcomegap.scorers``).

    Parameters
    ----------
    name
        The name of the scorer.

    Returns
    -------
    OutcomeScorer

    Raises
    ------
    ModelError
        If no package offers a scorer of that name, or it fails to load or lacks a member.

    Examples
    --------
    >>> import outcomegap as og
    >>> try:
    ...     load_scorer("no such scorer")
    ... except og.ModelError as error:
    ...     print([finding.rule for finding in error.findings])
    ['unknown-scorer']
    """
    scorer = _plugins().find(name, f"scorer {name!r:.100}")
    outline_of(scorer)
    return scorer


def scorer_names() -> tuple[str, ...]:
    """Return the names of all scorers that installed packages offer, without loading them.

    Examples
    --------
    >>> "no such scorer" in scorer_names()
    False
    """
    return _plugins().installed()


def _plugins() -> Plugins:
    return Plugins("scorer", OutcomeScorer)


def attainments(scorer: object, customers: object, *, segment: str = "segment", stage: str = "stage") -> Array:
    """Compute the attainment of each step of a scorer of your own for each customer of a frame.

    ``curve(clip((x - floor) / (target - floor), 0, 1))`` (docs/meaning, clause 2.2), with the floor and target of the
    customer's cell, or the customer's own.

    Parameters
    ----------
    scorer
        A scorer with ``steps``, and ``segments`` and ``stages`` if it has any.
    customers
        A frame of any kind, with a column for each measure; null and NaN mean missing.
    segment, stage
        The names of those columns.

    Returns
    -------
    array of shape (customers, steps)
        In [0, 1]; NaN where missing.

    Raises
    ------
    DataError
        With every problem of the frame: a missing column, text instead of numbers, a value outside its measure's
        limits, an unknown segment.
    ModelError
        If the scorer lacks a member.

    Examples
    --------
    >>> import outcomegap as og
    >>> class Speed:
    ...     name, segments = "speed", ["startup", "enterprise"]
    ...     steps = [og.Expectation("replies", og.Measure("hours", low=0), floor=48,
    ...                              target=og.per_cell(24, {"enterprise": 0}))]
    ...     def score(self, customers): ...
    >>> attainments(Speed(), {"segment": ["startup", "enterprise", "startup"], "hours": [36, 36, None]}).tolist()
    [[0.5], [0.25], [nan]]
    """
    outline, table = outline_of(scorer), wrap(customers)
    checks = Checks(f"scorer {outline.name!r} cannot score this frame")
    found = read_frame(outline, table, {"segment": segment, "stage": stage}, checks)
    if not checks.problems:
        found.check_bounds(checks, np.ones((len(outline.cells), len(outline.steps)), dtype=bool))
    checks.done()
    return found.attainment()


class OutcomeScores(CustomerScores):
    """Scores of a scorer of your own. Its `score` makes them from arrays; they have the views of `Scores`.

    `by`, `worklist`, `order`, `roll_up`, `with_overrides`, `to_frame` and `outcomegap.report` work as far as the arrays
    allow. Without `parts` nobody can say which steps make up a gap, and the views say so.

    Parameters
    ----------
    scorer
        The `OutcomeScorer`: its name, steps, segments and stages.
    customers
        The frame that was scored.
    desired
        D, in [0, 1], one number for each customer; NaN where too little is known ("need data").
    required, experience
        R and E, in [0, 1], if the scorer computes both.
    low, high
        Bounds of D. By default D itself where no step is missing, unknown (NaN) where one is, and 0 and 1 where D is
        NaN.
    state
        ``"failing"``, ``"tolerating"``, ``"uncertain"`` or ``"successful"`` for each customer. By default the state
        follows from R and E (docs/meaning, clause 2.6). Without them it follows from D: successful from `achieved_at`
        on, failing below, and uncertain where `low` and `high` give different states. These bounds say nothing about R
        and E: if the state depends on values of R or E that are missing, give it with this argument. If states are
        given, the state of a parent (`roll_up`) is certain only if all its children have the same state.
    attainment
        Shape (customers, steps), in [0, 1], NaN where missing. By default computed from the frame (see `attainments`).
    parts
        Shape (customers, steps): each step's part of the gap.
    gain
        Shape (customers, steps): what D gains if the step alone is fully attained.
    out_of_reach
        The part of the gap that is no step's: D stays that far from 1 if every step is attained. It and the parts sum
        to the gap. By default nothing.
    exact
        Whether the parts sum to the gap. If they need not, pass False: the rest of the gap is reported.
    columns
        Columns of your own, such as points or a band: one value for each customer. `to_frame` returns them (as
        ``"desired (column)"`` where a score has that name); groups, weights and worklists can use them.
    achieved_at, appropriate_at
        The values of R (or D) and E from which they count as reached.
    segment, stage, id
        The names of those columns. The default id is ``"customer"`` or ``"id"`` if there is such a column.

    Raises
    ------
    ModelError
        If the scorer lacks a member, or an array breaks a rule. The error lists every problem.
    DataError
        If the frame lacks a column or holds an invalid value.

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
        out_of_reach: object = None,
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
        given = Arrays(self.model, table)
        one, by_step = (len(table),), (len(table), len(self.model.steps))
        maybe = {"required": required, "experience": experience, "low": low, "high": high}
        maybe |= {"out_of_reach": out_of_reach}
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
        at = {"achieved_at": achieved_at, "appropriate_at": appropriate_at}
        self._at = [given.checks.number(name, value, 0.0, 1.0) for name, value in at.items()]
        self._own = given.columns(columns or {})
        self.exact = not given.checks.findings and given.consistent(self._columns, self._steps, exact=exact)
        given.checks.done()
        strict = attainment is None
        self._customers = read_frame(self.model, table, {"segment": segment, "stage": stage}, checks, strict=strict)
        if strict and not checks.problems:
            self.notes = self._customers.check_bounds(checks, self.applies)
        checks.done()
        self._steps.setdefault("attainment", self._customers.attainment())
        self.cell, self.says = self._customers.cells, frozenset(self._steps)
        self.table = with_more(table, self._own)
        self.id_column = id if id is not None else next((n for n in ("customer", "id") if n in table.names), None)

    def __repr__(self) -> str:
        return f"<OutcomeScores of {len(self)} customers by {self.model.name!r}>"

    # The columns

    @computed
    def desired(self) -> Array:
        """D, as the scorer gave it."""
        return self._desired

    @computed
    def required_gap(self) -> Array:
        """The parts of functions and success gaps; without parts 1 - R, if D is R x E or the weaker of both; or NaN."""
        return self._side_gap("required", 1.0 - self.required)

    @computed
    def experience_gap(self) -> Array:
        """The parts of expectations; without parts, as for `required_gap`, the rest of the gap; or NaN."""
        return self._side_gap("experience", self.gap - (1.0 - self.required))

    @property
    def limited(self) -> bool:
        """Whether the scorer says what is out of reach."""
        return "out_of_reach" in self._columns

    @computed
    def out_of_reach(self) -> Array:
        """The part of the gap that is no step's, as the scorer gave it."""
        return self._columns.get("out_of_reach", super().out_of_reach)

    def _beyond(self, side: int) -> Array:
        return self._side(side, "point") * (np.nan if self.limited else 0.0)

    @computed
    def low(self) -> Array:
        """The lower bound of D; NaN where steps are missing and the scorer gave no bound."""
        return self._bound("low", 0.0)

    @computed
    def high(self) -> Array:
        """The upper bound of D; NaN where steps are missing and the scorer gave no bound."""
        return self._bound("high", 1.0)

    @computed
    def state_codes(self) -> Codes:
        """Position of the state in `STATES`, the order of need."""
        if self._said is not None or self._both:
            return self.point_codes
        low, high = state_codes(*self._standing("low")), state_codes(*self._standing("high"))
        return np.where(low == high, self.point_codes, np.int8(UNCERTAIN))

    @computed
    def point_codes(self) -> Codes:
        """Position in `STATES` of the state of the point values; if the scorer gave states, of those."""
        return state_codes(*self._standing("point")) if self._said is None else self._said

    def _standing(self, at: At) -> tuple[Array, Array, Array, Array]:
        """Return R and E, and from where they count as reached; if only D is given, it is R, and E is 1."""
        limits = np.array(self._at)
        if self._both:
            return self._side(0, at), self._side(1, at), limits[:1], limits[1:]
        bound = self._desired if at == "point" else getattr(self, at)
        return np.where(np.isnan(bound), self._desired, bound), np.ones(len(self)), limits[:1], np.zeros(1)

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
        """Whether the scorer gave R and E."""
        return self._columns.keys() >= set(SIDES)

    def mean_states(self, mean: Callable[[Array], Array]) -> Array:
        """Return state codes of a mean of customers; if the scorer gave states, the state that all customers have."""
        if self._said is not None:  # only the scorer knows the rule: certain where all have the same state
            each = np.array([mean((self._said == code).astype(np.float64)) for code in range(len(STATES))])
            return np.where(each.max(axis=0) >= 1.0 - TOLERANCE, each.argmax(axis=0), UNCERTAIN)
        return super().mean_states(mean)

    # Step by step, and frames

    def step_values(self, rows: Array | None, *what: StepValue) -> Iterator[Array]:
        """Yield the scorer's values by step; parts and gains are 0 for customers without a score."""
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
        """Return the values that were read for some customers, for one step each, or `NONE`."""
        found = self._customers.readings(rows, step)
        known = step != NONE
        known[known] = ~np.isnan(self._steps["attainment"][rows[known], step[known]])
        absent = found.absent.copy()
        absent[known] = None
        return attrs.evolve(found, absent=absent)

    def framed(self) -> dict[str, Array]:
        """Return the columns of `to_frame`; the first names the customers."""
        columns = {name: getattr(self, name) for name in self.having(FRAMED)} | self.override_columns()
        return self._named(beside(columns, self._own, "column"))


class Arrays:
    """Checks the arrays of a scorer from outside one by one, and notes every rule that they break."""

    def __init__(self, outline: Outline, table: Table) -> None:
        where = f"scorer {outline.name!r}"
        self.outline, self.table, self.checks = outline, table, Checks(f"{where} made invalid scores", where)

    def _broken(self, rule: str, message: str, bad: Array, **said: Array) -> None:
        """Note a broken rule. The message names the first value that breaks it, and the values in `said` there."""
        if bad.any():
            row, *step = (int(place) for place in np.argwhere(bad)[0])
            of = f", of {self.outline.steps[step[0]].name!r}" if step else ""
            there = ((name, values[row, *step] if values.ndim > 1 else values[row]) for name, values in said.items())
            shown = ": " + ", ".join(f"{name} {value:.9g}".strip() for name, value in there) if said else ""
            self.checks.finding(rule, "", f"{message}{shown} in row {row}{of} ({int(bad.sum())} in all)")

    def numbers(self, name: str, value: Any, shape: tuple[int, ...], *, share: bool = True) -> Array:
        """Return a copy of numbers of a shape, NaN where unknown; a `share` must be in [0, 1]."""
        wanted = f"one number for each customer{' and step' if len(shape) > 1 else ''}"
        self._aligned(name, value)
        read, own = None, shape
        with contextlib.suppress(TypeError, ValueError):  # rows of different lengths
            array = np.ma.filled(value.astype(np.float64), np.nan) if np.ma.isMA(value) else np.asarray(value)
            read, own = floats_of_array(array.reshape(-1)), array.shape if array.size or 0 not in shape else shape
        if read is None or read.bad is not None or own != shape:
            got = f"shape {own}" if own != shape else f"{value if read is None else read.first_bad!r:.60}"
            message = f"{name} must be {wanted}, shape {shape}, NaN where unknown (got {got})"
            self.checks.finding("numbers", "", message)
            return np.full(shape, np.nan)
        found: Array = read.values.astype(np.float64).reshape(own)
        self._broken("numbers", f"{name} must not be infinite", np.isinf(found))
        if share:
            self._broken("range", f"{name} leaves [0, 1]", np.isfinite(found) & _beyond(found), **{"": found})
        return np.clip(found, 0.0, 1.0) if share else found

    def states(self, value: object) -> Codes | None:
        """Return codes of named states; blank means uncertain."""
        named, size = one_column("state", value), len(self.table)
        if named is None or len(named) != size:
            got = f"{value!r:.60}" if named is None else f"{len(named)}"
            self.checks.finding("states", "", f"state must be one name for each of {size} customers (got {got})")
            return None
        read = named.codes("state", STATES)
        for each, rows in read.unknown.items():
            message = f"{each!r:.60} in row {rows[0]} is not a state{self.checks.hint(each, STATES)}"
            self.checks.finding("states", "", f"{message}: {', '.join(STATES)}")
        return np.where(read.codes < 0, np.int8(UNCERTAIN), read.codes.astype(np.int8))

    def columns(self, given: Mapping[str, Any]) -> dict[str, Array]:
        """Return the scorer's own columns."""
        for name, value in given.items():
            self._aligned(str(name), value)
        return more_columns(self.table, given, lambda message: self.checks.finding("columns", "", message))

    def consistent(self, columns: Mapping[str, Array], steps: Mapping[str, Array], *, exact: bool) -> bool:
        """Check that bounds, gains and parts fit D; return whether the parts sum to the gap."""
        desired = columns["desired"]
        low, high = (columns.get(name, np.full(len(desired), np.nan)) for name in ("low", "high"))
        beyond = (low > high + SLACK) | (desired < low - SLACK) | (desired > high + SLACK)
        message = "desired must be between low and high"
        self._broken("bounds", message, beyond, low=low, desired=desired, high=high)
        known, gain, parts = ~np.isnan(desired), steps.get("gain"), steps.get("attribution")
        beyond_reach = columns.get("out_of_reach", np.zeros(len(desired)))[:, None]
        for rule, values in (("gain", gain), ("parts", parts), ("out_of_reach", beyond_reach)):
            if values is not None:
                lacking = known & np.isnan(values).any(axis=1)
                self._broken(rule, f"{rule} must not be NaN where there is a score; use 0 for none", lacking)
        if gain is not None:
            message = "desired + gain, D with the step fully attained, leaves [0, 1]"
            self._broken("gain", message, _beyond(desired[:, None] + gain), desired=desired, gain=gain)
        if parts is None:
            return False
        whole = parts.sum(axis=1) + beyond_reach[:, 0]
        off = known & (np.abs(whole - (1.0 - desired)) > SLACK)
        if exact:
            self._broken("parts", "a part of the gap is below 0", known[:, None] & (parts < -SLACK), **{"": parts})
            message = "parts and out_of_reach do not sum to the gap, 1 - desired (pass exact=False if they need not)"
            self._broken("parts", message, off, parts=whole, gap=1.0 - desired)
        return not off.any()

    def _aligned(self, name: str, value: object) -> None:
        """Refuse a series in another order than the customers: its index says which value belongs to whom."""
        own = self.table.native().index if self.table.kind == "pandas" else None
        index: Any = getattr(value, "index", None)
        if own is not None and hasattr(index, "equals") and len(index) == len(own) and not own.equals(index):
            message = f"{name} has another index than the customers' frame; reindex it, or pass an array"
            self.checks.finding("index", "", message)


def _beyond(values: Array) -> NDArray[np.bool_]:
    """Return which numbers are outside [0, 1]."""
    return (values < -SLACK) | (values > 1.0 + SLACK)
