"""How sure a share is: Wilson's score interval."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from outcomegap.errors import DataError

Interval = tuple[float, float]


def wilson(count: float, of: float, confidence: float = 0.95) -> Interval:
    """Return Wilson's score interval of a share.

    With the share p = count / of, and z the normal quantile of (1 + confidence) / 2, its ends are

        (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n),        n = of:

    all shares that a score test at that level does not reject. It stays within [0, 1] and says something at 0 of n.

    Parameters
    ----------
    count
        How many are counted; between 0 and `of`, not necessarily whole.
    of
        How many there are.
    confidence
        Between 0 and 1.

    Returns
    -------
    tuple
        Lower and upper end; (0, 1) where `of` is 0, since nothing is known then.

    Raises
    ------
    DataError
        If a number is none that serves.

    References
    ----------
    Wilson, Probable inference, the law of succession, and statistical inference, Journal of the American Statistical
    Association 22 (1927) 209-212.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(81, 263)]  # Newcombe, Statistics in Medicine 17 (1998), table I
    [0.2553, 0.3662]
    """
    z = quantile_of(confidence)
    if not (_finite(count) and _finite(of) and 0 <= count <= of):
        raise DataError(f"an interval needs 0 <= count <= of, both finite (got count={count!r}, of={of!r})")
    if of == 0:
        return 0.0, 1.0
    share, spread = count / of, z * z / of
    middle = share + spread / 2
    reach = z * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    low = 0.0 if count == 0 else max(0.0, (middle - reach) / (1 + spread))
    high = 1.0 if count == of else min(1.0, (middle + reach) / (1 + spread))
    return low, high


def weighted_wilson(part: ArrayLike, weights: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return the interval of a share of value, where customers do not weigh alike.

    Wilson's interval of the weighted share, at the effective number of customers (sum w)^2 / sum w^2: one large
    customer among small ones counts as hardly more than one. An approximation, equal to `wilson` for equal weights.

    Parameters
    ----------
    part
        One truth value a customer: whether it is counted.
    weights
        One finite number of 0 or more a customer.
    confidence
        Between 0 and 1.

    References
    ----------
    Kish, Survey Sampling (1965), section 11.7, for the effective number.

    Examples
    --------
    >>> weighted_wilson([True, False], [1.0, 1.0]) == wilson(1, 2)
    True
    """
    counted, weight = np.asarray(part, dtype=bool), np.asarray(weights, dtype=np.float64)
    if counted.shape != weight.shape or not (np.isfinite(weight) & (weight >= 0)).all():
        raise DataError("a weighted interval needs one finite weight of 0 or more for each customer")
    heaviest = float(weight.max(initial=0.0))
    if heaviest == 0:
        return wilson(0, 0, confidence)
    weight = weight / heaviest
    total = float(weight.sum())
    effective = total * total / float((weight * weight).sum())
    share = min(float(weight[counted].sum()) / total, 1.0)
    return wilson(share * effective, effective, confidence)


def quantile_of(confidence: float) -> float:
    """Return how many standard deviations hold a share of a normal distribution around its middle.

    Examples
    --------
    >>> round(quantile_of(0.95), 6)
    1.959964
    """
    if not _finite(confidence) or not 0 < confidence < 1:
        raise DataError(f"confidence must be a number between 0 and 1, such as 0.95 (got {confidence!r:.60})")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _finite(value: object) -> bool:
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    return number and math.isfinite(value)  # type: ignore[arg-type]
