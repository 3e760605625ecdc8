"""A bound on every plan by Lagrange multipliers, and the few choices that a large plan still has to weigh."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: How many cuts refine the multipliers.
CUTS = 60
#: How many choices beside the first of each group a large plan weighs.
CORE = 3_000


@attrs.frozen(eq=False)
class Priced:
    """Choices priced by multipliers.

    Parameters
    ----------
    bound
        No choice of one column a group (or none) within the limits gains more.
    slack
        For each column how much less it is worth at these prices than the best of its group; 0 for that one.
    none
        The same for choosing nothing, by group.
    """

    bound: float
    slack: Array
    none: Array


def priced(group: Array, gain: Array, use: Array, limits: Array) -> Priced:
    """Find prices of what is limited that bound the gain best.

    For prices p >= 0 every plan gains at most p . limits + sum over groups of max(0, gain - p . use) (Fisher,
    Management Science 27, 1981). That is convex in p; cutting planes (Kelley 1960) find its least.

    Parameters
    ----------
    group
        The group of each column, in ascending order.
    gain
        What each column gains.
    use
        What each column uses of what is limited, shape (limits, columns).
    limits
        How much there is.
    """
    from scipy.optimize import linprog

    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    prices, cuts, rights, best = np.zeros(len(limits)), [], [], (np.inf, np.zeros(len(limits)))
    # A price above gain / use buys nothing more.
    top = [float((gain[u > 0] / u[u > 0]).max(initial=0.0)) for u in use]
    for _ in range(CUTS):
        worth = gain - prices @ use
        most = np.maximum(np.maximum.reduceat(worth, starts), 0.0)
        value = float(prices @ limits + most.sum())
        best = min(best, (value, prices), key=lambda pair: pair[0])
        taken = _firsts(worth, starts, group, most)
        slope = limits - use[:, taken].sum(axis=1)
        # The line through here that lies below the bound at any other prices.
        cuts.append([*slope, -1.0])
        rights.append(float(slope @ prices - value))
        found = linprog([0.0] * len(limits) + [1.0], A_ub=cuts, b_ub=rights, bounds=[*((0, t) for t in top), (0, None)])
        if found.x is None or best[0] - found.fun <= 1e-9 * best[0]:
            break
        prices = np.maximum(found.x[:-1], 0.0)
    worth = gain - best[1] @ use
    most = np.maximum(np.maximum.reduceat(worth, starts), 0.0)
    none = np.zeros(int(group[-1]) + 1)
    none[group[starts]] = most
    return Priced(best[0], none[group] - worth, none)


def weighed(found: Priced, group: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which columns stay in a large plan, and which of them are taken for sure.

    Every group keeps its best at the prices; the nearest others stay to be weighed.
    """
    edge = np.inf
    if len(group) > CORE:
        every = np.concatenate([found.slack[found.slack > 0], found.none[found.none > 0]])
        edge = float(np.partition(every, CORE)[CORE]) if len(every) > CORE else np.inf
    keep = found.slack <= edge
    alone = np.bincount(group[keep], minlength=len(found.none)) == 1
    sure = keep & alone[group] & (found.none[group] > edge)
    return keep, sure


def _firsts(worth: Array, starts: Array, group: Array, most: Array) -> Array:
    """Return the first best column of each group that is worth anything."""
    level = np.repeat(most, np.diff(np.r_[starts, len(group)]))
    hits = np.flatnonzero((worth >= level) & (level > 0))
    _, first = np.unique(group[hits], return_index=True)
    found: Array = hits[first]
    return found
