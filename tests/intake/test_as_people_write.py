"""Numbers and lengths of time as billing, ticket and form tools write them, judged over a whole column."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from outcomegap.frames import texts, wrap
from outcomegap.intake.guesses import profile
from outcomegap.intake.reader import Read, Reader, read_numbers
from outcomegap.intake.written import how_written, parse_length
from outcomegap.model import Inputs
from outcomegap.model.inputs import MeasureInput

LIBRARIES = [dict, pl.DataFrame, pd.DataFrame, pa.table]


def numbers(column: list[Any], make: Any = dict, missing: Any = (), **source: Any) -> Read:
    read = Reader.of(MeasureInput(**source), Inputs(missing=missing))
    return read_numbers(wrap(make({"x": column})), "x", read)


@pytest.mark.parametrize("make", LIBRARIES)
@pytest.mark.parametrize(
    ("column", "right"),
    [
        (["$2,450.75", "$99.00", "-", "($7.50)"], [2450.75, 99, None, -7.5]),
        (["EUR 3.120,40", "EUR 15,00", "EUR 2.000", "-EUR 1,50"], [3120.4, 15, 2000, -1.5]),
        (["2 345 kr", "70 kr", "12,50 kr", "kr. 9,-"], [2345, 70, 12.5, 9]),
        (["CHF 4'300.-", "CHF 80.50", "CHF -3", "CHF 7.--"], [4300, 80.5, -3, 7]),
        (["€ 1.200", "€ 80", "-€3", "€ -3"], [1200, 80, -3, -3]),
        (["US$ 5", "US$1,200", "-US$ 3"], [5, 1200, -3]),
        (["R$ 5,00", "R$ 1.200,50", "(R$ 3,00)"], [5, 1200.5, -3]),
        (["$5 USD", "$1,200 USD", "$0.50 USD"], [5, 1200, 0.5]),
        (["₹ 1,23,456", "₹5", "₹ 12.50"], [123456, 5, 12.5]),
        (["2,000円", "300円"], [2000, 300]),
        (["12-", "3.5-", "7"], [-12, -3.5, 7]),
        (["(12)", "(3.25)", "8"], [-12, -3.25, 8]),
        (["2,450.75", "99.5", "1,200"], [2450.75, 99.5, 1200]),
        (["2.450,75", "80", "1.200"], [2450.75, 80, 1200]),
        (["1.234.567", "2.345", "12"], [1234567, 2345, 12]),
        (["2,50- EUR", "3,00 EUR"], [-2.5, 3]),  # a minus, and no words behind the number
        (["1.234,-", "80,-"], [1234, 80]),
        (["1.234", "2,5"], [1234, 2.5]),  # two marks, each in a number of its own
        (["1,234", "2.5"], [1234, 2.5]),
        (["007", "1.234"], [7, 1.234]),
    ],
)
def test_money_and_marks_need_no_word(make: Any, column: list[str], right: list[Any]) -> None:
    found = numbers(column, make, missing=["-"])
    assert found.wrong == {}
    assert [None if value != value else value for value in found.values.tolist()] == right


@pytest.mark.parametrize(
    "text", ["INV 1001", "5 EUR GBP", "$", "1-2", "5/3", "(5", "-(5)", "$1,2,3", "TOP 10", "1.2k", "5 $ 6"]
)
def test_what_is_no_money(text: str) -> None:
    assert list(numbers([text]).wrong) == [0]


def test_long_texts_take_no_time() -> None:
    size = 100_000
    for text in (
        "1" + " " * size + "x",
        "5 -" + " " * size + "1",
        "1" * size + "x",
        "($" + "1," * size,
        "1:00 " + "1h " * size,
    ):
        for source in ({}, {"unit": "hours"}, {"split": ";"}):
            began = time.perf_counter()
            numbers([text], **source)
            assert time.perf_counter() - began < 5, text[:9]


def test_a_minus_stands_at_its_number() -> None:
    assert list(numbers(["5 -"]).wrong) == [0]  # the words behind it are cut off


def test_two_currencies_are_told() -> None:
    (doubt,) = numbers(["€5", "$6"]).doubts
    assert "€, $" in doubt
    assert numbers(["€5", "6"]).doubts == numbers(["kr. 5", "6 kr"]).doubts == numbers(["usd 5", "USD 6"]).doubts == ()


def test_money_before_three_digits() -> None:
    for column in (["€ 1.234", "€ 80"], ["$3.459", "$3.499"]):  # a price of a gallon may have three decimals
        found = numbers(column)
        assert found.values[0] > 1000
        assert "decimal = '.'" in found.doubts[0]
    assert numbers(["$3.459", "$80.50"]).values.tolist() == [3.459, 80.5]
    assert numbers(["$1,234", "$80"]).doubts == ()


@pytest.mark.parametrize("make", LIBRARIES)
@pytest.mark.parametrize(
    ("column", "right", "doubtful"),
    [
        (["412", "2.871", "40.118"], [412, 2871, 40118], True),  # whole numbers of three digits beside groups
        (["38", "1.150", "12.300"], [38, 1150, 12300], True),  # nobody writes 12.300 beside 38
        (["412", "2,871", "40,118"], [412, 2871, 40118], True),
        (["0.125", "0.250", "1.500"], [0.125, 0.25, 1.5], False),
        (["1.234", "5.678"], [1.234, 5.678], True),
        (["1", "2", "1.333", "1.667"], [1, 2, 1.333, 1.667], True),  # means of three
        (["1.234", "5.67", "100"], [1.234, 5.67, 100], False),
        (["1234", "2.345"], [1234, 2.345], True),
        (["1234.567", "2.345"], [1234.567, 2.345], False),
    ],
)
def test_a_point_before_three_digits_is_judged_over_the_column(
    make: Any, column: list[str], right: list[float], doubtful: bool
) -> None:
    found = numbers([*column, "k.A."], make, missing=["k.A."])
    assert found.values.tolist()[:-1] == right
    assert bool(found.doubts) is doubtful
    assert all("thousands" in doubt and "decimal" in doubt for doubt in found.doubts)
    assert numbers(column, make, decimal="." if "." in "".join(column) else ",").doubts == ()  # said is said
    guess = profile("x", np.array([*column, "k.A."], dtype=object))
    assert sorted(right) == guess.values.tolist()
    assert (guess.doubtful is not None) is doubtful


def test_a_doubt_late_in_a_long_column_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    column = ["412"] * texts.LONG + ["2.871"]
    for polars in (True, False):
        if not polars:
            monkeypatch.setattr(texts, "find_spec", lambda _name: None)
        for make in LIBRARIES:
            found = numbers(column, make)
            assert (found.values[-1], len(found.doubts)) == (2871, 1)


@pytest.mark.parametrize(
    ("column", "right"),
    [
        (["1 - never", "2", "5 - always"], [1, 2, 5]),
        (["1 = poor", "2 = fair", "3 = good"], [1, 2, 3]),
        (["4: agree", "5: fully agree"], [4, 5]),
        (["3 (neutral)", "4 (agree)"], [3, 4]),
        (["(1) gar nicht", "(2)", "(5) sehr gut"], [1, 2, 5]),  # no minus beside such ones
        (["10 \u2013 extremely likely", "0 \u2013 not at all"], [10, 0]),
        (["1) low", "-2 - strongly against"], [1, -2]),
        (["0-never", "5-always", "3"], [0, 5, 3]),
        (["Very satisfied (5)", "Neutral (3)"], [5, 3]),
        (["5\u2014strongly agree", "1\u2014strongly disagree"], [5, 1]),
        (["[5] good", "[1] bad"], [5, 1]),
        (["1. never", "4. often"], [1, 4]),
        (["5\uff08\u6e80\u8db3\uff09", "1\uff1a\u4e0d\u6e80"], [5, 1]),
    ],
)
def test_words_behind_a_rating_are_read_past(column: list[str], right: list[float]) -> None:
    for make in LIBRARIES:
        assert numbers(column, make).values.tolist() == right


def test_words_behind_numbers_that_are_no_ratings() -> None:
    for text in ("5 - 10 employees", "3 days", "2nd", "2-bedroom", "★★★★", "10:30 PM", "3. Mahnung"):
        assert list(numbers([text]).wrong) == [0], text
    assert len(numbers(["3 (days)", "4 (days)"]).wrong) == 2  # a unit, not a label
    for column in (["3 (days)", "2 (weeks)"], ["6 - month", "1 - Year"], ["2-Bed", "3-bed"], ["5-Mar", "6-Apr"]):
        assert len(numbers(column).wrong) == 2, column
    assert np.isnan(numbers(["9 - no answer"], missing=["no answer"]).values).all()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("0:45:10", 2710), ("2:30", 9000), ("10:05:30", 36330), ("100:00:00", 360000), ("0:00:01.5", 1.5)),
        *(("1 day, 2:03:04", 93784), ("2 days 00:00:10", 172810), ("-1 day, 23:59:50", -10), ("-0:45", -2700)),
        *(("2d 3h", 183600), ("45 min", 2700), ("1h 30m", 5400), ("1h30m", 5400), ("1.5 hours", 5400), ("90s", 90)),
        *(("1 Std. 20 Min.", 4800), ("2 hours and 5 minutes", 7500), ("3 jours", 259200), ("1,5 h", 5400)),
        *(("PT2H30M", 9000), ("P1DT2H", 93600), ("P2W", 1209600), ("-PT5M", -300), ("PT0.5S", 0.5)),
        *((str(dt.timedelta(days=3, seconds=7)), 259207), ("500 ms", 0.5)),
        *(
            ("1:30 h", 5400),
            ("2h30", 9000),
            ("1 year 2 months", 14 * 2629800),
            ("P1Y2M", 14 * 2629800),
            ("P1M", 2629800),
        ),
    ],
)
def test_lengths_of_time(text: str, seconds: float) -> None:
    assert parse_length(text) == seconds
    assert numbers([text], unit="minutes").values.tolist() == [seconds / 60]


@pytest.mark.parametrize(
    "text", ["3", "2:75", "P", "PT", "soon", "3 seats", "5 h soon", "1:2:3", "P1H", "1:30 min", ""]
)
def test_no_lengths_of_time(text: str) -> None:
    with pytest.raises(ValueError, match="no length"):
        parse_length(text)


@pytest.mark.parametrize("make", LIBRARIES)
def test_columns_of_lengths(make: Any) -> None:
    for column, code in (([dt.timedelta(0)], 0), ([dt.time(0)], "0:00"), (["0:00"], "00:00:00"), (["0 min"], "0:00")):
        assert np.isnan(numbers(column, missing=[code], unit="hours").values).all()
    hours = numbers([dt.timedelta(hours=3), None, dt.timedelta(minutes=-30)], make, unit="hours").values.tolist()
    assert (hours[0], np.isnan(hours[1]), hours[2]) == (3, True, -0.5)
    assert numbers(["0:30", "0", "n/a"], make, missing=["n/a"], unit="hours").values[:2].tolist() == [0.5, 0]
    found = numbers([3.0, 0.0], make, unit="hours")  # of what?
    assert "not a length of time" in str(found.wrong[0])
    assert 'unit = "hours"' in str(numbers(["0:45:10"], make).wrong[0])
    assert 'unit = "hours"' in str(numbers([dt.timedelta(hours=3)], make).wrong[0])


def test_a_length_may_be_an_event_or_a_band_but_no_count() -> None:
    assert numbers([dt.time(0, 45)], unit="minutes").values.tolist() == [45]
    with pytest.raises(Exception, match="no time"):
        MeasureInput(table="calls", aggregate="count", unit="hours")
    assert MeasureInput(table="calls", aggregate="sum", column="length", unit="hours").unit == "hours"


def test_the_judge_says_what_it_saw() -> None:
    found = how_written(["$5.00", "€6", "3 (fine)"])
    assert (found.money, found.labels, found.decimal) == (("$", "€"), {"3 (fine)": "3"}, ".")
    assert how_written(["1,5", "2.5", "1.234"]).doubtful == "1.234"


ODD_MONEY = [
    "$1,234.50",
    "$ -5",
    "-$5",
    "$5e3",
    "$nan",
    "$$5",
    "1$2",
    "5 $",
    "($3)",
    "$",
    " $7 ",
    "80",
    "$0.00",
    "N/A",
    "$99",
]


@pytest.mark.parametrize("make", LIBRARIES)
def test_money_is_read_at_once_as_each_by_itself(make: Any) -> None:
    each = numbers(ODD_MONEY, missing=["N/A", 99])
    for column in (ODD_MONEY, ODD_MONEY * (texts.LONG // len(ODD_MONEY) + 1)):
        found = numbers(column, make, missing=["N/A", 99])
        np.testing.assert_array_equal(found.values[: len(ODD_MONEY)], each.values)
        assert [found.raw.values[place] for place in found.wrong] == ["$5e3", "$nan", "$$5", "1$2", "$"]
    assert each.values[[0, 1, 2, 8, 10]].tolist() == [1234.5, -5, -5, -3, 7]


def guessed(*column: object, name: str = "reply") -> dict[str, Any]:
    return dict(profile(name, np.array(column, dtype=object)).source)


def test_a_starter_model_reads_lengths_and_labels() -> None:
    assert guessed("0:45:10", "12:30:00", "n/a") == {"unit": "hours", "missing": ["n/a"]}
    assert guessed("45 min", "2h 30m") == {"unit": "hours"}
    assert guessed(dt.timedelta(hours=3), dt.timedelta(hours=5)) == {"unit": "hours"}
    assert guessed("09:30", "10:45", name="created at") == {}  # may be times of the day
    assert guessed("5 - good", "1 - bad", "9 - no answer") == {"missing": ["9 - no answer"]}
    assert profile("age", np.array(["3 (days)", "4 (days)"], dtype=object)).kind == "text"


def test_words_beside_numbers_may_be_names() -> None:
    for name, column in (
        ("Plan", ["1 - Basic", "2 - Pro"]),
        ("Tier", ["Gold (5)", "Silver (3)"]),
        ("Channel", ["1. Web", "2. Shop", "3. Phone"]),
        ("Release", ["2-beta", "3-stable"]),
        ("Package", ["Start (10)", "Grow (50)"]),
    ):
        assert profile(name, np.array(column, dtype=object)).kind == "text"
    for name in ("Setup was easy", "Support quality"):
        assert profile(name, np.array(["1-poor", "5-good"], dtype=object)).kind == "numbers"
        assert profile(name, np.array(["Poor (1)", "Good (5)"], dtype=object)).kind == "numbers"
