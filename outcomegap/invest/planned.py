"""A plan: what was chosen, what it returns and costs, and how far from the best it can be."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.invest.action import Action
from outcomegap.invest.choice import Menu
from outcomegap.invest.listed import beside, shown_beside
from outcomegap.invest.solve import Choice
from outcomegap.listing import Listing, as_column
from outcomegap.scoring import Scores
from outcomegap.scoring.groups import ideal_rows

Array = NDArray[Any]
Per = Literal["segment", "customer"]
PER: tuple[Per, ...] = ("segment", "customer")


@attrs.frozen(eq=False)
class Asked:
    """What a plan was asked for.

    Parameters
    ----------
    groups
        What names each group.
    group
        The group of each customer; -1 for rows set aside.
    reached
        For whom each action would be done, shape (customers, actions).
    per, together
        As in `outcomegap.invest.plan`.
    """

    groups: Array
    group: Array
    reached: NDArray[np.bool_]
    per: Per
    together: int


class Plan:
    """A plan; made by `plan`.

    Attributes
    ----------
    value
        What the plan returns: the sum over customers of value x (D with its actions - D now), by the model.
    cost
        What it costs.
    bound
        No plan of these combinations returns more.
    gap
        (bound - value) / bound: how far from the best it may be at most; 0 where nothing can be returned.
    greedy_value
        What choosing step by step, by return for cost, returns.
    budget, per, together
        As asked for.
    unscored
        How many customers have no score; no action is planned for them.
    not_ideal
        How many of the customers for whom something is done are of segments that are not ideal. They enter as all
        others do, and are marked; name the segments of an action to leave them out.
    """

    def __init__(self, scores: Scores, actions: tuple[Action, ...], menu: Menu, choice: Choice, asked: Asked) -> None:
        self._scores, self._actions, self._menu, self._choice, self._asked = scores, actions, menu, choice, asked
        self.per, self.together, self.budget = asked.per, asked.together, menu.budget
        self.unscored = int(np.isnan(scores.desired).sum())
        self.value, self.bound, self.greedy_value = choice.value, choice.bound, choice.greedy
        self.gap = (self.bound - self.value) / self.bound if self.bound > 0 else 0.0
        self._held: NDArray[np.bool_] = menu.holds[choice.chosen]
        self.cost = float((self._held * menu.costs).sum())

    def __len__(self) -> int:
        return len(self._rows)

    @cached_property
    def _rows(self) -> Array:
        rows = np.flatnonzero(self._choice.chosen)
        gains = self._menu.gains[rows, self._choice.chosen[rows]]
        found: Array = rows[np.argsort(-gains, kind="stable")]
        return found

    @cached_property
    def chosen(self) -> dict[Any, tuple[str, ...]]:
        """The actions for each group that gets any: by segment, or by what names the customer."""
        names = [self._actions_of(row) for row in self._rows.tolist()]
        return dict(zip(self._asked.groups[self._rows].tolist(), names, strict=True))

    def _actions_of(self, row: int) -> tuple[str, ...]:
        return tuple(self._actions[a].name for a in self._menu.sets[self._choice.chosen[row]])

    @cached_property
    def _done(self) -> NDArray[np.bool_]:
        """For whom each action is done, shape (customers, actions)."""
        found: NDArray[np.bool_] = self._asked.reached & self._held[self._asked.group]
        return found

    @cached_property
    def not_ideal(self) -> int:
        """For how many customers of segments that are not ideal something is done."""
        return int((self._done.any(axis=1) & ~ideal_rows(self._scores)).sum())

    @cached_property
    def _ideal(self) -> NDArray[np.bool_] | None:
        """Which groups are ideal; None where the model has no others."""
        flags = [segment.ideal for segment in self._scores.model.segments]
        if all(flags):
            return None
        return np.array(flags) if self.per == "segment" else ideal_rows(self._scores)

    def _apart(self) -> list[str]:
        """Return what the plan does for those that are not ideal, where it does anything."""
        if self._ideal is None or not self.not_ideal:
            return []
        rows = self._rows[~self._ideal[self._rows]]
        value = float(self._menu.gains[rows, self._choice.chosen[rows]].sum())
        cost = float((self._held * self._menu.costs)[rows].sum())
        who = f"{self.not_ideal:,} of segments that are not ideal"
        return [f"Customers in the plan: {who}, who return {money(value)} of it for {money(cost)}."]

    def by_action(self) -> Listing:
        """Return a row an action: for how many customers it is done, what that costs, and its capacity."""
        columns = {
            "action": as_column([action.name for action in self._actions]),
            "customers": self._done.sum(axis=0),
            "cost": (self._held * self._menu.costs).sum(axis=0),
            "capacity": as_column([action.capacity for action in self._actions]),
        }
        done = int(self._done.any(axis=0).sum())
        title = f"{done} of {len(self._actions)} actions are in the plan"
        return Listing(title, columns, like=self._scores.table, notes=self._apart(), formats={"cost": money})

    @cached_property
    def _listing(self) -> Listing:
        rows, menu = self._rows, self._menu
        own = "segment" if self.per == "segment" else self._scores.id_column or "row"
        reached = self._asked.group[self._done.any(axis=1)]
        columns = {
            **({} if self._ideal is None else {"ideal": self._ideal[rows]}),
            "actions": as_column([" + ".join(self._actions_of(row)) for row in rows.tolist()]),
            "customers": np.bincount(reached, minlength=len(self._held))[rows],
            "cost": (self._held * menu.costs)[rows].sum(axis=1),
            "value": menu.gains[rows, self._choice.chosen[rows]],
        }
        spent = "without a budget" if self.budget is None else f"for a budget of {self.budget:,.2f}"
        title = f"A plan {spent}: returns {self.value:,.2f} for {self.cost:,.2f}"
        notes = [
            f"No plan of up to {self.together} actions together returns more than {self.bound:,.2f}.",
            f"The gap to that is {tiny(self.gap)}; step by step, by return for cost: {self.greedy_value:,.2f}.",
            "Returned is value x (D with the actions - D now): what the model would score, not what an action causes.",
            *([f"Customers without a score, for whom nothing is planned: {self.unscored:,}."] if self.unscored else []),
            *self._apart(),
        ]
        named = {own: self._asked.groups[rows]}
        show = shown_beside(named, {"ideal": "ideal", "cost": money, "value": money}, "plan")
        listed = beside(named, columns, "plan")
        return Listing(title, listed, like=self._scores.table, notes=notes, formats=show)

    @property
    def columns(self) -> dict[str, Array]:
        """Heading -> one value for each group that gets an action, most return first."""
        return self._listing.columns

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict of plain values for each group that gets an action, most return first."""
        return self._listing.rows()

    def to_frame(self) -> Any:
        """Return a row a group that gets an action, the same kind of frame that was scored, most return first."""
        return self._listing.to_frame()

    def __str__(self) -> str:
        return str(self._listing)

    def _repr_html_(self) -> str:
        return self._listing._repr_html_()

    def __repr__(self) -> str:
        return f"<Plan for {len(self)} groups: value {self.value:g}, cost {self.cost:g}, gap {self.gap:.2g}>"


def money(amount: float) -> str:
    """Return an amount for people to read.

    Examples
    --------
    >>> money(1234.5)
    '1,234.50'
    """
    return f"{amount:,.2f}"


def tiny(share: float) -> str:
    """Return a small share as a percentage.

    Examples
    --------
    >>> tiny(0.0), tiny(1e-9), tiny(0.01234)
    ('0 %', 'less than 0.001 %', '1.23 %')
    """
    return "less than 0.001 %" if 0 < share < 1e-5 else f"{100 * share:.3g} %"
