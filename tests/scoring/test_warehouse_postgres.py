"""Queries in PostgreSQL against NumPy, where a server is installed."""

from __future__ import annotations

import pytest

import outcomegap as og
from outcomegap.scoring.warehouse import MOST_COLUMNS
from outcomegap.testing import random_model, random_rows
from tests.postgres import server
from tests.warehouses import expected, numbered, worst

psycopg = pytest.importorskip("psycopg")
pytest.importorskip("sqlglot")


@pytest.fixture(scope="module")
def connection():
    with server() as where, psycopg.connect(where, autocommit=True) as made:
        yield made


def asked(connection, query, frame):
    lists = {name: values.tolist() if hasattr(values, "tolist") else list(values) for name, values in frame.items()}
    texts = {name for name, values in lists.items() if any(isinstance(value, str) for value in values)}
    kinds = {name: "text" if name in texts else "integer" if name == "row" else "double precision" for name in lists}
    connection.execute("DROP TABLE IF EXISTS customers")
    columns = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
    connection.execute(f"CREATE TABLE customers ({columns})")
    with connection.cursor().copy("COPY customers FROM STDIN") as copy:
        for row in zip(*lists.values(), strict=True):
            copy.write_row(row)
    found = connection.execute(query)
    names, rows = [each.name for each in found.description], found.fetchall()
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def agrees(connection, model, frame, *, attribution):
    frame = numbered(frame)
    query = og.Scorer(model, threads=1).to_sql("customers", "postgres", id="row", attribution=attribution)
    assert worst(expected(model, frame, attribution=attribution), asked(connection, query, frame)) < 1e-12


@pytest.mark.parametrize("name", ["airline", "email-marketing", "email-validation", "telco"])
def test_examples(connection, name):
    model = og.gallery.load(name)
    for missing in (0, 0.15, 1.0):
        agrees(connection, model, og.simulate(model, 100, seed=3, missing=missing), attribution=True)


@pytest.mark.parametrize("start", range(0, 30, 10))
def test_invented_models(connection, start):
    for seed in range(start, start + 10):
        model = random_model(seed, max_steps=10, columns=seed % 3 == 0, joins=seed % 2 == 0, numeric=seed % 5 == 0)
        agrees(connection, model, random_rows(seed, model, 12, missing=True), attribution=seed % 3 == 0)


def test_narrow_rows(connection, monkeypatch):
    monkeypatch.setitem(MOST_COLUMNS, "postgres", 200)
    model = og.gallery.load("telco")
    agrees(connection, model, og.simulate(model, 50, seed=3, missing=0.15), attribution=True)


def test_parts_through_a_power_mean_come_one_after_the_other(connection):
    """An integral of 64 nodes is too wide for PostgreSQL at once."""
    model = random_model(1005, max_steps=9, columns=True, numeric=True)
    agrees(connection, model, random_rows(1005, model, 12, missing=True), attribution=True)


def test_a_chain_does_not_grow_without_end(connection):
    """Each layer is fenced: PostgreSQL would double an expression that is read twice, layer by layer."""
    steps = [og.SuccessGap(f"s{n}", og.Measure(f"s{n}"), floor=0, target=1) for n in range(40)]
    suits = og.Expectation("suits", og.Measure("suits"), floor=0, target=1)
    required, how = og.RequiredOutcome("what", needs=og.AnyOf(*steps)), og.AppropriateExperience("how", expects=suits)
    model = og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(required, how)])
    agrees(connection, model, og.simulate(model, 20, seed=1, missing=0.2), attribution=False)


def test_values_beyond_all_sense_break_nothing(connection):
    step = og.SuccessGap("a", og.Measure("a"), floor=0, target=1e-5)
    suits = og.Expectation("suits", og.Measure("suits"), floor=0, target=1)
    required, how = og.RequiredOutcome("what", needs=step), og.AppropriateExperience("how", expects=suits)
    model = og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(required, how)])
    places = [1e308, -1e308, float("nan"), None, float("inf"), 1e-6]
    agrees(connection, model, {"a": places, "suits": [1.0] * 6}, attribution=True)


def test_groups(connection):
    model = og.gallery.load("email-marketing")
    frame = og.simulate(model, 200, seed=3, missing=0.1)
    got = asked(connection, og.Scorer(model).to_sql("customers", "postgres", by="segment"), frame)
    groups = {group.name: group for group in og.Scorer(model).score(frame).by("segment")}
    for at, name in enumerate(got["segment"]):
        assert got["desired"][at] == pytest.approx(groups[name].desired, abs=1e-12)
        assert got["count_failing"][at] == groups[name].state_counts["failing"]
