"""What customers did before their clock started, and phases that any of several events proves."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from outcomegap.journey import first_hundred_days, phases


def place(log, as_of="2026-06-01", **more):
    return first_hundred_days(log, as_of=as_of, **more)


def test_what_came_before_the_clock_counts_from_its_start():
    log = {
        "customer": ["A", "A", "A", "B", "B"],
        "event": ["trial_started", "first_goal_reached", "contract_signed", "contract_signed", "welcome_call_held"],
        "time": ["2025-01-01", "2025-06-01", "2026-01-01", "2026-01-01", "2026-01-01"],
    }
    days = place(log)
    a, b = days.find("A"), days.find("B")
    assert (a["phase"], a["days_to_first_value"], a["before_start"]) == ("accomplish", 0.0, "accomplish")
    assert a["since"] == a["clock_started"] == dt.date(2026, 1, 1)
    assert a["days_in_phase"] == a["day"] == 151.0
    assert a["days_overdue"] == 151.0 - 35.0
    assert a["reached_assess"] == dt.date(2025, 1, 1)  # assess comes before the contract, and stays as it is
    assert [a[f"reached_{name}"] for name in days.facts["phases"].names[1:6]] == [dt.date(2026, 1, 1)] * 5
    assert (b["before_start"], b["days_to_first_value"]) == (None, None)  # at the same moment is not before
    said = " ".join(days.notes)
    assert "1 customer had events of later phases before 'contract_signed', which starts the clock" in said
    assert "1 customer reached the first goal before the start: 0 days to it." in said


def test_where_the_first_goal_comes_before_the_clock_by_choice():
    log = {"customer": ["A", "A"], "event": ["first_goal_reached", "rolled_out_further"],
           "time": ["2026-01-01", "2026-01-11"]}  # fmt: skip
    row = place(log, phases=phases(clock_starts="adopt")).find("A")
    assert (row["days_to_first_value"], row["before_start"]) == (0.0, None)
    early = place(log | {"event": ["trial_started", "first_goal_reached"]}).find("A")
    assert (early["clock_started"], early["days_to_first_value"], early["days_in_phase"]) == (None, None, 141.0)


def test_any_of_several_events_proves_a_phase_the_first_that_is_seen():
    own = phases(evidence={"admit": ["signed", "paid"], "affirm": ["greeted"]})
    log = {"customer": ["A", "A", "B", "C"], "event": ["paid", "signed", "signed", "greeted"],
           "time": ["2026-01-03", "2026-01-09", "2026-01-05", "2026-01-07"]}  # fmt: skip
    days = place(log, phases=own)
    assert [row["clock_started"] for row in days.rows()] == [dt.date(2026, 1, 3), dt.date(2026, 1, 5), None]
    assert own["affirm"].evidence == ("greeted",)
    assert "no 'signed' or 'paid' was seen" in " ".join(days.notes)
    later = place({k: v[3:] for k, v in log.items()}, phases=own).parts["phases"].find("assess")
    assert later["next_event"] == "signed or paid"
    none = place({"customer": ["D"], "event": ["trial_started"], "time": ["2026-01-01"]}, phases=own)
    assert none.find("D")["next_event"] == "signed or paid"


def test_no_time_is_negative_on_real_accounts(shared_data):
    """Accounts whose use of the product goes back before their first subscription."""
    usage = pd.read_csv(shared_data / "ravenstack_feature_usage.csv.gz")
    paid = pd.read_csv(shared_data / "ravenstack_subscriptions.csv.gz")
    used = usage.merge(paid[["subscription_id", "account_id"]], on="subscription_id")
    log = pd.concat([
        pd.DataFrame({"customer": paid["account_id"], "event": "contract_signed", "time": paid["start_date"]}),
        pd.DataFrame({"customer": used["account_id"], "event": "first_goal_reached", "time": used["usage_date"]}),
    ])  # fmt: skip
    days = place(log, "2025-01-01")
    rows = days.rows()
    early = sum(row["before_start"] == "accomplish" for row in rows)
    assert early > 100
    assert min(row["days_to_first_value"] for row in rows if row["days_to_first_value"] is not None) == 0
    assert all(row["days_in_phase"] <= row["day"] for row in rows)
    assert f"{early} customers reached the first goal before the start" in " ".join(days.notes)
