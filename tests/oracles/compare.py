"""Scores against exact answers: of the reference, or of the conformance vectors.

``python -m tests.oracles.compare 0 10000`` sweeps over the invented models of seeds 0 to 9999.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from outcomegap import Scorer
from outcomegap.model import OutcomeModel
from outcomegap.testing import random_model, random_rows
from tests.reference import score_rows

TOLERANCE = 1e-12

#: Name in an exact answer -> name in the scores.
NUMBERS = {
    "R": "required",
    "E": "experience",
    "D": "desired",
    "R_low": "required_low",
    "R_high": "required_high",
    "E_low": "experience_low",
    "E_high": "experience_high",
    "D_low": "low",
    "D_high": "high",
    "required_gap": "required_gap",
    "experience_gap": "experience_gap",
    "required_out_of_reach": "required_out_of_reach",
    "experience_out_of_reach": "experience_out_of_reach",
    "out_of_reach": "out_of_reach",
    "R_coverage": "required_coverage",
    "E_coverage": "experience_coverage",
    "coverage": "coverage",
}
STATES = ("state", "point_state")
STEPWISE = ("attribution", "leverage", "gain", "unknown")


def disagreements(scores: Any, answers: list[dict[str, Any]]) -> Iterator[str]:
    """Yield every number of the scores that is not the exact one (in the form of ``Answer.to_dict``)."""
    stepwise = {name: getattr(scores, name)() for name in STEPWISE}
    for row, answer in enumerate(answers):
        found = {name: getattr(scores, public)[row] for name, public in NUMBERS.items()}
        yield from (f"row {row}, {n}: {x}, not {answer[n]}" for n, x in found.items() if not near(x, answer[n]))
        for name in STATES:
            if getattr(scores, name)[row] != answer[name]:
                yield f"row {row}, {name}: {getattr(scores, name)[row]}, not {answer[name]}"
        for name, explanation in stepwise.items():
            values = dict(zip(explanation.steps, explanation.values[row], strict=True))
            for step, x in values.items():
                expected = answer[name].get(step, "0")  # steps of other cells, known steps among the unknown
                if not near(x, expected) and not (step not in answer[name] and math.isnan(x)):
                    yield f"row {row}, {name} of {step!r}: {x}, not {expected}"


def near(value: float, expected: str | None) -> bool:
    """Whether a float is the exact number, or NaN where there is none."""
    if expected is None or math.isnan(value):
        return expected is None and math.isnan(value)
    return abs(Fraction(float(value)) - Fraction(expected)) <= TOLERANCE


def against_reference(model: OutcomeModel, customers: Mapping[str, list[Any]]) -> list[str]:
    """Score customers both ways and return what differs."""
    answers = [answer.to_dict() for answer in score_rows(model, customers)]
    return list(disagreements(Scorer(model).score(dict(customers)), answers))


def sweep(seeds: range, rows: int = 2, **traits: Any) -> Iterator[str]:
    """Yield what differs on the invented models of some seeds; every other one takes numbers from columns."""
    for seed in seeds:
        model = random_model(seed, columns=seed % 2 == 0, **traits)
        yield from (f"seed {seed}, {text}" for text in against_reference(model, random_rows(seed, model, rows)))


if __name__ == "__main__":
    wrong = list(sweep(range(int(sys.argv[1]), int(sys.argv[2]))))
    sys.stdout.write("\n".join([*wrong[:50], f"{len(wrong)} disagreements"]) + "\n")
    sys.exit(bool(wrong))
