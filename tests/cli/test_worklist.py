"""``outcomegap worklist``: in order of need, with what to do next, to the terminal and to files."""

from __future__ import annotations

import csv
import json

import pytest

import outcomegap as og
from tests.cli.conftest import CUSTOMERS, write_csv


@pytest.fixture
def with_inputs(place):
    """The model with inputs that keep nothing; the table has more columns than they name."""
    with (place / "model.toml").open("a", encoding="utf-8") as file:
        file.write('\n[inputs]\nid = "id"\n')
    heads, *rows = CUSTOMERS
    write_csv(place / "more.csv", [(*heads, "csm"), *((*row, f"csm of {row[0]}") for row in rows)])
    return place


def test_in_words(run, place):
    done = run("worklist", "model.toml", "customers.csv", "--value", "mrr")
    assert done.exit_code == 0, done.stderr
    assert "E-mail marketing, worklist: 3 customers" in done.stdout
    assert "250 of 500 contacts" in done.stdout
    assert "list-building guide" in done.stdout
    assert "2 of 3" in done.stdout
    assert "Need data before they can be scored" in done.stdout
    assert done.stdout.index("beta") < done.stdout.index("acme") < done.stdout.index("gamma")


def test_what_the_library_says(run_json, place):
    data, code = run_json("worklist", "model.toml", "customers.csv", "--value", "mrr")
    assert code == 0
    model = og.load("model.toml")
    scores = og.Scorer(model).score(og.read_customers(model, "customers.csv").frame)
    assert data["worklist"] == json.loads(scores.worklist(value="mrr").to_json())
    assert data["fingerprint"] == model.fingerprint
    assert (data["rows"], data["set_aside"], data["problems"]) == (3, 0, [])


@pytest.mark.parametrize("name", ["w.csv", "w.xlsx", "w.json", "w.jsonl", "w.tsv"])
def test_every_format(run, with_inputs, name):
    done = run("worklist", "model.toml", "more.csv", "--value", "mrr", "--keep", "csm", "--limit", "2", "-o", name)
    assert done.exit_code == 0, done.stderr
    assert f"worklist written to {name}" in done.stdout
    path = with_inputs / name
    if name.endswith("xlsx"):
        import openpyxl

        heads, *body = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
        rows = [dict(zip(heads, line, strict=True)) for line in body]
    elif name.endswith("json"):
        rows = json.loads(path.read_text(encoding="utf-8"))
    elif name.endswith("jsonl"):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    else:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t" if name.endswith("tsv") else ","))
    assert [row["id"] for row in rows] == ["beta", "acme"]
    assert [row["csm"] for row in rows] == ["csm of beta", "csm of acme"]
    assert [float(row["value"]) for row in rows] == [20, 10]


def test_columns_that_the_inputs_do_not_hand_on(run, with_inputs):
    done = run("score", "model.toml", "more.csv", "--by", "csm", "--weight", "mrr")
    assert done.exit_code == 0, done.stderr
    assert "csm of acme" in done.stdout
    wrong = run("worklist", "model.toml", "more.csv", "--keep", "cms")
    assert wrong.exit_code == 1
    assert "did you mean 'csm'?" in wrong.stderr


def test_rows_set_aside(run, run_json, place):
    write_csv(place / "bad.csv", [*CUSTOMERS, ("delta", "startup", "scaling", 1.5, 3, 4, 5)])
    done = run("worklist", "model.toml", "bad.csv", "--rejects", "rejects.csv")
    assert done.exit_code == 1
    assert "1 of 4 rows set aside" in done.stderr
    assert "rejects written to rejects.csv" in done.stdout
    with (place / "rejects.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["id"], "1.5" in row["problem"]) == ("delta", True)
    data, code = run_json("worklist", "model.toml", "bad.csv")
    assert (code, data["set_aside"]) == (1, 1)


def test_no_rejects_no_file(run, place):
    assert run("worklist", "model.toml", "customers.csv", "--rejects", "rejects.csv").exit_code == 0
    assert not (place / "rejects.csv").exists()


def test_explain_writes_rejects_too(run, place):
    write_csv(place / "bad.csv", [*CUSTOMERS, ("delta", "startup", "scaling", 1.5, 3, 4, 5)])
    done = run("explain", "model.toml", "bad.csv", "--customer", "acme", "--rejects", "rejects.csv")
    assert done.exit_code == 0
    assert "delta" in (place / "rejects.csv").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--limit", "0"], 2, "0 is not in the range"),
        (["-o", "w.doc"], 1, "its suffix is none of"),
        (["-o", "no/such/folder/w.json"], 1, "cannot be written"),
        (["-o", "no/such/folder/w.csv"], 1, "cannot be written"),
        (["--value", "id"], 1, "must hold numbers"),
        (["--keep", "plan"], 1, "'plan'"),
    ],
)
def test_what_cannot_be_done_is_said(run, place, arguments, code, says):
    done = run("worklist", "model.toml", "customers.csv", *arguments)
    assert done.exit_code == code
    assert says in done.stderr
