"""Sums over groups of customers, for means, shares and ranked gaps. Sums of parts add up to those of the whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.scoring.groups import Codes, Groups
from outcomegap.scoring.states import MET, STATES

if TYPE_CHECKING:
    from outcomegap.scoring.step_arrays import StepArrays
    from outcomegap.scoring.views import ScoreViews

Array = NDArray[Any]

#: What is averaged over customers that have a score.
AVERAGED = ("desired", "required", "experience", "gap", "required_gap", "experience_gap", "low", "high")
#: How many customers' attributions are held at a time.
CHUNK = 1 << 17


@attrs.frozen(eq=False)
class Tally:
    """Sums over groups; the last axis of every array runs over them, w stands for a customer's weight.

    Parameters
    ----------
    customers, need_data, set_aside, overridden
        How many there are; without a score; without a cell; with an override that holds.
    weight, scored_weight
        Sum of w over customers with a cell, and over those with a score.
    averaged
        Sums of w times each of `AVERAGED`, over customers with a score.
    covered
        Sum of w times coverage, over customers with a cell.
    state_counts, effective_counts, state_weight
        For each of `STATES`, over customers with a cell; by what holds; sums of w.
    parts, unknown_parts, gains
        For each step, sums of w times its part of the gap, of the same where the step is missing, and of w times
        what closing it gains; over customers with a score.
    attained, observed_weight, observed, affected, applies
        For each step over customers with a cell: sums of w times attainment and of w where the step is observed;
        how many customers have it observed, have it observed and not fully attained, have it in their cell.
    """

    customers: Array
    need_data: Array
    set_aside: Array
    overridden: Array
    weight: Array
    scored_weight: Array
    averaged: Array
    covered: Array
    state_counts: Array
    effective_counts: Array
    state_weight: Array
    parts: Array
    unknown_parts: Array
    gains: Array
    attained: Array
    observed_weight: Array
    observed: Array
    affected: Array
    applies: Array

    def __len__(self) -> int:
        return len(self.customers)

    def total(self, mask: Array) -> Tally:
        """Return the sums over the groups of a mask, as one group."""
        return self._each(lambda sums: sums[..., mask].sum(axis=-1, keepdims=True))

    def at(self, group: int) -> Tally:
        """Return the sums of one group."""
        return self._each(lambda sums: sums[..., group : group + 1])

    def _each(self, change: Callable[[Array], Array]) -> Tally:
        return Tally(**{field.name: change(getattr(self, field.name)) for field in attrs.fields(Tally)})

    def mean(self, name: str) -> Array:
        """Weighted mean of one of `AVERAGED`; NaN without weight."""
        return ratio(self.averaged[AVERAGED.index(name)], self.scored_weight)

    @property
    def coverage(self) -> Array:
        """Weighted mean coverage."""
        return ratio(self.covered, self.weight)

    @property
    def state_shares(self) -> Array:
        """Share of each state, by weight; shape (states, groups)."""
        return ratio(self.state_weight, self.weight)

    @property
    def shares(self) -> Array:
        """Share of the gap that each step makes up, 0 where there is no gap; shape (steps, groups)."""
        return ratio(self.parts, self.averaged[AVERAGED.index("gap")], nothing=0.0)

    @property
    def unknown_shares(self) -> Array:
        """Share of the gap that comes from steps while they are missing; shape (steps, groups)."""
        return ratio(self.unknown_parts, self.averaged[AVERAGED.index("gap")], nothing=0.0)

    @property
    def mean_parts(self) -> Array:
        """Weighted mean of each step's part of the gap."""
        return ratio(self.parts, self.scored_weight)

    @property
    def mean_gains(self) -> Array:
        """Weighted mean of what closing a step gains."""
        return ratio(self.gains, self.scored_weight)

    @property
    def attainment(self) -> Array:
        """Weighted mean attainment of each step over customers of whom it is observed."""
        return ratio(self.attained, self.observed_weight)

    @property
    def missing(self) -> Array:
        """How many customers lack the data of each step."""
        return self.applies - self.observed

    def ranking(self) -> Array:
        """Return steps by their share of the gap, the largest first, then in the model's order."""
        # Rounded, so that equal shares stand in the model's order whatever the order of summation.
        return np.argsort(-np.round(self.shares, 12), axis=0, kind="stable")


def ratio(above: Array, below: Array, nothing: float = np.nan) -> Array:
    """Divide; `nothing` where there is nothing to divide by.

    Examples
    --------
    >>> ratio(np.array([1.0, 0.0]), np.array([2.0, 0.0]))
    array([0.5, nan])
    """
    out = np.full(np.broadcast_shapes(above.shape, below.shape), nothing)
    np.divide(above, below, out=out, where=np.broadcast_to(below > 0, out.shape))
    return out


def tally_of(scores: ScoreViews, groups: Groups, weights: Array | None) -> Tally:
    """Add up what is known of each group, chunk by chunk, without a loop over rows.

    Rows are taken group by group, so that a group's sum is one run of numbers that lie together.
    """
    tally = _zeros(len(groups), len(scores.model.steps))
    order = stable_order(groups.codes, len(groups))
    for start in range(0, len(order), CHUNK):
        rows = order[start : start + CHUNK]
        chunk = _Chunk(scores, rows, groups.codes[rows], weights)
        chunk.add_scores(tally)
        chunk.add_steps(tally, scores.step_arrays(rows))
    tally.applies[...] = _applies(scores, groups)
    tally.effective_counts[...] = tally.state_counts
    _add_overrides(scores, groups, tally)
    return tally


