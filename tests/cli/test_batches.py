"""`score` on several files, folders, patterns and large files: the answers of one file, in batches."""

from __future__ import annotations

import csv
import json

import pyarrow.parquet as pq
import pytest

from outcomegap.cli import batches
from tests.cli.conftest import CUSTOMERS, write_csv

LARGE = [CUSTOMERS[0], *((f"c{n}", *CUSTOMERS[1 + n % 3][1:6], n % 7) for n in range(60))]


@pytest.fixture
def files(place):
    """One file of sixty customers, and the same in a folder of three."""
    write_csv(place / "all.csv", LARGE)
    (place / "june").mkdir()
    for part, rows in enumerate([LARGE[1:2], LARGE[2:30], LARGE[30:]]):
        write_csv(place / "june" / f"{part}.csv", [LARGE[0], *rows])
    return place


def rows(path):
    if path.suffix == ".parquet":
        return [{n: "" if v is None else str(v) for n, v in row.items()} for row in pq.read_table(path).to_pylist()]
    with path.open(newline="", encoding="utf-8") as file:
        return [*csv.DictReader(file)]


def numbers(row):
    return {name: float(value) if value.replace(".", "", 1).isdigit() else value for name, value in row.items()}


@pytest.mark.parametrize("sources", [["june"], ["june/*.csv"], ["june/0.csv", "june/1.csv", "june/2.csv"]])
@pytest.mark.parametrize("output", ["scores.csv", "scores.parquet"])
def test_a_folder_equals_one_file(files, run, sources, output):
    asked = ["--by", "segment,stage", "--weight", "mrr", "--gaps"]
    one = run("score", "model.toml", "all.csv", "-o", "one.csv", "--worklist", "one.w.csv", *asked)
    many = run("score", "model.toml", *sources, "-o", output, "--worklist", "many.w.csv", *asked)
    assert (one.exit_code, many.exit_code) == (0, 0), many.output
    assert one.stdout.split("scores written")[0].strip() == many.stdout.split("note: read in batches")[0].strip()
    assert "quantiles are right to 0.05 points" in many.stdout
    assert [*map(numbers, rows(files / output))] == [*map(numbers, rows(files / "one.csv"))]
    assert rows(files / "many.w.csv") == rows(files / "one.w.csv")


def test_a_large_file_goes_in_batches_and_a_small_one_does_not(files, run, monkeypatch):
    asked = ["score", "model.toml", "all.csv", "--worklist", "4"]
    whole = run(*asked)
    monkeypatch.setattr(batches, "LARGE", 100)
    large = run(*asked)
    assert "read in batches" in large.stdout
    assert "read in batches" not in whole.stdout
    assert large.stdout.split("note: ")[0].strip() == whole.stdout.strip()
    assert "read in batches" not in run(*asked, "--report", "page.html").stdout  # which needs all customers


def test_json(files, run):
    one = json.loads(run("score", "model.toml", "all.csv", "--worklist", "3", "--json").stdout)
    many = json.loads(run("score", "model.toml", "june", "--worklist", "3", "--json").stdout)
    for key in ("model", "fingerprint", "rows", "set_aside", "problems", "worklist"):
        assert many[key] == one[key], key
    for group in (one["total"], many["total"]):
        group.pop("quantiles")
    assert many["total"] == one["total"]
    assert len(many["groups"]) == len(one["groups"])
    assert "read in batches" in many["notes"][0]


def test_problems_are_reported_with_their_number(files, run):
    for part in ("1", "2"):
        text = (files / "june" / f"{part}.csv").read_text().replace("startup", "startupp", 1)
        (files / "june" / f"{part}.csv").write_text(text)
    done = run("score", "model.toml", "june", "-o", "scores.csv")
    assert done.exit_code == 1
    assert "error: 1.csv, rows from 0: column 'segment' holds segment 'startupp'" in done.stderr
    assert "(2 rows in all)" in done.stderr
    assert "error: 2 of 60 rows set aside because of these problems" in done.stderr
    assert len(rows(files / "scores.csv")) == 58


@pytest.mark.parametrize("option", ["--report", "--save", "--rejects"])
def test_what_needs_all_customers_is_refused(files, run, option):
    done = run(
        "score", "model.toml", "june", option, {"--report": "p.html", "--save": "s.json", "--rejects": "r.csv"}[option]
    )
    assert done.exit_code == 2
    assert f"{option} needs all customers in memory" in done.output


def test_a_folder_of_tables_is_read_as_before(files, run):
    """A folder that holds the customers' own table holds all tables, and no files of customers."""
    (files / "tables").mkdir()
    (files / "tables" / "customers.csv").write_text((files / "all.csv").read_text())
    (files / "tables" / "others.csv").write_text("a,b\n1,2\n")
    done = run("score", "model.toml", "tables")
    assert (done.exit_code, "read in batches" in done.stdout) == (0, False)


def test_an_output_is_no_input(files, run):
    done = run("score", "model.toml", "june/0.csv", "june/1.csv", "-o", "june/1.csv")
    assert done.exit_code == 2
    assert "would overwrite" in done.output
