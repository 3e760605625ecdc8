"""Where to invest: what customers are worth, which actions return most for a budget, and which groups to let go."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import product
from typing import Any, Literal, get_args

import attrs
import numpy as np
from numpy.typing import ArrayLike

from outcomegap.checks import Checks, choice, in_range, limits, show, whole
from outcomegap.errors import DataError
from outcomegap.frames.arrays import Array, Mask, is_null
from outcomegap.invest.action import Action, Effects, fitting, of_a_model, segments_of, within
from outcomegap.invest.knapsack import Choice, Menu, best, sets_of
from outcomegap.listing import FORMATS, Listing, Show, as_column, beside, counted, points
from outcomegap.model import Column
from outcomegap.scoring import Scores
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.groups import groups_of, ideal_rows

Per = Literal["segment", "customer"]
money = FORMATS["money"]
#: Sums of money beyond this are no longer exact enough to compare.
LARGEST = 1e200
FACTS = ("per", "together", "budget", "value", "cost", "bound", "gap", "greedy_value", "unscored")
#: What values and thresholds are multiplied by in a triage, each alone and together.
MOVES = (0.8, 1.0, 1.2)
ASK = "Before any retention offer, ask what this customer has been worth so far."
LOOK = "Before any retention offer, look at what this customer has been worth so far: a mean hides each of them."


# What customers are worth


def lifetime_value(margin: ArrayLike, retention: ArrayLike, discount: ArrayLike) -> float | Array:
    """Return the present value of a customer's margins to come: m r / (1 + i - r).

    It is the sum over the periods t = 1, 2, ... of m r^t / (1 + i)^t: constant margin m, retention r and discount i,
    the first margin one period from now, paid by those who are retained (Gupta & Lehmann, Journal of Interactive
    Marketing 17, 2003, "Customers as assets"). Margins already received are not in it.

    Parameters
    ----------
    margin
        m, margin a period in money; a number, or one a customer. NaN stays NaN.
    retention
        r, the share of customers retained from one period to the next, between 0 and 1; a number, or one a customer.
    discount
        i, the discount rate for the same period, 0 or more; a number, or one a customer. Retention and discount are
        not 1 and 0 at once.

    Returns
    -------
    float or numpy.ndarray
        In the unit of the margin.

    Raises
    ------
    DataError
        If a number lies outside its range.

    Examples
    --------
    >>> round(lifetime_value(100, 0.8, 0.1), 2), lifetime_value([100, 200], 0.5, 0.0).tolist()
    (266.67, [100.0, 200.0])
    """
    checks = Checks("lifetime_value")
    m, r, i = np.broadcast_arrays(*(np.asarray(given, dtype=np.float64) for given in (margin, retention, discount)))
    _check(checks, "margin", np.where(np.isnan(m), 0.0, m), -np.inf, np.inf)
    _check(checks, "retention", r, 0.0, 1.0)
    _check(checks, "discount", i, 0.0, np.inf)
    if not checks.problems and (r >= 1 + i).any():
        checks.problem("out-of-range", "with retention 1 and discount 0 the value has no end", "discount", 0.0)
    checks.done()
    worth = m * r / (1 + i - r)
    return float(worth) if worth.ndim == 0 else worth


def values_of(scores: CustomerColumns, value: str | ArrayLike) -> Array:
    """Return the value of each customer, finite and 0 or more; 0 for those without a score."""
    found = np.asarray(scores.numbers(value), dtype=np.float64)
    return amounts("value", np.where(np.isnan(scores.desired), 0.0, found))


def amounts(what: str, found: Array) -> Array:
    """Return amounts of money, one a customer, if each is finite and 0 or more and their sum is not too large."""
    checks = Checks(what)
    _check(checks, what, found, 0.0, np.inf)
    with np.errstate(over="ignore"):
        if float(found.sum()) > LARGEST:
            checks.problem("out-of-range", f"{what} comes to more than {LARGEST:g} in all; count in a larger unit")
    checks.done()
    return found


def _check(checks: Checks, what: str, found: Array, low: float, high: float) -> None:
    """Note numbers that are not finite, or outside their range."""
    bad = ~((found >= low) & (found <= high) & np.isfinite(found))
    if bad.any():
        message = f"{what} must be {limits(low, high, above=False)} (got {show(float(found[bad][0]))})"
        checks.problem("out-of-range", message, what, float(found[bad][0]), rows=np.atleast_1d(bad))


# Plans


@attrs.frozen(eq=False)
class _Groups:
    """What is planned for: what names each group, the group of each customer, whom each action reaches."""

    per: Per
    names: Array
    of: Array
    reached: Mask


class Plan(Listing):
    """One row for each group that gets an action, the largest return first; made by `plan`.

    Attributes
    ----------
    value
        The return of the plan: the sum over customers of value x (D with its actions - D now), by the model.
    cost
        The cost of the plan.
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
        The number of customers without a score; no action is planned for them.
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
        self, scores: Scores, actions: tuple[Action, ...], menu: Menu, choice: Choice, groups: _Groups, together: int
    ) -> None:
        self.per, self.together, names = groups.per, together, groups.names
        gains, rows = menu.gains[np.arange(len(names)), choice.chosen], np.flatnonzero(choice.chosen)
        rows = rows[np.argsort(-gains[rows], kind="stable")]
        held = menu.holds[choice.chosen]
        done, costs = groups.reached & held[groups.of], held * menu.costs
        acted, ideal = done.any(axis=1), ideal_rows(scores)
        flags = np.array([segment.ideal for segment in scores.model.segments], dtype=bool)
        marks = flags if self.per == "segment" else ideal
        taken = [tuple(actions[a].name for a in menu.sets[number]) for number in choice.chosen[rows].tolist()]
        self.value, self.bound, self.greedy_value = choice.value, choice.bound, choice.greedy
        self.budget, self.cost = menu.budget, float(costs.sum())
        self.gap = (self.bound - self.value) / self.bound if self.bound > 0 else 0.0
        self.chosen: dict[Any, tuple[str, ...]] = dict(zip(names[rows].tolist(), taken, strict=True))
        self.unscored, self.not_ideal = int(np.isnan(scores.desired).sum()), int((acted & ~ideal).sum())
        missed = "less than 0.001 %" if 0 < self.gap < 1e-5 else f"{100 * self.gap:.3g} %"
        most = counted(together, "action")
        notes = [
            f"No plan with up to {most} for each {self.per} returns more than {money(self.bound)}.",
            f"This plan returns at most {missed} less.",
            f"Choosing step by step, by return for cost, returns {money(self.greedy_value)}.",
            "Return = value x (D with the actions - D now): what the model would score, not what actions cause.",
        ]
        if self.unscored:
            notes.append(f"Customers without a score, and so without actions: {self.unscored:,}.")
        apart = []
        if self.not_ideal:
            some = rows[~marks[rows]]
            who = f"{self.not_ideal:,} of segments that are not ideal"
            returned, paid = money(float(gains[some].sum())), money(float(costs[some].sum()))
            apart = [f"Customers in the plan: {who}, who return {returned} of it for {paid}."]
        columns = {} if flags.all() else {"ideal": marks[rows]}
        columns |= {"actions": as_column([" + ".join(some) for some in taken])}
        columns |= {"customers": np.bincount(groups.of[acted], minlength=len(names))[rows]}
        columns |= {"cost": costs[rows].sum(axis=1), "value": gains[rows]}
        own = {"segment" if self.per == "segment" else scores.id_column or "row": names[rows]}
        spent = "without a budget" if self.budget is None else f"for a budget of {money(self.budget)}"
        super().__init__(
            f"A plan {spent}: returns {money(self.value)} for {money(self.cost)}",
            beside(own, columns, "plan"),
            like=scores.table,
            formats=beside(dict.fromkeys(own), {"ideal": "ideal", "cost": "money", "value": "money"}, "plan"),
            notes=[*notes, *apart],
            facts={name: getattr(self, name) for name in FACTS},
        )
        by_action = {"action": [action.name for action in actions], "customers": done.sum(axis=0)}
        by_action |= {"cost": costs.sum(axis=0), "capacity": as_column([action.capacity for action in actions])}
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

    An action is done only for customers whom it changes; only for them it has a cost and uses capacity (see `Action`).
    Effects do not add up: under AllOf two actions may return what neither does alone. So every combination of up to
    `together` actions is scored on the graph again, and one is chosen for each group. The choice is a multiple-choice
    knapsack (Kellerer, Pferschy & Pisinger, Knapsack Problems, 2004, chapter 11) with capacities, solved by HiGHS.

    It uses computed scores, without overrides.

    Parameters
    ----------
    scores
        The customers.
    actions
        The actions to choose from.
    value
        The value of each customer with a score: a column of the scored frame, or one number for each; 0 or more.
        It is the value of a customer who gets the desired outcome in full, for the same time as the costs.
    budget
        The most to spend, in the unit of the actions' cost; None for any amount.
    per
        ``"segment"``: an action is done for all customers of a segment whom it changes, or for none of them;
        ``"customer"``: for each alone.
    together
        The most actions for one group.
    gap
        How far the plan's return may be below the best, as a share of the best, between 0 and 1.
    time_limit
        Seconds for the solver; the best plan found by then, and its gap, are returned.

    Returns
    -------
    Plan
        What the model would score with the actions; not what an action will cause.

    Raises
    ------
    DataError
        If an argument is invalid, or there are too many combinations.

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
    names, group = _named(scores, per)
    sets = sets_of(len(todo), most, len(names))
    effects = Effects(scores)
    reached = np.array([effects.reaches(effects.raised([one.raises])) & within(scores, one.segments) for one in todo]).T
    rows = np.flatnonzero(~effects.unknown)

    def summed(columns: Iterable[Array]) -> Array:
        """Return the sums of columns by group, shape (groups, columns)."""
        return np.array([np.bincount(group[rows], each[rows], len(names)) for each in columns]).T

    sizes = summed(reached.T * 1.0)
    raised = (effects.raised([todo[a].raises for a in some]) for some in sets)
    # A capacity for all who could be reached is no limit.
    capacities = zip([one.capacity for one in todo], sizes.sum(axis=0).tolist(), strict=True)
    menu = Menu(
        sets,
        gains=summed((effects.desired(changed) - effects.now) * worth for changed in raised),
        costs=summed(_cost(scores, one, reach) for one, reach in zip(todo, reached.T, strict=True)),
        sizes=sizes,
        budget=limit,
        capacities=np.array([np.inf if least is None or least >= every else least for least, every in capacities]),
    )
    found = best(menu, in_range("gap", gap, 0, 1), in_range("time_limit", time_limit, 0))
    return Plan(scores, todo, menu, found, _Groups(per, names, group, reached), most)


