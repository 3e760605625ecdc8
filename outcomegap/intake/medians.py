"""Exact medians of groups, for engines that only approximate them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def medians(groups: NDArray[np.int64], values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return the median of each group; NaN where it has no value.

    Parameters
    ----------
    groups
        Group of each value, from 0.
    values
        Finite numbers.
    size
        How many groups there are.

    Examples
    --------
    >>> medians(np.array([2, 0, 0, 0, 0]), np.array([7.0, 1.0, 10.0, 2.0, 4.0]), 3)
    array([ 3., nan,  7.])
    """
    ordered = values[np.lexsort((values, groups))]
    counts = np.bincount(groups, minlength=size)
    first = np.concatenate(([0], np.cumsum(counts)[:-1])) if size else counts
    some = counts > 0
    low, high = first + (counts - 1) // 2, first + counts // 2
    result = np.full(size, np.nan)
    result[some] = (ordered[low[some]] + ordered[high[some]]) / 2
    return result
