"""Losses read from a frame: who, what was stated, what was found, and which of the two counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import choice
from outcomegap.churn.catalogue import Catalogue
from outcomegap.churn.columns import Columns, as_text
from outcomegap.churn.entry import PHASES, ROOT_CAUSES, Entry
from outcomegap.churn.phrases import UNKNOWN_WORDS, plain
from outcomegap.errors import SHOWN, Problem, hint
from outcomegap.frames import Table
from outcomegap.frames.arrays import objects, plain_values
from outcomegap.listing import as_column, counted

Array = NDArray[Any]
Told = Literal["entry", "unknown", "unmatched"]
#: Stands apart from the root causes, and from what could have been avoided.
UNKNOWN = "unknown"
CAUSES = (*ROOT_CAUSES, UNKNOWN)
#: What `told` says of a row set aside.
SET_ASIDE = "set_aside"


@attrs.frozen
class Reading:
    """What one text says: an entry, nothing (``"unknown"``), or something that fits no entry (``"unmatched"``)."""

    text: str | None
    told: Told
    entry: Entry | None = None


def reading_of(text: str | None, book: Catalogue, mapping: Mapping[str, str | None]) -> Reading:
    """Say what a text says: by a mapping first, then by the catalogue, then by the words for "unknown".

    Examples
    --------
    >>> from outcomegap.churn import catalogue
    >>> texts = ("bugs", "moved ON", "No idea.", None, "well")
    >>> [reading_of(text, catalogue(), {plain("Moved on"): "needs-changed"}).told for text in texts]
    ['entry', 'entry', 'unknown', 'unknown', 'unmatched']
    """
    said = "" if text is None else plain(text)
    if said in mapping:
        name = mapping[said]
        return Reading(text, "unknown") if name is None else Reading(text, "entry", book[name])
    entry = book.find(said)
    if entry is not None:
        return Reading(text, "entry", entry)
    return Reading(text, "unknown" if not said or said in UNKNOWN_WORDS else "unmatched")


@attrs.frozen(eq=False)
class Losses:
    """Every loss, in the order of the rows; rows set aside are left out.

    Parameters
    ----------
    table, whole
        The frame, without rows set aside; and as it came.
    row
        In which row of `whole` each loss stands.
    problems
        What is wrong with rows set aside.
    book
        The catalogue that entries belong to.
    customer, date, value
        One value a row; None where no column was given.
    stated, found
        What each text says; None where no column was given.
    axes
        Segment, stage and phase, as far as columns were given.
    unused
        Texts of the mapping that stand in no row.
    everybody
        The column of customers, rows set aside included.
    """

    table: Table
    whole: Table
    row: NDArray[np.int64]
    problems: tuple[Problem, ...]
    book: Catalogue
    customer: Array | None
    stated: tuple[Reading, ...] | None
    found: tuple[Reading, ...] | None
    date: Array | None
    value: NDArray[np.float64] | None
    axes: Mapping[str, Array]
    unused: tuple[str, ...]
    everybody: Array | None

    def __len__(self) -> int:
        return len(self.row)

    @property
    def set_aside(self) -> int:
        """How many rows are set aside."""
        return len(self.whole) - len(self)

    @cached_property
    def basis(self) -> tuple[str, ...]:
        """Whether the finding counts, wherever one was written down, or the stated reason."""
        if self.found is None or self.stated is None:
            return ("stated" if self.found is None else "found",) * len(self)
        return tuple("stated" if reading.told == UNKNOWN else "found" for reading in self.found)

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """The reading that counts."""
        stated, found = self.stated or self.found or (), self.found or self.stated or ()
        return tuple(f if b == "found" else s for b, f, s in zip(self.basis, found, stated, strict=True))

    @cached_property
    def customer_codes(self) -> NDArray[np.int64]:
        """Which customer each loss is of, numbered from 0; where no column names them, each is of another."""
        return number_customers(None if self.customer is None else plain_values(self.customer), len(self))

    @property
    def customers(self) -> int:
        """How many customers were lost."""
        return int(self.customer_codes.max(initial=-1)) + 1

    @property
    def said(self) -> str:
        """How many were lost, in words that keep losses and customers apart."""
        losses = counted(len(self), "loss", "losses")
        if self.customer is None:
            return losses
        if self.customers == len(self):
            return counted(self.customers, "lost customer")
        return f"{losses} of {counted(self.customers, 'customer')}"

    @cached_property
    def columns(self) -> dict[str, Array]:
        """What is known of each loss, as columns."""
        entries = [reading.entry for reading in self.readings]
        columns: dict[str, Array] = {} if self.customer is None else {"customer": self.customer}
        for side, readings in (("stated", self.stated), ("found", self.found)):
            if readings is not None:
                columns[side] = as_column([reading.text for reading in readings])
                columns[f"{side}_entry"] = as_column([r.entry.id if r.entry else None for r in readings])
        columns["entry"] = as_column([entry.id if entry else None for entry in entries])
        columns["reason"] = as_column([entry.name if entry else None for entry in entries])
        columns["basis"] = as_column(self.basis)
        columns["told"] = as_column([reading.told for reading in self.readings])
        columns["root_cause"] = as_column([entry.root_causes[0] if entry else UNKNOWN for entry in entries])
        columns["root_causes"] = as_column([", ".join(entry.root_causes) if entry else None for entry in entries])
        columns["avoidable"] = as_column([entry.avoidable if entry else UNKNOWN for entry in entries])
        columns |= dict(self.axes)
        if self.date is not None:
            months = objects([None if np.isnat(day) else str(day.astype("M8[M]")) for day in self.date])
            columns |= {"date": self.date, "month": months}
        return columns if self.value is None else columns | {"value": self.value}

    @property
    def every_row(self) -> dict[str, Array]:
        """The columns with rows set aside where they stood: nulls, but for who it was."""
        if not self.set_aside:
            return self.columns
        whole = {}
        for name, values in self.columns.items():
            nothing = {"f": np.nan, "M": np.datetime64("NaT")}.get(values.dtype.kind)
            whole[name] = np.full(len(self.whole), nothing, dtype=object if nothing is None else values.dtype)
            whole[name][self.row] = values
        aside = np.ones(len(self.whole), dtype=bool)
        aside[self.row] = False
        whole["told"][aside] = SET_ASIDE
        return whole if self.everybody is None else whole | {"customer": self.everybody}


def read_losses(
    frame: Any,
    names: Mapping[str, str | None],
    mapping: Mapping[str, str | None],
    book: Catalogue,
    *,
    as_of: Any,
    on_bad: str,
) -> Losses:
    """Read a frame of losses: argument of `Ledger` -> column; the rest as `Ledger` takes it.

    Raises
    ------
    DataError
        With everything that is wrong; with ``on_bad="set_aside"`` only if something else than rows is.
    """
    columns = Columns(frame, "Ledger")
    choice("on_bad", on_bad, ("raise", "set_aside"))
    if names["stated"] is None and names["found"] is None:
        message = "name the column of stated reasons (stated=), of your own findings (found=), or both"
        columns.problem("no-reason", message)
    known = _mapping(mapping, book, columns)
    texts = {side: columns.as_texts(side, names[side]) for side in ("stated", "found")}
    last = columns.moment("as_of", as_of)
    date = columns.dates("date", names["date"])
    if date is not None:
        columns.plausible("date", names["date"], date, last)
    value = columns.numbers("value", names["value"], least=0)
    axes = {axis: columns.as_texts(axis, names[axis]) for axis in ("segment", "stage", "phase")}
    _phases(columns, names["phase"], axes["phase"] or [])
    customer = _customers(columns, names["customer"], date)
    columns.done(set_aside=on_bad == "set_aside")
    row = np.flatnonzero(columns.fine)
    kept = {side: None if listed is None else [listed[n] for n in row.tolist()] for side, listed in texts.items()}
    told = {text: reading_of(text, book, known) for listed in kept.values() for text in dict.fromkeys(listed or ())}
    read = {side: None if listed is None else tuple(told[text] for text in listed) for side, listed in kept.items()}
    said = {plain(text) for text in told if text is not None}
    return Losses(
        table=columns.table.filter(columns.fine) if columns.problems else columns.table,
        whole=columns.table,
        row=row,
        problems=tuple(columns.problems),
        book=book,
        customer=None if customer is None else customer[row],
        **read,
        date=None if date is None else date[row],
        value=None if value is None else value[row],
        axes={axis: objects(listed)[row] for axis, listed in axes.items() if listed is not None},
        unused=tuple(str(raw) for raw in mapping if plain(str(raw)) not in said),
        everybody=customer,
    )


def _mapping(given: Mapping[str, str | None], book: Catalogue, columns: Columns) -> dict[str, str | None]:
    """Return plain text -> id of an entry, or None for what says nothing; what is wrong is noted."""
    found: dict[str, str | None] = {}
    for raw, target in given.items():
        said = plain(as_text(raw) or "")
        name = target.id if isinstance(target, Entry) else target
        if not said:
            columns.problem("mapping", f"mapping: {raw!r:.60} is no text to look for; leave it out, blank is unknown")
        elif name is not None and name not in book:
            message = f"mapping: {raw!r:.60} stands for {name!r:.60}, which is no entry"
            columns.problem("unknown-entry", message, value=str(name), options=book.ids)
        elif found.setdefault(said, name) != name:
            columns.problem("mapping", f"mapping: {raw!r:.60} is {found[said]!r} as well as {name!r}; say it once")
    return found


def _customers(columns: Columns, name: str | None, date: Array | None) -> Array | None:
    """Read who left; of rows that something else is wrong with nothing is said here."""
    items = columns.who("customer", name)
    if items is None:
        return None
    fine, blank = columns.fine, np.array([as_text(item) is None for item in items], dtype=bool)
    columns.rows("missing-customer", f"customer: column {name!r} is empty; name every customer", name, blank)
    first: dict[tuple[Any, Any], int] = {}
    before = np.full(len(items), -1)
    for row in np.flatnonzero(fine & ~blank).tolist():
        there = first.setdefault((items[row], None if date is None else date[row].astype(np.int64).item()), row)
        before[row] = there if there != row else -1
    again = before >= 0
    if again.any():
        row = int(again.argmax())
        when = "on the same date, or without one" if date is not None else "and no date= tells one loss from the other"
        message = f"customer: column {name!r} holds {items[row]!r:.60} in rows {before[row]} and {row}, {when}; keep"
        columns.rows("repeated-customer", f"{message} one row a loss", name, again, items[row])
    return columns.table.values(str(name))


def number_customers(names: Sequence[Any] | None, count: int) -> NDArray[np.int64]:
    """Number customers in the order in which they come first; who has no name stands alone.

    Examples
    --------
    >>> number_customers(["A", "B", "A", None, " "], 5).tolist(), number_customers(None, 2).tolist()
    ([0, 1, 0, 2, 3], [0, 1])
    """
    found: dict[Any, int] = {}
    keys = (object() if as_text(name) is None else name for name in names or [None] * count)
    return np.fromiter((found.setdefault(key, len(found)) for key in keys), dtype=np.int64, count=count)


def _phases(columns: Columns, name: str | None, texts: Sequence[str | None]) -> None:
    """Note texts that are no phases; of a whole column of them the first three."""
    wrong = sorted({text for text in texts if text is not None and text not in PHASES})
    if len(wrong) > SHOWN:
        message = f"phase: column {name!r} holds {len(wrong):,} texts that are no phases; is it the right column?"
        columns.problem("unknown-phase", message, name)
    for text in wrong[: SHOWN if len(wrong) <= SHOWN else 3]:
        message = f"phase: column {name!r} holds {text!r:.60}, which is no phase{hint(text, PHASES)}"
        columns.rows("unknown-phase", message, name, np.array([other == text for other in texts]), text)
