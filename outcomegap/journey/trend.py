"""A robust trend: the median of all pairwise slopes, with an interval that needs no distribution."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from outcomegap.checks import number_of
from outcomegap.errors import DataError
from outcomegap.stats import z_of

Array = NDArray[Any]
#: Up to this many points without ties the interval is exact; beyond, the normal approximation serves.
EXACT = 40
#: So many slopes are sorted together.
TOGETHER = 2_000_000


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
    z_of(confidence)
    t, y = _numbers("times", times), _numbers("values", values)
    if t.shape != y.shape:
        raise DataError(f"theil_sen: one value a time is needed (got {len(t)} times and {len(y)} values)")
    if not np.isfinite(t).all() or len(np.unique(t)) < len(t):
        raise DataError("theil_sen: times are finite, and no two of them are equal")
    if np.isinf(y).any():
        raise DataError("theil_sen: a value is infinite; leave out what is not known")
    found = theil_sen_rows(t, y[None, :], confidence)
    return Trend(float(found[0][0]), float(found[1][0]), float(found[2][0]), int(found[3][0]))


def theil_sen_rows(times: Array, values: Array, confidence: float) -> tuple[Array, Array, Array, NDArray[np.int64]]:
    """Return slopes, lower and upper ends, and numbers of points of many series at once; what `theil_sen` does.

    Parameters
    ----------
    times
        Finite numbers, no two equal.
    values
        A row a series; points whose value is NaN are left out of that series.
    confidence
        Between 0 and 1.
    """
    z = z_of(confidence)
    known = ~np.isnan(values)
    slope, low, high = (np.full(len(values), math.nan) for _ in range(3))
    points = known.sum(axis=1)
    patterns, codes = np.unique(known, axis=0, return_inverse=True)  # series known at the same times go together
    order = np.argsort(codes.reshape(-1), kind="stable")
    ends = np.cumsum(np.bincount(codes.reshape(-1), minlength=len(patterns)))[:-1]
    for pattern, rows in zip(patterns, np.split(order, ends) if len(order) else (), strict=True):
        n = int(pattern.sum())
        size = max(1, TOGETHER // max(1, n * (n - 1) // 2))
        for start in range(0, len(rows) if n > 1 else 0, size):
            here = rows[start : start + size]
            found = _slopes(times[pattern], values[np.ix_(here, pattern)], z, confidence)
            slope[here], low[here], high[here] = found
    return slope, low, high, points


def _slopes(t: Array, y: Array, z: float, confidence: float) -> tuple[Array, Array, Array]:
    """Return the median of all pairwise slopes of each row, and the slopes that bound it."""
    first, second = np.triu_indices(len(t), 1)
    slopes = np.sort((y[:, second] - y[:, first]) / (t[second] - t[first]), axis=1)
    cut, rows = _cut(y, z, confidence), np.arange(len(y))
    low = np.where(cut >= 1, slopes[rows, np.maximum(cut, 1) - 1], math.nan)
    high = np.where(cut >= 1, slopes[rows, -np.maximum(cut, 1)], math.nan)
    return np.median(slopes, axis=1), low, high


def _cut(y: Array, z: float, confidence: float) -> NDArray[np.int64]:
    """Return which slope from either end bounds the interval of each row; below 1 where none does."""
    n, order = y.shape[1], np.sort(y, axis=1)
    pairs = n * (n - 1) // 2
    run, ties = np.ones(len(y)), np.zeros(len(y))
    for place in range(1, n):
        run = np.where(order[:, place] == order[:, place - 1], run + 1, 1)
        ties += _tied(run) - _tied(run - 1)
    spread = (n * (n - 1) * (2 * n + 5) - ties) / 18
    found: NDArray[np.int64] = ((pairs - z * np.sqrt(spread)) // 2).astype(np.int64)
    if n <= EXACT:
        limit = _critical(n, (1 - confidence) / 2)
        found[ties == 0] = 0 if limit is None else (pairs - limit) // 2 + 1
    return found


def _tied(values: Array) -> Array:
    """Return what so many equal values take from the variance of Kendall's S, times 18."""
    taken: Array = values * (values - 1) * (2 * values + 5)
    return taken


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
