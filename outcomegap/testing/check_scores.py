"""Models and scorers held to their rules: what holds of every score, whatever made it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, ModelError
from outcomegap.files import dumps, loads
from outcomegap.model import OutcomeModel, check
from outcomegap.model.join import CustomJoin
from outcomegap.model.numeric import Numeric
from outcomegap.model.walk import gates_of
from outcomegap.scoring import Scorer
from outcomegap.scoring.outcome_scorer import outline_of
from outcomegap.scoring.simulate import simulate
from outcomegap.testing.check_missing import completions, nulls
from outcomegap.testing.check_raised import raised
from outcomegap.testing.check_said import values, views
from outcomegap.testing.compare import compared, said, told
from outcomegap.testing.handing import changes, columns_of, filled, handed, rows_of, seen, size_of
from outcomegap.testing.kit import Checks, copied, need
from outcomegap.testing.steps import StepsRead, steps_of

Array = NDArray[Any]
#: What scores have at the least.
PIECES = ("desired", "gap", "state", "by", "worklist", "to_frame", "__len__")
#: What must have one value a customer.
LONG = ("desired", "gap", "state", "required", "experience", "low", "high", "coverage")
#: What is compared of a customer alone.
ALONE = ("desired", "required", "experience", "low", "high", "coverage", "state")


def check_model(model: OutcomeModel, *, n: int = 120, seed: int = 0) -> int:
    """Hold a model, and the scores of customers simulated for it, to the rules.

    Parameters
    ----------
    model
        Any model; it may hold curves, gates and joins of your own.
    n, seed
        How many customers to simulate, 2 or more, and from which seed.

    Returns
    -------
    int
        How many checks ran; it is printed as well, with what there was nothing to look at for.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``check`` (`outcomegap.check` has an error), ``pickles``, ``equal`` (to
        what comes back out of a pickle), ``file``, ``one`` (a customer alone scores as among others), and those of
        `check_scorer`.

    Examples
    --------
    >>> import outcomegap as og
    >>> check_model(og.gallery.load("airline"))
    model 'Commercial airline': 23 checks ran
    23
    """
    checks = Checks(f"model {getattr(model, 'name', model)!r:.60}")
    need(isinstance(model, OutcomeModel), f"check_model takes an og.OutcomeModel (got {type(model).__name__})")
    with checks.rule("check"):
        errors = [str(finding) for finding in check(model) if finding.severity == "error"]
        need(not errors, "; ".join(errors))
    again = _copied(checks, model)
    if again is not None:
        with checks.rule("equal"):
            need(again == model and hash(again) == hash(model), "is not equal to its copy")
    with checks.rule("file"):
        for form in ("toml", "json"):
            need(loads(dumps(model, form), form, **_own(model)) == model, f"does not come back out of a {form} file")
    if checks.passed:
        scorer = Scorer(model)
        frame = simulate(model, n, seed=seed, missing=0.15)
        _scorer(checks, scorer, frame)
        with checks.rule("one"):
            columns, scores = columns_of(frame), scorer.score(frame)
            for row in range(0, n, 7):
                one = scorer.score_one({name: column[row] for name, column in columns.items()})
                alone = {name: np.array([_plain(getattr(one, name))]) for name in ALONE}
                wrong = [*compared(alone, {n: getattr(scores, n)[row : row + 1] for n in ALONE}, "one", "the other")]
                need(not wrong, f"the customer in row {row} alone: {told(wrong)}")
    return checks.done()


def check_scorer(scorer: Any, *frames: Any) -> int:
    """Hold anything that scores a frame to the rules; it is handed copies, so that your frames stay as they are.

    Parameters
    ----------
    scorer
        An `OutcomeScorer`: it has a ``name``, ``steps`` and ``score(frame)``. What that returns, an `OutcomeScores`
        or an object of your own, has ``desired`` (in [0, 1], NaN where unknown), ``gap``, ``state``, a length, and
        ``by(*names)``, ``worklist()`` and ``to_frame()``. What else scores have, such as ``low`` and ``high``, is
        looked at where it is there.
    *frames
        Customers to try it on, two rows or more each. Steps are brought to their targets, and blanked, in the columns
        that their measures name: where the frame lacks those, that is not looked at.

    Returns
    -------
    int
        How many checks ran; it is printed as well, with what there was nothing to look at for.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name; what `OutcomeScores` refuses by the names that it has for it. What
        scores are: ``pieces``, ``length``, ``range``, ``gap``, ``states``, ``bounds``, ``parts`` (they sum to the gap,
        none is below 0, and a step that is fully attained has none; scores that are not exact say what is left). What
        scoring is: ``untouched`` (it steps the frame alone), ``order`` and ``splitting`` (all that is said of a
        customer hangs on that customer alone), ``nulls`` (what is missing can be scored), ``completions`` (low and
        high hold D whatever it turns out to be), ``monotone`` (a step that is brought to its target lowers no score),
        ``gain`` (and raises it by what `gain` says), ``pickles``. What is made of scores: ``by``, ``worklist``,
        ``frame``, ``report``.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("telco")
    >>> check_scorer(og.Scorer(model), og.simulate(model, 50, seed=1))
    scorer 'Household telecommunications': 19 checks ran
    19
    """
    checks = Checks(f"scorer {getattr(scorer, 'name', type(scorer).__name__)!r:.60}")
    need(len(frames) > 0, "hand over one frame or more to try the scorer on")
    for number, frame in enumerate(frames, 1):
        checks.place = f"frame {number}" if len(frames) > 1 else ""
        _scorer(checks, scorer, frame)
    return checks.done()


def _plain(value: Any) -> Any:
    return np.nan if value is None else value


def _own(model: OutcomeModel) -> dict[str, dict[str, Any]]:
    """Return what a file of this model must be handed."""
    roots = [root for o in model.desired_outcomes for root in (o.required.needs, o.experience.expects)]
    gates = {gate.gate.name: gate.gate for gate in gates_of(*roots) if isinstance(gate, Numeric)}
    joins = {o.join.name: o.join.rule for o in model.desired_outcomes if isinstance(o.join, CustomJoin)}
    ships = ("linear", "threshold", "smooth", "knots")
    curves = {step.curve.name: step.curve for step in model.steps if step.curve.name not in ships}
    return {"gates": gates, "joins": joins, "curves": curves}


def _copied(checks: Checks, model: OutcomeModel) -> OutcomeModel | None:
    """Return what comes back out of a pickle; where nothing does, ``pickles`` is broken (else the scorer's rule)."""
    try:
        return copied(model)  # type: ignore[no-any-return]
    except Exception as error:  # noqa: BLE001 - it is the code of others that is looked at
        checks.fail("pickles", f"{type(error).__name__}: {error}")
        return None


def _scorer(checks: Checks, scorer: Any, frame: Any) -> None:
    before = len(checks.failures)
    scores = None
    with checks.rule("pieces"):
        if not isinstance(scorer, Scorer):
            outline_of(scorer)
        scores, frame = _scored(checks, scorer, frame)
        if scores is None:
            return
        lacks = [piece for piece in PIECES if not hasattr(scores, piece)]
        need(not lacks, f"the scores have no {', '.join(lacks)}")
    if checks.failed("pieces"):
        return
    before = len(checks.failures)
    with checks.rule("length"):
        size = size_of(frame)
        need(size > 1, f"a frame to try a scorer on has two rows or more (got {size})")
        wrong = [f"len(scores) is {len(scores)}"] if len(scores) != size else []
        wrong += [f"{name} has {long}" for name, long in _lengths(scores) if long != size]
        need(not wrong, f"there are {size} customers, but {', '.join(wrong)}")
    if len(checks.failures) > before:
        return
    steps = _steps(checks, scorer, scores, frame)
    values(checks, scores, steps)
    _rows_apart(checks, scorer, frame, scores, steps)
    views(checks, scores, frame)


def _scored(checks: Checks, scorer: Any, frame: Any) -> tuple[Any, Any]:
    """Return scores, and the frame; where only what is missing stands in the way, those of a frame without gaps.

    No scores where what was handed to `OutcomeScores` breaks its rules: those are told by their names.
    """
    try:
        return scorer.score(handed(frame)), frame
    except ModelError as error:
        for finding in error.findings:
            checks.fail(finding.rule, str(finding))
        return None, frame
    except Exception as error:
        complete = filled(frame)
        if complete is None:
            raise
        try:
            scores = scorer.score(handed(complete))
        except Exception:  # noqa: BLE001 - not for what is missing, then
            raise error from None
        checks.fail("nulls", f"{type(error).__name__}: {error}")
        return scores, complete


def _lengths(scores: Any) -> list[tuple[str, int | str]]:
    """Return how many values each array has that must have one a customer."""
    found: list[tuple[str, int | str]] = []
    for name in LONG:
        value = getattr(scores, name, None)
        if value is not None and not callable(value):
            shape = np.shape(value)
            found.append((name, shape[0] if len(shape) == 1 else f"shape {shape}"))
    return found


def _steps(checks: Checks, scorer: Any, scores: Any, frame: Any) -> StepsRead | None:
    try:
        return steps_of(scorer, scores, frame)
    except DataError as error:
        for rule in ("completions", "monotone", "gain"):
            checks.note(rule, f"the steps cannot be read off the frame: {error}")
        return None


def _rows_apart(checks: Checks, scorer: Any, frame: Any, scores: Any, steps: StepsRead | None) -> None:
    size, whole = len(scores), said(scores)
    with checks.rule("untouched"):
        given = handed(frame)
        kept = seen(given)
        scorer.score(given)
        try:
            done = changes(kept, seen(given))
        except DataError as error:
            done = f"it can no longer be read: {error}"
        need(not done, f"scoring changes the frame: {done}")
    with checks.rule("order"):
        rows = np.random.default_rng(1).permutation(size)
        _same(said(scorer.score(rows_of(frame, rows))), {name: each[rows] for name, each in whole.items()}, "shuffled")
    with checks.rule("splitting"):
        # The worst, the middling and the best apart: what hangs on the rest of the frame differs most between them.
        ranked = np.argsort(np.asarray(scores.desired, dtype=np.float64), kind="stable")
        for rows in [np.sort(some) for some in np.array_split(ranked, min(size, 3))]:
            part = said(scorer.score(rows_of(frame, rows)))
            _same(part, {name: each[rows] for name, each in whole.items()}, "in parts")
        for row in ranked[[0, size // 2, -1]].tolist():
            alone = said(scorer.score(rows_of(frame, np.array([row]))))
            _same(alone, {name: each[row : row + 1] for name, each in whole.items()}, f"in row {row} alone")
    if not checks.failed("nulls"):
        nulls(checks, scorer, frame, scores, steps)
    if steps is not None:
        if not checks.failed("nulls"):
            completions(checks, scorer, frame, steps)
        raised(checks, scorer, frame, scores, steps)
    again = None
    with checks.rule("pickles"):
        again = copied(scorer)
        _same(said(again.score(handed(frame))), whole, "by the scorer out of a pickle")


def _same(found: dict[str, Array], wanted: dict[str, Array], how: str) -> None:
    wrong = [*compared(found, wanted, "one", "the other")]
    need(not wrong, f"customers {how} are not scored alike: {told(wrong)}")
