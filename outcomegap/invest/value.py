"""What a customer is worth: the present value of the margins to come, and values that a caller hands over."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outcomegap.checks import Checks, limits, show
from outcomegap.errors import DataError
from outcomegap.scoring.columns import CustomerColumns

Array = NDArray[np.float64]
#: Sums of money beyond this are no longer exact enough to compare.
LARGEST = 1e200


def lifetime_value(margin: ArrayLike, retention: ArrayLike, discount: ArrayLike) -> float | Array:
    """Return the present value of a customer's margins to come: m r / (1 + i - r).

    It is the sum over the periods t = 1, 2, ... of m r^t / (1 + i)^t: constant margin m, retention r and discount i,
    the first margin one period from now, paid by those who are retained (Gupta & Lehmann, Journal of Interactive
    Marketing 17, 2003, "Customers as assets"). Margins already received are not in it.

    Parameters
    ----------
    margin
        m, margin a period in money; a number, or one a customer. NaN stays NaN.
    retention
        r, the share of customers retained from one period to the next, between 0 and 1; a number, or one a customer.
    discount
        i, the discount rate for the same period, 0 or more; a number, or one a customer. Retention and discount are
        not 1 and 0 at once.

    Returns
    -------
    float or numpy.ndarray
        In the unit of the margin.

    Raises
    ------
    DataError
        If a number lies outside its range.

    Examples
    --------
    >>> round(lifetime_value(100, 0.8, 0.1), 2), lifetime_value([100, 200], 0.5, 0.0).tolist()
    (266.67, [100.0, 200.0])
    """
    checks = Checks("lifetime_value")
    m, r, i = np.broadcast_arrays(*(np.asarray(given, dtype=np.float64) for given in (margin, retention, discount)))
    _check(checks, "margin", np.where(np.isnan(m), 0.0, m), -np.inf, np.inf)
    _check(checks, "retention", r, 0.0, 1.0)
    _check(checks, "discount", i, 0.0, np.inf)
    if not checks.problems and (r >= 1 + i).any():
        checks.problem("out-of-range", "with retention 1 and discount 0 the value has no end", "discount", 0.0)
    checks.done()
    worth = m * r / (1 + i - r)
    return float(worth) if worth.ndim == 0 else worth


def values_of(scores: CustomerColumns, value: str | ArrayLike) -> Array:
    """Return what each customer is worth, finite and 0 or more; 0 for those without a score."""
    found = scores.numbers(value)
    if found is None:
        raise DataError("value is a column of the scored frame, or one number a customer (got None)")
    return amounts("value", np.where(np.isnan(scores.desired), 0.0, found))


def amounts(what: str, found: Array) -> Array:
    """Return amounts of money, one a customer, if each is finite and 0 or more and their sum is not too large."""
    checks = Checks(what)
    _check(checks, what, found, 0.0, np.inf)
    with np.errstate(over="ignore"):
        if float(found.sum()) > LARGEST:
            checks.problem("out-of-range", f"{what} comes to more than {LARGEST:g} in all; count in a larger unit")
    checks.done()
    return found


def _check(checks: Checks, what: str, found: Array, low: float, high: float) -> None:
    """Note numbers that are not finite, or outside their range."""
    bad = ~((found >= low) & (found <= high) & np.isfinite(found))
    if bad.any():
        message = f"{what} must be {limits(low, high, above=False)} (got {show(float(found[bad][0]))})"
        checks.problem("out-of-range", message, what, float(found[bad][0]), rows=np.atleast_1d(bad))
