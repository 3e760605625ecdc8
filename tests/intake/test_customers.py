"""Whole intakes: the cases people bring."""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from outcomegap.errors import DataError, Finding, ModelError, Problem
from outcomegap.intake import Report, loading, read_customers
from outcomegap.model import Measure
from tests.intake.models import model_of

KUNDE = {
    "id": "Kunde",
    "keep": ["CSM"],
    "measures": {
        "trained": {"column": "Trained?", "values": {"Yes": 1, "No": 0}},
        "rating": {"column": "Rating (1-5)", "missing": [0]},
        "reply": {"column": "Reply (h)", "decimal": ","},
    },
}
RATING = Measure("rating", low=1, high=5)
HEAD = "Kunde;Trained?;Rating (1-5);Reply (h);CSM"


def written(folder: Path, *rows: str, name: str = "kunden.csv", encoding: str = "utf-8-sig") -> Path:
    path = folder / name
    path.write_text("\r\n".join([HEAD, *rows, ""]), encoding=encoding)
    return path


def test_a_bom_semicolon_csv(tmp_path: Path) -> None:
    model = model_of("trained", RATING, "reply", inputs=KUNDE)
    found = read_customers(model, written(tmp_path, "Acme;Yes;0;12,5;Sara"))
    row = {name: found.frame[name].to_list()[0] for name in found.frame.columns}
    assert row["id"] == "Acme"
    assert row["trained"] == 1.0
    assert row["rating"] is None or math.isnan(row["rating"])
    assert row["reply"] == 12.5
    assert row["CSM"] == "Sara"
    assert found.rejects is None
    columns = {c["name"]: c for c in found.report}
    assert (columns["rating"]["present"], columns["rating"]["missing"], columns["rating"]["mapped"]) == (0, 1, 1)
    assert (columns["trained"]["present"], columns["trained"]["mapped"]) == (1, 1)


def test_an_unmapped_value_names_column_count_rows_and_accepted_values(tmp_path: Path) -> None:
    model = model_of("trained", RATING, "reply", inputs=KUNDE)
    path = written(tmp_path, "Acme;Yes;0;12,5;Sara", "Beta;Maybe;4;1;Sara", "Gamma;Maybe;4;1;Sara")
    with pytest.raises(DataError) as caught:
        read_customers(model, path)
    (problem,) = caught.value.problems
    assert (problem.rule, problem.column, problem.value) == ("unmapped-value", "Trained?", "Maybe")
    assert (problem.rows, problem.count) == ((1, 2), 2)
    assert "'Yes', 'No'" in problem.message


def test_every_problem_at_once(tmp_path: Path) -> None:
    model = model_of("trained", RATING, "reply", inputs=KUNDE)
    path = written(tmp_path, "Acme;yes;9;1;Sara", "Acme;No;;12.5;", ";Yes;5;1;")
    with pytest.raises(DataError) as caught:
        read_customers(model, path)
    told = {(p.rule, p.column): p for p in caught.value.problems}
    assert told["unmapped-value", "Trained?"].suggestion == "Yes"
    assert told["out-of-range", "rating"].value == 9.0
    assert "decimal" in told["not-a-number", "Reply (h)"].message
    assert told["missing-id", "Kunde"].rows == (2,)
    assert told["duplicate-id", "Kunde"].rows == (0, 1)


def test_set_aside_hands_on_the_rest_and_the_rejects(tmp_path: Path) -> None:
    model = model_of("trained", RATING, "reply", inputs=KUNDE)
    path = written(tmp_path, "Acme;Yes;4;1;Sara", "Beta;Maybe;9;1;Tom", "Gamma;No;5;2;Sara")
    found = read_customers(model, path, on_bad="set_aside")
    assert found.frame["id"].to_list() == ["Acme", "Gamma"]
    assert found.frame["reply"].to_list() == [1.0, 2.0]
    assert found.rejects["Kunde"].to_list() == ["Beta"]
    assert "Maybe" in found.rejects["problem"].to_list()[0]
    assert "above 5" in found.rejects["problem"].to_list()[0]
    assert (found.report.rows_in, found.report.rows_out, found.report.set_aside) == (3, 2, 1)
    assert len(found.report.problems) == 2
    assert "3 customers read, 2 handed on, 1 set aside" in str(found.report)


