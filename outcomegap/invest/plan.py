"""Which actions, for which segments or customers, return most retained value for a budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError
from outcomegap.frames.arrays import is_null
from outcomegap.invest.action import Action
from outcomegap.invest.checks import check_choice, check_number, check_whole, checked
from outcomegap.invest.choice import Menu, sets_of
from outcomegap.invest.effect import Effects, check_scores, segments_of
from outcomegap.invest.planned import PER, Asked, Per, Plan
from outcomegap.invest.solve import best
from outcomegap.listing import as_column
from outcomegap.model import Column
from outcomegap.scoring import Scores
from outcomegap.scoring.views import ScoreViews

Array = NDArray[Any]
#: Sums of money beyond this are no longer exact enough to compare.
LARGEST = 1e200


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
    limit = None if budget is None else check_number("plan: budget, None or else", budget)
    check_choice("plan: per", per, PER)
    most = min(check_whole("plan: together", together, 1), len(todo))
    check_number("plan: gap", gap, 0.0, 1.0)
    check_number("plan: time_limit", time_limit)
    groups, group = _groups(scores, per)
    sets = sets_of(len(todo), most, len(groups))
    effects = Effects(scores)
    reached = np.array([effects.reaches(effects.raised([one.raises])) & _may(scores, one) for one in todo]).T
    costs = np.array([_cost(scores, one, reach) for one, reach in zip(todo, reached.T, strict=True)]).T
    menu = _menu(effects, todo, Menu.empty(sets, len(todo), len(groups), limit), (worth, reached, costs), group)
    return Plan(scores, todo, menu, best(menu, gap, time_limit), Asked(groups, group, reached, per, most))


def values_of(what: str, scores: ScoreViews, value: Any) -> Array:
    """Return what each customer is worth, finite and 0 or more; 0 for those without a score.

    Raises
    ------
    DataError
        If it is not.
    """
    found = scores.numbers(value)
    if found is None:
        raise DataError(f"{what}: value is a column of the scored frame, or one number a customer (got None)")
    found = np.where(np.isnan(scores.desired), 0.0, found)
    return _amounts(f"{what}: value", found, "give 0 where a customer is worth nothing")


def _may(scores: Scores, action: Action) -> NDArray[np.bool_]:
    """Tell for which customers an action can be done at all."""
    names = scores.model.segment_names
    may = np.array([*(action.segments is None or name in action.segments for name in names), False])
    found: NDArray[np.bool_] = may[segments_of(scores)]
    return found


def _cost(scores: Scores, action: Action, reached: NDArray[np.bool_]) -> Array:
    """Return what an action costs for each customer for whom it is done; 0 for others."""
    if not isinstance(action.cost, Column):
        return _amounts(f"plan: action {action.name!r}: cost", np.where(reached, action.cost, 0.0), "give less")
    what = f"plan: action {action.name!r}: cost, column {action.cost.name!r}"
    try:
        numbers = scores.numbers(action.cost.name)
    except DataError as error:
        raise DataError(f"plan: action {action.name!r}: cost: {error}", error.problems) from error
    assert numbers is not None
    return _amounts(what, np.where(reached, numbers, 0.0), "say what it costs for each whom it would change")


def _amounts(what: str, found: Array, more: str) -> Array:
    bad = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
    if len(bad):
        message = f"{what} is a finite number, 0 or more, for every customer (got {found[bad[0]]:g} in row "
        raise DataError(f"{message}{bad[0]}, {len(bad)} rows in all); {more}")
    with np.errstate(over="ignore"):
        if float(found.sum()) > LARGEST:
            raise DataError(f"{what} comes to more than {LARGEST:g} in all; count in a larger unit")
    return found


def _groups(scores: Scores, per: Per) -> tuple[Array, Array]:
    """Return what names each group, and the group of each customer; -1 for rows set aside."""
    segment = segments_of(scores)
    if per == "segment":
        return as_column(scores.model.segment_names), segment
    names = as_column(scores.id.tolist())
    known = names[segment >= 0].tolist()
    if any(is_null(name) for name in known) or len(set(known)) < len(known):
        raise DataError("plan: per='customer' needs an id of its own for each customer; some have none, or stand twice")
    return names, np.where(segment >= 0, np.arange(len(scores)), -1)


def _menu(
    effects: Effects, actions: tuple[Action, ...], menu: Menu, amounts: tuple[Array, Array, Array], group: Array
) -> Menu:
    """Fill in what each combination returns, costs and takes in each group."""
    worth, reached, costs = amounts
    size, rows = len(menu.gains), np.flatnonzero(~effects.unknown)

    def summed(values: Array) -> Array:
        found: Array = np.bincount(group[rows], weights=values[rows], minlength=size)
        return found

    for number, some in enumerate(menu.sets[1:], start=1):
        moved = effects.desired(effects.raised([actions[a].raises for a in some])) - effects.now
        menu.gains[:, number] = summed(moved * worth)
    for number, one in enumerate(actions):
        menu.costs[:, number], menu.sizes[:, number] = summed(costs[:, number]), summed(reached[:, number] * 1.0)
        menu.allowed[:, number] = menu.sizes[:, number] > 0
        # A capacity for all who could be reached is no limit.
        limited = one.capacity is not None and one.capacity < menu.sizes[:, number].sum()
        menu.capacities[number] = one.capacity if limited else np.inf
    return menu
