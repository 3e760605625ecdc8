"""The JSON Schema agrees with the loader: what loads is valid, what is invalid does not load."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

import outcomegap.files as files
from outcomegap.files import model_schema, read_model
from outcomegap.files.model_file import write_model
from outcomegap.testing import models
from tests.files.awkward import awkward_models
from tests.files.texts import data

WRITE_IT_AGAIN = """\
python -c "import json, outcomegap.files as f; print(json.dumps(f.model_schema(), indent=2))" > outcomegap/files/schema.json
"""
VALIDATOR = jsonschema.Draft202012Validator(model_schema())


def test_the_committed_file_is_this_schema():
    committed = Path(files.__file__).with_name("schema.json")
    assert json.loads(committed.read_text()) == model_schema(), WRITE_IT_AGAIN


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(model_schema())


def test_a_file_as_people_write_it():
    assert list(VALIDATOR.iter_errors(data())) == []


@given(model=models())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_models_are_valid(model):
    assert list(VALIDATOR.iter_errors(write_model(model))) == []


@given(model=awkward_models())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_awkward_models_are_valid(model):
    assert list(VALIDATOR.iter_errors(write_model(model))) == []


def put(path: str, value: Any) -> dict[str, Any]:
    """Return the file with one value changed, or taken out where it is `GONE`."""
    whole: Any = copy.deepcopy(data())
    *steps, last = path.split(">")
    place = whole
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if value is GONE:
        del place[last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return whole


GONE = object()
LIST, COPY, TRAIN = "gaps>list built", "gaps>copy persuades", "expectations>formal training"
OUTCOME = "desired_outcomes>0"

FINE = [
    ("description", "x"),
    ("$schema", "x"),
    (f"{COPY}>curve", "threshold"),
    (f"{COPY}>curve", {"threshold": 0.5}),
    (f"{COPY}>curve", {"knots": [[0, 0], [1, 1]]}),
    (f"{TRAIN}>missing", "skip"),
    (f"{TRAIN}>missing", {"default": 0, "startup": 1}),
    (f"{LIST}>target", {"column": "x"}),
    (f"{LIST}>target", {"startup/scaling": 1, "default": {"column": "x"}}),
    (f"{OUTCOME}>experience>mean", ["support replies", "formal training"]),
    (f"{OUTCOME}>experience>mean", ["support replies", {"of": {"all_of": ["formal training"]}, "weight": 2}]),
    (f"{OUTCOME}>required>all_of>2", {"any_of": {"copy persuades": 1, "offer is irresistible": 0.2}}),
    (f"{OUTCOME}>required>all_of>0", {"of": "e-mails delivered", "weight": {"default": 1, "enterprise": 0}}),
    (f"{OUTCOME}>required>all_of>2", {"at_least": 1, "of": ["copy persuades", "offer is irresistible"]}),
    (f"{OUTCOME}>required>measured_by", "list built"),
    (f"{OUTCOME}>segments", ["startup", "enterprise"]),
    ("segments", ["startup", {"name": "enterprise", "ideal": False, "description": "x"}]),
]
BROKEN = [
    ("schema_version", GONE),
    ("schema_version", 2),
    ("schema_version", "1"),
    ("name", GONE),
    ("name", 5),
    ("name", " x"),
    ("nonsense", 1),
    ("segments", "startup"),
    ("segments", ["startup", "enter/prise"]),
    ("segments", ["startup", "default"]),
    ("segments", ["startup", {"ideal": True}]),
    ("segments", ["startup", {"name": "enterprise", "ideal": 1}]),
    ("stages", ["onboarding", 5]),
    ("measures>list_size>unit", 5),
    ("measures>list_size>low", "0"),
    ("measures>list_size>units", "x"),
    ("measures", []),
    (f"{LIST}>measure", GONE),
    (f"{LIST}>floor", GONE),
    (f"{LIST}>target", GONE),
    (f"{LIST}>target", "500"),
    (f"{LIST}>target", True),
    (f"{LIST}>target", None),
    (f"{LIST}>target", {"default": "500"}),
    (f"{LIST}>target", {"a/b/c": 1}),
    (f"{LIST}>target", {"*": 1}),
    (f"{LIST}>target", {"startup/*": 1}),
    (f"{LIST}>target", {"colum": "x"}),
    (f"{LIST}>owner", 5),
    (f"{LIST}>status", "shut"),
    (f"{LIST}>bridgeable", "no"),
    (f"{LIST}>after", "e-mails delivered"),
    (f"{LIST}>taget", 1),
    ("gaps> list", {"measure": "list_size", "floor": 0, "target": 1}),
    (f"{TRAIN}>status", "open"),
    (f"{TRAIN}>missing", 1.5),
    (f"{TRAIN}>missing", "drop"),
    (f"{TRAIN}>missing", {"default": -1}),
    (f"{COPY}>curve", 5),
    (f"{COPY}>curve", {"threshold": 0}),
    (f"{COPY}>curve", {"threshold": 0.5, "knots": []}),
    (f"{COPY}>curve", {"knots": [[0, 0, 0], [1, 1]]}),
    ("desired_outcomes", GONE),
    ("desired_outcomes", []),
    (f"{OUTCOME}>required", GONE),
    (f"{OUTCOME}>experience", "x"),
    (f"{OUTCOME}>required>name", GONE),
    (f"{OUTCOME}>required>promised", "yes"),
    (f"{OUTCOME}>required>any_of", ["list built"]),
    (f"{OUTCOME}>required>of", "list built"),
    (f"{OUTCOME}>required>all_of", GONE),
    (f"{OUTCOME}>required>all_of", []),
    (f"{OUTCOME}>required>all_of", "list built"),
    (f"{OUTCOME}>required>all_of", {}),
    (f"{OUTCOME}>required>all_of>0", {"of": "e-mails delivered", "weight": 1.5}),
    (f"{OUTCOME}>required>all_of>2", {"any_of": {"copy persuades": -0.1, "offer is irresistible": 1}}),
    (f"{OUTCOME}>required>all_of>2", {"any_of": {"copy persuades": "x", "offer is irresistible": 1}}),
    (f"{OUTCOME}>required>all_of>2", {"any_of": {"copy persuades": {"column": "x"}, "offer is irresistible": 1}}),
    (f"{OUTCOME}>required>all_of>2", {"at_least": 1, "of": {"copy persuades": 1, "offer is irresistible": 1}}),
    (f"{OUTCOME}>required>all_of>2", {}),
    (f"{OUTCOME}>required>all_of>2", 5),
    (f"{OUTCOME}>required>all_of>2", {"at_least": 1}),
    (f"{OUTCOME}>required>all_of>2", {"at_least": 0, "of": ["copy persuades"]}),
    (f"{OUTCOME}>required>all_of>2", {"at_least": 1.5, "of": ["copy persuades"]}),
    (f"{OUTCOME}>required>all_of>2", {"any_of": ["copy persuades"], "name": "x"}),
    (f"{OUTCOME}>experience>mean", {}),
    (f"{OUTCOME}>experience>mean", {"support replies": 0}),
    (f"{OUTCOME}>experience>mean", {"support replies": {"column": "x"}}),
    (f"{OUTCOME}>experience>mean", [{"weight": 1}]),
    (f"{OUTCOME}>experience>promised", True),
    (f"{OUTCOME}>achieved_at", "half"),
    (f"{OUTCOME}>achieved_at", {"column": "x"}),
    (f"{OUTCOME}>segments", "startup"),
    ("gates>x", "list built"),
    ("gates>x", {"all_of": ["list built"], "any_of": ["list built"]}),
]


def ids(case: tuple[str, Any]) -> str:
    return f"{case[0]}={'gone' if case[1] is GONE else case[1]}"


@pytest.mark.parametrize("case", FINE, ids=ids)
def test_valid_and_loads(case):
    whole = put(*case)
    assert list(VALIDATOR.iter_errors(whole)) == []
    model, findings = read_model(whole)
    assert model is not None, findings


@pytest.mark.parametrize("case", BROKEN, ids=ids)
def test_invalid_and_does_not_load(case):
    whole = put(*case)
    assert list(VALIDATOR.iter_errors(whole))
    model, findings = read_model(whole)
    assert model is None
    assert findings
