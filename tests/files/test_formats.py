"""TOML and JSON as text: mistakes with their lines, keys said twice, odd numbers."""

from __future__ import annotations

import pytest

from outcomegap.errors import ModelError
from outcomegap.files.formats import FORMATS, SUFFIXES, parse_json, parse_toml
from tests.files.texts import findings_of


@pytest.mark.parametrize(
    ("form", "text", "where"),
    [
        ("toml", "schema_version = 1\nname == 2\n", "line 2"),
        ("toml", "a = 1\nb = 2\na = 3\n", "line 3"),
        ("toml", "[a]\nb = 1\n[a]\nc = 2\n", "line 3"),
        ("toml", 'a = "x', "end of file"),
        ("toml", "a = 1\n\nb = [1,\n2", "end of file"),
        ("json", '{"a": 1,\n"b" 2}', "line 2"),
        ("json", "", "line 1"),
        ("json", "{'a': 1}", "line 1"),
        ("json", '{"a": 1}\n{"b": 2}', "line 2"),
        ("yaml", "a: 1\nb: [1\nc: }\n", "line 3"),
        ("yaml", "a: 1\n\tb: 2\n", "line 2"),
        ("yaml", "a: 1\n--- \nb: 2\n", "line 2"),
    ],
)
def test_a_mistake_has_its_line(form, text, where):
    (found,) = findings_of(text, form)
    assert found.rule == "syntax"
    assert found.where == where


@pytest.mark.parametrize("text", ["Dear customer,\nwe are sorry.", "<html></html>", "\x00\x01\x02", "[", "{", '"'])
@pytest.mark.parametrize("form", list(FORMATS))
def test_text_that_is_something_else(form, text):
    assert findings_of(text, form)


def test_keys_said_twice():
    with pytest.raises(ModelError, match="key 'c' stands twice in one object, which holds 'd'") as caught:
        parse_json('{"a": {"c": 1, "d": 2, "c": 3}, "b": {"x": 1, "x": 1}}')
    assert [f.rule for f in caught.value.findings] == ["duplicate-key"] * 2


@pytest.mark.parametrize("parse", [lambda n: parse_json(f'{{"a": {n}}}'), lambda n: parse_toml(f"a = {n}")])
def test_numbers_of_thousands_of_digits(parse):
    with pytest.raises(ModelError, match="digits"):
        parse("9" * 10_000)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_numbers_that_are_none_have_a_path(number):
    (found, *_) = findings_of(f'{{"schema_version": 1, "name": "x", "measures": {{"m": {{"low": {number}}}}}}}', "json")
    assert found.where == "measures.m.low"
    assert "must be finite" in found.message


def test_every_suffix_has_a_format():
    assert set(SUFFIXES.values()) == set(FORMATS)
