"""Importance and performance of constructs: how far each moves a target, all paths together, and where it stands."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Unpack

import numpy as np

from outcomegap.checks import Checks, choice
from outcomegap.errors import DataError
from outcomegap.frames.arrays import Array
from outcomegap.listing import Listing
from outcomegap.survey.answers import Estimated, lacking, mapping
from outcomegap.survey.rated import NOTHING, coefficients, correlations_of, rated

#: How often weights of indicators are improved at most, and the change that ends it.
ROUNDS, STEADY = 300, 1e-12


def importance_performance_map(
    answers: object,
    outcome: str,
    *,
    paths: Mapping[str, Sequence[str]] | None = None,
    constructs: Mapping[str, Sequence[str]] | None = None,
    weights: str = "equal",
    bootstrap: int = 1000,
    seed: int = 0,
    **asked: Unpack[Estimated],
) -> Listing:
    """Map how important each construct is for an outcome against how well it performs (IPMA).

    Every column is rescaled to 0-100, from the lowest to the highest answer. *Performance* is the mean of a construct's
    score on that scale. *Importance* is its total effect on the outcome: by how many points of 100 the outcome rises
    with one point of the construct, over all paths, from regressions of each construct on its predictors. With B the
    coefficients (from row to column) it is (I - B)^-1 - I. Work where importance is high and performance low.

    Parameters
    ----------
    answers
        A frame with a column an indicator and a row a respondent, or a mapping; with `frame=` names of columns.
    outcome
        The construct (or column) that all is for.
    paths
        Construct -> the constructs that lead to it; no circles. By default all lead to the outcome: a regression.
    constructs
        Construct -> its columns, whose weighted mean is its score. By default each column is a construct.
    weights
        ``"equal"``, or ``"pls"``: weights of partial least squares path modeling (mode A, path weighting), as
        correlations with the neighbours in the model settle them.
    bootstrap, seed
        Respondents are drawn anew so often; percentile intervals.
    **asked
        How answers are read, as in `opportunity`: ``frame``, ``by``, ``weight``, ``missing``, ``scale``,
        ``values``, ``confidence``. Without a scale the lowest and the highest answer to each question are its ends.
        Respondents who lack an answer are left out and counted.

    Returns
    -------
    Listing
        A row a construct that leads to the outcome (and segment), printed with the most important first: ``importance``
        with ``low`` and ``high``, ``performance``, ``performance_low``, ``performance_high``, and the total effect in
        standard deviations: ``standardized``, ``standardized_low``, ``standardized_high``. Its fact ``crosshair``: the
        means of importance and performance of each segment.

    Raises
    ------
    DataError
        With every problem: unknown constructs, a circle, no path to the outcome, a column that is the same for all, a
        weight of partial least squares below 0.

    References
    ----------
    Ringle & Sarstedt, Gain more insight from your PLS-SEM results: the importance-performance map analysis, Industrial
    Management & Data Systems 116 (2016) 1865-1886; Tenenhaus, Esposito Vinzi, Chatelin & Lauro, PLS path modeling,
    Computational Statistics & Data Analysis 48 (2005) 159-205.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> speed, price = rng.integers(1, 8, (2, 300))
    >>> value = np.clip((speed + price) // 2 + rng.integers(-1, 2, 300), 1, 7)
    >>> overall = np.clip(value + rng.integers(-1, 2, 300), 1, 7)
    >>> answers = {"speed": speed, "price": price, "value": value, "overall": overall}
    >>> paths = {"overall": ["value"], "value": ["speed", "price"]}
    >>> found = importance_performance_map(answers, "overall", paths=paths, scale=(1, 7), bootstrap=50)
    >>> value = found.find("value")
    >>> value["low"] < value["importance"] < value["high"]
    True
    """
    choice("weights", weights, ("equal", "pls"))
    mapping("paths", paths or {}, "construct", "those that lead to it")
    mapping("constructs", constructs or {}, "construct", "its columns")
    checks, blocks = Checks("importance_performance_map"), {name: list(of) for name, of in (constructs or {}).items()}
    last = blocks.get(outcome, [outcome])[-1]
    data = rated("importance_performance_map", answers, last, asked, scale=asked.get("scale"))
    columns = [*data.attributes, last]
    blocks = blocks or {name: [name] for name in columns}
    names = list(blocks)
    leads = {to: list(by) for to, by in (paths or {outcome: [name for name in names if name != outcome]}).items()}
    lacking(checks, "constructs", columns, itertools.chain(*blocks.values()))
    lacking(checks, "paths", names, (outcome, *leads, *itertools.chain(*leads.values())))
    checks.done()
    member = np.array([[column in blocks[name] for name in names] for column in columns], dtype=np.float64)
    arrows = np.array([[name in leads.get(to, ()) for to in names] for name in names], dtype=np.float64)
    target, onward = names.index(outcome), np.linalg.matrix_power(np.eye(len(names)) + arrows, len(names))
    before = [place for place in np.flatnonzero(onward[:, target]) if place != target]
    everything = np.column_stack([data["answers"], data.outcome])
    low, high = asked.get("scale") or (everything.min(axis=0), everything.max(axis=0))
    if np.trace(onward) > len(names) or not before:
        message = "constructs lead back to themselves" if before else f"nothing leads to {outcome!r}"
        checks.problem("paths", f"paths: {message}", "paths")
    for column, values in zip(columns, everything.T, strict=True):
        if np.ptp(values) == 0:
            checks.problem("constant", f"{column!r} is the same for all", column)
    checks.done()
    unit, (middles, spreads) = 100 / (high - low + np.zeros(len(columns))), data.moments(bootstrap, seed)
    middles, spreads = (middles - low) * unit, spreads * unit[:, None] * unit
    solve = partial(_solved, member=member, arrows=arrows, target=target, pls=weights == "pls")
    solved = [[solve(*one) for one in zip(*segment, strict=True)] for segment in zip(middles, spreads, strict=True)]
    total, performance, standardized = (np.array(each)[:, :, before] for each in np.moveaxis(np.array(solved), 2, 0))
    against = _against(columns, everything, blocks)
    if np.isnan(total[:, 0]).any():
        message = f"pls weighs {', '.join(against) or 'a column'} below 0; turn round what is asked the other way"
        raise DataError.of("reversed", message, "constructs")
    notes = [f"Against the rest of the construct: {', '.join(against)}. Is that asked the other way?"]
    found = data.estimates(importance=total, performance=performance, standardized=standardized)
    means = zip(found["importance"].mean(axis=1).tolist(), found["performance"].mean(axis=1).tolist(), strict=True)
    facts = {"crosshair": dict(zip(data.segments, means, strict=True))}
    title = f"Importance for {outcome}, and performance in points of 100"
    shown = [names[place] for place in before]
    return data.ranked(title, found, shown, facts=facts, drawing="quadrants", notes=notes if against else [])


def _against(columns: Sequence[str], values: Array, blocks: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the columns that go down where most of their construct go up: below 0 on its first component."""
    found = list[str]()
    for block in blocks.values():
        own = correlations_of(np.atleast_2d(np.cov(values[:, [columns.index(name) for name in block]].T)))
        first = np.linalg.eigh(own)[1][:, -1]
        found += [name for name, load in zip(block, first * (1 if first.sum() >= 0 else -1), strict=True) if load < 0]
    return found


def _solved(
    mean: Array, covariance: Array, *, member: Array, arrows: Array, target: int, pls: bool
) -> tuple[Array, Array, Array]:
    """Return the total effect of each construct on the target, its mean, and its effect in standard deviations."""
    deviation, nothing = np.sqrt(np.diag(covariance))[:, None], np.full(len(arrows), np.nan)
    if not deviation.all():  # a column that no two drawn respondents answered differently
        return nothing, nothing, nothing
    weights = _pls_weights(correlations_of(covariance), member, arrows) / deviation if pls else member
    weights = weights / weights.sum(axis=0)
    if not (weights >= 0).all():  # a column against the others: performance would leave 0 to 100
        return nothing, nothing, nothing
    between = weights.T @ covariance @ weights
    paths, scale = _paths(between, arrows), np.sqrt(np.diag(between) / between[target, target])
    total = np.linalg.inv(np.eye(len(paths)) - paths)[:, target]
    return total, mean @ weights, total * scale


def _paths(between: Array, arrows: Array) -> Array:
    """Return the coefficients of each construct's predictors, from row to column."""
    found = np.zeros_like(between)
    for to in np.flatnonzero(arrows.any(axis=0)):
        by = np.flatnonzero(arrows[:, to])
        found[by, to] = coefficients(between, by, int(to))
    return found


def _pls_weights(correlations: Array, member: Array, arrows: Array) -> Array:
    """Return weights of standardized columns: mode A, with the path weighting scheme."""
    weights, better = np.zeros_like(member), member
    for _ in range(ROUNDS):
        variance = np.einsum("pi,pq,qi->i", better, correlations, better)
        if variance.min() < NOTHING:  # columns that cancel out
            return np.full_like(member, np.nan)
        better = better / np.sqrt(variance)
        if np.abs(better - weights).max() < STEADY:
            break
        weights, between = better, better.T @ correlations @ better
        better = member * (correlations @ weights @ (arrows.T * between + _paths(between, arrows)))
    return weights
