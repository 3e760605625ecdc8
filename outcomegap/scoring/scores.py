"""Scores of many customers, and what people ask of them: those of a model, and of any scorer from outside.

A scorer from outside is a whole outcome model of your own: any object that scores a frame and says its steps.
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
from outcomegap.scoring.groups import QUANTILES, SegmentScores
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
#: What the parts are called among what scores say of each step.
CALLED = {"parts": "attribution"}
#: How far numbers may be from what they must be.
SLACK = 1e-9


class CustomerScores(CustomerColumns):
    """What people ask of scores, whatever made them; what only a model can answer is refused in one place."""

    def of_model(self, what: str) -> ModelScores:
        """Return the same scores, if a model made them; else say what cannot be done with them."""
        message = f"scores that a scorer from outside ({self.model.name!r}) made cannot be {what}"
        raise EngineError(f"{message}; only a model, which can score again, knows that")

    # For people

    def by(
        self,
        *names: str | Sequence[str],
        weight: str | Any | None = None,
        quantiles: Sequence[float] = QUANTILES,
    ) -> SegmentScores:
        """Score groups of customers: their means, states, and ranked gaps.

        A group's part of the gap for a step is the weighted mean of its customers' parts (see `attribution`), the
        step's share the weighted sum of parts over the weighted sum of gaps (docs/meaning, clause 2.11). Customers
        without a score are counted as needing data and are in no mean; segments that are not ideal stand apart, in
        no total. A quantile is the inverse of the weighted distribution function of D: the smallest value at which
        the weights of it and all smaller ones reach that share of the whole (Hyndman & Fan, The American
        Statistician 50, 1996, definition 1, with weights for counts).

        Parameters
        ----------
        *names
            ``"segment"``, ``"stage"``, ``"goal"``, or columns of the scored frame; none gives the total alone.
        weight
            A column, or one number a customer: what each weighs. None weighs all alike.
        quantiles
            Probabilities in [0, 1].

        Raises
        ------
        DataError
            If a name is no column, or a weight is missing, negative or infinite.

        Examples
        --------
        >>> import outcomegap as og
        >>> model = og.gallery.load("email-marketing")
        >>> by = og.Scorer(model).score(og.simulate(model, 500, seed=1)).by("segment")
        >>> by.total.customers
        500
        """
        return SegmentScores(self, names, weight, quantiles)

    def worklist(
        self,
        value: str | Any | None = None,
        keep: Sequence[str] | None = None,
        limit: int | None = None,
        top: int = 1,
    ) -> Worklist:
        """List customers in order of need, each with the gap that comes first, in its own units, and who owns it.

        The order is that of `order`; customers who need data before they can be scored stand at the end, in a part
        of their own. The gap that comes first is, of the steps that are observed and not fully attained, the one
        with the largest part of the customer's gap on the side that the state calls for: the required outcome of
        one who is failing, the experience of one who is tolerating, either of one who is successful. A gap that
        cannot be bridged, is being closed or is closed comes after the others of its side, and says so.

        Parameters
        ----------
        value
            A column, or one number a customer: breaks ties, the larger first, and is shown.
        keep
            Columns of the scored frame to show; by default those that the model's inputs keep.
        limit
            How many customers to list; None lists all.
        top
            How many gaps to show of each customer.

        Raises
        ------
        DataError
            If a column is not there, or `limit` or `top` is no number that serves.

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
            A column, or one value a customer: what names the parent, null or blank for a customer without one. A
            parent's own row, if there is one, is the row of that id; a parent may have a parent in turn.
        how
            ``"mean"`` of the children; ``"weighted"`` mean by `weight`; ``"worst"``: the first of all below in order
            of need. A child that is a parent itself enters with its own roll-up; weighted, with the weight of all
            below it.
        weight
            For ``"weighted"``: a column, or one number a customer, 0 or more.
        include_parent
            Whether the parent's own row is one more child.

        Raises
        ------
        DataError
            If a column is not there, a weight is no number of 0 or more, or a customer is below itself.

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
        """Return the same scores with some overridden: what is computed stays, and what holds stands beside it.

        `desired`, `state`, `gap` and all else that is computed stays what it was. `effective_state` and
        `effective_score` are what holds; frames, groups, the worklist, reports and saved scores show both, and the
        order of need follows what holds: a customer without a score whose state is overridden stands in that state, as
        if there were no gap. An override of the score alone leaves the state as computed.

        Parameters
        ----------
        overrides
            A list of `outcomegap.Override`, or any data frame with the columns ``customer``, ``reason``, ``author``,
            ``until``, and ``state`` or ``score`` or both.
        as_of
            The day to look at them: an override holds up to and with its last day.

        Raises
        ------
        DataError
            If an override cannot be, one that holds names nobody, or two hold for one customer.
        """
        found = copy.copy(self)  # the computed arrays are the same, those made already too
        found.overrides, found.expired, found.as_of = resolved(
            overrides, plain_values(self.id), as_of, "with_overrides"
        )
        return found

    # Over time, and against what is observed

    def save(self, path: str | PathLike[str], *, keep: Sequence[str] | None = None) -> None:
        """Save the scores with all that is needed to score again: measures, cells, ids, the model, its fingerprint.

        `outcomegap.load_scores` reads them in any process, so that `change_since` can say what moved them.

        Parameters
        ----------
        path
            A file that ends in ``.parquet`` (needs pyarrow), ``.json`` or ``.json.gz``; one that exists is replaced.
        keep
            Other columns of the scored frame to save; by default those that the model's inputs keep.

        Raises
        ------
        EngineError
            If they are those of a scorer from outside.
        DataError
            If the suffix is unknown, a column is not there or cannot be saved, or the file cannot be written.
        ModelError
            If a file cannot hold the model.

        Warns
        -----
        UserWarning
            If ids are null or repeated: the file is whole, but `change_since` will refuse it.
        """
        from outcomegap.scoring.saved import save_scores

        save_scores(self.of_model("saved"), path, keep=keep)

    def change_since(self, earlier: CustomerScores) -> Change:
        """Say what moved each customer's D since an earlier scoring, under the same model or an older one.

        The parts add up, in this order (docs/meaning, clause 2.9): the model's new graph and weights, then its new
        expectations; the same two where the customer moved to another cell; values that became known or went
        missing; the customer's own data. Customers are found again by id.

        Parameters
        ----------
        earlier
            Scores of before, of this process or loaded from a file.

        Raises
        ------
        EngineError
            If they are those of a scorer from outside.
        DataError
            If customers cannot be matched: no id column, ids that are null, repeated, or of another type.
        """
        from outcomegap.scoring.change import Change

        return Change(earlier.of_model("compared with later ones"), self.of_model("compared with earlier ones"))

    def disagreement(self) -> Disagreement:
        """Say where the model and the observed outcome disagree (`RequiredOutcome.measured_by`).

        Where the model says attained and the observation says not, the model lacks a gap (docs/meaning, clause 2.12).

        Raises
        ------
        EngineError
            If they are those of a scorer from outside.
        ModelError
            If no required outcome of the model is observed.
        """
        from outcomegap.scoring.perception import Disagreement

        return Disagreement(self.of_model("held against an observed outcome"))


