"""Gap status: counts by hand, shares that are those of the segments, what the data say against a status."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.errors import DataError
from outcomegap.journey.promises import STATUSES, gap_status
from tests.frames.kinds import KINDS, listed, make
from tests.scoring.example import email_model, email_scores


def scores(statuses=("open", "closed"), frame=dict, **columns):
    one = og.SuccessGap("calls", og.Measure("calls"), floor=0, target=4, owner="vendor", status=statuses[0])
    two = og.SuccessGap("deals", og.Measure("deals"), floor=0, target=2, owner="customer", status=statuses[1])
    reply = og.Expectation("reply", og.Measure("hours"), floor=48, target=24)
    sales = og.RequiredOutcome("sales", needs=og.AllOf(one, two))
    model = og.OutcomeModel(
        "phone",
        desired_outcomes=[og.DesiredOutcome(sales, og.AppropriateExperience("how", expects=reply))],
        segments=[og.Segment("firm"), og.Segment("hobby", ideal=False)],
    )
    count = 4
    data = {"segment": ["firm"] * 3 + ["hobby"], "calls": [4.0, 2.0, np.nan, 0.0], "deals": [2.0, 2.0, 1.0, 0.0],
            "hours": [24.0] * count} | columns  # fmt: skip
    return og.Scorer(model).score(frame({name: list(values) for name, values in data.items()}))


def test_counts_by_hand():
    status = gap_status(scores())
    rows = {row["gap"]: row for row in status}
    calls, deals = rows["calls"], rows["deals"]
    assert (calls["owner"], calls["status"], calls["customers"], calls["affected"], calls["missing"]) == (
        "vendor",
        "open",
        3,
        1,
        1,
    )
    assert (deals["affected"], deals["missing"]) == (1, 0)
    assert deals["disagrees"] == "said to be closed, and 1 customer lacks it"
    assert calls["disagrees"] is None
    assert status.facts["counts"] == {"open": 1, "being closed": 0, "closed": 1, "cannot be bridged": 0}
    assert status.facts["apart"] == 1
    assert "1 customer of segments that are not ideal" in str(status)


def test_open_and_nobody_lacks_it():
    status = gap_status(scores(("being closed", "open"), calls=[4.0] * 4, deals=[0.0] * 4))
    said = {row["gap"]: row["disagrees"] for row in status}
    assert said == {"calls": "said to be being closed, and nobody lacks it", "deals": None}


def test_by_owner_and_status():
    found = email_scores(300)
    status = gap_status(found)
    rows = {(row["owner"], row["status"]): row for row in status.parts["owners"]}
    assert list(rows) == [("customer", "open"), ("customer", "cannot be bridged"), ("joint", "being closed")]
    total = found.by().total
    share = {gap.name: gap.share for gap in total.gaps}
    assert rows["customer", "open"]["share"] == pytest.approx(share["list built"])
    assert sum(row["share"] for row in rows.values()) == pytest.approx(
        sum(share[name] for name in ("list built", "copy persuades", "offer is irresistible"))
    )
    attained = found.attainment()
    ideal = np.isin(
        [c.segment for c in np.array(found.model.cells, dtype=object)[found.cell]], ["startup", "enterprise"]
    )
    lacks = attained.values[:, list(attained.steps).index("list built")] < 1 - 1e-9
    assert rows["customer", "open"]["affected"] == int((lacks & ideal & (found.cell >= 0)).sum())
    assert set(status.facts["counts"]) == set(STATUSES)
    assert "functions and expectations, which have no status" in str(status)


def test_customers_with_two_gaps_of_one_owner_count_once():
    model = email_model()
    assert sum(isinstance(step, og.SuccessGap) and step.owner == "customer" for step in model.steps) == 2
    both = scores(("open", "open"), calls=[0.0] * 4, deals=[0.0] * 4)
    assert [row["affected"] for row in gap_status(both).parts["owners"]] == [3, 3]


def test_weights():
    heavy = gap_status(scores(), weight=[1.0, 100.0, 1.0, 1.0]).columns["share"]
    light = gap_status(scores(), weight=[1.0, 0.0, 1.0, 1.0]).columns["share"]
    assert not np.allclose(heavy, light)


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame(kind):
    status = gap_status(
        scores(frame=lambda columns: make(kind, {n: [None if v != v else v for v in c] for n, c in columns.items()}))
    )
    assert listed(status.to_frame())["gap"] == status.columns["gap"].tolist()
    assert type(status.parts["owners"].to_frame()) is type(status.to_frame())


def test_html_and_nobody():
    empty = og.Scorer(scores().model).score({name: [] for name in ("segment", "calls", "deals", "hours")})
    status = gap_status(empty)
    assert (status.rows(), status.parts["owners"].rows(), status.facts["apart"]) == ([], [], 0)
    assert list(status.to_frame())[:3] == ["gap", "owner", "status"]
    assert "<table" in status.html()


@pytest.mark.parametrize("weight", ["mrr", [1.0], [-1.0, 1.0, 1.0, 1.0]])
def test_bad_weights(weight):
    with pytest.raises(DataError):
        gap_status(scores(), weight=weight)
