"""Which actions, for which segments or customers, return most retained value for a budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outcomegap.checks import choice, in_range, whole
from outcomegap.errors import DataError, Problem
from outcomegap.frames.arrays import is_null
from outcomegap.invest.action import Action, fitting
from outcomegap.invest.effect import Effects, of_a_model, segments_of, within
from outcomegap.invest.knapsack import Choice, Menu, best, sets_of
from outcomegap.invest.value import amounts, values_of
from outcomegap.listing import FORMATS, Listing, as_column, beside
from outcomegap.model import Column
from outcomegap.scoring import Scores
from outcomegap.scoring.groups import ideal_rows

Array = NDArray[Any]
Mask = NDArray[np.bool_]
Per = Literal["segment", "customer"]
FACTS = ("per", "together", "budget", "value", "cost", "bound", "gap", "greedy_value", "unscored")
FORMS = {"ideal": "ideal", "cost": "money", "value": "money"}
money = FORMATS["money"]


class Plan(Listing):
    """A row for each group that gets an action, most return first; made by `plan`.

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
    chosen
        The actions for each group that gets any: by segment, or by what names the customer.
    unscored
        How many customers have no score; no action is planned for them.
    not_ideal
        How many of the customers for whom something is done are of segments that are not ideal. They enter as all
        others do, and are marked; name the segments of an action to leave them out.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)]))
    >>> scores = scorer.score({"id": ["Acme"], "calls": [1], "reply_hours": [24], "mrr": [100]})
    >>> best = og.invest.plan(scores, [og.invest.Action("coach", {"calls made": 1}, cost=10)], value="mrr")
    >>> best.value, best.cost, best.unscored
    (75.0, 10.0, 0)
    """

    def __init__(
        self, scores: Scores, actions: tuple[Action, ...], menu: Menu, choice: Choice, asked: tuple[Per, int, Mask]
    ) -> None:
        self.per, self.together, reached = asked
        names, group = groups_of(scores, self.per)
        gains, rows = menu.gains[np.arange(len(names)), choice.chosen], np.flatnonzero(choice.chosen)
        rows = rows[np.argsort(-gains[rows], kind="stable")]
        held = menu.holds[choice.chosen]
        done, costs = reached & held[group], held * menu.costs
        acted, ideal = done.any(axis=1), ideal_rows(scores)
        flags = np.array([segment.ideal for segment in scores.model.segments], dtype=bool)
        marks = None if flags.all() else flags if self.per == "segment" else ideal
        taken = [tuple(actions[a].name for a in menu.sets[choice.chosen[row]]) for row in rows.tolist()]
        self.value, self.bound, self.greedy_value = choice.value, choice.bound, choice.greedy
        self.budget, self.cost = menu.budget, float(costs.sum())
        self.gap = (self.bound - self.value) / self.bound if self.bound > 0 else 0.0
        self.chosen: dict[Any, tuple[str, ...]] = dict(zip(names[rows].tolist(), taken, strict=True))
        self.unscored = int(np.isnan(scores.desired).sum())
        self.not_ideal = int((acted & ~ideal).sum())
        missed = "less than 0.001 %" if 0 < self.gap < 1e-5 else f"{100 * self.gap:.3g} %"
        notes = [
            f"No plan of up to {self.together} actions together returns more than {money(self.bound)}.",
            f"This plan may miss {missed} of that.",
            f"A choice step by step, by return for cost, returns {money(self.greedy_value)}.",
            "Returned is value x (D with the actions - D now): what the model would score, not what actions cause.",
        ]
        if self.unscored:
            notes.append(f"Customers without a score, for whom nothing is planned: {self.unscored:,}.")
        apart = []
        if marks is not None and self.not_ideal:
            some = rows[~marks[rows]]
            who = f"{self.not_ideal:,} of segments that are not ideal"
            returned, paid = money(float(gains[some].sum())), money(float(costs[some].sum()))
            apart = [f"Customers in the plan: {who}, who return {returned} of it for {paid}."]
        columns = {
            **({} if marks is None else {"ideal": marks[rows]}),
            "actions": [" + ".join(some) for some in taken],
            "customers": np.bincount(group[acted], minlength=len(names))[rows],
            "cost": costs[rows].sum(axis=1),
            "value": gains[rows],
        }
        own = {"segment" if self.per == "segment" else scores.id_column or "row": names[rows]}
        spent = "without a budget" if self.budget is None else f"for a budget of {money(self.budget)}"
        super().__init__(
            f"A plan {spent}: returns {money(self.value)} for {money(self.cost)}",
            beside(own, columns, "plan"),
            like=scores.table,
            formats=beside(dict.fromkeys(own), FORMS, "plan"),
            notes=[*notes, *apart],
            facts={name: getattr(self, name) for name in FACTS},
        )
        by_action = {
            "action": [action.name for action in actions],
            "customers": done.sum(axis=0),
            "cost": costs.sum(axis=0),
            "capacity": as_column([action.capacity for action in actions]),
        }
        title = f"{int(done.any(axis=0).sum())} of {len(actions)} actions are in the plan"
        self._by_action = Listing(title, by_action, like=scores.table, formats={"cost": "money"}, notes=apart)

    def by_action(self) -> Listing:
        """Return a row an action: for how many customers it is done, what that costs, and its capacity."""
        return self._by_action


def plan(
    scores: Scores,
    actions: Sequence[Action],
    *,
    value: str | ArrayLike,
    budget: float | None = None,
    per: Per = "segment",
    together: int = 2,
    gap: float = 1e-6,
    time_limit: float = 60.0,
) -> Plan:
    """Choose actions for segments, or for customers, that return most retained value within a budget.

    An action is done for those whom it changes, and costs and takes capacity for those alone (see `Action`).
    Effects do not add up: under AllOf two actions may return what neither does alone. So every combination of up to
    `together` actions is scored on the graph again, and one is chosen for each group. The choice is a multiple-choice
    knapsack (Kellerer, Pferschy & Pisinger, Knapsack Problems, 2004, chapter 11) with capacities, solved by HiGHS.

    It goes by computed scores, whatever overrides say.

    Parameters
    ----------
    scores
        The customers.
    actions
        What could be done.
    value
        What each customer with a score is worth: a column of the scored frame, or one number a customer; 0 or more.
        It is the value of a customer who gets the desired outcome in full, for the same time as the costs.
    budget
        What may be spent, in the unit of the actions' cost; None for any amount.
    per
        ``"segment"``: an action is done for all customers of a segment whom it changes, or for none of them;
        ``"customer"``: for each alone.
    together
        The most actions for one group.
    gap
        The share of the best return that may be left lying, between 0 and 1.
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
    scores = of_a_model("plan", scores)
    todo = fitting("plan", scores.model, actions)
    worth = values_of(scores, value)
    limit = None if budget is None else in_range("budget", budget, 0)
    choice("per", per, get_args(Per))
    most = min(whole("together", together, 1), len(todo))
    names, group = groups_of(scores, per)
    sets = sets_of(len(todo), most, len(names))
    effects = Effects(scores)
    reached = np.array([effects.reaches(effects.raised([one.raises])) & within(scores, one.segments) for one in todo]).T
    costs = [_cost(scores, one, reach) for one, reach in zip(todo, reached.T, strict=True)]
    raised = (effects.raised([todo[a].raises for a in some]) for some in sets)
    rows = np.flatnonzero(~effects.unknown)

    def summed(columns: Iterable[Array]) -> Array:
        """Return the sums of columns by group, shape (groups, columns)."""
        return np.array([np.bincount(group[rows], each[rows], len(names)) for each in columns]).T

    sizes = summed([reach * 1.0 for reach in reached.T])
    # A capacity for all who could be reached is no limit.
    limits = zip([one.capacity for one in todo], sizes.sum(axis=0).tolist(), strict=True)
    menu = Menu(
        sets,
        gains=summed((effects.desired(changed) - effects.now) * worth for changed in raised),
        costs=summed(costs),
        sizes=sizes,
        budget=limit,
        capacities=np.array([np.inf if most is None or most >= all_ else most for most, all_ in limits]),
    )
    found = best(menu, in_range("gap", gap, 0, 1), in_range("time_limit", time_limit, 0))
    return Plan(scores, todo, menu, found, (per, most, reached))


def groups_of(scores: Scores, per: Per) -> tuple[Array, Array]:
    """Return what names each group, and the group of each customer; -1 for rows set aside."""
    segment = segments_of(scores)
    if per == "segment":
        return as_column(scores.model.segment_names), segment
    names = as_column(scores.id.tolist())
    known = names[segment >= 0].tolist()
    if any(is_null(name) for name in known) or len(set(known)) < len(known):
        message = "per='customer' needs an id of its own for each customer; some have none, or stand twice"
        raise DataError(message, [Problem("id", message, scores.id_column)])
    return names, np.where(segment >= 0, np.arange(len(scores)), -1)


def _cost(scores: Scores, action: Action, reached: Mask) -> Array:
    """Return what an action costs for each customer for whom it is done; 0 for others."""
    each = scores.numbers(action.cost.name) if isinstance(action.cost, Column) else np.full(len(scores), action.cost)
    return amounts(f"cost of action {action.name!r}", np.where(reached, np.asarray(each), 0.0))
