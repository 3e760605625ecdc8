"""Models, scorers and engines held to their rules: what holds of every score, whatever made it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap import gallery
from outcomegap.errors import DataError, ModelError
from outcomegap.frames import wrap
from outcomegap.model import OutcomeModel, check
from outcomegap.present import report
from outcomegap.scoring import Scorer
from outcomegap.scoring.columns import AVERAGED
from outcomegap.scoring.outcome_scorer import outline_of
from outcomegap.scoring.scores import CustomerScores
from outcomegap.scoring.simulate import simulate
from outcomegap.scoring.states import STATES
from outcomegap.testing.compare import PER_CUSTOMER, answers_of, explanation_of, slack_of
from outcomegap.testing.frames import Frame, Steps, check_row_by_row, check_untouched, need_same, of_rows, steps_of
from outcomegap.testing.functions import check_file
from outcomegap.testing.rules import RuleRunner, Unlooked, look, near, need, nowhere, pickled

Array = NDArray[Any]
Arrays = dict[str, Array]
Engine = Callable[[OutcomeModel, Any], Mapping[str, Any]]
#: What scores have at the least.
PIECES = ("desired", "gap", "state", "by", "worklist", "to_frame", "__len__")
#: What engines say, as far as they do.
COMPARED = (*AVERAGED, "coverage")
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
        scorer, frame = Scorer(model), Frame(simulate(model, n, seed=seed, missing=0.15))
        _Trial(run, scorer, frame).all()
        with run.rule("one"):
            columns, scores = frame.columns(), scorer.score(frame.native)
            among = {name: getattr(scores, name) for name in PER_CUSTOMER}
            for row in range(0, n, 7):
                one = scorer.score_one({name: column[row] for name, column in columns.items()})
                values = {name: getattr(one, name) for name in PER_CUSTOMER}
                alone = {name: np.array([np.nan if value is None else value]) for name, value in values.items()}
                need_same(alone, of_rows(among, slice(row, row + 1)), f"in row {row} alone")
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
        _Trial(run, scorer, Frame(frame)).all()
    return run.done()


def check_engine(score: Engine, *models: OutcomeModel, n: int = 100) -> int:
    """Hold an engine of your own, for instance one that runs in a warehouse, to what the library's says.

    Parameters
    ----------
    score
        Called with a model and a frame of customers (a dict of columns); returns arrays by name: ``desired`` and any
        of ``gap``, ``required``, ``experience``, ``required_gap``, ``experience_gap``, ``low``, ``high``,
        ``coverage``.
    *models
        Which models to try; the gallery's when left out.
    n
        How many customers are simulated for each.

    Returns
    -------
    int
        How many checks ran, five a model; it is printed as well.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name, and the model: ``pieces`` (it returns ``desired``), ``agrees`` (each
        array is what the library says, where some values are missing), ``order`` and ``splitting`` (each says of a
        customer what it says whoever else is there), ``nulls`` (it agrees where most values are missing, where all
        are, and where a whole column is).

    Examples
    --------
    >>> import outcomegap as og
    >>> def engine(model, frame):
    ...     scores = og.Scorer(model, threads=1).score(frame)
    ...     return {"desired": scores.desired, "low": scores.low}
    >>> check_engine(engine, og.gallery.load("telco"))
    engine 'engine': 5 checks ran
    5
    """
    run = RuleRunner(f"engine {getattr(score, '__name__', type(score).__name__)!r}")
    several = models or [gallery.load(name) for name in gallery.names()]
    for model in several:
        run.place = f"model {model.name!r}" if len(several) > 1 else ""
        _try_engine(run, score, model, n)
    return run.done()


def _try_engine(run: RuleRunner, score: Engine, model: OutcomeModel, n: int) -> None:
    """Run the rules with one model."""
    frame = Frame(simulate(model, n, seed=3, missing=0.15))

    def say(given: Any) -> dict[str, Any]:
        said = score(model, Frame(given).copy())
        return {name: said[name] for name in COMPARED if name in said}

    def agree(given: Any) -> None:
        said, wanted = say(given), Scorer(model).score(given)
        need_same(said, {name: getattr(wanted, name) for name in said}, "beside the library")

    with run.rule("pieces"):
        for name in sorted(set(score(model, frame.copy())) - set(COMPARED)):
            run.note(repr(name), "no array that is compared")
        need("desired" in say(frame.native), "returns no 'desired'")
    if run.broken:
        return
    with run.rule("agrees"):
        agree(frame.native)
    check_row_by_row(run, say, frame, say(frame.native))
    with run.rule("nulls"):
        blank = {measure.name: np.full(n, np.nan) for measure in model.measures[:1]}
        agree(frame.native | blank)
        for missing in (0.7, 1.0):
            agree(simulate(model, n, seed=4, missing=missing))


def _floats(values: Any) -> Array:
    return np.asarray(values, dtype=np.float64)


def _within(desired: Any) -> bool:
    """Tell whether D lies in [0, 1], wherever it is known."""
    known = _floats(desired)
    return bool(((known >= 0) & (known <= 1) | np.isnan(known)).all())


def _bounds(scores: Any) -> tuple[Array, Array]:
    low, high = (_floats(getattr(scores, name, np.nan)) for name in ("low", "high"))
    look(not (np.isnan(low).all() and np.isnan(high).all()), "low and high are not said")
    return low, high


class _Trial:
    """One scorer on one frame: what it says of the customers, as they are and as they could be."""

    def __init__(self, run: RuleRunner, scorer: Any, frame: Frame) -> None:
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
            lacks = [piece for piece in PIECES if not hasattr(self.scores, piece)]
            need(self.scores is None or not lacks, f"the scores have no {', '.join(lacks)}")
        if self.scores is None or run.failed("pieces"):
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
            with run.rule("nulls"):
                self._nulls()
        if self.steps is not None:
            if not run.failed("nulls"):
                with run.rule("completions"):
                    self._completions()
            self._raised(self.steps)
        with run.rule("pickles"):
            again = pickled(self.scorer).score(self.frame.copy())
            need_same(answers_of(again), self.answers, "by the scorer out of a pickle")
        self._views()

    def _score(self) -> None:
        """Score the frame; where only what is missing stands in the way, a frame without gaps.

        There are no scores where what was handed to `OutcomeScores` breaks its rules: those are told by their names.
        """
        try:
            self.scores = self.scorer.score(self.frame.copy())
        except ModelError as error:
            for finding in error.findings:
                self.run.fail(finding.rule, str(finding))
        except Exception as error:  # noqa: BLE001 - it is the code of others that is looked at
            complete = Frame(self.frame.without_gaps())
            try:
                self.scores, self.frame = self.scorer.score(complete.copy()), complete
            except Exception:  # noqa: BLE001 - not for what is missing, then
                raise error from None
            self.run.fail("nulls", f"{type(error).__name__}: {error}")

    def _length(self) -> None:
        size = len(self.frame.table)
        need(size > 1, f"a frame to try a scorer on has two rows or more (got {size})")
        wrong = [f"len(scores) is {len(self.scores)}"] if len(self.scores) != size else []
        said = {name: value for name in PER_CUSTOMER if (value := getattr(self.scores, name, None)) is not None}
        wrong += [f"{name} has {str(np.shape(v)).strip('(,)')}" for name, v in said.items() if np.shape(v) != (size,)]
        need(not wrong, f"there are {size} customers, but {', '.join(wrong)}")

    # What scores say of each customer

    def _values(self) -> None:
        scores, d, slack = self.scores, self.desired, self.slack
        with self.run.rule("range"):
            need(_within(d), "desired leaves [0, 1]")
        with self.run.rule("gap"):
            near(scores.gap, 1 - d, "gap, which is 1 - desired", slack)
        with self.run.rule("states"):
            others = sorted({str(state) for state in scores.state} - {*STATES, "None"})
            need(not others, f"{', '.join(others[:5])}: states are {', '.join(STATES)}, or None")
        with self.run.rule("bounds"):
            low, high = _bounds(scores)
            nowhere((low > d + slack) | (d > high + slack), "low and high do not hold desired between them")
            nowhere(low > high + slack, "low is above high")
        with self.run.rule("parts"):
            self._parts(~np.isnan(d))

    def _parts(self, known: Array) -> None:
        """Parts sum to the gap (where exact), none is below 0 (there), and none is that of a step fully attained."""
        scores, slack, steps = self.scores, self.slack, self.steps
        found: Any = explanation_of(scores, "attribution") if getattr(scores, "explains", True) else None
        look(found is not None, "the scores do not say")
        parts, rest = np.where(known[:, None], _floats(found.values), 0.0), getattr(found, "residual", None)
        whole = parts.sum(axis=1) + (0 if rest is None else rest)
        near(whole[known], 1 - self.desired[known], "the parts together", slack)
        if getattr(scores, "exact", True) and getattr(found, "exact", True):
            nowhere((parts < -slack).any(axis=1), "a part of the gap is below 0")
        reached = explanation_of(scores, "attainment")
        met: Any = False if reached is None else _floats(reached.values) >= 1
        if reached is None and steps is not None:
            met = steps.known & np.where(steps.up, steps.value >= steps.target, steps.value <= steps.target)
        if np.shape(met) == parts.shape:
            nowhere(
                np.any(met & (np.abs(parts) > slack), axis=1), "a step that is fully attained has a part of the gap"
            )

    # What is missing

    def _measured(self) -> Arrays:
        """Return the columns of numbers that measure steps, and are nobody's floor or target."""
        steps = () if self.steps is None else self.steps.subject.steps
        found = self.frame.numbers([step.measure.name for step in steps])
        return {name: values for name, values in found.items() if self.steps and name not in self.steps.subject.columns}

    def _nulls(self) -> None:
        """A number that is missing here and there can be scored, and changes nothing said of other customers."""
        columns = self.frame.fractional() | self._measured()
        look(columns, "the frame has no column of fractional numbers to blank")
        for name, blank in columns.items():
            blank[::2] = np.nan
            found = self.scorer.score(self.frame.changed({name: blank}))
            if not self.run.failed("order", "splitting"):  # else what hangs on the rest of the frame was told
                odd = slice(1, None, 2)
                beside, wanted = of_rows(answers_of(found), odd), of_rows(self.answers, odd)
                need_same(beside, wanted, f"where {name!r} of others is missing")
            need(_within(found.desired), f"desired leaves [0, 1] where {name!r} is missing")

    def _completions(self) -> None:
        """Blank some values, then fill them in again in several ways: D stays between the bounds said before."""
        rng = np.random.default_rng(5)
        was = self._measured()
        look(was, "no measure of a step is a column of numbers in the frame")
        blanks = {name: np.where(rng.random(len(values)) < BLANK, np.nan, values) for name, values in was.items()}
        blanked = Frame(self.frame.changed(blanks))
        before = self.scorer.score(blanked.native)
        here, (low, high) = steps_of(self.scorer, before, blanked), _bounds(before)
        bounded = ~here.whole & ~(np.isnan(low) & np.isnan(high))
        look(bounded.any(), "low and high are not said of customers of whom a step is missing")
        looked, slack = 0, slack_of(before)
        for how, filling in (("what is missing as it was", was), *_completed(blanks, here)):
            filled = {name: np.where(np.isnan(values), filling[name], values) for name, values in blanks.items()}
            complete = Frame(self.frame.changed(filled))
            then = self.scorer.score(complete.native)
            desired = _floats(then.desired)
            rows = bounded & steps_of(self.scorer, then, complete).whole & ~np.isnan(desired)
            looked += int(rows.sum())
            outside = rows & ((desired < low - slack) | (desired > high + slack))
            row = int(outside.argmax())
            bounds = f"low {low[row]:.6g} and high {high[row]:.6g} do not hold what can be"
            need(not outside.any(), f"{bounds}: desired is {desired[row]:.6g} with {how}, in row {row}")
        look(looked, "what is missing cannot be completed in the frame")

    # Steps brought to their targets

    def _raised(self, here: Steps) -> None:
        """Bring one step after the other to its target, in the frame, and look what becomes of D.

        Rules ``monotone``: D falls for nobody; ``gain``: it rises by what the scores say closing the step gains.
        """
        run, wrong, passed = self.run, dict[str, list[str]](), dict[str, list[str]]()
        gains: list[tuple[int, Array, Array]] = []  # step, customers whose measure feeds it alone, how much D rises
        with run.rule("monotone"):
            for number, step in enumerate(here.subject.steps):
                try:
                    rows, alone, better = self._at_target(here, number)
                except Unlooked as why:
                    passed.setdefault(str(why), []).append(repr(step.name))
                    continue
                more = _floats(self.scorer.score(better).desired)[rows] - self.desired[rows]
                if not (more >= -self.slack).all():
                    what = "is lost" if np.isnan(more).any() else "falls"
                    wrong.setdefault(what, []).append(repr(step.name))
                else:
                    gains.append((number, rows[alone], more[alone]))
            look(gains or wrong, "; ".join(passed) or "there are no steps")
            for what, names in wrong.items():
                need(not names, f"desired {what} where a step is brought to its target: {', '.join(names[:5])}")
        if run.failed("monotone") and not gains:
            return
        with run.rule("gain"):
            found = explanation_of(self.scores, "gain")
            look(found is not None, "the scores do not say")
            look(any(len(rows) for _, rows, _ in gains), "; ".join(passed) or "no step has a measure to itself")
            for number, rows, more in gains:
                what = f"gain of {here.subject.steps[number].name!r}, against D with it at its target"
                near(np.asarray(found.values)[rows, number], more, what, self.slack)
        for reason, names in passed.items() if gains else ():
            run.note(f"{', '.join(names)} (monotone, gain)", reason)

    def _at_target(self, steps: Steps, number: int) -> tuple[Array, Array, Any]:
        """Return customers of whom a step is observed, of whom its measure feeds no other, and the frame with it met.

        `Unlooked` says why that cannot be: the measure feeds steps that want less of it as well, no number is read, or
        the target lies beyond the measure's own limits.
        """
        measure = steps.subject.steps[number].measure
        values = self.frame.numbers([measure.name]).get(measure.name, np.empty(0))
        look(len(values), "no column of numbers for its measure is in the frame")
        look(measure.name not in steps.subject.columns, "its measure is somebody's floor or target as well")
        target, up = steps.target[:, number], steps.up[:, number]
        here = steps.known[:, number] & ~np.isnan(self.desired)
        look(here.any(), "it is observed of nobody who has a score")
        here &= (measure.low is None or target >= measure.low) & (measure.high is None or target <= measure.high)
        look(here.any(), "its target lies beyond the limits of its measure")
        beside = steps.applies & [step.measure.name == measure.name for step in steps.subject.steps]
        beside[:, number] = False
        less = (beside & (steps.up != up[:, None]))[here].any()
        look(not less, "its measure feeds another step that wants less of it")
        better = here & np.where(up, values < target, values > target)
        values[better] = target[better]
        alone = ~np.any(beside[here], axis=1)
        return np.flatnonzero(here), alone, self.frame.changed({measure.name: values})

    # What is made of scores

    def _views(self) -> None:
        scores, run, columns = self.scores, self.run, self.frame.columns()
        with run.rule("by"):
            texts = [name for name, values in columns.items() if any(isinstance(v, str) for v in values.tolist())]
            look(texts, "the frame has no column of text to group by")
            name = min(texts, key=lambda text: text not in ("segment", "stage"))
            groups = list(scores.by(name))
            need(sum(g.customers for g in groups) == len(scores), f"groups by {name!r} do not hold each customer once")
        with run.rule("worklist"):
            need(len(list(scores.worklist())) == len(scores), "the worklist does not hold each customer once")
        with run.rule("frame"):
            size = len(wrap(scores.to_frame()))
            need(size == len(scores), f"to_frame holds {size} rows for {len(scores)} customers")
        with run.rule("report"):
            look(isinstance(scores, CustomerScores), "it is made of og.OutcomeScores only")
            need("</html>" in report(scores), "makes no report")


