"""From the rows of a sheet to plain data, as a TOML file would have it; every mistake at once, with its row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import attrs

from outcomegap.checks import Checks, join, show
from outcomegap.errors import Finding, ModelError
from outcomegap.files.cells import NUMBER, Cell, is_blank, read_name, read_number, read_text, read_toml
from outcomegap.files.formats import parse_toml
from outcomegap.files.gates import GATE_FORMS
from outcomegap.files.kinds import Data, RuleKind, form_of
from outcomegap.files.model_file import PARTS, SCHEMA_VERSION, SECTIONS
from outcomegap.files.sheet_file import Grid
from outcomegap.model.declaration import Part, declared
from outcomegap.model.gate import WEIGHT
from outcomegap.model.model import GATE, DesiredOutcome, OutcomeModel, Segment, Stage
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
    word = key_of(read_text(cell))
    for key, form in COMBINE.items():
        number = word.removeprefix(key).removeprefix("_")
        if word == key and form.head is None:
            return {key: None}
        if word.startswith(key) and form.head is not None and NUMBER.fullmatch(number):
            return {key: read_number(number)}
    options = [spaced(key) if form.head is None else f"{spaced(key)} 2" for key, form in COMBINE.items()]
    raise ValueError(f"must be one of {', '.join(map(repr, options))} (got {show(cell)})")


def _columns(of: type[Any]) -> dict[str, Column]:
    """Return the columns of the fields of a class, but for its name and what it is made of."""
    found = {}
    for name, field in declared(of).items():
        if name != "name" and not isinstance(field.kind, Part) and field.kind != GATE:
            found[name] = Column(form_of(field.kind).cell, getattr(field.kind, "per_cell", False))
    return found


_STEP, _MEASURE = _columns(Step), _columns(Measure)
#: The columns of a step that are its measure's, with their names there.
OF_MEASURE = {f"measure_{name}" if name in _STEP else name: name for name in _MEASURE}
_GROUP = {"group": Column(read_name), "weight": Column(form_of(WEIGHT).cell, WEIGHT.per_cell)}
_COMBINE = {"combine": Column(read_combine)}
_OF_STEPS = _GROUP | {"measure": _STEP["measure"]} | {column: _MEASURE[name] for column, name in OF_MEASURE.items()}
#: The kinds of rows, and the columns that mean something in each beside ``kind`` and ``name``.
KINDS: Mapping[str, Mapping[str, Column]] = {
    "model": _columns(OutcomeModel),
    "segment": _columns(Segment),
    "stage": _columns(Stage),
    "outcome": dict.fromkeys(PARTS, Column(read_name)) | _columns(DesiredOutcome),
    **{part: _COMBINE | _columns(kind) for part, (kind, _) in PARTS.items()},
    "group": _GROUP | _COMBINE,
    "also": _GROUP,
    **{kind: _OF_STEPS | _columns(of) for kind, of in zip(STEPS, SECTIONS.values(), strict=True)},
    "inputs": {"value": Column(read_toml)},
}
#: All columns in the order in which they are written.
COLUMNS: Mapping[str, Column] = {
    **dict.fromkeys(("kind", "name"), Column(read_name)),
    **_GROUP,
    **_COMBINE,
    **{name: column for kind in (*STEPS, *KINDS) for name, column in KINDS[kind].items()},
}


# Read

#: What the two parts are called where no row names them.
IMPLIED = {"required": "required outcome", "experience": "appropriate experience"}
#: The row of what no row says.
HEADINGS = 1


@attrs.define
class Row:
    """One row: its number as spreadsheets count, which fields have a cell, and what those hold that can be read."""

    checks: Checks
    number: int = HEADINGS
    kind: str = ""
    name: str = ""
    given: set[str] = attrs.field(factory=set)
    fields: Data = attrs.field(factory=dict)

    def but(self, *leave_out: str) -> Data:
        """Return its fields, but for some."""
        return {key: value for key, value in self.fields.items() if key not in leave_out}

    def note(self, column: str, message: str, rule: str = "sheet") -> None:
        """Keep what is wrong with one cell."""
        self.checks.finding(rule, f"row {self.number}, column {column!r}", message)

    def unknown(self, column: str, what: str, name: str, known: Collection[str]) -> None:
        """Keep that a cell names what is not there."""
        self.note(column, f"no {what} is called {name!r:.60}{self.checks.hint(name, known)}", "unknown-name")


class SheetReader:
    """Reads one sheet; blank rows, and those whose kind begins with ``#``, are passed over.

    Parameters
    ----------
    grid
        Its rows, headings first.
    name
        The model's name where no row says it.

    Attributes
    ----------
    data
        What a TOML file would hold.
    unnamed
        The groups whose names, in parentheses, are the sheet's alone.
    checks
        Knows what is wrong, each with its row.
    """

    def __init__(self, grid: Grid, name: str) -> None:
        self.checks = Checks()
        self.data: Data = {"schema_version": SCHEMA_VERSION, "name": name}
        self._places: dict[str, int] = {}  # path in the data -> row
        headings = self._headings(grid[0] if grid else [])
        rows = [self._row(number, headings, line) for number, line in enumerate(grid[1:], start=2)]
        self._rows = [row for row in rows if row is not None]
        for number, row in enumerate(self._of("model")):
            if number:
                row.note("kind", "another row is of kind model already")
            else:
                self._put("name", row, row.name)
                self.data |= row.fields
        for row in self._of("segment", "stage"):
            cells = self.data.setdefault(f"{row.kind}s", [])
            self._places[f"{row.kind}s[{len(cells)}]"] = row.number
            cells.append({"name": row.name} | row.fields)
        for row in self._of(*STEPS):
            self._step(row)
        # One required outcome and one experience are implied.
        self._parts = {
            kind: {row.name: row for row in self._of(kind) or [Row(self.checks, kind=kind, name=name)]}
            for kind, name in IMPLIED.items()
        }
        groups = {row.name: row for row in self._of("group")}
        self.unnamed = {group for group in groups if group.startswith("(") and group.endswith(")")}
        self._members = self._belonging(groups)
        for group, row in groups.items():
            if "combine" not in row.given:
                row.note("combine", "is blank; say all of, any of, mean or at least 2", "missing-key")
            self._put("gates", row, self._gate(row), group)
        outcomes = self._of("outcome") or [Row(self.checks, kind="outcome")]
        self.data["desired_outcomes"] = [self._outcome(f"desired_outcomes[{i}]", row) for i, row in enumerate(outcomes)]
        for row in self._of("inputs"):
            self._input(row)

    def placed(self, finding: Finding) -> Finding:
        """Return a finding of the data with the row that it concerns."""
        where = f"{finding.where}."
        rows = {len(path): row for path, row in self._places.items() if where.startswith((f"{path}.", f"{path}["))}
        told = [rows[length] for length in sorted(rows) if rows[length] != HEADINGS]
        return attrs.evolve(finding, where=f"row {told[-1]}, {finding.where}") if told else finding

    def _of(self, *kinds: str) -> list[Row]:
        """Return the rows of some kinds, in order."""
        return [row for row in self._rows if row.kind in kinds]

    def _put(self, section: str, row: Row, value: object, name: str = "") -> None:
        """Put what a row says into the data, at a key or at a name in a section, and keep in mind which row it is."""
        self._places[join(section, name)] = row.number
        if name:
            self.data.setdefault(section, {})[name] = value
        else:
            self.data[section] = value

    # Rows

    def _headings(self, line: Sequence[Cell]) -> dict[int, tuple[str, str]]:
        """Return the columns that mean something: position -> (field, cell of the model or the default)."""
        found: dict[int, tuple[str, str]] = {}
        top = Row(self.checks)
        for place, cell in enumerate(line):
            heading = "#" if is_blank(cell) else read_name(cell)
            word, colon, key = heading.partition(":")
            field, at = key_of(word), key.strip() or "default"
            if heading.startswith("#"):
                continue
            if field not in COLUMNS:
                near = self.checks.hint(spaced(field), map(spaced, COLUMNS))
                message = f"no such column{near}; begin the heading of a column of your own with #"
                top.note(heading, message, "unknown-key")
            elif colon and not COLUMNS[field].per_cell:
                top.note(heading, f"{spaced(field)!r} is the same in all segments and stages")
            elif (field, at) in found.values():
                top.note(heading, "two columns have this heading", "duplicate-key")
            else:
                found[place] = field, at
        for field in ("kind", "name"):
            if (field, "default") not in found.values():
                self.checks.finding("sheet", "row 1", f"has no column {field!r}; the first row holds the headings")
        return found

    def _row(self, number: int, headings: dict[int, tuple[str, str]], line: Sequence[Cell]) -> Row | None:
        given = {headings[i]: cell for i, cell in enumerate(line) if i in headings and not is_blank(cell)}
        kind, name = (read_name(given.pop((field, "default"), "")) for field in ("kind", "name"))
        row = Row(self.checks, number, kind.casefold(), name, {field for field, _ in given})
        if kind.startswith("#") or not (given or kind or name):
            return None
        if row.kind not in KINDS:
            said = "is blank" if not kind else f"{row.kind!r:.60} is no kind of row{self.checks.hint(row.kind, KINDS)}"
            row.note("kind", f"{said}; kinds are {', '.join(KINDS)}")
            return None
        if not name and row.kind != "outcome":
            row.note("name", "is blank", "missing-key")
            return None
        tables: dict[str, Data] = {}
        for (field, key), cell in given.items():
            heading = spaced(field) if key == "default" else f"{spaced(field)}:{key}"
            if field not in KINDS[row.kind]:
                row.note(heading, f"means nothing in a row of kind {row.kind!r}", "unknown-key")
                continue
            try:
                tables.setdefault(field, {})[key] = COLUMNS[field].read(cell)
            except ValueError as error:
                row.note(heading, str(error), "cell")
        row.fields = {field: table["default"] if [*table] == ["default"] else table for field, table in tables.items()}
        return row

    # Requirements

    def _step(self, row: Row) -> None:
        if any(row.name in self.data.get(f"{kind}s", {}) for kind in STEPS):
            message = f"two steps are called {row.name!r:.60}; rename one, or write kind also for another group"
            row.note("name", message, "duplicate-name")
            return
        self._put(f"{row.kind}s", row, row.but(*OF_MEASURE, "group", "weight"), row.name)
        measure = row.fields.get("measure")
        if measure is None:
            return
        table = self.data.get("measures", {}).get(measure, {})
        self._put("measures", row, table, measure)
        for column, key in OF_MEASURE.items():
            if column in row.fields and table.setdefault(key, row.fields[column]) != row.fields[column]:
                said = f"another row says {table[key]!r:.60} of measure {measure!r:.60}"
                row.note(spaced(column), f"{said}; say the same, or leave it blank", "duplicate-name")

    # Groups

    def _belonging(self, groups: Collection[str]) -> dict[str, list[Row]]:
        """Put each step and group into the group that its row names; steps without one belong to the only part."""
        seen: dict[str, Row] = {}
        for row in self._of("group", *IMPLIED):
            if seen.setdefault(row.name, row) is not row:
                message = f"row {seen[row.name].number} is called {row.name!r:.60} as well; rename one"
                row.note("name", message, "duplicate-name")
        known = {row.name for row in self._of("group", *STEPS)}
        members: dict[str, list[Row]] = {name: [] for names in (groups, *self._parts.values()) for name in names}
        for row in self._of("group", "also", *STEPS):
            part = self._parts["experience" if row.kind == "expectation" else "required"]
            only = next(iter(part)) if row.kind in STEPS and len(part) == 1 else None
            group = row.fields.get("group", only)
            if row.kind == "also" and row.name not in known:
                row.unknown("name", "step or group", row.name, known)
            elif group is None:
                row.note("group", "is blank; say the group or part it belongs to", "missing-key")
            elif group in members:
                members[group].append(row)
            elif group != NONE:
                row.unknown("group", "group or part", group, members)
        return members

    def _gate(self, row: Row) -> Data:
        """Return the gate of a group or part; a part with one member alone needs none."""
        members = self._members[row.name]
        if row.kind != "group" and "combine" not in row.fields and len(members) == 1:
            return {"of": members[0].name}
        ((key, number),) = row.fields.get("combine", {"mean" if row.kind == "experience" else "all_of": None}).items()
        form, weighted = GATE_FORMS[key], [member for member in members if "weight" in member.fields]
        children: list[Any] = [member.name for member in members]
        if form.weight is not None and weighted:
            children = [{"of": member.name, "weight": member.fields.get("weight", 1)} for member in members]
        for member in weighted if form.weight is None else ():
            message = f"means nothing in {row.name!r:.60}, whose members are not averaged"
            member.note("weight", message, "unknown-key")
        return {key: children} if form.head is None else {key: number, "of": children}

    def _outcome(self, where: str, row: Row) -> Data:
        self._places[where] = row.number
        outcome: Data = ({"name": row.name} if row.name else {}) | row.but(*IMPLIED)
        for kind, known in self._parts.items():
            name = row.fields.get(kind, next(iter(known)) if len(known) == 1 else None)
            if name in known:
                self._places[f"{where}.{kind}"] = known[name].number
                outcome[kind] = {"name": name} | known[name].but("combine") | self._gate(known[name])
            elif name is None:
                row.note(kind, "is blank; there are several, say which", "unknown-name")
            else:
                row.unknown(kind, f"row of kind {kind}", name, known)
        return outcome

    # Inputs

    def _input(self, row: Row) -> None:
        """Take up one key of ``[inputs]``, such as ``measures.reply``."""
        path: list[str] = []
        try:
            table: Any = parse_toml(f"{row.name} = 0")
        except ModelError:
            table = None
        while isinstance(table, dict) and len(table) == 1:
            ((key, table),) = table.items()
            path.append(key)
        if table != 0:
            row.note("name", f"must be a key of [inputs] such as measures.reply (got {row.name!r:.60})")
        elif "value" not in row.given:
            row.note("value", "is blank", "missing-key")
        elif "value" in row.fields:
            self._places[".".join(["inputs", *path])] = row.number
            table = self.data.setdefault("inputs", {})
            for key in path[:-1]:
                table = table.setdefault(key, {}) if isinstance(table, dict) else None
            if not isinstance(table, dict) or path[-1] in table:
                row.note("name", f"{row.name!r:.60} is said twice", "duplicate-key")
            else:
                table[path[-1]] = row.fields["value"]
