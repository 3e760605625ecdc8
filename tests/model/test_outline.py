"""What a scorer of one's own says of itself: made whole, or everything that is wrong at once."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import outcomegap as og
from outcomegap.model.check import Outline

LOGINS = og.SuccessGap("logins", og.Measure("logins", low=0), floor=0, target=20)
REPLIES = og.Expectation("replies", og.Measure("hours"), floor=48, target=24)


def gap(name: str = "g", measure: str = "m", **more: Any) -> og.SuccessGap:
    return og.SuccessGap(name, og.Measure(measure), **({"floor": 0, "target": 1} | more))


def test_what_views_ask_of_it() -> None:
    outline = Outline(
        "own", [LOGINS, REPLIES], segments=["a", og.Segment("b", ideal=False)], stages=["s", og.Stage("t")]
    )
    assert [str(cell) for cell in outline.cells] == ["a/s", "a/t", "b/s", "b/t"]
    assert (outline.segment_names, outline.stage_names) == (("a", "b"), ("s", "t"))
    assert [segment.ideal for segment in outline.segments] == [True, False]
    assert outline.measures == (LOGINS.measure, REPLIES.measure)
    assert (outline.goals, outline.desired_outcomes, outline.inputs, outline.columns) == ((), (), None, ())
    assert repr(outline) == "<Outline 'own': 2 steps, 4 cells>"


def test_without_segments_and_stages_there_is_one_cell() -> None:
    outline = Outline("own")
    assert [str(cell) for cell in outline.cells] == ["all/all"]
    assert outline.steps == outline.measures == ()


def test_columns_of_floors_and_targets() -> None:
    steps = [gap("g", target=og.per_cell(og.column("a"), {"x": og.column("b")})), gap("h", floor=og.column("a"))]
    assert Outline("own", steps, segments=["x"]).columns == ("a", "b")


def test_steps_may_share_a_measure() -> None:
    assert len(Outline("own", [gap("g"), gap("h")]).measures) == 1


def test_the_fingerprint_is_of_what_it_says() -> None:
    outlines = [
        Outline("own", [LOGINS]),
        Outline("other", [LOGINS]),
        Outline("own", [REPLIES]),
        Outline("own", [LOGINS], segments=["a"]),
        Outline("own", [LOGINS], stages=["a"]),
        Outline("own", [LOGINS], description="x"),
    ]
    assert len({outline.fingerprint for outline in outlines}) == len(outlines)
    assert pickle.loads(pickle.dumps(outlines[3])) == outlines[3]
    assert pickle.loads(pickle.dumps(outlines[3])).fingerprint == outlines[3].fingerprint


@pytest.mark.parametrize(
    ("said", "rule", "where"),
    [
        ({"name": " "}, "name", "scorer ' '"),
        ({"name": " own"}, "name", "scorer ' own'"),
        ({"steps": LOGINS}, "steps", "scorer 'own'.steps"),
        ({"steps": ["logins"]}, "steps", "scorer 'own'.steps[0]"),
        ({"steps": [og.AllOf(LOGINS, gap())]}, "steps", "scorer 'own'.steps[0]"),
        ({"steps": [LOGINS, LOGINS]}, "duplicate-name", "gaps.logins"),
        ({"steps": [gap("g", "m"), gap("g", "n")]}, "duplicate-name", "gaps.g"),
        ({"segments": ["a", "a"]}, "duplicate-name", "segments.a"),
        ({"segments": ["a", og.Segment("a", ideal=False)]}, "duplicate-name", "segments.a"),
        ({"segments": ["a/b"]}, "name", "scorer 'own'.segments[0].name"),
        ({"segments": ["default"]}, "name", "scorer 'own'.segments[0].name"),
        ({"stages": ["s", "s"]}, "duplicate-name", "stages.s"),
        ({"stages": ["*"]}, "name", "scorer 'own'.stages[0].name"),
        (
            {"steps": [gap("g"), og.SuccessGap("h", og.Measure("m", unit="h"), floor=0, target=1)]},
            "duplicate-name",
            "measures.m",
        ),
        ({"steps": [gap(target=og.per_cell(1, {"x": 2}))]}, "per-cell-key", "gaps.g.target"),
        (
            {"steps": [gap(target=og.per_cell(1, {"entrprise": 2}))], "segments": ["enterprise", "small"]},
            "per-cell-key",
            "gaps.g.target",
        ),
        (
            {"steps": [gap(floor=og.per_cell(0, {"*/scalign": 2}))], "stages": ["scaling"]},
            "per-cell-key",
            "gaps.g.floor",
        ),
        (
            {"steps": [gap(target=og.per_cell(1, {"a": 0}))], "segments": ["a", "b"]},
            "floor-is-target",
            "gaps.g",
        ),
        (
            {
                "steps": [gap(floor=og.per_cell(og.column("c"), {"a": 0}), target=og.column("c"))],
                "segments": ["a", "b"],
            },
            "floor-is-target",
            "gaps.g",
        ),
        (
            {"steps": [gap(floor=og.per_cell(0, {"a": -1.7e308}), target=1.7e308)], "segments": ["a"]},
            "out-of-range",
            "gaps.g",
        ),
    ],
)
def test_what_cannot_be(said: dict[str, Any], rule: str, where: str) -> None:
    with pytest.raises(og.ModelError) as caught:
        Outline(**({"name": "own"} | said))
    assert [(finding.rule, finding.where) for finding in caught.value.findings] == [(rule, where)]


def test_a_key_that_names_the_one_implicit_segment() -> None:
    assert Outline("own", [gap(target=og.per_cell(1, {"all": 2, "*/all": 3}))]).steps


def test_a_step_without_a_value_in_some_cell_is_no_fault_of_the_outline() -> None:
    """Whoever reads it off a frame needs the value; whoever says attainments does not."""
    assert Outline("own", [gap(target=og.per_cell(None, {"a": 1}))], segments=["a", "b"]).steps


def test_everything_at_once() -> None:
    with pytest.raises(og.ModelError) as caught:
        Outline("", [LOGINS, LOGINS, "x", 3], segments=["a/b", "s", "s"], description=5)
    assert [finding.rule for finding in caught.value.findings] == ["name", "name", "type", "steps", "steps"]
    far = gap("far", "m", target=og.per_cell(1, {"x": 2, "*/y": 3}))
    with pytest.raises(og.ModelError) as caught:
        Outline("own", [far, og.SuccessGap("same", og.Measure("m", low=0), floor=og.per_cell(0, {"all": 1}), target=1)])
    assert [f.rule for f in caught.value.findings] == [
        "duplicate-name",
        "per-cell-key",
        "per-cell-key",
        "floor-is-target",
    ]
