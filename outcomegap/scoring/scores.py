"""Scores of many customers: arrays in the order of the rows, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SET_ASIDE, Batch, Result
from outcomegap.errors import DataError, Problem
from outcomegap.explanation import Explanation, gradients
from outcomegap.frames import Table
from outcomegap.model import OutcomeModel
from outcomegap.program import Compiled
from outcomegap.scoring import joining
from outcomegap.scoring.prepare import Prepared
from outcomegap.scoring.states import STATES, UNCERTAIN, order_of_need, state_codes

if TYPE_CHECKING:
    from datetime import date
    from os import PathLike

    from outcomegap.scoring.change import Change
    from outcomegap.scoring.observed import Disagreement
    from outcomegap.scoring.overrides import OverriddenScores
    from outcomegap.scoring.rollup import How, RollUp
    from outcomegap.scoring.scorer import Scorer
    from outcomegap.scoring.segments import SegmentScores
    from outcomegap.scoring.worklist import Worklist

Array = NDArray[Any]
#: An attainment this near to 1 counts as met.
MET = 1.0 - 1e-9


class Scores:
    """Scores of many customers, in the order of the rows; made by `Scorer.score`.

    All arrays hold one value a customer and are read-only. Point values are NaN where too little is known
    (``min_coverage``); ``low`` and ``high`` bound what D can be, whatever the missing values turn out to be. The
    scores refer to the data that were scored: do not change those while you use them.

    Attributes
    ----------
    problems
        What was wrong with rows set aside.
    """

    def __init__(self, scorer: Scorer, table: Table, prepared: Prepared, result: Result, id_column: str | None) -> None:
        self._scorer, self._table, self._prepared, self._result = scorer, table, prepared, result
        self._id_column = id_column
        self.problems: tuple[Problem, ...] = prepared.problems

    def __len__(self) -> int:
        return len(self._batch)

    def __repr__(self) -> str:
        return f"<Scores of {len(self)} customers by {self.model.name!r}>"

    @property
    def model(self) -> OutcomeModel:
        """The model they were scored by."""
        return self._scorer.model

    @property
    def scorer(self) -> Scorer:
        """The scorer that made them."""
        return self._scorer

    @property
    def _batch(self) -> Batch:
        return self._prepared.batch

    @cached_property
    def id(self) -> Array:
        """What names each customer: the id column, or the row's position."""
        if self._id_column is None:
            return _sealed(np.arange(len(self)))
        return self._table.values(self._id_column)

    @cached_property
    def cell(self) -> NDArray[np.int32]:
        """Position of each customer's cell in ``model.cells``; -1 for a row set aside."""
        return _sealed(self._batch.cells)

    # What is known

    @cached_property
    def coverage(self) -> Array:
        """Share of the cell's leaves that are observed."""
        return _sealed(self._share(np.add(*self._result.observed), self._scorer.compiled.sizes.sum(axis=0)))

    @cached_property
    def required_coverage(self) -> Array:
        """Share of the required outcome's leaves that are observed."""
        return _sealed(self._share(self._result.observed[0], self._scorer.compiled.sizes[0]))

    @cached_property
    def experience_coverage(self) -> Array:
        """Share of the experience's leaves that are observed."""
        return _sealed(self._share(self._result.observed[1], self._scorer.compiled.sizes[1]))

    def _share(self, seen: Array, of: Array) -> Array:
        """Return what share of each customer's leaves is observed; `of` says by cell how many there are."""
        if self.problems or (of != of[0]).any():
            with np.errstate(invalid="ignore"):
                return seen / self._by_cell(of.astype(np.float64))
        shares = np.arange(of[0] + 1) / of[0]
        return shares.take(seen)

    @cached_property
    def _point(self) -> Array:
        """R and E, NaN where too little is known; shape (2, n)."""
        if self._result.low is self._result.point:
            return self._result.point
        lacking = self._lacking()
        if not lacking.any():
            return self._result.point
        point = self._result.point.copy()
        np.copyto(point, np.nan, where=lacking)
        return point

    def _lacking(self) -> NDArray[np.bool_]:
        """Tell which sides have too little data for a point value, shape (2, n)."""
        compiled = self._scorer.compiled
        # A table of answers by cell and number of observed leaves; looked up, not computed row by row.
        most = int(compiled.sizes.max())
        share = np.arange(most + 1) / compiled.sizes[..., None]
        answers = share < compiled.min_coverage[:, None]
        uniform = (answers == answers[:, :1]).all()
        rows = [
            table[0].take(seen) if uniform else table[np.maximum(self._batch.cells, 0), seen]
            for table, seen in zip(answers, self._result.observed, strict=True)
        ]
        return np.array(rows)

    # The score

    @cached_property
    def required(self) -> Array:
        """R, how far the required outcome is attained, in [0, 1]."""
        return _sealed(self._point[0])

    @cached_property
    def experience(self) -> Array:
        """E, how far the appropriate experience is attained, in [0, 1]."""
        return _sealed(self._point[1])

    @cached_property
    def desired(self) -> Array:
        """D = R x E, or what the desired outcome's own rule joins them to."""
        return _sealed(self._joined(joining.desired, self._point))

    @cached_property
    def gap(self) -> Array:
        """The distance from the desired outcome, 1 - D."""
        return _sealed(1.0 - self.desired)

    @cached_property
    def required_gap(self) -> Array:
        """The part of the gap that the required outcome makes: 1 - R, where R and E are joined as a product."""
        return _sealed(self._joined(joining.required_gap, self._point))

    @cached_property
    def experience_gap(self) -> Array:
        """The part of the gap that the experience makes: R (1 - E), where R and E are joined as a product."""
        return _sealed(self._joined(joining.experience_gap, self._point))

    @cached_property
    def low(self) -> Array:
        """D if everything that is missing turned out to be at its floor."""
        return _sealed(self._joined(joining.desired, self._result.low))

    @cached_property
    def high(self) -> Array:
        """D if everything that is missing turned out to be at its target."""
        return _sealed(self._joined(joining.desired, self._result.high))

    @property
    def required_low(self) -> Array:
        """R if everything missing were at its floor."""
        return _sealed(self._result.low[0])

    @property
    def required_high(self) -> Array:
        """R if everything missing were at its target."""
        return _sealed(self._result.high[0])

    @property
    def experience_low(self) -> Array:
        """E if everything missing were at its floor."""
        return _sealed(self._result.low[1])

    @property
    def experience_high(self) -> Array:
        """E if everything missing were at its target."""
        return _sealed(self._result.high[1])

    @cached_property
    def state_codes(self) -> NDArray[np.int8]:
        """Position of the state in `STATES`, the order of need; -1 for a row set aside."""
        low, high = self._result.low, self._result.high
        codes = self._states(high)
        if low is not high:
            codes[codes != self._states(low)] = UNCERTAIN
        if self.problems:
            codes[self.cell == SET_ASIDE] = -1
        return _sealed(codes)

    @cached_property
    def state(self) -> Array:
        """``successful``, ``tolerating``, ``failing``, or ``uncertain``; None for a row set aside."""
        return _sealed(_names(self.state_codes))

    @cached_property
    def point_state(self) -> Array:
        """The state that R and E themselves have; ``uncertain`` where they are unknown."""
        return _sealed(_names(np.where(self.cell == SET_ASIDE, np.int8(-1), self._states(self._point))))

    @cached_property
    def met(self) -> NDArray[np.int64]:
        """How many leaves of the cell are fully attained."""
        reached = gradients.attainment(self._scorer.engine, self._batch)
        return _sealed((reached >= MET).sum(axis=1))

    @cached_property
    def leaves(self) -> NDArray[np.int64]:
        """How many leaves the cell has: the 9 of "7 of 9 met"."""
        sizes = self._by_cell(self._scorer.compiled.sizes.sum(axis=0).astype(np.float64))
        return _sealed(np.broadcast_to(np.nan_to_num(sizes, nan=0.0).astype(np.int64), len(self)))

    def order(self, value: str | Array | None = None) -> NDArray[np.int64]:
        """Return row positions in order of need: state, then gap, then value; customers who need data come last.

        Parameters
        ----------
        value
            A column, or one number a customer, that breaks ties: the larger first.
        """
        return order_of_need(self.state_codes, self.gap, self.numbers(value))

    # Which gaps make it up

    @property
    def exact(self) -> bool:
        """Whether attributions are exact. Numeric gates that are not multilinear make them numerical integrals."""
        return all(program.exact for program in self._scorer.compiled.programs)

    def attribution(self) -> Explanation:
        """Split each customer's gap over the leaves, exactly: the parts sum to it.

        Where the scores are not `exact`, what the parts leave of the gap stands in ``.residual``.
        """
        found = self._explain("attribution", gradients.attribution(self._scorer.engine, self._checked()))
        if self.exact:
            return found
        return attrs.evolve(found, exact=False, residual=_sealed(self.gap - found.values.sum(axis=1)))

    def leverage(self) -> Explanation:
        """How much D moves with each leaf's attainment."""
        values = gradients.leverage(self._scorer.engine, self._checked())
        return attrs.evolve(self._explain("leverage", values, both=True), exact=self.exact)

    def gain(self) -> Explanation:
        """What D gains if a leaf alone were fully attained: what the model would score, not what an act causes."""
        gain = gradients.leverage(self._scorer.engine, self._checked(), gain=True)
        return self._explain("gain", gain, both=True)

    def unknown(self) -> Explanation:
        """How much hangs on each missing leaf: D if it is fully attained less D if it is not; what to ask first."""
        return self._explain("unknown", gradients.unknown(self._scorer.engine, self._checked()), blank=False)

    def attainment(self) -> Explanation:
        """Attainment of each leaf; NaN where it is missing."""
        values = gradients.attainment(self._scorer.engine, self._checked())
        return self._explain("attainment", values, blank=False)

    # For people

    def by(
        self,
        *names: str,
        weight: str | Any | None = None,
        quantiles: Sequence[float] = (0.1, 0.25, 0.5, 0.75, 0.9),
    ) -> SegmentScores:
        """Score groups of customers: their means, states, and ranked gaps.

        A group's part of the gap for a leaf is the weighted mean of its customers' parts (see `attribution`), the
        leaf's share the weighted sum of parts over the weighted sum of gaps (docs/meaning, clause 2.11). Customers
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
        from outcomegap.scoring.segments import segment_scores

        return segment_scores(self, names, weight=weight, quantiles=quantiles)

    def worklist(
        self,
        value: str | Any | None = None,
        keep: Sequence[str] | None = None,
        limit: int | None = None,
        top: int = 1,
    ) -> Worklist:
        """List customers in order of need, each with the gap that comes first, in its own units, and who owns it.

        The order is that of `order`; customers who need data before they can be scored stand at the end, in a part
        of their own. The gap that comes first is, of the leaves that are observed and not fully attained, the one
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
        from outcomegap.scoring.worklist import worklist_of

        return worklist_of(self, value=value, keep=keep, limit=limit, top=top)

    # Over time, and against what is observed

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
            A column, or one value a customer: what names the parent, null for a customer without one. A parent's own
            row, if there is one, is the row of that id; a parent may have a parent in turn.
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
        from outcomegap.scoring.rollup import roll_up

        return roll_up(self, parent, how, weight, include_parent=include_parent)

    def with_overrides(self, overrides: Any, *, as_of: date | str) -> OverriddenScores:
        """Return the same scores with some overridden: what is computed stays, and what holds stands beside it.

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
            If an override cannot be, names nobody, or two hold for one customer.
        """
        from outcomegap.scoring.overrides import with_overrides

        return with_overrides(self, overrides, as_of=as_of)

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

        save_scores(self, path, keep=keep)

    def change_since(self, earlier: Scores) -> Change:
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
        DataError
            If customers cannot be matched: no id column, ids that are null, repeated, or of another type.
        """
        from outcomegap.scoring.since import change_since

        return change_since(self, earlier)

    def disagreement(self) -> Disagreement:
        """Say where the model and the observed outcome disagree (`RequiredOutcome.measured_by`).

        Where the model says attained and the observation says not, the model lacks a gap (docs/meaning, clause 2.12).

        Raises
        ------
        ModelError
            If no required outcome of the model is observed.
        """
        from outcomegap.scoring.observed import disagreement_of

        return disagreement_of(self)

    # Frames

    def to_frame(self) -> Any:
        """Return the scores as the same kind of frame that was scored, a row a customer."""
        names = (
            *("state", "desired", "gap", "required", "experience", "required_gap", "experience_gap"),
            *("low", "high", "coverage", "met", "leaves"),
        )
        return self._frame({name: getattr(self, name) for name in names} | self._beside())

    def _beside(self, rows: Array | None = None) -> dict[str, Array]:  # noqa: ARG002 - those of overridden scores
        """Return columns to show beside what is computed; none, unless scores are overridden."""
        return {}

    def numbers(self, column: str | Any | None) -> NDArray[np.float64] | None:
        """Return a column of the scored frame, or an array, as numbers; None stays None.

        Raises
        ------
        DataError
            If there is no such column, it holds text, or the array has another length.
        """
        if column is None:
            return None
        if isinstance(column, str):
            problems = self._table.require([column])
            found = self._table.floats(column) if not problems else None
            if found is not None and found.bad is None:
                return found.values.astype(np.float64, copy=False)
            if problems:
                raise DataError.all("the scored frame lacks a column", problems)
            raise DataError(f"column {column!r} must hold numbers (got {found.first_bad!r:.60})")  # type: ignore[union-attr]
        try:
            values = np.asarray(column, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(f"one number a customer is needed, not {column!r:.60}") from error
        if values.shape != (len(self),):
            raise DataError(f"one number a customer is needed: shape ({len(self)},), not {values.shape}")
        return values

    def _frame(self, columns: dict[str, Any]) -> Any:
        name = self._id_column if self._id_column is not None else "row"
        keys = {name: self.id}
        clash = {n: f"{n} (leaf)" for n in columns if n in keys}
        return self._table.build(keys | {clash.get(n, n): v for n, v in columns.items()})

    def _explain(self, name: str, values: Array, *, both: bool = False, blank: bool = True) -> Explanation:
        compiled = self._scorer.compiled
        applies = np.vstack([compiled.applies, np.zeros((1, len(self.model.leaves)), dtype=bool)])[self.cell]
        if blank:
            for number, leaf in enumerate(self.model.leaves):
                score = self.desired if both else getattr(self, f"{leaf.side}_gap")
                values[:, number][np.isnan(score) & applies[:, number]] = np.nan
        return Explanation(
            name=name,
            values=_sealed(values),
            leaves=tuple(leaf.name for leaf in self.model.leaves),
            observed=_sealed(gradients.observed(self._scorer.engine, self._batch)),
            applies=_sealed(applies),
            frame=self._frame,
        )

    def _checked(self) -> Batch:
        """Return the batch, after making sure that nobody changed the data since they were scored."""
        again = self._scorer.engine.score(self._batch)
        if not np.array_equal(again.point, self._result.point, equal_nan=True):
            raise DataError("the data were changed after they were scored; score them again")
        return self._batch

    def _joined(self, ask: Callable[[Compiled, NDArray[np.int32], Array, Array], Array], sides: Array) -> Array:
        return ask(self._scorer.compiled, self.cell, sides[0], sides[1])

    def _by_cell(self, table: Array) -> Array:
        """Spread numbers by cell (last axis) over customers; NaN for rows set aside."""
        if not self.problems and (table == table[..., :1]).all():
            return table[..., :1]
        last = np.full((*table.shape[:-1], 1), np.nan)
        return np.concatenate([table, last], axis=-1)[..., self._batch.cells]

    def _states(self, sides: Array) -> NDArray[np.int8]:
        compiled = self._scorer.compiled
        at = [self._by_cell(t) for t in (compiled.achieved_at, compiled.appropriate_at)]
        return state_codes(sides[0], sides[1], at[0], at[1])


def _names(codes: Array) -> Array:
    if (codes < 0).any():
        return np.array([*STATES, None], dtype=object)[codes]
    return np.array(STATES)[codes]


def _sealed(values: Array) -> Array:
    view = values.view()
    view.setflags(write=False)
    return view
