"""Children rolled up to their parents: subsidiaries to a group, teams to an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, Problem, hint
from outcomegap.frames.arrays import plain_values
from outcomegap.scoring.family import Families, families_of
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.states import STATES, UNCERTAIN, order_of_need, place_of

if TYPE_CHECKING:
    from outcomegap.scoring.overrides import Override
    from outcomegap.scoring.views import ScoreViews

Array = NDArray[Any]
How = Literal["mean", "weighted", "worst"]
HOWS: tuple[How, ...] = ("mean", "weighted", "worst")


class RollUp:
    """Scores of parents, out of those of their children; made by `Scores.roll_up`.

    Under a mean, D, R, E and both parts of the gap are means of the children's, so the parts of the gap still add up
    to it. The state is that of the mean R and E against the mean of the children's own thresholds, and uncertain where
    the state at the mean bounds is not one and the same. Under ``"worst"`` everything is that of one customer: the
    first in order of need of all below. Customers without a score are in no mean and are counted; they are in the
    bounds. Parents whose children all lack a score have none.

    Attributes
    ----------
    parent
        What names each parent, in the order of their first child.
    how
        As asked for.
    children
        How many children each has, directly.
    customers
        How many customers are counted, through all levels.
    need_data, set_aside
        How many of those lack a score, or were set aside.
    """

    def __init__(self, scores: ScoreViews, families: Families, how: How, overrides: Mapping[int, Override]) -> None:
        self._scores, self._families, self.how, self.overrides = scores, families, how, overrides
        self.parent: Array = families.names
        self.children: Array = families.children
        self.customers: Array = families.counts(np.ones(len(scores), dtype=bool))
        self.need_data: Array = families.counts((scores.cell >= 0) & np.isnan(scores.desired))
        self.set_aside: Array = families.counts(scores.cell < 0)

    def __len__(self) -> int:
        return len(self.parent)

    # The score

    @cached_property
    def _worst(self) -> Array:
        """Row of the customer that comes first in order of need below each parent; -1 where nobody has a score."""
        scores = self._scores
        rank = np.empty(len(scores), dtype=np.int64)
        rank[order_of_need(scores.state_codes, scores.gap)] = np.arange(len(scores))
        rank[np.isnan(scores.desired)] = len(scores)
        return self._families.first(rank, len(scores))

    def _mean(self, values: Array, *, bounds: bool = False) -> Array:
        """Roll up one number a customer (first axis); of those with a score, or of all that have bounds."""
        known = self._scores.cell >= 0 if bounds else ~np.isnan(self._scores.desired)
        if self.how != "worst":
            return self._families.mean(values, known)
        rows = self._worst
        found = values[np.maximum(rows, 0)].astype(np.float64)
        found[rows < 0] = np.nan
        return found

    def _extreme(self, bound: Array, of: np.ufunc) -> Array:
        """Roll up a bound; NaN where that of somebody below is not known."""
        found = self._families.extreme(bound, of)
        found[self._families.counts(np.isnan(bound) & (self._scores.cell >= 0)) > 0] = np.nan
        return found

    @cached_property
    def desired(self) -> Array:
        """D."""
        return self._mean(self._scores.desired)

    @cached_property
    def required(self) -> Array:
        """R."""
        return self._mean(self._scores.required)

    @cached_property
    def experience(self) -> Array:
        """E."""
        return self._mean(self._scores.experience)

    @cached_property
    def gap(self) -> Array:
        """The distance from the desired outcome."""
        return self._mean(self._scores.gap)

    @cached_property
    def required_gap(self) -> Array:
        """The part of the gap that the required outcome makes."""
        return self._mean(self._scores.required_gap)

    @cached_property
    def experience_gap(self) -> Array:
        """The part of the gap that the experience makes."""
        return self._mean(self._scores.experience_gap)

    @cached_property
    def low(self) -> Array:
        """D if everything missing were at its floor; under ``"worst"`` the lowest of those below."""
        if self.how == "worst":
            return self._extreme(self._scores.low, np.fmin)
        return self._mean(self._scores.low, bounds=True)

    @cached_property
    def high(self) -> Array:
        """D if everything missing were at its target; under ``"worst"`` no more than the highest of those below."""
        if self.how == "worst":
            return self._extreme(self._scores.high, np.fmax)
        return self._mean(self._scores.high, bounds=True)

    @cached_property
    def state(self) -> Array:
        """One of `STATES`; None for a parent all of whose customers were set aside."""
        if self.how == "worst":
            rows = self._worst
            codes = np.where(rows < 0, UNCERTAIN, self._scores.state_codes[np.maximum(rows, 0)])
        else:
            codes = self._scores.mean_states(lambda values: self._mean(values, bounds=True))
            codes = np.where(np.isnan(self.desired), UNCERTAIN, codes)
        codes = np.where(self.customers == self.set_aside, len(STATES), codes)
        named: Array = np.array([*STATES, None], dtype=object)[codes]
        return named

    def states(self) -> dict[str, Array]:
        """Return how many customers below each parent are in each state, by state."""
        codes = self._scores.state_codes
        return {name: self._families.counts(codes == code) for code, name in enumerate(STATES)}

    @cached_property
    def own(self) -> Array:
        """D of the parent's own row, whether it is counted or not; NaN where it has none."""
        rows = self._families.own
        found = self._scores.desired[np.maximum(rows, 0)].astype(np.float64)
        found[rows < 0] = np.nan
        return found

    @cached_property
    def attribution(self) -> Array:
        """Part of each parent's gap that each step of the model makes; shape (parents, steps), rows sum to the gap."""
        return self._mean(self._scores.attribution().values)

    @cached_property
    def _top(self) -> tuple[Array, Array]:
        if not self._scores.explains:
            return np.full(len(self), None, dtype=object), np.full(len(self), np.nan)
        parts = np.nan_to_num(self.attribution)
        step = np.argmax(np.round(parts, 12), axis=1) if parts.size else np.zeros(len(self), dtype=np.int64)
        part = parts[np.arange(len(self)), step] if parts.size else np.zeros(len(self))
        share = np.divide(part, self.gap, out=np.zeros(len(self)), where=self.gap > 0)
        names = np.array([*(step.name for step in self._scores.model.steps), None], dtype=object)
        return names[np.where(share > 0, step, -1)], share

    def order(self) -> Array:
        """Return positions in order of need, by what holds: state, then gap; parents without a score come last."""
        from outcomegap.scoring.overrides import effective

        codes = place_of(effective(self.state, self.overrides, "state"))
        return order_of_need(codes, 1.0 - effective(self.desired, self.overrides, "score"))

    @cached_property
    def _ideal(self) -> Array:
        return ideal_rows(self._scores)

    @property
    def not_ideal(self) -> Array:
        """How many customers below each parent are of segments that are not ideal; they enter as all others do."""
        return self._families.counts(~self._ideal)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield each parent as a dict, in order of need."""
        columns = {name: plain_values(values) for name, values in self.columns().items()}
        for row in self.order().tolist():
            yield {name: values[row] for name, values in columns.items()}

    @cached_property
    def doubtful(self) -> dict[str, str]:
        """Parents that are no customer's id but for case or blanks -> that id, or another parent of the kind."""
        names = [name for name in plain_values(self.parent) if isinstance(name, str)]
        ids = [] if self._scores.id_column is None else [str(name) for name in plain_values(self._scores.id)]
        known: dict[str, str] = {}
        for name in [*ids, *names]:
            known.setdefault(_levelled(name), name)
        exact = set(ids)
        return {name: known[_levelled(name)] for name in names if name not in exact and known[_levelled(name)] != name}

    def with_overrides(self, overrides: Any, *, as_of: Any) -> RollUp:
        """Return the same with some parents overridden, as `Scores.with_overrides` does for customers."""
        from outcomegap.scoring.overrides import resolved

        found, _, _ = resolved(overrides, plain_values(self.parent), as_of, "with_overrides")
        return RollUp(self._scores, self._families, self.how, found)

    # Out

    def columns(self) -> dict[str, Array]:
        """Return what `to_frame` holds, as columns."""
        from outcomegap.scoring.overrides import effective, told

        fields = ("state", "desired", "gap", "required", "experience", "required_gap", "experience_gap", "low", "high")
        counts = ("children", "customers", "need_data", "set_aside")
        columns: dict[str, Array] = {"parent": self.parent}
        columns |= {name: getattr(self, name) for name in (*counts, *fields)}
        columns |= {f"count_{name}": counted for name, counted in self.states().items()}
        columns |= {"top_gap": self._top[0], "top_gap_share": self._top[1], "own": self.own}
        if self.how == "worst":
            ids = np.array([*plain_values(self._scores.id), None], dtype=object)
            columns["worst"] = ids[self._worst]
        if not self._ideal.all():
            columns["not_ideal"] = self.not_ideal
        below = self._scores.overrides
        if below:
            columns["overridden"] = self._families.counts(np.isin(np.arange(len(self._scores)), list(below)))
        if self.overrides:
            holds = {f"effective_{n}": effective(getattr(self, f), self.overrides, n) for n, f in _HOLDS}
            columns |= told(self.overrides, len(self), holds)
        return columns

    def to_frame(self) -> Any:
        """Return a row a parent, the same kind of frame that was scored.

        Its columns: ``parent``, ``children``, ``customers``, ``need_data``, ``set_aside``; ``state``, ``desired`` and
        the other scores; ``count_failing`` and so on; ``top_gap`` and ``top_gap_share``; ``own`` (D of the parent's own
        row); where the model has segments that are not ideal, how many below are ``not_ideal``; under ``"worst"``
        ``worst``, who that is; ``overridden``, how many below have an override (which does not enter the roll-up); and
        what holds instead, where the parent itself is overridden.
        """
        return self._scores.table.build(self.columns(), index_like=False)

    def __getitem__(self, name: Any) -> dict[str, Any]:
        names = plain_values(self.parent)
        if name not in names:
            raise DataError(f"there is no parent {name!r:.60}{hint(name, map(str, names))}")
        row = names.index(name)
        return {column: plain_values(values[[row]])[0] for column, values in self.columns().items()}

    def __str__(self) -> str:
        from outcomegap.scoring.rollup_text import rollup_text

        return rollup_text(self)

    def _repr_html_(self) -> str:
        from outcomegap.scoring.rollup_text import rollup_html

        return rollup_html(self)

    def __repr__(self) -> str:
        return f"<RollUp of {len(self._scores)} customers to {len(self)} parents, {self.how}>"


