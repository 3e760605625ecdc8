"""Losses counted: by root cause, by entry, in groups; how many could have been avoided, and what one leaver weighs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, choice
from outcomegap.churn.columns import Columns
from outcomegap.churn.entry import AVOIDABLE, PHASES
from outcomegap.churn.losses import CAUSES, UNKNOWN, Losses
from outcomegap.frames.arrays import objects, plain_values
from outcomegap.listing import SHOWN, Listing, Show, as_column, span
from outcomegap.stats import shares, weighted_wilson

Array = NDArray[Any]
VALUES = ("value", "value_share", "value_low", "value_high")
#: What losses can be grouped by.
NAMES = ("segment", "stage", "phase", "month", "root_cause", "entry", "avoidable", "basis")
#: Whether it could have been avoided; the last is for those of whom no cause is known.
VERDICTS = (*AVOIDABLE, UNKNOWN)
#: Names whose values have an order of their own.
ORDERED = {"phase": PHASES, "root_cause": CAUSES, "avoidable": VERDICTS, "basis": ("found", "stated")}


def shares_of(masks: Sequence[Array], losses: Losses) -> dict[str, Array]:
    """Count some losses each: how many, their share of all and its interval, and the same of value; NaN without any."""
    count = np.array([rows.sum() for rows in masks], dtype=np.int64)
    made = dict(zip(("share", "low", "high"), shares(count, len(losses), losses.confidence), strict=True))
    made = {"count": count} | made | {name: np.full(len(masks), np.nan) for name in VALUES}
    if losses.value is not None:
        known = ~np.isnan(losses.value)
        weights, held = losses.value[known], [rows[known] for rows in masks]
        made["value"] = np.array([weights[rows].sum() for rows in held])
        if weights.sum() > 0:
            made["value_share"] = made["value"] / weights.sum()
        ends = [weighted_wilson(rows, weights, losses.confidence) for rows in held]
        made["value_low"], made["value_high"] = np.array(ends).reshape(-1, 2).T
    return made


def avoidable(losses: Losses) -> Listing:
    """List how many could have been avoided, a row a verdict, with the facts of `Ledger.avoidable`."""
    said = losses.columns["avoidable"]
    counts = {name: int((said == name).sum()) for name in VERDICTS}
    least = [said == "yes", (said == "yes") | (said == "partly"), said != "no"]
    found = {name: values.tolist() for name, values in shares_of(least, losses).items()}

    def reach(row: int) -> dict[str, Any]:
        pairs = {"interval": ("low", "high"), "value_interval": ("value_low", "value_high")}
        ends = {name: (found[low][row], found[high][-1]) for name, (low, high) in pairs.items()}
        values = {"value_low": found["value_share"][row], "value_high": found["value_share"][-1]}
        return {"low": found["share"][row], "high": found["share"][-1]} | values | ends

    whole, only = reach(0), reach(1)
    sure = [f"{span(one['low'], one['high'])} ({_sure(losses)} {span(*one['interval'])})" for one in (whole, only)]
    reach_of = "the range is from none to all of the unknown and of those avoidable in part"
    notes = [f"Avoidable: {sure[0]}; {reach_of}."]
    if not math.isnan(whole["value_low"]):
        notes[0] += f" Of the value lost: {span(whole['value_low'], whole['value_high'])}."
    if counts["partly"]:
        notes.append(f"Counting what is avoidable in part as avoidable: {sure[1]}, from none to all of the unknown.")
    columns = {"avoidable": VERDICTS, "losses": list(counts.values())}
    return Listing("Avoidable", columns, like=losses.table, notes=notes, facts=counts | whole | {"only_unknown": only})


def listed(losses: Losses, name: str, title: str) -> Listing:
    """List root causes (all) or entries (the most frequent first): count, share, interval, and the same of value."""
    column, ids = losses.columns[name], list(CAUSES)
    named = Counter(cause for text in losses.columns["root_causes"].tolist() for cause in (text or UNKNOWN).split(", "))
    if name == "entry":
        named = Counter(item for item in column.tolist() if item is not None)
        ids = [item for item, _ in named.most_common()]
    found = shares_of([column == item for item in ids], losses)
    columns = {
        name: as_column(ids),
        "count": found["count"],
        "named": np.array([named[item] for item in ids], np.int64),
    }
    show = [Show(name.replace("_", " "), name), Show("losses", "count"), Show("share", form="percent")]
    show.append(Show(_sure(losses), ("low", "high"), span, right=True))
    if losses.value is not None:
        show += [Show("value", form="count"), Show("share of value", "value_share", "percent")]
        show.append(Show(_sure(losses), ("value_low", "value_high"), span, right=True))
    return Listing(title, columns | found, like=losses.table, show=show, first=10)


def _sure(losses: Losses) -> str:
    return f"{100 * losses.confidence:g} % interval"


def groups(losses: Losses, names: Sequence[str]) -> Listing:
    """Count losses in groups; what `Ledger.by` does."""
    checks, names = Checks("by"), list(dict.fromkeys(choice("by", name, NAMES) for name in names))
    if not names:
        checks.problem("unknown-group", f"say what to group by: {', '.join(NAMES)}")
    for name in names:
        if name not in losses.columns:
            argument = "date" if name == "month" else name
            message = f"the ledger knows no {name}; name its column with {argument}= when you make it"
            checks.problem("missing-column", message, name)
    checks.done()
    orders = [_order(losses.columns[name], name) for name in names]
    index = [{value: place for place, value in enumerate(order)} for order in orders]
    codes = np.array(
        [[place[value] for value in losses.columns[name]] for name, place in zip(names, index, strict=True)]
    )
    every = codes = codes.astype(np.int64)
    if "month" in names:  # months in which nobody left stand beside each group of the other names
        at, months = names.index("month"), len(orders[names.index("month")]) - 1
        every = np.repeat(np.unique(codes[:, codes[at] < months], axis=1), months, axis=1)
        every[at] = np.arange(every.shape[1]) % max(months, 1)
    cells, group = np.unique(np.hstack([codes, every]), axis=1, return_inverse=True)
    places = dict(zip(names, cells, strict=True))
    columns = {name: objects(order)[places[name]] for name, order in zip(names, orders, strict=True)}
    columns |= _counts(losses, group.reshape(-1)[: len(losses)], cells.shape[1])
    show = [Show(name) for name in (*names, "losses")]
    show += [Show("customers")] if losses.customers < len(losses) else []
    show += [Show("value", form="count")] if losses.value is not None else []
    show += [Show(name, f"{name}_share", "percent") for name in CAUSES]
    show.append(Show("avoidable", ("avoidable_low", "avoidable_high"), span, right=True))
    ends = ("avoidable_interval_low", "avoidable_interval_high", "losses")
    # Of nobody lost any share is possible: that is no interval to read.
    show.append(Show(_sure(losses), ends, lambda low, high, many: span(low, high) if many else "-", right=True))
    newest, notes = None, []
    if "month" in names and cells.shape[1] > SHOWN:
        newest = np.sort(np.argsort(-places["month"], kind="stable")[:SHOWN])
        notes = ["Shown are the newest months; to_frame() has all."]
    title = f"{losses.said} by {', '.join(names)}"
    return Listing(title, columns, like=losses.table, show=show, notes=notes, order=newest)


def _counts(losses: Losses, group: Array, many: int) -> dict[str, Array]:
    """Return what is counted in each of many groups; `group` is the place of each loss among them."""
    size, cause, said = np.bincount(group, minlength=many), losses.columns["root_cause"], losses.columns["avoidable"]
    pairs = np.unique(np.stack([group, losses.number]), axis=1)
    made = {"losses": size, "customers": np.bincount(pairs[0], minlength=many), "value": np.full(many, np.nan)}
    if losses.value is not None and many:
        parts = np.split(losses.value[np.argsort(group, kind="stable")], np.cumsum(size)[:-1])
        made["value"] = np.array([np.nansum(part) for part in parts])

    def share(rows: Array) -> tuple[Array, Array, Array]:
        return shares(np.bincount(group[rows], minlength=many), size, losses.confidence)

    for name in CAUSES:
        made[name] = np.bincount(group[cause == name], minlength=many)
        made[f"{name}_share"], made[f"{name}_low"], made[f"{name}_high"] = share(cause == name)
    made["avoidable_low"], made["avoidable_interval_low"], _ = share(said == "yes")
    made["avoidable_high"], _, made["avoidable_interval_high"] = share(said != "no")
    made["only_unknown_low"] = share((said == "yes") | (said == "partly"))[0]
    return made | {"only_unknown_high": made["avoidable_high"]}


def _order(values: Array, name: str) -> list[str | None]:
    """Return the values of a column in order, None last; of months every one from the first to the last."""
    known = sorted({value for value in values.tolist() if value is not None})
    if name == "month" and known:
        known = np.arange(np.datetime64(known[0], "M"), np.datetime64(known[-1], "M") + 1).astype(str).tolist()
    return [*ORDERED.get(name, known), None]


# What one leaver weighs


def concentration(frame: object, *, value: str | None = None, customer: str | None = None) -> Listing:
    """Say how much hangs on single customers of a list: of all you have, or of those lost.

    Parameters
    ----------
    frame
        Any data frame, a row a customer, or several.
    value
        The column with what each is worth, 0 or more.
    customer
        The column that names customers; what several rows say of one is summed. Without it each row is a customer, and
        so is a row that names nobody.

    Returns
    -------
    Listing
        One row: how many ``customers`` there are; ``one_leaver``, what one of them weighs among all (1 / customers,
        null for an empty list); ``herfindahl``, the sum of the squared shares of value (Herfindahl's index: 1 over
        customers where all are worth the same, 1 where one is worth everything, null without values); ``effective``
        (1 / herfindahl), how many customers of equal value would be as concentrated; ``largest`` and ``largest_share``,
        who is the most valuable (its row where nothing names them), and its share of value; ``without_value``, of how
        many the value is unknown: they are in ``customers`` and in none of the shares; and ``part_unknown``, of how
        many more it is unknown in some rows: they enter with what is known.

    Raises
    ------
    DataError
        If a column is not there, or a value is no number of 0 or more.

    References
    ----------
    Hirschman, The paternity of an index, American Economic Review 54 (1964) 761-762.

    Examples
    --------
    >>> held = concentration({"who": ["A", "B", "C"], "mrr": [800, 100, 100]}, value="mrr", customer="who")
    >>> print(held)
    what hangs on single customers
    <BLANKLINE>
    customers  one_leaver  herfindahl  effective  largest  largest_share  without_value  part_unknown
    -------------------------------------------------------------------------------------------------
            3      33.3 %        0.66       1.52  A               80.0 %              0             0
    >>> held = concentration({"who": ["A", "A", "B"], "mrr": [50, 50, 100]}, value="mrr", customer="who")
    >>> held[0]["customers"], held[0]["herfindahl"]
    (2, 0.5)
    """
    columns = Columns(frame, "concentration")
    values = columns.numbers("value", value, least=0)
    names, number = columns.customers(customer)
    columns.done()
    return concentration_of(values, names, number)


def concentration_of(values: Array | None, names: Array | None, number: Array) -> Listing:
    """Return the concentration of values, and of the names and the numbers of the customers of each row."""
    rows, there = np.bincount(number), np.zeros(len(number), dtype=bool) if values is None else ~np.isnan(values)
    known = rows if values is None else np.bincount(number[there], minlength=len(rows))
    made: dict[str, Any] = {"customers": len(rows), "one_leaver": 1 / len(rows) if len(rows) else math.nan}
    made |= {"herfindahl": math.nan, "effective": math.nan, "largest": None, "largest_share": math.nan}
    made |= {"without_value": int((known == 0).sum()), "part_unknown": int(((known > 0) & (known < rows)).sum())}
    if values is not None and values[there].any():
        # Shares of the largest first, so that no sum of squares overflows.
        sums = np.bincount(number[there], values[there] / values[there].max(), minlength=len(rows))
        parts = sums / sums.sum()
        herfindahl, row = float((parts * parts).sum()), int((number == parts.argmax()).argmax())
        name = None if names is None else plain_values(names[[row]])[0]
        made |= {"herfindahl": herfindahl, "effective": 1 / herfindahl, "largest": row if name is None else name}
        made["largest_share"] = float(parts.max())
    formats = {"one_leaver": "percent", "largest_share": "percent", "herfindahl": "number", "effective": "number"}
    columns = {name: [value] for name, value in made.items()}
    return Listing("what hangs on single customers", columns, formats=formats)
