"""Fit a model to what customers then did: what they require, estimated by maximum likelihood under its structure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, whole
from outcomegap.engines.numpy_blocks import NumpyBlocks
from outcomegap.learn.figures import brier
from outcomegap.learn.fit_curves import DIGITS, Places, alike, by_cell, fitted_step, places
from outcomegap.learn.fit_gates import Slots, opened, with_roots, with_ways
from outcomegap.learn.fit_likelihood import Fitting, Numbers, Sample, Strengths, likelihood
from outcomegap.learn.fit_report import listed, parameters
from outcomegap.learn.fit_states import thresholds
from outcomegap.learn.observed import Observed, observe
from outcomegap.learn.validate import fitted_to, plain_mean, validate
from outcomegap.listing import Listing, counted
from outcomegap.model.gate import Gate
from outcomegap.model.inputs import Inputs
from outcomegap.model.model import OutcomeModel
from outcomegap.model.step import SKIP, Step
from outcomegap.model.verdict import Verdict
from outcomegap.program import Compiled, compile_model
from outcomegap.scoring.customers import Customers, prepare
from outcomegap.scoring.scorer import Scorer
from outcomegap.scoring.scores import Scores
from outcomegap.scoring.states import TOLERANCE
from outcomegap.stats import auc

Array = NDArray[Any]
STRUCTURES = ("as given", "find ways")
#: A search begins with this many customers, and chooses strengths with them.
SOME = 20_000
#: Thresholds at the end of what can be reached are multiples of it.
LOWEST = 1e-3
#: How many rounds a search takes with some customers, and then with all.
ROUNDS, MORE = 200, 100
#: How many starts of ways are compared, with how many customers, for how many rounds.
STARTS, STARTERS, BRIEFLY = 4, 8_000, 100
#: How many folds choose strengths, one alone of more customers than `SOME`.
CHOOSERS = 3
#: How strongly cells are held to their segment and segments to the whole: the strongest is taken at which the loss is
#: larger than the least by no more than this part.
HELD = ((1000.0, 100.0), (100.0, 10.0), (10.0, 1.0), (1.0, 0.1))
HARDLY_WORSE = 0.005
#: How much the required outcome alone counts where ways are sought, so that it keeps its meaning.
ALONE = 0.2


@attrs.frozen(eq=False)
class Fitted:
    """A fitted model, and how it was found.

    Parameters
    ----------
    model
        The fitted `OutcomeModel`: dump, read and edit it, and score with it, as any other.
    report
        A `Listing`: a row a step, with what was and what is.
    out_of_fold
        For each customer of the frame D as a fit without that customer's fold says; NaN where there is none.
    verdict
        What `outcomegap.learn.validate` says of these predictions; the model carries it too. None without folds.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-validation")
    >>> customers = og.simulate(model, 300, seed=1)
    >>> stays = np.random.default_rng(1).random(300) < og.Scorer(model).score(customers).desired
    >>> fitted = og.learn.fit(model, customers, stays, folds=2)
    >>> len(fitted.out_of_fold), fitted.verdict == fitted.model.verdict
    (300, True)
    """

    model: OutcomeModel
    report: Listing
    out_of_fold: Array
    verdict: Verdict | None = None

    def __repr__(self) -> str:
        return f"<Fitted {self.model.name!r}: {self.report.title}>"


def fit(
    model: OutcomeModel,
    customers: Any,
    outcome: Any,
    *,
    good: Any = True,
    weight: Any = None,
    as_of: Any = None,
    horizon: Any = None,
    by: str | Sequence[str] = (),
    structure: str = "as given",
    ways: int = 3,
    most_steps: int = 12,
    folds: int = 5,
    bootstrap: int = 0,
    data: str = "the data",
    confidence: float = 0.95,
    seed: int = 0,
) -> Fitted:
    r"""Fit a model to what customers then did: estimate what they require, under the model's own structure.

    D is taken as the probability of the good outcome. Curves, the number that a missing answer stands for, the weights
    of means and how necessary each child of an `AllOf` is, maximize the likelihood

    .. math:: \sum_i w_i (y_i \log p_i + (1 - y_i) \log(1 - p_i)), \quad p = \epsilon + (1 - 2 \epsilon) D

    with a chance of :math:`\epsilon` = 0.0001 that an outcome is told wrongly. Slopes are those of the engine's reverse
    pass. Each step has one curve, which never falls: a step keeps its direction, and where the data say the opposite
    its weight becomes 0. Weights differ by cell; they are held to those of their segment, and these to the whole, as
    strongly as predicts best.

    Parameters
    ----------
    model
        The `OutcomeModel` that says which steps there are, which way is better, and how they combine.
    customers
        Any data frame, or what `outcomegap.read_customers` returns.
    outcome
        The column that says what each customer did, or an array. Customers without an outcome are left out.
    good
        The value, or values, that mean that the desired outcome came about; true and 1 by default.
    weight
        A column of numbers of 0 or more, or an array.
    as_of, horizon, by
        As in `outcomegap.learn.validate`: a split in time, and who stays together.
    structure
        ``"as given"`` keeps the model's gates, and gives each `AllOf` weights. ``"find ways"`` replaces the gate of
        the experience by an `AnyOf` of up to `ways` weighted `AllOf`, each a way in which the experience suits, and an
        `AtLeast` of required steps by a weighted `AllOf`; what is expected may become a condition, a step that is
        required, where nearly nobody had the good outcome without it.
    ways, most_steps
        How many ways at most, over how many steps in each cell at most.
    folds
        How many folds choose the strengths and foretell customers who were not learnt from; 0 for none.
    bootstrap
        How many fits to customers drawn anew give the intervals, instead of the information of one fit; those who stay
        together are drawn together.
    data
        The name of the data, for the verdict and the description.
    confidence
        Of intervals.
    seed
        Of what is drawn at random.

    Returns
    -------
    Fitted
        With ``model``, ``report`` and ``out_of_fold``.

    Raises
    ------
    DataError
        With every problem of the data; as in `outcomegap.learn.validate`.
    ModelError
        If the model has errors.

    Examples
    --------
    >>> import outcomegap as og
    >>> calls = og.SuccessGap("calls made", og.Measure("calls"), floor=0, target=9)
    >>> reply = og.Expectation("reply", og.Measure("hours"), floor=48, target=1)
    >>> model = og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(
    ...     og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("soon", expects=reply))])
    >>> chance = np.random.default_rng(0)
    >>> calls, hours = chance.integers(0, 9, 500), chance.integers(0, 48, 500)
    >>> stays = (calls >= 4) & (chance.random(500) < 0.9)
    >>> fitted = og.learn.fit(model, {"calls": calls, "hours": hours, "stays": stays}, "stays", folds=0)
    >>> fitted.model.steps[0].floor, fitted.model.steps[0].target
    (3.0, 4.0)
    """
    checks = Checks(f"fit of model {model.name!r}")
    checks.one_of("structure", structure, STRUCTURES, "structure")
    checks.done()
    ways, most_steps = whole("ways", ways, 1), whole("most_steps", most_steps, 1)
    bootstrap = whole("bootstrap", bootstrap)
    seen = observe(
        customers, outcome, good=good, weight=weight, as_of=as_of, horizon=horizon, by=by, measures=model, what="fit"
    )
    begun = alike(model) if structure == "find ways" else model
    task = _opened(begun, seen, structure, ways, most_steps, seed)
    order = np.random.default_rng(seed).permutation(len(seen))
    strengths, splits = Strengths(), seen.splits(folds, seed) if folds else []
    if splits:
        strengths = _chosen(task, [(order[learnt[order]], order[tested[order]]) for learnt, tested in splits])
    desired = np.full(len(seen), np.nan)
    for learnt, tested in splits:
        fitting, flat = task.learn(order[learnt[order]], strengths)
        desired[tested] = fitting.desired(flat, task.sample(np.flatnonzero(tested)))
    fitting, flat = task.learn(order, strengths)
    fitted = _closed(task, begun, fitting, flat, seen)
    to, by_outcome = fitted_to(seen)
    told = f"{to}{data}{by_outcome}{dt.date.today()}."  # noqa: DTZ011 - the reader's own day
    fitted = attrs.evolve(fitted, description=f"{model.description} {told}".strip())
    out_of_fold = np.full(seen.of, np.nan)
    out_of_fold[seen.rows] = desired
    again = [task.learn(_drawn(seen, seed + at), strengths, flat)[1] for at in range(bootstrap)]
    numbers = parameters(fitting, flat, task.sample(order), task.model.steps, confidence, again)
    before, after = ({step.name: step for step in each.steps} for each in (model, fitted))
    title = f"{model.name}, {structure}: fitted to {counted(len(seen), 'customer')} by {seen.name} = {seen.said}"
    title = "; ".join([title, *_beaten(desired, plain_mean(Scorer(model).score(seen.table)), seen)])
    steps = [(before.get(step.name, step), after.get(step.name)) for step in task.model.steps]
    report = listed(steps, numbers, title, seen.notes, {"strengths": attrs.asdict(strengths)})
    found = Fitted(fitted, report, out_of_fold)
    if not splits:
        return found
    asked: dict[str, Any] = {"good": good, "weight": weight, "as_of": as_of, "horizon": horizon, "by": by}
    verdict = validate(found, customers, outcome, **asked, folds=folds, baselines=False, data=data, seed=seed).verdict
    return attrs.evolve(found, model=fitted.with_verdict(verdict), verdict=verdict)


def _beaten(desired: Array, plain: Array, seen: Observed) -> list[str]:
    """Return what foretells customers who were not learnt from better than a fit does, though it needs none."""
    there = ~np.isnan(desired)
    good, weight = seen.good[there], seen.weight[there]
    fits, simple = (auc(each[there], good, weight).value for each in (desired, plain))
    mean = np.full(len(good), np.average(good, weights=weight) if there.any() else np.nan)
    errors = [brier(each, good, weight) for each in (desired[there], mean)]
    ranks = f"out of fold a plain mean of attainments ranks better (AUC {simple:.3f} against {fits:.3f})"
    nearer = "out of fold the mean of all is nearer to the outcome (Brier {1:.4f} against {0:.4f})".format(*errors)
    return [*([ranks] if simple > fits else []), *([nearer] if errors[0] > errors[1] else [])]


def _drawn(seen: Observed, seed: int) -> Array:
    """Return as many groups of customers as there are, drawn with replacement, in random order."""
    chance = np.random.default_rng(seed)
    inside = np.split(np.argsort(seen.alike, kind="stable"), np.cumsum(np.bincount(seen.alike))[:-1])
    drawn: Array = np.concatenate([inside[group] for group in chance.integers(0, len(inside), len(inside))])
    return chance.permutation(drawn)


def _opened(model: OutcomeModel, seen: Observed, structure: str, ways: int, most_steps: int, seed: int) -> _Task:
    """Open a model for a fit, and find where its customers stand."""
    finds = structure == "find ways"
    free = opened(model, ways=finds)
    free = with_ways(free, ways, seed) if finds else free
    compiled = compile_model(free)
    names = {axis: axis for axis in ("segment", "stage", "goal")}
    batch = prepare(compiled, seen.table, names, "raise")
    return _Task(
        free,
        batch,
        [Slots.of(compiled, number, ways=finds) for number in range(len(compiled.programs))],
        [places(batch, step) for step in range(len(free.steps))],
        seen.good,
        seen.weight,
        finds,
        most_steps,
        seed,
    )


def _chosen(task: _Task, splits: Sequence[tuple[Array, Array]]) -> Strengths:
    """Return the strongest hold of cells whose loss on customers who were not learnt from is hardly the larger for it.

    What is hardly held learns chance in small cells. Of many customers some are enough to choose by.
    """
    if len(task.model.cells) == 1:
        return Strengths()
    losses, tried = np.zeros(len(HELD)), [Strengths(*each) for each in HELD]
    for learnt, tested in splits[: 1 if len(task.good) > SOME else CHOOSERS]:
        sample, rest = task.sample(learnt[:SOME]), task.sample(tested)
        flat = task.start(task.fitting(learnt[:SOME], tried[0]), learnt[:SOME])
        for at, strengths in enumerate(tried):
            fitting = task.fitting(learnt[:SOME], strengths)
            flat, _ = fitting.maximum(sample, flat, BRIEFLY)
            losses[at] += likelihood(fitting.desired(flat, rest), task.good[tested], task.weight[tested])[0].sum()
    return tried[int(np.flatnonzero(losses <= (1.0 + HARDLY_WORSE) * losses.min())[0])]


def _closed(task: _Task, model: OutcomeModel, fitting: Fitting, flat: Array, seen: Observed) -> OutcomeModel:
    """Return the fitted model."""
    numbers = Numbers.at(flat, fitting.first)
    cells = task.model.cells
    step_of: dict[Step, Step] = {}
    for at, (step, place) in enumerate(zip(task.model.steps, task.places, strict=True)):
        missing = float(numbers.missing[at]) if fitting.lacking[at] else None
        if any(each.counts(at, weights) for each, weights in zip(task.slots, numbers.weights, strict=True)):
            step_of[step] = fitted_step(step, place, numbers.increments[at], missing, cells)
    taken: dict[str, Gate] = {}
    parts = [
        each.closed(weights, step_of, cells, taken) for each, weights in zip(task.slots, numbers.weights, strict=True)
    ]
    of = [task.model.desired_outcomes.index(each.program.outcome) for each in task.slots]
    roots = dict(zip(of, parts, strict=True))
    # What a missing answer stands for is estimated then: nobody has too little data for a point value.
    known: dict[str, Any] = {"min_coverage": 0.0} if fitting.lacking.any() else {}
    # What observes the outcome may be one of its steps: then it is that step, as fitted.
    observing = model.remade(step_of).desired_outcomes
    outcomes = [with_roots(each, *roots[at], **known) if at in roots else each for at, each in enumerate(observing)]
    found = attrs.evolve(model, desired_outcomes=outcomes)
    compiled = compile_model(found)
    limits = _thresholds(task, Scorer(found).score(seen.table), compiled)
    most = NumpyBlocks(compiled, np.dtype(np.float64), 1).reach()
    within = np.where(most < LOWEST, most, np.round(np.floor(most / LOWEST + TOLERANCE) * LOWEST, DIGITS))
    limits = np.where(limits > most, within, limits)
    for at, slots in zip(of, task.slots, strict=True):
        named = [cells[cell] for cell in slots.cells]
        achieved, appropriate = (by_cell(named, limit[slots.cells].tolist()) for limit in limits)
        outcomes[at] = attrs.evolve(outcomes[at], achieved_at=achieved, appropriate_at=appropriate)
    return attrs.evolve(found, desired_outcomes=outcomes, inputs=_read_still(model, found))


def _read_still(before: OutcomeModel, after: OutcomeModel) -> Inputs | None:
    """Return the inputs without the measures of steps that the fit dropped."""
    if before.inputs is None:
        return None
    dropped = {each.name for each in before.measures} - {each.name for each in after.measures}
    sources = before.inputs.measures.items()
    needed = {name for made, source in sources if made not in dropped for name in source.pair or ()}
    kept = {name: source for name, source in sources if name not in dropped or name in needed}
    return attrs.evolve(before.inputs, measures=kept)


def _thresholds(task: _Task, scores: Scores, compiled: Compiled) -> Array:
    """Return the thresholds of the cells: those of their segment that tell the outcome best, else those so far."""
    at_least, at_most = (scores.required_low, scores.experience_low), (scores.required_high, scores.experience_high)
    low, point, high = np.array([at_least, (scores.required, scores.experience), at_most], dtype=np.float64)
    unknown = np.isnan(point).any(axis=0)
    sides = np.array([np.where(unknown, -np.inf, low), point, np.where(unknown, np.inf, high)])
    # A desired outcome has several programs where weights are 0 in some cells.
    each = zip(compiled.program_of, task.model.cells, strict=True)
    names = [(compiled.programs[number].outcome, cell.segment) for number, cell in each]
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    limits, segment = np.array([compiled.achieved_at, compiled.appropriate_at]), np.array([places[i] for i in names])
    given = limits[:, np.unique(segment, return_index=True)[1]]
    found = thresholds(sides, task.good, task.weight, segment[task.customers.cells], given)
    return np.where((found == given).all(axis=0)[segment], limits, found[:, segment])


@attrs.frozen(eq=False)
class _Task:
    """A model opened for a fit, with the customers that it is fitted to."""

    model: OutcomeModel
    customers: Customers
    slots: list[Slots]
    places: list[Places]
    good: Array
    weight: Array
    ways: bool
    most_steps: int
    seed: int

    def fitting(self, rows: Array, strengths: Strengths) -> Fitting:
        """Return the likelihood that some customers give."""
        stand_ins = np.array([_stands(step) for step in self.model.steps])
        return Fitting(self.slots, self.model.cells, self.sample(rows), stand_ins, strengths, ALONE * self.ways)

    def sample(self, rows: Array) -> Sample:
        """Return some customers."""
        return Sample(self.places, self.customers.cells, self.good, self.weight, rows)

    def start(self, fitting: Fitting, rows: Array) -> Array:
        """Return where the search begins: for ways the best of some starts, after a few rounds."""
        if not self.ways:
            return fitting.start()
        sample, found = self.sample(rows[:STARTERS]), []
        for seed in range(self.seed, self.seed + STARTS):
            weights = [each.drawn_anew(seed) for each in self.slots]
            start = attrs.evolve(fitting.first, weights=weights).flat()
            found.append(fitting.maximum(sample, start, BRIEFLY))
        return min(found, key=lambda each: each[1])[0]

    def learn(self, rows: Array, strengths: Strengths, start: Array | None = None) -> tuple[Fitting, Array]:
        """Fit to some customers, in random order: some first, then all; then once more without what fell away."""
        fitting = self.fitting(rows, strengths)
        start = self.start(fitting, rows) if start is None else start
        flat, _ = fitting.maximum(self.sample(rows[:SOME]), start, ROUNDS)
        sample = self.sample(rows)
        if self.ways:
            fitting.drop(flat, sample, self.most_steps)
        flat, _ = fitting.maximum(sample, flat, MORE)
        return fitting, flat


def _stands(step: Step) -> float:
    """Return what the model says that a missing value counts as, on average over cells."""
    if step.missing == SKIP:
        return 0.5
    return step.missing if isinstance(step.missing, float) else float(np.mean([*step.missing]))
