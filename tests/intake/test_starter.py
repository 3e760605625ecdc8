"""Starter models: each passes check and scores the very table it was made from, however odd that is."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st

import outcomegap as og
from outcomegap.intake.starter import starter_model

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


def scored(source: Any, **options: Any) -> tuple[str, og.OutcomeModel, og.Scores]:
    """A starter model made, checked, and used at once on the same table, with nobody set aside."""
    text = starter_model(source, **options)
    model = og.loads(text)
    assert {finding.rule for finding in og.check(model)} <= {"direction-unknown"}
    customers = og.read_customers(model, source)
    assert customers.report.set_aside == 0
    assert {finding.rule for finding in customers.report.findings} <= {
        "doubtful-row",
        "written-alike",
    }  # of odd files and ids
    scores = og.Scorer(model).score(customers.frame)
    assert len(scores) == customers.report.rows_in
    return text, model, scores


def step(model: og.OutcomeModel, measure: str) -> Any:
    (found,) = [step for step in model.steps if step.measure.name == measure]
    return found


# Real tables


def test_airline(shared_data: Path) -> None:
    text, model, scores = scored(shared_data / "airline.csv.gz")
    assert model.name == "airline"
    assert model.segment_names == ("Business", "Eco", "Eco Plus")
    assert model.inputs is not None
    assert model.inputs.id == "id"
    names = {measure.name for measure in model.measures}
    assert "satisfaction" not in names  # the answer itself
    assert "age" not in names
    rated = step(model, "cleanliness")
    assert (rated.measure.low, rated.measure.high, rated.floor, rated.target) == (1, 5, 1, 4)
    assert model.inputs.measures["cleanliness"].missing == (0,)
    assert "baggage_handling" not in model.inputs.measures  # it holds no 0
    late = step(model, "arrival_delay_in_minutes")
    assert (late.floor, late.target, late.measure.unit) == (44, 0, "min")
    # 0 is a delay like any other
    assert "arrival_delay_in_minutes" not in model.inputs.measures
    assert '"satisfaction": looks like the answer itself' in text
    assert 0 < np.nanmean(scores.desired) < 1


def test_telco(shared_data: Path) -> None:
    text, model, scores = scored(shared_data / "telco.csv.gz")
    assert set(model.segment_names) == {"Month-to-Month", "One Year", "Two Year"}
    assert model.stage_names == ("first quarter", "first year", "established")
    assert model.inputs is not None
    assert model.inputs.id == "customer_id"
    names = {measure.name for measure in model.measures}
    for label in ("satisfaction_score", "customer_status", "churn_label", "churn_value", "churn_score"):
        assert label not in names
        assert f'#   "{label}": looks like the answer itself' in text
    assert dict(model.inputs.measures["online_security"].values or {}) == {"Yes": 1, "No": 0}
    assert step(model, "monthly_charge").better == "unknown"  # a large contract, or an expensive one
    assert "total_revenue" in model.inputs.keep
    assert 0 < np.nanmean(scores.desired) < 1


@pytest.mark.parametrize("table", ["accounts", "subscriptions", "feature_usage", "support_tickets", "churn_events"])
def test_ravenstack(shared_data: Path, table: str) -> None:
    scored(shared_data / f"ravenstack_{table}.csv.gz")


@pytest.mark.parametrize("table", ["cdnow_summary.csv", "ecsi_mobile.csv", "kano_ecash_respondents.csv.gz"])
def test_other_tables(shared_data: Path, table: str) -> None:
    scored(shared_data / table)


# What is written


def uncommented(text: str, *starts: str) -> str:
    """The model file with the comments that begin so as lines of the model."""
    lines = text.splitlines()
    return "\n".join(
        line.removeprefix("# ") if line.startswith(tuple(f"# {one}" for one in starts)) else line for line in lines
    )


@pytest.mark.parametrize("written", ["%Y-%m-%d", "%d.%m.%Y"])
@pytest.mark.parametrize("further", [False, True])
@pytest.mark.parametrize("who", ["account", "of"])
def test_each_commented_line_works_where_it_stands(who: str, further: bool, written: str) -> None:
    days = [(dt.date(2024, 1, 5) + dt.timedelta(40 * n)).strftime(written) for n in range(20)]
    table = {who: [f"A{n}" if who == "account" else "A" for n in range(20)], "signed": days}
    table |= {
        "cancelled on": [*days[9:13], *[None] * 16],
        "type": ["paying", "test"] * 10,
        "seats": [n * 7 % 20 for n in range(20)],
    }
    events = {"who": table[who] * 2, "day": [*days, *days]}
    text = starter_model(table, tables={"logins": events} if further else None)
    model = og.loads(text)
    names = {step.name for step in model.steps}
    blocks = [
        ("as_of =",),
        ("stages =", "as_of =", "stage ="),
        ("[inputs.tables.customers]", "until =", "date_format ="),
        ("id =",),
    ]
    blocks.append(("[inputs.tables.customers]", "leave_out ="))
    for block in (*blocks, tuple({start for each in blocks for start in each if start != "id ="})):
        asked = og.loads(uncommented(text, *block))
        assert {finding.rule for finding in og.check(asked)} <= {"direction-unknown"}
        assert {step.name for step in asked.steps} == names
        assert len(asked.stages) == (3 if "stage =" in block else 0)
    assert asked.inputs is not None
    assert asked.inputs.tables["customers"].until == "cancelled on"
    assert dict(asked.inputs.tables["customers"].leave_out) == {"type": ("test",)}
    assert text.count("as_of =") == 1
    for wanted in (text, uncommented(text, "stages =", "as_of =", "stage =")):
        read = og.read_customers(og.loads(wanted), table, tables={"logins": events} if further else None)
        assert not read.report.problems
        assert read.report.rows_in == 20


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("Kündigung zum", ["2025-10-01", None, None, "2025-12-01"], '# until = "Kündigung zum"'),
        ("date de résiliation", ["2025-10-01", None, None, "2025-12-01"], '# until = "date de résiliation"'),
        ("renewal date", ["2026-10-01", None, None, "2026-12-01"], None),
        ("état", ["actif", "résilié", "actif", "ancien client"], '"résilié", "ancien client"'),
        ("is_demo", ["no", "yes", "no", "no"], '# leave_out = { is_demo = ["yes"] }'),
        ("region", ["International", "North", "North", "International"], None),
    ],
)
def test_who_left_or_is_a_test_may_be_left_out(name: str, values: list[str | None], says: str | None) -> None:
    text = starter_model({"account": list("abcd"), name: values, "logins": [3, 1, 8, 2], "tickets": [1, 2, 0, 3]})
    assert ("# [inputs.tables.customers]" in text) == (says is not None)
    assert (says or "schema_version") in text
    assert f'start = "{name}", unit = "months"' not in text  # no stages from it


def test_a_step_on_both_sides_says_why() -> None:
    text = starter_model({"account": list("abcd"), "seats": [3, 1, 8, 2]})
    assert {step.name for step in og.loads(text).steps} == {"seats", "seats (experience)"}
    assert '[expectations."seats (experience)"]\n# It is measured above as well' in text


# What is guessed


def test_a_german_table_with_decimal_commas(tmp_path: Path) -> None:
    path = tmp_path / "kunden.csv"
    rows = ["Kunde;Trained?;Rating (1-5);Reply (h);CSM", "Acme;Yes;0;12,5;Sara", "Beta;No;4;3,0;Tom"]
    path.write_text("\r\n".join(rows), encoding="utf-8-sig")
    _, model, scores = scored(path)
    assert model.name == "kunden"
    assert model.inputs is not None
    assert model.inputs.id == "Kunde"
    assert list(model.inputs.keep) == ["CSM"]
    assert {measure.name for measure in model.measures} == {"trained", "rating_1_5", "reply_h"}
    assert scores.table.values("reply_h").tolist() == [12.5, 3.0]
    assert scores.table.values("trained").tolist() == [1.0, 0.0]
    rating = step(model, "rating_1_5").measure
    assert (rating.low, rating.high) == (1, 5)
    np.testing.assert_array_equal(scores.table.values("rating_1_5").astype(float), [np.nan, 4.0])


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        (["1,234.5", "2,000", "n/a"], [1234.5, 2000.0, np.nan]),
        (["1.234,5", "2.000,25", "-"], [1234.5, 2000.25, np.nan]),
        (["12 %", "99.5%", ""], [12.0, 99.5, np.nan]),
        (["\u06f1\u06f2\u066b\u06f5", "\u06f3", "7"], [12.5, 3.0, 7.0]),
        (["1 234,5", "2 000", "3"], [1234.5, 2000.0, 3.0]),
        (["yes", "No", "no internet service"], [1.0, 0.0, 0.0]),
    ],
)
def test_numbers_however_written(written: list[str], numbers: list[float]) -> None:
    _, model, scores = scored({"customer": ["a", "b", "c"], "x": written})
    np.testing.assert_array_equal(scores.table.values("x"), numbers)
    (only,) = model.measures
    assert only.low == 0
    assert only.high == {"12 %": 100, "yes": 1}.get(written[0])


@pytest.mark.parametrize(
    ("beside", "contacts", "said"),
    [
        (["1.5", "2"], [2.45, 12.0], '"2.450" is 2.45'),  # nothing tells; what was guessed is told
        (["1,5", "2"], [2450.0, 12000.0], '"2.450" is 2450'),  # the table writes decimal commas
    ],
)
def test_a_mark_that_may_be_either_is_read_as_in_the_rest_of_the_table(beside: Any, contacts: Any, said: str) -> None:
    text, _, scores = scored({"contacts": ["2.450", "12.000"], "reply": beside})
    assert scores.table.values("contacts").tolist() == contacts
    assert f"# guess: {said}; if not, say decimal or thousands" in text


@pytest.mark.parametrize("written", [["2.4501", "12.000"], ["0.123", "1.234"], ["1.234", "1.234.567"], ["12", "13"]])
def test_a_mark_that_can_be_one_thing_only(written: list[str]) -> None:
    text, _, _ = scored({"contacts": written, "reply": ["1", "2"]})
    assert "if not, say decimal" not in text


@pytest.mark.parametrize(
    ("zeros", "ones", "name", "code"),
    [
        (1, 3, "ease of use", True),  # fewer than gave the lowest answer
        (9, 3, "ease of use", False),  # so many that it may well be an answer, or a count
        (1, 3, "number of calls", False),  # a count, whatever it looks like
        (1, 3, "seats", False),  # one column like that is no questionnaire
    ],
)
def test_zero_is_no_answer_only_where_it_looks_like_a_code(zeros: int, ones: int, name: str, code: bool) -> None:
    values = [0] * zeros + [1] * ones + [2, 3, 3, 4, 4, 4, 5, 5]
    text, model, scores = scored({name: values})
    assert ("0 is no answer" in text) == code
    assert (f"# 0 stands in {zeros} of" in text) == (name == "ease of use" and not code)  # it asks
    assert (np.isnan(scores.table.values(model.measures[0].name)).sum() == zeros) == code
    assert (model.measures[0].high == 5) == code


def test_zero_to_ten_is_a_scale_of_its_own() -> None:
    _, model, _ = scored({"survey score": list(range(11)) * 2})
    assert (model.measures[0].low, model.measures[0].high) == (0, 10)
    assert model.inputs is not None
    assert model.inputs.measures["survey_score"].missing is None


def test_directions_units_and_places() -> None:
    table = {
        "id": list("abcdefghij"),
        "first_reply_hours": range(10),
        "usageHours": range(10),
        "open_tickets": range(10),
        "list_size": range(10),
        "uptime_share": [0.9 + i / 100 for i in range(10)],
    }
    text, model, _ = scored({name: list(values) for name, values in table.items()})
    down = {measure.name: step(model, measure.name) for measure in model.measures}
    assert {name: one.floor > one.target for name, one in down.items()} == {
        "first_reply_hours": True,
        "usageHours": False,
        "open_tickets": True,
        "list_size": False,
        "uptime_share": False,
    }
    assert {name: one.kind for name, one in down.items()} == {
        "first_reply_hours": "expectation",
        "usageHours": "gap",
        "open_tickets": "expectation",
        "list_size": "gap",
        "uptime_share": "function",
    }
    assert down["first_reply_hours"].measure.unit == "h"
    assert down["uptime_share"].measure.high == 1
    assert (down["list_size"].floor, down["list_size"].target) == (0, 7)  # 10 % and 75 %
    assert (down["open_tickets"].floor, down["open_tickets"].target) == (
        9,
        2,
    )  # a tenth at or above, a quarter at or below
    for line in text.splitlines():
        if re.match(r"(floor|target|low|high|unit) = ", line):
            assert "# guess" in line


def test_segments_and_stages_as_the_user_says() -> None:
    table = {
        "who": list("abcdefgh"),
        "plan": ["pro", "basic"] * 4,
        "region": ["n", "s", "s", "s", None, "n", "a/b", " n "],
        "seats": list(range(8)),
        "spend": [10.0 * i for i in range(8)],
    }
    _, model, _ = scored(table)
    assert model.segment_names == ("basic", "pro")
    _, model, scores = scored(table, segment="region", stage="spend", name="mine", id="who")
    assert model.name == "mine"
    assert model.segment_names == ("s", "n", "a-b", "unknown")
    assert model.stage_names == ("early", "middle", "late")
    cells = [model.cells[number] for number in scores.cell]
    assert [cell.segment for cell in cells] == ["n", "s", "s", "s", "unknown", "n", "a-b", "n"]
    assert [cell.stage for cell in cells] == ["early", "early", "middle", "middle", "middle", "late", "late", "late"]
    assert "spend" not in {measure.name for measure in model.measures}


def test_tenure_with_holes_and_commas(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('account_id;tenure_months;seats\na;"2,5";3\nb;;4\nc;13;5\nd;4;9\n')
    _, model, scores = scored(path)
    cells = [model.cells[number] for number in scores.cell]
    assert [cell.stage for cell in cells] == ["first quarter", "unknown", "established", "first year"]


TYPED: dict[str, list[Any]] = {
    "account": ["a", "b", "c", "d"],
    "plan": ["x", "y", "x", "y"],
    "seats": [1, None, 3, 4],
    "active": [True, False, None, True],
    "since": [dt.datetime(2024, 1, day) for day in range(1, 5)],
    "amount": [decimal.Decimal("1.5"), None, decimal.Decimal(2), decimal.Decimal(9)],
}


@pytest.mark.parametrize("kind", ["pandas", "polars", "lazy", "pyarrow", "records", "dict"])
def test_frames_of_every_kind(kind: str) -> None:
    import pandas as pd
    import polars as pl

    polars = pl.DataFrame(TYPED).with_columns(pl.col("plan").cast(pl.Categorical))
    made: dict[str, Any] = {
        "pandas": pd.DataFrame(TYPED).astype({"plan": "category", "seats": "Int64"}),
        "polars": polars,
        "lazy": polars.lazy(),
        "pyarrow": pl.DataFrame(TYPED).to_arrow(),
        "records": [dict(zip(TYPED, row, strict=True)) for row in zip(*TYPED.values(), strict=True)],
        "dict": TYPED,
    }
    _, model, scores = scored(made[kind])
    assert [measure.name for measure in model.measures] == ["seats", "active", "amount"]
    assert model.segment_names == ("x", "y")
    np.testing.assert_allclose(scores.desired, [0, np.nan, 7 / 180, 1], atol=1e-12)


# What cannot be


@pytest.mark.parametrize(
    ("table", "options", "rule", "says"),
    [
        ({"a": ["x", "y"], "b": ["2026-01-01", "2026-01-02"]}, {}, "nothing-to-measure", "'b': a date"),
        ({"churned": [0, 1], "age": [30, 40]}, {}, "nothing-to-measure", "looks like the answer itself"),
        ({"a": [None, None]}, {}, "nothing-to-measure", "empty in every row"),
        ({"a": []}, {}, "no-rows", "no row"),
        ({"seats": [1, 2]}, {"segment": "pla"}, "missing-column", "segment = 'pla'"),
        ({"seats": [1, 2], "plan": ["a", "b"]}, {"stage": "plam"}, "missing-column", "did you mean 'plan'?"),
        ({"seats": [1, 2], "who": ["a", "a"]}, {"id": "who"}, "duplicate-id", "names 1 customers in 2 rows"),
        ({"seats": [1, 2], "d": ["2026-01-01", None]}, {"stage": "d"}, "no-stage", "holds dates"),
        ({"seats": [1, 2], "d": ["*", "a"]}, {"segment": "d"}, "no-segment", "'*'"),
        ({"seats": list(range(99)), "d": [f"c{i}" for i in range(99)]}, {"segment": "d"}, "no-segment", "99 different"),
    ],
)
def test_what_cannot_be_is_said(table: Any, options: Any, rule: str, says: str) -> None:
    with pytest.raises(og.DataError) as caught:
        starter_model(table, **options)
    assert caught.value.problems[0].rule == rule
    assert says in str(caught.value)


def test_a_folder_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(og.DataError) as caught:
        starter_model(tmp_path)
    assert caught.value.problems[0].rule == "missing-table"
    with pytest.raises(og.DataError, match="no such file"):
        starter_model(tmp_path / "nowhere.csv")


# Odd tables

ODD = [
    'a"b',
    "a'b",
    "a.b",
    "a b",
    " a ",
    "[x]",
    "{x}",
    "#",
    "=",
    "a\nb",
    "a\\b",
    "\u00fc\u4e2d",
    "\u0631\u0636",
    "\U0001f600",
]
ODD += ["id", "segment", "stage", "goal", "measure", "step", "___", "tenure", "plan", "status", "score (1-5)", "\x7f"]
ODD += ["the product does its part", "number_of_x", "hours", "True", "1", "renewal", "mrr", "a_b", "A B", "a-b"]
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6)
names = st.sampled_from(ODD) | texts
numbers = (
    st.integers(-5, 12) | st.floats(allow_nan=False, allow_infinity=False) | st.floats(0, 1).map(lambda x: round(x, 2))
)
german = st.decimals(0, 5000, places=1).map(lambda x: f"{x:,}".translate(str.maketrans(",.", ".,")))
flags = st.sampled_from(["Yes", "No", "no", "n/a", "No service", None])
few = st.sampled_from(["basic", "pro", "Pro ", "a/b", "*", "default", "unknown", None, ""])
dates = st.dates().map(str)
codes = st.sampled_from(["1", "2", "3.5", "n/a", "-", None])


@st.composite
def tables(draw: Any) -> dict[str, list[Any]]:
    rows = draw(st.integers(1, 12))
    kinds = [
        numbers,
        numbers,
        st.integers(0, 5),
        st.integers(1, 10),
        numbers.map(str),
        german,
        flags,
        few,
        texts,
        dates,
    ]
    kinds += [codes, st.none(), st.booleans(), st.just(3), st.none() | numbers, st.just("7 %"), st.integers(0, 1)]
    columns: dict[str, list[Any]] = {}
    for name in draw(st.lists(names, min_size=1, max_size=6, unique=True)):
        values = st.lists(draw(st.sampled_from(kinds)), min_size=rows, max_size=rows)
        unique = st.just([f"c{i}" for i in range(rows)])
        columns[name] = draw(values | unique)
    return columns


@given(table=tables())
@settings(max_examples=120, deadline=None, suppress_health_check=SLOW)
def test_odd_tables(table: dict[str, list[Any]]) -> None:
    try:
        text = starter_model(table)
    except og.DataError as error:
        if [problem.rule for problem in error.problems] != ["nothing-to-measure"]:
            raise
        return
    again, model, _ = scored(table)
    assert og.loads(og.dumps(model)) == model
    assert text == again


@given(table=tables(), separator=st.sampled_from(",;\t"))
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_odd_files(table: dict[str, list[Any]], separator: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    assume(not any(char in name for name in table for char in "\r\n"))  # a heading of two lines
    assume(len(table) > 1 or separator == ",")  # one column shows no separator
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))
    try:
        starter_model(path)
    except og.DataError as error:
        if not {problem.rule for problem in error.problems} <= {"nothing-to-measure", "unreadable-file", "no-rows"}:
            raise
        return
    scored(path)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Shipments (last 90 days)", None),
        ("Logins last 4 weeks", "logins"),
        ("Orders per hour", "orders"),
        ("Tickets in 24 hours", "tickets"),
        ("Reply hours (last 30 days)", "h"),
        ("Anrufe pro Stunden", None),
        ("Active days past 30 days", "d"),
        ("Visits each week", "visits"),
        ("Time to first reply in hours", "h"),
        ("days since last order", "d"),
        ("Top 5 users", "users"),
    ],
)
def test_when_it_was_counted_is_no_unit(name: str, unit: str | None) -> None:
    table = {"account": list("abcd"), name: [3, 1, 8, 2], "seats": [1, 2, 0, 3]}
    model = og.loads(starter_model(table))
    assert unit == next(one.unit for one in model.measures if one.name != "seats")


def test_a_date_of_leaving_takes_the_place_of_a_flag_of_it() -> None:
    table = {"account": list("abcd"), "churned": ["no", "yes", "no", "no"], "logins": [3, 1, 8, 2]}
    text = starter_model(table)
    assert '# leave_out = { churned = ["yes"] }' in text
    text = starter_model(table | {"cancelled on": [None, "2026-01-03", None, None], "demo": ["no", "no", "no", "yes"]})
    assert '# until = "cancelled on"' in text
    assert '# leave_out = { demo = ["yes"] }  # who is there for a test; who left, until tells' in text


@pytest.mark.parametrize("texts", [["Customer", "Test"], ["Kunde", "Testkunde"], ["live", "Sandbox"]])
def test_a_column_that_tells_test_accounts_is_no_stage(texts: list[str]) -> None:
    table = {"account": list("abcd"), "Lifecycle stage": [*texts, texts[0], texts[0]], "logins": [3, 1, 8, 2]}
    text = starter_model(table)
    assert not og.loads(text).stages
    assert f'"Lifecycle stage" = ["{texts[1]}"]' in text
    known = starter_model(table | {"Lifecycle stage": ["trial", "new", "established", "new"]})
    assert og.loads(known).stage_names == ("established", "new", "trial")


def test_a_code_for_no_answer_has_a_stage_of_its_own() -> None:
    table = {"account": [f"c{n}" for n in range(24)], "tenure": [*map(str, range(23)), "n/a"], "logins": [5, 1, 9] * 8}
    _, model, _ = scored(table)
    assert model.stage_names[-1] == "unknown"


@pytest.mark.parametrize("name", ["Credit notes (YTD)", "Refunds", "Balance", "Fees", "Kosten"])
@pytest.mark.parametrize("sign", ["$", ""])
def test_money_of_both_signs_has_no_direction_and_a_dash_is_asked_about(name: str, sign: str) -> None:
    amounts = [f"{sign}(242.00)", f"{sign}10.00", "-", f"{sign}(3.50)", f"{sign}88.00", f"{sign}7.00"]
    text = starter_model({"account": list("abcdef"), name: amounts, "logins": [3, 1, 8, 2, 9, 4]})
    (money,) = [one for one in og.loads(text).steps if one.measure.name != "logins"]
    assert money.better == "unknown"
    assert '# "-" is taken for no answer; in accounts it may mean 0.' in text


@pytest.mark.parametrize(
    "answers",
    [
        ["Very hard", "Easy", "Very easy"],
        ["Strongly disagree", "Neutral", "Agree"],
        ["never", "sometimes", "always"],
        ["sehr unzufrieden", "zufrieden", "sehr zufrieden"],
        ["jamais", "souvent", "toujours"],
        ["Totalmente en desacuerdo", "De acuerdo", "Totalmente de acuerdo"],
    ],
)
def test_a_scale_in_words_is_no_segment_and_its_line_is_offered(answers: list[str]) -> None:
    table = {"account": list("abcdefg"), "Class of setup": [*answers, *answers, "n/a"], "logins": [3, 1, 8, 2, 9, 4, 7]}
    text = starter_model(table)
    model = og.loads(text)
    assert model.inputs is not None
    assert model.inputs.segment is None
    advice = re.search(r"a scale in words; a measure with (.*) in \[inputs.measures\]", text)
    assert advice is not None
    held = text.replace("# Columns that are not measured:", "[inputs.measures]\nlogins = " + advice[1])
    read = og.read_customers(og.loads(held), table)
    points = np.asarray(read.frame["logins"], dtype=float)
    assert points[0] < points[1] < points[2]
    assert np.isnan(points[6])
