"""TOML and JSON as text: mistakes with their lines, keys said twice, odd numbers."""

from __future__ import annotations

import time

import pytest

from outcomegap.errors import ModelError
from outcomegap.files.formats import FORMATS
from tests.files.texts import findings_of


@pytest.mark.parametrize(
    ("form", "text", "where"),
    [
        ("toml", "schema_version = 1\nname == 2\n", "line 2"),
        ("toml", "a = 1\nb = 2\na = 3\n", "line 3"),
        ("toml", "[a]\nb = 1\n[a]\nc = 2\n", "line 3"),
        ("toml", 'a = "x', "file"),
        ("toml", "a = 1\n\nb = [1,\n2", "file"),
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
    with pytest.raises(ModelError) as caught:
        FORMATS["json"].parse('{"a": {"c": 1, "d": 2, "c": 3}, "b": {"x": 1, "x": 1}}')
    assert [f.rule for f in caught.value.findings] == ["duplicate-key"] * 2


@pytest.mark.parametrize(
    "parse", [lambda n: FORMATS["json"].parse(f'{{"a": {n}}}'), lambda n: FORMATS["toml"].parse(f"a = {n}")]
)
def test_numbers_of_thousands_of_digits(parse):
    with pytest.raises(ModelError, match="digits"):
        parse("9" * 10_000)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_numbers_that_are_none_have_a_path(number):
    (found, *_) = findings_of(f'{{"schema_version": 1, "name": "x", "measures": {{"m": {{"low": {number}}}}}}}', "json")
    assert found.where == "measures.m.low"
    assert found.rule == "number"


@pytest.mark.parametrize("form", ["toml", "json", "yaml"])
@pytest.mark.parametrize("brackets", ["[", "{", "[]"])
def test_too_deep(form, brackets):
    """However deep: it is refused at once, and nothing overruns the stack."""
    start = {"toml": "a = ", "json": "", "yaml": ""}[form]
    inside = {"[": "[" * 100_000, "{": ("{a = " if form == "toml" else '{"a": ') * 100_000, "[]": "[" * 101 + "]" * 101}
    with pytest.raises(ModelError) as caught:
        FORMATS[form].parse(start + inside[brackets])
    assert [f.rule for f in caught.value.findings] == ["too-deep"]


def test_as_deep_as_can_be():
    assert FORMATS["json"].parse("[" * 100 + "]" * 100)
    assert FORMATS["yaml"].parse("[" * 100 + "]" * 100)
    assert FORMATS["toml"].parse("a = " + "[" * 99 + "]" * 99)
    with pytest.raises(ModelError):
        FORMATS["toml"].parse("a." * 5000 + "b = 1")


def test_long_text_without_an_end_is_not_slow():
    started = time.perf_counter()
    for text in ('"' + '\\"' * 500_000, '"""' + '\\"' * 500_000, "'''" + "''x" * 300_000, '"x\n' * 300_000):
        with pytest.raises(ModelError):
            FORMATS["toml"].parse("a = " + text)
    assert time.perf_counter() - started < 10
