"""Segment, stage and goal of each customer: from a column, several columns, bands or dates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import hint, nearest
from outcomegap.intake.columns import Sheet
from outcomegap.intake.values import Reader, is_blank, matches, text_of
from outcomegap.model.mapping import ANY, CellInput

Names = NDArray[np.object_]


def cell_names(
    sheet: Sheet, what: str, source: CellInput | None, valid: tuple[str, ...], *, read: Reader, taken: Any = None
) -> Names:
    """Return the name of the segment, stage or goal of each customer.

    Parameters
    ----------
    sheet
        The customers' own table.
    what
        ``"segment"``, ``"stage"`` or ``"goal"``.
    source
        Where it comes from; None is the column of that name.
    valid
        The names the model knows.
    read
        How numbers are read.
    taken
        What an aggregate gave, where the source is one.

    Returns
    -------
    array of object
        Names; None where the ledger notes a problem.
    """
    source = source or CellInput(column=what)
    if source.bands is not None:
        numbers = taken if source.table is not None else sheet.source(source, what, read, what).values
        return _banded(sheet, what, source, numbers)
    columns = source.columns or (source.column or what,)
    lacking = [column for column in columns if not sheet.has(column, what)]
    if lacking:
        return np.full(len(sheet.table), None, dtype=object)
    names = _by_engine(sheet, source, columns[0], valid) if len(columns) == 1 else None
    if names is not None:
        return names
    rows = list(zip(*(sheet.table.values(column).tolist() for column in columns), strict=True))
    return _named(sheet, what, source, valid, rows)


def _by_engine(sheet: Sheet, source: CellInput, column: str, valid: tuple[str, ...]) -> Names | None:
    """Return the names where one column of texts says them all, by the engine's own means; else None."""
    texts = {name: name for name in valid}
    if source.values is not None:
        texts = {pattern[0]: name for name, pattern in source.patterns}
    found = sheet.table.codes(column, tuple(texts)).codes
    if ANY in texts or (found < 0).any():
        return None
    return np.array(list(texts.values()), dtype=object)[found]


def _banded(sheet: Sheet, what: str, source: CellInput, numbers: NDArray[np.float64]) -> Names:
    codes = np.zeros(len(numbers), dtype=np.intp)
    table: list[str | None] = [source.otherwise]
    for name, low, below in source.bands or ():
        fits = (numbers >= (-np.inf if low is None else low)) & (numbers < (np.inf if below is None else below))
        codes[fits] = len(table)
        table.append(name)
    names = np.array(table, dtype=object)[codes]
    done = codes > 0
    if source.otherwise is None and not done.all():
        column = source.column or what
        missing = np.isnan(numbers) & ~done
        message = f"{what}: {column!r} is empty; say otherwise = a {what} for those, or mend the data"
        sheet.ledger.rows(f"unknown-{what}", message, column, missing)
        outside = ~done & ~missing
        if outside.any():
            first = float(numbers[outside][0])
            message = f"{what}: {first:g} of {column!r} lies in none of the bands {_bands(source)}"
            sheet.ledger.rows(f"unknown-{what}", message, column, outside, value=first)
    return names


def _bands(source: CellInput) -> str:
    limits = []
    for name, low, below in source.bands or ():
        left = "" if low is None else f"from {low:g}"
        right = "" if below is None else f"below {below:g}"
        limits.append(f"{name} ({' '.join(filter(None, (left, right)))})")
    return ", ".join(limits)


def _named(sheet: Sheet, what: str, source: CellInput, valid: tuple[str, ...], rows: list[Any]) -> Names:
    try:
        distinct = set(rows)
    except TypeError:
        rows = [tuple(map(text_of, row)) for row in rows]
        distinct = set(rows)
    table = {row: _name(source, valid, row) for row in distinct}
    unknown = {row for row, name in table.items() if name is None}
    if unknown:
        _report(sheet, what, source, valid, rows=rows, unknown=unknown)
    names = np.empty(len(rows), dtype=object)
    names[:] = [table[row] for row in rows]
    return names


def _name(source: CellInput, valid: tuple[str, ...], row: tuple[Any, ...]) -> str | None:
    """Return the name one combination of raw values stands for."""
    if source.values is None:
        text = None if is_blank(row[0]) else text_of(row[0])
        return text if text in valid else source.otherwise
    for name, pattern in source.patterns:
        if all(p == ANY or matches(value, p) for p, value in zip(pattern, row, strict=True)):
            return name
    return source.otherwise


def _report(
    sheet: Sheet, what: str, source: CellInput, valid: tuple[str, ...], *, rows: list[Any], unknown: set[Any]
) -> None:
    column = " + ".join(source.columns) if source.columns else (source.column or what)
    known = valid
    if source.values is not None:
        known = tuple(", ".join(pattern) for _, pattern in source.patterns)
    places: dict[Any, list[int]] = {}
    for row, values in enumerate(rows):
        if values in unknown:
            places.setdefault(values, []).append(row)
    for values, where in places.items():
        shown = ", ".join("" if is_blank(value) else text_of(value) for value in values)
        if all(map(is_blank, values)):
            message = f"{what}: column {column!r} is empty; say otherwise = a {what} for those, or mend the data"
        else:
            message = f"{what}: {shown!r} ({len(where)} x) in column {column!r} means no {what}{hint(shown, known)}"
        sheet.ledger.rows(
            f"unknown-{what}", message, column, np.array(where), value=shown, suggestion=nearest(shown, known)
        )
