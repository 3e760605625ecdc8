"""The rows of a sheet: headings found, cells read, each mistake with its row and column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from outcomegap.errors import Finding, hint
from outcomegap.files.sheet_cells import FIELDS, KINDS, Cell, is_blank, key_of, read_name
from outcomegap.files.sheet_files import Grid


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
        self.findings: list[Finding] = []
        self.all = self._read(grid)

    def of(self, *kinds: str) -> list[Row]:
        """Return the rows of some kinds, in order."""
        return [row for row in self.all if row.kind in kinds]

    def note(self, row: int, column: str | None, message: str, rule: str = "sheet") -> None:
        """Keep one finding."""
        where = f"row {row}" if column is None else f"row {row}, column {column!r}"
        self.findings.append(Finding(rule, where, message))

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
            if field not in FIELDS:
                message = f"no such column{hint(field, FIELDS)}; begin the heading of a column of your own with #"
                self.note(1, heading, message, "unknown-key")
            elif colon and not FIELDS[field].per_cell:
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
            said = "is blank" if not kind else f"{kind!r:.60} is no kind of row{hint(kind, KINDS)}"
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
            value = FIELDS[field].read(cell)
        except ValueError as error:
            self.note(row.number, heading, str(error), "cell")
            row.wrong.add(field)
            return
        if not FIELDS[field].per_cell or (key is None and field not in row.fields):
            row.fields[field] = value
        else:
            table = row.fields.get(field)
            if not isinstance(table, PerCell):
                table = PerCell() if field not in row.fields else PerCell(default=table)
                row.fields[field] = table
            table["default" if key is None else key] = value
