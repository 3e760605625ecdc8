"""The first hundred days against a plain reading of each customer's events, on every kind of frame."""

from __future__ import annotations

import datetime as dt
import math
import re

import numpy as np
import pandas as pd
import pytest

from outcomegap.errors import DataError
from outcomegap.journey import Phases, first_hundred_days, phases
from outcomegap.stats import wilson
from tests.frames.kinds import KINDS, listed, make
from tests.journey.errors import rules_of

DAY = dt.timedelta(days=1)
START = dt.datetime(2026, 1, 1)
EIGHT = phases()
LOG = {
    "customer": ["A", "A", "B", "A", "C", "B", "D"],
    "event": ["contract_signed", "welcome_call_held", "contract_signed", "first_goal_reached", "login", "first_work_done",
              "contract_signed"],
    "time": ["2026-01-01", "2026-01-04", "2026-01-05", "2026-02-10", "2026-01-07", "2026-01-06", "2026-09-01"],
}  # fmt: skip


def place(log=LOG, as_of="2026-06-01", **more):
    return first_hundred_days(log, as_of=as_of, **more)


def test_each_customer():
    days = place()
    assert [row["customer"] for row in days.rows()] == ["A", "B", "C"]
    a = days.find("A")
    assert (a["phase"], a["days_in_phase"], a["window_days"]) == ("accomplish", 111.0, 35.0)
    assert (a["overdue"], a["days_overdue"]) == (True, 76.0)
    assert (a["next_phase"], a["next_event"]) == ("adopt", "rolled_out_further")
    assert a["next_step"] == EIGHT["accomplish"].act
    assert (a["clock_started"], a["day"], a["days_to_first_value"]) == (dt.date(2026, 1, 1), 151.0, 40.0)
    assert a["not_seen"] == "assess, activate, acclimate"


def test_a_customer_without_evidence_is_in_no_phase():
    c = place().find("C")
    assert (c["phase"], c["since"], c["days_in_phase"], c["overdue"], c["days_overdue"]) == (None,) * 5
    assert (c["next_phase"], c["next_event"], c["next_step"]) == ("assess", "trial_started", EIGHT["assess"].act)
    assert (c["clock_started"], c["day"], c["days_to_first_value"], c["not_seen"]) == (None,) * 4


def test_later_events_are_counted_and_in_nothing():
    days = place()
    assert days.facts["excluded"] == 1
    assert days.facts["not_yet"] == ["D"]
    assert "1 event later than 2026-06-01: in nothing here." in " ".join(days.notes)
    with pytest.raises(DataError, match="no customer 'D' is listed"):
        days.find("D")
    assert place(as_of="2026-09-01").facts["excluded"] == 0  # at the moment of looking is not after it


def test_overdue_begins_after_the_window_not_at_its_end():
    log = {"customer": ["A"], "event": ["contract_signed"], "time": ["2026-01-01"]}
    assert place(log, "2026-01-03").find("A")["overdue"] is False
    assert place(log, "2026-01-03T00:00:01").find("A")["overdue"] is True


def test_the_last_phase_is_never_overdue():
    log = {"customer": ["A"], "event": ["referral_made"], "time": ["2020-01-01"]}
    row = place(log, phases=phases(window_days={"advocate": 1})).find("A")
    assert (row["phase"], row["overdue"], row["window_days"]) == ("advocate", False, None)
    assert (row["next_phase"], row["next_event"], row["next_step"]) == (None, None, EIGHT["advocate"].act)


def test_no_window_no_limit():
    log = {"customer": ["A"], "event": ["contract_signed"], "time": ["2020-01-01"]}
    row = place(log, phases=phases(window_days={"admit": None})).find("A")
    assert (row["overdue"], row["window_days"], row["days_overdue"]) == (False, None, None)


def test_overdue_list_is_in_order_of_days_overdue():
    listing = place().parts["overdue"]
    assert listing.columns["customer"].tolist() == ["B", "A"]
    assert listing[0]["days_overdue"] == pytest.approx(146 - 14)
    assert listing.title == "Overdue: 2 of 3 customers"


# Against a plain reading


def plain(log, as_of, kinds):
    """Read each customer's events one by one; what is after the clock's phase counts from the clock on."""
    found = {}
    for who, what, when in zip(*log.values(), strict=True):
        if when <= as_of:
            found.setdefault(who, []).append((when, what))
    out = {}
    for who, events in found.items():
        seen = {p.id: min((t for t, e in events if e in p.evidence), default=None) for p in kinds}
        raw, clock = dict(seen), seen["admit"]
        for p in kinds.items[2:]:
            if clock and seen[p.id]:
                seen[p.id] = max(seen[p.id], clock)
        reached = {}
        for number, phase in enumerate(kinds):
            reached[phase.id] = min((t for p in kinds.items[number:] if (t := seen[p.id]) is not None), default=None)
        furthest = [p for p in kinds if seen[p.id] is not None]
        early = [p.id for p in kinds.items[2:] if clock and raw[p.id] and raw[p.id] < clock]
        out[who] = (seen, reached, furthest[-1] if furthest else None, ", ".join(early) or None)
    return out


