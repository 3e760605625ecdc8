"""Raw tables: which file is meant by which name, and what it holds. Text stays text: nothing is guessed."""

from __future__ import annotations

import gzip
import io
import json
import mmap
import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import attrs

from outcomegap.checks import Checks
from outcomegap.errors import DataError, EngineError, Problem, hint
from outcomegap.frames import Table, make_frame, wrap
from outcomegap.frames.arrays import is_blank
from outcomegap.frames.workbook import DamagedError, Page, workbook_rows
from outcomegap.intake import layout
from outcomegap.intake.layout import Row, Told
from outcomegap.intake.names import lacking, text_of
from outcomegap.intake.textfile import decoded, likely_encoding, read_text, scanned
from outcomegap.model.inputs import Inputs, TableInput, parts_of

if TYPE_CHECKING:
    import narwhals as nw

#: Libraries that can hold a frame, the fastest first.
LIBRARIES = ("polars", "pyarrow", "pandas")
#: Endings of text files.
TEXT = (".csv", ".tsv", ".txt")
_DATABASES = (".duckdb", ".ddb", ".db")
#: A packed file may unpack to so many bytes.
MOST_UNPACKED = 1 << 30


class Tables:
    """The raw tables by name; each is read when it is first asked for.

    Parameters
    ----------
    inputs
        What the model says of them.
    source
        The customers' table (a frame or a file), a folder, a DuckDB database, or a dict of name -> frame or file.
    more
        Further tables by name.
    form
        How the customers' own file is to be read, where the inputs do not say it: keys of `TableInput`.

    Attributes
    ----------
    notes, checks
        What was left out in reading, and what is in doubt.
    lines
        By table, the line of its file on which each row begins, where that is known.
    """

    def __init__(
        self,
        inputs: Inputs,
        source: object,
        more: Mapping[str, object] | None = None,
        form: Mapping[str, object] | None = None,
    ) -> None:
        said: dict[str, Any] = {key: value for key, value in (form or {}).items() if value is not None}
        own = attrs.evolve(inputs.table(inputs.customers), **said)
        self.inputs = attrs.evolve(inputs, tables={**inputs.tables, inputs.customers: own}) if said else inputs
        self.folder: Path | None = None
        self.notes: list[str] = []
        self.checks = Checks("raw tables")
        self.lines: dict[str | None, Sequence[int]] = {}
        self._database: Callable[[str], Any] | None = None
        self._read: dict[str, Any] = {}
        self._given: dict[str, Any] = {inputs.customers: source}
        if is_path(source):
            path = Path(source)
            self.folder = path if path.is_dir() else path.parent
            if path.is_file() and ending(path) in _DATABASES:
                self._database = _database(path)
            if path.is_dir() or self._database is not None:
                self._given = {}
        elif isinstance(source, Mapping) and source and all(map(_is_table, source.values())):
            self._given = dict(source)
        self._given.update(more or {})

    def missing(self) -> list[Problem]:
        """List the tables that are needed and nowhere to be found."""
        known = {*self._given, *self.inputs.tables}
        problems = []
        for name in self.inputs.tables_read:
            if name in self._given or self._database is not None or self.path_of(name) is not None:
                continue
            message = f"table {name!r} is not among those given{hint(name, known - {name})}"
            if not self._given and self.folder is not None:
                files = f"{name}.csv (or another of {', '.join(ENDINGS[1:])})"
                message = f"table {name!r} is not there: folder {self.folder} has no file {files}"
            help_ = "give it by name, say its file in [inputs.tables], or give the folder it lies in"
            problems.append(Problem("missing-table", f"{message}; {help_}"))
        return problems

    def path_of(self, name: str) -> Path | None:
        """Return the file that a table comes from, if it comes from one."""
        if name in self._given:
            return Path(self._given[name]) if is_path(self._given[name]) else None
        if self._database is not None:
            return None
        if (said := self.inputs.table(name).file) is not None:
            return (self.folder or Path()) / said
        places = [f"{name}{kind}{packed}" for kind in ENDINGS for packed in ("", ".gz")]
        there = (self.folder / place for place in places if self.folder is not None)
        return next((place for place in there if place.is_file()), None)

    def is_text(self, name: str) -> bool:
        """Return whether a table comes from a text file, where every value is text."""
        path = self.path_of(name)
        return path is not None and ending(path) in TEXT

    def __getitem__(self, name: str) -> Any:
        """Return a table as the frame it is."""
        if name not in self._read:
            if (path := self.path_of(name)) is not None:
                told = Told(path.name, name, self.notes, self.checks, name == self.inputs.customers, self.lines)
                self._read[name] = load(path, self.inputs.table(name), told)
            elif name not in self._given and self._database is not None:
                self._read[name] = self._database(name)
            elif missing := self.missing():
                raise DataError.all("raw tables", missing)
            else:
                self._read[name] = self._given[name]
        return self._read[name]

    def sources(self) -> dict[str, str]:
        """Return what each table that was read came from: its file, or the kind of frame."""
        found = {name: (self.path_of(name), type(read).__name__) for name, read in self._read.items()}
        return {name: kind if path is None else path.name for name, (path, kind) in found.items()}

    def table(self, name: str) -> Table:
        """Look at a table as a whole; what its engine cannot read is a problem."""
        return self._whole(self[name], name)

    def __contains__(self, name: str) -> bool:
        """Return whether a table is given, said in the inputs, or a file of the folder."""
        return name in self._given or name in self.inputs.tables or self.path_of(name) is not None

    def names(self, name: str) -> tuple[str, ...]:
        """Return the names of a table's columns; of a lazy one nothing else is read."""
        lazy = _lazy(self[name])
        return wrap(self[name]).names if lazy is None else tuple(lazy.collect_schema())

    def columns(self, name: str, wanted: Iterable[str], checks: Checks) -> Table | None:
        """Look at some columns of a table, of a lazy one reading no others; None where one is missing."""
        wanted, given = list(dict.fromkeys(wanted)), self[name]
        lazy = _lazy(given)
        names, what, ids = self.names(name), f"table {name!r}", parts_of(self.inputs.id)
        say = "" if name == self.inputs.customers else " (say by = its column that names the customer)"
        lost = lacking(checks, names, [column for column in wanted if column in ids], what + say, name)
        if lacking(checks, names, [column for column in wanted if column not in ids], what, name) or lost:
            return None
        return wrap(given) if lazy is None else self._whole(lazy.select(*wanted).to_native(), name)

    def _whole(self, frame: Any, name: str) -> Table:
        """Look at a frame; what its engine cannot read is a problem of the table, or of its file and line."""
        lazy = _lazy(frame)
        if lazy is None or lazy.implementation.is_duckdb():
            return wrap(frame)
        try:
            return wrap(lazy.collect().to_native())
        except BaseException as error:  # a panic of Polars is no Exception
            if type(error).__module__.partition(".")[0] not in ("polars", "narwhals", "pyo3_runtime"):
                raise
            path, why = self.path_of(name), str(error).partition("\n")[0]
            if path is None:
                text = f"table {name!r} cannot be read: {why}"
                raise DataError.all(name, [Problem("unreadable-table", text)]) from error
            raise unreadable(path, why) from error


