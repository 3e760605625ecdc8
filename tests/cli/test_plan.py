"""``outcomegap plan``: what the library plans, to the terminal and to files; actions read from a file."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import pytest

import outcomegap as og
from tests.cli.conftest import CUSTOMERS, write_csv

ACTIONS = """
[actions."list workshop"]
raises = { "list built" = 0.9 }
cost = 4
capacity = 2
[actions.desk]
raises = { reply_hours = { default = 24, enterprise = 1 } }
cost = { column = "mrr" }
segments = ["startup"]
"""


@pytest.fixture
def ready(place):
    (place / "actions.toml").write_text(ACTIONS, encoding="utf-8")
    return place


def ask(run, *more):
    return run("plan", "model.toml", "customers.csv", "--actions", "actions.toml", "--value", "mrr", *more)


def test_in_words(run, ready):
    done = ask(run, "--budget", "24")
    assert done.exit_code == 0, done.stderr
    assert "A plan for a budget of 24.00: returns 14.00 for 24.00" in done.stdout
    assert "list workshop + desk" in done.stdout
    assert "2 of 2 actions are in the plan" in done.stdout


@pytest.mark.parametrize("per", ["segment", "customer"])
def test_what_the_library_says(run, run_json, ready, per):
    options = ["--per", per, "--together", "1", "--budget", "20"]
    data, code = ask(run_json, *options)
    assert code == 0
    model = og.load("model.toml")
    scores = og.Scorer(model).score(og.read_customers(model, "customers.csv").frame)
    actions = og.invest.load_actions("actions.toml", model)
    found = og.invest.plan(scores, actions, value="mrr", budget=20, per=per, together=1)
    assert data["plan"] == found.rows()
    assert data["actions"] == found.by_action().rows()
    assert {name: data[name] for name in ("per", "budget", "value", "cost", "bound", "gap", "greedy_value")} == {
        "per": per,
        "budget": 20,
        "value": found.value,
        "cost": found.cost,
        "bound": found.bound,
        "gap": found.gap,
        "greedy_value": found.greedy_value,
    }


@pytest.mark.parametrize("name", ["p.csv", "p.tsv", "p.jsonl", "p.xlsx"])
def test_every_format(run, ready, name):
    done = ask(run, "--per", "customer", "-o", name)
    assert done.exit_code == 0, done.stderr
    assert f"plan written to {name}" in done.stdout
    path = ready / name
    if name.endswith("xlsx"):
        import openpyxl

        heads, *body = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
        rows = [dict(zip(heads, line, strict=True)) for line in body]
    elif name.endswith("jsonl"):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    else:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t" if name.endswith("tsv") else ","))
    assert [row["id"] for row in rows] == ["beta", "acme"]
    assert [row["actions"] for row in rows] == ["desk", "list workshop"]
    assert [float(row["cost"]) for row in rows] == [20, 4]


def test_columns_that_the_inputs_do_not_hand_on(run, ready):
    with (ready / "model.toml").open("a", encoding="utf-8") as file:
        file.write('\n[inputs]\nid = "id"\n')
    assert ask(run).exit_code == 0
    text = ACTIONS.replace('column = "mrr"', 'column = "mr"')
    (ready / "actions.toml").write_text(text, encoding="utf-8")
    done = ask(run)
    assert done.exit_code == 1
    assert "did you mean 'mrr'?" in done.stderr


def test_every_mistake_in_the_actions_at_once(run, run_json, ready):
    wrong = (
        ACTIONS.replace("cost = 4", "cost = -4").replace("list built", "list bilt").replace('["startup"]', '["star"]')
    )
    (ready / "actions.toml").write_text(wrong, encoding="utf-8")
    done = ask(run)
    assert done.exit_code == 1
    for text in (
        "actions.list workshop.cost:",
        "did you mean 'list built'?",
        "actions.desk.segments[0]:",
    ):
        assert text in done.stderr
    data, code = ask(run_json)
    assert (code, len(data["problems"])) == (1, 3)


def test_rows_set_aside(run, ready):
    write_csv(ready / "customers.csv", [*CUSTOMERS, ("delta", "startup", "scaling", 1.5, 3, 4, 5)])
    done = ask(run, "--rejects", "rejects.csv")
    assert done.exit_code == 1
    assert "1 of 4 rows set aside" in done.stderr
    assert "and so without actions: 1." in done.stdout
    assert "rejects written to rejects.csv" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--budget", "-1"], 1, "budget"),
        (["--budget", "nan"], 1, "budget"),
        (["--budget", "much"], 2, "not a valid float"),
        (["--per", "stage"], 2, "is not one of"),
        (["--together", "0"], 2, "0 is not in the range"),
        (["--value", "mr"], 1, "'mrr'"),
        (["--value", "id"], 1, "must hold numbers"),
        (["--actions", "nowhere.toml"], 2, "does not exist"),
        (["--actions", "customers.csv"], 1, "no format 'csv'"),
        (["-o", "p.doc"], 1, "its suffix is none of"),
        (["-o", "no/such/folder/p.csv"], 1, "cannot be written"),
        (["-o", "actions.toml"], 2, "would overwrite the file that --actions reads"),
        (["-o", "customers.csv"], 2, "would overwrite"),
    ],
)
def test_what_cannot_be_done_is_said(run, ready, arguments, code, says):
    done = ask(run, *arguments)
    assert done.exit_code == code
    assert says in done.stderr


def test_actions_and_a_value_are_needed(run, ready):
    assert "--actions" in run("plan", "model.toml", "customers.csv", "--value", "mrr").stderr
    assert "--value" in run("plan", "model.toml", "customers.csv", "--actions", "actions.toml").stderr


def test_nothing_that_the_solver_prints_is_in_the_document(ready):
    command = [sys.executable, "-m", "outcomegap", "plan", "model.toml", "customers.csv", "--json"]
    done = subprocess.run([*command, "--actions", "actions.toml", "--value", "mrr"], capture_output=True, check=True)
    assert json.loads(done.stdout)["gap"] == 0