def random_log(seed, n=400, customers=40):
    rng = np.random.default_rng(seed)
    names = [*(event for p in EIGHT for event in p.evidence), "login", "crash"]
    return {
        "customer": [f"C{i}" for i in rng.integers(0, customers, n)],
        "event": [names[i] for i in rng.choice(len(names), n, p=[0.1, 0.2, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.1, 0.1])],
        "time": [START + float(d) * DAY for d in rng.uniform(0, 300, n)],
    }


@pytest.mark.parametrize("seed", range(4))
def test_against_a_plain_reading(seed):
    log, as_of = random_log(seed), START + 200 * DAY
    days = place(log, as_of, phases=phases(horizon_days=60))
    expected = plain(log, as_of, EIGHT)
    assert days.columns["customer"].tolist() == list(dict.fromkeys(c for c in log["customer"] if c in expected))
    for row in days.rows():
        seen, reached, phase, early = expected[row["customer"]]
        assert row["before_start"] == early
        assert row["phase"] == (phase.id if phase else None)
        if phase:
            stay = (as_of - seen[phase.id]) / DAY
            assert row["days_in_phase"] == pytest.approx(stay, abs=1e-9)
            limit = phase.window_days if phase.id != "advocate" else None
            assert row["overdue"] == (limit is not None and stay > limit)
        for name in EIGHT.names:
            assert (row[f"reached_{name}"] is None) == (reached[name] is None)
        clock = seen["admit"]
        assert (row["clock_started"] is None) == (clock is None)
        if clock and phase:
            assert row["days_in_phase"] <= row["day"]
        if clock and seen["accomplish"]:
            assert row["days_to_first_value"] == pytest.approx((seen["accomplish"] - clock) / DAY, abs=1e-9)
    assert sum(row["before_start"] is not None for row in days.rows()) > 3
    for row in days.parts["cohorts"]:
        here = [
            (seen, reached) for seen, reached, _, _ in expected.values()
            if seen["admit"] and row["month"] in (None, f"{seen['admit']:%Y-%m}")
        ]  # fmt: skip
        old = [(s, r) for s, r in here if as_of - s["admit"] >= 60 * DAY]
        assert (row["customers"], row["complete"], row["too_young"]) == (len(here), len(old), len(here) - len(old))
        for phase in EIGHT.names:
            there = [s for s, r in old if r[phase] and r[phase] <= s["admit"] + 60 * DAY]
            assert row[f"{phase}_reached"] == len(there)
            assert (row[f"{phase}_low"], row[f"{phase}_high"]) == wilson(len(there), len(old))


def test_too_young_is_no_failure():
    log = {"customer": ["A", "A", "B"], "event": ["contract_signed", "first_goal_reached", "contract_signed"],
           "time": ["2026-01-01", "2026-01-20", "2026-03-01"]}  # fmt: skip
    days = place(log, "2026-04-11")  # day 100 of A, day 41 of B
    young, whole = days.parts["cohorts"][1:]
    assert (whole["customers"], whole["complete"], whole["too_young"], whole["accomplish_reached"]) == (2, 1, 1, 1)
    assert (whole["month"], whole["accomplish_share"]) == (None, 1.0)
    assert (young["month"], young["accomplish_share"], young["complete"]) == ("2026-03", None, 0)
    assert (young["accomplish_low"], young["accomplish_high"]) == (0.0, 1.0)
    assert re.search(r"2026-03 +1 +1 +-  ", str(days))
    assert place(log, "2026-04-10").parts["cohorts"].columns["complete"].max() == 0  # day 99


def test_reached_on_the_last_day_counts_and_after_it_does_not():
    log = {
        "customer": ["A", "A"],
        "event": ["contract_signed", "first_goal_reached"],
        "time": ["2026-01-01", "2026-04-11"],
    }
    share = {r["phase"]: r["share"] for r in place(log, "2027-01-01").parts["phases"]}
    assert share["accomplish"] == 1.0
    late = log | {"time": ["2026-01-01", "2026-04-11T00:00:01"]}
    share = {r["phase"]: r["share"] for r in place(late, "2027-01-01").parts["phases"]}
    assert (share["acclimate"], share["accomplish"]) == (0.0, 0.0)


def test_clock_horizon_windows_and_events_are_the_user_s():
    own = phases(evidence={"admit": "first_payment"}, window_days={"adopt": None, "assess": 3}, clock_starts="assess",
                 horizon_days=40)  # fmt: skip
    log = {"customer": ["A", "A", "A"], "event": ["trial_started", "first_payment", "rolled_out_further"],
           "time": ["2026-01-01", "2026-01-31", "2026-02-10"]}  # fmt: skip
    days = place(log, phases=own)
    assert days.find("A")["day"] == 151.0
    assert days.find("A")["window_days"] is None
    assert days.facts["phases"]["assess"].window_days == 3.0
    assert days.facts["phases"].horizon_days == 40.0
    assert days.parts["phases"].find("adopt")["share"] == 1.0


