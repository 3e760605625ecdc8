"""``outcomegap validate``: what it prints, what it writes, and its exit codes."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import outcomegap as og

MODEL = og.gallery.load("email-marketing")
N = 300


@pytest.fixture
def table(tmp_path):
    customers = og.simulate(MODEL, N, seed=5, missing=0)
    stays = np.random.default_rng(5).random(N) < og.Scorer(MODEL).score(customers).desired
    more = {"stays": np.where(stays, "yes", "no"), "day": np.arange(N), "churned": (~stays).astype(int)}
    path = tmp_path / "customers.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*customers, *more])
        writer.writerows(zip(*customers.values(), *more.values(), strict=True))
    return path


def test_it_prints_the_check_and_writes_the_model_with_its_verdict(run, table, tmp_path):
    done = run("validate", "email-marketing", table, "--outcome", "stays=yes", "-o", tmp_path / "checked.toml")
    assert done.exit_code == 0
    assert done.stdout.startswith("E-mail marketing on 300 customers of customers.csv:")
    model = og.load(tmp_path / "checked.toml")
    assert model == MODEL
    assert (model.verdict.outcome, model.verdict.data) == ("stays = yes", "customers.csv")
    assert "Checked on 300 customers of customers.csv" in run("score", tmp_path / "checked.toml", table).stdout


def test_values_of_a_flag_and_columns_for_a_split(run_json, table):
    said, code = run_json(
        "validate", "email-marketing", table, "--outcome", "churned=0", "--as-of", "day", "--horizon", 9
    )
    assert code == 0
    assert said["verdict"]["customers"] == 90
    assert [row["state"] for row in said["by state"]] == ["failing", "tolerating", "uncertain", "successful"]
    other, _ = run_json("validate", "email-marketing", table, "--outcome", "stays=yes|maybe")
    assert other["verdict"]["customers"] == N


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (("--outcome", "stay"), 1, "did you mean 'stays'"),
        (("--outcome", "stays"), 1, "say which value counts"),
        (("--outcome", "stays=yess"), 1, "did you mean 'yes'"),
        (("--outcome", "list_size=1"), 1, "the outcome itself"),
        ((), 2, "--outcome"),
    ],
)
def test_what_is_wrong_is_said(run, table, more, code, said):
    done = run("validate", "email-marketing", table, *more)
    assert done.exit_code == code
    assert said in done.stderr
