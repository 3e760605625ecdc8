"""What is missing: it can be scored, moves nobody else's score, and is bounded by what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.testing.compare import compared, said, slack_of, told
from outcomegap.testing.handing import fractional, handed, numbers_of, with_columns
from outcomegap.testing.kit import Checks, Unlooked, need
from outcomegap.testing.steps import StepsRead, steps_of

Array = NDArray[Any]
#: Which share of the values is blanked, and how many steps at most are completed one by one.
BLANK, ONE_BY_ONE = 0.3, 40


def nulls(checks: Checks, scorer: Any, frame: Any, scores: Any, steps: StepsRead | None) -> None:
    """A number that is missing here and there can be scored, and changes nothing that is said of other customers."""
    with checks.rule("nulls"):
        names = list(dict.fromkeys([*fractional(frame), *_measured(frame, steps)]))
        if not names:
            raise Unlooked("the frame has no column of fractional numbers to blank")
        # What hangs on the rest of the frame was told under these names.
        apart = not (checks.failed("order") or checks.failed("splitting"))
        wanted = {name: values[1::2] for name, values in said(scores).items()}
        for name in names:
            blank = numbers_of(frame, name)
            if blank is None:
                continue
            blank[::2] = np.nan
            found = scorer.score(with_columns(frame, {name: blank}))
            beside = {what: values[1::2] for what, values in said(found).items()}
            wrong = [*compared(beside, wanted, "one side", "the other")] if apart else []
            need(not wrong, f"customers beside some of whom {name!r} is missing: {told(wrong)}")
            desired = np.asarray(found.desired, dtype=np.float64)
            known = desired[~np.isnan(desired)]
            need(((known >= 0) & (known <= 1)).all(), f"desired leaves [0, 1] where {name!r} is missing")


def completions(checks: Checks, scorer: Any, frame: Any, steps: StepsRead) -> None:
    """Blank some values, then fill them in again in several ways: D stays between the bounds that were said before."""
    with checks.rule("completions"):
        names = _measured(frame, steps)
        if not names:
            raise Unlooked("no measure of a step is a column of numbers in the frame")
        rng, columns = np.random.default_rng(5), {}
        for name in names:
            columns[name] = np.asarray(numbers_of(frame, name))
            columns[name][rng.random(len(columns[name])) < BLANK] = np.nan
        blanked = with_columns(frame, columns)
        before = scorer.score(blanked)
        if not hasattr(before, "low") or not hasattr(before, "high"):
            raise Unlooked("low and high are not said")
        here = steps_of(scorer, before, blanked)
        low, high = (np.asarray(bound, dtype=np.float64) for bound in (before.low, before.high))
        bounded = ~here.whole & ~(np.isnan(low) & np.isnan(high))
        if not bounded.any():
            raise Unlooked("low and high are not said of customers of whom a step is missing")
        looked, slack = 0, slack_of(before)
        for how, complete in _completed(frame, columns, here):
            then = scorer.score(complete)
            desired = np.asarray(then.desired, dtype=np.float64)
            rows = np.flatnonzero(bounded & steps_of(scorer, then, complete).whole & ~np.isnan(desired))
            looked += len(rows)
            outside = rows[(desired[rows] < low[rows] - slack) | (desired[rows] > high[rows] + slack)]
            if len(outside):
                row = int(outside[0])
                bounds = f"low {low[row]:.6g} and high {high[row]:.6g} do not hold what can be"
                need(held=False, message=f"{bounds}: desired is {desired[row]:.6g} with {how}, in row {row}")
        if not looked:
            raise Unlooked("what is missing cannot be completed in the frame")


def _measured(frame: Any, steps: StepsRead | None) -> list[str]:
    """Name the columns of numbers that measure steps, and are nobody's floor or target."""
    if steps is None:
        return []
    names = dict.fromkeys(step.measure.name for step in steps.steps)
    return [name for name in names if name not in steps.bounds and numbers_of(frame, name) is not None]


def _completed(frame: Any, columns: dict[str, Array], here: StepsRead) -> Iterator[tuple[str, Any]]:
    """Fill in what is missing: as it was, all at floors, all at targets, and each step apart from the others."""
    yield "what is missing as it was", handed(frame)
    ends = {}
    for end, values in (("floor", here.floor), ("target", here.target)):
        ends[end] = {name: _first(here, values, name) for name in columns}
        yield f"all that is missing at its {end}", _filled(frame, columns, ends[end])
    numbers = np.unique(np.linspace(0, len(here.steps) - 1, min(len(here.steps), ONE_BY_ONE)).astype(int))
    for number in numbers.tolist():
        step = here.steps[number]
        for end, values, other in (("floor", here.floor, "target"), ("target", here.target, "floor")):
            if step.measure.name in columns:
                own = _first(here, values, step.measure.name, number)
                filling = ends[other] | {step.measure.name: own}
                yield f"{step.name!r} at its {end} and all else at {other}s", _filled(frame, columns, filling)


def _first(here: StepsRead, values: Array, name: str, number: int | None = None) -> Array:
    """Return an end of the step that is asked for, else of the first that the customer has, within hard limits."""
    found = np.full(len(values), np.nan)
    numbers = [place for place, step in enumerate(here.steps) if step.measure.name == name]
    for place in [*([] if number is None else [number]), *numbers]:
        open_ = np.isnan(found) & here.applies[:, place]
        found[open_] = values[open_, place]
    measure = here.steps[numbers[0]].measure
    least, most = (end if end is not None else np.nan for end in (measure.low, measure.high))
    within: Array = np.fmin(np.fmax(found, least), most)
    return np.where(np.isnan(found), np.nan, within)


def _filled(frame: Any, columns: dict[str, Array], filling: dict[str, Array]) -> Any:
    return with_columns(
        frame, {name: np.where(np.isnan(values), filling[name], values) for name, values in columns.items()}
    )
