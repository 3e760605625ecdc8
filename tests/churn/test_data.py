"""The catalogue is whole, says everything it has to say, and reads in three languages."""

from __future__ import annotations

import re
import tomllib
from importlib import resources

import pytest

from outcomegap.churn import catalogue
from outcomegap.churn.catalogue import AVOIDABLE, OWNERS, PHASES, ROOT_CAUSES, UNKNOWN_WORDS, plain
from outcomegap.journey import phases
from outcomegap.model import Expectation, ProductFunction, SuccessGap

BOOK = catalogue()
ARABIC = re.compile(r"[\u0600-\u06ff]")
HEBREW = re.compile(r"[\u0590-\u05ff]")
LATIN = re.compile(r"[A-Za-z]")
#: Letters that an Arabic keyboard types and Persian does not use.
NOT_PERSIAN = re.compile(r"[\u064a\u0643\u0649\u0629]")

#: What the lists hold, in their order.
TEN = [
    "budget",
    "value",
    "trust",
    "politics",
    "indifference",
    "staff",
    "failure",
    "neglect",
    "needs-changed",
    "competition",
]
TWENTY_THREE = [
    "saying-no",
    "promising-early",
    "cold-automation",
    "closed-when-needed",
    "hard-to-reach",
    "lying",
    "own-process",
    "punishing-all",
    "useless-website",
    "wasted-first-chance",
    "talking-about-self",
    "phone-menus",
    "own-taste",
    "shifting-blame",
    "making-them-work",
    "pestering",
    "omission",
    "bad-managers",
    "not-caring",
    "wasting-time",
    "felt-cost-cuts",
    "old-customers-last",
    "merely-good",
]
FIVE = ["function-missing", "poor-onboarding", "bad-set-up", "not-adopted", "unreliable"]
EVENTS = ["closed", "acquired", "owner-changed", "died", "married", "changed-jobs", "cash-squeeze", "failed-payments"]


def test_the_four_lists_are_whole_and_in_order():
    ids = {family: [entry.id for entry in BOOK.select(family=family)] for family in BOOK.families}
    assert list(ids) == ["reasons", "habits", "missed_outcomes", "customer_events"]
    assert ids["reasons"] == TEN
    assert ids["habits"] == TWENTY_THREE
    assert ids["missed_outcomes"] == FIVE
    assert ids["customer_events"][: len(EVENTS)] == EVENTS
    assert (len(TEN), len(TWENTY_THREE), len(FIVE)) == (10, 23, 5)
    assert len(BOOK) == 10 + 23 + 5 + 12


def test_the_numbers_in_the_sources_follow_the_lists():
    for number, entry in enumerate(BOOK.select(family="reasons"), start=1):
        assert entry.source.endswith(f"no. {number}")
    for number, entry in enumerate(BOOK.select(family="habits"), start=1):
        assert entry.source.endswith(f", {number} of 23")
    for number, entry in enumerate(BOOK.select(family="missed_outcomes"), start=1):
        assert entry.source.endswith(f", {number} of 5")


@pytest.mark.parametrize("entry", BOOK, ids=lambda entry: entry.id)
def test_every_entry_says_everything(entry):
    assert entry.root_causes
    assert set(entry.root_causes) <= set(ROOT_CAUSES)
    assert entry.avoidable in AVOIDABLE
    assert entry.owner in OWNERS
    assert entry.phases
    assert set(entry.phases) <= set(PHASES)
    for text, least in ((entry.meaning, 20), (entry.argument, 40), (entry.remedy, 60), (entry.source, 4)):
        assert len(text) >= least
        assert text == " ".join(text.split())
    assert text_ends(entry.meaning)
    assert text_ends(entry.argument)
    assert text_ends(entry.remedy)
    assert 2 <= len(entry.measures) <= 3
    assert len(entry.also) >= 5


def text_ends(text: str) -> bool:
    return text[0].isupper() and text.endswith(".")


@pytest.mark.parametrize("entry", BOOK, ids=lambda entry: entry.id)
def test_labels_stand_in_their_own_script(entry):
    assert entry.languages == ("en", "fa", "he")
    assert entry.name == entry.label("en")
    assert LATIN.search(entry.label("en"))
    assert not ARABIC.search(entry.label("en"))
    assert ARABIC.search(entry.label("fa"))
    assert not LATIN.search(entry.label("fa"))
    assert not NOT_PERSIAN.search(entry.label("fa"))
    assert HEBREW.search(entry.label("he"))
    assert not LATIN.search(entry.label("he"))


