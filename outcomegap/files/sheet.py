"""A model kept as a sheet: one requirement a row, one target column a segment; csv and xlsx."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from outcomegap.checks import Checks
from outcomegap.errors import Finding, ModelError
from outcomegap.files.cells import Cell, write_cell
from outcomegap.files.formats import inline, key_text
from outcomegap.files.gates import GATE_FORMS
from outcomegap.files.model_file import PARTS, SECTIONS, read_model, write_model
from outcomegap.files.sheet_file import Grid, grid_bytes, grid_of, read_grid
from outcomegap.files.sheet_reader import COLUMNS, COMBINE, NONE, OF_MEASURE, SheetReader, spaced
from outcomegap.model.model import NAMED_JOINS, OutcomeModel
from outcomegap.model.step import NAMED


def read_sheet(path: Path) -> tuple[OutcomeModel | None, list[Finding]]:
    r"""Read a model that is kept as a sheet (docs/sheet).

    Parameters
    ----------
    path
        A file that ends in ``.csv`` (comma, semicolon or tab between cells; UTF-8) or ``.xlsx`` (the page ``model``,
        or the first).

    Returns
    -------
    model, findings
        The model, or None and everything that is wrong with the sheet, each with its row.

    Raises
    ------
    ModelError
        If the file cannot be read at all.
    EngineError
        If it is a workbook and openpyxl is not installed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "mail.csv"
    >>> rows = ["kind,name,measure,floor,target", "gap,list built,list_size,0,500", "expectation,replies,hours,48,24"]
    >>> _ = path.write_text("\n".join(rows))
    >>> model, _ = read_sheet(path)
    >>> model.name, [step.name for step in model.steps]
    ('mail', ['list built', 'replies'])
    """
    return _model(read_grid(path), path.name.partition(".")[0])


def sheet_bytes(model: OutcomeModel, suffix: str) -> bytes:
    """Return a model as the content of a sheet.

    Parameters
    ----------
    model
        The model.
    suffix
        ``".csv"`` or ``".xlsx"``.

    Raises
    ------
    ModelError
        With everything that a sheet cannot hold: curves, gates and join rules of one's own; two different groups or
        parts of one name; text that is blank; white space around a name.
    EngineError
        If openpyxl is needed and not installed.
    """
    checks = Checks(f"model {model.name!r} as a sheet")
    data = write_model(model)
    grid = SheetWriter(data, checks).grid()
    checks.done()
    try:
        content = grid_bytes(grid, suffix)
    except UnicodeEncodeError as error:
        raise ModelError.of("encoding", checks.what, "half of a surrogate pair cannot be written") from error
    again, findings = _model(grid_of(content, suffix), "model")
    if again is None:
        raise ModelError.all(checks.what, findings)
    # Refuse what would be read as something else, rather than leave such a file behind.
    kept, found = dict(_flat(data)), dict(_flat(write_model(again)))
    for where in {**kept, **found}:
        was, becomes = (texts.get(where, "nothing") for texts in (kept, found))
        if was != becomes:
            checks.finding("sheet", where, f"{was:.60} would be read as {becomes:.60}")
    checks.done()
    return content


def _model(grid: Grid, name: str) -> tuple[OutcomeModel | None, list[Finding]]:
    reader = SheetReader(grid, name.strip() or "model")
    model, findings = read_model(reader.data, unnamed=reader.unnamed)
    told = [reader.placed(finding) for finding in findings]
    if not reader.checks.findings:
        return model, told
    # What a cell that cannot be read leads to elsewhere is not told as well.
    rows = {_row(finding) for finding in reader.checks.findings}
    return None, [*reader.checks.findings, *(finding for finding in told if _row(finding) not in {None, *rows})]


def _row(finding: Finding) -> str | None:
    row, comma, _ = finding.where.partition(",")
    return row if comma and row.startswith("row ") else None


def _flat(data: object, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and text of all that stands in plain data, also of empty tables and lists."""
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from _flat(value, f"{where}.{key}" if where else key)
    elif isinstance(data, list) and data:
        for i, value in enumerate(data):
            yield from _flat(value, f"{where}[{i}]")
    else:
        yield where, repr(data)


# Write

Line = dict[str, Cell]
Table = Mapping[str, Any]
_CELLS = ("segments", "stages")