#: What holds -> what is computed.
_HOLDS = (("state", "state"), ("score", "desired"))


def _levelled(name: str) -> str:
    return " ".join(name.casefold().split())


def roll_up(
    scores: ScoreViews,
    parent: str | Any,
    how: How = "mean",
    weight: str | Any | None = None,
    *,
    include_parent: bool = False,
) -> RollUp:
    """Roll children up to their parents; what `Scores.roll_up` does."""
    if not isinstance(how, str) or how not in HOWS:
        raise DataError(f"roll_up: how is one of {', '.join(map(repr, HOWS))} (got {how!r:.60}){hint(how, HOWS)}")
    if not isinstance(include_parent, bool):
        raise DataError(f"roll_up: include_parent is True or False (got {include_parent!r:.60})")
    if (weight is not None) != (how == "weighted"):
        said = 'how="weighted" needs weight=' if how == "weighted" else f'weight= is for how="weighted", not {how!r}'
        raise DataError(f"roll_up: {said}")
    from outcomegap.scoring.overrides import held

    families = families_of(scores, _parents(scores, parent), _weights(scores, weight), include_parent=include_parent)
    return RollUp(scores, families, how, held({}))


def _parents(scores: ScoreViews, parent: str | Any) -> list[Any]:
    if isinstance(parent, str):
        lacking = scores.table.require([parent])
        if lacking:
            raise DataError.all("roll_up: the scored frame lacks the parent's column", lacking)
        return _named(plain_values(scores.table.values(parent)))
    listed = np.empty(len(parent), dtype=object) if hasattr(parent, "__len__") else None
    if listed is None or len(listed) != len(scores):
        raise DataError(
            f"roll_up: parent is a column, or one value for each of {len(scores)} rows (got {parent!r:.60})"
        )
    listed[:] = list(parent)
    return _named(plain_values(listed))


def _named(parents: list[Any]) -> list[Any]:
    """Return parents; a blank names none."""
    return [None if isinstance(name, str) and not name.strip() else name for name in parents]


def _weights(scores: ScoreViews, weight: str | Any | None) -> Array | None:
    weights = scores.numbers(weight)
    if weights is None:
        return None
    bad = ~(np.isfinite(weights) & (weights >= 0)) & (scores.cell >= 0)
    if bad.any():
        row = int(bad.argmax())
        column = weight if isinstance(weight, str) else None
        message = f"a weight must be a number, 0 or more (got {weights[row]:g} in row {row}, {int(bad.sum())} in all)"
        problem = Problem("weight", message, column, float(weights[row]), (row,), int(bad.sum()))
        raise DataError.all("roll_up", [problem])
    return np.nan_to_num(weights)
