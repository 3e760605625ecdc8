"""Files that are damaged or sly: each is read as it is meant, or refused with a reason."""

from __future__ import annotations

import json

import openpyxl
import pytest

import outcomegap as og

MODEL = og.loads("""
schema_version = 1
name = "m"
[measures.a]
[measures.w]
[gaps.a]
measure = "a"
floor = 0
target = 1
[expectations.w]
measure = "w"
floor = 0
target = 1
[[desired_outcomes]]
required = { name = "r", of = "a" }
experience = { name = "e", of = "w" }
[inputs]
id = "id"
""")


def problem(path):
    with pytest.raises(og.DataError) as told:
        og.read_customers(MODEL, path)
    (found,) = told.value.problems
    assert found.rule == "unreadable-file"
    return str(found)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("[" * 5_000 + "]" * 5_000, "line 2"),
        ('{"id": "\\ud800", "a": 1, "w": 1}', "line 2"),
        ('{"id": "y", "a": 1, "w": 1, "a": 2}', "'a' appears in it twice"),
        ('{"id": "y", "a": 1', "line 2"),
    ],
)
def test_json_lines(tmp_path, line, says):
    path = tmp_path / "customers.jsonl"
    path.write_text(json.dumps({"id": "x", "a": 1, "w": 1}) + "\n" + line + "\n", encoding="utf-8")
    assert says in problem(path)


@pytest.mark.parametrize(
    "text",
    [
        "id,a,w" + "x" * 140_000 + "\nx,1,1\n",
        'id,a,"w\nx,1,1\n' + "y,1,1\n" * 40_000,
    ],
)
def test_a_quotation_mark_that_nothing_closes(tmp_path, text):
    path = tmp_path / "customers.csv"
    path.write_text(text, encoding="utf-8")
    assert "quotation mark" in problem(path)


def test_headings_that_a_workbook_holds_twice_or_not_at_all(tmp_path):
    book = openpyxl.Workbook()
    for row in (("id", "a", "w", "a", None), ("x", 1, 1, 0, 7), ("y", 0.5, 1, 0, 8)):
        book.active.append(row)
    book.save(tmp_path / "customers.xlsx")
    made = og.read_customers(MODEL, tmp_path / "customers.xlsx")
    assert list(made.frame["a"]) == [1, 0.5]
    assert "these columns are called 'a 2', 'column 5'" in made.report.left_out[0]


def test_a_cell_far_from_the_table_is_no_customer(tmp_path):
    book = openpyxl.Workbook()
    for row in (("id", "a", "w"), ("x", 1, 1), (), ("y", 0.5)):
        book.active.append(row)
    book.active["Z90"] = "seen by Sara"
    book.save(tmp_path / "customers.xlsx")
    assert list(og.read_customers(MODEL, tmp_path / "customers.xlsx").frame["id"]) == ["x", "y"]


@pytest.mark.parametrize("separator", ["ab", "", "x"])
def test_a_separator_is_one_mark(separator):
    with pytest.raises(og.ModelError) as told:
        og.Inputs(tables={"customers": {"separator": separator}})
    assert "separator" in told.value.findings[0].where


def test_a_separator_of_another_script(tmp_path):
    model = og.loads(og.dumps(MODEL) + '\n[inputs.tables.customers]\nseparator = "\uff1b"\n')
    path = tmp_path / "customers.csv"
    path.write_text("id\uff1ba\uff1bw\nx\uff1b1\uff1b0.5\n", encoding="utf-8")
    assert list(og.read_customers(model, path).frame["w"]) == [0.5]
