"""Losses counted: by root cause, by entry, how many could have been avoided, and all that in groups."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.churn.entry import AVOIDABLE, PHASES
from outcomegap.churn.losses import CAUSES, UNKNOWN, Losses
from outcomegap.frames.arrays import objects
from outcomegap.listing import SHOWN, Listing, Show, as_column, span
from outcomegap.stats import Interval, shares, weighted_wilson, wilson

Array = NDArray[Any]
#: What losses can be grouped by.
NAMES = ("segment", "stage", "phase", "month", "root_cause", "entry", "avoidable", "basis")
#: Whether it could have been avoided; the last is for those of whom no cause is known.
VERDICTS = (*AVOIDABLE, UNKNOWN)
#: Names whose values have an order of their own.
ORDERED = {"phase": PHASES, "root_cause": CAUSES, "avoidable": VERDICTS, "basis": ("found", "stated")}


@attrs.frozen
class Share:
    """Some of the losses as a share of all; NaN of none, and of no value.

    Parameters
    ----------
    count
        How many they are.
    share, low, high
        Their share of the losses, and Wilson's interval of it, which takes losses as independent.
    value
        What they were worth together.
    value_share, value_low, value_high
        Their share of the value that was lost, and its interval (`weighted_wilson`).
    """

    count: int
    share: float
    low: float
    high: float
    value: float
    value_share: float
    value_low: float
    value_high: float

    @classmethod
    def of(cls, rows: Array, losses: Losses) -> Share:
        """Count the losses of a mask."""
        count, of, value = int(rows.sum()), len(losses), (math.nan,) * 4
        if losses.value is not None:
            known = ~np.isnan(losses.value)
            weights, held = losses.value[known], rows[known]
            part, total = float(weights[held].sum()), float(weights.sum())
            value = part, part / total if total > 0 else math.nan, *weighted_wilson(held, weights, losses.confidence)
        return cls(count, count / of if of else math.nan, *wilson(count, of, losses.confidence), *value)


@attrs.frozen(kw_only=True)
class Avoidable:
    """How many of the losses could have been avoided: a range, since some reasons are unknown.

    At `low` none of the unknown, and none under "partly", could have been; at `high` all of them.

    Parameters
    ----------
    low, high
        The share at its lower and its upper end; NaN where nobody was lost.
    interval
        From the lower end of Wilson's interval of `low` to the upper end of that of `high`.
    value_low, value_high, value_interval
        The same as shares of value; NaN where no value was given.
    yes, partly, no, unknown
        How many there are of each.
    only_unknown
        The range in which only the unknown vary, none of them or all: whoever could be kept at least in part counts
        as avoidable at both ends. Its upper end is that of the whole range.
    """

    low: float
    high: float
    interval: Interval
    value_low: float
    value_high: float
    value_interval: Interval
    yes: int
    partly: int
    no: int
    unknown: int
    only_unknown: Avoidable | None = None


def avoidable(losses: Losses) -> Avoidable:
    """Count how many could have been avoided."""
    said = losses.columns["avoidable"]
    counts = {name: int((said == name).sum()) for name in VERDICTS}
    high = Share.of(said != "no", losses)

    def reach(least: Array, only: Avoidable | None) -> Avoidable:
        low = Share.of(least, losses)
        return Avoidable(
            low=low.share,
            high=high.share,
            interval=(low.low, high.high),
            value_low=low.value_share,
            value_high=high.value_share,
            value_interval=(low.value_low, high.value_high),
            **counts,
            only_unknown=only,
        )

    return reach(said == "yes", reach((said == "yes") | (said == "partly"), None))


def listed(losses: Losses, name: str, title: str) -> Listing:
    """List root causes (all) or entries (the most frequent first): count, share, interval, and the same of value."""
    column = losses.columns[name]
    ids = list(CAUSES)
    named = Counter(cause for text in losses.columns["root_causes"].tolist() for cause in (text or UNKNOWN).split(", "))
    if name == "entry":
        named = Counter(item for item in column.tolist() if item is not None)
        ids = [item for item, _ in named.most_common()]
    found = [attrs.astuple(Share.of(column == item, losses)) for item in ids]
    fields = dict(zip((field.name for field in attrs.fields(Share)), np.array(found).reshape(-1, 8).T, strict=True))
    columns = {name: as_column(ids), "count": fields.pop("count").astype(np.int64)}
    columns["named"] = np.array([named[item] for item in ids], dtype=np.int64)
    sure = f"{100 * losses.confidence:g} % interval"
    show = [Show(name.replace("_", " "), name), Show("losses", "count"), Show("share", form="percent")]
    show.append(Show(sure, ("low", "high"), span, right=True))
    if losses.value is not None:
        show += [Show("value", form="count"), Show("share of value", "value_share", "percent")]
        show.append(Show(sure, ("value_low", "value_high"), span, right=True))
    return Listing(title, columns | fields, like=losses.table, show=show, first=10)


def groups(losses: Losses, names: Sequence[str]) -> Listing:
    """Count losses in groups; what `Ledger.by` does."""
    _check(losses, names)
    names = list(dict.fromkeys(names))
    orders = [_order(losses.columns[name], name) for name in names]
    sizes = [len(order) for order in orders]
    index = [{value: place for place, value in enumerate(order)} for order in orders]
    codes = [list(map(place.get, losses.columns[name])) for name, place in zip(names, index, strict=True)]
    # Each group is one number: its places in the orders of the names, the first name counting most.
    each = np.ravel_multi_index(np.array(codes, dtype=np.int64).reshape(len(names), -1), sizes)
    numbers = np.unique(each)
    if "month" in names:  # months in which nobody left stand beside each group of the other names
        at = names.index("month")
        seen, months = np.array(np.unravel_index(numbers, sizes)), sizes[at] - 1
        every = np.repeat(seen[:, seen[at] < months], months, axis=1)
        every[at] = np.arange(every.shape[1]) % max(months, 1)
        numbers = np.union1d(numbers, np.ravel_multi_index(every, sizes))
    places = dict(zip(names, np.unravel_index(numbers, sizes), strict=True))
    columns = {name: objects(order)[places[name]] for name, order in zip(names, orders, strict=True)}
    columns |= _counts(losses, np.asarray(np.searchsorted(numbers, each)), len(numbers))
    show = [Show(name) for name in (*names, "losses")]
    show += [Show("customers")] if losses.customers < len(losses) else []
    show += [Show("value", form="count")] if losses.value is not None else []
    show += [Show(name, f"{name}_share", "percent") for name in CAUSES]
    show.append(Show("avoidable", ("avoidable_low", "avoidable_high"), span, right=True))
    ends = ("avoidable_interval_low", "avoidable_interval_high", "losses")
    show.append(Show(f"{100 * losses.confidence:g} % interval", ends, _interval, right=True))
    newest, notes = None, []
    if "month" in names and len(numbers) > SHOWN:
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


def _interval(low: float, high: float, losses: int) -> str:
    return span(low, high) if losses else "-"  # of nobody lost any share is possible: that is no interval to read


def _order(values: Array, name: str) -> list[str | None]:
    """Return the values of a column in order, None last; of months every one from the first to the last."""
    known = sorted({value for value in values.tolist() if value is not None})
    if name == "month" and known:
        known = np.arange(np.datetime64(known[0], "M"), np.datetime64(known[-1], "M") + 1).astype(str).tolist()
    return [*ORDERED.get(name, known), None]


def _check(losses: Losses, names: Sequence[str]) -> None:
    checks = Checks("by")
    if not names:
        checks.problem("unknown-group", f"say what to group by: {', '.join(NAMES)}")
    for name in names:
        if name not in NAMES:
            checks.problem("unknown-group", f"losses cannot be grouped by {name!r:.60}", value=name, options=NAMES)
        elif name not in losses.columns:
            argument = "date" if name == "month" else name
            message = f"the ledger knows no {name}; name its column with {argument}= when you make it"
            checks.problem("missing-column", message, name)
    checks.done()
