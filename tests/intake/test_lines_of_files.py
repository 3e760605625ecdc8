"""A row that no id names goes by the line of its file, in messages; its position from 0 is in `rows`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from outcomegap.errors import DataError
from outcomegap.intake import read_customers
from tests.intake.models import model_of

ROWS = [["Export of May"], [], ["who", "n"], ["A", "4"], ["B", "x"], [], ["C", "y"]]
COUNT = {"id": "id", "measures": {"n": {"table": "bills", "aggregate": "sum", "column": "x"}}}


def problem(source: Any, **inputs: Any) -> Any:
    with pytest.raises(DataError) as caught:
        read_customers(model_of("n", inputs=inputs or None), source)
    return caught.value.problems[-1]


def text(path: Path, rows: list[list[str]]) -> Path:
    path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_customers_without_ids(tmp_path: Path) -> None:
    said = problem(text(tmp_path / "customers.csv", ROWS))
    assert said.message.endswith("(1 row: line 7)")
    assert said.rows == (2,)


def test_of_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.save(tmp_path / "customers.xlsx")
    assert problem(tmp_path / "customers.xlsx").message.endswith("(1 row: line 7)")


def test_of_a_frame_by_position() -> None:
    assert problem({"n": ["1", "x"]}).message.endswith("(1 row: 1)")


def test_after_customers_were_left_out(tmp_path: Path) -> None:
    rows = [["who", "n", "kind"], ["A", "1", "test"], ["B", "1", ""], ["C", "x", ""]]
    said = problem(text(tmp_path / "customers.csv", rows), tables={"customers": {"leave_out": {"kind": "test"}}})
    assert said.message.endswith("(1 row: line 4)")


def test_rows_of_another_table(tmp_path: Path) -> None:
    text(tmp_path / "customers.csv", [["id"], ["A"], ["B"]])
    rows = [["id", "x", "kind"], ["A", "1", "a"], ["A", "q", "b"], ["B", "z", "a"]]
    text(tmp_path / "bills.csv", rows)
    assert problem(tmp_path, **COUNT).message.endswith("(1 row: line 4)")
    only = {"bills": {"where": {"kind": "a"}}}
    assert problem(tmp_path, **COUNT, tables=only).message.endswith("(1 row: line 4)")


def test_of_a_large_file(tmp_path: Path) -> None:
    rows = [["n", "text"], *([str(each), "x" * 90] for each in range(30_000)), ["soon", "x"]]
    assert problem(text(tmp_path / "customers.csv", rows)).message.endswith("(1 row: line 30002)")


def test_rows_that_one_looks_up(tmp_path: Path) -> None:
    text(tmp_path / "customers.csv", [["id", "plan"], ["A", "p"]])
    text(tmp_path / "plans.csv", [["plan", "n"], ["q", "0"], ["p", "1"], ["p", "2"]])
    inputs = {"id": "id", "tables": {"customers": {"look_up": {"plans": "plan"}}}, "measures": {"n": "plans.n"}}
    assert "names lines 3 and 4 of 'plans'" in problem(tmp_path, **inputs).message
