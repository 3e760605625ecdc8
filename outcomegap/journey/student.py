"""Quantiles of Student's distribution, for means of few."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

#: How many halvings find a quantile.
HALVINGS = 200
#: Beyond so many degrees of freedom it is a normal distribution for all that is printed here.
NORMAL = 1e7


@lru_cache(maxsize=4096)
def t_quantile(probability: float, degrees: float) -> float:
    """Return the number below which Student's t lies with a probability above one half.

    P(T > t) = I_x(d / 2, 1 / 2) / 2 with x = d / (d + t^2) and the regularized incomplete beta function I, by its
    continued fraction; the quantile by bisection.

    References
    ----------
    Student, The probable error of a mean, Biometrika 6 (1908); Abramowitz & Stegun, Handbook of Mathematical
    Functions (1964), 26.5.8 and 26.7.1.

    Examples
    --------
    >>> round(t_quantile(0.975, 4), 4), round(t_quantile(0.975, 1e9), 4)
    (2.7764, 1.96)
    """
    if degrees > NORMAL:
        return NormalDist().inv_cdf(probability)
    tail = 1 - probability
    low, high = 0.0, 1.0
    while _upper(high, degrees) > tail:
        low, high = high, high * 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _upper(middle, degrees) > tail else (low, middle)
    return (low + high) / 2


def _upper(t: float, degrees: float) -> float:
    """Return the probability that T is larger than t, for t of 0 or more."""
    x = degrees / (degrees + t * t)
    return _incomplete_beta(degrees / 2, 0.5, x) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x > (a + 1) / (a + b + 2):  # there the fraction of the other end is the faster one
        return 1 - front * _fraction(b, a, 1 - x) / b
    return front * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction, by the method of Lentz (Applied Optics 15, 1976)."""
    tiny = 1e-300
    c, d = 1.0, 1.0 / max(1 - (a + b) * x / (a + 1), tiny)
    value = d
    for m in range(1, 10_000):
        for number in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + number * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + number / c
            c = c if abs(c) > tiny else tiny
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value
