"""Which combination of actions for which group: by integer programming, and by a greedy rule to compare with."""

from __future__ import annotations

import heapq
from itertools import combinations
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, EngineError
from outcomegap.invest.core import priced, weighed

Array = NDArray[Any]
#: How many numbers (combinations x groups) are held at a time.
MOST = 20_000_000
#: Smaller gains than this part of the largest are rounding.
DUST = 1e-12
#: Plans of more columns than this are weighed near their prices only.
LARGE = 5_000
Sets = list[tuple[int, ...]]


@attrs.frozen(eq=False)
class Menu:
    """What could be chosen.

    Parameters
    ----------
    sets
        Combinations of positions of actions, the empty one first.
    gains
        What each combination returns in each group, shape (groups, sets).
    costs
        What each action costs for each group, shape (groups, actions).
    sizes
        How many customers each action reaches in each group, shape (groups, actions).
    allowed
        Whether each action can be done for each group, shape (groups, actions).
    budget
        What may be spent; None for any amount.
    capacities
        How many customers each action can reach; infinite where no limit is given.
    """

    sets: Sets
    gains: Array
    costs: Array
    sizes: Array
    allowed: NDArray[np.bool_]
    budget: float | None
    capacities: Array

    @property
    def holds(self) -> NDArray[np.bool_]:
        """Which actions each combination holds, shape (sets, actions)."""
        return np.array([[a in s for a in range(self.costs.shape[1])] for s in self.sets], dtype=bool)


@attrs.frozen(eq=False)
class Choice:
    """What was chosen: the number of a combination for each group, its return, and a bound on any other's."""

    chosen: NDArray[np.int64]
    value: float
    bound: float


def sets_of(actions: int, together: int, groups: int) -> Sets:
    """Return all combinations of up to `together` actions.

    Raises
    ------
    DataError
        If there are more than can be held.

    Examples
    --------
    >>> sets_of(3, 2, 1)
    [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
    """
    from math import comb

    most = min(together, actions)
    count = sum(comb(actions, k) for k in range(most + 1))
    if count * max(groups, 1) > MOST:
        message = f"{count:,} combinations of up to {most} of {actions} actions, for {groups:,} groups, are too many"
        raise DataError(f"{message}; lower together=, give fewer actions, or plan per='segment'")
    return [s for k in range(most + 1) for s in combinations(range(actions), k)]


def candidates(menu: Menu) -> NDArray[np.bool_]:
    """Tell which combinations can be part of a best plan, shape (groups, sets); none of what is left out is better.

    Left out: those with an action that is not allowed, or cannot be paid or reached; those that return no more than
    without one of their actions; and those that cost no less and return no more than one that uses no action of
    limited capacity.
    """
    holds = menu.holds.astype(np.float64)
    forbidden = (~menu.allowed | (menu.sizes > menu.capacities)).astype(np.float64)
    cost = menu.costs @ holds.T
    keep: NDArray[np.bool_] = forbidden @ holds.T == 0
    if menu.budget is not None:
        keep &= cost <= menu.budget * (1 + 1e-12)
    place = {s: number for number, s in enumerate(menu.sets)}
    slack = DUST * max(float(np.abs(menu.gains).max(initial=0.0)), 1e-300)
    for number, s in enumerate(menu.sets[1:], start=1):
        for a in s:
            keep[:, number] &= menu.gains[:, number] > menu.gains[:, place[tuple(x for x in s if x != a)]] + slack
    limited = np.isfinite(menu.capacities)
    free = np.array(~menu.holds[:, limited].any(axis=1), dtype=bool)
    _undominated(menu.gains, cost, keep, free)
    keep[:, 0] = False
    return keep


def _undominated(gains: Array, cost: Array, keep: NDArray[np.bool_], free: NDArray[np.bool_]) -> None:
    """Strike out of `keep` what costs no less and returns no more than a combination of unlimited actions."""
    number = np.arange(gains.shape[1])
    for group in range(len(gains)):
        some = number[keep[group] | (number == 0)]
        some = some[np.lexsort((some, -gains[group, some], cost[group, some]))]
        best = np.maximum.accumulate(np.where(free[some], gains[group, some], -np.inf))
        before = np.concatenate([[-np.inf], best[:-1]])
        keep[group, some[gains[group, some] <= before]] = False


