"""YAML by plain rules: no tags, no aliases without bounds, nothing lost, nothing guessed."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomegap.errors import ModelError
from outcomegap.files.yaml_text import parse_yaml, yaml_text
from tests.files.test_toml_text import sections, values


@pytest.fixture(scope="module", params=["in C", "in Python"], autouse=True)
def scanner(request):
    """PyYAML has two scanners; not every installation has the fast one."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "in Python":
            patch.delattr(yaml, "CSafeLoader", raising=False)
        elif not hasattr(yaml, "CSafeLoader"):
            pytest.skip("this PyYAML comes without its scanner in C")
        yield request.param


@given(data=st.dictionaries(sections, values, max_size=5))
@settings(max_examples=200, deadline=None)
def test_read_back(data):
    assert parse_yaml(yaml_text(data)) == data


@given(data=st.dictionaries(sections, values, max_size=3))
@settings(max_examples=50, deadline=None)
def test_read_back_by_yaml_1_1(data):
    """What is written means the same to readers of the older rules."""
    assert yaml.safe_load(yaml_text(data)) == data


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
        ("0x1F", "0x1F"),
        ("1__0", "1__0"),
        ("<<", "<<"),
        ("=", "="),
    ],
)
def test_scalars(text, meant):
    found = parse_yaml(f"x: {text}")["x"]
    assert found == meant
    assert type(found) is type(meant)


def test_aliases():
    assert parse_yaml("a: &x [1, 2]\nb: *x\nc: &y z\n*y : 5\n") == {"a": [1, 2], "b": [1, 2], "c": "z", "z": 5}
    assert parse_yaml("a: &x 1\nb: &x 2\nc: *x") == {"a": 1, "b": 2, "c": 2}


@pytest.mark.parametrize("kind", ["[{}]", "{{p: {}, q: *a{}}}"])
def test_alias_bombs_are_bounded(kind):
    lines = ["a0: &a0 [x, x]"]
    for i in range(1, 100):
        inside = kind.format(", ".join([f"*a{i - 1}"] * 9)) if "[" in kind else kind.format(f"*a{i - 1}", i - 1)
        lines.append(f"a{i}: &a{i} {inside}")
    started = time.perf_counter()
    with pytest.raises(ModelError, match="aliases stand for more than 100000 values"):
        parse_yaml("\n".join(lines))
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x [*x]", "stands for nothing before it"),
        ("a: &x {b: *x}", "stands for nothing before it"),
        ("a: *nothing", "stands for nothing before it"),
        ('a: !!python/object/apply:os.system ["true"]', "tag 'tag:yaml.org,2002:python/object/apply:os.system'"),
        ("a: !!binary aGVsbG8=", "tag 'tag:yaml.org,2002:binary' is not allowed"),
        ("a: !!set {x}", "is not allowed"),
        ("a: !mine 5", "tag '!mine' is not allowed"),
        ("a: 1\nb: 2\na: 3", "line 3: key 'a' stands twice"),
        ("a: {b: 1, b: 2}", "key 'b' stands twice"),
        ("1: 2", "key 1 must be text: put it in quotes"),
        ("true: 2", "key True must be text"),
        ("? [a, b]\n: 2", "a key must be text"),
        ("a: &x [1]\n*x : 2", "must be text"),
        ("--- {a: 1}\n--- {b: 2}", "a second document"),
        ("a: " + "9" * 10_000, "too many digits"),
    ],
)
def test_refused(text, said):
    with pytest.raises(ModelError) as caught:
        parse_yaml(text)
    assert said in str(caught.value)


def test_all_keys_at_once():
    with pytest.raises(ModelError) as caught:
        parse_yaml("a: 1\na: 2\n3: 4\n")
    assert [(f.rule, f.where) for f in caught.value.findings] == [("duplicate-key", "line 2"), ("key", "line 3")]


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 3000 + "x"])
def test_too_deep(text, scanner):
    started = time.perf_counter()
    with pytest.raises(ModelError, match="more than 1600 levels"):
        parse_yaml(text)
    assert time.perf_counter() - started < (2 if scanner == "in C" else 20)
