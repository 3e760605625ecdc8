"""Change: causes, the step that did most, frames and words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import outcomegap as og
from outcomegap.frames import wrap
from outcomegap.scoring.change import CAUSES, Change
from tests.scoring.example import email_customers, email_model


def change_of(frame: Any = dict) -> Change:
    scorer = og.Scorer(email_model())
    before, after = (scorer.score(frame(email_customers(200, seed))) for seed in (1, 2))
    return after.change_since(before)


def test_causes_add_up_to_the_total() -> None:
    change = change_of()
    known = ~np.isnan(change.total)
    assert list(change.causes) == list(CAUSES)
    assert np.abs(sum(change.causes.values()) - change.total)[known].max() <= 1e-12
    np.testing.assert_array_equal(change.causes["data"], change.data.sum(axis=1))


def test_the_cause_is_the_largest_and_its_step_too() -> None:
    change = change_of()
    for row in range(len(change)):
        parts = {name: abs(change.causes[name][row]) for name in CAUSES}
        if change.reason[row] is not None or not any(parts.values()):
            assert change.cause[row] is None
            assert change.step[row] is None
            continue
        assert parts[change.cause[row]] == max(parts.values())
        if change.cause[row] == "data":
            number = change.steps.index(change.step[row])
            assert abs(change.data[row, number]) == np.abs(change.data[row]).max()
        if change.cause[row] == "coverage":
            assert change.step[row] is None


def test_the_biggest_moves_come_first() -> None:
    change = change_of()
    biggest = change.biggest(20)
    sizes = np.abs(biggest.columns["total"])
    assert len(biggest) == 20
    assert sizes.tolist() == sorted(sizes, reverse=True)
    assert sizes[0] == np.nanmax(np.abs(change.total))
    one = biggest[0]
    assert one["after"] - one["before"] == pytest.approx(one["total"])
    assert len(change.biggest(10_000)) == (~np.isnan(change.total)).sum()
    assert len(change.biggest(0)) == 0


def test_what_moved_one_customer_adds_up() -> None:
    change = change_of()
    row = int(np.nanargmax(np.abs(change.total)))
    found = change.of(change.id[row])
    assert found.columns["part"].sum() == pytest.approx(change.total[row], abs=1e-12)
    assert found.facts["total"] == change.total[row]
    parts = np.abs(found.columns["part"])
    assert parts.tolist() == sorted(parts, reverse=True)
    with pytest.raises(og.DataError) as caught:
        change.of("nobody")
    assert caught.value.problems[0].rule == "unknown-value"
    unknown = change.of(change.id[np.flatnonzero(change.reason != None)[0]])  # noqa: E711
    assert (len(unknown), unknown.facts["total"]) == (0, None)


def test_the_parts_to_read() -> None:
    change = change_of()
    known = ~np.isnan(change.total) & change.ideal
    assert list(change.parts) == ["by cause", "moved most", "came and went"]
    for row in change.parts["by cause"]:
        part = change.causes[row["cause"]][known]
        assert (row["up"], row["down"]) == ((part > 1e-12).sum(), (part < -1e-12).sum())
        assert row["mean"] == pytest.approx(part.mean())
    assert len(change.parts["moved most"]) == 10
    scorer = og.Scorer(email_model())
    one, other = scorer.score(email_customers(5, 1)), scorer.score(email_customers(8, 1))
    grown, shrunk = other.change_since(one), one.change_since(other)
    assert [row["id"] for row in grown.parts["came and went"]] == grown.came.tolist() == ["C5", "C6", "C7"]
    assert {row["what"] for row in shrunk.parts["came and went"]} == {"went"}


@pytest.mark.parametrize(
    ("frame", "kind"), [(dict, dict), (pd.DataFrame, pd.DataFrame), (pl.DataFrame, pl.DataFrame), (pa.table, pa.Table)]
)
def test_frames_are_of_the_kind_that_came_in(frame: Any, kind: type) -> None:
    change = change_of(frame)
    made = change.to_frame()
    assert isinstance(made, kind)
    assert list(wrap(made).names) == [
        *("id", "before", "after", "total", "model", "expectations", "cell", "cell_expectations", "coverage", "data"),
        *("state_before", "state_after", "cell_before", "cell_after", "cause", "step", "reason", "ideal"),
    ]
    wide = change.to_frame(steps=True)
    assert len(wrap(wide).names) == 18 + 3 * 6


def test_an_id_called_like_a_column_of_the_change() -> None:
    scorer = og.Scorer(email_model())
    frames = []
    for seed in (1, 2):
        customers = email_customers(5, seed)
        customers["data"] = customers.pop("id")
        frames.append(scorer.score(customers, id="data"))
    made = frames[1].change_since(frames[0]).to_frame()
    assert made["data"].tolist() == [f"C{number}" for number in range(5)]
    assert made["data (change)"].dtype == np.float64


def test_results_cannot_be_changed() -> None:
    change = change_of()
    for name in ("before", "data", "expectations", "reason"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(change, name)[0] = 0


# What moved scores, in words


def test_words_for_the_whole() -> None:
    text = str(change_of())
    assert text.startswith("E-mail marketing: 200 customers in both scorings; the score moved by ")
    for words in ("what moved it", "the customer", "missing data", "another cell", "States: ", "Not compared: "):
        assert words in text
    assert len(change_of().text(3).splitlines()) == len(text.splitlines()) - 7


def test_nothing_moved() -> None:
    scores = og.Scorer(email_model()).score(email_customers(20, 1, missing=0))
    change = scores.change_since(scores)
    assert not change.parts["by cause"].columns["up"].any()
    assert len(change.parts["moved most"]) == 0


def words_of(value: float | None = 1.0, before: Any = 4, **fields: Any) -> str:
    """What is said when one step of the model is changed."""

    def scorer(measure: str = "calls", floor: Any = 0, target: Any = before, **others: Any) -> og.Scorer:
        about = og.Measure(measure, unit="calls")
        calls = og.SuccessGap("calls made", about, floor=floor, target=target, **others)
        other = og.SuccessGap("other", og.Measure("other"), floor=0, target=1)
        sales = og.RequiredOutcome("r", needs=og.AllOf(calls, other))
        suits = og.AppropriateExperience("e", expects=og.Expectation("w", og.Measure("w"), floor=0, target=1))
        return og.Scorer(og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(sales, suits)]))

    rows = {"id": ["a"], "calls": [value], "visits": [4.0], "other": [1.0], "w": [1.0]}
    return scorer(**fields).score(rows).change_since(scorer().score(rows)).biggest()[0]["words"]


def test_words_for_expectations() -> None:
    assert words_of(target=8) == "our expectation: calls made, target 4 -> 8 calls"
    assert words_of(floor=-4) == "our expectation: calls made, floor 0 -> -4 calls"
    assert words_of(curve="smooth") == "our expectation: calls made, another curve"
    assert words_of(missing=0.25, value=None) == "our expectation: calls made, what it counts as while it is missing"
    said = words_of(before=og.column("visits"), measure="visits", target=8)
    assert said == "our expectation: calls made, target 4 -> 8 calls, measured by visits, no longer by calls"


def test_words_for_the_customers_own_target() -> None:
    scorer = og.Scorer(email_model())
    row = {name: values[:1] for name, values in email_customers(1, 1, missing=0).items()}
    row |= {"segment": ["enterprise"], "first_reply_hours": [6.0], "sla_hours": [4.0], "list_size": [50_000.0]}
    row |= {"delivery_rate": [0.99], "click_rate": [0.03], "training_days": [2.0]}
    change = scorer.score(row | {"sla_hours": [1.0]}).change_since(scorer.score(row))
    assert change.cause[0] == "data"
    assert change.biggest()[0]["words"] == "the customer: support replies, own target 4 -> 1 h"


def test_those_who_are_not_ideal_are_in_no_total() -> None:
    gap = og.SuccessGap("calls", og.Measure("calls"), floor=0, target=4)
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    goal = og.DesiredOutcome(og.RequiredOutcome("r", needs=gap), og.AppropriateExperience("e", expects=wish))
    segments = ["firm", og.Segment("hobby", ideal=False)]
    scorer = og.Scorer(og.OutcomeModel("m", segments=segments, desired_outcomes=[goal]))
    rows = {"id": ["A", "B"], "segment": ["firm", "hobby"], "calls": [2, 4], "w": [1, 1]}
    now = scorer.score(rows | {"calls": [3, 2]})
    change = now.change_since(scorer.score(rows))
    assert change.ideal.tolist() == [True, False]
    assert [row["mean"] for row in change.parts["by cause"] if row["up"]] == [0.25]
    said = str(change)
    assert "moved by +25.0 points on average" in said
    assert "1 customer of segments that are not ideal; moved by -50.0 points" in said
    assert "B (not ideal)" in said
    assert change.to_frame()["ideal"].tolist() == [True, False]
    told = og.Override("A", state="failing", reason="they said so", author="Sara", until="2026-12-31")
    over = now.with_overrides([told], as_of="2026-01-01").change_since(scorer.score(rows))
    assert "they said so (Sara, until 2026-12-31)" in str(over)
