"""One combination of actions a group, within a budget and capacities: the best choice, and a bound on every other.

It is a multiple-choice knapsack with capacities (Kellerer, Pferschy & Pisinger, Knapsack Problems, 2004, chapter 11),
solved by HiGHS. Lagrange multipliers bound every choice, and tell which few a large plan still has to weigh.
"""

from __future__ import annotations

import contextlib
import ctypes
import heapq
import os
import threading
import time
from collections.abc import Iterator
from itertools import combinations
from math import comb
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError
from outcomegap.frames.arrays import Array, Mask

Numbers = NDArray[np.int64]
Sets = list[tuple[int, ...]]
#: How many numbers (combinations x groups) are held at a time.
MOST = 20_000_000
#: Smaller gains than this part of the group's largest are rounding.
DUST = 1e-12
#: By how much of a limit a sum may go beyond it and still be within, being rounded.
ROUNDED = 1e-12
#: Of more columns than this, so many are weighed beside the first of each group: those near the best prices.
CORE = 3_000
#: What there is of everything limited, for the solver: it lets sums go about 1e-6 beyond.
SCALE = 10_000.0
#: The largest gain, for the solver: it takes what differs by about 1e-6 for the same.
FINE = 1_000.0
#: How often a choice that goes beyond a limit by the solver's tolerance is forbidden and another asked for, where there
#: are few columns; of many the smallest gains are left out.
TURNS, FEW = 30, 500
#: How many cuts refine the multipliers.
CUTS = 60
STDOUT = 1


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
    budget
        What may be spent; None for any amount.
    capacities
        For how many customers each action can be done; infinite where no limit is given.
    """

    sets: Sets
    gains: Array
    costs: Array
    sizes: Array
    budget: float | None
    capacities: Array

    @property
    def holds(self) -> Mask:
        """Which actions each combination holds, shape (sets, actions)."""
        return np.array([[a in s for a in range(self.costs.shape[1])] for s in self.sets], dtype=bool)

    @property
    def slack(self) -> Array:
        """By group, how large a gain is rounding."""
        return np.asarray(DUST * np.abs(self.gains).max(axis=1, initial=0.0))

    @property
    def place(self) -> dict[tuple[int, ...], int]:
        """Where each combination stands in `sets`."""
        return {held: number for number, held in enumerate(self.sets)}

    def value(self, chosen: Array) -> float:
        """Return what a choice returns."""
        return float(self.gains[np.arange(len(chosen)), chosen].sum())


@attrs.frozen(eq=False)
class Choice:
    """The number of a combination for each group, what they return, a bound on every choice, what greedy returns."""

    chosen: Numbers
    value: float
    bound: float
    greedy: float


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
    most = min(together, actions)
    count = sum(comb(actions, k) for k in range(most + 1))
    if count * max(groups, 1) > MOST:
        message = f"{count:,} combinations of up to {most} of {actions} actions, for {groups:,} groups, are too many"
        raise DataError(f"{message}; lower together=, give fewer actions, or plan per='segment'")
    return [s for k in range(most + 1) for s in combinations(range(actions), k)]


def best(menu: Menu, gap: float, time_limit: float) -> Choice:
    """Solve for the best plan: one combination a group, within budget and capacities."""
    fallback, chosen = greedy(menu), np.zeros(len(menu.gains), dtype=np.int64)
    reached = menu.value(fallback)
    group, number = np.nonzero(_candidates(menu))
    if not len(group):
        return Choice(chosen, 0.0, 0.0, reached)
    gain, use = menu.gains[group, number], _use(menu, group, number)
    bound, keep = _priced(group, gain, use)
    with quiet():  # HiGHS prints notes, whatever it is told about its log
        taken, limit = _solved(group[keep], gain[keep], use[:, keep], gap, time_limit)
    chosen[group[keep][taken]] = number[keep][taken]
    # What was left out of a large plan is not in the solver's own bound, but it is in that of the prices.
    bound = min(bound, limit) if keep.all() else bound
    chosen = max((chosen, fallback), key=menu.value)
    value = menu.value(chosen)
    # Sums of the same numbers in another order differ by rounding; that is no gap.
    return Choice(chosen, value, bound if bound > value * (1 + ROUNDED) else value, reached)


def greedy(menu: Menu) -> Numbers:
    """Choose step by step the action that returns most for what it costs more, until nothing fits."""
    place, chosen = menu.place, np.zeros(len(menu.gains), dtype=np.int64)
    left = np.inf if menu.budget is None else menu.budget * (1 + ROUNDED)
    room, slack = menu.capacities.astype(np.float64), menu.slack
    heap: list[tuple[float, int, int, int]] = []

    def offer(group: int) -> None:
        held = menu.sets[chosen[group]]
        for a in np.flatnonzero(menu.sizes[group] > 0).tolist():
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


def _candidates(menu: Menu) -> Mask:
    """Tell which combinations can be part of a best plan, shape (groups, sets); none of what is left out is better.

    Left out: those with an action that changes nobody, or cannot be paid or reached; those that return no more than
    without one of their actions; and those that cost no less and return no more than one that uses no action of
    limited capacity.
    """
    holds = menu.holds.astype(np.float64)
    forbidden = ((menu.sizes <= 0) | (menu.sizes > menu.capacities)).astype(np.float64)
    cost = menu.costs @ holds.T
    keep: Mask = forbidden @ holds.T == 0
    if menu.budget is not None:
        keep &= cost <= menu.budget * (1 + ROUNDED)
    place, slack = menu.place, menu.slack
    for number, s in enumerate(menu.sets[1:], start=1):
        for a in s:
            keep[:, number] &= menu.gains[:, number] > menu.gains[:, place[tuple(x for x in s if x != a)]] + slack
    free: Mask = np.array(~menu.holds[:, np.isfinite(menu.capacities)].any(axis=1))
    every = np.arange(len(menu.sets))
    for gains, costs, kept in zip(menu.gains, cost, keep, strict=True):
        some = every[kept | (every == 0)]
        some = some[np.lexsort((some, -gains[some], costs[some]))]
        top = np.maximum.accumulate(np.where(free[some], gains[some], -np.inf))
        kept[some[gains[some] <= np.concatenate([[-np.inf], top[:-1]])]] = False
    keep[:, 0] = False
    return keep


def _use(menu: Menu, group: Array, number: Array) -> Array:
    """Return what each column uses of the budget and of limited capacities, where there is `SCALE` of each.

    What there is nothing of is left out: candidates use none of it.
    """
    holds, limited = menu.holds, np.flatnonzero(np.isfinite(menu.capacities) & (menu.capacities > 0)).tolist()
    use = [(menu.costs @ holds.T)[group, number] / menu.budget] if menu.budget else []
    use += [holds[number, a] * menu.sizes[group, a] / menu.capacities[a] for a in limited]
    return np.array([part for part in use if part.any()]).reshape(-1, len(group)) * SCALE


def _priced(group: Array, gain: Array, use: Array) -> tuple[float, Mask]:
    """Find prices of what is limited that bound the gain best, and what is worth weighing at them.

    For prices p >= 0 every plan gains at most p . limits + sum over groups of max(0, gain - p . use) (Fisher,
    Management Science 27, 1981). That is convex in p; cutting planes (Kelley 1960) find its least. No choice within the
    limits gains more. In a large plan the best of every group at these prices are weighed, and the nearest others.
    """
    from scipy.optimize import linprog

    limits = np.full(len(use), SCALE)
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    sizes = np.diff(np.r_[starts, len(group)])
    prices, cuts, rights, best = np.zeros(len(limits)), [], [], (np.inf, gain)
    # A price above gain / use buys nothing more.
    top = [float((gain[u > 0] / u[u > 0]).max(initial=0.0)) for u in use]
    for _ in range(CUTS):
        worth = gain - prices @ use
        most = np.maximum(np.maximum.reduceat(worth, starts), 0.0)
        value = float(prices @ limits + most.sum())
        # How much less than the best of its group each column is worth at these prices.
        behind = np.repeat(most, sizes) - worth
        best = min(best, (value, behind), key=lambda pair: pair[0])
        # The first best column of each group that is worth anything.
        hits = np.flatnonzero((behind <= 0) & (worth > 0))
        taken = hits[np.unique(group[hits], return_index=True)[1]]
        slope = limits - use[:, taken].sum(axis=1)
        # The line through here that lies below the bound at any other prices.
        cuts.append([*slope, -1.0])
        rights.append(float(slope @ prices - value))
        found = linprog([0.0] * len(limits) + [1.0], A_ub=cuts, b_ub=rights, bounds=[*((0, t) for t in top), (0, None)])
        if found.x is None or best[0] - found.fun <= 1e-9 * best[0]:
            break
        prices = np.maximum(found.x[:-1], 0.0)
    value, behind = best
    others = behind[behind > 0]
    edge = np.partition(others, CORE)[CORE] if len(others) > CORE and len(use) else np.inf
    return value, behind <= edge


def _solved(group: Array, gain: Array, use: Array, gap: float, seconds: float) -> tuple[Mask, float]:
    """Ask the solver; return the best that it takes within all limits to the last digit, and its bound.

    What is beyond a limit by the solver's tolerance is forbidden, and the solver asked again.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, vstack

    size, unit, end = len(group), float(gain.max()) / FINE, time.monotonic() + seconds
    once = csr_array((np.ones(size), (group, np.arange(size))))
    cuts, kept, bound = np.empty((0, size)), [np.zeros(size, dtype=bool)], np.inf
    for _ in range(TURNS if size <= FEW else 1):
        most = np.r_[np.ones(once.shape[0]), np.full(len(use), SCALE), cuts.sum(axis=1) - 1]
        found = milp(
            -gain / unit,
            integrality=np.ones(size),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(vstack([once, csr_array(np.vstack([use, cuts]))]), ub=most),
            options={"mip_rel_gap": gap, "time_limit": max(end - time.monotonic(), 0.0)},
        )
        dual = found.mip_dual_bound
        bound = min(bound, -float(dual) * unit) if dual is not None and np.isfinite(dual) else bound
        if found.x is None:
            break
        taken = found.x > 0.5
        fits, beyond = taken.copy(), _beyond(use, taken)
        while (limit := _beyond(use, fits)) is not None:  # leave out the smallest gains
            using = np.flatnonzero(fits & (use[limit] > 0))
            fits[using[np.argmin(gain[using])]] = False
        kept.append(fits)
        if beyond is None:
            break
        cuts = np.vstack([cuts, taken & (use[beyond] > 0)])
    return max(kept, key=lambda some: gain[some].sum()), bound


def _beyond(use: Array, taken: Mask) -> int | None:
    """Return which limit a choice goes beyond, or None."""
    over = np.flatnonzero(use[:, taken].sum(axis=1) > SCALE * (1 + ROUNDED))
    return int(over[0]) if len(over) else None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep off stdout what is printed below Python, where no other thread's lines can be lost by it.

    Examples
    --------
    >>> with quiet():
    ...     _ = os.write(1, b"a note of the solver")
    """
    kept = None
    if threading.active_count() == 1:
        with contextlib.suppress(OSError):  # there is no stdout
            kept = os.dup(STDOUT)
    if kept is None:
        yield
        return
    _flush()
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), STDOUT)
    try:
        yield
    finally:
        _flush()
        os.dup2(kept, STDOUT)
        os.close(kept)


def _flush() -> None:
    with contextlib.suppress(Exception):  # where C's own buffer cannot be reached, a note may still come
        ctypes.CDLL(None).fflush(None)
