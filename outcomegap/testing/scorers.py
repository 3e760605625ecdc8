"""Scores compared, and models, scorers and engines held to their rules: what holds of every score, whatever made it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

import outcomegap as og
from outcomegap.errors import EngineError
from outcomegap.frames import wrap
from outcomegap.model.model import OutcomeModel
from outcomegap.scoring.columns import AVERAGED, COLUMNS, StepValue
from outcomegap.scoring.customers import NONE
from outcomegap.scoring.scores import CustomerScores, outline_of
from outcomegap.scoring.states import STATES
from outcomegap.testing.rules import (
    Frame,
    RuleRunner,
    Unlooked,
    check_file,
    check_row_by_row,
    check_untouched,
    difference,
    differences,
    look,
    near,
    need,
    need_none,
    need_same,
    nowhere,
    of_rows,
    pickled,
)

Array = NDArray[Any]
Mask = NDArray[np.bool_]
Arrays = dict[str, Array]
Engine = Callable[[og.OutcomeModel, Any], Mapping[str, Any]]
#: What scores say of each customer: those that have numbers or a state at all, and all that may be there.
PER_CUSTOMER = (*AVERAGED, "coverage", "state")
ARRAYS = tuple(dict.fromkeys((*PER_CUSTOMER, *COLUMNS, "effective_score", "effective_state")))
#: What they say of each customer and step.
BY_STEP: tuple[str, ...] = get_args(StepValue)
#: What is said by scores of models only.
OF_MODELS = ("leverage", "unknown")
#: What scores hold of overrides.
OVERRIDDEN = ("overrides", "expired", "as_of")
#: What scores have at the least.
PIECES = ("desired", "gap", "state", "by", "worklist", "to_frame", "__len__")
#: The rules of what scores say, and of what scoring is and what is made of it.
OF_VALUES = ("range", "gap", "states", "bounds", "parts")
OF_SCORING = ("nulls", "completions", "monotone", "gain", "pickles", "by", "worklist", "frame", "report")
#: What engines say, as far as they do.
COMPARED = (*AVERAGED, "coverage")
#: Which share of the values is blanked, and how many steps at most are completed one by one.
BLANK, ONE_BY_ONE = 0.3, 40


# Scores: their steps, all that they say, and whether two of them say the same


@attrs.frozen(eq=False)
class Steps:
    """What is read of each customer and step, in the unit of its measure; arrays of shape (customers, steps).

    `applies` tells whether the customer's cell has the step, `known` whether value, floor and target are there, `up`
    whether more is better, `whole` whether nothing of a customer is missing.
    """

    subject: OutcomeModel
    applies: Mask
    value: Array
    floor: Array
    target: Array
    known: Mask
    up: Mask
    whole: Mask

    @classmethod
    def of(cls, scorer: Any, scores: Any, frame: Any) -> Steps:
        """Read the steps of whatever scored customers off a frame.

        Raises
        ------
        DataError
            If the frame holds what cannot be, such as an unknown segment.
        ModelError
            If the scorer does not say what its steps are.
        """
        if not isinstance(scores, CustomerScores):  # scores that are an object of one's own
            size = len(scores), len(scorer.steps)
            scores = og.OutcomeScores(scorer, frame, desired=np.full(size[0], np.nan), attainment=np.full(size, np.nan))
        shape = len(scores), len(scores.model.steps)
        applies = np.vstack([scores.applies, np.zeros((1, shape[1]), dtype=bool)])[scores.cell]
        rows, steps = np.indices(shape)
        read = scores.readings(rows.ravel(), np.where(applies, steps, NONE).ravel())
        value, floor, target = (each.reshape(shape) for each in (read.value, read.floor, read.target))
        known = ~np.isnan(value + floor + target) & applies
        whole = (known | ~applies).all(axis=1)
        return cls(scores.model, applies, value, floor, target, known, target > floor, whole)


def slack_of(scores: Any) -> float:
    """Return the tolerance for rounding: 1e-9, and more where scores are not float64."""
    kind = np.asarray(scores.desired).dtype
    return max(1e-9, 10 * float(np.finfo(kind).eps)) if kind.kind == "f" else 1e-9


def explanation_of(scores: object, name: str) -> Any:
    """Return what scores say step by step under that name; None where they do not."""
    asked = getattr(scores, name, None)
    try:
        one = asked() if callable(asked) else None
    except EngineError:
        return None
    return one if hasattr(one, "values") else None


def answers_of(scores: Any, *, strict: bool = False) -> dict[str, Array]:
    """Return everything that scores say of each customer, by name; what they do not say is left out.

    Numbers of rows, which frames have where customers have no ids, are no statement about a customer. What fails when
    it is asked for is left out as well, unless `strict`.
    """
    size, failing = len(scores), () if strict else (Exception,)
    arrays = {name: np.asarray(getattr(scores, name, None)) for name in ARRAYS}
    found = {name: array for name, array in arrays.items() if array.shape[:1] == (size,)}
    for name in BY_STEP:
        with suppress(*failing):
            if (one := explanation_of(scores, name)) is not None:
                found[name], rest = np.asarray(one.values), getattr(one, "residual", None)
                if name == "attribution":
                    found["what attribution leaves"] = np.zeros(size) if rest is None else np.nan_to_num(rest)
    with suppress(*failing):
        table = wrap(scores.to_frame() if callable(getattr(scores, "to_frame", None)) else {})
        for name in table.names:
            column = table.values(name)
            numbered = name == "row" and column.tolist() == list(range(size))
            twice = name in found and not difference(column, found[name], name)
            if len(column) == size and not numbered and not twice:
                found[f"column {name!r}"] = column
    return found


def assert_scores_equal(a: Any, b: Any, *, atol: float = 1e-9) -> None:
    """Check that two scores give the same customers the same values.

    Compared are ids, what they were scored by (its name and fingerprint), all arrays, what is said step by step (parts
    of the gap, gain, attainment, ...), columns of the scorer's own, and overrides. What one of them has no place for,
    such as the leverage of `OutcomeScores`, is left out; what one of them could say and does not is a difference.

    Parameters
    ----------
    a, b
        Scores, of this library or of your own scorer.
    atol
        How far numbers may be apart; above 1 it is relative.

    Raises
    ------
    AssertionError
        That names what differs, and where.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("airline")
    >>> frame = og.simulate(model, 20, seed=1)
    >>> scores = og.Scorer(model).score(frame)
    >>> assert_scores_equal(scores, og.Scorer(model, threads=1).score(frame))
    >>> try:
    ...     assert_scores_equal(scores, og.Scorer(model).score(og.simulate(model, 21, seed=1)))
    ... except AssertionError as error:
    ...     print(error)
    20 customers, and 21
    """
    for name, one in (("the first", a), ("the second", b)):
        lacks = [piece for piece in ("desired", "state", "__len__") if not hasattr(one, piece)]
        need(not lacks, f"{name} is no scores, but {type(one).__name__} (no {', '.join(lacks)}); hand two scores over")
    need(len(a) == len(b), f"{len(a)} customers, and {len(b)}")
    one, other = _facts(a), _facts(b)
    both = [name for name in one if name in other and one[name] != other[name]]
    told = [f"{name}: {one[name]!r:.60} instead of {other[name]!r:.60}" for name in both]
    if hasattr(a, "id") and hasattr(b, "id"):
        told += [*filter(None, [difference(a.id, b.id, "id")])]
    first, second = (_comparable(answers_of(each, strict=True), than) for each, than in ((a, b), (b, a)))
    need_none([*told, *differences(first, second, "the first", "the second", atol)])


def _facts(scores: Any) -> dict[str, Any]:
    """Return what is said of the scores as a whole: by what, and under which overrides."""
    model = getattr(scores, "model", None)
    facts = {name: getattr(scores, name) for name in OVERRIDDEN if hasattr(scores, name)}
    if model is not None:
        facts |= {"scored by": model.name, "its steps": [step.name for step in model.steps]}
        facts[f"its fingerprint ({type(model).__name__})"] = getattr(model, "fingerprint", None)
    return facts


def _comparable(found: dict[str, Array], other: object) -> dict[str, Array]:
    """Leave out what the other has no place for, and the column that names customers: ids are compared as ids."""
    ids = f"column {getattr(other, 'id_column', None)!r}"
    return {
        name: values
        for name, values in found.items()
        if name != ids
        and (name not in (*ARRAYS, *BY_STEP) or hasattr(other, name))
        and (name not in OF_MODELS or explanation_of(other, name) is not None)
    }


# Models, scorers, engines


def check_model(model: og.OutcomeModel, *, n: int = 120, seed: int = 0) -> int:
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
        errors = [str(finding) for finding in og.check(model) if finding.severity == "error"]
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
        scorer, frame = og.Scorer(model), Frame(og.simulate(model, n, seed=seed, missing=0.15))
        _ScorerTrial(run, scorer, frame).all()
        with run.rule("one"):
            columns, scores = frame.columns(), scorer.score(frame.native)
            rows = [{name: column[row] for name, column in columns.items()} for row in range(0, n, 7)]
            ones = [scorer.score_one(row) for row in rows]
            alone = {name: np.array([getattr(one, name) for one in ones], dtype=object) for name in PER_CUSTOMER}
            among = of_rows({name: getattr(scores, name) for name in PER_CUSTOMER}, slice(0, n, 7))
            need_same(alone, among, "every 7th alone")
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
        with what scores say is ``out_of_reach``; none is below 0, and a step that is fully attained has none; scores
        that are not exact say what is left). What
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
        _ScorerTrial(run, scorer, Frame(frame)).all()
    return run.done()


def check_engine(score: Engine, *models: og.OutcomeModel, n: int = 100) -> int:
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
    several = models or [og.gallery.load(name) for name in og.gallery.names()]
    for model in several:
        run.place = f"model {model.name!r}" if len(several) > 1 else ""
        _try_engine(run, score, model, n)
    return run.done()


def _try_engine(run: RuleRunner, score: Engine, model: og.OutcomeModel, n: int) -> None:
    """Run the rules with one model."""
    frame = Frame(og.simulate(model, n, seed=3, missing=0.15))

    def say(given: Any) -> dict[str, Any]:
        said = score(model, Frame(given).copy())
        return {name: said[name] for name in COMPARED if name in said}

    def agree(given: Any) -> None:
        said, wanted = say(given), og.Scorer(model).score(given)
        need_same(said, {name: getattr(wanted, name) for name in said}, "beside the library")

    with run.rule("pieces"):
        for name in sorted(set(score(model, frame.copy())) - set(COMPARED)):
            run.note(repr(name), "no array that is compared")
        need("desired" in say(frame.native), "returns no 'desired'")
    if run.failed("pieces"):
        return
    with run.rule("agrees"):
        agree(frame.native)
    check_row_by_row(run, say, frame, say(frame.native))
    with run.rule("nulls"):
        blank = {measure.name: np.full(n, np.nan) for measure in model.measures[:1]}
        agree(frame.native | blank)
        for missing in (0.7, 1.0):
            agree(og.simulate(model, n, seed=4, missing=missing))


class _ScorerTrial:
    """A scorer tried on a frame; each rule is a method of its name."""

    scores: Any = None
    steps: Steps | None = None
    unread = ""

    def __init__(self, run: RuleRunner, scorer: Any, frame: Frame) -> None:
        self.run, self.scorer, self.given = run, scorer, frame

    def all(self) -> None:
        """Run all rules; what is said cannot be looked at where there are no scores, or not of each customer."""
        if not self._holds("pieces") or self.scores is None or not self._holds("length"):
            return
        try:
            self.steps = Steps.of(self.scorer, self.scores, self.given.native)
        except og.DataError as error:
            self.unread = f"the steps cannot be read off the frame: {error}"
        self.desired, self.slack = _floats(self.scores.desired), slack_of(self.scores)
        self.answers = answers_of(self.scores)
        self._holds(*OF_VALUES)
        check_untouched(self.run, self.scorer.score, self.given)
        check_row_by_row(self.run, lambda frame: answers_of(self.scorer.score(frame)), self.given, self.answers)
        self._holds(*OF_SCORING)

    def _holds(self, *rules: str) -> bool:
        for rule in rules:
            with self.run.rule(rule):
                getattr(self, rule)()
        return not self.run.failed(*rules)

    def pieces(self) -> None:
        """Score the frame; where only what is missing stands in the way, a frame without gaps.

        There are no scores where `OutcomeScores` refuses what was said: that is told by the names that it has for its
        rules.
        """
        if not isinstance(self.scorer, og.Scorer):
            outline_of(self.scorer)
        try:
            self.scores = self.scorer.score(self.given.copy())
        except og.ModelError as error:
            for finding in error.findings:
                self.run.fail(finding.rule, str(finding))
            return
        except Exception as error:
            complete = Frame(self.given.without_gaps())
            with suppress(Exception):
                self.scores, self.given = self.scorer.score(complete.copy()), complete
            if self.scores is None:
                raise
            self.run.fail("nulls", f"{type(error).__name__}: {error}")
        lacks = [piece for piece in PIECES if not hasattr(self.scores, piece)]
        need(not lacks, f"the scores have no {', '.join(lacks)}")

    def length(self) -> None:
        """Say something of each customer."""
        size, said = len(self.given.table), {name: getattr(self.scores, name, None) for name in PER_CUSTOMER}
        need(size > 1, f"a frame to try a scorer on has two rows or more (got {size})")
        shapes = {"len(scores)": (len(self.scores),)}
        shapes |= {name: np.shape(values) for name, values in said.items() if values is not None}
        wrong = [f"{name} is {str(shape).strip('(,)')}" for name, shape in shapes.items() if shape != (size,)]
        need(not wrong, f"there are {size} customers, but {', '.join(wrong)}")

    # What scores say of each customer

    def range(self) -> None:
        """D lies in [0, 1]."""
        nowhere((self.desired < 0) | (self.desired > 1), "desired leaves [0, 1]")

    def gap(self) -> None:
        """The gap is 1 - D."""
        near(self.scores.gap, 1 - self.desired, "gap, which is 1 - desired", self.slack)

    def states(self) -> None:
        """States are those that there are."""
        others = sorted({str(state) for state in self.scores.state} - {*STATES, "None"})
        need(not others, f"{', '.join(others[:5])}: states are {', '.join(STATES)}, or None")

    def bounds(self) -> None:
        """The bounds hold D between them."""
        (low, high), d, slack = _bounds(self.scores), self.desired, self.slack
        nowhere((low > d + slack) | (d > high + slack), "low and high do not hold desired between them")
        nowhere(low > high + slack, "low is above high")

    def parts(self) -> None:
        """Parts and what is out of reach sum to the gap, if exact, none is below 0, and none is of a step fully met."""
        scores, slack, known = self.scores, self.slack, ~np.isnan(self.desired)
        found: Any = explanation_of(scores, "attribution") if getattr(scores, "explains", True) else None
        look(found is not None, "the scores do not say")
        parts, rest = np.where(known[:, None], _floats(found.values), 0.0), getattr(found, "residual", None)
        beyond = np.nan_to_num(_floats(getattr(scores, "out_of_reach", 0.0)))
        whole = parts.sum(axis=1) + beyond + (0 if rest is None else rest)
        near(whole[known], 1 - self.desired[known], "the parts together", slack)
        if getattr(scores, "exact", True) and getattr(found, "exact", True):
            nowhere((parts < -slack).any(axis=1) | (beyond < -slack), "a part of the gap is below 0")
        met: Any = False
        if (reached := explanation_of(scores, "attainment")) is not None:
            met = _floats(reached.values) >= 1
        elif (steps := self.steps) is not None:  # scores that are an object of one's own
            met = steps.known & np.where(steps.up, steps.value >= steps.target, steps.value <= steps.target)
        if np.shape(met) == parts.shape:
            wrong = (met & (np.abs(parts) > slack)).any(axis=1)
            nowhere(wrong, "a step that is fully attained has a part of the gap")

    # What is missing

    def _measured(self) -> Arrays:
        """Return the columns of numbers that measure steps, and are nobody's floor or target."""
        if self.steps is None:
            return {}
        subject = self.steps.subject
        return self.given.numbers({step.measure.name for step in subject.steps} - {*subject.columns})

    def nulls(self) -> None:
        """A number that is missing here and there can be scored, and changes nothing said of other customers."""
        look(not self.run.failed("nulls"), "what is missing cannot be scored")
        columns, odd = self.given.fractional() | self._measured(), slice(1, None, 2)
        look(columns, "the frame has no column of fractional numbers to blank")
        for name, blank in columns.items():
            blank[::2] = np.nan
            found = self.scorer.score(self.given.changed({name: blank}))
            if not self.run.failed("order", "splitting"):  # else what hangs on the rest of the frame was told
                how = f"where {name!r} of others is missing"
                need_same(of_rows(answers_of(found), odd), of_rows(self.answers, odd), how)
            d = _floats(found.desired)
            nowhere((d < 0) | (d > 1), f"desired leaves [0, 1] where {name!r} is missing")

    def completions(self) -> None:
        """Blank some values, then fill them in again in several ways: D stays between the bounds said before."""
        look(not self.run.failed("nulls"), "what is missing cannot be scored")
        steps, was, rng = self.steps, self._measured(), np.random.default_rng(5)
        if steps is None or not was:
            raise Unlooked(self.unread or "no measure of a step is a column of numbers in the frame")
        blanks = {name: np.where(rng.random(len(values)) < BLANK, np.nan, values) for name, values in was.items()}
        blanked = self.given.changed(blanks)
        before = self.scorer.score(blanked)
        (low, high), slack = _bounds(before), slack_of(before)
        bounded = ~Steps.of(self.scorer, before, blanked).whole & ~(np.isnan(low) & np.isnan(high))
        look(bounded.any(), "low and high are not said of customers of whom a step is missing")
        looked = False
        for how, filling in (("what is missing as it was", was), *_fillings(steps, was)):
            filled = {name: np.where(np.isnan(values), filling[name], values) for name, values in blanks.items()}
            complete = self.given.changed(filled)
            then = self.scorer.score(complete)
            desired = np.where(bounded & Steps.of(self.scorer, then, complete).whole, _floats(then.desired), np.nan)
            looked |= bool(~np.isnan(desired).all())
            outside = (desired < low - slack) | (desired > high + slack)
            row = int(outside.argmax())
            bounds = f"low {low[row]:.6g} and high {high[row]:.6g} do not hold what can be"
            need(not outside.any(), f"{bounds}: desired is {desired[row]:.6g} with {how}, in row {row}")
        look(looked, "what is missing cannot be completed in the frame")

    # Steps brought to their targets

    def monotone(self) -> None:
        """Bring one step after the other to its target, in the frame: D falls for nobody."""
        steps, falls = self.steps.subject.steps if self.steps is not None else (), list[str]()
        self.passed: dict[str, list[str]] = {}  # steps by why they cannot be brought there
        self.gains: list[tuple[str, int, Array, Array]] = []  # step, whose measure feeds it alone, how much D rises
        for number, step in enumerate(steps):
            try:
                rows, alone, better = self._at_target(number)
            except Unlooked as why:
                self.passed.setdefault(str(why), []).append(repr(step.name))
                continue
            more = _floats(self.scorer.score(better).desired)[rows] - self.desired[rows]
            if (more >= -self.slack).all():
                self.gains.append((step.name, number, rows[alone], more[alone]))
            else:
                falls.append(repr(step.name))
        look(self.gains or falls, "; ".join(self.passed) or self.unread or "there are no steps")
        for reason, names in self.passed.items():
            self.run.note(f"{', '.join(names)} (monotone, gain)", reason)
        need(not falls, f"desired falls, or is lost, where a step is brought to its target: {', '.join(falls[:5])}")

    def gain(self) -> None:
        """There D rises by what the scores say closing the step gains."""
        found = explanation_of(self.scores, "gain")
        look(found is not None, "the scores do not say")
        unraised = "; ".join(self.passed) or self.unread or "no step has a measure to itself"
        look(any(len(rows) for *_, rows, _ in self.gains), unraised)
        for name, number, rows, more in self.gains:
            what = f"gain of {name!r}, against D with it at its target"
            near(np.asarray(found.values)[rows, number], more, what, self.slack)

    def _at_target(self, number: int) -> tuple[Array, Array, Any]:
        """Return customers of whom a step is observed, of whom its measure feeds no other, and the frame with it met.

        `Unlooked` says why that cannot be.
        """
        steps: Any = self.steps
        measure = steps.subject.steps[number].measure
        values: Any = self.given.numbers([measure.name]).get(measure.name)
        look(values is not None, "no column of numbers for its measure is in the frame")
        look(measure.name not in steps.subject.columns, "its measure is somebody's floor or target as well")
        target, up = steps.target[:, number], steps.up[:, number]
        here = steps.known[:, number] & ~np.isnan(self.desired)
        look(here.any(), "it is observed of nobody who has a score")
        here &= _within(target, measure) == target
        look(here.any(), "its target lies beyond the limits of its measure")
        beside = steps.applies & [step.measure.name == measure.name for step in steps.subject.steps]
        beside[:, number] = False
        less = (beside & (steps.up != up[:, None]))[here].any()
        look(not less, "its measure feeds another step that wants less of it")
        better = here & np.where(up, values < target, values > target)
        values[better] = target[better]
        return np.flatnonzero(here), ~np.any(beside[here], axis=1), self.given.changed({measure.name: values})

    # What is made of scores

    def pickles(self) -> None:
        """The scorer gives the same scores after pickling."""
        again = pickled(self.scorer).score(self.given.copy())
        need_same(answers_of(again), self.answers, "by the scorer out of a pickle")

    def by(self) -> None:
        """Groups hold each customer once."""
        columns, scores = self.given.columns(), self.scores
        texts = [name for name, values in columns.items() if any(isinstance(v, str) for v in values.tolist())]
        look(texts, "the frame has no column of text to group by")
        name = min(texts, key=lambda text: text not in ("segment", "stage"))
        size = sum(group.customers for group in scores.by(name))
        need(size == len(scores), f"groups by {name!r} do not hold each customer once")

    def worklist(self) -> None:
        """The worklist holds each customer once."""
        need(len(list(self.scores.worklist())) == len(self.scores), "the worklist does not hold each customer once")

    def frame(self) -> None:
        """A frame of scores has a row a customer."""
        size = len(Frame(self.scores.to_frame()).table)
        need(size == len(self.scores), f"to_frame holds {size} rows for {len(self.scores)} customers")

    def report(self) -> None:
        """A page can be made."""
        look(isinstance(self.scores, CustomerScores), "it is made of og.OutcomeScores only")
        need("</html>" in og.report(self.scores), "makes no report")


