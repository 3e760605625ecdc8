"""Starter models of several tables: what they join, measure and leave aside."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
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


def test_a_further_table_says_what_is_not_measured_and_what_cannot_be_read(tmp_path: Path) -> None:
    frames = tables()
    own = write(tmp_path, "customers", frames["customers"])
    tickets = {name: frames["tickets"][name] for name in ("account_id", "opened")}
    size = len(tickets["opened"])
    tickets |= {"first reply": [f"{n % 9}:30:00" for n in range(size)], "solved at": tickets["opened"]}
    tickets |= {"status": ["open", "solved"] * (size // 2), "subject": [f"about {n}" for n in range(size)]}
    tickets |= {name: [n * k % 7 for n in range(size)] for k, name in enumerate(["steps", "agents", "replies"], 2)}
    book = openpyxl.Workbook()
    book.create_sheet("more")
    for sheet in book.worksheets:
        sheet.append(["account_id", "seats"])
        sheet.append(["A1", 3])
    book.save(tmp_path / "seats.xlsx")
    more = {"tickets": write(tmp_path, "tickets", tickets), "seats": tmp_path / "seats.xlsx"}
    text = starter_model(own, tables=more)
    assert "# note: table 'seats' is not joined: seats.xlsx cannot be read: it has the sheets 'Sheet', 'more'" in text
    for said in ("solved at", "status", "subject", "replies"):
        assert f'#   "tickets: {said}": ' in text
    model = og.loads(text)
    units = {measure.name: measure.unit for measure in model.measures}
    assert units["tickets_first_reply"] == "h"
    assert (units["recent_tickets"], units["tickets_steps"]) == ("tickets", None)
    read = 'start = "solved at", unit = "days", aggregate = "latest", date_format = "%d.%m.%Y"'
    advised = f'{{ table = "tickets", {read} }}'
    assert advised in text
    followed = og.loads(re.sub("(?m)^tickets_steps = .*", f"tickets_steps = {advised}", text))
    assert og.read_customers(followed, own).frame["tickets_steps"].max() > 0


@pytest.mark.parametrize("who", ["Konto", "customer", "Vertrag", "口座"])
def test_ids_with_zeros_in_front_join(tmp_path: Path, who: str) -> None:
    own = write(tmp_path, "kunden", {who: [f"{n:05}" for n in range(17, 47)], "Sitze": list(range(30))})
    events = {who: [f"{17 + n % 30:05}" for n in range(60)], "Tag": days(np.random.default_rng(1), 60)}
    model = og.loads(starter_model(own, tables={"Anmeldungen": write(tmp_path, "Anmeldungen", events)}))
    assert model.inputs is not None
    assert model.inputs.id == model.inputs.tables["Anmeldungen"].by == who
    assert og.read_customers(model, own).frame["id"][0] == "00017"


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


def test_a_table_that_fits_in_half_of_its_rows_is_joined_and_the_rest_is_told() -> None:
    who = {"account_id": IDS, "seats": [n * 7 % 11 for n in range(30)]}
    strangers = [f"Z{n}" for n in range(40)]  # more different ids than ours, and as many rows
    tickets = {"account_id": [*IDS, *IDS[:10], *strangers], "hours": [n % 9 for n in range(80)]}
    text = starter_model(who, tables={"tickets": tickets})
    assert "table 'tickets' is joined by 'account_id'; 40 of 80 rows name nobody in 'account_id'" in text
    assert set(og.loads(text).inputs.tables) == {"tickets"}  # type: ignore[union-attr]
    few = {"account_id": [*IDS[:10], *strangers], "hours": [n % 9 for n in range(50)]}
    text = starter_model(who, tables={"tickets": few})
    assert "'tickets' is not joined: only 10 of 50 rows of column 'account_id' hold ids of 'account_id'" in text


def test_ids_in_other_letters_are_shown() -> None:
    who = {"account_id": IDS, "seats": [n * 7 % 11 for n in range(30)]}
    text = starter_model(who, tables={"tickets": {"account_id": [one.lower() for one in IDS], "hours": [*range(30)]}})
    assert "table 'tickets' is not joined: column 'account_id' does not hold the ids of 'account_id' as they" in text
    assert "'a0'" in text
    assert "'A0'" in text
