"""Statistics that several rooms use: intervals, comparisons of rates and means, trends; based on SciPy.

Scoring loads no SciPy. `scipy.special` is loaded on first use; it takes a tenth of the time of `scipy.stats`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outcomegap.checks import in_range
from outcomegap.errors import DataError

Array = NDArray[Any]
Interval = tuple[float, float]
#: How many slopes are sorted together.
TOGETHER = 2_000_000


def z_of(confidence: float) -> float:
    """Return the number of standard deviations around the mean that hold a share of a normal distribution.

    Examples
    --------
    >>> round(z_of(0.95), 6)
    1.959964
    """
    from scipy.special import ndtri

    level = in_range("confidence", confidence, 0, math.nextafter(1, 0), above=True)
    return float(ndtri((1 + level) / 2))


def wilson(count: ArrayLike, of: ArrayLike, confidence: float = 0.95) -> tuple[Any, Any]:
    """Return Wilson's score interval of a share, or of many at once.

    With p = count / of, n = of and z the normal quantile of (1 + confidence) / 2, its ends are

        (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n):

    all shares that a score test at that level does not reject. It is (0, 1) if `of` is 0, since nothing is known then.

    Parameters
    ----------
    count
        The number counted; between 0 and `of`, not necessarily whole.
    of
        The number in all.
    confidence
        Between 0 and 1.

    Returns
    -------
    tuple
        Lower and upper end: floats, or arrays for arrays.

    References
    ----------
    Wilson, Probable inference, the law of succession, and statistical inference, Journal of the American Statistical
    Association 22 (1927) 209-212.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(81, 263)]  # Newcombe, Statistics in Medicine 17 (1998), table I
    [0.2553, 0.3662]
    """
    part, n, z = np.asarray(count, dtype=np.float64), np.asarray(of, dtype=np.float64), z_of(confidence)
    if not ((part >= 0) & (part <= n) & np.isfinite(n)).all():
        raise DataError(f"an interval needs 0 <= count <= of, both finite (got count={count!r:.60}, of={of!r:.60})")
    with np.errstate(all="ignore"):
        share, spread = part / n, z * z / n
        reach = z * np.sqrt(share * (1 - share) / n + spread / (4 * n))
        low = (share + spread / 2 - reach) / (1 + spread)
        high = (share + spread / 2 + reach) / (1 + spread)
    low = np.where(part == 0, 0.0, np.maximum(low, 0.0))  # exactly 0 and 1 at the ends, and where n is 0
    high = np.where(part == n, 1.0, np.minimum(high, 1.0))
    return (float(low), float(high)) if low.ndim == 0 else (low, high)


def shares(count: ArrayLike, of: ArrayLike, confidence: float = 0.95) -> tuple[Array, Array, Array]:
    """Return shares, NaN where `of` is 0, with the ends of Wilson's intervals.

    Examples
    --------
    >>> share, low, high = shares([1, 0], [2, 0])
    >>> share.tolist(), low.round(3).tolist(), high.round(3).tolist()
    ([0.5, nan], [0.095, 0.0], [0.905, 1.0])
    """
    part, n = np.asarray(count, dtype=np.float64), np.asarray(of, dtype=np.float64)
    low, high = wilson(part, n, confidence)
    return np.where(n > 0, part / np.maximum(n, 1), np.nan), np.asarray(low), np.asarray(high)


def share_difference(
    one: ArrayLike, other: ArrayLike, of: ArrayLike, confidence: float = 0.95
) -> tuple[Array, Array, Array]:
    """Return the differences of two shares of the same answers, each answer in at most one of them, with the ends.

    The interval is the adjusted normal one: z^2 / 4 answers are added to each share, of n answers then n + z^2 / 2, and
    of those d = p - q; its ends are d -+ z sqrt((p + q - d^2) / n), within -1 to 1. At 95 % that adds about one answer
    to each. Without them an interval of few answers, or of answers nearly all alike, seldom holds the true difference.

    References
    ----------
    Bonett & Price, Adjusted Wald confidence interval for a difference of binomial proportions based on paired data,
    Journal of Educational and Behavioral Statistics 37 (2012) 479-488.

    Examples
    --------
    >>> [round(float(each), 3) for each in share_difference(0.5, 0.2, 100)]
    [0.3, 0.142, 0.447]
    """
    p, q, n = (np.asarray(each, dtype=np.float64) for each in (one, other, of))
    z = z_of(confidence)
    with np.errstate(all="ignore"):
        more = np.where(n > 0, n + z * z / 2, np.nan)
        middle, both = (p - q) * n / more, ((p + q) * n + z * z / 2) / more
        reach = z * np.sqrt((both - middle * middle) / more)
    return p - q, np.maximum(middle - reach, -1.0), np.minimum(middle + reach, 1.0)


def weighted_wilson(part: ArrayLike, weights: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return Wilson's interval of a share of value, for customers of different weights.

    It uses the effective number of customers (sum w)^2 / sum w^2 (Kish, Survey Sampling, 1965): one large customer
    among small ones counts as little more than one. It is an approximation, and equals `wilson` for equal weights.

    Examples
    --------
    >>> weighted_wilson([True, False], [1.0, 1.0]) == wilson(1, 2)
    True
    """
    counted, weight = np.asarray(part, dtype=bool), np.asarray(weights, dtype=np.float64)
    if not (np.isfinite(weight) & (weight >= 0)).all():
        raise DataError("weights: a weighted interval needs one finite weight of 0 or more for each customer")
    heaviest = float(weight.max(initial=0.0))
    if heaviest == 0:
        return wilson(0, 0, confidence)
    weight = weight / heaviest
    total = float(weight.sum())
    effective = total * total / float((weight * weight).sum())
    return wilson(min(float(weight[counted].sum()) / total, 1.0) * effective, effective, confidence)


