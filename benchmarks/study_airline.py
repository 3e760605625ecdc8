"""How the built-in airline score relates to what 103,904 passengers say of their satisfaction.

Run: ``python -m benchmarks.study_airline [FOLDER]`` with the folder that holds ``airline.csv.gz`` (by default
``../shared/data``). It prints docs/airline-study.md, which is kept as printed. The score is not fitted to anything; the
logistic regression is, on one half of the passengers, and is measured on the other.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

import outcomegap as og

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def auc(score: np.ndarray, happy: np.ndarray) -> float:
    """Chance that a satisfied passenger scores above another, ties counting half."""
    from sklearn.metrics import roc_auc_score

    known = ~np.isnan(score)
    return float(roc_auc_score(happy[known], score[known]))


def mean_of_ratings(columns: dict[str, np.ndarray], names: list[str]) -> np.ndarray:
    """The common health score: an unweighted mean of the ratings that are there."""
    with np.errstate(invalid="ignore"):
        return np.nanmean([columns[name] for name in names], axis=0)


def regression(columns: dict[str, np.ndarray], happy: np.ndarray) -> np.ndarray:
    """Fitted on even rows; NaN there, predictions on odd rows: what the same measures can tell at most so simply."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table = np.column_stack([np.nan_to_num(c, nan=float(np.nanmedian(c))) for c in columns.values()])
    odd = np.arange(len(happy)) % 2 == 1
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(table[~odd], happy[~odd])
    found = np.full(len(happy), np.nan)
    found[odd] = model.predict_proba(table[odd])[:, 1]
    return found


def table(headers: list[str], rows: list[list[str]]) -> str:
    """Write a Markdown table."""
    lines = ["| " + " | ".join(headers) + " |", "|" + " --- |" * len(headers)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def page(folder: Path = SHARED) -> str:
    """Return the whole page."""
    model = og.gallery.load("airline")
    frame = og.read_customers(model, folder / "airline.csv.gz").frame
    scores = og.Scorer(model).score(frame)
    happy = np.asarray(frame["satisfaction"]) == "satisfied"
    columns = {m.name: np.asarray(frame[m.name], dtype=np.float64) for m in model.measures}
    ratings = [name for name in columns if "delay" not in name]
    ways = {
        "D, the desired outcome": scores.desired,
        "R, the required outcome": scores.required,
        "E, the appropriate experience": scores.experience,
        "mean of the ratings": mean_of_ratings(columns, ratings),
        "logistic regression, fitted": regression(columns, happy),
    }
    segment = np.asarray(frame["segment"])
    stage = np.asarray(frame["stage"])
    everyone = np.ones(len(happy), dtype=bool)
    parts: list[tuple[str, Any]] = [("all passengers", everyone)]
    parts += [(name, segment == name) for name in model.segment_names]
    parts += [(name, stage == name) for name in model.stage_names]
    by_state = [
        [state, f"{(where := scores.state == state).sum():,}", f"{happy[where].mean():.1%}"]
        for state in ("failing", "tolerating", "uncertain", "successful")
    ]
    groups = scores.by("segment")
    return "\n".join(
        [
            "# The airline score compared with what passengers say",
            "",
            "<!-- printed by: python -m benchmarks.study_airline -->",
            "",
            f"The built-in airline model, unchanged, scores {len(happy):,} passengers of a public survey. Its floors, targets",
            "and gates follow the story of the traveller (see the [airline page](gallery/airline.md)); nothing in it is",
            "fitted to `satisfaction`.",
            "",
            "## The score, segment by segment",
            "",
            table(
                ["segment", "passengers", "D", "R", "E", "successful", "largest gap", "its share of the gap"],
                [
                    [
                        g.key["segment"] + ("" if g.ideal else " (not ideal)"),
                        f"{g.customers:,}",
                        f"{g.desired:.3f}",
                        f"{g.required:.3f}",
                        f"{g.experience:.3f}",
                        f"{np.mean(scores.state[segment == g.key['segment']] == 'successful'):.1%}",
                        g.gaps[0].name,
                        f"{g.gaps[0].share:.1%}",
                    ]
                    for g in groups
                ],
            ),
            "",
            "## Who is satisfied",
            "",
            f"Of all passengers {happy.mean():.1%} say that they are satisfied. By state:",
            "",
            table(["state", "passengers", "satisfied"], by_state),
            "",
            "## How well a score separates the satisfied from the others",
            "",
            "Area under the ROC curve: the chance that a satisfied passenger scores above one who is not (0.5 is chance).",
            "",
            table(
                ["", *ways],
                [[name, *(f"{auc(score[mask], happy[mask]):.3f}" for score in ways.values())] for name, mask in parts],
            ),
            "",
            *READING,
        ]
    )


READING = [
    "## How to read it",
    "",
    "The state separates best: passengers who reached the outcome, but not in the way they wanted (tolerating), are",
    "hardly ever satisfied. As a ranking of passengers by satisfaction, D is weak: overall it is worse than a plain mean",
    "of the ratings, and R alone is no better than chance. In this survey passengers who rate the gate or the times of",
    "their flight highly are not the satisfied ones, so satisfaction does not depend on the two gaps that make up most of",
    "the distance here. E is the useful part: in both business segments it is slightly ahead of the mean of the ratings;",
    "elsewhere it is level or behind. The regression beats all of them, as it should: it was fitted to the answers.",
    "",
    "The table cannot show two things: whether closing a gap would have satisfied anybody, and whether anybody came back.",
    "The survey asks only once.",
]


if __name__ == "__main__":
    print(page(*(Path(a) for a in sys.argv[1:2])))
