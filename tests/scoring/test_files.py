"""Files in batches: the numbers of all customers read at once; whole or absent; what is refused, and where it is."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

import outcomegap as og
from outcomegap.scoring import files as module
from tests.scoring.test_tally import MODEL, SCORER, assert_same_list, bits, some, taken

N = 700


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    """Batches of 64 rows."""
    monkeypatch.setattr(module, "FEWEST", 64)
    monkeypatch.setattr(module, "MOST", 64)


def frame(n: int = N, **said: Any) -> dict[str, Any]:
    return some(n, **said)


def parquet(path: Path, columns: dict[str, Any], **said: Any) -> Path:
    pq.write_table(pa.table({name: pa.array(v, from_pandas=True) for name, v in columns.items()}), path, **said)
    return path


def csv(path: Path, columns: dict[str, Any]) -> Path:
    og.Listing("customers", columns).to_csv(path)
    return path


def assert_same_groups(found: og.SegmentScores, expected: og.SegmentScores) -> None:
    mine, theirs = ({n: np.asarray(v) for n, v in by.to_frame().to_pydict().items()} for by in (found, expected))
    quantiles = [name for name in mine if name.startswith("desired_q")]
    for name in quantiles:
        one, other = mine.pop(name).astype(float), theirs.pop(name).astype(float)
        np.testing.assert_allclose(one, other, rtol=0, atol=found.quantile_error + 1e-15)
    assert bits(mine) == bits(theirs)


def test_parquet_and_text_equal_all_customers_at_once(tmp_path) -> None:
    customers = frame()
    table = pq.read_table(parquet(tmp_path / "all.parquet", customers, row_group_size=300))
    whole = SCORER.score(table)
    for name, path in {"csv": csv(tmp_path / "all.csv", customers), "parquet": tmp_path / "all.parquet"}.items():
        for suffix in ("parquet", "csv", "tsv.gz"):
            out = tmp_path / f"{name}.scores.{suffix}"
            tally = SCORER.score_files(path, out, by=["segment", "plan"], weight="seats", worklist=20)
            assert tally.rows == N
        assert_same_groups(tally.by(), whole.by("segment", "plan", weight="seats"))
        assert tally.worklist().text() == whole.worklist(limit=20).text()
        made = pq.read_table(tmp_path / f"{name}.scores.parquet")
        for column in ("desired", "low", "high", "coverage", "experience_gap"):
            np.testing.assert_array_equal(made[column].to_numpy(), getattr(whole, column))
        assert made["state"].to_pylist() == whole.state.tolist()
        assert made.schema.names[:3] == ["customer", "segment", "stage"]
        text = pc.read_csv(tmp_path / f"{name}.scores.csv")
        np.testing.assert_array_equal(text["desired"].to_numpy(), whole.desired)
        lines = gzip.decompress((tmp_path / f"{name}.scores.tsv.gz").read_bytes()).decode().splitlines()
        assert (len(lines), lines[0].replace('"', "").split("\t")[:4]) == (
            N + 1,
            ["customer", "segment", "stage", "state"],
        )


def test_any_split_into_files_gives_the_same(tmp_path) -> None:
    customers = frame()
    whole = SCORER.score_files(parquet(tmp_path / "whole.parquet", customers), by="plan", worklist=9)
    folder = tmp_path / "parts" / "of june"
    folder.mkdir(parents=True)
    (folder / "_SUCCESS").write_text("")
    (folder / "notes.md").write_text("")
    for part, (start, stop) in enumerate([(0, 1), (1, 1), (1, 430), (430, N)]):
        parquet(folder / f"{part}.parquet", taken(customers, slice(start, stop)))
    for sources in (folder, tmp_path / "parts", str(folder / "*.parquet"), sorted(folder.glob("*.parquet"))):
        found = SCORER.score_files(sources, by="plan", worklist=9)
        assert bits_of(found.by()) == bits_of(whole.by())
        assert_same_list(found.worklist(), whole.worklist())


def bits_of(by: og.SegmentScores) -> dict[str, Any]:
    return bits({name: np.asarray(values) for name, values in by.to_frame().to_pydict().items()})


def test_types_are_declared_before_any_data(tmp_path) -> None:
    """A batch without a value, an empty file, dictionaries and large text: one schema."""
    customers = frame(200)
    customers["list_size"] = np.full(200, np.nan)
    customers["plan"] = np.array([None] * 150 + ["pro"] * 50, dtype=object)
    plain = pa.table({name: pa.array(v, from_pandas=True) for name, v in customers.items()})
    coded = plain.set_column(plain.column_names.index("segment"), "segment", plain["segment"].dictionary_encode())
    large = plain.cast(
        pa.schema([f.with_type(pa.large_string()) if f.type == pa.string() else f for f in plain.schema])
    )
    schemas = set()
    for name, table in {"plain": plain, "coded": coded, "large": large, "empty": plain.slice(0, 0)}.items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
        out = tmp_path / f"{name}.scores.parquet"
        tally = SCORER.score_files(tmp_path / f"{name}.parquet", out, keep=["plan"])
        made = pq.read_table(out)
        assert (made.num_rows, tally.by().total.customers) == (table.num_rows, table.num_rows)
        schemas.add(tuple(made.schema.names))
        assert made.schema.field("desired").type == pa.float64()
    assert len(schemas) == 1
    together = tmp_path / "together.parquet"
    SCORER.score_files([tmp_path / f"{name}.parquet" for name in ("plain", "coded", "large")], together, keep=["plan"])
    assert pq.read_table(together).num_rows == 600
    assert pq.read_table(together)["plan"].to_pylist() == 3 * customers["plan"].tolist()


def test_inputs_are_read_row_by_row(tmp_path) -> None:
    customers = frame()
    raw = {name: values for name, values in customers.items() if name not in ("list_size", "segment")}
    raw["Contacts"] = np.array([f"{v:.0f}".replace(".", ",") if v == v else "n/a" for v in customers["list_size"]])
    raw["Size"] = np.array([{"startup": "S", "agency": "A", "enterprise": "E"}.get(s, s) for s in customers["segment"]])
    named = {s: [{"startup": "S", "agency": "A", "enterprise": "E"}.get(s, s)] for s in MODEL.segment_names}
    inputs = {"id": "customer", "keep": ["plan"], "missing": ["n/a"], "segment": {"column": "Size", "values": named}}
    inputs |= {"measures": {"list_size": {"column": "Contacts", "decimal": ","}}}
    scorer = og.Scorer(attrs.evolve(MODEL, inputs=og.Inputs(**inputs)))
    read = og.read_customers(scorer.model, {"customers": pa.table(raw)})
    whole = scorer.score(read)
    for path in (parquet(tmp_path / "raw.parquet", raw), csv(tmp_path / "raw.csv", raw)):
        out = tmp_path / "scores.parquet"
        tally = scorer.score_files(path, out, by=("segment", "plan"), weight="seats", worklist=15)
        assert pq.read_table(out).schema.names[:4] == ["id", "plan", "segment", "stage"]
        np.testing.assert_array_equal(pq.read_table(out)["desired"].to_numpy(), whole.desired)
        assert tally.worklist().columns["id"].tolist() == whole.worklist(limit=15).columns["id"].tolist()
        weighted = og.read_customers(scorer.model, {"customers": pa.table(raw)})
        assert tally.by().total.customers == len(scorer.score(weighted))


@pytest.mark.parametrize(
    ("inputs", "key"),
    [
        (
            {"measures": {"list_size": {"table": "lists", "aggregate": "sum", "column": "n"}}},
            "inputs.measures.list_size.table",
        ),
        ({"tables": {"customers": {"look_up": {"plans": "plan"}}}}, "inputs.tables.customers.look_up"),
    ],
)
def test_other_tables_are_refused_by_their_key(tmp_path, inputs, key) -> None:
    scorer = og.Scorer(attrs.evolve(MODEL, inputs=og.Inputs(id="customer", **inputs)))
    with pytest.raises(og.DataError, match=rf"{key} is of another table, and batches are read row by row"):
        scorer.score_files(parquet(tmp_path / "raw.parquet", frame(9)), tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    "written", [["563", "3.566", "36.532"], ["$80", "$1,234.50"], ["1.234", "5.678"], ["5 - very good", "1 - bad"]]
)
def test_a_column_that_says_only_as_a_whole_how_it_is_written_is_refused(tmp_path, written) -> None:
    customers = frame(60) | {"list_size": np.resize(np.array(written, dtype=object), 60)}
    with pytest.raises(og.DataError, match="column 'list_size' shows only as a whole how its numbers are written"):
        SCORER.score_files(csv(tmp_path / "raw.csv", customers))


def test_problems_are_counted_and_say_where(tmp_path) -> None:
    customers = frame()
    customers["segment"][[3, 70, 699]] = "startupp"
    customers["list_size"][[4, 5]] = -1
    path = parquet(tmp_path / "june.parquet", customers)
    with pytest.raises(og.DataError, match=r"^june.parquet, rows from 0: model .*") as caught:
        SCORER.score_files(path, tmp_path / "scores.csv")
    assert caught.value.problems[0].message.startswith("june.parquet, rows from 0: column")
    assert [each.name for each in tmp_path.iterdir()] == ["june.parquet"]
    tally = SCORER.score_files(path, tmp_path / "scores.parquet", on_bad="set_aside", worklist=N)
    found = sorted((each.rule, each.count) for each in tally.problems)
    assert found == [("out-of-range", 2), ("unknown-segment", 3)]
    assert (tally.set_aside, pq.read_table(tmp_path / "scores.parquet").num_rows) == (5, N - 5)
    whole = SCORER.score(pq.read_table(path), on_bad="set_aside")
    np.testing.assert_array_equal(pq.read_table(tmp_path / "scores.parquet")["desired"], whole.desired[whole.cell >= 0])
    assert tally.worklist().set_aside == 5
    assert "5 of 700 rows set aside for their problems." in str(tally.by())


def test_text_that_is_no_number_is_set_aside(tmp_path) -> None:
    customers = {name: values.astype(object) for name, values in frame(100).items()}
    customers["list_size"][[7, 80]] = "many"
    path = csv(tmp_path / "june.csv", customers)
    tally = SCORER.score_files(path, on_bad="set_aside")
    (problem,) = tally.problems
    assert (tally.set_aside, problem.count, tally.by().total.customers) == (2, 2, 98)
    assert problem.message.startswith("june.csv, rows from 0: column 'list_size': 'many' is not a number")


@pytest.mark.parametrize("broken", ["columns", "cut", "garbage", "ragged", "type"])
def test_a_file_that_breaks_half_way_leaves_nothing(tmp_path, broken) -> None:
    customers, out = frame() | {"customer": np.arange(N)}, tmp_path / "scores.parquet"
    first = parquet(tmp_path / "a.parquet", customers)
    second = tmp_path / ("b.csv" if broken == "ragged" else "b.parquet")
    if broken == "columns":
        parquet(second, {name: values for name, values in customers.items() if name != "list_size"})
    elif broken == "type":
        parquet(second, customers | {"customer": np.array(["x"] * N)})
    elif broken == "ragged":
        csv(second, customers)
        second.write_text(second.read_text() + "1,2,3\n")
    else:
        whole = first.read_bytes()
        second.write_bytes(whole[: len(whole) // 2] if broken == "cut" else b"PAR1" + b"x" * 5000 + whole[-2000:])
    message = {
        "columns": r"b.parquet has other columns than a.parquet: it lacks 'list_size'",
        "type": "b.parquet, rows from 0: a column kept is of another type",
    }
    with pytest.raises(og.DataError, match=message.get(broken, rf"{second.name} cannot be read: ")):
        SCORER.score_files([first, second], out)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.parquet", second.name]
    out.write_text("old")
    with pytest.raises(og.DataError):
        SCORER.score_files([first, second], out)
    assert out.read_text() == "old"
    assert threading.active_count() == 1


def test_what_is_refused(tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    path = parquet(tmp_path / "a.parquet", frame(9))
    (tmp_path / "a.jsonl").write_text("{}")
    for sources, message in {
        tmp_path / "empty": "holds no file to read",
        tmp_path / "none.parquet": "there is no such file",
        str(tmp_path / "*.arrow"): "there is no such file",
        tmp_path / "a.jsonl": "only .parquet, .pq, .csv, .tsv, .txt are read in batches",
    }.items():
        with pytest.raises(og.DataError, match=message):
            SCORER.score_files(sources)
    with pytest.raises(og.DataError, match=r"in batches its suffix must be one of .parquet, .csv, .tsv"):
        SCORER.score_files(path, tmp_path / "out.xlsx")
    with pytest.raises(og.DataError, match=r"a.parquet is among the files that are read"):
        SCORER.score_files(tmp_path / "*.parquet", path)
    with pytest.raises(og.DataError, match=r"'plam'.*did you mean 'plan'"):
        SCORER.score_files(path, by="plam")
    with pytest.raises(og.DataError, match="there is no column 'stage'"):
        SCORER.score_files(parquet(tmp_path / "b.parquet", {"segment": ["startup"], "x": [1]}))
    (tmp_path / "blank.csv").write_text("")
    with pytest.raises(og.DataError, match=r"blank.csv cannot be read: "):
        SCORER.score_files(tmp_path / "blank.csv")


def test_reading_stops_where_scoring_does(tmp_path) -> None:
    made, before = [], threading.active_count()

    def endless():
        while True:
            made.append(1)
            yield 1

    items = module.ahead(endless())
    assert next(items) == 1
    items.close()
    assert threading.active_count() == before
    assert len(made) <= 2 * module.AHEAD + 2


def test_progress_is_shown_on_a_terminal_alone(tmp_path, capsys) -> None:
    path = parquet(tmp_path / "a.parquet", frame())
    SCORER.score_files(path)
    assert capsys.readouterr() == ("", "")
    SCORER.score_files(path, progress=True)
    assert capsys.readouterr().out == ""


SCORE = """
import sys, outcomegap as og
from outcomegap.scoring import files
files.MOST = 500
print("ready", flush=True)
try:
    og.Scorer(og.gallery.load("email-marketing")).score_files(sys.argv[1], sys.argv[2])
