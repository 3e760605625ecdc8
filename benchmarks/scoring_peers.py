"""The same scores written by hand: whole-array NumPy, pandas, and Polars expressions.

Each computes what `Scorer.score` does: R, E, D, the gap, their bounds, coverage, and the state. They are written the
way a careful analyst would, and checked against the library before anything is measured.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import outcomegap as og


def arrays(frame: Any, model: og.OutcomeModel) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Take a Polars frame apart: the measures as arrays, and each customer's cell."""
    import polars as pl

    columns = {f"m{i}": frame[f"m{i}"].fill_null(float("nan")).to_numpy() for i in range(24)}
    codes = [
        frame[axis].replace_strict({name: i for i, name in enumerate(names)}, return_dtype=pl.Int64).to_numpy()
        for axis, names in (("segment", model.segment_names), ("stage", model.stage_names))
    ]
    return columns, codes[0] * len(model.stage_names) + codes[1]


REQUIRED, EXPERIENCE = range(12), range(12, 24)


def tables(model: og.OutcomeModel) -> tuple[np.ndarray, np.ndarray]:
    """Floors and targets, shape (24, cells)."""
    cells = model.cells
    return tuple(
        np.array([[getattr(step, what).at(c.segment, c.stage) for c in cells] for step in _in_order(model)])
        for what in ("floor", "target")
    )


def _in_order(model: og.OutcomeModel) -> list[Any]:
    return sorted(model.steps, key=lambda step: int(step.measure.name[1:]))


def required(a: Any) -> Any:
    """R of twelve attainments; the functions stand beside all that builds on them."""
    some = 1 - (1 - a[3]) * (1 - a[4] * a[5])
    mixed = (2 * (a[6] * a[7]) + (1 - (1 - a[8]) * (1 - a[9]))) / 3
    return a[0] * a[1] * a[2] * some * mixed * (1 - (1 - a[10]) * (1 - a[11]))


def experience(a: Any, w: Any) -> Any:
    """E of twelve attainments and the weights of their means."""
    first = sum(w[0][i] * a[12 + i] for i in range(4)) / sum(w[0])
    second = sum(w[1][i] * a[16 + i] for i in range(4)) / sum(w[1])
    third = a[20] * (1 - (1 - a[21]) * (1 - a[22]))
    return (w[2][0] * first + w[2][1] * second + w[2][2] * third + w[2][3] * a[23]) / sum(w[2])


FULL = ((3.0, 2.0, 1.0, 1.0), (1.0, 1.0, 1.0, 1.0), (3.0, 2.0, 2.0, 1.0))


def with_numpy(columns: dict[str, Any], cells: np.ndarray, bounds: tuple[np.ndarray, np.ndarray]) -> dict[str, Any]:
    """Whole arrays, one statement a step."""
    floor, target = bounds
    z = {}
    for i in range(24):
        lower = floor[i][cells]
        z[i] = np.clip((columns[f"m{i}"] - lower) / (target[i][cells] - lower), 0, 1)
    gone = {i: np.isnan(z[i]) for i in z}
    point = {i: np.where(gone[i], 0.5, z[i]) for i in z}
    r, e = required(point), experience(point, _present(gone))
    low, high = ({i: np.where(gone[i], v, z[i]) for i in z} for v in (0.0, 1.0))
    return _finish(np, r, e, gone, *(f for side in (low, high) for f in (required(side), experience(side, FULL))))


def _present(gone: dict[int, Any]) -> Any:
    """Weights over what is present; all of them where nothing is."""
    masks = [
        [~gone[12 + i] for i in range(4)],
        [~gone[16 + i] for i in range(4)],
        [
            ~(gone[12] & gone[13] & gone[14] & gone[15]),
            ~(gone[16] & gone[17] & gone[18] & gone[19]),
            ~(gone[20] & gone[21] & gone[22]),
            ~gone[23],
        ],
    ]
    weights = []
    for full, present in zip(FULL, masks, strict=True):
        none = ~(present[0] | present[1] | present[2] | present[3])
        weights.append([w * (p | none) for w, p in zip(full, present, strict=True)])
    return weights


