"""How far fitted models hold on four sets of real customers, and what a score without readable steps knows more.

Run: ``python -m benchmarks.study_proof [FOLDER]`` with the folder of the four sets (by default ``../shared/data``). It
prints docs/proof.md, which is kept as printed. Every figure is of customers whom the model, or the baseline, had not
seen: `outcomegap.learn.fit` fits a model to the others; it is written to text, read again, and scores these.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

import outcomegap as og
from benchmarks.study_airline import SHARED, table
from outcomegap.frames import wrap
from outcomegap.learn.figures import ece, in_order, rates
from outcomegap.stats import auc

Array = NDArray[Any]
MODELS = Path(__file__).resolve().parent.parent / "tests" / "learn" / "models"
STATES = ("failing", "tolerating", "successful")


@attrs.frozen
class Study:
    """A set of customers, what they then did, and who is kept apart."""

    title: str
    model: Callable[[], og.OutcomeModel]
    source: str
    outcome: str
    good: tuple[object, ...]
    apart: Callable[[og.OutcomeModel, Any], list[Array]]
    ways: tuple[int, ...] = (3,)


def alike(model: og.OutcomeModel, frame: Any) -> NDArray[np.int64]:
    """Return one number for all customers alike in all measures: they stay together."""
    values = np.column_stack([np.asarray(frame[m.name], dtype=np.float64) for m in model.measures])
    return np.unique(np.nan_to_num(values, nan=-1e300), axis=0, return_inverse=True)[1].reshape(-1)


def fifth(model: og.OutcomeModel, frame: Any) -> list[Array]:
    """Keep a fifth apart, drawn at random."""
    who = alike(model, frame)
    return [(np.random.default_rng(11).random(who.max() + 1) < 0.2)[who]]


def each_fifth(model: og.OutcomeModel, frame: Any) -> list[Array]:
    """Keep each fifth apart in turn."""
    who = alike(model, frame)
    fold = np.random.default_rng(11).integers(0, 5, who.max() + 1)[who]
    return [fold == number for number in range(5)]


def next_courses(model: og.OutcomeModel, frame: Any) -> list[Array]:  # noqa: ARG001
    """Learn from the courses that began in February 2013, keep those of October apart."""
    return [np.asarray(frame["code_presentation"]) == "2013J"]


def structure(name: str) -> Callable[[], og.OutcomeModel]:
    """Return how to load the structure of that name."""
    return lambda: og.load(MODELS / f"{name}.toml")


STUDIES = (
    Study("students, pass", structure("oulad"), ".", "final_result", ("Pass", "Distinction"), next_courses),
    Study(
        "students, reach the end",
        structure("oulad"),
        ".",
        "final_result",
        ("Pass", "Distinction", "Fail"),
        next_courses,
    ),
    Study("phone customers, stay", structure("iranian-churn"), "iranian_churn.csv.gz", "churn", (0,), each_fifth),
    Study("households, stay", structure("telco"), "telco.csv.gz", "churn_value", (0,), each_fifth),
    Study(
        "passengers, satisfied",
        lambda: og.gallery.load("airline"),
        "airline.csv.gz",
        "satisfaction",
        ("satisfied",),
        fifth,
        (3, 5),
    ),
)


@attrs.frozen(eq=False)
class Found:
    """What a study found: scores of the customers kept apart, beside what they then did."""

    study: Study
    learnt: int
    good: Array
    said: dict[str, Array]
    states: dict[str, Array]
    segment: Array | None

    def figure(self, name: str) -> tuple[float, float]:
        """Return area under the curve and calibration error of a score, of the customers that it scores."""
        known = ~np.isnan(self.said[name])
        return auc(self.said[name][known], self.good[known]).value, ece(self.said[name][known], self.good[known])


def parted(study: Study, folder: Path = SHARED) -> list[tuple[Any, Any]]:
    """Return the customers to learn from, and those kept apart, for each split."""
    model = study.model()
    frame = wrap(og.read_customers(model, folder / study.source).frame)
    return [
        (frame.filter(~apart).native(), frame.filter(apart).native()) for apart in study.apart(model, frame.native())
    ]


def run(study: Study, folder: Path = SHARED) -> Found:
    """Fit and score, split by split."""
    found = [tested(study, learn, test) for learn, test in parted(study, folder)]
    together = {
        name: {key: np.concatenate([getattr(each, name)[key] for each in found]) for key in getattr(found[0], name)}
        for name in ("said", "states")
    }
    segment = None if found[0].segment is None else np.concatenate([each.segment for each in found])
    good = np.concatenate([each.good for each in found])
    return Found(study, found[0].learnt, good, together["said"], together["states"], segment)


def tested(study: Study, learn: Any, test: Any) -> Found:
    """Fit to some, and score the others."""
    model = study.model()
    good = np.isin(np.asarray(test[study.outcome]), study.good).astype(np.float64)
    before = og.Scorer(model).score(test)
    said, states = {"the guess": before.desired}, {"the guess": before.state}
    with np.errstate(all="ignore"):
        said["plain mean"] = np.nanmean(og.attainments(og.Scorer(model), test), axis=1)
    for ways in (0, *study.ways):
        name = f"{ways} ways" if ways else "as given"
        asked: dict[str, Any] = {"structure": "find ways", "ways": ways} if ways else {}
        fitted = og.learn.fit(model, learn, study.outcome, good=study.good, folds=0, **asked)
        scores = og.Scorer(og.loads(og.dumps(fitted.model))).score(test)
        said[name], states[name] = scores.desired, scores.state
    said |= dict(without_steps(study, model, learn, test))
    segment = np.asarray(test["segment"]) if "segment" in wrap(test) else None
    return Found(study, len(learn), good, said, states, segment)


#: What each of the scores without steps may use, in the order of what it may.
LADDER = ("logistic regression", "one curve a measure, rising", "any curve a measure", "pairs of measures", "boosting")


def rises(step: Any) -> int:
    """Return 1 where more is better for a step, else -1."""
    floor, target = (next(iter(end)) if isinstance(end, og.PerCell) else end for end in (step.floor, step.target))
    return 1 if target > floor else -1


def without_steps(study: Study, model: og.OutcomeModel, learn: Any, test: Any) -> Iterator[tuple[str, Array]]:
    """Yield what scores without steps say, from the same measures and cells; each may use more than the one before."""
    from sklearn.ensemble import HistGradientBoostingClassifier as Boosting
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def features(frame: Any) -> Array:
        cells = [
            np.asarray(frame[axis])[:, None] == np.array(names)[None, :]
            for axis, names in (("segment", model.segment_names), ("stage", model.stage_names))
            if axis in wrap(frame)
        ]
        return np.column_stack([*(np.asarray(frame[m.name], dtype=np.float64) for m in model.measures), *cells]).astype(
            float
        )

    x, y, asked = features(learn), np.isin(np.asarray(learn[study.outcome]), study.good), features(test)
    ways = [{rises(step) for step in model.steps if step.measure == m} for m in model.measures]
    rising = [way.pop() if len(way) == 1 else 0 for way in ways]  # 0: the model has steps of both directions
    rising += [0] * (x.shape[1] - len(rising))
    slowly = {"random_state": 0, "max_iter": 400, "early_stopping": False}
    fill = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    for name, made in zip(
        LADDER,
        (
            make_pipeline(fill, StandardScaler(), LogisticRegression(max_iter=2000)),
            Boosting(interaction_cst="no_interactions", monotonic_cst=rising, **slowly),
            Boosting(interaction_cst="no_interactions", **slowly),
            Boosting(interaction_cst="pairwise", random_state=0),
            Boosting(random_state=0),
        ),
        strict=True,
    ):
        yield name, made.fit(x, y).predict_proba(asked)[:, 1]


def percents(rate: float, low: float, high: float) -> str:
    """Write a rate with its interval."""
    if np.isnan(rate):
        return "nobody"
    return f"{100 * rate:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def by_state(found: Found, name: str, rows: Array | None = None) -> tuple[list[str], str]:
    """Return the outcome rate of each state, with its interval and share of customers, and whether they are in order."""
    rows = np.ones(len(found.good), dtype=bool) if rows is None else rows
    state = found.states[name]
    known = rows & np.isin(state, STATES)
    told = rates(np.array([STATES.index(each) for each in state[known]]), 3, found.good[known])
    numbers = [told[key] for key in ("rate", "low", "high")]
    share = told["customers"] / rows.sum()
    cells = [percents(*each) + (f", {part:.0%}" if part else "") for *each, part in zip(*numbers, share, strict=True)]
    return [*cells, f"{1 - known.sum() / rows.sum():.0%}"], in_order(*numbers)


HEAD = """\
# How far the scores prove true

