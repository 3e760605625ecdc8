"""The query as a model of dbt: the package in docs/dbt, run by dbt; and what dbt does with it, done in DuckDB."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
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


PACKAGE = Path(__file__).resolve().parents[2] / "docs" / "dbt"
CALLS = {"customer_scores": {"id": "customer"}, "segment_scores": {"by": "segment"}}


@pytest.mark.parametrize("name", CALLS)
def test_the_package_holds_what_is_written_today(name):
    query = og.Scorer(og.gallery.load("email-marketing")).to_sql("{{ ref('customers') }}", **CALLS[name])
    there = (PACKAGE / "models" / f"{name}.sql").read_text(encoding="utf-8")
    assert there.split() == query.split(), "write it again, as docs/dbt/README.md says"


def test_dbt_builds_the_package(tmp_path):
    beside = Path(sys.prefix) / "dbt" / "bin" / "dbt"
    dbt = str(beside) if beside.is_file() else shutil.which("dbt")
    if dbt is None:
        pytest.skip("needs dbt (pip install 'dbt-core<1.11' 'dbt-duckdb<1.11')")
    shutil.copytree(PACKAGE, tmp_path / "dbt")
    model = og.gallery.load("email-marketing")
    frame = og.simulate(model, 200, seed=1, missing=0.1)
    pq.write_table(as_arrow(frame), tmp_path / "customers.parquet")
    database = tmp_path / "scores.duckdb"
    said = {"SCORES_DB": str(database), "CUSTOMERS": str(tmp_path / "customers.parquet")}
    told = subprocess.run(
        [dbt, "build", "--profiles-dir", ".", "--no-send-anonymous-usage-stats"],
        cwd=tmp_path / "dbt", env=os.environ | said, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout
    with duckdb.connect(str(database)) as connection:
        rows = connection.sql("SELECT desired FROM customer_scores ORDER BY customer").fetchall()
        groups = connection.sql("SELECT customers FROM segment_scores").fetchall()
    wanted = [None if one != one else one for one in og.Scorer(model).score(frame).desired.tolist()]
    assert [one for (one,) in rows] == wanted
    assert sum(one for (one,) in groups) == 200
