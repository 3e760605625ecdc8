"""Scores of groups of customers: by segment, stage, goal, or any column; their means, states and ranked gaps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice, pairwise
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, in_range
from outcomegap.errors import DataError, hint
from outcomegap.listing import Listing, Show, counted, percent
from outcomegap.model import Step
from outcomegap.scoring.columns import AVERAGED, COLUMNS, CustomerColumns
from outcomegap.scoring.groups import Groups, groups_of
from outcomegap.scoring.overrides import override_notes
from outcomegap.scoring.states import MET, STATES
from outcomegap.stats import weighted_quantiles

Array = NDArray[Any]
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
#: Slack, as a share of all weight, for sums of weights that rounding steps just below a quantile's place.
SLACK = 1e-12
#: How many customers' attributions are held at a time.
CHUNK = 1 << 17
#: How many groups, and gaps of each, a table shows.
GROUPS, GAPS = 20, 3
#: What is said of overrides alone.
HOLDING = {"overridden": 0, **{f"effective_{state}": 0 for state in STATES}}.keys()


@attrs.frozen
class GapScore:
    """One step in one group.

    Parameters
    ----------
    name, kind, side, measure, unit, owner, remedy, bridgeable, status
        As in the model; `kind` is ``"function"``, ``"gap"`` or ``"expectation"``, `side` is ``"required"`` or
        ``"experience"``. `bridgeable` and `status` are those of a `SuccessGap`, True and ``"open"`` for others.
    share
        Its share of the group's gap, in [0, 1]: weighted sum of its parts / weighted sum of the gaps; 0 / 0 is 0.
        The shares of a group sum to 1 where there is a gap.
    part
        Weighted mean of its part of the gap.
    gain
        Weighted mean of what D gains if this step alone is fully attained.
    attainment
        Weighted mean attainment, in [0, 1], over customers of whom it is observed; NaN where it is of nobody.
    customers
        How many customers' cells have it.
    affected
        How many of those have it observed and not fully attained.
    missing
        How many of those lack its data.
    unknown_share
        How much of `share` comes from customers who lack its data.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> largest = og.Scorer(model).score(og.simulate(model, 500, seed=1)).by().total.gaps[0]
    >>> largest.name, largest.unit, largest.owner
    ('landing page converts', None, 'customer')
    """

    name: str
    kind: str
    side: str
    measure: str
    unit: str | None
    owner: str | None
    remedy: str | None
    bridgeable: bool
    status: str
    share: float
    part: float
    gain: float
    attainment: float
    customers: int
    affected: int
    missing: int
    unknown_share: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON; None for NaN."""
        return nan_to_none(attrs.asdict(self))  # type: ignore[no-any-return]