<!-- printed by: python -m benchmarks.study_proof -->

A model is a guess until somebody holds it against what customers then did. Here four sets of real customers decide. A
modeller wrote down steps, floors, targets and gates; `og.learn.fit` estimated from some customers what they require,
and the fitted model scored others, whom it had not seen. Every figure below is of those others. The data are not in
this repository; the [page on validation](validation.md) says what each figure means.

- *Students* of the Open University on day 60 of a course (Kuzilek and others 2017): learnt from the courses of February
  2013, tested on those of October 2013, among them three courses of which no student was learnt from.
- *Phone customers* of an Iranian operator (UCI): months 1 to 9, and who left by month 12. Customers alike in all
  measures are on one side.
- *Households* of a telecommunications company (a sample of IBM about a fictional one), without the columns that were
  known only afterwards: satisfaction score, churn score, category, reason and label, status, lifetime value.
- *Passengers* of an airline (a public survey), and whether they say that they are satisfied.

Students are split in time. Of passengers a fifth is kept apart; of the two small sets each fifth in turn, and figures
are of all of them together. The fits choose no strengths by cross-validation (`folds=0`), so that the page can be
printed in some minutes.

""".splitlines()
AREAS = """
## Who ranks customers best

Area under the ROC curve: how often a customer with the good outcome stands above one without; 0.5 is chance. *The
guess* is the model before it was fitted, *plain mean* a mean of its attainments, *as given* the fitted model with the
modeller's gates, *3 ways* the fitted model whose experience is any of up to three ways. Logistic regression and
boosting know the same measures and cells, and have no readable steps.