class Scores(ModelScores, CustomerScores):
    """Scores of many customers, in the order of the rows; made by `Scorer.score`.

    All arrays hold one value a customer and are read-only. Point values are NaN where too little is known
    (``min_coverage``); ``low`` and ``high`` bound what D can be, whatever the missing values turn out to be. The
    scores refer to the data as they were scored: measures that lie in writeable arrays of yours are copied.

    Attributes
    ----------
    problems
        What was wrong with rows set aside.

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

    def of_model(self, what: str) -> ModelScores:  # noqa: ARG002 - they can do all
        return self


# Scorers from outside


@runtime_checkable
class OutcomeScorer(Protocol):
    """What a scorer of your own must offer; groups, worklist, parents, report and the kit need no more.

    It may also have ``segments`` and ``stages`` (names, or `Segment` and `Stage` objects), where the frame's columns
    of that name say which customer is in which; a ``description``; and ``inputs`` (`Inputs`), which say how raw tables
    become its measures. Without segments customers can be grouped by any column of the frame. It must be an object
    that `pickle` can store if it is to be sent to other processes.

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
        """What people call it."""

    @property
    def steps(self) -> Sequence[Step]:
        """Its steps: `ProductFunction`, `SuccessGap` and `Expectation` objects, each name once; there may be none."""

    def score(self, customers: Any) -> Any:
        """Score a frame of any kind; `OutcomeScores` makes the answer out of arrays."""


