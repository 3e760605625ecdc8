"""Losses and customers are told apart: who left twice, what texts fit no entry, months, long texts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from outcomegap.churn import Ledger, catalogue, concentration
from outcomegap.churn.catalogue import like_unknown
from outcomegap.listing import counted, shorten

TWICE = {
    "who": ["A", "B", "A", "C"],
    "why": ["bugs", "price", "bugs", ""],
    "on": ["2026-01-31", "2026-01-31", "2026-03-01", None],
    "mrr": [50.0, 100.0, 50.0, None],
    "plan": ["pro", "pro", "pro", "basic"],
}
NAMES = {"customer": "who", "stated": "why", "date": "on", "value": "mrr", "segment": "plan"}
LEDGER = Ledger(TWICE, **NAMES)


def months(days):
    return Ledger({"s": ["bugs"] * len(days), "d": days}, stated="s", date="d").by("month")


# Customers, and losses


def test_words_for_losses_and_customers():
    assert str(LEDGER).startswith("4 losses of 3 customers: 3 by the stated reason")
    assert "1 customer left more than once; counts are of losses, and intervals take these as independent." in str(
        LEDGER
    )
    assert (len(LEDGER), LEDGER.customers, repr(LEDGER)) == (4, 3, "<Ledger of 4 losses of 3 customers>")
    once = Ledger({"w": ["A", "B"], "s": ["bugs", "bugs"]}, customer="w", stated="s")
    assert str(once).startswith("2 lost customers:")
    assert "more than once" not in str(once)
    assert str(Ledger({"w": ["A"], "s": ["bugs"]}, customer="w", stated="s")).startswith("1 lost customer:")
    assert str(Ledger({"s": ["bugs", "bugs"]}, stated="s")).startswith("2 losses:")
    assert str(Ledger({"s": ["bugs"]}, stated="s")).startswith("1 loss:")


def test_groups_count_both():
    (basic, pro) = LEDGER.by("segment")
    assert (basic["losses"], basic["customers"], pro["losses"], pro["customers"]) == (1, 1, 3, 2)
    assert LEDGER.by("segment").to_frame()["losses"].tolist() == [1, 3]
    assert LEDGER.by("segment").to_frame()["customers"].tolist() == [1, 2]
    assert "4 losses of 3 customers by segment" in str(LEDGER.by("segment"))


def test_what_a_customer_was_worth_is_summed():
    held = concentration({"c": ["A", "A", "B"], "v": [50, 50, 100]}, value="v", customer="c")
    assert (held[0]["customers"], held[0]["herfindahl"], held[0]["one_leaver"], held[0]["effective"]) == (
        2,
        0.5,
        0.5,
        2,
    )
    assert (held[0]["largest"], held[0]["largest_share"]) == ("A", 0.5)
    assert LEDGER.concentration()[0]["herfindahl"] == 0.5
    assert (LEDGER.concentration()[0]["customers"], LEDGER.concentration()[0]["without_value"]) == (3, 1)


def test_concentration_against_pandas():
    rng = np.random.default_rng(3)
    names, values = rng.integers(0, 40, 300), rng.lognormal(3, 2, 300)
    held = concentration({"c": names, "v": values}, value="v", customer="c")
    sums = pd.Series(values).groupby(names).sum()
    assert held[0]["customers"] == len(sums)
    assert held[0]["herfindahl"] == pytest.approx(((sums / sums.sum()) ** 2).sum())
    assert (held[0]["largest"], held[0]["largest_share"]) == (
        sums.idxmax(),
        pytest.approx(sums.max() / sums.sum()),
    )


def test_what_is_unknown_in_part_is_told():
    held = concentration({"c": ["A", "A", "B"], "v": [1.0, None, None]}, value="v", customer="c")
    assert (held[0]["customers"], held[0]["without_value"], held[0]["part_unknown"]) == (2, 1, 1)


def test_who_has_no_name_stands_alone():
    held = concentration({"c": [None, None, "", " ", "B"], "v": [1, 1, 1, 1, 1]}, value="v", customer="c")
    assert (held[0]["customers"], held[0]["herfindahl"]) == (5, pytest.approx(0.2))
    assert held[0]["largest"] == 0


def test_the_accounts_of_ravenstack(shared_data):
    events = pd.read_csv(shared_data / "ravenstack_churn_events.csv.gz")
    ledger = Ledger(events, customer="account_id", stated="reason_code", date="churn_date", on_bad="set_aside")
    assert ledger.customers == events["account_id"].nunique() == 352
    assert len(ledger) == len(events.drop_duplicates(["account_id", "churn_date"])) == 599
    assert str(ledger).startswith("599 losses of 352 customers")


# What fits no entry


def test_one_text_however_it_is_written():
    texts = ["meh", "Meh!", "meh", "MEH ", "Other", "other", "OTHER ", "so-so"]
    ledger = Ledger({"s": texts}, stated="s")
    assert [(row["text"], row["losses"]) for row in ledger.unmatched] == [("meh", 4), ("so-so", 1)]
    assert len(Ledger({"s": texts}, stated="s", mapping={"meh": "budget", "so so": None}).unmatched) == 0


def test_the_two_columns_stay_apart():
    ledger = Ledger({"s": ["Meh", "meh"], "f": ["meh", None]}, stated="s", found="f")
    assert [(row["column"], row["losses"]) for row in ledger.unmatched] == [("stated", 2), ("found", 1)]
    assert [row["text"] for row in ledger.unmatched] == ["Meh", "meh"]


@pytest.mark.parametrize("text", ["7", "5", "2026", "meh", "asdf", "24", "xyz"])
def test_nothing_is_suggested_where_nothing_is_near(text):
    assert catalogue().suggest(text) == ()
    assert Ledger({"s": [text]}, stated="s").unmatched[0]["nearest"] is None


@pytest.mark.parametrize("text", ["other", "i do not know", "I don't know.", "no idea why", "Who knows?"])
def test_what_says_nothing_is_unknown(text):
    assert catalogue().suggest(text) == ()
    assert Ledger({"s": [text]}, stated="s").rows()[0]["told"] == "unknown"


@pytest.mark.parametrize("text", ["unkown", "Unknwon", "i dont knwo", "not shure", "not proviced"])
def test_a_slip_of_not_known_is_suggested_as_such(text):
    assert catalogue().suggest(text) == ()
    ledger = Ledger({"s": [text]}, stated="s")
    assert (ledger.rows()[0]["told"], ledger.unmatched[0]["nearest"]) == ("unmatched", "unknown")
    assert "'unknown' says nothing: mapping={text: None}" in str(ledger.unmatched)


@pytest.mark.parametrize("text", ["bother", "no response", "no money", "unsafe", "known", "no reply"])
def test_what_is_no_slip_is_not(text):
    assert not like_unknown(text)


# Long texts


def test_long_reasons_are_shortened_in_print_alone():
    long = "because " * 400
    frame = {"w": ["A", "B"], "s": [long, long], "f": [None, "bugs"]}
    ledger = Ledger(frame, customer="w", stated="s", found="f", mapping={"y" * 3000: None})
    won = ledger.win_back(["unreliable"])
    assert len(won) == 1
    for text in (str(ledger), str(ledger.unmatched), ledger._repr_html_(), str(won), won._repr_html_()):
        assert "because because" in text
        assert "because " * 20 not in text
    assert "y" * 100 not in str(ledger)
    assert ledger.unmatched[0]["text"] == ledger.to_frame()["stated"][0] == long.strip()


def test_shortening():
    assert shorten("bugs") == "bugs"
    assert shorten("企" * 40) == "企" * 29 + "…"
    assert shorten("a\n b" + "\u0301" * 5000).endswith("…")
    assert [counted(n, "loss", "losses") for n in (0, 1, 2)] == ["0 losses", "1 loss", "2 losses"]


# Months


def test_months_in_which_nobody_left_stand_between():
    found = months(["2025-11-30", "2026-02-01", None])
    assert [(row["month"], row["losses"]) for row in found] == [
        ("2025-11", 1), ("2025-12", 0), ("2026-01", 0), ("2026-02", 1), (None, 1),
    ]  # fmt: skip
    assert found.find("2025-12")["customer_event_share"] is None
    assert found.to_frame()["losses"].tolist() == [1, 0, 0, 1, 1]
    assert months([None]).columns["month"].tolist() == [None]


def test_months_beside_other_names():
    names = [(row["segment"], row["month"], row["losses"]) for row in LEDGER.by("segment", "month")]
    assert names == [("basic", None, 1), ("pro", "2026-01", 2), ("pro", "2026-02", 0), ("pro", "2026-03", 1)]
    turned = [(row["month"], row["segment"], row["losses"]) for row in LEDGER.by("month", "segment")]
    assert turned == [("2026-01", "pro", 2), ("2026-02", "pro", 0), ("2026-03", "pro", 1), (None, "basic", 1)]
    assert LEDGER.by("month").columns["value"].tolist() == [150, 0, 50, 0]


def test_the_newest_months_are_printed():
    found = months(["2024-01-15", "2026-05-15", None])
    text = str(found)
    assert len(found) == 30
    assert "2026-05" in text
    assert "2024-11" in text
    assert "2024-10" not in text
    assert "\n-  " in text  # who left in a month that is unknown stands beside them
    assert "newest months" in text
    assert "newest" not in str(months(["2026-01-01", "2026-02-01"]))
