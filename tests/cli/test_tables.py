"""Several tables on the command line: as a folder, as files, by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import outcomegap as og
from tests.cli.conftest import write_csv

RAVENSTACK = Path(__file__).resolve().parent.parent / "intake" / "ravenstack.toml"
MODEL = """
schema_version = 1
name = "help desk"
[measures.replies]
unit = "h"
[measures.tickets]
[gaps."asks"]
measure = "tickets"
floor = 0
target = 4
[expectations."quick replies"]
measure = "replies"
floor = 12
target = 4
[[desired_outcomes]]
required = { name = "helped", of = "asks" }
experience = { name = "how", of = "quick replies" }
[inputs]
id = "company"
[inputs.measures]
replies = { table = "tickets", aggregate = "median", column = "reply" }
tickets = { table = "tickets", aggregate = "count" }
[inputs.tables]
tickets = { file = "support.csv" }
"""


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """Two tables in two folders."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.toml").write_text(MODEL, encoding="utf-8")
    (tmp_path / "data").mkdir()
    write_csv(tmp_path / "data" / "customers.csv", [("company",), ("Acme",), ("Beta",)])
    events = [("company", "reply"), ("Acme", 2), ("Acme", 6), ("Acme", 10)]
    write_csv(tmp_path / "data" / "support.csv", events)
    write_csv(tmp_path / "elsewhere.csv", events[:2])
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["data"], 3),
        (["data/customers.csv"], 3),  # the other table lies beside it
        (["data/support.csv", "data/customers.csv"], 3),
        (["data/customers.csv", "--table", "tickets=elsewhere.csv"], 1),
        (["data", "--table", "tickets=elsewhere.csv"], 1),
    ],
)
def test_however_they_are_given(run_json, tables, arguments, asked):
    data, code = run_json("worklist", "model.toml", *arguments)
    assert code == 0
    model = og.load("model.toml")
    events = "elsewhere.csv" if asked == 1 else "data/support.csv"
    expected = og.read_customers(model, {"customers": "data/customers.csv", "tickets": events})
    assert expected.frame["tickets"].to_list() == [asked, 0]
    rows = {row["company"] if "company" in row else row["id"]: row for row in data["worklist"]}
    assert rows["Acme"]["score"] == pytest.approx(100 * asked / 4 * (0.75 if asked == 3 else 1))


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["data", "--table", "tickets"], 2, "--table wants NAME=FILE"),
        (["data", "--table", "ticket=elsewhere.csv"], 1, "did you mean 'tickets'?"),
        (["data/customers.csv", "elsewhere.csv"], 1, "would both be table 'customers'"),
        (["data/support.csv", "data/support.csv"], 1, "would both be table 'tickets'"),
        (["elsewhere.csv"], 1, "support.csv"),
    ],
)
def test_what_cannot_be_told_is_said(run, tables, arguments, code, says):
    done = run("score", "model.toml", *arguments)
    assert done.exit_code == code
    assert says in done.stderr


def test_the_page_shows_this_model():
    page = (RAVENSTACK.parent.parent.parent / "docs" / "ravenstack.md").read_text(encoding="utf-8")
    assert RAVENSTACK.read_text(encoding="utf-8").strip() in page


def test_ravenstack_in_one_command(run, run_json, shared_data, tmp_path):
    done = run("score", RAVENSTACK, shared_data, "-o", tmp_path / "out.jsonl")
    assert done.exit_code == 0, done.stderr
    assert "RavenStack by segment: 500 customers" in done.stdout
    # Counted by hand: see tests/intake.
    for said in (
        "19,142 of 25,000 rows of 'feature_usage' (76.6 %) have usage_date before subscriptions.start_date",
        "13,198 of 25,000 rows of 'feature_usage' (52.8 %) have usage_date before accounts.signup_date",
        "1,077 of 2,000 rows of 'support_tickets' (53.8 %) have submitted_at before accounts.signup_date",
        "35 of 110 customers with churn_flag = True have fewer than 1 row in 'churn_events'",
        "277 of 390 customers with churn_flag = False have more than 0 rows in 'churn_events'",
    ):
        assert f"{said}" in done.stdout
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert len(rows) == 500
    files = sorted(shared_data.glob("ravenstack_*.csv.gz"))
    data, code = run_json("score", RAVENSTACK, *files)
    assert code == 0
    assert data["total"]["customers"] == 500
    assert len(data["reading"]["findings"]) == 5
