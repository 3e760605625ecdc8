"""Inputs are plain frozen values."""

from __future__ import annotations

import pickle

import attrs
import pytest

from outcomegap.errors import ModelError
from outcomegap.model import (
    AppropriateExperience,
    DesiredOutcome,
    Expectation,
    Inputs,
    Measure,
    OutcomeModel,
    RequiredOutcome,
    SuccessGap,
    check,
)
from outcomegap.model.declaration import FrozenMap
from outcomegap.model.inputs import UNITS


def inputs(**more: object) -> Inputs:
    return Inputs(
        id="Kunde",
        keep=["CSM"],
        measures={"reply": {"column": "Reply (h)", "decimal": ","}, "n": {"table": "t", "aggregate": "count"}},
        **more,
    )


def test_equal_by_value_hashable_picklable_and_frozen() -> None:
    one, two = inputs(), inputs()
    assert one == two
    assert hash(one) == hash(two)
    assert pickle.loads(pickle.dumps(one)) == one
    assert one != inputs(segment="plan")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        one.id = "x"
    with pytest.raises(AttributeError):
        one.measures.x = 1


def model(with_inputs: Inputs | None) -> OutcomeModel:
    gap = SuccessGap("list", Measure("reply"), floor=0, target=500)
    asks = Expectation("API", Measure("api"), floor=0, target=1)
    outcome = DesiredOutcome(RequiredOutcome("sales", needs=gap), AppropriateExperience("how", expects=asks))
    return OutcomeModel("mail", desired_outcomes=[outcome], inputs=with_inputs)


def test_a_models_fingerprint_tells_inputs_apart() -> None:
    assert model(inputs()).fingerprint == model(inputs()).fingerprint
    assert model(inputs()).fingerprint != model(inputs(stage="s")).fingerprint
    assert model(inputs()).fingerprint != model(None).fingerprint


def test_check_names_prepared_measures_that_nothing_uses() -> None:
    assert [f.where for f in check(model(inputs()))] == ["inputs.measures.n"]


def test_of_none() -> None:
    given = {"count": 0.0, "distinct": 0.0, "sum": 0.0, "mean": None, "median": None, "max": None}
    for aggregate, value in given.items():
        source = Inputs(id="i", measures={"m": {"table": "t", "aggregate": aggregate}}).measures["m"]
        assert source.of_none == value
    for empty, value in ((5, 5.0), ("missing", None)):
        made = Inputs(id="i", measures={"m": {"table": "t", "aggregate": "count", "empty": empty}}).measures["m"]
        assert made.of_none == value


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        ({"measures": {"m": {"aggregate": "count"}}}, "measures.m.table"),
        ({"measures": {"m": {"start": "a", "column": "b"}}}, "measures.m.column"),
        ({"measures": {"m": {"table": "t", "aggregate": "count", "unit": "days"}}}, "measures.m.unit"),
        ({"measures": {"m": {"column": "a", "times": 2, "divided_by": 3}}}, "measures.m.divided_by"),
        ({"measures": {"m": {"column": "a", "decimal": ",", "thousands": ","}}}, "measures.m.thousands"),
        ({"measures": {"m": {"column": "a", "within_days": 3}}}, "measures.m.within_days"),
        ({"measures": {"m": {"column": "a", "missing": [float("nan")]}}}, "measures.m.missing"),
        ({"measures": {"m": {"column": "a", "times": 10**400}}}, "measures.m.times"),
        ({"stage": {"column": "a", "bands": {"x": [0, 3], "y": [2]}}}, "stage.bands.y"),
        ({"stage": {"column": "a", "bands": {"x": [3, 3]}}}, "stage.bands.x"),
        ({"stage": {"column": "a", "bands": {"x": [None]}}}, "stage.bands.x"),
        ({"stage": {"start": "a"}}, "stage.bands"),
        ({"stage": {"columns": ["a", "b"]}}, "stage.values"),
        ({"stage": {}}, "stage.column"),
        ({"stage": {"column": "a", "values": {"x": ["1"], "y": ["1"]}}}, "stage.values.y"),
        ({"stage": {"columns": ["a", "b"], "values": {"x": [["1", "*"]], "y": [["*", "2"]]}}}, "stage.values.y"),
        ({"keep": 5}, "keep"),
        ({"keep": [5]}, "keep.5"),
        ({"segment": 5}, "segment"),
        ({"measures": {"m": 5}}, "measures.m"),
        ({"expect": [5]}, "expect[0]"),
    ],
)
def test_what_cannot_mean_anything(bad: dict, where: str) -> None:
    with pytest.raises(ModelError) as caught:
        Inputs(id="id", **bad)
    assert where in [f.where for f in caught.value.findings]


def test_frozen_map_is_a_mapping_equal_by_value() -> None:
    table = FrozenMap({"a": 1, "b": 2})
    assert table == {"b": 2, "a": 1}
    assert hash(table) == hash(FrozenMap({"b": 2, "a": 1}))
    assert dict(table) == {"a": 1, "b": 2}
    assert table != {"a": 1}


def test_a_year_is_365_and_a_quarter_days() -> None:
    assert UNITS["years"] == 365.25 * UNITS["days"]
    assert UNITS["months"] * 12 == UNITS["years"]


def test_overlapping_patterns_are_fine_once_their_meeting_is_said() -> None:
    values = {"x": [["1", "*"]], "y": [["*", "2"], ["1", "2"]]}
    assert Inputs(segment={"columns": ["a", "b"], "values": values}).segment.patterns[0] == ("y", ("1", "2"))