def poisson_rise(counts: tuple[int, int], exposures: tuple[float, float], confidence: float) -> dict[str, float]:
    """Compare two rates of leaving: the exact conditional test of two Poisson means.

    Given x1 + x2 = n, x2 is binomial with n and p = e2 / (e1 + e2) if the rates x / e are equal; the p-value is the
    probability of x2 or more. The interval of the ratio inverts Clopper and Pearson's for that binomial.

    Returns
    -------
    dict
        ``p_value``: the probability of this many leavers in the later period, or more, if nothing had changed.
        ``ratio``, ``low``, ``high``: the later rate / the earlier one, and its interval; NaN if nobody left earlier
        (``ratio``) or at all. ``most``: the one-sided upper bound of the ratio at `confidence`; infinite if there is
        no bound. ``needed``: the number of later leavers from which on the test would be significant.

    References
    ----------
    Przyborowski & Wilenski, Homogeneity of results in testing samples from Poisson series, Biometrika 31 (1940)
    313-323; Clopper & Pearson, Biometrika 26 (1934) 404-413.

    Examples
    --------
    >>> rise = poisson_rise((10, 20), (1000.0, 1000.0), 0.95)
    >>> round(rise["p_value"], 4), rise["ratio"], rise["needed"]
    (0.0494, 2.0, 20)
    """
    from scipy.special import betainc, betaincinv, btdtria

    (x1, x2), (e1, e2), alpha = counts, exposures, 1 - confidence
    share = e2 / (e1 + e2)

    def odds(part: float) -> float:
        """Return the ratio of rates at which that share of all leavers is expected in the later period."""
        return math.inf if part >= 1 else float(part / (1 - part) * e1 / e2)

    least = betaincinv(x2, x1 + 1, alpha / 2) if x2 else 0.0
    above, most = (betaincinv(x2 + 1, x1, 1 - tail) if x1 else 1.0 for tail in (alpha / 2, alpha))
    return {
        "p_value": float(betainc(x2, x1 + 1, share)) if x2 else 1.0,
        "ratio": (x2 / e2) / (x1 / e1) if x1 else math.nan,
        "low": odds(least) if x1 or x2 else math.nan,
        "high": odds(above) if x1 or x2 else math.nan,
        "most": odds(most),
        "needed": math.ceil(btdtria(alpha, x1 + 1, share)),
    }