def _named(scores: Scores, per: Per) -> tuple[Array, Array]:
    """Return what names each group, and the group of each customer; -1 for rows set aside."""
    segment = segments_of(scores)
    if per == "segment":
        return as_column(scores.model.segment_names), segment
    names = as_column(scores.id.tolist())
    known = names[segment >= 0].tolist()
    if any(is_null(name) or not isinstance(name, Hashable) for name in known) or len(set(known)) < len(known):
        message = "per='customer' needs an id of its own for each customer; some have none, or occur twice"
        raise DataError.of("id", message, scores.id_column)
    return names, np.where(segment >= 0, np.arange(len(scores)), -1)


def _cost(scores: Scores, action: Action, reached: Mask) -> Array:
    """Return what an action costs for each customer for whom it is done; 0 for others."""
    each = scores.numbers(action.cost.name) if isinstance(action.cost, Column) else np.full(len(scores), action.cost)
    return amounts(f"cost of action {action.name!r}", np.where(reached, np.asarray(each), 0.0))


# Groups


def triage(
    scores: CustomerColumns,
    *,
    value: str | ArrayLike,
    by: str | Sequence[str] = "segment",
    worth: float | None = None,
    near: float = 0.75,
    so_far: str | ArrayLike | None = None,
) -> Listing:
    """Advise for each group whether to invest, to maintain, or to let go.

    The rule, on the mean value and the mean D of the customers with a score: **let go** if the mean value is below
    `worth`; else **maintain** if the mean D is at least `near`; else **invest**; **need data** if no customer has a
    score. "Let go" means no special effort, and no offer to stay. `so_far`, the value up to now, does not change the
    advice: look at it before you make an offer.

    It uses computed scores, without overrides.

    Parameters
    ----------
    scores
        The customers; also those of a scorer of your own (`outcomegap.OutcomeScores`).
    value
        What each customer with a score is worth, in time to come: a column of the scored frame, or one number a
        customer; 0 or more.
    by
        ``"segment"``, ``"stage"``, ``"goal"``, or columns: what makes a group.
    worth
        The least mean value of a group worth an effort; None for half the mean value of the customers of ideal
        segments with a score (of all customers with a score, where none of those are of an ideal segment).
    near
        The mean D, between 0 and 1, from which a group is near enough to its desired outcome.
    so_far
        What each customer has been worth until now: a column, or one number a customer, also below 0; NaN where
        nobody knows. None leaves it out.

    Returns
    -------
    Listing
        A row a group: ``customers`` with a score, ``mean value``, ``mean so far`` (of those with a score of whom it is
        known), ``mean desired``, ``advice``, ``reason``, and
        ``stable``: of the 26 variants in which the group's value, `worth` and `near` (no more than 1) are each moved
        down by 20 %, left, or moved up by 20 %, the share that gives the same advice. Where the model has segments
        that are not ideal, their customers are in groups of their own, last, and ``ideal`` tells which.

    Raises
    ------
    DataError
        If an argument is invalid; the message names it.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)]))
    >>> rows = {"plan": ["A", "B", "C"], "calls": [1, 4, 1], "reply_hours": [24, 24, 24], "mrr": [100, 90, 10]}
    >>> found = triage(scorer.score(rows), value="mrr", by="plan")
    >>> [(row["plan"], row["advice"], round(row["stable"], 2)) for row in found]
    [('A', 'invest', 1.0), ('B', 'maintain', 1.0), ('C', 'let go', 1.0)]
    """
    amount = values_of(scores, value)
    near = in_range("near", near, 0, 1)
    past = scores.numbers(so_far)
    if past is not None and np.isinf(past).any():
        raise DataError("so_far must be finite, or missing where it is unknown (got an infinite number)")
    groups = groups_of(scores, [by] if isinstance(by, str) else by)
    desired = np.asarray(scores.desired, dtype=np.float64)
    known = ~np.isnan(desired)
    if worth is None:  # half of what the customers that the model is for are worth
        meant = known & ideal_rows(scores) if (known & ideal_rows(scores)).any() else known
        least = float(amount[meant].mean()) / 2 if meant.any() else 0.0
    else:
        least = in_range("worth", worth, 0)

    def means(values: Array, some: Mask) -> Array:
        """Return the mean of some customers' values in each group; NaN where there are none."""
        total = np.bincount(groups.codes[some], weights=values[some], minlength=len(groups))
        with np.errstate(invalid="ignore"):
            return np.asarray(total / np.bincount(groups.codes[some], minlength=len(groups)))

    count = np.bincount(groups.codes[known], minlength=len(groups))
    mean, reached = means(amount, known), means(desired, known)
    advice = _advice(mean, reached, least, near)
    moves = [move for move in product(MOVES, repeat=3) if move != (1.0, 1.0, 1.0)]
    same = [_advice(mean * a, reached, least * b, min(near * c, 1.0)) == advice for a, b, c in moves]
    columns: dict[str, Array] = {} if all(s.ideal for s in scores.model.segments) else {"ideal": groups.ideal}
    columns |= {"customers": count, "mean value": mean}
    columns |= {} if past is None else {"mean so far": means(past, known & ~np.isnan(past))}
    columns |= {"mean desired": reached, "advice": advice}
    columns["reason"] = as_column([_reason(*each, least, near) for each in zip(advice, mean, reached, strict=True)])
    columns["stable"] = np.where(count > 0, np.mean(same, axis=0), np.nan)
    notes = ["Stable: the share of 26 variants, with value and thresholds moved by 20 %, that give the same advice."]
    notes.append(ASK if past is None else LOOK)
    if not groups.ideal.all():
        set_by = "is half the mean of ideal customers" if worth is None else "was said for all"
        marked = "Groups of segments that are not ideal come last and are marked"
        notes.append(f"{marked}; what an effort is worth {set_by}.")
    listed, own = beside(groups.columns, columns, "triage"), dict.fromkeys(groups.columns)
    forms = {"ideal": "ideal", "mean value": "money", "mean so far": "money", "stable": "percent"}
    show = [Show("mean score", name, "points") if name == "mean desired" else name for name in listed]
    more: dict[str, Any] = {"show": show, "formats": beside(own, forms, "triage"), "notes": notes}
    return Listing(f"Where to invest: {len(groups)} groups", listed, like=scores.table, **more)


def _advice(value: Array, desired: Array, worth: float, near: float) -> Array:
    told = np.where(value < worth - 1e-9 * abs(worth), "let go", np.where(desired >= near - 1e-9, "maintain", "invest"))
    return np.where(np.isnan(desired), "need data", told).astype(object)


def _reason(advice: str, value: float, desired: float, worth: float, near: float) -> str:
    if advice == "need data":
        return "nobody has a score"
    if advice == "let go":
        return f"mean value {money(value)} is below {money(worth)}"
    near_enough = f"is {'at least' if advice == 'maintain' else 'below'} {points(near)}"
    return f"mean value {money(value)} is at least {money(worth)}, and mean score {points(desired)} {near_enough}"
