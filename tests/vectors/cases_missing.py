"""Missing values: numbers, skip, coverage, bounds (clause 2.5), and what to find out first."""

from __future__ import annotations

from collections.abc import Iterator

from outcomegap.model import AllOf, AnyOf, AtLeast, Mean, OutcomeModel, per_cell
from tests.vectors.case import Case, model, outcome, rows, step, wish

SKIP = "skip"


def of_numbers() -> Iterator[Case]:
    yield Case(
        "missing_numbers",
        "A missing step counts as its number: 1/2, 0, 1; the bounds put it at 0 and at 1.",
        model(AllOf(step("a"), step("b", missing=0), step("c", missing=1)), min_coverage=0),
        rows("a b c", (None, 1.0, 1.0), (1.0, None, 0.5), (0.5, 0.5, None), (None, None, None)),
        [
            {"R": "1/2", "R_low": "0", "R_high": "1", "state": "uncertain", "unknown": {"a": "1"}, "coverage": "3/4"},
            {"R": "0", "R_low": "0", "R_high": "1/2", "gain": {"b": "1/2", "c": "0"}, "unknown": {"b": "1/2"}},
            {"R": "1/4", "R_low": "0", "R_high": "1/4", "attribution": {"a": "3/8", "b": "3/8", "c": "0"}},
            {"R": "0", "attribution": {"a": "1/4", "b": "3/4", "c": "0"}, "R_coverage": "0", "coverage": "1/4"},
        ],
    )
    yield Case(
        "missing_number_under_mean",
        "A missing step with a number is not absent: the mean keeps its weight.",
        model(Mean(step("a", missing=0.25), step("b", missing=SKIP), weights=(3, 1))),
        rows("a b", (None, 1.0), (0.5, None)),
        [
            {"R": "7/16", "R_low": "1/4", "R_high": "1", "attribution": {"a": "9/16", "b": "0"}},
            {"R": "1/2", "R_low": "3/8", "R_high": "5/8", "unknown": {"b": "1/4"}, "leverage": {"a": "1", "b": "0"}},
        ],
    )
    yield Case(
        "missing_number_per_cell",
        "What a missing value counts as may differ by segment and stage.",
        OutcomeModel(
            "vector",
            desired_outcomes=[
                outcome(step("a", missing=per_cell(0.5, {"s": 0.25, "*/late": 0.75, "s/late": 1})), min_coverage=0)
            ],
            segments=["s", "t"],
            stages=["early", "late"],
        ),
        [
            {"segment": segment, "stage": stage, "a": None, "suits": 1.0}
            for segment in ("s", "t")
            for stage in ("early", "late")
        ],
        [{"R": "1/4"}, {"R": "1"}, {"R": "1/2"}, {"R": "3/4"}],
    )


def of_skipping() -> Iterator[Case]:
    a, b, c = (wish(name) for name in "abc")
    table = [
        {"x": 1.0, "a": None, "b": 0.5, "c": 0.25},
        {"x": 1.0, "a": None, "b": None, "c": 1.0},
        {"x": 1.0, "a": 1.0, "b": None, "c": None},
        {"x": 1.0, "a": None, "b": None, "c": None},
    ]
    yield Case(
        "skip_under_mean",
        "A mean is taken over what is known; with nothing known it drops nothing and each takes 1/2.",
        model(step("x"), Mean(a, b, c, weights=(2, 1, 1)), min_coverage=0),
        table,
        [
            {
                "E": "3/8",
                "E_low": "3/16",
                "E_high": "11/16",
                "leverage": {"a": "0", "b": "1/2"},
                "unknown": {"a": "1/2"},
            },
            {"E": "1", "E_low": "1/4", "E_high": "1", "unknown": {"a": "2/3", "b": "1/2"}, "state": "uncertain"},
            {"E": "1", "attribution": {"b": "0", "c": "0"}, "unknown": {"b": "1/3", "c": "1/3"}},
            {
                "E": "1/2",
                "attribution": {"a": "1/4", "b": "1/8", "c": "1/8"},
                "unknown": {"a": "1", "b": "1", "c": "1"},
            },
        ],
    )
    yield Case(
        "skip_elsewhere",
        "Under other gates skip means 1/2.",
        model(step("x"), AllOf(a, AnyOf(b, c)), min_coverage=0),
        table,
        [{"E": "5/16"}, {"E": "1/2"}, {"E": "3/4"}, {"E": "3/8", "E_low": "0", "E_high": "1"}],
    )
    yield Case(
        "skip_gate_under_mean",
        "A gate is absent when all its steps are; one known step keeps it, and the others take 1/2.",
        model(step("x"), Mean(a, AllOf(b, c), weights=(1, 3)), min_coverage=0),
        table,
        [
            {"E": "1/8"},
            {"E": "1/2", "leverage": {"a": "0", "b": "1", "c": "1/2"}, "attribution": {"a": "0", "b": "1/2", "c": "0"}},
            {"E": "1", "E_low": "1/4", "leverage": {"a": "1", "b": "0", "c": "0"}, "unknown": {"b": "3/8"}},
            {"E": "5/16"},
        ],
    )
    yield Case(
        "skip_nested_means",
        "An inner mean drops what is absent, and is itself dropped when nothing below it is known.",
        model(step("x"), Mean(a, Mean(b, c, weights=(1, 2))), min_coverage=0),
        table,
        [
            {"E": "1/3", "leverage": {"b": "1/3", "c": "2/3"}},
            {"E": "1", "leverage": {"a": "0", "b": "0", "c": "1"}},
            {"E": "1", "leverage": {"a": "1", "b": "0"}, "unknown": {"b": "1/2"}},
            {"E": "1/2", "leverage": {"a": "1/2", "b": "1/6"}},
        ],
    )
    yield Case(
        "skip_in_two_places",
        "A step absent from a mean still counts 1/2 where another gate needs it.",
        model(step("x"), AllOf(Mean(a, b), AnyOf(a, c)), min_coverage=0),
        table,
        [
            {"E": "5/16", "leverage": {"a": "3/8", "b": "5/8"}, "unknown": {"a": "11/16"}},
            {"E": "1/2"},
            {"E": "1", "leverage": {"a": "1", "b": "0", "c": "0"}},
            {"E": "7/16"},
        ],
    )
    shared = Mean(a, b)
    yield Case(
        "skip_alike_after_dropping",
        "Two means that look alike after dropping keep two draws; a shared one has one.",
        model(step("x"), AllOf(Mean(a, b, c), AnyOf(Mean(a, b, c, weights=(1, 1, 2)), shared), shared), min_coverage=0),
        [{"x": 1.0, "a": 1.0, "b": 0.0, "c": None}],
        [{"E": "1/4"}],
    )


