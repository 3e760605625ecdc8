"""What people ask of scores, whatever made them: groups, the worklist, parents, overrides, frames."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, Problem
from outcomegap.frames import wrap
from outcomegap.scoring.scored import Scored, sealed
from outcomegap.scoring.states import STATES, order_of_need

if TYPE_CHECKING:
    from datetime import date

    from outcomegap.scoring.parents import How, RollUp
    from outcomegap.scoring.segments import SegmentScores
    from outcomegap.scoring.worklist import Worklist

Array = NDArray[Any]
#: The arrays that a frame of scores holds, in order.
COLUMNS = (
    *("state", "desired", "gap", "required", "experience", "required_gap", "experience_gap"),
    *("low", "high", "coverage", "met", "steps"),
)


class ScoreViews(Scored):
    """What people ask of scores: groups, the worklist, parents, overrides, frames."""

    # For people

    def by(
        self,
        *names: str | Sequence[str],
        weight: str | Any | None = None,
        quantiles: Sequence[float] = (0.1, 0.25, 0.5, 0.75, 0.9),
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
        from outcomegap.scoring.worklist import worklist_of

        return worklist_of(self, value=value, keep=keep, limit=limit, top=top)

    def order(self, value: str | Array | None = None) -> NDArray[np.int64]:
        """Return row positions in order of need: state, then gap, then value; customers who need data come last.

        Where scores are overridden it is the order of what holds.

        Parameters
        ----------
        value
            A column, or one number a customer, that breaks ties: the larger first.
        """
        codes, gap = self.state_codes, self.gap
        if self.overrides:
            codes, gap = self._effective_codes, self._effective_gap
        return order_of_need(codes, gap, self.numbers(value))

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

    def with_overrides(self, overrides: Any, *, as_of: date | str) -> Self:
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
        from outcomegap.frames.arrays import plain_values
        from outcomegap.scoring.overrides import resolved

        found = copy.copy(self)  # the computed arrays are the same, those made already too
        found.overrides, found.expired, found.as_of = resolved(
            overrides, plain_values(self.id), as_of, "with_overrides"
        )
        return found

    @property
    def effective_score(self) -> Array:
        """D, or what an override says instead."""
        from outcomegap.scoring.overrides import effective

        return sealed(effective(self.desired, self.overrides, "score"))

    @property
    def effective_state(self) -> Array:
        """The state, or what an override says instead; None for a row set aside without one."""
        from outcomegap.scoring.overrides import effective

        return sealed(effective(self.state.astype(object), self.overrides, "state"))

    @property
    def _effective_codes(self) -> NDArray[np.int8]:
        """Codes of the states that hold."""
        codes = self.state_codes.copy()
        for row, override in self.overrides.items():
            if override.state is not None:
                codes[row] = STATES.index(override.state)
        return codes

    @property
    def _effective_gap(self) -> Array:
        """The gap by what holds; 0 where only a state is known, by an override; NaN where nothing is."""
        gap = 1.0 - self.effective_score
        for row, override in self.overrides.items():
            if override.state is not None and np.isnan(gap[row]):
                gap[row] = 0.0
        return gap

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
        if not isinstance(column, str):
            raise DataError(f"customers are named by the name of a column (got {column!r:.60})")
        if lacking := self.table.require([column]):
            raise DataError.all("the scored frame lacks a column", lacking)
        found = copy.copy(self)
        found.__dict__.pop("id", None)
        found.id_column = column
        return found

    def _beside(self, rows: Array | None = None) -> dict[str, Array]:
        """Return what holds and who said so, as columns to show beside what is computed; none without overrides."""
        if self.as_of is None:
            return {}
        from outcomegap.scoring.overrides import override_columns

        wanted = np.arange(len(self)) if rows is None else rows
        holds = {"effective_state": self.effective_state[wanted], "effective_score": self.effective_score[wanted]}
        place = np.flatnonzero(np.isin(wanted, list(self.overrides)))
        return override_columns({int(at): self.overrides[int(wanted[at])] for at in place}, len(wanted), holds)

    # Frames

    def to_frame(self) -> Any:
        """Return the scores as the same kind of frame that was scored, a row a customer."""
        return self._frame({name: getattr(self, name) for name in COLUMNS} | self._beside())

    def _frame(self, columns: dict[str, Any]) -> Any:
        name = self.id_column if self.id_column is not None else "row"
        keys = {name: self.id}
        clash = {n: f"{n} (step)" for n in columns if n in keys}
        return self.table.build(keys | {clash.get(n, n): v for n, v in columns.items()})

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
        from outcomegap.scoring.given import more_columns

        names = self.table.names
        found, wrong = more_columns(columns, names, len(self))
        if wrong:
            raise DataError.all("with_columns", [Problem("columns", message) for message in wrong])
        more = copy.copy(self)
        more.table = wrap(self.table.build({name: self.table.series(name) for name in names} | found))
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
        if isinstance(column, str):
            problems = self.table.require([column])
            found = self.table.floats(column) if not problems else None
            if found is not None and found.bad is None:
                return found.values.astype(np.float64, copy=False)
            if problems:
                raise DataError.all("the scored frame lacks a column", problems)
            raise DataError(f"column {column!r} must hold numbers (got {found.first_bad!r:.60})")  # type: ignore[union-attr]
        try:
            values = np.asarray(column, dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise DataError(f"one number a customer is needed, not {column!r:.60}") from error
        if values.shape != (len(self),):
            raise DataError(f"one number a customer is needed: shape ({len(self)},), not {values.shape}")
        return values
