"""Invented steps: measures, floors and targets, curves, what a missing value counts as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from outcomegap.model import Column, Expectation, Knots, Measure, ProductFunction, Step, SuccessGap, Threshold, per_cell
from outcomegap.model.step import Side
from outcomegap.testing.choose import Chooser, maybe, one_of, some
from outcomegap.testing.recipe import Recipe

#: Limits of a measure, and numbers within them for floors and targets: exact in binary and not, small and large.
SCALES: tuple[tuple[float | None, float | None, tuple[float, ...]], ...] = (
    (None, None, (0.0, 1.0, 2.0, 4.0, 0.5, 0.25, -0.5, -1.0, -3.0)),
    (0.0, 1.0, (0.0, 1.0, 0.5, 0.8, 0.99, 0.03, 0.1, 0.3, 0.7)),
    (0.0, None, (0.0, 500.0, 24.0, 48.0, 1.0, 2.0, 50_000.0, 0.015, 7.3)),
    (0.0, 10.0, (0.0, 10.0, 5.0, 3.0, 8.0, 1.0, 6.5, 9.9, 3.3)),
)
OWNERS = (None, "vendor", "customer", "joint", "partner")


@attrs.define
class Bench:
    """What the steps of one model are made with: the recipe, the names in use, the keys of its cells."""

    recipe: Recipe
    segments: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    measures: list[Measure] = attrs.field(factory=list)
    gate_names: int = 0

    @property
    def keys(self) -> list[str]:
        """Keys that `per_cell` may use in this model."""
        if not self.recipe.per_cell:
            return []
        pairs = [f"{segment}/{stage}" for segment in self.segments for stage in self.stages]
        return [*self.segments, *(f"*/{stage}" for stage in self.stages), *pairs]


def make_step(choose: Chooser, bench: Bench, side: Side, name: str, earlier: Sequence[Step] = ()) -> Step:
    """Invent a step of one side; it may build on `earlier` ones."""
    recipe = bench.recipe
    kind: type[Step] = Expectation if side == "experience" else one_of(choose, (SuccessGap, ProductFunction))
    measure = _measure(choose, bench)
    floors, targets = _ends(choose, measure)
    fields: dict[str, Any] = {
        "floor": _end(choose, bench, floors, f"own floor of {name}"),
        "target": _end(choose, bench, targets, f"own target of {name}"),
    }
    if recipe.curves and maybe(choose, 40):
        fields["curve"] = make_curve(choose, jumps=recipe.jumps)
    if maybe(choose, 30):
        fields |= _missing(choose, bench)
    elif side == "experience" and not recipe.skips:
        fields["missing"] = 0.5
    if recipe.after and earlier and maybe(choose, 35):
        fields["after"] = some(choose, earlier, 1, 2)
    if maybe(choose, 20):
        fields |= {"owner": one_of(choose, OWNERS), "remedy": f"guide to {name}"}
    if kind is SuccessGap and maybe(choose, 20):
        fields["bridgeable"] = False
    return kind(name, measure, **fields)


def make_curve(choose: Chooser, *, jumps: bool) -> Any:
    """Invent a curve, or the name of one."""
    kind = one_of(choose, ("smooth", "knots", "threshold", "step at") if jumps else ("smooth", "knots"))
    if kind == "step at":
        return Threshold(one_of(choose, (0.5, 0.25, 0.7, 1.0)))
    return _knots(choose, jumps=jumps) if kind == "knots" else kind


def _knots(choose: Chooser, *, jumps: bool) -> Knots:
    places = sorted(some(choose, (0.5, 0.25, 0.3, 0.7, 0.875), 1, 3))
    jumping = [z for z in (*places, 1.0) if jumps and maybe(choose, 40)]
    inner = [z for z in places for _ in range(2 if z in jumping else 1)] + [z for z in jumping if z == 1.0]
    values = sorted(choose.integer(0, 10) / 10 for _ in inner)
    return Knots([(0.0, 0.0), *zip(inner, values, strict=True), (1.0, 1.0)])  # type: ignore[arg-type]


def varied(choose: Chooser, bench: Bench, options: Sequence[Any]) -> Any:
    """Return one of the options, or `per_cell` of several."""
    keys = bench.keys
    if not keys or not maybe(choose, 30):
        return one_of(choose, options)
    if len(bench.segments) > 1 and maybe(choose, 20):  # every cell has its key, so no default is needed
        return per_cell(None, {segment: one_of(choose, options) for segment in bench.segments})
    return per_cell(one_of(choose, options), {key: one_of(choose, options) for key in some(choose, keys, 1, 3)})


def _measure(choose: Chooser, bench: Bench) -> Measure:
    if bench.recipe.sharing and bench.measures and maybe(choose, 15):
        return one_of(choose, bench.measures)
    low, high, _ = one_of(choose, SCALES)
    measure = Measure(f"m{len(bench.measures)}", low=low, high=high)
    bench.measures.append(measure)
    return measure


def numbers_of(measure: Measure) -> tuple[float, ...]:
    """Return numbers within the limits of a measure, the simplest first."""
    fitting = (numbers for low, high, numbers in SCALES if (low, high) == (measure.low, measure.high))
    return next(fitting, _between(measure.low, measure.high))


def _between(low: float | None, high: float | None) -> tuple[float, ...]:
    start = low if low is not None else (high or 0.0) - 3.0
    end = high if high is not None else start + 3.0
    return tuple(start + (end - start) * i / 4 for i in (0, 4, 2, 1, 3))


def _ends(choose: Chooser, measure: Measure) -> tuple[list[float], list[float]]:
    """Return numbers for the floor and others for the target, so that they differ in every cell."""
    numbers = numbers_of(measure)
    picked = some(choose, numbers, 2, 6)
    if len(picked) < 3:
        return picked[:1], picked[1:]
    half = len(picked) // 2
    return picked[:half], picked[half:]


def _end(choose: Chooser, bench: Bench, numbers: Sequence[float], own: str) -> Any:
    if bench.recipe.columns and maybe(choose, 25):
        return varied(choose, bench, [Column(own), *numbers]) if maybe(choose, 40) else Column(own)
    return varied(choose, bench, numbers)


def _missing(choose: Chooser, bench: Bench) -> dict[str, Any]:
    recipe = bench.recipe
    if recipe.skips and (not recipe.numbers or maybe(choose, 50)):
        return {"missing": "skip"}
    return {"missing": varied(choose, bench, (0.5, 0.0, 1.0, 0.25, 0.3))} if recipe.numbers else {"missing": 0.5}
