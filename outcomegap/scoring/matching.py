"""The same customers in two scorings, found by what names them."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import SHOWN, DataError, Problem
from outcomegap.frames.arrays import plain_values

if TYPE_CHECKING:
    from outcomegap.scoring.scores import Scores

Positions = NDArray[np.int64]


@attrs.frozen(eq=False)
class Pairs:
    """Which row of one scoring is which row of the other.

    Parameters
    ----------
    before, after
        Row positions of the customers that are in both, in the order of the second scoring.
    went, came
        Row positions of those that are only in the first, and only in the second.
    """

    before: Positions
    after: Positions
    went: Positions
    came: Positions


def pairs_by_id(before: Scores, after: Scores, names: tuple[str, str] = ("before", "after")) -> Pairs:
    """Find the customers of one scoring in the other.

    Parameters
    ----------
    before, after
        The scorings; each has a column that names customers.
    names
        What to call the two in messages.

    Raises
    ------
    DataError
        With every problem: no such column, customers without a name, names that stand twice, names of another type.
    """
    problems: list[Problem] = []
    listed = [_ids(scores, name, problems) for scores, name in zip((before, after), names, strict=True)]
    if problems:
        raise DataError.all("customers cannot be matched", problems)
    old, new = listed
    place = dict(zip(old, range(len(old)), strict=True))
    found = np.fromiter(map(place.get, new, repeat(-1)), dtype=np.int64, count=len(new))
    here = found >= 0
    if old and new and not here.any() and _kinds(old).isdisjoint(_kinds(new)):
        raise DataError.all("customers cannot be matched", [_other_type(after, names, old[0], new[0])])
    stayed = np.zeros(len(old), dtype=bool)
    stayed[found[here]] = True
    return Pairs(found[here], np.flatnonzero(here), np.flatnonzero(~stayed), np.flatnonzero(~here))


def pairs_in_order(before: Scores, after: Scores, names: tuple[str, str]) -> Pairs:
    """Take customers row by row; by id where both scorings have one, and then the same customers are in both.

    Raises
    ------
    DataError
        If the lengths differ, or, by id, as in `pairs_by_id`, or if a customer is in one of them only.
    """
    if before.id_column is None or after.id_column is None:
        if len(before) != len(after):
            lengths = f"{names[0]} has {len(before)} rows, {names[1]} has {len(after)}"
            raise DataError(f"{lengths}; give the same customers in the same order, or a column that names them")
        rows = np.arange(len(after))
        return Pairs(rows, rows, rows[:0], rows[:0])
    pairs = pairs_by_id(before, after, names)
    problems = [
        _alone(scores, rows, here, there)
        for scores, rows, here, there in ((before, pairs.went, *names), (after, pairs.came, *names[::-1]))
        if len(rows)
    ]
    if problems:
        raise DataError.all("customers cannot be matched", problems)
    return pairs


def id_problems(scores: Scores, name: str = "these scores") -> list[Problem]:
    """Return why customers could not be found again by their ids; nothing where no column names them."""
    problems: list[Problem] = []
    if scores.id_column is not None:
        _ids(scores, name, problems)
    return problems


def _ids(scores: Scores, name: str, problems: list[Problem]) -> list[Any]:
    column = scores.id_column
    if column is None:
        message = f"{name}: no column names the customers; score them with id=, so that they can be found again"
        problems.append(Problem("no-id", message))
        return []
    ids = plain_values(scores.id)
    try:
        distinct = set(ids)
    except TypeError:
        message = f"{name}: column {column!r} holds lists or the like; a name is text or a number"
        problems.append(Problem("no-id", message, column))
        return []
    blank = [row for row, key in enumerate(ids) if key is None or (isinstance(key, str) and not key.strip())]
    if blank:
        message = f"{name}: column {column!r} is empty ({_places(blank)}); every customer needs a name"
        problems.append(Problem("missing-id", message, column, None, tuple(blank[:SHOWN]), len(blank)))
    if len(distinct) < len(ids):
        _repeated(ids, set(blank), name, column, problems)
    return ids


def _repeated(ids: list[Any], blank: set[int], name: str, column: str, problems: list[Problem]) -> None:
    rows_of: dict[Any, list[int]] = {}
    for row, key in enumerate(ids):
        if row not in blank:
            rows_of.setdefault(key, []).append(row)
    twice = {key: rows for key, rows in rows_of.items() if len(rows) > 1}
    if not twice:
        return
    first, rows = next(iter(twice.items()))
    others = f", and {len(twice) - 1} others more than once" if len(twice) > 1 else ""
    message = f"{name}: column {column!r} holds {first!r} {len(rows)} times{others} ({_places(rows)}); names are unique"
    every = sorted(row for rows in twice.values() for row in rows)
    problems.append(Problem("repeated-id", message, column, first, tuple(every[:SHOWN]), len(every)))


def _alone(scores: Scores, rows: Positions, here: str, there: str) -> Problem:
    column = scores.id_column
    first = plain_values(scores.id[rows[:1]])[0]
    message = f"{here}: {len(rows)} customers are not in {there}, such as {first!r}; give the same customers in both"
    return Problem("unmatched-id", message, column, first, tuple(rows[:SHOWN].tolist()), len(rows))


def _other_type(after: Scores, names: tuple[str, str], old: Any, new: Any) -> Problem:
    kinds = f"{type(old).__name__} ({old!r:.40}) in {names[0]} and {type(new).__name__} ({new!r:.40}) in {names[1]}"
    return Problem("id-type", f"customers are named by {kinds}; make both the same type", after.id_column, new)


def _kinds(ids: list[Any]) -> set[type]:
    numeric = (bool, int, float)
    return {float if isinstance(key, numeric) else type(key) for key in ids}


def _places(rows: list[int]) -> str:
    shown = ", ".join(map(str, rows[:5]))
    return f"{len(rows)} row{'s' if len(rows) != 1 else ''}: {shown}{', ...' if len(rows) > 5 else ''}"
