"""How far fitted models hold on four sets of real customers, and what a score without readable steps knows more.

Run: ``python -m benchmarks.study_proof [FOLDER]`` with the folder of the four sets (by default ``../shared/data``). It
prints docs/proof.md, which is kept as printed. Every figure is of customers whom the model, or the baseline, had not
seen: `outcomegap.learn.fit` fits a model to the others; it is written to text, read again, and scores these.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

import outcomegap as og
from benchmarks.study_airline import SHARED, table
from outcomegap.frames import wrap
from outcomegap.learn.figures import auc, ece, in_order, rates

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
    apart: Callable[[og.OutcomeModel, Any], Array]
    ways: tuple[int, ...] = (3,)


def fifth(model: og.OutcomeModel, frame: Any) -> Array:
    """Keep a fifth apart, drawn at random; customers alike in all measures stay together."""
    values = np.column_stack([np.asarray(frame[m.name], dtype=np.float64) for m in model.measures])
    _, alike = np.unique(np.nan_to_num(values, nan=-1e300), axis=0, return_inverse=True)
    drawn = np.random.default_rng(11).random(alike.max() + 1) < 0.2
    return drawn[alike.reshape(-1)]


def next_courses(model: og.OutcomeModel, frame: Any) -> Array:  # noqa: ARG001
    """Learn from the courses that began in February 2013, keep those of October apart."""
    return np.asarray(frame["code_presentation"]) == "2013J"


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
    Study("phone customers, stay", structure("iranian-churn"), "iranian_churn.csv.gz", "churn", (0,), fifth),
    Study("households, stay", structure("telco"), "telco.csv.gz", "churn_value", (0,), fifth),
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
    seconds: dict[str, float]

    def figure(self, name: str) -> tuple[float, float]:
        """Return area under the curve and calibration error of a score, of the customers that it scores."""
        known = ~np.isnan(self.said[name])
        return auc(self.said[name][known], self.good[known]).value, ece(self.said[name][known], self.good[known])


def parted(study: Study, folder: Path = SHARED) -> tuple[Any, Any]:
    """Return the customers to learn from, and those kept apart."""
    model = study.model()
    frame = wrap(og.read_customers(model, folder / study.source).frame)
    apart = study.apart(model, frame.native())
    return frame.filter(~apart).native(), frame.filter(apart).native()


def run(study: Study, folder: Path = SHARED) -> Found:
    """Fit, and score those kept apart."""
    model = study.model()
    learn, test = parted(study, folder)
    good = np.isin(np.asarray(test[study.outcome]), study.good).astype(np.float64)
    before = og.Scorer(model).score(test)
    said, states, seconds = {"the guess": before.desired}, {"the guess": before.state}, {}
    with np.errstate(all="ignore"):
        said["plain mean"] = np.nanmean(og.attainments(og.Scorer(model), test), axis=1)
    for ways in (0, *study.ways):
        name, start = f"{ways} ways" if ways else "as given", time.perf_counter()
        asked: dict[str, Any] = {"structure": "find ways", "ways": ways} if ways else {}
        fitted = og.learn.fit(model, learn, study.outcome, good=study.good, **asked)
        seconds[name] = time.perf_counter() - start
        scores = og.Scorer(og.loads(og.dumps(fitted.model))).score(test)
        said[name], states[name] = scores.desired, scores.state
    said |= dict(without_steps(study, model, learn, test))
    segment = np.asarray(test["segment"]) if "segment" in wrap(test) else None
    return Found(study, len(learn), good, said, states, segment, seconds)


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
    return f"{100 * rate:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def by_state(found: Found, name: str, rows: Array | None = None) -> tuple[list[str], str]:
    """Return the outcome rate of each state, with its interval and share of customers, and whether they are in order."""
    rows = np.ones(len(found.good), dtype=bool) if rows is None else rows
    state = found.states[name]
    known = rows & np.isin(state, STATES)
    told = rates(np.array([STATES.index(each) for each in state[known]]), 3, found.good[known])
    numbers = [told[key] for key in ("rate", "low", "high")]
    share = told["customers"] / rows.sum()
    cells = [f"{percents(*each)}, {part:.0%}" for *each, part in zip(*numbers, share, strict=True)]
    return [*cells, f"{1 - known.sum() / rows.sum():.0%}"], in_order(*numbers)


def tables(studies: Sequence[Found]) -> list[str]:
    """Return what was found, as tables."""
    names = ["the guess", "plain mean", "logistic regression", "as given", "3 ways", "boosting"]
    rows = []
    for found in studies:
        figures = [found.figure(name) for name in names]
        told = [
            f"{area:.3f}" if name == "plain mean" else f"{area:.3f} / {error:.3f}"
            for name, (area, error) in zip(names, figures, strict=True)
        ]
        rows.append([found.study.title, f"{found.learnt:,}", f"{len(found.good):,}", *told])
    parts = [table(["customers, outcome", "learnt from", "kept apart", *names], rows)]
    head = ["", "failing", "tolerating", "successful", "uncertain", "order"]
    for name in ("the guess", "as given", "3 ways"):
        told = [(found.study.title, *by_state(found, name)) for found in studies]
        parts += [
            f"### {name[0].upper()}{name[1:]}",
            table(head, [[title, *cells, order] for title, cells, order in told]),
        ]
    return parts


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if sys.argv[1:] else SHARED
    for study in STUDIES:
        found = run(study, folder)
        for name in found.said:
            print(
                study.title,
                name,
                *(f"{each:.4f}" for each in found.figure(name)),
                f"{found.seconds.get(name, 0):.0f}s",
                flush=True,
            )
        for name in found.states:
            print(name, by_state(found, name))
            for segment in np.unique(found.segment) if found.segment is not None else ():
                print("   ", segment, by_state(found, name, found.segment == segment))
