"""One rating a customer: the Net Promoter Score, satisfaction, effort, and an index of several items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

import numpy as np

from outcomegap.checks import Checks, choice, in_range
from outcomegap.listing import Listing
from outcomegap.stats import share_difference
from outcomegap.survey.answers import Estimated, read, scale_of, shares_of


def net_promoter(ratings: object, **asked: Unpack[Estimated]) -> Listing:
    """Return the Net Promoter Score: the share of promoters (9, 10) less that of detractors (0 to 6), times 100.

    With p and d the two shares among n ratings, its standard error is 100 sqrt((p + d - (p - d)^2) / n); for weights n
    is their effective number. The interval is the adjusted normal one, which also holds the true score where ratings
    are few or nearly all of one kind: about one promoter and one detractor are added (`stats.share_difference`). Rocks
    adds 3/4 of each, and 3 in all: a little shorter, but of 5 ratings it may hold the true score in 83 % of cases only.

    Net Promoter Score and NPS are registered marks of Bain & Company, Inc., NICE Systems, Inc., and Fred Reichheld.

    Parameters
    ----------
    ratings
        Ratings from 0 to 10: a list of them; or a frame or a mapping with several questions, each an attribute; with
        `frame`, the name of a column.
    **asked
        How answers are read, as in `opportunity`: ``frame``, ``by``, ``weight``, ``missing``, ``scale``, ``values``,
        ``confidence``.

    Returns
    -------
    Listing
        A row a question (and segment): ``score`` with ``low``, ``high`` and ``standard_error`` (null where all are of
        one kind); the shares ``promoters``, ``passives``, ``detractors``, each with ``_low`` and ``_high`` (Wilson's
        interval); ``answers``.

    Raises
    ------
    DataError
        With every mistake in the ratings, such as one outside 0 to 10.

    References
    ----------
    Reichheld, The one number you need to grow, Harvard Business Review 81 (2003) 46-54. Variance and interval: Rocks,
    Interval estimation for the net promoter score, The American Statistician 70 (2016) 365-372.

    Examples
    --------
    >>> net_promoter([1, 10, 2, 3, 5, 2]).columns["score"].round(2).tolist()
    [-66.67]
    """
    scale_of(asked, (0, 10))
    answers = read(Checks("net_promoter"), {"ratings": ratings}, **asked)
    kind = 1 * (answers["ratings"] > 6) + (answers["ratings"] >= 9)
    detractors, passives, promoters = (answers.share(kind == place) for place in range(3))
    told = share_difference(promoters.value, detractors.value, promoters.number, answers.confidence)
    columns = dict(zip(("score", "low", "high"), (100 * each for each in told), strict=True))
    with np.errstate(all="ignore"):
        variance = promoters.value + detractors.value - told[0] ** 2
        columns["standard_error"] = 100 * np.sqrt(np.where(variance > 1e-12, variance, np.nan) / promoters.number)
    for name, share in (("promoters", promoters), ("passives", passives), ("detractors", detractors)):
        columns |= share.columns(name, f"{name}_")
    columns["answers"] = promoters.answers
    formats = dict.fromkeys(("promoters", "passives", "detractors"), "percent")
    notes = ["Promoters rate 9 or 10, detractors 0 to 6. The interval is the adjusted normal one."]
    return answers.listing("Net Promoter Score", columns, formats=formats, notes=notes, drawing="intervals")


def csat(ratings: object, *, top: int = 2, **asked: Unpack[Estimated]) -> Listing:
    """Return customer satisfaction: the share of the highest answers, such as 4 and 5 of 1 to 5.

    Parameters
    ----------
    ratings
        Ratings, as in `net_promoter`, on the scale from 1 to 5 unless `scale` says otherwise.
    top
        How many of the highest answers count as satisfied.
    **asked
        How answers are read, as in `opportunity`.

    Returns
    -------
    Listing
        A row a question (and segment): ``satisfied``, a share, with ``low`` and ``high``; ``mean`` of the ratings with
        ``mean_low`` and ``mean_high`` (Student's interval); ``answers``.

    Raises
    ------
    DataError
        With every mistake in the ratings.

    Examples
    --------
    >>> csat([5, 4, 4, 3, 1]).columns["satisfied"].tolist()
    [0.6]
    """
    low, high = scale_of(asked, (1, 5))
    in_range("top", top, 1, high - low)
    answers = read(Checks("csat"), {"ratings": ratings}, **asked)
    share, mean = answers.share(answers["ratings"] > high - top), answers.mean(answers["ratings"])
    columns = share.columns("satisfied") | mean.columns("mean", "mean_") | {"answers": share.answers}
    formats = dict.fromkeys(("satisfied", "low", "high"), "percent")
    notes = [f"Satisfied: an answer above {high - top:g} on {low:g} to {high:g}. Wilson's interval."]
    return answers.listing("Satisfied customers", columns, formats=formats, notes=notes, drawing="intervals")


def effort(ratings: object, *, easy: str = "high", **asked: Unpack[Estimated]) -> Listing:
    """Return the customer effort score: the mean answer, and the share who found it easy.

    Parameters
    ----------
    ratings
        Ratings, as in `net_promoter`, on the scale from 1 to 7 unless `scale` says otherwise.
    easy
        ``"high"`` where the highest answer means the least effort ("they made it easy for me", agree 7); ``"low"``
        where it means the most effort. Easy are the answers beyond the middle of the scale, such as 5 to 7 of 1 to 7.
    **asked
        How answers are read, as in `opportunity`.

    Returns
    -------
    Listing
        A row a question (and segment): ``mean`` with ``low`` and ``high``; the share ``easy`` with ``easy_low`` and
        ``easy_high``; ``answers``.

    Raises
    ------
    DataError
        With every mistake in the ratings.

    References
    ----------
    Dixon, Freeman & Toman, Stop trying to delight your customers, Harvard Business Review 88 (2010) 116-122.

    Examples
    --------
    >>> found = effort([7, 6, 4, 2])
    >>> found.columns["mean"].tolist(), found.columns["easy"].tolist()
    ([4.75], [0.5])
    """
    choice("easy", easy, ("high", "low"))
    low, high = scale_of(asked, (1, 7))
    answers = read(Checks("effort"), {"ratings": ratings}, **asked)
    beyond = (answers["ratings"] - (low + high) / 2) * (1 if easy == "high" else -1) > 0
    mean, share = answers.mean(answers["ratings"]), answers.share(beyond)
    columns = mean.columns("mean") | share.columns("easy", "easy_") | {"answers": mean.answers}
    notes = [f"Easy: an answer {'above' if easy == 'high' else 'below'} the middle of {low:g} to {high:g}."]
    return answers.listing("Customer effort", columns, formats={"easy": "percent"}, notes=notes, drawing="intervals")


def acsi_index(ratings: object, *, weights: Mapping[str, float] | None = None, **asked: Unpack[Estimated]) -> Listing:
    """Return an index of satisfaction from 0 to 100, as the American Customer Satisfaction Index is built.

    With items x and weights w that sum to 1, on a scale from 1 to 10, it is 100 x sum w (x - 1) / 9; on another scale
    100 x sum w (x - lowest) / (highest - lowest). Weights are divided by their sum; without any, items count alike. It
    rests on respondents who answered every item; the interval is Student's, over their own indices.

    Parameters
    ----------
    ratings
        Answers, as in `opportunity`; each attribute is an item, such as overall satisfaction, compared with what was
        expected, compared with the ideal. The scale is 1 to 10 unless `scale` says otherwise.
    weights
        Item -> its weight, a number of 0 or more, for every item.
    **asked
        How answers are read, as in `opportunity`.

    Returns
    -------
    Listing
        One row (a row a segment): ``index`` with ``low`` and ``high``; ``deviation``, the standard deviation over
        respondents; ``answers``.

    Raises
    ------
    DataError
        With every mistake in the answers or the weights.

    References
    ----------
    Fornell, Johnson, Anderson, Cha & Bryant, The American Customer Satisfaction Index, Journal of Marketing 60 (1996)
    7-18.

    Examples
    --------
    >>> found = acsi_index({"overall": [8, 10], "expected": [7, 10], "ideal": [6, 10]})
    >>> found.columns["index"].round(2).tolist()
    [83.33]
    """
    checks = Checks("acsi_index")
    low, high = scale_of(asked, (1, 10))
    answers = read(checks, {"ratings": ratings}, **asked)
    shares = shares_of(checks, "weights", answers.attributes, weights)
    scores = 100 * (answers["ratings"] - low) / (high - low) @ shares
    index = answers.mean(scores[:, None])
    columns = index.columns("index") | {"deviation": index.deviation, "answers": index.answers}
    notes = ["It rests on the respondents who answered every item."]
    names = [" + ".join(answers.attributes)]
    return answers.listing("Index of satisfaction, from 0 to 100", columns, names, notes=notes, drawing="intervals")
