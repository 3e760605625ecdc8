"""How the cost of a customer grows with customers, steps and cells: it should not, but for the smallest and largest.

Run: ``python -m benchmarks.bench_growth``. Each figure is the median of seven runs (three of the largest), with 5 % of
the values missing; all steps have floors and targets of every cell. Beside it stands the ratio to `np.copyto` of the
same columns, which grow with the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

import outcomegap as og
from benchmarks.bench_cells import model_of
from benchmarks.bench_score import ours
from benchmarks.timing import LIMIT, ROUNDS, copies, medians
from outcomegap.listing import Listing

#: Customers, steps, segments and stages of each line.
CUSTOMERS = [(n, 24, 6, 4) for n in (1_000, 10_000, 100_000, 1_000_000, 10_000_000)]
STEPS = [(20_000, steps, 6, 4) for steps in (10, 30, 100, 300, 1_000)]
CELLS = [(100_000, 24, *axes) for axes in ((1, 1), (5, 2), (10, 10), (50, 20))]
MISSING, LARGE = 0.05, 1_000_000


def customers(model: og.OutcomeModel, n: int) -> Any:
    """Return customers as an Arrow table; segments and stages are held as codes."""
    import pyarrow as pa

    rng = np.random.default_rng(5)
    columns: dict[str, Any] = {}
    for measure in model.measures:
        values = rng.uniform(-10.0, 40.0, n)
        values[rng.random(n) < MISSING] = np.nan
        columns[measure.name] = values
    for axis, names in (("segment", model.segment_names), ("stage", model.stage_names)):
        codes = pa.array(rng.integers(0, len(names), n, dtype=np.int32))
        columns[axis] = pa.DictionaryArray.from_arrays(codes, pa.array(names))
    return pa.table(columns)


def line(n: int, steps: int, segments: int, stages: int) -> dict[str, Any]:
    """Measure one size."""
    model = model_of(segments, stages, steps)
    frame = customers(model, n)
    ways: dict[str, Callable[[], Any]] = {
        LIMIT: copies([frame[measure.name].to_numpy() for measure in model.measures]),
        "numpy": _scored(og.Scorer(model, threads=1, engine="numpy"), frame),
    }
    if find_spec("numba"):
        ways["compiled"] = _scored(og.Scorer(model, threads=1, engine="compiled"), frame)
    taken = medians(ways, 3 if n > LARGE else ROUNDS)
    limit = taken.pop(LIMIT)
    found: dict[str, Any] = {"customers": n, "steps": steps, "cells": segments * stages}
    for engine, seconds in taken.items():
        found |= {f"{engine}, ns a customer": 1e9 * seconds / n, f"{engine}, x copyto": seconds / limit}
    return found


def _scored(scorer: og.Scorer, frame: Any) -> Callable[[], Any]:
    return lambda: ours(scorer, frame)


def tables() -> list[Listing]:
    """Return one table a dimension."""
    found = []
    for what, sizes in (("customers", CUSTOMERS), ("steps", STEPS), ("cells", CELLS)):
        lines = [line(*size) for size in sizes]
        columns = {name: [each[name] for each in lines] for name in lines[0]}
        forms = {name: "{:,.0f}" if "ns" in name else "{:.1f}" for name in columns if "," in name}
        forms |= dict.fromkeys(("customers", "steps", "cells"), "{:,}")
        formats = {name: form.format for name, form in forms.items()}
        found.append(Listing(f"cost against {what}, one thread, {MISSING:.0%} missing", columns, formats=formats))
    return found


def main() -> None:
    """Print the tables."""
    for table in tables():
        print(f"\n{table}")


if __name__ == "__main__":
    main()
