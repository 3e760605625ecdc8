"""Parents and children: who is below whom, and how much each weighs in a mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, Problem
from outcomegap.frames.arrays import plain_values

if TYPE_CHECKING:
    from outcomegap.scoring.views import ScoreViews

Array = NDArray[Any]
Rows = NDArray[np.int64]


@attrs.frozen(eq=False)
class Families:
    """Parents, in the order of their first child.

    Parameters
    ----------
    names
        What names each.
    own
        The parent's own row, -1 where there is none.
    children
        How many direct children each has.
    members
        For each parent what enters its mean: rows, and parents among its children by their position.
    weights
        What each row weighs; None where children count alike.
    below
        For each parent all rows that are counted, through all levels.
    bottom_up
        Positions of the parents, those below others first.
    """

    names: Array
    own: Rows
    children: Rows
    members: tuple[tuple[Rows, tuple[int, ...]], ...]
    weights: Array | None
    below: tuple[Rows, ...]
    bottom_up: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def _below(self) -> Flat:
        return Flat.of(self.below)

    @cached_property
    def _members(self) -> Flat:
        return Flat.of([rows for rows, _ in self.members])

    def counts(self, mask: Array) -> Rows:
        """Return how many rows below each parent are in a mask."""
        return np.bincount(self._below.owner[mask[self._below.rows]], minlength=len(self)).astype(np.int64)

    def first(self, rank: Array, nobody: int) -> Rows:
        """Return the row with the smallest rank below each parent; -1 where that is `nobody`, or nobody is there."""
        flat, found = self._below, np.full(len(self), -1, dtype=np.int64)
        order = np.lexsort((rank[flat.rows], flat.owner))
        found[flat.there] = flat.rows[order[flat.starts]]
        found[found >= 0] = np.where(rank[found[found >= 0]] < nobody, found[found >= 0], -1)
        return found

    def extreme(self, values: Array, of: np.ufunc) -> Array:
        """Return the smallest (`numpy.fmin`) or largest (`numpy.fmax`) value below each parent; NaN where none is."""
        flat, found = self._below, np.full(len(self), np.nan)
        if len(flat.rows):
            found[flat.there] = of.reduceat(values[flat.rows].astype(np.float64), flat.starts)
        return found

    def mean(self, values: Array, known: Array) -> Array:
        """Return the mean over the children that have a value; a parent among them enters with its own.

        Parameters
        ----------
        values
            One number, or one row of numbers, a customer.
        known
            Which customers have one.

        Returns
        -------
        numpy.ndarray
            In double precision; NaN for a parent none of whose children has a value, or whose children weigh nothing.
        """
        flat = self._members
        share = known[flat.rows] * (1.0 if self.weights is None else self.weights[flat.rows])
        weight = np.bincount(flat.owner, weights=share, minlength=len(self))
        columns = values.reshape(len(values), math.prod(values.shape[1:])).T
        sums = np.empty((len(columns), len(self)))
        for number, column in enumerate(columns):
            each = np.where(known[flat.rows], column[flat.rows], 0.0) * share
            sums[number] = np.bincount(flat.owner, weights=each, minlength=len(self))
        for parent in self.bottom_up:
            for child in self.members[parent][1]:
                if weight[child] > 0:
                    part = 1.0 / weight[child] if self.weights is None else 1.0
                    sums[:, parent] += part * sums[:, child]
                    weight[parent] += part * weight[child]
        found: Array = sums.T.reshape(len(self), *values.shape[1:])
        with np.errstate(invalid="ignore"):
            return found / np.where(weight > 0, weight, np.nan).reshape(-1, *(1,) * (values.ndim - 1))


@attrs.frozen(eq=False)
class Flat:
    """Rows of all parents one after the other.

    Parameters
    ----------
    rows, owner
        Each row, and whose it is.
    there, starts
        Parents that have any, and where theirs begin.
    """

    rows: Rows
    owner: Rows
    there: Rows
    starts: Rows

    @classmethod
    def of(cls, listed: Sequence[Rows]) -> Flat:
        """Lay out rows parent by parent."""
        sizes = np.array([len(rows) for rows in listed], dtype=np.int64)
        rows = np.concatenate([np.zeros(0, dtype=np.int64), *listed])
        there = np.flatnonzero(sizes)
        starts = (np.cumsum(sizes) - sizes)[there]
        return cls(rows, np.repeat(np.arange(len(sizes)), sizes), there, starts)


def families_of(scores: ScoreViews, parents: Sequence[Any], weights: Array | None, *, include_parent: bool) -> Families:
    """Find out who is below whom.

    Parameters
    ----------
    scores
        The customers.
    parents
        What names the parent of each, None for a customer without one. A customer that names itself has none.
    weights
        What each weighs; None where children count alike.
    include_parent
        Whether a parent's own row is one more child.

    Raises
    ------
    DataError
        If a parent's name stands in several rows, or somebody is below themselves.
    """
    try:
        names = list(dict.fromkeys(name for name in parents if name is not None))
    except TypeError as error:
        raise DataError("roll_up: parents are named by lists or the like; a name is text or a number") from error
    place = {name: position for position, name in enumerate(names)}
    ids: list[Any] = [None] * len(parents) if scores.id_column is None else plain_values(scores.id)
    own = _own_rows(ids, place)
    members: list[tuple[list[int], list[int]]] = [([], []) for _ in names]
    of_row = {row: position for position, row in own.items()}
    for row, name in enumerate(parents):
        if name is None or ids[row] == name:
            continue
        rows, inner = members[place[name]]
        if row in of_row:
            inner.append(of_row[row])
        else:
            rows.append(row)
    bottom_up = _bottom_up(names, [inner for _, inner in members])
    children = [len(rows) + len(inner) for rows, inner in members]
    for position, row in own.items():
        if include_parent and children[position]:
            members[position][0].insert(0, row)
    named = np.empty(len(names), dtype=object)
    named[:] = names
    whole = Families(
        names=named,
        own=np.array([own.get(position, -1) for position in range(len(names))], dtype=np.int64),
        children=np.array(children, dtype=np.int64),
        members=tuple((np.array(rows, dtype=np.int64), tuple(inner)) for rows, inner in members),
        weights=weights,
        below=_below(members, bottom_up),
        bottom_up=tuple(bottom_up),
    )
    return _with_children(whole)


def _below(members: Sequence[tuple[list[int], list[int]]], bottom_up: Sequence[int]) -> tuple[Rows, ...]:
    below: list[Rows] = [np.zeros(0, dtype=np.int64)] * len(members)
    for position in bottom_up:
        rows, inner = members[position]
        below[position] = np.concatenate([np.array(rows, dtype=np.int64), *(below[child] for child in inner)])
    return tuple(below)


def _with_children(whole: Families) -> Families:
    """Leave out parents of nobody: customers that only name themselves."""
    keep = np.flatnonzero(whole.children > 0).tolist()
    if len(keep) == len(whole):
        return whole
    number = {position: new for new, position in enumerate(keep)}
    return Families(
        names=whole.names[keep],
        own=whole.own[keep],
        children=whole.children[keep],
        members=tuple(
            (whole.members[p][0], tuple(number[c] for c in whole.members[p][1] if c in number)) for p in keep
        ),
        weights=whole.weights,
        below=tuple(whole.below[position] for position in keep),
        bottom_up=tuple(number[position] for position in whole.bottom_up if position in number),
    )


def _own_rows(ids: Sequence[Any], place: dict[Any, int]) -> dict[int, int]:
    """Return for each parent that has a row of its own which row that is."""
    found: dict[int, int] = {}
    problems: list[Problem] = []
    for row, name in enumerate(ids):
        if name is None or name not in place:
            continue
        first = found.setdefault(place[name], row)
        if first != row:
            message = f"the parent {name!r:.60} stands in rows {first} and {row}; names of parents are unique"
            problems.append(Problem("repeated-id", message, value=str(name), rows=(first, row), count=2))
    if problems:
        raise DataError.all("roll_up", problems)
    return found


def _bottom_up(names: Sequence[Any], inner: Sequence[Sequence[int]]) -> list[int]:
    """Return parents in an order in which those below come first."""
    done: dict[int, bool] = {}
    order: list[int] = []
    for start in range(len(names)):
        path: list[tuple[int, Iterator[int]]] = [] if start in done else [(start, iter(inner[start]))]
        if path:
            done[start] = False
        while path:
            position, children = path[-1]
            child = next(children, None)
            if child is None:
                done[position] = True
                order.append(position)
                path.pop()
            elif child not in done:
                done[child] = False
                path.append((child, iter(inner[child])))
            elif not done[child]:
                circle = [names[p] for p, _ in path[[p for p, _ in path].index(child) :]] + [names[child]]
                message = f"{' < '.join(map(repr, circle))}: somebody is below themselves; mend one parent"
                raise DataError.all("roll_up", [Problem("circle", message, value=str(names[child]))])
    return order
