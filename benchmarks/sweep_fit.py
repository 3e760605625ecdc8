"""Whether 95 % intervals of fitted numbers hold the truth in 93 to 97 % of simulations: ``make sweep``.

Customers of a known model of four steps, one of them missing for a tenth, are simulated and fitted again and again.
Counted are the numbers that the data tell and that are inside their bounds and unpenalized; beside them stand the
others. A value of 0.3 stands for the answer that is missing, and curves are straight.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from typing import Any

import numpy as np

import outcomegap as og

SIMULATIONS, CUSTOMERS, LEVELS, MISSING = 1_000, 4_000, np.linspace(0, 1, 5), 0.1
NECESSITY = {"a": 0.6, "b": 0.3, "e": 0.5, "f": 0.4}
STANDS_FOR = 0.3


def model_of() -> og.OutcomeModel:
    """Return the model that is fitted: all four steps are conditions."""
    kinds = {"a": og.SuccessGap, "b": og.SuccessGap, "e": og.Expectation, "f": og.Expectation}
    a, b, e, f = (kind(name, og.Measure(f"m_{name}"), floor=0, target=1) for name, kind in kinds.items())
    required = og.RequiredOutcome("required", needs=og.AllOf(a, b))
    suits = og.AppropriateExperience("suits", expects=og.AllOf(e, f))
    return og.OutcomeModel("simulated", desired_outcomes=[og.DesiredOutcome(required, suits, min_coverage=0)])


def simulated(seed: int) -> dict[str, Any]:
    """Return customers whose outcome is drawn with probability D."""
    chance = np.random.default_rng(seed)
    frame = {f"m_{name}": chance.choice(LEVELS, CUSTOMERS) for name in NECESSITY}
    frame["m_e"][chance.random(CUSTOMERS) < MISSING] = np.nan
    desired = np.ones(CUSTOMERS)
    for name, necessity in NECESSITY.items():
        desired *= 1 - necessity * (1 - np.nan_to_num(frame[f"m_{name}"], nan=STANDS_FOR))
    return {**frame, "good": (chance.random(CUSTOMERS) < desired).astype(int)}


def truth(row: dict[str, Any]) -> float:
    """Return what a fitted number should be."""
    if row["what"] == "missing":
        return STANDS_FOR
    return float(row["what"].split()[-1]) if row["what"].startswith("curve") else NECESSITY[row["step"]]


def main(simulations: int = SIMULATIONS) -> bool:
    """Print the coverage of each number, and return whether that of all is between 93 and 97 %."""
    held, errors = defaultdict[str, list[bool]](list), defaultdict[str, list[float]](list)
    start, model = time.perf_counter(), model_of()
    for seed in range(simulations):
        fitted = og.learn.fit(model, simulated(seed), "good", folds=0)
        for row in fitted.report.parts["numbers"]:
            name, true = f"{row['step']}: {row['what'].split(' in ')[0]}", truth(row)
            errors[name].append(row["value"] - true)
            if row["told"]:
                held[name].append(row["low"] <= true <= row["high"])
    for name, found in errors.items():
        inside = held[name]
        share = f"{100 * np.mean(inside):5.1f} % of {len(inside):,}" if inside else "never told"
        print(f"{name:22} covered {share:18} mean error {np.mean(found):+.4f}, spread {np.std(found):.4f}")
    plain = [each for name, found in held.items() if "curve" not in name for each in found]
    everything = [each for found in held.values() for each in found]
    seconds = time.perf_counter() - start
    print(f"necessities and what is missing: {100 * np.mean(plain):.1f} % of {len(plain):,}; with curves: ", end="")
    print(f"{100 * np.mean(everything):.1f} % of {len(everything):,}; {simulations:,} simulations in {seconds:.0f} s")
    return bool(0.93 <= np.mean(plain) <= 0.97 and 0.93 <= np.mean(everything) <= 0.97)


if __name__ == "__main__":
    sys.exit(not main(*map(int, sys.argv[1:])))