except og.DataError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills as POSIX does")
def test_killed_at_any_moment(tmp_path) -> None:
    source, out = parquet(tmp_path / "a.parquet", frame(20_000)), tmp_path / "out" / "scores.parquet"
    out.parent.mkdir()
    for wait in (0.05, 0.3):
        child = subprocess.Popen([sys.executable, "-c", SCORE, source, out], stdout=subprocess.PIPE)
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        assert not out.exists() or pq.read_table(out).num_rows == 20_000
    subprocess.run([sys.executable, "-c", SCORE, source, out], check=True, stdout=subprocess.DEVNULL)
    assert [each.name for each in out.parent.iterdir()] == ["scores.parquet"]


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None, reason="needs a small disk"
)
def test_a_full_disk(tmp_path) -> None:
    source, disk = parquet(tmp_path / "a.parquet", frame(20_000)), tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], check=False, capture_output=True
    ).returncode:
        pytest.skip("nobody may mount here")
    try:
        (disk / "scores.parquet").write_text("old")
        for kind in ("parquet", "csv"):
            with pytest.raises(og.DataError, match="cannot be written: No space left on device"):
                SCORER.score_files(source, disk / f"scores.{kind}")
        assert {each.name: each.read_text() for each in disk.iterdir()} == {"scores.parquet": "old"}
    finally:
        subprocess.run(["umount", disk], check=True)


