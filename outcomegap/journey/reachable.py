"""How far the required outcome can be reached, whatever is done: gaps that cannot be bridged stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import Batch, Work
from outcomegap.explanation.change import in_double
from outcomegap.explanation.line import value
from outcomegap.model import Cell, Step, SuccessGap
from outcomegap.model.values import at
from outcomegap.scoring import Scorer, Scores
from outcomegap.scoring.next_gaps import NONE
from outcomegap.scoring.states import TOLERANCE

if TYPE_CHECKING:
    from outcomegap.journey.promised import CellPromise

Array = NDArray[Any]


@attrs.frozen(eq=False)
class Reach:
    """How far R can be brought for each customer; NaN for those set aside.

    Parameters
    ----------
    point
        With what is missing counted as the model says.
    low, high
        With gaps that are missing and cannot be bridged at 0, and at 1.
    blocking
        The gap that cannot be bridged and keeps R back most, or `NONE`.
    """

    point: Array
    low: Array
    high: Array
    blocking: NDArray[np.int64]


def reach_of_customers(scores: Scores) -> Reach:
    """Look at customers with every step as far attained as it can be, but the gaps that cannot be bridged."""
    model, engine = scores.model, in_double(scores.scorer.engine)
    point, low, high = (np.full(len(scores), np.nan) for _ in range(3))
    found = Reach(point, low, high, np.full(len(scores), NONE, dtype=np.int64))
    best = _best(scores.scorer)
    stuck = np.array([_stuck(step) for step in model.steps], dtype=bool)

    def task(work: Work) -> None:
        rows, cells = work.block.rows, work.block.cells
        points = [_rows(work, best, stuck, cells, fill) for fill in (None, 0.0, 1.0)]
        for name, point in zip(("point", "low", "high"), points, strict=True):
            getattr(found, name)[rows] = value(work, 0, point)
        found.blocking[rows] = _blocking(work, points[0], stuck)

    live = [4 * len(program.steps) + 2 * program.size + 4 for program in engine.compiled.programs]
    engine.each(scores.batch, live, task)
    return found


def reach_of_cells(scorer: Scorer) -> tuple[CellPromise, ...]:
    """Look at each cell with every gap that cannot be bridged at nothing; cells of ideal segments first."""
    from outcomegap.journey.promised import CellPromise

    model = scorer.model
    ideal = {segment.name: segment.ideal for segment in model.segments}
    best = _of_cells(scorer)
    found = []
    for number, cell in enumerate(model.cells):
        required, needed = model.outcome(cell).required, float(scorer.compiled.achieved_at[number])
        in_the_way = best[number] < needed - TOLERANCE
        steps = [step for step, here in zip(model.steps, scorer.compiled.applies[number], strict=True) if here]
        found.append(
            CellPromise(
                cell=str(cell),
                segment=cell.segment,
                stage=cell.stage,
                goal=cell.goal,
                ideal=ideal.get(cell.segment, True),
                outcome=required.name,
                promised=required.promised,
                best=float(best[number]),
                achieved_at=needed,
                blocking=tuple(step.name for step in steps if _stuck(step)) if in_the_way else (),
            )
        )
    return tuple(sorted(found, key=lambda one: not one.ideal))


def _of_cells(scorer: Scorer) -> Array:
    """Return R of each cell at its best, from one made-up row a cell in which nothing is missing."""
    model, engine = scorer.model, in_double(scorer.engine)
    cells = np.arange(len(model.cells), dtype=np.int32)
    # What a row holds does not matter, for every attainment is put in its place: only that nothing is missing, which
    # floor and target of a customer's own would make it if they were one number.
    own = tuple(np.full(len(cells), 1e9 + number) for number in range(len(model.columns)))
    columns = tuple(np.zeros(len(cells)) for _ in model.measures)
    batch = Batch(columns, own, (True,) * len(columns), cells)
    best, stuck = _best(scorer), np.array([_stuck(step) for step in model.steps], dtype=bool)
    found = np.zeros(len(cells))

    def task(work: Work) -> None:
        here = np.atleast_1d(np.asarray(work.block.cells))
        rows = []
        for row, step in enumerate(work.program.steps):
            rows.append(np.broadcast_to(0.0 if stuck[step] else best[here, step], work.block.size).copy())
            assert work.attained.missing[row] is None
        found[work.block.rows] = value(work, 0, rows)

    engine.each(batch, [4 * len(p.steps) + 2 * p.size + 4 for p in engine.compiled.programs], task)
    return found


def _rows(work: Work, best: Array, stuck: NDArray[np.bool_], cells: Any, fill: float | None) -> list[Array]:
    """Return attainments at their best; `fill` stands in for gaps that are stuck and missing."""
    rows = []
    for row, step in enumerate(work.program.steps):
        here = work.attained.rows[row]
        if not stuck[step]:
            rows.append(np.maximum(here, best[cells, step]))
            continue
        mask = work.attained.missing[row]
        rows.append(here.copy() if mask is None or fill is None else np.where(mask, fill, here))
    return rows


def _blocking(work: Work, point: list[Array], stuck: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the stuck gap that would raise R most if it were bridged alone; where none alone would, the least."""
    places = [row for row, step in enumerate(work.program.steps) if stuck[step] and row in work.passes[0].side.steps]
    if not places:
        return np.full(work.block.size, NONE, dtype=np.int64)
    now = value(work, 0, point)
    gains = []
    for row in places:
        raised = list(point)
        raised[row] = np.ones_like(point[row])
        gains.append(np.round(value(work, 0, raised) - now, 12))
    lack = np.array([1.0 - point[row] for row in places])
    order = np.where(lack > 0, np.array(gains) + 1e-6 * lack, -1.0)
    first = order.argmax(axis=0)
    steps = np.array([work.program.steps[row] for row in places], dtype=np.int64)
    found: NDArray[np.int64] = np.where(lack.max(axis=0) > 0, steps[first], NONE)
    return found


def _best(scorer: Scorer) -> Array:
    """Return how far each step can be attained in each cell, shape (cells, steps): 1, or what hard limits allow."""
    model = scorer.model
    return np.array([[_most(step, cell) for step in model.steps] for cell in model.cells]).reshape(
        len(model.cells), len(model.steps)
    )


def _most(step: Step, cell: Cell) -> float:
    floor, target = (at(bound, cell.segment, cell.stage) for bound in (step.floor, step.target))
    if not isinstance(floor, float) or not isinstance(target, float):
        return 1.0
    limit = step.measure.high if target > floor else step.measure.low
    beyond = limit is not None and (limit - target) * (target - floor) < 0
    if limit is None or not beyond:
        return 1.0
    reached = np.clip(np.array([(limit - floor) / (target - floor)]), 0.0, 1.0)
    return float(np.asarray(step.curve.value(reached))[0])


def _stuck(step: Step) -> bool:
    return isinstance(step, SuccessGap) and not step.bridgeable