def outline_of(scorer: object) -> Outline:
    """Return what a scorer says of itself.

    Raises
    ------
    ModelError
        If a piece is missing, or says what cannot be; all at once.
    """
    require(OutcomeScorer, scorer, f"scorer {getattr(scorer, 'name', type(scorer).__name__)!r:.60}")
    if isinstance(getattr(scorer, "steps", None), Iterator):  # it would be read, and then be none
        raise ModelError.of("steps", f"scorer {getattr(scorer, 'name', '')!r:.60}", "steps is a list")
    return Outline.of(scorer)


def load_scorer(name: str) -> Any:
    """Return a scorer that an installed package offers, by its name (entry point ``outcomegap.scorers``).

    Parameters
    ----------
    name
        What it is called.

    Returns
    -------
    OutcomeScorer

    Raises
    ------
    ModelError
        If no package offers one of that name, it fails to load, or it lacks a piece.

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
    """Return the names of all scorers that installed packages offer; none of them is loaded.

    Examples
    --------
    >>> "no such scorer" in scorer_names()
    False
    """
    return _plugins().installed()


def _plugins() -> Plugins:
    return Plugins("scorer", OutcomeScorer)


def attainments(scorer: object, customers: object, *, segment: str = "segment", stage: str = "stage") -> Array:
    """Read the steps of a scorer of your own off a frame: how far each is attained by each customer.

    ``curve(clip((x - floor) / (target - floor), 0, 1))`` (docs/meaning, clause 2.2), with the floor and target of the
    customer's cell, or the customer's own.

    Parameters
    ----------
    scorer
        Its ``steps``, and its ``segments`` and ``stages`` if it has any.
    customers
        A frame of any kind, with a column for each measure; null and NaN mean missing.
    segment, stage
        What those columns are called.

    Returns
    -------
    array of shape (customers, steps)
        In [0, 1]; NaN where missing.

    Raises
    ------
    DataError
        With every problem of the frame: a column that is not there, text in the place of numbers, a value beyond its
        measure's limits, an unknown segment.
    ModelError
        If the scorer lacks a piece.

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
        given = Arrays(self.model, table)
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
        at = {"achieved_at": achieved_at, "appropriate_at": appropriate_at}
        self._at = [given.checks.number(name, value, 0.0, 1.0) for name, value in at.items()]
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
        self.table = with_more(table, self._own)
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
        low, high = state_codes(*self._standing("low")), state_codes(*self._standing("high"))
        return np.where(low == high, self.point_codes, np.int8(UNCERTAIN))

    @computed
    def point_codes(self) -> Codes:
        """Position in `STATES` of the state of the point values; as the scorer said, where it said states."""
        return state_codes(*self._standing("point")) if self._said is None else self._said

    def _standing(self, at: At) -> tuple[Array, Array, Array, Array]:
        """Return R and E, and where they count as reached; where only D is said, it stands for R, and all have E."""
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
        """Whether the scorer said R and E."""
        return self._columns.keys() >= set(SIDES)

    def mean_states(self, mean: Callable[[Array], Array]) -> Array:
        """Return state codes of a mean of customers; of states that were said, the one that all are in."""
        if self._said is not None:  # by a rule that only the scorer knows: sure where all are in one state
            each = np.array([mean((self._said == code).astype(np.float64)) for code in range(len(STATES))])
            return np.where(each.max(axis=0) >= 1.0 - TOLERANCE, each.argmax(axis=0), UNCERTAIN)
        return super().mean_states(mean)

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
        columns = {name: getattr(self, name) for name in FRAMED} | self.override_columns()
        return self._frame(beside(columns, self._own, "column"))


