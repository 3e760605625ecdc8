"""Losses read from a frame: who, what was stated, what was found, and which of the two counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import choice
from outcomegap.churn.catalogue import Catalogue
from outcomegap.churn.columns import Columns, as_date, as_text, end_of, number_customers
from outcomegap.churn.entry import PHASES, ROOT_CAUSES, Entry
from outcomegap.churn.phrases import UNKNOWN_WORDS, plain
from outcomegap.errors import SHOWN, hint
from outcomegap.frames.arrays import objects
from outcomegap.listing import counted
from outcomegap.stats import z_of

Array = NDArray[Any]
Names = Mapping[str, str | None]
Told = Literal["entry", "unknown", "unmatched"]
#: Stands apart from the root causes, and from what could have been avoided.
UNKNOWN = "unknown"
CAUSES = (*ROOT_CAUSES, UNKNOWN)
#: What `told` says of a row set aside.
SET_ASIDE = "set_aside"
NOTHING = objects([None])
#: Nobody left before the first of these, or has left from the second on: such a date is a slip, or stands for "never".
FIRST, NEVER = np.datetime64("1900-01-01"), np.datetime64("2200-01-01")


@attrs.frozen
class Reading:
    """What one text says: an entry, nothing (``"unknown"``), or something that fits no entry (``"unmatched"``)."""

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
    said = plain(text or "")
    if said in mapping:
        name = mapping[said]
        return Reading("unknown") if name is None else Reading("entry", book[name])
    entry = book.find(said)
    if entry is not None:
        return Reading("entry", entry)
    return Reading("unknown" if not said or said in UNKNOWN_WORDS else "unmatched")


class Losses:
    """Every loss, in the order of the rows; rows set aside are left out. `Ledger` says what it takes, and what it has.

    Attributes
    ----------
    whole, table
        The frame as it came, and without rows set aside.
    row
        In which row of `whole` each loss stands.
    everybody
        The column of customers, rows set aside included; None where no column names them.
    number
        Which customer each loss is of, numbered from 0; where no column names them, each is of another.
    readings
        What each text says that somebody stated or found.
    value
        What each was worth, where a column says so.
    """

    def __init__(
        self,
        frame: object,
        names: Names,
        mapping: Names,
        book: Catalogue,
        *,
        as_of: object,
        on_bad: str,
        confidence: float,
    ) -> None:
        columns = Columns(frame, "Ledger")
        choice("on_bad", on_bad, ("raise", "set_aside"))
        z_of(confidence)
        if names["stated"] is None and names["found"] is None:
            message = "name the column of stated reasons (stated=), of your own findings (found=), or both"
            columns.problem("no-reason", message)
        known = _mapping(mapping, book, columns)
        texts = {side: columns.as_texts(side, names[side]) for side in ("stated", "found")}
        date = _dates(columns, names["date"], as_of)
        value = columns.numbers("value", names["value"], least=0)
        axes = {axis: columns.as_texts(axis, names[axis]) for axis in ("segment", "stage", "phase")}
        _phases(columns, names["phase"], axes["phase"] or [])
        apart = "and no date= tells one loss from the other" if date is None else "on the same date, or without one"
        advice = f"{apart}; keep one row a loss"
        self.everybody, number = columns.customers(names["customer"], blank=False, once=advice, days=date)
        columns.done(set_aside=on_bad == "set_aside")
        self.catalogue, self.confidence, self.problems = book, confidence, tuple(columns.problems)
        self.whole, self.row = columns.table, np.flatnonzero(columns.fine)
        self.table = self.whole.filter(columns.fine) if columns.problems else self.whole
        self.number = number_customers(number[self.row].tolist())
        kept = {side: [listed[n] for n in self.row.tolist()] for side, listed in texts.items() if listed is not None}
        distinct = {text for listed in kept.values() for text in listed}
        self.readings = {text: reading_of(text, book, known) for text in distinct}
        said = {plain(text) for text in distinct if text is not None}
        self.unused = tuple(str(raw) for raw in mapping if plain(str(raw)) not in said)
        more: dict[str, Any] = {axis: listed if listed is None else objects(listed) for axis, listed in axes.items()}
        if date is not None:
            more |= {"date": date, "month": np.where(np.isnat(date), NOTHING, date.astype("M8[M]").astype(str))}
        more = {name: values[self.row] for name, values in (more | {"value": value}).items() if values is not None}
        who = {} if self.everybody is None else {"customer": self.everybody[self.row]}
        self.columns: dict[str, Array] = who | _reasons(kept, self.readings) | more
        self.value: Array | None = self.columns.get("value")

    def __len__(self) -> int:
        return len(self.row)

    @property
    def set_aside(self) -> int:
        """How many rows are set aside."""
        return len(self.whole) - len(self)

    @property
    def customers(self) -> int:
        """How many customers were lost."""
        return len(np.unique(self.number))

    @property
    def said(self) -> str:
        """How many were lost, in words that keep losses and customers apart."""
        losses = counted(len(self), "loss", "losses")
        if self.everybody is None:
            return losses
        if self.customers == len(self):
            return counted(self.customers, "lost customer")
        return f"{losses} of {counted(self.customers, 'customer')}"

    @property
    def every_row(self) -> dict[str, Array]:
        """The columns with rows set aside where they stood: nulls, but for who it was."""
        if not self.set_aside:
            return self.columns
        place = np.full(len(self.whole), -1)
        place[self.row] = np.arange(len(self))
        nothing = {"f": np.nan, "M": np.datetime64("NaT")}
        whole = {name: np.append(each, [nothing.get(each.dtype.kind)])[place] for name, each in self.columns.items()}
        whole["told"][place < 0] = SET_ASIDE
        return whole if self.everybody is None else whole | {"customer": self.everybody}


def _reasons(texts: Mapping[str, list[str | None]], readings: Mapping[str | None, Reading]) -> dict[str, Array]:
    """Return what was stated and found, and the one that counts: the finding wherever one was written down."""
    told = {side: [readings[text] for text in listed] for side, listed in texts.items()}
    last = list(told)[-1]
    basis = ["stated" if "stated" in told and reading.told == UNKNOWN else last for reading in told[last]]
    counts = [told[side][place] for place, side in enumerate(basis)]
    entries = [reading.entry for reading in counts]
    columns: dict[str, list[Any]] = {}
    for side, listed in texts.items():
        columns |= {side: listed, f"{side}_entry": [r.entry.id if r.entry else None for r in told[side]]}
    columns["entry"] = [entry.id if entry else None for entry in entries]
    columns["reason"] = [entry.name if entry else None for entry in entries]
    columns |= {"basis": basis, "told": [reading.told for reading in counts]}
    columns["root_cause"] = [entry.root_causes[0] if entry else UNKNOWN for entry in entries]
    columns["root_causes"] = [", ".join(entry.root_causes) if entry else None for entry in entries]
    columns["avoidable"] = [entry.avoidable if entry else UNKNOWN for entry in entries]
    return {name: objects(values) for name, values in columns.items()}


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


def _dates(columns: Columns, name: str | None, as_of: object) -> NDArray[np.datetime64] | None:
    """Read the days of leaving, and note those on which nobody left."""
    until = as_date(as_of)
    if until is False:
        columns.problem("not-a-date", f"as_of is a date, or text such as '2026-01-31' (got {as_of!r:.60})")
    dates = columns.dates("date", name)
    if dates is None:
        return None
    last = end_of(np.array([until or None], dtype="M8[us]"))
    odd = (dates < FIRST) | (dates >= NEVER)
    why = "which is no day on which anybody left; leave it empty where the day is unknown"
    late = f"later than as_of, {last.astype('M8[D]')[0]}"
    for rule, rows, said in (("implausible-date", odd, why), ("later-than-as-of", ~odd & (dates > last), late)):
        first = str(dates[rows][0].astype("M8[D]")) if rows.any() else None
        columns.rows(rule, f"date: column {name!r} holds {first}, {said}", name, rows, first)
    return dates


def _phases(columns: Columns, name: str | None, texts: Sequence[str | None]) -> None:
    """Note texts that are no phases; of a whole column of them the first three."""
    wrong = sorted({text for text in texts if text is not None and text not in PHASES})
    if len(wrong) > SHOWN:
        message = f"phase: column {name!r} holds {len(wrong):,} texts that are no phases; is it the right column?"
        columns.problem("unknown-phase", message, name)
    for text in wrong[: SHOWN if len(wrong) <= SHOWN else 3]:
        message = f"phase: column {name!r} holds {text!r:.60}, which is no phase{hint(text, PHASES)}"
        columns.rows("unknown-phase", message, name, np.array([other == text for other in texts]), text)
