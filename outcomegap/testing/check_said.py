"""What scores say, held together: ranges, bounds, parts; and what is made of them: groups, worklist, frame, report."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.frames import wrap
from outcomegap.present import report
from outcomegap.scoring.views import ScoreViews
from outcomegap.testing.compare import explained, slack_of
from outcomegap.testing.kit import Checks, Unlooked, near, need
from outcomegap.testing.steps import StepsRead

Array = NDArray[Any]
STATES = ("successful", "tolerating", "failing", "uncertain", None)


def values(checks: Checks, scores: Any, steps: StepsRead | None) -> None:
    """Run the rules of what scores say of each customer."""
    d = np.asarray(scores.desired, dtype=np.float64)
    known, slack = ~np.isnan(d), slack_of(scores)
    with checks.rule("range"):
        need(((d[known] >= 0) & (d[known] <= 1)).all(), "desired leaves [0, 1]")
    with checks.rule("gap"):
        near(scores.gap, 1 - d, "gap, which is 1 - desired", slack)
    with checks.rule("states"):
        others = sorted({str(state) for state in scores.state} - {str(state) for state in STATES})
        need(not others, f"{', '.join(others[:5])}: states are {', '.join(filter(None, STATES))}, or None")
    with checks.rule("bounds"):
        if not hasattr(scores, "low") or not hasattr(scores, "high"):
            raise Unlooked("low and high are not said")
        low, high = (np.asarray(bound, dtype=np.float64) for bound in (scores.low, scores.high))
        if np.isnan(low).all() and np.isnan(high).all():
            raise Unlooked("low and high are not said")
        outside = (low > d + slack) | (d > high + slack)
        need(not outside.any(), f"low and high do not hold desired between them{_row(outside)}")
        need(not (low > high + slack).any(), f"low is above high{_row(low > high + slack)}")
    with checks.rule("parts"):
        found = explained(scores, "attribution") if getattr(scores, "explains", True) else None
        if found is None:
            raise Unlooked("the scores do not say")
        _parts(scores, found, known, steps)


def _parts(scores: Any, found: Any, known: Array, steps: StepsRead | None) -> None:
    """Parts sum to the gap (where exact), none is below 0 (there), and none is that of a step fully attained."""
    parts, slack = np.asarray(found.values, dtype=np.float64)[known], slack_of(scores)
    exact = bool(getattr(scores, "exact", True)) and bool(getattr(found, "exact", True))
    rest = getattr(found, "residual", None)
    gap = 1 - np.asarray(scores.desired, dtype=np.float64)[known]
    near(parts.sum(axis=1) + (0 if rest is None else np.asarray(rest)[known]), gap, "the parts together", slack)
    if exact:
        below = (parts < -slack).any(axis=1)
        need(not below.any(), f"a part of the gap is below 0{_row(below, known)}")
    met = _met(scores, parts.shape, known, steps)
    if met is not None:
        wrong = met & (np.abs(parts) > slack)
        need(not wrong.any(), f"a step that is fully attained has a part of the gap{_row(wrong.any(axis=1), known)}")


def _met(scores: Any, shape: tuple[int, ...], known: Array, steps: StepsRead | None) -> Array | None:
    """Tell which steps of which customers are observed and fully attained."""
    reached = explained(scores, "attainment")
    if reached is not None:
        found: Array = np.asarray(reached.values, dtype=np.float64)[known] >= 1.0
    elif steps is not None:
        found = steps.met[known]
    else:
        return None
    return found if found.shape == shape else None


def _row(wrong: Any, known: Array | None = None) -> str:
    if not wrong.any():
        return ""
    place = int(wrong.argmax())
    return f", in row {place if known is None else int(np.flatnonzero(known)[place])}"


def views(checks: Checks, scores: Any, frame: Any) -> None:
    """Run the rules of what is made of scores."""
    with checks.rule("by"):
        name = _grouping(frame)
        if name is None:
            raise Unlooked("the frame has no column of text to group by")
        groups = list(scores.by(name))
        need(sum(g.customers for g in groups) == len(scores), f"groups by {name!r} do not hold each customer once")
    with checks.rule("worklist"):
        need(len(list(scores.worklist())) == len(scores), "the worklist does not hold each customer once")
    with checks.rule("frame"):
        table = wrap(scores.to_frame())
        need(len(table) == len(scores), f"to_frame holds {len(table)} rows for {len(scores)} customers")
    with checks.rule("report"):
        if not isinstance(scores, ScoreViews):
            raise Unlooked("it is made of og.OutcomeScores only")
        need("</html>" in report(scores), "makes no report")


def _grouping(frame: Any) -> str | None:
    """Name a column to group by: segment or stage, else the first that holds text."""
    table = wrap(frame)
    for name in ("segment", "stage"):
        if name in table.names:
            return name
    texts = (name for name in table.names if any(isinstance(each, str) for each in table.values(name).tolist()))
    return next(texts, None)
