"""Attribution of a million simulated customers over 24 steps, beside the same by hand, and groups with ranked gaps.

Run: ``python -m benchmarks.bench_attribution [CUSTOMERS]``. By hand means Gauss's nodes along the line and the gradient
written out for this one model, in whole arrays and in Polars expressions; both are checked against the library first.
The limit is `np.copyto` of the 24 input columns; runs are interleaved, each figure is the median of seven. shap's
permutation explainer, if it is installed, explains 1,000 customers and is measured apart.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

import outcomegap as og
from benchmarks import scoring_peers as peers
from benchmarks.scoring_model import build
from outcomegap.explanation.gradients import nodes
from outcomegap.listing import Listing

ROUNDS = 7
LIMIT = "limit: np.copyto of the columns"
#: How high the degrees of R and E are along the line.
DEGREES = (10, 3)
SHAP_ROWS = 1_000


def slopes_required(a: Any) -> tuple[Any, dict[int, Any]]:
    """R and its derivative by each of the twelve attainments."""
    some, mixed, any_of = (
        1 - (1 - a[3]) * (1 - a[4] * a[5]),
        (2 * (a[6] * a[7]) + (1 - (1 - a[8]) * (1 - a[9]))) / 3,
        1 - (1 - a[10]) * (1 - a[11]),
    )
    two, four, rest = a[1] * a[2], a[0] * a[1] * a[2], some * mixed * any_of
    by = {0: two * rest, 1: a[0] * a[2] * rest, 2: a[0] * a[1] * rest}
    outer = four * mixed * any_of
    by |= {3: outer * (1 - a[4] * a[5]), 4: outer * (1 - a[3]) * a[5], 5: outer * (1 - a[3]) * a[4]}
    outer = four * some * any_of / 3
    by |= {6: outer * 2 * a[7], 7: outer * 2 * a[6], 8: outer * (1 - a[9]), 9: outer * (1 - a[8])}
    outer = four * some * mixed
    by |= {10: outer * (1 - a[11]), 11: outer * (1 - a[10])}
    return four * rest, by


def slopes_experience(a: Any, w: Any) -> dict[int, Any]:
    """The derivative of E by each of the twelve attainments, with the weights of its means."""
    totals = [sum(each) for each in w]
    outer = [weight / totals[2] for weight in w[2]]
    by = {12 + i: outer[0] * w[0][i] / totals[0] for i in range(4)}
    by |= {16 + i: outer[1] * w[1][i] / totals[1] for i in range(4)}
    by |= {
        20: outer[2] * (1 - (1 - a[21]) * (1 - a[22])),
        21: outer[2] * a[20] * (1 - a[22]),
        22: outer[2] * a[20] * (1 - a[21]),
    }
    return by | {23: outer[3]}


def with_numpy(columns: dict[str, Any], cells: np.ndarray, bounds: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Whole arrays, one statement a step."""
    floor, target = bounds
    z, gone = {}, {}
    for i in range(24):
        lower = floor[i][cells]
        z[i] = np.clip((columns[f"m{i}"] - lower) / (target[i][cells] - lower), 0, 1)
        gone[i] = np.isnan(z[i])
        z[i] = np.where(gone[i], 0.5, z[i])
    w = peers.present(gone)
    lack = {i: 1 - z[i] for i in z}
    parts = dict.fromkeys(z, 0.0)
    for side, degree in enumerate(DEGREES):
        steps = range(12) if side == 0 else range(12, 24)
        for t, weight in zip(*nodes(degree), strict=True):
            at = {i: 1 - t * lack[i] for i in steps}
            by = slopes_required(at)[1] if side == 0 else slopes_experience(at, w)
            for i in steps:
                parts[i] = parts[i] + by[i] * weight
    scale = slopes_required(z)[0]
    return np.array([parts[i] * lack[i] * (1.0 if i < 12 else scale) for i in range(24)])


def with_polars(frame: Any, model: og.OutcomeModel, bounds: tuple[np.ndarray, np.ndarray]) -> Any:
    """A lazy frame: floors and targets joined by segment and stage, then expressions, all columns in parallel."""
    import polars as pl

    wide = {"segment": [c.segment for c in model.cells], "stage": [c.stage for c in model.cells]}
    for i in range(24):
        wide[f"floor{i}"], wide[f"target{i}"] = list(bounds[0][i]), list(bounds[1][i])
    col = pl.col
    lazy = frame.lazy().join(pl.DataFrame(wide).lazy(), on=["segment", "stage"], how="left", maintain_order="left")
    lazy = lazy.select(
        ((col(f"m{i}") - col(f"floor{i}")) / (col(f"target{i}") - col(f"floor{i}"))).clip(0, 1).alias(f"z{i}")
        for i in range(24)
    )
    w = peers.present_polars({i: col(f"z{i}").is_null() for i in range(24)})
    lazy = lazy.select(
        *(col(f"z{i}").fill_null(0.5).alias(f"a{i}") for i in range(24)),
        *(each.cast(pl.Float64).alias(f"w{m}_{i}") for m, mean in enumerate(w) for i, each in enumerate(mean)),
    )
    w = [[col(f"w{m}_{i}") for i in range(len(mean))] for m, mean in enumerate(w)]
    lack = {i: 1 - col(f"a{i}") for i in range(24)}
    parts: dict[int, Any] = {i: pl.lit(0.0) for i in range(24)}
    for side, degree in enumerate(DEGREES):
        steps = range(12) if side == 0 else range(12, 24)
        for t, weight in zip(*nodes(degree), strict=True):
            at = {i: 1 - float(t) * lack[i] for i in steps}
            by = slopes_required(at)[1] if side == 0 else slopes_experience(at, w)
            for i in steps:
                parts[i] = parts[i] + by[i] * float(weight)
    scale = slopes_required({i: col(f"a{i}") for i in range(12)})[0]
    return lazy.select(
        ((parts[i] * lack[i]) if i < 12 else parts[i] * lack[i] * scale).alias(f"s{i}") for i in range(24)
    ).collect()


