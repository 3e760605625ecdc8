"""How commands speak: results on stdout, errors as ``error: ...`` on stderr; and which files they may write."""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from outcomegap import listing
from outcomegap.errors import DataError, ModelError, OutcomeGapError

#: Exit codes: something found in the model or the data; the command not understood (click's own).
FOUND, USAGE = 1, 2

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for machines.")


def reported(command: Callable[..., None]) -> Callable[..., None]:
    """Turn our own errors into messages and exit code 1; with ``--json`` into a document as well."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            if (context := click.get_current_context(silent=True)) is not None:
                refuse_overwriting(context)
            command(*args, **options)
        except OutcomeGapError as error:
            if options.get("as_json"):
                say_json(error_data(error))
            say_error(str(error))
            sys.exit(FOUND)

    return run


def error_data(error: OutcomeGapError) -> dict[str, Any]:
    """Return an error as plain data."""
    data: dict[str, Any] = {"error": str(error)}
    if isinstance(error, ModelError):
        data["findings"] = [finding.to_dict() for finding in error.findings]
    if isinstance(error, DataError):
        data["problems"] = [problem.to_dict() for problem in error.problems]
    return data


def say_error(message: str) -> None:
    """Print an error on stderr."""
    click.echo(f"error: {harmless(message)}", err=True)


def say_json(data: object) -> None:
    """Print one JSON document on stdout."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False, default=str))


def harmless(message: str) -> str:
    """Replace control characters, which data could use to steer a terminal; lines stay."""
    return "\n".join(map(listing.harmless, message.split("\n")))


def width() -> int | None:
    """Return the columns to fit tables into; None where nobody looks at a terminal and COLUMNS is not set."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return shutil.get_terminal_size().columns
    return None


# Files

#: Options whose files are read; other options of a file are written.
READ = ("tables", "since", "actions", "overrides")


def refuse_overwriting(context: click.Context) -> None:
    """Refuse an output that is an input, the model, or another output.

    Raises
    ------
    click.UsageError
        If one is.
    """
    read: dict[Path, str] = {}
    for parameter in context.command.params:
        if isinstance(parameter, click.Argument) or parameter.name in READ:
            for path in _paths(context.params.get(parameter.name or "")):
                read.setdefault(path, _called(parameter))
    taken = {path: f"{name} reads" for path, name in read.items()}
    for parameter, path in outputs(context):
        _refuse(context, parameter, path, taken)
        taken[path] = f"{_called(parameter)} writes"


def refuse_tables(context: click.Context, tables: Mapping[str, Path]) -> None:
    """Refuse an output that is a table the model's inputs name.

    Raises
    ------
    click.UsageError
        If one is.
    """
    taken = {path: f"table {name!r} is read from" for name, path in tables.items()}
    for parameter, path in outputs(context):
        _refuse(context, parameter, path, taken)


def outputs(context: click.Context) -> Iterator[tuple[click.Parameter, Path]]:
    """Yield the options that a command writes files for, with their files."""
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if isinstance(parameter, click.Option) and parameter.name not in READ and isinstance(value, Path):
            yield parameter, value


def _refuse(context: click.Context, parameter: click.Parameter, path: Path, taken: Mapping[Path, str]) -> None:
    said = next((said for other, said in taken.items() if _same(path, other)), None)
    if said is not None:
        message = f"{_called(parameter)} {path} would overwrite the file that {said}; choose another file"
        raise click.UsageError(message, context)


def _paths(value: object) -> Iterable[Path]:
    values = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
    for each in values:
        if isinstance(each, Path):
            yield each
        elif isinstance(each, str):
            yield Path(each)
            if "=" in each:  # NAME=FILE
                yield Path(each.partition("=")[2])


def _same(one: Path, other: Path) -> bool:
    """Tell whether two paths are one file, by links and other spellings too."""
    try:
        return one.resolve() == other.resolve() or one.samefile(other)
    except (OSError, ValueError):  # not there yet
        return False


def _called(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        return (parameter.name or "").upper()
    return max(parameter.opts, key=len)
