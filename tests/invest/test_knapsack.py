"""Plans beside everything that could be done, budgets within a solver's tolerance; what it prints."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from itertools import product

import numpy as np
import pytest

import outcomegap as og
from outcomegap.invest import Action, plan
from outcomegap.invest.knapsack import Menu, best, greedy, quiet, sets_of
from tests.invest.brute import World, brute
from tests.invest.worlds import customers, model


@pytest.mark.parametrize("seed", range(200))
def test_a_plan_returns_what_brute_force_finds(seed):
    """Shared steps, after, AtLeast, Mean, own targets, per cell, missing data, no score, capacities, costs of 0."""
    rng = np.random.default_rng(seed)
    per = "segment" if seed % 2 else "customer"
    world = World(seed, int(rng.integers(2, 9)) if per == "segment" else int(rng.integers(1, 4)))
    actions, together = world.actions(), int(rng.integers(1, 4))
    plans = world.plans(actions, per, together)
    some = sum(float(rng.choice([cost for _, _, cost, _ in ways])) for ways in plans.values())
    # No budget, none at all, one that is met exactly, one that is missed by little, others.
    budget = [None, 0.0, some, some * (1 - 1e-7), some / 2, 5.5][int(rng.integers(6))]
    capacities = np.array([np.inf if action.capacity is None else action.capacity for action in actions])
    truth = brute(plans, capacities, budget)
    scores = world.scorer.score(world.frame, id="id")
    found = og.invest.plan(scores, actions, value="mrr", budget=budget, per=per, together=together, gap=0)
    assert found.value == pytest.approx(truth, rel=1e-9, abs=1e-9)
    assert found.bound >= truth * (1 - 1e-12)
    assert 0 <= found.gap < 1e-9
    assert found.greedy_value <= truth * (1 + 1e-9) + 1e-9
    # What it says of itself is so.
    names = [action.name for action in actions]
    ways = {name: {s: (gain, cost, done) for s, gain, cost, done in ways} for name, ways in plans.items()}
    taken = [ways[name][tuple(names.index(a) for a in chosen)] for name, chosen in found.chosen.items()]
    assert sum(gain for gain, _, _ in taken) == pytest.approx(found.value, rel=1e-9)
    assert sum(cost for _, cost, _ in taken) == pytest.approx(found.cost, abs=1e-9)
    assert budget is None or found.cost <= budget * (1 + 1e-11)
    done = sum((done for _, _, done in taken), np.zeros(len(actions)))
    assert (done <= capacities).all()
    assert [row["customers"] for row in found.by_action()] == done.tolist()


@pytest.mark.parametrize("seed", range(100))
def test_no_plan_goes_beyond_a_limit_by_the_tolerance_of_the_solver(seed):
    rng = np.random.default_rng(seed)
    groups, actions = int(rng.integers(3, 8)), int(rng.integers(1, 3))
    sets = sets_of(actions, 2, groups)
    costs = rng.uniform(0, 1, (groups, actions)) * 10.0 ** rng.integers(-2, 7)
    alone = rng.uniform(0, 1, (groups, actions)) * 10.0 ** rng.integers(-3, 4, (groups, 1))
    gains = np.array([alone[:, s].sum(axis=1) * (1.2 if len(s) > 1 else 1) for s in sets]).T
    sizes = rng.integers(1, 4, (groups, actions)).astype(float)
    capacities = np.where(rng.random(actions) < 0.3, rng.integers(1, 6, actions), np.inf)
    cost = np.array([costs[:, s].sum(axis=1) for s in sets]).T
    taken = np.array([[[a in s for a in range(actions)] for s in sets] * 1 for _ in range(groups)]) * sizes[:, None, :]
    some = cost[np.arange(groups), rng.integers(0, len(sets), groups)].sum()
    budget = float(some * (1 - rng.choice([0, 1e-6, 1e-7, 1e-8])))
    ways = np.array(list(product(range(len(sets)), repeat=groups)))
    each = np.arange(groups)
    fits = (cost[each, ways].sum(axis=1) <= budget * (1 + 1e-12)) & (taken[each, ways].sum(axis=1) <= capacities).all(
        axis=1
    )
    truth = gains[each, ways].sum(axis=1)[fits].max()
    menu = Menu(sets, gains, costs, sizes, budget, capacities)
    found = best(menu, 0.0, 60)
    assert found.value == pytest.approx(truth, rel=1e-9)
    assert cost[each, found.chosen].sum() <= budget * (1 + 1e-11)
    assert truth * (1 - 1e-11) <= found.bound <= truth * (1 + 1e-6)
    assert found.greedy == menu.value(greedy(menu))


@pytest.mark.parametrize("seed", range(60))
def test_a_plan_that_weighs_few_choices_is_within_limits_and_its_bound_holds(seed, monkeypatch):
    """As a large plan does: only what is near the best prices is weighed."""
    monkeypatch.setattr("outcomegap.invest.knapsack.CORE", 1 + seed % 4)
    world = World(5_000 + seed, 3)
    actions = world.actions()
    plans = world.plans(actions, "customer", 2)
    capacities = np.array([np.inf if action.capacity is None else action.capacity for action in actions])
    budget = float(np.random.default_rng(seed).uniform(0, 8))
    truth = brute(plans, capacities, budget)
    scores = world.scorer.score(world.frame, id="id")
    found = og.invest.plan(scores, actions, value="mrr", budget=budget, per="customer", gap=0)
    assert found.greedy_value <= found.value <= truth * (1 + 1e-9) + 1e-9
    assert found.bound >= truth * (1 - 1e-12)
    assert 0 <= found.gap <= 1
    assert found.cost <= budget * (1 + 1e-11)
    done = np.array([row["customers"] for row in found.by_action()])
    assert (done <= capacities).all()


def test_a_large_plan_is_as_good_as_one_that_weighs_everything(monkeypatch):
    rng = np.random.default_rng(3)
    frame = customers(rng, 250)
    scores = og.Scorer(model()).score(frame, id="id")
    levels = {"calls": 3, "list_size": 300, "clicks": 0.07, "reply_hours": 6, "days": 2}
    actions = [
        og.invest.Action(f"a{i}", {name: to}, float(rng.uniform(1, 9)), 70 if i % 3 == 0 else None)
        for i, (name, to) in enumerate([*levels.items(), ("calls made", 1), ("training", 0.8), ("list built", 0.9)])
    ]
    given = {"value": "mrr", "budget": 500.0, "per": "customer", "gap": 1e-6}
    monkeypatch.setattr("outcomegap.invest.knapsack.CORE", 300)
    few = og.invest.plan(scores, actions, **given)
    monkeypatch.setattr("outcomegap.invest.knapsack.CORE", 10**9)
    everything = og.invest.plan(scores, actions, **given)
    assert few.value == pytest.approx(everything.value, rel=1e-4)
    assert min(few.bound, everything.bound) >= max(few.value, everything.value) - 1e-6
    assert few.gap < 1e-3


# What a solver prints stays off stdout

ASK = """
import os, scipy.optimize
real = scipy.optimize.milp
def milp(*args, **more):
    os.write(1, b"a note of the solver")
    return real(*args, **more)