def test_phases_changed_by_hand_keep_their_words():
    import attrs

    act = "Send a cake."
    own = Phases(tuple(attrs.evolve(p, act=act) for p in EIGHT))
    assert place(phases=own).find("B")["next_step"] == act


def test_notes_say_what_was_not_seen_and_what_it_may_be():
    log = {"customer": ["A"], "event": ["contract signed"], "time": ["2026-01-01"]}
    said = " ".join(place(log).notes)
    assert "'contract_signed' (did you mean 'contract signed'?)" in said
    assert "The clock of 1 customer has not started" in said
    assert "none yet" in str(place(log))


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame(kind):
    days = place(make(kind, LOG))
    found = listed(days.to_frame())
    assert found["customer"] == ["A", "B", "C"]
    assert found["phase"][:2] == ["accomplish", "activate"]
    assert type(days.to_frame()) is type(
        first_hundred_days(make(kind, LOG), as_of="2026-06-01").parts["cohorts"].to_frame()
    )


def test_dates_times_and_zones():
    when = pd.to_datetime(["2026-01-01T01:00+02:00", "2026-01-02T00:00+00:00"], utc=True)
    log = pd.DataFrame({"customer": [1, 1], "event": ["contract_signed", "welcome_call_held"], "time": when})
    days = place(log, dt.datetime(2026, 1, 3, tzinfo=dt.UTC))
    assert days.find(1)["clock_started"] == dt.datetime(2025, 12, 31, 23)
    assert list(days.to_frame()["customer"]) == [1]
    assert {r["month"] for r in days.parts["cohorts"]} == {"2025-12", None}
    objects = {"customer": ["A"], "event": ["contract_signed"], "time": [dt.date(2026, 1, 1)]}
    assert place(objects, np.datetime64("2026-01-02")).find("A")["days_in_phase"] == 1.0


def test_no_events_at_all():
    days = place({"customer": [], "event": [], "time": []})
    assert len(days) == 0
    assert days.rows() == []
    assert [(r["customers"], r["admit_share"]) for r in days.parts["cohorts"]] == [(0, None)]
    assert str(days).startswith("0 customers")


def test_html_is_escaped():
    log = {"customer": ["<b>"], "event": ["contract_signed"], "time": ["2026-01-01"]}
    own = phases(evidence={"affirm": "<i>"})
    text = place(log, phases=own)._repr_html_()
    assert "<i>" not in text
    assert "&lt;i&gt;" in text


# Bad input


def test_all_problems_at_once():
    log = {"customer": [None, "B"], "event": ["x", None], "time": ["soon", "2026-01-01"]}
    with pytest.raises(DataError) as caught:
        place(log)
    assert {p.rule for p in caught.value.problems} == {"missing-customer", "missing-event", "not-a-date"}


def test_on_real_accounts(shared_data):
    """Accounts, support tickets and feature usage of 500 customers: every account is found, none twice."""
    tickets = pd.read_csv(shared_data / "ravenstack_support_tickets.csv.gz")
    accounts = pd.read_csv(shared_data / "ravenstack_accounts.csv.gz")
    signed = pd.DataFrame(
        {"customer": accounts["account_id"], "event": "contract_signed", "time": accounts["signup_date"]}
    )
    asked = pd.DataFrame({"customer": tickets["account_id"], "event": "asked", "time": tickets["submitted_at"]})
    days = place(pd.concat([signed, asked]), "2025-01-01")
    assert len(days) == accounts["account_id"].nunique()
    *months, whole = days.parts["cohorts"]
    assert whole["customers"] == whole["complete"] + whole["too_young"] == len(accounts)
    assert sum(r["customers"] for r in months) == len(accounts)
    assert math.isclose(whole["admit_share"], 1.0)


@pytest.mark.parametrize(("argument", "value", "rule"), [
    ("as_of", None, "not-a-date"), ("as_of", "soon", "not-a-date"), ("as_of", 3, "not-a-date"),
    ("customer", "custmer", "missing-column"), ("event", "evnt", "missing-column"), ("time", "when", "missing-column"),
    ("events", LOG | {"customer": [None] * 7}, "missing-customer"), ("events", LOG | {"event": [" "] * 7}, "missing-event"),
    ("events", LOG | {"time": [None] * 7}, "missing-time"),
    ("events", LOG | {"time": ["soon"] * 7}, "not-a-date"), ("events", LOG | {"time": [1] * 7}, "not-a-date"),
])  # fmt: skip
def test_bad_arguments(argument, value, rule):
    assert rules_of(lambda: first_hundred_days(**{"events": LOG, "as_of": "2026-06-01"} | {argument: value})) == [rule]
