"""``outcomegap init``: a model that checks and scores at once, as a new user would do it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tomllib

import pytest

import outcomegap as og
from tests.cli.conftest import write_csv

TABLE = [
    ("account", "plan", "seats", "first_reply_hours", "churned"),
    ("a", "pro", 3, 5, "no"),
    ("b", "basic", 9, 1, "no"),
]
TABLE += [("c", "pro", 5, 30, "yes"), ("d", "basic", 1, 12, "no")]


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "crm.csv", TABLE)
    return tmp_path


def test_three_commands(run, run_json, table):
    done = run("init", "crm.csv", "-o", "model.toml")
    assert done.exit_code == 0, done.stderr
    assert "model.toml written: 2 steps, 2 segments, 0 stages" in done.stdout
    assert "Next: outcomegap check model.toml; outcomegap score model.toml crm.csv" in done.stdout
    assert run("check", "model.toml").exit_code == 0
    data, code = run_json("score", "model.toml", "crm.csv")
    assert code == 0
    assert (data["rows"], data["set_aside"], data["total"]["customers"]) == (4, 0, 4)
    assert data["model"] == "crm"


def test_to_the_terminal(run, table):
    done = run("init", "crm.csv", "--name", "mine", "--id", "account", "--segment", "plan", "--stage", "seats")
    assert done.exit_code == 0, done.stderr
    model = og.loads(done.stdout)
    assert (model.name, model.segment_names) == ("mine", ("basic", "pro"))
    assert len(model.stages) == 4
    assert '#   "churned": looks like the answer itself' in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nowhere.csv"], 1, "there is no such file"),
        (["crm.csv", "--segment", "plam"], 1, "did you mean 'plan'?"),
        (["crm.csv", "-o", "model.csv"], 1, "outcomegap convert"),
        (["crm.csv", "-o", "there.toml"], 1, "--force replaces it"),
        (["crm.csv", "-o", "no/such/folder/m.toml"], 1, "cannot be written"),
        (["words.csv"], 1, "no column can be measured"),
        ([], 2, "Missing argument"),
    ],
)
def test_what_cannot_be_done_is_said(run, table, arguments, code, says):
    (table / "there.toml").write_text("mine")
    write_csv(table / "words.csv", [("a", "b"), ("x", "y"), ("y", "z")])
    done = run("init", *arguments)
    assert done.exit_code == code
    assert says in done.stderr
    assert (table / "there.toml").read_text() == "mine"


def test_force_replaces(run, table):
    (table / "model.toml").write_text("old")
    assert run("init", "crm.csv", "-o", "model.toml", "--force").exit_code == 0
    assert og.load("model.toml").name == "crm"


def test_how_a_file_is_read_is_said_once(run, run_json, table):
    rows = "\n".join(
        ["이름|Plan|Seats|Tickets", *(f"고객{n}|{'기본' if n % 2 else '프로'}|{n}|{9 - n}" for n in range(8))]
    )
    (table / "korean.txt").write_bytes(rows.encode("cp949"))
    for command in (["init", "korean.txt"], ["score", "email-marketing", "korean.txt"]):
        done = run(*command)
        assert done.exit_code == 1
        assert "--encoding" in done.stderr
    how = ("--encoding", "cp949", "--separator", "|")
    assert run("init", "korean.txt", *how, "-o", "m.toml").exit_code == 0
    assert og.load("m.toml").inputs.tables["customers"].encoding == "cp949"
    assert run("check", "m.toml").stdout.startswith("korean: nothing wrong")
    data, code = run_json("score", "m.toml", "korean.txt")
    assert (code, data["rows"], len(data["groups"])) == (0, 8, 2)
    text = (table / "m.toml").read_text(encoding="utf-8").partition("[inputs.tables")[0]
    (table / "bare.toml").write_text(text, encoding="utf-8")
    assert run_json("score", "bare.toml", "korean.txt", *how)[0]["total"] == data["total"]


def test_a_name_of_a_file_stays_on_the_line_of_its_note(run, table):
    name = "odd\n[evil]\ny = 1\x01\n#.csv"
    write_csv(table / name, [("id", "seats"), *((f"c{n}", n) for n in range(6)), ("Total", 3)])
    assert run("init", name, "-o", "m.toml").exit_code == 0
    assert "evil" not in tomllib.loads((table / "m.toml").read_text(encoding="utf-8"))


def test_lines_that_are_no_data_are_said_on_the_command_line(run, run_json, table):
    rows = [("id", "plan", "seats"), *((f"c{n}", "pro" if n % 2 else "free", n) for n in range(6)), ("Total", "pro", 3)]
    write_csv(table / "odd.csv", rows)
    done = run("init", "odd.csv", "-o", "m.toml")
    assert '--skip-rows "[-1]"' in done.stdout
    assert run_json("score", "m.toml", "odd.csv")[0]["rows"] == 7
    assert run("init", "odd.csv", "-o", "m.toml", "--force", "--skip-rows", "[-1]").exit_code == 0
    assert run_json("score", "m.toml", "odd.csv")[0]["rows"] == 6
    assert run_json("score", "m.toml", "odd.csv", "--skip-rows", "-2,-1")[0]["rows"] == 5
    assert run("score", "m.toml", "odd.csv", "--skip-rows", "x").exit_code == 2


@pytest.mark.parametrize(("name", "customers", "asked"), [("airline", 103_904, 0), ("telco", 5_287, 6)])
def test_as_a_new_user_on_real_customers(shared_data, tmp_path, name, customers, asked):
    """Three commands, each a process of its own, within one minute."""

    def command(*arguments):
        found = [sys.executable, "-m", "outcomegap", *map(str, arguments)]
        return subprocess.run(found, capture_output=True, text=True, check=True, cwd=tmp_path).stdout

    started = time.perf_counter()
    file = shared_data / f"{name}.csv.gz"
    command("init", file, "-o", "model.toml")
    found = json.loads(command("check", "model.toml", "--json"))  # only questions: which way is better
    assert [finding["rule"] for finding in found["findings"]] == ["direction-unknown"] * asked
    data = json.loads(command("score", "model.toml", file, "--json"))
    assert time.perf_counter() - started < 60
    assert (data["rows"], data["set_aside"], data["total"]["customers"]) == (customers, 0, customers)
    assert 0 < data["total"]["desired"] < 1
