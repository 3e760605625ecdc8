"""Customers in groups: by segment, stage and goal, or by any column; with means, states and ranked gaps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, in_range
from outcomegap.errors import SHOWN, DataError, Problem, hint, written_alike
from outcomegap.frames import Table
from outcomegap.frames.arrays import is_null, joined, objects, plain_values
from outcomegap.listing import Listing, Show, as_column, beside, counted, named, percent
from outcomegap.model import Step
from outcomegap.model.model import OutcomeModel
from outcomegap.scoring.columns import AVERAGED, COLUMNS, CustomerColumns, override_notes
from outcomegap.scoring.customers import AXES, axes_of
from outcomegap.scoring.exact_sums import MOST, ExactSums
from outcomegap.scoring.states import MET, STATES
from outcomegap.stats import weighted_mean_interval, weighted_quantiles

Array = NDArray[Any]
Codes = NDArray[np.int64]
#: Takes probabilities; returns quantiles of D, shape (probabilities, groups and the total).
Quantiles = Callable[[Array], Array]
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
#: So many steps are named in a note.
MOST_NAMED = 5
#: Tolerance, as a share of all weight, for sums of weights that rounding puts just below a quantile's place.
SLACK = 1e-12
#: Groups are few if each has so many customers in a chunk, on average.
FEW_GROUPS = 64
#: How many customers' attributions are in memory at a time.
CHUNK = MOST
#: How many groups, and gaps of each group, a table shows.
GROUPS, GAPS = 20, 3
#: The columns of a table of gaps.
GAP_SHOWS = (
    *(
        Show("gain if closed", "gain", "change"),
        Show("owner"),
        Show("remedy"),
        Show("share of gap", "share", "percent"),
    ),
    *(Show("attained", "attainment", "percent"), Show("affected", form="count")),
    Show("data missing", "missing", "count"),
)
#: What is said of each step in a group.
FIGURES = ("share", "part", "gain", "attainment", "customers", "affected", "missing", "unknown_share")
#: The columns about overrides.
HOLDING = ("overridden", *(f"effective_{state}" for state in STATES))
#: The group of all customers in ideal segments; it comes after all others.
TOTAL = -1
#: A table shows the intervals of means if one of its groups has fewer customers.
FEW = 100
#: So many notes of data that come in batches are kept.
MOST_NOTES = 20
#: Up to so many groups, names that look alike are told.
COMPARED = 10_000
#: The note where a numeric gate is not multilinear, or a scorer from outside says that parts need not sum to the gap.
INEXACT = "Shares of gap are not exact here"


# Membership


@attrs.frozen(eq=False)
class Groups:
    """The group of each customer; customers of segments that are not ideal have groups of their own.

    Parameters
    ----------
    columns
        Name -> its value in each group, nulls last.
    codes
        The group of each customer.
    ideal
        For each group, whether it holds ideal segments; these groups come first.
    """

    columns: dict[str, Array]
    codes: Codes
    ideal: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ideal)

    @cached_property
    def runs(self) -> tuple[Codes, Codes]:
        """The rows, group by group, the position where each group begins, and at the end the number of rows."""
        # NumPy sorts 16-bit numbers by radix, in linear time.
        codes = self.codes.astype(np.int16) if len(self) < np.iinfo(np.int16).max else self.codes
        sizes = np.bincount(self.codes, minlength=len(self))
        return np.argsort(codes, kind="stable"), np.append(0, np.cumsum(sizes))

    @property
    def rows(self) -> list[NDArray[np.bool_]]:
        """Who is in each group."""
        return [self.codes == number for number in range(len(self))]

    def some(self, rows: NDArray[np.bool_]) -> Groups:
        """Return some customers, and the groups that they are in."""
        there, codes = np.unique(self.codes[rows], return_inverse=True)
        return Groups({name: values[there] for name, values in self.columns.items()}, codes, self.ideal[there])

    def label(self, number: int) -> str:
        """Return the name of a group."""
        return ", ".join("-" if held[number] is None else str(held[number]) for held in self.columns.values())

    def chunks(self) -> Iterator[Array]:
        """Yield the rows in chunks, each group by group; few groups are taken from rows that lie together in memory."""
        if len(self) * FEW_GROUPS > CHUNK:
            order, _ = self.runs
            yield from (order[start : start + CHUNK] for start in range(0, max(len(order), 1), CHUNK))
            return
        codes = self.codes.astype(np.int16)  # NumPy sorts these by radix, in linear time
        for start in range(0, max(len(codes), 1), CHUNK):
            yield start + np.argsort(codes[start : start + CHUNK], kind="stable")


def groups_of(scores: CustomerColumns, names: Sequence[str]) -> Groups:
    """Put customers into groups.

    A row set aside has no cell. Its segment, stage and goal are read from the column of that name if that column
    agrees with the cells of all other rows; otherwise they are null.

    Parameters
    ----------
    scores
        The customers.
    names
        ``"segment"``, ``"stage"``, ``"goal"``, or columns. There is a group for each combination that occurs, in the
        order of the model's segments and stages, and of the columns' values.

    Raises
    ------
    DataError
        If there is no such column, or the values of a column cannot be compared.
    """
    wanted = tuple(dict.fromkeys(names))
    if lacking := scores.table.require(name for name in wanted if name not in AXES):
        raise DataError.all("customers cannot be grouped", lacking)
    return _combined(ideal_rows(scores), {name: _factor(scores, name) for name in wanted})


def together(model: OutcomeModel, groups: Sequence[Groups]) -> Groups:
    """Return the groups of several sets of groups, of one model and by the same names, in order.

    The codes say which group each of theirs becomes: those of the first set, then those of the second, and so on.
    """
    factors = {}
    for name in groups[0].columns:
        each, names = [some.columns[name] for some in groups], axes_of(model).get(name, ())
        values, place = joined(each), {value: number for number, value in enumerate(names)}
        codes = np.array([place.get(value, len(names)) for value in values.tolist()], dtype=np.int64)
        factors[name] = (codes, objects([*names, None])) if names else factor(values, name)
    return _combined(np.concatenate([some.ideal for some in groups]), factors)


def _combined(ideal: NDArray[np.bool_], factors: Mapping[str, tuple[Codes, Array]]) -> Groups:
    """Return the groups of rows by the position of each row's value among the values of each column."""
    codes, size = (~ideal).astype(np.int64), 2
    for factor, values in factors.values():
        codes, size = _dense(codes * max(len(values), 1) + factor, size * max(len(values), 1))
    codes, size = _dense(codes, size)
    first = np.zeros(size, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    columns = {name: values[factor[first]] for name, (factor, values) in factors.items()}
    return Groups(columns, codes, ideal[first])


def ideal_rows(scores: CustomerColumns) -> NDArray[np.bool_]:
    """Return which customers are in ideal segments; a customer without a known segment counts as one."""
    flags = [segment.ideal for segment in scores.model.segments]
    if all(flags):
        return np.ones(len(scores), dtype=bool)
    return np.array([*flags, True])[_axis(scores, "segment")]


def _factor(scores: CustomerColumns, name: str) -> tuple[Codes, Array]:
    """Return the position of each customer's value, and the values in order."""
    names, cells = axes_of(scores.model).get(name, ()), scores.model.cells
    if names or name not in scores.table.names:
        only = getattr(cells[0], name) if cells else None
        return _axis(scores, name), objects([*(names or (only,)), None])
    return factor(scores.table.values(name), name)


def _axis(scores: CustomerColumns, axis: str) -> Codes:
    """Return the position of each customer's segment, stage or goal; an unknown one comes after the last."""
    names = axes_of(scores.model).get(axis, ())
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
        raise DataError(f"customers cannot be grouped by {name!r}: its values are lists or similar") from error
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
    """Number the groups that occur again, in the same order, without gaps."""
    if size > max(4 * len(codes), 1 << 16):
        distinct, dense = np.unique(codes, return_inverse=True)
        return dense.reshape(-1).astype(np.int64, copy=False), len(distinct)
    there = np.bincount(codes, minlength=size) > 0
    number = np.cumsum(there) - 1
    return number[codes], int(there.sum())


# The values of a group


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
        The shares of a group, and the share out of reach, sum to 1 if there is a gap.
    part
        Weighted mean of its part of the gap.
    gain
        Weighted mean of what D gains if this step alone is fully attained.
    attainment
        Weighted mean attainment, in [0, 1], over customers for whom it is observed; NaN if there are none.
    customers
        The number of customers whose cells have the step.
    affected
        The number of those for whom it is observed and not fully attained.
    missing
        The number of those without its data.
    unknown_share
        The part of `share` that comes from customers without its data.

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

    @property
    def label(self) -> str:
        """Its name, and the reason, if any, why nobody works on it."""
        notes = [*([] if self.bridgeable else ["cannot be bridged"]), *([] if self.status == "open" else [self.status])]
        return f"{self.name} ({', '.join(notes)})" if notes else self.name

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON; None for NaN."""
        return nan_to_none(attrs.asdict(self))  # type: ignore[no-any-return]


@attrs.frozen
class GroupScore:
    """A group of customers: means, quantiles, states, and its gaps, the largest first.

    A weighted mean is NaN if there is no customer, or no weight, to average over.

    Parameters
    ----------
    key
        The values that the customers have in common: column -> value; empty for a total.
    ideal
        Whether they are in ideal segments.
    customers
        The number of customers, including those of the next two counts.
    need_data
        The number without a score, for lack of data; they are left out of every mean but that of `coverage`.
    set_aside
        The number of rows that could not be read; they count nowhere else.
    overridden
        The number with an override in effect; means and states are computed without it.
    weight, scored_weight
        The sum of weights of all but those set aside; and of those with a score.
    desired_from, desired_to
        The ends of a 95 % interval of the mean of D, as if the customers were a random sample of like ones (Student's
        t; `outcomegap.stats.weighted_mean_interval`), cut at 0 and 1; NaN for fewer than two customers.
    desired, gap, required, experience, required_gap, experience_gap, low, high
        Weighted means, over customers with a score, of the columns of `Scores` with these names.
    coverage
        Weighted mean share of steps observed, over all but those set aside.
    quantiles
        Probability -> quantile of D (see `Scores.by`).
    states, state_counts
        State -> share by weight, and number, of all but those set aside.
    effective_counts
        State -> number in effect: the override's state if there is one, else the computed state.
    unknown_share
        The share of the gap that comes from steps whose data are missing.
    gaps
        A `GapScore` for each step of the customers' cells, ranked by share of the gap.
    out_of_reach
        Weighted mean of the part of the gap that weights of AnyOf keep out of reach; it is no step's.

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
    desired_from: float
    desired_to: float
    coverage: float
    quantiles: dict[float, float]
    states: dict[str, float]
    state_counts: dict[str, int]
    effective_counts: dict[str, int]
    unknown_share: float
    gaps: tuple[GapScore, ...] = attrs.field(repr=lambda gaps: f"<{len(gaps)} gaps>")
    out_of_reach: float = 0.0

    @property
    def name(self) -> str:
        """The name of the group: its values, or ``total``, or ``not ideal``."""
        values = " / ".join("-" if value is None else str(value) for value in self.key.values())
        return values or ("total" if self.ideal else "not ideal")

    @property
    def out_of_reach_share(self) -> float:
        """The share of the gap that is out of reach; with the shares of the steps it makes 1, if there is a gap."""
        return self.out_of_reach / self.gap if self.gap > 0 else 0.0

    @property
    def scored(self) -> int:
        """The number of customers with a score."""
        return self.customers - self.need_data - self.set_aside

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON: None for NaN, text for values that JSON does not have."""
        simple = (str, int, float, bool, type(None))
        data: dict[str, Any] = nan_to_none(attrs.asdict(self, recurse=False))
        data["key"] = {k: v if isinstance(v, simple) else str(v) for k, v in self.key.items()}
        data["quantiles"] = {f"{q:g}": value for q, value in data["quantiles"].items()}
        return data | {"gaps": [gap.to_dict() for gap in self.gaps]}


#: The fields of a step that `GapScore` and frames of gaps copy from the model, and the fields of a group.
TOLD = ("name", "kind", "side", "measure", "unit", "owner", "remedy", "bridgeable", "status")


def told(step: Step) -> dict[str, Any]:
    """Return the model's fields of a step, for people to read."""
    measure, always = step.measure, {"bridgeable": True, "status": "open"}
    said = {name: getattr(step, name, always.get(name)) for name in TOLD}
    return said | {"measure": measure.name, "unit": measure.unit}


def nan_to_none(value: object) -> Any:
    """Return None for NaN, also in a dict; any other value as it is."""
    if isinstance(value, dict):
        return {name: nan_to_none(each) for name, each in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


# Sums over groups


def ratio(above: Array, below: Array, nothing: float = np.nan) -> Array:
    """Divide; return `nothing` where the divisor is 0.

    Examples
    --------
    >>> ratio(np.array([1.0, 0.0]), np.array([2.0, 0.0]))
    array([0.5, nan])
    """
    out = np.full(np.broadcast_shapes(above.shape, below.shape), nothing)
    np.divide(above, below, out=out, where=np.broadcast_to(below > 0, out.shape))
    return out


def weights_of(scores: CustomerColumns, weight: object) -> Array | None:
    """Return each customer's weight, None if all are equal; a weight of a row with a cell must be 0 or more."""
    weights = scores.numbers(weight)
    if weights is None:
        return None
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)) & (scores.cell >= 0))
    if len(bad):
        checks = Checks("by", names=lambda: plain_values(scores.id))
        column, first = weight if isinstance(weight, str) else None, float(weights[bad[0]])
        message = f"a weight must be a number, 0 or more (got {first:g}); fill it in, or score them separately"
        checks.problem("weight", message, column, first, rows=bad)
        checks.done()
    with np.errstate(over="ignore"):
        if not np.isfinite(weights[scores.cell >= 0].sum()):
            raise DataError("the sum of the weights is too large for a float; divide all weights by a common number")
    return weights


