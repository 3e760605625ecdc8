"""What one cell of a sheet may hold, and how each is read and written."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from outcomegap.checks import show
from outcomegap.errors import ModelError
from outcomegap.files.formats import inline, parse_toml

#: What a cell holds: text, a number, true or false, or nothing. A date of a workbook comes as text.
Cell = str | int | float | bool | None
NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def is_blank(cell: Cell) -> bool:
    """Tell whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def read_text(cell: Cell) -> str:
    """Read text; 3.0 is ``3``."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def read_name(cell: Cell) -> str:
    """Read a name: white space around it means nothing."""
    return read_text(cell).strip()


def read_flag(cell: Cell) -> bool:
    """Read yes or no."""
    word = read_name(cell).casefold()
    if word not in _FLAGS:
        raise ValueError(f"must be yes or no (got {show(cell)})")
    return _FLAGS[word]


def read_number(cell: Cell) -> float | int:
    """Read a number.

    Examples
    --------
    >>> read_number("2.5"), read_number(3)
    (2.5, 3)
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return cell
    text = read_name(cell)
    if not NUMBER.fullmatch(text):
        raise ValueError(f"must be a number, written plainly such as 12.5 (got {show(cell)})")
    return int(text) if re.fullmatch(r"\+?\d{1,15}", text) else float(text)


def read_names(cell: Cell) -> list[str]:
    """Read names with semicolons between; one that holds a semicolon or a quotation mark stands in quotation marks.

    Examples
    --------
    >>> read_names('list built; "a;b"')
    ['list built', 'a;b']
    """
    rows = csv.reader(io.StringIO(read_text(cell), newline=""), delimiter=";", skipinitialspace=True)
    return [name.strip() for row in rows for name in row if name.strip()]


def read_toml(cell: Cell) -> Any:
    """Read what a TOML file has behind ``=``.

    Examples
    --------
    >>> read_toml('{ column = "sla_hours" }')
    {'column': 'sla_hours'}
    """
    try:
        found = parse_toml(f"x = {read_text(cell)}")
    except ModelError as error:
        raise ValueError(f"must be written as in a TOML file behind the = (got {show(cell)})") from error
    if set(found) != {"x"}:
        raise ValueError(f"must be one value (got {show(cell)})")
    return found["x"]


def read_scalar(cell: Cell) -> Any:
    """Read a number, a word such as ``skip``, or what begins with ``{`` as in a TOML file."""
    text = read_name(cell)
    if text.startswith("{"):
        return read_toml(text)
    return text if re.fullmatch(r"[a-z]+", text) else read_number(cell)


def read_word(cell: Cell) -> Any:
    """Read a name, or what begins with ``{`` as in a TOML file."""
    text = read_name(cell)
    return read_toml(text) if text.startswith("{") else text


def write_cell(value: Any) -> Cell:
    """Write plain data so that it is read again: names with semicolons between, tables as in a TOML file."""
    if isinstance(value, list):
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=";", lineterminator="").writerow(value)
        return out.getvalue()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return inline(value) if isinstance(value, dict) else value
