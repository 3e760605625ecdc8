"""Each rule of `outcomegap.check`: that it fires, alone and in the right place, and that its neighbours pass."""

from __future__ import annotations

import inspect

import pytest

from outcomegap.errors import ModelError
from outcomegap.model import (
    AllOf,
    AnyOf,
    AtLeast,
    Inputs,
    Mean,
    Measure,
    OutcomeModel,
    Segment,
    Stage,
    check,
    column,
    curve,
    per_cell,
)
from outcomegap.model.check import RULES, raise_errors
from tests.model.make import desired, function, gap, model_of, wish

A, B, C = gap("a"), gap("b"), gap("c")
CELLS = {"segments": ["startup", "enterprise"], "stages": ["onboarding", "scaling"]}


def only(model: OutcomeModel) -> tuple[str, str, str, str]:
    """Return the one thing there is to say of a model: severity, rule, where, message."""
    found = check(model)
    assert len(found) == 1, [str(finding) for finding in found]
    return found[0].severity, found[0].rule, found[0].where, found[0].message


def error(rule: str, where: str, message: str) -> tuple[str, str, str, str]:
    return "error", rule, where, message


def fine(*models: OutcomeModel) -> None:
    for model in models:
        assert [str(finding) for finding in check(model)] == []


def of(*outcomes, **fields) -> OutcomeModel:
    return OutcomeModel("m", desired_outcomes=outcomes, **fields)


def test_a_plain_model_has_no_findings():
    fine(model_of(), model_of(AllOf(A, B), Mean(wish("x"), wish("y")), **CELLS))


# --- unique_names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "where", "message"),
    [
        (
            {"segments": ["a", "b", "a"]},
            "segments.a",
            "two segments are called 'a' (segments.a and segments.a); rename one",
        ),
        (
            {"segments": [Segment("a"), Segment("a", ideal=False)]},
            "segments.a",
            "two segments are called 'a' (segments.a and segments.a); rename one",
        ),
        ({"stages": [Stage("x"), "x"]}, "stages.x", "two stages are called 'x' (stages.x and stages.x); rename one"),
    ],
)
def test_two_segments_or_stages_of_one_name(fields, where, message):
    assert only(model_of(**fields)) == error("duplicate-name", where, message)


def test_a_segment_and_a_stage_may_share_a_name():
    fine(model_of(segments=["a"], stages=["a"]))


def test_two_measures_of_one_name():
    needs = AllOf(gap("a", measure=Measure("n")), gap("b", measure=Measure("n", unit="h")))
    assert only(model_of(needs)) == error(
        "duplicate-name", "measures.n", "two measures are called 'n' (measures.n and measures.n); rename one"
    )
    fine(model_of(AllOf(*(gap(name, measure=Measure("n")) for name in "ab"))))


@pytest.mark.parametrize(
    ("needs", "where", "places"),
    [
        (AllOf(gap("a"), gap("a", target=2)), "gaps.a", "gaps.a and gaps.a"),
        (AllOf(function("a"), gap("a", measure=Measure("m"))), "functions.a", "functions.a and gaps.a"),
        (AllOf(A, AnyOf(B, C, name="a")), "gaps.a", "gaps.a and gates.a"),
        (AllOf(AnyOf(A, B, name="g"), AnyOf(B, C, name="g")), "gates.g", "gates.g and gates.g"),
    ],
)
def test_two_steps_of_one_name(needs, where, places):
    name = where.partition(".")[2]
    message = f"two steps are called {name!r} ({places}); rename one"
    assert only(model_of(needs)) == error("duplicate-name", where, message)


def test_a_step_of_either_side_and_an_observing_one_need_names_of_their_own():
    assert only(model_of(A, wish("a")))[1] == "duplicate-name"
    assert only(of(desired(A, measured_by=gap("a", target=2))))[1] == "duplicate-name"
    fine(of(desired(A, measured_by=gap("seen"))))


def test_one_step_in_several_places_is_one_step():
    both = AnyOf(A, B, name="both")
    fine(
        model_of(AllOf(A, both, AnyOf(AllOf(A, C), AnyOf(A, B, name="both")))),
        of(desired(both, segments=["s"]), desired(AllOf(both, C), segments=["t"]), segments=["s", "t"]),
        model_of(AllOf(AnyOf(A, B), AnyOf(B, C))),
        model_of(gap("a", after=[B]), wish("w")),
    )


