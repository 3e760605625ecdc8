"""The spectrum of satisfaction against a plain reading, its intervals against simulation and Student's."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from outcomegap.journey.events import ZONES, spectrum
from outcomegap.stats import mean_interval, wilson
from tests.frames.kinds import KINDS, listed, make
from tests.journey.errors import rules_of

LOG = {
    "customer": ["A", "A", "B", "A", "B", "C"],
    "kind": ["sale", "repair", "sale", "call", "repair", "sale"],
    "time": ["2026-01-01", "2026-02-01", "2026-01-05", "2026-03-01", "2026-02-05", "2026-01-07"],
    "satisfaction": [8.0, 5.0, 7.0, 9.5, None, None],
}


def test_before_and_after_each_contact():
    frame = spectrum(LOG).parts["contacts"].to_frame()
    assert frame["customer"].tolist() == LOG["customer"]
    np.testing.assert_array_equal(frame["before"], [np.nan, 8, np.nan, 5, 7, np.nan])
    np.testing.assert_array_equal(frame["movement"], [np.nan, -3, np.nan, 4.5, np.nan, np.nan])
    assert frame["zone_before"].tolist() == [None, "repeat", None, "below", "repeat", None]
    assert frame["zone_after"].tolist() == ["repeat", "below", "repeat", "advocate", None, None]


def test_by_kind():
    rows = {row["kind"]: row for row in spectrum(LOG).parts["kinds"]}
    assert list(rows) == ["repair", "call", "sale", None]
    assert (rows["repair"]["contacts"], rows["repair"]["known"], rows["repair"]["mean"]) == (2, 1, -3.0)
    assert (rows["repair"]["down"], rows["repair"]["out_of_repeat"], rows["repair"]["low"]) == (1, 1, None)
    call = rows["call"]
    assert (call["up"], call["into_repeat"], call["into_advocate"], call["out_of_advocate"]) == (1, 1, 1, 0)
    assert rows[None]["known"] == 2
    assert "The movement of 4 contacts is not known" in str(spectrum(LOG))


def test_where_customers_stand():
    found = spectrum(LOG)
    a, b, c = found
    assert (a["stands"], a["zone"], a["contacts"], a["moved"], a["since"]) == (
        9.5,
        "advocate",
        3,
        1.5,
        dt.date(2026, 3, 1),
    )
    assert (b["stands"], b["zone"], b["since"]) == (7.0, "repeat", dt.date(2026, 1, 5))  # the last that is known
    assert (c["stands"], c["zone"], c["since"], c["moved"]) == (None, None, None, None)
    zones = {row["zone"]: row for row in found.parts["zones"]}
    assert {name: row["customers"] for name, row in zones.items()} == {
        "below": 0,
        "repeat": 1,
        "advocate": 1,
        "unknown": 1,
    }
    assert (zones["repeat"]["low"], zones["repeat"]["high"]) == wilson(1, 2)


def test_a_reading_that_is_missing_is_not_bridged():
    """What happened over two contacts is laid to neither."""
    log = {"customer": ["A"] * 3, "kind": ["sale", "silence", "call"], "time": ["2026-01-01", "2026-01-02", "2026-01-03"],
           "satisfaction": [9.0, None, 2.0]}  # fmt: skip
    assert np.isnan(spectrum(log).parts["contacts"].columns["movement"]).all()


def test_a_reading_of_its_own_before_goes_first():
    found = spectrum(LOG | {"asked_before": [6.0, None, None, 9.0, None, None]}, before="asked_before")
    np.testing.assert_array_equal(found.parts["contacts"].columns["movement"], [2, -3, np.nan, 0.5, np.nan, np.nan])


def test_edges_of_zones_belong_to_the_higher_one():
    log = {"customer": list("ABCD"), "kind": ["x"] * 4, "time": ["2026-01-01"] * 4, "satisfaction": [6.99, 7, 8.99, 9]}
    assert spectrum(log).columns["zone"].tolist() == ["below", "repeat", "repeat", "advocate"]
    own = spectrum(log, repeat_at=5, advocate_at=8.99)
    assert own.columns["zone"].tolist() == ["repeat", "repeat", "advocate", "advocate"]
    five = spectrum(log | {"satisfaction": [1, 3.7, 3.9, 5]}, scale=(1, 5))
    assert (five.facts["repeat_at"], five.facts["advocate_at"]) == (pytest.approx(3.8), pytest.approx(4.6))
    assert five.columns["zone"].tolist() == ["below", "below", "repeat", "advocate"]


def test_contacts_of_one_moment_follow_in_the_order_of_rows():
    log = {"customer": ["A"] * 3, "kind": list("xyz"), "time": ["2026-01-01"] * 3, "satisfaction": [5, 6, 8]}
    found = spectrum(log)
    np.testing.assert_array_equal(found.parts["contacts"].columns["movement"], [np.nan, 1, 2])
    assert found[0]["stands"] == 8


@pytest.mark.parametrize("seed", range(3))
def test_against_a_plain_reading(seed):
    rng = np.random.default_rng(seed)
    n = 300
    log = {
        "customer": rng.integers(0, 25, n), "kind": rng.choice(["sale", "call", "repair"], n).tolist(),
        "time": (np.datetime64("2026-01-01", "D") + rng.integers(0, 200, n)),
        "satisfaction": np.where(rng.random(n) < 0.2, np.nan, rng.integers(0, 11, n).astype(float)),
    }  # fmt: skip
    found = spectrum(log)
    last = {}
    expected = np.full(n, np.nan)
    for row in sorted(range(n), key=lambda r: (log["time"][r], r)):
        who, value = log["customer"][row], log["satisfaction"][row]
        expected[row] = value - last.get(who, np.nan)
        last[who] = value
    np.testing.assert_array_equal(found.parts["contacts"].columns["movement"], expected)
    for row in found.parts["kinds"]:
        if row["kind"] is None:
            continue
        here = np.array([k == row["kind"] for k in log["kind"]]) & ~np.isnan(expected)
        assert row["mean"] == pytest.approx(expected[here].mean())
        assert (row["up"], row["down"]) == ((expected[here] > 0).sum(), (expected[here] < 0).sum())


def test_one_contact_a_customer_is_student_s_interval():
    stats = pytest.importorskip("scipy.stats")
    values = np.random.default_rng(0).normal(size=12)
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    assert mean_interval(values, np.arange(12), 0.9) == pytest.approx((theirs.low, theirs.high), rel=1e-6)
    assert np.isnan(mean_interval(values, np.zeros(12), 0.9)).all()


def test_the_interval_covers_as_often_as_it_says_where_customers_differ():
    """Movements of one customer are alike: clusters hold what contacts taken one by one do not."""
    rng = np.random.default_rng(0)
    inside = naive = 0
    runs = 600
    for _ in range(runs):
        code = np.repeat(np.arange(30), rng.integers(1, 8, 30))
        values = rng.normal(0, 1, 30)[code] + rng.normal(0, 0.5, len(code))
        low, high = mean_interval(values, code, 0.95)
        inside += low <= 0 <= high
        low, high = mean_interval(values, np.arange(len(code)), 0.95)
        naive += low <= 0 <= high
    assert 0.91 <= inside / runs <= 0.985
    assert naive / runs < 0.85


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame(kind):
    found = spectrum(make(kind, LOG))
    assert listed(found.parts["contacts"].to_frame())["customer"] == LOG["customer"]
    for part in found.parts.values():
        assert type(part.to_frame()) is type(found.to_frame())


def test_no_contacts():
    found = spectrum({"customer": [], "kind": [], "time": [], "satisfaction": []})
    assert (len(found), len(found.parts["contacts"]), len(found.parts["kinds"])) == (0, 0, 1)
    assert [row["zone"] for row in found.parts["zones"]] == [*ZONES, "unknown"]
    assert found.parts["contacts"].columns["kind"].tolist() == []
    assert "<table" in found._repr_html_()


def test_readings_of_another_scale_are_noted():
    log = {"customer": ["A", "B"], "time": ["2026-01-01"] * 2, "kind": ["call"] * 2, "satisfaction": [5, 3]}
    said = " ".join(spectrum(log).notes)
    assert "No reading is above the middle of the scale, 0 to 10; the highest is 5." in said
    assert "say scale=(1, 5)" in said
    for quiet in (spectrum(log, scale=(1, 5)), spectrum(log | {"satisfaction": [5.5, 3]}),
                  spectrum(log | {"satisfaction": [5, 3], "was": [None, 8]}, before="was"),
                  spectrum(log | {"satisfaction": [None, None]})):  # fmt: skip
        assert "middle of the scale" not in " ".join(quiet.notes)


@pytest.mark.parametrize(("argument", "value", "rule"), [
    ("contacts", LOG | {"customer": [None] * 6}, "missing-customer"), ("contacts", LOG | {"kind": [" "] * 6}, "missing-kind"),
    ("contacts", LOG | {"time": [None] * 6}, "missing-time"), ("contacts", LOG | {"satisfaction": ["good"] * 6}, "not-a-number"),
    ("contacts", LOG | {"satisfaction": [11] * 6}, "out-of-range"), ("contacts", LOG | {"satisfaction": [-1] * 6}, "out-of-range"),
    ("contacts", LOG | {"satisfaction": [float("inf")] * 6}, "infinite"), ("customer", "who", "missing-column"),
    ("before", "earlier", "missing-column"), ("scale", (10, 0), "scale"), ("scale", (0, float("nan")), "out-of-range"),
    ("repeat_at", 11, "out-of-range"), ("repeat_at", 9.5, "out-of-range"), ("advocate_at", -1, "out-of-range"),
])  # fmt: skip
def test_bad_arguments(argument, value, rule):
    assert rules_of(lambda: spectrum(**{"contacts": LOG} | {argument: value})) == [rule]