@pytest.mark.parametrize("entry", BOOK, ids=lambda entry: entry.id)
def test_phrases_stand_in_three_scripts_typed_as_a_careful_writer_would(entry):
    persian = [text for text in (entry.label("fa"), *entry.also) if ARABIC.search(text)]
    hebrew = [text for text in (entry.label("he"), *entry.also) if HEBREW.search(text)]
    assert len(persian) >= 6
    assert len(hebrew) >= 6
    for text in (*persian, *hebrew, *entry.also):
        assert text == " ".join(text.split())
        assert not NOT_PERSIAN.search(text)
        assert not re.search(r"\u200c(?![\u0600-\u06ff])|(?<![\u0600-\u06ff])\u200c", text)  # joins two letters
        assert not (ARABIC.search(text) and HEBREW.search(text))
        assert not re.search(r"\bن?می (?=[\u0600-\u06ff])", text)  # "mi" is joined to its verb
    said = [plain(text) for text in entry.also]
    assert len(set(said)) == len(said)


def test_nobody_is_told_to_be_unknown_and_an_entry_at_once():
    assert not [word for word in UNKNOWN_WORDS if BOOK.find(word)]


@pytest.mark.parametrize("language", ["en", "fa", "he"])
def test_labels_are_unique_within_a_language(language):
    labels = [plain(entry.label(language)) for entry in BOOK]
    assert len(set(labels)) == len(BOOK)


def test_ids_are_unique_over_the_files():
    ids = []
    for family in BOOK.families:
        text = resources.files("outcomegap.churn").joinpath("data", f"{family}.toml").read_text(encoding="utf-8")
        ids += tomllib.loads(text)["entries"]
    assert sorted(ids) == sorted(set(ids))
    assert tuple(ids) == BOOK.ids


@pytest.mark.parametrize("entry", BOOK, ids=lambda entry: entry.id)
def test_links_resolve_stand_at_both_ends_and_cross_the_families(entry):
    linked = [BOOK[name] for name in entry.see_also]
    assert all(entry.id in other.see_also for other in linked)
    assert any(other.family != entry.family for other in linked)


def test_root_causes_are_the_first_cause_and_the_two_sides_of_a_model():
    causes = BOOK.root_causes
    assert tuple(causes) == ROOT_CAUSES
    assert causes["customer_event"].side is None
    assert causes["required_outcome"].side == ProductFunction.side == SuccessGap.side
    assert causes["appropriate_experience"].side == Expectation.side
    for cause in causes.values():
        assert cause.name == cause.label("en")
        assert ARABIC.search(cause.label("fa"))
        assert HEBREW.search(cause.label("he"))
        assert cause.meaning.endswith(".")


def test_each_list_comes_down_to_the_root_cause_it_is_about():
    assert all(entry.root_causes == ("required_outcome",) for entry in BOOK.select(family="missed_outcomes"))
    assert all(entry.root_causes[0] == "customer_event" for entry in BOOK.select(family="customer_events"))
    assert all("appropriate_experience" in entry.root_causes for entry in BOOK.select(family="habits"))
    assert all("customer_event" not in entry.root_causes for entry in BOOK.select(family="habits"))
    assert sum(len(entry.root_causes) > 1 for entry in BOOK.select(family="reasons")) >= 5  # several have more than one


def test_unavoidable_is_rare():
    """A1: unavoidable churn is always rarer than a firm believes."""
    assert [entry.id for entry in BOOK.select(avoidable="no")] == ["died"]
    assert all(entry.avoidable == "yes" for entry in BOOK.select(family="habits"))
    assert "no easy prevention" in BOOK["needs-changed"].argument
    for name, word in [
        ("acquired", "door"),
        ("closed", "next business"),
        ("changed-jobs", "next job"),
        ("cash-squeeze", "top"),
    ]:
        assert BOOK[name].avoidable == "partly"
        assert word in BOOK[name].argument


def test_every_measure_is_a_column_name_with_a_unit_and_a_direction():
    text = resources.files("outcomegap.churn").joinpath("data", "measures.toml").read_text(encoding="utf-8")
    assert set(tomllib.loads(text)["measures"]) == {measure.name for measure in BOOK.measures}
    for measure in BOOK.measures:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", measure.name)
        assert measure.unit
        assert re.search(r"worse|warning|risk|reason to call", measure.description)
        if measure.unit == "share" and measure.name not in ("headcount_change", "usage_trend"):
            assert measure.low in (0.0, None)


@pytest.mark.parametrize("phase", PHASES)
def test_something_bites_in_every_phase(phase):
    assert BOOK.select(phase=phase)
    assert phases().names == PHASES
