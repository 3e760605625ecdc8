"""Customers who wait before a milestone: how many of them still take it within a window."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.stats import wilson

Array = NDArray[Any]
#: Stands for a milestone that was never reached.
NEVER = np.iinfo(np.int64).max


@attrs.frozen
class Waiting:
    """Customers who have a milestone before them.

    Parameters
    ----------
    within
        How many have waited for less than the window.
    past
        How many have waited for as long as the window, or longer: they can no longer take it in time.
    share
        Which share of those within the window is expected to take it in time; NaN where that is not known, or nobody
        is within it.
    low, high
        The means of the ends of each one's interval.
    """

    within: int
    past: int
    share: float
    low: float
    high: float


def expected(taken: Array, waited: Array, window: int, confidence: float) -> Waiting:
    """Say which share of those who wait take a step in time, given how long they have waited already.

    For a customer who has waited for t, the share is that of the others who had not moved by t and did so by the end of
    the window w: #(t < T <= w) / #(T > t), with Wilson's interval; it is 1 - S(w) / S(t), with S the estimate of Kaplan
    and Meier from the same customers, all of whom were watched up to w or longer. What is returned is the mean over the
    customers who wait. Where nobody had still to move at t, nothing is known of that customer, nor of the mean; such an
    interval goes from 0 to 1.

    Parameters
    ----------
    taken
        Of customers whose window is over: how long they took, in whole units; `NEVER` for those who did not.
    waited
        Of customers who wait: how long so far.
    window
        The window in the same units.
    confidence
        Of each interval.

    References
    ----------
    Kaplan & Meier, Nonparametric estimation from incomplete observations, Journal of the American Statistical
    Association 53 (1958) 457-481.

    Examples
    --------
    Of four customers two moved, after 10 and 40 days. One who has waited for 20 days is like the three who had not
    moved by then, of whom one did:

    >>> found = expected(np.array([10, 40, NEVER, NEVER]), np.array([20, 95]), 90, 0.95)
    >>> found.within, found.past, round(found.share, 4)
    (1, 1, 0.3333)
    """
    still = waited[waited < window]
    past = len(waited) - len(still)
    if not len(still):
        return Waiting(0, past, math.nan, math.nan, math.nan)
    order = np.sort(taken)
    ahead = len(order) - np.searchsorted(order, still, side="right")  # had not moved by then
    never = len(order) - int(np.searchsorted(order, window, side="right"))  # nor by the end of the window
    counts, places = np.unique(ahead, return_inverse=True)
    moved = counts - never
    shares = np.array([m / of if of else math.nan for m, of in zip(moved.tolist(), counts.tolist(), strict=True)])
    ends = np.array([wilson(m, of, confidence) for m, of in zip(moved.tolist(), counts.tolist(), strict=True)])
    each = places.reshape(-1)
    low, high = (float(end) for end in ends[each].mean(axis=0))
    return Waiting(len(still), past, float(shares[each].mean()), low, high)