# --- one_desired_outcome_per_cell ------------------------------------------------------------------------------------


def test_a_cell_without_a_desired_outcome():
    model = of(desired(segments=["startup"]), **CELLS)
    assert [(f.rule, f.where, f.message) for f in check(model)] == [
        ("no-desired-outcome", f"cells.enterprise/{stage}", "no desired outcome covers this cell; add one")
        for stage in CELLS["stages"]
    ]
    fine(of(desired(segments=["startup"]), desired(segments=["enterprise"]), **CELLS))


def test_two_desired_outcomes_of_one_name_in_a_cell():
    model = of(desired(), desired(expects=wish("w"), segments=["enterprise"], stages=["scaling"]), **CELLS)
    assert only(model) == error(
        "two-desired-outcomes",
        "cells.enterprise/scaling",
        "two desired outcomes called 'sales' cover this cell; narrow one, or give each its own name",
    )
    fine(of(desired(), desired(expects=wish("w"), name="second goal", segments=["enterprise"]), **CELLS))


# --- known_segments_and_stages ---------------------------------------------------------------------------------------


def test_a_desired_outcome_for_a_segment_or_stage_that_is_not_there():
    rest = desired(expects=wish("w"), segments=["enterprise"])
    model = of(desired(segments=["startup", "start-up"]), rest, **CELLS)
    assert only(model) == error(
        "unknown-segment",
        "desired_outcomes.sales.segments",
        "the model has no segment 'start-up' (did you mean 'startup'?)",
    )
    model = of(desired(stages=[*CELLS["stages"], "zzz"]), **CELLS)
    assert only(model) == error(
        "unknown-stage",
        "desired_outcomes.sales.stages",
        "the model has no stage 'zzz' (known: 'onboarding', 'scaling')",
    )
    fine(of(desired(segments=CELLS["segments"], stages=CELLS["stages"]), **CELLS))


# --- per_cell_keys ---------------------------------------------------------------------------------------------------

KEYED = {
    "gaps.list.floor": lambda value: desired(gap("list", floor=value)),
    "gaps.list.target": lambda value: desired(gap("list", target=value)),
    "gaps.list.missing": lambda value: desired(gap("list", missing=value)),
    "gaps.seen.target": lambda value: desired(measured_by=gap("seen", target=value)),
    "gaps.first.target": lambda value: desired(gap("list", after=[gap("first", target=value)])),
    "mean.weights.y": lambda value: desired(expects=Mean(wish("x"), wish("y"), weights=(1, value))),
    "gates.mix.weights.x": lambda value: desired(expects=Mean(wish("x"), wish("y"), weights=(value, 1), name="mix")),
    "mean.weights.any_of": lambda value: desired(
        expects=Mean(wish("x"), AnyOf(wish("y"), wish("z")), weights=(1, value))
    ),
    "mean.weights.pair": lambda value: desired(
        expects=Mean(AnyOf(wish("y"), wish("z"), name="pair"), wish("x"), weights=(value, 1))
    ),
    "desired_outcomes.sales.achieved_at": lambda value: desired(achieved_at=value),
    "desired_outcomes.sales.appropriate_at": lambda value: desired(appropriate_at=value),
    "desired_outcomes.sales.min_coverage": lambda value: desired(min_coverage=value),
}


@pytest.mark.parametrize("where", KEYED)
def test_a_per_cell_key_that_names_no_segment(where):
    message = "key 'enterprize' does not name a segment of the model (did you mean 'enterprise'?)"
    assert only(of(KEYED[where](per_cell(0.5, {"enterprize": 0.25})), **CELLS)) == error("per-cell-key", where, message)
    fine(of(KEYED[where](per_cell(0.5, {"enterprise": 0.25})), **CELLS))


