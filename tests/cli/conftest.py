"""The section-3 model as a file, and a few customers of it."""

from __future__ import annotations

import csv
import json

import pytest
from click.testing import CliRunner

from outcomegap.cli import main

MODEL = """
schema_version = 1
name = "E-mail marketing"
segments = ["startup", { name = "enterprise", ideal = true }]
stages = ["onboarding", "scaling"]
[measures]
delivery_rate = { low = 0, high = 1 }
list_size = { unit = "contacts", low = 0 }
reply_hours = { unit = "h", low = 0 }
[functions."e-mails delivered"]
measure = "delivery_rate"
floor = 0.8
target = 0.99
[gaps."list built"]
measure = "list_size"
floor = 0
target = { default = 500, enterprise = 50_000 }
owner = "customer"
remedy = "list-building guide"
after = ["e-mails delivered"]
[expectations."support replies"]
measure = "reply_hours"
floor = 48
target = 24
[[desired_outcomes]]
required = { name = "sales", all_of = ["e-mails delivered", "list built"] }
experience = { name = "how", needs = "support replies" }
"""
CUSTOMERS = [
    ("id", "segment", "stage", "delivery_rate", "list_size", "reply_hours", "mrr"),
    ("acme", "startup", "onboarding", 0.99, 250, 12, 10),
    ("beta", "startup", "scaling", 0.99, 500, 36, 20),
    ("gamma", "enterprise", "onboarding", 0.99, 50_000, "", 30),
]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty working directory with model.toml and customers.csv."""
    import outcomegap as og

    monkeypatch.chdir(tmp_path)
    text = MODEL.replace('needs = "support replies"', 'mean = { "support replies" = 1 }')
    og.loads(text)  # so that a change of the written form shows here
    (tmp_path / "model.toml").write_text(text, encoding="utf-8")
    write_csv(tmp_path / "customers.csv", CUSTOMERS)
    return tmp_path


def write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


@pytest.fixture
def run(monkeypatch):
    """Run a command in this process, with tables as wide as they are."""
    monkeypatch.delenv("COLUMNS", raising=False)

    def made(*arguments):
        return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)

    return made


@pytest.fixture
def run_json(run):
    """Run a command with ``--json``; return the document and the exit code."""

    def made(*arguments):
        done = run(*arguments, "--json")
        return json.loads(done.stdout), done.exit_code

    return made
