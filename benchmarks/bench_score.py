"""Scores of a million simulated customers, beside the same written by hand, and the limit of the memory.

Run: ``python -m benchmarks.bench_score [CUSTOMERS]``. Every way is checked against the library first; each figure is
the median of seven runs, the runs interleaved. All start from the same Polars frame with segments and stages as
categories (pandas from its own, DuckDB from Arrow), unless "columns and cells given" is said: these have plain arrays
and the number of each customer's cell, and need not look either up. The limit is `np.copyto` of the 24 columns.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np

import outcomegap as og
from benchmarks import scoring_peers as peers
from benchmarks.scoring_model import build
from benchmarks.timing import LIMIT, copies, medians, peak_memory
from outcomegap.listing import Listing

OURS = "outcomegap"
GIVEN = ", columns and cells given"
OUTPUTS = (
    "required",
    "experience",
    "desired",
    "gap",
    "required_gap",
    "experience_gap",
    "low",
    "high",
    "coverage",
    "state_codes",
)


def ours(scorer: og.Scorer, frame: Any) -> dict[str, Any]:
    """Everything the peers compute."""
    scores = scorer.score(frame, progress=False)
    return {name: getattr(scores, name) for name in OUTPUTS}


def contenders(n: int, missing: float) -> dict[str, Callable[[], Any]]:
    """Name every way of computing the scores."""
    import polars as pl

    model = build()
    text = og.simulate(model, n, seed=11, missing=missing, kind="polars")
    frame = text.with_columns(pl.col("segment", "stage").cast(pl.Categorical))
    columns, cells = peers.arrays(text, model)
    bounds = peers.tables(model)
    ways: dict[str, Callable[[], Any]] = {LIMIT: copies(list(columns.values()))}
    engines = ["compiled", "numpy"] if find_spec("numba") else ["numpy"]
    for engine in engines:
        for threads in (1, 2):
            scorer = og.Scorer(model, threads=threads, engine=engine)
            ways[f"{OURS}, {engine}, {_threads(threads)}"] = _way(ours, scorer, frame)
        ways[f"{OURS}, {engine}, 1 thread, segments as text"] = _way(
            ours, og.Scorer(model, threads=1, engine=engine), text
        )
        half = og.Scorer(model, threads=1, engine=engine, dtype="float32")
        ways[f"{OURS}, {engine}, 1 thread, float32"] = _way(ours, half, frame)
    ways["NumPy by hand, whole arrays"] = lambda: peers.with_numpy(*peers.arrays(text, model), bounds)
    ways[f"NumPy by hand{GIVEN}"] = _way(peers.with_numpy, columns, cells, bounds)
    ways["Polars by hand, lazy, 2 threads"] = _way(peers.with_polars, text, model, bounds)
    ways["pandas by hand"] = _way(peers.with_pandas, text.to_pandas(), model, bounds)
    if find_spec("duckdb"):
        query, connection = peers.duckdb_query(bounds), peers.duckdb_tables(text, model, bounds)
        ways["DuckDB by hand, 2 threads"] = _way(peers.with_duckdb, connection, query)
    if find_spec("numexpr"):
        ways[f"numexpr by hand{GIVEN}, 2 threads"] = _way(peers.with_numexpr, columns, cells, bounds)
    if find_spec("numba"):
        loop = peers.numba_loop()
        ways[f"a numba loop by hand{GIVEN}"] = _way(peers.with_numba, loop, columns, cells, bounds, OUTPUTS)
    if find_spec("jax"):
        ways[f"JAX by hand{GIVEN}, 2 threads"] = peers.with_jax(columns, cells, bounds)
    return ways


def _threads(count: int) -> str:
    return f"{count} thread{'s' * (count > 1)}"


def _way(function: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    return lambda: function(*args)


def logistic(n: int) -> Mapping[str, Callable[[], Any]]:
    """Probabilities of scikit-learn's logistic regression, for the size of things; it knows no missing values."""
    from sklearn.linear_model import LogisticRegression

    columns = np.random.default_rng(3).random((n, 24))
    fitted = LogisticRegression().fit(columns[:1000], columns[:1000, 0] > 0.5)
    return {"scikit-learn, logistic regression of 24 columns": lambda: fitted.predict_proba(columns)}


def check(ways: Mapping[str, Callable[[], Any]]) -> None:
    """Make sure that every contender computes the same."""
    reference = ways[f"{OURS}, numpy, 1 thread"]()
    for name, way in ways.items():
        if name == LIMIT:
            continue
        found = way()
        for output in OUTPUTS:
            mine, theirs = (np.asarray(x[output], dtype=np.float64) for x in (reference, found))
            slack = 1e-5 if "float32" in name else 1e-12
            if output == "state_codes" and "float32" in name:
                continue  # a state may turn at its threshold by rounding
            if not np.allclose(mine, theirs, rtol=0, atol=slack, equal_nan=True):
                msg = f"{name} disagrees on {output} by {np.nanmax(np.abs(mine - theirs)):g}"
                raise SystemExit(msg)


def tables(n: int = 1_000_000) -> list[Listing]:
    """Return the tables: complete data, and with 5 % of the values missing."""
    found = []
    for missing in (0.0, 0.05):
        ways = contenders(n, missing)
        check(ways)
        taken = medians(ways | (logistic(n) if not missing and find_spec("sklearn") else {}))
        memory = {name: peak_memory(contenders, name, n, missing) for name in ways}
        limit, fastest = taken[LIMIT], taken[f"{OURS}, numpy, 1 thread"]
        columns = {
            "way": list(taken),
            "ms": [1e3 * each for each in taken.values()],
            "million / s": [n / each / 1e6 for each in taken.values()],
            "x copyto": [each / limit for each in taken.values()],
            "x numpy, 1 thread": [each / fastest for each in taken.values()],
            "peak MB": [memory.get(name, float("nan")) for name in taken],
        }
        formats = {
            "ms": "{:.0f}",
            "million / s": "{:.2f}",
            "x copyto": "{:.1f}",
            "x numpy, 1 thread": "{:.2f}",
            "peak MB": "{:.0f}",
        }
        title = f"{n:,} simulated customers, 24 steps, 24 cells, {missing:.0%} missing; all outputs, validation on"
        found.append(Listing(title, columns, formats={name: form.format for name, form in formats.items()}))
    return found


def main(n: int = 1_000_000) -> None:
    """Print the tables."""
    for table in tables(n):
        print(f"\n{table}")


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]))
