"""Real tables, by a model file alone, against the csv module and plain loops."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import math
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from outcomegap.files import load
from outcomegap.intake import Customers, read_customers
from outcomegap.model import check

HERE = Path(__file__).parent
NEW_YEAR = dt.datetime(2025, 1, 1)


def rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def near(found: Any, expected: float | None) -> bool:
    gone = found is None or math.isnan(found)
    return gone if expected is None else not gone and math.isclose(found, expected, rel_tol=1e-12)


@pytest.fixture(scope="module")
def raven(shared_data: Path) -> tuple[Customers, dict[str, list[dict[str, str]]]]:
    model = load(HERE / "ravenstack.toml")
    assert check(model) == ()
    names = ("accounts", "subscriptions", "feature_usage", "support_tickets", "churn_events")
    return read_customers(model, shared_data), {n: rows(shared_data / f"ravenstack_{n}.csv.gz") for n in names}


def test_ravenstacks_numbers(raven: Any) -> None:
    found, raw = raven
    owner = {s["subscription_id"]: s["account_id"] for s in raw["subscriptions"]}
    uses, tickets, paid = defaultdict(list), defaultdict(list), defaultdict(float)
    for use in raw["feature_usage"]:
        if dt.datetime.fromisoformat(use["usage_date"]) < NEW_YEAR:
            uses[owner[use["subscription_id"]]].append(use)
    for ticket in raw["support_tickets"]:
        if dt.datetime.fromisoformat(ticket["submitted_at"]) < NEW_YEAR:
            tickets[ticket["account_id"]].append(ticket)
    for subscription in raw["subscriptions"]:
        if not subscription["end_date"]:
            paid[subscription["account_id"]] += float(subscription["mrr_amount"])
    frame = {name: found.frame[name].to_list() for name in found.frame.columns}
    assert frame["id"] == [a["account_id"] for a in raw["accounts"]]
    assert frame["segment"] == [a["plan_tier"] for a in raw["accounts"]]
    since = NEW_YEAR - dt.timedelta(days=90)
    for row, account in enumerate(raw["accounts"]):
        mine = uses[account["account_id"]]
        recent = [u for u in mine if dt.datetime.fromisoformat(u["usage_date"]) >= since]
        assert frame["usage"][row] == len(recent)
        assert frame["features"][row] == len({u["feature_name"] for u in recent})
        assert near(frame["error_share"][row], statistics.fmean(u["error_count"] != "0" for u in mine))
        last = max(dt.datetime.fromisoformat(u["usage_date"]) for u in mine)
        assert frame["days_since_use"][row] == (NEW_YEAR - last).days
        asked = tickets[account["account_id"]]
        spans = [
            dt.datetime.fromisoformat(t["closed_at"]) - dt.datetime.fromisoformat(t["submitted_at"]) for t in asked
        ]
        hours = [span / dt.timedelta(hours=1) for span in spans]
        assert near(frame["resolution"][row], statistics.median(hours) if hours else None)
        replies = [float(t["first_response_time_minutes"]) for t in asked]
        assert near(frame["first_reply"][row], statistics.median(replies) / 60 if replies else None)
        happy = [float(t["satisfaction_score"]) for t in asked if t["satisfaction_score"]]
        assert near(frame["ticket_satisfaction"][row], statistics.fmean(happy) if happy else None)
        escalated = [t["escalation_flag"] == "True" for t in asked]
        assert near(frame["escalated"][row], statistics.fmean(escalated) if escalated else None)
        assert near(frame["mrr"][row], paid[account["account_id"]])


def test_ravenstacks_contradictions(raven: Any) -> None:
    found, raw = raven
    accounts = {a["account_id"]: a for a in raw["accounts"]}
    subscriptions = {s["subscription_id"]: s for s in raw["subscriptions"]}
    uses = raw["feature_usage"]
    early = sum(u["usage_date"] < subscriptions[u["subscription_id"]]["start_date"] for u in uses)
    owners = [accounts[subscriptions[u["subscription_id"]]["account_id"]] for u in uses]
    before = sum(u["usage_date"] < a["signup_date"] for u, a in zip(uses, owners, strict=True))
    tickets = sum(t["submitted_at"] < accounts[t["account_id"]]["signup_date"] for t in raw["support_tickets"])
    left = {e["account_id"] for e in raw["churn_events"]}
    churned = [a["account_id"] for a in raw["accounts"] if a["churn_flag"] == "True"]
    stayed = [a["account_id"] for a in raw["accounts"] if a["churn_flag"] == "False"]
    told = {f.where: f.message for f in found.report.findings}
    assert told["expect.0"].startswith(f"{early:,} of {len(uses):,} rows")
    assert told["expect.1"].startswith(f"{before:,} of {len(uses):,} rows")
    assert told["expect.3"].startswith(f"{tickets:,} of {len(raw['support_tickets']):,} rows")
    assert told["expect.6"].startswith(f"{sum(c not in left for c in churned)} of {len(churned)} customers")
    assert told["expect.7"].startswith(f"{sum(s in left for s in stayed)} of {len(stayed)} customers")
    assert set(told) == {"expect.0", "expect.1", "expect.3", "expect.6", "expect.7"}
    assert found.report.set_aside == 0


def test_airline(shared_data: Path) -> None:
    model = load(HERE / "airline.toml")
    assert check(model) == ()
    found = read_customers(model, shared_data / "airline.csv.gz")
    raw = rows(shared_data / "airline.csv.gz")
    frame = {name: found.frame[name].to_list() for name in found.frame.columns}
    kind = {("Business travel", "Business"): "business", ("Business travel", "Eco"): "mixed"}
    kind |= {("Business travel", "Eco Plus"): "mixed"}
    assert frame["segment"] == [kind.get((r["type_of_travel"], r["class"]), "leisure") for r in raw]
    assert frame["stage"] == ["loyal" if r["customer_type"] == "Loyal Customer" else "first flights" for r in raw]
    for name, column in (("wifi", "inflight_wifi_service"), ("boarding", "online_boarding"), ("seat", "seat_comfort")):
        expected = [None if r[column] in ("0", "") else float(r[column]) for r in raw]
        assert [None if v is None or math.isnan(v) else v for v in frame[name]] == expected
    late = [None if r["arrival_delay_in_minutes"] == "" else float(r["arrival_delay_in_minutes"]) / 60 for r in raw]
    assert [None if v is None or math.isnan(v) else v for v in frame["arrival_delay"]] == late
    assert frame["age"] == [int(r["age"]) for r in raw]
    zeros = sum(r["inflight_wifi_service"] == "0" for r in raw)
    report = {c["name"]: c for c in found.report}
    assert (report["wifi"]["missing"], report["wifi"]["mapped"]) == (zeros, zeros)
    assert zeros == 3103
