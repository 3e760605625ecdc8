"""Gauss-Legendre nodes: exact for the polynomials that success graphs are along a straight line."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from outcomegap.program import Side

#: The remainder that fewer nodes than exactness asks for may leave at most.
REMAINDER = 1e-12
#: How many nodes are taken where the function is no polynomial, and no number of them is exact.
NUMERIC_NODES = 64


def node_count(degree: int) -> int:
    """Return how many nodes integrate the gradient of a multilinear function along a line.

    A polynomial of degree d has a derivative of degree d - 1, which n nodes integrate exactly where
    2 n - 1 >= d - 1. For high degrees fewer do. A partial derivative of a monotone multilinear function is the
    expectation of something that is 0 or 1, so with complex probabilities p it is at most the product of
    |p| + |1 - p| over the other variables; on the ellipse with foci 0 and 1 and parameter rho that is at most
    ((rho + 1/rho) / 2)^(d - 1), and the sum of all of them, which must come to the gap, at most d times that: M. The
    remainder of n nodes on [0, 1] is then at most (32/15) M rho^(-2n) / (1 - rho^-2): the Chebyshev coefficients are
    bounded by 2 M rho^-k (Bernstein 1912), and Gauss's rule errs by at most 32/15 on each (Trefethen, SIAM Review 50,
    2008, theorem 4.5). The least n for which some rho brings this below 1e-12 is taken.

    Parameters
    ----------
    degree
        Degree of the function along the line.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> [node_count(degree) for degree in (1, 8, 100, 300, 1000)]
    [1, 4, 39, 71, 134]
    """
    exact = max(1, math.ceil(degree / 2))
    rho = 1.0 + np.geomspace(1e-3, 1e3, 4000)
    bound = math.log(max(degree, 1)) + (degree - 1) * np.log((rho + 1 / rho) / 2)
    fixed = math.log(32 / 15) + bound - np.log1p(-(rho**-2.0))
    needed = (fixed - math.log(REMAINDER)) / (2 * np.log(rho))
    return min(exact, max(1, math.ceil(float(needed.min()))))


@lru_cache(maxsize=256)
def nodes(degree: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights on [0, 1] for a function of that degree.

    Examples
    --------
    >>> t, w = nodes(3)
    >>> bool(abs((w * t**2).sum() - 1 / 3) < 1e-15)
    True
    """
    return _legendre(node_count(degree))


def nodes_of(side: Side) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights on [0, 1] for R or E; a fixed number where a numeric gate makes it no polynomial."""
    return nodes(side.degree) if side.exact else _legendre(NUMERIC_NODES)


@lru_cache(maxsize=256)
def _legendre(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Gauss's nodes and weights on [0, 1], right to their last digits; NumPy's weights err by 1e-11 at the ends.

    Newton's method on the distance u = 1 - x from the end, which keeps its digits where x does not.
    """
    k = np.arange(1, (count + 1) // 2 + 1)
    u = 2.0 * np.sin((4 * k - 1) * np.pi / (8 * count + 4)) ** 2
    for _ in range(5):
        value, slope = _polynomial(count, u)
        u += value / slope
    _, slope = _polynomial(count, u)
    w = 1.0 / (u * (2.0 - u) * slope**2)
    mirrored = slice(count // 2 - 1, None, -1) if count > 1 else slice(0, 0)
    return np.concatenate([u / 2, 1.0 - u[mirrored] / 2]), np.concatenate([w, w[mirrored]])


def _polynomial(degree: int, u: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Legendre's polynomial and its derivative at x = 1 - u, by its differences from one degree to the next."""
    value, rise = np.ones_like(u), np.zeros_like(u)
    for k in range(degree):
        rise = (k * rise - (2 * k + 1) * u * value) / (k + 1)
        value = value + rise
    # (1 - x^2) P_n' = n (P_{n-1} - x P_n)
    return value, degree * (u * value - rise) / (u * (2.0 - u))
