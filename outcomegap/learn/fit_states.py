"""From which R and which E on customers count as failing, tolerating or successful, by what they then did."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from outcomegap.learn.figures import in_order, rates

Array = NDArray[Any]
#: Each state holds at least this share of customers.
LEAST_SHARE = 0.05
#: Which quantiles of R, and of E, are tried.
TRIED = np.concatenate([np.linspace(0.03, 0.9, 30), np.linspace(0.905, 0.95, 10)])
#: Thresholds have at least so many decimals, and are at least so far from 0 and from 1.
DIGITS, FINEST = 3, 1e-7
ORDERS = ("not in order", "unknown", "too close", "in order", "apart")
#: States shall be apart also in a fifth of the customers. Wilson's interval of a fifth, at 95 %, is that of all at this
#: confidence: z is larger by the root of 5.
OF_A_FIFTH = 0.99998831


class Thresholds(NamedTuple):
    """What was found: the two thresholds, the log-likelihood of a customer, and whether the states are in order."""

    achieved_at: float
    appropriate_at: float
    likelihood: float
    order: str


def thresholds(sides: Array, good: Array, weight: Array, sure: Array) -> Thresholds | None:
    """Return the thresholds of the largest likelihood of the outcome by state; None where no pair leaves three states.

    The rates of failing, tolerating and successful customers shall rise, and if possible so that their intervals would
    be apart in a fifth of these customers; among the pairs of which the most holds, the most likely is taken.

    Parameters
    ----------
    sides
        R and E of the customers, shape (2, customers).
    good, weight
        What they did, and how much each counts.
    sure
        Whose state does not hang on what is missing; only they fill a state.
    """
    total = weight.sum()
    best: tuple[int, Thresholds] | None = None
    ends = [np.quantile(side, TRIED) for side in sides]
    for achieved in _between(ends[0], sides[0]):
        for appropriate in _between(ends[1], sides[1]):
            state = states(sides, achieved, appropriate)
            if np.bincount(state, weight * sure, 3).min() < LEAST_SHARE * total:
                continue
            mass, share = np.bincount(state, weight, 3), np.bincount(state, weight * good, 3)
            rate = np.clip(share / mass, 1e-9, 1 - 1e-9)
            likely = float((share * np.log(rate) + (mass - share) * np.log(1 - rate)).sum() / total)
            rank = ordered(state, good, weight) if rate[0] < rate[1] < rate[2] else 0
            order = ORDERS[rank]
            if best is None or (rank, likely) > (best[0], best[1].likelihood):
                best = rank, Thresholds(float(achieved), float(appropriate), likely, order)
    return None if best is None else best[1]


def states(sides: Array, achieved: Array | float, appropriate: Array | float) -> Array:
    """Return who is failing (0), tolerating (1) or successful (2)."""
    return np.where(sides[0] < achieved, 0, np.where(sides[1] < appropriate, 1, 2))


def ordered(state: Array, good: Array, weight: Array) -> int:
    """Return how well outcome rates rise from state to state, also in a part of the customers: a place in `ORDERS`."""
    found = rates(state, 3, good, weight, confidence=OF_A_FIFTH)
    return ORDERS.index(in_order(*(found[name].tolist() for name in ("rate", "low", "high"))))


def _between(quantiles: Array, values: Array) -> Array:
    """Return thresholds above some value, rounded to two digits of their distance from 0 or from 1."""
    near = np.minimum(quantiles, 1.0 - quantiles)
    digits = np.clip(1 - np.floor(np.log10(np.maximum(near, FINEST))), DIGITS, None).astype(int)
    found = np.unique([round(each, places) for each, places in zip(quantiles.tolist(), digits.tolist(), strict=True)])
    kept: Array = found[(found > values.min()) & (found > 0) & (found <= 1)]
    return kept
