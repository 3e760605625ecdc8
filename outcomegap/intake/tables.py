"""Which raw table is meant by which name, and where it lies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from outcomegap.errors import DataError, Problem, hint
from outcomegap.intake.load import ENDINGS, TEXT, database, ending, load
from outcomegap.intake.textfile import form_of, uneven_row, unreadable
from outcomegap.model.inputs import Inputs


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
    """

    def __init__(self, inputs: Inputs, source: Any, more: Mapping[str, Any] | None = None) -> None:
        self.inputs = inputs
        self.folder: Path | None = None
        self._given: dict[str, Any] = {}
        self._database: Callable[[str], Any] | None = None
        self._read: dict[str, Any] = {}
        if _is_path(source):
            self._place(Path(source))
        elif _is_dict_of_tables(source):
            self._given.update(source)
        else:
            self._given[inputs.customers] = source
        self._given.update(more or {})

    def _place(self, path: Path) -> None:
        if path.is_dir():
            self.folder = path
        elif ending(path) in (".duckdb", ".ddb", ".db") and path.is_file():
            self._database = database(path)
            self.folder = path.parent
        else:
            self._given[self.inputs.customers] = path
            self.folder = path.parent

    def missing(self, names: Iterable[str]) -> list[Problem]:
        """List the tables that are nowhere to be found."""
        return [Problem("missing-table", self._lacking(name)) for name in names if not self._known(name)]

    def _lacking(self, name: str) -> str:
        if not self._given and self.folder is not None:
            files = f"{name}.csv (or another of {', '.join(ENDINGS[1:])})"
            return f"table {name!r} is not there: folder {self.folder} has no file {files}; {_HELP}"
        known = {*self._given, *self.inputs.tables}
        return f"table {name!r} is not among those given{hint(name, known - {name})}; {_HELP}"

    def _known(self, name: str) -> bool:
        return name in self._given or self._database is not None or self._file(name) is not None

    def is_text(self, name: str) -> bool:
        """Tell whether a table comes from a text file, where everything is text."""
        path = self.path_of(name)
        return path is not None and ending(path) in TEXT

    def path_of(self, name: str) -> Path | None:
        """Return the file that a table comes from, if it comes from one."""
        found: Any = self._given.get(name)
        return self._file(name) if found is None else Path(found) if _is_path(found) else None

    @contextmanager
    def reading(self, name: str) -> Iterator[None]:
        """Name the file, and the line where it is known, of a table that its engine finds it cannot read."""
        try:
            yield
        except DataError as error:
            path = self.path_of(name)
            if path is None or [problem.rule for problem in error.problems] != ["unreadable-table"]:
                raise
            why = error.problems[0].message.partition(" cannot be read: ")[2]
            if ending(path) in TEXT:
                encoding, separator = form_of(path, self.inputs.table(name), name, _tab(path))
                why = uneven_row(path, separator, encoding, longer=True) or why
            raise unreadable(path, why) from error

    def __getitem__(self, name: str) -> Any:
        """Return a table as the frame it is."""
        if name not in self._read:
            self._read[name] = self._load(name)
        return self._read[name]

    def _load(self, name: str) -> Any:
        if name in self._given:
            found = self._given[name]
            return load(Path(found), self.inputs.table(name), name) if _is_path(found) else found
        if self._database is not None:
            return self._database(name)
        path = self._file(name)
        if path is None:
            raise DataError.all("raw tables", self.missing([name]))
        return load(path, self.inputs.table(name), name)

    def _file(self, name: str) -> Path | None:
        said = self.inputs.table(name).file
        folder = self.folder or Path()
        if said is not None:
            return folder / said
        if self.folder is None:
            return None
        places = [folder / f"{name}{kind}{packed}" for kind in ENDINGS for packed in ("", ".gz")]
        return next((place for place in places if place.is_file()), None)


_HELP = "give it by name, say its file in [inputs.tables], or give the folder it lies in"


def _tab(path: Path) -> str | None:
    return "\t" if ending(path) == ".tsv" else None


def _is_path(value: Any) -> bool:
    return isinstance(value, (str, os.PathLike))


def _is_dict_of_tables(source: Any) -> bool:
    """Tell a dict of tables from a table that is a dict of columns."""
    return isinstance(source, Mapping) and bool(source) and all(map(_is_table, source.values()))


def _is_table(value: Any) -> bool:
    if _is_path(value) or isinstance(value, Mapping):
        return True
    if isinstance(value, (list, tuple)):
        return bool(value) and isinstance(value[0], Mapping)
    return any(hasattr(type(value), name) for name in ("columns", "column_names", "collect_schema"))
