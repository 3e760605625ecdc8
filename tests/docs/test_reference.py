"""The reference pages name every key of a model file, and no key that there is not."""

from __future__ import annotations

import re

import attrs
import pytest

from outcomegap.files import keys
from outcomegap.files.forms import GATE_FORMS
from outcomegap.model.curve import NAMED
from outcomegap.model.inputs import Expected, Inputs, TableInput
from outcomegap.model.join import NAMED_JOINS
from outcomegap.model.mapping import CellInput, MeasureInput
from outcomegap.model.source import AGGREGATES, UNITS
from outcomegap.model.step import STATUSES
from tests.docs.pages import ROOT


def fields(*kinds):
    return {field.name for kind in kinds for field in attrs.fields(kind)}


def gates():
    return {*GATE_FORMS, "of", "weight", *(key for form in GATE_FORMS.values() for key in form.also)}


MODEL_FILES = {
    "The whole file": set(keys.TOP),
    "Segments and stages": {*keys.SEGMENT, *keys.STAGE},
    "Measures": set(keys.MEASURE),
    "Functions, gaps, expectations": {key for _, table in keys.SECTIONS.values() for key in table},
    "Gates": gates(),
    "Desired outcomes": {*keys.OUTCOME, *keys.PARTS},
    "The two parts": {key for table in keys.PARTS.values() for key in table},
}
INPUTS = {
    "The whole table": fields(Inputs),
    "One number": fields(MeasureInput),
    "Segment, stage and goal": fields(CellInput) - fields(MeasureInput) | {"column", "values"},
    "Tables": fields(TableInput),
    "What ought to hold": fields(Expected),
}


def sections(page):
    """Return the text below each heading, up to the next."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    parts = re.split(r"^#+ +(.*)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize(
    ("page", "heading", "there"),
    [
        *(("model-files.md", heading, there) for heading, there in MODEL_FILES.items()),
        *(("inputs.md", heading, there) for heading, there in INPUTS.items()),
    ],
)
def test_tables_hold_every_key_and_no_other(page, heading, there):
    named = re.findall(r"^\| `([^`]+)` \|", sections(page)[heading], re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == there


def test_every_word_of_a_choice_is_named():
    text = (ROOT / "docs" / "model-files.md").read_text(encoding="utf-8")
    assert [word for word in (*STATUSES, *NAMED, *NAMED_JOINS) if f'`"{word}"`' not in text] == []


def test_every_aggregate_and_unit_is_named():
    text = "".join(sections("inputs.md").values())
    assert [name for name in (*AGGREGATES, *UNITS) if f"`{name}`" not in text] == []
