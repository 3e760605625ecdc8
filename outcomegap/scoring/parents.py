"""Scores of parents from those of their children: subsidiaries of a group, teams of an account."""

from __future__ import annotations

import graphlib
from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, choice
from outcomegap.errors import DataError, folded
from outcomegap.frames.arrays import locked, objects, plain_values
from outcomegap.listing import Listing, Show, counted
from outcomegap.scoring import states
from outcomegap.scoring.columns import AVERAGED
from outcomegap.scoring.groups import ideal_rows, ratio, top_gaps, weights_of
from outcomegap.scoring.states import STATES, UNCERTAIN, Overrides

if TYPE_CHECKING:
    from outcomegap.scoring.columns import CustomerColumns

Array = NDArray[Any]
Rows = NDArray[np.int64]
How = Literal["mean", "weighted", "worst"]
#: The ways to roll up, and their names for people.
HOWS: dict[How, str] = {
    "mean": "mean of the children",
    "weighted": "weighted mean of the children",
    "worst": "the worst below",
}
#: The columns that are averaged over all customers, also those without a score; and those that the worst gives.
BOUNDS = {"low": (np.minimum, np.inf), "high": (np.maximum, -np.inf)}
#: How many parents that are written in two ways are told.
LISTED = 20


class ParentHierarchy:
    """The tree of customers; parents are in the order of their first child.

    Parameters
    ----------
    ids
        The id of each customer, None where there is none.
    parents
        The id of each customer's parent, None for a customer without one. A customer that names itself has none.
    weights
        The weight of each customer; None if all count equally.
    include_parent
        Whether a parent's own row counts as one more child.
        Whether a parent's own row is one more child.

    Attributes
    ----------
    names, children
        The id of each parent, and its number of direct children.
    own
        The parent's own row, -1 if there is none.
    above
        The position of the parent's own parent, -1 if there is none.
    levels
        Positions of the parents that are below others, the deepest first.
    direct, below
        The rows that enter the mean of a parent directly, and all rows below it through all levels; each with the
        parent's position.

    Raises
    ------
    DataError
        If a parent's id is in several rows, or a customer is below itself.
    """

    def __init__(
        self, ids: Sequence[Any], parents: Sequence[Any], weights: Array | None, *, include_parent: bool
    ) -> None:
        named = {row: name for row, name in enumerate(parents) if name is not None and name != ids[row]}
        place = {name: position for position, name in enumerate(dict.fromkeys(named.values()))}
        up, own, checks = np.full(len(ids), -1), np.full(len(place), -1), Checks("roll_up")
        up[list(named)] = [place[name] for name in named.values()]
        for name, here in states.rows_named(ids, place).items():
            own[place[name]] = here[0]
            if len(here) > 1:
                message = f"the parent {name!r:.60} occurs in several rows; a parent's id must be unique"
                checks.problem("repeated-id", message, value=str(name), rows=here)
        above, depth = np.where(own < 0, -1, up[own]), np.zeros(len(place), dtype=np.int64)
        upwards = {child: [parent] for child, parent in enumerate(above.tolist()) if parent >= 0}
        try:
            for child in graphlib.TopologicalSorter(upwards).static_order():
                depth[child] = depth[above[child]] + 1 if child in upwards else 0
        except graphlib.CycleError as error:
            circle = [list(place)[position] for position in reversed(error.args[1])]
            message = f"{' < '.join(map(repr, circle))}: these customers are below themselves; correct one parent"
            checks.problem("circle", message, value=str(circle[0]))
        checks.done()
        self.levels = [np.flatnonzero(depth == level) for level in range(depth.max(initial=0), 0, -1)]
        child = np.flatnonzero((up >= 0) & ~np.isin(np.arange(len(ids)), own))
        itself = np.flatnonzero(own >= 0) if include_parent else own[:0]
        self.direct = rows, owner = np.concatenate([own[itself], child]), np.concatenate([itself, up[child]])
        below = [self.direct]
        while len(rows):
            inner = above[owner] >= 0
            rows, owner = rows[inner], above[owner[inner]]
            below.append((rows, owner))
        self.below = np.concatenate([each for each, _ in below]), np.concatenate([each for _, each in below])
        self.names, self.own, self.above, self.weights = objects(list(place)), own, above, weights
        self.children = np.bincount(up[up >= 0], minlength=len(place))

    def __len__(self) -> int:
        return len(self.names)

    def counts(self, mask: Array) -> Rows:
        """Return how many rows below each parent are in a mask."""
        rows, owner = self.below
        return np.bincount(owner[mask[rows]], minlength=len(self)).astype(np.int64)

    def extreme(self, values: Array, of: np.ufunc, nobody: float, known: Array) -> Array:
        """Return the smallest or largest known value below each parent; NaN if none is known."""
        rows, owner = (each[known[self.below[0]]] for each in self.below)
        found = np.full(len(self), nobody)
        with np.errstate(invalid="ignore"):
            of.at(found, owner, values[rows])
        return np.where(np.isinf(found), np.nan, found)

    def mean(self, values: Array, known: Array) -> Array:
        """Return the mean over the children that have a value; a child that is a parent counts with its own mean.

        `values` holds one number, or one row of numbers, for each customer; `known` marks the customers with a value.
        The mean is NaN for a parent whose children all lack a value, or all have weight 0.
        """
        rows, owner = self.direct
        share = known[rows] * (1.0 if self.weights is None else np.nan_to_num(self.weights)[rows])
        weight = np.bincount(owner, weights=share, minlength=len(self))
        sums = np.zeros((len(self), *values.shape[1:]))
        alike = (-1, *(1,) * (values.ndim - 1))
        each = np.where(known[rows].reshape(alike), values[rows], 0.0) * share.reshape(alike)
        np.add.at(sums, owner, each)
        for level in self.levels:
            inner = level[weight[level] > 0]
            part = 1.0 / weight[inner] if self.weights is None else np.ones(len(inner))
            np.add.at(sums, self.above[inner], part.reshape(alike) * sums[inner])
            np.add.at(weight, self.above[inner], part * weight[inner])
        with np.errstate(invalid="ignore"):
            found: Array = sums / np.where(weight > 0, weight, np.nan).reshape(alike)
        return found


