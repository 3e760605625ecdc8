"""Several answers in one cell."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from outcomegap.errors import ModelError
from outcomegap.frames import wrap
from outcomegap.intake.reader import Read, Reader, read_numbers
from outcomegap.intake.written import answers_in
from outcomegap.model import Inputs
from outcomegap.model.inputs import MeasureInput

USED = ["Mail, Forms, Reports", "Forms,", None, "Mail, Forms (old, new)", " ", "Forms , Forms", ","]


def read(column: list[Any], make: Any = dict, missing: Any = (), **source: Any) -> Read:
    return read_numbers(wrap(make({"x": column})), "x", Reader.of(MeasureInput(**source), Inputs(missing=missing)))


def told(found: Read) -> list[float | None]:
    return [None if value != value else value for value in found.values.tolist()]


@pytest.mark.parametrize("make", [dict, pl.DataFrame, pd.DataFrame, pa.table])
def test_answers_are_counted_looked_up_and_summed(make: Any) -> None:
    assert told(read(USED, make, split=",")) == [3, 1, None, 2, None, 1, None]
    assert told(read(USED, make, split=",", contains="Mail")) == [1, 0, None, 1, None, 0, None]
    assert told(read(USED, make, split=",", contains="Forms")) == [1, 1, None, 0, None, 1, None]  # the exact answer
    values = {"Mail": 1, "Forms": 2, "Forms (old, new)": 5, "Reports": 0.5}
    assert told(read(USED, make, split=",", values=values)) == [3.5, 2, None, 6, None, 2, None]
    assert told(read([["Mail", "Forms"], ["Mail"], [], None], make, split=",")) == [2, 1, None, None]
    assert told(read(USED, make, split=",", divided_by=2)) == [1.5, 0.5, None, 1, None, 0.5, None]


@pytest.mark.parametrize(
    ("text", "mark", "known", "answers"),
    [
        ("a;b; c;", ";", (), ["a", "b", "c"]),
        ("a|b||a", "|", (), ["a", "b"]),
        ("one\ntwo\n", "\n", (), ["one", "two"]),
        ("Yes, often, No", ",", ("Yes", "Yes, often", "No"), ["Yes, often", "No"]),
        ("Yes, oftener", ",", ("Yes", "Yes, often"), ["Yes", "oftener"]),
        ("a (b, c) d, e", ",", (), ["a (b, c) d", "e"]),
        ("a (b, c", ",", (), ["a (b", "c"]),
        ("1) a, 2) b", ",", (), ["1) a", "2) b"]),
        ("a+b", "+", (), ["a", "b"]),
        ("", ",", (), []),
    ],
)
def test_where_answers_end(text: str, mark: str, known: tuple[str, ...], answers: list[str]) -> None:
    assert answers_in(text, mark, known) == answers


def test_unknown_answers_and_codes() -> None:
    found = read(["Mail, Form", "None"], split=",", values={"Mail": 1, "Forms": 2}, missing=["None"])
    (error,) = found.wrong.values()
    assert (error.rule, error.suggestion) == ("unmapped-value", "Forms")
    assert "'Form'" in str(error)
    assert told(found) == [None, None]
    assert told(read(["Mail, n/a", "n/a, n/a"], split=",", missing=["n/a"])) == [1, None]
    (doubt,) = read(["Mail", "Forms"], split=",", contains="Form").doubts
    assert "Forms" in doubt


@pytest.mark.parametrize(
    "wrong",
    [
        {"contains": "Mail"},
        {"split": ", "},
        {"split": ",", "unit": "hours"},
        {"split": ",", "percent": "points"},
        {"split": ",", "start": "a"},
        {"split": ",", "table": "t", "aggregate": "count"},
    ],
)
def test_what_does_not_go_together(wrong: dict[str, Any]) -> None:
    with pytest.raises(ModelError):
        Inputs(id="id", measures={"m": wrong})


LISTED = [["Mail", "Forms"], ["Forms", None, "Forms"], [], None, ["none"]]


@pytest.mark.parametrize("make", [dict, pl.DataFrame, pd.DataFrame, pa.table])
def test_a_list_in_a_cell_holds_answers(make: Any) -> None:
    assert told(read(LISTED, make, missing=["none"], split=",")) == [2.0, 1.0, None, None, None]
    assert told(read(LISTED, make, split=",", contains="Mail")) == [1.0, 0.0, None, None, 0.0]
    worth = {"Mail": 3, "Forms": 1, "none": 0}
    assert told(read(LISTED, make, split=";", values=worth)) == [4.0, 1.0, None, None, 0.0]
    assert "several answers" in str(next(iter(read(LISTED, make).wrong.values())))


def test_an_answer_that_only_looks_like_the_one_looked_for_is_told() -> None:
    found = read(["Forms, Mail", "forms ; x", "FORMS,Mail"], split=",", contains="Forms")
    assert told(found) == [1.0, 0.0, 0.0]
    assert found.doubts == (
        "the answers 'FORMS' and 'Forms' differ only in case, spaces or width; 'Forms' alone is looked for",
    )
    assert read(["Forms", "Mail"], split=",", contains="Forms").doubts == ()


def test_thousands_of_unknown_answers_take_no_time() -> None:
    values = {f"answer {number}": number for number in range(1000)}
    began = time.perf_counter()
    found = read([f"reply {number}" for number in range(5000)], values=values)
    assert len(found.wrong) == 5000
    assert time.perf_counter() - began < 5


def test_brackets_in_brackets_part_nothing_either() -> None:
    assert told(read(["CRM (such as (A, B), C), Mail", "(a, (b), c", "a), (b, c"], split=",")) == [2.0, 3.0, 3.0]
    start = time.perf_counter()
    assert told(read(["(" * 50_000 + ", x", "(a" * 50_000 + ", x"], split=",")) == [2.0, 2.0]
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("split", [{}, {"split": ";"}])
def test_whole_numbers_that_a_text_file_holds_with_a_decimal_have_their_meaning(split: dict[str, str]) -> None:
    assert told(read(["1.0", "2", "3.0", None], values={"1": 10, "2": 20, "3.0": 30}, **split)) == [10, 20, 30, None]
    assert list(read(["1.1"], values={"1": 10}, **split).wrong) == [0]
