"""The best choice within budget and capacities, by integer programming, and a bound on every other."""

from __future__ import annotations

import time
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.invest.choice import ROUNDED, Menu, candidates, greedy, value_of
from outcomegap.invest.core import priced, weighed
from outcomegap.invest.quiet import quiet

Array = NDArray[Any]
#: Plans of more columns than this are weighed near their prices only.
LARGE = 5_000
#: What there is of everything limited, for the solver: it lets sums go about 1e-6 beyond.
SCALE = 10_000.0
#: The largest gain, for the solver: it takes what differs by about 1e-6 for the same.
FINE = 1_000.0
#: How often a choice that goes beyond a limit by the solver's tolerance is forbidden and another asked for.
CUTS = 30
#: By how much limits are then narrowed, which no tolerance makes up for.
NARROWER = 1e-9


@attrs.frozen(eq=False)
class Choice:
    """What was chosen.

    Parameters
    ----------
    chosen
        The number of a combination for each group.
    value
        What it returns.
    bound
        No choice returns more.
    greedy
        What the greedy choice returns.
    """

    chosen: NDArray[np.int64]
    value: float
    bound: float
    greedy: float


@attrs.frozen(eq=False)
class Columns:
    """Combinations that a plan may hold, each for one group.

    Parameters
    ----------
    group, number
        The group, in ascending order, and the combination.
    gain
        What it returns.
    use
        What it uses of each thing that is limited, shape (limits, columns), where there is `SCALE` of each.
    sure
        Which are taken for sure.
    """

    group: Array
    number: Array
    gain: Array
    use: Array
    sure: NDArray[np.bool_]

    def only(self, keep: NDArray[np.bool_], sure: NDArray[np.bool_]) -> Columns:
        """Return some of them."""
        return Columns(self.group[keep], self.number[keep], self.gain[keep], self.use[:, keep], sure[keep])


def best(menu: Menu, gap: float, time_limit: float) -> Choice:
    """Solve for the best plan: one combination a group, within budget and capacities."""
    with quiet():  # HiGHS prints notes, whatever it is told about its log
        return _best(menu, gap, time_limit)


def _best(menu: Menu, gap: float, time_limit: float) -> Choice:
    fallback = greedy(menu)
    reached = value_of(menu, fallback)
    group, number = np.nonzero(candidates(menu))
    if not len(group):
        return Choice(np.zeros(len(menu.gains), dtype=np.int64), 0.0, 0.0, reached)
    gain = menu.gains[group, number]
    columns = Columns(group, number, gain, _use(menu, group, number), np.zeros(len(group), dtype=bool))
    whole = True
    if len(columns.use):
        prices = priced(group, gain, columns.use, np.full(len(columns.use), SCALE))
        bound = prices.bound
        if len(group) > LARGE:
            columns, whole = columns.only(*weighed(prices, group)), False
    else:
        bound = _tops(group, gain)
    chosen, limit = _searched(menu, columns, gap, time_limit)
    # What was left out of a large plan is not in the solver's own bound, but it is in that of the prices.
    bound = min(bound, limit) if whole else bound
    chosen = fallback if chosen is None else max((chosen, fallback), key=lambda way: value_of(menu, way))
    value = value_of(menu, chosen)
    # Sums of the same numbers in another order differ by rounding; that is no gap.
    return Choice(chosen, value, bound if bound > value * (1 + ROUNDED) else value, reached)


def _searched(menu: Menu, columns: Columns, gap: float, time_limit: float) -> tuple[NDArray[np.int64] | None, float]:
    """Return the best choice found that is within all limits, to the last digit, and the solver's bound.

    A choice that is beyond a limit by the solver's tolerance is forbidden, and another asked for.
    """
    end, forbidden, bound = time.monotonic() + time_limit, list[Array](), np.inf
    found: list[NDArray[np.int64]] = []
    for turn in range(CUTS + 2):
        narrow = NARROWER if turn > CUTS or (forbidden and len(columns.group) > LARGE // 10) else 0.0
        taken, limit = _solved(columns, forbidden, narrow, gap, max(end - time.monotonic(), 0.0))
        if not narrow:
            bound = min(bound, limit)
        if taken is None:
            if not columns.sure.any():
                break
            # What is sure at the prices may not fit together.
            columns = attrs.evolve(columns, sure=np.zeros_like(columns.sure))
            continue
        beyond = _beyond(columns, taken)
        kept = _repaired(columns, taken)
        chosen = np.zeros(len(menu.gains), dtype=np.int64)
        chosen[columns.group[kept]] = columns.number[kept]
        found.append(chosen)
        if beyond is None or narrow:
            break
        forbidden.append(_cover(columns, taken, beyond))
    return max(found, key=lambda way: value_of(menu, way), default=None), bound


def _solved(
    columns: Columns, forbidden: list[Array], narrow: float, gap: float, seconds: float
) -> tuple[NDArray[np.bool_] | None, float]:
    """Ask the solver; return what it takes, and a bound."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, vstack

    size, unit = len(columns.group), float(columns.gain.max()) / FINE
    once = csr_array((np.ones(size), (columns.group, np.arange(size))))
    rows = [once, csr_array(columns.use), *(csr_array(cut[None, :]) for cut in forbidden)]
    most = [
        np.ones(once.shape[0]),
        np.full(len(columns.use), SCALE * (1 - narrow)),
        # A cover: all of its groups together are beyond a limit.
        np.array([len(np.unique(columns.group[cut > 0])) - 1.0 for cut in forbidden]),
    ]
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


def _use(menu: Menu, group: Array, number: Array) -> Array:
    """Return what each column uses of the budget and of limited capacities, where there is `SCALE` of each.

    What there is nothing of is left out: candidates use none of it.
    """
    holds, use = menu.holds, list[Array]()
    if menu.budget:
        use.append((menu.costs @ holds.T)[group, number] / menu.budget)
    for action in np.flatnonzero(np.isfinite(menu.capacities) & (menu.capacities > 0)).tolist():
        use.append(holds[number, action] * menu.sizes[group, action] / menu.capacities[action])
    found: Array = np.array([part for part in use if part.any()]).reshape(-1, len(group)) * SCALE
    return found


def _beyond(columns: Columns, taken: NDArray[np.bool_]) -> int | None:
    """Return which limit a choice goes beyond, or None."""
    over = columns.use[:, taken].sum(axis=1) > SCALE * (1 + ROUNDED)
    return int(np.argmax(over)) if over.any() else None


def _repaired(columns: Columns, taken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a choice without the smallest gains that go beyond a limit."""
    kept = taken.copy()
    while (limit := _beyond(columns, kept)) is not None:
        using = np.flatnonzero(kept & (columns.use[limit] > 0))
        kept[using[np.argmin(columns.gain[using])]] = False
    return kept


def _cover(columns: Columns, taken: NDArray[np.bool_], limit: int) -> Array:
    """Return which columns cannot stand together: those taken that use the limit, and others that use no less."""
    least = np.full(int(columns.group.max()) + 1, np.inf)
    uses = columns.use[limit]
    some = taken & (uses > 0)
    least[columns.group[some]] = uses[some]
    found: Array = (uses >= least[columns.group]).astype(np.float64)
    return found


def _tops(group: Array, gain: Array) -> float:
    """Return the sum over groups of the most that each can return."""
    most = np.zeros(int(group.max()) + 1)
    np.maximum.at(most, group, gain)
    return float(most.sum())
