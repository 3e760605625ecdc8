"""Gates in files: shared ones once, named ones by name, deep ones in pieces."""

from __future__ import annotations

from typing import Any

import pytest

import outcomegap as og
import outcomegap.files as files
from outcomegap.errors import ModelError
from outcomegap.files.model_file import DEEPEST, INLINE, write_model

A, B, C = (og.SuccessGap(n, og.Measure(n), floor=0, target=1) for n in "abc")


def written(needs: Any, *others: Any) -> dict[str, Any]:
    """Return the plain data of a model, one desired outcome for each gate."""
    return write_model(model(needs, *others))


def model(*gates: Any) -> og.OutcomeModel:
    api = og.Expectation("API", og.Measure("api"), floor=0, target=1)
    outcomes = [
        og.DesiredOutcome(og.RequiredOutcome(f"r{i}", needs=g), og.AppropriateExperience("e", expects=api))
        for i, g in enumerate(gates)
    ]
    return og.OutcomeModel("m", desired_outcomes=outcomes)


def required(data: dict[str, Any], i: int = 0) -> dict[str, Any]:
    return {key: value for key, value in data["desired_outcomes"][i]["required"].items() if key != "name"}


def test_a_gate_of_its_own_place_stands_there():
    data = written(og.AllOf(A, og.AnyOf(B, C)))
    assert "gates" not in data
    assert required(data) == {"all_of": ["a", {"any_of": ["b", "c"]}]}


def test_a_gate_with_two_parents_gets_a_name():
    shared = og.AnyOf(B, C)
    data = written(og.AllOf(shared, og.AnyOf(A, shared)))
    assert data["gates"] == {"gate 1": {"any_of": ["b", "c"]}}
    assert required(data) == {"all_of": ["gate 1", {"any_of": ["a", "gate 1"]}]}


def test_equal_gates_are_one_gate():
    data = written(og.AllOf(og.AnyOf(B, C), og.AnyOf(A, og.AnyOf(C, B))))
    assert list(data["gates"]) == ["gate 1"]


def test_a_gate_of_two_outcomes_is_shared():
    data = written(og.AnyOf(B, C), og.AnyOf(B, C))
    assert required(data, 0) == required(data, 1) == {"of": "gate 1"}


def test_names_are_kept_wherever_they_stand():
    named = og.AnyOf(B, C, name="way in")
    data = written(og.AllOf(og.AnyOf(C, B), og.AnyOf(A, named)))  # the first of the two equal gates has no name
    assert list(data["gates"]) == ["way in"]
    assert required(written(og.AllOf(A, B, name="root"))) == {"of": "root"}


def test_new_names_are_free():
    taken = og.SuccessGap("gate 1", og.Measure("x"), floor=0, target=1)
    shared = og.AnyOf(B, C)
    data = written(og.AllOf(taken, shared, og.AnyOf(A, shared), og.AnyOf(A, B, name="gate 2")))
    assert set(data["gates"]) == {"gate 2", "gate 3"}


@pytest.mark.parametrize(
    "gate",
    [
        og.AllOf(og.AnyOf(A, B, name="x"), og.AnyOf(A, C, name="x")),
        og.AllOf(A, og.AnyOf(A, B, name="a")),
    ],
)
def test_two_things_of_one_name(gate):
    with pytest.raises(ModelError, match=r"are called '[ax]'"):
        files.dumps(model(gate))


def test_weights():
    half = og.AnyOf(A, B)
    assert required(written(og.Mean(A, B))) == {"mean": ["a", "b"]}
    assert required(written(og.Mean(A, B, weights=(2, 1)))) == {"mean": {"a": 2, "b": 1}}
    assert required(written(og.Mean(half, C, weights=(0.5, 1)))) == {
        "mean": [{"of": {"any_of": ["a", "b"]}, "weight": 0.5}, {"of": "c", "weight": 1}]
    }
    for kind, key in ((og.AllOf, "all_of"), (og.AnyOf, "any_of")):
        assert required(written(kind(A, B, weights=(1, 1)))) == {key: ["a", "b"]}
        assert required(written(kind(A, B, weights=(1, 0.2)))) == {key: {"a": 1, "b": 0.2}}
        cells = og.per_cell(1, {"all": 0})
        assert required(written(kind(A, B, weights=(1, cells)))) == {key: {"a": 1, "b": {"default": 1, "all": 0}}}
    assert required(written(og.AllOf(half, C, weights=(0.5, 1)))) == {
        "all_of": [{"of": {"any_of": ["a", "b"]}, "weight": 0.5}, {"of": "c", "weight": 1}]
    }


def tower(levels: int) -> Any:
    gate: Any = og.AllOf(A)
    for i in range(levels - 1):
        gate = og.AnyOf(B, gate) if i % 2 else og.AllOf(C, gate)
    return gate


def test_deep_gates_are_written_in_pieces():
    data = written(tower(DEEPEST))

    def deepest(value: Any) -> int:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return isinstance(value, dict) + max(map(deepest, inner), default=0)

    assert max(deepest(gate) for gate in data["gates"].values()) <= INLINE + 1
    assert len(data["gates"]) <= DEEPEST / INLINE


def test_too_deep():
    with pytest.raises(ModelError, match=f"more than {DEEPEST} gates"):
        files.dumps(model(tower(DEEPEST + 1)))


def test_a_gate_of_a_class_of_your_own():
    class MostOf(og.AllOf):
        kind = "most_of"

    with pytest.raises(ModelError, match="files hold no MostOf"):
        files.dumps(model(og.AnyOf(A, MostOf(B, C))))
