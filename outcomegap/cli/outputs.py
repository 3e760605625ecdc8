"""No output of a command may overwrite what the command reads, or another of its outputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

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
        message = f"{_called(parameter)} {path} would overwrite the file that {said}; say another file"
        raise click.UsageError(message, context)


def _paths(value: Any) -> Iterable[Path]:
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
