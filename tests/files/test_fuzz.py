"""Whatever a file holds, reading it ends in a model or in a ModelError, never in anything else."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import outcomegap.files as files
from outcomegap.errors import ModelError
from outcomegap.files import read_model
from tests.files.awkward import ODD
from tests.files.texts import MAIL, data

WORDS = ["startup", "scaling", "enterprise/scaling", "*/scaling", "list built", "copy persuades", "formal training"]
WORDS += ["all_of", "any_of", "at_least", "mean", "of", "weight", "name", "default", "column", "step", "knots", "skip"]
words = st.sampled_from([*WORDS, *ODD, ""])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of some plain data."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in items for place in [(value, key), *places(item)]]


@given(draw=st.data())
@settings(max_examples=400, deadline=None)
def test_any_value_in_any_place(draw):
    whole = copy.deepcopy(data())
    for _ in range(draw.draw(st.integers(1, 3))):
        container, key = draw.draw(st.sampled_from(places(whole)))
        if isinstance(container, dict) and draw.draw(st.booleans()):
            container[draw.draw(words)] = draw.draw(anything)
        else:
            container[key] = draw.draw(anything)
    model, findings = read_model(whole)
    assert (model is None) == any(f.severity == "error" for f in findings)
    assert all(f.where and f.message and len(str(f)) < 1500 for f in findings)
    if model is not None:
        assert files.loads(files.dumps(model)) == model


@given(value=anything)
@settings(max_examples=100, deadline=None)
def test_any_value_at_all(value):
    model, findings = read_model(value)
    assert model is None
    assert findings


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("form", ["toml", "json", "yaml"])
@given(draw=st.data())
@settings(max_examples=150, deadline=None)
def test_any_change_of_the_text(form, draw):
    text = MAIL if form == "toml" else json.dumps(data(), indent=1) if form == "json" else YAML
    for _ in range(draw.draw(st.integers(1, 3))):
        start = draw.draw(st.integers(0, len(text)))
        end = start + draw.draw(st.integers(0, 3))
        new = draw.draw(st.text(max_size=2) | st.sampled_from(list("[]{}\"'#=:,.&*!|>-\n\t\\0")))
        text = text[:start] + new + text[end:]
    try:
        model = files.loads(text, form)
    except ModelError as error:
        found = error.findings
    else:
        found = (files.loads(files.dumps(model)) == model,)
    assert any(found)


YAML = files.dumps(files.loads(MAIL), "yaml")
