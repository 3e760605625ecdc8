"""Promises: which customers were promised an outcome that they cannot reach, whatever is done."""

from __future__ import annotations

from collections import Counter
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import Batch, Work
from outcomegap.errors import DataError
from outcomegap.explanation.change import in_double
from outcomegap.listing import Listing, Show, as_column, counted
from outcomegap.model import OutcomeModel, SuccessGap
from outcomegap.scoring import Scorer, Scores
from outcomegap.scoring.explain import scored
from outcomegap.scoring.groups import ideal_rows
from outcomegap.scoring.states import TOLERANCE

Array = NDArray[Any]
#: What becomes of a promise.
CANNOT, UNKNOWN, KEEPS = "cannot be kept", "not known", "can be kept"
NOT_PROMISED, SET_ASIDE = "not promised", "set aside"
VERDICTS = (CANNOT, UNKNOWN, KEEPS, NOT_PROMISED, SET_ASIDE)
#: Stands where there is no step.
NONE = -1


def promises(
    model: OutcomeModel | Scorer,
    customers: Any = None,
    *,
    value: str | Any | None = None,
    segment: str = "segment",
    stage: str = "stage",
    goal: str = "goal",
    id: str | None = None,  # noqa: A002 - as in Scorer.score
) -> Listing:
    """Say what is promised that cannot be reached, and to whom.

    Not to claim an outcome keeps the wrong customers away, which is good; to claim it and not to deliver loses them
    fast. `outcomegap.check` finds promises for which no path is left without a gap that cannot be bridged
    (``unreachable-promise``); this says how far each cell gets (R against ``achieved_at``), and which customers
    that concerns: a gap that cannot be bridged is in nobody's way who has bridged it already.

    Parameters
    ----------
    model
        The model, or a scorer of it.
    customers
        A frame, or `Scores` of this model; None for the cells alone.
    value
        A column, or one number a customer: what each is worth; orders those to whom a promise cannot be kept.
    segment, stage, goal, id
        What those columns are called, as in `Scorer.score`.

    Returns
    -------
    Listing
        A row a customer, in the order of the rows: ``row`` or what names the customer; ``cell``, ``outcome``,
        ``ideal``; ``promise``: ``"can be kept"`` where R with every step fully attained, but the gaps that cannot be
        bridged as they are for this customer, is high enough, ``"cannot be kept"``, ``"not known"`` where it hangs on
        data that are missing, ``"not promised"``, or null for a row set aside; ``best_required`` (that R) and
        ``achieved_at``; ``required`` (R now); ``blocking`` (the gap that keeps it back most) and where it ``stands``;
        ``value`` if one was named.

        Parts: ``"cells"``, those of ideal segments first: what is ``promised`` there, the ``best`` R with gaps that
        cannot be bridged not bridged at all (a step whose target lies beyond its measure's hard limits is attained as
        far as these allow), whether that is ``reachable``, and the gaps that are ``blocking``. ``"broken"``: who was
        promised what cannot be reached, ideal segments first, then the most valuable.
        Facts: ``counts``, how many customers of ideal segments have each verdict; ``apart``, the same of the others.
        Without customers it is the cells alone.

    Raises
    ------
    DataError
        If the customers cannot be scored, or the value is none.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> law = og.SuccessGap("allowed by law", og.Measure("licence", low=0, high=1), floor=0, target=1, bridgeable=False)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales = og.RequiredOutcome("sales", needs=og.AllOf(calls, law), promised=True)
    >>> how = og.AppropriateExperience("how", expects=reply)
    >>> model = og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, how)])
    >>> kept = promises(model, {"id": ["A", "B"], "calls": [0, 4], "licence": [1, 0], "reply_hours": [24, 24]})
    >>> [(row["id"], row["promise"], row["blocking"]) for row in kept]
    [('A', 'can be kept', None), ('B', 'cannot be kept', 'allowed by law')]
    >>> kept.parts["cells"][0]["reachable"]
    False
    """
    scorer = model if isinstance(model, Scorer) else Scorer(model)
    if customers is None:
        if value is not None:
            raise DataError("promises: value names what customers are worth, and no customers are given")
        return _cells(scorer, None)
    called = {"segment": segment, "stage": stage, "goal": goal, "id": id}
    scores = scored(scorer, customers, "customers", called)
    worth = scores.numbers(value)
    cells = _cells(scorer, scores)
    columns = _customers(scorer, scores) | ({} if worth is None else {"value": worth})
    rows = np.flatnonzero(columns["promise"] == CANNOT)
    most = np.zeros(len(rows)) if worth is None else np.nan_to_num(worth[rows], nan=-np.inf)
    ideal = ideal_rows(scores)
    rows = rows[np.lexsort((columns["best_required"][rows], -most, ~ideal[rows]))]
    own = scores.id_column or "row"
    whole = {own: scores.id} | {f"{n} (promise)" if n == own else n: values for n, values in columns.items()}
    said = np.array([name or SET_ASIDE for name in columns["promise"].tolist()], dtype=object)
    counts, apart = (
        {name: found[name] for name in VERDICTS} for found in (Counter(said[ideal]), Counter(said[~ideal]))
    )
    notes = [
        f"{who}: {', '.join(f'{count:,} {name}' for name, count in found.items() if count)}."
        for who, found in (("Ideal segments", counts), ("Not ideal", apart))
        if any(found.values())
    ]
    hidden = {"outcome", "ideal", "achieved_at"}
    show = [Show(n, form="points" if "required" in n else None) for n in whole if n not in hidden]
    broken = Listing(
        f"{counted(len(rows), 'customer was', 'customers were')} promised what they cannot reach",
        {name: values[rows] for name, values in whole.items() if name != "promise"},
        like=scores.table,
        show=[one for one in show if one.heading != "promise"],
    )
    return Listing(
        f"{scorer.model.name}: what becomes of promises to {counted(len(said), 'customer')}",
        whole,
        like=scores.table,
        same_rows=True,
        show=show,
        notes=notes,
        parts={"cells": cells, "broken": broken},
        facts={"counts": counts, "apart": apart},
        first=10,
    )


