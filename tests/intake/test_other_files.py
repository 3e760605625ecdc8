"""Workbooks as people have them, and other files: JSON, and what is damaged."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference

from outcomegap.errors import DataError
from outcomegap.intake import loading
from outcomegap.intake.loading import Tables
from outcomegap.model.inputs import Inputs

ROWS = [("id", "a", "w"), ("x", 1, 1), ("y", 0.5, 1), ("z", 2, 3)]
SOUND = {"id": ["x", "y", "z"], "a": [1.0, 0.5, 2.0], "w": [1, 1, 3]}


@pytest.fixture(params=["polars", "pyarrow", "pandas", "dict"])
def read(request, tmp_path, monkeypatch):
    """Return the columns of a workbook of pages, and what is told of it."""
    monkeypatch.setattr(loading, "best_library", lambda: request.param)

    def columns(change=None, rows=ROWS, **said):
        book = openpyxl.Workbook()
        page = book.active
        page.title = "Data"
        for row in rows:
            page.append(row)
        if change is not None:
            change(book)
        book.save(tmp_path / "t.xlsx")
        return opened(tmp_path / "t.xlsx", **said)

    return columns


def opened(path, **said):
    tables = Tables(Inputs(tables={"customers": said}), path)
    table = tables.table("customers")
    found = {name: [None if v is None or v != v else v for v in table.values(name)] for name in table.names}
    return found, tables.notes, [finding.message for finding in tables.checks.findings]


# Sheets


def an_empty_page_first(book):
    book.create_sheet("Cover", 0)


def a_page_with_one_line_first(book):
    book.create_sheet("Cover", 0).append(["Accounts of May"])


def a_hidden_table_first(book):
    page = book.create_sheet("Lists", 0)
    for row in (("plan",), ("pro",), ("free",)):
        page.append(row)
    page.sheet_state = "hidden"


def a_chart_first(book):
    chart = BarChart()
    chart.add_data(Reference(book["Data"], min_col=2, min_row=1, max_row=4))
    book.create_chartsheet("Chart", 0).add_chart(chart)


@pytest.mark.parametrize("change", [an_empty_page_first, a_page_with_one_line_first, a_hidden_table_first])
def test_the_only_table_in_sight_is_read_and_that_is_told(read, change):
    found, notes, doubts = read(change)
    assert (found, doubts) == (SOUND, [])
    assert "sheet 'Data' is read" in notes[0]


def test_a_chart_is_no_table(read):
    assert read(a_chart_first) == (SOUND, [], [])


def test_of_two_tables_one_must_be_named(read):
    def change(book):
        page = book.create_sheet("Data Dict", 0)
        for row in (("Variable", "What it is"), ("a", "seats"), ("w", "hours")):
            page.append(row)

    said = (
        r"'Data Dict', 'Data'.*sheet = \"Data Dict\" under \[inputs.tables.customers\] \(on the command line: --sheet"
    )
    with pytest.raises(DataError, match=said):
        read(change)
    assert read(change, sheet="Data") == (SOUND, [], [])
    with pytest.raises(DataError, match="no sheet 'Date'"):
        read(change, sheet="Date")


# Rows and cells


def test_titles_totals_and_footers(read):
    rows = [("Accounts of May",), (), *ROWS, ("Total", 3.5, 5), (), ("Confidential: do not pass on",)]
    found, notes, doubts = read(lambda book: book.active.merge_cells("A1:C1"), rows)
    assert (found, doubts) == (SOUND, [])
    assert [note.split(" left out")[0] for note in notes] == [
        "t.xlsx: 1 row above the heading",
        "t.xlsx: 1 row of totals",
        "t.xlsx: 1 row below the table",
    ]
    assert read(rows=rows, skip_rows=[1, 2, -2, -1])[0] == SOUND


def test_further_headings_and_customers_called_total(read):
    rows = [*ROWS[:1], ("Response ID", "How easy was it?", "How long did it take?"), *ROWS[1:], ("Total", 1, 2)]
    found, notes, doubts = read(rows=rows)
    assert found["id"] == ["x", "y", "z", "Total"]
    assert "further headings" in notes[0]
    assert "skip_rows = [2, -1]" in doubts[0]
    assert read(rows=rows, skip_rows=[2, -1])[0]["id"] == ["x", "y", "z"]


@pytest.mark.parametrize(
    "second",
    [("", "", "Response", "Response"), (None, None, "Response", "Open-Ended Response"), (None, None, None, "Response")],
)
@pytest.mark.parametrize("answers", [(4, 5, 1), ("good", "bad", "so so")])
def test_what_stands_below_questions(read, second, answers):
    rows = [(f"r{n}", "web", answer, answer) for n, answer in enumerate(answers)]
    found, notes, doubts = read(rows=[("Respondent ID", "Collector", "How easy?", "Again?"), second, *rows])
    assert (found["Respondent ID"], doubts) == (["r0", "r1", "r2"], [])
    assert "further headings left out: line 2" in notes[0]


def test_totals_of_fractions(read):
    rows = [*ROWS[:1], ("x", 0.1, 1.1), ("y", 0.2, 2.2), ("z", 0.3, 3.3), ("Total", 0.6, 6.6)]
    assert read(rows=rows)[0]["id"] == ["x", "y", "z"]


def test_cells_to_the_right_of_the_table_are_told(read):
    found, notes, _ = read(lambda book: book.active.__setitem__("H3", "seen by Sara"))
    assert found == SOUND
    assert "cells to the right of the table left out: line 3 ('seen by Sara')" in notes[0]


def test_a_small_table_beside_the_table_is_no_part_of_it(read):
    beside = [(None, "Plan", "Count"), (None, "pro", 2), (), ()]
    found, notes, _ = read(rows=[(*row, *more) for row, more in zip(ROWS, beside, strict=True)])
    assert found == SOUND
    assert "2 rows of cells to the right of the table left out: line 1 ('Plan', 'Count')" in notes[0]
    found, notes, _ = read(rows=[(row[0], None, *row[1:]) for row in ROWS])
    assert {name: found[name] for name in SOUND} == SOUND


def test_a_column_without_a_heading_is_read(read):
    rows = [("id", None, "w", "w"), *((*row, 5) for row in ROWS[1:])]
    found, notes, _ = read(rows=rows)
    assert list(found) == ["id", "column 2", "w", "w 2"]
    assert "blank or repeated" in notes[0]


def test_dates_times_and_percentages_are_cells(read):
    moment = dt.datetime(2026, 5, 1, 9, 30)
    rows = [("id", "day", "share", "took"), ("x", moment, 0.125, dt.timedelta(hours=26)), ("y", moment, 0.5, None)]

    def change(book):
        for cell in book.active["C"][1:]:
            cell.number_format = "0.0%"

    found = read(change, rows)[0]
    assert found["share"] == [0.125, 0.5]
    assert [str(day)[:16].replace("T", " ") for day in found["day"]] == ["2026-05-01 09:30"] * 2


# Other files


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.json", json.dumps([{"id": "x", "a": 1}, {"id": "y", "b": True}])),
        ("t.json", '\ufeff [\n{"id": "x", "a": 1},\n{"id": "y", "b": true}]\n'),
        ("t.json", '{"id": "x", "a": 1}\n{"id": "y", "b": true}\n'),
        ("t.jsonl", '{"id": "x", "a": 1}\n\n{"id": "y", "b": true}'),
        ("t.ndjson", '\ufeff{"id": "x", "a": 1}\r\n{"id": "y", "b": true}\r\n'),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_json(tmp_path, name, text, packed):
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    assert opened(path) == ({"id": ["x", "y"], "a": [1, None], "b": [None, True]}, [], [])


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("t.json", "[1, 2]", "item 1 is not a JSON object"),
        ("t.json", '[{"id": "x"}', "it is not a JSON object"),
        ("t.json", '{"data": [\n{"id": 1}]}', "line 1"),
        ("t.jsonl", '{"id": "x"}\n{"id":', "line 2"),
        ("t.jsonl", "[1]", "line 1 is not a JSON object"),
        ("t.parquet", "PAR1 no parquet", "cannot be read"),
        ("t.xlsx", "no workbook", "cannot be read"),
        ("t.duckdb", "no database at all", "cannot be read"),
        ("t.csv.gz", "not packed", "gzip"),
        ("t.jsonl.gz", "not packed", "gzip"),
    ],
)
def test_damaged_files(tmp_path, name, text, says):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=says):
        opened(path)


@pytest.mark.parametrize("name", ["t.parquet", "t.xlsx", "t.csv.gz"])
@pytest.mark.parametrize("kept", [0.5, 0.95])
def test_files_cut_off(tmp_path, name, kept):
    path = tmp_path / name
    if name.endswith("parquet"):
        import polars as pl

        pl.DataFrame({"id": [f"c{n}" for n in range(1000)]}).write_parquet(path)
    elif name.endswith("xlsx"):
        book = openpyxl.Workbook()
        book.active.append(["id"])
        book.save(path)
    else:
        path.write_bytes(gzip.compress(b"".join(b"c%d,1\n" % n for n in range(1000))))
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(DataError, match="cannot be read"):
        opened(path)


def test_what_unpacks_without_end(tmp_path, monkeypatch):
    from outcomegap.frames import workbook

    monkeypatch.setattr(loading, "MOST_UNPACKED", 1000)
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress(b'{"id": 1}\n' * 1000))
    with pytest.raises(DataError, match="unpacks to more than"):
        opened(tmp_path / "t.jsonl.gz")
    monkeypatch.setattr(workbook, "MOST_BYTES", 1000)
    held = io.BytesIO()
    openpyxl.Workbook().save(held)
    with zipfile.ZipFile(held, "a") as parts:
        parts.writestr("xl/media/image1.png", b"\0" * 10_000)
    (tmp_path / "t.xlsx").write_bytes(held.getvalue())
    with pytest.raises(DataError, match="unpacks to more than"):
        opened(tmp_path / "t.xlsx")