ACCOUNTS = {"account": ["A1", "A2", "B1"], "company": ["Acme", "Acme", "Beta"]}
TICKETS = {
    "account": ["A1", "A1", "A2", "A1", "Z9"],
    "at": ["2026-01-05", "2026-01-06", "2026-01-07T10:00:00", "2026-02-01", "2026-01-01"],
    "reply": [2.0, 6.0, 10.0, 100.0, 1.0],
}
HELP_DESK = {
    "id": "company",
    "tables": {
        "tickets": {"by": "account", "via": "accounts", "time": "at"},
        "accounts": {"by": "company"},
    },
    "measures": {
        "median_reply": {"table": "tickets", "aggregate": "median", "column": "reply"},
        "tickets": {"table": "tickets", "aggregate": "count"},
    },
}


def test_several_accounts_a_customer_and_what_no_event_means() -> None:
    model = model_of("median_reply", "tickets", inputs=HELP_DESK)
    tables = {"customers": {"company": ["Acme", "Beta"]}, "accounts": ACCOUNTS, "tickets": TICKETS}
    found = read_customers(model, tables, as_of="2026-02-01")
    np.testing.assert_array_equal(found.frame["median_reply"], [6.0, np.nan])
    np.testing.assert_array_equal(found.frame["tickets"], [3.0, 0.0])
    assert found.report.left_out == ("table 'tickets': 1 row at or after 2026-02-01 left out",)
    (finding,) = found.report.findings
    assert finding.rule == "no-customer"
    assert "1 of 4 rows" in finding.message


def test_without_inputs_a_table_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("id,zip,rating,mrr\n1,007,4,12.5\n2,010,,3\n")
    frame = read_customers(model_of(RATING), path).frame
    assert frame["rating"].to_list()[0] == 4.0
    assert frame["zip"].to_list() == ["007", "010"]
    assert frame["mrr"].to_list() == [12.5, 3.0]
    assert list(frame.columns) == ["id", "zip", "rating", "mrr"]


def test_a_missing_column_is_told_with_the_nearest_name() -> None:
    with pytest.raises(DataError) as caught:
        read_customers(model_of("rating"), {"Rating": [1.0]})
    assert caught.value.problems[0].suggestion == "Rating"


def test_a_cell_the_model_lacks_is_an_error_of_the_model() -> None:
    inputs = {"segment": {"column": "p", "values": {"startupp": ["Basic"]}}}
    with pytest.raises(ModelError, match=r"did you mean 'startup'"):
        read_customers(model_of("x", segments=["startup"], inputs=inputs), {"p": ["Basic"], "x": [1.0]})


SEGMENTED = {
    "segment": {
        "columns": ["type", "class"],
        "values": {"business": [["Business travel", "Business"]], "leisure": [["Personal Travel", "*"]]},
        "otherwise": "mixed",
    },
    "stage": {"column": "tenure", "bands": {"new": {"below": 3}, "grown": [3, 12], "old": [12]}},
}


def test_segments_of_several_columns_and_stages_of_bands() -> None:
    model = model_of("x", segments=["business", "leisure", "mixed"], stages=["new", "grown", "old"], inputs=SEGMENTED)
    data = {
        "type": ["Business travel", "Business travel", "Personal Travel", "Personal Travel"],
        "class": ["Business", "Eco", "Eco", None],
        "tenure": ["2.99", "3", "11.9", "12"],
        "x": [1, 1, 1, 1],
    }
    frame = read_customers(model, data).frame
    assert frame["segment"].tolist() == ["business", "mixed", "leisure", "leisure"]
    assert frame["stage"].tolist() == ["new", "grown", "grown", "old"]


def test_stages_of_dates() -> None:
    inputs = {
        "as_of": "2026-01-31",
        "stage": {"start": "since", "unit": "days", "bands": {"new": [0, 30], "old": [30]}},
    }
    model = model_of("x", stages=["new", "old"], inputs=inputs)
    frame = read_customers(model, {"since": ["2026-01-02", "2026-01-01"], "x": [1, 1]}).frame
    assert frame["stage"].tolist() == ["new", "old"]
    frame = read_customers(model, {"since": ["2026-01-02", "2026-01-01"], "x": [1, 1]}, as_of="2026-03-01").frame
    assert frame["stage"].tolist() == ["old", "old"]
    later = {"since": ["2026-01-02", "2026-02-01"], "x": [1, 1]}
    assert read_customers(model, later).frame["stage"].tolist() == ["new"]
    inputs = inputs | {"stage": inputs["stage"] | {"planned": True}}
    with pytest.raises(DataError, match="in none of the bands"):
        read_customers(model_of("x", stages=["new", "old"], inputs=inputs), later)


