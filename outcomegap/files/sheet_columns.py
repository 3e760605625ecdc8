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
from outcomegap.model.declaration import Number, Part, declared
from outcomegap.model.model import OutcomeModel
from outcomegap.model.outcome import DesiredOutcome, GateKind
from outcomegap.model.step import Measure, Step

#: In the column ``group``: belongs to none, and serves other rows only (``after``, ``measured by``).
NONE = "-"
#: The kinds of rows that are one requirement each.
STEPS = tuple(section.removesuffix("s") for section in SECTIONS)
#: The kinds of gates that a sheet holds.
COMBINE = {key: form for key, form in GATE_FORMS.items() if not isinstance(form.head, RuleKind)}


@attrs.frozen
class Column:
    """One column: how its cells are read, and whether it may differ from cell to cell of the model."""

    read: Callable[[Cell], Any]
    per_cell: bool = False


def spaced(key: str) -> str:
    """Return what a sheet calls a key of a model file."""
    return key.replace("_", " ")


def key_of(word: str) -> str:
    """Return what a model file calls a word of a sheet."""
    return "_".join(word.replace("_", " ").casefold().split())


def read_combine(cell: Cell) -> dict[str, Any]:
    """Read how the members of a group combine: the key of the gate, and its number where it has one.

    Examples
    --------
    >>> read_combine("any of"), read_combine("At least 2")
    ({'any_of': None}, {'at_least': 2})
    """
    word = key_of(cells.read_text(cell))
    for key, form in COMBINE.items():
        number = word.removeprefix(key).removeprefix("_")
        if word == key and form.head is None:
            return {key: None}
        if word.startswith(key) and form.head is not None and cells.NUMBER.fullmatch(number):
            return {key: cells.read_number(number)}
    options = [spaced(key) if form.head is None else f"{spaced(key)} 2" for key, form in COMBINE.items()]
    raise ValueError(f"must be one of {', '.join(map(repr, options))} (got {show(cell)})")


def _columns(of: type[Any]) -> dict[str, Column]:
    """Return the columns of the fields of a class, but for its name and what it is made of."""
    found = {}
    for name, field in declared(of).items():
        if name != "name" and not isinstance(field.kind, (GateKind, Part)):
            found[name] = Column(FORMS[type(field.kind)].cell, getattr(field.kind, "per_cell", False))
    return found


_STEP, _MEASURE = _columns(Step), _columns(Measure)
#: The columns of a step that are its measure's, with their names there.
OF_MEASURE = {f"measure_{name}" if name in _STEP else name: name for name in _MEASURE}
_GROUP = {"group": Column(cells.read_name), "weight": Column(FORMS[Number].cell, WEIGHT.per_cell)}
_COMBINE = {"combine": Column(read_combine)}
_OF_STEPS = _GROUP | {"measure": _STEP["measure"]} | {column: _MEASURE[name] for column, name in OF_MEASURE.items()}
#: The kinds of rows, and the columns that mean something in each beside ``kind`` and ``name``.
KINDS: Mapping[str, Mapping[str, Column]] = {
    "model": _columns(OutcomeModel),
    "segment": _columns(Segment),
    "stage": _columns(Stage),
    "outcome": dict.fromkeys(PARTS, Column(cells.read_name)) | _columns(DesiredOutcome),
    **{part: _COMBINE | _columns(kind) for part, (kind, _) in PARTS.items()},
    "group": _GROUP | _COMBINE,
    "also": _GROUP,
    **{kind: _OF_STEPS | _columns(of) for kind, of in zip(STEPS, SECTIONS.values(), strict=True)},
    "inputs": {"value": Column(cells.read_toml)},
}
#: All columns in the order in which they are written.
COLUMNS: Mapping[str, Column] = {
    **dict.fromkeys(("kind", "name"), Column(cells.read_name)),
    **_GROUP,
    **_COMBINE,
    **{name: column for kind in (*STEPS, *KINDS) for name, column in KINDS[kind].items()},
}
