"""The same scores written by hand: whole-array NumPy, pandas, Polars, DuckDB, numexpr, a numba loop, JAX.

Each computes what `Scorer.score` does: R, E, D, the gap, their bounds, coverage, and the state. They are written the
way a careful analyst would, and checked against the library before anything is measured.
"""

from __future__ import annotations

from functools import reduce
from operator import add, mul
from typing import Any

import attrs
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
    f, s, t = w
    first = (f[0] * a[12] + f[1] * a[13] + f[2] * a[14] + f[3] * a[15]) / (f[0] + f[1] + f[2] + f[3])
    second = (s[0] * a[16] + s[1] * a[17] + s[2] * a[18] + s[3] * a[19]) / (s[0] + s[1] + s[2] + s[3])
    third = a[20] * (1 - (1 - a[21]) * (1 - a[22]))
    return (t[0] * first + t[1] * second + t[2] * third + t[3] * a[23]) / (t[0] + t[1] + t[2] + t[3])


FULL = ((3.0, 2.0, 1.0, 1.0), (1.0, 1.0, 1.0, 1.0), (3.0, 2.0, 2.0, 1.0))


def with_numpy(columns: dict[str, Any], cells: Any, bounds: tuple[Any, Any], xp: Any = np) -> dict[str, Any]:
    """Whole arrays, one statement a step; `xp` is NumPy, or what behaves like it."""
    floor, target = bounds
    z = {}
    for i in range(24):
        lower = floor[i][cells]
        z[i] = xp.clip((columns[f"m{i}"] - lower) / (target[i][cells] - lower), 0, 1)
    gone = {i: xp.isnan(z[i]) for i in z}
    point = {i: xp.where(gone[i], 0.5, z[i]) for i in z}
    r, e = required(point), experience(point, present(gone))
    low, high = ({i: xp.where(gone[i], v, z[i]) for i in z} for v in (0.0, 1.0))
    return _finish(xp, r, e, gone, *(f for side in (low, high) for f in (required(side), experience(side, FULL))))


def with_jax(columns: dict[str, Any], cells: Any, bounds: tuple[Any, Any]) -> Any:
    """The same arrays, compiled as one function by JAX; returns a function without arguments."""
    import jax

    jax.config.update("jax_enable_x64", True)  # noqa: FBT003
    run = jax.jit(lambda *given: with_numpy(*given, xp=jax.numpy))
    return lambda: {name: np.asarray(each) for name, each in run(columns, cells, bounds).items()}


def present(gone: dict[int, Any]) -> Any:
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
    r, e = required(point), experience(point, present(gone))
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
        required(sides[0.5]).alias("r"), experience(sides[0.5], present_polars(gone)).alias("e"),
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


def present_polars(gone: dict[int, Any]) -> Any:
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


# Written as text: the same formulas, of names instead of arrays


@attrs.frozen(eq=False)
class Text:
    """An expression in a language that computes elsewhere."""

    text: str

    def __add__(self, other: Any) -> Text:
        return Text(f"({self.text} + {_text(other)})")

    def __radd__(self, other: Any) -> Text:
        return Text(f"({_text(other)} + {self.text})")

    def __sub__(self, other: Any) -> Text:
        return Text(f"({self.text} - {_text(other)})")

    def __rsub__(self, other: Any) -> Text:
        return Text(f"({_text(other)} - {self.text})")

    def __mul__(self, other: Any) -> Text:
        return Text(f"({self.text} * {_text(other)})")

    def __rmul__(self, other: Any) -> Text:
        return Text(f"({_text(other)} * {self.text})")

    def __truediv__(self, other: Any) -> Text:
        return Text(f"({self.text} / {_text(other)})")


def _text(value: Any) -> str:
    return value.text if isinstance(value, Text) else f"{float(value)!r}"


def _weights(gone: Any) -> Any:
    """Weights over what is present, in numbers alone; `gone` is 1 where a step is missing, else 0."""
    of = [[gone[12 + i] for i in range(4)], [gone[16 + i] for i in range(4)]]
    of.append([reduce(mul, group) for group in (*of, [gone[20], gone[21], gone[22]], [gone[23]])])
    return [
        [w * (1 - each * (1 - reduce(mul, group))) for w, each in zip(full, group, strict=True)]
        for full, group in zip(FULL, of, strict=True)
    ]


