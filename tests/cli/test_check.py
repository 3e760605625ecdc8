"""``outcomegap check``: findings with their places, and exit codes."""

from __future__ import annotations

import pytest

from outcomegap import gallery


@pytest.mark.parametrize("name", gallery.names())
def test_built_in_examples_have_no_findings(run, name):
    done = run("check", name)
    assert done.exit_code == 0
    # two steps of telco-fitted read referrals in opposite directions, by design: one info, and no other finding
    told = ": 1 info (9 cells, 22 steps)" if name == "telco-fitted" else ": nothing wrong "
    assert told in done.stdout


def test_a_file(run, place):
    done = run("check", "model.toml")
    assert (done.exit_code, done.stdout) == (0, "E-mail marketing: nothing wrong (4 cells, 3 steps)\n")


def test_every_mistake_of_a_file_at_once(run, place):
    text = (place / "model.toml").read_text().replace("segments =", "segmens =").replace('after = ["e-', 'after = ["E-')
    (place / "broken.toml").write_text(text)
    done = run("check", "broken.toml")
    assert done.exit_code == 1
    assert "error: segmens: unknown key (did you mean 'segments'?)" in done.stdout
    assert "'E-mails delivered'" in done.stdout
    assert "no segment" in done.stdout  # the cell that names one
    assert "broken.toml: 3 errors" in done.stdout
    assert done.stderr == ""


def test_mistakes_of_the_whole_model(run_json, place):
    text = (place / "model.toml").read_text().replace("enterprise = 50_000", "enterprise = 0")
    (place / "broken.toml").write_text(text)
    data, code = run_json("check", "broken.toml")
    assert code == 1
    assert not data["ok"]
    finding = data["findings"][0]
    assert finding["rule"] == "floor-is-target"
    assert finding["where"] == "gaps.list built"


def test_warnings_alone_are_no_failure(run_json, place):
    text = (place / "model.toml").read_text().replace("[measures]", "[measures]\nunused = { low = 0 }")
    (place / "odd.toml").write_text(text)
    data, code = run_json("check", "odd.toml")
    assert code == 0
    assert data["ok"]
    assert [f["severity"] for f in data["findings"]] == ["warning"]
    assert len(data["fingerprint"]) > 10


def test_no_such_model(run):
    done = run("check", "airlyne")
    assert done.exit_code == 1
    assert "did you mean 'airline'?" in done.stdout


def test_no_such_file(run, place):
    done = run("check", "nowhere.toml")
    assert done.exit_code == 1
    assert "nowhere.toml" in done.stdout


def test_no_argument_is_a_usage_error(run):
    done = run("check")
    assert done.exit_code == 2
    assert "Missing argument 'MODEL'" in done.stderr


def test_what_only_scoring_finds(run, tmp_path):
    text = """
schema_version = 1
name = "limited"
measures = { a = {}, b = {}, w = {} }
gaps = { a = { measure = "a", floor = 0, target = 1 }, b = { measure = "b", floor = 0, target = 1 } }
expectations = { w = { measure = "w", floor = 0, target = 1 } }
[[desired_outcomes]]
achieved_at = 0.9
required = { name = "r", any_of = { a = 0.5, b = 0.6 } }
experience = { name = "e", of = "w" }
"""
    (tmp_path / "limited.toml").write_text(text)
    done = run("check", tmp_path / "limited.toml")
    assert (done.exit_code, done.stderr) == (1, "")
    assert "with every step attained the required outcome is 0.8" in done.stdout
    assert "limited: 1 error (1 cell, 3 steps)" in done.stdout
    assert run("check", tmp_path / "limited.toml", "--json").exit_code == 1
