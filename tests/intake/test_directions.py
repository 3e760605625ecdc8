"""Guesses of directions, on headings of many kinds; the figures: python -m tests.intake.test_directions."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import outcomegap as og
from outcomegap.intake.directions import direction_of
from outcomegap.intake.starter import starter_model

HERE = Path(__file__).parent


def headings(file: str) -> Iterator[tuple[str, str, str]]:
    """Each table, its headings, and which direction is right."""
    for table, said in tomllib.loads((HERE / file).read_text(encoding="utf-8")).items():
        yield from ((table, name.strip(), right) for right, names in said.items() for name in names.split("|"))


def counted(file: str) -> dict[str, Counter[str]]:
    """How many headings of each table are right, unknown though they say it, and wrong."""
    found: dict[str, Counter[str]] = {}
    for table, name, right in headings(file):
        guess = direction_of(name)
        found.setdefault(table, Counter())[
            "right" if guess == right else "unknown" if guess == "unknown" else "wrong"
        ] += 1
    return found


def test_tables_kept_back() -> None:
    found = counted("directions_kept_back.toml")
    total = sum(found.values(), Counter())
    assert total["right"] >= 0.94 * total.total()
    assert total["wrong"] <= 4


def test_tables_of_many_kinds() -> None:
    found = sum(counted("directions.toml").values(), Counter())
    assert found.total() > 1500
    assert found["right"] >= 0.99 * found.total()
    assert not found["wrong"]


@pytest.mark.parametrize("file", ["directions.toml", "directions_kept_back.toml"])
def test_models_of_whole_tables(file: str) -> None:
    tables: dict[str, dict[str, str]] = {}
    for table, name, right in headings(file):
        tables.setdefault(table, {})[name] = right
    for rights in tables.values():
        numbers = np.random.default_rng(7)
        table = {"key": [f"k{n}" for n in range(40)]}
        table |= {name: numbers.permutation(40).tolist() for name in rights}  # type: ignore[misc]
        model = og.loads(starter_model(table))
        assert len(og.Scorer(model).score(og.read_customers(model, table).frame)) == 40
        assert len(model.steps) > 0.6 * len(rights)
        read = model.inputs.measures if model.inputs is not None else {}
        for step in model.steps:
            source = read.get(step.measure.name)
            said = step.better or ("less" if step.floor > step.target else "more")
            assert said == direction_of((source and source.column) or step.measure.name)


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("seats rotated", "unknown"),  # what became of them is in no list
        ("features requested", "unknown"),
        ("seats left", "unknown"),
        ("time taken", "unknown"),
        ("usage drop", "less"),
        ("Réclamations qualité", "unknown"),
        ("users onboarded", "more"),
        ("monthly charge", "unknown"),  # a large contract, or an expensive one
        ("late fee", "less"),
        ("orders per week", "more"),
        ("articulos", "unknown"),  # "-los" is German
        ("livraisons à l'heure", "more"),
        ("mobile boarding pass used", "more"),
        ("days to next event", "unknown"),
        ("days to pay", "less"),
        ("days_since_last_login", "less"),
        ("DaySinceLastOrder", "less"),
        ("days since the last complaint", "more"),
        ("last login (days)", "less"),
        ("logins in the last 30 days", "more"),
        ("time to first value", "less"),
        ("time between failures", "more"),
        ("days between orders", "less"),
        ("tickets not resolved", "less"),
        ("ticket resolution rate", "more"),
        ("ticket resolution hours", "less"),
        ("complaints resolved", "more"),
        ("months without complaints", "more"),
        ("bounce-free", "more"),
        ("reopened", "less"),
        ("failed logins", "less"),
        ("hours saved", "more"),
        ("error reduction", "more"),
        ("usage decline", "less"),
        ("open rate", "more"),
        ("open invoices", "less"),
        ("invoices paid", "more"),
        ("hours", "unknown"),
        ("days until renewal", "unknown"),
        ("days since signup", "unknown"),
        ("no logins", "unknown"),  # none, or their number
        ("No. of logins", "more"),
        ("credit utilization", "unknown"),
        ("ticket satisfaction", "more"),
        ("quality issues", "unknown"),
        ("tickets sans réponse", "less"),
        ("störungsfreie Tage", "more"),
        ("Kundentreue", "more"),  # "entre" is not in it
        ("Vertragsdauer", "unknown"),
        ("time since the last support contact", "unknown"),
        ("no_of_complaints", "less"),
        ("quejas no resueltas", "less"),
        ("average discount", "unknown"),
        ("अनसुलझी शिकायतें", "less"),  # the vowels belong to their words
        ("शिकायत समाधान दर", "more"),
        ("المكالمات الفائتة", "less"),  # a hamza, with and without which the word is the same
        ("الغاء الطلبات", "less"),
    ],
)
def test_whole_names(name: str, right: str) -> None:
    assert direction_of(name) == right


def test_what_people_rated() -> None:
    assert direction_of("Q1 looks", asked=True) == "more"
    assert direction_of("waiting time", asked=True) == "unknown"  # how content with it, or how long
    assert direction_of("Q7", asked=True) == "unknown"
    assert direction_of("I often lose my way in the menus", asked=True) == "unknown"


if __name__ == "__main__":
    for file in sorted(HERE.glob("directions*.toml")):
        tables = counted(file.name)
        for table, found in [*tables.items(), (f"{file.name}, all", sum(tables.values(), Counter()))]:
            figures = ", ".join(f"{found[key]} {key}" for key in ("right", "unknown", "wrong"))
            print(f"{found['right'] / found.total():6.1%} of {found.total():4}: {figures}  ({table})")
