"""Plans beside brute force, whose scores come from the scorer and whose choice from trying everything."""

from __future__ import annotations

import builtins
import time
from itertools import combinations, product

import numpy as np
import pytest

import outcomegap as og
from outcomegap.invest import Action, plan
from tests.invest.worlds import LOWER, customers, model

SCORER = og.Scorer(model())
MEASURES = {"calls": 4, "list_size": 400, "clicks": 0.08, "reply_hours": 6, "days": 2}


def rescored(frame, actions):
    """D of everybody with some actions done, through another frame."""
    changed = dict(frame)
    for action in actions:
        for name, to in action.raises.items():
            keep = np.minimum if name in LOWER else np.maximum
            changed[name] = keep(changed[name], to)
    return SCORER.score(changed).desired


def brute(frame, actions, budget, per, together):
    n, names = len(frame["id"]), ("small", "mid", "big")
    if per == "segment":
        groups = [(s, [i for i in range(n) if frame["segment"][i] == s]) for s in names]
    else:
        groups = [(frame["segment"][i], [i]) for i in range(n)]
    now = rescored(frame, [])
    sets = [s for k in range(together + 1) for s in combinations(range(len(actions)), k)]
    gains = {s: (rescored(frame, [actions[a] for a in s]) - now) * frame["mrr"] for s in sets}
    options = [
        [s for s in sets if all(actions[a].segments is None or name in actions[a].segments for a in s)]
        for name, _ in groups
    ]
    best = 0.0
    for way in product(*options):
        sizes = [len(rows) for _, rows in groups]
        cost = sum(size * actions[a].cost for size, s in zip(sizes, way, strict=True) for a in s)
        reach = [sum(size for size, s in zip(sizes, way, strict=True) if a in s) for a in range(len(actions))]
        fits = all(x.capacity is None or r <= x.capacity for x, r in zip(actions, reach, strict=True))
        if cost <= budget + 1e-9 and fits:
            best = max(best, sum(gains[s][rows].sum() for s, (_, rows) in zip(way, groups, strict=True)))
    return best


@pytest.mark.parametrize("seed", range(200))
def test_a_plan_returns_what_brute_force_finds(seed):
    rng = np.random.default_rng(seed)
    per = "segment" if seed % 2 else "customer"
    frame = customers(rng, int(rng.integers(3, 9)) if per == "segment" else int(rng.integers(1, 4)))
    actions = []
    for number in range(int(rng.integers(1, 5))):
        raised = rng.choice(list(MEASURES), int(rng.integers(1, 3)), replace=False)
        capacity = int(rng.integers(0, 6)) if rng.random() < 0.4 else None
        segments = rng.choice(["small", "mid", "big"], 2, replace=False).tolist() if rng.random() < 0.3 else None
        cost = int(rng.integers(0, 20))
        actions.append(Action(f"a{number}", {str(n): MEASURES[str(n)] for n in raised}, cost, capacity, segments))
    budget, together = int(rng.integers(0, 80)), int(rng.integers(1, 4))
    found = plan(SCORER.score(frame, id="id"), actions, value="mrr", budget=budget, per=per, together=together)
    truth = brute(frame, actions, budget, per, together)
    assert found.value == pytest.approx(truth, rel=2e-6, abs=1e-9)
    assert found.cost <= budget + 1e-9
    assert found.bound >= truth - 1e-6 * max(truth, 1)
    assert found.greedy_value <= found.value + 1e-9


def test_effects_do_not_add_up():
    frame = {k: v[:1] for k, v in customers(np.random.default_rng(0), 1).items()}
    frame |= {"segment": ["small"], "calls": [0.0], "list_size": [0.0], "clicks": [0.0], "reply_hours": [1.0]}
    frame |= {"days": [2.0], "mrr": [100.0]}
    actions = [Action("call", {"calls": 4}, 5), Action("list", {"list built": 1}, 5)]
    scores = SCORER.score(frame)
    assert plan(scores, actions, value="mrr", together=1).value == 0
    both = plan(scores, actions, value="mrr", together=2, budget=10)
    assert both.value == pytest.approx(100)
    assert both.chosen == {"small": ("call", "list")}
    assert both.greedy_value == 0


def test_what_is_missing_stays_missing_and_who_has_no_score_gets_nothing():
    frame = customers(np.random.default_rng(1), 4)
    frame["calls"][0] = np.nan
    for name in ("calls", "list_size", "clicks"):
        frame[name][1] = np.nan
    scores = SCORER.score(frame, id="id")
    found = plan(scores, [Action("call", {"calls": 4}, 1)], value="mrr", per="customer")
    assert not {"c0", "c1"} & set(found.chosen)
    assert found.unscored == 1
    assert "1 customers have no score" in str(found)


