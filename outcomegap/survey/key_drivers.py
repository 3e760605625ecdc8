"""Which attributes explain an outcome, and how much of it: R squared, split among attributes that go together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from outcomegap.checks import choice
from outcomegap.errors import DataError
from outcomegap.frames.arrays import Array
from outcomegap.listing import Listing, percent
from outcomegap.survey.answers import Estimated
from outcomegap.survey.rated import NOTHING, correlations_of, rated

METHODS = ("lmg", "dominance", "relative_weights")
#: All subsets of so many attributes are looked at, a million; more take relative weights.
MOST = 20
#: So many subsets of resamples are held at a time.
TOGETHER = 1 << 20


def key_drivers(
    answers: object,
    outcome: object,
    *,
    method: str = "lmg",
    bootstrap: int = 1000,
    seed: int = 0,
    **asked: Unpack[Estimated],
) -> Listing:
    """Split how much attributes explain of an outcome, R squared, among them.

    Attributes of a survey go together, so coefficients of a regression say little of what each contributes. With
    R2(S) the share of the outcome's variance that a linear regression on the attributes in S explains:

    - ``"lmg"`` gives each the average of what it adds, R2(S and it) - R2(S), over all orders in which attributes may
      enter: its Shapley value (Lindeman, Merenda & Gold 1980; Groemping 2006). Parts are never negative and sum to R2.
    - ``"dominance"`` gives the same numbers, which are general dominance (Budescu 1993; Azen & Budescu 2003), and two
      parts: ``conditional`` (the average that an attribute adds to the subsets of each size) and ``complete`` (of each
      pair, whether one adds at least as much as the other to every subset of the rest).
    - ``"relative_weights"`` are Johnson's (2000): a close approximation for any number of attributes, another measure.

    The first two look at all 2^k subsets at once, exactly, for up to 20 attributes. An attribute that others determine
    adds nothing beside them. The interval of each part is the percentile interval of a bootstrap of respondents.

    Parameters
    ----------
    answers
        A frame with a column an attribute and a row a respondent, or a mapping attribute -> ratings; with `frame=`
        names of columns, or attribute -> column.
    outcome
        What they may explain: the name of a column, or one number a respondent, such as overall satisfaction.
    method
        ``"lmg"``, ``"dominance"`` or ``"relative_weights"``.
    bootstrap
        How many resamples make an interval; 0 makes none. With 20 attributes a hundred take about half a minute.
    seed
        Of the resamples.
    **asked
        How answers are read, as in `opportunity`: ``frame``, ``by``, ``weight``, ``missing``, ``scale``,
        ``values``, ``confidence``. Respondents who lack an answer are left out and counted.

    Returns
    -------
    Listing
        A row an attribute (and segment), printed with the most important first: ``share`` (of R squared) with ``low``
        and ``high``, ``part`` (share x R squared) with ``part_low`` and ``part_high``, ``correlation`` (with the
        outcome) and, with segments, ``r_squared``. Its facts: ``method`` and, without segments, ``r_squared`` and
        ``respondents``.

    Raises
    ------
    DataError
        With every problem: columns that are not there, answers that are no numbers, fewer respondents than attributes
        + 2, an outcome that is the same for all, more than 20 attributes.

    References
    ----------
    Lindeman, Merenda & Gold, Introduction to Bivariate and Multivariate Analysis (1980) 119; Groemping, Relative
    importance for linear regression in R: the package relaimpo, Journal of Statistical Software 17 (2006); Budescu,
    Dominance analysis, Psychological Bulletin 114 (1993) 542-551; Azen & Budescu, The dominance analysis approach,
    Psychological Methods 8 (2003) 129-148; Johnson, A heuristic method for estimating the relative weight of predictor
    variables, Multivariate Behavioral Research 35 (2000) 1-19.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> speed, price = rng.integers(1, 8, (2, 200))
    >>> found = key_drivers({"speed": speed, "price": price}, 2 * speed + price + rng.normal(size=200), bootstrap=50)
    >>> found.find("speed")["share"] > found.find("price")["share"], round(sum(row["share"] for row in found), 9)
    (True, 1.0)
    """
    choice("method", method, METHODS)
    data = rated("key_drivers", answers, outcome, asked)
    names, one = data.attributes, data.segments == (None,)
    if len(names) > MOST and method != "relative_weights":
        message = f"{method} looks at all subsets of up to {MOST} attributes (got {len(names)}); group them, or take "
        raise DataError.of("too-many", f"{message}method='relative_weights'", "method", method)
    correlations = correlations_of(data.moments(bootstrap, seed)[1])
    split = _relative_weights if method == "relative_weights" else _shapley
    parts = np.array([split(of) for of in correlations])
    total = parts.sum(axis=2, keepdims=True)
    columns = data.estimates(share=np.divide(parts, total, where=total > 0, out=np.zeros_like(parts)), part=parts)
    columns |= {"correlation": correlations[:, 0, :-1, -1]}
    columns |= {} if one else {"r_squared": total[:, 0] + np.zeros_like(parts[:, 0])}
    facts = {"method": method} | ({"r_squared": float(total[0, 0, 0]), "respondents": len(data.weight)} if one else {})
    title = f"Key drivers: together they explain {percent(float(total[0, 0, 0]))} of the outcome"
    formats = dict.fromkeys(("share", "low", "high"), "percent")
    more: dict[str, Any] = {"parts": _dominance(names, correlations[0])} if method == "dominance" and one else {}
    more["notes"] = ["It goes together with the outcome in these answers; it need not bring it about."]
    if one:
        chance = len(names) / (data.weight.sum() ** 2 / (data.weight**2).sum() - 1)
        more["notes"].append(f"So many attributes explain about {percent(chance)} by chance alone.")
    title = title if one else "Key drivers"
    return data.ranked(title, columns, facts=facts, formats=formats, drawing="intervals", **more)


def explained(correlations: Array) -> Array:
    """Return R squared of the last variable on every subset of the others; bit i of the position says i is in it.

    One attribute after the other is either left out or swept: the Schur complement of what is left. So all 2^k subsets
    take a number of operations that grows as 2^k alone.

    Examples
    --------
    >>> explained(np.array([[[1.0, 0.0, 0.6], [0.0, 1.0, 0.8], [0.6, 0.8, 1.0]]])).round(2).tolist()
    [[0.0, 0.36, 0.64, 1.0]]
    """
    left = correlations[:, None]
    for _ in range(correlations.shape[-1] - 1):
        pivot, row, rest = left[..., 0, 0], left[..., 0, 1:], left[..., 1:, 1:]
        divided = np.divide(1.0, pivot, out=np.zeros_like(pivot), where=pivot > NOTHING)
        swept = rest - (row * divided[..., None])[..., :, None] * row[..., None, :]
        left = np.concatenate([rest, swept], axis=1)
    return np.asarray(1 - left[..., 0, 0])


def added(r2: Array, attribute: int) -> Array:
    """Return what an attribute adds to every subset of the others, in the order of their positions."""
    pairs = r2.reshape(len(r2), -1, 2, 1 << attribute)
    return (pairs[:, :, 1] - pairs[:, :, 0]).reshape(len(r2), -1)


def _sizes(count: int) -> Array:
    """Return how many of the others are in each subset without an attribute, of so many."""
    return np.bitwise_count(np.arange(1 << (count - 1), dtype=np.uint32)).astype(np.intp)


def _shapley(correlations: Array) -> Array:
    """Return the average that each attribute adds over all orders: of subsets of each size, then over sizes."""
    count = correlations.shape[-1] - 1
    fair, together = 1 / (count * np.bincount(_sizes(count))[_sizes(count)]), max(1, TOGETHER >> count)
    pieces = [explained(correlations[at : at + together]) for at in range(0, len(correlations), together)]
    return np.concatenate([np.stack([added(r2, each) @ fair for each in range(count)], axis=1) for r2 in pieces])


def _relative_weights(correlations: Array) -> Array:
    """Return Johnson's weights: the outcome on the orthogonal variables nearest to the attributes, split back."""
    roots, vectors = np.linalg.eigh(correlations[:, :-1, :-1])
    root = np.sqrt(np.maximum(roots, 0.0))
    there = np.divide(1.0, root, out=np.zeros_like(root), where=root > NOTHING)
    loadings = (vectors * root[:, None]) @ vectors.swapaxes(1, 2)
    beta = (vectors * there[:, None]) @ vectors.swapaxes(1, 2) @ correlations[:, :-1, -1:]
    return np.asarray((loadings**2 @ beta**2)[..., 0])


def _dominance(names: Sequence[str], correlations: Array) -> dict[str, Listing]:
    """Return what each attribute adds to subsets of each size, and which attribute dominates which completely."""
    r2, sizes = explained(correlations[:1]), _sizes(len(names))
    means = [np.bincount(sizes, added(r2, place)[0]) / np.bincount(sizes) for place in range(len(names))]
    beside = {f"beside {size}": each for size, each in enumerate(np.array(means).T)}
    every, over = np.arange(len(r2[0])), list[tuple[str, str]]()
    for one, other in itertools.permutations(range(len(names)), 2):
        neither = every[(every & (1 << one | 1 << other)) == 0]
        if (r2[0, neither | 1 << one] >= r2[0, neither | 1 << other] - NOTHING).all():
            over.append((names[one], names[other]))
    pairs = {"dominates": [one for one, _ in over], "over": [other for _, other in over]}
    conditional = Listing("What each adds to the subsets of each size", {"attribute": names} | beside)
    return {"conditional": conditional, "complete": Listing("Complete dominance", pairs, first=len(names) ** 2)}
