"""Steps brought to their targets in the customers' own data: what D does then, whatever computes it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.testing.compare import explained, slack_of
from outcomegap.testing.handing import numbers_of, with_columns
from outcomegap.testing.kit import Checks, Unlooked, near, need
from outcomegap.testing.steps import StepsRead

Array = NDArray[Any]


def raised(checks: Checks, scorer: Any, frame: Any, scores: Any, here: StepsRead) -> None:
    """Bring one step after the other to its target, in the frame, and look what becomes of D.

    Rules ``monotone``: D falls for nobody; ``gain``: it rises by what the scores say closing the step gains.
    """
    falls: list[str] = []
    lost: list[str] = []
    gains: list[tuple[str, Array, Array, Array]] = []  # step, customers, how much D rises, whether of this step alone
    passed: dict[str, list[str]] = {}
    before, slack = np.asarray(scores.desired, dtype=np.float64), slack_of(scores)
    with checks.rule("monotone"):
        for number, step in enumerate(here.steps):
            changed = _at_target(here, ~np.isnan(before), frame, number)
            if isinstance(changed, str):
                passed.setdefault(changed, []).append(step.name)
                continue
            rows, alone, better = changed
            more = np.asarray(scorer.score(better).desired, dtype=np.float64)[rows] - before[rows]
            if np.isnan(more).any():
                lost.append(step.name)
            elif (more < -slack).any():
                falls.append(step.name)
            else:
                gains.append((step.name, rows, more, alone))
        if not falls and not lost and not gains:
            raise Unlooked(_why(passed))
        need(not lost, f"desired is lost where a step is brought to its target: {', '.join(map(repr, lost[:5]))}")
        need(not falls, f"desired falls where a step is brought to its target: {', '.join(map(repr, falls[:5]))}")
    if checks.failed("monotone") and not gains:
        return
    with checks.rule("gain"):
        found = explained(scores, "gain")
        if found is None:
            raise Unlooked("the scores do not say")
        values = np.asarray(found.values)
        names = [step.name for step in here.steps]
        some = [(name, rows[alone], more[alone]) for name, rows, more, alone in gains if alone.any()]
        if not some:
            raise Unlooked(_why(passed) if passed else "no step has a measure to itself")
        for name, rows, more in some:
            near(values[rows, names.index(name)], more, f"gain of {name!r}, against D with it at its target", slack)
    if gains:
        for why, steps in passed.items():
            checks.note(f"{', '.join(map(repr, steps))} (monotone, gain)", why)


def _why(passed: dict[str, list[str]]) -> str:
    """Say why no step could be brought to its target."""
    return "; ".join(passed) if passed else "there are no steps"


def _at_target(steps: StepsRead, scored: Array, frame: Any, number: int) -> tuple[Array, Array, Any] | str:
    """Return customers of whom a step is observed, of whom its measure feeds no other, and the frame with it met.

    Or say why that cannot be: the measure feeds steps that want less of it as well, no number is read, or the target
    lies beyond the measure's own limits.
    """
    measure = steps.steps[number].measure
    values = numbers_of(frame, measure.name)
    if values is None:
        return "no column of numbers for its measure is in the frame"
    if measure.name in steps.bounds:
        return "its measure is somebody's floor or target as well"
    target, up = steps.target[:, number], steps.target[:, number] > steps.floor[:, number]
    here = steps.known[:, number] & scored
    if not here.any():
        return "it is observed of nobody who has a score"
    here &= (measure.low is None or target >= measure.low) & (measure.high is None or target <= measure.high)
    rows = np.flatnonzero(here)
    if not len(rows):
        return "its target lies beyond the limits of its measure"
    alone = np.ones(len(rows), dtype=bool)
    for place, other in enumerate(steps.steps):
        if other.measure.name != measure.name or place == number:
            continue
        applies = steps.applies[rows, place]
        if (applies & ((steps.target[rows, place] > steps.floor[rows, place]) != up[rows])).any():
            return "its measure feeds another step that wants less of it"
        alone &= ~applies
    better = np.where(up[rows], values[rows] < target[rows], values[rows] > target[rows])
    values[rows[better]] = target[rows][better]
    return rows, alone, with_columns(frame, {measure.name: values})