def test_ten_thousand_customers_and_twenty_actions_take_seconds():
    rng = np.random.default_rng(7)
    scores = SCORER.score(customers(rng, 10_000), id="id")
    names = [*MEASURES]
    actions = []
    for number in range(20):
        name = names[number % 5]
        start = 30.0 if name in LOWER else 0.0
        to = start + (MEASURES[name] - start) * (0.4 + 0.15 * (number // 5))
        actions.append(Action(f"a{number}", {name: to}, 5 + number, 3_000 if number % 7 == 0 else None))
    for per, gap, least in (("segment", 1e-6, 0.0), ("customer", 1e-4, 1.0)):
        began = time.perf_counter()
        found = plan(scores, actions, value="mrr", budget=60_000, per=per, gap=gap, time_limit=30)
        took = time.perf_counter() - began
        assert took < 60
        assert found.gap < 1e-3
        assert found.value >= max(least, found.greedy_value - 1e-6)
        assert found.cost <= 60_000 * (1 + 1e-9)


def test_a_plan_is_read_as_text_and_as_a_frame():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(customers(np.random.default_rng(3), 30))
    found = plan(SCORER.score(frame, id="id"), [Action("desk", {"reply_hours": 4}, 2)], value="mrr", budget=1_000)
    table = found.to_frame()
    assert isinstance(table, pandas.DataFrame)
    assert table["value"].sum() == pytest.approx(found.value)
    assert table["cost"].sum() == pytest.approx(found.cost)
    assert "The gap to that is" in str(found)
    assert "<table" in found._repr_html_()
    assert len(found) == len(table)


SMALL = customers(np.random.default_rng(5), 5)
GOOD = Action("desk", {"reply_hours": 4}, 2)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"scores": "x"}, "scores is what"),
        ({"actions": []}, "one or more"),
        ({"actions": "desk"}, "one or more"),
        ({"actions": ["desk"]}, "og.invest.Action only"),
        ({"actions": [GOOD, GOOD]}, "stands twice"),
        ({"actions": [Action("a", {"reply_hour": 4}, 2)]}, "did you mean 'reply_hours'"),
        ({"actions": [Action("a", {"list built": 4}, 2)]}, "between 0 and 1"),
        ({"actions": [Action("a", {"calls": 101}, 2)]}, "between 0 and 100"),
        ({"actions": [Action("a", {"calls": 4}, 2, segments=["bigg"])]}, "did you mean 'big'"),
        ({"value": None}, "value is"),
        ({"value": "mr"}, "did you mean 'mrr'"),
        ({"value": [1, 2, 3, 4, -5]}, "0 or more"),
        ({"value": [1, 2, 3, 4, np.nan]}, "row 4"),
        ({"budget": -1}, "budget"),
        ({"budget": "much"}, "budget"),
        ({"per": "stage"}, "per is"),
        ({"together": 0}, "together"),
        ({"gap": 2}, "gap"),
        ({"time_limit": -1}, "time_limit"),
        ({"together": 20, "actions": [Action(f"a{i}", {"calls": 4}, 2) for i in range(30)]}, "too many"),
    ],
)
def test_bad_input_is_told(change, says):
    given = {"scores": SCORER.score(SMALL), "actions": [GOOD], "value": "mrr"} | change
    with pytest.raises(og.DataError, match=says):
        plan(given.pop("scores"), given.pop("actions"), **given)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((" ", {"calls": 1}, 1), "the name"),
        (("a", {}, 1), "raises nothing"),
        (("a", "calls", 1), "mapping"),
        (("a", {"calls": "x"}, 1), "finite number"),
        (("a", {"calls": 1}, -1), "cost"),
        (("a", {"calls": 1}, 1, 1.5), "capacity"),
        (("a", {"calls": 1}, 1, None, "big"), "segments"),
    ],
)
def test_an_action_that_means_nothing_is_told(given, says):
    with pytest.raises(og.DataError, match=says):
        Action(*given)


def test_ids_that_stand_twice_are_told():
    scores = SCORER.score(SMALL | {"id": ["x"] * 5}, id="id")
    with pytest.raises(og.DataError, match="twice"):
        plan(scores, [GOOD], value="mrr", per="customer")


def test_without_scipy_the_extra_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("scipy"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(og.EngineError, match=r"outcomegap\[plan\]"):
        plan(SCORER.score(SMALL), [GOOD], value="mrr")
