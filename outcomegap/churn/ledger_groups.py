"""Losses in groups: by segment, stage, phase, month, or what they come down to."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import among
from outcomegap.churn.entry import PHASES
from outcomegap.churn.losses import AXES
from outcomegap.churn.tally import CAUSES, VERDICTS, Avoidable, Part, Tally
from outcomegap.errors import DataError, Problem, hint, nearest
from outcomegap.listing import SHOWN, Listing, as_column, counted, percent, span
from outcomegap.scoring.groups import factor

if TYPE_CHECKING:
    from outcomegap.churn.ledger import Ledger

Array = NDArray[Any]

#: What losses can be grouped by.
NAMES = (*AXES, "month", "root_cause", "entry", "avoidable", "basis")
#: After every month: what stands for a month that is unknown is shown beside the newest.
LAST = "~"
#: Names whose values have an order of their own.
ORDERED = {"phase": PHASES, "root_cause": CAUSES, "avoidable": VERDICTS, "basis": ("found", "stated")}


@attrs.frozen
class LedgerGroup:
    """The losses of one group.

    Parameters
    ----------
    key
        What the group is: name -> value, None for a value that is missing.
    losses
        How many there are.
    customers
        Of how many customers; as many as losses where no column names them.
    value
        What was lost in it; NaN where no value was given.
    causes, avoidable
        As in `Ledger`, within the group.
    """

    key: dict[str, str | None]
    losses: int
    customers: int
    value: float
    causes: tuple[Part, ...]
    avoidable: Avoidable

    @property
    def name(self) -> str:
        """Its values, joined by ``" / "``."""
        return " / ".join("-" if value is None else value for value in self.key.values())


class LedgerGroups:
    """Groups of losses, in order; made by `Ledger.by`.

    A sequence of `LedgerGroup`; ``groups["enterprise"]`` is the group of that name, ``groups["enterprise", "2026-01"]``
    that of several.

    Attributes
    ----------
    names
        What they are grouped by.
    """

    def __init__(self, ledger: Ledger, names: tuple[str, ...], groups: list[LedgerGroup]) -> None:
        self._ledger, self.names, self._groups = ledger, names, groups

    def __len__(self) -> int:
        return len(self._groups)

    def __iter__(self) -> Iterator[LedgerGroup]:
        return iter(self._groups)

    def __getitem__(self, key: str | tuple[str | None, ...] | None) -> LedgerGroup:
        wanted = key if isinstance(key, tuple) else (key,)
        if all(value is None or isinstance(value, str) for value in wanted) and wanted in self._places:
            return self._groups[self._places[wanted]]
        asked = " / ".join(map(str, wanted))
        shown = [group.name for group in self._groups]
        raise DataError(f"there is no group {asked!r} by {', '.join(self.names)}{hint(asked, shown)}")

    @cached_property
    def _places(self) -> dict[tuple[str | None, ...], int]:
        return {tuple(group.key.values()): place for place, group in enumerate(self._groups)}

    @cached_property
    def _columns(self) -> dict[str, Array]:
        groups = self._groups
        columns: dict[str, Array] = {n: as_column([group.key[n] for group in groups]) for n in self.names}
        for name in ("losses", "customers"):
            columns[name] = np.array([getattr(group, name) for group in groups], dtype=np.int64)
        columns["value"] = np.array([group.value for group in groups], dtype=np.float64)
        for place, name in enumerate(CAUSES):
            columns[name] = np.array([group.causes[place].count for group in groups], dtype=np.int64)
            for field in ("share", "low", "high"):
                shares = [getattr(group.causes[place], field) for group in groups]
                columns[f"{name}_{field}"] = np.array(shares, dtype=np.float64)
        for place, field in enumerate(("low", "high")):
            columns[f"avoidable_{field}"] = np.array([getattr(g.avoidable, field) for g in groups], dtype=np.float64)
            ends = [group.avoidable.interval[place] for group in groups]
            columns[f"avoidable_interval_{field}"] = np.array(ends, dtype=np.float64)
        for field in ("low", "high"):
            only = [getattr(group.avoidable.only_unknown, field) for group in groups]
            columns[f"only_unknown_{field}"] = np.array(only, dtype=np.float64)
        return columns

    def to_frame(self) -> Any:
        """Return a row a group, the same kind of frame that came in.

        After the columns that name the group: ``losses``, ``customers``, ``value``; for each root cause and ``unknown``
        the count, the share of the group, and its interval (``required_outcome``, ``required_outcome_share``,
        ``..._low``, ``..._high``); ``avoidable_low``, ``avoidable_high``, ``avoidable_interval_low``,
        ``avoidable_interval_high``, and ``only_unknown_low``, ``only_unknown_high``, the range in which only the
        unknown vary.
        """
        return self._ledger._losses.table.build(self._columns, index_like=False)

    def _listing(self) -> Listing:
        shown = self._newest()
        groups, sure = [self._groups[place] for place in shown], f"{100 * self._ledger.confidence:g} % interval"
        of_customers = ["customers"] if self._ledger.customers < len(self._ledger) else []
        columns: dict[str, Any] = {n: self._columns[n][shown] for n in (*self.names, "losses", *of_customers)}
        if self._ledger._losses.value is not None:
            columns["value"] = self._columns["value"][shown]
        for place, name in enumerate(CAUSES):
            columns[name] = as_column([percent(group.causes[place].share) for group in groups])
        columns["avoidable"] = as_column([span(g.avoidable.low, g.avoidable.high) for g in groups])
        # Of nobody lost any share is possible: that is no interval to read.
        columns[sure] = as_column([span(*group.avoidable.interval) if group.losses else "-" for group in groups])
        losses = self._ledger._losses
        title, left = f"{losses.said} by {', '.join(self.names)}", len(self) - len(shown)
        notes = [f"The newest months; {counted(left, 'more row')} of earlier ones in to_frame()."] if left else []
        return Listing(title, columns, like=losses.table, notes=notes, formats={"value": lambda value: f"{value:,.0f}"})

    def _newest(self) -> Array:
        """Return which groups are shown: where there are months and too many groups, those of the newest."""
        places = np.arange(len(self))
        if "month" not in self.names or len(self) <= SHOWN:
            return places
        months = [group.key["month"] for group in self._groups]
        newest = sorted(places.tolist(), key=lambda place: months[place] or LAST, reverse=True)
        return np.sort(np.array(newest[:SHOWN], dtype=np.int64))

    def __str__(self) -> str:
        return str(self._listing())

    def _repr_html_(self) -> str:
        return self._listing()._repr_html_()

    def __repr__(self) -> str:
        return f"<LedgerGroups by {', '.join(self.names)}: {len(self)} groups>"


def groups_of(ledger: Ledger, names: Sequence[str]) -> LedgerGroups:
    """Count groups of lost customers; what `Ledger.by` does."""
    _check(ledger, names)
    wanted = tuple(dict.fromkeys(names))
    factors = [_factor(ledger, name) for name in wanted]
    codes = np.zeros(len(ledger), dtype=np.int64)
    for factor_codes, values in factors:
        codes = codes * max(len(values), 1) + factor_codes
    order = np.argsort(codes, kind="stable")
    ends = np.flatnonzero(np.diff(codes[order])) + 1
    found = {int(codes[rows[0]]): rows for rows in np.split(order, ends)} if len(order) else {}
    places = _with_empty_months(found, wanted, [values for _, values in factors])
    nobody = _group(ledger, {}, np.zeros(0, dtype=np.int64))
    groups = []
    for code in places:
        key = _key(code, wanted, [values for _, values in factors])
        groups.append(_group(ledger, key, found[code]) if code in found else attrs.evolve(nobody, key=key))
    return LedgerGroups(ledger, wanted, groups)


def _key(code: int, names: Sequence[str], values: Sequence[Array]) -> dict[str, str | None]:
    """Return what a group is, out of its number."""
    key: dict[str, str | None] = {}
    for name, each in zip(reversed(names), reversed(values), strict=True):
        code, place = divmod(code, max(len(each), 1))
        key[name] = each[place]
    return {name: key[name] for name in names}


def _with_empty_months(found: Collection[int], names: Sequence[str], values: Sequence[Array]) -> list[int]:
    """Return the numbers of groups in order, with those of months in which nobody left."""
    if "month" not in names:
        return sorted(found)
    at = names.index("month")
    after = math.prod(max(len(each), 1) for each in values[at + 1 :])
    size = len(values[at])
    known = range(size - 1 if size and values[at][-1] is None else size)
    whole = set(found)
    for code in found:
        month = code // after % size
        if month in known:
            whole |= {code + (other - month) * after for other in known}
    return sorted(whole)


def _check(ledger: Ledger, names: Sequence[object]) -> None:
    problems = []
    for name in names:
        if not among(name, NAMES):
            message = f"losses cannot be grouped by {name!r:.60}{hint(name, NAMES)}"
            problems.append(Problem("unknown-group", message, value=str(name), suggestion=nearest(name, NAMES)))
        elif (name in AXES and name not in ledger._losses.axes) or (name == "month" and ledger._losses.date is None):
            argument = "date" if name == "month" else name
            message = f"the ledger knows no {name}; name its column with {argument}= when you make it"
            problems.append(Problem("missing-column", message, column=name))
    if not names:
        problems.append(Problem("unknown-group", f"say what to group by: {', '.join(NAMES)}"))
    if problems:
        raise DataError.all("by", problems)


def _factor(ledger: Ledger, name: str) -> tuple[Array, Array]:
    values = ledger.months if name == "month" else ledger.columns[name]
    if name not in ORDERED and name != "month":
        return factor(values, name)
    order: list[str | None] = [*(_months(ledger) if name == "month" else ORDERED[name]), None]
    place = {value: code for code, value in enumerate(order)}
    return np.array([place[value] for value in values.tolist()], dtype=np.int64), as_column(order)


def _months(ledger: Ledger) -> list[str]:
    """Return every month from the first in which somebody left to the last."""
    date = ledger._losses.date
    known = date[~np.isnat(date)].astype("M8[M]") if date is not None else np.zeros(0, dtype="M8[M]")
    return np.arange(known.min(), known.max() + 1).astype(str).tolist() if len(known) else []


def _group(ledger: Ledger, key: dict[str, str | None], rows: Array) -> LedgerGroup:
    losses = ledger._losses
    counted = [losses.counted[row] for row in rows.tolist()]
    value = None if losses.value is None else losses.value[rows]
    tally = Tally(counted, value, ledger.confidence)
    customers = len(np.unique(losses.customer_codes[rows]))
    return LedgerGroup(key, len(tally), customers, tally.lost_value, tally.causes(), tally.avoidable())
