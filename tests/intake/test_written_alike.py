"""Names that differ only in case, spaces or width are told, with what makes them one."""

from __future__ import annotations

from typing import Any

import pytest

import outcomegap as og
from outcomegap.errors import written_alike
from outcomegap.intake import read_customers
from outcomegap.model import check
from tests.intake.models import model_of

WIDE = "\uff45nterprise"


@pytest.mark.parametrize(
    "other", ["Enterprise", "enterprise ", " ENTERPRISE", "enter\u00adprise", WIDE, "enterprise\u00a0"]
)
def test_another_spelling_of_a_segment_is_told_with_what_makes_it_one(other: str) -> None:
    model = model_of("n", segments=["enterprise", "startup"], inputs={"id": "id"})
    table = {"id": list("abcd"), "segment": ["enterprise", other, "startup", other], "n": [1] * 4}
    found = read_customers(model, table, on_bad="set_aside")
    if other == "enter\u00adprise":  # a soft hyphen is no space
        assert found.report.findings == ()
        return
    (finding,) = found.report.findings
    assert (finding.rule, finding.where) == ("written-alike", "inputs.segment")
    assert "(2 rows: b, d)" in finding.message
    say = finding.message.partition("say ")[2]
    assert say == f'values = {{ enterprise = ["enterprise", "{other}"] }}'
    one = {"column": "segment", "values": {"enterprise": ["enterprise", other], "startup": "startup"}}
    mended = read_customers(model_of("n", segments=["enterprise", "startup"], inputs={"segment": one}), table)
    assert mended.report.findings == ()
    assert list(mended.frame["segment"]) == ["enterprise", "enterprise", "startup", "enterprise"]


def test_what_otherwise_takes_is_told_too() -> None:
    said = {"column": "plan", "values": {"enterprise": ["pro"]}, "otherwise": "startup"}
    model = model_of("n", segments=["enterprise", "startup"], inputs={"segment": said})
    found = read_customers(model, {"plan": ["pro", "Pro", "free", None], "n": [1] * 4})
    assert list(found.frame["segment"]) == ["enterprise", "startup", "startup", "startup"]
    (finding,) = found.report.findings
    assert '"Pro"' in finding.message


def rules(**more: Any) -> list[str]:
    return [finding.where for finding in check(model_of("n", **more)) if finding.rule == "written-alike"]


def test_a_model_that_has_both_is_told() -> None:
    assert rules(segments=["enterprise", "Enterprise"]) == ["segments"]
    assert rules(stages=["new", "in  use", "In use"]) == ["stages"]
    both = {"column": "plan", "values": {"a": ["Pro"], "b": ["pro"]}}
    assert rules(segments=["a", "b"], inputs={"segment": both}) == ["inputs.segment.values"]
    one = {"column": "plan", "values": {"a": ["Pro", "pro", "PRO "], "b": ["free"]}}
    assert rules(segments=["a", "b"], inputs={"segment": one}) == []


def test_groups_of_a_column_that_look_alike_are_noted() -> None:
    model = model_of("n")
    table = {"n": [1.0, 0.5, 0.0, 1.0], "owner": ["Ann", "ann", "Bo", "ann"], "year": [1, 1, 2, 2]}
    by = og.Scorer(model).score(table).by("owner")
    assert "owner: 'Ann' (1) and 'ann' (2) differ only in case, spaces or width; make them one in the data." in str(
        by.listing.notes or by
    )
    assert "differ only" not in str(og.Scorer(model).score(table).by("year"))


def test_alike() -> None:
    assert written_alike(["a", "A ", "b", 3, None, "a", WIDE, "Enterprise"]) == [("a", "A "), (WIDE, "Enterprise")]
