"""Penalty and reward: what a low rating of an attribute costs of the outcome, and what a high one adds."""

from __future__ import annotations

from typing import Unpack

import attrs
import numpy as np

from outcomegap.checks import in_range
from outcomegap.listing import Listing
from outcomegap.survey.answers import Estimated
from outcomegap.survey.rated import NOTHING, coefficients, rated

#: The factor of an attribute that nobody rates low, or nobody high.
UNKNOWN = "unknown"


def penalty_reward(
    answers: object,
    outcome: object,
    *,
    low: float | None = None,
    high: float | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
    **asked: Unpack[Estimated],
) -> Listing:
    """Contrast what low and high ratings of each attribute do to an outcome: the three factors of satisfaction.

    The outcome is regressed on two dummies an attribute, one for low ratings and one for high ones, all attributes at
    once; in between is neither. The coefficient of the first is the *penalty* (below 0 as a rule), that of the second
    the *reward* (Brandt 1987). An attribute whose penalty is the larger is a *basic* factor: expected, and it hurts
    where it is lacking. One whose reward is the larger is an *excitement* factor; one where they do not differ is a
    *performance* factor (Matzler & Sauerwein 2002).

    They do not differ where the interval of the excess, -penalty - reward, holds 0. Where neither a penalty nor a
    reward is sure, the attribute is *indifferent*. Intervals are percentile intervals of a bootstrap of respondents.

    Parameters
    ----------
    answers
        A frame with a column an attribute and a row a respondent, or a mapping attribute -> ratings; with `frame=`
        names of columns, or attribute -> column.
    outcome
        The name of a column, or one number a respondent, such as overall satisfaction.
    low, high
        Ratings up to `low` are low, from `high` on they are high. By default the lowest and the highest third of the
        scale; without a scale, of what lies between the lowest rating and the highest. Of 1 to 5 that is 1-2 and 4-5,
        of 1 to 7 it is 1-3 and 5-7.
    bootstrap, seed
        Respondents are drawn anew so often; 0 makes no intervals.
    **asked
        How answers are read, as in `opportunity`: ``frame``, ``by``, ``weight``, ``missing``, ``scale``,
        ``values``, ``confidence``. Respondents who lack an answer are left out and counted.

    Returns
    -------
    Listing
        A row an attribute (and segment), printed with the largest excess first: ``excess`` with ``low`` and ``high``,
        ``penalty``, ``penalty_low``, ``penalty_high``, ``reward``, ``reward_low``, ``reward_high``, ``factor``
        ("basic", "performance", "excitement", "indifferent"; "unknown" where nobody rates it low, nobody high, or
        nobody in between) and ``leans`` (what the larger coefficient alone says). Its facts: ``low`` and ``high``.

    Raises
    ------
    DataError
        With every problem; also for fewer respondents than two an attribute and two.

    References
    ----------
    Brandt, A procedure for identifying value-enhancing service components using customer satisfaction survey data, in
    Surprenant (ed.), Add Value to Your Service (1987); Matzler & Sauerwein, The factor structure of customer
    satisfaction, International Journal of Service Industry Management 13 (2002) 314-332.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> clean, gift = rng.integers(1, 6, (2, 400))
    >>> overall = 4 - 2 * (clean <= 2) + 2 * (gift >= 4) + rng.normal(0, 0.5, 400)
    >>> found = penalty_reward({"clean": clean, "gift": gift}, overall, scale=(1, 5), bootstrap=99)
    >>> [(row["attribute"], row["factor"]) for row in found]
    [('clean', 'basic'), ('gift', 'excitement')]
    """
    data = rated("penalty_reward", answers, outcome, asked, columns=2)
    values = data["answers"]
    bottom, top = asked.get("scale") or (values.min(), values.max())
    low = (2 * bottom + top) / 3 if low is None else in_range("low", low)
    high = (bottom + 2 * top) / 3 if high is None else in_range("high", high, low, above=True)
    dummies = np.column_stack([values <= low, values >= high]).astype(np.float64)
    spread = attrs.evolve(data, given={"answers": dummies}).moments(bootstrap, seed)[1]
    both = coefficients(spread, np.arange(dummies.shape[1]), -1)
    count, own = values.shape[1], np.diagonal(spread, axis1=-2, axis2=-1)[..., :-1]
    both[own == 0] = np.nan  # nobody rates it so
    shared = np.diagonal(spread[..., :count, count:-1], axis1=-2, axis2=-1)
    between = own[..., :count] + own[..., count:] + 2 * shared  # the variance of being low or high
    both[np.tile(between < NOTHING, 2)] = np.nan
    penalty, reward = np.split(both, 2, axis=-1)
    columns = data.estimates(excess=-penalty - reward, penalty=penalty, reward=reward)
    sure = (columns["penalty_high"] < 0) | (columns["reward_low"] > 0)
    cases = [np.isnan(columns["excess"]), ~sure, columns["low"] > 0, columns["high"] < 0]
    columns["factor"] = np.select(cases, [UNKNOWN, "indifferent", "basic", "excitement"], "performance")
    columns["leans"] = np.select([cases[0], columns["excess"] > 0], [UNKNOWN, "basic"], "excitement")
    title, facts = f"Penalty up to {low:.4g} and reward from {high:.4g} on", {"low": float(low), "high": float(high)}
    return data.ranked(title, columns, facts=facts, drawing="intervals")
