"""From columns to the steps of a starter model: unit, limits, floor, target and place of each, all of them guesses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from outcomegap.intake.guess_cells import plain, rounded
from outcomegap.intake.profile import Profile
from outcomegap.intake.scales import Scale, zero_is_code
from outcomegap.intake.words import Part, has, lower_is_better, part_of, unit_of

#: A tenth of the customers are at the floor or beyond, a quarter at the target or beyond.
FLOOR, TARGET = 0.10, 0.75
#: Floor and target that lie nearer to each other, as a share of the whole range, are one.
NEAR = 1e-12
_SHARE = frozenset(["rate", "share", "ratio", "percent", "percentage", "fraction", "pct"])
#: Columns of a frame that was read, and names of the starter's own gates.
TAKEN_MEASURES = ("id", "segment", "stage", "goal")
DOES_GATE, BETWEEN_GATE = "the product does its part", "the gaps are bridged"


@attrs.frozen
class Step:
    """One guessed step and its measure.

    Parameters
    ----------
    name, part
        What it is called, and the section it stands in.
    column, measure
        The column, and the name of its measure.
    unit, low, high
        Of the measure; None is none.
    floor, target
        The larger of the two is the better, unless the floor is.
    about
        Where floor and target come from, in words.
    source
        What ``[inputs.measures]`` says beside the column; empty where the column can be read as it is.
    doubtful
        A text of the column that may mean another number.
    """

    name: str
    part: Part
    column: str
    measure: str
    unit: str | None
    low: float | None
    high: float | None
    floor: float
    target: float
    about: tuple[str, str]
    source: Mapping[str, Any]
    doubtful: str | None = None


def too_far_apart(one: Profile) -> bool:
    """Tell whether numbers lie so far apart that their difference is none."""
    with np.errstate(over="ignore"):
        return not bool(np.isfinite(one.values[-1] - one.values[0]))


def steps_of(profiles: Sequence[Profile], scales: Mapping[str, Scale], taken: Sequence[str]) -> list[Step]:
    """Guess a step for each column.

    Parameters
    ----------
    profiles
        The columns to measure.
    scales
        The rating scales among them.
    taken
        Names that no measure may have.
    """
    measures, made = {*TAKEN_MEASURES, *taken}, {DOES_GATE, BETWEEN_GATE}
    steps = []
    for one in profiles:
        scale = scales.get(one.name)
        if scale is not None and zero_is_code(one, scale):
            one = one.without(0.0)  # noqa: PLW2901
        measure = _fresh(_measure_name(one.name), measures, "_")
        name = _fresh(_spoken(one.name), made, " ")
        steps.append(_step(one, scale, name, measure))
    return _on_both_sides(steps, made)


def _step(one: Profile, scale: Scale | None, name: str, measure: str) -> Step:
    lower = lower_is_better(one.name, asked=scale is not None)
    floor, target, about = _ends(one, scale, lower=lower)
    low, high = _limits(one, scale)
    return Step(
        name=name,
        part=part_of(one.name, asked=scale is not None),
        column=one.name,
        measure=measure,
        unit="%" if one.source.get("percent") else "points" if scale is not None else unit_of(one.name),
        low=low,
        high=high,
        floor=floor,
        target=target,
        about=about,
        source=one.source,
        doubtful=one.doubtful,
    )


def _limits(one: Profile, scale: Scale | None) -> tuple[float | None, float | None]:
    if scale is not None:
        return scale
    if not len(one.values) or one.values[0] < 0:
        return None, None
    top = 100.0 if one.source.get("percent") else 1.0
    flag = one.kind == "flag" or set(one.values.tolist()) <= {0.0, 1.0}
    share = bool(one.source.get("percent")) or has(one.name, _SHARE)
    return 0.0, top if flag or (share and one.values[-1] <= top) else None


def _ends(one: Profile, scale: Scale | None, *, lower: bool) -> tuple[float, float, tuple[str, str]]:
    """Return floor and target, and where they come from."""
    low, high = _range(one, scale)
    if low == high:
        ends = (0.0, low or 1.0) if low >= 0 else (low, 0.0)
        floor, target = ends[::-1] if lower else ends
        return plain(floor), plain(target), ("nothing to go by", "the same in every row")
    if one.kind == "flag" or set(one.values.tolist()) == {0.0, 1.0}:
        about = ("no", "yes") if not lower else ("yes", "no")
        return (1, 0, about) if lower else (0, 1, about)
    if len(one.values) < 2:  # a scale that nobody, or all alike, answered
        better = low + round(TARGET * (high - low))
        return (plain(high), plain(low + high - better), _SCALE) if lower else (plain(low), plain(better), _SCALE)
    floor, target = (
        (one.quantile(1 - FLOOR), one.quantile(1 - TARGET)) if lower else (one.quantile(FLOOR), one.quantile(TARGET))
    )
    about = ("10 % lie above", "25 % lie at or below") if lower else ("10 % lie below", "25 % lie at or above")
    if abs(floor - target) <= NEAR * (high - low):
        floor, target = (
            (float(one.values[-1]), float(one.values[0])) if lower else (float(one.values[0]), float(one.values[-1]))
        )
        about = ("the worst there is", "the best there is")
    if rounded(floor) != rounded(target):
        floor, target = rounded(floor), rounded(target)
    return plain(floor), plain(target), about


_SCALE = ("the scale's worst", "three quarters of the scale")


def _range(one: Profile, scale: Scale | None) -> tuple[float, float]:
    if scale is not None and len(one.values) < 2:
        return scale
    return float(one.values[0]), float(one.values[-1])


def _on_both_sides(steps: list[Step], made: set[str]) -> list[Step]:
    """See to it that something is required and something expected; a model needs both."""
    required = [step for step in steps if step.part != "expectations"]
    if required and len(required) < len(steps):
        return steps
    if len(steps) == 1:
        (only,) = steps
        other: Part = "gaps" if not required else "expectations"
        return [*steps, attrs.evolve(only, name=_fresh(only.name, made, " "), part=other)]
    half = len(steps) // 2
    if not required:
        return [attrs.evolve(step, part="gaps") for step in steps[:half]] + steps[half:]
    return steps[:-half] + [attrs.evolve(step, part="expectations") for step in steps[-half:]]


def _measure_name(column: str) -> str:
    """Return the column's name where it is one word, else one word made of it."""
    if re.fullmatch(r"\w+", column):
        return column
    return re.sub(r"\W+", "_", column.casefold()).strip("_") or "measure"


def _spoken(column: str) -> str:
    return " ".join(column.replace("_", " ").split()) or "step"


def _fresh(name: str, taken: set[str], gap: str) -> str:
    """Return the name, with a number where it is taken; take it."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}{gap}{number}"
    taken.add(found)
    return found
