"""The --overrides option: a table of what somebody says instead of some scores."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outcomegap.errors import DataError, Problem
from outcomegap.frames import wrap
from outcomegap.frames.arrays import is_null, objects, plain_values
from outcomegap.scoring.overrides import FIELDS

if TYPE_CHECKING:
    from outcomegap.cli.reading import Read
    from outcomegap.scoring.views import ScoreViews


def overridden(read: Read, path: Path | None, as_of: str | None) -> Any:
    """Return scores with the overrides of a file: the columns ``customer``, ``state``, ``score``, ``reason``...

    Parameters
    ----------
    read
        The customers, and their scores. An override of somebody whose row was set aside is passed over.
    path
        A table of any kind that customers can be read from; None overrides nothing.
    as_of
        The day to look at them; None means today.

    Raises
    ------
    DataError
        With everything that is wrong with the table.
    """
    scores = read.scores
    if path is None:
        return scores
    from outcomegap.intake.load import load
    from outcomegap.model.inputs import TableInput

    table = wrap(load(path, TableInput(), "overrides"))
    if lacking := table.require([name for name in FIELDS if name not in ("state", "score")]):
        raise DataError.all(f"{path}", lacking)
    known = {str(name): name for name in plain_values(scores.id)}
    columns = {name: plain_values(table.values(name)) for name in FIELDS if name in table.names}
    columns["customer"] = [known.get(str(name), name) for name in columns["customer"]]
    aside = _set_aside(read) - set(known)
    keep = [row for row, name in enumerate(columns["customer"]) if str(name) not in aside]
    columns = {name: [values[row] for row in keep] for name, values in columns.items()}
    if "score" in columns:
        columns["score"] = _numbers(path, columns["score"])
    made = {name: objects([None if is_null(v) or v == "" else v for v in values]) for name, values in columns.items()}
    return scores.with_overrides(made, as_of=as_of if as_of is not None else dt.datetime.now().astimezone().date())


def _set_aside(read: Read) -> set[str]:
    """Return the names of customers whose rows were set aside, as text."""
    from outcomegap.cli.reading import rejects_of

    rejects, inputs = rejects_of(read) or {}, read.scores.model.inputs
    names = {inputs.id if inputs is not None else None, read.scores.id_column, "customer", "id"} & set(rejects)
    return {str(who) for name in names for who in rejects[name]}


def _numbers(path: Path, values: list[Any]) -> list[Any]:
    found: list[Any] = []
    problems: list[Problem] = []
    for row, value in enumerate(values):
        try:
            found.append(None if is_null(value) or str(value).strip() == "" else float(value))
        except (TypeError, ValueError):
            message = f"score in row {row} is D, a number in [0, 1] (got {value!r:.60})"
            problems.append(Problem("override", message, column="score", rows=(row,), count=1))
    if problems:
        raise DataError.all(f"{path}", problems)
    return found


def overrides_data(scores: ScoreViews) -> list[dict[str, Any]]:
    """Return the overrides that hold as plain data."""
    ids = plain_values(scores.id[list(scores.overrides)])
    return [
        {
            "customer": name if isinstance(name, (str, int, float)) else str(name),
            "computed_state": scores.state[row],
            "state": said.state,
            "score": None if said.score is None else float(said.score),
            "reason": said.reason,
            "author": said.author,
            "until": said.until.isoformat(),
        }
        for name, (row, said) in zip(ids, scores.overrides.items(), strict=True)
    ]