def of_after() -> Iterator[Case]:
    base = wish("base")
    late = wish("late", after=[base])
    yield Case(
        "skip_and_after",
        "A step's own value decides whether it is absent, not the steps it builds on.",
        model(step("x"), Mean(late, wish("other"), weights=(1, 1)), min_coverage=0),
        [
            {"x": 1.0, "base": None, "late": 1.0, "other": 0.0},
            {"x": 1.0, "base": 0.5, "late": None, "other": 1.0},
            {"x": 1.0, "base": None, "late": None, "other": None},
        ],
        [
            {"E": "1/4", "E_low": "0", "E_high": "1/2", "E_coverage": "2/3", "leverage": {"base": "1/2"}},
            # The point drops the late step; the bounds keep it, and it cannot hold more often than its base: 3/4. But
            # no bound lies within the point value.
            {
                "E": "1",
                "E_low": "1/2",
                "E_high": "1",
                "leverage": {"base": "0", "late": "0"},
                "unknown": {"late": "1/4"},
            },
            {"E": "3/8", "E_low": "0", "E_high": "1"},
        ],
    )


def of_coverage() -> Iterator[Case]:
    four = [wish(name) for name in "abcd"]
    known = [(1.0, 1.0, None, None), (1.0, None, None, None), (None, None, None, None)]
    yield Case(
        "coverage_half",
        "Half of the steps are enough by default; with fewer that side has no point value, the other keeps its own.",
        model(step("x"), Mean(*four)),
        [{"x": 0.5} | dict(zip("abcd", values, strict=True)) for values in known],
        [
            {"E": "1", "E_coverage": "1/2", "coverage": "3/5", "state": "successful", "gain": {"x": "1/2"}},
            {
                "R": "1/2",
                "E": None,
                "D": None,
                "required_gap": "1/2",
                "experience_gap": None,
                "point_state": "uncertain",
                "E_low": "1/4",
                "E_high": "1",
                "attribution": {"x": "1/2", "a": None},
                "leverage": {"x": None, "a": None},
                "gain": {"x": None, "b": None},
                "unknown": {"b": "1/4"},
            },
            {"E": None, "coverage": "1/5", "E_low": "0", "E_high": "1", "unknown": {"a": "1/2"}},
        ],
    )
    for name, least, size, enough in (("tenth", 0.1, 10, 1), ("two_thirds", 2 / 3, 6, 4), ("all", 1.0, 4, 4)):
        steps = [step(f"s{i}", missing=1) for i in range(size)]
        yield Case(
            f"coverage_{name}",
            f"Coverage just at min_coverage {least:.3g} is enough, one step less is not.",
            model(AllOf(*steps), min_coverage=least),
            [
                {"suits": 1.0} | {step.name: 0.5 if i < count else None for i, step in enumerate(steps)}
                for count in (enough, enough - 1)
            ],
            [{"R": f"1/{2**enough}", "R_low": "0" if enough < size else "1/16"}, {"R": None}],
        )
    yield Case(
        "coverage_required",
        "Without data on the required outcome neither its parts nor those of the experience are known.",
        model(Mean(step("r1"), step("r2"), step("r3")), wish("e")),
        [{"r1": 1.0, "r2": None, "r3": None, "e": 0.5}],
        [
            {
                "R": None,
                "E": "1/2",
                "D": None,
                "R_low": "1/3",
                "R_high": "1",
                "state": "uncertain",
                "attribution": {"r1": None, "r2": None, "e": None},
                "leverage": {"e": None},
                "unknown": {"r2": "1/6", "r3": "1/6"},
                "required_gap": None,
                "experience_gap": None,
            }
        ],
    )
    yield Case(
        "state_of_bounds",
        "The state is certain when both bounds agree on it, whatever is missing.",
        model(AllOf(step("a"), AtLeast(2, step("b"), step("c"), step("d"))), min_coverage=0),
        rows("a b c d", (1.0, 1.0, 1.0, None), (0.25, 1.0, None, None), (None, 1.0, 0.5, 0.0)),
        [
            {"R": "1", "R_low": "1", "R_high": "1", "state": "successful"},
            {"R": "3/16", "R_low": "0", "R_high": "1/4", "state": "failing"},
            {"R": "1/4", "R_low": "0", "R_high": "1/2", "state": "uncertain", "point_state": "failing"},
        ],
    )


def cases() -> Iterator[Case]:
    yield from of_numbers()
    yield from of_skipping()
    yield from of_after()
    yield from of_coverage()
