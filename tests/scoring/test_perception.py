"""The same list seen by the vendor and by the customers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap.scoring.perception import perception_gap
from outcomegap.scoring.states import MET
from tests.scoring.example import email_customers, email_model

SCORER = og.Scorer(email_model())


def views(n: int = 120, missing: float = 0.2) -> tuple[dict[str, Any], dict[str, Any]]:
    vendor, customer = email_customers(n, 1, missing), email_customers(n, 2, missing)
    return vendor, customer | {name: vendor[name] for name in ("segment", "stage")}


def everybody(found: og.Listing) -> int:
    """How many customers are compared in all segments."""
    return sum(part.facts["customers"] for name, part in found.parts.items() if name != "total")


def test_step_by_step_over_those_whom_both_observe() -> None:
    vendor, customer = views()
    found = perception_gap(SCORER, vendor, customer)
    ours, theirs = (pd.DataFrame(SCORER.score(v).attainment().to_frame()) for v in (vendor, customer))
    segment = np.array(vendor["segment"])
    for name in ("startup", "enterprise", "hobby"):
        for step in found.parts[name]:
            here = (segment == name) & ours[step["step"]].notna() & theirs[step["step"]].notna()
            a, b = ours[step["step"]][here], theirs[step["step"]][here]
            assert step["compared"] == here.sum()
            assert (step["vendor"], step["customer"]) == (pytest.approx(a.mean()), pytest.approx(b.mean()))
            assert step["difference"] == pytest.approx((a - b).mean())
            assert step["disagree"] == pytest.approx(((a >= MET) != (b >= MET)).mean())
            assert step["vendor_higher"] == pytest.approx((a > b).mean())
            assert step["customer_higher"] == pytest.approx((b > a).mean())
        sizes = [abs(step["difference"]) for step in found.parts[name]]
        assert sizes == sorted(sizes, reverse=True)


def test_who_sees_them_as_successful() -> None:
    vendor, customer = views()
    found = perception_gap(SCORER, SCORER.score(vendor), SCORER.score(customer))
    ours, theirs = SCORER.score(vendor), SCORER.score(customer)
    ideal = np.array(vendor["segment"]) != "hobby"
    assert found.facts["customers"] == ideal.sum()
    assert found.facts["vendor_successful"] == pytest.approx((ours.state[ideal] == "successful").mean())
    assert found.facts["customer_successful"] == pytest.approx((theirs.state[ideal] == "successful").mean())
    both = ideal & ~np.isnan(ours.desired) & ~np.isnan(theirs.desired)
    assert found.facts["vendor_desired"] == pytest.approx(ours.desired[both].mean())
    assert found.facts["customer_desired"] == pytest.approx(theirs.desired[both].mean())
    assert list(found.parts) == ["total", "startup", "enterprise", "hobby"]
    assert dict.fromkeys(zip(found.columns["segment"], found.columns["ideal"].tolist(), strict=True)) == dict.fromkeys(
        [("startup", True), ("enterprise", True), ("hobby", False)]
    )


def test_only_some_customers_answered() -> None:
    vendor, customer = views()
    answered = {name: values[10:40] for name, values in customer.items()}
    answered["id"] = [*answered["id"][:-1], "stranger"]
    found = perception_gap(SCORER, vendor, answered)
    assert found.facts["only_customer"].tolist() == ["stranger"]
    assert len(found.facts["only_vendor"]) == 91
    assert everybody(found) == 29


def test_rows_set_aside_are_not_compared() -> None:
    vendor, customer = views(30, 0)
    customer["delivery_rate"][:4] = 7
    found = perception_gap(SCORER, vendor, SCORER.score(customer, on_bad="set_aside"))
    assert everybody(found) == 26


def test_row_by_row_where_nobody_is_named() -> None:
    vendor, customer = ({k: v for k, v in view.items() if k != "id"} for view in views(40))
    assert everybody(perception_gap(SCORER, vendor, customer)) == 40
    with pytest.raises(og.DataError, match="the vendor's view has 40 rows"):
        perception_gap(SCORER, vendor, {name: values[:5] for name, values in customer.items()})


@pytest.mark.parametrize("kind", [dict, pd.DataFrame])
def test_a_frame_with_a_row_a_segment_and_step(kind: Any) -> None:
    vendor, customer = views()
    frame = perception_gap(SCORER, kind(vendor), customer).to_frame()
    assert isinstance(frame, kind)
    assert len(frame["step"]) == 18
    assert list(frame)[:6] == ["segment", "ideal", "step", "compared", "vendor", "customer"]


def test_words() -> None:
    vendor, customer = views()
    found = perception_gap(SCORER, vendor, customer)
    assert "The vendor sees " in str(found)
    assert "hobby (not ideal)" in str(found)
    assert len(found) == 18


def test_nobody_is_in_both() -> None:
    vendor, customer = views(5)
    found = perception_gap(SCORER, vendor, customer | {"id": list("vwxyz")})
    assert found.facts["customers"] == 0
    assert np.isnan(found.facts["vendor_successful"])
    assert "0 customers seen by both" in str(found)


def test_what_cannot_be_compared() -> None:
    vendor, customer = views(10)
    with pytest.raises(og.DataError, match="two different cells"):
        perception_gap(SCORER, vendor, customer | {"segment": ["startup"] * 10, "stage": ["scaling"] * 10})
    with pytest.raises(og.DataError, match="holds 'C1' 2 times"):
        perception_gap(SCORER, vendor, customer | {"id": ["C1", "C1", *customer["id"][2:]]})
