"""Where raw tables lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from outcomegap.errors import DataError
from outcomegap.frames import wrap
from outcomegap.intake import read_customers
from outcomegap.intake.loading import Tables
from outcomegap.model import Inputs
from tests.intake.models import model_of

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
