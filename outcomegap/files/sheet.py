"""A model kept as a sheet: one requirement a row, one target column a segment; csv and xlsx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from outcomegap.checks import Checks
from outcomegap.errors import Finding, ModelError
from outcomegap.files.model_file import read_model, write_model
from outcomegap.files.sheet_file import Grid, grid_bytes, grid_of, read_grid
from outcomegap.files.sheet_reader import SheetReader
from outcomegap.files.sheet_writer import SheetWriter
from outcomegap.model.curve import SHIPPED
from outcomegap.model.join import CustomJoin
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
    _own_code(checks, model)
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
    differing = _first_difference(data, write_model(again), "")
    if differing is not None:
        raise ModelError.of("sheet", checks.what, differing)
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


def _own_code(checks: Checks, model: OutcomeModel) -> None:
    """Note curves and join rules of one's own: a sheet could hold no more than their names."""
    steps = dict.fromkeys((*model.steps, *model.observed_by))
    own = [(f"{x.where}.curve", "curve", x.curve.name) for x in steps if not isinstance(x.curve, SHIPPED)]
    joins = [(f"desired_outcomes.{o.name}.join", o.join) for o in model.desired_outcomes]
    own += [(where, "join", rule.name) for where, rule in joins if isinstance(rule, CustomJoin)]
    for where, kind, name in own:
        message = f"a sheet cannot hold a {kind} of one's own ({name!r:.60}); keep the model as TOML"
        checks.finding("sheet", where, message)


def _first_difference(one: Any, other: Any, where: str) -> str | None:
    """Return where two pieces of plain data differ, in words; None where they do not."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            inside = f"{where}.{key}" if where else key
            if key not in one or key not in other:
                kept, lost = (one, "lost") if key in one else (other, "added")
                return f"{inside} = {kept[key]!r:.60} would be {lost}"
            found = _first_difference(one[key], other[key], inside)
            if found is not None:
                return found
        return None
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next((d for i, (a, b) in pairs if (d := _first_difference(a, b, f"{where}[{i}]")) is not None), None)
    same = type(one) is type(other) and repr(one) == repr(other)
    return None if same else f"{where} = {one!r:.60} would be read as {other!r:.60}"
