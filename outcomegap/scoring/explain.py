"""What moved D between any two points: `outcomegap.explain`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import choice
from outcomegap.engines.numpy_blocks import SET_ASIDE
from outcomegap.errors import DataError, EngineError
from outcomegap.explanation import Explanation, gradients
from outcomegap.explanation.change import (
    ORDERS,
    ChangePath,
    Order,
    Snapshot,
    change_path,
    from_or_to_attained,
    in_double,
)
from outcomegap.frames.arrays import locked
from outcomegap.listing import beside
from outcomegap.scoring.matching import Pairs, pairs_in_order, same_cells
from outcomegap.scoring.score_one import Score
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
        return self._frame(beside(points, dict(zip(self.steps, self.values.T, strict=True)), "step"))


def explain(
    scorer: Scorer,
    start: object,
    end: object,
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
    choice("order", order, ORDERS)
    called = {"segment": segment, "stage": stage, "goal": goal, "id": id}
    first, last = (
        None if _is_attained(point) else scored(scorer, point, name, called)
        for name, point in (("start", start), ("end", end))
    )
    scores = first if last is None else last
    if scores is None:
        raise DataError("one of start and end holds customers; they cannot both be 'attained'")
    rows = np.arange(len(scores))
    if first is not None and last is not None:
        pairs = pairs_in_order(first, last, ("start", "end"))
        rows[pairs.after] = pairs.before  # every row of the end has its row of the start
        same_cells(first, last, Pairs(rows, np.arange(len(last)), rows[:0], rows[:0]))
    places = [(first, rows), (last, np.arange(len(scores)))]
    known = [(point, at) for point, at in places if point is not None]
    good = np.flatnonzero(np.all([point.cell[at] != SET_ASIDE for point, at in known], axis=0))
    snapshots = [
        Snapshot(in_double(scores.scorer.engine), point.batch, at[good], point.cell[at[good]]) for point, at in known
    ]
    if len(snapshots) > 1:
        found = change_path(snapshots, order)
    else:
        found = from_or_to_attained(snapshots[0], "start" if first is None else "end", order)
    sides = [
        [np.ones(len(scores))] * 2 if point is None else [point.required[at], point.experience[at]]
        for point, at in places
    ]
    observed = np.all([gradients.observed(point.scorer.engine, point.batch)[at] for point, at in known], axis=0)
    return _explanation(scores, found, good, np.isnan(sides), observed, order)


def _is_attained(point: object) -> bool:
    if isinstance(point, str) and point != ATTAINED:
        raise DataError(f"a point is a frame, a mapping, og.Scores or {ATTAINED!r} (got {point!r:.60})")
    return isinstance(point, str)


def scored(scorer: Scorer, point: Any, name: str, called: Mapping[str, str | None]) -> Scores:
    """Return the scores of a frame, of one customer, or the scores themselves where they are this scorer's.

    Raises
    ------
    DataError
        If they are another's, or the point cannot be scored.
    EngineError
        If the scorer is none of a model.
    """
    if not hasattr(scorer, "compiled"):
        message = f"this takes an og.Scorer, whose model can be computed between two points (got {scorer!r:.60})"
        raise EngineError(message)
    if isinstance(point, (Scores, Score)) and point.model != scorer.model:
        message = f"{name} was scored by another model; score it again, or use scores.change_since(earlier)"
        raise DataError(message)
    if isinstance(point, Scores):
        return point
    if isinstance(point, Score):
        point, called = point.row, {}
    if isinstance(point, Mapping) and _is_one(point):
        names = (*(measure.name for measure in scorer.model.measures), *scorer.model.columns)
        # A measure that the mapping does not hold is missing, as in `score_one`.
        point = {str(key): [value] for key, value in point.items()} | {name: [point.get(name)] for name in names}
    asked = {key: column for key, column in called.items() if column is not None}
    return scorer.score(point, **asked)  # type: ignore[arg-type]


def _is_one(point: Mapping[Any, Any]) -> bool:
    """Tell a mapping that holds one customer from a frame of columns."""
    return bool(point) and all(isinstance(v, (str, bytes)) or not hasattr(v, "__len__") for v in point.values())


def _explanation(
    scores: Scores, found: ChangePath, good: Array, nan: Array, observed: NDArray[np.bool_], order: Order
) -> LineExplanation:
    """Return what was found of the rows that are `good`; `nan` says where R and E are at both points."""
    part, steps = found.parts[0], scores.model.steps
    applies = np.vstack([scores.applies, np.zeros((1, len(steps)), dtype=bool)])[scores.cell]
    values = np.zeros((len(steps), len(scores))).T
    values[good] = part.steps
    (r, e), (r_end, e_end) = nan
    unknown = {"required": r | r_end | e, "experience": e | e_end | r_end}  # R moves with E as it was, then E
    if order == "joint":
        unknown = dict.fromkeys(unknown, nan.any(axis=(0, 1)))
    for number, step in enumerate(steps):
        values[unknown[step.side] & applies[:, number], number] = np.nan
    ends = np.full((3, len(scores)), np.nan)  # D at both points and the coverage's part; NaN for rows set aside
    ends[:, good] = found.first, found.last, part.jump
    ends[:2][nan.any(axis=1)] = np.nan
    ends[2, nan.any(axis=(0, 1))] = np.nan
    start, end, coverage = map(locked, ends)
    own = {scores.id_column if scores.id_column is not None else "row": scores.id}

    def frame(columns: Mapping[str, Any]) -> Any:
        return scores.table.build(beside(own, columns, "step"))

    names = tuple(step.name for step in steps)
    shown = ("explanation", locked(values), names, locked(observed), locked(applies), frame)
    return LineExplanation(*shown, start, end, coverage, order)