class RollUp(Listing):
    """Scores of parents, computed from those of their children; made by `Scores.roll_up`.

    With a mean, D, R, E and both parts of the gap are means of the children's, so the parts still add up to the gap.
    The state compares the mean R and E with the mean of the children's own thresholds; it is uncertain if the mean
    bounds give different states. With ``"worst"``, everything is that of one customer: of all below, the first in order
    of need. Customers without a score are counted and enter the bounds, but no mean. A parent whose children all lack
    a score has none.

    It is a `Listing` in the order of each parent's first child. Printing and iteration are in order of need, and
    ``rolled["Acme"]`` is the parent of that name. Its columns: ``parent``, ``children``, ``customers``, ``need_data``,
    ``set_aside``; ``state``, ``desired`` and the other scores; ``count_failing`` and so on; ``top_gap`` and
    ``top_gap_share``; ``own`` (D of the parent's own row); ``not_ideal``, the number below in segments that are not
    ideal, if the model has such; with ``"worst"``, ``worst``: the id of that customer; ``overridden``, the number below
    with an override (which does not enter the roll-up); and the values in effect, if the parent itself is overridden.

    Attributes
    ----------
    parent
        The id of each parent.
    how
        The way of rolling up.
    children
        The number of direct children.
    customers
        The number of customers below, through all levels.
    need_data, set_aside
        The number of those without a score, and of those set aside.
    state, desired, gap, required, experience, required_gap, experience_gap, low, high
        As in `Scores`, one value for each parent.
    own
        D of the parent's own row, whether it is counted or not; NaN if there is none.
    not_ideal
        The number of customers below in segments that are not ideal; they count as all others do.
    overrides
        Row -> the `Override` in effect there.

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
        said = (("state", self.state), ("score", self.desired))
        holds = {f"effective_{name}": states.effective(computed, overrides, name) for name, computed in said}
        self._order = states.order_of_need(states.place_of(holds["effective_state"]), 1.0 - holds["effective_score"])
        columns |= states.override_columns(overrides, len(hierarchy), holds) if overrides else {}
        super().__init__(
            f"{counted(len(hierarchy), 'parent')} in order of need, {HOWS[how]}",
            {name: values for name, values in columns.items() if name != "not_ideal" or not ideal_rows(scores).all()},
            like=scores.table,
            show=self._columns_to_show(),
            notes=self._notes(),
            order=self._order,
        )

    def order(self) -> Rows:
        """Return positions in order of need, by the values in effect: state, then gap; parents without a score last."""
        return self._order

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows(self.order().tolist()))

    # The score

    @cached_property
    def _worst(self) -> Rows:
        """Row of the customer below each parent that is first in order of need; -1 if nobody has a score."""
        order, known = states.order_of_need(self._scores.state_codes, self._scores.gap), ~np.isnan(self._scores.desired)
        rank = self._hierarchy.extreme(np.argsort(order), *BOUNDS["low"], known)
        return np.where(np.isnan(rank), -1, order[np.nan_to_num(rank).astype(np.int64)])

    def _mean(self, values: Array, *, bounds: bool = False) -> Array:
        """Roll up one number for each customer (first axis): of those with a score, or with bounds."""
        known = self._scores.cell >= 0 if bounds else ~np.isnan(self._scores.desired)
        return _at(values, self._worst) if self.how == "worst" else self._hierarchy.mean(values, known)

    def _rolled(self, name: str) -> Array:
        """Roll up a column; with ``"worst"``, a bound is the most extreme one below."""
        values: Array = getattr(self._scores, name)
        if name in BOUNDS and self.how == "worst":
            return self._hierarchy.extreme(values, *BOUNDS[name], known=self._scores.cell >= 0)
        return self._mean(values, bounds=name in BOUNDS)

    def _computed(self) -> dict[str, Array]:
        """Return the computed columns of each parent, in the order of the first child."""
        scores, below = self._scores, self._hierarchy
        live, counts = scores.cell >= 0, below.counts
        columns: dict[str, Array] = {"parent": below.names, "children": below.children}
        columns["customers"] = counts(np.ones(len(scores), dtype=bool))
        columns |= {"need_data": counts(live & np.isnan(scores.desired)), "set_aside": counts(~live)}
        rolled = {name: self._rolled(name) for name in scores.having(AVERAGED)}
        if self.how == "worst":
            codes = np.append(scores.state_codes, UNCERTAIN)[self._worst]
        else:
            codes = scores.mean_states(lambda values: self._mean(values, bounds=True))
        codes = np.where(np.isnan(rolled["desired"]), UNCERTAIN, codes)
        columns["state"] = objects([*STATES, None])[np.where(counts(live) > 0, codes, len(STATES))]
        columns |= rolled | {f"count_{name}": counts(scores.state_codes == code) for code, name in enumerate(STATES)}
        steps = scores.model.steps
        parts = self.attribution.T if scores.explains else np.full((len(steps), len(below)), np.nan)
        columns |= top_gaps(steps, ratio(parts, columns["gap"], nothing=0.0))
        columns["own"] = _at(scores.desired, below.own)
        if self.how == "worst":
            columns["worst"] = objects([*plain_values(scores.id), None])[self._worst]
        columns["not_ideal"] = counts(~ideal_rows(scores))
        if scores.overrides:
            columns["overridden"] = counts(np.isin(np.arange(len(scores)), list(scores.overrides)))
        return columns

    @cached_property
    def attribution(self) -> Array:
        """Return each step's part of each parent's gap; shape (parents, steps), rows sum to the gap."""
        return self._mean(self._scores.attribution().values)

    def with_overrides(self, overrides: Any, *, as_of: Any) -> RollUp:
        """Return the same roll-up with some parents overridden, as `Scores.with_overrides` does for customers."""
        found, _, _ = states.resolved(overrides, plain_values(self._hierarchy.names), as_of, "with_overrides")
        return RollUp(self._scores, self._hierarchy, self.how, found)

    def __getitem__(self, place: object) -> Any:
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
        counts = {
            "of segments that are not ideal; their parents' means include them too": (~ideal_rows(self._scores)).sum(),
            "overridden; what is rolled up is computed": len(self._scores.overrides),
        }
        said = ((what, counted(count, "customer is", "customers are")) for what, count in counts.items() if count)
        twice = _written_twice(plain_values(self.parent), plain_values(self._scores.id))[:LISTED]
        notes = [f"Parent {name!r:.60} is nobody's id: did you mean {near!r:.60}?" for name, near in twice]
        return [*notes, *(f"{many} {what}." for what, many in said)]


def _written_twice(parents: list[Any], ids: list[Any]) -> list[tuple[str, str]]:
    """Return parents that are nobody's id and like an id, or a parent before, but for case and blanks; and that one."""
    known = {name for name in ids if isinstance(name, str)}
    unknown = [name for name in parents if isinstance(name, str) and name not in known]
    first: dict[str, str] = {}
    for name in (*known, *unknown) if unknown else ():
        first.setdefault(folded(name), name)
    near = [(name, first[folded(name)]) for name in unknown]
    return [(name, other) for name, other in near if name != other]


