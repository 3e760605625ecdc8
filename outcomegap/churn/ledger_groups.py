"""Lost customers in groups: by segment, stage, phase, month, or what they come down to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.checks import among
from outcomegap.churn.entry import PHASES
from outcomegap.churn.listing import Listing, as_column, percent, span
from outcomegap.churn.losses import AXES
from outcomegap.churn.tally import CAUSES, VERDICTS, Avoidable, Part, Tally
from outcomegap.errors import DataError, Problem, hint, nearest
from outcomegap.scoring.groups import factor

if TYPE_CHECKING:
    from outcomegap.churn.ledger import Ledger

Array = NDArray[Any]

#: What lost customers can be grouped by.
NAMES = (*AXES, "month", "root_cause", "entry", "avoidable", "basis")
#: Names whose values have an order of their own.
ORDERED = {"phase": PHASES, "root_cause": CAUSES, "avoidable": VERDICTS, "basis": ("found", "stated")}


@attrs.frozen
class LedgerGroup:
    """The lost customers of one group.

    Parameters
    ----------
    key
        What the group is: name -> value, None for a value that is missing.
    customers
        How many there are.
    value
        What they were worth together; NaN where no value was given.
    causes, avoidable
        As in `Ledger`, within the group.
    """

    key: dict[str, str | None]
    customers: int
    value: float
    causes: tuple[Part, ...]
    avoidable: Avoidable

    @property
    def name(self) -> str:
        """Its values, joined by ``" / "``."""
        return " / ".join("-" if value is None else value for value in self.key.values())


class LedgerGroups:
    """Groups of lost customers, in order; made by `Ledger.by`.

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
        columns["customers"] = np.array([group.customers for group in groups], dtype=np.int64)
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

        After the columns that name the group: ``customers``, ``value``; for each root cause and ``unknown`` the count,
        the share of the group, and its interval (``required_outcome``, ``required_outcome_share``, ``..._low``,
        ``..._high``); ``avoidable_low``, ``avoidable_high``, ``avoidable_interval_low``, ``avoidable_interval_high``,
        and ``only_unknown_low``, ``only_unknown_high``, the range in which only the unknown vary.
        """
        return self._ledger._losses.table.build(self._columns, index_like=False)

    def _listing(self) -> Listing:
        groups, sure = self._groups, f"{100 * self._ledger.confidence:g} % interval"
        columns: dict[str, Any] = {name: self._columns[name] for name in (*self.names, "customers")}
        if self._ledger._losses.value is not None:
            columns["value"] = self._columns["value"]
        for place, name in enumerate(CAUSES):
            columns[name] = as_column([percent(group.causes[place].share) for group in groups])
        columns["avoidable"] = as_column([span(g.avoidable.low, g.avoidable.high) for g in groups])
        columns[sure] = as_column([span(*group.avoidable.interval) for group in groups])
        title = f"{len(self._ledger):,} lost customers by {', '.join(self.names)}"
        return Listing(title, columns, self._ledger._losses.table, show={"value": lambda value: f"{value:,.0f}"})

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
    groups = []
    order = np.argsort(codes, kind="stable")
    ends = np.flatnonzero(np.diff(codes[order])) + 1
    for rows in np.split(order, ends) if len(order) else ():
        key = {name: values[of[rows[0]]] for name, (of, values) in zip(wanted, factors, strict=True)}
        groups.append(_group(ledger, key, rows))
    return LedgerGroups(ledger, wanted, groups)


def _check(ledger: Ledger, names: Sequence[object]) -> None:
    problems = []
    for name in names:
        if not among(name, NAMES):
            message = f"lost customers cannot be grouped by {name!r:.60}{hint(name, NAMES)}"
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
    if name not in ORDERED:
        return factor(values, name)
    order: list[str | None] = [*ORDERED[name], None]
    place = {value: code for code, value in enumerate(order)}
    return np.array([place[value] for value in values.tolist()], dtype=np.int64), as_column(order)


def _group(ledger: Ledger, key: dict[str, str | None], rows: Array) -> LedgerGroup:
    losses = ledger._losses
    counted = [losses.counted[row] for row in rows.tolist()]
    value = None if losses.value is None else losses.value[rows]
    tally = Tally(counted, value, ledger.confidence)
    return LedgerGroup(key, len(tally), tally.lost_value, tally.causes(), tally.avoidable())
