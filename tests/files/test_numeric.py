"""Gates on numbers, and gates and join rules of one's own, in files."""

from __future__ import annotations

import importlib.metadata
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

import outcomegap as og
import outcomegap.files as files
from outcomegap.errors import ModelError
from outcomegap.files import model_schema
from outcomegap.files.model_file import write_model
from outcomegap.model import AllOf, AnyOf, Mean, Numeric, OutcomeModel, PowerMean, Weakest, WeightedJoin
from tests.files.texts import rules
from tests.model.make import desired, gap, wish
from tests.numeric import Both, Ces
from tests.scoring.test_joins import Geometric

A, B, C, D = (gap(name) for name in "abcd")
GATES = [
    Weakest(A, B),
    Weakest(AnyOf(A, B), C, name="link"),
    PowerMean(-2, A, B),
    PowerMean(0.5, A, AllOf(B, C), weights=(2, 1)),
    PowerMean(300, A, B, weights=(2, 0.5), name="p"),
    AllOf(PowerMean(-1, Weakest(A, B), C), D),
    Mean(Numeric(Ces(), A, B), C),
    Numeric(Both(), C, Numeric(Ces(), B, A, name="inner"), name="outer"),
]
OWN: dict[str, Any] = {"ces": Ces(), "both": Both()}


def model_of(needs: Any = A, **fields: Any) -> OutcomeModel:
    return OutcomeModel("m", desired_outcomes=[desired(needs, **fields)])


def text_of(gate: str = 'weakest = ["a", "b"]', more: str = "") -> str:
    step = 'measure = "{0}"\nfloor = 0\ntarget = 1\n'
    steps = "".join(f"[gaps.{name}]\n{step.format(name)}" for name in "ab")
    wishes = "[expectations.w]\n" + step.format("w")
    measures = "".join(f"[measures.{name}]\n" for name in "abw")
    ends = f'[[desired_outcomes]]\n{more}\nexperience = {{ name = "e", of = "w" }}\n'
    return f'schema_version = 1\nname = "m"\n{measures}{steps}{wishes}[gates.g]\n{gate}\n{ends}required = {{ name = "r", of = "g" }}\n'


def findings(text: str, **own: Any) -> dict[str, str]:
    with pytest.raises(ModelError) as caught:
        files.loads(text, **own)
    found: dict[str, str] = {}
    for finding in caught.value.findings:
        found[finding.where] = f"{found.get(finding.where, '')}\n{finding.message}"
    return found


@pytest.mark.parametrize("form", ["toml", "json", "yaml"])
@pytest.mark.parametrize("needs", GATES, ids=repr)
def test_gates_come_back_equal(needs, form):
    model = model_of(needs)
    again = files.loads(files.dumps(model, form), form, gates=OWN)
    assert again == model
    assert again.fingerprint == model.fingerprint


@pytest.mark.parametrize("form", ["toml", "json", "yaml"])
@pytest.mark.parametrize(
    "join",
    ["product", "weakest", WeightedJoin(required=0.7, experience=0.3), Geometric()],
    ids=lambda rule: getattr(rule, "name", rule),
)
def test_joins_come_back_equal(join, form):
    model = model_of(join=join)
    assert files.loads(files.dumps(model, form), form, joins={"geometric": Geometric()}) == model


def test_they_are_written_as_people_would():
    data = write_model(model_of(PowerMean(-2, A, B, weights=(2, 1)), join=WeightedJoin(required=7, experience=3)))
    (outcome,) = data["desired_outcomes"]
    assert outcome["required"] == {"name": "sales", "power_mean": -2, "of": {"a": 2, "b": 1}}
    assert outcome["join"] == {"weighted": {"required": 7, "experience": 3}}
    assert "join" not in write_model(model_of())["desired_outcomes"][0]
    assert write_model(model_of(Numeric(Ces(), A, B)))["desired_outcomes"][0]["required"] == {
        "name": "sales",
        "gate": "ces",
        "of": ["a", "b"],
    }


