"""What goes together with churn, how sure that is, and who can act on it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import among, number_of
from outcomegap.churn.columns import Columns, whole_of
from outcomegap.churn.fit import Fitted, auc_of, fit
from outcomegap.errors import Problem, hint, nearest
from outcomegap.frames import Table
from outcomegap.listing import Listing, as_column, counted
from outcomegap.model import Measure, OutcomeModel, SuccessGap
from outcomegap.stats import z_of

Array = NDArray[Any]

#: At least so many who left, and so many who stayed.
FEWEST = 20
#: A measure that alone tells those who left from those who stayed this well is likely known only afterwards.
SUSPICIOUS = 0.9
#: No more resamples than this: they would take days.
MOST = 100_000
#: Measures that go together this closely cannot be told apart.
TWINS = 0.8


class Drivers(Listing):
    """Measures by how much they go together with churn; made by `outcomegap.churn.drivers`.

    A row a measure, the most important first. It says what goes together with leaving, in these data; not what an act
    would change.

    Attributes
    ----------
    auc, auc_interval
        How often the regression puts one who left above one who stayed, on customers it was not fitted to: 0.5 is
        chance, 1 is always. And its interval.
    churned, customers
        How many left, of how many.
    trained, held_out
        How many customers the regression was fitted to, and how many it was tried on.
    """

    def __init__(self, columns: Mapping[str, Any], fitted: Fitted, left: Array, table: Table, notes: list[str]) -> None:
        self.auc, self.auc_interval = fitted.auc, (fitted.auc_low, fitted.auc_high)
        self.churned, self.customers = int(left.sum()), len(left)
        self.trained, self.held_out = fitted.trained, fitted.held_out
        title = f"What goes together with churn: {self.churned:,} of {counted(self.customers, 'customer')} left; on the"
        title += f" {self.held_out:,} held out the area under the curve is {self.auc:.3f}"
        title += f" ({fitted.auc_low:.3f} to {fitted.auc_high:.3f})"
        super().__init__(title, columns, like=table, notes=notes, hide=("odds_ratio", "alone"), formats=_SHOW)


def _three(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


_NUMBERS = ("coefficient", "low", "high", "importance", "importance_low", "importance_high", "missing_coefficient")
_SHOW = dict.fromkeys(_NUMBERS, _three) | {"missing_share": lambda value: f"{100 * value:.1f} %"}


def drivers(
    frame: Any,
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
) -> Drivers:
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
    Drivers
        A row a measure: ``measure``, ``coefficient`` (of the log-odds, per standard deviation), ``low``, ``high``,
        ``odds_ratio``, ``importance``, ``importance_low``, ``importance_high``, ``missing_share``,
        ``missing_coefficient``, ``alone`` (area under the curve of the measure by itself, or of its opposite),
        ``actionable`` (null where nothing is said) and ``who``.

    Raises
    ------
    DataError
        With everything that is wrong: a column that is not there or holds no numbers, who left unknown, fewer than 20
        who left or who stayed, a measure that is the same for all.
    EngineError
        If scikit-learn is not installed (extra ``churn``).

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
    columns = Columns(frame, "drivers")
    if isinstance(measures, OutcomeModel):
        model = measures if model is None else model
        names = _names(columns, measures.measures)
    else:
        names = _names(columns, measures)
    known = columns.stands_for(
        values, lambda number: isinstance(number, bool) or number_of(number) is not None, "a number"
    )
    numbers = _values(columns, names, known)
    left = _left(columns, churned, known)
    owners = _owners(columns, names, model, actionable)
    _options(columns, held_out, resamples, seed)
    z_of(confidence)
    columns.done()
    assert numbers is not None
    assert left is not None
    fitted = fit(numbers, left, held_out=held_out, resamples=resamples, seed=seed, confidence=confidence)
    alone = [_alone(numbers[:, column], left) for column in range(len(names))]
    order = np.lexsort((-np.abs(fitted.coefficient), -np.round(fitted.importance, 12)))
    told = _told(names, numbers, fitted, alone, owners)
    return Drivers(
        {name: told[name][order] for name in told}, fitted, left, columns.table, _notes(names, numbers, alone)
    )


def _told(
    names: list[str], values: Array, fitted: Fitted, alone: list[float], owners: list[tuple[bool | None, str | None]]
) -> dict[str, Array]:
    columns: dict[str, Array] = {"measure": as_column(names)}
    columns |= {name: getattr(fitted, name) for name in ("coefficient", "low", "high")}
    columns["odds_ratio"] = np.exp(fitted.coefficient)
    columns |= {name: getattr(fitted, name) for name in ("importance", "importance_low", "importance_high")}
    columns["missing_share"] = np.isnan(values).mean(axis=0)
    columns |= {"missing_coefficient": fitted.missing, "alone": np.array(alone)}
    can = np.empty(len(names), dtype=object)
    can[:] = [act for act, _ in owners]
    return columns | {"actionable": can, "who": as_column([who for _, who in owners])}


def _notes(names: list[str], values: Array, alone: list[float]) -> list[str]:
    notes = ["It goes together with leaving in these data; it need not bring it about."]
    for name, area in zip(names, alone, strict=True):
        if area >= SUSPICIOUS:
            notes.append(f"{name} alone tells who left (area {area:.3f}): is it known only afterwards?")
    for one, other in itertools.combinations(range(len(names)), 2):
        both = ~np.isnan(values[:, [one, other]]).any(axis=1)
        alike = _correlation(values[both, one], values[both, other])
        if abs(alike) >= TWINS:
            notes.append(f"{names[one]} and {names[other]} go together (r = {alike:.2f}); they share their weight.")
    gaps = int((np.isnan(values).any(axis=0)).sum())
    if gaps:
        are = f"{gaps} of {counted(len(names), 'measure')} {'is' if gaps == 1 else 'are'}"
        notes.append(f"{are} missing somewhere: filled with the median, and marked.")
    return notes


def _correlation(one: Array, other: Array) -> float:
    if len(one) < 3 or one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _alone(values: Array, left: Array) -> float:
    known = ~np.isnan(values)
    if left[known].all() or not left[known].any():
        return math.nan
    area = auc_of(values[known], left[known])
    return max(area, 1 - area)


def _names(columns: Columns, measures: object) -> list[str]:
    listed = measures if isinstance(measures, Sequence) and not isinstance(measures, (str, bytes)) else None
    if listed is None or not len(listed):
        columns.note("measures", f"measures lists columns, or is a model (got {measures!r:.60})")
        return []
    names = [measure.name if isinstance(measure, Measure) else measure for measure in listed]
    for name in dict.fromkeys(name for name in names if isinstance(name, str) and names.count(name) > 1):
        columns.note("measures", f"measures names {name!r} twice", name)
    return list(dict.fromkeys(name for name in names if columns.name("measures", name) is not None))


def _values(columns: Columns, names: list[str], texts: Mapping[str, float]) -> Array | None:
    found = []
    for name in names:
        noted = len(columns.problems)
        values = columns.numbers("measures", name, texts=texts)
        if values is None or len(columns.problems) > noted:  # of what cannot be read nothing else is said
            continue
        known = values[~np.isnan(values)]
        if len(values) and len(np.unique(known)) < 2:
            what = f"is {known[0]:g} for all" if len(known) else "is empty"
            columns.note("constant", f"measures: column {name!r} {what}; it can tell nobody apart, leave it out", name)
        found.append(values)
    return np.column_stack(found) if found else None


def _left(columns: Columns, churned: object, texts: Mapping[str, float]) -> Array | None:
    if churned is None:
        columns.note("column-name", "churned names the column that says who left")
    values = columns.numbers("churned", churned, texts=texts)
    if values is None or any(problem.column == churned for problem in columns.problems):
        return None
    name = str(churned)
    columns.rows("missing-value", f"churned: column {name!r} is empty; say of everybody", name, np.isnan(values))
    other = ~np.isnan(values) & (values != 0) & (values != 1)
    first = float(values[other][0]) if other.any() else None
    columns.rows("not-a-truth", f"churned: column {name!r} holds {first}, neither 0 nor 1", name, other, first)
    left: Array = values == 1
    counts = int(left.sum()), int((values == 0).sum())
    if min(counts) < FEWEST and not other.any():
        message = f"churned: {counts[0]} left and {counts[1]} stayed; {FEWEST} of each are needed"
        columns.note("too-few", message, name)
    return left


def _owners(
    columns: Columns, names: list[str], model: object, actionable: object
) -> list[tuple[bool | None, str | None]]:
    """Return for each measure whether anyone can act on it, and who."""
    if model is not None and not isinstance(model, OutcomeModel):
        columns.note("model", f"model is an og.OutcomeModel (got {model!r:.60})")
        model = None
    given = actionable if actionable is not None else {}
    if not isinstance(given, Mapping):
        columns.note("actionable", f"actionable says measure -> True, False, or who (got {actionable!r:.60})")
        given = {}
    for name, says in given.items():
        if not among(name, names):
            message = f"actionable: {name!r:.60} is none of the measures{hint(name, names)}"
            near = nearest(name, names)
            columns.problems.append(Problem("unknown-measure", message, value=str(name), suggestion=near))
        elif not isinstance(says, bool) and not (isinstance(says, str) and says.strip()):
            columns.note("actionable", f"actionable: {name!r} is True, False, or who can act (got {says!r:.60})")
    return [_owner(name, model, says=given.get(name)) for name in names]


def _owner(name: str, model: OutcomeModel | None, *, says: bool | str | None) -> tuple[bool | None, str | None]:
    steps = [step for step in model.steps if step.measure.name == name] if model is not None else []
    open_ones = [step for step in steps if not isinstance(step, SuccessGap) or step.bridgeable]
    who = ", ".join(dict.fromkeys(step.owner for step in open_ones if step.owner)) or None
    if isinstance(says, str):
        return True, says
    if says is not None:
        return says, who if says else None
    if steps and not open_ones:
        return False, None
    return (True, who) if who else (None, None)


def _options(columns: Columns, held_out: object, resamples: object, seed: object) -> None:
    share = number_of(held_out)
    if share is None or not 0.05 <= share <= 0.95:
        columns.note("held-out", f"held_out is a share between 0.05 and 0.95 (got {held_out!r:.60})")
    if whole_of(resamples, 20) is None or whole_of(resamples, MOST + 1) is not None:
        message = f"resamples is a whole number of 20 or more, up to {MOST:,} (got {resamples!r:.60})"
        columns.note("resamples", message)
    columns.seed(seed)
