"""Text files of tables: their encoding, what stands between columns, and which row does not fit."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

from outcomegap.errors import DataError, Problem
from outcomegap.model.inputs import TableInput

SEPARATORS = ",;\t|"


def form_of(path: Path, table: TableInput, name: str, separator: str | None = None) -> tuple[str, str]:
    """Return the encoding of a text file, and what stands between its columns."""
    encoding = table.encoding or _encoding(path)
    return encoding, table.separator or separator or _separator(path, encoding, name)


def _encoding(path: Path) -> str:
    """Tell UTF-16 from UTF-8 by the byte-order mark."""
    with opened(path) as file:
        start = file.read(2)
    return "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _separator(path: Path, encoding: str, name: str) -> str:
    """Find what stands between columns: the one mark of `SEPARATORS` in the heading, outside quotes."""
    with lines_of(path, encoding) as lines:
        first = next(iter(lines), "")
    bare = "".join(first.split('"')[::2])
    counts = {mark: bare.count(mark) for mark in SEPARATORS if mark in bare}
    if not counts:
        return ","
    most = max(counts.values())
    likely = [mark for mark, count in counts.items() if count == most]
    if len(likely) > 1:
        marks = " or ".join(map(repr, likely))
        raise unreadable(path, f"{marks} may stand between its columns; say separator, under [inputs.tables.{name}]")
    return likely[0]


def uneven_row(path: Path, separator: str, encoding: str, *, longer: bool = False) -> str | None:
    """Say which row of a text file is the first with more cells than the heading, or fewer; None if none is.

    With `longer`, only rows with more.
    """
    with lines_of(path, encoding) as lines:
        rows = csv.reader(lines, delimiter=separator)
        wide, line = len(next(rows, [])), rows.line_num + 1
        for row in rows:
            if row and (len(row) > wide or (len(row) < wide and not longer)):
                why = f"line {line} has {len(row)} cells, the heading {wide}"
                if len(row) < wide:
                    return f"{why}; is the end of the file missing?"
                mark = "decimal comma" if separator == "," else f"{separator!r}"
                return f"{why}; the usual cause is a {mark} inside a cell: put such cells in quotes"
            line = rows.line_num + 1
    return None


def why_not(path: Path, separator: str, encoding: str, error: Exception) -> str:
    """Say what a library could not read in our own words, where it is a row of another length."""
    longer = uneven_row(path, separator, encoding, longer=True)
    return longer or uneven_row(path, separator, encoding) or str(error).partition("\n")[0]


def opened(path: Path) -> Any:
    """Open a file for its bytes, unpacked."""
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def lines_of(path: Path, encoding: str) -> Any:
    """Open a file for its lines, unpacked."""
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def unreadable(path: Path, why: str) -> DataError:
    """Return the error of a file that cannot be read."""
    problem = Problem("unreadable-file", f"{path.name} cannot be read: {why}", value=str(path))
    return DataError(str(problem), [problem])
