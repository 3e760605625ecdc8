"""The main finding about all customers, in one sentence or two."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from outcomegap.listing import counted, percent, points
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.groups import GapScore, GroupScore, SegmentScores

#: A part of the gap below this is rounding.
NOTHING = 1e-9


def headline(scores: CustomerColumns, grouped: SegmentScores) -> str:
    """Say how many customers have not reached the outcome, and which step makes up most of the distance.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-validation")
    >>> scores = og.Scorer(model).score(og.simulate(model, 50, seed=1, missing=0))
    >>> print(headline(scores, scores.by()).split(".")[0])
    17 of 50 customers have not reached 'addresses that can be mailed'
    """
    return " ".join(_sentences(scores, grouped))


def _sentences(scores: CustomerColumns, grouped: SegmentScores) -> Iterator[str]:
    total, mean = grouped.total, "weighted mean score" if grouped.weighted_by else "mean score"
    there = total.customers - total.set_aside
    who = "customer of an ideal segment" if grouped.apart else "customer"
    many = "customers of ideal segments" if grouped.apart else "customers"
    if not there:
        yield f"Every row was set aside: there are no {many} to score." if total.set_aside else f"There are no {many}."
    elif not total.scored:
        yield f"Nothing can be said yet: {counted(there, who, many)} {_verb(there, 'needs', 'need')} data first."
        lacking = max(total.gaps, key=lambda gap: gap.missing, default=None)
        if lacking is not None and lacking.missing:
            yield f"'{lacking.name}' is missing for {lacking.missing:,}."
    else:
        yield _reached(scores, total, f"of {counted(there, who, many)}")
        if scores.explains and total.gaps and total.gap > NOTHING:
            yield _largest(max(total.gaps, key=lambda gap: gap.share), total, mean)


def _verb(count: int, one: str, more: str) -> str:
    return one if count == 1 else more


def _reached(scores: CustomerColumns, total: GroupScore, of: str) -> str:
    """Return how many have not reached the outcome, or if nobody fails, what else keeps them from being successful."""
    counts, names = total.state_counts, {outcome.required.name for outcome in scores.model.desired_outcomes}
    wanted = f"'{names.pop()}'" if len(names) == 1 else "their required outcome"
    unsure = counts["uncertain"]
    more = f"; for {unsure:,} more it depends on missing data" if unsure else ""
    own = not scores.model.desired_outcomes and bool(np.isnan(scores.required).all())
    outcomes = {
        "failing": f"not reached {wanted}",
        "tolerating": f"reached {wanted}, but not in the way that suits them",
    }
    for state, said in outcomes.items():
        if count := counts[state]:
            done = f"{_verb(count, 'is', 'are')} {state}" if own else f"{_verb(count, 'has', 'have')} {said}"
            return f"{count:,} {of} {done}{more}."
    if unsure:
        return f"Nobody is known to have failed; for {unsure:,} {of} it depends on missing data."
    reached = f"reached {wanted}, in the way that suits them"
    count = counts["successful"]
    done = f"{_verb(count, 'is', 'are')} successful" if own else f"{_verb(count, 'has', 'have')} {reached}"
    return f"{count:,} {of} {done}."


def _largest(gap: GapScore, total: GroupScore, mean: str) -> str:
    """Return the step that makes up most of the distance, and what closing it would gain."""
    most = "Most" if gap.share > 0.5 else "The largest part"
    said = f"{most} of the distance that is left is '{gap.label}' ({percent(gap.share)})"
    now, then = points(total.desired), points(total.desired + gap.gain)
    if then == "-" or not gap.bridgeable:
        return f"{said}."
    if now == then:
        return f"{said}; closing it alone would leave the {mean} at {now}."
    return f"{said}: closing it for everyone would lift the {mean} from {now} to {then}."
