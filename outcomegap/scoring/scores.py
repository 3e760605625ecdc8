"""Scores of many customers, and what people ask of them: groups, the worklist, parents, overrides, what moved them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from outcomegap.errors import EngineError
from outcomegap.frames.arrays import plain_values
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.groups import QUANTILES, SegmentScores
from outcomegap.scoring.model_scores import ModelScores
from outcomegap.scoring.overrides import resolved
from outcomegap.scoring.worklist import Worklist, worklist_of

if TYPE_CHECKING:
    from datetime import date
    from os import PathLike

    from outcomegap.scoring.change import Change
    from outcomegap.scoring.parents import How, RollUp
    from outcomegap.scoring.perception import Disagreement


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