def _cells(scorer: Scorer, scores: Scores | None) -> Listing:
    """Return a row a cell, with every gap that cannot be bridged at nothing; cells of ideal segments first."""
    model, needed = scorer.model, scorer.compiled.achieved_at
    ideal = {segment.name: segment.ideal for segment in model.segments}
    best, stuck = _best_of_cells(scorer), _stuck(model)
    rows: list[dict[str, Any]] = []
    for number, cell in enumerate(model.cells):
        required, reachable = model.outcome(cell).required, bool(best[number] >= needed[number] - TOLERANCE)
        there = [
            step.name for step, here in zip(model.steps, scorer.compiled.applies[number] & stuck, strict=True) if here
        ]
        row: dict[str, Any] = {"cell": str(cell), "segment": cell.segment, "stage": cell.stage, "goal": cell.goal}
        row |= {"ideal": ideal.get(cell.segment, True), "outcome": required.name, "promised": required.promised}
        row |= {"best": float(best[number]), "achieved_at": float(needed[number]), "reachable": reachable}
        rows.append(row | {"blocking": None if reachable else ", ".join(there) or None})
    rows.sort(key=lambda row: not row["ideal"])
    broken = sum(row["promised"] and not row["reachable"] for row in rows)
    title = f"{counted(sum(row['promised'] for row in rows), 'cell')} of {len(rows):,} promised"
    show = [
        Show("cell", ("cell", "ideal"), lambda cell, fine: cell if fine else f"{cell} (not ideal)"),
        Show("outcome"),
        Show("promised", form="yes"),
        Show("reachable", form="yes"),
        Show("at most", "best", "points"),
        Show("needed", "achieved_at", "points"),
        Show("cannot be bridged", "blocking"),
    ]
    return Listing(
        f"{title}, {broken:,} of them out of reach" if broken else title,
        {name: as_column([row[name] for row in rows]) for name in rows[0]},
        like=None if scores is None else scores.table,
        show=show,
    )


def _customers(scorer: Scorer, scores: Scores) -> dict[str, Array]:
    """Return what is said of each customer, in the order of the rows."""
    model, reach = scorer.model, _reach(scores)
    required = [model.outcome(cell).required for cell in model.cells]
    needed = np.append(scorer.compiled.achieved_at, np.nan)[scores.cell]
    promised = np.array([*(one.promised for one in required), False])[scores.cell]
    verdict = np.full(len(scores), UNKNOWN, dtype=object)
    verdict[reach.low >= needed - TOLERANCE] = KEEPS
    verdict[reach.high < needed - TOLERANCE] = CANNOT
    verdict[~promised] = NOT_PROMISED
    verdict[scores.cell < 0] = None
    blocked = np.where(np.isin(verdict, (CANNOT, UNKNOWN)), reach.blocking, NONE)
    ideal = {segment.name: segment.ideal for segment in model.segments}
    by_cell = {
        "cell": [*map(str, model.cells), None],
        "outcome": [*(one.name for one in required), None],
        "ideal": [*(ideal.get(cell.segment, True) for cell in model.cells), None],
    }
    return {name: as_column(values)[scores.cell] for name, values in by_cell.items()} | {
        "achieved_at": needed,
        "promise": verdict,
        "best_required": reach.point,
        "required": scores.required,
        "blocking": as_column([*(step.name for step in model.steps), None])[blocked],
        "stands": as_column(scores.readings(np.arange(len(scores)), blocked).said()),
    }


# How far R can be brought


