"""Check a score against what customers then did, beside what simpler scores make of the same customers."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from outcomegap.errors import DataError
from outcomegap.frames.arrays import Array, Mask
from outcomegap.learn.figures import brier, calibration, capture, ece, in_order, lift, rates
from outcomegap.learn.grouping import cells_of
from outcomegap.learn.observed import Observed, observe
from outcomegap.listing import Listing, Show, by_column, counted, percent, span
from outcomegap.model import OutcomeModel, Verdict
from outcomegap.model.verdict import CHANCE, NO_BETTER, OFF, SAID
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.customers import axes_of
from outcomegap.scoring.scorer import Scorer
from outcomegap.scoring.scores import outline_of
from outcomegap.scoring.states import STATES
from outcomegap.stats import auc

#: Scores that are compared.
SCORE, CALIBRATED, PLAIN, MEAN = "the score", "the score, calibrated", "plain mean of attainments", "always the mean"
#: The states whose outcome rates must rise, worst first.
RISING = [STATES.index(state) for state in ("failing", "tolerating", "successful")]
#: A function of who is learnt from and who is tested, and what it says of the tested.
Fit = Callable[[Mask, Mask], Any]


class Validation(Listing):
    """What a check of a score against outcomes found; the first line says what speaks against the score.

    It has a row for each score: ``score`` (the one that is checked; what isotonic regression would make of it; the
    baselines), ``auc`` with its interval, ``brier``, ``ece``, ``lift`` and ``capture`` in the tenth of customers with
    the lowest scores. Its parts are ``by state``, ``calibration`` and ``by segment and stage``; its facts
    ``figures`` (those of the score), ``states`` (see `Verdict`), ``findings`` (measures that may hold the outcome).

    Attributes
    ----------
    verdict
        The record to keep with the model: ``model.with_verdict(found.verdict)``.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-validation")
    >>> customers = og.simulate(model, 300, seed=1)
    >>> found = og.learn.validate(model, customers, np.arange(300) % 2, baselines=False)
    >>> isinstance(found, Validation), list(found.parts)
    (True, ['by state', 'calibration', 'by segment and stage'])
    """

    drawing = "validation"

    @property
    def verdict(self) -> Verdict:
        """The record to keep with the model."""
        found: Verdict = self.facts["verdict"]
        return found


def validate(
    scorer: Any,
    customers: object,
    outcome: object,
    *,
    good: object = True,
    weight: object = None,
    as_of: object = None,
    horizon: object = None,
    by: str | Sequence[str] = (),
    folds: int | None = None,
    baselines: bool = True,
    data: str = "the data",
    confidence: float = 0.95,
    seed: int = 0,
) -> Validation:
    """Check a score against what customers then did.

    The score is not fitted again: it is asked how often it puts a customer with the good outcome above one without
    (area under the curve, AUC, with DeLong's interval), how far it is from the outcome as a probability (Brier score;
    calibration in 15 bins of equal mass and its mean error, ECE), how many bad outcomes fall on the tenth of customers
    with the lowest scores, and whether the good outcome is more frequent among tolerating customers than among failing
    ones, and most among successful ones. Baselines are fitted to other customers than they are tested on: those of the
    other folds, or with `as_of` those before.

    Parameters
    ----------
    scorer
        A `Scorer`, a model, a scorer of your own, or what `outcomegap.learn.fit` returned: then its out-of-fold
        predictions are checked, if these are the customers it was fitted to.
    customers
        Any data frame that the scorer can score, or what `outcomegap.read_customers` returns; a row a customer.
    outcome
        What they then did: a column, or one value a customer. Customers without one are left out.
    good
        The value, or values, of the good outcome: ``"satisfied"``; 0 for a churn flag.
    weight
        A column of weights, or one number a customer.
    as_of, horizon
        The column with the day as of which a customer was measured, and within how many days the outcome was observed:
        then customers are split in time, and figures are of the later ones, about 30 %.
    by
        Columns that name who rows are of: all rows of one stay in one fold.
    folds
        How many folds; 5 by default.
    baselines
        Whether the score is compared with all baselines, not with the plain mean of attainments alone; logistic
        regression and gradient boosting need scikit-learn (extra ``learn``).
    data
        The name of the data, for the verdict.
    confidence
        Of every interval.
    seed
        For the folds, and for gradient boosting.

    Returns
    -------
    Validation
        A `Listing` with ``.verdict`` and ``.plot()``.

    Raises
    ------
    DataError
        With every problem of the customers and outcomes; a measure that is the outcome, or was known only after it.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988) 837-845. Brier, Monthly Weather Review 78 (1950) 1-3. Naeini,
    Cooper & Hauskrecht, AAAI (2015) 2901-2907. Steyerberg, Clinical Prediction Models (2019), chapters 15 to 17.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-validation")
    >>> customers = og.simulate(model, 400, seed=1)
    >>> stays = np.random.default_rng(1).random(400) < og.Scorer(model).score(customers).desired
    >>> found = validate(model, customers, stays, baselines=False)
    >>> found.facts["figures"]["auc"] > 0.6, found.verdict.customers
    (True, 400)
    """
    apart, flatters = np.asarray(getattr(scorer, "out_of_fold", ()), dtype=np.float64), list[str]()
    if isinstance(scorer, OutcomeModel) or hasattr(scorer, "out_of_fold"):
        scorer = Scorer(getattr(scorer, "model", scorer))
    model = scorer.model if isinstance(scorer, Scorer) else outline_of(scorer)
    asked: dict[str, Any] = {"good": good, "weight": weight, "as_of": as_of, "horizon": horizon, "by": by}
    seen = observe(customers, outcome, **asked, measures=model, what="validate")
    scores: CustomerColumns = scorer.score(seen.table if isinstance(scorer, Scorer) else seen.table.native())
    desired, states, notes = scores.desired.astype(np.float64), scores.state_codes.astype(np.int64), list(seen.notes)
    if len(apart) == seen.of and not np.isnan(apart).all():
        desired = apart[seen.rows]
        notes.append(
            "The scores are predictions fold by fold, by fits to other customers; states are those of the model."
        )
    elif all(part in model.description for part in fitted_to(seen)):
        flatters = ["it was fitted to as many customers with this outcome: if to these, figures flatter"]
    splits = seen.splits(folds or min(5, int(min(seen.good.sum(), (1 - seen.good).sum()))), seed)
    there = np.any([tested for _, tested in splits], axis=0) & ~np.isnan(desired) & (states >= 0) & (seen.weight > 0)
    if not there.any():
        raise DataError.of("too-few", "validate: no customer who is tested has a score")
    if unscored := int((np.isnan(desired) | (states < 0)).sum()):
        notes.append(f"{counted(unscored, 'customer')} without a score: in no figure.")
    if seen.day is not None:
        notes.append(
            "Tested on the customers of the later days; baselines learnt from those with outcomes known by then."
        )
    axes = {axis: held for axis, held in cells_of(scores).items() if axis in axes_of(model)}
    fits: dict[str, tuple[Array | None, Fit]] = {CALIBRATED: (desired, _isotonic(desired, seen))}
    notes.append("Calibrated: as isotonic regression on the customers learnt from would make of it.")
    # The plain mean comes first; it costs next to nothing.
    fits |= itertools.islice(_baselines(scores, seen, axes, seed), None if baselines else 1)
    if baselines:
        notes += [] if find_spec("sklearn") else ["Further baselines need scikit-learn: the extra outcomegap[learn]."]
    said = {SCORE: (desired, desired)} | {name: _said(*fit, splits) for name, fit in fits.items()}
    rest = seen.good[there], seen.weight[there], confidence
    told = {name: _figures(rank[there], value[there], *rest) for name, (rank, value) in said.items()}
    by_state, order = _by_state(states[there], *rest)
    mass, said_of = (np.bincount(states[there], rest[1] * each, len(STATES)) for each in (1.0, desired[there]))
    by_state["score"] = np.divide(said_of, mass, out=np.full(len(STATES), np.nan), where=mass > 0)
    figures = told[SCORE] | {f"rate_{state}": by_state["rate"][code] for code, state in enumerate(STATES)}
    plain = told[PLAIN]["auc"] if PLAIN in told else np.nan
    beside = {"plain_mean": plain, "leaking": len(seen.findings) or np.nan}
    known = {name: round(float(each), 6) for name, each in (figures | beside).items() if np.isfinite(each)}
    faults = [
        *flatters,
        *(f"{finding.where} may be known only afterwards" for finding in seen.findings),
        *([SAID[order]] if order not in ("apart", "unknown") else []),
        *([NO_BETTER] if figures["auc_low"] <= CHANCE else []),
        *([f"a plain mean of attainments ranks better (AUC {plain:.3f})"] if plain > figures["auc"] else []),
        *([f"it is no probability of the outcome (ECE {figures['ece']:.3f})"] if figures["ece"] > OFF else []),
    ]
    verdict = Verdict(
        fingerprint=model.fingerprint,
        data=data,
        outcome=f"{seen.name} = {seen.said}",
        customers=int(there.sum()),
        date=dt.date.today().isoformat(),  # noqa: DTZ011 - the reader's own day
        figures=known,
        states=order,
    )
    area = "AUC {auc:.3f} ({auc_low:.3f} to {auc_high:.3f})".format(**figures)
    against = "; ".join(faults) or "nothing speaks against it"
    states_told, binned = {"state": [*STATES]} | by_state, calibration(desired[there], *rest[:2], confidence=confidence)
    cells = {"by segment and stage": _by_cell(axes, desired, states, seen, there, confidence)} if axes else {}
    return Validation(
        f"{model.name} on {counted(verdict.customers, 'customer')} of {data}: {against}; {area}",
        {"score": list(told)} | by_column(list(told.values())),
        like=seen.table,
        show=["score", *_shown(confidence), "lift", Show("capture", form=percent)],
        notes=notes,
        facts={"figures": known, "states": order, "findings": seen.findings, "verdict": verdict},
        parts={
            "by state": _rates("How often the good outcome came about, by state", states_told, seen, confidence),
            "calibration": _rates("What was said, and what happened", binned, seen, confidence),
            **cells,
        },
    )


def fitted_to(seen: Observed) -> tuple[str, str]:
    """Return what the description of a model fitted to these customers says before the name of the data, and after."""
    return f"Fitted to {counted(len(seen), 'customer')} of ", f" by {seen.name} = {seen.said}, "


def _shown(confidence: float) -> list[Show]:
    """Return how figures are shown."""
    area = Show(f"{100 * confidence:g} %", ("auc_low", "auc_high"), "{:.3f} to {:.3f}".format)
    errors = [Show("Brier", "brier", "{:.4f}".format), Show("ECE", "ece", "{:.4f}".format)]
    return [Show("AUC", "auc", "{:.3f}".format), area, *errors]


def _figures(rank: Array, said: Array, good: Array, weight: Array, confidence: float) -> dict[str, float]:
    """Return the figures of a score: how it ranks customers, and how it fits as a probability."""
    area = auc(rank, good, weight, confidence=confidence)
    found = {"auc": area.value, "auc_low": area.low, "auc_high": area.high}
    found |= {"brier": brier(said, good, weight), "ece": ece(said, good, weight)}
    return found | {"lift": lift(rank, good, weight), "capture": capture(rank, good, weight)}


def _by_state(states: Array, good: Array, weight: Array, confidence: float) -> tuple[dict[str, Array], str]:
    """Return the outcome rate of each state, and whether they rise."""
    found = rates(states, len(STATES), good, weight, confidence=confidence)
    return found, in_order(*(found[name][RISING].tolist() for name in ("rate", "low", "high")))


def _rates(title: str, columns: Mapping[str, Any], seen: Observed, confidence: float) -> Listing:
    named = [Show(name, form=None if name == "state" else percent) for name in ("state", "score") if name in columns]
    show = [*named, Show("rate", form=percent), Show(f"{100 * confidence:g} %", ("low", "high"), span)]
    show += [Show("customers", form="count"), Show("share", form=percent)]
    return Listing(title, columns, like=seen.table, show=show)


def _by_cell(
    axes: Mapping[str, Array], desired: Array, states: Array, seen: Observed, there: Mask, confidence: float
) -> Listing:
    """Return the figures of each segment, stage and goal."""
    rows: list[dict[str, Any]] = []
    for by, name in ((axis, name) for axis, held in axes.items() for name in dict.fromkeys(held[there])):
        here = there & (axes[by] == name)
        rest = seen.good[here], seen.weight[here], confidence
        found, order = _by_state(states[here], *rest)
        row = {"by": by, "name": name, "customers": int(here.sum()), "rate": np.average(rest[0], weights=rest[1])}
        row |= _figures(desired[here], desired[here], *rest) | {STATES[code]: found["rate"][code] for code in RISING}
        rows.append(row | {"order": order})
    shares = [Show(STATES[code], form=percent) for code in RISING]
    about = Show("by"), Show("name"), Show("customers", form="count"), Show("rate", form=percent)
    area, sure, _, error = _shown(confidence)
    show = [*about, area, sure, error, *shares, Show("order")]
    return Listing("By segment and stage", by_column(rows), like=seen.table, show=show, first=len(rows))


# Baselines


def plain_mean(scores: CustomerColumns) -> Array:
    """Return the mean of each customer's attainments."""
    attained = next(scores.step_values(None, "attainment"))
    known = ~np.isnan(attained)
    found: Array = np.where(known, attained, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return found


def _said(rank: Array | None, fit: Fit, splits: Sequence[tuple[Mask, Mask]]) -> tuple[Array, Array]:
    """Return by what customers are ranked, and what is said of each as a probability; nobody is fitted to himself."""
    found = np.full(len(splits[0][0]), np.nan)
    for learnt, tested in splits:
        found[tested] = fit(learnt, tested)
    return found if rank is None else rank, found


def _baselines(
    scores: CustomerColumns, seen: Observed, axes: Mapping[str, Array], seed: int
) -> Iterator[tuple[str, tuple[Array | None, Fit]]]:
    """Yield each baseline: by what it ranks, if not by what it says, and its fit."""
    if "attainment" in scores.says:
        plain = plain_mean(scores)
        yield PLAIN, (plain, _isotonic(plain, seen))
    yield MEAN, (np.zeros(len(seen)), lambda learnt, _: np.average(seen.good[learnt], weights=seen.weight[learnt]))
    if find_spec("sklearn") is None:
        return
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    cells = [held[:, None] == np.unique(held[held != None])[None, :] for held in axes.values()]  # noqa: E711
    features = np.column_stack([*seen.numbers.values(), *cells]).astype(np.float64)

    def fit(made: Any, weight: str) -> Fit:
        def predict(learnt: Mask, tested: Mask) -> Any:
            if len(np.unique(seen.good[learnt])) < 2:
                return seen.good[learnt].mean()
            made.fit(features[learnt], seen.good[learnt], **{weight: seen.weight[learnt]})
            return made.predict_proba(features[tested])[:, 1]

        return predict

    fill = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    logistic = make_pipeline(fill, StandardScaler(), LogisticRegression(max_iter=2000))
    yield "logistic regression", (None, fit(logistic, "logisticregression__sample_weight"))
    yield "gradient boosting", (None, fit(HistGradientBoostingClassifier(random_state=seed), "sample_weight"))


def _isotonic(score: Array, seen: Observed) -> Fit:
    """Return a fit of the rising step function of a score that is nearest to the outcomes, read between its steps."""
    from scipy.optimize import isotonic_regression

    def fit(learnt: Mask, tested: Mask) -> Any:
        rows = learnt & ~np.isnan(score) & (seen.weight > 0)
        if not rows.any():  # what is said of later customers alone cannot be calibrated on those before
            return np.nan
        distinct, place = np.unique(score[rows], return_inverse=True)
        mass = np.bincount(place, seen.weight[rows])
        mean = np.bincount(place, seen.weight[rows] * seen.good[rows]) / mass
        return np.interp(score[tested], distinct, isotonic_regression(mean, weights=mass).x)

    return fit
