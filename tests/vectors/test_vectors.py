"""The vectors are what the reference says today, and what was worked out by hand; and the scorer agrees."""

from __future__ import annotations

import json

import pytest

from outcomegap import Scorer
from outcomegap.files import loads
from outcomegap.model import check
from tests.oracles import compare
from tests.reference import score_rows
from tests.vectors.make import FOLDER, cases, columns, disagreements

FILES = sorted(FOLDER.glob("*.json"))
CASES = {case.name: case for case in cases()}


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_there_are_enough_and_all_are_known():
    assert len(FILES) >= 60
    assert {path.stem for path in FILES if not path.stem.startswith("invented_")} == set(CASES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_vector_is_what_the_reference_says(path):
    data = read(path)
    model = loads(data["model"])
    assert not [finding for finding in check(model) if finding.severity == "error"]
    assert data["answers"] == [answer.to_dict() for answer in score_rows(model, columns(data["rows"]))]


@pytest.mark.parametrize("name", CASES)
def test_a_vector_is_what_was_worked_out_by_hand(name):
    case, data = CASES[name], read(FOLDER / f"{name}.json")
    assert case.by_hand
    assert loads(data["model"]) == case.model
    assert data["rows"] == case.rows
    assert disagreements(data["answers"], case.by_hand) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_scorer_agrees(path):
    data = read(path)
    scores = Scorer(loads(data["model"])).score(columns(data["rows"]))
    assert list(compare.disagreements(scores, data["answers"])) == []