def test_a_moment_that_is_needed_must_be_said() -> None:
    model = model_of("age", inputs={"measures": {"age": {"start": "since"}}})
    with pytest.raises(DataError, match="moment of scoring"):
        read_customers(model, {"since": ["2026-01-02"]})
    assert read_customers(model, {"since": ["2026-01-02"]}, as_of="2026-01-04").frame["age"].tolist() == [2.0]


def test_expectations_become_findings_with_counts() -> None:
    inputs = HELP_DESK | {
        "expect": [
            {
                "table": "tickets",
                "earlier": ["customers", "signed"],
                "later": "at",
                "because": "tickets need a contract",
            },
            {"table": "tickets", "where": {"churned": ["True"]}, "at_most": 0},
            {"earlier": "signed", "later": "renews"},
            {"table": "tickets", "earlier": ["accounts", "opened"], "later": "at"},
        ]
    }
    customers = {
        "company": ["Acme", "Beta"],
        "signed": ["2026-01-06", "2026-01-01"],
        "renews": ["2025-01-01", None],
        "churned": ["True", "True"],
    }
    accounts = ACCOUNTS | {"opened": ["2026-03-01", "2025-01-01", "2025-01-01"]}
    tables = {"customers": customers, "accounts": accounts, "tickets": TICKETS}
    found = read_customers(model_of("tickets", inputs=inputs), tables)
    told = {f.where: f.message for f in found.report.findings}
    assert told["expect.0"].startswith("1 of 4 rows of 'tickets' (25.0 %) have at before customers.signed")
    assert told["expect.0"].endswith("(tickets need a contract)")
    assert told["expect.1"].startswith("1 of 2 customers with churned = True have more than 0 rows in 'tickets'")
    assert told["expect.2"].startswith("1 of 1 customer (100.0 %) have renews before signed")
    assert told["expect.3"].startswith("3 of 4 rows of 'tickets' (75.0 %) have at before accounts.opened")


def engines() -> list[Any]:
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    connection = duckdb.connect()

    def relation(data: dict[str, Any]) -> Any:
        name = f"t{abs(hash(str(data)))}"
        connection.register(name, pa.table(data))
        return connection.table(name)

    return [
        pytest.param(dict, id="dict"),
        pytest.param(lambda d: [dict(zip(d, r, strict=True)) for r in zip(*d.values(), strict=True)], id="records"),
        pytest.param(pl.DataFrame, id="polars"),
        pytest.param(pl.LazyFrame, id="polars-lazy"),
        pytest.param(pd.DataFrame, id="pandas"),
        pytest.param(pa.table, id="pyarrow"),
        pytest.param(lambda d: pa.table(d).to_pandas(types_mapper=pd.ArrowDtype), id="pandas-arrow"),
        pytest.param(relation, id="duckdb"),
    ]


@pytest.mark.parametrize("make", engines())
def test_every_engine_gives_the_same(make: Any) -> None:
    from outcomegap.frames import wrap

    model = model_of("median_reply", "tickets", inputs=HELP_DESK)
    tables = {"customers": {"company": ["Acme", "Beta"]}, "accounts": ACCOUNTS, "tickets": TICKETS}
    found = read_customers(model, {name: make(table) for name, table in tables.items()}, as_of="2026-02-01")
    table = wrap(found.frame)
    np.testing.assert_array_equal(table.floats("median_reply").values, [6.0, np.nan])
    np.testing.assert_array_equal(table.floats("tickets").values, [3.0, 0.0])
    assert table.kind == wrap(make(tables["customers"])).kind
    assert found.report.left_out == ("table 'tickets': 1 row at or after 2026-02-01 left out",)


