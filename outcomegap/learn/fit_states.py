"""From which R and which E on customers count as failing, tolerating or successful, by what they then did."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.scoring.states import TOLERANCE
from outcomegap.stats import wilson

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
#: Each state holds at least this share of customers.
LEAST_SHARE = 0.05
#: Which quantiles of R, and of E, are tried as thresholds, and which numbers.
TRIED, EVEN = np.linspace(0.02, 0.98, 65), np.linspace(0.02, 0.98, 49)
#: Decimals of thresholds; the least rate.
DIGITS, LEAST = 4, 1e-9
#: Confidences of intervals that shall be apart; of the first, rates alone. A fifth of the customers has intervals wider
#: by the root of 5: the second is 95 % there, and the others leave room for what chance does to the rates of a fifth.
SURE = (1e-9, 0.99998831, 1.0 - 1.2e-8, 1.0 - 2.4e-12)
#: The level of a pair is how many of these confidences it stands. From this on states are apart in a fifth.
IN_A_FIFTH = 2
#: How often each segment is looked at, at most.
ROUNDS = 20


@attrs.frozen(eq=False)
class Pairs:
    """What becomes of some customers at each of many pairs of thresholds.

    Parameters
    ----------
    achieved, appropriate
        The thresholds of each pair.
    mass, good
        How many customers are failing, tolerating, successful and uncertain, and how many of them had the good outcome,
        shape (4, pairs).
    """

    achieved: Array
    appropriate: Array
    mass: Array
    good: Array

    @classmethod
    def of(cls, sides: Array, good: Array, weight: Array) -> Pairs:
        """Count some customers by what R and E are at least, as they stand and at most, shape (3, 2, customers)."""
        ends = [_tried(side) for side in sides[1]]
        (low, lows), (high, highs) = (
            [np.searchsorted(tried, side + TOLERANCE, side="right") for tried, side in zip(ends, both, strict=True)]
            for both in (sides[0], sides[2])
        )
        size = tuple(len(tried) + 1 for tried in ends)

        def counted(each: Array) -> Array:
            failing = np.cumsum(np.bincount(high, each, size[0]))[:-1, None] + np.zeros(size[1] - 1)
            at_least, at_most = (
                np.bincount(low * size[1] + other, each, size[0] * size[1]).reshape(size)[::-1].cumsum(axis=0)[::-1]
                for other in (lows, highs)
            )
            successful = at_least[:, ::-1].cumsum(axis=1)[1:, -2::-1]
            tolerating = at_most.cumsum(axis=1)[1:, :-1]
            sure = np.array([failing, tolerating, successful]).reshape(3, -1)
            return np.vstack([sure, np.maximum(each.sum() - sure.sum(axis=0), 0.0)])

        achieved, appropriate = (each.ravel() for each in np.meshgrid(*ends, indexing="ij"))
        return cls(achieved, appropriate, counted(weight), counted(weight * good))

    def level(self) -> Codes:
        """Return how surely the rates of the states rise, and each holds its share: of how many of `SURE`."""
        mass, total = self.mass[:3], self.mass.sum(axis=0)
        good, found = np.minimum(self.good[:3], mass), np.zeros(len(total), dtype=np.int64)
        for confidence in SURE:
            low, high = wilson(good, mass, confidence)
            share, _ = wilson(np.minimum(mass.min(axis=0), total), total, confidence)
            found += (high[:-1] < low[1:]).all(axis=0) & (share >= LEAST_SHARE)
        return found

    def rank(self) -> Codes:
        """Return the level of pairs that tell at least half as much as the best do; 0 of others."""
        likely = self.likelihood()
        found: Codes = self.level() * (likely >= (likely.min() + likely.max()) / 2)
        return found

    def likelihood(self) -> Array:
        """Return the log-likelihood of the outcome by state."""
        rate = np.clip(self.good / np.maximum(self.mass, LEAST), LEAST, 1.0 - LEAST)
        found: Array = (self.good * np.log(rate) + (self.mass - self.good) * np.log(1.0 - rate)).sum(axis=0)
        return found


def thresholds(sides: Array, good: Array, weight: Array, segment: Codes, given: Array) -> Array:
    """Return the thresholds of each segment at which states tell the outcome best; where none do, those `given`.

    Over all the rates of failing, tolerating and successful customers shall rise, so that their intervals would be
    apart in a fifth of these customers, with each state at least 5 % of them; and then in as many segments as can be.
    Among the thresholds of which the most holds, those are taken of the largest likelihood of the outcome by state,
    over all: one segment after the other is added, the largest first, and looked at again while the others stay, until
    none changes.

    Parameters
    ----------
    sides
        R and E of the customers at least, as they stand (NaN where unknown) and at most, shape (3, 2, customers).
    good, weight
        What they did, and how much each counts.
    segment
        In which segment each is, from 0.
    given
        The thresholds so far, shape (2, segments).
    """
    weight = weight * weight.sum() / (weight**2).sum()  # Kish's effective number of customers
    rows = [segment == each for each in range(given.shape[1])]
    found = [Pairs.of(sides[:, :, here], good[here], weight[here]) for here in rows]
    # How good a pair is in its segment: whether states are apart in a fifth, and how surely.
    ranks = [np.maximum(each.rank(), IN_A_FIFTH - 1) for each in found]
    at, whole, last = dict[int, int](), found[0], 0
    for _ in range(ROUNDS):
        before = dict(at)
        for last in np.argsort([-each.mass[:, 0].sum() for each in found], kind="stable").tolist():
            others = [(found[other], place) for other, place in at.items() if other != last]
            mass, counted = (
                sum((getattr(pairs, name)[:, place, None] for pairs, place in others), getattr(found[last], name))
                for name in ("mass", "good")
            )
            whole = attrs.evolve(found[last], mass=mass, good=counted)
            at[last] = _best(np.minimum(whole.rank(), IN_A_FIFTH), ranks[last], whole.likelihood())
        if at == before:
            break
    if not whole.level()[at[last]]:
        return given
    return np.array([(each.achieved[at[place]], each.appropriate[at[place]]) for place, each in enumerate(found)]).T


def _best(*keys: NDArray[Any]) -> int:
    """Return where the first key is largest, of those the second, and so on."""
    return int(np.lexsort(keys[::-1])[-1])


def _tried(values: Array) -> Array:
    """Return thresholds to try."""
    known = values[~np.isnan(values)]
    tried: Array = np.unique(np.round([*EVEN, *(np.quantile(known, TRIED) if len(known) else ())], DIGITS))
    return tried
