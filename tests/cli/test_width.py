"""What commands print fits the terminal: no line is longer, no word is split, and what is left out is named."""

from __future__ import annotations

import csv
import re

import pytest
from rich.cells import cell_len

import outcomegap as og

COMMANDS = {
    "score": ("score", "mail.toml", "many.csv", "--by", "segment", "--by", "stage"),
    "worklist": ("worklist", "mail.toml", "many.csv", "--value", "mrr", "--keep", "csm", "--limit", "30"),
    "explain": ("explain", "mail.toml", "many.csv", "--customer", "Kundin 12"),
    "since": ("explain", "mail.toml", "many.csv", "--since", "saved.json"),
    "one since": ("explain", "mail.toml", "many.csv", "--since", "saved.json", "--customer", "Kundin 12"),
    "plan": ("plan", "mail.toml", "many.csv", "--actions", "actions.toml", "--value", "mrr", "--per", "customer"),
    "check": ("check", "broken.toml"),
}
ACTIONS = """
[actions."Schulungsunterlagen für Newsletterabonnenten"]
raises = { "list is built" = 0.9 }
cost = 12
[actions."page template"]
raises = { landing_rate = 0.02 }
cost = 9
capacity = 60
"""
BROKEN = 'schema_version = 1\nname = "Newsletterabonnentenverwaltung"\nsegmens = ["شرکت‌های کوچک"]\n'


@pytest.fixture
def many(place, run):
    model = og.gallery.load("email-marketing")
    remedy = "Schulungsunterlagen überarbeiten und نرخ تبدیل صفحه gemeinsam mit dem Kunden durchgehen"
    text = og.dumps(model).replace("list-building guide, sign-up forms", remedy)
    (place / "mail.toml").write_text(text, encoding="utf-8")
    (place / "actions.toml").write_text(ACTIONS, encoding="utf-8")
    (place / "broken.toml").write_text(BROKEN, encoding="utf-8")
    customers = og.simulate(model, 60, seed=2, missing=0.1)
    customers["customer"] = [f"Kundin {row}" for row in range(60)]
    customers["csm"] = ["علی رضایی", "Sara Müller-Lüdenscheidt", "張偉"] * 20
    write(place / "many.csv", customers)
    assert run("score", "mail.toml", "many.csv", "--save", "saved.json").exit_code == 0
    customers["list_size"] = 2 * customers["list_size"]
    write(place / "many.csv", customers)


def write(path, customers):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(customers)
        writer.writerows(
            ["" if value != value else value for value in row] for row in zip(*customers.values(), strict=True)
        )


@pytest.mark.parametrize("width", [80, 100, 200])
@pytest.mark.parametrize("name", COMMANDS)
def test_it_fits(many, run, monkeypatch, name, width):
    monkeypatch.delenv("COLUMNS", raising=False)
    whole = run(*COMMANDS[name]).stdout
    monkeypatch.setenv("COLUMNS", str(width))
    text = run(*COMMANDS[name]).stdout
    assert [line for line in text.splitlines() if cell_len(line) > width] == []
    left = re.findall(r"Left out to fit [^.]*show all\.", text)
    words = set(re.split(r"[\s,;]+", " ".join([whole, *left])))
    assert {word for word in re.split(r"[\s,;]+", text) if word.strip("-")} <= words


@pytest.mark.parametrize("name", ["worklist", "explain"])
def test_what_is_left_out_fits_in_the_columns_that_it_names(many, run, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "80")
    enough = max(map(int, re.findall(r"(\d+)\s+columns\s+show\s+all", run(*COMMANDS[name]).stdout)))
    monkeypatch.setenv("COLUMNS", str(enough))
    assert "Left out" not in run(*COMMANDS[name]).stdout
    monkeypatch.setenv("COLUMNS", str(enough - 1))
    assert "Left out" in run(*COMMANDS[name]).stdout


def test_nothing_is_folded_in_a_pipe(many, run, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    text = run(*COMMANDS["worklist"]).stdout
    assert "gemeinsam mit dem Kunden durchgehen" in text
    assert "Left out" not in text


def test_actions_come_before_what_is_left_out(many, run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = run(*COMMANDS["worklist"]).stdout
    head = " ".join(text[: text.index("----")].split())
    assert "find" not in head
    for heading in ("next", "stands", "owner", "remedy"):
        assert heading in head
    assert "Left out to fit 80 columns:" in text
