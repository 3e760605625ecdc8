"""How well a probability fits what then happened: arrays in, numbers out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outcomegap.stats import scored, wilson

Array = NDArray[Any]
#: Into how many bins of equal mass calibration sorts customers, and the share of them most at risk.
BINS, DECILE = 15, 0.1
#: How near to a bin's end a customer's place may come by rounding.
ROUNDING = 1e-9


def brier(score: ArrayLike, good: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the mean squared distance of probability and outcome (Brier, Monthly Weather Review 78, 1950).

    Examples
    --------
    >>> brier([0.5, 1.0], [0, 1])
    0.125
    """
    scores, goods, weights = scored(score, good, weight)
    return float(np.average((scores - goods) ** 2, weights=weights)) if len(scores) else math.nan


def calibration(
    score: ArrayLike,
    good: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    bins: int = BINS,
    confidence: float = 0.95,
) -> dict[str, Array]:
    """Return what was said and what happened, in bins of equal mass from the lowest score to the highest.

    A customer is in the bin in which the middle of its mass lies; all of one score are in one bin, so there are fewer
    bins where scores repeat much. ``score`` is the mean score, ``rate`` the share of good outcomes with Wilson's
    interval from ``low`` to ``high``, ``customers`` their number, ``share`` of all mass, ``lowest`` and ``highest``
    their scores.

    Examples
    --------
    >>> found = calibration([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], bins=2)
    >>> found["score"].round(2).tolist(), found["rate"].tolist()
    ([0.15, 0.85], [0.0, 1.0])
    """
    scores, goods, weights = scored(score, good, weight)
    distinct, place = np.unique(scores, return_inverse=True)
    mass = np.bincount(place, weights, len(distinct))
    middle = (np.cumsum(mass) - mass / 2) / max(float(mass.sum()), 1e-300)
    number = np.minimum(np.floor(bins * middle + ROUNDING), bins - 1).astype(np.int64)
    _, code = np.unique(number, return_inverse=True)
    inside = code.reshape(-1)[place]
    found = rates(inside, int(code.max(initial=-1)) + 1, goods, weights, confidence=confidence)
    held = np.bincount(inside, weights)
    mean = np.bincount(inside, weights * scores) / held if len(held) else held
    ends = [np.flatnonzero(np.diff(code, prepend=-1)), np.flatnonzero(np.diff(code, append=-1))]
    return {"score": mean, **found, "lowest": distinct[ends[0]], "highest": distinct[ends[1]]}


def ece(score: ArrayLike, good: ArrayLike, weight: ArrayLike | None = None, *, bins: int = BINS) -> float:
    """Return the expected calibration error: how far score and outcome lie apart, on average over `calibration`'s bins.

    Naeini, Cooper & Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning, AAAI 2015; bins of
    equal mass as in Nixon et al., Measuring calibration in deep learning, CVPR workshops 2019.

    Examples
    --------
    >>> round(ece([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], bins=2), 3)
    0.15
    """
    found = calibration(score, good, weight, bins=bins)
    return float((found["share"] * np.abs(found["score"] - found["rate"])).sum()) if len(found["rate"]) else math.nan


def capture(score: ArrayLike, good: ArrayLike, weight: ArrayLike | None = None, *, share: float = DECILE) -> float:
    """Return which share of all bad outcomes fell on the customers most at risk, those of the lowest scores.

    Of customers with the score at which the share is full, the part that fits in counts, as on average over all orders.

    Examples
    --------
    >>> capture([0.1, 0.2, 0.8, 0.9], [0, 1, 0, 1], share=0.25)
    0.5
    """
    scores, goods, weights = scored(score, good, weight)
    distinct, place = np.unique(scores, return_inverse=True)
    mass = np.bincount(place, weights, len(distinct))
    bad = np.bincount(place, weights * (1 - goods), len(distinct))
    room = np.clip(share * mass.sum() - (np.cumsum(mass) - mass), 0, mass)
    return float((bad * room / mass).sum() / bad.sum()) if bad.sum() > 0 else math.nan


def lift(score: ArrayLike, good: ArrayLike, weight: ArrayLike | None = None, *, share: float = DECILE) -> float:
    """Return how many times as often the bad outcome fell on the customers most at risk as on all.

    Examples
    --------
    >>> lift([0.1, 0.2, 0.8, 0.9], [0, 1, 0, 1], share=0.25)
    2.0
    """
    return capture(score, good, weight, share=share) / share


def rates(
    group: Array, size: int, good: ArrayLike, weight: ArrayLike | None = None, *, confidence: float = 0.95
) -> dict[str, Array]:
    """Return the outcome rate of each of `size` groups (codes from 0), with Wilson's interval by the effective number.

    Examples
    --------
    >>> found = rates(np.array([0, 0, 1]), 3, [0, 1, 1])
    >>> found["customers"].tolist(), found["rate"].tolist()
    ([2, 1, 0], [0.5, 1.0, nan])
    """
    goods = np.asarray(good, dtype=np.float64)
    weights = np.ones(len(goods)) if weight is None else np.asarray(weight, dtype=np.float64)
    mass, squares, held = (np.bincount(group, each, size) for each in (weights, weights**2, weights * goods))
    with np.errstate(invalid="ignore"):
        rate, number, share = np.minimum(held / mass, 1.0), np.nan_to_num(mass**2 / squares), mass / mass.sum()
    low, high = wilson(np.nan_to_num(rate) * number, number, confidence)
    return {"rate": rate, "low": low, "high": high, "customers": np.bincount(group, minlength=size), "share": share}


def in_order(rate: Sequence[float], low: Sequence[float], high: Sequence[float]) -> str:
    """Return whether rates rise from one group to the next.

    "apart" if the intervals of neighbours are apart too; "not in order" if the interval of a later group is below that
    of an earlier one; else "in order" if the rates rise, and "too close" if not. Groups without customers (NaN) do not
    count; of one group alone the order is "unknown".

    Examples
    --------
    >>> in_order([0.1, 0.5], [0.0, 0.4], [0.2, 0.6]), in_order([0.5, 0.1], [0.4, 0.0], [0.6, 0.2])
    ('apart', 'not in order')
    """
    known = [place for place, each in enumerate(rate) if not math.isnan(each)]
    if len(known) < 2:
        return "unknown"
    if any(low[one] > high[other] for one, other in itertools.combinations(known, 2)):
        return "not in order"
    if all(high[one] < low[other] for one, other in itertools.pairwise(known)):
        return "apart"
    return "in order" if all(rate[one] < rate[other] for one, other in itertools.pairwise(known)) else "too close"
