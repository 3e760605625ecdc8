"""What commands say of customers who are not scored, and of columns and models that they do not find."""

from __future__ import annotations

import pytest

from tests.cli.conftest import MODEL, write_csv

INPUTS = """
[inputs]
id = "id"
segment = "segment"
stage = "stage"
[inputs.tables.customers]
where = { status = "active" }
"""
SAID = [("customer", "state", "reason", "author", "until"), ("b", "successful", "x", "y", "2090-01-01")]


@pytest.fixture
def left(place):
    text = MODEL.replace('needs = "support replies"', 'mean = { "support replies" = 1 }')
    (place / "model.toml").write_text(text + INPUTS, encoding="utf-8")
    head = ("id", "segment", "stage", "delivery_rate", "list_size", "reply_hours", "ARR", "status")
    rows = [
        ("a", "startup", "onboarding", 0.9, 9, 9, 1, "active"),
        ("b", "startup", "onboarding", 0.9, 9, 9, 1, "gone"),
    ]
    write_csv(place / "customers.csv", [head, *rows])
    write_csv(place / "said.csv", SAID)
    return place


def test_an_override_of_a_customer_left_out_is_told(left, run):
    assert (
        "1 override is of a customer left out: b"
        in run("score", "model.toml", "customers.csv", "--overrides", "said.csv").stdout
    )


def test_why_a_customer_was_left_out(left, run):
    found = run("explain", "model.toml", "customers.csv", "--customer", "b")
    assert found.exit_code == 1
    assert "status = gone" in found.stderr


@pytest.mark.parametrize("option", ["--value", "--weight", "--by"])
def test_a_column_that_is_not_there_is_told_with_its_option(left, run, option):
    found = run("score", "model.toml", "customers.csv", option, "Arr")
    assert f"{option}: there is no column 'Arr' (did you mean 'ARR'?)" in found.stderr


def test_the_model_comes_first(left, run):
    found = run("score", "customers.csv", "model.toml")
    assert found.exit_code == 2
    assert "the model comes first" in found.stderr


@pytest.mark.parametrize("option", ["--value", "--weight"])
def test_so_it_is_of_a_model_without_inputs(place, run, option):
    found = run("score", "model.toml", "customers.csv", option, "Mrr")
    assert found.exit_code == 1
    assert f"{option}: there is no column 'Mrr' (did you mean 'mrr'?)" in found.stderr