def _floats(values: Any) -> Array:
    return np.asarray(values, dtype=np.float64)


def _bounds(scores: Any) -> tuple[Array, Array]:
    low, high = (_floats(getattr(scores, name, np.nan)) for name in ("low", "high"))
    look(not (np.isnan(low).all() and np.isnan(high).all()), "low and high are not said")
    return low, high


def _within(values: Array, measure: og.Measure) -> Array:
    """Return numbers brought within the limits of a measure."""
    low, high = -np.inf if measure.low is None else measure.low, np.inf if measure.high is None else measure.high
    return np.asarray(np.clip(values, low, high))


def _fillings(steps: Steps, columns: Arrays) -> Iterator[tuple[str, Arrays]]:
    """Say what to fill in for what is missing: all floors, all targets, a mix, each step apart from the others."""
    listed, floor, target = steps.subject.steps, steps.floor, steps.target
    rows = np.arange(len(floor))

    def of_first(ends: Array, apart: int = -1) -> Arrays:
        """Return for each column the end of the step apart, else of the first of its steps that the customer has."""
        found = {}
        for name in columns:
            of = [number for number, step in enumerate(listed) if step.measure.name == name]
            of.sort(key=lambda number: number != apart)
            first = np.array(of)[np.argmax(steps.applies[:, of], axis=1)]
            found[name] = _within(ends[rows, first], listed[of[0]].measure)
        return found

    mixed = np.where(np.random.default_rng(7).random(floor.shape) < 0.5, target, floor)
    for how, ends in (("at its floor", floor), ("at its target", target), ("at one of the two", mixed)):
        yield f"all that is missing {how}", of_first(ends)
    for number in range(0, len(listed), 1 + (len(listed) - 1) // ONE_BY_ONE):
        for end, own, other, rest in (("floor", floor, "targets", target), ("target", target, "floors", floor)):
            ends = rest.copy()
            ends[:, number] = own[:, number]
            yield f"{listed[number].name!r} at its {end} and all else at {other}", of_first(ends, number)