@pytest.mark.parametrize("make", engines())
def test_bad_events_set_their_customers_aside(make: Any) -> None:
    from outcomegap.frames import wrap

    tickets = {"account": ["A1", "A1", "B1"], "at": ["2026-01-05"] * 3, "reply": ["2", "soon", "3,5"]}
    inputs = HELP_DESK | {"decimal": ","}
    model = model_of("median_reply", "tickets", inputs=inputs)
    tables = {"customers": {"company": ["Acme", "Beta"]}, "accounts": ACCOUNTS, "tickets": tickets}
    given = {name: make(table) for name, table in tables.items()}
    with pytest.raises(DataError) as caught:
        read_customers(model, given, as_of="2026-02-01")
    (problem,) = caught.value.problems
    assert (problem.column, problem.value, problem.rows, problem.count) == ("tickets.reply", "soon", (1,), 1)
    found = read_customers(model, given, as_of="2026-02-01", on_bad="set_aside")
    assert wrap(found.frame).values("id").tolist() == ["Beta"]
    assert wrap(found.frame).floats("median_reply").values.tolist() == [3.5]
    assert wrap(found.rejects).values("company").tolist() == ["Acme"]


def test_a_filter_that_fits_no_row_is_told() -> None:
    inputs = {"id": "i", "measures": {"n": {"table": "t", "aggregate": "count", "where": {"kind": "hgh"}}}}
    tables = {"customers": {"i": [1]}, "t": {"i": [1], "kind": ["high"]}}
    found = read_customers(model_of("n", inputs=inputs), tables)
    assert found.frame["n"].tolist() == [0.0]
    assert "did you mean 'high'" in found.report.findings[0].message


def test_the_report_is_ready_for_json(tmp_path: Path) -> None:
    import json

    model = model_of("trained", RATING, "reply", inputs=KUNDE)
    found = read_customers(model, written(tmp_path, "Acme;Yes;0;12,5;Sara"))
    assert json.loads(json.dumps(found.report.to_dict()))["columns"][0]["name"] == "trained"


def test_the_index_of_a_pandas_frame_means_nothing_and_stays() -> None:
    import pandas as pd

    customers = pd.DataFrame({"company": ["Acme", "Beta"]}, index=[7, 7])
    tickets = pd.DataFrame(TICKETS, index=[3, 1, 1, 0, 9])
    tables = {"customers": customers, "accounts": pd.DataFrame(ACCOUNTS, index=[5, 5, 5]), "tickets": tickets}
    found = read_customers(model_of("median_reply", "tickets", inputs=HELP_DESK), tables, as_of="2026-02-01").frame
    assert found.index.tolist() == [7, 7]
    np.testing.assert_array_equal(found["tickets"], [3.0, 0.0])
    direct = HELP_DESK | {"tables": {"tickets": {"by": "account", "time": "at"}}}
    customers = pd.DataFrame({"company": ["A2", "A1", "C"]}, index=[1, 0, 0])
    tables = {"customers": customers, "tickets": tickets}
    found = read_customers(model_of("median_reply", "tickets", inputs=direct), tables, as_of="2026-02-01").frame
    np.testing.assert_array_equal(found["tickets"], [1.0, 2.0, 0.0])
    np.testing.assert_array_equal(found["median_reply"], [10.0, 4.0, np.nan])


def test_problems_name_the_first_customers(tmp_path: Path) -> None:
    import outcomegap as og
    from outcomegap.frames import wrap

    model = og.OutcomeModel(
        "hours",
        desired_outcomes=[
            og.DesiredOutcome(
                og.RequiredOutcome("in use", needs=og.SuccessGap("used", og.Measure("h"), floor=0, target=10)),
                og.AppropriateExperience("how", expects=og.Expectation("fast", og.Measure("h"), floor=0, target=1)),
            )
        ],
    )
    rows = [f"X{n},{'many' if n % 2 else n}" for n in range(14)]
    for id_name, where in {
        "id": "X1, X3, X5, X7, X9, ...",
        "kunde": "line 3, line 5, line 7, line 9, line 11, ...",
    }.items():
        path = tmp_path / f"{id_name}.csv"
        path.write_text(f"{id_name},h\n" + "\n".join(rows) + "\n", encoding="utf-8")
        with pytest.raises(DataError) as caught:
            read_customers(model, path)
        assert f"(7 rows: {where})" in str(caught.value)
        assert caught.value.problems[0].rows == (1, 3, 5, 7, 9, 11, 13)
        aside = read_customers(model, path, on_bad="set_aside").rejects
        assert not any(where in text for text in wrap(aside).values("problem"))


