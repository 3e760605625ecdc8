"""One combination of actions a group, within a budget and capacities: the best choice, and a bound on every other.

It is a multiple-choice knapsack with capacities (Kellerer, Pferschy & Pisinger, Knapsack Problems, 2004, chapter 11),
solved by HiGHS. Lagrange multipliers bound every choice, and tell which few a large plan still has to weigh.
"""

from __future__ import annotations

import heapq
import time
from itertools import combinations
from math import comb
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError
from outcomegap.invest.quiet import quiet

Array = NDArray[Any]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Sets = list[tuple[int, ...]]
#: How many numbers (combinations x groups) are held at a time.
MOST = 20_000_000
#: Smaller gains than this part of the group's largest are rounding.
DUST = 1e-12
#: By how much of a limit a sum may go beyond it and still be within, being rounded.
ROUNDED = 1e-12
#: Plans of more columns than this are weighed near their prices only: so many beside the first of each group.
LARGE, CORE = 5_000, 3_000
#: What there is of everything limited, for the solver: it lets sums go about 1e-6 beyond.
SCALE = 10_000.0
#: The largest gain, for the solver: it takes what differs by about 1e-6 for the same.
FINE = 1_000.0
#: How often a choice that goes beyond a limit by the solver's tolerance is forbidden and another asked for; by how
#: much limits are then narrowed, which no tolerance makes up for.
TURNS, NARROWER = 30, 1e-9
#: How many cuts refine the multipliers.
CUTS = 60


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
    fallback = greedy(menu)
    reached = menu.value(fallback)
    group, number = np.nonzero(_candidates(menu))
    if not len(group):
        return Choice(np.zeros(len(menu.gains), dtype=np.int64), 0.0, 0.0, reached)
    gain = menu.gains[group, number]
    columns = _Columns(group, number, gain, _use(menu, group, number), np.zeros(len(group), dtype=bool))
    whole = True
    with quiet():  # HiGHS prints notes, whatever it is told about its log
        bound, keep, sure = _priced(columns)
        if len(columns.use) and len(group) > LARGE:
            columns, whole = columns.only(keep, sure), False
        chosen, limit = _searched(menu, columns, gap, time_limit)
    # What was left out of a large plan is not in the solver's own bound, but it is in that of the prices.
    bound = min(bound, limit) if whole else bound
    chosen = fallback if chosen is None else max((chosen, fallback), key=menu.value)
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


# Combinations that a plan may hold


@attrs.frozen(eq=False)
class _Columns:
    """Combinations that a plan may hold, each for one group.

    `group` ascends; `use` is what each uses of each thing that is limited, where there is `SCALE` of each, shape
    (limits, columns); `sure` are taken for sure.
    """

    group: Array
    number: Array
    gain: Array
    use: Array
    sure: Mask

    def only(self, keep: Mask, sure: Mask) -> _Columns:
        return _Columns(self.group[keep], self.number[keep], self.gain[keep], self.use[:, keep], sure[keep])

    def beyond(self, taken: Mask) -> int | None:
        """Return which limit a choice goes beyond, or None."""
        over = np.flatnonzero(self.use[:, taken].sum(axis=1) > SCALE * (1 + ROUNDED))
        return int(over[0]) if len(over) else None


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


# Prices: a bound, and what is worth weighing


