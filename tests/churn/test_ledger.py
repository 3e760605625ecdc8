"""The ledger: both reasons kept, unknown apart, nothing guessed."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from outcomegap.churn import Entry, Ledger, catalogue
from outcomegap.churn.catalogue import ROOT_CAUSES, UNKNOWN_WORDS
from outcomegap.errors import DataError
from outcomegap.stats import weighted_wilson, wilson
from tests.frames.kinds import KINDS, listed, make

BOOK = catalogue()
FIVE = {
    "who": ["A", "B", "C", "D", "E"],
    "why": ["died", "bugs", "slow support", "", "moved on"],
    "look": [None, None, "never set up", None, None],
    "plan": ["pro", "pro", "basic", "basic", None],
    "at": ["adopt", "activate", "activate", None, "adopt"],
    "stage": ["late", "late", "early", "early", "late"],
    "on": ["2026-01-31", "2026-02-01", "2026-02-28", None, "2026-01-01"],
    "mrr": [100.0, 50.0, 25.0, None, 25.0],
}


def counts(ledger):
    return {row["root_cause"]: row["count"] for row in ledger.causes}


def problems_of(frame=None, **names):
    with pytest.raises(DataError) as caught:
        Ledger(FIVE if frame is None else frame, **names)
    return [(problem.rule, problem.column) for problem in caught.value.problems]


# -- what counts -----------------------------------------------------------------------------------------------------


def test_the_printed_example():
    ledger = Ledger(FIVE, customer="who", stated="why")
    assert counts(ledger) == {
        "customer_event": 1,
        "required_outcome": 1,
        "appropriate_experience": 1,
        "unknown": 2,
    }
    assert (ledger.avoidable.facts["low"], ledger.avoidable.facts["high"]) == (0.4, 0.8)
    (row,) = ledger.unmatched
    assert row["text"] == "moved on"
    assert "moved-away" in row["nearest"].split(", ")
    assert "moved on" in str(ledger)
    assert "40.0 to 80.0 %" in str(ledger)
    assert "moved on" in ledger._repr_html_()


def test_stated_price_found_never_set_up_both_kept():
    ledger = Ledger({"s": ["price"], "f": ["never set up"]}, stated="s", found="f")
    (row,) = ledger.rows()
    assert (row["stated"], row["stated_entry"]) == ("price", "budget")
    assert (row["found"], row["found_entry"]) == ("never set up", "bad-set-up")
    assert (row["entry"], row["basis"], row["root_cause"]) == ("bad-set-up", "found", "required_outcome")
    assert ledger.differ.rows() == [{"stated": "budget", "found": "bad-set-up", "losses": 1}]


@pytest.mark.parametrize("blank", [None, "", "  ", "?", "--", "Don't know", "unknown", "N/A", "نمی دانم"])
def test_the_stated_reason_counts_where_nothing_was_found(blank):
    (row,) = Ledger({"s": ["price"], "f": [blank]}, stated="s", found="f").rows()
    assert (row["entry"], row["basis"]) == ("budget", "stated")


def test_a_finding_that_fits_no_entry_is_not_replaced_by_what_was_stated():
    ledger = Ledger({"s": ["price"], "f": ["xyzzy"]}, stated="s", found="f")
    (row,) = ledger.rows()
    assert (row["entry"], row["basis"], row["told"], row["root_cause"]) == (None, "found", "unmatched", "unknown")
    assert ledger.unmatched.rows() == [{"text": "xyzzy", "column": "found", "losses": 1, "nearest": None}]


def test_unknown_words_are_a_list_and_name_no_entry():
    assert {"unknown", "dont know", "n a"} <= UNKNOWN_WORDS
    assert not [word for word in UNKNOWN_WORDS if BOOK.find(word) is not None]


def test_the_mapping_wins_over_matching_and_over_unknown():
    mapping = {"Moved on!": "needs-changed", "BUGS": "failure", "n/a": "neglect", "died": None}
    ledger = Ledger({"s": ["moved on", "bugs", "n/a", "died"]}, stated="s", mapping=mapping)
    assert [row["entry"] for row in ledger.rows()] == ["needs-changed", "failure", "neglect", None]
    assert ledger.rows()[3]["told"] == "unknown"
    assert ledger.unused == ()
    assert Ledger({"s": ["x"]}, stated="s", mapping={"moved on": "budget"}).unused == ("moved on",)


def test_codes_are_read_as_their_text():
    frame = pd.DataFrame({"code": [1.0, np.nan, 2.0]})
    ledger = Ledger(frame, stated="code", mapping={1: "budget", "2": "died"})
    assert [row["entry"] for row in ledger.rows()] == ["budget", None, "died"]


def test_a_catalogue_of_ones_own():
    own = Entry(
        "bored",
        "agency",
        labels={"en": "Bored with us"},
        root_causes=["appropriate_experience"],
        avoidable="yes",
        argument="New ideas.",
        owner="vendor",
    )
    ledger = Ledger({"s": ["bored with us"]}, stated="s", catalogue=catalogue(extra=own))
    assert ledger.entries[0]["entry"] == "bored"


# -- counting --------------------------------------------------------------------------------------------------------


def test_parts_against_brute_force():
    rng = np.random.default_rng(1)
    ids = [*BOOK.ids, "xyzzy", ""]
    texts = [ids[k] for k in rng.integers(0, len(ids), 400)]
    value = np.where(rng.random(400) < 0.1, np.nan, rng.lognormal(5, 2, 400))
    ledger = Ledger({"s": texts, "v": value}, stated="s", value="v")
    found = Counter(BOOK[text].root_causes[0] if text in BOOK else "unknown" for text in texts)
    assert counts(ledger) == {name: found[name] for name in (*ROOT_CAUSES, "unknown")}
    named = Counter(cause for text in texts if text in BOOK for cause in BOOK[text].root_causes)
    assert {row["root_cause"]: row["named"] for row in ledger.causes[:3]} == {name: named[name] for name in ROOT_CAUSES}
    assert ledger.causes.columns["count"].sum() == 400
    assert ledger.causes.columns["share"].sum() == pytest.approx(1)
    assert ledger.causes.columns["value_share"].sum() == pytest.approx(1)
    assert ledger.causes.columns["value"].sum() == pytest.approx(np.nansum(value)) == ledger.lost_value
    for row in ledger.causes:
        assert (row["low"], row["high"]) == wilson(row["count"], 400)
    assert {row["entry"]: row["count"] for row in ledger.entries} == dict(Counter(t for t in texts if t in BOOK))
    often = ledger.entries.columns["count"].tolist()
    assert often == sorted(often, reverse=True)


@given(st.lists(st.sampled_from(["bugs", "price", "died", "xyzzy", ""]), max_size=60))
@settings(max_examples=60, deadline=None)
def test_the_avoidable_range(texts):
    found = Ledger({"s": np.array(texts, dtype=object)}, stated="s").avoidable.facts
    kinds = Counter({"bugs": "yes", "price": "partly", "died": "no"}.get(text, "unknown") for text in texts)
    assert (found["yes"], found["partly"], found["no"], found["unknown"]) == tuple(
        kinds[k] for k in ("yes", "partly", "no", "unknown")
    )
    if not texts:
        assert np.isnan([found["low"], found["high"]]).all()
        assert found["interval"] == (0, 1)
        return
    assert found["low"] == pytest.approx(kinds["yes"] / len(texts))
    assert found["high"] == pytest.approx(1 - kinds["no"] / len(texts))
    assert found["interval"] == (wilson(kinds["yes"], len(texts))[0], wilson(len(texts) - kinds["no"], len(texts))[1])
    only, known = found["only_unknown"], kinds["yes"] + kinds["partly"]
    assert only["low"] == pytest.approx(known / len(texts))
    assert (only["high"], only["interval"][1]) == (found["high"], found["interval"][1])
    assert only["interval"][0] == wilson(known, len(texts))[0]
    assert only["high"] - only["low"] == pytest.approx(kinds["unknown"] / len(texts))


def test_the_range_in_which_only_the_unknown_vary():
    """Worth 1, 2, 4, 8: could be kept, in part, not, unknown."""
    frame = {"s": ["bugs", "price", "died", ""], "v": [1.0, 2.0, 4.0, 8.0], "g": ["x", "x", "y", "y"]}
    ledger = Ledger(frame, stated="s", value="v", segment="g")
    both, only = ledger.avoidable.facts, ledger.avoidable.facts["only_unknown"]
    assert (both["low"], both["high"], only["low"], only["high"]) == (0.25, 0.75, 0.5, 0.75)
    shares = (both["value_low"], both["value_high"], only["value_low"], only["value_high"])
    assert shares == pytest.approx((1 / 15, 11 / 15, 3 / 15, 11 / 15))
    assert only["value_interval"] == (weighted_wilson([1, 1, 0, 0], frame["v"])[0], both["value_interval"][1])
    groups = ledger.by("segment").to_frame()
    assert groups["only_unknown_low"].tolist() == [1.0, 0.0]
    assert groups["only_unknown_high"].tolist() == [1.0, 0.5]
    assert groups["avoidable_low"].tolist() == [0.5, 0.0]


def test_value_that_is_unknown_is_in_no_sum_and_said():
    ledger = Ledger(FIVE, stated="why", value="mrr")
    assert ledger.lost_value == 200
    assert [row["value"] for row in ledger.causes] == [100, 50, 25, 25]
    assert ledger.avoidable.facts["value_low"] == pytest.approx(0.375)
    assert ledger.avoidable.facts["value_high"] == pytest.approx(0.5)
    assert "The value of 1 loss is unknown" in str(ledger)


def test_confidence():
    wide, narrow = (Ledger(FIVE, stated="why", confidence=c).causes[0] for c in (0.99, 0.5))
    assert wide["low"] < narrow["low"] < narrow["high"] < wide["high"]
    assert (narrow["low"], narrow["high"]) == wilson(1, 5, 0.5)


def test_nobody_was_lost():
    ledger = Ledger({"s": np.array([], dtype=object)}, stated="s")
    assert counts(ledger) == dict.fromkeys((*ROOT_CAUSES, "unknown"), 0)
    assert str(ledger).startswith("0 losses")
    assert len(ledger.by("root_cause")) == 0


# -- groups ----------------------------------------------------------------------------------------------------------

WHOLE = {"customer": "who", "stated": "why", "found": "look", "date": "on", "value": "mrr"} | {
    "segment": "plan",
    "stage": "stage",
    "phase": "at",
}


def test_groups_keep_everybody():
    ledger = Ledger(FIVE, **WHOLE)
    for names in (["segment"], ["stage"], ["phase"], ["month"], ["segment", "month"], ["root_cause", "avoidable"]):
        groups = ledger.by(*names)
        assert groups.columns["customers"].sum() == 5, names
        for row in ledger.causes:
            assert groups.columns[row["root_cause"]].sum() == row["count"]
        assert groups.columns["value"].sum() == ledger.lost_value


def test_groups_stand_in_order_nulls_last():
    ledger = Ledger(FIVE, **WHOLE)
    expected = {
        "segment": ["basic", "pro", None],
        "phase": ["activate", "adopt", None],
        "month": ["2026-01", "2026-02", None],
        "root_cause": ["customer_event", "required_outcome", "unknown"],
        "basis": ["found", "stated"],
    }
    for name, values in expected.items():
        assert ledger.by(name).columns[name].tolist() == values


def test_one_group():
    ledger = Ledger(FIVE, **WHOLE)
    (row,) = (row for row in ledger.by("segment", "month") if (row["segment"], row["month"]) == ("pro", "2026-02"))
    assert (row["customers"], row["value"], row["avoidable_low"]) == (1, 50.0, 1.0)
    groups = ledger.by("segment")
    assert groups.find(None)["customers"] == 1
    with pytest.raises(DataError) as caught:
        groups.find("basik")
    assert caught.value.problems[0].suggestion == "basic"
    assert "basic" in str(groups)
    assert "<td" in groups._repr_html_()


def test_a_group_is_what_it_is_alone():
    """Every figure of a group is that of a ledger of its losses alone."""
    pro = [row for row, plan in enumerate(FIVE["plan"]) if plan == "pro"]
    alone = Ledger({name: [values[row] for row in pro] for name, values in FIVE.items()}, **WHOLE)
    row, held = Ledger(FIVE, **WHOLE).by("segment").find("pro"), alone.avoidable.facts
    for part in alone.causes:
        found = tuple(row[f"{part['root_cause']}{end}"] for end in ("", "_share", "_low", "_high"))
        assert found == (part["count"], part["share"], part["low"], part["high"])
    assert (row["avoidable_low"], row["avoidable_high"]) == (held["low"], held["high"])
    assert (row["avoidable_interval_low"], row["avoidable_interval_high"]) == held["interval"]
    assert (row["only_unknown_low"], row["only_unknown_high"]) == (
        held["only_unknown"]["low"],
        held["only_unknown"]["high"],
    )


@pytest.mark.parametrize(("name", "says"), [("segmant", "did you mean 'segment'"), ("month", "date=")])
def test_bad_group(name, says):
    with pytest.raises(DataError, match=says):
        Ledger(FIVE, stated="why").by(name)


def test_a_group_needs_a_name():
    with pytest.raises(DataError, match="say what to group by"):
        Ledger(FIVE, stated="why").by()


# -- frames ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame_in_the_same_kind_out(kind):
    frame = make(kind, FIVE)
    ledger = Ledger(frame, **WHOLE)
    expected = Ledger(FIVE, **WHOLE)
    assert counts(ledger) == counts(expected)
    assert ledger.avoidable.facts == expected.avoidable.facts
    back = ledger.to_frame()
    if kind not in ("lazy", "capsule"):
        assert type(back) is type(frame)
    for name in ("customer", "stated", "found", "entry", "month", "segment", "phase"):
        assert [None if v is None or v != v else v for v in listed(back)[name]] == [
            row.get(name) for row in expected.rows()
        ]
    for made in (ledger.causes.to_frame(), ledger.entries.to_frame(), ledger.by("segment").to_frame()):
        assert type(made) is type(back)
    assert listed(ledger.causes.to_frame())["count"] == [1, 2, 0, 2]
    assert type(ledger.unmatched.to_frame()) is type(back)


def test_pandas_keeps_its_index():
    frame = pd.DataFrame(FIVE, index=list("vwxyz"))
    assert list(Ledger(frame, stated="why").to_frame().index) == list("vwxyz")


def test_dates_of_every_kind():
    for on in (
        ["2026-01-31"],
        [dt.date(2026, 1, 31)],
        [dt.datetime(2026, 1, 31, 23, 59)],
        [np.datetime64("2026-01-31")],
    ):
        assert list(Ledger({"s": ["bugs"], "d": on}, stated="s", date="d").columns["month"]) == ["2026-01"]


# -- bad input: every argument -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("argument", ["customer", "stated", "found", "date", "value", "segment", "stage", "phase"])
def test_a_column_that_is_not_there(argument):
    names = {"stated": "why"} | {argument: "whyy"}
    assert problems_of(**names) == [("missing-column", "whyy")]


def test_a_reason_is_needed():
    assert problems_of(customer="who") == [("no-reason", None)]


def test_bad_customer():
    assert problems_of({"c": ["a", None], "s": ["", ""]}, customer="c", stated="s") == [("missing-customer", "c")]
    assert problems_of({"c": ["a", "a"], "s": ["", ""]}, customer="c", stated="s") == [("repeated-customer", "c")]


def test_a_customer_may_leave_twice():
    frame = {"c": ["a", "a"], "s": ["bugs", "bugs"], "d": ["2025-01-01", "2026-01-01"]}
    assert len(Ledger(frame, customer="c", stated="s", date="d")) == 2
    frame["d"] = ["2025-01-01", "2025-01-01"]
    assert problems_of(frame, customer="c", stated="s", date="d") == [("repeated-customer", "c")]


@pytest.mark.parametrize("value", ["soon", "2026-13-01", 20260131, "01.02.2026"])
def test_bad_date(value):
    assert problems_of({"s": ["bugs"], "d": [value]}, stated="s", date="d") == [("not-a-date", "d")]


@pytest.mark.parametrize(("value", "rule"), [(-1.0, "out-of-range"), (np.inf, "infinite"), ("twelve", "not-a-number")])
def test_bad_value(value, rule):
    assert problems_of({"s": ["bugs"], "v": [value]}, stated="s", value="v") == [(rule, "v")]


def test_bad_phase():
    with pytest.raises(DataError, match="did you mean 'activate'"):
        Ledger({"s": ["bugs"], "p": ["activated"]}, stated="s", phase="p")


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({"price": "bugdet"}, "did you mean 'budget'"),
        ({"": "budget"}, "not a text to look for"),
        ({"Price": "budget", "price!": "value"}, "say it once"),
    ],
)
def test_bad_mapping(mapping, says):
    with pytest.raises(DataError, match=says):
        Ledger(FIVE, stated="why", mapping=mapping)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_bad_confidence(confidence):
    with pytest.raises(DataError, match="confidence"):
        Ledger(FIVE, stated="why", confidence=confidence)


def test_everything_wrong_at_once():
    found = problems_of(customer="whom", stated="why", value="why", date="plan", phase="plan", mapping={"x": "y"})
    assert {rule for rule, _ in found} == {
        "missing-column",
        "not-a-number",
        "not-a-date",
        "unknown-phase",
        "unknown-entry",
    }
