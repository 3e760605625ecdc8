"""Tables written to files for people: CSV, Excel, JSON. Text that looks like a formula stays text."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, EngineError
from outcomegap.frames.arrays import plain_values

Columns = Mapping[str, NDArray[Any]]

#: What a spreadsheet takes for the beginning of a formula (the wide forms count in East Asian settings), and control
#: characters behind which one may hide.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: Rows of an Excel sheet, the longest text in a cell, and the largest whole number it keeps.
MOST_ROWS, LONGEST, LARGEST = 1_048_576, 32_767, 10**15
WIDEST = 60


def records(columns: Columns) -> Iterator[dict[str, Any]]:
    """Yield a dict of plain Python values a row; None for null."""
    for row in _rows(columns):
        yield dict(zip(columns, row, strict=True))


def _rows(columns: Columns) -> Iterator[tuple[Any, ...]]:
    return zip(*map(cells, columns.values()), strict=True)


def cells(values: NDArray[Any]) -> list[Any]:
    """Return a column as plain Python values for people: moments that are all midnights as dates.

    Examples
    --------
    >>> cells(np.array(["2026-01-31T00:00", "NaT"], dtype="M8[ns]"))
    [datetime.date(2026, 1, 31), None]
    """
    if values.dtype.kind == "M":
        days = values.astype("M8[D]")
        if ((days == values) | np.isnat(values)).all():
            return plain_values(days)
    return plain_values(values)


def to_json(columns: Columns, path: str | Path | None) -> str | None:
    """Write a JSON array with an object a row (dates in ISO 8601, null for what is missing), or return it."""
    rows = [{name: _finite(value) for name, value in row.items()} for row in records(columns)]
    text = json.dumps(rows, ensure_ascii=False, indent=1, default=as_text, allow_nan=False)
    if path is None:
        return text
    Path(path).write_text(text + "\n", encoding="utf-8")
    return None


def to_csv(columns: Columns, path: str | Path | None, encoding: str) -> str | None:
    """Write comma-separated values with a line of headings, or return them as text."""
    if path is None:
        buffer = io.StringIO(newline="")
        _write_csv(columns, buffer)
        return buffer.getvalue()
    with Path(path).open("w", encoding=encoding, newline="") as file:
        _write_csv(columns, file)
    return None


def _write_csv(columns: Columns, file: Any) -> None:
    writer = csv.writer(file)
    writer.writerow([csv_text(name) for name in columns])
    for row in _rows(columns):
        writer.writerow([csv_text(value) for value in row])


def csv_text(value: Any) -> Any:
    """Return a value as it stands in a CSV file: text that may be taken for a formula gets an apostrophe before it.

    Numbers stay as they are, negative ones too: they are no text.

    Examples
    --------
    >>> csv_text("=1+1"), csv_text(-3.5), csv_text("Sara"), csv_text(None)
    ("'=1+1", -3.5, 'Sara', '')
    """
    if value is None:
        return ""
    if isinstance(value, (bool, int, float)):
        return value
    text = as_text(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def to_excel(columns: Columns, path: str | Path, sheet: str) -> None:
    """Write one sheet of an Excel workbook.

    Every text is written as text, never as a formula, and carries the mark of a leading apostrophe where it may be
    taken for one when somebody edits the cell.

    Raises
    ------
    EngineError
        If openpyxl is not installed.
    DataError
        If there are more rows than a sheet holds.
    """
    try:
        from openpyxl import Workbook
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter
    except ModuleNotFoundError as error:
        raise EngineError("writing Excel files needs openpyxl: install the extra outcomegap[excel]") from error
    rows = list(_rows(columns))
    if len(rows) >= MOST_ROWS:
        raise DataError(f"an Excel sheet holds {MOST_ROWS:,} rows, this is {len(rows) + 1:,}; limit it, or write CSV")
    book = Workbook(write_only=True)
    page = book.create_sheet(_sheet_name(sheet))
    page.freeze_panes = "A2"
    for position, width in enumerate(_widths(columns, rows), start=1):
        page.column_dimensions[get_column_letter(position)].width = width
    heads = [_excel_cell(page, name) for name in columns]
    for cell in heads:
        cell.font = Font(bold=True)
    page.append(heads)
    for row in rows:
        page.append([_excel_cell(page, value) for value in row])
    book.save(path)


def _excel_cell(page: Any, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell

    number = isinstance(value, (int, float)) and np.isfinite(float(value)) and abs(value) < LARGEST
    moment = isinstance(value, (dt.date, dt.datetime)) and getattr(value, "tzinfo", None) is None
    if value is None or number or moment:
        return WriteOnlyCell(page, value=value)
    text = _visible(as_text(value))[:LONGEST]
    cell = WriteOnlyCell(page, value=text)
    cell.data_type = "s"  # openpyxl makes a formula of what begins with "="
    if text.startswith(FORMULA):
        cell.quotePrefix = True
    return cell


def _visible(text: str) -> str:
    """Replace control characters, which a workbook cannot hold."""
    return "".join(char if char >= " " or char in "\t\n\r" else "\ufffd" for char in text)


def _sheet_name(name: str) -> str:
    """Return a name that Excel allows for a sheet."""
    kept = "".join("-" if char in "[]:*?/\\" else char for char in _visible(name)).strip("'")
    return kept[:31] or "worklist"


def _widths(columns: Columns, rows: list[tuple[Any, ...]]) -> list[int]:
    """Return a width for each column, from its heading and first rows."""
    seen = [list(columns), *([as_text(value) for value in row] for row in rows[:200])]
    return [min(max(len(text) for text in column) + 2, WIDEST) for column in zip(*seen, strict=True)]


def as_text(value: Any) -> str:
    """Return a value as text: dates in ISO 8601, numbers in full."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime, dt.time)) else str(value)


def _finite(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value
