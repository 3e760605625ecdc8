"""Whether customers leave more often: two rates compared, exactly or approximately; two means that overlap."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: How many halvings find an end of an interval.
HALVINGS = 60
#: No count of leavers up to this would raise the alarm.
MOST = 10_000_000


@attrs.frozen
class Rise:
    """Whether a rate rose from one period to the next.

    Parameters
    ----------
    test
        ``"poisson"`` or ``"proportions"``.
    p_value
        Probability of so many leavers in the later period, or more, if nothing had changed.
    ratio, low, high
        The later rate / the earlier one, and its interval; NaN where nobody left earlier (`ratio`) or at all.
    most
        One-sided upper bound of the ratio at the confidence asked for; infinite where nothing bounds it.
    needed
        From how many leavers in the later period on the test would have said so; None where no number would.
    """

    test: str
    p_value: float
    ratio: float
    low: float
    high: float
    most: float
    needed: int | None


def poisson_rise(counts: tuple[int, int], exposures: tuple[float, float], confidence: float) -> Rise:
    """Compare two rates of leaving: the exact conditional test of two Poisson means.

    Given x1 + x2 = n, x2 is binomial with n and p = e2 / (e1 + e2) where the rates x / e are the same; the p-value is
    the probability of x2 or more. The interval of the ratio turns Clopper and Pearson's for that binomial round.

    References
    ----------
    Przyborowski & Wilenski, Homogeneity of results in testing samples from Poisson series, Biometrika 31 (1940)
    313-323; Clopper & Pearson, Biometrika 26 (1934) 404-413.

    Examples
    --------
    >>> rise = poisson_rise((10, 20), (1000.0, 1000.0), 0.95)
    >>> round(rise.p_value, 4), rise.ratio, rise.needed
    (0.0494, 2.0, 20)
    """
    (x1, x2), (e1, e2) = counts, exposures
    n, share = x1 + x2, e2 / (e1 + e2)
    alpha = 1 - confidence
    ratio = (x2 / e2) / (x1 / e1) if x1 else math.nan
    low = _odds(_end(n, x2, alpha / 2, lower=True), e1, e2) if n else math.nan
    high = _odds(_end(n, x2, alpha / 2, lower=False), e1, e2) if n else math.nan
    most = _odds(_end(n, x2, alpha, lower=False), e1, e2) if n else math.inf
    needed = _least(lambda count: upper_tail(count, x1 + count, share) <= alpha)
    return Rise("poisson", upper_tail(x2, n, share), ratio, low, high, most, needed)


def proportion_rise(counts: tuple[int, int], at_risk: tuple[int, int], confidence: float) -> Rise:
    """Compare two shares of leavers: the pooled two-proportion z test, and Katz's interval of their ratio.

    z = (p2 - p1) / sqrt(p (1 - p) (1 / n1 + 1 / n2)), p = (x1 + x2) / (n1 + n2); the p-value is 1 - Phi(z). The
    interval of p2 / p1 is exp(log(p2 / p1) -+ z' sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2)). For its upper bound, where
    nobody left in a period, half a leaver and half a customer are added to each.

    References
    ----------
    Fleiss, Levin & Paik, Statistical Methods for Rates and Proportions (2003), chapter 3; Katz, Baptista, Azen &
    Pike, Biometrics 34 (1978) 469-474; for the halves Walter, Biometrika 62 (1975) 371-374.

    Examples
    --------
    >>> rise = proportion_rise((10, 20), (100, 100), 0.95)
    >>> round(rise.p_value, 4), rise.ratio
    (0.0238, 2.0)
    """
    (x1, x2), (n1, n2) = counts, at_risk
    p_value = _z_test(x1, x2, n1, n2)
    ratio = low = high = math.nan
    if x1:
        ratio = (x2 / n2) / (x1 / n1)
    if x1 and x2:
        reach = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2)
        low, high = ratio * math.exp(-reach), ratio * math.exp(reach)
    a1, a2, b1, b2 = (count if x1 and x2 else count + 0.5 for count in (x1, x2, n1, n2))
    error = math.sqrt(1 / a1 - 1 / b1 + 1 / a2 - 1 / b2)
    most = (a2 / b2) / (a1 / b1) * math.exp(NormalDist().inv_cdf(confidence) * error)
    needed = _least(lambda count: _z_test(x1, count, n1, n2) <= 1 - confidence, n2)
    return Rise("proportions", p_value, ratio, low, high, most, needed)


def mean_rise(before: Array, after: Array, pairs: tuple[Array, Array]) -> tuple[float, float]:
    """Return how much a mean rose between two samples that overlap, and its standard error.

    The variance of the difference is s1^2 / n1 + s2^2 / n2 - 2 n12 c / (n1 n2), with c the covariance over the n12 who
    are in both samples. NaN where a sample has fewer than two.

    Parameters
    ----------
    before, after
        The two samples.
    pairs
        Values before and after of those in both.

    References
    ----------
    Derrick, Russ, Toher & White, Test statistics for the comparison of means for two samples that include both paired
    and independent observations, Journal of Modern Applied Statistical Methods 16 (2017) 137-157.

    Examples
    --------
    >>> one, two = np.array([0.2, 0.4, 0.6]), np.array([0.3, 0.5, 0.7])
    >>> rise, error = mean_rise(one, two, (one, two))  # the same three: the error of their differences
    >>> round(rise, 3), round(error, 3)
    (0.1, 0.0)
    """
    if min(len(before), len(after)) < 2:
        return math.nan, math.nan
    spread = float(before.var(ddof=1)) / len(before) + float(after.var(ddof=1)) / len(after)
    both = len(pairs[0])
    if both > 1:
        shared = float(np.cov(pairs[0], pairs[1])[0, 1])
        spread -= 2 * both * shared / (len(before) * len(after))
    return float(after.mean() - before.mean()), math.sqrt(max(spread, 0.0))


def upper_tail(count: int, of: int, share: float) -> float:
    """Return the probability of `count` or more successes in `of` trials.

    Examples
    --------
    >>> round(upper_tail(2, 3, 0.5), 12)
    0.5
    """
    if count <= 0:
        return 1.0
    if count > of or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    k = np.arange(count, of + 1)
    logs = _log_factorial(of)
    terms = logs[of] - logs[k] - logs[of - k] + k * math.log(share) + (of - k) * math.log1p(-share)
    return min(1.0, math.fsum(np.exp(terms).tolist()))


def _log_factorial(n: int) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])


def _end(n: int, x: int, tail: float, *, lower: bool) -> float:
    """Return an end of Clopper and Pearson's interval of a binomial share."""
    if (lower and x == 0) or (not lower and x == n):
        return 0.0 if lower else 1.0
    below, above = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (below + above) / 2
        beyond = upper_tail(x, n, middle) > tail if lower else 1.0 - upper_tail(x + 1, n, middle) < tail
        below, above = (below, middle) if beyond else (middle, above)
    return (below + above) / 2


def _odds(share: float, e1: float, e2: float) -> float:
    """Return the ratio of rates for which that share of all leavers is expected in the later period."""
    return math.inf if share >= 1 else share / (1 - share) * e1 / e2


def _z_test(x1: int, x2: int, n1: int, n2: int) -> float:
    pooled = (x1 + x2) / (n1 + n2)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    return 1.0 if error == 0 else 1 - NormalDist().cdf((x2 / n2 - x1 / n1) / error)


def _least(raises: Any, most: int = MOST) -> int | None:
    """Return the least count that raises the alarm; the answer never goes back to no as the count grows."""
    high = 1
    while high < most and not raises(high):
        high *= 2
    high = min(high, most)
    if not raises(high):
        return None
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if raises(middle) else (middle, high)
    return high
