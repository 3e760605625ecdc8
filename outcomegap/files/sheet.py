"""A model kept as a sheet (docs/sheet): one requirement a row, one target column a segment; csv and xlsx.

Rows become what a TOML file would hold, which is read as any model file is; what a model file would hold becomes rows.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import attrs

from outcomegap.checks import Checks, join
from outcomegap.errors import EngineError, Finding, ModelError
from outcomegap.files.formats import FORMATS, decoded, encoded, inline, key_text, read_bytes
from outcomegap.files.kinds import Data
from outcomegap.files.model_file import GATE_FORMS, PARTS, SCHEMA_VERSION, SECTIONS, own_code, read_model, write_model
from outcomegap.frames.arrays import objects
from outcomegap.frames.workbook import Page, workbook_rows
from outcomegap.listing import file_kind, write_columns
from outcomegap.model.declaration import CellNames, Flag, Kind, Listed, Name, Number, Text, declared
from outcomegap.model.gate import WEIGHT
from outcomegap.model.model import JOIN, DesiredOutcome, OutcomeModel, Segment, Stage
from outcomegap.model.step import CURVE, Measure, Step

#: What a cell holds: text, a number, true or false, or nothing. A date of a workbook comes as text.
Cell = str | int | float | bool | None
Grid = Sequence[Sequence[Cell]]
Line = dict[str, Cell]
SUFFIXES = (".csv", ".xlsx")
SEPARATORS = ",;\t"
#: The name of the page of a workbook; where it is not there, the first page is read.
PAGE = "model"
#: In the column ``group``: belongs to none, and serves other rows only (``after``, ``measured by``).
NONE = "-"
#: The kinds of rows that are one requirement each.
STEPS = tuple(section.removesuffix("s") for section in SECTIONS)
#: What the two parts are called where no row names them.
IMPLIED = {"required": "required outcome", "experience": "appropriate experience"}
_CELLS = ("segments", "stages")
_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_COMMA = re.compile(r"[-+]?\d+,\d+")
#: A gate in the column ``combine``, and behind it its number or name.
_COMBINE = re.compile(
    rf"({'|'.join(key.replace('_', '[ _]+') for key in GATE_FORMS)})\s*(.*)", re.DOTALL | re.IGNORECASE
)


def _columns(of: type[Any], *leave_out: str) -> dict[str, Kind]:
    """Return the columns of the fields of a class, but for its name and what has rows of its own."""
    return {name: field.kind for name, field in declared(of).items() if name not in ("name", *leave_out)}


_STEP, _MEASURE = _columns(Step), _columns(Measure)
#: The columns of a step that are its measure's, with their names there.
OF_MEASURE = {f"measure_{name}" if name in _STEP else name: name for name in _MEASURE}
_GROUP: dict[str, Kind] = {"group": Name(), "weight": WEIGHT}
_COMBINED: dict[str, Kind] = {"combine": Name()}
_OF_STEPS = _GROUP | {"measure": _STEP["measure"]} | {column: _MEASURE[name] for column, name in OF_MEASURE.items()}
#: The kinds of rows, and the columns that mean something in each beside ``kind`` and ``name``.
KINDS: Mapping[str, Mapping[str, Kind]] = {
    "model": _columns(OutcomeModel, "desired_outcomes", "segments", "stages", "inputs", "verdict"),
    "segment": _columns(Segment),
    "stage": _columns(Stage),
    "outcome": dict.fromkeys(PARTS, Name()) | _columns(DesiredOutcome, *PARTS),
    **{part: _COMBINED | _columns(kind, root) for part, (kind, root) in PARTS.items()},
    "group": _GROUP | _COMBINED,
    "also": _GROUP,
    **{kind: _OF_STEPS | _columns(of) for kind, of in zip(STEPS, SECTIONS.values(), strict=True)},
    "inputs": {"value": Name()},
}
#: All columns in the order in which they are written.
COLUMNS: Mapping[str, Kind] = {
    **dict.fromkeys(("kind", "name"), Name()),
    **_GROUP,
    **_COMBINED,
    **{name: column for kind in (*STEPS, *KINDS) for name, column in KINDS[kind].items()},
}


def is_sheet(path: Path) -> bool:
    """Return whether a file is a sheet, by its suffix."""
    return path.suffix.lower() in SUFFIXES


def read_sheet(path: Path, **own: Any) -> tuple[OutcomeModel | None, list[Finding]]:
    r"""Read a model that is kept as a sheet (docs/sheet).

    Parameters
    ----------
    path
        A file that ends in ``.csv`` (comma, semicolon or tab between cells; UTF-8) or ``.xlsx`` (the page ``model``,
        or the first).
    **own
        Curves, gates and joins of your own, as in `load`.

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
    return _read(read_bytes(path), path, own)


