"""Lists and columns of a ledger: what fits no entry, what was found to be something else, and every row."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.stated import SAYS_NOTHING, suggestions
from outcomegap.churn.tally import UNKNOWN
from outcomegap.churn.words import plain
from outcomegap.listing import Listing, as_column, counted, shorten

if TYPE_CHECKING:
    from outcomegap.churn.ledger import Ledger
    from outcomegap.churn.losses import Losses

Array = NDArray[Any]
#: For so many texts that fit no entry, the most frequent, the nearest entries are looked for.
SUGGESTED = 2_000
#: What `told` says of a row set aside.
SET_ASIDE = "set_aside"


def unmatched(ledger: Ledger) -> Listing:
    """Return texts that fit no entry; what `Ledger.unmatched` is."""
    spelled: dict[tuple[str, str], Counter[str]] = {}
    for side in ("found", "stated"):
        for reading in getattr(ledger._losses, side) or ():
            if reading.told == "unmatched":
                spelled.setdefault((plain(reading.text), side), Counter())[reading.text] += 1
    ranked = sorted(spelled, key=lambda key: -spelled[key].total())
    texts = [spelled[key].most_common(1)[0][0] for key in ranked]
    near = [", ".join(suggestions(text, ledger.catalogue)) or None for text in texts[:SUGGESTED]]
    near += [None] * (len(texts) - len(near))
    columns = {
        "text": as_column(texts),
        "column": as_column([side for _, side in ranked]),
        "losses": np.array([spelled[key].total() for key in ranked], dtype=np.int64),
        "nearest": as_column(near),
    }
    notes = ["Nothing was guessed: say what they mean with mapping={text: entry id}."] if ranked else []
    if SAYS_NOTHING in near:
        notes.append(f"What is nearest to {SAYS_NOTHING!r} says nothing: mapping={{text: None}}.")
    if len(texts) > SUGGESTED:
        notes.append(f"Nearest entries stand at the {SUGGESTED:,} most frequent; catalogue.suggest finds others.")
    title = f"Reasons that fit no entry: {len(ranked):,}"
    return Listing(title, columns, like=ledger._losses.table, notes=notes, formats={"text": shorten})


def differ(ledger: Ledger) -> Listing:
    """Return where the finding is another entry than what was stated; what `Ledger.differ` is."""
    pairs: Counter[tuple[str, str]] = Counter()
    for stated, found in zip(ledger._losses.stated or (), ledger._losses.found or (), strict=False):
        if stated.entry and found.entry and stated.entry.id != found.entry.id:
            pairs[stated.entry.id, found.entry.id] += 1
    ranked = pairs.most_common()
    columns = {
        "stated": as_column([stated for (stated, _), _ in ranked]),
        "found": as_column([found for (_, found), _ in ranked]),
        "losses": np.array([count for _, count in ranked], dtype=np.int64),
    }
    title = f"Found to be something else than stated: {counted(pairs.total(), 'loss', 'losses')}"
    return Listing(title, columns, like=ledger._losses.table)


def columns_of(losses: Losses, months: Array | None) -> dict[str, Array]:
    """Return what is known of each loss, rows set aside left out."""
    entries = [reading.entry for reading in losses.counted]
    columns: dict[str, Array] = {}
    if losses.customer is not None:
        columns["customer"] = losses.customer
    for side in ("stated", "found"):
        readings = getattr(losses, side)
        if readings is not None:
            columns[side] = as_column([reading.text for reading in readings])
            columns[f"{side}_entry"] = as_column([r.entry.id if r.entry else None for r in readings])
    columns["entry"] = as_column([entry.id if entry else None for entry in entries])
    columns["reason"] = as_column([entry.name if entry else None for entry in entries])
    columns["basis"] = as_column(losses.basis)
    columns["told"] = as_column([reading.told for reading in losses.counted])
    columns["root_cause"] = as_column([entry.root_causes[0] if entry else UNKNOWN for entry in entries])
    columns["root_causes"] = as_column([", ".join(entry.root_causes) if entry else None for entry in entries])
    columns["avoidable"] = as_column([entry.avoidable if entry else UNKNOWN for entry in entries])
    columns |= dict(losses.axes)
    if losses.date is not None and months is not None:
        columns |= {"date": losses.date, "month": months}
    if losses.value is not None:
        columns["value"] = losses.value
    return columns


def every_row(losses: Losses, columns: dict[str, Array]) -> dict[str, Array]:
    """Return the columns with rows set aside where they stood: nulls, but for who it was."""
    if not losses.set_aside:
        return columns
    whole = {name: _spread(values, losses.row, len(losses.whole)) for name, values in columns.items()}
    told = whole["told"]
    aside = np.ones(len(told), dtype=bool)
    aside[losses.row] = False
    told[aside] = SET_ASIDE
    if losses.customer is not None:
        whole["customer"] = losses.whole.values(str(losses.names["customer"]))
    return whole


def _spread(values: Array, rows: Array, count: int) -> Array:
    kind = values.dtype.kind
    if kind == "f":
        found = np.full(count, np.nan, dtype=values.dtype)
    elif kind == "M":
        found = np.full(count, np.datetime64("NaT"), dtype=values.dtype)
    else:
        found = np.full(count, None, dtype=object)
    found[rows] = values
    return found
