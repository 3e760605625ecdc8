"""What a customer is worth: the present value of the margins to come."""

from __future__ import annotations

from typing import Any

import numpy as np

from outcomegap.errors import DataError
from outcomegap.invest.checks import shown


def lifetime_value(margin: Any, retention: Any, discount: Any) -> Any:
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
    m = _numbers("margin", margin, -np.inf, np.inf, missing=True)
    r = _numbers("retention", retention, 0.0, 1.0)
    i = _numbers("discount", discount, 0.0, np.inf)
    try:
        m, r, i = np.broadcast_arrays(m, r, i)
    except ValueError as error:
        message = "lifetime_value: margin, retention and discount are one number, or one a customer, of one length"
        raise DataError(message) from error
    if (r >= 1 + i).any():
        raise DataError("lifetime_value: with retention 1 and discount 0 the value has no end; give a discount")
    worth = m * r / (1 + i - r)
    return float(worth) if worth.ndim == 0 else worth


def _numbers(name: str, given: Any, low: float, high: float, *, missing: bool = False) -> Any:
    """Return finite numbers between two limits, in some cases NaN as well."""
    try:
        if given is None or np.asarray(given).dtype.kind in "mM":  # times and spans are no numbers
            raise TypeError
        found = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"lifetime_value: {name} is a number, or one a customer (got {shown(given)})") from error
    except OverflowError as error:
        raise DataError(f"lifetime_value: {name} is {_limits(low, high)} (got {shown(given)})") from error
    bad = ~((found >= low) & (found <= high) & np.isfinite(found)) & ~(missing & np.isnan(found))
    if bad.any():
        raise DataError(f"lifetime_value: {name} is {_limits(low, high)} (got {found[bad].flat[0]:g})")
    return found


def _limits(low: float, high: float) -> str:
    return "finite" if np.isinf(low) else f"{low:g} or more" if np.isinf(high) else f"between {low:g} and {high:g}"