@attrs.frozen
class GroupScore:
    """A group of customers: means, quantiles, states, and its gaps, the largest first.

    A weighted mean is NaN where there is no customer, or no weight, to take it over.

    Parameters
    ----------
    key
        What the customers have in common: column -> value; empty for a total.
    ideal
        Whether they are of ideal segments.
    customers
        How many there are, with those of the next two.
    need_data
        How many have no score, for lack of data; they are in no mean but that of `coverage`.
    set_aside
        How many rows could not be read; they count nowhere else.
    overridden
        How many have an override that holds; means and states are as computed all the same.
    weight, scored_weight
        Sum of the weights of all but those set aside; of those with a score.
    desired, gap, required, experience, required_gap, experience_gap, low, high
        Weighted means over customers with a score of what `Scores` calls so.
    coverage
        Weighted mean share of steps observed, over all but those set aside.
    quantiles
        Probability -> quantile of D (see `Scores.by`).
    states, state_counts
        State -> share by weight, and number, of all but those set aside.
    effective_counts
        State -> number by what holds: as computed, or as an override says instead.
    unknown_share
        Share of the gap that comes from steps whose data are missing.
    gaps
        A `GapScore` for each step that some customer's cell has, ranked by share of the gap.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> total = og.Scorer(model).score(og.simulate(model, 500, seed=1)).by().total
    >>> total.customers, sum(total.state_counts.values())
    (500, 500)
    """

    key: dict[str, Any]
    ideal: bool
    customers: int
    need_data: int
    set_aside: int
    overridden: int
    weight: float
    scored_weight: float
    desired: float
    gap: float
    required: float
    experience: float
    required_gap: float
    experience_gap: float
    low: float
    high: float
    coverage: float
    quantiles: dict[float, float]
    states: dict[str, float]
    state_counts: dict[str, int]
    effective_counts: dict[str, int]
    unknown_share: float
    gaps: tuple[GapScore, ...] = attrs.field(repr=lambda gaps: f"<{len(gaps)} gaps>")

    @property
    def name(self) -> str:
        """What the group is called: its values, or ``total``, or ``not ideal``."""
        values = " / ".join("-" if value is None else str(value) for value in self.key.values())
        return values or ("total" if self.ideal else "not ideal")

    @property
    def scored(self) -> int:
        """How many customers have a score."""
        return self.customers - self.need_data - self.set_aside

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON: None for NaN, text for what JSON has no word for."""
        simple = (str, int, float, bool, type(None))
        data: dict[str, Any] = nan_to_none(attrs.asdict(self, recurse=False))
        data["key"] = {k: v if isinstance(v, simple) else str(v) for k, v in self.key.items()}
        data["quantiles"] = {
            f"{q:g}": value for q, value in zip(self.quantiles, data["quantiles"].values(), strict=True)
        }
        return data | {"gaps": [gap.to_dict() for gap in self.gaps]}


#: What `GapScore` and frames of gaps say of a step as the model has it, and of a group.
TOLD = ("name", "kind", "side", "measure", "unit", "owner", "remedy", "bridgeable", "status")


def told(step: Step) -> dict[str, Any]:
    """Return what the model says of a step, for people to read."""
    measure, always = step.measure, {"bridgeable": True, "status": "open"}
    said = {name: getattr(step, name, always.get(name)) for name in TOLD}
    return said | {"measure": measure.name, "unit": measure.unit}


def nan_to_none(value: object) -> Any:
    """Return None for NaN, also in a dict; anything else as it is."""
    if isinstance(value, dict):
        return {name: nan_to_none(each) for name, each in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


# Sums over groups


@attrs.frozen(eq=False)
class Tally:
    """Sums over groups, by name; the last axis of each array runs over groups, the first of those of steps over these.

    w stands for a customer's weight. ``weight`` and ``scored_weight`` are sums of w over customers with a cell, and
    over those with a score; those of `AVERAGED` sums of w times the value over customers with a score; ``coverage`` the
    same over those with a cell; ``count_failing`` and so on counts, ``effective_failing`` those by what holds,
    ``weight_failing`` sums of w.
    """

    sums: dict[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.sums[name]

    def __len__(self) -> int:
        return len(self["customers"])

    def total(self, mask: Array) -> Tally:
        """Return the sums over the groups of a mask, as one group."""
        return Tally({name: sums[..., mask].sum(axis=-1, keepdims=True) for name, sums in self.sums.items()})

    @cached_property
    def columns(self) -> dict[str, Array]:
        """What is said of each group: counts, weighted means, states."""
        columns = {name: self[name] for name in ("customers", "need_data", "set_aside", "weight", "scored_weight")}
        columns |= {name: ratio(self[name], self["scored_weight"]) for name in AVERAGED}
        columns["coverage"] = ratio(self["coverage"], self["weight"])
        columns |= {f"share_{state}": ratio(self[f"weight_{state}"], self["weight"]) for state in STATES}
        columns |= {name: self[name] for name in (*(f"count_{state}" for state in STATES), *HOLDING)}
        return columns | {"unknown_share": self.gaps["unknown_share"].sum(axis=0)}

    @cached_property
    def gaps(self) -> dict[str, Array]:
        """What is said of each step of each group, shape (steps, groups)."""
        return {
            "share": ratio(self["part"], self["gap"], nothing=0.0),
            "part": ratio(self["part"], self["scored_weight"]),
            "gain": ratio(self["gain"], self["scored_weight"]),
            "attainment": ratio(self["attained"], self["observed_weight"]),
            "customers": self["applies"],
            "affected": self["affected"],
            "missing": self["applies"] - self["observed"],
            "unknown_share": ratio(self["unknown_part"], self["gap"], nothing=0.0),
        }

    @cached_property
    def ranking(self) -> Array:
        """Steps by their share of the gap, the largest first, then in the model's order; shape (steps, groups)."""
        # Rounded, so that equal shares stand in the model's order whatever the order of summation.
        return np.argsort(-np.round(self.gaps["share"], 12), axis=0, kind="stable")


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


