"""Attainment (2.2), cells and goals (2.1), customers' own numbers, thresholds (2.6)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from outcomegap.model import AllOf, AnyOf, Knots, Mean, OutcomeModel, Threshold, column, per_cell
from tests.vectors.case import Case, model, outcome, rows, step, wish


def below(x: float) -> float:
    """The float just below."""
    return math.nextafter(x, -math.inf)


def of_attainment() -> Iterator[Case]:
    yield Case(
        "higher_is_better",
        "From floor to target in proportion, clipped at both ends; met exactly at the target, by division.",
        model(step("x", floor=0.1, target=0.7)),
        rows("x", (0.1,), (0.7,), (0.0,), (0.9,), (-4.0,)),
        [{"R": "0"}, {"R": "1"}, {"R": "0"}, {"R": "1"}, {"R": "0"}],
    )
    yield Case(
        "lower_is_better",
        "A floor above the target: hours until a reply.",
        model(step("hours", floor=48, target=24)),
        rows("hours", (48.0,), (24.0,), (36.0,), (50.0,), (1.0,), (42.0,)),
        [{"R": "0"}, {"R": "1"}, {"R": "1/2"}, {"R": "0"}, {"R": "1"}, {"R": "1/4"}],
    )
    yield Case(
        "curve_threshold",
        "All or nothing: at the full target by default, from a part of the way when told so.",
        model(step("x", target=8, curve="threshold"), wish("y", target=8, curve=Threshold(0.75))),
        rows("x y", (8.0, 6.0), (below(8.0), below(6.0)), (9.0, 8.0), (0.0, 0.0)),
        [{"R": "1", "E": "1"}, {"R": "0", "E": "0"}, {"R": "1", "E": "1"}, {"R": "0", "E": "0"}],
    )
    yield Case(
        "curve_smooth",
        "Slow at both ends: 3 z^2 - 2 z^3.",
        model(step("x", target=4, curve="smooth")),
        rows("x", (1.0,), (2.0,), (3.0,), (4.0,)),
        [{"R": "5/32"}, {"R": "1/2"}, {"R": "27/32"}, {"R": "1"}],
    )
    knots = Knots([(0, 0), (0.5, 0.25), (0.5, 0.75), (1, 1)])  # type: ignore[arg-type]
    yield Case(
        "curve_knots_jump",
        "Straight pieces with a jump half way; at the jump the upper value counts.",
        model(step("x", target=8, curve=knots)),
        rows("x", (2.0,), (4.0,), (6.0,), (8.0,), (0.0,)),
        [{"R": "1/8"}, {"R": "3/4"}, {"R": "7/8"}, {"R": "1"}, {"R": "0"}],
    )
    flat = Knots([(0, 0), (0.25, 0), (0.25, 0.5), (0.75, 0.5), (1, 0.5), (1, 1)])  # type: ignore[arg-type]
    yield Case(
        "curve_knots_flat",
        "Flat pieces, and a jump at the target itself.",
        model(step("x", target=8, curve=flat)),
        rows("x", (1.0,), (2.0,), (5.0,), (below(8.0),), (8.0,), (12.0,)),
        [{"R": "0"}, {"R": "1/2"}, {"R": "1/2"}, {"R": "1/2"}, {"R": "1"}, {"R": "1"}],
    )
    yield Case(
        "curve_knots_lower",
        "Knots where lower is better: progress, not the value, meets the knot.",
        model(step("hours", floor=16, target=0, curve=[(0, 0), (0.5, 0.75), (1, 1)])),
        rows("hours", (16.0,), (8.0,), (4.0,), (0.0,)),
        [{"R": "0"}, {"R": "3/4"}, {"R": "7/8"}, {"R": "1"}],
    )


def of_cells() -> Iterator[Case]:
    grid = [(s, t) for s in ("small", "large") for t in ("new", "old")]
    made = OutcomeModel(
        "vector",
        desired_outcomes=[
            outcome(
                step(
                    "x",
                    floor=per_cell(0, {"large/old": 4}),
                    target=per_cell(8, {"large": 16, "*/old": 32, "large/old": 20}),
                ),
                Mean(wish("e"), wish("f"), weights=(per_cell(1, {"*/old": 3}), per_cell(1, {"large": 2}))),
            )
        ],
        segments=["small", "large"],
        stages=["new", "old"],
    )
    yield Case(
        "per_cell",
        "The most specific key wins, a segment before a stage: floors, targets and weights.",
        made,
        [{"segment": s, "stage": t, "x": 8.0, "e": 1.0, "f": 0.0} for s, t in grid],
        [{"R": "1", "E": "1/2"}, {"R": "1/4", "E": "3/4"}, {"R": "1/2", "E": "1/3"}, {"R": "1/4", "E": "3/5"}],
    )
    yield Case(
        "per_cell_direction",
        "Without a default every cell has its key; more is better for one segment, less for the other.",
        OutcomeModel(
            "vector",
            desired_outcomes=[
                outcome(
                    step(
                        "x",
                        floor=per_cell(None, {"small": 0, "large": 8}),
                        target=per_cell(None, {"small": 8, "large": 0}),
                    )
                )
            ],
            segments=["small", "large"],
        ),
        [{"segment": s, "x": x, "suits": 1.0} for s in ("small", "large") for x in (2.0, 8.0)],
        [{"R": "1/4"}, {"R": "1"}, {"R": "3/4"}, {"R": "0"}],
    )
    yield Case(
        "on_the_way",
        "What is due grows with the stage: on day three nobody has arrived, and a customer on the way is on course.",
        OutcomeModel(
            "vector",
            desired_outcomes=[
                outcome(step("steps done", target=per_cell(None, {"*/day 3": 1, "*/day 30": 4, "*/day 100": 8})))
            ],
            stages=["day 3", "day 30", "day 100"],
        ),
        [{"stage": stage, "steps done": 1.0, "suits": 1.0} for stage in ("day 3", "day 30", "day 100")],
        [{"R": "1", "state": "successful"}, {"R": "1/4", "state": "failing"}, {"R": "1/8", "state": "failing"}],
    )
    r1, r2, e1, e2 = step("r1"), step("r2"), wish("e1"), wish("e2")
    yield Case(
        "goals",
        "Two desired outcomes for one cell: customers carry their goal; in the other cell there is one.",
        OutcomeModel(
            "vector",
            desired_outcomes=[
                outcome(AllOf(r1, r2), e1, name="grow"),
                outcome(AnyOf(r1, r2), Mean(e1, e2), name="save", segments=["large"], achieved_at=0.8),
            ],
            segments=["small", "large"],
        ),
        [
            {"segment": s, "goal": g, "r1": 0.5, "r2": 0.5, "e1": 1.0, "e2": 0.0}
            for s, g in (("small", "grow"), ("large", "grow"), ("large", "save"))
        ],
        [
            {"R": "1/4", "E": "1", "state": "failing", "coverage": "1"},
            {"R": "1/4", "E": "1", "state": "failing"},
            {"R": "3/4", "E": "1/2", "D": "3/8", "state": "failing"},
        ],
    )
    yield Case(
        "outcomes_by_stage",
        "Another desired outcome for another stage; steps of the other one do not apply.",
        OutcomeModel(
            "vector",
            desired_outcomes=[
                outcome(r1, e1, name="start", stages=["early"]),
                outcome(AllOf(r1, r2), e2, name="run", stages=["late"]),
            ],
            stages=["early", "late"],
        ),
        [{"stage": t, "r1": 0.5, "r2": 0.5, "e1": 0.25, "e2": None} for t in ("early", "late")],
        [{"D": "1/8", "coverage": "1"}, {"R": "1/4", "E": None, "coverage": "2/3", "unknown": {"e2": "1/4"}}],
    )


def of_customers_own_numbers() -> Iterator[Case]:
    yield Case(
        "own_target",
        "A target that each customer brings along; one who brings none counts as missing.",
        model(step("x"), wish("reply", floor=48, target=column("sla_hours"))),
        rows("x reply sla_hours", (1.0, 24.0, 24.0), (1.0, 24.0, 0.0), (1.0, 24.0, None), (1.0, 72.0, 96.0)),
        [
            {"E": "1"},
            {"E": "1/2"},
            {"E": None, "E_coverage": "0", "state": "uncertain", "unknown": {"reply": "1"}},
            {"E": "1/2"},
        ],
    )
    yield Case(
        "own_floor_and_target",
        "Floor and target from columns, in one cell only.",
        OutcomeModel(
            "vector",
            desired_outcomes=[
                outcome(
                    step(
                        "x",
                        floor=per_cell(0, {"large": column("was")}),
                        target=per_cell(4, {"large": column("goal_x")}),
                    ),
                    min_coverage=0,
                )
            ],
            segments=["small", "large"],
        ),
        [
            {"segment": s, "x": x, "was": was, "goal_x": goal, "suits": 1.0}
            for s, x, was, goal in (
                ("small", 1.0, 2.0, 3.0),
                ("large", 1.0, 0.5, 2.5),
                ("large", 1.0, None, 2.0),
                ("small", 1.0, None, None),
                ("large", None, 0.0, 1.0),
            )
        ],
        [{"R": "1/4"}, {"R": "1/4"}, {"R": "1/2", "R_high": "1"}, {"R": "1/4", "coverage": "1"}, {"R": "1/2"}],
    )


def of_thresholds() -> Iterator[Case]:
    yield Case(
        "thresholds",
        "A part counts as reached at its threshold, within 1e-9.",
        model(step("r"), wish("e"), achieved_at=0.75, appropriate_at=0.25),
        rows(
            "r e",
            (0.75, 0.25),
            (0.75 - 2**-31, 0.25),
            (0.75 - 2**-27, 1.0),
            (0.75, 0.25 - 2**-31),
            (1.0, 0.25 - 2**-27),
        ),
        [
            {"state": "successful"},
            {"state": "successful"},
            {"state": "failing"},
            {"state": "successful"},
            {"state": "tolerating"},
        ],
    )
    yield Case(
        "thresholds_per_cell",
        "Thresholds, and how much must be known, may differ by segment.",
        OutcomeModel(
            "vector",
            desired_outcomes=[
                outcome(
                    Mean(step("r1"), step("r2"), step("r3")),
                    wish("e"),
                    achieved_at=per_cell(0.5, {"large": 1}),
                    appropriate_at=per_cell(0.5, {"large": 0.25}),
                    min_coverage=per_cell(0.75, {"large": 0.5}),
                )
            ],
            segments=["small", "large"],
        ),
        [
            {"segment": s, "r1": 1.0, "r2": r2, "r3": r3, "e": 0.25}
            for s in ("small", "large")
            for r2, r3 in ((1.0, 0.5), (1.0, None), (1.0, 1.0))
        ],
        [
            {"R": "5/6", "state": "tolerating"},
            {"R": None, "E": "1/4", "state": "tolerating", "point_state": "uncertain"},
            {"R": "1", "state": "tolerating"},
            {"R": "5/6", "state": "failing"},
            {"R": "5/6", "R_low": "2/3", "R_high": "1", "state": "uncertain", "point_state": "failing"},
            {"R": "1", "state": "successful"},
        ],
    )


def cases() -> Iterator[Case]:
    yield from of_attainment()
    yield from of_cells()
    yield from of_customers_own_numbers()
    yield from of_thresholds()