def test_nan_null_no_type_and_unknown_codes_are_as_in_memory(tmp_path) -> None:
    """NaN and null are missing; a column of the type null and numbers kept as text are read; odd codes are set aside."""
    customers = frame(200)
    table = pa.table({name: pa.array(v, from_pandas=True) for name, v in customers.items()})
    values = customers["open_rate"].copy()
    table = table.set_column(table.column_names.index("open_rate"), "open_rate", pa.array(values))  # NaN, not null
    codes = pa.array(
        np.where(np.arange(200) % 50 == 0, 3, np.arange(200) % 3).astype(np.int8), mask=np.arange(200) == 7
    )
    segments = pa.DictionaryArray.from_arrays(codes, pa.array([*MODEL.segment_names, "nowhere"]))
    table = table.set_column(table.column_names.index("segment"), "segment", segments)
    whole = SCORER.score(table, on_bad="set_aside")
    plain = np.array([None if np.isnan(v) else repr(float(v)) for v in customers["list_size"]], dtype=object)
    as_text = table.set_column(table.column_names.index("list_size"), "list_size", pa.array(plain))
    for number, each in enumerate((table, as_text)):
        pq.write_table(each, tmp_path / f"{number}.parquet")
        tally = SCORER.score_files(
            tmp_path / f"{number}.parquet", tmp_path / "out.parquet", by="stage", on_bad="set_aside"
        )
        made = pq.read_table(tmp_path / "out.parquet")
        np.testing.assert_array_equal(made["desired"].to_numpy(), whole.desired[whole.cell >= 0])
        np.testing.assert_array_equal(made["low"].to_numpy(), whole.low[whole.cell >= 0])
        assert tally.set_aside == 5
    nothing = table.set_column(table.column_names.index("click_rate"), "click_rate", pa.nulls(200))
    pq.write_table(nothing, tmp_path / "null.parquet")
    blank = customers | {"click_rate": np.full(200, np.nan), "segment": np.array(segments.to_pylist(), dtype=object)}
    SCORER.score_files(tmp_path / "null.parquet", tmp_path / "out.parquet", on_bad="set_aside")
    expected = SCORER.score(blank, on_bad="set_aside")
    found = pq.read_table(tmp_path / "out.parquet")["desired"].to_numpy()
    np.testing.assert_array_equal(found, expected.desired[expected.cell >= 0])
