"""Invest, maintain, or let go: a rule for groups of customers, and how well it stands when its numbers move."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError
from outcomegap.invest.checks import check_number
from outcomegap.invest.effect import check_views
from outcomegap.invest.listed import beside, shown_beside
from outcomegap.invest.plan import values_of
from outcomegap.invest.planned import money
from outcomegap.listing import Listing, as_column, percent
from outcomegap.scoring.groups import groups_of, ideal_rows
from outcomegap.scoring.views import ScoreViews

Array = NDArray[Any]
#: What values and thresholds are multiplied by, each alone and together.
MOVES = (0.8, 1.0, 1.2)
ASK = "Before any retention offer, ask what this customer has been worth so far."
LOOK = "Before any retention offer, look at what this customer has been worth so far: a mean hides each of them."
APART = "Groups of segments that are not ideal come last and are marked; what an effort is worth "


def triage(
    scores: ScoreViews,
    *,
    value: Any,
    by: str | Sequence[str] = "segment",
    worth: float | None = None,
    near: float = 0.75,
    so_far: Any = None,
) -> Listing:
    """Say for each group whether to invest, to maintain, or to let go.

    The rule, on the mean value and the mean D of the customers with a score: **let go** where the mean value is below
    `worth`; else **maintain** where the mean D is at least `near`; else **invest**; **need data** where nobody has a
    score. "Let go" means no special effort, and no offer to stay. What customers have been worth so far can stand
    beside it, and decides nothing: it is what to look at before anybody makes an offer.

    It goes by computed scores, whatever overrides say.

    Parameters
    ----------
    scores
        The customers; also those of a scorer of your own (`outcomegap.OutcomeScores`).
    value
        What each customer with a score is worth, in time to come: a column of the scored frame, or one number a
        customer; 0 or more.
    by
        ``"segment"``, ``"stage"``, ``"goal"``, or columns: what makes a group.
    worth
        The least mean value of a group worth an effort; None for half the mean value of the customers of ideal
        segments with a score (of all customers with a score, where none of those are of an ideal segment).
    near
        The mean D, between 0 and 1, from which a group is near enough to its desired outcome.
    so_far
        What each customer has been worth until now: a column, or one number a customer, also below 0; NaN where
        nobody knows. None leaves it out.

    Returns
    -------
    Listing
        A row a group: ``customers`` with a score, ``mean value``, ``mean so far`` (of those with a score of whom it is
        known), ``mean desired``, ``advice``, ``reason``, and
        ``stable``: of the 26 variants in which the group's value, `worth` and `near` (no more than 1) are each moved
        down by 20 %, left, or moved up by 20 %, the share that gives the same advice. Where the model has segments
        that are not ideal, their customers are in groups of their own, last, and ``ideal`` tells which.

    Raises
    ------
    DataError
        If an argument is not as said here.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)]))
    >>> rows = {"plan": ["A", "B", "C"], "calls": [1, 4, 1], "reply_hours": [24, 24, 24], "mrr": [100, 90, 10]}
    >>> found = triage(scorer.score(rows), value="mrr", by="plan")
    >>> [(row["plan"], row["advice"], round(row["stable"], 2)) for row in found]
    [('A', 'invest', 1.0), ('B', 'maintain', 1.0), ('C', 'let go', 1.0)]
    """
    scores = check_views("triage", scores)
    amount = values_of("triage", scores, value)
    near = check_number("triage: near", near, 0.0, 1.0)
    names = [by] if isinstance(by, str) else by
    if not isinstance(names, Sequence) or not names or not all(isinstance(name, str) for name in names):
        raise DataError(f"triage: by is a name or a list of names (got {by!r:.60})")
    past = None if so_far is None else _past(scores, so_far)
    groups, known = groups_of(scores, names), ~np.isnan(scores.desired)
    least = check_number("triage: worth", _half(scores, amount, known) if worth is None else worth)
    count = np.bincount(groups.codes[known], minlength=len(groups))
    desired = np.asarray(scores.desired, dtype=np.float64)
    means = [_means(column, groups.codes, known, len(groups)) for column in (amount, desired)]
    advice = _advice(means[0], means[1], least, near)
    variants = [
        _advice(means[0] * a, means[1], least * b, min(near * c, 1.0)) == advice
        for a, b, c in product(MOVES, repeat=3)
        if (a, b, c) != (1.0, 1.0, 1.0)
    ]
    apart = not all(segment.ideal for segment in scores.model.segments)
    columns = {
        **({"ideal": groups.ideal} if apart else {}),
        "customers": count,
        "mean value": means[0],
        **({} if past is None else {"mean so far": _means(past, groups.codes, known & ~np.isnan(past), len(groups))}),
        "mean desired": means[1],
        "advice": advice,
        "reason": as_column([_reason(a, v, d, least, near) for a, v, d in zip(advice, *means, strict=True)]),
        "stable": np.where(count > 0, np.mean(variants, axis=0), np.nan),
    }
    listed = beside(groups.columns, columns, "triage")
    how = {"mean value": money, "mean so far": money, "mean desired": lambda v: f"{v:.2f}", "stable": percent}
    show = shown_beside(groups.columns, {"ideal": "ideal", **how}, "triage")
    kept = "Stable: the share of 26 variants, with value and thresholds moved by 20 %, that give the same advice."
    notes = [kept, ASK if past is None else LOOK]
    if not groups.ideal.all():
        notes.append(f"{APART}{'is half the mean of ideal customers' if worth is None else 'was said for all'}.")
    return Listing(f"Where to invest: {len(groups)} groups", listed, like=scores.table, notes=notes, formats=show)


def _half(scores: ScoreViews, amount: Array, known: NDArray[np.bool_]) -> float:
    """Return half the mean value of the customers that a model is for."""
    some = known & ideal_rows(scores)
    some = some if some.any() else known
    return float(amount[some].mean()) / 2 if some.any() else 0.0


def _past(scores: ScoreViews, so_far: Any) -> Array:
    """Return what each customer has been worth; NaN where nobody knows."""
    found = scores.numbers(so_far)
    assert found is not None
    bad = np.flatnonzero(np.isinf(found))
    if len(bad):
        raise DataError(
            f"triage: so_far is finite, or missing where nobody knows (got {found[bad[0]]:g} in row {bad[0]})"
        )
    return found


def _means(values: Array, codes: Array, some: NDArray[np.bool_], size: int) -> Array:
    """Return the mean of some customers' values in each group; NaN where there are none."""
    count = np.bincount(codes[some], minlength=size)
    total = np.bincount(codes[some], weights=values[some], minlength=size)
    found: Array = total / np.where(count > 0, count, np.nan)
    return found


def _advice(value: Array, desired: Array, worth: float, near: float) -> Array:
    told = np.where(value < worth - 1e-9 * abs(worth), "let go", np.where(desired >= near - 1e-9, "maintain", "invest"))
    found: Array = np.where(np.isnan(desired), "need data", told).astype(object)
    return found


def _reason(advice: str, value: float, desired: float, worth: float, near: float) -> str:
    if advice == "need data":
        return "nobody has a score"
    if advice == "let go":
        return f"mean value {value:,.2f} is below {worth:,.2f}"
    how = "at least" if advice == "maintain" else "below"
    return f"mean value {value:,.2f} is at least {worth:,.2f}, and mean D {desired:.2f} is {how} {near:.2f}"