def _completed(blanks: Arrays, here: Steps) -> Iterator[tuple[str, Arrays]]:
    """Say what to fill in for what is missing: all floors, all targets, each step apart from the others."""
    sides = {"floor": here.floor, "target": here.target}
    ends = {end: {name: _first(here, values, name) for name in blanks} for end, values in sides.items()}
    for end, filling in ends.items():
        yield f"all that is missing at its {end}", filling
    some = np.unique(np.linspace(0, len(here.subject.steps) - 1, min(len(here.subject.steps), ONE_BY_ONE)).astype(int))
    for number in some.tolist():
        step, name = here.subject.steps[number], here.subject.steps[number].measure.name
        for end, other in (("floor", "target"), ("target", "floor")):
            if name in blanks:
                own = {name: _first(here, sides[end], name, number)}
                yield f"{step.name!r} at its {end} and all else at {other}s", ends[other] | own


def _first(here: Steps, values: Array, name: str, *before: int) -> Array:
    """Return an end of the step that is asked for, else of the first that the customer has, within hard limits."""
    places = [*before, *(place for place, step in enumerate(here.subject.steps) if step.measure.name == name)]
    held = np.where(here.applies[:, places], values[:, places], np.nan)
    measure = here.subject.steps[places[0]].measure
    low, high = -np.inf if measure.low is None else measure.low, np.inf if measure.high is None else measure.high
    return np.asarray(np.clip(held[np.arange(len(held)), np.isnan(held).argmin(axis=1)], low, high))
