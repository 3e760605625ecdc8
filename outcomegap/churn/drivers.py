"""What goes together with churn, how sure that is, and who can act on it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import in_range, whole
from outcomegap.churn.columns import Columns, stand_for
from outcomegap.errors import EngineError
from outcomegap.frames.arrays import objects
from outcomegap.listing import Listing, as_column, counted
from outcomegap.model import Measure, OutcomeModel, SuccessGap
from outcomegap.stats import z_of

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]
Rows = NDArray[np.int64]

#: At least so many who left, and so many who stayed.
FEWEST = 20
#: A measure that alone tells those who left from those who stayed this well is likely known only afterwards.
SUSPICIOUS = 0.9
#: No more resamples than this: they would take days.
MOST = 100_000
#: Measures that go together this closely cannot be told apart.
TWINS = 0.8


def drivers(
    frame: object,
    measures: Sequence[str | Measure] | OutcomeModel,
    *,
    churned: str,
    model: OutcomeModel | None = None,
    actionable: Mapping[str, bool | str] | None = None,
    values: Mapping[str, float] | None = None,
    held_out: float = 0.25,
    resamples: int = 200,
    seed: int = 0,
    confidence: float = 0.95,
) -> Listing:
    """Find which measures go together with churn most.

    A logistic regression of churn on all measures at once, each standardized, with a weak L2 penalty (C = 1), is
    fitted to part of the customers. Its coefficients have percentile bootstrap intervals (Efron & Tibshirani, An
    Introduction to the Bootstrap, 1993, chapter 13), resampled among those who left and those who stayed. How much a
    measure matters is asked of the customers held out: how far the area under the curve falls when the measure is
    shuffled (permutation importance: Breiman, Random Forests, Machine Learning 45, 2001), resampled as well. What is
    missing is filled with the median and gets an indicator of its own, which is shuffled along; the share missing and
    the indicator's coefficient are shown.

    What goes together with churn need not bring it about, a measure that moves up and down with another shares its
    weight with it, and a relation that is not monotone is not seen at all. A measure that is only known once somebody
    has left explains everything and tells nothing: the notes name measures that alone tell too well.

    Parameters
    ----------
    frame
        Any data frame, a row a customer, of those who left and those who stayed.
    measures
        Columns of numbers (or `Measure` objects), or a model: then its measures.
    churned
        The column that says who left: true and false, 1 and 0, or text (`values`).
    model
        Where owners are taken from: whoever can act on a step that rests on the measure.
    actionable
        Measure -> True or False, or the name of who can act; it wins over the model.
    values
        Text -> the number it stands for, for columns of text: ``{"Yes": 1, "No": 0}``; of `churned` 1 or 0.
    held_out
        Share of the customers held out.
    resamples
        How many resamples make an interval, 20 or more. With 200,000 customers and ten measures one takes about a fifth
        of a second.
    seed
        For splitting and resampling.
    confidence
        Of every interval.

    Returns
    -------
    Listing
        A row a measure, the most important first; it says what goes together with leaving, in these data, not what an
        act would change. Its columns: ``measure``, ``coefficient`` (of the log-odds, per standard deviation), ``low``,
        ``high``, ``odds_ratio``, ``importance``, ``importance_low``, ``importance_high``, ``missing_share``,
        ``missing_coefficient``, ``alone`` (area under the curve of the measure by itself, or of its opposite),
        ``actionable`` (null where nothing is said) and ``who``. Its facts: ``auc`` (how often the regression puts one
        who left above one who stayed, on customers it was not fitted to: 0.5 is chance, 1 is always) and
        ``auc_interval``; ``churned`` of ``customers`` left; it was fitted to ``trained``, and tried on ``held_out``.

    Raises
    ------
    DataError
        With everything that is wrong: a column that is not there or holds no numbers, who left unknown, fewer than 20
        who left or who stayed, a measure that is the same for all.
    EngineError
        If scikit-learn is not installed (extra ``learn``).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> tickets = rng.poisson(2, 600)
    >>> left = rng.random(600) < 1 / (1 + np.exp(3 - tickets))
    >>> found = drivers({"tickets": tickets, "shoe_size": rng.normal(42, 2, 600), "left": left},
    ...                 ["tickets", "shoe_size"], churned="left", actionable={"tickets": "support"})
    >>> found[0]["measure"], found[0]["who"], found[0]["low"] > 0
    ('tickets', 'support', True)
    """
    columns, said, known = Columns(frame, "drivers"), actionable or {}, stand_for(values)
    if isinstance(measures, OutcomeModel):
        model, measures = model or measures, measures.measures
    names = [measure.name if isinstance(measure, Measure) else measure for measure in measures]
    read = columns.several("measures", names, texts=known)
    for name, each in read.items():
        distinct = np.unique(each[~np.isnan(each)])
        if len(each) and len(distinct) < 2:
            what = f"is {distinct[0]:g} for all" if len(distinct) else "is empty"
            message = f"measures: column {name!r} {what}; it can tell nobody apart, leave it out"
            columns.problem("constant", message, name)
    left = _left(columns, churned, known)
    for name in said:
        if name not in names:
            message = f"actionable: {name!r:.60} is none of the measures"
            columns.problem("unknown-measure", message, value=name, options=names)
    columns.attempt(lambda: in_range("held_out", held_out, 0.05, 0.95))
    times = columns.attempt(lambda: whole("resamples", in_range("resamples", resamples, 20, MOST))) or 0
    columns.attempt(lambda: z_of(confidence))
    columns.seed(seed)
    columns.done()
    numbers = np.column_stack(list(read.values()))
    made, facts = fit(numbers, left, held_out=held_out, resamples=times, seed=seed, confidence=confidence)
    alone = np.array([_alone(column, left) for column in numbers.T])
    acts = [_who_acts(name, model, says=said.get(name)) for name in names]
    told = {"measure": as_column(names)} | made | {"alone": alone}
    told |= {"actionable": objects([act for act, _ in acts]), "who": objects([who for _, who in acts])}
    order = np.lexsort((-np.abs(made["coefficient"]), -np.round(made["importance"], 12)))
    title = f"What goes together with churn: {facts['churned']:,} of {counted(len(left), 'customer')} left; on the"
    title += f" {facts['held_out']:,} held out the area under the curve is {facts['auc']:.3f}"
    title += " ({:.3f} to {:.3f})".format(*facts["auc_interval"])
    formats = dict.fromkeys(made, "number") | {"missing_share": "percent"}
    form: dict[str, Any] = {"like": columns.table, "facts": facts, "formats": formats, "hide": ("odds_ratio", "alone")}
    ranked = {name: values[order] for name, values in told.items()}
    return Listing(title, ranked, notes=_notes(names, numbers, alone), **form)


def _left(columns: Columns, churned: str, texts: Mapping[str, float]) -> Truth:
    """Read who left."""
    values = columns.several("churned", [churned], texts=texts).get(churned)
    if values is None:
        return np.zeros(len(columns.table), dtype=bool)
    left: Truth = values == 1
    missing, stayed = np.isnan(values), values == 0
    other = ~(missing | left | stayed)
    columns.rows("missing-value", f"churned: column {churned!r} is empty; say of everybody", churned, missing)
    first = float(values[other][0]) if other.any() else None
    columns.rows("not-a-truth", f"churned: column {churned!r} holds {first}, neither 0 nor 1", churned, other, first)
    if min(left.sum(), stayed.sum()) < FEWEST and first is None:
        message = f"churned: {left.sum()} left and {stayed.sum()} stayed; {FEWEST} of each are needed"
        columns.problem("too-few", message, churned)
    return left


def _who_acts(name: str, model: OutcomeModel | None, *, says: bool | str | None) -> tuple[bool | None, str | None]:
    """Return whether anyone can act on a measure, and who: as is said, else as the model's steps on it say."""
    steps = [] if model is None else [step for step in model.steps if step.measure.name == name]
    open_ones = [step for step in steps if not isinstance(step, SuccessGap) or step.bridgeable]
    who = ", ".join(dict.fromkeys(step.owner for step in open_ones if step.owner)) or None
    if isinstance(says, str):
        return True, says
    if says is None:
        says = True if who else None if open_ones or not steps else False
    return says, who if says else None


