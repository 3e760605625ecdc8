"""One file as a frame of the best library there is, text left as text: nothing is guessed from its looks."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from outcomegap.errors import EngineError
from outcomegap.intake.kinds import of_one_kind
from outcomegap.intake.textfile import form_of, lines_of, opened, uneven_row, unreadable, why_not
from outcomegap.model.inputs import TableInput

#: Libraries that can hold a frame, the fastest first.
LIBRARIES = ("polars", "pyarrow", "pandas")
#: Endings of text files.
TEXT = (".csv", ".tsv", ".txt")
_LINES, _PARQUET = (".jsonl", ".ndjson"), (".parquet", ".pq")
_BOOKS, _DATABASES = (".xlsx", ".xlsm"), (".duckdb", ".ddb", ".db")
ENDINGS = (*TEXT, *_LINES, *_PARQUET, *_BOOKS, *_DATABASES)


def load(path: Path, table: TableInput, name: str) -> Any:
    """Read one file.

    Parameters
    ----------
    path
        csv, tsv, txt, jsonl (each also with .gz), parquet, xlsx, or a DuckDB database.
    table
        What the inputs say of its form.
    name
        What the table is called: the table to take from a database.

    Returns
    -------
    frame
        Polars, else PyArrow, else pandas, else a dict of lists; a DuckDB relation from a database. Text files
        give text alone, with null for an empty cell.

    Raises
    ------
    DataError
        If there is no such file, or it cannot be read.
    EngineError
        If a library is missing that its kind needs.
    """
    if not path.is_file():
        raise unreadable(path, "there is no such file")
    try:
        return _loaded(path, table, name)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        why = f"it is no whole gzip file ({error}); fetch or pack it again, or drop .gz if it is not packed"
        raise unreadable(path, why) from error
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from error


def _loaded(path: Path, table: TableInput, name: str) -> Any:
    kind = ending(path)
    if kind in TEXT:
        return _text(path, table, name, "\t" if kind == ".tsv" else None)
    if kind in _LINES:
        return _lines(path)
    if kind in _PARQUET:
        return _parquet(path)
    if kind in _BOOKS:
        return _book(path, table.sheet)
    if kind in _DATABASES:
        return database(path)(name)
    raise unreadable(path, f"its ending is none of {', '.join(ENDINGS)}")


def ending(path: Path) -> str:
    """Return the ending that tells the kind of file, without .gz.

    Examples
    --------
    >>> ending(Path("tickets.csv.gz")), ending(Path("tickets.PARQUET"))
    ('.csv', '.parquet')
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def best_library() -> str | None:
    """Return the first library installed that can hold a frame."""
    return next((name for name in LIBRARIES if find_spec(name) is not None), None)


def database(path: Path) -> Callable[[str], Any]:
    """Open a DuckDB database; return what gives a table of it by name."""
    if find_spec("duckdb") is None:
        raise EngineError(f"{path.name}: reading a DuckDB database needs duckdb; pip install duckdb")
    import duckdb

    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise unreadable(path, str(error)) from error

    def table(name: str) -> Any:
        try:
            return connection.table('"' + name.replace('"', '""') + '"')
        except duckdb.Error as error:
            raise unreadable(path, f"it has no table {name!r}: {error}") from error

    return table


def _text(path: Path, table: TableInput, name: str, separator: str | None) -> Any:
    readers = {"polars": _text_polars, "pyarrow": _text_pyarrow, "pandas": _text_pandas, None: _text_plain}
    encoding = "utf-8"
    try:
        encoding, separator = form_of(path, table, name, separator)
        _heading(path, separator, encoding)
        return readers[best_library()](path, separator, encoding)
    except (UnicodeError, LookupError) as error:
        said = "UTF-8" if encoding.startswith("utf-8") else encoding
        say = f'say its own, such as encoding = "cp1252", under [inputs.tables.{name}]'
        raise unreadable(path, f"its text is not {said} ({error}); {say}") from error


def _heading(path: Path, separator: str, encoding: str) -> None:
    """Refuse a heading that names a column twice: libraries rename the second, each in its own way."""
    with lines_of(path, encoding) as lines:
        names = next(csv.reader(lines, delimiter=separator), [])
    if not names:
        raise unreadable(path, "it is empty")
    for name in names:
        if names.count(name) > 1:
            raise unreadable(path, f"{names.count(name)} columns are called {name!r}; rename or drop one")


def _bytes(path: Path, encoding: str) -> Any:
    """Return the file as UTF-8 without a byte-order mark."""
    with opened(path) as file:
        data = file.read()
    if encoding not in ("utf-8-sig", "utf-8"):
        return data.decode(encoding).encode()
    return data.removeprefix(b"\xef\xbb\xbf")


