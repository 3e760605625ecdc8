"""Children rolled up to their parents: subsidiaries to a group, teams to an account."""

from __future__ import annotations

import graphlib
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, choice
from outcomegap.errors import DataError
from outcomegap.frames.arrays import locked, objects, plain_values
from outcomegap.listing import Listing, Show, counted
from outcomegap.scoring.columns import AVERAGED
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.overrides import Overrides, effective, frozen, override_columns, resolved
from outcomegap.scoring.states import STATES, UNCERTAIN, order_of_need, place_of

if TYPE_CHECKING:
    from outcomegap.scoring.columns import CustomerColumns

Array = NDArray[Any]
Rows = NDArray[np.int64]
How = Literal["mean", "weighted", "worst"]
#: How children can be rolled up, and what is said of it.
HOWS: dict[How, str] = {
    "mean": "mean of the children",
    "weighted": "weighted mean of the children",
    "worst": "the worst below",
}
#: What is rolled up of all customers, those without a score too, and what of it the worst is.
BOUNDS = {"low": np.fmin, "high": np.fmax}
#: How many doubtful parents a note lists.
LISTED = 20


@attrs.frozen(eq=False)
class Members:
    """Rows of all parents one after the other, and whose each is."""

    rows: Rows
    owner: Rows

    @classmethod
    def of(cls, listed: Sequence[Sequence[int] | Rows]) -> Members:
        rows = np.concatenate([np.zeros(0, dtype=np.int64), *(np.array(rows, dtype=np.int64) for rows in listed)])
        return cls(rows, np.repeat(np.arange(len(listed)), [len(rows) for rows in listed]))

    @cached_property
    def starts(self) -> Rows:
        """Where the rows of each parent that has any begin."""
        return np.flatnonzero(np.diff(self.owner, prepend=-1))


@attrs.frozen(eq=False)
class ParentHierarchy:
    """Who is below whom, parents in the order of their first child.

    Parameters
    ----------
    names
        What names each parent.
    own
        The parent's own row, -1 where there is none.
    children
        How many direct children each has.
    direct
        The rows that enter the mean of each parent themselves.
    inner
        For each parent the parents among its children, by position.
    below
        All rows that are counted below each parent, through all levels.
    bottom_up
        Positions of the parents, those below others first.
    weights
        What each row weighs; None where children count alike.
    """

    names: Array
    own: Rows
    children: Rows
    direct: Members
    inner: tuple[tuple[int, ...], ...]
    below: Members
    bottom_up: tuple[int, ...]
    weights: Array | None

    def __len__(self) -> int:
        return len(self.names)

    def counts(self, mask: Array) -> Rows:
        """Return how many rows below each parent are in a mask."""
        return np.bincount(self.below.owner[mask[self.below.rows]], minlength=len(self)).astype(np.int64)

    def first(self, rank: Array, nobody: int) -> Rows:
        """Return the row with the smallest rank below each parent; -1 where that is `nobody`, or nobody is there."""
        below, found = self.below, np.full(len(self), -1, dtype=np.int64)
        order = np.lexsort((rank[below.rows], below.owner))
        best = below.rows[order[below.starts]]
        found[below.owner[below.starts]] = np.where(rank[best] < nobody, best, -1)
        return found

    def extreme(self, values: Array, of: np.ufunc) -> Array:
        """Return the smallest (`numpy.fmin`) or largest (`numpy.fmax`) value below each parent; NaN where none is."""
        below, found = self.below, np.full(len(self), np.nan)
        if len(below.rows):
            found[below.owner[below.starts]] = of.reduceat(values[below.rows].astype(np.float64), below.starts)
        return found

    def mean(self, values: Array, known: Array) -> Array:
        """Return the mean over the children that have a value; a parent among them enters with its own.

        `values` holds one number, or one row of numbers, a customer; `known` says which customers have one. The mean is
        NaN for a parent none of whose children has a value, or whose children weigh nothing.
        """
        rows, owner = self.direct.rows, self.direct.owner
        share = known[rows] * (1.0 if self.weights is None else self.weights[rows])
        weight = np.bincount(owner, weights=share, minlength=len(self))
        columns = values.reshape(len(values), math.prod(values.shape[1:])).T
        sums = np.empty((len(columns), len(self)))
        for number, column in enumerate(columns):
            each = np.where(known[rows], column[rows], 0.0) * share
            sums[number] = np.bincount(owner, weights=each, minlength=len(self))
        for parent in self.bottom_up:
            for child in self.inner[parent]:
                if weight[child] > 0:
                    part = 1.0 / weight[child] if self.weights is None else 1.0
                    sums[:, parent] += part * sums[:, child]
                    weight[parent] += part * weight[child]
        found: Array = sums.T.reshape(len(self), *values.shape[1:])
        with np.errstate(invalid="ignore"):
            return found / np.where(weight > 0, weight, np.nan).reshape(-1, *(1,) * (values.ndim - 1))


