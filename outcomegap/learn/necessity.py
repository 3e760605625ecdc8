"""What an outcome never comes about without: ceilings above which no customer is seen, and what each level needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from outcomegap.checks import choice, in_range, whole
from outcomegap.frames.arrays import Array
from outcomegap.learn.grouping import table_of
from outcomegap.learn.observed import Observing
from outcomegap.listing import Listing, Show, by_column, counted
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
    moves a ceiling: look at those at its edge. Among many thousands some exception fills nearly every corner.

    Parameters
    ----------
    customers
        Any data frame, a row a customer.
    outcome
        A column, or one value a customer: numbers, or with `good` any values.
    steps
        Columns of numbers; or a model or scorer, whose attainments are taken. By default all columns but the outcome.
    good
        The value, or values, that mean that the good outcome came about; the outcome is 1 there, else 0.
    better
        Column -> ``"less"`` where less is better, of steps and of the outcome: another corner is looked at.
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
        A row a step, the largest d first: ``step``, ``proposal`` ("required" or "experience"),
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
    choice("ceiling", ceiling, CEILINGS)
    for argument, share in (("effect", effect), ("p", p)):
        in_range(argument, share, 0, 1)
    times, grid = whole("permutations", permutations), np.linspace(0, 1, whole("levels", levels, 1) + 1)
    columns, less = Observing("necessity", table_of(customers)), set[str]()
    columns.seed(seed)
    if good is None:
        name = columns.column("outcome", outcome) or "outcome"
        y = columns.numbers("outcome", name) if name in columns.table else np.zeros(0)
    else:
        y, name, _ = columns.outcome(outcome, good)
    if isinstance(steps, (OutcomeModel, Scorer)):
        scorer = Scorer(steps) if isinstance(steps, OutcomeModel) else steps
        reached = attainments(scorer, columns.table).T
        held = dict(zip([step.name for step in scorer.model.steps], reached, strict=True))
    else:
        others = [each for each in columns.table.names if each != name] if steps is None else steps
        held = columns.several("steps", [each for each in others if each != name], texts={})
    for each, way in (better or {}).items():
        less |= {each} if choice("better", way, ("more", "less")) == "less" else set()
        if each not in held and each != name:
            columns.problem("unknown-step", f"{each!r:.60} is no step here", each, each, options=[*held, name])
    columns.done()
    found, flat = dict[str, Ceilings](), set[str]()
    for step, values in held.items():
        known = ~np.isnan(values) & ~np.isnan(y)
        seen = {step: values[known], name: y[known]}
        same = {each for each, column in seen.items() if not len(column) or np.ptp(column) == 0}
        flat |= same
        if not same:
            found[step] = Ceilings.of(seen[step], seen[name], (step in less, name in less), times, seed)
    for each in sorted(flat):
        columns.problem("constant", f"{each!r} is the same for all, or empty", each)
    columns.done()
    ordered = dict(sorted(found.items(), key=lambda pair: -pair[1].effects[ceiling]))
    required = [
        step for step, one in ordered.items() if one.effects[ceiling] >= effect and not one.chances[ceiling] >= p
    ]
    rows: dict[str, Any] = {"step": [*ordered]}
    rows["proposal"] = ["required" if step in required else "experience" for step in ordered]
    rows |= by_column([one.told(ceiling) for one in ordered.values()])
    start, end = next(iter(ordered.values())).outcome
    bottlenecks: dict[str, Any] = {name: start + grid * (end - start) if actual else 100 * grid}
    for step, one in ordered.items():
        bottlenecks[step] = [one.needed(level, ceiling, actual=actual) for level in grid]
    heading = f"Bottlenecks: the least of each step for a level of {name}, {'as it is' if actual else 'percent'}"
    part = Listing(heading, bottlenecks, like=columns.table, notes=["- means that none is needed."], first=len(grid))
    title = f"Necessity: {len(required)} of {counted(len(ordered), 'step')} required"
    notes = ["It is what never happened in these data; what is not required may still help."]
    show = [Show("step"), Show("proposal"), *(Show(each.upper().replace("_", "-"), each) for each in CEILINGS)]
    show += [Show("p", f"p_{ceiling}"), Show("needed"), Show("customers")]
    form: dict[str, Any] = {"show": show, "notes": notes, "parts": {"bottlenecks": part}, "drawing": "bottlenecks"}
    return Listing(title, rows, like=columns.table, facts={"required": required, "ceiling": ceiling}, **form)


@attrs.frozen(eq=False)
class Ceilings:
    """The two ceilings of one step, on a square from (0, 0), the worst seen, to (1, 1), the best.

    `edge` holds the customers at the edge (step and outcome); `line` intercept and slope of the regression.
    """

    step: tuple[float, float]
    outcome: tuple[float, float]
    edge: Array
    line: Array
    effects: dict[str, float]
    chances: dict[str, float]
    above: int
    customers: int

    @classmethod
    def of(cls, values: Array, outcome: Array, less: tuple[bool, bool], times: int, seed: int) -> Ceilings:
        """Find the ceilings, and how often those of permuted outcomes leave as much empty."""
        spans = [(float(seen.min()), float(seen.max())) for seen in (values, outcome)]
        spans = [(high, low) if turned else (low, high) for (low, high), turned in zip(spans, less, strict=True)]
        u, v = ((seen - start) / (end - start) for seen, (start, end) in zip((values, outcome), spans, strict=True))
        order = np.argsort(u, kind="stable")
        u, v = u[order], v[order]
        at, starts = np.unique(u, return_index=True)
        edge, areas, lines = _edges(at, starts, v[None])
        size, as_large, rng = max(1, TOGETHER // len(v)), np.zeros(2), np.random.default_rng(seed)
        for done in range(0, times, size):
            again = rng.permuted(np.tile(v, (min(size, times - done), 1)), axis=1)
            as_large += (_edges(at, starts, again)[1] >= areas - SAME).sum(axis=1)
        chances = (1 + as_large) / (1 + times) if times else np.full(2, np.nan)
        found = [dict(zip(CEILINGS, each.tolist(), strict=True)) for each in (areas[:, 0], chances)]
        above = int((v > lines[0] + lines[1] * u + SAME).sum())
        peers = np.column_stack([at, edge[0]])[np.diff(edge[0], prepend=-1) > 0]
        return cls(spans[0], spans[1], peers, lines[:, 0], found[0], found[1], above, len(v))

    def needed(self, level: float, ceiling: str, *, actual: bool) -> float:
        """Return the least of the step that a level of the outcome, as a share, needs; NaN where it needs none."""
        share = self.edge[np.searchsorted(self.edge[:, 1], level - SAME), 0]
        if ceiling == "cr_fdh":
            share = min((level - self.line[0]) / self.line[1], 1.0) if self.line[1] > 0 else 0.0
        least = self.step[0] + share * (self.step[1] - self.step[0]) if actual else 100 * share
        return float(least) if share > SAME else np.nan

    def told(self, ceiling: str) -> dict[str, Any]:
        """Return the columns of the listing."""
        effects = {each: self.effects[each] for each in CEILINGS} | {
            f"p_{each}": self.chances[each] for each in CEILINGS
        }
        rise = self.outcome[1] - self.outcome[0]
        slope = self.line[1] * rise / (self.step[1] - self.step[0])
        line = {"slope": slope, "intercept": self.outcome[0] + rise * self.line[0] - slope * self.step[0]}
        counts = {"above": self.above, "peers": len(self.edge), "customers": self.customers}
        return effects | line | counts | {"needed": self.needed(1.0, ceiling, actual=True)}


def _edges(at: Array, starts: Array, v: Array) -> tuple[Array, Array, Array]:
    """Return the staircase above each distinct step, the area above both ceilings, and the lines through the edge.

    `v` has a row an order of the outcomes, beside customers sorted by their step, and `starts` says where each distinct
    step begins. As in the package NCA, customers alike at the edge count as often as they are, and an edge of one place
    has no line. The areas have the shape (2, orders), the lines (intercept and slope, orders).
    """
    top = np.maximum.reduceat(v, starts, axis=1)
    edge = np.maximum.accumulate(top, axis=1)
    staircase = (1 - edge) @ (np.append(at[1:], 1.0) - at)
    alike = np.add.reduceat(v == np.repeat(top, np.diff(starts, append=v.shape[1]), axis=1), starts, axis=1)
    weight = alike * (np.diff(edge, axis=1, prepend=-1) > 0)
    count, across, squares = (weight @ at**power for power in range(3))
    up, products = (weight * edge).sum(axis=1), (weight * edge) @ at
    with np.errstate(all="ignore"):
        spread = count * squares - across**2
        slope = np.where(spread > SAME, (count * products - across * up) / spread, np.nan)
        intercept = (up - slope * across) / count
        low, high = np.clip(-intercept / slope, 0, 1), np.clip((1 - intercept) / slope, 0, 1)
        under = low + (high - low) * (1 - intercept - slope * (low + high) / 2)
    return edge, np.array([staircase, np.nan_to_num(under)]), np.array([intercept, slope])
