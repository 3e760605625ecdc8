"""Kano's model: what customers take for granted, what they want more of, and what delights them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

import numpy as np

from outcomegap.checks import Checks, choice, in_range
from outcomegap.errors import DataError
from outcomegap.frames.arrays import objects
from outcomegap.listing import Listing
from outcomegap.stats import share_difference, shares
from outcomegap.survey.answers import Estimated, lacking, read

#: Must-be, one-dimensional, attractive, indifferent, reverse, questionable. Where two have as many answers the first
#: counts: what hurts most if it is missing comes first.
KINDS = "MOAIRQ"
#: The category of two answers. Rows: the feature is there; columns: it is not; both: like, must-be, neutral, live with,
#: dislike.
TABLES = {
    "classic": ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"),
    "pouliot": ("QAAAO", "RQIIM", "RIIIM", "RIIQM", "RRRRQ"),
}
WORDS = {"like": 1, "must-be": 2, "neutral": 3, "live with": 4, "dislike": 5}


def kano(
    functional: object = None,
    dysfunctional: object = None,
    *,
    table: str = "classic",
    counts: Mapping[str, Mapping[str, float]] | None = None,
    ties: float = 0.0,
    **asked: Unpack[Estimated],
) -> Listing:
    """Classify features by Kano's pair of questions: how people feel if it is there, and if it is not.

    Answers are 1 like, 2 must-be, 3 neutral, 4 live with, 5 dislike, or these words, or others that `values` explains.
    The table gives each pair a category: A attractive, O one-dimensional, M must-be, I indifferent, R reverse, Q
    questionable. ``"classic"`` (Berger et al.) is, by rows of the functional answer, QAAAO RIIIM RIIIM RIIIM RRRRQ;
    ``"pouliot"`` has Q also for must-be with must-be and live with with live with.

    The category of a feature is the most frequent one; in a tie M, O, A, I, R, Q, the first. `ties` makes near ties of
    categories whose shares are that close to the first. With the shares of all
    answers, `strength` is the first less the second (below 0.06 Lee & Newcomb call it a combination), and
    `total_strength` A + O + M. Fong's test calls the category significant if the two largest counts a and b of n differ
    by 1.65 sqrt((a + b) (2 n - a - b) / (2 n)) or more. better = (A + O) / (A + O + M + I), and
    worse = -(O + M) / (A + O + M + I), with Wilson's interval, as has
    `total_strength`; that of `strength` is normal. Under weights, intervals and the test take the effective
    number of answers.

    Parameters
    ----------
    functional, dysfunctional
        Answers, as in `opportunity`; a feature rests on the respondents who answered both.
    table
        ``"classic"`` or ``"pouliot"``.
    counts
        Instead of answers: feature -> category -> how many, as published tables give them.
    ties
        The difference of two shares up to which they are a tie: 0.05 is five of a hundred answers.
    **asked
        How answers are read, as in `opportunity`: ``frame``, ``by``, ``weight``, ``missing``, ``values``,
        ``confidence``.

    Returns
    -------
    Listing
        A row a feature (and segment): ``A``, ``O``, ``M``, ``I``, ``R``, ``Q`` (counts, or sums of weights),
        ``answers``, ``category``, ``strength``, ``significant`` by Fong's test, ``total_strength``, ``better``,
        ``worse``; of the last four shares also ``_low`` and ``_high``.

    Raises
    ------
    DataError
        With every mistake in the answers or the counts.

    References
    ----------
    Kano, Seraku, Takahashi & Tsuji, Attractive quality and must-be quality, Hinshitsu 14 (1984) 39-48; Berger et al.,
    Kano's methods for understanding customer-defined quality, Center for Quality of Management Journal 2 (1993) 3-36;
    Fong, Using the self-stated importance questionnaire, the same, 5 (1996) 21-24; Lee & Newcomb, Applying the Kano
    methodology to meet customer requirements, Quality Management Journal 4 (1997) 95-106.

    Examples
    --------
    >>> found = kano({"brakes": ["must-be", "neutral", "like"]}, {"brakes": ["dislike", "dislike", "dislike"]})
    >>> found[0]["category"], round(found[0]["worse"], 2)
    ('M', -1.0)
    >>> kano(counts={"edge grip": {"A": 7, "O": 33, "M": 50, "I": 10}}).columns["better"].tolist()
    [0.4]
    """
    checks = Checks("kano")
    checks.attempt(lambda: choice("table", table, TABLES))
    checks.attempt(lambda: in_range("ties", ties, 0, 1))
    if counts is None and (functional is None or dysfunctional is None):
        raise DataError.of("no-answers", "give the answers functional and dysfunctional, or counts")
    if counts is None:
        asked |= {"scale": (1, 5), "values": WORDS | dict(asked.get("values") or {})}
        answers = read(checks, {"functional": functional, "dysfunctional": dysfunctional}, **asked)
        pairs = np.nan_to_num([answers["functional"], answers["dysfunctional"]], nan=1.0)
        checks.problem("not-an-answer", "answers are 1, 2, 3, 4 or 5", rows=(pairs % 1 > 0).any(axis=(0, 2)))
        checks.done()
        there, away = pairs.astype(np.intp) - 1
        kind = np.array([list(row) for row in TABLES[table]])[there, away]
        each = [answers.sums(((kind == one) & answers.known) * answers.weight[:, None]) for one in KINDS]
        tally, number = np.stack(each, axis=2), answers.mean(answers["functional"]).number
    else:
        if not isinstance(counts, Mapping) or not all(isinstance(each, Mapping) for each in counts.values()):
            raise DataError.of("counts", f"counts map each feature to the counts of categories (got {counts!r:.100})")
        lacking(checks, "counts", KINDS, [kind for each in counts.values() for kind in each])
        given = {feature: [each.get(kind, 0) for kind in KINDS] for feature, each in counts.items()}
        answers = read(checks, {"counts": given}, scale=(0, 1e300))
        tally = np.nan_to_num(answers["counts"]).T[None]
        number = tally.sum(axis=2)
    total = tally.sum(axis=2)
    with np.errstate(all="ignore"):
        weighed = np.nan_to_num(tally * (number / total)[..., None])  # of the effective number of answers
        second, top = np.moveaxis(np.sort(weighed, axis=2)[..., -2:], 2, 0)
        significant = top - second >= 1.65 * np.sqrt((top + second) * (2 * number - top - second) / (2 * number))
        strength, low, high = share_difference(top / number, second / number, number, answers.confidence)
    strong, strong_low, strong_high = shares(weighed[..., :3].sum(axis=2), np.nan_to_num(number), answers.confidence)
    told = weighed[..., :4].sum(axis=2)
    better, better_low, better_high = shares(weighed[..., 1:3].sum(axis=2), told, answers.confidence)
    worse, worse_low, worse_high = shares(weighed[..., :2].sum(axis=2), told, answers.confidence)
    first = np.where(total > 0, (weighed >= (top - ties * number - 1e-9)[..., None]).argmax(axis=2), -1)
    columns = {kind: tally[..., KINDS.index(kind)] for kind in "AOMIRQ"} | {"answers": total}
    columns |= {"category": objects([*KINDS, None])[first], "strength": strength}
    columns |= {"strength_low": np.maximum(low, 0.0), "strength_high": high, "significant": significant}
    columns |= {"total_strength": strong, "total_strength_low": strong_low, "total_strength_high": strong_high}
    columns |= {"better": better, "better_low": better_low, "better_high": better_high}
    columns |= {"worse": 0.0 - worse, "worse_low": 0.0 - worse_high, "worse_high": 0.0 - worse_low}
    formats = {"strength": "percent", "total_strength": "percent", "significant": "yes"}
    notes = ["Attractive, one-dimensional, must-be, indifferent, reverse, questionable; significant by Fong's test."]
    return answers.listing("Kano's model", columns, formats=formats, notes=notes, drawing="kano")
