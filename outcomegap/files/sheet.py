"""A model kept as a sheet: one requirement a row, one target column a segment; csv and xlsx."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from outcomegap.checks import Checks
from outcomegap.errors import Finding, ModelError
from outcomegap.files.model_file import read_model, write_model
from outcomegap.files.sheet_file import Grid, grid_bytes, grid_of, read_grid
from outcomegap.files.sheet_reader import SheetReader
from outcomegap.files.sheet_writer import SheetWriter
from outcomegap.model.model import OutcomeModel


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


def _flat(data: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and text of all that stands in plain data, also of empty tables and lists."""
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from _flat(value, f"{where}.{key}" if where else key)
    elif isinstance(data, list) and data:
        for i, value in enumerate(data):
            yield from _flat(value, f"{where}[{i}]")
    else:
        yield where, repr(data)