def tally_of(scores: CustomerColumns, groups: Groups, weights: Array | None) -> Tally:
    """Add up what is known of each group, chunk by chunk, without a loop over rows.

    Rows are taken group by group, so that a group's sum is one run of numbers that lie together.
    """
    sums: dict[str, Array] = {}
    order = stable_order(groups.codes, len(groups))
    for start in range(0, max(len(order), 1), CHUNK):
        rows = order[start : start + CHUNK]
        codes = groups.codes[rows]
        starts = np.flatnonzero(np.diff(codes, prepend=-1))
        for name, values in _terms(scores, rows, 1.0 if weights is None else weights.take(rows)):
            kind: type = np.int64 if values.dtype.kind in "bi" else np.float64
            to = sums.setdefault(name, np.zeros((*values.shape[:-1], len(groups)), dtype=kind))
            to[..., codes[starts]] += np.add.reduceat(values, starts, axis=-1, dtype=kind)
    cells, live = len(scores.applies), scores.cell >= 0
    counts = np.bincount(groups.codes[live] * cells + scores.cell[live], minlength=len(groups) * cells)
    sums["applies"] = (counts.reshape(len(groups), cells) @ scores.applies.astype(np.int64)).T
    sums["overridden"] = np.zeros(len(groups), dtype=np.int64)
    sums |= {f"effective_{state}": sums[f"count_{state}"].copy() for state in STATES}
    for row, override in scores.overrides.items():
        group, code = int(groups.codes[row]), int(scores.state_codes[row])
        sums["overridden"][group] += 1
        if override.state is not None:
            sums[f"effective_{override.state}"][group] += 1
            if code >= 0:
                sums[f"effective_{STATES[code]}"][group] -= 1
    return Tally(sums)


def _terms(scores: CustomerColumns, rows: Array, w: Any) -> Iterator[tuple[str, Array]]:
    """Yield what is added up of some customers, by name; large arrays are worked on in place, so add up at once."""
    live, scored = scores.cell.take(rows) >= 0, ~np.isnan(scores.desired.take(rows))
    weight, scored_weight = np.where(live, w, 0.0), np.where(scored, w, 0.0)
    yield "customers", np.ones(len(rows), dtype=np.int64)
    yield "set_aside", ~live
    yield "need_data", live & ~scored
    yield "weight", weight
    yield "scored_weight", scored_weight
    for name in AVERAGED:
        yield name, np.where(scored, getattr(scores, name).take(rows), 0.0) * scored_weight
    yield "coverage", np.where(live, scores.coverage.take(rows), 0.0) * weight
    states = scores.state_codes.take(rows)
    for code, state in enumerate(STATES):
        yield f"count_{state}", states == code
        yield f"weight_{state}", np.where(states == code, weight, 0.0)
    said = scores.step_values(rows, "attainment", "attribution", "gain")
    steps = (values.T.astype(np.float64, copy=False) for values in said)
    reached = next(steps)
    missing = np.isnan(reached)
    seen = ~missing
    yield "observed", seen
    yield "affected", reached < MET
    np.copyto(reached, 0.0, where=missing)
    yield "attained", np.multiply(reached, weight, out=reached)
    yield "observed_weight", np.multiply(seen, weight, out=reached)
    parts = next(steps)
    yield "part", np.multiply(parts, scored_weight, out=parts)
    yield "unknown_part", np.multiply(parts, missing, out=parts)
    gains = next(steps)
    yield "gain", np.multiply(gains, scored_weight, out=gains)


def stable_order(codes: Array, size: int) -> Array:
    """Return rows group by group, in their order."""
    # NumPy sorts 16-bit numbers by radix, in linear time.
    return np.argsort(codes.astype(np.int16) if size < np.iinfo(np.int16).max else codes, kind="stable")


# Scores of groups


def weights_of(scores: CustomerColumns, weight: object) -> Array | None:
    """Return what each customer weighs, None where all weigh alike; each number of a row with a cell is 0 or more."""
    weights = scores.numbers(weight)
    if weights is None:
        return None
    checks, bad = Checks("by"), ~(np.isfinite(weights) & (weights >= 0)) & (scores.cell >= 0)
    if bad.any():
        column, first = weight if isinstance(weight, str) else None, float(weights[bad][0])
        message = f"a weight must be a number, 0 or more (got {first:g}); fill it, or score those customers apart"
        checks.problem("weight", message, column, first, rows=bad)
    checks.done()
    with np.errstate(over="ignore"):
        if not np.isfinite(weights[scores.cell >= 0].sum()):
            raise DataError("the weights add up to more than a number can hold; divide them all by a common number")
    return weights


