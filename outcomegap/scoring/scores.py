"""Scores of many customers, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SET_ASIDE, Batch
from outcomegap.errors import DataError
from outcomegap.explanation import Explanation, gradients
from outcomegap.scoring.arrays import ScoreArrays, sealed
from outcomegap.scoring.states import order_of_need

if TYPE_CHECKING:
    from datetime import date
    from os import PathLike

    from outcomegap.scoring.change import Change
    from outcomegap.scoring.observed import Disagreement
    from outcomegap.scoring.overrides import OverriddenScores
    from outcomegap.scoring.rollup import How, RollUp
    from outcomegap.scoring.segments import SegmentScores
    from outcomegap.scoring.worklist import Worklist

Array = NDArray[Any]


class Scores(ScoreArrays):
    """Scores of many customers, in the order of the rows; made by `Scorer.score`.

    All arrays hold one value a customer and are read-only. Point values are NaN where too little is known
    (``min_coverage``); ``low`` and ``high`` bound what D can be, whatever the missing values turn out to be. The
    scores refer to the data that were scored: do not change those while you use them.

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
        return attrs.evolve(found, exact=False, residual=sealed(self.gap - found.values.sum(axis=1)))

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
        *names: str | Sequence[str],
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
        values[self.cell == SET_ASIDE] = np.nan
        return Explanation(
            name=name,
            values=sealed(values),
            leaves=tuple(leaf.name for leaf in self.model.leaves),
            observed=sealed(gradients.observed(self._scorer.engine, self._batch)),
            applies=sealed(applies),
            frame=self._frame,
        )

    def _checked(self) -> Batch:
        """Return the batch, after making sure that nobody changed the data since they were scored."""
        again = self._scorer.engine.score(self._batch)
        if not np.array_equal(again.point, self._result.point, equal_nan=True):
            raise DataError("the data were changed after they were scored; score them again")
        return self._batch
