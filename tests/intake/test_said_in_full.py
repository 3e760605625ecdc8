"""What the intake counts, leaves out or takes for something, it says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from outcomegap.errors import DataError
from outcomegap.files import dumps, loads
from outcomegap.frames import wrap
from outcomegap.intake import Customers, read_customers
from outcomegap.intake.starter import starter_model
from outcomegap.model import check
from tests.intake.models import model_of

DAY = "2026-02-01"


def run(measure: Any, given: dict[str, Any], **inputs: Any) -> Customers:
    measures = {"n": measure, **inputs.pop("more", {})}
    return read_customers(model_of("n", inputs={"id": "id", "measures": measures, **inputs}), given)


def column(cells: list[Any], **said: Any) -> tuple[list[float], list[str]]:
    found = run({"column": "c", **said}, {"customers": {"id": [f"k{row}" for row in range(len(cells))], "c": cells}})
    return wrap(found.frame).floats("n").values.tolist(), [each.message for each in found.report.findings]


@pytest.mark.parametrize(
    ("cells", "code", "expected"),
    [
        ([0, 1, None], False, [0, 1, np.nan]),
        ([0, 1, None], True, [0, 1, np.nan]),
        (["0", "1", "false"], False, [0, 1, np.nan]),
        (["1", "0.5", "TRUE"], True, [1, 0.5, np.nan]),
        ([True, False, True], False, [1, np.nan, 1]),
    ],
)
def test_false_and_true_are_no_numbers_that_mean_missing(cells: list[Any], code: bool, expected: list[float]) -> None:
    np.testing.assert_array_equal(column(cells, missing=[code])[0], expected)


@pytest.mark.parametrize("cells", [["Routes", None, ""], ["Routes", " ", float("nan")]])
def test_an_empty_cell_means_what_values_say(cells: list[Any]) -> None:
    assert column(cells, values={"Routes": 1, "": 0})[0] == [1, 0, 0]
    np.testing.assert_array_equal(column(cells, values={"Routes": 1})[0], [1, np.nan, np.nan])
    assert column(cells, values={"Routes": 1, "": 0}, split=",", times=2)[0] == [2, 0, 0]


def test_what_names_no_row_is_no_empty_cell() -> None:
    tables = {"customers": {"id": ["a", "b", "c"], "plan": [1, 2, 9]}, "p": {"plan": [1, 2], "n": ["Yes", None]}}
    said = {"column": "p.n", "values": {"Yes": 1, "": 0}}
    found = run(said, tables, tables={"customers": {"look_up": {"p": "plan"}}})
    np.testing.assert_array_equal(wrap(found.frame).floats("n").values, [1, np.nan, np.nan])


def test_an_answer_that_only_follows_another_may_be_one_with_it() -> None:
    cells = ["Tax, Compliance, UK/EU", "Compliance, UK/EU", "Tax, Ops", "Ops"]
    numbers, told = column(cells, split=",")
    assert numbers == [3, 2, 2, 1]
    assert told == ["'UK/EU' only follows 'Compliance': if they are one answer, list 'Compliance, UK/EU' in values"]
    assert column(["A, B", "B", "A, B, C"], split=",")[1] == []
    assert column(["A, B", "A, C", "C, B"], split=",")[1] == []
    assert column(cells, split=",", values={"Tax": 1, "Compliance, UK/EU": 1, "Ops": 1}) == ([2, 1, 2, 1], [])


def test_who_gave_no_answer_is_in_no_share_and_counted() -> None:
    answers = {"id": ["a", "a", "b", "b", "a", "a"], "Survey result": ["good", "bad", None, "", None, "good"]}
    said = {"table": "s", "aggregate": "share", "matching": {"Survey result": "good"}}
    tables = {"customers": {"id": ["a", "b", "c"]}, "s": answers}
    found = run(said, tables)
    np.testing.assert_array_equal(wrap(found.frame).floats("n").values, [2 / 3, np.nan, np.nan])
    assert found.report.left_out == ("table 's': 3 of 6 rows without 'Survey result' in no share",)
    assert wrap(run({**said, "empty": 0}, tables).frame).floats("n").values.tolist() == [2 / 3, 0, 0]


def test_rows_on_the_way_that_were_not_known_then_are_no_strangers() -> None:
    given = {
        "customers": {"id": ["a", "b"]},
        "acc": {"acc": [1, 2, 3, 4], "id": ["a", "a", "b", "zz"], "since": ["2026-01-01", "2026-03-01", None, DAY]},
        "ev": {"acc": [1, 1, 2, 3, 3], "at": ["2026-01-02"] * 5},
    }
    said = {"acc": {"key": "acc", "time": "since"}, "ev": {"by": "acc", "via": "acc", "time": "at"}}
    found = run({"table": "ev", "aggregate": "count"}, given, tables=said, as_of=DAY)
    assert wrap(found.frame).floats("n").values.tolist() == [2, 0]
    assert [each.message for each in found.report.findings] == ["1 of 4 rows belong to no customer (id zz)"]
    assert found.report.left_out == (
        f"table 'acc': 2 rows at or after {DAY} left out",
        "table 'acc': 1 row without a since left out",
        "table 'ev': 3 rows of a row of 'acc' that was not known then left out",
    )


def test_notes_of_one_table_with_two_times_say_which() -> None:
    late, early = "2026-03-01", "2026-01-01"
    table = {"id": ["a", "a", "b"], "opened": [early, early, late], "closed": [late, late, late]}
    parts = {"x": {"table": "t", "aggregate": "count", "time": "opened"}}
    parts["y"] = parts["x"] | {"time": "closed"}
    tables = {"customers": {"id": ["a", "b"]}, "t": table}
    found = run({"difference": ["x", "y"]}, tables, more=parts, as_of=DAY)
    assert found.report.left_out == (
        f"table 't': 1 row with opened at or after {DAY} left out",
        f"table 't': 3 rows with closed at or after {DAY} left out",
    )


MODEL = """
schema_version = 1
name = "desk"
[measures.share]
[measures.Seats]
[gaps."seats used"]
measure = "share"
floor = 0
target = 1
[expectations.same]
measure = "share"
floor = 0
target = 1
[[desired_outcomes]]
required = { name = "in use", of = "seats used" }
experience = { name = "how", of = "same" }
[inputs]
id = "id"
[inputs.measures]
share = { ratio = ["active", "Seats"] }
active = "In use"
"""


def test_a_measure_of_the_model_may_be_only_a_part_of_another() -> None:
    model = loads(MODEL)
    assert check(model) == check(loads(dumps(model)))
    assert not [each for each in check(model) if "Seats" in each.where]
    for each in (model, loads(dumps(model))):
        found = read_customers(each, {"id": ["a", "b"], "In use": [1, 2], "Seats": ["2", "8"]})
        assert wrap(found.frame).floats("share").values.tolist() == [0.5, 0.25]


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (["lg00003", "LG00003", "X"], "2 of 3 customers have ids that differ only in case, spaces or width: 'lg00003'"),
        (["A  1", "A 1", "x", "\uff38"], "4 of 4 customers have ids that differ only in case, spaces or width: 'A  1'"),
        (["A1", "A-1", "A01"], None),
    ],
)
def test_ids_that_look_alike_are_told(ids: list[str], said: str | None) -> None:
    found = run("c", {"id": ids, "c": [1] * len(ids)})
    assert found.report.rows_out == len(ids)
    assert [each.message[: len(said or "")] for each in found.report.findings] == ([said] if said else [])


def test_what_was_said_is_not_advised() -> None:
    tables = {"customers": {"id": ["LG00001", "LG00002"]}, "t": {"c": ["00001", "00002"]}}
    with pytest.raises(DataError) as caught:
        run({"table": "t", "aggregate": "count"}, tables, tables={"t": {"by": "c"}})
    assert caught.value.problems[0].message.endswith("belong to no customer (c 00001, 00002)")


def test_plans_that_only_look_alike_are_told_with_what_to_do() -> None:
    tables = {"customers": {"id": ["a", "b", "c"], "plan": ["pro", "PRO ", "Pro"]}, "p": {"plan": ["Pro"], "n": [7]}}
    found = run("p.n", tables, tables={"customers": {"look_up": {"p": "plan"}}})
    assert found.report.findings[0].message.startswith("2 of 3 rows name no row of 'p' (plan pro, PRO)")
    assert "'pro' is not 'Pro', 'PRO' is not 'Pro'" in found.report.findings[0].message
    assert found.report.findings[0].message.endswith("write both alike in the data, or add rows written so to 'p'")


def test_init_names_the_row_whose_id_is_empty() -> None:
    with pytest.raises(DataError, match=r"2 customers in 3 rows; .*, once; it is empty \(1 row: 1\)"):
        starter_model({"id": ["a", None, "b"], "n": [1, 2, 3]}, id="id")
