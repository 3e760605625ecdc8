"""Write the fitted models of the gallery: what they are fitted to, and what a check on customers kept apart found.

Run: ``python -m benchmarks.fit_gallery [NAME ...]`` (airline-fitted, telco-fitted) from the root of the project, beside
``../shared/data``. A model is fitted to four fifths of the customers and checked on the others.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import attrs

import outcomegap as og
from benchmarks.study_airline import SHARED
from benchmarks.study_proof import STUDIES, Study, fifth, parted

HERE = Path(og.gallery.__file__).parent
#: Which study, and the name and description of the model.
MADE = {
    "airline-fitted": (
        "passengers, satisfied",
        "Commercial airline, fitted",
        (
            "The steps of the model 'airline', with numbers from what passengers say of their satisfaction. Curves, weights, "
            "what a missing answer stands for, thresholds and the three ways are fitted; measures, owners and remedies are "
            "those of 'airline'."
        ),
    ),
    "telco-fitted": (
        "households, stay",
        "Household telecommunications, fitted",
        (
            "Who stays with a telecommunications company (a sample of IBM about a fictional one). Curves, weights, thresholds "
            "and the three ways are fitted; measures, steps, their directions, owners and remedies are a modeller's."
        ),
    ),
}


def kept(name: str, folder: Path = SHARED) -> tuple[Study, Any, Any]:
    """Return the study that a model of the gallery belongs to, the customers it learnt from, and those kept apart."""
    study = attrs.evolve(next(each for each in STUDIES if each.title == MADE[name][0]), apart=fifth)
    return study, *parted(study, folder)[0]


def made(name: str, folder: Path = SHARED) -> og.OutcomeModel:
    """Fit and check one model of the gallery."""
    study, learn, test = kept(name, folder)
    _, called, about = MADE[name]
    before = attrs.evolve(study.model(), name=called, description=about)
    data = study.source.split(".")[0]
    asked = {"structure": "find ways", "folds": 0, "data": f"{data} (four fifths)"}
    fitted = og.learn.fit(before, learn, study.outcome, good=study.good, **asked)
    model = fitted.model
    found = og.learn.validate(model, test, study.outcome, good=study.good, data=f"{data} (a fifth, kept apart)")
    print(fitted.report.text(), found.text(), sep="\n\n", flush=True)
    return model.with_verdict(found.verdict)


if __name__ == "__main__":
    for name in sys.argv[1:] or MADE:
        (HERE / f"{name}.toml").write_text(og.dumps(made(name)), encoding="utf-8")