@pytest.mark.parametrize(
    ("key", "messages"),
    [
        ("*/scalling", ["key '*/scalling' does not name a stage of the model (did you mean 'scaling'?)"]),
        ("startup/zzz", ["key 'startup/zzz' does not name a stage of the model (known: 'onboarding', 'scaling')"]),
        ("zzz/scaling", ["key 'zzz/scaling' does not name a segment of the model (known: 'startup', 'enterprise')"]),
        (
            "Startup/Scaling",
            [
                "key 'Startup/Scaling' does not name a segment of the model (did you mean 'startup'?)",
                "key 'Startup/Scaling' does not name a stage of the model (did you mean 'scaling'?)",
            ],
        ),
        ("scaling", ["key 'scaling' does not name a segment of the model (known: 'startup', 'enterprise')"]),
        ("*/scaling", []),
        ("startup/scaling", []),
    ],
)
def test_keys_of_every_form(key, messages):
    found = check(model_of(gap("list", target=per_cell(1, {key: 2})), **CELLS))
    assert [(finding.rule, finding.message) for finding in found] == [("per-cell-key", text) for text in messages]


def test_the_implicit_segment_and_stage_have_a_name():
    fine(model_of(gap("list", target=per_cell(1, {"all": 2, "*/all": 3, "all/all": 4}))))
    assert only(model_of(gap("list", target=per_cell(1, {"startup": 2}))))[1] == "per-cell-key"


# --- a_value_in_every_cell -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", [where for where in KEYED if where != "gaps.seen.target"])
def test_a_cell_without_a_value(where):
    outcome = KEYED[where](per_cell(None, {"startup": 0.25}))
    (finding,) = check(of(outcome, **CELLS))
    assert (finding.severity, finding.rule, finding.where) == ("error", "no-value", where)
    assert ", ".join(f"enterprise/{stage}" for stage in CELLS["stages"]) in finding.message
    fine(of(outcome, segments=["startup"]))
    fine(of(KEYED[where](per_cell(None, {"startup": 0.25, "enterprise": 0.5})), **CELLS))


def test_only_the_cells_that_use_a_value_need_it():
    here = desired(gap("list", target=per_cell(None, {"startup": 2})), segments=["startup"])
    fine(of(here, desired(A, segments=["enterprise"]), **CELLS))


def test_a_key_may_say_which_stages_have_a_value():
    target = per_cell(None, {"*/scaling": 2, "startup": 1, "enterprise/onboarding": 3})
    fine(model_of(gap("list", target=target), **CELLS))
    target = per_cell(None, {"*/scaling": 2, "startup": 1})
    assert only(model_of(gap("list", target=target), **CELLS))[3].startswith("has no value for enterprise/onboarding")


# --- floor_differs_from_target ---------------------------------------------------------------------------------------


def test_floor_and_target_equal_in_some_cell():
    model = model_of(gap("list", floor=per_cell(0, {"*/scaling": 500}), target=500), **CELLS)
    (finding,) = check(model)
    assert (finding.rule, finding.where) == ("floor-is-target", "gaps.list")
    assert ", ".join(f"{segment}/scaling" for segment in CELLS["segments"]) in finding.message
    model = model_of(
        gap("list", floor=per_cell(0, {"startup/scaling": 7}), target=per_cell(1, {"startup": 7})), **CELLS
    )
    assert only(model)[3] == "floor and target are both 7 in startup/scaling; they must differ"
    fine(model_of(gap("list", floor=per_cell(0, {"startup": 1}), target=per_cell(1, {"startup": 2})), **CELLS))


def test_floor_and_target_from_one_column():
    model = model_of(gap("list", floor=column("own"), target=column("own")))
    message = "floor and target are both column 'own' in all/all; they must differ"
    assert only(model) == error("floor-is-target", "gaps.list", message)
    fine(model_of(gap("list", floor=column("own"), target=column("other"))), model_of(gap("list", floor=column("own"))))


def test_a_cell_that_no_outcome_covers_uses_no_step():
    first, second = (desired(gap("list", floor=per_cell(0, {"b": 1})), segments=[s]) for s in "ab")
    assert only(of(second, desired(A, segments=["a"]), segments=["a", "b"]))[1] == "floor-is-target"
    fine(of(first, desired(A, segments=["b"]), segments=["a", "b"]))


def test_floor_and_target_too_far_apart():
    model = model_of(gap("list", floor=-1e308, target=1e308))
    message = "floor -1e+308 and target 1e+308 in all/all are too far apart for floating-point numbers"
    assert only(model) == error("out-of-range", "gaps.list", message)
    fine(model_of(gap("list", floor=-1e307, target=1e308)))


