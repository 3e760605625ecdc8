"""Scorers that installed packages offer, on the command line; and overrides."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("outcomegap_health", reason="needs the plug-in: pip install -e tests/plugin")

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
    assert "gap 35.0" in done.output
    assert "x appropriate experience" not in done.output


def test_what_needs_a_model(run, rows):
    assert "is for models" in run("score", "health", rows / "rows.csv", "--save", rows / "x.json").output
    assert "is for models" in run("explain", "health", rows / "rows.csv", "--since", rows / "x.json").output
    assert "did you mean 'health'" in run("score", "helth", rows / "rows.csv").output


def test_overrides(run, rows):
    told = ["--overrides", rows / "said.csv", "--as-of", "2026-11-28"]
    done = run("score", "health", rows / "rows.csv", *told, "--by", "plan")
    assert "Cato (computed: successful): failing: their sponsor left (Sara, until 2026-12-31)" in done.output
    assert "Expired and ignored: 1 override." in done.output
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
        (SAID.replace("0.9", "nine"), "score must be a number in [0, 1] (got 'nine')"),
        (SAID.replace("0.9", "90"), "90 of 100 is 0.9"),
        (SAID.replace("author", "by"), "no column 'author'"),
        (SAID.replace("2026-12-31", "soon"), "the last day"),
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


def test_columns_that_the_scorer_makes(run, rows):
    done = run("score", "health", rows / "rows.csv", "--by", "band")
    assert "health by band: 4 customers" in done.output
    done = run("worklist", "health", rows / "rows.csv", "--keep", "points", "--json")
    assert [row["points"] for row in json.loads(done.output)["worklist"]] == [0, 65, 100, None]
    done = run("score", "health", rows / "rows.csv", "--by", "nosuch")
    assert done.exit_code == 1
    assert "[missing-column]" in done.output


def test_models_are_needed_elsewhere(run, rows):
    for command in (("check", "health"), ("convert", "health", rows / "x.toml")):
        done = run(*command)
        assert done.exit_code == 1
        assert "this is a scorer that a package offers" in done.output


class Failing:
    name, steps = "failing", ()

    def score(self, customers):
        raise ZeroDivisionError("no customers")


class Odd(Failing):
    name = "odd"

    def score(self, customers):
        return 3


@pytest.mark.parametrize(("scorer", "says"), [(Failing(), "ZeroDivisionError: no customers"), (Odd(), "returns int")])
def test_a_scorer_that_fails_is_told(run, rows, monkeypatch, scorer, says):
    monkeypatch.setattr("outcomegap.cli.customers.load_scorer", lambda name: scorer)
    done = run("score", scorer.name, rows / "rows.csv")
    assert done.exit_code == 1
    assert says in done.output
    assert "Traceback" not in done.output


def test_a_built_in_example_is_not_hidden_by_a_scorer_of_its_name(monkeypatch):
    from outcomegap.cli.models import load_scorer
    from outcomegap.scoring import Scorer

    monkeypatch.setattr("outcomegap.scoring.scores.scorer_names", lambda: ("telco",))
    assert isinstance(load_scorer("telco"), Scorer)


def test_an_override_of_somebody_whose_row_was_set_aside(run, rows):
    (rows / "rows.csv").write_text(ROWS.replace("Bolt,basic,poor", "Bolt,basic,splendid"))
    (rows / "said.csv").write_text(SAID.replace("2026-01-01", "2026-12-31"))
    done = run(
        "score", "health", rows / "rows.csv", "--overrides", rows / "said.csv", "--as-of", "2026-11-28", "--by", "plan"
    )
    assert "Cato (computed: successful)" in done.output
    assert "there is no customer" not in done.output


def test_a_plan_goes_by_computed_scores(run, rows):
    (rows / "actions.toml").write_text("")
    asked = ("--actions", rows / "actions.toml", "--value", "mrr", "--overrides", rows / "said.csv")
    done = run("plan", "telco", rows / "rows.csv", *asked)
    assert done.exit_code == 2
    assert "leave --overrides out" in done.output


def test_the_frame_s_own_segment_where_the_scorer_declares_none(run, rows):
    (rows / "rows.csv").write_text(ROWS.replace("plan", "segment"))
    done = run("score", "health", rows / "rows.csv", "--by", "segment")
    assert [line.split()[0] for line in done.output.splitlines()[4:6]] == ["basic", "pro"]


def test_overrides_in_the_document_for_machines(run, rows):
    told = ["--overrides", rows / "said.csv", "--as-of", "2026-11-28", "--json"]
    for command in ("score", "worklist"):
        (said,) = json.loads(run(command, "health", rows / "rows.csv", *told).output)["overrides"]
        assert (said["customer"], said["state"], said["computed_state"]) == ("Cato", "failing", "successful")
        assert (said["reason"], said["author"], said["until"]) == ("their sponsor left", "Sara", "2026-12-31")
