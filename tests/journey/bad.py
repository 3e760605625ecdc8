"""Rows of bad input: what one argument is handed, and what is said of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomegap.errors import DataError, ModelError
from tests.churn.arguments import Bad
from tests.journey.asked import ASKED

#: What belongs to a model, and is told as a mistake in one.
OF_MODELS = ("Accountability", "Fit", "Milestone", "Milestones", "Phase", "Phases", "Rule", "phases")


def bad(name, argument, says, *values, error=None):
    """One row a value."""
    of_model = name.partition(".")[0] in OF_MODELS and name not in ("Milestones.progress", "Rule.answers")
    made = error or (ModelError if of_model else DataError)
    return [Bad(name, argument, value, says, made) for value in values]


def columns(name, *arguments, nothing=True):
    """Arguments that name a column of events or contacts: one that is not there, and what is no name."""
    found = []
    for argument in arguments:
        column = ASKED[name].good[argument]
        found += bad(
            name, argument, f"{argument}: there is no column '{column}_' .did you mean '{column}'", f"{column}_"
        )
        found += bad(name, argument, f"{argument} names a column .got", 3, ["who"], {"who": 1}, float("nan"))
        found += bad(name, argument, f"{argument} must name a column .got None", *([None] if nothing else []))
    return found


def of_frame(name, *arguments, nothing=("segment", "stage", "goal")):
    """Arguments that name a column of a frame that is scored."""
    found = []
    for argument in arguments:
        found += bad(name, argument, f"{argument} names a column .got", 3, ["id"], {"id": 1}, float("nan"), True)
        found += bad(name, argument, f"{argument} names a column .got None", *([None] if argument in nothing else []))
    return found


def events(name):
    """What every reading of events takes."""
    return [
        *bad(name, "events", "data: ", None, 3, "frame", {}, [1, 2], {"customer": ["A"], "event": []}),
        *bad(
            name,
            "as_of",
            f"{name.split('.')[-1]}: as_of: say at which moment to look",
            None,
            pd.NaT,
            np.datetime64("NaT"),
        ),
        *bad(name, "as_of", "as_of must be a date or time", "soon", "", 3, 20260101, ["2026-01-01"], True),
        *columns(name, "customer", "event", "time"),
        *bad(name, "customer", "customer: column 'none' is empty; name every customer .1 row: 0", "none"),
        *bad(name, "customer", "customer: column 'nested' holds lists or the like", "nested"),
        *bad(name, "event", "event: column 'none' is empty; name every event", "none"),
        *bad(name, "time", "time: column 'gone' is empty; say when .1 row: 1", "gone"),
        *bad(name, "time", "time: column 'soon' must hold times.*got 'soon'", "soon"),
        *bad(
            name,
            "time",
            r"time: column 'swapped' must hold times.*got '01\.02\.2026'.*; parse other forms first",
            "swapped",
        ),
        *bad(name, "time", "time: column 'number' must hold times", "number"),
    ]


def impression(name):
    """What a first impression takes."""
    return [
        *bad(name, "begins", "begins: no event 'logins' .*did you mean 'login'", "logins"),
        *bad(name, "begins", "begins: no event", "", 3, ["login"], float("nan")),
        *[row for length in ("minutes", "session_gap_minutes", "days") for row in bad(
            name, length, f"{length} must be a positive number", 0, -1, None, True, "5", float("nan"), float("inf"), [5])],
        *bad(name, "errors", "errors lists names of events", None, 3, "crash", [3], [None]),
    ]  # fmt: skip


NO_CONFIDENCE = (0, 1, -0.5, 95, True, None, "high", float("nan"), [0.9])
NO_LANGUAGE = ("eng", "", None, 3, ["en"], {})
NO_DAY = ("soon", "", 3, True, ["2026-01-01"], float("nan"), pd.NaT)
NO_NUMBER = (None, True, "3", float("nan"), float("inf"), [3], 10**400)
NO_TEXT = ("", " ", None, 3, ["x"])
