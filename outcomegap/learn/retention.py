"""What customers of one period are worth in a later one: net and gross revenue retention, and how many stay."""

from __future__ import annotations

import numpy as np

from outcomegap.checks import whole
from outcomegap.errors import DataError
from outcomegap.frames.arrays import Array
from outcomegap.learn.grouping import By, grouped, table_of
from outcomegap.learn.observed import Observing
from outcomegap.listing import Listing, Show, by_column, counted, span
from outcomegap.stats import mean_interval, wilson

#: The amounts that are shown.
AMOUNTS = ("customers", "before", "lost", "less", "more", "after")


def net_retention(
    customers: object,
    before: str | None = None,
    after: str | None = None,
    *,
    revenue: str | None = None,
    customer: str | None = None,
    period: str | None = None,
    lag: int = 1,
    by: By = (),
    confidence: float = 0.95,
) -> Listing:
    """Return how much of their revenue the customers of one period still bring in a later one.

    Net retention is what they all bring later over what they brought; gross retention the same without what anybody
    brings more, so it is at most 1; customer retention the share of them who still bring anything. Customers who
    brought nothing before are new, and in none of the three. The intervals of net and gross retention are those of a
    ratio of sums (Cochran 1977, chapter 2.11: normal, by linearization, with Student's t over customers); that of
    customer retention is Wilson's.

    Parameters
    ----------
    customers
        Any data frame, a row a customer, or with `period` a row a customer and period; or scores.
    before, after
        The columns of what each customer brought, and brings later: 0 or more; empty is 0.
    revenue, customer, period
        Instead of these, the columns of what a customer brings in a period, of the customer, and of the period. Every
        period is compared with the one that comes `lag` periods later, of those that occur.
    lag
        How many periods later: 12 compares a month with that of the next year.
    by
        Columns whose values make the groups; those of the earlier period count.
    confidence
        Of each interval alone.

    Returns
    -------
    Listing
        A row a group, with `period` for each pair of periods (``period``, ``later``): ``customers`` who brought
        anything, ``before``, ``after``, and its parts ``lost`` (of those who bring nothing later), ``less`` and
        ``more``, so that after = before - lost - less + more; ``net``, ``gross``, ``kept`` with ``net_low``,
        ``net_high`` and so on (NaN where all did alike: nothing says how sure that is).

    Raises
    ------
    DataError
        If a column is missing, or holds what is no number of 0 or more; also if nobody brought anything before.

    References
    ----------
    Cochran, Sampling Techniques (1977); Wilson (1927).

    Examples
    --------
    100 customers at 100 each: 5 leave, and 50 of the others buy as much again.

    >>> found = net_retention({"before": [100] * 100, "after": [0] * 5 + [200] * 50 + [100] * 45}, "before", "after")
    >>> found[0]["net"], found[0]["gross"], found[0]["kept"]
    (1.45, 0.95, 0.95)
    """
    reader = Observing("net_retention", table_of(customers))
    names = [by] if isinstance(by, str) else [*by]
    lag = reader.attempt(lambda: whole("lag", lag, 1)) or 1
    reader.attempt(lambda: wilson(0, 1, confidence))
    given = {"before": before, "after": after, "revenue": revenue}
    amounts = {
        what: np.nan_to_num(reader.numbers(what, name, least=0)) for what, name in given.items() if name is not None
    }
    if list(amounts) == ["before", "after"]:
        groups, then, now = grouped(reader, "by", names), amounts["before"], amounts["after"]
        reader.done()
    elif list(amounts) == ["revenue"] and period is not None and customer is not None:
        groups, who, when = (grouped(reader, "by", each) for each in ([period, *names], customer, period))
        lacks = [reader.table.distinct(name).codes < 0 for name in (customer, period) if name in reader.table]
        reader.problem("missing-value", "customer or period is empty", customer, rows=np.logical_or.reduce(lacks))
        reader.done()
        rows, then, now = _paired(who.codes, when.codes, amounts["revenue"], lag)
        groups, following = groups.some(rows), when.columns[period][when.codes[rows] + lag]
        if not len(rows):
            reader.problem("lag", f"lag: {counted(len(when), 'period')} occur, and none {lag} later than another")
    else:
        reader.problem("columns", "name before= and after=, or revenue=, customer= and period=")
    reader.done()
    there = then > 0
    if not there.any():
        raise DataError("net_retention: nobody brought anything before")
    groups, then, now = groups.some(there), then[there], now[there]
    about = dict(groups.columns)
    if period is not None:
        about["later"] = following[there][np.unique(groups.codes, return_index=True)[1]]
    columns = by_column([_kept(then[rows], now[rows], confidence) for rows in groups.rows])
    notes = [] if there.all() else [f"{counted(int((~there).sum()), 'row')} without revenue before: new, not counted."]
    sure = f"{100 * confidence:g} % interval"
    show: list[Show | str] = [*about, *(Show(name, form="count") for name in AMOUNTS)]
    for name in ("net", "gross", "kept"):
        show += [Show(name, form="percent"), Show(sure, (f"{name}_low", f"{name}_high"), span, right=True)]
    title = f"Retention of {counted(int(there.sum()), 'customer')}" + (
        f", {counted(lag, 'period')} later" if period else ""
    )
    return Listing(title, about | columns, like=reader.table, show=show, notes=notes)


def _paired(who: Array, when: Array, revenue: Array, lag: int) -> tuple[Array, Array, Array]:
    """Return a row of each customer and period, what the customer brought then, and what `lag` periods later."""
    last = int(when.max(initial=-1))
    key, first, place = np.unique(who * (last + 1 + lag) + when, return_index=True, return_inverse=True)
    sums = np.bincount(place, revenue, len(key))
    spot = np.minimum(np.searchsorted(key, key + lag), len(key) - 1)
    later = np.where(key[spot] == key + lag, sums[spot], 0.0)
    known = when[first] + lag <= last
    return first[known], sums[known], later[known]


def _kept(then: Array, now: Array, confidence: float) -> dict[str, float]:
    """Return what became of the revenue of some customers."""
    count, total, kept = len(then), then.sum(), now > 0
    made = {"customers": count, "before": total, "after": now.sum(), "lost": then[~kept].sum()}
    made |= {"less": np.maximum(then - now, 0)[kept].sum(), "more": np.maximum(now - then, 0).sum()}
    for name, each in (("net", now), ("gross", np.minimum(now, then))):
        ratio = each.sum() / total
        # a ratio of sums varies as the mean of these, which is the ratio itself
        low, high = mean_interval(ratio + (each - ratio * then) * count / total, np.arange(count), confidence)
        low, high = (low, high) if low < high else (np.nan, np.nan)  # where all did alike, nothing says how sure
        made |= {name: ratio, f"{name}_low": max(low, 0.0), f"{name}_high": min(high, 1.0) if name == "gross" else high}
    low, high = wilson(kept.sum(), count, confidence)
    return made | {"kept": kept.mean(), "kept_low": low, "kept_high": high}
