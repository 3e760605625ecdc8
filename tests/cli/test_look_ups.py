"""Ids of several columns and columns of other tables on the command line."""

from __future__ import annotations

import pytest

from tests.cli.conftest import write_csv

MODEL = """
schema_version = 1
name = "courses"
[measures.mark]
[measures.days]
[gaps."marks"]
measure = "mark"
floor = 0
target = { column = "modules.pass" }
[expectations."fast"]
measure = "days"
floor = 10
target = 1
[[desired_outcomes]]
required = { name = "pass", of = "marks" }
experience = { name = "how", of = "fast" }
[inputs]
id = ["module", "student"]
[inputs.tables.customers]
look_up = { modules = "module" }
[inputs.measures]
mark = { table = "marks", aggregate = "mean", column = "mark" }
"""


@pytest.fixture
def courses(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.toml").write_text(MODEL, encoding="utf-8")
    customers = [("module", "student", "days"), ("A", 7, 3), ("A", 8, 5), ("B", 7, 2), ("B", 9, 2), ("B", 9, 1)]
    write_csv(tmp_path / "customers.csv", customers)
    write_csv(tmp_path / "marks.csv", [("module", "student", "mark"), ("A", 7, 50), ("A", 7, 60), ("B", 7, 40)])
    write_csv(
        tmp_path / "modules.csv", [("module", "pass", "tutor", "fee"), ("A", 60, "Ada", 100), ("B", 80, "Ben", 250)]
    )


def test_a_customer_of_two_columns(run, courses):
    done = run("explain", "model.toml", "customers.csv", "--customer", "A / 7")
    assert done.exit_code == 0
    assert "55 of 60" in done.stdout
    done = run("explain", "model.toml", "customers.csv", "--customer", "A / 77")
    assert "did you mean 'A / 7'?" in done.stderr
    done = run("explain", "model.toml", "customers.csv", "--customer", "B / 9")
    assert "'B / 9' occurs 2 times" in done.stderr


def test_value_and_columns_of_another_table(run_json, courses):
    data, code = run_json(
        "worklist", "model.toml", "customers.csv", "--value", "modules.fee", "--keep", "modules.tutor"
    )
    assert code == 1
    rows = {row["id"]: (row["value"], row["modules.tutor"]) for row in data["worklist"]}
    assert rows.items() >= {"A / 7": (100, "Ada"), "B / 7": (250, "Ben")}.items()


def test_overrides_and_rejects_go_by_the_id(run, courses, tmp_path):
    over = [("customer", "state", "reason", "author", "until"), ("A / 7", "failing", "left", "me", "2999-01-01")]
    write_csv(tmp_path / "over.csv", over)
    done = run("score", "model.toml", "customers.csv", "--overrides", "over.csv", "--rejects", "rejects.csv")
    assert done.exit_code == 1
    assert (tmp_path / "rejects.csv").read_text(encoding="utf-8").splitlines()[1].startswith("B / 9,B,9,2,")
    write_csv(tmp_path / "over.csv", [over[0], ("A / 6", *over[1][1:])])
    done = run("score", "model.toml", "customers.csv", "--overrides", "over.csv")
    assert "there is no customer 'A / 6'" in done.stderr