@attrs.frozen(eq=False)
class _Reach:
    """How far R can be brought for each customer, NaN for those set aside, and the gap that keeps it back most.

    `point` counts what is missing as the model says, `low` and `high` gaps that are missing and stuck at 0 and at 1.
    """

    point: Array
    low: Array
    high: Array
    blocking: NDArray[np.int64]


def _reach(scores: Scores) -> _Reach:
    """Look at customers with every step as far attained as it can be, but the gaps that cannot be bridged."""
    engine = in_double(scores.scorer.engine)
    point, low, high = (np.full(len(scores), np.nan) for _ in range(3))
    found = _Reach(point, low, high, np.full(len(scores), NONE, dtype=np.int64))
    best, stuck = _most(scores.scorer), _stuck(scores.model)

    def task(work: Work) -> None:
        rows = work.block.rows
        points = [_attained(work, best, stuck, fill) for fill in (None, 0.0, 1.0)]
        for values, attained in zip((point, low, high), points, strict=True):
            values[rows] = work.value(0, attained)
        found.blocking[rows] = _blocking(work, points[0], stuck)

    live = [4 * len(program.steps) + 2 * program.size + 4 for program in engine.compiled.programs]
    engine.each(scores.batch, live, task)
    return found


def _best_of_cells(scorer: Scorer) -> Array:
    """Return R of each cell at its best, from one made-up row a cell in which nothing is missing."""
    model, engine = scorer.model, in_double(scorer.engine)
    cells = np.arange(len(model.cells), dtype=np.int32)
    # What a row holds does not matter, for every attainment is put in its place: only that nothing is missing, which
    # floor and target of a customer's own would make it if they were one number.
    own = tuple(np.full(len(cells), 1e9 + number) for number in range(len(model.columns)))
    columns = tuple(np.zeros(len(cells)) for _ in model.measures)
    best, stuck, found = _most(scorer), _stuck(model), np.zeros(len(cells))

    def task(work: Work) -> None:
        here = np.atleast_1d(np.asarray(work.block.cells))
        attained = [
            np.broadcast_to(0.0 if stuck[step] else best[step, here], work.block.size).copy()
            for step in work.program.steps
        ]
        found[work.block.rows] = work.value(0, attained)

    live = [4 * len(program.steps) + 2 * program.size + 4 for program in engine.compiled.programs]
    engine.each(Batch(columns, own, (True,) * len(columns), cells), live, task)
    return found


def _attained(work: Work, best: Array, stuck: Array, fill: float | None) -> list[Array]:
    """Return attainments at their best; `fill` stands in for gaps that are stuck and missing."""
    rows = []
    for row, step in enumerate(work.program.steps):
        here, missing = work.attained.rows[row], work.attained.missing[row]
        if not stuck[step]:
            rows.append(np.maximum(here, best[step, work.block.cells]))
        else:
            rows.append(here.copy() if missing is None or fill is None else np.where(missing, fill, here))
    return rows


def _blocking(work: Work, point: list[Array], stuck: Array) -> NDArray[np.int64]:
    """Return the stuck gap that would raise R most if it were bridged alone; where none alone would, the least."""
    places = [row for row, step in enumerate(work.program.steps) if stuck[step] and row in work.passes[0].side.steps]
    if not places:
        return np.full(work.block.size, NONE, dtype=np.int64)
    now = work.value(0, point)
    gains = []
    for row in places:
        raised = [*point[:row], np.ones_like(point[row]), *point[row + 1 :]]
        gains.append(np.round(work.value(0, raised) - now, 12))
    lack = np.array([1.0 - point[row] for row in places])
    first = np.where(lack > 0, np.array(gains) + 1e-6 * lack, -1.0).argmax(axis=0)
    steps = np.array([work.program.steps[row] for row in places], dtype=np.int64)
    found: NDArray[np.int64] = np.where(lack.max(axis=0) > 0, steps[first], NONE)
    return found


def _most(scorer: Scorer) -> Array:
    """Return how far each step can be attained in each cell, shape (steps, cells): 1, or what hard limits allow."""
    floors, targets = scorer.compiled.floor.numbers, scorer.compiled.target.numbers
    found = np.ones(floors.shape)
    for number, step in enumerate(scorer.model.steps):
        floor, target = floors[number], targets[number]
        low, high = (np.nan if end is None else float(end) for end in (step.measure.low, step.measure.high))
        limit = np.where(target > floor, high, low)
        beyond = (limit - target) * (target - floor) < 0  # never where there is no limit, or a bound is the customer's
        reach = np.clip((limit[beyond] - floor[beyond]) / (target[beyond] - floor[beyond]), 0.0, 1.0)
        found[number, beyond] = step.curve.value(reach)
    return found


def _stuck(model: OutcomeModel) -> NDArray[np.bool_]:
    """Tell which steps are gaps that cannot be bridged."""
    return np.array([isinstance(step, SuccessGap) and not step.bridgeable for step in model.steps], dtype=bool)
