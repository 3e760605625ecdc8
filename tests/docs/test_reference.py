"""The reference pages name every key of a model file, and no key that there is not."""

from __future__ import annotations

import re

import pytest

from outcomegap.files.model_file import GATE_FORMS, PARTS, SECTIONS, TOP
from outcomegap.model import DesiredOutcome, Measure, Segment, Stage
from outcomegap.model.declaration import declared
from outcomegap.model.inputs import AGGREGATES, UNITS, CellInput, Expected, Inputs, MeasureInput, TableInput
from outcomegap.model.model import NAMED_JOINS
from outcomegap.model.step import NAMED, STATUSES
from tests.docs.pages import ROOT


def fields(*kinds):
    return {name for kind in kinds for name in declared(kind)}


def gates():
    return {*GATE_FORMS, "of", "weight"}


MODEL_FILES = {
    "The whole file": set(TOP),
    "Segments and stages": fields(Segment, Stage),
    "Measures": fields(Measure) - {"name"},
    "Functions, gaps, expectations": fields(*SECTIONS.values()) - {"name"},
    "Gates": gates(),
    "Desired outcomes": fields(DesiredOutcome),
    "The two parts": {name for kind, root in PARTS.values() for name in fields(kind) - {root}},
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
