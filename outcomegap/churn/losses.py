"""Losses read from a frame: who, what was stated, what was found, and which of the two counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import among
from outcomegap.churn.collection import Catalogue, catalogue
from outcomegap.churn.columns import Columns
from outcomegap.churn.entry import PHASES
from outcomegap.churn.stated import Reader, Reading, mapping_of
from outcomegap.churn.words import plain
from outcomegap.errors import SHOWN, DataError, Problem, hint
from outcomegap.frames import Table
from outcomegap.frames.arrays import plain_values
from outcomegap.listing import counted

Array = NDArray[Any]
Basis = Literal["found", "stated"]
#: Arguments that name a column to group by.
AXES = ("segment", "stage", "phase")


@attrs.frozen(eq=False)
class Losses:
    """Every loss, in the order of the rows.

    Parameters
    ----------
    table
        The frame, without rows set aside.
    whole
        The frame as it came.
    row
        In which row of it each loss stands.
    problems
        What is wrong with rows set aside.
    names
        Argument -> the column it names.
    book
        The catalogue that entries belong to.
    customer, date, value
        One value a row; None where no column was given.
    stated, found
        What each text says; None where no column was given.
    counted, basis
        Which reading counts, and whether it is the one of ``"found"`` or of ``"stated"``.
    axes
        Segment, stage and phase, as far as columns were given.
    unused
        Texts of the mapping that stand in no row.
    """

    table: Table
    whole: Table
    row: NDArray[np.int64]
    problems: tuple[Problem, ...]
    names: Mapping[str, object]
    book: Catalogue
    customer: Array | None
    stated: tuple[Reading, ...] | None
    found: tuple[Reading, ...] | None
    counted: tuple[Reading, ...]
    basis: tuple[Basis, ...]
    date: Array | None
    value: NDArray[np.float64] | None
    axes: Mapping[str, Array]
    unused: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.counted)

    @property
    def set_aside(self) -> int:
        """How many rows are set aside."""
        return len(self.whole) - len(self)

    @cached_property
    def customer_codes(self) -> NDArray[np.int64]:
        """Which customer each loss is of, numbered from 0; where no column names them, each is of another."""
        return places_of(None if self.customer is None else plain_values(self.customer), len(self))

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


def read_losses(
    frame: Any, names: Mapping[str, object], mapping: object, book: object, *, as_of: object, on_bad: object
) -> Losses:
    """Read a frame of losses.

    Parameters
    ----------
    frame
        Any data frame, a row a loss.
    names
        Argument -> column: ``customer``, ``stated``, ``found``, ``date``, ``value``, ``segment``, ``stage``, ``phase``.
    mapping, book, as_of, on_bad
        As `Ledger` takes them.

    Raises
    ------
    DataError
        With everything that is wrong; with ``on_bad="set_aside"`` only if something else than rows is.
    """
    columns = Columns(frame, "Ledger")
    whole = catalogue() if book is None else book
    if not isinstance(whole, Catalogue):
        raise DataError(f"Ledger: catalogue is what og.churn.catalogue() returns (got {whole!r:.60})")
    if not among(on_bad, ("raise", "set_aside")):
        columns.note("on-bad", f"on_bad must be 'raise' or 'set_aside' (got {on_bad!r:.60})")
    if names["stated"] is None and names["found"] is None:
        columns.note("no-reason", "name the column of stated reasons (stated=), of your own findings (found=), or both")
    known = mapping_of(mapping, whole, columns)
    texts = {side: columns.texts(side, names[side]) for side in ("stated", "found")}
    last = columns.moment("as_of", as_of)
    date = columns.dates("date", names["date"])
    if date is not None:
        columns.plausible("date", names["date"], date, last)
    value = columns.numbers("value", names["value"], least=0)
    axes = {axis: _axis(columns, axis, names[axis]) for axis in AXES if names[axis] is not None}
    customer = _customers(columns, names["customer"], date)
    if not among(on_bad, ("set_aside",)):
        columns.done()
    problems, row = columns.set_aside(), np.flatnonzero(~columns.bad)
    kept = {side: None if listed is None else [listed[n] for n in row.tolist()] for side, listed in texts.items()}
    reader = Reader(whole, known)
    read = {side: None if listed is None else tuple(map(reader.read, listed)) for side, listed in kept.items()}
    counts, basis = _counted(read["stated"], read["found"])
    said = {plain(text) for listed in kept.values() for text in listed or () if text is not None}
    return Losses(
        table=columns.table.filter(~columns.bad) if problems else columns.table,
        whole=columns.table,
        row=row,
        problems=problems,
        names=dict(names),
        book=whole,
        customer=None if customer is None else customer[row],
        **read,
        counted=counts,
        basis=basis,
        date=None if date is None else date[row],
        value=None if value is None else value[row],
        axes={axis: values[row] for axis, values in axes.items()},
        unused=tuple(str(raw) for raw in mapping or () if plain(str(raw)) not in said),  # type: ignore[attr-defined]
    )


def _counted(
    stated: tuple[Reading, ...] | None, found: tuple[Reading, ...] | None
) -> tuple[tuple[Reading, ...], tuple[Basis, ...]]:
    """Return what counts: the finding wherever one was written down, else the stated reason."""
    if found is None or stated is None:
        only = found if stated is None else stated
        side: Basis = "found" if stated is None else "stated"
        return only or (), (side,) * len(only or ())
    looked = [reading.told != "unknown" for reading in found]
    counted = tuple(f if own else s for own, f, s in zip(looked, found, stated, strict=True))
    return counted, tuple("found" if own else "stated" for own in looked)


def _customers(columns: Columns, name: object, date: Array | None) -> Array | None:
    """Read who left; of rows that something else is wrong with nothing is said here."""
    items = columns.items("customer", name)
    if items is None:
        return None
    blank = np.array([item is None or (isinstance(item, str) and not item.strip()) for item in items], dtype=bool)
    passed = columns.bad | blank
    columns.rows("missing-customer", f"customer: column {name!r} is empty; name every customer", str(name), blank)
    first: dict[tuple[Any, Any], int] = {}
    before = np.full(len(items), -1)
    for row in np.flatnonzero(~passed).tolist():
        key = (items[row], None if date is None else date[row].astype(np.int64).item())
        try:
            there = first.setdefault(key, row)
        except TypeError:
            columns.note("customer", f"customer: column {name!r} holds lists or the like; a name is text or a number")
            return None
        before[row] = there if there != row else -1
    again = before >= 0
    if again.any():
        row = int(again.argmax())
        when = "on the same date, or without one" if date is not None else "and no date= tells one loss from the other"
        message = f"customer: column {name!r} holds {items[row]!r:.60} in rows {before[row]} and {row}, {when}; keep"
        columns.rows("repeated-customer", f"{message} one row a loss", str(name), again, items[row])
    return columns.table.values(str(name))


def places_of(names: Sequence[Any] | None, count: int) -> NDArray[np.int64]:
    """Number customers in the order in which they come first; who has no name stands alone.

    Examples
    --------
    >>> places_of(["A", "B", "A", None, " "], 5).tolist(), places_of(None, 2).tolist()
    ([0, 1, 0, 2, 3], [0, 1])
    """
    if names is None:
        return np.arange(count)
    found: dict[Any, int] = {}
    nameless = (name is None or (isinstance(name, str) and not name.strip()) for name in names)
    keys = (object() if none else name for none, name in zip(nameless, names, strict=True))
    return np.fromiter((found.setdefault(key, len(found)) for key in keys), dtype=np.int64, count=count)


def _axis(columns: Columns, axis: str, name: object) -> Array:
    texts = columns.texts(axis, name)
    found = np.full(len(columns.table), None, dtype=object)
    if texts is None:
        return found
    found[:] = texts
    if axis == "phase":
        wrong: dict[str, list[int]] = {}
        for row, text in enumerate(texts):
            if text is not None and text not in PHASES:
                wrong.setdefault(text, []).append(row)
        if len(wrong) > SHOWN:
            message = f"phase: column {name!r} holds {len(wrong):,} texts that are no phases; is it the right column?"
            columns.note("unknown-phase", message, str(name))
        for text in sorted(wrong)[: SHOWN if len(wrong) <= SHOWN else 3]:
            mask = np.zeros(len(texts), dtype=bool)
            mask[wrong[text]] = True
            message = f"phase: column {name!r} holds {text!r:.60}, which is no phase{hint(text, PHASES)}"
            columns.rows("unknown-phase", message, str(name), mask, text)
    return found
