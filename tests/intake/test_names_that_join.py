"""Rows of which nobody can tell whose they are: told with the ids that look like theirs, never joined by a guess."""

from __future__ import annotations

from typing import Any

import pytest

from outcomegap.errors import DataError
from outcomegap.intake import read_customers
from tests.intake.models import model_of

INPUTS = {
    "id": "id",
    "measures": {
        "n": {"table": "bills", "aggregate": "count"},
        "paid": {"table": "bills", "aggregate": "sum", "column": "x"},
    },
}


def read(ids: list[Any], named: list[Any], **more: Any) -> Any:
    tables = {"customers": {"id": ids}, "bills": {"id": named, "x": [2.0] * len(named)}}
    return read_customers(model_of("n", "paid", inputs=INPUTS), tables, **more)


@pytest.mark.parametrize("on_bad", ["raise", "set_aside"])
@pytest.mark.parametrize(
    ("ids", "named", "pair"),
    [
        (["00017", "00018"], ["17", "18", "17"], "'17' is not '00017'"),
        (["00017", "00018"], [17, 18], "'17' is not '00017'"),
        ([17, 18], ["0017", "0018"], "'0017' is not '17'"),
        (["k-1", "k-2"], ["K-1", "K-2"], "'K-1' is not 'k-1'"),
        (["K1", "K2"], ["K 1", "K-2"], "'K 1' is not 'K1'"),
        (["\uff21\uff11", "B"], ["A1", "B2"], "'A1' is not '\uff21\uff11'"),
    ],
)
def test_a_table_of_which_no_row_joins_is_an_error(ids: list[Any], named: list[Any], pair: str, on_bad: Any) -> None:
    with pytest.raises(DataError) as caught:
        read(ids, named, on_bad=on_bad)
    (problem,) = caught.value.problems
    assert problem.rule == "no-customer"
    assert problem.column == "bills.id"
    assert pair in problem.message


def test_some_rows_that_look_like_anothers_are_a_finding() -> None:
    found = read(["K-1", "K-2"], ["K-1", "k-2", "soon"])
    assert found.frame["paid"].tolist() == [2.0, 0.0]
    (finding,) = found.report.findings
    assert "2 of 3 rows" in finding.message
    assert "'k-2' is not 'K-2'" in finding.message


@pytest.mark.parametrize("named", [["K-1 ", " K-2"], ["K-1\u00a0", "K-2\t"]])
def test_blanks_around_a_name_do_not_count(named: list[str]) -> None:
    found = read(["K-1", " K-2"], named)
    assert found.frame["n"].tolist() == [1.0, 1.0]
    assert not found.report.findings


def test_two_customers_who_differ_in_blanks_alone_are_told() -> None:
    with pytest.raises(DataError) as caught:
        read(["K-1", "K-1 "], ["K-1"])
    assert caught.value.problems[0].rule == "duplicate-id"


def test_few_customers_may_have_no_row_among_many_others() -> None:
    found = read(["A"], ["Y", "Z"])
    assert found.frame["n"].tolist() == [0.0]
    assert [finding.rule for finding in found.report.findings] == ["no-customer"]
    with pytest.raises(DataError, match="belong to no customer"):
        read(["A", "B"], ["Y", "Z"])


@pytest.mark.parametrize("named", [[], ["Z"]])
def test_no_rows_or_one_stranger_are_a_count_of_nothing(named: list[str]) -> None:
    assert read(["A", "B"], named).frame["n"].tolist() == [0.0, 0.0]
