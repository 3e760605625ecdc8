"""Losses counted: by root cause, by entry, how many could have been avoided, and all that in groups."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.entry import AVOIDABLE, PHASES
from outcomegap.churn.losses import CAUSES, UNKNOWN, Losses
from outcomegap.errors import DataError, Problem, hint, nearest
from outcomegap.listing import SHOWN, Listing, Show, as_column, counted, span
from outcomegap.stats import Interval, weighted_wilson, wilson

Array = NDArray[Any]
#: What losses can be grouped by.
NAMES = ("segment", "stage", "phase", "month", "root_cause", "entry", "avoidable", "basis")
#: Whether it could have been avoided; the last is for those of whom no cause is known.
VERDICTS = (*AVOIDABLE, UNKNOWN)
#: Names whose values have an order of their own.
ORDERED = {"phase": PHASES, "root_cause": CAUSES, "avoidable": VERDICTS, "basis": ("found", "stated")}


@attrs.frozen
class Part:
    """Some of the losses, as a share of all of them.

    Parameters
    ----------
    name
        What they have in common: a root cause, the id of an entry, or ``"unknown"``.
    count
        How many they are. Each loss is counted once, under the first root cause of its entry.
    share
        Their share of the losses; NaN where there are none.
    low, high
        Wilson's interval of that share (`wilson`); it takes losses as independent.
    named
        How many have it among the root causes of their entry, first or not; equal to `count` for an entry.
    value
        What they were worth together; NaN where no value was given.
    value_share, value_low, value_high
        Their share of the value that was lost, and its interval (`weighted_wilson`).
    """

    name: str
    count: int
    share: float
    low: float
    high: float
    named: int
    value: float
    value_share: float
    value_low: float
    value_high: float


@attrs.frozen
class Range:
    """A share of the losses that is known up to its ends.

    Parameters
    ----------
    low, high
        The share at its lower and its upper end; NaN where nobody was lost.
    interval
        From the lower end of Wilson's interval of `low` to the upper end of that of `high`.
    value_low, value_high, value_interval
        The same as shares of value; NaN where no value was given.
    """

    low: float
    high: float
    interval: Interval
    value_low: float
    value_high: float
    value_interval: Interval


@attrs.frozen(kw_only=True)
class Avoidable(Range):
    """How many of the losses could have been avoided: a range, since some reasons are unknown.

    At `low` none of the unknown, and none under "partly", could have been; at `high` all of them.

    Parameters
    ----------
    yes, partly, no, unknown
        How many there are of each.
    only_unknown
        The `Range` in which only the unknown vary, none of them or all: whoever could be kept at least in part counts
        as avoidable at both ends. Its upper end is that of the whole range.
    low, high, interval, value_low, value_high, value_interval
        As in `Range`.
    """

    yes: int
    partly: int
    no: int
    unknown: int
    only_unknown: Range


@attrs.frozen(eq=False)
class Tally:
    """Some losses, counted: their columns (`Losses.columns`), and the confidence of the intervals."""

    columns: Mapping[str, Array]
    confidence: float

    def __len__(self) -> int:
        return len(self.columns["entry"])

    @property
    def value(self) -> float:
        """What they were worth together, as far as it is known; NaN where no value was given."""
        return float(np.nansum(self.columns["value"])) if "value" in self.columns else math.nan

    def causes(self) -> tuple[Part, ...]:
        """Return a part for each of `CAUSES`, in order."""
        first = self.columns["root_cause"]
        named = Counter(name for text in self.columns["root_causes"].tolist() for name in (text or UNKNOWN).split(", "))
        return tuple(self.part(name, first == name, named[name]) for name in CAUSES)

    def entries(self) -> tuple[Part, ...]:
        """Return a part for each entry that counts for somebody, the most frequent first."""
        ids = self.columns["entry"]
        ranked = Counter(name for name in ids.tolist() if name is not None).most_common()
        return tuple(self.part(name, ids == name, count) for name, count in ranked)

    def avoidable(self) -> Avoidable:
        """Return how many could have been avoided."""
        said = self.columns["avoidable"]
        surely, partly, perhaps = said == "yes", said == "partly", said != "no"
        whole, only = self._range(surely, perhaps), self._range(surely | partly, perhaps)
        return Avoidable(
            yes=int(surely.sum()),
            partly=int(partly.sum()),
            no=len(self) - int(perhaps.sum()),
            unknown=int((said == UNKNOWN).sum()),
            only_unknown=only,
            **attrs.asdict(whole),
        )

    def part(self, name: str, mask: Array, named: int) -> Part:
        """Return the losses of a mask as a part of all."""
        count, of, value = int(mask.sum()), len(self), (math.nan,) * 4
        if "value" in self.columns:
            known = ~np.isnan(self.columns["value"])
            weights, held = self.columns["value"][known], mask[known]
            part, total = float(weights[held].sum()), float(weights.sum())
            value = part, part / total if total > 0 else math.nan, *weighted_wilson(held, weights, self.confidence)
        share = count / of if of else math.nan
        return Part(name, count, share, *wilson(count, of, self.confidence), named, *value)

    def _range(self, least: Array, most: Array) -> Range:
        low, high = self.part("", least, 0), self.part("", most, 0)
        values = low.value_share, high.value_share, (low.value_low, high.value_high)
        return Range(low.share, high.share, (low.low, high.high), *values)


def parts_listing(name: str, parts: Sequence[Part], losses: Losses, confidence: float, *, first: int = 10) -> Listing:
    """List parts of the losses: count, share, interval, and the same of value where there is any."""
    columns: dict[str, Array] = {name: as_column([part.name for part in parts])}
    shares = ("share", "low", "high", "value", "value_share", "value_low", "value_high")
    for field in ("count", "named", *shares):
        kind = np.float64 if field in shares else np.int64
        columns[field] = np.array([getattr(part, field) for part in parts], dtype=kind)
    sure = f"{100 * confidence:g} % interval"
    show = [Show(name.replace("_", " "), name), Show("losses", "count"), Show("share", form="percent")]
    show.append(Show(sure, ("low", "high"), span, right=True))
    if losses.value is not None:
        show += [Show("value", form="count"), Show("share of value", "value_share", "percent")]
        show.append(Show(sure, ("value_low", "value_high"), span, right=True))
    return Listing("", columns, like=losses.table, show=show, first=first)


def groups(losses: Losses, names: Sequence[str], confidence: float) -> Listing:
    """Count losses in groups; what `Ledger.by` does."""
    _check(losses, names)
    names = tuple(dict.fromkeys(names))
    columns, order = losses.columns, {name: _order(losses.columns[name], name) for name in names}
    keys = list(zip(*(columns[name].tolist() for name in names), strict=True))
    rows: dict[tuple[str | None, ...], list[int]] = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    if "month" in names:  # months in which nobody left stand beside each group of the other names
        at = names.index("month")
        for key in list(rows):
            for month in order["month"] if key[at] is not None else ():
                if month is not None:
                    rows.setdefault((*key[:at], month, *key[at + 1 :]), [])
    place = {name: {value: code for code, value in enumerate(values)} for name, values in order.items()}
    ranked = sorted(rows, key=lambda key: [place[name][value] for name, value in zip(names, key, strict=True)])
    made = [_group(losses, np.array(rows[key], dtype=np.int64), confidence) for key in ranked]
    found = {name: as_column([key[at] for key in ranked]) for at, name in enumerate(names)}
    nobody = _group(losses, np.zeros(0, dtype=np.int64), confidence)
    found |= {name: np.array([group[name] for group in made], dtype=type(nobody[name])) for name in nobody}
    return _listed(losses, names, found, confidence)


def _group(losses: Losses, rows: Array, confidence: float) -> dict[str, Any]:
    tally = Tally({name: values[rows] for name, values in losses.columns.items()}, confidence)
    made = {"losses": len(rows), "customers": len(np.unique(losses.customer_codes[rows])), "value": tally.value}
    for part in tally.causes():
        shares = {f"{part.name}_share": part.share, f"{part.name}_low": part.low, f"{part.name}_high": part.high}
        made |= {part.name: part.count} | shares
    found = tally.avoidable()
    made |= {"avoidable_low": found.low, "avoidable_interval_low": found.interval[0]}
    made |= {"avoidable_high": found.high, "avoidable_interval_high": found.interval[1]}
    return made | {"only_unknown_low": found.only_unknown.low, "only_unknown_high": found.only_unknown.high}


def _listed(losses: Losses, names: Sequence[str], columns: dict[str, Array], confidence: float) -> Listing:
    show = [Show(name) for name in (*names, "losses")]
    show += [Show("customers")] if losses.customers < len(losses) else []
    show += [Show("value", form="count")] if losses.value is not None else []
    show += [Show(name, f"{name}_share", "percent") for name in CAUSES]
    show.append(Show("avoidable", ("avoidable_low", "avoidable_high"), span, right=True))
    ends = ("avoidable_interval_low", "avoidable_interval_high", "losses")
    sure = Show(f"{100 * confidence:g} % interval", ends, _interval, right=True)
    title, whole = f"{losses.said} by {', '.join(names)}", len(columns["losses"])
    if "month" not in names or whole <= SHOWN:
        return Listing(title, columns, like=losses.table, show=[*show, sure])
    newest = sorted(range(whole), key=lambda row: columns["month"][row] or "~", reverse=True)[:SHOWN]
    note = f"The newest months; {counted(whole - SHOWN, 'more row')} of earlier ones in to_frame()."
    shown = {name: values[sorted(newest)] for name, values in columns.items()}
    part = Listing("", shown, like=losses.table, show=[*show, sure], notes=[note])
    return Listing(title, columns, like=losses.table, show=(), first=whole, parts={"newest": part})


def _interval(low: float, high: float, losses: int) -> str:
    return span(low, high) if losses else "-"  # of nobody lost any share is possible: that is no interval to read


def _order(values: Array, name: str) -> list[str | None]:
    """Return the values of a column in order, None last; of months every one from the first to the last."""
    known = sorted({value for value in values.tolist() if value is not None})
    if name == "month" and known:
        known = np.arange(np.datetime64(known[0], "M"), np.datetime64(known[-1], "M") + 1).astype(str).tolist()
    return [*ORDERED.get(name, known), None]


def _check(losses: Losses, names: Sequence[str]) -> None:
    problems = [] if names else [Problem("unknown-group", f"say what to group by: {', '.join(NAMES)}")]
    for name in names:
        if name not in NAMES:
            message = f"losses cannot be grouped by {name!r:.60}{hint(name, NAMES)}"
            problems.append(Problem("unknown-group", message, value=str(name), suggestion=nearest(name, NAMES)))
        elif name not in losses.columns:
            argument = "date" if name == "month" else name
            message = f"the ledger knows no {name}; name its column with {argument}= when you make it"
            problems.append(Problem("missing-column", message, column=name))
    if problems:
        raise DataError.all("by", problems)
