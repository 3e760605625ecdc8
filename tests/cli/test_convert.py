"""``outcomegap convert``: from one form of file into another, and back."""

from __future__ import annotations

import pytest

import outcomegap as og

FORMS = ["toml", "json", "yaml", "csv", "xlsx"]


@pytest.mark.parametrize("first", FORMS)
@pytest.mark.parametrize("second", FORMS)
def test_every_form_into_every_other(run, place, first, second):
    model = og.load("model.toml")
    done = run("convert", "model.toml", f"first.{first}")
    assert done.exit_code == 0, done.stderr
    assert f"first.{first} written: E-mail marketing (3 steps, 4 cells)" in done.stdout
    assert run("convert", f"first.{first}", f"second.{second}").exit_code == 0
    assert og.load(f"second.{second}") == model


def test_a_sheet_is_a_model_for_every_command(run, run_json, place):
    run("convert", "model.toml", "model.xlsx")
    assert run("check", "model.xlsx").stdout == run("check", "model.toml").stdout
    assert run_json("score", "model.xlsx", "customers.csv") == run_json("score", "model.toml", "customers.csv")


def test_an_existing_file_is_kept_unless_told(run, place):
    (place / "m.csv").write_text("mine", encoding="utf-8")
    done = run("convert", "model.toml", "m.csv")
    assert (done.exit_code, (place / "m.csv").read_text(encoding="utf-8")) == (1, "mine")
    assert "--force replaces it" in done.stderr
    assert run("convert", "model.toml", "m.csv", "--force").exit_code == 0
    assert og.load("m.csv") == og.load("model.toml")


def test_an_example_by_name(run, place):
    assert run("convert", "airline", "airline.csv").exit_code == 0
    assert og.load("airline.csv") == og.gallery.load("airline")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nowhere.toml", "m.csv"], 1, "no such file"),
        (["model.toml", "m.doc"], 1, "no format 'doc'"),
        (["model.toml", "no/such/folder/m.csv"], 1, "cannot be written"),
        (["odd.toml", "m.csv"], 1, "is called 'sales' already"),
        (["broken.csv", "m.toml"], 1, "row 2, column 'kind'"),
        (["model.toml"], 2, "Missing argument"),
    ],
)
def test_what_cannot_be_done_is_said(run, place, arguments, code, says):
    text = (place / "model.toml").read_text(encoding="utf-8")
    (place / "odd.toml").write_text(text.replace('name = "how"', 'name = "sales"'), encoding="utf-8")
    (place / "broken.csv").write_text("kind,name\nsteps,a\n", encoding="utf-8")
    done = run("convert", *arguments)
    assert done.exit_code == code
    assert says in done.stderr
    assert not (place / "m.csv").exists()
