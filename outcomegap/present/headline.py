"""The main finding about all customers, in one sentence or two."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from outcomegap.listing import counted, percent, points
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.groups import GapScore, GroupScore, SegmentScores

#: A part of the gap below this is rounding.
NOTHING = 1e-9
#: From these shares on, rows set aside, customers who need data, and missing data of a step are told first.
ASIDE, NEED, MISSING = 0.1, 0.5, 0.5


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
    there, (read, rows) = total.customers - total.set_aside, rows_read(scores)
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
        if rows - read > ASIDE * rows:
            yield f"Only {read:,} of {counted(rows, 'customer')} could be read; all that follows is about those."
        if total.need_data > NEED * there:
            yield f"Only {total.scored:,} of {counted(there, who, many)} have enough data for a score."
        yield _reached(scores, total, f"of {counted(there, who, many)}")
        if scores.explains and total.gaps and total.gap > NOTHING:
            yield from _largest(total, mean)


def rows_read(scores: CustomerColumns) -> tuple[int, int]:
    """Return how many customers could be read and scored, and how many rows there were."""
    read, aside = (
        int((scores.cell >= 0).sum()),
        0 if scores.reading is None else scores.reading.facts.get("set_aside", 0),
    )
    return read, len(scores) + aside


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


def _largest(total: GroupScore, mean: str) -> Iterator[str]:
    """Yield the step that makes up most of the distance, and what closing it would gain.

    A step that is mostly missing is to be found out first; then the largest one that is observed follows.
    """
    most, what = max(total.gaps, key=lambda gap: gap.share), "the distance that is left"
    seen = [gap for gap in total.gaps if gap.unknown_share <= MISSING * gap.share and gap.share > 0]
    if most not in seen:
        yield f"{_part(most)} of {what} is {_called(most)}, but mostly missing data: find out first."
        what = "what is observed"
    if not seen:
        return
    gap = max(seen, key=lambda gap: gap.share)
    said = f"{_part(gap) if gap is most else 'The largest part'} of {what} is {_called(gap)}"
    gain = points(gap.gain)
    if gain == "-" or not gap.bridgeable:
        yield f"{said}."
    elif gain == points(0.0):
        yield f"{said}; closing it alone would leave the {mean} at {points(total.desired)}."
    else:
        yield f"{said}: closing it for everyone would add {gain} points to the {mean} of {points(total.desired)}."


def _part(gap: GapScore) -> str:
    return "Most" if gap.share > 0.5 else "The largest part"


def _called(gap: GapScore) -> str:
    return f"'{gap.label}' ({percent(gap.share)})"