# --- within_hard_limits ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("target", "met"), [(1.5, False), (-0.5, False), (1, True), (0, True), (0.5, True)])
def test_a_target_outside_the_limits_of_its_measure(target, met):
    model = model_of(gap("list", measure=Measure("rate", low=0, high=1), floor=0.7, target=target))
    if met:
        fine(model)
        return
    message = f"target {target} in all/all is outside the limits of 'rate', so it is never met"
    assert only(model) == ("warning", "target-out-of-range", "gaps.list", message)


def test_limits_on_one_side_and_in_one_cell():
    target = per_cell(5, {"startup": -1})
    model = model_of(gap("list", measure=Measure("n", low=0), target=target), segments=["startup", "enterprise"])
    assert only(model)[3] == "target -1 in startup/all is outside the limits of 'n', so it is never met"
    model = model_of(gap("list", measure=Measure("n", high=4), target=target), segments=["startup", "enterprise"])
    assert only(model)[3] == "target 5 in enterprise/all is outside the limits of 'n', so it is never met"
    fine(
        model_of(gap("list", target=1e9)),
        model_of(gap("list", measure=Measure("n", low=0, high=1), target=column("own"))),
        model_of(gap("list", measure=Measure("n", low=0), floor=-5, target=1)),  # a floor beyond is fine
    )


# --- sides -----------------------------------------------------------------------------------------------------------


def test_a_step_on_the_other_side():
    assert only(model_of(AllOf(A, wish("w")), wish("x"))) == error(
        "wrong-side", "expectations.w", "Expectation cannot be under the required outcome of 'sales'"
    )
    assert only(model_of(A, Mean(wish("w"), function("f")))) == error(
        "wrong-side", "functions.f", "ProductFunction cannot be under the appropriate experience of 'sales'"
    )
    assert only(model_of(A, AnyOf(wish("w"), B)))[3].startswith("SuccessGap cannot be under the appropriate")


def test_one_measure_may_feed_both_sides():
    fine(model_of(gap("a", measure=Measure("n")), wish("b", measure=Measure("n"))))


# --- promises --------------------------------------------------------------------------------------------------------

STUCK = gap("stuck", bridgeable=False)
ALSO = gap("also", bridgeable=False)
UNREACHABLE = {
    "a condition among wishes": AllOf(STUCK, A, B, weights=(1, 0.5, 0.2)),
    "enough only without weight": AnyOf(AllOf(A, STUCK), B, weights=(1, 0)),
    "alone": STUCK,
    "one of all": AllOf(A, STUCK),
    "every way": AnyOf(STUCK, AllOf(ALSO, A)),
    "too few": AtLeast(2, A, STUCK, ALSO),
    "built on": gap("late", after=[STUCK]),
    "built on what is built on": AllOf(gap("last", after=[gap("late", after=[STUCK])]), A),
    "a mean of none": Mean(STUCK, ALSO),
}
REACHABLE = {
    "nice to have": AllOf(STUCK, A, weights=(0.5, 1)),
    "enough now and then": AnyOf(STUCK, A, weights=(1, 0.5)),
    "bridgeable": AllOf(A, B),
    "another way": AnyOf(STUCK, A),
    "enough": AtLeast(2, A, B, STUCK),
    "in part": Mean(STUCK, A),
    "built on another": AnyOf(gap("late", after=[STUCK]), A),
    "a function": function("f", after=[function("g")]),
}


@pytest.mark.parametrize("case", UNREACHABLE)
def test_a_promise_that_no_bridgeable_path_reaches(case):
    needs = UNREACHABLE[case]
    severity, rule, where, message = only(of(desired(needs, promised=True)))
    assert (severity, rule, where) == ("warning", "unreachable-promise", "desired_outcomes.sales.required")
    blocking = [step for step in (STUCK, ALSO) if step in model_of(needs).steps]
    assert set(message.partition("(")[2].partition(")")[0].split(", ")) == {repr(step.name) for step in blocking}
    assert message.startswith("promised, but an unbridgeable gap (")
    assert message.endswith(") blocks every path to it in all/all")
    fine(of(desired(needs)))  # nobody claims it