def _sides(filled: Any, gone: Any) -> dict[str, Text]:
    """R and E as they stand, at least and at most, and how many steps are missing, of names z0 and so on."""
    at = {name: {i: filled(i, value) for i in range(24)} for name, value in (("", 0.5), ("0", 0.0), ("1", 1.0))}
    flags = {i: gone(i) for i in range(24)}
    weights = {"": _weights(flags), "0": FULL, "1": FULL}
    found = {f"r{name}": required(each) for name, each in at.items()}
    found |= {f"e{name}": experience(each, weights[name]) for name, each in at.items()}
    return found | {f"k{n}": 1 - reduce(add, (flags[i] for i in s)) / 12 for n, s in enumerate((REQUIRED, EXPERIENCE))}


def _states(choose: Any) -> dict[str, str]:
    """The states at the bounds, of names r0, e0, r1, e1."""
    return {f"s{v}": choose(f"r{v} >= 0.5 - 1e-9", choose(f"e{v} >= 0.5 - 1e-9", "3", "1"), "0") for v in (0, 1)}


def duckdb_query(bounds: tuple[np.ndarray, np.ndarray]) -> str:
    """A query of the tables ``frame`` and ``cells``, in layers."""

    def choose(condition: str, yes: str, no: str) -> str:
        return f"CASE WHEN {condition} THEN {yes} ELSE {no} END"

    def filled(i: int, value: float) -> Text:
        return Text(f"coalesce(z{i}, {value})")

    def gone(i: int) -> Text:
        return Text(f"(z{i} IS NULL)::DOUBLE")

    def clipped(i: int) -> str:
        return f"{choose(f't{i} < 0', '0.0', choose(f't{i} > 1', '1.0', f't{i}'))} AS z{i}"

    steps = range(len(bounds[0]))
    parts = [f"(m{i} - floor{i}) / (target{i} - floor{i}) AS t{i}" for i in steps]
    sides = [f"{text.text} AS {name}" for name, text in _sides(filled, gone).items()]
    states = [f"{text} AS {name}" for name, text in _states(choose).items()]
    return f"""
        WITH t AS (SELECT row, {", ".join(parts)} FROM frame LEFT JOIN cells USING (segment, stage)),
        z AS (SELECT row, {", ".join(map(clipped, steps))} FROM t),
        sides AS (SELECT row, {", ".join(sides)} FROM z),
        known AS (SELECT * REPLACE ({choose("k0 >= 0.5", "r", "NULL")} AS r, {choose("k1 >= 0.5", "e", "NULL")} AS e),
            {", ".join(states)} FROM sides)
        SELECT row, r AS required, e AS experience, r * e AS desired, 1 - r * e AS gap, 1 - r AS required_gap,
            r * (1 - e) AS experience_gap, r0 * e0 AS low, r1 * e1 AS high, (k0 + k1) / 2 AS coverage,
            {choose("s0 = s1", "s0", "2")} AS state_codes
        FROM known"""


def with_duckdb(connection: Any, query: str) -> dict[str, Any]:
    """Run the query to Arrow; rows come in any order, so the row's number comes along."""
    found = connection.sql(query).to_arrow_table()
    order = found["row"].to_numpy()
    return {
        name: _placed(found[name].to_numpy().astype(np.float64), order) for name in found.column_names if name != "row"
    }


