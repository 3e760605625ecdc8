"""``score --save`` and ``explain --since``: what moved the scores, told by another process."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import pytest

import outcomegap as og
from tests.cli.conftest import write_csv
from tests.scoring.section_3 import model

HEADS = ("id", "segment", "stage", "delivery_rate", "list_size", "click_rate", "offer_score", "first_reply_hours")
HEADS += ("training_days",)


def customers(click=0.015):
    rows = [("acme", "startup", "adopting", 0.99, 250, click, 3, 24, 1), ("beta", "enterprise", "scaling", 0.9, 1e5)]
    rows[1] += (0.03, 8, 1, 2)
    return [HEADS, *rows]


@pytest.fixture
def saved(tmp_path, monkeypatch, run):
    """The example, scored and saved."""
    monkeypatch.chdir(tmp_path)
    og.dump(model(), "model.toml")
    og.dump(model(list_target=1000), "stricter.toml")
    write_csv(tmp_path / "june.csv", customers())
    write_csv(tmp_path / "july.csv", customers(click=0.03))
    done = run("score", "model.toml", "june.csv", "--save", "june.json")
    assert done.exit_code == 0, done.stderr
    assert "saved scores written to june.json" in done.stdout
    return tmp_path


def test_another_process_says_that_it_was_the_customer(saved):
    command = [sys.executable, "-m", "outcomegap", "explain", "model.toml", "july.csv", "--since", "june.json"]
    done = subprocess.run([*command, "--customer", "acme", "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    change = json.loads(done.stdout)["change"]
    assert change["before"] == pytest.approx(0.208333, abs=1e-6)
    assert change["after"] == pytest.approx(0.4166667, abs=1e-7)
    (part,) = change["parts"]
    assert (part["cause"], part["step"]) == ("data", "copy persuades")
    assert part["part"] == pytest.approx(change["total"], abs=1e-12)


def test_or_our_expectation(run_json, saved):
    data, code = run_json("explain", "stricter.toml", "june.csv", "--since", "june.json", "--customer", "acme")
    assert code == 0
    change = data["change"]
    assert change["after"] == pytest.approx(0.1041667, abs=1e-7)
    assert change["total"] == pytest.approx(-0.1041667, abs=1e-7)
    assert [(part["cause"], part["step"]) for part in change["parts"]] == [("expectations", "list built")]
    assert change["parts"][0]["part"] == pytest.approx(change["total"], abs=1e-12)


def test_one_customer_in_words(run, saved):
    done = run("explain", "model.toml", "july.csv", "--since", "june.json", "--customer", "acme")
    assert done.exit_code == 0, done.stderr
    assert "Customer acme" in done.stdout
    moved = "Since the scores were saved, acme: 20.8 -> 41.7 (+20.8), failing -> successful"
    assert f"{moved}; mostly the customer: copy persuades, click_rate 0.015 -> 0.03" in done.stdout
    assert "the customer   copy persuades   +20.8" in done.stdout
    still = run("explain", "model.toml", "july.csv", "--since", "june.json", "--customer", "beta")
    assert "nothing moved it" in still.stdout


def test_all_customers(run, run_json, saved):
    write_csv(saved / "july.csv", [*customers(click=0.03)[:2], ("gamma", *customers()[1][1:])])
    arguments = ("explain", "model.toml", "july.csv", "--since", "june.json")
    done = run(*arguments, "-o", "moves.csv")
    assert done.exit_code == 0, done.stderr
    assert "1 customer in both scorings, 1 came, 1 went; the score moved by +20.8 points on average" in done.stdout
    assert "changes written to moves.csv" in done.stdout
    with (saved / "moves.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["id"] == "acme"
    assert float(row["total"]) == pytest.approx(5 / 24, abs=1e-12)
    assert float(row["data: copy persuades"]) == float(row["data"])
    data, code = run_json(*arguments, "--limit", "1")
    assert code == 0
    assert (data["customers"], data["came"], data["went"]) == (1, 1, 1)
    assert [one["id"] for one in data["biggest"]] == ["acme"]
    assert data["causes"]["data"]["up"] == 1
    assert data["fingerprint"] == data["saved_fingerprint"] == og.load("model.toml").fingerprint
    new = run(*arguments, "--customer", "gamma")
    assert "not among the saved scores" in new.stdout


def test_parquet_and_rows_set_aside(run, saved):
    assert run("score", "model.toml", "june.csv", "--save", "june.parquet").exit_code == 0
    heads, first, second = customers(click=0.03)
    write_csv(saved / "bad.csv", [heads, first, (*second[:3], 7, *second[4:])])
    done = run("explain", "model.toml", "bad.csv", "--since", "june.parquet", "--rejects", "rejects.csv")
    assert done.exit_code == 1
    assert "1 of 2 rows set aside" in done.stderr
    assert "note: 1 of the 1 who went are among the rows set aside" in done.stdout
    with (saved / "rejects.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["id"] == "beta"
    assert "7" in row["problem"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["explain", "model.toml", "june.csv"], 2, "say --customer ID, or --since SAVED"),
        (["explain", "model.toml", "june.csv", "--customer", "acme", "--limit", "3"], 2, "say --since"),
        (["explain", "model.toml", "june.csv", "--since", "nowhere.json"], 1, "cannot be read"),
        (["explain", "model.toml", "june.csv", "--since", "june.csv"], 1, "must end in"),
        (["explain", "model.toml", "june.csv", "--since", "june.json", "-o", "moves.doc"], 1, "suffix"),
        (["score", "model.toml", "june.csv", "--save", "june.toml"], 1, "must end in"),
    ],
)
def test_what_cannot_be_done_is_said(run, saved, arguments, code, says):
    done = run(*arguments)
    assert done.exit_code == code
    assert says in done.stderr


def test_scores_without_names_cannot_be_compared_and_say_so_when_saved(run, saved):
    nameless = [[value for place, value in enumerate(row) if place] for row in customers()]
    write_csv(saved / "nameless.csv", nameless)
    done = run("score", "model.toml", "nameless.csv", "--save", "n.json")
    assert done.exit_code == 0
    assert "no column names the customers" in done.stderr
    assert run("explain", "model.toml", "nameless.csv", "--since", "n.json").exit_code == 1
