"""``outcomegap demo``: the main job, readable, and called simulated."""

from __future__ import annotations

import os
import subprocess
import sys

import outcomegap as og


def test_demo_prints_and_writes(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("demo")
    assert done.exit_code == 0, done.stderr
    assert "simulated" in done.stdout.splitlines()[0]
    for said in ("score", "failing", "share of gap", "Whom to turn to first", "One customer explained", " met."):
        assert said in done.stdout
    page = (tmp_path / "outcomegap-demo.html").read_text(encoding="utf-8")
    assert "Simulated customers" in page
    assert "1,000" in page


def test_the_same_every_time(run, tmp_path):
    first, second = (run("demo", "--report", tmp_path / f"{n}.html") for n in "ab")
    assert first.stdout.replace("a.html", "") == second.stdout.replace("b.html", "")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_where_the_report_cannot_go(run, tmp_path):
    done = run("demo", "--report", tmp_path / "no" / "such" / "place.html")
    assert done.exit_code == 1
    assert "cannot be written" in done.stderr


def test_as_a_program(tmp_path):
    environment = {**os.environ, "COLUMNS": "100"}
    command = [sys.executable, "-m", "outcomegap", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=tmp_path)
    assert done.stdout.strip() == f"outcomegap, version {og.__version__}"


def test_help_loads_no_data_library():
    code = "import sys; sys.argv = ['outcomegap']; import outcomegap.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pandas", "polars", "pyarrow", "networkx", "sklearn", "matplotlib"} & set(done.stdout.split())