@pytest.mark.parametrize(
    "model",
    [
        *(model_of(gate) for gate in GATES),
        *(model_of(join=j) for j in ("weakest", WeightedJoin(required=1, experience=2), Geometric())),
    ],
)
def test_they_are_valid_by_the_schema(model):
    jsonschema.Draft202012Validator(model_schema()).validate(write_model(model))


@pytest.mark.parametrize(
    ("gate", "where", "rule"),
    [
        ("weakest = 5", "gates.g.weakest", "type"),
        ('power_mean = "x"\nof = ["a", "b"]', "gates.g.power_mean", "number"),
        ('power_mean = 0\nof = ["a", "b"]', "gates.g", "power-mean-range"),
        ("power_mean = 2", "gates.g.of", "missing-key"),
        ("power_mean = 2\nof = { a = 0, b = 1 }", "gates.g.of.a", "weights"),
        ('power_mean = 2\nof = ["a", { of = "b", wieght = 2 }]', "gates.g.of[1].wieght", "unknown-key"),
        ('power_mean = 2\nof = ["a", "bb"]', "gates.g.of[1]", "unknown-name"),
        ('weekest = ["a", "b"]', "gates.g", "gate"),
        ('gate = 5\nof = ["a", "b"]', "gates.g.gate", "type"),
        ('gate = "ces"', "gates.g.of", "missing-key"),
        ('gate = "cess"\nof = ["a", "b"]', "gates.g.gate", "unknown-gate"),
        ('gate = "ces"\nof = 5', "gates.g.of", "type"),
        ('gate = "ces"\nof = ["a", "a"]', "gates.g", "repeated-children"),
    ],
)
def test_mistakes_in_gates(gate, where, rule):
    assert rules(text_of(gate), gates=OWN)[where] == rule


@pytest.mark.parametrize(
    ("join", "where", "rule"),
    [
        ('"weekest"', "join", "unknown-join"),
        ('"geometrc"', "join", "unknown-join"),
        ("5", "join", "join"),
        ("{ weighted = 3 }", "join.weighted", "type"),
        ("{ weighted = { required = 1 } }", "join.weighted.experience", "missing-key"),
        ('{ weighted = { required = 1, experience = "x" } }', "join.weighted.experience", "weights"),
        ("{ weighted = { required = 1, experience = -1 } }", "join.weighted.experience", "weights"),
    ],
)
def test_mistakes_in_joins(join, where, rule):
    found = rules(text_of('all_of = ["a", "b"]', f"join = {join}"), joins={"geometric": Geometric()})
    assert found[f"desired_outcomes[0].{where}"] == rule


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"gates": {"ces": object()}}, "has no method forward"),
        ({"gates": {"other": Ces()}}, "this gate is called 'ces'; use one name"),
        ({"gates": {"weakest": Ces()}}, "none of the built-in names"),
        ({"gates": {"ces": Ces}}, "is the class Ces; give an object of it"),
        ({"joins": {"geometric": object()}}, "has no method parts"),
        ({"joins": {"weakest": Geometric()}}, "none of the built-in names"),
    ],
)
def test_what_is_handed_over_is_looked_at(own, words):
    with pytest.raises(ModelError, match=words):
        files.loads(text_of(), **own)


class Entry:
    """An installed plug-in, as `importlib.metadata` gives it."""

    def __init__(self, thing, value="somewhere:thing", package=None):
        self.thing, self.loaded, self.value = thing, 0, value
        self.dist = None if package is None else SimpleNamespace(name=package)

    def load(self):
        self.loaded += 1
        if isinstance(self.thing, Exception):
            raise self.thing
        return self.thing


