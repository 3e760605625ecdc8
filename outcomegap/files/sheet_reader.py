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
#: So many groups in parentheses are written within one another; what lies deeper keeps its name.
DEEPEST = 10


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

    def keys(self, *leave_out: str) -> dict[str, Any]:
        """Return its fields as a model file calls them, but for some."""
        kept = {field: value for field, value in self.fields.items() if field not in leave_out}
        return {key_of(field): dict(v) if isinstance(v, PerCell) else v for field, v in kept.items()}


class PerCell(dict[str, Any]):
    """Values that differ between the cells of the model; told by its type from a table that is one value."""


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

    def note(self, row: int, column: str | None, message: str, rule: str = "sheet") -> None:
        """Keep one finding."""
        where = f"row {row}" if column is None else f"row {row}, column {column!r}"
        self.checks.finding(rule, where, message)

    def _read(self, grid: Grid) -> list[Row]:
        headings = self._headings(grid[0] if grid else [])
        rows = []
        for number, cells in enumerate(grid[1:], start=2):
            if all(is_blank(cell) for cell in cells):
                continue
            row = self._row(number, headings, cells)
            if row is not None:
                rows.append(row)
        return rows

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
                self.note(1, heading, message, "unknown-key")
            elif colon and not COLUMNS[field].per_cell:
                self.note(1, heading, f"{field!r} is the same in all segments and stages")
            elif (field, key.strip() or None) in found.values():
                self.note(1, heading, "two columns have this heading", "duplicate-key")
            else:
                found[place] = (field, key.strip() or None)
        for field in ("kind", "name"):
            if (field, None) not in found.values():
                self.note(1, None, f"the sheet has no column {field!r}; its first row holds the headings")
        return found

    def _row(self, number: int, headings: dict[int, tuple[str, str | None]], cells: Sequence[Cell]) -> Row | None:
        given = {headings[i]: cell for i, cell in enumerate(cells) if i in headings and not is_blank(cell)}
        kind = read_name(given.pop(("kind", None), "")).casefold()
        if kind.startswith("#") or (not given and not kind):
            return None
        if kind not in KINDS:
            said = "is blank" if not kind else f"{kind!r:.60} is no kind of row{self.checks.hint(kind, KINDS)}"
            self.note(number, "kind", f"{said}; kinds are {', '.join(KINDS)}")
            return None
        row = Row(number, kind, read_name(given.pop(("name", None), "")))
        if not row.name and kind != "outcome":
            self.note(number, "name", "is blank", "missing-key")
            return None
        for (field, key), cell in given.items():
            self._cell(row, field, key, cell)
        return row

    def _cell(self, row: Row, field: str, key: str | None, cell: Cell) -> None:
        heading = field if key is None else f"{field}:{key}"
        if field not in KINDS[row.kind]:
            self.note(row.number, heading, f"means nothing in a row of kind {row.kind!r}", "unknown-key")
            return
        try:
            value = COLUMNS[field].read(cell)
        except ValueError as error:
            self.note(row.number, heading, str(error), "cell")
            row.wrong.add(field)
            return
        if not COLUMNS[field].per_cell or (key is None and field not in row.fields):
            row.fields[field] = value
        else:
            table = row.fields.get(field)
            if not isinstance(table, PerCell):
                table = PerCell() if field not in row.fields else PerCell(default=table)
                row.fields[field] = table
            table["default" if key is None else key] = value


@attrs.define
class Member:
    """A step or group in a group, with its weight where it has one."""

    name: str
    weight: Any
    row: int


