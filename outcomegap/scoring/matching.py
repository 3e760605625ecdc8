"""The same customers in two scorings, found by what names them."""

from __future__ import annotations

from collections import Counter
from itertools import repeat
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.engines.numpy_blocks import SET_ASIDE
from outcomegap.errors import DataError, Problem
from outcomegap.frames.arrays import plain_values
from outcomegap.listing import counted

if TYPE_CHECKING:
    from outcomegap.scoring.model_scores import ModelScores

Positions = NDArray[np.int64]
WHAT = "customers cannot be matched"


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


def pairs_by_id(before: ModelScores, after: ModelScores, names: tuple[str, str] = ("before", "after")) -> Pairs:
    """Find the customers of one scoring in the other; `names` says what to call the two in messages.

    Raises
    ------
    DataError
        With every problem: no such column, customers without a name, names that stand twice, names of another type.
    """
    checks = Checks(WHAT)
    old, new = (_ids(scores, name, checks) for scores, name in zip((before, after), names, strict=True))
    checks.done()
    place = dict(zip(old, range(len(old)), strict=True))
    found = np.fromiter(map(place.get, new, repeat(-1)), dtype=np.int64, count=len(new))
    here = found >= 0
    if not here.any():
        check_kinds(checks, (old, new), names, after.id_column)
        checks.done()
    stayed = np.zeros(len(old), dtype=bool)
    stayed[found[here]] = True
    return Pairs(found[here], np.flatnonzero(here), np.flatnonzero(~stayed), np.flatnonzero(~here))


def pairs_in_order(before: ModelScores, after: ModelScores, names: tuple[str, str], *, everybody: bool = True) -> Pairs:
    """Take customers row by row, or by id where both scorings have one; each is in the same cell in both.

    By id, `everybody` must be in both.

    Raises
    ------
    DataError
        If the lengths differ, or, by id, as in `pairs_by_id`, or if a customer is in one of them only or moved.
    """
    checks, rows = Checks(WHAT), np.arange(len(after))
    pairs = Pairs(rows, rows, rows[:0], rows[:0])
    if before.id_column is not None and after.id_column is not None:
        pairs = pairs_by_id(before, after, names)
    elif len(before) != len(after):
        lengths = f"{names[0]} has {len(before)} rows, {names[1]} has {len(after)}"
        raise DataError(f"{lengths}; give the same customers in the same order, or a column that names them")
    alone = ((before, pairs.went, *names), (after, pairs.came, *names[::-1]))
    for scores, rows, here, there in alone if everybody else ():
        if len(rows):
            first = plain_values(scores.id[rows[:1]])[0]
            message = f"{here}: {counted(len(rows), 'customer is', 'customers are')} not in {there}, such as {first!r}"
            checks.problem("unmatched-id", f"{message}; give the same in both", scores.id_column, first, rows=rows)
    old, new = before.cell[pairs.before], after.cell[pairs.after]
    moved = np.flatnonzero((old != new) & (old != SET_ASIDE) & (new != SET_ASIDE))
    if len(moved):
        was, now = (str(after.model.cells[cells[moved[0]]]) for cells in (old, new))
        count = counted(len(moved), "customer is", "customers are")
        which = f"{count} in two different cells, such as {was}, then {now}"
        message = f"{which}; scores.change_since(earlier) splits what a move makes"
        checks.problem("moved-cell", message, None, now, rows=pairs.after[moved])
    checks.done()
    return pairs


def id_problems(scores: ModelScores, name: str = "these scores") -> list[Problem]:
    """Return why customers could not be found again by their ids; nothing where no column names them."""
    checks = Checks()
    if scores.id_column is not None:
        _ids(scores, name, checks)
    return checks.problems


def _ids(scores: ModelScores, name: str, checks: Checks) -> list[Any]:
    column, ids = scores.id_column, plain_values(scores.id)
    if column is None:
        message = f"{name}: no column names the customers; score them with id=, so that they can be found again"
        checks.problem("no-id", message)
        return []
    try:
        counts = Counter(ids)
    except TypeError:
        checks.problem(
            "no-id", f"{name}: column {column!r} holds lists or the like; a name is text or a number", column
        )
        return []
    blank = {key for key in counts if key is None or not str(key).strip()}
    rows = [row for row, key in enumerate(ids) if key in blank]
    if rows:
        checks.problem(
            "missing-id", f"{name}: column {column!r} is empty; every customer needs a name", column, rows=rows
        )
    rows = [row for row, key in enumerate(ids) if counts[key] > 1 and key not in blank]
    if rows:
        first, others = ids[rows[0]], len({ids[row] for row in rows}) - 1
        more = f", and {others} others more than once" if others else ""
        message = f"{name}: column {column!r} holds {first!r} {counts[first]} times{more}; names are unique"
        checks.problem("repeated-id", message, column, first, rows=rows)
    return ids


def check_kinds(checks: Checks, ids: tuple[list[Any], list[Any]], names: tuple[str, str], column: str | None) -> None:
    """Note that customers, of whom nobody is in both lists, are named by another type in each."""
    kinds = [{float if isinstance(key, (bool, int, float)) else type(key) for key in each} for each in ids]
    if all(ids) and kinds[0].isdisjoint(kinds[1]):
        said = (f"{type(each[0]).__name__} ({each[0]!r:.40}) in {name}" for each, name in zip(ids, names, strict=True))
        message = f"customers are named by {' and '.join(said)}; make both the same type"
        checks.problem("id-type", message, column, ids[1][0])