def contenders(n: int, missing: float) -> dict[str, Callable[[], Any]]:
    """Name every way of computing the parts."""
    model = build()
    frame = og.simulate(model, n, seed=11, missing=missing, kind="polars")
    columns, cells = peers.arrays(frame, model)
    bounds = peers.tables(model)
    order = [int(step.measure.name[1:]) for step in model.steps]
    copies = [np.empty(n) for _ in range(24)]

    def limit() -> None:
        for copy, column in zip(copies, columns.values(), strict=True):
            np.copyto(copy, column)

    ways: dict[str, Callable[[], Any]] = {LIMIT: limit}
    for engine in ("compiled", "numpy") if find_spec("numba") else ("numpy",):
        for threads in (1, 2):
            scores = og.Scorer(model, threads=threads, engine=engine).score(frame, progress=False)
            if np.isnan(scores.desired).any() and missing < 0.2:
                known = ~np.isnan(scores.desired)
            else:
                known = np.ones(n, dtype=bool)
            name = f"outcomegap, {engine}, {threads} thread{'s' if threads > 1 else ''}"

            def ours(scores: Any = scores) -> np.ndarray:
                return scores.attribution().values.T

            def groups(scores: Any = scores) -> Any:
                return scores.by("segment", "stage").gaps_frame()

            ways[name], ways[f"{name}: groups, ranked gaps"] = ours, groups
    place = np.argsort(order)

    def reordered(parts: np.ndarray) -> np.ndarray:
        return parts[np.argsort(place)]

    ways["NumPy by hand, columns and cells given"] = lambda: with_numpy(columns, cells, bounds)
    ways["Polars by hand, lazy expressions"] = lambda: with_polars(frame, model, bounds)
    reference = ways[next(name for name in ways if name.startswith("outcomegap"))]()
    for name, way in ways.items():
        if "by hand" in name:
            found = way()
            parts = found if isinstance(found, np.ndarray) else found.to_numpy().T
            off = np.abs(reordered(parts) - reference)[:, known].max()
            if not off <= 1e-12:
                raise SystemExit(f"{name} disagrees by {off:g}")
    return ways


def measure(ways: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Median time of each, runs interleaved so that a busy moment hits all."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - start)
    return {name: float(np.median(each)) for name, each in times.items()}


def with_shap() -> tuple[float, float]:
    """Seconds that shap's permutation explainer and the library take for 1,000 customers whose data are complete."""
    import shap

    model = build()
    frame = og.simulate(model, SHAP_ROWS, seed=11, missing=0.0, kind="polars")
    scorer = og.Scorer(model, threads=1)
    scores = scorer.score(frame, progress=False)
    a = scores.attainment().values

    def desired(rows: np.ndarray) -> np.ndarray:
        order = [int(step.measure.name[1:]) for step in model.steps]
        by = {number: rows[:, place] for place, number in enumerate(order)}
        return peers.required(by) * peers.experience(by, peers.FULL)

    start = time.perf_counter()
    shap.explainers.Permutation(desired, np.ones((1, 24)))(a)
    theirs = time.perf_counter() - start
    start = time.perf_counter()
    scores.attribution()
    return theirs, time.perf_counter() - start


def main(n: int = 1_000_000) -> None:
    """Print the table, with and without missing values."""
    for missing in (0.0, 0.05):
        taken = measure(contenders(n, missing))
        columns = {
            "way": list(taken),
            "seconds": list(taken.values()),
            "x np.copyto": [seconds / taken[LIMIT] for seconds in taken.values()],
        }
        formats = {"seconds": "{:.3f}".format, "x np.copyto": "{:.1f}".format}
        title = f"Attribution of {n:,} customers over 24 steps, {missing:.0%} missing; median of {ROUNDS}"
        print(f"\n{Listing(title, columns, formats=formats)}")
    if find_spec("shap"):
        theirs, ours = with_shap()
        print(f"\n{SHAP_ROWS:,} customers: shap's permutation explainer {theirs:.2f} s, outcomegap {ours * 1e3:.2f} ms")


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]))
