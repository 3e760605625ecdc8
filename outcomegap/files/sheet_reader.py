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
from outcomegap.files.kinds import Data
from outcomegap.files.model_file import SCHEMA_VERSION
from outcomegap.files.sheet_columns import COLUMNS, KINDS, NONE, OF_MEASURE, STEPS, key_of, spaced
from outcomegap.files.sheet_file import Grid

#: What the two parts are called where no row names them.
IMPLIED = {"required": "required outcome", "experience": "appropriate experience"}
#: The row of what no row says.
HEADINGS = 1


@attrs.define
class Row:
    """One row: its number as spreadsheets count, which fields have a cell, and what those hold that can be read."""

    number: int
    kind: str
    name: str
    given: set[str] = attrs.field(factory=set)
    fields: Data = attrs.field(factory=dict)

    def but(self, *leave_out: str) -> Data:
        """Return its fields, but for some."""
        return {key: value for key, value in self.fields.items() if key not in leave_out}


class Rows:
    """Reads the rows of a sheet; blank ones, and those whose kind begins with ``#``, are passed over.

    Parameters
    ----------
    grid
        All rows, headings first.
    """

    def __init__(self, grid: Grid) -> None:
        self.checks = Checks()
        headings = self._headings(grid[0] if grid else [])
        rows = [self._row(number, headings, cells) for number, cells in enumerate(grid[1:], start=2)]
        self.all = [row for row in rows if row is not None]

    def of(self, *kinds: str) -> list[Row]:
        """Return the rows of some kinds, in order."""
        return [row for row in self.all if row.kind in kinds]

    def note(self, number: int, column: str, message: str, rule: str = "sheet") -> None:
        """Keep one finding."""
        self.checks.finding(rule, f"row {number}, column {column!r}", message)

    def _headings(self, cells: Sequence[Cell]) -> dict[int, tuple[str, str]]:
        """Return the columns that mean something: position -> (field, cell of the model or the default)."""
        found: dict[int, tuple[str, str]] = {}
        for place, cell in enumerate(cells):
            if is_blank(cell) or read_name(cell).startswith("#"):
                continue
            heading = read_name(cell)
            word, colon, key = heading.partition(":")
            at = key_of(word), key.strip() or "default"
            if at[0] not in COLUMNS:
                near = self.checks.hint(spaced(at[0]), map(spaced, COLUMNS))
                message = f"no such column{near}; begin the heading of a column of your own with #"
                self.note(HEADINGS, heading, message, "unknown-key")
            elif colon and not COLUMNS[at[0]].per_cell:
                self.note(HEADINGS, heading, f"{word!r} is the same in all segments and stages")
            elif at in found.values():
                self.note(HEADINGS, heading, "two columns have this heading", "duplicate-key")
            else:
                found[place] = at
        for field in ("kind", "name"):
            if (field, "default") not in found.values():
                self.checks.finding("sheet", "row 1", f"has no column {field!r}; the first row holds the headings")
        return found

    def _row(self, number: int, headings: dict[int, tuple[str, str]], cells: Sequence[Cell]) -> Row | None:
        given = {headings[i]: cell for i, cell in enumerate(cells) if i in headings and not is_blank(cell)}
        kind, name = (read_name(given.pop((field, "default"), "")) for field in ("kind", "name"))
        kind = kind.casefold()
        if kind.startswith("#") or not (given or kind or name):
            return None
        if kind not in KINDS:
            said = "is blank" if not kind else f"{kind!r:.60} is no kind of row{self.checks.hint(kind, KINDS)}"
            self.note(number, "kind", f"{said}; kinds are {', '.join(KINDS)}")
            return None
        if not name and kind != "outcome":
            self.note(number, "name", "is blank", "missing-key")
            return None
        row, tables = Row(number, kind, name, {field for field, _ in given}), dict[str, Data]()
        for (field, key), cell in given.items():
            heading = spaced(field) if key == "default" else f"{spaced(field)}:{key}"
            if field not in KINDS[kind]:
                self.note(number, heading, f"means nothing in a row of kind {kind!r}", "unknown-key")
                continue
            try:
                tables.setdefault(field, {})[key] = COLUMNS[field].read(cell)
            except ValueError as error:
                self.note(number, heading, str(error), "cell")
        row.fields = {field: table["default"] if [*table] == ["default"] else table for field, table in tables.items()}
        return row


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
        self.data: Data = {"schema_version": SCHEMA_VERSION, "name": name}
        self._places: dict[str, int] = {}  # path in the data -> row
        self._rows = Rows(grid)
        self.checks, self._note, of = self._rows.checks, self._rows.note, self._rows.of
        for row in of("model")[1:]:
            self._note(row.number, "kind", f"row {of('model')[0].number} is of kind model already")
        for row in of("model")[:1]:
            self._places["name"] = row.number
            self.data |= {"name": row.name} | row.fields
        for row in of("segment", "stage"):
            cells = self.data.setdefault(f"{row.kind}s", [])
            self._places[f"{row.kind}s[{len(cells)}]"] = row.number
            cells.append({"name": row.name} | row.fields)
        for row in of(*STEPS):
            self._step(row)
        # One required outcome and one experience are implied.
        self._parts = {
            kind: {row.name: row for row in of(kind) or [Row(HEADINGS, kind, name)]} for kind, name in IMPLIED.items()
        }
        groups = {row.name: row for row in of("group")}
        self._members = self._belonging(groups)
        self.unnamed = {group for group in groups if group.startswith("(") and group.endswith(")")}
        for group, row in groups.items():
            self._places[join("gates", group)] = row.number
            if "combine" not in row.given:
                message = "is blank; say all of, any of, mean or at least 2"
                self._note(row.number, "combine", message, "missing-key")
            self.data.setdefault("gates", {})[group] = self._gate(row)
        outcomes = of("outcome") or [Row(HEADINGS, "outcome", "")]
        self.data["desired_outcomes"] = [self._outcome(f"desired_outcomes[{i}]", row) for i, row in enumerate(outcomes)]
        for row in of("inputs"):
            self._input(row)

    def placed(self, finding: Finding) -> Finding:
        """Return a finding of the data with the row that it concerns."""
        where = f"{finding.where}."
        rows = {len(path): row for path, row in self._places.items() if where.startswith((f"{path}.", f"{path}["))}
        told = [rows[length] for length in sorted(rows) if rows[length] != HEADINGS]
        return attrs.evolve(finding, where=f"row {told[-1]}, {finding.where}") if told else finding

    def _step(self, row: Row) -> None:
        if any(row.name in self.data.get(f"{kind}s", {}) for kind in STEPS):
            message = f"two steps are called {row.name!r:.60}; rename one, or write kind also for another group"
            self._note(row.number, "name", message, "duplicate-name")
            return
        self._places[join(f"{row.kind}s", row.name)] = row.number
        self.data.setdefault(f"{row.kind}s", {})[row.name] = row.but(*OF_MEASURE, "group", "weight")
        measure = row.fields.get("measure")
        if measure is None:
            return
        self._places[join("measures", measure)] = row.number
        table = self.data.setdefault("measures", {}).setdefault(measure, {})
        for column, key in OF_MEASURE.items():
            if column in row.fields and table.setdefault(key, row.fields[column]) != row.fields[column]:
                said = f"another row says {table[key]!r:.60} of measure {measure!r:.60}"
                message = f"{said}; say the same, or leave it blank"
                self._note(row.number, spaced(column), message, "duplicate-name")

    # Groups

    def _belonging(self, groups: dict[str, Row]) -> dict[str, list[Row]]:
        """Put each step and group into the group that its row names; steps without one belong to the only part."""
        seen: dict[str, Row] = {}
        for row in self._rows.of("group", *IMPLIED):
            if seen.setdefault(row.name, row) is not row:
                message = f"row {seen[row.name].number} is called {row.name!r:.60} as well; rename one"
                self._note(row.number, "name", message, "duplicate-name")
        known = {row.name for row in self._rows.of("group", *STEPS)}
        members: dict[str, list[Row]] = {name: [] for name in (*groups, *(n for p in self._parts.values() for n in p))}
        for row in self._rows.of("group", "also", *STEPS):
            part = self._parts["experience" if row.kind == "expectation" else "required"]
            only = next(iter(part)) if row.kind in STEPS and len(part) == 1 else None
            group = row.fields.get("group", only)
            if row.kind == "also" and row.name not in known:
                message = f"no step or group is called {row.name!r:.60}{self.checks.hint(row.name, known)}"
                self._note(row.number, "name", message, "unknown-name")
            elif group is None:
                self._note(row.number, "group", "is blank; say the group or part it belongs to", "missing-key")
            elif group in members:
                members[group].append(row)
            elif group != NONE:
                message = f"no group or part is called {group!r:.60}{self.checks.hint(group, members)}"
                self._note(row.number, "group", message, "unknown-name")
        return members

    def _gate(self, row: Row) -> Data:
        """Return the gate of a group or part; a part with one member alone needs none."""
        members = self._members[row.name]
        if row.kind != "group" and "combine" not in row.fields and len(members) == 1:
            return {"of": members[0].name}
        ((key, number),) = row.fields.get("combine", {"mean" if row.kind == "experience" else "all_of": None}).items()
        weighted = [member for member in members if "weight" in member.fields]
        children: list[Any] = [member.name for member in members]
        if GATE_FORMS[key].weight is None:
            for member in weighted:
                message = f"means nothing in {row.name!r:.60}, whose members are not averaged"
                self._note(member.number, "weight", message, "unknown-key")
        elif weighted:
            children = [{"of": member.name, "weight": member.fields.get("weight", 1)} for member in members]
        return {key: children} if GATE_FORMS[key].head is None else {key: number, "of": children}

    def _outcome(self, where: str, row: Row) -> Data:
        self._places[where] = row.number
        parts: Data = {}
        for kind, known in self._parts.items():
            name = row.fields.get(kind, next(iter(known)) if len(known) == 1 else None)
            if name in known:
                self._places[f"{where}.{kind}"] = known[name].number
                parts[kind] = {"name": name} | known[name].but("combine") | self._gate(known[name])
            elif name is None:
                self._note(row.number, kind, "is blank; there are several, say which", "unknown-name")
            else:
                message = f"no row of kind {kind} is called so{self.checks.hint(name, known)}"
                self._note(row.number, kind, message, "unknown-name")
        return ({"name": row.name} if row.name else {}) | row.but(*IMPLIED) | parts

    # Inputs

    def _input(self, row: Row) -> None:
        """Take up one key of ``[inputs]``, such as ``measures.reply``."""
        try:
            table: Any = parse_toml(f"{row.name} = 0")
        except ModelError:
            table = {}
        path: list[str] = []
        while isinstance(table, dict) and len(table) == 1:
            ((key, table),) = table.items()
            path.append(key)
        if table != 0:
            message = f"must be a key of [inputs] such as measures.reply (got {row.name!r:.60})"
            self._note(row.number, "name", message)
        elif "value" not in row.given:
            self._note(row.number, "value", "is blank", "missing-key")
        elif "value" in row.fields:
            self._places[".".join(["inputs", *path])] = row.number
            table = self.data.setdefault("inputs", {})
            for key in path[:-1]:
                table = table.setdefault(key, {}) if isinstance(table, dict) else None
            if not isinstance(table, dict) or path[-1] in table:
                self._note(row.number, "name", f"{row.name!r:.60} is said twice", "duplicate-key")
            else:
                table[path[-1]] = row.fields["value"]
