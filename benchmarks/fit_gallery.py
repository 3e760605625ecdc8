"""Write the fitted models of the gallery: what they are fitted to, and what a check on customers kept apart found.

Run: ``python -m benchmarks.fit_gallery [NAME ...]`` (airline-fitted, telco-fitted) from the root of the project, beside
``../shared/data``. A model is fitted to four fifths of the customers and checked on the others.
"""

from __future__ import annotations

import sys
from pathlib import Path

import attrs

import outcomegap as og
from benchmarks.study_airline import SHARED
from benchmarks.study_proof import STUDIES, parted

HERE = Path(og.gallery.__file__).parent
MADE = {
    "airline-fitted": (
        "passengers, satisfied",
        "Commercial airline, fitted",
        (
            "The steps of the model 'airline', with numbers from what {learnt:,} passengers of a public survey said of their "
            "satisfaction (four fifths of 103,904): curves, weights, what a missing answer stands for, and thresholds are "
            "fitted by og.learn.fit; measures, owners and remedies are those of 'airline'. The experience is any of three ways."
        ),
    ),
    "telco-fitted": (
        "households, stay",
        "Household telecommunications, fitted",
        (
            "Who stays with a telecommunications company (a sample of IBM about a fictional one): curves, weights and "
            "thresholds are fitted by og.learn.fit to {learnt:,} households, four fifths of 5,287; measures, steps, owners and "
            "remedies are a modeller's. The experience is any of three ways."
        ),
    ),
}


def made(name: str, folder: Path = SHARED) -> og.OutcomeModel:
    """Fit and check one model of the gallery."""
    title, called, about = MADE[name]
    study = next(each for each in STUDIES if each.title == title)
    learn, test = parted(study, folder)
    before = attrs.evolve(study.model(), name=called, description=about.format(learnt=len(learn)))
    fitted = og.learn.fit(before, learn, study.outcome, good=study.good, structure="find ways")
    data = f"a fifth of {study.source.split('.')[0]}, kept apart"
    found = og.learn.validate(fitted.model, test, study.outcome, good=study.good, data=data)
    print(fitted.report.text(), found.text(), sep="\n\n", flush=True)
    return fitted.model.with_verdict(found.verdict)


if __name__ == "__main__":
    for name in sys.argv[1:] or MADE:
        (HERE / f"{name}.toml").write_text(og.dumps(made(name)), encoding="utf-8")
