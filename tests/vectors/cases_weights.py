"""Weights: how necessary a child of AllOf is, how sufficient one of AnyOf (clause 2.3)."""

from __future__ import annotations

from collections.abc import Iterator

from outcomegap.model import AllOf, AnyOf, AtLeast, Mean, OutcomeModel, per_cell
from tests.vectors.case import Case, model, outcome, rows, step, wish

A, B, C, D = (step(name) for name in "abcd")
X, Y, Z = (wish(name) for name in "xyz")
SMALL, BIG = {"segment": "small"}, {"segment": "big"}


def two_segments(needs: object, expects: object = None, **fields: object) -> OutcomeModel:
    return OutcomeModel("vector", desired_outcomes=(outcome(needs, expects, **fields),), segments=("small", "big"))


def of_single_gates() -> Iterator[Case]:
    yield Case(
        "weights_all_of",
        "All of three, one of them a condition, one half necessary, one a quarter: 1 - w (1 - a) each.",
        model(AllOf(A, B, C, weights=(1, 0.5, 0.25))),
        rows("a b c", (0.5, 0.25, 1.0), (0.0, 1.0, 1.0), (1.0, 0.0, 0.0)),
        [
            {"R": "5/16", "attribution": {"a": "13/32", "b": "9/32", "c": "0"}, "out_of_reach": "0"},
            {"R": "0", "attribution": {"a": "1", "b": "0", "c": "0"}, "gain": {"a": "1", "b": "0"}},
            {"R": "3/8", "attribution": {"a": "0", "b": "7/16", "c": "3/16"}, "leverage": {"b": "3/8", "c": "1/8"}},
        ],
    )
    yield Case(
        "weights_any_of",
        "One of two is enough with probability 1/2, the other with 1/4: 3/8 stay out of reach.",
        model(AnyOf(A, B, weights=(0.5, 0.25))),
        rows("a b", (1.0, 1.0), (0.5, 0.0)),
        [
            {"R": "5/8", "attribution": {"a": "0", "b": "0"}, "required_out_of_reach": "3/8", "out_of_reach": "3/8"},
            {"R": "1/4", "attribution": {"a": "7/32", "b": "5/32"}, "required_gap": "3/4", "out_of_reach": "3/8"},
        ],
    )
    yield Case(
        "weights_out_of_reach_of_experience",
        "What is out of reach of the experience counts as much as the required outcome is reached.",
        model(A, AnyOf(X, Y, weights=(0.5, 0.5))),
        [{"a": 0.5, "x": 1.0, "y": 0.0}],
        [
            {
                "E": "1/2",
                "D": "1/4",
                "experience_out_of_reach": "1/8",
                "out_of_reach": "1/8",
                "attribution": {"y": "1/8"},
            }
        ],
    )


def of_sharing() -> Iterator[Case]:
    yield Case(
        "weights_shared_ways",
        "Two ways share a step; each has draws of its own.",
        model(AnyOf(AllOf(A, B, weights=(1, 0.5)), AllOf(A, C, weights=(1, 0.5)))),
        rows("a b c", (1.0, 0.0, 0.0), (0.5, 0.0, 0.0), (0.5, 1.0, 0.0)),
        [{"R": "3/4", "leverage": {"a": "3/4", "b": "1/4"}}, {"R": "3/8"}, {"R": "1/2", "leverage": {"c": "0"}}],
    )
    yield Case(
        "weights_equal_gates",
        "Gates written twice share their draws; with another weight they do not.",
        model(
            AllOf(AllOf(A, B, weights=(1, 0.5)), AnyOf(AllOf(B, A, weights=(0.5, 1)), C)),
            AllOf(AllOf(X, Y, weights=(1, 0.5)), AnyOf(AllOf(X, Y, weights=(1, 0.25)), Z)),
        ),
        [{"a": 1.0, "b": 0.0, "c": 0.0, "x": 1.0, "y": 0.0, "z": 0.0}],
        [{"R": "1/2", "E": "3/8", "leverage": {"c": "0"}}],
    )