def _at(values: Array, rows: Rows) -> Array:
    """Return the values of some rows; NaN where there is no row (-1)."""
    found = values[np.maximum(rows, 0)].astype(np.float64)
    found[rows < 0] = np.nan
    return found


def roll_up(
    scores: CustomerColumns,
    parent: str | Any,
    how: How = "mean",
    weight: str | Any | None = None,
    *,
    include_parent: bool = False,
) -> RollUp:
    """Roll children up to their parents, for `Scores.roll_up`."""
    choice("how", how, HOWS)
    if (weight is not None) != (how == "weighted"):
        raise DataError('roll_up: how="weighted" needs weight=, and weight= is for how="weighted" alone')
    if isinstance(parent, str):
        if lacking := scores.table.require([parent]):
            raise DataError.all("roll_up", lacking)
        parent = scores.table.values(parent)
    if len(parent) != len(scores):
        raise DataError(f"roll_up: give a column, or one parent for each of {len(scores)} rows (got {len(parent)})")
    blank = ((name, isinstance(name, str) and not name.strip()) for name in plain_values(objects(list(parent))))
    names = [None if nothing else name for name, nothing in blank]
    if not all(isinstance(name, Hashable) for name in names):
        raise DataError.of("name", "roll_up: some parents are lists or the like; a name is text or a number")
    ids = [None] * len(scores) if scores.id_column is None else plain_values(scores.id)
    hierarchy = ParentHierarchy(ids, names, weights_of(scores, weight), include_parent=include_parent)
    return RollUp(scores, hierarchy, how, {})