def _finish(xp: Any, r: Any, e: Any, gone: Any, r_low: Any, e_low: Any, r_high: Any, e_high: Any) -> dict[str, Any]:
    known = [sum(1 - gone[i].astype(np.int8) for i in side) / 12 for side in (REQUIRED, EXPERIENCE)]
    r, e = (xp.where(k < 0.5, np.nan, x) for k, x in zip(known, (r, e), strict=True))
    d = r * e
    states = [
        xp.where(a >= 0.5 - 1e-9, xp.where(b >= 0.5 - 1e-9, 3, 1), 0) for a, b in ((r_low, e_low), (r_high, e_high))
    ]
    return {
        "required": r, "experience": e, "desired": d, "gap": 1 - d, "required_gap": 1 - r, "experience_gap": r * (1 - e),
        "low": r_low * e_low, "high": r_high * e_high, "coverage": (known[0] + known[1]) / 2,
        "state_codes": xp.where(states[0] == states[1], states[0], 2),
    }  # fmt: skip


def with_pandas(frame: Any, model: og.OutcomeModel, bounds: tuple[np.ndarray, np.ndarray]) -> dict[str, Any]:
    """Floors and targets merged by segment and stage, then Series arithmetic."""
    import pandas as pd

    rows = [{"segment": c.segment, "stage": c.stage} for c in model.cells]
    for i in range(24):
        for row, lower, upper in zip(rows, bounds[0][i], bounds[1][i], strict=True):
            row[f"floor{i}"], row[f"target{i}"] = lower, upper
    joined = frame.merge(pd.DataFrame(rows), on=["segment", "stage"], how="left")
    z = {
        i: ((joined[f"m{i}"] - joined[f"floor{i}"]) / (joined[f"target{i}"] - joined[f"floor{i}"])).clip(0, 1)
        for i in range(24)
    }
    gone = {i: z[i].isna() for i in z}
    point = {i: z[i].fillna(0.5) for i in z}
    r, e = required(point), experience(point, _present(gone))
    low, high = ({i: z[i].fillna(v) for i in z} for v in (0.0, 1.0))
    return _finish(np, r, e, gone, *(f for side in (low, high) for f in (required(side), experience(side, FULL))))


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
    gone = {i: col(f"z{i}").is_null() for i in range(24)}
    sides = {v: {i: col(f"z{i}").fill_null(v) for i in range(24)} for v in (0.5, 0.0, 1.0)}
    lazy = lazy.select(
        required(sides[0.5]).alias("r"), experience(sides[0.5], _present_polars(gone)).alias("e"),
        *(f(sides[v], *w).alias(f"{n}{v:g}") for v in (0.0, 1.0) for n, f, w in (("r", required, ()), ("e", experience, (FULL,)))),
        *(pl.sum_horizontal((~gone[i]).cast(pl.Int8) for i in side).cast(pl.Float64).alias(f"k{n}") / 12 for n, side in enumerate((REQUIRED, EXPERIENCE))),
    )  # fmt: skip
    lazy = lazy.with_columns(r=pl.when(col("k0") >= 0.5).then(col("r")), e=pl.when(col("k1") >= 0.5).then(col("e")))
    state = {
        v: pl.when(col(f"r{v}") >= 0.5 - 1e-9)
        .then(pl.when(col(f"e{v}") >= 0.5 - 1e-9).then(3).otherwise(1))
        .otherwise(0)
        for v in (0, 1)
    }
    d = col("r") * col("e")
    return lazy.select(
        required="r", experience="e", desired=d, gap=1 - d, required_gap=1 - col("r"),
        experience_gap=col("r") * (1 - col("e")), low=col("r0") * col("e0"), high=col("r1") * col("e1"),
        coverage=(col("k0") + col("k1")) / 2, state_codes=pl.when(state[0] == state[1]).then(state[0]).otherwise(2),
    ).collect()  # fmt: skip


def _present_polars(gone: dict[int, Any]) -> Any:
    groups = [
        [[12 + i] for i in range(4)],
        [[16 + i] for i in range(4)],
        [[12, 13, 14, 15], [16, 17, 18, 19], [20, 21, 22], [23]],
    ]
    weights = []
    for full, children in zip(FULL, groups, strict=True):
        present = [~_all(gone, child) for child in children]
        none = ~(present[0] | present[1] | present[2] | present[3])
        weights.append([(p | none).cast(int) * w for w, p in zip(full, present, strict=True)])
    return weights


def _all(gone: dict[int, Any], steps: list[int]) -> Any:
    found = gone[steps[0]]
    for step in steps[1:]:
        found = found & gone[step]
    return found
