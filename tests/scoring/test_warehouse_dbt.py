"""The query as a model of dbt: what dbt does with it, done in DuckDB."""

from __future__ import annotations

import pytest

import outcomegap as og
from tests.warehouses import as_arrow, expected, numbered, worst

duckdb = pytest.importorskip("duckdb")


@pytest.mark.parametrize("kind", ["view", "table"])
def test_a_model_of_dbt(kind):
    """dbt replaces ``ref`` with the table's full name and wraps the query in CREATE ... AS; models build on models."""
    model = og.gallery.load("email-marketing")
    frame = numbered(og.simulate(model, 200, seed=1, missing=0.1))
    query = og.Scorer(model).to_sql("{{ ref('customers') }}", id="row", keep=["segment"])
    compiled = query.replace("{{ ref('customers') }}", '"memory"."main"."customers"')
    with duckdb.connect() as connection:
        connection.register("given", as_arrow(frame))
        connection.execute("CREATE TABLE customers AS SELECT * FROM given")
        connection.execute(f'CREATE {kind} "memory"."main"."customer_scores" AS (\n{compiled}\n);')
        got = connection.sql("SELECT * EXCLUDE segment FROM customer_scores").to_arrow_table().to_pydict()
        assert worst(expected(model, frame, attribution=False), got) == 0.0
        # what builds on it, and tests it: unique and not_null
        groups = connection.sql("SELECT segment, avg(desired), sum(gap) FROM customer_scores GROUP BY ALL").fetchall()
        assert len(groups) == 3
        assert connection.sql("SELECT count(DISTINCT row), count(problem) FROM customer_scores").fetchall() == [
            (200, 0)
        ]
