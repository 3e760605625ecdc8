"""Plans for ten thousand customers and twenty actions, beside greedy and beside SciPy's solver on everything at once.

Run: ``python -m benchmarks.bench_plan [CUSTOMERS]``. Two tables. The first: plans per segment and per customer, with up
to two and up to three actions for one, best of three runs; ``effects`` is the time for D under every combination, the
rest is the choice. Greedy (step by step, by return for cost) stands beside each, as does the bound. The second: the
same world with fewer customers, where `scipy.optimize.milp` is given every combination of every customer, uncompressed;
it must find the same return. Everything is simulated.
"""

from __future__ import annotations

import sys
import time
from itertools import combinations
from typing import Any

import numpy as np

import outcomegap as og
from outcomegap.invest import Action, plan
from outcomegap.invest.action import Effects
from outcomegap.listing import Listing

ACTIONS = 20
ROUNDS = 3
GAP = 1e-4


def world(n: int, seed: int = 1) -> tuple[og.Scores, list[Action], dict[str, Any]]:
    """Return scores of simulated customers of the e-mail example, actions, and the customers."""
    model = og.gallery.load("email-marketing")
    customers = og.simulate(model, n, seed=seed)
    rng = np.random.default_rng(seed)
    customers["value"] = np.round(rng.lognormal(4, 1, n), 2)
    steps = [step.name for step in model.steps]
    actions = []
    for number in range(ACTIONS):
        some = rng.choice(steps, int(rng.integers(1, 3)), replace=False)
        capacity = n // 5 if number % 5 == 0 else None
        cost = round(float(rng.uniform(2, 20)), 2)
        actions.append(
            Action(
                f"action {number}", {str(name): round(float(rng.uniform(0.6, 1)), 2) for name in some}, cost, capacity
            )
        )
    return og.Scorer(model).score(customers), actions, customers


def main(n: int = 10_000) -> None:
    """Print the tables."""
    scores, actions, _ = world(n)
    rows = []
    for per in ("segment", "customer"):
        for together in (2, 3):
            for share in (1, 3):
                budget = share * 2.0 * n
                best, taken = float("inf"), None
                for _ in range(ROUNDS):
                    start = time.perf_counter()
                    taken = plan(scores, actions, value="value", budget=budget, per=per, together=together, gap=GAP)
                    best = min(best, time.perf_counter() - start)
                assert taken is not None
                if not taken.greedy_value <= taken.value <= taken.bound or taken.cost > budget * (1 + 1e-9):
                    raise SystemExit("a plan that cannot be")
                seconds = effects(scores, actions, together)
                short = 1 - taken.greedy_value / taken.value
                rows.append([per, together, budget, best, seconds, taken.value, taken.bound, taken.gap, short])
    heads = [
        "per",
        "together",
        "budget",
        "plan, s",
        "of it effects, s",
        "returned",
        "bound",
        "gap",
        "greedy falls short by",
    ]
    title = f"{n:,} simulated customers, {ACTIONS} actions; best of {ROUNDS}"
    forms: dict[str, Any] = dict.fromkeys(("budget", "returned", "bound"), "count") | {
        "gap": "{:.1e}".format,
        heads[-1]: "percent",
    }
    print(f"\n{Listing(title, dict(zip(heads, zip(*rows, strict=True), strict=True)), formats=forms)}")
    beside_milp(max(n // 20, 10))


def effects(scores: og.Scores, actions: list[Action], together: int) -> float:
    """Return the seconds it takes to compute D under every combination."""
    start = time.perf_counter()
    found = Effects(scores)
    for size in range(1, together + 1):
        for some in combinations(actions, size):
            found.desired(found.raised([action.raises for action in some]))
    return time.perf_counter() - start


def beside_milp(n: int) -> None:
    """Compare with SciPy's solver, given every combination of every customer."""
    rows = []
    for seed in (1, 2, 3):
        scores, actions, customers = world(n, seed)
        budget = 2.0 * n
        start = time.perf_counter()
        ours = plan(scores, actions, value="value", budget=budget, per="customer", gap=1e-7)
        middle = time.perf_counter()
        theirs, bound, columns = uncompressed(scores, actions, customers["value"], budget)
        end = time.perf_counter()
        if not np.isclose(ours.value, theirs, rtol=2e-6) or ours.value > bound * (1 + 1e-6):
            raise SystemExit(f"the plans disagree: {ours.value} and {theirs}")
        rows.append([seed, columns, middle - start, end - middle, ours.value, theirs, ours.greedy_value])
    title = f"{n:,} customers, up to 2 of {ACTIONS} actions for each, beside scipy.optimize.milp on all combinations"
    heads = ["world", "columns of milp", "plan, s", "milp, s", "plan returns", "milp returns", "greedy returns"]
    forms: dict[str, Any] = {"columns of milp": "count"} | dict.fromkeys(heads[4:], "{:,.4f}".format)
    print(f"\n{Listing(title, dict(zip(heads, zip(*rows, strict=True), strict=True)), formats=forms)}")


def uncompressed(scores: og.Scores, actions: list[Action], value: Any, budget: float) -> tuple[float, float, int]:
    """Return what the solver finds with a column for every combination of every customer, its bound, and how many."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, vstack

    found, n = Effects(scores), len(scores)
    sets = [some for size in (1, 2) for some in combinations(range(len(actions)), size)]
    moved = [found.desired(found.raised([actions[a].raises for a in some])) - found.now for some in sets]
    gain = np.nan_to_num(np.array(moved) * value).T  # customers x combinations
    done = np.array([found.reaches(found.raised([action.raises])) for action in actions]).T
    cost = done * np.array([action.cost for action in actions])
    use = [np.stack([cost[:, some].sum(axis=1) for some in sets], axis=1) / budget]
    for number, action in enumerate(actions):
        if action.capacity is not None:
            held = np.array([number in some for some in sets])
            use.append(done[:, [number]] * held / action.capacity)
    size, each = gain.size, len(sets)
    once = csr_array((np.ones(size), (np.repeat(np.arange(n), each), np.arange(size))))
    limits = csr_array(np.array([part.ravel() for part in use]))
    most = np.ones(n + len(use))
    answer = milp(
        -gain.ravel(),
        integrality=np.ones(size),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(vstack([once, limits]), ub=most),
        options={"mip_rel_gap": 1e-7, "time_limit": 300},
    )
    return -float(answer.fun), -float(answer.mip_dual_bound), size


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]))
