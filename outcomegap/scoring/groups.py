"""Customers in groups: by segment, stage and goal, or by any column of the scored frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.errors import DataError
from outcomegap.frames.arrays import is_null, objects, plain_values
from outcomegap.model.check import Subject
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.customers import AXES

Array = NDArray[Any]
Codes = NDArray[np.int64]


@attrs.frozen(eq=False)
class Groups:
    """Which group each customer is in; customers of segments that are not ideal are in groups of their own.

    Parameters
    ----------
    columns
        Name -> its value in each group, nulls last.
    codes
        The group of each customer.
    ideal
        For each group whether it is of ideal segments; those that are stand first.
    """

    columns: dict[str, Array]
    codes: Codes
    ideal: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ideal)

    def keys(self) -> list[tuple[Any, ...]]:
        """Return each group's values as plain Python, None for null."""
        columns = [plain_values(column) for column in self.columns.values()]
        return list(zip(*columns, strict=True)) if columns else [()] * len(self)


def groups_of(scores: CustomerColumns, names: Sequence[str]) -> Groups:
    """Put customers into groups.

    A row set aside has no cell. Its segment, stage and goal are still read from the column of that name, where
    that column says of all other rows what their cells say; else they are null.

    Parameters
    ----------
    scores
        The customers.
    names
        ``"segment"``, ``"stage"``, ``"goal"``, or columns; the groups are all combinations that occur, in the order
        of the model's segments and stages, and of the columns' values.

    Raises
    ------
    DataError
        If a name is none of those, or the values of a column cannot be compared with one another.
    """
    wanted = tuple(dict.fromkeys(names))
    known, checks = tuple(dict.fromkeys((*AXES, *scores.table.names))), Checks("by")
    for name in wanted:
        if name not in known:
            message = f"customers cannot be grouped by {name!r}: it is no column of the scored frame"
            checks.problem("missing-column", message, name, name, options=known)
    checks.done()
    ideal = ideal_rows(scores)
    codes, size = (~ideal).astype(np.int64), 2
    factors = [_factor(scores, name) for name in wanted]
    for factor, values in factors:
        codes, size = _dense(codes * max(len(values), 1) + factor, size * max(len(values), 1))
    codes, size = _dense(codes, size)
    first = np.zeros(size, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    columns = {name: values[factor[first]] for name, (factor, values) in zip(wanted, factors, strict=True)}
    return Groups(columns, codes, ideal[first])


def ideal_rows(scores: CustomerColumns) -> NDArray[np.bool_]:
    """Tell which customers are of ideal segments; those of no known segment count as such."""
    flags = [segment.ideal for segment in scores.model.segments]
    if all(flags):
        return np.ones(len(scores), dtype=bool)
    return np.array([*flags, True])[_axis(scores, "segment")]


def _factor(scores: CustomerColumns, name: str) -> tuple[Codes, Array]:
    """Return for each customer the position of a value, and the values in order."""
    names, cells = names_of(scores.model, name) if name in AXES else (), scores.model.cells
    if names or name not in scores.table.names:
        only = getattr(cells[0], name) if cells else None
        return _axis(scores, name), objects([*(names or (only,)), None])
    return factor(scores.table.values(name), name)


def names_of(model: Subject, axis: str) -> tuple[str, ...]:
    """Return the segments, stages or goals that a model declares, in order."""
    if axis == "goal":
        return model.goals
    return tuple(declared.name for declared in (model.segments if axis == "segment" else model.stages))


def _axis(scores: CustomerColumns, axis: str) -> Codes:
    """Return for each customer the position of its segment, stage or goal; one past the last where it is unknown."""
    names = names_of(scores.model, axis)
    place = {name: number for number, name in enumerate(names)}
    of_cell = [place.get(getattr(cell, axis), 0) for cell in scores.model.cells]
    codes: Codes = np.array([*of_cell, len(names) or 1], dtype=np.int64)[scores.cell]
    lost = scores.cell < 0
    if names and axis in scores.table.names and lost.any():
        read = scores.table.codes(axis, names).codes
        if (read == codes)[~lost].all():
            codes = np.where(lost & (read >= 0), read, codes)
    return codes


def factor(values: Array, name: str) -> tuple[Codes, Array]:
    """Return for each row the position of its value among the distinct values, in order, null last.

    Examples
    --------
    >>> factor(np.array(["b", None, "a", "b"], dtype=object), "csm")
    (array([1, 2, 0, 1]), array(['a', 'b', None], dtype=object))
    """
    if values.dtype.kind not in "OUS":
        distinct, codes = np.unique(values, return_inverse=True)
        return codes.reshape(-1).astype(np.int64, copy=False), distinct
    items = values.tolist()
    try:
        distinct_items = list(dict.fromkeys(items))
    except TypeError as error:
        raise DataError(f"customers cannot be grouped by {name!r}: its values are lists or the like") from error
    known = [item for item in distinct_items if not is_null(item)]
    try:
        known.sort()
    except TypeError:
        known.sort(key=lambda item: (type(item).__name__, str(item)))
    place = dict.fromkeys(distinct_items, len(known))
    place.update((item, position) for position, item in enumerate(known))
    codes = np.fromiter(map(place.__getitem__, items), dtype=np.int64, count=len(items))
    return codes, objects([*known, *([None] if len(known) < len(distinct_items) else [])])


def _dense(codes: Codes, size: int) -> tuple[Codes, int]:
    """Number the groups that occur anew, in the same order, without gaps."""
    if size > max(4 * len(codes), 1 << 16):
        distinct, dense = np.unique(codes, return_inverse=True)
        return dense.reshape(-1).astype(np.int64, copy=False), len(distinct)
    there = np.bincount(codes, minlength=size) > 0
    number = np.cumsum(there) - 1
    return number[codes], int(there.sum())
