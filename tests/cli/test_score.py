"""``outcomegap score``: from a file to files, bad rows told, exit codes."""

from __future__ import annotations

import csv
import gzip
import json

import numpy as np
import pytest

import outcomegap as og
from tests.cli.conftest import CUSTOMERS, write_csv


def read(path):
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_scores_are_those_of_the_library(run, place):
    done = run("score", "model.toml", "customers.csv", "-o", "out.csv", "--gaps")
    assert done.exit_code == 0, done.stderr
    assert "by segment: 3 customers" in done.stdout
    assert "scores written to out.csv" in done.stdout
    rows = read(place / "out.csv")
    model = og.load("model.toml")
    scores = og.Scorer(model).score(og.read_customers(model, "customers.csv").frame)
    assert [row["id"] for row in rows] == ["acme", "beta", "gamma"]
    assert [row["segment"] for row in rows] == ["startup", "startup", "enterprise"]
    assert [row["state"] for row in rows] == scores.state.tolist()
    parts = scores.attribution().values
    for number, row in enumerate(rows):
        for name in ("desired", "gap", "required", "experience", "low", "high", "coverage"):
            value = float(getattr(scores, name)[number])
            assert float(row[name] or "nan") == pytest.approx(value, nan_ok=True, abs=0)
        assert float(row["score"] or "nan") == pytest.approx(100 * scores.desired[number], nan_ok=True)
        assert float(row["gap: list built"]) == parts[number, 1]
    assert rows[2]["desired"] == ""  # no reply time is known: too little of that side


@pytest.mark.parametrize("name", ["o.csv", "o.csv.gz", "o.tsv", "o.jsonl", "o.jsonl.gz", "o.parquet", "o.xlsx"])
def test_every_format_says_the_same(run, place, name):
    done = run("score", "model.toml", "customers.csv", "-o", name)
    assert done.exit_code == 0, done.stderr
    path = place / name
    if name.endswith(".parquet"):
        import pyarrow.parquet

        rows = pyarrow.parquet.read_table(path).to_pylist()
    elif name.endswith(".xlsx"):
        import openpyxl

        heads, *body = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
        rows = [dict(zip(heads, line, strict=True)) for line in body]
    elif ".jsonl" in name:
        with gzip.open(path, "rt") if name.endswith(".gz") else path.open() as file:
            rows = [json.loads(line) for line in file]
    else:
        with gzip.open(path, "rt") if name.endswith(".gz") else path.open() as file:
            rows = list(csv.DictReader(file, delimiter="\t" if ".tsv" in name else ","))
    assert [row["id"] for row in rows] == ["acme", "beta", "gamma"]
    assert [float(row["desired"]) for row in rows[:2]] == [0.5, 0.5]
    assert rows[2]["desired"] in (None, "")


def test_the_same_scores_make_the_same_compressed_file(run, place):
    for name in ("a.csv.gz", "b.csv.gz"):
        run("score", "model.toml", "customers.csv", "-o", name)
    assert (place / "a.csv.gz").read_bytes() == (place / "b.csv.gz").read_bytes()


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "tsv", "jsonl", "parquet", "xlsx"])
def test_customers_in_every_format(run_json, place, suffix):
    heads, *body = CUSTOMERS
    path = place / f"given.{suffix}"
    records = [{h: None if v == "" else v for h, v in zip(heads, row, strict=True)} for row in body]
    if suffix == "parquet":
        import polars as pl

        pl.DataFrame(records).write_parquet(path)
    elif suffix == "xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        for row in (heads, *body):
            book.active.append([None if v == "" else v for v in row])
        book.save(path)
    elif suffix == "jsonl":
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    else:
        text = "\n".join(("\t" if suffix == "tsv" else ",").join(map(str, row)) for row in (heads, *body))
        path.write_bytes(gzip.compress(text.encode()) if suffix.endswith("gz") else text.encode())
    data, code = run_json("score", "model.toml", path)
    assert code == 0
    assert data["total"]["customers"] == 3
    assert [group["key"]["segment"] for group in data["groups"]] == ["startup", "enterprise"]
    assert data["groups"][0]["desired"] == 0.5


def test_bad_rows_are_set_aside_and_told(run, run_json, place):
    bad = [*CUSTOMERS, ("delta", "startup", "scaling", 1.5, 3, 4, 5), ("eps", "startupp", "scaling", 0.9, 3, 4, 5)]
    write_csv(place / "bad.csv", bad)
    done = run("score", "model.toml", "bad.csv", "-o", "out.csv", "--rejects", "rejects.csv")
    assert done.exit_code == 1
    assert "2 of 5 rows set aside" in done.stderr
    assert "did you mean 'startup'?" in done.stderr
    assert "1.5" in done.stderr
    assert all(line.startswith("error: ") for line in done.stderr.splitlines())
    assert {row["id"] for row in read(place / "rejects.csv")} == {"delta", "eps"}
    assert all("problem" in row and row["problem"] for row in read(place / "rejects.csv"))
    assert [row["id"] for row in read(place / "out.csv")] == ["acme", "beta", "gamma"]
    data, code = run_json("score", "model.toml", "bad.csv")
    assert code == 1
    assert data["set_aside"] == 2
    assert data["rows"] == 5
    assert {problem["rule"] for problem in data["problems"]} >= {"out-of-range"}


