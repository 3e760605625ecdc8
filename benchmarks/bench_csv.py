"""From a CSV file of customers to a CSV file of scores: the command line beside Polars around `Scorer.score`.

Run: ``python -m benchmarks.bench_csv [CUSTOMERS]``. The file has 18 columns: who, segment, stage, fifteen measures.
`outcomegap score` reads text, checks every cell, tells what is wrong, and prints the groups; Polars guesses types and
checks nothing. Both read, score and write the same columns; that both files hold the same is checked. Each way runs in
a process of its own, in turn; each figure is the best of three, also of what the processor spent. The second table
says what the processor spent on which part, in one process.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import outcomegap as og
from outcomegap.cli.score import columns_of
from outcomegap.intake import read_customers
from outcomegap.listing import Listing, write_table

ROUNDS, MEASURES = 3, 15
WAYS = ("outcomegap score", "Polars around Scorer.score")


def build() -> og.OutcomeModel:
    """Five success gaps and ten expectations in six cells."""
    names = [f"m{number}" for number in range(MEASURES)]
    gaps = [og.SuccessGap(f"gap {name}", og.Measure(name, low=0), floor=1, target=9) for name in names[:5]]
    wishes = [og.Expectation(f"wish {name}", og.Measure(name, low=0), floor=0, target=8) for name in names[5:]]
    required = og.RequiredOutcome("required", needs=og.AllOf(gaps[0], gaps[1], og.AnyOf(*gaps[2:])))
    experience = og.AppropriateExperience("experience", expects=og.Mean(*wishes))
    segments, stages = ["basic", "pro", "enterprise"], ["new", "grown"]
    outcome = og.DesiredOutcome(required, experience)
    return og.OutcomeModel("from csv", desired_outcomes=[outcome], segments=segments, stages=stages)


def make(folder: Path, customers: int) -> None:
    """Write the model and the customers: numbers with decimals and whole ones, a twentieth of them missing."""
    import polars as pl

    model, rng = build(), np.random.default_rng(7)
    og.dump(model, folder / "model.toml")
    columns: dict[str, object] = {
        "customer": "C" + pl.Series(np.arange(customers)).cast(pl.String).str.zfill(8),
        "segment": rng.choice(model.segment_names, customers),
        "stage": rng.choice(model.stage_names, customers),
    }
    for number in range(MEASURES):
        values = (10 * rng.random(customers)).round((0, 2, 15)[number % 3])
        columns[f"m{number}"] = np.where(rng.random(customers) < 0.05, np.nan, values)
    pl.DataFrame(columns, nan_to_null=True).write_csv(folder / "customers.csv")


def run(way: str, folder: Path) -> None:
    """Score the file in one of the ways; print the seconds, and those of the processor."""
    import polars as pl

    from outcomegap.cli import main as outcomegap

    start, busy = time.perf_counter(), time.process_time()
    if way == WAYS[0]:
        files = [str(folder / name) for name in ("model.toml", "customers.csv", "scores.csv")]
        try:
            outcomegap(["score", files[0], files[1], "--id", "customer", "-o", files[2]])
        except SystemExit as end:
            if end.code:
                raise
    else:
        frame = pl.read_csv(folder / "customers.csv")
        scores = og.Scorer(og.load(folder / "model.toml")).score(frame, id="customer")
        made = scores.to_frame().insert_column(2, 100.0 * pl.Series("score", scores.desired, nan_to_null=True))
        made.insert_column(1, frame["segment"]).insert_column(2, frame["stage"]).write_csv(folder / "plain.csv")
    print(time.perf_counter() - start, time.process_time() - busy)


def parts(folder: Path) -> Listing:
    """Return what the processor spends on each part, both ways."""
    import polars as pl

    model = og.load(folder / "model.toml")
    found: dict[str, tuple[float, float]] = {}

    def timed(part: str, ours: Callable[[], Any], plain: Callable[[], Any]) -> tuple[Any, Any]:
        made, spent = [], []
        for make in (ours, plain):
            start = time.process_time()
            made.append(make())
            spent.append(time.process_time() - start)
        found[part] = (spent[0], spent[1])
        return made[0], made[1]

    source, scorer = folder / "customers.csv", og.Scorer(model)
    customers, frame = timed("read", lambda: read_customers(model, source), lambda: pl.read_csv(source))
    ours, plain = timed(
        "score", lambda: scorer.score(customers, id="customer"), lambda: scorer.score(frame, id="customer")
    )
    timed("sum up groups", lambda: str(ours.by("segment")), lambda: None)
    columns, scored = timed("to columns", lambda: columns_of(ours), plain.to_frame)
    timed("write", lambda: write_table(columns, folder / "a.csv"), lambda: scored.write_csv(folder / "b.csv"))
    said: dict[str, object] = {"part": list(found)}
    said |= {way: [spent[place] for spent in found.values()] for place, way in enumerate(WAYS)}
    return Listing("Seconds of the processor", said, formats=dict.fromkeys(WAYS, "{:.2f}".format))


def main(customers: int = 1_000_000) -> None:
    """Print the table."""
    import polars as pl

    best = dict.fromkeys(WAYS, np.array([np.inf, np.inf]))
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), customers)
        for _ in range(ROUNDS):
            for way in WAYS:
                command = [sys.executable, "-m", "benchmarks.bench_csv", way, folder]
                said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                best[way] = np.minimum(best[way], [float(each) for each in said.split()[-2:]])
        by_part = parts(Path(folder))
        ours, plain = (pl.read_csv(Path(folder) / name) for name in ("scores.csv", "plain.csv"))
        if not ours.equals(plain):
            raise SystemExit("the files differ")
    columns: dict[str, object] = {"way": list(best)}
    for place, name in enumerate(("seconds", "processor")):
        figures = [float(each[place]) for each in best.values()]
        columns |= {name: figures, f"{name}: x Polars": [each / figures[1] for each in figures]}
    title = f"{customers:,} customers of 18 columns from CSV to CSV; best of {ROUNDS}"
    formats = {name: "{:.2f}".format for name in columns if name != "way"}
    print(Listing(title, columns, formats=formats))
    print(by_part)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in WAYS:
        run(sys.argv[1], Path(sys.argv[2]))
    else:
        main(*(int(each) for each in sys.argv[1:2]))
