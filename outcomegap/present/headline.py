"""The main finding about all customers, in one sentence or two."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

import numpy as np

from outcomegap.listing import counted, percent, points
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.groups import GroupScore, SegmentScores, rows_read

#: A part of the gap below this is rounding.
NOTHING = 1e-9
#: From these shares on, rows set aside, customers who need data, and missing data of a step are told first.
ASIDE, NEED, MISSING = 0.1, 0.5, 0.5


def headline(scores: CustomerColumns, grouped: SegmentScores) -> str:
    """Say how many customers have not reached the outcome, and which gap is the largest.

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
    if read and rows - read > ASIDE * rows:
        yield f"Only {read:,} of {counted(rows, 'customer')} could be read; all that follows is about those."
    if not there:
        yield f"Every row was set aside: there are no {many} to score." if rows > read else f"There are no {many}."
    elif not total.scored:
        yield f"Nothing can be said yet: {counted(there, who, many)} {_verb(there, 'needs', 'need')} data first."
        lacking = max(total.gaps, key=lambda gap: gap.missing, default=None)
        if lacking is not None and lacking.missing:
            yield f"'{lacking.name}' is missing for {lacking.missing:,}."
    else:
        if total.need_data > NEED * there:
            has = _verb(total.scored, "has", "have")
            yield f"Only {total.scored:,} of {counted(there, who, many)} {has} enough data for a score."
        yield _reached(scores, total, f"of {counted(there, who, many)}")
        if scores.explains and total.gaps and total.gap > NOTHING:
            yield from _largest(total, mean)


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
    """Yield the largest gap, and what closing it would gain.

    Those that are mostly missing are to be found out first; then the largest one that is observed follows.
    """
    gaps, called = [gap for gap in total.gaps if gap.share > 0], "'{}' ({} of the distance that is left)".format
    lacking = list(takewhile(lambda gap: gap.unknown_share > MISSING * gap.share, gaps))
    if lacking:
        most, many = called(lacking[0].label, percent(lacking[0].share)), len(lacking)
        which = f"The largest gap, {most}, is" if many == 1 else f"The {many} largest gaps, above all {most}, are"
        yield f"{which} mostly missing data: find out first."
    for gap in gaps[len(lacking) :][:1]:
        said = f"The largest gap{' that is observed' if lacking else ''} is {called(gap.label, percent(gap.share))}"
        gain = f"closing it alone, for everyone, would add {points(gap.gain)} points to the {mean} of"
        known = gap.bridgeable and not np.isnan(gap.gain)
        yield f"{said}: {gain} {points(total.desired)}." if known else f"{said}."
