"""Workbooks: the cells of one page, as they are, whatever the file says of its own size."""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import attrs

from outcomegap.errors import OutcomeGapError

Source = Path | IO[bytes]
#: So many bytes of a part are searched in one go.
PIECE = 1 << 20
#: A page holds at most so many cells, counted from the first column to the last that a row fills.
MOST_CELLS = 100_000_000
#: All parts of a workbook unpack to at most so many bytes.
MOST_BYTES = 4 << 30


class DamagedError(ValueError):
    """A workbook that cannot be read, or not as it is meant."""


@attrs.frozen
class Page:
    """A page of a workbook: its name, whether it is hidden, and whether it holds a table: two rows with something."""

    name: str
    hidden: bool
    table: bool


def workbook_rows(source: Source, choose: Callable[[list[Page]], str]) -> list[tuple[Any, ...]]:
    """Return the rows of one page, blank ones too, each up to its last cell; `choose` returns the name of a page.

    Raises
    ------
    DamagedError
        If the file is damaged or too large, has no page of cells, or has a formula whose value was not saved with it.
    ModuleNotFoundError
        If openpyxl is not installed.
    """
    with _opened(source, values=True) as book:
        pages = [Page(page.title, page.sheet_state != "visible", _is_table(page)) for page in book.worksheets]
        if not pages:
            raise DamagedError("it has no page of cells")
        name = choose(pages)
        if not _has_formulas(source):
            return list(_rows(book[name], values_only=True))
        with _opened(source, values=False) as written:
            return [_values(*rows) for rows in zip(_rows(book[name]), _rows(written[name]), strict=True)]


def _values(cells: Sequence[Any], written: Sequence[Any]) -> tuple[Any, ...]:
    """Return the values of a row; refuse a formula without one (one whose value is empty text has another type)."""
    for cell, formula in zip(cells, written, strict=True):
        if formula.data_type == "f" and cell.value is None and cell.data_type == "n":
            advice = "open the workbook in a spreadsheet and save it again"
            raise DamagedError(f"cell {formula.coordinate} holds a formula whose value was not saved; {advice}")
    return tuple(cell.value for cell in cells)


def _is_table(page: Any) -> bool:
    filled = (row for row in _rows(page, values_only=True) if any(cell is not None for cell in row))
    return len(list(itertools.islice(filled, 2))) > 1


@contextmanager
def _opened(source: Source, *, values: bool) -> Iterator[Any]:
    import openpyxl

    book = None
    try:
        with zipfile.ZipFile(source) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_BYTES:
                raise DamagedError(f"it unpacks to more than {MOST_BYTES >> 30} GiB; save the table as csv")
        book = openpyxl.load_workbook(source, read_only=True, data_only=values)
        yield book
    except (DamagedError, OutcomeGapError, OSError):
        raise
    except Exception as error:  # a damaged part makes openpyxl raise whatever it meets
        raise DamagedError(
            f"it is not an Excel workbook, or not all of one ({error}); save it as .xlsx again"
        ) from error
    finally:
        if book is not None:
            book.close()


def _rows(page: Any, *, values_only: bool = False) -> Iterator[Any]:
    page.reset_dimensions()  # what the file says of its size may be wrong
    cells = 0
    for row in page.iter_rows(values_only=values_only):
        cells += len(row)
        if cells > MOST_CELLS:
            raise DamagedError(f"it has more than {MOST_CELLS:,} cells; delete cells far from the table, or use csv")
        yield row


def _has_formulas(source: Source) -> bool:
    with zipfile.ZipFile(source) as parts:
        for part in parts.namelist():
            if part.startswith("xl/worksheets/"):
                with parts.open(part) as text:
                    end = b""
                    while piece := text.read(PIECE):
                        if b"<f" in end + piece:
                            return True
                        end = piece[-1:]
    return False
