"""Single values: numbers, columns, per-cell tables."""

from __future__ import annotations

import pytest

import outcomegap.files as files
from outcomegap.files.kinds import Reader
from outcomegap.model import column, per_cell
from outcomegap.model.declaration import Number
from outcomegap.model.step import VALUE
from tests.files.texts import changed, rules


def read(raw, kind=VALUE, reader=None):
    """Read one value at the place x: what it is, and what is wrong with it, path -> rule."""
    reader = reader or Reader(cells={"segment": ("startup", "enterprise", "column"), "stage": ("adopting", "scaling")})
    found = reader.take(kind, reader.checks, "x", raw)
    return found, {finding.where: finding.rule for finding in reader.checks.findings}


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        (5, 5.0),
        (0.25, 0.25),
        ({"column": "sla_hours"}, column("sla_hours")),
        ({"default": 1, "startup": 2}, per_cell(1, {"startup": 2})),
        ({"default": {"column": "x"}, "*/scaling": 2}, per_cell(column("x"), {"*/scaling": 2})),
        ({"enterprise/scaling": 2}, per_cell(None, {"enterprise/scaling": 2})),
        # A segment may be called "column".
        ({"column": 5}, per_cell(None, {"column": 5})),
        ({"column": {"column": "x"}}, per_cell(None, {"column": column("x")})),
    ],
)
def test_values(raw, meant):
    assert read(raw) == (meant, {})


@pytest.mark.parametrize(
    ("raw", "where", "rule"),
    [
        ("many", "x", "number"),
        (True, "x", "number"),
        (None, "x", "number"),
        ([1], "x", "number"),
        (float("nan"), "x", "number"),
        (float("-inf"), "x", "number"),
        (10**400, "x", "number"),
        pytest.param(2**400_000, "x", "number", id="large"),
        ({"column": " "}, "x", "name"),
        ({"colum": "x"}, "x.colum", "number"),
        ({"default": 1, "enterprize": 2}, "x.enterprize", "unknown-segment"),
        ({"*/scalin": 2}, "x.*/scalin", "unknown-stage"),
        ({"enterprise/": 2}, "x.enterprise/", "per-cell-key"),
        ({"*": 2}, "x.*", "per-cell-key"),
        ({"startup/*": 2}, "x.startup/*", "per-cell-key"),
        ({"a/b/c": 2}, "x.a/b/c", "per-cell-key"),
        ({"startup": {"columns": "x"}}, "x.startup", "number"),
    ],
)
def test_no_values(raw, where, rule):
    assert read(raw)[1][where] == rule


def test_every_cell_of_a_table_is_looked_at():
    found = read({"default": "a", "startup": "b", "entreprise": "c"})[1]
    assert set(found) == {"x.default", "x.startup", "x.entreprise"}


def test_cells_are_not_checked_against_segments_that_could_not_be_read():
    assert read({"anything/at all": 1}, reader=Reader()) == (per_cell(None, {"anything/at all": 1}), {})


def test_columns_only_where_they_mean_something():
    for kind in (Number(), Number(per_cell=True)):
        assert read({"column": "sla_hours"}, kind)[1]


@pytest.mark.parametrize(
    ("key", "raw", "fine"),
    [
        ("achieved_at", "0.5", True),
        ("achieved_at", "1", True),
        ("achieved_at", "0", False),
        ("appropriate_at", "1.1", False),
        ("min_coverage", "0", True),
        ("min_coverage", "-0.1", False),
        ("min_coverage", '{ default = 0.5, "*/scaling" = 2 }', False),
    ],
)
def test_shares(key, raw, fine):
    found = rules(changed('achieved_at = { default = 0.5, "*/scaling" = 0.75 }', f"{key} = {raw}"))
    place = "" if raw[0] != "{" else ".*/scaling"
    assert found == ({} if fine else {f"desired_outcomes[0].{key}{place}": "threshold"})


def test_a_model_without_segments_has_one_called_all():
    text = changed('segments = ["startup", { name = "enterprise", ideal = true }]\n', "")
    text = text.replace("enterprise = 1 }", "all = 1 }")
    text = text.replace('enterprise = 50_000, "enterprise/scaling"', 'all = 50_000, "all/scaling"')
    assert str(files.loads(text).cells[0]) == "all/onboarding"