def best(menu: Menu, gap: float, time_limit: float) -> Choice:
    """Solve for the best plan: one combination a group, within budget and capacities.

    Raises
    ------
    EngineError
        If SciPy is not installed.
    """
    try:
        from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]
        from scipy.sparse import csr_array, vstack  # type: ignore[import-untyped]
    except ImportError as error:
        raise EngineError("invest.plan needs SciPy: install the extra outcomegap[plan]") from error
    fallback = greedy(menu)
    group, number = np.nonzero(candidates(menu))
    gain, columns = menu.gains[group, number], len(group)
    if not len(group):
        return Choice(np.zeros(len(menu.gains), dtype=np.int64), 0.0, 0.0)
    use, limits = _limited(menu, group, number)
    prices = priced(group, gain, use, limits) if len(limits) else None
    sure = np.zeros(len(group), dtype=bool)
    if prices is not None and len(group) > LARGE:
        keep, sure = weighed(prices, group)
        group, number, gain, use, sure = group[keep], number[keep], gain[keep], use[:, keep], sure[keep]
    unit = float(gain.max())
    once = csr_array((np.ones(len(group)), (group, np.arange(len(group)))))
    found = milp(
        -gain / unit,
        integrality=np.ones(len(group)),
        bounds=Bounds(sure.astype(np.float64), 1),
        constraints=LinearConstraint(vstack([once, csr_array(use)]), ub=np.r_[np.ones(once.shape[0]), limits]),
        options={"mip_rel_gap": gap, "time_limit": time_limit},
    )
    # What was left out of a large plan is not in the solver's own bound, but it is in that of the prices.
    bound = _tops(group, gain) if prices is None else prices.bound
    if len(gain) == columns and found.mip_dual_bound is not None:
        bound = min(bound, -float(found.mip_dual_bound) * unit)
    if found.x is None:
        return Choice(fallback, _value(menu, fallback), bound)
    chosen = np.zeros(len(menu.gains), dtype=np.int64)
    taken = found.x > 0.5
    chosen[group[taken]] = number[taken]
    chosen = max((chosen, fallback), key=lambda way: _value(menu, way))
    value = _value(menu, chosen)
    return Choice(chosen, value, max(bound, value))


def _limited(menu: Menu, group: Array, number: Array) -> tuple[Array, Array]:
    """Return what each column uses of the budget and of limited capacities, as parts of what there is, and limits."""
    held, use, limits = menu.holds[number], [], []
    if menu.budget is not None:
        scale = menu.budget or 1.0
        use.append((held * menu.costs[group]).sum(axis=1) / scale)
        limits.append(menu.budget / scale)
    for action in np.flatnonzero(np.isfinite(menu.capacities)).tolist():
        scale = float(menu.capacities[action]) or 1.0
        use.append(held[:, action] * menu.sizes[group, action] / scale)
        limits.append(float(menu.capacities[action]) / scale)
    return np.array(use).reshape(len(limits), len(group)), np.array(limits)


def greedy(menu: Menu) -> NDArray[np.int64]:
    """Choose step by step the action that returns most for what it costs more, until nothing fits."""
    place = {s: number for number, s in enumerate(menu.sets)}
    chosen = np.zeros(len(menu.gains), dtype=np.int64)
    left = np.inf if menu.budget is None else menu.budget * (1 + 1e-12)
    room = menu.capacities.astype(np.float64).copy()
    heap: list[tuple[float, int, int, int]] = []

    def offer(group: int) -> None:
        held = menu.sets[chosen[group]]
        for a in np.flatnonzero(menu.allowed[group]).tolist():
            number = place.get(tuple(sorted((*held, a)))) if a not in held else None
            more = 0.0 if number is None else float(menu.gains[group, number] - menu.gains[group, chosen[group]])
            if more > 0:
                cost = float(menu.costs[group, a])
                heapq.heappush(heap, (-more / cost if cost > 0 else -np.inf, group, a, int(chosen[group])))

    for group in range(len(chosen)):
        offer(group)
    while heap:
        _, group, a, state = heapq.heappop(heap)
        if state != chosen[group] or menu.costs[group, a] > left or menu.sizes[group, a] > room[a]:
            continue
        left -= menu.costs[group, a]
        room[a] -= menu.sizes[group, a]
        chosen[group] = place[tuple(sorted((*menu.sets[state], a)))]
        offer(group)
    return chosen


def _tops(group: Array, gain: Array) -> float:
    """Return the sum over groups of the most that each can return."""
    most = np.zeros(int(group.max()) + 1)
    np.maximum.at(most, group, gain)
    return float(most.sum())


def _value(menu: Menu, chosen: Array) -> float:
    return float(menu.gains[np.arange(len(chosen)), chosen].sum())
