"""Output of commands: results on stdout, errors as ``error: ...`` on stderr; and which files they may write."""

from __future__ import annotations

import errno
import functools
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from outcomegap import listing
from outcomegap.errors import OutcomeGapError

#: Exit codes: something found in the model or the data; the command not understood (click's own).
FOUND, USAGE = 1, 2
FILE = click.Path(path_type=Path, dir_okay=False)


class FileOrNumber(click.Path):
    """A file, or how many to show."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)

    def get_metavar(self, *_: Any, **__: Any) -> str:
        return "FILE|N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return int(value) if isinstance(value, str) and value.isdecimal() else super().convert(value, param, ctx)


#: Options whose files are read; other options of a file are written.
READ = ("tables", "since", "actions", "overrides")

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for machines.")


def reported(command: Callable[..., None]) -> Callable[..., None]:
    """Turn the library's errors into messages and exit code 1; with ``--json`` also into a document."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            if (context := click.get_current_context(silent=True)) is not None:
                refuse_overwriting(context, _arguments(context))
            command(*args, **options)
        except OutcomeGapError as error:
            if options.get("as_json"):
                say_json(error_data(error))
            say_error(str(error))
            sys.exit(FOUND)
        except OSError as error:  # stdout is full; click knows what to do where nobody reads it
            if error.filename is not None or error.errno == errno.EPIPE:
                raise
            say_error(f"the answer cannot be written: {error.strerror}")
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is left of it
            sys.exit(FOUND)

    return run


def error_data(error: OutcomeGapError) -> dict[str, Any]:
    """Return an error as plain data."""
    kinds = [kind for kind in ("findings", "problems") if hasattr(error, kind)]
    return {"error": str(error)} | {kind: [each.to_dict() for each in getattr(error, kind)] for kind in kinds}


def say(message: str) -> None:
    """Print lines on stdout, without characters that could control a terminal; long ones are folded at blanks."""
    click.echo(listing.folded(harmless(message), width()))


def say_error(message: str) -> None:
    """Print an error on stderr."""
    click.echo(f"error: {harmless(message)}", err=True)


def accept_any_text() -> None:
    """Print what the encoding of a terminal or pipe lacks as an escape, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say_json(data: object) -> None:
    """Print one JSON document on stdout; where its encoding is not UTF-8, in ASCII."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    click.echo(json.dumps(data, ensure_ascii=not unicode, indent=2, allow_nan=False, default=str))


def harmless(message: str) -> str:
    """Replace control characters, which could control a terminal; line breaks stay."""
    return "\n".join(map(listing.harmless, message.split("\n")))


def width() -> int | None:
    """Return the width for tables; None if stdout is not a terminal and COLUMNS is not set."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return shutil.get_terminal_size().columns
    return None


# Files


def refuse_overwriting(context: click.Context, read: Mapping[Path, str]) -> None:
    """Refuse an output file that is read or is another output; `read` says what reads each file.

    Raises
    ------
    click.UsageError
        If there is such a file.
    """
    taken = dict(read)
    for option, path in outputs(context):
        said = next((said for other, said in taken.items() if _same(path, other)), None)
        if said is not None:
            message = f"{option} {path} would overwrite the file that {said}; choose another file"
            raise click.UsageError(message, context)
        taken[path] = f"{option} writes"


def outputs(context: click.Context) -> Iterator[tuple[str, Path]]:
    """Yield the options that a command writes files for, with their files."""
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if isinstance(parameter, click.Option) and parameter.name not in READ and isinstance(value, Path):
            yield max(parameter.opts, key=len), value


def _arguments(context: click.Context) -> dict[Path, str]:
    """Return the files that arguments and options name to be read."""
    found: dict[Path, str] = {}
    for parameter in context.command.params:
        argument, value = isinstance(parameter, click.Argument), context.params.get(parameter.name or "")
        if value and (argument or parameter.name in READ):
            called = (parameter.name or "").upper() if argument else max(parameter.opts, key=len)
            for text in map(str, value if isinstance(value, tuple) else [value]):
                found |= {Path(path): f"{called} reads" for path in (text, text.partition("=")[2]) if path}  # NAME=FILE
    return found


def _same(one: Path, other: Path) -> bool:
    """Return whether two paths are the same file, also through links and other spellings."""
    try:
        return one.resolve() == other.resolve() or one.samefile(other)
    except (OSError, ValueError):  # the file does not exist yet
        return False