""".splitlines()
ERRORS = """
## Whose score is a probability

Expected calibration error (ECE): by how much the score and the outcome rate differ, on average over 15 groups of
customers of like score; 0 is best.

""".splitlines()
ORDER = """
## Are the states in their order

How often the good outcome came about in each state, with its 95 % interval, and the share of customers. *Apart*: the
rates rise from failing over tolerating to successful, and no two intervals touch.

""".splitlines()
CAUSES = """
## What causes the distance to boosting

Area under the curve of scores that may use more and more: logistic regression; the fitted models; one rising curve for
each measure; any curve for each measure; pairs of measures; boosting, any combination.

""".splitlines()
READING = """
- **Students: what never falls carries over.** Boosting, and any curve a measure, learn what was peculiar to the courses
  of February: in October they are hardly better than logistic regression, or worse. One rising curve for each measure
  is better, and so is the fitted model, which is made of such curves; even the guess is ahead of boosting. Scores are
  too low by some points in October, for more students passed then (60 % after 52 % of those who were still there on
  day 60). Reaching the end hardly shows on day 60: nothing in these tables tells more than the gates as given do, and
  three ways only add chance.
- **Phone customers: pairs.** One curve for each measure is not enough, rising or not; pairs of measures close most of
  the distance, and ways are such pairs: an active customer may be content for other reasons than one who hardly
  phones. What is left to boosting are combinations of three and more. The guess had nobody successful.
- **Households: nearly nothing is left.** One rising curve for each measure does as well as boosting. Gates as given lose,
  since one list of conditions must fit those who recommend the company and those who have a family at home; with three
  ways they get lists of their own.
- **Passengers: combinations.** Three ways lie between one curve a measure and pairs of measures. Boosting knows which
  combinations of four and five answers go together; more ways than three come closer to it, and are harder to read.

What the figures do not show: that closing a gap would bring the outcome about. Nobody changed anything and looked
again. And no set has two independent sources: all is what one company or one survey wrote down.
""".splitlines()


def page(found: Sequence[Found]) -> str:
    """Return the whole page."""
    names = ["the guess", "plain mean", "logistic regression", "as given", "3 ways", "boosting"]
    sizes = [[each.study.title, f"{each.learnt:,}", f"{len(each.good):,}", f"{each.good.mean():.0%}"] for each in found]
    areas = [[each.study.title, *(f"{each.figure(name)[0]:.3f}" for name in names)] for each in found]
    fit = ["the guess", "logistic regression", "as given", "3 ways", "boosting"]
    errors = [[each.study.title, *(f"{each.figure(name)[1]:.3f}" for name in fit)] for each in found]
    rungs = [LADDER[0], "as given", "3 ways", *LADDER[1:]]
    causes = [[each.study.title, *(f"{each.figure(name)[0]:.3f}" for name in rungs)] for each in found]
    head = ["", *STATES, "uncertain", "order"]
    states = {}
    for name in ("the guess", "as given", "3 ways"):
        told = [(each.study.title, *by_state(each, name)) for each in found]
        states[name] = table(head, [[title, *cells, order] for title, cells, order in told])
    parts: list[list[str]] = []
    for each in found:
        for segment in () if each.segment is None else dict.fromkeys(each.segment.tolist()):
            cells, order = by_state(each, "3 ways", each.segment == segment)
            parts.append([f"{each.study.title.split(',')[0]}: {segment}", *cells, order])
    more = [
        f"{each.study.title}: with {ways} ways {area:.3f}, ECE {error:.3f}."
        for each in found
        for ways in each.study.ways[1:]
        for area, error in [each.figure(f"{ways} ways")]
    ]
    return "\n".join(
        [
            *HEAD,
            table(["customers, outcome", "learnt from", "kept apart", "good outcome"], sizes),
            *AREAS,
            table(["", *names], areas),
            *(["", *more] if more else []),
            *ERRORS,
            table(["", *fit], errors),
            *ORDER,
            *(line for name in states for line in (f"### {name[0].upper()}{name[1:]}", "", states[name], "")),
            "### With three ways, in each segment",
            "",
            table(head, parts),
            *CAUSES,
            table(["", *rungs], causes),
            *READING,
        ]
    )


if __name__ == "__main__":
    print(page([run(study, *map(Path, sys.argv[1:])) for study in STUDIES]))
