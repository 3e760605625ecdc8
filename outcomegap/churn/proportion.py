"""How sure a share is: Wilson's score interval."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outcomegap.churn.checks import number_of
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
    part, whole = number_of(count), number_of(of)
    if part is None or whole is None or not 0 <= part <= whole:
        raise DataError(f"an interval needs 0 <= count <= of, both finite (got count={count!r:.60}, of={of!r:.60})")
    if whole == 0:
        return 0.0, 1.0
    share, spread = part / whole, z * z / whole
    middle = share + spread / 2
    reach = z * math.sqrt(share * (1 - share) / whole + spread / (4 * whole))
    low = 0.0 if part == 0 else max(0.0, (middle - reach) / (1 + spread))
    high = 1.0 if part == whole else min(1.0, (middle + reach) / (1 + spread))
    return low, high


def weighted_wilson(part: ArrayLike, weights: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return the interval of a share of value, where customers do not weigh alike.

    Wilson's interval of the weighted share, at the effective number of customers (sum w)^2 / sum w^2: one large
    customer among small ones counts as hardly more than one. An approximation, equal to `wilson` for equal weights.

    Parameters
    ----------
    part
        One truth value a customer: whether it is counted. 1 and 0 are truth values too.
    weights
        One finite number of 0 or more a customer.
    confidence
        Between 0 and 1.

    Raises
    ------
    DataError
        If the two differ in length, or hold something else.

    References
    ----------
    Kish, Survey Sampling (1965), for the effective number.

    Examples
    --------
    >>> weighted_wilson([True, False], [1.0, 1.0]) == wilson(1, 2)
    True
    """
    weight = _numbers(weights)
    if weight is None or not (np.isfinite(weight) & (weight >= 0)).all():
        raise DataError("weights: a weighted interval needs one finite weight of 0 or more for each customer")
    counted = _numbers(part)
    if counted is None or counted.shape != weight.shape or not np.isin(counted, (0, 1)).all():
        raise DataError("part: a weighted interval needs one truth value for each weight")
    heaviest = float(weight.max(initial=0.0))
    if heaviest == 0:
        return wilson(0, 0, confidence)
    weight = weight / heaviest
    total = float(weight.sum())
    effective = total * total / float((weight * weight).sum())
    share = min(float(weight[counted == 1].sum()) / total, 1.0)
    return wilson(share * effective, effective, confidence)


def quantile_of(confidence: float) -> float:
    """Return how many standard deviations hold a share of a normal distribution around its middle.

    Examples
    --------
    >>> round(quantile_of(0.95), 6)
    1.959964
    """
    level = number_of(confidence)
    if level is None or not 0 < level < 1:
        raise DataError(f"confidence must be a number between 0 and 1, such as 0.95 (got {confidence!r:.60})")
    return NormalDist().inv_cdf((1 + level) / 2)


def _numbers(values: ArrayLike) -> NDArray[Any] | None:
    """Return one number or truth value a customer; None where it is something else."""
    try:
        found = np.asarray(values)
        if found.dtype.kind == "O":
            read = [float(v) if isinstance(v, (bool, np.bool_)) else number_of(v) for v in found]
            found = np.array([math.nan if v is None else v for v in read])
    except (TypeError, ValueError, OverflowError):
        return None
    return found.astype(np.float64) if found.ndim == 1 and found.dtype.kind in "biuf" else None
