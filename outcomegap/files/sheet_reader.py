"""From the rows of a sheet to plain data, as a TOML file would have it; every mistake at once, with its row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from outcomegap.checks import Checks, join
from outcomegap.errors import Finding, ModelError
from outcomegap.files.cells import Cell, is_blank, read_name
from outcomegap.files.formats import parse_toml
from outcomegap.files.gates import GATE_FORMS
from outcomegap.files.model_file import SCHEMA_VERSION
from outcomegap.files.sheet_columns import COLUMNS, KINDS, NONE, OF_MEASURE, STEPS, key_of
from outcomegap.files.sheet_file import Grid

#: What the two parts are called where no row names them.
IMPLIED = {"required": "required outcome", "experience": "appropriate experience"}
#: The row of what no row says.
HEADINGS = 1


@attrs.define
class Row:
    """One row: its number as spreadsheets count, its kind and name, what its cells hold, and which cannot be read."""

    number: int
    kind: str
    name: str
    fields: dict[str, Any] = attrs.field(factory=dict)
    wrong: set[str] = attrs.field(factory=set)

    def lacks(self, field: str) -> bool:
        """Tell whether a cell is blank."""
        return field not in self.fields and field not in self.wrong

    def keys(self, *leave_out: str, only: str = "") -> dict[str, Any]:
        """Return its fields as a model file calls them, but for some, or `only` one."""
        kept = {field: v for field, v in self.fields.items() if field not in leave_out and only in ("", field)}
        return {key_of(field): dict(v) if isinstance(v, PerCell) else v for field, v in kept.items()}


class PerCell(dict[str, Any]):
    """Values that differ between the cells of the model; told by its type from a table that is one value."""


#: The row of headings.
TOP = Row(HEADINGS, "", "")


class Rows:
    """Reads the rows of a sheet; blank ones, and those whose kind begins with ``#``, are passed over.

    Parameters
    ----------
    grid
        All rows, headings first.
    """

    def __init__(self, grid: Grid) -> None:
        self.checks = Checks()
        self.all = self._read(grid)

    def of(self, *kinds: str) -> list[Row]:
        """Return the rows of some kinds, in order."""
        return [row for row in self.all if row.kind in kinds]

    def note(self, row: Row, column: str, message: str, rule: str = "sheet") -> None:
        """Keep one finding."""
        self.checks.finding(rule, f"row {row.number}, column {column!r}", message)

    def _read(self, grid: Grid) -> list[Row]:
        headings = self._headings(grid[0] if grid else [])
        rows = [self._row(number, headings, cells) for number, cells in enumerate(grid[1:], start=2)]
        return [row for row in rows if row is not None]

    def _headings(self, cells: Sequence[Cell]) -> dict[int, tuple[str, str | None]]:
        """Return the columns that mean something: position -> (field, cell of the model)."""
        found: dict[int, tuple[str, str | None]] = {}
        for place, cell in enumerate(cells):
            if is_blank(cell) or read_name(cell).startswith("#"):
                continue
            heading = read_name(cell)
            word, colon, key = heading.partition(":")
            field = " ".join(word.replace("_", " ").casefold().split())
            if field not in COLUMNS:
                near = self.checks.hint(field, COLUMNS)
                message = f"no such column{near}; begin the heading of a column of your own with #"
                self.note(TOP, heading, message, "unknown-key")
            elif colon and not COLUMNS[field].per_cell:
                self.note(TOP, heading, f"{field!r} is the same in all segments and stages")
            elif (field, key.strip() or None) in found.values():
                self.note(TOP, heading, "two columns have this heading", "duplicate-key")
            else:
                found[place] = (field, key.strip() or None)
        for field in ("kind", "name"):
            if (field, None) not in found.values():
                self.checks.finding("sheet", "row 1", f"has no column {field!r}; the first row holds the headings")
        return found

    def _row(self, number: int, headings: dict[int, tuple[str, str | None]], cells: Sequence[Cell]) -> Row | None:
        given = {headings[i]: cell for i, cell in enumerate(cells) if i in headings and not is_blank(cell)}
        kind = read_name(given.pop(("kind", None), "")).casefold()
        if kind.startswith("#") or (not given and not kind):
            return None
        row = Row(number, kind, read_name(given.pop(("name", None), "")))
        if kind not in KINDS:
            said = "is blank" if not kind else f"{kind!r:.60} is no kind of row{self.checks.hint(kind, KINDS)}"
            self.note(row, "kind", f"{said}; kinds are {', '.join(KINDS)}")
            return None
        if not row.name and kind != "outcome":
            self.note(row, "name", "is blank", "missing-key")
            return None
        for (field, key), cell in given.items():
            self._cell(row, field, key, cell)
        return row

    def _cell(self, row: Row, field: str, key: str | None, cell: Cell) -> None:
        heading = field if key is None else f"{field}:{key}"
        if field not in KINDS[row.kind]:
            self.note(row, heading, f"means nothing in a row of kind {row.kind!r}", "unknown-key")
            return
        try:
            value = COLUMNS[field].read(cell)
        except ValueError as error:
            self.note(row, heading, str(error), "cell")
            row.wrong.add(field)
            return
        if not COLUMNS[field].per_cell or (key is None and field not in row.fields):
            row.fields[field] = value
            return
        table = row.fields.get(field)
        if not isinstance(table, PerCell):
            table = row.fields[field] = PerCell() if table is None else PerCell(default=table)
        table["default" if key is None else key] = value


class SheetReader:
    """Reads one sheet.

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
        self.data: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "name": name}
        self._places: list[tuple[str, int]] = []
        self._rows = Rows(grid)
        self.checks = self._rows.checks
        of = self._rows.of
        self._model_and_cells()
        self._steps()
        # One required outcome and one experience are implied.
        self._parts = {
            kind: {row.name: row for row in of(kind) or [Row(HEADINGS, kind, name)]} for kind, name in IMPLIED.items()
        }
        self._groups = {row.name: row for row in of("group")}
        self._members: dict[str, list[Row]] = {}
        self._belong()
        self.unnamed = {name for name in self._groups if name.startswith("(") and name.endswith(")")}
        for row in self._groups.values():
            self._at(row, join("gates", row.name))
            self.data.setdefault("gates", {})[row.name] = self._gate(row)
        outcomes = of("outcome") or [Row(HEADINGS, "outcome", "")]
        self.data["desired_outcomes"] = [self._outcome(number, row) for number, row in enumerate(outcomes)]
        for row in of("inputs"):
            self._input(row)

    def placed(self, finding: Finding) -> Finding:
        """Return a finding of the data with the row that it concerns."""
        fitting = [
            (len(path), row)
            for path, row in self._places
            if finding.where == path or finding.where.startswith((f"{path}.", f"{path}["))
        ]
        return attrs.evolve(finding, where=f"row {max(fitting)[1]}, {finding.where}") if fitting else finding

    def _at(self, row: Row, path: str) -> None:
        """Keep in mind which row a path of the data comes from."""
        if row.number != HEADINGS:
            self._places.append((path, row.number))

    def _model_and_cells(self) -> None:
        rows = self._rows.of("model")
        for row in rows[1:]:
            self._rows.note(row, "kind", f"row {rows[0].number} is of kind model already")
        for row in rows[:1]:
            self._at(row, "name")
            self.data |= {"name": row.name} | row.keys()
        for kind in ("segment", "stage"):
            rows = self._rows.of(kind)
            for number, row in enumerate(rows):
                self._at(row, f"{kind}s[{number}]")
            if rows:
                self.data[f"{kind}s"] = [{"name": row.name} | row.keys() for row in rows]

    def _steps(self) -> None:
        for row in self._rows.of(*STEPS):
            if any(row.name in self.data.get(f"{kind}s", {}) for kind in STEPS):
                message = f"two steps are called {row.name!r:.60}; rename one, or write kind also for another group"
                self._rows.note(row, "name", message, "duplicate-name")
                continue
            self._at(row, join(f"{row.kind}s", row.name))
            self.data.setdefault(f"{row.kind}s", {})[row.name] = row.keys(*OF_MEASURE, "group", "weight")
            if "measure" in row.fields:
                self._measure(row, row.fields["measure"])

    def _measure(self, row: Row, name: str) -> None:
        """Take up what a row says of its measure; rows that share one must not contradict each other."""
        self._at(row, join("measures", name))
        table = self.data.setdefault("measures", {}).setdefault(name, {})
        for column, key in OF_MEASURE.items():
            if column in row.fields and table.setdefault(key, row.fields[column]) != row.fields[column]:
                said = f"another row says {table[key]!r:.60} of measure {name!r:.60}"
                self._rows.note(row, column, f"{said}; say the same, or leave it blank", "duplicate-name")

    # Groups

    def _belong(self) -> None:
        """Put each step and group into the group that its row names; steps without one belong to the only part."""
        seen: dict[str, Row] = {}
        for row in self._rows.of("group", *IMPLIED):
            if seen.setdefault(row.name, row) is not row:
                message = f"row {seen[row.name].number} is called {row.name!r:.60} as well; rename one"
                self._rows.note(row, "name", message, "duplicate-name")
        known = {row.name for row in self._rows.of("group", *STEPS)}
        groups = [*self._groups, *(name for part in self._parts.values() for name in part)]
        for row in self._rows.of("group", "also", *STEPS):
            part = self._parts["experience" if row.kind == "expectation" else "required"]
            only = next(iter(part)) if row.kind in STEPS and len(part) == 1 else None
            group = row.fields.get("group") or only
            if row.kind == "also" and row.name not in known:
                message = f"no step or group is called {row.name!r:.60}{self.checks.hint(row.name, known)}"
                self._rows.note(row, "name", message, "unknown-name")
            elif group is None:
                self._rows.note(row, "group", "is blank; say the group or part it belongs to", "missing-key")
            elif group in groups:
                self._members.setdefault(group, []).append(row)
            elif group != NONE:
                message = f"no group or part is called {group!r:.60}{self.checks.hint(group, groups)}"
                self._rows.note(row, "group", message, "unknown-name")

    def _gate(self, row: Row) -> dict[str, Any]:
        """Return the gate of a group or part."""
        members = self._members.get(row.name, [])
        if row.kind == "group" and row.lacks("combine"):
            self._rows.note(row, "combine", "is blank; say all of, any of, mean or at least 2", "missing-key")
        default = {"mean": None} if row.kind == "experience" else {"all_of": None}
        ((key, number),) = row.fields.get("combine", default).items()
        form, weighted = GATE_FORMS[key], [member for member in members if "weight" in member.fields]
        children: list[Any] = [member.name for member in members]
        if weighted and form.weight is not None:
            children = [{"of": member.name, "weight": 1} | member.keys(only="weight") for member in members]
        for member in weighted if form.weight is None else ():
            message = f"means nothing in {row.name!r:.60}, whose members are not averaged"
            self._rows.note(member, "weight", message, "unknown-key")
        return {key: children} if form.head is None else {key: number, "of": children}

    def _outcome(self, number: int, row: Row) -> dict[str, Any]:
        where = f"desired_outcomes[{number}]"
        self._at(row, where)
        parts = {}
        for kind, known in self._parts.items():
            name = row.fields.get(kind, next(iter(known)) if len(known) == 1 else None)
            if name in known:
                self._at(known[name], f"{where}.{kind}")
                parts[kind] = self._part(known[name])
            else:
                said = (
                    "is blank; there are several, say which" if name is None else f"no row of kind {kind} is called so"
                )
                self._rows.note(
                    row, kind, said + ("" if name is None else self.checks.hint(name, known)), "unknown-name"
                )
        return ({"name": row.name} if row.name else {}) | row.keys(*IMPLIED) | parts

    def _part(self, row: Row) -> dict[str, Any]:
        """Return a required outcome or an experience with its gate; one member alone needs none."""
        members = self._members.get(row.name, [])
        alone = "combine" not in row.fields and len(members) == 1
        return {"name": row.name} | row.keys("combine") | ({"of": members[0].name} if alone else self._gate(row))

    # Inputs

    def _input(self, row: Row) -> None:
        """Take up one key of ``[inputs]``."""
        path = _path(row.name)
        if path is None:
            self._rows.note(row, "name", f"must be a key of [inputs] such as measures.reply (got {row.name!r:.60})")
            return
        if row.lacks("value"):
            self._rows.note(row, "value", "is blank", "missing-key")
        if "value" not in row.fields:
            return
        self._at(row, ".".join(["inputs", *path]))
        table: Any = self.data.setdefault("inputs", {})
        for key in path[:-1]:
            table = table.setdefault(key, {}) if isinstance(table, dict) else None
        if not isinstance(table, dict) or path[-1] in table:
            self._rows.note(row, "name", f"{row.name!r:.60} is said twice", "duplicate-key")
        else:
            table[path[-1]] = row.fields["value"]


def _path(name: str) -> list[str] | None:
    """Return the keys of a name such as ``measures.reply``; None where it is none."""
    path: list[str] = []
    try:
        table: Any = parse_toml(f"{name} = 0")
    except ModelError:
        return None
    while isinstance(table, dict) and len(table) == 1:
        ((key, table),) = table.items()
        path.append(key)
    return path if table == 0 else None
