"""How commands speak: results on stdout, errors as ``error: ...`` on stderr, with ``--json`` one JSON document."""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
from collections.abc import Callable
from typing import Any

import click

from outcomegap.cli.outputs import refuse_overwriting
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


def say_json(data: Any) -> None:
    """Print one JSON document on stdout."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False, default=str))


def harmless(message: str) -> str:
    """Replace control characters, which data could use to steer a terminal; lines stay."""
    from outcomegap.frames.text import cell_text

    return "\n".join(map(cell_text, message.split("\n")))


def width() -> int | None:
    """Return the columns to fit tables into; None where nobody looks at a terminal and COLUMNS is not set."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return shutil.get_terminal_size().columns
    return None


def rows_set_aside(count: int, total: int) -> str:
    """Return how many rows were set aside, in words."""
    return f"{count:,} of {total:,} rows set aside because of what they hold"
