"""Quantiles of weighted values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError

Array = NDArray[Any]
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
#: Slack, as a share of all weight, for sums of weights that rounding steps just below a quantile's place.
SLACK = 1e-12


def quantiles_of(values: Array, weights: Array | None, probabilities: Sequence[float]) -> Array:
    """Return quantiles: the inverse of the weighted distribution function.

    The quantile for q is the smallest value at which the weights of it and of all smaller values reach q times the
    whole (Hyndman & Fan, The American Statistician 50, 1996, definition 1, with weights for counts). So it is always
    a value that some customer has.

    Parameters
    ----------
    values
        In ascending order, NaN last; NaN does not count.
    weights
        One a value, or None for equal ones; a value of weight 0 does not count.
    probabilities
        In [0, 1].

    Examples
    --------
    >>> quantiles_of(np.array([0.2, 0.4, 0.9]), np.array([1.0, 1.0, 2.0]), [0.25, 0.5, 0.51])
    array([0.2, 0.4, 0.9])
    """
    counts = ~np.isnan(values) if weights is None else ~np.isnan(values) & (weights > 0)
    known = values[counts]
    if not len(known):
        return np.full(len(probabilities), np.nan)
    below = np.cumsum(np.ones(len(known)) if weights is None else weights[counts])
    wanted = np.asarray(probabilities, dtype=np.float64)
    places = np.where(wanted < 1.0, np.searchsorted(below, (wanted - SLACK) * below[-1]), len(known) - 1)
    return known[np.minimum(places, len(known) - 1)].astype(np.float64)


def probabilities_of(quantiles: Sequence[float]) -> tuple[float, ...]:
    """Return the probabilities asked for, or say what is wrong with them.

    Examples
    --------
    >>> probabilities_of([0.5, 1])
    (0.5, 1.0)
    """
    try:
        found = tuple(float(q) for q in quantiles)
    except (TypeError, ValueError) as error:
        raise DataError(f"quantiles is a list of probabilities in [0, 1] (got {quantiles!r:.60})") from error
    for q in found:
        if not 0.0 <= q <= 1.0:
            raise DataError(f"quantiles are asked for by probabilities in [0, 1] (got {q:g}); 0.5 is the median")
    return tuple(dict.fromkeys(found))
