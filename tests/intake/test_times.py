"""Dates and times."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pytest
from hypothesis import given, strategies as st

from outcomegap.errors import DataError
from outcomegap.intake.times import FORMS, NOT_A_TIME, as_datetime, as_moment, interval, moment, parse_time, shown
from outcomegap.model.inputs import UNITS


@given(st.datetimes())
def test_iso_times_read_back(when: dt.datetime) -> None:
    assert as_datetime(parse_time(when.isoformat())) == when
    assert as_datetime(parse_time(when.isoformat(sep=" "))) == when
    assert parse_time(shown(moment(when))) == moment(when)


@given(st.datetimes(min_value=dt.datetime(1900, 1, 1), max_value=dt.datetime(2200, 1, 1), timezones=st.timezones()))
def test_zones_are_brought_to_utc(when: dt.datetime) -> None:
    expected = when.astimezone(dt.UTC).replace(tzinfo=None)
    assert as_datetime(parse_time(when.isoformat())) == expected


@given(st.dates())
def test_a_format_of_ones_own_and_other_digits(day: dt.date) -> None:
    text = f"{day.day:02d}.{day.month:02d}.{day.year:04d}"
    assert parse_time(text, "%d.%m.%Y") == moment(day)
    assert parse_time(text.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")), "%d.%m.%Y") == moment(day)


@given(st.datetimes(), st.datetimes(), st.sampled_from(list(UNITS)))
def test_intervals_are_those_of_python(start: dt.datetime, end: dt.datetime, unit: str) -> None:
    found = interval(np.array([moment(start), NOT_A_TIME]), moment(end), unit)
    assert found[0] == pytest.approx((end - start) / dt.timedelta(seconds=UNITS[unit]), rel=1e-12, abs=1e-12)
    assert np.isnan(found[1])


@given(st.dates(min_value=dt.date(1000, 1, 1)), st.times(), st.sampled_from(FORMS))
def test_what_engines_read_themselves_is_what_is_read_here(day: dt.date, time: dt.time, form: tuple[str, str]) -> None:
    pattern, written = form
    when = dt.datetime.combine(day, time.replace(microsecond=0))
    text = when.strftime(written)
    leap_day = day.month == 2 and day.day == 29
    assert bool(re.match(pattern, text)) != leap_day
    assert as_datetime(parse_time(text)) == dt.datetime.strptime(text, written)


@pytest.mark.parametrize("text", ["2023-02-29", "2023-04-31", "2023-13-01", "2023-00-10", "2023-01-32", "01.02.2023"])
def test_days_that_do_not_exist(text: str) -> None:
    assert not any(re.match(pattern, text) for pattern, _ in FORMS)
    with pytest.raises(ValueError, match=r".+"):
        parse_time(text)


def test_moments_of_scoring() -> None:
    assert as_moment(dt.date(1970, 1, 2)) == as_moment("1970-01-02") == as_moment(np.datetime64("1970-01-02"))
    assert as_moment(dt.datetime(1970, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))) == 0
    for bad in ("soon", 5, object(), np.datetime64("NaT")):
        with pytest.raises(DataError, match="as_of"):
            as_moment(bad)