def _text_polars(path: Path, separator: str, encoding: str) -> Any:
    import polars as pl

    if encoding in ("utf-8-sig", "utf-8") and path.suffix.lower() != ".gz":
        return pl.scan_csv(path, separator=separator, infer_schema=False)
    try:
        return pl.read_csv(_bytes(path, encoding), separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise unreadable(path, why_not(path, separator, encoding, error)) from error


def _text_pyarrow(path: Path, separator: str, encoding: str) -> Any:
    import pyarrow as pa
    from pyarrow import csv as reader

    data = _bytes(path, encoding)
    header = next(csv.reader(io.TextIOWrapper(io.BytesIO(data), newline=""), delimiter=separator), [])
    convert = reader.ConvertOptions(
        column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    parse = reader.ParseOptions(delimiter=separator, newlines_in_values=True)
    try:
        return reader.read_csv(pa.BufferReader(data), parse_options=parse, convert_options=convert)
    except pa.ArrowInvalid as error:
        raise unreadable(path, why_not(path, separator, encoding, error)) from error


def _text_pandas(path: Path, separator: str, encoding: str) -> Any:
    import pandas as pd

    try:
        return pd.read_csv(path, sep=separator, encoding=encoding, dtype=str, keep_default_na=False, na_values=[""])
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise unreadable(path, why_not(path, separator, encoding, error)) from error


def _text_plain(path: Path, separator: str, encoding: str) -> dict[str, list[Any]]:
    if (uneven := uneven_row(path, separator, encoding)) is not None:
        raise unreadable(path, uneven)
    with lines_of(path, encoding) as lines:
        rows = csv.reader(lines, delimiter=separator)
        header = next(rows)
        body = [row for row in rows if row]
    columns = zip(*body, strict=True) if body else ([] for _ in header)
    return {name: [cell or None for cell in column] for name, column in zip(header, columns, strict=True)}


def _lines(path: Path) -> Any:
    rows = []
    with opened(path) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except UnicodeDecodeError as error:
                raise unreadable(path, f"line {number} is not UTF-8 ({error})") from error
            except ValueError as error:
                why = f"{error.msg}, at character {error.colno}" if isinstance(error, json.JSONDecodeError) else error
                raise unreadable(path, f"line {number} is no JSON object: {why}") from error
            if not isinstance(row, dict):
                raise unreadable(path, f"line {number} is no JSON object; one object stands on each line")
            rows.append(row)
    names = dict.fromkeys(name for row in rows for name in row)
    return in_library({name: [row.get(name) for row in rows] for name in names})


def _parquet(path: Path) -> Any:
    if find_spec("polars") is not None:
        import polars as pl

        return pl.scan_parquet(path)
    if find_spec("pyarrow") is not None:
        from pyarrow import parquet

        return parquet.read_table(path)
    raise EngineError(f"{path.name}: reading Parquet needs pyarrow or polars; pip install outcomegap[parquet]")


def _book(path: Path, sheet: str | None) -> Any:
    if find_spec("openpyxl") is None:
        raise EngineError(f"{path.name}: reading a workbook needs openpyxl; pip install outcomegap[excel]")
    openpyxl = import_module("openpyxl")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError) as error:  # a workbook is a zip file with certain parts
        why = "it is no Excel workbook, or not all of one; save it as .xlsx again, or give it the ending of what it is"
        raise unreadable(path, why) from error
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise unreadable(path, f"it has no sheet {sheet!r} (it has {', '.join(map(repr, book.sheetnames))})")
        rows = [list(row) for row in (book[sheet] if sheet else book.worksheets[0]).iter_rows(values_only=True)]
    finally:
        book.close()
    rows = [row for row in rows if any(cell is not None for cell in row)]
    if not rows:
        raise unreadable(path, "it is empty")
    wide = max(i for i, cell in enumerate(rows[0]) if cell is not None) + 1
    names = [str(cell) if cell is not None else f"column {i + 1}" for i, cell in enumerate(rows[0][:wide])]
    return in_library({name: [row[i] for row in rows[1:]] for i, name in enumerate(names)})


def in_library(columns: dict[str, list[Any]]) -> Any:
    """Make a frame of columns; one that mixes kinds becomes numbers where it holds only those, else text."""
    library = best_library()
    if library is None:
        return columns
    mixed = [name for name, column in columns.items() if len({type(v) for v in column if v is not None}) > 1]
    columns = columns | {name: of_one_kind(columns[name]) for name in mixed}
    if library == "polars":
        import polars as pl

        return pl.DataFrame(columns, strict=False)
    if library == "pyarrow":
        import pyarrow as pa

        return pa.table(columns)
    import pandas as pd

    return pd.DataFrame(columns)
