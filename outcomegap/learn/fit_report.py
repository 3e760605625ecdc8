"""What a fit found: of each step what was and what is, of each weight an interval, and what the data cannot tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.learn.fit_gates import NOTHING
from outcomegap.learn.fit_likelihood import TINY, WRONG, Fitting, Numbers, Sample
from outcomegap.listing import Listing, Show, number, percent
from outcomegap.model.declaration import PerCell
from outcomegap.model.gate import short
from outcomegap.model.step import Knots, Step
from outcomegap.stats import z_of

Array = NDArray[Any]
#: A number between 0 and 1 whose standard error is larger is not told by the data; so near to an end it is at it.
TOO_WIDE, AT_END = 0.25, 1e-3
#: How many standard errors a slope must be from 0 to speak against a step's direction.
AGAINST = 3.0
#: A number that changed by more than this did not stay as it was.
MOVED = 1e-3
COLUMNS = ("step", "was", "is", "curve", "weight", "missing", "finding")


def parameters(
    fitting: Fitting, flat: Array, sample: Sample, steps: Sequence[Step], confidence: float, again: Sequence[Array] = ()
) -> Listing:
    """Return a row a number: what was, what is, its Wald interval, and whether the data tell it.

    Intervals are those of numbers inside their bounds, from Fisher's expected information; numbers at a bound, and
    those that the data do not tell, have none. Of fits to customers drawn `again`, they come from the spread. Where
    numbers are penalized, so are intervals: they tell how well the data and what cells share hold them.
    """
    numbers, where = Numbers.at(flat, fitting.first), Numbers.at(np.arange(len(flat)), fitting.first)
    inside = (flat > fitting.low + AT_END) & (flat < fitting.high - AT_END)
    free = np.flatnonzero(inside)
    covariance = np.zeros((len(flat), len(flat)))
    covariance[np.ix_(free, free)] = np.linalg.pinv(
        fitting.information(flat, sample)[np.ix_(free, free)], hermitian=True
    )
    if len(again) > 1:
        covariance = np.cov(np.array(again).T)
    reach, cells = z_of(confidence), [str(cell) for cell in fitting.cells]
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    rows: list[tuple[Any, ...]] = []

    def add(step: str, what: str, cell: str, before: float, value: float, error: float, *, known: bool = True) -> None:
        told = known and 0.0 < error <= TOO_WIDE and AT_END < value < 1.0 - AT_END
        ends = np.clip([value - reach * error, value + reach * error], 0.0, 1.0) if told else (np.nan, np.nan)
        rows.append((step, what, cell, before, value, error if error > 0 else np.nan, *ends, told))

    for at, (step, place) in enumerate(zip(steps, sample.places, strict=True)):
        if fitting.lacking[at]:
            missing = fitting.first.missing[at], numbers.missing[at], errors[where.missing[at]]
            add(step.name, "missing", "", *missing)
        increments, index = numbers.increments[at], where.increments[at]
        values, before = place.values(increments), np.cumsum([0.0, *place.first])
        for knot in range(1, place.size):
            slope = place.slopes(increments, np.eye(len(values))[knot])
            error = float(np.sqrt(max(slope @ covariance[np.ix_(index, index)] @ slope, 0.0)))
            add(step.name, f"curve at {number(place.knots[knot])}", "", before[knot], values[knot], error)
    for slots, weights, index, known in zip(fitting.slots, numbers.weights, where.weights, fitting.known, strict=True):
        for (gate, at), slot in slots.place.items():
            child, kind = gate.children[at], "necessity" if slots.needs[slot] else "weight"
            said = child.name or short(child), f"{kind} in {gate.name or short(gate, 0)}"
            held = slots.prior[slot], weights[slot], errors[index[slot]]
            for cell, before, value, error, told in zip(slots.cells, *held, known[slot], strict=True):
                add(*said, cells[cell], before, value, error, known=bool(told))
    names = ("step", "what", "cell", "before", "value", "error", "low", "high", "told")
    columns: dict[str, Any] = dict(zip(names, zip(*rows, strict=True), strict=True))
    falls = against(fitting, flat, sample)
    found = {"opposed": falls, "left out": fitting.stuck}
    facts = {
        name: {step.name for step, is_so in zip(steps, each, strict=True) if is_so} for name, each in found.items()
    }
    return Listing("numbers that were fitted", columns, formats={"told": "yes"}, hide=("error",), facts=facts)


def against(fitting: Fitting, flat: Array, sample: Sample) -> list[bool]:
    """Return of each step whether those further on had the good outcome less often than the fit says.

    It is Rao's score test of a line along the curve's knots, among those of a cell whose value is known.
    """
    p = WRONG + (1.0 - 2.0 * WRONG) * fitting.desired(flat, sample)[sample.order]
    found = []
    for step, place in enumerate(sample.places):
        index = sample.index[step] - sample.first[step]
        known, value = sample.weight * (index <= place.size), index + sample.part[step]
        mass, held = (np.bincount(sample.cells, known * each) for each in (1.0, value))
        far = known * (value - (held / np.maximum(mass, TINY))[sample.cells])
        found.append(bool(far @ (sample.good - p) < -AGAINST * np.sqrt(far**2 @ (p * (1.0 - p)))))
    return found


def listed(
    steps: Sequence[tuple[Step, Step | None]], numbers: Listing, title: str, notes: Sequence[str], facts: dict[str, Any]
) -> Listing:
    """Return a row a step: what was, what is, how necessary it is and what is found of it."""
    rows = []
    for before, after in steps:
        own = [row for row in numbers if row["step"] == before.name]
        weights = [row["value"] for row in own if row["cell"]]
        told = [row["told"] for row in own]
        if before.name in numbers.facts["left out"]:
            found = "history hardly varies it: left out; keep it by hand if it is required"
        elif after is None or max(weights, default=1.0) < NOTHING:
            opposed = before.name in numbers.facts["opposed"]
            found = "against its direction: it does not count" if opposed else "makes no difference"
        else:
            moved = any(abs(row["value"] - row["before"]) > MOVED for row in own)
            cannot = "the data hardly tell its numbers" if moved else "the data cannot tell; it stays as it was"
            found = "" if any(told) or not own else cannot
        is_now = ("", "") if after is None else (_ends(after), _curve(after))
        missing = next((row["value"] for row in own if row["what"] == "missing"), np.nan)
        rows.append((before.name, _ends(before), *is_now, _from_to(weights), missing, found))
    columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    shown = [Show("step"), *(Show(name) for name in COLUMNS[1:5]), Show("missing", form=percent), Show("finding")]
    return Listing(title, columns, show=shown, notes=notes, facts=facts, parts={"numbers": numbers})


def _ends(step: Step) -> str:
    """Return floor and target as text; several where cells differ."""
    return " to ".join(
        _from_to([*end]) if isinstance(end, PerCell) else number(end) if isinstance(end, float) else str(end)
        for end in (step.floor, step.target)
    )


def _from_to(values: Sequence[Any]) -> str:
    """Return one number, or the least and the most of several."""
    told = (
        sorted({number(each) for each in sorted(values)}, key=lambda each: float(each.replace(",", "")))
        if values
        else []
    )
    return told[0] if len(told) == 1 else f"{told[0]} .. {told[-1]}" if told else ""


def _curve(step: Step) -> str:
    """Return a curve in words."""
    if not isinstance(step.curve, Knots):
        return step.curve.name
    half = next(z for z, value in step.curve.points if value >= 0.5)
    return "mostly late" if half > 0.65 else "mostly early" if half < 0.35 else "bent"