class SegmentScores:
    """Scores of groups of customers; made by `Scores.by`.

    It is a sequence of `GroupScore`, in the order of the model's segments and stages or of the column's values;
    groups of segments that are not ideal come last and say ``ideal=False``. ``result["enterprise"]`` is the group of
    that name, ``result["enterprise", "scaling"]`` that of several. Without names there is one group, the total.

    Attributes
    ----------
    names
        What the customers are grouped by.
    weighted_by
        The weight's column, if there is one.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> by = og.Scorer(model).score(og.simulate(model, 500, seed=1)).by("segment")
    >>> [group.name for group in by] == list(model.segment_names)
    True
    >>> sum(gap.share for gap in by.total.gaps).__round__(9)
    1.0
    """

    def __init__(
        self, scores: CustomerColumns, names: Sequence[Any], weight: object, quantiles: Sequence[float]
    ) -> None:
        flat = [each for name in names for each in (name if isinstance(name, (list, tuple)) else [name])]
        self._probabilities = tuple(dict.fromkeys(in_range("quantiles", each, 0, 1) for each in quantiles))
        self._scores, self._groups = scores, groups_of(scores, flat)
        self._weights = weights_of(scores, weight)
        self._tally = tally_of(scores, self._groups, self._weights)
        self.names: tuple[str, ...] = tuple(self._groups.columns)
        self._keys = self._groups.keys()
        self.weighted_by = weight if weight is None or isinstance(weight, str) else "the weights given"

    # The groups

    def __len__(self) -> int:
        return len(self._groups) if self.names else 1

    def __iter__(self) -> Iterator[GroupScore]:
        return iter([self.total]) if not self.names else map(self._group, range(len(self)))

    def __getitem__(self, key: object) -> GroupScore:
        wanted = key if isinstance(key, tuple) else (key,)
        if not self.names and wanted == ():
            return self.total
        if wanted in self._places:
            return self._group(self._places[wanted])
        shown = [" / ".join(map(str, place)) for place in self._places]
        asked = " / ".join(map(str, wanted))
        raise DataError(f"there is no group {asked!r} by {', '.join(self.names) or 'no name'}{hint(asked, shown)}")

    def __contains__(self, key: object) -> bool:
        return (key if isinstance(key, tuple) else (key,)) in self._places

    @cached_property
    def total(self) -> GroupScore:
        """All customers of ideal segments."""
        mask = self._groups.ideal
        rows = np.flatnonzero(mask[self._groups.codes] if len(mask) else np.zeros(0, dtype=bool))
        return self._group_score(self._tally.total(mask), 0, {}, self._quantiles_of(rows), ideal=True)

    @property
    def apart(self) -> tuple[GroupScore, ...]:
        """The groups of segments that are not ideal; they are in no total."""
        return tuple(map(self._group, np.flatnonzero(~self._groups.ideal).tolist()))

    @cached_property
    def _places(self) -> dict[tuple[Any, ...], int]:
        """Key -> position; an ideal group goes before one apart of the same key."""
        return {self._keys[position]: position for position in reversed(range(len(self._groups) if self.names else 0))}

    def _group(self, position: int) -> GroupScore:
        key = dict(zip(self.names, self._keys[position], strict=True))
        ideal = bool(self._groups.ideal[position])
        return self._group_score(self._tally, position, key, self._quantiles[:, position], ideal=ideal)

    def _group_score(self, tally: Tally, at: int, key: dict[str, Any], quantiles: Array, *, ideal: bool) -> GroupScore:
        """Read one group off its sums."""
        row = {name: values[at].item() for name, values in tally.columns.items()}
        told_by = [{state: row.pop(f"{what}_{state}") for state in STATES} for what in ("share", "count", "effective")]
        row |= dict(zip(("states", "state_counts", "effective_counts"), told_by, strict=True))
        figures = {name: values[:, at].tolist() for name, values in tally.gaps.items()}
        ranked = [step for step in tally.ranking[:, at].tolist() if tally["applies"][step, at]]
        each = ((self._scores.model.steps[step], {name: of[step] for name, of in figures.items()}) for step in ranked)
        gaps = tuple(GapScore(**told(step), **figure) for step, figure in each)
        shares = dict(zip(self._probabilities, quantiles.tolist(), strict=True))
        return GroupScore(key=key, ideal=ideal, quantiles=shares, gaps=gaps, **row)

    @cached_property
    def _quantiles(self) -> Array:
        """Quantiles of D, shape (probabilities, groups)."""
        order = stable_order(self._groups.codes, len(self._groups))
        ends = np.searchsorted(self._groups.codes[order], np.arange(len(self._groups) + 1))
        found = [self._quantiles_of(order[start:stop]) for start, stop in pairwise(ends.tolist())]
        return np.array(found).reshape(len(self._groups), len(self._probabilities)).T

    def _quantiles_of(self, rows: Array) -> Array:
        wanted = np.array([q if q == 1 else max(q - SLACK, 0.0) for q in self._probabilities])
        weights = None if self._weights is None else self._weights[rows]
        return weighted_quantiles(self._scores.desired[rows].astype(np.float64), weights, wanted)

    # Frames

    def _tables(self) -> tuple[Tally, dict[str, Array], Array, Array]:
        """Return sums, what names the groups, which are ideal, and quantiles; of the total where there are no names."""
        if self.names:
            return self._tally, self._groups.columns, self._groups.ideal, self._quantiles
        quantiles = np.array([*self.total.quantiles.values()], dtype=np.float64).reshape(-1, 1)
        return self._tally.total(self._groups.ideal), {}, np.array([True]), quantiles

    def to_frame(self) -> Any:
        """Return a row a group, the same kind of frame that was scored.

        After the columns that name the group: ``ideal``; ``customers``, ``need_data``, ``set_aside``, ``weight``;
        the means; ``share_failing`` and ``count_failing`` for each state; where scores are overridden how many are
        (``overridden``), and ``effective_failing`` and so on, counts by what holds; ``unknown_share``; ``desired_q50``
        and so on; ``top_gap`` and ``top_gap_share``. Segments that are not ideal stand last.
        """
        tally, keys, ideal, quantiles = self._tables()
        left_out = {"scored_weight"} | (set() if self._scores.as_of is not None else HOLDING)
        listed = {"ideal": ideal} | {name: column for name, column in tally.columns.items() if name not in left_out}
        listed |= {f"desired_q{q * 100:g}": row for q, row in zip(self._probabilities, quantiles, strict=True)}
        steps = [step.name for step in self._scores.model.steps]
        shares, top = np.zeros(len(tally)), np.full(len(tally), None, dtype=object)
        if steps:
            first = tally.ranking[0]
            shares = tally.gaps["share"][first, np.arange(len(tally))]
            top[:] = [steps[step] if share > 0 else None for step, share in zip(first, shares, strict=True)]
        return self._frame(keys, listed | {"top_gap": top, "top_gap_share": shares})

    def gaps_frame(self) -> Any:
        """Return a row a group and step, the largest share of each group's gap first.

        After the columns that name the group: ``ideal``, ``rank`` (from 1), ``gap`` (the step's name), and what
        `GapScore` says of it. The same kind of frame that was scored.
        """
        tally, keys, ideal, _ = self._tables()
        step = tally.ranking.T
        group = np.broadcast_to(np.arange(len(tally))[:, None], step.shape)
        here = tally["applies"].T[group, step] > 0
        rank = np.cumsum(here, axis=1)[here]
        step, group = step[here], group[here]
        about = [told(each) for each in self._scores.model.steps]
        columns: dict[str, Any] = {"ideal": ideal[group], "rank": rank}
        for name in TOLD:
            column = np.array([each[name] for each in about], dtype=bool if name == "bridgeable" else object)
            columns["gap" if name == "name" else name] = column[step]
        columns |= {name: values[step, group] for name, values in tally.gaps.items()}
        return self._frame({name: values[group] for name, values in keys.items()}, columns)

    def _frame(self, keys: dict[str, Array], columns: dict[str, Any]) -> Any:
        named = {f"{name} (score)" if name in keys else name: values for name, values in columns.items()}
        return self._scores.table.build(keys | named, index_like=False)

    # To read

    @cached_property
    def listing(self) -> Listing:
        """The groups, and below them the largest gaps of each, for people."""
        shown = list(islice(self, GROUPS)) if self.names else []
        groups = [g for g in shown if g.ideal] + [self.total]
        groups += [g for g in shown if not g.ideal] if self.names else self.apart
        names = [_names(group, max(len(self.names), 1)) for group in groups]
        columns: dict[str, Any] = {f"key {place}": column for place, column in enumerate(zip(*names, strict=True))}
        show = [Show(head, key) for head, key in zip(self.names or ("",), columns, strict=True)]
        means = [COLUMNS[name].show for name in ("desired", "gap", "required", "experience")]
        show += [Show("customers", form="count"), *means, *(Show(state, form="percent") for state in STATES)]
        show += [Show("need data", "need_data", "count")]
        show += [Show("overridden", form="count")] if self._scores.overrides else []
        said = [attrs.asdict(group, recurse=False) | group.states for group in groups]
        columns |= {each.names[0]: [one[each.names[0]] for one in said] for each in show[len(columns) :]}
        grouped = f" by {', '.join(self.names)}" if self.names else ""
        weighted = f", weighted by {self.weighted_by}" if self.weighted_by else ""
        counts = counted(int(self._tally["customers"].sum()), "customer")
        left = len(self) - GROUPS
        more = [f"... and {counted(left, 'group')} more; to_frame() has them all."] if left > 0 else []
        gaps = self._gaps_listing([*shown, self.total, *(() if self.names else self.apart)])
        title = f"{self._scores.model.name}{grouped}: {counts}{weighted}"
        return Listing(title, columns, show=show, notes=more, parts={"gaps": gaps}, first=len(groups))

    def _gaps_listing(self, groups: Sequence[GroupScore]) -> Listing:
        rows: list[dict[str, Any]] = []
        for group in groups:
            gaps = [gap for gap in group.gaps if gap.share > 0][:GAPS]
            nothing = "no score" if math.isnan(group.gap) else "no gap" if self._scores.explains else "not said"
            said = [attrs.asdict(gap) | {"gap": f"{gap.name}{_work(gap)}"} for gap in gaps] or [{"gap": nothing}]
            names = [" / ".join(_names(group, 1)), *[""] * (len(said) - 1)]
            rows += [{"group": name} | each for name, each in zip(names, said, strict=True)]
        show = [Show(", ".join(self.names), "group"), Show("largest gaps", "gap")]
        show += [Show("share of gap", "share", "percent", right=True)]
        show += [
            Show("attained", "attainment", "percent", right=True),
            Show("gain if closed", "gain", "change", right=True),
        ]
        show += [Show("affected", form="count", right=True), Show("data missing", "missing", "count", right=True)]
        show += [Show("owner"), Show("remedy")]
        columns = {name: [row.get(name) for row in rows] for each in show for name in each.names}
        there = any("share" in row for row in rows)
        return Listing("", columns, show=show if there else (), notes=self._notes(), first=len(rows))

    def _notes(self) -> list[str]:
        scores, notes = self._scores, []
        if not self._groups.ideal.all():
            notes.append("Segments that are not ideal are in no total.")
        if not scores.explains:
            notes.append("Whatever made these scores does not say which steps make up the gaps.")
        elif not scores.exact:
            left = abs(1.0 - sum(gap.share for gap in self.total.gaps)) if self.total.gap > 0 else 0.0
            notes.append(f"{INEXACT}: {percent(left)} of the total gap is assigned to no step.")
        if lost := int(self._tally["set_aside"].sum()):
            notes.append(f"{counted(lost, 'row')} set aside: see the problems of the scores.")
        return [*notes, *override_notes(scores)]

    def __str__(self) -> str:
        return str(self.listing)

    def _repr_html_(self) -> str:
        return self.listing.html()

    def __repr__(self) -> str:
        return f"<SegmentScores by {', '.join(self.names) or 'nothing'}: {len(self)} groups>"


#: Where a gate on numbers is not linear in its steps, or a scorer from outside says so.
INEXACT = "Shares of gap are not exact here"


def _names(group: GroupScore, size: int) -> list[str]:
    """Return what a group is called, in so many columns."""
    names = ["-" if value is None else str(value) for value in group.key.values()] or [group.name, *[""] * (size - 1)]
    return names if group.ideal or not group.key else [*names[:-1], f"{names[-1]} (not ideal)"]


def _work(gap: GapScore) -> str:
    return f"{'' if gap.bridgeable else ' (cannot be bridged)'}{'' if gap.status == 'open' else f' ({gap.status})'}"