@pytest.mark.parametrize("case", REACHABLE)
def test_a_promise_that_can_be_kept(case):
    fine(of(desired(REACHABLE[case], promised=True)))


def test_an_unreachable_promise_names_its_cells():
    model = of(
        desired(STUCK, promised=True, segments=["b", "c"]),
        desired(promised=True, segments=["a"]),
        segments=["a", "b", "c"],
    )
    assert only(model)[3].endswith("blocks every path to it in b/all, c/all")
    needs = AllOf(A, STUCK, weights=(1, per_cell(1, {"a": 0, "b": 0.5})))
    assert only(of(desired(needs, promised=True), segments=["a", "b", "c"]))[3].endswith("path to it in c/all")
    many = of(desired(STUCK, promised=True), segments=[f"s{i}" for i in range(7)])
    assert only(many)[3].endswith("blocks every path to it in s0/all, s1/all, s2/all, s3/all, s4/all, ...")


def test_a_promise_hangs_on_the_weights_of_the_cell():
    needs = AllOf(gap("a"), STUCK, weights=(1, per_cell(1, {"b": 0.2, "c": 0})))
    model = of(desired(needs, promised=True), segments=["a", "b", "c"])
    assert only(model)[3].endswith("blocks every path to it in a/all")


def test_all_weights_of_a_gate_are_0_in_a_cell():
    needs = AllOf(gap("a"), gap("b"), weights=(per_cell(1, {"x": 0}), per_cell(0, {"y": 1})), name="list")
    model = of(desired(needs), segments=["x", "y", "z"])
    message = "all weights of AllOf('a', 'b', weights=(per_cell, per_cell)) are 0 in x/all; one child at least must"
    assert only(model) == ("error", "all-weights-0", "gates.list", f"{message} matter there")


# --- inputs ----------------------------------------------------------------------------------------------------------


def test_a_measure_that_is_prepared_and_never_used():
    model = model_of(inputs=Inputs(measures={"list": "L", "lists": "M"}))
    message = "no step uses it (did you mean 'list'?)"
    assert only(model) == ("warning", "unused-measure", "inputs.measures.lists", message)
    fine(
        model_of(inputs=Inputs(measures={"list": "L"})),
        model_of(inputs=Inputs(measures={"mrr": "M"}, keep=["mrr"])),
        model_of(gap("a", target=column("own")), inputs=Inputs(measures={"own": "O"})),
        of(desired(measured_by=gap("seen")), inputs=Inputs(measures={"seen": "S"})),
    )


def test_a_table_that_is_described_and_never_read():
    table = {"encoding": "cp949"}
    where, message = only(model_of(inputs=Inputs(tables={"customer": table})))[2:]
    assert where == "inputs.tables.customer"
    assert "did you mean 'customers'?" in message
    fine(
        model_of(inputs=Inputs(tables={"customers": table})),
        model_of(inputs=Inputs(customers="accounts", tables={"accounts": table})),
    )


def test_inputs_that_name_a_cell_that_is_not_there():
    values = {"startup": ["Basic"], "enterprize": ["Pro"]}
    model = model_of(inputs=Inputs(segment={"column": "plan", "values": values}), **CELLS)
    severity, rule, where, message = only(model)
    assert (severity, rule) == ("error", "unknown-segment")
    assert where.startswith("inputs.segment")
    assert "'enterprize'" in message
    assert "did you mean 'enterprise'?" in message
    fine(model_of(inputs=Inputs(segment={"column": "plan", "values": {"enterprise": ["Pro"]}}), **CELLS))


# --- opposite_directions ---------------------------------------------------------------------------------------------


def test_a_measure_that_is_better_high_here_and_low_there():
    hours = Measure("hours")
    more, less = gap("used", measure=hours, target=8), wish("rested", measure=hours, floor=10, target=2)
    message = "higher is better for 'used', lower is better for 'rested' in all/all; where it is missing, low and high are outer bounds"
    assert only(model_of(more, less)) == ("info", "opposite-directions", "measures.hours", message)
    fine(
        model_of(more, wish("busy", measure=hours, floor=2, target=9)),
        model_of(more, wish("rested", floor=10, target=2)),
        model_of(more, wish("rested", measure=hours, floor=10, target=column("own"))),
    )


