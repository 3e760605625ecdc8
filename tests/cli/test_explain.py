"""``outcomegap explain``: one customer, gap by gap."""

from __future__ import annotations

import math

import pytest

from tests.cli.conftest import CUSTOMERS, write_csv


def test_in_words(run, place):
    done = run("explain", "model.toml", "customers.csv", "--customer", "acme")
    assert done.exit_code == 0
    assert "Customer acme (startup / onboarding), by E-mail marketing: successful" in done.stdout
    assert "Score 50.0 of 100 (all data present). 2 of 3 met." in done.stdout
    assert "250 of 500 contacts" in done.stdout
    assert "list-building guide" in done.stdout


def test_in_json(run_json, place):
    data, code = run_json("explain", "model.toml", "customers.csv", "--customer", "gamma")
    assert code == 0
    assert data["score"] is None
    assert (data["score_low"], data["score_high"], data["steps_met"], data["unknown"]) == (
        0,
        100,
        "2 of 3 met",
        ["support replies"],
    )
    reply = next(gap for gap in data["gaps"] if gap["name"] == "support replies")
    assert reply["absent"] == "reply_hours"
    assert reply["at_stake"] == 1.0
    assert reply["attainment"] is None


def test_shares_sum_to_one_and_parts_to_the_gap(run_json, place):
    data, _ = run_json("explain", "model.toml", "customers.csv", "--customer", "beta")
    assert math.isclose(sum(gap["part"] for gap in data["gaps"]), data["gap"], abs_tol=1e-12)
    assert math.isclose(sum(gap["share"] for gap in data["gaps"]), 1, abs_tol=1e-12)
    assert data["gaps"][0]["name"] == "support replies"


@pytest.mark.parametrize(
    ("customer", "says"), [("acne", "did you mean 'acme'?"), ("nobody at all", "no customer is called")]
)
def test_somebody_who_is_not_there(run, place, customer, says):
    done = run("explain", "model.toml", "customers.csv", "--customer", customer)
    assert done.exit_code == 1
    assert says in done.stderr


def test_two_of_one_name(run, place):
    write_csv(place / "two.csv", [*CUSTOMERS, CUSTOMERS[1]])
    done = run("explain", "model.toml", "two.csv", "--customer", "acme")
    assert done.exit_code == 1
    assert "[duplicate-id]" in done.stderr


@pytest.mark.parametrize("inputs", [False, True])
def test_somebody_set_aside(run, place, inputs):
    write_csv(place / "bad.csv", [*CUSTOMERS, ("delta", "startup", "scaling", 1.5, 3, 4, 5)])
    if inputs:
        with (place / "model.toml").open("a", encoding="utf-8") as file:
            file.write('\n[inputs]\nid = "id"\n')
    done = run("explain", "model.toml", "bad.csv", "--customer", "delta")
    assert done.exit_code == 1
    assert "set aside" in done.stderr
    assert "1.5" in done.stderr
    assert run("explain", "model.toml", "bad.csv", "--customer", "acme").exit_code == 0


def test_somebody_left_out(run, place):
    """Who began only after --as-of is told as left out; an override of theirs is passed over; the exit code is 0."""
    rows = [
        (*row, day) for row, day in zip(CUSTOMERS, ("signup", "2026-01-01", "2026-03-01", "2026-01-01"), strict=True)
    ]
    write_csv(place / "customers.csv", rows)
    said = [("customer", "state", "reason", "author", "until"), ("beta", "failing", "left", "Sara", "2026-12-31")]
    write_csv(place / "said.csv", said)
    with (place / "model.toml").open("a", encoding="utf-8") as file:
        file.write('\n[inputs]\nid = "id"\ntables.customers = { time = "signup" }\n')
    asked = ("model.toml", "customers.csv", "--as-of", "2026-02-01")
    done = run("explain", *asked, "--customer", "beta")
    assert (done.exit_code, "'beta' was left out" in done.stderr) == (1, True)
    done = run("score", *asked, "--overrides", "said.csv", "-o", "out.csv")
    assert done.exit_code == 0
    assert "1 customer begins at or after 2026-02-01 (signup): left out" in done.stdout
    text = (place / "out.csv").read_text(encoding="utf-8")
    assert [name in text for name in ("acme", "beta", "gamma")] == [True, False, True]


def test_the_number_of_a_day(run, place):
    rows = [(*row, day) for row, day in zip(CUSTOMERS, ("joined", "-20", "60", "59"), strict=True)]
    write_csv(place / "customers.csv", rows)
    said = [("customer", "state", "reason", "author", "until"), ("acme", "failing", "left", "Sara", "2999-12-31")]
    write_csv(place / "said.csv", said)
    more = '\n[inputs]\nid = "id"\ndate_format = "days"\ntables.customers = { time = "joined" }\n'
    with (place / "model.toml").open("a", encoding="utf-8") as file:
        file.write(more)
    done = run("score", "model.toml", "customers.csv", "--as-of", "60", "--overrides", "said.csv")
    assert done.exit_code == 0
    assert "1 customer begins at or after day 60 (joined): left out" in done.stdout
    assert "acme (computed:" in done.stdout
    done = run("worklist", "model.toml", "customers.csv", "--as-of", "soon")
    assert (done.exit_code, "[as-of]" in done.stderr) == (1, True)


def test_without_a_customer_is_a_usage_error(run, place):
    assert run("explain", "model.toml", "customers.csv").exit_code == 2


def test_a_customer_under_another_column(place, run):
    text = (place / "customers.csv").read_text(encoding="utf-8").replace("id,", "kunde,", 1)
    (place / "customers.csv").write_text(text, encoding="utf-8")
    done = run("explain", "model.toml", "customers.csv", "--customer", "acme")
    assert done.exit_code == 1
    assert "say --id COLUMN" in done.stderr
    assert run("explain", "model.toml", "customers.csv", "--customer", "acme", "--id", "kunde").exit_code == 0


def test_the_id_column_need_not_be_kept(place, run):
    text = (place / "customers.csv").read_text(encoding="utf-8").replace("id,", "kunde,", 1)
    (place / "customers.csv").write_text(text, encoding="utf-8")
    with (place / "model.toml").open("a", encoding="utf-8") as file:
        file.write('[inputs.measures]\nlist_size = { column = "list_size" }\n')
    assert run("explain", "model.toml", "customers.csv", "--customer", "acme", "--id", "kunde").exit_code == 0