def is_path(value: object) -> TypeGuard[str | os.PathLike[str]]:
    """Return whether a value is the path of a file and not a frame."""
    return isinstance(value, (str, os.PathLike))


def _is_table(value: object) -> bool:
    """Return whether a value is a table and not a column: a dict may hold either."""
    if is_path(value) or isinstance(value, Mapping):
        return True
    if isinstance(value, (list, tuple)):
        return bool(value) and isinstance(value[0], Mapping)
    return any(hasattr(type(value), name) for name in ("columns", "column_names", "collect_schema"))


def _lazy(native: object) -> nw.LazyFrame[Any] | None:
    """Return a frame that is not there yet as narwhals sees it; None for one that is."""
    import narwhals as nw
    from narwhals import dependencies as known

    found: Any = None if known.is_into_dataframe(native) else nw.from_native(native, pass_through=True)
    return found if isinstance(found, nw.LazyFrame) else None


def best_library() -> str:
    """Return the first library installed that can hold a frame, or else ``"dict"``."""
    return next((name for name in LIBRARIES if find_spec(name) is not None), "dict")


def in_library(columns: Mapping[str, Sequence[object]]) -> Any:
    """Make a frame of columns in the best library there is; one that mixes kinds becomes numbers or else text."""
    made = {}
    for name, column in columns.items():
        kinds = {type(value) for value in column if value is not None}
        turned: Callable[[Any], object] = float if kinds <= {int, float} else text_of
        alike = len(kinds) < 2
        made[name] = column if alike else [None if is_blank(value) else turned(value) for value in column]
    return make_frame(made, best_library())