class Arrays:
    """Looks at arrays of a scorer from outside one by one; every rule that they break is told at once."""

    def __init__(self, outline: Outline, table: Table) -> None:
        where = f"scorer {outline.name!r}"
        self.outline, self.table, self.checks = outline, table, Checks(f"{where} made what cannot be", where)

    def _broken(self, rule: str, message: str, bad: Array, **said: Array) -> None:
        """Note a broken rule: of the values that break it, the first is named, and what is `said` there."""
        if bad.any():
            row, *step = (int(place) for place in np.argwhere(bad)[0])
            of = f", of {self.outline.steps[step[0]].name!r}" if step else ""
            there = ((name, values[row, *step] if values.ndim > 1 else values[row]) for name, values in said.items())
            shown = ": " + ", ".join(f"{name} {value:.9g}".strip() for name, value in there) if said else ""
            self.checks.finding(rule, "", f"{message}{shown} in row {row}{of} ({int(bad.sum())} in all)")

    def numbers(self, name: str, value: Any, shape: tuple[int, ...], *, share: bool = True) -> Array:
        """Return a copy of numbers of a shape, NaN where not known; a `share` lies in [0, 1]."""
        wanted = f"one number a customer{' and step' if len(shape) > 1 else ''}"
        self._aligned(name, value)
        read, own = None, shape
        with contextlib.suppress(TypeError, ValueError):  # rows that are not of one length
            array = np.ma.filled(value.astype(np.float64), np.nan) if np.ma.isMA(value) else np.asarray(value)
            read, own = floats_of_array(array.reshape(-1)), array.shape if array.size or 0 not in shape else shape
        if read is None or read.bad is not None or own != shape:
            got = f"shape {own}" if own != shape else f"{value if read is None else read.first_bad!r:.60}"
            message = f"{name} must be {wanted}, shape {shape}, NaN where it is not known (got {got})"
            self.checks.finding("numbers", "", message)
            return np.full(shape, np.nan)
        found: Array = read.values.astype(np.float64).reshape(own)
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
        for each, rows in read.unknown.items():
            message = f"{each!r:.60} in row {rows[0]} is no state{self.checks.hint(each, STATES)}"
            self.checks.finding("states", "", f"{message}: {', '.join(STATES)}")
        return np.where(read.codes < 0, np.int8(UNCERTAIN), read.codes.astype(np.int8))

    def columns(self, given: Mapping[str, Any]) -> dict[str, Array]:
        """Return columns of the scorer's own."""
        for name, value in given.items():
            self._aligned(str(name), value)
        return more_columns(self.table, given, lambda message: self.checks.finding("columns", "", message))

    def consistent(self, columns: Mapping[str, Array], steps: Mapping[str, Array], *, exact: bool) -> bool:
        """Look whether bounds, gains and parts fit D; tell whether the parts sum to the gap."""
        desired = columns["desired"]
        low, high = (columns.get(name, np.full(len(desired), np.nan)) for name in ("low", "high"))
        beyond = (low > high + SLACK) | (desired < low - SLACK) | (desired > high + SLACK)
        message = "low and high do not hold desired between them"
        self._broken("bounds", message, beyond, low=low, desired=desired, high=high)
        known, gain, parts = ~np.isnan(desired), steps.get("gain"), steps.get("attribution")
        for rule, values in (("gain", gain), ("parts", parts)):
            if values is not None:
                lacking = known & np.isnan(values).any(axis=1)
                self._broken(rule, f"{rule} not known where there is a score; 0 is nothing", lacking)
        if gain is not None:
            message = "desired + gain, what D is with a step fully attained, leaves [0, 1]"
            self._broken("gain", message, _beyond(desired[:, None] + gain), desired=desired, gain=gain)
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
        index: Any = getattr(value, "index", None)
        if own is not None and hasattr(index, "equals") and len(index) == len(own) and not own.equals(index):
            message = f"{name} has another index than the customers' frame; reindex it, or hand over an array"
            self.checks.finding("index", "", message)


def _beyond(values: Array) -> NDArray[np.bool_]:
    """Tell which numbers leave [0, 1]."""
    return (values < -SLACK) | (values > 1.0 + SLACK)