def stable_order(codes: Codes, size: int) -> Array:
    """Return rows group by group, in their order."""
    # NumPy sorts 16-bit numbers by radix, in linear time.
    return np.argsort(codes.astype(np.int16) if size < np.iinfo(np.int16).max else codes, kind="stable")


class _Chunk:
    """Some customers, those of a group together."""

    def __init__(self, scores: ScoreViews, rows: Array, codes: Codes, weights: Array | None) -> None:
        self.scores, self.rows = scores, rows
        self.starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
        self.groups = codes[self.starts]
        self.live, self.scored = scores.cell.take(rows) >= 0, ~np.isnan(scores.desired.take(rows))
        w = 1.0 if weights is None else weights.take(rows)
        self.weight, self.scored_weight = np.where(self.live, w, 0.0), np.where(self.scored, w, 0.0)

    def add(self, to: Array, values: Array) -> None:
        """Add up values, their last axis over the chunk's rows, into sums whose last axis runs over all groups."""
        to[..., self.groups] += np.add.reduceat(values, self.starts, axis=-1, dtype=to.dtype)

    def add_scores(self, tally: Tally) -> None:
        """Add what each customer's score says."""
        self.add(tally.customers, np.ones(len(self.rows), dtype=np.int64))
        self.add(tally.set_aside, ~self.live)
        self.add(tally.need_data, self.live & ~self.scored)
        self.add(tally.weight, self.weight)
        self.add(tally.scored_weight, self.scored_weight)
        for total, name in zip(tally.averaged, AVERAGED, strict=True):
            values = getattr(self.scores, name).take(self.rows)
            self.add(total, np.where(self.scored, values, 0.0) * self.scored_weight)
        self.add(tally.covered, np.where(self.live, self.scores.coverage.take(self.rows), 0.0) * self.weight)
        states = self.scores.state_codes.take(self.rows)
        for code in range(len(STATES)):
            self.add(tally.state_counts[code], states == code)
            self.add(tally.state_weight[code], np.where(states == code, self.weight, 0.0))

    def add_steps(self, tally: Tally, found: StepArrays) -> None:
        """Add what is known of each step; large arrays are worked on in place."""
        reached = _double(found.attainment())
        missing = np.isnan(reached)
        seen = ~missing
        self.add(tally.observed, seen)
        self.add(tally.affected, reached < MET)
        np.copyto(reached, 0.0, where=missing)
        self.add(tally.attained, np.multiply(reached, self.weight, out=reached))
        self.add(tally.observed_weight, np.multiply(seen, self.weight, out=reached))
        parts = _double(found.attribution())
        self.add(tally.parts, np.multiply(parts, self.scored_weight, out=parts))
        self.add(tally.unknown_parts, np.multiply(parts, missing, out=parts))
        gains = _double(found.gain())
        self.add(tally.gains, np.multiply(gains, self.scored_weight, out=gains))


def _zeros(groups: int, steps: int) -> Tally:
    counts, whole = ("customers", "need_data", "set_aside", "overridden"), np.int64

    def made(name: str) -> Array:
        if name in counts:
            return np.zeros(groups, dtype=whole)
        if name in ("observed", "affected", "applies"):
            return np.zeros((steps, groups), dtype=whole)
        if name in ("parts", "unknown_parts", "gains", "attained", "observed_weight"):
            return np.zeros((steps, groups))
        if name == "averaged":
            return np.zeros((len(AVERAGED), groups))
        if name in ("state_counts", "effective_counts"):
            return np.zeros((len(STATES), groups), dtype=whole)
        if name == "state_weight":
            return np.zeros((len(STATES), groups))
        return np.zeros(groups)

    return Tally(**{field.name: made(field.name) for field in attrs.fields(Tally)})


def _add_overrides(scores: ScoreViews, groups: Groups, tally: Tally) -> None:
    """Count overrides that hold, and move their customers to the state that holds."""
    for row, override in scores.overrides.items():
        group, code = int(groups.codes[row]), int(scores.state_codes[row])
        tally.overridden[group] += 1
        if override.state is not None:
            tally.effective_counts[STATES.index(override.state), group] += 1
            if code >= 0:
                tally.effective_counts[code, group] -= 1


def _double(values: Array) -> Array:
    """Return values step by step in double precision, as an array of our own to work in."""
    return values.T.astype(np.float64, copy=False)


def _applies(scores: ScoreViews, groups: Groups) -> Array:
    """Count the customers of each group whose cell has a step, shape (steps, groups)."""
    table = scores.applies.astype(np.int64)
    live = scores.cell >= 0
    places = groups.codes[live] * len(table) + scores.cell[live]
    counts = np.bincount(places, minlength=len(groups) * len(table)).reshape(len(groups), len(table))
    found: Array = (counts @ table).T
    return found
