"""The same attainments, another outcome: which target or weight moved between two periods."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import attrs
import numpy as np

from outcomegap.checks import in_range, whole
from outcomegap.errors import DataError, EngineError
from outcomegap.frames import wrap
from outcomegap.frames.arrays import Array
from outcomegap.intake.named_columns import number_customers
from outcomegap.learn.figures import rates
from outcomegap.learn.grouping import ORDER
from outcomegap.learn.observed import observe
from outcomegap.listing import Listing, Show, by_column, counted, percent, span
from outcomegap.model import OutcomeModel
from outcomegap.scoring.customers import AXES
from outcomegap.scoring.scorer import Scorer
from outcomegap.scoring.scores import Scores
from outcomegap.scoring.states import STATES

PERIODS = ("earlier", "later")
#: How many times as far from its floor a target may have moved.
TIMES = (0.5, 0.8, 1.25, 2.0)
#: Chances count as no nearer to 0 and 1 than this; a direction that others explain to all but this share is theirs.
EDGE, APART = 0.01, 0.05
#: How many draws of the largest of all tests there are, and how many steps are named at most.
DRAWS, MOST = 10_000, 5
#: What changed for all, whichever steps they have attained.
ALL = "all alike"
#: What is said of an amount above 1, and below.
SAID = {"target": ("asked for more", "asked for less"), "weight": ("matters more", "matters less")}
SAID |= dict.fromkeys(("level", "slope", "share"), ("more often good", "less often good"))


@attrs.frozen
class Direction:
    """A way in which the outcome may have moved: a step, what of it, and how many times as far or as heavy it is."""

    step: str
    what: str
    times: float = math.nan

    def moved(self, amount: float) -> dict[str, Any]:
        """Return what moved, if the outcomes moved by this much of it."""
        times = max(1 + amount * (self.times - 1), 0.0)
        up = amount > 0 if math.isnan(times) else times > 1
        moved = None if math.isnan(amount) else SAID[self.what][not up]
        return {"step": self.step, "what": self.what, "moved": moved, "times": times}


def directions(scores: Scores) -> dict[Direction, Array]:
    """Return how D would change if the target of each step moved, or its weight went; and two that are alike for all.

    D is linear in each attainment a, with the leverage L as slope: L (a' - a) for a moved target, L (1 - a) for a step
    that no longer matters.
    """
    sure = np.clip(scores.desired, EDGE, 1 - EDGE)
    spread = sure * (1 - sure)  # what a logistic regression on the log-odds of D gains by its intercept, and slope
    alike = {"level": spread, "slope": spread * np.log(sure / (1 - sure)), "share": scores.desired}
    found = {Direction(ALL, what): gain for what, gain in alike.items()}
    leverages, reached = (each.values.T for each in (scores.leverage(), scores.attainment()))
    for place, step in enumerate(scores.model.steps):
        read = scores.readings(np.arange(len(scores)), np.full(len(scores), place))
        for times in TIMES:
            with np.errstate(all="ignore"):
                way = np.clip((read.value - read.floor) / ((read.target - read.floor) * times), 0, 1)
            moved = leverages[place] * (step.curve.value(way) - reached[place])
            found[Direction(step.name, "target", times)] = np.nan_to_num(moved)
        found[Direction(step.name, "weight", 0.0)] = np.nan_to_num(leverages[place] * (1 - reached[place]))
    return found


@attrs.frozen(eq=False)
class Moves:
    """What is left of outcomes, and of each direction in the later period against the earlier, a row a customer.

    Both are what a regression on the attainments leaves: so they are independent if the outcome hangs on the
    attainments alone, whatever the period (see `drift`).
    """

    left: Array
    slopes: Array
    sizes: Array
    block: Array

    def without(self, places: Sequence[int]) -> Moves:
        """Return what is left once some directions have explained what they can."""
        basis, _ = np.linalg.qr(self.slopes[:, places])
        slopes = self.slopes - basis @ (basis.T @ self.slopes)
        return attrs.evolve(self, left=self.left - basis @ (basis.T @ self.left), slopes=slopes)

    def summed(self, products: Array) -> tuple[Array, Array]:
        """Return products summed by block, a row a block, over the root of the sum of their squares; and the sums."""
        from scipy.sparse import coo_array

        rows = np.arange(len(products))
        blocks = coo_array((np.ones(len(rows)), (self.block, rows))).tocsr() @ products
        blocks = blocks / np.maximum(np.sqrt((blocks**2).sum(axis=0)), np.finfo(float).tiny)
        return blocks, blocks.sum(axis=0)

    def tested(self, rng: np.random.Generator) -> tuple[Array, Array]:
        """Return a z-value of each direction, and how often the largest of all would be as large by chance."""
        apart = (self.slopes**2).sum(axis=0) > APART * self.sizes
        blocks, z = self.summed(self.slopes * self.left[:, None] * apart)
        chance = rng.multivariate_normal(np.zeros(len(z)), blocks.T @ blocks, DRAWS, "ignore", method="eigh")
        largest = np.sort(np.abs(chance).max(axis=1))
        return z, (1 + DRAWS - np.searchsorted(largest, np.abs(z))) / (1 + DRAWS)

    def amount(self, place: int) -> float:
        """Return how much of a direction the outcomes moved by; NaN where it is all but that of others."""
        slope = self.slopes[:, place]
        size = slope @ slope
        return float(slope @ self.left / size) if size > APART * self.sizes[place] else math.nan


def moves(base: Array, later: Array, good: Array, weight: Array, gains: Array, block: Array) -> Moves:
    """Leave of outcomes, and of the period, what a logistic regression on the base does not foretell."""
    from sklearn.linear_model import LogisticRegression

    spread = base.std(axis=0)
    base = ((base - base.mean(axis=0)) / np.where(spread > 0, spread, 1))[:, spread > 0]
    fits = (LogisticRegression(solver="newton-cholesky").fit(base, each, weight) for each in (good, later))
    chance, when = (fit.predict_proba(base)[:, 1] for fit in fits)
    root = np.sqrt(weight / np.maximum(chance * (1 - chance), EDGE))
    slopes = (root * (later - when))[:, None] * gains
    return Moves(root * (good - chance), slopes, (slopes**2).sum(axis=0), block)


def known_of(scores: Scores) -> Array:
    """Return what may foretell the outcome, a row a customer: attainments, which are missing, the cell, the score."""
    reached, desired = scores.attainment().values, scores.desired
    a, odds = np.nan_to_num(reached), np.log((desired + EDGE) / (1 + EDGE - desired))
    return np.column_stack([a, a**2, np.isnan(reached), np.eye(len(scores.model.cells))[scores.cell], desired, odds])


def drift(
    scorer: object,
    earlier: object,
    later: object,
    outcome: Any,
    *,
    good: object = True,
    weight: str | None = None,
    customer: str | None = None,
    alpha: float = 0.05,
    seed: int = 0,
) -> Listing:
    """Return which target or weight moved between two periods: the same attainments, another outcome.

    The question is whether the outcome, given what customers have attained, still hangs on the period; customers may
    have changed. Two logistic regressions on the attainments, the cell and the score say how likely the outcome is,
    and the later period. What they leave, y - p and z - e, are uncorrelated if nothing moved, and stay so if only one
    of them is right (generalised covariance measure, Shah & Peters). For each step there are five directions: by how
    much the score would change if its target were 0.5, 0.8, 1.25 or 2 times as far from its floor, and if the step did
    not matter; beside them two that are alike for all. Each is tested by the sum of (z - e) (y - p) times the
    direction / (p (1 - p)), over the root of the sum of squares by customer. The largest is held against the largest of
    normal numbers with the same covariance (Chernozhukov and others). So if nothing moved, anything is named in at most
    `alpha` of cases, however many steps there are. A step that is named is taken out, with all its directions, and the
    rest is tested again. A step is a rival of the one that is named if the named one is no longer shown once the
    best direction of the rival is taken out instead: with few customers, what moved is often among the rivals.

    It needs scikit-learn (extra ``learn``).

    Parameters
    ----------
    scorer
        The model, a `Scorer`, or whatever has a ``model``. It should be as the earlier period required.
    earlier, later
        Any two data frames: customers, their measures, and the outcome.
    outcome
        The name of its column; or two arrays, the outcomes of each period.
    good
        The value, or values, that mean that the desired outcome came about.
    weight
        The column of customers' weights.
    customer
        The column that names customers, so that who is in both periods is recognized; else all count as independent.
    alpha
        The most often that anything is named where nothing moved; in (0, 0.5].
    seed
        Of the draws.

    Returns
    -------
    Listing
        A row a step, and one for a change alike for all; those named first. ``step``; ``what`` fits best: ``"target"``
        or ``"weight"`` (``"level"`` or ``"slope"`` for all alike); ``moved`` in words; ``times``, about how many times
        as far from its floor the target is now, or the weight (NaN for all alike); ``points``, by how much the rate of
        the outcome changed with it in the later period; ``z``, ``p_value`` (over all directions together), ``named``,
        and ``rivals``: other steps that would explain it as well.

        ``parts["by state"]``: how often the outcome came about in each state and period, with Wilson's intervals.
        Facts: ``verdict`` (``"moved"``, ``"nothing shown"``), ``named``, ``alpha``, ``customers``, ``both`` (how many
        customers are in both periods).

    Raises
    ------
    DataError
        If a column is missing, the outcome cannot be read, or nobody of a period has a score and an outcome.
    EngineError
        If there is no model, or scikit-learn is not installed.

    References
    ----------
    Shah & Peters, The hardness of conditional independence testing and the generalised covariance measure, Annals of
    Statistics 48 (2020) 1514-1538; Nie & Wager, Biometrika 108 (2021) 299-319, for the directions; Chernozhukov,
    Chetverikov & Kato, Annals of Statistics 41 (2013) 2786-2819.

    Examples
    --------
    >>> import outcomegap as og
    >>> model, rng = og.gallery.load("email-validation"), np.random.default_rng(1)
    >>> frames = [og.simulate(model, 400, seed=seed) for seed in (1, 2)]
    >>> chance = [np.nan_to_num(og.Scorer(model).score(frame).desired, nan=0.5) for frame in frames]
    >>> found = drift(model, *frames, [rng.random(400) < each for each in chance])
    >>> found.facts["verdict"]
    'nothing shown'
    """
    if find_spec("sklearn") is None:
        raise EngineError("learn.drift needs scikit-learn: install the extra outcomegap[learn]")
    model = scorer if isinstance(scorer, OutcomeModel) else getattr(scorer, "model", None)
    if not isinstance(model, OutcomeModel):
        raise EngineError(f"drift: a model, or a scorer that has one, is needed (got {scorer!r:.60})")
    in_range("alpha", alpha, 0, 0.5, above=True)
    tables, named = [wrap(frame) for frame in (earlier, later)], [each.name for each in model.measures]
    named += [*model.columns, *(axis for axis in AXES if axis in tables[1])]
    named += [name for name in (outcome, weight, customer) if isinstance(name, str)]
    if lacking := [problem for table in tables for problem in table.require(named)]:
        raise DataError.all("drift", lacking)
    frame = wrap({name: np.concatenate([table.values(name) for table in tables]) for name in named})
    told = outcome if isinstance(outcome, str) else np.concatenate([np.asarray(each) for each in outcome])
    seen = observe(frame, told, good=good, weight=weight, measures=model, what="drift")
    scores = Scorer(model).score(seen.table)
    known = ~np.isnan(scores.desired)
    scores, goods, weights = Scorer(model).score(seen.table.filter(known)), seen.good[known], seen.weight[known]
    when = np.repeat([0, 1], [len(table) for table in tables])[seen.rows][known]
    if len(np.unique(when)) < 2:
        raise DataError("drift: nobody of a period has a score and an outcome")
    block = np.arange(len(when))
    if customer is not None:
        block = number_customers(scores.table.distinct(customer).codes)
    both = len(np.intersect1d(block[when == 0], block[when == 1]))
    found = directions(scores)
    gains = np.column_stack(list(found.values()))
    left = moves(np.column_stack([known_of(scores), gains]), when, goods, weights, gains, block)
    rows = _ranked(list(found), left, alpha, np.random.default_rng(whole("seed", seed)))
    after = weights * when / (weights @ when)
    for row in rows:
        row["points"] = row["points"] * float(after @ found[row.pop("direction")])
    moved = [row["step"] for row in rows if row["named"]]
    facts = {"verdict": "moved" if moved else "nothing shown", "named": moved, "alpha": alpha}
    facts |= {"customers": len(when), "both": both}
    notes = [f"If nothing moved, anything is named in at most {percent(alpha)} of cases."]
    if not moved:
        notes.append("No target and no weight is shown to have moved; a small move may be there all the same.")
    elif moved[0] == ALL and not rows[0]["rivals"]:
        notes.append("The outcome changed, and not by one step: look for a gap that the model lacks.")
    if len(when) < len(frame):
        notes.append(f"{counted(len(frame) - len(when), 'customer')} without an outcome or a score left out.")
    formats = {"times": "number", "points": "change", "z": "number", "p_value": "number", "named": "yes"}
    titled = [row["step"] + (f" (or {row['rivals']})" if row["rivals"] else "") for row in rows if row["named"]]
    title = f"Moved between the periods: {', '.join(titled)}" if moved else "Nothing is shown to have moved"
    columns = by_column(rows)
    more: dict[str, Any] = {"formats": formats, "notes": notes, "facts": facts}
    more["parts"] = [_by_state(scores, when, goods, weights)]
    return Listing(title, columns, like=tables[1], hide=("what",), **more)


def _by_state(scores: Scores, when: Array, goods: Array, weights: Array) -> Listing:
    """Return how often the outcome came about, by state and period."""
    there, state = np.unique(np.array([ORDER.index(each) for each in STATES])[scores.state_codes], return_inverse=True)
    held: dict[str, Any] = {"state": np.repeat(np.array(ORDER)[there], 2), "period": PERIODS * len(there)}
    held |= rates(2 * state + when, 2 * len(there), goods, weights)
    show = [Show("state"), Show("period"), Show("customers"), Show("rate", form="percent")]
    show.append(Show("95 % interval", ("low", "high"), span))
    return Listing("How often the outcome came about, by state", held, show=show)


def _ranked(found: list[Direction], left: Moves, alpha: float, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Name steps, each beside those named before, while chance would not do it; then list the others."""
    rows, taken, rest, steps = list[dict[str, Any]](), list[int](), left, {each.step for each in found}
    while steps:
        z, p = rest.tested(rng)
        best = dict[str, int]()  # the strongest direction of each step, the strongest step first
        for at in np.argsort(-np.abs(z)).tolist():
            if found[at].step in steps:
                best.setdefault(found[at].step, at)
        order = list(best)
        named = bool(p[best[order[0]]] <= alpha) and len(rows) < MOST
        without = {step: left.without([*taken, best[step]]) for step in order[1:] if named}
        rivals = [step for step, each in without.items() if each.tested(rng.spawn(1)[0])[1][best[order[0]]] > alpha]
        for step in order[:1] if named else order:
            at, amount = best[step], rest.amount(best[step])
            row = found[at].moved(amount) | {"points": amount, "z": abs(z[at]), "p_value": p[at], "named": named}
            rows.append(row | {"rivals": ", ".join(rivals) or None, "direction": found[at]})
            steps.remove(step)
        taken += [at for at, each in enumerate(found) if each.step == order[0]]
        rest = left.without(taken)
    return rows
