"""Small random worlds, and plans for them found by trying everything.

Nothing here asks the package under test: an action is done by changing the frame, and the frame is scored again.
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np

import outcomegap as og
from outcomegap.model.declaration import Column, at

SEGMENTS = ("small", "mid", "big")


class World:
    """A random model and a few customers of it."""

    def __init__(self, seed, customers):
        self.rng = np.random.default_rng(seed)
        rng = self.rng
        self.segmented, self.staged = rng.random() < 0.8, rng.random() < 0.3
        gaps = []
        for number in range(int(rng.integers(2, 6))):
            # One measure may feed two gaps, both in the same direction.
            shared = gaps and rng.random() < 0.2 and not isinstance(gaps[-1].target, Column)
            measure = gaps[-1].measure if shared else og.Measure(f"m{number}", low=0, high=200)
            after = [gaps[int(rng.integers(len(gaps)))]] if gaps and rng.random() < 0.3 else []
            floor, target = self._span(falling=self._falls(gaps[-1]) if shared else None)
            missing = "skip" if rng.random() < 0.3 else float(rng.choice([0, 0.5, 0.7]))
            gaps.append(og.SuccessGap(f"g{number}", measure, floor=floor, target=target, after=after, missing=missing))
        wishes = []
        for number in range(int(rng.integers(1, 4))):
            floor, target = self._span()
            wishes.append(og.Expectation(f"w{number}", og.Measure(f"e{number}"), floor=floor, target=target))
        self.model = og.OutcomeModel(
            "world",
            desired_outcomes=[
                og.DesiredOutcome(
                    og.RequiredOutcome("r", needs=self._gate(gaps)),
                    og.AppropriateExperience("e", expects=self._gate(wishes)),
                    min_coverage=float(rng.choice([0.3, 0.6])),
                )
            ],
            segments=[og.Segment(name) for name in SEGMENTS] if self.segmented else [],
            stages=["early", "late"] if self.staged else [],
        )
        self.scorer = og.Scorer(self.model)
        self.frame = self._frame(customers)

    def _falls(self, step):
        return step.floor > (step.target if isinstance(step.target, float) else step.target.default)

    def _span(self, falling=None):
        rng = self.rng
        falling = rng.random() < 0.4 if falling is None else falling
        floor, target = (100.0, 20.0) if falling else (10.0, 100.0)
        kind = rng.random()
        if kind < 0.3 and self.segmented:
            return floor, og.per_cell(target, {"big": target + 7, "mid": target - 9})
        if kind < 0.45:
            return floor, og.column("own_low" if falling else "own_high")
        return floor, target

    def _gate(self, nodes):
        rng = self.rng
        nodes = list(nodes)
        for _ in range(int(rng.integers(0, 3))):
            some = rng.choice(len(nodes), min(2, len(nodes)), replace=False)
            nodes.append(self._one([nodes[i] for i in some]))
        return self._one(nodes)

    def _one(self, nodes):
        rng = self.rng
        nodes = [node for place, node in enumerate(nodes) if node not in nodes[:place]]
        kind = rng.integers(4)
        if kind == 0:
            return og.AllOf(*nodes)
        if kind == 1:
            return og.AnyOf(*nodes)
        if kind == 2:
            return og.AtLeast(int(rng.integers(1, len(nodes) + 1)), *nodes)
        return og.Mean(*nodes, weights=[float(w) for w in rng.integers(1, 4, len(nodes))])

    def _frame(self, n):
        rng = self.rng
        frame = {
            "id": [f"c{i}" for i in range(n)],
            "segment": rng.choice(SEGMENTS, n).tolist(),
            "stage": rng.choice(["early", "late"], n).tolist(),
            "own_low": rng.uniform(5, 50, n),
            "own_high": rng.uniform(80, 150, n),
            "mrr": np.where(rng.random(n) < 0.15, 0.0, rng.integers(1, 500, n)).astype(float),
            "price": rng.integers(0, 30, n) / 10,
        }
        for measure in self.model.measures:
            # A fourth stands at a round number, where targets and raises stand as well.
            values = np.where(rng.random(n) < 0.25, rng.choice([10.0, 20.0, 100.0], n), rng.uniform(0, 120, n))
            frame[measure.name] = np.where(rng.random(n) < 0.15, np.nan, values)
        frame["own_high"][rng.random(n) < 0.1] = np.nan
        return frame

    # What actions do

    def actions(self):
        """Make a few random actions."""
        rng = self.rng
        alone = [step for step in self.model.steps if sum(o.measure == step.measure for o in self.model.steps) == 1]
        made = []
        for number in range(int(rng.integers(1, 5))):
            raises = {}
            for _ in range(int(rng.integers(1, 3))):
                if alone and rng.random() < 0.4:
                    step = alone[int(rng.integers(len(alone)))]
                    raises[step.name] = self._level(0.3, 1.0)
                else:
                    measure = self.model.measures[int(rng.integers(len(self.model.measures)))]
                    raises[measure.name] = self._level(10, 110)
            cost = float(rng.integers(0, 30)) / 10 if rng.random() < 0.8 else og.column("price")
            capacity = int(rng.integers(0, 5)) if rng.random() < 0.4 else None
            segments = None
            if self.segmented and rng.random() < 0.3:
                segments = rng.choice(SEGMENTS, int(rng.integers(1, 3)), replace=False).tolist()
            made.append(og.invest.Action(f"a{number}", raises, cost, capacity, segments))
        return made

    def _level(self, low, high):
        rng = self.rng
        if self.staged and rng.random() < 0.3:
            return og.per_cell(
                round(float(rng.uniform(low, high)), 1), {"*/late": round(float(rng.uniform(low, high)), 1)}
            )
        if self.segmented and rng.random() < 0.25:
            some = rng.choice(SEGMENTS, 2, replace=False)
            return {str(name): round(float(rng.uniform(low, high)), 1) for name in some}
        return round(float(rng.uniform(low, high)), 1)

    def cell(self, row):
        """Return the segment and the stage of a customer."""
        return (
            self.frame["segment"][row] if self.segmented else "all",
            self.frame["stage"][row] if self.staged else "all",
        )

    def bound(self, value, row):
        """Return a floor or target of a customer."""
        found = at(value, *self.cell(row))
        return self.frame[found.name][row] if isinstance(found, Column) else found

    def done(self, actions, *, put=False):
        """Return the frame with actions done."""
        frame = {name: list(values) for name, values in self.frame.items()}
        for action in actions:
            for name, to in action.raises.items():
                for row in range(len(frame["id"])):
                    self._raise(frame, row, name, at(to, *self.cell(row)), put)
        return frame

    def _raise(self, frame, row, name, to, put):
        if to is None:
            return
        steps = [step for step in self.model.steps if step.name == name]
        measure = steps[0].measure.name if steps else name
        feeds = [step for step in self.model.steps if step.measure.name == measure]
        spans = [(self.bound(step.floor, row), self.bound(step.target, row)) for step in feeds]
        if steps:
            ((floor, target),) = spans
            to = floor + to * (target - floor)
        signs = {np.sign(target - floor) for floor, target in spans} - {0.0}
        signs = {sign for sign in signs if not np.isnan(sign)}
        was = frame[measure][row]
        if signs and not np.isnan(was) and not np.isnan(to):
            (sign,) = signs
            frame[measure][row] = to if put or sign * (to - was) > 0 else was

    def desired(self, frame):
        return self.scorer.score(frame, id="id").desired

    def plans(self, actions, per, together):
        """Return for each group its ways: actions, what they return, cost, and for how many each is done."""
        n, now = len(self.frame["id"]), self.desired(self.frame)
        known = ~np.isnan(now)
        before = self.scorer.score(self.frame, id="id").attainment().values
        segment = [self.cell(row)[0] for row in range(n)]
        done = np.zeros((n, len(actions)), dtype=bool)
        for number, action in enumerate(actions):
            after = self.scorer.score(self.done([action]), id="id").attainment().values
            may = np.array([action.segments is None or name in action.segments for name in segment])
            done[:, number] = (np.nan_to_num(after - before) > 1e-9).any(axis=1) & may & known
        price = [self.frame["price"] if isinstance(a.cost, Column) else np.full(n, a.cost) for a in actions]
        costs = np.where(done, np.array(price).T.reshape(n, len(actions)), 0)
        if per == "segment":
            groups = {name: [i for i in range(n) if segment[i] == name] for name in self.model.segment_names}
        else:
            groups = {f"c{i}": [i] for i in range(n)}
        sets = [s for k in range(together + 1) for s in combinations(range(len(actions)), k)]
        moved = {s: self.desired(self.done([actions[a] for a in s])) - now for s in sets}
        found = {}
        for name, rows in groups.items():
            here = [row for row in rows if known[row]]
            found[name] = [
                (
                    s,
                    sum(moved[s][i] * self.frame["mrr"][i] for i in here),
                    costs[here][:, s].sum(),
                    done[here].sum(axis=0) * np.isin(range(len(actions)), s),
                )
                for s in sets
                if all(actions[a].segments is None or {segment[i] for i in here} <= set(actions[a].segments) for a in s)
            ]
        return found


def brute(plans, capacities, budget):
    """Return the most that any plan returns."""
    best = 0.0
    for way in product(*plans.values()):
        if budget is not None and sum(cost for _, _, cost, _ in way) > budget * (1 + 1e-12):
            continue
        if (sum(done for _, _, _, done in way) <= capacities).all():
            best = max(best, sum(gain for _, gain, _, _ in way))
    return best
