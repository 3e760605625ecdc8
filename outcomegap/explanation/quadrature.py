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
    M = ((rho + 1/rho) / 2)^(d - 1). The remainder of n nodes on [0, 1] is then at most
    (32/15) M rho^(-2n) / (1 - rho^-2): the Chebyshev coefficients are bounded by 2 M rho^-k (Bernstein 1912), and
    Gauss's rule errs by at most 32/15 on each (Trefethen, SIAM Review 50, 2008, theorem 4.5). The least n for
    which some rho brings this below 1e-12 is taken.

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
    [1, 4, 36, 65, 121]
    """
    exact = max(1, math.ceil(degree / 2))
    rho = 1.0 + np.geomspace(1e-3, 1e3, 4000)
    fixed = math.log(32 / 15) + (degree - 1) * np.log((rho + 1 / rho) / 2) - np.log1p(-(rho**-2.0))
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
    x, w = np.polynomial.legendre.leggauss(count)
    return (x + 1) / 2, w / 2
