"""Invented models: pools of steps for both sides, desired outcomes over parts of them, cells."""

from __future__ import annotations

from typing import Any

from outcomegap.model import (
    AppropriateExperience,
    DesiredOutcome,
    Measure,
    OutcomeModel,
    RequiredOutcome,
    Segment,
    Stage,
    Step,
    SuccessGap,
    WeightedJoin,
)
from outcomegap.model.gate import Node
from outcomegap.model.step import Side
from outcomegap.testing.choose import Chooser, maybe, one_of, some, split
from outcomegap.testing.make_gate import make_root
from outcomegap.testing.make_step import Bench, make_step, varied
from outcomegap.testing.recipe import Recipe

SEGMENTS = ("startup", "enterprise", "agency")
STAGES = ("onboarding", "adopting", "scaling")
REACHED_AT = (0.5, 0.25, 0.75, 1.0, 0.1)
JOINS = ("weakest", WeightedJoin(required=2, experience=1), WeightedJoin(required=1, experience=3), "product")
COVERED_AT = (0.5, 0.0, 1.0, 0.6, 2 / 3, 0.1)


def make_model(choose: Chooser, recipe: Recipe) -> OutcomeModel:
    """Invent a model that `outcomegap.check` has no error for."""
    segments = SEGMENTS[: choose.integer(0, min(3, recipe.max_cells))]
    stages = STAGES[: choose.integer(0, min(3, recipe.max_cells // max(1, len(segments))))]
    bench = Bench(recipe, segments, stages)
    count = max(choose.integer(2, recipe.max_steps) for _ in range(2))
    least = max(1, count // 4)
    required = _pool(choose, bench, "required", "step", choose.integer(least, count - least))
    experience = _pool(choose, bench, "experience", "wish", count - len(required))
    used: tuple[list[Node], list[Node]] = ([], [])
    outcomes: list[DesiredOutcome] = []
    for place in _places(choose, bench):
        name = f"outcome {len(outcomes) + 1}"
        if outcomes and maybe(choose, 25):  # one required outcome, another experience: what segments differ in
            needed = outcomes[0].required
        else:
            needed = _required(choose, name, make_root(choose, bench, _part(choose, required), used[0]))
        root = make_root(choose, bench, _part(choose, experience), used[1])
        suits = AppropriateExperience(f"experience {len(outcomes) + 1}", expects=root)
        outcomes.append(DesiredOutcome(needed, suits, name=name, **place, **_more(choose, bench)))
    return OutcomeModel(
        "invented",
        desired_outcomes=tuple(outcomes),
        segments=tuple(Segment(name, ideal=not maybe(choose, 15)) for name in segments),
        stages=tuple(Stage(name) for name in stages),
    )


def _pool(choose: Chooser, bench: Bench, side: Side, word: str, count: int) -> list[Step]:
    pool: list[Step] = []
    for number in range(count):
        pool.append(make_step(choose, bench, side, f"{word} {number + 1}", pool))
    return pool


def _part(choose: Chooser, pool: list[Step]) -> list[Step]:
    return some(choose, pool, 1, len(pool)) if maybe(choose, 40) else pool


def _places(choose: Chooser, bench: Bench) -> list[dict[str, Any]]:
    """Return where each desired outcome holds; together they cover each cell, and none is called for twice."""
    segments, stages = bench.segments, bench.stages
    cells = max(1, len(segments)) * max(1, len(stages))
    places: list[dict[str, Any]] = [{}]
    if len(segments) > 1 and maybe(choose, 40):
        one, other = split(choose, segments)
        places = [{"segments": one}, {"segments": other}]
    elif len(stages) > 1 and maybe(choose, 30):
        one, other = split(choose, stages)
        places = [{"stages": one}, {"stages": other}]
    if bench.recipe.goals and cells < bench.recipe.max_cells and maybe(choose, 40):
        whole = 2 * cells <= bench.recipe.max_cells
        # A second goal everywhere, or in one cell only.
        places.append({} if whole else {"segments": segments[:1] or None, "stages": stages[:1] or None})
    return places


def _required(choose: Chooser, name: str, root: Node) -> RequiredOutcome:
    seen = None
    if maybe(choose, 10):
        seen = SuccessGap(f"{name} seen", Measure(f"seen of {name}", low=0, high=1), floor=0, target=1)
    return RequiredOutcome(f"{name} required", needs=root, promised=maybe(choose, 20), measured_by=seen)


def _more(choose: Chooser, bench: Bench) -> dict[str, Any]:
    """Invent thresholds and a rule that joins R and E, as far as they are wanted."""
    joined = {"join": one_of(choose, JOINS)} if bench.recipe.joins and maybe(choose, 70) else {}
    return _thresholds(choose, bench) | joined


def _thresholds(choose: Chooser, bench: Bench) -> dict[str, Any]:
    if not bench.recipe.thresholds:
        return {}
    options = (("achieved_at", REACHED_AT), ("appropriate_at", REACHED_AT), ("min_coverage", COVERED_AT))
    return {name: varied(choose, bench, numbers) for name, numbers in options if maybe(choose, 40)}
