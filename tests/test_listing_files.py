"""Files for people: what is text stays text, whatever it begins with."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import io
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from outcomegap import listing
from outcomegap.errors import DataError, EngineError
from outcomegap.frames.arrays import objects
from outcomegap.listing import Listing, cells, csv_text

EVIL = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
    "\x0b=1",
    "\x1b=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
]
TAME = ["Sara", "", "a=b", "'quoted'", 'say "hi"', "two\nlines", "ساره", " =1", "12"]


def columns() -> dict[str, np.ndarray]:
    return {
        "name": objects(["=cmd|'/c calc'!A1", None, "Sara"]),
        "=head": objects([dt.date(2026, 1, 31), "x", 7]),
        "number": np.array([-3.25, np.nan, 1e300]),
        "whole": np.array([1, 2, 2**60]),
        "flag": np.array([True, False, True]),
        "day": np.array(["2026-01-31", "NaT", "2026-02-01"], dtype="M8[ns]"),
        "moment": np.array(["2026-01-31T06:30", "NaT", "2026-02-01"], dtype="M8[s]"),
    }


@pytest.mark.parametrize("text", EVIL)
def test_text_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert csv_text(text) == "'" + text


@pytest.mark.parametrize("text", TAME)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert csv_text(text) == text


def test_numbers_are_no_text() -> None:
    assert [csv_text(x) for x in (-1, -2.5, True, None)] == [-1, -2.5, True, ""]
    assert csv_text(decimal.Decimal("-2.5")) == "'-2.5"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_csv_comes_back_and_holds_no_formula(texts: list[str]) -> None:
    text = Listing("", {"a": objects(texts), "b": np.arange(len(texts))}).to_csv()
    assert text is not None
    back = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert [row[0] in (t, f"'{t}") for row, t in zip(back, texts, strict=True)] == [True] * len(texts)
    assert not any(row[0].startswith(listing.FORMULA) for row in back)


def test_csv_file(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    assert Listing("", columns()).to_csv(path, encoding="utf-8-sig") is None
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    assert rows[0] == ["name", "'=head", "number", "whole", "flag", "day", "moment"]
    assert rows[1] == ["'=cmd|'/c calc'!A1", "2026-01-31", "-3.25", "1", "True", "2026-01-31", "2026-01-31T06:30:00"]
    assert rows[2] == ["", "x", "", "2", "False", "", ""]


def test_json(tmp_path: Path) -> None:
    text = Listing("", columns() | {"huge": np.array([np.inf, 1.0, 2.0])}).to_json()
    assert text is not None
    rows = json.loads(text)
    assert rows[0]["name"] == "=cmd|'/c calc'!A1"  # no spreadsheet reads JSON: nothing is added
    assert rows[1] == {
        "name": None, "=head": "x", "number": None, "whole": 2, "flag": False, "day": None, "moment": None, "huge": 1.0
    }  # fmt: skip
    assert (rows[0]["day"], rows[0]["moment"], rows[0]["huge"]) == ("2026-01-31", "2026-01-31T06:30:00", "inf")
    assert Listing("", columns()).to_json(tmp_path / "list.json") is None
    assert len(json.loads((tmp_path / "list.json").read_text(encoding="utf-8"))) == 3


def test_json_of_nothing() -> None:
    assert Listing("", {"a": np.array([])}).to_json() == "[]"


def test_excel(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "list.xlsx"
    bad = objects(["bell\x07", "x" * 40_000, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)])
    Listing("a/b: [list]?", columns() | {"bad": bad}).to_excel(path)
    sheet = openpyxl.load_workbook(path).active
    assert sheet.title == "a-b- -list--"
    assert sheet.freeze_panes == "A2"
    heads, first, second, third = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert heads == [*columns(), "bad"]
    assert first[:2] == ["=cmd|'/c calc'!A1", dt.datetime(2026, 1, 31)]
    assert first[2:5] == [-3.25, 1, True]
    assert first[6:] == [dt.datetime(2026, 1, 31, 6, 30), "bell\ufffd"]
    assert second[0] is None
    assert second[2] is None
    assert len(second[-1]) == 32_767
    assert third[3] == str(2**60)  # a spreadsheet would round it
    assert third[-1] == "2026-01-01T00:00:00+00:00"
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert (sheet["A2"].data_type, sheet["A2"].quotePrefix) == ("s", True)
    assert not sheet["A4"].quotePrefix


@pytest.mark.parametrize("text", [*EVIL[:-4], *TAME])
def test_excel_holds_text_as_text(text: str, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    Listing("s", {"a": objects([text, "end"])}).to_excel(tmp_path / "x.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "x.xlsx").active["A2"]
    assert cell.data_type != "f"
    held = re.sub("[\0\x0b\x1b]", "\ufffd", text)
    assert (cell.value or "").replace("\r", "\n") == held.replace("\r", "\n")


def test_excel_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_ROWS", 3)
    Listing("", {"a": np.arange(2)}).to_excel(tmp_path / "x.xlsx")
    with pytest.raises(DataError, match="holds 3 rows, this is 4"):
        Listing("", {"a": np.arange(3)}).to_excel(tmp_path / "x.xlsx")


def test_excel_without_openpyxl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "find_spec", lambda _name: None)
    with pytest.raises(EngineError, match=r"outcomegap\[excel\]"):
        Listing("", {"a": np.arange(3)}).to_excel(tmp_path / "x.xlsx")


def test_records_are_plain_python() -> None:
    first = Listing("", columns())[0]
    assert [type(value) for value in first.values()] == [str, dt.date, float, int, bool, dt.date, dt.datetime]
    assert cells(np.array([math.nan, 2.0], dtype=np.float32)) == [None, 2.0]


CELLS = [
    "plain",
    "a,b",
    'q"u"o',
    "line\nbreak",
    "cr\rx",
    "tab\tx",
    *EVIL,
    *TAME,
    None,
    "\0x",
    "a\r\nb",
    '"',
    "é",
    "ü,ü",
]
MIXED = [*CELLS, 1.5, 2**70, True, -3, 1e-7, float("nan"), np.float64(3.25), decimal.Decimal("-2.50"), [1, "a"]]


@pytest.mark.parametrize("for_people", [False, True])
@pytest.mark.parametrize("kind", ["csv", "tsv"])
@pytest.mark.parametrize("seed", [1, 2])
def test_long_files_are_byte_for_byte_what_the_plain_writer_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, for_people: bool, kind: str, seed: int
) -> None:
    rng, size = np.random.default_rng(seed), 30_000
    numbers = 10.0 ** rng.uniform(-320, 308, size) * rng.choice([-1, 1], size)
    numbers[:7] = np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-4, 1e16
    half = numbers.clip(-1e30, 1e30).astype("f4")
    table = {
        "number": numbers,
        "float32": half,
        "float16": rng.random(size).astype("f2"),
        "near 0": rng.uniform(-1e-3, 1e-3, size),
        "score": (100 * rng.random(size)).round(2),
        "large": 10.0 ** rng.uniform(10, 20, size),
        "whole": rng.integers(-(9**9), 9**9, size),
        "=unsigned": rng.integers(0, 9**9, size).astype("u8"),
        "flag": rng.random(size) < 0.5,
        "text, and": objects([CELLS[place] for place in rng.integers(0, len(CELLS), size)]),
        "any": objects([MIXED[place] for place in rng.integers(0, len(MIXED), size)]),
        "day": np.array(["2026-01-31", "NaT"], dtype="M8[ns]")[rng.integers(0, 2, size)],
        "moment": np.array(["2026-01-31T06:30", "2026-02-01"], dtype="M8[us]")[rng.integers(0, 2, size)],
        "duration": rng.integers(0, 99, size).astype("m8[s]"),
        "fixed": np.array(["x", "y,z"])[rng.integers(0, 2, size)],
        "nothing": objects([None] * size),
    }
    written = []
    for piece in (1 << 12, 1 << 20):  # many pieces at once, and row by row
        monkeypatch.setattr(listing, "PIECE", piece)
        listing.write_table(table, tmp_path / f"scores.{kind}", for_people=for_people)
        written.append((tmp_path / f"scores.{kind}").read_bytes())
    assert written[0] == written[1]


def test_a_long_file_of_one_column_is_that_of_the_plain_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Listing("", {"a": objects(["x", None, ""] * 5)})
    plain = alone.to_csv()
    monkeypatch.setattr(listing, "PIECE", 4)
    assert alone.to_csv() == plain
