"""Bad input for every argument of everything public in og.journey."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap import journey
from outcomegap.errors import ModelError
from tests.churn.arguments import arguments_of, check_bad, check_junk
from tests.journey.asked import (
    ASKED,
    EIGHT,
    FIT,
    HISTORY,
    MODEL,
    PLACED,
    PROSPECTS,
    ROWS,
    RULE,
    SCORES,
    STAGED,
    STEPS,
)
from tests.journey.bad import (
    NO_CONFIDENCE,
    NO_DAY,
    NO_LANGUAGE,
    NO_NUMBER,
    NO_TEXT,
    bad,
    columns,
    events,
    impression,
    of_frame,
)

#: Classes that only a function or a method makes: nobody calls them.
MADE = {
    "Alarm": "History.alarm",
    "FirstHundredDays": "first_hundred_days",
    "FirstImpression": "first_impression",
    "GapStatus": "gap_status",
    "LookAhead": "look_ahead",
    "Progress": "Milestones.progress",
    "Promises": "promises",
    "Spectrum": "spectrum",
    "SuccessPotential": "potential",
    "SuccessVector": "success_vector",
    "Trend": "theil_sen",
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Files are written beside nothing that matters; a saved history is there to be loaded."""
    monkeypatch.chdir(tmp_path)
    HISTORY.save("saved")
    (tmp_path / "file.txt").write_text("x", encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.txt").write_text("x", encoding="utf-8")


TABLE = [
    # The first hundred days
    *events("first_hundred_days"),
    *bad("first_hundred_days", "phases", "phases: is what og.journey.phases", {"admit": 3}, "admit", 3, error=ModelError),
    *bad("first_hundred_days", "clock", "clock: 'admitt' .* .did you mean 'admit'", "admitt", error=ModelError),
    *bad("first_hundred_days", "clock", "is the event of a phase.*clock='admit'", "contract_signed", error=ModelError),
    *bad("first_hundred_days", "clock", "first_hundred_days.clock", "", 3, ["admit"], error=ModelError),
    *bad("first_hundred_days", "horizon_days", "horizon_days: must be a positive", 0, -1, *NO_NUMBER[1:], error=ModelError),
    *bad("first_hundred_days", "windows", "windows: must be a table by phase", 3, "admit", [3], error=ModelError),
    *bad("first_hundred_days", "windows", "windows.admitt: .*did you mean 'admit'", {"admitt": 3}, error=ModelError),
    *bad("first_hundred_days", "windows", "windows.admit: must be a positive", {"admit": 0}, {"admit": "3"}, error=ModelError),
    *bad("first_hundred_days", "confidence", "confidence must be a number", *NO_CONFIDENCE),
    *bad("FirstHundredDays.__getitem__", "customer", "no customer", "AA", "", None, 3, ["A"], float("nan"), {}),
    *impression("FirstHundredDays.first_impression"),
    *events("first_impression"),
    *impression("first_impression"),
    *bad("first_impression", "confidence", "confidence must be a number", *NO_CONFIDENCE),
    # Phases
    *bad("phases", "evidence", "evidence: must be a table by phase", 3, "admit", ["x"]),
    *bad("phases", "evidence", "evidence.admitt: .*did you mean 'admit'", {"admitt": "x"}),
    *bad("phases", "evidence", "evidence.admit: must", {"admit": ""}, {"admit": 3}),
    *bad("phases", "evidence", "evidence.admit: must be text, or a list of texts", {"admit": 3}, {"admit": {"a": 1}}),
    *bad("phases", "evidence", "evidence.admit: names no event", {"admit": []}),
    *bad("phases", "evidence", "evidence.admit: lists texts", {"admit": [3]}, {"admit": ["signed", " "]}),
    *bad("phases", "evidence", "evidence.admit: names 'signed' twice", {"admit": ["signed", "signed"]}),
    *bad("phases", "evidence", "proves 'admit' already", {"affirm": "contract_signed"}, {"affirm": ["x", "contract_signed"]}),
    *bad("phases", "window_days", "window_days: must be a table by phase", 3, "admit", [3]),
    *bad("phases", "window_days", "window_days.admit: must be a positive", {"admit": 0}, {"admit": "3"}, {"admit": True}),
    *bad("phases", "clock_starts", "clock_starts: .*did you mean 'admit'", "admitt"),
    *bad("phases", "clock_starts", "clock_starts: 'contract_signed' is the event of a phase.*='admit'", "contract_signed"),
    *bad("phases", "clock_starts", "clock_starts: ", "", 3, ["admit"]),
    *bad("phases", "horizon_days", "horizon_days: must be a positive", 0, -1, *NO_NUMBER[1:]),
    *bad("Phase", "id", "id: .*did you mean 'admit'", "admitt"),
    *bad("Phase", "id", "id: .* is none of them", *NO_TEXT),
    *bad("Phase", "number", "number: is a whole number from 1 to 8", 0, 9, 1.5, True, None, "2"),
    *bad("Phase", "labels", "labels", {}, None, 3, "Admit", {"en": ""}, {3: "x"}),
    *[row for field in ("feels", "act") for row in bad("Phase", field, f"phases.admit.{field}: must", *NO_TEXT)],
    *bad("Phase", "evidence", "phases.admit.evidence: must", *NO_TEXT[:-1], [3], [" "], {"x": 1}),
    *bad("Phase", "evidence", "phases.admit.evidence: names no event", []),
    *bad("Phase", "evidence", "phases.admit.evidence: names 'x' twice", ["x", "x"]),
    *bad("Phase", "window_days", "window_days: must be a positive", 0, -1, *NO_NUMBER[1:]),
    *bad("Phase.label", "language", "phases.admit: has no label in", *NO_LANGUAGE),
    *bad("Phases", "items", "items: are og.journey.Phase objects, the eight in their order", None, 3, "admit", (), ["admit"],
         EIGHT.items[:7], EIGHT.items[::-1]),
    *bad("Phases", "clock_starts", "clock_starts: .*did you mean 'admit'", "admitt"),
    *bad("Phases", "clock_starts", "clock_starts: .* is none of them", *NO_TEXT),
    *bad("Phases", "horizon_days", "horizon_days: must be a positive", 0, -1, *NO_NUMBER),
    *bad("Phases.__getitem__", "name", "no phase 'admitt' .did you mean 'admit'", "admitt"),
    *bad("Phases.__getitem__", "name", "no phase", *NO_TEXT),
    *bad("Phases.after", "name", "no phase", "admitt", *NO_TEXT),
    *bad("Phases.proved_by", "event", "an event is named by text", None, 3, ["x"], float("nan")),
    # Ahead
    *bad("look_ahead", "scorer", "look_ahead: scorer is an og.Scorer", None, 3, "phone", STAGED),
    *bad("look_ahead", "customers", "no data frame|no columns|in length|cannot score|scored by another model", None, 3, {},
         "frame", {"segment": ["firm"], "stage": []}, {"stage": ["early"]}, SCORES),
    *bad("look_ahead", "to", "to is 'next' or a stage .got 'lat'. .did you mean 'late'", "lat"),
    *bad("look_ahead", "to", "to is 'next' or a stage", "", None, 3, ["late"]),
    *of_frame("look_ahead", "segment", "stage", "goal", "id"),
    *bad("look_ahead", "segment", "there is no column 'segmant' .did you mean 'segment'", "segmant"),
    *bad("look_ahead", "stage", "there is no column 'stag' .did you mean 'stage'", "stag"),
    *bad("look_ahead", "id", "there is no column 'idd' .did you mean 'id'", "idd"),
    *bad("LookAhead.to_frame", "steps", "steps is True or False", None, 1, "yes", ["calls made"]),
    # History
    *bad("History", "models", "History.models", None, 3, "phone", {}, [], {"2026-01-01": 3}, error=ModelError),
    *bad("History", "models", "History: models: a day is a date", {"soon": MODEL}, {None: MODEL}, {3: MODEL}),
    *bad("History.add", "date", "History.add: date: a day is a date", None, *NO_DAY),
    *bad("History.add", "date", "2026-01-01 is there already", "2026-01-01", "2026-01-01T23:00"),
    *bad("History.add", "customers", "no data frame|no columns|in length|cannot score|by another", None, 3, {}, "frame",
         {"id": ["A"], "calls": []}, {"calls": [1]}, og.Scorer(STAGED).score(PLACED)),
    *bad("History.add", "customers", "missing-id|is empty", ROWS | {"id": ["A", None]}),
    *bad("History.add", "customers", "names are unique", ROWS | {"id": ["A", "A"]}),
    *bad("History.add", "customers", "make both the same type", ROWS | {"id": [1, 2]}),
    *bad("History.remove", "date", "remove: a day is a date", None, *NO_DAY),
    *bad("History.remove", "date", "nothing was scored on 2026-01-02", "2026-01-02"),
    *of_frame("History.add", "segment", "stage", "goal", "id"),
    *bad("History.add", "id", "there is no column 'idd' .did you mean 'id'", "idd"),
    *bad("History.add", "on_bad", "on_bad", "rais", None, 3, True),
    *bad("History.model_at", "date", "model_at: a day is a date", None, *NO_DAY),
    *bad("History.scores", "date", "scores: a day is a date", None, *NO_DAY),
    *bad("History.scores", "date", "nothing was scored on 2026-01-02", "2026-01-02"),
    *bad("History.change", "date", "a day is a date", *NO_DAY),
    *bad("History.change", "date", "nothing was scored on 2026-01-02", "2026-01-02"),
    *bad("History.change", "date", "there is no scoring before it", "2026-01-01"),
    *bad("History.series", "customer", "no customer 'AA'", "AA"),
    *bad("History.series", "customer", "no customer", "", None, 3, ["A"], {}, float("nan")),
    *bad("History.trend", "of", "of is one of .*did you mean 'desired'", "desire"),
    *bad("History.trend", "of", "of is one of", "", None, 3, ["desired"]),
    *bad("History.trend", "since", "trend: since: a day is a date", *NO_DAY),
    *bad("History.trend", "per_days", "per_days is a positive number", 0, -1, *NO_NUMBER),
    *bad("History.trend", "confidence", "confidence must be a number", *NO_CONFIDENCE),
    *bad("History.fired", "rules", "is no og.journey.Rule", None, 3, "failing", ["failing"], {"failing": 1}, error=ModelError),
    *bad("History.fired", "rules", "name one rule or more", [], error=ModelError),
    *bad("History.fired", "rules", "two rules have this name", [RULE, RULE], error=ModelError),
    *bad("History.fired", "rules", "no step 'call made' .did you mean 'calls made'",
         journey.Rule("x", when={"step_below": {"call made": 0.5}}), error=ModelError),
    *bad("History.alarm", "left", "data: ", None, 3, {}, "frame", {"who": ["A"], "when": []}),
    *columns("History.alarm", "customer", "time"),
    *bad("History.alarm", "customer", "customer: column 'none' is empty", "none"),
    *bad("History.alarm", "time", "time: column 'soon' must hold times", "soon"),
    *bad("History.alarm", "time", "time: column 'none' is empty; say when", "none"),
    *bad("History.alarm", "periods", "periods are three days", None, 3, "2026", (), ("2026-01-01", "2026-02-01")),
    *bad("History.alarm", "periods", "periods: a day is a date", ("2026-01-01", "soon", "2026-03-01"), (1, 2, 3)),
    *bad("History.alarm", "periods", "in order", ("2026-03-01", "2026-02-01", "2026-01-01"), ("2026-01-01",) * 3),
    *bad("History.alarm", "periods", "a scoring up to 2025", ("2025-01-01", "2025-02-01", "2025-03-01")),
    *bad("History.alarm", "margin", "margin is a number in", -0.1, 1.1, *NO_NUMBER),
    *bad("History.alarm", "worth_naming", "worth_naming is a number of times", 1, 0.5, -2, *NO_NUMBER),
    *bad("History.alarm", "confidence", "confidence is a number above 0.5", 0.5, 0.1, *NO_CONFIDENCE),
    *bad("History.alarm", "test", "test is 'poisson' or 'proportions'", "t", "", None, 3, ["poisson"]),
    *bad("History.save", "path", "save: path names a folder", None, 3, ["there"], b"there", "\0", True),
    *bad("History.save", "path", "is a file; a history is saved as a folder", "file.txt"),
    *bad("History.save", "path", "holds something else", "other"),
    *bad("History.save", "suffix", "suffix is one of", ".csv", "json", "", None, 3, [".json"]),
    *bad("load_history", "path", "load_history: path names a folder", None, 3, ["saved"], b"saved", "\0", True),
    *bad("load_history", "path", "holds no saved history", "nowhere", "other"),
    *[row for own in ("curves", "gates", "joins") for row in bad("load_history", own, own, 3, "smooth", ["smooth"])],
    # Rules
    *bad("Rule", "name", "name: must", *NO_TEXT),
    *bad("Rule", "when", "when: is a table with one of", None, 3, "failing", {}, ["state"]),
    *bad("Rule", "when", "when.stat: .*did you mean 'state'", {"stat": "failing"}),
    *bad("Rule", "when", "when.state: .*did you mean 'failing'", {"state": "failling"}),
    *bad("Rule", "when", "when.state: ", {"state": []}, {"state": None}, {"state": 3}),
    *bad("Rule", "when", "when.below.desire: .*did you mean 'desired'", {"below": {"desire": 0.5}}),
    *bad("Rule", "when", "must be a finite number", {"below": {"desired": "0.5"}}, {"step_below": {"x": float("nan")}}),
    *bad("Rule", "for_days", "for_days: must be a number of days, 0 or more", -1, *NO_NUMBER),
    *bad("Rule", "max_gap_days", "max_gap_days: must be a number of days, positive", 0, -1, *NO_NUMBER[1:]),
    *bad("Rule.answers", "scores", "answers: scores is what Scorer.score returned", None, 3, ROWS, MODEL),
    # The spectrum
    *bad("spectrum", "contacts", "data: ", None, 3, {}, "frame", {"customer": ["A"], "time": []}),
    *columns("spectrum", "customer", "time", "kind", "satisfaction"),
    *columns("spectrum", "before", nothing=False),
    *bad("spectrum", "customer", "customer: column 'none' is empty", "none"),
    *bad("spectrum", "time", "time: column 'soon' must hold times", "soon"),
    *bad("spectrum", "kind", "kind: column 'none' is empty; name every kind", "none"),
    *[row for side in ("satisfaction", "before") for row in (
        *bad("spectrum", side, f"{side}: column 'above' holds 11.0, more than 10", "above"),
        *bad("spectrum", side, f"{side}: column 'minus' holds -1.0, less than 0", "minus"),
        *bad("spectrum", side, f"{side}: column 'endless' holds an infinity", "endless"),
        *bad("spectrum", side, f"{side}: column 'event' must hold numbers", "event"))],
    *bad("spectrum", "scale", "scale is the two ends", None, 3, "0-10", (0,), (10, 0), (1, 1), (0, "10"), (0, float("inf"))),
    *bad("spectrum", "repeat_at", "repeat_at is a number on the scale", -1, 11, *NO_NUMBER[1:]),
    *bad("spectrum", "repeat_at", "repeat_at, 10, lies above advocate_at, 9", 10),
    *bad("spectrum", "advocate_at", "advocate_at is a number on the scale", -1, 11, *NO_NUMBER[1:]),
    *bad("spectrum", "as_of", "as_of must be a date", "soon", "", 3),
    *bad("spectrum", "as_of", "as_of: say at which moment", pd.NaT, float("nan")),
    *bad("spectrum", "confidence", "confidence must be a number", *NO_CONFIDENCE),
    # Success potential
    *bad("Accountability", "who", "who: must", *NO_TEXT),
    *bad("Accountability", "what", "what: must", *NO_TEXT),
    *bad("Accountability", "by", r"by: must be a day, such as '2026-01-31', or og\.column", None, *NO_DAY),
    *bad("Accountability", "done", "done: must", "", " ", 3, ["x"], True),
    *bad("Fit", "name", "name: must", *NO_TEXT),
    *bad("Fit", "kind", "kind: .*did you mean 'technical'", "tecnical"),
    *bad("Fit", "kind", "kind: .* is none of them", *NO_TEXT),
    *bad("Fit", "column", "column: must", *NO_TEXT),
    *bad("Fit", "yes", "both yes= and no=", ["x"]),
    *bad("Fit", "yes", "yes: must be a list", "x", 3),
    *bad("Fit", "yes", "yes: lists texts that are not blank, numbers or truth values", [""], [None], [float("nan")], [[3]]),
    *bad("Fit", "yes", "yes: names 1 twice", [True, 1]),
    *bad("Fit", "no", "no: lists texts that are not blank, numbers or truth values", [" "], [float("inf")], [b"x"]),
    *bad("Fit", "no", "both yes= and no=", ["x"]),
    *bad("Fit", "no", "no: must be a list", "x", 3),
    *bad("Fit", "at_least", "at_least: must be a finite number", *NO_NUMBER[1:]),
    *bad("Fit", "at_most", "at_most: must be a finite number", *NO_NUMBER[1:]),
    *bad("Fit", "accountable", "accountable: lists og.journey.Accountability", None, 3, "we", ["we"]),
    *bad("potential", "frame", "data: ", None, 3, {}, "frame", {"who": ["A"], "fits": []}),
    *bad("potential", "frame", "gates.fits: there is no column 'fits'", {"who": ["A"], "due": ["2026-01-01"]}),
    *bad("potential", "frame", "gates.fits: column 'fits' must hold true or false .got 'x'", PROSPECTS | {"fits": ["x", "y"]}),
    *bad("potential", "frame", "by of 'hire': column 'due' must hold dates.*; parse other forms first", PROSPECTS | {"due": ["soon", None]}),
    *bad("potential", "gates", "lists og.journey.Fit objects", None, 3, "fits", FIT, ["fits"], error=ModelError),
    *bad("potential", "gates", "names no gate", [], error=ModelError),
    *bad("potential", "gates", "two gates have this name", [FIT, FIT], error=ModelError),
    *columns("potential", "customer"),
    *bad("potential", "customer", "customer: column 'twice' holds 'A' again", "twice"),
    *bad("potential", "customer", "customer: column 'none' is empty", "none"),
    *bad("potential", "as_of", "as_of: say", None, pd.NaT),
    *bad("potential", "as_of", "as_of must be a date", "soon", "", 3),
    *bad("potential", "confidence", "confidence must be a number", *NO_CONFIDENCE),
    # Promises and gaps
    *bad("promises", "model", "promises: model is an og.OutcomeModel or an og.Scorer", None, 3, "phone", SCORES),
    *bad("promises", "customers", "no data frame|no columns|in length|cannot score|another model", 3, {}, "frame",
         {"segment": ["firm"], "stage": []}, {"stage": ["early"]}, SCORES),
    *bad("promises", "value", "there is no column 'mrrr' .did you mean 'mrr'", "mrrr"),
    *bad("promises", "value", "'text'", "text"),
    *bad("promises", "value", "one number a customer|one a customer|numbers", 3, [1.0], [1.0, "x"]),
    *of_frame("promises", "segment", "stage", "goal", "id"),
    *bad("promises", "segment", "there is no column 'segmant' .did you mean 'segment'", "segmant"),
    *bad("promises", "stage", "there is no column 'stag' .did you mean 'stage'", "stag"),
    *bad("promises", "id", "there is no column 'idd' .did you mean 'id'", "idd"),
    *bad("gap_status", "scores", "gap_status: scores is what Scorer.score returned", None, 3, ROWS, MODEL),
    *bad("gap_status", "weight", "'mrrr'.*did you mean 'mrr'", "mrrr"),
    *bad("gap_status", "weight", "'minus'", "minus"),
    *bad("gap_status", "weight", "'text'", "text"),
    *bad("gap_status", "weight", "weight|number", 3, [1.0], [1.0, -1.0], [1.0, float("inf")], [1.0, "x"]),
    # Milestones
    *bad("Milestone", "name", "name: must", *NO_TEXT),
    *bad("Milestone", "value", "value: must be a finite number of 0 or more", -1, *NO_NUMBER),
    *bad("Milestone", "event", "event: must", "", " ", 3, ["x"]),
    *bad("Milestone", "due_days", "due_days: must be a positive number of days", 0, -1, *NO_NUMBER[1:]),
    *bad("Milestone", "owner", "owner: must", "", " ", 3, ["we"], True),
    *bad("Milestone", "remedy", "remedy: must", "", " ", 3, ["call"], True),
    *bad("Milestones", "items", "lists og.journey.Milestone objects", None, 3, "first sale", [3], [None]),
    *bad("Milestones", "items", "names no milestone", [], ()),
    *bad("Milestones", "items", "two milestones have the name 'a'", ["a", "a"]),
    *bad("Milestones", "per", "per: must", "", " ", 3, ["year"], True),
    *bad("Milestones.__getitem__", "place", "no milestone 'first sal' .did you mean 'first sale'", "first sal"),
    *bad("Milestones.__getitem__", "place", "a place is a name or a number", None, True, 1.5, [0]),
    *bad("Milestones.after", "name", "no milestone 'first sal' .did you mean 'first sale'", "first sal"),
    *bad("Milestones.after", "name", "no milestone", "", 3, ["first sale"]),
    *bad("Milestones.place", "name", "no milestone", "first sal", "", 3, ["first sale"], {}),
    *events("Milestones.progress"),
    *bad("Progress.steps", "within_days", "steps: within_days is a positive number", 0, -1, *NO_NUMBER),
    *bad("Progress.steps", "confidence", "confidence must be a number", *NO_CONFIDENCE),
    *bad("Progress.vector", "share", "share: .* must be a number in", -0.1, 1.1, "all", True, [0.9], float("nan")),
    *bad("Progress.vector", "share", "share: no milestone 'first sal' .did you mean 'first sale'", {"first sal": 0.9}),
    *bad("Progress.vector", "within_days", "within_days is a positive number", 0, -1, *NO_NUMBER),
    *bad("Progress.vector", "confidence", "confidence must be a number", *NO_CONFIDENCE),
    *bad("success_vector", "milestones", "milestones is an og.journey.Milestones", None, 3, ["first sale"], STEPS[0]),
    *bad("success_vector", "customers", "customers: None must be a whole number", -1, 1.5, True, "100", None, float("nan"), 10**400),
    *bad("success_vector", "customers", "customers: no milestone 'first sal' .did you mean 'first sale'", {"first sal": 3}),
    *bad("success_vector", "share", "share: .* must be a number in", -0.1, 1.1, None, True, "0.9", float("nan")),
    *bad("success_vector", "share", "share: no milestone", {"first sal": 0.9}, {None: 0.9}),
    *bad("success_vector", "intervals", "intervals says milestone -> ", 3, "x", [(0.8, 1)]),
    *bad("success_vector", "intervals", "intervals: no milestone", {"first sal": (0.8, 1.0)}),
    *bad("success_vector", "intervals", "intervals: 'first sale' must be two shares in order", {"first sale": (1.0, 0.8)},
         {"first sale": 0.9}, {"first sale": (0.8, 1.1)}, {"first sale": (0.8,)}, {"first sale": None}),
    *bad("SuccessVector.to_frame", "kind", "kind must be one of .*did you mean 'pandas'", "panda"),
    *bad("SuccessVector.to_frame", "kind", "kind must be one of", "", 3, ["dict"], True),
    # Trends
    *bad("theil_sen", "times", "theil_sen: one value a time", [0, 1]),
    *bad("theil_sen", "times", "theil_sen: times", [0, 0, 1], [0, float("nan"), 1], [0, float("inf"), 1], [[0, 1, 2]], None, 3,
         "abc", ["0", "1", "2"], np.array(["2026-01-01"] * 3, dtype="M8[D]")),
    *bad("theil_sen", "values", "theil_sen: one value a time", [0, 1], []),
    *bad("theil_sen", "values", "theil_sen: values must be", ["1", "2", "3"], [1, 2, "x"], [[1, 2, 3]], 3, "abc", {}),
    *bad("theil_sen", "values", "theil_sen: a value is infinite", [1, 2, float("inf")]),
    *bad("theil_sen", "confidence", "confidence must be a number", *NO_CONFIDENCE),
    *bad("Trend.per", "times", "per: times is a positive number", 0, -1, *NO_NUMBER),
]  # fmt: skip
#: Whatever it is handed, it answers: None stands for what means neither yes nor no.
NEVER_WRONG = {("Fit.answer", "value")}


def test_every_argument_of_everything_public_is_in_the_table():
    wanted = arguments_of(journey, MADE) - NEVER_WRONG
    assert len(wanted) > 130
    assert wanted - {(row.name, row.argument) for row in TABLE} == set()


@pytest.mark.parametrize("name", ASKED)
def test_the_good_arguments_are_good(name):
    ASKED[name]()


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_bad_input_is_told(row):
    check_bad(ASKED[row.name], row)


#: Read by the scores, which know their columns themselves.
READ_BY_SCORES = {("gap_status", "weight"), ("promises", "value")}
JUNKED = [(name, argument) for name, asked in ASKED.items() for argument in asked.good]


@pytest.mark.parametrize(("name", "argument"), [pair for pair in JUNKED if pair not in READ_BY_SCORES])
def test_nothing_raw_comes_through(name, argument):
    check_junk(ASKED[name], argument)


@pytest.mark.parametrize("value", [3, 0.5, "yes", ["yes"], object(), np.array([1, 2]), np.timedelta64(1, "D"), b"x"])
def test_a_fit_answers_none_to_what_means_neither(value):
    assert FIT.answer(value) is None


@pytest.mark.parametrize("value", [None, "", " ", float("nan"), pd.NA, pd.NaT, np.datetime64("NaT"), np.float32("nan")])
def test_what_is_missing_is_unknown(value):
    assert FIT.answer(value) == "unknown"
    assert journey.Fit("x", "resource", "x", at_least=1).answer(value) == "unknown"
    assert journey.Fit("x", "technical", "x", yes=["a"], no=["b"]).answer(value) == "unknown"


def test_numbers_of_numpy_are_numbers():
    assert FIT.answer(np.True_) == FIT.answer(np.int64(1)) == "yes"
    assert journey.Fit("x", "resource", "x", at_least=np.int64(2)).answer(np.int32(2)) == "yes"
    assert journey.success_vector(STEPS, np.int64(100), np.float32(1)).steps[0].customers == 100
    assert journey.Milestone("x", np.int64(3)).value == 3.0