def _notes(names: list[str], values: Array, alone: Array) -> list[str]:
    notes = ["It goes together with leaving in these data; it need not bring it about."]
    for name, area in zip(names, alone, strict=True):
        if area >= SUSPICIOUS:
            notes.append(f"{name} alone tells who left (area {area:.3f}): is it known only afterwards?")
    for one, other in itertools.combinations(range(len(names)), 2):
        both = values[~np.isnan(values[:, [one, other]]).any(axis=1)][:, [one, other]]
        alike = float(np.corrcoef(both[:, 0], both[:, 1])[0, 1]) if len(both) > 2 and both.std(axis=0).all() else 0.0
        if abs(alike) >= TWINS:
            notes.append(f"{names[one]} and {names[other]} go together (r = {alike:.2f}); they share their weight.")
    gaps = int(np.isnan(values).any(axis=0).sum())
    if gaps:
        are = f"{gaps} of {counted(len(names), 'measure')} {'is' if gaps == 1 else 'are'}"
        notes.append(f"{are} missing somewhere: filled with the median, and marked.")
    return notes


def _alone(values: Array, left: Truth) -> float:
    known = ~np.isnan(values)
    if left[known].all() or not left[known].any():
        return math.nan
    area = auc_of(values[known], left[known])
    return max(area, 1 - area)


# The regression


