"""Which actions, for which segments or customers, return most retained value for a budget."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.listing import Listing, as_column
from outcomegap.errors import DataError, hint
from outcomegap.invest.action import Action, check_number, checked
from outcomegap.invest.choice import Choice, Menu, best, greedy, sets_of
from outcomegap.invest.effect import Effects, check_scores, segments_of
from outcomegap.scoring import Scores

Array = NDArray[Any]
Per = Literal["segment", "customer"]
PER: tuple[Per, ...] = ("segment", "customer")


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
        What choosing step by step by return for cost returns.
    budget, per, together
        As asked for.
    unscored
        How many customers have no score; no action is planned for them.
    """

    def __init__(
        self,
        scores: Scores,
        actions: tuple[Action, ...],
        menu: Menu,
        choice: Choice,
        groups: Array,
        asked: tuple[Any, ...],
    ) -> None:
        self._scores, self._actions, self._menu, self._choice, self._groups = scores, actions, menu, choice, groups
        self.per, self.together, self.unscored = asked
        self.budget, self.value, self.bound = menu.budget, choice.value, choice.bound
        self.gap = (self.bound - self.value) / self.bound if self.bound > 0 else 0.0
        held = menu.holds[choice.chosen]
        self.cost = float((held * menu.costs).sum())
        self.greedy_value = float(menu.gains[np.arange(len(groups)), greedy(menu)].sum())

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
        return dict(zip(self._groups[self._rows].tolist(), names, strict=True))

    def _actions_of(self, row: int) -> tuple[str, ...]:
        return tuple(self._actions[a].name for a in self._menu.sets[self._choice.chosen[row]])

    @cached_property
    def _listing(self) -> Listing:
        rows, menu = self._rows, self._menu
        held = menu.holds[self._choice.chosen[rows]]
        own = self._scores._id_column or "row"
        columns = {
            "segment" if self.per == "segment" else own: self._groups[rows],
            "actions": as_column([" + ".join(self._actions_of(row)) for row in rows.tolist()]),
            "customers": menu.sizes[rows, 0].astype(np.int64),
            "cost": (held * menu.costs[rows]).sum(axis=1),
            "value": menu.gains[rows, self._choice.chosen[rows]],
        }
        spent = "no budget" if self.budget is None else f"a budget of {self.budget:,.2f}"
        title = f"A plan for {spent}: returns {self.value:,.2f} for {self.cost:,.2f}"
        notes = [
            f"No plan of up to {self.together} actions together returns more than {self.bound:,.2f}.",
            f"The gap to that is {100 * self.gap:.2g} %; step by step, by return for cost: {self.greedy_value:,.2f}.",
            "Returned is value x (D with the actions - D now): what the model would score, not what an action causes.",
            *([f"{self.unscored:,} customers have no score; nothing is planned for them."] if self.unscored else []),
        ]
        show = {name: lambda number: f"{number:,.2f}" for name in ("cost", "value")}
        return Listing(title, columns, self._scores._table, notes=notes, show=show)

    def to_frame(self) -> Any:
        """Return a row a group that gets an action, the same kind of frame that was scored, most return first."""
        return self._listing.to_frame()

    def __str__(self) -> str:
        return str(self._listing)

    def _repr_html_(self) -> str:
        return self._listing._repr_html_()

    def __repr__(self) -> str:
        return f"<Plan for {len(self)} groups: value {self.value:g}, cost {self.cost:g}, gap {self.gap:.2g}>"