class Groups:
    """The groups of one sheet.

    Parameters
    ----------
    rows
        Its rows.
    parts
        The rows of the required outcomes and of the experiences, by kind and name.
    """

    def __init__(self, rows: Rows, parts: dict[str, dict[str, Row]]) -> None:
        self._rows = rows
        self._parts = parts
        self._groups = {row.name: row for row in rows.of("group")}
        self._members: dict[str, list[Member]] = {}
        self._one_name_each()
        known = {row.name for row in rows.of("group", *STEPS)}
        for row in rows.of("group", "also", *STEPS):
            self._belong(row, known)
        self._inline = self._in_parentheses()

    def gates(self) -> dict[str, Any]:
        """Return the named gates, as a model file has them."""
        return {name: self._gate(row) for name, row in self._groups.items() if name not in self._inline}

    def part(self, row: Row) -> dict[str, Any]:
        """Return a required outcome or an experience with its gate; one member alone needs none."""
        members = self._members.get(row.name, [])
        table = {"name": row.name} | row.keys("combine")
        if "combine" not in row.fields and len(members) == 1 and members[0].name not in self._inline:
            return table | {"of": members[0].name}
        return table | self._gate(row)

    def _one_name_each(self) -> None:
        seen: dict[str, Row] = {}
        for row in self._rows.of("group", *self._parts):
            if seen.setdefault(row.name, row) is not row:
                message = f"row {seen[row.name].number} is called {row.name!r:.60} as well; rename one"
                self._rows.note(row.number, "name", message, "duplicate-name")

    def _belong(self, row: Row, known: set[str]) -> None:
        """Put a step or group into the group that its row names."""
        if row.kind == "also" and row.name not in known:
            message = f"no step or group is called {row.name!r:.60}{self._rows.checks.hint(row.name, known)}"
            self._rows.note(row.number, "name", message, "unknown-name")
            return
        group = row.fields.get("group") or self._default(row)
        if group is None or group == NONE:
            return
        names = [*self._groups, *(name for part in self._parts.values() for name in part)]
        if group in names:
            self._members.setdefault(group, []).append(Member(row.name, row.fields.get("weight"), row.number))
        else:
            message = f"no group or part is called {group!r:.60}{self._rows.checks.hint(group, names)}"
            self._rows.note(row.number, "group", message, "unknown-name")

    def _default(self, row: Row) -> str | None:
        """Return the part that a step without a group belongs to."""
        part = self._parts["experience" if row.kind == "expectation" else "required"]
        if row.kind in STEPS and len(part) == 1:
            return next(iter(part))
        self._rows.note(row.number, "group", "is blank; say the group or part it belongs to", "missing-key")
        return None

    def _in_parentheses(self) -> set[str]:
        """Return the groups that have a name in the sheet alone: in parentheses, and in one place only."""
        places: dict[str, list[str]] = {}
        for group, members in self._members.items():
            for member in members:
                places.setdefault(member.name, []).append(group)
        found = {name for name in self._groups if name.startswith("(") and name.endswith(")")}
        found = {name for name in found if len(places.get(name, [])) == 1}
        for name in sorted(found):
            above, depth = name, 0
            while above in found and depth <= DEEPEST:
                above, depth = places[above][0], depth + 1
            if depth > DEEPEST:  # or a circle, which is told by names
                found.discard(name)
        return found

    def _gate(self, row: Row) -> dict[str, Any]:
        """Return the gate of a group or part."""
        members = self._members.get(row.name, [])
        if row.kind == "group" and row.lacks("combine"):
            self._rows.note(row.number, "combine", "is blank; say all of, any of, mean or at least 2", "missing-key")
        default = {"mean": None} if row.kind == "experience" else {"all_of": None}
        ((key, number),) = row.fields.get("combine", default).items()
        nodes = [self._gate(self._groups[m.name]) if m.name in self._inline else m.name for m in members]
        content: list[Any] = nodes
        weighted = [member for member in members if member.weight is not None]
        form = GATE_FORMS[key]
        if weighted and form.weight is not None:
            content = [{"of": node, "weight": _weight(m)} for node, m in zip(nodes, members, strict=True)]
        for member in weighted if form.weight is None else ():
            message = f"means nothing in {row.name!r:.60}, whose members are not averaged"
            self._rows.note(member.row, "weight", message, "unknown-key")
        return {key: content} if form.head is None else {key: number, "of": content}


