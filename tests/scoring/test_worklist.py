"""The worklist: its order, its parts, its words, its files."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.errors import DataError
from outcomegap.scoring import Scores, worklist as module
from outcomegap.scoring.customers import NONE
from outcomegap.scoring.worklist import NEED_DATA, SET_ASIDE, WORK, next_gaps, work_status
from outcomegap.testing import customers, models
from tests.scoring.example import email_customers, email_model, email_scores

CUSTOMER: dict[str, Any] = {
    "segment": "startup",
    "stage": "onboarding",
    "delivery_rate": 0.99,
    "list_size": 12,
    "click_rate": 0.03,
    "offer_score": 8,
    "first_reply_hours": 12,
    "training_days": 2,
    "sla_hours": 1.0,
    "csm": "Sara",
}


def score(*rows: dict[str, Any], **options: Any) -> og.Scores:
    return og.Scorer(email_model()).score([CUSTOMER | {"id": n} | row for n, row in enumerate(rows)], **options)


def test_one_customer_in_words() -> None:
    (row,) = score({}).worklist(keep=["csm"])
    assert row == {
        "rank": 1,
        "id": 0,
        "csm": "Sara",
        "segment": "startup",
        "stage": "onboarding",
        "ideal": True,
        "section": WORK,
        "state": "failing",
        "score": pytest.approx(2.4),
        "gap": pytest.approx(97.6),
        "met": 5,
        "steps": 6,
        "steps_met": "5 of 6 met",
        "next_gap": "list built",
        "stands_at": "12 of 500 contacts",
        "owner": "customer",
        "remedy": "list-building guide",
        "status": "open",
        "gain": pytest.approx(97.6),
        "share": pytest.approx(1.0),
        "lacking": None,
        "lacking_column": None,
        "at_stake": None,
        "missing": 0,
    }


def test_units_are_those_of_the_customers_own_cell() -> None:
    late = {"segment": "enterprise", "list_size": 50_000, "first_reply_hours": 12, "sla_hours": 4.0, "training_days": 0}
    scores = score({"list_size": 500}, late, {"segment": "enterprise", "stage": "scaling"})
    said = {row["id"]: (row["next_gap"], row["stands_at"]) for row in scores.worklist()}
    assert said[0] == (None, None)
    assert said[1] == ("formal training", "0 of 2 d")
    assert said[2] == ("list built", "12 of 200,000 contacts")
    second = {row["id"]: row["stands_at_2"] for row in scores.worklist(top=2)}
    assert second == {0: None, 1: "12 h, target 4 h", 2: "12 h, target 1 h"}


def test_the_order_is_by_state_then_gap_then_value() -> None:
    tolerating = {"list_size": 500, "first_reply_hours": 48, "training_days": 1}
    assert score(tolerating).desired[0] < 0.5
    rows = [{"list_size": 500}, tolerating | {"mrr": 1}, {"list_size": 240, "mrr": 5}, {"list_size": 240, "mrr": 9}]
    scores = score(*({"mrr": 0} | row for row in rows))
    worklist = scores.worklist(value="mrr")
    assert worklist.positions.tolist() == [3, 2, 1, 0]
    assert [row["state"] for row in worklist] == ["failing", "failing", "tolerating", "successful"]
    assert [row["value"] for row in worklist] == [9, 5, 1, 0]
    assert scores.worklist(value=np.array([0, 0, 7, 3])).positions.tolist() == [2, 3, 1, 0]


def test_those_who_need_data_come_last_never_among_the_worst() -> None:
    blank = dict.fromkeys(["delivery_rate", "list_size", "click_rate", "offer_score"])
    bad = {"delivery_rate": 1.5}
    scores = score(bad, blank | {"first_reply_hours": None}, {"list_size": 500}, {}, on_bad="set_aside")
    worklist = scores.worklist()
    assert worklist.positions.tolist() == [3, 2, 1, 0]
    rows = list(worklist)
    assert [row["section"] for row in rows] == [WORK, WORK, NEED_DATA, SET_ASIDE]
    needs = rows[2]
    assert (needs["score"], needs["gap"], needs["next_gap"], needs["gain"]) == (None, None, None, None)
    assert (needs["missing"], needs["steps_met"]) == (5, "1 of 6 met")
    unknown = scores.unknown()
    best = int(np.nanargmax(np.where(unknown.observed[1], -1, unknown.values[1])))
    assert needs["lacking"] == unknown.steps[best]
    assert needs["lacking_column"] == scores.model.steps[best].measure.name
    assert needs["at_stake"] == pytest.approx(100 * unknown.values[1].max())
    assert (rows[3]["state"], rows[3]["segment"], rows[3]["steps_met"]) == (None, None, None)
    assert (worklist.set_aside, worklist.total, len(worklist.need_data)) == (1, 4, 1)
    assert next(iter(worklist.need_data))["rank"] == 3


def test_the_whole_list_against_the_scores() -> None:
    scores = email_scores(250, seed=4)
    rows = list(scores.worklist(value="mrr", top=3))
    order = scores.order("mrr").tolist()
    scored = [row for row in order if not math.isnan(scores.gap[row])]
    blank = [row for row in order if math.isnan(scores.gap[row]) and scores.cell[row] >= 0]
    assert [row["id"] for row in rows] == [f"C{row}" for row in [*scored, *blank, 1, 0]] or {
        row["id"] for row in rows[-2:]
    } == {"C0", "C1"}
    assert [row["rank"] for row in rows] == list(range(1, 251))
    for place, row in zip([*scored, *blank], rows, strict=False):
        assert row["met"] == scores.met[place]
        assert row["state"] == scores.state[place]
        assert row["score"] == pytest.approx(100 * scores.desired[place], nan_ok=True) or row["score"] is None
        assert row["gap"] is None or row["gap"] == 100 * scores.gap[place]


def test_limit_and_head() -> None:
    scores = email_scores(100)
    whole = scores.worklist(value="mrr")
    first = scores.worklist(value="mrr", limit=5)
    assert (len(first), first.total, len(whole)) == (5, 100, 100)
    assert list(first) == list(whole)[:5] == list(whole.head(5)) == list(first.head(50))
    assert len(scores.worklist(limit=0)) == 0
    assert scores.worklist(limit=0).to_frame()["rank"].shape == (0,)
    assert len(scores.worklist(limit=0).need_data) == len(whole.need_data) > 0


@pytest.mark.parametrize("wrong", [{"limit": -1}, {"limit": 2.5}, {"top": 0}])
def test_limit_and_top_are_whole_numbers(wrong: dict[str, Any]) -> None:
    with pytest.raises(DataError) as caught:
        email_scores(10).worklist(**wrong)
    assert [(problem.rule, problem.column) for problem in caught.value.problems] == [("out-of-range", *wrong)]


def test_columns_kept() -> None:
    scores = email_scores(30)
    with pytest.raises(DataError, match="did you mean 'csm'"):
        scores.worklist(keep=["cms", "renewal"])
    with pytest.raises(DataError, match="must hold numbers"):
        scores.worklist(value="csm")
    assert list(scores.worklist(keep="csm").to_frame())[:4] == ["rank", "id", "csm", "segment"]
    assert "csm" not in scores.worklist().to_frame()
    frame = scores.worklist(keep=["id", "segment", "renewal", "mrr"]).to_frame()
    assert list(frame)[:5] == ["rank", "id", "renewal", "mrr", "segment"]
    assert frame["renewal"].dtype.kind == "M"


def test_columns_that_the_models_inputs_keep() -> None:
    inputs = og.Inputs(id="id", keep=["csm", "not there"])
    scores = og.Scorer(email_model(inputs)).score(email_customers(10))
    assert list(scores.worklist().to_frame())[:3] == ["rank", "id", "csm"]
    assert list(scores.worklist(keep=[]).to_frame())[:3] == ["rank", "id", "segment"]


def test_names_that_clash_with_the_lists_own() -> None:
    customers = email_customers(10) | {"state": ["TX"] * 10, "rank": list(range(10))}
    scores = og.Scorer(email_model()).score(customers, id="rank")
    frame = scores.worklist(keep=["state"]).to_frame()
    assert list(frame)[:3] == ["rank", "rank (column)", "state (column)"]
    assert frame["state (column)"].tolist() == ["TX"] * 10
    assert set(frame["state"]) <= {"failing", "tolerating", "uncertain", "successful"}


def test_without_an_id_the_row_names_the_customer() -> None:
    customers = email_customers(10)
    del customers["id"]
    worklist = og.Scorer(email_model()).score(customers).worklist()
    assert worklist.to_frame()["row"].tolist() == worklist.positions.tolist()


def test_a_model_without_segments() -> None:
    step = og.SuccessGap("list", og.Measure("size"), floor=0, target=10)
    wish = og.Expectation("API", og.Measure("api"), floor=0, target=1)
    outcome = og.DesiredOutcome(og.RequiredOutcome("sales", needs=step), og.AppropriateExperience("how", expects=wish))
    scores = og.Scorer(og.OutcomeModel("small", desired_outcomes=[outcome])).score({"size": [1.0], "api": [1.0]})
    assert list(scores.worklist().to_frame())[:4] == ["rank", "row", "section", "state"]
    assert "segment" not in str(scores.worklist())


@pytest.mark.parametrize("frame", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_frames_are_of_the_kind_that_came_in(frame: Any) -> None:
    scores = email_scores(60, frame=frame)
    table = scores.worklist(value="mrr", keep=["csm", "renewal"]).to_frame()
    assert isinstance(table, dict if frame is dict else type(frame({"a": [1]})))
    expected = email_scores(60).worklist(value="mrr", keep=["csm"]).to_frame()
    for name in ("id", "csm", "state", "next_gap", "stands_at", "lacking"):
        found = table[name].to_pylist() if frame is pa.table else list(table[name])
        assert [None if pd.isna(x) else x for x in found] == expected[name].tolist()


def test_records_in_records_out() -> None:
    table = score({}, {"list_size": 500}).worklist().to_frame()
    assert [row["stands_at"] for row in table] == ["12 of 500 contacts", None]


def test_files(tmp_path: Path) -> None:
    scores = email_scores(40)
    worklist = scores.worklist(value="mrr", keep=["csm", "renewal"])
    text = worklist.to_csv()
    assert text is not None
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["csm"] for row in rows} == {"", "Sara", "'=Tom", "Ann"}
    assert float(rows[0]["score"]) == 100 * scores.desired[worklist.positions[0]]
    assert worklist.to_csv(tmp_path / "list.csv") is None
    assert (tmp_path / "list.csv").read_bytes().decode() == text
    listed = json.loads(worklist.to_json() or "")
    assert [row["csm"] for row in listed] == [row["csm"] for row in worklist]
    assert listed[0]["renewal"] == next(iter(worklist))["renewal"].isoformat()
    worklist.to_json(tmp_path / "list.json")
    assert json.loads((tmp_path / "list.json").read_text(encoding="utf-8")) == listed
    openpyxl = pytest.importorskip("openpyxl")
    worklist.to_excel(tmp_path / "list.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx").active
    assert sheet.title == "E-mail marketing"
    assert sheet.max_row == 41
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}


def test_what_people_read() -> None:
    blank = dict.fromkeys(["delivery_rate", "list_size", "click_rate", "offer_score"])
    hobby = {"segment": "hobby", "list_size": 250, "click_rate": 0.0, "offer_score": 3, "training_days": None}
    rows = [{"csm": "=Tom"}, hobby, blank, {"delivery_rate": 7}]
    worklist = score(*rows, on_bad="set_aside").worklist(keep=["csm"], top=2)
    text = worklist.text()
    assert text.startswith("E-mail marketing, worklist: 4 customers\n\nIn order of need\n")
    assert "12 of 500 contacts" in text
    assert "hobby/onboarding (not ideal)" in text
    assert "copy persuades (being closed)" in text
    assert "5 of 6" in text
    assert "Need data before they can be scored" in text
    assert "4 of 6" in text
    assert "1 of 4 rows set aside for their problems." in text
    assert str(worklist) == text
    short = worklist.text(1)
    assert "... and 1 more in order of need." in short
    assert max(map(len, text.splitlines())) > 120 >= max(map(len, worklist.text(width=120).splitlines()))
    assert "... and 1 more that need data." in score(blank, blank).worklist().text(1)
    assert repr(worklist) == "<Worklist of 4 of 4 customers>"


def test_html_is_escaped() -> None:
    html = (
        score({"csm": "<script>alert(1)</script>"}, {"csm": "<b>", "list_size": None})
        .worklist(keep=["csm"])
        ._repr_html_()
    )
    assert "<script>" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;" in html


def test_each_part_says_what_is_not_shown() -> None:
    names = ("delivery_rate", "list_size", "click_rate", "offer_score", "first_reply_hours", "training_days")
    listed = score(*[{} for _ in range(3)], *[dict.fromkeys(names)] * 2).worklist(limit=1)
    text = str(listed)
    assert text.startswith("E-mail marketing, worklist: 5 customers\n")
    assert "... and 2 more in order of need." in text
    assert "... and 1 more that need data." in text


# Which gap comes first, against a plain loop over the rule


def by_the_rule(scores: Scores, row: int) -> list[int]:
    """Return the steps of one customer in the order in which they come."""
    if math.isnan(scores.desired[row]):
        return []
    parts, reached = scores.attribution(), scores.attainment().values[row]
    side = {"failing": "required", "tolerating": "experience"}.get(scores.point_state[row])
    keys = []
    for number, step in enumerate(scores.model.steps):
        part = round(float(parts.values[row, number]), 12)
        if parts.observed[row, number] and reached[number] < 1 - 1e-9 and part > 0:
            other_side = side is not None and step.side != side
            keys.append((other_side, work_status(step) != "open", -part, number))
    return [number for *_, number in sorted(keys)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_order_of_gaps_is_the_rules(data: st.DataObject) -> None:
    model = data.draw(models(max_steps=6, max_cells=3))
    scores = og.Scorer(model).score(data.draw(customers(model, max_rows=6)))
    check(scores)


def test_the_order_of_gaps_in_the_example() -> None:
    check(email_scores(120))


def check(scores: Scores) -> None:
    rows = np.arange(len(scores))[::-1]
    top = len(scores.model.steps)
    found = next_gaps(scores, rows, top)
    parts, gain, unknown = scores.attribution(), scores.gain(), scores.unknown()
    for place, row in enumerate(rows.tolist()):
        expected = by_the_rule(scores, row)
        assert found.step[:, place].tolist() == expected + [NONE] * (top - len(expected))
        for number, step in enumerate(expected):
            assert found.share[number, place] == pytest.approx(parts.values[row, step] / scores.gap[row], rel=1e-9)
            assert found.gain[number, place] == pytest.approx(gain.values[row, step], abs=1e-14)
        assert np.isnan(found.gain[len(expected) :, place]).all()
        blank = [step for step in range(top) if parts.applies[row, step] and not parts.observed[row, step]]
        assert found.missing[place] == len(blank)
        assert found.met[place] == scores.met[row]
        if blank:
            stake = max(unknown.values[row, step] for step in blank)
            assert found.lacking[place] in blank
            assert found.at_stake[place] == pytest.approx(max(stake, 0.0), abs=1e-12)
        else:
            assert found.lacking[place] == NONE
            assert math.isnan(found.at_stake[place])


def test_small_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, rows = email_scores(50), np.arange(50)
    whole = next_gaps(scores, rows, 2)
    monkeypatch.setattr(module, "CHUNK", 8)
    parts = next_gaps(scores, rows, 2)
    np.testing.assert_array_equal(whole.step, parts.step)
    np.testing.assert_array_equal(whole.share, parts.share)
    np.testing.assert_array_equal(whole.lacking, parts.lacking)


def test_no_customers() -> None:
    found = next_gaps(email_scores(5), np.arange(0))
    assert (found.step.shape, found.lacking.shape) == ((1, 0), (0,))


def one(**measures: float) -> tuple[Scores, str | None]:
    """Score one start-up with everything met but what is said, and name the gap that comes first."""
    full: dict[str, Any] = {"delivery_rate": 1, "list_size": 500, "click_rate": 0, "offer_score": 8}
    full |= {"first_reply_hours": 1, "training_days": 2, "sla_hours": 1, "segment": "startup", "stage": "scaling"}
    scores = og.Scorer(email_model()).score({name: [value] for name, value in (full | measures).items()})
    step = int(next_gaps(scores, np.array([0])).step[0, 0])
    return scores, None if step == NONE else scores.model.steps[step].name


def test_the_side_that_the_state_calls_for() -> None:
    scores, first = one(list_size=0, first_reply_hours=48, training_days=0)
    assert (scores.state[0], first) == ("failing", "list built")
    scores, first = one(list_size=300, first_reply_hours=48, training_days=1)
    assert (scores.state[0], first) == ("tolerating", "support replies")
    scores, first = one(list_size=400, first_reply_hours=30)
    assert (scores.state[0], first) == ("successful", "list built")
    scores, first = one()
    assert (scores.state[0], first) == ("successful", None)


def test_what_nobody_can_work_on_comes_after_the_rest_of_its_side() -> None:
    _, first = one(click_rate=0, offer_score=3, list_size=450)
    assert first == "list built"  # a small part of the gap, but open
    scores, first = one(click_rate=0, offer_score=3)
    assert first == "copy persuades"  # alone there, and being closed
    assert work_status(scores.model.steps[[step.name for step in scores.model.steps].index(first)]) == "being closed"


def test_the_worklist_and_groups_are_of_the_data_as_scored() -> None:
    data = email_customers(20, missing=0)
    scores = og.Scorer(email_model()).score(data)
    first, gaps = scores.worklist().to_frame()["stands_at"].tolist(), scores.by("segment").total.gaps
    data["training_days"][:] = 9.0
    assert scores.worklist().to_frame()["stands_at"].tolist() == first
    assert scores.by("segment").total.gaps == gaps


# What people read of it


def margins(**columns: list[Any]) -> og.Scores:
    """Scores of two required steps, one of which stands below zero, and a wish."""
    gaps = [
        og.SuccessGap("margin", og.Measure("margin", unit="%"), floor=-50, target=0),
        og.SuccessGap("seats", og.Measure("seats"), floor=0, target=10),
        og.SuccessGap("praise", og.Measure("praise"), floor=0, target=10),
    ]
    wish = og.Expectation("reply", og.Measure("reply"), floor=48, target=4)
    parts = og.RequiredOutcome("sales", needs=og.AllOf(*gaps)), og.AppropriateExperience("how", expects=wish)
    return og.Scorer(og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(*parts)])).score(columns)


def test_text_of_ours_needs_no_apostrophe() -> None:
    listed = margins(margin=[-35.7, -60], seats=[9, 9], praise=[9, 9], reply=[1, 1]).worklist()
    assert [row["stands_at"] for row in listed] == ["at -60 %, target 0 %", "at -35.7 %, target 0 %"]
    assert "'" not in str(listed.to_csv())


def test_nothing_at_stake_is_not_to_be_found_out() -> None:
    text = margins(margin=[-60, -10], seats=[5, 5], praise=[None, None], reply=[1, 1]).worklist().text()
    first, second = (line for line in text.splitlines() if line[:2] in ("1 ", "2 "))
    assert first.endswith(" -")
    assert second.endswith(" praise")


def test_no_gain_is_explained() -> None:
    none = margins(margin=[-60], seats=[0], praise=[9], reply=[1]).worklist()
    assert "+0.0: closing that gap alone gains nothing" in none.text()
    assert "another step" not in margins(margin=[-10], seats=[0], praise=[9], reply=[1]).worklist().text()


def test_a_value_that_is_kept_is_shown_once() -> None:
    rows = {"margin": [-10, -20], "seats": [5, 5], "praise": [9, 9], "reply": [1, 1], "ARR": [86000.0, 500.5]}
    scores = margins(**rows)
    head = next(line for line in scores.worklist(value="ARR", keep=["ARR"]).text().splitlines() if line.startswith("#"))
    assert head.split().count("ARR") == 1
    assert "value" not in head
    assert "value" in scores.worklist(value="ARR").text()
    assert scores.worklist(value="ARR", keep=["ARR"]).columns["value"].tolist() == [500.5, 86000.0]


def test_whole_numbers_that_are_kept_have_no_point() -> None:
    rows = {"margin": [-10, -20, 0], "seats": [5] * 3, "praise": [9] * 3, "reply": [1] * 3, "mood": [5.0, None, 2.5]}
    text = margins(**rows).worklist(keep=["mood"]).text()
    moods = [line.split()[-7] for line in text.splitlines() if line[:2] in ("1 ", "2 ", "3 ")]
    assert sorted(moods) == ["-", "2.5", "5"]


def test_those_who_need_data_are_shown_with_their_state() -> None:
    text = margins(margin=[None, -60], seats=[None] * 2, praise=[None] * 2, reply=[1, 1]).worklist().text()
    assert "data missing  state" in text