def test_a_direction_that_nobody_has_said():
    severity, rule, where, message = only(model_of(gap("contacts", better="unknown")))
    assert (severity, rule, where) == ("warning", "direction-unknown", "gaps.contacts")
    assert "swap floor and target" in message
    fine(model_of(gap("a", floor=0, target=1, better="more")), model_of(gap("a", floor=1, target=0, better="less")))
    with pytest.raises(ModelError, match="floor 0 and target 1 say 'more'; swap them"):
        gap("a", floor=0, target=1, better="less")


def test_opposite_directions_in_one_cell_only():
    hours = Measure("hours")
    turned = wish("rested", measure=hours, target=per_cell(4, {"startup": -4}))
    message = only(model_of(gap("used", measure=hours), turned, segments=["startup", "enterprise"]))[3]
    assert "lower is better for 'rested' in startup/all" in message


# --- own_names -------------------------------------------------------------------------------------------------------


def late(z):
    return z**3


def early(z):
    return 1 - (1 - z) ** 3


def test_two_curves_of_one_name():
    needs = AllOf(gap("a", curve=curve("bend", late)), gap("b", curve=curve("bend", early)))
    assert only(model_of(needs)) == error(
        "duplicate-name", "gaps.a.curve", "two curves are called 'bend' (gaps.a.curve and gaps.b.curve); rename one"
    )
    fine(
        model_of(AllOf(gap("a", curve=curve("bend", late)), gap("b", curve=curve("bend", lambda z: z * z * z)))),
        model_of(AllOf(gap("a", curve=curve("late", late)), gap("b", curve=curve("early", early)))),
        model_of(AllOf(gap("a", curve=[(0, 0), (0.5, 0), (1, 1)]), gap("b", curve=[(0, 0), (0.5, 1), (1, 1)]))),
    )
    seen = gap("seen", curve=curve("bend", early))
    assert only(of(desired(gap("a", curve=curve("bend", late)), measured_by=seen)))[2] == "gaps.a.curve"


class Bent:
    name = "bend"

    def __init__(self, power):
        self.power = power

    def value(self, z):
        return z**self.power

    def slope(self, z):
        return self.power * z ** (self.power - 1)


def test_two_curve_objects_of_one_name():
    message = "two curves are called 'bend' (gaps.a.curve and gaps.b.curve); rename one"
    for first, second in ((Bent(2), Bent(3)), (Bent(3), curve("bend", late)), (curve("bend", late), Bent(3))):
        needs = AllOf(gap("a", curve=first), gap("b", curve=second))
        assert only(model_of(needs)) == error("duplicate-name", "gaps.a.curve", message)
    fine(model_of(AllOf(gap("a", curve=Bent(2)), gap("b", curve=Bent(2)))))


# --- all rules together ----------------------------------------------------------------------------------------------


def test_findings_come_errors_first_then_warnings_then_infos():
    hours = Measure("hours", high=5)
    model = model_of(
        gap("used", measure=hours, target=8),
        wish("rested", measure=hours, floor=9, target=per_cell(2, {"nobody": 1})),
    )
    assert [finding.severity for finding in check(model)] == ["error", "warning", "info"]


def test_every_error_is_raised_at_once_and_nothing_else():
    hours = Measure("hours", high=5)
    model = model_of(
        AllOf(gap("used", measure=hours, target=8), wish("astray")),
        wish("rested", measure=hours, floor=9, target=per_cell(2, {"nobody": 1})),
    )
    with pytest.raises(ModelError, match="model 'm' cannot be scored: 2 problems") as caught:
        raise_errors(model)
    assert [finding.rule for finding in caught.value.findings] == ["per-cell-key", "wrong-side"]
    raise_errors(model_of(gap("list", measure=hours, target=8)))  # a warning stops nobody


def test_every_rule_runs():
    """A rule that is written but not listed would never fire."""
    module = inspect.getmodule(check)
    assert module is not None
    rules = {
        function
        for name, function in vars(module).items()
        if inspect.isfunction(function)
        and not name.startswith("_")
        and list(inspect.signature(function).parameters) == ["model"]
        and inspect.signature(function).return_annotation == "Iterator[Finding]"
    }
    assert rules == set(RULES)
    assert len(RULES) == len(set(RULES))
