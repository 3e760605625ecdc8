"""Invest, maintain, or let go: a rule for groups of customers, and how well it stands when its numbers move."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outcomegap.checks import in_range
from outcomegap.errors import DataError
from outcomegap.invest.value import Array, values_of
from outcomegap.listing import FORMATS, Listing, Show, beside, points
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.groups import groups_of, ideal_rows

money = FORMATS["money"]
#: What values and thresholds are multiplied by, each alone and together.
MOVES = (0.8, 1.0, 1.2)
FORMS = {"ideal": "ideal", "mean value": "money", "mean so far": "money", "mean desired": "points", "stable": "percent"}
ASK = "Before any retention offer, ask what this customer has been worth so far."
LOOK = "Before any retention offer, look at what this customer has been worth so far: a mean hides each of them."


def triage(
    scores: CustomerColumns,
    *,
    value: str | ArrayLike,
    by: str | Sequence[str] = "segment",
    worth: float | None = None,
    near: float = 0.75,
    so_far: str | ArrayLike | None = None,
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
    amount = values_of(scores, value)
    near = in_range("near", near, 0, 1)
    past = scores.numbers(so_far)
    if past is not None and np.isinf(past).any():
        raise DataError("so_far must be finite, or missing where nobody knows it (got an infinite number)")
    groups = groups_of(scores, [by] if isinstance(by, str) else by)
    desired = np.asarray(scores.desired, dtype=np.float64)
    known = ~np.isnan(desired)
    if worth is None:  # half of what the customers that the model is for are worth
        meant = known & ideal_rows(scores) if (known & ideal_rows(scores)).any() else known
        least = float(amount[meant].mean()) / 2 if meant.any() else 0.0
    else:
        least = in_range("worth", worth, 0)

    def means(values: Array, some: NDArray[np.bool_]) -> Array:
        """Return the mean of some customers' values in each group; NaN where there are none."""
        total = np.bincount(groups.codes[some], weights=values[some], minlength=len(groups))
        with np.errstate(invalid="ignore"):
            return np.asarray(total / np.bincount(groups.codes[some], minlength=len(groups)))

    count = np.bincount(groups.codes[known], minlength=len(groups))
    mean, reached = means(amount, known), means(desired, known)
    advice = _advice(mean, reached, least, near)
    moves = [move for move in product(MOVES, repeat=3) if move != (1.0, 1.0, 1.0)]
    same = [_advice(mean * a, reached, least * b, min(near * c, 1.0)) == advice for a, b, c in moves]
    columns = {
        **({} if all(segment.ideal for segment in scores.model.segments) else {"ideal": groups.ideal}),
        "customers": count,
        "mean value": mean,
        **({} if past is None else {"mean so far": means(past, known & ~np.isnan(past))}),
        "mean desired": reached,
        "advice": advice,
        "reason": [_reason(*group, least, near) for group in zip(advice, mean, reached, strict=True)],
        "stable": np.where(count > 0, np.mean(same, axis=0), np.nan),
    }
    notes = ["Stable: the share of 26 variants, with value and thresholds moved by 20 %, that give the same advice."]
    notes.append(ASK if past is None else LOOK)
    if not groups.ideal.all():
        set_by = "is half the mean of ideal customers" if worth is None else "was said for all"
        marked = "Groups of segments that are not ideal come last and are marked"
        notes.append(f"{marked}; what an effort is worth {set_by}.")
    forms = beside(groups.columns, FORMS, "triage") | dict.fromkeys(groups.columns)
    listed = beside(groups.columns, columns, "triage")
    headings = {"mean desired": "mean score"}
    show = [Show(headings.get(name, name), name, forms.get(name)) for name in listed]
    return Listing(f"Where to invest: {len(groups)} groups", listed, like=scores.table, show=show, notes=notes)


def _advice(value: Array, desired: Array, worth: float, near: float) -> NDArray[np.object_]:
    told = np.where(value < worth - 1e-9 * abs(worth), "let go", np.where(desired >= near - 1e-9, "maintain", "invest"))
    return np.where(np.isnan(desired), "need data", told).astype(object)


def _reason(advice: str, value: float, desired: float, worth: float, near: float) -> str:
    if advice == "need data":
        return "nobody has a score"
    if advice == "let go":
        return f"mean value {money(value)} is below {money(worth)}"
    near_enough = f"is {'at least' if advice == 'maintain' else 'below'} {points(near)}"
    return f"mean value {money(value)} is at least {money(worth)}, and mean score {points(desired)} {near_enough}"
