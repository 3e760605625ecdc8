"""What moved each customer's score from one scoring to another (docs/meaning, clause 2.9)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.frames.arrays import locked
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.matching import Pairs

if TYPE_CHECKING:
    from outcomegap.scoring.change_text import Moved
    from outcomegap.scoring.scores import Scores

Array = NDArray[Any]
#: What can move a score, in the order in which it is taken.
CAUSES = ("model", "expectations", "cell", "coverage", "data")


@attrs.frozen(eq=False, repr=False)
class Change:
    """What moved D of each customer who is in both scorings; made by `Scores.change_since`.

    The parts of a customer add up to `total` within 1e-12, in double precision whatever the scores' own. They are
    NaN where D is unknown before or after; then `reason` says why. Changed thresholds move states, never D.

    Attributes
    ----------
    id
        What names each customer, in the order of the later scoring.
    before, after, total
        D then, D now, and the difference.
    model
        New graph and weights on the old data; steps that only one of the two models has.
    expectations
        Then new floors, targets, curves and numbers for what is missing, on the old data; shape (customers, steps).
    cell, cell_expectations
        Then the same two for customers who moved to another segment, stage or goal.
    coverage
        Then values that became known or went missing.
    data
        Then the customer's own values where they are known before and after; shape (customers, steps).
    steps
        Names of the steps, those of the later model.
    state_before, state_after
        States then and now.
    cell_before, cell_after
        Cells then and now, such as ``"startup/adopting"``; None for a row set aside.
    reason
        Why the parts of a customer are NaN; None where they are not.
    came, went
        What names the customers that are only in the later, only in the earlier scoring.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)]))
    >>> june = scorer.score({"id": ["Acme"], "calls": [1.0], "reply_hours": [24.0]})
    >>> july = scorer.score({"id": ["Acme"], "calls": [3.0], "reply_hours": [36.0]})
    >>> change = july.change_since(june)
    >>> change.total.tolist(), dict(zip(change.steps, change.data[0].tolist()))
    ([0.125], {'calls made': 0.375, 'support replies': -0.25})
    >>> print(change.biggest(1)[0])
    Acme: D 0.25 -> 0.375, the customer: calls made, calls 1 -> 3
    """

    id: Array = attrs.field(converter=locked)
    before: Array = attrs.field(converter=locked)
    after: Array = attrs.field(converter=locked)
    model: Array = attrs.field(converter=locked)
    expectations: Array = attrs.field(converter=locked)
    cell: Array = attrs.field(converter=locked)
    cell_expectations: Array = attrs.field(converter=locked)
    coverage: Array = attrs.field(converter=locked)
    data: Array = attrs.field(converter=locked)
    steps: tuple[str, ...]
    state_before: Array = attrs.field(converter=locked)
    state_after: Array = attrs.field(converter=locked)
    cell_before: Array = attrs.field(converter=locked)
    cell_after: Array = attrs.field(converter=locked)
    reason: Array = attrs.field(converter=locked)
    came: Array = attrs.field(converter=locked)
    went: Array = attrs.field(converter=locked)
    _earlier: Scores
    _later: Scores
    _pairs: Pairs
    #: Position of each customer's old cell in the later model.
    _carried: Array

    def __len__(self) -> int:
        return len(self.id)

    @property
    def total(self) -> Array:
        """How much D moved."""
        moved: Array = self.after - self.before
        return moved

    @cached_property
    def ideal(self) -> NDArray[np.bool_]:
        """Whether each customer is, now, of an ideal segment, or of none that is known."""
        found: NDArray[np.bool_] = ideal_rows(self._later)[self._pairs.after]
        return found

    @cached_property
    def causes(self) -> dict[str, Array]:
        """What each cause makes of the total, one number a customer; the cell's expectations are under ``cell``."""
        return {
            "model": self.model,
            "expectations": self.expectations.sum(axis=1),
            "cell": self.cell + self.cell_expectations.sum(axis=1),
            "coverage": self.coverage,
            "data": self.data.sum(axis=1),
        }

    @cached_property
    def cause(self) -> Array:
        """The cause that moved each customer most, one of `CAUSES`; None where nothing did, or nothing is known."""
        size = np.abs(np.stack([self.causes[name] for name in CAUSES]))
        known = np.nan_to_num(size)
        names = np.array([*CAUSES, None], dtype=object)
        found: Array = names[np.where(known.max(axis=0) > 0, known.argmax(axis=0), len(CAUSES))]
        return found

    @cached_property
    def step(self) -> Array:
        """The step that made most of that cause; None where the cause is no step's."""
        names = np.array([*self.steps, None], dtype=object)
        found = np.full(len(self), len(self.steps))
        per_step = {"expectations": self.expectations, "cell": self.cell_expectations, "data": self.data}
        for name, parts in per_step.items():
            rows = np.flatnonzero(self.cause == name)
            size = np.abs(parts[rows])
            found[rows] = np.where(size.max(axis=1, initial=0.0) > 0, size.argmax(axis=1), len(self.steps))
        named: Array = names[found]
        return named

    def biggest(self, n: int = 10) -> tuple[Moved, ...]:
        """Return the customers whose D moved most, up or down, and what did it."""
        from outcomegap.scoring.change_text import moved

        return tuple(moved(self, row) for row in self.order()[: max(n, 0)].tolist())

    def order(self) -> NDArray[np.int64]:
        """Return positions by how much D moved, up or down; those whose total is unknown are left out."""
        known = np.flatnonzero(~np.isnan(self.total))
        return known[np.argsort(-np.abs(self.total[known]), kind="stable")]

    def to_frame(self, *, steps: bool = False) -> Any:
        """Return a row a customer, the same kind of frame that was scored last.

        It says of each who is of an ``ideal`` segment, where the model has others.

        Parameters
        ----------
        steps
            Whether to add a column for each step's part: ``"data: list built"`` and so on.
        """
        columns: dict[str, Any] = {name: getattr(self, name) for name in ("before", "after", "total")}
        for name in ("model", "expectations", "cell", "cell_expectations", "coverage", "data"):
            parts = getattr(self, name)
            columns[name] = parts if parts.ndim == 1 else parts.sum(axis=1)
        for name in ("state_before", "state_after", "cell_before", "cell_after", "cause", "step", "reason"):
            columns[name] = getattr(self, name)
        if not all(segment.ideal for segment in self._later.model.segments):
            columns["ideal"] = self.ideal
        for name in ("expectations", "cell_expectations", "data") if steps else ():
            parts = getattr(self, name)
            columns |= {f"{name}: {step}": parts[:, number] for number, step in enumerate(self.steps)}
        own = str(self._later.id_column)
        named = {f"{name} (change)" if name == own else name: values for name, values in columns.items()}
        return self._later.table.build({own: self.id} | named, index_like=False)

    def text(self, count: int = 10) -> str:
        """Return what moved the scores, in words: on the whole, and the customers who moved most."""
        from outcomegap.scoring.change_text import change_text

        return change_text(self, count)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Change of {len(self)} customers; {len(self.came)} came, {len(self.went)} went>"
