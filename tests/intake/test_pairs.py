"""Measures that are made of two others: a ratio, a difference, a change in percent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from outcomegap.errors import DataError, ModelError
from outcomegap.files import dumps, loads
from outcomegap.frames import wrap
from outcomegap.intake import Customers, read_customers
from outcomegap.model import Inputs, Measure, check
from tests.intake.models import model_of


def run(measures: dict[str, Any], columns: dict[str, Any], *names: str, **inputs: Any) -> Customers:
    model = model_of(*(names or ("n",)), inputs={"id": "id", "measures": measures, **inputs})
    return read_customers(model, {"id": [f"c{row}" for row in range(len(next(iter(columns.values()))))], **columns})


def values(found: Customers, name: str = "n") -> list[float]:
    return wrap(found.frame).floats(name).values.tolist()


def test_a_ratio_of_two_columns_that_no_step_uses() -> None:
    found = run(
        {"n": {"ratio": ["used", "included"], "times": 100}, "used": "Seats in use", "included": {"column": "Seats"}},
        {"Seats in use": ["2", "1", "5"], "Seats": [5, 20, 20]},
    )
    assert values(found) == [40.0, 5.0, 25.0]
    assert found.report.find("n")["source"] == "used / included"
    assert [
        each
        for each in check(model_of("n", inputs={"measures": {"n": {"ratio": ["a", "b"]}, "a": "A", "b": "B"}}))
        if each.rule == "unused-measure"
    ] == []


def test_what_has_nothing_to_compare_with_is_missing_and_told() -> None:
    columns = {"now": [5, 8, 12, 0, 5, 0, None], "before": [10, 10, 8, 4, 0, 0, 3]}
    found = run({"n": {"change": ["now", "before"]}}, columns, "n", "now", "before")
    np.testing.assert_array_equal(values(found), [-50.0, -20.0, 50.0, -100.0, np.nan, np.nan, np.nan])
    assert [each.message for each in found.report.findings] == [
        "'now' and 'before' are both 0: missing, unless empty says a number (1 row: c5)",
        "nothing to compare with, as 'before' is 0: missing (1 row: c4)",
    ]
    assert {each.where for each in found.report.findings} == {"measures.n"}
    assert (found.report.rows_out, found.report.problems) == (7, ())
    said = run({"n": {"change": ["now", "before"], "empty": -100, "divided_by": 100}}, columns, "n", "now", "before")
    np.testing.assert_array_equal(values(said), [-0.5, -0.2, 0.5, -1.0, np.nan, -100.0, np.nan])
    assert len(said.report.findings) == 1


@pytest.mark.parametrize(
    ("how", "now", "before", "value", "told"),
    [
        ("ratio", 3, -6, -0.5, 0),
        ("ratio", -3, 0, np.nan, 1),
        ("ratio", 1e300, 1e-300, np.nan, 1),
        ("ratio", 0, 5, 0.0, 0),
        ("difference", 3, 5, -2.0, 0),
        ("difference", 0, 0, 0.0, 0),
        ("difference", 1e308, -1e308, np.nan, 1),
        ("change", 7, 25, -72.0, 0),
        ("change", 5, -10, np.nan, 1),
        ("change", None, 0, np.nan, 0),
    ],
)
def test_pairs_of_numbers(how: str, now: float, before: float, value: float, told: int) -> None:
    found = run({"n": {how: ["now", "before"]}}, {"now": [now, 1], "before": [before, 1]}, "n", "now", "before")
    np.testing.assert_array_equal(values(found)[0], value)
    assert len(found.report.findings) == told


@given(st.lists(st.tuples(*[st.none() | st.floats(-1e9, 1e9)] * 2), min_size=1, max_size=20))
def test_no_pair_is_infinite_and_every_loss_is_told(pairs: list[tuple[float | None, float | None]]) -> None:
    now, before = map(list, zip(*pairs, strict=True))
    for how in ("ratio", "change", "difference"):
        found = run({"n": {how: ["a", "b"]}, "a": "now", "b": "before"}, {"now": now, "before": before})
        numbers = np.array(values(found))
        assert not np.isinf(numbers).any()
        lost = sum(None not in pair and bool(np.isnan(n)) for pair, n in zip(pairs, numbers, strict=True))
        assert (lost > 0) == bool(found.report.findings)


def test_names_chain_over_events_and_the_times_between_dates() -> None:
    inputs = {
        "id": "id",
        "as_of": "2026-03-31",
        "tables": {"logins": {"time": "at"}},
        "measures": {
            "trend": {"change": ["now", "before"]},
            "before": {"difference": ["both", "now"]},
            "both": {"table": "logins", "aggregate": "count", "within_days": 60},
            "now": {"table": "logins", "aggregate": "count", "within_days": 30},
            "rate": {"ratio": ["now", "weeks"], "times": 2},
            "weeks": {"start": "signup", "unit": "weeks"},
        },
    }
    tables = {
        "customers": {"id": ["A", "B"], "signup": ["2026-03-17", "2026-03-03"]},
        "logins": {"id": ["A"] * 3 + ["B"], "at": ["2026-03-30", "2026-02-20", "2026-02-10", "2026-03-01"]},
    }
    found = read_customers(model_of("trend", "rate", inputs=inputs), tables)
    assert values(found, "trend")[0] == -50.0
    assert np.isnan(values(found, "trend")[1])
    assert values(found, "rate") == [1.0, 0.5]


def test_a_chain_of_any_length() -> None:
    measures: dict[str, Any] = {f"m{n}": {"difference": [f"m{n + 1}", "one"]} for n in range(2000)}
    measures |= {"n": {"difference": ["m0", "one"]}, "m2000": "x", "one": "one"}
    assert values(run(measures, {"x": [2001.0], "one": [1.0]})) == [0.0]


def test_bands_of_a_ratio_are_a_segment_and_a_kept_ratio_is_kept() -> None:
    model = model_of(
        "used",
        segments=["full", "empty"],
        inputs={
            "id": "id",
            "segment": {"ratio": ["used", "seats"], "bands": {"empty": {"below": 0.5}, "full": [0.5]}},
            "measures": {"seats": "Seats"},
            "keep": {"share": {"ratio": ["used", "seats"], "times": 100}},
        },
    )
    found = read_customers(model, {"id": ["a", "b"], "used": [1, 4], "Seats": [4, 4]})
    table = wrap(found.frame)
    assert table.values("segment").tolist() == ["empty", "full"]
    assert table.floats("share").values.tolist() == [25.0, 100.0]
    assert loads(dumps(model)) == model


def test_mistakes_in_pairs_are_told_together() -> None:
    with pytest.raises(ModelError) as caught:
        Inputs(
            id="id",
            measures={
                "a": {"ratio": ["b", "b"]},
                "b": {"difference": ["c", "x"]},
                "c": {"change": ["a", "x"]},
            },
        )
    assert "goes in a circle: " in caught.value.findings[0].message
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"ratio": ["a"]}, "ratio"),
        ({"ratio": "a"}, "ratio"),
        ({"ratio": ["a", ""]}, "ratio"),
        ({"ratio": ["a", "b"], "column": "x"}, "column"),
        ({"ratio": ["a", "b"], "decimal": ","}, "decimal"),
        ({"change": ["a", "b"], "ratio": ["a", "b"]}, "change"),
        ({"difference": ["a", "b"], "empty": 0}, "empty"),
        ({"ratio": ["a", "b"], "values": {"x": 1}}, "values"),
    ]
    for measure, field in wrong:
        with pytest.raises(ModelError) as caught:
            Inputs(measures={"n": measure})
        assert [each.where for each in caught.value.findings] == [f"measures.n.{field}"]
    model = model_of(Measure("seats"), inputs={"measures": {"n": {"ratio": ["seats", "seast"]}}})
    with pytest.raises(ModelError, match=r"no measure 'seast'.*did you mean 'seats'"):
        read_customers(model, {"seats": [1]})
    assert "unknown-measure" in {each.rule for each in check(model)}


def test_an_unreadable_part_is_one_problem() -> None:
    measures = {"n": {"ratio": ["a", "b"]}, "a": "A", "b": "B"}
    with pytest.raises(DataError) as caught:
        run(measures, {"A": ["1", "soon"], "B": ["2", "4"]})
    assert [(each.rule, each.rows) for each in caught.value.problems] == [("not-a-number", (1,))]
