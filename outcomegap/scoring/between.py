"""What moved D between any two points: `outcomegap.explain`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SET_ASIDE
from outcomegap.errors import SHOWN, DataError, EngineError, Problem, hint
from outcomegap.explanation import Explanation, gradients
from outcomegap.explanation.change import Leg, Stand, Way, from_or_to_attained, in_double, way
from outcomegap.explanation.line import ORDERS, Order
from outcomegap.scoring.matching import Pairs, pairs_in_order
from outcomegap.scoring.one import Score
from outcomegap.scoring.scores import Scores

if TYPE_CHECKING:
    from outcomegap.scoring.scorer import Scorer

Array = NDArray[Any]
#: What stands for the point at which everything is fully attained.
ATTAINED = "attained"
AXES = ("segment", "stage", "goal")


@attrs.frozen(eq=False, repr=False)
class LineExplanation(Explanation):
    """What moved D from one point to another, per step; made by `outcomegap.explain`.

    `values`, summed over the steps, and `coverage` add up to `end` - `start` within 1e-12, in double precision
    whatever the scores' own. Both are NaN where they explain a score that is unknown.

    Parameters
    ----------
    name, values, steps, observed, applies
        As in `Explanation`; a step is observed where it is so at both points.
    start, end
        D at the two points.
    coverage
        What the values make that became known or went missing: it comes first, and is no step's.
    order
        ``"joint"`` or ``"required_first"``.
    """

    start: Array
    end: Array
    coverage: Array
    order: Order

    @property
    def total(self) -> Array:
        """How much D moved."""
        moved: Array = self.end - self.start
        return moved

    def to_frame(self) -> Any:
        """Return the same kind of frame as the second: ids, ``start``, ``end``, ``coverage``, a column a step."""
        points = {"start": self.start, "end": self.end, "coverage": self.coverage}
        names = [f"{step} (step)" if step in points else step for step in self.steps]
        return self._frame(points | {name: self.values[:, number] for number, name in enumerate(names)})


def explain(
    scorer: Scorer,
    start: Any,
    end: Any,
    order: Order = "joint",
    *,
    segment: str = "segment",
    stage: str = "stage",
    goal: str = "goal",
    id: str | None = None,  # noqa: A002 - as in Scorer.score
) -> LineExplanation:
    """Split what moved D from one point to another over the steps.

    The gradient is integrated along the straight line between the two attainments (Owen, Management Science 18,
    1972; Aumann & Shapley, Values of Non-Atomic Games, 1974), exactly, by Gauss-Legendre (docs/meaning, clause 2.7).

    Parameters
    ----------
    scorer
        The model.
    start, end
        The same customers at two points: two frames, two `Scores` of this scorer's model, two `Score` objects, or two
        mappings from column to value (one customer). Rows are matched by id where both have one, else in order; each
        customer is in the same cell at both. One of them may be ``"attained"``: everything fully attained, with what
        is missing at the other still missing.
    order
        ``"joint"``: the line on D = R x E; swapping start and end changes all signs, where the same values are missing.
        ``"required_first"``: R along the line with E as it was, then E with the new R; from ``"attained"`` it is the
        attribution with its sign changed.
    segment, stage, goal, id
        What those columns of frames and mappings are called, as in `Scorer.score`.

    Returns
    -------
    LineExplanation
        In the order of `end` (of `start` where `end` is ``"attained"``).

    Raises
    ------
    DataError
        If a point cannot be scored, the customers differ, or one is in another cell (`Scores.change_since` splits
        that); ``.problems`` says where.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)]))
    >>> moved = explain(scorer, {"calls": 1, "reply_hours": 24}, {"calls": 3, "reply_hours": 36})
    >>> moved.total.tolist(), moved.steps, moved.values.tolist()
    ([0.125], ('calls made', 'support replies'), [[0.375, -0.25]])
    >>> explain(scorer, "attained", {"calls": 3, "reply_hours": 36}, "required_first").values.tolist()
    [[-0.25, -0.375]]
    """
    if order not in ORDERS:
        raise DataError(f"order is {' or '.join(map(repr, ORDERS))} (got {order!r}){hint(order, ORDERS)}")
    called = {"segment": segment, "stage": stage, "goal": goal, "id": id}
    points = [
        None if _is_attained(point) else scored(scorer, point, name, called)
        for name, point in (("start", start), ("end", end))
    ]
    if points[0] is None or points[1] is None:
        return _attained(points[0], points[1], order)
    return _both(points[0], points[1], order)


def _is_attained(point: Any) -> bool:
    if not isinstance(point, str):
        return False
    if point != ATTAINED:
        raise DataError(f"a point is a frame, a mapping, og.Scores or {ATTAINED!r} (got {point!r:.60})")
    return True


def scored(scorer: Scorer, point: Any, name: str, called: dict[str, str | None]) -> Scores:
    """Return the scores of a frame, of one customer, or the scores themselves where they are this scorer's.

    Raises
    ------
    DataError
        If they are another's, or the point cannot be scored.
    EngineError
        If the scorer is none of a model.
    """
    from outcomegap.scoring.scorer import Scorer

    if not isinstance(scorer, Scorer):
        message = f"this takes an og.Scorer, whose model can be computed between two points (got {scorer!r:.60})"
        raise EngineError(message)
    if isinstance(point, Scores):
        if point.model != scorer.model:
            message = f"{name} was scored by another model; score it again, or use scores.change_since(earlier)"
            raise DataError(message)
        return point
    if isinstance(point, Score):
        point, called = _row_of(scorer, point), {}
    if isinstance(point, Mapping) and _is_one(point):
        point = _frame_of(scorer, point)
    asked = {key: column for key, column in called.items() if column is not None}
    return scorer.score(point, **asked)  # type: ignore[arg-type]


def _row_of(scorer: Scorer, score: Score) -> dict[str, Any]:
    """Return what a single customer was scored by."""
    one = score._place.one
    if one.compiled.model != scorer.model:
        raise DataError("this customer was scored by another model; score it again")
    values = dict(zip(one._names, score._values, strict=True))
    return values | {axis: getattr(score, axis) for axis in AXES}


def _is_one(point: Mapping[Any, Any]) -> bool:
    """Tell a mapping that holds one customer from a frame of columns."""
    return bool(point) and all(isinstance(v, (str, bytes)) or not hasattr(v, "__len__") for v in point.values())


def _frame_of(scorer: Scorer, row: Mapping[Any, Any]) -> dict[str, list[Any]]:
    """Return one customer as a frame; a measure that the mapping does not hold is missing, as in `score_one`."""
    names = (*(measure.name for measure in scorer.model.measures), *scorer.model.columns)
    return {str(key): [value] for key, value in row.items()} | {name: [row.get(name)] for name in names}


def _both(start: Scores, end: Scores, order: Order) -> LineExplanation:
    pairs = pairs_in_order(start, end, ("start", "end"))
    # Matched by id or in order, every row of the end has its row of the start.
    rows = np.empty(len(end), dtype=np.int64)
    rows[pairs.after] = pairs.before
    there, here = start.cell[rows], end.cell
    same_cells(start, end, Pairs(rows, np.arange(len(end)), rows[:0], rows[:0]))
    good = np.flatnonzero((there != SET_ASIDE) & (here != SET_ASIDE))
    engine = in_double(end.scorer.engine)
    found = way(
        [
            Stand(engine, start.batch, rows[good], there[good]),
            Stand(engine, end.batch, good, here[good]),
        ],
        order,
    )
    sides = [(s.required[r], s.experience[r]) for s, r in ((start, rows), (end, slice(None)))]
    observed = _observed(start)[rows] & _observed(end)
    return _explanation(end, found, good, sides, observed=observed, order=order)


def _attained(start: Scores | None, end: Scores | None, order: Order) -> LineExplanation:
    scores = start if end is None else end
    if scores is None or (start is None) == (end is None):
        raise DataError("one of start and end holds customers; they cannot both be 'attained'")
    good = np.flatnonzero(scores.cell != SET_ASIDE)
    stand = Stand(in_double(scores.scorer.engine), scores.batch, good, scores.cell[good])
    found = from_or_to_attained(stand, "start" if start is None else "end", order)
    whole = (np.ones(len(scores)), np.ones(len(scores)))
    here = (scores.required, scores.experience)
    sides = [whole, here] if start is None else [here, whole]
    return _explanation(scores, found, good, sides, observed=_observed(scores), order=order)


def same_cells(start: Scores, end: Scores, pairs: Pairs) -> None:
    """Make sure that each customer is in the same cell at both points.

    Raises
    ------
    DataError
        If somebody is not.
    """
    there, here = start.cell[pairs.before], end.cell[pairs.after]
    moved = np.flatnonzero((there != here) & (there != SET_ASIDE) & (here != SET_ASIDE))
    if not len(moved):
        return
    row = int(pairs.after[moved[0]])
    was, now = (str(end.model.cells[int(cells[moved[0]])]) for cells in (there, here))
    message = (
        f"{len(moved)} customers are in two different cells, such as row {row}: {was}, then {now}; "
        "scores.change_since(earlier) splits what a move makes"
    )
    rows = tuple(pairs.after[moved[:SHOWN]].tolist())
    raise DataError.all("the two points", [Problem("moved-cell", message, None, now, rows, len(moved))])


def _explanation(
    scores: Scores,
    found: Way,
    good: Array,
    sides: list[tuple[Array, Array]],
    *,
    observed: NDArray[np.bool_],
    order: Order,
) -> LineExplanation:
    leg, count = found.legs[0], len(scores)
    applies = _applies(scores)
    values = np.zeros((len(scores.model.steps), count)).T
    values[good] = leg.parts
    unknown = _unknown(sides, order)
    for number, step in enumerate(scores.model.steps):
        values[unknown[step.side] & applies[:, number], number] = np.nan
    start, end, coverage = _points(found, leg, good, count)
    blank = [np.isnan(r) | np.isnan(e) for r, e in sides]
    start[blank[0]], end[blank[1]], coverage[blank[0] | blank[1]] = np.nan, np.nan, np.nan
    return LineExplanation(
        name="explanation",
        values=_sealed(values),
        steps=tuple(step.name for step in scores.model.steps),
        observed=_sealed(observed),
        applies=_sealed(applies),
        frame=scores._frame,
        start=_sealed(start),
        end=_sealed(end),
        coverage=_sealed(coverage),
        order=order,
    )


def _observed(scores: Scores) -> NDArray[np.bool_]:
    return gradients.observed(scores.scorer.engine, scores.batch)


def _applies(scores: Scores) -> NDArray[np.bool_]:
    nowhere = np.zeros((1, len(scores.model.steps)), dtype=bool)
    found: NDArray[np.bool_] = np.vstack([scores.scorer.compiled.applies, nowhere])[scores.cell]
    return found


def _points(found: Way, leg: Leg, good: Array, count: int) -> tuple[Array, Array, Array]:
    """Return D at both points and the coverage's part; NaN for rows set aside."""
    spread = np.full((3, count), np.nan)
    spread[:, good] = found.first, found.last, leg.jump
    return spread[0], spread[1], spread[2]


def _unknown(sides: list[tuple[Array, Array]], order: Order) -> dict[str, NDArray[np.bool_]]:
    """Tell for the steps of each side where the score that they explain is unknown."""
    (r, e), (r_end, e_end) = sides
    every = np.isnan(r) | np.isnan(e) | np.isnan(r_end) | np.isnan(e_end)
    if order == "joint":
        return {"required": every, "experience": every}
    # R moves with E as it was, then E with the new R.
    required = np.isnan(r) | np.isnan(r_end) | np.isnan(e)
    return {"required": required, "experience": np.isnan(e) | np.isnan(e_end) | np.isnan(r_end)}


def _sealed(values: Array) -> Any:
    values.setflags(write=False)
    return values
