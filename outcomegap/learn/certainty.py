"""How sure scores and gaps are: scores from few answers, and how often the first gap of a segment is really first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from outcomegap.checks import in_range, whole
from outcomegap.errors import DataError
from outcomegap.frames.arrays import Array
from outcomegap.learn.grouping import By, grouped, table_of
from outcomegap.learn.observed import Observing
from outcomegap.listing import Listing, counted, percent
from outcomegap.scoring.customers import AXES
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.scorer import Scorer
from outcomegap.scoring.scores import Scores
from outcomegap.stats import z_of

#: How many rows are scored, or drawn, at a time.
TOGETHER = 1 << 20
#: Steps that are first at least this often, beside the first one, are its rivals.
RIVAL = 0.05


def few_answers(
    scorer: Scorer,
    customers: object,
    answers: Mapping[str, str],
    *,
    prior: tuple[float, float] = (0.5, 0.5),
    draws: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Listing:
    """Return how sure the score of each customer is whose measures are shares, or means, of few answers.

    A share of `yes` among n answers has the posterior Beta(yes + a, n - yes + b); the prior (1/2, 1/2) is Jeffreys'. A
    mean of answers on a scale counts like a share of the way from the lowest to the highest; that is cautious, since no
    answers between the same ends vary more. Measures are drawn independently, each at `draws` quantiles of equal
    probability in random order (Latin hypercube), and every draw is scored. With one such measure the intervals are
    exact but for the steps of 1 / `draws`; with several the order adds a random error, in which `seed` is all that
    differs.

    Parameters
    ----------
    scorer
        The scorer.
    customers
        Any data frame that it scores.
    answers
        Measure -> the column that says of how many answers it is the share or mean. The model must say the lowest and
        the highest value of such a measure. Where either is missing, the measure is taken as it is.
    prior
        Answers, yes and no, that are added to those of everybody; above 0.
    draws
        How many draws to score.
    confidence
        Of the intervals.
    seed
        Of the order of draws.

    Returns
    -------
    Listing
        A row a customer: the id, ``score`` as computed, ``mean`` of the draws, ``low`` and ``high``, ``state`` as
        computed, and ``sure``: the probability of that state (NaN without a score). Scores are between 0 and 1.

    Raises
    ------
    DataError
        If there is no such measure or column, a measure has no lowest or highest value, or n is below 0.

    References
    ----------
    Brown, Cai & DasGupta, Interval estimation for a binomial proportion, Statistical Science 16 (2001) 101-133;
    McKay, Beckman & Conover, Technometrics 21 (1979) 239-245.

    Examples
    --------
    >>> import outcomegap as og
    >>> pleased = og.SuccessGap("pleased", og.Measure("share", low=0, high=1), floor=0, target=1, owner="vendor")
    >>> reply = og.Expectation("reply", og.Measure("hours", low=0), floor=48, target=24)
    >>> wants = og.DesiredOutcome(og.RequiredOutcome("r", needs=pleased), og.AppropriateExperience("e", expects=reply))
    >>> scorer = og.Scorer(og.OutcomeModel("m", desired_outcomes=[wants]))
    >>> found = few_answers(scorer, {"share": [0.75, 0.75], "n": [4, 400], "hours": [24, 24]}, {"share": "n"})
    >>> [(round(row["low"], 2), round(row["high"], 2)) for row in found]
    [(0.29, 0.97), (0.71, 0.79)]
    """
    from scipy.special import betaincinv

    reader, model = Observing("few_answers", table_of(customers)), scorer.model
    known = {measure.name: (measure.low, measure.high) for measure in model.measures}
    if not isinstance(prior, (tuple, list)) or len(prior) != 2:
        reader.problem("prior", f"prior: two numbers above 0, such as (0.5, 0.5) (got {prior!r:.60})", "prior")
    else:
        reader.attempt(lambda: [in_range("prior", each, 0, above=True) for each in prior])
    count = reader.attempt(lambda: whole("draws", draws, 20)) or 20
    reader.attempt(lambda: z_of(confidence))
    reader.seed(seed)
    if not answers:
        reader.problem("answers", "answers: name a measure, and the column that says of how many answers it is")
    for name in answers:
        if name not in known:
            reader.problem("unknown-measure", f"answers: {name!r:.60} is no measure", value=name, options=known)
        elif None in known[name]:
            reader.problem("no-scale", f"answers: the model does not say the lowest and highest {name!r}", name)
    sizes = {name: reader.numbers("answers", column, least=0) for name, column in answers.items()}
    reader.done()
    scores, table = scorer.score(reader.table), reader.table
    held = {name: table.values(name) for name in (*known, *model.columns, *AXES) if name in table}
    rng, chances = np.random.default_rng(seed), (np.arange(count) + 0.5) / count
    orders = {name: rng.permutation(chances) for name in answers}
    found, alike = np.full((len(table), count), np.nan), np.full(len(table), np.nan)
    for start in range(0, len(table), max(1, TOGETHER // count)):
        rows = slice(start, start + max(1, TOGETHER // count))
        drawn = {name: np.repeat(values[rows], count) for name, values in held.items()}
        for name, size in sizes.items():
            low, high = (float(end or 0) for end in known[name])
            value = table.floats(name).values[rows]
            yes = size[rows] * (value - low) / (high - low)
            pairs, place = np.unique(np.column_stack([yes, size[rows] - yes]), axis=0, return_inverse=True)
            share = betaincinv(pairs[:, [0]] + prior[0], pairs[:, [1]] + prior[1], orders[name])[place.reshape(-1)]
            taken = np.where(np.isnan(share), value[:, None], low + (high - low) * share)
            drawn[name] = taken.reshape(-1)
        made = scorer.score(drawn)
        found[rows] = made.desired.reshape(-1, count)
        alike[rows] = (made.state_codes.reshape(-1, count) == scores.state_codes[rows, None]).mean(axis=1)
    alike[np.isnan(scores.desired)] = np.nan
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2], axis=1)
    columns = {"customer": scores.id, "score": scores.desired, "mean": found.mean(axis=1), "low": low, "high": high}
    columns |= {"state": scores.state, "sure": alike}
    formats = dict.fromkeys(("score", "mean", "low", "high"), "points") | {"sure": "percent"}
    unsure = counted(int((alike < confidence).sum()), "customer")
    notes = [f"{unsure} may well be in another state: it is sure for less than {100 * confidence:g} %."]
    how = "exact but for the steps of draws" if len(answers) == 1 else "by draws of all measures together"
    notes.append(f"Intervals of {100 * confidence:g} %, {how} ({count:,} draws).")
    title = f"How sure the scores of {counted(len(table), 'customer')} are"
    return Listing(title, columns, like=table, same_rows=True, formats=formats, notes=notes)


def first_gap(
    scores: Scores,
    by: By = (),
    *,
    weight: str | None = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Listing:
    """Return how often the first gap of a segment, the one with the largest share of its gap, is really first.

    Customers of each group are drawn anew, as many as there are, with replacement; the parts of their gaps are summed,
    and it is counted which step has the largest sum (bootstrap). Steps that share the first place share the count.

    Parameters
    ----------
    scores
        Scores whose parts are known (see `Scores.attribution`).
    by
        ``"segment"``, ``"stage"``, ``"state"``, or columns of the scored frame. Without names the customers of ideal
        segments make one group.
    weight
        A column: the weight of each customer.
    resamples
        How often customers are drawn anew.
    confidence
        Of the intervals of shares (percentiles).
    seed
        Of the draws.

    Returns
    -------
    Listing
        A row a group: ``customers`` with a score, the ``first`` gap (None where there is no gap), its ``share`` of the
        gap with ``low`` and ``high``, ``how_often`` it is first (NaN for one customer, or no gap), and its
        ``rivals``: steps that are first in 5 % of draws or more, with how often. ``parts["steps"]``: the same for every
        step of every group.

    Raises
    ------
    DataError
        If there is no such column, or an argument does not serve.
    EngineError
        If the scores come from a scorer from outside that gave no parts.

    References
    ----------
    Efron & Tibshirani, An Introduction to the Bootstrap (1993).

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> found = first_gap(og.Scorer(model).score(og.simulate(model, 300, seed=1)), "segment", resamples=200)
    >>> len(found), bool(found.columns["how_often"].max() <= 1)
    (3, True)
    """
    reader = Observing("first_gap", table_of(scores))
    times = reader.attempt(lambda: whole("resamples", resamples, 20)) or 20
    reader.attempt(lambda: z_of(confidence))
    reader.seed(seed)
    groups = grouped(reader, "by", by)
    weights = np.ones(len(scores)) if weight is None else reader.numbers("weight", weight, least=0)
    reader.done()
    explained = scores.attribution()
    parts = explained.values * weights[:, None]
    there = ~np.isnan(parts).any(axis=1) & (ideal_rows(scores) | bool(by))
    if not there.any():
        raise DataError("first_gap: no customer has a score")
    groups, parts, rng = groups.some(there), parts[there], np.random.default_rng(seed)
    steps, tails = explained.steps, [(1 - confidence) / 2, (1 + confidence) / 2]
    each = [_firsts(parts[rows], times, tails, rng) for rows in groups.rows]
    share, low, high, often = (np.array(values) for values in zip(*each, strict=True))
    number, first = np.arange(len(groups)), share.argmax(axis=1)
    found = {
        "customers": np.bincount(groups.codes),
        "first": [steps[at] if row[at] > 0 else None for at, row in zip(first, share, strict=True)],
        "share": share[number, first],
    }
    found |= {"low": low[number, first], "high": high[number, first], "how_often": often[number, first]}
    rivals = [
        [f"{steps[at]} {percent(row[at])}" for at in np.argsort(-row) if row[at] >= RIVAL and at != best]
        for row, best in zip(often, first, strict=True)
    ]
    found["rivals"] = [", ".join(names) or None for names in rivals]
    every: dict[str, Any] = {name: np.repeat(values, len(steps)) for name, values in groups.columns.items()}
    every |= {"step": list(steps) * len(groups), "share": share.ravel(), "low": low.ravel(), "high": high.ravel()}
    formats = dict.fromkeys(("share", "low", "high", "how_often"), "percent")
    part = Listing("Every step", every | {"how_often": often.ravel()}, like=reader.table, formats=formats, first=10)
    notes = [f"From {times:,} draws of the customers; intervals of {100 * confidence:g} %."]
    title = "How often the first gap is really first"
    columns = groups.columns | found
    return Listing(
        title, columns, like=reader.table, formats=formats, notes=notes, parts={"steps": part}, drawing="intervals"
    )


def _firsts(parts: Array, times: int, tails: list[float], rng: np.random.Generator) -> tuple[Array, ...]:
    """Return the share of each step, its interval, and how often it is first when customers are drawn anew."""
    size, sums = len(parts), []
    for start in range(0, times, max(1, TOGETHER // size)):
        some = min(times - start, max(1, TOGETHER // size))
        sums.append(rng.multinomial(size, np.full(size, 1 / size), some) @ parts)
    drawn = np.concatenate(sums)
    largest = drawn >= drawn.max(axis=1, keepdims=True) - 1e-12 * size
    totals = np.maximum(drawn.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    share = parts.sum(axis=0) / max(parts.sum(), np.finfo(float).tiny)
    if size < 2 or not share.any():  # one customer says nothing of others, and without a gap none is first
        return share, *np.full((3, len(share)), np.nan)
    low, high = np.quantile(drawn / totals, tails, axis=0)
    return share, low, high, (largest / largest.sum(axis=1, keepdims=True)).mean(axis=0)