def _placed(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    found = np.empty_like(values)
    found[order] = values
    return found


def duckdb_tables(frame: Any, model: og.OutcomeModel, bounds: tuple[np.ndarray, np.ndarray]) -> Any:
    """A connection that holds the customers, with their row, and the cells."""
    import duckdb
    import pyarrow as pa

    wide = {"segment": [c.segment for c in model.cells], "stage": [c.stage for c in model.cells]}
    for i in range(24):
        wide |= {f"floor{i}": bounds[0][i], f"target{i}": bounds[1][i]}
    connection = duckdb.connect()
    connection.register("frame", frame.with_row_index("row").to_arrow())
    connection.register("cells", pa.table(wide))
    return connection


def with_numexpr(columns: dict[str, Any], cells: Any, bounds: tuple[Any, Any]) -> dict[str, Any]:
    """Each formula as text that numexpr compiles and runs on blocks, on all threads."""
    import numexpr as ne

    def choose(condition: str, yes: str, no: str) -> str:
        return f"where({condition}, {yes}, {no})"

    def of(text: str, names: dict[str, Any]) -> Any:
        return ne.evaluate(text, local_dict=names, global_dict={})

    z: dict[str, Any] = {}
    for i in range(24):
        names = {"m": columns[f"m{i}"], "low": bounds[0][i][cells], "high": bounds[1][i][cells]}
        t = of("(m - low) / (high - low)", names)
        z[f"z{i}"] = of("where(t < 0, 0, where(t > 1, 1, t))", {"t": t})

    def filled(i: int, value: float) -> Text:
        return Text(f"where(z{i} != z{i}, {value}, z{i})")

    def gone(i: int) -> Text:
        return Text(f"where(z{i} != z{i}, 1.0, 0.0)")

    sides = {name: of(text.text, z) for name, text in _sides(filled, gone).items()}
    sides |= {name: of(text, sides) for name, text in _states(choose).items()}
    sides |= {name: of(f"where({k} >= 0.5, {name}, nan)", sides | {"nan": np.nan}) for name, k in KNOWN.items()}
    return {name: of(text, sides) for name, text in LAST.items()} | {"required": sides["r"], "experience": sides["e"]}


KNOWN = {"r": "k0", "e": "k1"}
LAST = {
    "desired": "r * e", "gap": "1 - r * e", "required_gap": "1 - r", "experience_gap": "r * (1 - e)", "low": "r0 * e0",
    "high": "r1 * e1", "coverage": "(k0 + k1) / 2", "state_codes": "where(s0 == s1, s0, 2)",
}  # fmt: skip


def numba_loop() -> Any:
    """A loop over customers, written for this model alone and compiled by numba for it."""
    import numba

    required_of, experience_of = numba.njit(required), numba.njit(experience)

    @numba.njit
    def weight(w: float, gone: float, nobody: float) -> float:
        return w * (1.0 - gone * (1.0 - nobody))

    @numba.njit
    def weights(g: Any, a: int, b: int, c: int, d: int, w: Any) -> Any:
        nobody = g[a] * g[b] * g[c] * g[d]
        return (
            weight(w[0], g[a], nobody),
            weight(w[1], g[b], nobody),
            weight(w[2], g[c], nobody),
            weight(w[3], g[d], nobody),
        )

    @numba.njit
    def state(r: float, e: float) -> float:
        return (3.0 if e >= 0.5 - 1e-9 else 1.0) if r >= 0.5 - 1e-9 else 0.0

    full = FULL

    @numba.njit(nogil=True)
    def loop(columns: Any, cells: Any, floor: Any, target: Any, out: Any) -> None:
        point, low, high, gone = np.empty(24), np.empty(24), np.empty(24), np.empty(28)
        for row in range(len(cells)):
            cell = cells[row]
            for i in range(24):
                z = (columns[i][row] - floor[i, cell]) / (target[i, cell] - floor[i, cell])
                z = min(max(z, 0.0), 1.0)
                there = z == z
                point[i], low[i], high[i] = (z, z, z) if there else (0.5, 0.0, 1.0)
                gone[i] = 0.0 if there else 1.0
            gone[24] = gone[12] * gone[13] * gone[14] * gone[15]
            gone[25] = gone[16] * gone[17] * gone[18] * gone[19]
            gone[26] = gone[20] * gone[21] * gone[22]
            w = (
                weights(gone, 12, 13, 14, 15, full[0]),
                weights(gone, 16, 17, 18, 19, full[1]),
                weights(gone, 24, 25, 26, 23, full[2]),
            )
            r, e = required_of(point), experience_of(point, w)
            k0, k1 = 1.0 - gone[:12].sum() / 12, 1.0 - gone[12:24].sum() / 12
            r, e = r if k0 >= 0.5 else np.nan, e if k1 >= 0.5 else np.nan
            r0, e0, r1, e1 = required_of(low), experience_of(low, full), required_of(high), experience_of(high, full)
            s0, s1 = state(r0, e0), state(r1, e1)
            out[0, row], out[1, row], out[2, row], out[3, row] = r, e, r * e, 1.0 - r * e
            out[4, row], out[5, row], out[6, row], out[7, row] = 1.0 - r, r * (1.0 - e), r0 * e0, r1 * e1
            out[8, row], out[9, row] = (k0 + k1) / 2, s0 if s0 == s1 else 2.0

    return loop


def with_numba(loop: Any, columns: dict[str, Any], cells: Any, bounds: tuple[Any, Any], names: Any) -> dict[str, Any]:
    """Run the loop on one thread."""
    out = np.empty((len(names), len(cells)))
    loop(tuple(columns[f"m{i}"] for i in range(24)), cells, *bounds, out)
    return dict(zip(names, out, strict=True))
