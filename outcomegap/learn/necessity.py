"""What an outcome never comes about without: ceilings above which no customer is seen, and what each level needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from outcomegap.checks import choice, in_range, whole
from outcomegap.frames.arrays import Array, objects
from outcomegap.intake.named_columns import Columns
from outcomegap.learn.observed import observe
from outcomegap.listing import Listing, Show, counted
from outcomegap.model import OutcomeModel
from outcomegap.scoring.scorer import Scorer
from outcomegap.scoring.scores import attainments

CEILINGS = ("ce_fdh", "cr_fdh")
#: So many values are permuted at a time.
TOGETHER = 1 << 20
#: Beside a range of 1, nothing smaller tells two levels apart.
SAME = 1e-9


def necessity(
    customers: object,
    outcome: object,
    steps: Sequence[str] | OutcomeModel | Scorer | None = None,
    *,
    good: object = None,
    better: Mapping[str, str] | None = None,
    scope: Mapping[str, tuple[float, float]] | None = None,
    by: str | None = None,
    ceiling: str = "ce_fdh",
    levels: int = 10,
    actual: bool = False,
    permutations: int = 1000,
    effect: float = 0.1,
    p: float = 0.05,
    seed: int = 0,
) -> Listing:
    """Find the steps without which the outcome does not come about: necessary condition analysis.

    A regression says what helps on average; a necessary step is one that nothing else makes up for. Then the corner of
    the plane where the step is low and the outcome high is empty. Two lines bound it from the customers at its edge,
    those above everybody whose step is as low or lower:

    - ``ce_fdh``, the ceiling envelopment with free disposal hull: a staircase through them;
    - ``cr_fdh``, the ceiling regression: the least squares line through them.

    The effect size d is the area between a line and the corner, as a share of the scope, the rectangle from the lowest
    to the highest step and outcome. Its p-value is the share of permutations of the outcome, the data among them, with
    a d as large (Dul, van der Laan & Kuik 2020). Dul calls d below 0.1 small, below 0.3 medium, below 0.5 large. A step
    is proposed as *required* if d reaches `effect` and its p-value is below `p`; else it is a matter of the
    *experience*: what it lacks can be made up for. It says what never happened in these data, and one odd customer
    moves a ceiling: look at those at its edge.

    Parameters
    ----------
    customers
        Any data frame, a row a customer.
    outcome
        A column, or one value a customer: numbers, or with `good` any values.
    steps
        Columns of numbers; or a model or scorer, whose attainments are taken. By default all columns but the outcome
        and `by`.
    good
        The value, or values, that mean that the good outcome came about; the outcome is 1 there, else 0.
    better
        Column -> ``"less"`` where less is better, of steps and of the outcome: another corner is looked at.
    scope
        Column -> (lowest, highest) that could be, where that is more than what is seen; attainments have (0, 1).
    by
        A column: each segment is looked at alone.
    ceiling
        Which line proposes and fills the table of bottlenecks.
    levels
        The table of bottlenecks has a row for each of so many steps of the outcome's range.
    actual
        Whether that table holds values as they are; by default it holds percentages of the ranges.
    permutations
        How many; 0 gives no p-values, and d alone proposes.
    effect, p
        What makes a step required.
    seed
        Of the permutations.

    Returns
    -------
    Listing
        A row a step, the largest d first within a segment: ``step``, ``proposal`` ("required" or "experience"),
        ``ce_fdh``, ``p_ce_fdh``, ``cr_fdh``, ``p_cr_fdh``, ``above`` (customers above the regression line), ``peers``
        (at the edge), ``slope`` and ``intercept`` of that line, ``needed`` (the level that the highest outcome needs,
        in the step's units) and ``customers``. Its part ``bottlenecks``: for each level of the outcome the least of
        each step that some customer reached it with; null where none is needed.

    Raises
    ------
    DataError
        With every problem: a column that is not there or holds no numbers, a step or an outcome that is the same for
        all.

    References
    ----------
    Dul, Necessary condition analysis (NCA), Organizational Research Methods 19 (2016) 10-52; Dul, van der Laan & Kuik,
    A statistical significance test for necessary condition analysis, Organizational Research Methods 23 (2020) 385-395.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> trained, seats = rng.random((2, 200))
    >>> found = necessity({"trained": trained, "seats": seats, "success": trained * rng.random(200)}, "success")
    >>> [(row["step"], row["proposal"]) for row in found]
    [('trained', 'required'), ('seats', 'experience')]
    """
    times, parts = whole("permutations", permutations), whole("levels", levels, 1)
    choice("ceiling", ceiling, CEILINGS)
    for argument, share in (("effect", effect), ("p", p)):
        in_range(argument, share, 0, 1)
    columns, less, limits = Columns(customers, "necessity"), dict(better or {}), dict(scope or {})
    columns.seed(seed)
    name, y = _outcome(columns, customers, outcome, good)
    if isinstance(steps, (OutcomeModel, Scorer)):
        scorer = Scorer(steps) if isinstance(steps, OutcomeModel) else steps
        held = dict(zip([step.name for step in scorer.model.steps], attainments(scorer, customers).T, strict=True))
        limits = dict.fromkeys(held, (0.0, 1.0)) | limits
    else:
        others = [each for each in columns.table.names if each not in (name, by)] if steps is None else steps
        held = columns.several("steps", others, texts={})
        held.pop(name, None)
    for each in (*less, *limits):
        choice("better", less.get(each, "more"), ("more", "less"))
        if each not in held and each != name:
            columns.problem("unknown-step", f"{each!r:.60} is no step here", each, each, options=[*held, name])
    segments = None if by is None else columns.as_texts("by", by)
    columns.done()
    groups = [None] if segments is None else sorted({each for each in segments if each is not None})
    rows, bottlenecks = list[dict[str, Any]](), list[dict[str, Any]]()
    for group in groups:
        here = np.ones(len(y), dtype=bool) if group is None else objects(segments or []) == group
        where, found = {} if group is None else {"segment": group}, dict[str, Ceilings]()
        for step, values in held.items():
            known = here & ~np.isnan(values) & ~np.isnan(y)
            seen = {step: values[known], name: y[known]}
            for each in (each for each, column in seen.items() if not len(column) or np.ptp(column) == 0):
                message = f"{'' if group is None else f'{group}: '}{each!r} is the same for all, or empty"
                columns.problem("constant", message, each)
            if not columns.problems:
                ends = [_ends(column, limits.get(each), less.get(each) == "less") for each, column in seen.items()]
                found[step] = Ceilings.of(seen[step], seen[name], ends, times, np.random.default_rng(seed))
        columns.done()
        for step, one in sorted(found.items(), key=lambda pair: -pair[1].effects[ceiling]):
            required = one.effects[ceiling] >= effect and not one.chances[ceiling] >= p
            rows.append(
                where | {"step": step, "proposal": "required" if required else "experience"} | one.told(ceiling)
            )
        start, end = next(iter(found.values())).outcome
        for level in np.linspace(0, 1, parts + 1):
            needed = {step: each.needed(level, ceiling, actual=actual) for step, each in found.items()}
            bottlenecks.append(where | {name: start + level * (end - start) if actual else 100 * level} | needed)
    return _listed(columns, rows, bottlenecks, ceiling, f"{name}, {'as it is' if actual else 'percent'}")


def _ends(seen: Array, scope: tuple[float, float] | None, less: bool) -> tuple[float, float]:  # noqa: FBT001
    """Return the worst and the best of a column: of what is seen, and of what could be."""
    low, high = float(min([seen.min(), *(scope or ())])), float(max([seen.max(), *(scope or ())]))
    return (high, low) if less else (low, high)


@attrs.frozen(eq=False)
class Ceilings:
    """The two ceilings of one step, on a square from (0, 0), the worst seen, to (1, 1), the best.

    `edge` holds the customers at the edge (step and outcome); `line` intercept and slope of the regression.
    """

    step: tuple[float, float]
    outcome: tuple[float, float]
    edge: Array
    line: tuple[float, float]
    effects: dict[str, float]
    chances: dict[str, float]
    above: int
    customers: int

    @classmethod
    def of(cls, values: Array, y: Array, ends: Sequence[tuple[float, float]], times: int, rng: Any) -> Ceilings:
        """Find the ceilings, and how often those of permuted outcomes leave as much empty."""
        step, outcome = ends
        u, v = ((seen - start) / (end - start) for seen, (start, end) in ((values, step), (y, outcome)))
        order = np.argsort(u, kind="stable")
        u, v = u[order], v[order]
        at, starts = np.unique(u, return_index=True)
        edge, areas, lines = _edges(at, starts, v[None])
        size, as_large = max(1, TOGETHER // len(v)), np.zeros(2)
        for done in range(0, times, size):
            again = rng.permuted(np.tile(v, (min(size, times - done), 1)), axis=1)
            as_large += (_edges(at, starts, again)[1] >= areas[:, :1] - SAME).sum(axis=1)
        share = (1 + as_large) / (1 + times) if times else np.full(2, np.nan)
        intercept, slope = lines[:, 0]
        found = dict(zip(CEILINGS, areas[:, 0].tolist(), strict=True)), dict(zip(CEILINGS, share.tolist(), strict=True))
        above = int((v > intercept + slope * u + SAME).sum())
        peers = np.column_stack([at, edge[0]])[np.diff(edge[0], prepend=-1) > 0]
        return cls(step, outcome, peers, (float(intercept), float(slope)), *found, above, len(v))

    def needed(self, level: float, ceiling: str, *, actual: bool) -> float:
        """Return the least of the step that a level of the outcome, as a share, needs; NaN where it needs none."""
        place = int(np.searchsorted(self.edge[:, 1], level - SAME))
        share = self.edge[min(place, len(self.edge) - 1), 0]
        if ceiling == "cr_fdh":
            share = min((level - self.line[0]) / self.line[1], 1.0) if self.line[1] > 0 else 0.0
        if share <= SAME:
            return np.nan
        return float(self.step[0] + share * (self.step[1] - self.step[0]) if actual else 100 * share)

    def told(self, ceiling: str) -> dict[str, Any]:
        """Return the columns of the listing."""
        (intercept, slope), rise, run = self.line, self.outcome[1] - self.outcome[0], self.step[1] - self.step[0]
        row: dict[str, Any] = {}
        for each in CEILINGS:
            row |= {each: self.effects[each], f"p_{each}": self.chances[each]}
        row |= {"above": self.above, "peers": len(self.edge), "slope": slope * rise / run}
        row["intercept"] = self.outcome[0] + rise * intercept - row["slope"] * self.step[0]
        return row | {"needed": self.needed(1.0, ceiling, actual=True), "customers": self.customers}


def _edges(at: Array, starts: Array, v: Array) -> tuple[Array, Array, Array]:
    """Return the staircase above each distinct step, the area above both ceilings, and the lines through the edge.

    `v` has a row an order of the outcomes, beside customers sorted by their step, and `starts` says where each distinct
    step begins. As in the package NCA, customers alike at the edge count as often as they are, and an edge of one place
    has no line. The areas have the shape (2, orders), the lines (intercept and slope, orders).
    """
    top = np.maximum.reduceat(v, starts, axis=1)
    edge = np.maximum.accumulate(top, axis=1)
    beyond = np.append(at[1:], 1.0) - at
    staircase = at[0] + (1 - edge) @ beyond
    alike = np.add.reduceat(v == np.repeat(top, np.diff(starts, append=v.shape[1]), axis=1), starts, axis=1)
    weight = alike * (np.diff(edge, axis=1, prepend=-1) > 0)
    total, one, two, cross = (weight @ at**power for power in (0, 1, 2, 1))
    height = (weight * edge).sum(axis=1)
    spread, cross = total * two - one**2, total * ((weight * edge) @ at) - one * height
    with np.errstate(all="ignore"):
        slope = np.where(spread > SAME, cross / spread, np.nan)
        intercept = (height - slope * one) / total
        low, high = np.clip(-intercept / slope, 0, 1), np.clip((1 - intercept) / slope, 0, 1)
        under = low + (high - low) * (1 - intercept - slope * (low + high) / 2)
    return edge, np.array([staircase, np.nan_to_num(under)]), np.array([intercept, slope])


def _outcome(columns: Columns, customers: object, outcome: Any, good: object) -> tuple[str, Array]:
    """Return the name of the outcome and one number a customer, NaN where it is unknown."""
    name, y = outcome if isinstance(outcome, str) else "outcome", np.full(len(columns.table), np.nan)
    if good is not None:
        seen = observe(customers, outcome, good=good, what="necessity")
        y[seen.rows] = seen.good
        return name, y
    own = columns if isinstance(outcome, str) else Columns({name: outcome}, "necessity")
    found = own.numbers("outcome", name)
    if own is not columns:
        columns.problems.extend(own.problems)
    if len(own.table) != len(y):
        message = f"outcome has {counted(len(own.table), 'value')}, {counted(len(y), 'customer')} are given"
        columns.problem("ragged-columns", message, "outcome")
    return name, y if found is None else found


def _listed(
    columns: Columns, rows: list[dict[str, Any]], bottlenecks: list[dict[str, Any]], ceiling: str, unit: str
) -> Listing:
    """Return the listing: the steps, and the table of bottlenecks below."""
    told, table = ({name: [row[name] for row in listed] for name in listed[0]} for listed in (rows, bottlenecks))
    required = sum(row["proposal"] == "required" for row in rows)
    title = f"Necessity: {required} of {counted(len(rows), 'step')} required"
    sides = [Show(each.upper().replace("_", "-"), each) for each in CEILINGS]
    show = [Show("segment")] if "segment" in told else []
    show += [Show("step"), Show("proposal"), *sides, Show("p", f"p_{ceiling}"), Show("needed"), Show("customers")]
    notes = ["It is what never happened in these data; what is not required may still help."]
    heading = f"Bottlenecks: the least of each step for a level of {unit}"
    part = Listing(heading, table, like=columns.table, notes=["- means that none is needed."], first=len(bottlenecks))
    facts = {"required": [row["step"] for row in rows if row["proposal"] == "required"], "ceiling": ceiling}
    return Listing(title, told, like=columns.table, show=show, notes=notes, parts={"bottlenecks": part}, facts=facts)
