"""Success plans: the next step of each customer, when it is due, and who is late."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from outcomegap.errors import ModelError
from outcomegap.journey import Milestone, Milestones
from tests.frames.kinds import KINDS, listed, make

STEPS = Milestones([
    Milestone("import", 0, due_days=14, owner="customer", remedy="import it with them"),
    Milestone("sale", 1_000, due_days=30, owner="joint"),
    Milestone("team", 5_000),
])  # fmt: skip
LOG = {
    "customer": ["A", "B", "B", "C", "C", "D", "D", "E", "F", "F", "F"],
    "event": ["signed", "signed", "import", "signed", "import", "import", "sale", "signed", "import", "sale", "team"],
    "time": ["2026-01-01", "2026-01-01", "2026-01-05", "2026-01-01", "2026-01-25", "2026-01-02", "2026-01-20",
             "2026-01-30", "2026-01-01", "2026-01-02", "2026-01-03"],
}  # fmt: skip


def plan(as_of="2026-02-10", steps=STEPS, log=LOG):
    return steps.progress(log, as_of=as_of).parts["plan"]


def test_overdue_first_then_value():
    made = plan()
    rows = [(r["customer"], r["next"], str(r["due"]), r["overdue"], r["days_late"], r["value"]) for r in made]
    assert rows == [
        ("B", "sale", "2026-02-04", True, 6.0, 1_000.0),
        ("A", "import", "2026-01-15", True, 26.0, 0.0),
        ("D", "team", "None", None, None, 5_000.0),
        ("C", "sale", "2026-02-24", False, -14.0, 1_000.0),
        ("E", "import", "2026-02-13", False, -3.0, 0.0),
    ]
    assert made[1]["since"] == dt.date(2026, 1, 1)  # the first event, for the first milestone
    assert (made[1]["owner"], made[1]["remedy"]) == ("customer", "import it with them")
    assert (made[0]["owner"], made[0]["remedy"], made[2]["owner"]) == ("joint", None, None)
    said = str(made)
    assert said.startswith("Next steps of 5 customers: 2 overdue")
    assert "1 customer has reached the last milestone." in said
    assert "Nothing is due of 1 customer: the next milestone has no due_days." in said


def test_at_the_moment_it_is_due_nobody_is_late():
    assert plan("2026-01-15")[0]["overdue"] is False
    assert next(r for r in plan("2026-01-15T00:00:01") if r["customer"] == "A")["overdue"] is True


def test_parts_of_days_and_days_beyond_all_calendars():
    steps = Milestones([Milestone("x", due_days=0.5), Milestone("y", due_days=1e300)])
    log = {"customer": ["A", "B"], "event": ["signed", "x"], "time": ["2026-01-01"] * 2}
    first, second = plan("2026-01-02", steps, log)
    assert (first["due"], first["days_late"]) == (dt.datetime(2026, 1, 1, 12), 0.5)
    assert second["due"].year == 9999


def test_without_due_days_it_is_a_list_of_next_steps():
    made = plan(steps=Milestones(["import", "sale", "team"]))
    assert [r["customer"] for r in made] == ["A", "B", "C", "D", "E"]
    assert {r["overdue"] for r in made} == {None}
    assert "0 overdue" in made.title


def test_nobody_and_everybody_done():
    none = plan(log={"customer": [], "event": [], "time": []})
    assert (len(none), none.rows()) == (0, [])
    done = plan(log={"customer": ["A"] * 3, "event": ["import", "sale", "team"], "time": ["2026-01-01"] * 3})
    assert len(done) == 0
    assert "1 customer has reached the last milestone." in str(done)


@pytest.mark.parametrize("seed", range(3))
def test_against_a_plain_reading(seed):
    rng = np.random.default_rng(seed)
    names = ["import", "sale", "team", "login"]
    log = {"customer": rng.integers(0, 60, 200), "event": [names[i] for i in rng.integers(0, 4, 200)],
           "time": np.datetime64("2026-01-01T00:00:00") + rng.integers(0, 60 * 86400, 200)}  # fmt: skip
    as_of = np.datetime64("2026-02-15T00:00:00")
    by = {}
    for who, what, when in zip(*log.values(), strict=True):
        if when <= as_of:
            by.setdefault(int(who), []).append((when, what))
    expected = {}
    for who, events in by.items():
        since = min(t for t, _ in events)
        for step in STEPS:
            when = min((t for t, e in events if e == step.event), default=None)
            if when is None:
                days = None if step.due_days is None else (as_of - since) / np.timedelta64(1, "D") - step.due_days
                expected[who] = (step.name, days, step.value)
                break
            since = when
    rows = plan(as_of, log=log).rows()
    assert {r["customer"]: (r["next"], r["value"]) for r in rows} == {k: (v[0], v[2]) for k, v in expected.items()}
    for row in rows:
        days = expected[row["customer"]][1]
        assert row["days_late"] == (None if days is None else pytest.approx(days, abs=1e-9))
        assert row["overdue"] == (None if days is None else days > 0)
    keys = [(not row["overdue"], -row["value"]) for row in rows]
    assert keys == sorted(keys)


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame(kind):
    progress = STEPS.progress(make(kind, LOG), as_of="2026-02-10")
    assert listed(progress.parts["plan"].to_frame())["customer"] == ["B", "A", "D", "C", "E"]
    assert type(progress.parts["plan"].to_frame()) is type(progress.to_frame())


def test_what_a_milestone_says_of_itself():
    assert eval(repr(STEPS[0])) == STEPS[0]
    with pytest.raises(ModelError) as caught:
        Milestone("x", due_days=0, owner=" ", remedy="")
    assert len(caught.value.findings) == 3
