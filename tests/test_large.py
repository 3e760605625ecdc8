"""Thousands of mistakes, names and keys: time and memory grow with their number, not with its square."""

from __future__ import annotations

import csv
import json
import time
import tracemalloc

import pytest

import outcomegap as og

MANY = 20_000
NAMES = [f"k{number:06d}" for number in range(MANY)]
STEP = {"measure": "a", "floor": 0, "target": 1}


def model(**change):
    """The text of a model with other sections."""
    data = {
        "schema_version": 1,
        "name": "m",
        "measures": {"a": {}, "w": {}},
        "gaps": {"a": STEP},
        "expectations": {"w": {"measure": "w", "floor": 0, "target": 1}},
        "desired_outcomes": [{"required": {"name": "r", "of": "a"}, "experience": {"name": "e", "of": "w"}}],
    }
    return json.dumps(data | change)


TEXTS = {
    "a key repeated": ("json", '{"x": {' + ",".join(f'"{name}": 1' for name in [*NAMES, NAMES[-1]]) + "}}"),
    "all keys repeated": ("json", '{"x": {' + ",".join(f'"{name}": 1' for name in 2 * NAMES) + "}}"),
    "one name of many parts": ("toml", ".".join(["a"] * MANY) + " = 1"),
    "one name of many parts in quotes": ("toml", " . ".join(['"a.b"'] * MANY) + " = 1"),
    "a header of many parts": ("toml", f"[{'.'.join(['a'] * MANY)}]"),
    "many deep names": ("toml", "\n".join(f"[{name}.{'.'.join('a' * 90)}]" for name in NAMES)),
    "a deep name in a table": ("toml", "x = { " + ".".join(["a"] * MANY) + " = 1 }"),
    "unknown keys": ("json", model(**dict.fromkeys(NAMES, 1))),
    "unknown keys of a step": ("json", model(gaps={"a": STEP | dict.fromkeys(NAMES, 1)})),
    "unknown measures": ("json", model(gaps={name: STEP | {"measure": name} for name in NAMES[:2000]})),
    "unknown steps in a gate": (
        "json",
        model(
            desired_outcomes=[
                {"required": {"name": "r", "all_of": NAMES[:5000]}, "experience": {"name": "e", "of": "w"}}
            ]
        ),
    ),
    "unknown steps before": ("json", model(gaps={"a": STEP | {"after": NAMES}})),
    "unknown cells": ("json", model(segments=["x", "y"], gaps={"a": STEP | {"target": dict.fromkeys(NAMES, 1)}})),
    "one segment many times": ("json", model(segments=["x"] * MANY)),
    "one column kept many times": ("json", model(segments=["x"] * MANY, inputs={"keep": ["x"] * MANY})),
}


@pytest.mark.parametrize("case", TEXTS)
def test_model_files(case):
    form, text = TEXTS[case]
    started = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(og.ModelError) as found:
            og.loads(text, form)
        assert len(str(found.value)) < 20_000
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 20  # tracing takes most of it


@pytest.mark.parametrize(
    "text",
    [
        'x = "' + "a." * 500 + '"',
        "x = '" + "a." * 500 + "'",
        'x = """\n' + "a." * 500 + '\n"quoted" \'\'\' """',
        "x = '''\n" + "a." * 500 + "\n''' # it's " + "a." * 500,
        "x = [" + "0.5, " * 5000 + "]",
        'x = "say \\"hi\\" ' + "a." * 500 + '"',
    ],
)
def test_dots_elsewhere_are_no_names(text):
    with pytest.raises(og.ModelError) as found:
        og.loads(f"schema_version = 1\n{text}")
    assert "unknown-key" in {finding.rule for finding in found.value.findings}


def test_segments_of_customers():
    """Each unknown name is a problem of its own; those that come first have the nearest name."""
    scorer = og.Scorer(og.loads(model(segments=[f"s{number:05d}" for number in range(300)]), "json"))
    started = time.process_time()
    with pytest.raises(og.DataError) as found:
        scorer.score({"segment": NAMES, "a": [1.0] * MANY, "w": [1.0] * MANY})
    assert len(found.value.problems) == MANY
    assert found.value.problems[0].suggestion is not None
    assert time.process_time() - started < 10


@pytest.mark.parametrize("segments", [["x", "y"], [f"s{number:05d}" for number in range(3000)]])
def test_segments_of_a_file(tmp_path, segments):
    path = tmp_path / "customers.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["id", "segment", "a", "w"], *([name, name, 1, 1] for name in NAMES)])
    started = time.process_time()
    read = og.read_customers(og.loads(model(segments=segments, inputs={"id": "id"}), "json"), path, on_bad="set_aside")
    assert (len(read.frame), read.report.rows_in) == (0, MANY)
    assert time.process_time() - started < 10


def test_a_sheet_of_unknown_names(tmp_path):
    path = tmp_path / "m.csv"
    with path.open("w", newline="") as file:
        heads = ["kind", "name", "measure", "floor", "target", "after", *(f"target:{name}" for name in NAMES[:5000])]
        csv.writer(file).writerows([heads, *(["gap", name, "a", 0, 1, f"z{name}"] for name in NAMES[:5000])])
    started = time.process_time()
    with pytest.raises(og.ModelError):
        og.load(path)
    assert time.process_time() - started < 10


@pytest.mark.parametrize("value", ["x" * 10**6, 10**5000, -(10**5000), b"x" * 10**6, [["x"]] * 10**5], ids=range(5))
def test_one_enormous_name(value):
    listing = og.Scorer(og.loads(model(), "json")).score({"a": [1.0], "w": [1.0]}).worklist()
    with pytest.raises(og.DataError) as found:
        listing.find(value)
    assert len(str(found.value)) < 1000


def test_many_segments_have_groups():
    scorer = og.Scorer(og.loads(model(segments=NAMES[:10_000]), "json"))
    started = time.process_time()
    groups = scorer.score({"segment": NAMES[:10_000], "a": [0.5] * 10_000, "w": [1.0] * 10_000}).by("segment")
    assert (len(groups), groups[NAMES[7]].desired, groups.total.customers) == (10_000, 0.5, 10_000)
    assert time.process_time() - started < 10
