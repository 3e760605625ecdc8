"""Listings: one set of columns as text, HTML, frames and files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.cells import cell_len
from rich.console import Console

import outcomegap as og
from outcomegap import listing
from outcomegap.frames import wrap
from outcomegap.listing import Bar, Listing, Show, file_kind, write_table
from outcomegap.replacing import replacing


@pytest.mark.parametrize("name", ["a.doc", "a", "a.gz", "a.csv.zip", "csv"])
def test_suffixes_that_mean_nothing(name):
    with pytest.raises(og.DataError, match="its suffix is none of"):
        file_kind(Path(name))


@pytest.mark.parametrize(("name", "extra"), [("a.parquet", "parquet"), ("a.xlsx", "excel")])
def test_a_library_that_is_not_there(monkeypatch, name, extra):
    monkeypatch.setattr(listing, "find_spec", lambda _: None)
    with pytest.raises(og.EngineError, match=rf"install the extra outcomegap\[{extra}\]"):
        file_kind(Path(name))


def test_values_of_every_kind(tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "PIECE", 2)  # so that more than one piece is written
    columns = {
        "id": np.array(["a", None, "c,\n"], dtype=object),
        "mixed": np.array([1, "x", 2.5], dtype=object),
        "number": np.array([1.5, np.nan, np.inf]),
        "day": np.array(["2026-01-31", "NaT", "2026-02-01"], dtype="M8[ns]"),
        "moment": np.array(["2026-01-31T12:00", "2026-01-31", "NaT"], dtype="M8[us]"),
        "flag": np.array([True, False, True]),
    }
    write_table(columns, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["id", "mixed", "number", "day", "moment", "flag"],
        ["a", "1", "1.5", "2026-01-31", "2026-01-31T12:00:00", "True"],
        ["", "x", "", "", "2026-01-31T00:00:00", "False"],
        ["c,\n", "2.5", "inf", "2026-02-01", "", "True"],
    ]
    write_table(columns, tmp_path / "a.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert [line["number"] for line in lines] == [1.5, None, "inf"]
    write_table(columns, tmp_path / "a.parquet")
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(tmp_path / "a.parquet")
    assert table["day"].to_pylist() == [dt.date(2026, 1, 31), None, dt.date(2026, 2, 1)]
    assert table["mixed"].to_pylist() == ["1", "x", "2.5"]
    assert table["number"].to_pylist() == [1.5, None, np.inf]


def test_no_rows(tmp_path):
    write_table({"id": np.array([], dtype=object), "x": np.array([])}, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "id,x\n"


ROWS = {"name": ["Acme", "=1+1", None], "share": [0.5, float("nan"), 0.25], "met": [1, 2, 3], "of": [3, 3, 3]}
SHOW = [
    Show("customer", "name"),
    Show("share", form="percent"),
    Show("met", ("met", "of"), lambda met, of: f"{met} of {of}"),
    Show("bar", "share", lambda share: Bar([("bar", share or 0.0)], "half"), drawn=True),
]


def made(**more):
    return Listing("Customers", ROWS, show=SHOW, notes=["a note"], **more)


def test_text_shows_what_is_asked_for_and_no_drawing():
    lines = str(made()).splitlines()
    assert lines[0] == "Customers"
    assert lines[2].split() == ["customer", "share", "met"]
    assert lines[4].split() == ["Acme", "50.0", "%", "1", "of", "3"]
    assert lines[6].split() == ["-", "25.0", "%", "3", "of", "3"]
    assert lines[-1] == "a note"
    assert "... and 1 more." in made().text(2)
    assert all(len(line) <= 20 for line in made().text(width=20).splitlines())


def test_html_is_escaped_and_holds_the_drawing():
    page = Listing("<b>", {"x": ["<script>", "a\x1bb"]}, parts=[made()]).html()
    assert "<script>" not in page
    assert "\x1b" not in page
    assert page.count("<svg") == 3


def test_rows_and_frames():
    listing_ = made()
    assert listing_[0] == {"name": "Acme", "share": 0.5, "met": 1, "of": 3}
    assert listing_[-1]["name"] is None
    assert [row["met"] for row in listing_[1:]] == [2, 3]
    assert len(listing_) == len(list(listing_)) == 3
    assert listing_.to_frame("polars")["share"].to_list() == [0.5, None, 0.25]
    with pytest.raises(IndexError):
        listing_[3]


def test_csv_and_json(tmp_path):
    made().to_csv(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == made().to_csv()
    assert list(csv.reader(made().to_csv().splitlines()))[2] == ["'=1+1", "", "2", "3"]
    assert json.loads(made().to_json())[1] == {"name": "=1+1", "share": None, "met": 2, "of": 3}
    assert json.loads(Listing("", {"x": [np.inf]}).to_json()) == [{"x": "inf"}]


def test_excel_holds_text_as_text(tmp_path):
    from openpyxl import load_workbook

    made().to_excel(tmp_path / "a.xlsx")
    page = load_workbook(tmp_path / "a.xlsx").active
    assert [cell.value for cell in page[1]] == list(ROWS)
    assert (page["A3"].value, page["A3"].data_type, page["B2"].value) == ("=1+1", "s", 0.5)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write(f"half {1 // 0}")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]
    with replacing(path) as file:
        file.write("new")
    assert path.read_text() == "new"
    with pytest.raises(og.DataError), replacing(tmp_path / "no" / "folder.csv"):
        pass


def test_facts_named_parts_and_the_row_of_a_customer():
    part = Listing("by month", {"month": ["2026-01"]})
    whole = Listing("all", {"customer": ["A", "B"]}, parts={"months": part}, facts={"size": 3.0})
    assert (whole.parts, whole.facts) == ({"months": part}, {"size": 3.0})
    assert Listing("all", {"customer": []}, parts=[part]).parts == {"by month": part}
    assert whole.find("B") == {"customer": "B"}
    with pytest.raises(og.DataError) as caught:
        whole.find("C")
    assert [problem.rule for problem in caught.value.problems] == ["unknown-value"]


def test_rows_that_are_those_of_the_frame_keep_its_index():
    frame = pd.DataFrame({"customer": ["A", "B"]}, index=[7, 9])
    columns = {"customer": np.array(["A", "B"], dtype=object)}
    assert list(Listing("all", columns, like=wrap(frame), same_rows=True).to_frame().index) == [7, 9]
    assert list(Listing("all", columns, like=wrap(frame)).to_frame().index) == [0, 1]


def test_a_narrow_table_leaves_out_its_last_columns_and_splits_no_word():
    columns = {
        "name": ["Newsletterabonnenten anlegen", "x" * 120],
        "done": [0.5, 0.25],
        "remedy": ["do this now", None],
    }
    columns |= {"نام": ["شرکت‌های کوچک", "علی"], "name in Chinese": ["張偉", "王芳"]}
    text = Listing("t", columns).text(width=60)
    assert all(cell_len(line) <= 60 for line in text.splitlines())
    assert "Newsletterabonnenten" in text
    assert "Left out to fit 60 columns:" in text
    assert "Left out" not in Listing("t", columns).text(width=200)
    assert str(Listing("t", columns)).splitlines()[4].split()[:2] == ["Newsletterabonnenten", "anlegen"]


def test_a_table_in_a_rich_console_takes_its_width():
    console = Console(width=40, record=True, file=io.StringIO())
    console.print(Listing("t", {f"column {at}": ["some words"] for at in range(9)}))
    assert "Left out to fit 40 columns:" in console.export_text()


def test_cells_of_a_page_say_their_column_and_row():
    page = made().html()
    assert page.count('data-head="share"') == 3
    assert page.count('<th role="rowheader" scope="row"') == 3
    assert page.count('role="columnheader"') == 4


def test_what_is_not_there_takes_no_line_below_a_row() -> None:
    columns = {f"a long heading number {n}": np.array(["some words of text", None], dtype=object) for n in range(40)}
    columns["a long heading number 30"] = columns["a long heading number 30"][::-1]
    page = Listing("", columns, show=[Show(name) for name in columns]).html()
    assert page.count('class="rest"') == 2
    assert [page.count(f'data-head="a long heading number {n}"') for n in (30, 38, 39)] == [1, 1, 1]
    assert page.index("number 29") < page.index("number 31") < page.index("number 30")
    rows = page.split('class="rest"')
    assert ("number 30" in rows[1], "number 30" in rows[2], "number 31" in rows[2]) == (False, True, False)
