"""The raw tables of the Open University become one row for each enrolment, equal to a query by hand."""

from __future__ import annotations

import time
from pathlib import Path

import polars as pl
import pytest

from outcomegap.files import load
from outcomegap.intake import read_customers
from outcomegap.model import check

HERE = Path(__file__).parent
KEY = ["code_module", "code_presentation", "id_student"]


def by_hand(folder: Path, day: int) -> pl.DataFrame:
    """The same query, written for Polars."""
    students, registrations, assessments, submissions, clicks = (
        pl.read_csv(folder / f"oulad_2013_{name}.csv.gz", null_values="?", infer_schema_length=None)
        for name in ("students", "registrations", "assessments", "submissions", "clicks_before")
    )
    here = students.join(registrations, on=KEY, how="left", maintain_order="left").filter(
        (pl.col("date_registration") < day).fill_null(value=True),
        (pl.col("date_unregistration") >= day).fill_null(value=True),
    )
    due = assessments.filter(pl.col("date") < day)
    known = submissions.filter(pl.col("date_submitted") < day, pl.col("is_banked") == 0)
    known = known.join(due.select("id_assessment", due="date"), on="id_assessment", how="left")
    submitted = known.group_by(KEY).agg(
        handed_in=pl.col("due").count().cast(float),
        mark=pl.col("score").mean(),
        days_late=(pl.col("date_submitted") - pl.col("due")).mean(),
    )
    here = here.join(due.group_by(KEY[:2]).agg(due=pl.len()), on=KEY[:2], how="left", maintain_order="left")
    here = here.join(submitted, on=KEY, how="left", maintain_order="left")
    here = here.join(clicks, on=KEY, how="left", maintain_order="left")
    counts = here.with_columns(pl.col("handed_in", "due", "pre_course_clicks").fill_null(0).cast(float))
    return counts.select(
        id=pl.concat_str(KEY, separator=" / "),
        handed_in_share=pl.when(pl.col("due") > 0).then(pl.col("handed_in") / pl.col("due")),
        mark="mark",
        registered_before=-pl.col("date_registration").cast(float),
        days_late="days_late",
        clicks="pre_course_clicks",
        due="due",
        handed_in="handed_in",
        final_result="final_result",
    )


@pytest.mark.parametrize(("day", "rows"), [(60, 10_980), (0, None), (-30, None), (150, None)])
def test_every_enrolment_equals_the_query_by_hand(shared_data: Path, day: int, rows: int | None) -> None:
    model = load(HERE / "oulad.toml")
    assert check(model) == ()
    began = time.perf_counter()
    found = read_customers(model, shared_data, as_of=day)
    assert time.perf_counter() - began < 30
    right = by_hand(shared_data, day)
    assert rows in (None, len(right))
    assert found.frame.select(right.columns).equals(right)
    assert found.report.rows_out == len(right)


def test_what_was_left_out_is_told(shared_data: Path) -> None:
    told = read_customers(load(HERE / "oulad.toml"), shared_data).report
    for note in (
        "4 customers begin at or after day 60 (registrations.date_registration): left out",
        "2,101 customers left before day 60 (registrations.date_unregistration): left out",
        "tables 'submissions' (58,229 rows), 'assessments' (70 rows): at or after day 60 left out",
        "table 'assessments': 3 rows without a date left out",
    ):
        assert note in told.left_out
    assert any(f.message.startswith("18 of 13,085 rows name no row of 'registrations'") for f in told.findings)


def test_the_page_shows_this_model() -> None:
    page = (HERE.parents[1] / "docs" / "oulad.md").read_text(encoding="utf-8")
    assert (HERE / "oulad.toml").read_text(encoding="utf-8").strip() in page
