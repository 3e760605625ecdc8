"""Queries in DuckDB against NumPy, on every example and on invented models."""

from __future__ import annotations

import pytest

import outcomegap as og
from outcomegap.testing import random_model, random_rows
from tests.warehouses import as_arrow, expected, numbered, worst

duckdb = pytest.importorskip("duckdb")


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        made.execute("SET threads = 1")
        yield made


def asked(connection, query, frame):
    connection.register("customers", as_arrow(frame))
    return connection.sql(query).to_arrow_table().to_pydict()


def agrees(connection, model, frame, *, attribution=True, within=0.0):
    frame = numbered(frame)
    query = og.Scorer(model, threads=1).to_sql("customers", id="row", attribution=attribution)
    found = worst(expected(model, frame, attribution=attribution), asked(connection, query, frame))
    assert found <= within
    return query


@pytest.mark.parametrize("name", ["airline", "email-marketing", "email-validation", "telco"])
def test_examples_bit_by_bit(connection, name):
    model = og.gallery.load(name)
    for missing in (0, 0.15, 1.0):
        agrees(connection, model, og.simulate(model, 100, seed=3, missing=missing))


@pytest.mark.parametrize("start", range(0, 60, 10))
def test_invented_models_bit_by_bit(connection, start):
    for seed in range(start, start + 10):
        model = random_model(seed, max_steps=10, columns=seed % 3 == 0, joins=seed % 2 == 0)
        agrees(connection, model, random_rows(seed, model, 12, missing=True), attribution=seed % 3 == 0, within=1e-15)
