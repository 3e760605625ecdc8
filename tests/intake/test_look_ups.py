"""Rows that name rows of another table, by one column or by several."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import outcomegap as og
from outcomegap.errors import DataError, ModelError
from outcomegap.frames import wrap
from outcomegap.intake import Customers, read_customers
from outcomegap.intake.look_ups import named_by
from outcomegap.model import Inputs
from tests.intake.models import model_of

MAKERS = [dict, pl.DataFrame, pl.LazyFrame, pd.DataFrame, pa.table]
ROOMS = {"room": ["r1", "r2", "r3"], "tariff": ["night", "day", "none"]}
TARIFFS = {"tariff": ["day", "night"], "price": [30, 12], "who": ["Ada", "Ben"]}
LOOK_UP = {"tables": {"customers": {"look_up": {"tariffs": "tariff"}}}}


def run(inputs: dict[str, Any], tables: dict[str, Any], *measures: str, **more: Any) -> Customers:
    return read_customers(model_of(*measures or ("n",), inputs=inputs), tables, **more)


def column(found: Customers, name: str = "n") -> list[Any]:
    return wrap(found.frame).values(name).tolist()


@pytest.mark.parametrize("other", MAKERS)
@pytest.mark.parametrize("make", MAKERS)
def test_a_customer_names_a_row_of_another_table(make: Any, other: Any) -> None:
    inputs = {
        "id": "room",
        "keep": {"who": "tariffs.who", "price": "tariffs.price"},
        "measures": {"n": "tariffs.price"},
        **LOOK_UP,
    }
    found = run(inputs, {"customers": make(ROOMS), "tariffs": other(TARIFFS)})
    np.testing.assert_array_equal(column(found), [12.0, 30.0, np.nan])
    assert column(found, "who") == ["Ben", "Ada", None]
    np.testing.assert_array_equal(column(found, "price"), [12.0, 30.0, np.nan])
    assert [f.message for f in found.report.findings] == [
        "1 of 3 rows name no row of 'tariffs' (tariff none) (known: 'day', 'night')"
    ]


def test_from_files_numbers_are_numbers_and_only_wanted_columns_are_read(tmp_path: Path) -> None:
    pl.DataFrame(ROOMS).head(2).write_csv(tmp_path / "customers.csv")
    pl.DataFrame(TARIFFS).write_csv(tmp_path / "tariffs.csv")
    inputs = {"id": "room", "keep": ["tariffs.price", "tariffs.who"], "measures": {"n": "tariffs.price"}, **LOOK_UP}
    found = run(inputs, tmp_path)  # type: ignore[arg-type]
    assert column(found, "tariffs.price") == [12, 30]
    assert column(found, "tariffs.who") == ["Ben", "Ada"]


def test_of_lazy_tables_only_the_wanted_columns_are_read() -> None:
    def unread(_: pl.Series) -> pl.Series:
        raise AssertionError

    lazy = pl.LazyFrame({**TARIFFS, "secret": [1, 2]}).with_columns(pl.col("secret").map_batches(unread, pl.Int64))
    calls = pl.LazyFrame({"room": ["r1", "r1"], "tariff": ["day", "night"], "secret": [1, 2]})
    calls = calls.with_columns(pl.col("secret").map_batches(unread, pl.Int64))
    n = {"table": "calls", "aggregate": "sum", "column": "tariffs.price"}
    inputs = {"id": "room", "measures": {"n": n}, "tables": {"calls": {"look_up": {"tariffs": "tariff"}}}}
    found = run(inputs, {"customers": {"room": ["r1"]}, "calls": calls, "tariffs": lazy})
    assert column(found) == [42.0]


def test_a_customer_looks_up_another_under_a_second_name_of_the_table(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("room,parent,owner\nr1,,Ada\nr2,r1,Ben\n")
    inputs = {
        "id": "room",
        "keep": {"above": "parents.owner"},
        "tables": {
            "customers": {"look_up": {"parents": "parent"}},
            "parents": {"file": "customers.csv", "key": "room"},
        },
        "measures": {"n": {"column": "parents.owner", "values": {"Ada": 1, "Ben": 2}}},
    }
    found = run(inputs, tmp_path)  # type: ignore[arg-type]
    assert column(found, "above") == [None, "Ada"]


def test_tables_of_a_database(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "rooms.duckdb")) as connection:
        connection.execute(
            "create table customers as select * from (values ('r1', 1.0::numeric(9, 1))) as t(room, tariff)"
        )
        connection.execute("create table tariffs as select * from (values (1, 10.5), (2, 20.5)) as t(tariff, price)")
    inputs = {"id": "room", "measures": {"n": "tariffs.price"}, **LOOK_UP}
    assert column(run(inputs, tmp_path / "rooms.duckdb")) == [10.5]  # type: ignore[arg-type]


def test_a_relation_of_a_database() -> None:
    connection = duckdb.connect()
    rooms = connection.sql("select * from (values ('r1', 1), ('r2', 2)) as t(room, tariff)")
    tariffs = connection.sql("select * from (values (1, 10.5, 'x'), (2, 20.5, 'y')) as t(tariff, price, other)")
    found = run({"id": "room", "measures": {"n": "tariffs.price"}, **LOOK_UP}, {"customers": rooms, "tariffs": tariffs})
    assert column(found) == [10.5, 20.5]


def test_every_key_of_the_customers_table_may_name_a_looked_up_column() -> None:
    inputs = {
        "id": "room",
        "segment": {"column": "tariffs.kind", "values": {"cheap": ["c"], "dear": ["d"]}},
        "stage": {"start": "tariffs.since", "unit": "days", "bands": {"new": [0, 10], "old": [10]}},
        "measures": {"n": {"start": "tariffs.since", "end": "tariffs.until"}},
        "as_of": "2026-01-12",
        **LOOK_UP,
    }
    dates = {"since": ["2026-01-01", "2026-01-10"], "until": ["2026-01-03", "2026-01-11"]}
    tables = {
        "customers": {"room": [1, 2], "tariff": ["a", "b"]},
        "tariffs": {"tariff": ["a", "b"], "kind": ["c", "d"]},
    }
    tables["tariffs"] |= dates
    found = read_customers(model_of("n", segments=["cheap", "dear"], stages=["new", "old"], inputs=inputs), tables)
    assert column(found, "segment") == ["cheap", "dear"]
    assert column(found, "stage") == ["old", "new"]
    assert column(found) == [2.0, 1.0]


EVENTS = {
    "id": "who",
    "tables": {
        "orders": {"look_up": {"items": "item"}, "time": "items.day"},
        "items": {"key": "code", "look_up": {"makers": "maker"}},
    },
    "as_of": "2026-02-01",
}
ORDERS = {
    "customers": {"who": ["a", "b"]},
    "orders": {"who": ["a", "a", "b", "b"], "item": [1, 2, 2, 9]},
    "items": {"code": ["1", "2"], "maker": ["m", "k"], "day": ["2026-01-01", "2026-01-31"], "price": ["5", "7.5"]},
    "makers": {"maker": ["k", "m"], "land": ["AT", "BR"]},
}


@pytest.mark.parametrize(
    ("source", "right"),
    [
        ({"aggregate": "sum", "column": "items.price"}, [12.5, 7.5]),
        ({"aggregate": "count", "where": {"items.makers.land": "BR"}}, [1.0, 0.0]),
        ({"aggregate": "share", "matching": {"items.makers.land": "BR"}}, [0.5, 0.0]),
        ({"aggregate": "distinct", "column": "items.makers.land"}, [2.0, 1.0]),
        ({"aggregate": "time_since"}, [1.0, 1.0]),
        ({"aggregate": "max", "start": "items.day"}, [31.0, 1.0]),
        ({"aggregate": "latest", "column": "items.price"}, [7.5, 7.5]),
    ],
)
def test_every_key_of_events_may_name_a_looked_up_column(source: dict[str, Any], right: list[float]) -> None:
    found = run({**EVENTS, "measures": {"n": {"table": "orders", **source}}}, ORDERS)
    assert column(found) == right
    assert found.report.left_out[-1] == "table 'orders': 1 row without a items.day left out"
    assert found.report.findings[0].message.startswith("1 of 4 rows name no row of 'items' (item 9)")


def test_events_find_their_customer_in_the_row_that_they_look_up() -> None:
    inputs = {
        "id": "firm",
        "tables": {"calls": {"look_up": {"people": "person"}, "by": "people.firm"}},
        "measures": {"n": {"table": "calls", "aggregate": "count"}},
    }
    people = {"person": ["p", "q", "r"], "firm": ["F", "G", "F"]}
    found = run(
        inputs, {"customers": {"firm": ["F", "G"]}, "calls": {"person": ["p", "r", "q", "p"]}, "people": people}
    )
    assert column(found) == [3.0, 1.0]


def test_an_own_column_of_that_very_name_wins() -> None:
    customers = {"room": ["r"], "tariff": ["day"], "tariffs.price": [99]}
    found = run(
        {"id": "room", "measures": {"n": "tariffs.price"}, **LOOK_UP}, {"customers": customers, "tariffs": TARIFFS}
    )
    assert column(found) == [99.0]


def test_a_repeated_row_matters_only_where_it_is_named_and_differs() -> None:
    tariffs = {
        "tariff": ["day", "night", "day", "day", "old", "old"],
        "price": [30, 12, 30, 30, 1, 2],
        "who": ["Ada", "Ben", "Cem", "Ada", "x", "y"],
    }
    tables = {"customers": {"room": ["r1", "r2", "r3"], "tariff": ["night", "day", "day"]}, "tariffs": tariffs}
    inputs = {"id": "room", "measures": {"n": "tariffs.price"}, **LOOK_UP}
    found = run(inputs, tables)
    assert column(found) == [12.0, 30.0, 30.0]
    assert found.report.findings == ()

    inputs["keep"] = ["tariffs.who"]
    with pytest.raises(DataError) as caught:
        run(inputs, tables)
    (problem,) = caught.value.problems
    assert (problem.rule, problem.column, problem.value, problem.rows) == ("two-rows", "tariff", "day", (1, 2))
    assert "'day' names rows 0 and 2 of 'tariffs', whose 'who' differ" in str(problem)
    found = run(inputs, tables, on_bad="set_aside")
    assert column(found, "id") == ["r1"]
    assert found.report.set_aside == 2


def test_events_that_name_rows_that_differ_set_their_customers_aside() -> None:
    tables = {**ORDERS, "makers": {"maker": ["k", "m", "m"], "land": ["AT", "BR", "AR"]}}
    inputs = {
        **EVENTS,
        "measures": {"n": {"table": "orders", "aggregate": "count", "where": {"items.makers.land": "BR"}}},
    }
    with pytest.raises(DataError, match=r"orders\.items\.maker.*'m' names rows 1 and 2 of 'makers'"):
        run(inputs, tables)
    found = run(inputs, tables, on_bad="set_aside")
    assert column(found, "id") == ["b"]


def test_where_nobody_can_tell_whose_rows_they_are_nothing_is_scored() -> None:
    inputs: dict[str, Any] = {
        "id": "firm",
        "tables": {
            "calls": {"by": "seat", "via": "seats"},
            "seats": {"by": "people.firm", "look_up": {"people": "person"}},
        },
        "measures": {"n": {"table": "calls", "aggregate": "count"}},
    }
    tables = {
        "customers": {"firm": ["F", "G"]},
        "calls": {"seat": [1, 1, 2, 3]},
        "seats": {"seat": [1, 2, 3], "person": ["p", "q", "r"]},
        "people": {"person": ["p", "q", "q", "r"], "firm": ["F", "F", "G", "G"]},
    }
    with pytest.raises(DataError, match=r"seats\.person.*'q' names rows 1 and 2 of 'people'"):
        run(inputs, tables, on_bad="set_aside")
    inputs["tables"] = {"seats": {"by": "people.firm", "look_up": {"people": "person"}}}
    inputs["measures"]["n"]["table"] = "seats"
    with pytest.raises(DataError, match=r"seats\.person.*'q' names rows 1 and 2 of 'people'"):
        run(inputs, tables, on_bad="set_aside")


def test_what_names_no_row_is_counted_but_codes_for_missing_are_not() -> None:
    tariff = ["day", "", None, "n/a", "nigth", "v", "w", "x", "nigth"]
    tables = {"customers": {"room": list("abcdefghi"), "tariff": tariff}, "tariffs": TARIFFS}
    found = run({"id": "room", "missing": ["n/a"], "measures": {"n": "tariffs.price"}, **LOOK_UP}, tables)
    assert [f.message for f in found.report.findings] == [
        "5 of 9 rows name no row of 'tariffs' (tariff nigth, v, w, ...) (did you mean 'night'?)"
    ]


def test_rows_that_were_not_known_then_are_not_looked_up() -> None:
    prices = {
        "tariff": ["day", "night", "day", "dusk", "late"],
        "price": [30, 12, 33, 5, 7],
        "from": ["2026-01-01", "2026-01-01", "2026-03-01", None, "2026-02-01"],
    }
    inputs: dict[str, Any] = {
        "id": "room",
        "as_of": "2026-02-01",
        "measures": {"n": "prices.price"},
        "tables": {"customers": {"look_up": {"prices": "tariff"}}, "prices": {"time": "from"}},
    }
    tables = {
        "customers": {"room": list("abcde"), "tariff": ["day", "night", "dusk", "late", "noon"]},
        "prices": prices,
    }
    found = run(inputs, tables)
    np.testing.assert_array_equal(column(found), [30.0, 12.0, np.nan, np.nan, np.nan])
    assert found.report.left_out == (
        "table 'prices': 2 rows at or after 2026-02-01 left out",
        "table 'prices': 1 row without a from left out",
    )
    assert found.report.findings[0].message.startswith("1 of 5 rows name no row of 'prices' (tariff noon)")
    with pytest.raises(DataError, match="names rows 0 and 2 of 'prices', whose 'price' differ"):
        run(inputs, tables, as_of="2026-04-01")
    tables["prices"] = {**prices, "from": ["soon", *prices["from"][1:]]}
    with pytest.raises(DataError, match=r"prices\.from.*'soon' is not a date"):
        run(inputs, tables)


def test_customers_who_left_before_are_left_out_with_their_events() -> None:
    inputs = {
        "id": "room",
        "as_of": "2026-02-01",
        "tables": {"customers": {"until": "leases.end", "look_up": {"leases": "room"}}},
        "measures": {"n": {"table": "calls", "aggregate": "count"}},
    }
    leases = {"room": ["r1", "r2", "r3"], "end": ["2026-01-31", "2026-02-01", None]}
    calls = {"room": ["r1", "r2", "r2", "r4"]}
    found = run(inputs, {"customers": {"room": ["r1", "r2", "r3"]}, "leases": leases, "calls": calls})
    assert column(found, "id") == ["r2", "r3"]
    assert column(found) == [2.0, 0.0]
    assert found.report.left_out[0] == "1 customer left before 2026-02-01 (leases.end): left out"
    assert "table 'calls': 1 row of customers left out" in found.report.left_out
    assert [f.message for f in found.report.findings] == ["1 of 4 rows belong to no customer (room r4)"]
    with pytest.raises(ModelError, match="applies to the customers' own table"):
        Inputs(id="room", tables={"calls": {"until": "end"}})


def test_wrong_columns_and_tables_are_told_at_once() -> None:
    inputs = {
        "id": "room",
        "keep": ["tariffs.hwo"],
        "measures": {"n": "tariffs.prise"},
        "tables": {"customers": {"look_up": {"tariffs": "tarif"}}},
    }
    with pytest.raises(DataError) as caught:
        run(inputs, {"customers": ROOMS, "tariffs": TARIFFS})
    told = {problem.column: problem.suggestion for problem in caught.value.problems}
    assert told == {"tariffs.hwo": "who", "tariffs.prise": "price", "customers.tarif": "tariff"}
    with pytest.raises(DataError, match="table 'tariffs' is not among those given"):
        run({"id": "room", "measures": {"n": "tariffs.price"}, **LOOK_UP}, {"customers": ROOMS})


def test_where_a_look_up_is_lacking_it_is_named() -> None:
    with pytest.raises(DataError, match=r"say look_up = \{ tariffs = COLUMN \} under \[inputs\.tables\.customers\]"):
        run({"id": "room", "measures": {"n": "tariffs.price"}}, {"customers": ROOMS, "tariffs": TARIFFS})
    calls = {"room": ["r1"], "tariff": ["day"]}
    n = {"table": "calls", "aggregate": "sum", "column": "tariffs.price"}
    with pytest.raises(DataError, match=r"under \[inputs\.tables\.calls\]"):
        run({"id": "room", "measures": {"n": n}}, {"customers": ROOMS, "tariffs": TARIFFS, "calls": calls})
    inputs = {
        "id": "room",
        "measures": {"n": "tariffs.price"},
        "tables": {"customers": {"look_up": {"tariffs": "plan"}}},
    }
    with pytest.raises(DataError, match=r"'tariffs', which 'customers' looks up \(say its key\).*'plan'"):
        run(inputs, {"customers": {"room": ["r"], "plan": ["day"]}, "tariffs": TARIFFS})


@pytest.mark.parametrize(("column", "near"), [("tarifs.price", "tariffs.price"), ("Account.Seat", "Account.Seats")])
def test_the_nearest_column_is_told_whichever_table_it_stands_in(column: str, near: str) -> None:
    customers = {"room": ["r1"], "tariff": ["day"], "Account.Seats": [3]}
    with pytest.raises(DataError) as caught:
        run({"id": "room", "measures": {"n": column}, **LOOK_UP}, {"customers": customers, "tariffs": TARIFFS})
    assert [problem.suggestion for problem in caught.value.problems] == [near]


def test_a_measure_may_be_called_as_a_column_of_another_table_would_be() -> None:
    n = {"table": "calls", "aggregate": "count"}
    tables = {"customers": {"room": ["r1", "r2"]}, "calls": {"room": ["r2", "r2"]}}
    assert column(
        run({"id": "room", "measures": {"calls.n": n}, "keep": ["calls.n"]}, tables, "calls.n"), "calls.n"
    ) == [0, 2]


def test_a_price_list_is_no_table_of_events() -> None:
    n = {"table": "tariffs", "by": "tariff", "aggregate": "only", "column": "price"}
    with pytest.raises(DataError) as caught:
        run({"id": "room", "measures": {"n": n}}, {"customers": ROOMS, "tariffs": TARIFFS})
    assert 'say look_up = { tariffs = "tariff" } under [inputs.tables.customers]' in caught.value.problems[0].message


def test_rows_to_use_of_tables_looked_up_and_of_customers_on_the_way() -> None:
    tables = {
        "customers": {
            "room": ["a", "b", "c"],
            "course": ["x", "x", "y"],
            "kind": ["", "test", ""],
            "tariff": [1, 1, 2],
        },
        "exams": {"course": ["x", "x", "y", "z"]},
        "tariffs": {"tariff": [1, 1, 2, 1], "price": [5, 6, 7, 8], "now": [0, 1, 1, 0]},
    }
    inputs: dict[str, Any] = {
        "id": "room",
        "tables": {
            "customers": {"leave_out": {"kind": "test"}, "look_up": {"tariffs": "tariff"}},
            "exams": {"by": "course", "via": "customers"},
            "tariffs": {"where": {"now": 1}},
        },
        "measures": {"n": {"table": "exams", "aggregate": "count"}, "p": "tariffs.price"},
    }
    found = run(inputs, tables, "n", "p")
    assert (column(found), column(found, "p")) == ([2.0, 1.0], [6.0, 7.0])
    assert len([note for note in found.report.left_out if "kind" in note or "'customers'" in note]) == 1
    inputs["tables"]["tariffs"] = {"leave_out": {"now": 1}}
    with pytest.raises(DataError, match="'1' names rows 0 and 3 of 'tariffs'"):
        run(inputs, tables, "n", "p")


def test_links_that_cannot_be() -> None:
    tables = {
        "customers": {"look_up": {"plans": ["a", "b"], "customers": "x"}, "via": "plans", "by": "plan"},
        "plans": {"key": "plan", "look_up": {"owners": "o"}},
        "owners": {"look_up": {"plans": "p"}},
    }
    with pytest.raises(ModelError) as caught:
        Inputs(id="id", tables=tables)
    told = {f.where: f.message for f in caught.value.findings}
    assert told["tables.customers.look_up.plans"] == "is a + b, but a row of 'plans' is named by plan"
    assert told["tables.customers.look_up.customers"].startswith("is the customers' own table")
    assert 'look_up = { plans = "plan" }' in told["tables.customers.via"]
    assert told["tables.plans.look_up"] == "goes in a circle: plans -> owners -> plans"


# Customers named by several columns

ENROLLED = {"module": ["A", "A", "B"], "student": [7, 8, 7], "n": [1, 2, 3]}
MARKS = {"module": ["A", "B", "B", "A", "B"], "student": [7.0, 7.0, 7.0, 9.0, None], "mark": [10, 20, 40, 99, 99]}
SEVERAL = {"id": ["module", "student"], "measures": {"mark": {"table": "marks", "aggregate": "mean", "column": "mark"}}}


@pytest.mark.parametrize("other", MAKERS)
@pytest.mark.parametrize("make", MAKERS)
def test_several_columns_name_a_customer(make: Any, other: Any) -> None:
    found = run(SEVERAL, {"customers": make(ENROLLED), "marks": other(MARKS)}, "n", "mark")
    assert column(found, "id") == ["A / 7", "A / 8", "B / 7"]
    np.testing.assert_array_equal(column(found, "mark"), [10.0, np.nan, 30.0])
    assert [f.message for f in found.report.findings] == ["2 of 5 rows belong to no customer (module + student A / 9)"]


def test_a_missing_part_names_nobody_and_a_repeated_id_is_told_by_its_columns() -> None:
    customers = {"module": ["A", None, "B", "B"], "student": [7, 8, 7, 7], "n": [1, 2, 3, 4]}
    tables = {"customers": customers, "marks": MARKS}
    with pytest.raises(DataError) as caught:
        run(SEVERAL, tables, "n", "mark")
    told = {problem.rule: (problem.column, problem.value, problem.rows) for problem in caught.value.problems}
    assert told["missing-id"] == ("module + student", None, (1,))
    assert told["duplicate-id"] == ("module + student", "B / 7", (2, 3))
    found = run(SEVERAL, tables, "n", "mark", on_bad="set_aside")
    assert column(found, "id") == ["A / 7"]
    assert found.rejects["id"].tolist() == [None, "B / 7", "B / 7"]


def test_other_names_of_the_columns_and_two_tables_on_the_way() -> None:
    inputs = {
        "id": ["module", "student"],
        "tables": {
            "exams": {"key": ["module", "day"], "by": ["module", "who"]},
            "sheets": {"by": ["course", "date"], "via": "exams"},
        },
        "measures": {"n": {"table": "sheets", "aggregate": "sum", "column": "pages"}},
    }
    tables = {
        "customers": {"module": ["A", "B"], "student": [7, 7]},
        "exams": {"module": ["A", "A", "B"], "day": [1, 2, 1], "who": [7, 7, 7]},
        "sheets": {"course": ["A", "A", "B", "B"], "date": ["1", "2", "1", "2"], "pages": [1, 2, 4, 8]},
    }
    found = run(inputs, tables)
    assert column(found) == [3.0, 4.0]
    inputs["tables"]["sheets"] = {"look_up": {"exams": ["course", "date"]}, "by": ["exams.module", "exams.who"]}
    assert column(run(inputs, tables)) == [3.0, 4.0]


def test_a_customer_looks_up_by_several_columns() -> None:
    inputs = {
        "id": ["module", "student"],
        "tables": {"customers": {"look_up": {"rooms": ["module", "year"]}}},
        "measures": {"n": "rooms.seats"},
    }
    customers = {"module": ["A", "A", "B"], "year": [1, 2, 1], "student": [1, 2, 3]}
    rooms = {"module": ["A", "B", "A"], "year": ["2", "1", "1"], "seats": [20, 30, 10]}
    assert column(run(inputs, {"customers": customers, "rooms": rooms})) == [10.0, 20.0, 30.0]


@pytest.mark.parametrize(
    ("by", "why"),
    [("student", "is student, but a customer is named by module + student"), (["a", "b", "c"], "is a + b + c")],
)
def test_as_many_columns_as_name_a_customer(by: Any, why: str) -> None:
    with pytest.raises(ModelError, match=r"is .*named by module \+ student") as caught:
        Inputs(id=["module", "student"], measures={"n": {"table": "t", "aggregate": "count", "by": by}})
    assert why in str(caught.value)


SLY = ["a", "b", "a / b", "/", "//", "/ a", "a /", "a / ", " / a", " ", "a/b", "/a", "a //", "// b", "a / / b"]


def test_different_values_never_become_one_name() -> None:
    bare = dict.fromkeys(text.strip() for text in SLY if text.strip())  # blanks around a name are no part of it
    pairs = [(one, other) for one in bare for other in bare]
    table = wrap({"x": [one for one, _ in pairs], "y": [other for _, other in pairs]})
    assert len(named_by(table, ("x", "y")).values) == len(pairs)


def test_one_column_in_a_list_is_that_column(tmp_path: Path) -> None:
    inputs = Inputs(id=["who"], tables={"t": {"by": ["a", "b"], "via": "v", "look_up": {"u": ["c"]}}})
    assert inputs.id == "who"
    model = model_of("n", inputs=inputs)
    assert og.loads(og.dumps(model)) == model


def test_scores_and_changes_go_by_the_name_of_several_columns() -> None:
    model = model_of("n", "mark", inputs=SEVERAL)
    earlier, later = (
        og.Scorer(model).score(read_customers(model, {"customers": ENROLLED, "marks": marks}).frame)
        for marks in (MARKS, {**MARKS, "mark": [0, 0, 0, 0, 0]})
    )
    assert later.id.tolist() == ["A / 7", "A / 8", "B / 7"]
    assert len(later.change_since(earlier).model) == 3


def test_rows_that_differ_are_aggregated_as_the_message_says() -> None:
    rooms = {"id": ["a", "b", "c"], "kind": ["day", "night", "day"]}
    tables = {"customers": rooms, "tariffs": {"tariff": ["day", "day", "night"], "price": [30, 40, 12]}}
    look_up = {"customers": {"look_up": {"tariffs": "kind"}}, "tariffs": {"key": "tariff"}}
    with pytest.raises(DataError) as caught:
        run({"id": "id", "tables": look_up, "measures": {"n": "tariffs.price"}}, tables, "n")
    say = 'by = "tariff" and via = "customers" under [inputs.tables.tariffs] and key = "kind" under [inputs.tables.cust'
    assert say in str(caught.value)
    said = {"customers": {"key": "kind"}, "tariffs": {"by": "tariff", "via": "customers"}}
    most = {"n": {"table": "tariffs", "aggregate": "max", "column": "price"}}
    assert column(run({"id": "id", "tables": said, "measures": most}, tables, "n")) == [40.0, 12.0, 40.0]


def test_columns_that_join_tables_are_asked_for_by_their_key() -> None:
    tables = {"customers": {"id": ["a"]}, "visits": {"who": ["x"]}, "people": {"person": ["x"], "id": ["a"]}}
    count = {"n": {"table": "visits", "aggregate": "count"}}
    with pytest.raises(DataError, match=r"'visits' \(say by = its column that names the customer\).*'id'"):
        run({"id": "id", "measures": count}, tables, "n")
    via = {"visits": {"by": "who", "via": "people"}}
    with pytest.raises(DataError, match=r"'people', which others go via \(say its key\).*'who'"):
        run({"id": "id", "tables": via, "measures": count}, tables, "n")
    assert column(run({"id": "id", "tables": {**via, "people": {"key": "person"}}, "measures": count}, tables)) == [1.0]
