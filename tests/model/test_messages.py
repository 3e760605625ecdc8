"""What constructors say of what cannot mean anything: which field, which value, what to do."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from outcomegap.checks import number_of
from outcomegap.errors import ModelError
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
from outcomegap.model.step import Knots
from tests.model.make import desired, gap, model_of, wish

A, B, C = gap("a"), gap("b"), gap("c")

REFUSED: dict[str, tuple[Callable[[], object], str, str]] = {
    # call, rule, where
    "blank": (lambda: Measure(" "), "name", "measures. "),
    "space": (lambda: Segment("x "), "name", "segments.x "),
    "slash": (lambda: Stage("a/b"), "name", "stages.a/b"),
    "star": (lambda: Segment("*"), "name", "segments.*"),
    "default": (lambda: Stage("default"), "name", "stages.default"),
    "column": (lambda: column(""), "name", "column"),
    "step name": (lambda: wish("", measure=Measure("m")), "name", "expectations."),
    "gate name": (lambda: AllOf(A, name=""), "name", "gate"),
    "unit": (lambda: Measure("m", unit=5), "type", "measures.m.unit"),
    "text number": (lambda: gap("a", floor="3"), "number", "gaps.a.floor"),
    "no number": (lambda: gap("a", target=None), "number", "gaps.a.target"),
    "truth": (lambda: gap("a", floor=True), "number", "gaps.a.floor"),
    "NumPy truth": (lambda: gap("a", floor=np.True_), "number", "gaps.a.floor"),
    "nan": (lambda: gap("a", floor=math.nan), "number", "gaps.a.floor"),
    "infinite": (lambda: Measure("m", high=-math.inf), "number", "measures.m.high"),
    "too large": (lambda: Measure("m", low=10**400), "number", "measures.m.low"),
    "crossed": (lambda: Measure("m", low=2, high=1), "range", "measures.m"),
    "point": (lambda: Measure("m", low=1, high=1.0), "range", "measures.m"),
    "three parts": (lambda: per_cell(1, {"a/b/c": 1}), "per-cell-key", "per_cell"),
    "star stage": (lambda: per_cell(1, {"a/*": 1}), "per-cell-key", "per_cell"),
    "per-cell text": (lambda: gap("a", target=per_cell("x", {})), "number", "gaps.a.target.default"),
    "per-cell nan": (lambda: gap("a", target=per_cell(1, {"s": math.nan})), "number", "gaps.a.target.s"),
    "measure": (lambda: SuccessGap("a", "m", floor=0, target=1), "measure", "gaps.a.measure"),
    "equal ends": (lambda: gap("a", floor=2, target=2.0), "floor-is-target", "gaps.a"),
    "curve name": (lambda: gap("a", curve="smoth"), "curve", "gaps.a.curve"),
    "far curve name": (lambda: gap("a", curve="zzz"), "curve", "gaps.a.curve"),
    "missing text": (lambda: gap("a", missing="skp"), "missing", "gaps.a.missing"),
    "missing range": (lambda: gap("a", missing=1.5), "missing", "gaps.a.missing"),
    "missing below": (lambda: gap("a", missing=-1), "missing", "gaps.a.missing"),
    "missing column": (lambda: gap("a", missing=column("x")), "missing", "gaps.a.missing"),
    "missing per cell": (lambda: gap("a", missing=per_cell(0, {"s": 7})), "missing", "gaps.a.missing.s"),
    "after a step": (lambda: gap("a", after=B), "after", "gaps.a.after"),
    "after a number": (lambda: gap("a", after=5), "after", "gaps.a.after"),
    "after a name": (lambda: gap("a", after=["b"]), "after", "gaps.a.after[0]"),
    "after across": (lambda: gap("a", after=[wish("w")]), "wrong-side", "gaps.a.after"),
    "after twice": (lambda: gap("a", after=[B, C, gap("b")]), "repeated-children", "gaps.a.after"),
    "bridgeable": (lambda: gap("a", bridgeable=1), "type", "gaps.a.bridgeable"),
    "status": (lambda: gap("a", status="done"), "choice", "gaps.a.status"),
    "ideal": (lambda: Segment("s", ideal="no"), "type", "segments.s.ideal"),
    "no child": (AllOf, "no-children", "all_of gate"),
    "no child of k": (lambda: AtLeast(1), "no-children", "at_least gate"),
    "child": (lambda: AnyOf(A, "b"), "child", "any_of gate"),
    "list of children": (lambda: AllOf([A]), "child", "all_of gate"),
    "twice": (lambda: AllOf(A, B, gap("a")), "repeated-children", "all_of gate"),
    "gate twice": (lambda: AnyOf(AllOf(A, B), AllOf(B, A), name="g"), "repeated-children", "gates.g"),
    "mean twice": (lambda: Mean(A, A), "repeated-children", "mean gate"),
    "k text": (lambda: AtLeast("2", A, B), "at-least-range", "at_least gate"),
    "k truth": (lambda: AtLeast(True, A, B), "at-least-range", "at_least gate"),
    "k left out": (lambda: AtLeast(A, B), "at-least-range", "at_least gate"),
    "k too large": (lambda: AtLeast(3, A, B), "at-least-range", "at_least gate"),
    "k none": (lambda: AtLeast(0, A, B, name="g"), "at-least-range", "gates.g"),
    "weights count": (lambda: Mean(A, B, weights=[1]), "weights", "mean gate"),
    "weight zero": (lambda: Mean(A, B, weights=(1, 0)), "weights", "mean gate"),
    "weight negative": (lambda: Mean(A, B, weights=(1, -2), name="g"), "weights", "gates.g"),
    "weight nan": (lambda: Mean(A, B, weights=(1, math.nan)), "weights", "mean gate"),
    "weight infinite": (lambda: Mean(A, B, weights=(1, math.inf)), "weights", "mean gate"),
    "weight per cell": (lambda: Mean(A, B, weights=(1, per_cell(None, {"s": 0}))), "weights", "mean gate.s"),
    "weight column": (lambda: Mean(A, B, weights=(1, column("w"))), "weights", "mean gate"),
    "needs": (lambda: RequiredOutcome("r", needs="list"), "part", "required outcome 'r'.needs"),
    "promised": (lambda: RequiredOutcome("r", needs=A, promised=1), "type", "required outcome 'r'.promised"),
    "measured by": (
        lambda: RequiredOutcome("r", needs=A, measured_by=AllOf(B)),
        "measured-by",
        "required outcome 'r'.measured_by",
    ),
    "expects": (lambda: AppropriateExperience("e", expects=None), "part", "appropriate experience 'e'.expects"),
    "required": (
        lambda: DesiredOutcome(A, AppropriateExperience("e", expects=wish("w"))),
        "type",
        "desired outcome 'a'.required",
    ),
    "experience": (lambda: DesiredOutcome(RequiredOutcome("r", needs=A), A), "type", "desired outcome 'r'.experience"),
    "outcome name": (lambda: desired(name=" x"), "name", "desired outcome ' x'"),
    "segments text": (lambda: desired(segments="startup"), "list", "desired outcome 'sales'.segments"),
    "stages number": (lambda: desired(stages=3), "list", "desired outcome 'sales'.stages"),
    "segments none": (lambda: desired(segments=[]), "list", "desired outcome 'sales'.segments"),
    "stages twice": (lambda: desired(stages=["s", Stage("s")]), "repeated", "desired outcome 'sales'.stages"),
    "segments item": (lambda: desired(segments=["a", 5]), "list", "desired outcome 'sales'.segments"),
    "threshold zero": (lambda: desired(achieved_at=0), "threshold", "desired outcome 'sales'.achieved_at"),
    "threshold above": (
        lambda: desired(appropriate_at=per_cell(0.5, {"s": 1.1})),
        "threshold",
        "desired outcome 'sales'.appropriate_at.s",
    ),
    "coverage below": (lambda: desired(min_coverage=-0.1), "threshold", "desired outcome 'sales'.min_coverage"),
    "coverage column": (lambda: desired(min_coverage=column("c")), "threshold", "desired outcome 'sales'.min_coverage"),
    "model name": (lambda: OutcomeModel("", desired_outcomes=[desired()]), "name", "model ''"),
    "no outcome": (lambda: OutcomeModel("m", desired_outcomes=[]), "type", "model 'm'.desired_outcomes"),
    "one outcome": (lambda: OutcomeModel("m", desired_outcomes=desired()), "type", "model 'm'.desired_outcomes"),
    "outcome by name": (lambda: OutcomeModel("m", desired_outcomes=["sales"]), "type", "model 'm'.desired_outcomes[0]"),
    "one segment": (lambda: model_of(segments="startup"), "type", "model 'm'.segments"),
    "wrong kind": (lambda: model_of(stages=[Segment("s")]), "type", "model 'm'.stages[0]"),
    "bad segment": (lambda: model_of(segments=["a/b"]), "name", "model 'm'.segments[0].name"),
    "threshold at": (lambda: Threshold(0), "curve", "curve threshold.at"),
    "threshold beyond": (lambda: Threshold(1.5), "curve", "curve threshold.at"),
    "threshold text": (lambda: Threshold("x"), "curve", "curve threshold.at"),
    "knots of numbers": (lambda: Knots([1, 2]), "curve", "curve knots"),
    "knots of texts": (lambda: Knots([("a", 1)]), "curve", "curve knots"),
}
#: Messages that are held word for word.
WORDS = {
    "blank": "a name must be text and must not be blank (got ' ')",
    "space": "name 'x ' begins or ends with white space; remove it",
    "slash": "name 'a/b' must not contain '/', and must not be '*' or 'default'",
    "column": "a name must be text and must not be blank (got '')",
    "text number": "must be a finite number (got '3')",
    "crossed": "low 2 must be below high 1",
    "three parts": "'a/b/c' is not a per-cell key; write 'segment', '*/stage' or 'segment/stage'",
    "measure": "must be an og.Measure (got 'm')",
    "equal ends": "floor and target are both 2; they must differ",
    "curve name": "there is no curve 'smoth' (did you mean 'smooth'?)",
    "missing range": 'must be a number between 0 and 1 or "skip" (got 1.5)',
    "after across": "builds on 'w', which is on the other side (experience)",
    "status": "cannot be 'done' (known: 'open', 'being closed', 'closed')",
    "promised": "must be true or false (got 1)",
    "segments none": "must name at least one",
    "stages twice": "names 's' twice",
    "threshold above": "must be a number above 0, up to 1 (got 1.1)",
    "no outcome": "is empty; give at least one",
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_mean_anything(case):
    call, rule, where = REFUSED[case]
    with pytest.raises(ModelError) as caught:
        call()
    assert [(finding.rule, finding.where) for finding in caught.value.findings] == [(rule, where)]
    assert caught.value.findings[0].message == WORDS.get(case, caught.value.findings[0].message)


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
    for call, where in ((lambda: Knots(points), "curve knots"), (lambda: gap("a", curve=points), "gaps.a.curve")):
        with pytest.raises(ModelError) as caught:
            call()
        assert [(finding.rule, finding.where) for finding in caught.value.findings] == [("curve", where)]


def test_every_number_that_is_one_passes():
    for value in (3, 3.0, np.float32(3), np.int8(3), np.float64(3), Decimal(3), Fraction(3)):
        found = number_of(value)
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
        lambda: AllOf(A, "b" * 1000),
        lambda: AtLeast("k" * 1000, A),
        lambda: gap("a", status="s" * 1000),
        lambda: Knots([(i / 100, 0.0) for i in range(100)]),
    ):
        with pytest.raises(ModelError) as caught:
            call()
        assert len(str(caught.value)) < 400


def test_all_of_a_steps_numbers_become_floats():
    step = ProductFunction("f", Measure("m", low=0, high=np.int64(10)), floor=Decimal("0.5"), target=2, missing=1)
    assert [type(x) for x in (step.floor, step.target, step.missing, step.measure.low, step.measure.high)] == [
        float
    ] * 5
    assert Mean(A, B).weights == (1.0, 1.0)
    assert [type(w) for w in Mean(A, B, weights=(np.int8(1), Fraction(1, 2))).weights] == [float] * 2