def _weight(member: Member) -> Any:
    weight = 1 if member.weight is None else member.weight
    return dict(weight) if isinstance(weight, PerCell) else weight


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
    checks
        Knows what is wrong, each with its row.
    """

    def __init__(self, grid: Grid, name: str) -> None:
        self.data: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "name": name}
        self._places: list[tuple[str, int]] = []
        self._rows = Rows(grid)
        self.checks = self._rows.checks
        self._model()
        self._cells()
        self._steps()
        self._parts = {kind: self._heads(kind) for kind in IMPLIED}
        self._groups = Groups(self._rows, self._parts)
        if gates := self._groups.gates():
            self.data["gates"] = gates
        for row in self._rows.of("group"):
            self._at(row, join("gates", row.name))
        rows = self._rows.of("outcome") or [Row(HEADINGS, "outcome", "")]
        self.data["desired_outcomes"] = [self._outcome(number, row) for number, row in enumerate(rows)]
        for row in self._rows.of("inputs"):
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

    def _model(self) -> None:
        rows = self._rows.of("model")
        for row in rows[1:]:
            self._rows.note(row.number, "kind", f"row {rows[0].number} is of kind model already")
        for row in rows[:1]:
            self._at(row, "name")
            self.data |= {"name": row.name} | row.keys()

    def _cells(self) -> None:
        for kind in ("segment", "stage"):
            rows = self._rows.of(kind)
            for number, row in enumerate(rows):
                self._at(row, f"{kind}s[{number}]")
            if rows:
                self.data[f"{kind}s"] = [{"name": row.name} | row.keys() if row.fields else row.name for row in rows]

    # Steps

    def _steps(self) -> None:
        measures: dict[str, Any] = {}
        for row in self._rows.of(*STEPS):
            if any(row.name in self.data.get(f"{kind}s", {}) for kind in STEPS):
                message = f"two steps are called {row.name!r:.60}; rename one, or write kind also for another group"
                self._rows.note(row.number, "name", message, "duplicate-name")
                continue
            self._at(row, join(f"{row.kind}s", row.name))
            if "measure" in row.fields:
                self._measure(measures, row)
            self.data.setdefault(f"{row.kind}s", {})[row.name] = row.keys(*OF_MEASURE, "group", "weight")
        if measures:
            self.data["measures"] = measures

    def _measure(self, measures: dict[str, Any], row: Row) -> None:
        """Take up what a row says of its measure; rows that share one must not contradict each other."""
        name = row.fields["measure"]
        self._at(row, join("measures", name))
        table = measures.setdefault(name, {})
        for field, key in OF_MEASURE.items():
            if field in row.fields and table.setdefault(key, row.fields[field]) != row.fields[field]:
                message = (
                    f"another row says {table[key]!r:.60} of measure {name!r:.60}; say the same, or leave it blank"
                )
                self._rows.note(row.number, field, message, "duplicate-name")

    # Desired outcomes

    def _heads(self, kind: str) -> dict[str, Row]:
        """Return the rows of the required outcomes, or of the experiences, by name; one is implied."""
        rows = self._rows.of(kind) or [Row(HEADINGS, kind, IMPLIED[kind])]
        return {row.name: row for row in rows}

    def _outcome(self, number: int, row: Row) -> dict[str, Any]:
        where = f"desired_outcomes[{number}]"
        self._at(row, where)
        parts = {}
        for kind in IMPLIED:
            part = self._part_of(row, kind)
            if part is not None:
                self._at(part, f"{where}.{kind}")
                parts[kind] = self._groups.part(part)
        return ({"name": row.name} if row.name else {}) | row.keys(*IMPLIED) | parts

    def _part_of(self, row: Row, kind: str) -> Row | None:
        known, name = self._parts[kind], row.fields.get(kind)
        if name is None and len(known) == 1:
            return next(iter(known.values()))
        if name in known:
            return known[name]
        said = "is blank; there are several, say which" if name is None else f"no row of kind {kind} is called so"
        self._rows.note(
            row.number, kind, said + ("" if name is None else self.checks.hint(name, known)), "unknown-name"
        )
        return None

    # Inputs

    def _input(self, row: Row) -> None:
        """Take up one key of ``[inputs]``."""
        path = _path(row.name)
        if path is None:
            message = f"must be a key of [inputs] such as measures.reply (got {row.name!r:.60})"
            self._rows.note(row.number, "name", message)
            return
        if row.lacks("value"):
            self._rows.note(row.number, "value", "is blank", "missing-key")
        if "value" not in row.fields:
            return
        self._at(row, ".".join(["inputs", *path]))
        table: Any = self.data.setdefault("inputs", {})
        for key in path[:-1]:
            table = table.setdefault(key, {}) if isinstance(table, dict) else None
        if not isinstance(table, dict) or path[-1] in table:
            self._rows.note(row.number, "name", f"{row.name!r:.60} is said twice", "duplicate-key")
            return
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
