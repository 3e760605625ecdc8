"""Deep text cut into pieces gives what the parsers alone give, where they can."""

from __future__ import annotations

import json
import sys
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomegap.errors import ModelError
from outcomegap.files import nesting
from outcomegap.files.formats import parse_json, parse_toml
from outcomegap.files.toml_text import toml_text

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ['"', "'", "[", "]", "{", "}", "#", "\\", '"""', "'''", "[[", '"[', "\n"]
)
values = st.recursive(
    texts | st.integers(-9, 9) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


@given(data=st.dictionaries(texts, values, max_size=4), step=st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_pieces_make_the_whole(data, step):
    text, toml = json.dumps(data), toml_text(data)
    before = nesting.STEP
    nesting.STEP = step  # cut at every turn
    try:
        assert parse_json(text) == data
        assert parse_toml(toml) == data == tomllib.loads(toml)
    finally:
        nesting.STEP = before


def deep(levels: int) -> object:
    value: object = 1
    for i in range(levels):
        value = [0, value] if i % 2 else {"x": value, "y": 0}
    return value


def same(one: object, other: object) -> bool:
    """Compare without recursion."""
    todo = [(one, other)]
    while todo:
        a, b = todo.pop()
        if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
            todo += [(a[key], b[key]) for key in a]
        elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
            todo += zip(a, b, strict=True)
        elif a != b:
            return False
    return True


def test_deeper_than_the_stack():
    levels = 1500
    assert levels > sys.getrecursionlimit() or levels >= 1000
    text = "".join("[0, " if i % 2 else '{"y": 0, "x": ' for i in reversed(range(levels)))
    text += "1" + "".join("]" if i % 2 else "}" for i in range(levels))
    assert same(parse_json(text), deep(levels))
    assert same(parse_toml("a = " + text.replace('"y":', "y =").replace('"x":', "x ="))["a"], deep(levels))


@pytest.mark.parametrize("brackets", ["[", "{"])
def test_too_deep(brackets):
    for parse in (parse_json, parse_toml):
        with pytest.raises(ModelError, match="line 3: more than 1600 brackets"):
            parse("\n\n" + brackets * 1_000_000)


def test_brackets_in_strings_and_comments_do_not_count():
    many = "[{" * 2000
    text = f'a = "{many}" # {many}\nb = \'{many}\'\nc = """{many}\n"\\"{many}"""\nd = \'\'\'{many}\'{many}\'\'\'\n'
    assert parse_toml(text) == tomllib.loads(text)
    assert parse_json(json.dumps({"a": f'{many}"{many}'})) == {"a": f'{many}"{many}'}


def test_a_deep_mistake_has_its_line():
    head, tail = "[\n" * 100, "]" * 100
    with pytest.raises(ModelError, match="line 101: is no valid JSON"):
        parse_json(head + "1 2" + tail)
    with pytest.raises(ModelError, match="line 101: is no valid TOML"):
        parse_toml("a = " + head + "1 2" + tail)


@pytest.mark.parametrize(
    "text", ["[\n" * 100, "[" * 100 + "}" * 100, "[" * 50 + "}" * 30 + "]" * 20, "]" * 100, '["' * 90]
)
def test_brackets_that_do_not_match(text):
    for parse in (parse_json, parse_toml):
        with pytest.raises(ModelError):
            parse(text)


def test_long_text_without_an_end_is_not_slow():
    import time

    started = time.perf_counter()
    for text in ('"' + '\\"' * 500_000, '"""' + '\\"' * 500_000, "'''" + "''x" * 300_000, '"x\n' * 300_000):
        with pytest.raises(ModelError):
            parse_toml("a = " + text)
    assert time.perf_counter() - started < 10
