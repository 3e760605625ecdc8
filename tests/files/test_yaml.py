"""YAML by plain rules: no tags, no aliases without bounds, nothing lost, nothing guessed."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings, strategies as st

from outcomegap.errors import ModelError
from outcomegap.files.formats import FORMATS
from tests.files.test_toml_writer import sections, values

YAML = FORMATS["yaml"]


@given(data=st.dictionaries(sections, values, max_size=5))
@settings(max_examples=200, deadline=None)
def test_read_back(data):
    assert YAML.parse(YAML.text(data)) == data


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("no", "no"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("1e5", 1e5),
        ("50_000", 50_000),
        ("-3", -3),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ("true", True),
        ("~", None),
        ("", None),
        ("'1'", "1"),
        ('"true"', "true"),
        ("!!str 5", "5"),
        ("0x1F", 31),
        ("<<", "<<"),
        ("=", "="),
    ],
)
def test_scalars(text, meant):
    found = YAML.parse(f"x: {text}")["x"]
    assert found == meant
    assert type(found) is type(meant)


def test_aliases():
    assert YAML.parse("a: &x [1, 2]\nb: *x\nc: &y z\n*y : 5\n") == {"a": [1, 2], "b": [1, 2], "c": "z", "z": 5}
    assert YAML.parse("a: &x 1\nb: &x 2\nc: *x") == {"a": 1, "b": 2, "c": 2}


@pytest.mark.parametrize("kind", ["[{}]", "{{p: {}, q: *a{}}}"])
def test_alias_bombs_are_bounded(kind):
    lines = ["a0: &a0 [x, x]"]
    for i in range(1, 60):
        inside = kind.format(", ".join([f"*a{i - 1}"] * 9)) if "[" in kind else kind.format(f"*a{i - 1}", i - 1)
        lines.append(f"a{i}: &a{i} {inside}")
    started = time.perf_counter()
    with pytest.raises(ModelError) as caught:
        YAML.parse("\n".join(lines))
    assert caught.value.findings[0].rule == "too-large"
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: *nothing", "syntax"),
        ('a: !!python/object/apply:os.system ["true"]', "syntax"),
        ("a: !!binary aGVsbG8=", "syntax"),
        ("a: !!set {x}", "syntax"),
        ("a: !mine 5", "syntax"),
        ("a: 1\nb: 2\na: 3", "duplicate-key"),
        ("a: {b: 1, b: 2}", "duplicate-key"),
        ("1: 2", "key"),
        ("true: 2", "key"),
        ("? [a, b]\n: 2", "key"),
        ("a: &x [1]\n*x : 2", "key"),
        ("--- {a: 1}\n--- {b: 2}", "syntax"),
    ],
)
def test_refused(text, rule):
    with pytest.raises(ModelError) as caught:
        YAML.parse(text)
    assert [finding.rule for finding in caught.value.findings] == [rule]
    assert caught.value.findings[0].where.startswith("line ")


@pytest.mark.parametrize(
    ("text", "rule"),
    [("a: &x [*x]", "too-deep"), ("a: &x {b: *x}", "too-deep"), ("a: " + "9" * 10_000, "syntax")],
)
def test_refused_as_a_whole(text, rule):
    with pytest.raises(ModelError) as caught:
        YAML.parse(text)
    assert [(finding.rule, finding.where) for finding in caught.value.findings] == [(rule, "file")]


def test_merge_keys_and_dates_are_text():
    assert YAML.parse("<<: {a: 1}\nb: 2024-01-01\n=: 3") == {"<<": {"a": 1}, "b": "2024-01-01", "=": 3}


def test_all_keys_at_once():
    with pytest.raises(ModelError) as caught:
        YAML.parse("a: 1\na: 2\n3: 4\n")
    assert [(f.rule, f.where) for f in caught.value.findings] == [("duplicate-key", "line 2"), ("key", "line 3")]


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 3000 + "x", "[" * 101 + "]" * 101])
def test_too_deep(text):
    started = time.perf_counter()
    with pytest.raises(ModelError) as caught:
        YAML.parse(text)
    assert caught.value.findings[0].rule == "too-deep"
    assert time.perf_counter() - started < 60


def test_what_is_written_holds_for_nobody_else():
    from ruamel.yaml.representer import SafeRepresenter

    before = dict(SafeRepresenter.yaml_representers)
    YAML.text({"a": "no"})
    assert SafeRepresenter.yaml_representers == before


@pytest.mark.parametrize("unit", ["a: [1, 2]\n", "# x\n", "- x: &b 1\n  y: *b\n", "\n", "'x'\n"])
def test_time_grows_as_the_text(unit):
    def seconds(times):
        started = time.perf_counter()
        with contextlib.suppress(ModelError):
            YAML.parse(unit * times)
        return time.perf_counter() - started

    assert seconds(8000) < 12 * seconds(1000) + 1