def mean_interval(values: Array, clusters: Array, confidence: float) -> Interval:
    """Return an interval of a mean of values that are similar within clusters; NaN for fewer than two clusters.

    mean -+ t sqrt(v), v = g / (g - 1) x sum over the g clusters of (sum of their deviations)^2 / n^2, t of g - 1
    degrees of freedom. With one value in each cluster it is Student's (Biometrika 6, 1908).

    References
    ----------
    Cochran, Sampling Techniques (1977), chapter 9A.

    Examples
    --------
    >>> [round(end, 3) for end in mean_interval(np.array([1.0, 2.0, 3.0]), np.array([0, 1, 2]), 0.95)]
    [-0.484, 4.484]
    """
    from scipy.special import stdtrit

    _, codes = np.unique(clusters, return_inverse=True)
    groups = int(codes.max(initial=-1)) + 1
    if groups < 2:
        return math.nan, math.nan
    mean = float(values.mean())
    sums = np.bincount(codes, weights=values - mean)
    spread = groups / (groups - 1) * float((sums * sums).sum()) / len(values) ** 2
    reach = float(stdtrit(groups - 1, (1 + confidence) / 2)) * math.sqrt(spread)
    return mean - reach, mean + reach


def weighted_mean_interval(
    weight: ArrayLike, squared: ArrayLike, total: ArrayLike, squares: ArrayLike, confidence: float = 0.95
) -> tuple[Array, Array]:
    """Return the intervals of weighted means of many groups, from the sums of each.

    With m = sum w x / sum w, the effective number n = (sum w)^2 / sum w^2 (Kish, Survey Sampling, 1965) and the
    variance v = (sum w x^2 / sum w - m^2) n / (n - 1), its ends are m -+ t sqrt(v / n), t of n - 1 degrees of freedom.
    For equal weights it is Student's (Biometrika 6, 1908); else an approximation. It is NaN where n is not above 1.

    Parameters
    ----------
    weight, squared
        The sums of w, and of w^2, of each group.
    total, squares
        The sums of w x, and of w x^2.
    confidence
        Between 0 and 1.

    Examples
    --------
    >>> low, high = weighted_mean_interval([3.0, 1.0], [3.0, 1.0], [6.0, 1.0], [14.0, 1.0])  # of 1, 2, 3; and of 1
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([-0.484, nan], [4.484, nan])
    """
    from scipy.special import stdtrit

    w, w2, wx, wx2 = (np.asarray(sums, dtype=np.float64) for sums in (weight, squared, total, squares))
    with np.errstate(all="ignore"):
        n, mean = w * w / w2, wx / w
        n = np.where(n > 1 + 1e-9, n, np.nan)
        spread = wx2 / w - mean * mean
        spread = np.where(spread > 1e-15 * mean * mean, spread, 0.0)  # below that it is rounding
        reach = stdtrit(n - 1, (1 + confidence) / 2) * np.sqrt(spread / (n - 1))
    return mean - reach, mean + reach


def mean_rise(before: Array, after: Array) -> tuple[float, float]:
    """Return how much a mean rose between two samples that overlap, and its standard error.

    Both arrays hold one number for each member of either sample, NaN for those not in it. The variance of the
    difference is s1^2 / n1 + s2^2 / n2 - 2 n12 c / (n1 n2), with c the covariance over the n12 members of both samples.
    It is NaN if a sample has fewer than two.

    References
    ----------
    Derrick, Russ, Toher & White, Test statistics for the comparison of means for two samples that include both paired
    and independent observations, Journal of Modern Applied Statistical Methods 16 (2017) 137-157.

    Examples
    --------
    >>> one, two = np.array([0.2, 0.4, 0.6]), np.array([0.3, 0.5, 0.7])
    >>> rise, error = mean_rise(one, two)  # the same three: the error of their differences
    >>> round(rise, 3), round(error, 3)
    (0.1, 0.0)
    """
    first, second = before[~np.isnan(before)], after[~np.isnan(after)]
    if min(len(first), len(second)) < 2:
        return math.nan, math.nan
    spread = float(first.var(ddof=1)) / len(first) + float(second.var(ddof=1)) / len(second)
    both = ~np.isnan(before + after)
    if both.sum() > 1:
        shared = float(np.cov(before[both], after[both])[0, 1])
        spread -= 2 * int(both.sum()) * shared / (len(first) * len(second))
    return float(second.mean() - first.mean()), math.sqrt(max(spread, 0.0))


