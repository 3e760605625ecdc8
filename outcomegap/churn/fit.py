"""A logistic regression of churn on measures: how much each goes together with it, and how sure that is."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import EngineError

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]


@attrs.frozen(eq=False)
class Fitted:
    """What the regression says of each measure; every array runs over the measures.

    Parameters
    ----------
    coefficient, low, high
        Change of the log-odds of churn per standard deviation of the measure, and its bootstrap interval.
    missing
        Change of the log-odds where the measure is missing, against the median; NaN where it never is.
    importance, importance_low, importance_high
        How much the area under the curve falls on the held-out customers when the measure is shuffled, and its
        bootstrap interval.
    auc, auc_low, auc_high
        Area under the curve on the held-out customers: how often one who left is put above one who stayed.
    trained, held_out
        How many customers the regression was fitted to, and how many it was tried on.
    """

    coefficient: Array
    low: Array
    high: Array
    missing: Array
    importance: Array
    importance_low: Array
    importance_high: Array
    auc: float
    auc_low: float
    auc_high: float
    trained: int
    held_out: int


@attrs.frozen(eq=False)
class _Design:
    """Standardized columns, and an indicator for each measure that is missing somewhere."""

    matrix: Array
    gaps: tuple[int, ...]

    @property
    def measures(self) -> int:
        return int(self.matrix.shape[1]) - len(self.gaps)

    def columns_of(self, measure: int) -> list[int]:
        """Return the columns that hold a measure: its own, and its indicator."""
        inner = [self.measures + place for place, gap in enumerate(self.gaps) if gap == measure]
        return [measure, *inner]


def fit(values: Array, churned: Truth, *, held_out: float, resamples: int, seed: int, confidence: float) -> Fitted:
    """Fit the regression to part of the customers, and try it on the rest.

    Parameters
    ----------
    values
        Shape (customers, measures); NaN is missing.
    churned
        Who left.
    held_out, resamples, seed, confidence
        As in `outcomegap.churn.drivers`.

    Raises
    ------
    EngineError
        If scikit-learn is not installed.
    """
    split, one_thread = _learning()
    rows = np.arange(len(churned))
    train, test = split(rows, test_size=held_out, random_state=seed, stratify=churned)
    design = _design(values, train)
    rng = np.random.default_rng(seed)
    with one_thread(1):  # the problems are small: threads would wait for one another
        whole = _coefficients(design.matrix[train], churned[train])
        again = np.array([_refit(design.matrix, churned, train, rng) for _ in range(resamples)])
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(again[:, : design.measures], tails, axis=0)
    missing = np.full(design.measures, np.nan)
    missing[list(design.gaps)] = whole[design.measures :]
    drops, aucs, point = _importance(design, whole, churned, test, rng, resamples)
    ends = np.quantile(drops, tails, axis=0)
    auc = auc_of(design.matrix[test] @ whole, churned[test])
    auc_low, auc_high = np.quantile(aucs, tails).tolist()
    return Fitted(
        coefficient=whole[: design.measures],
        low=low,
        high=high,
        missing=missing,
        importance=point,
        importance_low=ends[0],
        importance_high=ends[1],
        auc=auc,
        auc_low=auc_low,
        auc_high=auc_high,
        trained=len(train),
        held_out=len(test),
    )


def _learning() -> tuple[Any, Any]:
    """Return what splits customers and what limits threads; both come with scikit-learn."""
    try:
        from sklearn.model_selection import train_test_split
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise EngineError("churn.drivers needs scikit-learn: install the extra outcomegap[churn]") from error
    return train_test_split, threadpool_limits


def _design(values: Array, train: NDArray[np.int64]) -> _Design:
    """Fill gaps with the median and standardize, both as the training customers have them."""
    missing = np.isnan(values)
    gaps = tuple(np.flatnonzero(missing.any(axis=0)).tolist())
    known = [values[train, column][~missing[train, column]] for column in range(values.shape[1])]
    median = np.array([np.median(column) if len(column) else 0.0 for column in known])
    filled = np.where(missing, median, values)
    spread = filled[train].std(axis=0)
    standard = (filled - filled[train].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return _Design(np.hstack([standard, missing[:, gaps].astype(np.float64)]), gaps)


def _coefficients(matrix: Array, churned: Truth) -> Array:
    from sklearn.linear_model import LogisticRegression

    # The penalty, one prior observation in strength, keeps measures that separate perfectly finite.
    found = LogisticRegression(C=1.0, max_iter=5000).fit(matrix, churned)
    coefficients: Array = found.coef_[0].astype(np.float64)
    return coefficients


def _resampled(churned: Truth, rows: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw as many customers as there are, with replacement, from those who left and from those who stayed."""
    left, stayed = rows[churned[rows]], rows[~churned[rows]]
    return np.concatenate([rng.choice(left, len(left)), rng.choice(stayed, len(stayed))])


def _refit(matrix: Array, churned: Truth, train: NDArray[np.int64], rng: np.random.Generator) -> Array:
    rows = _resampled(churned, train, rng)
    return _coefficients(matrix[rows], churned[rows])


def _importance(
    design: _Design, weights: Array, churned: Truth, test: NDArray[np.int64], rng: np.random.Generator, resamples: int
) -> tuple[Array, Array, Array]:
    """Return falls of the area under the curve, shape (resamples, measures), the areas, and the mean falls.

    Each resample draws customers anew and shuffles each measure, with its indicator, among them; the mean is over
    shuffles of the customers as they are.
    """
    own = [design.matrix[:, columns] @ weights[columns] for columns in map(design.columns_of, range(design.measures))]
    whole = design.matrix @ weights
    drops = np.empty((resamples, design.measures))
    point = np.zeros(design.measures)
    aucs = np.empty(resamples)
    base = auc_of(whole[test], churned[test])
    for draw in range(resamples):
        rows = _resampled(churned, test, rng)
        aucs[draw] = auc_of(whole[rows], churned[rows])
        for measure, part in enumerate(own):
            drops[draw, measure] = aucs[draw] - _shuffled(whole[rows], part[rows], churned[rows], rng)
            point[measure] += (base - _shuffled(whole[test], part[test], churned[test], rng)) / resamples
    return drops, aucs, point


def _shuffled(whole: Array, part: Array, churned: Truth, rng: np.random.Generator) -> float:
    return auc_of(whole - part + rng.permutation(part), churned)


def auc_of(score: Array, churned: Truth) -> float:
    """Return the area under the receiver operating characteristic: how often one who left scores above one who stayed.

    The Mann-Whitney statistic over the number of pairs; a tie counts half.

    References
    ----------
    Hanley & McNeil, The meaning and use of the area under a receiver operating characteristic (ROC) curve, Radiology
    143 (1982) 29-36.

    Examples
    --------
    >>> auc_of(np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, False, True, True]))
    0.875
    """
    left, stayed = np.sort(score[churned]), np.sort(score[~churned])  # what is asked in order is found sooner
    below = np.searchsorted(stayed, left, side="left") + np.searchsorted(stayed, left, side="right")
    return float(below.sum() / (2.0 * len(left) * len(stayed)))