scipy.optimize.milp = milp
"""
PLAN = """
import numpy as np, outcomegap as og
from tests.invest.worlds import customers, model
scores = og.Scorer(model()).score(customers(np.random.default_rng(5), 5), id="id")
found = og.invest.plan(scores, [og.invest.Action("desk", {"reply_hours": 4}, 2)], value="mrr", budget=5)
print(len(found.by_action()))
"""


def test_what_is_printed_inside_is_gone_and_what_comes_after_is_not(capfd):
    os.write(1, b"before ")
    with quiet(), quiet():
        os.write(1, b"a note")
    os.write(1, b"after")
    assert capfd.readouterr().out == "before after"


def test_it_is_turned_back_after_an_error(capfd):
    with pytest.raises(ZeroDivisionError), quiet():
        _ = os.write(1, b"a note") / 0
    os.write(1, b"after")
    assert capfd.readouterr().out == "after"


def test_lines_of_other_threads_are_not_lost(capfd):
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    with quiet():
        os.write(1, b"a line")
    stop.set()
    other.join()
    assert capfd.readouterr().out == "a line"


@pytest.mark.parametrize("stdout", ["pipe", "closed"])
def test_a_plan_prints_nothing_by_itself(stdout):
    close = "import os; os.close(1)\n" if stdout == "closed" else ""
    code = f"{ASK if not close else ''}{close}{PLAN if not close else PLAN.replace('print', 'str')}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == ("" if close else "1\n")


def test_no_file_stays_open():
    scores = og.Scorer(model()).score(customers(np.random.default_rng(5), 5), id="id")
    desk = Action("desk", {"reply_hours": 4}, 2)
    plan(scores, [desk], value="mrr", budget=5)
    free = os.dup(0)
    os.close(free)
    plan(scores, [desk], value="mrr", budget=5)
    again = os.dup(0)
    os.close(again)
    assert again == free