@pytest.mark.parametrize("json_too", [False, True])
def test_a_missing_column_is_an_error(run, place, json_too):
    write_csv(place / "bad.csv", [[*row[:4], *row[5:]] for row in CUSTOMERS])
    done = run("score", "model.toml", "bad.csv", *(["--json"] if json_too else []))
    assert done.exit_code == 1
    assert "'list_size'" in done.stderr
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    if json_too:
        assert json.loads(done.stdout)["problems"][0]["rule"] == "missing-column"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nowhere.csv"], 1, "nowhere.csv"),
        (["customers.csv", "-o", "out.doc"], 1, "its suffix is none of"),
        (["customers.csv", "-o", "no/such/folder/out.csv"], 1, "cannot be written"),
        (["customers.csv", "--by", "plan"], 1, "'plan'"),
        (["customers.csv", "--value", "id"], 1, "must hold numbers"),
        (["customers.csv", "--id", "name"], 1, "'name'"),
        (["customers.csv", "--frobnicate"], 2, "No such option"),
        ([], 2, "Missing argument"),
    ],
)
def test_what_cannot_be_done_is_said(run, place, arguments, code, says):
    done = run("score", "model.toml", *arguments, *(["--worklist", "w.csv"] if "--value" in arguments else []))
    assert done.exit_code == code
    assert says in done.stderr


def test_by_weight_worklist_and_report(run_json, place):
    arguments = ["--by", "segment", "--by", "stage", "--weight", "mrr", "--value", "mrr"]
    data, code = run_json(
        "score", "model.toml", "customers.csv", *arguments, "--worklist", "w.csv", "--report", "r.html"
    )
    assert code == 0
    assert [group["key"] for group in data["groups"]] == [
        {"segment": "startup", "stage": "onboarding"},
        {"segment": "startup", "stage": "scaling"},
        {"segment": "enterprise", "stage": "onboarding"},
    ]
    assert data["groups"][0]["weight"] == 10
    assert data["written"] == {"worklist": "w.csv", "report": "r.html"}
    listed = read(place / "w.csv")
    assert [row["id"] for row in listed] == ["beta", "acme", "gamma"]
    assert listed[1]["stands_at"] == "250 of 500 contacts"
    page = (place / "r.html").read_text(encoding="utf-8")
    assert "250 of 500 contacts" in page
    assert "Simulated customers" not in page


def test_text_that_looks_like_a_formula(run, place):
    heads, first, *_ = CUSTOMERS
    write_csv(place / "odd.csv", [heads, ("=1+1", *first[1:])])
    run("score", "model.toml", "odd.csv", "-o", "out.csv", "--worklist", "w.csv")
    assert read(place / "out.csv")[0]["id"] == "=1+1"  # data stay as they are
    assert read(place / "w.csv")[0]["id"] == "'=1+1"  # a list for people opens in a spreadsheet


def test_control_characters_do_not_reach_the_terminal(run, place):
    heads, first, *_ = CUSTOMERS
    write_csv(place / "odd.csv", [heads, ("a", "start\x1b[2Jup", *first[2:])])
    done = run("score", "model.toml", "odd.csv")
    assert done.exit_code == 1
    assert "\x1b" not in done.output


def test_real_passengers(run_json, shared_data, tmp_path):
    data, code = run_json("score", "airline", shared_data / "airline.csv.gz", "-o", tmp_path / "out.csv.gz")
    assert code == 0
    assert data["rows"] == data["total"]["customers"] + sum(group["customers"] for group in data["apart"]) == 103_904
    assert data["set_aside"] == 0
    with gzip.open(tmp_path / "out.csv.gz", "rt") as file:
        scores = np.array([float(row["desired"] or "nan") for row in csv.DictReader(file)])
    assert len(scores) == 103_904
    assert np.nanmin(scores) >= 0
    assert np.nanmax(scores) <= 1


@pytest.mark.parametrize("wrong", [("nobody", 3), ("startup", "many")])  # found in scoring, and in reading
def test_the_answer_itself_says_how_many_rows_were_set_aside(run, place, wrong):
    segment, contacts = wrong
    write_csv(place / "some.csv", [*CUSTOMERS, ("delta", segment, "scaling", 0.9, contacts, 12, 1)])
    done = run("score", "model.toml", "some.csv")
    assert done.exit_code == 1
    assert "1 of 4 rows set aside for their problems." in done.stdout
