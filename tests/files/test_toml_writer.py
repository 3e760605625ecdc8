"""TOML as written: what any other reader and writer make of it, and how it looks."""

from __future__ import annotations

import tomllib

import pytest
import tomli_w
from hypothesis import given, settings, strategies as st

import outcomegap.files as files
from outcomegap.files.formats import WIDTH, toml_text
from tests.files.awkward import ODD
from tests.files.texts import MAIL

texts = st.sampled_from([*ODD, "", "\r", "\x00", "\x1b", "\\u0041"]) | st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    texts | numbers | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=30,
)
sections = st.sampled_from(["name", "gaps", "measures", "gates", "desired_outcomes", "inputs"]) | texts


@given(data=st.dictionaries(sections, values, max_size=5))
@settings(max_examples=200, deadline=None)
def test_read_back_by_the_standard_library(data):
    assert tomllib.loads(toml_text(data)) == data
    assert tomllib.loads(tomli_w.dumps(data)) == tomllib.loads(toml_text(data))


@pytest.mark.parametrize("number", [0.1, 1e-300, 1e16, 1.5e300, -0.0, 123456789012345678])
def test_numbers_are_kept_to_the_last_bit(number):
    assert repr(tomllib.loads(toml_text({"x": number}))["x"]) == repr(number)


def test_how_it_looks():
    lines = files.dumps(files.loads(MAIL)).splitlines()
    headers = [line for line in lines if line.startswith("[")]
    assert headers[:2] == ["[measures.delivery_rate]", "[measures.list_size]"]
    assert headers[6:] == [
        '[functions."e-mails delivered"]',
        '[gaps."list built"]',
        '[gaps."copy persuades"]',
        '[gaps."offer is irresistible"]',
        '[expectations."support replies"]',
        '[expectations."formal training"]',
        "[[desired_outcomes]]",
        "[desired_outcomes.required]",
        "[desired_outcomes.experience]",
    ]
    assert 'target = { default = 500, enterprise = 50000, "enterprise/scaling" = 200000 }' in lines
    assert 'mean = { "support replies" = 2, "formal training" = 1 }' in lines
    assert max(len(line) for line in lines) <= WIDTH


def test_what_is_long_is_broken_up():
    names = [f"a rather long name of a step {i}" for i in range(20)]
    text = toml_text({"desired_outcomes": [{"required": {"all_of": names, "mean": dict.fromkeys(names, 1)}}]})
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    assert "[desired_outcomes.required.mean]" in text


def test_the_children_of_a_mean_keep_their_order():
    weights = {"first": {f"a rather long name of a segment {i}": i for i in range(5)}, "second": 1}
    text = toml_text({"desired_outcomes": [{"required": {"name": "x", "mean": weights}}]})
    assert list(tomllib.loads(text)["desired_outcomes"][0]["required"]["mean"]) == ["first", "second"]
