"""What constructors say of what cannot mean anything: which field, which value, what to do."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from outcomegap.model import (
    AllOf,
    AnyOf,
    AppropriateExperience,
    AtLeast,
    DesiredOutcome,
    Mean,
    Measure,
    OutcomeModel,
    ProductFunction,
    RequiredOutcome,
    Segment,
    Stage,
    SuccessGap,
    Threshold,
    column,
    per_cell,
)
from outcomegap.model.curve import Knots
from outcomegap.model.values import number
from tests.model.make import desired, function, gap, model_of, said, wish

A, B, C = gap("a"), gap("b"), gap("c")

MESSAGES = {
    # names
    "blank": (lambda: Measure(" "), "name", "measure: a name must be text that is not blank (got ' ')"),
    "no text": (lambda: Measure(7), "name", "measure: a name must be text that is not blank (got 7)"),
    "space": (lambda: Segment("x "), "name", "segment: name 'x ' begins or ends with white space"),
    "slash": (lambda: Stage("a/b"), "name", "stage: name 'a/b' may hold no '/' and be neither '*' nor 'default'"),
    "star": (lambda: Segment("*"), "name", "segment: name '*' may hold no '/' and be neither '*' nor 'default'"),
    "default": (
        lambda: Stage("default"),
        "name",
        "stage: name 'default' may hold no '/' and be neither '*' nor 'default'",
    ),
    "column": (lambda: column(""), "name", "column: a name must be text that is not blank (got '')"),
    "step name": (
        lambda: wish("", measure=Measure("m")),
        "name",
        "expectation: a name must be text that is not blank (got '')",
    ),
    "gate name": (lambda: AllOf(A, name=""), "name", "gate: a name must be text that is not blank (got '')"),
    # text for people
    "unit": (lambda: Measure("m", unit=5), "text", "measures.m: unit must be text (got 5)"),
    "measure text": (lambda: Measure("m", description=None), "text", "measures.m: description must be text (got None)"),
    "owner": (lambda: gap("a", owner=["x"]), "text", "gaps.a: owner must be text (got ['x'])"),
    "remedy": (lambda: wish("a", remedy=1), "text", "expectations.a: remedy must be text (got 1)"),
    "step text": (lambda: function("a", description=1), "text", "functions.a: description must be text (got 1)"),
    "segment text": (lambda: Segment("s", description=1), "text", "segments.s: description must be text (got 1)"),
    "stage text": (lambda: Stage("s", description=[]), "text", "stages.s: description must be text (got [])"),
    "required text": (
        lambda: RequiredOutcome("r", needs=A, description=1),
        "text",
        "required outcome 'r': description must be text (got 1)",
    ),
    "experience text": (
        lambda: AppropriateExperience("e", expects=wish("x"), description=1),
        "text",
        "appropriate experience 'e': description must be text (got 1)",
    ),
    "model text": (lambda: model_of(description=1), "text", "model 'm': description must be text (got 1)"),
    # numbers
    "text number": (lambda: gap("a", floor="3"), "number", "gaps.a: floor must be a number (got '3')"),
    "no number": (lambda: gap("a", target=None), "number", "gaps.a: target must be a number (got None)"),
    "truth": (lambda: gap("a", floor=True), "number", "gaps.a: floor must be a number (got True)"),
    "NumPy truth": (lambda: gap("a", floor=np.True_), "number", f"gaps.a: floor must be a number (got {np.True_!r})"),
    "nan": (lambda: gap("a", floor=math.nan), "number", "gaps.a: floor must be finite (got nan)"),
    "infinite": (lambda: Measure("m", high=-math.inf), "number", "measures.m: high must be finite (got -inf)"),
    "too large": (
        lambda: Measure("m", low=10**400),
        "number",
        "measures.m: low must be a number within the range of floats",
    ),
    "crossed": (lambda: Measure("m", low=2, high=1), "range", "measures.m: low 2 must be below high 1"),
    "point": (lambda: Measure("m", low=1, high=1.0), "range", "measures.m: low 1 must be below high 1"),
    # per cell
    "three parts": (
        lambda: per_cell(1, {"a/b/c": 1}),
        "per-cell-key",
        "per_cell: 'a/b/c' is no cell; write 'segment', '*/stage' or 'segment/stage'",
    ),
    "star stage": (
        lambda: per_cell(1, {"a/*": 1}),
        "per-cell-key",
        "per_cell: 'a/*' is no cell; write 'segment', '*/stage' or 'segment/stage'",
    ),
    "no key": (
        lambda: per_cell(1, {5: 1}),
        "per-cell-key",
        "per_cell: 5 is no cell; write 'segment', '*/stage' or 'segment/stage'",
    ),
    "per-cell text": (lambda: per_cell("x", {}), "number", "per_cell: default must be a number (got 'x')"),
    "per-cell nan": (lambda: per_cell(1, {"a": math.nan}), "number", "per_cell: a must be finite (got nan)"),
    "pairs": (
        lambda: per_cell(1, [("a", 2)]),
        "per-cell",
        "per_cell: values is a mapping from cells to numbers (got [('a', 2)])",
    ),
    # steps
    "measure": (
        lambda: SuccessGap("a", "m", floor=0, target=1),
        "measure",
        "gaps.a: measure must be an og.Measure (got 'm')",
    ),
    "equal ends": (
        lambda: gap("a", floor=2, target=2.0),
        "floor-is-target",
        "gaps.a: floor and target are both 2; they must differ",
    ),
    "curve name": (lambda: gap("a", curve="smoth"), "curve", "gaps.a: no curve 'smoth' (did you mean 'smooth'?)"),
    "far curve name": (
        lambda: gap("a", curve="zzz"),
        "curve",
        "gaps.a: no curve 'zzz' (known: 'linear', 'threshold', 'smooth')",
    ),
    "no curve": (lambda: gap("a", curve=5), "curve", "gaps.a: 5 is no curve: name one, list knots, or use og.curve"),
    "missing text": (
        lambda: gap("a", missing="skp"),
        "missing",
        "gaps.a: missing must be \"skip\" or a number in [0, 1] (got 'skp')",
    ),
    "missing range": (lambda: gap("a", missing=1.5), "missing", "gaps.a: missing must lie in [0, 1] (got 1.5)"),
    "missing below": (lambda: gap("a", missing=-1), "missing", "gaps.a: missing must lie in [0, 1] (got -1)"),
    "missing column": (
        lambda: gap("a", missing=column("x")),
        "number",
        "gaps.a: missing cannot be taken from a column; give a number per cell",
    ),
    "missing per cell": (
        lambda: gap("a", missing=per_cell(0, {"s": 7})),
        "missing",
        "gaps.a: missing must lie in [0, 1] (got PerCell(default=0.0, values=(('s', 7.0),)))",
    ),
    "after a step": (
        lambda: gap("a", after=B),
        "after",
        "gaps.a: after is a list of steps (got SuccessGap('b', measure='b'))",
    ),
    "after a number": (lambda: gap("a", after=5), "after", "gaps.a: after is a list of steps (got 5)"),
    "after a name": (lambda: gap("a", after=["b"]), "after", "gaps.a: after lists steps, not 'b'"),
    "after across": (
        lambda: gap("a", after=[wish("w")]),
        "wrong-side",
        "gaps.a: builds on 'w', which stands on the other side (experience)",
    ),
    "after twice": (
        lambda: gap("a", after=[B, C, gap("b")]),
        "repeated-children",
        "gaps.a: after names a step twice ('b')",
    ),
    "bridgeable": (
        lambda: gap("a", bridgeable=1),
        "bridgeable",
        "gaps.a: bridgeable must be true or false (got 1)",
    ),
    "status": (
        lambda: gap("a", status="done"),
        "status",
        "gaps.a: status must be one of 'open', 'being closed', 'closed' (got 'done')",
    ),
    "ideal": (lambda: Segment("s", ideal="no"), "ideal", "segments.s: ideal must be true or false (got 'no')"),
    # gates
    "no child": (AllOf, "no-children", "all_of gate: a gate needs at least one child"),
    "no child of k": (lambda: AtLeast(1), "no-children", "at_least gate: a gate needs at least one child"),
    "child": (lambda: AnyOf(A, "b"), "child", "any_of gate: a child is a step or a gate, not 'b'"),
    "list of children": (
        lambda: AllOf([A]),
        "child",
        "all_of gate: a child is a step or a gate, not [SuccessGap('a', measure='a')]",
    ),
    "twice": (lambda: AllOf(A, B, gap("a")), "repeated-children", "all_of gate: 'a' stands there twice"),
    "gate twice": (
        lambda: AnyOf(AllOf(A, B), AllOf(B, A), name="g"),
        "repeated-children",
        "gates.g: AllOf('b', 'a') stands there twice",
    ),
    "mean twice": (lambda: Mean(A, A), "repeated-children", "mean gate: 'a' stands there twice"),
    "k text": (lambda: AtLeast("2", A, B), "at-least-range", "at_least gate: k must be a whole number (got '2')"),
    "k truth": (lambda: AtLeast(True, A, B), "at-least-range", "at_least gate: k must be a whole number (got True)"),
    "k left out": (
        lambda: AtLeast(A, B),
        "at-least-range",
        "at_least gate: k must be a whole number (got SuccessGap('a', measure='a'))",
    ),
    "k too large": (lambda: AtLeast(3, A, B), "at-least-range", "at_least gate: k must lie between 1 and 2 (got 3)"),
    "k none": (
        lambda: AtLeast(0, A, B, name="g"),
        "at-least-range",
        "gates.g: k must lie between 1 and 2 (got 0)",
    ),
    "weights count": (lambda: Mean(A, B, weights=[1]), "weights", "mean gate: 1 weights for 2 children"),
    "weight zero": (lambda: Mean(A, B, weights=(1, 0)), "weights", "mean gate: a weight must be positive (got 0)"),
    "weight negative": (
        lambda: Mean(A, B, weights=(1, -2), name="g"),
        "weights",
        "gates.g: a weight must be positive (got -2)",
    ),
    "weight nan": (lambda: Mean(A, B, weights=(1, math.nan)), "number", "mean gate: weight must be finite (got nan)"),
    "weight infinite": (
        lambda: Mean(A, B, weights=(1, math.inf)),
        "number",
        "mean gate: weight must be finite (got inf)",
    ),
    "weight per cell": (
        lambda: Mean(A, B, weights=(1, per_cell(None, {"s": 0}))),
        "weights",
        "mean gate: a weight must be positive (got PerCell(default=None, values=(('s', 0.0),)))",
    ),
    "weight column": (
        lambda: Mean(A, B, weights=(1, column("w"))),
        "number",
        "mean gate: weight cannot be taken from a column; give a number per cell",
    ),
    # outcomes
    "needs": (
        lambda: RequiredOutcome("r", needs="list"),
        "part",
        "required outcome 'r': needs is a gate or a step (got 'list')",
    ),
    "promised": (
        lambda: RequiredOutcome("r", needs=A, promised=1),
        "promised",
        "required outcome 'r': promised must be true or false (got 1)",
    ),
    "measured by": (
        lambda: RequiredOutcome("r", needs=A, measured_by=AllOf(B)),
        "measured-by",
        "required outcome 'r': measured_by is a step (got AllOf('b'))",
    ),
    "expects": (
        lambda: AppropriateExperience("e", expects=None),
        "part",
        "appropriate experience 'e': expects is a gate or a step (got None)",
    ),
    "required": (
        lambda: DesiredOutcome(A, AppropriateExperience("e", expects=wish("w"))),
        "part",
        "desired outcome: required is an og.RequiredOutcome (SuccessGap('a', measure='a'))",
    ),
    "experience": (
        lambda: DesiredOutcome(RequiredOutcome("r", needs=A), A),
        "part",
        "desired outcome 'r': experience is an og.AppropriateExperience (SuccessGap('a', measure='a'))",
    ),
    "outcome name": (lambda: desired(name=" x"), "name", "desired outcome: name ' x' begins or ends with white space"),
    "segments text": (
        lambda: desired(segments="startup"),
        "names",
        "desired outcome 'sales': segments is a list of names (got 'startup')",
    ),
    "stages number": (lambda: desired(stages=3), "names", "desired outcome 'sales': stages is a list of names (got 3)"),
    "segments none": (
        lambda: desired(segments=[]),
        "names",
        "desired outcome 'sales': segments is empty; leave it out to mean all",
    ),
    "stages twice": (
        lambda: desired(stages=["s", Stage("s")]),
        "names",
        "desired outcome 'sales': stages names one twice: ('s', 's')",
    ),
    "segments item": (
        lambda: desired(segments=["a", 5]),
        "name",
        "desired outcome 'sales': a name must be text that is not blank (got 5)",
    ),
    "threshold zero": (
        lambda: desired(achieved_at=0),
        "threshold",
        "desired outcome 'sales': achieved_at must lie above 0 and at most 1 (got 0.0)",
    ),
    "threshold above": (
        lambda: desired(appropriate_at=per_cell(0.5, {"s": 1.1})),
        "threshold",
        "desired outcome 'sales': appropriate_at must lie above 0 and at most 1 (got 1.1)",
    ),
    "coverage below": (
        lambda: desired(min_coverage=-0.1),
        "threshold",
        "desired outcome 'sales': min_coverage must lie in [0, 1] (got -0.1)",
    ),
    "coverage column": (
        lambda: desired(min_coverage=column("c")),
        "number",
        "desired outcome 'sales': min_coverage cannot be taken from a column; give a number per cell",
    ),
    # the model
    "model name": (
        lambda: OutcomeModel("", desired_outcomes=[desired()]),
        "name",
        "model: a name must be text that is not blank (got '')",
    ),
    "no outcome": (
        lambda: OutcomeModel("m", desired_outcomes=[]),
        "desired-outcomes",
        "model 'm': needs at least one desired outcome",
    ),
    "one outcome": (
        lambda: OutcomeModel("m", desired_outcomes=desired()),
        "desired_outcomes",
        "model 'm': desired_outcomes is a list (got DesiredOutcome('sales', segments=None, stages=None))",
    ),
    "outcome by name": (
        lambda: OutcomeModel("m", desired_outcomes=["sales"]),
        "desired_outcomes",
        "model 'm': desired_outcomes holds og.DesiredOutcome objects, not 'sales'",
    ),
    "one segment": (lambda: model_of(segments="startup"), "segments", "model 'm': segments is a list (got 'startup')"),
    "wrong kind": (
        lambda: model_of(stages=[Segment("s")]),
        "stages",
        "model 'm': stages holds og.Stage objects, not Segment(name='s', ideal=True, description='')",
    ),
    "bad segment": (
        lambda: model_of(segments=["a/b"]),
        "name",
        "segment: name 'a/b' may hold no '/' and be neither '*' nor 'default'",
    ),
    "inputs": (lambda: model_of(inputs={"id": "x"}), "inputs", "model 'm': inputs is an og.Inputs (got {'id': 'x'})"),
    # curves
    "threshold at": (lambda: Threshold(0), "curve", "curve threshold: at must be above 0 and at most 1 (got 0)"),
    "threshold beyond": (
        lambda: Threshold(1.5),
        "curve",
        "curve threshold: at must be above 0 and at most 1 (got 1.5)",
    ),
    "threshold text": (lambda: Threshold("x"), "number", "curve threshold: at must be a number (got 'x')"),
    "knots of numbers": (lambda: Knots([1, 2]), "curve", "curve knots: each knot is a pair (z, value)"),
    "knots of texts": (lambda: Knots([("a", 1)]), "number", "knots: z must be a number (got 'a')"),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_what_a_constructor_says(case):
    call, rule, message = MESSAGES[case]
    assert said(call) == (rule, message)


KNOTS = (
    "curve knots: knots run from (0, 0) to (1, 1), neither z nor value falls, at most two share one z, none jumps at 0 "
)


@pytest.mark.parametrize(
    "points",
    [
        [],
        [(0, 0)],
        [(0, 0.1), (1, 1)],
        [(0, 0), (1, 0.9)],
        [(0, 0), (0.5, 0.6), (0.7, 0.5), (1, 1)],
        [(0, 0), (0.7, 0.5), (0.5, 0.6), (1, 1)],
        [(0, 0), (0.5, 0.1), (0.5, 0.2), (0.5, 0.3), (1, 1)],
        [(0, 0), (0, 0.5), (1, 1)],
    ],
)
def test_knots_that_are_no_curve(points):
    shown = [[float(z), float(v)] for z, v in points]
    assert said(lambda: Knots(points)) == ("curve", f"{KNOTS}(got {shown!r})")
    assert said(lambda: gap("a", curve=points))[0] == "curve"


def test_every_number_that_is_one_passes():
    for value in (3, 3.0, np.float32(3), np.int8(3), np.float64(3), Decimal(3), Fraction(3)):
        found = number("here", "it", value)
        assert type(found) is float
        assert found == 3.0


def test_only_segments_and_stages_have_reserved_names():
    assert Measure("a/b").name == "a/b"
    assert gap("default", measure=Measure("*")).name == "default"
    assert desired(what="sales/mail").name == "sales/mail"


def test_what_has_a_default_is_said_by_name():
    """So that a later release can add to it, and a reader knows what a bare True means."""
    for call in (
        lambda: Segment("s", False),
        lambda: Segment("s", True, "text"),
        lambda: Stage("s", "text"),
        lambda: Measure("m", "h"),
        lambda: SuccessGap("a", Measure("m"), 0, 1),
        lambda: RequiredOutcome("r", A),
        lambda: AppropriateExperience("e", wish("w")),
        lambda: DesiredOutcome(desired().required, desired().experience, "name"),
        lambda: OutcomeModel("m", [desired()]),
    ):
        with pytest.raises(TypeError, match="positional argument"):
            call()


def test_a_long_value_is_cut_short():
    for call in (
        lambda: gap("a", curve={"x": "y" * 1000}),
        lambda: AllOf(A, "b" * 1000),
        lambda: AtLeast("k" * 1000, A),
        lambda: gap("a", status="s" * 1000),
        lambda: Knots([(i / 100, 0.0) for i in range(100)]),
    ):
        assert len(said(call)[1]) < 400


def test_all_of_a_steps_numbers_become_floats():
    step = ProductFunction("f", Measure("m", low=0, high=np.int64(10)), floor=Decimal("0.5"), target=2, missing=1)
    assert [type(x) for x in (step.floor, step.target, step.missing, step.measure.low, step.measure.high)] == [
        float
    ] * 5
    assert Mean(A, B).weights == (1.0, 1.0)
    assert [type(w) for w in Mean(A, B, weights=(np.int8(1), Fraction(1, 2))).weights] == [float] * 2
