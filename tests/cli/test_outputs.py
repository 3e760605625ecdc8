"""Outputs that would overwrite what is read, or each other, are refused before anything is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-o", "customers.csv"], "--output customers.csv would overwrite the file that CUSTOMERS reads"),
        (["-o", "./sub/../customers.csv"], "CUSTOMERS reads"),
        (["-o", "link.csv"], "CUSTOMERS reads"),
        (["--rejects", "customers.csv"], "CUSTOMERS reads"),
        (["--report", "model.toml"], "MODEL reads"),
        (["-o", "new.csv", "--worklist", "new.csv"], "--output writes"),
        (["--report", "a.html", "--save", "./a.html"], "--report writes"),
    ],
)
def test_nothing_is_overwritten(place, run, options, said):
    (place / "sub").mkdir()
    os.link(place / "customers.csv", place / "link.csv")
    before = {path: path.read_bytes() for path in place.iterdir() if path.is_file()}
    done = run("score", "model.toml", "customers.csv", *options)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())
    assert {path: path.read_bytes() for path in place.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("command", ["worklist", "explain"])
def test_in_other_commands(place, run, command):
    more = ["--customer", "acme", "--rejects"] if command == "explain" else ["-o"]
    done = run(command, "model.toml", "customers.csv", *more, "customers.csv")
    assert done.exit_code == 2
    assert "CUSTOMERS reads" in done.stderr


def test_a_table_in_a_folder(place, run):
    folder = place / "data"
    folder.mkdir()
    (place / "customers.csv").rename(folder / "customers.csv")
    done = run("score", "model.toml", "data", "-o", "data/customers.csv")
    assert done.exit_code == 2
    assert "table 'customers' is read from" in done.stderr
    assert run("score", "model.toml", "data", "-o", "data/scores.csv").exit_code == 0
    assert (folder / "scores.csv").is_file()


def test_a_name_that_nothing_bears_is_told_once(place, run):
    done = run("score", "airlin", "customers.csv")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: airlin: there is no model file")


def test_an_unknown_suffix_is_told_once(place, run):
    done = run("score", "model.toml", "customers.csv", "-o", "out.abcde")
    assert done.stderr.count(".parquet") == 1


def test_broken_packing_is_told(place, run_json):
    (place / "fake.csv.gz").write_bytes((place / "customers.csv").read_bytes())
    document, code = run_json("score", "model.toml", "fake.csv.gz")
    assert code == 1
    assert document["error"].startswith("fake.csv.gz cannot be read: it is not a complete gzip file")


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "ascii"])
def test_any_encoding_of_a_pipe_will_do(place, encoding):
    persian = "\u0639\u0644\u06cc"
    header, first, *rest = (place / "customers.csv").read_text(encoding="utf-8").splitlines()
    named = ",".join([persian, *first.split(",")[1:]])
    (place / "customers.csv").write_text("\n".join([header, named, *rest]), encoding="utf-8")
    command = [sys.executable, "-m", "outcomegap", "worklist", "model.toml", "customers.csv"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    for more in ([], ["--json"]):
        done = subprocess.run([*command, *more], capture_output=True, check=True, env=environment)
        if more:
            assert persian in str(json.loads(done.stdout.decode(encoding)))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize(
    "arguments", [["check", "airline"], ["check", "airline", "--json"], ["demo", "--report", "d.html"]]
)
def test_no_room_for_the_answer(tmp_path, arguments):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "outcomegap", *arguments],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "error: the answer cannot be written: No space left on device\n")
