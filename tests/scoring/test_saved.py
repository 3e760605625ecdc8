"""Saved scores: the same in a new process, and nothing but what was saved."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.frames.arrays import plain_values
from outcomegap.scoring import Scores
from outcomegap.scoring.saved import SCORED, SavedScores, digest_of
from outcomegap.scoring.scorer import load_scores
from outcomegap.testing import random_model, random_rows
from tests.scoring.example import email_customers, email_model, email_scores, example, frame

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = (".json", ".json.gz", ".parquet")
KEEP = ["mrr", "csm", "renewal"]


def same(one: Scores, other: Scores) -> None:
    for name in SCORED:
        was, now = getattr(one, name), getattr(other, name)
        if was.dtype.kind == "f":
            # an equal model that lists its gates in another order adds up in another order
            slack = 1e-12 if was.dtype == np.float64 else 1e-5
            np.testing.assert_allclose(now, was, rtol=0, atol=slack, err_msg=name)
        else:
            np.testing.assert_array_equal(now, was, err_msg=name)
        assert was.dtype.kind == now.dtype.kind
    assert other.id.tolist() == one.id.tolist()
    assert other.cell.tolist() == one.cell.tolist()
    assert [p.to_dict() for p in other.problems] == [p.to_dict() for p in one.problems]
    assert other.model == one.model
    assert other.scorer.engine.dtype == one.scorer.engine.dtype


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("frame", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_loaded_scores_behave_as_before(tmp_path: Path, frame: Any, suffix: str) -> None:
    scores = email_scores(200, frame=frame)
    path = tmp_path / f"june{suffix}"
    scores.save(path, keep=KEEP)
    loaded = load_scores(path)
    same(scores, loaded)
    for name in ("attribution", "leverage", "gain", "unknown", "attainment"):
        np.testing.assert_array_equal(getattr(loaded, name)().values, getattr(scores, name)().values)
    for names in (("segment", "stage"), ("csm",), ()):
        assert str(loaded.by(*names, weight="mrr")) == str(scores.by(*names, weight="mrr"))
    listed = [s.worklist(value="mrr", keep=KEEP).to_csv() for s in (scores, loaded)]
    assert listed[0] == listed[1]
    assert isinstance(loaded.to_frame(), pa.Table if suffix == ".parquet" else dict)
    assert list(tmp_path.iterdir()) == [path]  # nothing is left behind


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_saved_again_it_is_the_same_file(tmp_path: Path, suffix: str) -> None:
    one, other = tmp_path / f"one{suffix}", tmp_path / f"other{suffix}"
    email_scores(50).save(one, keep=KEEP)
    load_scores(one).save(other, keep=KEEP)
    assert one.read_bytes() == other.read_bytes()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(SUFFIXES), st.sampled_from(["float64", "float32"]))
def test_invented_models_and_customers(tmp_path_factory: Any, seed: int, suffix: str, dtype: str) -> None:
    model = random_model(seed, max_steps=10, max_cells=9, columns=seed % 2 == 0)
    scores = og.Scorer(model, dtype=dtype).score(random_rows(seed, model, 6) | {"id": list(range(6))})
    path = tmp_path_factory.mktemp("saved") / f"x{suffix}"
    scores.save(path)
    same(scores, load_scores(path))


def run(*lines: str) -> Any:
    """Run lines in a new process; what it prints is JSON."""
    head = "import json, sys, outcomegap as og\nfrom outcomegap.scoring.scorer import load_scores\n"
    done = subprocess.run(
        [sys.executable, "-c", head + "\n".join(map(textwrap.dedent, lines))],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("suffix", SUFFIXES[1:])
def test_a_later_process_says_what_moved_the_score(tmp_path: Path, suffix: str) -> None:
    june, july = (str(tmp_path / f"{month}{suffix}") for month in ("june", "july"))
    setup = "from tests.scoring.example import example, frame"
    example().score(frame()).save(june)
    answer = """
        change = scores.change_since(load_scores(path))
        parts = {name: dict(zip(change.steps, getattr(change, name)[0])) for name in ("data", "expectations")}
        print(json.dumps([change.before[0], change.after[0], parts]))
    """
    grown = run(
        setup, f"path = {june!r}", f"scores = example().score(frame(click_rate=.03)); scores.save({july!r})", answer
    )
    assert grown[:2] == [pytest.approx(5 / 24, abs=1e-12), pytest.approx(5 / 12, abs=1e-12)]
    assert {name: part for name, part in grown[2]["data"].items() if part} == {
        "copy persuades": pytest.approx(5 / 24, abs=1e-12)
    }
    assert not any(grown[2]["expectations"].values())
    raised = run(setup, f"path = {june!r}", "scores = example(1000).score(frame())", answer)
    assert raised[1] == pytest.approx(5 / 48, abs=1e-12)
    assert {name: part for name, part in raised[2]["expectations"].items() if part} == {
        "list built": pytest.approx(-5 / 48, abs=1e-12)
    }
    assert not any(raised[2]["data"].values())
    # two files, and neither the model nor the customers at hand
    both = run(f"path = {june!r}", f"scores = load_scores({july!r})", answer)
    assert both == grown


def test_changes_since_loaded_scores_are_those_since_the_scores(tmp_path: Path) -> None:
    before, after = email_scores(100, 1), email_scores(120, 2)
    before.save(tmp_path / "june.parquet")
    one, other = after.change_since(before), after.change_since(load_scores(tmp_path / "june.parquet"))
    for name in ("id", "before", "after", "model", "coverage", "data", "cell_expectations", "reason", "came"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert str(one) == str(other)


def test_without_a_column_that_names_customers(tmp_path: Path) -> None:
    customers = email_customers(5)
    del customers["id"]
    scores = og.Scorer(email_model()).score(customers)
    scores.save(tmp_path / "x.json")
    loaded = load_scores(tmp_path / "x.json")
    same(scores, loaded)
    assert loaded.to_frame()["row"].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nobody_at_all(tmp_path: Path, suffix: str) -> None:
    customers = {name: values[:0] for name, values in email_customers(3).items()}
    og.Scorer(email_model()).score(customers).save(tmp_path / f"x{suffix}")
    assert len(load_scores(tmp_path / f"x{suffix}")) == 0


def test_by_default_what_the_inputs_keep(tmp_path: Path) -> None:
    model = email_model(inputs=og.Inputs(id="id", keep=["csm", "nowhere"]))
    og.Scorer(model).score(email_customers(4)).save(tmp_path / "x.json")
    assert "csm" in load_scores(tmp_path / "x.json").table.names
    assert "mrr" not in load_scores(tmp_path / "x.json").table.names


def test_curves_of_ones_own(tmp_path: Path) -> None:
    def scorer(late: Any) -> og.Scorer:
        calls = og.SuccessGap("calls", og.Measure("calls"), floor=0, target=4, curve=late)
        wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
        outcome = og.DesiredOutcome(og.RequiredOutcome("r", needs=calls), og.AppropriateExperience("e", expects=wish))
        return og.Scorer(og.OutcomeModel("m", desired_outcomes=[outcome]))

    late, later = og.curve("late", lambda z: z**3), og.curve("late", lambda z: z**4)
    scores = scorer(late).score({"calls": [1.0, 2.0], "w": [1.0, 1.0]})
    scores.save(tmp_path / "x.json")
    same(scores, load_scores(tmp_path / "x.json", curves={"late": late}))
    with pytest.raises(og.DataError, match="pass your own curves"):
        load_scores(tmp_path / "x.json")
    with pytest.raises(og.DataError, match="a curve of your own differs"):
        load_scores(tmp_path / "x.json", curves={"late": later})


# What is not what was saved


def saved_json(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    path = tmp_path / "x.json"
    email_scores(20).save(path)
    return path, json.loads(path.read_text())


def refused(path: Path) -> str:
    with pytest.raises(og.DataError) as caught:
        load_scores(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def digested(data: dict[str, Any]) -> str:
    """What somebody would write who makes the columns whole again after changing them."""
    data["outcomegap"]["digest"] = digest_of(json.dumps(data["columns"], ensure_ascii=False))
    return json.dumps(data)


def test_another_model_or_fingerprint(tmp_path: Path) -> None:
    path, data = saved_json(tmp_path)
    data["outcomegap"]["fingerprint"] = "0" * 32
    path.write_text(json.dumps(data))
    assert "has the fingerprint" in refused(path)
    path, data = saved_json(tmp_path)
    data["outcomegap"]["model"] = data["outcomegap"]["model"].replace("0.03", "0.06")
    path.write_text(json.dumps(data))
    assert "the file was changed" in refused(path)


def test_a_measure_or_a_score_that_was_changed(tmp_path: Path) -> None:
    for group, name in (("measures", "click_rate"), ("scores", "desired"), ("scores", "low"), ("own", "sla_hours")):
        path, data = saved_json(tmp_path)
        values = data["columns"][group][name]["values"]
        data["columns"][group][name]["values"] = [0.5 * v if v else v for v in values]
        path.write_text(json.dumps(data))
        assert "its columns are not those that were saved" in refused(path)
        path.write_text(digested(data))
        assert "its model does not give the values" in refused(path)
    path, data = saved_json(tmp_path)
    data["columns"]["customer"]["id"]["values"][0] = "somebody else"
    path.write_text(json.dumps(data))
    assert "damaged" in refused(path)


def test_more_than_rounding_is_noticed(tmp_path: Path) -> None:
    path, data = saved_json(tmp_path)
    values = data["columns"]["scores"]["low"]["values"]
    values[5] = float(np.nextafter(values[5], 2))
    path.write_text(digested(data))
    assert len(load_scores(path)) == 20
    values[5] += 1e-9
    path.write_text(digested(data))
    assert "its model does not give the values of 'low' in the file" in refused(path)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("outcomegap", "form"), 2),
        (("outcomegap", "form"), None),
        (("outcomegap", "model"), 1),
        (("outcomegap", "model"), "name = 1"),
        (("outcomegap", "model"), "[" * 5000),
        (("outcomegap", "dtype"), "float16"),
        (("outcomegap", "id"), 1),
        (("outcomegap", "id"), None),
        (("outcomegap", "problems"), [{"rule": 1}]),
        (("outcomegap", "problems"), 3),
        (("outcomegap",), []),
        (("columns",), []),
        (("columns", "measures"), {}),
        (("columns", "scores"), {}),
        (("columns", "customer"), {}),
        (("columns", "customer", "segment", "values"), ["nowhere"] * 20),
        (("columns", "customer", "set_aside", "values"), [0] * 19),
        (("columns", "customer", "set_aside", "type"), "int64"),
        (("columns", "measures", "click_rate", "values"), ["x"] * 20),
        (("columns", "measures", "click_rate", "values"), None),
        (("columns", "measures", "click_rate", "type"), "V8"),
        (("columns", "measures", "click_rate"), 4),
        (("columns", "measures"), 4),
    ],
)
def test_a_damaged_file(tmp_path: Path, where: tuple[str, ...], value: Any) -> None:
    path, data = saved_json(tmp_path)
    place = data
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    path.write_text(digested(data) if isinstance(data["outcomegap"], dict) else json.dumps(data))
    refused(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_rows_set_aside_for_what_no_number_is(tmp_path: Path, suffix: str) -> None:
    customers = email_customers(6, 1)
    customers["click_rate"][0] = np.inf
    customers["segment"][1] = "nowhere"
    customers["stage"][2] = None
    scores = og.Scorer(email_model()).score(customers, on_bad="set_aside")
    scores.save(tmp_path / f"x{suffix}")
    loaded = load_scores(tmp_path / f"x{suffix}")
    same(scores, loaded)
    assert loaded.cell[:3].tolist() == [-1, -1, -1]
    assert [group.set_aside for group in loaded.by("segment")] == [group.set_aside for group in scores.by("segment")]


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (["A", "B", "A", "C"], r"holds 'A' 2 times; ids must be unique \(2 rows: 0, 2\) \[repeated-id\]"),
        (["A", None, "B", " "], r"is empty; every customer needs an id \(2 rows: 1, 3\) \[missing-id\]"),
    ],
)
def test_ids_that_cannot_be_found_again_are_told_when_saving(tmp_path: Path, ids: list[Any], said: str) -> None:
    path = tmp_path / "june.json"
    frame = email_customers(4)
    frame["id"] = np.array(ids, dtype=object)
    scores = og.Scorer(email_model()).score(frame, id="id")
    with pytest.warns(UserWarning, match=said) as warned:
        scores.save(path)
    assert len(warned) == 1
    assert warned[0].filename == __file__
    loaded = load_scores(path)  # the file is whole
    same(scores, loaded)
    with pytest.raises(og.DataError, match="customers cannot be matched"):
        loaded.change_since(loaded)


# Overrides

IDS: dict[str, Any] = {
    "text": [f"C{number}" for number in range(6)],
    "numbers": np.arange(10, 16),
    "large numbers": np.arange(6) + 2**60,
    "days": np.datetime64("2026-01-01") + np.arange(6),
    "moments": np.datetime64("2026-01-01T12:30:00.000001") + np.arange(6),
    "positions": None,
}


def overridden(ids: Any) -> tuple[Scores, list[Any]]:
    customers = email_customers(6, 1) | {"id": ids}
    if ids is None:
        del customers["id"]
    customers["click_rate"][5] = 7.0
    scores = og.Scorer(email_model()).score(customers, on_bad="set_aside")
    names = plain_values(scores.id)
    said = [
        og.Override(names[1], state="failing", score=0.25, reason="=1+1 <b>\nشکست", author="Sara", until="2026-03-31"),
        og.Override(names[2], score=np.float32(1), reason="r", author="Tom", until=dt.date(2026, 1, 2)),
        og.Override(names[3], state="failing", reason="past", author="Tom", until="2020-01-01"),
        og.Override(names[3], state="successful", reason="now", author="Tom", until="2026-01-02"),
        og.Override(names[5], state="tolerating", reason="set aside", author="Tom", until="2027-01-01"),
    ]
    return scores.with_overrides(said, as_of="2026-01-02"), names


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("ids", IDS)
def test_overrides_come_back(tmp_path: Path, ids: str, suffix: str) -> None:
    scores, names = overridden(IDS[ids])
    path = tmp_path / f"x{suffix}"
    scores.save(path)
    loaded = load_scores(path)
    same(scores, loaded)
    assert (loaded.overrides, loaded.expired, loaded.as_of) == (scores.overrides, scores.expired, scores.as_of)
    assert list(loaded.overrides) == [1, 2, 3, 5]
    assert str(loaded.by("segment")) == str(scores.by("segment"))
    assert loaded.worklist().to_csv() == scores.worklist().to_csv()
    assert loaded.order().tolist() == scores.order().tolist()
    loaded.save(tmp_path / f"y{suffix}")
    assert (tmp_path / f"y{suffix}").read_bytes() == path.read_bytes()
    # other overrides take their place
    again = loaded.with_overrides(
        [og.Override(names[0], state="failing", reason="r", author="a", until="2026-06-30")], as_of="2026-02-01"
    )
    assert (list(again.overrides), again.expired) == ([0], ())
    assert list(loaded.overrides) == [1, 2, 3, 5]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_that_nobody_was_overridden_is_saved_too(tmp_path: Path, suffix: str) -> None:
    for name, scores in (("none", email_scores(5)), ("past", email_scores(5).with_overrides([], as_of="2026-01-01"))):
        scores.save(tmp_path / f"{name}{suffix}")
        assert load_scores(tmp_path / f"{name}{suffix}").as_of == scores.as_of


def test_thousands_of_overrides_past(tmp_path: Path) -> None:
    """Each is found again by its customer, not by a walk over all customers."""
    scores = email_scores(20_000, spoil=0)
    said = [
        og.Override(f"C{n}", state="failing", reason="r", author="a", until="2020-01-01")
        for n in range(19_999, 9_999, -1)
    ]
    scores.with_overrides(said, as_of="2026-01-01").save(tmp_path / "x.parquet")
    assert load_scores(tmp_path / "x.parquet").expired == tuple(said)


def test_changes_since_overridden_scores(tmp_path: Path) -> None:
    before, after = email_scores(40, 1, spoil=0), email_scores(40, 2, spoil=0)
    said = [og.Override("C3", score=0.1, reason="r", author="a", until="2026-12-31")]
    before.with_overrides(said, as_of="2026-01-01").save(tmp_path / "june.json.gz")
    plain, found = after.change_since(before), after.change_since(load_scores(tmp_path / "june.json.gz"))
    for name in ("before", "after", "model", "coverage", "data"):
        np.testing.assert_array_equal(getattr(found, name), getattr(plain, name))


SAID = {"row": 1, "state": "failing", "score": None, "reason": "r", "author": "a", "until": "2026-03-31"}


@pytest.mark.parametrize(
    "header",
    [
        3,
        [],
        "x",
        {},
        {"as_of": "2026-01-01"},
        {"as_of": "2026-01-01", "said": 3},
        {"as_of": "2026-01-01", "said": [3]},
        {"as_of": "soon", "said": []},
        {"as_of": None, "said": [SAID]},
        *({"as_of": "2026-01-01", "said": [SAID | {"row": row}]} for row in (-1, 20, 1.0, True, "1", None)),
        *({"as_of": "2026-01-01", "said": [SAID | {name: None}]} for name in ("state", "reason", "author", "until")),
        *({"as_of": "2026-01-01", "said": [{n: v for n, v in SAID.items() if n != name}]} for name in SAID),
        {"as_of": "2026-01-01", "said": [SAID | {"state": "good"}]},
        {"as_of": "2026-01-01", "said": [SAID | {"state": ["failing"]}]},
        {"as_of": "2026-01-01", "said": [SAID | {"score": 72}]},
        {"as_of": "2026-01-01", "said": [SAID, SAID | {"author": "b"}]},
    ],
)
def test_overrides_that_cannot_be_read(tmp_path: Path, header: Any) -> None:
    path, data = saved_json(tmp_path)
    data["outcomegap"]["overrides"] = header
    path.write_text(json.dumps(data))
    assert "its overrides cannot be read" in refused(path)


# Files of columns: every kind of column, damage, and nothing half written


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_columns_of_every_kind_come_back(tmp_path: Path, suffix: str) -> None:
    customers: dict[str, Any] = email_customers(3, 1)
    kept: dict[str, Any] = {
        "when": np.array(["2026-01-01", "NaT", "2026-03-01"], "M8[D]"),
        "at": np.array(["2026-01-01T10:00:00.123456", "NaT", "2026-03-01"], "M8[us]"),
        "for": np.array([1, "NaT", 3], "m8[s]"),
        "seats": [1, None, 3],
        "flag": [True, None, False],
        "yes": [True, False, True],
        "text": ["خبر", None, "=1"],
        "share": [0.1, float("nan"), float("inf")],
        "narrow": np.array([0.1, 1, 2], "f4"),
        "small": np.array([1, 2, 3], "i2"),
        "nothing": [None, None, None],
    }
    og.Scorer(email_model()).score(customers | kept).save(tmp_path / f"x{suffix}", keep=list(kept))
    loaded = load_scores(tmp_path / f"x{suffix}")
    for name in kept:
        was = og.Scorer(email_model()).score(customers | kept).table.values(name)
        now = loaded.table.values(name)
        np.testing.assert_array_equal(now.astype(object) if was.dtype == object else now, was, err_msg=name)
        if name != "nothing":
            assert now.dtype == was.dtype, name


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_cut_short_or_of_something_else(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    email_scores(30).save(path)
    raw = path.read_bytes()
    for part in (raw[: len(raw) // 2], raw[:-20], raw[:3], b"", b"not this", b"\x80\x04cposix\nsystem\n"):
        path.write_bytes(part)
        refused(path)


@pytest.mark.parametrize("suffix", [".json.gz", ".parquet"])
def test_any_changed_byte_is_noticed_or_means_nothing(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    scores = email_scores(30)
    scores.save(path)
    raw = path.read_bytes()
    rng = np.random.default_rng(1)
    for place in rng.integers(0, len(raw), 150).tolist():
        path.write_bytes(raw[:place] + bytes([raw[place] ^ (1 << int(rng.integers(8)))]) + raw[place + 1 :])
        try:
            loaded = load_scores(path)
        except (og.DataError, og.EngineError):
            continue
        same(scores, loaded)


def test_a_parquet_file_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(path)
    refused(path)


def test_a_gzip_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "x.json.gz"
    path.write_bytes(gzip.compress(b"[1]"))
    refused(path)


def test_where_files_can_be(tmp_path: Path) -> None:
    scores = email_scores(5)
    with pytest.raises(og.DataError, match=r"must end in \.parquet, \.json, \.json\.gz"):
        scores.save(tmp_path / "x.pkl")
    with pytest.raises(og.DataError, match="cannot be written"):
        scores.save(tmp_path / "nowhere" / "x.json")
    with pytest.raises(og.DataError, match="cannot be read"):
        load_scores(tmp_path / "x.json")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(og.DataError, match="cannot be written"):
        scores.save(tmp_path / "folder.json")
    refused(tmp_path / "folder.json")


def test_what_cannot_be_saved(tmp_path: Path) -> None:
    customers = email_customers(3) | {"who": [dt.UTC] * 3, "mixed": [1, "a", None]}
    scores = og.Scorer(email_model()).score(customers)
    for suffix in SUFFIXES:
        with pytest.raises(og.DataError, match=r"kept\.who"):
            scores.save(tmp_path / f"x{suffix}", keep=["who"])
        with pytest.raises(og.DataError, match="did you mean 'mrr'"):
            scores.save(tmp_path / f"x{suffix}", keep=["mr"])
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(og.DataError, match=r"kept\.mixed"):
        scores.save(tmp_path / "x.parquet", keep=["mixed"])
    scores.save(tmp_path / "x.json", keep=["mixed"])
    assert load_scores(tmp_path / "x.json").table.values("mixed").tolist() == [1, "a", None]


def test_sql_can_read_it(tmp_path: Path) -> None:
    import duckdb

    scores = email_scores(40)
    scores.save(tmp_path / "x.parquet")
    rows = duckdb.sql(
        f"select customer.id, customer.segment, measures.list_size, scores.low from '{tmp_path / 'x.parquet'}'"
    ).fetchall()
    assert [row[0] for row in rows] == scores.id.tolist()
    assert [row[3] for row in rows] == [None if np.isnan(low) else low for low in scores.low.tolist()]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_is_replaced_only_by_a_whole_one(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    good = SavedScores({"a": 1}, {"group": {"x": np.array([1.0, np.nan])}})
    good.write(path)
    raw = path.read_bytes()
    with pytest.raises(og.DataError, match=r"group\.x"):
        SavedScores({"a": 2}, {"group": {"x": np.array([object(), object()])}}).write(path)
    assert path.read_bytes() == raw
    assert list(tmp_path.iterdir()) == [path]
    found = SavedScores.read(path)
    assert found.header["a"] == 1
    np.testing.assert_array_equal(found.group("group")["x"], [1, np.nan])
    assert found.group("nothing") == {}


def test_a_json_file_laid_out_anew_still_holds(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    scores = email_scores(20)
    scores.save(path)
    path.write_text(json.dumps(json.loads(path.read_text()), indent=1))
    same(scores, load_scores(path))


def test_columns_that_differ_in_length(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    SavedScores({}, {"a": {"x": np.array([1.0])}, "b": {"x": np.array([1.0, 2.0])}}).write(path)
    assert "differ in length" in refused(path)
