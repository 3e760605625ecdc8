"""Files of columns: every kind of column, damage, and nothing half written."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap.scoring.saved import SavedScores, load_scores
from tests.scoring.example import email_customers, email_model, email_scores
from tests.scoring.test_saved import SUFFIXES, refused, same


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
    with pytest.raises(og.DataError, match=r"ends in \.parquet, \.json, \.json\.gz"):
        scores.save(tmp_path / "x.pkl")
    with pytest.raises(og.DataError, match="cannot be written"):
        scores.save(tmp_path / "nowhere" / "x.json")
    with pytest.raises(og.DataError, match="there is no such file"):
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
