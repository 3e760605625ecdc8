"""How fast the intake is beside the same query written by hand in Polars, DuckDB and pandas, and what memory it takes.

    python benchmarks/bench_intake.py --customers 1000000 --events 10000000 --form parquet

Each way runs in a process of its own, so that the peak of its memory is its own; the tables are made once.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

AS_OF = dt.datetime.fromisoformat("2026-01-01")
WAYS = ("intake-polars", "hand-polars", "intake-duckdb", "hand-duckdb", "intake-pandas", "hand-pandas")


def make(folder: Path, customers: int, events: int, form: str) -> None:
    """Write both tables: ids are text, a tenth of the values is missing, a twentieth of the events comes too late."""
    import polars as pl

    rng = np.random.default_rng(7)
    ids = pl.Series("id", np.arange(customers)).cast(pl.String).str.zfill(8)
    table = pl.DataFrame(
        {
            "id": "C" + ids,
            "plan": rng.choice(["basic", "pro", "enterprise"], customers),
            "signed": dt.date(2020, 1, 1)
            + pl.Series(rng.integers(0, 2000, customers)).cast(pl.Duration("us")) * 86_400_000_000,
            "score": np.where(rng.random(customers) < 0.1, np.nan, rng.random(customers).round(4)),
        }
    ).with_columns(pl.col("score").fill_nan(None), pl.col("signed").cast(pl.Date))
    who = rng.integers(0, customers, events)
    seconds = rng.integers(0, 400 * 86_400, events)
    log = pl.DataFrame(
        {
            "id": table["id"].gather(who),
            "at": (pl.Series(seconds) * 1_000_000).cast(pl.Duration("us")) + (AS_OF - dt.timedelta(days=380)),
            "kind": rng.choice(["low", "high", "urgent"], events),
            "hours": pl.Series(
                np.where(rng.random(events) < 0.1, np.nan, rng.exponential(5, events).round(3))
            ).fill_nan(None),
        }
    )
    if form == "csv":
        table.write_csv(folder / "customers.csv")
        log.write_csv(folder / "tickets.csv", datetime_format="%Y-%m-%d %H:%M:%S")
    else:
        table.write_parquet(folder / "customers.parquet")
        log.write_parquet(folder / "tickets.parquet")


def model():
    """The model whose inputs say the query."""
    from outcomegap.model import (
        AppropriateExperience,
        DesiredOutcome,
        Expectation,
        Inputs,
        Mean,
        Measure,
        OutcomeModel,
        RequiredOutcome,
        SuccessGap,
    )

    tickets = {"table": "tickets"}
    inputs = Inputs(
        id="id",
        as_of=AS_OF.isoformat(),
        segment="plan",
        stage={"start": "signed", "unit": "months", "bands": {"new": {"below": 24}, "grown": [24]}},
        tables={"tickets": {"time": "at"}},
        measures={
            "tickets": tickets | {"aggregate": "count"},
            "urgent": tickets | {"aggregate": "count", "where": {"kind": ["urgent"]}, "within_days": 90},
            "median_hours": tickets | {"aggregate": "median", "column": "hours"},
            "mean_hours": tickets | {"aggregate": "mean", "column": "hours"},
            "since": tickets | {"aggregate": "time_since"},
        },
    )
    names = ["score", *inputs.measures]
    asks = Mean(*(Expectation(f"asks {name}", Measure(name), floor=0, target=1) for name in names))
    needs = SuccessGap("needs", Measure("score"), floor=0, target=1)
    return OutcomeModel(
        "bench",
        desired_outcomes=[
            DesiredOutcome(RequiredOutcome("goal", needs=needs), AppropriateExperience("how", expects=asks))
        ],
        segments=["basic", "pro", "enterprise"],
        stages=["new", "grown"],
        inputs=inputs,
    )


def intake(folder: Path, form: str, engine: str):
    from outcomegap.intake import read_customers

    return read_customers(model(), frames(folder, form, engine)).frame


def frames(folder: Path, form: str, engine: str):
    """Both tables in an engine, as lazily as it can."""
    paths = {name: str(folder / f"{name}.{form}") for name in ("customers", "tickets")}
    if engine == "polars":
        import polars as pl

        if form == "csv":
            return paths
        return {name: pl.scan_parquet(path) for name, path in paths.items()}
    if engine == "duckdb":
        import duckdb

        connection = duckdb.connect()
        read = connection.read_csv if form == "csv" else connection.read_parquet
        return {name: read(path) for name, path in paths.items()}
    import pandas as pd

    if form == "csv":
        return {name: pd.read_csv(path) for name, path in paths.items()}
    return {name: pd.read_parquet(path) for name, path in paths.items()}


def hand_polars(folder: Path, form: str):
    import polars as pl

    if form == "csv":
        customers = pl.scan_csv(folder / "customers.csv", try_parse_dates=True)
        tickets = pl.scan_csv(folder / "tickets.csv", try_parse_dates=True)
    else:
        customers, tickets = pl.scan_parquet(folder / "customers.parquet"), pl.scan_parquet(folder / "tickets.parquet")
    recent = (pl.col("kind") == "urgent") & (pl.col("at") >= AS_OF - dt.timedelta(days=90))
    made = (
        tickets.filter(pl.col("at") < AS_OF)
        .group_by("id")
        .agg(
            pl.len().alias("tickets"),
            recent.sum().alias("urgent"),
            pl.col("hours").median().alias("median_hours"),
            pl.col("hours").mean().alias("mean_hours"),
            ((pl.lit(AS_OF) - pl.col("at").max()).dt.total_microseconds() / 8.64e10).alias("since"),
        )
    )
    months = (pl.lit(AS_OF) - pl.col("signed").cast(pl.Datetime("us"))).dt.total_microseconds() / 2.6298e12
    return (
        customers.join(made, on="id", how="left")
        .with_columns(
            pl.col("tickets", "urgent").fill_null(0),
            pl.col("plan").alias("segment"),
            pl.when(months < 24).then(pl.lit("new")).otherwise(pl.lit("grown")).alias("stage"),
        )
        .collect()
    )


def hand_duckdb(folder: Path, form: str):
    import duckdb

    connection = duckdb.connect()
    customers, tickets = (f"'{folder / name}.{form}'" for name in ("customers", "tickets"))
    return connection.sql(
        f"""
        with made as (
            select id, count(*) as tickets, median(hours) as median_hours, avg(hours) as mean_hours,
                count(*) filter (kind = 'urgent' and "at" >= timestamp '2026-01-01' - interval 90 day) as urgent,
                epoch(timestamp '2026-01-01' - max("at")) / 86400 as since
            from {tickets} where "at" < timestamp '2026-01-01' group by id
        )
        select c.id, plan as segment, score, coalesce(tickets, 0) as tickets, coalesce(urgent, 0) as urgent,
            median_hours, mean_hours, since,
            case when epoch(timestamp '2026-01-01' - signed) / 2629800 < 24 then 'new' else 'grown' end as stage
        from {customers} c left join made using (id)
        """
    ).to_arrow_table()


def hand_pandas(folder: Path, form: str):
    tables = frames(folder, form, "pandas")
    customers, tickets = tables["customers"], tables["tickets"]
    tickets["at"], customers["signed"] = (
        __import__("pandas").to_datetime(x) for x in (tickets["at"], customers["signed"])
    )
    before = tickets[tickets["at"] < AS_OF]
    before = before.assign(urgent=(before["kind"] == "urgent") & (before["at"] >= AS_OF - dt.timedelta(days=90)))
    made = before.groupby("id").agg(
        tickets=("id", "size"), urgent=("urgent", "sum"), median_hours=("hours", "median"),
        mean_hours=("hours", "mean"), last=("at", "max"),
    )  # fmt: skip
    found = customers.merge(made, left_on="id", right_index=True, how="left")
    found["since"] = (AS_OF - found["last"]).dt.total_seconds() / 86400
    found["stage"] = np.where((AS_OF - found["signed"]).dt.total_seconds() / 2629800 < 24, "new", "grown")
    return found.fillna({"tickets": 0, "urgent": 0})


def run(way: str, folder: Path, form: str) -> None:
    """Run one way and print what it took."""
    kind, engine = way.split("-")
    for library in ("narwhals", "pyarrow", "outcomegap.intake", "outcomegap.frames", engine):
        importlib.import_module(library)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, busy = time.perf_counter(), time.process_time()
    if kind == "intake":
        frame = intake(folder, form, engine)
    else:
        frame = {"polars": hand_polars, "duckdb": hand_duckdb, "pandas": hand_pandas}[engine](folder, form)
    took, busy = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    from outcomegap.frames import wrap

    table = wrap(frame)
    sums = {
        name: round(float(np.nansum(table.floats(name).values)), 3)
        for name in ("tickets", "urgent", "median_hours", "since")
    }
    print(
        json.dumps(
            {
                "way": way,
                "seconds": took,
                "busy": busy,
                "peak_mb": peak / 1024,
                "before_mb": before / 1024,
                "sums": sums,
            }
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--form", choices=["parquet", "csv"], default="parquet")
    parser.add_argument("--ways", nargs="*", default=list(WAYS))
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        run(given.run, given.folder, given.form)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, given.customers, given.events, given.form)
        best: dict[str, dict] = {}
        for way in given.ways:
            for _ in range(given.repeat):
                command = [sys.executable, __file__, "--run", way, "--folder", name, "--form", given.form]
                said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                if way not in best or said["seconds"] < best[way]["seconds"]:
                    best[way] = said
            found = best[way]
            print(
                f"{way:15} {found['seconds']:8.2f} s {found['busy']:8.2f} s of processor {found['peak_mb']:8.0f} MB  {found['sums']}",
                flush=True,
            )
        for engine in ("polars", "duckdb", "pandas"):
            pair = [best.get(f"{kind}-{engine}") for kind in ("intake", "hand")]
            if all(pair):
                print(
                    f"{engine}: {pair[0]['seconds'] / pair[1]['seconds']:.2f} times the query by hand, "
                    f"{pair[0]['busy'] / pair[1]['busy']:.2f} in processor time"
                )


if __name__ == "__main__":
    main()
