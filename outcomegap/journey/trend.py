"""A robust trend: the median of all pairwise slopes, with an interval that needs no distribution."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from outcomegap.churn.checks import number_of
from outcomegap.churn.proportion import quantile_of
from outcomegap.errors import DataError

Array = NDArray[Any]
#: Up to this many points without ties the interval is exact; beyond, the normal approximation serves.
EXACT = 40


@attrs.frozen
class Trend:
    """A slope over time.

    Parameters
    ----------
    slope
        The median of the slopes between all pairs of points, in values per unit of time; NaN below two points.
    low, high
        Its interval; NaN where the points are too few for that confidence.
    points
        How many points it is taken over.
    """

    slope: float
    low: float
    high: float
    points: int

    def per(self, times: float) -> Trend:
        """Return the same trend per so many units of time.

        Raises
        ------
        DataError
            If it is no positive number.

        Examples
        --------
        >>> Trend(-0.01, -0.02, 0.0, 5).per(30).slope
        -0.3
        """
        number = number_of(times)
        if number is None or number <= 0:
            raise DataError(f"per: times is a positive number (got {times!r:.60})")
        return Trend(self.slope * number, self.low * number, self.high * number, self.points)


def theil_sen(times: ArrayLike, values: ArrayLike, confidence: float = 0.95) -> Trend:
    """Return the Theil-Sen slope: the median of (y_j - y_i) / (t_j - t_i) over all pairs with t_i < t_j.

    Up to about 29 % of the points may be wild without moving it far. Its interval is that of Kendall's test turned
    round: of N slopes in order, those at (N - C) / 2 from either end. Up to 40 points without ties C = k - 2, where k
    is the least number that Kendall's S reaches with a probability of at most (1 - confidence) / 2, counted exactly;
    else C = z sqrt(v), v = (n (n - 1) (2n + 5) - sum u (u - 1) (2u + 5)) / 18, the sum over ties of u values.

    Parameters
    ----------
    times
        Finite numbers, no two equal.
    values
        As many; points whose value is NaN are left out.
    confidence
        Between 0 and 1.

    Raises
    ------
    DataError
        If the lengths differ, a time is not finite or stands twice, or a value is infinite.

    References
    ----------
    Theil, A rank-invariant method of linear and polynomial regression analysis, Proceedings of the Royal Netherlands
    Academy of Sciences 53 (1950); Sen, Estimates of the regression coefficient based on Kendall's tau, Journal of the
    American Statistical Association 63 (1968) 1379-1389; Kendall, Rank Correlation Methods (1955), for v.

    Examples
    --------
    >>> theil_sen([0, 1, 2, 3, 4, 5], [1.0, 0.9, 0.8, 0.7, 5.0, 0.5]).slope.__round__(3)
    -0.1
    """
    z = quantile_of(confidence)
    t, y = _numbers("times", times), _numbers("values", values)
    if t.shape != y.shape:
        raise DataError(f"theil_sen: one value a time is needed (got {len(t)} times and {len(y)} values)")
    if not np.isfinite(t).all() or len(np.unique(t)) < len(t):
        raise DataError("theil_sen: times are finite, and no two of them are equal")
    if np.isinf(y).any():
        raise DataError("theil_sen: a value is infinite; leave out what is not known")
    known = ~np.isnan(y)
    t, y = t[known], y[known]
    if len(y) < 2:
        return Trend(math.nan, math.nan, math.nan, len(y))
    first, second = np.triu_indices(len(y), 1)
    slopes = np.sort((y[second] - y[first]) / (t[second] - t[first]))
    cut = _cut(y, z, confidence)
    low, high = (slopes[cut - 1], slopes[-cut]) if cut >= 1 else (math.nan, math.nan)
    return Trend(float(np.median(slopes)), float(low), float(high), len(y))


def _cut(y: Array, z: float, confidence: float) -> int:
    """Return which slope from either end bounds the interval; 0 where none does."""
    n, (_, ties) = len(y), np.unique(y, return_counts=True)
    pairs = n * (n - 1) // 2
    if n <= EXACT and (ties == 1).all():
        limit = _critical(n, (1 - confidence) / 2)
        return 0 if limit is None else (pairs - limit) // 2 + 1
    spread = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    return int((pairs - z * math.sqrt(spread)) // 2)


@lru_cache(maxsize=1024)
def _critical(n: int, tail: float) -> int | None:
    """Return the least s for which Kendall's S of n points is s or more with a probability of at most `tail`."""
    counts = [1]  # orders by their number of inversions
    for size in range(2, n + 1):
        longer = [0] * (len(counts) + size - 1)
        for place, count in enumerate(counts):
            for more in range(size):
                longer[place + more] += count
        counts = longer
    pairs, total, above, found = n * (n - 1) // 2, math.factorial(n), 0, None
    for inversions, count in enumerate(counts):  # S = pairs - 2 inversions, the largest first
        above += count
        if above > tail * total:
            break
        found = pairs - 2 * inversions
    return found


def _numbers(name: str, values: ArrayLike) -> NDArray[np.float64]:
    try:
        given = np.asarray(values)
        if given.dtype.kind not in "biufO" or any(
            isinstance(v, (str, bytes)) for v in given.flat if given.dtype == "O"
        ):
            raise TypeError  # text that spells numbers, and days, whose unit nobody knows
        found = given.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(f"theil_sen: {name} must be numbers (got {values!r:.60})") from error
    if found.ndim != 1:
        raise DataError(f"theil_sen: {name} must be one number a point (got an array of shape {found.shape})")
    return found