class SheetWriter:
    """Writes one model, as `write_model` gives it; what a sheet cannot hold is noted in `checks`."""

    def __init__(self, data: Table, checks: Checks) -> None:
        self.data, self.checks = data, checks
        self._gates: Table = data.get("gates", {})
        self._steps = {name: section for section in SECTIONS for name in data.get(section, {})}
        self._told: set[str] = set()
        heads = [outcome[part]["name"] for outcome in data["desired_outcomes"] for part in PARTS]
        taken = {*self._gates, *self._steps, *heads}
        self._fresh = (name for i in count(1) if (name := f"({i})") not in taken)

    def grid(self) -> Grid:
        """Return the rows, headings first: those of one field stand by segment and stage."""
        lines = list(self._lines())
        names = [[cell if isinstance(cell, str) else cell["name"] for cell in self.data.get(key, [])] for key in _CELLS]
        keys = [key for segment in names[0] for key in (segment, *(f"{segment}/{stage}" for stage in names[1]))]
        after = ["", *(f":{key}" for key in (*keys, *(f"*/{stage}" for stage in names[1])))]
        order = {
            head: place for place, head in enumerate(f"{spaced(column)}{key}" for column in COLUMNS for key in after)
        }
        used = dict.fromkeys(heading for line in lines for heading in line)
        columns = sorted(used, key=lambda heading: order.get(heading, len(order)))
        return [list(columns), *([line.get(column) for column in columns] for line in lines)]

    def _lines(self) -> Iterator[Line]:
        """Yield a line a row."""
        yield self._line("model", self.data["name"], {k: v for k, v in self.data.items() if k == "description"})
        for section in _CELLS:
            for cell in self.data.get(section, []):
                fields = {"name": cell} if isinstance(cell, str) else cell
                yield self._line(section.removesuffix("s"), fields["name"], fields)
        outcomes = self.data["desired_outcomes"]
        # No row for one that says nothing beside its two parts.
        for outcome in () if len(outcomes) == 1 and set(outcomes[0]) == set(PARTS) else outcomes:
            self._own_code(f"desired_outcomes.{outcome.get('name', outcome['required']['name'])}", outcome)
            parts = {part: outcome[part]["name"] for part in PARTS}
            yield self._line("outcome", outcome.get("name", ""), {**outcome, **parts})
        for kind, name, part in self._parts():
            yield from self._part(kind, name, part)
        for name in self._steps:
            if name not in self._told:
                yield self._step(name, {"group": NONE})
        for key, value in self.data.get("inputs", {}).items():
            within = key in ("measures", "tables") and isinstance(value, dict) and value
            for path, item in {(key, name): value[name] for name in value}.items() if within else [((key,), value)]:
                yield {"kind": "inputs", "name": ".".join(map(key_text, path)), "value": inline(item)}

    def _refuse(self, where: str, message: str) -> None:
        """Note what a sheet cannot hold."""
        self.checks.finding("sheet", where, message)

    def _own_code(self, where: str, fields: Table) -> None:
        """Refuse a curve or join rule of one's own: a sheet could hold no more than its name."""
        for key, known in (("curve", NAMED), ("join", NAMED_JOINS)):
            name = fields.get(key)
            if isinstance(name, str) and name not in known:
                message = f"a sheet cannot hold a {key} of one's own ({name!r:.60}); keep the model as TOML"
                self._refuse(f"{where}.{key}", message)

    def _line(self, kind: str, name: str, fields: Table) -> Line:
        """Return one row."""
        line: Line = {"kind": kind, "name": name}
        for key, column in COLUMNS.items():
            value = fields.get(key) if key not in line else None
            of_a_column = isinstance(value, dict) and len(value) == 1 and isinstance(value.get("column"), str)
            if column.per_cell and isinstance(value, dict) and not of_a_column:
                for cell, item in value.items():
                    line[spaced(key) if cell == "default" else f"{spaced(key)}:{cell}"] = write_cell(item)
            elif value is not None:
                line[spaced(key)] = write_cell(value)
        return line

    def _parts(self) -> list[tuple[str, str, Table]]:
        """Return the parts of desired outcomes, those that are shared once."""
        found: dict[tuple[str, str], Table] = {}
        for kind in PARTS:
            for outcome in self.data["desired_outcomes"]:
                found.setdefault((kind, outcome[kind]["name"]), outcome[kind])
        for name, times in Counter([*(name for _, name in found), *self._gates]).items():
            if times > 1 or name == NONE:
                message = "more than one group or part is called so" if times > 1 else "means no group in a sheet"
                self._refuse(f"{name!r:.60}", f"{message}; rename it")
        return [(kind, name, table) for (kind, name), table in found.items()]

    def _part(self, kind: str, name: str, part: Table) -> Iterator[Line]:
        """Yield the row of a part, and below it, depth first, those of all that stands in it and has no row yet."""
        combine, todo = self._gate(name, part)
        yield self._line(kind, name, {**part, **combine})
        while todo:
            node, place = todo.pop()
            if isinstance(node, str) and node in self._told:
                yield self._line("also", node, place)
            elif isinstance(node, str) and node in self._steps:
                yield self._step(node, place)
            else:
                name = node if isinstance(node, str) else next(self._fresh)
                self._told.add(name)
                combine, below = self._gate(name, self._gates[name] if isinstance(node, str) else node)
                yield self._line("group", name, {**place, **combine})
                todo += below

    def _gate(self, group: str, gate: Table) -> tuple[Table, list[tuple[Any, Table]]]:
        """Return how a gate combines, and its children, the last first, each with its place in the group."""
        key = next((key for key in GATE_FORMS if key in gate), None)
        if key is None:
            return {}, [(gate["of"], {"group": group})]
        if key not in COMBINE:
            said = f"a gate of one's own ({gate[key]!r:.60})"
            self._refuse(f"gates.{group}", f"a sheet cannot hold {said}; keep the model as TOML, JSON or YAML")
            return {}, []
        combine, children = spaced(key), gate[COMBINE[key].keys(key)[-1]]
        if COMBINE[key].head is not None:
            combine = f"{combine} {gate[key]}"
        if isinstance(children, dict):
            children = [{"of": child, "weight": weight} for child, weight in children.items()]
        members: list[tuple[Any, Table]] = []
        for child in reversed(children):
            weighted = isinstance(child, dict) and "weight" in child
            members.append((child["of"], {"group": group, **child}) if weighted else (child, {"group": group}))
        return {"combine": combine}, members

    def _step(self, name: str, place: Table) -> Line:
        section = self._steps[name]
        fields = self.data[section][name]
        self._told.add(name)
        self._own_code(f"{section}.{name}", fields)
        measure = self.data["measures"][fields["measure"]]
        known = {column: measure[key] for column, key in OF_MEASURE.items() if key in measure}
        return self._line(section.removesuffix("s"), name, {**place, **fields, **known})
