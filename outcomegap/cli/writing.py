"""Tables written to files by their suffix: csv, tsv, jsonl (each also with .gz), parquet, xlsx."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import numpy as np

from outcomegap.errors import DataError, EngineError, nearest
from outcomegap.frames.arrays import plain_values
from outcomegap.scoring.sheets import as_text, cells, csv_text, to_excel

Columns = Mapping[str, Any]
#: Libraries that formats need, and the extras that bring them.
NEEDED = {".parquet": ("pyarrow", "parquet"), ".xlsx": ("openpyxl", "excel")}
#: Rows that are made into Python values at a time.
PIECE = 1 << 16
SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".csv.gz", ".tsv.gz", ".jsonl.gz", ".ndjson.gz", ".parquet", ".xlsx")


def kind_of(path: Path) -> str:
    """Return the suffix that says how to write a file, without ``.gz``.

    Raises
    ------
    DataError
        If nothing can be written that way.
    EngineError
        If a library is missing that the format needs.

    Examples
    --------
    >>> kind_of(Path("scores.csv.gz")), kind_of(Path("scores.PARQUET"))
    ('.csv', '.parquet')
    """
    name = path.name.lower()
    suffix = max((known for known in SUFFIXES if name.endswith(known)), key=len, default=None)
    if suffix is None:
        said = "".join(path.suffixes[-2:]) or path.name
        near = nearest(said, SUFFIXES)
        meant = f" (did you mean {near!r}?)" if near is not None else ""
        raise DataError(f"{path} cannot be written: its suffix is none of {', '.join(SUFFIXES)}{meant}")
    library, extra = NEEDED.get(suffix, (None, None))
    if library is not None and find_spec(library) is None:
        raise EngineError(f"writing {path.name} needs {library}: install the extra outcomegap[{extra}]")
    return suffix.removesuffix(".gz")


def write(columns: Columns, path: Path, *, for_people: bool = False) -> None:
    """Write columns (arrays of one length) to a file.

    Missing values are empty cells in text and null elsewhere; numbers are written in full.

    Parameters
    ----------
    columns
        Arrays of one length.
    path
        The file; its suffix says the format.
    for_people
        Whether text in csv that a spreadsheet may take for a formula gets an apostrophe before it. Without it text
        is written as it is; in ``.xlsx`` text is never a formula.

    Raises
    ------
    DataError
        If the suffix is unknown, or the file cannot be written.
    EngineError
        If a library is missing that the format needs.
    """
    kind = kind_of(path)
    try:
        if kind == ".parquet":
            _parquet(columns, path)
        elif kind == ".xlsx":
            to_excel(columns, path, path.stem)
        else:
            _text(columns, path, kind, for_people=for_people)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}") from error


def _text(columns: Columns, path: Path, kind: str, *, for_people: bool) -> None:
    with _opened(path) as file:
        if kind in (".jsonl", ".ndjson"):
            for row in _rows(columns):
                named = dict(zip(columns, map(_finite, row), strict=True))
                file.write(json.dumps(named, ensure_ascii=False, default=str, allow_nan=False) + "\n")
            return
        writer = csv.writer(file, delimiter="\t" if kind == ".tsv" else ",", lineterminator="\n")
        rows: Iterator[Iterable[Any]] = itertools.chain([tuple(columns)], _rows(columns))
        writer.writerows(map(csv_text, row) for row in rows) if for_people else writer.writerows(rows)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    with path.open("wb") as raw, contextlib.ExitStack() as stack:
        packed: Any = raw
        if path.suffix.lower() == ".gz":
            # No time and no name inside, so that the same scores make the same file.
            packed = stack.enter_context(gzip.GzipFile("", "wb", compresslevel=5, fileobj=raw, mtime=0))
        yield stack.enter_context(io.TextIOWrapper(packed, encoding="utf-8", newline=""))


def _rows(columns: Columns) -> Iterator[tuple[Any, ...]]:
    """Yield rows of plain values, None for missing; long tables show a progress bar on a terminal."""
    from outcomegap.scoring.progress import bar

    whole = [_without_dates(values) for values in columns.values()]
    size = len(whole[0]) if whole else 0
    with bar(size, show=None) as advance:
        for start in range(0, size, PIECE):
            yield from zip(*(plain_values(values[start : start + PIECE]) for values in whole), strict=True)
            if advance is not None:
                advance(min(PIECE, size - start))


def _without_dates(values: Any) -> Any:
    """Return a column with its moments as text, which looks alike in all rows."""
    if values.dtype.kind != "M":
        return values
    texts = np.empty(len(values), dtype=object)
    texts[:] = [as_text(moment) or None for moment in cells(values)]
    return texts


def _finite(value: Any) -> Any:
    """Return text for an infinity, for which JSON has no number."""
    return str(value) if isinstance(value, float) and math.isinf(value) else value


def _parquet(columns: Columns, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    def arrow(values: Any) -> Any:
        items = cells(values)
        try:
            return pa.array(items, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError):  # several types in one column
            return pa.array([None if item is None else str(item) for item in items])

    parquet.write_table(pa.table({name: arrow(values) for name, values in columns.items()}), path)
