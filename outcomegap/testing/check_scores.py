"""Models and scorers held to their rules: what holds of every score, whatever made it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.files import dumps, loads
from outcomegap.frames import wrap
from outcomegap.model import OutcomeModel, check
from outcomegap.model.join import CustomJoin
from outcomegap.model.numeric import Numeric
from outcomegap.model.walk import gates_of
from outcomegap.present import report
from outcomegap.scoring import Scorer
from outcomegap.scoring.outcome_scorer import outline_of
from outcomegap.scoring.simulate import simulate
from outcomegap.scoring.views import ScoreViews
from outcomegap.testing.check_raised import raised
from outcomegap.testing.kit import Checks, copied, near, need

Array = NDArray[Any]
#: What is compared of two scores, as far as both have it.
COMPARED = (
    "desired",
    "gap",
    "required",
    "experience",
    "required_gap",
    "experience_gap",
    "low",
    "high",
    "coverage",
)
STATES = ("successful", "tolerating", "failing", "uncertain", None)


def assert_scores_equal(a: Any, b: Any, *, atol: float = 1e-9) -> None:
    """Make sure that two scores say the same of the same customers.

    Parameters
    ----------
    a, b
        Scores, of this library or of your own scorer.
    atol
        How far numbers may be apart.

    Raises
    ------
    AssertionError
        That names what differs first, and where.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("airline")
    >>> frame = og.simulate(model, 20, seed=1)
    >>> assert_scores_equal(og.Scorer(model).score(frame), og.Scorer(model, threads=1).score(frame))
    """
    need(len(a) == len(b), f"{len(a)} customers, and {len(b)}")
    for name in COMPARED:
        if hasattr(a, name) and hasattr(b, name):
            near(getattr(a, name), getattr(b, name), name, atol)
    need(list(a.state) == list(b.state), "states differ")


def check_model(model: OutcomeModel, *, n: int = 120, seed: int = 0) -> int:
    """Hold a model, and the scores of customers simulated for it, to the rules.

    Parameters
    ----------
    model
        Any model; it may hold curves, gates and joins of your own.
    n, seed
        How many customers to simulate, and from which seed.

    Returns
    -------
    int
        How many checks ran; it is printed as well.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``check`` (`outcomegap.check` has an error), ``equal``, ``file``,
        ``one`` (a customer alone scores as among others), and those of `check_scorer`.

    Examples
    --------
    >>> import outcomegap as og
    >>> check_model(og.gallery.load("airline"))
    model 'Commercial airline': 22 checks ran
    22
    """
    checks = Checks(f"model {model.name!r:.60}")
    with checks.rule("check"):
        errors = [str(finding) for finding in check(model) if finding.severity == "error"]
        need(not errors, "; ".join(errors))
    with checks.rule("equal"):
        need(copied(model) == model and hash(copied(model)) == hash(model), "is not equal to its copy")
    with checks.rule("file"):
        for form in ("toml", "json"):
            need(loads(dumps(model, form), form, **_own(model)) == model, f"does not come back out of a {form} file")
    if checks.passed:
        scorer = Scorer(model)
        frame = simulate(model, n, seed=seed, missing=0.15)
        _scorer(checks, scorer, frame)
        with checks.rule("one"):
            table, scores = wrap(frame), scorer.score(frame)
            columns = {name: table.values(name) for name in table.names}
            rows = range(0, n, 7)
            alone = [scorer.score_one({name: values[row] for name, values in columns.items()}) for row in rows]
            found = [np.nan if one.desired is None else one.desired for one in alone]
            near(found, scores.desired[::7], "customers one by one")
    return checks.done()


def check_scorer(scorer: Any, *frames: Any) -> int:
    """Hold anything that scores a frame to the rules.

    Parameters
    ----------
    scorer
        An `OutcomeScorer`: it has a ``name``, ``leaves`` and ``score(frame)``. What that returns, an `OutcomeScores`
        or an object of your own, has ``desired`` (in [0, 1], NaN where unknown), ``gap``, ``state``, a length, and
        ``by(*names)``, ``worklist()`` and ``to_frame()``. What else scores have, such as ``low`` and ``high``, is
        looked at where it is there.
    *frames
        Customers to try it on, two rows or more each.

    Returns
    -------
    int
        How many checks ran; it is printed as well.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``pieces``, ``length``, ``range``, ``gap``, ``states``, ``bounds``,
        ``parts``, ``untouched``, ``order``, ``splitting``, ``nulls``, ``monotone`` (a step that is brought to its
        target lowers no score), ``gain`` (and raises it by what `gain` says), ``pickles``, ``by``, ``worklist``,
        ``frame``, ``report``.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("telco")
    >>> check_scorer(og.Scorer(model), og.simulate(model, 50, seed=1))
    scorer 'Household telecommunications': 18 checks ran
    18
    """
    checks = Checks(f"scorer {getattr(scorer, 'name', type(scorer).__name__)!r:.60}")
    need(len(frames) > 0, "hand over one frame or more to try the scorer on")
    for frame in frames:
        _scorer(checks, scorer, frame)
    return checks.done()


def _own(model: OutcomeModel) -> dict[str, dict[str, Any]]:
    """Return what a file of this model must be handed."""
    roots = [root for o in model.desired_outcomes for root in (o.required.needs, o.experience.expects)]
    gates = {gate.gate.name: gate.gate for gate in gates_of(*roots) if isinstance(gate, Numeric)}
    joins = {o.join.name: o.join.rule for o in model.desired_outcomes if isinstance(o.join, CustomJoin)}
    ships = ("linear", "step", "smooth", "knots")
    curves = {leaf.curve.name: leaf.curve for leaf in model.leaves if leaf.curve.name not in ships}
    return {"gates": gates, "joins": joins, "curves": curves}


def _rows(frame: Any, rows: Any) -> Any:
    """Return some rows of a frame, as the same kind of frame."""
    table = wrap(frame)
    return table.build({name: table.values(name)[rows] for name in table.names}, index_like=False)


def _scorer(checks: Checks, scorer: Any, frame: Any) -> None:
    before = len(checks.failures)
    with checks.rule("pieces"):
        if not isinstance(scorer, Scorer):
            outline_of(scorer)
        scores = scorer.score(frame)
        lacks = [
            n for n in ("desired", "gap", "state", "by", "worklist", "to_frame", "__len__") if not hasattr(scores, n)
        ]
        need(not lacks, f"the scores have no {', '.join(lacks)}")
    if len(checks.failures) > before:
        return
    table = wrap(frame)
    size = len(table.values(table.names[0]))
    with checks.rule("length"):
        need(size > 1, f"a frame to try a scorer on has two rows or more (got {size})")
        need(len(scores) == size == len(scores.desired), f"{len(scores)} scores of {size} customers")
    if len(checks.failures) > before:
        return
    _values(checks, scores)
    _rows_apart(checks, scorer, frame, scores)
    _views(checks, scores, table.names)


def _values(checks: Checks, scores: Any) -> None:
    d = np.asarray(scores.desired, dtype=np.float64)
    known = ~np.isnan(d)
    with checks.rule("range"):
        need(((d[known] >= 0) & (d[known] <= 1)).all(), "desired leaves [0, 1]")
    with checks.rule("gap"):
        near(scores.gap, 1 - d, "gap, which is 1 - desired")
    with checks.rule("states"):
        need(set(scores.state) <= set(STATES), f"states are {STATES}")
    if hasattr(scores, "low") and hasattr(scores, "high"):
        with checks.rule("bounds"):
            outside = (scores.low[known] > d[known] + 1e-9) | (d[known] > scores.high[known] + 1e-9)
            need(not outside.any(), "low and high do not hold desired between them")
    if hasattr(scores, "attribution") and getattr(scores, "explains", True):
        with checks.rule("parts"):
            found = scores.attribution()
            rest = getattr(found, "residual", None)
            near(
                np.asarray(found.values).sum(axis=1)[known] + (0 if rest is None else rest[known]),
                1 - d[known],
                "parts",
            )


def _rows_apart(checks: Checks, scorer: Any, frame: Any, scores: Any) -> None:
    size = len(scores)
    with checks.rule("untouched"):
        table = wrap(frame)
        kept = {name: [repr(v) for v in table.values(name).tolist()] for name in table.names}
        scorer.score(frame)
        again = wrap(frame)
        need(
            kept == {name: [repr(v) for v in again.values(name).tolist()] for name in again.names}, "changes the frame"
        )
    with checks.rule("order"):
        rows = np.random.default_rng(1).permutation(size)
        near(scorer.score(_rows(frame, rows)).desired, scores.desired[rows], "rows in another order")
    with checks.rule("splitting"):
        parts = [scorer.score(_rows(frame, rows)).desired for rows in np.array_split(np.arange(size), min(size, 3))]
        near(np.concatenate(parts), scores.desired, "rows in parts")
    with checks.rule("nulls"):
        _nulls(scorer, frame, scores)
    raised(checks, scorer, frame, scores)
    with checks.rule("pickles"):
        near(copied(scorer).score(frame).desired, scores.desired, "the scorer out of a pickle")


def _nulls(scorer: Any, frame: Any, scores: Any) -> None:
    """A number that is missing here and there can be scored, and changes no other customer's score."""
    table = wrap(frame)
    columns = {name: table.values(name) for name in table.names}
    numbers = [name for name, values in columns.items() if _fractional(values) and table.floats(name).bad is None]
    need(numbers, "the frame has no column of fractional numbers to blank")
    for name in numbers:
        blank = columns[name].copy()
        blank[::2] = np.nan
        found = np.asarray(scorer.score(table.build(columns | {name: blank}, index_like=False)).desired)
        near(found[1::2], scores.desired[1::2], f"customers beside some of whom {name!r} is missing")
        known = found[~np.isnan(found)]
        need(((known >= 0) & (known <= 1)).all(), f"desired leaves [0, 1] where {name!r} is missing")


def _fractional(values: Array) -> bool:
    """Tell whether a column holds fractional numbers; among whole ones it came as objects."""
    return values.dtype.kind == "f" or (
        values.dtype.kind == "O" and any(isinstance(v, float) and math.isfinite(v) for v in values)
    )


def _views(checks: Checks, scores: Any, names: Any) -> None:
    with checks.rule("by"):
        if "segment" in names:
            groups = list(scores.by("segment"))
            need(sum(g.customers for g in groups) == len(scores), "groups by segment do not hold each customer once")
    with checks.rule("worklist"):
        need(len(list(scores.worklist())) == len(scores), "the worklist does not hold each customer once")
    with checks.rule("frame"):
        table = wrap(scores.to_frame())
        need(len(table.values(table.names[0])) == len(scores), "to_frame does not hold a row a customer")
    if isinstance(scores, ScoreViews):
        with checks.rule("report"):
            need("</html>" in report(scores), "makes no report")
