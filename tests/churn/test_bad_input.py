"""Bad input for every argument of everything public in og.churn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap import churn
from outcomegap.errors import ModelError
from tests.churn.arguments import Asked, Bad, arguments_of, check_bad, check_junk

pytest.importorskip("sklearn")

#: Classes that only a function makes: nobody calls them.
MADE = {"Bundles": "bundles", "Concentration": "concentration", "Drivers": "drivers"}

LOST = {
    "who": ["A", "B", "C"],
    "why": ["bugs", "price", "died"],
    "look": [None, "never set up", None],
    "on": ["2026-01-01", "2026-02-01", None],
    "mrr": [1.0, 2.0, None],
    "plan": ["x", "y", None],
    "step": ["late", "early", "late"],
    "at": ["adopt", "activate", None],
    "minus": [-1.0, 1.0, 1.0],
    "endless": [1.0, float("inf"), 1.0],
    "nested": [["A"], ["B"], ["C"]],
    "blank": ["A", " ", "C"],
    "twice": ["A", "A", "C"],
    "swapped": ["31.01.2026", "2026-02-01", None],
    "ages": ["1026-01-01", "2926-02-01", None],
}
NAMES = {"customer": "who", "stated": "why", "found": "look", "date": "on", "value": "mrr"} | {
    "segment": "plan",
    "stage": "step",
    "phase": "at",
}
LEDGER = churn.Ledger(LOST, **NAMES)
BOOK = churn.catalogue()
ENTRY = {
    "id": "bored", "family": "agency", "labels": {"en": "Bored"}, "root_causes": ["customer_event"], "avoidable": "yes",
    "argument": "New ideas.", "owner": "vendor", "meaning": "", "phases": (), "remedy": "", "measures": (), "source": "",
    "see_also": (), "also": (),
}  # fmt: skip
SHOP = {
    "c": list("abcdef"), "p": [1, 1, 1, 0, 0, 0], "w": [0, 0, 0, 1, 1, 1], "n": [0, 0, 0, 1, 1, 0], "s": list("xxyyxy"),
    "text": ["Yes", "No", "Maybe", "No", "No", "No"], "minus": [-1, 1, 1, 1, 1, 1],
    "nested": [["x"]] * 6,
}  # fmt: skip
BUNDLES = churn.bundles(SHOP, ["p", "w", "n"], customer="c", seller="s", newest="n")
RNG = np.random.default_rng(0)
STAYED = {
    "a": RNG.normal(size=60), "b": RNG.normal(size=60), "left": np.arange(60) % 2 == 0, "same": np.ones(60),
    "text": ["x"] * 60, "gone": [None] * 60, "few": np.arange(60) < 3, "thrice": np.arange(60) % 3,
    "unsure": [None, *[True, False] * 29, True],
}  # fmt: skip
CALLS = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
REPLY = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
MODEL = og.OutcomeModel(
    "phone",
    desired_outcomes=[
        og.DesiredOutcome(og.RequiredOutcome("sales", needs=CALLS), og.AppropriateExperience("how", expects=REPLY))
    ],
)
SCORES = og.Scorer(MODEL).score({"who": ["A", "B"], "calls": [1, 2], "reply_hours": [24, 48]}, id="who")
DRIVERS = churn.drivers(STAYED, ["a", "b"], churned="left", resamples=20)

ASKED = {
    "Catalogue": Asked(churn.Catalogue, {"entries": (churn.Entry(**ENTRY),)}),
    "Catalogue.__getitem__": Asked(BOOK.__getitem__, {"name": "died"}),
    "Catalogue.family": Asked(BOOK.family, {"name": "reasons"}),
    "Catalogue.find": Asked(BOOK.find, {"text": "bugs"}),
    "Catalogue.rows": Asked(BOOK.rows, {"language": "en"}),
    "Catalogue.select": Asked(
        BOOK.select, dict.fromkeys(("family", "root_cause", "phase", "owner", "avoidable"))
    ),
    "Catalogue.suggest": Asked(BOOK.suggest, {"text": "bugs", "n": 2}),
    "Catalogue.to_markdown": Asked(BOOK.to_markdown, {"language": "en"}),
    "Drivers.__getitem__": Asked(DRIVERS.__getitem__, {"place": 0}),
    "Entry": Asked(churn.Entry, ENTRY),
    "Entry.label": Asked(BOOK["died"].label, {"language": "en"}),
    "Ledger": Asked(churn.Ledger, {"frame": LOST, **NAMES, "mapping": None, "catalogue": None, "confidence": 0.95,
                                  "as_of": "2026-03-01", "on_bad": "raise"}),
    "Ledger.against": Asked(LEDGER.against, {"scores": SCORES, "top": 3, "measures": None}),
    "Ledger.by": Asked(lambda names: LEDGER.by(*(names if isinstance(names, tuple) else (names,))), {"names": "plan"}),
    "Ledger.win_back": Asked(LEDGER.win_back, {"remedied": ["unreliable"]}),
    "LedgerGroups.__getitem__": Asked(LEDGER.by("segment").__getitem__, {"key": "x"}),
    "RootCause": Asked(
        churn.RootCause, {"id": "customer_event", "labels": {"en": "Life"}, "meaning": "It happens.", "side": None}
    ),
    "RootCause.label": Asked(BOOK.root_causes["customer_event"].label, {"language": "en"}),
    "Bundles.whitespace": Asked(BUNDLES.whitespace, {"seller": None}),
    "bundles": Asked(
        churn.bundles,
        {"frame": SHOP, "products": ["p", "w", "n"], "customer": "c", "seller": "s", "newest": "n"}
        | {"clusters": 2, "values": None, "seed": 0},
    ),
    "catalogue": Asked(churn.catalogue, {"extra": None}),
    "concentration": Asked(churn.concentration, {"frame": LOST, "value": "mrr", "customer": "who"}),
    "drivers": Asked(
        churn.drivers,
        {"frame": STAYED, "measures": ["a", "b"], "churned": "left", "model": None, "actionable": None, "values": None}
        | {"held_out": 0.25, "resamples": 20, "seed": 0, "confidence": 0.95},
    ),
    "weighted_wilson": Asked(churn.weighted_wilson, {"part": [True, False], "weights": [1, 2], "confidence": 0.95}),
    "wilson": Asked(churn.wilson, {"count": 1, "of": 2, "confidence": 0.95}),
}  # fmt: skip
ASKED["Ledger.by"] = Asked(ASKED["Ledger.by"].call, {"names": "segment"})


def bad(name, argument, says, *values, error=None):
    """One row a value; by default a DataError, of the catalogue a ModelError."""
    made = error or (ModelError if name.partition(".")[0] in ("Catalogue", "Entry", "RootCause", "catalogue") else None)
    return [Bad(name, argument, value, says, *([made] if made else [])) for value in values]


def columns(name, arguments, known):
    """Arguments that name a column: one that is not there, with the nearest that is, and what is no name."""
    rows = []
    for argument in arguments:
        column = ASKED[name].good[argument]
        rows += bad(
            name, argument, f"{argument}: there is no column '{column}_' .did you mean '{column}'", f"{column}_"
        )
        rows += bad(name, argument, f"{argument}: there is no column 'qqqqqq' .known: '{known}'", "qqqqqq")
        rows += bad(
            name, argument, f"{argument} names a column .got", 3, True, ["who"], {"who": 1}, float("nan"), object()
        )
    return rows


NO_FRAME = (None, 3, "frame", {}, [1, 2], {"who": [1], "why": [1, 2]}, object())
NO_CONFIDENCE = (0, 1, -0.5, 95, True, None, "high", float("nan"), [0.9], 10**400)
NO_LANGUAGE = ("eng", "", None, 3, ["en"], {})
TABLE = [
    # The catalogue
    *bad("Catalogue", "entries", r"catalogue\.entries: lists og\.churn\.Entry objects", None, 3, "reasons", {"a": 1}),
    *bad("Catalogue", "entries", r"catalogue\.entries\[0\]: is no og\.churn\.Entry .got 'died'", ["died"]),
    *bad("Catalogue", "entries", "give one of them another id", [BOOK["died"], churn.Entry(**ENTRY | {"id": "died"})]),
    *bad("Catalogue.__getitem__", "name", "no entry 'dyed' .did you mean 'died'", "dyed"),
    *bad("Catalogue.__getitem__", "name", "no entry", "", None, 3, ["died"], float("nan")),
    *bad("Catalogue.family", "name", "family: 'reason' is none of them .did you mean 'reasons'", "reason"),
    *bad("Catalogue.family", "name", "catalogue.family", "", 3, ["reasons"]),
    *bad("Catalogue.find", "text", "a reason is text", 3, True, ["bugs"], b"bugs"),
    *bad("Catalogue.suggest", "text", "a reason is text", 3, ["bugs"]),
    *bad("Catalogue.suggest", "n", "n must be a whole number of 1 or more", 0, -1, 1.5, True, None, "3", float("nan")),
    *bad("Catalogue.rows", "language", "no entry has a label in", *NO_LANGUAGE),
    *bad("Catalogue.to_markdown", "language", "no entry has a label in", *NO_LANGUAGE),
    *bad("Catalogue.select", "family", "catalogue.family: 'reason' is none of them .did you mean 'reasons'", "reason"),
    *bad("Catalogue.select", "root_cause", "root_cause: .* .did you mean 'required_outcome'", "required_outcomes"),
    *bad("Catalogue.select", "phase", "phase: .* .did you mean 'activate'", "activated"),
    *bad("Catalogue.select", "owner", "owner: .* .did you mean 'vendor'", "vender"),
    *bad("Catalogue.select", "avoidable", "avoidable: .* .did you mean 'partly'", "partially", "part"),
    *[row for name in ASKED["Catalogue.select"].good for row in bad("Catalogue.select", name, f"catalogue.{name}", 3, [])],
    *bad("catalogue", "extra", "must be a path, TOML text, a table, an Entry or a list", 3, True, object()),
    *bad("catalogue", "extra", r"extra\[0\]", [3], [None]),
    *bad("catalogue", "extra", "nowhere.toml: is not there", "nowhere.toml"),
    *bad("catalogue", "extra", "is no TOML", "a = = b"),
    *bad("catalogue", "extra", "schema_version: is required", {"family": "x"}),
    *bad("Entry", "id", "id: must be lower-case words", "", "Died", 3, None, ["died"]),
    *bad("Entry", "family", "family: must be lower-case words", "", "My list", 3, None),
    *bad("Entry", "labels", "labels: must be a table", {}, None, 3, "Bored", ["en"]),
    *bad("Entry", "labels", "labels.en: must", {"en": ""}, {"en": 3}),
    *bad("Entry", "root_causes", "root_causes: must", [], None, 3, "customer_event"),
    *bad("Entry", "root_causes", "root_causes: .* .did you mean 'customer_event'", ["customer_events"]),
    *bad("Entry", "avoidable", "avoidable: .* is none of them", "maybe", None, True, ["yes"]),
    *bad("Entry", "argument", "argument: must", "", " ", None, 3),
    *bad("Entry", "owner", "owner: .* .did you mean 'vendor'", "vender"),
    *bad("Entry", "owner", "owner: .* is none of them", None, 3, ["vendor"]),
    *bad("Entry", "meaning", "meaning: must be text", None, 3, ["x"]),
    *bad("Entry", "phases", "phases: .* .did you mean 'adopt'", ["adopted"]),
    *bad("Entry", "phases", "phases: must be a list", "adopt", None, 3),
    *bad("Entry", "remedy", "remedy: must be text", None, 3),
    *bad("Entry", "measures", "measures: must be a list of og.Measure", None, 3, "calls"),
    *bad("Entry", "measures", "measures: lists og.Measure objects, not 'calls'", ["calls"]),
    *bad("Entry", "source", "source: must be text", None, 3),
    *bad("Entry", "see_also", "see_also: must be a list", "died", None, 3),
    *bad("Entry", "see_also", "see_also: an entry needs no link to itself", ["bored"]),
    *bad("Entry", "also", "also: ", "so bored", None, 3, [""], ["x", "x"], [3]),
    *bad("Entry.label", "language", "entries.died: has no label in", *NO_LANGUAGE),
    *bad("RootCause", "id", "id: .* .did you mean 'customer_event'", "customer_events"),
    *bad("RootCause", "id", "id: .* is none of them", "", None, 3, []),
    *bad("RootCause", "labels", "labels", {}, None, 3, "Life", {"en": ""}, {3: "x"}),
    *bad("RootCause", "meaning", "meaning: must", "", None, 3),
    *bad("RootCause", "side", "side: .* .did you mean 'required'", "require"),
    *bad("RootCause", "side", "side: .* is none of them", "", 3, []),
    *bad("RootCause.label", "language", "root_causes.customer_event: has no label in", *NO_LANGUAGE),
    # The ledger
    *bad("Ledger", "frame", "data: ", *NO_FRAME),
    *columns("Ledger", NAMES, "who"),
    *bad("Ledger", "customer", "customer: column 'blank' is empty; name every customer .1 row: 1", "blank"),
    *bad("Ledger", "customer", "customer: column 'nested' holds lists", "nested"),
    *bad("Ledger", "date", "date: column 'why' must hold dates.*got 'bugs'", "why"),
    *bad("Ledger", "date", "date: column 'mrr' must hold dates", "mrr"),
    *bad("Ledger", "date", r"date: column 'swapped' must hold dates.*got '31\.01\.2026'", "swapped"),
    *bad("Ledger", "value", "value: column 'why' must hold numbers .got 'bugs'", "why"),
    *bad("Ledger", "value", "value: column 'minus' holds -1.0, less than 0 .1 row: 0", "minus"),
    *bad("Ledger", "value", "value: column 'endless' holds an infinity .1 row: 1", "endless"),
    *bad("Ledger", "phase", "phase: column 'step' holds 'late', which is no phase", "step"),
    *bad("Ledger", "mapping", "mapping says raw text -> id", "price", 3, ["price"]),
    *bad("Ledger", "mapping", "mapping: 'price' stands for 'bugdet', .*did you mean 'budget'", {"price": "bugdet"}),
    *bad("Ledger", "mapping", "mapping: .* stands for", {"price": 3}, {"price": ["budget"]}, {"price": float("nan")}),
    *bad("Ledger", "mapping", "is no text to look for", {"": "budget"}, {None: "budget"}, {"?": "budget"}),
    *bad("Ledger", "catalogue", r"catalogue is what og\.churn\.catalogue\(\) returns", "reasons", 3, [], {}),
    *bad("Ledger", "confidence", "confidence must be a number between 0 and 1", *NO_CONFIDENCE),
    *bad("Ledger", "date", r"date: column 'ages' holds 1026-01-01, which is no day .*.2 rows: 0, 1", "ages"),
    *bad("Ledger", "as_of", "date: column 'on' holds 2026-02-01, later than as_of, 2026-01-31 .1 row: 1", "2026-01-31"),
    *bad("Ledger", "as_of", "as_of is a date, or text such as", "soon", "", 3, 20260131, pd.NaT, ["2026-01-31"], True),
    *bad("Ledger", "on_bad", "on_bad must be 'raise' or 'set_aside'", "drop", None, True, ["raise"], ""),
    *bad("Ledger.by", "names", "grouped by 'segmant' .did you mean 'segment'", "segmant", ("stage", "segmant")),
    *bad("Ledger.by", "names", "cannot be grouped by", None, 3, ["segment"], {"segment": 1}, float("nan"), ""),
    *bad("Ledger.by", "names", "say what to group by", ()),
    *bad("LedgerGroups.__getitem__", "key", "there is no group", "z", 3, ["x"], ("x", "y"), {}, float("nan")),
    *bad("Ledger.win_back", "remedied", "'unrelaible' is no entry .did you mean 'unreliable'", ["unrelaible"]),
    *bad("Ledger.win_back", "remedied", "is no entry", [3], [None], [["unreliable"]], {3: "2026-01-01"}),
    *bad("Ledger.win_back", "remedied", "remedied lists ids of entries", None, 3, "unreliable"),
    *bad("Ledger.win_back", "remedied", "name at least one entry", [], {}),
    *bad("Ledger.win_back", "remedied", "'unreliable': the day must be a date", {"unreliable": "soon"},
         {"unreliable": None}, {"unreliable": 3}, {"unreliable": ""}, {"unreliable": pd.NaT}),
    *bad("Ledger.against", "scores", "scores is what Scorer.score returned", None, 3, LOST, MODEL),
    *bad("Ledger.against", "top", "top is how many gaps to look at", 0, -1, 1.5, True, None, "3"),
    *bad("Ledger.against", "measures", "measures says id of an entry", 3, "calls", ["calls"]),
    *bad("Ledger.against", "measures", "measures: 'bugdet' is no entry .did you mean 'budget'", {"bugdet": ["calls"]}),
    *bad("Ledger.against", "measures", "no measure 'call' .did you mean 'calls'", {"budget": ["call"]}),
    *bad("Ledger.against", "measures", "measures: ", {"budget": 3}, {"budget": [3]}, {"budget": [["calls"]]}, {3: []}),
    # Customers
    *bad("concentration", "frame", "data: ", *NO_FRAME[:-1]),
    *columns("concentration", ("value", "customer"), "who"),
    *bad("concentration", "customer", "customer: column 'nested' holds lists or the like", "nested"),
    *bad("concentration", "value", "value: column 'minus' holds -1.0, less than 0", "minus"),
    *bad("concentration", "value", "value: column 'endless' holds an infinity", "endless"),
    *bad("concentration", "value", "value: column 'why' must hold numbers", "why"),
    *bad("bundles", "frame", "data: ", *NO_FRAME),
    *columns("bundles", ("customer", "seller"), "c"),
    *bad("bundles", "customer", "customer: column 's' holds 'x' in rows 0 and 1; keep one row a customer", "s"),
    *bad("bundles", "customer", "customer: column 'nested' holds lists or the like", "nested"),
    *bad("bundles", "products", "products lists columns", None, 3, "p", [], {"p"}, b"pwn"),
    *bad("bundles", "products", "products: there is no column 'pp' .did you mean 'p'", ["pp", "w", "n"]),
    *bad("bundles", "products", "products names 'p' twice", ["p", "p", "n"]),
    *bad("bundles", "products", "products: column 'text' must hold numbers .got 'Yes'.; or say .* values={'Yes': 1", ["text", "w", "n"]),
    *bad("bundles", "products", "products: column 'minus' holds -1.0, less than 0", ["minus", "w", "n"]),
    *bad("bundles", "newest", "newest: 'q' is none of the products", "q"),
    *bad("bundles", "newest", "newest: .* is none of the products", 3, ["n"], ""),
    *bad("bundles", "clusters", "clusters is a whole number of 1 or more", 0, -1, 1.5, True, "2", float("nan")),
    *bad("bundles", "clusters", "99 clusters are more than the 2 different bundles", 99),
    *bad("bundles", "values", "values says text -> whether it was bought", 3, "Yes", ["Yes"], {"Yes": 2}, {"Yes": "1"}),
    *bad("bundles", "seed", "seed is a whole number of 0 or more", -1, 1.5, True, None, "0", 2**32, 10**400),
    *bad("Bundles.whitespace", "seller", "there is no seller 'xx' .did you mean 'x'", "xx"),
    *bad("Bundles.whitespace", "seller", "there is no seller", "", 3, ["x"], {"x": 1}, float("nan")),
    *bad("drivers", "frame", "data: ", *NO_FRAME),
    *bad("drivers", "measures", "measures lists columns, or is a model", None, 3, "a", [], {"a": 1}, b"ab"),
    *bad("drivers", "measures", "measures: there is no column 'aa' .did you mean 'a'", ["aa"]),
    *bad("drivers", "measures", "measures names 'a' twice", ["a", "a"]),
    *bad("drivers", "measures", "measures names a column .got 3", ["a", 3]),
    *bad("drivers", "measures", "measures: column 'text' must hold numbers .got 'x'.; or say .* values={'x': 1.*. .not-a-number.$", ["text"]),
    *bad("drivers", "measures", "measures: column 'same' is 1 for all", ["same"]),
    *bad("drivers", "measures", "measures: column 'gone' is empty", ["gone"]),
    *columns("drivers", ("churned",), "a"),
    *bad("drivers", "churned", "churned names the column that says who left", None),
    *bad("drivers", "churned", "churned: column 'text' must hold numbers", "text"),
    *bad("drivers", "churned", "churned: column 'thrice' holds 2.0, neither 0 nor 1", "thrice"),
    *bad("drivers", "churned", "churned: column 'unsure' is empty; say of everybody", "unsure"),
    *bad("drivers", "churned", "churned: 3 left and 57 stayed; 20 of each are needed", "few"),
    *bad("drivers", "model", "model is an og.OutcomeModel", 3, "phone", [], LOST),
    *bad("drivers", "actionable", "actionable says measure -> True, False, or who", 3, "a", ["a"]),
    *bad("drivers", "actionable", "actionable: 'aa' is none of the measures .did you mean 'a'", {"aa": True}),
    *bad("drivers", "actionable", "actionable: 'a' is True, False, or who can act", {"a": 3}, {"a": ""}, {"a": None}),
    *bad("drivers", "values", "values says text -> a number", 3, "Yes", ["Yes"], {"Yes": "1"}, {"Yes": None}, {"x": float("nan")}),
    *bad("drivers", "held_out", "held_out is a share between 0.05 and 0.95", 0, 1, 25, True, None, "a quarter", float("nan")),
    *bad("drivers", "resamples", "resamples is a whole number of 20 or more", 19, -1, 20.5, True, None, "200"),
    *bad("drivers", "seed", "seed is a whole number of 0 or more", -1, 1.5, True, None, "0", 2**32),
    *bad("drivers", "confidence", "confidence must be a number between 0 and 1", *NO_CONFIDENCE),
    *bad("Drivers.__getitem__", "place", "a row is asked for by its number", "a", None, 1.5, [0], True),
    # Intervals
    *bad("wilson", "count", "0 <= count <= of, both finite .got count=", -1, 3, "1", None, True, float("nan"), [1], 10**400),
    *bad("wilson", "of", "0 <= count <= of, both finite .*of=", -1, 0, "2", None, True, float("inf"), [2], 10**400),
    *bad("wilson", "confidence", "confidence must be a number between 0 and 1", *NO_CONFIDENCE),
    *bad("weighted_wilson", "part", "part: .* one truth value for each weight", [True], ["yes", "no"], [2, 0], None, 3),
    *bad("weighted_wilson", "weights", "weights: .* one finite weight of 0 or more", [1, -1], [1, None], ["1", "2"], 3, None),
    *bad("weighted_wilson", "weights", "weights: .* one finite weight", [1, float("inf")], [[1, 2]], [1, 10**400]),
    *bad("weighted_wilson", "confidence", "confidence must be a number between 0 and 1", *NO_CONFIDENCE),
]  # fmt: skip


def test_every_argument_of_everything_public_is_in_the_table():
    wanted = arguments_of(churn, MADE)
    assert len(wanted) > 70
    assert wanted - {(row.name, row.argument) for row in TABLE} == set()
    assert set(MADE.values()) <= set(churn.__all__)


@pytest.mark.parametrize("name", ASKED)
def test_the_good_arguments_are_good(name):
    ASKED[name]()


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_bad_input_is_told(row):
    check_bad(ASKED[row.name], row)


JUNKED = [(name, argument) for name, asked in ASKED.items() for argument in asked.good]


@pytest.mark.parametrize(("name", "argument"), JUNKED)
def test_nothing_raw_comes_through(name, argument):
    check_junk(ASKED[name], argument)


def test_a_date_does_not_tell_two_losses_of_one_moment_apart():
    with pytest.raises(
        og.DataError, match="customer: column 'twice' holds 'A' in rows 0 and 1, and no date= tells one loss"
    ):
        churn.Ledger(LOST, customer="twice", stated="why")
