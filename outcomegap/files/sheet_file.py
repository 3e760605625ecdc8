"""Sheets as files: rows of cells from and to csv and xlsx."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

from outcomegap.errors import EngineError, ModelError
from outcomegap.files.cells import Cell
from outcomegap.files.formats import read_bytes, read_text

Grid = list[list[Cell]]
SUFFIXES = (".csv", ".xlsx")
SEPARATORS = ",;\t"
#: The name of the page of a workbook; where it is not there, the first page is read.
PAGE = "model"
WIDEST = 40
_COMMA = re.compile(r"[-+]?\d+,\d+")


def is_sheet(path: Path) -> bool:
    """Tell whether a file is a sheet by its suffix."""
    return path.suffix.lower() in SUFFIXES


def read_grid(path: Path) -> Grid:
    """Read the rows of a file.

    Raises
    ------
    ModelError
        If it is not there, or holds no table.
    EngineError
        If it is a workbook and openpyxl is not installed.
    """
    if path.suffix.lower() == ".csv":
        return _read_csv(read_text(path))
    try:
        return _read_book(read_bytes(path))
    except (zipfile.BadZipFile, OSError, KeyError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError.of("file", str(path), f"is no workbook that can be read: {error}") from error


def grid_of(content: bytes, suffix: str) -> Grid:
    """Return the rows that the content of a file holds."""
    return _read_csv(content.decode("utf-8-sig")) if suffix.lower() == ".csv" else _read_book(content)


def grid_bytes(grid: Grid, suffix: str) -> bytes:
    """Return the rows as the content of a file.

    Text that is not ASCII gets a byte-order mark in front, by which spreadsheets tell that it is UTF-8.
    """
    if suffix.lower() != ".csv":
        return _book(grid)
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(["" if cell is None else cell for cell in row] for row in grid)
    text = out.getvalue()
    return text.encode("utf-8" if text.isascii() else "utf-8-sig")


def _read_csv(text: str) -> Grid:
    bare = "".join(text.partition("\n")[0].split('"')[::2])
    separator = max(SEPARATORS, key=bare.count)  # the first of equals
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise ModelError.of("syntax", "file", f"is no csv table: {error}") from error
    if separator != ";":
        return [list(row) for row in rows]
    # Where semicolons stand between cells, spreadsheets write decimal commas.
    return [[cell.replace(",", ".") if _COMMA.fullmatch(cell) else cell for cell in row] for row in rows]


def _read_book(content: bytes) -> Grid:
    book = _openpyxl().load_workbook(io.BytesIO(content), data_only=True)
    page = book[PAGE] if PAGE in book.sheetnames else book.worksheets[0]
    rows = page.iter_rows(values_only=True)
    return [[cell if isinstance(cell, Cell) else str(cell) for cell in row] for row in rows]


def _book(grid: Grid) -> bytes:
    openpyxl = _openpyxl()
    book = openpyxl.Workbook()
    page = book.active
    page.title, page.freeze_panes = PAGE, "C2"
    for number, row in enumerate(grid, start=1):
        for place, value in enumerate(row, start=1):
            if value is not None:
                _write(page.cell(row=number, column=place), value)
    for place, column in enumerate(zip(*grid, strict=True), start=1):
        page.cell(row=1, column=place).font = openpyxl.styles.Font(bold=True)
        width = max(len(str(cell)) for cell in column if cell is not None) + 2
        page.column_dimensions[openpyxl.utils.get_column_letter(place)].width = min(WIDEST, width)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write(cell: Any, value: Cell) -> None:
    from openpyxl.utils.exceptions import IllegalCharacterError

    # A workbook keeps 16 digits; a number that needs more is written as text, which is read as well.
    number = isinstance(value, (int, float)) and repr(type(value)(f"{value:.16g}")) == repr(value)
    try:
        cell.value = value if number else str(value)
    except IllegalCharacterError as error:
        message = f"a workbook cannot hold {value!r:.60}, which has control characters"
        raise ModelError.of("sheet", f"cell {cell.coordinate}", message) from error
    if cell.data_type == "f":
        cell.data_type = "s"  # what begins with = is no formula


def _openpyxl() -> Any:
    try:
        import openpyxl
        import openpyxl.styles
        import openpyxl.utils
    except ModuleNotFoundError as error:
        raise EngineError("workbooks need openpyxl: pip install 'outcomegap[excel]'") from error
    return openpyxl
