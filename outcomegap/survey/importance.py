"""What matters to customers and how well it is done: the opportunity score, and importance-performance analysis."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from outcomegap.checks import Checks, choice
from outcomegap.frames.arrays import Array, objects
from outcomegap.listing import Listing
from outcomegap.survey.answers import Estimate, Estimated, read, scale_of

#: Means that differ by less are equal; the rest is rounding.
TOLERANCE = 1e-9
#: What an attribute is called, by its place; the last is for one that nobody answered.
SERVED = objects(["underserved", "overserved", "served", None])
QUADRANTS = objects(["concentrate here", "keep up the good work", "low priority", "possible overkill", None])
STANDS = {"mean": "the attributes' mean", "median": "the attributes' median", "scale": "the middle of the scale"}


def opportunity(
    importance: object, satisfaction: object, *, form: str = "max", input: str = "mean", **asked: Unpack[Estimated]
) -> Listing:
    """Rank attributes by the opportunity score: what is important and not satisfied.

    With I and S on a scale from 0 to 10, the score is I + max(I - S, 0) (``form="max"``), or I + (I - S)
    (``form="sum"``), the older form, which lets satisfaction above importance lower it. I and S are means of the
    answers (``input="mean"``), times 10 / the highest answer where `scale` is given, or ten times the share of the two
    highest answers (``input="top_two"``; the scale is 1 to 5 unless `scale` says otherwise).

    An attribute rests on the respondents who answered both questions. The interval of a score is Student's, of
    2 i - s, or i alone where satisfaction is above importance, over respondents. Where I and S are nearly equal, the
    maximum makes the score of few answers a little too high. The interval of I and S is Student's for means and
    Wilson's for shares.

    Parameters
    ----------
    importance, satisfaction
        Answers: a frame with a column an attribute and a row a respondent; a mapping attribute -> answers (a single
        number stands for one respondent, such as a published mean); with `frame`, a mapping attribute -> column.
    form
        ``"max"`` or ``"sum"``.
    input
        ``"mean"`` or ``"top_two"``.
    **asked
        How answers are read: ``frame``, ``by`` (a column, or one value a respondent: segments), ``weight`` (the same),
        ``missing`` (answers that mean "none given"), ``scale`` (lowest and highest answer), ``values`` (text ->
        number), ``confidence`` of every interval (0.95).

    Returns
    -------
    Listing
        A row an attribute (and segment), printed with the greatest opportunity first: ``importance``,
        ``satisfaction``, ``opportunity`` with ``low`` and ``high``, ``served`` ("underserved" where the opportunity is
        above 10, "overserved" where satisfaction is above importance, else "served"), ``answers``.

    Raises
    ------
    DataError
        With every mistake in the answers.

    References
    ----------
    Ulwick, Turn customer input into innovation, Harvard Business Review 80 (2002) 91-97; What Customers Want (2005).

    Examples
    --------
    >>> found = opportunity({"restock quickly": 9.5, "look good": 4}, {"restock quickly": 3.2, "look good": 7})
    >>> found.columns["opportunity"].round(1).tolist(), found.columns["served"].tolist()
    ([15.8, 4.0], ['underserved', 'overserved'])
    """
    checks = Checks("opportunity")
    checks.attempt(lambda: choice("form", form, ("max", "sum")))
    checks.attempt(lambda: choice("input", input, ("mean", "top_two")))
    assumed = input == "mean" and asked.get("scale") is None
    _, highest = scale_of(asked, (1, 5) if input == "top_two" else (0, 10))
    answers = read(checks, {"importance": importance, "satisfaction": satisfaction}, **asked)

    def level(argument: str) -> tuple[Array, Estimate]:
        """Return the answers on the scale of the score, and their mean."""
        if input == "mean":
            return (scaled := answers[argument] * 10 / highest), answers.mean(scaled)
        top = answers[argument] > highest - 2
        return np.where(answers.known, 10.0 * top, np.nan), answers.share(top, 10.0)

    (wanted, i), (have, s) = level("importance"), level("satisfaction")
    pulls = (form == "sum") | (i.value > s.value)
    score = answers.mean(wanted + np.where(pulls[answers.codes], wanted - have, 0.0))
    cases = [score.value > 10 + TOLERANCE, s.value > i.value + TOLERANCE, score.answers > 0]
    columns = i.columns("importance", "importance_") | s.columns("satisfaction", "satisfaction_")
    columns |= score.columns("opportunity") | {"served": SERVED[np.select(cases, [0, 1, 2], -1)]}
    columns["answers"] = score.answers
    of = "means" if input == "mean" else "ten times the share of the two highest answers"
    notes = [f"Opportunity = I + {'max(I - S, 0)' if form == 'max' else '(I - S)'}, I and S: {of}."]
    notes += ["Answers are taken as 0 to 10; of others say scale=(lowest, highest)."] if assumed else []
    title = "Opportunity: what is important and not satisfied"
    return answers.ranked(title, columns, by="opportunity", notes=notes, drawing="opportunity")


def importance_performance(
    importance: object, performance: object, *, crosshair: str = "mean", **asked: Unpack[Estimated]
) -> Listing:
    """Put attributes into the four quadrants of importance and performance.

    The crosshair stands at the mean of all attributes' means, at their median, or at the middle of the scale. An
    attribute exactly on a line counts as high. `gap` is performance - importance: below 0 the attribute lies below the
    diagonal, and performance does not come up to importance wherever the crosshair stands; both questions need the same
    scale for it. Intervals are Student's, that of the gap over the respondents' own differences; an attribute rests on
    the respondents who answered both questions.

    Parameters
    ----------
    importance, performance
        Answers, as in `opportunity`.
    crosshair
        ``"mean"``, ``"median"`` or ``"scale"`` (which needs `scale`).
    **asked
        How answers are read, as in `opportunity`.

    Returns
    -------
    Listing
        A row an attribute (and segment): ``importance``, ``performance``, ``quadrant`` ("concentrate here", "keep up
        the good work", "low priority", "possible overkill"), ``sure`` (whether both intervals leave out the crosshair),
        ``gap`` with ``low`` and ``high``, below 0 where it lies below the diagonal; ``answers``. Its facts:
        ``crosshair``, for each segment the importance and the performance at which the lines stand.

    Raises
    ------
    DataError
        With every mistake in the answers.

    References
    ----------
    Martilla & James, Importance-performance analysis, Journal of Marketing 41 (1977) 77-79. The diagonal: Bacon, A
    comparison of approaches to importance-performance analysis, International Journal of Market Research 45 (2003).

    Examples
    --------
    >>> wanted, have = {"speed": 4.6, "price": 4.4, "decor": 2}, {"speed": 2.5, "price": 4.1, "decor": 3}
    >>> found = importance_performance(wanted, have)
    >>> found.columns["quadrant"].tolist(), found.columns["gap"].round(1).tolist()
    (['concentrate here', 'keep up the good work', 'low priority'], [-2.1, -0.3, 1.0])
    """
    checks = Checks("importance_performance")
    checks.attempt(lambda: choice("crosshair", crosshair, STANDS))
    middle = checks.attempt(lambda: scale_of(asked)) or ()
    if crosshair == "scale" and asked["scale"] is None:
        checks.problem("scale", "crosshair 'scale' needs scale=(lowest, highest answer)")
    answers = read(checks, {"importance": importance, "performance": performance}, **asked)
    wanted, have = answers["importance"], answers["performance"]
    i, p, gap = (answers.mean(each) for each in (wanted, have, have - wanted))
    both = np.ma.masked_invalid([i.value, p.value])
    center = np.ma.mean if crosshair == "mean" else np.ma.median
    lines = np.asarray(center(both, axis=2).filled(np.nan))
    if crosshair == "scale":
        lines = np.full_like(lines, sum(middle) / 2)
    needed, good = both.filled(-np.inf) >= lines[..., None] - TOLERANCE
    sure = [(each.low > line[:, None]) | (each.high < line[:, None]) for each, line in zip((i, p), lines, strict=True)]
    quadrant = np.where(gap.answers > 0, 2 * ~needed + good, -1)
    columns = i.columns("importance", "importance_") | p.columns("performance", "performance_")
    columns |= {"quadrant": QUADRANTS[quadrant], "sure": sure[0] & sure[1]} | gap.columns("gap")
    columns["answers"] = gap.answers
    notes = [f"The crosshair is {STANDS[crosshair]}; gap = performance - importance."]
    form: dict[str, Any] = {"drawing": "quadrants", "formats": {"sure": "yes"}}
    form["facts"] = {"crosshair": dict(zip(answers.segments, map(tuple, lines.T.tolist()), strict=True))}
    return answers.listing("Importance and performance", columns, notes=notes, **form)