# What the intake says of itself


def test_text_and_json() -> None:
    problem = Problem("out-of-range", "too much", column="x", value=float("inf"), rows=(1,), count=1)
    finding = Finding("contradiction", "expect.0", "1 of 2 rows", "warning")
    report = Report(2, 1, (), (problem,), (finding,), ("later",))
    text = str(report)
    for part in (
        "2 customers read, 1 handed on, 1 set aside",
        "problem: too much",
        "\nwarning: expect.0",
        "note: later",
    ):
        assert part in text
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["problems"][0]["value"] == "inf"


# Raw tables of any kind, opened for an engine; and what happens where there is no engine


COUNT = {"id": "id", "measures": {"n": {"table": "t", "aggregate": "sum", "column": "x"}}}


def test_pandas_columns_of_objects() -> None:
    events = pd.DataFrame(
        {
            "id": ["a", "a", "b"],
            "x": pd.Series([1, "2,5", None], dtype=object),
            "at": pd.Series([dt.date(2026, 1, 1), None, dt.date(2026, 1, 3)], dtype=object),
        }
    )
    inputs = COUNT | {"decimal": ",", "tables": {"t": {"time": "at"}}}
    found = read_customers(model_of("n", inputs=inputs), {"customers": {"id": ["a", "b"]}, "t": events})
    np.testing.assert_array_equal(found.frame["n"], [3.5, np.nan])
    found = read_customers(
        model_of("n", inputs=inputs), {"customers": {"id": ["a", "b"]}, "t": events}, as_of="2026-01-03"
    )
    np.testing.assert_array_equal(found.frame["n"], [1.0, 0.0])
    assert found.report.left_out == (
        "table 't': 1 row at or after 2026-01-03 left out",
        "table 't': 1 row without a at left out",
    )


def test_without_any_library_customers_and_events_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(loading, "best_library", lambda: "dict")
    (tmp_path / "c.csv").write_text("id,x\na,1\nb,\n")
    found = read_customers(model_of("x", inputs={"id": "id"}), tmp_path / "c.csv")
    assert isinstance(found.frame, dict)
    np.testing.assert_array_equal(found.frame["x"], [1.0, np.nan])
    (tmp_path / "t.csv").write_text("id,x\na,1\n")
    found = read_customers(model_of("n", inputs=COUNT), {"customers": tmp_path / "c.csv", "t": tmp_path / "t.csv"})
    np.testing.assert_array_equal(found.frame["n"], [1.0, 0.0])


def test_no_rows_at_all(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,x\n")
    (tmp_path / "t.csv").write_text("id,x\n")
    found = read_customers(model_of("n", "x", inputs=COUNT), tmp_path)
    assert found.frame.shape == (0, 3)
    assert found.report.rows_in == 0


def test_what_is_no_frame_or_has_two_columns_of_one_name() -> None:
    with pytest.raises(DataError):
        read_customers(model_of("x"), 5)
    with pytest.raises(DataError, match="'x'"):
        read_customers(model_of("x"), pd.DataFrame([[1, 2]], columns=["x", "x"]))


def test_names_that_clash_are_told() -> None:
    inputs = {"id": "a", "keep": {"x": "b"}}
    with pytest.raises(DataError, match="column of the result already"):
        read_customers(model_of("x", inputs=inputs), {"a": ["1"], "b": ["2"], "x": [1.0]})
    with pytest.raises(DataError, match="call the measure something else"):
        read_customers(model_of("id", inputs={"id": "a"}), {"a": ["1"], "id": [1.0]})


def test_a_missing_id_column_hides_nothing_else() -> None:
    with pytest.raises(DataError) as caught:
        read_customers(model_of("n", "y", inputs=COUNT), {"customers": {"idd": ["a"]}, "t": {"id": ["a"], "x": [1]}})
    assert {p.column for p in caught.value.problems} == {"id", "y"}
    assert caught.value.problems[0].suggestion == "idd"
