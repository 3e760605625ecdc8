"""``outcomegap score`` on customers that may be more than fit into memory: several files, folders, large files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from outcomegap.cli.console import say_json, width
from outcomegap.cli.customers import exit_with, groups_data, is_model, of_options, say_with_files, write_people
from outcomegap.errors import DataError
from outcomegap.listing import counted
from outcomegap.model import Inputs

if TYPE_CHECKING:
    from outcomegap.scoring import Scorer

#: A file of more bytes is read in batches.
LARGE = 1 << 28
#: What all customers must be in memory for.
WHOLE = ("report", "save", "overrides", "rejects")
#: So many customers are listed in a file, unless a number is said.
LISTED = 1_000


def in_batches(scorer: Any, options: Mapping[str, Any]) -> bool:
    """Return whether customers are read in batches: from several files, a folder of files, or one large file."""
    from outcomegap.intake.loading import Tables, ending
    from outcomegap.scoring.files import READ

    if not is_model(scorer) or options["tables"]:
        return False
    inputs, paths = scorer.model.inputs or Inputs(), options["customers"]
    if inputs.tables_read != [inputs.customers]:
        return False
    path = Path(paths[0])
    if len(paths) > 1 or path.is_dir():
        return len(paths) > 1 or Tables(inputs, path).path_of(inputs.customers) is None
    if not path.exists():
        return any(mark in path.name for mark in "*?[")
    wanted = any(options[name] is not None for name in (*WHOLE, "sheet"))
    return ending(path) in READ and path.stat().st_size > LARGE and not wanted


def score_in_batches(scorer: Scorer, options: Mapping[str, Any], by: Sequence[str], most: int) -> NoReturn:
    """Score the files, write what is asked for, print the groups and the first customers, and exit.

    Raises
    ------
    click.UsageError
        If an option needs all customers in memory.
    """
    if lost := [name for name in WHOLE if options[name] is not None]:
        message = f"--{lost[0]} needs all customers in memory, and several files are read in batches; leave it out"
        raise click.UsageError(message)
    listing = None if most else options["worklist"]
    form = {name: options[name] for name in ("encoding", "separator", "skip_rows", "as_of", "value", "weight")}
    asked = {"by": by, "worklist": most or (LISTED if listing is not None else 0), "attribution": options["gaps"]}
    try:
        tally = scorer.score_files(
            options["customers"],
            options["output"],
            **form,
            **asked,
            id=options["id_column"],
            on_bad="set_aside",
            points=True,
        )
    except DataError as error:
        raise of_options(error, options) from error
    grouped, written = tally.by(), {"scores": options["output"]}
    if isinstance(listing, Path):
        write_people(tally.worklist(), listing)
        written["worklist"] = listing
    files = {what: str(path) for what, path in written.items() if path is not None}
    right = f"quantiles are right to {100 * grouped.quantile_error:g} points"
    notes = [f"read in batches: {right}, and repeated ids are seen within a batch alone"]
    if options["as_json"]:
        data = {"model": scorer.name, "fingerprint": scorer.model.fingerprint, "rows": tally.rows}
        data |= {"set_aside": tally.set_aside, "problems": [problem.to_dict() for problem in tally.problems]}
        data |= groups_data(grouped) | {"notes": notes, "written": files}
        say_json(data | ({"worklist": json.loads(tally.worklist().to_json() or "[]")} if most else {}))
    else:
        texts = [grouped.listing.text(width=width()), *([tally.worklist().text(most, width=width())] if most else [])]
        say_with_files("\n\n".join(texts), [f"note: {note}" for note in notes], files)
    problems = [f"{problem} ({counted(problem.count, 'row')} in all)" for problem in tally.problems]
    exit_with(problems, tally.set_aside, tally.rows)