# Files


def load(path: Path, said: TableInput, told: Told) -> Any:
    """Read one file.

    Parameters
    ----------
    path
        csv, tsv, txt, jsonl, json (each also with .gz), parquet, xlsx, or a DuckDB database.
    said
        What the inputs say of its form.
    told
        The name of the table (that to take from a database); it takes what is left out, and what is in doubt.

    Returns
    -------
    frame
        Polars, else PyArrow, else pandas, else a dict of arrays; a DuckDB relation from a database. Text files
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
    if ending(path) not in _READERS:
        raise unreadable(path, f"its ending is none of {', '.join(ENDINGS)}")
    try:
        return _READERS[ending(path)](path, said, told)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        why = f"it is not a complete gzip file ({error}); fetch or pack it again, or drop .gz if it is not packed"
        raise unreadable(path, why) from error
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from error
    except (layout.NoTableError, DamagedError) as error:
        raise unreadable(path, str(error)) from error


def ending(path: Path) -> str:
    """Return the ending that tells the kind of file, without .gz.

    Examples
    --------
    >>> ending(Path("tickets.csv.gz")), ending(Path("tickets.PARQUET"))
    ('.csv', '.parquet')
    """
    return (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()


def unreadable(path: Path, why: str) -> DataError:
    """Return the error of a file that cannot be read."""
    problem = Problem("unreadable-file", f"{path.name} cannot be read: {why}", value=str(path))
    return DataError(str(problem), [problem])


def _library(library: str, path: Path, what: str, install: str) -> Any:
    """Return a library that a kind of file needs."""
    if find_spec(library.partition(".")[0]) is None:
        raise EngineError(f"{path.name}: reading {what} needs {library}; pip install {install}")
    return import_module(library)


@contextmanager
def _bytes(path: Path) -> Iterator[bytes | mmap.mmap]:
    """Give what a file holds, unpacked."""
    if path.suffix.lower() == ".gz":
        with gzip.open(path) as packed:
            data = packed.read(MOST_UNPACKED + 1)
        if len(data) > MOST_UNPACKED:
            most = f"{MOST_UNPACKED / (1 << 30):g} GiB"
            raise unreadable(path, f"it unpacks to more than {most}; unpack it, and give the file itself")
        yield data
    elif not path.stat().st_size:
        yield b""
    else:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            yield mapped


def _text(path: Path, said: TableInput, told: Told) -> Any:
    separator = said.separator or ("\t" if ending(path) == ".tsv" else None)
    in_polars = best_library() == "polars"
    with _bytes(path) as raw:
        try:
            data = decoded(raw, said.encoding)
            text = read_text(data, separator, said.skip_rows, told, at_once=in_polars)
        except LookupError as error:
            raise unreadable(path, f"{error}; encodings are called cp1252, utf-16, cp949 and so on") from error
        except UnicodeError as error:
            likely = likely_encoding(raw[:]) or "cp1252"
            if likely == "utf-8":
                raise unreadable(path, f"most of its text is UTF-8, but not all ({error}); correct it") from error
            looks = f"its text is not {said.encoding or 'UTF-8'} ({error}); it may be {likely}"
            raise unreadable(path, f"{looks}: {told.key('encoding', likely)}") from error
        if text.rows is not None:
            told.lines[told.table] = [row.line for row in text.rows]
            return make_frame(text.columns(), best_library())
        as_it_is = data is raw and path.suffix.lower() != ".gz" and text.end == len(data)
        above = data[: text.start].count(b"\n")
        if data.find(b'"', text.start, text.end) < 0:  # so that each row is a line
            told.lines[told.table] = range(above + 1, text.end)
        as_it_is = as_it_is and above == 1
        return scanned(path if as_it_is else data, text.names, text.separator, text.start, text.end)


def _objects(path: Path, said: TableInput, told: Told) -> Any:  # noqa: ARG001
    """Read JSON: an array of objects, or an object on each line."""
    with _bytes(path) as raw:
        data = raw[:]
    if ending(path) == ".json" and data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        rows = {f"item {number}": row for number, row in enumerate(_json(data, path, "it"), start=1)}
    else:
        lines = {f"line {number}": line for number, line in enumerate(io.BytesIO(data), start=1) if line.strip()}
        rows = {what: _json(line, path, what) for what, line in lines.items()}
    if odd := [what for what, row in rows.items() if not isinstance(row, dict)]:
        why = f"{odd[0]} is not a JSON object; write one object on each line, or an array of them"
        raise unreadable(path, why)
    names = dict.fromkeys(name for row in rows.values() for name in row)
    return in_library({name: [row.get(name) for row in rows.values()] for name in names})


def _json(text: bytes, path: Path, what: str) -> Any:
    try:
        found = json.loads(text, object_pairs_hook=_named_once)
        json.dumps(found, ensure_ascii=False).encode()  # half a character is no text
    except (ValueError, RecursionError) as error:  # no UTF-8, or no JSON, or nested without end
        raise unreadable(path, f"{what} is not a JSON object: {error}") from error
    return found


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"{Counter(name for name, _ in pairs).most_common(1)[0][0]!r:.60} appears in it twice")
    return found


def _parquet(path: Path, said: TableInput, told: Told) -> Any:  # noqa: ARG001
    if find_spec("polars") is not None:
        return import_module("polars").scan_parquet(path)
    return _library("pyarrow.parquet", path, "Parquet", "outcomegap[parquet]").read_table(path)


def _book(path: Path, said: TableInput, told: Told) -> Any:
    _library("openpyxl", path, "a workbook", "outcomegap[excel]")

    def choose(pages: list[Page]) -> str:
        names = [f"{page.name!r}{' (hidden)' if page.hidden else ''}" for page in pages]
        if said.sheet is not None:
            if said.sheet not in [page.name for page in pages]:
                raise unreadable(path, f"it has no sheet {said.sheet!r} (it has {', '.join(names)})")
            return said.sheet
        likely = [page for page in pages if page.table and not page.hidden] or pages[:1]
        if len(likely) > 1 and told.table is not None:
            raise unreadable(
                path, f"it has the sheets {', '.join(names)}: {told.key('sheet', likely[0].name)}, or another"
            )
        if len(pages) > 1:
            told.note(f"sheet {likely[0].name!r} is read, the only one with a table in sight (of {', '.join(names)})")
        return likely[0].name

    rows, blank = list[Row](), False
    for line, cells in enumerate(workbook_rows(path, choose), start=1):
        before, blank = blank, all(cell is None for cell in cells)
        if not (blank and before):  # a cell far below costs no row for each blank one between
            rows.append(Row(line, cells))
    names, body = layout.table_of(rows, said.skip_rows, told, loose=True)
    told.lines[told.table] = [row.line for row in body]
    return in_library({name: [row.cell(place) for row in body] for place, name in enumerate(names)})


def _database(path: Path) -> Callable[[str], Any]:
    """Open a DuckDB database; return what gives a table of it by name."""
    duckdb = _library("duckdb", path, "a DuckDB database", "duckdb")
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


_READERS: dict[str, Callable[[Path, TableInput, Told], Any]] = {
    **dict.fromkeys(TEXT, _text),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), _objects),
    **dict.fromkeys((".parquet", ".pq"), _parquet),
    **dict.fromkeys((".xlsx", ".xlsm"), _book),
    **dict.fromkeys(_DATABASES, lambda path, _said, told: _database(path)(told.table or "")),
}
ENDINGS = tuple(_READERS)