def plan(
    scores: Scores,
    actions: Sequence[Action],
    *,
    value: Any,
    budget: float | None = None,
    per: Per = "segment",
    together: int = 2,
    gap: float = 1e-6,
    time_limit: float = 60.0,
) -> Plan:
    """Choose actions for segments, or for customers, that return most retained value within a budget.

    Effects do not add up: under AllOf two actions may return what neither does alone. So every combination of up to
    `together` actions is scored on the graph again, and one is chosen for each group. The choice is a multiple-choice
    knapsack (Kellerer, Pferschy & Pisinger, Knapsack Problems, 2004, chapter 11) with capacities, solved by HiGHS.

    Parameters
    ----------
    scores
        The customers.
    actions
        What could be done.
    value
        What each customer is worth: a column of the scored frame, or one number a customer; 0 or more.
    budget
        What may be spent, in the unit of the actions' cost; None for any amount.
    per
        ``"segment"``: an action is for all customers with a score of a segment, and costs so many times its cost;
        ``"customer"``: for each alone.
    together
        The most actions for one group.
    gap
        The share of the best return that may be left lying.
    time_limit
        Seconds for the solver; the best plan found by then, and its gap, are returned.

    Returns
    -------
    Plan
        What the model would score with the actions; not what an action will cause.

    Raises
    ------
    DataError
        If an argument is not as said here, or there are too many combinations.
    EngineError
        If SciPy is not installed.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)]))
    >>> scores = scorer.score({"id": ["Acme", "Zeta"], "calls": [1, 4], "reply_hours": [48, 36], "mrr": [100, 200]})
    >>> todo = [Action("coach", {"calls made": 1}, cost=10), Action("desk", {"reply_hours": 24}, cost=10)]
    >>> best = plan(scores, todo, value="mrr", budget=30, per="customer")
    >>> best.chosen, best.value, best.cost, best.greedy_value
    ({'Acme': ('coach', 'desk'), 'Zeta': ('desk',)}, 200.0, 30.0, 200.0)
    """
    scores = check_scores("plan", scores)
    todo = checked("plan: actions", scores.model, actions, Action)
    worth = values_of("plan", scores, value)
    limit = None if budget is None else check_number("plan: budget", budget)
    if per not in PER:
        raise DataError(f"plan: per is 'segment' or 'customer' (got {per!r:.60}){hint(per, PER)}")
    if not isinstance(together, int) or isinstance(together, bool) or together < 1:
        raise DataError(f"plan: together is a whole number, 1 or more (got {together!r:.60})")
    check_number("plan: gap", gap, 0.0, 1.0)
    check_number("plan: time_limit", time_limit)
    menu, groups = _menu(scores, todo, worth, limit, per, together)
    choice = best(menu, gap, time_limit)
    unscored = int(np.isnan(scores.desired).sum())
    return Plan(scores, todo, menu, choice, groups, (per, min(together, len(todo)), unscored))


def values_of(what: str, scores: Scores, value: Any) -> Array:
    """Return what each customer is worth, finite and 0 or more.

    Raises
    ------
    DataError
        If it is not.
    """
    found = scores.numbers(value)
    if found is None:
        raise DataError(f"{what}: value is a column of the scored frame, or one number a customer (got None)")
    bad = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
    if len(bad):
        message = f"{what}: value is a finite number, 0 or more, for every customer (got {found[bad[0]]:g} in row "
        raise DataError(f"{message}{bad[0]}, {len(bad)} rows in all); give 0 where a customer is worth nothing")
    return found


def _menu(
    scores: Scores, actions: tuple[Action, ...], worth: Array, budget: float | None, per: Per, together: int
) -> tuple[Menu, Array]:
    segment, known = segments_of(scores), ~np.isnan(scores.desired)
    names = scores.model.segment_names
    if per == "segment":
        groups, code = as_column(names), segment
        of = np.arange(len(names))
    else:
        groups, code = as_column(scores.id.tolist()), np.arange(len(scores))
        if len(set(groups.tolist())) < len(groups):
            raise DataError("plan: per='customer' needs an id of its own for each customer; some stand twice")
        of = segment
    sets = sets_of(len(actions), together, len(groups))
    effects, rows = Effects(scores), np.flatnonzero(known)
    gains = np.zeros((len(groups), len(sets)))
    for number, some in enumerate(sets[1:], start=1):
        moved = effects.desired([actions[a].raises for a in some]) - effects.now
        gains[:, number] = np.bincount(code[rows], weights=(moved * worth)[rows], minlength=len(groups))
    size = np.bincount(code[rows], minlength=len(groups)).astype(np.float64)
    allowed = np.array([[a.segments is None or (s >= 0 and names[s] in a.segments) for a in actions] for s in of])
    sizes = np.repeat(size[:, None], len(actions), axis=1)
    costs = sizes * np.array([a.cost for a in actions])
    capacities = np.array([np.inf if a.capacity is None else a.capacity for a in actions], dtype=np.float64)
    allowed = allowed.reshape(len(of), len(actions))
    return Menu(sets, gains, costs, sizes, allowed & (size > 0)[:, None], budget, capacities), groups
