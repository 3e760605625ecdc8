"""Actions in a file: the same in every format, every mistake at once with its path, and nothing is run."""

from __future__ import annotations

import json

import pytest

import outcomegap as og
from outcomegap.invest import Action, load_actions
from tests.invest.worlds import model

TEXT = """
[actions.desk]
raises = { reply_hours = { default = 24, big = 4 } }
cost = 2.5
[actions."list workshop"]
raises = { "list built" = 0.8, calls = 4 }
cost = { column = "price" }
capacity = 30
segments = ["small", "big"]
"""
DATA = {
    "actions": {
        "desk": {"raises": {"reply_hours": {"default": 24, "big": 4}}, "cost": 2.5},
        "list workshop": {
            "raises": {"list built": 0.8, "calls": 4},
            "cost": {"column": "price"},
            "capacity": 30,
            "segments": ["small", "big"],
        },
    }
}
WANTED = [
    Action("desk", {"reply_hours": og.per_cell(24, {"big": 4})}, 2.5),
    Action("list workshop", {"list built": 0.8, "calls": 4}, og.column("price"), 30, ["small", "big"]),
]


@pytest.mark.parametrize("suffix", ["toml", "json", "yaml"])
def test_every_format_says_the_same(tmp_path, suffix):
    path = tmp_path / f"actions.{suffix}"
    path.write_text(TEXT if suffix == "toml" else json.dumps(DATA), encoding="utf-8")
    assert load_actions(path) == load_actions(str(path), model()) == WANTED


def problems(tmp_path, text, *more):
    path = tmp_path / "actions.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(og.DataError) as told:
        load_actions(path, *more)
    assert str(path) in str(told.value)
    return {problem.column: problem for problem in told.value.problems}


def test_every_mistake_at_once(tmp_path):
    found = problems(
        tmp_path,
        """
        extra = 1
        [actions.a]
        raises = { "list bilt" = 0.8, calls = 101, days = "two" }
        cost = "much"
        capacity = 1.5
        segments = ["smal", 3]
        speed = 1
        [actions.b]
        raises = { clicks = { smal = 1 } }
        cost = -1
        [actions.c]
        raises = {}
        [actions.d]
        raises = "calls"
        cost = { culomn = "price" }
        capacity = -1
        segments = "big"
        [actions.e]
        raises = { calls = 1 }
        cost = inf
        segments = []
        """,
        model(),
    )
    assert set(found) == {
        "extra",
        "actions.a.speed",
        "actions.a.raises.list bilt",
        "actions.a.raises.calls",
        "actions.a.raises.days",
        "actions.a.cost",
        "actions.a.capacity",
        "actions.a.segments",
        "actions.a.segments[0]",
        "actions.a.segments[1]",
        "actions.b.raises.clicks.smal",
        "actions.b.cost",
        "actions.c.cost",
        "actions.c.raises",
        "actions.d.raises",
        "actions.d.cost",
        "actions.d.capacity",
        "actions.d.segments",
        "actions.e.cost",
        "actions.e.segments",
    }
    assert found["actions.a.raises.list bilt"].suggestion == "list built"


@pytest.mark.parametrize(
    ("text", "where", "rule"),
    [
        ("", "actions", "type"),
        ("actions = 3", "actions", "type"),
        ("[actions]", "actions", "type"),
        ("[actions]\na = 3", "actions.a", "type"),
        ("[actions.a]\ncost = =", "line 2", "syntax"),
        ('[actions." "]\nraises = { calls = 1 }\ncost = 1', "actions. ", "text"),
        ('[actions.a]\nraises = { calls = 1 }\ncost = 1\nsegments = ["big", "big"]', "actions.a.segments", "repeated"),
        ("[actions.a]\nraises = { calls = 1 }\ncost = 1\nsegments = []", "actions.a.segments", "list"),
        ("[actions.a]\nraises = { cals = 1 }\ncost = 1", "actions.a.raises.cals", "unknown-name"),
        ("[actions.a]\nraises = { calls = 101 }\ncost = 1", "actions.a.raises.calls", "out-of-range"),
        ("[actions.a]\nraises = { calls = 1 }\ncost = 1\ncapasity = 1", "actions.a.capasity", "unknown-key"),
        ("[action.a]\nraises = { calls = 1 }\ncost = 1", "action", "unknown-key"),
    ],
)
def test_one_mistake(tmp_path, text, where, rule):
    assert problems(tmp_path, text, model())[where].rule == rule


def test_names_are_left_to_the_plan_without_a_model(tmp_path):
    path = tmp_path / "actions.toml"
    path.write_text("[actions.a]\nraises = { cals = 1 }\ncost = 1\nsegments = ['x']", encoding="utf-8")
    assert [action.name for action in load_actions(path)] == ["a"]


@pytest.mark.parametrize("path", ["nowhere.toml", "actions.ini", "actions", "", "."])
def test_a_file_is_needed(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(og.DataError):
        load_actions(path)
