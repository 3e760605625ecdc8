"""``outcomegap fit``: what it prints, what it writes, and its exit codes."""

from __future__ import annotations

import outcomegap as og
from tests.cli.test_validate import table  # noqa: F401 - a fixture


def test_it_prints_each_step_and_writes_the_fitted_model(run, table, tmp_path):  # noqa: F811
    path = tmp_path / "fitted.toml"
    done = run("fit", "email-marketing", table, "--outcome", "stays=yes", "--folds", 2, "-o", path)
    assert done.exit_code == 0, done.stderr
    assert "fitted to 300 customers by stays = yes" in done.stdout
    model = og.load(path)
    assert model.verdict.data == "customers.csv"
    assert len(og.diff(og.gallery.load("email-marketing"), model)) > 5
    assert "Checked on 300 customers of customers.csv" in run("score", path, table).stdout


def test_what_is_wrong_is_said(run, table, tmp_path):  # noqa: F811
    done = run("fit", "email-marketing", table, "--outcome", "stay", "-o", tmp_path / "fitted.toml")
    assert done.exit_code == 1
    assert "did you mean 'stays'" in done.stderr
    assert run("fit", "email-marketing", table, "--outcome", "stays=yes").exit_code == 2


def test_a_sheet_holds_no_verdict(run, table, tmp_path):  # noqa: F811
    for command in ("fit", "validate"):
        done = run(command, "email-marketing", table, "--outcome", "stays=yes", "-o", tmp_path / "checked.csv")
        assert (done.exit_code, list(tmp_path.glob("checked*"))) == (2, [])
        assert "a sheet holds no verdict; write toml, json or yaml" in done.stderr