def hierarchy_of(
    ids: Sequence[Any], parents: Sequence[Any], weights: Array | None, *, include_parent: bool
) -> ParentHierarchy:
    """Find out who is below whom.

    Parameters
    ----------
    ids
        What names each customer, None where nothing does.
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
    named = {row: name for row, name in enumerate(parents) if name is not None and name != ids[row]}
    place = {name: position for position, name in enumerate(dict.fromkeys(named.values()))}
    own = _own_rows(ids, place)
    of_row = {row: position for position, row in own.items()}
    direct: list[list[int]] = [[] for _ in place]
    inner: list[list[int]] = [[] for _ in place]
    for row, name in named.items():
        if row in of_row:
            inner[place[name]].append(of_row[row])
        else:
            direct[place[name]].append(row)
    children = np.array([len(rows) + len(parents) for rows, parents in zip(direct, inner, strict=True)], dtype=np.int64)
    for position, row in own.items() if include_parent else ():
        direct[position].insert(0, row)
    names = list(place)
    try:
        bottom_up = tuple(graphlib.TopologicalSorter(dict(enumerate(inner))).static_order())
    except graphlib.CycleError as error:
        circle = [names[position] for position in error.args[1]]
        checks = Checks("roll_up")
        message = f"{' < '.join(map(repr, circle))}: somebody is below themselves; correct one parent"
        checks.problem("circle", message, value=str(circle[0]))
        checks.done()
    below: list[Rows] = [np.zeros(0, dtype=np.int64)] * len(names)
    for position in bottom_up:
        parts = [below[child] for child in inner[position]]
        below[position] = np.concatenate([np.array(direct[position], dtype=np.int64), *parts])
    return ParentHierarchy(
        names=objects(names),
        own=np.array([own.get(position, -1) for position in range(len(names))], dtype=np.int64),
        children=children,
        direct=Members.of(direct),
        inner=tuple(map(tuple, inner)),
        below=Members.of(below),
        bottom_up=bottom_up,
        weights=weights,
    )


def _own_rows(ids: Sequence[Any], place: Mapping[Any, int]) -> dict[int, int]:
    """Return for each parent that has a row of its own which row that is."""
    rows: dict[Any, list[int]] = {}
    for row, name in enumerate(ids):
        if name in place:
            rows.setdefault(name, []).append(row)
    checks = Checks("roll_up")
    for name, here in rows.items():
        if len(here) > 1:
            message = f"the parent {name!r:.60} stands there several times; names of parents are unique"
            checks.problem("repeated-id", message, value=str(name), rows=here)
    checks.done()
    return {place[name]: here[0] for name, here in rows.items()}


class RollUp(Listing):
    """Scores of parents, out of those of their children; made by `Scores.roll_up`.

    Under a mean, D, R, E and both parts of the gap are means of the children's, so the parts of the gap still add up
    to it. The state is that of the mean R and E against the mean of the children's own thresholds, and uncertain where
    the state at the mean bounds is not one and the same. Under ``"worst"`` everything is that of one customer: the
    first in order of need of all below. Customers without a score are in no mean and are counted; they are in the
    bounds. Parents whose children all lack a score have none.

    It is a `Listing` in the order of each parent's first child; it is shown, and gone through, in order of need, and
    ``rolled["Acme"]`` is the parent of that name. Its columns: ``parent``, ``children``, ``customers``, ``need_data``,
    ``set_aside``; ``state``, ``desired`` and the other scores; ``count_failing`` and so on; ``top_gap`` and
    ``top_gap_share``; ``own`` (D of the parent's own row); where the model has segments that are not ideal, how many
    below are ``not_ideal``; under ``"worst"`` ``worst``, who that is; ``overridden``, how many below have an override
    (which does not enter the roll-up); and what holds instead, where the parent itself is overridden.

    Attributes
    ----------
    parent
        What names each parent.
    how
        As asked for.
    children
        How many children each has, directly.
    customers
        How many customers are counted, through all levels.
    need_data, set_aside
        How many of those lack a score, or were set aside.
    state, desired, gap, required, experience, required_gap, experience_gap, low, high
        As those of `Scores`, a value a parent.
    own
        D of the parent's own row, whether it is counted or not; NaN where it has none.
    not_ideal
        How many customers below are of segments that are not ideal; they enter as all others do.
    overrides
        Row -> the `Override` that holds there.
    doubtful
        Parents that are no customer's id but for case or blanks -> that id, or another parent of the kind.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> customers = og.simulate(model, 4, seed=1, missing=0) | {"group": ["X", "X", "Y", None]}
    >>> og.Scorer(model).score(customers).roll_up("group").parent.tolist()
    ['X', 'Y']
    """

    parent: Array
    children: Array
    customers: Array
    need_data: Array
    set_aside: Array
    state: Array
    desired: Array
    gap: Array
    required: Array
    experience: Array
    required_gap: Array
    experience_gap: Array
    low: Array
    high: Array
    own: Array
    not_ideal: Array

    def __init__(self, scores: CustomerColumns, hierarchy: ParentHierarchy, how: How, overrides: Overrides) -> None:
        self._scores, self._hierarchy, self.how = scores, hierarchy, how
        columns, self.overrides = self._computed(), overrides
        vars(self).update({name: locked(columns[name]) for name in RollUp.__annotations__})
        if overrides:
            columns |= override_columns(overrides, len(hierarchy), {f"effective_{n}": self._holds(n) for n in HOLDS})
        super().__init__(
            f"{counted(len(hierarchy), 'parent')} in order of need, {HOWS[how]}",
            {name: values for name, values in columns.items() if name != "not_ideal" or not ideal_rows(scores).all()},
            like=scores.table,
            show=self._columns_to_show(),
            notes=self._notes(),
            order=self.order(),
        )

    def _holds(self, name: str) -> Array:
        return effective(getattr(self, HOLDS[name]), self.overrides, name)

    def order(self) -> Rows:
        """Return positions in order of need, by what holds: state, then gap; parents without a score come last."""
        return order_of_need(place_of(self._holds("state")), 1.0 - self._holds("score"))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows(self.order().tolist()))

    # The score

    @cached_property
    def _worst(self) -> Rows:
        """Row of the customer that comes first in order of need below each parent; -1 where nobody has a score."""
        scores = self._scores
        rank = np.empty(len(scores), dtype=np.int64)
        rank[order_of_need(scores.state_codes, scores.gap)] = np.arange(len(scores))
        rank[np.isnan(scores.desired)] = len(scores)
        return self._hierarchy.first(rank, len(scores))

    def _mean(self, values: Array, *, bounds: bool = False) -> Array:
        """Roll up one number a customer (first axis); of those with a score, or of all that have bounds."""
        known = self._scores.cell >= 0 if bounds else ~np.isnan(self._scores.desired)
        return _at(values, self._worst) if self.how == "worst" else self._hierarchy.mean(values, known)

    def _bound(self, name: str) -> Array:
        """Roll up a bound; the most extreme below under ``"worst"``, NaN where that of somebody is not known."""
        values: Array = getattr(self._scores, name)
        if self.how != "worst":
            return self._mean(values, bounds=True)
        found = self._hierarchy.extreme(values, BOUNDS[name])
        found[self._hierarchy.counts(np.isnan(values) & (self._scores.cell >= 0)) > 0] = np.nan
        return found

    def _state(self, desired: Array, nobody: NDArray[np.bool_]) -> Array:
        scores = self._scores
        if self.how == "worst":
            codes = np.where(self._worst < 0, UNCERTAIN, scores.state_codes[np.maximum(self._worst, 0)])
        else:
            codes = scores.mean_states(lambda values: self._mean(values, bounds=True))
            codes = np.where(np.isnan(desired), UNCERTAIN, codes)
        named: Array = np.array([*STATES, None], dtype=object)[np.where(nobody, len(STATES), codes)]
        return named

    def _computed(self) -> dict[str, Array]:
        """Return what is computed of each parent, in the order of the first child."""
        scores, below = self._scores, self._hierarchy
        columns: dict[str, Array] = {"parent": below.names, "children": below.children}
        columns["customers"] = below.counts(np.ones(len(scores), dtype=bool))
        columns["need_data"] = below.counts((scores.cell >= 0) & np.isnan(scores.desired))
        columns["set_aside"] = below.counts(scores.cell < 0)
        rolled = {name: self._bound(name) if name in BOUNDS else self._mean(getattr(scores, name)) for name in AVERAGED}
        columns["state"] = self._state(rolled["desired"], columns["customers"] == columns["set_aside"])
        columns |= rolled
        columns |= {f"count_{name}": below.counts(scores.state_codes == code) for code, name in enumerate(STATES)}
        columns["top_gap"], columns["top_gap_share"] = self._top(columns["gap"])
        columns["own"] = _at(scores.desired, below.own)
        if self.how == "worst":
            columns["worst"] = objects([*plain_values(scores.id), None])[self._worst]
        columns["not_ideal"] = below.counts(~ideal_rows(scores))
        if scores.overrides:
            columns["overridden"] = below.counts(np.isin(np.arange(len(scores)), list(scores.overrides)))
        return columns

    @cached_property
    def attribution(self) -> Array:
        """Part of each parent's gap that each step of the model makes; shape (parents, steps), rows sum to the gap."""
        return self._mean(self._scores.attribution().values)

    def _top(self, gap: Array) -> tuple[Array, Array]:
        """Return the step with the largest part of each parent's gap, and its share."""
        count = len(self._hierarchy)
        if not self._scores.explains or not self._scores.model.steps:
            return np.full(count, None, dtype=object), np.full(count, np.nan if self._scores.model.steps else 0.0)
        parts = np.nan_to_num(self.attribution)
        step = np.argmax(np.round(parts, 12), axis=1)
        share = np.divide(parts[np.arange(count), step], gap, out=np.zeros(count), where=gap > 0)
        names = np.array([*(step.name for step in self._scores.model.steps), None], dtype=object)
        return names[np.where(share > 0, step, -1)], share

    def states(self) -> dict[str, Array]:
        """Return how many customers below each parent are in each state, by state."""
        return {name: self.columns[f"count_{name}"] for name in STATES}

    def with_overrides(self, overrides: Any, *, as_of: Any) -> RollUp:
        """Return the same with some parents overridden, as `Scores.with_overrides` does for customers."""
        found, _, _ = resolved(overrides, plain_values(self._hierarchy.names), as_of, "with_overrides")
        return RollUp(self._scores, self._hierarchy, self.how, found)

    def __getitem__(self, place: Any) -> Any:
        return self.find(place) if isinstance(place, str) else super().__getitem__(place)

    def _columns_to_show(self) -> list[Show]:
        shown = [Show("parent"), Show("children"), Show("customers"), Show("state")]
        shown += [Show(name, form="points") for name in ("desired", "required", "experience")]
        shown += [Show("own row", "own", "points"), Show("need data", "need_data"), Show("largest gap", "top_gap")]
        shown += [Show("share of gap", "top_gap_share", "percent")]
        shown += [Show("worst")] if self.how == "worst" else []
        said = {self.parent[row]: str(override) for row, override in self.overrides.items()}
        return [*shown, Show("override", "parent", lambda name: said.get(name, ""))] if said else shown

    def _notes(self) -> list[str]:
        self.doubtful = _doubtful(plain_values(self.parent), _ids(self._scores))
        doubtful = list(self.doubtful.items())[:LISTED]
        notes = [f"Parent {name!r} is nobody's id: did you mean {near!r}?" for name, near in doubtful]
        apart, below = int((~ideal_rows(self._scores)).sum()), len(self._scores.overrides)
        if apart:
            who = counted(apart, "customer is", "customers are")
            notes.append(f"{who} of segments that are not ideal; their parents' means include them too.")
        if below:
            whose = counted(below, "customer is", "customers are")
            notes.append(f"{whose} overridden; what is rolled up is computed.")
        return notes


#: What holds -> what is computed.
HOLDS = {"state": "state", "score": "desired"}


def _at(values: Array, rows: Rows) -> Array:
    """Return the values of some rows; NaN where there is none (-1)."""
    found = values[np.maximum(rows, 0)].astype(np.float64)
    found[rows < 0] = np.nan
    return found


def _ids(scores: CustomerColumns) -> list[Any]:
    return [None] * len(scores) if scores.id_column is None else plain_values(scores.id)


def _doubtful(parents: list[Any], ids: list[Any]) -> dict[str, str]:
    def level(name: str) -> str:
        return " ".join(name.casefold().split())

    names = [name for name in parents if isinstance(name, str)]
    exact = {str(name) for name in ids if name is not None}
    known: dict[str, str] = {}
    for name in [*(str(name) for name in ids if name is not None), *names]:
        known.setdefault(level(name), name)
    return {name: known[level(name)] for name in names if name not in exact and known[level(name)] != name}


def roll_up(
    scores: CustomerColumns,
    parent: str | Any,
    how: How = "mean",
    weight: str | Any | None = None,
    *,
    include_parent: bool = False,
) -> RollUp:
    """Roll children up to their parents; what `Scores.roll_up` does."""
    choice("how", how, HOWS)
    if (weight is not None) != (how == "weighted"):
        said = 'how="weighted" needs weight=' if how == "weighted" else f'weight= is for how="weighted", not {how!r}'
        raise DataError(f"roll_up: {said}")
    checks = Checks("roll_up")
    if isinstance(parent, str):
        checks.problems += scores.table.require([parent])
        checks.done()
        parent = scores.table.values(parent)
    if len(parent) != len(scores):
        raise DataError(f"roll_up: parent is a column, or one value for each of {len(scores)} rows (got {len(parent)})")
    names = [
        None if isinstance(name, str) and not name.strip() else name for name in plain_values(objects(list(parent)))
    ]
    weights = scores.numbers(weight)
    if weights is not None:
        bad = ~(np.isfinite(weights) & (weights >= 0)) & (scores.cell >= 0)
        first = float(weights[bad.argmax()]) if len(bad) else math.nan
        column = weight if isinstance(weight, str) else None
        checks.problem("weight", f"a weight must be a number of 0 or more (got {first:g})", column, first, rows=bad)
        checks.done()
        weights = np.nan_to_num(weights)
    hierarchy = hierarchy_of(_ids(scores), names, weights, include_parent=include_parent)
    return RollUp(scores, hierarchy, how, frozen({}))
