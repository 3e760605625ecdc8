"""What one raw value means."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from outcomegap.intake.names import UnreadableError, matches, text_of
from outcomegap.intake.reader import Reader, is_blank
from outcomegap.model import Inputs
from outcomegap.model.declaration import FrozenMap


@pytest.mark.parametrize(
    ("value", "code", "fits"),
    [
        ("4.0", 4.0, True),
        ("4", "4", True),
        (4.0, "4", True),
        (4, "4.0", False),
        ("high", "High", False),
        (True, "true", True),
        (np.True_, True, True),
        ("True", True, True),
        ("yes", True, False),
        (1, True, False),
        (None, "", True),
        (" ", "", True),
        (float("nan"), " ", True),
        (pd.NaT, "", True),
        ("x", "", False),
        ("x", 4.0, False),
        (dt.date(2026, 1, 2), "2026-01-02", True),
    ],
)
def test_codes(value: object, code: object, fits: bool) -> None:
    assert matches(value, code) is fits


def test_blank_and_text() -> None:
    assert all(map(is_blank, (None, "", " \t", float("nan"), pd.NA, pd.NaT, np.float64("nan"))))
    assert not any(map(is_blank, (0, False, "0", dt.date(2026, 1, 1))))
    assert [text_of(v) for v in (3.0, 3.5, 2**70, True, "x")] == ["3", "3.5", str(2**70), "True", "x"]


def test_missing_codes_hold_before_and_after_the_number_is_read() -> None:
    read = Reader(decimal=",", missing=(0.0, "n/a", "99"), scale=(2.0, 1.0))
    assert [read(v) for v in ("0", "0,0", "n/a", "99", 99, "1,5")] == [None, None, None, None, None, 3.0]


def test_mapping_beats_everything_but_missing() -> None:
    read = Reader(values=FrozenMap({"1": 10.0, "true": 1.0}), missing=("2",))
    assert [read(v) for v in (1, "1", 1.0, True, "2", None)] == [10.0, 10.0, 10.0, 1.0, None, None]
    with pytest.raises(UnreadableError, match="accepted values '1', 'true'"):
        read("3")


@pytest.mark.parametrize("value", [dt.date(2026, 1, 1), float("inf"), [1], object(), "x", np.datetime64("2026-01-01")])
def test_no_numbers(value: object) -> None:
    with pytest.raises(UnreadableError):
        Reader()(value)


def test_percentages_of_text_and_numbers_alike() -> None:
    assert [Reader(percent="fraction")(v) for v in ("12.5%", "12.5", 12.5)] == [0.125] * 3
    assert [Reader(percent="points")(v) for v in ("12.5%", "12.5", 12.5)] == [12.5] * 3


def test_what_a_source_does_not_say_the_inputs_do() -> None:
    inputs = Inputs(
        decimal=",",
        thousands=".",
        missing=["-"],
        measures={"a": {}, "b": {"decimal": "·", "missing": [], "divided_by": 60}},
    )
    a, b = (Reader.of(inputs.measures[name], inputs) for name in "ab")
    assert (a.decimal, a.thousands, a.missing) == (",", ".", ("-",))
    assert (b.decimal, b.missing, b.scale) == ("·", (), (1.0, 60.0))
    assert Reader.of(None, inputs) == a
