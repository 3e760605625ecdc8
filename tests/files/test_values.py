"""Single values: numbers, columns, per-cell tables."""

from __future__ import annotations

import pytest

import outcomegap.files as files
from outcomegap.files.reading import Reading
from outcomegap.files.values import finite, numeric, value
from outcomegap.model import column, per_cell
from tests.files.texts import changed, told


def reading(**more) -> Reading:
    return Reading(segments=("startup", "enterprise", "column"), stages=("adopting", "scaling"), **more)


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
    state = reading()
    assert value(state, "x", raw) == meant
    assert state.findings == []


@pytest.mark.parametrize(
    ("raw", "where", "said"),
    [
        ("many", "x", "must be a number (got 'many')"),
        (True, "x", "must be a number (got True)"),
        (None, "x", "must be a number (got None)"),
        ([1], "x", "must be a number (got [1])"),
        (float("nan"), "x", "must be finite (got nan)"),
        (float("-inf"), "x", "must be finite (got -inf)"),
        (10**400, "x", "must be finite (got a whole number of 1329 bits)"),
        pytest.param(2**400_000, "x", "must be finite (got a whole number of 400001 bits)", id="large"),
        ({"column": " "}, "x", "not blank"),
        ({"colum": "x"}, "x.colum", 'write { column = "name" }'),
        ({"default": 1, "enterprize": 2}, "x.enterprize", "did you mean 'enterprise'"),
        ({"*/scalin": 2}, "x.*/scalin", "no stage 'scalin' (did you mean 'scaling'?)"),
        ({"enterprise/": 2}, "x.enterprise/", "write 'segment', '*/stage' or 'segment/stage'"),
        ({"*": 2}, "x.*", "write 'segment'"),
        ({"startup/*": 2}, "x.startup/*", "write 'segment'"),
        ({"a/b/c": 2}, "x.a/b/c", "write 'segment'"),
        ({"startup": {"columns": "x"}}, "x.startup", 'must be a number or { column = "name" }'),
    ],
)
def test_no_values(raw, where, said):
    state = reading()
    assert value(state, "x", raw) is None
    assert said in {f.where: f.message for f in state.findings}[where]


def test_every_cell_of_a_table_is_looked_at():
    state = reading()
    assert value(state, "x", {"default": "a", "startup": "b", "entreprise": "c"}) is None
    assert {f.where for f in state.findings} == {"x.default", "x.startup", "x.entreprise"}


def test_cells_are_not_checked_against_segments_that_could_not_be_read():
    state = Reading()
    assert value(state, "x", {"anything/at all": 1}) == per_cell(None, {"anything/at all": 1})


def test_columns_only_where_they_mean_something():
    state = reading()
    assert numeric(state, "x", {"column": "sla_hours"}) is None
    assert finite(state, "x", {"column": "sla_hours"}) is None
    assert len(state.findings) == 2


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
    found = told(changed('achieved_at = { default = 0.5, "*/scaling" = 0.75 }', f"{key} = {raw}"))
    assert list(found) == ([] if fine else [f"desired_outcomes[0].{key}"])


def test_a_model_without_segments_has_one_called_all():
    text = changed('segments = ["startup", { name = "enterprise", ideal = true }]\n', "")
    text = text.replace("enterprise = 1 }", "all = 1 }")
    text = text.replace('enterprise = 50_000, "enterprise/scaling"', 'all = 50_000, "all/scaling"')
    assert str(files.loads(text).cells[0]) == "all/onboarding"