def of_nesting() -> Iterator[Case]:
    yield Case(
        "weights_nested",
        "A weighted gate under a weighted gate.",
        model(AllOf(AnyOf(A, B, weights=(0.5, 1)), C, weights=(0.5, 1))),
        rows("a b c", (1.0, 0.0, 1.0), (0.5, 0.5, 0.5)),
        [{"R": "3/4", "out_of_reach": "0"}, {"R": "13/32"}],
    )
    mix = Mean(A, B)
    yield Case(
        "weights_with_mean",
        "A shared mean below weighted gates, and a weighted gate below a mean.",
        model(AllOf(mix, AnyOf(mix, C, weights=(0.5, 1)), weights=(0.5, 1)), Mean(X, AllOf(Y, Z, weights=(1, 0.5)))),
        [{"a": 1.0, "b": 0.0, "c": 0.0, "x": 0.0, "y": 1.0, "z": 0.0}],
        [{"R": "1/4", "E": "1/4", "leverage": {"a": "1/16", "z": "1/16"}}],
    )
    yield Case(
        "weights_under_at_least",
        "Two of three, one of which has a weight.",
        model(AtLeast(2, AllOf(A, B, weights=(1, 0.5)), C, D)),
        rows("a b c d", (1.0, 0.0, 0.5, 0.5)),
        [{"R": "1/2", "leverage": {"b": "1/4", "c": "1/2"}}],
    )


def of_cells() -> Iterator[Case]:
    yield Case(
        "weights_per_cell",
        "Where its weight is 0, a child is in neither coverage, bounds nor parts.",
        two_segments(AllOf(A, B, weights=(1, per_cell(0.5, {"small": 0})))),
        rows("a b", (0.5, None), **SMALL) + rows("a b", (0.5, 0.0), (0.5, None), **BIG),
        [
            {"R": "1/2", "R_low": "1/2", "R_high": "1/2", "coverage": "1", "attribution": {"a": "1/2", "b": "nothing"}},
            {"R": "1/4", "coverage": "1", "attribution": {"a": "3/8", "b": "3/8"}},
            {"R": "3/8", "R_low": "1/4", "R_high": "1/2", "R_coverage": "1/2", "unknown": {"b": "1/4"}},
        ],
    )
    first = step("first")
    yield Case(
        "weights_and_after",
        "What a step builds on counts only where the step does.",
        two_segments(AllOf(step("late", after=[first]), B, weights=(per_cell(0.5, {"small": 0}), 1))),
        rows("first late b", (0.5, 0.5, 1.0), **BIG) + rows("first late b", (None, None, 0.5), **SMALL),
        [
            {"R": "5/8", "leverage": {"first": "1/4", "late": "1/4"}, "R_coverage": "1"},
            {"R": "1/2", "R_coverage": "1", "observed": {"first": "nothing", "late": "nothing", "b": True}},
        ],
    )


def of_missing() -> Iterator[Case]:
    yield Case(
        "weights_missing",
        "A missing child counts as its number, and as 1/2 if it skips; a gate of missing children leaves its mean.",
        model(
            AllOf(A, step("b", missing=0.25), weights=(1, 0.5)),
            Mean(X, AllOf(Y, Z, weights=(1, 0.5))),
            min_coverage=0,
        ),
        rows("a b x y z", (1.0, None, 0.5, None, None), (1.0, 1.0, 0.5, 1.0, None)),
        [
            {"R": "5/8", "R_low": "1/2", "R_high": "1", "E": "1/2", "E_low": "1/4", "E_high": "3/4"},
            {"R": "1", "E": "5/8", "E_low": "1/2", "E_high": "3/4", "unknown": {"z": "1/4"}},
        ],
    )
    yield Case(
        "weights_skip_per_cell",
        "A child with a weight of 0 does not keep its gate in a mean.",
        two_segments(A, Mean(X, AllOf(Y, Z, weights=(1, per_cell(0.5, {"small": 0})))), min_coverage=0),
        [{"a": 1.0, "x": 0.5, "y": None, "z": 0.0} | segment for segment in (SMALL, BIG)],
        [
            {"E": "1/2", "E_low": "1/4", "E_high": "3/4", "E_coverage": "1/2"},
            {"E": "3/8", "E_low": "1/4", "E_high": "1/2", "E_coverage": "2/3"},
        ],
    )


def cases() -> Iterator[Case]:
    yield from of_single_gates()
    yield from of_sharing()
    yield from of_nesting()
    yield from of_cells()
    yield from of_missing()
