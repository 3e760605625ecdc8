"""Columns and a header in one file: Parquet, or JSON. Nothing in a file is ever run."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import re
import secrets
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, EngineError
from outcomegap.frames import make_frame, wrap
from outcomegap.frames.arrays import plain_values

Array = NDArray[Any]
Groups = Mapping[str, Mapping[str, Array]]
SUFFIXES = (".parquet", ".json", ".json.gz")
#: Where the header stands in a Parquet file's metadata, and in a JSON file.
KEY = "outcomegap"
#: What stands before and after the columns of a JSON file.
BEFORE, AFTER = ',\n"columns": ', "}\n"
#: How hard gzip tries: the highest level takes ten times as long for a file hardly smaller.
LEVEL = 4
#: Types of columns that a JSON file may name.
TYPE = re.compile(r"object|bool|float(16|32|64)|u?int(8|16|32|64)|[mM]8\[\d*[A-Za-z]{1,2}\]")


@attrs.frozen(eq=False)
class Saved:
    """What one file holds.

    Parameters
    ----------
    header
        Plain data: the model and what else is said once.
    groups
        Columns by group, all of one length.
    """

    header: dict[str, Any]
    groups: Groups

    def group(self, name: str) -> Mapping[str, Array]:
        """Return the columns of a group; none where it is empty."""
        return self.groups.get(name, {})


def write(path: Path, saved: Saved) -> None:
    """Write a file; one that exists is replaced once the new one is whole.

    Raises
    ------
    DataError
        If the suffix is unknown, a column cannot be held, or the file cannot be written.
    EngineError
        If Parquet is asked for and pyarrow is not installed.
    """
    suffix = suffix_of(path)
    with _whole(path) as beside:
        if suffix == ".parquet":
            _write_parquet(beside, saved)
        else:
            raw = _json(saved).encode("utf-8", "surrogatepass")
            beside.write_bytes(gzip.compress(raw, LEVEL, mtime=0) if suffix == ".json.gz" else raw)


def read(path: Path) -> Saved:
    """Read a file.

    Raises
    ------
    DataError
        If it is not there, or is damaged, or is no file of saved scores.
    EngineError
        If it is Parquet and pyarrow is not installed.
    """
    suffix = suffix_of(path)
    try:
        saved = _read_parquet(path) if suffix == ".parquet" else _read_json(path, zipped=suffix == ".json.gz")
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    if len({len(column) for columns in saved.groups.values() for column in columns.values()}) > 1:
        raise damaged(path, "its columns differ in length")
    return saved


def suffix_of(path: Path) -> str:
    """Return which of `SUFFIXES` a path has."""
    for suffix in SUFFIXES:
        if path.name.lower().endswith(suffix):
            return suffix
    raise DataError(f"{path}: saved scores are a file that ends in {', '.join(SUFFIXES)}")


def damaged(path: Path, why: str) -> DataError:
    """Make the error for a file that does not hold what was written."""
    return DataError(f"{path}: this is no file of saved scores, or it is damaged: {why}")


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Yield a path beside the one asked for, and move it there once it is written."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        yield beside
        beside.replace(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)


# Parquet: each group is a column of structs, so that SQL reads it as scores.desired, measures.list_size


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        message = "Parquet files need pyarrow: install the extra outcomegap[parquet], or save as .json.gz"
        raise EngineError(message) from error
    return pa, parquet


def _write_parquet(path: Path, saved: Saved) -> None:
    pa, parquet = _pyarrow()
    structs: dict[str, Any] = {}
    for group, columns in saved.groups.items():
        arrays = [_arrow(pa, f"{group}.{name}", column) for name, column in columns.items()]
        if arrays:
            structs[group] = pa.StructArray.from_arrays(arrays, names=list(columns))
    metadata = {KEY: json.dumps(saved.header, allow_nan=False)}
    parquet.write_table(pa.table(structs).replace_schema_metadata(metadata), path, write_page_checksum=True)


def _arrow(pa: Any, name: str, column: Array) -> Any:
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        message = f"column {name!r} cannot be saved: {error}; make its values one type, such as text"
        raise DataError(message) from error


def _read_parquet(path: Path) -> Saved:
    pa, parquet = _pyarrow()
    try:
        with parquet.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read()
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise damaged(path, str(error)) from error
    header = _header(path, (table.schema.metadata or {}).get(KEY.encode()))
    groups: dict[str, dict[str, Array]] = {}
    for field in table.schema:
        if not pa.types.is_struct(field.type):
            raise damaged(path, f"column {field.name!r} is no group of columns")
        names = [inner.name for inner in field.type]
        columns = pa.table(table.column(field.name).combine_chunks().flatten(), names=names)
        view = wrap(columns)
        groups[field.name] = {name: view.values(name) for name in names}
    return Saved(header, groups)


def _header(path: Path, raw: Any) -> dict[str, Any]:
    try:
        header = json.loads(raw)
    except (TypeError, ValueError, RecursionError) as error:
        raise damaged(path, "its header is not there") from error
    if not isinstance(header, dict):
        raise damaged(path, "its header is not there")
    return header


# JSON: an object with the header, and the columns by group and name, each with its type and its values


def _json(saved: Saved) -> str:
    columns = {
        group: {name: _written(f"{group}.{name}", column) for name, column in columns.items()}
        for group, columns in saved.groups.items()
    }
    text = json.dumps(columns, ensure_ascii=False, allow_nan=False)
    header = json.dumps(saved.header | {"digest": _digest(text)}, ensure_ascii=False, allow_nan=False)
    return f'{{"{KEY}": {header}{BEFORE}{text}{AFTER}'


def _read_json(path: Path, *, zipped: bool) -> Saved:
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if zipped else raw).decode("utf-8", "surrogatepass")
        data = json.loads(text)
    except (ValueError, EOFError, RecursionError, zlib.error, gzip.BadGzipFile) as error:
        raise damaged(path, str(error)) from error
    if not isinstance(data, dict) or not isinstance(data.get("columns"), dict) or not isinstance(data.get(KEY), dict):
        raise damaged(path, "its header or its columns are not there")
    header, columns = data[KEY], data["columns"]
    as_written = _digest(text.partition(BEFORE)[2].removesuffix(AFTER)) == header.get("digest")
    # Somebody may have laid the file out anew.
    if not as_written and _digest(json.dumps(columns, ensure_ascii=False)) != header.get("digest"):
        raise damaged(path, "its columns are not those that were saved")
    try:
        groups = {group: {name: _read_again(c) for name, c in inner.items()} for group, inner in columns.items()}
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise damaged(path, f"a column cannot be read: {error}") from error
    return Saved(header, groups)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _written(name: str, column: Array) -> dict[str, Any]:
    """Return a column as JSON holds it; floats come back bit for bit."""
    kind = column.dtype.kind
    if kind == "M":
        texts = [None if text == "NaT" else text for text in np.datetime_as_string(column).tolist()]
        return {"type": column.dtype.str.lstrip("<>="), "values": texts}
    if kind == "m":
        whole = column.view(np.int64).tolist()
        return {"type": column.dtype.str.lstrip("<>="), "values": whole}
    values = plain_values(column)
    if kind == "f":
        return {"type": column.dtype.name, "values": [str(v) if v in (math.inf, -math.inf) else v for v in values]}
    if kind in "iub":
        return {"type": column.dtype.name, "values": values}
    for value in values:
        known = isinstance(value, (str, int, bool, type(None)))
        if not known and not (isinstance(value, float) and math.isfinite(value)):
            message = f"column {name!r} holds {value!r:.60}, which JSON cannot; make it text, or save as .parquet"
            raise DataError(message)
    return {"type": "object", "values": values}


def _read_again(column: dict[str, Any]) -> Array:
    kind, values = column["type"], column["values"]
    if not isinstance(kind, str) or TYPE.fullmatch(kind) is None:
        raise ValueError(f"no type {kind!r:.40}")
    if kind == "object":
        made = np.empty(len(values), dtype=object)
        made[:] = values
        return made
    if kind.startswith("float"):
        return np.array([math.nan if value is None else float(value) for value in values], dtype=kind)
    if kind.startswith("m"):
        return np.array(values, dtype=np.int64).view(kind)
    return np.array(values, dtype=kind)


def frame_of(columns: Mapping[str, Array], path: Path) -> Any:
    """Return columns as a frame: a PyArrow table where the file is Parquet, else a dict of arrays."""
    return make_frame(columns, "pyarrow" if suffix_of(path) == ".parquet" else "dict")