def fit(
    values: Array, churned: Truth, *, held_out: float, resamples: int, seed: int, confidence: float
) -> tuple[dict[str, Array], dict[str, Any]]:
    """Fit a logistic regression to part of the customers, and try it on the rest; as `drivers` says.

    `values` has the shape (customers, measures); NaN is missing. Returns an array each over the measures, and the facts
    of `drivers`: ``coefficient`` is the change of the log-odds of churn per standard deviation; ``importance`` how much
    the area under the curve falls on the held-out customers when the measure is shuffled; ``missing_coefficient`` the
    change of the log-odds where it is missing, against the median, NaN where it never is.
    """
    try:
        from sklearn.model_selection import train_test_split
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise EngineError("churn.drivers needs scikit-learn: install the extra outcomegap[learn]") from error
    rows = np.arange(len(churned))
    train, test = train_test_split(rows, test_size=held_out, random_state=seed, stratify=churned)
    matrix, gaps = _design(values, train)
    count, rng = values.shape[1], np.random.default_rng(seed)
    with threadpool_limits(1):  # the problems are small: threads would wait for one another
        weights: Array = _coefficients(matrix, churned, train)
        again = np.array([_coefficients(matrix, churned, _resampled(churned, train, rng)) for _ in range(resamples)])
    whole, drops, areas, point = matrix @ weights, np.empty((resamples, count)), np.empty(resamples), np.zeros(count)
    held = [[measure, *(count + np.flatnonzero(gaps == measure))] for measure in range(count)]  # with its indicator
    own = [matrix[:, columns] @ weights[columns] for columns in held]
    auc = auc_of(whole[test], churned[test])

    def fall(area: float, part: Array, rows: Rows) -> float:
        """Return how far the area under the curve falls when a measure, with its indicator, is shuffled."""
        return area - auc_of(whole[rows] - part[rows] + rng.permutation(part[rows]), churned[rows])

    for draw in range(resamples):  # each draws customers anew; the mean is over shuffles of those there are
        rows = _resampled(churned, test, rng)
        areas[draw] = auc_of(whole[rows], churned[rows])
        for measure, part in enumerate(own):
            drops[draw, measure] = fall(areas[draw], part, rows)
            point[measure] += fall(auc, part, test) / resamples
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    own_weights, missing = weights[:count], np.full(count, np.nan)
    missing[gaps] = weights[count:]
    made: dict[str, Array] = {"coefficient": own_weights}
    made |= zip(("low", "high"), np.quantile(again[:, :count], tails, axis=0), strict=True)
    made |= {"odds_ratio": np.exp(own_weights), "importance": point}
    made |= zip(("importance_low", "importance_high"), np.quantile(drops, tails, axis=0), strict=True)
    made |= {"missing_share": np.isnan(values).mean(axis=0), "missing_coefficient": missing}
    facts = {"auc": auc, "auc_interval": tuple(np.quantile(areas, tails).tolist()), "churned": int(churned.sum())}
    return made, facts | {"customers": len(churned), "trained": len(train), "held_out": len(test)}


def _design(values: Array, train: Rows) -> tuple[Array, Rows]:
    """Fill gaps with the median and standardize, both as the training customers have them; add an indicator a gap."""
    missing = np.isnan(values)
    gaps = np.flatnonzero(missing.any(axis=0))
    known = [column[~np.isnan(column)] for column in values[train].T]
    filled = np.where(missing, [np.median(column) if len(column) else 0.0 for column in known], values)
    spread = filled[train].std(axis=0)
    standard = (filled - filled[train].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return np.hstack([standard, missing[:, gaps]]), gaps


def _coefficients(matrix: Array, churned: Truth, rows: Rows) -> Array:
    from sklearn.linear_model import LogisticRegression

    # The penalty, one prior observation in strength, keeps measures that separate perfectly finite.
    found = LogisticRegression(C=1.0, max_iter=5000).fit(matrix[rows], churned[rows])
    return np.asarray(found.coef_[0], dtype=np.float64)


def _resampled(churned: Truth, rows: Rows, rng: np.random.Generator) -> Rows:
    """Draw as many customers as there are, with replacement, from those who left and from those who stayed."""
    left, stayed = rows[churned[rows]], rows[~churned[rows]]
    return np.concatenate([rng.choice(left, len(left)), rng.choice(stayed, len(stayed))])


def auc_of(score: Array, churned: Truth) -> float:
    """Return the area under the receiver operating characteristic: how often one who left scores above one who stayed.

    The Mann-Whitney statistic over the number of pairs; a tie counts half.

    References
    ----------
    Hanley & McNeil, The meaning and use of the area under a receiver operating characteristic (ROC) curve, Radiology
    143 (1982) 29-36.

    Examples
    --------
    >>> auc_of(np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, False, True, True]))
    0.875
    """
    left, stayed = np.sort(score[churned]), np.sort(score[~churned])  # what is asked in order is found sooner
    below = np.searchsorted(stayed, left, side="left") + np.searchsorted(stayed, left, side="right")
    return float(below.sum() / (2.0 * len(left) * len(stayed)))
