"""Customers in clusters by what they buy; equal bundles are one point."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.silhouette import silhouettes
from outcomegap.errors import DataError, EngineError

Array = NDArray[Any]
#: Numbers of clusters that are tried where none is given.
FEWEST, MOST = 2, 8
#: How many starts of each kind k-means has; the best is taken.
STARTS = 10
#: Up to this many different bundles all are looked at. Beyond, silhouettes are those of so many customers drawn at
#: random (each is compared with everybody, and that grows with the square), and k-means has fewer starts of each kind.
ALL, DRAWN, FEWER_STARTS = 5_000, 2_000, 2


@attrs.frozen(eq=False)
class Clusters:
    """Which cluster each customer is in, and how well the clusters stand apart.

    Parameters
    ----------
    labels
        From 1, the largest cluster first; 0 for customers left out.
    silhouette
        Mean over customers; NaN for one cluster.
    of_cluster
        Mean over the customers of each cluster.
    tried
        Number of clusters -> silhouette.
    drawn
        Of how many customers, drawn at random, the silhouettes are; None where they are of all.
    """

    labels: Array
    silhouette: float
    of_cluster: Array
    tried: dict[int, float]
    drawn: int | None = None


def cluster(values: Array, known: Array, wanted: int | None, seed: int) -> Clusters:
    """Cluster customers.

    Parameters
    ----------
    values
        0 or 1, shape (customers, products).
    known
        Which customers take part.
    wanted
        How many clusters; None takes the number with the largest silhouette.
    seed
        For the starts.

    Raises
    ------
    DataError
        If there are fewer different bundles than clusters.
    EngineError
        If scikit-learn is not installed.
    """
    points, inverse, counts = np.unique(values[known], axis=0, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(-1)
    if wanted is not None and wanted > max(len(points), 1):
        raise DataError(f"bundles: {wanted} clusters are more than the {len(points)} different bundles there are")
    weights = counts.astype(np.float64)
    numbers = [wanted] if wanted is not None else list(range(FEWEST, min(MOST, len(points) - 1) + 1)) or [len(points)]
    tried: dict[int, tuple[float, Array, Array]] = {}
    of, share = _looked_at(weights, inverse, seed)
    for number in numbers:
        labels = _labels(points, weights, number, seed)
        each = silhouettes(points, weights, labels, of) if number > 1 else np.full(len(of), np.nan)
        mean = float((each * share).sum() / share.sum()) if len(points) else float("nan")
        tried[number] = mean, labels, each
    best = max(tried, key=lambda number: (np.nan_to_num(tried[number][0], nan=-2.0), -number))
    mean, labels, each = tried[best]
    labels = _by_size(labels, labels[inverse])
    found = np.zeros(len(values), dtype=np.int64)
    found[known] = labels[inverse] + 1
    count = int(labels.max(initial=-1)) + 1
    part, whole = (np.bincount(labels[of], amount, minlength=count) for amount in (each * share, share))
    means = np.divide(part, whole, out=np.full(count, np.nan), where=whole > 0)
    drawn = None if len(points) <= ALL else DRAWN
    return Clusters(found, mean, means, {number: result[0] for number, result in tried.items()}, drawn)


def _looked_at(weights: Array, inverse: Array, seed: int) -> tuple[Array, Array]:
    """Return the bundles whose silhouettes are taken, and how many customers each of them stands for."""
    if len(weights) <= ALL:
        return np.arange(len(weights)), weights
    customers = np.random.default_rng(seed).choice(len(inverse), DRAWN, replace=False)
    of, counts = np.unique(inverse[customers], return_counts=True)
    return of, counts.astype(np.float64)


def _labels(points: Array, weights: Array, number: int, seed: int) -> Array:
    if number <= 1:
        return np.zeros(len(points), dtype=np.int64)
    if number == len(points):
        return np.arange(len(points))
    try:
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise EngineError("churn.bundles needs scikit-learn: install the extra outcomegap[churn]") from error
    with threadpool_limits(1):
        # Few points of unequal weight: careful starts are much alike, so as many are drawn blindly.
        starts = STARTS if len(points) <= ALL else FEWER_STARTS
        made = [
            KMeans(number, init=init, n_init=starts, random_state=seed).fit(points, sample_weight=weights)
            for init in ("k-means++", "random")
        ]
    best = min(made, key=lambda found: found.inertia_)
    labels: Array = np.unique(best.labels_, return_inverse=True)[1].reshape(-1)
    return labels


def _by_size(labels: Array, of_customers: Array) -> Array:
    """Number clusters anew: the one with the most customers first, then the one whose first customer comes first."""
    if not len(labels):
        return labels
    _, first, sizes = np.unique(of_customers, return_index=True, return_counts=True)
    place = np.empty(len(sizes), dtype=np.int64)
    place[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    renumbered: Array = place[labels]
    return renumbered