def theil_sen(times: ArrayLike, values: ArrayLike, confidence: float = 0.95) -> tuple[Array, Array, Array, Array]:
    """Return the Theil-Sen slope of each row of values, its interval, and its number of points.

    The slope is the median of (y_j - y_i) / (t_j - t_i) over all pairs with t_i < t_j; up to about 29 % of the points
    may be far off without much effect. The interval inverts Kendall's test, as in `scipy.stats.theilslopes`:
    of N slopes in order, those at (N -+ C) / 2 with C = z sqrt((n (n - 1) (2n + 5) - sum u (u - 1) (2u + 5)) / 18),
    the sum over ties of u values. The SciPy function takes one series at a time; this one computes all series with
    the same known times together, which is faster for histories of many customers.

    Parameters
    ----------
    times
        Finite numbers, ascending.
    values
        One row for each series, NaN where unknown; a single series is one row.
    confidence
        Between 0 and 1.

    Returns
    -------
    slope, low, high, points
        One for each row; NaN if there are too few points, or, for the ends, if the interval is unbounded.

    References
    ----------
    Theil, Proceedings of the Royal Netherlands Academy of Sciences 53 (1950); Sen, Estimates of the regression
    coefficient based on Kendall's tau, Journal of the American Statistical Association 63 (1968) 1379-1389.

    Examples
    --------
    >>> slope, low, high, points = theil_sen([0, 1, 2, 3, 4, 5], [[1.0, 0.9, 0.8, 0.7, 5.0, 0.5]])
    >>> slope.round(3).tolist(), points.tolist()
    ([-0.1], [6])
    """
    t, y, z = np.asarray(times, dtype=np.float64), np.atleast_2d(np.asarray(values, dtype=np.float64)), z_of(confidence)
    known = ~np.isnan(y)
    slope, low, high = (np.full(len(y), math.nan) for _ in range(3))
    patterns, codes = np.unique(known, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        n, rows = int(pattern.sum()), np.flatnonzero(codes.reshape(-1) == number)
        size = max(1, TOGETHER // max(1, n * (n - 1) // 2))
        first, second = np.triu_indices(n, 1)
        for start in range(0, len(rows) if n > 1 else 0, size):
            here = rows[start : start + size]
            part, at = y[np.ix_(here, pattern)], t[pattern]
            slopes = np.sort((part[:, second] - part[:, first]) / (at[second] - at[first]), axis=1)
            slope[here] = np.median(slopes, axis=1)
            reach = z * np.sqrt((n * (n - 1) * (2 * n + 5) - _ties(part)) / 18)
            lower = np.round((slopes.shape[1] - reach) / 2).astype(np.int64) - 1
            fits, each = lower >= 0, np.arange(len(here))
            low[here] = np.where(fits, slopes[each, np.maximum(lower, 0)], math.nan)
            high[here] = np.where(fits, slopes[each, -1 - np.maximum(lower, 0)], math.nan)
    return slope, low, high, known.sum(axis=1)


def _ties(values: Array) -> Array:
    """Return for each row the sum of u (u - 1) (2u + 5) over groups of u equal values."""
    order = np.sort(values, axis=1)
    run, ties = np.ones(len(order)), np.zeros(len(order))
    for place in range(1, order.shape[1]):
        run = np.where(order[:, place] == order[:, place - 1], run + 1, 1)
        ties += run * (run - 1) * (2 * run + 5) - (run - 1) * (run - 2) * (2 * run + 3)
    return ties


def weighted_quantiles(values: Array, weights: Array | None, probabilities: ArrayLike) -> Array:
    """Return quantiles: the smallest value at which it and all smaller values together have a share of the weight.

    This inverts the weighted distribution function (Hyndman & Fan, The American Statistician 50, 1996, definition 1),
    so it is always the value of some customer. NaN values and values of weight 0 do not count.

    Examples
    --------
    >>> weighted_quantiles(np.array([0.2, 0.4, 0.9]), np.array([1.0, 1.0, 2.0]), [0.25, 0.5, 0.51])
    array([0.2, 0.4, 0.9])
    """
    counts = ~np.isnan(values) if weights is None else ~np.isnan(values) & (weights > 0)
    if not counts.any():
        return np.full(np.shape(probabilities), np.nan)
    weight = None if weights is None else weights[counts]
    quantile: Any = np.quantile
    found: Array = quantile(values[counts], probabilities, weights=weight, method="inverted_cdf")
    return found


# The area under the curve


def area_of(score: Array, good: NDArray[np.bool_]) -> float:
    """Return the area under the receiver operating characteristic: how often good stands above bad, ties half.

    The Mann-Whitney statistic over the number of pairs; `auc` has weights and an interval, and takes longer.

    References
    ----------
    Hanley & McNeil, The meaning and use of the area under a receiver operating characteristic (ROC) curve, Radiology
    143 (1982) 29-36.

    Examples
    --------
    >>> area_of(np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, False, True, True]))
    0.875
    """
    above, others = np.sort(score[good]), np.sort(score[~good])  # what is asked in order is found sooner
    below = np.searchsorted(others, above, side="left") + np.searchsorted(others, above, side="right")
    return float(below.sum() / (2.0 * len(above) * len(others)))


class Estimate(NamedTuple):
    """A figure and its interval."""

    value: float
    low: float
    high: float


def scored(score: ArrayLike, good: ArrayLike, weight: ArrayLike | None) -> tuple[Array, Array, Array]:
    """Return scores, outcomes and weights of the customers with a score and a weight above 0."""
    scores, goods = np.asarray(score, dtype=np.float64), np.asarray(good, dtype=np.float64)
    weights = np.ones(len(scores)) if weight is None else np.asarray(weight, dtype=np.float64)
    kept = ~np.isnan(scores) & (weights > 0)
    return scores[kept], goods[kept], weights[kept]


def placements(score: Array, good: Array, weight: Array) -> Array:
    """Return the place of each customer among those of the other outcome: the share that it beats, ties half.

    Of one with the good outcome it is the share of the others scored below it, of one without it the share scored
    above it. Shape (customers,).
    """
    distinct, place = np.unique(score, return_inverse=True)
    held = [np.bincount(place, weight * part, len(distinct)) for part in (good, 1 - good)]
    above = 1 - (np.cumsum(held[0]) - held[0] / 2) / held[0].sum()
    below = (np.cumsum(held[1]) - held[1] / 2) / held[1].sum()
    placed: Array = np.where(good > 0, below[place], above[place])
    return placed


def auc(score: ArrayLike, good: ArrayLike, weight: ArrayLike | None = None, *, confidence: float = 0.95) -> Estimate:
    """Return the area under the receiver operating characteristic: how often good stands above bad, ties half.

    Its variance is that of the placements of the good plus that of the bad (DeLong, DeLong & Clarke-Pearson,
    Biometrics 44, 1988, 837-845); with weights their weighted variance, by Kish's effective number. The interval is
    cut at 0 and 1, and NaN with fewer than two of either. Customers without a score (NaN) are left out.

    Examples
    --------
    >>> round(auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]).value, 3)
    0.75
    """
    scores, goods, weights = scored(score, good, weight)
    if not 0 < goods.sum() < len(goods):
        return Estimate(math.nan, math.nan, math.nan)
    placed, variance, value = placements(scores, goods, weights), 0.0, 0.0
    for part in (goods > 0, goods == 0):
        w, v = weights[part], placed[part]
        value, effective = float(np.average(v, weights=w)), float(w.sum()) ** 2 / float((w * w).sum())
        spread = float((w * w * (v - value) ** 2).sum()) / float(w.sum()) ** 2
        variance += spread * effective / (effective - 1) if effective > 1 + 1e-9 else math.nan
    reach = z_of(confidence) * math.sqrt(variance)
    low, high = np.clip([value - reach, value + reach], 0.0, 1.0).tolist()
    return Estimate(value, low, high)
