"""Steps brought to their targets in the customers' own data: what D does then, whatever computes it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import EngineError
from outcomegap.frames import wrap
from outcomegap.model import Column, PerCell
from outcomegap.scoring.next_gaps import NONE
from outcomegap.scoring.views import ScoreViews
from outcomegap.testing.kit import Checks, near, need

Array = NDArray[Any]
#: How far D may fall by rounding.
SLACK = 1e-9


def raised(checks: Checks, scorer: Any, frame: Any, scores: Any) -> None:
    """Bring one step after the other to its target, in the frame, and look what becomes of D.

    Rules ``monotone``: D falls for nobody; ``gain``: it rises by what the scores say closing the step gains.
    """
    if not isinstance(scores, ScoreViews):
        return
    falls: list[str] = []
    gains: list[tuple[str, Array, Array]] = []
    said = _gains(scores)
    with checks.rule("monotone"):
        for number, leaf in enumerate(scores.model.leaves):
            changed = _at_target(scores, frame, number)
            if changed is None:
                continue
            rows, alone, raised = changed
            more = np.asarray(scorer.score(raised).desired)[rows] - scores.desired[rows]
            falls += [leaf.name] if (more < -SLACK).any() else []
            if said is not None:
                gains.append((leaf.name, more[alone], said[rows, number][alone]))
        need(not falls, f"desired falls where a step is brought to its target: {', '.join(map(repr, falls[:5]))}")
    if said is not None:
        with checks.rule("gain"):
            for name, found, wanted in gains:
                near(wanted, found, f"gain of {name!r}, against D with it at its target")


def _gains(scores: ScoreViews) -> Array | None:
    """Return what scores say closing each leaf gains; None where they do not."""
    try:
        return np.asarray(scores.gain().values) if hasattr(scores, "gain") else None
    except EngineError:
        return None


def _at_target(scores: Any, frame: Any, number: int) -> tuple[Array, Array, Any] | None:
    """Return customers of whom a leaf is observed, of whom its measure feeds no other, and the frame with it met.

    None where that cannot be said: the measure feeds leaves that want less of it as well, no number is read, or the
    target lies beyond the measure's own limits.
    """
    leaves = scores.model.leaves
    leaf, applies = leaves[number], np.vstack([scores._applies, np.zeros((1, len(leaves)), dtype=bool)])[scores.cell]
    rows = np.flatnonzero(applies[:, number])
    here = scores._readings(rows, np.full(len(rows), number))
    seen = ~np.isnan(here.value + here.floor + here.target) & ~np.isnan(scores.desired[rows])
    least, most = leaf.measure.low, leaf.measure.high
    seen &= (least is None or here.target >= least) & (most is None or here.target <= most)  # else never met
    rows, target, up = rows[seen], here.target[seen], (here.target > here.floor)[seen]
    table = wrap(frame)
    own = [each for each in leaves if each.measure.name == leaf.measure.name]
    bounds = {item.name for each in leaves for value in (each.floor, each.target) for item in _columns(value)}
    if not len(rows) or leaf.measure.name in bounds or leaf.measure.name not in table.names:
        return None
    alone = np.ones(len(rows), dtype=bool)
    for other in own:
        place = leaves.index(other)
        there = scores._readings(rows, np.where(applies[rows, place], place, NONE))
        against = applies[rows, place] & ((there.target > there.floor) != up)
        if against.any():
            return None
        alone &= (place == number) | ~applies[rows, place]
    columns = {name: table.values(name) for name in table.names}
    values = np.array(columns[leaf.measure.name], dtype=np.float64)
    better = np.where(up, values[rows] < target, values[rows] > target)
    values[rows[better]] = target[better]
    return rows, alone, table.build(columns | {leaf.measure.name: values}, index_like=False)


def _columns(value: Any) -> list[Column]:
    """Return the columns that a floor or target is taken from."""
    return [item for item in (value if isinstance(value, PerCell) else (value,)) if isinstance(item, Column)]
