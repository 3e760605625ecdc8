"""The kinds of rows of a sheet, and their columns: both come from the declarations of the classes they describe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from outcomegap.checks import show
from outcomegap.files import cells
from outcomegap.files.cells import Cell
from outcomegap.files.gates import GATE_FORMS, WEIGHT
from outcomegap.files.kinds import FORMS, RuleKind
from outcomegap.files.model_file import PARTS, SECTIONS
from outcomegap.model.cell import Segment, Stage
from outcomegap.model.declaration import Declared, Name, Number, Part, declared
from outcomegap.model.model import OutcomeModel
from outcomegap.model.outcome import DesiredOutcome, GateKind
from outcomegap.model.step import Measure, Step

#: In the column ``group``: belongs to none, and serves other rows only (``after``, ``measured by``).
NONE = "-"
#: The kinds of rows that are one requirement each.
STEPS = tuple(section.removesuffix("s") for section in SECTIONS)
#: Kinds of gates that a sheet holds, by how the column ``combine`` calls them.
COMBINE = {key.replace("_", " "): key for key, form in GATE_FORMS.items() if not isinstance(form.head, RuleKind)}


@attrs.frozen
class Column:
    """One column: how its cells are read, and whether it may differ from cell to cell of the model."""

    read: Callable[[Cell], Any]
    per_cell: bool = False


def heading(name: str) -> str:
    """Return what a sheet calls a field."""
    return name.replace("_", " ")


def key_of(column: str) -> str:
    """Return what a model file calls a column."""
    return column.replace(" ", "_")


def read_combine(cell: Cell) -> dict[str, Any]:
    """Read how the members of a group combine: the key of the gate, and its number where it has one.

    Examples
    --------
    >>> read_combine("any of"), read_combine("At least 2")
    ({'any_of': None}, {'at_least': 2})
    """
    words = " ".join(cells.read_text(cell).replace("_", " ").casefold().split())
    for name, key in COMBINE.items():
        number = words.removeprefix(name).strip()
        if words == name and GATE_FORMS[key].head is None:
            return {key: None}
        if words.startswith(name) and GATE_FORMS[key].head is not None and cells.NUMBER.fullmatch(number):
            return {key: cells.read_number(number)}
    options = [name if GATE_FORMS[key].head is None else f"{name} 2" for name, key in COMBINE.items()]
    raise ValueError(f"must be one of {', '.join(map(repr, options))} (got {show(cell)})")


def write_combine(key: str, number: Any) -> str:
    """Write how the members of a group combine."""
    return key.replace("_", " ") if number is None else f"{key.replace('_', ' ')} {number}"


def _columns(of: type[Any]) -> dict[str, Column]:
    """Return the columns of the fields of a class, those of a nested class aside."""
    found = {}
    for name, field in declared(of).items():
        if not isinstance(field.kind, (GateKind, Part)) and not (isinstance(field.kind, Name) and name == "name"):
            found[heading(name)] = _column(field)
    return found


def _column(field: Declared) -> Column:
    per_cell = isinstance(field.kind, Number) and field.kind.per_cell
    return Column(FORMS[type(field.kind)].cell, per_cell)


_STEP = _columns(Step)
#: The columns of a step that are its measure's, with their names there.
OF_MEASURE = {f"measure {name}" if name in _STEP else name: key_of(name) for name in _columns(Measure)}
_MEASURE = {column: _columns(Measure)[heading(key)] for column, key in OF_MEASURE.items()}
_GROUP = {"group": Column(cells.read_name), "weight": Column(FORMS[Number].cell, WEIGHT.per_cell)}
_COMBINE = {"combine": Column(read_combine)}
#: The kinds of rows, and the columns that mean something in each beside ``kind`` and ``name``.
KINDS: Mapping[str, Mapping[str, Column]] = {
    "model": _columns(OutcomeModel),
    "segment": _columns(Segment),
    "stage": _columns(Stage),
    "outcome": {part: Column(cells.read_name) for part in PARTS} | _columns(DesiredOutcome),
    **{part: _COMBINE | _columns(kind) for part, (kind, _) in PARTS.items()},
    "group": _GROUP | _COMBINE,
    "also": _GROUP,
    **{
        section.removesuffix("s"): _GROUP | {"measure": _STEP["measure"]} | _MEASURE | _columns(kind)
        for section, kind in SECTIONS.items()
    },
    "inputs": {"value": Column(cells.read_toml)},
}
#: All columns in the order in which they are written.
COLUMNS: Mapping[str, Column] = {
    **dict.fromkeys(("kind", "name"), Column(cells.read_name)),
    **_GROUP,
    **_COMBINE,
    **{name: column for kind in (*STEPS, *KINDS) for name, column in KINDS[kind].items()},
}
