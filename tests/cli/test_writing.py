"""What is written, and what is refused before the work begins."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest

import outcomegap as og
from outcomegap.cli import writing
from outcomegap.cli.writing import kind_of, write


@pytest.mark.parametrize("name", ["a.doc", "a", "a.gz", "a.csv.zip", "csv"])
def test_suffixes_that_mean_nothing(name):
    with pytest.raises(og.DataError, match="its suffix is none of"):
        kind_of(Path(name))


@pytest.mark.parametrize(("name", "extra"), [("a.parquet", "parquet"), ("a.xlsx", "excel")])
def test_a_library_that_is_not_there(monkeypatch, name, extra):
    monkeypatch.setattr(writing, "find_spec", lambda _: None)
    with pytest.raises(og.EngineError, match=rf"install the extra outcomegap\[{extra}\]"):
        kind_of(Path(name))


def test_values_of_every_kind(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "PIECE", 2)  # so that more than one piece is written
    columns = {
        "id": np.array(["a", None, "c,\n"], dtype=object),
        "mixed": np.array([1, "x", 2.5], dtype=object),
        "number": np.array([1.5, np.nan, np.inf]),
        "day": np.array(["2026-01-31", "NaT", "2026-02-01"], dtype="M8[ns]"),
        "moment": np.array(["2026-01-31T12:00", "2026-01-31", "NaT"], dtype="M8[us]"),
        "flag": np.array([True, False, True]),
    }
    write(columns, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["id", "mixed", "number", "day", "moment", "flag"],
        ["a", "1", "1.5", "2026-01-31", "2026-01-31T12:00:00", "True"],
        ["", "x", "", "", "2026-01-31T00:00:00", "False"],
        ["c,\n", "2.5", "inf", "2026-02-01", "", "True"],
    ]
    write(columns, tmp_path / "a.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert [line["number"] for line in lines] == [1.5, None, "inf"]
    write(columns, tmp_path / "a.parquet")
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(tmp_path / "a.parquet")
    assert table["day"].to_pylist() == [dt.date(2026, 1, 31), None, dt.date(2026, 2, 1)]
    assert table["mixed"].to_pylist() == ["1", "x", "2.5"]
    assert table["number"].to_pylist() == [1.5, None, np.inf]


def test_no_rows(tmp_path):
    write({"id": np.array([], dtype=object), "x": np.array([])}, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "id,x\n"
