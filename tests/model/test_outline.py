"""What a scorer of one's own says of itself: made whole, or everything that is wrong at once."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import outcomegap as og
from outcomegap.model.outline import Outline

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


STEPS = "steps is a list of og.ProductFunction, og.SuccessGap or og.Expectation objects"
NAMES = "is a list of names, or og"


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"name": None}, "a name must be text"),
        ({"name": 3}, "a name must be text"),
        ({"name": " "}, "a name must be text"),
        ({"name": " own"}, "begins or ends with white space"),
        ({"description": None}, "description must be text"),
        ({"inputs": "id"}, "inputs is an og.Inputs"),
        ({"steps": None}, STEPS),
        ({"steps": "logins"}, STEPS),
        ({"steps": LOGINS}, STEPS),
        ({"steps": 3}, STEPS),
        ({"steps": {LOGINS, REPLIES}}, STEPS),
        ({"steps": {"logins": LOGINS}}, STEPS),
        ({"steps": iter([LOGINS])}, STEPS),
        ({"steps": (step for step in [LOGINS])}, STEPS),
        ({"steps": ["logins"]}, "not 'logins'"),
        ({"steps": [LOGINS, None]}, "not None"),
        ({"steps": [og.AllOf(LOGINS, gap())]}, "not AllOf"),
        ({"steps": [LOGINS.measure]}, "not Measure"),
        ({"steps": [type(LOGINS)]}, "not <class"),
        ({"steps": [LOGINS, LOGINS]}, "2 different steps are called 'logins'"),
        ({"steps": [gap("g", "m"), gap("g", "n")]}, "2 different steps are called 'g'"),
        ({"segments": "abc"}, f"segments {NAMES}.Segment"),
        ({"segments": None}, f"segments {NAMES}"),
        ({"segments": {"a", "b"}}, f"segments {NAMES}"),
        ({"segments": {"a": 1}}, f"segments {NAMES}"),
        ({"segments": iter("ab")}, f"segments {NAMES}"),
        ({"segments": og.Segment("a")}, f"segments {NAMES}"),
        ({"segments": ["a", 3]}, "segments holds names, or og.Segment objects, not 3"),
        ({"segments": ["a", og.Stage("b")]}, "not Stage"),
        ({"segments": ["a", "a"]}, "two segments are called 'a'"),
        ({"segments": ["a", og.Segment("a", ideal=False)]}, "two segments are called 'a'"),
        ({"segments": [""]}, "a name must be text that is not blank"),
        ({"segments": ["a/b"]}, "may hold no '/'"),
        ({"segments": ["default"]}, "neither '[*]' nor 'default'"),
        ({"stages": 5}, f"stages {NAMES}.Stage"),
        ({"stages": ["s", "s"]}, "two stages are called 's'"),
        ({"stages": ["*"]}, "neither '[*]' nor 'default'"),
        (
            {"steps": [gap("g"), og.SuccessGap("h", og.Measure("m", unit="h"), floor=0, target=1)]},
            "two measures are called 'm'",
        ),
        ({"steps": [gap(target=og.per_cell(1, {"x": 2}))]}, r"gaps.g.target: key 'x' names no segment"),
        (
            {"steps": [gap(target=og.per_cell(1, {"entrprise": 2}))], "segments": ["enterprise", "small"]},
            r"key 'entrprise' names no segment \(did you mean 'enterprise'\?\)",
        ),
        (
            {"steps": [gap(floor=og.per_cell(0, {"*/scalign": 2}))], "stages": ["scaling"]},
            r"gaps.g.floor: key '\*/scalign' names no stage \(did you mean 'scaling'\?\)",
        ),
        (
            {"steps": [gap(target=og.per_cell(1, {"a": 0}))], "segments": ["a", "b"]},
            "floor and target are both 0 in a/all; they must differ",
        ),
        (
            {
                "steps": [gap(floor=og.per_cell(og.column("c"), {"a": 0}), target=og.column("c"))],
                "segments": ["a", "b"],
            },
            "floor and target are both column 'c' in b/all",
        ),
        (
            {"steps": [gap(floor=og.per_cell(0, {"a": -1.7e308}), target=1.7e308)], "segments": ["a"]},
            "too far apart",
        ),
    ],
)
def test_what_cannot_be(said: dict[str, Any], says: str) -> None:
    with pytest.raises(og.ModelError, match=says) as caught:
        Outline(**({"name": "own"} | said))
    assert len(caught.value.findings) == 1


def test_a_key_that_names_the_one_implicit_segment() -> None:
    assert Outline("own", [gap(target=og.per_cell(1, {"all": 2, "*/all": 3}))]).steps


def test_a_step_without_a_value_in_some_cell_is_no_fault_of_the_outline() -> None:
    """Whoever reads it off a frame needs the value; whoever says attainments does not."""
    assert Outline("own", [gap(target=og.per_cell(None, {"a": 1}))], segments=["a", "b"]).steps


def test_everything_at_once() -> None:
    with pytest.raises(og.ModelError) as caught:
        Outline("", [LOGINS, LOGINS, "x", 3], segments=["a/b", "s", "s", 4], stages=None, description=5, inputs=6)
    rules = [finding.rule for finding in caught.value.findings]
    assert rules == [
        *("name", "text", "steps", "steps"),
        *("name", "segments", "stages", "inputs"),
    ]
    far = gap("far", "m", target=og.per_cell(1, {"x": 2, "*/y": 3}))
    with pytest.raises(og.ModelError) as caught:
        Outline("own", [far, og.SuccessGap("same", og.Measure("m", low=0), floor=og.per_cell(0, {"all": 1}), target=1)])
    assert [f.rule for f in caught.value.findings] == [
        "duplicate-name",
        "per-cell-key",
        "per-cell-key",
        "floor-is-target",
    ]
