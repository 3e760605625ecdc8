"""Starter models of several tables: what they join, measure and leave aside."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import outcomegap as og
from outcomegap.intake.further import tables_in
from outcomegap.intake.starter import starter_model

IDS = [f"A{n}" for n in range(30)]


def days(generator: np.random.Generator, size: int, written: str = "%Y-%m-%d") -> list[str]:
    return [(dt.date(2026, 1, 1) + dt.timedelta(int(n))).strftime(written) for n in generator.integers(0, 200, size)]


def tables() -> dict[str, dict[str, list[Any]]]:
    make = np.random.default_rng(5)
    return {
        "customers": {"account_id": IDS, "plan": ["basic", "pro"] * 15, "seats": make.integers(1, 30, 30).tolist()},
        "tickets": {
            "ticket_id": [f"T-{n}" for n in range(200)],
            "account_id": make.choice(IDS, 200).tolist(),
            "opened": days(make, 200, "%d.%m.%Y"),
            "resolution hours": [f"{n},5" for n in make.integers(1, 90, 200)],
        },
        "logins": {"who": make.choice(IDS, 400).tolist(), "day": days(make, 400)},
        "prices": {"sku": ["x", "y"], "price": [3, 4]},
    }


def write(folder: Path, name: str, table: dict[str, list[Any]]) -> Path:
    path = folder / f"{name}.csv"
    rows = [";".join(table), *(";".join(map(str, row)) for row in zip(*table.values(), strict=True))]
    path.write_text("\n".join(rows) + "\n")
    return path


def test_files_are_joined_by_the_ids_they_share(tmp_path: Path) -> None:
    made = {name: write(tmp_path, name, table) for name, table in tables().items()}
    own = made.pop("customers")
    text = starter_model(own, tables=made)
    model = og.loads(text)
    assert "table 'prices' is not joined: no column holds the ids of 'account_id'" in text
    assert model.inputs is not None
    assert {name: table.by for name, table in model.inputs.tables.items()} == {"tickets": "account_id", "logins": "who"}
    ways = {step.name: "less" if step.floor > step.target else "more" for step in model.steps if step.better is None}
    assert ways == {
        "seats": "more",
        "recent tickets": "less",
        "tickets: resolution hours": "less",
        "recent logins": "more",
        "logins: days since last": "less",
    }
    read = og.read_customers(model, own)  # the model names the files
    scores = og.Scorer(model).score(read.frame)
    assert len(scores) == 30
    raw = tables()["tickets"]
    last = max(dt.datetime.strptime(day, "%d.%m.%Y") for day in raw["opened"])
    logged = max(dt.datetime.fromisoformat(day) for day in tables()["logins"]["day"])
    as_of = max(last, logged) + dt.timedelta(1)
    assert model.inputs.as_of == as_of.date().isoformat()
    counted = [
        sum(
            owner == who and as_of - dt.datetime.strptime(day, "%d.%m.%Y") <= dt.timedelta(90)
            for owner, day in zip(raw["account_id"], raw["opened"], strict=True)
        )
        for who in IDS
    ]
    assert scores.table.values("recent_tickets").tolist() == counted


def test_frames_and_tables_without_times() -> None:
    frames = tables()
    own = frames.pop("customers")
    del frames["tickets"]["opened"]
    model = og.loads(starter_model(own, tables=frames))
    assert "number of tickets" in {step.name for step in model.steps}
    assert model.inputs is not None
    assert model.inputs.tables["tickets"].file is None
    assert len(og.read_customers(model, own, tables=frames).frame["number_of_tickets"]) == 30


def test_nothing_is_joined_without_an_id() -> None:
    frames = tables()
    own = {"plan": frames["customers"]["plan"], "seats": frames["customers"]["seats"]}
    text = starter_model(own, tables={"tickets": frames["tickets"]})
    assert "table 'tickets' is not joined: the customers have no id" in text
    assert not og.loads(text).inputs.tables  # type: ignore[union-attr]


def test_a_folder(tmp_path: Path) -> None:
    for name, table in tables().items():
        write(tmp_path, name, table)
    own, others = tables_in(tmp_path)
    assert own.name == "customers.csv"
    assert [path.name for path in others] == ["logins.csv", "prices.csv", "tickets.csv"]
    own.unlink()
    with pytest.raises(og.DataError, match=r"which file in .* holds the customers"):
        tables_in(tmp_path)