def _read(content: bytes, path: Path, own: Mapping[str, Any]) -> tuple[OutcomeModel | None, list[Finding]]:
    reader = SheetReader(_grid(content, path), path.name.partition(".")[0].strip() or "model")
    model, findings = read_model(reader.data, unnamed=reader.unnamed, **own)
    return None if reader.checks.findings else model, reader.told(findings)


def sheet_bytes(model: OutcomeModel, suffix: str) -> bytes:
    """Return a model as the content of a sheet; a sheet is for editing, and holds no verdict.

    Parameters
    ----------
    model
        The model.
    suffix
        ``".csv"`` or ``".xlsx"``.

    Raises
    ------
    ModelError
        With everything that a sheet cannot hold: two different groups or parts of one name; text that is blank; white
        space around a name; control characters in a workbook.
    EngineError
        If openpyxl is needed and not installed.
    """
    checks, data = Checks(f"model {model.name!r} as a sheet"), write_model(model.with_verdict(None))
    columns, content = SheetWriter(data).columns(), io.BytesIO()
    if suffix.lower() == ".xlsx":
        write_columns(columns, content, file_kind(f"{PAGE}.xlsx"), PAGE)
    else:
        text = io.StringIO(newline="")
        write_columns(columns, text, ".csv")
        content.write(encoded(text.getvalue(), checks.what))
    again, checks.findings = _read(content.getvalue(), Path(f"{PAGE}{suffix}"), own_code(model))
    checks.done()
    assert again is not None
    # Refuse what would be read as something else, rather than leave such a file behind.
    for where, was, becomes in _differences(data, write_model(again)):
        checks.finding("sheet", where, f"{was:.60} would be read as {becomes:.60}")
    checks.done()
    # By a byte-order mark spreadsheets tell that text is UTF-8.
    raw = content.getvalue()
    return raw if suffix.lower() != ".csv" or raw.isascii() else codecs.BOM_UTF8 + raw


