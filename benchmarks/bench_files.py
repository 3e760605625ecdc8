"""Parquet files scored in batches, beside reading them and no more: customers a second, and the most memory taken.

Run: ``python -m benchmarks.bench_files [CUSTOMERS [FILES [ROUNDS]]]``. The files are hard links of one of CUSTOMERS
rows: 24 measures with 5 % missing, segment and stage as dictionaries. Every way runs in a process of its own, in turn;
the figures are medians. The first batch, in which compiled code is loaded, is scored before the clock runs. Reading
alone asks PyArrow for batches of the same size and columns; reading and writing writes, for each batch, scores that
were made before. The processor's time says what is left where other programs share the machine.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import outcomegap as og
from benchmarks.scoring_model import SEGMENTS, STAGES, build
from outcomegap.scoring.files import MOST

WAYS = {
    "reading alone": "",
    "groups and worklist": "reading alone",
    "groups with gaps": "reading alone",
    "reading and writing": "",
    "scores written": "reading and writing",
}
ROWS = 1 << 20


def make(path: Path, customers: int) -> None:
    """Write customers, a row group at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng, writer = np.random.default_rng(1), None
    for start in range(0, customers, ROWS):
        count = min(ROWS, customers - start)
        columns = {"customer": pa.array(np.arange(start, start + count))}
        for number in range(24):
            values = np.round(12.0 * rng.random(count), 2)
            columns[f"m{number}"] = pa.array(values, mask=rng.random(count) < 0.05)
        for axis, names in (("segment", SEGMENTS), ("stage", STAGES)):
            codes = pa.array(rng.integers(0, len(names), count).astype(np.int32))
            columns[axis] = pa.DictionaryArray.from_arrays(codes, pa.array(names))
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def batches(folder: Path) -> Iterator[object]:
    """Read all files."""
    import pyarrow.parquet as pq

    for path in sorted(folder.glob("part-*.parquet")):
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(MOST)


def run(way: str, folder: Path) -> None:
    """Run one way; print the seconds, those of the processor, and the most memory taken, in MB."""
    import pyarrow.parquet as pq

    scorer, out = og.Scorer(build()), folder / f"out-{os.getpid()}.parquet"
    first = next(iter(batches(folder)))
    function = scorer.batch_function(keep=["segment", "stage"], input_schema=first.schema)
    made = function(first)
    for _ in range(4):  # until compiled code is used
        og.Tally(scorer, gaps=way == "groups with gaps").add(scorer.score(first))

    def read() -> None:
        for _ in batches(folder):
            pass

    def read_and_write() -> None:
        with pq.ParquetWriter(out, function.schema) as writer:
            for batch in batches(folder):
                writer.write_batch(made.slice(0, batch.num_rows))

    asked = {"by": ("segment", "stage"), "worklist": 100, "gaps": way == "groups with gaps"}
    ways: dict[str, Callable[[], object]] = {
        "reading alone": read,
        "reading and writing": read_and_write,
        "scores written": lambda: scorer.score_files(folder / "part-*.parquet", out, **asked),
    }
    do = ways.get(way, lambda: scorer.score_files(folder / "part-*.parquet", **asked))
    start, busy = time.perf_counter(), time.process_time()
    do()
    seconds, spent = time.perf_counter() - start, time.process_time() - busy
    out.unlink(missing_ok=True)
    print(seconds, spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main(customers: int = 1_000_000, files: int = 1, rounds: int = 5) -> None:
    """Make the files, run every way in turn, and print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "part-000.parquet", customers)
        for number in range(1, files):
            (folder / f"part-{number:03}.parquet").hardlink_to(folder / "part-000.parquet")
        found: dict[str, list[list[float]]] = {way: [] for way in WAYS}
        for _ in range(rounds):
            for way, figures in found.items():
                command = [sys.executable, "-m", "benchmarks.bench_files", "--run", way, name]
                said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
                figures.append([*map(float, said.split())])
    total = customers * files
    medians = {way: [statistics.median(each) for each in zip(*figures, strict=True)] for way, figures in found.items()}
    print(f"{total:,} customers in {files} files, {rounds} rounds, scorer's engine: {og.Scorer(build()).engine_name}")
    print(f"{'':24}{'M customers / s':>16}{'of reading':>12}{'processor, us each':>20}{'peak MB':>10}")
    for way, (seconds, spent, memory) in medians.items():
        share = f"{100 * medians[WAYS[way]][0] / seconds:.0f} %" if WAYS[way] else ""
        print(f"{way:24}{total / seconds / 1e6:16.2f}{share:>12}{1e6 * spent / total:20.2f}{memory:10.0f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(sys.argv[2], Path(sys.argv[3]))
    else:
        main(*(int(float(argument)) for argument in sys.argv[1:]))