@pytest.fixture
def installed(monkeypatch):
    entries = {
        ("outcomegap.gates", "ces"): Entry(Ces),
        ("outcomegap.gates", "broken"): Entry(ImportError("no such module")),
        ("outcomegap.gates", "empty"): Entry(object()),
        ("outcomegap.gates", "needy"): Entry(type("Needy", (), {"__init__": lambda self, power: None})),
        ("outcomegap.joins", "geometric"): Entry(Geometric()),
    }

    def entry_points(group, name=None):
        if name is None:
            return SimpleNamespace(names={known for kind, known in entries if kind == group})
        found = entries.get((group, name), [])
        return found if isinstance(found, list) else [found]

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    return entries


def test_installed_plug_ins_are_found_by_name(installed):
    text = text_of('gate = "ces"\nof = ["a", "b"]', 'join = "geometric"')
    model = files.loads(text)
    (outcome,) = model.desired_outcomes
    assert outcome.required.needs == Numeric(Ces(), A, B)
    assert outcome.join.name == "geometric"
    assert files.loads(files.dumps(model)) == model


def test_a_file_loads_only_what_it_names(installed):
    files.loads(text_of('all_of = ["a", "b"]'))
    assert {entry.loaded for entry in installed.values()} == {0}
    files.loads(text_of('gate = "ces"\nof = ["a", "b"]'))
    assert [entry.loaded for entry in installed.values()] == [1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("group", "thing", "text"),
    [
        ("gates", Ces(), text_of('gate = "ces"\nof = ["a", "b"]')),
        ("joins", Geometric(), text_of('all_of = ["a", "b"]', 'join = "geometric"')),
        ("curves", None, text_of('all_of = ["a", "b"]').replace("target = 1", 'target = 1\ncurve = "late"', 1)),
    ],
)
def test_two_packages_that_offer_one_name_are_refused(installed, group, thing, text):
    thing = thing or og.curve("late", lambda z: z**3)
    kind, name = group.removesuffix("s"), thing.name
    two = [Entry(thing, "zeta:thing", "zeta-models"), Entry(thing, "alpha:Thing", "alpha-models")]
    installed[f"outcomegap.{group}", name] = two
    (message,) = findings(text).values()
    assert (
        f"2 installed packages offer a {kind} '{name}': alpha-models (alpha:Thing), zeta-models (zeta:thing)" in message
    )
    assert f"keep one of them, or pass yours: og.load(..., {group}=...)" in message
    assert {entry.loaded for entry in two} == {0}
    files.loads(text, **{group: {name: thing}})
    installed[f"outcomegap.{group}", name] = [Entry(thing), Entry(thing)]  # one object, told twice
    files.loads(text)


def test_what_is_handed_over_goes_first(installed):
    files.loads(text_of('gate = "ces"\nof = ["a", "b"]'), gates={"ces": Ces()})
    assert installed["outcomegap.gates", "ces"].loaded == 0


@pytest.mark.parametrize(
    ("name", "rule"), [("broken", "gate"), ("empty", "pieces"), ("needy", "gate"), ("brokn", "unknown-gate")]
)
def test_a_plug_in_that_fails_is_named(installed, name, rule):
    assert rules(text_of(f'gate = "{name}"\nof = ["a", "b"]')) == {"gates.g.gate": rule}


def test_two_different_gates_of_one_name_cannot_be_written():
    lifted = Ces()
    lifted.lift = 0.2
    with pytest.raises(ModelError, match="two gates over 2 children are called 'ces'"):
        files.dumps(model_of(AllOf(Numeric(Ces(), A, B), Numeric(lifted, C, D))))
    wider = AllOf(Numeric(Ces(), A, B), Numeric(lifted, C, D, gap("e")))  # told apart by no grid that both share
    with pytest.raises(ModelError, match="it would be read as another"):
        files.dumps(model_of(wider))


def test_an_expectation_may_stand_below_them():
    model = model_of(A, expects=Weakest(wish("v"), wish("w")))
    assert files.loads(files.dumps(model)) == model