def _differences(one: Any, other: Any, where: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield the places where two plain data differ, with the text there."""
    if isinstance(one, list) and isinstance(other, list):
        one, other = ({f"[{i}]": item for i, item in enumerate(items)} for items in (one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            place = f"{where}{key}" if key.startswith("[") else join(where, key)
            yield from _differences(one.get(key), other.get(key), place)
    elif one != other:
        was, becomes = ("nothing" if side is None else repr(side) for side in (one, other))
        yield where, was, becomes


# Cells


def spaced(key: str) -> str:
    """Return what a sheet calls a key of a model file."""
    return key.replace("_", " ")


def key_of(word: str) -> str:
    """Return what a model file calls a word of a sheet."""
    return "_".join(word.replace("_", " ").casefold().split())


def text_of(cell: Cell) -> str:
    """Return the text of a cell; 3.0 is ``3``."""
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def read_cell(kind: Kind, cell: Cell) -> Any:
    """Return plain data for a cell of some kind; what cannot be read stays text, and is told by the reader of models.

    Examples
    --------
    >>> read_cell(Number(), "2.5"), read_cell(Number(column=True), '{ column = "sla_hours" }'), read_cell(Flag(), "Yes")
    (2.5, {'column': 'sla_hours'}, True)
    >>> read_cell(CellNames("segment"), 'list built; "a;b"')
    ['list built', 'a;b']
    """
    whole, text = text_of(cell), text_of(cell).strip()
    if isinstance(kind, Text):
        return whole
    if isinstance(kind, Flag):
        return _FLAGS.get(text.casefold(), text)
    if isinstance(kind, (CellNames, Listed)):
        rows = csv.reader(io.StringIO(whole, newline=""), delimiter=";", skipinitialspace=True)
        return [name.strip() for row in rows for name in row if name.strip()]
    if not isinstance(kind, Number) and kind not in (CURVE, JOIN):
        return text
    try:
        if text.startswith("{"):
            return FORMATS["toml"].parse(f"x = {text}")["x"]
        return float(text) if isinstance(kind, Number) else text
    except ValueError:
        return text


def write_cell(value: Any) -> Cell:
    """Write plain data so that it is read again: names with semicolons between, tables as in a TOML file."""
    if isinstance(value, list):
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=";", lineterminator="").writerow(value)
        return out.getvalue()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return inline(value)
    # A workbook keeps 16 digits; a number that needs more is written as text, which is read as well.
    return value if isinstance(value, str) or repr(type(value)(f"{value:.16g}")) == repr(value) else str(value)


# Read


def _grid(content: bytes, path: Path) -> Grid:
    """Return the rows that the content of a file holds."""
    as_text = path.suffix.lower() == ".csv"
    text = decoded(content, path) if as_text else ""
    try:
        return _csv_rows(text) if as_text else _book_rows(content)
    except (csv.Error, OSError, ValueError) as error:
        raise ModelError.of("file", str(path), f"cannot be read as a table: {error}") from error


def _book_rows(content: bytes) -> Grid:
    def choose(pages: list[Page]) -> str:
        names = [page.name for page in pages]
        return PAGE if PAGE in names else names[0]

    try:
        rows = workbook_rows(io.BytesIO(content), choose)
    except ModuleNotFoundError as error:
        raise EngineError("workbooks need openpyxl: pip install 'outcomegap[excel]'") from error
    return [[cell if isinstance(cell, Cell) else str(cell) for cell in row] for row in rows]


def _csv_rows(text: str) -> Grid:
    bare = "".join(text.partition("\n")[0].split('"')[::2])
    separator = max(SEPARATORS, key=bare.count)  # the first of equals
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    if separator != ";":
        return rows
    # Where semicolons stand between cells, spreadsheets write decimal commas.
    return [[cell.replace(",", ".") if _COMMA.fullmatch(cell) else cell for cell in row] for row in rows]


@attrs.define
class Row:
    """One row: its number as spreadsheets count (0 for what no row says), and its cells by field."""

    number: int
    kind: str
    name: str
    fields: Data = attrs.field(factory=dict)

    def but(self, *leave_out: str) -> Data:
        """Return its fields, but for some."""
        return {key: value for key, value in self.fields.items() if key not in leave_out}


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
        self._bad: set[int] = set()  # rows in which something is wrong already
        headings = self._headings(grid[0] if grid else [])
        self._rows = list(filter(None, (self._row(i, headings, line) for i, line in enumerate(grid[1:], start=2))))
        self._names_stand_once()
        for row in self._of("model"):
            self.data |= {"name": row.name} | row.fields
            self._places["name"] = row.number
        for row in self._of("segment", "stage"):
            cells = self.data.setdefault(f"{row.kind}s", [])
            self._places[f"{row.kind}s[{len(cells)}]"] = row.number
            cells.append({"name": row.name} | row.fields)
        for row in self._of(*STEPS):
            self._step(row)
        # One required outcome and one experience are implied.
        self._parts = {
            kind: {row.name: row for row in self._of(kind) or [Row(0, kind, name)]} for kind, name in IMPLIED.items()
        }
        groups = {row.name: row for row in self._of("group")}
        self.unnamed = {group for group in groups if group.startswith("(") and group.endswith(")")}
        self._members = self._belonging(groups)
        for group, row in groups.items():
            if "combine" not in row.fields:
                self._note(row.number, "combine", "is blank; say all of, any of, mean or at least 2", "missing-key")
            self._put("gates", row, self._gate(join("gates", group), row), group)
        outcomes = self._of("outcome") or [Row(0, "outcome", "")]
        self.data["desired_outcomes"] = [self._outcome(f"desired_outcomes[{i}]", row) for i, row in enumerate(outcomes)]
        self._inputs(self._of("inputs"))

    def told(self, findings: list[Finding]) -> list[Finding]:
        """Return all that is wrong, findings of the data with the row that each concerns."""
        told = list(self.checks.findings)
        for finding in findings:
            where = f"{finding.where}."
            ends = (end for end in reversed(range(len(where))) if where[end] in ".[")
            row = next((row for end in ends if (row := self._places.get(where[:end]))), 0)
            # What a row that cannot be read leads to elsewhere is not told as well.
            if not self._bad or row not in {0, *self._bad}:
                told.append(attrs.evolve(finding, where=f"row {row}, {finding.where}") if row else finding)
        return told

    def _of(self, *kinds: str) -> list[Row]:
        """Return the rows of some kinds, in order."""
        return [row for row in self._rows if row.kind in kinds]

    def _note(self, number: int, column: str, message: str, rule: str = "sheet") -> None:
        """Keep what is wrong with one cell."""
        self._bad.add(number)
        self.checks.finding(rule, f"row {number}, column {column!r}", message)

    def _unknown(self, row: Row, column: str, what: str, name: str, known: Collection[str]) -> None:
        """Keep that a cell names what is not there."""
        message = f"no {what} is called {name!r:.60}{self.checks.hint(name, known)}"
        self._note(row.number, column, message, "unknown-name")

    def _put(self, section: str, row: Row, value: object, name: str) -> None:
        """Put the values of a row into a section of the data, and remember the row."""
        self._places[join(section, name)] = row.number
        self.data.setdefault(section, {})[name] = value

    # Rows

    def _headings(self, line: Sequence[Cell]) -> dict[int, tuple[str, str]]:
        """Return the columns that mean something: position -> (field, cell of the model or the default)."""
        found: dict[int, tuple[str, str]] = {}
        taken: set[tuple[str, str]] = set()
        for place, heading in enumerate(text_of(cell).strip() for cell in line):
            word, colon, key = heading.partition(":")
            field, at = key_of(word), key.strip() or "default"
            if not heading or heading.startswith("#"):
                continue
            if field not in COLUMNS:
                near = self.checks.hint(spaced(field), map(spaced, COLUMNS))
                message = f"no such column{near}; begin the heading of a column of your own with #"
                self._note(1, heading, message, "unknown-key")
            elif colon and not getattr(COLUMNS[field], "per_cell", False):
                self._note(1, heading, f"{spaced(field)!r} is the same in all segments and stages")
            elif (field, at) in taken:
                self._note(1, heading, "two columns have this heading", "duplicate-key")
            else:
                found[place] = field, at
                taken.add((field, at))
        for field in ("kind", "name"):
            if (field, "default") not in taken:
                self._note(1, field, "is not there; the first row holds the headings")
        return found

    def _row(self, number: int, headings: dict[int, tuple[str, str]], line: Sequence[Cell]) -> Row | None:
        given = {headings[i]: cell for i, cell in enumerate(line) if i in headings and text_of(cell).strip()}
        kind, name = (text_of(given.pop((field, "default"), None)).strip() for field in ("kind", "name"))
        row = Row(number, kind.casefold(), name)
        if kind.startswith("#") or not (given or kind or name):
            return None
        if row.kind not in KINDS:
            said = "is blank" if not kind else f"{row.kind!r:.60} is not a kind{self.checks.hint(row.kind, KINDS)}"
            self._note(number, "kind", f"{said}; kinds are {', '.join(KINDS)}")
            return None
        if not name and row.kind != "outcome":
            self._note(number, "name", "is blank", "missing-key")
            return None
        for (field, key), cell in given.items():
            if field in KINDS[row.kind]:
                row.fields.setdefault(field, {})[key] = read_cell(COLUMNS[field], cell)
            else:
                self._note(number, spaced(field), f"means nothing in a row of kind {row.kind!r}", "unknown-key")
        row.fields = {
            field: cells["default"] if [*cells] == ["default"] else cells for field, cells in row.fields.items()
        }
        return row

    def _names_stand_once(self) -> None:
        """Note a second model, and steps, or groups and parts, of one name."""
        spaces = {"model": "model"} | dict.fromkeys(STEPS, "step") | dict.fromkeys(("group", *PARTS), "group")
        seen: dict[tuple[str, str], Row] = {}
        for row in self._of(*spaces):
            key = spaces[row.kind], "" if row.kind == "model" else row.name
            if (first := seen.setdefault(key, row)) is not row:
                way_out = "leave one out" if row.kind == "model" else "rename one, or write kind also for another group"
                message = f"row {first.number} is called {first.name!r:.60} already; {way_out}"
                self._note(row.number, "name", message, "duplicate-name")

    # Requirements

    def _step(self, row: Row) -> None:
        self._put(f"{row.kind}s", row, row.but(*OF_MEASURE, "group", "weight"), row.name)
        measure = row.fields.get("measure")
        if measure is None:
            return
        table = self.data.get("measures", {}).get(measure, {})
        self._put("measures", row, table, measure)
        for column, key in OF_MEASURE.items():
            if column in row.fields and table.setdefault(key, row.fields[column]) != row.fields[column]:
                said = f"another row says {table[key]!r:.60} of measure {measure!r:.60}"
                self._note(row.number, spaced(column), f"{said}; say the same, or leave it blank", "duplicate-name")

    # Groups

    def _belonging(self, groups: Collection[str]) -> dict[str, list[Row]]:
        """Put each step and group into the group that its row names; steps without one belong to the only part."""
        known = {row.name for row in self._of("group", *STEPS)}
        members: dict[str, list[Row]] = {name: [] for names in (groups, *self._parts.values()) for name in names}
        for row in self._of("group", "also", *STEPS):
            part = self._parts["experience" if row.kind == "expectation" else "required"]
            only = next(iter(part)) if row.kind in STEPS and len(part) == 1 else None
            group = row.fields.get("group", only)
            if row.kind == "also" and row.name not in known:
                self._unknown(row, "name", "step or group", row.name, known)
            elif group is None:
                self._note(row.number, "group", "is blank; say the group or part it belongs to", "missing-key")
            elif group in members:
                members[group].append(row)
            elif group != NONE:
                self._unknown(row, "group", "group or part", group, members)
        return members

    def _gate(self, where: str, row: Row) -> Data:
        """Return the gate of a group or part; a part with one member alone needs none."""
        members = self._members[row.name]
        if row.kind != "group" and "combine" not in row.fields and len(members) == 1:
            return {"of": members[0].name}
        said = row.fields.get("combine", {"required": "all of", "experience": "mean"}.get(row.kind, ""))
        found = _COMBINE.fullmatch(said)
        key, head = (key_of(found[1]), found[2]) if found else (key_of(said), "")
        form = GATE_FORMS.get(key)
        children = [
            {"of": member.name, "weight": member.fields["weight"]} if "weight" in member.fields else member.name
            for member in members
        ]
        place = key + head if form is None or form.head is None else "of"
        for i, member in enumerate(members):
            self._places[f"{where}.{place}[{i}].weight"] = member.number
            if "weight" in member.fields and (form is None or form.weight is None):
                message = f"means nothing in {row.name!r:.60}, whose members have no weights"
                self._note(member.number, "weight", message, "unknown-key")
        return ({} if form is None or form.head is None else {key: read_cell(form.head, head)}) | {place: children}

    def _outcome(self, where: str, row: Row) -> Data:
        self._places[where] = row.number
        outcome: Data = ({"name": row.name} if row.name else {}) | row.but(*IMPLIED)
        for kind, known in self._parts.items():
            name = row.fields.get(kind, next(iter(known)) if len(known) == 1 else None)
            if name in known:
                self._places[f"{where}.{kind}"] = known[name].number
                outcome[kind] = {"name": name} | known[name].but("combine")
                outcome[kind] |= self._gate(f"{where}.{kind}", known[name])
            elif name is None:
                self._note(row.number, kind, "is blank; there are several, say which", "unknown-name")
            else:
                self._unknown(row, kind, f"row of kind {kind}", name, known)
        return outcome

    # Inputs

    def _inputs(self, rows: list[Row]) -> None:
        """Take up keys of ``[inputs]``, such as ``measures.reply``: each row is a line of a TOML file."""
        lines = [f"{row.name} = {row.fields.get('value', '')}".replace("\n", " ") for row in rows]
        self._places |= {join("inputs", row.name.replace('"', "")): row.number for row in rows}
        try:
            found = FORMATS["toml"].parse("\n".join(lines))
        except ModelError as error:
            line = error.findings[0].where.removeprefix("line ")
            row = rows[int(line) - 1 if line.isdigit() else -1]
            self._note(row.number, "value", error.findings[0].message)
        else:
            self.data |= {"inputs": found} if rows else {}


# Write

Table = Mapping[str, Any]


class SheetWriter:
    """Writes one model, as `write_model` gives it."""

    def __init__(self, data: Table) -> None:
        self.data = data
        self._gates: Table = data.get("gates", {})
        self._steps = {name: section for section in SECTIONS for name in data.get(section, {})}
        self._told: set[str] = set()
        heads = [outcome[part]["name"] for outcome in data["desired_outcomes"] for part in PARTS]
        taken = {*self._gates, *self._steps, *heads}
        self._fresh = (name for i in count(1) if (name := f"({i})") not in taken)

    def columns(self) -> dict[str, Any]:
        """Return the columns by their headings: those of one field stand by segment and stage."""
        lines = list(self._lines())
        names = [[cell if isinstance(cell, str) else cell["name"] for cell in self.data.get(key, [])] for key in _CELLS]
        keys = [key for segment in names[0] for key in (segment, *(f"{segment}/{stage}" for stage in names[1]))]
        after = ["", *(f":{key}" for key in (*keys, *(f"*/{stage}" for stage in names[1])))]
        used = {heading for line in lines for heading in line}
        headings = [heading for column in COLUMNS for key in after if (heading := f"{spaced(column)}{key}") in used]
        return {heading: objects([line.get(heading) for line in lines]) for heading in headings}

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
            yield self._line(
                "outcome", outcome.get("name", ""), outcome | {part: outcome[part]["name"] for part in PARTS}
            )
        parts: dict[tuple[str, str], Table] = {}  # those that are shared stand there once
        for kind in PARTS:
            for outcome in outcomes:
                parts.setdefault((kind, outcome[kind]["name"]), outcome[kind])
        for (kind, name), part in parts.items():
            yield from self._part(kind, name, part)
        for name in self._steps:
            if name not in self._told:
                yield self._step(name, {"group": NONE})
        for key, value in self.data.get("inputs", {}).items():
            within = key in ("measures", "tables") and isinstance(value, dict) and value
            for path, item in {(key, name): value[name] for name in value}.items() if within else [((key,), value)]:
                yield {"kind": "inputs", "name": ".".join(map(key_text, path)), "value": inline(item)}

    def _line(self, kind: str, name: str, fields: Table) -> Line:
        """Return one row."""
        line: Line = {"kind": kind, "name": name}
        for key, column in COLUMNS.items():
            value = fields.get(key) if key not in line else None
            of_a_column = isinstance(value, dict) and len(value) == 1 and isinstance(value.get("column"), str)
            if getattr(column, "per_cell", False) and isinstance(value, dict) and not of_a_column:
                for cell, item in value.items():
                    line[spaced(key) if cell == "default" else f"{spaced(key)}:{cell}"] = write_cell(item)
            elif value is not None:
                line[spaced(key)] = write_cell(value)
        return line

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
        form, children = GATE_FORMS[key], gate[GATE_FORMS[key].keys(key)[-1]]
        combine = spaced(key) if form.head is None else f"{spaced(key)} {gate[key]}"
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
        measure = self.data["measures"][fields["measure"]]
        known = {column: measure[key] for column, key in OF_MEASURE.items() if key in measure}
        return self._line(section.removesuffix("s"), name, {**place, **fields, **known})
