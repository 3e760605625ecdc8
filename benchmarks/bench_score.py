"""Scores of a million simulated customers, beside the same written by hand, and the limit of the memory.

Run: ``python -m benchmarks.bench_score [CUSTOMERS]``. Every peer is checked against the library first; each figure is
the best of five runs, the runs interleaved. All but one start from the same Polars frame (pandas from its own); that
one is given plain arrays and the number of each customer's cell. The limit is `np.copyto` of the 24 input columns.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import outcomegap as og
from benchmarks import scoring_peers as peers
from benchmarks.scoring_model import build
from outcomegap.listing import Listing

ROUNDS = 5
WHOLE = "NumPy by hand, whole arrays"
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
    model = build()
    frame = og.simulate(model, n, seed=11, missing=missing, kind="polars")
    pandas = frame.to_pandas()
    columns, cells = peers.arrays(frame, model)
    bounds = peers.tables(model)
    two, one = (og.Scorer(model, threads=threads) for threads in (2, 1))
    half = og.Scorer(model, threads=2, dtype="float32")
    copies = [np.empty(n) for _ in range(24)]

    def limit() -> None:
        for copy, column in zip(copies, columns.values(), strict=True):
            np.copyto(copy, column)

    return {
        "limit: np.copyto of the columns": limit,
        "outcomegap, 2 threads": lambda: ours(two, frame),
        "outcomegap, 1 thread": lambda: ours(one, frame),
        "outcomegap, float32, 2 threads": lambda: ours(half, frame),
        WHOLE: lambda: peers.with_numpy(*peers.arrays(frame, model), bounds),
        "NumPy by hand, columns and cells given": lambda: peers.with_numpy(columns, cells, bounds),
        "Polars by hand, lazy expressions": lambda: peers.with_polars(frame, model, bounds),
        "pandas by hand": lambda: peers.with_pandas(pandas, model, bounds),
    }


def check(ways: dict[str, Callable[[], Any]]) -> None:
    """Make sure that every contender computes the same."""
    reference = ways["outcomegap, 1 thread"]()
    for name, way in ways.items():
        if "limit" in name:
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


def measure(ways: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Best time of each, runs interleaved so that a busy moment hits all."""
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def main(n: int = 1_000_000) -> None:
    """Print the table, with and without missing values."""
    for missing in (0.0, 0.05):
        ways = contenders(n, missing)
        check(ways)
        best = measure(ways)
        whole = best[WHOLE]
        columns = {
            "way": list(best),
            "seconds": list(best.values()),
            "million / s": [n / seconds / 1e6 for seconds in best.values()],
            "x NumPy by hand": [whole / seconds for seconds in best.values()],
        }
        formats = {"seconds": "{:.3f}".format, "million / s": "{:.2f}".format, "x NumPy by hand": "{:.2f}".format}
        title = f"{n:,} simulated customers, 24 steps, 24 cells, {missing:.0%} missing; all outputs; best of {ROUNDS}"
        print(f"\n{Listing(title, columns, formats=formats)}")


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]))
