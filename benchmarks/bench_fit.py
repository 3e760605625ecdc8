"""A fit of 24 steps to 100,000 customers, beside scikit-learn's logistic regression of the same columns.

Run ``python -m benchmarks.bench_fit [CUSTOMERS]``. Three segments of two stages, half of the steps required, 5 % of
values missing. Without cross-validation; seconds are those of the clock.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

import outcomegap as og

CUSTOMERS, STEPS, MISSING = 100_000, 24, 0.05


def model_of(steps: int = STEPS) -> og.OutcomeModel:
    """Return a model, half of its steps required."""
    half = steps // 2
    needs = [og.SuccessGap(f"gap {n}", og.Measure(f"m{n}"), floor=0, target=1) for n in range(half)]
    expects = [og.Expectation(f"wish {n}", og.Measure(f"m{n}"), floor=0, target=1) for n in range(half, steps)]
    outcome = og.DesiredOutcome(
        og.RequiredOutcome("required", needs=og.AllOf(*needs)),
        og.AppropriateExperience("suits", expects=og.Mean(*expects)),
    )
    cells = {"segments": ["small", "middle", "large"], "stages": ["new", "known"]}
    return og.OutcomeModel("24 steps", desired_outcomes=[outcome], **cells)


def customers_of(model: og.OutcomeModel, size: int) -> dict[str, Any]:
    """Return customers, with outcomes for which a third of the steps matter."""
    chance = np.random.default_rng(1)
    frame: dict[str, Any] = {measure.name: chance.random(size) for measure in model.measures}
    frame |= {"segment": chance.choice(model.segment_names, size), "stage": chance.choice(model.stage_names, size)}
    desired = np.prod([1 - 0.5 * (1 - frame[f"m{n}"]) for n in range(0, STEPS, 3)], axis=0)
    frame["good"] = (chance.random(size) < desired).astype(int)
    for measure in model.measures:
        frame[measure.name][chance.random(size) < MISSING] = np.nan
    return frame


def main(size: int = CUSTOMERS) -> None:
    """Print the seconds of each."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from outcomegap.stats import auc

    model = model_of()
    frame = customers_of(model, size)
    for structure in ("as given", "find ways"):
        start = time.perf_counter()
        fitted = og.learn.fit(model, frame, "good", structure=structure, folds=0)
        seconds = time.perf_counter() - start
        area = auc(og.Scorer(fitted.model).score(frame).desired, frame["good"]).value
        print(f"fit, {structure:9} {size:,} x {STEPS}: {seconds:6.1f} s, AUC {area:.3f}")
    start = time.perf_counter()
    columns = np.column_stack([np.nan_to_num(frame[m.name], nan=0.5) for m in model.measures])
    cells = [frame[axis] == name for axis in ("segment", "stage") for name in np.unique(frame[axis])]
    table = np.column_stack([columns, *cells])
    regression = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(table, frame["good"])
    seconds = time.perf_counter() - start
    area = auc(regression.predict_proba(table)[:, 1], frame["good"]).value
    print(f"logistic regression  {size:,} x {STEPS}: {seconds:6.1f} s, AUC {area:.3f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
