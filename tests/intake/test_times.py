"""Dates and times."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import example, given, strategies as st

from outcomegap.errors import DataError
from outcomegap.frames import wrap
from outcomegap.intake.moments import as_moment, interval, read_moment, read_moments, shown
from outcomegap.intake.names import UnreadableError
from outcomegap.intake.written import in_utc, parse_time
from outcomegap.model.inputs import UNITS


@given(st.datetimes())
def test_iso_times_read_back(when: dt.datetime) -> None:
    assert parse_time(when.isoformat()) == when
    assert parse_time(when.isoformat(sep=" ")) == when
    assert parse_time(shown(as_moment(when))) == when


@given(st.datetimes(min_value=dt.datetime(1900, 1, 1), max_value=dt.datetime(2200, 1, 1), timezones=st.timezones()))
def test_zones_are_brought_to_utc(when: dt.datetime) -> None:
    expected = when.astimezone(dt.UTC).replace(tzinfo=None)
    assert parse_time(when.isoformat()) == expected


@given(st.dates())
def test_a_format_of_ones_own_and_other_digits(day: dt.date) -> None:
    text = f"{day.day:02d}.{day.month:02d}.{day.year:04d}"
    assert parse_time(text, "%d.%m.%Y") == in_utc(day)
    assert parse_time(text.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")), "%d.%m.%Y") == in_utc(day)


@given(st.datetimes(), st.datetimes(), st.sampled_from([unit for unit in UNITS if unit not in ("months", "years")]))
def test_intervals_are_those_of_python(start: dt.datetime, end: dt.datetime, unit: str) -> None:
    found = interval(np.array([start, None], dtype="M8[us]"), np.datetime64(end), unit)
    assert found[0] == pytest.approx((end - start) / dt.timedelta(seconds=UNITS[unit]), rel=1e-12, abs=1e-12)
    assert np.isnan(found[1])


NEAR = st.datetimes(min_value=dt.datetime(1990, 1, 1), max_value=dt.datetime(2060, 1, 1))


@given(st.lists(st.tuples(NEAR, NEAR), min_size=1, max_size=20), st.sampled_from(["months", "years"]))
@example(
    [(dt.datetime(2026, 1, 31), dt.datetime(2026, 2, 28)), (dt.datetime(2024, 2, 29), dt.datetime(2025, 2, 28))],
    "months",
)
@example(
    [(dt.datetime(2026, 3, 31, 9), dt.datetime(2026, 2, 28, 8)), (dt.datetime(2024, 2, 29), dt.datetime(2023, 2, 28))],
    "years",
)
def test_months_and_years_are_those_of_the_calendar(pairs: list[tuple[dt.datetime, dt.datetime]], unit: str) -> None:
    starts, ends = (np.array(each, dtype="M8[us]") for each in zip(*pairs, strict=True))
    for (start, end), found in zip(pairs, interval(starts, ends, unit).tolist(), strict=True):
        whole = relativedelta(end, start).normalized()
        count = whole.years if unit == "years" else 12 * whole.years + whole.months
        assert int(found + math.copysign(1e-9, found)) == count  # both count from the start
        before = start + relativedelta(**{unit: math.floor(found)})
        after = start + relativedelta(**{unit: math.floor(found) + 1})
        assert before <= end < after or found == pytest.approx(round(found))
        assert found == pytest.approx(math.floor(found) + (end - before) / (after - before), abs=1e-9)
        step = f"{math.floor(found) * (12 if unit == 'years' else 1)}mo"
        assert pl.Series([start]).dt.offset_by(step).to_list() == [before]


def test_months_of_missing_dates_and_one_moment_of_scoring() -> None:
    when = np.array(["2026-01-31", "NaT", "2025-12-15T12:00"], dtype="M8[us]")
    found = interval(when, np.datetime64("2026-02-28"), "months").tolist()
    assert (found[0], np.isnan(found[1])) == (1.0, True)
    assert found[2] == pytest.approx(2 + 12.5 / 28)
    assert float(interval(np.datetime64("2026-03-15"), np.datetime64("2025-03-15"), "years")) == -1.0
    assert np.isnan(interval(np.datetime64("NaT", "us"), when, "years")).all()


@pytest.mark.parametrize("text", ["2023-02-29", "2023-04-31", "2023-13-01", "2023-00-10", "2023-01-32", "01.02.2023"])
def test_days_that_do_not_exist(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_time(text)


def test_moments_of_scoring() -> None:
    assert as_moment(dt.date(1970, 1, 2)) == as_moment("1970-01-02") == as_moment(np.datetime64("1970-01-02"))
    assert as_moment(dt.datetime(1970, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))) == np.datetime64(0, "us")
    assert np.isnat(as_moment(None))
    for bad in ("soon", 5, object(), np.datetime64("NaT", "us")):
        with pytest.raises(DataError, match="as_of"):
            as_moment(bad)


def test_columns_of_times_dates_and_texts_are_the_same_moments() -> None:
    zone = dt.timezone(dt.timedelta(hours=1))
    columns = {
        "time": [dt.datetime(2026, 1, 1, 23), None],
        "zone": [dt.datetime(2026, 1, 2, tzinfo=zone), None],
        "text": ["2026-01-02T00:00:00+01:00", " "],
    }
    for make in (dict, pl.DataFrame, pd.DataFrame, pa.table):
        table = wrap(make(columns))
        for name in columns:
            found = read_moments(table, name)
            assert found.wrong == {}
            np.testing.assert_array_equal(found.values, np.array(["2026-01-01T23", "NaT"], dtype="M8[us]"))


def test_a_date_format_that_names_a_part_twice_reads_nothing() -> None:
    with pytest.raises(UnreadableError, match="is not a date in"):
        read_moment("01.01.2026", "%d.%d.%Y")
