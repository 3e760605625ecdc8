"""Files of every kind, with every library there may be."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from outcomegap.checks import Checks
from outcomegap.errors import DataError, EngineError
from outcomegap.frames import wrap
from outcomegap.intake import loading, read_customers
from outcomegap.intake.layout import Told
from outcomegap.intake.loading import Tables, ending, load
from outcomegap.model.inputs import Inputs, TableInput
from tests.intake.models import model_of

LIBRARIES = ["polars", "pyarrow", "pandas", "dict"]
TEXT = 'id;name;"odd; one";n\r\n007;Zoë;"a;b";1,5\r\n2;;"say ""hi""\r\nthere";\r\n'
COLUMNS = {
    "id": ["007", "2"],
    "name": ["Zoë", None],
    "odd; one": ["a;b", 'say "hi"\r\nthere'],
    "n": ["1,5", None],
}


def told(table: str) -> Told:
    return Told(table, table, [], Checks())


def content(frame: Any) -> dict[str, list[Any]]:
    table = wrap(frame)
    return {name: [None if v is None or v != v else v for v in table.values(name).tolist()] for name in table.names}


@pytest.fixture(params=LIBRARIES, ids=str)
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(loading, "best_library", lambda: request.param)
    return request.param


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_text(library: str, encoding: str, packed: bool, tmp_path: Path) -> None:
    path = tmp_path / ("t.csv.gz" if packed else "t.csv")
    data = TEXT.encode(encoding)
    path.write_bytes(gzip.compress(data) if packed else data)
    assert content(load(path, TableInput(), told("t"))) == COLUMNS


def test_an_encoding_and_separator_said(library: str, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes("id,a|b\nZoë|1,2\n".encode("cp1252"))
    with pytest.raises(DataError, match="encoding"):
        load(path, TableInput(), told("t"))
    found = load(path, TableInput(encoding="cp1252", separator="|"), told("t"))
    assert content(found) == {"id,a": ["Zoë"], "b": ["1,2"]}


def test_tabs(library: str, tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("a\tb,c\n1\t2\n")
    assert content(load(path, TableInput(), told("t"))) == {"a": ["1"], "b,c": ["2"]}


def test_one_column_and_no_rows(library: str, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("a\n1\n2\n")
    assert content(load(tmp_path / "one.csv", TableInput(), told("t"))) == {"a": ["1", "2"]}
    (tmp_path / "none.csv").write_text("a,b\n")
    assert content(load(tmp_path / "none.csv", TableInput(), told("t"))) == {"a": [], "b": []}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("a,b;c\n1,2;3\n", "separator"),
        ("a,b\n1,2\n1,2,3\n", ".+"),
    ],
)
def test_text_that_cannot_be_read(library: str, text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=why) as caught:
        wrap_all(load(path, TableInput(), told("t")))
    assert caught.value.problems


def wrap_all(frame: Any) -> Any:
    return Tables(Inputs(), frame).table("customers")


def test_json_lines(library: str, tmp_path: Path) -> None:
    rows = [{"id": "a", "n": 1.5}, {"id": "b", "flag": True}]
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    found = content(load(path, TableInput(), told("t")))
    assert found == {"id": ["a", "b"], "n": [1.5, None], "flag": [None, True]}
    path.write_text("[1, 2]\n")
    with pytest.raises(DataError, match="line 1 is not a JSON object"):
        load(path, TableInput(), told("t"))


def test_workbooks(library: str, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["id", "n", None])
    book.active.append(["a", 1.5, None])
    book.active.append([None, None, None])
    book.active.append(["b", None, None])
    book.create_sheet("other").append(["x"])
    book.save(tmp_path / "t.xlsx")
    assert content(load(tmp_path / "t.xlsx", TableInput(), told("t"))) == {"id": ["a", "b"], "n": [1.5, None]}
    assert content(load(tmp_path / "t.xlsx", TableInput(sheet="other"), told("t"))) == {"x": []}
    with pytest.raises(DataError, match="no sheet 'others'"):
        load(tmp_path / "t.xlsx", TableInput(sheet="others"), told("t"))


def test_parquet_and_databases(tmp_path: Path) -> None:
    import duckdb
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({"id": ["a", "b"], "n": [1.5, None]})
    parquet.write_table(table, tmp_path / "t.parquet")
    assert content(load(tmp_path / "t.parquet", TableInput(), told("t"))) == {"id": ["a", "b"], "n": [1.5, None]}
    with duckdb.connect(str(tmp_path / "d.duckdb")) as connection:
        connection.register("made", table)
        connection.execute('create table "my t" as select * from made')
    assert content(load(tmp_path / "d.duckdb", TableInput(), told("my t"))) == {"id": ["a", "b"], "n": [1.5, None]}
    with pytest.raises(DataError, match="no table 'other'"):
        load(tmp_path / "d.duckdb", TableInput(), told("other"))


def test_a_library_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(loading, "find_spec", lambda _: None)
    for name in ("t.parquet", "t.xlsx", "t.duckdb"):
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(EngineError, match="pip install"):
            load(tmp_path / name, TableInput(), told("t"))


def test_no_file_and_an_unknown_ending(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        load(tmp_path / "t.csv", TableInput(), told("t"))
    (tmp_path / "t.doc").write_text("x")
    with pytest.raises(DataError, match="ending"):
        load(tmp_path / "t.doc", TableInput(), told("t"))
    assert ending(Path("a.b.CSV.GZ")) == ".csv"


def test_json_lines_say_the_line(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"id": 1}\n\n{"id": }\n')
    with pytest.raises(DataError, match=r"t\.jsonl cannot be read: line 3 "):
        load(path, TableInput(), told("t"))


def test_broken_packing(library: str, tmp_path: Path) -> None:
    whole = gzip.compress(b"id,n\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(5000)))
    for name, data in {
        "cut.csv.gz": whole[: len(whole) // 2],
        "bare.csv.gz": b"id,n\n1,2\n",
        "t.jsonl.gz": b"x",
    }.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DataError, match=f"^{name} cannot be read: it is not a complete gzip file"):
            load(tmp_path / name, TableInput(), told("t"))


def test_no_workbook(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    path = tmp_path / "fake.xlsx"
    path.write_text("id,n\n1,2\n")
    with pytest.raises(DataError, match=r"^fake.xlsx cannot be read: it is not an Excel workbook"):
        load(path, TableInput(), told("t"))


def test_a_row_too_long(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text('id,hours,note\na,1.5,"two\nlines"\nb,1,5,ok\n')
    with pytest.raises(DataError, match=r"customers.csv cannot be read: line 4 has 4 cells.*decimal comma") as caught:
        Tables(Inputs(), path).table("customers")
    assert caught.value.problems[0].rule == "unreadable-file"


# Where raw tables lie


INPUTS = {
    "id": "id",
    "customers": "clients",
    "measures": {"n": {"table": "events", "aggregate": "count"}},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clients.csv").write_text("id\na\nb\n")
    (tmp_path / "events.csv").write_text("id\na\na\n")
    return tmp_path


def counts(source: object, inputs: dict = INPUTS, **more: object) -> list[float]:
    found = read_customers(model_of("n", inputs=inputs), source, **more).frame
    return wrap(found).floats("n").values.tolist()


def test_a_folder_a_dict_a_file_beside_others_and_tables_by_name(folder: Path) -> None:
    assert counts(folder) == [2.0, 0.0]
    assert counts({"clients": folder / "clients.csv", "events": {"id": ["b"]}}) == [0.0, 1.0]
    assert counts(str(folder / "clients.csv")) == [2.0, 0.0]
    assert counts({"id": ["b", "a"]}, tables={"events": folder / "events.csv"}) == [0.0, 2.0]


def test_a_file_said_in_the_inputs(folder: Path) -> None:
    (folder / "log.csv").write_text("id\nb\n")
    inputs = INPUTS | {"tables": {"events": {"file": "log.csv"}}}
    assert counts(folder, inputs) == [0.0, 1.0]
    assert counts(folder / "clients.csv", inputs) == [0.0, 1.0]


def test_a_database(folder: Path) -> None:
    import duckdb

    with duckdb.connect(str(folder / "all.duckdb")) as connection:
        connection.execute("create table clients as select * from (values ('a'), ('b')) t(id)")
        connection.execute("create table events as select 'b' as id")
    assert counts(folder / "all.duckdb") == [0.0, 1.0]


def test_a_missing_table_is_told_with_the_nearest_name(folder: Path) -> None:
    with pytest.raises(DataError, match="did you mean 'event'") as caught:
        counts({"clients": {"id": ["a"]}, "event": {"id": ["a"]}})
    assert caught.value.problems[0].rule == "missing-table"
    (folder / "events.csv").unlink()
    with pytest.raises(DataError, match=r"'events' is not there: folder .* has no file events\.csv"):
        counts(folder)


def test_a_dict_of_columns_is_a_table_and_a_dict_of_tables_is_none() -> None:
    inputs = Inputs(id="id")
    assert wrap(Tables(inputs, {"id": ["a"]})["customers"]).names == ("id",)
    assert wrap(Tables(inputs, {"customers": [{"id": "a"}]})["customers"]).names == ("id",)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, None, 2.5], [1.0, None, 2.5]),
        ([True, 3.0, " ", "x"], ["True", "3", None, "x"]),
        ([dt.datetime(2026, 1, 2), dt.date(2026, 1, 2)], ["2026-01-02", "2026-01-02"]),
        ([], []),
    ],
)
def test_columns_of_several_kinds(library: str, values: list[Any], expected: list[Any]) -> None:
    assert content(loading.in_library({"x": values, "y": values})) == {"x": expected, "y": expected}
