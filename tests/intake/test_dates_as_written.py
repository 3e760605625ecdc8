"""Dates as form, ticket and log tools write them, and codes that mean no date."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import outcomegap as og
from outcomegap.frames import wrap
from outcomegap.intake.moments import DateReader, read_moments
from outcomegap.intake.reader import Read

LIBRARIES = [dict, pl.DataFrame, pd.DataFrame, pa.table]
MODEL = """
schema_version = 1
name = "quiet"
stages = ["new", "old"]
[measures.quiet]
[measures.ease]
[gaps."in touch"]
measure = "quiet"
floor = 90
target = 0
[expectations.easy]
measure = "ease"
floor = 1
target = 5
[[desired_outcomes]]
required = { name = "in touch", of = "in touch" }
experience = { name = "how", of = "easy" }
[inputs]
id = "id"
as_of = 2026-03-01
"""


def dates(column: list[Any], form: str | None = None, missing: tuple[Any, ...] = (), make: Any = dict) -> Read:
    return read_moments(wrap(make({"x": column})), "x", DateReader(form, missing))


def right(found: Read, wanted: list[str | None]) -> None:
    assert found.wrong == {}
    np.testing.assert_array_equal(found.values, np.array([text or "NaT" for text in wanted], dtype="M8[us]"))


@pytest.mark.parametrize("make", LIBRARIES)
@pytest.mark.parametrize(
    ("column", "form", "wanted"),
    [
        (["1767225600", "1767312000.5", None], "seconds", ["2026-01-01", "2026-01-02T00:00:00.5", None]),
        ([1767225600, 1767312000, None], "seconds", ["2026-01-01", "2026-01-02", None]),
        ([1767225600.25, float("nan")], "seconds", ["2026-01-01T00:00:00.25", None]),
        (["1767225600123", "-1"], "milliseconds", ["2026-01-01T00:00:00.123", "1969-12-31T23:59:59.999"]),
        ([1.5, -3.0, None], "days", ["1970-01-02T12", "1969-12-29", None]),
        (["60", "0", ""], "days", ["1970-03-02", "1970-01-01", None]),
        (
            ["2026/01/05 1:07:29 PM GMT+2", "2026/01/06 12:15:00 AM GMT+1", "2026/01/06 12:15:00 a.m."],
            "%Y/%m/%d %I:%M:%S %p",
            ["2026-01-05T11:07:29", "2026-01-05T23:15", "2026-01-06T00:15"],
        ),
        (["05.01.2026 09:07 UTC+02:00", "05.01.2026 09:07"], "%d.%m.%Y %H:%M", ["2026-01-05T07:07", "2026-01-05T09:07"]),
        (["05.01.2026 09:07:29.250", "05.01.2026 09:07:29,5Z"], "%d.%m.%Y %H:%M:%S", ["2026-01-05T09:07:29.25", "2026-01-05T09:07:29.5"]),
        (
            ["Mon Jan 05 2026 11:07:29 GMT+0200 (Central European Time)", "Mon Jan 05 2026 11:07:29 GMT-0530"],
            "%a %b %d %Y %H:%M:%S",
            ["2026-01-05T09:07:29", "2026-01-05T16:37:29"],
        ),
        (["1/5/26, 9:07\u202fPM", "1/5/26, 9:07 am"], "%m/%d/%y, %I:%M %p", ["2026-01-05T21:07", "2026-01-05T09:07"]),
        (
            ["2026-01-05T09:07:29.123Z", "2026-01-05 09:07:29 UTC", "2026-01-05T09:07:29+0200", "2026-01-05 11:07 GMT+2"],
            None,
            ["2026-01-05T09:07:29.123", "2026-01-05T09:07:29", "2026-01-05T07:07:29", "2026-01-05T09:07"],
        ),
        (["05-02-2026"], "%d-%m-%Y", ["2026-02-05"]),
        (["05.01.2026 11:07 (UTC+2)", "05.01.2026 11:07 GMT +0200"], "%d.%m.%Y %H:%M", ["2026-01-05T09:07"] * 2),
        (["2026-01-05T11:07:29+02:00[Europe/Berlin]", "2026-01-05T09:07:29Z[UTC]"], None, ["2026-01-05T09:07:29"] * 2),
        ([20260105, None], "%Y%m%d", ["2026-01-05", None]),
    ],
)  # fmt: skip
def test_moments_as_tools_write_them(make: Any, column: list[Any], form: str | None, wanted: list[str | None]) -> None:
    right(dates(column, form, make=make), wanted)


@pytest.mark.parametrize(
    ("text", "form", "why"),
    [
        ("1767225600", None, 'date_format = "seconds" reads it'),
        ("46023", None, '"seconds", "milliseconds" or "days"'),  # a workbook's number of a day is not guessed
        ("02-05-2021", None, '"%d-%m-%Y" or date_format = "%m-%d-%Y" reads it; which comes first'),
        ("2/5/2021 10:00", None, '"%d/%m/%Y %H:%M" or date_format = "%m/%d/%Y %H:%M"'),
        ("2026-01-05 10:00 CET", None, "date_format"),
        ("2026-01-05 10:00 (CET)", None, "date_format"),
        ("2026-01-05 10:00+02:00 GMT+2", None, "date_format"),
        ("2026-01-05 10:00 GMT+20", None, "date_format"),
        ("5.1.2026", "%Y-%m-%d", '"%d.%m.%Y" or date_format = "%m.%d.%Y"'),
        ("1767225600123", "seconds", 'date_format = "milliseconds"'),
        (1767225600, "days", 'date_format = "seconds"'),
        ("1767225600123456", "milliseconds", "in 'milliseconds'"),
        ("soon", "days", "in 'days'"),
        (5, None, '"days"'),
    ],
)
def test_what_is_no_date_says_what_would_help(text: Any, form: str | None, why: str) -> None:
    for make in (dict, pl.DataFrame):
        found = dates([text], form, make=make)
        assert list(found.wrong) == [0]
        assert why in DateReader(form).none_of(found.raw.values, 0)


@pytest.mark.parametrize("make", LIBRARIES)
def test_codes_that_mean_no_date(make: Any) -> None:
    column = ["02/15/2026", "1/0/1900", "never", "01/01/1900", None]
    right(dates(column, "%m/%d/%Y", ("1/0/1900", "never", "1900-01-01"), make), ["2026-02-15", None, None, None, None])
    typed = [dt.datetime(1900, 1, 1), dt.datetime(2026, 1, 1), None]
    right(dates(typed, None, ("1900-01-01",), make), [None, "2026-01-01", None])
    right(dates(["9999-12-31", "2026-01-01"], None, ("9999-12-31",), make), [None, "2026-01-01"])
    right(dates(["0", "-1", "86400"], "seconds", (0.0, -1), make), [None, None, "1970-01-02"])
    right(dates([0, 86400], "seconds", ("0",), make), [None, "1970-01-02"])


CUSTOMERS = {
    "id": ["A", "B", "C"],
    "ease": [4, 5, "never"],
    "stage": ["new"] * 3,
    "start": ["2026-02-01", "never", "2025-02-01"],
}
EVENTS = {
    "id": ["A", "A", "B", "B", "C"],
    "at": ["2026-02-01", "never", "never", "2026-02-19", "never"],
    "n": [1, 2, 3, 4, 5],
}


def read(lines: str) -> Any:
    return og.read_customers(og.loads(MODEL + lines), {"customers": CUSTOMERS, "calls": EVENTS})


@pytest.mark.parametrize(
    ("aggregate", "wanted"),
    [
        ("time_since", [28, 10, None]),
        ("time_since_first", [28, 10, None]),
        ("latest", [1, 4, None]),
        ("first", [1, 4, None]),
    ],
)
def test_codes_act_on_the_times_of_events(aggregate: str, wanted: list[float | None]) -> None:
    column = "" if aggregate.startswith("time") else 'column = "n"\n'
    for where in ("[inputs]", "own"):
        common = 'missing = ["never"]\n' if where == "[inputs]" else '[inputs.measures.ease]\nmissing = ["never"]\n'
        own = "" if where == "[inputs]" else 'missing = ["never"]\n'
        table = '[inputs.tables.calls]\ntime = "at"\n'
        made = read(
            f'{common}{table}[inputs.measures.quiet]\ntable = "calls"\naggregate = "{aggregate}"\n{column}{own}'
        )
        assert [None if np.isnan(each) else each for each in made.frame["quiet"]] == wanted
        assert any("without a at" in note for note in made.report.left_out)


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ('aggregate = "count"\ncolumn = "kind"', [2, 1, 0]),
        ('aggregate = "distinct"\ncolumn = "kind"', [2, 1, 0]),
        ('aggregate = "share"\nmatching = { kind = "bug" }', [0.5, 1, None]),
        ('aggregate = "share"\nmatching = { kind = "n/a" }', [1 / 3, 0.5, 1]),
    ],
)
def test_codes_are_nothing_to_count(lines: str, wanted: list[float | None]) -> None:
    events = {"id": ["A", "A", "A", "B", "B", "C"], "kind": ["bug", "n/a", "idea", "bug", "n/a", "n/a"]}
    common = 'missing = ["n/a", "unseen"]\n[inputs.measures.quiet]\ntable = "calls"\n'
    customers = {**CUSTOMERS, "ease": [4, 5, 4]}
    made = og.read_customers(og.loads(MODEL + common + lines), {"customers": customers, "calls": events})
    assert [None if np.isnan(each) else each for each in made.frame["quiet"]] == wanted
    assert [finding.rule for finding in made.report.findings] == []


def test_codes_act_on_the_date_of_a_stage_and_on_a_time() -> None:
    stage = 'stage = { start = "start", unit = "months", bands = { new = [0, 3], old = [3] }, otherwise = "old" }\n'
    quiet = '[inputs.measures.quiet]\nstart = "start"\n'
    made = read(f'missing = ["never"]\n{stage}{quiet}')
    assert made.frame["stage"].tolist() == ["new", "old", "old"]
    assert np.isnan(made.frame["quiet"][1])
    assert made.report.set_aside == 0


def test_the_format_of_event_times_may_stand_at_the_measure() -> None:
    quiet = (
        '[inputs.measures.quiet]\ntable = "calls"\ntime = "at"\naggregate = "time_since"\ndate_format = "%d.%m.%Y"\n'
    )
    events = {"id": ["A", "B"], "at": ["01.02.2026", "19.02.2026"]}
    customers = {**CUSTOMERS, "ease": [4, 5, 4]}
    made = og.read_customers(og.loads(MODEL + quiet), {"customers": customers, "calls": events})
    assert made.frame["quiet"][:2].tolist() == [28, 10]


def test_the_time_between_events_in_months_is_that_of_the_calendar() -> None:
    quiet = '[inputs.measures.quiet]\ntable = "calls"\ntime = "at"\naggregate = "time_between"\nunit = "months"\n'
    events = {"id": ["A", "A", "A", "B"], "at": ["2025-12-31", "2026-01-15", "2026-02-28", "2026-01-01"]}
    customers = {**CUSTOMERS, "ease": [4, 5, 4]}
    made = og.read_customers(og.loads(MODEL + quiet), {"customers": customers, "calls": events})
    assert made.frame["quiet"][0] == 1.0
    assert np.isnan(made.frame["quiet"][1:]).all()
