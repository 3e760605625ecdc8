"""Columns that are no steps, answers that are none, and what few reach: kinds of columns in starter models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import outcomegap as og
from outcomegap.intake.date_formats import formats_of
from outcomegap.intake.starter import starter_model

ROWS = 24
SPREAD = [n * 7 % 24 for n in range(ROWS)]


def left_out(name: str, values: list[Any], rows: int = ROWS) -> str | None:
    """What a starter model says of a column beside two that are measured; None if the column is a step."""
    ids = [f"c{n}" for n in range(rows)]
    text = starter_model(
        {"id": ids, name: values, "logins": SPREAD[:rows], "open tickets": SPREAD[rows - 1 :: -1][:rows]}
    )
    found = [line for line in text.splitlines() if line.startswith(f'#   "{name}": ')]
    assert og.loads(text)
    return found[0].partition('": ')[2] if found else None


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("RowNumber", list(range(1, ROWS + 1)), "counts the rows"),
        ("Unnamed: 0", list(range(ROWS)), "counts the rows"),
        ("lfd. Nr.", [str(10 * n) for n in range(ROWS)], "counts the rows"),
        ("logins so far", list(range(ROWS)), "counts the rows"),  # whatever it is called
        ("Zaehler", list(range(ROWS, 0, -1)), "counts the rows"),
        ("dossier", [710000000 + n * n for n in SPREAD], "names something"),
        ("Vertrag", [f"{48210000 + n * 37}" for n in SPREAD], "names something"),
        ("branch", ["0071", "0113"] * 12, "names something"),
        ("direct line", [f"+49 171 100 {n + 100}" for n in SPREAD], "names something"),
        ("ref", [f"AB-{n + 100}" for n in SPREAD], "names something"),
        ("access", [f"u{n}@example.org" for n in SPREAD], "names something"),
        ("Customer_Age", [20 + n for n in SPREAD], "who or where"),
        ("Alter", [20 + n for n in SPREAD], "who or where"),
        ("idade do cliente", [20 + n for n in SPREAD], "who or where"),
        ("возраст", [20 + n for n in SPREAD], "who or where"),
        ("나이", [20 + n for n in SPREAD], "who or where"),
        ("period", [202601, 202602, 202603] * 8, "names a month"),
        ("exports", [0] * 23 + [20], "so few reach it"),
        ("seats used", [1] * 20 + [2, 3, 4, 5], "so few reach it"),
        ("trained", ["no"] * 22 + ["yes"] * 2, "so few reach it"),
        ("options", ["Import, Charts", "Charts", "Import, Charts, Export", "Export"] * 6, 'split = ","'),
    ],
)
def test_no_step(name: str, values: list[Any], says: str) -> None:
    assert says in (left_out(name, values) or "is a step")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("logins in May", [3 * n for n in SPREAD]),
        ("Umsatzbestellungen", [100000 + 37 * n * n for n in SPREAD]),
        ("complaints", [0] * 23 + [20]),  # rare, and bad: most are where they should be
        ("uptime %", [100.0] * 20 + [90, 91, 92, 93]),
        ("seats used", [1] * 18 + [2, 3, 4, 5, 6, 7]),
    ],
)
def test_a_step(name: str, values: list[Any]) -> None:
    assert left_out(name, values) is None


def test_the_target_is_reached_by_a_quarter() -> None:
    generator = np.random.default_rng(3)
    table = {"logins": [0] * 30, "complaints": [0] * 30, "orders": [0] * 30, "delay days": [0] * 30}
    for values in table.values():
        places = generator.choice(30, generator.integers(1, 25), replace=False)
        for place in places:
            values[place] = int(generator.integers(1, 4))
    model = og.loads(starter_model(table))
    for step in model.steps:
        values = np.array(table[step.measure.name.replace("_", " ")])
        reached = values <= step.target if step.floor > step.target else values >= step.target
        assert reached.mean() >= 0.25


@pytest.mark.parametrize(
    ("raw", "meaning"),
    [
        ("No opinion", None),
        ("no response", None),
        ("keine Meinung", None),
        ("sans avis", None),
        ("sin respuesta", None),
        ("N/A - not used", None),
        ("нет данных", None),
        ("No internet service", 0.0),
        ("No complaints", 0.0),
        ("kein Vertrag", 0.0),
        ("Sì", 1.0),
        ("evet", 1.0),
        ("아니오", 0.0),
    ],
)
def test_no_and_no_answer(raw: str, meaning: float | None) -> None:
    table = {"who": list("abcdefgh"), "logins": list(range(0, 16, 2)), "trained": ["yes", "no", raw, "yes"] * 2}
    model = og.loads(starter_model(table))
    read = og.read_customers(model, table).frame["trained"]
    np.testing.assert_array_equal(read[2], np.nan if meaning is None else meaning)


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (["22-03-2021", "02-05-2021"], ["%d-%m-%Y"]),
        (["02-05-2021", "03-06-2021"], ["%d-%m-%Y", "%m-%d-%Y"]),
        (["31.12.2025", "1.2.2026"], ["%d.%m.%Y"]),
        (["12/31/2025 11:05 PM"], ["%m/%d/%Y %I:%M %p"]),
        (["3 Feb 2026", "14 Mar 2026"], ["%d %b %Y", "%d %B %Y"][:1]),
        (["Feb 3, 2026"], ["%b %d, %Y"]),
        (["2026/02/01 07:30"], ["%Y/%m/%d %H:%M"]),
        (["2026-02-01 07:30"], [None]),
        (["20260201", "20261231"], ["%Y%m%d"]),
        (["31.13.2025"], []),
    ],
)
def test_how_dates_are_written(texts: list[str], formats: list[str | None]) -> None:
    assert formats_of(texts) == formats


def test_dates_are_advised_as_they_are_read() -> None:
    days = ["22-03-2021", "14-11-2020", "02-05-2021", "30-01-2021"]
    table = {"ticket": list("abcd"), "bought": days, "hours": [3, 9, 5, 7]}
    assert 'start = "bought", unit = "days", date_format = "%d-%m-%Y"' in starter_model(table)
    table["bought"] = ["02-05-2021", "03-06-2021", "01-01-2021", "04-04-2021"]
    assert 'the other way round: "%m-%d-%Y"' in starter_model(table)
    table["bought"] = [1769904000, 1769990400, 1770000000, 1770076800]
    assert 'date_format = "seconds"' in starter_model(table | {"last seen": table["bought"]})


def test_questions_on_one_scale_are_treated_alike() -> None:
    generator = np.random.default_rng(1)
    table: dict[str, list[Any]] = {f"Q{n} item": generator.integers(1, 8, 40).tolist() for n in range(1, 7)}
    table["Q2 item"] = generator.integers(4, 8, 40).tolist()  # nobody gave less than 4
    table["Q4 item"] = generator.integers(1, 6, 40).tolist()  # nor here more than 5
    model = og.loads(starter_model(table))
    assert {(step.measure.low, step.measure.high) for step in model.steps} == {(1, 7)}
    sides = [{step.side for step in model.steps if step.measure is measure} for measure in model.measures]
    assert sides == [{"required", "experience"}] * 6
    model = og.loads(starter_model(table | {"logins": SPREAD + SPREAD[:16]}))
    assert {step.kind for step in model.steps if step.measure.name != "logins"} == {"expectation"}


def test_spellings_of_one_segment() -> None:
    table = {
        "plan": ["Enterprise", "enterprise", "Basic", "basic ", "Enterprise", "Basic"],
        "logins": [1, 5, 3, 9, 2, 8],
    }
    text = starter_model(table)
    assert og.loads(text).segment_names == ("Basic", "Enterprise")
    assert '"Enterprise" and "enterprise"' in text


@pytest.mark.parametrize(
    "values",
    [
        ["Sara Ling", "Tom Bo", "Sara Ling"] * 4,
        ["a@example.org", "b@example.org", "a@example.org"] * 4,
        ["Import, Charts", "Charts", "Import, Charts, Export"] * 4,
        ["it does what I want it to do", "too slow for what we need here", "it does what I want it to do"] * 4,
    ],
)
def test_no_segments_by_chance(values: list[str]) -> None:
    text = starter_model({"contact person name": values, "logins": SPREAD[:12]})
    assert not og.loads(text).segments


@pytest.mark.parametrize(
    ("name", "written", "values", "unit"),
    [
        ("First reply", ["0:45:00", "2:30:00", "n/a", "10:06:00"], [0.75, 2.5, np.nan, 10.1], "h"),
        ("time on hold", ["45 min", "1h 30m", "2h", "15 min"], [0.75, 1.5, 2.0, 0.25], "h"),
        ("response time", ["08:30", "09:15", "10:00", "00:30"], [8.5, 9.25, 10.0, 0.5], "h"),
        ("unpaid", ["$1,234.50", "$80.00", "-", "($12.00)"], [1234.5, 80.0, np.nan, -12.0], "$"),
        ("late fees", ["12,50 €", "1.200,00 €", "3,00 €", "k.A."], [12.5, 1200.0, 3.0, np.nan], "€"),
    ],
)
def test_lengths_and_money(name: str, written: list[str], values: list[float], unit: str) -> None:
    table = {"who": list("abcd"), name: written, "logins": [3, 1, 8, 2]}
    model = og.loads(starter_model(table))
    (step,) = [step for step in model.steps if step.name == name]
    assert step.measure.unit == unit
    both_signs = bool((np.array(values) < 0).any())  # nobody can tell which way of them is better
    assert (step.better == "unknown") == both_signs
    assert both_signs or step.floor > step.target
    read = og.read_customers(model, table).frame[step.measure.name]
    np.testing.assert_allclose(read, values)


def test_times_of_the_day_are_no_lengths() -> None:
    text = starter_model({"who": list("abc"), "opens at": ["08:30", "09:15", "10:00"], "logins": [3, 1, 8]})
    assert '#   "opens at": text' in text


def test_kept_money_is_read() -> None:
    table = {"account": list("abcd"), "ARR": ["$1,234.50", "$80.00", "-", "$9.00"], "logins": [3, 1, 8, 2]}
    model = og.loads(starter_model(table))
    np.testing.assert_allclose(og.read_customers(model, table).frame["ARR"], [1234.5, 80.0, np.nan, 9.0])


@pytest.mark.parametrize(
    ("columns", "who"),
    [
        (("order id", "Acct No"), "Acct No"),
        (("id", "company"), "id"),
        (("Kundennummer", "Bestell-ID"), "Kundennummer"),
        (("company", "account_id"), "account_id"),
        (("Customer_Age", "reference"), None),
        (("Konto", "Vertrag"), "Konto"),
    ],
)
def test_which_column_is_the_id(columns: tuple[str, str], who: str | None) -> None:
    table: dict[str, list[Any]] = {"logins": SPREAD, "tickets": SPREAD}
    for name in columns:
        table[name] = [n + 20 for n in SPREAD] if "Age" in name else [f"x{n}" for n in range(ROWS)]
    inputs = og.loads(starter_model(table)).inputs
    assert (inputs and inputs.id) == who
