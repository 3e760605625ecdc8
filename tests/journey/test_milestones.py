"""Milestones and the success vector: the printed example, progress by hand and against a plain reading."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest

from outcomegap.errors import ModelError
from outcomegap.journey import Milestone, Milestones, success_vector
from outcomegap.stats import wilson
from tests.frames.kinds import KINDS, listed, make
from tests.journey.errors import rules_of

STEPS = Milestones(
    [Milestone("first campaign", 100), Milestone("first sale", 1_000, event="sold"), Milestone("second team", 5_000)]
)
LOG = {
    "customer": ["A", "A", "B", "B", "C", "A", "D"],
    "event": ["first campaign", "sold", "sold", "login", "login", "second team", "first campaign"],
    "time": ["2026-01-01", "2026-02-01", "2026-01-10", "2026-01-05", "2026-03-01", "2026-12-01", "2026-06-01"],
}


def vector(log, share=None, as_of="2026-07-01", **more):
    return STEPS.progress(log, share, as_of=as_of, **more).parts["vector"]


def test_the_printed_example():
    """100 customers x 1,000 x 90 % = 90,000 a year."""
    vector = success_vector(Milestones([Milestone("next goal", 1_000)], per="year"), 100, share=0.9)
    assert vector.facts["size"] == 90_000
    assert vector.facts["direction"] == "next goal"
    assert vector.facts["per"] == "year"
    assert "a year" in str(vector)
    assert "90,000" in str(vector)
    unsaid = success_vector(Milestones([Milestone("next goal", 1_000)]), 100, share=0.9)
    assert unsaid.facts["per"] is None
    assert "a year" not in str(unsaid)


def test_several_steps():
    vector = success_vector(STEPS, {None: 10, "first campaign": 5, "first sale": 2, "second team": 4},
                            {"first campaign": 0.5, "first sale": 0.4, "second team": 0.1})  # fmt: skip
    assert [step["customers"] for step in vector] == [10, 5, 2]
    assert [step["size"] for step in vector] == [500, 2000, 1000]
    assert (vector.facts["size"], vector.facts["direction"], vector.facts["done"]) == (3500, "first sale", 4)
    assert math.isnan(vector.facts["low"])  # a share that is given has no interval
    assert "4 customers have reached the last milestone" in str(vector)


def test_a_share_that_is_not_known_is_not_zero():
    vector = success_vector(STEPS, {None: 10, "first campaign": 5}, {"first campaign": 0.5})
    assert math.isnan(vector.facts["size"])
    assert vector.facts["direction"] == "first campaign"
    nobody = success_vector(STEPS, {None: 10}, {"first campaign": 0.5})
    assert nobody.facts["size"] == 500  # nobody is before the steps whose share is not known


def test_nothing_ahead():
    vector = success_vector(STEPS, {"second team": 7})
    assert (vector.facts["size"], vector.facts["direction"], vector.facts["done"]) == (0, None, 7)
    assert "Direction: -" in str(vector)


def test_progress_by_hand():
    found = STEPS.progress(LOG, as_of="2026-07-01")
    a, b, c, d = found.rows()
    assert (a["reached"], a["steps"], a["since"], a["next"], a["value"]) == (
        "first sale",
        2,
        dt.date(2026, 2, 1),
        "second team",
        5000,
    )
    assert (a["value_reached"], a["value_ahead"], a["out_of_order"]) == (1100, 5000, None)
    assert (b["reached"], b["next"], b["out_of_order"], b["value_reached"]) == (
        None,
        "first campaign",
        "first sale",
        1000,
    )
    assert (c["reached"], c["steps"], c["since"], c["value_ahead"]) == (None, 0, dt.date(2026, 3, 1), 6100)
    assert d["reached"] == "first campaign"
    assert found.facts["excluded"] == 1
    assert "1 customer has reached a milestone out of order" in " ".join(found.notes)
    assert vector(LOG, 1.0).facts["size"] == 2 * 100 + 1 * 1000 + 1 * 5000
    assert "4 customers on their way" in str(found)
    assert "year" not in str(found)
    assert [(row["customers"], row["value"]) for row in found.parts["vector"]] == [(2, 100), (1, 1000), (1, 5000)]


def test_everything_reached():
    found = STEPS.progress(LOG, as_of="2027-01-01")
    a = found.rows()[0]
    assert (a["reached"], a["next"], a["value"], a["value_ahead"]) == ("second team", None, 0, 0)
    assert vector(LOG, 1.0, as_of="2027-01-01").facts["done"] == 1


def test_steps_count_those_old_enough():
    steps = STEPS.progress(LOG, as_of="2026-07-01", within_days=60).parts["in_time"]
    first, sale, team = steps
    # A began 1 January and made it that day; B and C did not in 60 days; D on 1 June is too young
    assert (first["at_risk"], first["reached"], first["too_young"]) == (3, 1, 1)
    assert (first["low"], first["high"]) == wilson(1, 3)
    assert (sale["at_risk"], sale["reached"], sale["too_young"]) == (1, 1, 1)
    assert (team["at_risk"], team["reached"]) == (2, 0)  # A after 60 days; B, who sold first


@pytest.mark.parametrize("seed", range(3))
def test_against_a_plain_reading(seed):
    rng = np.random.default_rng(seed)
    n = 300
    names = ["first campaign", "sold", "second team", "login"]
    log = {
        "customer": rng.integers(0, 30, n), "event": [names[i] for i in rng.integers(0, 4, n)],
        "time": np.datetime64("2026-01-01T00:00:00") + rng.integers(0, 300 * 86400, n),
    }  # fmt: skip
    as_of, span = np.datetime64("2026-08-01T00:00:00"), np.timedelta64(90 * 86400, "s")
    found = STEPS.progress(log, as_of=as_of, within_days=90)
    by = {}
    for who, what, when in zip(*log.values(), strict=True):
        if when <= as_of:
            by.setdefault(int(who), []).append((when, what))
    for row in found.rows():
        first = {name: min((t for t, e in by[row["customer"]] if e == name), default=None) for name in names}
        count = next((i for i, name in enumerate(names[:3]) if first[name] is None), 3)
        assert row["steps"] == count
        assert row["value_reached"] == sum(
            v for v, name in zip((100, 1000, 5000), names, strict=False) if first[name] is not None
        )
    steps = found.parts["in_time"]
    for place, name in enumerate(names[:3]):
        risk = made = 0
        for events in by.values():
            before = (
                min(t for t, _ in events)
                if place == 0
                else min((t for t, e in events if e == names[place - 1]), default=None)
            )
            if before is None or as_of - before < span:
                continue
            risk += 1
            after = min((t for t, e in events if e == name), default=None)
            made += after is not None and after <= before + span
        assert (steps[place]["at_risk"], steps[place]["reached"]) == (risk, made)


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame(kind):
    found = STEPS.progress(make(kind, LOG), as_of="2026-07-01")
    assert listed(found.to_frame())["customer"] == ["A", "B", "C", "D"]
    assert type(found.parts["in_time"].to_frame()) is type(found.to_frame())


def test_no_events():
    none = {"customer": [], "event": [], "time": []}
    assert len(STEPS.progress(none, as_of="2026-07-01")) == 0
    assert vector(none, 0.5).facts["size"] == vector(none).facts["size"] == 0


def test_names_alone_will_do_and_frames_of_any_kind():
    steps = Milestones(["a", "b"], per="month")
    assert steps.names == ("a", "b")
    assert steps[0].value == 0.0
    assert steps == Milestones([Milestone("a"), Milestone("b")], per="month")
    assert hash(steps) == hash(Milestones(["a", "b"], per="month"))
    frame = success_vector(STEPS, 10).to_frame("pandas")
    assert frame["milestone"].tolist() == list(STEPS.names)


def test_unknown_names():
    with pytest.raises(ModelError, match=r"no milestone 'first sail' \(did you mean 'first sale'"):
        STEPS["first sail"]
    with pytest.raises(ModelError, match="no milestone"):
        STEPS.place("x")


@pytest.mark.parametrize(("arguments", "rule"), [
    ({"name": ""}, "text"), ({"value": -1}, "number"), ({"value": float("inf")}, "number"), ({"event": " "}, "text"),
    ({"due_days": 0}, "number"), ({"owner": " "}, "text"),
])  # fmt: skip
def test_bad_milestones(arguments, rule):
    assert rules_of(lambda: Milestone(**({"name": "m"} | arguments))) == [rule]


@pytest.mark.parametrize(("items", "rule"), [
    ([], "list"), ([Milestone("a"), Milestone("b", event="a")], "repeated"),
])  # fmt: skip
def test_bad_lists(items, rule):
    assert rules_of(lambda: Milestones(items)) == [rule]


@pytest.mark.parametrize(("arguments", "rule"), [
    ({"customers": -1}, "out-of-range"), ({"customers": 1.5}, "out-of-range"), ({"customers": {"first sail": 1}}, "unknown-milestone"),
    ({"share": 90}, "out-of-range"), ({"share": {"first sale": -0.1}}, "out-of-range"), ({"share": {"x": 0.1}}, "unknown-milestone"),
])  # fmt: skip
def test_bad_vectors(arguments, rule):
    assert rules_of(lambda: success_vector(**{"milestones": STEPS, "customers": 3} | arguments)) == [rule]


@pytest.mark.parametrize(("arguments", "rule"), [
    ({"as_of": None}, "not-a-date"), ({"customer": "who"}, "missing-column"), ({"event": "what"}, "missing-column"),
    ({"time": "when"}, "missing-column"), ({"within_days": 0}, "out-of-range"), ({"share": 2}, "out-of-range"),
])  # fmt: skip
def test_bad_progress(arguments, rule):
    assert rules_of(lambda: STEPS.progress(**{"events": LOG, "as_of": "2026-07-01"} | arguments)) == [rule]
