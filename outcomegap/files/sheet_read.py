"""From the rows of a sheet to plain data, as a TOML file would have it; every mistake at once, with its row."""

from __future__ import annotations

from typing import Any

import attrs

from outcomegap.errors import Finding, ModelError, hint
from outcomegap.files.formats import parse_toml
from outcomegap.files.keys import SCHEMA_VERSION
from outcomegap.files.reading import join
from outcomegap.files.sheet_cells import OF_MEASURE, STEPS
from outcomegap.files.sheet_files import Grid
from outcomegap.files.sheet_groups import Groups
from outcomegap.files.sheet_rows import Row, Rows

#: What the two parts are called where no row names them.
IMPLIED = {"required": "required outcome", "experience": "appropriate experience"}
#: The row of what no row says.
HEADINGS = 1


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
    findings
        What is wrong, each with its row.
    """

    def __init__(self, grid: Grid, name: str) -> None:
        self.data: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "name": name}
        self._places: list[tuple[str, int]] = []
        self._rows = Rows(grid)
        self.findings = self._rows.findings
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
        self._rows.note(row.number, kind, said + ("" if name is None else hint(name, known)), "unknown-name")
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