def weights_or_none(scores: CustomerColumns, weight: object) -> tuple[Array | None, NDArray[np.int64]]:
    """Return each customer's weight as `weights_of` does, 0 where it is missing, and the customers without one."""
    weights = scores.numbers(weight)
    if weights is None:
        return None, np.empty(0, dtype=np.int64)
    missing = np.isnan(weights)
    return weights_of(scores, np.where(missing, 0.0, weights)), np.flatnonzero(missing & (scores.cell >= 0))


def sums_of(
    scores: CustomerColumns, groups: Groups, weights: Array | None, *, gaps: bool = True
) -> dict[str, ExactSums]:
    """Sum the values of each group, exactly, in chunks and without a loop over rows.

    The last axis of the sums is the group; the first axis of sums by step is the step. Let w be a customer's weight.
    ``weight`` and ``scored_weight`` are sums of w over customers with a cell, and over customers with a score. The
    `AVERAGED` columns are sums of w times the value over customers with a score, and ``coverage`` over customers with a
    cell. ``count_failing`` and so on are counts, ``effective_failing`` counts in effect, ``weight_failing`` sums of w.

    Rows are taken group by group, so that the values of a group are adjacent in memory.
    """
    sums: dict[str, ExactSums] = {}

    def of(name: str, shape: tuple[int, ...], *, whole: bool) -> ExactSums:
        return sums.setdefault(name, ExactSums((*shape, len(groups)), whole=whole))

    for rows in groups.chunks():
        codes = groups.codes[rows]
        starts = np.flatnonzero(np.diff(codes, prepend=-1))
        for name, values in _terms(scores, rows, None if weights is None else weights.take(rows), gaps=gaps):
            of(name, values.shape[:-1], whole=values.dtype.kind in "bi").add(values, starts, codes[starts])
            del values  # its memory is taken again at once, which costs far less than new memory
    cells, live = len(scores.applies), scores.cell >= 0
    pairs, counts = counted_once(groups.codes[live].astype(np.int64) * cells + scores.cell[live], len(groups) * cells)
    applies = np.zeros((len(groups), scores.applies.shape[1]), dtype=np.int64)
    np.add.at(applies, pairs // cells, scores.applies[pairs % cells] * counts[:, None])
    of("applies", applies.shape[1:], whole=True).count(applies.T)
    rows = np.array(list(scores.overrides), dtype=np.int64)
    was, group = scores.state_codes[rows], groups.codes[rows]
    said = [STATES.index(each.state) if each.state else -1 for each in scores.overrides.values()]
    holds = np.where(np.array(said, dtype=np.int64) < 0, was, said)
    of("overridden", (), whole=True).count(np.bincount(group, minlength=len(groups)))
    for code, state in enumerate(STATES):
        more, less = (np.bincount(group[codes == code], minlength=len(groups)) for codes in (holds, was))
        of(f"effective_{state}", (), whole=True).count(sums[f"count_{state}"].totals() + more - less)
    return sums


def with_total(sums: ExactSums, ideal: NDArray[np.bool_]) -> Array:
    """Return the sums of each group, and as one group more those of all ideal ones."""
    apart = ExactSums((*sums.shape[:-1], 2), whole=sums.whole)
    apart.merge(sums, (~ideal).astype(np.intp))
    return np.append(sums.totals(), apart.totals()[..., :1], axis=-1)


def weighed(sums: dict[str, Array]) -> dict[str, Array]:
    """Return sums with those of weights, which are numbers of customers where nobody gave weights."""
    if "weight" in sums:
        return sums
    live = (sums["customers"] - sums["set_aside"]).astype(np.float64)
    scored = live - sums["need_data"]
    found = {"weight": live, "scored_weight": scored, "squared_weight": scored}
    return sums | found | {f"weight_{state}": sums[f"count_{state}"].astype(np.float64) for state in STATES}


def counted_once(numbers: Array, size: int) -> tuple[Array, Array]:
    """Return each of some numbers below `size`, and how often it is there."""
    if size > CHUNK + len(numbers):  # too many to count in a table
        return np.unique(numbers, return_counts=True)
    counts = np.bincount(numbers, minlength=size)
    found = np.flatnonzero(counts)
    return found, counts[found]


def said_of(sums: dict[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the values of each group (counts, weighted means, states) and of each step in it, (steps, groups)."""
    nothing = np.empty((0, sums["customers"].shape[-1]))
    gaps = dict.fromkeys(FIGURES, nothing) if "part" not in sums else _gaps_said(sums)
    columns = {name: sums[name] for name in ("customers", "need_data", "set_aside", "weight", "scored_weight")}
    columns |= {name: ratio(sums[name], sums["scored_weight"]) for name in AVERAGED if name in sums}
    columns["coverage"] = ratio(sums["coverage"], sums["weight"])
    columns |= {f"share_{state}": ratio(sums[f"weight_{state}"], sums["weight"]) for state in STATES}
    columns |= {name: sums[name] for name in (*(f"count_{state}" for state in STATES), *HOLDING)}
    return columns | {"unknown_share": gaps["unknown_share"].sum(axis=0)}, gaps


def _gaps_said(sums: dict[str, Array]) -> dict[str, Array]:
    return {
        "share": ratio(sums["part"], sums["gap"], nothing=0.0),
        "part": ratio(sums["part"], sums["scored_weight"]),
        "gain": ratio(sums["gain"], sums["scored_weight"]),
        "attainment": ratio(sums["attained"], sums.get("observed_weight", sums["observed"])),
        "customers": sums["applies"],
        "affected": sums["affected"],
        "missing": sums["applies"] - sums["observed"],
        "unknown_share": ratio(sums["unknown_part"], sums["gap"], nothing=0.0),
    }


def ranked(share: Array) -> Array:
    """Return steps by their share of each group's gap, the largest first; shape (steps, groups)."""
    # Rounded, so that equal shares keep the model's order whatever the order of summation.
    return np.argsort(-np.round(share, 12), axis=0, kind="stable")


def top_gaps(steps: Sequence[Step], share: Array) -> dict[str, Array]:
    """Return columns of the step with the largest share of each group's gap, and that share."""
    first = ranked(share)[:1]
    most = np.take_along_axis(share, first, axis=0).sum(axis=0)  # 0 where there are no steps
    names = objects([*(step.name for step in steps), None])
    return {"top_gap": names[np.where(most > 0, first.sum(axis=0), -1)], "top_gap_share": most}


def _terms(scores: CustomerColumns, rows: Array, w: Array | None, *, gaps: bool) -> Iterator[tuple[str, Array]]:
    """Yield the values to sum of some customers, by name; the arrays are reused, so sum each at once."""
    live, scored = scores.cell.take(rows) >= 0, ~np.isnan(scores.desired.take(rows))
    yield "customers", np.ones(len(rows), dtype=np.int64)
    yield "set_aside", ~live
    yield "need_data", live & ~scored
    states = scores.state_codes.take(rows)
    for code, state in enumerate(STATES):
        yield f"count_{state}", states == code
    weight = scored_weight = None
    if w is not None:
        weight, scored_weight = np.where(live, w, 0.0), np.where(scored, w, 0.0)
        yield "weight", weight
        yield "scored_weight", scored_weight
        yield "squared_weight", scored_weight * scored_weight
        yield from ((f"weight_{state}", np.where(states == code, w, 0.0)) for code, state in enumerate(STATES))
    elif not scored.all():
        scored_weight = scored
    desired = np.where(scored, scores.desired.take(rows), 0.0).astype(np.float64, copy=False)
    yield "squares", _times(desired * desired, scored_weight)
    for name in scores.having(AVERAGED):
        yield name, _times(np.where(scored, getattr(scores, name).take(rows), 0.0), scored_weight)
    yield "coverage", _times(np.where(live, scores.coverage.take(rows), 0.0), weight)
    if not gaps:
        return
    said = scores.step_values(rows, "attainment", "attribution", "gain")
    steps = map(_by_step, said)
    reached = next(steps)
    missing = np.isnan(reached)
    seen = ~missing
    yield "observed", seen
    yield "affected", reached < MET
    np.copyto(reached, 0.0, where=missing)
    yield "attained", _times(reached, weight)
    if weight is not None:
        yield "observed_weight", np.multiply(seen, weight, out=reached)
    del reached, seen
    parts = next(steps)
    yield "part", _times(parts, scored_weight)
    yield "unknown_part", np.multiply(parts, missing, out=parts)
    del parts, missing
    gains = next(steps)
    yield "gain", _times(gains, scored_weight)


def _times(values: Array, weight: Array | None) -> Array:
    """Weigh values in place; no weight means 1."""
    return values if weight is None else np.multiply(values, weight, out=values)


def _by_step(values: Array) -> Array:
    return values.T.astype(np.float64, copy=False)


# What else is told of them


@attrs.frozen(eq=False)
class About:
    """What is told of scores beside numbers, for lists of groups and of customers.

    Parameters
    ----------
    model
        The model, or the outline of a scorer from outside.
    table
        The table that frames are built like.
    rows
        The number of customers scored, those set aside too.
    explains, exact
        As of the scores.
    beyond
        ``out_of_reach`` where something may be.
    dated
        Whether overrides were applied.
    read, of
        How many rows could be read, of how many.
    notes
        What is told of the data.
    unweighted, without
        The number of customers without a weight, and the ids of some.
    overridden
        The notes of overrides.
    problems
        Those of rows set aside.
    """

    model: OutcomeModel
    table: Table
    rows: int
    explains: bool
    exact: bool
    beyond: tuple[str, ...]
    dated: bool
    read: int
    of_rows: int
    notes: tuple[str, ...]
    unweighted: int = 0
    without: tuple[object, ...] = ()
    overridden: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, scores: CustomerColumns, unweighted: Sequence[int] | Array = ()) -> About:
        """Return what is told of some scores; `unweighted` are the rows without a weight."""
        some = tuple(plain_values(scores.id[unweighted[:SHOWN]])) if len(unweighted) else ()
        return cls(
            scores.model,
            scores.table,
            len(scores),
            scores.explains,
            scores.exact,
            tuple(scores.having(["out_of_reach"])),
            scores.as_of is not None,
            *rows_read(scores),
            tuple(scores.notes),
            len(unweighted),
            some,
            tuple(override_notes(scores)),
            tuple(scores.problems),
        )

    def and_of(self, other: About) -> About:
        """Return what is told of these customers and others."""
        notes = tuple(dict.fromkeys([*self.notes, *other.notes]))[:MOST_NOTES]
        return attrs.evolve(
            self,
            rows=self.rows + other.rows,
            explains=self.explains and other.explains,
            exact=self.exact and other.exact,
            beyond=self.beyond or other.beyond,
            read=self.read + other.read,
            of_rows=self.of_rows + other.of_rows,
            notes=notes,
            unweighted=self.unweighted + other.unweighted,
            without=(*self.without, *other.without)[:SHOWN],
            problems=_counted_up(self.problems, other.problems),
        )

    @property
    def lost(self) -> list[str]:
        """The notes of the data, and how many rows were set aside."""
        lost = self.of_rows - self.read
        aside = [f"{lost:,} of {counted(self.of_rows, 'row')} set aside for their problems."] if lost > 0 else []
        return [*self.notes, *aside]


def _counted_up(problems: Sequence[Problem], others: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return problems with the rows of others of the same kind counted in, and of further ones so many as are kept."""
    found = {(each.rule, each.column, repr(each.value)): each for each in problems}
    for each in others:
        key = each.rule, each.column, repr(each.value)
        same = found.get(key)
        if same is not None:
            found[key] = attrs.evolve(same, count=same.count + each.count)
        elif len(found) < MOST_NOTES:
            found[key] = each
    return tuple(found.values())


# The groups of a scoring


def by_groups(
    scores: CustomerColumns, names: Sequence[Any], weight: object, probabilities: Sequence[float]
) -> SegmentScores:
    """Score groups of customers, for `Scores.by`."""
    groups = groups_of(scores, flat_names(names))
    weights, unweighted = weights_or_none(scores, weight)
    called = weight if weight is None or isinstance(weight, str) else "the weights given"
    about, sums = About.of(scores, unweighted), sums_of(scores, groups, weights)
    return SegmentScores(about, groups, sums, ByRows(groups, weights, scores.desired), probabilities, called)


@attrs.frozen(eq=False)
class ByRows:
    """Quantiles of D of groups, from all customers: each is the value of one of them."""

    groups: Groups
    weights: Array | None
    desired: Array

    def __call__(self, wanted: Array) -> Array:
        (order, ends), ideal = self.groups.runs, int(self.groups.ideal.sum())
        found = np.empty((len(wanted), len(self.groups) + 1))
        for at, (start, stop) in enumerate([*pairwise(ends.tolist()), (0, ends[ideal])]):
            rows = order[start:stop]
            some = None if self.weights is None else self.weights[rows]
            found[:, at] = weighted_quantiles(self.desired[rows].astype(np.float64), some, wanted)
        return found


def flat_names(names: Sequence[Any]) -> list[str]:
    """Return names, some of which may stand in lists."""
    return [each for name in names for each in (name if isinstance(name, (list, tuple)) else [name])]


def probabilities_of(given: Sequence[float]) -> tuple[float, ...]:
    """Check probabilities of quantiles; return each once."""
    return tuple(dict.fromkeys(in_range("quantiles", each, 0, 1) for each in given))


class SegmentScores:
    """Scores of groups of customers; made by `Scores.by`.

    It is a sequence of `GroupScore`, in the order of the model's segments and stages, or of the column's values.
    Groups of segments that are not ideal come last, with ``ideal=False``. ``result["enterprise"]`` is the group of that
    name, and ``result["enterprise", "scaling"]`` the group of several names. Without names there is one group, the
    total.

    Attributes
    ----------
    names
        The names that the customers are grouped by.
    weighted_by
        The name of the weight's column, if there is one.
    quantile_error
        How far a quantile may be from the value that it stands for: 0, or a little in groups of a `Tally`.

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
        self,
        about: About,
        groups: Groups,
        sums: Mapping[str, ExactSums],
        quantiles: Quantiles,
        probabilities: Sequence[float],
        weighted_by: str | None,
        quantile_error: float = 0.0,
    ) -> None:
        self._about, self._groups, self._weighing = about, groups, quantiles
        self._probabilities = probabilities_of(probabilities)
        self.names: tuple[str, ...] = tuple(groups.columns)
        self.weighted_by, self.quantile_error = weighted_by, quantile_error
        self._asked = "part" in sums
        totals = weighed({name: with_total(of, groups.ideal) for name, of in sums.items()})
        self._sums = totals["scored_weight"], totals["squared_weight"], totals["desired"], totals["squares"]
        self._columns, self._gaps = said_of(totals)
        self._ranking = ranked(self._gaps["share"])
        keys = zip(*map(plain_values, groups.columns.values()), strict=True)
        self._keys = [*([*keys] or [()] * len(groups)), ()]
        self._ideal = np.append(groups.ideal, True)
        self._listed = np.arange(len(groups)) if self.names else np.array([TOTAL])

    # The groups

    def __len__(self) -> int:
        return len(self._listed)

    def __iter__(self) -> Iterator[GroupScore]:
        return map(self._group, self._listed.tolist())

    def __getitem__(self, key: object) -> GroupScore:
        wanted = key if isinstance(key, tuple) else (key,)
        if wanted in self._places:
            return self._group(self._places[wanted])
        shown = [" / ".join(map(str, place)) for place in self._places if place]
        asked = " / ".join(map(str, wanted))
        raise DataError(f"there is no group {asked!r} by {', '.join(self.names) or 'no name'}{hint(asked, shown)}")

    def __contains__(self, key: object) -> bool:
        return (key if isinstance(key, tuple) else (key,)) in self._places

    @cached_property
    def total(self) -> GroupScore:
        """All customers of ideal segments."""
        return self._group(TOTAL)

    @property
    def apart(self) -> tuple[GroupScore, ...]:
        """The groups of segments that are not ideal; totals leave them out."""
        return tuple(map(self._group, np.flatnonzero(~self._ideal).tolist()))

    @cached_property
    def _places(self) -> dict[tuple[Any, ...], int]:
        """Key -> position; of two groups with one key, the ideal one."""
        return {self._keys[at]: at for at in reversed(self._listed.tolist())}

    def _group(self, at: int) -> GroupScore:
        row = {name: values[at].item() for name, values in (self._columns | self._interval).items()}
        for field, what in (("states", "share"), ("state_counts", "count"), ("effective_counts", "effective")):
            row[field] = {state: row.pop(f"{what}_{state}") for state in STATES}
        key = dict(zip(self.names, self._keys[at], strict=False))  # the total has none
        shares = dict(zip(self._probabilities, self._quantiles[:, at].tolist(), strict=True))
        return GroupScore(key=key, ideal=bool(self._ideal[at]), quantiles=shares, gaps=self._gaps_of(at), **row)

    def _gaps_of(self, at: int) -> tuple[GapScore, ...]:
        steps = [step for step in self._ranking[:, at].tolist() if self._gaps["customers"][step, at]]
        figures = ({name: of[step, at].item() for name, of in self._gaps.items()} for step in steps)
        about = (told(self._about.model.steps[step]) for step in steps)
        return tuple(GapScore(**said, **each) for said, each in zip(about, figures, strict=True))

    @cached_property
    def _quantiles(self) -> Array:
        """Quantiles of D, shape (probabilities, groups)."""
        return self._weighing(np.array([q if q == 1 else max(q - SLACK, 0.0) for q in self._probabilities]))

    @cached_property
    def _interval(self) -> dict[str, Array]:
        """The ends of the interval of each group's mean of D, between 0 and 1."""
        ends = weighted_mean_interval(*self._sums)
        return {name: np.clip(end, 0.0, 1.0) for name, end in zip(("desired_from", "desired_to"), ends, strict=True)}

    # Frames

    def to_frame(self) -> Any:
        """Return one row for each group, as the same kind of frame that was scored.

        After the columns that name the group: ``ideal``; ``customers``, ``need_data``, ``set_aside``, ``weight``;
        the means; the interval of D (``desired_from``, ``desired_to``); ``share_failing`` and ``count_failing`` for
        each state; with overrides, their number
        (``overridden``) and ``effective_failing`` and so on, counts in effect; ``unknown_share``; ``desired_q50``
        and so on; ``top_gap`` and ``top_gap_share``. Segments that are not ideal come last.
        """
        left_out = ("scored_weight", *(() if self._about.dated else HOLDING))
        listed = {"ideal": self._ideal} | {name: of for name, of in self._columns.items() if name not in left_out}
        listed |= self._interval
        listed |= {f"desired_q{q * 100:g}": row for q, row in zip(self._probabilities, self._quantiles, strict=True)}
        listed |= top_gaps(self._about.model.steps, self._gaps["share"])
        return self._frame(self._listed, {name: values[self._listed] for name, values in listed.items()})

    def gaps_frame(self) -> Any:
        """Return one row for each group and step, the largest share of each group's gap first.

        After the columns that name the group: ``ideal``, ``rank`` (from 1), ``gap`` (the step's name), and the fields
        of `GapScore`. It is the same kind of frame that was scored.
        """
        step = self._ranking[:, self._listed].T
        group = np.broadcast_to(self._listed[:, None], step.shape)
        here = self._gaps["customers"][step, group] > 0
        rank, step, group = np.cumsum(here, axis=1)[here], step[here], group[here]
        columns: dict[str, Any] = {"ideal": self._ideal[group], "rank": rank}
        about = [told(each) for each in self._about.model.steps]
        for name in TOLD:
            columns["gap" if name == "name" else name] = as_column([each[name] for each in about])[step]
        return self._frame(group, columns | {name: values[step, group] for name, values in self._gaps.items()})

    def _frame(self, groups: Array, columns: dict[str, Any]) -> Any:
        keys = {name: values[groups] for name, values in self._groups.columns.items()}
        return self._about.table.build(beside(keys, columns, "score"), index_like=False)

    # To read

    @cached_property
    def listing(self) -> Listing:
        """The groups, and below them the largest gaps of each, for people."""
        return self.first_groups(GROUPS)

    def first_groups(self, most: int) -> Listing:
        """Return the same with another number of groups at most."""
        shown = self._listed[:most] if self.names else np.flatnonzero(~self._ideal)
        groups = [*shown[self._ideal[shown]].tolist(), TOTAL, *shown[~self._ideal[shown]].tolist()]
        names = zip(*map(self._called, groups), strict=True)
        columns: dict[str, Any] = {f"key {place}": column for place, column in enumerate(names)}
        show = [Show(head, key) for head, key in zip(self.names or ("",), columns, strict=True)]
        sides = [side for side in ("required", "experience") if not np.isnan(self._columns[side]).all()]
        show += [Show("customers", form="count"), COLUMNS["desired"].show]
        there = self._columns["customers"] - self._columns["need_data"] - self._columns["set_aside"]
        if ((there[groups] < FEW) & (there[groups] > 0)).any():
            columns |= {name: values[groups] for name, values in self._interval.items()}
            show += [Show("95 %", ("desired_from", "desired_to"), _interval_text)]
        show += [Show(state, f"share_{state}", "percent") for state in STATES]
        show += [Show("need data", "need_data", "count")]
        show += [Show("overridden", form="count")] if self._columns["overridden"][:-1].any() else []
        show += [COLUMNS[name].show for name in ("gap", *sides, *self._about.beyond)]
        columns |= {name: values[groups] for name, values in self._columns.items()}
        grouped = f" by {', '.join(self.names)}" if self.names else ""
        weighted = f", weighted by {self.weighted_by}" if self.weighted_by else ""
        counts = counted(self._about.rows, "customer")
        left = len(self) - most
        more = [f"... and {counted(left, 'more group')}."] if left > 0 else []
        title, gaps = f"{self._about.model.name}{grouped}: {counts}{weighted}", self._gaps_listing(groups)
        return Listing(title, columns, show=show, notes=more, parts={"gaps": gaps}, first=len(groups))

    def _called(self, at: int) -> list[str]:
        """Return the name of a group, with one part for each column."""
        *rest, last = ["-" if value is None else str(value) for value in self._keys[at]] or [""]
        if self._keys[at]:
            return [*rest, named(last, ideal=bool(self._ideal[at]))]
        return ["total" if self._ideal[at] else "not ideal", *[""] * (len(self.names) - 1)]

    def _gaps_listing(self, groups: Sequence[int]) -> Listing:
        rows: list[dict[str, Any]] = []
        blank: dict[str, Any] = dict.fromkeys(self._gaps, math.nan)
        no_gap = "no gap" if self._asked and self._about.explains else "not said"
        for at in groups:
            nothing = "no score" if math.isnan(self._columns["gap"][at]) else no_gap
            gaps = [attrs.asdict(gap) | {"gap": gap.label} for gap in self._gaps_of(at) if gap.share > 0]
            said = gaps[:GAPS] or [blank | {"gap": nothing}]
            called = " / ".join(filter(None, self._called(at)))
            rows += [{"group": name} | each for name, each in zip([called, *[""] * (len(said) - 1)], said, strict=True)]
        show = [Show(", ".join(self.names), "group"), Show("largest gaps", "gap"), *GAP_SHOWS]
        columns = {name: [row.get(name) for row in rows] for each in show for name in each.names}
        there = any(row["share"] > 0 for row in rows)
        return Listing("", columns, show=show if there else (), notes=self._notes(), first=len(rows))

    def _written_alike(self) -> list[str]:
        """Return a note for names of groups that only look different."""
        notes = []
        for column, values in self._groups.columns.items():
            for same in written_alike(plain_values(values)) if len(values) <= COMPARED else ():
                counts = [int(self._columns["customers"][:-1][values == name].sum()) for name in same]
                each = " and ".join(f"{name!r} ({count:,})" for name, count in zip(same, counts, strict=True))
                notes.append(f"{column}: {each} differ only in case, spaces or width; make them one in the data.")
        return notes

    def _notes(self) -> list[str]:
        about, notes = self._about, self._written_alike()
        if not self._ideal.all():
            notes.append("Segments that are not ideal are in no total.")
        if not self._asked:
            notes.append("Gaps were not asked for.")
        elif not about.explains:
            notes.append("The scorer of these customers does not say which steps make up the gaps.")
        elif not about.exact:
            assigned = self.total.out_of_reach_share + sum(gap.share for gap in self.total.gaps)
            left = abs(1.0 - assigned) if self.total.gap > 0 else 0.0
            notes.append(f"{INEXACT}: {percent(left)} of the total gap is assigned to no step.")
        if about.beyond and (beyond := self.total.out_of_reach_share) > 0:
            notes.append(f"Closing every gap leaves {percent(beyond)} of the total gap out of reach; it is no step's.")
        if about.unweighted:
            some = ", ".join(map(str, about.without[:SHOWN]))
            who = counted(about.unweighted, "customer")
            notes.append(f"{who} without {self.weighted_by}: in no mean and no share ({some}).")
        notes += [*direction_notes(about.model.steps), *about.lost, *checked_notes(about.model)]
        return [*notes, *about.overridden]

    def __str__(self) -> str:
        return str(self.listing)

    def _repr_html_(self) -> str:
        return self.listing.html()

    def __repr__(self) -> str:
        return f"<SegmentScores by {', '.join(self.names) or 'nothing'}: {len(self)} groups>"


def _interval_text(low: float, high: float) -> str:
    return "-" if math.isnan(low) else f"{100 * low:.0f} to {100 * high:.0f}"


def direction_notes(steps: Sequence[Step]) -> list[str]:
    """Return a note of the steps of which nobody has said whether more or less is better."""
    names = [step.name for step in steps if step.better == "unknown"]
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    said = f"Nobody has said whether more or less is better for {', '.join(names[:MOST_NAMED])}{more}"
    return [f"{said}: as floor and target stand."] if names else []


def checked_notes(model: OutcomeModel) -> list[str]:
    """Return how far a score was checked; nothing if the model itself observes the outcome, and nobody else checked."""
    return [] if model.observed_by and model.verdict is None else [model.checked]


def rows_read(scores: CustomerColumns) -> tuple[int, int]:
    """Return how many customers could be read, and how many rows there were."""
    aside = 0 if scores.reading is None else scores.reading.facts.get("set_aside", 0)
    return int((scores.cell >= 0).sum()), len(scores) + aside
