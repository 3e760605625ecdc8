"""How well customers fall into groups, with equal customers counted together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: So many distances are held at a time.
TOGETHER = 10_000_000


def silhouettes(points: Array, counts: Array, labels: NDArray[Any], of: NDArray[np.int64] | None = None) -> Array:
    """Return the silhouette of each point, where a point stands for many equal customers.

    For one customer a is the mean distance to the others of its group, b the least mean distance to the customers of
    another group, and the silhouette (b - a) / max(a, b): 1 well within its group, 0 on the edge. It is 0 for a
    customer alone in a group. Distances are Euclidean: between bundles the root of the number of products in which
    they differ.

    Parameters
    ----------
    points
        Distinct points, shape (points, features).
    counts
        How many customers each stands for.
    labels
        The group of each, from 0.
    of
        Positions of the points whose silhouettes are wanted; None for all.

    References
    ----------
    Rousseeuw, Silhouettes: a graphical aid to the interpretation and validation of cluster analysis, Journal of
    Computational and Applied Mathematics 20 (1987) 53-65.

    Examples
    --------
    >>> found = silhouettes(np.array([[0.0], [1.0], [9.0]]), np.array([2.0, 1.0, 3.0]), np.array([0, 0, 1]))
    >>> found.round(3)
    array([0.944, 0.875, 1.   ])
    """
    wanted = np.arange(len(points)) if of is None else of
    member = (labels[:, None] == np.arange(int(labels.max()) + 1)).astype(np.float64)
    size, weights = counts @ member, counts[:, None] * member
    rows = max(1, TOGETHER // max(1, len(points)))
    found = [
        _silhouettes(points, weights, size, labels, wanted[start : start + rows])
        for start in range(0, len(wanted), rows)
    ]
    return np.concatenate(found) if found else np.zeros(0)


def _silhouettes(points: Array, weights: Array, size: Array, labels: NDArray[Any], here: NDArray[np.int64]) -> Array:
    squares = (points * points).sum(axis=1)
    distance = np.sqrt(np.maximum(squares[here, None] + squares[None, :] - 2 * points[here] @ points.T, 0.0))
    own, rows, total = labels[here], np.arange(len(here)), distance @ weights
    others = size[own] - 1
    within = np.divide(total[rows, own], others, out=np.zeros(len(here)), where=others > 0)
    away = total / size
    away[rows, own] = np.inf
    nearest = away.min(axis=1)
    widest = np.maximum(within, nearest)
    found: Array = np.divide(nearest - within, widest, out=np.zeros(len(here)), where=(others > 0) & (widest > 0))
    return found
