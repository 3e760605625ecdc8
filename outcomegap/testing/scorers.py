"""Models and scorers held to their rules: what holds of every score, whatever made it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError, ModelError
from outcomegap.frames import wrap
from outcomegap.model import OutcomeModel, check
from outcomegap.present import report
from outcomegap.scoring import Scorer
from outcomegap.scoring.outcome_scorer import outline_of
from outcomegap.scoring.scores import CustomerScores
from outcomegap.scoring.simulate import simulate
from outcomegap.testing.compare import answers_of, explanation_of, slack_of
from outcomegap.testing.frames import (
    Steps,
    check_row_by_row,
    check_untouched,
    columns_of,
    copy_of,
    fractional,
    need_same,
    numbers_of,
    steps_of,
    with_columns,
    without_gaps,
)
from outcomegap.testing.functions import check_file
from outcomegap.testing.rules import RuleRunner, Unlooked, near, need, pickled

Array = NDArray[Any]
Arrays = dict[str, Array]
STATES = ("successful", "tolerating", "failing", "uncertain", None)
#: What scores have at the least.
PIECES = ("desired", "gap", "state", "by", "worklist", "to_frame", "__len__")
#: What must have one value a customer.
LONG = ("desired", "gap", "state", "required", "experience", "low", "high", "coverage")
#: What is compared of a customer alone.
ALONE = ("desired", "required", "experience", "low", "high", "coverage", "state")
#: Which share of the values is blanked, and how many steps at most are completed one by one.
BLANK, ONE_BY_ONE = 0.3, 40


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
    run = RuleRunner(f"model {model.name!r:.60}")
    with run.rule("check"):
        errors = [str(finding) for finding in check(model) if finding.severity == "error"]
        need(not errors, "; ".join(errors))
    try:  # where nothing is broken, the scorer's rule looks at this
        again = pickled(model)
    except Exception as error:  # noqa: BLE001 - it is the code of others that is looked at
        run.fail("pickles", f"{type(error).__name__}: {error}")
    else:
        with run.rule("equal"):
            need(again == model and hash(again) == hash(model), "is not equal to its copy")
    check_file(run, model)
    if not run.failed():
        scorer, frame = Scorer(model), simulate(model, n, seed=seed, missing=0.15)
        _Trial(run, scorer, frame).all()
        with run.rule("one"):
            columns, scores = columns_of(frame), scorer.score(frame)
            for row in range(0, n, 7):
                one = scorer.score_one({name: column[row] for name, column in columns.items()})
                values = {name: getattr(one, name) for name in ALONE}
                alone = {name: np.array([np.nan if value is None else value]) for name, value in values.items()}
                need_same(alone, {name: getattr(scores, name)[row : row + 1] for name in ALONE}, f"in row {row} alone")
    return run.done()


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
        scoring is: ``untouched`` (it leaves the frame alone), ``order`` and ``splitting`` (all that is said of a
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
    run = RuleRunner(f"scorer {getattr(scorer, 'name', type(scorer).__name__)!r:.60}")
    need(len(frames) > 0, "hand over one frame or more to try the scorer on")
    for number, frame in enumerate(frames, 1):
        run.place = f"frame {number}" if len(frames) > 1 else ""
        _Trial(run, scorer, frame).all()
    return run.done()


def _row(wrong: Any) -> str:
    """Name the first row where something is wrong."""
    return f", in row {int(wrong.argmax())}" if wrong.any() else ""


def _floats(values: Any) -> Array:
    return np.asarray(values, dtype=np.float64)


def _bounds(scores: Any) -> tuple[Array, Array]:
    low, high = (_floats(getattr(scores, name, np.nan)) for name in ("low", "high"))
    if np.isnan(low).all() and np.isnan(high).all():
        raise Unlooked("low and high are not said")
    return low, high


class _Trial:
    """One scorer on one frame: what it says of the customers, as they are and as they could be."""

    def __init__(self, run: RuleRunner, scorer: Any, frame: Any) -> None:
        self.run, self.scorer, self.frame = run, scorer, frame
        self.scores: Any = None
        self.steps: Steps | None = None

    def all(self) -> None:
        """Run all rules; what is said cannot be looked at where there are no scores, or not of each customer."""
        run = self.run
        with run.rule("pieces"):
            if not isinstance(self.scorer, Scorer):
                outline_of(self.scorer)
            self._score()
            if self.scores is None:
                return
            lacks = [piece for piece in PIECES if not hasattr(self.scores, piece)]
            need(not lacks, f"the scores have no {', '.join(lacks)}")
        if run.failed("pieces"):
            return
        with run.rule("length"):
            self._length()
        if run.broken:
            return
        try:
            self.steps = steps_of(self.scorer, self.scores, self.frame)
        except DataError as error:
            for rule in ("completions", "monotone", "gain"):
                run.note(rule, f"the steps cannot be read off the frame: {error}")
        self.desired, self.slack = _floats(self.scores.desired), slack_of(self.scores)
        self.answers = answers_of(self.scores)
        self._values()
        check_untouched(run, self.scorer.score, self.frame)
        check_row_by_row(run, lambda frame: answers_of(self.scorer.score(frame)), self.frame, self.answers)
        if not run.failed("nulls"):
            self._nulls()
        if self.steps is not None:
            if not run.failed("nulls"):
                self._completions()
            self._raised(self.steps)
        with run.rule("pickles"):
            again = pickled(self.scorer).score(copy_of(self.frame))
            need_same(answers_of(again), self.answers, "by the scorer out of a pickle")
        self._views()

    def _score(self) -> None:
        """Score the frame; where only what is missing stands in the way, a frame without gaps.

        There are no scores where what was handed to `OutcomeScores` breaks its rules: those are told by their names.
        """
        try:
            self.scores = self.scorer.score(copy_of(self.frame))
        except ModelError as error:
            for finding in error.findings:
                self.run.fail(finding.rule, str(finding))
        except Exception as error:
            complete = without_gaps(self.frame)
            if complete is None:
                raise
            try:
                self.scores, self.frame = self.scorer.score(copy_of(complete)), complete
            except Exception:  # noqa: BLE001 - not for what is missing, then
                raise error from None
            self.run.fail("nulls", f"{type(error).__name__}: {error}")

    def _length(self) -> None:
        size = len(wrap(self.frame))
        need(size > 1, f"a frame to try a scorer on has two rows or more (got {size})")
        wrong = [f"len(scores) is {len(self.scores)}"] if len(self.scores) != size else []
        for name in LONG:
            value = getattr(self.scores, name, None)
            shape = (size,) if value is None or callable(value) else np.shape(value)
            if shape != (size,):
                wrong.append(f"{name} has {shape[0] if len(shape) == 1 else f'shape {shape}'}")
        need(not wrong, f"there are {size} customers, but {', '.join(wrong)}")

    # What scores say of each customer

    def _values(self) -> None:
        scores, d, slack = self.scores, self.desired, self.slack
        known = ~np.isnan(d)
        with self.run.rule("range"):
            need(((d[known] >= 0) & (d[known] <= 1)).all(), "desired leaves [0, 1]")
        with self.run.rule("gap"):
            near(scores.gap, 1 - d, "gap, which is 1 - desired", slack)
        with self.run.rule("states"):
            others = sorted({str(state) for state in scores.state} - {str(state) for state in STATES})
            need(not others, f"{', '.join(others[:5])}: states are {', '.join(filter(None, STATES))}, or None")
        with self.run.rule("bounds"):
            low, high = _bounds(scores)
            outside = (low > d + slack) | (d > high + slack)
            need(not outside.any(), f"low and high do not hold desired between them{_row(outside)}")
            need(not (low > high + slack).any(), f"low is above high{_row(low > high + slack)}")
        with self.run.rule("parts"):
            self._parts(known)

    def _parts(self, known: Array) -> None:
        """Parts sum to the gap (where exact), none is below 0 (there), and none is that of a step fully attained."""
        scores, slack = self.scores, self.slack
        found = explanation_of(scores, "attribution") if getattr(scores, "explains", True) else None
        if found is None:
            raise Unlooked("the scores do not say")
        parts, rest = np.where(known[:, None], _floats(found.values), 0.0), getattr(found, "residual", None)
        whole = parts.sum(axis=1) + (0 if rest is None else rest)
        near(whole[known], 1 - self.desired[known], "the parts together", slack)
        if getattr(scores, "exact", True) and getattr(found, "exact", True):
            below = (parts < -slack).any(axis=1)
            need(not below.any(), f"a part of the gap is below 0{_row(below)}")
        reached = explanation_of(scores, "attainment")
        met = _floats(reached.values) >= 1 if reached is not None else None if self.steps is None else self.steps.met
        if met is not None and met.shape == parts.shape:
            wrong = (met & (np.abs(parts) > slack)).any(axis=1)
            need(not wrong.any(), f"a step that is fully attained has a part of the gap{_row(wrong)}")

    # What is missing

    def _measured(self) -> list[str]:
        """Name the columns of numbers that measure steps, and are nobody's floor or target."""
        own, steps = ((), ()) if self.steps is None else (self.steps.own, self.steps.steps)
        names = dict.fromkeys(step.measure.name for step in steps)
        return [name for name in names if name not in own and numbers_of(self.frame, name) is not None]

    def _nulls(self) -> None:
        """A number that is missing here and there can be scored, and changes nothing said of other customers."""
        with self.run.rule("nulls"):
            columns = {name: numbers_of(self.frame, name) for name in (*fractional(self.frame), *self._measured())}
            if not columns:
                raise Unlooked("the frame has no column of fractional numbers to blank")
            # What hangs on the rest of the frame was told under these names.
            apart = not self.run.failed("order", "splitting")
            wanted = {name: values[1::2] for name, values in self.answers.items()}
            for name, blank in columns.items():
                assert blank is not None
                blank[::2] = np.nan
                found = self.scorer.score(with_columns(self.frame, {name: blank}))
                if apart:
                    beside = {what: values[1::2] for what, values in answers_of(found).items()}
                    need_same(beside, wanted, f"where {name!r} of others is missing")
                desired = _floats(found.desired)
                known = desired[~np.isnan(desired)]
                need(((known >= 0) & (known <= 1)).all(), f"desired leaves [0, 1] where {name!r} is missing")

    def _completions(self) -> None:
        """Blank some values, then fill them in again in several ways: D stays between the bounds said before."""
        with self.run.rule("completions"):
            names, rng, blanks = self._measured(), np.random.default_rng(5), dict[str, Array]()
            if not names:
                raise Unlooked("no measure of a step is a column of numbers in the frame")
            for name in names:
                blanks[name] = _floats(numbers_of(self.frame, name))
                blanks[name][rng.random(len(blanks[name])) < BLANK] = np.nan
            blanked = with_columns(self.frame, blanks)
            before = self.scorer.score(blanked)
            here, (low, high) = steps_of(self.scorer, before, blanked), _bounds(before)
            bounded = ~here.whole & ~(np.isnan(low) & np.isnan(high))
            if not bounded.any():
                raise Unlooked("low and high are not said of customers of whom a step is missing")
            looked, slack = 0, slack_of(before)
            for how, complete in self._completed(blanks, here):
                then = self.scorer.score(complete)
                desired = _floats(then.desired)
                rows = bounded & steps_of(self.scorer, then, complete).whole & ~np.isnan(desired)
                looked += int(rows.sum())
                outside = rows & ((desired < low - slack) | (desired > high + slack))
                row = int(outside.argmax())
                bounds = f"low {low[row]:.6g} and high {high[row]:.6g} do not hold what can be"
                need(not outside.any(), f"{bounds}: desired is {desired[row]:.6g} with {how}, in row {row}")
            if not looked:
                raise Unlooked("what is missing cannot be completed in the frame")

    def _completed(self, blanks: Arrays, here: Steps) -> Iterator[tuple[str, Any]]:
        """Fill in what is missing: as it was, all at floors, all at targets, and each step apart from the others."""

        def frame(filling: Arrays) -> Any:
            filled = {name: np.where(np.isnan(values), filling[name], values) for name, values in blanks.items()}
            return with_columns(self.frame, filled)

        yield "what is missing as it was", copy_of(self.frame)
        sides = {"floor": here.floor, "target": here.target}
        ends = {end: {name: _first(here, values, name) for name in blanks} for end, values in sides.items()}
        for end, filling in ends.items():
            yield f"all that is missing at its {end}", frame(filling)
        some = np.unique(np.linspace(0, len(here.steps) - 1, min(len(here.steps), ONE_BY_ONE)).astype(int))
        for number in some.tolist():
            step, name = here.steps[number], here.steps[number].measure.name
            for end, other in (("floor", "target"), ("target", "floor")):
                if name in blanks:
                    own = {name: _first(here, sides[end], name, number)}
                    yield f"{step.name!r} at its {end} and all else at {other}s", frame(ends[other] | own)

    # Steps brought to their targets

    def _raised(self, here: Steps) -> None:
        """Bring one step after the other to its target, in the frame, and look what becomes of D.

        Rules ``monotone``: D falls for nobody; ``gain``: it rises by what the scores say closing the step gains.
        """
        run, wrong = self.run, {"is lost": list[str](), "falls": list[str]()}
        # Step, customers, how much D rises, and whether the measure feeds this step alone.
        gains: list[tuple[int, Array, Array, Array]] = []
        passed: dict[str, list[str]] = {}
        with run.rule("monotone"):
            for number, step in enumerate(here.steps):
                changed = self._at_target(here, number)
                if isinstance(changed, str):
                    passed.setdefault(changed, []).append(step.name)
                    continue
                rows, alone, better = changed
                more = _floats(self.scorer.score(better).desired)[rows] - self.desired[rows]
                if np.isnan(more).any():
                    wrong["is lost"].append(step.name)
                elif (more < -self.slack).any():
                    wrong["falls"].append(step.name)
                else:
                    gains.append((number, rows, more, alone))
            if not gains and not any(wrong.values()):
                raise Unlooked("; ".join(passed) or "there are no steps")
            for what, names in wrong.items():
                first = ", ".join(map(repr, names[:5]))
                need(not names, f"desired {what} where a step is brought to its target: {first}")
        if run.failed("monotone") and not gains:
            return
        with run.rule("gain"):
            found = explanation_of(self.scores, "gain")
            if found is None:
                raise Unlooked("the scores do not say")
            some = [(number, rows[alone], more[alone]) for number, rows, more, alone in gains if alone.any()]
            if not some:
                raise Unlooked("; ".join(passed) or "no step has a measure to itself")
            for number, rows, more in some:
                what = f"gain of {here.steps[number].name!r}, against D with it at its target"
                near(np.asarray(found.values)[rows, number], more, what, self.slack)
        for why, steps in passed.items() if gains else ():
            run.note(f"{', '.join(map(repr, steps))} (monotone, gain)", why)

    def _at_target(self, steps: Steps, number: int) -> tuple[Array, Array, Any] | str:
        """Return customers of whom a step is observed, of whom its measure feeds no other, and the frame with it met.

        Or say why that cannot be: the measure feeds steps that want less of it as well, no number is read, or the
        target lies beyond the measure's own limits.
        """
        measure = steps.steps[number].measure
        values = numbers_of(self.frame, measure.name)
        if values is None:
            return "no column of numbers for its measure is in the frame"
        if measure.name in steps.own:
            return "its measure is somebody's floor or target as well"
        target, up = steps.target[:, number], steps.target > steps.floor
        here = steps.known[:, number] & ~np.isnan(self.desired)
        if not here.any():
            return "it is observed of nobody who has a score"
        here &= (measure.low is None or target >= measure.low) & (measure.high is None or target <= measure.high)
        rows = np.flatnonzero(here)
        if not len(rows):
            return "its target lies beyond the limits of its measure"
        others = np.array([step.measure.name == measure.name for step in steps.steps])
        others[number] = False
        beside: Array = steps.applies[rows][:, others]
        if (beside & (up[rows][:, others] != up[rows, number][:, None])).any():
            return "its measure feeds another step that wants less of it"
        better = here & np.where(up[:, number], values < target, values > target)
        values[better] = target[better]
        return rows, np.asarray(~beside.any(axis=1)), with_columns(self.frame, {measure.name: values})

    # What is made of scores

    def _views(self) -> None:
        scores, run, table = self.scores, self.run, wrap(self.frame)
        with run.rule("by"):
            texts = (n for n in table.names if any(isinstance(each, str) for each in table.values(n).tolist()))
            name = next((axis for axis in ["segment", "stage"] if axis in table.names), None) or next(texts, None)
            if name is None:
                raise Unlooked("the frame has no column of text to group by")
            groups = list(scores.by(name))
            need(sum(g.customers for g in groups) == len(scores), f"groups by {name!r} do not hold each customer once")
        with run.rule("worklist"):
            need(len(list(scores.worklist())) == len(scores), "the worklist does not hold each customer once")
        with run.rule("frame"):
            size = len(wrap(scores.to_frame()))
            need(size == len(scores), f"to_frame holds {size} rows for {len(scores)} customers")
        with run.rule("report"):
            if not isinstance(scores, CustomerScores):
                raise Unlooked("it is made of og.OutcomeScores only")
            need("</html>" in report(scores), "makes no report")


def _first(here: Steps, values: Array, name: str, number: int | None = None) -> Array:
    """Return an end of the step that is asked for, else of the first that the customer has, within hard limits."""
    found = np.full(len(values), np.nan)
    numbers = [place for place, step in enumerate(here.steps) if step.measure.name == name]
    for place in [*([] if number is None else [number]), *numbers]:
        open_ = np.isnan(found) & here.applies[:, place]
        found[open_] = values[open_, place]
    measure = here.steps[numbers[0]].measure
    least, most = (end if end is not None else np.nan for end in (measure.low, measure.high))
    within: Array = np.where(np.isnan(found), np.nan, np.fmin(np.fmax(found, least), most))
    return within
