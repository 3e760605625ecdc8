"""Lost customers read from a frame: what was stated, what was found, and which of the two counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.collection import Catalogue, catalogue
from outcomegap.churn.columns import Columns
from outcomegap.churn.entry import PHASES
from outcomegap.churn.proportion import quantile_of
from outcomegap.churn.stated import Reader, Reading, mapping_of
from outcomegap.churn.words import plain
from outcomegap.errors import SHOWN, DataError, hint
from outcomegap.frames import Table

Array = NDArray[Any]
Basis = Literal["found", "stated"]
#: Arguments that name a column to group by.
AXES = ("segment", "stage", "phase")


@attrs.frozen(eq=False)
class Losses:
    """Every lost customer, in the order of the rows.

    Parameters
    ----------
    table
        The frame.
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


def read_losses(
    frame: Any,
    names: Mapping[str, object],
    mapping: object,
    book: object,
    confidence: float,
) -> Losses:
    """Read a frame of lost customers.

    Parameters
    ----------
    frame
        Any data frame, a row a lost customer.
    names
        Argument -> column: ``customer``, ``stated``, ``found``, ``date``, ``value``, ``segment``, ``stage``, ``phase``.
    mapping, book, confidence
        As `Ledger` takes them.

    Raises
    ------
    DataError
        With everything that is wrong.
    """
    columns = Columns(frame, "Ledger")
    whole = catalogue() if book is None else book
    if not isinstance(whole, Catalogue):
        raise DataError(f"Ledger: catalogue is what og.churn.catalogue() returns (got {whole!r:.60})")
    quantile_of(confidence)
    if names["stated"] is None and names["found"] is None:
        columns.note("no-reason", "name the column of stated reasons (stated=), of your own findings (found=), or both")
    known = mapping_of(mapping, whole, columns)
    texts = {side: columns.texts(side, names[side]) for side in ("stated", "found")}
    date = columns.dates("date", names["date"])
    customer = _customers(columns, names["customer"], date)
    value = columns.numbers("value", names["value"], least=0)
    axes = {axis: _axis(columns, axis, names[axis]) for axis in AXES if names[axis] is not None}
    columns.done()
    reader = Reader(whole, known)
    read = {s: None if t is None else tuple(map(reader.read, t)) for s, t in texts.items()}
    counted, basis = _counted(read["stated"], read["found"])
    said = {plain(text) for side in texts.values() for text in side or () if text is not None}
    unused = tuple(str(raw) for raw in mapping if plain(str(raw)) not in said) if isinstance(mapping, Mapping) else ()
    return Losses(
        table=columns.table,
        book=whole,
        customer=customer,
        **read,
        counted=counted,
        basis=basis,
        date=date,
        value=value,
        axes=axes,
        unused=unused,
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
    items = columns.items("customer", name)
    if items is None:
        return None
    blank = np.array([item is None or (isinstance(item, str) and not item.strip()) for item in items], dtype=bool)
    columns.rows("missing-customer", f"customer: column {name!r} is empty; name every customer", str(name), blank)
    seen: dict[tuple[Any, Any], int] = {}
    again = np.zeros(len(items), dtype=bool)
    for row, item in enumerate(items):
        try:
            first = seen.setdefault((item, None if date is None else date[row].astype(np.int64).item()), row)
        except TypeError:
            columns.note("customer", f"customer: column {name!r} holds lists or the like; a name is text or a number")
            return None
        again[row] = first != row and not blank[row]
    when = "on the same date, or without one" if date is not None else "and no date= tells one loss from the other"
    twice = items[int(again.argmax())] if again.any() else None
    message = f"customer: column {name!r} holds {twice!r} again, {when}; keep one row a loss"
    columns.rows("repeated-customer", message, str(name), again, twice)
    return columns.table.values(str(name))


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
