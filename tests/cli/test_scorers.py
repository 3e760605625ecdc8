"""Scorers that installed packages offer, on the command line; and overrides."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("outcomegap_health")

ROWS = """customer,plan,usage,support,relationship
Acme,pro,good,average,poor
Bolt,basic,poor,,poor
Cato,pro,good,good,good
Dyno,pro,,,
"""
SAID = """customer,state,score,reason,author,until
Cato,failing,,their sponsor left,Sara,2026-12-31
Bolt,,0.9,new contract,Tom,2026-01-01
"""


@pytest.fixture
def rows(tmp_path):
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "said.csv").write_text(SAID)
    return tmp_path


def test_a_scorer_by_its_name(run, rows):
    done = run(
        "score", "health", rows / "rows.csv", "-o", rows / "out.csv", "--report", rows / "r.html", "--by", "plan"
    )
    assert done.exit_code == 0, done.output
    assert "health by plan: 4 customers" in done.output
    head, *body = (rows / "out.csv").read_text().splitlines()
    points = head.split(",").index("points")
    assert [line.split(",")[points] for line in body] == ["65.0", "0.0", "100.0", ""]
    assert "100 x what health says" in (rows / "r.html").read_text()


def test_its_worklist_and_one_customer(run, rows):
    done = run("worklist", "health", rows / "rows.csv", "--json")
    assert [row["id"] for row in json.loads(done.output)["worklist"]] == ["Bolt", "Acme", "Cato", "Dyno"]
    done = run("explain", "health", rows / "rows.csv", "--customer", "Acme")
    assert "gap 0.350" in done.output
    assert "x appropriate experience" not in done.output


def test_what_needs_a_model(run, rows):
    assert "is for models" in run("score", "health", rows / "rows.csv", "--save", rows / "x.json").output
    assert "is for models" in run("explain", "health", rows / "rows.csv", "--since", rows / "x.json").output
    assert "did you mean 'health'" in run("score", "helth", rows / "rows.csv").output


def test_overrides(run, rows):
    told = ["--overrides", rows / "said.csv", "--as-of", "2026-11-28"]
    done = run("score", "health", rows / "rows.csv", *told, "--by", "plan")
    assert "Cato (computed: successful): failing: their sponsor left (Sara, until 2026-12-31)" in done.output
    assert "1 override is past the last day, and holds no more." in done.output
    done = run("worklist", "health", rows / "rows.csv", *told, "--json")
    listed = json.loads(done.output)["worklist"]
    assert [row["id"] for row in listed] == ["Bolt", "Cato", "Acme", "Dyno"]
    assert listed[1]["override_author"] == "Sara"
    done = run("explain", "health", rows / "rows.csv", *told, "--customer", "Cato")
    assert "Overridden: failing" in done.output


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SAID.replace("Cato", "Kato"), "did you mean 'Cato'"),
        (SAID.replace("0.9", "nine"), "D, a number in [0, 1]"),
        (SAID.replace("0.9", "90"), "90 of 100 is 0.9"),
        (SAID.replace("author", "by"), "no column 'author'"),
        (SAID.replace("2026-12-31", "soon"), "the last day on which it holds"),
        (SAID.replace("failing", "faling"), "did you mean 'failing'"),
    ],
)
def test_overrides_that_cannot_be(run, rows, text, says):
    (rows / "said.csv").write_text(text)
    done = run("score", "health", rows / "rows.csv", "--overrides", rows / "said.csv", "--as-of", "2026-11-28")
    assert done.exit_code == 1
    assert says in done.output
    assert "Traceback" not in done.output


def test_overrides_are_not_overwritten(run, rows):
    done = run("score", "health", rows / "rows.csv", "--overrides", rows / "said.csv", "-o", rows / "said.csv")
    assert "would overwrite" in done.output