def _priced(columns: _Columns) -> tuple[float, Mask, Mask]:
    """Find prices of what is limited that bound the gain best, and what is worth weighing at them.

    For prices p >= 0 every plan gains at most p . limits + sum over groups of max(0, gain - p . use) (Fisher,
    Management Science 27, 1981). That is convex in p; cutting planes (Kelley 1960) find its least.

    Returns
    -------
    bound, keep, sure
        No choice within the limits gains more than `bound`. In a large plan the columns `keep` stay: the best of every
        group at these prices, and the nearest others. Those that are `sure` are taken without weighing.
    """
    from scipy.optimize import linprog

    group, gain, use = columns.group, columns.gain, columns.use
    limits = np.full(len(use), SCALE)
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    prices, cuts, rights, best = np.zeros(len(limits)), [], [], (np.inf, np.zeros(len(limits)))
    # A price above gain / use buys nothing more.
    top = [float((gain[u > 0] / u[u > 0]).max(initial=0.0)) for u in use]
    for _ in range(CUTS):
        worth = gain - prices @ use
        most = np.maximum(np.maximum.reduceat(worth, starts), 0.0)
        value = float(prices @ limits + most.sum())
        best = min(best, (value, prices), key=lambda pair: pair[0])
        # The first best column of each group that is worth anything.
        level = np.repeat(most, np.diff(np.r_[starts, len(group)]))
        hits = np.flatnonzero((worth >= level) & (level > 0))
        taken = hits[np.unique(group[hits], return_index=True)[1]]
        slope = limits - use[:, taken].sum(axis=1)
        # The line through here that lies below the bound at any other prices.
        cuts.append([*slope, -1.0])
        rights.append(float(slope @ prices - value))
        found = linprog([0.0] * len(limits) + [1.0], A_ub=cuts, b_ub=rights, bounds=[*((0, t) for t in top), (0, None)])
        if found.x is None or best[0] - found.fun <= 1e-9 * best[0]:
            break
        prices = np.maximum(found.x[:-1], 0.0)
    worth = gain - best[1] @ use
    # How much less than the best of its group each column is worth at these prices, and choosing nothing is, by group.
    none = np.zeros(int(group[-1]) + 1)
    none[group[starts]] = np.maximum(np.maximum.reduceat(worth, starts), 0.0)
    slack, edge = none[group] - worth, np.inf
    if len(group) > CORE:
        every = np.concatenate([slack[slack > 0], none[none > 0]])
        edge = float(np.partition(every, CORE)[CORE]) if len(every) > CORE else np.inf
    keep = slack <= edge
    alone = np.bincount(group[keep], minlength=len(none)) == 1
    return best[0], keep, keep & alone[group] & (none[group] > edge)


# The solver


def _searched(menu: Menu, columns: _Columns, gap: float, time_limit: float) -> tuple[Numbers | None, float]:
    """Return the best choice found that is within all limits, to the last digit, and the solver's bound.

    A choice that is beyond a limit by the solver's tolerance is forbidden, and another asked for.
    """
    end, forbidden, bound = time.monotonic() + time_limit, list[Array](), np.inf
    found: list[Numbers] = []
    for turn in range(TURNS + 2):
        narrow = NARROWER if turn > TURNS or (forbidden and len(columns.group) > LARGE // 10) else 0.0
        taken, limit = _solved(columns, forbidden, narrow, gap, max(end - time.monotonic(), 0.0))
        if not narrow:
            bound = min(bound, limit)
        if taken is None:
            if not columns.sure.any():
                break
            # What is sure at the prices may not fit together.
            columns = attrs.evolve(columns, sure=np.zeros_like(columns.sure))
            continue
        beyond, kept = columns.beyond(taken), taken.copy()
        while (over := columns.beyond(kept)) is not None:  # leave out the smallest gains that go beyond a limit
            using = np.flatnonzero(kept & (columns.use[over] > 0))
            kept[using[np.argmin(columns.gain[using])]] = False
        chosen = np.zeros(len(menu.gains), dtype=np.int64)
        chosen[columns.group[kept]] = columns.number[kept]
        found.append(chosen)
        if beyond is None or narrow:
            break
        forbidden.append(_cover(columns, taken, beyond))
    return max(found, key=menu.value, default=None), bound


def _solved(
    columns: _Columns, forbidden: list[Array], narrow: float, gap: float, seconds: float
) -> tuple[Mask | None, float]:
    """Ask the solver; return what it takes, and a bound."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, vstack

    size, unit = len(columns.group), float(columns.gain.max()) / FINE
    once = csr_array((np.ones(size), (columns.group, np.arange(size))))
    rows = [once, csr_array(columns.use), *(csr_array(cut[None, :]) for cut in forbidden)]
    # A cover: all of its groups together are beyond a limit.
    covers = [len(np.unique(columns.group[cut > 0])) - 1.0 for cut in forbidden]
    most = [np.ones(once.shape[0]), np.full(len(columns.use), SCALE * (1 - narrow)), np.array(covers)]
    found = milp(
        -columns.gain / unit,
        integrality=np.ones(size),
        bounds=Bounds(columns.sure.astype(np.float64), 1),
        constraints=LinearConstraint(vstack([row for row in rows if row.shape[0]]), ub=np.concatenate(most)),
        options={"mip_rel_gap": gap, "time_limit": seconds},
    )
    dual = found.mip_dual_bound
    bound = -float(dual) * unit if dual is not None and np.isfinite(dual) else np.inf
    return (None if found.x is None else found.x > 0.5), bound


def _cover(columns: _Columns, taken: Mask, limit: int) -> Array:
    """Return which columns cannot stand together: those taken that use the limit, and others that use no less."""
    least = np.full(int(columns.group.max()) + 1, np.inf)
    uses = columns.use[limit]
    some = taken & (uses > 0)
    least[columns.group[some]] = uses[some]
    return np.asarray(uses >= least[columns.group], dtype=np.float64)
