"""The columns of a model kept as a sheet, and what one cell may hold."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from outcomegap.errors import ModelError
from outcomegap.files.toml_text import _inline

#: What a cell holds: text, a number, true or false, or nothing. A date of a workbook comes as text.
Cell = str | int | float | bool | None

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")
#: How the kinds of gates that a sheet holds are called in the column ``combine``.
GATES = {"all of": "all_of", "any of": "any_of", "mean": "mean", "weakest": "weakest"}
COUNTED = {"at least": "at_least", "power mean": "power_mean"}
WEIGHTED = ("mean", "power_mean")


def is_blank(cell: Cell) -> bool:
    """Tell whether a cell holds nothing.

    Examples
    --------
    >>> is_blank(" "), is_blank(None), is_blank(0)
    (True, True, False)
    """
    return cell is None or (isinstance(cell, str) and not cell.strip())


def text_of(cell: Cell) -> str:
    """Return a cell as text; 3.0 is ``3``."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def read_name(cell: Cell) -> str:
    """Read a name: white space around it means nothing."""
    return text_of(cell).strip()


def read_flag(cell: Cell) -> bool:
    """Read yes or no.

    Examples
    --------
    >>> read_flag("Yes"), read_flag(False)
    (True, False)
    """
    word = text_of(cell).strip().casefold()
    if word not in (*_YES, *_NO):
        raise ValueError(f"must be yes or no (got {cell!r:.60})")
    return word in _YES


def read_number(cell: Cell) -> float | int:
    """Read a number.

    Examples
    --------
    >>> read_number("2.5"), read_number(3)
    (2.5, 3)
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return cell
    text = text_of(cell).strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"must be a number, written plainly such as 12.5 (got {cell!r:.60})")
    return int(text) if re.fullmatch(r"[-+]?\d{1,15}", text) and text[0] != "-" else float(text)


def read_names(cell: Cell) -> list[str]:
    """Read names with semicolons between; one that holds a semicolon or a quotation mark stands in quotation marks.

    Examples
    --------
    >>> read_names('list built; "a;b"')
    ['list built', 'a;b']
    """
    rows = list(csv.reader(io.StringIO(text_of(cell), newline=""), delimiter=";", skipinitialspace=True))
    return [name.strip() for row in rows for name in row if name.strip()]


def write_names(names: list[str]) -> str:
    """Write names so that `read_names` reads them."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="").writerow(names)
    return out.getvalue()


def read_toml(cell: Cell) -> Any:
    """Read what a TOML file has behind ``=``.

    Examples
    --------
    >>> read_toml('{ column = "sla_hours" }')
    {'column': 'sla_hours'}
    """
    from outcomegap.files.formats import parse_toml

    try:
        found = parse_toml(f"x = {text_of(cell)}")
    except ModelError as error:
        raise ValueError(f"must be written as in a TOML file behind the = (got {cell!r:.60})") from error
    if set(found) != {"x"}:
        raise ValueError(f"must be one value (got {cell!r:.60})")
    return found["x"]


def read_scalar(cell: Cell) -> Any:
    """Read a number, a word such as ``skip``, or what begins with ``{`` as in a TOML file."""
    text = text_of(cell).strip()
    if text.startswith("{"):
        return read_toml(text)
    return text if re.fullmatch(r"[a-z]+", text) else read_number(cell)


def read_word(cell: Cell) -> Any:
    """Read a name, or what begins with ``{`` as in a TOML file."""
    text = read_name(cell)
    return read_toml(text) if text.startswith("{") else text


def write_scalar(value: Any) -> Cell:
    """Write a number, a word, or a table as in a TOML file."""
    if isinstance(value, (dict, list)):
        return _inline(value)
    return ("yes" if value else "no") if isinstance(value, bool) else value


def read_combine(cell: Cell) -> dict[str, Any]:
    """Read how the members of a group combine: the key of the gate, and its number where it has one.

    Examples
    --------
    >>> read_combine("any of"), read_combine("At least 2")
    ({'any_of': None}, {'at_least': 2})
    """
    words = " ".join(text_of(cell).replace("_", " ").casefold().split())
    if words in GATES:
        return {GATES[words]: None}
    for start, key in COUNTED.items():
        number = words.removeprefix(start).strip()
        if words.startswith(start) and _NUMBER.fullmatch(number):
            return {key: read_number(number)}
    options = ", ".join(map(repr, [*GATES, "at least 2", "power mean -2"]))
    raise ValueError(f"must be one of {options} (got {cell!r:.60})")


def write_combine(key: str, number: Any) -> str:
    """Write how the members of a group combine."""
    names = {key: name for name, key in (GATES | COUNTED).items()}
    return names[key] if number is None else f"{names[key]} {number}"


@attrs.frozen
class Field:
    """One column of a sheet: how its cells are read, and whether it may differ from cell to cell of the model."""

    read: Callable[[Cell], Any]
    per_cell: bool = False


FIELDS: Mapping[str, Field] = {
    "kind": Field(read_name),
    "name": Field(read_name),
    "group": Field(read_name),
    "combine": Field(read_combine),
    "measure": Field(read_name),
    "unit": Field(text_of),
    "low": Field(read_number),
    "high": Field(read_number),
    "floor": Field(read_scalar, per_cell=True),
    "target": Field(read_scalar, per_cell=True),
    "weight": Field(read_number, per_cell=True),
    "owner": Field(text_of),
    "remedy": Field(text_of),
    "after": Field(read_names),
    "missing": Field(read_scalar, per_cell=True),
    "curve": Field(read_word),
    "bridgeable": Field(read_flag),
    "status": Field(read_name),
    "ideal": Field(read_flag),
    "promised": Field(read_flag),
    "measured by": Field(read_name),
    "required": Field(read_name),
    "experience": Field(read_name),
    "segments": Field(read_names),
    "stages": Field(read_names),
    "achieved at": Field(read_scalar, per_cell=True),
    "appropriate at": Field(read_scalar, per_cell=True),
    "min coverage": Field(read_scalar, per_cell=True),
    "join": Field(read_word),
    "description": Field(text_of),
    "measure description": Field(text_of),
    "value": Field(read_toml),
}
_IN_GROUP = ("group", "weight")
_STEP = (
    *_IN_GROUP,
    *("measure", "unit", "low", "high", "measure description", "floor", "target", "owner", "remedy", "after"),
    *("missing", "curve", "description"),
)
#: The kinds of rows, and the columns that mean something in each beside ``kind`` and ``name``.
KINDS: Mapping[str, tuple[str, ...]] = {
    "model": ("description",),
    "segment": ("ideal", "description"),
    "stage": ("description",),
    "outcome": (
        *("required", "experience", "segments", "stages", "achieved at", "appropriate at", "min coverage", "join"),
    ),
    "required": ("combine", "promised", "measured by", "description"),
    "experience": ("combine", "description"),
    "group": (*_IN_GROUP, "combine"),
    "also": _IN_GROUP,
    "function": _STEP,
    "gap": (*_STEP, "bridgeable", "status"),
    "expectation": _STEP,
    "inputs": ("value",),
}
STEPS = ("function", "gap", "expectation")
#: In the column ``group``: belongs to none, and serves other rows only (``after``, ``measured by``).
NONE = "-"
#: The columns of a step that are its measure's, with their names there.
OF_MEASURE = {"unit": "unit", "low": "low", "high": "high", "measure description": "description"}


def key_of(field: str) -> str:
    """Return what a model file calls a column."""
    return field.replace(" ", "_")
