"""Which combinations of actions there are to choose from, which of them cannot be best, and a greedy choice."""

from __future__ import annotations

import heapq
from itertools import combinations
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError

Array = NDArray[Any]
#: How many numbers (combinations x groups) are held at a time.
MOST = 20_000_000
#: Smaller gains than this part of the group's largest are rounding.
DUST = 1e-12
#: By how much of a limit a sum may go beyond it and still be within, being rounded.
ROUNDED = 1e-12
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
        For how many customers of each group each action is done, shape (groups, actions).
    allowed
        Whether each action can be done for each group, shape (groups, actions).
    budget
        What may be spent; None for any amount.
    capacities
        For how many customers each action can be done; infinite where no limit is given.
    """

    sets: Sets
    gains: Array
    costs: Array
    sizes: Array
    allowed: NDArray[np.bool_]
    budget: float | None
    capacities: Array

    @classmethod
    def empty(cls, sets: Sets, actions: int, groups: int, budget: float | None) -> Menu:
        """Return a menu in which nothing can be chosen yet."""
        gains, allowed = np.zeros((groups, len(sets))), np.zeros((groups, actions), dtype=bool)
        costs, sizes = np.zeros((groups, actions)), np.zeros((groups, actions))
        return cls(sets, gains, costs, sizes, allowed, budget, np.full(actions, np.inf))

    @property
    def holds(self) -> NDArray[np.bool_]:
        """Which actions each combination holds, shape (sets, actions)."""
        return np.array([[a in s for a in range(self.costs.shape[1])] for s in self.sets], dtype=bool)


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
        keep &= cost <= menu.budget * (1 + ROUNDED)
    place = {s: number for number, s in enumerate(menu.sets)}
    slack = DUST * np.abs(menu.gains).max(axis=1, initial=0.0)
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


def greedy(menu: Menu) -> NDArray[np.int64]:
    """Choose step by step the action that returns most for what it costs more, until nothing fits."""
    place = {s: number for number, s in enumerate(menu.sets)}
    chosen = np.zeros(len(menu.gains), dtype=np.int64)
    left = np.inf if menu.budget is None else menu.budget * (1 + ROUNDED)
    room = menu.capacities.astype(np.float64).copy()
    slack = DUST * np.abs(menu.gains).max(axis=1, initial=0.0)
    heap: list[tuple[float, int, int, int]] = []

    def offer(group: int) -> None:
        held = menu.sets[chosen[group]]
        for a in np.flatnonzero(menu.allowed[group]).tolist():
            number = place.get(tuple(sorted((*held, a)))) if a not in held else None
            more = 0.0 if number is None else float(menu.gains[group, number] - menu.gains[group, chosen[group]])
            if more > slack[group]:
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


def value_of(menu: Menu, chosen: Array) -> float:
    """Return what a choice returns."""
    return float(menu.gains[np.arange(len(chosen)), chosen].sum())
