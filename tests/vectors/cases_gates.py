"""Gates: alone, shared, nested, and steps that build on one another (clause 2.3)."""

from __future__ import annotations

from collections.abc import Iterator

from outcomegap.model import AllOf, AnyOf, AtLeast, Mean
from tests.vectors.case import Case, model, rows, step, wish

A, B, C, D = (step(name) for name in "abcd")
HALVES = (0.5, 0.5, 0.5)


def of_single_gates() -> Iterator[Case]:
    yield Case(
        "all_of",
        "All of three separate steps: their product.",
        model(AllOf(A, B, C)),
        rows("a b c", (0.5, 0.25, 1.0), (0.5, 0.5, 0.5), (0.0, 0.0, 1.0)),
        [
            {"R": "1/8", "attribution": {"a": "5/16", "b": "9/16", "c": "0"}, "leverage": {"a": "1/4", "c": "1/8"}},
            {"R": "1/8", "attribution": {"a": "7/24", "b": "7/24", "c": "7/24"}, "gain": {"a": "1/8"}},
            {"R": "0", "attribution": {"a": "1/2", "b": "1/2", "c": "0"}, "gain": {"a": "0", "b": "0", "c": "0"}},
        ],
    )
    yield Case(
        "any_of",
        "One of three separate steps is enough.",
        model(AnyOf(A, B, C)),
        rows("a b c", (0.5, 0.25, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        [
            {"R": "5/8", "attribution": {"a": "1/8", "b": "1/8", "c": "1/8"}, "leverage": {"a": "3/4", "c": "3/8"}},
            {"R": "1", "attribution": {"a": "0", "b": "0", "c": "0"}, "leverage": {"a": "1", "b": "0"}},
            {"R": "0", "attribution": {"a": "1/3", "b": "1/3", "c": "1/3"}, "gain": {"a": "1", "b": "1", "c": "1"}},
        ],
    )
    yield Case(
        "at_least",
        "Two of three.",
        model(AtLeast(2, A, B, C)),
        rows("a b c", HALVES, (1.0, 0.5, 0.0), (1.0, 0.0, 0.0)),
        [
            {"R": "1/2", "attribution": {"a": "1/6", "b": "1/6", "c": "1/6"}, "leverage": {"a": "1/2"}},
            {"R": "1/2", "attribution": {"a": "0", "b": "1/4", "c": "1/4"}, "leverage": {"b": "1", "c": "1/2"}},
            {"R": "0", "attribution": {"a": "0", "b": "1/2", "c": "1/2"}, "gain": {"b": "1", "c": "1"}},
        ],
    )
    yield Case(
        "at_least_ends",
        "At least one is any of them; at least all is all of them.",
        model(AtLeast(1, A, B), AtLeast(2, wish("d"), wish("e"))),
        [{"a": 0.5, "b": 0.5, "d": 0.5, "e": 0.25}],
        [{"R": "3/4", "E": "1/8"}],
    )
    yield Case(
        "mean",
        "A weighted mean: parts in proportion to weight and distance.",
        model(Mean(A, B, C, weights=(2, 1, 1))),
        rows("a b c", (0.5, 0.0, 1.0), (0.25, 0.25, 0.25)),
        [
            {"R": "1/2", "attribution": {"a": "1/4", "b": "1/4", "c": "0"}, "leverage": {"a": "1/2", "b": "1/4"}},
            {"R": "1/4", "attribution": {"a": "3/8", "b": "3/16", "c": "3/16"}, "gain": {"a": "3/8"}},
        ],
    )
    yield Case(
        "one_step",
        "A part may be one step, and a gate may have one child.",
        model(AllOf(AnyOf(A)), Mean(AtLeast(1, wish("e")), weights=(7,))),
        [{"a": 0.5, "e": 0.25}],
        [{"R": "1/2", "E": "1/4", "D": "1/8", "attribution": {"a": "1/2", "e": "3/8"}}],
    )


def of_sharing() -> Iterator[Case]:
    yield Case(
        "absorbed",
        "a OR (a AND b) is a: a step in two places is one step.",
        model(AnyOf(A, AllOf(A, B))),
        rows("a b", (0.5, 0.5), (0.0, 1.0)),
        [
            {"R": "1/2", "attribution": {"a": "1/2", "b": "0"}, "leverage": {"a": "1", "b": "0"}},
            {"R": "0", "attribution": {"a": "1", "b": "0"}},
        ],
    )
    x, y, z, u, bridge = (step(name) for name in ("x", "y", "z", "u", "bridge"))
    network = AnyOf(AllOf(x, y), AllOf(z, u), AllOf(x, bridge, u), AllOf(z, bridge, y))
    yield Case(
        "bridge_network",
        "Five halves in the bridge network make one half, by symmetry.",
        model(network),
        [
            {"x": 0.5, "y": 0.5, "z": 0.5, "u": 0.5, "bridge": 0.5, "suits": 1.0},
            {"x": 1.0, "y": 0.25, "z": 0.0, "u": 1.0, "bridge": 0.5, "suits": 1.0},
        ],
        [{"R": "1/2", "leverage": {"bridge": "1/8", "x": "3/8"}}, {"R": "5/8", "leverage": {"bridge": "3/4"}}],
    )
    pair = AllOf(B, C)
    yield Case(
        "shared_gate",
        "A gate in two places: a AND g, or d AND g.",
        model(AnyOf(AllOf(A, pair), AllOf(D, pair))),
        rows("a b c d", (0.5, 0.5, 1.0, 0.5)),
        [{"R": "3/8", "leverage": {"a": "1/4", "b": "3/4", "c": "3/8"}}],
    )
    yield Case(
        "equal_gates",
        "Gates written twice, with their children in another order, are one gate; so is a mean, with one draw.",
        model(AllOf(Mean(A, B, weights=(1, 3)), AnyOf(Mean(B, A, weights=(3, 1)), C))),
        rows("a b c", (1.0, 0.0, 0.0), (0.5, 0.5, 0.5)),
        [{"R": "1/4", "leverage": {"a": "1/4", "b": "3/4", "c": "0"}}, {"R": "1/2", "leverage": {"c": "0"}}],
    )
    yield Case(
        "different_means",
        "Two means that say the same with other weights are two: each has its own draw.",
        model(AllOf(Mean(A, B), AnyOf(Mean(A, B, weights=(2, 2)), C))),
        rows("a b c", (1.0, 0.0, 0.0), (1.0, 0.0, 1.0)),
        [{"R": "1/4"}, {"R": "1/2"}],
    )


def of_nesting() -> Iterator[Case]:
    inner = Mean(A, B)
    yield Case(
        "mean_under_gates",
        "A mean under AllOf, AnyOf and AtLeast, shared by all three: its draw is one.",
        model(AtLeast(2, AllOf(inner, C), AnyOf(inner, D), inner)),
        rows("a b c d", (1.0, 0.0, 0.0, 0.0), (0.5, 0.0, 1.0, 1.0)),
        [{"R": "1/2"}, {"R": "1/4"}],
    )
    yield Case(
        "nested_means",
        "A mean of means, one of which is shared.",
        model(Mean(inner, Mean(inner, C, weights=(1, 3)), D, weights=(1, 2, 1))),
        rows("a b c d", (0.5, 1.0, 0.0, 1.0)),
        [{"R": "17/32", "attribution": {"a": "3/32", "b": "0", "c": "3/8", "d": "0"}}],
    )
    yield Case(
        "gates_under_a_mean",
        "A mean of gates that share a step.",
        model(Mean(AllOf(A, B), AnyOf(A, C), AtLeast(2, A, B, C), weights=(1, 1, 2))),
        rows("a b c", HALVES),
        [{"R": "1/2", "leverage": {"a": "1/2", "b": "3/8", "c": "3/8"}}],
    )
    yield Case(
        "rare",
        "Chances near 1e-12 keep all their digits.",
        model(AnyOf(AllOf(A, B), AllOf(C, D))),
        rows("a b c d", (2.0**-20, 2.0**-20, 2.0**-21, 2.0**-21)),
        [{"R": "5497558138879/4835703278458516698824704"}],
    )


def of_steps_that_build_on_others() -> Iterator[Case]:
    first = step("first")
    second = step("second", after=[first])
    third = step("third", after=[second])
    table = rows("first second third", HALVES, (0.5, 1.0, 1.0), (0.0, 1.0, 1.0))
    yield Case(
        "after_chain",
        "Only the last of three steps stands in the outcome; it counts together with all that it builds on.",
        model(third),
        table,
        [
            {"R": "1/8", "attribution": {"first": "7/24", "second": "7/24", "third": "7/24"}, "coverage": "1"},
            {"R": "1/2", "attribution": {"first": "1/2", "second": "0", "third": "0"}},
            {"R": "0", "leverage": {"first": "1", "second": "0"}},
        ],
    )
    yield Case(
        "milestones",
        "Milestones in order, each worth a third: those after a missed one do not count.",
        model(Mean(first, second, third)),
        table,
        [
            {"R": "7/24", "leverage": {"first": "7/12", "second": "1/4", "third": "1/12"}},
            {"R": "1/2", "attribution": {"first": "1/2", "second": "0", "third": "0"}},
            {"R": "0", "gain": {"first": "1", "second": "0", "third": "0"}},
        ],
    )
    yield Case(
        "after_under_any_of",
        "Either of two steps on the same base: the base is needed once.",
        model(AnyOf(step("copy", after=[first]), step("offer", after=[first]))),
        rows("first copy offer", HALVES, (1.0, 0.0, 0.25)),
        [{"R": "3/8", "leverage": {"first": "3/4", "copy": "1/4"}}, {"R": "1/4"}],
    )
    both = step("both", after=[A, B])
    yield Case(
        "after_two",
        "A step on two others, one of which stands beside it.",
        model(AtLeast(2, A, both, C)),
        rows("a b both c", (0.5, 0.5, 1.0, 0.5)),
        [{"R": "3/8", "leverage": {"a": "3/4", "b": "1/4", "both": "1/8", "c": "1/4"}}],
    )
    asked = wish("asked")
    yield Case(
        "after_expectations",
        "Expectations build on one another too; parts of E are weighted with R.",
        model(A, Mean(asked, wish("heard", after=[asked]))),
        [{"a": 0.5, "asked": 0.5, "heard": 0.5}],
        [{"R": "1/2", "E": "3/8", "D": "3/16", "attribution": {"a": "1/2", "asked": "7/32", "heard": "3/32"}}],
    )


def cases() -> Iterator[Case]:
    yield from of_single_gates()
    yield from of_sharing()
    yield from of_nesting()
    yield from of_steps_that_build_on_others()
